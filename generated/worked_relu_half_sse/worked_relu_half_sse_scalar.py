"""worked_relu_half_sse: 2-2-2, ReLU on both layers, half squared error.

Loss: half_sse, sum; targets are values.

Layers:
    inputs 2
    dense 2, relu
    dense 2, relu

Weights by name, one sample: every name may be a float, or an array of runs that
broadcast. In brackets the number of the line of the derivation.
"""

import numpy as np

Number = float | np.ndarray
Numbers = tuple[Number, ...]

WEIGHTS = ("w1", "w2", "w3", "w4", "w5", "w6", "w7", "w8")
TRAINED = ("w1", "w2", "w3", "w4", "w5", "w6", "w7", "w8")
OUTPUTS = ("out_o1", "out_o2")


def forward(w: Numbers, x: Numbers) -> Numbers:
    """Return the network's outputs out_o1, out_o2."""
    w1, w2, w3, w4, w5, w6, w7, w8 = w
    x1, x2 = x
    net_h1 = w1 * x1 + w3 * x2  # [1]
    net_h2 = w2 * x1 + w4 * x2  # [1]
    out_h1 = np.maximum(net_h1, 0)  # [2]
    out_h2 = np.maximum(net_h2, 0)  # [2]
    net_o1 = w5 * out_h1 + w7 * out_h2  # [3]
    net_o2 = w6 * out_h1 + w8 * out_h2  # [3]
    out_o1 = np.maximum(net_o1, 0)  # [4]
    out_o2 = np.maximum(net_o2, 0)  # [4]
    return out_o1, out_o2


def loss(w: Numbers, x: Numbers, y: Numbers) -> Number:
    """Return the loss E of one sample, or of each."""
    out_o1, out_o2 = forward(w, x)
    y1, y2 = y
    E = (out_o1 - y1) ** 2 / 2 + (out_o2 - y2) ** 2 / 2  # [5]
    return E


def loss_and_gradients(w: Numbers, x: Numbers, y: Numbers) -> tuple[Number, Numbers]:
    """Return the loss E and its gradient by each trained number, in the order of TRAINED."""
    w1, w2, w3, w4, w5, w6, w7, w8 = w
    x1, x2 = x
    y1, y2 = y
    net_h1 = w1 * x1 + w3 * x2  # [1]
    net_h2 = w2 * x1 + w4 * x2  # [1]
    out_h1 = np.maximum(net_h1, 0)  # [2]
    out_h2 = np.maximum(net_h2, 0)  # [2]
    net_o1 = w5 * out_h1 + w7 * out_h2  # [3]
    net_o2 = w6 * out_h1 + w8 * out_h2  # [3]
    out_o1 = np.maximum(net_o1, 0)  # [4]
    out_o2 = np.maximum(net_o2, 0)  # [4]
    E = (out_o1 - y1) ** 2 / 2 + (out_o2 - y2) ** 2 / 2  # [5]
    delta_o1 = np.where(net_o1 > 0, out_o1 - y1, 0)  # [6]
    delta_o2 = np.where(net_o2 > 0, out_o2 - y2, 0)  # [6]
    dw5 = delta_o1 * out_h1  # [7]
    dw7 = delta_o1 * out_h2  # [7]
    dw6 = delta_o2 * out_h1  # [7]
    dw8 = delta_o2 * out_h2  # [7]
    delta_h1 = np.where(net_h1 > 0, delta_o1 * w5 + delta_o2 * w6, 0)  # [8]
    delta_h2 = np.where(net_h2 > 0, delta_o1 * w7 + delta_o2 * w8, 0)  # [8]
    dw1 = delta_h1 * x1  # [9]
    dw3 = delta_h1 * x2  # [9]
    dw2 = delta_h2 * x1  # [9]
    dw4 = delta_h2 * x2  # [9]
    return E, (dw1, dw2, dw3, dw4, dw5, dw6, dw7, dw8)


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
    """Return w, x, y and learning rate of the worked numbers."""
    w = (0.2, -0.4, 0.5, 0.6, 0.1, -0.5, -0.3, 0.8)
    x = (0.5, 0.3)
    y = (0.23, -0.07)
    return w, x, y, 1.0


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
