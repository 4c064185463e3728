"""Numbers of parameters from a safetensors or npz file; nothing in it is run.

Input: a file, and the names and shapes that are wanted.  Output: the numbers, exact, by name.  The
header is read and checked first; then only the bytes of the arrays that the network has.  Imports
errors and exact; numpy on call.
"""

from __future__ import annotations

import difflib
import functools
import itertools
import json
import math
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from symbp.errors import ShapeError, SpecError
from symbp.exact import Tensor, brief, shown

SUFFIXES = (".safetensors", ".npz")
PICKLED = (".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle", ".npy", ".h5", ".onnx", ".gguf")
CONVERT = (
    "Save it once where you trust it: numpy.savez('weights.npz', "
    "**{k: v.numpy() for k, v in model.state_dict().items()})"
)
LONGEST_HEADER = 1_000_000
MOST_ARRAYS = 10_000
TYPES = {"F64": "<f8", "F32": "<f4"}  # of safetensors
NPY_TYPES = ("<f8", "<f4", ">f8", ">f4")
NPY_HEADER = re.compile(
    r"\{ ?'descr': ?'([^'\\]{1,20})', ?'fortran_order': ?(False|True), ?"
    r"'shape': ?\(((?:[0-9]{1,12}, ?)*(?:[0-9]{1,12})?)\) ?,? ?\}\s*",
    re.ASCII,
)
T = TypeVar("T")
REMEDY = "Write it again with safetensors or numpy.savez."


@dataclass(frozen=True, slots=True)
class Entry:
    """An array of a file, its numbers not read yet.

    Args:
        dtype: As NumPy writes it, or what the file calls it where it holds no floats.
        shape: Of the array.
        read: Gives its bytes.
        columns: Whether they are stored column by column.
    """

    dtype: str
    shape: tuple[int, ...]
    read: Callable[[], bytes]
    columns: bool = False


def is_weights_file(text: str) -> bool:
    """Whether a flag names a file rather than listing numbers.

    >>> is_weights_file("net.npz"), is_weights_file("0.2,-0.4"), is_weights_file("net.pt")
    (True, False, True)
    """
    return Path(text.strip()).suffix.lower() in (*SUFFIXES, *PICKLED)


def array_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """The names of a file's arrays and their shapes, from its header.

    Raises:
        SpecError: no such file, another format, or a header that is wrong.
    """
    return _opened(path, lambda entries: {name: entry.shape for name, entry in entries.items()})


def read_weights(
    path: Path, wanted: Mapping[str, tuple[int, ...]], aliases: Mapping[str, str]
) -> dict[str, Tensor]:
    """Read parameters from a file of weights.

    Args:
        path: A .safetensors or .npz file of float32 or float64 arrays.
        wanted: Shape of every parameter that must be in it.
        aliases: Other names that the file may use, "0.weight", and the parameter that each is; ""
            for one that is not needed.

    Raises:
        SpecError: no such file, another format, a header that is wrong, a name that is missing or
            not known, a number that is not finite.
        ShapeError: an array of another shape.

    >>> import tempfile, numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.savez(Path(folder) / "net.npz", W1=np.array([[0.5]]))
    ...     read_weights(Path(folder) / "net.npz", {"W1": (1, 1)}, {})
    {'W1': ((Fraction(1, 2),),)}
    """
    return _opened(path, lambda entries: _matched(entries, wanted, aliases, str(path)))


def _opened(path: Path, use: Callable[[Mapping[str, Entry]], T]) -> T:
    """What is made of a file's arrays.

    Raises:
        SpecError: the file cannot be read, or is of another format.
    """
    where = str(path)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        kind = "may run code when it is opened" if suffix in PICKLED[:6] else "is not read"
        found = f"a file of kind {brief(suffix or 'unknown')} {kind}, expected .safetensors or .npz"
        raise SpecError(where, found, f"{CONVERT}.")
    try:
        if path.is_dir():
            raise SpecError(where, "is a folder, expected a file of weights", "Give a file in it.")
        file = path.open("rb")
    except FileNotFoundError:
        raise SpecError(where, "there is no such file", _nearest(path)) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SpecError(where, f"cannot be read: {reason}", "Give a file you may read.") from None
    except ValueError:  # a null character in the path
        raise SpecError(ascii(where), "is no path", "Choose another name.") from None
    with file:
        return use((_safetensors if suffix == ".safetensors" else _npz)(file, where))


def _nearest(path: Path) -> str:
    try:
        names = [p.name for s in SUFFIXES for p in path.parent.glob(f"*{s}")]
    except OSError:
        names = []
    near = difflib.get_close_matches(path.name, names, n=1)
    return f"Did you mean '{path.parent / near[0]}'?" if near else "Check the path."


def _matched(
    entries: Mapping[str, Entry],
    wanted: Mapping[str, tuple[int, ...]],
    aliases: Mapping[str, str],
    where: str,
) -> dict[str, Tensor]:
    """The numbers of every wanted parameter.

    Raises:
        SpecError: a name is unknown, missing or there twice.
        ShapeError: an array of another shape.
    """
    numbers: dict[str, Tensor] = {}
    chosen: dict[str, str] = {}
    for name, entry in entries.items():
        own = name if name in wanted else aliases.get(name)
        if own == "":
            continue
        if own is None:
            found = f"'{brief(name)}' is no parameter of the network; it has {_few(wanted)}"
            near = difflib.get_close_matches(name, [*wanted, *aliases], n=1, cutoff=0.4)
            remedy = f"Did you mean '{near[0]}'?" if near else "Leave it out of the file."
            raise SpecError(where, found, remedy)
        value = _checked(entry, wanted[own], f"{where}, {brief(name)}")
        if own in chosen and value != numbers[own]:
            found = f"'{brief(chosen[own])}' and '{brief(name)}' are both {own}, and differ"
            raise SpecError(where, found, "Leave one of them out.")
        chosen[own], numbers[own] = name, value
    for own, shape in wanted.items():
        if own not in numbers:
            other = next((a for a, n in aliases.items() if n == own), "")
            called = f"{own} (or {other})" if other else own
            found = f"{called} is missing; the file has {_few(entries)}"
            raise SpecError(where, found, f"Add it with shape {list(shape)}.")
    return numbers


def _checked(entry: Entry, shape: tuple[int, ...], where: str) -> Tensor:
    """The numbers of an array that must have a shape."""
    if entry.dtype not in NPY_TYPES:
        found = f"holds numbers of type {brief(entry.dtype)}, expected float64 or float32"
        raise SpecError(where, found, "Convert the model with .double() before saving.")
    # a number alone may stand in a list of one, as the slope of torch's PReLU does
    if entry.shape != shape and (shape or math.prod(entry.shape) != 1):
        found = f"found shape {_shape(entry.shape)}, expected {list(shape)}"
        raise ShapeError(where, found, "Linear weights are (out, in).")
    return _numbers(entry, shape, where)


def _few(names: Mapping[str, Any]) -> str:
    listed = [brief(name) for name in list(names)[:12]]
    return ", ".join([*listed, f"... ({len(names)} in all)"] if len(names) > 12 else listed) or "no"


def _shape(shape: tuple[int, ...]) -> str:
    return shown(list(shape))


def _numbers(entry: Entry, shape: tuple[int, ...], where: str) -> Tensor:
    """The numbers of an array, exact."""
    import numpy as np

    values = np.frombuffer(entry.read(), dtype=entry.dtype)
    wrong = np.flatnonzero(~np.isfinite(values))
    if len(wrong):
        found = f"number {wrong[0] + 1} is {values[wrong[0]]}, expected a finite number"
        raise SpecError(where, found, "Set it, or train with a smaller step.")
    array = values.astype(np.float64).reshape(shape, order="F" if entry.columns else "C")

    def exactly(value: Any) -> Tensor:
        return tuple(map(exactly, value)) if isinstance(value, list) else Fraction(value)

    return exactly(array.tolist())


def _read(file: BinaryIO, offset: int, count: int, where: str) -> bytes:
    file.seek(offset)
    data = file.read(count)
    if len(data) != count:
        raise SpecError(where, f"ends {count - len(data)} bytes early", REMEDY)
    return data


def _safetensors(file: BinaryIO, where: str) -> dict[str, Entry]:
    """The arrays of a safetensors file.

    Source: the format's page, github.com/huggingface/safetensors: 8 bytes with the length of the
    header, the header as JSON, then the data without holes.
    """
    size = file.seek(0, 2)
    file.seek(0)
    (length,) = struct.unpack("<Q", _read(file, 0, 8, where))
    if length > min(LONGEST_HEADER, size - 8):
        most = min(LONGEST_HEADER, size - 8)
        raise SpecError(where, f"a header of {length} bytes, at most {most} here", REMEDY)
    header = _header(_read(file, 8, length, where), where)
    entries, places = {}, []
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        place = f"{where}, {brief(name)}"
        dtype, shape, (begin, end) = _described(entry, place)
        width = {"F64": 8, "F32": 4}.get(dtype)
        if not 0 <= begin <= end <= size - 8 - length:
            found = f"data from byte {begin} to {end}, the file has {size - 8 - length}"
            raise SpecError(place, found, REMEDY)
        if width and end - begin != math.prod(shape) * width:
            found = f"{end - begin} bytes for shape {_shape(shape)} of {dtype}"
            raise SpecError(place, found, REMEDY)
        places.append((begin, end, name))
        read = functools.partial(_read, file, 8 + length + begin, end - begin, where)
        entries[name] = Entry(TYPES.get(dtype, dtype), shape, read)
    places.sort()
    for (_, end, first), (begin, _, second) in itertools.pairwise(places):
        if begin < end:
            found = f"the data of '{brief(first)}' and '{brief(second)}' overlap"
            raise SpecError(where, found, REMEDY)
    return entries


def _header(data: bytes, where: str) -> dict[str, Any]:
    """The JSON of a header: an object whose names are there once each."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise SpecError(where, f"the header has '{brief(name)}' twice", REMEDY)
            seen.add(name)
        return dict(pairs)

    def no_number(text: str) -> Any:
        raise ValueError(text)

    try:
        header = json.loads(
            data.decode("utf-8"), object_pairs_hook=once, parse_constant=no_number,
            parse_float=no_number,
        )  # fmt: skip
    except (ValueError, RecursionError):
        raise SpecError(where, "its header is no JSON that safetensors writes", REMEDY) from None
    if not isinstance(header, dict):
        raise SpecError(where, "its header is no JSON object", REMEDY)
    if len(header) > MOST_ARRAYS:
        raise SpecError(where, f"{len(header)} arrays, at most {MOST_ARRAYS}", REMEDY)
    return header


def _described(entry: Any, where: str) -> tuple[str, tuple[int, ...], tuple[int, int]]:
    """Type, shape and place of an array, from its entry in the header."""
    if isinstance(entry, dict) and entry.keys() == {"dtype", "shape", "data_offsets"}:
        dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
        whole = all(
            isinstance(v, list)
            and len(v) <= 8
            and all(type(n) is int and 0 <= n < 2**63 for n in v)
            for v in (shape, offsets)
        )
        if isinstance(dtype, str) and whole and len(offsets) == 2:
            return dtype, tuple(shape), (offsets[0], offsets[1])
    raise SpecError(where, "its entry in the header has no dtype, shape and data_offsets", REMEDY)


def _npz(file: BinaryIO, where: str) -> dict[str, Entry]:
    """The arrays of an npz file: a zip file of npy files, whose headers are read here."""
    size = file.seek(0, 2)
    # The end of a zip file that numpy writes; zipfile would take any number of entries into memory.
    tail = _read(file, max(0, size - 22), min(size, 22), where)
    count, length = struct.unpack("<10xHL6x", tail) if len(tail) == 22 else (0, 0)
    if tail[:4] != b"PK\5\6" or count > MOST_ARRAYS or length > LONGEST_HEADER:
        raise SpecError(where, "is no npz file as numpy.savez writes it", REMEDY)
    try:
        archive = zipfile.ZipFile(file)
        members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, OSError):
        raise SpecError(where, "is no npz file as numpy.savez writes it", REMEDY) from None
    entries: dict[str, Entry] = {}
    for member in members:
        name = member.filename.removesuffix(".npy")
        if name == member.filename or name in entries:
            kind = "is there twice" if name in entries else "is no npy file"
            raise SpecError(where, f"'{brief(member.filename)}' in it {kind}", REMEDY)
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            found = f"'{brief(member.filename)}' is packed in a way that numpy does not use"
            raise SpecError(where, found, REMEDY)
        entries[name] = _npy(archive, member, f"{where}, {brief(name)}")
    return entries


def _npy(archive: zipfile.ZipFile, member: zipfile.ZipInfo, where: str) -> Entry:
    """An array, from the header of its npy file.

    Source: numpy.lib.format, version 1.0: a magic of 8 bytes, the header's length in 2, a header.
    """
    start = _unpacked(archive, member, 10, where)
    length = int.from_bytes(start[8:], "little")
    if start[:8] != b"\x93NUMPY\1\0":
        raise SpecError(where, "is no npy file of version 1.0", REMEDY)
    header = _unpacked(archive, member, 10 + length, where)[10:].decode("latin-1")
    match = NPY_HEADER.fullmatch(header)
    if match is None:
        raise SpecError(where, "its header is none that numpy writes for numbers", REMEDY)
    dtype, columns, sizes = match.groups()
    shape = tuple(int(word) for word in sizes.replace(",", " ").split())
    bytes_each = int(dtype[2:]) if dtype in NPY_TYPES else 0
    count = math.prod(shape) * bytes_each
    if bytes_each and member.file_size != 10 + length + count:
        found = f"{member.file_size - 10 - length} bytes for shape {_shape(shape)} of {dtype}"
        raise SpecError(where, found, REMEDY)

    def read() -> bytes:
        return _unpacked(archive, member, 10 + length + count, where)[10 + length :]

    return Entry(dtype, shape, read, columns == "True")


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, count: int, where: str) -> bytes:
    """The first bytes of a file in a zip file."""
    try:
        with archive.open(member) as file:
            data = file.read(count)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError,
            EOFError, struct.error, OSError):  # fmt: skip
        raise SpecError(where, "is damaged", REMEDY) from None  # fmt: skip
    if len(data) != count:
        raise SpecError(where, f"ends {count - len(data)} bytes early", REMEDY)
    return data
