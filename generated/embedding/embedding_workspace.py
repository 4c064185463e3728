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
LENGTHS = {name: int(np.prod(SHAPES[name])) for name in TRAINED}


class Workspace:
    """Every array of a training step, made once for N samples of one dtype.

    params are the parameters in use and grads the gradients of the last pass; those of
    trained parameters lie side by side in theta and gradient. All of it is written over
    by the next pass.
    """

    def __init__(self, N: int, dtype: type[np.floating] = np.float64) -> None:
        if N < 1:
            raise ValueError(f"a workspace for {N} samples; at least one is needed")
        if dtype not in (np.float32, np.float64):
            raise TypeError(f"a workspace of {dtype}, expected float32 or float64")
        self.N = N
        self.dtype = np.dtype(dtype)
        self.theta = np.zeros(sum(LENGTHS.values()), dtype)
        self.gradient = np.zeros(sum(LENGTHS.values()), dtype)
        self.params = views(self.theta)
        self.grads = views(self.gradient)
        self.table1 = self.params["table1"]
        self.W2 = self.params["W2"]
        self.b2 = self.params["b2"]
        self.dtable1 = self.grads["table1"]
        self.dW2 = self.grads["W2"]
        self.db2 = self.grads["b2"]
        self.seed = np.ones((), dtype)  # what flows back is multiplied by this
        # numbers
        self.classes_N_K = np.broadcast_to(np.arange(K), (N, K)).copy()
        self.one_K_1 = np.full((K, 1), 1, dtype)
        self.count = np.full((), N, dtype)
        self.one_N = np.full((N,), 1, dtype)
        # values on the way
        self.Y1 = np.empty((N, H), dtype)
        self.dY1 = self.Y1  # in the same place
        self.Z2 = np.empty((N, K), dtype)
        self.S = self.Z2  # in the same place
        self.E_part3 = self.Z2  # in the same place
        self.Z2_part = np.empty((N, K), dtype)
        self.Y = self.Z2_part  # in the same place
        self.Y_part = np.empty((N, K), np.int64)
        self.Y_part2 = np.empty((N, K), bool)
        self.M = np.empty((N, 1), dtype)
        self.V = self.M  # in the same place
        self.E_part = self.M  # in the same place
        self.S_part = np.empty((N, K), dtype)
        self.U = self.S_part  # in the same place
        self.P = self.S_part  # in the same place
        self.dZ2 = self.S_part  # in the same place
        self.P_part = np.empty((N, K), dtype)
        self.E_part2 = self.P_part  # in the same place

    def load(self, params: Arrays) -> None:
        """Take over the parameters' values."""
        for name, value in self.params.items():
            if params[name] is not value:
                np.copyto(value, params[name])


def views(flat: Array) -> Arrays:
    """Return the trained parameters' arrays, side by side in one."""
    found, start = {}, 0
    for name, length in LENGTHS.items():
        found[name] = flat[start : start + length].reshape(SHAPES[name])
        start += length
    return found


def forward_pass(ws: Workspace, X: Array) -> Array:
    """Return the network's output Z2, for the parameters in the workspace."""
    table1 = ws.table1
    Y1 = ws.Y1
    W2 = ws.W2
    Z2 = ws.Z2
    Z2_part = ws.Z2_part
    b2 = ws.b2
    np.take(table1, X, axis=0, out=Y1, mode="clip")  # (N, H) [1]  layer 1, embedding
    # Z2 = Y1 @ W2.T + b2  (N, K) [2]  layer 2, dense
    np.dot(Y1, W2.T, out=Z2)
    np.copyto(Z2_part, b2)
    np.add(Z2, Z2_part, out=Z2)
    return Z2


def loss_pass(ws: Workspace, T: Array) -> np.floating:
    """Return the loss, after a forward pass."""
    Y_part = ws.Y_part
    classes_N_K = ws.classes_N_K
    Y_part2 = ws.Y_part2
    Y = ws.Y
    Z2 = ws.Z2
    M = ws.M
    S_part = ws.S_part
    S = ws.S
    U = ws.U
    one_K_1 = ws.one_K_1
    V = ws.V
    E_part = ws.E_part
    E_part2 = ws.E_part2
    E_part3 = ws.E_part3
    N = ws.N
    # Y = np.eye(K, dtype=Z2.dtype)[T]  (N, K) [3]  loss, cross_entropy
    np.copyto(Y_part, T[:, None])
    np.equal(Y_part, classes_N_K, out=Y_part2)
    np.copyto(Y, Y_part2)
    # M = Z2.max(axis=1, keepdims=True)  (N, 1) [4]  loss, cross_entropy
    np.maximum.reduce(Z2, axis=1, keepdims=True, out=M)
    # S = Z2 - M  (N, K) [4]  loss, cross_entropy
    np.copyto(S_part, M)
    np.subtract(Z2, S_part, out=S)
    np.exp(S, out=U)  # (N, K) [4]  loss, cross_entropy
    np.dot(U, one_K_1, out=V)  # (N, 1) [4]  loss, cross_entropy
    # E = -np.sum(Y * (S - np.log(V))) / N  () [5]  loss, cross_entropy, mean
    np.log(V, out=E_part)
    np.copyto(E_part2, E_part)
    np.subtract(S, E_part2, out=E_part3)
    np.multiply(Y, E_part3, out=E_part3)
    E_sum = np.add.reduce(E_part3, axis=None)
    E = (-E_sum) / N
    return E


def backward_pass(ws: Workspace, X: Array, T: Array) -> np.floating:
    """Return the loss E and leave ws.seed times the gradients, after a forward pass."""
    Y_part = ws.Y_part
    classes_N_K = ws.classes_N_K
    Y_part2 = ws.Y_part2
    Y = ws.Y
    Z2 = ws.Z2
    M = ws.M
    S_part = ws.S_part
    S = ws.S
    U = ws.U
    one_K_1 = ws.one_K_1
    V = ws.V
    P_part = ws.P_part
    P = ws.P
    E_part = ws.E_part
    E_part2 = ws.E_part2
    E_part3 = ws.E_part3
    N = ws.N
    dZ2 = ws.dZ2
    count = ws.count
    seed = ws.seed
    Y1 = ws.Y1
    dW2 = ws.dW2
    one_N = ws.one_N
    db2 = ws.db2
    W2 = ws.W2
    dY1 = ws.dY1
    dtable1 = ws.dtable1
    # Y = np.eye(K, dtype=Z2.dtype)[T]  (N, K) [3]  loss, cross_entropy
    np.copyto(Y_part, T[:, None])
    np.equal(Y_part, classes_N_K, out=Y_part2)
    np.copyto(Y, Y_part2)
    # M = Z2.max(axis=1, keepdims=True)  (N, 1) [4]  loss, cross_entropy
    np.maximum.reduce(Z2, axis=1, keepdims=True, out=M)
    # S = Z2 - M  (N, K) [4]  loss, cross_entropy
    np.copyto(S_part, M)
    np.subtract(Z2, S_part, out=S)
    np.exp(S, out=U)  # (N, K) [4]  loss, cross_entropy
    np.dot(U, one_K_1, out=V)  # (N, 1) [4]  loss, cross_entropy
    # P = U / V  (N, K) [4]  loss, cross_entropy
    np.copyto(P_part, V)
    np.divide(U, P_part, out=P)
    # E = -np.sum(Y * (S - np.log(V))) / N  () [5]  loss, cross_entropy, mean
    np.log(V, out=E_part)
    np.copyto(E_part2, E_part)
    np.subtract(S, E_part2, out=E_part3)
    np.multiply(Y, E_part3, out=E_part3)
    E_sum = np.add.reduce(E_part3, axis=None)
    E = (-E_sum) / N
    # dZ2 = (P - Y) / N * seed  (N, K) [6]
    np.subtract(P, Y, out=dZ2)
    np.divide(dZ2, count, out=dZ2)
    np.multiply(dZ2, seed, out=dZ2)
    np.dot(dZ2.T, Y1, out=dW2)  # (K, H) [7]
    np.dot(one_N, dZ2, out=db2)  # (K,) [8]
    np.dot(dZ2, W2, out=dY1)  # (N, H) [9]
    # dtable1  (D, H) [10]
    dtable1.fill(0)
    np.add.at(dtable1, X, dY1)
    return E


def ready(
    params: Arrays, X: Array, T: Array | None = None, workspace: Workspace | None = None
) -> Workspace:
    """Return a workspace with the parameters in it; a new one if none is given.

    Raises:
        KeyError, ValueError, TypeError: something does not fit; nothing is changed then.
    """
    check(params, X)
    if T is not None:
        check_targets(X, T)
    for name, value in (("X", X), ("T", T)):
        if value is not None and not value.flags.c_contiguous:
            remedy = f"pass np.ascontiguousarray({name})"
            raise ValueError(f"{name} is not contiguous; {remedy}")
    dtype = params["table1"].dtype
    ws = Workspace(len(X), dtype.type) if workspace is None else workspace
    if ws.N != len(X):
        raise ValueError(f"X has {len(X)} samples, the workspace is for {ws.N}")
    if ws.dtype != dtype:
        raise TypeError(f"table1 is {dtype}, the workspace is for {ws.dtype}")
    if not (ws.theta.flags.writeable and ws.gradient.flags.writeable):
        raise ValueError("the workspace is read-only; make a new one")
    ws.load(params)
    return ws


def forward(params: Arrays, X: Array, workspace: Workspace | None = None) -> Array:
    """Return the network's output Z2, an array of the workspace."""
    return forward_pass(ready(params, X, workspace=workspace), X)


def loss(
    params: Arrays, X: Array, T: Array, workspace: Workspace | None = None
) -> np.floating:
    """Return the loss E."""
    ws = ready(params, X, T, workspace)
    forward_pass(ws, X)
    return loss_pass(ws, T)


def loss_and_gradients(
    params: Arrays, X: Array, T: Array, workspace: Workspace | None = None
) -> tuple[np.floating, Arrays]:
    """Return the loss E and the gradient of each trained parameter, by name.

    The gradients are arrays of the workspace: the next pass writes over them.
    """
    ws = ready(params, X, T, workspace)
    ws.seed[...] = 1
    forward_pass(ws, X)
    return backward_pass(ws, X, T), ws.grads


def train(
    params: Arrays,
    X: Array,
    T: Array,
    learning_rate: float,
    steps: int,
) -> tuple[Arrays, Array]:
    """Return the parameters after `steps` steps, and the loss before each step.

    What flows back is multiplied by -learning_rate where it begins: each gradient is
    then the step of its parameter, and no pass over the weights scales it.
    """
    ws = ready(params, X, T)
    losses = np.empty(steps, dtype=ws.dtype)
    ws.seed[...] = -learning_rate
    for step in range(steps):
        forward_pass(ws, X)
        losses[step] = backward_pass(ws, X, T)
        np.add(ws.theta, ws.gradient, out=ws.theta)
    return {name: ws.params[name] for name in params}, losses


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
    """Print the worked numbers: output, loss, gradients, one step."""
    params, X, T, learning_rate = example()
    ws = Workspace(len(X), params["table1"].dtype.type)
    print(f"Z2 =\n{np.array2string(forward(params, X, ws), precision=8)}")
    E, grads = loss_and_gradients(params, X, T, ws)
    print(f"E = {E:.8g}")
    for name, grad in grads.items():
        print(f"d{name} =\n{np.array2string(grad, precision=8)}")
    after, _ = train(params, X, T, learning_rate, 1)
    for name in grads:
        print(f"{name} after one step =\n{np.array2string(after[name], precision=8)}")


if __name__ == "__main__":
    main()
