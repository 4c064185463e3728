"""sine_fit_h10: A noisy sine, fitted by 10 sigmoid units.

Loss: mse, mean; targets are values.

Layers:
    inputs 1
    dense 10 + bias, sigmoid
    dense 1 + bias, identity

Pure NumPy; every line carries the shape of its value and, in brackets, the number
of the line of the derivation it comes from.

Many runs at once: each parameter, and all that depends on one, has a row for each of
R runs. Formulas are those of one run, as they stand in the derivation.

Derivation in index notation (dQ is the gradient of E by Q):
    [1] Z1[n,j] = sum(i: W1[j,i]*X[n,i]) + b1[j]
    [2] A1[n,j] = 1/(1 + exp(-Z1[n,j]))
    [3] Z2[n,j] = sum(i: W2[j,i]*A1[n,i]) + b2[j]
    [4] E = sum(n,j: (Z2[n,j] - T[n,j])**2)/(K*N)
    [5] dZ2[n,j] = 2*(Z2[n,j] - T[n,j])/(K*N)
    [6] dW2[j,i] = sum(n: dZ2[n,j]*A1[n,i])
    [7] db2[j] = sum(n: dZ2[n,j])
    [8] dZ1[n,j] = sum(k: dZ2[n,k]*W2[k,j])*A1[n,j]*(1 - A1[n,j])
    [9] dW1[j,i] = sum(n: dZ1[n,j]*X[n,i])
    [10] db1[j] = sum(n: dZ1[n,j])

Largest errors found, in units in the last place (ULP):
    sigmoid where |x| <= 30
        float64: at most 1.41 ULP, at 14.6277 (2270 points).
        float32: at most 2.36 ULP, at -7.02194 (2306 points).
    sigmoid_derivative where |x| <= 30
        float64: at most 2.70 ULP, at -6.96123 (2270 points).
        float32: at most 3.31 ULP, at 6.25269 (2306 points).
"""

import numpy as np

Array = np.ndarray
Arrays = dict[str, Array]

D = 1  # inputs
H = 10  # hidden units
K = 1  # outputs

SHAPES = {"W1": (H, D), "b1": (H,), "W2": (K, H), "b2": (K,)}
TRAINED = ("W1", "b1", "W2", "b2")
LENGTHS = {name: int(np.prod(SHAPES[name])) for name in TRAINED}
CACHE = 1 << 20  # bytes that the arrays of a chunk of runs may take
LEAST = 8  # runs of a chunk, however large their arrays are


def choose(mask: Array, then: Array, out: Array, work: Array) -> None:
    """Put `then` into out where the mask holds.

    Large arrays are put together bit by bit, which has no branches to mispredict.
    """
    if out.size < 2048:
        np.copyto(out, then, where=mask)
        return
    whole = np.int32 if out.itemsize == 4 else np.int64
    kept, bits, given = work.view(whole), out.view(whole), then.view(whole)
    np.copyto(kept, mask)
    np.subtract(kept, 1, out=kept)  # every bit where the mask does not hold
    np.bitwise_xor(bits, given, out=bits)
    np.bitwise_and(bits, kept, out=bits)
    np.bitwise_xor(bits, given, out=bits)


class Ensemble:
    """Every array of a training step of R runs on the same N samples, made once.

    params has a row a run for each parameter. Those that are trained lie side by side in
    theta, (R, P), and what is found for them in gradient; trained and dw are views of
    these, (P, R). What flows back is multiplied by `seed`, a number a run: with
    -learning_rate, dw is what is added to trained.
    """

    def __init__(self, R: int, N: int, dtype: type[np.floating] = np.float64) -> None:
        whole("R", R, 1)
        whole("N", N, 1)
        if dtype not in (np.float32, np.float64):
            raise TypeError(f"an ensemble of {dtype}, expected float32 or float64")
        self.runs, self.N, self.dtype = R, N, np.dtype(dtype)
        length = sum(LENGTHS.values())
        self.theta = np.zeros((R, length), dtype)
        self.gradient = np.zeros((R, length), dtype)
        self.trained, self.dw = self.theta.T, self.gradient.T
        self.params, self.grads = views(self.theta), views(self.gradient)
        self.W1 = self.params["W1"]
        self.b1 = self.params["b1"]
        self.W2 = self.params["W2"]
        self.b2 = self.params["b2"]
        self.dW1 = self.grads["W1"]
        self.db1 = self.grads["b1"]
        self.dW2 = self.grads["W2"]
        self.db2 = self.grads["b2"]
        self.X = np.zeros((N, D), dtype)
        self.T = np.zeros((R, N, K), dtype)
        self.seed = np.ones(R, dtype)
        # numbers
        self.zero = np.full((), 0, dtype)
        self.one = np.full((), 1, dtype)
        self.two = np.full((), 2, dtype)
        self.c1 = np.full((), K * N, dtype)
        self.one_N = np.full((N,), 1, dtype)
        self.c2 = np.full((), N * K, dtype)
        # values on the way
        self.Z1 = np.empty((R, N, H), dtype)
        self.A1_part3 = self.Z1  # in the same place
        self.Z1_part = np.empty((R, N, H), dtype)
        self.A1_part = self.Z1_part  # in the same place
        self.dZ1_part = self.Z1_part  # in the same place
        self.A1_part2 = np.empty((R, N, H), bool)
        self.A1 = np.empty((R, N, H), dtype)
        self.dZ1 = self.A1  # in the same place
        self.A1_part4 = np.empty((R, N, H), dtype)
        self.Z2 = np.empty((R, N, K), dtype)
        self.dZ2_part = self.Z2  # in the same place
        self.E_part = self.Z2  # in the same place
        self.Z2_part = np.empty((R, N, K), dtype)
        self.dZ2 = self.Z2_part  # in the same place
        self.E = np.empty((R,), dtype)

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays, each counted once."""
        arrays = {id(a): a for a in vars(self).values() if isinstance(a, Array)}
        return sum(a.nbytes for a in arrays.values() if a.base is None)

    def load(self, params: Arrays, X: Array, T: Array) -> None:
        """Take over inputs, targets and parameters, in the ensemble's dtype.

        A parameter is shaped for one run, which is for all of them, or has a row a run.

        Raises:
            KeyError, ValueError, TypeError: something does not fit; nothing is changed.
        """
        R = runs(params, X, T)
        if R not in (1, self.runs):
            raise ValueError(f"there are {R} runs, the ensemble is for {self.runs}")
        if len(X) != self.N:
            raise ValueError(f"X has {len(X)} samples, the ensemble is for {self.N}")
        given = {**params, "X": X, "T": T}
        for name, value in {**self.params, "X": self.X, "T": self.T}.items():
            np.copyto(value, given[name], casting="same_kind")


def views(flat: Array) -> Arrays:
    """Return the trained parameters' arrays, side by side in each row of one."""
    found, start = {}, 0
    for name, length in LENGTHS.items():
        part = flat[:, start : start + length]
        found[name] = part.reshape(len(flat), *SHAPES[name])
        start += length
    return found


def gradient_pass(ws: Ensemble) -> None:
    """Leave ws.seed times the gradients of every run in ws.dw."""
    X = ws.X
    W1 = ws.W1
    Z1 = ws.Z1
    Z1_part = ws.Z1_part
    b1 = ws.b1
    A1_part = ws.A1_part
    zero = ws.zero
    A1_part2 = ws.A1_part2
    one = ws.one
    A1_part3 = ws.A1_part3
    A1 = ws.A1
    A1_part4 = ws.A1_part4
    W2 = ws.W2
    Z2 = ws.Z2
    Z2_part = ws.Z2_part
    b2 = ws.b2
    T = ws.T
    dZ2_part = ws.dZ2_part
    two = ws.two
    dZ2 = ws.dZ2
    c1 = ws.c1
    seed = ws.seed
    dW2 = ws.dW2
    one_N = ws.one_N
    db2 = ws.db2
    dZ1 = ws.dZ1
    dZ1_part = ws.dZ1_part
    dW1 = ws.dW1
    db1 = ws.db1
    # Z1 = X @ W1.T + b1  (R, N, H) [1]  layer 1, dense
    np.matmul(X, W1.mT, out=Z1)
    np.copyto(Z1_part, b1[:, None, :])
    np.add(Z1, Z1_part, out=Z1)
    # A1 = sigmoid(Z1)  (R, N, H) [2]  layer 1, sigmoid
    np.absolute(Z1, out=A1_part)
    np.negative(A1_part, out=A1_part)
    np.exp(A1_part, out=A1_part)
    np.less(Z1, zero, out=A1_part2)
    np.add(one, A1_part, out=A1_part3)
    np.divide(A1_part, A1_part3, out=A1_part)
    np.divide(one, A1_part3, out=A1)
    choose(A1_part2, A1_part, A1, A1_part4)
    # Z2 = A1 @ W2.T + b2  (R, N, K) [3]  layer 2, dense
    np.matmul(A1, W2.mT, out=Z2)
    np.copyto(Z2_part, b2[:, None, :])
    np.add(Z2, Z2_part, out=Z2)
    # dZ2 = 2 * (Z2 - T) / (K * N) * seed  (R, N, K) [5]
    np.subtract(Z2, T, out=dZ2_part)
    np.multiply(two, dZ2_part, out=dZ2)
    np.divide(dZ2, c1, out=dZ2)
    np.multiply(dZ2, seed[:, None, None], out=dZ2)
    np.matmul(dZ2.mT, A1, out=dW2)  # (R, K, H) [6]
    np.matmul(one_N, dZ2, out=db2)  # (R, K) [7]
    # dZ1 = (dZ2 @ W2) * sigmoid_derivative(Z1)  (R, N, H) [8]
    np.matmul(dZ2, W2, out=dZ1)
    np.divide(A1_part, A1_part3, out=dZ1_part)
    np.multiply(dZ1, dZ1_part, out=dZ1)
    np.matmul(dZ1.mT, X, out=dW1)  # (R, H, D) [9]
    np.matmul(one_N, dZ1, out=db1)  # (R, H) [10]


def loss_pass(ws: Ensemble) -> Array:
    """Return the loss E of every run, (R,), after a gradient pass."""
    dZ2_part = ws.dZ2_part
    E_part = ws.E_part
    E = ws.E
    c2 = ws.c2
    # E = np.mean((Z2 - T) ** 2)  (R,) [4]  loss, mse, mean
    np.square(dZ2_part, out=E_part)
    np.add.reduce(E_part, axis=(1, 2), out=E)
    np.divide(E, c2, out=E)
    return E


def losses_and_gradients(params: Arrays, X: Array, T: Array) -> tuple[Array, Arrays]:
    """Return the loss E of every run, (R,), and each trained parameter's gradients.

    Each parameter is shaped for one run, or has a row a run, as the gradients have.
    """
    ws = Ensemble(runs(params, X, T), len(X), params["W1"].dtype.type)
    ws.load(params, X, T)
    with np.errstate(all="ignore"):  # runs may diverge
        gradient_pass(ws)
        return loss_pass(ws), ws.grads


def sweep(
    params: Arrays,
    X: Array,
    T: Array,
    learning_rate: float | Array,
    steps: int,
    record: int = 1,
    chunk: int | None = None,
    dtype: type[np.floating] | None = None,
) -> tuple[Arrays, Array]:
    """Train R runs at once on the same samples.

    Args:
        params: By name; each shaped for one run, or with a row a run.
        X, T: Inputs and targets.
        learning_rate: A number, or one for each run.
        steps: Of gradient descent, each over all samples.
        record: The losses before each of the last so many steps are returned.
        chunk: Runs that are trained together; None takes as many as fit the cache.
            It changes the time only, no bit of the result.
        dtype: np.float32 or np.float64 to train in; None takes that of the parameters.

    Returns:
        The parameters after the steps, with a row a run, and the losses, (record, R).
    """
    R = runs(params, X, T, learning_rate)
    whole("steps", steps, 0)
    whole("record", record, 0, max(steps, 1))
    N = len(X)
    dtype = params["W1"].dtype.type if dtype is None else dtype
    if chunk is None:
        one, two = (Ensemble(k, N, dtype).nbytes for k in (1, 2))
        chunks = -(-R // max(CACHE // (two - one), LEAST))
        chunk = -(-R // chunks)  # all about as long
    whole("chunk", chunk, 1)
    record = min(record, steps)
    rate = np.broadcast_to(np.asarray(learning_rate, dtype), (R,))
    rows = {}
    for name, shape in SHAPES.items():
        value = params[name]
        every = (R, *value.shape) if value.ndim == len(shape) else value.shape
        rows[name] = np.broadcast_to(value, every)
    after = {name: np.empty((R, *SHAPES[name]), dtype) for name in TRAINED}
    losses = np.empty((record, R), dtype)
    for start in range(0, R, chunk):
        part = np.s_[start : start + chunk]
        ws = Ensemble(len(rate[part]), N, dtype)
        ws.load({name: value[part] for name, value in rows.items()}, X, T)
        np.negative(rate[part], out=ws.seed)
        with np.errstate(all="ignore"):  # runs may diverge
            for step in range(steps):
                gradient_pass(ws)
                if step >= steps - record:
                    losses[step - steps + record, part] = loss_pass(ws)
                np.add(ws.theta, ws.gradient, out=ws.theta)
        for name, value in after.items():
            value[part] = ws.params[name]
    after = {name: after.get(name, value) for name, value in rows.items()}
    return {n: value.astype(dtype, copy=False) for n, value in after.items()}, losses


def runs(params: Arrays, X: Array, T: Array, learning_rate: float | Array = 1.0) -> int:
    """Return the number of runs: 1 if nothing has a row a run.

    Raises:
        KeyError, ValueError, TypeError: something does not fit, as numbers of runs.
    """
    one, counts = dict(params), {}
    for name, shape in SHAPES.items():
        value = params.get(name)
        if isinstance(value, Array) and value.ndim == len(shape) + 1:
            if len(value) == 0:
                raise ValueError(f"{name} has no runs, expected at least one")
            one[name], counts[name] = value[0], len(value)
    check(one, X)
    check_targets(X, T)
    rate = np.asarray(learning_rate)
    if rate.dtype.kind not in "fiu":
        raise TypeError(f"learning_rate is of {rate.dtype}, expected real numbers")
    if rate.ndim > 1 or rate.size == 0:
        text = f"learning_rate has shape {rate.shape}, expected a number or one a run"
        raise ValueError(text)
    if rate.ndim:
        counts["learning_rate"] = len(rate)
    first = next(iter(counts), "")
    for name, count in counts.items():
        if count != counts[first]:
            text = f"{name} has {count} runs, but {first} has {counts[first]}"
            raise ValueError(text)
    return counts[first] if counts else 1


def whole(name: str, value: int, least: int, most: int | None = None) -> None:
    """Raise an error unless a value is a whole number in a range.

    Raises:
        TypeError: it is no whole number.
        ValueError: it is out of range.
    """
    if not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} is {value!r}, expected a whole number")
    if value < least or (most is not None and value > most):
        upto = f"at least {least}" if most is None else f"{least} to {most}"
        raise ValueError(f"{name} is {value}, expected {upto}")


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
        raise ValueError(f"X has shape {X.shape}, expected (N, 1)")
    if X.dtype not in (np.float32, np.float64):
        raise TypeError(f"X is {X.dtype}, expected float32 or float64")
    if len(X) == 0:
        raise ValueError("X has no samples, expected at least one")
    for name, shape in SHAPES.items():
        if name not in params:
            raise KeyError(f"parameter {name} is missing")
        if params[name].shape != shape:
            found = params[name].shape
            raise ValueError(f"{name} has shape {found} in a run, expected {shape}")
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


def example(
    dtype: type[np.floating] = np.float64,
) -> tuple[Arrays, Array, Array, float]:
    """Return parameters, inputs, targets and learning rate of the worked numbers."""
    X = np.array([[0.5488135039273248], [0.7151893663724195]], dtype=dtype)
    T = np.array([[0.3008450053059529], [-0.4312924401531829]], dtype=dtype)
    W1 = np.array(
        [
            [0.018675579901499675],
            [-0.00977277879876411],
            [0.009500884175255894],
            [-0.001513572082976979],
            [-0.0010321885179355784],
            [0.004105985019383723],
            [0.0014404357116087798],
            [0.014542735069629751],
            [0.007610377251469934],
            [0.001216750164928284],
        ],
        dtype=dtype,
    )
    b1 = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], dtype=dtype)
    W2 = np.array(
        [
            [
                0.004438632327454257,
                0.0033367432737426684,
                0.01494079073157606,
                -0.0020515826376580086,
                0.003130677016509014,
                -0.008540957393017247,
                -0.025529898158340787,
                0.006536185954403606,
                0.008644361988595058,
                -0.00742165020406442,
            ],
        ],
        dtype=dtype,
    )
    b2 = np.array([0.0], dtype=dtype)
    params = {
        "W1": W1,
        "b1": b1,
        "W2": W2,
        "b2": b2,
    }
    return params, X, T, 0.2


def main() -> None:
    """Print the worked numbers: loss, gradients, runs with several learning rates."""
    params, X, T, learning_rate = example()
    E, grads = losses_and_gradients(params, X, T)
    print(f"E = {E[0]:.10g}")
    for name, grad in grads.items():
        print(f"d{name} =\n{np.array2string(grad[0], precision=8)}")
    rates = learning_rate * np.array([0.25, 0.5, 1, 2])
    _, losses = sweep(params, X, T, rates, 11)
    for rate, E in zip(rates, losses[-1], strict=True):
        print(f"learning rate {rate:g}: E = {E:.10g} after 10 steps")


if __name__ == "__main__":
    main()
