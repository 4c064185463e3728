"""Letters that a spec declares for its formulas: constants, and trained numbers with their starts.

Input: two tables of a spec.  Output: the numbers, exact, by name.  Imports exact, functions and
errors only.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from fractions import Fraction

from symbp.errors import SpecError
from symbp.exact import exact, shown
from symbp.functions import FUNCTIONS

WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
LEARNED = re.compile(r"[a-ce-z](_?[a-z])*", re.ASCII)  # a layer's number follows; d is a gradient
CLASS_WEIGHT = "class_weight"
RESERVED = frozenset((
    *("z", "p", "t", "sqrt", "min", "max", "sum", "mean", "where", "pi", "e", "sigmoid"),
    *("softplus", "relu", "true", "false", "nan", "inf", *FUNCTIONS),
))  # fmt: skip
# Parameters of a layer, scalar names, and names of generated modules.
TAKEN = frozenset((
    *("x", "y", "w", "b", "c", "n", "i", "j", "k", "lr", "net", "out", "params", "values", "grads"),
    *("losses", "stream", "step", "steps", "name", "shape", "np", "loss", "forward", "check"),
    *("train", "example", "main", "float", "int", "len", "tuple", "zip", "math", CLASS_WEIGHT),
))  # fmt: skip


def check_letters(
    constants: object, learned: object
) -> tuple[dict[str, Fraction], dict[str, Fraction]]:
    """The constants and trained numbers of a spec, exact.

    Raises:
        SpecError: no table, a name that cannot be one, a name in both, or no number.

    >>> check_letters({"a": "0.3"}, {})
    ({'a': Fraction(3, 10)}, {})
    """
    numbers = _numbers(constants, "constants"), _numbers(learned, "learned")
    both = [name for name in numbers[0] if name in numbers[1]]
    if both:
        found = f"'{both[0]}' is a constant too"
        raise SpecError("learned", found, "Give it once: trained, or not.")
    return numbers


def _numbers(table: object, entry: str) -> dict[str, Fraction]:
    if not isinstance(table, Mapping):
        raise SpecError(entry, f"found {shown(table)}, expected a table", "Write {a = 0.3}.")
    learned = entry == "learned"
    pattern = LEARNED if learned else WORD
    for name in table:
        if not isinstance(name, str) or not pattern.fullmatch(name) or len(name) > 30:
            remedy = "Use letters, digits and _."
            if learned:
                remedy = "Use small letters and _; d stands in front of gradients."
            found = f"{shown(name)} is no name of up to 30 characters that a formula can have"
            raise SpecError(entry, found, remedy)
        if name in RESERVED or keyword.iskeyword(name) or (learned and name in TAKEN):
            raise SpecError(entry, f"'{name}' has a meaning already", "Give it another name.")
    return {name: exact(value, f"{entry}, {name}") for name, value in table.items()}
