"""Errors a user can act on.

Each says where, what was found against what was expected, and how to fix it.  The command
line prints them without a traceback and ends with exit code 2.  Imports messages.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from symbp.messages import say


class SymbpError(Exception):
    """Base of every error that symbp raises on purpose.

    Args:
        where: File and entry, flag or argument that is at fault.
        found: What is wrong, found against expected, one sentence without its full stop.
        remedy: What to do about it, one sentence with its full stop.

    >>> print(SpecError("net.toml, loss", "unknown loss 'mze'", "Did you mean 'mse'?"))
    net.toml, loss: unknown loss 'mze'.
      Did you mean 'mse'?
    """

    def __init__(self, where: str, found: str, remedy: str = "") -> None:
        self.where, self.found, self.remedy = where, found, remedy
        super().__init__(where, found, remedy)

    def __str__(self) -> str:
        text = f"{self.where}: {self.found}." if self.where else f"{self.found}."
        return f"{text}\n  {self.remedy}" if self.remedy else text

    def at(self, place: str) -> SymbpError:
        """The same error with the file (or flag) it was read from put in front."""
        where = f"{place}, {self.where}" if self.where else place
        return type(self)(where, self.found, self.remedy)


class SpecError(SymbpError):
    """The description of a network is wrong."""


class ShapeError(SpecError):
    """Sizes do not fit together."""


class UnknownNameError(SpecError):
    """A name that is not in the catalogue or in the network."""


class FormulaError(SpecError):
    """A formula that cannot be read."""

    @classmethod
    def pointing(cls, where: str, text: str, column: int, found: str, remedy: str) -> FormulaError:
        """The error with the formula below it and a caret under the column, counted from 0.

        >>> print(FormulaError.pointing("loss", "z*foo(z)", 2, "unknown name", "Use z."))
        loss: column 3: unknown name.
          z*foo(z)
            ^
          Use z.
        """
        start = max(0, column - 40)
        shown = "".join(c if c.isprintable() else "?" for c in text[start : start + 80])
        caret = " " * (column - start) + "^"
        return cls(where, f"column {column + 1}: {found}", f"{shown}\n  {caret}\n  {remedy}")


class GraphError(SymbpError):
    """Equations that break an invariant of index notation."""


class OutputError(SymbpError):
    """A result cannot be written."""


class ModuleError(SymbpError):
    """A module that is to be checked does not run, or does not have what it needs."""


class DataError(SymbpError):
    """A file of data is wrong, or does not fit the network."""


class DependencyError(SymbpError):
    """An optional dependency is not installed."""


def unknown_name(
    where: str, kind: str, name: str, known: Iterable[str], lang: str = "en"
) -> UnknownNameError:
    """Build the error for a name that is not known, with the nearest known one.

    >>> print(unknown_name("net.toml, loss", "loss", "mze", ["mse", "half_sse"]))
    net.toml, loss: unknown loss 'mze'; known are mse, half_sse.
      Did you mean 'mse'?
    """
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.4)
    rest = say("error.shortened", lang, count=len(names))
    shown = ", ".join(names if len(names) <= 12 else [*names[:12], rest])
    remedy = say("error.near", lang, name=near[0]) if near else say("error.choose", lang)
    return UnknownNameError(
        where, say("error.unknown", lang, kind=kind, name=name, known=shown), remedy
    )
