"""batch_norm_inference: Batch norm with running mean and variance.

Loss: mse, mean; targets are values.

Layers:
    inputs 2
    dense 2, identity
    bias
    batchnorm inference

Pure NumPy; every line carries the shape of its value and, in brackets, the number
of the line of the derivation it comes from.

Derivation in index notation (dQ is the gradient of E by Q):
    [1] Z1[n,j] = sum(i: W1[j,i]*X[n,i])
    [2] Y2[n,i] = Z1[n,i] + b2[i]
    [3] sigma3[i] = sqrt(var3[i] + 0.00001)
    [4] xhat3[n,i] = (Y2[n,i] - mean3[i])/sigma3[i]
    [5] Y3[n,i] = gamma3[i]*xhat3[n,i] + beta3[i]
    [6] E = sum(n,j: (Y3[n,j] - T[n,j])**2)/(K*N)
    [7] dY3[n,i] = 2*(Y3[n,i] - T[n,i])/(K*N)
    [8] dgamma3[i] = sum(n: dY3[n,i]*xhat3[n,i])
    [9] dbeta3[i] = sum(n: dY3[n,i])
    [10] dY2[n,i] = dY3[n,i]*gamma3[i]/sigma3[i]
    [11] db2[i] = sum(n: dY2[n,i])
    [12] dZ1[n,j] = dY2[n,j]
    [13] dW1[j,i] = sum(n: dZ1[n,j]*X[n,i])
"""

import numpy as np

Array = np.ndarray
Arrays = dict[str, Array]

D = 2  # inputs
K = 2  # outputs

SHAPES = {
    "W1": (K, D),
    "b2": (K,),
    "gamma3": (K,),
    "beta3": (K,),
    "mean3": (K,),
    "var3": (K,),
}
TRAINED = ("W1", "b2", "gamma3", "beta3")
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
        self.params["mean3"] = np.zeros((K,), dtype)
        self.params["var3"] = np.zeros((K,), dtype)
        self.W1 = self.params["W1"]
        self.b2 = self.params["b2"]
        self.gamma3 = self.params["gamma3"]
        self.beta3 = self.params["beta3"]
        self.mean3 = self.params["mean3"]
        self.var3 = self.params["var3"]
        self.dW1 = self.grads["W1"]
        self.db2 = self.grads["b2"]
        self.dgamma3 = self.grads["gamma3"]
        self.dbeta3 = self.grads["beta3"]
        self.seed = np.ones((), dtype)  # what flows back is multiplied by this
        # numbers
        self.c1 = np.full((), 1e-05, dtype)
        self.two = np.full((), 2, dtype)
        self.c3 = np.full((), K * N, dtype)
        self.one_N = np.full((N,), 1, dtype)
        # values on the way
        self.Z1 = np.empty((N, K), dtype)
        self.Y2 = self.Z1  # in the same place
        self.xhat3 = self.Z1  # in the same place
        self.dgamma3_part = self.Z1  # in the same place
        self.Y2_part = np.empty((N, K), dtype)
        self.xhat3_part = self.Y2_part  # in the same place
        self.sigma3 = np.empty((K,), dtype)
        self.Y3_part = np.empty((N, K), dtype)
        self.Y3 = np.empty((N, K), dtype)
        self.E_part = self.Y3  # in the same place
        self.dY3 = self.Y3  # in the same place
        self.dY2 = self.Y3  # in the same place
        self.Y3_part2 = np.empty((N, K), dtype)
        self.E_part2 = self.Y3_part2  # in the same place

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
    """Return the network's output Y3, for the parameters in the workspace."""
    W1 = ws.W1
    Z1 = ws.Z1
    Y2_part = ws.Y2_part
    b2 = ws.b2
    Y2 = ws.Y2
    var3 = ws.var3
    c1 = ws.c1
    sigma3 = ws.sigma3
    xhat3_part = ws.xhat3_part
    mean3 = ws.mean3
    xhat3 = ws.xhat3
    Y3_part = ws.Y3_part
    gamma3 = ws.gamma3
    Y3 = ws.Y3
    Y3_part2 = ws.Y3_part2
    beta3 = ws.beta3
    np.dot(X, W1.T, out=Z1)  # (N, K) [1]  layer 1, dense
    # Y2 = Z1 + b2  (N, K) [2]  layer 2, bias
    np.copyto(Y2_part, b2)
    np.add(Z1, Y2_part, out=Y2)
    # sigma3 = np.sqrt(var3 + 1e-05)  (K,) [3]  layer 3, batchnorm_inference
    np.add(var3, c1, out=sigma3)
    np.sqrt(sigma3, out=sigma3)
    # xhat3 = (Y2 - mean3) / sigma3  (N, K) [4]  layer 3, batchnorm_inference
    np.copyto(xhat3_part, mean3)
    np.subtract(Y2, xhat3_part, out=xhat3)
    np.copyto(xhat3_part, sigma3)
    np.divide(xhat3, xhat3_part, out=xhat3)
    # Y3 = gamma3 * xhat3 + beta3  (N, K) [5]  layer 3, batchnorm_inference
    np.copyto(Y3_part, gamma3)
    np.multiply(Y3_part, xhat3, out=Y3)
    np.copyto(Y3_part2, beta3)
    np.add(Y3, Y3_part2, out=Y3)
    return Y3


def loss_pass(ws: Workspace, T: Array) -> np.floating:
    """Return the loss, after a forward pass."""
    Y3 = ws.Y3
    E_part = ws.E_part
    E_part2 = ws.E_part2
    N = ws.N
    # E = np.mean((Y3 - T) ** 2)  () [6]  loss, mse, mean
    np.subtract(Y3, T, out=E_part)
    np.square(E_part, out=E_part2)
    E_sum = np.add.reduce(E_part2, axis=None)
    E = E_sum / (N * K)
    return E


def backward_pass(ws: Workspace, X: Array, T: Array) -> np.floating:
    """Return the loss E and leave ws.seed times the gradients, after a forward pass."""
    Y3 = ws.Y3
    E_part = ws.E_part
    E_part2 = ws.E_part2
    N = ws.N
    two = ws.two
    dY3 = ws.dY3
    c3 = ws.c3
    seed = ws.seed
    xhat3 = ws.xhat3
    dgamma3_part = ws.dgamma3_part
    one_N = ws.one_N
    dgamma3 = ws.dgamma3
    dbeta3 = ws.dbeta3
    Y3_part = ws.Y3_part
    dY2 = ws.dY2
    xhat3_part = ws.xhat3_part
    db2 = ws.db2
    dW1 = ws.dW1
    # E = np.mean((Y3 - T) ** 2)  () [6]  loss, mse, mean
    np.subtract(Y3, T, out=E_part)
    np.square(E_part, out=E_part2)
    E_sum = np.add.reduce(E_part2, axis=None)
    E = E_sum / (N * K)
    # dY3 = 2 * (Y3 - T) / (K * N) * seed  (N, K) [7]
    np.multiply(two, E_part, out=dY3)
    np.divide(dY3, c3, out=dY3)
    np.multiply(dY3, seed, out=dY3)
    # dgamma3 = np.sum(dY3 * xhat3, axis=0)  (K,) [8]
    np.multiply(dY3, xhat3, out=dgamma3_part)
    np.dot(one_N, dgamma3_part, out=dgamma3)
    np.dot(one_N, dY3, out=dbeta3)  # (K,) [9]
    # dY2 = dY3 * gamma3 / sigma3  (N, K) [10]
    np.multiply(dY3, Y3_part, out=dY2)
    np.divide(dY2, xhat3_part, out=dY2)
    np.dot(one_N, dY2, out=db2)  # (K,) [11]
    np.dot(dY2.T, X, out=dW1)  # (K, D) [13]
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
    """Return the network's output Y3, an array of the workspace."""
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
    X = np.array([[0.5, 0.3], [-0.2, 0.7]], dtype=dtype)
    T = np.array([[0.1, 0.9], [0.4, 0.2]], dtype=dtype)
    b2 = np.array([0.1, -0.1], dtype=dtype)
    gamma3 = np.array([1.0, 1.5], dtype=dtype)
    beta3 = np.array([0.0, 0.25], dtype=dtype)
    mean3 = np.array([0.2, 0.1], dtype=dtype)
    var3 = np.array([0.09, 0.25], dtype=dtype)
    W1 = np.array([[0.2, 0.5], [-0.4, 0.6]], dtype=dtype)
    params = {
        "W1": W1,
        "b2": b2,
        "gamma3": gamma3,
        "beta3": beta3,
        "mean3": mean3,
        "var3": var3,
    }
    return params, X, T, 0.5


def main() -> None:
    """Print the worked numbers: output, loss, gradients, one step."""
    params, X, T, learning_rate = example()
    ws = Workspace(len(X), params["W1"].dtype.type)
    print(f"Y3 =\n{np.array2string(forward(params, X, ws), precision=8)}")
    E, grads = loss_and_gradients(params, X, T, ws)
    print(f"E = {E:.8g}")
    for name, grad in grads.items():
        print(f"d{name} =\n{np.array2string(grad, precision=8)}")
    after, _ = train(params, X, T, learning_rate, 1)
    for name in grads:
        print(f"{name} after one step =\n{np.array2string(after[name], precision=8)}")


if __name__ == "__main__":
    main()
