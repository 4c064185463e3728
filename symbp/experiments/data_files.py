"""Data from files: csv, npz, and the idx files of MNIST; every error names file and place.

Input: paths.  Output: a `Dataset`.  Nothing in a file is run or unpickled.  Imports data and
errors; numpy on call.
"""

from __future__ import annotations

import csv
import gzip
import math
import re
import struct
import zlib
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from symbp.errors import DataError, SpecError
from symbp.exact import shown
from symbp.experiments.data import Dataset
from symbp.layers import takes_rows
from symbp.spec import Network

if TYPE_CHECKING:
    import numpy as np

NUMBER = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*", re.ASCII)
DELIMITERS = (",", ";", "\t")
IDX_TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
MOST_ENTRIES = 2**31
GZIP = b"\x1f\x8b"
NAMES = (("X", "T"), ("x", "y"), ("X", "y"))


def read_file(path: Path, network: Network, labels: Path | None) -> Dataset:
    """Read a data set by the ending of its name: .csv, .npz, else idx.

    Args:
        path: The file; of an idx data set that of the images.
        network: Says how many columns of a csv file are targets.
        labels: The idx file of the labels.

    Raises:
        SpecError: no file that can be read, or labels are missing or too many.
        DataError: what is in it is wrong.
    """
    kind = path.suffix.lower()
    if kind in (".csv", ".npz"):
        if labels is not None:
            found = f"given with a {kind} file, which has the targets in it"
            raise SpecError("--labels", found, "Leave it out.")
        return read_csv(path, network) if kind == ".csv" else read_npz(path)
    with _opened(path) as file:
        start = file.read(4)
    if start[:2] not in (GZIP, b"\0\0"):
        found = "is neither .csv nor .npz by its name, and no idx file by its first bytes"
        raise DataError(str(path), found, "Give a .csv, .npz or idx file, or `symbp list dataset`.")
    if labels is None:
        raise SpecError("--labels", "missing: an idx file holds images only", "Give their file.")
    return read_idx(path, labels)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """A file, opened.

    Raises:
        SpecError: it cannot be read.
    """
    where = str(path)
    if "\0" in where:
        raise SpecError(ascii(where), "is no path", "Choose another name.")
    try:
        if path.exists() and not path.is_file():
            kind = "a folder" if path.is_dir() else "a device"
            raise SpecError(where, f"is {kind}, expected a file of data", "Give a file.")
        with path.open("rb") as file:
            yield file
    except FileNotFoundError:
        raise SpecError(where, "there is no such file", "Check the path.") from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SpecError(where, f"cannot be read: {reason}", "Give a file you may read.") from None


def read_csv(path: Path, network: Network) -> Dataset:
    """Read a table: a row a sample, inputs first, then the targets.

    The first row is a header if no cell of it is a number.  Cells are apart by the first of
    comma, semicolon and tab that stands in the first line.  Targets are the last columns, one an
    output; or one column with the class.  Empty lines are skipped.

    Args:
        path: A text file in UTF-8.
        network: Gives the number of inputs and outputs.

    Raises:
        DataError: names the line, from 1, and the column, from 1.
    """
    import numpy as np

    where, width = str(path), 0
    inputs = 1 if takes_rows(network.layers) else network.inputs
    numbers, places = array("d"), array("q")
    with _opened(path) as file:
        try:
            text = file.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            found = f"byte {error.start} is no UTF-8 text"
            raise DataError(where, found, "Save it as a text file in UTF-8.") from None
    lines = text.splitlines()
    first = next((line for line in lines if line.strip()), "")
    delimiter = next((d for d in DELIMITERS if d in first), ",")
    table = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
    header = True
    try:
        for row in table:
            if not row or (len(row) == 1 and not row[0].strip()):
                continue
            place = f"{where}, line {table.line_num}"
            if not width:
                width = len(row)
            if len(row) != width:
                found = f"{len(row)} columns, the lines before have {width}"
                raise DataError(place, found, "Give every row the same number of columns.")
            if header and not any(NUMBER.fullmatch(cell) for cell in row) and _words(row):
                header = False
                continue
            header = False
            numbers.extend(_numbers(row, place))
            places.append(table.line_num)
    except csv.Error as error:
        raise DataError(f"{where}, line {table.line_num}", str(error), "Mend the line.") from None
    if not numbers:
        raise DataError(where, "there is no row of numbers", "Give a row a sample.")
    samples = np.frombuffer(numbers).reshape(-1, width)
    outs = network.widths[-1]
    wanted = {inputs + 1} if network.targets == "classes" else {inputs + outs, inputs + 1}
    if width not in wanted:
        text = " or ".join(map(str, sorted(wanted, reverse=True)))
        targets = f"{outs} targets or 1 class" if len(wanted) > 1 else "1 target"
        expected = f"expected {text}: {inputs} inputs and {targets}"
        remedy = "Take columns out, or a network of other --sizes."
        raise DataError(where, f"{width} columns, {expected}", remedy)
    X, T = samples[:, :inputs].copy(), samples[:, inputs:].copy()
    return Dataset(X, T, path.name, lines=places)


def _words(row: Sequence[str]) -> bool:
    """Whether cells can be names of columns; nan and inf are numbers that went wrong."""
    return not any(cell.strip().lower().lstrip("+-") in ("nan", "inf", "infinity") for cell in row)


def _numbers(row: Sequence[str], place: str) -> list[float]:
    """The cells of a row as finite numbers."""
    try:
        numbers = list(map(float, row))
    except ValueError:
        numbers = []
    if numbers and all(map(math.isfinite, numbers)) and not any("_" in cell for cell in row):
        return numbers
    for column, cell in enumerate(row, 1):
        if not NUMBER.fullmatch(cell) or not math.isfinite(float(cell)):
            what = "an empty cell" if not cell.strip() else f"found {shown(cell)}"
            found = f"{what}, expected a finite number"
            raise DataError(f"{place}, column {column}", found, "Put a number there, as 0.5.")
    raise DataError(place, "a row that cannot be read", "Write plain numbers, as 0.5.")


def read_npz(path: Path) -> Dataset:
    """Read arrays X and T, or x and y: inputs, a row a sample, and targets.

    Targets with one axis of whole numbers are classes.

    Raises:
        DataError: an array is missing, of another shape, or holds no numbers.
    """
    import numpy as np

    where = str(path)
    with _opened(path) as file:
        try:
            with np.load(file, allow_pickle=False) as archive:
                names = list(archive.files)
                pair = next((p for p in NAMES if set(p) <= set(names)), None)
                arrays = [] if pair is None else [archive[name] for name in pair]
        except Exception as error:  # whatever it is, the file is at fault
            pickled = "pickle" in str(error).lower() or "object" in str(error).lower()
            found = "holds pickled objects, which may run code" if pickled else "is no .npz file"
            remedy = "Write it with numpy.savez(path, X=.., T=..), arrays of numbers."
            raise DataError(where, found, remedy) from error
    if pair is None:
        listed = ", ".join(map(shown, names[:10])) or "none"
        found = f"the arrays X and T (or x and y) are not both there; found {listed}"
        raise DataError(where, found, "Write it with numpy.savez(path, X=.., T=..).")
    for name, found_array in zip(pair, arrays, strict=True):
        if found_array.dtype.kind not in "buif":
            found = f"{name} holds {found_array.dtype}, expected numbers"
            raise DataError(where, found, "Save an array of floats or whole numbers.")
    X, T = arrays
    X = X.reshape(len(X), -1) if X.ndim > 2 else X[:, np.newaxis] if X.ndim == 1 else X
    if X.ndim == 0 or T.ndim not in (1, 2):
        found = f"{pair[0]} has shape {X.shape} and {pair[1]} {T.shape}"
        raise DataError(where, f"{found}, expected (N, d) and (N, k) or (N,)", "Reshape them.")
    if T.ndim == 1:
        whole = T.dtype.kind in "bui"
        T = T.astype(np.int64) if whole else T[:, np.newaxis].astype(np.float64)
    else:
        T = T.astype(np.float64)
    return Dataset(X.astype(np.float64), T, path.name)


def read_idx(images: Path, labels: Path) -> Dataset:
    """Read images and labels as MNIST has them, gzip or not; bytes are divided by 255.

    Source: LeCun, Cortes & Burges, the MNIST database, "file formats".

    Raises:
        DataError: another format, another length than the header says, or another number of
            labels.
    """
    import numpy as np

    X, T = _idx(images), _idx(labels)
    if X.ndim < 2:
        found = f"has {X.ndim} axis, expected images"
        raise DataError(str(images), found, "Give images to --data, and labels to --labels.")
    if T.ndim != 1 or T.dtype.kind == "f":
        found = f"has shape {T.shape} of {T.dtype.name}, expected a whole number an image"
        raise DataError(str(labels), found, "Give the file of labels.")
    if len(X) != len(T):
        found = f"{len(T)} labels, but {images} has {len(X)} images"
        raise DataError(str(labels), found, "Give two files that belong together.")
    scale = 255.0 if X.dtype.kind == "u" else 1.0
    flat = X.reshape(len(X), -1).astype(np.float64) / scale
    return Dataset(flat, T.astype(np.int64), images.name, labels.name)


def _idx(path: Path) -> np.ndarray:
    """The array of one idx file."""
    import numpy as np

    where = str(path)
    remedy = "Fetch the file again."

    def header(file: Any) -> tuple[str, tuple[int, ...]]:
        magic = file.read(4)
        if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in IDX_TYPES or not magic[3]:
            found = f"starts with {magic.hex(' ') or 'nothing'}, no magic number of an idx file"
            raise DataError(where, found, "Give a file as MNIST has it, unpacked or .gz.")
        sizes = file.read(4 * magic[3])
        if len(sizes) < 4 * magic[3]:
            raise DataError(where, "ends inside its header", remedy)
        return IDX_TYPES[magic[2]], struct.unpack(f">{magic[3]}I", sizes)

    with _opened(path) as raw:
        packed = raw.read(2) == GZIP
        raw.seek(0)
        file: Any = gzip.GzipFile(fileobj=raw) if packed else raw
        try:
            kind, shape = header(file)
            length = math.prod(shape) * np.dtype(kind).itemsize
            if length > MOST_ENTRIES:
                found = f"its header says {length} bytes, at most {MOST_ENTRIES}"
                raise DataError(where, found, "Take fewer samples.")
            data = file.read(length + 1)
        except (EOFError, OSError, zlib.error) as error:
            raise DataError(where, f"cannot be unpacked: {error}", remedy) from None
    if len(data) != length:
        more = "more" if len(data) > length else f"{len(data)}"
        found = f"its header says {length} bytes of shape {shape}, there are {more}"
        raise DataError(where, found, remedy)
    return np.frombuffer(data, kind).reshape(shape)
