"""worked_example: One step of a 2-2-2 network, by hand.

Loss: half_sse, sum; targets are values.

Layers:
    inputs 2
    dense 2, sigmoid
    dense 2, sigmoid

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

WEIGHTS = ("w1", "w2", "w3", "w4", "w5", "w6", "w7", "w8")
TRAINED = ("w1", "w2", "w3", "w4", "w5", "w6", "w7", "w8")
INPUTS = ("x1", "x2")
TARGETS = ("y1", "y2")
OUTPUTS = ("out_o1", "out_o2")
CACHE = 2**19  # bytes that the arrays of a chunk of runs may take: those of an L2 cache
LEAST = 256  # runs of a chunk, however many arrays there are
ARRAYS = 57  # of an `Ensemble`


def exp(x: float) -> float:
    """Return e**x, infinity where that is too large for a float."""
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def forward(w: Floats, x: Floats) -> Floats:
    """Return the network's outputs out_o1, out_o2."""
    w, x = floats(w, x)
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


def loss(w: Floats, x: Floats, y: Floats) -> float:
    """Return the loss E of one sample."""
    w, x, y = floats(w, x, y)
    out_o1, out_o2 = forward(w, x)
    y1, y2 = y
    E = (out_o1 - y1) * (out_o1 - y1) / 2 + (out_o2 - y2) * (out_o2 - y2) / 2  # [5]
    return E


def loss_and_gradients(w: Floats, x: Floats, y: Floats) -> tuple[float, Floats]:
    """Return the loss E and its gradient by each trained number, in the order of TRAINED."""
    w, x, y = floats(w, x, y)
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
    v has a row for each of TRAINED too, a direction, and hv its product with the Hessian.
    """

    def __init__(self, R: int, dtype: type[np.floating] = np.float64) -> None:
        if dtype not in (np.float32, np.float64):
            raise TypeError(f"an ensemble of {dtype}, expected float32 or float64")
        self.w = np.zeros((len(WEIGHTS), R), dtype)
        self.dw = np.zeros((len(TRAINED), R), dtype)
        self.v = np.zeros((len(TRAINED), R), dtype)
        self.hv = np.zeros((len(TRAINED), R), dtype)
        self.x = np.zeros((len(INPUTS), R), dtype)
        self.y = np.zeros((len(TARGETS), R), dtype)
        self.seed = np.ones(R, dtype)
        self.trained = self.w[: len(TRAINED)]
        self.w1, self.w2, self.w3, self.w4, self.w5, self.w6, self.w7, self.w8 = self.w
        (
            self.dw1,
            self.dw2,
            self.dw3,
            self.dw4,
            self.dw5,
            self.dw6,
            self.dw7,
            self.dw8,
        ) = self.dw
        self.x1, self.x2 = self.x
        self.y1, self.y2 = self.y
        (
            self.w1_dot,
            self.w2_dot,
            self.w3_dot,
            self.w4_dot,
            self.w5_dot,
            self.w6_dot,
            self.w7_dot,
            self.w8_dot,
        ) = self.v
        (
            self.dw1_dot,
            self.dw2_dot,
            self.dw3_dot,
            self.dw4_dot,
            self.dw5_dot,
            self.dw6_dot,
            self.dw7_dot,
            self.dw8_dot,
        ) = self.hv
        # numbers
        self.one = np.full((), 1, dtype)
        self.two = np.full((), 2, dtype)
        self.c1 = np.full((), 3, dtype)
        # values on the way
        self.net_h1 = np.empty((R,), dtype)
        self.out_h1 = self.net_h1  # in the same place
        self.net_h1_part = np.empty((R,), dtype)
        self.net_h2 = self.net_h1_part  # in the same place
        self.out_h2 = self.net_h1_part  # in the same place
        self.net_h2_part = np.empty((R,), dtype)
        self.net_o1 = self.net_h2_part  # in the same place
        self.out_o1 = self.net_h2_part  # in the same place
        self.delta_o1_dot_part2 = self.net_h2_part  # in the same place
        self.delta_o2_dot_part = self.net_h2_part  # in the same place
        self.delta_h1_dot_part4 = self.net_h2_part  # in the same place
        self.net_o1_part = np.empty((R,), dtype)
        self.net_o2 = self.net_o1_part  # in the same place
        self.out_o2 = self.net_o1_part  # in the same place
        self.delta_o2_dot_part2 = self.net_o1_part  # in the same place
        self.dw5_dot_part2 = self.net_o1_part  # in the same place
        self.dw7_dot_part = self.net_o1_part  # in the same place
        self.dw6_dot_part2 = self.net_o1_part  # in the same place
        self.dw8_dot_part = self.net_o1_part  # in the same place
        self.delta_h1_dot_part3 = self.net_o1_part  # in the same place
        self.net_o2_part = np.empty((R,), dtype)
        self.delta_o1_part = self.net_o2_part  # in the same place
        self.E = self.net_o2_part  # in the same place
        self.delta_o1 = np.empty((R,), dtype)
        self.delta_h2_dot_part2 = self.delta_o1  # in the same place
        self.delta_o1_part2 = np.empty((R,), dtype)
        self.delta_o1_dot_part = self.delta_o1_part2  # in the same place
        self.delta_o2_part = np.empty((R,), dtype)
        self.E_part = self.delta_o2_part  # in the same place
        self.delta_o2 = np.empty((R,), dtype)
        self.delta_h2_dot_part4 = self.delta_o2  # in the same place
        self.delta_o2_part2 = np.empty((R,), dtype)
        self.delta_o1_dot = self.delta_o2_part2  # in the same place
        self.delta_h2_dot_part3 = self.delta_o2_part2  # in the same place
        self.delta_h1_part = np.empty((R,), dtype)
        self.delta_h1_dot = self.delta_h1_part  # in the same place
        self.delta_h1 = np.empty((R,), dtype)
        self.net_h1_dot_part = self.delta_h1  # in the same place
        self.net_h2_dot = self.delta_h1  # in the same place
        self.out_h2_dot = self.delta_h1  # in the same place
        self.delta_h2_dot_part = self.delta_h1  # in the same place
        self.delta_h1_part2 = np.empty((R,), dtype)
        self.delta_h2_part = np.empty((R,), dtype)
        self.delta_h2_dot = self.delta_h2_part  # in the same place
        self.delta_h2 = np.empty((R,), dtype)
        self.net_h1_dot = self.delta_h2  # in the same place
        self.out_h1_dot = self.delta_h2  # in the same place
        self.delta_h1_dot_part = self.delta_h2  # in the same place
        self.delta_h2_part2 = np.empty((R,), dtype)
        self.net_h2_dot_part = np.empty((R,), dtype)
        self.net_o1_dot = self.net_h2_dot_part  # in the same place
        self.out_o1_dot = self.net_h2_dot_part  # in the same place
        self.delta_o2_dot = self.net_h2_dot_part  # in the same place
        self.delta_h2_dot_part5 = self.net_h2_dot_part  # in the same place
        self.net_o1_dot_part = np.empty((R,), dtype)
        self.net_o2_dot_part2 = self.net_o1_dot_part  # in the same place
        self.net_o1_dot_part2 = np.empty((R,), dtype)
        self.net_o2_dot_part = self.net_o1_dot_part2  # in the same place
        self.net_o1_dot_part3 = np.empty((R,), dtype)
        self.net_o2_dot = self.net_o1_dot_part3  # in the same place
        self.out_o2_dot = self.net_o1_dot_part3  # in the same place
        self.dw5_dot_part = self.net_o1_dot_part3  # in the same place
        self.dw7_dot_part2 = self.net_o1_dot_part3  # in the same place
        self.dw6_dot_part = self.net_o1_dot_part3  # in the same place
        self.dw8_dot_part2 = self.net_o1_dot_part3  # in the same place
        self.delta_h1_dot_part2 = self.net_o1_dot_part3  # in the same place
        self.net_o2_dot_part3 = np.empty((R,), dtype)

    def load(self, w: Array, x: Array, y: Array) -> None:
        """Take over numbers, inputs and targets: a row for each name, (names, R)."""
        for mine, given in ((self.w, w), (self.x, x), (self.y, y)):
            np.copyto(mine, given)


def gradient_pass(ws: Ensemble) -> None:
    """Leave ws.seed times the gradients of every run in ws.dw."""
    w1 = ws.w1
    x1 = ws.x1
    net_h1 = ws.net_h1
    w3 = ws.w3
    x2 = ws.x2
    net_h1_part = ws.net_h1_part
    w2 = ws.w2
    net_h2 = ws.net_h2
    w4 = ws.w4
    net_h2_part = ws.net_h2_part
    out_h1 = ws.out_h1
    one = ws.one
    out_h2 = ws.out_h2
    w5 = ws.w5
    net_o1 = ws.net_o1
    w7 = ws.w7
    net_o1_part = ws.net_o1_part
    w6 = ws.w6
    net_o2 = ws.net_o2
    w8 = ws.w8
    net_o2_part = ws.net_o2_part
    out_o1 = ws.out_o1
    out_o2 = ws.out_o2
    y1 = ws.y1
    delta_o1_part = ws.delta_o1_part
    delta_o1 = ws.delta_o1
    delta_o1_part2 = ws.delta_o1_part2
    seed = ws.seed
    y2 = ws.y2
    delta_o2_part = ws.delta_o2_part
    delta_o2 = ws.delta_o2
    delta_o2_part2 = ws.delta_o2_part2
    dw5 = ws.dw5
    dw7 = ws.dw7
    dw6 = ws.dw6
    dw8 = ws.dw8
    delta_h1_part = ws.delta_h1_part
    delta_h1 = ws.delta_h1
    delta_h1_part2 = ws.delta_h1_part2
    delta_h2_part = ws.delta_h2_part
    delta_h2 = ws.delta_h2
    delta_h2_part2 = ws.delta_h2_part2
    dw1 = ws.dw1
    dw3 = ws.dw3
    dw2 = ws.dw2
    dw4 = ws.dw4
    # net_h1 = w1 * x1 + w3 * x2  (R,) [1]
    np.multiply(w1, x1, out=net_h1)
    np.multiply(w3, x2, out=net_h1_part)
    np.add(net_h1, net_h1_part, out=net_h1)
    # net_h2 = w2 * x1 + w4 * x2  (R,) [1]
    np.multiply(w2, x1, out=net_h2)
    np.multiply(w4, x2, out=net_h2_part)
    np.add(net_h2, net_h2_part, out=net_h2)
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
    # net_o1 = w5 * out_h1 + w7 * out_h2  (R,) [3]
    np.multiply(w5, out_h1, out=net_o1)
    np.multiply(w7, out_h2, out=net_o1_part)
    np.add(net_o1, net_o1_part, out=net_o1)
    # net_o2 = w6 * out_h1 + w8 * out_h2  (R,) [3]
    np.multiply(w6, out_h1, out=net_o2)
    np.multiply(w8, out_h2, out=net_o2_part)
    np.add(net_o2, net_o2_part, out=net_o2)
    # out_o1 = 1 / (1 + np.exp(-net_o1))  (R,) [4]
    np.negative(net_o1, out=out_o1)
    np.exp(out_o1, out=out_o1)
    np.add(one, out_o1, out=out_o1)
    np.divide(one, out_o1, out=out_o1)
    # out_o2 = 1 / (1 + np.exp(-net_o2))  (R,) [4]
    np.negative(net_o2, out=out_o2)
    np.exp(out_o2, out=out_o2)
    np.add(one, out_o2, out=out_o2)
    np.divide(one, out_o2, out=out_o2)
    # delta_o1 = (out_o1 - y1) * out_o1 * (1 - out_o1) * seed  (R,) [6]
    np.subtract(out_o1, y1, out=delta_o1_part)
    np.multiply(delta_o1_part, out_o1, out=delta_o1)
    np.subtract(one, out_o1, out=delta_o1_part2)
    np.multiply(delta_o1, delta_o1_part2, out=delta_o1)
    np.multiply(delta_o1, seed, out=delta_o1)
    # delta_o2 = (out_o2 - y2) * out_o2 * (1 - out_o2) * seed  (R,) [6]
    np.subtract(out_o2, y2, out=delta_o2_part)
    np.multiply(delta_o2_part, out_o2, out=delta_o2)
    np.subtract(one, out_o2, out=delta_o2_part2)
    np.multiply(delta_o2, delta_o2_part2, out=delta_o2)
    np.multiply(delta_o2, seed, out=delta_o2)
    np.multiply(delta_o1, out_h1, out=dw5)  # (R,) [7]
    np.multiply(delta_o1, out_h2, out=dw7)  # (R,) [7]
    np.multiply(delta_o2, out_h1, out=dw6)  # (R,) [7]
    np.multiply(delta_o2, out_h2, out=dw8)  # (R,) [7]
    # delta_h1 = (delta_o1 * w5 + delta_o2 * w6) * out_h1 * (1 - out_h1)  (R,) [8]
    np.multiply(delta_o1, w5, out=delta_h1_part)
    np.multiply(delta_o2, w6, out=delta_h1)
    np.add(delta_h1_part, delta_h1, out=delta_h1_part)
    np.multiply(delta_h1_part, out_h1, out=delta_h1)
    np.subtract(one, out_h1, out=delta_h1_part2)
    np.multiply(delta_h1, delta_h1_part2, out=delta_h1)
    # delta_h2 = (delta_o1 * w7 + delta_o2 * w8) * out_h2 * (1 - out_h2)  (R,) [8]
    np.multiply(delta_o1, w7, out=delta_h2_part)
    np.multiply(delta_o2, w8, out=delta_h2)
    np.add(delta_h2_part, delta_h2, out=delta_h2_part)
    np.multiply(delta_h2_part, out_h2, out=delta_h2)
    np.subtract(one, out_h2, out=delta_h2_part2)
    np.multiply(delta_h2, delta_h2_part2, out=delta_h2)
    np.multiply(delta_h1, x1, out=dw1)  # (R,) [9]
    np.multiply(delta_h1, x2, out=dw3)  # (R,) [9]
    np.multiply(delta_h2, x1, out=dw2)  # (R,) [9]
    np.multiply(delta_h2, x2, out=dw4)  # (R,) [9]


def tangent_pass(ws: Ensemble) -> None:
    """Leave ws.seed times the Hessian times ws.v in ws.hv, after a gradient pass.

    With -learning_rate as the seed, v + hv is where a step of training takes a small
    difference v of two runs.
    """
    w1_dot = ws.w1_dot
    x1 = ws.x1
    net_h1_dot = ws.net_h1_dot
    w3_dot = ws.w3_dot
    x2 = ws.x2
    net_h1_dot_part = ws.net_h1_dot_part
    w2_dot = ws.w2_dot
    net_h2_dot = ws.net_h2_dot
    w4_dot = ws.w4_dot
    net_h2_dot_part = ws.net_h2_dot_part
    out_h1 = ws.out_h1
    out_h1_dot = ws.out_h1_dot
    delta_h1_part2 = ws.delta_h1_part2
    out_h2 = ws.out_h2
    out_h2_dot = ws.out_h2_dot
    delta_h2_part2 = ws.delta_h2_part2
    w5 = ws.w5
    net_o1_dot = ws.net_o1_dot
    w5_dot = ws.w5_dot
    net_o1_dot_part = ws.net_o1_dot_part
    w7 = ws.w7
    net_o1_dot_part2 = ws.net_o1_dot_part2
    w7_dot = ws.w7_dot
    net_o1_dot_part3 = ws.net_o1_dot_part3
    w6 = ws.w6
    net_o2_dot = ws.net_o2_dot
    w6_dot = ws.w6_dot
    net_o2_dot_part = ws.net_o2_dot_part
    w8 = ws.w8
    net_o2_dot_part2 = ws.net_o2_dot_part2
    w8_dot = ws.w8_dot
    net_o2_dot_part3 = ws.net_o2_dot_part3
    out_o1 = ws.out_o1
    out_o1_dot = ws.out_o1_dot
    delta_o1_part2 = ws.delta_o1_part2
    out_o2 = ws.out_o2
    out_o2_dot = ws.out_o2_dot
    delta_o2_part2 = ws.delta_o2_part2
    two = ws.two
    delta_o1_dot = ws.delta_o1_dot
    y1 = ws.y1
    delta_o1_dot_part = ws.delta_o1_dot_part
    delta_o1_dot_part2 = ws.delta_o1_dot_part2
    c1 = ws.c1
    seed = ws.seed
    delta_o2_dot = ws.delta_o2_dot
    y2 = ws.y2
    delta_o2_dot_part = ws.delta_o2_dot_part
    delta_o2_dot_part2 = ws.delta_o2_dot_part2
    delta_o1 = ws.delta_o1
    dw5_dot_part = ws.dw5_dot_part
    dw5_dot_part2 = ws.dw5_dot_part2
    dw5_dot = ws.dw5_dot
    dw7_dot_part = ws.dw7_dot_part
    dw7_dot_part2 = ws.dw7_dot_part2
    dw7_dot = ws.dw7_dot
    delta_o2 = ws.delta_o2
    dw6_dot_part = ws.dw6_dot_part
    dw6_dot_part2 = ws.dw6_dot_part2
    dw6_dot = ws.dw6_dot
    dw8_dot_part = ws.dw8_dot_part
    dw8_dot_part2 = ws.dw8_dot_part2
    dw8_dot = ws.dw8_dot
    delta_h1_part = ws.delta_h1_part
    delta_h1_dot = ws.delta_h1_dot
    delta_h1_dot_part = ws.delta_h1_dot_part
    one = ws.one
    delta_h1_dot_part2 = ws.delta_h1_dot_part2
    delta_h1_dot_part3 = ws.delta_h1_dot_part3
    delta_h1_dot_part4 = ws.delta_h1_dot_part4
    delta_h2_part = ws.delta_h2_part
    delta_h2_dot = ws.delta_h2_dot
    delta_h2_dot_part = ws.delta_h2_dot_part
    delta_h2_dot_part2 = ws.delta_h2_dot_part2
    delta_h2_dot_part3 = ws.delta_h2_dot_part3
    delta_h2_dot_part4 = ws.delta_h2_dot_part4
    delta_h2_dot_part5 = ws.delta_h2_dot_part5
    dw1_dot = ws.dw1_dot
    dw3_dot = ws.dw3_dot
    dw2_dot = ws.dw2_dot
    dw4_dot = ws.dw4_dot
    # net_h1_dot = w1_dot * x1 + w3_dot * x2  (R,) [10]
    np.multiply(w1_dot, x1, out=net_h1_dot)
    np.multiply(w3_dot, x2, out=net_h1_dot_part)
    np.add(net_h1_dot, net_h1_dot_part, out=net_h1_dot)
    # net_h2_dot = w2_dot * x1 + w4_dot * x2  (R,) [10]
    np.multiply(w2_dot, x1, out=net_h2_dot)
    np.multiply(w4_dot, x2, out=net_h2_dot_part)
    np.add(net_h2_dot, net_h2_dot_part, out=net_h2_dot)
    # out_h1_dot = net_h1_dot * out_h1 * (1 - out_h1)  (R,) [11]
    np.multiply(net_h1_dot, out_h1, out=out_h1_dot)
    np.multiply(out_h1_dot, delta_h1_part2, out=out_h1_dot)
    # out_h2_dot = net_h2_dot * out_h2 * (1 - out_h2)  (R,) [11]
    np.multiply(net_h2_dot, out_h2, out=out_h2_dot)
    np.multiply(out_h2_dot, delta_h2_part2, out=out_h2_dot)
    # net_o1_dot  (R,) [12]
    np.multiply(w5, out_h1_dot, out=net_o1_dot)
    np.multiply(w5_dot, out_h1, out=net_o1_dot_part)
    np.multiply(w7, out_h2_dot, out=net_o1_dot_part2)
    np.multiply(w7_dot, out_h2, out=net_o1_dot_part3)
    np.add(net_o1_dot, net_o1_dot_part, out=net_o1_dot)
    np.add(net_o1_dot, net_o1_dot_part2, out=net_o1_dot)
    np.add(net_o1_dot, net_o1_dot_part3, out=net_o1_dot)
    # net_o2_dot  (R,) [12]
    np.multiply(w6, out_h1_dot, out=net_o2_dot)
    np.multiply(w6_dot, out_h1, out=net_o2_dot_part)
    np.multiply(w8, out_h2_dot, out=net_o2_dot_part2)
    np.multiply(w8_dot, out_h2, out=net_o2_dot_part3)
    np.add(net_o2_dot, net_o2_dot_part, out=net_o2_dot)
    np.add(net_o2_dot, net_o2_dot_part2, out=net_o2_dot)
    np.add(net_o2_dot, net_o2_dot_part3, out=net_o2_dot)
    # out_o1_dot = net_o1_dot * out_o1 * (1 - out_o1)  (R,) [13]
    np.multiply(net_o1_dot, out_o1, out=out_o1_dot)
    np.multiply(out_o1_dot, delta_o1_part2, out=out_o1_dot)
    # out_o2_dot = net_o2_dot * out_o2 * (1 - out_o2)  (R,) [13]
    np.multiply(net_o2_dot, out_o2, out=out_o2_dot)
    np.multiply(out_o2_dot, delta_o2_part2, out=out_o2_dot)
    # delta_o1_dot  (R,) [14]
    np.multiply(two, out_o1, out=delta_o1_dot)
    np.multiply(two, y1, out=delta_o1_dot_part)
    np.multiply(delta_o1_dot_part, out_o1, out=delta_o1_dot_part)
    np.square(out_o1, out=delta_o1_dot_part2)
    np.multiply(c1, delta_o1_dot_part2, out=delta_o1_dot_part2)
    np.add(delta_o1_dot, delta_o1_dot_part, out=delta_o1_dot)
    np.subtract(delta_o1_dot, delta_o1_dot_part2, out=delta_o1_dot)
    np.subtract(delta_o1_dot, y1, out=delta_o1_dot)
    np.multiply(delta_o1_dot, out_o1_dot, out=delta_o1_dot)
    np.multiply(delta_o1_dot, seed, out=delta_o1_dot)
    # delta_o2_dot  (R,) [14]
    np.multiply(two, out_o2, out=delta_o2_dot)
    np.multiply(two, y2, out=delta_o2_dot_part)
    np.multiply(delta_o2_dot_part, out_o2, out=delta_o2_dot_part)
    np.square(out_o2, out=delta_o2_dot_part2)
    np.multiply(c1, delta_o2_dot_part2, out=delta_o2_dot_part2)
    np.add(delta_o2_dot, delta_o2_dot_part, out=delta_o2_dot)
    np.subtract(delta_o2_dot, delta_o2_dot_part2, out=delta_o2_dot)
    np.subtract(delta_o2_dot, y2, out=delta_o2_dot)
    np.multiply(delta_o2_dot, out_o2_dot, out=delta_o2_dot)
    np.multiply(delta_o2_dot, seed, out=delta_o2_dot)
    # dw5_dot = delta_o1 * out_h1_dot + delta_o1_dot * out_h1  (R,) [15]
    np.multiply(delta_o1, out_h1_dot, out=dw5_dot_part)
    np.multiply(delta_o1_dot, out_h1, out=dw5_dot_part2)
    np.add(dw5_dot_part, dw5_dot_part2, out=dw5_dot)
    # dw7_dot = delta_o1 * out_h2_dot + delta_o1_dot * out_h2  (R,) [15]
    np.multiply(delta_o1, out_h2_dot, out=dw7_dot_part)
    np.multiply(delta_o1_dot, out_h2, out=dw7_dot_part2)
    np.add(dw7_dot_part, dw7_dot_part2, out=dw7_dot)
    # dw6_dot = delta_o2 * out_h1_dot + delta_o2_dot * out_h1  (R,) [15]
    np.multiply(delta_o2, out_h1_dot, out=dw6_dot_part)
    np.multiply(delta_o2_dot, out_h1, out=dw6_dot_part2)
    np.add(dw6_dot_part, dw6_dot_part2, out=dw6_dot)
    # dw8_dot = delta_o2 * out_h2_dot + delta_o2_dot * out_h2  (R,) [15]
    np.multiply(delta_o2, out_h2_dot, out=dw8_dot_part)
    np.multiply(delta_o2_dot, out_h2, out=dw8_dot_part2)
    np.add(dw8_dot_part, dw8_dot_part2, out=dw8_dot)
    # delta_h1_dot  (R,) [16]
    np.multiply(delta_h1_part, out_h1_dot, out=delta_h1_dot)
    np.multiply(two, out_h1, out=delta_h1_dot_part)
    np.subtract(one, delta_h1_dot_part, out=delta_h1_dot_part)
    np.multiply(delta_h1_dot, delta_h1_dot_part, out=delta_h1_dot)
    np.multiply(delta_o1, w5_dot, out=delta_h1_dot_part)
    np.multiply(delta_o1_dot, w5, out=delta_h1_dot_part2)
    np.multiply(delta_o2, w6_dot, out=delta_h1_dot_part3)
    np.multiply(delta_o2_dot, w6, out=delta_h1_dot_part4)
    np.add(delta_h1_dot_part, delta_h1_dot_part2, out=delta_h1_dot_part)
    np.add(delta_h1_dot_part, delta_h1_dot_part3, out=delta_h1_dot_part)
    np.add(delta_h1_dot_part, delta_h1_dot_part4, out=delta_h1_dot_part)
    np.multiply(delta_h1_dot_part, out_h1, out=delta_h1_dot_part)
    np.multiply(delta_h1_dot_part, delta_h1_part2, out=delta_h1_dot_part)
    np.add(delta_h1_dot, delta_h1_dot_part, out=delta_h1_dot)
    # delta_h2_dot  (R,) [16]
    np.multiply(delta_h2_part, out_h2_dot, out=delta_h2_dot)
    np.multiply(two, out_h2, out=delta_h2_dot_part)
    np.subtract(one, delta_h2_dot_part, out=delta_h2_dot_part)
    np.multiply(delta_h2_dot, delta_h2_dot_part, out=delta_h2_dot)
    np.multiply(delta_o1, w7_dot, out=delta_h2_dot_part2)
    np.multiply(delta_o1_dot, w7, out=delta_h2_dot_part3)
    np.multiply(delta_o2, w8_dot, out=delta_h2_dot_part4)
    np.multiply(delta_o2_dot, w8, out=delta_h2_dot_part5)
    np.add(delta_h2_dot_part2, delta_h2_dot_part3, out=delta_h2_dot_part2)
    np.add(delta_h2_dot_part2, delta_h2_dot_part4, out=delta_h2_dot_part2)
    np.add(delta_h2_dot_part2, delta_h2_dot_part5, out=delta_h2_dot_part2)
    np.multiply(delta_h2_dot_part2, out_h2, out=delta_h2_dot_part2)
    np.multiply(delta_h2_dot_part2, delta_h2_part2, out=delta_h2_dot_part2)
    np.add(delta_h2_dot, delta_h2_dot_part2, out=delta_h2_dot)
    np.multiply(delta_h1_dot, x1, out=dw1_dot)  # (R,) [17]
    np.multiply(delta_h1_dot, x2, out=dw3_dot)  # (R,) [17]
    np.multiply(delta_h2_dot, x1, out=dw2_dot)  # (R,) [17]
    np.multiply(delta_h2_dot, x2, out=dw4_dot)  # (R,) [17]


def loss_pass(ws: Ensemble) -> Array:
    """Return the loss E of every run, after a gradient pass and, if it is wanted, a tangent pass."""
    delta_o1_part = ws.delta_o1_part
    E = ws.E
    two = ws.two
    delta_o2_part = ws.delta_o2_part
    E_part = ws.E_part
    # E = (out_o1 - y1) ** 2 / 2 + (out_o2 - y2) ** 2 / 2  (R,) [5]
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


def hessian_products(w: Values, x: Values, y: Values, v: Values) -> Array:
    """Return the Hessian of every run times v, which has an entry for each of TRAINED."""
    w, x, y, rate = runs(w, x, y, 1.0)
    if len(v) != len(TRAINED):
        raise ValueError(f"v has {len(v)} entries, expected {len(TRAINED)}")
    ws = Ensemble(len(rate))
    ws.load(w, x, y)
    for row, value in zip(ws.v, v, strict=True):
        row[...] = value
    with np.errstate(all="ignore"):
        gradient_pass(ws)
        tangent_pass(ws)
    return ws.hv


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
