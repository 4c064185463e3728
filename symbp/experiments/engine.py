"""Gradient descent of many runs at once, by the modules that `symbp generate` writes.

Input: a network with numbers.  Output: `Code`, everything that a run needs but its start and rate,
as text and arrays; and of it a descent, which is a `System` of dynamics.
Imports pipeline, by_name, scalars, verify and numpy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from tempfile import gettempdir
from types import ModuleType
from typing import Any

import numpy as np

from symbp.by_name import check_single, parameter_names
from symbp.derivation import Derivation
from symbp.errors import OutputError, SpecError
from symbp.experiments.dynamics import System
from symbp.form import Form
from symbp.pipeline import derive, files
from symbp.scalars import ScalarSystem
from symbp.spec import Network
from symbp.verify.check import arrays
from symbp.verify.module import load_source, places_of

Array = np.ndarray[Any, Any]
Arrays = Mapping[str, Array]  # parameters by name; each has a row a run, or a row a start
Entry = tuple[str, tuple[int, ...]]
MOST_BY_NAME = 500  # numbers to train; with more, products of matrices are faster


@dataclass(frozen=True, slots=True)
class Code:
    """A generated module, and the samples that it trains on.

    Args:
        source: The name and the text of each file.
        rows: Of a module by name, parameter and place of each row of weights; of one in matrices
            nothing.
        trained: The names of the trained numbers, in the order of their rows: w1, w2, ..
        X: Inputs, (N, d).
        T: Targets, (N, k); or classes, (N,).
    """

    source: tuple[tuple[str, str], ...]
    rows: tuple[Entry, ...]
    trained: tuple[str, ...]
    X: Array
    T: Array


def code_of(network: Network, tangents: bool = True) -> Code:
    """Generate the module of a network, and read its samples.

    One sample and few numbers to train give a module by name, others one in matrices.

    Args:
        network: With numbers.
        tangents: With the derivative of a step, for Lyapunov exponents.

    Raises:
        SpecError: the network has no numbers.

    >>> code_of(Network(sizes=[2, 2], example={"seed": 0})).trained
    ('w1', 'w2', 'w3', 'w4')
    """
    example = network.numbers
    derivation = derive(network)
    single = len(example.inputs) == 1 and single_by_name(network, derivation)
    system = ScalarSystem(network, derivation)
    of_entry = {(w.parameter, w.place): w.name for w in system.weights}
    rows: tuple[Entry, ...] = ()
    X, T, _ = arrays(network, example)
    if single:
        places = places_of(system)
        rows = tuple(places[name] for name in parameter_names(system))
        trained = tuple(of_entry[row] for row in rows if row in of_entry)
        T = np.eye(network.widths[-1])[T] if network.targets == "classes" else T
    else:
        shapes = {name: network.parameters[name] for name in derivation.gradients}
        trained = tuple(of_entry[n, place] for n, s in shapes.items() for place in np.ndindex(*s))
    form = (
        Form("scalar", second_order=tangents) if single else Form(runs=True, second_order=tangents)
    )
    return Code(tuple(files(network, form).items()), rows, trained, X, T)


def single_by_name(network: Network, derivation: Derivation) -> bool:
    """Whether a module by name can be, and is the faster one."""
    if network.weight_count > MOST_BY_NAME:
        return False
    try:
        check_single(network, derivation)
    except SpecError:
        return False
    return True


def descent(code: Code, starts: Arrays, rates: Array) -> System:
    """Gradient descent of R runs, each from its start and with its rate.

    Args:
        code: Of `code_of`.
        starts: Parameters by name, each with a row a run.
        rates: (R,).
    """
    module = loaded(code)
    if code.rows:
        ws = module.Ensemble(len(rates))
        w = np.array([starts[name].T[place[::-1]] for name, place in code.rows])
        ws.load(w, code.X.T, code.T.T)
    else:
        ws = module.Ensemble(len(rates), len(code.X))
        ws.load(starts, code.X, code.T)
    np.negative(rates, out=ws.seed)
    return Descent(module, ws)


class Descent:
    """Gradient descent by the passes of a generated module on its `Ensemble`."""

    def __init__(self, module: ModuleType, ensemble: Any) -> None:
        self._module, self._ensemble = module, ensemble
        self.state: Array = ensemble.trained
        self.differentiable = hasattr(module, "tangent_pass")

    def evaluate(self) -> None:
        """Work out the step: the gradient of every run times minus its rate."""
        self._module.gradient_pass(self._ensemble)

    def losses(self) -> Array:
        """The loss of every run, (R,), after `evaluate`."""
        found: Array = self._module.loss_pass(self._ensemble)
        return found

    def push(self, v: Array) -> None:
        """v becomes v - rate * Hessian * v, (P, R), after `evaluate`."""
        np.copyto(self._ensemble.v, v)
        self._module.tangent_pass(self._ensemble)
        np.add(v, self._ensemble.hv, out=v)

    def advance(self) -> None:
        """Take the step."""
        np.add(self.state, self._ensemble.dw, out=self.state)


def at_once(code: Code) -> int:
    """How many runs fit the cache together."""
    module = loaded(code)
    if code.rows:
        return max(int(module.CACHE) // (int(module.ARRAYS) * 8), int(module.LEAST))
    one, two = (int(module.Ensemble(R, len(code.X)).nbytes) for R in (1, 2))
    return max(int(module.CACHE) // (two - one), int(module.LEAST))


def loaded(code: Code) -> ModuleType:
    """The module, loaded once a process."""
    return _loaded(code.source)


@lru_cache(maxsize=4)
def _loaded(source: tuple[tuple[str, str], ...]) -> ModuleType:
    try:
        return load_source(dict(source), "sweep")
    except OSError as error:
        found = f"the module cannot be written there: {(error.strerror or str(error)).lower()}"
        raise OutputError(gettempdir(), found, "Free some space, or set TMPDIR.") from None
