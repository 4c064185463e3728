"""What a formula may name: functions with the number of their arguments, and constants.

Input: nothing.  Output: CALLS and CONSTANTS.  Imports the function table only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

import sympy as sp

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
    result = values[-1]
    for value in reversed(values[:-1]):
        result = sp.Piecewise((value, value > result), (result, True))
    return result


def smaller(*values: sp.Expr) -> sp.Expr:
    """The smallest value; at a tie the later one."""
    result = values[-1]
    for value in reversed(values[:-1]):
        result = sp.Piecewise((value, value < result), (result, True))
    return result


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
    "clip": Call(3, 3, lambda u, a, b: sp.Piecewise((a, u < a), (b, u > b), (u, True))),
    "sigmoid": Call(1, 1, _sigmoid),
    "logsigmoid": Call(1, 1, lambda u: -sp.log(1 + sp.exp(-u))),
    "softplus": Call(1, 1, lambda u: sp.log(1 + sp.exp(u))),
    "relu": Call(1, 1, lambda u: sp.Piecewise((u, u > 0), (0, True))),
    "silu": Call(1, 1, lambda u: u * _sigmoid(u)),
}
CALLS = MappingProxyType(_ONE | _MORE)
CONSTANTS = MappingProxyType({"pi": sp.pi, "e": sp.E})
OVER_FEATURES = ("sum", "mean")
WHERE = "where"
KNOWN = (*CALLS, WHERE, "pow", *OVER_FEATURES)
FLAT = ("floor", "ceil", "round", "mod", "argmax", "heaviside")
"""Functions whose derivative is 0 wherever it exists: refused with that reason."""
