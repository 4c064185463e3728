"""embedding: Classes from an embedding.

Loss: cross_entropy, mean; targets are classes.

Layers:
    inputs 5
    embedding 3
    dense 4 + bias, identity

Pure NumPy; every line carries the shape of its value and, in brackets, the number
of the line of the derivation it comes from.

Derivation in index notation (dQ is the gradient of E by Q):
    [1] Y1[n,j] = table1[X[n],j]
    [2] Z2[n,j] = sum(i: W2[j,i]*Y1[n,i]) + b2[j]
    [3] Y[n,j] = delta(j,T[n])
    [4] P[n,j] = exp(Z2[n,j])/sum(k: exp(Z2[n,k]))
    [5] E = -sum(n,j: Y[n,j]*log(P[n,j]))/N
    [6] dZ2[n,j] = (P[n,j] - Y[n,j])/N
    [7] dW2[j,i] = sum(n: dZ2[n,j]*Y1[n,i])
    [8] db2[j] = sum(n: dZ2[n,j])
    [9] dY1[n,j] = sum(k: dZ2[n,k]*W2[k,j])
    [10] dtable1[k,j] = sum(n: dY1[n,j]*delta(k,X[n]))
"""

import numpy as np

Array = np.ndarray
Arrays = dict[str, Array]

D = 5  # inputs
H = 3  # hidden units
K = 4  # outputs

SHAPES = {"table1": (D, H), "W2": (K, H), "b2": (K,)}
TRAINED = ("table1", "W2", "b2")


def forward(params: Arrays, X: Array) -> Arrays:
    """Return every value on the way to the network's output Z2, by name."""
    check(params, X)
    table1 = params["table1"]  # (D, H)
    W2 = params["W2"]  # (K, H)
    b2 = params["b2"]  # (K,)
    Y1 = table1[X]  # (N, H) [1]  layer 1, embedding
    Z2 = Y1 @ W2.T + b2  # (N, K) [2]  layer 2, dense
    return {
        "Y1": Y1,
        "Z2": Z2,
    }


def loss(params: Arrays, X: Array, T: Array) -> np.floating:
    """Return the loss E."""
    values = forward(params, X)
    check_targets(X, T)
    N = len(X)  # samples
    Z2 = values["Z2"]  # (N, K) [2]
    Y = np.eye(K, dtype=Z2.dtype)[T]  # (N, K) [3]  loss, cross_entropy
    M = Z2.max(axis=1, keepdims=True)  # (N, 1) [4]  loss, cross_entropy
    S = Z2 - M  # (N, K) [4]  loss, cross_entropy
    U = np.exp(S)  # (N, K) [4]  loss, cross_entropy
    V = U.sum(axis=1, keepdims=True)  # (N, 1) [4]  loss, cross_entropy
    E = -np.sum(Y * (S - np.log(V))) / N  # () [5]  loss, cross_entropy, mean
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
    Y1 = values["Y1"]  # (N, H) [1]
    Z2 = values["Z2"]  # (N, K) [2]
    Y = np.eye(K, dtype=Z2.dtype)[T]  # (N, K) [3]  loss, cross_entropy
    M = Z2.max(axis=1, keepdims=True)  # (N, 1) [4]  loss, cross_entropy
    S = Z2 - M  # (N, K) [4]  loss, cross_entropy
    U = np.exp(S)  # (N, K) [4]  loss, cross_entropy
    V = U.sum(axis=1, keepdims=True)  # (N, 1) [4]  loss, cross_entropy
    P = U / V  # (N, K) [4]  loss, cross_entropy
    E = -np.sum(Y * (S - np.log(V))) / N  # () [5]  loss, cross_entropy, mean
    dZ2 = (P - Y) / N  # (N, K) [6]
    dW2 = dZ2.T @ Y1  # (K, H) [7]
    db2 = dZ2.sum(axis=0)  # (K,) [8]
    dY1 = dZ2 @ W2  # (N, H) [9]
    dtable1 = np.zeros((D, H), dtype=dY1.dtype)  # (D, H) [10]
    np.add.at(dtable1, X, dY1)
    return E, {
        "table1": dtable1,
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
    losses = np.empty(steps, dtype=params["table1"].dtype)
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
    if X.ndim != 1:
        raise ValueError(f"X has shape {X.shape}, expected (N,)")
    if X.dtype.kind not in "iu":
        raise TypeError(f"X is {X.dtype}, expected row numbers of table1")
    if X.size and (X.min() < 0 or X.max() >= D):
        raise ValueError("X has a row outside 0 .. 4")
    dtype = params["table1"].dtype if "table1" in params else np.float64
    if dtype not in (np.float32, np.float64):
        raise TypeError(f"table1 is {dtype}, expected float32 or float64")
    if len(X) == 0:
        raise ValueError("X has no samples, expected at least one")
    for name, shape in SHAPES.items():
        if name not in params:
            raise KeyError(f"parameter {name} is missing")
        if params[name].shape != shape:
            raise ValueError(f"{name} has shape {params[name].shape}, expected {shape}")
        if params[name].dtype != dtype:
            raise TypeError(f"{name} is {params[name].dtype} but table1 is {dtype}")


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
        raise ValueError("T has a class outside 0 .. 3")


def example(
    dtype: type[np.floating] = np.float64,
) -> tuple[Arrays, Array, Array, float]:
    """Return parameters, inputs, targets and learning rate of the worked numbers."""
    X = np.array([2, 0, 2, 4], dtype=np.int64)
    T = np.array([1, 3, 0, 2], dtype=np.int64)
    table1 = np.array(
        [
            [0.1, 0.2, -0.3],
            [0.4, -0.5, 0.6],
            [-0.7, 0.8, 0.9],
            [0.5, 0.4, 0.3],
            [-0.2, 0.1, 0.6],
        ],
        dtype=dtype,
    )
    b2 = np.array([0.0, 0.1, 0.2, -0.1], dtype=dtype)
    W2 = np.array(
        [[0.2, 0.1, 0.7], [-0.4, -0.5, 0.3], [0.5, -0.3, -0.2], [0.6, 0.8, 0.4]],
        dtype=dtype,
    )
    params = {
        "table1": table1,
        "W2": W2,
        "b2": b2,
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
