"""A layer of the user's own on torch tensors, forward only: autograd does the rest.

Input: its equations as they were given, and tensors.  Output: what the layer gives.  Every index is
a named axis of a tensor, and every product is written out by broadcasting: neither matrix products
nor einsum, so nothing is shared with what is to be checked.  torch is imported on call.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from symbp.formula_layer import FormulaLayer
from symbp.index import Index, SumOver, bound, is_quantity, name_of

Named = tuple[Any, tuple[Index, ...]]
TORCH_NAMES = {"Abs": "abs", "Max": "maximum", "Min": "minimum"}
RELATIONS = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "==": "eq", "!=": "ne"}


def formula_output(layer: FormulaLayer, number: int, x: Any, leaves: Mapping[str, Any]) -> Any:
    """Evaluate the equations of a layer.

    Args:
        layer: Names as the user wrote them.
        number: Of the layer; parameter A of layer 2 is the leaf A2.
        x: What comes in, samples first.
        leaves: Tensors by name.
    """
    known = {"x": x} | {name[: -len(str(number))]: leaf for name, leaf in leaves.items()
                        if name.endswith(str(number))}  # fmt: skip
    result = x
    for target, rhs in layer.equations:
        tensor, own = _value(rhs, known)
        indices = tuple(getattr(target, "indices", ()))
        result = known[name_of(target)] = _align(tensor, own, indices)
    return result


def _value(expr: sp.Basic, known: Mapping[str, Any]) -> Named:
    """The value of an expression, one axis for each of the indices beside it."""
    import torch

    if is_quantity(expr):
        return _diagonal(known[name_of(expr)], tuple(getattr(expr, "indices", ())))
    if isinstance(expr, sp.Piecewise):
        (last, _), *others = reversed(expr.args)
        chosen = _value(last, known)
        for value, condition in others:
            parts, indices = _together([_value(condition, known), _value(value, known), chosen])
            chosen = torch.where(*parts), indices
        return chosen
    if isinstance(expr, SumOver):
        tensor, own = _value(expr.function, known)
        places = [own.index(d) for d in bound(expr)]
        return tensor.sum(dim=places), tuple(i for i in own if i not in bound(expr))
    if expr.is_number:
        return torch.tensor(float(expr), dtype=torch.float64), ()
    arguments, indices = _together([_value(a, known) for a in expr.args])
    if isinstance(expr, sp.core.relational.Relational):
        return getattr(torch, RELATIONS[expr.rel_op])(*arguments), indices
    if isinstance(expr, sp.Pow) and expr.exp.is_Integer:  # keeps the sign of a negative base
        return arguments[0] ** int(expr.exp), indices
    name = {sp.Add: "add", sp.Mul: "mul", sp.Pow: "pow"}.get(type(expr), type(expr).__name__)
    function = getattr(torch, TORCH_NAMES.get(name, name))
    if len(arguments) == 1:
        return function(arguments[0]), indices
    result = arguments[0]
    for other in arguments[1:]:
        result = function(result, other)
    return result, indices


def _together(parts: list[Named]) -> tuple[list[Any], tuple[Index, ...]]:
    indices = tuple(dict.fromkeys(i for _, own in parts for i in own))
    return [_align(tensor, own, indices) for tensor, own in parts], indices


def _align(tensor: Any, own: tuple[Index, ...], indices: tuple[Index, ...]) -> Any:
    """One axis for each index, of length 1 where the tensor has none."""
    tensor = tensor.permute([own.index(i) for i in indices if i in own])
    for place, index in enumerate(indices):
        if index not in own:
            tensor = tensor.unsqueeze(place)
    return tensor


def _diagonal(tensor: Any, indices: tuple[Index, ...]) -> Named:
    """Of A[k,i,i] the entries where both i are equal."""
    for index in dict.fromkeys(indices):
        while indices.count(index) > 1:
            first = indices.index(index)
            second = indices.index(index, first + 1)
            tensor = tensor.diagonal(dim1=first, dim2=second)
            rest = [i for place, i in enumerate(indices) if place not in (first, second)]
            indices = (*rest, index)
    return tensor, indices
