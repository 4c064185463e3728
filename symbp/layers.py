"""The layers of a network, each a small frozen record, and what must hold between them.

Input: layers in order and the number of inputs.  Output: widths and parameter shapes, validated.
Imports choice, checks, exact and errors only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

import sympy as sp

from symbp.catalog import Activation
from symbp.checks import one_of, whole_number
from symbp.choice import resolve_activation
from symbp.errors import ShapeError, SpecError
from symbp.exact import exact, shown

FORMULA = (str, sp.Expr)
BIASES = ("none", "per-unit", "shared")
MAX_LAYERS = 1000


@dataclass(frozen=True, slots=True)
class Dense:
    """A fully connected layer: Z = x W^T + b, A = activation(Z).

    Args:
        out: Number of units.
        activation: Name in the catalogue, a call such as "leaky_relu(slope=0.2)", or a SymPy
            expression in a symbol z.  A gated one, as glu, has weights V and biases c too.
        bias: "none", "per-unit" (a vector) or "shared" (one number for all units).
        weight: "" for a weight of its own, or the name of an earlier weight to use again.
        inputs: Number of inputs, compared with the layer before; None does not compare.
    """

    out: int
    activation: str | sp.Expr = "identity"
    bias: Literal["none", "per-unit", "shared"] = "none"
    weight: str = ""
    inputs: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class LayerNorm:
    """Normalise each sample over its features, then scale and shift (trained).

    Raises:
        SpecError: `eps`, read as `exact` reads it, is no number above 0.
    """

    eps: Fraction = Fraction(1, 100_000)

    def __post_init__(self) -> None:
        eps = exact(self.eps, "eps")
        if eps <= 0:
            found = f"found {shown(self.eps)}, expected a number above 0"
            raise SpecError("eps", found, "Write 0.00001, say.")
        object.__setattr__(self, "eps", eps)


@dataclass(frozen=True, slots=True)
class Residual:
    """Add the output of an earlier layer; layer 0 is the network's input."""

    source: int


Layer = Dense | LayerNorm | Residual


def dense_layers(
    sizes: Sequence[int],
    activation: str | sp.Expr | Sequence[str | sp.Expr],
    bias: str | Sequence[str],
) -> tuple[Dense, ...]:
    """The layers of a plain network.

    Raises:
        SpecError: fewer than two sizes, or a list that does not have one entry a layer.
    """
    if isinstance(sizes, str) or not isinstance(sizes, Sequence) or len(sizes) < 2:
        found = f"found {shown(sizes)}, expected two sizes or more"
        raise SpecError("sizes", found, "Write [2, 2, 2], inputs first.")
    for position, size in enumerate(sizes):
        whole_number(size, f"sizes[{position}]")
    count = len(sizes) - 1
    activations = _per_layer("activation", activation, count)
    biases = _per_layer("bias", bias, count)
    return tuple(
        Dense(out, act, kind)  # type: ignore[arg-type]  # checked in check_layers
        for out, act, kind in zip(sizes[1:], activations, biases, strict=True)
    )


def _per_layer(
    where: str, value: str | sp.Expr | Sequence[str | sp.Expr], count: int
) -> Sequence[str | sp.Expr]:
    if isinstance(value, FORMULA):
        return [value] * count
    if not isinstance(value, Sequence) or not all(isinstance(v, FORMULA) for v in value):
        found = f"found {shown(value)}, expected a name or a list of names"
        raise SpecError(where, found, "Write one name in quotes, or a list of them.")
    if len(value) != count:
        found = f"{len(value)} entries for {count} layers"
        raise SpecError(where, found, "Give one name for all layers, or one a layer.")
    return value


def check_layers(
    inputs: int,
    layers: tuple[Layer, ...],
    constants: Mapping[str, Fraction],
    learned: Mapping[str, Fraction],
) -> tuple[int, ...]:
    """The width after each layer, the input's first.

    Args:
        inputs: Width of the input.
        layers: In order.
        constants: Numbers that activations may name.
        learned: Trained numbers that activations may name, and where they start.

    Raises:
        SpecError: no layer, or an entry of one is wrong.
        ShapeError: widths that must be equal are not.
    """
    if not layers:
        raise SpecError("layers", "the network is empty", "Give sizes, or one layer at least.")
    if len(layers) > MAX_LAYERS:
        raise SpecError("layers", f"{len(layers)} layers", f"Use at most {MAX_LAYERS}.")
    widths = [whole_number(inputs, "inputs")]
    weights: dict[str, tuple[int, int]] = {}
    for number, layer in enumerate(layers, 1):
        where = f"layer {number}"
        match layer:
            case Dense():
                out = whole_number(layer.out, f"{where}, out")
                resolve_activation(layer.activation, f"{where}, activation", constants, learned)
                one_of(f"{where}, bias", layer.bias, BIASES)
                _check_inputs(layer.inputs, widths[-1], number)
                shape_here = (out, widths[-1])
                if layer.weight != "":
                    _check_tie(layer.weight, shape_here, weights, where)
                else:
                    weights[f"W{number}"] = shape_here
                widths.append(out)
            case LayerNorm():
                widths.append(widths[-1])
            case Residual():
                whole_number(layer.source, f"{where}, from", least=0, most=number - 1)
                if widths[layer.source] != widths[-1]:
                    found = (
                        f"adds layer {layer.source} with {widths[layer.source]} features "
                        f"to layer {number - 1} with {widths[-1]}"
                    )
                    remedy = f"Set `out = {widths[layer.source]}` in layer {number - 1}."
                    raise ShapeError(f"{where} (residual)", found, remedy)
                widths.append(widths[-1])
            case _:
                found = f"found {shown(layer)}, expected a layer"
                raise SpecError(where, found, "Give a Dense, LayerNorm or Residual.")
    return tuple(widths)


def _check_inputs(inputs: int | None, width: int, number: int) -> None:
    if inputs is None:
        return
    whole_number(inputs, f"layer {number}, in")
    if inputs != width:
        before = f"layer {number - 1} gives {width}" if number > 1 else f"the network has {width}"
        raise ShapeError(
            f"layer {number} (dense)",
            f"weight W{number} takes {inputs} inputs but {before}",
            f"Set `in = {width}` in layer {number}, or leave it out.",
        )


def _check_tie(
    name: str, needed: tuple[int, int], weights: Mapping[str, tuple[int, int]], where: str
) -> None:
    one_of(f"{where}, weight", name, tuple(weights), "earlier weight")
    (out, fan_in), (out_here, fan_in_here) = weights[name], needed
    if weights[name] != needed:
        found = f"{name} is {out} x {fan_in}, needed is {out_here} x {fan_in_here}"
        raise ShapeError(f"{where}, weight", found, "Tie only layers of the same sizes.")


def parameter_shapes(
    inputs: int, layers: tuple[Layer, ...], activations: Mapping[int, Activation]
) -> dict[str, tuple[int, ...]]:
    """The shape of every parameter, by name, in the order of the layers.

    Args:
        inputs: Width of the input.
        layers: In order.
        activations: Of each dense layer, by its number.
    """
    shapes: dict[str, tuple[int, ...]] = {}
    width = inputs
    for number, layer in enumerate(layers, 1):
        match layer:
            case Dense():
                if not layer.weight:
                    shapes[f"W{number}"] = (layer.out, width)
                bias = (layer.out,) if layer.bias == "per-unit" else ()
                if layer.bias != "none":
                    shapes[f"b{number}"] = bias
                if activations[number].gated:
                    shapes[f"V{number}"] = (layer.out, width)
                    shapes |= {f"c{number}": bias} if layer.bias != "none" else {}
                shapes |= {f"{name}{number}": () for name, _ in activations[number].learned}
                width = layer.out
            case LayerNorm():
                shapes[f"gamma{number}"] = shapes[f"beta{number}"] = (width,)
    return shapes
