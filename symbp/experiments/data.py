"""Data to train on, as a frozen `Dataset`, and as the arrays that a network takes.

Input: the example of a network, the name of a data set, or files (data_files.py reads them).
Output: X and T.  Imports the catalogue, choice, spec and errors; numpy on call.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from symbp import catalog
from symbp.choice import CALL, resolve_recipe
from symbp.errors import DataError, ShapeError, SpecError
from symbp.exact import brief
from symbp.layers import takes_rows
from symbp.letters import WORD
from symbp.spec import Network

if TYPE_CHECKING:
    import numpy as np

WHERE = "--data"


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Samples: inputs and what the network should give for them.

    Args:
        X: (N, d), float64.
        T: (N, k), float64; or (N,), int64, one class a sample, counted from 0.
        name: Where it comes from, for titles and errors.

    Raises:
        DataError: no sample, another number of targets, or a number that is not finite.
    """

    X: np.ndarray
    T: np.ndarray
    name: str

    def __post_init__(self) -> None:
        import numpy as np

        if self.X.ndim != 2 or self.T.ndim not in (1, 2):
            found = f"inputs of shape {self.X.shape} and targets of shape {self.T.shape}"
            raise DataError(self.name, f"{found}, expected (N, d) and (N, k) or (N,)", "Reshape.")
        if len(self.X) == 0:
            raise DataError(self.name, "there is no sample", "Give at least one.")
        if len(self.X) != len(self.T):
            found = f"{len(self.X)} inputs but {len(self.T)} targets"
            raise DataError(self.name, found, "Give a target for each input.")
        if self.T.ndim == 1 and (self.T.dtype != np.int64 or self.T.min() < 0):
            found = "a class that is no whole number of at least 0"
            raise DataError(self.name, found, "Count the classes from 0.")
        for letter, array in (("X", self.X), ("T", self.T)):
            wrong = np.argwhere(~np.isfinite(array))
            if len(wrong):
                place = ", ".join(map(str, wrong[0]))
                found = f"{letter}[{place}] is {array[tuple(wrong[0])]}, expected a finite number"
                raise DataError(self.name, found, "Take the sample out, or put a number there.")

    @property
    def classes(self) -> int:
        """The number of classes, or 0 if targets are values."""
        return int(self.T.max()) + 1 if self.T.ndim == 1 else 0

    def __len__(self) -> int:
        return len(self.X)


def of_example(network: Network) -> Dataset:
    """The samples of a network's example.

    Raises:
        SpecError: it has none.

    >>> from symbp.spec_file import worked_example
    >>> of_example(worked_example()).T
    array([[ 0.23, -0.07]])
    """
    import numpy as np

    from symbp.verify.check import arrays

    X, T, _ = arrays(network, network.numbers)
    X = X[:, np.newaxis].astype(np.float64) if takes_rows(network.layers) else X
    return Dataset(X, T, "the example")


def made(text: str) -> Dataset:
    """A data set of `symbp list dataset`.

    Raises:
        SpecError: an unknown name or option, or a value outside its domain.

    >>> made("xor").X.tolist(), made("xor").T.tolist()
    ([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0])
    >>> len(made("moons(samples=7, noise=0)"))
    7
    """
    import numpy as np

    row = resolve_recipe("dataset", text, WHERE)
    options = dict(row.numbers)
    stream = np.random.Generator(np.random.PCG64(int(options.pop("seed"))))
    X, T = row.make(stream, **options)
    kind = np.int64 if T.ndim == 1 else np.float64
    return Dataset(X.astype(np.float64), T.astype(kind), row.text)


def read(text: str | None, network: Network, labels: Path | None = None) -> Dataset:
    """The data set that --data and --labels mean; none: the example.

    Args:
        text: A name or a call of `symbp list dataset`, or a .csv, .npz or idx file.
        network: Says how many columns of a csv file are targets.
        labels: An idx file, where `text` is one of images.

    Raises:
        SpecError: no such data set or file.
        DataError: the file is wrong.
    """
    from symbp.experiments.data_files import read_file

    if text is None:
        if labels is not None:
            raise SpecError("--labels", "given without --data", "Give the file of images too.")
        return of_example(network)
    known = catalog.names("dataset")
    call = CALL.fullmatch(text)
    name = call[1] if call else text.strip()
    if name in known or call or (WORD.fullmatch(name) and not Path(text).exists()):
        if labels is not None:
            raise SpecError("--labels", f"given with the data set {brief(name)}", "Leave it out.")
        return made(text)
    return read_file(Path(text), network, labels)


def fitted(data: Dataset, network: Network, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """X and T as the generated modules of a network take them.

    Classes stay classes where the targets of the network are; else one output gets the class as a
    number, and several outputs get rows with a 1 at the class and 0 elsewhere.  A column of whole
    numbers is taken for classes where the network needs classes.

    Args:
        data: What to train on.
        network: The network.
        dtype: "float64" or "float32".

    Raises:
        ShapeError: another number of inputs or targets.
        DataError: a class out of range, a row number out of range, or a number too large.

    >>> fitted(made("xor"), Network(sizes=[2, 2]), "float64")[1][:2].tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    import numpy as np

    inputs, outs = network.inputs, network.widths[-1]
    rows = takes_rows(network.layers)
    width = 1 if rows else inputs
    if data.X.shape[1] != width:
        found = f"{data.X.shape[1]} inputs a sample, the network takes {width}"
        raise ShapeError(data.name, found, _wider(network, data.X.shape[1]))
    X: np.ndarray
    if rows:
        X = _classes(data.X[:, 0], inputs, data.name, "a row of the table")
    else:
        X = _floats(data.X, dtype, data.name)
    classes = class_targets(data, network)
    if network.targets == "classes" and classes is None:
        found = f"{data.T.shape[1]} targets a sample, expected one class"
        raise ShapeError(data.name, found, 'Set targets to "values", or give classes.')
    if classes is not None and (network.targets == "classes" or outs > 1):
        whole = _classes(classes, outs, data.name, "a class")
        return X, whole if network.targets == "classes" else np.eye(outs, dtype=dtype)[whole]
    T = data.T.reshape(len(data), -1)
    if T.shape[1] != outs:
        found = f"{T.shape[1]} targets a sample, the network has {outs} outputs"
        raise ShapeError(data.name, found, f"Give {outs} a sample, or another last size.")
    return X, _floats(T, dtype, data.name)


def class_targets(data: Dataset, network: Network) -> np.ndarray | None:
    """The class of each sample; None where targets are values.

    A column of numbers is one of classes where the network needs classes, or has several outputs.
    """
    outs = network.widths[-1]
    if data.T.ndim == 1:
        return data.T
    column = data.T.shape[1] == 1 and (network.targets == "classes" or outs > 1)
    return data.T[:, 0] if column else None


def notes(data: Dataset, network: Network) -> tuple[str, ...]:
    """Sentences on what `fitted` makes of targets, where it is not what they were.

    >>> print(*notes(made("xor"), Network(sizes=[2, 2])))
    the classes of xor become rows of 2 numbers, 1 at the class and 0 elsewhere
    """
    outs = network.widths[-1]
    if network.targets == "classes" or class_targets(data, network) is None:
        return ()
    if outs > 1:
        made_of = f"rows of {outs} numbers, 1 at the class and 0 elsewhere"
        return (f"the classes of {data.name} become {made_of}",)
    return (f"the classes of {data.name} become numbers, the targets of one output",)


def _wider(network: Network, width: int) -> str:
    sizes = ",".join(map(str, (width, *network.widths[1:])))
    return f"Take a network of {width} inputs, --sizes {sizes}, say."


def _classes(numbers: np.ndarray, count: int, where: str, what: str) -> np.ndarray:
    """Whole numbers from 0 to count - 1."""
    import numpy as np

    wrong = np.flatnonzero((numbers != np.floor(numbers)) | (numbers < 0) | (numbers >= count))
    if len(wrong):
        sample = int(wrong[0])
        found = f"sample {sample} (from 0) has {numbers[sample]:g}, expected {what}"
        remedy = "They are counted from 0."
        raise DataError(where, f"{found}: a whole number from 0 to {count - 1}", remedy)
    return np.ascontiguousarray(numbers, np.int64)


def _floats(numbers: np.ndarray, dtype: str, where: str) -> np.ndarray:
    import numpy as np

    with np.errstate(over="ignore"):
        found: np.ndarray = np.ascontiguousarray(numbers, dtype)
    wrong = np.argwhere(~np.isfinite(found))
    if len(wrong):
        sample, column = map(int, wrong[0])
        text = f"sample {sample}, column {column} (from 0) is {numbers[sample, column]:g}"
        raise DataError(where, f"{text}, too large for {dtype}", "Take --dtype float64.")
    return found
