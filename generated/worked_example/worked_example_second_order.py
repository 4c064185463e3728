"""worked_example: One step of a 2-2-2 network, by hand.

Loss: half_sse, sum; targets are values.

Layers:
    inputs 2
    dense 2, sigmoid
    dense 2, sigmoid

Pure NumPy; every line carries the shape of its value and, in brackets, the number
of the line of the derivation it comes from.

Derivation in index notation (dQ is the gradient of E by Q):
    [1] Z1[n,j] = sum(i: W1[j,i]*X[n,i])
    [2] A1[n,j] = 1/(1 + exp(-Z1[n,j]))
    [3] Z2[n,j] = sum(i: W2[j,i]*A1[n,i])
    [4] A2[n,j] = 1/(1 + exp(-Z2[n,j]))
    [5] E = sum(n,j: (A2[n,j] - T[n,j])**2)/2
    [6] dZ2[n,j] = (A2[n,j] - T[n,j])*A2[n,j]*(1 - A2[n,j])
    [7] dW2[j,i] = sum(n: dZ2[n,j]*A1[n,i])
    [8] dZ1[n,j] = sum(k: dZ2[n,k]*W2[k,j])*A1[n,j]*(1 - A1[n,j])
    [9] dW1[j,i] = sum(n: dZ1[n,j]*X[n,i])
    [10] Z1_dot[n,j] = sum(i: W1_dot[j,i]*X[n,i])
    [11] A1_dot[n,j] = A1[n,j]*Z1_dot[n,j]*(1 - A1[n,j])
    [12] Z2_dot[n,j] = sum(i: W2[j,i]*A1_dot[n,i]) + sum(i: W2_dot[j,i]*A1[n,i])
    [13] A2_dot[n,j] = A2[n,j]*Z2_dot[n,j]*(1 - A2[n,j])
    [14] dZ2_dot[n,j] = (2*A2[n,j] + 2*T[n,j]*A2[n,j] - 3*A2[n,j]**2 - T[n,j])*A2_dot[n,j]
    [15] dW2_dot[j,i] = sum(n: dZ2[n,j]*A1_dot[n,i]) + sum(n: dZ2_dot[n,j]*A1[n,i])
    [16] dZ1_dot[n,j] = (sum(k: dZ2[n,k]*W2_dot[k,j]) + sum(k: dZ2_dot[n,k]*W2[k,j]))*A1[n,j]*(1 - A1[n,j]) + sum(k: dZ2[n,k]*W2[k,j])*A1_dot[n,j]*(1 - 2*A1[n,j])
    [17] dW1_dot[j,i] = sum(n: dZ1_dot[n,j]*X[n,i])
    [18] dA2[n,j] = A2[n,j] - T[n,j]
    [19] dZ2[n,j] = dA2[n,j]*A2[n,j]*(1 - A2[n,j])
    [20] dA2_dot[n,j] = A2_dot[n,j]
    [21] dW2_each[n,j,i] = dZ2[n,j]*A1[n,i]
    [22] dW1_each[n,j,i] = dZ1[n,j]*X[n,i]

Largest errors found, in units in the last place (ULP):
    sigmoid where |x| <= 30
        float64: at most 1.41 ULP, at 14.6277 (2270 points).
        float32: at most 2.36 ULP, at -7.02194 (2306 points).
    sigmoid_derivative where |x| <= 30
        float64: at most 2.70 ULP, at -6.96123 (2270 points).
        float32: at most 3.31 ULP, at 6.25269 (2306 points).
    sigmoid_second_derivative where |x| <= 30
        float64: at most 3.98 ULP, at -5.53461 (1786 points).
        float32: at most 3.96 ULP, at -12.5917 (1943 points).
"""

from collections.abc import Callable

import numpy as np

Array = np.ndarray
Arrays = dict[str, Array]

D = 2  # inputs
H = 2  # hidden units
K = 2  # outputs

SHAPES = {"W1": (H, D), "W2": (K, H)}
TRAINED = ("W1", "W2")


def sigmoid(x: Array) -> Array:
    """Return 1/(1 + exp(-x)).

    float64: at most 1.41 ULP, at 14.6277 (2270 points).
    Counted for |x| <= 30; nothing is spurious beyond.
    float32: at most 2.36 ULP, at -7.02194 (2306 points).
    """
    a = np.abs(x)
    q = np.exp(-a)
    return np.where(x < 0, q / (1 + q), 1 / (1 + q))


def sigmoid_derivative(x: Array) -> Array:
    """Return exp(-x)/(1 + exp(-x))**2.

    float64: at most 2.70 ULP, at -6.96123 (2270 points).
    Counted for |x| <= 30; nothing is spurious beyond.
    float32: at most 3.31 ULP, at 6.25269 (2306 points).
    """
    a = np.abs(x)
    q = np.exp(-a)
    return q / (1 + q) / (1 + q)


def sigmoid_second_derivative(x: Array) -> Array:
    """Return 2*exp(-2*x)/(1 + exp(-x))**3 - exp(-x)/(1 + exp(-x))**2.

    float64: at most 3.98 ULP, at -5.53461 (1786 points).
    Counted for |x| <= 30; nothing is spurious beyond.
    float32: at most 3.96 ULP, at -12.5917 (1943 points).
    """
    a = np.abs(x)
    p = -np.expm1(-a)
    q = np.exp(-a)
    result_part = q * p / (1 + q) / (1 + q) / (1 + q)
    result = np.where(x < 0, result_part, -q * p / (1 + q) / (1 + q) / (1 + q))
    return result


def forward(params: Arrays, X: Array) -> Arrays:
    """Return every value on the way to the network's output A2, by name."""
    check(params, X)
    W1 = params["W1"]  # (H, D)
    W2 = params["W2"]  # (K, H)
    Z1 = X @ W1.T  # (N, H) [1]  layer 1, dense
    A1 = sigmoid(Z1)  # (N, H) [2]  layer 1, sigmoid
    Z2 = A1 @ W2.T  # (N, K) [3]  layer 2, dense
    A2 = sigmoid(Z2)  # (N, K) [4]  layer 2, sigmoid
    return {
        "Z1": Z1,
        "A1": A1,
        "Z2": Z2,
        "A2": A2,
    }


def loss(params: Arrays, X: Array, T: Array) -> np.floating:
    """Return the loss E."""
    values = forward(params, X)
    check_targets(X, T)
    A2 = values["A2"]  # (N, K) [4]
    E = np.sum((A2 - T) ** 2) / 2  # () [5]  loss, half_sse, sum
    return E


def loss_and_gradients(
    params: Arrays,
    X: Array,
    T: Array,
) -> tuple[np.floating, Arrays]:
    """Return the loss E and the gradient of each trained parameter, by name."""
    values = forward(params, X)
    check_targets(X, T)
    W2 = params["W2"]  # (K, H)
    Z1 = values["Z1"]  # (N, H) [1]
    A1 = values["A1"]  # (N, H) [2]
    Z2 = values["Z2"]  # (N, K) [3]
    A2 = values["A2"]  # (N, K) [4]
    E = np.sum((A2 - T) ** 2) / 2  # () [5]  loss, half_sse, sum
    dZ2 = (A2 - T) * sigmoid_derivative(Z2)  # (N, K) [6]
    dW2 = dZ2.T @ A1  # (K, H) [7]
    dZ1 = (dZ2 @ W2) * sigmoid_derivative(Z1)  # (N, H) [8]
    dW1 = dZ1.T @ X  # (H, D) [9]
    return E, {
        "W1": dW1,
        "W2": dW2,
    }


def sgd_step(params: Arrays, grads: Arrays, learning_rate: float) -> Arrays:
    """Return the parameters after one step of gradient descent; frozen ones as they are."""
    step = float(learning_rate)
    return {
        name: value - step * grads[name] if name in grads else value
        for name, value in params.items()
    }


def train(
    params: Arrays,
    X: Array,
    T: Array,
    learning_rate: float,
    steps: int,
) -> tuple[Arrays, Array]:
    """Return the parameters after `steps` steps, and the loss before each step."""
    losses = np.empty(steps, dtype=X.dtype)
    for step in range(steps):
        losses[step], grads = loss_and_gradients(params, X, T)
        params = sgd_step(params, grads, learning_rate)
    return params, losses


def hvp(params: Arrays, X: Array, T: Array, direction: Arrays) -> Arrays:
    """Return the Hessian of the loss E times a direction, by name.

    It is how the gradient of each trained parameter changes along the direction.
    """
    values = forward(params, X)
    check_targets(X, T)
    check_direction(params, direction)
    W2 = params["W2"]  # (K, H)
    W1_dot = direction["W1"]  # (H, D)
    W2_dot = direction["W2"]  # (K, H)
    Z1 = values["Z1"]  # (N, H) [1]
    A1 = values["A1"]  # (N, H) [2]
    Z2 = values["Z2"]  # (N, K) [3]
    A2 = values["A2"]  # (N, K) [4]
    dZ2 = (A2 - T) * sigmoid_derivative(Z2)  # (N, K) [6]
    Z1_dot = X @ W1_dot.T  # (N, H) [10]  tangent of [1]
    A1_dot = Z1_dot * sigmoid_derivative(Z1)  # (N, H) [11]  tangent of [2]
    Z2_dot = A1 @ W2_dot.T + A1_dot @ W2.T  # (N, K) [12]  tangent of [3]
    A2_dot = Z2_dot * sigmoid_derivative(Z2)  # (N, K) [13]  tangent of [4]
    dZ2_dot_part = sigmoid_derivative(Z2)  # (N, K) [14]  tangent of [6]
    dZ2_dot = (A2 - T) * Z2_dot * sigmoid_second_derivative(Z2) + A2_dot * dZ2_dot_part
    dW2_dot = dZ2.T @ A1_dot + dZ2_dot.T @ A1  # (K, H) [15]  tangent of [7]
    # (N, H) [16]  tangent of [8]
    dZ1_dot_part = (dZ2 @ W2) * Z1_dot * sigmoid_second_derivative(Z1)
    dZ1_dot = dZ1_dot_part + (dZ2 @ W2_dot + dZ2_dot @ W2) * sigmoid_derivative(Z1)
    dW1_dot = dZ1_dot.T @ X  # (H, D) [17]  tangent of [9]
    return {
        "W1": dW1_dot,
        "W2": dW2_dot,
    }


def gnvp(params: Arrays, X: Array, T: Array, direction: Arrays) -> Arrays:
    """Return the Gauss-Newton matrix of the loss E times a direction, by name.

    It is J.T @ H @ J: J of the network's output A2 by the parameters, and H
    the second derivative of the loss by that output.
    """
    values = forward(params, X)
    check_targets(X, T)
    check_direction(params, direction)
    W2 = params["W2"]  # (K, H)
    W1_dot = direction["W1"]  # (H, D)
    W2_dot = direction["W2"]  # (K, H)
    Z1 = values["Z1"]  # (N, H) [1]
    A1 = values["A1"]  # (N, H) [2]
    Z2 = values["Z2"]  # (N, K) [3]
    Z1_dot = X @ W1_dot.T  # (N, H) [10]  tangent of [1]
    A1_dot = Z1_dot * sigmoid_derivative(Z1)  # (N, H) [11]  tangent of [2]
    Z2_dot = A1 @ W2_dot.T + A1_dot @ W2.T  # (N, K) [12]  tangent of [3]
    A2_dot = Z2_dot * sigmoid_derivative(Z2)  # (N, K) [13]  tangent of [4]
    dA2_dot = A2_dot  # (N, K) [20]  tangent of [18]
    dA2 = dA2_dot  # (N, K) [18]  linear from here on
    dZ2 = dA2 * sigmoid_derivative(Z2)  # (N, K) [19]
    dW2 = dZ2.T @ A1  # (K, H) [7]
    dZ1 = (dZ2 @ W2) * sigmoid_derivative(Z1)  # (N, H) [8]
    dW1 = dZ1.T @ X  # (H, D) [9]
    return {
        "W1": dW1,
        "W2": dW2,
    }


def jvp(params: Arrays, X: Array, direction: Arrays) -> Array:
    """Return how the output A2 changes along a direction."""
    values = forward(params, X)
    check_direction(params, direction)
    W2 = params["W2"]  # (K, H)
    W1_dot = direction["W1"]  # (H, D)
    W2_dot = direction["W2"]  # (K, H)
    Z1 = values["Z1"]  # (N, H) [1]
    A1 = values["A1"]  # (N, H) [2]
    Z2 = values["Z2"]  # (N, K) [3]
    Z1_dot = X @ W1_dot.T  # (N, H) [10]  tangent of [1]
    A1_dot = Z1_dot * sigmoid_derivative(Z1)  # (N, H) [11]  tangent of [2]
    Z2_dot = A1 @ W2_dot.T + A1_dot @ W2.T  # (N, K) [12]  tangent of [3]
    A2_dot = Z2_dot * sigmoid_derivative(Z2)  # (N, K) [13]  tangent of [4]
    return A2_dot


def vjp(params: Arrays, X: Array, dA2: Array) -> Arrays:
    """Return the gradient of np.sum(dA2 * A2) by each trained parameter."""
    values = forward(params, X)
    check_cotangent(values, dA2)
    W2 = params["W2"]  # (K, H)
    Z1 = values["Z1"]  # (N, H) [1]
    A1 = values["A1"]  # (N, H) [2]
    Z2 = values["Z2"]  # (N, K) [3]
    dZ2 = dA2 * sigmoid_derivative(Z2)  # (N, K) [19]
    dW2 = dZ2.T @ A1  # (K, H) [7]
    dZ1 = (dZ2 @ W2) * sigmoid_derivative(Z1)  # (N, H) [8]
    dW1 = dZ1.T @ X  # (H, D) [9]
    return {
        "W1": dW1,
        "W2": dW2,
    }


def vjp_each(params: Arrays, X: Array, dA2: Array) -> Arrays:
    """Return what each sample adds to the result of `vjp`: (N, *shape) by name."""
    values = forward(params, X)
    check_cotangent(values, dA2)
    W2 = params["W2"]  # (K, H)
    Z1 = values["Z1"]  # (N, H) [1]
    A1 = values["A1"]  # (N, H) [2]
    Z2 = values["Z2"]  # (N, K) [3]
    dZ2 = dA2 * sigmoid_derivative(Z2)  # (N, K) [19]
    dZ1 = (dZ2 @ W2) * sigmoid_derivative(Z1)  # (N, H) [8]
    dW2_each = A1[:, None, :] * dZ2[:, :, None]  # (N, K, H) [21]
    dW1_each = X[:, None, :] * dZ1[:, :, None]  # (N, H, D) [22]
    return {
        "W1": dW1_each,
        "W2": dW2_each,
    }


def jacobian(params: Arrays, X: Array) -> Arrays:
    """Return the derivative of A2 by each trained parameter, (N, K, *shape) by name."""
    output = forward(params, X)["A2"]
    columns: list[Arrays] = []
    for k in range(K):
        dA2 = np.zeros_like(output)
        dA2[:, k] = 1
        columns.append(vjp_each(params, X, dA2))
    return {name: np.stack([c[name] for c in columns], axis=1) for name in TRAINED}


def per_sample_gradients(params: Arrays, X: Array, T: Array) -> Arrays:
    """Return what each sample adds to the gradient: (N, *shape) by name.

    Their sum over the samples is the gradient, whatever the reduction of the loss.
    """
    values = forward(params, X)
    check_targets(X, T)
    W2 = params["W2"]  # (K, H)
    Z1 = values["Z1"]  # (N, H) [1]
    A1 = values["A1"]  # (N, H) [2]
    Z2 = values["Z2"]  # (N, K) [3]
    A2 = values["A2"]  # (N, K) [4]
    dZ2 = (A2 - T) * sigmoid_derivative(Z2)  # (N, K) [6]
    dW2_each = A1[:, None, :] * dZ2[:, :, None]  # (N, K, H) [21]
    dZ1 = (dZ2 @ W2) * sigmoid_derivative(Z1)  # (N, H) [8]
    dW1_each = X[:, None, :] * dZ1[:, :, None]  # (N, H, D) [22]
    return {
        "W1": dW1_each,
        "W2": dW2_each,
    }


def flat(arrays: Arrays) -> Array:
    """Return the arrays of the trained parameters side by side, in the order of TRAINED."""
    return np.concatenate([np.ravel(arrays[name]) for name in TRAINED])


def unflat(vector: Array, params: Arrays) -> Arrays:
    """Return the arrays that `flat` has put side by side."""
    found, start = {}, 0
    for name in TRAINED:
        size = params[name].size
        found[name] = vector[start : start + size].reshape(params[name].shape)
        start += size
    return found


def hessian(params: Arrays, X: Array, T: Array) -> Array:
    """Return the Hessian of the loss E, (P, P) for P trained numbers in the order of `flat`."""
    return matrix(lambda v: hvp(params, X, T, v), params)


def gauss_newton(params: Arrays, X: Array, T: Array) -> Array:
    """Return the Gauss-Newton matrix of the loss E, (P, P) in the order of `flat`."""
    return matrix(lambda v: gnvp(params, X, T, v), params)


def matrix(product: Callable[[Arrays], Arrays], params: Arrays) -> Array:
    """Return the symmetric matrix of a product with directions, a column at a time."""
    start = flat(params)
    found = np.empty((start.size, start.size), start.dtype)
    for p in range(start.size):
        unit = np.zeros_like(start)
        unit[p] = 1
        found[:, p] = flat(product(unflat(unit, params)))
    return (found + found.T) / 2


def check_direction(params: Arrays, direction: Arrays) -> None:
    """Raise an error unless a direction has an array like each trained parameter.

    Raises:
        KeyError: one is missing.
        ValueError: a shape is wrong.
        TypeError: something is no array, or the dtype is another.
    """
    for name in TRAINED:
        if name not in direction:
            raise KeyError(f"direction of {name} is missing")
        value, like = direction[name], params[name]
        if not isinstance(value, np.ndarray | np.generic):
            raise TypeError(
                f"direction of {name} is {type(value).__name__}, expected an array"
            )
        if value.shape != like.shape:
            raise ValueError(
                f"direction of {name} has shape {value.shape}, expected {like.shape}"
            )
        if value.dtype != like.dtype:
            raise TypeError(
                f"direction of {name} is {value.dtype} but {name} is {like.dtype}"
            )


def check_cotangent(values: Arrays, dA2: Array) -> None:
    """Raise an error unless it is an array like the output A2."""
    output = values["A2"]
    if not isinstance(dA2, np.ndarray):
        raise TypeError(f"dA2 is {type(dA2).__name__}, expected an array")
    if dA2.shape != output.shape:
        raise ValueError(f"dA2 has shape {dA2.shape}, expected {output.shape}")
    if dA2.dtype != output.dtype:
        raise TypeError(f"dA2 is {dA2.dtype} but A2 is {output.dtype}")


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
    X = np.array([[0.5, 0.3]], dtype=dtype)
    T = np.array([[0.23, -0.07]], dtype=dtype)
    W1 = np.array([[0.2, 0.5], [-0.4, 0.6]], dtype=dtype)
    W2 = np.array([[0.1, -0.3], [-0.5, 0.8]], dtype=dtype)
    params = {
        "W1": W1,
        "W2": W2,
    }
    return params, X, T, 1.0


def main() -> None:
    """Print the worked numbers: forward pass, loss, gradients, one step."""
    params, X, T, learning_rate = example()
    E, grads = loss_and_gradients(params, X, T)
    after = sgd_step(params, grads, learning_rate)
    rows = [*forward(params, X).items(), ("E", np.asarray(E))]
    rows += [(f"d{name}", grad) for name, grad in grads.items()]
    rows += [(f"{name} after one step", after[name]) for name in grads]
    for name, value in rows:
        print(f"{name} =")
        print(np.array2string(np.asarray(value), precision=8, prefix=""))


if __name__ == "__main__":
    main()
