"""Whether the loss of a network has a minimum, or an infimum only, or goes to minus infinity.

Input: a network with an example.  Output: a `Finding`.  Over outputs the answer comes from the loss
and the range of the last activation (floor.py); weights reach all outputs where the inputs of the
last layer are linearly independent over the samples.  Imports floor, loss_ratio and start.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from symbp.experiments.explain.finding import Finding
from symbp.experiments.explain.floor import (
    floors,
    one_hot,
    output_loss,
    span,
    total,
)
from symbp.experiments.explain.log_sum_exp import Floor
from symbp.experiments.explain.loss_ratio import factor_at, gradient_quotient
from symbp.experiments.explain.start import Start, start
from symbp.layers import Activate, Dense
from symbp.pipeline import derive
from symbp.scalars import system_of
from symbp.spec import Network

MOST_SAMPLES = 64
DRAWS = 4
DENOMINATOR = 10**9  # of a slope, which targets of a few digits give


def attained(network: Network, begun: Start | None = None) -> Finding:
    """Say whether the minimum of the loss is attained, at which loss, and if not, why.

    The evidence has "status" ("attained", "infimum", "unbounded" or "undetermined"), and where it
    is known "bound", the greatest number that the loss is never below; "exact", its exact form;
    "slope", of the loss in the direction of an unbounded one.

    Args:
        network: With an example, whose samples are what the loss is of.
        begun: The network at its numbers, where the caller has it.

    Raises:
        SpecError: the network has no example.

    >>> numbers = {"x": [0.5], "y": ["-0.07"], "weights": [0.2]}
    >>> net = Network(sizes=[1, 1], example=numbers)
    >>> print(attained(net).text())
    The loss has the infimum 0.00245 and no minimum. For out_o1 (target -0.07) the best value \
lies at an end of the range (0, 1) of the last activation, which it never takes.
    """
    begun = begun or start(network)
    rows = one_hot(network, exact_targets(begun))
    distinct = list(dict.fromkeys(rows))
    parts = floors(network, distinct) if len(distinct) <= MOST_SAMPLES else None
    if parts is None:
        return Finding("finding.attained.unknown", evidence={"status": "undetermined"})
    by_row = dict(zip(distinct, parts, strict=True))
    each = [by_row[row] for row in rows]
    factor = _factor(network, begun.samples)
    if factor is None:
        return Finding("finding.attained.unknown", evidence={"status": "undetermined"})
    whole = total(each, factor)
    rank = reach(begun)
    return _said(begun, each, whole, factor, rank)


def exact_targets(begun: Start) -> Any:
    """The targets as the user wrote them, where they are the example's."""
    import numpy as np

    own = begun.network.numbers.targets
    same = np.array_equal(np.array(own, dtype=np.float64), begun.targets)
    return own if same else begun.targets


def _factor(network: Network, samples: int) -> Fraction | None:
    """What the reduction divides the sum of the losses of samples by, as a factor."""
    if network.reduction in ("sum", "none"):
        return Fraction(1)
    quotient = gradient_quotient(replace(network, reduction="sum", example=None), network)
    return None if quotient is None else factor_at(quotient, network, samples)


def reach(begun: Start) -> int:
    """For how many samples the last layer can give any net inputs, whatever it gives to the rest.

    It is the rank of its inputs over the samples, a column of ones for a trained bias, at the
    weights of the start or at drawn ones, whichever is largest; 0 where the last layer is not
    dense, or not trained by itself.
    """
    import numpy as np

    network = begun.network
    layers = list(network.layers)
    while layers and isinstance(layers[-1], Activate):
        layers.pop()
    last = layers[-1] if layers else None
    weight, bias = f"W{len(layers)}", f"b{len(layers)}"
    if not isinstance(last, Dense) or weight not in network.trained or _shared(network, weight):
        return 0
    uses = derive(network).line(f"Z{len(layers)}").equation.uses
    (name,) = (u for u in uses if u not in (weight, bias))
    stream = np.random.RandomState(0)
    tries = [begun.values]
    for _ in range(DRAWS):
        drawn = {
            n: stream.standard_normal(v.shape) if n in network.trained else v
            for n, v in begun.parameters.items()
        }
        tries.append(begun.module.forward(drawn, begun.inputs))
    ranks = []
    for values in tries:
        rows = begun.inputs if name == "X" else values[name]
        if last.bias == "per-unit" and bias in network.trained:
            rows = np.concatenate([rows, np.ones((len(rows), 1))], axis=1)
        ranks.append(int(np.linalg.matrix_rank(rows)) if np.all(np.isfinite(rows)) else 0)
    return max(ranks)


def _shared(network: Network, weight: str) -> bool:
    return any(isinstance(layer, Dense) and layer.weight == weight for layer in network.layers)


def _said(begun: Start, each: list[Floor], whole: Floor, factor: Fraction, rank: int) -> Finding:
    bound = whole.exact if whole.exact is not None and whole.exact.is_Rational else None
    value = Fraction(int(bound.p), int(bound.q)) if bound is not None else whole.value
    evidence = {"bound": whole.value, "exact": whole.exact, "rank": rank, "certain": whole.certain}
    if rank < begun.samples:
        evidence |= {"status": "undetermined"}
        if whole.value == -float("inf"):
            return Finding("finding.attained.unknown", evidence=evidence)
        several = {"bound": value, "rank": rank, "samples": begun.samples}
        return Finding("finding.attained.several", several, evidence=evidence)
    if whole.value == -float("inf"):
        sample, low = next((n, f) for n, f in enumerate(each) if f.value == -float("inf"))
        evidence |= {"status": "unbounded", "slope": whole.slope, "direction": low.direction,
                     "sample": sample}  # fmt: skip
        return Finding("finding.attained.unbounded", evidence=evidence,
                       details=_direction(begun, sample, low, factor))  # fmt: skip
    if whole.reached:
        evidence |= {"status": "attained"}
        return Finding("finding.attained.yes", {"value": value}, evidence=evidence)
    evidence |= {"status": "infimum"}
    details = _ends(begun, each)
    return Finding("finding.attained.no", {"value": value}, evidence=evidence, details=details)


def _names(begun: Start, sample: int, outputs: tuple[int, ...]) -> list[str]:
    derivation = derive(begun.network)
    system = system_of(begun.network, derivation)
    forward = [line.equation for line in derivation.forward]
    output = [e.name for e in forward if not e.origin.startswith("loss")][-1]
    return [system.name(output, (sample, k)) for k in outputs]


def _direction(begun: Start, sample: int, low: Floor, factor: Fraction) -> tuple[Finding, ...]:
    """Which outputs run away, and how fast the loss follows."""
    moving = tuple(k for k, way in enumerate(low.direction) if way)
    if not moving:
        return ()
    names = _names(begun, sample, moving)
    if low.slope is None:
        return (Finding("finding.attained.towards", {"outputs": names}),)
    up = low.direction[moving[0]] > 0
    key = "finding.attained.up" if up else "finding.attained.down"
    slope = Fraction(low.slope).limit_denominator(DENOMINATOR) * factor
    return (Finding(key, {"outputs": names, "slope": slope}),)


def _ends(begun: Start, each: list[Floor]) -> tuple[Finding, ...]:
    """Which outputs have their best value at an end that they never take."""
    found = output_loss(begun.network)
    assert found is not None
    names: list[str] = []
    targets: list[Fraction] = []
    rows = one_hot(begun.network, exact_targets(begun))
    for sample, low in enumerate(each):
        names += _names(begun, sample, low.open)
        targets += [rows[sample][k] for k in low.open]
    same = len(set(found.activations)) == 1
    values = {"outputs": names, "targets": targets, "range": span(found.activations[0])}
    return (Finding("finding.attained.end", values),) if names and same else ()
