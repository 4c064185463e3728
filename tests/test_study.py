"""The report on an activation, against published numbers, torch and quadratures of its own kind."""

from __future__ import annotations

import mpmath
import pytest
import sympy as sp

from symbp.study import study

z = sp.Symbol("z", real=True)
GELU = z * (1 + sp.erf(z / sp.sqrt(2))) / 2
SILU = z / (1 + sp.exp(-z))
MISH = z * sp.tanh(sp.log(1 + sp.exp(z)))
RELU = sp.Piecewise((z, z > 0), (0, True))


@pytest.mark.parametrize(
    ("formula", "at", "value"),
    [
        (GELU, "-0.751791524693564", "-0.16997120747990369"),
        (SILU, "-1.2784645427610738", "-0.27846454276107"),
        (MISH, "-1.1924312", "-0.30884341"),
    ],
    ids=["gelu", "silu", "mish"],
)
def test_minimum_is_the_published_one(formula, at, value):
    """One stationary point, a minimum, where the literature has it."""
    (found,) = study(formula, z).turns.critical
    assert found.kind == "minimum"
    assert abs(found.at.number - mpmath.mpf(at)) < 2 * 10.0 ** -(len(at.split(".")[1]) - 1)
    assert abs(found.value.number - mpmath.mpf(value)) < 2 * 10.0 ** -(len(value.split(".")[1]) - 1)
