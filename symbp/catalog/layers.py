"""Layers in index notation: named equations and their source, nothing else.

Input: nothing.  Output: LAYERS.  In an equation `x` is what goes in, the last target is what
comes out; "in" and "out" are the layer's two feature axes, "N" the samples.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sympy as sp

from symbp.index import Index, Size, tensor, total

n, i, j = Index("n"), Index("i"), Index("j")
WIDTH = Size("in")
Axes = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LayerFormula:
    """A row of the catalogue.

    Args:
        name: As written in a spec.
        parameters: Local name and axes of each trained quantity.
        equations: From the parameters that are present to (name, axes, indices, right side).
        source: Paper or book with the equation.
    """

    name: str
    parameters: tuple[tuple[str, Axes], ...]
    equations: Callable[[dict[str, Axes], dict[str, sp.Expr]], tuple[LocalEquation, ...]]
    source: str


LocalEquation = tuple[str, Axes, tuple[Index, ...], sp.Expr]


def _dense(present: dict[str, Axes], _: dict[str, sp.Expr]) -> tuple[LocalEquation, ...]:
    z = total(tensor("W", j, i) * tensor("x", n, i), i)
    if "b" in present:
        z += tensor("b", j) if present["b"] else tensor("b")
    return (("Z", ("N", "out"), (n, j), z),)


def _layernorm(_: dict[str, Axes], constants: dict[str, sp.Expr]) -> tuple[LocalEquation, ...]:
    x, mu, var, sigma = tensor("x", n, i), tensor("mu", n), tensor("var", n), tensor("sigma", n)
    row, full = ("N",), ("N", "in")
    return (
        ("mu", row, (n,), total(x, i) / WIDTH),
        ("var", row, (n,), total((x - mu) ** 2, i) / WIDTH),
        ("sigma", row, (n,), sp.sqrt(var + constants["eps"])),
        ("xhat", full, (n, i), (x - mu) / sigma),
        ("Y", full, (n, i), tensor("gamma", i) * tensor("xhat", n, i) + tensor("beta", i)),
    )


def _residual(_: dict[str, Axes], __: dict[str, sp.Expr]) -> tuple[LocalEquation, ...]:
    return (("R", ("N", "in"), (n, i), tensor("x", n, i) + tensor("skip", n, i)),)


LAYERS = (
    LayerFormula(
        name="dense",
        parameters=(("W", ("out", "in")), ("b", ("out",))),
        equations=_dense,
        source="Bishop, Pattern Recognition and Machine Learning (2006), eqs. 5.48 and 5.49",
    ),
    LayerFormula(
        name="layernorm",
        parameters=(("gamma", ("in",)), ("beta", ("in",))),
        equations=_layernorm,
        source="Ba, Kiros & Hinton, Layer Normalization (2016), arXiv:1607.06450, eqs. 3 and 4",
    ),
    LayerFormula(
        name="residual",
        parameters=(),
        equations=_residual,
        source="He et al., Deep Residual Learning (2016), eq. 1",
    ),
)
