"""sine_fit_h10: A noisy sine, fitted by 10 sigmoid units.

Loss: mse, mean; targets are values.

Layers:
    inputs 1
    dense 10 + bias, sigmoid
    dense 1 + bias, identity

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
    "b_h1",
    "b_h2",
    "b_h3",
    "b_h4",
    "b_h5",
    "b_h6",
    "b_h7",
    "b_h8",
    "b_h9",
    "b_h10",
    "b_o1",
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
    "b_h1",
    "b_h2",
    "b_h3",
    "b_h4",
    "b_h5",
    "b_h6",
    "b_h7",
    "b_h8",
    "b_h9",
    "b_h10",
    "b_o1",
)
INPUTS = ("x1",)
TARGETS = ("y1",)
OUTPUTS = ("net_o1",)
CACHE = 2**19  # bytes that the arrays of a chunk of runs may take: those of an L2 cache
LEAST = 256  # runs of a chunk, however many arrays there are
ARRAYS = 84  # of an `Ensemble`


def exp(x: float) -> float:
    """Return e**x, infinity where that is too large for a float."""
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def forward(w: Floats, x: Floats) -> Floats:
    """Return the network's outputs net_o1."""
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
        b_h1,
        b_h2,
        b_h3,
        b_h4,
        b_h5,
        b_h6,
        b_h7,
        b_h8,
        b_h9,
        b_h10,
        b_o1,
    ) = w
    (x1,) = x
    net_h1 = w1 * x1 + b_h1  # [1]
    net_h2 = w2 * x1 + b_h2  # [1]
    net_h3 = w3 * x1 + b_h3  # [1]
    net_h4 = w4 * x1 + b_h4  # [1]
    net_h5 = w5 * x1 + b_h5  # [1]
    net_h6 = w6 * x1 + b_h6  # [1]
    net_h7 = w7 * x1 + b_h7  # [1]
    net_h8 = w8 * x1 + b_h8  # [1]
    net_h9 = w9 * x1 + b_h9  # [1]
    net_h10 = w10 * x1 + b_h10  # [1]
    out_h1 = 1 / (1 + exp(-net_h1))  # [2]
    out_h2 = 1 / (1 + exp(-net_h2))  # [2]
    out_h3 = 1 / (1 + exp(-net_h3))  # [2]
    out_h4 = 1 / (1 + exp(-net_h4))  # [2]
    out_h5 = 1 / (1 + exp(-net_h5))  # [2]
    out_h6 = 1 / (1 + exp(-net_h6))  # [2]
    out_h7 = 1 / (1 + exp(-net_h7))  # [2]
    out_h8 = 1 / (1 + exp(-net_h8))  # [2]
    out_h9 = 1 / (1 + exp(-net_h9))  # [2]
    out_h10 = 1 / (1 + exp(-net_h10))  # [2]
    # [3]
    net_o1 = (
        w11 * out_h1
        + w12 * out_h2
        + w13 * out_h3
        + w14 * out_h4
        + w15 * out_h5
        + w16 * out_h6
        + w17 * out_h7
        + w18 * out_h8
        + w19 * out_h9
        + w20 * out_h10
        + b_o1
    )
    return (net_o1,)


def loss(w: Floats, x: Floats, y: Floats) -> float:
    """Return the loss E of one sample."""
    w, x, y = floats(w, x, y)
    (net_o1,) = forward(w, x)
    (y1,) = y
    E = (net_o1 - y1) * (net_o1 - y1)  # [4]
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
        b_h1,
        b_h2,
        b_h3,
        b_h4,
        b_h5,
        b_h6,
        b_h7,
        b_h8,
        b_h9,
        b_h10,
        b_o1,
    ) = w
    (x1,) = x
    (y1,) = y
    net_h1 = w1 * x1 + b_h1  # [1]
    net_h2 = w2 * x1 + b_h2  # [1]
    net_h3 = w3 * x1 + b_h3  # [1]
    net_h4 = w4 * x1 + b_h4  # [1]
    net_h5 = w5 * x1 + b_h5  # [1]
    net_h6 = w6 * x1 + b_h6  # [1]
    net_h7 = w7 * x1 + b_h7  # [1]
    net_h8 = w8 * x1 + b_h8  # [1]
    net_h9 = w9 * x1 + b_h9  # [1]
    net_h10 = w10 * x1 + b_h10  # [1]
    out_h1 = 1 / (1 + exp(-net_h1))  # [2]
    out_h2 = 1 / (1 + exp(-net_h2))  # [2]
    out_h3 = 1 / (1 + exp(-net_h3))  # [2]
    out_h4 = 1 / (1 + exp(-net_h4))  # [2]
    out_h5 = 1 / (1 + exp(-net_h5))  # [2]
    out_h6 = 1 / (1 + exp(-net_h6))  # [2]
    out_h7 = 1 / (1 + exp(-net_h7))  # [2]
    out_h8 = 1 / (1 + exp(-net_h8))  # [2]
    out_h9 = 1 / (1 + exp(-net_h9))  # [2]
    out_h10 = 1 / (1 + exp(-net_h10))  # [2]
    # [3]
    net_o1 = (
        w11 * out_h1
        + w12 * out_h2
        + w13 * out_h3
        + w14 * out_h4
        + w15 * out_h5
        + w16 * out_h6
        + w17 * out_h7
        + w18 * out_h8
        + w19 * out_h9
        + w20 * out_h10
        + b_o1
    )
    E = (net_o1 - y1) * (net_o1 - y1)  # [4]
    delta_o1 = 2 * net_o1 - 2 * y1  # [5]
    dw11 = delta_o1 * out_h1  # [6]
    dw12 = delta_o1 * out_h2  # [6]
    dw13 = delta_o1 * out_h3  # [6]
    dw14 = delta_o1 * out_h4  # [6]
    dw15 = delta_o1 * out_h5  # [6]
    dw16 = delta_o1 * out_h6  # [6]
    dw17 = delta_o1 * out_h7  # [6]
    dw18 = delta_o1 * out_h8  # [6]
    dw19 = delta_o1 * out_h9  # [6]
    dw20 = delta_o1 * out_h10  # [6]
    db_o1 = delta_o1  # [7]
    delta_h1 = delta_o1 * w11 * out_h1 * (1 - out_h1)  # [8]
    delta_h2 = delta_o1 * w12 * out_h2 * (1 - out_h2)  # [8]
    delta_h3 = delta_o1 * w13 * out_h3 * (1 - out_h3)  # [8]
    delta_h4 = delta_o1 * w14 * out_h4 * (1 - out_h4)  # [8]
    delta_h5 = delta_o1 * w15 * out_h5 * (1 - out_h5)  # [8]
    delta_h6 = delta_o1 * w16 * out_h6 * (1 - out_h6)  # [8]
    delta_h7 = delta_o1 * w17 * out_h7 * (1 - out_h7)  # [8]
    delta_h8 = delta_o1 * w18 * out_h8 * (1 - out_h8)  # [8]
    delta_h9 = delta_o1 * w19 * out_h9 * (1 - out_h9)  # [8]
    delta_h10 = delta_o1 * w20 * out_h10 * (1 - out_h10)  # [8]
    dw1 = delta_h1 * x1  # [9]
    dw2 = delta_h2 * x1  # [9]
    dw3 = delta_h3 * x1  # [9]
    dw4 = delta_h4 * x1  # [9]
    dw5 = delta_h5 * x1  # [9]
    dw6 = delta_h6 * x1  # [9]
    dw7 = delta_h7 * x1  # [9]
    dw8 = delta_h8 * x1  # [9]
    dw9 = delta_h9 * x1  # [9]
    dw10 = delta_h10 * x1  # [9]
    db_h1 = delta_h1  # [10]
    db_h2 = delta_h2  # [10]
    db_h3 = delta_h3  # [10]
    db_h4 = delta_h4  # [10]
    db_h5 = delta_h5  # [10]
    db_h6 = delta_h6  # [10]
    db_h7 = delta_h7  # [10]
    db_h8 = delta_h8  # [10]
    db_h9 = delta_h9  # [10]
    db_h10 = delta_h10  # [10]
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
        db_h1,
        db_h2,
        db_h3,
        db_h4,
        db_h5,
        db_h6,
        db_h7,
        db_h8,
        db_h9,
        db_h10,
        db_o1,
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
        b_h1,
        b_h2,
        b_h3,
        b_h4,
        b_h5,
        b_h6,
        b_h7,
        b_h8,
        b_h9,
        b_h10,
        b_o1,
    ) = w
    (x1,) = x
    (y1,) = y
    net_h1 = w1 * x1 + b_h1  # [1]
    net_h2 = w2 * x1 + b_h2  # [1]
    net_h3 = w3 * x1 + b_h3  # [1]
    net_h4 = w4 * x1 + b_h4  # [1]
    net_h5 = w5 * x1 + b_h5  # [1]
    net_h6 = w6 * x1 + b_h6  # [1]
    net_h7 = w7 * x1 + b_h7  # [1]
    net_h8 = w8 * x1 + b_h8  # [1]
    net_h9 = w9 * x1 + b_h9  # [1]
    net_h10 = w10 * x1 + b_h10  # [1]
    out_h1 = 1 / (1 + exp(-net_h1))  # [2]
    out_h2 = 1 / (1 + exp(-net_h2))  # [2]
    out_h3 = 1 / (1 + exp(-net_h3))  # [2]
    out_h4 = 1 / (1 + exp(-net_h4))  # [2]
    out_h5 = 1 / (1 + exp(-net_h5))  # [2]
    out_h6 = 1 / (1 + exp(-net_h6))  # [2]
    out_h7 = 1 / (1 + exp(-net_h7))  # [2]
    out_h8 = 1 / (1 + exp(-net_h8))  # [2]
    out_h9 = 1 / (1 + exp(-net_h9))  # [2]
    out_h10 = 1 / (1 + exp(-net_h10))  # [2]
    # [3]
    net_o1 = (
        w11 * out_h1
        + w12 * out_h2
        + w13 * out_h3
        + w14 * out_h4
        + w15 * out_h5
        + w16 * out_h6
        + w17 * out_h7
        + w18 * out_h8
        + w19 * out_h9
        + w20 * out_h10
        + b_o1
    )
    E = (net_o1 - y1) * (net_o1 - y1)  # [4]
    delta_o1 = 2 * net_o1 - 2 * y1  # [5]
    dw11 = delta_o1 * out_h1  # [6]
    dw12 = delta_o1 * out_h2  # [6]
    dw13 = delta_o1 * out_h3  # [6]
    dw14 = delta_o1 * out_h4  # [6]
    dw15 = delta_o1 * out_h5  # [6]
    dw16 = delta_o1 * out_h6  # [6]
    dw17 = delta_o1 * out_h7  # [6]
    dw18 = delta_o1 * out_h8  # [6]
    dw19 = delta_o1 * out_h9  # [6]
    dw20 = delta_o1 * out_h10  # [6]
    db_o1 = delta_o1  # [7]
    delta_h1 = delta_o1 * w11 * out_h1 * (1 - out_h1)  # [8]
    delta_h2 = delta_o1 * w12 * out_h2 * (1 - out_h2)  # [8]
    delta_h3 = delta_o1 * w13 * out_h3 * (1 - out_h3)  # [8]
    delta_h4 = delta_o1 * w14 * out_h4 * (1 - out_h4)  # [8]
    delta_h5 = delta_o1 * w15 * out_h5 * (1 - out_h5)  # [8]
    delta_h6 = delta_o1 * w16 * out_h6 * (1 - out_h6)  # [8]
    delta_h7 = delta_o1 * w17 * out_h7 * (1 - out_h7)  # [8]
    delta_h8 = delta_o1 * w18 * out_h8 * (1 - out_h8)  # [8]
    delta_h9 = delta_o1 * w19 * out_h9 * (1 - out_h9)  # [8]
    delta_h10 = delta_o1 * w20 * out_h10 * (1 - out_h10)  # [8]
    dw1 = delta_h1 * x1  # [9]
    dw2 = delta_h2 * x1  # [9]
    dw3 = delta_h3 * x1  # [9]
    dw4 = delta_h4 * x1  # [9]
    dw5 = delta_h5 * x1  # [9]
    dw6 = delta_h6 * x1  # [9]
    dw7 = delta_h7 * x1  # [9]
    dw8 = delta_h8 * x1  # [9]
    dw9 = delta_h9 * x1  # [9]
    dw10 = delta_h10 * x1  # [9]
    db_h1 = delta_h1  # [10]
    db_h2 = delta_h2  # [10]
    db_h3 = delta_h3  # [10]
    db_h4 = delta_h4  # [10]
    db_h5 = delta_h5  # [10]
    db_h6 = delta_h6  # [10]
    db_h7 = delta_h7  # [10]
    db_h8 = delta_h8  # [10]
    db_h9 = delta_h9  # [10]
    db_h10 = delta_h10  # [10]
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
        b_h1 - learning_rate * db_h1,
        b_h2 - learning_rate * db_h2,
        b_h3 - learning_rate * db_h3,
        b_h4 - learning_rate * db_h4,
        b_h5 - learning_rate * db_h5,
        b_h6 - learning_rate * db_h6,
        b_h7 - learning_rate * db_h7,
        b_h8 - learning_rate * db_h8,
        b_h9 - learning_rate * db_h9,
        b_h10 - learning_rate * db_h10,
        b_o1 - learning_rate * db_o1,
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
            self.b_h1,
            self.b_h2,
            self.b_h3,
            self.b_h4,
            self.b_h5,
            self.b_h6,
            self.b_h7,
            self.b_h8,
            self.b_h9,
            self.b_h10,
            self.b_o1,
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
            self.db_h1,
            self.db_h2,
            self.db_h3,
            self.db_h4,
            self.db_h5,
            self.db_h6,
            self.db_h7,
            self.db_h8,
            self.db_h9,
            self.db_h10,
            self.db_o1,
        ) = self.dw
        (self.x1,) = self.x
        (self.y1,) = self.y
        # numbers
        self.one = np.full((), 1, dtype)
        self.two = np.full((), 2, dtype)
        # values on the way
        self.net_h1 = np.empty((R,), dtype)
        self.out_h1 = self.net_h1  # in the same place
        self.delta_h1_part2 = self.net_h1  # in the same place
        self.delta_h2_part = self.net_h1  # in the same place
        self.delta_h3_part = self.net_h1  # in the same place
        self.net_h2 = np.empty((R,), dtype)
        self.out_h2 = self.net_h2  # in the same place
        self.delta_h2_part2 = self.net_h2  # in the same place
        self.net_h3 = np.empty((R,), dtype)
        self.out_h3 = self.net_h3  # in the same place
        self.delta_h3_part2 = self.net_h3  # in the same place
        self.delta_h4_part = self.net_h3  # in the same place
        self.delta_h5_part = self.net_h3  # in the same place
        self.net_h4 = np.empty((R,), dtype)
        self.out_h4 = self.net_h4  # in the same place
        self.delta_h4_part2 = self.net_h4  # in the same place
        self.net_h5 = np.empty((R,), dtype)
        self.out_h5 = self.net_h5  # in the same place
        self.delta_h5_part2 = self.net_h5  # in the same place
        self.delta_h6_part = self.net_h5  # in the same place
        self.delta_h7_part = self.net_h5  # in the same place
        self.net_h6 = np.empty((R,), dtype)
        self.out_h6 = self.net_h6  # in the same place
        self.delta_h6_part2 = self.net_h6  # in the same place
        self.net_h7 = np.empty((R,), dtype)
        self.out_h7 = self.net_h7  # in the same place
        self.delta_h7_part2 = self.net_h7  # in the same place
        self.delta_h8_part = self.net_h7  # in the same place
        self.delta_h9_part = self.net_h7  # in the same place
        self.net_h8 = np.empty((R,), dtype)
        self.out_h8 = self.net_h8  # in the same place
        self.delta_h8_part2 = self.net_h8  # in the same place
        self.net_h9 = np.empty((R,), dtype)
        self.out_h9 = self.net_h9  # in the same place
        self.delta_h9_part2 = self.net_h9  # in the same place
        self.delta_h10_part = self.net_h9  # in the same place
        self.net_h10 = np.empty((R,), dtype)
        self.out_h10 = self.net_h10  # in the same place
        self.delta_h10_part2 = self.net_h10  # in the same place
        self.net_o1 = np.empty((R,), dtype)
        self.E = self.net_o1  # in the same place
        self.net_o1_part = np.empty((R,), dtype)
        self.net_o1_part2 = np.empty((R,), dtype)
        self.net_o1_part3 = np.empty((R,), dtype)
        self.net_o1_part4 = np.empty((R,), dtype)
        self.net_o1_part5 = np.empty((R,), dtype)
        self.net_o1_part6 = np.empty((R,), dtype)
        self.net_o1_part7 = np.empty((R,), dtype)
        self.net_o1_part8 = np.empty((R,), dtype)
        self.delta_o1_part2 = self.net_o1_part8  # in the same place
        self.net_o1_part9 = np.empty((R,), dtype)
        self.delta_o1_part = self.net_o1_part9  # in the same place
        self.delta_h1_part = self.net_o1_part9  # in the same place
        self.delta_o1 = self.db_o1  # in the same place
        self.delta_h1 = self.db_h1  # in the same place
        self.delta_h2 = self.db_h2  # in the same place
        self.delta_h3 = self.db_h3  # in the same place
        self.delta_h4 = self.db_h4  # in the same place
        self.delta_h5 = self.db_h5  # in the same place
        self.delta_h6 = self.db_h6  # in the same place
        self.delta_h7 = self.db_h7  # in the same place
        self.delta_h8 = self.db_h8  # in the same place
        self.delta_h9 = self.db_h9  # in the same place
        self.delta_h10 = self.db_h10  # in the same place

    def load(self, w: Array, x: Array, y: Array) -> None:
        """Take over numbers, inputs and targets: a row for each name, (names, R)."""
        for mine, given in ((self.w, w), (self.x, x), (self.y, y)):
            np.copyto(mine, given)


def gradient_pass(ws: Ensemble) -> None:
    """Leave ws.seed times the gradients of every run in ws.dw."""
    w1 = ws.w1
    x1 = ws.x1
    net_h1 = ws.net_h1
    b_h1 = ws.b_h1
    w2 = ws.w2
    net_h2 = ws.net_h2
    b_h2 = ws.b_h2
    w3 = ws.w3
    net_h3 = ws.net_h3
    b_h3 = ws.b_h3
    w4 = ws.w4
    net_h4 = ws.net_h4
    b_h4 = ws.b_h4
    w5 = ws.w5
    net_h5 = ws.net_h5
    b_h5 = ws.b_h5
    w6 = ws.w6
    net_h6 = ws.net_h6
    b_h6 = ws.b_h6
    w7 = ws.w7
    net_h7 = ws.net_h7
    b_h7 = ws.b_h7
    w8 = ws.w8
    net_h8 = ws.net_h8
    b_h8 = ws.b_h8
    w9 = ws.w9
    net_h9 = ws.net_h9
    b_h9 = ws.b_h9
    w10 = ws.w10
    net_h10 = ws.net_h10
    b_h10 = ws.b_h10
    out_h1 = ws.out_h1
    one = ws.one
    out_h2 = ws.out_h2
    out_h3 = ws.out_h3
    out_h4 = ws.out_h4
    out_h5 = ws.out_h5
    out_h6 = ws.out_h6
    out_h7 = ws.out_h7
    out_h8 = ws.out_h8
    out_h9 = ws.out_h9
    out_h10 = ws.out_h10
    w11 = ws.w11
    net_o1 = ws.net_o1
    w12 = ws.w12
    net_o1_part = ws.net_o1_part
    w13 = ws.w13
    net_o1_part2 = ws.net_o1_part2
    w14 = ws.w14
    net_o1_part3 = ws.net_o1_part3
    w15 = ws.w15
    net_o1_part4 = ws.net_o1_part4
    w16 = ws.w16
    net_o1_part5 = ws.net_o1_part5
    w17 = ws.w17
    net_o1_part6 = ws.net_o1_part6
    w18 = ws.w18
    net_o1_part7 = ws.net_o1_part7
    w19 = ws.w19
    net_o1_part8 = ws.net_o1_part8
    w20 = ws.w20
    net_o1_part9 = ws.net_o1_part9
    b_o1 = ws.b_o1
    two = ws.two
    delta_o1_part = ws.delta_o1_part
    y1 = ws.y1
    delta_o1_part2 = ws.delta_o1_part2
    seed = ws.seed
    delta_o1 = ws.delta_o1
    dw11 = ws.dw11
    dw12 = ws.dw12
    dw13 = ws.dw13
    dw14 = ws.dw14
    dw15 = ws.dw15
    dw16 = ws.dw16
    dw17 = ws.dw17
    dw18 = ws.dw18
    dw19 = ws.dw19
    dw20 = ws.dw20
    delta_h1_part = ws.delta_h1_part
    delta_h1_part2 = ws.delta_h1_part2
    delta_h1 = ws.delta_h1
    delta_h2_part = ws.delta_h2_part
    delta_h2_part2 = ws.delta_h2_part2
    delta_h2 = ws.delta_h2
    delta_h3_part = ws.delta_h3_part
    delta_h3_part2 = ws.delta_h3_part2
    delta_h3 = ws.delta_h3
    delta_h4_part = ws.delta_h4_part
    delta_h4_part2 = ws.delta_h4_part2
    delta_h4 = ws.delta_h4
    delta_h5_part = ws.delta_h5_part
    delta_h5_part2 = ws.delta_h5_part2
    delta_h5 = ws.delta_h5
    delta_h6_part = ws.delta_h6_part
    delta_h6_part2 = ws.delta_h6_part2
    delta_h6 = ws.delta_h6
    delta_h7_part = ws.delta_h7_part
    delta_h7_part2 = ws.delta_h7_part2
    delta_h7 = ws.delta_h7
    delta_h8_part = ws.delta_h8_part
    delta_h8_part2 = ws.delta_h8_part2
    delta_h8 = ws.delta_h8
    delta_h9_part = ws.delta_h9_part
    delta_h9_part2 = ws.delta_h9_part2
    delta_h9 = ws.delta_h9
    delta_h10_part = ws.delta_h10_part
    delta_h10_part2 = ws.delta_h10_part2
    delta_h10 = ws.delta_h10
    dw1 = ws.dw1
    dw2 = ws.dw2
    dw3 = ws.dw3
    dw4 = ws.dw4
    dw5 = ws.dw5
    dw6 = ws.dw6
    dw7 = ws.dw7
    dw8 = ws.dw8
    dw9 = ws.dw9
    dw10 = ws.dw10
    # net_h1 = w1 * x1 + b_h1  (R,) [1]
    np.multiply(w1, x1, out=net_h1)
    np.add(net_h1, b_h1, out=net_h1)
    # net_h2 = w2 * x1 + b_h2  (R,) [1]
    np.multiply(w2, x1, out=net_h2)
    np.add(net_h2, b_h2, out=net_h2)
    # net_h3 = w3 * x1 + b_h3  (R,) [1]
    np.multiply(w3, x1, out=net_h3)
    np.add(net_h3, b_h3, out=net_h3)
    # net_h4 = w4 * x1 + b_h4  (R,) [1]
    np.multiply(w4, x1, out=net_h4)
    np.add(net_h4, b_h4, out=net_h4)
    # net_h5 = w5 * x1 + b_h5  (R,) [1]
    np.multiply(w5, x1, out=net_h5)
    np.add(net_h5, b_h5, out=net_h5)
    # net_h6 = w6 * x1 + b_h6  (R,) [1]
    np.multiply(w6, x1, out=net_h6)
    np.add(net_h6, b_h6, out=net_h6)
    # net_h7 = w7 * x1 + b_h7  (R,) [1]
    np.multiply(w7, x1, out=net_h7)
    np.add(net_h7, b_h7, out=net_h7)
    # net_h8 = w8 * x1 + b_h8  (R,) [1]
    np.multiply(w8, x1, out=net_h8)
    np.add(net_h8, b_h8, out=net_h8)
    # net_h9 = w9 * x1 + b_h9  (R,) [1]
    np.multiply(w9, x1, out=net_h9)
    np.add(net_h9, b_h9, out=net_h9)
    # net_h10 = w10 * x1 + b_h10  (R,) [1]
    np.multiply(w10, x1, out=net_h10)
    np.add(net_h10, b_h10, out=net_h10)
    # out_h1 = 1 / (1 + np.exp(-net_h1))  (R,) [2]
    np.negative(net_h1, out=out_h1)
    np.exp(out_h1, out=out_h1)
    np.add(one, out_h1, out=out_h1)
    np.divide(one, out_h1, out=out_h1)
    # out_h2 = 1 / (1 + np.exp(-net_h2))  (R,) [2]
    np.negative(net_h2, out=out_h2)
    np.exp(out_h2, out=out_h2)
    np.add(one, out_h2, out=out_h2)
    np.divide(one, out_h2, out=out_h2)
    # out_h3 = 1 / (1 + np.exp(-net_h3))  (R,) [2]
    np.negative(net_h3, out=out_h3)
    np.exp(out_h3, out=out_h3)
    np.add(one, out_h3, out=out_h3)
    np.divide(one, out_h3, out=out_h3)
    # out_h4 = 1 / (1 + np.exp(-net_h4))  (R,) [2]
    np.negative(net_h4, out=out_h4)
    np.exp(out_h4, out=out_h4)
    np.add(one, out_h4, out=out_h4)
    np.divide(one, out_h4, out=out_h4)
    # out_h5 = 1 / (1 + np.exp(-net_h5))  (R,) [2]
    np.negative(net_h5, out=out_h5)
    np.exp(out_h5, out=out_h5)
    np.add(one, out_h5, out=out_h5)
    np.divide(one, out_h5, out=out_h5)
    # out_h6 = 1 / (1 + np.exp(-net_h6))  (R,) [2]
    np.negative(net_h6, out=out_h6)
    np.exp(out_h6, out=out_h6)
    np.add(one, out_h6, out=out_h6)
    np.divide(one, out_h6, out=out_h6)
    # out_h7 = 1 / (1 + np.exp(-net_h7))  (R,) [2]
    np.negative(net_h7, out=out_h7)
    np.exp(out_h7, out=out_h7)
    np.add(one, out_h7, out=out_h7)
    np.divide(one, out_h7, out=out_h7)
    # out_h8 = 1 / (1 + np.exp(-net_h8))  (R,) [2]
    np.negative(net_h8, out=out_h8)
    np.exp(out_h8, out=out_h8)
    np.add(one, out_h8, out=out_h8)
    np.divide(one, out_h8, out=out_h8)
    # out_h9 = 1 / (1 + np.exp(-net_h9))  (R,) [2]
    np.negative(net_h9, out=out_h9)
    np.exp(out_h9, out=out_h9)
    np.add(one, out_h9, out=out_h9)
    np.divide(one, out_h9, out=out_h9)
    # out_h10 = 1 / (1 + np.exp(-net_h10))  (R,) [2]
    np.negative(net_h10, out=out_h10)
    np.exp(out_h10, out=out_h10)
    np.add(one, out_h10, out=out_h10)
    np.divide(one, out_h10, out=out_h10)
    # net_o1  (R,) [3]
    np.multiply(w11, out_h1, out=net_o1)
    np.multiply(w12, out_h2, out=net_o1_part)
    np.multiply(w13, out_h3, out=net_o1_part2)
    np.multiply(w14, out_h4, out=net_o1_part3)
    np.multiply(w15, out_h5, out=net_o1_part4)
    np.multiply(w16, out_h6, out=net_o1_part5)
    np.multiply(w17, out_h7, out=net_o1_part6)
    np.multiply(w18, out_h8, out=net_o1_part7)
    np.multiply(w19, out_h9, out=net_o1_part8)
    np.multiply(w20, out_h10, out=net_o1_part9)
    np.add(net_o1, net_o1_part, out=net_o1)
    np.add(net_o1, net_o1_part2, out=net_o1)
    np.add(net_o1, net_o1_part3, out=net_o1)
    np.add(net_o1, net_o1_part4, out=net_o1)
    np.add(net_o1, net_o1_part5, out=net_o1)
    np.add(net_o1, net_o1_part6, out=net_o1)
    np.add(net_o1, net_o1_part7, out=net_o1)
    np.add(net_o1, net_o1_part8, out=net_o1)
    np.add(net_o1, net_o1_part9, out=net_o1)
    np.add(net_o1, b_o1, out=net_o1)
    # delta_o1 = (2 * net_o1 - 2 * y1) * seed  (R,) [5]
    np.multiply(two, net_o1, out=delta_o1_part)
    np.multiply(two, y1, out=delta_o1_part2)
    np.subtract(delta_o1_part, delta_o1_part2, out=delta_o1_part)
    np.multiply(delta_o1_part, seed, out=delta_o1)
    np.multiply(delta_o1, out_h1, out=dw11)  # (R,) [6]
    np.multiply(delta_o1, out_h2, out=dw12)  # (R,) [6]
    np.multiply(delta_o1, out_h3, out=dw13)  # (R,) [6]
    np.multiply(delta_o1, out_h4, out=dw14)  # (R,) [6]
    np.multiply(delta_o1, out_h5, out=dw15)  # (R,) [6]
    np.multiply(delta_o1, out_h6, out=dw16)  # (R,) [6]
    np.multiply(delta_o1, out_h7, out=dw17)  # (R,) [6]
    np.multiply(delta_o1, out_h8, out=dw18)  # (R,) [6]
    np.multiply(delta_o1, out_h9, out=dw19)  # (R,) [6]
    np.multiply(delta_o1, out_h10, out=dw20)  # (R,) [6]
    # delta_h1 = delta_o1 * w11 * out_h1 * (1 - out_h1)  (R,) [8]
    np.multiply(delta_o1, w11, out=delta_h1_part)
    np.multiply(delta_h1_part, out_h1, out=delta_h1_part)
    np.subtract(one, out_h1, out=delta_h1_part2)
    np.multiply(delta_h1_part, delta_h1_part2, out=delta_h1)
    # delta_h2 = delta_o1 * w12 * out_h2 * (1 - out_h2)  (R,) [8]
    np.multiply(delta_o1, w12, out=delta_h2_part)
    np.multiply(delta_h2_part, out_h2, out=delta_h2_part)
    np.subtract(one, out_h2, out=delta_h2_part2)
    np.multiply(delta_h2_part, delta_h2_part2, out=delta_h2)
    # delta_h3 = delta_o1 * w13 * out_h3 * (1 - out_h3)  (R,) [8]
    np.multiply(delta_o1, w13, out=delta_h3_part)
    np.multiply(delta_h3_part, out_h3, out=delta_h3_part)
    np.subtract(one, out_h3, out=delta_h3_part2)
    np.multiply(delta_h3_part, delta_h3_part2, out=delta_h3)
    # delta_h4 = delta_o1 * w14 * out_h4 * (1 - out_h4)  (R,) [8]
    np.multiply(delta_o1, w14, out=delta_h4_part)
    np.multiply(delta_h4_part, out_h4, out=delta_h4_part)
    np.subtract(one, out_h4, out=delta_h4_part2)
    np.multiply(delta_h4_part, delta_h4_part2, out=delta_h4)
    # delta_h5 = delta_o1 * w15 * out_h5 * (1 - out_h5)  (R,) [8]
    np.multiply(delta_o1, w15, out=delta_h5_part)
    np.multiply(delta_h5_part, out_h5, out=delta_h5_part)
    np.subtract(one, out_h5, out=delta_h5_part2)
    np.multiply(delta_h5_part, delta_h5_part2, out=delta_h5)
    # delta_h6 = delta_o1 * w16 * out_h6 * (1 - out_h6)  (R,) [8]
    np.multiply(delta_o1, w16, out=delta_h6_part)
    np.multiply(delta_h6_part, out_h6, out=delta_h6_part)
    np.subtract(one, out_h6, out=delta_h6_part2)
    np.multiply(delta_h6_part, delta_h6_part2, out=delta_h6)
    # delta_h7 = delta_o1 * w17 * out_h7 * (1 - out_h7)  (R,) [8]
    np.multiply(delta_o1, w17, out=delta_h7_part)
    np.multiply(delta_h7_part, out_h7, out=delta_h7_part)
    np.subtract(one, out_h7, out=delta_h7_part2)
    np.multiply(delta_h7_part, delta_h7_part2, out=delta_h7)
    # delta_h8 = delta_o1 * w18 * out_h8 * (1 - out_h8)  (R,) [8]
    np.multiply(delta_o1, w18, out=delta_h8_part)
    np.multiply(delta_h8_part, out_h8, out=delta_h8_part)
    np.subtract(one, out_h8, out=delta_h8_part2)
    np.multiply(delta_h8_part, delta_h8_part2, out=delta_h8)
    # delta_h9 = delta_o1 * w19 * out_h9 * (1 - out_h9)  (R,) [8]
    np.multiply(delta_o1, w19, out=delta_h9_part)
    np.multiply(delta_h9_part, out_h9, out=delta_h9_part)
    np.subtract(one, out_h9, out=delta_h9_part2)
    np.multiply(delta_h9_part, delta_h9_part2, out=delta_h9)
    # delta_h10 = delta_o1 * w20 * out_h10 * (1 - out_h10)  (R,) [8]
    np.multiply(delta_o1, w20, out=delta_h10_part)
    np.multiply(delta_h10_part, out_h10, out=delta_h10_part)
    np.subtract(one, out_h10, out=delta_h10_part2)
    np.multiply(delta_h10_part, delta_h10_part2, out=delta_h10)
    np.multiply(delta_h1, x1, out=dw1)  # (R,) [9]
    np.multiply(delta_h2, x1, out=dw2)  # (R,) [9]
    np.multiply(delta_h3, x1, out=dw3)  # (R,) [9]
    np.multiply(delta_h4, x1, out=dw4)  # (R,) [9]
    np.multiply(delta_h5, x1, out=dw5)  # (R,) [9]
    np.multiply(delta_h6, x1, out=dw6)  # (R,) [9]
    np.multiply(delta_h7, x1, out=dw7)  # (R,) [9]
    np.multiply(delta_h8, x1, out=dw8)  # (R,) [9]
    np.multiply(delta_h9, x1, out=dw9)  # (R,) [9]
    np.multiply(delta_h10, x1, out=dw10)  # (R,) [9]


def loss_pass(ws: Ensemble) -> Array:
    """Return the loss E of every run, after a gradient pass."""
    net_o1 = ws.net_o1
    y1 = ws.y1
    E = ws.E
    # E = (net_o1 - y1) ** 2  (R,) [4]
    np.subtract(net_o1, y1, out=E)
    np.square(E, out=E)
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
        0.018675579901499675,
        -0.00977277879876411,
        0.009500884175255894,
        -0.001513572082976979,
        -0.0010321885179355784,
        0.004105985019383723,
        0.0014404357116087798,
        0.014542735069629751,
        0.007610377251469934,
        0.001216750164928284,
        0.004438632327454257,
        0.0033367432737426684,
        0.01494079073157606,
        -0.0020515826376580086,
        0.003130677016509014,
        -0.008540957393017247,
        -0.025529898158340787,
        0.006536185954403606,
        0.008644361988595058,
        -0.00742165020406442,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
    )
    x = (0.5488135039273248,)
    y = (0.3008450053059529,)
    return w, x, y, 0.2


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
