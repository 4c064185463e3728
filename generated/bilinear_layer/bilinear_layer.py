"""bilinear_layer: A bilinear layer in index notation.

Loss: mse, mean; targets are values.

Layers:
    inputs 2
    y[n,k] = sum(i,j: A[k,i,j]*x[n,i]*x[n,j]) + b[k]
    dense 2, sigmoid

Pure NumPy; every line carries the shape of its value and, in brackets, the number
of the line of the derivation it comes from.

Derivation in index notation (dQ is the gradient of E by Q):
    [1] y1[n,k] = sum(i,j: A1[k,i,j]*X[n,i]*X[n,j]) + b1[k]
    [2] Z2[n,j] = sum(i: W2[j,i]*y1[n,i])
    [3] A2[n,j] = 1/(1 + exp(-Z2[n,j]))
    [4] E = sum(n,j: (A2[n,j] - T[n,j])**2)/(K*N)
    [5] dZ2[n,j] = 2*(A2[n,j] - T[n,j])*A2[n,j]*(1 - A2[n,j])/(K*N)
    [6] dW2[j,i] = sum(n: dZ2[n,j]*y1[n,i])
    [7] dy1[n,k] = sum(l: dZ2[n,l]*W2[l,k])
    [8] db1[k] = sum(n: dy1[n,k])
    [9] dA1[k,i,j] = sum(n: X[n,i]*X[n,j]*dy1[n,k])

Largest errors found, in units in the last place (ULP):
    sigmoid where |x| <= 30
        float64: at most 1.41 ULP, at 14.6277 (2270 points).
        float32: at most 2.36 ULP, at -7.02194 (2306 points).
    sigmoid_derivative where |x| <= 30
        float64: at most 2.70 ULP, at -6.96123 (2270 points).
        float32: at most 3.31 ULP, at 6.25269 (2306 points).
"""

import numpy as np

Array = np.ndarray
Arrays = dict[str, Array]

D = 2  # inputs
H = 3  # hidden units
K = 2  # outputs

SHAPES = {"b1": (H,), "A1": (H, D, D), "W2": (K, H)}
TRAINED = ("b1", "A1", "W2")


def sigmoid(x: Array) -> Array:
    """Return 1/(1 + exp(-x)).

    float64: at most 1.41 ULP, at 14.6277 (2270 points).
    Counted for |x| <= 30; nothing is spurious beyond.
    float32: at most 2.36 ULP, at -7.02194 (2306 points).
    """
    a = np.abs(x)
    q = np.exp(-a)
    return np.where(x < 0, q / (1 + q), 1 / (1 + q))


def sigmoid_derivative(x: Array) -> Array:
    """Return exp(-x)/(1 + exp(-x))**2.

    float64: at most 2.70 ULP, at -6.96123 (2270 points).
    Counted for |x| <= 30; nothing is spurious beyond.
    float32: at most 3.31 ULP, at 6.25269 (2306 points).
    """
    a = np.abs(x)
    q = np.exp(-a)
    return q / (1 + q) / (1 + q)


def forward(params: Arrays, X: Array) -> Arrays:
    """Return every value on the way to the network's output A2, by name."""
    check(params, X)
    b1 = params["b1"]  # (H,)
    A1 = params["A1"]  # (H, D, D)
    W2 = params["W2"]  # (K, H)
    # (N, H) [1]  layer 1, formula
    y1 = np.einsum("kij,ni,nj->nk", A1, X, X, optimize=True) + b1
    Z2 = y1 @ W2.T  # (N, K) [2]  layer 2, dense
    A2 = sigmoid(Z2)  # (N, K) [3]  layer 2, sigmoid
    return {
        "y1": y1,
        "Z2": Z2,
        "A2": A2,
    }


def loss(params: Arrays, X: Array, T: Array) -> np.floating:
    """Return the loss E."""
    values = forward(params, X)
    check_targets(X, T)
    A2 = values["A2"]  # (N, K) [3]
    E = np.mean((A2 - T) ** 2)  # () [4]  loss, mse, mean
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
    y1 = values["y1"]  # (N, H) [1]
    Z2 = values["Z2"]  # (N, K) [2]
    A2 = values["A2"]  # (N, K) [3]
    E = np.mean((A2 - T) ** 2)  # () [4]  loss, mse, mean
    dZ2 = 2 * (A2 - T) * sigmoid_derivative(Z2) / (K * N)  # (N, K) [5]
    dW2 = dZ2.T @ y1  # (K, H) [6]
    dy1 = dZ2 @ W2  # (N, H) [7]
    db1 = dy1.sum(axis=0)  # (H,) [8]
    dA1 = np.einsum("ni,nj,nk->kij", X, X, dy1, optimize=True)  # (H, D, D) [9]
    return E, {
        "b1": db1,
        "A1": dA1,
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
    X = np.array([[0.5, 0.3], [-0.2, 0.7]], dtype=dtype)
    T = np.array([[0.23, -0.07], [1.0, 0.0]], dtype=dtype)
    b1 = np.array([0.1, 0.0, -0.1], dtype=dtype)
    A1 = np.array(
        [
            [[0.2, -0.4], [0.5, 0.6]],
            [[0.1, -0.5], [-0.3, 0.8]],
            [[0.7, 0.3], [-0.2, 0.4]],
        ],
        dtype=dtype,
    )
    W2 = np.array([[0.3, -0.6, 0.4], [0.9, 0.2, -0.5]], dtype=dtype)
    params = {
        "b1": b1,
        "A1": A1,
        "W2": W2,
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
