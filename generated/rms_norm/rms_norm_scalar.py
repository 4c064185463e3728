"""rms_norm: RMS norm around a dense layer.

Loss: mse, mean; targets are values.

Layers:
    inputs 4
    rmsnorm
    dense 4, tanh
    rmsnorm
    dense 2, identity

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
    "gamma3_1",
    "gamma3_2",
    "gamma3_3",
    "gamma3_4",
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
    "gamma3_1",
    "gamma3_2",
    "gamma3_3",
    "gamma3_4",
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
        gamma3_1,
        gamma3_2,
        gamma3_3,
        gamma3_4,
    ) = w
    x1, x2, x3, x4 = x
    ms1 = x1**2 / 4 + x2**2 / 4 + x3**2 / 4 + x4**2 / 4  # [1]
    rms1 = np.sqrt(ms1 + 1e-05)  # [2]
    xhat1_1 = x1 / rms1  # [3]
    xhat1_2 = x2 / rms1  # [3]
    xhat1_3 = x3 / rms1  # [3]
    xhat1_4 = x4 / rms1  # [3]
    net_h1 = w1 * xhat1_1 + w5 * xhat1_2 + w9 * xhat1_3 + w13 * xhat1_4  # [4]
    net_h2 = w2 * xhat1_1 + w6 * xhat1_2 + w10 * xhat1_3 + w14 * xhat1_4  # [4]
    net_h3 = w3 * xhat1_1 + w7 * xhat1_2 + w11 * xhat1_3 + w15 * xhat1_4  # [4]
    net_h4 = w4 * xhat1_1 + w8 * xhat1_2 + w12 * xhat1_3 + w16 * xhat1_4  # [4]
    out_h1 = np.tanh(net_h1)  # [5]
    out_h2 = np.tanh(net_h2)  # [5]
    out_h3 = np.tanh(net_h3)  # [5]
    out_h4 = np.tanh(net_h4)  # [5]
    ms3 = out_h1**2 / 4 + out_h2**2 / 4 + out_h3**2 / 4 + out_h4**2 / 4  # [6]
    rms3 = np.sqrt(ms3 + 1e-06)  # [7]
    xhat3_1 = out_h1 / rms3  # [8]
    xhat3_2 = out_h2 / rms3  # [8]
    xhat3_3 = out_h3 / rms3  # [8]
    xhat3_4 = out_h4 / rms3  # [8]
    Y3_1 = gamma3_1 * xhat3_1  # [9]
    Y3_2 = gamma3_2 * xhat3_2  # [9]
    Y3_3 = gamma3_3 * xhat3_3  # [9]
    Y3_4 = gamma3_4 * xhat3_4  # [9]
    net_o1 = w17 * Y3_1 + w19 * Y3_2 + w21 * Y3_3 + w23 * Y3_4  # [10]
    net_o2 = w18 * Y3_1 + w20 * Y3_2 + w22 * Y3_3 + w24 * Y3_4  # [10]
    return net_o1, net_o2


def loss(w: Numbers, x: Numbers, y: Numbers) -> Number:
    """Return the loss E of one sample, or of each."""
    net_o1, net_o2 = forward(w, x)
    y1, y2 = y
    E = (net_o1 - y1) ** 2 / 2 + (net_o2 - y2) ** 2 / 2  # [11]
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
        gamma3_1,
        gamma3_2,
        gamma3_3,
        gamma3_4,
    ) = w
    x1, x2, x3, x4 = x
    y1, y2 = y
    ms1 = x1**2 / 4 + x2**2 / 4 + x3**2 / 4 + x4**2 / 4  # [1]
    rms1 = np.sqrt(ms1 + 1e-05)  # [2]
    xhat1_1 = x1 / rms1  # [3]
    xhat1_2 = x2 / rms1  # [3]
    xhat1_3 = x3 / rms1  # [3]
    xhat1_4 = x4 / rms1  # [3]
    net_h1 = w1 * xhat1_1 + w5 * xhat1_2 + w9 * xhat1_3 + w13 * xhat1_4  # [4]
    net_h2 = w2 * xhat1_1 + w6 * xhat1_2 + w10 * xhat1_3 + w14 * xhat1_4  # [4]
    net_h3 = w3 * xhat1_1 + w7 * xhat1_2 + w11 * xhat1_3 + w15 * xhat1_4  # [4]
    net_h4 = w4 * xhat1_1 + w8 * xhat1_2 + w12 * xhat1_3 + w16 * xhat1_4  # [4]
    out_h1 = np.tanh(net_h1)  # [5]
    out_h2 = np.tanh(net_h2)  # [5]
    out_h3 = np.tanh(net_h3)  # [5]
    out_h4 = np.tanh(net_h4)  # [5]
    ms3 = out_h1**2 / 4 + out_h2**2 / 4 + out_h3**2 / 4 + out_h4**2 / 4  # [6]
    rms3 = np.sqrt(ms3 + 1e-06)  # [7]
    xhat3_1 = out_h1 / rms3  # [8]
    xhat3_2 = out_h2 / rms3  # [8]
    xhat3_3 = out_h3 / rms3  # [8]
    xhat3_4 = out_h4 / rms3  # [8]
    Y3_1 = gamma3_1 * xhat3_1  # [9]
    Y3_2 = gamma3_2 * xhat3_2  # [9]
    Y3_3 = gamma3_3 * xhat3_3  # [9]
    Y3_4 = gamma3_4 * xhat3_4  # [9]
    net_o1 = w17 * Y3_1 + w19 * Y3_2 + w21 * Y3_3 + w23 * Y3_4  # [10]
    net_o2 = w18 * Y3_1 + w20 * Y3_2 + w22 * Y3_3 + w24 * Y3_4  # [10]
    E = (net_o1 - y1) ** 2 / 2 + (net_o2 - y2) ** 2 / 2  # [11]
    delta_o1 = net_o1 - y1  # [12]
    delta_o2 = net_o2 - y2  # [12]
    dw17 = delta_o1 * Y3_1  # [13]
    dw19 = delta_o1 * Y3_2  # [13]
    dw21 = delta_o1 * Y3_3  # [13]
    dw23 = delta_o1 * Y3_4  # [13]
    dw18 = delta_o2 * Y3_1  # [13]
    dw20 = delta_o2 * Y3_2  # [13]
    dw22 = delta_o2 * Y3_3  # [13]
    dw24 = delta_o2 * Y3_4  # [13]
    dY3_1 = delta_o1 * w17 + delta_o2 * w18  # [14]
    dY3_2 = delta_o1 * w19 + delta_o2 * w20  # [14]
    dY3_3 = delta_o1 * w21 + delta_o2 * w22  # [14]
    dY3_4 = delta_o1 * w23 + delta_o2 * w24  # [14]
    dgamma3_1 = dY3_1 * xhat3_1  # [15]
    dgamma3_2 = dY3_2 * xhat3_2  # [15]
    dgamma3_3 = dY3_3 * xhat3_3  # [15]
    dgamma3_4 = dY3_4 * xhat3_4  # [15]
    dxhat3_1 = dY3_1 * gamma3_1  # [16]
    dxhat3_2 = dY3_2 * gamma3_2  # [16]
    dxhat3_3 = dY3_3 * gamma3_3  # [16]
    dxhat3_4 = dY3_4 * gamma3_4  # [16]
    # [17]
    drms3_sum = (
        dxhat3_1 * xhat3_1
        + dxhat3_2 * xhat3_2
        + dxhat3_3 * xhat3_3
        + dxhat3_4 * xhat3_4
    )
    drms3 = -drms3_sum / rms3
    dms3 = drms3 / (2 * rms3)  # [18]
    delta_h1 = (dms3 * out_h1 / 2 + dxhat3_1 / rms3) * (1 - out_h1**2)  # [19]
    delta_h2 = (dms3 * out_h2 / 2 + dxhat3_2 / rms3) * (1 - out_h2**2)  # [19]
    delta_h3 = (dms3 * out_h3 / 2 + dxhat3_3 / rms3) * (1 - out_h3**2)  # [19]
    delta_h4 = (dms3 * out_h4 / 2 + dxhat3_4 / rms3) * (1 - out_h4**2)  # [19]
    dw1 = delta_h1 * xhat1_1  # [20]
    dw5 = delta_h1 * xhat1_2  # [20]
    dw9 = delta_h1 * xhat1_3  # [20]
    dw13 = delta_h1 * xhat1_4  # [20]
    dw2 = delta_h2 * xhat1_1  # [20]
    dw6 = delta_h2 * xhat1_2  # [20]
    dw10 = delta_h2 * xhat1_3  # [20]
    dw14 = delta_h2 * xhat1_4  # [20]
    dw3 = delta_h3 * xhat1_1  # [20]
    dw7 = delta_h3 * xhat1_2  # [20]
    dw11 = delta_h3 * xhat1_3  # [20]
    dw15 = delta_h3 * xhat1_4  # [20]
    dw4 = delta_h4 * xhat1_1  # [20]
    dw8 = delta_h4 * xhat1_2  # [20]
    dw12 = delta_h4 * xhat1_3  # [20]
    dw16 = delta_h4 * xhat1_4  # [20]
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
        dgamma3_1,
        dgamma3_2,
        dgamma3_3,
        dgamma3_4,
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
        -0.1532,
        0.2768,
        0.1216,
        0.0072,
        -0.4295,
        -0.2103,
        0.1921,
        -0.0149,
        -0.2401,
        0.4893,
        0.1036,
        0.2877,
        0.3291,
        -0.1781,
        -0.4245,
        0.3615,
        -0.4203,
        0.2456,
        -0.4341,
        -0.1663,
        1.0871,
        1.0455,
        0.9448,
        0.985,
    )
    x = (-0.316, -0.441, 0.653, 0.216)
    y = (0.009, 0.723)
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
