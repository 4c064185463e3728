"""dropout: Dropout with a given mask.

Loss: half_sse, sum; targets are values.

Layers:
    inputs 2
    dense 4 + bias, tanh
    dropout 0.5, mask M2
    dense 1, identity

Pure NumPy; every line carries the shape of its value and, in brackets, the number
of the line of the derivation it comes from.

Derivation in index notation (dQ is the gradient of E by Q):
    [1] Z1[n,j] = sum(i: W1[j,i]*X[n,i]) + b1[j]
    [2] A1[n,j] = tanh(Z1[n,j])
    [3] Y2[n,i] = 2*A1[n,i]*M2[n,i]
    [4] Z3[n,j] = sum(i: W3[j,i]*Y2[n,i])
    [5] E = sum(n,j: (Z3[n,j] - T[n,j])**2)/2
    [6] dZ3[n,j] = Z3[n,j] - T[n,j]
    [7] dW3[j,i] = sum(n: dZ3[n,j]*Y2[n,i])
    [8] dA1[n,j] = 2*sum(k: dZ3[n,k]*W3[k,j])*M2[n,j]
    [9] dZ1[n,j] = dA1[n,j]*(1 - A1[n,j]**2)
    [10] dW1[j,i] = sum(n: dZ1[n,j]*X[n,i])
    [11] db1[j] = sum(n: dZ1[n,j])

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

D = 2  # inputs
H = 4  # hidden units
K = 1  # outputs

SHAPES = {"W1": (H, D), "b1": (H,), "M2": (-1, H), "W3": (K, H)}
TRAINED = ("W1", "b1", "W3")


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
    """Return every value on the way to the network's output Z3, by name."""
    check(params, X)
    W1 = params["W1"]  # (H, D)
    b1 = params["b1"]  # (H,)
    M2 = params["M2"]  # (N, H)
    W3 = params["W3"]  # (K, H)
    Z1 = X @ W1.T + b1  # (N, H) [1]  layer 1, dense
    A1 = np.tanh(Z1)  # (N, H) [2]  layer 1, tanh
    Y2 = 2 * A1 * M2  # (N, H) [3]  layer 2, dropout
    Z3 = Y2 @ W3.T  # (N, K) [4]  layer 3, dense
    return {
        "Z1": Z1,
        "A1": A1,
        "Y2": Y2,
        "Z3": Z3,
    }


def loss(params: Arrays, X: Array, T: Array) -> np.floating:
    """Return the loss E."""
    values = forward(params, X)
    check_targets(X, T)
    Z3 = values["Z3"]  # (N, K) [4]
    E = np.sum((Z3 - T) ** 2) / 2  # () [5]  loss, half_sse, sum
    return E


def loss_and_gradients(
    params: Arrays,
    X: Array,
    T: Array,
) -> tuple[np.floating, Arrays]:
    """Return the loss E and the gradient of each trained parameter, by name."""
    values = forward(params, X)
    check_targets(X, T)
    M2 = params["M2"]  # (N, H)
    W3 = params["W3"]  # (K, H)
    Z1 = values["Z1"]  # (N, H) [1]
    Y2 = values["Y2"]  # (N, H) [3]
    Z3 = values["Z3"]  # (N, K) [4]
    E = np.sum((Z3 - T) ** 2) / 2  # () [5]  loss, half_sse, sum
    dZ3 = Z3 - T  # (N, K) [6]
    dW3 = dZ3.T @ Y2  # (K, H) [7]
    dA1 = 2 * (dZ3 @ W3) * M2  # (N, H) [8]
    dZ1 = dA1 * tanh_derivative(Z1)  # (N, H) [9]
    dW1 = dZ1.T @ X  # (H, D) [10]
    db1 = dZ1.sum(axis=0)  # (H,) [11]
    return E, {
        "W1": dW1,
        "b1": db1,
        "W3": dW3,
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
        shape = tuple(len(X) if length < 0 else length for length in shape)
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
        raise ValueError(f"T has shape {T.shape}, expected ({len(X)}, 1)")
    if T.dtype != X.dtype:
        raise TypeError(f"T is {T.dtype} but X is {X.dtype}")


def example(
    dtype: type[np.floating] = np.float64,
) -> tuple[Arrays, Array, Array, float]:
    """Return parameters, inputs, targets and learning rate of the worked numbers."""
    X = np.array([[0.5, 0.3], [-0.2, 0.7]], dtype=dtype)
    T = np.array([[1.0], [0.0]], dtype=dtype)
    W1 = np.array([[0.2, -0.4], [0.5, 0.6], [0.1, -0.5], [-0.3, 0.8]], dtype=dtype)
    b1 = np.array([0.1, 0.0, -0.1, 0.2], dtype=dtype)
    M2 = np.array([[1.0, 0.0, 1.0, 1.0], [0.0, 1.0, 1.0, 0.0]], dtype=dtype)
    W3 = np.array([[0.7, -0.6, 0.4, 0.9]], dtype=dtype)
    params = {
        "W1": W1,
        "b1": b1,
        "M2": M2,
        "W3": W3,
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
