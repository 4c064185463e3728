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

import math
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress

import numpy as np
from scipy.linalg.blas import dgemm, dgemv, sgemm, sgemv

Array = np.ndarray
Arrays = dict[str, Array]

D = 784  # inputs
H = 128  # hidden units
K = 10  # outputs

SHAPES = {"W1": (H, D), "b1": (H,), "W2": (K, H), "b2": (K,)}
TRAINED = ("W1", "b1", "W2", "b2")
LENGTHS = {name: int(np.prod(SHAPES[name])) for name in TRAINED}


class Workspace:
    """Every array of a training step, made once for N samples of one dtype.

    params are the parameters in use and grads the gradients of the last pass; those of
    trained parameters lie side by side in theta and gradient, which several workspaces
    may share. All of it is written over by the next pass.
    """

    def __init__(
        self,
        N: int,
        dtype: type[np.floating] = np.float64,
        theta: Array | None = None,
        gradient: Array | None = None,
    ) -> None:
        if N < 1:
            raise ValueError(f"a workspace for {N} samples; at least one is needed")
        if dtype not in (np.float32, np.float64):
            raise TypeError(f"a workspace of {dtype}, expected float32 or float64")
        self.N = N
        self.dtype = np.dtype(dtype)
        length = sum(LENGTHS.values())
        self.theta = np.zeros(length, dtype) if theta is None else theta
        self.gradient = np.zeros(length, dtype) if gradient is None else gradient
        self.params = views(self.theta)
        self.grads = views(self.gradient)
        self.W1 = self.params["W1"]
        self.b1 = self.params["b1"]
        self.W2 = self.params["W2"]
        self.b2 = self.params["b2"]
        self.dW1 = self.grads["W1"]
        self.db1 = self.grads["b1"]
        self.dW2 = self.grads["W2"]
        self.db2 = self.grads["b2"]
        self.seed = np.ones((), dtype)  # what flows back is multiplied by this
        # products: one BLAS for all of them, which adds to what it writes
        single = dtype == np.float32
        self.gemm, self.gemv = (sgemm, sgemv) if single else (dgemm, dgemv)
        # numbers
        self.zero = np.full((), 0, dtype)
        self.zero_N_H = np.full((N, H), 0, dtype)
        self.classes_N_K = np.broadcast_to(np.arange(K), (N, K)).copy()
        self.one_K_1 = np.full((K, 1), 1, dtype)
        self.count = np.full((), N, dtype)
        self.one_N = np.full((N,), 1, dtype)
        # values on the way
        self.Z1 = np.empty((N, H), dtype)
        self.A1 = self.Z1  # in the same place
        self.Z2 = np.empty((N, K), dtype)
        self.S = self.Z2  # in the same place
        self.E_part3 = self.Z2  # in the same place
        self.Y_part = np.empty((N, K), np.int64)
        self.Y_part2 = np.empty((N, K), bool)
        self.Y = np.empty((N, K), dtype)
        self.M = np.empty((N, 1), dtype)
        self.V = self.M  # in the same place
        self.E_part = self.M  # in the same place
        self.S_part = np.empty((N, K), dtype)
        self.U = self.S_part  # in the same place
        self.P = self.S_part  # in the same place
        self.dZ2 = self.S_part  # in the same place
        self.P_part = np.empty((N, K), dtype)
        self.E_part2 = self.P_part  # in the same place
        self.dZ1_part = np.empty((N, H), bool)
        self.dZ1 = np.empty((N, H), dtype)
        self.dZ1_part2 = np.empty((N, H), dtype)

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
    Z1 = ws.Z1
    b1 = ws.b1
    gemm = ws.gemm
    W1 = ws.W1
    zero_N_H = ws.zero_N_H
    A1 = ws.A1
    Z2 = ws.Z2
    b2 = ws.b2
    W2 = ws.W2
    # Z1 = X @ W1.T + b1  (N, H) [1]  layer 1, dense
    np.copyto(Z1, b1)
    gemm(1, W1.T, X.T, 1, Z1.T, trans_a=1, overwrite_c=1)
    np.maximum(Z1, zero_N_H, out=A1)  # (N, H) [2]  layer 1, relu
    # Z2 = A1 @ W2.T + b2  (N, K) [3]  layer 2, dense
    np.copyto(Z2, b2)
    gemm(1, W2.T, A1.T, 1, Z2.T, trans_a=1, overwrite_c=1)
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
    gemm = ws.gemm
    one_K_1 = ws.one_K_1
    V = ws.V
    E_part = ws.E_part
    E_part2 = ws.E_part2
    E_part3 = ws.E_part3
    N = ws.N
    # Y = np.eye(K, dtype=X.dtype)[T]  (N, K) [4]  loss, cross_entropy
    np.copyto(Y_part, T[:, None])
    np.equal(Y_part, classes_N_K, out=Y_part2)
    np.copyto(Y, Y_part2)
    # M = Z2.max(axis=1, keepdims=True)  (N, 1) [5]  loss, cross_entropy
    np.maximum.reduce(Z2, axis=1, keepdims=True, out=M)
    # S = Z2 - M  (N, K) [5]  loss, cross_entropy
    np.copyto(S_part, M)
    np.subtract(Z2, S_part, out=S)
    np.exp(S, out=U)  # (N, K) [5]  loss, cross_entropy
    # V = U.sum(axis=1, keepdims=True)  (N, 1) [5]  loss, cross_entropy
    gemm(1, one_K_1.T, U.T, 0, V.T, overwrite_c=1)
    # E = -np.sum(Y * (S - np.log(V))) / N  () [6]  loss, cross_entropy, mean
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
    gemm = ws.gemm
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
    gemv = ws.gemv
    one_N = ws.one_N
    db2 = ws.db2
    A1 = ws.A1
    zero = ws.zero
    dZ1_part = ws.dZ1_part
    W2 = ws.W2
    dZ1 = ws.dZ1
    dZ1_part2 = ws.dZ1_part2
    dW2 = ws.dW2
    dW1 = ws.dW1
    db1 = ws.db1
    # Y = np.eye(K, dtype=X.dtype)[T]  (N, K) [4]  loss, cross_entropy
    np.copyto(Y_part, T[:, None])
    np.equal(Y_part, classes_N_K, out=Y_part2)
    np.copyto(Y, Y_part2)
    # M = Z2.max(axis=1, keepdims=True)  (N, 1) [5]  loss, cross_entropy
    np.maximum.reduce(Z2, axis=1, keepdims=True, out=M)
    # S = Z2 - M  (N, K) [5]  loss, cross_entropy
    np.copyto(S_part, M)
    np.subtract(Z2, S_part, out=S)
    np.exp(S, out=U)  # (N, K) [5]  loss, cross_entropy
    # V = U.sum(axis=1, keepdims=True)  (N, 1) [5]  loss, cross_entropy
    gemm(1, one_K_1.T, U.T, 0, V.T, overwrite_c=1)
    # P = U / V  (N, K) [5]  loss, cross_entropy
    np.copyto(P_part, V)
    np.divide(U, P_part, out=P)
    # E = -np.sum(Y * (S - np.log(V))) / N  () [6]  loss, cross_entropy, mean
    np.log(V, out=E_part)
    np.copyto(E_part2, E_part)
    np.subtract(S, E_part2, out=E_part3)
    np.multiply(Y, E_part3, out=E_part3)
    E_sum = np.add.reduce(E_part3, axis=None)
    E = (-E_sum) / N
    # dZ2 = (P - Y) / N * seed  (N, K) [7]
    np.subtract(P, Y, out=dZ2)
    np.divide(dZ2, count, out=dZ2)
    np.multiply(dZ2, seed, out=dZ2)
    # db2 = dZ2.sum(axis=0)  (K,) [9]
    gemv(1, dZ2.T, one_N, 0, y=db2, overwrite_y=1)
    # dZ1 = np.where(Z1 > 0, dZ2 @ W2, 0)  (N, H) [10]
    np.greater(A1, zero, out=dZ1_part)
    gemm(1, W2.T, dZ2.T, 0, dZ1.T, overwrite_c=1)
    np.copyto(dZ1_part2, dZ1_part)
    np.multiply(dZ1, dZ1_part2, out=dZ1)
    # dW2 = dZ2.T @ A1  (K, H) [8]
    gemm(1, A1.T, dZ2.T, 0, dW2.T, trans_b=1, overwrite_c=1)
    # dW1 = dZ1.T @ X  (H, D) [11]
    gemm(1, X.T, dZ1.T, 0, dW1.T, trans_b=1, overwrite_c=1)
    # db1 = dZ1.sum(axis=0)  (H,) [12]
    gemv(1, dZ1.T, one_N, 0, y=db1, overwrite_y=1)
    return E


def descent_pass(ws: Workspace, X: Array, T: Array) -> np.floating:
    """Return the loss E and add ws.seed times the gradients to the parameters.

    It follows a forward pass. What is one product is added to its parameter as it is
    worked out: such a gradient is never stored.
    """
    Y_part = ws.Y_part
    classes_N_K = ws.classes_N_K
    Y_part2 = ws.Y_part2
    Y = ws.Y
    Z2 = ws.Z2
    M = ws.M
    S_part = ws.S_part
    S = ws.S
    U = ws.U
    gemm = ws.gemm
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
    gemv = ws.gemv
    one_N = ws.one_N
    b2 = ws.b2
    A1 = ws.A1
    zero = ws.zero
    dZ1_part = ws.dZ1_part
    W2 = ws.W2
    dZ1 = ws.dZ1
    dZ1_part2 = ws.dZ1_part2
    W1 = ws.W1
    b1 = ws.b1
    # Y = np.eye(K, dtype=X.dtype)[T]  (N, K) [4]  loss, cross_entropy
    np.copyto(Y_part, T[:, None])
    np.equal(Y_part, classes_N_K, out=Y_part2)
    np.copyto(Y, Y_part2)
    # M = Z2.max(axis=1, keepdims=True)  (N, 1) [5]  loss, cross_entropy
    np.maximum.reduce(Z2, axis=1, keepdims=True, out=M)
    # S = Z2 - M  (N, K) [5]  loss, cross_entropy
    np.copyto(S_part, M)
    np.subtract(Z2, S_part, out=S)
    np.exp(S, out=U)  # (N, K) [5]  loss, cross_entropy
    # V = U.sum(axis=1, keepdims=True)  (N, 1) [5]  loss, cross_entropy
    gemm(1, one_K_1.T, U.T, 0, V.T, overwrite_c=1)
    # P = U / V  (N, K) [5]  loss, cross_entropy
    np.copyto(P_part, V)
    np.divide(U, P_part, out=P)
    # E = -np.sum(Y * (S - np.log(V))) / N  () [6]  loss, cross_entropy, mean
    np.log(V, out=E_part)
    np.copyto(E_part2, E_part)
    np.subtract(S, E_part2, out=E_part3)
    np.multiply(Y, E_part3, out=E_part3)
    E_sum = np.add.reduce(E_part3, axis=None)
    E = (-E_sum) / N
    # dZ2 = (P - Y) / N * seed  (N, K) [7]
    np.subtract(P, Y, out=dZ2)
    np.divide(dZ2, count, out=dZ2)
    np.multiply(dZ2, seed, out=dZ2)
    # db2 = dZ2.sum(axis=0)  (K,) [9]
    gemv(1, dZ2.T, one_N, 1, y=b2, overwrite_y=1)
    # dZ1 = np.where(Z1 > 0, dZ2 @ W2, 0)  (N, H) [10]
    np.greater(A1, zero, out=dZ1_part)
    gemm(1, W2.T, dZ2.T, 0, dZ1.T, overwrite_c=1)
    np.copyto(dZ1_part2, dZ1_part)
    np.multiply(dZ1, dZ1_part2, out=dZ1)
    # dW2 = dZ2.T @ A1  (K, H) [8]
    gemm(1, A1.T, dZ2.T, 1, W2.T, trans_b=1, overwrite_c=1)
    # dW1 = dZ1.T @ X  (H, D) [11]
    gemm(1, X.T, dZ1.T, 1, W1.T, trans_b=1, overwrite_c=1)
    # db1 = dZ1.sum(axis=0)  (H,) [12]
    gemv(1, dZ1.T, one_N, 1, y=b1, overwrite_y=1)
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
    dtype = params["W1"].dtype
    ws = Workspace(len(X), dtype.type) if workspace is None else workspace
    if ws.N != len(X):
        raise ValueError(f"X has {len(X)} samples, the workspace is for {ws.N}")
    if ws.dtype != dtype:
        raise TypeError(f"W1 is {dtype}, the workspace is for {ws.dtype}")
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


Schedule = Callable[[float, int], float]


CHUNK = 32768


def constant(learning_rate: float, step: int) -> float:
    """Return the learning rate as it is."""
    return learning_rate


def step_decay(size: int, gamma: float = 0.1) -> Schedule:
    """Return a schedule: times gamma after every `size` steps, as StepLR of torch."""
    check_whole("size", size, 1)
    check_number("gamma", gamma, 0)
    return lambda learning_rate, step: learning_rate * gamma ** (step // size)


def cosine(total: int, least: float = 0.0) -> Schedule:
    """Return a schedule: half a cosine down to `least`, as CosineAnnealingLR of torch.

    It is there after `total` steps, and goes up again behind them.
    """
    check_whole("total", total, 1)
    check_number("least", least, 0)

    def rate(learning_rate: float, step: int) -> float:
        share = (1 + math.cos(math.pi * step / total)) / 2
        return least + (learning_rate - least) * share

    return rate


def exponential(gamma: float) -> Schedule:
    """Return a schedule: times gamma after every step, as ExponentialLR of torch."""
    check_number("gamma", gamma, 0)
    return lambda learning_rate, step: learning_rate * gamma**step


def clip(gradient: Array, norm: float | None, value: float | None) -> None:
    """Clip the entries to -value .. value, then scale them to a norm of at most `norm`.

    As clip_grad_value_ and clip_grad_norm_ of torch.nn.utils do.
    """
    if value is not None:
        np.clip(gradient, -value, value, out=gradient)
    if norm is not None:
        found = math.sqrt(np.einsum("p,p->", gradient, gradient))
        if norm < found + 1e-6:
            np.multiply(gradient, norm / (found + 1e-6), out=gradient)


def cut(arrays: Sequence[Array], spare: int) -> list[tuple[Array, ...]]:
    """Return flat arrays in pieces, each with `spare` arrays for other results."""
    length = len(arrays[0])
    work = [np.empty(min(length, CHUNK), arrays[0].dtype) for _ in range(spare)]
    pieces = []
    for start in range(0, length, CHUNK):
        end = min(start + CHUNK, length)
        spares = (w[: end - start] for w in work)
        pieces.append((*(a[start:end] for a in arrays), *spares))
    return pieces


def check_whole(name: str, value: object, least: int, most: int | None = None) -> None:
    """Raise an error unless it is a whole number from least to most."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} is {value!r}, expected a whole number")
    if value < least or (most is not None and value > most):
        upto = "or more" if most is None else f"to {most}"
        raise ValueError(f"{name} is {value}, expected {least} {upto}")


def check_number(name: str, value: object, least: float = -math.inf) -> None:
    """Raise an error unless it is a finite number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise TypeError(f"{name} is {value!r}, expected a number")
    if not np.isfinite(value) or value < least:
        bound = "" if least == -math.inf else f" of at least {least}"
        raise ValueError(f"{name} is {value}, expected a finite number{bound}")


def check_options(
    learning_rate: float,
    steps: int,
    seed: int,
    weight_decay: float,
    clips: Mapping[str, float | None],
    functions: Mapping[str, object],
) -> None:
    """Raise an error for the first option of `train` that cannot be one."""
    check_number("learning_rate", learning_rate)
    check_whole("steps", steps, 0)
    check_whole("seed", seed, 0, 2**32 - 1)
    check_number("weight_decay", weight_decay, 0)
    for name, most in clips.items():
        if most is not None:
            check_number(name, most)
            if most <= 0:
                raise ValueError(f"{name} is {most}, expected None or above 0")
    for name, function in functions.items():
        if not callable(function):
            raise TypeError(f"{name} is {function!r}, expected a function")


def write_arrays(path: str | os.PathLike[str], arrays: Mapping[str, Array]) -> None:
    """Write arrays to an .npz file: all of it, or the file is as it was."""
    temporary = f"{os.fspath(path)}.{secrets.token_hex(8)}.tmp"
    try:
        with open(temporary, "xb") as file:
            np.savez(file, allow_pickle=False, **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def read_arrays(path: str | os.PathLike[str]) -> dict[str, Array]:
    """Return the arrays of an .npz file; nothing in it is run.

    Raises:
        OSError: the file cannot be opened.
        ValueError: it is no .npz file, or a part of one.
    """
    with open(path, "rb") as file:
        try:
            with np.load(file, allow_pickle=False) as found:
                return {name: found[name] for name in found.files}
        except Exception as error:  # whatever it is, the file is at fault
            text = f"{os.fspath(path)} is no .npz file, or is cut off ({error})"
            raise ValueError(text) from error


def update(
    t: int,
    learning_rate: float,
    weight_decay: float,
    theta: Array,
    g: Array,
    work: Array,
) -> None:
    """Take step t of sgd, as torch.optim.SGD does, for P numbers.

    [13] g = theta*weight_decay + g, with weight decay
    [14] theta = theta - g*learning_rate

    Source: Goodfellow, Bengio & Courville, Deep Learning (2016), algorithm 8.1.
    """
    if weight_decay:
        # g = theta * weight_decay + g  (P,) [13]
        np.multiply(theta, weight_decay, out=work)
        np.add(work, g, out=g)
    # theta = theta - g * learning_rate  (P,) [14]
    np.multiply(g, learning_rate, out=work)
    np.subtract(theta, work, out=theta)


ORIGIN = {
    "network": "mnist_784_128_10",
    "shapes": str(SHAPES),
    "trained": str(TRAINED),
    "optimizer": "sgd",
}
STATE = ("theta",)


class State:
    """Where training stands: the steps done, and all trained parameters in theta."""

    def __init__(self, params: Arrays) -> None:
        self.step = 0
        self.theta = np.empty(sum(LENGTHS.values()), params["W1"].dtype)
        self.params = views(self.theta)
        for name, value in self.params.items():
            if params[name].shape != value.shape:
                found = f"{name} has shape {params[name].shape}"
                raise ValueError(f"{found}, expected {value.shape}")
            np.copyto(value, params[name])

    @property
    def arrays(self) -> Arrays:
        """The arrays that `save` writes, by name."""
        return {name: getattr(self, name) for name in STATE}


def save(path: str | os.PathLike[str], state: State) -> None:
    """Write a state to an .npz file: all of it, or the file is as it was."""
    origin = {name: np.array(text) for name, text in ORIGIN.items()}
    write_arrays(path, {"step": np.array(state.step), **origin, **state.arrays})


def load(path: str | os.PathLike[str]) -> State:
    """Return the state that `save` wrote; nothing in the file is run.

    Raises:
        OSError: the file cannot be opened.
        ValueError: it is no state, is cut off, or is of another network or optimizer.
    """
    found = read_arrays(path)
    for name, wanted in ORIGIN.items():
        text = str(found.get(name, "missing"))
        if text != wanted:
            raise ValueError(f"{path}: {name} is {text:.200}, expected {wanted:.200}")
    kinds = {name: (value.dtype, value.shape) for name, value in found.items()}
    length = sum(LENGTHS.values())
    for name in STATE:
        if kinds.get(name) not in [(d, (length,)) for d in (np.float32, np.float64)]:
            raise ValueError(f"{path}: {name} is no array of {length} floats")
        if kinds[name] != kinds["theta"]:
            raise ValueError(f"{path}: {name} and theta are of two dtypes")
    if "step" not in found or found["step"].dtype != np.int64 or found["step"].shape:
        raise ValueError(f"{path}: step is no whole number")
    check_whole(f"{path}: step", int(found["step"]), 0)
    state = State(views(found["theta"]))
    for name, value in state.arrays.items():
        np.copyto(value, found[name])
    state.step = int(found["step"])
    return state


def batches(
    params: Arrays,
    X: Array,
    T: Array,
    state: State,
    gradient: Array,
    batch_size: int | None,
    seed: int,
) -> Iterator[tuple[Workspace, Array, Array]]:
    """Yield a workspace, inputs and targets for each step, from state.step on.

    The workspaces share theta and gradient. Without a batch size each step takes all
    samples. Else an epoch takes them in an order that depends on seed and epoch alone,
    and its last batch may be smaller.
    """
    N = len(X)
    sizes = {N} if batch_size is None else {batch_size, N % batch_size} - {0}
    dtype = state.theta.dtype.type
    made = {n: Workspace(n, dtype, state.theta, gradient) for n in sizes}
    if batch_size is None:
        while True:
            yield made[N], X, T
    X_of = {n: np.empty((n, *X.shape[1:]), X.dtype) for n in sizes}
    T_of = {n: np.empty((n, *T.shape[1:]), T.dtype) for n in sizes}
    stream, first, order = np.random.RandomState(), np.arange(N), np.arange(N)
    steps_per_epoch = -(-N // batch_size)
    shuffled = -1
    while True:
        epoch, step = divmod(state.step, steps_per_epoch)
        if epoch != shuffled:
            stream.seed([seed, epoch])
            np.copyto(order, first)
            stream.shuffle(order)
            shuffled = epoch
        rows = order[step * batch_size : (step + 1) * batch_size]
        n = len(rows)
        np.take(X, rows, axis=0, out=X_of[n], mode="clip")
        np.take(T, rows, axis=0, out=T_of[n], mode="clip")
        yield made[n], X_of[n], T_of[n]


def train(
    params: Arrays,
    X: Array,
    T: Array,
    learning_rate: float,
    steps: int,
    *,
    batch_size: int | None = None,
    seed: int = 0,
    weight_decay: float = 0.0,
    clip_norm: float | None = None,
    clip_value: float | None = None,
    schedule: Schedule = constant,
    callback: Callable[[int, float, State], object] | None = None,
    state: State | None = None,
) -> tuple[Arrays, Array]:
    """Return the parameters after `steps` steps, and the loss before each of them.

    Args:
        params: They stay as they are: steps are taken in the state.
        X, T: All samples.
        learning_rate: Before the schedule.
        steps: How many more.
        batch_size: Samples of a step; None takes all, in their order.
        seed: Of the order of the samples in each epoch, from 0 to 2**32 - 1.
        weight_decay: As `update` says; 0 for none.
        clip_norm, clip_value: The largest norm of all gradients together, and the
            largest entry of one. Entries are clipped first, then the norm.
        schedule: constant, step_decay(..), cosine(..), exponential(..), or a function
            of the learning rate and the number of steps done before this one.
        callback: Called after each step with the number of steps done, the loss before
            the step, and the state. If it returns True, training stops there.
        state: Go on from here, and leave here where training stands then; its
            parameters count, not those trained in params.

    Raises:
        KeyError, TypeError, ValueError: something does not fit; nothing is changed.

    Without clipping and weight decay, what flows back is multiplied by -learning_rate
    where it begins: each gradient is then the step of its parameter, and no pass over
    the weights scales it.
    """
    check(params, X)
    check_targets(X, T)
    if batch_size is not None:
        check_whole("batch_size", batch_size, 1, len(X))
    clips = {"clip_norm": clip_norm, "clip_value": clip_value}
    functions = {"schedule": schedule, "callback": callback or constant}
    check_options(learning_rate, steps, seed, weight_decay, clips, functions)
    if state is None:
        state = State(params)
    if not isinstance(state, State):
        raise TypeError(f"state is {state!r}, expected a State")
    dtype = params["W1"].dtype
    if state.theta.dtype != dtype:
        raise TypeError(f"W1 is {dtype}, the state is {state.theta.dtype}")
    learning_rate, weight_decay = float(learning_rate), float(weight_decay)
    gradient = np.zeros_like(state.theta)
    pieces = cut((state.theta, gradient), 1)
    losses = np.empty(steps, dtype)
    feed = batches(params, X, T, state, gradient, batch_size, seed)
    scaled = not weight_decay and clip_norm is None and clip_value is None
    for k, (ws, X_step, T_step) in zip(range(steps), feed, strict=False):
        rate = float(schedule(learning_rate, state.step))
        if not math.isfinite(rate):
            raise ValueError(f"the schedule gives {rate} after {state.step} steps")
        ws.seed[...] = -rate if scaled else 1
        forward_pass(ws, X_step)
        if scaled:
            losses[k] = descent_pass(ws, X_step, T_step)
        else:
            losses[k] = backward_pass(ws, X_step, T_step)
            clip(gradient, clip_norm, clip_value)
            for piece in pieces:
                update(state.step + 1, rate, weight_decay, *piece)
        state.step += 1
        if callback is not None and callback(state.step, float(losses[k]), state):
            losses = losses[: k + 1]
            break
    after = {name: value.copy() for name, value in state.params.items()}
    return {name: after.get(name, params[name]) for name in params}, losses


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
    if not X.flags.c_contiguous:
        raise ValueError("X is not contiguous; pass np.ascontiguousarray(X)")
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
    if not T.flags.c_contiguous:
        raise ValueError("T is not contiguous; pass np.ascontiguousarray(T)")


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
    """Print the worked numbers: output, loss, gradients, one step."""
    params, X, T, learning_rate = example()
    ws = Workspace(len(X), params["W1"].dtype.type)
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
