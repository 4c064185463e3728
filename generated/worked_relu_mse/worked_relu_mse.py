"""worked_relu_mse: 2-2-2, ReLU on both layers, mean squared error.

Loss: mse, mean; targets are values.

Layers:
    inputs 2
    dense 2, relu
    dense 2, relu

Pure NumPy; every line carries the shape of its value and, in brackets, the number
of the line of the derivation it comes from.

Derivation in index notation (dQ is the gradient of E by Q):
    [1] Z1[n,j] = sum(i: W1[j,i]*X[n,i])
    [2] A1[n,j] = max(Z1[n,j], 0)
    [3] Z2[n,j] = sum(i: W2[j,i]*A1[n,i])
    [4] A2[n,j] = max(Z2[n,j], 0)
    [5] E = sum(n,j: (A2[n,j] - T[n,j])**2)/(K*N)
    [6] dZ2[n,j] = where(Z2[n,j] > 0, 2*(A2[n,j] - T[n,j])/(K*N), 0)
    [7] dW2[j,i] = sum(n: dZ2[n,j]*A1[n,i])
    [8] dZ1[n,j] = where(Z1[n,j] > 0, sum(k: dZ2[n,k]*W2[k,j]), 0)
    [9] dW1[j,i] = sum(n: dZ1[n,j]*X[n,i])
"""

import numpy as np

Array = np.ndarray
Arrays = dict[str, Array]

D = 2  # inputs
H = 2  # hidden units
K = 2  # outputs

SHAPES = {"W1": (H, D), "W2": (K, H)}
TRAINED = ("W1", "W2")


def forward(params: Arrays, X: Array) -> Arrays:
    """Return every value on the way to the network's output A2, by name."""
    check(params, X)
    W1 = params["W1"]  # (H, D)
    W2 = params["W2"]  # (K, H)
    Z1 = X @ W1.T  # (N, H) [1]  layer 1, dense
    A1 = np.maximum(Z1, 0)  # (N, H) [2]  layer 1, relu
    Z2 = A1 @ W2.T  # (N, K) [3]  layer 2, dense
    A2 = np.maximum(Z2, 0)  # (N, K) [4]  layer 2, relu
    return {
        "Z1": Z1,
        "A1": A1,
        "Z2": Z2,
        "A2": A2,
    }


def loss(params: Arrays, X: Array, T: Array) -> np.floating:
    """Return the loss E."""
    values = forward(params, X)
    check_targets(X, T)
    A2 = values["A2"]  # (N, K) [4]
    E = np.mean((A2 - T) ** 2)  # () [5]  loss, mse, mean
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
    W2 = params["W2"]  # (K, H)
    Z1 = values["Z1"]  # (N, H) [1]
    A1 = values["A1"]  # (N, H) [2]
    Z2 = values["Z2"]  # (N, K) [3]
    A2 = values["A2"]  # (N, K) [4]
    E = np.mean((A2 - T) ** 2)  # () [5]  loss, mse, mean
    dZ2 = np.where(Z2 > 0, 2 * (A2 - T) / (K * N), 0)  # (N, K) [6]
    dW2 = dZ2.T @ A1  # (K, H) [7]
    dZ1 = np.where(Z1 > 0, dZ2 @ W2, 0)  # (N, H) [8]
    dW1 = dZ1.T @ X  # (H, D) [9]
    return E, {
        "W1": dW1,
        "W2": dW2,
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
    X = np.array([[0.5, 0.3]], dtype=dtype)
    T = np.array([[0.23, -0.07]], dtype=dtype)
    W1 = np.array([[0.2, 0.5], [-0.4, 0.6]], dtype=dtype)
    W2 = np.array([[0.1, -0.3], [-0.5, 0.8]], dtype=dtype)
    params = {
        "W1": W1,
        "W2": W2,
    }
    return params, X, T, 1.0


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
