"""sine_fit_h10: A noisy sine, fitted by 10 sigmoid units.

Loss: mse, mean; targets are values.

Layers:
    inputs 1
    dense 10 + bias, sigmoid
    dense 1 + bias, identity

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
OUTPUTS = ("net_o1",)


def forward(w: Numbers, x: Numbers) -> Numbers:
    """Return the network's outputs net_o1."""
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
    out_h1 = 1 / (1 + np.exp(-net_h1))  # [2]
    out_h2 = 1 / (1 + np.exp(-net_h2))  # [2]
    out_h3 = 1 / (1 + np.exp(-net_h3))  # [2]
    out_h4 = 1 / (1 + np.exp(-net_h4))  # [2]
    out_h5 = 1 / (1 + np.exp(-net_h5))  # [2]
    out_h6 = 1 / (1 + np.exp(-net_h6))  # [2]
    out_h7 = 1 / (1 + np.exp(-net_h7))  # [2]
    out_h8 = 1 / (1 + np.exp(-net_h8))  # [2]
    out_h9 = 1 / (1 + np.exp(-net_h9))  # [2]
    out_h10 = 1 / (1 + np.exp(-net_h10))  # [2]
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


def loss(w: Numbers, x: Numbers, y: Numbers) -> Number:
    """Return the loss E of one sample, or of each."""
    (net_o1,) = forward(w, x)
    (y1,) = y
    E = (net_o1 - y1) ** 2  # [4]
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
    out_h1 = 1 / (1 + np.exp(-net_h1))  # [2]
    out_h2 = 1 / (1 + np.exp(-net_h2))  # [2]
    out_h3 = 1 / (1 + np.exp(-net_h3))  # [2]
    out_h4 = 1 / (1 + np.exp(-net_h4))  # [2]
    out_h5 = 1 / (1 + np.exp(-net_h5))  # [2]
    out_h6 = 1 / (1 + np.exp(-net_h6))  # [2]
    out_h7 = 1 / (1 + np.exp(-net_h7))  # [2]
    out_h8 = 1 / (1 + np.exp(-net_h8))  # [2]
    out_h9 = 1 / (1 + np.exp(-net_h9))  # [2]
    out_h10 = 1 / (1 + np.exp(-net_h10))  # [2]
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
    E = (net_o1 - y1) ** 2  # [4]
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
