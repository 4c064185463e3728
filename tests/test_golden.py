"""generated/ is what the examples give today: gallery and golden files at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from symbp import generate
from symbp.spec_file import read_with_flags
from tests.gallery import documents

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.toml"))
LARGEST_SCALAR = 100
# Batch norm sums over the samples and an embedding looks rows up: no formulas of one sample.
ARRAY_ONLY = tuple(
    ROOT / f"examples/{n}.toml" for n in ("batch_norm", "batch_norm_relu", "embedding")
)


def modules() -> list[tuple[Path | None, str, Path]]:
    """The worked example and every spec, with each style it is checked in for, and where."""
    found = []
    for spec in (None, *EXAMPLES):
        network = read_with_flags(spec, {})
        folder = ROOT / "generated" / network.name
        found.append((spec, "array", folder / f"{network.name}.py"))
        found.append((spec, "workspace", folder / f"{network.name}_workspace.py"))
        if network.weight_count <= LARGEST_SCALAR and spec not in ARRAY_ONLY:
            found.append((spec, "scalar", folder / f"{network.name}_scalar.py"))
    found.append((None, "numba", ROOT / "generated/worked_example/worked_example_numba.py"))
    return found


MODULES = modules()
FORMS = {
    "array": {}, "workspace": {"workspace": True}, "scalar": {"style": "scalar"},
    "numba": {"target": "numba"},
}  # fmt: skip


@pytest.mark.parametrize(("spec", "style", "path"), MODULES, ids=[p.stem for _, _, p in MODULES])
def test_the_checked_in_module_is_what_the_spec_gives(spec, style, path):
    """Byte for byte."""
    assert path.read_text() == generate(read_with_flags(spec, {}), **FORMS[style])


@pytest.mark.parametrize("path", [p for _, _, p in MODULES], ids=[p.stem for _, _, p in MODULES])
def test_it_runs_alone(path):
    """`python -I` on the file prints its worked numbers without a warning."""
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", path], capture_output=True, text=True, check=True
    )
    assert "E =" in done.stdout


def test_nothing_else_is_checked_in():
    """No module of an example that is gone."""
    assert set((ROOT / "generated").rglob("*.py")) == {p for _, _, p in MODULES}


def test_the_formatter_finds_nothing():
    """`ruff format` leaves generated/ alone."""
    command = [sys.executable, "-m", "ruff", "format", "--diff", ROOT / "generated"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


DOCUMENTS = dict(documents())


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.name)
def test_the_checked_in_document_is_what_the_spec_gives(path):
    """Byte for byte; `python -m tests.gallery` writes them anew."""
    assert path.read_text() == DOCUMENTS[path]


def test_no_other_document_is_checked_in():
    """None of an example or a notation that is gone."""
    suffixes = (".tex", ".md", ".html")
    found = {p for p in (ROOT / "generated").rglob("*") if p.suffix in suffixes}
    assert found == set(DOCUMENTS)
