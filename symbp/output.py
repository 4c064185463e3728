"""Results on disk: a file is there in full, or it is as it was.

Input: a path and what to write.  Output: the file.  Imports errors only.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path

from symbp.errors import OutputError

REMEDIES = {
    errno.EISDIR: "Give the name of a file in it.",
    errno.ENOTDIR: "Choose a path whose folders are folders.",
    errno.EEXIST: "Choose a path whose folders are folders.",
    errno.ENOENT: "Check that the drive and the folder exist.",
    errno.ENOSPC: "Free some space, or choose another drive.",
    errno.ENAMETOOLONG: "Choose a shorter name.",
}
OTHERWISE = "Choose a path that you may write to."


def write_text(path: Path, text: str) -> None:
    """Write a text file in one piece, as UTF-8 with `\\n` at the ends of lines.

    Folders on the way are made.  The text goes to a temporary name in the same folder, which
    then takes the place of `path`: nobody finds half a file, and on failure nothing has changed.
    A device such as /dev/stdout is written to directly.

    Args:
        path: Where to write; a link is followed, and a file there keeps its mode.
        text: All of it.

    Raises:
        OutputError: `path` is a folder, may not be written, or there is no space.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_text(Path(folder) / "new" / "a.txt", "0.2")
    ...     (Path(folder) / "new" / "a.txt").read_text()
    '0.2'
    """
    try:
        data = text.encode()
    except UnicodeEncodeError as error:
        bad = ascii(text[error.start])
        raise OutputError(str(path), f"{bad} is no character of UTF-8", "Take it out.") from None
    write_bytes(path, data)


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file in one piece, as `write_text` does.

    Raises:
        OutputError: `path` is a folder, may not be written, or there is no space.
    """
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if path.exists() and not path.is_file():
            path.write_bytes(data)
        else:
            _replace(Path(os.path.realpath(path)), data)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        remedy = REMEDIES.get(error.errno or 0, OTHERWISE)
        raise OutputError(str(path), f"cannot be written: {reason}", remedy) from None
    except ValueError:  # a null character
        raise OutputError(ascii(str(path)), "is no path", "Choose another name.") from None


def _replace(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not os.access(path, os.W_OK):  # replacing needs the folder's leave only
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    temporary = path.with_name(f".symbp-{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(data)
        if path.exists():
            shutil.copymode(path, temporary)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
