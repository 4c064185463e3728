"""sine_fit_h2: A noisy sine, fitted by 2 sigmoid units.

Loss: mse, mean; targets are values.

Layers:
    inputs 1
    dense 2 + bias, sigmoid
    dense 1 + bias, identity

Weights by name, one sample: every name may be a float, or an array of runs that
broadcast. In brackets the number of the line of the derivation.
"""

import numpy as np

Number = float | np.ndarray
Numbers = tuple[Number, ...]

WEIGHTS = ("w1", "w2", "w3", "w4", "b_h1", "b_h2", "b_o1")
TRAINED = ("w1", "w2", "w3", "w4", "b_h1", "b_h2", "b_o1")
OUTPUTS = ("net_o1",)


def forward(w: Numbers, x: Numbers) -> Numbers:
    """Return the network's outputs net_o1."""
    w1, w2, w3, w4, b_h1, b_h2, b_o1 = w
    (x1,) = x
    net_h1 = w1 * x1 + b_h1  # [1]
    net_h2 = w2 * x1 + b_h2  # [1]
    out_h1 = 1 / (1 + np.exp(-net_h1))  # [2]
    out_h2 = 1 / (1 + np.exp(-net_h2))  # [2]
    net_o1 = w3 * out_h1 + w4 * out_h2 + b_o1  # [3]
    return (net_o1,)


def loss(w: Numbers, x: Numbers, y: Numbers) -> Number:
    """Return the loss E of one sample, or of each."""
    (net_o1,) = forward(w, x)
    (y1,) = y
    E = (net_o1 - y1) ** 2  # [4]
    return E


def loss_and_gradients(w: Numbers, x: Numbers, y: Numbers) -> tuple[Number, Numbers]:
    """Return the loss E and its gradient by each trained number, in the order of TRAINED."""
    w1, w2, w3, w4, b_h1, b_h2, b_o1 = w
    (x1,) = x
    (y1,) = y
    net_h1 = w1 * x1 + b_h1  # [1]
    net_h2 = w2 * x1 + b_h2  # [1]
    out_h1 = 1 / (1 + np.exp(-net_h1))  # [2]
    out_h2 = 1 / (1 + np.exp(-net_h2))  # [2]
    net_o1 = w3 * out_h1 + w4 * out_h2 + b_o1  # [3]
    E = (net_o1 - y1) ** 2  # [4]
    delta_o1 = 2 * net_o1 - 2 * y1  # [5]
    dw3 = delta_o1 * out_h1  # [6]
    dw4 = delta_o1 * out_h2  # [6]
    db_o1 = delta_o1  # [7]
    delta_h1 = delta_o1 * w3 * out_h1 * (1 - out_h1)  # [8]
    delta_h2 = delta_o1 * w4 * out_h2 * (1 - out_h2)  # [8]
    dw1 = delta_h1 * x1  # [9]
    dw2 = delta_h2 * x1  # [9]
    db_h1 = delta_h1  # [10]
    db_h2 = delta_h2  # [10]
    return E, (dw1, dw2, dw3, dw4, db_h1, db_h2, db_o1)


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
