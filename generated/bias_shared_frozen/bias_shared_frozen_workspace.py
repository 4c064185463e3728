"""bias_shared_frozen: 2-2-2 with shared biases that stay as they are.

Loss: half_sse, sum; targets are values.

Layers:
    inputs 2
    dense 2 + shared bias, sigmoid
    dense 2 + shared bias, sigmoid

Pure NumPy; every line carries the shape of its value and, in brackets, the number
of the line of the derivation it comes from.

Derivation in index notation (dQ is the gradient of E by Q):
    [1] Z1[n,j] = sum(i: W1[j,i]*X[n,i]) + b1
    [2] A1[n,j] = 1/(1 + exp(-Z1[n,j]))
    [3] Z2[n,j] = sum(i: W2[j,i]*A1[n,i]) + b2
    [4] A2[n,j] = 1/(1 + exp(-Z2[n,j]))
    [5] E = sum(n,j: (A2[n,j] - T[n,j])**2)/2
    [6] dZ2[n,j] = (A2[n,j] - T[n,j])*A2[n,j]*(1 - A2[n,j])
    [7] dW2[j,i] = sum(n: dZ2[n,j]*A1[n,i])
    [8] dZ1[n,j] = sum(k: dZ2[n,k]*W2[k,j])*A1[n,j]*(1 - A1[n,j])
    [9] dW1[j,i] = sum(n: dZ1[n,j]*X[n,i])

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

D = 2  # inputs
H = 2  # hidden units
K = 2  # outputs

SHAPES = {"W1": (H, D), "b1": (), "W2": (K, H), "b2": ()}
TRAINED = ("W1", "W2")
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
        self.params["b1"] = np.zeros((), dtype)
        self.params["b2"] = np.zeros((), dtype)
        self.W1 = self.params["W1"]
        self.b1 = self.params["b1"]
        self.W2 = self.params["W2"]
        self.b2 = self.params["b2"]
        self.dW1 = self.grads["W1"]
        self.dW2 = self.grads["W2"]
        self.seed = np.ones((), dtype)  # what flows back is multiplied by this
        # numbers
        self.zero = np.full((), 0, dtype)
        self.one = np.full((), 1, dtype)
        # values on the way
        self.Z1 = np.empty((N, H), dtype)
        self.A1_part3 = self.Z1  # in the same place
        self.A1_part = np.empty((N, H), dtype)
        self.dZ1_part = self.A1_part  # in the same place
        self.A1_part2 = np.empty((N, H), bool)
        self.A1 = np.empty((N, H), dtype)
        self.dZ1 = self.A1  # in the same place
        self.A1_part4 = np.empty((N, H), dtype)
        self.Z2 = np.empty((N, K), dtype)
        self.A2_part3 = self.Z2  # in the same place
        self.A2_part = np.empty((N, K), dtype)
        self.dZ2_part = self.A2_part  # in the same place
        self.A2_part2 = np.empty((N, K), bool)
        self.A2 = np.empty((N, K), dtype)
        self.E_part = self.A2  # in the same place
        self.dZ2 = self.A2  # in the same place
        self.E_part2 = np.empty((N, K), dtype)
        self.A2_part4 = self.E_part2  # in the same place

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


def forward_pass(ws: Workspace, X: Array) -> Array:
    """Return the network's output A2, for the parameters in the workspace."""
    W1 = ws.W1
    Z1 = ws.Z1
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
    b2 = ws.b2
    A2_part = ws.A2_part
    A2_part2 = ws.A2_part2
    A2_part3 = ws.A2_part3
    A2 = ws.A2
    A2_part4 = ws.A2_part4
    # Z1 = X @ W1.T + b1  (N, H) [1]  layer 1, dense
    np.dot(X, W1.T, out=Z1)
    np.add(Z1, b1, out=Z1)
    # A1 = sigmoid(Z1)  (N, H) [2]  layer 1, sigmoid
    np.absolute(Z1, out=A1_part)
    np.negative(A1_part, out=A1_part)
    np.exp(A1_part, out=A1_part)
    np.less(Z1, zero, out=A1_part2)
    np.add(one, A1_part, out=A1_part3)
    np.divide(A1_part, A1_part3, out=A1_part)
    np.divide(one, A1_part3, out=A1)
    choose(A1_part2, A1_part, A1, A1_part4)
    # Z2 = A1 @ W2.T + b2  (N, K) [3]  layer 2, dense
    np.dot(A1, W2.T, out=Z2)
    np.add(Z2, b2, out=Z2)
    # A2 = sigmoid(Z2)  (N, K) [4]  layer 2, sigmoid
    np.absolute(Z2, out=A2_part)
    np.negative(A2_part, out=A2_part)
    np.exp(A2_part, out=A2_part)
    np.less(Z2, zero, out=A2_part2)
    np.add(one, A2_part, out=A2_part3)
    np.divide(A2_part, A2_part3, out=A2_part)
    np.divide(one, A2_part3, out=A2)
    choose(A2_part2, A2_part, A2, A2_part4)
    return A2


def loss_pass(ws: Workspace, T: Array) -> np.floating:
    """Return the loss, after a forward pass."""
    A2 = ws.A2
    E_part = ws.E_part
    E_part2 = ws.E_part2
    # E = np.sum((A2 - T) ** 2) / 2  () [5]  loss, half_sse, sum
    np.subtract(A2, T, out=E_part)
    np.square(E_part, out=E_part2)
    E_sum = np.add.reduce(E_part2, axis=None)
    E = E_sum / 2
    return E


def backward_pass(ws: Workspace, X: Array, T: Array) -> np.floating:
    """Return the loss E and leave ws.seed times the gradients, after a forward pass."""
    A2 = ws.A2
    E_part = ws.E_part
    E_part2 = ws.E_part2
    A2_part = ws.A2_part
    A2_part3 = ws.A2_part3
    dZ2_part = ws.dZ2_part
    dZ2 = ws.dZ2
    seed = ws.seed
    A1 = ws.A1
    dW2 = ws.dW2
    W2 = ws.W2
    dZ1 = ws.dZ1
    A1_part = ws.A1_part
    A1_part3 = ws.A1_part3
    dZ1_part = ws.dZ1_part
    dW1 = ws.dW1
    # E = np.sum((A2 - T) ** 2) / 2  () [5]  loss, half_sse, sum
    np.subtract(A2, T, out=E_part)
    np.square(E_part, out=E_part2)
    E_sum = np.add.reduce(E_part2, axis=None)
    E = E_sum / 2
    # dZ2 = (A2 - T) * sigmoid_derivative(Z2) * seed  (N, K) [6]
    np.divide(A2_part, A2_part3, out=dZ2_part)
    np.multiply(E_part, dZ2_part, out=dZ2)
    np.multiply(dZ2, seed, out=dZ2)
    np.dot(dZ2.T, A1, out=dW2)  # (K, H) [7]
    # dZ1 = (dZ2 @ W2) * sigmoid_derivative(Z1)  (N, H) [8]
    np.dot(dZ2, W2, out=dZ1)
    np.divide(A1_part, A1_part3, out=dZ1_part)
    np.multiply(dZ1, dZ1_part, out=dZ1)
    np.dot(dZ1.T, X, out=dW1)  # (H, D) [9]
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
    """Return the network's output A2, an array of the workspace."""
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
    if X.ndim != 2 or X.shape[1] != D:
        raise ValueError(f"X has shape {X.shape}, expected (N, 2)")
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
    if T.shape != (len(X), K):
        raise ValueError(f"T has shape {T.shape}, expected ({len(X)}, 2)")
    if T.dtype != X.dtype:
        raise TypeError(f"T is {T.dtype} but X is {X.dtype}")


def example(
    dtype: type[np.floating] = np.float64,
) -> tuple[Arrays, Array, Array, float]:
    """Return parameters, inputs, targets and learning rate of the worked numbers."""
    X = np.array([[0.05, 0.1]], dtype=dtype)
    T = np.array([[0.01, 0.99]], dtype=dtype)
    b1 = np.array(0.35, dtype=dtype)
    b2 = np.array(0.6, dtype=dtype)
    W1 = np.array([[0.15, 0.2], [0.25, 0.3]], dtype=dtype)
    W2 = np.array([[0.4, 0.45], [0.5, 0.55]], dtype=dtype)
    params = {
        "W1": W1,
        "b1": b1,
        "W2": W2,
        "b2": b2,
    }
    return params, X, T, 0.5


def main() -> None:
    """Print the worked numbers: output, loss, gradients, one step."""
    params, X, T, learning_rate = example()
    ws = Workspace(len(X), params["W1"].dtype.type)
    print(f"A2 =\n{np.array2string(forward(params, X, ws), precision=8)}")
    E, grads = loss_and_gradients(params, X, T, ws)
    print(f"E = {E:.8g}")
    for name, grad in grads.items():
        print(f"d{name} =\n{np.array2string(grad, precision=8)}")
    after, _ = train(params, X, T, learning_rate, 1)
    for name in grads:
        print(f"{name} after one step =\n{np.array2string(after[name], precision=8)}")


if __name__ == "__main__":
    main()
