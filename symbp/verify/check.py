"""Check a module with every oracle.

Input: a network, its derivation and a module.  Output: a `Report`.  Imports numpy, scalars,
numeric and the modules of this package; torch on call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from symbp.derivation import Derivation
from symbp.errors import ModuleError
from symbp.exact import exact
from symbp.example import Example, draw_example
from symbp.layers import takes_rows
from symbp.numeric import reference_gradients
from symbp.scalars import ScalarSystem
from symbp.spec import Network
from symbp.verify.differences import central_differences
from symbp.verify.module import Candidate, candidates, load_module, load_source
from symbp.verify.products import product_rows
from symbp.verify.report import Comparison, Report, compare
from symbp.verify.torch_oracle import torch_gradients

ORACLES = ("torch", "precision", "differences")
TOLERANCES = {"torch": 1e-12, "precision": 1e-12, "differences": 1e-6}
DIGITS = 40


def verify_network(
    network: Network,
    derivation: Derivation,
    source: str | Mapping[str, str],
    module: Path | None = None,
    oracles: Sequence[str] = ORACLES,
) -> Report:
    """Check a module at the numbers of the network's example, float64.

    Args:
        network: Without an example one is drawn from seed 0.
        derivation: Of the network, for the arbitrary precision.
        source: Generated source, of either style; or the generated files by name, one of
            which is Python.
        module: A file to check instead; it is run.
        oracles: Some of "torch", "precision", "differences".

    Raises:
        DependencyError: torch is needed and not installed.
        ModuleError: the module does not run, or gives no gradients of the right names and shapes.
    """
    example = network.example
    if not isinstance(example, Example):
        example = draw_example(network, 0, 2, exact(1, "learning_rate"))
        network = replace(network, example=example)
    X, T, parameters = arrays(network, example)
    where = str(module) if module else f"{network.name}.py"
    loaded = load_module(module) if module else load_source(source, network.name)

    @cache
    def expected(oracle: str) -> dict[str, np.ndarray]:
        if oracle == "torch":
            return torch_gradients(network, X, T, parameters)
        return reference_gradients(derivation, X, T, parameters, DIGITS)

    rows: list[Comparison] = []
    for kind, checked in candidates(loaded, ScalarSystem(network, derivation), where).items():
        found = _gradients(checked, network, parameters, X, T, where)
        for oracle in oracles:
            if oracle == "differences":
                compared = _differences(checked, parameters, found, X, T)
            else:
                compared = compare(oracle, found, expected(oracle), TOLERANCES[oracle])
            rows += (replace(c, oracle=f"{oracle}, {kind}") if kind else c for c in compared)
    if "torch" in oracles:
        point = (X, T, parameters)
        rows += product_rows(loaded, network, ScalarSystem(network, derivation), point, where)
    return Report(where, tuple(rows))


def _differences(
    checked: Candidate,
    parameters: Mapping[str, np.ndarray],
    found: Mapping[str, np.ndarray],
    X: np.ndarray,
    T: np.ndarray,
) -> tuple[Comparison, ...]:
    return central_differences(
        lambda moved: checked.loss(moved, X, T),
        parameters,
        {name: grad for name, grad in found.items() if name != "E"},
        TOLERANCES["differences"],
    )


def arrays(
    network: Network, example: Example
) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """X, T and the parameters of an example, float64 (class indices int64)."""

    def floats(value: Any) -> np.ndarray:
        return np.asarray(value, dtype=object).astype(np.float64)

    classes = network.targets == "classes"
    T = np.asarray(example.targets, dtype=np.int64) if classes else floats(example.targets)
    X = floats(example.inputs)
    if takes_rows(network.layers):
        X = X[:, 0].astype(np.int64)
    return X, T, {n: floats(v) for n, v in example.parameters.items()}


def _gradients(
    checked: Candidate,
    network: Network,
    parameters: Mapping[str, np.ndarray],
    X: np.ndarray,
    T: np.ndarray,
    where: str,
) -> dict[str, np.ndarray]:
    """The module's gradients, with names and shapes checked."""
    found = checked.gradients(parameters, X, T)
    for name in network.trained:
        if name not in found:
            raise ModuleError(
                where, f"gives no gradient of {name}", "Return one for each parameter."
            )
        needed = network.parameters[name]
        if np.shape(found[name]) != needed:
            text = f"gradient of {name} has shape {np.shape(found[name])}, expected {needed}"
            raise ModuleError(where, text, "A gradient is shaped like its parameter.")
    return {"E": found["E"], **{name: found[name] for name in network.trained}}
