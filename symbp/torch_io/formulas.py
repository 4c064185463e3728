"""Formulas on torch tensors, forward only: autograd does the rest.

Input: a SymPy expression, and a function that gives the tensor of a quantity in it.  Output: a
tensor.  In a layer each index letter is one dimension of every tensor, of length 1 where a tensor
does not have it; in a loss the last dimension is that of the features.  torch is imported on call.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import sympy as sp

from symbp.catalog import Activation, Loss, Total
from symbp.formula_layer import FormulaLayer
from symbp.functions import BY_CLASS
from symbp.index import Index, SumOver, bound, is_quantity, name_of

Leaf = Callable[[sp.Basic], Any]
RELATIONS = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "==": "eq", "!=": "ne"}
LOGIC = {sp.And: "logical_and", sp.Or: "logical_or", sp.Add: "add", sp.Mul: "mul"}


class OverFeatures(sp.Function):  # type: ignore[misc]
    """The sum of an expression over the features of a sample."""

    nargs = 1
    is_real = True


def tensor_of(expr: sp.Basic, leaf: Leaf) -> Any:
    """The value of an expression.

    Args:
        expr: Of numbers, quantities, sums and the functions that a formula may use.
        leaf: Gives the tensor of a symbol or indexed quantity, or the value of a sum; None where
            the expression is neither.

    >>> import torch
    >>> z = sp.Symbol("z", real=True)
    >>> tensor_of(z**2 + sp.exp(z), lambda node: torch.zeros(2) if node == z else None)
    tensor([1., 1.])
    """
    import torch

    known = leaf(expr)
    if known is not None:
        return known
    if expr in (sp.true, sp.false):
        return torch.tensor(bool(expr))
    if expr.is_number:
        return torch.tensor(float(expr), dtype=torch.float64)
    if isinstance(expr, sp.Piecewise):
        *branches, (last, _) = expr.args
        chosen = tensor_of(last, leaf)
        for value, condition in reversed(branches):
            chosen = torch.where(tensor_of(condition, leaf), tensor_of(value, leaf), chosen)
        return chosen
    parts = [tensor_of(part, leaf) for part in expr.args]
    if isinstance(expr, sp.Pow):
        exponent = expr.args[1]
        if exponent == sp.Rational(1, 2):
            return torch.sqrt(parts[0])
        return parts[0] ** (int(exponent) if exponent.is_Integer else parts[1])
    if isinstance(expr, sp.core.relational.Relational):
        return getattr(torch, RELATIONS[expr.rel_op])(*parts)
    for kind, name in LOGIC.items():
        if isinstance(expr, kind):
            return functools.reduce(getattr(torch, name), parts)
    return getattr(torch, BY_CLASS[type(expr)].name)(*parts)


def activation_value(row: Activation, z: Any, gate: Any, trained: Mapping[str, Any]) -> Any:
    """The value of an activation by its formula.

    Args:
        row: With its options set.
        z: Pre-activations (N, H).
        gate: Those of the gate; None unless the activation is gated.
        trained: Trained numbers by name.
    """
    letters = {name: sp.Symbol(name, real=True) for name in ("z", "gate", *trained)}
    own = {name: letters[name] for name in trained}
    values = {"z": z, "gate": gate, **trained}
    formula = row.formula(letters["z"], letters["gate"] if row.gated else None, **own)
    return tensor_of(formula, lambda node: values[node.name] if node.is_Symbol else None)


def loss_value(row: Loss, p: Any, t: Any, trained: Mapping[str, Any]) -> Any:
    """The loss of each element (N, K), or of each sample (N,), by its formula.

    Args:
        row: With its options set.
        p: Outputs (N, K).
        t: Targets (N, K).
        trained: Trained numbers by name, and the class weights.
    """
    import torch

    letters = {name: sp.Symbol(name, real=True) for name in ("p", "t", "size", *trained)}
    own = {name: letters[name] for name in trained}
    total = Total(OverFeatures, letters["size"])
    values = {"p": p, "t": t, "size": torch.tensor(p.shape[-1]), **trained}

    def leaf(node: sp.Basic) -> Any:
        if isinstance(node, OverFeatures):
            inside = tensor_of(node.args[0], leaf)
            return inside.broadcast_to(p.shape).sum(dim=-1, keepdim=True)
        return values[node.name] if node.is_Symbol else None

    for _, named in row.named:
        values["p"] = tensor_of(named(letters["p"], total), leaf)
    each = tensor_of(row.formula(letters["p"], letters["t"], total, **own), leaf)
    return each.broadcast_to(p.shape) if row.per == "element" else each[..., 0]


def layer_value(layer: FormulaLayer, x: Any, parameters: Mapping[str, Any]) -> Any:
    """What a layer in index notation gives, (N, K).

    Args:
        layer: Its equations.
        x: What comes in (N, D).
        parameters: By name.
    """
    import torch

    known = {"x": x, **parameters}
    letters = sorted({i for pair in layer.equations for side in pair for i in side.atoms(Index)},
                     key=str)  # fmt: skip
    place = {letter: k for k, letter in enumerate(letters)}

    def leaf(node: sp.Basic) -> Any:
        if isinstance(node, SumOver):
            inside = tensor_of(node.function, leaf)
            return inside.sum(dim=[place[i] for i in bound(node)], keepdim=True)
        if not is_quantity(node):
            return None
        value = known[name_of(node)]
        axes = [place[i] for i in getattr(node, "indices", ())]
        own = sorted(set(axes))
        value = torch.einsum(value, axes, own) if axes else value
        return value.reshape([value.shape[own.index(k)] if k in own else 1
                              for k in range(len(letters))])  # fmt: skip

    for target, rhs in layer.equations:
        value = tensor_of(rhs, leaf)
        axes = [place[i] for i in getattr(target, "indices", ())]
        kept = torch.einsum(value, list(range(len(letters))), axes)  # the others have length 1
        known[name_of(target)] = kept
    return kept
