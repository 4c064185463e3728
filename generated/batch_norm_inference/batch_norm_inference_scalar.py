"""batch_norm_inference: Batch norm with running mean and variance.

Loss: mse, mean; targets are values.

Layers:
    inputs 2
    dense 2, identity
    bias
    batchnorm inference

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
    "b2_1",
    "b2_2",
    "gamma3_1",
    "gamma3_2",
    "beta3_1",
    "beta3_2",
    "mean3_1",
    "mean3_2",
    "var3_1",
    "var3_2",
)
TRAINED = (
    "w1",
    "w2",
    "w3",
    "w4",
    "b2_1",
    "b2_2",
    "gamma3_1",
    "gamma3_2",
    "beta3_1",
    "beta3_2",
)
OUTPUTS = ("Y3_1", "Y3_2")


def forward(w: Numbers, x: Numbers) -> Numbers:
    """Return the network's outputs Y3_1, Y3_2."""
    (
        w1,
        w2,
        w3,
        w4,
        b2_1,
        b2_2,
        gamma3_1,
        gamma3_2,
        beta3_1,
        beta3_2,
        mean3_1,
        mean3_2,
        var3_1,
        var3_2,
    ) = w
    x1, x2 = x
    net_o1 = w1 * x1 + w3 * x2  # [1]
    net_o2 = w2 * x1 + w4 * x2  # [1]
    Y2_1 = b2_1 + net_o1  # [2]
    Y2_2 = b2_2 + net_o2  # [2]
    sigma3_1 = np.sqrt(var3_1 + 1e-05)  # [3]
    sigma3_2 = np.sqrt(var3_2 + 1e-05)  # [3]
    xhat3_1 = (Y2_1 - mean3_1) / sigma3_1  # [4]
    xhat3_2 = (Y2_2 - mean3_2) / sigma3_2  # [4]
    Y3_1 = gamma3_1 * xhat3_1 + beta3_1  # [5]
    Y3_2 = gamma3_2 * xhat3_2 + beta3_2  # [5]
    return Y3_1, Y3_2


def loss(w: Numbers, x: Numbers, y: Numbers) -> Number:
    """Return the loss E of one sample, or of each."""
    Y3_1, Y3_2 = forward(w, x)
    y1, y2 = y
    E = (Y3_1 - y1) ** 2 / 2 + (Y3_2 - y2) ** 2 / 2  # [6]
    return E


def loss_and_gradients(w: Numbers, x: Numbers, y: Numbers) -> tuple[Number, Numbers]:
    """Return the loss E and its gradient by each trained number, in the order of TRAINED."""
    (
        w1,
        w2,
        w3,
        w4,
        b2_1,
        b2_2,
        gamma3_1,
        gamma3_2,
        beta3_1,
        beta3_2,
        mean3_1,
        mean3_2,
        var3_1,
        var3_2,
    ) = w
    x1, x2 = x
    y1, y2 = y
    net_o1 = w1 * x1 + w3 * x2  # [1]
    net_o2 = w2 * x1 + w4 * x2  # [1]
    Y2_1 = b2_1 + net_o1  # [2]
    Y2_2 = b2_2 + net_o2  # [2]
    sigma3_1 = np.sqrt(var3_1 + 1e-05)  # [3]
    sigma3_2 = np.sqrt(var3_2 + 1e-05)  # [3]
    xhat3_1 = (Y2_1 - mean3_1) / sigma3_1  # [4]
    xhat3_2 = (Y2_2 - mean3_2) / sigma3_2  # [4]
    Y3_1 = gamma3_1 * xhat3_1 + beta3_1  # [5]
    Y3_2 = gamma3_2 * xhat3_2 + beta3_2  # [5]
    E = (Y3_1 - y1) ** 2 / 2 + (Y3_2 - y2) ** 2 / 2  # [6]
    dY3_1 = Y3_1 - y1  # [7]
    dY3_2 = Y3_2 - y2  # [7]
    dgamma3_1 = dY3_1 * xhat3_1  # [8]
    dgamma3_2 = dY3_2 * xhat3_2  # [8]
    dbeta3_1 = dY3_1  # [9]
    dbeta3_2 = dY3_2  # [9]
    dY2_1 = dY3_1 * gamma3_1 / sigma3_1  # [10]
    dY2_2 = dY3_2 * gamma3_2 / sigma3_2  # [10]
    db2_1 = dY2_1  # [11]
    db2_2 = dY2_2  # [11]
    delta_o1 = dY2_1  # [12]
    delta_o2 = dY2_2  # [12]
    dw1 = delta_o1 * x1  # [13]
    dw3 = delta_o1 * x2  # [13]
    dw2 = delta_o2 * x1  # [13]
    dw4 = delta_o2 * x2  # [13]
    return E, (
        dw1,
        dw2,
        dw3,
        dw4,
        db2_1,
        db2_2,
        dgamma3_1,
        dgamma3_2,
        dbeta3_1,
        dbeta3_2,
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
    w = (0.2, -0.4, 0.5, 0.6, 0.1, -0.1, 1.0, 1.5, 0.0, 0.25, 0.2, 0.1, 0.09, 0.25)
    x = (0.5, 0.3)
    y = (0.1, 0.9)
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
