"""tanh_3_layers: Three layers with tanh, 3-4-4-2.

Loss: mse, mean; targets are values.

Layers:
    inputs 3
    dense 4 + bias, tanh
    dense 4 + bias, tanh
    dense 2 + bias, identity

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
OUTPUTS = ("net_o1", "net_o2")


def forward(w: Numbers, x: Numbers) -> Numbers:
    """Return the network's outputs net_o1, net_o2."""
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
    out_h1_1 = np.tanh(net_h1_1)  # [2]
    out_h1_2 = np.tanh(net_h1_2)  # [2]
    out_h1_3 = np.tanh(net_h1_3)  # [2]
    out_h1_4 = np.tanh(net_h1_4)  # [2]
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
    out_h2_1 = np.tanh(net_h2_1)  # [4]
    out_h2_2 = np.tanh(net_h2_2)  # [4]
    out_h2_3 = np.tanh(net_h2_3)  # [4]
    out_h2_4 = np.tanh(net_h2_4)  # [4]
    # [5]
    net_o1 = w29 * out_h2_1 + w31 * out_h2_2 + w33 * out_h2_3 + w35 * out_h2_4 + b_o1
    # [5]
    net_o2 = w30 * out_h2_1 + w32 * out_h2_2 + w34 * out_h2_3 + w36 * out_h2_4 + b_o2
    return net_o1, net_o2


def loss(w: Numbers, x: Numbers, y: Numbers) -> Number:
    """Return the loss E of one sample, or of each."""
    net_o1, net_o2 = forward(w, x)
    y1, y2 = y
    E = (net_o1 - y1) ** 2 / 2 + (net_o2 - y2) ** 2 / 2  # [6]
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
    out_h1_1 = np.tanh(net_h1_1)  # [2]
    out_h1_2 = np.tanh(net_h1_2)  # [2]
    out_h1_3 = np.tanh(net_h1_3)  # [2]
    out_h1_4 = np.tanh(net_h1_4)  # [2]
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
    out_h2_1 = np.tanh(net_h2_1)  # [4]
    out_h2_2 = np.tanh(net_h2_2)  # [4]
    out_h2_3 = np.tanh(net_h2_3)  # [4]
    out_h2_4 = np.tanh(net_h2_4)  # [4]
    # [5]
    net_o1 = w29 * out_h2_1 + w31 * out_h2_2 + w33 * out_h2_3 + w35 * out_h2_4 + b_o1
    # [5]
    net_o2 = w30 * out_h2_1 + w32 * out_h2_2 + w34 * out_h2_3 + w36 * out_h2_4 + b_o2
    E = (net_o1 - y1) ** 2 / 2 + (net_o2 - y2) ** 2 / 2  # [6]
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
    delta_h2_1 = (delta_o1 * w29 + delta_o2 * w30) * (1 - out_h2_1**2)  # [10]
    delta_h2_2 = (delta_o1 * w31 + delta_o2 * w32) * (1 - out_h2_2**2)  # [10]
    delta_h2_3 = (delta_o1 * w33 + delta_o2 * w34) * (1 - out_h2_3**2)  # [10]
    delta_h2_4 = (delta_o1 * w35 + delta_o2 * w36) * (1 - out_h2_4**2)  # [10]
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
    delta_h1_1 = delta_h1_1_sum * (1 - out_h1_1**2)
    # [13]
    delta_h1_2_sum = (
        delta_h2_1 * w17 + delta_h2_2 * w18 + delta_h2_3 * w19 + delta_h2_4 * w20
    )
    delta_h1_2 = delta_h1_2_sum * (1 - out_h1_2**2)
    # [13]
    delta_h1_3_sum = (
        delta_h2_1 * w21 + delta_h2_2 * w22 + delta_h2_3 * w23 + delta_h2_4 * w24
    )
    delta_h1_3 = delta_h1_3_sum * (1 - out_h1_3**2)
    # [13]
    delta_h1_4_sum = (
        delta_h2_1 * w25 + delta_h2_2 * w26 + delta_h2_3 * w27 + delta_h2_4 * w28
    )
    delta_h1_4 = delta_h1_4_sum * (1 - out_h1_4**2)
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
