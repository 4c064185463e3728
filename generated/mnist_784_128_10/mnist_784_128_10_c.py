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

import atexit
import ctypes
import hashlib
import os
import platform
import shlex
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

Array = np.ndarray
Arrays = dict[str, Array]

D = 784  # inputs
H = 128  # hidden units
K = 10  # outputs

SHAPES = {"W1": (H, D), "b1": (H,), "W2": (K, H), "b2": (K,)}
TRAINED = ("W1", "b1", "W2", "b2")
VALUES = {
    "Z1": (-1, H),
    "A1": (-1, H),
    "Z2": (-1, K),
    "Y": (-1, K),
    "M": (-1,),
    "S": (-1, K),
    "U": (-1, K),
    "V": (-1,),
    "P": (-1, K),
    "E": (),
    "dZ2": (-1, K),
    "dZ1": (-1, H),
    "W1_T": (D, H),
    "W2_T": (H, K),
}
FORWARD = ("Z1", "A1", "Z2")

HERE = Path(__file__).resolve().parent
NAME = "mnist_784_128_10_c"
PREFIX = "mnist_784_128_10"  # of every name in C
SOURCES = tuple(
    (HERE / f"{NAME}{end}").read_text(encoding="utf-8") for end in (".c", ".h")
)
WARNINGS = ("-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic")
FLAGS = ("-O3", "-march=native", "-ffp-contract=fast", "-fno-math-errno")
FLAGS += ("-fno-trapping-math",)  # nobody asks for errno, or which operation overflowed
if platform.machine() == "x86_64":
    FLAGS += ("-mprefer-vector-width=256",)
LINE = 64  # bytes of a cache line


class Library:
    """The C code, compiled for batches of N samples in one dtype.

    Args:
        N: Samples of a batch.
        dtype: np.float64 or np.float32.
        compiler: A C compiler with its options; $CC, or else cc, if there is none.
        folder: Where the library is put; a temporary folder if there is none.
        flags: How it is optimised.

    Raises:
        ValueError, TypeError: no such batch or dtype.
        RuntimeError: there is no compiler, or it fails.
    """

    def __init__(
        self,
        N: int,
        dtype: type[np.floating] = np.float64,
        compiler: str | None = None,
        folder: Path | str | None = None,
        flags: tuple[str, ...] = FLAGS,
    ) -> None:
        if N < 1:
            raise ValueError(f"a library for {N} samples; at least one is needed")
        if dtype not in (np.float32, np.float64):
            raise TypeError(f"a library for {dtype}, expected float32 or float64")
        self.N, self.dtype = N, np.dtype(dtype)
        self.real = ctypes.c_float if dtype == np.float32 else ctypes.c_double
        self.path = self._compiled(compiler, folder, flags)
        self.c = ctypes.CDLL(str(self.path))
        real, pointer, long = self.real, ctypes.c_void_p, ctypes.c_long
        signatures = {
            "forward": (None, (pointer, pointer)),
            "loss": (real, (pointer, pointer)),
            "gradients": (real, (pointer, pointer, pointer)),
            "step": (real, (pointer, pointer, real)),
            "train": (None, (pointer, pointer, real, long, pointer)),
            "model_size": (ctypes.c_size_t, ()),
        }
        for name, (result, arguments) in signatures.items():
            function = getattr(self.c, f"{PREFIX}_{name}")
            function.restype, function.argtypes = result, arguments
            setattr(self, name, function)
        fields = [
            ("X", dtype, (N, D)),
            ("T", np.intc, (N,)),
        ]
        self.batch = np.dtype(fields, align=True)
        shapes = {n: self.shape(s) for n, s in (SHAPES | VALUES).items()}
        self.model = np.dtype([(name, dtype, shape) for name, shape in shapes.items()])
        self.params = np.dtype([(name, dtype, shapes[name]) for name in SHAPES])
        if self.model.itemsize != self.model_size():
            found = f"a model has {self.model_size()} bytes, not {self.model.itemsize}"
            raise RuntimeError(f"{self.path}: {found}; it is of another network")

    def shape(self, axes: tuple[int, ...]) -> tuple[int, ...]:
        """A shape with the number of samples put in."""
        return tuple(self.N if length < 0 else length for length in axes)

    def _compiled(
        self, compiler: str | None, folder: Path | str | None, flags: tuple[str, ...]
    ) -> Path:
        command = shlex.split(compiler or os.environ.get("CC") or "cc")
        place = Path(_temporary() if folder is None else folder)
        place.mkdir(parents=True, exist_ok=True)
        macros = {"N": self.N, "FLOAT": int(self.dtype == np.float32)}
        command += [*WARNINGS, *flags, "-shared", "-fPIC"]
        upper = PREFIX.upper()
        command += [f"-D{upper}_{name}={value}" for name, value in macros.items()]
        key = hashlib.sha256("\0".join([*command, *SOURCES]).encode()).hexdigest()[:16]
        path = place / f"{NAME}_{key}.so"
        if path.exists():
            return path
        for end, text in zip((".c", ".h"), SOURCES, strict=True):
            (place / f"{NAME}{end}").write_text(text, encoding="utf-8")
        made = path.with_suffix(f".{os.getpid()}")
        command += ["-o", str(made), str(place / f"{NAME}.c"), "-lm"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except OSError as error:
            found = f"no C compiler {command[0]!r}: {error.strerror}"
            raise RuntimeError(f"{found}; install one, or set CC") from error
        if done.returncode:
            text = "\n".join(done.stderr.splitlines()[:10])
            raise RuntimeError(f"{' '.join(command)} failed:\n{text}")
        return made.replace(path)

    def filled(self, params: Arrays) -> Array:
        """A model with the parameters in it."""
        model = aligned(self.model)
        for name in SHAPES:
            model[name] = params[name]
        return model

    def batched(self, X: Array, T: Array) -> Array:
        """Inputs and targets as C has them."""
        batch = aligned(self.batch)
        batch["X"], batch["T"] = X, T
        return batch


@cache
def _temporary() -> str:
    folder = tempfile.mkdtemp(prefix=f"{NAME}_")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def library(N: int, dtype: type[np.floating]) -> Library:
    """Return the library for a batch size and a dtype, compiled when first asked for."""
    return Library(N, dtype)


def aligned(kind: "np.dtype[np.void]", count: int | None = None) -> Array:
    """Return zeros that start at a cache line: a record, or an array of records."""
    size = kind.itemsize * (1 if count is None else count)
    memory = np.zeros(size + LINE, np.uint8)
    start = -memory.ctypes.data % LINE
    records = memory[start : start + size].view(kind)
    return records.reshape(()) if count is None else records


def ready(params: Arrays, X: Array, T: Array | None = None) -> Library:
    """Check what is given and return the library for it.

    Raises:
        KeyError, ValueError, TypeError: something does not fit; nothing is changed then.
    """
    check(params, X)
    if T is not None:
        check_targets(X, T)
    return library(len(X), params["W1"].dtype.type)


def forward(params: Arrays, X: Array) -> Arrays:
    """Return every value on the way to the network's output Z2, by name."""
    found = ready(params, X)
    model, batch = found.filled(params), aligned(found.batch)
    batch["X"] = X
    found.forward(model.ctypes.data, batch.ctypes.data)
    return {name: model[name].copy() for name in FORWARD}


def loss(params: Arrays, X: Array, T: Array) -> np.floating:
    """Return the loss E."""
    found = ready(params, X, T)
    model, batch = found.filled(params), found.batched(X, T)
    E = found.loss(model.ctypes.data, batch.ctypes.data)
    return found.dtype.type(E)


def loss_and_gradients(
    params: Arrays, X: Array, T: Array
) -> tuple[np.floating, Arrays]:
    """Return the loss E and the gradient of each trained parameter, by name."""
    found = ready(params, X, T)
    model, batch = found.filled(params), found.batched(X, T)
    grads = aligned(found.params)
    E = found.gradients(model.ctypes.data, batch.ctypes.data, grads.ctypes.data)
    return found.dtype.type(E), {name: grads[name].copy() for name in TRAINED}


def train(
    params: Arrays,
    X: Array,
    T: Array,
    learning_rate: float,
    steps: int,
) -> tuple[Arrays, Array]:
    """Return the parameters after `steps` steps, and the loss before each step."""
    if steps < 0:
        raise ValueError(f"{steps} steps; none or more are needed")
    found = ready(params, X, T)
    model, batch = found.filled(params), found.batched(X, T)
    losses = np.empty(steps, found.dtype)
    places = model.ctypes.data, batch.ctypes.data
    found.train(*places, float(learning_rate), steps, losses.ctypes.data)
    return {name: model[name].copy() for name in SHAPES}, losses


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
    """Print the worked numbers: forward pass, loss, gradients, one step."""
    params, X, T, learning_rate = example()
    E, grads = loss_and_gradients(params, X, T)
    after, _ = train(params, X, T, learning_rate, 1)
    rows = [*forward(params, X).items(), ("E", np.asarray(E))]
    rows += [(f"d{name}", grad) for name, grad in grads.items()]
    rows += [(f"{name} after one step", after[name]) for name in grads]
    for name, value in rows:
        print(f"{name} =")
        print(np.array2string(np.asarray(value), precision=8, prefix=""))


if __name__ == "__main__":
    main()
