"""What the user asked for: a network and one example of numbers, validated.

Input: arguments from Python (spec_file.py reads TOML and flags into the same).  Output: a frozen
`Network`.  Imports the catalogue, exact and errors only.
"""

from __future__ import annotations

import keyword
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Literal

from symbp import catalog
from symbp.errors import ShapeError, SpecError, unknown_name
from symbp.exact import brief, exact, shown
from symbp.example import Example, check_example, check_seed, read_example

BIASES = ("none", "per-unit", "shared")
NUMBERINGS = ("by-source", "by-target")
REDUCTIONS = ("sum", "mean")
TARGETS = ("values", "classes")
MAX_WIDTH, MAX_LAYERS = 1_000_000, 1000
USED_BY_MODULES = (
    *("np", "numpy", "Array", "Arrays", "SHAPES", "TRAINED", "forward", "loss", "check", "train"),
    *("loss_and_gradients", "sgd_step", "example", "main", "symbp", "sympy", "mpmath", "torch"),
    *("__init__", "__main__"),
)


@dataclass(frozen=True, slots=True)
class Dense:
    """A fully connected layer: Z = x W^T + b, A = activation(Z).

    Args:
        out: Number of units.
        activation: Name in the catalogue.
        bias: "none", "per-unit" (a vector) or "shared" (one number for all units).
        weight: "" for a weight of its own, or the name of an earlier weight to use again.
        inputs: Number of inputs, compared with the layer before; None does not compare.
    """

    out: int
    activation: str = "identity"
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


@dataclass(frozen=True, slots=True)
class Network:
    """A network, its loss, and the numbers of one example.

    Args:
        layers: The layers in order; or give `sizes` with `activation` and `bias`.
        inputs: Number of input features (given by `sizes[0]` if `sizes` is used).
        loss: Name in the catalogue.
        reduction: "sum" or "mean" over the samples; "" takes the loss's own.
        targets: "values" (a row a sample) or "classes" (one index a sample).
        numbering: Whether w1, w2, .. run along the arrows out of a unit or into it.
        frozen: Parameters that are not trained.
        name: A Python identifier; names the generated module.
        title: Free text for headings; "" takes the name.
        example: Numbers: an `Example`, a mapping as in a spec's [example] table, or None.
        sizes: Layer sizes of a plain network, inputs first.
        activation: One name for all layers of `sizes`, or one a layer.
        bias: One kind for all layers of `sizes`, or one a layer.

    Raises:
        SpecError: an entry is wrong; its text names entry and remedy.

    >>> Network(sizes=[2, 3, 1], activation=["tanh", "identity"]).parameters
    mappingproxy({'W1': (3, 2), 'W2': (1, 3)})
    """

    layers: tuple[Layer, ...] = ()
    inputs: int = 0
    loss: str = "half_sse"
    reduction: str = ""
    targets: Literal["values", "classes"] = "values"
    numbering: Literal["by-source", "by-target"] = "by-source"
    frozen: tuple[str, ...] = ()
    name: str = "network"
    title: str = ""
    example: Example | Mapping[str, Any] | None = None
    sizes: InitVar[Sequence[int] | None] = None
    activation: InitVar[str | Sequence[str] | None] = None
    bias: InitVar[str | Sequence[str] | None] = None
    widths: tuple[int, ...] = field(init=False)
    parameters: Mapping[str, tuple[int, ...]] = field(init=False)

    def __post_init__(
        self,
        sizes: Sequence[int] | None,
        activation: str | Sequence[str] | None,
        bias: str | Sequence[str] | None,
    ) -> None:
        put = object.__setattr__
        if sizes is not None:
            if self.layers or self.inputs:
                raise SpecError("sizes", "given together with layers", "Give one of the two.")
            kinds = (
                "sigmoid" if activation is None else activation,
                "none" if bias is None else bias,
            )
            put(self, "layers", dense_layers(sizes, *kinds))
            put(self, "inputs", sizes[0])
        elif activation is not None or bias is not None:
            entry = "activation" if activation is not None else "bias"
            raise SpecError(entry, "given without sizes", "Give it inside each layer instead.")
        put(self, "layers", _tuple_of(self.layers, "layers", "layers"))
        check_identifier(self.name, "name")
        if not isinstance(self.title, str):
            raise SpecError(
                "title", f"found {shown(self.title)}, expected text", "Put it in quotes."
            )
        put(self, "widths", check_layers(self.inputs, self.layers))
        one_of("loss", self.loss, catalog.names("loss"), "loss")
        if self.reduction == "":
            put(self, "reduction", catalog.loss(self.loss).reduction)
        one_of("reduction", self.reduction, REDUCTIONS)
        one_of("numbering", self.numbering, NUMBERINGS)
        one_of("targets", self.targets, TARGETS)
        if self.targets == "classes" and not catalog.loss(self.loss).classes:
            found = f"class indices with the loss {self.loss}"
            raise SpecError("targets", found, "Use cross_entropy.")
        put(self, "parameters", MappingProxyType(parameter_shapes(self.inputs, self.layers)))
        frozen = _tuple_of(self.frozen, "frozen", "parameter names")
        for entry in frozen:
            one_of("frozen", entry, tuple(self.parameters), "parameter")
        put(self, "frozen", tuple(name for name in self.parameters if name in frozen))
        if self.parameters and not self.trained:
            raise SpecError("frozen", "every parameter is frozen", "Leave one to train.")
        if isinstance(self.example, Example):
            check_example(self, self.example)
            check_seed(self, self.example)
        elif isinstance(self.example, Mapping):
            put(self, "example", read_example(self, self.example))
            check_example(self, self.numbers)
        elif self.example is not None:
            found = f"found {shown(self.example)}, expected a table"
            raise SpecError("example", found, "Give x, y, weights and learning_rate in it.")

    @property
    def trained(self) -> tuple[str, ...]:
        """Names of the parameters that get a gradient, in order."""
        return tuple(name for name in self.parameters if name not in self.frozen)

    @property
    def numbers(self) -> Example:
        """The example.

        Raises:
            SpecError: the network has none.
        """
        if not isinstance(self.example, Example):
            raise SpecError("example", "the network has no numbers", "Add an [example] table.")
        return self.example

    @property
    def weight_count(self) -> int:
        """Number of scalar parameters that get a gradient."""
        return sum(math.prod(self.parameters[name]) for name in self.trained)


def one_of(where: str, value: object, allowed: Sequence[str], kind: str = "choice") -> None:
    """Raise the error for an entry that must be one of a few words.

    >>> one_of("loss", "mse", ["mse", "half_sse"])
    """
    if not allowed:
        raise SpecError(where, f"found {shown(value)}, but there is no {kind}", "Leave it out.")
    if not isinstance(value, str):
        found = f"found {shown(value)}, expected a name in quotes"
        raise SpecError(where, found, f"Write '{allowed[0]}', say.")
    if value not in allowed:
        raise unknown_name(where, kind, brief(value), allowed)


def check_identifier(name: object, where: str) -> None:
    """A name becomes a module and its variables, so it must be a plain Python identifier.

    Raises:
        SpecError: not text, not an ASCII identifier, a keyword, over 60 characters, or a name
            that would hide a module of Python's or a name that the generated module uses.

    >>> check_identifier("random", "name")
    Traceback (most recent call last):
        ...
    symbp.errors.SpecError: name: 'random' would hide Python's own module random.
      Write 'random_net', say.
    """
    if not isinstance(name, str) or not (name.isascii() and name.isidentifier()):
        found = f"{shown(name)} is no Python identifier"
        raise SpecError(where, found, "Use letters, digits and _, a letter first.")
    if len(name) > 60:
        raise SpecError(where, f"a name of {len(name)} characters", "Use at most 60.")
    remedy = f"Write '{name.strip('_')}_net', say."
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        raise SpecError(where, f"'{name}' is a Python keyword", remedy)
    if name in USED_BY_MODULES:
        raise SpecError(where, f"'{name}' clashes with a name that modules use", remedy)
    if name in sys.stdlib_module_names:
        raise SpecError(where, f"'{name}' would hide Python's own module {name}", remedy)


def _tuple_of(value: object, where: str, what: str) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise SpecError(where, f"found {shown(value)}, expected a list of {what}", "Write [..].")
    return tuple(value)


def dense_layers(
    sizes: Sequence[int], activation: str | Sequence[str], bias: str | Sequence[str]
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


def _per_layer(where: str, value: str | Sequence[str], count: int) -> Sequence[str]:
    if isinstance(value, str):
        return [value] * count
    if not isinstance(value, Sequence) or not all(isinstance(v, str) for v in value):
        found = f"found {shown(value)}, expected a name or a list of names"
        raise SpecError(where, found, "Write one name in quotes, or a list of them.")
    if len(value) != count:
        found = f"{len(value)} entries for {count} layers"
        raise SpecError(where, found, "Give one name for all layers, or one a layer.")
    return value


def whole_number(value: object, where: str, least: int = 1, most: int = MAX_WIDTH) -> int:
    """Check a size or a layer number.

    Raises:
        SpecError: not an int, or outside least .. most.
    """
    remedy = f"Write a whole number from {least} to {most}."
    if isinstance(value, bool) or not isinstance(value, int):
        raise SpecError(where, f"found {shown(value)}, expected a whole number", remedy)
    if not least <= value <= most:
        raise SpecError(where, f"found {shown(value)}, expected {least} to {most}", remedy)
    return value


def check_layers(inputs: int, layers: tuple[Layer, ...]) -> tuple[int, ...]:
    """The width after each layer, the input's first.

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
                names = catalog.names("activation")
                one_of(f"{where}, activation", layer.activation, names, "activation")
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


def parameter_shapes(inputs: int, layers: tuple[Layer, ...]) -> dict[str, tuple[int, ...]]:
    """The shape of every parameter, by name, in the order of the layers."""
    shapes: dict[str, tuple[int, ...]] = {}
    width = inputs
    for number, layer in enumerate(layers, 1):
        match layer:
            case Dense():
                if not layer.weight:
                    shapes[f"W{number}"] = (layer.out, width)
                if layer.bias != "none":
                    shapes[f"b{number}"] = (layer.out,) if layer.bias == "per-unit" else ()
                width = layer.out
            case LayerNorm():
                shapes[f"gamma{number}"] = shapes[f"beta{number}"] = (width,)
    return shapes
