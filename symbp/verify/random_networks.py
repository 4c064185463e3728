"""Random networks, drawn from a seed, to compare generated modules with torch on.

Input: a seed.  Output: a `Network` with numbers, and the worst errors over many.  Imports spec, the
catalogue, html_table and report; numpy on call of the example.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal

import sympy as sp

from symbp import catalog
from symbp.formula_layer import FormulaLayer, bilinear
from symbp.html_table import html_table
from symbp.index import Index, tensor, total
from symbp.layers import (
    BatchNorm,
    Bias,
    Dense,
    Dropout,
    Embedding,
    Layer,
    LayerNorm,
    Residual,
    RMSNorm,
)
from symbp.spec import Network
from symbp.verify.report import Report

MOST_LAYERS, WIDEST, MOST_SAMPLES = 6, 8, 6
# A normalised row of two or three features hardly depends on its input, nor does one of zeros from
# relu or one that is normalised already: what is left of the gradient is a difference of nearly
# equal numbers, in torch as well, and the comparison would measure that.
NARROWEST_NORM = 4
BEFORE_NORM = ("sigmoid", "tanh", "identity")
# z - tanh(z) of a small z has few right digits, in torch as well: it comes first or not at all.
CANCELS = ("tanhshrink",)
# Without it the rate of a Poisson distribution must be positive, and outputs are of either sign.
AS_IT_IS = ("log_input",)


@dataclass(frozen=True, slots=True)
class Trials:
    """The worst relative error to torch over random networks.

    Args:
        errors: By seed, the largest over the gradients of that network.
        tolerance: Largest that passes.
        failed: Seeds whose report did not pass.
    """

    errors: dict[int, float]
    tolerance: float
    failed: tuple[int, ...]

    @property
    def passed(self) -> bool:
        """Whether something was compared and every network passed."""
        return bool(self.errors) and not self.failed

    @property
    def worst(self) -> tuple[int, float]:
        """Seed and error of the worst network."""
        return max(self.errors.items(), key=lambda item: item[1])

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        heads = ("networks", "failed", "worst relative", "of seed", "tolerance")
        seed, error = self.worst if self.errors else ("-", float("nan"))
        failed = ", ".join(map(str, self.failed[:10])) or "none"
        row = (len(self.errors), failed, f"{error:.1e}", seed, f"{self.tolerance:.0e}")
        note = "passed" if self.passed else "FAILED"
        return html_table("random networks against torch", heads, [row], note)


def random_network(seed: int) -> Network:
    """A network of one to six layers with drawn numbers; the same for the same seed.

    Widths are 1 to 8, batches 1 to 6, with every activation and loss and their options, every
    kind of bias and reduction, class targets, frozen parameters, tied weights, layer norm and
    residual connections.

    >>> random_network(3) == random_network(3)
    True
    """
    stream = random.Random(seed)
    widths = [stream.randint(1, WIDEST)]
    layers: list[Layer] = []
    if stream.random() < 0.1:
        widths.append(stream.randint(1, WIDEST))
        layers.append(Embedding(widths[-1]))
    for _ in range(stream.randint(1, MOST_LAYERS)):
        layer = _layer(stream, widths, layers)
        layers.append(layer)
        own = isinstance(layer, Dense | FormulaLayer) and layer.out
        widths.append(own or widths[-1])
    if not any(isinstance(layer, Dense) for layer in layers):
        layers.append(Dense(widths[-1], activation="tanh", bias="per-unit"))
    # The cross-entropy of a single class is 0 whatever the weights are: nothing to compare.
    losses = [row for row in catalog.LOSSES if widths[-1] > 1 or not row.classes]
    row = stream.choice(losses)
    if row.output:
        if isinstance(layers[-1], Dense):
            layers[-1] = replace(layers[-1], activation=row.output)
        else:
            layers.append(Dense(widths[-1], activation=row.output))
    loss = _call(stream, row, widths[-1])
    targets: Literal["values", "classes"] = "values"
    if row.classes and stream.random() < 0.5:
        targets = "classes"
    network = Network(
        layers=tuple(layers),
        inputs=widths[0],
        loss=loss,
        reduction=stream.choice(("sum", "mean", "none", *row.reductions)),
        targets=targets,
        numbering=stream.choice(("by-source", "by-target")),
        name=f"trial_{seed}",
    )
    # Statistics of two or three samples are as delicate as those of two or three features.
    fewest = NARROWEST_NORM if any(isinstance(layer, BatchNorm) for layer in layers) else 1
    frozen = tuple(name for name in network.trained if stream.random() < 0.15)
    if len(frozen) == len(network.trained):
        frozen = frozen[1:]
    options: dict[str, Any] = {
        "frozen": frozen,
        "example": {"seed": seed, "samples": stream.randint(fewest, MOST_SAMPLES)},
    }
    return Network(
        layers=network.layers, inputs=network.inputs, loss=loss, reduction=network.reduction,
        targets=targets, numbering=network.numbering, name=network.name, **options,
    )  # fmt: skip


def _layer(stream: random.Random, widths: list[int], layers: list[Layer]) -> Layer:
    kind = stream.random()
    first = 1 if layers and isinstance(layers[0], Embedding) else 0
    same = [k for k, w in enumerate(widths[:-1]) if w == widths[-1] and k >= first]
    plain = not layers or (isinstance(layers[-1], Dense) and layers[-1].activation in BEFORE_NORM)
    if kind < 0.2 and widths[-1] >= NARROWEST_NORM and plain:
        affine = stream.random() < 0.7
        return stream.choice(norms_after(layers[-1] if layers else None, affine))
    if kind < 0.35 and same:
        return Residual(stream.choice(same))
    if kind < 0.5:
        out = stream.randint(1, WIDEST)
        more: tuple[Layer, ...] = (
            Bias(),
            Dropout(Fraction(stream.randint(0, 8), 10)),
            BatchNorm(mode="inference"),
        )
        return stream.choice((*more, *own_layers(out)))
    rows = [row for row in catalog.ACTIVATIONS if not layers or row.name not in CANCELS]
    activation = _call(stream, stream.choice(rows), 0)
    kinds: tuple[Literal["none", "per-unit", "shared"], ...] = ("none", "per-unit", "shared")
    bias = stream.choice(kinds)
    ties = [
        k
        for k, layer in enumerate(layers, 1)
        if isinstance(layer, Dense) and not layer.weight and widths[k - 1] == widths[-1]
    ]
    if ties and stream.random() < 0.2:
        first = stream.choice(ties)
        return Dense(widths[first], activation, bias, f"W{first}")
    return Dense(stream.randint(1, WIDEST), activation, bias)


def norms_after(before: Layer | None, affine: bool) -> list[Layer]:
    """The normalisations that keep their digits after a layer.

    A mean takes away what all features, or all samples, have in common: the gradient of a shared
    bias, or of any bias, is then a sum that cancels, in torch as well.  The outputs of a sigmoid
    stay near 1/2, so their deviations from sample to sample have fewer digits.
    """
    norms: list[Layer] = [RMSNorm(affine=affine)]
    if not isinstance(before, Dense) or before.bias != "shared":
        norms.append(LayerNorm(affine=affine))
    if not isinstance(before, Dense) or (before.bias == "none" and before.activation != "sigmoid"):
        norms.append(BatchNorm(affine=affine))
    return norms


def own_layers(out: int) -> tuple[FormulaLayer, ...]:
    """Layers in index notation: bilinear, low rank, gated, radial, and a sum of functions."""
    n, i, j, k = (Index(letter) for letter in "nijk")
    x, y, b = tensor("x", n, i), tensor("y", n, k), tensor("b", k)
    hidden, inner = tensor("h", n, j), total(tensor("U", j, i) * x, i)
    gate = total(tensor("G", k, i) * x, i)
    linear = total(tensor("V", i, k) * x, i)
    return (
        bilinear(out),
        FormulaLayer(
            ((hidden, inner), (y, total(tensor("V", k, j) * sp.tanh(hidden), j) + b)),
            out,
            {"j": 3},
        ),
        FormulaLayer(((y, linear / (1 + sp.exp(-gate))),), out),
        FormulaLayer(((y, sp.exp(-total((x - tensor("c", k, i)) ** 2, i))),), out),
        FormulaLayer(((y, total(sp.tanh(tensor("A", k, i) * x) * x**2, i) + tensor("s")),), out),
    )


def _call(stream: random.Random, row: catalog.Activation | catalog.Loss, classes: int) -> str:
    """The row with some of its options at one of their examples."""
    given: dict[str, str] = {}
    for option in row.options:
        if option.default is not None and (stream.random() < 0.5 or option.name in AS_IT_IS):
            continue
        text = stream.choice(option.domain.examples)
        if option.domain.kind == "numbers":
            text = f"[{', '.join(str(stream.randint(1, 30) / 10) for _ in range(classes))}]"
        given[option.name] = text
    values = {o.name: Fraction(given.get(o.name) or str(o.default)) for o in row.options
              if o.domain.kind == "number"}  # fmt: skip
    if row.check(**values):
        given = {}
    text = ", ".join(f"{name}={value}" for name, value in given.items())
    return f"{row.name}({text})" if text else row.name


def run_trials(
    seeds: Iterator[int] | range, check: Callable[[Network], Report], tolerance: float
) -> Trials:
    """Check one random network a seed against torch.

    Args:
        seeds: One a network.
        check: Maps a network to its report against torch.
        tolerance: For the summary; each report has its own.
    """
    errors: dict[int, float] = {}
    failed = []
    for seed in seeds:
        report = check(random_network(seed))
        errors[seed] = report.worst("torch")
        if not report.passed:
            failed.append(seed)
    return Trials(errors, tolerance, tuple(failed))
