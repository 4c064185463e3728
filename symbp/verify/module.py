"""Load a module that is to be checked, and call either style in one way.

Input: generated source, or the path of a file, which is run.  Output: a `Candidate`.
Imports numpy, spec and scalars, for the names of the weights.
"""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from symbp.errors import ModuleError
from symbp.letters import CLASS_WEIGHT
from symbp.scalars import Place, ScalarSystem

Arrays = Mapping[str, np.ndarray]
REMEDY = "Compare it with a module that `symbp generate` writes."


@dataclass(frozen=True, slots=True)
class Candidate:
    """A module to check, whatever its style.

    Args:
        loss: Maps parameters, X and T to the loss.
        gradients: Maps them to the loss under "E" and the gradient of each trained parameter.
    """

    loss: Callable[[Arrays, np.ndarray, np.ndarray], float]
    gradients: Callable[[Arrays, np.ndarray, np.ndarray], dict[str, np.ndarray]]


def load_module(path: Path) -> ModuleType:
    """Run a Python file and return its module.

    Raises:
        ModuleError: it cannot be read, or raises when run.
    """
    spec = importlib.util.spec_from_file_location(f"_checked_{path.stem}", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise ModuleError(str(path), "is no Python file that can be read", "Give a .py file.")
    module = importlib.util.module_from_spec(spec)
    call(str(path), "the file", spec.loader.exec_module, module)
    return module


def load_source(source: str | Mapping[str, str], name: str) -> ModuleType:
    """Run generated source, or the one Python file among generated files, from a temporary folder.

    The folder lives as long as the module, which may compile something in it later.
    """
    found = {f"{name}.py": source} if isinstance(source, str) else source
    folder = Path(tempfile.mkdtemp())
    try:
        for file, text in found.items():
            (folder / file).write_text(text, encoding="utf-8")
        (module,) = (file for file in found if file.endswith(".py"))
        loaded = load_module(folder / module)
    except BaseException:
        shutil.rmtree(folder)
        raise
    weakref.finalize(loaded, shutil.rmtree, folder, ignore_errors=True)
    return loaded


def candidates(module: ModuleType, system: ScalarSystem, where: str) -> dict[str, Candidate]:
    """Wrap a module of either style; one by name is two: for floats, and for arrays of runs.

    Args:
        module: Has `loss` and `loss_and_gradients`; one by name also WEIGHTS and TRAINED, and
            perhaps `losses_and_gradients`; one over an axis of runs has that alone.
        system: Gives places to the scalar names, for one sample.
        where: Name of the module, for errors.

    Raises:
        ModuleError: a function is missing.
    """
    if hasattr(module, "losses_and_gradients") and not hasattr(module, "loss_and_gradients"):
        return {"": _one_of_runs(module, where)}
    for name in ("loss", "loss_and_gradients"):
        if not callable(getattr(module, name, None)):
            raise ModuleError(where, f"has no function {name}", REMEDY)
    if hasattr(module, "WEIGHTS"):
        return _by_name(module, system, where)
    separate = system.network.reduction == "none"

    def loss(params: Arrays, X: np.ndarray, T: np.ndarray) -> float:
        value = call(where, "loss", module.loss, dict(params), X, T)
        return float(np.sum(value) if separate else value)

    def gradients(params: Arrays, X: np.ndarray, T: np.ndarray) -> dict[str, np.ndarray]:
        result = call(where, "loss_and_gradients", module.loss_and_gradients, dict(params), X, T)
        if not (isinstance(result, tuple) and len(result) == 2 and isinstance(result[1], dict)):
            raise ModuleError(where, "loss_and_gradients returns no pair of loss and dict", REMEDY)
        return {"E": np.asarray(result[0])} | {n: np.asarray(g) for n, g in result[1].items()}

    return {"": Candidate(loss, gradients)}


def _one_of_runs(module: ModuleType, where: str) -> Candidate:
    """The second of two runs, of which the first has other numbers to train."""

    def gradients(params: Arrays, X: np.ndarray, T: np.ndarray) -> dict[str, np.ndarray]:
        trained = getattr(module, "TRAINED", ())
        both = {n: np.stack([p / 2 + 0.1, p]) if n in trained else p for n, p in params.items()}
        function = module.losses_and_gradients
        E, grads = call(where, "losses_and_gradients", function, both, X, T)
        return {"E": np.asarray(E[1])} | {n: np.asarray(g[1]) for n, g in grads.items()}

    return Candidate(lambda *arguments: float(gradients(*arguments)["E"]), gradients)


def places_of(system: ScalarSystem) -> dict[str, tuple[str, Place]]:
    """Parameter and place of every scalar name of one, frozen ones and masks too."""
    names = system.derivation.graph.names("parameter", "constant")
    return {system.name(q, p): (q, p) for q in names for p in system.places(q)}


def columns(
    system: ScalarSystem, names: Sequence[str], params: Arrays, X: np.ndarray, T: np.ndarray
) -> tuple[list[Any], Any, Any]:
    """What a module by name takes: for each name a number, or a number a sample.

    Classes become rows of a one-hot code; of a mask, which has a row a sample, all are taken.
    """
    quantities, places = system.derivation.graph.quantities, places_of(system)
    rows = np.eye(system.network.widths[-1])[T] if system.network.targets == "classes" else T

    def entry(quantity: str, place: Place) -> Any:
        if quantities[quantity].axes[:1] == ("N",):
            return params[quantity][:, place[1]]
        return params[quantity][place]

    return [entry(*places[name]) for name in names], X.T, rows.T


def _by_name(module: ModuleType, system: ScalarSystem, where: str) -> dict[str, Candidate]:
    """Samples go in one by one, and as runs; sums undo what one sample's formulas do not know."""
    places = places_of(system)
    for name in (*module.WEIGHTS, *module.TRAINED):
        if name not in places:
            raise ModuleError(where, f"names a weight '{name}' that the network has not", REMEDY)
    mean = system.network.reduction in ("mean", "batchmean")
    row = system.network.loss_row
    classes = system.network.targets == "classes"
    width = system.network.widths[-1]

    def one_by_one(params: Arrays, X: np.ndarray, T: np.ndarray) -> Iterator[list[Any]]:
        groups = [
            [np.broadcast_to(v, len(X)) for v in c]
            for c in columns(system, module.WEIGHTS, params, X, T)
        ]
        for sample in range(len(X)):
            yield [tuple(float(v[sample]) for v in group) for group in groups]

    def over_samples(each: Any, params: Arrays, T: np.ndarray) -> float:
        """The sum over samples, or their mean: with class weights a weighted one."""
        if not mean:
            return float(np.sum(each))
        shares = np.ones(len(T))
        if row.class_weights and (classes or row.weighted_mean == "always"):
            shares = (np.eye(width)[T] if classes else T) @ params[CLASS_WEIGHT]
        return float(np.sum(each * shares) / np.sum(shares))

    def of_floats(params: Arrays, X: np.ndarray, T: np.ndarray) -> tuple[Any, Any]:
        function = module.loss_and_gradients
        found = [call(where, "loss_and_gradients", function, *args)
                 for args in one_by_one(params, X, T)]  # fmt: skip
        return np.array([E for E, _ in found]), np.array([dw for _, dw in found]).T

    def of_runs(params: Arrays, X: np.ndarray, T: np.ndarray) -> tuple[Any, Any]:
        groups = columns(system, module.WEIGHTS, params, X, T)
        groups[0][0] = np.full(len(X), groups[0][0])  # there are as many runs as samples
        return call(where, "losses_and_gradients", module.losses_and_gradients, *groups)  # type: ignore[no-any-return]

    def checked(each: Callable[..., tuple[Any, Any]], losses: Callable[..., Any]) -> Candidate:
        def loss(params: Arrays, X: np.ndarray, T: np.ndarray) -> float:
            return over_samples(losses(params, X, T), params, T)

        def gradients(params: Arrays, X: np.ndarray, T: np.ndarray) -> dict[str, np.ndarray]:
            E, dw = each(params, X, T)
            result = {"E": np.asarray(over_samples(E, params, T))}
            for name, value in zip(module.TRAINED, dw, strict=True):
                parameter, place = places[name]
                grad = result.setdefault(parameter, np.full(params[parameter].shape, np.nan))
                grad[place] = over_samples(value, params, T)
            return result

        return Candidate(loss, gradients)

    def float_losses(params: Arrays, X: np.ndarray, T: np.ndarray) -> np.ndarray:
        samples = one_by_one(params, X, T)
        return np.array([call(where, "loss", module.loss, *args) for args in samples])

    found = {"": checked(of_floats, float_losses)}
    if hasattr(module, "losses_and_gradients"):
        found["runs"] = checked(of_runs, lambda *args: of_runs(*args)[0])
    return found


def call(where: str, what: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """Call code that is not ours: whatever it raises is a finding about it, with its name."""
    try:
        with np.errstate(all="ignore"):
            return function(*arguments)
    except Exception as error:
        found = f"{what} raises {type(error).__name__}: {error}"
        raise ModuleError(where, found, REMEDY) from error
