"""Imports go downwards only, oracles share nothing with the derivation, heavy imports wait."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted((ROOT / "symbp").rglob("*.py"))
HEAVY = {"torch", "matplotlib", "dask", "numba", "pyarrow"}
LOADS = [
    ("import symbp", HEAVY | {"numpy", "jinja2"}),
    ("import symbp.cli", HEAVY | {"numpy", "jinja2"}),
    ("import symbp; symbp.derive(symbp.Network(sizes=[2, 2, 2]))", HEAVY | {"numpy", "jinja2"}),
    ("import symbp; symbp.generate(symbp.Network(sizes=[2, 2, 2]))", HEAVY | {"numpy"}),
    ("import symbp.verify.check", HEAVY),
]


def imported(path: Path, top_only: bool) -> set[str]:
    """Modules that a file imports, at its top level or anywhere, TYPE_CHECKING left out."""
    tree = ast.parse(path.read_text())
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    nodes = tree.body if top_only else list(ast.walk(tree))
    names: set[str] = set()
    for node in nodes:
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_heavy_libraries_are_imported_on_call(path):
    """torch, matplotlib and dask never stand at the top of a module."""
    assert not {name.split(".")[0] for name in imported(path, top_only=True)} & HEAVY


@pytest.mark.parametrize("path", sorted((ROOT / "symbp/verify").glob("*.py")), ids=lambda p: p.name)
def test_oracles_share_nothing_with_the_derivation(path):
    """verify imports neither the rules nor anything that emits code."""
    forbidden = (
        "symbp.derive",
        "symbp.rules",
        "symbp.algebra",
        "symbp.lower",
        "symbp.backends",
        "symbp.pipeline",
    )
    assert not [n for n in imported(path, top_only=False) if n.startswith(forbidden)]


RANKS = [
    {"messages"}, {"errors", "functions", "progress", "differentiate", "html_table", "help_text"},
    {"terminal", "option_words"},
    {"exact", "factor", "index"},
    {"catalog", "checks", "graph", "formula", "weights_file", "letters"},
    {"form", "own_formula", "equation_text"}, {"choice", "formula_layer"}, {"layers"},
    {"example", "flags"},
    {"spec", "layer_file"}, {"advice"},
    {"build", "derivation", "array_nodes"},
    {"algebra", "tree"}, {"rules", "printers"}, {"derive", "notation", "program", "output"},
    {"tangent"}, {"second_order"},
    {"plotting"},
    {"stable"}, {"passes"}, {"lower", "scalars"},
    {"by_name", "paths", "prove", "evaluate", "numeric", "spec_file"},
    {"backends", "verify", "torch_io"},
    {"hessian"}, {"pipeline", "study", "weights", "sources"}, {"views", "ship"}, {"document"},
    {"notebook", "command"}, {"experiments"}, {"cli"},
]  # fmt: skip
RANK = {name: rank for rank, names in enumerate(RANKS) for name in names}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_go_downwards(path):
    """At its top level a module imports only stages before it (or of its own folder)."""
    own = path.relative_to(ROOT / "symbp").parts[0].removesuffix(".py")
    if own in ("__init__", "__main__"):
        return
    used = {n.split(".")[1] for n in imported(path, top_only=True) if n.startswith("symbp.")}
    late = {name for name in used - {own} if RANK[name] >= RANK[own]}
    assert not late


@pytest.mark.parametrize(("code", "absent"), LOADS, ids=[code for code, _ in LOADS])
def test_start_up_loads_only_what_it_needs(code, absent):
    """No torch, and where nothing needs it no numpy and no jinja2."""
    program = f"{code}\nimport sys\nprint(sorted({absent!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_modules_stay_short(path):
    """One stage a module, under 400 lines."""
    assert len(path.read_text().splitlines()) < 400


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_user_text_is_never_code(path):
    """Nothing in the package evaluates text."""
    calls = {
        ast.unparse(node.func)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
    }
    assert not calls & {
        "eval",
        "exec",
        "sympify",
        "sp.sympify",
        "sympy.sympify",
        "parse_expr",
        "os.system",
    }
