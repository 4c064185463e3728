"""Checks that every entry of a spec shares: words, names, whole numbers.

Input: what the user gave, and the entry it was given for.  Output: nothing, or a SpecError that
names entry and remedy.  Imports exact and errors only.
"""

from __future__ import annotations

import keyword
import sys
from collections.abc import Sequence
from typing import Any

from symbp.errors import SpecError, unknown_name
from symbp.exact import brief, shown

MAX_WIDTH = 1_000_000
USED_BY_MODULES = (
    *("np", "numpy", "Array", "Arrays", "SHAPES", "TRAINED", "forward", "loss", "check", "train"),
    *("loss_and_gradients", "sgd_step", "example", "main", "symbp", "sympy", "mpmath", "torch"),
    *("__init__", "__main__"),
)


def one_of(where: str, value: object, allowed: Sequence[str], kind: str = "choice") -> None:
    """Raise the error for an entry that must be one of a few words.

    >>> one_of("loss", "mse", ["mse", "half_sse"])
    """
    if not allowed:
        raise SpecError(where, f"found {shown(value)}, but there is no {kind}", "Leave it out.")
    if not isinstance(value, str):
        found = f"found {shown(value)}, expected a name in quotes"
        raise SpecError(where, found, f"Write '{allowed[0]}', say.")
    if value not in allowed:
        raise unknown_name(where, kind, brief(value), allowed)


def check_identifier(name: object, where: str) -> None:
    """A name becomes a module and its variables, so it must be a plain Python identifier.

    Raises:
        SpecError: not text, not an ASCII identifier, a keyword, over 60 characters, or a name
            that would hide a module of Python's or a name that the generated module uses.

    >>> check_identifier("random", "name")
    Traceback (most recent call last):
        ...
    symbp.errors.SpecError: name: 'random' would hide Python's own module random.
      Write 'random_net', say.
    """
    if not isinstance(name, str) or not (name.isascii() and name.isidentifier()):
        found = f"{shown(name)} is no Python identifier"
        raise SpecError(where, found, "Use letters, digits and _, a letter first.")
    if len(name) > 60:
        raise SpecError(where, f"a name of {len(name)} characters", "Use at most 60.")
    remedy = f"Write '{name.strip('_')}_net', say."
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        raise SpecError(where, f"'{name}' is a Python keyword", remedy)
    if name in USED_BY_MODULES:
        raise SpecError(where, f"'{name}' clashes with a name that modules use", remedy)
    if name in sys.stdlib_module_names:
        raise SpecError(where, f"'{name}' would hide Python's own module {name}", remedy)


def tuple_of(value: object, where: str, what: str) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise SpecError(where, f"found {shown(value)}, expected a list of {what}", "Write [..].")
    return tuple(value)


def whole_number(value: object, where: str, least: int = 1, most: int = MAX_WIDTH) -> int:
    """Check a size or a layer number.

    Raises:
        SpecError: not an int, or outside least .. most.
    """
    allowed = f"{least} to {most}" if least < most else f"{most}"
    remedy = f"Write a whole number from {allowed}." if least < most else f"Write {most}."
    if isinstance(value, bool) or not isinstance(value, int):
        raise SpecError(where, f"found {shown(value)}, expected a whole number", remedy)
    if not least <= value <= most:
        raise SpecError(where, f"found {shown(value)}, expected {allowed}", remedy)
    return value
