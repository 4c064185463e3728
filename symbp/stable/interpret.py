"""Compute a tree on NumPy arrays exactly as the emitted source would.

Input: nodes and arrays by name.  Output: an array.  Products and sums go from left to right, as the
printer writes them.  Imports tree.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np

from symbp.functions import FUNCTIONS
from symbp.stable.kernels import erfcx, exp_poly
from symbp.stable.writer import Form
from symbp.tree import (
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

Array = np.ndarray
CALLS: dict[str, Callable[..., Any]] = {
    name: getattr(np, row.numpy.removeprefix("np."))
    for name, row in FUNCTIONS.items()
    if row.numpy
} | {
    "sqrt": np.sqrt, "log1p": np.log1p, "expm1": np.expm1, "hypot": np.hypot,
    "power": np.power, "clip": np.clip,
    "maximum": np.maximum, "minimum": np.minimum, "exp_poly": exp_poly, "erfcx": erfcx,
}  # fmt: skip
COMPARE = {
    "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
    "==": np.equal, "!=": np.not_equal,
}  # fmt: skip


def run(form: Form, x: Array, warn: Literal["ignore", "raise"] = "ignore") -> Array:
    """The value of a form, in the dtype of x.

    Raises:
        FloatingPointError: with warn="raise", where NumPy would warn.
    """
    with np.errstate(over=warn, invalid=warn, divide=warn, under="ignore"):
        if form.clip is not None:
            x = np.clip(x, *form.clip)
        values: dict[str, Any] = {"x": x}
        for name, node in form.lets:
            values[name] = compute(node, values)
        return np.broadcast_to(compute(form.result, values), x.shape).astype(x.dtype, copy=False)


def compute(node: Node, values: Mapping[str, Any]) -> Any:
    """The value of a tree; numbers are Python floats, so they keep float32 arrays float32.

    Functions beside those of NumPy stand in `values` under their names.
    """
    match node:
        case Number(value):
            return float(value)
        case Name(name):
            return values[name]
        case Sum(terms):
            total: Any = None
            for sign, term in terms:
                part = compute(term, values)
                if total is None:
                    total = part if sign > 0 else -part
                else:
                    total = total + part if sign > 0 else total - part
            return total
        case Product(sign, numerator, denominator):
            product: Any = (
                functools.reduce(lambda a, b: a * b, (compute(f, values) for f in numerator), 1.0)
                if len(numerator) != 1
                else compute(numerator[0], values)
            )
            if sign < 0:
                product = -product
            if denominator:
                product = product / functools.reduce(
                    lambda a, b: a * b, (compute(f, values) for f in denominator)
                )
            return product
        case Power(base, exponent):
            return compute(base, values) ** exponent
        case Call(function, arguments):
            call = CALLS.get(function) or values[function]
            return call(*(compute(a, values) for a in arguments))
        case Compare(relation, left, right):
            return COMPARE[relation](compute(left, values), compute(right, values))
        case Logic(kind, parts):
            join = np.logical_and if kind == "and" else np.logical_or
            return functools.reduce(join, (compute(p, values) for p in parts))
        case Where(condition, then, otherwise):
            return np.where(*(compute(p, values) for p in (condition, then, otherwise)))
        case Constant(name):
            return {"pi": np.pi, "e": np.e}[name]
    raise TypeError(f"no value for {type(node).__name__}")
