"""The history of a run as csv, parquet or npz, and parameters as npz; each in one piece.

Input: a `Run` and a path.  Output: the file.  Imports history, output and errors; numpy and pyarrow
on call.
"""

from __future__ import annotations

import csv
import importlib.util
import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symbp.errors import DependencyError, OutputError
from symbp.experiments.history import Run
from symbp.output import write_bytes

if TYPE_CHECKING:
    import numpy as np

FORMATS = ("csv", "parquet", "npz")
MOST_COLUMNS = 1000
FLAG = "--history"


def check_history(path: Path, columns: int) -> None:
    """Refuse before any work is done.

    Args:
        path: Where the history is to go.
        columns: How many weights would be recorded.

    Raises:
        OutputError: another ending, or too many weights for a table.
        DependencyError: pyarrow is needed and not installed.
    """
    kind = path.suffix.lower().lstrip(".")
    if kind not in FORMATS:
        found = f"a history is written as {', '.join(FORMATS)}, found '{path.suffix}'"
        raise OutputError(str(path), found, f"Write {path.stem or 'history'}.csv, say.")
    if kind != "npz" and columns > MOST_COLUMNS:
        found = f"{columns} weights would be recorded, a table takes {MOST_COLUMNS}"
        raise OutputError(str(path), found, "Write an .npz file, or record no weights.")
    if kind == "parquet" and importlib.util.find_spec("pyarrow") is None:
        found = "parquet needs pyarrow, which is not installed"
        raise DependencyError(FLAG, found, 'Install it: pip install "symbp[parquet]".')


def check_weights(path: Path) -> None:
    """Refuse a file of weights that does not end in .npz.

    Raises:
        OutputError: another ending.
    """
    if path.suffix.lower() != ".npz":
        found = f"weights are written as .npz, found '{path.suffix}'"
        raise OutputError(str(path), found, f"Write {path.stem or 'weights'}.npz, say.")


def write_history(path: Path, run: Run) -> None:
    """Write the history of a run.

    A csv or parquet file has a row a step: step, epoch, loss (before the step, of its batch),
    learning_rate, seconds.  A last row holds the loss after the last step, over all samples, unless
    the run ended because it was not finite.  Recorded weights are columns such as W1[0,1], empty in
    rows between.  An .npz file holds the arrays of `History` by name, final_loss, and recorded
    weights under the names of the parameters.

    Raises:
        OutputError: it cannot be written, or has another ending.
        DependencyError: pyarrow is needed and not installed.
    """
    check_history(path, sum(v[0].size for v in run.history.weights.values()))
    match path.suffix.lower():
        case ".csv":
            data = _csv(table(run))
        case ".parquet":
            data = _parquet(table(run))
        case _:
            data = npz(_arrays(run))
    write_bytes(path, data)


def write_weights(path: Path, parameters: Mapping[str, np.ndarray]) -> None:
    """Write parameters by name, so that `--weights FILE` reads them.

    Raises:
        OutputError: it cannot be written, or has another ending.
    """
    check_weights(path)
    write_bytes(path, npz(parameters))


def npz(arrays: Mapping[str, np.ndarray]) -> bytes:
    """The bytes of an .npz file.

    >>> import numpy as np
    >>> npz({"W1": np.ones(2)})[:2]
    b'PK'
    """
    import numpy as np

    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **dict(arrays))
    return buffer.getvalue()


def table(run: Run) -> dict[str, list[Any]]:
    """The columns of a run's history; None where a row has no number."""
    import numpy as np

    h = run.history
    last = run.ended != "not finite"
    extra: dict[str, list[Any]] = {
        "step": [len(h)], "epoch": [None], "loss": [run.final_loss], "learning_rate": [None],
        "seconds": [None],
    }  # fmt: skip
    columns = {
        "step": h.step.tolist(), "epoch": h.epoch.tolist(), "loss": h.losses.tolist(),
        "learning_rate": h.learning_rate.tolist(), "seconds": h.seconds.tolist(),
    }  # fmt: skip
    found = {name: values + (extra[name] if last else []) for name, values in columns.items()}
    rows = len(found["step"])
    for name, recorded in h.weights.items():
        for place in np.ndindex(recorded.shape[1:]):
            entry = f"[{','.join(map(str, place))}]" if place else ""
            column: list[Any] = [None] * rows
            for number, values in zip(h.weight_steps.tolist(), recorded, strict=True):
                column[number] = float(values[place])
            found[name + entry] = column
    return found


def _csv(columns: Mapping[str, list[Any]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return text.getvalue().encode()


def _parquet(columns: Mapping[str, list[Any]]) -> bytes:
    import pyarrow
    import pyarrow.parquet

    buffer = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(dict(columns)), buffer)
    return buffer.getvalue()


def _arrays(run: Run) -> dict[str, np.ndarray]:
    import numpy as np

    h = run.history
    return {
        "step": h.step, "epoch": h.epoch, "losses": h.losses, "learning_rate": h.learning_rate,
        "seconds": h.seconds, "final_loss": np.array(run.final_loss),
        "weight_steps": h.weight_steps, **h.weights,
    }  # fmt: skip
