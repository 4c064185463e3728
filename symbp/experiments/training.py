"""The training loop of experiments, on the generated module with a workspace.

Input: a network, data, an optimizer, an initializer and how long.  Output: a frozen `Run`: the
history, the parameters before and after, how it ended.  Imports the pipeline, data, initial and
overflow; numpy on call.
"""

from __future__ import annotations

import math
import time
from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

from symbp import pipeline
from symbp.catalog import Optimizer
from symbp.checks import one_of, whole_number
from symbp.choice import resolve_optimizer, resolve_recipe
from symbp.errors import SpecError
from symbp.exact import shown
from symbp.experiments.data import Dataset, class_targets, fitted, of_example
from symbp.experiments.history import History, Run
from symbp.experiments.initial import MOST_SEED, initial
from symbp.experiments.overflow import Overflow, Step, first_overflow
from symbp.form import Form
from symbp.spec import Network
from symbp.verify.module import load_source

if TYPE_CHECKING:
    import numpy as np

Callback = Callable[[int, float], object]
Schedule = Callable[[float, int], float]
STEPS = 1000
MOST_STEPS = 10**8
MOST_RECORDED = 2 * 10**8
DTYPES = ("float64", "float32")


@dataclass(frozen=True, slots=True, eq=False)
class _Setting:
    """All that a run depends on, checked."""

    network: Network
    optimizer: Optimizer
    module: ModuleType
    data: Dataset
    X: np.ndarray
    T: np.ndarray
    start: Mapping[str, np.ndarray]
    rate: float
    schedule: Schedule
    steps: int
    batch_size: int | None
    seed: int
    weight_decay: float | None
    clip_norm: float | None


def run(
    network: Network,
    dataset: Dataset | None = None,
    *,
    optimizer: str = "sgd",
    init: str = "given",
    seed: int = 0,
    learning_rate: float | None = None,
    steps: int | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    record_weights: int = 0,
    callback: Callback | None = None,
    schedule: str = "constant",
    weight_decay: float | None = None,
    clip_norm: float | None = None,
    dtype: str = "float64",
) -> Run:
    """Train a network on data, with the code that `symbp generate --workspace` writes.

    Training ends early where the callback returns True, or where the loss, a parameter or what the
    optimizer keeps is inf or NaN: then the parameters are those before that step.

    Args:
        network: What is trained.
        dataset: All samples; None takes those of the example.
        optimizer: A name of `symbp list optimizer`, or a call.
        init: A name of `symbp list initializer`, or a call.
        seed: Of the initial values and of the order of samples in mini-batches.
        learning_rate: Above 0; None takes that of the example.
        steps: How many; or give epochs.  1000 if neither is given.
        epochs: Passes over all samples.
        batch_size: Samples of a step; None takes all.
        record_weights: Keep the weights every so many steps, before the first and after the last
            too; 0 keeps none.
        callback: Called after each step with the number of steps done and the loss before it.
        schedule: A name of `symbp list schedule`, or a call.
        weight_decay: At least 0; None takes the optimizer's own.
        clip_norm: The largest norm of the gradient; None clips nothing.
        dtype: "float64" or "float32".

    Raises:
        SpecError: an argument is wrong, or missing and the network has no example.
        DataError, ShapeError: the data does not fit the network.

    >>> from symbp.spec_file import worked_example
    >>> done = run(worked_example(), steps=1)
    >>> print(done.ended, f"{done.initial_loss:.4f} {done.final_loss:.4f}")
    done 0.2097 0.1950
    >>> print(f"{done.final['W1'][0, 0]:.4f}")
    0.2084
    """
    import numpy as np

    one_of("--dtype", dtype, DTYPES, "dtype")
    row = resolve_optimizer(optimizer, "--optimizer")
    _number("--weight-decay", weight_decay, least=0.0)
    _number("--clip-norm", clip_norm)
    _number("--lr", learning_rate)
    whole_number(record_weights, "--record-weights", least=0, most=MOST_STEPS)
    whole_number(seed, "--init-seed", least=0, most=MOST_SEED)
    if learning_rate is None and network.example is None:
        found = "the network has no example to take the learning rate from"
        raise SpecError("--lr", found, "Give it, --lr 0.1, say.")
    rate = float(network.numbers.learning_rate if learning_rate is None else learning_rate)
    data = of_example(network) if dataset is None else dataset
    X, T = fitted(data, network, dtype)
    count = step_count(steps, epochs, len(X), batch_size)
    start = initial(network, init, seed, samples=len(X), dtype=dtype)
    module = load_source(
        pipeline.files(network, Form(workspace=True, optimizer=optimizer)), network.name
    )
    numbers = sum(module.LENGTHS.values()) * (count // record_weights + 2 if record_weights else 0)
    if numbers > MOST_RECORDED:
        found = f"{numbers} numbers would be kept, at most {MOST_RECORDED}"
        raise SpecError("--record-weights", found, "Record less often.")
    chosen = resolve_recipe("schedule", schedule, "--schedule")
    rates = chosen.make(module, count, **chosen.numbers)
    _check_schedule(rates, rate, count)
    setting = _Setting(
        network, row, module, data, X, T, start, rate, rates, count, batch_size, seed,
        weight_decay, clip_norm,
    )  # fmt: skip
    with np.errstate(all="ignore"):
        return _run(setting, record_weights, callback)


def _run(setting: _Setting, record_weights: int, callback: Callback | None) -> Run:
    """The loop: the generated `train`, watched step by step."""
    import numpy as np

    s, module = setting, setting.module
    state = module.State(s.start)
    before = {name: value.copy() for name, value in state.arrays.items()}
    kept = [(before[name], value) for name, value in state.arrays.items()]
    theta = state.theta
    seconds = array("d")
    recorded = [(0, theta.copy())] if record_weights else []
    failed = stopped = False
    began = time.perf_counter()

    def after_step(done: int, loss: float, _: Any) -> bool:
        nonlocal failed, stopped
        seconds.append(time.perf_counter() - began)
        if not (math.isfinite(loss) and all(_finite(new) for _, new in kept)):
            failed = True
            return True
        for old, new in kept:
            np.copyto(old, new)
        if record_weights and done % record_weights == 0:
            recorded.append((done, theta.copy()))
        stopped = callback is not None and callback(done, loss) is True
        return stopped

    decay = {} if s.weight_decay is None else {"weight_decay": s.weight_decay}
    _, losses = module.train(
        s.start, s.X, s.T, s.rate, s.steps, batch_size=s.batch_size, seed=s.seed,
        clip_norm=s.clip_norm, schedule=s.schedule, callback=after_step, state=state, **decay,
    )  # fmt: skip
    trained = module.views(before["theta"])
    final = {name: trained.get(name, value) for name, value in s.start.items()}
    done = len(losses) - failed
    final_loss = _loss(module, final, s.X, s.T)
    overflow = None
    if failed:
        masks, X, T = _batch(s, before, done)
        overflow = _explained(
            s, {**final, **masks}, before, X, T, done, float(losses[-1]), state.arrays
        )
    elif not math.isfinite(final_loss):
        overflow = _explained(s, final, before, s.X, s.T, done, final_loss, {})
    if record_weights and recorded[-1][0] != done:
        recorded.append((done, before["theta"].copy()))
    numbers = np.arange(len(losses))
    history = History(
        step=numbers,
        epoch=numbers // _per_epoch(len(s.X), s.batch_size),
        losses=losses.copy(),  # not the rest of a long array
        learning_rate=np.array([s.schedule(s.rate, step) for step in range(len(losses))]),
        seconds=np.frombuffer(seconds),
        weight_steps=np.array([number for number, _ in recorded], np.int64),
        weights=_by_name(module, [row for _, row in recorded]),
    )
    return Run(
        history=history,
        initial=s.start,
        final=final,
        initial_loss=_loss(module, s.start, s.X, s.T),
        final_loss=final_loss,
        ended="not finite" if overflow else "stopped" if stopped else "done",
        overflow=overflow,
        accuracy=_accuracy(s.network, module, final, s.data, s.X),
    )


def _finite(numbers: np.ndarray) -> bool:
    """Whether all entries are; their sum says so at once, unless it overflows itself."""
    import numpy as np

    return math.isfinite(float(np.add.reduce(numbers))) or bool(np.isfinite(numbers).all())


def _batch(
    s: _Setting, states: Mapping[str, Any], done: int
) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """The masks, inputs and targets of the step that comes after `done` steps."""
    import numpy as np

    state = s.module.State(s.start)
    np.copyto(state.theta, states["theta"])
    state.step = done
    spare = np.zeros_like(state.theta)
    workspace, X, T = next(s.module.batches(s.start, s.X, s.T, state, spare, s.batch_size, s.seed))
    return {name: workspace.params[name] for name in getattr(s.module, "BY_SAMPLE", ())}, X, T


def _explained(
    s: _Setting,
    params: Mapping[str, Any],
    states: Mapping[str, Any],
    X: np.ndarray,
    T: np.ndarray,
    done: int,
    loss: float,
    after: Mapping[str, Any],
) -> Overflow:
    """What is not finite first; the loss where all before it is, in the plain module."""
    rate = s.schedule(s.rate, done)
    step = Step(done, params, states, X, T, rate, s.weight_decay, s.clip_norm, after)
    found = first_overflow(s.network, s.optimizer, s.module, step)
    if found is not None:
        return found
    derivation = pipeline.derive(s.network)
    name = derivation.graph.loss
    return Overflow(done, name, (), str(loss), str(derivation.line(name)))


def _loss(
    module: ModuleType, params: Mapping[str, np.ndarray], X: np.ndarray, T: np.ndarray
) -> float:
    """The loss over all samples; the sum where each has its own."""
    import numpy as np

    return float(np.sum(module.loss(dict(params), X, T)))


def _accuracy(
    network: Network,
    module: ModuleType,
    params: Mapping[str, np.ndarray],
    data: Dataset,
    X: np.ndarray,
) -> float | None:
    """The share of samples whose class is that of the largest output.

    One output stands for class 1 above 0.5, or above 0 where the loss applies the sigmoid.
    """
    import numpy as np

    classes = class_targets(data, network)
    if classes is None:
        return None
    outputs = module.forward(dict(params), X)
    if outputs.shape[1] > 1:
        found = outputs.argmax(axis=1)
    elif classes.max() > 1:
        return None
    else:
        found = outputs[:, 0] > (0.0 if network.loss_row.contains == "sigmoid" else 0.5)
    return float(np.mean(found == classes))


def _by_name(module: ModuleType, rows: list[np.ndarray]) -> dict[str, np.ndarray]:
    """The parameters in some copies of theta, with the copies as the first axis."""
    import numpy as np

    if not rows:
        return {}
    every = [module.views(row) for row in rows]
    return {name: np.stack([views[name] for views in every]) for name in every[0]}


def _per_epoch(samples: int, batch_size: int | None) -> int:
    return 1 if batch_size is None else -(-samples // batch_size)


def step_count(steps: int | None, epochs: int | None, samples: int, batch_size: int | None) -> int:
    """How many steps a run takes.

    Raises:
        SpecError: both are given, or one is out of range.

    >>> step_count(None, 2, 10, 4), step_count(None, None, 10, None)
    (6, 1000)
    """
    if batch_size is not None:
        whole_number(batch_size, "--batch-size", most=samples)
    if steps is not None and epochs is not None:
        raise SpecError("--epochs", "given together with --steps", "Give one of the two.")
    if epochs is None:
        return whole_number(STEPS if steps is None else steps, "--steps", most=MOST_STEPS)
    per_epoch = _per_epoch(samples, batch_size)
    return per_epoch * whole_number(epochs, "--epochs", most=MOST_STEPS // per_epoch)


def _check_schedule(schedule: Schedule, rate: float, steps: int) -> None:
    """Raise the error for a learning rate that becomes inf: every row grows, falls or is bounded.

    Raises:
        SpecError: the last one is not finite.
    """
    try:
        last = schedule(rate, steps - 1)
    except OverflowError:
        last = math.inf
    if not math.isfinite(last):
        found = f"the learning rate is {last} after {steps - 1} steps"
        raise SpecError("--schedule", found, "Take a smaller gamma, or fewer steps.")


def _number(where: str, value: float | None, least: float | None = None) -> None:
    """Raise the error for a number that must be above 0, or at least `least`."""
    if value is None:
        return
    bound = "above 0" if least is None else f"of at least {least:g}"
    number = not isinstance(value, bool) and isinstance(value, int | float)
    if (
        not number
        or not math.isfinite(value)
        or value < (least or 0)
        or (least is None and value == 0)
    ):
        found = f"found {shown(value)}, expected a finite number {bound}"
        raise SpecError(where, found, f"Write {where} 0.1, say.")
