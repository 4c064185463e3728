"""batch_norm_inference: Batch norm with running mean and variance.

Loss: mse, mean; targets are values.

Layers:
    inputs 2
    dense 2, identity
    bias
    batchnorm inference

Pure NumPy; every line carries the shape of its value and, in brackets, the number
of the line of the derivation it comes from.

Derivation in index notation (dQ is the gradient of E by Q):
    [1] Z1[n,j] = sum(i: W1[j,i]*X[n,i])
    [2] Y2[n,i] = Z1[n,i] + b2[i]
    [3] sigma3[i] = sqrt(var3[i] + 0.00001)
    [4] xhat3[n,i] = (Y2[n,i] - mean3[i])/sigma3[i]
    [5] Y3[n,i] = gamma3[i]*xhat3[n,i] + beta3[i]
    [6] E = sum(n,j: (Y3[n,j] - T[n,j])**2)/(K*N)
    [7] dY3[n,i] = 2*(Y3[n,i] - T[n,i])/(K*N)
    [8] dgamma3[i] = sum(n: dY3[n,i]*xhat3[n,i])
    [9] dbeta3[i] = sum(n: dY3[n,i])
    [10] dY2[n,i] = dY3[n,i]*gamma3[i]/sigma3[i]
    [11] db2[i] = sum(n: dY2[n,i])
    [12] dZ1[n,j] = dY2[n,j]
    [13] dW1[j,i] = sum(n: dZ1[n,j]*X[n,i])
"""

import numpy as np

Array = np.ndarray
Arrays = dict[str, Array]

D = 2  # inputs
K = 2  # outputs

SHAPES = {
    "W1": (K, D),
    "b2": (K,),
    "gamma3": (K,),
    "beta3": (K,),
    "mean3": (K,),
    "var3": (K,),
}
TRAINED = ("W1", "b2", "gamma3", "beta3")


def forward(params: Arrays, X: Array) -> Arrays:
    """Return every value on the way to the network's output Y3, by name."""
    check(params, X)
    W1 = params["W1"]  # (K, D)
    b2 = params["b2"]  # (K,)
    gamma3 = params["gamma3"]  # (K,)
    beta3 = params["beta3"]  # (K,)
    mean3 = params["mean3"]  # (K,)
    var3 = params["var3"]  # (K,)
    Z1 = X @ W1.T  # (N, K) [1]  layer 1, dense
    Y2 = Z1 + b2  # (N, K) [2]  layer 2, bias
    sigma3 = np.sqrt(var3 + 1e-05)  # (K,) [3]  layer 3, batchnorm_inference
    xhat3 = (Y2 - mean3) / sigma3  # (N, K) [4]  layer 3, batchnorm_inference
    Y3 = gamma3 * xhat3 + beta3  # (N, K) [5]  layer 3, batchnorm_inference
    return {
        "Z1": Z1,
        "Y2": Y2,
        "sigma3": sigma3,
        "xhat3": xhat3,
        "Y3": Y3,
    }


def loss(params: Arrays, X: Array, T: Array) -> np.floating:
    """Return the loss E."""
    values = forward(params, X)
    check_targets(X, T)
    Y3 = values["Y3"]  # (N, K) [5]
    E = np.mean((Y3 - T) ** 2)  # () [6]  loss, mse, mean
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
    gamma3 = params["gamma3"]  # (K,)
    sigma3 = values["sigma3"]  # (K,) [3]
    xhat3 = values["xhat3"]  # (N, K) [4]
    Y3 = values["Y3"]  # (N, K) [5]
    E = np.mean((Y3 - T) ** 2)  # () [6]  loss, mse, mean
    dY3 = 2 * (Y3 - T) / (K * N)  # (N, K) [7]
    dgamma3 = np.sum(dY3 * xhat3, axis=0)  # (K,) [8]
    dbeta3 = dY3.sum(axis=0)  # (K,) [9]
    dY2 = dY3 * gamma3 / sigma3  # (N, K) [10]
    db2 = dY2.sum(axis=0)  # (K,) [11]
    dZ1 = dY2  # (N, K) [12]
    dW1 = dZ1.T @ X  # (K, D) [13]
    return E, {
        "W1": dW1,
        "b2": db2,
        "gamma3": dgamma3,
        "beta3": dbeta3,
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
        raise ValueError(f"X has shape {X.shape}, expected (N, 2)")
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
    X = np.array([[0.5, 0.3], [-0.2, 0.7]], dtype=dtype)
    T = np.array([[0.1, 0.9], [0.4, 0.2]], dtype=dtype)
    b2 = np.array([0.1, -0.1], dtype=dtype)
    gamma3 = np.array([1.0, 1.5], dtype=dtype)
    beta3 = np.array([0.0, 0.25], dtype=dtype)
    mean3 = np.array([0.2, 0.1], dtype=dtype)
    var3 = np.array([0.09, 0.25], dtype=dtype)
    W1 = np.array([[0.2, 0.5], [-0.4, 0.6]], dtype=dtype)
    params = {
        "W1": W1,
        "b2": b2,
        "gamma3": gamma3,
        "beta3": beta3,
        "mean3": mean3,
        "var3": var3,
    }
    return params, X, T, 0.5


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
