"""The same network with one thing changed: runs, and the sentences that explain them.

Input: a network, what is changed, and to which values.  Output: a frozen `Comparison`.  Everything
runs on generated code.  Imports training and explain; numpy on call.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from symbp.checks import one_of, whole_number
from symbp.choice import parts, resolve_loss, resolve_optimizer, resolve_recipe
from symbp.errors import SpecError, SymbpError
from symbp.exact import brief, exact
from symbp.example import Example
from symbp.experiments.data import Dataset, fitted, of_example
from symbp.experiments.explain import Finding, Start, explain, loss_ratio, start
from symbp.experiments.history import Run
from symbp.experiments.initial import initial
from symbp.experiments.training import MOST_STEPS, run
from symbp.layers import Activate, Dense
from symbp.spec import Network

if TYPE_CHECKING:
    import numpy as np

WHERE = "--vary"
CHANGES = ("activation", "loss", "reduction", "init", "optimizer", "rate", "seed")
MOST_VARIANTS = 32
STEPS = 1000
ROUNDING = 1e-14
Watch = Callable[["Variant", int, float], object]


@dataclass(frozen=True, slots=True)
class Setting:
    """How a variant is trained.

    Args:
        optimizer: A name or a call.
        init: A name or a call.
        seed: Of the initial values.
        rate: The learning rate; None takes that of the example.
    """

    optimizer: str = "sgd"
    init: str = "given"
    seed: int = 0
    rate: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Variant:
    """The network with its value of what is changed, before it is trained.

    Args:
        label: The value, with its options.
        network: With that value.
        setting: How it is trained.
        begun: The network where it starts.
        findings: What the mathematics says of it.
    """

    label: str
    network: Network
    setting: Setting
    begun: Start
    findings: tuple[Finding, ...]

    @property
    def gradient_norm(self) -> float:
        """The root of the sum of squares of all gradients where it starts."""
        import numpy as np

        return math.sqrt(sum(float(np.sum(g**2)) for g in self.begun.gradients.values()))


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A variant and what training made of it.

    Args:
        variant: Before.
        first: Parameters after the first step, by name.
        run: The whole run.
        losses: After so many steps, by the number of steps; NaN past the end of a run that ended.
    """

    variant: Variant
    first: Mapping[str, np.ndarray]
    run: Run
    losses: Mapping[int, float]


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Variants side by side.

    Args:
        network: What was asked about.
        change: What was changed, one of CHANGES.
        steps: How many steps each was trained for.
        trained: In the order of the values.
        before: Findings about pairs of variants, found before training.
        after: Findings that put what training gave beside what was found before it.
    """

    network: Network
    change: str
    steps: int
    trained: tuple[Trained, ...]
    before: tuple[Finding, ...] = ()
    after: tuple[Finding, ...] = ()
    milestones: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "milestones", milestones(self.steps))


def milestones(steps: int) -> tuple[int, ...]:
    """After how many steps the loss is shown.

    >>> milestones(2500)
    (1, 10, 100, 1000, 2500)
    """
    powers = (10**k for k in range(len(str(steps))))
    return tuple(dict.fromkeys((*(p for p in powers if p <= steps), steps)))


def read_change(text: str) -> tuple[str, tuple[str, ...]]:
    """What `--vary` says: which thing, and its values; commas in brackets separate nothing.

    Raises:
        SpecError: no such thing, no value, or a value given twice.

    >>> read_change("activation=sigmoid, hardtanh(low=-1, high=2)")
    ('activation', ('sigmoid', 'hardtanh(low=-1, high=2)'))
    """
    name, equals, rest = text.partition("=")
    if not equals:
        found = f"found '{brief(text)}', expected what is changed and its values"
        raise SpecError(WHERE, found, "Write activation=sigmoid,relu, say.")
    change = name.strip()
    one_of(WHERE, change, CHANGES, "thing to change")
    values = tuple(part.strip() for part, _ in parts(rest))
    if not all(values):
        found = f"a value of {change} is empty"
        raise SpecError(WHERE, found, "Separate values by one comma each.")
    twice = [value for k, value in enumerate(values) if value in values[:k]]
    if twice:
        raise SpecError(WHERE, f"'{brief(twice[0])}' is given twice", "Give each value once.")
    if len(values) > MOST_VARIANTS:
        raise SpecError(WHERE, f"{len(values)} values", f"Give at most {MOST_VARIANTS}.")
    return change, values


def varied(network: Network, setting: Setting, change: str, value: str) -> tuple[Network, Setting]:
    """The network and its setting with one thing changed.

    An activation is changed in every layer that has the one of the first layer with an activation,
    so a linear output layer stays linear.

    Raises:
        SpecError: the value is wrong, or does not go with the rest.

    >>> net = Network(sizes=[2, 3, 1], activation=["tanh", "identity"])
    >>> varied(net, Setting(), "activation", "relu")[0].layers[0].activation
    'relu'
    """
    where = f"{WHERE} {change}"
    match change:
        case "activation":
            return _with_activation(network, value), setting
        case "loss":
            row = resolve_loss(value, where, network.constants, network.learned)
            return _changed(network, loss=row.text if not row.own else value, reduction=""), setting
        case "reduction":
            return _changed(network, reduction=value), setting
        case "optimizer":
            return network, replace(setting, optimizer=resolve_optimizer(value, where).label)
        case "init":
            resolve_recipe("initializer", value, where)
            return network, replace(setting, init=value)
        case "rate":
            rate = exact(value, where)
            if rate <= 0:
                found = f"found {brief(value)}, expected a number above 0"
                raise SpecError(where, found, "Write 0.1, say.")
            return network, replace(setting, rate=float(rate))
    if not value.isascii() or not value.isdigit():
        found = f"found '{brief(value)}', expected a whole number"
        raise SpecError(where, found, "Write seed=0,1,2, say.")
    return network, replace(setting, seed=int(value))


def _with_activation(network: Network, value: str) -> Network:
    of_layers = [
        layer.activation for layer in network.layers if isinstance(layer, Dense | Activate)
    ]
    texts = [a for a in of_layers if a != "identity"] or of_layers
    layers = tuple(
        replace(layer, activation=value)
        if isinstance(layer, Dense | Activate) and layer.activation == texts[0]
        else layer
        for layer in network.layers
    )
    return _changed(network, layers=layers)


def _changed(network: Network, **changes: Any) -> Network:
    """The network with other entries and the same numbers, as far as it still has them."""
    bare = replace(network, **changes, example=None)
    if not isinstance(network.example, Example):
        return bare
    own = network.example
    kept = {name: value for name, value in own.parameters.items() if name in bare.parameters}
    return replace(bare, example=replace(own, parameters=kept, seed=None))


def prepare(
    network: Network,
    change: str,
    values: Sequence[str],
    *,
    dataset: Dataset | None = None,
    setting: Setting = Setting(),
) -> tuple[Variant, ...]:
    """Build every variant and explain it; nothing is trained yet.

    Args:
        network: With an example.
        change: One of CHANGES.
        values: Of it, each a variant.
        dataset: What to train on; None takes the samples of the example.
        setting: Of what is not changed.

    Raises:
        SpecError: a value is wrong, or does not go with the rest.

    >>> from symbp.spec_file import worked_example
    >>> [v.label for v in prepare(worked_example(), "loss", ["half_sse", "mse"])]
    ['half_sse', 'mse']
    """
    resolve_optimizer(setting.optimizer, "--optimizer")
    made = []
    for value in values:
        try:
            made.append((value, *varied(network, setting, change, value)))
        except SymbpError as error:
            named = error.where.startswith(WHERE)
            raise (error if named else error.at(f"{WHERE} {change}={brief(value)}")) from None
    return tuple(_variant(label, net, own, dataset) for label, net, own in made)


def _variant(label: str, network: Network, setting: Setting, dataset: Dataset | None) -> Variant:
    data = of_example(network) if dataset is None else dataset
    pair = fitted(data, network, "float64")
    parameters = initial(network, setting.init, setting.seed, samples=len(data))
    begun = start(network, parameters, pair)
    return Variant(label, network, setting, begun, explain(begun))


def train_all(
    network: Network,
    change: str,
    variants: Sequence[Variant],
    *,
    dataset: Dataset | None = None,
    steps: int = STEPS,
    watch: Watch | None = None,
) -> Comparison:
    """Train every variant, one after the other.

    Args:
        network: What was asked about.
        change: What was changed.
        variants: From `prepare`.
        dataset: As there.
        steps: How many; all samples are a step.
        watch: Called after each step with the variant, the steps done and the loss before it;
            where it returns True that run ends.
    """
    whole_number(steps, "--steps", most=MOST_STEPS)
    trained = tuple(_trained(v, dataset, steps, watch) for v in variants)
    before: list[Finding] = []
    if change in ("loss", "reduction"):
        before = [loss_ratio(variants[0].begun, v.begun) for v in variants[1:]]
    after = tuple(found for t in trained for found in _after(t, steps))
    return Comparison(network, change, steps, trained, tuple(before), after)


def compare(
    network: Network,
    change: str,
    values: Sequence[str],
    *,
    steps: int = STEPS,
    dataset: Dataset | None = None,
    setting: Setting = Setting(),
) -> Comparison:
    """Train a network with one thing changed, and say what the mathematics says of it.

    Args:
        network: With an example.
        change: "activation", "loss", "reduction", "init", "optimizer", "rate" or "seed".
        values: Of it, each a variant, the first what the others are compared with.
        steps: How many each is trained for.
        dataset: What to train on; None takes the samples of the example.
        setting: Of what is not changed.

    Raises:
        SpecError: a value is wrong, or does not go with the rest.

    >>> from symbp.spec_file import worked_example
    >>> found = compare(worked_example(), "activation", ["sigmoid", "relu"], steps=10)
    >>> [f"{t.losses[1]:.6f}" for t in found.trained]
    ['0.195033', '0.020716']
    """
    variants = prepare(network, change, values, dataset=dataset, setting=setting)
    return train_all(network, change, variants, dataset=dataset, steps=steps)


def _trained(variant: Variant, dataset: Dataset | None, steps: int, watch: Watch | None) -> Trained:
    s = variant.setting

    def go(count: int, callback: Callable[[int, float], object] | None) -> Run:
        return run(
            variant.network, dataset, optimizer=s.optimizer, init=s.init, seed=s.seed,
            learning_rate=s.rate, steps=count, callback=callback,
        )  # fmt: skip

    one = go(1, None)
    seen = None if watch is None else (lambda done, loss: watch(variant, done, loss))
    whole = one if steps == 1 else go(steps, seen)
    losses = {}
    for count in milestones(steps):
        finite = whole.ended != "not finite"
        known = count < len(whole.history)
        at = float(whole.history.losses[count]) if known else math.nan
        losses[count] = whole.final_loss if count == len(whole.history) and finite else at
    return Trained(variant, one.final, whole, losses)


def _after(trained: Trained, steps: int) -> list[Finding]:
    """What training gave, beside the bound of the loss, and beside the units that start equal."""
    found: list[Finding] = []
    variant, done = trained.variant, trained.run
    values: dict[str, Any] = {"variant": variant.label, "steps": len(done.history),
                              "loss": done.final_loss}  # fmt: skip
    if done.overflow is not None:
        at = done.overflow
        more = {"quantity": at.quantity, "value": at.value, "steps": at.iteration}
        found.append(Finding("finding.compare.overflow", values | more))
    for finding in variant.findings:
        evidence = finding.evidence
        if finding.key == "finding.attained.unbounded":
            found.append(Finding("finding.compare.unbounded", values))
        elif (
            "bound" in evidence
            and evidence["bound"] != -math.inf
            and math.isfinite(done.final_loss)
        ):
            gap = done.final_loss - evidence["bound"]
            near = gap <= ROUNDING * max(1.0, abs(evidence["bound"]))
            more = {"bound": evidence["bound"]} if near else {"gap": float(f"{gap:.4g}")}
            key = "finding.compare.reached" if near else "finding.compare.gap"
            if not near and evidence["bound"] == 0:  # the loss is the gap
                key, more = "finding.compare.loss", {}
            found.append(Finding(key, values | more))
        elif finding.key == "finding.symmetry.stays":
            apart = _apart(trained, evidence)
            more = {"layer": evidence["layer"], "apart": apart}
            found.append(Finding("finding.compare.tied", values | more))
    return found


def _apart(trained: Trained, evidence: Mapping[str, Any]) -> Fraction | float:
    """The largest difference between numbers of units that started equal."""
    import numpy as np

    from symbp.pipeline import derive

    quantities = derive(trained.variant.network).quantities
    worst = 0.0
    for name, value in trained.run.final.items():
        axes = quantities[name].axes
        if axes.count(evidence["axis"]) != 1:
            continue
        rows = np.moveaxis(value, axes.index(evidence["axis"]), 0)
        for group in evidence["groups"]:
            own = rows[list(group)]
            worst = max(worst, float(np.max(np.abs(own - own[0]), initial=0.0)))
    return worst
