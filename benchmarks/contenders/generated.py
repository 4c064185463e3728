"""The forms of symbp's generated code, called as their users call them: `train`, with its steps.

What `train` does before its first step (checks, a workspace) is part of the time, as is keeping
the loss of every step.
"""

from __future__ import annotations

import os
import shlex
import shutil
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np

from benchmarks.contenders import NotAvailable, Start, Train
from benchmarks.networks import Arrays, Case, Data
from symbp.errors import SpecError
from symbp.form import Form
from symbp.pipeline import derive, files
from symbp.scalars import ScalarSystem, system_of
from symbp.verify.module import load_source

WRITTEN_OUT_UP_TO = 200  # weights that have names of their own
IN_C_UP_TO = 20_000  # weights: C has products of its own, made for small networks


def loaded(case: Case, form: Form) -> ModuleType:
    """The generated module.

    Raises:
        NotAvailable: symbp does not write this form.
    """
    try:
        return load_source(files(case.network(), form), case.network().name + form.suffix)
    except SpecError as error:
        raise NotAvailable(" ".join(str(error).split())) from error


def in_arrays(case: Case, form: Form) -> Start:
    """Forms that train on arrays of any batch size."""
    module = loaded(case, form)

    def start(data: Data) -> Train:
        def train(steps: int) -> Arrays:
            found: Arrays = module.train(data.params, data.X, data.T, case.learning_rate, steps)[0]
            return found

        return train

    return start


def by_name(case: Case, form: Form) -> Start:
    """Forms whose weights are numbers with names, for one sample.

    Raises:
        NotAvailable: the case has more samples, or too many weights.
    """
    if case.batch != 1 or case.weight_count > WRITTEN_OUT_UP_TO:
        raise NotAvailable("weights by name take one sample a step, and few weights")
    module = loaded(case, form)
    named = NamedWeights(case, module)

    def start(data: Data) -> Train:
        w, x, y = named.numbers(data)

        def train(steps: int) -> Arrays:
            return named.arrays(data, module.train(w, x, y, case.learning_rate, steps)[0])

        return train

    return start


class NamedWeights:
    """Between arrays and the numbers w1, w2, .. of a module."""

    def __init__(self, case: Case, module: ModuleType) -> None:
        network = case.network()
        system: ScalarSystem = system_of(network, derive(network))
        places = {
            system.name(p, at): (p, at) for p in network.parameters for at in system.places(p)
        }
        self.places = [places[name] for name in module.WEIGHTS]

    def numbers(self, data: Data) -> tuple[Any, Any, Any]:
        """(w, x, y) of one sample, as Python's numbers."""
        w = tuple(float(data.params[p][at]) for p, at in self.places)
        return w, tuple(map(float, data.X[0])), tuple(map(float, data.T[0]))

    def arrays(self, data: Data, w: Any) -> Arrays:
        """The parameters that numbers in the module's order stand for."""
        found = {name: np.empty_like(value) for name, value in data.params.items()}
        for (name, at), value in zip(self.places, w, strict=True):
            found[name][at] = value
        return found


def plain(case: Case) -> Start:
    """`symbp generate`."""
    return in_arrays(case, Form())


def workspace(case: Case) -> Start:
    """`symbp generate --workspace`."""
    return in_arrays(case, Form(workspace=True))


def workspace_whole(case: Case) -> Start:
    """`symbp generate --workspace --tile 0`."""
    return in_arrays(case, Form(workspace=True, tile=0))


def workspace_64(case: Case) -> Start:
    """`symbp generate --workspace --tile 64`: every run of two calls or more in tiles."""
    return in_arrays(case, Form(workspace=True, tile=64))


def workspace_scipy(case: Case) -> Start:
    """`symbp generate --workspace --blas scipy`."""
    return in_arrays(case, Form(workspace=True, blas="scipy"))


def scalar(case: Case) -> Start:
    """`symbp generate --style scalar`."""
    return by_name(case, Form("scalar"))


def numba(case: Case) -> Start:
    """`symbp generate --target numba`."""
    import_module("numba")  # which says so itself where it is missing
    return by_name(case, Form("scalar", target="numba"))


def c(case: Case) -> Start:
    """`symbp generate --target c`, for this batch and dtype."""
    if case.weight_count > IN_C_UP_TO:
        raise NotAvailable(f"C is timed on networks of at most {IN_C_UP_TO} weights")
    needs_compiler()
    return in_arrays(case, Form(target="c"))


def needs_compiler() -> None:
    """The wrapper of C code compiles it when it is first used.

    Raises:
        NotAvailable: there is no compiler.
    """
    compiler = shlex.split(os.environ.get("CC") or "cc")[0]
    if shutil.which(compiler) is None:
        raise NotAvailable(f"needs a C compiler, and '{compiler}' is not found")
