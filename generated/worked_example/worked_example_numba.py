"""worked_example: One step of a 2-2-2 network, by hand.

Loss: half_sse, sum; targets are values.

Layers:
    inputs 2
    dense 2, sigmoid
    dense 2, sigmoid

Weights by name, one sample, compiled by numba when they are first called. `forward`,
`loss`, `loss_and_gradients` and `train` take floats; `sweep` trains many runs in
parallel, and there each weight, input, target and learning rate may be an array with a
number a run. In brackets the number of the line of the derivation.
"""

import os
from collections.abc import Sequence
from math import exp

import numpy as np

try:
    import numba
    from numba import njit, prange
except ImportError as error:
    raise ImportError("this module needs numba; run: pip install numba") from error

Array = np.ndarray
Floats = tuple[float, ...]
Values = Sequence[float | Array]  # by name: each a number, or an array with one a run

WEIGHTS = ("w1", "w2", "w3", "w4", "w5", "w6", "w7", "w8")
TRAINED = ("w1", "w2", "w3", "w4", "w5", "w6", "w7", "w8")
INPUTS = ("x1", "x2")
TARGETS = ("y1", "y2")
OUTPUTS = ("out_o1", "out_o2")
# As IEEE arithmetic has it: infinity and NaN, no exceptions, nothing reordered.
COMPILE = njit(error_model="numpy", fastmath=False, cache=True)
COMPILE_RUNS = njit(error_model="numpy", fastmath=False, cache=True, parallel=True)


@COMPILE
def _forward(w: Floats, x: Floats) -> Floats:
    """Return the network's outputs out_o1, out_o2."""
    w1, w2, w3, w4, w5, w6, w7, w8 = w
    x1, x2 = x
    net_h1 = w1 * x1 + w3 * x2  # [1]
    net_h2 = w2 * x1 + w4 * x2  # [1]
    out_h1 = 1 / (1 + exp(-net_h1))  # [2]
    out_h2 = 1 / (1 + exp(-net_h2))  # [2]
    net_o1 = w5 * out_h1 + w7 * out_h2  # [3]
    net_o2 = w6 * out_h1 + w8 * out_h2  # [3]
    out_o1 = 1 / (1 + exp(-net_o1))  # [4]
    out_o2 = 1 / (1 + exp(-net_o2))  # [4]
    return out_o1, out_o2


@COMPILE
def _loss_and_gradients(w: Floats, x: Floats, y: Floats) -> tuple[float, Floats]:
    """Return the loss E and its gradient by each trained number, in the order of TRAINED."""
    w1, w2, w3, w4, w5, w6, w7, w8 = w
    x1, x2 = x
    y1, y2 = y
    net_h1 = w1 * x1 + w3 * x2  # [1]
    net_h2 = w2 * x1 + w4 * x2  # [1]
    out_h1 = 1 / (1 + exp(-net_h1))  # [2]
    out_h2 = 1 / (1 + exp(-net_h2))  # [2]
    net_o1 = w5 * out_h1 + w7 * out_h2  # [3]
    net_o2 = w6 * out_h1 + w8 * out_h2  # [3]
    out_o1 = 1 / (1 + exp(-net_o1))  # [4]
    out_o2 = 1 / (1 + exp(-net_o2))  # [4]
    E = (out_o1 - y1) * (out_o1 - y1) / 2 + (out_o2 - y2) * (out_o2 - y2) / 2  # [5]
    delta_o1 = (out_o1 - y1) * out_o1 * (1 - out_o1)  # [6]
    delta_o2 = (out_o2 - y2) * out_o2 * (1 - out_o2)  # [6]
    dw5 = delta_o1 * out_h1  # [7]
    dw7 = delta_o1 * out_h2  # [7]
    dw6 = delta_o2 * out_h1  # [7]
    dw8 = delta_o2 * out_h2  # [7]
    delta_h1 = (delta_o1 * w5 + delta_o2 * w6) * out_h1 * (1 - out_h1)  # [8]
    delta_h2 = (delta_o1 * w7 + delta_o2 * w8) * out_h2 * (1 - out_h2)  # [8]
    dw1 = delta_h1 * x1  # [9]
    dw3 = delta_h1 * x2  # [9]
    dw2 = delta_h2 * x1  # [9]
    dw4 = delta_h2 * x2  # [9]
    return E, (dw1, dw2, dw3, dw4, dw5, dw6, dw7, dw8)


@COMPILE
def train_step(
    w: Floats, x: Floats, y: Floats, learning_rate: float
) -> tuple[float, Floats]:
    """Return the loss E and the numbers after a step down from there; nothing is checked."""
    w1, w2, w3, w4, w5, w6, w7, w8 = w
    x1, x2 = x
    y1, y2 = y
    net_h1 = w1 * x1 + w3 * x2  # [1]
    net_h2 = w2 * x1 + w4 * x2  # [1]
    out_h1 = 1 / (1 + exp(-net_h1))  # [2]
    out_h2 = 1 / (1 + exp(-net_h2))  # [2]
    net_o1 = w5 * out_h1 + w7 * out_h2  # [3]
    net_o2 = w6 * out_h1 + w8 * out_h2  # [3]
    out_o1 = 1 / (1 + exp(-net_o1))  # [4]
    out_o2 = 1 / (1 + exp(-net_o2))  # [4]
    E = (out_o1 - y1) * (out_o1 - y1) / 2 + (out_o2 - y2) * (out_o2 - y2) / 2  # [5]
    delta_o1 = (out_o1 - y1) * out_o1 * (1 - out_o1)  # [6]
    delta_o2 = (out_o2 - y2) * out_o2 * (1 - out_o2)  # [6]
    dw5 = delta_o1 * out_h1  # [7]
    dw7 = delta_o1 * out_h2  # [7]
    dw6 = delta_o2 * out_h1  # [7]
    dw8 = delta_o2 * out_h2  # [7]
    delta_h1 = (delta_o1 * w5 + delta_o2 * w6) * out_h1 * (1 - out_h1)  # [8]
    delta_h2 = (delta_o1 * w7 + delta_o2 * w8) * out_h2 * (1 - out_h2)  # [8]
    dw1 = delta_h1 * x1  # [9]
    dw3 = delta_h1 * x2  # [9]
    dw2 = delta_h2 * x1  # [9]
    dw4 = delta_h2 * x2  # [9]
    return E, (
        w1 - learning_rate * dw1,
        w2 - learning_rate * dw2,
        w3 - learning_rate * dw3,
        w4 - learning_rate * dw4,
        w5 - learning_rate * dw5,
        w6 - learning_rate * dw6,
        w7 - learning_rate * dw7,
        w8 - learning_rate * dw8,
    )


@COMPILE
def _train(
    w: Floats, x: Floats, y: Floats, learning_rate: float, losses: Array
) -> Floats:
    """Return the numbers after a step for each loss, which is left in losses."""
    for step in range(len(losses)):
        losses[step], w = train_step(w, x, y, learning_rate)
    return w


@COMPILE_RUNS
def _gradients_of_runs(w: Array, x: Array, y: Array, losses: Array, dw: Array) -> None:
    """Leave the loss of every run in losses, and its gradients in dw."""
    for run in prange(len(losses)):
        numbers = (
            w[0, run],
            w[1, run],
            w[2, run],
            w[3, run],
            w[4, run],
            w[5, run],
            w[6, run],
            w[7, run],
        )
        inputs = (x[0, run], x[1, run])
        targets = (y[0, run], y[1, run])
        losses[run], gradients = _loss_and_gradients(numbers, inputs, targets)
        for k, gradient in enumerate(gradients):
            dw[k, run] = gradient


@COMPILE_RUNS
def _sweep(
    w: Array, x: Array, y: Array, rate: Array, steps: int, losses: Array
) -> None:
    """Train every run: w is written over, and losses with those of the last steps."""
    for run in prange(len(rate)):
        numbers = (
            w[0, run],
            w[1, run],
            w[2, run],
            w[3, run],
            w[4, run],
            w[5, run],
            w[6, run],
            w[7, run],
        )
        inputs = (x[0, run], x[1, run])
        targets = (y[0, run], y[1, run])
        first = steps - len(losses)
        for step in range(steps):
            E, numbers = train_step(numbers, inputs, targets, rate[run])
            if step >= first:
                losses[step - first, run] = E
        for k, number in enumerate(numbers):
            w[k, run] = number


def forward(w: Floats, x: Floats) -> Floats:
    """Return the network's outputs out_o1, out_o2."""
    return _forward(*floats(w, x))


def loss(w: Floats, x: Floats, y: Floats) -> float:
    """Return the loss E of one sample."""
    return _loss_and_gradients(*floats(w, x, y))[0]


def loss_and_gradients(w: Floats, x: Floats, y: Floats) -> tuple[float, Floats]:
    """Return the loss E and its gradient by each trained number, in the order of TRAINED."""
    return _loss_and_gradients(*floats(w, x, y))


def train(
    w: Floats, x: Floats, y: Floats, learning_rate: float, steps: int
) -> tuple[Floats, list[float]]:
    """Return the numbers after `steps` steps, and the loss before each."""
    whole("steps", steps, 0)
    losses = np.empty(steps)
    after = _train(*floats(w, x, y), float(learning_rate), losses)
    return after, losses.tolist()


def losses_and_gradients(w: Values, x: Values, y: Values) -> tuple[Array, Array]:
    """Return the loss of every run, and the gradients with a row for each of TRAINED."""
    w, x, y, rate = runs(w, x, y, 1.0)
    losses, dw = np.empty(len(rate)), np.empty((len(TRAINED), len(rate)))
    _gradients_of_runs(w, x, y, losses, dw)
    return losses, dw


def sweep(
    w: Values,
    x: Values,
    y: Values,
    learning_rate: float | Array,
    steps: int,
    record: int = 1,
    chunk: int | None = None,
    workers: int | None = None,
    dtype: type[np.floating] = np.float64,
) -> tuple[Array, Array]:
    """Train R runs in parallel; which numbers are arrays of R runs, and which not, is free.

    Args:
        w, x, y: By name, in the order of WEIGHTS, INPUTS and TARGETS.
        learning_rate: A number, or an array of runs.
        steps: Of gradient descent.
        record: The losses before each of the last so many steps are returned.
        chunk: Runs that a thread takes at once; None gives each thread an equal share.
            It changes the time only, no bit of the result.
        workers: Threads, at most NUMBA_NUM_THREADS; None takes one for each core. As
            little as chunk does it change the result.
        dtype: Of the result, np.float64 or np.float32; it is computed in float64.

    Returns:
        The numbers after the steps, (len(WEIGHTS), R), and the losses, (record, R).
    """
    w, x, y, rate = runs(w, x, y, learning_rate)
    workers = os.cpu_count() or 1 if workers is None else workers
    whole("steps", steps, 0)
    whole("record", record, 0, max(steps, 1))
    whole("workers", workers, 1)
    whole("chunk", 1 if chunk is None else chunk, 1)
    if dtype not in (np.float32, np.float64):
        raise TypeError(f"results of {dtype}, expected float32 or float64")
    losses = np.empty((min(record, steps), len(rate)))
    threads = numba.get_num_threads()
    numba.set_num_threads(min(workers, numba.config.NUMBA_NUM_THREADS))
    try:
        with numba.parallel_chunksize(chunk or 0):
            _sweep(w, x, y, rate, steps, losses)
    finally:
        numba.set_num_threads(threads)
    return w.astype(dtype), losses.astype(dtype)


def runs(
    w: Values,
    x: Values,
    y: Values,
    learning_rate: float | Array,
    dtype: type[np.floating] = np.float64,
) -> tuple[Array, Array, Array, Array]:
    """Return everything with a number a run: (names, R) each, and learning rates (R,).

    Raises:
        ValueError: a name is missing, or arrays are of different numbers of runs.
        TypeError: a value is no real number.
    """
    groups = named(w, x, y)
    groups["learning_rate"] = {"learning_rate": learning_rate}
    found: dict[str, list[Array]] = {}
    R, first = 1, ""
    for variable, group in groups.items():
        found[variable] = []
        for name, value in group.items():
            array = np.asarray(value)
            if array.dtype.kind not in "fiu":
                raise TypeError(f"{name} is of {array.dtype}, expected real numbers")
            if array.ndim > 1 or array.size == 0:
                raise ValueError(
                    f"{name} has shape {array.shape}, expected a number or one for each run"
                )
            if array.ndim and not first:
                R, first = len(array), name
            if array.ndim and len(array) != R:
                raise ValueError(f"{name} has {len(array)} runs, but {first} has {R}")
            found[variable].append(array)
    made = []
    for arrays in found.values():
        made.append(np.empty((len(arrays), R), dtype))
        for row, array in zip(made[-1], arrays, strict=True):
            row[...] = array
    return made[0], made[1], made[2], made[3][0]


def named(*groups: Sequence) -> dict[str, dict]:
    """Return w, x and y, or the first of them, by the names of their numbers.

    Raises:
        ValueError: there are too few or too many.
    """
    found = {}
    names = {"w": WEIGHTS, "x": INPUTS, "y": TARGETS}
    for (variable, wanted), values in zip(names.items(), groups, strict=False):
        if len(values) != len(wanted):
            text = f"{variable} has {len(values)} numbers, expected {len(wanted)}"
            raise ValueError(f"{text}: {wanted[0]} .. {wanted[-1]}")
        found[variable] = dict(zip(wanted, values, strict=True))
    return found


def floats(*groups: Sequence[float]) -> tuple[Floats, ...]:
    """Return w, x and y, or the first of them, as floats.

    Raises:
        ValueError: there are too few or too many.
        TypeError: one is no number.
    """
    for group in named(*groups).values():
        for name, value in group.items():
            if not isinstance(value, (int, float, np.floating, np.integer)):
                kind = type(value).__name__
                raise TypeError(f"{name} is {kind}, expected a number; see sweep")
    return tuple(tuple(map(float, group)) for group in groups)


def whole(name: str, value: int, least: int, most: int | None = None) -> None:
    """Raise an error unless a value is a whole number in a range.

    Raises:
        TypeError: it is no whole number.
        ValueError: it is out of range.
    """
    if not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} is {value!r}, expected a whole number")
    if value < least or (most is not None and value > most):
        upto = f"at least {least}" if most is None else f"{least} to {most}"
        raise ValueError(f"{name} is {value}, expected {upto}")


def example() -> tuple[Floats, Floats, Floats, float]:
    """Return w, x, y and learning rate of the worked numbers."""
    w = (0.2, -0.4, 0.5, 0.6, 0.1, -0.5, -0.3, 0.8)
    x = (0.5, 0.3)
    y = (0.23, -0.07)
    return w, x, y, 1.0


def main() -> None:
    """Print the worked numbers: outputs, loss, gradients, one step."""
    w, x, y, learning_rate = example()
    E, dw = loss_and_gradients(w, x, y)
    _, after = train_step(w, x, y, learning_rate)
    for name, value in zip(OUTPUTS, forward(w, x), strict=True):
        print(f"{name} = {value:.10g}")
    print(f"E = {E:.10g}")
    for name, value in zip(TRAINED, dw, strict=True):
        print(f"d{name} = {value:.10g}")
    for name, value in zip(WEIGHTS, after, strict=True):
        if name in TRAINED:
            print(f"{name} after one step = {value:.10g}")


if __name__ == "__main__":
    main()
