"""batch_norm_relu: Batch norm before the activation.

Loss: mse, mean; targets are values.

Layers:
    inputs 3
    dense 4, identity
    batchnorm
    relu
    dense 2 + bias, identity

Pure NumPy; every line carries the shape of its value and, in brackets, the number
of the line of the derivation it comes from.

Derivation in index notation (dQ is the gradient of E by Q):
    [1] Z1[n,j] = sum(i: W1[j,i]*X[n,i])
    [2] mu2[i] = sum(n: Z1[n,i])/N
    [3] var2[i] = sum(n: (Z1[n,i] - mu2[i])**2)/N
    [4] sigma2[i] = sqrt(var2[i] + 0.00001)
    [5] xhat2[n,i] = (Z1[n,i] - mu2[i])/sigma2[i]
    [6] Y2[n,i] = gamma2[i]*xhat2[n,i] + beta2[i]
    [7] A3[n,j] = max(Y2[n,j], 0)
    [8] Z4[n,j] = sum(i: W4[j,i]*A3[n,i]) + b4[j]
    [9] E = sum(n,j: (Z4[n,j] - T[n,j])**2)/(K*N)
    [10] dZ4[n,j] = 2*(Z4[n,j] - T[n,j])/(K*N)
    [11] dW4[j,i] = sum(n: dZ4[n,j]*A3[n,i])
    [12] db4[j] = sum(n: dZ4[n,j])
    [13] dY2[n,i] = where(Y2[n,i] > 0, sum(j: dZ4[n,j]*W4[j,i]), 0)
    [14] dgamma2[i] = sum(n: dY2[n,i]*xhat2[n,i])
    [15] dbeta2[i] = sum(n: dY2[n,i])
    [16] dxhat2[n,i] = dY2[n,i]*gamma2[i]
    [17] dsigma2[i] = -sum(n: dxhat2[n,i]*xhat2[n,i])/sigma2[i]
    [18] dvar2[i] = dsigma2[i]/(2*sigma2[i])
    [19] dmu2[i] = -sum(n: dxhat2[n,i])/sigma2[i]
    [20] dZ1[n,j] = dmu2[j]/N + dxhat2[n,j]/sigma2[j] + 2*(Z1[n,j] - mu2[j])*dvar2[j]/N
    [21] dW1[j,i] = sum(n: dZ1[n,j]*X[n,i])
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
H = 4  # hidden units
K = 2  # outputs

SHAPES = {"W1": (H, D), "gamma2": (H,), "beta2": (H,), "W4": (K, H), "b4": (K,)}
TRAINED = ("W1", "gamma2", "beta2", "W4", "b4")
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
        self.gamma2 = self.params["gamma2"]
        self.beta2 = self.params["beta2"]
        self.W4 = self.params["W4"]
        self.b4 = self.params["b4"]
        self.dW1 = self.grads["W1"]
        self.dgamma2 = self.grads["gamma2"]
        self.dbeta2 = self.grads["beta2"]
        self.dW4 = self.grads["W4"]
        self.db4 = self.grads["b4"]
        self.seed = np.ones((), dtype)  # what flows back is multiplied by this
        # numbers
        self.one_N = np.full((N,), 1, dtype)
        self.count = np.full((), N, dtype)
        self.c1 = np.full((), 1e-05, dtype)
        self.zero = np.full((), 0, dtype)
        self.zero_N_H = np.full((N, H), 0, dtype)
        self.two = np.full((), 2, dtype)
        self.c3 = np.full((), K * N, dtype)
        # values on the way
        self.Z1 = np.empty((N, H), dtype)
        self.var2_part2 = self.Z1  # in the same place
        self.dZ1_part3 = self.Z1  # in the same place
        self.mu2 = np.empty((H,), dtype)
        self.var2 = self.mu2  # in the same place
        self.sigma2 = self.mu2  # in the same place
        self.var2_part = np.empty((N, H), dtype)
        self.xhat2_part = self.var2_part  # in the same place
        self.dZ1 = self.var2_part  # in the same place
        self.xhat2 = np.empty((N, H), dtype)
        self.dsigma2_part = self.xhat2  # in the same place
        self.Y2_part = np.empty((N, H), dtype)
        self.Y2 = np.empty((N, H), dtype)
        self.A3 = self.Y2  # in the same place
        self.dY2 = self.Y2  # in the same place
        self.dxhat2 = self.Y2  # in the same place
        self.dZ1_part2 = self.Y2  # in the same place
        self.Y2_part2 = np.empty((N, H), dtype)
        self.dY2_part2 = self.Y2_part2  # in the same place
        self.dgamma2_part = self.Y2_part2  # in the same place
        self.Z4 = np.empty((N, K), dtype)
        self.E_part = self.Z4  # in the same place
        self.dZ4 = self.Z4  # in the same place
        self.Z4_part = np.empty((N, K), dtype)
        self.E_part2 = self.Z4_part  # in the same place
        self.dY2_part = np.empty((N, H), bool)
        self.dsigma2 = np.empty((H,), dtype)
        self.dvar2 = self.dsigma2  # in the same place
        self.dvar2_part = np.empty((H,), dtype)
        self.dmu2 = self.dvar2_part  # in the same place
        self.dZ1_part = self.dvar2_part  # in the same place

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
    """Return the network's output Z4, for the parameters in the workspace."""
    W1 = ws.W1
    Z1 = ws.Z1
    one_N = ws.one_N
    mu2 = ws.mu2
    count = ws.count
    var2_part = ws.var2_part
    var2_part2 = ws.var2_part2
    var2 = ws.var2
    c1 = ws.c1
    sigma2 = ws.sigma2
    xhat2_part = ws.xhat2_part
    xhat2 = ws.xhat2
    Y2_part = ws.Y2_part
    gamma2 = ws.gamma2
    Y2 = ws.Y2
    Y2_part2 = ws.Y2_part2
    beta2 = ws.beta2
    zero_N_H = ws.zero_N_H
    A3 = ws.A3
    W4 = ws.W4
    Z4 = ws.Z4
    Z4_part = ws.Z4_part
    b4 = ws.b4
    np.dot(X, W1.T, out=Z1)  # (N, H) [1]  layer 1, dense
    # mu2 = Z1.mean(axis=0)  (H,) [2]  layer 2, batchnorm
    np.dot(one_N, Z1, out=mu2)
    np.divide(mu2, count, out=mu2)
    # var2 = np.mean((Z1 - mu2) ** 2, axis=0)  (H,) [3]  layer 2, batchnorm
    np.copyto(var2_part, mu2)
    np.subtract(Z1, var2_part, out=var2_part2)
    np.square(var2_part2, out=var2_part)
    np.dot(one_N, var2_part, out=var2)
    np.divide(var2, count, out=var2)
    # sigma2 = np.sqrt(var2 + 1e-05)  (H,) [4]  layer 2, batchnorm
    np.add(var2, c1, out=sigma2)
    np.sqrt(sigma2, out=sigma2)
    # xhat2 = (Z1 - mu2) / sigma2  (N, H) [5]  layer 2, batchnorm
    np.copyto(xhat2_part, sigma2)
    np.divide(var2_part2, xhat2_part, out=xhat2)
    # Y2 = gamma2 * xhat2 + beta2  (N, H) [6]  layer 2, batchnorm
    np.copyto(Y2_part, gamma2)
    np.multiply(Y2_part, xhat2, out=Y2)
    np.copyto(Y2_part2, beta2)
    np.add(Y2, Y2_part2, out=Y2)
    np.maximum(Y2, zero_N_H, out=A3)  # (N, H) [7]  layer 3, relu
    # Z4 = A3 @ W4.T + b4  (N, K) [8]  layer 4, dense
    np.dot(A3, W4.T, out=Z4)
    np.copyto(Z4_part, b4)
    np.add(Z4, Z4_part, out=Z4)
    return Z4


def loss_pass(ws: Workspace, T: Array) -> np.floating:
    """Return the loss, after a forward pass."""
    Z4 = ws.Z4
    E_part = ws.E_part
    E_part2 = ws.E_part2
    N = ws.N
    # E = np.mean((Z4 - T) ** 2)  () [9]  loss, mse, mean
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
    c3 = ws.c3
    seed = ws.seed
    A3 = ws.A3
    dW4 = ws.dW4
    one_N = ws.one_N
    db4 = ws.db4
    zero = ws.zero
    dY2_part = ws.dY2_part
    W4 = ws.W4
    dY2 = ws.dY2
    dY2_part2 = ws.dY2_part2
    xhat2 = ws.xhat2
    dgamma2_part = ws.dgamma2_part
    dgamma2 = ws.dgamma2
    dbeta2 = ws.dbeta2
    Y2_part = ws.Y2_part
    dxhat2 = ws.dxhat2
    dsigma2_part = ws.dsigma2_part
    dsigma2 = ws.dsigma2
    sigma2 = ws.sigma2
    dvar2_part = ws.dvar2_part
    dvar2 = ws.dvar2
    dmu2 = ws.dmu2
    count = ws.count
    dZ1_part = ws.dZ1_part
    xhat2_part = ws.xhat2_part
    dZ1_part2 = ws.dZ1_part2
    var2_part2 = ws.var2_part2
    dZ1_part3 = ws.dZ1_part3
    dZ1 = ws.dZ1
    dW1 = ws.dW1
    # E = np.mean((Z4 - T) ** 2)  () [9]  loss, mse, mean
    np.subtract(Z4, T, out=E_part)
    np.square(E_part, out=E_part2)
    E_sum = np.add.reduce(E_part2, axis=None)
    E = E_sum / (N * K)
    # dZ4 = 2 * (Z4 - T) / (K * N) * seed  (N, K) [10]
    np.multiply(two, E_part, out=dZ4)
    np.divide(dZ4, c3, out=dZ4)
    np.multiply(dZ4, seed, out=dZ4)
    np.dot(dZ4.T, A3, out=dW4)  # (K, H) [11]
    np.dot(one_N, dZ4, out=db4)  # (K,) [12]
    # dY2 = np.where(Y2 > 0, dZ4 @ W4, 0)  (N, H) [13]
    np.greater(A3, zero, out=dY2_part)
    np.dot(dZ4, W4, out=dY2)
    np.copyto(dY2_part2, dY2_part)
    np.multiply(dY2, dY2_part2, out=dY2)
    # dgamma2 = np.sum(dY2 * xhat2, axis=0)  (H,) [14]
    np.multiply(dY2, xhat2, out=dgamma2_part)
    np.dot(one_N, dgamma2_part, out=dgamma2)
    np.dot(one_N, dY2, out=dbeta2)  # (H,) [15]
    np.multiply(dY2, Y2_part, out=dxhat2)  # (N, H) [16]
    # dsigma2 = -np.sum(dxhat2 * xhat2, axis=0) / sigma2  (H,) [17]
    np.multiply(dxhat2, xhat2, out=dsigma2_part)
    np.dot(one_N, dsigma2_part, out=dsigma2)
    np.negative(dsigma2, out=dsigma2)
    np.divide(dsigma2, sigma2, out=dsigma2)
    # dvar2 = dsigma2 / (2 * sigma2)  (H,) [18]
    np.multiply(two, sigma2, out=dvar2_part)
    np.divide(dsigma2, dvar2_part, out=dvar2)
    # dmu2 = -dxhat2.sum(axis=0) / sigma2  (H,) [19]
    np.dot(one_N, dxhat2, out=dmu2)
    np.negative(dmu2, out=dmu2)
    np.divide(dmu2, sigma2, out=dmu2)
    # dZ1 = dmu2 / N + dxhat2 / sigma2 + 2 * (Z1 - mu2) * dvar2 / N  (N, H) [20]
    np.divide(dmu2, count, out=dZ1_part)
    np.divide(dxhat2, xhat2_part, out=dZ1_part2)
    np.multiply(two, var2_part2, out=dZ1_part3)
    np.copyto(dZ1, dvar2)
    np.multiply(dZ1_part3, dZ1, out=dZ1_part3)
    np.divide(dZ1_part3, count, out=dZ1_part3)
    np.copyto(dZ1, dZ1_part)
    np.add(dZ1, dZ1_part2, out=dZ1)
    np.add(dZ1, dZ1_part3, out=dZ1)
    np.dot(dZ1.T, X, out=dW1)  # (H, D) [21]
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

    [22] g = theta*weight_decay + g, with weight decay
    [23] theta = theta - g*learning_rate

    Source: Goodfellow, Bengio & Courville, Deep Learning (2016), algorithm 8.1.
    """
    if weight_decay:
        # g = theta * weight_decay + g  (P,) [22]
        np.multiply(theta, weight_decay, out=work)
        np.add(work, g, out=g)
    # theta = theta - g * learning_rate  (P,) [23]
    np.multiply(g, learning_rate, out=work)
    np.subtract(theta, work, out=theta)


ORIGIN = {
    "network": "batch_norm_relu",
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
    X = stream(-1000, 1001, (5, 3), dtype=np.int64)
    X = (X / 1000).astype(dtype)
    T = stream(0, 1001, (5, 2), dtype=np.int64)
    T = (T / 1000).astype(dtype)
    W1 = stream(-5774, 5775, (4, 3), dtype=np.int64)
    W1 = (W1 / 10000).astype(dtype)
    gamma2 = stream(9000, 11001, (4,), dtype=np.int64)
    gamma2 = (gamma2 / 10000).astype(dtype)
    beta2 = stream(-1000, 1001, (4,), dtype=np.int64)
    beta2 = (beta2 / 10000).astype(dtype)
    W4 = stream(-5000, 5001, (2, 4), dtype=np.int64)
    W4 = (W4 / 10000).astype(dtype)
    b4 = stream(-1000, 1001, (2,), dtype=np.int64)
    b4 = (b4 / 10000).astype(dtype)
    params = {
        "W1": W1,
        "gamma2": gamma2,
        "beta2": beta2,
        "W4": W4,
        "b4": b4,
    }
    return params, X, T, 0.1


def main() -> None:
    """Print the worked numbers: output, loss, gradients, one step."""
    params, X, T, learning_rate = example()
    ws = Workspace(len(X), params["W1"].dtype.type)
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
