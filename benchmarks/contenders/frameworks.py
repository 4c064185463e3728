"""Contenders that differentiate programs: torch, jax and autograd, each as its users write it.

The losses of the steps are not kept, which spares them what the generated `train` does.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from benchmarks.contenders import NotAvailable, Start, Train, threads
from benchmarks.contenders.formulas import loss_function, target_rows
from benchmarks.networks import Arrays, Case, Data


def torch_model(case: Case, params: Arrays) -> Any:
    """A torch.nn.Sequential with these parameters."""
    import torch

    kinds = {"relu": torch.nn.ReLU, "tanh": torch.nn.Tanh, "sigmoid": torch.nn.Sigmoid}
    modules: list[Any] = []
    for k, name in enumerate(case.activations(), 1):
        d, h = case.sizes[k - 1], case.sizes[k]
        modules.append(torch.nn.Linear(d, h, case.biases, dtype=getattr(torch, case.dtype)))
        modules += [kinds[name]()] if name in kinds else []
    model = torch.nn.Sequential(*modules)
    load(model, params)
    return model


def load(model: Any, params: Arrays) -> None:
    """Put parameters into a model, whose parameters come in the same order."""
    import torch

    with torch.no_grad():
        for parameter, value in zip(model.parameters(), params.values(), strict=True):
            parameter.copy_(torch.from_numpy(value))


def torch_loss(case: Case) -> Callable[[Any, Any], Any]:
    """The loss as torch's users write it."""
    import torch

    if case.loss == "half_sse":
        return lambda P, T: ((P - T) ** 2).sum() / 2
    return torch.nn.MSELoss() if case.loss == "mse" else torch.nn.CrossEntropyLoss()


def torch_eager(case: Case, compiled: bool = False) -> Start:
    """torch.nn.Sequential, autograd and torch.optim.SGD."""
    import torch

    torch.set_num_threads(threads())

    def start(data: Data) -> Train:
        model = torch_model(case, data.params)
        loss_of = torch_loss(case)
        optimizer = torch.optim.SGD(model.parameters(), lr=case.learning_rate)
        X, T = torch.from_numpy(data.X), torch.from_numpy(data.T)

        def loss() -> Any:
            return loss_of(model(X), T)

        if compiled:
            loss = torch.compile(loss)

        def train(steps: int) -> Arrays:
            load(model, data.params)
            for _ in range(steps):
                optimizer.zero_grad()
                loss().backward()
                optimizer.step()
            values = (p.detach().numpy() for p in model.parameters())
            return dict(zip(data.params, values, strict=True))

        return train

    return start


def torch_compiled(case: Case) -> Start:
    """The same, forward and backward compiled; the optimizer's step stays as it is.

    Raises:
        NotAvailable: torch cannot compile here.
    """
    from torch._dynamo.exc import TorchDynamoException

    start = torch_eager(case, compiled=True)

    def checked_start(data: Data) -> Train:
        train = start(data)
        try:
            train(1)
        except TorchDynamoException as error:
            reason = " ".join(str(error).split())[:300]
            raise NotAvailable(f"torch.compile fails: {reason}") from error
        return train

    return checked_start


def jax_step(case: Case) -> Any:
    """One step of gradient descent as a function of (params, X, Y)."""
    import jax

    jax.config.update("jax_enable_x64", case.dtype == "float64")
    gradient = jax.grad(loss_function(jax.numpy, case))

    def step(params: Any, X: Any, Y: Any) -> Any:
        move = lambda w, g: w - case.learning_rate * g  # noqa: E731
        return jax.tree.map(move, params, gradient(params, X, Y))

    return step


def jax_jit(case: Case) -> Start:
    """A compiled step that takes over the memory of its parameters, called from Python."""
    import jax

    step = jax.jit(jax_step(case), donate_argnums=0)

    def start(data: Data) -> Train:
        X, Y = jax.device_put(data.X), jax.device_put(target_rows(case, data))

        def train(steps: int) -> Any:
            # A copy: on a CPU jax may share the memory of a NumPy array, and the step writes to it.
            params = {k: jax.numpy.array(v, copy=True) for k, v in data.params.items()}
            for _ in range(steps):
                params = step(params, X, Y)
            return jax.block_until_ready(params)

        return train

    return start


def jax_loop(case: Case) -> Start:
    """The whole training compiled, its loop too."""
    import jax

    step = jax_step(case)

    @partial(jax.jit, donate_argnums=0)
    def loop(params: Any, X: Any, Y: Any, steps: Any) -> Any:
        return jax.lax.fori_loop(0, steps, lambda _, p: step(p, X, Y), params)

    def start(data: Data) -> Train:
        X, Y = jax.device_put(data.X), jax.device_put(target_rows(case, data))

        def train(steps: int) -> Any:
            params = {k: jax.numpy.array(v, copy=True) for k, v in data.params.items()}
            return jax.block_until_ready(loop(params, X, Y, steps))

        return train

    return start


def autograd_loop(case: Case) -> Start:
    """HIPS autograd: NumPy, recorded and differentiated in every step."""
    import autograd
    import autograd.numpy as anp

    gradient = autograd.grad(loss_function(anp, case))
    rate = np.dtype(case.dtype).type(case.learning_rate)

    def start(data: Data) -> Train:
        Y = target_rows(case, data)

        def train(steps: int) -> Arrays:
            params = dict(data.params)
            for _ in range(steps):
                grads = gradient(params, data.X, Y)
                params = {k: w - rate * grads[k] for k, w in params.items()}
            return params

        return train

    return start
