"""The tutorial is a script: it runs from anywhere, and its pages show what it gives."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TUTORIAL = ROOT / "docs/tutorial.py"
TOPICS = (
    "symbp.Network(", "symbp.derive(", "symbp.evaluate(", "symbp.why(", "symbp.activation_report(",
    "symbp.generate(", "symbp.verify(", "symbp.export(", ".steps",
)  # fmt: skip


def test_the_tutorial_runs(tmp_path):
    """With warnings as errors, in a folder of its own, and its numbers are those of the README."""
    paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
    done = subprocess.run(
        [sys.executable, "-W", "error", str(TUTORIAL)],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": paths, "PYTHONIOENCODING": "utf-8"},
        capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    assert "0.034632989286837729710860924400570977526466817564045\n" in done.stdout
    assert "[8] dZ1[n,j] = " in done.stdout
    assert not list(tmp_path.iterdir())


def test_the_tutorial_says_what_it_does():
    """Every cell of code has a cell of text in front, and every topic comes up."""
    text = TUTORIAL.read_text(encoding="utf-8")
    ast.parse(text)
    for topic in TOPICS:
        assert topic in text
    headings = re.findall(r"^# ## (\d+)\.", text, re.MULTILINE)
    assert headings == [str(k) for k in range(1, len(headings) + 1)]
    assert len(headings) == 10
