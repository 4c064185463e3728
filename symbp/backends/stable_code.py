"""The stable form of a function of one number as Python source.

Input: a name and a `Stable`.  Output: lines of functions that need numpy only; kernels that NumPy
lacks come along as their own source.  Imports stable.result, stable.kernels as text, code_lines.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from pathlib import Path

import symbp.stable
from symbp.backends.code_lines import INDENT, WIDTH, assignment, wrapped
from symbp.passes.typed import typed
from symbp.printers import float_text, plain
from symbp.program import children, names, put
from symbp.stable.result import Measured, Regime, Stable
from symbp.tree import Call, Name, Node

KERNELS = Path(symbp.stable.__file__).parent / "kernels.py"
KERNELS_IN_PLACE = KERNELS.with_name("kernels_in_place.py")
FLOATS = KERNELS.with_name("floats.py")


def function(name: str, formula: str, found: Stable) -> list[str]:
    """The source of one function, and of one more for each of its regimes.

    Args:
        name: Of the function.
        formula: What it computes, as text.
        found: How.
    """
    if len(found.regimes) == 1:
        (regime,) = found.regimes
        return [*_head(name, formula, found), *_body(regime, _given(found), found.widened), "", ""]
    parts = [f"_{name}_{k}" for k in range(1, len(found.regimes) + 1)]
    lines: list[str] = []
    for part, regime, where in zip(parts, found.regimes, places(found.regimes), strict=True):
        lines += [
            f"def {part}(x: Array) -> Array:",
            f'{INDENT}"""For {where}: {regime.form.rule}."""',
        ]
        lines += [*_body(regime, "x", widened=False), "", ""]
    lines += _head(name, formula, found)
    given = _given(found)
    if given != "x":
        lines.append(f"{INDENT}wide = {given}")
    x = "wide" if given != "x" else "x"
    tests = [_test(x, found.regimes, k) for k in range(len(found.regimes) - 1)]
    call = [x, f"[{', '.join(tests)}]", f"[{', '.join(parts)}]"]
    end = ").astype(x.dtype, copy=False)" if found.widened else ")"
    one = f"{INDENT}return np.piecewise({', '.join(call)}{end}"
    if len(one) <= WIDTH:
        return [*lines, one, "", ""]
    lines += wrapped("tests = [", tests, "]", 4)
    lines += wrapped("forms = [", parts, "]", 4)
    return [*lines, f"{INDENT}return np.piecewise({x}, tests, forms{end}", "", ""]


def _given(found: Stable) -> str:
    return "np.asarray(x, dtype=np.float64)" if found.widened else "x"


def _head(name: str, formula: str, found: Stable) -> list[str]:
    """The signature and the docstring with the measured errors."""
    how = ", computed in float64" if found.widened else ""
    single = [f"{INDENT}float32: {error_text(found.single)}{how}."]
    return head(name, formula, found, "Array", single)


def head(name: str, formula: str, found: Stable, kind: str, more: Iterable[str] = ()) -> list[str]:
    """The signature of a function from a kind to that kind, and the docstring with the errors."""
    lines = [f"def {name}(x: {kind}) -> {kind}:"]
    first = f'{INDENT}"""Return {formula}.'
    lines += [first] if len(first) <= WIDTH else [f'{INDENT}"""Return the value at x of', "",
              *_folded(formula)]  # fmt: skip
    lines += ["", f"{INDENT}float64: {error_text(found.double)}."]
    if math.isfinite(found.common):
        lines.append(f"{INDENT}Counted for |x| <= {found.common:g}; nothing is spurious beyond.")
    lines += more
    if not found.met:
        lines.append(f"{INDENT}The goal of {found.goal:g} ULP is missed.")
    return [*lines, f'{INDENT}"""']


def _folded(formula: str) -> list[str]:
    """A long formula over several lines, cut behind operators."""
    lines, line = [], INDENT * 2
    for piece in re.split(r"(?<=[ *+/,(])", formula):
        if len(line) + len(piece) > WIDTH and line.strip():
            lines.append(line.rstrip())
            line = INDENT * 2
        line += piece
    return [*lines, line.rstrip()]


def measured_line(name: str, found: Stable) -> list[str]:
    """Name and errors of a function, for the header of a module."""
    bound = f" where |x| <= {found.common:g}" if math.isfinite(found.common) else ""
    missed = "" if found.met else f" The goal of {found.goal:g} ULP is missed."
    return [
        f"{name}{bound}",
        f"    float64: {error_text(found.double)}.{missed}",
        f"    float32: {error_text(found.single)}.",
    ]


def error_text(m: Measured) -> str:
    """The largest error found, where, and on how many points."""
    if not math.isfinite(m.ulp):
        return f"spurious at {m.at:.6g} ({m.points} points)"
    return f"at most {m.ulp:.2f} ULP, at {m.at:.6g} ({m.points} points)"


def places(regimes: tuple[Regime, ...]) -> list[str]:
    """Where each regime is used, as text."""
    found = []
    for k, regime in enumerate(regimes):
        left = right = ""
        if k:
            before = regimes[k - 1]
            left = f"{float_text(before.upto)} {'<' if before.closed else '<='} "
        if not math.isinf(regime.upto):
            right = f" {'<=' if regime.closed else '<'} {float_text(regime.upto)}"
        found.append(f"{left}x{right}")
    return found


def _test(x: str, regimes: tuple[Regime, ...], k: int) -> str:
    regime = regimes[k]
    right = f"{x} {'<=' if regime.closed else '<'} {float_text(regime.upto)}"
    if k == 0:
        return right
    before = regimes[k - 1]
    return f"({x} {'>' if before.closed else '>='} {float_text(before.upto)}) & ({right})"


def _body(regime: Regime, given: str, widened: bool) -> list[str]:
    """The statements of one form."""
    form = regime.form
    lines = []
    x = given
    if form.clip is not None:
        low, high = form.clip
        lines.append(f"{INDENT}x = np.clip({given}, {float_text(low)}, {float_text(high)})")
        x = "x"
    elif given != "x":
        lines.append(f"{INDENT}wide = {given}")
        x = "wide"
    for letter, node in form.lets:
        lines += assignment(letter, _renamed(node, x), "")
    result = typed(_renamed(form.result, x))  # a step is a choice between two numbers
    if isinstance(result, Name) and not lines:
        returned = [f"{INDENT}return {result.text}"]
    elif "x" in names(form.result) or form.lets:
        returned = _returned(result)
    else:
        returned = [f"{INDENT}return np.full_like({x}, {plain(result)})"]
    if widened:
        *rest, last = returned
        value = last.removeprefix(f"{INDENT}return ")
        returned = [*rest, f"{INDENT}result = {value}"]
        returned.append(f"{INDENT}return result.astype(x.dtype, copy=False)")
    return [*lines, *returned]


def _returned(result: Node) -> list[str]:
    """`return result`, its parts named where it is long."""
    lines = assignment("result", result, "")
    if len(lines) == 1:
        return [lines[0].replace(f"{INDENT}result = ", f"{INDENT}return ", 1)]
    return [*lines, f"{INDENT}return result"]


def _renamed(node: Node, x: str) -> Node:
    return node if x == "x" else put(node, Name("x"), Name(x))


def kernels(found: Iterable[Stable], statements: Iterable[Node] = ()) -> list[str]:
    """The source of the kernels that functions and statements call, with what they need."""
    forms = [regime.form for f in found for regime in f.regimes]
    nodes = [n for f in forms for n in (*(node for _, node in f.lets), f.result)]
    return sources({f for node in (*nodes, *statements) for f in called(node)}, (KERNELS,))


def sources(
    functions: Iterable[str], files: Iterable[Path], given: Collection[str] = ()
) -> list[str]:
    """The source of functions, and of the functions and constants that they need.

    Where two files have a function of one name, that of the later one is taken.  What is given
    already is left out.
    """
    known = {entry[0]: entry for path in files for entry in _sources(path)}.values()
    uses = {name: found for name, _, found in known}
    needed: set[str] = set()
    todo = set(functions)
    while todo:
        needed |= todo
        todo = {other for name in todo for other in uses.get(name, ()) if other in uses} - needed
    lines: list[str] = []
    for name, source, _ in known:
        if name in needed and name not in given:
            lines += [*source.splitlines(), "", ""]
    return lines


def called(node: Node) -> set[str]:
    """The names of the functions in a tree."""
    own = {node.function} if isinstance(node, Call) else set()
    return own.union(*map(called, children(node)))


@lru_cache(maxsize=8)
def _sources(path: Path) -> tuple[tuple[str, str, frozenset[str]], ...]:
    """Name and source of each constant and function of a file, and the names it uses."""
    text = path.read_text(encoding="utf-8")
    found = []
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef):
            name = node.name
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
        else:
            continue
        if name == "Array":
            continue
        source = ast.get_source_segment(text, node) or ""
        uses = frozenset(n.id for n in ast.walk(node) if isinstance(n, ast.Name))
        found.append((name, source, uses))
    return tuple(found)
