"""own_layers: Low rank and radial layers in index notation.

Loss: mse, mean; targets are values.

Layers:
    inputs 3
    h[n,j] = sum(i: U[j,i]*x[n,i])
    y[n,k] = sum(j: V[k,j]*tanh(h[n,j])) + b[k]
    y[n,k] = exp(-sum(i: (x[n,i] - c[k,i])**2)*s)
    dense 1, identity

Pure NumPy; every line carries the shape of its value and, in brackets, the number
of the line of the derivation it comes from.

Derivation in index notation (dQ is the gradient of E by Q):
    [1] h1[n,j] = sum(i: U1[j,i]*X[n,i])
    [2] y1[n,k] = sum(j: V1[k,j]*tanh(h1[n,j])) + b1[k]
    [3] y2[n,k] = exp(-sum(i: (y1[n,i] - c2[k,i])**2)*s2)
    [4] Z3[n,j] = sum(i: W3[j,i]*y2[n,i])
    [5] E = sum(n,j: (Z3[n,j] - T[n,j])**2)/(K*N)
    [6] dZ3[n,j] = 2*(Z3[n,j] - T[n,j])/(K*N)
    [7] dW3[j,i] = sum(n: dZ3[n,j]*y2[n,i])
    [8] dy2[n,k] = sum(l: dZ3[n,l]*W3[l,k])
    [9] ds2 = -sum(n,i: sum(j: (y1[n,j] - c2[i,j])**2)*dy2[n,i]*y2[n,i])
    [10] dc2[k,i] = 2*sum(n: (y1[n,i] - c2[k,i])*dy2[n,k]*y2[n,k])*s2
    [11] dy1[n,k] = 2*sum(l: (c2[l,k] - y1[n,k])*dy2[n,l]*y2[n,l])*s2
    [12] db1[k] = sum(n: dy1[n,k])
    [13] dV1[k,j] = sum(n: dy1[n,k]*tanh(h1[n,j]))
    [14] dh1[n,j] = sum(k: V1[k,j]*dy1[n,k])*(1 - tanh(h1[n,j])**2)
    [15] dU1[j,i] = sum(n: X[n,i]*dh1[n,j])

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
H2 = 3  # hidden units
K = 1  # outputs
S1j = 2  # length of index j in layer 1

SHAPES = {
    "U1": (S1j, D),
    "b1": (H1,),
    "V1": (H1, S1j),
    "s2": (),
    "c2": (H2, H1),
    "W3": (K, H2),
}
TRAINED = ("U1", "b1", "V1", "s2", "c2", "W3")


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
    U1 = params["U1"]  # (S1j, D)
    b1 = params["b1"]  # (H1,)
    V1 = params["V1"]  # (H1, S1j)
    s2 = params["s2"]  # ()
    c2 = params["c2"]  # (H2, H1)
    W3 = params["W3"]  # (K, H2)
    h1 = X @ U1.T  # (N, S1j) [1]  layer 1, formula
    y1 = np.tanh(h1) @ V1.T + b1  # (N, H1) [2]  layer 1, formula
    # (N, H2) [3]  layer 2, formula
    y2 = np.exp(-s2 * np.sum((y1[:, None, :] - c2) ** 2, axis=2))
    Z3 = y2 @ W3.T  # (N, K) [4]  layer 3, dense
    return {
        "h1": h1,
        "y1": y1,
        "y2": y2,
        "Z3": Z3,
    }


def loss(params: Arrays, X: Array, T: Array) -> np.floating:
    """Return the loss E."""
    values = forward(params, X)
    check_targets(X, T)
    Z3 = values["Z3"]  # (N, K) [4]
    E = np.mean((Z3 - T) ** 2)  # () [5]  loss, mse, mean
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
    V1 = params["V1"]  # (H1, S1j)
    s2 = params["s2"]  # ()
    c2 = params["c2"]  # (H2, H1)
    W3 = params["W3"]  # (K, H2)
    h1 = values["h1"]  # (N, S1j) [1]
    y1 = values["y1"]  # (N, H1) [2]
    y2 = values["y2"]  # (N, H2) [3]
    Z3 = values["Z3"]  # (N, K) [4]
    E = np.mean((Z3 - T) ** 2)  # () [5]  loss, mse, mean
    dZ3 = 2 * (Z3 - T) / (K * N)  # (N, K) [6]
    dW3 = dZ3.T @ y2  # (K, H2) [7]
    dy2 = dZ3 @ W3  # (N, H2) [8]
    ds2 = -np.sum(y2 * dy2 * np.sum((y1[:, None, :] - c2) ** 2, axis=2))  # () [9]
    dc2_part = dy2[:, None, :]  # (H2, H1) [10]
    dc2 = 2 * s2 * np.sum((y1[:, :, None] - c2.T) * dc2_part * y2[:, None, :], axis=0).T
    dy1_part = y2[:, None, :]  # (N, H1) [11]
    dy1 = 2 * s2 * np.sum((c2.T - y1[:, :, None]) * dy2[:, None, :] * dy1_part, axis=2)
    db1 = dy1.sum(axis=0)  # (H1,) [12]
    dV1 = dy1.T @ np.tanh(h1)  # (H1, S1j) [13]
    dh1 = (dy1 @ V1) * tanh_derivative(h1)  # (N, S1j) [14]
    dU1 = dh1.T @ X  # (S1j, D) [15]
    return E, {
        "U1": dU1,
        "b1": db1,
        "V1": dV1,
        "s2": ds2,
        "c2": dc2,
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
        raise ValueError(f"T has shape {T.shape}, expected ({len(X)}, 1)")
    if T.dtype != X.dtype:
        raise TypeError(f"T is {T.dtype} but X is {X.dtype}")


def example(
    dtype: type[np.floating] = np.float64,
) -> tuple[Arrays, Array, Array, float]:
    """Return parameters, inputs, targets and learning rate of the worked numbers."""
    stream = np.random.RandomState(0).randint
    X = stream(-1000, 1001, (3, 3), dtype=np.int64)
    X = (X / 1000).astype(dtype)
    T = stream(0, 1001, (3, 1), dtype=np.int64)
    T = (T / 1000).astype(dtype)
    U1 = stream(-5774, 5775, (2, 3), dtype=np.int64)
    U1 = (U1 / 10000).astype(dtype)
    b1 = stream(-1000, 1001, (4,), dtype=np.int64)
    b1 = (b1 / 10000).astype(dtype)
    V1 = stream(-7071, 7072, (4, 2), dtype=np.int64)
    V1 = (V1 / 10000).astype(dtype)
    s2 = stream(-1000, 1001, (), dtype=np.int64)
    s2 = (s2 / 10000).astype(dtype)
    c2 = stream(-5000, 5001, (3, 4), dtype=np.int64)
    c2 = (c2 / 10000).astype(dtype)
    W3 = stream(-5774, 5775, (1, 3), dtype=np.int64)
    W3 = (W3 / 10000).astype(dtype)
    params = {
        "U1": U1,
        "b1": b1,
        "V1": V1,
        "s2": s2,
        "c2": c2,
        "W3": W3,
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
