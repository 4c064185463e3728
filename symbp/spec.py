"""What the user asked for: a network and one example of numbers, validated.

Input: arguments from Python (spec_file.py reads TOML and flags into the same).  Output: a frozen
`Network`.  Imports layers, the catalogue, checks, exact and errors only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from symbp import catalog
from symbp.checks import check_identifier, one_of, tuple_of
from symbp.errors import SpecError
from symbp.exact import shown
from symbp.example import Example, check_example, check_seed, read_example
from symbp.layers import Layer, check_layers, constants, dense_layers, parameter_shapes

NUMBERINGS = ("by-source", "by-target")
REDUCTIONS = ("sum", "mean")
TARGETS = ("values", "classes")


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
        put(self, "layers", tuple_of(self.layers, "layers", "layers"))
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
        frozen = tuple_of(self.frozen, "frozen", "parameter names")
        for entry in frozen:
            one_of("frozen", entry, tuple(self.parameters), "parameter")
        fixed = constants(self.layers).union(frozen)
        put(self, "frozen", tuple(name for name in self.parameters if name in fixed))
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
