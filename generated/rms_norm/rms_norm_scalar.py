"""rms_norm: RMS norm around a dense layer.

Loss: mse, mean; targets are values.

Layers:
    inputs 4
    rmsnorm
    dense 4, tanh
    rmsnorm
    dense 2, identity

Weights by name, one sample. `forward`, `loss`, `loss_and_gradients` and `train` take
floats; `sweep` trains many runs at once, and there each weight, input, target and
learning rate may be an array with a number a run. In brackets the number of the line
of the derivation.
"""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from math import tanh

import numpy as np

Array = np.ndarray
Floats = tuple[float, ...]
Values = Sequence[float | Array]  # by name: each a number, or an array with one a run

WEIGHTS = (
    "w1",
    "w2",
    "w3",
    "w4",
    "w5",
    "w6",
    "w7",
    "w8",
    "w9",
    "w10",
    "w11",
    "w12",
    "w13",
    "w14",
    "w15",
    "w16",
    "w17",
    "w18",
    "w19",
    "w20",
    "w21",
    "w22",
    "w23",
    "w24",
    "gamma3_1",
    "gamma3_2",
    "gamma3_3",
    "gamma3_4",
)
TRAINED = (
    "w1",
    "w2",
    "w3",
    "w4",
    "w5",
    "w6",
    "w7",
    "w8",
    "w9",
    "w10",
    "w11",
    "w12",
    "w13",
    "w14",
    "w15",
    "w16",
    "w17",
    "w18",
    "w19",
    "w20",
    "w21",
    "w22",
    "w23",
    "w24",
    "gamma3_1",
    "gamma3_2",
    "gamma3_3",
    "gamma3_4",
)
INPUTS = ("x1", "x2", "x3", "x4")
TARGETS = ("y1", "y2")
OUTPUTS = ("net_o1", "net_o2")
CACHE = 2**19  # bytes that the arrays of a chunk of runs may take: those of an L2 cache
LEAST = 256  # runs of a chunk, however many arrays there are
ARRAYS = 88  # of an `Ensemble`


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
    """Return the network's outputs net_o1, net_o2."""
    w, x = floats(w, x)
    (
        w1,
        w2,
        w3,
        w4,
        w5,
        w6,
        w7,
        w8,
        w9,
        w10,
        w11,
        w12,
        w13,
        w14,
        w15,
        w16,
        w17,
        w18,
        w19,
        w20,
        w21,
        w22,
        w23,
        w24,
        gamma3_1,
        gamma3_2,
        gamma3_3,
        gamma3_4,
    ) = w
    x1, x2, x3, x4 = x
    ms1 = x1 * x1 / 4 + x2 * x2 / 4 + x3 * x3 / 4 + x4 * x4 / 4  # [1]
    rms1 = sqrt(ms1 + 1e-05)  # [2]
    xhat1_1 = divide(x1, rms1)  # [3]
    xhat1_2 = divide(x2, rms1)  # [3]
    xhat1_3 = divide(x3, rms1)  # [3]
    xhat1_4 = divide(x4, rms1)  # [3]
    net_h1 = w1 * xhat1_1 + w5 * xhat1_2 + w9 * xhat1_3 + w13 * xhat1_4  # [4]
    net_h2 = w2 * xhat1_1 + w6 * xhat1_2 + w10 * xhat1_3 + w14 * xhat1_4  # [4]
    net_h3 = w3 * xhat1_1 + w7 * xhat1_2 + w11 * xhat1_3 + w15 * xhat1_4  # [4]
    net_h4 = w4 * xhat1_1 + w8 * xhat1_2 + w12 * xhat1_3 + w16 * xhat1_4  # [4]
    out_h1 = tanh(net_h1)  # [5]
    out_h2 = tanh(net_h2)  # [5]
    out_h3 = tanh(net_h3)  # [5]
    out_h4 = tanh(net_h4)  # [5]
    # [6]
    ms3 = (
        out_h1 * out_h1 / 4
        + out_h2 * out_h2 / 4
        + out_h3 * out_h3 / 4
        + out_h4 * out_h4 / 4
    )
    rms3 = sqrt(ms3 + 1e-06)  # [7]
    xhat3_1 = divide(out_h1, rms3)  # [8]
    xhat3_2 = divide(out_h2, rms3)  # [8]
    xhat3_3 = divide(out_h3, rms3)  # [8]
    xhat3_4 = divide(out_h4, rms3)  # [8]
    Y3_1 = gamma3_1 * xhat3_1  # [9]
    Y3_2 = gamma3_2 * xhat3_2  # [9]
    Y3_3 = gamma3_3 * xhat3_3  # [9]
    Y3_4 = gamma3_4 * xhat3_4  # [9]
    net_o1 = w17 * Y3_1 + w19 * Y3_2 + w21 * Y3_3 + w23 * Y3_4  # [10]
    net_o2 = w18 * Y3_1 + w20 * Y3_2 + w22 * Y3_3 + w24 * Y3_4  # [10]
    return net_o1, net_o2


def loss(w: Floats, x: Floats, y: Floats) -> float:
    """Return the loss E of one sample."""
    w, x, y = floats(w, x, y)
    net_o1, net_o2 = forward(w, x)
    y1, y2 = y
    E = (net_o1 - y1) * (net_o1 - y1) / 2 + (net_o2 - y2) * (net_o2 - y2) / 2  # [11]
    return E


def loss_and_gradients(w: Floats, x: Floats, y: Floats) -> tuple[float, Floats]:
    """Return the loss E and its gradient by each trained number, in the order of TRAINED."""
    w, x, y = floats(w, x, y)
    (
        w1,
        w2,
        w3,
        w4,
        w5,
        w6,
        w7,
        w8,
        w9,
        w10,
        w11,
        w12,
        w13,
        w14,
        w15,
        w16,
        w17,
        w18,
        w19,
        w20,
        w21,
        w22,
        w23,
        w24,
        gamma3_1,
        gamma3_2,
        gamma3_3,
        gamma3_4,
    ) = w
    x1, x2, x3, x4 = x
    y1, y2 = y
    ms1 = x1 * x1 / 4 + x2 * x2 / 4 + x3 * x3 / 4 + x4 * x4 / 4  # [1]
    rms1 = sqrt(ms1 + 1e-05)  # [2]
    xhat1_1 = divide(x1, rms1)  # [3]
    xhat1_2 = divide(x2, rms1)  # [3]
    xhat1_3 = divide(x3, rms1)  # [3]
    xhat1_4 = divide(x4, rms1)  # [3]
    net_h1 = w1 * xhat1_1 + w5 * xhat1_2 + w9 * xhat1_3 + w13 * xhat1_4  # [4]
    net_h2 = w2 * xhat1_1 + w6 * xhat1_2 + w10 * xhat1_3 + w14 * xhat1_4  # [4]
    net_h3 = w3 * xhat1_1 + w7 * xhat1_2 + w11 * xhat1_3 + w15 * xhat1_4  # [4]
    net_h4 = w4 * xhat1_1 + w8 * xhat1_2 + w12 * xhat1_3 + w16 * xhat1_4  # [4]
    out_h1 = tanh(net_h1)  # [5]
    out_h2 = tanh(net_h2)  # [5]
    out_h3 = tanh(net_h3)  # [5]
    out_h4 = tanh(net_h4)  # [5]
    # [6]
    ms3 = (
        out_h1 * out_h1 / 4
        + out_h2 * out_h2 / 4
        + out_h3 * out_h3 / 4
        + out_h4 * out_h4 / 4
    )
    rms3 = sqrt(ms3 + 1e-06)  # [7]
    xhat3_1 = divide(out_h1, rms3)  # [8]
    xhat3_2 = divide(out_h2, rms3)  # [8]
    xhat3_3 = divide(out_h3, rms3)  # [8]
    xhat3_4 = divide(out_h4, rms3)  # [8]
    Y3_1 = gamma3_1 * xhat3_1  # [9]
    Y3_2 = gamma3_2 * xhat3_2  # [9]
    Y3_3 = gamma3_3 * xhat3_3  # [9]
    Y3_4 = gamma3_4 * xhat3_4  # [9]
    net_o1 = w17 * Y3_1 + w19 * Y3_2 + w21 * Y3_3 + w23 * Y3_4  # [10]
    net_o2 = w18 * Y3_1 + w20 * Y3_2 + w22 * Y3_3 + w24 * Y3_4  # [10]
    E = (net_o1 - y1) * (net_o1 - y1) / 2 + (net_o2 - y2) * (net_o2 - y2) / 2  # [11]
    delta_o1 = net_o1 - y1  # [12]
    delta_o2 = net_o2 - y2  # [12]
    dw17 = delta_o1 * Y3_1  # [13]
    dw19 = delta_o1 * Y3_2  # [13]
    dw21 = delta_o1 * Y3_3  # [13]
    dw23 = delta_o1 * Y3_4  # [13]
    dw18 = delta_o2 * Y3_1  # [13]
    dw20 = delta_o2 * Y3_2  # [13]
    dw22 = delta_o2 * Y3_3  # [13]
    dw24 = delta_o2 * Y3_4  # [13]
    dY3_1 = delta_o1 * w17 + delta_o2 * w18  # [14]
    dY3_2 = delta_o1 * w19 + delta_o2 * w20  # [14]
    dY3_3 = delta_o1 * w21 + delta_o2 * w22  # [14]
    dY3_4 = delta_o1 * w23 + delta_o2 * w24  # [14]
    dgamma3_1 = dY3_1 * xhat3_1  # [15]
    dgamma3_2 = dY3_2 * xhat3_2  # [15]
    dgamma3_3 = dY3_3 * xhat3_3  # [15]
    dgamma3_4 = dY3_4 * xhat3_4  # [15]
    dxhat3_1 = dY3_1 * gamma3_1  # [16]
    dxhat3_2 = dY3_2 * gamma3_2  # [16]
    dxhat3_3 = dY3_3 * gamma3_3  # [16]
    dxhat3_4 = dY3_4 * gamma3_4  # [16]
    # [17]
    drms3_sum = (
        dxhat3_1 * xhat3_1
        + dxhat3_2 * xhat3_2
        + dxhat3_3 * xhat3_3
        + dxhat3_4 * xhat3_4
    )
    drms3 = divide(-drms3_sum, rms3)
    dms3 = divide(drms3, 2 * rms3)  # [18]
    # [19]
    delta_h1 = (dms3 * out_h1 / 2 + divide(dxhat3_1, rms3)) * (1 - out_h1 * out_h1)
    # [19]
    delta_h2 = (dms3 * out_h2 / 2 + divide(dxhat3_2, rms3)) * (1 - out_h2 * out_h2)
    # [19]
    delta_h3 = (dms3 * out_h3 / 2 + divide(dxhat3_3, rms3)) * (1 - out_h3 * out_h3)
    # [19]
    delta_h4 = (dms3 * out_h4 / 2 + divide(dxhat3_4, rms3)) * (1 - out_h4 * out_h4)
    dw1 = delta_h1 * xhat1_1  # [20]
    dw5 = delta_h1 * xhat1_2  # [20]
    dw9 = delta_h1 * xhat1_3  # [20]
    dw13 = delta_h1 * xhat1_4  # [20]
    dw2 = delta_h2 * xhat1_1  # [20]
    dw6 = delta_h2 * xhat1_2  # [20]
    dw10 = delta_h2 * xhat1_3  # [20]
    dw14 = delta_h2 * xhat1_4  # [20]
    dw3 = delta_h3 * xhat1_1  # [20]
    dw7 = delta_h3 * xhat1_2  # [20]
    dw11 = delta_h3 * xhat1_3  # [20]
    dw15 = delta_h3 * xhat1_4  # [20]
    dw4 = delta_h4 * xhat1_1  # [20]
    dw8 = delta_h4 * xhat1_2  # [20]
    dw12 = delta_h4 * xhat1_3  # [20]
    dw16 = delta_h4 * xhat1_4  # [20]
    return E, (
        dw1,
        dw2,
        dw3,
        dw4,
        dw5,
        dw6,
        dw7,
        dw8,
        dw9,
        dw10,
        dw11,
        dw12,
        dw13,
        dw14,
        dw15,
        dw16,
        dw17,
        dw18,
        dw19,
        dw20,
        dw21,
        dw22,
        dw23,
        dw24,
        dgamma3_1,
        dgamma3_2,
        dgamma3_3,
        dgamma3_4,
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
        w5,
        w6,
        w7,
        w8,
        w9,
        w10,
        w11,
        w12,
        w13,
        w14,
        w15,
        w16,
        w17,
        w18,
        w19,
        w20,
        w21,
        w22,
        w23,
        w24,
        gamma3_1,
        gamma3_2,
        gamma3_3,
        gamma3_4,
    ) = w
    x1, x2, x3, x4 = x
    y1, y2 = y
    ms1 = x1 * x1 / 4 + x2 * x2 / 4 + x3 * x3 / 4 + x4 * x4 / 4  # [1]
    rms1 = sqrt(ms1 + 1e-05)  # [2]
    xhat1_1 = divide(x1, rms1)  # [3]
    xhat1_2 = divide(x2, rms1)  # [3]
    xhat1_3 = divide(x3, rms1)  # [3]
    xhat1_4 = divide(x4, rms1)  # [3]
    net_h1 = w1 * xhat1_1 + w5 * xhat1_2 + w9 * xhat1_3 + w13 * xhat1_4  # [4]
    net_h2 = w2 * xhat1_1 + w6 * xhat1_2 + w10 * xhat1_3 + w14 * xhat1_4  # [4]
    net_h3 = w3 * xhat1_1 + w7 * xhat1_2 + w11 * xhat1_3 + w15 * xhat1_4  # [4]
    net_h4 = w4 * xhat1_1 + w8 * xhat1_2 + w12 * xhat1_3 + w16 * xhat1_4  # [4]
    out_h1 = tanh(net_h1)  # [5]
    out_h2 = tanh(net_h2)  # [5]
    out_h3 = tanh(net_h3)  # [5]
    out_h4 = tanh(net_h4)  # [5]
    # [6]
    ms3 = (
        out_h1 * out_h1 / 4
        + out_h2 * out_h2 / 4
        + out_h3 * out_h3 / 4
        + out_h4 * out_h4 / 4
    )
    rms3 = sqrt(ms3 + 1e-06)  # [7]
    xhat3_1 = divide(out_h1, rms3)  # [8]
    xhat3_2 = divide(out_h2, rms3)  # [8]
    xhat3_3 = divide(out_h3, rms3)  # [8]
    xhat3_4 = divide(out_h4, rms3)  # [8]
    Y3_1 = gamma3_1 * xhat3_1  # [9]
    Y3_2 = gamma3_2 * xhat3_2  # [9]
    Y3_3 = gamma3_3 * xhat3_3  # [9]
    Y3_4 = gamma3_4 * xhat3_4  # [9]
    net_o1 = w17 * Y3_1 + w19 * Y3_2 + w21 * Y3_3 + w23 * Y3_4  # [10]
    net_o2 = w18 * Y3_1 + w20 * Y3_2 + w22 * Y3_3 + w24 * Y3_4  # [10]
    E = (net_o1 - y1) * (net_o1 - y1) / 2 + (net_o2 - y2) * (net_o2 - y2) / 2  # [11]
    delta_o1 = net_o1 - y1  # [12]
    delta_o2 = net_o2 - y2  # [12]
    dw17 = delta_o1 * Y3_1  # [13]
    dw19 = delta_o1 * Y3_2  # [13]
    dw21 = delta_o1 * Y3_3  # [13]
    dw23 = delta_o1 * Y3_4  # [13]
    dw18 = delta_o2 * Y3_1  # [13]
    dw20 = delta_o2 * Y3_2  # [13]
    dw22 = delta_o2 * Y3_3  # [13]
    dw24 = delta_o2 * Y3_4  # [13]
    dY3_1 = delta_o1 * w17 + delta_o2 * w18  # [14]
    dY3_2 = delta_o1 * w19 + delta_o2 * w20  # [14]
    dY3_3 = delta_o1 * w21 + delta_o2 * w22  # [14]
    dY3_4 = delta_o1 * w23 + delta_o2 * w24  # [14]
    dgamma3_1 = dY3_1 * xhat3_1  # [15]
    dgamma3_2 = dY3_2 * xhat3_2  # [15]
    dgamma3_3 = dY3_3 * xhat3_3  # [15]
    dgamma3_4 = dY3_4 * xhat3_4  # [15]
    dxhat3_1 = dY3_1 * gamma3_1  # [16]
    dxhat3_2 = dY3_2 * gamma3_2  # [16]
    dxhat3_3 = dY3_3 * gamma3_3  # [16]
    dxhat3_4 = dY3_4 * gamma3_4  # [16]
    # [17]
    drms3_sum = (
        dxhat3_1 * xhat3_1
        + dxhat3_2 * xhat3_2
        + dxhat3_3 * xhat3_3
        + dxhat3_4 * xhat3_4
    )
    drms3 = divide(-drms3_sum, rms3)
    dms3 = divide(drms3, 2 * rms3)  # [18]
    # [19]
    delta_h1 = (dms3 * out_h1 / 2 + divide(dxhat3_1, rms3)) * (1 - out_h1 * out_h1)
    # [19]
    delta_h2 = (dms3 * out_h2 / 2 + divide(dxhat3_2, rms3)) * (1 - out_h2 * out_h2)
    # [19]
    delta_h3 = (dms3 * out_h3 / 2 + divide(dxhat3_3, rms3)) * (1 - out_h3 * out_h3)
    # [19]
    delta_h4 = (dms3 * out_h4 / 2 + divide(dxhat3_4, rms3)) * (1 - out_h4 * out_h4)
    dw1 = delta_h1 * xhat1_1  # [20]
    dw5 = delta_h1 * xhat1_2  # [20]
    dw9 = delta_h1 * xhat1_3  # [20]
    dw13 = delta_h1 * xhat1_4  # [20]
    dw2 = delta_h2 * xhat1_1  # [20]
    dw6 = delta_h2 * xhat1_2  # [20]
    dw10 = delta_h2 * xhat1_3  # [20]
    dw14 = delta_h2 * xhat1_4  # [20]
    dw3 = delta_h3 * xhat1_1  # [20]
    dw7 = delta_h3 * xhat1_2  # [20]
    dw11 = delta_h3 * xhat1_3  # [20]
    dw15 = delta_h3 * xhat1_4  # [20]
    dw4 = delta_h4 * xhat1_1  # [20]
    dw8 = delta_h4 * xhat1_2  # [20]
    dw12 = delta_h4 * xhat1_3  # [20]
    dw16 = delta_h4 * xhat1_4  # [20]
    return E, (
        w1 - learning_rate * dw1,
        w2 - learning_rate * dw2,
        w3 - learning_rate * dw3,
        w4 - learning_rate * dw4,
        w5 - learning_rate * dw5,
        w6 - learning_rate * dw6,
        w7 - learning_rate * dw7,
        w8 - learning_rate * dw8,
        w9 - learning_rate * dw9,
        w10 - learning_rate * dw10,
        w11 - learning_rate * dw11,
        w12 - learning_rate * dw12,
        w13 - learning_rate * dw13,
        w14 - learning_rate * dw14,
        w15 - learning_rate * dw15,
        w16 - learning_rate * dw16,
        w17 - learning_rate * dw17,
        w18 - learning_rate * dw18,
        w19 - learning_rate * dw19,
        w20 - learning_rate * dw20,
        w21 - learning_rate * dw21,
        w22 - learning_rate * dw22,
        w23 - learning_rate * dw23,
        w24 - learning_rate * dw24,
        gamma3_1 - learning_rate * dgamma3_1,
        gamma3_2 - learning_rate * dgamma3_2,
        gamma3_3 - learning_rate * dgamma3_3,
        gamma3_4 - learning_rate * dgamma3_4,
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
            self.w5,
            self.w6,
            self.w7,
            self.w8,
            self.w9,
            self.w10,
            self.w11,
            self.w12,
            self.w13,
            self.w14,
            self.w15,
            self.w16,
            self.w17,
            self.w18,
            self.w19,
            self.w20,
            self.w21,
            self.w22,
            self.w23,
            self.w24,
            self.gamma3_1,
            self.gamma3_2,
            self.gamma3_3,
            self.gamma3_4,
        ) = self.w
        (
            self.dw1,
            self.dw2,
            self.dw3,
            self.dw4,
            self.dw5,
            self.dw6,
            self.dw7,
            self.dw8,
            self.dw9,
            self.dw10,
            self.dw11,
            self.dw12,
            self.dw13,
            self.dw14,
            self.dw15,
            self.dw16,
            self.dw17,
            self.dw18,
            self.dw19,
            self.dw20,
            self.dw21,
            self.dw22,
            self.dw23,
            self.dw24,
            self.dgamma3_1,
            self.dgamma3_2,
            self.dgamma3_3,
            self.dgamma3_4,
        ) = self.dw
        self.x1, self.x2, self.x3, self.x4 = self.x
        self.y1, self.y2 = self.y
        # numbers
        self.c1 = np.full((), 4, dtype)
        self.c2 = np.full((), 1e-05, dtype)
        self.c3 = np.full((), 1e-06, dtype)
        self.two = np.full((), 2, dtype)
        self.one = np.full((), 1, dtype)
        # values on the way
        self.ms1 = np.empty((R,), dtype)
        self.rms1 = self.ms1  # in the same place
        self.xhat1_4 = self.ms1  # in the same place
        self.ms1_part = np.empty((R,), dtype)
        self.xhat1_3 = self.ms1_part  # in the same place
        self.ms1_part2 = np.empty((R,), dtype)
        self.xhat1_2 = self.ms1_part2  # in the same place
        self.ms1_part3 = np.empty((R,), dtype)
        self.xhat1_1 = self.ms1_part3  # in the same place
        self.net_h1 = np.empty((R,), dtype)
        self.out_h1 = self.net_h1  # in the same place
        self.delta_h1 = self.net_h1  # in the same place
        self.net_h1_part = np.empty((R,), dtype)
        self.net_h2_part2 = self.net_h1_part  # in the same place
        self.net_h3_part = self.net_h1_part  # in the same place
        self.net_h4_part2 = self.net_h1_part  # in the same place
        self.ms3 = self.net_h1_part  # in the same place
        self.rms3 = self.net_h1_part  # in the same place
        self.net_h1_part2 = np.empty((R,), dtype)
        self.net_h2_part = self.net_h1_part2  # in the same place
        self.net_h3_part2 = self.net_h1_part2  # in the same place
        self.net_h4_part = self.net_h1_part2  # in the same place
        self.ms3_part2 = self.net_h1_part2  # in the same place
        self.delta_h2_part2 = self.net_h1_part2  # in the same place
        self.net_h1_part3 = np.empty((R,), dtype)
        self.net_h2 = self.net_h1_part3  # in the same place
        self.out_h2 = self.net_h1_part3  # in the same place
        self.delta_h2 = self.net_h1_part3  # in the same place
        self.net_h2_part3 = np.empty((R,), dtype)
        self.net_h3 = self.net_h2_part3  # in the same place
        self.out_h3 = self.net_h2_part3  # in the same place
        self.delta_h3 = self.net_h2_part3  # in the same place
        self.net_h3_part3 = np.empty((R,), dtype)
        self.net_h4 = self.net_h3_part3  # in the same place
        self.out_h4 = self.net_h3_part3  # in the same place
        self.net_h4_part3 = np.empty((R,), dtype)
        self.ms3_part = self.net_h4_part3  # in the same place
        self.delta_h1_part2 = self.net_h4_part3  # in the same place
        self.ms3_part3 = np.empty((R,), dtype)
        self.xhat3_3 = self.ms3_part3  # in the same place
        self.drms3_part2 = self.ms3_part3  # in the same place
        self.ms3_part4 = np.empty((R,), dtype)
        self.delta_h3_part2 = self.ms3_part4  # in the same place
        self.ms3_part5 = np.empty((R,), dtype)
        self.xhat3_2 = self.ms3_part5  # in the same place
        self.drms3_part = self.ms3_part5  # in the same place
        self.ms3_part6 = np.empty((R,), dtype)
        self.delta_h4_part2 = self.ms3_part6  # in the same place
        self.ms3_part7 = np.empty((R,), dtype)
        self.xhat3_1 = self.ms3_part7  # in the same place
        self.drms3 = self.ms3_part7  # in the same place
        self.dms3 = self.ms3_part7  # in the same place
        self.delta_h4 = self.ms3_part7  # in the same place
        self.xhat3_4 = np.empty((R,), dtype)
        self.drms3_part3 = self.xhat3_4  # in the same place
        self.dms3_part = self.xhat3_4  # in the same place
        self.Y3_1 = np.empty((R,), dtype)
        self.dY3_3_part = self.Y3_1  # in the same place
        self.Y3_2 = np.empty((R,), dtype)
        self.dY3_2_part = self.Y3_2  # in the same place
        self.dY3_3 = self.Y3_2  # in the same place
        self.dxhat3_3 = self.Y3_2  # in the same place
        self.delta_h3_part = self.Y3_2  # in the same place
        self.Y3_3 = np.empty((R,), dtype)
        self.dY3_1_part = self.Y3_3  # in the same place
        self.dY3_2 = self.Y3_3  # in the same place
        self.dxhat3_2 = self.Y3_3  # in the same place
        self.delta_h2_part = self.Y3_3  # in the same place
        self.Y3_4 = np.empty((R,), dtype)
        self.dY3_1 = self.Y3_4  # in the same place
        self.dxhat3_1 = self.Y3_4  # in the same place
        self.delta_h1_part = self.Y3_4  # in the same place
        self.net_o1 = np.empty((R,), dtype)
        self.delta_o1_part = self.net_o1  # in the same place
        self.E = self.net_o1  # in the same place
        self.net_o1_part = np.empty((R,), dtype)
        self.net_o2_part2 = self.net_o1_part  # in the same place
        self.delta_o2 = self.net_o1_part  # in the same place
        self.dY3_4_part = self.net_o1_part  # in the same place
        self.net_o1_part2 = np.empty((R,), dtype)
        self.net_o2_part = self.net_o1_part2  # in the same place
        self.net_o1_part3 = np.empty((R,), dtype)
        self.net_o2 = self.net_o1_part3  # in the same place
        self.delta_o2_part = self.net_o1_part3  # in the same place
        self.E_part = self.net_o1_part3  # in the same place
        self.net_o2_part3 = np.empty((R,), dtype)
        self.delta_o1 = self.net_o2_part3  # in the same place
        self.dY3_4 = self.net_o2_part3  # in the same place
        self.dxhat3_4 = self.net_o2_part3  # in the same place
        self.delta_h4_part = self.net_o2_part3  # in the same place

    def load(self, w: Array, x: Array, y: Array) -> None:
        """Take over numbers, inputs and targets: a row for each name, (names, R)."""
        for mine, given in ((self.w, w), (self.x, x), (self.y, y)):
            np.copyto(mine, given)


def gradient_pass(ws: Ensemble) -> None:
    """Leave ws.seed times the gradients of every run in ws.dw."""
    x1 = ws.x1
    ms1 = ws.ms1
    c1 = ws.c1
    x2 = ws.x2
    ms1_part = ws.ms1_part
    x3 = ws.x3
    ms1_part2 = ws.ms1_part2
    x4 = ws.x4
    ms1_part3 = ws.ms1_part3
    c2 = ws.c2
    rms1 = ws.rms1
    xhat1_1 = ws.xhat1_1
    xhat1_2 = ws.xhat1_2
    xhat1_3 = ws.xhat1_3
    xhat1_4 = ws.xhat1_4
    w1 = ws.w1
    net_h1 = ws.net_h1
    w5 = ws.w5
    net_h1_part = ws.net_h1_part
    w9 = ws.w9
    net_h1_part2 = ws.net_h1_part2
    w13 = ws.w13
    net_h1_part3 = ws.net_h1_part3
    w2 = ws.w2
    net_h2 = ws.net_h2
    w6 = ws.w6
    net_h2_part = ws.net_h2_part
    w10 = ws.w10
    net_h2_part2 = ws.net_h2_part2
    w14 = ws.w14
    net_h2_part3 = ws.net_h2_part3
    w3 = ws.w3
    net_h3 = ws.net_h3
    w7 = ws.w7
    net_h3_part = ws.net_h3_part
    w11 = ws.w11
    net_h3_part2 = ws.net_h3_part2
    w15 = ws.w15
    net_h3_part3 = ws.net_h3_part3
    w4 = ws.w4
    net_h4 = ws.net_h4
    w8 = ws.w8
    net_h4_part = ws.net_h4_part
    w12 = ws.w12
    net_h4_part2 = ws.net_h4_part2
    w16 = ws.w16
    net_h4_part3 = ws.net_h4_part3
    out_h1 = ws.out_h1
    out_h2 = ws.out_h2
    out_h3 = ws.out_h3
    out_h4 = ws.out_h4
    ms3_part = ws.ms3_part
    ms3 = ws.ms3
    ms3_part2 = ws.ms3_part2
    ms3_part3 = ws.ms3_part3
    ms3_part4 = ws.ms3_part4
    ms3_part5 = ws.ms3_part5
    ms3_part6 = ws.ms3_part6
    ms3_part7 = ws.ms3_part7
    c3 = ws.c3
    rms3 = ws.rms3
    xhat3_1 = ws.xhat3_1
    xhat3_2 = ws.xhat3_2
    xhat3_3 = ws.xhat3_3
    xhat3_4 = ws.xhat3_4
    gamma3_1 = ws.gamma3_1
    Y3_1 = ws.Y3_1
    gamma3_2 = ws.gamma3_2
    Y3_2 = ws.Y3_2
    gamma3_3 = ws.gamma3_3
    Y3_3 = ws.Y3_3
    gamma3_4 = ws.gamma3_4
    Y3_4 = ws.Y3_4
    w17 = ws.w17
    net_o1 = ws.net_o1
    w19 = ws.w19
    net_o1_part = ws.net_o1_part
    w21 = ws.w21
    net_o1_part2 = ws.net_o1_part2
    w23 = ws.w23
    net_o1_part3 = ws.net_o1_part3
    w18 = ws.w18
    net_o2 = ws.net_o2
    w20 = ws.w20
    net_o2_part = ws.net_o2_part
    w22 = ws.w22
    net_o2_part2 = ws.net_o2_part2
    w24 = ws.w24
    net_o2_part3 = ws.net_o2_part3
    y1 = ws.y1
    delta_o1_part = ws.delta_o1_part
    seed = ws.seed
    delta_o1 = ws.delta_o1
    y2 = ws.y2
    delta_o2_part = ws.delta_o2_part
    delta_o2 = ws.delta_o2
    dw17 = ws.dw17
    dw19 = ws.dw19
    dw21 = ws.dw21
    dw23 = ws.dw23
    dw18 = ws.dw18
    dw20 = ws.dw20
    dw22 = ws.dw22
    dw24 = ws.dw24
    dY3_1 = ws.dY3_1
    dY3_1_part = ws.dY3_1_part
    dY3_2 = ws.dY3_2
    dY3_2_part = ws.dY3_2_part
    dY3_3 = ws.dY3_3
    dY3_3_part = ws.dY3_3_part
    dY3_4 = ws.dY3_4
    dY3_4_part = ws.dY3_4_part
    dgamma3_1 = ws.dgamma3_1
    dgamma3_2 = ws.dgamma3_2
    dgamma3_3 = ws.dgamma3_3
    dgamma3_4 = ws.dgamma3_4
    dxhat3_1 = ws.dxhat3_1
    dxhat3_2 = ws.dxhat3_2
    dxhat3_3 = ws.dxhat3_3
    dxhat3_4 = ws.dxhat3_4
    drms3 = ws.drms3
    drms3_part = ws.drms3_part
    drms3_part2 = ws.drms3_part2
    drms3_part3 = ws.drms3_part3
    two = ws.two
    dms3_part = ws.dms3_part
    dms3 = ws.dms3
    delta_h1 = ws.delta_h1
    delta_h1_part = ws.delta_h1_part
    one = ws.one
    delta_h1_part2 = ws.delta_h1_part2
    delta_h2 = ws.delta_h2
    delta_h2_part = ws.delta_h2_part
    delta_h2_part2 = ws.delta_h2_part2
    delta_h3 = ws.delta_h3
    delta_h3_part = ws.delta_h3_part
    delta_h3_part2 = ws.delta_h3_part2
    delta_h4 = ws.delta_h4
    delta_h4_part = ws.delta_h4_part
    delta_h4_part2 = ws.delta_h4_part2
    dw1 = ws.dw1
    dw5 = ws.dw5
    dw9 = ws.dw9
    dw13 = ws.dw13
    dw2 = ws.dw2
    dw6 = ws.dw6
    dw10 = ws.dw10
    dw14 = ws.dw14
    dw3 = ws.dw3
    dw7 = ws.dw7
    dw11 = ws.dw11
    dw15 = ws.dw15
    dw4 = ws.dw4
    dw8 = ws.dw8
    dw12 = ws.dw12
    dw16 = ws.dw16
    # ms1 = x1**2 / 4 + x2**2 / 4 + x3**2 / 4 + x4**2 / 4  (R,) [1]
    np.square(x1, out=ms1)
    np.divide(ms1, c1, out=ms1)
    np.square(x2, out=ms1_part)
    np.divide(ms1_part, c1, out=ms1_part)
    np.square(x3, out=ms1_part2)
    np.divide(ms1_part2, c1, out=ms1_part2)
    np.square(x4, out=ms1_part3)
    np.divide(ms1_part3, c1, out=ms1_part3)
    np.add(ms1, ms1_part, out=ms1)
    np.add(ms1, ms1_part2, out=ms1)
    np.add(ms1, ms1_part3, out=ms1)
    # rms1 = np.sqrt(ms1 + 1e-05)  (R,) [2]
    np.add(ms1, c2, out=rms1)
    np.sqrt(rms1, out=rms1)
    np.divide(x1, rms1, out=xhat1_1)  # (R,) [3]
    np.divide(x2, rms1, out=xhat1_2)  # (R,) [3]
    np.divide(x3, rms1, out=xhat1_3)  # (R,) [3]
    np.divide(x4, rms1, out=xhat1_4)  # (R,) [3]
    # net_h1 = w1 * xhat1_1 + w5 * xhat1_2 + w9 * xhat1_3 + w13 * xhat1_4  (R,) [4]
    np.multiply(w1, xhat1_1, out=net_h1)
    np.multiply(w5, xhat1_2, out=net_h1_part)
    np.multiply(w9, xhat1_3, out=net_h1_part2)
    np.multiply(w13, xhat1_4, out=net_h1_part3)
    np.add(net_h1, net_h1_part, out=net_h1)
    np.add(net_h1, net_h1_part2, out=net_h1)
    np.add(net_h1, net_h1_part3, out=net_h1)
    # net_h2 = w2 * xhat1_1 + w6 * xhat1_2 + w10 * xhat1_3 + w14 * xhat1_4  (R,) [4]
    np.multiply(w2, xhat1_1, out=net_h2)
    np.multiply(w6, xhat1_2, out=net_h2_part)
    np.multiply(w10, xhat1_3, out=net_h2_part2)
    np.multiply(w14, xhat1_4, out=net_h2_part3)
    np.add(net_h2, net_h2_part, out=net_h2)
    np.add(net_h2, net_h2_part2, out=net_h2)
    np.add(net_h2, net_h2_part3, out=net_h2)
    # net_h3 = w3 * xhat1_1 + w7 * xhat1_2 + w11 * xhat1_3 + w15 * xhat1_4  (R,) [4]
    np.multiply(w3, xhat1_1, out=net_h3)
    np.multiply(w7, xhat1_2, out=net_h3_part)
    np.multiply(w11, xhat1_3, out=net_h3_part2)
    np.multiply(w15, xhat1_4, out=net_h3_part3)
    np.add(net_h3, net_h3_part, out=net_h3)
    np.add(net_h3, net_h3_part2, out=net_h3)
    np.add(net_h3, net_h3_part3, out=net_h3)
    # net_h4 = w4 * xhat1_1 + w8 * xhat1_2 + w12 * xhat1_3 + w16 * xhat1_4  (R,) [4]
    np.multiply(w4, xhat1_1, out=net_h4)
    np.multiply(w8, xhat1_2, out=net_h4_part)
    np.multiply(w12, xhat1_3, out=net_h4_part2)
    np.multiply(w16, xhat1_4, out=net_h4_part3)
    np.add(net_h4, net_h4_part, out=net_h4)
    np.add(net_h4, net_h4_part2, out=net_h4)
    np.add(net_h4, net_h4_part3, out=net_h4)
    np.tanh(net_h1, out=out_h1)  # (R,) [5]
    np.tanh(net_h2, out=out_h2)  # (R,) [5]
    np.tanh(net_h3, out=out_h3)  # (R,) [5]
    np.tanh(net_h4, out=out_h4)  # (R,) [5]
    # ms3 = out_h1**2 / 4 + out_h2**2 / 4 + out_h3**2 / 4 + out_h4**2 / 4  (R,) [6]
    np.square(out_h1, out=ms3_part)
    np.divide(ms3_part, c1, out=ms3)
    np.square(out_h2, out=ms3_part2)
    np.divide(ms3_part2, c1, out=ms3_part3)
    np.square(out_h3, out=ms3_part4)
    np.divide(ms3_part4, c1, out=ms3_part5)
    np.square(out_h4, out=ms3_part6)
    np.divide(ms3_part6, c1, out=ms3_part7)
    np.add(ms3, ms3_part3, out=ms3)
    np.add(ms3, ms3_part5, out=ms3)
    np.add(ms3, ms3_part7, out=ms3)
    # rms3 = np.sqrt(ms3 + 1e-06)  (R,) [7]
    np.add(ms3, c3, out=rms3)
    np.sqrt(rms3, out=rms3)
    np.divide(out_h1, rms3, out=xhat3_1)  # (R,) [8]
    np.divide(out_h2, rms3, out=xhat3_2)  # (R,) [8]
    np.divide(out_h3, rms3, out=xhat3_3)  # (R,) [8]
    np.divide(out_h4, rms3, out=xhat3_4)  # (R,) [8]
    np.multiply(gamma3_1, xhat3_1, out=Y3_1)  # (R,) [9]
    np.multiply(gamma3_2, xhat3_2, out=Y3_2)  # (R,) [9]
    np.multiply(gamma3_3, xhat3_3, out=Y3_3)  # (R,) [9]
    np.multiply(gamma3_4, xhat3_4, out=Y3_4)  # (R,) [9]
    # net_o1 = w17 * Y3_1 + w19 * Y3_2 + w21 * Y3_3 + w23 * Y3_4  (R,) [10]
    np.multiply(w17, Y3_1, out=net_o1)
    np.multiply(w19, Y3_2, out=net_o1_part)
    np.multiply(w21, Y3_3, out=net_o1_part2)
    np.multiply(w23, Y3_4, out=net_o1_part3)
    np.add(net_o1, net_o1_part, out=net_o1)
    np.add(net_o1, net_o1_part2, out=net_o1)
    np.add(net_o1, net_o1_part3, out=net_o1)
    # net_o2 = w18 * Y3_1 + w20 * Y3_2 + w22 * Y3_3 + w24 * Y3_4  (R,) [10]
    np.multiply(w18, Y3_1, out=net_o2)
    np.multiply(w20, Y3_2, out=net_o2_part)
    np.multiply(w22, Y3_3, out=net_o2_part2)
    np.multiply(w24, Y3_4, out=net_o2_part3)
    np.add(net_o2, net_o2_part, out=net_o2)
    np.add(net_o2, net_o2_part2, out=net_o2)
    np.add(net_o2, net_o2_part3, out=net_o2)
    # delta_o1 = (net_o1 - y1) * seed  (R,) [12]
    np.subtract(net_o1, y1, out=delta_o1_part)
    np.multiply(delta_o1_part, seed, out=delta_o1)
    # delta_o2 = (net_o2 - y2) * seed  (R,) [12]
    np.subtract(net_o2, y2, out=delta_o2_part)
    np.multiply(delta_o2_part, seed, out=delta_o2)
    np.multiply(delta_o1, Y3_1, out=dw17)  # (R,) [13]
    np.multiply(delta_o1, Y3_2, out=dw19)  # (R,) [13]
    np.multiply(delta_o1, Y3_3, out=dw21)  # (R,) [13]
    np.multiply(delta_o1, Y3_4, out=dw23)  # (R,) [13]
    np.multiply(delta_o2, Y3_1, out=dw18)  # (R,) [13]
    np.multiply(delta_o2, Y3_2, out=dw20)  # (R,) [13]
    np.multiply(delta_o2, Y3_3, out=dw22)  # (R,) [13]
    np.multiply(delta_o2, Y3_4, out=dw24)  # (R,) [13]
    # dY3_1 = delta_o1 * w17 + delta_o2 * w18  (R,) [14]
    np.multiply(delta_o1, w17, out=dY3_1)
    np.multiply(delta_o2, w18, out=dY3_1_part)
    np.add(dY3_1, dY3_1_part, out=dY3_1)
    # dY3_2 = delta_o1 * w19 + delta_o2 * w20  (R,) [14]
    np.multiply(delta_o1, w19, out=dY3_2)
    np.multiply(delta_o2, w20, out=dY3_2_part)
    np.add(dY3_2, dY3_2_part, out=dY3_2)
    # dY3_3 = delta_o1 * w21 + delta_o2 * w22  (R,) [14]
    np.multiply(delta_o1, w21, out=dY3_3)
    np.multiply(delta_o2, w22, out=dY3_3_part)
    np.add(dY3_3, dY3_3_part, out=dY3_3)
    # dY3_4 = delta_o1 * w23 + delta_o2 * w24  (R,) [14]
    np.multiply(delta_o1, w23, out=dY3_4)
    np.multiply(delta_o2, w24, out=dY3_4_part)
    np.add(dY3_4, dY3_4_part, out=dY3_4)
    np.multiply(dY3_1, xhat3_1, out=dgamma3_1)  # (R,) [15]
    np.multiply(dY3_2, xhat3_2, out=dgamma3_2)  # (R,) [15]
    np.multiply(dY3_3, xhat3_3, out=dgamma3_3)  # (R,) [15]
    np.multiply(dY3_4, xhat3_4, out=dgamma3_4)  # (R,) [15]
    np.multiply(dY3_1, gamma3_1, out=dxhat3_1)  # (R,) [16]
    np.multiply(dY3_2, gamma3_2, out=dxhat3_2)  # (R,) [16]
    np.multiply(dY3_3, gamma3_3, out=dxhat3_3)  # (R,) [16]
    np.multiply(dY3_4, gamma3_4, out=dxhat3_4)  # (R,) [16]
    # drms3  (R,) [17]
    np.multiply(dxhat3_1, xhat3_1, out=drms3)
    np.multiply(dxhat3_2, xhat3_2, out=drms3_part)
    np.multiply(dxhat3_3, xhat3_3, out=drms3_part2)
    np.multiply(dxhat3_4, xhat3_4, out=drms3_part3)
    np.add(drms3, drms3_part, out=drms3)
    np.add(drms3, drms3_part2, out=drms3)
    np.add(drms3, drms3_part3, out=drms3)
    np.negative(drms3, out=drms3)
    np.divide(drms3, rms3, out=drms3)
    # dms3 = drms3 / (2 * rms3)  (R,) [18]
    np.multiply(two, rms3, out=dms3_part)
    np.divide(drms3, dms3_part, out=dms3)
    # delta_h1 = (dms3 * out_h1 / 2 + dxhat3_1 / rms3) * (1 - out_h1**2)  (R,) [19]
    np.multiply(dms3, out_h1, out=delta_h1)
    np.divide(delta_h1, two, out=delta_h1)
    np.divide(dxhat3_1, rms3, out=delta_h1_part)
    np.add(delta_h1, delta_h1_part, out=delta_h1)
    np.subtract(one, ms3_part, out=delta_h1_part2)
    np.multiply(delta_h1, delta_h1_part2, out=delta_h1)
    # delta_h2 = (dms3 * out_h2 / 2 + dxhat3_2 / rms3) * (1 - out_h2**2)  (R,) [19]
    np.multiply(dms3, out_h2, out=delta_h2)
    np.divide(delta_h2, two, out=delta_h2)
    np.divide(dxhat3_2, rms3, out=delta_h2_part)
    np.add(delta_h2, delta_h2_part, out=delta_h2)
    np.subtract(one, ms3_part2, out=delta_h2_part2)
    np.multiply(delta_h2, delta_h2_part2, out=delta_h2)
    # delta_h3 = (dms3 * out_h3 / 2 + dxhat3_3 / rms3) * (1 - out_h3**2)  (R,) [19]
    np.multiply(dms3, out_h3, out=delta_h3)
    np.divide(delta_h3, two, out=delta_h3)
    np.divide(dxhat3_3, rms3, out=delta_h3_part)
    np.add(delta_h3, delta_h3_part, out=delta_h3)
    np.subtract(one, ms3_part4, out=delta_h3_part2)
    np.multiply(delta_h3, delta_h3_part2, out=delta_h3)
    # delta_h4 = (dms3 * out_h4 / 2 + dxhat3_4 / rms3) * (1 - out_h4**2)  (R,) [19]
    np.multiply(dms3, out_h4, out=delta_h4)
    np.divide(delta_h4, two, out=delta_h4)
    np.divide(dxhat3_4, rms3, out=delta_h4_part)
    np.add(delta_h4, delta_h4_part, out=delta_h4)
    np.subtract(one, ms3_part6, out=delta_h4_part2)
    np.multiply(delta_h4, delta_h4_part2, out=delta_h4)
    np.multiply(delta_h1, xhat1_1, out=dw1)  # (R,) [20]
    np.multiply(delta_h1, xhat1_2, out=dw5)  # (R,) [20]
    np.multiply(delta_h1, xhat1_3, out=dw9)  # (R,) [20]
    np.multiply(delta_h1, xhat1_4, out=dw13)  # (R,) [20]
    np.multiply(delta_h2, xhat1_1, out=dw2)  # (R,) [20]
    np.multiply(delta_h2, xhat1_2, out=dw6)  # (R,) [20]
    np.multiply(delta_h2, xhat1_3, out=dw10)  # (R,) [20]
    np.multiply(delta_h2, xhat1_4, out=dw14)  # (R,) [20]
    np.multiply(delta_h3, xhat1_1, out=dw3)  # (R,) [20]
    np.multiply(delta_h3, xhat1_2, out=dw7)  # (R,) [20]
    np.multiply(delta_h3, xhat1_3, out=dw11)  # (R,) [20]
    np.multiply(delta_h3, xhat1_4, out=dw15)  # (R,) [20]
    np.multiply(delta_h4, xhat1_1, out=dw4)  # (R,) [20]
    np.multiply(delta_h4, xhat1_2, out=dw8)  # (R,) [20]
    np.multiply(delta_h4, xhat1_3, out=dw12)  # (R,) [20]
    np.multiply(delta_h4, xhat1_4, out=dw16)  # (R,) [20]


def loss_pass(ws: Ensemble) -> Array:
    """Return the loss E of every run, after a gradient pass."""
    delta_o1_part = ws.delta_o1_part
    E = ws.E
    two = ws.two
    delta_o2_part = ws.delta_o2_part
    E_part = ws.E_part
    # E = (net_o1 - y1) ** 2 / 2 + (net_o2 - y2) ** 2 / 2  (R,) [11]
    np.square(delta_o1_part, out=E)
    np.divide(E, two, out=E)
    np.square(delta_o2_part, out=E_part)
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
    w = (
        0.1744,
        -0.2778,
        -0.4463,
        -0.2837,
        -0.1532,
        0.2768,
        0.1216,
        0.0072,
        -0.4295,
        -0.2103,
        0.1921,
        -0.0149,
        -0.2401,
        0.4893,
        0.1036,
        0.2877,
        0.3291,
        -0.1781,
        -0.4245,
        0.3615,
        -0.4203,
        0.2456,
        -0.4341,
        -0.1663,
        1.0871,
        1.0455,
        0.9448,
        0.985,
    )
    x = (-0.316, -0.441, 0.653, 0.216)
    y = (0.009, 0.723)
    return w, x, y, 0.1


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
