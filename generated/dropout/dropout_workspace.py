"""dropout: Dropout with a given mask.

Loss: half_sse, sum; targets are values.

Layers:
    inputs 2
    dense 4 + bias, tanh
    dropout 0.5, mask M2
    dense 1, identity

Pure NumPy; every line carries the shape of its value and, in brackets, the number
of the line of the derivation it comes from.

Derivation in index notation (dQ is the gradient of E by Q):
    [1] Z1[n,j] = sum(i: W1[j,i]*X[n,i]) + b1[j]
    [2] A1[n,j] = tanh(Z1[n,j])
    [3] Y2[n,i] = 2*A1[n,i]*M2[n,i]
    [4] Z3[n,j] = sum(i: W3[j,i]*Y2[n,i])
    [5] E = sum(n,j: (Z3[n,j] - T[n,j])**2)/2
    [6] dZ3[n,j] = Z3[n,j] - T[n,j]
    [7] dW3[j,i] = sum(n: dZ3[n,j]*Y2[n,i])
    [8] dA1[n,j] = 2*sum(k: dZ3[n,k]*W3[k,j])*M2[n,j]
    [9] dZ1[n,j] = dA1[n,j]*(1 - A1[n,j]**2)
    [10] dW1[j,i] = sum(n: dZ1[n,j]*X[n,i])
    [11] db1[j] = sum(n: dZ1[n,j])

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

D = 2  # inputs
H = 4  # hidden units
K = 1  # outputs

SHAPES = {"W1": (H, D), "b1": (H,), "M2": (-1, H), "W3": (K, H)}
TRAINED = ("W1", "b1", "W3")
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
        self.params["M2"] = np.zeros((N, H), dtype)
        self.W1 = self.params["W1"]
        self.b1 = self.params["b1"]
        self.M2 = self.params["M2"]
        self.W3 = self.params["W3"]
        self.dW1 = self.grads["W1"]
        self.db1 = self.grads["b1"]
        self.dW3 = self.grads["W3"]
        self.seed = np.ones((), dtype)  # what flows back is multiplied by this
        # numbers
        self.two = np.full((), 2, dtype)
        self.c1_N_H = np.full((N, H), 1024, dtype)
        self.c2 = np.full((), -2, dtype)
        self.c3 = np.full((), 4, dtype)
        self.one = np.full((), 1, dtype)
        self.one_N = np.full((N,), 1, dtype)
        # values on the way
        self.Z1 = np.empty((N, H), dtype)
        self.dZ1_part = self.Z1  # in the same place
        self.Z1_part = np.empty((N, H), dtype)
        self.A1 = self.Z1_part  # in the same place
        self.Y2 = self.Z1_part  # in the same place
        self.dA1 = self.Z1_part  # in the same place
        self.dZ1 = self.Z1_part  # in the same place
        self.Z3 = np.empty((N, K), dtype)
        self.E_part = self.Z3  # in the same place
        self.dZ3 = self.Z3  # in the same place
        self.E_part2 = np.empty((N, K), dtype)
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
    """Return the network's output Z3, for the parameters in the workspace."""
    W1 = ws.W1
    Z1 = ws.Z1
    Z1_part = ws.Z1_part
    b1 = ws.b1
    A1 = ws.A1
    two = ws.two
    Y2 = ws.Y2
    M2 = ws.M2
    W3 = ws.W3
    Z3 = ws.Z3
    # Z1 = X @ W1.T + b1  (N, H) [1]  layer 1, dense
    np.dot(X, W1.T, out=Z1)
    np.copyto(Z1_part, b1)
    np.add(Z1, Z1_part, out=Z1)
    np.tanh(Z1, out=A1)  # (N, H) [2]  layer 1, tanh
    # Y2 = 2 * A1 * M2  (N, H) [3]  layer 2, dropout
    np.multiply(two, A1, out=Y2)
    np.multiply(Y2, M2, out=Y2)
    np.dot(Y2, W3.T, out=Z3)  # (N, K) [4]  layer 3, dense
    return Z3


def loss_pass(ws: Workspace, T: Array) -> np.floating:
    """Return the loss, after a forward pass."""
    Z3 = ws.Z3
    E_part = ws.E_part
    E_part2 = ws.E_part2
    # E = np.sum((Z3 - T) ** 2) / 2  () [5]  loss, half_sse, sum
    np.subtract(Z3, T, out=E_part)
    np.square(E_part, out=E_part2)
    E_sum = np.add.reduce(E_part2, axis=None)
    E = E_sum / 2
    return E


def backward_pass(ws: Workspace, X: Array, T: Array) -> np.floating:
    """Return the loss E and leave ws.seed times the gradients, after a forward pass."""
    Z3 = ws.Z3
    E_part = ws.E_part
    E_part2 = ws.E_part2
    seed = ws.seed
    dZ3 = ws.dZ3
    Y2 = ws.Y2
    dW3 = ws.dW3
    W3 = ws.W3
    dA1 = ws.dA1
    two = ws.two
    M2 = ws.M2
    Z1 = ws.Z1
    dZ1_part = ws.dZ1_part
    c1_N_H = ws.c1_N_H
    c2 = ws.c2
    c3 = ws.c3
    dZ1_part2 = ws.dZ1_part2
    one = ws.one
    dZ1 = ws.dZ1
    dW1 = ws.dW1
    one_N = ws.one_N
    db1 = ws.db1
    # E = np.sum((Z3 - T) ** 2) / 2  () [5]  loss, half_sse, sum
    np.subtract(Z3, T, out=E_part)
    np.square(E_part, out=E_part2)
    E_sum = np.add.reduce(E_part2, axis=None)
    E = E_sum / 2
    np.multiply(E_part, seed, out=dZ3)  # (N, K) [6]
    np.dot(dZ3.T, Y2, out=dW3)  # (K, H) [7]
    # dA1 = 2 * (dZ3 @ W3) * M2  (N, H) [8]
    np.dot(dZ3, W3, out=dA1)
    np.multiply(two, dA1, out=dA1)
    np.multiply(dA1, M2, out=dA1)
    # dZ1 = dA1 * tanh_derivative(Z1)  (N, H) [9]
    np.absolute(Z1, out=dZ1_part)
    np.minimum(dZ1_part, c1_N_H, out=dZ1_part)
    np.multiply(c2, dZ1_part, out=dZ1_part)
    np.exp(dZ1_part, out=dZ1_part)
    np.multiply(c3, dZ1_part, out=dZ1_part2)
    np.add(one, dZ1_part, out=dZ1_part)
    np.divide(dZ1_part2, dZ1_part, out=dZ1_part2)
    np.divide(dZ1_part2, dZ1_part, out=dZ1_part2)
    np.multiply(dA1, dZ1_part2, out=dZ1)
    np.dot(dZ1.T, X, out=dW1)  # (H, D) [10]
    np.dot(one_N, dZ1, out=db1)  # (H,) [11]
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

    [12] g = theta*weight_decay + g, with weight decay
    [13] theta = theta - g*learning_rate

    Source: Goodfellow, Bengio & Courville, Deep Learning (2016), algorithm 8.1.
    """
    if weight_decay:
        # g = theta * weight_decay + g  (P,) [12]
        np.multiply(theta, weight_decay, out=work)
        np.add(work, g, out=g)
    # theta = theta - g * learning_rate  (P,) [13]
    np.multiply(g, learning_rate, out=work)
    np.subtract(theta, work, out=theta)


ORIGIN = {
    "network": "dropout",
    "shapes": str(SHAPES),
    "trained": str(TRAINED),
    "optimizer": "sgd",
}
STATE = ("theta",)
BY_SAMPLE = ("M2",)


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
        for name in BY_SAMPLE:
            np.copyto(made[N].params[name], params[name])
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
        for name in BY_SAMPLE:
            np.take(params[name], rows, axis=0, out=made[n].params[name], mode="clip")
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
        raise ValueError(f"X has shape {X.shape}, expected (N, 2)")
    if X.dtype not in (np.float32, np.float64):
        raise TypeError(f"X is {X.dtype}, expected float32 or float64")
    if not X.flags.c_contiguous:
        raise ValueError("X is not contiguous; pass np.ascontiguousarray(X)")
    if len(X) == 0:
        raise ValueError("X has no samples, expected at least one")
    for name, shape in SHAPES.items():
        if name not in params:
            raise KeyError(f"parameter {name} is missing")
        shape = tuple(len(X) if length < 0 else length for length in shape)
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
    X = np.array([[0.5, 0.3], [-0.2, 0.7]], dtype=dtype)
    T = np.array([[1.0], [0.0]], dtype=dtype)
    W1 = np.array([[0.2, -0.4], [0.5, 0.6], [0.1, -0.5], [-0.3, 0.8]], dtype=dtype)
    b1 = np.array([0.1, 0.0, -0.1, 0.2], dtype=dtype)
    M2 = np.array([[1.0, 0.0, 1.0, 1.0], [0.0, 1.0, 1.0, 0.0]], dtype=dtype)
    W3 = np.array([[0.7, -0.6, 0.4, 0.9]], dtype=dtype)
    params = {
        "W1": W1,
        "b1": b1,
        "M2": M2,
        "W3": W3,
    }
    return params, X, T, 0.5


def main() -> None:
    """Print the worked numbers: output, loss, gradients, one step."""
    params, X, T, learning_rate = example()
    ws = Workspace(len(X), params["W1"].dtype.type)
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
