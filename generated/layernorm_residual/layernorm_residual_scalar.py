"""layernorm_residual: Layer norm and a residual connection.

Loss: mse, mean; targets are values.

Layers:
    inputs 4
    dense 5 + bias, tanh
    layer norm
    dense 5, tanh
    add layer 2
    dense 3 + bias, identity

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
    "w25",
    "w26",
    "w27",
    "w28",
    "w29",
    "w30",
    "w31",
    "w32",
    "w33",
    "w34",
    "w35",
    "w36",
    "w37",
    "w38",
    "w39",
    "w40",
    "w41",
    "w42",
    "w43",
    "w44",
    "w45",
    "w46",
    "w47",
    "w48",
    "w49",
    "w50",
    "w51",
    "w52",
    "w53",
    "w54",
    "w55",
    "w56",
    "w57",
    "w58",
    "w59",
    "w60",
    "b_h1_1",
    "b_h1_2",
    "b_h1_3",
    "b_h1_4",
    "b_h1_5",
    "gamma2_1",
    "gamma2_2",
    "gamma2_3",
    "gamma2_4",
    "gamma2_5",
    "beta2_1",
    "beta2_2",
    "beta2_3",
    "beta2_4",
    "beta2_5",
    "b_o1",
    "b_o2",
    "b_o3",
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
    "w25",
    "w26",
    "w27",
    "w28",
    "w29",
    "w30",
    "w31",
    "w32",
    "w33",
    "w34",
    "w35",
    "w36",
    "w37",
    "w38",
    "w39",
    "w40",
    "w41",
    "w42",
    "w43",
    "w44",
    "w45",
    "w46",
    "w47",
    "w48",
    "w49",
    "w50",
    "w51",
    "w52",
    "w53",
    "w54",
    "w55",
    "w56",
    "w57",
    "w58",
    "w59",
    "w60",
    "b_h1_1",
    "b_h1_2",
    "b_h1_3",
    "b_h1_4",
    "b_h1_5",
    "gamma2_1",
    "gamma2_2",
    "gamma2_3",
    "gamma2_4",
    "gamma2_5",
    "beta2_1",
    "beta2_2",
    "beta2_3",
    "beta2_4",
    "beta2_5",
    "b_o1",
    "b_o2",
    "b_o3",
)
INPUTS = ("x1", "x2", "x3", "x4")
TARGETS = ("y1", "y2", "y3")
OUTPUTS = ("net_o1", "net_o2", "net_o3")
CACHE = 2**19  # bytes that the arrays of a chunk of runs may take: those of an L2 cache
LEAST = 256  # runs of a chunk, however many arrays there are
ARRAYS = 201  # of an `Ensemble`


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
    """Return the network's outputs net_o1, net_o2, net_o3."""
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
        w25,
        w26,
        w27,
        w28,
        w29,
        w30,
        w31,
        w32,
        w33,
        w34,
        w35,
        w36,
        w37,
        w38,
        w39,
        w40,
        w41,
        w42,
        w43,
        w44,
        w45,
        w46,
        w47,
        w48,
        w49,
        w50,
        w51,
        w52,
        w53,
        w54,
        w55,
        w56,
        w57,
        w58,
        w59,
        w60,
        b_h1_1,
        b_h1_2,
        b_h1_3,
        b_h1_4,
        b_h1_5,
        gamma2_1,
        gamma2_2,
        gamma2_3,
        gamma2_4,
        gamma2_5,
        beta2_1,
        beta2_2,
        beta2_3,
        beta2_4,
        beta2_5,
        b_o1,
        b_o2,
        b_o3,
    ) = w
    x1, x2, x3, x4 = x
    net_h1_1 = w1 * x1 + w6 * x2 + w11 * x3 + w16 * x4 + b_h1_1  # [1]
    net_h1_2 = w2 * x1 + w7 * x2 + w12 * x3 + w17 * x4 + b_h1_2  # [1]
    net_h1_3 = w3 * x1 + w8 * x2 + w13 * x3 + w18 * x4 + b_h1_3  # [1]
    net_h1_4 = w4 * x1 + w9 * x2 + w14 * x3 + w19 * x4 + b_h1_4  # [1]
    net_h1_5 = w5 * x1 + w10 * x2 + w15 * x3 + w20 * x4 + b_h1_5  # [1]
    out_h1_1 = tanh(net_h1_1)  # [2]
    out_h1_2 = tanh(net_h1_2)  # [2]
    out_h1_3 = tanh(net_h1_3)  # [2]
    out_h1_4 = tanh(net_h1_4)  # [2]
    out_h1_5 = tanh(net_h1_5)  # [2]
    # [3]
    mu2 = out_h1_1 / 5 + out_h1_2 / 5 + out_h1_3 / 5 + out_h1_4 / 5 + out_h1_5 / 5
    # [4]
    var2 = (
        (out_h1_1 - mu2) * (out_h1_1 - mu2) / 5
        + (out_h1_2 - mu2) * (out_h1_2 - mu2) / 5
        + (out_h1_3 - mu2) * (out_h1_3 - mu2) / 5
        + (out_h1_4 - mu2) * (out_h1_4 - mu2) / 5
        + (out_h1_5 - mu2) * (out_h1_5 - mu2) / 5
    )
    sigma2 = sqrt(var2 + 1e-05)  # [5]
    xhat2_1 = divide(out_h1_1 - mu2, sigma2)  # [6]
    xhat2_2 = divide(out_h1_2 - mu2, sigma2)  # [6]
    xhat2_3 = divide(out_h1_3 - mu2, sigma2)  # [6]
    xhat2_4 = divide(out_h1_4 - mu2, sigma2)  # [6]
    xhat2_5 = divide(out_h1_5 - mu2, sigma2)  # [6]
    Y2_1 = gamma2_1 * xhat2_1 + beta2_1  # [7]
    Y2_2 = gamma2_2 * xhat2_2 + beta2_2  # [7]
    Y2_3 = gamma2_3 * xhat2_3 + beta2_3  # [7]
    Y2_4 = gamma2_4 * xhat2_4 + beta2_4  # [7]
    Y2_5 = gamma2_5 * xhat2_5 + beta2_5  # [7]
    net_h2_1 = w21 * Y2_1 + w26 * Y2_2 + w31 * Y2_3 + w36 * Y2_4 + w41 * Y2_5  # [8]
    net_h2_2 = w22 * Y2_1 + w27 * Y2_2 + w32 * Y2_3 + w37 * Y2_4 + w42 * Y2_5  # [8]
    net_h2_3 = w23 * Y2_1 + w28 * Y2_2 + w33 * Y2_3 + w38 * Y2_4 + w43 * Y2_5  # [8]
    net_h2_4 = w24 * Y2_1 + w29 * Y2_2 + w34 * Y2_3 + w39 * Y2_4 + w44 * Y2_5  # [8]
    net_h2_5 = w25 * Y2_1 + w30 * Y2_2 + w35 * Y2_3 + w40 * Y2_4 + w45 * Y2_5  # [8]
    out_h2_1 = tanh(net_h2_1)  # [9]
    out_h2_2 = tanh(net_h2_2)  # [9]
    out_h2_3 = tanh(net_h2_3)  # [9]
    out_h2_4 = tanh(net_h2_4)  # [9]
    out_h2_5 = tanh(net_h2_5)  # [9]
    R4_1 = Y2_1 + out_h2_1  # [10]
    R4_2 = Y2_2 + out_h2_2  # [10]
    R4_3 = Y2_3 + out_h2_3  # [10]
    R4_4 = Y2_4 + out_h2_4  # [10]
    R4_5 = Y2_5 + out_h2_5  # [10]
    # [11]
    net_o1 = w46 * R4_1 + w49 * R4_2 + w52 * R4_3 + w55 * R4_4 + w58 * R4_5 + b_o1
    # [11]
    net_o2 = w47 * R4_1 + w50 * R4_2 + w53 * R4_3 + w56 * R4_4 + w59 * R4_5 + b_o2
    # [11]
    net_o3 = w48 * R4_1 + w51 * R4_2 + w54 * R4_3 + w57 * R4_4 + w60 * R4_5 + b_o3
    return net_o1, net_o2, net_o3


def loss(w: Floats, x: Floats, y: Floats) -> float:
    """Return the loss E of one sample."""
    w, x, y = floats(w, x, y)
    net_o1, net_o2, net_o3 = forward(w, x)
    y1, y2, y3 = y
    # [12]
    E = (
        (net_o1 - y1) * (net_o1 - y1) / 3
        + (net_o2 - y2) * (net_o2 - y2) / 3
        + (net_o3 - y3) * (net_o3 - y3) / 3
    )
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
        w25,
        w26,
        w27,
        w28,
        w29,
        w30,
        w31,
        w32,
        w33,
        w34,
        w35,
        w36,
        w37,
        w38,
        w39,
        w40,
        w41,
        w42,
        w43,
        w44,
        w45,
        w46,
        w47,
        w48,
        w49,
        w50,
        w51,
        w52,
        w53,
        w54,
        w55,
        w56,
        w57,
        w58,
        w59,
        w60,
        b_h1_1,
        b_h1_2,
        b_h1_3,
        b_h1_4,
        b_h1_5,
        gamma2_1,
        gamma2_2,
        gamma2_3,
        gamma2_4,
        gamma2_5,
        beta2_1,
        beta2_2,
        beta2_3,
        beta2_4,
        beta2_5,
        b_o1,
        b_o2,
        b_o3,
    ) = w
    x1, x2, x3, x4 = x
    y1, y2, y3 = y
    net_h1_1 = w1 * x1 + w6 * x2 + w11 * x3 + w16 * x4 + b_h1_1  # [1]
    net_h1_2 = w2 * x1 + w7 * x2 + w12 * x3 + w17 * x4 + b_h1_2  # [1]
    net_h1_3 = w3 * x1 + w8 * x2 + w13 * x3 + w18 * x4 + b_h1_3  # [1]
    net_h1_4 = w4 * x1 + w9 * x2 + w14 * x3 + w19 * x4 + b_h1_4  # [1]
    net_h1_5 = w5 * x1 + w10 * x2 + w15 * x3 + w20 * x4 + b_h1_5  # [1]
    out_h1_1 = tanh(net_h1_1)  # [2]
    out_h1_2 = tanh(net_h1_2)  # [2]
    out_h1_3 = tanh(net_h1_3)  # [2]
    out_h1_4 = tanh(net_h1_4)  # [2]
    out_h1_5 = tanh(net_h1_5)  # [2]
    # [3]
    mu2 = out_h1_1 / 5 + out_h1_2 / 5 + out_h1_3 / 5 + out_h1_4 / 5 + out_h1_5 / 5
    # [4]
    var2 = (
        (out_h1_1 - mu2) * (out_h1_1 - mu2) / 5
        + (out_h1_2 - mu2) * (out_h1_2 - mu2) / 5
        + (out_h1_3 - mu2) * (out_h1_3 - mu2) / 5
        + (out_h1_4 - mu2) * (out_h1_4 - mu2) / 5
        + (out_h1_5 - mu2) * (out_h1_5 - mu2) / 5
    )
    sigma2 = sqrt(var2 + 1e-05)  # [5]
    xhat2_1 = divide(out_h1_1 - mu2, sigma2)  # [6]
    xhat2_2 = divide(out_h1_2 - mu2, sigma2)  # [6]
    xhat2_3 = divide(out_h1_3 - mu2, sigma2)  # [6]
    xhat2_4 = divide(out_h1_4 - mu2, sigma2)  # [6]
    xhat2_5 = divide(out_h1_5 - mu2, sigma2)  # [6]
    Y2_1 = gamma2_1 * xhat2_1 + beta2_1  # [7]
    Y2_2 = gamma2_2 * xhat2_2 + beta2_2  # [7]
    Y2_3 = gamma2_3 * xhat2_3 + beta2_3  # [7]
    Y2_4 = gamma2_4 * xhat2_4 + beta2_4  # [7]
    Y2_5 = gamma2_5 * xhat2_5 + beta2_5  # [7]
    net_h2_1 = w21 * Y2_1 + w26 * Y2_2 + w31 * Y2_3 + w36 * Y2_4 + w41 * Y2_5  # [8]
    net_h2_2 = w22 * Y2_1 + w27 * Y2_2 + w32 * Y2_3 + w37 * Y2_4 + w42 * Y2_5  # [8]
    net_h2_3 = w23 * Y2_1 + w28 * Y2_2 + w33 * Y2_3 + w38 * Y2_4 + w43 * Y2_5  # [8]
    net_h2_4 = w24 * Y2_1 + w29 * Y2_2 + w34 * Y2_3 + w39 * Y2_4 + w44 * Y2_5  # [8]
    net_h2_5 = w25 * Y2_1 + w30 * Y2_2 + w35 * Y2_3 + w40 * Y2_4 + w45 * Y2_5  # [8]
    out_h2_1 = tanh(net_h2_1)  # [9]
    out_h2_2 = tanh(net_h2_2)  # [9]
    out_h2_3 = tanh(net_h2_3)  # [9]
    out_h2_4 = tanh(net_h2_4)  # [9]
    out_h2_5 = tanh(net_h2_5)  # [9]
    R4_1 = Y2_1 + out_h2_1  # [10]
    R4_2 = Y2_2 + out_h2_2  # [10]
    R4_3 = Y2_3 + out_h2_3  # [10]
    R4_4 = Y2_4 + out_h2_4  # [10]
    R4_5 = Y2_5 + out_h2_5  # [10]
    # [11]
    net_o1 = w46 * R4_1 + w49 * R4_2 + w52 * R4_3 + w55 * R4_4 + w58 * R4_5 + b_o1
    # [11]
    net_o2 = w47 * R4_1 + w50 * R4_2 + w53 * R4_3 + w56 * R4_4 + w59 * R4_5 + b_o2
    # [11]
    net_o3 = w48 * R4_1 + w51 * R4_2 + w54 * R4_3 + w57 * R4_4 + w60 * R4_5 + b_o3
    # [12]
    E = (
        (net_o1 - y1) * (net_o1 - y1) / 3
        + (net_o2 - y2) * (net_o2 - y2) / 3
        + (net_o3 - y3) * (net_o3 - y3) / 3
    )
    delta_o1 = 2 * net_o1 / 3 - 2 * y1 / 3  # [13]
    delta_o2 = 2 * net_o2 / 3 - 2 * y2 / 3  # [13]
    delta_o3 = 2 * net_o3 / 3 - 2 * y3 / 3  # [13]
    dw46 = delta_o1 * R4_1  # [14]
    dw49 = delta_o1 * R4_2  # [14]
    dw52 = delta_o1 * R4_3  # [14]
    dw55 = delta_o1 * R4_4  # [14]
    dw58 = delta_o1 * R4_5  # [14]
    dw47 = delta_o2 * R4_1  # [14]
    dw50 = delta_o2 * R4_2  # [14]
    dw53 = delta_o2 * R4_3  # [14]
    dw56 = delta_o2 * R4_4  # [14]
    dw59 = delta_o2 * R4_5  # [14]
    dw48 = delta_o3 * R4_1  # [14]
    dw51 = delta_o3 * R4_2  # [14]
    dw54 = delta_o3 * R4_3  # [14]
    dw57 = delta_o3 * R4_4  # [14]
    dw60 = delta_o3 * R4_5  # [14]
    db_o1 = delta_o1  # [15]
    db_o2 = delta_o2  # [15]
    db_o3 = delta_o3  # [15]
    dR4_1 = delta_o1 * w46 + delta_o2 * w47 + delta_o3 * w48  # [16]
    dR4_2 = delta_o1 * w49 + delta_o2 * w50 + delta_o3 * w51  # [16]
    dR4_3 = delta_o1 * w52 + delta_o2 * w53 + delta_o3 * w54  # [16]
    dR4_4 = delta_o1 * w55 + delta_o2 * w56 + delta_o3 * w57  # [16]
    dR4_5 = delta_o1 * w58 + delta_o2 * w59 + delta_o3 * w60  # [16]
    delta_h2_1 = dR4_1 * (1 - out_h2_1 * out_h2_1)  # [17]
    delta_h2_2 = dR4_2 * (1 - out_h2_2 * out_h2_2)  # [17]
    delta_h2_3 = dR4_3 * (1 - out_h2_3 * out_h2_3)  # [17]
    delta_h2_4 = dR4_4 * (1 - out_h2_4 * out_h2_4)  # [17]
    delta_h2_5 = dR4_5 * (1 - out_h2_5 * out_h2_5)  # [17]
    dw21 = delta_h2_1 * Y2_1  # [18]
    dw26 = delta_h2_1 * Y2_2  # [18]
    dw31 = delta_h2_1 * Y2_3  # [18]
    dw36 = delta_h2_1 * Y2_4  # [18]
    dw41 = delta_h2_1 * Y2_5  # [18]
    dw22 = delta_h2_2 * Y2_1  # [18]
    dw27 = delta_h2_2 * Y2_2  # [18]
    dw32 = delta_h2_2 * Y2_3  # [18]
    dw37 = delta_h2_2 * Y2_4  # [18]
    dw42 = delta_h2_2 * Y2_5  # [18]
    dw23 = delta_h2_3 * Y2_1  # [18]
    dw28 = delta_h2_3 * Y2_2  # [18]
    dw33 = delta_h2_3 * Y2_3  # [18]
    dw38 = delta_h2_3 * Y2_4  # [18]
    dw43 = delta_h2_3 * Y2_5  # [18]
    dw24 = delta_h2_4 * Y2_1  # [18]
    dw29 = delta_h2_4 * Y2_2  # [18]
    dw34 = delta_h2_4 * Y2_3  # [18]
    dw39 = delta_h2_4 * Y2_4  # [18]
    dw44 = delta_h2_4 * Y2_5  # [18]
    dw25 = delta_h2_5 * Y2_1  # [18]
    dw30 = delta_h2_5 * Y2_2  # [18]
    dw35 = delta_h2_5 * Y2_3  # [18]
    dw40 = delta_h2_5 * Y2_4  # [18]
    dw45 = delta_h2_5 * Y2_5  # [18]
    # [19]
    dY2_1 = (
        delta_h2_1 * w21
        + delta_h2_2 * w22
        + delta_h2_3 * w23
        + delta_h2_4 * w24
        + delta_h2_5 * w25
        + dR4_1
    )
    # [19]
    dY2_2 = (
        delta_h2_1 * w26
        + delta_h2_2 * w27
        + delta_h2_3 * w28
        + delta_h2_4 * w29
        + delta_h2_5 * w30
        + dR4_2
    )
    # [19]
    dY2_3 = (
        delta_h2_1 * w31
        + delta_h2_2 * w32
        + delta_h2_3 * w33
        + delta_h2_4 * w34
        + delta_h2_5 * w35
        + dR4_3
    )
    # [19]
    dY2_4 = (
        delta_h2_1 * w36
        + delta_h2_2 * w37
        + delta_h2_3 * w38
        + delta_h2_4 * w39
        + delta_h2_5 * w40
        + dR4_4
    )
    # [19]
    dY2_5 = (
        delta_h2_1 * w41
        + delta_h2_2 * w42
        + delta_h2_3 * w43
        + delta_h2_4 * w44
        + delta_h2_5 * w45
        + dR4_5
    )
    dgamma2_1 = dY2_1 * xhat2_1  # [20]
    dgamma2_2 = dY2_2 * xhat2_2  # [20]
    dgamma2_3 = dY2_3 * xhat2_3  # [20]
    dgamma2_4 = dY2_4 * xhat2_4  # [20]
    dgamma2_5 = dY2_5 * xhat2_5  # [20]
    dbeta2_1 = dY2_1  # [21]
    dbeta2_2 = dY2_2  # [21]
    dbeta2_3 = dY2_3  # [21]
    dbeta2_4 = dY2_4  # [21]
    dbeta2_5 = dY2_5  # [21]
    dxhat2_1 = dY2_1 * gamma2_1  # [22]
    dxhat2_2 = dY2_2 * gamma2_2  # [22]
    dxhat2_3 = dY2_3 * gamma2_3  # [22]
    dxhat2_4 = dY2_4 * gamma2_4  # [22]
    dxhat2_5 = dY2_5 * gamma2_5  # [22]
    # [23]
    dsigma2_sum = (
        dxhat2_1 * xhat2_1
        + dxhat2_2 * xhat2_2
        + dxhat2_3 * xhat2_3
        + dxhat2_4 * xhat2_4
        + dxhat2_5 * xhat2_5
    )
    dsigma2 = divide(-dsigma2_sum, sigma2)
    dvar2 = divide(dsigma2, 2 * sigma2)  # [24]
    # [25]
    dmu2 = divide(-(dxhat2_1 + dxhat2_2 + dxhat2_3 + dxhat2_4 + dxhat2_5), sigma2)
    # [26]
    delta_h1_1_sum = (
        dmu2 / 5 + divide(dxhat2_1, sigma2) + 2 * (out_h1_1 - mu2) * dvar2 / 5
    )
    delta_h1_1 = delta_h1_1_sum * (1 - out_h1_1 * out_h1_1)
    # [26]
    delta_h1_2_sum = (
        dmu2 / 5 + divide(dxhat2_2, sigma2) + 2 * (out_h1_2 - mu2) * dvar2 / 5
    )
    delta_h1_2 = delta_h1_2_sum * (1 - out_h1_2 * out_h1_2)
    # [26]
    delta_h1_3_sum = (
        dmu2 / 5 + divide(dxhat2_3, sigma2) + 2 * (out_h1_3 - mu2) * dvar2 / 5
    )
    delta_h1_3 = delta_h1_3_sum * (1 - out_h1_3 * out_h1_3)
    # [26]
    delta_h1_4_sum = (
        dmu2 / 5 + divide(dxhat2_4, sigma2) + 2 * (out_h1_4 - mu2) * dvar2 / 5
    )
    delta_h1_4 = delta_h1_4_sum * (1 - out_h1_4 * out_h1_4)
    # [26]
    delta_h1_5_sum = (
        dmu2 / 5 + divide(dxhat2_5, sigma2) + 2 * (out_h1_5 - mu2) * dvar2 / 5
    )
    delta_h1_5 = delta_h1_5_sum * (1 - out_h1_5 * out_h1_5)
    dw1 = delta_h1_1 * x1  # [27]
    dw6 = delta_h1_1 * x2  # [27]
    dw11 = delta_h1_1 * x3  # [27]
    dw16 = delta_h1_1 * x4  # [27]
    dw2 = delta_h1_2 * x1  # [27]
    dw7 = delta_h1_2 * x2  # [27]
    dw12 = delta_h1_2 * x3  # [27]
    dw17 = delta_h1_2 * x4  # [27]
    dw3 = delta_h1_3 * x1  # [27]
    dw8 = delta_h1_3 * x2  # [27]
    dw13 = delta_h1_3 * x3  # [27]
    dw18 = delta_h1_3 * x4  # [27]
    dw4 = delta_h1_4 * x1  # [27]
    dw9 = delta_h1_4 * x2  # [27]
    dw14 = delta_h1_4 * x3  # [27]
    dw19 = delta_h1_4 * x4  # [27]
    dw5 = delta_h1_5 * x1  # [27]
    dw10 = delta_h1_5 * x2  # [27]
    dw15 = delta_h1_5 * x3  # [27]
    dw20 = delta_h1_5 * x4  # [27]
    db_h1_1 = delta_h1_1  # [28]
    db_h1_2 = delta_h1_2  # [28]
    db_h1_3 = delta_h1_3  # [28]
    db_h1_4 = delta_h1_4  # [28]
    db_h1_5 = delta_h1_5  # [28]
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
        dw25,
        dw26,
        dw27,
        dw28,
        dw29,
        dw30,
        dw31,
        dw32,
        dw33,
        dw34,
        dw35,
        dw36,
        dw37,
        dw38,
        dw39,
        dw40,
        dw41,
        dw42,
        dw43,
        dw44,
        dw45,
        dw46,
        dw47,
        dw48,
        dw49,
        dw50,
        dw51,
        dw52,
        dw53,
        dw54,
        dw55,
        dw56,
        dw57,
        dw58,
        dw59,
        dw60,
        db_h1_1,
        db_h1_2,
        db_h1_3,
        db_h1_4,
        db_h1_5,
        dgamma2_1,
        dgamma2_2,
        dgamma2_3,
        dgamma2_4,
        dgamma2_5,
        dbeta2_1,
        dbeta2_2,
        dbeta2_3,
        dbeta2_4,
        dbeta2_5,
        db_o1,
        db_o2,
        db_o3,
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
        w25,
        w26,
        w27,
        w28,
        w29,
        w30,
        w31,
        w32,
        w33,
        w34,
        w35,
        w36,
        w37,
        w38,
        w39,
        w40,
        w41,
        w42,
        w43,
        w44,
        w45,
        w46,
        w47,
        w48,
        w49,
        w50,
        w51,
        w52,
        w53,
        w54,
        w55,
        w56,
        w57,
        w58,
        w59,
        w60,
        b_h1_1,
        b_h1_2,
        b_h1_3,
        b_h1_4,
        b_h1_5,
        gamma2_1,
        gamma2_2,
        gamma2_3,
        gamma2_4,
        gamma2_5,
        beta2_1,
        beta2_2,
        beta2_3,
        beta2_4,
        beta2_5,
        b_o1,
        b_o2,
        b_o3,
    ) = w
    x1, x2, x3, x4 = x
    y1, y2, y3 = y
    net_h1_1 = w1 * x1 + w6 * x2 + w11 * x3 + w16 * x4 + b_h1_1  # [1]
    net_h1_2 = w2 * x1 + w7 * x2 + w12 * x3 + w17 * x4 + b_h1_2  # [1]
    net_h1_3 = w3 * x1 + w8 * x2 + w13 * x3 + w18 * x4 + b_h1_3  # [1]
    net_h1_4 = w4 * x1 + w9 * x2 + w14 * x3 + w19 * x4 + b_h1_4  # [1]
    net_h1_5 = w5 * x1 + w10 * x2 + w15 * x3 + w20 * x4 + b_h1_5  # [1]
    out_h1_1 = tanh(net_h1_1)  # [2]
    out_h1_2 = tanh(net_h1_2)  # [2]
    out_h1_3 = tanh(net_h1_3)  # [2]
    out_h1_4 = tanh(net_h1_4)  # [2]
    out_h1_5 = tanh(net_h1_5)  # [2]
    # [3]
    mu2 = out_h1_1 / 5 + out_h1_2 / 5 + out_h1_3 / 5 + out_h1_4 / 5 + out_h1_5 / 5
    # [4]
    var2 = (
        (out_h1_1 - mu2) * (out_h1_1 - mu2) / 5
        + (out_h1_2 - mu2) * (out_h1_2 - mu2) / 5
        + (out_h1_3 - mu2) * (out_h1_3 - mu2) / 5
        + (out_h1_4 - mu2) * (out_h1_4 - mu2) / 5
        + (out_h1_5 - mu2) * (out_h1_5 - mu2) / 5
    )
    sigma2 = sqrt(var2 + 1e-05)  # [5]
    xhat2_1 = divide(out_h1_1 - mu2, sigma2)  # [6]
    xhat2_2 = divide(out_h1_2 - mu2, sigma2)  # [6]
    xhat2_3 = divide(out_h1_3 - mu2, sigma2)  # [6]
    xhat2_4 = divide(out_h1_4 - mu2, sigma2)  # [6]
    xhat2_5 = divide(out_h1_5 - mu2, sigma2)  # [6]
    Y2_1 = gamma2_1 * xhat2_1 + beta2_1  # [7]
    Y2_2 = gamma2_2 * xhat2_2 + beta2_2  # [7]
    Y2_3 = gamma2_3 * xhat2_3 + beta2_3  # [7]
    Y2_4 = gamma2_4 * xhat2_4 + beta2_4  # [7]
    Y2_5 = gamma2_5 * xhat2_5 + beta2_5  # [7]
    net_h2_1 = w21 * Y2_1 + w26 * Y2_2 + w31 * Y2_3 + w36 * Y2_4 + w41 * Y2_5  # [8]
    net_h2_2 = w22 * Y2_1 + w27 * Y2_2 + w32 * Y2_3 + w37 * Y2_4 + w42 * Y2_5  # [8]
    net_h2_3 = w23 * Y2_1 + w28 * Y2_2 + w33 * Y2_3 + w38 * Y2_4 + w43 * Y2_5  # [8]
    net_h2_4 = w24 * Y2_1 + w29 * Y2_2 + w34 * Y2_3 + w39 * Y2_4 + w44 * Y2_5  # [8]
    net_h2_5 = w25 * Y2_1 + w30 * Y2_2 + w35 * Y2_3 + w40 * Y2_4 + w45 * Y2_5  # [8]
    out_h2_1 = tanh(net_h2_1)  # [9]
    out_h2_2 = tanh(net_h2_2)  # [9]
    out_h2_3 = tanh(net_h2_3)  # [9]
    out_h2_4 = tanh(net_h2_4)  # [9]
    out_h2_5 = tanh(net_h2_5)  # [9]
    R4_1 = Y2_1 + out_h2_1  # [10]
    R4_2 = Y2_2 + out_h2_2  # [10]
    R4_3 = Y2_3 + out_h2_3  # [10]
    R4_4 = Y2_4 + out_h2_4  # [10]
    R4_5 = Y2_5 + out_h2_5  # [10]
    # [11]
    net_o1 = w46 * R4_1 + w49 * R4_2 + w52 * R4_3 + w55 * R4_4 + w58 * R4_5 + b_o1
    # [11]
    net_o2 = w47 * R4_1 + w50 * R4_2 + w53 * R4_3 + w56 * R4_4 + w59 * R4_5 + b_o2
    # [11]
    net_o3 = w48 * R4_1 + w51 * R4_2 + w54 * R4_3 + w57 * R4_4 + w60 * R4_5 + b_o3
    # [12]
    E = (
        (net_o1 - y1) * (net_o1 - y1) / 3
        + (net_o2 - y2) * (net_o2 - y2) / 3
        + (net_o3 - y3) * (net_o3 - y3) / 3
    )
    delta_o1 = 2 * net_o1 / 3 - 2 * y1 / 3  # [13]
    delta_o2 = 2 * net_o2 / 3 - 2 * y2 / 3  # [13]
    delta_o3 = 2 * net_o3 / 3 - 2 * y3 / 3  # [13]
    dw46 = delta_o1 * R4_1  # [14]
    dw49 = delta_o1 * R4_2  # [14]
    dw52 = delta_o1 * R4_3  # [14]
    dw55 = delta_o1 * R4_4  # [14]
    dw58 = delta_o1 * R4_5  # [14]
    dw47 = delta_o2 * R4_1  # [14]
    dw50 = delta_o2 * R4_2  # [14]
    dw53 = delta_o2 * R4_3  # [14]
    dw56 = delta_o2 * R4_4  # [14]
    dw59 = delta_o2 * R4_5  # [14]
    dw48 = delta_o3 * R4_1  # [14]
    dw51 = delta_o3 * R4_2  # [14]
    dw54 = delta_o3 * R4_3  # [14]
    dw57 = delta_o3 * R4_4  # [14]
    dw60 = delta_o3 * R4_5  # [14]
    db_o1 = delta_o1  # [15]
    db_o2 = delta_o2  # [15]
    db_o3 = delta_o3  # [15]
    dR4_1 = delta_o1 * w46 + delta_o2 * w47 + delta_o3 * w48  # [16]
    dR4_2 = delta_o1 * w49 + delta_o2 * w50 + delta_o3 * w51  # [16]
    dR4_3 = delta_o1 * w52 + delta_o2 * w53 + delta_o3 * w54  # [16]
    dR4_4 = delta_o1 * w55 + delta_o2 * w56 + delta_o3 * w57  # [16]
    dR4_5 = delta_o1 * w58 + delta_o2 * w59 + delta_o3 * w60  # [16]
    delta_h2_1 = dR4_1 * (1 - out_h2_1 * out_h2_1)  # [17]
    delta_h2_2 = dR4_2 * (1 - out_h2_2 * out_h2_2)  # [17]
    delta_h2_3 = dR4_3 * (1 - out_h2_3 * out_h2_3)  # [17]
    delta_h2_4 = dR4_4 * (1 - out_h2_4 * out_h2_4)  # [17]
    delta_h2_5 = dR4_5 * (1 - out_h2_5 * out_h2_5)  # [17]
    dw21 = delta_h2_1 * Y2_1  # [18]
    dw26 = delta_h2_1 * Y2_2  # [18]
    dw31 = delta_h2_1 * Y2_3  # [18]
    dw36 = delta_h2_1 * Y2_4  # [18]
    dw41 = delta_h2_1 * Y2_5  # [18]
    dw22 = delta_h2_2 * Y2_1  # [18]
    dw27 = delta_h2_2 * Y2_2  # [18]
    dw32 = delta_h2_2 * Y2_3  # [18]
    dw37 = delta_h2_2 * Y2_4  # [18]
    dw42 = delta_h2_2 * Y2_5  # [18]
    dw23 = delta_h2_3 * Y2_1  # [18]
    dw28 = delta_h2_3 * Y2_2  # [18]
    dw33 = delta_h2_3 * Y2_3  # [18]
    dw38 = delta_h2_3 * Y2_4  # [18]
    dw43 = delta_h2_3 * Y2_5  # [18]
    dw24 = delta_h2_4 * Y2_1  # [18]
    dw29 = delta_h2_4 * Y2_2  # [18]
    dw34 = delta_h2_4 * Y2_3  # [18]
    dw39 = delta_h2_4 * Y2_4  # [18]
    dw44 = delta_h2_4 * Y2_5  # [18]
    dw25 = delta_h2_5 * Y2_1  # [18]
    dw30 = delta_h2_5 * Y2_2  # [18]
    dw35 = delta_h2_5 * Y2_3  # [18]
    dw40 = delta_h2_5 * Y2_4  # [18]
    dw45 = delta_h2_5 * Y2_5  # [18]
    # [19]
    dY2_1 = (
        delta_h2_1 * w21
        + delta_h2_2 * w22
        + delta_h2_3 * w23
        + delta_h2_4 * w24
        + delta_h2_5 * w25
        + dR4_1
    )
    # [19]
    dY2_2 = (
        delta_h2_1 * w26
        + delta_h2_2 * w27
        + delta_h2_3 * w28
        + delta_h2_4 * w29
        + delta_h2_5 * w30
        + dR4_2
    )
    # [19]
    dY2_3 = (
        delta_h2_1 * w31
        + delta_h2_2 * w32
        + delta_h2_3 * w33
        + delta_h2_4 * w34
        + delta_h2_5 * w35
        + dR4_3
    )
    # [19]
    dY2_4 = (
        delta_h2_1 * w36
        + delta_h2_2 * w37
        + delta_h2_3 * w38
        + delta_h2_4 * w39
        + delta_h2_5 * w40
        + dR4_4
    )
    # [19]
    dY2_5 = (
        delta_h2_1 * w41
        + delta_h2_2 * w42
        + delta_h2_3 * w43
        + delta_h2_4 * w44
        + delta_h2_5 * w45
        + dR4_5
    )
    dgamma2_1 = dY2_1 * xhat2_1  # [20]
    dgamma2_2 = dY2_2 * xhat2_2  # [20]
    dgamma2_3 = dY2_3 * xhat2_3  # [20]
    dgamma2_4 = dY2_4 * xhat2_4  # [20]
    dgamma2_5 = dY2_5 * xhat2_5  # [20]
    dbeta2_1 = dY2_1  # [21]
    dbeta2_2 = dY2_2  # [21]
    dbeta2_3 = dY2_3  # [21]
    dbeta2_4 = dY2_4  # [21]
    dbeta2_5 = dY2_5  # [21]
    dxhat2_1 = dY2_1 * gamma2_1  # [22]
    dxhat2_2 = dY2_2 * gamma2_2  # [22]
    dxhat2_3 = dY2_3 * gamma2_3  # [22]
    dxhat2_4 = dY2_4 * gamma2_4  # [22]
    dxhat2_5 = dY2_5 * gamma2_5  # [22]
    # [23]
    dsigma2_sum = (
        dxhat2_1 * xhat2_1
        + dxhat2_2 * xhat2_2
        + dxhat2_3 * xhat2_3
        + dxhat2_4 * xhat2_4
        + dxhat2_5 * xhat2_5
    )
    dsigma2 = divide(-dsigma2_sum, sigma2)
    dvar2 = divide(dsigma2, 2 * sigma2)  # [24]
    # [25]
    dmu2 = divide(-(dxhat2_1 + dxhat2_2 + dxhat2_3 + dxhat2_4 + dxhat2_5), sigma2)
    # [26]
    delta_h1_1_sum = (
        dmu2 / 5 + divide(dxhat2_1, sigma2) + 2 * (out_h1_1 - mu2) * dvar2 / 5
    )
    delta_h1_1 = delta_h1_1_sum * (1 - out_h1_1 * out_h1_1)
    # [26]
    delta_h1_2_sum = (
        dmu2 / 5 + divide(dxhat2_2, sigma2) + 2 * (out_h1_2 - mu2) * dvar2 / 5
    )
    delta_h1_2 = delta_h1_2_sum * (1 - out_h1_2 * out_h1_2)
    # [26]
    delta_h1_3_sum = (
        dmu2 / 5 + divide(dxhat2_3, sigma2) + 2 * (out_h1_3 - mu2) * dvar2 / 5
    )
    delta_h1_3 = delta_h1_3_sum * (1 - out_h1_3 * out_h1_3)
    # [26]
    delta_h1_4_sum = (
        dmu2 / 5 + divide(dxhat2_4, sigma2) + 2 * (out_h1_4 - mu2) * dvar2 / 5
    )
    delta_h1_4 = delta_h1_4_sum * (1 - out_h1_4 * out_h1_4)
    # [26]
    delta_h1_5_sum = (
        dmu2 / 5 + divide(dxhat2_5, sigma2) + 2 * (out_h1_5 - mu2) * dvar2 / 5
    )
    delta_h1_5 = delta_h1_5_sum * (1 - out_h1_5 * out_h1_5)
    dw1 = delta_h1_1 * x1  # [27]
    dw6 = delta_h1_1 * x2  # [27]
    dw11 = delta_h1_1 * x3  # [27]
    dw16 = delta_h1_1 * x4  # [27]
    dw2 = delta_h1_2 * x1  # [27]
    dw7 = delta_h1_2 * x2  # [27]
    dw12 = delta_h1_2 * x3  # [27]
    dw17 = delta_h1_2 * x4  # [27]
    dw3 = delta_h1_3 * x1  # [27]
    dw8 = delta_h1_3 * x2  # [27]
    dw13 = delta_h1_3 * x3  # [27]
    dw18 = delta_h1_3 * x4  # [27]
    dw4 = delta_h1_4 * x1  # [27]
    dw9 = delta_h1_4 * x2  # [27]
    dw14 = delta_h1_4 * x3  # [27]
    dw19 = delta_h1_4 * x4  # [27]
    dw5 = delta_h1_5 * x1  # [27]
    dw10 = delta_h1_5 * x2  # [27]
    dw15 = delta_h1_5 * x3  # [27]
    dw20 = delta_h1_5 * x4  # [27]
    db_h1_1 = delta_h1_1  # [28]
    db_h1_2 = delta_h1_2  # [28]
    db_h1_3 = delta_h1_3  # [28]
    db_h1_4 = delta_h1_4  # [28]
    db_h1_5 = delta_h1_5  # [28]
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
        w25 - learning_rate * dw25,
        w26 - learning_rate * dw26,
        w27 - learning_rate * dw27,
        w28 - learning_rate * dw28,
        w29 - learning_rate * dw29,
        w30 - learning_rate * dw30,
        w31 - learning_rate * dw31,
        w32 - learning_rate * dw32,
        w33 - learning_rate * dw33,
        w34 - learning_rate * dw34,
        w35 - learning_rate * dw35,
        w36 - learning_rate * dw36,
        w37 - learning_rate * dw37,
        w38 - learning_rate * dw38,
        w39 - learning_rate * dw39,
        w40 - learning_rate * dw40,
        w41 - learning_rate * dw41,
        w42 - learning_rate * dw42,
        w43 - learning_rate * dw43,
        w44 - learning_rate * dw44,
        w45 - learning_rate * dw45,
        w46 - learning_rate * dw46,
        w47 - learning_rate * dw47,
        w48 - learning_rate * dw48,
        w49 - learning_rate * dw49,
        w50 - learning_rate * dw50,
        w51 - learning_rate * dw51,
        w52 - learning_rate * dw52,
        w53 - learning_rate * dw53,
        w54 - learning_rate * dw54,
        w55 - learning_rate * dw55,
        w56 - learning_rate * dw56,
        w57 - learning_rate * dw57,
        w58 - learning_rate * dw58,
        w59 - learning_rate * dw59,
        w60 - learning_rate * dw60,
        b_h1_1 - learning_rate * db_h1_1,
        b_h1_2 - learning_rate * db_h1_2,
        b_h1_3 - learning_rate * db_h1_3,
        b_h1_4 - learning_rate * db_h1_4,
        b_h1_5 - learning_rate * db_h1_5,
        gamma2_1 - learning_rate * dgamma2_1,
        gamma2_2 - learning_rate * dgamma2_2,
        gamma2_3 - learning_rate * dgamma2_3,
        gamma2_4 - learning_rate * dgamma2_4,
        gamma2_5 - learning_rate * dgamma2_5,
        beta2_1 - learning_rate * dbeta2_1,
        beta2_2 - learning_rate * dbeta2_2,
        beta2_3 - learning_rate * dbeta2_3,
        beta2_4 - learning_rate * dbeta2_4,
        beta2_5 - learning_rate * dbeta2_5,
        b_o1 - learning_rate * db_o1,
        b_o2 - learning_rate * db_o2,
        b_o3 - learning_rate * db_o3,
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
            self.w25,
            self.w26,
            self.w27,
            self.w28,
            self.w29,
            self.w30,
            self.w31,
            self.w32,
            self.w33,
            self.w34,
            self.w35,
            self.w36,
            self.w37,
            self.w38,
            self.w39,
            self.w40,
            self.w41,
            self.w42,
            self.w43,
            self.w44,
            self.w45,
            self.w46,
            self.w47,
            self.w48,
            self.w49,
            self.w50,
            self.w51,
            self.w52,
            self.w53,
            self.w54,
            self.w55,
            self.w56,
            self.w57,
            self.w58,
            self.w59,
            self.w60,
            self.b_h1_1,
            self.b_h1_2,
            self.b_h1_3,
            self.b_h1_4,
            self.b_h1_5,
            self.gamma2_1,
            self.gamma2_2,
            self.gamma2_3,
            self.gamma2_4,
            self.gamma2_5,
            self.beta2_1,
            self.beta2_2,
            self.beta2_3,
            self.beta2_4,
            self.beta2_5,
            self.b_o1,
            self.b_o2,
            self.b_o3,
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
            self.dw25,
            self.dw26,
            self.dw27,
            self.dw28,
            self.dw29,
            self.dw30,
            self.dw31,
            self.dw32,
            self.dw33,
            self.dw34,
            self.dw35,
            self.dw36,
            self.dw37,
            self.dw38,
            self.dw39,
            self.dw40,
            self.dw41,
            self.dw42,
            self.dw43,
            self.dw44,
            self.dw45,
            self.dw46,
            self.dw47,
            self.dw48,
            self.dw49,
            self.dw50,
            self.dw51,
            self.dw52,
            self.dw53,
            self.dw54,
            self.dw55,
            self.dw56,
            self.dw57,
            self.dw58,
            self.dw59,
            self.dw60,
            self.db_h1_1,
            self.db_h1_2,
            self.db_h1_3,
            self.db_h1_4,
            self.db_h1_5,
            self.dgamma2_1,
            self.dgamma2_2,
            self.dgamma2_3,
            self.dgamma2_4,
            self.dgamma2_5,
            self.dbeta2_1,
            self.dbeta2_2,
            self.dbeta2_3,
            self.dbeta2_4,
            self.dbeta2_5,
            self.db_o1,
            self.db_o2,
            self.db_o3,
        ) = self.dw
        self.x1, self.x2, self.x3, self.x4 = self.x
        self.y1, self.y2, self.y3 = self.y
        # numbers
        self.c1 = np.full((), 5, dtype)
        self.c2 = np.full((), 1e-05, dtype)
        self.two = np.full((), 2, dtype)
        self.c3 = np.full((), 3, dtype)
        self.one = np.full((), 1, dtype)
        # values on the way
        self.net_h1_1 = np.empty((R,), dtype)
        self.out_h1_1 = self.net_h1_1  # in the same place
        self.delta_h1_1_part4 = self.net_h1_1  # in the same place
        self.net_h1_1_part = np.empty((R,), dtype)
        self.net_h1_2_part2 = self.net_h1_1_part  # in the same place
        self.net_h1_3_part = self.net_h1_1_part  # in the same place
        self.net_h1_4_part2 = self.net_h1_1_part  # in the same place
        self.net_h1_5_part = self.net_h1_1_part  # in the same place
        self.mu2_part2 = self.net_h1_1_part  # in the same place
        self.var2_part2 = self.net_h1_1_part  # in the same place
        self.delta_h1_2_part2 = self.net_h1_1_part  # in the same place
        self.net_h1_1_part2 = np.empty((R,), dtype)
        self.net_h1_2_part = self.net_h1_1_part2  # in the same place
        self.net_h1_3_part2 = self.net_h1_1_part2  # in the same place
        self.net_h1_4_part = self.net_h1_1_part2  # in the same place
        self.net_h1_5_part2 = self.net_h1_1_part2  # in the same place
        self.mu2_part = self.net_h1_1_part2  # in the same place
        self.var2_part3 = self.net_h1_1_part2  # in the same place
        self.xhat2_4 = self.net_h1_1_part2  # in the same place
        self.dsigma2_part3 = self.net_h1_1_part2  # in the same place
        self.net_h1_1_part3 = np.empty((R,), dtype)
        self.net_h1_2 = self.net_h1_1_part3  # in the same place
        self.out_h1_2 = self.net_h1_1_part3  # in the same place
        self.delta_h1_2_part3 = self.net_h1_1_part3  # in the same place
        self.net_h1_2_part3 = np.empty((R,), dtype)
        self.net_h1_3 = self.net_h1_2_part3  # in the same place
        self.out_h1_3 = self.net_h1_2_part3  # in the same place
        self.delta_h1_3_part3 = self.net_h1_2_part3  # in the same place
        self.net_h1_3_part3 = np.empty((R,), dtype)
        self.net_h1_4 = self.net_h1_3_part3  # in the same place
        self.out_h1_4 = self.net_h1_3_part3  # in the same place
        self.delta_h1_4_part3 = self.net_h1_3_part3  # in the same place
        self.net_h1_4_part3 = np.empty((R,), dtype)
        self.net_h1_5 = self.net_h1_4_part3  # in the same place
        self.out_h1_5 = self.net_h1_4_part3  # in the same place
        self.delta_h1_5_part4 = self.net_h1_4_part3  # in the same place
        self.net_h1_5_part3 = np.empty((R,), dtype)
        self.mu2 = self.net_h1_5_part3  # in the same place
        self.var2_part8 = self.net_h1_5_part3  # in the same place
        self.delta_h1_5_part2 = self.net_h1_5_part3  # in the same place
        self.mu2_part3 = np.empty((R,), dtype)
        self.var2 = self.mu2_part3  # in the same place
        self.sigma2 = self.mu2_part3  # in the same place
        self.mu2_part4 = np.empty((R,), dtype)
        self.var2_part = self.mu2_part4  # in the same place
        self.delta_h1_1_part3 = self.mu2_part4  # in the same place
        self.var2_part4 = np.empty((R,), dtype)
        self.delta_h1_3_part2 = self.var2_part4  # in the same place
        self.var2_part5 = np.empty((R,), dtype)
        self.xhat2_3 = self.var2_part5  # in the same place
        self.dsigma2_part2 = self.var2_part5  # in the same place
        self.var2_part6 = np.empty((R,), dtype)
        self.delta_h1_4_part2 = self.var2_part6  # in the same place
        self.var2_part7 = np.empty((R,), dtype)
        self.xhat2_2 = self.var2_part7  # in the same place
        self.dsigma2_part = self.var2_part7  # in the same place
        self.var2_part9 = np.empty((R,), dtype)
        self.xhat2_1 = self.var2_part9  # in the same place
        self.dsigma2 = self.var2_part9  # in the same place
        self.dvar2 = self.var2_part9  # in the same place
        self.xhat2_5 = np.empty((R,), dtype)
        self.dsigma2_part4 = self.xhat2_5  # in the same place
        self.dvar2_part = self.xhat2_5  # in the same place
        self.dmu2 = self.xhat2_5  # in the same place
        self.delta_h1_1_part = self.xhat2_5  # in the same place
        self.delta_h1_5_part3 = self.xhat2_5  # in the same place
        self.Y2_1 = np.empty((R,), dtype)
        self.dY2_1_part5 = self.Y2_1  # in the same place
        self.dY2_2_part3 = self.Y2_1  # in the same place
        self.dY2_3_part5 = self.Y2_1  # in the same place
        self.dY2_4_part3 = self.Y2_1  # in the same place
        self.Y2_2 = np.empty((R,), dtype)
        self.dY2_1_part4 = self.Y2_2  # in the same place
        self.dY2_2_part4 = self.Y2_2  # in the same place
        self.dY2_3_part4 = self.Y2_2  # in the same place
        self.dY2_4_part4 = self.Y2_2  # in the same place
        self.Y2_3 = np.empty((R,), dtype)
        self.dY2_1_part3 = self.Y2_3  # in the same place
        self.dY2_2_part5 = self.Y2_3  # in the same place
        self.dY2_3_part3 = self.Y2_3  # in the same place
        self.dY2_4_part5 = self.Y2_3  # in the same place
        self.Y2_4 = np.empty((R,), dtype)
        self.dY2_1_part2 = self.Y2_4  # in the same place
        self.Y2_5 = np.empty((R,), dtype)
        self.dY2_1_part = self.Y2_5  # in the same place
        self.dY2_2_part2 = self.Y2_5  # in the same place
        self.net_h2_1 = np.empty((R,), dtype)
        self.out_h2_1 = self.net_h2_1  # in the same place
        self.delta_h2_1 = self.net_h2_1  # in the same place
        self.dY2_5_part = self.net_h2_1  # in the same place
        self.dxhat2_1 = self.net_h2_1  # in the same place
        self.delta_h1_1_part2 = self.net_h2_1  # in the same place
        self.net_h2_1_part = np.empty((R,), dtype)
        self.net_h2_2_part3 = self.net_h2_1_part  # in the same place
        self.net_h2_3_part = self.net_h2_1_part  # in the same place
        self.net_h2_4_part3 = self.net_h2_1_part  # in the same place
        self.net_h2_5_part = self.net_h2_1_part  # in the same place
        self.R4_4 = self.net_h2_1_part  # in the same place
        self.dR4_1_part = self.net_h2_1_part  # in the same place
        self.dR4_2_part = self.net_h2_1_part  # in the same place
        self.dR4_3_part = self.net_h2_1_part  # in the same place
        self.dR4_4_part = self.net_h2_1_part  # in the same place
        self.dR4_5_part = self.net_h2_1_part  # in the same place
        self.net_h2_1_part2 = np.empty((R,), dtype)
        self.net_h2_2_part2 = self.net_h2_1_part2  # in the same place
        self.net_h2_3_part2 = self.net_h2_1_part2  # in the same place
        self.net_h2_4_part2 = self.net_h2_1_part2  # in the same place
        self.net_h2_5_part2 = self.net_h2_1_part2  # in the same place
        self.R4_3 = self.net_h2_1_part2  # in the same place
        self.dR4_1_part2 = self.net_h2_1_part2  # in the same place
        self.dR4_2 = self.net_h2_1_part2  # in the same place
        self.dY2_3_part2 = self.net_h2_1_part2  # in the same place
        self.net_h2_1_part3 = np.empty((R,), dtype)
        self.net_h2_2_part = self.net_h2_1_part3  # in the same place
        self.net_h2_3_part3 = self.net_h2_1_part3  # in the same place
        self.net_h2_4_part = self.net_h2_1_part3  # in the same place
        self.net_h2_5_part3 = self.net_h2_1_part3  # in the same place
        self.R4_2 = self.net_h2_1_part3  # in the same place
        self.dR4_2_part2 = self.net_h2_1_part3  # in the same place
        self.dR4_3 = self.net_h2_1_part3  # in the same place
        self.dY2_4_part = self.net_h2_1_part3  # in the same place
        self.net_h2_1_part4 = np.empty((R,), dtype)
        self.net_h2_2 = self.net_h2_1_part4  # in the same place
        self.out_h2_2 = self.net_h2_1_part4  # in the same place
        self.delta_h2_2 = self.net_h2_1_part4  # in the same place
        self.dY2_5_part2 = self.net_h2_1_part4  # in the same place
        self.net_h2_2_part4 = np.empty((R,), dtype)
        self.net_h2_3 = self.net_h2_2_part4  # in the same place
        self.out_h2_3 = self.net_h2_2_part4  # in the same place
        self.delta_h2_3 = self.net_h2_2_part4  # in the same place
        self.dY2_5_part3 = self.net_h2_2_part4  # in the same place
        self.dxhat2_5 = self.net_h2_2_part4  # in the same place
        self.delta_h1_5_part = self.net_h2_2_part4  # in the same place
        self.net_h2_3_part4 = np.empty((R,), dtype)
        self.net_h2_4 = self.net_h2_3_part4  # in the same place
        self.out_h2_4 = self.net_h2_3_part4  # in the same place
        self.delta_h2_4 = self.net_h2_3_part4  # in the same place
        self.dY2_5_part4 = self.net_h2_3_part4  # in the same place
        self.dxhat2_4 = self.net_h2_3_part4  # in the same place
        self.delta_h1_4_part = self.net_h2_3_part4  # in the same place
        self.net_h2_4_part4 = np.empty((R,), dtype)
        self.net_h2_5 = self.net_h2_4_part4  # in the same place
        self.out_h2_5 = self.net_h2_4_part4  # in the same place
        self.delta_h2_5 = self.net_h2_4_part4  # in the same place
        self.dY2_5_part5 = self.net_h2_4_part4  # in the same place
        self.dxhat2_3 = self.net_h2_4_part4  # in the same place
        self.delta_h1_3_part = self.net_h2_4_part4  # in the same place
        self.net_h2_5_part4 = np.empty((R,), dtype)
        self.R4_1 = self.net_h2_5_part4  # in the same place
        self.dR4_3_part2 = self.net_h2_5_part4  # in the same place
        self.dR4_4 = self.net_h2_5_part4  # in the same place
        self.R4_5 = np.empty((R,), dtype)
        self.dR4_1 = self.R4_5  # in the same place
        self.dY2_2_part = self.R4_5  # in the same place
        self.dY2_3_part = self.R4_5  # in the same place
        self.dY2_4_part2 = self.R4_5  # in the same place
        self.net_o1 = np.empty((R,), dtype)
        self.E = self.net_o1  # in the same place
        self.net_o1_part = np.empty((R,), dtype)
        self.net_o2_part3 = self.net_o1_part  # in the same place
        self.net_o3_part = self.net_o1_part  # in the same place
        self.net_o1_part2 = np.empty((R,), dtype)
        self.net_o2_part2 = self.net_o1_part2  # in the same place
        self.net_o3_part2 = self.net_o1_part2  # in the same place
        self.net_o1_part3 = np.empty((R,), dtype)
        self.net_o2_part = self.net_o1_part3  # in the same place
        self.net_o3_part3 = self.net_o1_part3  # in the same place
        self.delta_o1_part2 = self.net_o1_part3  # in the same place
        self.delta_o2_part2 = self.net_o1_part3  # in the same place
        self.delta_o3_part2 = self.net_o1_part3  # in the same place
        self.dR4_5_part2 = self.net_o1_part3  # in the same place
        self.net_o1_part4 = np.empty((R,), dtype)
        self.net_o2 = self.net_o1_part4  # in the same place
        self.E_part = self.net_o1_part4  # in the same place
        self.net_o2_part4 = np.empty((R,), dtype)
        self.net_o3 = self.net_o2_part4  # in the same place
        self.E_part2 = self.net_o2_part4  # in the same place
        self.net_o3_part4 = np.empty((R,), dtype)
        self.delta_o1_part = self.net_o3_part4  # in the same place
        self.delta_o2_part = self.net_o3_part4  # in the same place
        self.delta_o3_part = self.net_o3_part4  # in the same place
        self.dR4_4_part2 = self.net_o3_part4  # in the same place
        self.dR4_5 = self.net_o3_part4  # in the same place
        self.dxhat2_2 = self.net_o3_part4  # in the same place
        self.delta_h1_2_part = self.net_o3_part4  # in the same place
        self.delta_o1 = self.db_o1  # in the same place
        self.delta_o2 = self.db_o2  # in the same place
        self.delta_o3 = self.db_o3  # in the same place
        self.dY2_1 = self.dbeta2_1  # in the same place
        self.dY2_2 = self.dbeta2_2  # in the same place
        self.dY2_3 = self.dbeta2_3  # in the same place
        self.dY2_4 = self.dbeta2_4  # in the same place
        self.dY2_5 = self.dbeta2_5  # in the same place
        self.delta_h1_1 = self.db_h1_1  # in the same place
        self.delta_h1_2 = self.db_h1_2  # in the same place
        self.delta_h1_3 = self.db_h1_3  # in the same place
        self.delta_h1_4 = self.db_h1_4  # in the same place
        self.delta_h1_5 = self.db_h1_5  # in the same place

    def load(self, w: Array, x: Array, y: Array) -> None:
        """Take over numbers, inputs and targets: a row for each name, (names, R)."""
        for mine, given in ((self.w, w), (self.x, x), (self.y, y)):
            np.copyto(mine, given)


def gradient_pass(ws: Ensemble) -> None:
    """Leave ws.seed times the gradients of every run in ws.dw."""
    w1 = ws.w1
    x1 = ws.x1
    net_h1_1 = ws.net_h1_1
    w6 = ws.w6
    x2 = ws.x2
    net_h1_1_part = ws.net_h1_1_part
    w11 = ws.w11
    x3 = ws.x3
    net_h1_1_part2 = ws.net_h1_1_part2
    w16 = ws.w16
    x4 = ws.x4
    net_h1_1_part3 = ws.net_h1_1_part3
    b_h1_1 = ws.b_h1_1
    w2 = ws.w2
    net_h1_2 = ws.net_h1_2
    w7 = ws.w7
    net_h1_2_part = ws.net_h1_2_part
    w12 = ws.w12
    net_h1_2_part2 = ws.net_h1_2_part2
    w17 = ws.w17
    net_h1_2_part3 = ws.net_h1_2_part3
    b_h1_2 = ws.b_h1_2
    w3 = ws.w3
    net_h1_3 = ws.net_h1_3
    w8 = ws.w8
    net_h1_3_part = ws.net_h1_3_part
    w13 = ws.w13
    net_h1_3_part2 = ws.net_h1_3_part2
    w18 = ws.w18
    net_h1_3_part3 = ws.net_h1_3_part3
    b_h1_3 = ws.b_h1_3
    w4 = ws.w4
    net_h1_4 = ws.net_h1_4
    w9 = ws.w9
    net_h1_4_part = ws.net_h1_4_part
    w14 = ws.w14
    net_h1_4_part2 = ws.net_h1_4_part2
    w19 = ws.w19
    net_h1_4_part3 = ws.net_h1_4_part3
    b_h1_4 = ws.b_h1_4
    w5 = ws.w5
    net_h1_5 = ws.net_h1_5
    w10 = ws.w10
    net_h1_5_part = ws.net_h1_5_part
    w15 = ws.w15
    net_h1_5_part2 = ws.net_h1_5_part2
    w20 = ws.w20
    net_h1_5_part3 = ws.net_h1_5_part3
    b_h1_5 = ws.b_h1_5
    out_h1_1 = ws.out_h1_1
    out_h1_2 = ws.out_h1_2
    out_h1_3 = ws.out_h1_3
    out_h1_4 = ws.out_h1_4
    out_h1_5 = ws.out_h1_5
    c1 = ws.c1
    mu2 = ws.mu2
    mu2_part = ws.mu2_part
    mu2_part2 = ws.mu2_part2
    mu2_part3 = ws.mu2_part3
    mu2_part4 = ws.mu2_part4
    var2_part = ws.var2_part
    var2 = ws.var2
    var2_part2 = ws.var2_part2
    var2_part3 = ws.var2_part3
    var2_part4 = ws.var2_part4
    var2_part5 = ws.var2_part5
    var2_part6 = ws.var2_part6
    var2_part7 = ws.var2_part7
    var2_part8 = ws.var2_part8
    var2_part9 = ws.var2_part9
    c2 = ws.c2
    sigma2 = ws.sigma2
    xhat2_1 = ws.xhat2_1
    xhat2_2 = ws.xhat2_2
    xhat2_3 = ws.xhat2_3
    xhat2_4 = ws.xhat2_4
    xhat2_5 = ws.xhat2_5
    gamma2_1 = ws.gamma2_1
    Y2_1 = ws.Y2_1
    beta2_1 = ws.beta2_1
    gamma2_2 = ws.gamma2_2
    Y2_2 = ws.Y2_2
    beta2_2 = ws.beta2_2
    gamma2_3 = ws.gamma2_3
    Y2_3 = ws.Y2_3
    beta2_3 = ws.beta2_3
    gamma2_4 = ws.gamma2_4
    Y2_4 = ws.Y2_4
    beta2_4 = ws.beta2_4
    gamma2_5 = ws.gamma2_5
    Y2_5 = ws.Y2_5
    beta2_5 = ws.beta2_5
    w21 = ws.w21
    net_h2_1 = ws.net_h2_1
    w26 = ws.w26
    net_h2_1_part = ws.net_h2_1_part
    w31 = ws.w31
    net_h2_1_part2 = ws.net_h2_1_part2
    w36 = ws.w36
    net_h2_1_part3 = ws.net_h2_1_part3
    w41 = ws.w41
    net_h2_1_part4 = ws.net_h2_1_part4
    w22 = ws.w22
    net_h2_2 = ws.net_h2_2
    w27 = ws.w27
    net_h2_2_part = ws.net_h2_2_part
    w32 = ws.w32
    net_h2_2_part2 = ws.net_h2_2_part2
    w37 = ws.w37
    net_h2_2_part3 = ws.net_h2_2_part3
    w42 = ws.w42
    net_h2_2_part4 = ws.net_h2_2_part4
    w23 = ws.w23
    net_h2_3 = ws.net_h2_3
    w28 = ws.w28
    net_h2_3_part = ws.net_h2_3_part
    w33 = ws.w33
    net_h2_3_part2 = ws.net_h2_3_part2
    w38 = ws.w38
    net_h2_3_part3 = ws.net_h2_3_part3
    w43 = ws.w43
    net_h2_3_part4 = ws.net_h2_3_part4
    w24 = ws.w24
    net_h2_4 = ws.net_h2_4
    w29 = ws.w29
    net_h2_4_part = ws.net_h2_4_part
    w34 = ws.w34
    net_h2_4_part2 = ws.net_h2_4_part2
    w39 = ws.w39
    net_h2_4_part3 = ws.net_h2_4_part3
    w44 = ws.w44
    net_h2_4_part4 = ws.net_h2_4_part4
    w25 = ws.w25
    net_h2_5 = ws.net_h2_5
    w30 = ws.w30
    net_h2_5_part = ws.net_h2_5_part
    w35 = ws.w35
    net_h2_5_part2 = ws.net_h2_5_part2
    w40 = ws.w40
    net_h2_5_part3 = ws.net_h2_5_part3
    w45 = ws.w45
    net_h2_5_part4 = ws.net_h2_5_part4
    out_h2_1 = ws.out_h2_1
    out_h2_2 = ws.out_h2_2
    out_h2_3 = ws.out_h2_3
    out_h2_4 = ws.out_h2_4
    out_h2_5 = ws.out_h2_5
    R4_1 = ws.R4_1
    R4_2 = ws.R4_2
    R4_3 = ws.R4_3
    R4_4 = ws.R4_4
    R4_5 = ws.R4_5
    w46 = ws.w46
    net_o1 = ws.net_o1
    w49 = ws.w49
    net_o1_part = ws.net_o1_part
    w52 = ws.w52
    net_o1_part2 = ws.net_o1_part2
    w55 = ws.w55
    net_o1_part3 = ws.net_o1_part3
    w58 = ws.w58
    net_o1_part4 = ws.net_o1_part4
    b_o1 = ws.b_o1
    w47 = ws.w47
    net_o2 = ws.net_o2
    w50 = ws.w50
    net_o2_part = ws.net_o2_part
    w53 = ws.w53
    net_o2_part2 = ws.net_o2_part2
    w56 = ws.w56
    net_o2_part3 = ws.net_o2_part3
    w59 = ws.w59
    net_o2_part4 = ws.net_o2_part4
    b_o2 = ws.b_o2
    w48 = ws.w48
    net_o3 = ws.net_o3
    w51 = ws.w51
    net_o3_part = ws.net_o3_part
    w54 = ws.w54
    net_o3_part2 = ws.net_o3_part2
    w57 = ws.w57
    net_o3_part3 = ws.net_o3_part3
    w60 = ws.w60
    net_o3_part4 = ws.net_o3_part4
    b_o3 = ws.b_o3
    two = ws.two
    delta_o1_part = ws.delta_o1_part
    c3 = ws.c3
    y1 = ws.y1
    delta_o1_part2 = ws.delta_o1_part2
    seed = ws.seed
    delta_o1 = ws.delta_o1
    delta_o2_part = ws.delta_o2_part
    y2 = ws.y2
    delta_o2_part2 = ws.delta_o2_part2
    delta_o2 = ws.delta_o2
    delta_o3_part = ws.delta_o3_part
    y3 = ws.y3
    delta_o3_part2 = ws.delta_o3_part2
    delta_o3 = ws.delta_o3
    dw46 = ws.dw46
    dw49 = ws.dw49
    dw52 = ws.dw52
    dw55 = ws.dw55
    dw58 = ws.dw58
    dw47 = ws.dw47
    dw50 = ws.dw50
    dw53 = ws.dw53
    dw56 = ws.dw56
    dw59 = ws.dw59
    dw48 = ws.dw48
    dw51 = ws.dw51
    dw54 = ws.dw54
    dw57 = ws.dw57
    dw60 = ws.dw60
    dR4_1 = ws.dR4_1
    dR4_1_part = ws.dR4_1_part
    dR4_1_part2 = ws.dR4_1_part2
    dR4_2 = ws.dR4_2
    dR4_2_part = ws.dR4_2_part
    dR4_2_part2 = ws.dR4_2_part2
    dR4_3 = ws.dR4_3
    dR4_3_part = ws.dR4_3_part
    dR4_3_part2 = ws.dR4_3_part2
    dR4_4 = ws.dR4_4
    dR4_4_part = ws.dR4_4_part
    dR4_4_part2 = ws.dR4_4_part2
    dR4_5 = ws.dR4_5
    dR4_5_part = ws.dR4_5_part
    dR4_5_part2 = ws.dR4_5_part2
    delta_h2_1 = ws.delta_h2_1
    one = ws.one
    delta_h2_2 = ws.delta_h2_2
    delta_h2_3 = ws.delta_h2_3
    delta_h2_4 = ws.delta_h2_4
    delta_h2_5 = ws.delta_h2_5
    dw21 = ws.dw21
    dw26 = ws.dw26
    dw31 = ws.dw31
    dw36 = ws.dw36
    dw41 = ws.dw41
    dw22 = ws.dw22
    dw27 = ws.dw27
    dw32 = ws.dw32
    dw37 = ws.dw37
    dw42 = ws.dw42
    dw23 = ws.dw23
    dw28 = ws.dw28
    dw33 = ws.dw33
    dw38 = ws.dw38
    dw43 = ws.dw43
    dw24 = ws.dw24
    dw29 = ws.dw29
    dw34 = ws.dw34
    dw39 = ws.dw39
    dw44 = ws.dw44
    dw25 = ws.dw25
    dw30 = ws.dw30
    dw35 = ws.dw35
    dw40 = ws.dw40
    dw45 = ws.dw45
    dY2_1_part = ws.dY2_1_part
    dY2_1_part2 = ws.dY2_1_part2
    dY2_1_part3 = ws.dY2_1_part3
    dY2_1_part4 = ws.dY2_1_part4
    dY2_1_part5 = ws.dY2_1_part5
    dY2_1 = ws.dY2_1
    dY2_2_part = ws.dY2_2_part
    dY2_2_part2 = ws.dY2_2_part2
    dY2_2_part3 = ws.dY2_2_part3
    dY2_2_part4 = ws.dY2_2_part4
    dY2_2_part5 = ws.dY2_2_part5
    dY2_2 = ws.dY2_2
    dY2_3_part = ws.dY2_3_part
    dY2_3_part2 = ws.dY2_3_part2
    dY2_3_part3 = ws.dY2_3_part3
    dY2_3_part4 = ws.dY2_3_part4
    dY2_3_part5 = ws.dY2_3_part5
    dY2_3 = ws.dY2_3
    dY2_4_part = ws.dY2_4_part
    dY2_4_part2 = ws.dY2_4_part2
    dY2_4_part3 = ws.dY2_4_part3
    dY2_4_part4 = ws.dY2_4_part4
    dY2_4_part5 = ws.dY2_4_part5
    dY2_4 = ws.dY2_4
    dY2_5_part = ws.dY2_5_part
    dY2_5_part2 = ws.dY2_5_part2
    dY2_5_part3 = ws.dY2_5_part3
    dY2_5_part4 = ws.dY2_5_part4
    dY2_5_part5 = ws.dY2_5_part5
    dY2_5 = ws.dY2_5
    dgamma2_1 = ws.dgamma2_1
    dgamma2_2 = ws.dgamma2_2
    dgamma2_3 = ws.dgamma2_3
    dgamma2_4 = ws.dgamma2_4
    dgamma2_5 = ws.dgamma2_5
    dxhat2_1 = ws.dxhat2_1
    dxhat2_2 = ws.dxhat2_2
    dxhat2_3 = ws.dxhat2_3
    dxhat2_4 = ws.dxhat2_4
    dxhat2_5 = ws.dxhat2_5
    dsigma2 = ws.dsigma2
    dsigma2_part = ws.dsigma2_part
    dsigma2_part2 = ws.dsigma2_part2
    dsigma2_part3 = ws.dsigma2_part3
    dsigma2_part4 = ws.dsigma2_part4
    dvar2_part = ws.dvar2_part
    dvar2 = ws.dvar2
    dmu2 = ws.dmu2
    delta_h1_1_part = ws.delta_h1_1_part
    delta_h1_1_part2 = ws.delta_h1_1_part2
    delta_h1_1_part3 = ws.delta_h1_1_part3
    delta_h1_1_part4 = ws.delta_h1_1_part4
    delta_h1_1 = ws.delta_h1_1
    delta_h1_2_part = ws.delta_h1_2_part
    delta_h1_2_part2 = ws.delta_h1_2_part2
    delta_h1_2_part3 = ws.delta_h1_2_part3
    delta_h1_2 = ws.delta_h1_2
    delta_h1_3_part = ws.delta_h1_3_part
    delta_h1_3_part2 = ws.delta_h1_3_part2
    delta_h1_3_part3 = ws.delta_h1_3_part3
    delta_h1_3 = ws.delta_h1_3
    delta_h1_4_part = ws.delta_h1_4_part
    delta_h1_4_part2 = ws.delta_h1_4_part2
    delta_h1_4_part3 = ws.delta_h1_4_part3
    delta_h1_4 = ws.delta_h1_4
    delta_h1_5_part = ws.delta_h1_5_part
    delta_h1_5_part2 = ws.delta_h1_5_part2
    delta_h1_5_part3 = ws.delta_h1_5_part3
    delta_h1_5_part4 = ws.delta_h1_5_part4
    delta_h1_5 = ws.delta_h1_5
    dw1 = ws.dw1
    dw6 = ws.dw6
    dw11 = ws.dw11
    dw16 = ws.dw16
    dw2 = ws.dw2
    dw7 = ws.dw7
    dw12 = ws.dw12
    dw17 = ws.dw17
    dw3 = ws.dw3
    dw8 = ws.dw8
    dw13 = ws.dw13
    dw18 = ws.dw18
    dw4 = ws.dw4
    dw9 = ws.dw9
    dw14 = ws.dw14
    dw19 = ws.dw19
    dw5 = ws.dw5
    dw10 = ws.dw10
    dw15 = ws.dw15
    dw20 = ws.dw20
    # net_h1_1 = w1 * x1 + w6 * x2 + w11 * x3 + w16 * x4 + b_h1_1  (R,) [1]
    np.multiply(w1, x1, out=net_h1_1)
    np.multiply(w6, x2, out=net_h1_1_part)
    np.multiply(w11, x3, out=net_h1_1_part2)
    np.multiply(w16, x4, out=net_h1_1_part3)
    np.add(net_h1_1, net_h1_1_part, out=net_h1_1)
    np.add(net_h1_1, net_h1_1_part2, out=net_h1_1)
    np.add(net_h1_1, net_h1_1_part3, out=net_h1_1)
    np.add(net_h1_1, b_h1_1, out=net_h1_1)
    # net_h1_2 = w2 * x1 + w7 * x2 + w12 * x3 + w17 * x4 + b_h1_2  (R,) [1]
    np.multiply(w2, x1, out=net_h1_2)
    np.multiply(w7, x2, out=net_h1_2_part)
    np.multiply(w12, x3, out=net_h1_2_part2)
    np.multiply(w17, x4, out=net_h1_2_part3)
    np.add(net_h1_2, net_h1_2_part, out=net_h1_2)
    np.add(net_h1_2, net_h1_2_part2, out=net_h1_2)
    np.add(net_h1_2, net_h1_2_part3, out=net_h1_2)
    np.add(net_h1_2, b_h1_2, out=net_h1_2)
    # net_h1_3 = w3 * x1 + w8 * x2 + w13 * x3 + w18 * x4 + b_h1_3  (R,) [1]
    np.multiply(w3, x1, out=net_h1_3)
    np.multiply(w8, x2, out=net_h1_3_part)
    np.multiply(w13, x3, out=net_h1_3_part2)
    np.multiply(w18, x4, out=net_h1_3_part3)
    np.add(net_h1_3, net_h1_3_part, out=net_h1_3)
    np.add(net_h1_3, net_h1_3_part2, out=net_h1_3)
    np.add(net_h1_3, net_h1_3_part3, out=net_h1_3)
    np.add(net_h1_3, b_h1_3, out=net_h1_3)
    # net_h1_4 = w4 * x1 + w9 * x2 + w14 * x3 + w19 * x4 + b_h1_4  (R,) [1]
    np.multiply(w4, x1, out=net_h1_4)
    np.multiply(w9, x2, out=net_h1_4_part)
    np.multiply(w14, x3, out=net_h1_4_part2)
    np.multiply(w19, x4, out=net_h1_4_part3)
    np.add(net_h1_4, net_h1_4_part, out=net_h1_4)
    np.add(net_h1_4, net_h1_4_part2, out=net_h1_4)
    np.add(net_h1_4, net_h1_4_part3, out=net_h1_4)
    np.add(net_h1_4, b_h1_4, out=net_h1_4)
    # net_h1_5 = w5 * x1 + w10 * x2 + w15 * x3 + w20 * x4 + b_h1_5  (R,) [1]
    np.multiply(w5, x1, out=net_h1_5)
    np.multiply(w10, x2, out=net_h1_5_part)
    np.multiply(w15, x3, out=net_h1_5_part2)
    np.multiply(w20, x4, out=net_h1_5_part3)
    np.add(net_h1_5, net_h1_5_part, out=net_h1_5)
    np.add(net_h1_5, net_h1_5_part2, out=net_h1_5)
    np.add(net_h1_5, net_h1_5_part3, out=net_h1_5)
    np.add(net_h1_5, b_h1_5, out=net_h1_5)
    np.tanh(net_h1_1, out=out_h1_1)  # (R,) [2]
    np.tanh(net_h1_2, out=out_h1_2)  # (R,) [2]
    np.tanh(net_h1_3, out=out_h1_3)  # (R,) [2]
    np.tanh(net_h1_4, out=out_h1_4)  # (R,) [2]
    np.tanh(net_h1_5, out=out_h1_5)  # (R,) [2]
    # mu2  (R,) [3]
    np.divide(out_h1_1, c1, out=mu2)
    np.divide(out_h1_2, c1, out=mu2_part)
    np.divide(out_h1_3, c1, out=mu2_part2)
    np.divide(out_h1_4, c1, out=mu2_part3)
    np.divide(out_h1_5, c1, out=mu2_part4)
    np.add(mu2, mu2_part, out=mu2)
    np.add(mu2, mu2_part2, out=mu2)
    np.add(mu2, mu2_part3, out=mu2)
    np.add(mu2, mu2_part4, out=mu2)
    # var2  (R,) [4]
    np.subtract(out_h1_1, mu2, out=var2_part)
    np.square(var2_part, out=var2)
    np.divide(var2, c1, out=var2)
    np.subtract(out_h1_2, mu2, out=var2_part2)
    np.square(var2_part2, out=var2_part3)
    np.divide(var2_part3, c1, out=var2_part3)
    np.subtract(out_h1_3, mu2, out=var2_part4)
    np.square(var2_part4, out=var2_part5)
    np.divide(var2_part5, c1, out=var2_part5)
    np.subtract(out_h1_4, mu2, out=var2_part6)
    np.square(var2_part6, out=var2_part7)
    np.divide(var2_part7, c1, out=var2_part7)
    np.subtract(out_h1_5, mu2, out=var2_part8)
    np.square(var2_part8, out=var2_part9)
    np.divide(var2_part9, c1, out=var2_part9)
    np.add(var2, var2_part3, out=var2)
    np.add(var2, var2_part5, out=var2)
    np.add(var2, var2_part7, out=var2)
    np.add(var2, var2_part9, out=var2)
    # sigma2 = np.sqrt(var2 + 1e-05)  (R,) [5]
    np.add(var2, c2, out=sigma2)
    np.sqrt(sigma2, out=sigma2)
    np.divide(var2_part, sigma2, out=xhat2_1)  # (R,) [6]
    np.divide(var2_part2, sigma2, out=xhat2_2)  # (R,) [6]
    np.divide(var2_part4, sigma2, out=xhat2_3)  # (R,) [6]
    np.divide(var2_part6, sigma2, out=xhat2_4)  # (R,) [6]
    np.divide(var2_part8, sigma2, out=xhat2_5)  # (R,) [6]
    # Y2_1 = gamma2_1 * xhat2_1 + beta2_1  (R,) [7]
    np.multiply(gamma2_1, xhat2_1, out=Y2_1)
    np.add(Y2_1, beta2_1, out=Y2_1)
    # Y2_2 = gamma2_2 * xhat2_2 + beta2_2  (R,) [7]
    np.multiply(gamma2_2, xhat2_2, out=Y2_2)
    np.add(Y2_2, beta2_2, out=Y2_2)
    # Y2_3 = gamma2_3 * xhat2_3 + beta2_3  (R,) [7]
    np.multiply(gamma2_3, xhat2_3, out=Y2_3)
    np.add(Y2_3, beta2_3, out=Y2_3)
    # Y2_4 = gamma2_4 * xhat2_4 + beta2_4  (R,) [7]
    np.multiply(gamma2_4, xhat2_4, out=Y2_4)
    np.add(Y2_4, beta2_4, out=Y2_4)
    # Y2_5 = gamma2_5 * xhat2_5 + beta2_5  (R,) [7]
    np.multiply(gamma2_5, xhat2_5, out=Y2_5)
    np.add(Y2_5, beta2_5, out=Y2_5)
    # net_h2_1 = w21 * Y2_1 + w26 * Y2_2 + w31 * Y2_3 + w36 * Y2_4 + w41 * Y2_5
    # (R,) [8]
    np.multiply(w21, Y2_1, out=net_h2_1)
    np.multiply(w26, Y2_2, out=net_h2_1_part)
    np.multiply(w31, Y2_3, out=net_h2_1_part2)
    np.multiply(w36, Y2_4, out=net_h2_1_part3)
    np.multiply(w41, Y2_5, out=net_h2_1_part4)
    np.add(net_h2_1, net_h2_1_part, out=net_h2_1)
    np.add(net_h2_1, net_h2_1_part2, out=net_h2_1)
    np.add(net_h2_1, net_h2_1_part3, out=net_h2_1)
    np.add(net_h2_1, net_h2_1_part4, out=net_h2_1)
    # net_h2_2 = w22 * Y2_1 + w27 * Y2_2 + w32 * Y2_3 + w37 * Y2_4 + w42 * Y2_5
    # (R,) [8]
    np.multiply(w22, Y2_1, out=net_h2_2)
    np.multiply(w27, Y2_2, out=net_h2_2_part)
    np.multiply(w32, Y2_3, out=net_h2_2_part2)
    np.multiply(w37, Y2_4, out=net_h2_2_part3)
    np.multiply(w42, Y2_5, out=net_h2_2_part4)
    np.add(net_h2_2, net_h2_2_part, out=net_h2_2)
    np.add(net_h2_2, net_h2_2_part2, out=net_h2_2)
    np.add(net_h2_2, net_h2_2_part3, out=net_h2_2)
    np.add(net_h2_2, net_h2_2_part4, out=net_h2_2)
    # net_h2_3 = w23 * Y2_1 + w28 * Y2_2 + w33 * Y2_3 + w38 * Y2_4 + w43 * Y2_5
    # (R,) [8]
    np.multiply(w23, Y2_1, out=net_h2_3)
    np.multiply(w28, Y2_2, out=net_h2_3_part)
    np.multiply(w33, Y2_3, out=net_h2_3_part2)
    np.multiply(w38, Y2_4, out=net_h2_3_part3)
    np.multiply(w43, Y2_5, out=net_h2_3_part4)
    np.add(net_h2_3, net_h2_3_part, out=net_h2_3)
    np.add(net_h2_3, net_h2_3_part2, out=net_h2_3)
    np.add(net_h2_3, net_h2_3_part3, out=net_h2_3)
    np.add(net_h2_3, net_h2_3_part4, out=net_h2_3)
    # net_h2_4 = w24 * Y2_1 + w29 * Y2_2 + w34 * Y2_3 + w39 * Y2_4 + w44 * Y2_5
    # (R,) [8]
    np.multiply(w24, Y2_1, out=net_h2_4)
    np.multiply(w29, Y2_2, out=net_h2_4_part)
    np.multiply(w34, Y2_3, out=net_h2_4_part2)
    np.multiply(w39, Y2_4, out=net_h2_4_part3)
    np.multiply(w44, Y2_5, out=net_h2_4_part4)
    np.add(net_h2_4, net_h2_4_part, out=net_h2_4)
    np.add(net_h2_4, net_h2_4_part2, out=net_h2_4)
    np.add(net_h2_4, net_h2_4_part3, out=net_h2_4)
    np.add(net_h2_4, net_h2_4_part4, out=net_h2_4)
    # net_h2_5 = w25 * Y2_1 + w30 * Y2_2 + w35 * Y2_3 + w40 * Y2_4 + w45 * Y2_5
    # (R,) [8]
    np.multiply(w25, Y2_1, out=net_h2_5)
    np.multiply(w30, Y2_2, out=net_h2_5_part)
    np.multiply(w35, Y2_3, out=net_h2_5_part2)
    np.multiply(w40, Y2_4, out=net_h2_5_part3)
    np.multiply(w45, Y2_5, out=net_h2_5_part4)
    np.add(net_h2_5, net_h2_5_part, out=net_h2_5)
    np.add(net_h2_5, net_h2_5_part2, out=net_h2_5)
    np.add(net_h2_5, net_h2_5_part3, out=net_h2_5)
    np.add(net_h2_5, net_h2_5_part4, out=net_h2_5)
    np.tanh(net_h2_1, out=out_h2_1)  # (R,) [9]
    np.tanh(net_h2_2, out=out_h2_2)  # (R,) [9]
    np.tanh(net_h2_3, out=out_h2_3)  # (R,) [9]
    np.tanh(net_h2_4, out=out_h2_4)  # (R,) [9]
    np.tanh(net_h2_5, out=out_h2_5)  # (R,) [9]
    np.add(Y2_1, out_h2_1, out=R4_1)  # (R,) [10]
    np.add(Y2_2, out_h2_2, out=R4_2)  # (R,) [10]
    np.add(Y2_3, out_h2_3, out=R4_3)  # (R,) [10]
    np.add(Y2_4, out_h2_4, out=R4_4)  # (R,) [10]
    np.add(Y2_5, out_h2_5, out=R4_5)  # (R,) [10]
    # net_o1  (R,) [11]
    np.multiply(w46, R4_1, out=net_o1)
    np.multiply(w49, R4_2, out=net_o1_part)
    np.multiply(w52, R4_3, out=net_o1_part2)
    np.multiply(w55, R4_4, out=net_o1_part3)
    np.multiply(w58, R4_5, out=net_o1_part4)
    np.add(net_o1, net_o1_part, out=net_o1)
    np.add(net_o1, net_o1_part2, out=net_o1)
    np.add(net_o1, net_o1_part3, out=net_o1)
    np.add(net_o1, net_o1_part4, out=net_o1)
    np.add(net_o1, b_o1, out=net_o1)
    # net_o2  (R,) [11]
    np.multiply(w47, R4_1, out=net_o2)
    np.multiply(w50, R4_2, out=net_o2_part)
    np.multiply(w53, R4_3, out=net_o2_part2)
    np.multiply(w56, R4_4, out=net_o2_part3)
    np.multiply(w59, R4_5, out=net_o2_part4)
    np.add(net_o2, net_o2_part, out=net_o2)
    np.add(net_o2, net_o2_part2, out=net_o2)
    np.add(net_o2, net_o2_part3, out=net_o2)
    np.add(net_o2, net_o2_part4, out=net_o2)
    np.add(net_o2, b_o2, out=net_o2)
    # net_o3  (R,) [11]
    np.multiply(w48, R4_1, out=net_o3)
    np.multiply(w51, R4_2, out=net_o3_part)
    np.multiply(w54, R4_3, out=net_o3_part2)
    np.multiply(w57, R4_4, out=net_o3_part3)
    np.multiply(w60, R4_5, out=net_o3_part4)
    np.add(net_o3, net_o3_part, out=net_o3)
    np.add(net_o3, net_o3_part2, out=net_o3)
    np.add(net_o3, net_o3_part3, out=net_o3)
    np.add(net_o3, net_o3_part4, out=net_o3)
    np.add(net_o3, b_o3, out=net_o3)
    # delta_o1 = (2 * net_o1 / 3 - 2 * y1 / 3) * seed  (R,) [13]
    np.multiply(two, net_o1, out=delta_o1_part)
    np.divide(delta_o1_part, c3, out=delta_o1_part)
    np.multiply(two, y1, out=delta_o1_part2)
    np.divide(delta_o1_part2, c3, out=delta_o1_part2)
    np.subtract(delta_o1_part, delta_o1_part2, out=delta_o1_part)
    np.multiply(delta_o1_part, seed, out=delta_o1)
    # delta_o2 = (2 * net_o2 / 3 - 2 * y2 / 3) * seed  (R,) [13]
    np.multiply(two, net_o2, out=delta_o2_part)
    np.divide(delta_o2_part, c3, out=delta_o2_part)
    np.multiply(two, y2, out=delta_o2_part2)
    np.divide(delta_o2_part2, c3, out=delta_o2_part2)
    np.subtract(delta_o2_part, delta_o2_part2, out=delta_o2_part)
    np.multiply(delta_o2_part, seed, out=delta_o2)
    # delta_o3 = (2 * net_o3 / 3 - 2 * y3 / 3) * seed  (R,) [13]
    np.multiply(two, net_o3, out=delta_o3_part)
    np.divide(delta_o3_part, c3, out=delta_o3_part)
    np.multiply(two, y3, out=delta_o3_part2)
    np.divide(delta_o3_part2, c3, out=delta_o3_part2)
    np.subtract(delta_o3_part, delta_o3_part2, out=delta_o3_part)
    np.multiply(delta_o3_part, seed, out=delta_o3)
    np.multiply(delta_o1, R4_1, out=dw46)  # (R,) [14]
    np.multiply(delta_o1, R4_2, out=dw49)  # (R,) [14]
    np.multiply(delta_o1, R4_3, out=dw52)  # (R,) [14]
    np.multiply(delta_o1, R4_4, out=dw55)  # (R,) [14]
    np.multiply(delta_o1, R4_5, out=dw58)  # (R,) [14]
    np.multiply(delta_o2, R4_1, out=dw47)  # (R,) [14]
    np.multiply(delta_o2, R4_2, out=dw50)  # (R,) [14]
    np.multiply(delta_o2, R4_3, out=dw53)  # (R,) [14]
    np.multiply(delta_o2, R4_4, out=dw56)  # (R,) [14]
    np.multiply(delta_o2, R4_5, out=dw59)  # (R,) [14]
    np.multiply(delta_o3, R4_1, out=dw48)  # (R,) [14]
    np.multiply(delta_o3, R4_2, out=dw51)  # (R,) [14]
    np.multiply(delta_o3, R4_3, out=dw54)  # (R,) [14]
    np.multiply(delta_o3, R4_4, out=dw57)  # (R,) [14]
    np.multiply(delta_o3, R4_5, out=dw60)  # (R,) [14]
    # dR4_1 = delta_o1 * w46 + delta_o2 * w47 + delta_o3 * w48  (R,) [16]
    np.multiply(delta_o1, w46, out=dR4_1)
    np.multiply(delta_o2, w47, out=dR4_1_part)
    np.multiply(delta_o3, w48, out=dR4_1_part2)
    np.add(dR4_1, dR4_1_part, out=dR4_1)
    np.add(dR4_1, dR4_1_part2, out=dR4_1)
    # dR4_2 = delta_o1 * w49 + delta_o2 * w50 + delta_o3 * w51  (R,) [16]
    np.multiply(delta_o1, w49, out=dR4_2)
    np.multiply(delta_o2, w50, out=dR4_2_part)
    np.multiply(delta_o3, w51, out=dR4_2_part2)
    np.add(dR4_2, dR4_2_part, out=dR4_2)
    np.add(dR4_2, dR4_2_part2, out=dR4_2)
    # dR4_3 = delta_o1 * w52 + delta_o2 * w53 + delta_o3 * w54  (R,) [16]
    np.multiply(delta_o1, w52, out=dR4_3)
    np.multiply(delta_o2, w53, out=dR4_3_part)
    np.multiply(delta_o3, w54, out=dR4_3_part2)
    np.add(dR4_3, dR4_3_part, out=dR4_3)
    np.add(dR4_3, dR4_3_part2, out=dR4_3)
    # dR4_4 = delta_o1 * w55 + delta_o2 * w56 + delta_o3 * w57  (R,) [16]
    np.multiply(delta_o1, w55, out=dR4_4)
    np.multiply(delta_o2, w56, out=dR4_4_part)
    np.multiply(delta_o3, w57, out=dR4_4_part2)
    np.add(dR4_4, dR4_4_part, out=dR4_4)
    np.add(dR4_4, dR4_4_part2, out=dR4_4)
    # dR4_5 = delta_o1 * w58 + delta_o2 * w59 + delta_o3 * w60  (R,) [16]
    np.multiply(delta_o1, w58, out=dR4_5)
    np.multiply(delta_o2, w59, out=dR4_5_part)
    np.multiply(delta_o3, w60, out=dR4_5_part2)
    np.add(dR4_5, dR4_5_part, out=dR4_5)
    np.add(dR4_5, dR4_5_part2, out=dR4_5)
    # delta_h2_1 = dR4_1 * (1 - out_h2_1**2)  (R,) [17]
    np.square(out_h2_1, out=delta_h2_1)
    np.subtract(one, delta_h2_1, out=delta_h2_1)
    np.multiply(dR4_1, delta_h2_1, out=delta_h2_1)
    # delta_h2_2 = dR4_2 * (1 - out_h2_2**2)  (R,) [17]
    np.square(out_h2_2, out=delta_h2_2)
    np.subtract(one, delta_h2_2, out=delta_h2_2)
    np.multiply(dR4_2, delta_h2_2, out=delta_h2_2)
    # delta_h2_3 = dR4_3 * (1 - out_h2_3**2)  (R,) [17]
    np.square(out_h2_3, out=delta_h2_3)
    np.subtract(one, delta_h2_3, out=delta_h2_3)
    np.multiply(dR4_3, delta_h2_3, out=delta_h2_3)
    # delta_h2_4 = dR4_4 * (1 - out_h2_4**2)  (R,) [17]
    np.square(out_h2_4, out=delta_h2_4)
    np.subtract(one, delta_h2_4, out=delta_h2_4)
    np.multiply(dR4_4, delta_h2_4, out=delta_h2_4)
    # delta_h2_5 = dR4_5 * (1 - out_h2_5**2)  (R,) [17]
    np.square(out_h2_5, out=delta_h2_5)
    np.subtract(one, delta_h2_5, out=delta_h2_5)
    np.multiply(dR4_5, delta_h2_5, out=delta_h2_5)
    np.multiply(delta_h2_1, Y2_1, out=dw21)  # (R,) [18]
    np.multiply(delta_h2_1, Y2_2, out=dw26)  # (R,) [18]
    np.multiply(delta_h2_1, Y2_3, out=dw31)  # (R,) [18]
    np.multiply(delta_h2_1, Y2_4, out=dw36)  # (R,) [18]
    np.multiply(delta_h2_1, Y2_5, out=dw41)  # (R,) [18]
    np.multiply(delta_h2_2, Y2_1, out=dw22)  # (R,) [18]
    np.multiply(delta_h2_2, Y2_2, out=dw27)  # (R,) [18]
    np.multiply(delta_h2_2, Y2_3, out=dw32)  # (R,) [18]
    np.multiply(delta_h2_2, Y2_4, out=dw37)  # (R,) [18]
    np.multiply(delta_h2_2, Y2_5, out=dw42)  # (R,) [18]
    np.multiply(delta_h2_3, Y2_1, out=dw23)  # (R,) [18]
    np.multiply(delta_h2_3, Y2_2, out=dw28)  # (R,) [18]
    np.multiply(delta_h2_3, Y2_3, out=dw33)  # (R,) [18]
    np.multiply(delta_h2_3, Y2_4, out=dw38)  # (R,) [18]
    np.multiply(delta_h2_3, Y2_5, out=dw43)  # (R,) [18]
    np.multiply(delta_h2_4, Y2_1, out=dw24)  # (R,) [18]
    np.multiply(delta_h2_4, Y2_2, out=dw29)  # (R,) [18]
    np.multiply(delta_h2_4, Y2_3, out=dw34)  # (R,) [18]
    np.multiply(delta_h2_4, Y2_4, out=dw39)  # (R,) [18]
    np.multiply(delta_h2_4, Y2_5, out=dw44)  # (R,) [18]
    np.multiply(delta_h2_5, Y2_1, out=dw25)  # (R,) [18]
    np.multiply(delta_h2_5, Y2_2, out=dw30)  # (R,) [18]
    np.multiply(delta_h2_5, Y2_3, out=dw35)  # (R,) [18]
    np.multiply(delta_h2_5, Y2_4, out=dw40)  # (R,) [18]
    np.multiply(delta_h2_5, Y2_5, out=dw45)  # (R,) [18]
    # dY2_1  (R,) [19]
    np.multiply(delta_h2_1, w21, out=dY2_1_part)
    np.multiply(delta_h2_2, w22, out=dY2_1_part2)
    np.multiply(delta_h2_3, w23, out=dY2_1_part3)
    np.multiply(delta_h2_4, w24, out=dY2_1_part4)
    np.multiply(delta_h2_5, w25, out=dY2_1_part5)
    np.add(dY2_1_part, dY2_1_part2, out=dY2_1_part)
    np.add(dY2_1_part, dY2_1_part3, out=dY2_1_part)
    np.add(dY2_1_part, dY2_1_part4, out=dY2_1_part)
    np.add(dY2_1_part, dY2_1_part5, out=dY2_1_part)
    np.add(dY2_1_part, dR4_1, out=dY2_1)
    # dY2_2  (R,) [19]
    np.multiply(delta_h2_1, w26, out=dY2_2_part)
    np.multiply(delta_h2_2, w27, out=dY2_2_part2)
    np.multiply(delta_h2_3, w28, out=dY2_2_part3)
    np.multiply(delta_h2_4, w29, out=dY2_2_part4)
    np.multiply(delta_h2_5, w30, out=dY2_2_part5)
    np.add(dY2_2_part, dY2_2_part2, out=dY2_2_part)
    np.add(dY2_2_part, dY2_2_part3, out=dY2_2_part)
    np.add(dY2_2_part, dY2_2_part4, out=dY2_2_part)
    np.add(dY2_2_part, dY2_2_part5, out=dY2_2_part)
    np.add(dY2_2_part, dR4_2, out=dY2_2)
    # dY2_3  (R,) [19]
    np.multiply(delta_h2_1, w31, out=dY2_3_part)
    np.multiply(delta_h2_2, w32, out=dY2_3_part2)
    np.multiply(delta_h2_3, w33, out=dY2_3_part3)
    np.multiply(delta_h2_4, w34, out=dY2_3_part4)
    np.multiply(delta_h2_5, w35, out=dY2_3_part5)
    np.add(dY2_3_part, dY2_3_part2, out=dY2_3_part)
    np.add(dY2_3_part, dY2_3_part3, out=dY2_3_part)
    np.add(dY2_3_part, dY2_3_part4, out=dY2_3_part)
    np.add(dY2_3_part, dY2_3_part5, out=dY2_3_part)
    np.add(dY2_3_part, dR4_3, out=dY2_3)
    # dY2_4  (R,) [19]
    np.multiply(delta_h2_1, w36, out=dY2_4_part)
    np.multiply(delta_h2_2, w37, out=dY2_4_part2)
    np.multiply(delta_h2_3, w38, out=dY2_4_part3)
    np.multiply(delta_h2_4, w39, out=dY2_4_part4)
    np.multiply(delta_h2_5, w40, out=dY2_4_part5)
    np.add(dY2_4_part, dY2_4_part2, out=dY2_4_part)
    np.add(dY2_4_part, dY2_4_part3, out=dY2_4_part)
    np.add(dY2_4_part, dY2_4_part4, out=dY2_4_part)
    np.add(dY2_4_part, dY2_4_part5, out=dY2_4_part)
    np.add(dY2_4_part, dR4_4, out=dY2_4)
    # dY2_5  (R,) [19]
    np.multiply(delta_h2_1, w41, out=dY2_5_part)
    np.multiply(delta_h2_2, w42, out=dY2_5_part2)
    np.multiply(delta_h2_3, w43, out=dY2_5_part3)
    np.multiply(delta_h2_4, w44, out=dY2_5_part4)
    np.multiply(delta_h2_5, w45, out=dY2_5_part5)
    np.add(dY2_5_part, dY2_5_part2, out=dY2_5_part)
    np.add(dY2_5_part, dY2_5_part3, out=dY2_5_part)
    np.add(dY2_5_part, dY2_5_part4, out=dY2_5_part)
    np.add(dY2_5_part, dY2_5_part5, out=dY2_5_part)
    np.add(dY2_5_part, dR4_5, out=dY2_5)
    np.multiply(dY2_1, xhat2_1, out=dgamma2_1)  # (R,) [20]
    np.multiply(dY2_2, xhat2_2, out=dgamma2_2)  # (R,) [20]
    np.multiply(dY2_3, xhat2_3, out=dgamma2_3)  # (R,) [20]
    np.multiply(dY2_4, xhat2_4, out=dgamma2_4)  # (R,) [20]
    np.multiply(dY2_5, xhat2_5, out=dgamma2_5)  # (R,) [20]
    np.multiply(dY2_1, gamma2_1, out=dxhat2_1)  # (R,) [22]
    np.multiply(dY2_2, gamma2_2, out=dxhat2_2)  # (R,) [22]
    np.multiply(dY2_3, gamma2_3, out=dxhat2_3)  # (R,) [22]
    np.multiply(dY2_4, gamma2_4, out=dxhat2_4)  # (R,) [22]
    np.multiply(dY2_5, gamma2_5, out=dxhat2_5)  # (R,) [22]
    # dsigma2  (R,) [23]
    np.multiply(dxhat2_1, xhat2_1, out=dsigma2)
    np.multiply(dxhat2_2, xhat2_2, out=dsigma2_part)
    np.multiply(dxhat2_3, xhat2_3, out=dsigma2_part2)
    np.multiply(dxhat2_4, xhat2_4, out=dsigma2_part3)
    np.multiply(dxhat2_5, xhat2_5, out=dsigma2_part4)
    np.add(dsigma2, dsigma2_part, out=dsigma2)
    np.add(dsigma2, dsigma2_part2, out=dsigma2)
    np.add(dsigma2, dsigma2_part3, out=dsigma2)
    np.add(dsigma2, dsigma2_part4, out=dsigma2)
    np.negative(dsigma2, out=dsigma2)
    np.divide(dsigma2, sigma2, out=dsigma2)
    # dvar2 = dsigma2 / (2 * sigma2)  (R,) [24]
    np.multiply(two, sigma2, out=dvar2_part)
    np.divide(dsigma2, dvar2_part, out=dvar2)
    # dmu2 = -(dxhat2_1 + dxhat2_2 + dxhat2_3 + dxhat2_4 + dxhat2_5) / sigma2
    # (R,) [25]
    np.add(dxhat2_1, dxhat2_2, out=dmu2)
    np.add(dmu2, dxhat2_3, out=dmu2)
    np.add(dmu2, dxhat2_4, out=dmu2)
    np.add(dmu2, dxhat2_5, out=dmu2)
    np.negative(dmu2, out=dmu2)
    np.divide(dmu2, sigma2, out=dmu2)
    # delta_h1_1  (R,) [26]
    np.divide(dmu2, c1, out=delta_h1_1_part)
    np.divide(dxhat2_1, sigma2, out=delta_h1_1_part2)
    np.multiply(two, var2_part, out=delta_h1_1_part3)
    np.multiply(delta_h1_1_part3, dvar2, out=delta_h1_1_part3)
    np.divide(delta_h1_1_part3, c1, out=delta_h1_1_part3)
    np.add(delta_h1_1_part, delta_h1_1_part2, out=delta_h1_1_part2)
    np.add(delta_h1_1_part2, delta_h1_1_part3, out=delta_h1_1_part2)
    np.square(out_h1_1, out=delta_h1_1_part4)
    np.subtract(one, delta_h1_1_part4, out=delta_h1_1_part4)
    np.multiply(delta_h1_1_part2, delta_h1_1_part4, out=delta_h1_1)
    # delta_h1_2  (R,) [26]
    np.divide(dxhat2_2, sigma2, out=delta_h1_2_part)
    np.multiply(two, var2_part2, out=delta_h1_2_part2)
    np.multiply(delta_h1_2_part2, dvar2, out=delta_h1_2_part2)
    np.divide(delta_h1_2_part2, c1, out=delta_h1_2_part2)
    np.add(delta_h1_1_part, delta_h1_2_part, out=delta_h1_2_part)
    np.add(delta_h1_2_part, delta_h1_2_part2, out=delta_h1_2_part)
    np.square(out_h1_2, out=delta_h1_2_part3)
    np.subtract(one, delta_h1_2_part3, out=delta_h1_2_part3)
    np.multiply(delta_h1_2_part, delta_h1_2_part3, out=delta_h1_2)
    # delta_h1_3  (R,) [26]
    np.divide(dxhat2_3, sigma2, out=delta_h1_3_part)
    np.multiply(two, var2_part4, out=delta_h1_3_part2)
    np.multiply(delta_h1_3_part2, dvar2, out=delta_h1_3_part2)
    np.divide(delta_h1_3_part2, c1, out=delta_h1_3_part2)
    np.add(delta_h1_1_part, delta_h1_3_part, out=delta_h1_3_part)
    np.add(delta_h1_3_part, delta_h1_3_part2, out=delta_h1_3_part)
    np.square(out_h1_3, out=delta_h1_3_part3)
    np.subtract(one, delta_h1_3_part3, out=delta_h1_3_part3)
    np.multiply(delta_h1_3_part, delta_h1_3_part3, out=delta_h1_3)
    # delta_h1_4  (R,) [26]
    np.divide(dxhat2_4, sigma2, out=delta_h1_4_part)
    np.multiply(two, var2_part6, out=delta_h1_4_part2)
    np.multiply(delta_h1_4_part2, dvar2, out=delta_h1_4_part2)
    np.divide(delta_h1_4_part2, c1, out=delta_h1_4_part2)
    np.add(delta_h1_1_part, delta_h1_4_part, out=delta_h1_4_part)
    np.add(delta_h1_4_part, delta_h1_4_part2, out=delta_h1_4_part)
    np.square(out_h1_4, out=delta_h1_4_part3)
    np.subtract(one, delta_h1_4_part3, out=delta_h1_4_part3)
    np.multiply(delta_h1_4_part, delta_h1_4_part3, out=delta_h1_4)
    # delta_h1_5  (R,) [26]
    np.divide(dxhat2_5, sigma2, out=delta_h1_5_part)
    np.multiply(two, var2_part8, out=delta_h1_5_part2)
    np.multiply(delta_h1_5_part2, dvar2, out=delta_h1_5_part2)
    np.divide(delta_h1_5_part2, c1, out=delta_h1_5_part2)
    np.add(delta_h1_1_part, delta_h1_5_part, out=delta_h1_5_part3)
    np.add(delta_h1_5_part3, delta_h1_5_part2, out=delta_h1_5_part3)
    np.square(out_h1_5, out=delta_h1_5_part4)
    np.subtract(one, delta_h1_5_part4, out=delta_h1_5_part4)
    np.multiply(delta_h1_5_part3, delta_h1_5_part4, out=delta_h1_5)
    np.multiply(delta_h1_1, x1, out=dw1)  # (R,) [27]
    np.multiply(delta_h1_1, x2, out=dw6)  # (R,) [27]
    np.multiply(delta_h1_1, x3, out=dw11)  # (R,) [27]
    np.multiply(delta_h1_1, x4, out=dw16)  # (R,) [27]
    np.multiply(delta_h1_2, x1, out=dw2)  # (R,) [27]
    np.multiply(delta_h1_2, x2, out=dw7)  # (R,) [27]
    np.multiply(delta_h1_2, x3, out=dw12)  # (R,) [27]
    np.multiply(delta_h1_2, x4, out=dw17)  # (R,) [27]
    np.multiply(delta_h1_3, x1, out=dw3)  # (R,) [27]
    np.multiply(delta_h1_3, x2, out=dw8)  # (R,) [27]
    np.multiply(delta_h1_3, x3, out=dw13)  # (R,) [27]
    np.multiply(delta_h1_3, x4, out=dw18)  # (R,) [27]
    np.multiply(delta_h1_4, x1, out=dw4)  # (R,) [27]
    np.multiply(delta_h1_4, x2, out=dw9)  # (R,) [27]
    np.multiply(delta_h1_4, x3, out=dw14)  # (R,) [27]
    np.multiply(delta_h1_4, x4, out=dw19)  # (R,) [27]
    np.multiply(delta_h1_5, x1, out=dw5)  # (R,) [27]
    np.multiply(delta_h1_5, x2, out=dw10)  # (R,) [27]
    np.multiply(delta_h1_5, x3, out=dw15)  # (R,) [27]
    np.multiply(delta_h1_5, x4, out=dw20)  # (R,) [27]


def loss_pass(ws: Ensemble) -> Array:
    """Return the loss E of every run, after a gradient pass."""
    net_o1 = ws.net_o1
    y1 = ws.y1
    E = ws.E
    c3 = ws.c3
    net_o2 = ws.net_o2
    y2 = ws.y2
    E_part = ws.E_part
    net_o3 = ws.net_o3
    y3 = ws.y3
    E_part2 = ws.E_part2
    # E  (R,) [12]
    np.subtract(net_o1, y1, out=E)
    np.square(E, out=E)
    np.divide(E, c3, out=E)
    np.subtract(net_o2, y2, out=E_part)
    np.square(E_part, out=E_part)
    np.divide(E_part, c3, out=E_part)
    np.subtract(net_o3, y3, out=E_part2)
    np.square(E_part2, out=E_part2)
    np.divide(E_part2, c3, out=E_part2)
    np.add(E, E_part, out=E)
    np.add(E, E_part2, out=E)
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
        -0.2954,
        -0.1532,
        0.2768,
        0.1216,
        0.0072,
        -0.3129,
        -0.4295,
        -0.2103,
        0.1921,
        -0.0149,
        0.2599,
        -0.2401,
        0.4893,
        0.1036,
        0.2877,
        -0.2504,
        0.2215,
        0.17,
        -0.2831,
        -0.0285,
        0.2636,
        -0.3758,
        0.2749,
        0.0512,
        -0.1813,
        -0.3401,
        -0.218,
        0.1549,
        -0.0119,
        -0.1516,
        0.0779,
        0.3871,
        -0.085,
        0.415,
        -0.2221,
        0.254,
        -0.3265,
        -0.0912,
        0.2778,
        -0.0052,
        -0.0554,
        -0.2788,
        0.1323,
        0.1529,
        0.2626,
        -0.3,
        -0.071,
        -0.1515,
        0.2791,
        -0.2037,
        -0.0003,
        0.2893,
        -0.2838,
        0.428,
        0.3976,
        -0.3499,
        -0.015,
        -0.0901,
        0.0201,
        -0.0245,
        -0.0203,
        0.9659,
        1.0171,
        0.991,
        0.9423,
        1.0312,
        0.0985,
        0.0289,
        -0.0303,
        -0.0361,
        -0.0456,
        -0.0632,
        -0.0083,
        -0.0799,
    )
    x = (-0.316, -0.441, 0.653, 0.216)
    y = (0.009, 0.723, 0.277)
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
