"""Data to train on, as a frozen `Dataset`, and as the arrays that a network takes.

Input: the example of a network, the name of a data set, or files (data_files.py reads them).
Output: X and T.  Imports the catalogue, choice, spec and errors; numpy on call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from symbp import catalog
from symbp.choice import CALL, resolve_recipe
from symbp.errors import DataError, ShapeError, SpecError
from symbp.exact import brief
from symbp.layers import Dense, takes_rows
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
        labels: The file of the targets, where that is another.
        lines: The line of each sample in a file of text, from 1.

    Raises:
        DataError: no sample, another number of targets, or a number that is not finite.
    """

    X: np.ndarray
    T: np.ndarray
    name: str
    labels: str = ""
    lines: Sequence[int] = ()

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
            place = self.place(int(self.T.argmin()), target=0)
            raise DataError(place, found, "Count the classes from 0.")
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

    def place(self, sample: int, column: int = 0, target: int | None = None) -> str:
        """Where a number was read: line and column of a file of text, else which sample it is.

        Args:
            sample: From 0.
            column: Of X, from 0.
            target: Instead, the column of T, from 0; 0 where T has one axis.

        >>> made("xor").place(3)
        'xor, sample 3, column 0 (from 0)'
        >>> import numpy as np
        >>> X, T = np.zeros((1, 2)), np.ones((1, 1))
        >>> Dataset(X, T, "xor.csv", lines=(7,)).place(0, target=0)
        'xor.csv, line 7, column 3'
        """
        where = self.name if target is None else self.labels or self.name
        if self.lines:
            across = column if target is None else self.X.shape[1] + target
            return f"{where}, line {self.lines[sample]}, column {across + 1}"
        array, across = (self.X, column) if target is None else (self.T, target)
        which = f", column {across}" if array.shape[1:] > (1,) else ""
        return f"{where}, sample {sample}{which} (from 0)"


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
        ShapeError: another number of inputs or targets, or values for classes.
        DataError: a class out of range, a row number out of range, or a number too large.

    >>> fitted(made("xor"), Network(sizes=[2, 2]), "float64")[1][:2].tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    import numpy as np

    inputs, outs = network.inputs, network.widths[-1]
    rows = takes_rows(network.layers)
    width = 1 if rows else inputs
    if data.X.shape[1] != width:
        found = f"inputs of shape {data.X.shape}, the network takes (N, {width})"
        remedy = "Give the row of the table."
        if not rows:
            remedy = f"Take a network of other inputs: {_resized(network, inputs=data.X.shape[1])}."
        raise ShapeError(data.name, found, remedy)
    X = _classes(data, None, inputs, "a row of the table") if rows else _floats(data, None, dtype)
    classes = class_targets(data, network)
    if network.targets == "classes" and classes is None:
        found = f"targets of shape {data.T.shape}, expected one class a sample"
        raise ShapeError(data.name, found, 'Set targets to "values", or give classes.')
    if classes is not None and (network.targets == "classes" or outs > 1):
        if network.targets == "values":
            _check_whole(data, network)
        whole = _classes(data, 0, outs, "a class")
        return X, whole if network.targets == "classes" else np.eye(outs, dtype=dtype)[whole]
    T = data.T.reshape(len(data), -1)
    if T.shape[1] != outs:
        found = f"targets of shape {data.T.shape}, the outputs are (N, {outs})"
        remedy = f"Take a network of other outputs: {_resized(network, outs=T.shape[1])}."
        raise ShapeError(data.name, found, remedy)
    return X, _floats(data, 0, dtype)


def class_targets(data: Dataset, network: Network) -> np.ndarray | None:
    """The class of each sample; None where targets are values.

    A column of numbers is one of classes where the network needs classes, or has several outputs.
    """
    outs = network.widths[-1]
    if data.T.ndim == 1:
        return data.T
    column = data.T.shape[1] == 1 and (network.targets == "classes" or outs > 1)
    return data.T[:, 0] if column else None


def notes(data: Dataset, network: Network, dtype: str = "float64") -> tuple[str, ...]:
    """Sentences on what `fitted` makes of targets, where it is not what they were.

    Raises:
        ShapeError, DataError: as `fitted` does, so that nothing is said of data that is wrong.

    >>> print(*notes(made("xor"), Network(sizes=[2, 2])))
    the classes of xor become rows of 2 numbers, 1 at the class and 0 elsewhere
    """
    fitted(data, network, dtype)
    outs = network.widths[-1]
    if network.targets == "classes" or class_targets(data, network) is None:
        return ()
    if outs > 1:
        made_of = f"rows of {outs} numbers, 1 at the class and 0 elsewhere"
        return (f"the classes of {data.name} become {made_of}",)
    return (f"the classes of {data.name} become numbers, the targets of one output",)


def _resized(network: Network, inputs: int | None = None, outs: int | None = None) -> str:
    """How to get a network with another number of inputs or of outputs."""
    if all(isinstance(layer, Dense) for layer in network.layers):
        ends = inputs or network.inputs, outs or network.widths[-1]
        return f"--sizes {','.join(map(str, (ends[0], *network.widths[1:-1], ends[1])))}"
    if inputs is None:
        return f"write `out = {outs}` in the last layer"
    return f"write `inputs = {inputs}` in the spec"


def _check_whole(data: Dataset, network: Network) -> None:
    """Raise the error for one column of values where rows of classes would be made.

    Raises:
        ShapeError: a number of it is not whole.
    """
    import numpy as np

    numbers = data.T.reshape(-1)
    wrong = np.flatnonzero(numbers != np.floor(numbers))
    if len(wrong):
        sample = int(wrong[0])
        found = f"the target {numbers[sample]:g} is a value and no class"
        outs = f"one target of values a sample, the network has {network.widths[-1]} outputs"
        remedy = f"Take one output: {_resized(network, outs=1)}; or give classes, counted from 0."
        raise ShapeError(data.place(sample, target=0), f"{found}: {outs}", remedy)


def _classes(data: Dataset, target: int | None, count: int, what: str) -> np.ndarray:
    """Whole numbers from 0 to count - 1, from the first column of X or of T."""
    import numpy as np

    numbers = data.X[:, 0] if target is None else data.T.reshape(-1)
    wrong = np.flatnonzero((numbers != np.floor(numbers)) | (numbers < 0) | (numbers >= count))
    if len(wrong):
        sample = int(wrong[0])
        found = f"found {numbers[sample]:g}, expected {what}: a whole number from 0 to {count - 1}"
        raise DataError(data.place(sample, target=target), found, "They are counted from 0.")
    return np.ascontiguousarray(numbers, np.int64)


def _floats(data: Dataset, target: int | None, dtype: str) -> np.ndarray:
    """X, or T in rows, of a data type."""
    import numpy as np

    numbers = data.X if target is None else data.T.reshape(len(data), -1)
    with np.errstate(over="ignore"):
        found: np.ndarray = np.ascontiguousarray(numbers, dtype)
    wrong = np.argwhere(~np.isfinite(found))
    if len(wrong):
        sample, column = map(int, wrong[0])
        place = data.place(sample, column, None if target is None else column)
        text = f"found {numbers[sample, column]:g}, too large for {dtype}"
        raise DataError(place, text, "Take --dtype float64.")
    return found
