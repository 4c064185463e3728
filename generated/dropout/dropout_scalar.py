"""dropout: Dropout with a given mask.

Loss: half_sse, sum; targets are values.

Layers:
    inputs 2
    dense 4 + bias, tanh
    dropout 0.5, mask M2
    dense 1, identity

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
    "b_h1",
    "b_h2",
    "b_h3",
    "b_h4",
    "M2_1",
    "M2_2",
    "M2_3",
    "M2_4",
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
    "b_h1",
    "b_h2",
    "b_h3",
    "b_h4",
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
        b_h1,
        b_h2,
        b_h3,
        b_h4,
        M2_1,
        M2_2,
        M2_3,
        M2_4,
    ) = w
    x1, x2 = x
    net_h1 = w1 * x1 + w5 * x2 + b_h1  # [1]
    net_h2 = w2 * x1 + w6 * x2 + b_h2  # [1]
    net_h3 = w3 * x1 + w7 * x2 + b_h3  # [1]
    net_h4 = w4 * x1 + w8 * x2 + b_h4  # [1]
    out_h1 = np.tanh(net_h1)  # [2]
    out_h2 = np.tanh(net_h2)  # [2]
    out_h3 = np.tanh(net_h3)  # [2]
    out_h4 = np.tanh(net_h4)  # [2]
    Y2_1 = 2 * M2_1 * out_h1  # [3]
    Y2_2 = 2 * M2_2 * out_h2  # [3]
    Y2_3 = 2 * M2_3 * out_h3  # [3]
    Y2_4 = 2 * M2_4 * out_h4  # [3]
    net_o1 = w9 * Y2_1 + w10 * Y2_2 + w11 * Y2_3 + w12 * Y2_4  # [4]
    return (net_o1,)


def loss(w: Numbers, x: Numbers, y: Numbers) -> Number:
    """Return the loss E of one sample, or of each."""
    (net_o1,) = forward(w, x)
    (y1,) = y
    E = (net_o1 - y1) ** 2 / 2  # [5]
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
        b_h1,
        b_h2,
        b_h3,
        b_h4,
        M2_1,
        M2_2,
        M2_3,
        M2_4,
    ) = w
    x1, x2 = x
    (y1,) = y
    net_h1 = w1 * x1 + w5 * x2 + b_h1  # [1]
    net_h2 = w2 * x1 + w6 * x2 + b_h2  # [1]
    net_h3 = w3 * x1 + w7 * x2 + b_h3  # [1]
    net_h4 = w4 * x1 + w8 * x2 + b_h4  # [1]
    out_h1 = np.tanh(net_h1)  # [2]
    out_h2 = np.tanh(net_h2)  # [2]
    out_h3 = np.tanh(net_h3)  # [2]
    out_h4 = np.tanh(net_h4)  # [2]
    Y2_1 = 2 * M2_1 * out_h1  # [3]
    Y2_2 = 2 * M2_2 * out_h2  # [3]
    Y2_3 = 2 * M2_3 * out_h3  # [3]
    Y2_4 = 2 * M2_4 * out_h4  # [3]
    net_o1 = w9 * Y2_1 + w10 * Y2_2 + w11 * Y2_3 + w12 * Y2_4  # [4]
    E = (net_o1 - y1) ** 2 / 2  # [5]
    delta_o1 = net_o1 - y1  # [6]
    dw9 = delta_o1 * Y2_1  # [7]
    dw10 = delta_o1 * Y2_2  # [7]
    dw11 = delta_o1 * Y2_3  # [7]
    dw12 = delta_o1 * Y2_4  # [7]
    dout_h1 = 2 * delta_o1 * w9 * M2_1  # [8]
    dout_h2 = 2 * delta_o1 * w10 * M2_2  # [8]
    dout_h3 = 2 * delta_o1 * w11 * M2_3  # [8]
    dout_h4 = 2 * delta_o1 * w12 * M2_4  # [8]
    delta_h1 = dout_h1 * (1 - out_h1**2)  # [9]
    delta_h2 = dout_h2 * (1 - out_h2**2)  # [9]
    delta_h3 = dout_h3 * (1 - out_h3**2)  # [9]
    delta_h4 = dout_h4 * (1 - out_h4**2)  # [9]
    dw1 = delta_h1 * x1  # [10]
    dw5 = delta_h1 * x2  # [10]
    dw2 = delta_h2 * x1  # [10]
    dw6 = delta_h2 * x2  # [10]
    dw3 = delta_h3 * x1  # [10]
    dw7 = delta_h3 * x2  # [10]
    dw4 = delta_h4 * x1  # [10]
    dw8 = delta_h4 * x2  # [10]
    db_h1 = delta_h1  # [11]
    db_h2 = delta_h2  # [11]
    db_h3 = delta_h3  # [11]
    db_h4 = delta_h4  # [11]
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
        db_h1,
        db_h2,
        db_h3,
        db_h4,
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
        0.2,
        0.5,
        0.1,
        -0.3,
        -0.4,
        0.6,
        -0.5,
        0.8,
        0.7,
        -0.6,
        0.4,
        0.9,
        0.1,
        0.0,
        -0.1,
        0.2,
        1.0,
        0.0,
        1.0,
        1.0,
    )
    x = (0.5, 0.3)
    y = (1.0,)
    return w, x, y, 0.5


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
