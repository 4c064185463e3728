"""bilinear_layer: A bilinear layer in index notation.

Loss: mse, mean; targets are values.

Layers:
    inputs 2
    y[n,k] = sum(i,j: A[k,i,j]*x[n,i]*x[n,j]) + b[k]
    dense 2, sigmoid

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
    "b1_1",
    "b1_2",
    "b1_3",
    "A1_1_1_1",
    "A1_1_1_2",
    "A1_1_2_1",
    "A1_1_2_2",
    "A1_2_1_1",
    "A1_2_1_2",
    "A1_2_2_1",
    "A1_2_2_2",
    "A1_3_1_1",
    "A1_3_1_2",
    "A1_3_2_1",
    "A1_3_2_2",
)
TRAINED = (
    "w1",
    "w2",
    "w3",
    "w4",
    "w5",
    "w6",
    "b1_1",
    "b1_2",
    "b1_3",
    "A1_1_1_1",
    "A1_1_1_2",
    "A1_1_2_1",
    "A1_1_2_2",
    "A1_2_1_1",
    "A1_2_1_2",
    "A1_2_2_1",
    "A1_2_2_2",
    "A1_3_1_1",
    "A1_3_1_2",
    "A1_3_2_1",
    "A1_3_2_2",
)
OUTPUTS = ("out_o1", "out_o2")


def forward(w: Numbers, x: Numbers) -> Numbers:
    """Return the network's outputs out_o1, out_o2."""
    (
        w1,
        w2,
        w3,
        w4,
        w5,
        w6,
        b1_1,
        b1_2,
        b1_3,
        A1_1_1_1,
        A1_1_1_2,
        A1_1_2_1,
        A1_1_2_2,
        A1_2_1_1,
        A1_2_1_2,
        A1_2_2_1,
        A1_2_2_2,
        A1_3_1_1,
        A1_3_1_2,
        A1_3_2_1,
        A1_3_2_2,
    ) = w
    x1, x2 = x
    # [1]
    y1_1 = (
        A1_1_1_1 * x1**2
        + A1_1_1_2 * x1 * x2
        + A1_1_2_1 * x1 * x2
        + A1_1_2_2 * x2**2
        + b1_1
    )
    # [1]
    y1_2 = (
        A1_2_1_1 * x1**2
        + A1_2_1_2 * x1 * x2
        + A1_2_2_1 * x1 * x2
        + A1_2_2_2 * x2**2
        + b1_2
    )
    # [1]
    y1_3 = (
        A1_3_1_1 * x1**2
        + A1_3_1_2 * x1 * x2
        + A1_3_2_1 * x1 * x2
        + A1_3_2_2 * x2**2
        + b1_3
    )
    net_o1 = w1 * y1_1 + w3 * y1_2 + w5 * y1_3  # [2]
    net_o2 = w2 * y1_1 + w4 * y1_2 + w6 * y1_3  # [2]
    out_o1 = 1 / (1 + np.exp(-net_o1))  # [3]
    out_o2 = 1 / (1 + np.exp(-net_o2))  # [3]
    return out_o1, out_o2


def loss(w: Numbers, x: Numbers, y: Numbers) -> Number:
    """Return the loss E of one sample, or of each."""
    out_o1, out_o2 = forward(w, x)
    y1, y2 = y
    E = (out_o1 - y1) ** 2 / 2 + (out_o2 - y2) ** 2 / 2  # [4]
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
        b1_1,
        b1_2,
        b1_3,
        A1_1_1_1,
        A1_1_1_2,
        A1_1_2_1,
        A1_1_2_2,
        A1_2_1_1,
        A1_2_1_2,
        A1_2_2_1,
        A1_2_2_2,
        A1_3_1_1,
        A1_3_1_2,
        A1_3_2_1,
        A1_3_2_2,
    ) = w
    x1, x2 = x
    y1, y2 = y
    # [1]
    y1_1 = (
        A1_1_1_1 * x1**2
        + A1_1_1_2 * x1 * x2
        + A1_1_2_1 * x1 * x2
        + A1_1_2_2 * x2**2
        + b1_1
    )
    # [1]
    y1_2 = (
        A1_2_1_1 * x1**2
        + A1_2_1_2 * x1 * x2
        + A1_2_2_1 * x1 * x2
        + A1_2_2_2 * x2**2
        + b1_2
    )
    # [1]
    y1_3 = (
        A1_3_1_1 * x1**2
        + A1_3_1_2 * x1 * x2
        + A1_3_2_1 * x1 * x2
        + A1_3_2_2 * x2**2
        + b1_3
    )
    net_o1 = w1 * y1_1 + w3 * y1_2 + w5 * y1_3  # [2]
    net_o2 = w2 * y1_1 + w4 * y1_2 + w6 * y1_3  # [2]
    out_o1 = 1 / (1 + np.exp(-net_o1))  # [3]
    out_o2 = 1 / (1 + np.exp(-net_o2))  # [3]
    E = (out_o1 - y1) ** 2 / 2 + (out_o2 - y2) ** 2 / 2  # [4]
    delta_o1 = (out_o1 - y1) * out_o1 * (1 - out_o1)  # [5]
    delta_o2 = (out_o2 - y2) * out_o2 * (1 - out_o2)  # [5]
    dw1 = delta_o1 * y1_1  # [6]
    dw3 = delta_o1 * y1_2  # [6]
    dw5 = delta_o1 * y1_3  # [6]
    dw2 = delta_o2 * y1_1  # [6]
    dw4 = delta_o2 * y1_2  # [6]
    dw6 = delta_o2 * y1_3  # [6]
    dy1_1 = delta_o1 * w1 + delta_o2 * w2  # [7]
    dy1_2 = delta_o1 * w3 + delta_o2 * w4  # [7]
    dy1_3 = delta_o1 * w5 + delta_o2 * w6  # [7]
    db1_1 = dy1_1  # [8]
    db1_2 = dy1_2  # [8]
    db1_3 = dy1_3  # [8]
    dA1_1_1_1 = dy1_1 * x1**2  # [9]
    dA1_1_1_2 = dy1_1 * x1 * x2  # [9]
    dA1_1_2_1 = dy1_1 * x1 * x2  # [9]
    dA1_1_2_2 = dy1_1 * x2**2  # [9]
    dA1_2_1_1 = dy1_2 * x1**2  # [9]
    dA1_2_1_2 = dy1_2 * x1 * x2  # [9]
    dA1_2_2_1 = dy1_2 * x1 * x2  # [9]
    dA1_2_2_2 = dy1_2 * x2**2  # [9]
    dA1_3_1_1 = dy1_3 * x1**2  # [9]
    dA1_3_1_2 = dy1_3 * x1 * x2  # [9]
    dA1_3_2_1 = dy1_3 * x1 * x2  # [9]
    dA1_3_2_2 = dy1_3 * x2**2  # [9]
    return E, (
        dw1,
        dw2,
        dw3,
        dw4,
        dw5,
        dw6,
        db1_1,
        db1_2,
        db1_3,
        dA1_1_1_1,
        dA1_1_1_2,
        dA1_1_2_1,
        dA1_1_2_2,
        dA1_2_1_1,
        dA1_2_1_2,
        dA1_2_2_1,
        dA1_2_2_2,
        dA1_3_1_1,
        dA1_3_1_2,
        dA1_3_2_1,
        dA1_3_2_2,
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
        0.3,
        0.9,
        -0.6,
        0.2,
        0.4,
        -0.5,
        0.1,
        0.0,
        -0.1,
        0.2,
        -0.4,
        0.5,
        0.6,
        0.1,
        -0.5,
        -0.3,
        0.8,
        0.7,
        0.3,
        -0.2,
        0.4,
    )
    x = (0.5, 0.3)
    y = (0.23, -0.07)
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
