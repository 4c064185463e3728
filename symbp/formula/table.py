"""What a formula may name: functions with the number of their arguments, and constants.

Input: nothing.  Output: CALLS and CONSTANTS.  Imports choose and the
function table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

import sympy as sp

from symbp.formula.choose import Relation, branches, compared
from symbp.functions import FUNCTIONS


@dataclass(frozen=True, slots=True)
class Call:
    """A function of a formula.

    Args:
        least: Number of arguments.
        most: The same, or more where it takes a list.
        make: From the arguments to the value.
    """

    least: int
    most: int
    make: Callable[..., sp.Expr]


def larger(*values: sp.Expr) -> sp.Expr:
    """The largest value; at a tie the later one, as in where(a > b, a, b)."""
    return _best(values, lambda a, b: a > b)


def smaller(*values: sp.Expr) -> sp.Expr:
    """The smallest value; at a tie the later one."""
    return _best(values, lambda a, b: a < b)


def _best(values: tuple[sp.Expr, ...], better: Relation) -> sp.Expr:
    """Each value where it is better than all after it."""
    pairs = [
        (a, sp.And(*(compared(better, a, b) for b in values[k + 1 :])))
        for k, a in enumerate(values)
    ]
    return branches(*pairs)


def _clip(u: sp.Expr, low: sp.Expr, high: sp.Expr) -> sp.Expr:
    below = compared(lambda a, b: a < b, u, low)
    above = compared(lambda a, b: a > b, u, high)
    return branches((low, below), (high, above), (u, sp.true))


def _sigmoid(z: sp.Expr) -> sp.Expr:
    return 1 / (1 + sp.exp(-z))


_ONE = {name: Call(1, 1, row.sympy) for name, row in FUNCTIONS.items()}
_MORE = {
    "sqrt": Call(1, 1, sp.sqrt),
    "square": Call(1, 1, lambda u: u**2),
    "log1p": Call(1, 1, lambda u: sp.log(1 + u)),
    "expm1": Call(1, 1, lambda u: sp.exp(u) - 1),
    "log2": Call(1, 1, lambda u: sp.log(u) / sp.log(2)),
    "log10": Call(1, 1, lambda u: sp.log(u) / sp.log(10)),
    "hypot": Call(2, 2, lambda u, v: sp.sqrt(u**2 + v**2)),
    "max": Call(2, 8, larger),
    "min": Call(2, 8, smaller),
    "maximum": Call(2, 2, larger),
    "minimum": Call(2, 2, smaller),
    "clip": Call(3, 3, _clip),
    "sigmoid": Call(1, 1, _sigmoid),
    "logsigmoid": Call(1, 1, lambda u: -sp.log(1 + sp.exp(-u))),
    "softplus": Call(1, 1, lambda u: sp.log(1 + sp.exp(u))),
    "relu": Call(1, 1, lambda u: larger(u, sp.S.Zero)),
    "silu": Call(1, 1, lambda u: u * _sigmoid(u)),
}
CALLS = MappingProxyType(_ONE | _MORE)
CONSTANTS = MappingProxyType({"pi": sp.pi, "e": sp.E})
OVER_FEATURES = ("sum", "mean")
WHERE = "where"
KNOWN = (*CALLS, WHERE, "pow", *OVER_FEATURES)
FLAT = ("floor", "ceil", "round", "mod", "argmax", "heaviside")
"""Functions whose derivative is 0 wherever it exists: refused with that reason."""
