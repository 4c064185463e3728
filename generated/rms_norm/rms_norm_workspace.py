"""rms_norm: RMS norm around a dense layer.

Loss: mse, mean; targets are values.

Layers:
    inputs 4
    rmsnorm
    dense 4, tanh
    rmsnorm
    dense 2, identity

Pure NumPy; every line carries the shape of its value and, in brackets, the number
of the line of the derivation it comes from.

Derivation in index notation (dQ is the gradient of E by Q):
    [1] ms1[n] = sum(i: X[n,i]**2)/D
    [2] rms1[n] = sqrt(ms1[n] + 0.00001)
    [3] xhat1[n,i] = X[n,i]/rms1[n]
    [4] Z2[n,j] = sum(i: W2[j,i]*xhat1[n,i])
    [5] A2[n,j] = tanh(Z2[n,j])
    [6] ms3[n] = sum(i: A2[n,i]**2)/H
    [7] rms3[n] = sqrt(ms3[n] + 0.000001)
    [8] xhat3[n,i] = A2[n,i]/rms3[n]
    [9] Y3[n,i] = gamma3[i]*xhat3[n,i]
    [10] Z4[n,j] = sum(i: W4[j,i]*Y3[n,i])
    [11] E = sum(n,j: (Z4[n,j] - T[n,j])**2)/(K*N)
    [12] dZ4[n,j] = 2*(Z4[n,j] - T[n,j])/(K*N)
    [13] dW4[j,i] = sum(n: dZ4[n,j]*Y3[n,i])
    [14] dY3[n,i] = sum(j: dZ4[n,j]*W4[j,i])
    [15] dgamma3[i] = sum(n: dY3[n,i]*xhat3[n,i])
    [16] dxhat3[n,i] = dY3[n,i]*gamma3[i]
    [17] drms3[n] = -sum(i: dxhat3[n,i]*xhat3[n,i])/rms3[n]
    [18] dms3[n] = drms3[n]/(2*rms3[n])
    [19] dZ2[n,j] = (dxhat3[n,j]/rms3[n] + 2*A2[n,j]*dms3[n]/H)*(1 - A2[n,j]**2)
    [20] dW2[j,i] = sum(n: dZ2[n,j]*xhat1[n,i])

Largest errors found, in units in the last place (ULP):
    tanh where |x| <= 30
        float64: at most 1.06 ULP, at 0.514237 (1787 points).
        float32: at most 1.28 ULP, at -0.548126 (1961 points).
    tanh_derivative where |x| <= 30
        float64: at most 2.99 ULP, at 2.44338 (2155 points).
        float32: at most 3.41 ULP, at 6.36785 (2185 points).
"""

import math
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress

import numpy as np

Array = np.ndarray
Arrays = dict[str, Array]

D = 4  # inputs
H = 4  # hidden units
K = 2  # outputs

SHAPES = {"W2": (H, D), "gamma3": (H,), "W4": (K, H)}
TRAINED = ("W2", "gamma3", "W4")
CACHE = 1 << 20  # bytes near a core: passes over a batch take as many rows
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
        self.W2 = self.params["W2"]
        self.gamma3 = self.params["gamma3"]
        self.W4 = self.params["W4"]
        self.dW2 = self.grads["W2"]
        self.dgamma3 = self.grads["gamma3"]
        self.dW4 = self.grads["W4"]
        self.seed = np.ones((), dtype)  # what flows back is multiplied by this
        # numbers
        self.one_D_1 = np.full((D, 1), 1, dtype)
        self.c1 = np.full((), D, dtype)
        self.c2 = np.full((), 1e-05, dtype)
        self.one_H_1 = np.full((H, 1), 1, dtype)
        self.c3 = np.full((), H, dtype)
        self.c4 = np.full((), 1e-06, dtype)
        self.two = np.full((), 2, dtype)
        self.c6 = np.full((), K * N, dtype)
        self.one_N = np.full((N,), 1, dtype)
        self.c7_N_H = np.full((N, H), 1024, dtype)
        self.c8 = np.full((), -2, dtype)
        self.c9 = np.full((), 4, dtype)
        self.one = np.full((), 1, dtype)
        # values on the way
        self.ms1_part = np.empty((N, D), dtype)
        self.xhat1 = self.ms1_part  # in the same place
        self.ms1 = np.empty((N, 1), dtype)
        self.rms1 = self.ms1  # in the same place
        self.ms3 = self.ms1  # in the same place
        self.rms3 = self.ms1  # in the same place
        self.dms3_part = self.ms1  # in the same place
        self.Z2 = np.empty((N, H), dtype)
        self.dZ2_part3 = self.Z2  # in the same place
        self.A2 = np.empty((N, H), dtype)
        self.dZ2_part = self.A2  # in the same place
        self.ms3_part = np.empty((N, H), dtype)
        self.xhat3_part = self.ms3_part  # in the same place
        self.dZ2_part2 = self.ms3_part  # in the same place
        self.xhat3 = np.empty((N, H), dtype)
        self.drms3_part = self.xhat3  # in the same place
        self.Y3_part = np.empty((N, H), dtype)
        self.Y3 = np.empty((N, H), dtype)
        self.dY3 = self.Y3  # in the same place
        self.dxhat3 = self.Y3  # in the same place
        self.dZ2 = self.Y3  # in the same place
        self.Z4 = np.empty((N, K), dtype)
        self.E_part = self.Z4  # in the same place
        self.dZ4 = self.Z4  # in the same place
        self.E_part2 = np.empty((N, K), dtype)
        self.dgamma3_part = np.empty((N, H), dtype)
        self.drms3 = np.empty((N, 1), dtype)
        self.dms3 = self.drms3  # in the same place
        # their rows, tile by tile; within a loop over tiles Z_ is a tile of Z
        self.tiles_dZ2 = tiles(
            self.dxhat3,
            self.xhat3_part,
            self.dZ2,
            self.A2,
            self.dZ2_part,
            self.dms3,
            self.dZ2_part2,
            self.Z2,
            self.dZ2_part3,
            self.c7_N_H,
        )

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


def tiles(*arrays: Array) -> list[tuple[Array, ...]]:
    """Return the arrays cut into tiles of so many rows that CACHE bytes hold them."""
    rows = max(1, CACHE // sum(a[0].nbytes for a in arrays))
    starts = range(0, len(arrays[0]), rows)
    return [tuple(a[start : start + rows] for a in arrays) for start in starts]


def forward_pass(ws: Workspace, X: Array) -> Array:
    """Return the network's output Z4, for the parameters in the workspace."""
    ms1_part = ws.ms1_part
    one_D_1 = ws.one_D_1
    ms1 = ws.ms1
    c1 = ws.c1
    c2 = ws.c2
    rms1 = ws.rms1
    xhat1 = ws.xhat1
    W2 = ws.W2
    Z2 = ws.Z2
    A2 = ws.A2
    ms3_part = ws.ms3_part
    one_H_1 = ws.one_H_1
    ms3 = ws.ms3
    c3 = ws.c3
    c4 = ws.c4
    rms3 = ws.rms3
    xhat3_part = ws.xhat3_part
    xhat3 = ws.xhat3
    Y3_part = ws.Y3_part
    gamma3 = ws.gamma3
    Y3 = ws.Y3
    W4 = ws.W4
    Z4 = ws.Z4
    # ms1 = np.mean(X**2, axis=1, keepdims=True)  (N, 1) [1]  layer 1, rmsnorm
    np.square(X, out=ms1_part)
    np.dot(ms1_part, one_D_1, out=ms1)
    np.divide(ms1, c1, out=ms1)
    # rms1 = np.sqrt(ms1 + 1e-05)  (N, 1) [2]  layer 1, rmsnorm
    np.add(ms1, c2, out=rms1)
    np.sqrt(rms1, out=rms1)
    # xhat1 = X / rms1  (N, D) [3]  layer 1, rmsnorm
    np.copyto(xhat1, rms1)
    np.divide(X, xhat1, out=xhat1)
    np.dot(xhat1, W2.T, out=Z2)  # (N, H) [4]  layer 2, dense
    np.tanh(Z2, out=A2)  # (N, H) [5]  layer 2, tanh
    # ms3 = np.mean(A2**2, axis=1, keepdims=True)  (N, 1) [6]  layer 3, rmsnorm
    np.square(A2, out=ms3_part)
    np.dot(ms3_part, one_H_1, out=ms3)
    np.divide(ms3, c3, out=ms3)
    # rms3 = np.sqrt(ms3 + 1e-06)  (N, 1) [7]  layer 3, rmsnorm
    np.add(ms3, c4, out=rms3)
    np.sqrt(rms3, out=rms3)
    # xhat3 = A2 / rms3  (N, H) [8]  layer 3, rmsnorm
    np.copyto(xhat3_part, rms3)
    np.divide(A2, xhat3_part, out=xhat3)
    # Y3 = gamma3 * xhat3  (N, H) [9]  layer 3, rmsnorm
    np.copyto(Y3_part, gamma3)
    np.multiply(Y3_part, xhat3, out=Y3)
    np.dot(Y3, W4.T, out=Z4)  # (N, K) [10]  layer 4, dense
    return Z4


def loss_pass(ws: Workspace, T: Array) -> np.floating:
    """Return the loss, after a forward pass."""
    Z4 = ws.Z4
    E_part = ws.E_part
    E_part2 = ws.E_part2
    N = ws.N
    # E = np.mean((Z4 - T) ** 2)  () [11]  loss, mse, mean
    np.subtract(Z4, T, out=E_part)
    np.square(E_part, out=E_part2)
    E_sum = np.add.reduce(E_part2, axis=None)
    E = E_sum / (N * K)
    return E


def backward_pass(ws: Workspace, X: Array, T: Array) -> np.floating:
    """Return the loss E and leave ws.seed times the gradients, after a forward pass."""
    Z4 = ws.Z4
    E_part = ws.E_part
    E_part2 = ws.E_part2
    N = ws.N
    two = ws.two
    dZ4 = ws.dZ4
    c6 = ws.c6
    seed = ws.seed
    Y3 = ws.Y3
    dW4 = ws.dW4
    W4 = ws.W4
    dY3 = ws.dY3
    xhat3 = ws.xhat3
    dgamma3_part = ws.dgamma3_part
    one_N = ws.one_N
    dgamma3 = ws.dgamma3
    Y3_part = ws.Y3_part
    dxhat3 = ws.dxhat3
    drms3_part = ws.drms3_part
    one_H_1 = ws.one_H_1
    drms3 = ws.drms3
    rms3 = ws.rms3
    dms3_part = ws.dms3_part
    dms3 = ws.dms3
    c3 = ws.c3
    c8 = ws.c8
    c9 = ws.c9
    one = ws.one
    dZ2 = ws.dZ2
    xhat1 = ws.xhat1
    dW2 = ws.dW2
    # E = np.mean((Z4 - T) ** 2)  () [11]  loss, mse, mean
    np.subtract(Z4, T, out=E_part)
    np.square(E_part, out=E_part2)
    E_sum = np.add.reduce(E_part2, axis=None)
    E = E_sum / (N * K)
    # dZ4 = 2 * (Z4 - T) / (K * N) * seed  (N, K) [12]
    np.multiply(two, E_part, out=dZ4)
    np.divide(dZ4, c6, out=dZ4)
    np.multiply(dZ4, seed, out=dZ4)
    np.dot(dZ4.T, Y3, out=dW4)  # (K, H) [13]
    np.dot(dZ4, W4, out=dY3)  # (N, H) [14]
    # dgamma3 = np.sum(dY3 * xhat3, axis=0)  (H,) [15]
    np.multiply(dY3, xhat3, out=dgamma3_part)
    np.dot(one_N, dgamma3_part, out=dgamma3)
    np.multiply(dY3, Y3_part, out=dxhat3)  # (N, H) [16]
    # drms3 = -np.sum(dxhat3 * xhat3, axis=1, keepdims=True) / rms3  (N, 1) [17]
    np.multiply(dxhat3, xhat3, out=drms3_part)
    np.dot(drms3_part, one_H_1, out=drms3)
    np.negative(drms3, out=drms3)
    np.divide(drms3, rms3, out=drms3)
    # dms3 = drms3 / (2 * rms3)  (N, 1) [18]
    np.multiply(two, rms3, out=dms3_part)
    np.divide(drms3, dms3_part, out=dms3)
    # dZ2 = (dxhat3 / rms3 + 2 * A2 * dms3 / H) * tanh_derivative(Z2)  (N, H) [19]
    for (
        dxhat3_,
        xhat3_part_,
        dZ2_,
        A2_,
        dZ2_part_,
        dms3_,
        dZ2_part2_,
        Z2_,
        dZ2_part3_,
        c7_N_H_,
    ) in ws.tiles_dZ2:
        np.divide(dxhat3_, xhat3_part_, out=dZ2_)
        np.multiply(two, A2_, out=dZ2_part_)
        np.copyto(dZ2_part2_, dms3_)
        np.multiply(dZ2_part_, dZ2_part2_, out=dZ2_part_)
        np.divide(dZ2_part_, c3, out=dZ2_part_)
        np.add(dZ2_, dZ2_part_, out=dZ2_)
        np.absolute(Z2_, out=dZ2_part3_)
        np.minimum(dZ2_part3_, c7_N_H_, out=dZ2_part3_)
        np.multiply(c8, dZ2_part3_, out=dZ2_part3_)
        np.exp(dZ2_part3_, out=dZ2_part3_)
        np.multiply(c9, dZ2_part3_, out=dZ2_part_)
        np.add(one, dZ2_part3_, out=dZ2_part3_)
        np.divide(dZ2_part_, dZ2_part3_, out=dZ2_part_)
        np.divide(dZ2_part_, dZ2_part3_, out=dZ2_part_)
        np.multiply(dZ2_, dZ2_part_, out=dZ2_)
    np.dot(dZ2.T, xhat1, out=dW2)  # (H, D) [20]
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
    dtype = params["W2"].dtype
    ws = Workspace(len(X), dtype.type) if workspace is None else workspace
    if ws.N != len(X):
        raise ValueError(f"X has {len(X)} samples, the workspace is for {ws.N}")
    if ws.dtype != dtype:
        raise TypeError(f"W2 is {dtype}, the workspace is for {ws.dtype}")
    if not (ws.theta.flags.writeable and ws.gradient.flags.writeable):
        raise ValueError("the workspace is read-only; make a new one")
    ws.load(params)
    return ws


def forward(params: Arrays, X: Array, workspace: Workspace | None = None) -> Array:
    """Return the network's output Z4, an array of the workspace."""
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

    [21] g = theta*weight_decay + g, with weight decay
    [22] theta = theta - g*learning_rate

    Source: Goodfellow, Bengio & Courville, Deep Learning (2016), algorithm 8.1.
    """
    if weight_decay:
        # g = theta * weight_decay + g  (P,) [21]
        np.multiply(theta, weight_decay, out=work)
        np.add(work, g, out=g)
    # theta = theta - g * learning_rate  (P,) [22]
    np.multiply(g, learning_rate, out=work)
    np.subtract(theta, work, out=theta)


ORIGIN = {
    "network": "rms_norm",
    "shapes": str(SHAPES),
    "trained": str(TRAINED),
    "optimizer": "sgd",
}
STATE = ("theta",)


class State:
    """Where training stands: the steps done, and all trained parameters in theta."""

    def __init__(self, params: Arrays) -> None:
        self.step = 0
        self.theta = np.empty(sum(LENGTHS.values()), params["W2"].dtype)
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
    dtype = params["W2"].dtype
    if state.theta.dtype != dtype:
        raise TypeError(f"W2 is {dtype}, the state is {state.theta.dtype}")
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
            losses[k] = backward_pass(ws, X_step, T_step)
            np.add(state.theta, gradient, out=state.theta)
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
        raise ValueError(f"X has shape {X.shape}, expected (N, 4)")
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
    if T.shape != (len(X), K):
        raise ValueError(f"T has shape {T.shape}, expected ({len(X)}, 2)")
    if T.dtype != X.dtype:
        raise TypeError(f"T is {T.dtype} but X is {X.dtype}")
    if not T.flags.c_contiguous:
        raise ValueError("T is not contiguous; pass np.ascontiguousarray(T)")


def example(
    dtype: type[np.floating] = np.float64,
) -> tuple[Arrays, Array, Array, float]:
    """Return parameters, inputs, targets and learning rate of the worked numbers."""
    stream = np.random.RandomState(0).randint
    X = stream(-1000, 1001, (2, 4), dtype=np.int64)
    X = (X / 1000).astype(dtype)
    T = stream(0, 1001, (2, 2), dtype=np.int64)
    T = (T / 1000).astype(dtype)
    W2 = stream(-5000, 5001, (4, 4), dtype=np.int64)
    W2 = (W2 / 10000).astype(dtype)
    gamma3 = stream(9000, 11001, (4,), dtype=np.int64)
    gamma3 = (gamma3 / 10000).astype(dtype)
    W4 = stream(-5000, 5001, (2, 4), dtype=np.int64)
    W4 = (W4 / 10000).astype(dtype)
    params = {
        "W2": W2,
        "gamma3": gamma3,
        "W4": W4,
    }
    return params, X, T, 0.1


def main() -> None:
    """Print the worked numbers: output, loss, gradients, one step."""
    params, X, T, learning_rate = example()
    ws = Workspace(len(X), params["W2"].dtype.type)
    print(f"Z4 =\n{np.array2string(forward(params, X, ws), precision=8)}")
    E, grads = loss_and_gradients(params, X, T, ws)
    print(f"E = {E:.8g}")
    for name, grad in grads.items():
        print(f"d{name} =\n{np.array2string(grad, precision=8)}")
    after, _ = train(params, X, T, learning_rate, 1)
    for name in grads:
        print(f"{name} after one step =\n{np.array2string(after[name], precision=8)}")


if __name__ == "__main__":
    main()
