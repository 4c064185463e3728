"""Initializers: how the first values of weights are drawn.

Input: nothing.  Output: INITIALIZERS.  A row maps a numpy.random.Generator, a shape and its options
to an array of float64.  A weight has the shape (out, in, ..): fan-in is the product of all lengths
but the first, fan-out that of all but the second, as in torch.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from symbp.catalog.rows import NOT_NEGATIVE, NUMBER, POSITIVE, Option, Recipe

Shape = tuple[int, ...]
Draw = Callable[..., Any]


def fans(shape: Shape) -> tuple[int, int]:
    """Fan-in and fan-out of a weight.

    >>> fans((3, 2)), fans((2, 3, 4))
    ((2, 3), (12, 8))
    """
    return math.prod(shape[1:]), shape[0] * math.prod(shape[2:])


def _uniform(stream: Any, shape: Shape, low: float, high: float) -> Any:
    return stream.uniform(low, high, shape)


def _normal(stream: Any, shape: Shape, mean: float, std: float) -> Any:
    return stream.normal(mean, std, shape)


def _constant(stream: Any, shape: Shape, value: float) -> Any:
    return value + 0 * stream.uniform(size=shape)


def _glorot(stream: Any, shape: Shape, gain: float) -> float:
    return gain * math.sqrt(2 / sum(fans(shape)))


def _he(stream: Any, shape: Shape, gain: float) -> float:
    return gain / math.sqrt(fans(shape)[0])


def _as_uniform(std: Draw) -> Draw:
    """A uniform distribution of that standard deviation reaches sqrt(3) times as far."""

    def draw(stream: Any, shape: Shape, gain: float) -> Any:
        bound = math.sqrt(3) * std(stream, shape, gain)
        return stream.uniform(-bound, bound, shape)

    return draw


def _as_normal(std: Draw) -> Draw:
    def draw(stream: Any, shape: Shape, gain: float) -> Any:
        return stream.normal(0, std(stream, shape, gain), shape)

    return draw


def _orthogonal(stream: Any, shape: Shape, gain: float) -> Any:
    """Q of a normal matrix; the signs of R's diagonal make it uniform over all such matrices."""
    import numpy as np

    rows, columns = shape[0], math.prod(shape[1:])
    tall = stream.normal(0, 1, (max(rows, columns), min(rows, columns)))
    Q, R = np.linalg.qr(tall)
    Q = Q * np.sign(np.diag(R))
    return gain * (Q if rows >= columns else Q.T).reshape(shape)


GAIN = Option("gain", Fraction(1), POSITIVE)
HE_GAIN = Option("gain", Fraction("1.4142135623730951"), POSITIVE)  # sqrt(2), of ReLU
GLOROT = "Glorot & Bengio 2010, AISTATS, eq. 16"
HE = "He, Zhang, Ren & Sun 2015, arXiv:1502.01852, eq. 10"
GIVEN = "given"
EVERYWHERE = ("constant", "normal", "uniform")  # biases too

INITIALIZERS = (
    Recipe(
        name=GIVEN,
        make=_constant,
        words="the parameters of the example",
        source="the spec",
    ),
    Recipe(
        name="zeros",
        make=lambda stream, shape: _constant(stream, shape, 0),
        words="0",
        source="the plainest",
        torch="torch.nn.init.zeros_",
    ),
    Recipe(
        name="constant",
        make=_constant,
        words="value; biases too",
        source="torch.nn.init.constant_",
        torch="torch.nn.init.constant_",
        options=(Option("value", Fraction("0.1"), NUMBER, "val"),),
    ),
    Recipe(
        name="normal",
        make=_normal,
        words="normal with that mean and standard deviation; biases too",
        source="torch.nn.init.normal_, but std is 1 there",
        torch="torch.nn.init.normal_",
        options=(
            Option("mean", Fraction(0), NUMBER),
            Option("std", Fraction("0.1"), NOT_NEGATIVE),
        ),
    ),
    Recipe(
        name="uniform",
        make=_uniform,
        words="uniform in low .. high; biases too",
        source="torch.nn.init.uniform_, but low is 0 and high 1 there",
        torch="torch.nn.init.uniform_",
        options=(
            Option("low", Fraction("-0.1"), NUMBER, "a"),
            Option("high", Fraction("0.1"), NUMBER, "b"),
        ),
        check=lambda low, high: "" if low <= high else "low is above high",
    ),
    Recipe(
        name="xavier",
        make=_as_uniform(_glorot),
        words="uniform within gain*sqrt(6/(fan_in + fan_out)); biases 0",
        source=GLOROT,
        torch="torch.nn.init.xavier_uniform_",
        options=(GAIN,),
    ),
    Recipe(
        name="xavier_normal",
        make=_as_normal(_glorot),
        words="normal with std = gain*sqrt(2/(fan_in + fan_out)); biases 0",
        source=GLOROT,
        torch="torch.nn.init.xavier_normal_",
        options=(GAIN,),
    ),
    Recipe(
        name="he",
        make=_as_normal(_he),
        words="normal with std = gain/sqrt(fan_in); biases 0",
        source=HE,
        torch="torch.nn.init.kaiming_normal_",
        options=(HE_GAIN,),
    ),
    Recipe(
        name="he_uniform",
        make=_as_uniform(_he),
        words="uniform within gain*sqrt(3/fan_in); biases 0",
        source=HE,
        torch="torch.nn.init.kaiming_uniform_",
        options=(HE_GAIN,),
    ),
    Recipe(
        name="orthogonal",
        make=_orthogonal,
        words="rows (or columns, the fewer) at right angles, each of length gain; biases 0",
        source="Saxe, McClelland & Ganguli 2014, arXiv:1312.6120; Mezzadri 2007, section 5",
        torch="torch.nn.init.orthogonal_",
        options=(GAIN,),
    ),
)
