"""generated/ is what the examples give today: gallery and golden files at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from symbp.pipeline import files
from symbp.spec_file import read_with_flags
from tests.gallery import documents, forms, text_of

ROOT = Path(__file__).resolve().parent.parent
FORMS = forms()
MODULES = [path for _, _, path in FORMS]


@pytest.mark.parametrize(("spec", "form", "path"), FORMS, ids=[p.stem for p in MODULES])
def test_the_checked_in_code_is_what_the_spec_gives(spec, form, path):
    """Byte for byte, every file of a form; `python -m tests.gallery` writes them anew."""
    found = files(read_with_flags(spec, {}), form)
    assert path.name in found
    for name, text in found.items():
        assert path.with_name(name).read_text() == text


@pytest.mark.parametrize("path", MODULES, ids=[p.stem for p in MODULES])
def test_it_runs_alone(path):
    """`python -I` on the file prints its worked numbers without a warning."""
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", path], capture_output=True, text=True, check=True
    )
    assert "E =" in done.stdout


def test_nothing_else_is_checked_in():
    """No module of an example that is gone."""
    assert set((ROOT / "generated").rglob("*.py")) == set(MODULES)
    written_in_c = {p.with_suffix("") for p in MODULES if p.stem.endswith("_c")}
    for suffix in (".c", ".h"):
        assert {p.with_suffix("") for p in (ROOT / "generated").rglob(f"*{suffix}")} == written_in_c


def test_the_formatter_finds_nothing():
    """`ruff format` leaves generated/ alone."""
    command = [sys.executable, "-m", "ruff", "format", "--diff", ROOT / "generated"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", documents(), ids=lambda p: p.name)
def test_the_checked_in_document_is_what_the_spec_gives(path):
    """Byte for byte; `python -m tests.gallery` writes them anew."""
    assert path.read_text() == text_of(path)


def test_no_other_document_is_checked_in():
    """None of an example or a notation that is gone."""
    suffixes = (".tex", ".md", ".html")
    found = {p for p in (ROOT / "generated").rglob("*") if p.suffix in suffixes}
    assert found == set(documents())
