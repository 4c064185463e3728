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
