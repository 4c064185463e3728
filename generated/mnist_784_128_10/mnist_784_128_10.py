"""mnist_784_128_10: 784-128-10 classifier on logits.

Loss: cross_entropy, mean; targets are classes.

Layers:
    inputs 784
    dense 128 + bias, relu
    dense 10 + bias, identity

Pure NumPy; every line carries the shape of its value and, in brackets, the number
of the line of the derivation it comes from.

Derivation in index notation (dQ is the gradient of E by Q):
    [1] Z1[n,j] = sum(i: W1[j,i]*X[n,i]) + b1[j]
    [2] A1[n,j] = max(Z1[n,j], 0)
    [3] Z2[n,j] = sum(i: W2[j,i]*A1[n,i]) + b2[j]
    [4] Y[n,j] = delta(j,T[n])
    [5] P[n,j] = exp(Z2[n,j])/sum(k: exp(Z2[n,k]))
    [6] E = -sum(n,j: Y[n,j]*log(P[n,j]))/N
    [7] dZ2[n,j] = (P[n,j] - Y[n,j])/N
    [8] dW2[j,i] = sum(n: dZ2[n,j]*A1[n,i])
    [9] db2[j] = sum(n: dZ2[n,j])
    [10] dZ1[n,j] = where(Z1[n,j] > 0, sum(k: dZ2[n,k]*W2[k,j]), 0)
    [11] dW1[j,i] = sum(n: dZ1[n,j]*X[n,i])
    [12] db1[j] = sum(n: dZ1[n,j])
"""

import numpy as np

Array = np.ndarray
Arrays = dict[str, Array]

D = 784  # inputs
H = 128  # hidden units
K = 10  # outputs

SHAPES = {"W1": (H, D), "b1": (H,), "W2": (K, H), "b2": (K,)}
TRAINED = ("W1", "b1", "W2", "b2")


def forward(params: Arrays, X: Array) -> Arrays:
    """Return every value on the way to the network's output Z2, by name."""
    check(params, X)
    W1 = params["W1"]  # (H, D)
    b1 = params["b1"]  # (H,)
    W2 = params["W2"]  # (K, H)
    b2 = params["b2"]  # (K,)
    Z1 = X @ W1.T + b1  # (N, H) [1]  layer 1, dense
    A1 = np.maximum(Z1, 0)  # (N, H) [2]  layer 1, relu
    Z2 = A1 @ W2.T + b2  # (N, K) [3]  layer 2, dense
    return {
        "Z1": Z1,
        "A1": A1,
        "Z2": Z2,
    }


def loss(params: Arrays, X: Array, T: Array) -> np.floating:
    """Return the loss E."""
    values = forward(params, X)
    check_targets(X, T)
    N = len(X)  # samples
    Z2 = values["Z2"]  # (N, K) [3]
    Y = np.eye(K, dtype=X.dtype)[T]  # (N, K) [4]  loss, cross_entropy
    M = Z2.max(axis=1, keepdims=True)  # (N, 1) [5]  loss, cross_entropy
    S = Z2 - M  # (N, K) [5]  loss, cross_entropy
    U = np.exp(S)  # (N, K) [5]  loss, cross_entropy
    V = U.sum(axis=1, keepdims=True)  # (N, 1) [5]  loss, cross_entropy
    E = -np.sum(Y * (S - np.log(V))) / N  # () [6]  loss, cross_entropy, mean
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
    Y = np.eye(K, dtype=X.dtype)[T]  # (N, K) [4]  loss, cross_entropy
    M = Z2.max(axis=1, keepdims=True)  # (N, 1) [5]  loss, cross_entropy
    S = Z2 - M  # (N, K) [5]  loss, cross_entropy
    U = np.exp(S)  # (N, K) [5]  loss, cross_entropy
    V = U.sum(axis=1, keepdims=True)  # (N, 1) [5]  loss, cross_entropy
    P = U / V  # (N, K) [5]  loss, cross_entropy
    E = -np.sum(Y * (S - np.log(V))) / N  # () [6]  loss, cross_entropy, mean
    dZ2 = (P - Y) / N  # (N, K) [7]
    dW2 = dZ2.T @ A1  # (K, H) [8]
    db2 = dZ2.sum(axis=0)  # (K,) [9]
    dZ1 = np.where(Z1 > 0, dZ2 @ W2, 0)  # (N, H) [10]
    dW1 = dZ1.T @ X  # (H, D) [11]
    db1 = dZ1.sum(axis=0)  # (H,) [12]
    return E, {
        "W1": dW1,
        "b1": db1,
        "W2": dW2,
        "b2": db2,
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
        raise ValueError(f"X has shape {X.shape}, expected (N, 784)")
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
    if T.shape != (len(X),):
        raise ValueError(f"T has shape {T.shape}, expected ({len(X)},)")
    if T.dtype.kind not in "iu":
        raise TypeError(f"T is {T.dtype}, expected class indices")
    if T.size and (T.min() < 0 or T.max() >= K):
        raise ValueError("T has a class outside 0 .. 9")


def example(
    dtype: type[np.floating] = np.float64,
) -> tuple[Arrays, Array, Array, float]:
    """Return parameters, inputs, targets and learning rate of the worked numbers."""
    stream = np.random.RandomState(0).randint
    X = stream(-1000, 1001, (2, 784), dtype=np.int64)
    X = (X / 1000).astype(dtype)
    T = stream(0, 10, (2,), dtype=np.int64)
    W1 = stream(-357, 358, (128, 784), dtype=np.int64)
    W1 = (W1 / 10000).astype(dtype)
    b1 = stream(-1000, 1001, (128,), dtype=np.int64)
    b1 = (b1 / 10000).astype(dtype)
    W2 = stream(-884, 885, (10, 128), dtype=np.int64)
    W2 = (W2 / 10000).astype(dtype)
    b2 = stream(-1000, 1001, (10,), dtype=np.int64)
    b2 = (b2 / 10000).astype(dtype)
    params = {
        "W1": W1,
        "b1": b1,
        "W2": W2,
        "b2": b2,
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
