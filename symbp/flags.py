"""The command-line flags of a network: how each is read from text.

Input: flags as typed.  Output: entries as a spec's table has them.  Imports choice, exact and
errors only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from symbp.choice import parts
from symbp.errors import SpecError
from symbp.exact import brief, shown

FlagValue = str | int | list[str]


def _text(value: FlagValue, where: str) -> str:
    if not isinstance(value, str):
        raise SpecError(where, f"found {shown(value)}, expected text", "Put it in quotes.")
    return value.strip()


def _as_is(value: FlagValue, where: str) -> FlagValue:
    return value


def _words(value: FlagValue, where: str) -> str | list[str]:
    """One name, or a list of them."""
    words = _list(value, where)
    return words[0] if len(words) == 1 else words


def _list(value: FlagValue, where: str) -> list[str]:
    """What stands between commas outside brackets."""
    text = _text(value, where)
    return [part.strip() for part, _ in parts(text)] if text else []


def _pairs(value: FlagValue, where: str) -> dict[str, str]:
    """a=0.3 and b=1, from one flag or several."""
    pairs = {}
    for text in [value] if isinstance(value, str) else value if isinstance(value, list) else []:
        name, equals, number = _text(text, where).partition("=")
        if not equals or not name.strip():
            found = f"found {shown(text)}, expected a name and a number"
            raise SpecError(where, found, "Write a=0.3, say.")
        if name.strip() in pairs:
            raise SpecError(where, f"'{brief(name.strip())}' is given twice", "Give it once.")
        pairs[name.strip()] = number.strip()
    return pairs


def _sizes(value: FlagValue, where: str) -> list[int]:
    sizes = []
    for word in _list(value, where):
        if not re.fullmatch(r"[0-9]{1,9}", word):
            remedy = "Write 2,2,2, inputs first."
            raise SpecError(where, f"found {shown(word)}, expected whole numbers", remedy)
        sizes.append(int(word))
    return sizes


def _rows(value: FlagValue, where: str) -> list[list[str]]:
    return [_list(row, where) for row in _text(value, where).split(";")]


def class_list(rows: list[list[str]]) -> list[int | str]:
    """Rows of words as class indices, where they are."""
    words = [word for row in rows for word in row]
    return [int(w) if re.fullmatch(r"[0-9]{1,9}", w) else w for w in words]


Reader = Callable[[FlagValue, str], Any]
FLAGS: Mapping[str, tuple[str, Reader]] = {  # flag: the entry that errors name, how it is read
    "sizes": ("sizes", _sizes),
    "activation": ("activation", _words),
    "bias": ("bias", _words),
    "loss": ("loss", _text),
    "reduction": ("reduction", _text),
    "targets": ("targets", _text),
    "numbering": ("numbering", _text),
    "accuracy": ("accuracy", _text),
    "frozen": ("frozen", _list),
    "constant": ("constants", _pairs),
    "learned": ("learned", _pairs),
    "name": ("name", _text),
    "title": ("title", _text),
    "x": ("example, x", _rows),
    "y": ("example, y", _rows),
    "weights": ("example, weights", _list),
    "learning_rate": ("example, learning_rate", _as_is),
    "seed": ("example, seed", _as_is),
    "samples": ("example, samples", _as_is),
}
STRUCTURE = frozenset({"sizes", "activation", "bias", "targets", "loss", "learned"})
NUMBERS = frozenset({"x", "y", "weights"})
DRAWN = frozenset({"seed", "samples"})
