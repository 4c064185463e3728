"""batch_norm_relu: Batch norm before the activation.

Loss: mse, mean; targets are values.

Layers:
    inputs 3
    dense 4, identity
    batchnorm
    relu
    dense 2 + bias, identity

Pure NumPy; every line carries the shape of its value and, in brackets, the number
of the line of the derivation it comes from.

Derivation in index notation (dQ is the gradient of E by Q):
    [1] Z1[n,j] = sum(i: W1[j,i]*X[n,i])
    [2] mu2[i] = sum(n: Z1[n,i])/N
    [3] var2[i] = sum(n: (Z1[n,i] - mu2[i])**2)/N
    [4] sigma2[i] = sqrt(var2[i] + 0.00001)
    [5] xhat2[n,i] = (Z1[n,i] - mu2[i])/sigma2[i]
    [6] Y2[n,i] = gamma2[i]*xhat2[n,i] + beta2[i]
    [7] A3[n,j] = max(Y2[n,j], 0)
    [8] Z4[n,j] = sum(i: W4[j,i]*A3[n,i]) + b4[j]
    [9] E = sum(n,j: (Z4[n,j] - T[n,j])**2)/(K*N)
    [10] dZ4[n,j] = 2*(Z4[n,j] - T[n,j])/(K*N)
    [11] dW4[j,i] = sum(n: dZ4[n,j]*A3[n,i])
    [12] db4[j] = sum(n: dZ4[n,j])
    [13] dY2[n,i] = where(Y2[n,i] > 0, sum(j: dZ4[n,j]*W4[j,i]), 0)
    [14] dgamma2[i] = sum(n: dY2[n,i]*xhat2[n,i])
    [15] dbeta2[i] = sum(n: dY2[n,i])
    [16] dxhat2[n,i] = dY2[n,i]*gamma2[i]
    [17] dsigma2[i] = -sum(n: dxhat2[n,i]*xhat2[n,i])/sigma2[i]
    [18] dvar2[i] = dsigma2[i]/(2*sigma2[i])
    [19] dmu2[i] = -sum(n: dxhat2[n,i])/sigma2[i]
    [20] dZ1[n,j] = dmu2[j]/N + dxhat2[n,j]/sigma2[j] + 2*(Z1[n,j] - mu2[j])*dvar2[j]/N
    [21] dW1[j,i] = sum(n: dZ1[n,j]*X[n,i])
"""

import numpy as np

Array = np.ndarray
Arrays = dict[str, Array]

D = 3  # inputs
H = 4  # hidden units
K = 2  # outputs

SHAPES = {"W1": (H, D), "gamma2": (H,), "beta2": (H,), "W4": (K, H), "b4": (K,)}
TRAINED = ("W1", "gamma2", "beta2", "W4", "b4")


def forward(params: Arrays, X: Array) -> Arrays:
    """Return every value on the way to the network's output Z4, by name."""
    check(params, X)
    W1 = params["W1"]  # (H, D)
    gamma2 = params["gamma2"]  # (H,)
    beta2 = params["beta2"]  # (H,)
    W4 = params["W4"]  # (K, H)
    b4 = params["b4"]  # (K,)
    Z1 = X @ W1.T  # (N, H) [1]  layer 1, dense
    mu2 = Z1.mean(axis=0)  # (H,) [2]  layer 2, batchnorm
    var2 = np.mean((Z1 - mu2) ** 2, axis=0)  # (H,) [3]  layer 2, batchnorm
    sigma2 = np.sqrt(var2 + 1e-05)  # (H,) [4]  layer 2, batchnorm
    xhat2 = (Z1 - mu2) / sigma2  # (N, H) [5]  layer 2, batchnorm
    Y2 = gamma2 * xhat2 + beta2  # (N, H) [6]  layer 2, batchnorm
    A3 = np.maximum(Y2, 0)  # (N, H) [7]  layer 3, relu
    Z4 = A3 @ W4.T + b4  # (N, K) [8]  layer 4, dense
    return {
        "Z1": Z1,
        "mu2": mu2,
        "var2": var2,
        "sigma2": sigma2,
        "xhat2": xhat2,
        "Y2": Y2,
        "A3": A3,
        "Z4": Z4,
    }


def loss(params: Arrays, X: Array, T: Array) -> np.floating:
    """Return the loss E."""
    values = forward(params, X)
    check_targets(X, T)
    Z4 = values["Z4"]  # (N, K) [8]
    E = np.mean((Z4 - T) ** 2)  # () [9]  loss, mse, mean
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
    gamma2 = params["gamma2"]  # (H,)
    W4 = params["W4"]  # (K, H)
    Z1 = values["Z1"]  # (N, H) [1]
    mu2 = values["mu2"]  # (H,) [2]
    sigma2 = values["sigma2"]  # (H,) [4]
    xhat2 = values["xhat2"]  # (N, H) [5]
    Y2 = values["Y2"]  # (N, H) [6]
    A3 = values["A3"]  # (N, H) [7]
    Z4 = values["Z4"]  # (N, K) [8]
    E = np.mean((Z4 - T) ** 2)  # () [9]  loss, mse, mean
    dZ4 = 2 * (Z4 - T) / (K * N)  # (N, K) [10]
    dW4 = dZ4.T @ A3  # (K, H) [11]
    db4 = dZ4.sum(axis=0)  # (K,) [12]
    dY2 = np.where(Y2 > 0, dZ4 @ W4, 0)  # (N, H) [13]
    dgamma2 = np.sum(dY2 * xhat2, axis=0)  # (H,) [14]
    dbeta2 = dY2.sum(axis=0)  # (H,) [15]
    dxhat2 = dY2 * gamma2  # (N, H) [16]
    dsigma2 = -np.sum(dxhat2 * xhat2, axis=0) / sigma2  # (H,) [17]
    dvar2 = dsigma2 / (2 * sigma2)  # (H,) [18]
    dmu2 = -dxhat2.sum(axis=0) / sigma2  # (H,) [19]
    dZ1 = dmu2 / N + dxhat2 / sigma2 + 2 * (Z1 - mu2) * dvar2 / N  # (N, H) [20]
    dW1 = dZ1.T @ X  # (H, D) [21]
    return E, {
        "W1": dW1,
        "gamma2": dgamma2,
        "beta2": dbeta2,
        "W4": dW4,
        "b4": db4,
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
        raise ValueError(f"X has shape {X.shape}, expected (N, 3)")
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
    X = stream(-1000, 1001, (5, 3), dtype=np.int64)
    X = (X / 1000).astype(dtype)
    T = stream(0, 1001, (5, 2), dtype=np.int64)
    T = (T / 1000).astype(dtype)
    W1 = stream(-5774, 5775, (4, 3), dtype=np.int64)
    W1 = (W1 / 10000).astype(dtype)
    gamma2 = stream(9000, 11001, (4,), dtype=np.int64)
    gamma2 = (gamma2 / 10000).astype(dtype)
    beta2 = stream(-1000, 1001, (4,), dtype=np.int64)
    beta2 = (beta2 / 10000).astype(dtype)
    W4 = stream(-5000, 5001, (2, 4), dtype=np.int64)
    W4 = (W4 / 10000).astype(dtype)
    b4 = stream(-1000, 1001, (2,), dtype=np.int64)
    b4 = (b4 / 10000).astype(dtype)
    params = {
        "W1": W1,
        "gamma2": gamma2,
        "beta2": beta2,
        "W4": W4,
        "b4": b4,
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
