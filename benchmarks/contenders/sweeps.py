"""Contenders that train the worked example at many learning rates at once.

`train` returns E, the loss of each run before its last step.  The torch loop takes the checked runs
only and is scaled.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.contenders import NotAvailable, Start, Train, threads
from benchmarks.contenders.formulas import loss_function
from benchmarks.contenders.frameworks import load, torch_loss, torch_model
from benchmarks.contenders.generated import NamedWeights, loaded, needs_compiler
from benchmarks.networks import Arrays, Case, Data
from symbp.form import Form


def torch_loop(case: Case) -> Start:
    """One training after the other: what most people write."""
    import torch

    torch.set_num_threads(threads())

    def start(data: Data) -> Train:
        model = torch_model(case, data.params)
        loss_of = torch_loss(case)
        X, T = torch.from_numpy(data.X), torch.from_numpy(data.T)

        def train(steps: int) -> Arrays:
            E = []
            for run in case.checked:
                load(model, data.params)
                optimizer = torch.optim.SGD(model.parameters(), lr=case.rates[run])
                for _ in range(steps):
                    optimizer.zero_grad()
                    loss = loss_of(model(X), T)
                    loss.backward()
                    optimizer.step()
                E.append(loss.item())
            return {"E": np.array(E)}

        return train

    start.runs = len(case.checked)  # type: ignore[attr-defined]
    start.note = f"{len(case.checked)} runs, scaled"  # type: ignore[attr-defined]
    return start


def torch_vmap(case: Case) -> Start:
    """All runs in one batch of weights, torch.func.vmap over grad_and_value."""
    import torch

    torch.set_num_threads(threads())

    def start(data: Data) -> Train:
        model = torch_model(case, data.params)
        loss_of = torch_loss(case)
        X, T = torch.from_numpy(data.X), torch.from_numpy(data.T)
        names = [name for name, _ in model.named_parameters()]
        first = dict(zip(names, map(torch.from_numpy, data.params.values()), strict=True))
        rates = torch.tensor(case.rates, dtype=X.dtype)

        def loss(params: Any) -> Any:
            return loss_of(torch.func.functional_call(model, params, (X,)), T)

        def step(params: Any, rate: Any) -> Any:
            grads, E = torch.func.grad_and_value(loss)(params)
            return {k: w - rate * grads[k] for k, w in params.items()}, E

        steps_of_all = torch.func.vmap(step)

        def train(steps: int) -> Arrays:
            params = {k: v.expand(case.runs, *v.shape).clone() for k, v in first.items()}
            for _ in range(steps):
                params, E = steps_of_all(params, rates)
            return {"E": E.detach().numpy()}

        return train

    return start


def jax_vmap(case: Case) -> Start:
    """vmap of a compiled loop over the steps."""
    import jax

    jax.config.update("jax_enable_x64", True)
    both = jax.value_and_grad(loss_function(jax.numpy, case))

    def run(params: Any, X: Any, T: Any, rate: Any, steps: Any) -> Any:
        def step(_: Any, carried: Any) -> Any:
            params, _ = carried
            E, grads = both(params, X, T)
            return jax.tree.map(lambda w, g: w - rate * g, params, grads), E

        return jax.lax.fori_loop(0, steps, step, (params, jax.numpy.zeros((), case.dtype)))[1]

    runs = jax.jit(jax.vmap(run, in_axes=(None, None, None, 0, None)))

    def start(data: Data) -> Train:
        params, X, T = (jax.device_put(v) for v in (data.params, data.X, data.T))
        rates = jax.numpy.array(case.rates)

        def train(steps: int) -> Arrays:
            return {"E": jax.block_until_ready(runs(params, X, T, rates, steps))}

        return train

    return start


def by_name(case: Case, form: Form) -> Start:
    """The `sweep` of a generated module, on as many threads as everybody has.

    Raises:
        NotAvailable: the module has none.
    """
    module = loaded(case, form)
    if not hasattr(module, "sweep"):
        raise NotAvailable("the generated module has no sweep")
    named = NamedWeights(case, module)

    def start(data: Data) -> Train:
        w, x, y = named.numbers(data)
        rates = np.array(case.rates)

        def train(steps: int) -> Arrays:
            losses = module.sweep(w, x, y, rates, steps, workers=threads())[1]
            return {"E": losses[-1]}

        return train

    return start


def scalar(case: Case) -> Start:
    """`symbp generate --style scalar`, every name an array of runs."""
    return by_name(case, Form("scalar"))


def numba(case: Case) -> Start:
    """`symbp generate --target numba`."""
    import_module("numba")  # which says so itself where it is missing
    return by_name(case, Form("scalar", target="numba"))


def c(case: Case) -> Start:
    """`symbp generate --target c`, several runs to a vector register."""
    needs_compiler()
    module = loaded(case, Form(target="c"))

    def start(data: Data) -> Train:
        rates = np.array(case.rates)

        def train(steps: int) -> Arrays:
            losses = module.sweep(data.params, data.X, data.T, rates, steps, threads())[1]
            return {"E": losses[-1]}

        return train

    return start
