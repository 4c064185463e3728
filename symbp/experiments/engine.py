"""Gradient descent of many runs at once, by the modules that `symbp generate` writes.

Input: a network with numbers.  Output: `Code`, everything that a run needs but its start and rate,
as text and arrays; and of it a `Descent`, which is a `System` of dynamics.
Imports pipeline, scalars, verify.module and numpy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType
from typing import Any

import numpy as np

from symbp.by_name import parameter_names
from symbp.errors import SpecError
from symbp.form import Form
from symbp.pipeline import derive, files
from symbp.scalars import ScalarSystem
from symbp.spec import Network
from symbp.verify.module import load_source

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Code:
    """A generated module and the sample that it trains on.

    Args:
        source: The text of each file, by its name.
        entries: Parameter and place of each row of weights, trained ones first.
        trained: The names of those: w1, w2, ..
        x: Inputs, (d,).
        y: Targets, (k,).
    """

    source: tuple[tuple[str, str], ...]
    entries: tuple[tuple[str, tuple[int, ...]], ...]
    trained: tuple[str, ...]
    x: Array
    y: Array


def code_of(network: Network) -> Code:
    """Generate the module of a network, and read its numbers.

    Raises:
        SpecError: no numbers, several samples, or no formulas by name.

    >>> code_of(Network(sizes=[2, 2], example={"seed": 0})).trained
    ('w1', 'w2', 'w3', 'w4')
    """
    example = network.numbers
    if len(example.inputs) != 1:
        found = f"{len(example.inputs)} samples, and runs by name take one"
        raise SpecError("example, x", found, "Give one sample.")
    derivation = derive(network)
    source = files(network, Form("scalar"))
    system = ScalarSystem(network, derivation)
    places = {
        system.name(q, p): (q, p)
        for q in derivation.graph.names("parameter", "constant")
        for p in system.places(q)
    }
    names = parameter_names(system)
    (row,) = example.targets
    y = np.eye(network.widths[-1])[row] if isinstance(row, int) else np.array(row, float)
    return Code(
        tuple(source.items()),
        tuple(places[name] for name in names),
        tuple(w.name for w in system.weights),
        np.array(example.inputs[0], float),
        y,
    )


def packed(code: Code, parameters: Mapping[str, Any]) -> Array:
    """Parameters by name as one column, in the order of `code.entries`.

    >>> code = code_of(Network(sizes=[2, 1], example={"seed": 0}))
    >>> packed(code, {"W1": np.array([[3.0, 4.0]])}).tolist()
    [3.0, 4.0]
    """
    arrays = {name: np.array(value, float) for name, value in parameters.items()}
    return np.array([arrays[name][place] for name, place in code.entries])


class Descent:
    """Gradient descent of R runs, each from its start and with its rate.

    Args:
        code: Of `code_of`.
        starts: Weights, (len(code.entries), R).
        rates: (R,).
    """

    def __init__(self, code: Code, starts: Array, rates: Array) -> None:
        self._module = loaded(code)
        self._ensemble = self._module.Ensemble(len(rates))
        self._ensemble.load(starts, code.x[:, None], code.y[:, None])
        np.negative(rates, out=self._ensemble.seed)
        self.state: Array = self._ensemble.trained
        self.differentiable = hasattr(self._module, "tangent_pass")

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
    return max(module.CACHE // (module.ARRAYS * 8), module.LEAST)


def loaded(code: Code) -> ModuleType:
    """The module, loaded once a process."""
    return _loaded(code.source)


@lru_cache(maxsize=4)
def _loaded(source: tuple[tuple[str, str], ...]) -> ModuleType:
    return load_source(dict(source), "sweep")
