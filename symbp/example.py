"""The numbers of an example: read from a table, or drawn from a seed; exact either way.

Input: a network and the values of its [example] table.  Output: a frozen `Example`.  Imports
exact and errors; numpy only on call, to draw.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from numbers import Integral
from typing import TYPE_CHECKING, Any

from symbp.errors import ShapeError, SpecError, unknown_name
from symbp.exact import Tensor, brief, exact, shape, shown, tensor

if TYPE_CHECKING:
    from symbp.spec import Network

MAX_DRAWN = 10_000_000


@dataclass(frozen=True, slots=True)
class Example:
    """Numbers to put in, exact: each is read as `exact` reads it.

    Args:
        inputs: N rows, one a sample.
        targets: N rows of numbers, or N class indices.
        parameters: By name, shaped like the parameter.
        learning_rate: Step of gradient descent.
        seed: The seed the numbers were drawn with; None where the user gave them.

    Raises:
        SpecError: an entry is no finite number; rows differ in length; the rate is not above 0.

    >>> Example([[0.5]], [["1/3"]], {"W1": [[2]]}, 0.1).learning_rate
    Fraction(1, 10)
    """

    inputs: tuple[tuple[Fraction, ...], ...]
    targets: tuple[tuple[Fraction, ...], ...] | tuple[int, ...]
    parameters: Mapping[str, Tensor]
    learning_rate: Fraction
    seed: int | None = None

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "inputs", _rows(self.inputs, "example, x"))
        classes = _whole_numbers(self.targets)
        put(self, "targets", _rows(self.targets, "example, y") if classes is None else classes)
        if not isinstance(self.parameters, Mapping):
            found = f"found {shown(self.parameters)}, expected parameters by name"
            raise SpecError("example, parameters", found, 'Write {"W1": [[..]]}.')
        named = {k: tensor(v, f"example, {brief(k)}") for k, v in self.parameters.items()}
        put(self, "parameters", named)
        rate = exact(self.learning_rate, "example, learning_rate")
        if rate <= 0:
            found = f"found {shown(self.learning_rate)}, expected a number above 0"
            raise SpecError("example, learning_rate", found, "Write 0.1, say.")
        put(self, "learning_rate", rate)


@dataclass(frozen=True, slots=True)
class Draw:
    """How one array is drawn: whole numbers low .. high, each divided by `divisor`; or `fixed`."""

    name: str
    low: int
    high: int
    divisor: int
    shape: tuple[int, ...]
    fixed: Tensor | None = None


def weight_entries(network: Network) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Parameter and place of w1, w2, ... in the numbering of the network.

    >>> from symbp.spec import Network
    >>> weight_entries(Network(sizes=[2, 2]))
    (('W1', (0, 0)), ('W1', (1, 0)), ('W1', (0, 1)), ('W1', (1, 1)))
    """
    entries: list[tuple[str, tuple[int, ...]]] = []
    for name, (*sizes,) in network.parameters.items():
        if name.startswith("W"):
            out, fan_in = sizes
            if network.numbering == "by-source":
                entries += [(name, (j, i)) for i, j in product(range(fan_in), range(out))]
            else:
                entries += [(name, (j, i)) for j, i in product(range(out), range(fan_in))]
    return tuple(entries)


def read_example(network: Network, values: Mapping[str, Any]) -> Example:
    """Read x, y, weights (or parameters by name) and learning_rate; or seed and samples.

    Args:
        network: The network it is for.
        values: As in a spec's [example] table: `x` and `y` are rows (one row may stand alone),
            `weights` is flat in the order of the network's numbering.

    Raises:
        SpecError: an entry is missing, extra or malformed.

    >>> from symbp.spec import Network
    >>> net = Network(sizes=[1, 1], example={"x": [0.5], "y": [1], "weights": ["0.2"]})
    >>> net.numbers.parameters["W1"]
    ((Fraction(1, 5),),)
    """
    rate = values.get("learning_rate", 1)
    drawn, given = ("seed", "samples"), ("x", "y", "weights", *network.parameters)
    for key in values:
        if key not in (*drawn, *given, "learning_rate"):
            known = (*given[:3], "learning_rate", *drawn, *given[3:])
            raise unknown_name(f"example, {brief(key)}", "entry", brief(key), known)
        if key in given and "seed" in values:
            remedy = "Give numbers, or seed and samples."
            raise SpecError(f"example, {key}", "given together with seed", remedy)
        if key == "samples" and "seed" not in values:
            raise SpecError("example, samples", "given without seed", "Add `seed = 0`.")
    if "seed" in values:
        return draw_example(network, values["seed"], values.get("samples", 1), rate)
    for key in ("x", "y"):
        if key not in values:
            raise SpecError(f"example, {key}", "missing", "Give x and y, or seed and samples.")
    parameters = {k: tensor(values[k], f"example, {k}") for k in network.parameters if k in values}
    if "weights" in values:
        parameters |= _flat_weights(network, values["weights"], set(parameters))
    parameters = {**network.starts, **parameters}
    classes = network.targets == "classes"
    targets = _classes(values["y"]) if classes else _rows(values["y"], "example, y")
    return Example(_rows(values["x"], "example, x"), targets, parameters, rate)


def with_starts(network: Network, example: Example) -> Example:
    """The example with the trained numbers that it leaves out where they start."""
    return replace(example, parameters={**network.starts, **example.parameters})


def _rows(value: object, where: str) -> tuple[tuple[Fraction, ...], ...]:
    rows = tensor(value, where)
    if rows == ():
        return ()
    if len(shape(rows)) == 1:
        rows = (rows,)
    if len(shape(rows)) != 2:
        found = f"found shape {list(shape(rows))}, expected rows of numbers"
        raise ShapeError(where, found, "Write [[0.5, 0.3]], a row a sample.")
    return rows  # type: ignore[return-value]  # two dimensions were checked


def _whole_numbers(value: object) -> tuple[int, ...] | None:
    """The entries if all are whole numbers, else None."""
    try:
        entries = list(value)  # type: ignore[call-overload]  # TypeError is the answer no
    except TypeError:
        return None
    whole = all(isinstance(v, Integral) and not isinstance(v, bool) for v in entries)
    return tuple(int(v) for v in entries) if whole else None


def _classes(value: object) -> tuple[int, ...]:
    classes = _whole_numbers([value] if isinstance(value, Integral) else value)
    if classes is None:
        found = f"found {shown(value)}, expected class indices"
        raise SpecError("example, y", found, "Write one whole number a sample, such as [3, 0].")
    return classes


def _flat_weights(network: Network, value: object, given: set[str]) -> dict[str, Tensor]:
    """Put w1, w2, ... into the matrices they belong to."""
    where = "example, weights"
    flat = tensor(value, where)
    entries = weight_entries(network)
    if len(shape(flat)) != 1 or isinstance(flat, Fraction):
        found = f"found {shown(value)}, expected one flat list w1, w2, .."
        raise SpecError(where, found, "Or give W1, W2, .. by name.")
    if len(flat) != len(entries):
        kind = "missing" if len(flat) < len(entries) else "extra"
        found = f"{len(flat)} numbers for {len(entries)} weights ({kind})"
        remedy = f"Give w1 to w{len(entries)}, or draw all numbers with a seed."
        raise ShapeError(where, found, remedy)
    twice = sorted(given & {name for name, _ in entries})
    if twice:
        raise SpecError(f"example, {twice[0]}", "given by name and in weights", "Give it once.")
    values = dict(zip(entries, flat, strict=True))
    return {
        name: tuple(
            tuple(values[name, (j, i)] for i in range(network.parameters[name][1]))
            for j in range(network.parameters[name][0])
        )
        for name in dict.fromkeys(name for name, _ in entries)
    }


def draw_plan(network: Network, samples: int) -> tuple[Draw, ...]:
    """What is drawn for a network, in order: X, T, then each parameter.

    Weights are uniform within 1/sqrt(fan-in), to four decimals; trained numbers of activations
    and the loss are where they start.
    Source: LeCun et al., Efficient BackProp (1998), section 4.6, up to the distribution.
    """
    outs = network.widths[-1]
    classes = network.targets == "classes"
    plan = [
        Draw("X", -1000, 1000, 1000, (samples, network.inputs)),
        Draw("T", 0, outs - 1, 1, (samples,))
        if classes
        else Draw("T", 0, 1000, 1000, (samples, outs)),
    ]
    starts = network.starts
    for name, sizes in network.parameters.items():
        if name in starts:
            plan.append(Draw(name, 0, 0, 1, sizes, starts[name]))
        elif name.startswith(("W", "V")):
            limit = max(1, round(10_000 / math.sqrt(sizes[1])))
            plan.append(Draw(name, -limit, limit, 10_000, sizes))
        elif name.startswith("gamma"):
            plan.append(Draw(name, 9_000, 11_000, 10_000, sizes))
        else:
            plan.append(Draw(name, -1_000, 1_000, 10_000, sizes))
    return tuple(plan)


def draw_example(network: Network, seed: int, samples: int, rate: Fraction) -> Example:
    """Draw every number of an example.

    NumPy keeps the stream of its legacy `RandomState` fixed, so a seed means the same numbers
    on every machine and in the generated module.  Source: NumPy Enhancement Proposal 19.

    Raises:
        SpecError: seed or samples is no whole number in range.
    """
    _in_range(seed, "example, seed", 0, 2**32 - 1)
    _in_range(samples, "example, samples", 1, 10**6)
    plan = draw_plan(network, samples)
    numbers = sum(math.prod(d.shape) for d in plan)
    if numbers > MAX_DRAWN:
        found = f"{numbers} numbers to draw, at most {MAX_DRAWN}"
        raise SpecError("example", found, "Use fewer samples, or smaller layers.")
    import numpy as np

    generator = np.random.RandomState(seed)

    def exact_rows(values: Any, divisor: int) -> Any:
        if isinstance(values, list):
            return tuple(exact_rows(v, divisor) for v in values)
        return Fraction(values, divisor)

    drawn: dict[str, Any] = {}
    for d in plan:
        if d.fixed is not None:
            drawn[d.name] = d.fixed
            continue
        whole = generator.randint(d.low, d.high + 1, d.shape, dtype=np.int64).tolist()
        is_class = d.name == "T" and network.targets == "classes"
        drawn[d.name] = tuple(whole) if is_class else exact_rows(whole, d.divisor)
    parameters = {name: drawn[name] for name in network.parameters}
    return Example(drawn["X"], drawn["T"], parameters, rate, seed)


def _in_range(value: object, where: str, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        found = f"found {shown(value)}, expected a whole number from {least} to {most}"
        raise SpecError(where, found, f"Write {least}, say.")


def check_example(network: Network, example: Example) -> None:
    """Compare an example with the network it is for.

    Raises:
        SpecError, ShapeError: a parameter, row or target is missing, extra or of another shape.
    """
    for name, needed in network.parameters.items():
        if name not in example.parameters:
            remedy = f"Give it with shape {list(needed)}, or draw all numbers with a seed."
            raise SpecError(f"example, {name}", "missing", remedy)
        found = shape(example.parameters[name])
        if found != needed:
            text = f"found shape {list(found)}, expected {list(needed)}"
            raise ShapeError(f"example, {name}", text, "Linear weights are (out, in).")
    for name in example.parameters:
        if name not in network.parameters:
            quoted = brief(name)
            raise unknown_name(f"example, {quoted}", "parameter", quoted, network.parameters)
    samples, outs = len(example.inputs), network.widths[-1]
    if not samples:
        raise SpecError("example, x", "no sample", "Give at least one row.")
    if len(example.targets) != samples:
        text = f"{len(example.targets)} targets for {samples} inputs"
        raise ShapeError("example, y", text, "Give one a sample, in the order of x.")
    for row in example.inputs:
        if len(row) != network.inputs:
            text = f"a row of {len(row)} numbers for {network.inputs} inputs"
            raise ShapeError("example, x", text, f"Give {network.inputs} numbers a row.")
    for target in example.targets:
        if network.targets == "classes":
            if not isinstance(target, int) or not 0 <= target < outs:
                text = f"found class {shown(target)}, expected 0 to {outs - 1}"
                raise SpecError("example, y", text, "Classes are counted from 0.")
        elif isinstance(target, int):
            text = f"found class {target}, expected a row of {outs} numbers"
            raise ShapeError("example, y", text, 'Write rows, or set targets to "classes".')
        elif len(target) != outs:
            text = f"a row of {len(target)} numbers for {outs} outputs"
            raise ShapeError("example, y", text, f"Give {outs} numbers a row.")


def check_seed(network: Network, example: Example) -> None:
    """Compare an example made in Python with its seed, as the generated module draws again.

    Raises:
        SpecError: the seed draws other numbers.
    """
    if example.seed is not None:
        samples = len(example.inputs)
        if draw_example(network, example.seed, samples, example.learning_rate) != example:
            found = f"the numbers are not those that seed {shown(example.seed)} draws"
            raise SpecError("example, seed", found, "Set seed to None.")
