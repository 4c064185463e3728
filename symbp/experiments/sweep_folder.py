"""The folder of a sweep: chunks that are done, each written in one piece, and of what they are.

Input: a sweep and a folder.  Output: the chunks that are there already.  A sweep that is killed
goes on where it was; a folder of another sweep is refused.  Imports sweep, output and errors.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from symbp.errors import OutputError
from symbp.experiments.sweep import ARRAYS, Sweep, Swept
from symbp.output import write_bytes, write_text

MANIFEST = "manifest.json"
VERSION = 2  # another one where the same sweep gives other verdicts
OTHER = "Give another folder, or delete this one."


def description(sweep: Sweep) -> dict[str, Any]:
    """What a manifest says: the options in words, and a hash of everything that a bit depends on.

    The size of the chunks is no part of the hash, but the files are in chunks of that size.
    """
    timing, tolerances = asdict(sweep.options.timing), asdict(sweep.options.tolerances)
    options = timing | tolerances | {"quantity": sweep.options.quantity}
    hashed = hashlib.sha256(json.dumps([sweep.code.source, options]).encode())
    numbers = {"X": sweep.code.X, "T": sweep.code.T, "rates": sweep.rates, **sweep.starts}
    for name, array in numbers.items():
        hashed.update(json.dumps([name, array.shape, array.dtype.str]).encode())
        hashed.update(np.ascontiguousarray(array).tobytes())
    return {
        "version": VERSION,
        "module": sweep.code.source[0][0].removesuffix(".py"),
        "runs": sweep.runs,
        "starts": sweep.count,
        "rates": {"count": len(sweep.rates), "lowest": float(sweep.rates[0]),
                  "highest": float(sweep.rates[-1])},
        **options,
        "hash": hashed.hexdigest(),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Folder:
    """Where the chunks of one sweep are.

    Args:
        path: The folder.
        sweep: Whose; with the chunks that the folder has.
    """

    path: Path
    sweep: Sweep

    def file(self, number: int) -> Path:
        """Where a chunk is."""
        return self.path / f"chunk_{number:06}.npz"

    def done(self) -> tuple[int, ...]:
        """The numbers of the chunks that are there."""
        names = (re.fullmatch(r"chunk_(\d{6,})\.npz", p.name) for p in self.path.iterdir())
        return tuple(sorted(int(name[1]) for name in names if name))

    def write(self, number: int, chunk: Swept) -> None:
        """Keep a chunk: the file is there in full, or not at all.

        Raises:
            OutputError: it cannot be written, or there is no space.
        """
        buffer = io.BytesIO()
        np.savez(buffer, **chunk.arrays())  # type: ignore[arg-type]  # of names, not of a flag
        write_bytes(self.file(number), buffer.getvalue())

    def read(self, number: int) -> Swept:
        """A chunk that is there.

        Raises:
            OutputError: the file is damaged, or not a chunk.
        """
        path = self.file(number)
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                found = Swept(**{name: arrays[name] for name in ARRAYS})
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            remedy = "Delete it; it will be computed again."
            raise OutputError(str(path), f"is no chunk of a sweep: {_why(error)}", remedy) from None
        runs = min((number + 1) * self.sweep.chunk, self.sweep.runs) - number * self.sweep.chunk
        if any(getattr(found, name).shape[-1:] != (runs,) for name in ARRAYS):
            raise OutputError(str(path), f"has not the {runs} runs of its chunk", OTHER)
        return found


def _why(error: Exception) -> str:
    """What is wrong with a file, in words: the system's where it could not be read at all."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "it is damaged, or something else"


def open_folder(path: Path, sweep: Sweep) -> Folder:
    """Take up a sweep where it was left, or begin it.

    Args:
        path: Made if it is not there.
        sweep: What is computed; chunks that are there give their size.

    Raises:
        OutputError: the folder has another sweep, or something else, or cannot be written.
    """
    said = description(sweep)
    manifest = path / MANIFEST
    if not manifest.exists():
        if path.is_dir():
            strange = [p.name for p in path.iterdir() if not p.name.startswith(".symbp-")]
            if strange:
                found = f"is not empty and has no {MANIFEST} (there is {sorted(strange)[0]})"
                raise OutputError(str(path), found, "Give a new folder.")
        write_text(manifest, json.dumps(said | {"chunk": sweep.chunk}, indent=1) + "\n")
        return Folder(path, sweep)
    try:
        there = json.loads(manifest.read_text(encoding="utf-8"))
        chunk = int(there["chunk"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OutputError(str(manifest), f"cannot be read: {_why(error)}", OTHER) from None
    other = [key for key in said if there.get(key) != said[key]]
    if other:
        if other == ["hash"]:
            found = "has a sweep of other numbers, or of another network"
        else:
            key = next(key for key in other if key != "hash")
            found = f"has another sweep: {key} is {there.get(key)} there and {said[key]} here"
        raise OutputError(str(path), found, OTHER)
    return Folder(path, Sweep(sweep.code, sweep.starts, sweep.rates, sweep.options, chunk))
