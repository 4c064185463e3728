"""Keep what searches found: a shipped file for the catalogue, a folder of the user's for the rest.

Input: a formula and a mode.  Output: its `Stable`, read where it is known and searched where not.
A result is found by its formula and the version of the search.  Imports result and tree; the
search on call.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import warnings
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import sympy as sp

from symbp.errors import SymbpError
from symbp.output import write_text
from symbp.progress import report
from symbp.stable.letters import Interval
from symbp.stable.result import Measured, Regime, Stable
from symbp.stable.writer import Form
from symbp.tree import (
    RELATIONS,
    Call,
    Compare,
    Constant,
    Logic,
    Name,
    Node,
    Number,
    Power,
    Product,
    Sum,
    Where,
)

VERSION = 1
SHIPPED = Path(__file__).parent / "shipped.json"
FOLDER = "SYMBP_CACHE"


def stable(expr: sp.Expr, mode: str) -> Stable:
    """The stable form of a formula in X: shipped, kept from before, or searched now.

    Args:
        expr: In `writer.X`.
        mode: "fast" or "full".
    """
    found = known(expr, mode)
    if found is not None:
        return found
    found = searched(expr, mode)
    report("", 1.0)
    keep(found, mode)
    return found


def searched(expr: sp.Expr, mode: str) -> Stable:
    """Search now; "fast" falls back on regimes where no single line is good enough."""
    from symbp.stable.fast import search_fast
    from symbp.stable.search import search

    found = search_fast(expr) if mode == "fast" else None
    return found or search(expr)


def key(expr: sp.Expr, mode: str) -> str:
    """The name of a result: formula, mode and version of the search."""
    text = f"{VERSION} {mode} {sp.srepr(expr)}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def known(expr: sp.Expr, mode: str) -> Stable | None:
    """The result where it is shipped or kept; None where it must be searched."""
    name = key(expr, mode)
    entry = _shipped().get(name)
    if entry is None:
        path = folder() / f"{name}.json"
        if not path.is_file():
            return None
        try:
            entry = json.loads(path.read_text(encoding="utf-8"))
            return read(entry, expr)
        except (OSError, ValueError, KeyError, TypeError, IndexError):
            return None  # a file cut short or changed by hand: search again
    return read(entry, expr)


@lru_cache(maxsize=1)
def _shipped() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(SHIPPED.read_text(encoding="utf-8"))
    return table


def folder() -> Path:
    """Where results are kept: $SYMBP_CACHE, else symbp/ in the user's cache folder."""
    given = os.environ.get(FOLDER)
    if given:
        return Path(given)
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "symbp"


def keep(found: Stable, mode: str) -> None:
    """Write a result to the folder; warns where that fails, as the next run must search again."""
    try:
        folder().mkdir(parents=True, exist_ok=True)
        text = json.dumps(written(found))
        write_text(folder() / f"{key(found.expr, mode)}.json", f"{text}\n")
    except (OSError, RuntimeError, SymbpError) as error:
        text = f"the stable form is not kept: {error}; set {FOLDER} to a folder you may write"
        warnings.warn(text, RuntimeWarning, stacklevel=2)


def written(found: Stable) -> dict[str, Any]:
    """A result as JSON."""
    return {
        "regimes": [
            {
                "upto": regime.upto.hex(),
                "closed": regime.closed,
                "rule": regime.form.rule,
                "interval": [
                    v.hex() for v in (regime.form.interval.low, regime.form.interval.high)
                ],
                "lets": [[name, encode(node)] for name, node in regime.form.lets],
                "result": encode(regime.form.result),
                "clip": [v.hex() for v in regime.form.clip] if regime.form.clip else None,
            }
            for regime in found.regimes
        ],
        "double": _measured(found.double),
        "single": _measured(found.single),
        "goal": found.goal,
        "widened": found.widened,
        "common": found.common.hex(),
    }


def _measured(m: Measured) -> list[Any]:
    return [m.ulp.hex(), m.at.hex(), m.points]


def read(entry: dict[str, Any], expr: sp.Expr) -> Stable:
    """A result from JSON.

    Raises:
        KeyError, TypeError, ValueError, IndexError: the entry is no result.
    """
    regimes = []
    for r in entry["regimes"]:
        low, high = (float.fromhex(v) for v in r["interval"])
        clip = tuple(float.fromhex(v) for v in r["clip"]) if r["clip"] else None
        lets = tuple((name, decode(node)) for name, node in r["lets"])
        form = Form(r["rule"], Interval(low, high), lets, decode(r["result"]), expr, clip)  # type: ignore[arg-type]
        regimes.append(Regime(float.fromhex(r["upto"]), bool(r["closed"]), form))
    double, single = (
        Measured(float.fromhex(entry[k][0]), float.fromhex(entry[k][1]), int(entry[k][2]))
        for k in ("double", "single")
    )
    common = float.fromhex(entry["common"])
    goal, widened = float(entry["goal"]), bool(entry["widened"])
    return Stable(expr, tuple(regimes), double, single, goal, widened, common)


def encode(node: Node) -> list[Any]:
    """A tree as nested lists; `decode` is the way back."""
    match node:
        case Number(value):
            return ["number", str(value)]
        case Constant(name) | Name(name):
            return [type(node).__name__.lower(), name]
        case Sum(terms):
            return ["sum", *([sign, encode(term)] for sign, term in terms)]
        case Product(sign, numerator, denominator):
            return ["product", sign, [*map(encode, numerator)], [*map(encode, denominator)]]
        case Power(base, exponent):
            return ["power", encode(base), exponent]
        case Call(function, arguments):
            return ["call", function, *map(encode, arguments)]
        case Compare(relation, left, right):
            return ["compare", relation, encode(left), encode(right)]
        case Logic(kind, parts):
            return ["logic", kind, *map(encode, parts)]
        case Where(condition, then, otherwise):
            return ["where", *map(encode, (condition, then, otherwise))]
    raise TypeError(f"{type(node).__name__} is never stored")


def decode(entry: list[Any]) -> Node:
    """The tree of nested lists.

    >>> decode(["sum", [1, ["name", "x"]], [-1, ["number", "1/2"]]]) == Sum(
    ...     ((1, Name("x")), (-1, Number(Fraction(1, 2)))))
    True
    """
    kind, *rest = entry
    match kind:
        case "number":
            return Number(Fraction(rest[0]))
        case "constant":
            return Constant(rest[0])
        case "name":
            return Name(_word(rest[0]))
        case "sum":
            return Sum(tuple((int(sign), decode(term)) for sign, term in rest))
        case "product":
            sign, top, bottom = rest
            return Product(int(sign), tuple(map(decode, top)), tuple(map(decode, bottom)))
        case "power":
            return Power(decode(rest[0]), int(rest[1]))
        case "call":
            return Call(_word(rest[0]), tuple(map(decode, rest[1:])))
        case "compare":
            if rest[0] not in RELATIONS.values():
                raise ValueError(f"no relation is called {rest[0]}")
            return Compare(rest[0], decode(rest[1]), decode(rest[2]))
        case "logic":
            return Logic(rest[0], tuple(map(decode, rest[1:])))
        case "where":
            condition, then, otherwise = map(decode, rest)
            return Where(condition, then, otherwise)
    raise ValueError(f"no tree node is called {kind}")


def _word(text: str) -> str:
    """A name that may stand in code; a file that was changed by hand must not put code there."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,30}", text, re.ASCII):
        raise ValueError(f"{text!r} is no name")
    return text
