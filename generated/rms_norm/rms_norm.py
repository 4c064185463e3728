"""rms_norm: RMS norm around a dense layer.

Loss: mse, mean; targets are values.

Layers:
    inputs 4
    rmsnorm
    dense 4, tanh
    rmsnorm
    dense 2, identity

Pure NumPy; every line carries the shape of its value and, in brackets, the number
of the line of the derivation it comes from.

Derivation in index notation (dQ is the gradient of E by Q):
    [1] ms1[n] = sum(i: X[n,i]**2)/D
    [2] rms1[n] = sqrt(ms1[n] + 0.00001)
    [3] xhat1[n,i] = X[n,i]/rms1[n]
    [4] Z2[n,j] = sum(i: W2[j,i]*xhat1[n,i])
    [5] A2[n,j] = tanh(Z2[n,j])
    [6] ms3[n] = sum(i: A2[n,i]**2)/H
    [7] rms3[n] = sqrt(ms3[n] + 0.000001)
    [8] xhat3[n,i] = A2[n,i]/rms3[n]
    [9] Y3[n,i] = gamma3[i]*xhat3[n,i]
    [10] Z4[n,j] = sum(i: W4[j,i]*Y3[n,i])
    [11] E = sum(n,j: (Z4[n,j] - T[n,j])**2)/(K*N)
    [12] dZ4[n,j] = 2*(Z4[n,j] - T[n,j])/(K*N)
    [13] dW4[j,i] = sum(n: dZ4[n,j]*Y3[n,i])
    [14] dY3[n,i] = sum(j: dZ4[n,j]*W4[j,i])
    [15] dgamma3[i] = sum(n: dY3[n,i]*xhat3[n,i])
    [16] dxhat3[n,i] = dY3[n,i]*gamma3[i]
    [17] drms3[n] = -sum(i: dxhat3[n,i]*xhat3[n,i])/rms3[n]
    [18] dms3[n] = drms3[n]/(2*rms3[n])
    [19] dZ2[n,j] = (dxhat3[n,j]/rms3[n] + 2*A2[n,j]*dms3[n]/H)*(1 - A2[n,j]**2)
    [20] dW2[j,i] = sum(n: dZ2[n,j]*xhat1[n,i])

Largest errors found, in units in the last place (ULP):
    tanh where |x| <= 30
        float64: at most 1.06 ULP, at 0.514237 (1787 points).
        float32: at most 1.28 ULP, at -0.548126 (1961 points).
    tanh_derivative where |x| <= 30
        float64: at most 2.99 ULP, at 2.44338 (2155 points).
        float32: at most 3.41 ULP, at 6.36785 (2185 points).
"""

import numpy as np

Array = np.ndarray
Arrays = dict[str, Array]

D = 4  # inputs
H = 4  # hidden units
K = 2  # outputs

SHAPES = {"W2": (H, D), "gamma3": (H,), "W4": (K, H)}
TRAINED = ("W2", "gamma3", "W4")


def tanh(x: Array) -> Array:
    """Return tanh(x).

    float64: at most 1.06 ULP, at 0.514237 (1787 points).
    Counted for |x| <= 30; nothing is spurious beyond.
    float32: at most 1.28 ULP, at -0.548126 (1961 points).
    """
    return np.tanh(x)


def tanh_derivative(x: Array) -> Array:
    """Return 1 - tanh(x)**2.

    float64: at most 2.99 ULP, at 2.44338 (2155 points).
    Counted for |x| <= 30; nothing is spurious beyond.
    float32: at most 3.41 ULP, at 6.36785 (2185 points).
    """
    a = np.abs(x)
    c = np.minimum(a, 1024)
    q = np.exp(-2 * c)
    return 4 * q / (1 + q) / (1 + q)


def forward(params: Arrays, X: Array) -> Arrays:
    """Return every value on the way to the network's output Z4, by name."""
    check(params, X)
    W2 = params["W2"]  # (H, D)
    gamma3 = params["gamma3"]  # (H,)
    W4 = params["W4"]  # (K, H)
    ms1 = np.mean(X**2, axis=1, keepdims=True)  # (N, 1) [1]  layer 1, rmsnorm
    rms1 = np.sqrt(ms1 + 1e-05)  # (N, 1) [2]  layer 1, rmsnorm
    xhat1 = X / rms1  # (N, D) [3]  layer 1, rmsnorm
    Z2 = xhat1 @ W2.T  # (N, H) [4]  layer 2, dense
    A2 = np.tanh(Z2)  # (N, H) [5]  layer 2, tanh
    ms3 = np.mean(A2**2, axis=1, keepdims=True)  # (N, 1) [6]  layer 3, rmsnorm
    rms3 = np.sqrt(ms3 + 1e-06)  # (N, 1) [7]  layer 3, rmsnorm
    xhat3 = A2 / rms3  # (N, H) [8]  layer 3, rmsnorm
    Y3 = gamma3 * xhat3  # (N, H) [9]  layer 3, rmsnorm
    Z4 = Y3 @ W4.T  # (N, K) [10]  layer 4, dense
    return {
        "ms1": ms1,
        "rms1": rms1,
        "xhat1": xhat1,
        "Z2": Z2,
        "A2": A2,
        "ms3": ms3,
        "rms3": rms3,
        "xhat3": xhat3,
        "Y3": Y3,
        "Z4": Z4,
    }


def loss(params: Arrays, X: Array, T: Array) -> np.floating:
    """Return the loss E."""
    values = forward(params, X)
    check_targets(X, T)
    Z4 = values["Z4"]  # (N, K) [10]
    E = np.mean((Z4 - T) ** 2)  # () [11]  loss, mse, mean
    return E


def loss_and_gradients(
    params: Arrays,
    X: Array,
    T: Array,
) -> tuple[np.floating, Arrays]:
    """Return the loss E and the gradient of each trained parameter, by name."""
    values = forward(params, X)
    check_targets(X, T)
    N = len(X)  # samples
    gamma3 = params["gamma3"]  # (H,)
    W4 = params["W4"]  # (K, H)
    xhat1 = values["xhat1"]  # (N, D) [3]
    Z2 = values["Z2"]  # (N, H) [4]
    A2 = values["A2"]  # (N, H) [5]
    rms3 = values["rms3"]  # (N, 1) [7]
    xhat3 = values["xhat3"]  # (N, H) [8]
    Y3 = values["Y3"]  # (N, H) [9]
    Z4 = values["Z4"]  # (N, K) [10]
    E = np.mean((Z4 - T) ** 2)  # () [11]  loss, mse, mean
    dZ4 = 2 * (Z4 - T) / (K * N)  # (N, K) [12]
    dW4 = dZ4.T @ Y3  # (K, H) [13]
    dY3 = dZ4 @ W4  # (N, H) [14]
    dgamma3 = np.sum(dY3 * xhat3, axis=0)  # (H,) [15]
    dxhat3 = dY3 * gamma3  # (N, H) [16]
    drms3 = -np.sum(dxhat3 * xhat3, axis=1, keepdims=True) / rms3  # (N, 1) [17]
    dms3 = drms3 / (2 * rms3)  # (N, 1) [18]
    dZ2 = (dxhat3 / rms3 + 2 * A2 * dms3 / H) * tanh_derivative(Z2)  # (N, H) [19]
    dW2 = dZ2.T @ xhat1  # (H, D) [20]
    return E, {
        "W2": dW2,
        "gamma3": dgamma3,
        "W4": dW4,
    }


def sgd_step(params: Arrays, grads: Arrays, learning_rate: float) -> Arrays:
    """Return the parameters after one step of gradient descent; frozen ones as they are."""
    step = float(learning_rate)
    return {
        name: value - step * grads[name] if name in grads else value
        for name, value in params.items()
    }


def train(
    params: Arrays,
    X: Array,
    T: Array,
    learning_rate: float,
    steps: int,
) -> tuple[Arrays, Array]:
    """Return the parameters after `steps` steps, and the loss before each step."""
    losses = np.empty(steps, dtype=X.dtype)
    for step in range(steps):
        losses[step], grads = loss_and_gradients(params, X, T)
        params = sgd_step(params, grads, learning_rate)
    return params, losses


def check(params: Arrays, X: Array) -> None:
    """Raise an error unless names, shapes and dtypes of the inputs fit together.

    Raises:
        KeyError: a parameter is missing.
        ValueError: a shape is wrong, or there is no sample.
        TypeError: something is no array, or dtypes are mixed, so that float32 would
            silently become float64.
    """
    for name, value in {**params, "X": X}.items():
        if not isinstance(value, np.ndarray | np.generic):
            raise TypeError(f"{name} is {type(value).__name__}, expected an array")
    if X.ndim != 2 or X.shape[1] != D:
        raise ValueError(f"X has shape {X.shape}, expected (N, 4)")
    if X.dtype not in (np.float32, np.float64):
        raise TypeError(f"X is {X.dtype}, expected float32 or float64")
    if len(X) == 0:
        raise ValueError("X has no samples, expected at least one")
    for name, shape in SHAPES.items():
        if name not in params:
            raise KeyError(f"parameter {name} is missing")
        if params[name].shape != shape:
            raise ValueError(f"{name} has shape {params[name].shape}, expected {shape}")
        if params[name].dtype != X.dtype:
            raise TypeError(f"{name} is {params[name].dtype} but X is {X.dtype}")


def check_targets(X: Array, T: Array) -> None:
    """Raise an error unless the targets fit the inputs.

    Raises:
        ValueError: the shape is wrong, or a class is out of range.
        TypeError: it is no array, or the dtype is another.
    """
    if not isinstance(T, np.ndarray):
        raise TypeError(f"T is {type(T).__name__}, expected an array")
    if T.shape != (len(X), K):
        raise ValueError(f"T has shape {T.shape}, expected ({len(X)}, 2)")
    if T.dtype != X.dtype:
        raise TypeError(f"T is {T.dtype} but X is {X.dtype}")


def example(
    dtype: type[np.floating] = np.float64,
) -> tuple[Arrays, Array, Array, float]:
    """Return parameters, inputs, targets and learning rate of the worked numbers."""
    stream = np.random.RandomState(0).randint
    X = stream(-1000, 1001, (2, 4), dtype=np.int64)
    X = (X / 1000).astype(dtype)
    T = stream(0, 1001, (2, 2), dtype=np.int64)
    T = (T / 1000).astype(dtype)
    W2 = stream(-5000, 5001, (4, 4), dtype=np.int64)
    W2 = (W2 / 10000).astype(dtype)
    gamma3 = stream(9000, 11001, (4,), dtype=np.int64)
    gamma3 = (gamma3 / 10000).astype(dtype)
    W4 = stream(-5000, 5001, (2, 4), dtype=np.int64)
    W4 = (W4 / 10000).astype(dtype)
    params = {
        "W2": W2,
        "gamma3": gamma3,
        "W4": W4,
    }
    return params, X, T, 0.1


def main() -> None:
    """Print the worked numbers: forward pass, loss, gradients, one step."""
    params, X, T, learning_rate = example()
    E, grads = loss_and_gradients(params, X, T)
    after = sgd_step(params, grads, learning_rate)
    rows = [*forward(params, X).items(), ("E", np.asarray(E))]
    rows += [(f"d{name}", grad) for name, grad in grads.items()]
    rows += [(f"{name} after one step", after[name]) for name in grads]
    for name, value in rows:
        print(f"{name} =")
        print(np.array2string(np.asarray(value), precision=8, prefix=""))


if __name__ == "__main__":
    main()
