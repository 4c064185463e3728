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
WIDTH, SAMPLES = Size("in"), Size("N")
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


def _layernorm(
    present: dict[str, Axes], constants: dict[str, sp.Expr]
) -> tuple[LocalEquation, ...]:
    x, mu, var, sigma = tensor("x", n, i), tensor("mu", n), tensor("var", n), tensor("sigma", n)
    row = ("N",)
    return (
        ("mu", row, (n,), total(x, i) / WIDTH),
        ("var", row, (n,), total((x - mu) ** 2, i) / WIDTH),
        ("sigma", row, (n,), sp.sqrt(var + constants["eps"])),
        *_scaled((x - mu) / sigma, present),
    )


def _rmsnorm(present: dict[str, Axes], constants: dict[str, sp.Expr]) -> tuple[LocalEquation, ...]:
    x, row = tensor("x", n, i), ("N",)
    return (
        ("ms", row, (n,), total(x**2, i) / WIDTH),
        ("rms", row, (n,), sp.sqrt(tensor("ms", n) + constants["eps"])),
        *_scaled(x / tensor("rms", n), present),
    )


def _batchnorm(
    present: dict[str, Axes], constants: dict[str, sp.Expr]
) -> tuple[LocalEquation, ...]:
    x, mu, var, sigma = tensor("x", n, i), tensor("mu", i), tensor("var", i), tensor("sigma", i)
    column = ("in",)
    return (
        ("mu", column, (i,), total(x, n) / SAMPLES),
        ("var", column, (i,), total((x - mu) ** 2, n) / SAMPLES),
        ("sigma", column, (i,), sp.sqrt(var + constants["eps"])),
        *_scaled((x - mu) / sigma, present),
    )


def _batchnorm_inference(
    present: dict[str, Axes], constants: dict[str, sp.Expr]
) -> tuple[LocalEquation, ...]:
    x, sigma = tensor("x", n, i), tensor("sigma", i)
    return (
        ("sigma", ("in",), (i,), sp.sqrt(tensor("var", i) + constants["eps"])),
        *_scaled((x - tensor("mean", i)) / sigma, present),
    )


def _scaled(xhat: sp.Expr, present: dict[str, Axes]) -> tuple[LocalEquation, ...]:
    """xhat, then gamma * xhat + beta with those of the two that are there."""
    first = ("xhat", ("N", "in"), (n, i), xhat)
    if "gamma" not in present:
        return (first,)
    value = tensor("gamma", i) * tensor("xhat", n, i)
    if "beta" in present:
        value += tensor("beta", i)
    return (first, ("Y", ("N", "in"), (n, i), value))


def _bias(_: dict[str, Axes], __: dict[str, sp.Expr]) -> tuple[LocalEquation, ...]:
    return (("Y", ("N", "in"), (n, i), tensor("x", n, i) + tensor("b", i)),)


def _dropout(_: dict[str, Axes], constants: dict[str, sp.Expr]) -> tuple[LocalEquation, ...]:
    kept = tensor("M", n, i) * tensor("x", n, i) / (1 - constants["p"])
    return (("Y", ("N", "in"), (n, i), kept),)


def _embedding(_: dict[str, Axes], __: dict[str, sp.Expr]) -> tuple[LocalEquation, ...]:
    return (("Y", ("N", "out"), (n, j), tensor("table", tensor("x", n), j)),)


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
        name="rmsnorm",
        parameters=(("gamma", ("in",)),),
        equations=_rmsnorm,
        source="Zhang & Sennrich, Root Mean Square Layer Normalization (2019), eq. 4",
    ),
    LayerFormula(
        name="batchnorm",
        parameters=(("gamma", ("in",)), ("beta", ("in",))),
        equations=_batchnorm,
        source="Ioffe & Szegedy, Batch Normalization (2015), arXiv:1502.03167, algorithm 1",
    ),
    LayerFormula(
        name="batchnorm_inference",
        parameters=(("gamma", ("in",)), ("beta", ("in",)), ("mean", ("in",)), ("var", ("in",))),
        equations=_batchnorm_inference,
        source="Ioffe & Szegedy, Batch Normalization (2015), arXiv:1502.03167, algorithm 2",
    ),
    LayerFormula(
        name="bias",
        parameters=(("b", ("in",)),),
        equations=_bias,
        source="Bishop, Pattern Recognition and Machine Learning (2006), eq. 5.2",
    ),
    LayerFormula(
        name="dropout",
        parameters=(("M", ("N", "in")),),
        equations=_dropout,
        source="Srivastava et al., Dropout (2014), section 10: scaled by 1/(1 - p) in training",
    ),
    LayerFormula(
        name="embedding",
        parameters=(("table", ("in", "out")),),
        equations=_embedding,
        source="Bengio et al., A Neural Probabilistic Language Model (2003), section 2: C(w)",
    ),
    LayerFormula(
        name="residual",
        parameters=(),
        equations=_residual,
        source="He et al., Deep Residual Learning (2016), eq. 1",
    ),
)
