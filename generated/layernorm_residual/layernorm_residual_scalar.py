"""layernorm_residual: Layer norm and a residual connection.

Loss: mse, mean; targets are values.

Layers:
    inputs 4
    dense 5 + bias, tanh
    layer norm
    dense 5, tanh
    add layer 2
    dense 3 + bias, identity

Weights by name, one sample: every name may be a float, or an array of runs that
broadcast. In brackets the number of the line of the derivation.
"""

import numpy as np

Number = float | np.ndarray
Numbers = tuple[Number, ...]

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
OUTPUTS = ("net_o1", "net_o2", "net_o3")


def forward(w: Numbers, x: Numbers) -> Numbers:
    """Return the network's outputs net_o1, net_o2, net_o3."""
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
    out_h1_1 = np.tanh(net_h1_1)  # [2]
    out_h1_2 = np.tanh(net_h1_2)  # [2]
    out_h1_3 = np.tanh(net_h1_3)  # [2]
    out_h1_4 = np.tanh(net_h1_4)  # [2]
    out_h1_5 = np.tanh(net_h1_5)  # [2]
    # [3]
    mu2 = out_h1_1 / 5 + out_h1_2 / 5 + out_h1_3 / 5 + out_h1_4 / 5 + out_h1_5 / 5
    # [4]
    var2 = (
        (out_h1_1 - mu2) ** 2 / 5
        + (out_h1_2 - mu2) ** 2 / 5
        + (out_h1_3 - mu2) ** 2 / 5
        + (out_h1_4 - mu2) ** 2 / 5
        + (out_h1_5 - mu2) ** 2 / 5
    )
    sigma2 = np.sqrt(var2 + 1e-05)  # [5]
    xhat2_1 = (out_h1_1 - mu2) / sigma2  # [6]
    xhat2_2 = (out_h1_2 - mu2) / sigma2  # [6]
    xhat2_3 = (out_h1_3 - mu2) / sigma2  # [6]
    xhat2_4 = (out_h1_4 - mu2) / sigma2  # [6]
    xhat2_5 = (out_h1_5 - mu2) / sigma2  # [6]
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
    out_h2_1 = np.tanh(net_h2_1)  # [9]
    out_h2_2 = np.tanh(net_h2_2)  # [9]
    out_h2_3 = np.tanh(net_h2_3)  # [9]
    out_h2_4 = np.tanh(net_h2_4)  # [9]
    out_h2_5 = np.tanh(net_h2_5)  # [9]
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


def loss(w: Numbers, x: Numbers, y: Numbers) -> Number:
    """Return the loss E of one sample, or of each."""
    net_o1, net_o2, net_o3 = forward(w, x)
    y1, y2, y3 = y
    E = (net_o1 - y1) ** 2 / 3 + (net_o2 - y2) ** 2 / 3 + (net_o3 - y3) ** 2 / 3  # [12]
    return E


def loss_and_gradients(w: Numbers, x: Numbers, y: Numbers) -> tuple[Number, Numbers]:
    """Return the loss E and its gradient by each trained number, in the order of TRAINED."""
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
    out_h1_1 = np.tanh(net_h1_1)  # [2]
    out_h1_2 = np.tanh(net_h1_2)  # [2]
    out_h1_3 = np.tanh(net_h1_3)  # [2]
    out_h1_4 = np.tanh(net_h1_4)  # [2]
    out_h1_5 = np.tanh(net_h1_5)  # [2]
    # [3]
    mu2 = out_h1_1 / 5 + out_h1_2 / 5 + out_h1_3 / 5 + out_h1_4 / 5 + out_h1_5 / 5
    # [4]
    var2 = (
        (out_h1_1 - mu2) ** 2 / 5
        + (out_h1_2 - mu2) ** 2 / 5
        + (out_h1_3 - mu2) ** 2 / 5
        + (out_h1_4 - mu2) ** 2 / 5
        + (out_h1_5 - mu2) ** 2 / 5
    )
    sigma2 = np.sqrt(var2 + 1e-05)  # [5]
    xhat2_1 = (out_h1_1 - mu2) / sigma2  # [6]
    xhat2_2 = (out_h1_2 - mu2) / sigma2  # [6]
    xhat2_3 = (out_h1_3 - mu2) / sigma2  # [6]
    xhat2_4 = (out_h1_4 - mu2) / sigma2  # [6]
    xhat2_5 = (out_h1_5 - mu2) / sigma2  # [6]
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
    out_h2_1 = np.tanh(net_h2_1)  # [9]
    out_h2_2 = np.tanh(net_h2_2)  # [9]
    out_h2_3 = np.tanh(net_h2_3)  # [9]
    out_h2_4 = np.tanh(net_h2_4)  # [9]
    out_h2_5 = np.tanh(net_h2_5)  # [9]
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
    E = (net_o1 - y1) ** 2 / 3 + (net_o2 - y2) ** 2 / 3 + (net_o3 - y3) ** 2 / 3  # [12]
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
    delta_h2_1 = dR4_1 * (1 - out_h2_1**2)  # [17]
    delta_h2_2 = dR4_2 * (1 - out_h2_2**2)  # [17]
    delta_h2_3 = dR4_3 * (1 - out_h2_3**2)  # [17]
    delta_h2_4 = dR4_4 * (1 - out_h2_4**2)  # [17]
    delta_h2_5 = dR4_5 * (1 - out_h2_5**2)  # [17]
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
    dsigma2 = -dsigma2_sum / sigma2
    dvar2 = dsigma2 / (2 * sigma2)  # [24]
    dmu2 = -(dxhat2_1 + dxhat2_2 + dxhat2_3 + dxhat2_4 + dxhat2_5) / sigma2  # [25]
    # [26]
    delta_h1_1_sum = dmu2 / 5 + dxhat2_1 / sigma2 + 2 * (out_h1_1 - mu2) * dvar2 / 5
    delta_h1_1 = delta_h1_1_sum * (1 - out_h1_1**2)
    # [26]
    delta_h1_2_sum = dmu2 / 5 + dxhat2_2 / sigma2 + 2 * (out_h1_2 - mu2) * dvar2 / 5
    delta_h1_2 = delta_h1_2_sum * (1 - out_h1_2**2)
    # [26]
    delta_h1_3_sum = dmu2 / 5 + dxhat2_3 / sigma2 + 2 * (out_h1_3 - mu2) * dvar2 / 5
    delta_h1_3 = delta_h1_3_sum * (1 - out_h1_3**2)
    # [26]
    delta_h1_4_sum = dmu2 / 5 + dxhat2_4 / sigma2 + 2 * (out_h1_4 - mu2) * dvar2 / 5
    delta_h1_4 = delta_h1_4_sum * (1 - out_h1_4**2)
    # [26]
    delta_h1_5_sum = dmu2 / 5 + dxhat2_5 / sigma2 + 2 * (out_h1_5 - mu2) * dvar2 / 5
    delta_h1_5 = delta_h1_5_sum * (1 - out_h1_5**2)
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


def sgd_step(w: Numbers, dw: Numbers, learning_rate: Number) -> Numbers:
    """Return the numbers after one step of gradient descent; frozen ones as they are."""
    step = dict(zip(TRAINED, dw, strict=True))
    return tuple(
        value - learning_rate * step[name] if name in step else value
        for name, value in zip(WEIGHTS, w, strict=True)
    )


def train(
    w: Numbers,
    x: Numbers,
    y: Numbers,
    learning_rate: Number,
    steps: int,
) -> tuple[Numbers, list[Number]]:
    """Return the numbers after `steps` steps, and the loss before each; arrays are runs."""
    losses = []
    for _ in range(steps):
        E, dw = loss_and_gradients(w, x, y)
        losses.append(E)
        w = sgd_step(w, dw, learning_rate)
    return w, losses


def example() -> tuple[Numbers, Numbers, Numbers, float]:
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
    after = dict(zip(WEIGHTS, sgd_step(w, dw, learning_rate), strict=True))
    for name, value in zip(OUTPUTS, forward(w, x), strict=True):
        print(f"{name} = {float(value):.10g}")
    print(f"E = {float(E):.10g}")
    for name, grad in zip(TRAINED, dw, strict=True):
        print(f"d{name} = {float(grad):.10g}")
    for name in TRAINED:
        print(f"{name} after one step = {float(after[name]):.10g}")


if __name__ == "__main__":
    main()
