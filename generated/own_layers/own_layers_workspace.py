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

import math
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress

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
        self.U1 = self.params["U1"]
        self.b1 = self.params["b1"]
        self.V1 = self.params["V1"]
        self.s2 = self.params["s2"]
        self.c2 = self.params["c2"]
        self.W3 = self.params["W3"]
        self.dU1 = self.grads["U1"]
        self.db1 = self.grads["b1"]
        self.dV1 = self.grads["V1"]
        self.ds2 = self.grads["s2"]
        self.dc2 = self.grads["c2"]
        self.dW3 = self.grads["W3"]
        self.seed = np.ones((), dtype)  # what flows back is multiplied by this
        # numbers
        self.two = np.full((), 2, dtype)
        self.c3 = np.full((), K * N, dtype)
        self.one_N = np.full((N,), 1, dtype)
        self.c4_N_S1j = np.full((N, S1j), 1024, dtype)
        self.c5 = np.full((), -2, dtype)
        self.c6 = np.full((), 4, dtype)
        self.one = np.full((), 1, dtype)
        # values on the way
        self.h1 = np.empty((N, S1j), dtype)
        self.dh1_part = self.h1  # in the same place
        self.y1_part = np.empty((N, S1j), dtype)
        self.dh1 = self.y1_part  # in the same place
        self.y1 = np.empty((N, H1), dtype)
        self.dy1 = self.y1  # in the same place
        self.y1_part2 = np.empty((N, H1), dtype)
        self.y2_part = np.empty((N, H2, H1), dtype)
        self.y2_part2 = np.empty((N, H2, H1), dtype)
        self.y2_part3 = np.empty((N, H2), dtype)
        self.y2 = np.empty((N, H2), dtype)
        self.Z3 = np.empty((N, K), dtype)
        self.E_part = self.Z3  # in the same place
        self.dZ3 = self.Z3  # in the same place
        self.E_part2 = np.empty((N, K), dtype)
        self.dy2 = np.empty((N, H2), dtype)
        self.ds2_part = np.empty((N, H2), dtype)
        self.dc2_part = np.empty((N, H1, H2), dtype)
        self.dc2_part2 = np.empty((N, H1, H2), dtype)
        self.dy1_part = self.dc2_part2  # in the same place
        self.dc2_part3 = np.empty((N, H1, H2), dtype)
        self.dc2_part4 = np.empty((N, H1, H2), dtype)
        self.dc2_part5 = np.empty((N, H1, H2), dtype)
        self.dc2_part6 = np.empty((H1, H2), dtype)
        self.dh1_part2 = np.empty((N, S1j), dtype)

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
    """Return the network's output Z3, for the parameters in the workspace."""
    U1 = ws.U1
    h1 = ws.h1
    y1_part = ws.y1_part
    V1 = ws.V1
    y1 = ws.y1
    y1_part2 = ws.y1_part2
    b1 = ws.b1
    y2_part = ws.y2_part
    y2_part2 = ws.y2_part2
    c2 = ws.c2
    y2_part3 = ws.y2_part3
    s2 = ws.s2
    y2 = ws.y2
    W3 = ws.W3
    Z3 = ws.Z3
    np.dot(X, U1.T, out=h1)  # (N, S1j) [1]  layer 1, formula
    # y1 = np.tanh(h1) @ V1.T + b1  (N, H1) [2]  layer 1, formula
    np.tanh(h1, out=y1_part)
    np.dot(y1_part, V1.T, out=y1)
    np.copyto(y1_part2, b1)
    np.add(y1, y1_part2, out=y1)
    # y2 = np.exp(-s2 * np.sum((y1[:, None, :] - c2) ** 2, axis=2))
    # (N, H2) [3]  layer 2, formula
    np.copyto(y2_part, y1[:, None, :])
    np.copyto(y2_part2, c2)
    np.subtract(y2_part, y2_part2, out=y2_part)
    np.square(y2_part, out=y2_part)
    np.add.reduce(y2_part, axis=2, out=y2_part3)
    np.multiply(-s2, y2_part3, out=y2)
    np.exp(y2, out=y2)
    np.dot(y2, W3.T, out=Z3)  # (N, K) [4]  layer 3, dense
    return Z3


def loss_pass(ws: Workspace, T: Array) -> np.floating:
    """Return the loss, after a forward pass."""
    Z3 = ws.Z3
    E_part = ws.E_part
    E_part2 = ws.E_part2
    N = ws.N
    # E = np.mean((Z3 - T) ** 2)  () [5]  loss, mse, mean
    np.subtract(Z3, T, out=E_part)
    np.square(E_part, out=E_part2)
    E_sum = np.add.reduce(E_part2, axis=None)
    E = E_sum / (N * K)
    return E


def backward_pass(ws: Workspace, X: Array, T: Array) -> np.floating:
    """Return the loss E and leave ws.seed times the gradients, after a forward pass."""
    Z3 = ws.Z3
    E_part = ws.E_part
    E_part2 = ws.E_part2
    N = ws.N
    two = ws.two
    dZ3 = ws.dZ3
    c3 = ws.c3
    seed = ws.seed
    y2 = ws.y2
    dW3 = ws.dW3
    W3 = ws.W3
    dy2 = ws.dy2
    ds2_part = ws.ds2_part
    y2_part3 = ws.y2_part3
    ds2 = ws.ds2
    dc2_part = ws.dc2_part
    y1 = ws.y1
    dc2_part2 = ws.dc2_part2
    c2 = ws.c2
    dc2_part3 = ws.dc2_part3
    dc2_part4 = ws.dc2_part4
    dc2_part5 = ws.dc2_part5
    dc2_part6 = ws.dc2_part6
    s2 = ws.s2
    dc2 = ws.dc2
    dy1_part = ws.dy1_part
    dy1 = ws.dy1
    one_N = ws.one_N
    db1 = ws.db1
    y1_part = ws.y1_part
    dV1 = ws.dV1
    V1 = ws.V1
    dh1 = ws.dh1
    h1 = ws.h1
    dh1_part = ws.dh1_part
    c4_N_S1j = ws.c4_N_S1j
    c5 = ws.c5
    c6 = ws.c6
    dh1_part2 = ws.dh1_part2
    one = ws.one
    dU1 = ws.dU1
    # E = np.mean((Z3 - T) ** 2)  () [5]  loss, mse, mean
    np.subtract(Z3, T, out=E_part)
    np.square(E_part, out=E_part2)
    E_sum = np.add.reduce(E_part2, axis=None)
    E = E_sum / (N * K)
    # dZ3 = 2 * (Z3 - T) / (K * N) * seed  (N, K) [6]
    np.multiply(two, E_part, out=dZ3)
    np.divide(dZ3, c3, out=dZ3)
    np.multiply(dZ3, seed, out=dZ3)
    np.dot(dZ3.T, y2, out=dW3)  # (K, H2) [7]
    np.dot(dZ3, W3, out=dy2)  # (N, H2) [8]
    # ds2 = -np.sum(y2 * dy2 * np.sum((y1[:, None, :] - c2) ** 2, axis=2))  () [9]
    np.multiply(y2, dy2, out=ds2_part)
    np.multiply(ds2_part, y2_part3, out=ds2_part)
    ds2_sum = np.add.reduce(ds2_part, axis=None)
    ds2[...] = -ds2_sum
    # dc2  (H2, H1) [10]
    np.copyto(dc2_part, y1[:, :, None])
    np.copyto(dc2_part2, c2.T)
    np.subtract(dc2_part, dc2_part2, out=dc2_part3)
    np.copyto(dc2_part4, dy2[:, None, :])
    np.multiply(dc2_part3, dc2_part4, out=dc2_part3)
    np.copyto(dc2_part5, y2[:, None, :])
    np.multiply(dc2_part3, dc2_part5, out=dc2_part3)
    np.add.reduce(dc2_part3, axis=0, out=dc2_part6)
    np.multiply(2 * s2, dc2_part6.T, out=dc2)
    # dy1  (N, H1) [11]
    np.subtract(dc2_part2, dc2_part, out=dy1_part)
    np.multiply(dy1_part, dc2_part4, out=dy1_part)
    np.multiply(dy1_part, dc2_part5, out=dy1_part)
    np.add.reduce(dy1_part, axis=2, out=dy1)
    np.multiply(2 * s2, dy1, out=dy1)
    np.dot(one_N, dy1, out=db1)  # (H1,) [12]
    np.dot(dy1.T, y1_part, out=dV1)  # (H1, S1j) [13]
    # dh1 = (dy1 @ V1) * tanh_derivative(h1)  (N, S1j) [14]
    np.dot(dy1, V1, out=dh1)
    np.absolute(h1, out=dh1_part)
    np.minimum(dh1_part, c4_N_S1j, out=dh1_part)
    np.multiply(c5, dh1_part, out=dh1_part)
    np.exp(dh1_part, out=dh1_part)
    np.multiply(c6, dh1_part, out=dh1_part2)
    np.add(one, dh1_part, out=dh1_part)
    np.divide(dh1_part2, dh1_part, out=dh1_part2)
    np.divide(dh1_part2, dh1_part, out=dh1_part2)
    np.multiply(dh1, dh1_part2, out=dh1)
    np.dot(dh1.T, X, out=dU1)  # (S1j, D) [15]
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
    dtype = params["U1"].dtype
    ws = Workspace(len(X), dtype.type) if workspace is None else workspace
    if ws.N != len(X):
        raise ValueError(f"X has {len(X)} samples, the workspace is for {ws.N}")
    if ws.dtype != dtype:
        raise TypeError(f"U1 is {dtype}, the workspace is for {ws.dtype}")
    if not (ws.theta.flags.writeable and ws.gradient.flags.writeable):
        raise ValueError("the workspace is read-only; make a new one")
    ws.load(params)
    return ws


def forward(params: Arrays, X: Array, workspace: Workspace | None = None) -> Array:
    """Return the network's output Z3, an array of the workspace."""
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

    [16] g = theta*weight_decay + g, with weight decay
    [17] theta = theta - g*learning_rate

    Source: Goodfellow, Bengio & Courville, Deep Learning (2016), algorithm 8.1.
    """
    if weight_decay:
        # g = theta * weight_decay + g  (P,) [16]
        np.multiply(theta, weight_decay, out=work)
        np.add(work, g, out=g)
    # theta = theta - g * learning_rate  (P,) [17]
    np.multiply(g, learning_rate, out=work)
    np.subtract(theta, work, out=theta)


ORIGIN = {
    "network": "own_layers",
    "shapes": str(SHAPES),
    "trained": str(TRAINED),
    "optimizer": "sgd",
}
STATE = ("theta",)


class State:
    """Where training stands: the steps done, and all trained parameters in theta."""

    def __init__(self, params: Arrays) -> None:
        self.step = 0
        self.theta = np.empty(sum(LENGTHS.values()), params["U1"].dtype)
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
    dtype = params["U1"].dtype
    if state.theta.dtype != dtype:
        raise TypeError(f"U1 is {dtype}, the state is {state.theta.dtype}")
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
        raise ValueError(f"X has shape {X.shape}, expected (N, 3)")
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
        raise ValueError(f"T has shape {T.shape}, expected ({len(X)}, 1)")
    if T.dtype != X.dtype:
        raise TypeError(f"T is {T.dtype} but X is {X.dtype}")
    if not T.flags.c_contiguous:
        raise ValueError("T is not contiguous; pass np.ascontiguousarray(T)")


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
    """Print the worked numbers: output, loss, gradients, one step."""
    params, X, T, learning_rate = example()
    ws = Workspace(len(X), params["U1"].dtype.type)
    print(f"Z3 =\n{np.array2string(forward(params, X, ws), precision=8)}")
    E, grads = loss_and_gradients(params, X, T, ws)
    print(f"E = {E:.8g}")
    for name, grad in grads.items():
        print(f"d{name} =\n{np.array2string(grad, precision=8)}")
    after, _ = train(params, X, T, learning_rate, 1)
    for name in grads:
        print(f"{name} after one step =\n{np.array2string(after[name], precision=8)}")


if __name__ == "__main__":
    main()
