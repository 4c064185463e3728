"""Which quantity is inf or NaN first, in the order of the derivation's lines.

Input: a network, and where training stood before the step that failed.  Output: an `Overflow`.
The generated functions are run again, watched: every quantity of the derivation is a variable of
theirs.  Imports the pipeline; numpy on call.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import FrameType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from symbp import pipeline
from symbp.backends.training import numbered
from symbp.catalog import Optimizer
from symbp.form import Form
from symbp.spec import Network
from symbp.verify.module import load_source

if TYPE_CHECKING:
    import numpy as np

Arrays = Mapping[str, "np.ndarray"]


@dataclass(frozen=True, slots=True)
class Overflow:
    """Where a run stopped being finite.

    Args:
        iteration: Number of steps done before.
        quantity: Of the derivation, as "Z2"; or of the optimizer: the parameter that a step made.
        place: The entry of it, from 0; () of a number.
        value: "inf", "-inf" or "nan".
        line: The line that gives it, with its number.

    >>> print(Overflow(12, "Z2", (0, 3), "inf", "[3] Z2[n,j] = .."))
    iteration 12: Z2[0,3] is inf, the first that is not finite; line [3] Z2[n,j] = ..
    """

    iteration: int
    quantity: str
    place: tuple[int, ...]
    value: str
    line: str

    def __str__(self) -> str:
        place = f"[{','.join(map(str, self.place))}]" if self.place else ""
        what = f"{self.quantity}{place} is {self.value}, the first that is not finite"
        return f"iteration {self.iteration}: {what}; line {self.line}"


@dataclass(frozen=True, slots=True)
class Step:
    """A step of training, as it begins.

    Args:
        iteration: Number of steps done before.
        params: All parameters; masks for the samples of the batch.
        states: What the optimizer keeps, by name, flat; theta among them.
        X, T: The batch.
        learning_rate: Of this step.
        weight_decay: None takes the optimizer's own.
        clip_norm: The largest norm of the gradient, or None.
        after: The states that training found behind this step; {} where it took none.
    """

    iteration: int
    params: Arrays
    states: Arrays
    X: np.ndarray
    T: np.ndarray
    learning_rate: float
    weight_decay: float | None
    clip_norm: float | None
    after: Arrays


def watched(function: FunctionType, *arguments: Any, **named: Any) -> tuple[Any, dict[str, Any]]:
    """What a generated function returns, and its variables on return, and those of `forward`.

    >>> def double(x):
    ...     y = 2 * x
    ...     return y
    >>> watched(double, 3)
    (6, {'x': 3, 'y': 6})
    """
    codes = {function.__code__}
    if "forward" in function.__globals__:
        codes.add(function.__globals__["forward"].__code__)
    found: dict[str, Any] = {}

    def watch(frame: FrameType, event: str, argument: Any) -> None:
        if event == "return" and frame.f_code in codes:
            found.update(frame.f_locals)

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        result = function(*arguments, **named)
    finally:
        sys.setprofile(before)
    return result, found


def first_overflow(
    network: Network, optimizer: Optimizer, module: ModuleType, step: Step
) -> Overflow | None:
    """The first quantity of a step that is not finite; None if all are.

    Args:
        network: What is trained.
        optimizer: With its options set.
        module: The generated module that trains, for its update.
        step: Where training stood before.
    """
    import numpy as np

    derivation = pipeline.derive(network)
    plain = load_source(pipeline.files(network, Form()), network.name)
    with np.errstate(all="ignore"):
        (_, gradients), values = watched(
            plain.loss_and_gradients, dict(step.params), step.X, step.T
        )
        for line in derivation.lines:
            name = line.equation.name
            for place, value in _not_finite(values.get(name, 0.0)):
                return Overflow(step.iteration, name, place, value, str(line))
        made = _update(module, gradients, step)
    first = len(derivation.lines) + 1
    lines = [
        line for line in numbered(optimizer, first)
        if made["weight_decay"] or line[0] >= first + len(optimizer.decay)
    ]  # fmt: skip
    # The module with a workspace takes the rate into the backward pass, where it may overflow
    # though the product with the whole gradient would not: then what it made counts.
    for states in (made, step.after):
        for _, name, text in lines:
            for place, value in _not_finite(states.get(name, 0.0)):
                if not place:
                    return Overflow(step.iteration, name, place, value, text)
                where, entry = _entry(module, place[0])
                kind = where if name == "theta" else f"{name} of {where}"
                return Overflow(step.iteration, kind, entry, value, text)
    return None


def _update(module: ModuleType, gradients: Arrays, step: Step) -> dict[str, Any]:
    """The variables of the optimizer's update, watched."""
    import inspect

    import numpy as np

    theta = step.states["theta"]
    g = np.empty_like(theta)
    for name, part in module.views(g).items():
        part[...] = gradients[name]
    module.clip(g, step.clip_norm, None)
    if step.weight_decay is None:
        weight_decay = inspect.signature(module.train).parameters["weight_decay"].default
    else:
        weight_decay = step.weight_decay
    given = {name: value.copy() for name, value in step.states.items()} | {"g": g}
    arrays = {
        name: given.get(name, np.empty_like(theta))
        for name in list(inspect.signature(module.update).parameters)[3:]
    }
    _, made = watched(module.update, step.iteration + 1, step.learning_rate, weight_decay, **arrays)
    return made


def _not_finite(value: Any) -> Iterator[tuple[tuple[int, ...], str]]:
    """The first entry that is inf or NaN, and which; nothing if all are finite."""
    import numpy as np

    found = np.asarray(value)
    wrong = np.argwhere(~np.isfinite(found))
    if len(wrong):
        place = tuple(map(int, wrong[0]))
        yield place, str(float(found[place]))


def _entry(module: ModuleType, flat: int) -> tuple[str, tuple[int, ...]]:
    """The parameter and the entry at a place of theta."""
    import numpy as np

    for name, length in module.LENGTHS.items():
        if flat < length:
            shape = module.SHAPES[name]
            return name, tuple(map(int, np.unravel_index(flat, shape))) if shape else ()
        flat -= length
    raise IndexError(flat)
