"""own_layers: Low rank and radial layers in index notation.

Loss: mse, mean; targets are values.

Layers:
    inputs 3
    h[n,j] = sum(i: U[j,i]*x[n,i])
    y[n,k] = sum(j: V[k,j]*tanh(h[n,j])) + b[k]
    y[n,k] = exp(-sum(i: (x[n,i] - c[k,i])**2)*s)
    dense 1, identity

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
    "U1_1_1",
    "U1_1_2",
    "U1_1_3",
    "U1_2_1",
    "U1_2_2",
    "U1_2_3",
    "b1_1",
    "b1_2",
    "b1_3",
    "b1_4",
    "V1_1_1",
    "V1_1_2",
    "V1_2_1",
    "V1_2_2",
    "V1_3_1",
    "V1_3_2",
    "V1_4_1",
    "V1_4_2",
    "s2",
    "c2_1_1",
    "c2_1_2",
    "c2_1_3",
    "c2_1_4",
    "c2_2_1",
    "c2_2_2",
    "c2_2_3",
    "c2_2_4",
    "c2_3_1",
    "c2_3_2",
    "c2_3_3",
    "c2_3_4",
)
TRAINED = (
    "w1",
    "w2",
    "w3",
    "U1_1_1",
    "U1_1_2",
    "U1_1_3",
    "U1_2_1",
    "U1_2_2",
    "U1_2_3",
    "b1_1",
    "b1_2",
    "b1_3",
    "b1_4",
    "V1_1_1",
    "V1_1_2",
    "V1_2_1",
    "V1_2_2",
    "V1_3_1",
    "V1_3_2",
    "V1_4_1",
    "V1_4_2",
    "s2",
    "c2_1_1",
    "c2_1_2",
    "c2_1_3",
    "c2_1_4",
    "c2_2_1",
    "c2_2_2",
    "c2_2_3",
    "c2_2_4",
    "c2_3_1",
    "c2_3_2",
    "c2_3_3",
    "c2_3_4",
)
INPUTS = ("x1", "x2", "x3")
TARGETS = ("y1",)
OUTPUTS = ("net_o1",)
CACHE = 2**19  # bytes that the arrays of a chunk of runs may take: those of an L2 cache
LEAST = 256  # runs of a chunk, however many arrays there are
ARRAYS = 103  # of an `Ensemble`


def exp(x: float) -> float:
    """Return e**x, infinity where that is too large for a float."""
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def tanh_derivative(x: float) -> float:
    """Return 1 - tanh(x)**2.

    float64: at most 2.99 ULP, at 2.44338 (2155 points).
    Counted for |x| <= 30; nothing is spurious beyond.
    """
    a = abs(x)
    c = min(a, 1024.0)
    q = exp(-2 * c)
    return 4 * q / (1 + q) / (1 + q)


def forward(w: Floats, x: Floats) -> Floats:
    """Return the network's outputs net_o1."""
    w, x = floats(w, x)
    (
        w1,
        w2,
        w3,
        U1_1_1,
        U1_1_2,
        U1_1_3,
        U1_2_1,
        U1_2_2,
        U1_2_3,
        b1_1,
        b1_2,
        b1_3,
        b1_4,
        V1_1_1,
        V1_1_2,
        V1_2_1,
        V1_2_2,
        V1_3_1,
        V1_3_2,
        V1_4_1,
        V1_4_2,
        s2,
        c2_1_1,
        c2_1_2,
        c2_1_3,
        c2_1_4,
        c2_2_1,
        c2_2_2,
        c2_2_3,
        c2_2_4,
        c2_3_1,
        c2_3_2,
        c2_3_3,
        c2_3_4,
    ) = w
    x1, x2, x3 = x
    h1_1 = U1_1_1 * x1 + U1_1_2 * x2 + U1_1_3 * x3  # [1]
    h1_2 = U1_2_1 * x1 + U1_2_2 * x2 + U1_2_3 * x3  # [1]
    y1_1 = V1_1_1 * tanh(h1_1) + V1_1_2 * tanh(h1_2) + b1_1  # [2]
    y1_2 = V1_2_1 * tanh(h1_1) + V1_2_2 * tanh(h1_2) + b1_2  # [2]
    y1_3 = V1_3_1 * tanh(h1_1) + V1_3_2 * tanh(h1_2) + b1_3  # [2]
    y1_4 = V1_4_1 * tanh(h1_1) + V1_4_2 * tanh(h1_2) + b1_4  # [2]
    # [3]
    y2_1_sum = (
        (y1_1 - c2_1_1) * (y1_1 - c2_1_1)
        + (y1_2 - c2_1_2) * (y1_2 - c2_1_2)
        + (y1_3 - c2_1_3) * (y1_3 - c2_1_3)
        + (y1_4 - c2_1_4) * (y1_4 - c2_1_4)
    )
    y2_1 = exp(-y2_1_sum * s2)
    # [3]
    y2_2_sum = (
        (y1_1 - c2_2_1) * (y1_1 - c2_2_1)
        + (y1_2 - c2_2_2) * (y1_2 - c2_2_2)
        + (y1_3 - c2_2_3) * (y1_3 - c2_2_3)
        + (y1_4 - c2_2_4) * (y1_4 - c2_2_4)
    )
    y2_2 = exp(-y2_2_sum * s2)
    # [3]
    y2_3_sum = (
        (y1_1 - c2_3_1) * (y1_1 - c2_3_1)
        + (y1_2 - c2_3_2) * (y1_2 - c2_3_2)
        + (y1_3 - c2_3_3) * (y1_3 - c2_3_3)
        + (y1_4 - c2_3_4) * (y1_4 - c2_3_4)
    )
    y2_3 = exp(-y2_3_sum * s2)
    net_o1 = w1 * y2_1 + w2 * y2_2 + w3 * y2_3  # [4]
    return (net_o1,)


def loss(w: Floats, x: Floats, y: Floats) -> float:
    """Return the loss E of one sample."""
    w, x, y = floats(w, x, y)
    (net_o1,) = forward(w, x)
    (y1,) = y
    E = (net_o1 - y1) * (net_o1 - y1)  # [5]
    return E


def loss_and_gradients(w: Floats, x: Floats, y: Floats) -> tuple[float, Floats]:
    """Return the loss E and its gradient by each trained number, in the order of TRAINED."""
    w, x, y = floats(w, x, y)
    (
        w1,
        w2,
        w3,
        U1_1_1,
        U1_1_2,
        U1_1_3,
        U1_2_1,
        U1_2_2,
        U1_2_3,
        b1_1,
        b1_2,
        b1_3,
        b1_4,
        V1_1_1,
        V1_1_2,
        V1_2_1,
        V1_2_2,
        V1_3_1,
        V1_3_2,
        V1_4_1,
        V1_4_2,
        s2,
        c2_1_1,
        c2_1_2,
        c2_1_3,
        c2_1_4,
        c2_2_1,
        c2_2_2,
        c2_2_3,
        c2_2_4,
        c2_3_1,
        c2_3_2,
        c2_3_3,
        c2_3_4,
    ) = w
    x1, x2, x3 = x
    (y1,) = y
    h1_1 = U1_1_1 * x1 + U1_1_2 * x2 + U1_1_3 * x3  # [1]
    h1_2 = U1_2_1 * x1 + U1_2_2 * x2 + U1_2_3 * x3  # [1]
    y1_1 = V1_1_1 * tanh(h1_1) + V1_1_2 * tanh(h1_2) + b1_1  # [2]
    y1_2 = V1_2_1 * tanh(h1_1) + V1_2_2 * tanh(h1_2) + b1_2  # [2]
    y1_3 = V1_3_1 * tanh(h1_1) + V1_3_2 * tanh(h1_2) + b1_3  # [2]
    y1_4 = V1_4_1 * tanh(h1_1) + V1_4_2 * tanh(h1_2) + b1_4  # [2]
    # [3]
    y2_1_sum = (
        (y1_1 - c2_1_1) * (y1_1 - c2_1_1)
        + (y1_2 - c2_1_2) * (y1_2 - c2_1_2)
        + (y1_3 - c2_1_3) * (y1_3 - c2_1_3)
        + (y1_4 - c2_1_4) * (y1_4 - c2_1_4)
    )
    y2_1 = exp(-y2_1_sum * s2)
    # [3]
    y2_2_sum = (
        (y1_1 - c2_2_1) * (y1_1 - c2_2_1)
        + (y1_2 - c2_2_2) * (y1_2 - c2_2_2)
        + (y1_3 - c2_2_3) * (y1_3 - c2_2_3)
        + (y1_4 - c2_2_4) * (y1_4 - c2_2_4)
    )
    y2_2 = exp(-y2_2_sum * s2)
    # [3]
    y2_3_sum = (
        (y1_1 - c2_3_1) * (y1_1 - c2_3_1)
        + (y1_2 - c2_3_2) * (y1_2 - c2_3_2)
        + (y1_3 - c2_3_3) * (y1_3 - c2_3_3)
        + (y1_4 - c2_3_4) * (y1_4 - c2_3_4)
    )
    y2_3 = exp(-y2_3_sum * s2)
    net_o1 = w1 * y2_1 + w2 * y2_2 + w3 * y2_3  # [4]
    E = (net_o1 - y1) * (net_o1 - y1)  # [5]
    delta_o1 = 2 * net_o1 - 2 * y1  # [6]
    dw1 = delta_o1 * y2_1  # [7]
    dw2 = delta_o1 * y2_2  # [7]
    dw3 = delta_o1 * y2_3  # [7]
    dy2_1 = delta_o1 * w1  # [8]
    dy2_2 = delta_o1 * w2  # [8]
    dy2_3 = delta_o1 * w3  # [8]
    ds2_part = (y1_4 - c2_3_4) * (y1_4 - c2_3_4)  # [9]
    ds2_part2 = (y1_3 - c2_3_3) * (y1_3 - c2_3_3)  # [9]
    ds2_part3 = (y1_2 - c2_3_2) * (y1_2 - c2_3_2)  # [9]
    # [9]
    ds2_part4 = (y1_1 - c2_3_1) * (y1_1 - c2_3_1) + ds2_part3 + ds2_part2 + ds2_part
    ds2_part5 = (y1_4 - c2_2_4) * (y1_4 - c2_2_4)  # [9]
    ds2_part6 = (y1_3 - c2_2_3) * (y1_3 - c2_2_3)  # [9]
    ds2_part7 = (y1_2 - c2_2_2) * (y1_2 - c2_2_2)  # [9]
    # [9]
    ds2_part8 = (y1_1 - c2_2_1) * (y1_1 - c2_2_1) + ds2_part7 + ds2_part6 + ds2_part5
    ds2_part9 = (y1_4 - c2_1_4) * (y1_4 - c2_1_4)  # [9]
    ds2_part10 = (y1_3 - c2_1_3) * (y1_3 - c2_1_3)  # [9]
    ds2_part11 = (y1_2 - c2_1_2) * (y1_2 - c2_1_2)  # [9]
    # [9]
    ds2_part12 = (y1_1 - c2_1_1) * (y1_1 - c2_1_1) + ds2_part11 + ds2_part10 + ds2_part9
    ds2 = (
        -ds2_part12 * dy2_1 * y2_1 - ds2_part8 * dy2_2 * y2_2 - ds2_part4 * dy2_3 * y2_3
    )
    dc2_1_1 = 2 * (y1_1 - c2_1_1) * dy2_1 * s2 * y2_1  # [10]
    dc2_1_2 = 2 * (y1_2 - c2_1_2) * dy2_1 * s2 * y2_1  # [10]
    dc2_1_3 = 2 * (y1_3 - c2_1_3) * dy2_1 * s2 * y2_1  # [10]
    dc2_1_4 = 2 * (y1_4 - c2_1_4) * dy2_1 * s2 * y2_1  # [10]
    dc2_2_1 = 2 * (y1_1 - c2_2_1) * dy2_2 * s2 * y2_2  # [10]
    dc2_2_2 = 2 * (y1_2 - c2_2_2) * dy2_2 * s2 * y2_2  # [10]
    dc2_2_3 = 2 * (y1_3 - c2_2_3) * dy2_2 * s2 * y2_2  # [10]
    dc2_2_4 = 2 * (y1_4 - c2_2_4) * dy2_2 * s2 * y2_2  # [10]
    dc2_3_1 = 2 * (y1_1 - c2_3_1) * dy2_3 * s2 * y2_3  # [10]
    dc2_3_2 = 2 * (y1_2 - c2_3_2) * dy2_3 * s2 * y2_3  # [10]
    dc2_3_3 = 2 * (y1_3 - c2_3_3) * dy2_3 * s2 * y2_3  # [10]
    dc2_3_4 = 2 * (y1_4 - c2_3_4) * dy2_3 * s2 * y2_3  # [10]
    # [11]
    dy1_1_sum = (
        (c2_1_1 - y1_1) * dy2_1 * y2_1
        + (c2_2_1 - y1_1) * dy2_2 * y2_2
        + (c2_3_1 - y1_1) * dy2_3 * y2_3
    )
    dy1_1 = 2 * dy1_1_sum * s2
    # [11]
    dy1_2_sum = (
        (c2_1_2 - y1_2) * dy2_1 * y2_1
        + (c2_2_2 - y1_2) * dy2_2 * y2_2
        + (c2_3_2 - y1_2) * dy2_3 * y2_3
    )
    dy1_2 = 2 * dy1_2_sum * s2
    # [11]
    dy1_3_sum = (
        (c2_1_3 - y1_3) * dy2_1 * y2_1
        + (c2_2_3 - y1_3) * dy2_2 * y2_2
        + (c2_3_3 - y1_3) * dy2_3 * y2_3
    )
    dy1_3 = 2 * dy1_3_sum * s2
    # [11]
    dy1_4_sum = (
        (c2_1_4 - y1_4) * dy2_1 * y2_1
        + (c2_2_4 - y1_4) * dy2_2 * y2_2
        + (c2_3_4 - y1_4) * dy2_3 * y2_3
    )
    dy1_4 = 2 * dy1_4_sum * s2
    db1_1 = dy1_1  # [12]
    db1_2 = dy1_2  # [12]
    db1_3 = dy1_3  # [12]
    db1_4 = dy1_4  # [12]
    dV1_1_1 = dy1_1 * tanh(h1_1)  # [13]
    dV1_1_2 = dy1_1 * tanh(h1_2)  # [13]
    dV1_2_1 = dy1_2 * tanh(h1_1)  # [13]
    dV1_2_2 = dy1_2 * tanh(h1_2)  # [13]
    dV1_3_1 = dy1_3 * tanh(h1_1)  # [13]
    dV1_3_2 = dy1_3 * tanh(h1_2)  # [13]
    dV1_4_1 = dy1_4 * tanh(h1_1)  # [13]
    dV1_4_2 = dy1_4 * tanh(h1_2)  # [13]
    # [14]
    dh1_1_sum = V1_1_1 * dy1_1 + V1_2_1 * dy1_2 + V1_3_1 * dy1_3 + V1_4_1 * dy1_4
    dh1_1 = dh1_1_sum * tanh_derivative(h1_1)
    # [14]
    dh1_2_sum = V1_1_2 * dy1_1 + V1_2_2 * dy1_2 + V1_3_2 * dy1_3 + V1_4_2 * dy1_4
    dh1_2 = dh1_2_sum * tanh_derivative(h1_2)
    dU1_1_1 = dh1_1 * x1  # [15]
    dU1_1_2 = dh1_1 * x2  # [15]
    dU1_1_3 = dh1_1 * x3  # [15]
    dU1_2_1 = dh1_2 * x1  # [15]
    dU1_2_2 = dh1_2 * x2  # [15]
    dU1_2_3 = dh1_2 * x3  # [15]
    return E, (
        dw1,
        dw2,
        dw3,
        dU1_1_1,
        dU1_1_2,
        dU1_1_3,
        dU1_2_1,
        dU1_2_2,
        dU1_2_3,
        db1_1,
        db1_2,
        db1_3,
        db1_4,
        dV1_1_1,
        dV1_1_2,
        dV1_2_1,
        dV1_2_2,
        dV1_3_1,
        dV1_3_2,
        dV1_4_1,
        dV1_4_2,
        ds2,
        dc2_1_1,
        dc2_1_2,
        dc2_1_3,
        dc2_1_4,
        dc2_2_1,
        dc2_2_2,
        dc2_2_3,
        dc2_2_4,
        dc2_3_1,
        dc2_3_2,
        dc2_3_3,
        dc2_3_4,
    )


def train_step(
    w: Floats, x: Floats, y: Floats, learning_rate: float
) -> tuple[float, Floats]:
    """Return the loss E and the numbers after a step down from there; nothing is checked."""
    (
        w1,
        w2,
        w3,
        U1_1_1,
        U1_1_2,
        U1_1_3,
        U1_2_1,
        U1_2_2,
        U1_2_3,
        b1_1,
        b1_2,
        b1_3,
        b1_4,
        V1_1_1,
        V1_1_2,
        V1_2_1,
        V1_2_2,
        V1_3_1,
        V1_3_2,
        V1_4_1,
        V1_4_2,
        s2,
        c2_1_1,
        c2_1_2,
        c2_1_3,
        c2_1_4,
        c2_2_1,
        c2_2_2,
        c2_2_3,
        c2_2_4,
        c2_3_1,
        c2_3_2,
        c2_3_3,
        c2_3_4,
    ) = w
    x1, x2, x3 = x
    (y1,) = y
    h1_1 = U1_1_1 * x1 + U1_1_2 * x2 + U1_1_3 * x3  # [1]
    h1_2 = U1_2_1 * x1 + U1_2_2 * x2 + U1_2_3 * x3  # [1]
    y1_1 = V1_1_1 * tanh(h1_1) + V1_1_2 * tanh(h1_2) + b1_1  # [2]
    y1_2 = V1_2_1 * tanh(h1_1) + V1_2_2 * tanh(h1_2) + b1_2  # [2]
    y1_3 = V1_3_1 * tanh(h1_1) + V1_3_2 * tanh(h1_2) + b1_3  # [2]
    y1_4 = V1_4_1 * tanh(h1_1) + V1_4_2 * tanh(h1_2) + b1_4  # [2]
    # [3]
    y2_1_sum = (
        (y1_1 - c2_1_1) * (y1_1 - c2_1_1)
        + (y1_2 - c2_1_2) * (y1_2 - c2_1_2)
        + (y1_3 - c2_1_3) * (y1_3 - c2_1_3)
        + (y1_4 - c2_1_4) * (y1_4 - c2_1_4)
    )
    y2_1 = exp(-y2_1_sum * s2)
    # [3]
    y2_2_sum = (
        (y1_1 - c2_2_1) * (y1_1 - c2_2_1)
        + (y1_2 - c2_2_2) * (y1_2 - c2_2_2)
        + (y1_3 - c2_2_3) * (y1_3 - c2_2_3)
        + (y1_4 - c2_2_4) * (y1_4 - c2_2_4)
    )
    y2_2 = exp(-y2_2_sum * s2)
    # [3]
    y2_3_sum = (
        (y1_1 - c2_3_1) * (y1_1 - c2_3_1)
        + (y1_2 - c2_3_2) * (y1_2 - c2_3_2)
        + (y1_3 - c2_3_3) * (y1_3 - c2_3_3)
        + (y1_4 - c2_3_4) * (y1_4 - c2_3_4)
    )
    y2_3 = exp(-y2_3_sum * s2)
    net_o1 = w1 * y2_1 + w2 * y2_2 + w3 * y2_3  # [4]
    E = (net_o1 - y1) * (net_o1 - y1)  # [5]
    delta_o1 = 2 * net_o1 - 2 * y1  # [6]
    dw1 = delta_o1 * y2_1  # [7]
    dw2 = delta_o1 * y2_2  # [7]
    dw3 = delta_o1 * y2_3  # [7]
    dy2_1 = delta_o1 * w1  # [8]
    dy2_2 = delta_o1 * w2  # [8]
    dy2_3 = delta_o1 * w3  # [8]
    ds2_part = (y1_4 - c2_3_4) * (y1_4 - c2_3_4)  # [9]
    ds2_part2 = (y1_3 - c2_3_3) * (y1_3 - c2_3_3)  # [9]
    ds2_part3 = (y1_2 - c2_3_2) * (y1_2 - c2_3_2)  # [9]
    # [9]
    ds2_part4 = (y1_1 - c2_3_1) * (y1_1 - c2_3_1) + ds2_part3 + ds2_part2 + ds2_part
    ds2_part5 = (y1_4 - c2_2_4) * (y1_4 - c2_2_4)  # [9]
    ds2_part6 = (y1_3 - c2_2_3) * (y1_3 - c2_2_3)  # [9]
    ds2_part7 = (y1_2 - c2_2_2) * (y1_2 - c2_2_2)  # [9]
    # [9]
    ds2_part8 = (y1_1 - c2_2_1) * (y1_1 - c2_2_1) + ds2_part7 + ds2_part6 + ds2_part5
    ds2_part9 = (y1_4 - c2_1_4) * (y1_4 - c2_1_4)  # [9]
    ds2_part10 = (y1_3 - c2_1_3) * (y1_3 - c2_1_3)  # [9]
    ds2_part11 = (y1_2 - c2_1_2) * (y1_2 - c2_1_2)  # [9]
    # [9]
    ds2_part12 = (y1_1 - c2_1_1) * (y1_1 - c2_1_1) + ds2_part11 + ds2_part10 + ds2_part9
    ds2 = (
        -ds2_part12 * dy2_1 * y2_1 - ds2_part8 * dy2_2 * y2_2 - ds2_part4 * dy2_3 * y2_3
    )
    dc2_1_1 = 2 * (y1_1 - c2_1_1) * dy2_1 * s2 * y2_1  # [10]
    dc2_1_2 = 2 * (y1_2 - c2_1_2) * dy2_1 * s2 * y2_1  # [10]
    dc2_1_3 = 2 * (y1_3 - c2_1_3) * dy2_1 * s2 * y2_1  # [10]
    dc2_1_4 = 2 * (y1_4 - c2_1_4) * dy2_1 * s2 * y2_1  # [10]
    dc2_2_1 = 2 * (y1_1 - c2_2_1) * dy2_2 * s2 * y2_2  # [10]
    dc2_2_2 = 2 * (y1_2 - c2_2_2) * dy2_2 * s2 * y2_2  # [10]
    dc2_2_3 = 2 * (y1_3 - c2_2_3) * dy2_2 * s2 * y2_2  # [10]
    dc2_2_4 = 2 * (y1_4 - c2_2_4) * dy2_2 * s2 * y2_2  # [10]
    dc2_3_1 = 2 * (y1_1 - c2_3_1) * dy2_3 * s2 * y2_3  # [10]
    dc2_3_2 = 2 * (y1_2 - c2_3_2) * dy2_3 * s2 * y2_3  # [10]
    dc2_3_3 = 2 * (y1_3 - c2_3_3) * dy2_3 * s2 * y2_3  # [10]
    dc2_3_4 = 2 * (y1_4 - c2_3_4) * dy2_3 * s2 * y2_3  # [10]
    # [11]
    dy1_1_sum = (
        (c2_1_1 - y1_1) * dy2_1 * y2_1
        + (c2_2_1 - y1_1) * dy2_2 * y2_2
        + (c2_3_1 - y1_1) * dy2_3 * y2_3
    )
    dy1_1 = 2 * dy1_1_sum * s2
    # [11]
    dy1_2_sum = (
        (c2_1_2 - y1_2) * dy2_1 * y2_1
        + (c2_2_2 - y1_2) * dy2_2 * y2_2
        + (c2_3_2 - y1_2) * dy2_3 * y2_3
    )
    dy1_2 = 2 * dy1_2_sum * s2
    # [11]
    dy1_3_sum = (
        (c2_1_3 - y1_3) * dy2_1 * y2_1
        + (c2_2_3 - y1_3) * dy2_2 * y2_2
        + (c2_3_3 - y1_3) * dy2_3 * y2_3
    )
    dy1_3 = 2 * dy1_3_sum * s2
    # [11]
    dy1_4_sum = (
        (c2_1_4 - y1_4) * dy2_1 * y2_1
        + (c2_2_4 - y1_4) * dy2_2 * y2_2
        + (c2_3_4 - y1_4) * dy2_3 * y2_3
    )
    dy1_4 = 2 * dy1_4_sum * s2
    db1_1 = dy1_1  # [12]
    db1_2 = dy1_2  # [12]
    db1_3 = dy1_3  # [12]
    db1_4 = dy1_4  # [12]
    dV1_1_1 = dy1_1 * tanh(h1_1)  # [13]
    dV1_1_2 = dy1_1 * tanh(h1_2)  # [13]
    dV1_2_1 = dy1_2 * tanh(h1_1)  # [13]
    dV1_2_2 = dy1_2 * tanh(h1_2)  # [13]
    dV1_3_1 = dy1_3 * tanh(h1_1)  # [13]
    dV1_3_2 = dy1_3 * tanh(h1_2)  # [13]
    dV1_4_1 = dy1_4 * tanh(h1_1)  # [13]
    dV1_4_2 = dy1_4 * tanh(h1_2)  # [13]
    # [14]
    dh1_1_sum = V1_1_1 * dy1_1 + V1_2_1 * dy1_2 + V1_3_1 * dy1_3 + V1_4_1 * dy1_4
    dh1_1 = dh1_1_sum * tanh_derivative(h1_1)
    # [14]
    dh1_2_sum = V1_1_2 * dy1_1 + V1_2_2 * dy1_2 + V1_3_2 * dy1_3 + V1_4_2 * dy1_4
    dh1_2 = dh1_2_sum * tanh_derivative(h1_2)
    dU1_1_1 = dh1_1 * x1  # [15]
    dU1_1_2 = dh1_1 * x2  # [15]
    dU1_1_3 = dh1_1 * x3  # [15]
    dU1_2_1 = dh1_2 * x1  # [15]
    dU1_2_2 = dh1_2 * x2  # [15]
    dU1_2_3 = dh1_2 * x3  # [15]
    return E, (
        w1 - learning_rate * dw1,
        w2 - learning_rate * dw2,
        w3 - learning_rate * dw3,
        U1_1_1 - learning_rate * dU1_1_1,
        U1_1_2 - learning_rate * dU1_1_2,
        U1_1_3 - learning_rate * dU1_1_3,
        U1_2_1 - learning_rate * dU1_2_1,
        U1_2_2 - learning_rate * dU1_2_2,
        U1_2_3 - learning_rate * dU1_2_3,
        b1_1 - learning_rate * db1_1,
        b1_2 - learning_rate * db1_2,
        b1_3 - learning_rate * db1_3,
        b1_4 - learning_rate * db1_4,
        V1_1_1 - learning_rate * dV1_1_1,
        V1_1_2 - learning_rate * dV1_1_2,
        V1_2_1 - learning_rate * dV1_2_1,
        V1_2_2 - learning_rate * dV1_2_2,
        V1_3_1 - learning_rate * dV1_3_1,
        V1_3_2 - learning_rate * dV1_3_2,
        V1_4_1 - learning_rate * dV1_4_1,
        V1_4_2 - learning_rate * dV1_4_2,
        s2 - learning_rate * ds2,
        c2_1_1 - learning_rate * dc2_1_1,
        c2_1_2 - learning_rate * dc2_1_2,
        c2_1_3 - learning_rate * dc2_1_3,
        c2_1_4 - learning_rate * dc2_1_4,
        c2_2_1 - learning_rate * dc2_2_1,
        c2_2_2 - learning_rate * dc2_2_2,
        c2_2_3 - learning_rate * dc2_2_3,
        c2_2_4 - learning_rate * dc2_2_4,
        c2_3_1 - learning_rate * dc2_3_1,
        c2_3_2 - learning_rate * dc2_3_2,
        c2_3_3 - learning_rate * dc2_3_3,
        c2_3_4 - learning_rate * dc2_3_4,
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
            self.U1_1_1,
            self.U1_1_2,
            self.U1_1_3,
            self.U1_2_1,
            self.U1_2_2,
            self.U1_2_3,
            self.b1_1,
            self.b1_2,
            self.b1_3,
            self.b1_4,
            self.V1_1_1,
            self.V1_1_2,
            self.V1_2_1,
            self.V1_2_2,
            self.V1_3_1,
            self.V1_3_2,
            self.V1_4_1,
            self.V1_4_2,
            self.s2,
            self.c2_1_1,
            self.c2_1_2,
            self.c2_1_3,
            self.c2_1_4,
            self.c2_2_1,
            self.c2_2_2,
            self.c2_2_3,
            self.c2_2_4,
            self.c2_3_1,
            self.c2_3_2,
            self.c2_3_3,
            self.c2_3_4,
        ) = self.w
        (
            self.dw1,
            self.dw2,
            self.dw3,
            self.dU1_1_1,
            self.dU1_1_2,
            self.dU1_1_3,
            self.dU1_2_1,
            self.dU1_2_2,
            self.dU1_2_3,
            self.db1_1,
            self.db1_2,
            self.db1_3,
            self.db1_4,
            self.dV1_1_1,
            self.dV1_1_2,
            self.dV1_2_1,
            self.dV1_2_2,
            self.dV1_3_1,
            self.dV1_3_2,
            self.dV1_4_1,
            self.dV1_4_2,
            self.ds2,
            self.dc2_1_1,
            self.dc2_1_2,
            self.dc2_1_3,
            self.dc2_1_4,
            self.dc2_2_1,
            self.dc2_2_2,
            self.dc2_2_3,
            self.dc2_2_4,
            self.dc2_3_1,
            self.dc2_3_2,
            self.dc2_3_3,
            self.dc2_3_4,
        ) = self.dw
        self.x1, self.x2, self.x3 = self.x
        (self.y1,) = self.y
        # numbers
        self.two = np.full((), 2, dtype)
        self.c1_R = np.full((R,), 1024, dtype)
        self.c2 = np.full((), -2, dtype)
        self.c3 = np.full((), 4, dtype)
        self.one = np.full((), 1, dtype)
        # values on the way
        self.h1_1 = np.empty((R,), dtype)
        self.dh1_1_part4 = self.h1_1  # in the same place
        self.dh1_2_part = self.h1_1  # in the same place
        self.h1_1_part = np.empty((R,), dtype)
        self.h1_2_part = self.h1_1_part  # in the same place
        self.y1_1 = self.h1_1_part  # in the same place
        self.dy1_1_part3 = self.h1_1_part  # in the same place
        self.dy1_2_part2 = self.h1_1_part  # in the same place
        self.h1_1_part2 = np.empty((R,), dtype)
        self.h1_2 = self.h1_1_part2  # in the same place
        self.dh1_2_part4 = self.h1_1_part2  # in the same place
        self.h1_2_part2 = np.empty((R,), dtype)
        self.y1_1_part = self.h1_2_part2  # in the same place
        self.dh1_1_part = self.h1_2_part2  # in the same place
        self.dh1_2_part3 = self.h1_2_part2  # in the same place
        self.y1_1_part2 = np.empty((R,), dtype)
        self.dh1_1 = self.y1_1_part2  # in the same place
        self.y1_1_part3 = np.empty((R,), dtype)
        self.y1_2 = self.y1_1_part3  # in the same place
        self.dy1_2_part3 = self.y1_1_part3  # in the same place
        self.dy1_3_part2 = self.y1_1_part3  # in the same place
        self.y1_2_part = np.empty((R,), dtype)
        self.y1_3 = self.y1_2_part  # in the same place
        self.dy1_3_part3 = self.y1_2_part  # in the same place
        self.y1_3_part = np.empty((R,), dtype)
        self.y1_4 = self.y1_3_part  # in the same place
        self.dy1_4_part3 = self.y1_3_part  # in the same place
        self.dh1_1_part3 = self.y1_3_part  # in the same place
        self.dh1_2 = self.y1_3_part  # in the same place
        self.y1_4_part = np.empty((R,), dtype)
        self.y2_1_part = self.y1_4_part  # in the same place
        self.dc2_1_1_part = self.y1_4_part  # in the same place
        self.y2_1_part2 = np.empty((R,), dtype)
        self.ds2_part = self.y2_1_part2  # in the same place
        self.y2_1_part3 = np.empty((R,), dtype)
        self.dc2_1_2_part = self.y2_1_part3  # in the same place
        self.y2_1_part4 = np.empty((R,), dtype)
        self.y2_2_part2 = self.y2_1_part4  # in the same place
        self.ds2_part2 = self.y2_1_part4  # in the same place
        self.y2_1_part5 = np.empty((R,), dtype)
        self.dc2_1_3_part = self.y2_1_part5  # in the same place
        self.y2_1_part6 = np.empty((R,), dtype)
        self.y2_2_part = self.y2_1_part6  # in the same place
        self.dc2_2_1_part = self.y2_1_part6  # in the same place
        self.y2_1_part7 = np.empty((R,), dtype)
        self.dc2_1_4_part = self.y2_1_part7  # in the same place
        self.y2_1 = np.empty((R,), dtype)
        self.dy1_4_part2 = self.y2_1  # in the same place
        self.y2_2_part3 = np.empty((R,), dtype)
        self.dc2_2_2_part = self.y2_2_part3  # in the same place
        self.y2_2_part4 = np.empty((R,), dtype)
        self.y2_3_part2 = self.y2_2_part4  # in the same place
        self.ds2_part3 = self.y2_2_part4  # in the same place
        self.y2_2_part5 = np.empty((R,), dtype)
        self.dc2_2_3_part = self.y2_2_part5  # in the same place
        self.y2_2_part6 = np.empty((R,), dtype)
        self.y2_3_part = self.y2_2_part6  # in the same place
        self.dc2_3_1_part = self.y2_2_part6  # in the same place
        self.y2_2_part7 = np.empty((R,), dtype)
        self.dc2_2_4_part = self.y2_2_part7  # in the same place
        self.y2_2 = np.empty((R,), dtype)
        self.y2_3_part3 = np.empty((R,), dtype)
        self.dc2_3_2_part = self.y2_3_part3  # in the same place
        self.y2_3_part4 = np.empty((R,), dtype)
        self.net_o1_part = self.y2_3_part4  # in the same place
        self.delta_o1_part = self.y2_3_part4  # in the same place
        self.dy2_1 = self.y2_3_part4  # in the same place
        self.y2_3_part5 = np.empty((R,), dtype)
        self.dc2_3_3_part = self.y2_3_part5  # in the same place
        self.dy1_1_part2 = self.y2_3_part5  # in the same place
        self.y2_3_part6 = np.empty((R,), dtype)
        self.net_o1 = self.y2_3_part6  # in the same place
        self.E = self.y2_3_part6  # in the same place
        self.y2_3_part7 = np.empty((R,), dtype)
        self.dc2_3_4_part = self.y2_3_part7  # in the same place
        self.dy1_1_part = self.y2_3_part7  # in the same place
        self.dy1_2_part = self.y2_3_part7  # in the same place
        self.dy1_3_part = self.y2_3_part7  # in the same place
        self.dy1_4_part = self.y2_3_part7  # in the same place
        self.dh1_1_part2 = self.y2_3_part7  # in the same place
        self.dh1_2_part2 = self.y2_3_part7  # in the same place
        self.y2_3 = np.empty((R,), dtype)
        self.net_o1_part2 = np.empty((R,), dtype)
        self.delta_o1 = self.net_o1_part2  # in the same place
        self.dy2_3 = self.net_o1_part2  # in the same place
        self.dy2_2 = np.empty((R,), dtype)
        self.dy1_1 = self.db1_1  # in the same place
        self.dy1_2 = self.db1_2  # in the same place
        self.dy1_3 = self.db1_3  # in the same place
        self.dy1_4 = self.db1_4  # in the same place

    def load(self, w: Array, x: Array, y: Array) -> None:
        """Take over numbers, inputs and targets: a row for each name, (names, R)."""
        for mine, given in ((self.w, w), (self.x, x), (self.y, y)):
            np.copyto(mine, given)


def gradient_pass(ws: Ensemble) -> None:
    """Leave ws.seed times the gradients of every run in ws.dw."""
    U1_1_1 = ws.U1_1_1
    x1 = ws.x1
    h1_1 = ws.h1_1
    U1_1_2 = ws.U1_1_2
    x2 = ws.x2
    h1_1_part = ws.h1_1_part
    U1_1_3 = ws.U1_1_3
    x3 = ws.x3
    h1_1_part2 = ws.h1_1_part2
    U1_2_1 = ws.U1_2_1
    h1_2 = ws.h1_2
    U1_2_2 = ws.U1_2_2
    h1_2_part = ws.h1_2_part
    U1_2_3 = ws.U1_2_3
    h1_2_part2 = ws.h1_2_part2
    y1_1_part = ws.y1_1_part
    V1_1_1 = ws.V1_1_1
    y1_1 = ws.y1_1
    y1_1_part2 = ws.y1_1_part2
    V1_1_2 = ws.V1_1_2
    y1_1_part3 = ws.y1_1_part3
    b1_1 = ws.b1_1
    V1_2_1 = ws.V1_2_1
    y1_2 = ws.y1_2
    V1_2_2 = ws.V1_2_2
    y1_2_part = ws.y1_2_part
    b1_2 = ws.b1_2
    V1_3_1 = ws.V1_3_1
    y1_3 = ws.y1_3
    V1_3_2 = ws.V1_3_2
    y1_3_part = ws.y1_3_part
    b1_3 = ws.b1_3
    V1_4_1 = ws.V1_4_1
    y1_4 = ws.y1_4
    V1_4_2 = ws.V1_4_2
    y1_4_part = ws.y1_4_part
    b1_4 = ws.b1_4
    c2_1_1 = ws.c2_1_1
    y2_1_part = ws.y2_1_part
    y2_1_part2 = ws.y2_1_part2
    c2_1_2 = ws.c2_1_2
    y2_1_part3 = ws.y2_1_part3
    y2_1_part4 = ws.y2_1_part4
    c2_1_3 = ws.c2_1_3
    y2_1_part5 = ws.y2_1_part5
    y2_1_part6 = ws.y2_1_part6
    c2_1_4 = ws.c2_1_4
    y2_1_part7 = ws.y2_1_part7
    y2_1 = ws.y2_1
    s2 = ws.s2
    c2_2_1 = ws.c2_2_1
    y2_2_part = ws.y2_2_part
    y2_2_part2 = ws.y2_2_part2
    c2_2_2 = ws.c2_2_2
    y2_2_part3 = ws.y2_2_part3
    y2_2_part4 = ws.y2_2_part4
    c2_2_3 = ws.c2_2_3
    y2_2_part5 = ws.y2_2_part5
    y2_2_part6 = ws.y2_2_part6
    c2_2_4 = ws.c2_2_4
    y2_2_part7 = ws.y2_2_part7
    y2_2 = ws.y2_2
    c2_3_1 = ws.c2_3_1
    y2_3_part = ws.y2_3_part
    y2_3_part2 = ws.y2_3_part2
    c2_3_2 = ws.c2_3_2
    y2_3_part3 = ws.y2_3_part3
    y2_3_part4 = ws.y2_3_part4
    c2_3_3 = ws.c2_3_3
    y2_3_part5 = ws.y2_3_part5
    y2_3_part6 = ws.y2_3_part6
    c2_3_4 = ws.c2_3_4
    y2_3_part7 = ws.y2_3_part7
    y2_3 = ws.y2_3
    w1 = ws.w1
    net_o1 = ws.net_o1
    w2 = ws.w2
    net_o1_part = ws.net_o1_part
    w3 = ws.w3
    net_o1_part2 = ws.net_o1_part2
    two = ws.two
    delta_o1 = ws.delta_o1
    y1 = ws.y1
    delta_o1_part = ws.delta_o1_part
    seed = ws.seed
    dw1 = ws.dw1
    dw2 = ws.dw2
    dw3 = ws.dw3
    dy2_1 = ws.dy2_1
    dy2_2 = ws.dy2_2
    dy2_3 = ws.dy2_3
    ds2_part = ws.ds2_part
    ds2_part2 = ws.ds2_part2
    ds2_part3 = ws.ds2_part3
    ds2 = ws.ds2
    dc2_1_1_part = ws.dc2_1_1_part
    dc2_1_1 = ws.dc2_1_1
    dc2_1_2_part = ws.dc2_1_2_part
    dc2_1_2 = ws.dc2_1_2
    dc2_1_3_part = ws.dc2_1_3_part
    dc2_1_3 = ws.dc2_1_3
    dc2_1_4_part = ws.dc2_1_4_part
    dc2_1_4 = ws.dc2_1_4
    dc2_2_1_part = ws.dc2_2_1_part
    dc2_2_1 = ws.dc2_2_1
    dc2_2_2_part = ws.dc2_2_2_part
    dc2_2_2 = ws.dc2_2_2
    dc2_2_3_part = ws.dc2_2_3_part
    dc2_2_3 = ws.dc2_2_3
    dc2_2_4_part = ws.dc2_2_4_part
    dc2_2_4 = ws.dc2_2_4
    dc2_3_1_part = ws.dc2_3_1_part
    dc2_3_1 = ws.dc2_3_1
    dc2_3_2_part = ws.dc2_3_2_part
    dc2_3_2 = ws.dc2_3_2
    dc2_3_3_part = ws.dc2_3_3_part
    dc2_3_3 = ws.dc2_3_3
    dc2_3_4_part = ws.dc2_3_4_part
    dc2_3_4 = ws.dc2_3_4
    dy1_1_part = ws.dy1_1_part
    dy1_1_part2 = ws.dy1_1_part2
    dy1_1_part3 = ws.dy1_1_part3
    dy1_1 = ws.dy1_1
    dy1_2_part = ws.dy1_2_part
    dy1_2_part2 = ws.dy1_2_part2
    dy1_2_part3 = ws.dy1_2_part3
    dy1_2 = ws.dy1_2
    dy1_3_part = ws.dy1_3_part
    dy1_3_part2 = ws.dy1_3_part2
    dy1_3_part3 = ws.dy1_3_part3
    dy1_3 = ws.dy1_3
    dy1_4_part = ws.dy1_4_part
    dy1_4_part2 = ws.dy1_4_part2
    dy1_4_part3 = ws.dy1_4_part3
    dy1_4 = ws.dy1_4
    dV1_1_1 = ws.dV1_1_1
    dV1_1_2 = ws.dV1_1_2
    dV1_2_1 = ws.dV1_2_1
    dV1_2_2 = ws.dV1_2_2
    dV1_3_1 = ws.dV1_3_1
    dV1_3_2 = ws.dV1_3_2
    dV1_4_1 = ws.dV1_4_1
    dV1_4_2 = ws.dV1_4_2
    dh1_1 = ws.dh1_1
    dh1_1_part = ws.dh1_1_part
    dh1_1_part2 = ws.dh1_1_part2
    dh1_1_part3 = ws.dh1_1_part3
    dh1_1_part4 = ws.dh1_1_part4
    c1_R = ws.c1_R
    c2 = ws.c2
    c3 = ws.c3
    one = ws.one
    dh1_2 = ws.dh1_2
    dh1_2_part = ws.dh1_2_part
    dh1_2_part2 = ws.dh1_2_part2
    dh1_2_part3 = ws.dh1_2_part3
    dh1_2_part4 = ws.dh1_2_part4
    dU1_1_1 = ws.dU1_1_1
    dU1_1_2 = ws.dU1_1_2
    dU1_1_3 = ws.dU1_1_3
    dU1_2_1 = ws.dU1_2_1
    dU1_2_2 = ws.dU1_2_2
    dU1_2_3 = ws.dU1_2_3
    # h1_1 = U1_1_1 * x1 + U1_1_2 * x2 + U1_1_3 * x3  (R,) [1]
    np.multiply(U1_1_1, x1, out=h1_1)
    np.multiply(U1_1_2, x2, out=h1_1_part)
    np.multiply(U1_1_3, x3, out=h1_1_part2)
    np.add(h1_1, h1_1_part, out=h1_1)
    np.add(h1_1, h1_1_part2, out=h1_1)
    # h1_2 = U1_2_1 * x1 + U1_2_2 * x2 + U1_2_3 * x3  (R,) [1]
    np.multiply(U1_2_1, x1, out=h1_2)
    np.multiply(U1_2_2, x2, out=h1_2_part)
    np.multiply(U1_2_3, x3, out=h1_2_part2)
    np.add(h1_2, h1_2_part, out=h1_2)
    np.add(h1_2, h1_2_part2, out=h1_2)
    # y1_1 = V1_1_1 * np.tanh(h1_1) + V1_1_2 * np.tanh(h1_2) + b1_1  (R,) [2]
    np.tanh(h1_1, out=y1_1_part)
    np.multiply(V1_1_1, y1_1_part, out=y1_1)
    np.tanh(h1_2, out=y1_1_part2)
    np.multiply(V1_1_2, y1_1_part2, out=y1_1_part3)
    np.add(y1_1, y1_1_part3, out=y1_1)
    np.add(y1_1, b1_1, out=y1_1)
    # y1_2 = V1_2_1 * np.tanh(h1_1) + V1_2_2 * np.tanh(h1_2) + b1_2  (R,) [2]
    np.multiply(V1_2_1, y1_1_part, out=y1_2)
    np.multiply(V1_2_2, y1_1_part2, out=y1_2_part)
    np.add(y1_2, y1_2_part, out=y1_2)
    np.add(y1_2, b1_2, out=y1_2)
    # y1_3 = V1_3_1 * np.tanh(h1_1) + V1_3_2 * np.tanh(h1_2) + b1_3  (R,) [2]
    np.multiply(V1_3_1, y1_1_part, out=y1_3)
    np.multiply(V1_3_2, y1_1_part2, out=y1_3_part)
    np.add(y1_3, y1_3_part, out=y1_3)
    np.add(y1_3, b1_3, out=y1_3)
    # y1_4 = V1_4_1 * np.tanh(h1_1) + V1_4_2 * np.tanh(h1_2) + b1_4  (R,) [2]
    np.multiply(V1_4_1, y1_1_part, out=y1_4)
    np.multiply(V1_4_2, y1_1_part2, out=y1_4_part)
    np.add(y1_4, y1_4_part, out=y1_4)
    np.add(y1_4, b1_4, out=y1_4)
    # y2_1  (R,) [3]
    np.subtract(y1_1, c2_1_1, out=y2_1_part)
    np.square(y2_1_part, out=y2_1_part2)
    np.subtract(y1_2, c2_1_2, out=y2_1_part3)
    np.square(y2_1_part3, out=y2_1_part4)
    np.subtract(y1_3, c2_1_3, out=y2_1_part5)
    np.square(y2_1_part5, out=y2_1_part6)
    np.subtract(y1_4, c2_1_4, out=y2_1_part7)
    np.square(y2_1_part7, out=y2_1)
    np.add(y2_1_part2, y2_1_part4, out=y2_1_part2)
    np.add(y2_1_part2, y2_1_part6, out=y2_1_part2)
    np.add(y2_1_part2, y2_1, out=y2_1_part2)
    np.negative(y2_1_part2, out=y2_1)
    np.multiply(y2_1, s2, out=y2_1)
    np.exp(y2_1, out=y2_1)
    # y2_2  (R,) [3]
    np.subtract(y1_1, c2_2_1, out=y2_2_part)
    np.square(y2_2_part, out=y2_2_part2)
    np.subtract(y1_2, c2_2_2, out=y2_2_part3)
    np.square(y2_2_part3, out=y2_2_part4)
    np.subtract(y1_3, c2_2_3, out=y2_2_part5)
    np.square(y2_2_part5, out=y2_2_part6)
    np.subtract(y1_4, c2_2_4, out=y2_2_part7)
    np.square(y2_2_part7, out=y2_2)
    np.add(y2_2_part2, y2_2_part4, out=y2_2_part2)
    np.add(y2_2_part2, y2_2_part6, out=y2_2_part2)
    np.add(y2_2_part2, y2_2, out=y2_2_part2)
    np.negative(y2_2_part2, out=y2_2)
    np.multiply(y2_2, s2, out=y2_2)
    np.exp(y2_2, out=y2_2)
    # y2_3  (R,) [3]
    np.subtract(y1_1, c2_3_1, out=y2_3_part)
    np.square(y2_3_part, out=y2_3_part2)
    np.subtract(y1_2, c2_3_2, out=y2_3_part3)
    np.square(y2_3_part3, out=y2_3_part4)
    np.subtract(y1_3, c2_3_3, out=y2_3_part5)
    np.square(y2_3_part5, out=y2_3_part6)
    np.subtract(y1_4, c2_3_4, out=y2_3_part7)
    np.square(y2_3_part7, out=y2_3)
    np.add(y2_3_part2, y2_3_part4, out=y2_3_part2)
    np.add(y2_3_part2, y2_3_part6, out=y2_3_part2)
    np.add(y2_3_part2, y2_3, out=y2_3_part2)
    np.negative(y2_3_part2, out=y2_3)
    np.multiply(y2_3, s2, out=y2_3)
    np.exp(y2_3, out=y2_3)
    # net_o1 = w1 * y2_1 + w2 * y2_2 + w3 * y2_3  (R,) [4]
    np.multiply(w1, y2_1, out=net_o1)
    np.multiply(w2, y2_2, out=net_o1_part)
    np.multiply(w3, y2_3, out=net_o1_part2)
    np.add(net_o1, net_o1_part, out=net_o1)
    np.add(net_o1, net_o1_part2, out=net_o1)
    # delta_o1 = (2 * net_o1 - 2 * y1) * seed  (R,) [6]
    np.multiply(two, net_o1, out=delta_o1)
    np.multiply(two, y1, out=delta_o1_part)
    np.subtract(delta_o1, delta_o1_part, out=delta_o1)
    np.multiply(delta_o1, seed, out=delta_o1)
    np.multiply(delta_o1, y2_1, out=dw1)  # (R,) [7]
    np.multiply(delta_o1, y2_2, out=dw2)  # (R,) [7]
    np.multiply(delta_o1, y2_3, out=dw3)  # (R,) [7]
    np.multiply(delta_o1, w1, out=dy2_1)  # (R,) [8]
    np.multiply(delta_o1, w2, out=dy2_2)  # (R,) [8]
    np.multiply(delta_o1, w3, out=dy2_3)  # (R,) [8]
    # ds2  (R,) [9]
    np.multiply(y2_1_part2, dy2_1, out=ds2_part)
    np.multiply(ds2_part, y2_1, out=ds2_part)
    np.multiply(y2_2_part2, dy2_2, out=ds2_part2)
    np.multiply(ds2_part2, y2_2, out=ds2_part2)
    np.multiply(y2_3_part2, dy2_3, out=ds2_part3)
    np.multiply(ds2_part3, y2_3, out=ds2_part3)
    np.negative(ds2_part, out=ds2_part)
    np.subtract(ds2_part, ds2_part2, out=ds2_part)
    np.subtract(ds2_part, ds2_part3, out=ds2)
    # dc2_1_1 = 2 * (y1_1 - c2_1_1) * dy2_1 * s2 * y2_1  (R,) [10]
    np.multiply(two, y2_1_part, out=dc2_1_1_part)
    np.multiply(dc2_1_1_part, dy2_1, out=dc2_1_1_part)
    np.multiply(dc2_1_1_part, s2, out=dc2_1_1_part)
    np.multiply(dc2_1_1_part, y2_1, out=dc2_1_1)
    # dc2_1_2 = 2 * (y1_2 - c2_1_2) * dy2_1 * s2 * y2_1  (R,) [10]
    np.multiply(two, y2_1_part3, out=dc2_1_2_part)
    np.multiply(dc2_1_2_part, dy2_1, out=dc2_1_2_part)
    np.multiply(dc2_1_2_part, s2, out=dc2_1_2_part)
    np.multiply(dc2_1_2_part, y2_1, out=dc2_1_2)
    # dc2_1_3 = 2 * (y1_3 - c2_1_3) * dy2_1 * s2 * y2_1  (R,) [10]
    np.multiply(two, y2_1_part5, out=dc2_1_3_part)
    np.multiply(dc2_1_3_part, dy2_1, out=dc2_1_3_part)
    np.multiply(dc2_1_3_part, s2, out=dc2_1_3_part)
    np.multiply(dc2_1_3_part, y2_1, out=dc2_1_3)
    # dc2_1_4 = 2 * (y1_4 - c2_1_4) * dy2_1 * s2 * y2_1  (R,) [10]
    np.multiply(two, y2_1_part7, out=dc2_1_4_part)
    np.multiply(dc2_1_4_part, dy2_1, out=dc2_1_4_part)
    np.multiply(dc2_1_4_part, s2, out=dc2_1_4_part)
    np.multiply(dc2_1_4_part, y2_1, out=dc2_1_4)
    # dc2_2_1 = 2 * (y1_1 - c2_2_1) * dy2_2 * s2 * y2_2  (R,) [10]
    np.multiply(two, y2_2_part, out=dc2_2_1_part)
    np.multiply(dc2_2_1_part, dy2_2, out=dc2_2_1_part)
    np.multiply(dc2_2_1_part, s2, out=dc2_2_1_part)
    np.multiply(dc2_2_1_part, y2_2, out=dc2_2_1)
    # dc2_2_2 = 2 * (y1_2 - c2_2_2) * dy2_2 * s2 * y2_2  (R,) [10]
    np.multiply(two, y2_2_part3, out=dc2_2_2_part)
    np.multiply(dc2_2_2_part, dy2_2, out=dc2_2_2_part)
    np.multiply(dc2_2_2_part, s2, out=dc2_2_2_part)
    np.multiply(dc2_2_2_part, y2_2, out=dc2_2_2)
    # dc2_2_3 = 2 * (y1_3 - c2_2_3) * dy2_2 * s2 * y2_2  (R,) [10]
    np.multiply(two, y2_2_part5, out=dc2_2_3_part)
    np.multiply(dc2_2_3_part, dy2_2, out=dc2_2_3_part)
    np.multiply(dc2_2_3_part, s2, out=dc2_2_3_part)
    np.multiply(dc2_2_3_part, y2_2, out=dc2_2_3)
    # dc2_2_4 = 2 * (y1_4 - c2_2_4) * dy2_2 * s2 * y2_2  (R,) [10]
    np.multiply(two, y2_2_part7, out=dc2_2_4_part)
    np.multiply(dc2_2_4_part, dy2_2, out=dc2_2_4_part)
    np.multiply(dc2_2_4_part, s2, out=dc2_2_4_part)
    np.multiply(dc2_2_4_part, y2_2, out=dc2_2_4)
    # dc2_3_1 = 2 * (y1_1 - c2_3_1) * dy2_3 * s2 * y2_3  (R,) [10]
    np.multiply(two, y2_3_part, out=dc2_3_1_part)
    np.multiply(dc2_3_1_part, dy2_3, out=dc2_3_1_part)
    np.multiply(dc2_3_1_part, s2, out=dc2_3_1_part)
    np.multiply(dc2_3_1_part, y2_3, out=dc2_3_1)
    # dc2_3_2 = 2 * (y1_2 - c2_3_2) * dy2_3 * s2 * y2_3  (R,) [10]
    np.multiply(two, y2_3_part3, out=dc2_3_2_part)
    np.multiply(dc2_3_2_part, dy2_3, out=dc2_3_2_part)
    np.multiply(dc2_3_2_part, s2, out=dc2_3_2_part)
    np.multiply(dc2_3_2_part, y2_3, out=dc2_3_2)
    # dc2_3_3 = 2 * (y1_3 - c2_3_3) * dy2_3 * s2 * y2_3  (R,) [10]
    np.multiply(two, y2_3_part5, out=dc2_3_3_part)
    np.multiply(dc2_3_3_part, dy2_3, out=dc2_3_3_part)
    np.multiply(dc2_3_3_part, s2, out=dc2_3_3_part)
    np.multiply(dc2_3_3_part, y2_3, out=dc2_3_3)
    # dc2_3_4 = 2 * (y1_4 - c2_3_4) * dy2_3 * s2 * y2_3  (R,) [10]
    np.multiply(two, y2_3_part7, out=dc2_3_4_part)
    np.multiply(dc2_3_4_part, dy2_3, out=dc2_3_4_part)
    np.multiply(dc2_3_4_part, s2, out=dc2_3_4_part)
    np.multiply(dc2_3_4_part, y2_3, out=dc2_3_4)
    # dy1_1  (R,) [11]
    np.subtract(c2_1_1, y1_1, out=dy1_1_part)
    np.multiply(dy1_1_part, dy2_1, out=dy1_1_part)
    np.multiply(dy1_1_part, y2_1, out=dy1_1_part)
    np.subtract(c2_2_1, y1_1, out=dy1_1_part2)
    np.multiply(dy1_1_part2, dy2_2, out=dy1_1_part2)
    np.multiply(dy1_1_part2, y2_2, out=dy1_1_part2)
    np.subtract(c2_3_1, y1_1, out=dy1_1_part3)
    np.multiply(dy1_1_part3, dy2_3, out=dy1_1_part3)
    np.multiply(dy1_1_part3, y2_3, out=dy1_1_part3)
    np.add(dy1_1_part, dy1_1_part2, out=dy1_1_part)
    np.add(dy1_1_part, dy1_1_part3, out=dy1_1_part)
    np.multiply(two, dy1_1_part, out=dy1_1_part)
    np.multiply(dy1_1_part, s2, out=dy1_1)
    # dy1_2  (R,) [11]
    np.subtract(c2_1_2, y1_2, out=dy1_2_part)
    np.multiply(dy1_2_part, dy2_1, out=dy1_2_part)
    np.multiply(dy1_2_part, y2_1, out=dy1_2_part)
    np.subtract(c2_2_2, y1_2, out=dy1_2_part2)
    np.multiply(dy1_2_part2, dy2_2, out=dy1_2_part2)
    np.multiply(dy1_2_part2, y2_2, out=dy1_2_part2)
    np.subtract(c2_3_2, y1_2, out=dy1_2_part3)
    np.multiply(dy1_2_part3, dy2_3, out=dy1_2_part3)
    np.multiply(dy1_2_part3, y2_3, out=dy1_2_part3)
    np.add(dy1_2_part, dy1_2_part2, out=dy1_2_part)
    np.add(dy1_2_part, dy1_2_part3, out=dy1_2_part)
    np.multiply(two, dy1_2_part, out=dy1_2_part)
    np.multiply(dy1_2_part, s2, out=dy1_2)
    # dy1_3  (R,) [11]
    np.subtract(c2_1_3, y1_3, out=dy1_3_part)
    np.multiply(dy1_3_part, dy2_1, out=dy1_3_part)
    np.multiply(dy1_3_part, y2_1, out=dy1_3_part)
    np.subtract(c2_2_3, y1_3, out=dy1_3_part2)
    np.multiply(dy1_3_part2, dy2_2, out=dy1_3_part2)
    np.multiply(dy1_3_part2, y2_2, out=dy1_3_part2)
    np.subtract(c2_3_3, y1_3, out=dy1_3_part3)
    np.multiply(dy1_3_part3, dy2_3, out=dy1_3_part3)
    np.multiply(dy1_3_part3, y2_3, out=dy1_3_part3)
    np.add(dy1_3_part, dy1_3_part2, out=dy1_3_part)
    np.add(dy1_3_part, dy1_3_part3, out=dy1_3_part)
    np.multiply(two, dy1_3_part, out=dy1_3_part)
    np.multiply(dy1_3_part, s2, out=dy1_3)
    # dy1_4  (R,) [11]
    np.subtract(c2_1_4, y1_4, out=dy1_4_part)
    np.multiply(dy1_4_part, dy2_1, out=dy1_4_part)
    np.multiply(dy1_4_part, y2_1, out=dy1_4_part)
    np.subtract(c2_2_4, y1_4, out=dy1_4_part2)
    np.multiply(dy1_4_part2, dy2_2, out=dy1_4_part2)
    np.multiply(dy1_4_part2, y2_2, out=dy1_4_part2)
    np.subtract(c2_3_4, y1_4, out=dy1_4_part3)
    np.multiply(dy1_4_part3, dy2_3, out=dy1_4_part3)
    np.multiply(dy1_4_part3, y2_3, out=dy1_4_part3)
    np.add(dy1_4_part, dy1_4_part2, out=dy1_4_part)
    np.add(dy1_4_part, dy1_4_part3, out=dy1_4_part)
    np.multiply(two, dy1_4_part, out=dy1_4_part)
    np.multiply(dy1_4_part, s2, out=dy1_4)
    np.multiply(dy1_1, y1_1_part, out=dV1_1_1)  # (R,) [13]
    np.multiply(dy1_1, y1_1_part2, out=dV1_1_2)  # (R,) [13]
    np.multiply(dy1_2, y1_1_part, out=dV1_2_1)  # (R,) [13]
    np.multiply(dy1_2, y1_1_part2, out=dV1_2_2)  # (R,) [13]
    np.multiply(dy1_3, y1_1_part, out=dV1_3_1)  # (R,) [13]
    np.multiply(dy1_3, y1_1_part2, out=dV1_3_2)  # (R,) [13]
    np.multiply(dy1_4, y1_1_part, out=dV1_4_1)  # (R,) [13]
    np.multiply(dy1_4, y1_1_part2, out=dV1_4_2)  # (R,) [13]
    # dh1_1  (R,) [14]
    np.multiply(V1_1_1, dy1_1, out=dh1_1)
    np.multiply(V1_2_1, dy1_2, out=dh1_1_part)
    np.multiply(V1_3_1, dy1_3, out=dh1_1_part2)
    np.multiply(V1_4_1, dy1_4, out=dh1_1_part3)
    np.add(dh1_1, dh1_1_part, out=dh1_1)
    np.add(dh1_1, dh1_1_part2, out=dh1_1)
    np.add(dh1_1, dh1_1_part3, out=dh1_1)
    np.absolute(h1_1, out=dh1_1_part4)
    np.minimum(dh1_1_part4, c1_R, out=dh1_1_part4)
    np.multiply(c2, dh1_1_part4, out=dh1_1_part4)
    np.exp(dh1_1_part4, out=dh1_1_part4)
    np.multiply(c3, dh1_1_part4, out=dh1_1_part3)
    np.add(one, dh1_1_part4, out=dh1_1_part4)
    np.divide(dh1_1_part3, dh1_1_part4, out=dh1_1_part3)
    np.divide(dh1_1_part3, dh1_1_part4, out=dh1_1_part3)
    np.multiply(dh1_1, dh1_1_part3, out=dh1_1)
    # dh1_2  (R,) [14]
    np.multiply(V1_1_2, dy1_1, out=dh1_2)
    np.multiply(V1_2_2, dy1_2, out=dh1_2_part)
    np.multiply(V1_3_2, dy1_3, out=dh1_2_part2)
    np.multiply(V1_4_2, dy1_4, out=dh1_2_part3)
    np.add(dh1_2, dh1_2_part, out=dh1_2)
    np.add(dh1_2, dh1_2_part2, out=dh1_2)
    np.add(dh1_2, dh1_2_part3, out=dh1_2)
    np.absolute(h1_2, out=dh1_2_part4)
    np.minimum(dh1_2_part4, c1_R, out=dh1_2_part4)
    np.multiply(c2, dh1_2_part4, out=dh1_2_part4)
    np.exp(dh1_2_part4, out=dh1_2_part4)
    np.multiply(c3, dh1_2_part4, out=dh1_2_part3)
    np.add(one, dh1_2_part4, out=dh1_2_part4)
    np.divide(dh1_2_part3, dh1_2_part4, out=dh1_2_part3)
    np.divide(dh1_2_part3, dh1_2_part4, out=dh1_2_part3)
    np.multiply(dh1_2, dh1_2_part3, out=dh1_2)
    np.multiply(dh1_1, x1, out=dU1_1_1)  # (R,) [15]
    np.multiply(dh1_1, x2, out=dU1_1_2)  # (R,) [15]
    np.multiply(dh1_1, x3, out=dU1_1_3)  # (R,) [15]
    np.multiply(dh1_2, x1, out=dU1_2_1)  # (R,) [15]
    np.multiply(dh1_2, x2, out=dU1_2_2)  # (R,) [15]
    np.multiply(dh1_2, x3, out=dU1_2_3)  # (R,) [15]


def loss_pass(ws: Ensemble) -> Array:
    """Return the loss E of every run, after a gradient pass."""
    net_o1 = ws.net_o1
    y1 = ws.y1
    E = ws.E
    # E = (net_o1 - y1) ** 2  (R,) [5]
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
        0.2962,
        0.0913,
        -0.506,
        0.097,
        -0.2306,
        -0.5069,
        -0.3175,
        0.4553,
        -0.3552,
        0.0624,
        -0.0151,
        0.0701,
        -0.0463,
        0.4014,
        -0.0855,
        -0.015,
        -0.1035,
        -0.4908,
        -0.1999,
        -0.222,
        0.0806,
        0.0871,
        0.2599,
        -0.2504,
        0.3291,
        -0.4245,
        -0.4203,
        -0.4341,
        -0.1781,
        0.3615,
        0.2456,
        -0.1663,
        -0.2255,
        -0.0265,
    )
    x = (-0.316, -0.441, 0.653)
    y = (0.723,)
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
