"""tanh_3_layers: Three layers with tanh, 3-4-4-2.

Loss: mse, mean; targets are values.

Layers:
    inputs 3
    dense 4 + bias, tanh
    dense 4 + bias, tanh
    dense 2 + bias, identity

Pure NumPy; every line carries the shape of its value and, in brackets, the number
of the line of the derivation it comes from.

Derivation in index notation (dQ is the gradient of E by Q):
    [1] Z1[n,j] = sum(i: W1[j,i]*X[n,i]) + b1[j]
    [2] A1[n,j] = tanh(Z1[n,j])
    [3] Z2[n,j] = sum(i: W2[j,i]*A1[n,i]) + b2[j]
    [4] A2[n,j] = tanh(Z2[n,j])
    [5] Z3[n,j] = sum(i: W3[j,i]*A2[n,i]) + b3[j]
    [6] E = sum(n,j: (Z3[n,j] - T[n,j])**2)/(K*N)
    [7] dZ3[n,j] = 2*(Z3[n,j] - T[n,j])/(K*N)
    [8] dW3[j,i] = sum(n: dZ3[n,j]*A2[n,i])
    [9] db3[j] = sum(n: dZ3[n,j])
    [10] dZ2[n,j] = sum(k: dZ3[n,k]*W3[k,j])*(1 - A2[n,j]**2)
    [11] dW2[j,i] = sum(n: dZ2[n,j]*A1[n,i])
    [12] db2[j] = sum(n: dZ2[n,j])
    [13] dZ1[n,j] = sum(k: dZ2[n,k]*W2[k,j])*(1 - A1[n,j]**2)
    [14] dW1[j,i] = sum(n: dZ1[n,j]*X[n,i])
    [15] db1[j] = sum(n: dZ1[n,j])

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

D = 3  # inputs
H1 = 4  # hidden units
H2 = 4  # hidden units
K = 2  # outputs

SHAPES = {
    "W1": (H1, D),
    "b1": (H1,),
    "W2": (H2, H1),
    "b2": (H2,),
    "W3": (K, H2),
    "b3": (K,),
}
TRAINED = ("W1", "b1", "W2", "b2", "W3", "b3")


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
    W1 = params["W1"]  # (H1, D)
    b1 = params["b1"]  # (H1,)
    W2 = params["W2"]  # (H2, H1)
    b2 = params["b2"]  # (H2,)
    W3 = params["W3"]  # (K, H2)
    b3 = params["b3"]  # (K,)
    Z1 = X @ W1.T + b1  # (N, H1) [1]  layer 1, dense
    A1 = np.tanh(Z1)  # (N, H1) [2]  layer 1, tanh
    Z2 = A1 @ W2.T + b2  # (N, H2) [3]  layer 2, dense
    A2 = np.tanh(Z2)  # (N, H2) [4]  layer 2, tanh
    Z3 = A2 @ W3.T + b3  # (N, K) [5]  layer 3, dense
    return {
        "Z1": Z1,
        "A1": A1,
        "Z2": Z2,
        "A2": A2,
        "Z3": Z3,
    }


def loss(params: Arrays, X: Array, T: Array) -> np.floating:
    """Return the loss E."""
    values = forward(params, X)
    check_targets(X, T)
    Z3 = values["Z3"]  # (N, K) [5]
    E = np.mean((Z3 - T) ** 2)  # () [6]  loss, mse, mean
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
    W2 = params["W2"]  # (H2, H1)
    W3 = params["W3"]  # (K, H2)
    Z1 = values["Z1"]  # (N, H1) [1]
    A1 = values["A1"]  # (N, H1) [2]
    Z2 = values["Z2"]  # (N, H2) [3]
    A2 = values["A2"]  # (N, H2) [4]
    Z3 = values["Z3"]  # (N, K) [5]
    E = np.mean((Z3 - T) ** 2)  # () [6]  loss, mse, mean
    dZ3 = 2 * (Z3 - T) / (K * N)  # (N, K) [7]
    dW3 = dZ3.T @ A2  # (K, H2) [8]
    db3 = dZ3.sum(axis=0)  # (K,) [9]
    dZ2 = (dZ3 @ W3) * tanh_derivative(Z2)  # (N, H2) [10]
    dW2 = dZ2.T @ A1  # (H2, H1) [11]
    db2 = dZ2.sum(axis=0)  # (H2,) [12]
    dZ1 = (dZ2 @ W2) * tanh_derivative(Z1)  # (N, H1) [13]
    dW1 = dZ1.T @ X  # (H1, D) [14]
    db1 = dZ1.sum(axis=0)  # (H1,) [15]
    return E, {
        "W1": dW1,
        "b1": db1,
        "W2": dW2,
        "b2": db2,
        "W3": dW3,
        "b3": db3,
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
    X = np.array([[0.5, -0.2, 0.1], [-0.3, 0.8, 0.4]], dtype=dtype)
    T = np.array([[0.3, -0.1], [0.6, 0.2]], dtype=dtype)
    W1 = np.array(
        [[0.1, -0.2, 0.3], [0.4, 0.2, -0.1], [-0.3, 0.1, 0.2], [0.2, -0.4, 0.1]],
        dtype=dtype,
    )
    b1 = np.array([0.1, -0.1, 0.05, 0.0], dtype=dtype)
    W2 = np.array(
        [
            [0.2, 0.1, -0.3, 0.4],
            [-0.1, 0.3, 0.2, 0.1],
            [0.3, -0.2, 0.1, -0.4],
            [0.1, 0.2, 0.3, -0.1],
        ],
        dtype=dtype,
    )
    b2 = np.array([0.0, 0.1, -0.05, 0.2], dtype=dtype)
    W3 = np.array([[0.5, -0.3, 0.2, 0.1], [-0.2, 0.4, 0.3, -0.5]], dtype=dtype)
    b3 = np.array([0.1, -0.2], dtype=dtype)
    params = {
        "W1": W1,
        "b1": b1,
        "W2": W2,
        "b2": b2,
        "W3": W3,
        "b3": b3,
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
