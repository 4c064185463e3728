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
from symbp.formula_layer import IN, OUT, FormulaLayer, plan

FORMULA = (str, sp.Expr)
BIASES = ("none", "per-unit", "shared")
MODES = ("training", "inference")
SAMPLES = -1  # in a shape: as many as there are samples
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
class Activate:
    """An activation of what the layer before gives, where that is not dense: A = activation(x).

    Args:
        activation: As for `Dense`, but not gated: a gate has weights.
    """

    activation: str | sp.Expr


@dataclass(frozen=True, slots=True)
class Bias:
    """Add a trained vector: Y = x + b."""


@dataclass(frozen=True, slots=True)
class _Norm:
    """What the normalisations share: `eps` under the root, and whether they scale and shift."""

    eps: Fraction = Fraction(1, 100_000)
    affine: bool = True

    def __post_init__(self) -> None:
        eps = exact(self.eps, "eps")
        if eps <= 0:
            found = f"found {shown(self.eps)}, expected a number above 0"
            raise SpecError("eps", found, "Write 0.00001, say.")
        object.__setattr__(self, "eps", eps)
        if not isinstance(self.affine, bool):
            found = f"found {shown(self.affine)}, expected true or false"
            raise SpecError("affine", found, "Write false for no trained scale and shift.")


@dataclass(frozen=True, slots=True)
class LayerNorm(_Norm):
    """Normalise each sample over its features, then scale and shift (trained, if `affine`).

    Raises:
        SpecError: `eps`, read as `exact` reads it, is no number above 0.
    """


@dataclass(frozen=True, slots=True)
class RMSNorm(_Norm):
    """Divide each sample by the root of its mean square, then scale (trained, if `affine`).

    Raises:
        SpecError: `eps`, read as `exact` reads it, is no number above 0.
    """


@dataclass(frozen=True, slots=True)
class BatchNorm(_Norm):
    """Normalise each feature over the samples, then scale and shift (trained, if `affine`).

    Args:
        mode: "training" takes mean and variance (divided by N) of the samples, "inference" those
            that are given: the constants mean and var of the layer, which are never trained.

    Raises:
        SpecError: `eps`, read as `exact` reads it, is no number above 0.
    """

    mode: Literal["training", "inference"] = "training"


@dataclass(frozen=True, slots=True)
class Dropout:
    """Keep what a given mask of 0 and 1 keeps, divided by 1 - p: no number is random here.

    Args:
        p: Probability of dropping, 0 <= p < 1.

    Raises:
        SpecError: `p`, read as `exact` reads it, is outside 0 <= p < 1.
    """

    p: Fraction = Fraction(1, 2)

    def __post_init__(self) -> None:
        p = exact(self.p, "p")
        if not 0 <= p < 1:
            found = f"found {shown(self.p)}, expected 0 or more and below 1"
            raise SpecError("p", found, "Write 0.5, say.")
        object.__setattr__(self, "p", p)


@dataclass(frozen=True, slots=True)
class Embedding:
    """Row x of a trained table; the first layer, and `inputs` is the number of rows.

    Args:
        out: Length of a row.
    """

    out: int


@dataclass(frozen=True, slots=True)
class Residual:
    """Add the output of an earlier layer; layer 0 is the network's input."""

    source: int


Layer = (
    Dense | Activate | Bias | LayerNorm | RMSNorm | BatchNorm | Dropout | Embedding | Residual
    | FormulaLayer
)  # fmt: skip
SAME_WIDTH = (Activate, Bias, LayerNorm, RMSNorm, BatchNorm, Dropout)


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
            case Activate():
                entry = f"{where}, activation"
                row = resolve_activation(layer.activation, entry, constants, learned)
                if row.gated:
                    found = f"{row.name} has a gate, whose weights are those of a dense layer"
                    raise SpecError(entry, found, 'Write it in a layer of kind "dense".')
                widths.append(widths[-1])
            case BatchNorm():
                one_of(f"{where}, mode", layer.mode, MODES)
                widths.append(widths[-1])
            case Bias() | LayerNorm() | RMSNorm() | Dropout():
                widths.append(widths[-1])
            case Embedding():
                if number > 1:
                    found = f"an embedding as layer {number}, expected as the first"
                    raise SpecError(f"{where}, kind", found, "Its inputs are whole numbers.")
                widths.append(whole_number(layer.out, f"{where}, out"))
            case FormulaLayer():
                try:
                    widths.append(plan(layer, widths[-1]).out)
                except SpecError as error:
                    raise error.at(where) from None
            case Residual():
                if layer.source == 0 and isinstance(layers[0], Embedding):
                    found = "adds the network's inputs, which are row numbers of an embedding"
                    raise SpecError(f"{where}, from", found, "Add the output of a layer.")
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
                raise SpecError(where, found, "Give a Dense or a LayerNorm, say.")
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
        activations: Of each layer that has one, by its number.
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
            case Embedding():
                shapes[f"table{number}"] = (width, layer.out)
                width = layer.out
            case Activate():
                shapes |= {f"{name}{number}": () for name, _ in activations[number].learned}
            case Bias():
                shapes[f"b{number}"] = (width,)
            case LayerNorm() | RMSNorm() | BatchNorm():
                if layer.affine:
                    shapes[f"gamma{number}"] = (width,)
                    if not isinstance(layer, RMSNorm):
                        shapes[f"beta{number}"] = (width,)
                if isinstance(layer, BatchNorm) and layer.mode == "inference":
                    shapes[f"mean{number}"] = shapes[f"var{number}"] = (width,)
            case FormulaLayer():
                found = plan(layer, width)
                lengths = {IN: width, OUT: found.out, **layer.sizes}
                for name, axes in found.parameters.items():
                    shapes[f"{name}{number}"] = tuple(lengths[axis] for axis in axes)
                width = found.out
            case Dropout():
                shapes[f"M{number}"] = (SAMPLES, width)
    return shapes


def given_constants(layers: tuple[Layer, ...]) -> frozenset[str]:
    """Names of what is given with the numbers and never trained: masks, running statistics."""
    variance = variances(layers)
    return frozenset(dropouts(layers)).union(variance, (f"mean{v[3:]}" for v in variance))


def dropouts(layers: tuple[Layer, ...]) -> dict[str, Fraction]:
    """The mask of each dropout, and how likely it drops."""
    return {f"M{k}": layer.p for k, layer in enumerate(layers, 1) if isinstance(layer, Dropout)}


def variances(layers: tuple[Layer, ...]) -> tuple[str, ...]:
    """The variances that are given."""
    norms = ((k, layer) for k, layer in enumerate(layers, 1) if isinstance(layer, BatchNorm))
    return tuple(f"var{k}" for k, layer in norms if layer.mode == "inference")


def takes_rows(layers: tuple[Layer, ...]) -> bool:
    """Whether an input is a row number of a table, not a row of numbers."""
    return bool(layers) and isinstance(layers[0], Embedding)


def sized(axes: tuple[int, ...], samples: int) -> tuple[int, ...]:
    """The shape of a parameter of `parameter_shapes`, with the number of samples put in.

    >>> sized((SAMPLES, 3), 2)
    (2, 3)
    """
    return tuple(samples if length == SAMPLES else length for length in axes)


def kind_of(layer: Layer) -> str:
    """The name of a layer's row in the catalogue.

    >>> kind_of(BatchNorm(mode="inference"))
    'batchnorm_inference'
    """
    if isinstance(layer, BatchNorm) and layer.mode == "inference":
        return "batchnorm_inference"
    named: dict[type, str] = {FormulaLayer: "formula", Activate: "activation"}
    return named.get(type(layer), type(layer).__name__.lower())
