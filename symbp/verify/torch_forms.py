"""Activations and losses in torch: its own modules, and compositions where it has none.

Input: a row of the catalogue and tensors.  Output: tensors that autograd differentiates.  torch's
modules are found by their names in the catalogue; a composition is written here from the source of
the row, not from its formula.  torch is imported on call.
"""

from __future__ import annotations

import functools
import operator
import warnings
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import sympy as sp

from symbp.catalog import Activation, Loss, Total
from symbp.catalog.rows import Value

Tensors = Mapping[str, Any]


def torch_activation(row: Activation, z: Any, gate: Any, trained: Tensors) -> Any:
    """The value of an activation.

    Args:
        row: With its options set.
        z: Pre-activations (N, H).
        gate: Those of the gate; None unless the activation is gated.
        trained: Trained numbers by name, without the number of the layer.
    """
    import torch

    options = {name: _number(value, trained) for name, value in row.values}
    options |= {name: trained[name] for name, _ in row.learned if name not in row.letters}
    if row.name in ACTIVATIONS:
        return ACTIVATIONS[row.name](torch, z, gate, options)
    if row.torch and not row.own and not any(isinstance(v, str) for _, v in row.values):
        named = {o.torch or o.name: options[o.name] for o in row.options}
        return module(row.torch, **named, **dict(row.torch_options))(z)
    return _by_formula(row, z, trained)


def torch_loss(row: Loss, p: Any, t: Any, reduction: str, trained: Tensors) -> Any:
    """The loss; with "none" the sum of the losses of all elements or samples, as torch has them.

    Args:
        row: With its options set.
        p: Outputs (N, K).
        t: Targets (N, K), or (N,) class indices.
        reduction: "mean", "sum", "none" or what the row has beside them.
        trained: Trained numbers and class weights by name.
    """
    import torch

    options = {
        name: trained["class_weight"] if isinstance(value, tuple) and value
        else _number(value, trained)
        for name, value in row.values
    }  # fmt: skip
    if row.name in LOSSES:
        each = LOSSES[row.name](torch, p, t, options)
        return each.mean() if reduction == "mean" else each.sum()
    if row.name == "nll":
        return _nll(torch, p, t, reduction, options).sum()
    if row.torch and not row.own and not any(isinstance(v, str) for _, v in row.values):
        named = {o.torch or o.name: options[o.name] for o in row.options}
        if row.class_weights == () and "weight" in named:
            del named["weight"]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on what `mean` of kl_div divides by
            return module(row.torch, reduction=reduction, **named)(p, t).sum()
    each = _loss_by_formula(row, p, t, trained)
    return each.mean() if reduction == "mean" else each.sum()


def module(name: str, **options: Any) -> Any:
    """A torch module from its dotted name in the catalogue."""
    import torch

    found: Any = torch
    for part in name.split(".")[1:]:
        found = getattr(found, part)
    return found(**options)


def _number(value: Value, trained: Tensors) -> Any:
    """The value of an option as torch takes it; a trained number stays a tensor."""
    if isinstance(value, str):
        return trained[value]
    return float(value) if isinstance(value, Fraction) else value


def _glu(torch: Any, z: Any, gate: Any, options: Tensors) -> Any:
    return torch.nn.functional.glu(torch.cat([z, gate], dim=-1), dim=-1)


def _prelu(torch: Any, z: Any, gate: Any, options: Tensors) -> Any:
    return torch.nn.functional.prelu(z, options["slope"].reshape(1))


ACTIVATIONS: Mapping[str, Callable[[Any, Any, Any, Tensors], Any]] = {
    "prelu": _prelu,
    "glu": _glu,
    "swiglu": lambda torch, z, gate, o: torch.nn.functional.silu(z) * gate,
    "geglu": lambda torch, z, gate, o: torch.nn.functional.gelu(z) * gate,
    "reglu": lambda torch, z, gate, o: torch.relu(z) * gate,
    # torch's own backward has 1/6 and 1/alpha in float32, also for float64.
    "celu": lambda torch, z, gate, o: torch.where(
        z > 0, z, o["alpha"] * torch.expm1(torch.where(z > 0, 0, z) / o["alpha"])
    ),
    "hardsigmoid": lambda torch, z, gate, o: torch.where(
        (z > -3) & (z < 3), z / 6 + 0.5, (z >= 3).to(z.dtype)
    ),
    "squareplus": lambda torch, z, gate, o: (z + torch.sqrt(z.square() + o["b"])) / 2,
    "snake": lambda torch, z, gate, o: z + torch.sin(o["alpha"] * z).square() / o["alpha"],
    "gaussian": lambda torch, z, gate, o: torch.exp(-z.square()),
}


def _nll(torch: Any, p: Any, t: Any, reduction: str, options: Tensors) -> Any:
    """torch takes class indices only; rows are what it does with their one-hot code."""
    weight = None if isinstance(options["weight"], tuple) else options["weight"]
    if t.ndim == 1:
        return torch.nn.functional.nll_loss(p, t, weight=weight, reduction=reduction)
    weights = torch.ones_like(t) if weight is None else weight
    each = -(weights * t * p).sum(dim=-1)
    count = len(p) if weight is None else (weights * t).sum()
    return each / count if reduction == "mean" else each


def _gaussian(torch: Any, p: Any, t: Any, options: Tensors) -> Any:
    var = torch.as_tensor(options["var"], dtype=p.dtype).expand_as(p)
    loss = torch.nn.functional.gaussian_nll_loss
    return loss(p, t, var, full=options["full"], eps=options["eps"], reduction="none")


def _focal(torch: Any, p: Any, t: Any, options: Tensors) -> Any:
    share = torch.sigmoid(p)
    ce = torch.nn.functional.binary_cross_entropy_with_logits(p, t, reduction="none")
    right = share * t + (1 - share) * (1 - t)
    balance = options["alpha"] * t + (1 - options["alpha"]) * (1 - t)
    return balance * ce * (1 - right) ** options["gamma"]


def _bce_with_logits(torch: Any, p: Any, t: Any, options: Tensors) -> Any:
    weight = torch.as_tensor(options["pos_weight"], dtype=p.dtype)
    loss = torch.nn.functional.binary_cross_entropy_with_logits
    return loss(p, t, pos_weight=weight, reduction="none")


LOSSES: Mapping[str, Callable[[Any, Any, Any, Tensors], Any]] = {
    "half_sse": lambda torch, p, t, o: 0.5 * (p - t).square().sum(dim=-1),
    "bce_with_logits": _bce_with_logits,
    "gaussian_nll": _gaussian,
    "hinge": lambda torch, p, t, o: torch.relu(1 - t * p),
    "log_cosh": lambda torch, p, t, o: torch.log(torch.cosh(p - t)),
    "focal": _focal,
}


def _by_formula(row: Activation, z: Any, trained: Tensors) -> Any:
    """The formula of the user's in torch's functions, or of a row whose option is trained."""
    letters = {name: sp.Symbol(name, real=True) for name in trained}
    formula = row.formula(sp.Symbol("z", real=True), None, **letters)
    return evaluate(formula, {"z": z, **trained})


JOINED: Mapping[Any, Callable[[Any, Any], Any]] = {
    sp.Add: operator.add, sp.Mul: operator.mul, sp.Pow: operator.pow,
    sp.And: operator.and_, sp.Or: operator.or_,
}  # fmt: skip


class _Summed(sp.Function):  # type: ignore[misc]
    """The sum over the features of a sample, in the formula of a loss."""

    nargs = 1
    is_real = True


def _loss_by_formula(row: Loss, p: Any, t: Any, trained: Tensors) -> Any:
    """The loss of each element or sample, in torch's functions."""
    import torch

    letters = {name: sp.Symbol(name, real=True) for name in ("p", "t", "size", *trained)}
    own = {name: letters[name] for name, _ in row.learned}
    total = Total(_Summed, letters["size"])
    formula = row.formula(letters["p"], letters["t"], total, **own)
    values = {"p": p, "t": t, "size": torch.tensor(p.shape[-1]), **trained}
    for _, named in row.named:
        values["p"] = evaluate(named(letters["p"], total), values)
    each = evaluate(formula, values)
    each = each.broadcast_to(p.shape)
    return each if row.per == "element" else each[..., 0]


def evaluate(expr: sp.Basic, values: Tensors) -> Any:
    """A SymPy expression in torch's functions.

    >>> import torch
    >>> z = sp.Symbol("z", real=True)
    >>> float(evaluate(z**2 + sp.exp(z - z) + sp.sign(z), {"z": torch.tensor(-2.0)}))
    4.0
    """
    import torch

    if isinstance(expr, sp.Symbol):
        return values[expr.name]
    if expr.is_number:
        return torch.tensor(float(expr), dtype=torch.float64)
    if isinstance(expr, sp.Piecewise):
        *branches, (result, _) = expr.args
        result = evaluate(result, values)
        for value, condition in reversed(branches):
            result = torch.where(evaluate(condition, values), evaluate(value, values), result)
        return result
    parts = [evaluate(a, values) for a in expr.args]
    if isinstance(expr, _Summed):
        return parts[0].broadcast_to(values["p"].shape).sum(dim=-1, keepdim=True)
    for kind, join in JOINED.items():
        if isinstance(expr, kind):
            return functools.reduce(join, parts)
    if isinstance(expr, sp.core.relational.Relational):
        names = {">": "gt", ">=": "ge", "<": "lt", "<=": "le", "==": "eq", "!=": "ne"}
        return getattr(torch, names[expr.rel_op])(*parts)
    return getattr(torch, type(expr).__name__.lower())(*parts)
