"""tanh_3_layers: Three layers with tanh, 3-4-4-2.

Loss: mse, mean; targets are values.

Layers:
    inputs 3
    dense 4 + bias, tanh
    dense 4 + bias, tanh
    dense 2 + bias, identity

Weights by name, one sample. `forward`, `loss`, `loss_and_gradients` and `train` take
floats; `sweep` trains many runs at once, and there each weight, input, target and
learning rate may be an array with a number a run. In brackets the number of the line
of the derivation.
"""

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
    "b_h1_1",
    "b_h1_2",
    "b_h1_3",
    "b_h1_4",
    "b_h2_1",
    "b_h2_2",
    "b_h2_3",
    "b_h2_4",
    "b_o1",
    "b_o2",
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
    "b_h1_1",
    "b_h1_2",
    "b_h1_3",
    "b_h1_4",
    "b_h2_1",
    "b_h2_2",
    "b_h2_3",
    "b_h2_4",
    "b_o1",
    "b_o2",
)
INPUTS = ("x1", "x2", "x3")
TARGETS = ("y1", "y2")
OUTPUTS = ("net_o1", "net_o2")
CACHE = 2**19  # bytes that the arrays of a chunk of runs may take: those of an L2 cache
LEAST = 256  # runs of a chunk, however many arrays there are
ARRAYS = 110  # of an `Ensemble`


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
        b_h1_1,
        b_h1_2,
        b_h1_3,
        b_h1_4,
        b_h2_1,
        b_h2_2,
        b_h2_3,
        b_h2_4,
        b_o1,
        b_o2,
    ) = w
    x1, x2, x3 = x
    net_h1_1 = w1 * x1 + w5 * x2 + w9 * x3 + b_h1_1  # [1]
    net_h1_2 = w2 * x1 + w6 * x2 + w10 * x3 + b_h1_2  # [1]
    net_h1_3 = w3 * x1 + w7 * x2 + w11 * x3 + b_h1_3  # [1]
    net_h1_4 = w4 * x1 + w8 * x2 + w12 * x3 + b_h1_4  # [1]
    out_h1_1 = tanh(net_h1_1)  # [2]
    out_h1_2 = tanh(net_h1_2)  # [2]
    out_h1_3 = tanh(net_h1_3)  # [2]
    out_h1_4 = tanh(net_h1_4)  # [2]
    # [3]
    net_h2_1 = (
        w13 * out_h1_1 + w17 * out_h1_2 + w21 * out_h1_3 + w25 * out_h1_4 + b_h2_1
    )
    # [3]
    net_h2_2 = (
        w14 * out_h1_1 + w18 * out_h1_2 + w22 * out_h1_3 + w26 * out_h1_4 + b_h2_2
    )
    # [3]
    net_h2_3 = (
        w15 * out_h1_1 + w19 * out_h1_2 + w23 * out_h1_3 + w27 * out_h1_4 + b_h2_3
    )
    # [3]
    net_h2_4 = (
        w16 * out_h1_1 + w20 * out_h1_2 + w24 * out_h1_3 + w28 * out_h1_4 + b_h2_4
    )
    out_h2_1 = tanh(net_h2_1)  # [4]
    out_h2_2 = tanh(net_h2_2)  # [4]
    out_h2_3 = tanh(net_h2_3)  # [4]
    out_h2_4 = tanh(net_h2_4)  # [4]
    # [5]
    net_o1 = w29 * out_h2_1 + w31 * out_h2_2 + w33 * out_h2_3 + w35 * out_h2_4 + b_o1
    # [5]
    net_o2 = w30 * out_h2_1 + w32 * out_h2_2 + w34 * out_h2_3 + w36 * out_h2_4 + b_o2
    return net_o1, net_o2


def loss(w: Floats, x: Floats, y: Floats) -> float:
    """Return the loss E of one sample."""
    w, x, y = floats(w, x, y)
    net_o1, net_o2 = forward(w, x)
    y1, y2 = y
    E = (net_o1 - y1) * (net_o1 - y1) / 2 + (net_o2 - y2) * (net_o2 - y2) / 2  # [6]
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
        b_h1_1,
        b_h1_2,
        b_h1_3,
        b_h1_4,
        b_h2_1,
        b_h2_2,
        b_h2_3,
        b_h2_4,
        b_o1,
        b_o2,
    ) = w
    x1, x2, x3 = x
    y1, y2 = y
    net_h1_1 = w1 * x1 + w5 * x2 + w9 * x3 + b_h1_1  # [1]
    net_h1_2 = w2 * x1 + w6 * x2 + w10 * x3 + b_h1_2  # [1]
    net_h1_3 = w3 * x1 + w7 * x2 + w11 * x3 + b_h1_3  # [1]
    net_h1_4 = w4 * x1 + w8 * x2 + w12 * x3 + b_h1_4  # [1]
    out_h1_1 = tanh(net_h1_1)  # [2]
    out_h1_2 = tanh(net_h1_2)  # [2]
    out_h1_3 = tanh(net_h1_3)  # [2]
    out_h1_4 = tanh(net_h1_4)  # [2]
    # [3]
    net_h2_1 = (
        w13 * out_h1_1 + w17 * out_h1_2 + w21 * out_h1_3 + w25 * out_h1_4 + b_h2_1
    )
    # [3]
    net_h2_2 = (
        w14 * out_h1_1 + w18 * out_h1_2 + w22 * out_h1_3 + w26 * out_h1_4 + b_h2_2
    )
    # [3]
    net_h2_3 = (
        w15 * out_h1_1 + w19 * out_h1_2 + w23 * out_h1_3 + w27 * out_h1_4 + b_h2_3
    )
    # [3]
    net_h2_4 = (
        w16 * out_h1_1 + w20 * out_h1_2 + w24 * out_h1_3 + w28 * out_h1_4 + b_h2_4
    )
    out_h2_1 = tanh(net_h2_1)  # [4]
    out_h2_2 = tanh(net_h2_2)  # [4]
    out_h2_3 = tanh(net_h2_3)  # [4]
    out_h2_4 = tanh(net_h2_4)  # [4]
    # [5]
    net_o1 = w29 * out_h2_1 + w31 * out_h2_2 + w33 * out_h2_3 + w35 * out_h2_4 + b_o1
    # [5]
    net_o2 = w30 * out_h2_1 + w32 * out_h2_2 + w34 * out_h2_3 + w36 * out_h2_4 + b_o2
    E = (net_o1 - y1) * (net_o1 - y1) / 2 + (net_o2 - y2) * (net_o2 - y2) / 2  # [6]
    delta_o1 = net_o1 - y1  # [7]
    delta_o2 = net_o2 - y2  # [7]
    dw29 = delta_o1 * out_h2_1  # [8]
    dw31 = delta_o1 * out_h2_2  # [8]
    dw33 = delta_o1 * out_h2_3  # [8]
    dw35 = delta_o1 * out_h2_4  # [8]
    dw30 = delta_o2 * out_h2_1  # [8]
    dw32 = delta_o2 * out_h2_2  # [8]
    dw34 = delta_o2 * out_h2_3  # [8]
    dw36 = delta_o2 * out_h2_4  # [8]
    db_o1 = delta_o1  # [9]
    db_o2 = delta_o2  # [9]
    delta_h2_1 = (delta_o1 * w29 + delta_o2 * w30) * (1 - out_h2_1 * out_h2_1)  # [10]
    delta_h2_2 = (delta_o1 * w31 + delta_o2 * w32) * (1 - out_h2_2 * out_h2_2)  # [10]
    delta_h2_3 = (delta_o1 * w33 + delta_o2 * w34) * (1 - out_h2_3 * out_h2_3)  # [10]
    delta_h2_4 = (delta_o1 * w35 + delta_o2 * w36) * (1 - out_h2_4 * out_h2_4)  # [10]
    dw13 = delta_h2_1 * out_h1_1  # [11]
    dw17 = delta_h2_1 * out_h1_2  # [11]
    dw21 = delta_h2_1 * out_h1_3  # [11]
    dw25 = delta_h2_1 * out_h1_4  # [11]
    dw14 = delta_h2_2 * out_h1_1  # [11]
    dw18 = delta_h2_2 * out_h1_2  # [11]
    dw22 = delta_h2_2 * out_h1_3  # [11]
    dw26 = delta_h2_2 * out_h1_4  # [11]
    dw15 = delta_h2_3 * out_h1_1  # [11]
    dw19 = delta_h2_3 * out_h1_2  # [11]
    dw23 = delta_h2_3 * out_h1_3  # [11]
    dw27 = delta_h2_3 * out_h1_4  # [11]
    dw16 = delta_h2_4 * out_h1_1  # [11]
    dw20 = delta_h2_4 * out_h1_2  # [11]
    dw24 = delta_h2_4 * out_h1_3  # [11]
    dw28 = delta_h2_4 * out_h1_4  # [11]
    db_h2_1 = delta_h2_1  # [12]
    db_h2_2 = delta_h2_2  # [12]
    db_h2_3 = delta_h2_3  # [12]
    db_h2_4 = delta_h2_4  # [12]
    # [13]
    delta_h1_1_sum = (
        delta_h2_1 * w13 + delta_h2_2 * w14 + delta_h2_3 * w15 + delta_h2_4 * w16
    )
    delta_h1_1 = delta_h1_1_sum * (1 - out_h1_1 * out_h1_1)
    # [13]
    delta_h1_2_sum = (
        delta_h2_1 * w17 + delta_h2_2 * w18 + delta_h2_3 * w19 + delta_h2_4 * w20
    )
    delta_h1_2 = delta_h1_2_sum * (1 - out_h1_2 * out_h1_2)
    # [13]
    delta_h1_3_sum = (
        delta_h2_1 * w21 + delta_h2_2 * w22 + delta_h2_3 * w23 + delta_h2_4 * w24
    )
    delta_h1_3 = delta_h1_3_sum * (1 - out_h1_3 * out_h1_3)
    # [13]
    delta_h1_4_sum = (
        delta_h2_1 * w25 + delta_h2_2 * w26 + delta_h2_3 * w27 + delta_h2_4 * w28
    )
    delta_h1_4 = delta_h1_4_sum * (1 - out_h1_4 * out_h1_4)
    dw1 = delta_h1_1 * x1  # [14]
    dw5 = delta_h1_1 * x2  # [14]
    dw9 = delta_h1_1 * x3  # [14]
    dw2 = delta_h1_2 * x1  # [14]
    dw6 = delta_h1_2 * x2  # [14]
    dw10 = delta_h1_2 * x3  # [14]
    dw3 = delta_h1_3 * x1  # [14]
    dw7 = delta_h1_3 * x2  # [14]
    dw11 = delta_h1_3 * x3  # [14]
    dw4 = delta_h1_4 * x1  # [14]
    dw8 = delta_h1_4 * x2  # [14]
    dw12 = delta_h1_4 * x3  # [14]
    db_h1_1 = delta_h1_1  # [15]
    db_h1_2 = delta_h1_2  # [15]
    db_h1_3 = delta_h1_3  # [15]
    db_h1_4 = delta_h1_4  # [15]
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
        db_h1_1,
        db_h1_2,
        db_h1_3,
        db_h1_4,
        db_h2_1,
        db_h2_2,
        db_h2_3,
        db_h2_4,
        db_o1,
        db_o2,
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
        b_h1_1,
        b_h1_2,
        b_h1_3,
        b_h1_4,
        b_h2_1,
        b_h2_2,
        b_h2_3,
        b_h2_4,
        b_o1,
        b_o2,
    ) = w
    x1, x2, x3 = x
    y1, y2 = y
    net_h1_1 = w1 * x1 + w5 * x2 + w9 * x3 + b_h1_1  # [1]
    net_h1_2 = w2 * x1 + w6 * x2 + w10 * x3 + b_h1_2  # [1]
    net_h1_3 = w3 * x1 + w7 * x2 + w11 * x3 + b_h1_3  # [1]
    net_h1_4 = w4 * x1 + w8 * x2 + w12 * x3 + b_h1_4  # [1]
    out_h1_1 = tanh(net_h1_1)  # [2]
    out_h1_2 = tanh(net_h1_2)  # [2]
    out_h1_3 = tanh(net_h1_3)  # [2]
    out_h1_4 = tanh(net_h1_4)  # [2]
    # [3]
    net_h2_1 = (
        w13 * out_h1_1 + w17 * out_h1_2 + w21 * out_h1_3 + w25 * out_h1_4 + b_h2_1
    )
    # [3]
    net_h2_2 = (
        w14 * out_h1_1 + w18 * out_h1_2 + w22 * out_h1_3 + w26 * out_h1_4 + b_h2_2
    )
    # [3]
    net_h2_3 = (
        w15 * out_h1_1 + w19 * out_h1_2 + w23 * out_h1_3 + w27 * out_h1_4 + b_h2_3
    )
    # [3]
    net_h2_4 = (
        w16 * out_h1_1 + w20 * out_h1_2 + w24 * out_h1_3 + w28 * out_h1_4 + b_h2_4
    )
    out_h2_1 = tanh(net_h2_1)  # [4]
    out_h2_2 = tanh(net_h2_2)  # [4]
    out_h2_3 = tanh(net_h2_3)  # [4]
    out_h2_4 = tanh(net_h2_4)  # [4]
    # [5]
    net_o1 = w29 * out_h2_1 + w31 * out_h2_2 + w33 * out_h2_3 + w35 * out_h2_4 + b_o1
    # [5]
    net_o2 = w30 * out_h2_1 + w32 * out_h2_2 + w34 * out_h2_3 + w36 * out_h2_4 + b_o2
    E = (net_o1 - y1) * (net_o1 - y1) / 2 + (net_o2 - y2) * (net_o2 - y2) / 2  # [6]
    delta_o1 = net_o1 - y1  # [7]
    delta_o2 = net_o2 - y2  # [7]
    dw29 = delta_o1 * out_h2_1  # [8]
    dw31 = delta_o1 * out_h2_2  # [8]
    dw33 = delta_o1 * out_h2_3  # [8]
    dw35 = delta_o1 * out_h2_4  # [8]
    dw30 = delta_o2 * out_h2_1  # [8]
    dw32 = delta_o2 * out_h2_2  # [8]
    dw34 = delta_o2 * out_h2_3  # [8]
    dw36 = delta_o2 * out_h2_4  # [8]
    db_o1 = delta_o1  # [9]
    db_o2 = delta_o2  # [9]
    delta_h2_1 = (delta_o1 * w29 + delta_o2 * w30) * (1 - out_h2_1 * out_h2_1)  # [10]
    delta_h2_2 = (delta_o1 * w31 + delta_o2 * w32) * (1 - out_h2_2 * out_h2_2)  # [10]
    delta_h2_3 = (delta_o1 * w33 + delta_o2 * w34) * (1 - out_h2_3 * out_h2_3)  # [10]
    delta_h2_4 = (delta_o1 * w35 + delta_o2 * w36) * (1 - out_h2_4 * out_h2_4)  # [10]
    dw13 = delta_h2_1 * out_h1_1  # [11]
    dw17 = delta_h2_1 * out_h1_2  # [11]
    dw21 = delta_h2_1 * out_h1_3  # [11]
    dw25 = delta_h2_1 * out_h1_4  # [11]
    dw14 = delta_h2_2 * out_h1_1  # [11]
    dw18 = delta_h2_2 * out_h1_2  # [11]
    dw22 = delta_h2_2 * out_h1_3  # [11]
    dw26 = delta_h2_2 * out_h1_4  # [11]
    dw15 = delta_h2_3 * out_h1_1  # [11]
    dw19 = delta_h2_3 * out_h1_2  # [11]
    dw23 = delta_h2_3 * out_h1_3  # [11]
    dw27 = delta_h2_3 * out_h1_4  # [11]
    dw16 = delta_h2_4 * out_h1_1  # [11]
    dw20 = delta_h2_4 * out_h1_2  # [11]
    dw24 = delta_h2_4 * out_h1_3  # [11]
    dw28 = delta_h2_4 * out_h1_4  # [11]
    db_h2_1 = delta_h2_1  # [12]
    db_h2_2 = delta_h2_2  # [12]
    db_h2_3 = delta_h2_3  # [12]
    db_h2_4 = delta_h2_4  # [12]
    # [13]
    delta_h1_1_sum = (
        delta_h2_1 * w13 + delta_h2_2 * w14 + delta_h2_3 * w15 + delta_h2_4 * w16
    )
    delta_h1_1 = delta_h1_1_sum * (1 - out_h1_1 * out_h1_1)
    # [13]
    delta_h1_2_sum = (
        delta_h2_1 * w17 + delta_h2_2 * w18 + delta_h2_3 * w19 + delta_h2_4 * w20
    )
    delta_h1_2 = delta_h1_2_sum * (1 - out_h1_2 * out_h1_2)
    # [13]
    delta_h1_3_sum = (
        delta_h2_1 * w21 + delta_h2_2 * w22 + delta_h2_3 * w23 + delta_h2_4 * w24
    )
    delta_h1_3 = delta_h1_3_sum * (1 - out_h1_3 * out_h1_3)
    # [13]
    delta_h1_4_sum = (
        delta_h2_1 * w25 + delta_h2_2 * w26 + delta_h2_3 * w27 + delta_h2_4 * w28
    )
    delta_h1_4 = delta_h1_4_sum * (1 - out_h1_4 * out_h1_4)
    dw1 = delta_h1_1 * x1  # [14]
    dw5 = delta_h1_1 * x2  # [14]
    dw9 = delta_h1_1 * x3  # [14]
    dw2 = delta_h1_2 * x1  # [14]
    dw6 = delta_h1_2 * x2  # [14]
    dw10 = delta_h1_2 * x3  # [14]
    dw3 = delta_h1_3 * x1  # [14]
    dw7 = delta_h1_3 * x2  # [14]
    dw11 = delta_h1_3 * x3  # [14]
    dw4 = delta_h1_4 * x1  # [14]
    dw8 = delta_h1_4 * x2  # [14]
    dw12 = delta_h1_4 * x3  # [14]
    db_h1_1 = delta_h1_1  # [15]
    db_h1_2 = delta_h1_2  # [15]
    db_h1_3 = delta_h1_3  # [15]
    db_h1_4 = delta_h1_4  # [15]
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
        b_h1_1 - learning_rate * db_h1_1,
        b_h1_2 - learning_rate * db_h1_2,
        b_h1_3 - learning_rate * db_h1_3,
        b_h1_4 - learning_rate * db_h1_4,
        b_h2_1 - learning_rate * db_h2_1,
        b_h2_2 - learning_rate * db_h2_2,
        b_h2_3 - learning_rate * db_h2_3,
        b_h2_4 - learning_rate * db_h2_4,
        b_o1 - learning_rate * db_o1,
        b_o2 - learning_rate * db_o2,
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
            self.b_h1_1,
            self.b_h1_2,
            self.b_h1_3,
            self.b_h1_4,
            self.b_h2_1,
            self.b_h2_2,
            self.b_h2_3,
            self.b_h2_4,
            self.b_o1,
            self.b_o2,
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
            self.db_h1_1,
            self.db_h1_2,
            self.db_h1_3,
            self.db_h1_4,
            self.db_h2_1,
            self.db_h2_2,
            self.db_h2_3,
            self.db_h2_4,
            self.db_o1,
            self.db_o2,
        ) = self.dw
        self.x1, self.x2, self.x3 = self.x
        self.y1, self.y2 = self.y
        # numbers
        self.one = np.full((), 1, dtype)
        self.two = np.full((), 2, dtype)
        # values on the way
        self.net_h1_1 = np.empty((R,), dtype)
        self.out_h1_1 = self.net_h1_1  # in the same place
        self.delta_h1_1_part5 = self.net_h1_1  # in the same place
        self.delta_h1_2_part2 = self.net_h1_1  # in the same place
        self.net_h1_1_part = np.empty((R,), dtype)
        self.net_h1_2_part = self.net_h1_1_part  # in the same place
        self.net_h1_3_part = self.net_h1_1_part  # in the same place
        self.net_h1_4_part = self.net_h1_1_part  # in the same place
        self.net_h2_1_part = self.net_h1_1_part  # in the same place
        self.net_h2_2_part2 = self.net_h1_1_part  # in the same place
        self.net_h2_3_part = self.net_h1_1_part  # in the same place
        self.net_h2_4_part2 = self.net_h1_1_part  # in the same place
        self.net_o1_part = self.net_h1_1_part  # in the same place
        self.net_o2_part2 = self.net_h1_1_part  # in the same place
        self.delta_h2_1_part2 = self.net_h1_1_part  # in the same place
        self.net_h1_1_part2 = np.empty((R,), dtype)
        self.net_h1_2 = self.net_h1_1_part2  # in the same place
        self.out_h1_2 = self.net_h1_1_part2  # in the same place
        self.delta_h1_2_part5 = self.net_h1_1_part2  # in the same place
        self.delta_h1_3_part = self.net_h1_1_part2  # in the same place
        self.delta_h1_4_part2 = self.net_h1_1_part2  # in the same place
        self.net_h1_2_part2 = np.empty((R,), dtype)
        self.net_h1_3 = self.net_h1_2_part2  # in the same place
        self.out_h1_3 = self.net_h1_2_part2  # in the same place
        self.delta_h1_3_part5 = self.net_h1_2_part2  # in the same place
        self.delta_h1_4_part = self.net_h1_2_part2  # in the same place
        self.net_h1_3_part2 = np.empty((R,), dtype)
        self.net_h1_4 = self.net_h1_3_part2  # in the same place
        self.out_h1_4 = self.net_h1_3_part2  # in the same place
        self.delta_h1_4_part5 = self.net_h1_3_part2  # in the same place
        self.net_h1_4_part2 = np.empty((R,), dtype)
        self.net_h2_1 = self.net_h1_4_part2  # in the same place
        self.out_h2_1 = self.net_h1_4_part2  # in the same place
        self.delta_h2_1_part3 = self.net_h1_4_part2  # in the same place
        self.delta_h2_2_part = self.net_h1_4_part2  # in the same place
        self.delta_h2_3_part2 = self.net_h1_4_part2  # in the same place
        self.delta_h1_1_part4 = self.net_h1_4_part2  # in the same place
        self.delta_h1_2_part3 = self.net_h1_4_part2  # in the same place
        self.delta_h1_3_part4 = self.net_h1_4_part2  # in the same place
        self.delta_h1_4_part3 = self.net_h1_4_part2  # in the same place
        self.net_h2_1_part2 = np.empty((R,), dtype)
        self.net_h2_2_part = self.net_h2_1_part2  # in the same place
        self.net_h2_3_part2 = self.net_h2_1_part2  # in the same place
        self.net_h2_4_part = self.net_h2_1_part2  # in the same place
        self.net_o1_part2 = self.net_h2_1_part2  # in the same place
        self.net_o2_part = self.net_h2_1_part2  # in the same place
        self.net_h2_1_part3 = np.empty((R,), dtype)
        self.net_h2_2 = self.net_h2_1_part3  # in the same place
        self.out_h2_2 = self.net_h2_1_part3  # in the same place
        self.delta_h2_2_part3 = self.net_h2_1_part3  # in the same place
        self.delta_h2_3_part = self.net_h2_1_part3  # in the same place
        self.delta_h2_4_part = self.net_h2_1_part3  # in the same place
        self.delta_h1_1_part2 = self.net_h2_1_part3  # in the same place
        self.net_h2_2_part3 = np.empty((R,), dtype)
        self.net_h2_3 = self.net_h2_2_part3  # in the same place
        self.out_h2_3 = self.net_h2_2_part3  # in the same place
        self.delta_h2_3_part3 = self.net_h2_2_part3  # in the same place
        self.delta_h2_4_part2 = self.net_h2_2_part3  # in the same place
        self.delta_h1_1_part3 = self.net_h2_2_part3  # in the same place
        self.delta_h1_2_part4 = self.net_h2_2_part3  # in the same place
        self.delta_h1_3_part3 = self.net_h2_2_part3  # in the same place
        self.delta_h1_4_part4 = self.net_h2_2_part3  # in the same place
        self.net_h2_3_part3 = np.empty((R,), dtype)
        self.net_h2_4 = self.net_h2_3_part3  # in the same place
        self.out_h2_4 = self.net_h2_3_part3  # in the same place
        self.delta_h2_4_part3 = self.net_h2_3_part3  # in the same place
        self.delta_h1_1_part = self.net_h2_3_part3  # in the same place
        self.delta_h1_2_part = self.net_h2_3_part3  # in the same place
        self.delta_h1_3_part2 = self.net_h2_3_part3  # in the same place
        self.net_h2_4_part3 = np.empty((R,), dtype)
        self.net_o1 = self.net_h2_4_part3  # in the same place
        self.delta_o1_part = self.net_h2_4_part3  # in the same place
        self.E = self.net_h2_4_part3  # in the same place
        self.net_o1_part3 = np.empty((R,), dtype)
        self.net_o2 = self.net_o1_part3  # in the same place
        self.delta_o2_part = self.net_o1_part3  # in the same place
        self.E_part = self.net_o1_part3  # in the same place
        self.net_o2_part3 = np.empty((R,), dtype)
        self.delta_h2_1_part = self.net_o2_part3  # in the same place
        self.delta_h2_2_part2 = self.net_o2_part3  # in the same place
        self.delta_o1 = self.db_o1  # in the same place
        self.delta_o2 = self.db_o2  # in the same place
        self.delta_h2_1 = self.db_h2_1  # in the same place
        self.delta_h2_2 = self.db_h2_2  # in the same place
        self.delta_h2_3 = self.db_h2_3  # in the same place
        self.delta_h2_4 = self.db_h2_4  # in the same place
        self.delta_h1_1 = self.db_h1_1  # in the same place
        self.delta_h1_2 = self.db_h1_2  # in the same place
        self.delta_h1_3 = self.db_h1_3  # in the same place
        self.delta_h1_4 = self.db_h1_4  # in the same place

    def load(self, w: Array, x: Array, y: Array) -> None:
        """Take over numbers, inputs and targets: a row for each name, (names, R)."""
        for mine, given in ((self.w, w), (self.x, x), (self.y, y)):
            np.copyto(mine, given)


def gradient_pass(ws: Ensemble) -> None:
    """Leave ws.seed times the gradients of every run in ws.dw."""
    w1 = ws.w1
    x1 = ws.x1
    net_h1_1 = ws.net_h1_1
    w5 = ws.w5
    x2 = ws.x2
    net_h1_1_part = ws.net_h1_1_part
    w9 = ws.w9
    x3 = ws.x3
    net_h1_1_part2 = ws.net_h1_1_part2
    b_h1_1 = ws.b_h1_1
    w2 = ws.w2
    net_h1_2 = ws.net_h1_2
    w6 = ws.w6
    net_h1_2_part = ws.net_h1_2_part
    w10 = ws.w10
    net_h1_2_part2 = ws.net_h1_2_part2
    b_h1_2 = ws.b_h1_2
    w3 = ws.w3
    net_h1_3 = ws.net_h1_3
    w7 = ws.w7
    net_h1_3_part = ws.net_h1_3_part
    w11 = ws.w11
    net_h1_3_part2 = ws.net_h1_3_part2
    b_h1_3 = ws.b_h1_3
    w4 = ws.w4
    net_h1_4 = ws.net_h1_4
    w8 = ws.w8
    net_h1_4_part = ws.net_h1_4_part
    w12 = ws.w12
    net_h1_4_part2 = ws.net_h1_4_part2
    b_h1_4 = ws.b_h1_4
    out_h1_1 = ws.out_h1_1
    out_h1_2 = ws.out_h1_2
    out_h1_3 = ws.out_h1_3
    out_h1_4 = ws.out_h1_4
    w13 = ws.w13
    net_h2_1 = ws.net_h2_1
    w17 = ws.w17
    net_h2_1_part = ws.net_h2_1_part
    w21 = ws.w21
    net_h2_1_part2 = ws.net_h2_1_part2
    w25 = ws.w25
    net_h2_1_part3 = ws.net_h2_1_part3
    b_h2_1 = ws.b_h2_1
    w14 = ws.w14
    net_h2_2 = ws.net_h2_2
    w18 = ws.w18
    net_h2_2_part = ws.net_h2_2_part
    w22 = ws.w22
    net_h2_2_part2 = ws.net_h2_2_part2
    w26 = ws.w26
    net_h2_2_part3 = ws.net_h2_2_part3
    b_h2_2 = ws.b_h2_2
    w15 = ws.w15
    net_h2_3 = ws.net_h2_3
    w19 = ws.w19
    net_h2_3_part = ws.net_h2_3_part
    w23 = ws.w23
    net_h2_3_part2 = ws.net_h2_3_part2
    w27 = ws.w27
    net_h2_3_part3 = ws.net_h2_3_part3
    b_h2_3 = ws.b_h2_3
    w16 = ws.w16
    net_h2_4 = ws.net_h2_4
    w20 = ws.w20
    net_h2_4_part = ws.net_h2_4_part
    w24 = ws.w24
    net_h2_4_part2 = ws.net_h2_4_part2
    w28 = ws.w28
    net_h2_4_part3 = ws.net_h2_4_part3
    b_h2_4 = ws.b_h2_4
    out_h2_1 = ws.out_h2_1
    out_h2_2 = ws.out_h2_2
    out_h2_3 = ws.out_h2_3
    out_h2_4 = ws.out_h2_4
    w29 = ws.w29
    net_o1 = ws.net_o1
    w31 = ws.w31
    net_o1_part = ws.net_o1_part
    w33 = ws.w33
    net_o1_part2 = ws.net_o1_part2
    w35 = ws.w35
    net_o1_part3 = ws.net_o1_part3
    b_o1 = ws.b_o1
    w30 = ws.w30
    net_o2 = ws.net_o2
    w32 = ws.w32
    net_o2_part = ws.net_o2_part
    w34 = ws.w34
    net_o2_part2 = ws.net_o2_part2
    w36 = ws.w36
    net_o2_part3 = ws.net_o2_part3
    b_o2 = ws.b_o2
    y1 = ws.y1
    delta_o1_part = ws.delta_o1_part
    seed = ws.seed
    delta_o1 = ws.delta_o1
    y2 = ws.y2
    delta_o2_part = ws.delta_o2_part
    delta_o2 = ws.delta_o2
    dw29 = ws.dw29
    dw31 = ws.dw31
    dw33 = ws.dw33
    dw35 = ws.dw35
    dw30 = ws.dw30
    dw32 = ws.dw32
    dw34 = ws.dw34
    dw36 = ws.dw36
    delta_h2_1_part = ws.delta_h2_1_part
    delta_h2_1_part2 = ws.delta_h2_1_part2
    delta_h2_1_part3 = ws.delta_h2_1_part3
    one = ws.one
    delta_h2_1 = ws.delta_h2_1
    delta_h2_2_part = ws.delta_h2_2_part
    delta_h2_2_part2 = ws.delta_h2_2_part2
    delta_h2_2_part3 = ws.delta_h2_2_part3
    delta_h2_2 = ws.delta_h2_2
    delta_h2_3_part = ws.delta_h2_3_part
    delta_h2_3_part2 = ws.delta_h2_3_part2
    delta_h2_3_part3 = ws.delta_h2_3_part3
    delta_h2_3 = ws.delta_h2_3
    delta_h2_4_part = ws.delta_h2_4_part
    delta_h2_4_part2 = ws.delta_h2_4_part2
    delta_h2_4_part3 = ws.delta_h2_4_part3
    delta_h2_4 = ws.delta_h2_4
    dw13 = ws.dw13
    dw17 = ws.dw17
    dw21 = ws.dw21
    dw25 = ws.dw25
    dw14 = ws.dw14
    dw18 = ws.dw18
    dw22 = ws.dw22
    dw26 = ws.dw26
    dw15 = ws.dw15
    dw19 = ws.dw19
    dw23 = ws.dw23
    dw27 = ws.dw27
    dw16 = ws.dw16
    dw20 = ws.dw20
    dw24 = ws.dw24
    dw28 = ws.dw28
    delta_h1_1_part = ws.delta_h1_1_part
    delta_h1_1_part2 = ws.delta_h1_1_part2
    delta_h1_1_part3 = ws.delta_h1_1_part3
    delta_h1_1_part4 = ws.delta_h1_1_part4
    delta_h1_1_part5 = ws.delta_h1_1_part5
    delta_h1_1 = ws.delta_h1_1
    delta_h1_2_part = ws.delta_h1_2_part
    delta_h1_2_part2 = ws.delta_h1_2_part2
    delta_h1_2_part3 = ws.delta_h1_2_part3
    delta_h1_2_part4 = ws.delta_h1_2_part4
    delta_h1_2_part5 = ws.delta_h1_2_part5
    delta_h1_2 = ws.delta_h1_2
    delta_h1_3_part = ws.delta_h1_3_part
    delta_h1_3_part2 = ws.delta_h1_3_part2
    delta_h1_3_part3 = ws.delta_h1_3_part3
    delta_h1_3_part4 = ws.delta_h1_3_part4
    delta_h1_3_part5 = ws.delta_h1_3_part5
    delta_h1_3 = ws.delta_h1_3
    delta_h1_4_part = ws.delta_h1_4_part
    delta_h1_4_part2 = ws.delta_h1_4_part2
    delta_h1_4_part3 = ws.delta_h1_4_part3
    delta_h1_4_part4 = ws.delta_h1_4_part4
    delta_h1_4_part5 = ws.delta_h1_4_part5
    delta_h1_4 = ws.delta_h1_4
    dw1 = ws.dw1
    dw5 = ws.dw5
    dw9 = ws.dw9
    dw2 = ws.dw2
    dw6 = ws.dw6
    dw10 = ws.dw10
    dw3 = ws.dw3
    dw7 = ws.dw7
    dw11 = ws.dw11
    dw4 = ws.dw4
    dw8 = ws.dw8
    dw12 = ws.dw12
    # net_h1_1 = w1 * x1 + w5 * x2 + w9 * x3 + b_h1_1  (R,) [1]
    np.multiply(w1, x1, out=net_h1_1)
    np.multiply(w5, x2, out=net_h1_1_part)
    np.multiply(w9, x3, out=net_h1_1_part2)
    np.add(net_h1_1, net_h1_1_part, out=net_h1_1)
    np.add(net_h1_1, net_h1_1_part2, out=net_h1_1)
    np.add(net_h1_1, b_h1_1, out=net_h1_1)
    # net_h1_2 = w2 * x1 + w6 * x2 + w10 * x3 + b_h1_2  (R,) [1]
    np.multiply(w2, x1, out=net_h1_2)
    np.multiply(w6, x2, out=net_h1_2_part)
    np.multiply(w10, x3, out=net_h1_2_part2)
    np.add(net_h1_2, net_h1_2_part, out=net_h1_2)
    np.add(net_h1_2, net_h1_2_part2, out=net_h1_2)
    np.add(net_h1_2, b_h1_2, out=net_h1_2)
    # net_h1_3 = w3 * x1 + w7 * x2 + w11 * x3 + b_h1_3  (R,) [1]
    np.multiply(w3, x1, out=net_h1_3)
    np.multiply(w7, x2, out=net_h1_3_part)
    np.multiply(w11, x3, out=net_h1_3_part2)
    np.add(net_h1_3, net_h1_3_part, out=net_h1_3)
    np.add(net_h1_3, net_h1_3_part2, out=net_h1_3)
    np.add(net_h1_3, b_h1_3, out=net_h1_3)
    # net_h1_4 = w4 * x1 + w8 * x2 + w12 * x3 + b_h1_4  (R,) [1]
    np.multiply(w4, x1, out=net_h1_4)
    np.multiply(w8, x2, out=net_h1_4_part)
    np.multiply(w12, x3, out=net_h1_4_part2)
    np.add(net_h1_4, net_h1_4_part, out=net_h1_4)
    np.add(net_h1_4, net_h1_4_part2, out=net_h1_4)
    np.add(net_h1_4, b_h1_4, out=net_h1_4)
    np.tanh(net_h1_1, out=out_h1_1)  # (R,) [2]
    np.tanh(net_h1_2, out=out_h1_2)  # (R,) [2]
    np.tanh(net_h1_3, out=out_h1_3)  # (R,) [2]
    np.tanh(net_h1_4, out=out_h1_4)  # (R,) [2]
    # net_h2_1  (R,) [3]
    np.multiply(w13, out_h1_1, out=net_h2_1)
    np.multiply(w17, out_h1_2, out=net_h2_1_part)
    np.multiply(w21, out_h1_3, out=net_h2_1_part2)
    np.multiply(w25, out_h1_4, out=net_h2_1_part3)
    np.add(net_h2_1, net_h2_1_part, out=net_h2_1)
    np.add(net_h2_1, net_h2_1_part2, out=net_h2_1)
    np.add(net_h2_1, net_h2_1_part3, out=net_h2_1)
    np.add(net_h2_1, b_h2_1, out=net_h2_1)
    # net_h2_2  (R,) [3]
    np.multiply(w14, out_h1_1, out=net_h2_2)
    np.multiply(w18, out_h1_2, out=net_h2_2_part)
    np.multiply(w22, out_h1_3, out=net_h2_2_part2)
    np.multiply(w26, out_h1_4, out=net_h2_2_part3)
    np.add(net_h2_2, net_h2_2_part, out=net_h2_2)
    np.add(net_h2_2, net_h2_2_part2, out=net_h2_2)
    np.add(net_h2_2, net_h2_2_part3, out=net_h2_2)
    np.add(net_h2_2, b_h2_2, out=net_h2_2)
    # net_h2_3  (R,) [3]
    np.multiply(w15, out_h1_1, out=net_h2_3)
    np.multiply(w19, out_h1_2, out=net_h2_3_part)
    np.multiply(w23, out_h1_3, out=net_h2_3_part2)
    np.multiply(w27, out_h1_4, out=net_h2_3_part3)
    np.add(net_h2_3, net_h2_3_part, out=net_h2_3)
    np.add(net_h2_3, net_h2_3_part2, out=net_h2_3)
    np.add(net_h2_3, net_h2_3_part3, out=net_h2_3)
    np.add(net_h2_3, b_h2_3, out=net_h2_3)
    # net_h2_4  (R,) [3]
    np.multiply(w16, out_h1_1, out=net_h2_4)
    np.multiply(w20, out_h1_2, out=net_h2_4_part)
    np.multiply(w24, out_h1_3, out=net_h2_4_part2)
    np.multiply(w28, out_h1_4, out=net_h2_4_part3)
    np.add(net_h2_4, net_h2_4_part, out=net_h2_4)
    np.add(net_h2_4, net_h2_4_part2, out=net_h2_4)
    np.add(net_h2_4, net_h2_4_part3, out=net_h2_4)
    np.add(net_h2_4, b_h2_4, out=net_h2_4)
    np.tanh(net_h2_1, out=out_h2_1)  # (R,) [4]
    np.tanh(net_h2_2, out=out_h2_2)  # (R,) [4]
    np.tanh(net_h2_3, out=out_h2_3)  # (R,) [4]
    np.tanh(net_h2_4, out=out_h2_4)  # (R,) [4]
    # net_o1  (R,) [5]
    np.multiply(w29, out_h2_1, out=net_o1)
    np.multiply(w31, out_h2_2, out=net_o1_part)
    np.multiply(w33, out_h2_3, out=net_o1_part2)
    np.multiply(w35, out_h2_4, out=net_o1_part3)
    np.add(net_o1, net_o1_part, out=net_o1)
    np.add(net_o1, net_o1_part2, out=net_o1)
    np.add(net_o1, net_o1_part3, out=net_o1)
    np.add(net_o1, b_o1, out=net_o1)
    # net_o2  (R,) [5]
    np.multiply(w30, out_h2_1, out=net_o2)
    np.multiply(w32, out_h2_2, out=net_o2_part)
    np.multiply(w34, out_h2_3, out=net_o2_part2)
    np.multiply(w36, out_h2_4, out=net_o2_part3)
    np.add(net_o2, net_o2_part, out=net_o2)
    np.add(net_o2, net_o2_part2, out=net_o2)
    np.add(net_o2, net_o2_part3, out=net_o2)
    np.add(net_o2, b_o2, out=net_o2)
    # delta_o1 = (net_o1 - y1) * seed  (R,) [7]
    np.subtract(net_o1, y1, out=delta_o1_part)
    np.multiply(delta_o1_part, seed, out=delta_o1)
    # delta_o2 = (net_o2 - y2) * seed  (R,) [7]
    np.subtract(net_o2, y2, out=delta_o2_part)
    np.multiply(delta_o2_part, seed, out=delta_o2)
    np.multiply(delta_o1, out_h2_1, out=dw29)  # (R,) [8]
    np.multiply(delta_o1, out_h2_2, out=dw31)  # (R,) [8]
    np.multiply(delta_o1, out_h2_3, out=dw33)  # (R,) [8]
    np.multiply(delta_o1, out_h2_4, out=dw35)  # (R,) [8]
    np.multiply(delta_o2, out_h2_1, out=dw30)  # (R,) [8]
    np.multiply(delta_o2, out_h2_2, out=dw32)  # (R,) [8]
    np.multiply(delta_o2, out_h2_3, out=dw34)  # (R,) [8]
    np.multiply(delta_o2, out_h2_4, out=dw36)  # (R,) [8]
    # delta_h2_1 = (delta_o1 * w29 + delta_o2 * w30) * (1 - out_h2_1**2)  (R,) [10]
    np.multiply(delta_o1, w29, out=delta_h2_1_part)
    np.multiply(delta_o2, w30, out=delta_h2_1_part2)
    np.add(delta_h2_1_part, delta_h2_1_part2, out=delta_h2_1_part)
    np.square(out_h2_1, out=delta_h2_1_part3)
    np.subtract(one, delta_h2_1_part3, out=delta_h2_1_part3)
    np.multiply(delta_h2_1_part, delta_h2_1_part3, out=delta_h2_1)
    # delta_h2_2 = (delta_o1 * w31 + delta_o2 * w32) * (1 - out_h2_2**2)  (R,) [10]
    np.multiply(delta_o1, w31, out=delta_h2_2_part)
    np.multiply(delta_o2, w32, out=delta_h2_2_part2)
    np.add(delta_h2_2_part, delta_h2_2_part2, out=delta_h2_2_part)
    np.square(out_h2_2, out=delta_h2_2_part3)
    np.subtract(one, delta_h2_2_part3, out=delta_h2_2_part3)
    np.multiply(delta_h2_2_part, delta_h2_2_part3, out=delta_h2_2)
    # delta_h2_3 = (delta_o1 * w33 + delta_o2 * w34) * (1 - out_h2_3**2)  (R,) [10]
    np.multiply(delta_o1, w33, out=delta_h2_3_part)
    np.multiply(delta_o2, w34, out=delta_h2_3_part2)
    np.add(delta_h2_3_part, delta_h2_3_part2, out=delta_h2_3_part)
    np.square(out_h2_3, out=delta_h2_3_part3)
    np.subtract(one, delta_h2_3_part3, out=delta_h2_3_part3)
    np.multiply(delta_h2_3_part, delta_h2_3_part3, out=delta_h2_3)
    # delta_h2_4 = (delta_o1 * w35 + delta_o2 * w36) * (1 - out_h2_4**2)  (R,) [10]
    np.multiply(delta_o1, w35, out=delta_h2_4_part)
    np.multiply(delta_o2, w36, out=delta_h2_4_part2)
    np.add(delta_h2_4_part, delta_h2_4_part2, out=delta_h2_4_part)
    np.square(out_h2_4, out=delta_h2_4_part3)
    np.subtract(one, delta_h2_4_part3, out=delta_h2_4_part3)
    np.multiply(delta_h2_4_part, delta_h2_4_part3, out=delta_h2_4)
    np.multiply(delta_h2_1, out_h1_1, out=dw13)  # (R,) [11]
    np.multiply(delta_h2_1, out_h1_2, out=dw17)  # (R,) [11]
    np.multiply(delta_h2_1, out_h1_3, out=dw21)  # (R,) [11]
    np.multiply(delta_h2_1, out_h1_4, out=dw25)  # (R,) [11]
    np.multiply(delta_h2_2, out_h1_1, out=dw14)  # (R,) [11]
    np.multiply(delta_h2_2, out_h1_2, out=dw18)  # (R,) [11]
    np.multiply(delta_h2_2, out_h1_3, out=dw22)  # (R,) [11]
    np.multiply(delta_h2_2, out_h1_4, out=dw26)  # (R,) [11]
    np.multiply(delta_h2_3, out_h1_1, out=dw15)  # (R,) [11]
    np.multiply(delta_h2_3, out_h1_2, out=dw19)  # (R,) [11]
    np.multiply(delta_h2_3, out_h1_3, out=dw23)  # (R,) [11]
    np.multiply(delta_h2_3, out_h1_4, out=dw27)  # (R,) [11]
    np.multiply(delta_h2_4, out_h1_1, out=dw16)  # (R,) [11]
    np.multiply(delta_h2_4, out_h1_2, out=dw20)  # (R,) [11]
    np.multiply(delta_h2_4, out_h1_3, out=dw24)  # (R,) [11]
    np.multiply(delta_h2_4, out_h1_4, out=dw28)  # (R,) [11]
    # delta_h1_1  (R,) [13]
    np.multiply(delta_h2_1, w13, out=delta_h1_1_part)
    np.multiply(delta_h2_2, w14, out=delta_h1_1_part2)
    np.multiply(delta_h2_3, w15, out=delta_h1_1_part3)
    np.multiply(delta_h2_4, w16, out=delta_h1_1_part4)
    np.add(delta_h1_1_part, delta_h1_1_part2, out=delta_h1_1_part)
    np.add(delta_h1_1_part, delta_h1_1_part3, out=delta_h1_1_part)
    np.add(delta_h1_1_part, delta_h1_1_part4, out=delta_h1_1_part)
    np.square(out_h1_1, out=delta_h1_1_part5)
    np.subtract(one, delta_h1_1_part5, out=delta_h1_1_part5)
    np.multiply(delta_h1_1_part, delta_h1_1_part5, out=delta_h1_1)
    # delta_h1_2  (R,) [13]
    np.multiply(delta_h2_1, w17, out=delta_h1_2_part)
    np.multiply(delta_h2_2, w18, out=delta_h1_2_part2)
    np.multiply(delta_h2_3, w19, out=delta_h1_2_part3)
    np.multiply(delta_h2_4, w20, out=delta_h1_2_part4)
    np.add(delta_h1_2_part, delta_h1_2_part2, out=delta_h1_2_part)
    np.add(delta_h1_2_part, delta_h1_2_part3, out=delta_h1_2_part)
    np.add(delta_h1_2_part, delta_h1_2_part4, out=delta_h1_2_part)
    np.square(out_h1_2, out=delta_h1_2_part5)
    np.subtract(one, delta_h1_2_part5, out=delta_h1_2_part5)
    np.multiply(delta_h1_2_part, delta_h1_2_part5, out=delta_h1_2)
    # delta_h1_3  (R,) [13]
    np.multiply(delta_h2_1, w21, out=delta_h1_3_part)
    np.multiply(delta_h2_2, w22, out=delta_h1_3_part2)
    np.multiply(delta_h2_3, w23, out=delta_h1_3_part3)
    np.multiply(delta_h2_4, w24, out=delta_h1_3_part4)
    np.add(delta_h1_3_part, delta_h1_3_part2, out=delta_h1_3_part)
    np.add(delta_h1_3_part, delta_h1_3_part3, out=delta_h1_3_part)
    np.add(delta_h1_3_part, delta_h1_3_part4, out=delta_h1_3_part)
    np.square(out_h1_3, out=delta_h1_3_part5)
    np.subtract(one, delta_h1_3_part5, out=delta_h1_3_part5)
    np.multiply(delta_h1_3_part, delta_h1_3_part5, out=delta_h1_3)
    # delta_h1_4  (R,) [13]
    np.multiply(delta_h2_1, w25, out=delta_h1_4_part)
    np.multiply(delta_h2_2, w26, out=delta_h1_4_part2)
    np.multiply(delta_h2_3, w27, out=delta_h1_4_part3)
    np.multiply(delta_h2_4, w28, out=delta_h1_4_part4)
    np.add(delta_h1_4_part, delta_h1_4_part2, out=delta_h1_4_part)
    np.add(delta_h1_4_part, delta_h1_4_part3, out=delta_h1_4_part)
    np.add(delta_h1_4_part, delta_h1_4_part4, out=delta_h1_4_part)
    np.square(out_h1_4, out=delta_h1_4_part5)
    np.subtract(one, delta_h1_4_part5, out=delta_h1_4_part5)
    np.multiply(delta_h1_4_part, delta_h1_4_part5, out=delta_h1_4)
    np.multiply(delta_h1_1, x1, out=dw1)  # (R,) [14]
    np.multiply(delta_h1_1, x2, out=dw5)  # (R,) [14]
    np.multiply(delta_h1_1, x3, out=dw9)  # (R,) [14]
    np.multiply(delta_h1_2, x1, out=dw2)  # (R,) [14]
    np.multiply(delta_h1_2, x2, out=dw6)  # (R,) [14]
    np.multiply(delta_h1_2, x3, out=dw10)  # (R,) [14]
    np.multiply(delta_h1_3, x1, out=dw3)  # (R,) [14]
    np.multiply(delta_h1_3, x2, out=dw7)  # (R,) [14]
    np.multiply(delta_h1_3, x3, out=dw11)  # (R,) [14]
    np.multiply(delta_h1_4, x1, out=dw4)  # (R,) [14]
    np.multiply(delta_h1_4, x2, out=dw8)  # (R,) [14]
    np.multiply(delta_h1_4, x3, out=dw12)  # (R,) [14]


def loss_pass(ws: Ensemble) -> Array:
    """Return the loss E of every run, after a gradient pass."""
    delta_o1_part = ws.delta_o1_part
    E = ws.E
    two = ws.two
    delta_o2_part = ws.delta_o2_part
    E_part = ws.E_part
    # E = (net_o1 - y1) ** 2 / 2 + (net_o2 - y2) ** 2 / 2  (R,) [6]
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
        0.1,
        0.4,
        -0.3,
        0.2,
        -0.2,
        0.2,
        0.1,
        -0.4,
        0.3,
        -0.1,
        0.2,
        0.1,
        0.2,
        -0.1,
        0.3,
        0.1,
        0.1,
        0.3,
        -0.2,
        0.2,
        -0.3,
        0.2,
        0.1,
        0.3,
        0.4,
        0.1,
        -0.4,
        -0.1,
        0.5,
        -0.2,
        -0.3,
        0.4,
        0.2,
        0.3,
        0.1,
        -0.5,
        0.1,
        -0.1,
        0.05,
        0.0,
        0.0,
        0.1,
        -0.05,
        0.2,
        0.1,
        -0.2,
    )
    x = (0.5, -0.2, 0.1)
    y = (0.3, -0.1)
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
