"""own_layers: Low rank and radial layers in index notation.

Loss: mse, mean; targets are values.

Layers:
    inputs 3
    h[n,j] = sum(i: U[j,i]*x[n,i])
    y[n,k] = sum(j: V[k,j]*tanh(h[n,j])) + b[k]
    y[n,k] = exp(-sum(i: (x[n,i] - c[k,i])**2)*s)
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
    "U1_1_1",
    "U1_1_2",
    "U1_1_3",
    "U1_2_1",
    "U1_2_2",
    "U1_2_3",
    "b1_1",
    "b1_2",
    "b1_3",
    "b1_4",
    "V1_1_1",
    "V1_1_2",
    "V1_2_1",
    "V1_2_2",
    "V1_3_1",
    "V1_3_2",
    "V1_4_1",
    "V1_4_2",
    "s2",
    "c2_1_1",
    "c2_1_2",
    "c2_1_3",
    "c2_1_4",
    "c2_2_1",
    "c2_2_2",
    "c2_2_3",
    "c2_2_4",
    "c2_3_1",
    "c2_3_2",
    "c2_3_3",
    "c2_3_4",
)
TRAINED = (
    "w1",
    "w2",
    "w3",
    "U1_1_1",
    "U1_1_2",
    "U1_1_3",
    "U1_2_1",
    "U1_2_2",
    "U1_2_3",
    "b1_1",
    "b1_2",
    "b1_3",
    "b1_4",
    "V1_1_1",
    "V1_1_2",
    "V1_2_1",
    "V1_2_2",
    "V1_3_1",
    "V1_3_2",
    "V1_4_1",
    "V1_4_2",
    "s2",
    "c2_1_1",
    "c2_1_2",
    "c2_1_3",
    "c2_1_4",
    "c2_2_1",
    "c2_2_2",
    "c2_2_3",
    "c2_2_4",
    "c2_3_1",
    "c2_3_2",
    "c2_3_3",
    "c2_3_4",
)
OUTPUTS = ("net_o1",)


def forward(w: Numbers, x: Numbers) -> Numbers:
    """Return the network's outputs net_o1."""
    (
        w1,
        w2,
        w3,
        U1_1_1,
        U1_1_2,
        U1_1_3,
        U1_2_1,
        U1_2_2,
        U1_2_3,
        b1_1,
        b1_2,
        b1_3,
        b1_4,
        V1_1_1,
        V1_1_2,
        V1_2_1,
        V1_2_2,
        V1_3_1,
        V1_3_2,
        V1_4_1,
        V1_4_2,
        s2,
        c2_1_1,
        c2_1_2,
        c2_1_3,
        c2_1_4,
        c2_2_1,
        c2_2_2,
        c2_2_3,
        c2_2_4,
        c2_3_1,
        c2_3_2,
        c2_3_3,
        c2_3_4,
    ) = w
    x1, x2, x3 = x
    h1_1 = U1_1_1 * x1 + U1_1_2 * x2 + U1_1_3 * x3  # [1]
    h1_2 = U1_2_1 * x1 + U1_2_2 * x2 + U1_2_3 * x3  # [1]
    y1_1 = V1_1_1 * np.tanh(h1_1) + V1_1_2 * np.tanh(h1_2) + b1_1  # [2]
    y1_2 = V1_2_1 * np.tanh(h1_1) + V1_2_2 * np.tanh(h1_2) + b1_2  # [2]
    y1_3 = V1_3_1 * np.tanh(h1_1) + V1_3_2 * np.tanh(h1_2) + b1_3  # [2]
    y1_4 = V1_4_1 * np.tanh(h1_1) + V1_4_2 * np.tanh(h1_2) + b1_4  # [2]
    # [3]
    y2_1_sum = (
        (y1_1 - c2_1_1) ** 2
        + (y1_2 - c2_1_2) ** 2
        + (y1_3 - c2_1_3) ** 2
        + (y1_4 - c2_1_4) ** 2
    )
    y2_1 = np.exp(-y2_1_sum * s2)
    # [3]
    y2_2_sum = (
        (y1_1 - c2_2_1) ** 2
        + (y1_2 - c2_2_2) ** 2
        + (y1_3 - c2_2_3) ** 2
        + (y1_4 - c2_2_4) ** 2
    )
    y2_2 = np.exp(-y2_2_sum * s2)
    # [3]
    y2_3_sum = (
        (y1_1 - c2_3_1) ** 2
        + (y1_2 - c2_3_2) ** 2
        + (y1_3 - c2_3_3) ** 2
        + (y1_4 - c2_3_4) ** 2
    )
    y2_3 = np.exp(-y2_3_sum * s2)
    net_o1 = w1 * y2_1 + w2 * y2_2 + w3 * y2_3  # [4]
    return (net_o1,)


def loss(w: Numbers, x: Numbers, y: Numbers) -> Number:
    """Return the loss E of one sample, or of each."""
    (net_o1,) = forward(w, x)
    (y1,) = y
    E = (net_o1 - y1) ** 2  # [5]
    return E


def loss_and_gradients(w: Numbers, x: Numbers, y: Numbers) -> tuple[Number, Numbers]:
    """Return the loss E and its gradient by each trained number, in the order of TRAINED."""
    (
        w1,
        w2,
        w3,
        U1_1_1,
        U1_1_2,
        U1_1_3,
        U1_2_1,
        U1_2_2,
        U1_2_3,
        b1_1,
        b1_2,
        b1_3,
        b1_4,
        V1_1_1,
        V1_1_2,
        V1_2_1,
        V1_2_2,
        V1_3_1,
        V1_3_2,
        V1_4_1,
        V1_4_2,
        s2,
        c2_1_1,
        c2_1_2,
        c2_1_3,
        c2_1_4,
        c2_2_1,
        c2_2_2,
        c2_2_3,
        c2_2_4,
        c2_3_1,
        c2_3_2,
        c2_3_3,
        c2_3_4,
    ) = w
    x1, x2, x3 = x
    (y1,) = y
    h1_1 = U1_1_1 * x1 + U1_1_2 * x2 + U1_1_3 * x3  # [1]
    h1_2 = U1_2_1 * x1 + U1_2_2 * x2 + U1_2_3 * x3  # [1]
    y1_1 = V1_1_1 * np.tanh(h1_1) + V1_1_2 * np.tanh(h1_2) + b1_1  # [2]
    y1_2 = V1_2_1 * np.tanh(h1_1) + V1_2_2 * np.tanh(h1_2) + b1_2  # [2]
    y1_3 = V1_3_1 * np.tanh(h1_1) + V1_3_2 * np.tanh(h1_2) + b1_3  # [2]
    y1_4 = V1_4_1 * np.tanh(h1_1) + V1_4_2 * np.tanh(h1_2) + b1_4  # [2]
    # [3]
    y2_1_sum = (
        (y1_1 - c2_1_1) ** 2
        + (y1_2 - c2_1_2) ** 2
        + (y1_3 - c2_1_3) ** 2
        + (y1_4 - c2_1_4) ** 2
    )
    y2_1 = np.exp(-y2_1_sum * s2)
    # [3]
    y2_2_sum = (
        (y1_1 - c2_2_1) ** 2
        + (y1_2 - c2_2_2) ** 2
        + (y1_3 - c2_2_3) ** 2
        + (y1_4 - c2_2_4) ** 2
    )
    y2_2 = np.exp(-y2_2_sum * s2)
    # [3]
    y2_3_sum = (
        (y1_1 - c2_3_1) ** 2
        + (y1_2 - c2_3_2) ** 2
        + (y1_3 - c2_3_3) ** 2
        + (y1_4 - c2_3_4) ** 2
    )
    y2_3 = np.exp(-y2_3_sum * s2)
    net_o1 = w1 * y2_1 + w2 * y2_2 + w3 * y2_3  # [4]
    E = (net_o1 - y1) ** 2  # [5]
    delta_o1 = 2 * net_o1 - 2 * y1  # [6]
    dw1 = delta_o1 * y2_1  # [7]
    dw2 = delta_o1 * y2_2  # [7]
    dw3 = delta_o1 * y2_3  # [7]
    dy2_1 = delta_o1 * w1  # [8]
    dy2_2 = delta_o1 * w2  # [8]
    dy2_3 = delta_o1 * w3  # [8]
    ds2_part = (y1_4 - c2_3_4) ** 2  # [9]
    ds2_part2 = (y1_3 - c2_3_3) ** 2  # [9]
    # [9]
    ds2_part3 = (y1_1 - c2_3_1) ** 2 + (y1_2 - c2_3_2) ** 2 + ds2_part2 + ds2_part
    ds2_part4 = ds2_part3 * dy2_3 * y2_3  # [9]
    ds2_part5 = (y1_4 - c2_2_4) ** 2  # [9]
    ds2_part6 = (y1_3 - c2_2_3) ** 2  # [9]
    # [9]
    ds2_part7 = (y1_1 - c2_2_1) ** 2 + (y1_2 - c2_2_2) ** 2 + ds2_part6 + ds2_part5
    ds2_part8 = ds2_part7 * dy2_2 * y2_2  # [9]
    ds2_part9 = (y1_4 - c2_1_4) ** 2  # [9]
    ds2_part10 = (y1_3 - c2_1_3) ** 2  # [9]
    # [9]
    ds2_part11 = (y1_1 - c2_1_1) ** 2 + (y1_2 - c2_1_2) ** 2 + ds2_part10 + ds2_part9
    ds2 = -ds2_part11 * dy2_1 * y2_1 - ds2_part8 - ds2_part4
    dc2_1_1 = 2 * (y1_1 - c2_1_1) * dy2_1 * s2 * y2_1  # [10]
    dc2_1_2 = 2 * (y1_2 - c2_1_2) * dy2_1 * s2 * y2_1  # [10]
    dc2_1_3 = 2 * (y1_3 - c2_1_3) * dy2_1 * s2 * y2_1  # [10]
    dc2_1_4 = 2 * (y1_4 - c2_1_4) * dy2_1 * s2 * y2_1  # [10]
    dc2_2_1 = 2 * (y1_1 - c2_2_1) * dy2_2 * s2 * y2_2  # [10]
    dc2_2_2 = 2 * (y1_2 - c2_2_2) * dy2_2 * s2 * y2_2  # [10]
    dc2_2_3 = 2 * (y1_3 - c2_2_3) * dy2_2 * s2 * y2_2  # [10]
    dc2_2_4 = 2 * (y1_4 - c2_2_4) * dy2_2 * s2 * y2_2  # [10]
    dc2_3_1 = 2 * (y1_1 - c2_3_1) * dy2_3 * s2 * y2_3  # [10]
    dc2_3_2 = 2 * (y1_2 - c2_3_2) * dy2_3 * s2 * y2_3  # [10]
    dc2_3_3 = 2 * (y1_3 - c2_3_3) * dy2_3 * s2 * y2_3  # [10]
    dc2_3_4 = 2 * (y1_4 - c2_3_4) * dy2_3 * s2 * y2_3  # [10]
    # [11]
    dy1_1_sum = (
        (c2_1_1 - y1_1) * dy2_1 * y2_1
        + (c2_2_1 - y1_1) * dy2_2 * y2_2
        + (c2_3_1 - y1_1) * dy2_3 * y2_3
    )
    dy1_1 = 2 * dy1_1_sum * s2
    # [11]
    dy1_2_sum = (
        (c2_1_2 - y1_2) * dy2_1 * y2_1
        + (c2_2_2 - y1_2) * dy2_2 * y2_2
        + (c2_3_2 - y1_2) * dy2_3 * y2_3
    )
    dy1_2 = 2 * dy1_2_sum * s2
    # [11]
    dy1_3_sum = (
        (c2_1_3 - y1_3) * dy2_1 * y2_1
        + (c2_2_3 - y1_3) * dy2_2 * y2_2
        + (c2_3_3 - y1_3) * dy2_3 * y2_3
    )
    dy1_3 = 2 * dy1_3_sum * s2
    # [11]
    dy1_4_sum = (
        (c2_1_4 - y1_4) * dy2_1 * y2_1
        + (c2_2_4 - y1_4) * dy2_2 * y2_2
        + (c2_3_4 - y1_4) * dy2_3 * y2_3
    )
    dy1_4 = 2 * dy1_4_sum * s2
    db1_1 = dy1_1  # [12]
    db1_2 = dy1_2  # [12]
    db1_3 = dy1_3  # [12]
    db1_4 = dy1_4  # [12]
    dV1_1_1 = dy1_1 * np.tanh(h1_1)  # [13]
    dV1_1_2 = dy1_1 * np.tanh(h1_2)  # [13]
    dV1_2_1 = dy1_2 * np.tanh(h1_1)  # [13]
    dV1_2_2 = dy1_2 * np.tanh(h1_2)  # [13]
    dV1_3_1 = dy1_3 * np.tanh(h1_1)  # [13]
    dV1_3_2 = dy1_3 * np.tanh(h1_2)  # [13]
    dV1_4_1 = dy1_4 * np.tanh(h1_1)  # [13]
    dV1_4_2 = dy1_4 * np.tanh(h1_2)  # [13]
    # [14]
    dh1_1_sum = V1_1_1 * dy1_1 + V1_2_1 * dy1_2 + V1_3_1 * dy1_3 + V1_4_1 * dy1_4
    dh1_1 = dh1_1_sum * (1 - np.tanh(h1_1) ** 2)
    # [14]
    dh1_2_sum = V1_1_2 * dy1_1 + V1_2_2 * dy1_2 + V1_3_2 * dy1_3 + V1_4_2 * dy1_4
    dh1_2 = dh1_2_sum * (1 - np.tanh(h1_2) ** 2)
    dU1_1_1 = dh1_1 * x1  # [15]
    dU1_1_2 = dh1_1 * x2  # [15]
    dU1_1_3 = dh1_1 * x3  # [15]
    dU1_2_1 = dh1_2 * x1  # [15]
    dU1_2_2 = dh1_2 * x2  # [15]
    dU1_2_3 = dh1_2 * x3  # [15]
    return E, (
        dw1,
        dw2,
        dw3,
        dU1_1_1,
        dU1_1_2,
        dU1_1_3,
        dU1_2_1,
        dU1_2_2,
        dU1_2_3,
        db1_1,
        db1_2,
        db1_3,
        db1_4,
        dV1_1_1,
        dV1_1_2,
        dV1_2_1,
        dV1_2_2,
        dV1_3_1,
        dV1_3_2,
        dV1_4_1,
        dV1_4_2,
        ds2,
        dc2_1_1,
        dc2_1_2,
        dc2_1_3,
        dc2_1_4,
        dc2_2_1,
        dc2_2_2,
        dc2_2_3,
        dc2_2_4,
        dc2_3_1,
        dc2_3_2,
        dc2_3_3,
        dc2_3_4,
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
        0.2962,
        0.0913,
        -0.506,
        0.097,
        -0.2306,
        -0.5069,
        -0.3175,
        0.4553,
        -0.3552,
        0.0624,
        -0.0151,
        0.0701,
        -0.0463,
        0.4014,
        -0.0855,
        -0.015,
        -0.1035,
        -0.4908,
        -0.1999,
        -0.222,
        0.0806,
        0.0871,
        0.2599,
        -0.2504,
        0.3291,
        -0.4245,
        -0.4203,
        -0.4341,
        -0.1781,
        0.3615,
        0.2456,
        -0.1663,
        -0.2255,
        -0.0265,
    )
    x = (-0.316, -0.441, 0.653)
    y = (0.723,)
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
