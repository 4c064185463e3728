"""Losses: the loss of one sample and its source a row.

Input: nothing.  Output: LOSSES.  A formula maps one element `a` of the network's output and
its target `t` to the loss of the sample; `total` sums over the features of the sample.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import sympy as sp

from symbp.catalog.activations import Total


@dataclass(frozen=True, slots=True)
class Loss:
    """A row of the catalogue.

    Args:
        name: As written in a spec.
        formula: Maps `a`, `t` and `total` to the loss of one sample.
        source: Paper, book or reference with the equation.
        torch: Dotted name of the torch module, "" where torch has none.
        reduction: What happens over the samples when the spec does not say.
        mean_over: What `mean` divides by: the samples, or all elements.
        named: Quantities that the formula is written in, by name, each a formula of the one
            before it; the last is the `a` of `formula`.
        classes: Whether a class index may stand for a target row.
    """

    name: str
    formula: Callable[[sp.Expr, sp.Expr, Total], sp.Expr]
    source: str
    torch: str
    reduction: Literal["sum", "mean"]
    mean_over: Literal["samples", "elements"]
    named: tuple[tuple[str, Callable[[sp.Expr, Total], sp.Expr]], ...] = ()
    classes: bool = False


LOSSES = (
    Loss(
        name="half_sse",
        formula=lambda a, t, total: total((a - t) ** 2) / 2,
        source="Bishop, Pattern Recognition and Machine Learning (2006), eq. 5.11",
        torch="",
        reduction="sum",
        mean_over="samples",
    ),
    Loss(
        name="mse",
        formula=lambda a, t, total: total((a - t) ** 2),
        source="torch.nn.MSELoss: mean over all elements",
        torch="torch.nn.MSELoss",
        reduction="mean",
        mean_over="elements",
    ),
    Loss(
        name="cross_entropy",
        formula=lambda a, t, total: -total(t * sp.log(a)),
        source="Bishop, Pattern Recognition and Machine Learning (2006), eqs. 4.62 and 4.108",
        torch="torch.nn.CrossEntropyLoss",
        reduction="mean",
        mean_over="samples",
        named=(("P", lambda z, total: sp.exp(z) / total(sp.exp(z))),),
        classes=True,
    ),
)
