"""The pages say what is true: notations, parts and names; README tests run their commands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import symbp
from symbp.document.build import PARTS
from symbp.document.export import FORMATS
from symbp.document.symbols import SLOTS
from symbp.document.tables import KEYS, NAMES, ROLES
from symbp.document.tables import notation as read_notation
from symbp.spec_file import worked_example

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = (ROOT / "docs/documents.md").read_text(encoding="utf-8")
PAGES = sorted((ROOT / "docs").glob("*.md"))


def blocks(language: str, page: str = DOCUMENTS) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def test_the_notation_shown_works(tmp_path):
    """The table of the page is read, and its symbols are in the document."""
    _, table = blocks("toml")
    path = tmp_path / "nielsen.toml"
    path.write_text(table, encoding="utf-8")
    assert read_notation(str(path)).name == "nielsen"
    text = symbp.export(worked_example(), "md", str(path), parts=["loss", "backward"])
    bare = text.replace(r"\left", "").replace(r"\right", "").replace(r"\, ", " ")
    assert r"C = \frac{1}{2} \sum_{i} (a_{i}^{(2)} - y_{i})^{2} \tag{5}" in bare
    assert (
        r"\frac{\partial C}{\partial w_{ji}^{(2)}} = \delta_{j}^{(2)} a_{i}^{(1)} \tag{7}" in bare
    )
    assert r"\delta_{j}^{(1)} = a_{j}^{(1)} (1 - a_{j}^{(1)}) \sum_{k}" in bare


@pytest.mark.parametrize(
    "names", [KEYS, NAMES, ROLES, SLOTS, PARTS, FORMATS], ids=["keys", "names", "roles", "slots",
    "parts", "formats"],
)  # fmt: skip
def test_every_name_is_explained(names):
    """What a table or an option may have stands on the page."""
    for name in names:
        assert re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", DOCUMENTS), name


def test_python_shown_runs():
    """The block of Python of the page."""
    (source,) = blocks("python")
    program = f"{source}\nprint(text)"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=ROOT, env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "\\begin{document}" in done.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_pages_are_linked_and_load_nothing(page):
    """Every page is in the navigation; none has a picture or script from elsewhere."""
    assert f": {page.name}\n" in (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"!\[[^]]*\]\(http|<script|<img|<iframe", text)


def test_the_reference_has_every_public_name():
    """What `symbp` exports stands on the page of the API."""
    text = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^::: [\w.]+\.(\w+)$", text, re.MULTILINE))
    missing = {name for name in symbp.__all__ if name not in listed}
    assert missing <= {"SymbpError"}  # in the page of errors, a module
    assert "::: symbp.errors" in text


def test_pinned_tools():
    """Each tool of the site has a version in constraints.txt."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {line.partition("==")[0].lower() for line in lines}
    for need in table["project"]["optional-dependencies"]["docs"]:
        name = re.match(r"[\w-]+", need)[0]
        assert name == "symbp" or name in pinned
