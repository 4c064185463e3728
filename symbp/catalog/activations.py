"""Activations: one formula and its source a row.

Input: nothing.  Output: ACTIVATIONS.  A formula maps one element `z` to one element of the
result; `total` sums an expression in `z` over the features of the same sample.
Kinks take the value that the piecewise formula gives, chosen as torch does: relu'(0) = 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sympy as sp

Total = Callable[[sp.Expr], sp.Expr]


@dataclass(frozen=True, slots=True)
class Activation:
    """A row of the catalogue.

    Args:
        name: As written in a spec.
        formula: Maps `z` and `total` to the value.
        source: Paper or book with the equation.
        torch: Dotted name of the torch module it must equal; the oracle looks it up.
        torch_options: Keyword arguments of that module.
    """

    name: str
    formula: Callable[[sp.Expr, Total], sp.Expr]
    source: str
    torch: str
    torch_options: tuple[tuple[str, int], ...] = ()


ACTIVATIONS = (
    Activation(
        name="sigmoid",
        formula=lambda z, total: 1 / (1 + sp.exp(-z)),
        source="Bishop, Pattern Recognition and Machine Learning (2006), eq. 4.59",
        torch="torch.nn.Sigmoid",
    ),
    Activation(
        name="tanh",
        formula=lambda z, total: sp.tanh(z),
        source="Bishop, Pattern Recognition and Machine Learning (2006), eq. 5.59",
        torch="torch.nn.Tanh",
    ),
    Activation(
        name="relu",
        formula=lambda z, total: sp.Piecewise((z, z > 0), (0, True)),
        source="Nair & Hinton, Rectified Linear Units (2010), section 2",
        torch="torch.nn.ReLU",
    ),
    Activation(
        name="identity",
        formula=lambda z, total: z,
        source="Bishop, Pattern Recognition and Machine Learning (2006), section 5.1",
        torch="torch.nn.Identity",
    ),
    Activation(
        name="softmax",
        formula=lambda z, total: sp.exp(z) / total(sp.exp(z)),
        source="Bishop, Pattern Recognition and Machine Learning (2006), eq. 4.62",
        torch="torch.nn.Softmax",
        torch_options=(("dim", -1),),
    ),
)
