"""batch_norm_inference: Batch norm with running mean and variance.

Loss: mse, mean; targets are values.

Layers:
    inputs 2
    dense 2, identity
    bias
    batchnorm inference

Weights by name, one sample. `forward`, `loss`, `loss_and_gradients` and `train` take
floats; `sweep` trains many runs at once, and there each weight, input, target and
learning rate may be an array with a number a run. In brackets the number of the line
of the derivation.
"""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

Array = np.ndarray
Floats = tuple[float, ...]
Values = Sequence[float | Array]  # by name: each a number, or an array with one a run

WEIGHTS = (
    "w1",
    "w2",
    "w3",
    "w4",
    "b2_1",
    "b2_2",
    "gamma3_1",
    "gamma3_2",
    "beta3_1",
    "beta3_2",
    "mean3_1",
    "mean3_2",
    "var3_1",
    "var3_2",
)
TRAINED = (
    "w1",
    "w2",
    "w3",
    "w4",
    "b2_1",
    "b2_2",
    "gamma3_1",
    "gamma3_2",
    "beta3_1",
    "beta3_2",
)
INPUTS = ("x1", "x2")
TARGETS = ("y1", "y2")
OUTPUTS = ("Y3_1", "Y3_2")
CACHE = 2**19  # bytes that the arrays of a chunk of runs may take: those of an L2 cache
LEAST = 256  # runs of a chunk, however many arrays there are
ARRAYS = 34  # of an `Ensemble`


def divide(a: float, b: float) -> float:
    """Return a / b, infinity or NaN where b is 0."""
    try:
        return a / b
    except ZeroDivisionError:
        return math.copysign(math.inf, b) * a if a else math.nan


def sqrt(x: float) -> float:
    """Return the square root, NaN below 0."""
    try:
        return math.sqrt(x)
    except ValueError:
        return math.nan


def forward(w: Floats, x: Floats) -> Floats:
    """Return the network's outputs Y3_1, Y3_2."""
    w, x = floats(w, x)
    (
        w1,
        w2,
        w3,
        w4,
        b2_1,
        b2_2,
        gamma3_1,
        gamma3_2,
        beta3_1,
        beta3_2,
        mean3_1,
        mean3_2,
        var3_1,
        var3_2,
    ) = w
    x1, x2 = x
    net_o1 = w1 * x1 + w3 * x2  # [1]
    net_o2 = w2 * x1 + w4 * x2  # [1]
    Y2_1 = b2_1 + net_o1  # [2]
    Y2_2 = b2_2 + net_o2  # [2]
    sigma3_1 = sqrt(var3_1 + 1e-05)  # [3]
    sigma3_2 = sqrt(var3_2 + 1e-05)  # [3]
    xhat3_1 = divide(Y2_1 - mean3_1, sigma3_1)  # [4]
    xhat3_2 = divide(Y2_2 - mean3_2, sigma3_2)  # [4]
    Y3_1 = gamma3_1 * xhat3_1 + beta3_1  # [5]
    Y3_2 = gamma3_2 * xhat3_2 + beta3_2  # [5]
    return Y3_1, Y3_2


def loss(w: Floats, x: Floats, y: Floats) -> float:
    """Return the loss E of one sample."""
    w, x, y = floats(w, x, y)
    Y3_1, Y3_2 = forward(w, x)
    y1, y2 = y
    E = (Y3_1 - y1) * (Y3_1 - y1) / 2 + (Y3_2 - y2) * (Y3_2 - y2) / 2  # [6]
    return E


def loss_and_gradients(w: Floats, x: Floats, y: Floats) -> tuple[float, Floats]:
    """Return the loss E and its gradient by each trained number, in the order of TRAINED."""
    w, x, y = floats(w, x, y)
    (
        w1,
        w2,
        w3,
        w4,
        b2_1,
        b2_2,
        gamma3_1,
        gamma3_2,
        beta3_1,
        beta3_2,
        mean3_1,
        mean3_2,
        var3_1,
        var3_2,
    ) = w
    x1, x2 = x
    y1, y2 = y
    net_o1 = w1 * x1 + w3 * x2  # [1]
    net_o2 = w2 * x1 + w4 * x2  # [1]
    Y2_1 = b2_1 + net_o1  # [2]
    Y2_2 = b2_2 + net_o2  # [2]
    sigma3_1 = sqrt(var3_1 + 1e-05)  # [3]
    sigma3_2 = sqrt(var3_2 + 1e-05)  # [3]
    xhat3_1 = divide(Y2_1 - mean3_1, sigma3_1)  # [4]
    xhat3_2 = divide(Y2_2 - mean3_2, sigma3_2)  # [4]
    Y3_1 = gamma3_1 * xhat3_1 + beta3_1  # [5]
    Y3_2 = gamma3_2 * xhat3_2 + beta3_2  # [5]
    E = (Y3_1 - y1) * (Y3_1 - y1) / 2 + (Y3_2 - y2) * (Y3_2 - y2) / 2  # [6]
    dY3_1 = Y3_1 - y1  # [7]
    dY3_2 = Y3_2 - y2  # [7]
    dgamma3_1 = dY3_1 * xhat3_1  # [8]
    dgamma3_2 = dY3_2 * xhat3_2  # [8]
    dbeta3_1 = dY3_1  # [9]
    dbeta3_2 = dY3_2  # [9]
    dY2_1 = divide(dY3_1 * gamma3_1, sigma3_1)  # [10]
    dY2_2 = divide(dY3_2 * gamma3_2, sigma3_2)  # [10]
    db2_1 = dY2_1  # [11]
    db2_2 = dY2_2  # [11]
    delta_o1 = dY2_1  # [12]
    delta_o2 = dY2_2  # [12]
    dw1 = delta_o1 * x1  # [13]
    dw3 = delta_o1 * x2  # [13]
    dw2 = delta_o2 * x1  # [13]
    dw4 = delta_o2 * x2  # [13]
    return E, (
        dw1,
        dw2,
        dw3,
        dw4,
        db2_1,
        db2_2,
        dgamma3_1,
        dgamma3_2,
        dbeta3_1,
        dbeta3_2,
    )


def train_step(
    w: Floats, x: Floats, y: Floats, learning_rate: float
) -> tuple[float, Floats]:
    """Return the loss E and the numbers after a step down from there; nothing is checked."""
    (
        w1,
        w2,
        w3,
        w4,
        b2_1,
        b2_2,
        gamma3_1,
        gamma3_2,
        beta3_1,
        beta3_2,
        mean3_1,
        mean3_2,
        var3_1,
        var3_2,
    ) = w
    x1, x2 = x
    y1, y2 = y
    net_o1 = w1 * x1 + w3 * x2  # [1]
    net_o2 = w2 * x1 + w4 * x2  # [1]
    Y2_1 = b2_1 + net_o1  # [2]
    Y2_2 = b2_2 + net_o2  # [2]
    sigma3_1 = sqrt(var3_1 + 1e-05)  # [3]
    sigma3_2 = sqrt(var3_2 + 1e-05)  # [3]
    xhat3_1 = divide(Y2_1 - mean3_1, sigma3_1)  # [4]
    xhat3_2 = divide(Y2_2 - mean3_2, sigma3_2)  # [4]
    Y3_1 = gamma3_1 * xhat3_1 + beta3_1  # [5]
    Y3_2 = gamma3_2 * xhat3_2 + beta3_2  # [5]
    E = (Y3_1 - y1) * (Y3_1 - y1) / 2 + (Y3_2 - y2) * (Y3_2 - y2) / 2  # [6]
    dY3_1 = Y3_1 - y1  # [7]
    dY3_2 = Y3_2 - y2  # [7]
    dgamma3_1 = dY3_1 * xhat3_1  # [8]
    dgamma3_2 = dY3_2 * xhat3_2  # [8]
    dbeta3_1 = dY3_1  # [9]
    dbeta3_2 = dY3_2  # [9]
    dY2_1 = divide(dY3_1 * gamma3_1, sigma3_1)  # [10]
    dY2_2 = divide(dY3_2 * gamma3_2, sigma3_2)  # [10]
    db2_1 = dY2_1  # [11]
    db2_2 = dY2_2  # [11]
    delta_o1 = dY2_1  # [12]
    delta_o2 = dY2_2  # [12]
    dw1 = delta_o1 * x1  # [13]
    dw3 = delta_o1 * x2  # [13]
    dw2 = delta_o2 * x1  # [13]
    dw4 = delta_o2 * x2  # [13]
    return E, (
        w1 - learning_rate * dw1,
        w2 - learning_rate * dw2,
        w3 - learning_rate * dw3,
        w4 - learning_rate * dw4,
        b2_1 - learning_rate * db2_1,
        b2_2 - learning_rate * db2_2,
        gamma3_1 - learning_rate * dgamma3_1,
        gamma3_2 - learning_rate * dgamma3_2,
        beta3_1 - learning_rate * dbeta3_1,
        beta3_2 - learning_rate * dbeta3_2,
        mean3_1,
        mean3_2,
        var3_1,
        var3_2,
    )


def train(
    w: Floats, x: Floats, y: Floats, learning_rate: float, steps: int
) -> tuple[Floats, list[float]]:
    """Return the numbers after `steps` steps, and the loss before each."""
    w, x, y = floats(w, x, y)
    whole("steps", steps, 0)
    losses = []
    for _ in range(steps):
        E, w = train_step(w, x, y, learning_rate)
        losses.append(E)
    return w, losses


class Ensemble:
    """Every array of a training step of R runs, made once; each name is an array of runs.

    w has a row for each of WEIGHTS and dw for each of TRAINED. What flows back is
    multiplied by `seed`: with -learning_rate, dw is what is added to w.
    """

    def __init__(self, R: int, dtype: type[np.floating] = np.float64) -> None:
        if dtype not in (np.float32, np.float64):
            raise TypeError(f"an ensemble of {dtype}, expected float32 or float64")
        self.w = np.zeros((len(WEIGHTS), R), dtype)
        self.dw = np.zeros((len(TRAINED), R), dtype)
        self.x = np.zeros((len(INPUTS), R), dtype)
        self.y = np.zeros((len(TARGETS), R), dtype)
        self.seed = np.ones(R, dtype)
        self.trained = self.w[: len(TRAINED)]
        (
            self.w1,
            self.w2,
            self.w3,
            self.w4,
            self.b2_1,
            self.b2_2,
            self.gamma3_1,
            self.gamma3_2,
            self.beta3_1,
            self.beta3_2,
            self.mean3_1,
            self.mean3_2,
            self.var3_1,
            self.var3_2,
        ) = self.w
        (
            self.dw1,
            self.dw2,
            self.dw3,
            self.dw4,
            self.db2_1,
            self.db2_2,
            self.dgamma3_1,
            self.dgamma3_2,
            self.dbeta3_1,
            self.dbeta3_2,
        ) = self.dw
        self.x1, self.x2 = self.x
        self.y1, self.y2 = self.y
        # numbers
        self.c1 = np.full((), 1e-05, dtype)
        self.two = np.full((), 2, dtype)
        # values on the way
        self.net_o1 = np.empty((R,), dtype)
        self.Y2_1 = self.net_o1  # in the same place
        self.xhat3_1 = self.net_o1  # in the same place
        self.net_o1_part = np.empty((R,), dtype)
        self.net_o2 = self.net_o1_part  # in the same place
        self.Y2_2 = self.net_o1_part  # in the same place
        self.xhat3_2 = self.net_o1_part  # in the same place
        self.dY2_1_part = self.net_o1_part  # in the same place
        self.dY2_2_part = self.net_o1_part  # in the same place
        self.net_o2_part = np.empty((R,), dtype)
        self.sigma3_1 = self.net_o2_part  # in the same place
        self.sigma3_2 = np.empty((R,), dtype)
        self.Y3_1 = np.empty((R,), dtype)
        self.dY3_1_part = self.Y3_1  # in the same place
        self.E = self.Y3_1  # in the same place
        self.Y3_2 = np.empty((R,), dtype)
        self.dY3_2_part = self.Y3_2  # in the same place
        self.E_part = self.Y3_2  # in the same place
        self.dY3_1 = self.dbeta3_1  # in the same place
        self.dY3_2 = self.dbeta3_2  # in the same place
        self.dY2_1 = self.db2_1  # in the same place
        self.dY2_2 = self.db2_2  # in the same place

    def load(self, w: Array, x: Array, y: Array) -> None:
        """Take over numbers, inputs and targets: a row for each name, (names, R)."""
        for mine, given in ((self.w, w), (self.x, x), (self.y, y)):
            np.copyto(mine, given)


def gradient_pass(ws: Ensemble) -> None:
    """Leave ws.seed times the gradients of every run in ws.dw."""
    w1 = ws.w1
    x1 = ws.x1
    net_o1 = ws.net_o1
    w3 = ws.w3
    x2 = ws.x2
    net_o1_part = ws.net_o1_part
    w2 = ws.w2
    net_o2 = ws.net_o2
    w4 = ws.w4
    net_o2_part = ws.net_o2_part
    b2_1 = ws.b2_1
    Y2_1 = ws.Y2_1
    b2_2 = ws.b2_2
    Y2_2 = ws.Y2_2
    var3_1 = ws.var3_1
    c1 = ws.c1
    sigma3_1 = ws.sigma3_1
    var3_2 = ws.var3_2
    sigma3_2 = ws.sigma3_2
    mean3_1 = ws.mean3_1
    xhat3_1 = ws.xhat3_1
    mean3_2 = ws.mean3_2
    xhat3_2 = ws.xhat3_2
    gamma3_1 = ws.gamma3_1
    Y3_1 = ws.Y3_1
    beta3_1 = ws.beta3_1
    gamma3_2 = ws.gamma3_2
    Y3_2 = ws.Y3_2
    beta3_2 = ws.beta3_2
    y1 = ws.y1
    dY3_1_part = ws.dY3_1_part
    seed = ws.seed
    dY3_1 = ws.dY3_1
    y2 = ws.y2
    dY3_2_part = ws.dY3_2_part
    dY3_2 = ws.dY3_2
    dgamma3_1 = ws.dgamma3_1
    dgamma3_2 = ws.dgamma3_2
    dY2_1_part = ws.dY2_1_part
    dY2_1 = ws.dY2_1
    dY2_2_part = ws.dY2_2_part
    dY2_2 = ws.dY2_2
    dw1 = ws.dw1
    dw3 = ws.dw3
    dw2 = ws.dw2
    dw4 = ws.dw4
    # net_o1 = w1 * x1 + w3 * x2  (R,) [1]
    np.multiply(w1, x1, out=net_o1)
    np.multiply(w3, x2, out=net_o1_part)
    np.add(net_o1, net_o1_part, out=net_o1)
    # net_o2 = w2 * x1 + w4 * x2  (R,) [1]
    np.multiply(w2, x1, out=net_o2)
    np.multiply(w4, x2, out=net_o2_part)
    np.add(net_o2, net_o2_part, out=net_o2)
    np.add(b2_1, net_o1, out=Y2_1)  # (R,) [2]
    np.add(b2_2, net_o2, out=Y2_2)  # (R,) [2]
    # sigma3_1 = np.sqrt(var3_1 + 1e-05)  (R,) [3]
    np.add(var3_1, c1, out=sigma3_1)
    np.sqrt(sigma3_1, out=sigma3_1)
    # sigma3_2 = np.sqrt(var3_2 + 1e-05)  (R,) [3]
    np.add(var3_2, c1, out=sigma3_2)
    np.sqrt(sigma3_2, out=sigma3_2)
    # xhat3_1 = (Y2_1 - mean3_1) / sigma3_1  (R,) [4]
    np.subtract(Y2_1, mean3_1, out=xhat3_1)
    np.divide(xhat3_1, sigma3_1, out=xhat3_1)
    # xhat3_2 = (Y2_2 - mean3_2) / sigma3_2  (R,) [4]
    np.subtract(Y2_2, mean3_2, out=xhat3_2)
    np.divide(xhat3_2, sigma3_2, out=xhat3_2)
    # Y3_1 = gamma3_1 * xhat3_1 + beta3_1  (R,) [5]
    np.multiply(gamma3_1, xhat3_1, out=Y3_1)
    np.add(Y3_1, beta3_1, out=Y3_1)
    # Y3_2 = gamma3_2 * xhat3_2 + beta3_2  (R,) [5]
    np.multiply(gamma3_2, xhat3_2, out=Y3_2)
    np.add(Y3_2, beta3_2, out=Y3_2)
    # dY3_1 = (Y3_1 - y1) * seed  (R,) [7]
    np.subtract(Y3_1, y1, out=dY3_1_part)
    np.multiply(dY3_1_part, seed, out=dY3_1)
    # dY3_2 = (Y3_2 - y2) * seed  (R,) [7]
    np.subtract(Y3_2, y2, out=dY3_2_part)
    np.multiply(dY3_2_part, seed, out=dY3_2)
    np.multiply(dY3_1, xhat3_1, out=dgamma3_1)  # (R,) [8]
    np.multiply(dY3_2, xhat3_2, out=dgamma3_2)  # (R,) [8]
    # dY2_1 = dY3_1 * gamma3_1 / sigma3_1  (R,) [10]
    np.multiply(dY3_1, gamma3_1, out=dY2_1_part)
    np.divide(dY2_1_part, sigma3_1, out=dY2_1)
    # dY2_2 = dY3_2 * gamma3_2 / sigma3_2  (R,) [10]
    np.multiply(dY3_2, gamma3_2, out=dY2_2_part)
    np.divide(dY2_2_part, sigma3_2, out=dY2_2)
    np.multiply(dY2_1, x1, out=dw1)  # (R,) [13]
    np.multiply(dY2_1, x2, out=dw3)  # (R,) [13]
    np.multiply(dY2_2, x1, out=dw2)  # (R,) [13]
    np.multiply(dY2_2, x2, out=dw4)  # (R,) [13]


def loss_pass(ws: Ensemble) -> Array:
    """Return the loss E of every run, after a gradient pass."""
    dY3_1_part = ws.dY3_1_part
    E = ws.E
    two = ws.two
    dY3_2_part = ws.dY3_2_part
    E_part = ws.E_part
    # E = (Y3_1 - y1) ** 2 / 2 + (Y3_2 - y2) ** 2 / 2  (R,) [6]
    np.square(dY3_1_part, out=E)
    np.divide(E, two, out=E)
    np.square(dY3_2_part, out=E_part)
    np.divide(E_part, two, out=E_part)
    np.add(E, E_part, out=E)
    return E


def losses_and_gradients(w: Values, x: Values, y: Values) -> tuple[Array, Array]:
    """Return the loss of every run, and the gradients with a row for each of TRAINED."""
    w, x, y, rate = runs(w, x, y, 1.0)
    ws = Ensemble(len(rate))
    ws.load(w, x, y)
    with np.errstate(all="ignore"):
        gradient_pass(ws)
        return loss_pass(ws), ws.dw


def sweep(
    w: Values,
    x: Values,
    y: Values,
    learning_rate: float | Array,
    steps: int,
    record: int = 1,
    chunk: int | None = None,
    workers: int = 1,
    dtype: type[np.floating] = np.float64,
) -> tuple[Array, Array]:
    """Train R runs at once; which numbers are arrays of R runs, and which not, is free.

    Args:
        w, x, y: By name, in the order of WEIGHTS, INPUTS and TARGETS.
        learning_rate: A number, or an array of runs.
        steps: Of gradient descent.
        record: The losses before each of the last so many steps are returned.
        chunk: Runs that are trained together; None takes as many as fit the cache.
            It changes the time only, no bit of the result.
        workers: Threads. They share Python's lock, so more than one pay only where runs
            are many and chunks large. They change no bit of the result either.
        dtype: np.float64 or np.float32.

    Returns:
        The numbers after the steps, (len(WEIGHTS), R), and the losses, (record, R).
    """
    w, x, y, rate = runs(w, x, y, learning_rate, dtype)
    R = len(rate)
    whole("steps", steps, 0)
    whole("record", record, 0, max(steps, 1))
    whole("workers", workers, 1)
    if chunk is None:
        fitting = CACHE // (ARRAYS * np.dtype(dtype).itemsize)
        chunk = min(max(fitting, LEAST), -(-R // workers))
    whole("chunk", chunk, 1)
    record = min(record, steps)
    losses = np.empty((record, R), dtype)

    def train_chunk(start: int) -> None:
        part = np.s_[..., start : start + chunk]
        ws = Ensemble(len(rate[part]), dtype)
        ws.load(w[part], x[part], y[part])
        np.negative(rate[part], out=ws.seed)
        with np.errstate(all="ignore"):
            for step in range(steps):
                gradient_pass(ws)
                if step >= steps - record:
                    losses[step - steps + record][part] = loss_pass(ws)
                np.add(ws.trained, ws.dw, out=ws.trained)
        w[part] = ws.w

    with ThreadPoolExecutor(workers) as pool:
        for _ in pool.map(train_chunk, range(0, R, chunk)):
            pass
    return w, losses


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
    """Return w, x, y and learning rate of the worked numbers, of the first sample."""
    w = (0.2, -0.4, 0.5, 0.6, 0.1, -0.1, 1.0, 1.5, 0.0, 0.25, 0.2, 0.1, 0.09, 0.25)
    x = (0.5, 0.3)
    y = (0.1, 0.9)
    return w, x, y, 0.5


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
