"""layernorm_residual: Layer norm and a residual connection.

Loss: mse, mean; targets are values.

Layers:
    inputs 4
    dense 5 + bias, tanh
    layer norm
    dense 5, tanh
    add layer 2
    dense 3 + bias, identity

Pure NumPy; every line carries the shape of its value and, in brackets, the number
of the line of the derivation it comes from.

Derivation in index notation (dQ is the gradient of E by Q):
    [1] Z1[n,j] = sum(i: W1[j,i]*X[n,i]) + b1[j]
    [2] A1[n,j] = tanh(Z1[n,j])
    [3] mu2[n] = sum(i: A1[n,i])/H
    [4] var2[n] = sum(i: (A1[n,i] - mu2[n])**2)/H
    [5] sigma2[n] = sqrt(var2[n] + 0.00001)
    [6] xhat2[n,i] = (A1[n,i] - mu2[n])/sigma2[n]
    [7] Y2[n,i] = gamma2[i]*xhat2[n,i] + beta2[i]
    [8] Z3[n,j] = sum(i: W3[j,i]*Y2[n,i])
    [9] A3[n,j] = tanh(Z3[n,j])
    [10] R4[n,i] = A3[n,i] + Y2[n,i]
    [11] Z5[n,j] = sum(i: W5[j,i]*R4[n,i]) + b5[j]
    [12] E = sum(n,j: (Z5[n,j] - T[n,j])**2)/(K*N)
    [13] dZ5[n,j] = 2*(Z5[n,j] - T[n,j])/(K*N)
    [14] dW5[j,i] = sum(n: dZ5[n,j]*R4[n,i])
    [15] db5[j] = sum(n: dZ5[n,j])
    [16] dR4[n,i] = sum(j: dZ5[n,j]*W5[j,i])
    [17] dZ3[n,j] = dR4[n,j]*(1 - A3[n,j]**2)
    [18] dW3[j,i] = sum(n: dZ3[n,j]*Y2[n,i])
    [19] dY2[n,i] = sum(j: dZ3[n,j]*W3[j,i]) + dR4[n,i]
    [20] dgamma2[i] = sum(n: dY2[n,i]*xhat2[n,i])
    [21] dbeta2[i] = sum(n: dY2[n,i])
    [22] dxhat2[n,i] = dY2[n,i]*gamma2[i]
    [23] dsigma2[n] = -sum(i: dxhat2[n,i]*xhat2[n,i])/sigma2[n]
    [24] dvar2[n] = dsigma2[n]/(2*sigma2[n])
    [25] dmu2[n] = -sum(i: dxhat2[n,i])/sigma2[n]
    [26] dZ1[n,j] = (dmu2[n]/H + dxhat2[n,j]/sigma2[n] + 2*(A1[n,j] - mu2[n])*dvar2[n]/H)*(1 - A1[n,j]**2)
    [27] dW1[j,i] = sum(n: dZ1[n,j]*X[n,i])
    [28] db1[j] = sum(n: dZ1[n,j])

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
H = 5  # hidden units
K = 3  # outputs

SHAPES = {
    "W1": (H, D),
    "b1": (H,),
    "gamma2": (H,),
    "beta2": (H,),
    "W3": (H, H),
    "W5": (K, H),
    "b5": (K,),
}
TRAINED = ("W1", "b1", "gamma2", "beta2", "W3", "W5", "b5")


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
    """Return every value on the way to the network's output Z5, by name."""
    check(params, X)
    W1 = params["W1"]  # (H, D)
    b1 = params["b1"]  # (H,)
    gamma2 = params["gamma2"]  # (H,)
    beta2 = params["beta2"]  # (H,)
    W3 = params["W3"]  # (H, H)
    W5 = params["W5"]  # (K, H)
    b5 = params["b5"]  # (K,)
    Z1 = X @ W1.T + b1  # (N, H) [1]  layer 1, dense
    A1 = np.tanh(Z1)  # (N, H) [2]  layer 1, tanh
    mu2 = A1.mean(axis=1, keepdims=True)  # (N, 1) [3]  layer 2, layernorm
    # (N, 1) [4]  layer 2, layernorm
    var2 = np.mean((A1 - mu2) ** 2, axis=1, keepdims=True)
    sigma2 = np.sqrt(var2 + 1e-05)  # (N, 1) [5]  layer 2, layernorm
    xhat2 = (A1 - mu2) / sigma2  # (N, H) [6]  layer 2, layernorm
    Y2 = gamma2 * xhat2 + beta2  # (N, H) [7]  layer 2, layernorm
    Z3 = Y2 @ W3.T  # (N, H) [8]  layer 3, dense
    A3 = np.tanh(Z3)  # (N, H) [9]  layer 3, tanh
    R4 = A3 + Y2  # (N, H) [10]  layer 4, residual
    Z5 = R4 @ W5.T + b5  # (N, K) [11]  layer 5, dense
    return {
        "Z1": Z1,
        "A1": A1,
        "mu2": mu2,
        "var2": var2,
        "sigma2": sigma2,
        "xhat2": xhat2,
        "Y2": Y2,
        "Z3": Z3,
        "A3": A3,
        "R4": R4,
        "Z5": Z5,
    }


def loss(params: Arrays, X: Array, T: Array) -> np.floating:
    """Return the loss E."""
    values = forward(params, X)
    check_targets(X, T)
    Z5 = values["Z5"]  # (N, K) [11]
    E = np.mean((Z5 - T) ** 2)  # () [12]  loss, mse, mean
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
    W3 = params["W3"]  # (H, H)
    W5 = params["W5"]  # (K, H)
    Z1 = values["Z1"]  # (N, H) [1]
    A1 = values["A1"]  # (N, H) [2]
    mu2 = values["mu2"]  # (N, 1) [3]
    sigma2 = values["sigma2"]  # (N, 1) [5]
    xhat2 = values["xhat2"]  # (N, H) [6]
    Y2 = values["Y2"]  # (N, H) [7]
    Z3 = values["Z3"]  # (N, H) [8]
    R4 = values["R4"]  # (N, H) [10]
    Z5 = values["Z5"]  # (N, K) [11]
    E = np.mean((Z5 - T) ** 2)  # () [12]  loss, mse, mean
    dZ5 = 2 * (Z5 - T) / (K * N)  # (N, K) [13]
    dW5 = dZ5.T @ R4  # (K, H) [14]
    db5 = dZ5.sum(axis=0)  # (K,) [15]
    dR4 = dZ5 @ W5  # (N, H) [16]
    dZ3 = dR4 * tanh_derivative(Z3)  # (N, H) [17]
    dW3 = dZ3.T @ Y2  # (H, H) [18]
    dY2 = dZ3 @ W3 + dR4  # (N, H) [19]
    dgamma2 = np.sum(dY2 * xhat2, axis=0)  # (H,) [20]
    dbeta2 = dY2.sum(axis=0)  # (H,) [21]
    dxhat2 = dY2 * gamma2  # (N, H) [22]
    dsigma2 = -np.sum(dxhat2 * xhat2, axis=1, keepdims=True) / sigma2  # (N, 1) [23]
    dvar2 = dsigma2 / (2 * sigma2)  # (N, 1) [24]
    dmu2 = -dxhat2.sum(axis=1, keepdims=True) / sigma2  # (N, 1) [25]
    dZ1_sum = dmu2 / H + dxhat2 / sigma2 + 2 * (A1 - mu2) * dvar2 / H  # (N, H) [26]
    dZ1 = dZ1_sum * tanh_derivative(Z1)
    dW1 = dZ1.T @ X  # (H, D) [27]
    db1 = dZ1.sum(axis=0)  # (H,) [28]
    return E, {
        "W1": dW1,
        "b1": db1,
        "gamma2": dgamma2,
        "beta2": dbeta2,
        "W3": dW3,
        "W5": dW5,
        "b5": db5,
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
        raise ValueError(f"T has shape {T.shape}, expected ({len(X)}, 3)")
    if T.dtype != X.dtype:
        raise TypeError(f"T is {T.dtype} but X is {X.dtype}")


def example(
    dtype: type[np.floating] = np.float64,
) -> tuple[Arrays, Array, Array, float]:
    """Return parameters, inputs, targets and learning rate of the worked numbers."""
    stream = np.random.RandomState(0).randint
    X = stream(-1000, 1001, (2, 4), dtype=np.int64)
    X = (X / 1000).astype(dtype)
    T = stream(0, 1001, (2, 3), dtype=np.int64)
    T = (T / 1000).astype(dtype)
    W1 = stream(-5000, 5001, (5, 4), dtype=np.int64)
    W1 = (W1 / 10000).astype(dtype)
    b1 = stream(-1000, 1001, (5,), dtype=np.int64)
    b1 = (b1 / 10000).astype(dtype)
    gamma2 = stream(9000, 11001, (5,), dtype=np.int64)
    gamma2 = (gamma2 / 10000).astype(dtype)
    beta2 = stream(-1000, 1001, (5,), dtype=np.int64)
    beta2 = (beta2 / 10000).astype(dtype)
    W3 = stream(-4472, 4473, (5, 5), dtype=np.int64)
    W3 = (W3 / 10000).astype(dtype)
    W5 = stream(-4472, 4473, (3, 5), dtype=np.int64)
    W5 = (W5 / 10000).astype(dtype)
    b5 = stream(-1000, 1001, (3,), dtype=np.int64)
    b5 = (b5 / 10000).astype(dtype)
    params = {
        "W1": W1,
        "b1": b1,
        "gamma2": gamma2,
        "beta2": beta2,
        "W3": W3,
        "W5": W5,
        "b5": b5,
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
