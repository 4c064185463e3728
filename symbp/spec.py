"""What the user asked for: a network and one example of numbers, validated.

Input: arguments from Python (spec_file.py reads TOML and flags into the same).  Output: a frozen
`Network`.  Imports layers, choice, checks, exact and errors only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Literal

import sympy as sp

from symbp.catalog import Activation, Loss
from symbp.checks import check_identifier, one_of, tuple_of
from symbp.choice import resolve_activation, resolve_loss
from symbp.errors import ShapeError, SpecError
from symbp.exact import Tensor, shown
from symbp.example import Example, check_example, check_seed, read_example, with_starts
from symbp.layers import (
    Activate,
    Dense,
    Layer,
    check_layers,
    dense_layers,
    given_constants,
    parameter_shapes,
)
from symbp.letters import CLASS_WEIGHT, check_letters

ACCURACIES = ("fast", "full")
NUMBERINGS = ("by-source", "by-target")
REDUCTIONS = ("sum", "mean", "none")
TARGETS = ("values", "classes")


@dataclass(frozen=True, slots=True)
class Network:
    """A network, its loss, and the numbers of one example.

    Args:
        layers: The layers in order; or give `sizes` with `activation` and `bias`.
        inputs: Number of input features (given by `sizes[0]` if `sizes` is used).
        loss: Name in the catalogue, a call such as "huber(delta=0.5)", or a SymPy expression
            in symbols p and t, the loss of an element.
        reduction: "sum" or "mean" over elements or samples, or "none": then the loss of each is
            a quantity L, and the gradient is that of their sum; "" takes the loss's own.
        targets: "values" (a row a sample) or "classes" (one index a sample).
        numbering: Whether w1, w2, .. run along the arrows out of a unit or into it.
        frozen: Parameters that are not trained.
        name: A Python identifier; names the generated module.
        title: Free text for headings; "" takes the name.
        accuracy: Of the functions in generated modules: "fast" is as fast as the plain formula,
            never spurious, and right to 10 ULP where it matters; "full" is right to a few ULP.
        constants: Numbers that activations and the loss may name.
        learned: Trained numbers that they may name, and where each starts; every layer that names
            one has its own, beta1, beta2, .., and so has the loss, beta.
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
    loss: str | sp.Expr = "half_sse"
    reduction: str = ""
    targets: Literal["values", "classes"] = "values"
    numbering: Literal["by-source", "by-target"] = "by-source"
    frozen: tuple[str, ...] = ()
    name: str = "network"
    title: str = ""
    accuracy: Literal["fast", "full"] = "fast"
    constants: Mapping[str, Fraction] = field(default_factory=dict)
    learned: Mapping[str, Fraction] = field(default_factory=dict)
    example: Example | Mapping[str, Any] | None = None
    sizes: InitVar[Sequence[int] | None] = None
    activation: InitVar[str | sp.Expr | Sequence[str | sp.Expr] | None] = None
    bias: InitVar[str | Sequence[str] | None] = None
    widths: tuple[int, ...] = field(init=False)
    parameters: Mapping[str, tuple[int, ...]] = field(init=False)

    def __post_init__(
        self,
        sizes: Sequence[int] | None,
        activation: str | sp.Expr | Sequence[str | sp.Expr] | None,
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
        constants, learned = check_letters(self.constants, self.learned)
        put(self, "constants", MappingProxyType(constants))
        put(self, "learned", MappingProxyType(learned))
        put(self, "widths", check_layers(self.inputs, self.layers, constants, learned))
        row = resolve_loss(self.loss, "loss", constants, learned)
        if self.reduction == "":
            put(self, "reduction", row.reduction)
        one_of("reduction", self.reduction, (*REDUCTIONS, *row.reductions))
        one_of("accuracy", self.accuracy, ACCURACIES)
        one_of("numbering", self.numbering, NUMBERINGS)
        one_of("targets", self.targets, TARGETS)
        if self.targets == "classes" and not row.classes:
            found = f"class indices with the loss {row.name}"
            raise SpecError("targets", found, "Use cross_entropy.")
        put(self, "parameters", MappingProxyType(self._shapes(row)))
        frozen = tuple_of(self.frozen, "frozen", "parameter names")
        for entry in frozen:
            one_of("frozen", entry, tuple(self.parameters), "parameter")
        always = given_constants(self.layers).union((CLASS_WEIGHT,) if row.class_weights else ())
        put(self, "frozen", tuple(n for n in self.parameters if n in always.union(frozen)))
        if self.parameters and not self.trained:
            raise SpecError("frozen", "every parameter is frozen", "Leave one to train.")
        if isinstance(self.example, Example):
            put(self, "example", with_starts(self, self.example))
            check_example(self, self.numbers)
            check_seed(self, self.numbers)
        elif isinstance(self.example, Mapping):
            put(self, "example", read_example(self, self.example))
            check_example(self, self.numbers)
        elif self.example is not None:
            found = f"found {shown(self.example)}, expected a table"
            raise SpecError("example", found, "Give x, y, weights and learning_rate in it.")

    def _shapes(self, row: Loss) -> dict[str, tuple[int, ...]]:
        """The shape of every parameter, those of the loss last.

        Raises:
            SpecError: a declared letter is used nowhere, or gives two parameters one name.
            ShapeError: there is not one weight a class.
        """
        shapes = parameter_shapes(self.inputs, self.layers, self.activations)
        used = {letter for a in self.activations.values() for letter in a.letters}
        for entry, letters in (("constants", self.constants), ("learned", self.learned)):
            unused = [name for name in letters if name not in used | set(row.letters)]
            clash = [name for name in letters if name in shapes]
            if clash:
                found = f"'{clash[0]}' is the name of a parameter"
                raise SpecError(entry, found, "Give it another name.")
            if unused:
                found = f"'{unused[0]}' stands in no activation and not in the loss"
                raise SpecError(entry, found, "Use it, or leave it out.")
        for name, _ in row.learned:
            if name in shapes:
                remedy = "Give the trained number of the loss another name."
                raise SpecError("learned", f"two parameters would be called {name}", remedy)
            shapes[name] = ()
        if row.class_weights:
            count, outs = len(row.class_weights), self.widths[-1]
            if count != outs:
                found = f"{count} class weights for {outs} outputs"
                raise ShapeError("loss", found, f"Give {outs}, one a class.")
            shapes[CLASS_WEIGHT] = (count,)
        return shapes

    def _repr_html_(self) -> str:
        """What a notebook shows: layers, loss, numbers."""
        from symbp.notebook import network_html

        return network_html(self)

    def _repr_latex_(self) -> str:
        """What a notebook shows where it prefers LaTeX: the formulas of the forward pass."""
        from symbp.notebook import network_latex

        return network_latex(self)

    @property
    def activations(self) -> dict[int, Activation]:
        """The activation of each layer that has one, by the number of the layer."""
        return {
            number: resolve_activation(
                layer.activation, f"layer {number}, activation", self.constants, self.learned
            )
            for number, layer in enumerate(self.layers, 1)
            if isinstance(layer, Dense | Activate)
        }

    @property
    def loss_row(self) -> Loss:
        """The loss, with its options set."""
        return resolve_loss(self.loss, "loss", self.constants, self.learned)

    @property
    def starts(self) -> dict[str, Tensor]:
        """Where trained numbers of activations and the loss start, and the class weights."""
        rows = self.activations.items()
        found: dict[str, Tensor] = {f"{n}{k}": v for k, row in rows for n, v in row.learned}
        found |= dict(self.loss_row.learned)
        weights = self.loss_row.class_weights
        return found | ({CLASS_WEIGHT: weights} if weights else {})

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
            flags = "--x and --y, or --seed and --samples, or, to train, --data and --lr"
            remedy = f"Add an [example] table, or give {flags}."
            raise SpecError("example", "the network has no numbers", remedy)
        return self.example

    @property
    def weight_count(self) -> int:
        """Number of scalar parameters that get a gradient."""
        return sum(math.prod(self.parameters[name]) for name in self.trained)
