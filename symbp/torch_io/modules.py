"""Small torch modules for what torch has none of its own, so that a network stays a Sequential.

Input: settings of a network.  Output: classes `SharedBias`, `Bias`, `Mask`, `Gated`, `Formula`,
`FormulaLoss`, `IndexLayer`, `Add` and `Residuals`, by their names in this module.  They are made
when first asked for, as torch is imported on call.  A model of them can be copied, and pickled
unless it has an `IndexLayer`; its state_dict always can.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import sympy as sp

from symbp.choice import resolve_activation, resolve_loss
from symbp.formula_layer import FormulaLayer
from symbp.letters import CLASS_WEIGHT
from symbp.torch_io.formulas import activation_value, layer_value, loss_value

Numbers = Mapping[str, Fraction]


def __getattr__(name: str) -> Any:
    """One of the classes.

    >>> import torch, symbp.torch_io.modules as modules
    >>> modules.SharedBias()(torch.zeros(1, 2))
    tensor([[0., 0.]], grad_fn=<AddBackward0>)
    """
    if name.startswith("_") or name not in classes():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return classes()[name]


@functools.cache
def classes() -> dict[str, Any]:
    """The classes by name."""
    import torch
    from torch import nn

    def zeros(*shape: int) -> Any:
        return nn.Parameter(torch.zeros(shape, dtype=torch.float64))

    class SharedBias(nn.Module):
        """Add one trained number to every feature."""

        def __init__(self) -> None:
            super().__init__()
            self.bias = zeros()

        def forward(self, x: Any) -> Any:
            return x + self.bias

    class Bias(nn.Module):
        """Add a trained vector."""

        def __init__(self, width: int) -> None:
            super().__init__()
            self.bias = zeros(width)

        def forward(self, x: Any) -> Any:
            return x + self.bias

    class Mask(nn.Module):
        """Dropout with a given mask of 0 and 1."""

        mask: Any

        def __init__(self, mask: Any, p: Fraction) -> None:
            super().__init__()
            self.register_buffer("mask", mask)
            self.p = p

        def forward(self, x: Any) -> Any:
            return x * self.mask / float(1 - self.p)

    class Gated(nn.Module):
        """activation(x W^T + b, x V^T + c), for any kind of bias."""

        def __init__(self, inputs: int, out: int, bias: str, activation: str) -> None:
            super().__init__()
            self.activation, self.bias_kind = activation, bias
            self.weight, self.gate_weight = zeros(out, inputs), zeros(out, inputs)
            shape = (out,) if bias == "per-unit" else ()
            self.bias = None if bias == "none" else zeros(*shape)
            self.gate_bias = None if bias == "none" else zeros(*shape)

        def forward(self, x: Any) -> Any:
            z, gate = x @ self.weight.T, x @ self.gate_weight.T
            if self.bias is not None:
                z, gate = z + self.bias, gate + self.gate_bias
            row = resolve_activation(self.activation, "activation", {}, {})
            return activation_value(row, z, gate, {})

    class Formula(nn.Module):
        """An activation by its formula, with its trained numbers."""

        def __init__(self, activation: str | sp.Expr, constants: Numbers, learned: Numbers) -> None:
            super().__init__()
            self.activation = activation
            self.constants, self.learned = dict(constants), dict(learned)
            row = resolve_activation(activation, "activation", constants, learned)
            self.names = tuple(name for name, _ in row.learned)
            self.trained = nn.ParameterList([zeros() for _ in self.names])

        def forward(self, x: Any) -> Any:
            row = resolve_activation(self.activation, "activation", self.constants, self.learned)
            return activation_value(row, x, None, dict(zip(self.names, self.trained, strict=True)))

    class FormulaLoss(nn.Module):
        """A loss by its formula: called as loss(outputs, targets)."""

        weight: Any

        def __init__(
            self, loss: str | sp.Expr, reduction: str, constants: Numbers, learned: Numbers
        ) -> None:
            super().__init__()
            self.loss, self.reduction = loss, reduction
            self.constants, self.learned = dict(constants), dict(learned)
            row = resolve_loss(loss, "loss", constants, learned)
            self.names = tuple(name for name, _ in row.learned)
            self.trained = nn.ParameterList([zeros() for _ in self.names])
            weights = [float(v) for v in row.class_weights]
            self.register_buffer(
                "weight", torch.tensor(weights, dtype=torch.float64) if weights else None
            )

        def forward(self, p: Any, t: Any) -> Any:
            row = resolve_loss(self.loss, "loss", self.constants, self.learned)
            values = dict(zip(self.names, self.trained, strict=True))
            if self.weight is not None:
                values[CLASS_WEIGHT] = self.weight
            classes = t.ndim == 1
            rows = nn.functional.one_hot(t, p.shape[-1]).to(p.dtype) if classes else t
            each = loss_value(row, p, rows, values)
            if self.reduction == "none":
                return each
            if self.reduction == "sum":
                return each.sum()
            if self.reduction == "batchmean":
                return each.sum() / len(p)
            weighted = row.weighted_mean == "always" or (row.weighted_mean and classes)
            if weighted and self.weight is not None:
                return each.sum() / (self.weight * rows).sum()
            return each.mean()

    class IndexLayer(nn.Module):
        """A layer in index notation."""

        def __init__(
            self, layer: FormulaLayer, width: int, shapes: Mapping[str, tuple[int, ...]]
        ) -> None:
            super().__init__()
            self.width = width
            self.equations = _Kept(layer)
            self.names = tuple(shapes)
            self.trained = nn.ParameterList([zeros(*shape) for shape in shapes.values()])

        def forward(self, x: Any) -> Any:
            known = dict(zip(self.names, self.trained, strict=True))
            return layer_value(self.equations.value, x, known)

    class Add(nn.Module):
        """Where `Residuals` adds what an earlier one gave; 0 is what went in."""

        def __init__(self, source: int) -> None:
            super().__init__()
            self.source = source

        def forward(self, x: Any, earlier: Any) -> Any:
            return x + earlier

    class Residuals(nn.Sequential):
        """A Sequential with `Add` in it."""

        def forward(self, x: Any) -> Any:
            given = [x]
            for module in self:
                skip = (given[module.source],) if isinstance(module, Add) else ()
                given.append(module(given[-1], *skip))
            return given[-1]

    made = (SharedBias, Bias, Mask, Gated, Formula, FormulaLoss, IndexLayer, Add, Residuals)
    for kind in made:
        kind.__module__, kind.__qualname__ = __name__, kind.__name__
    return {kind.__name__: kind for kind in made}


class _Kept:
    """A frozen layer inside a module that may be copied."""

    __slots__ = ("value",)

    def __init__(self, value: FormulaLayer) -> None:
        self.value = value

    def __deepcopy__(self, memo: object) -> _Kept:
        return self
