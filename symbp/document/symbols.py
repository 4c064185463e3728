"""Symbols as a reader sees them, and the patterns by which a notation writes them.

Input: a pattern such as "w_{unit from}^{(layer?)}" and what its slots stand for.  Output: a frozen
`Symbol` that every printer can spell.  Imports errors.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from symbp.errors import SpecError

GREEK = (
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda",
    "mu", "nu", "xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
    "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega",
)  # fmt: skip
ACCENTS = ("hat", "bar", "tilde")
SLOTS = ("sample", "unit", "from", "indices", "layer", "layer?", "hidden", "kind", "number")
INDEX_SLOTS = ("sample", "unit", "from", "indices")
PATTERN = re.compile(
    r"(?:(?P<accent>hat|bar|tilde)\((?P<inside>[A-Za-z]+)\)|(?P<base>[A-Za-z]+))"
    r"(?P<scripts>(?:[_^]\{[A-Za-z0-9 ?()\[\],']*\})*)"
)


@dataclass(frozen=True, slots=True)
class Symbol:
    """One symbol.

    Args:
        key: What it stands for, the same in all notations: "W1[j,i]" or "W1[0,1]".
        base: A letter, the name of a Greek one, or a word.
        accent: "hat", "bar", "tilde" or none.
        below: Subscript, piece by piece: indices, numbers, words, which have ~ in front,
            and marks, which are LaTeX commands: \\top.
        above: Superscript, likewise.
        prefix: "Delta" for the change of what it stands for.
    """

    key: str
    base: str
    accent: str = ""
    below: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
    prefix: str = ""

    @property
    def quantity(self) -> str:
        """Name of the quantity that it is, or is an entry of."""
        return self.key.partition("[")[0]

    @property
    def look(self) -> tuple[str, str, tuple[str, ...], tuple[str, ...]]:
        """What a reader sees of it."""
        return self.base, self.accent, self.below, self.above


@dataclass(frozen=True, slots=True)
class Pattern:
    """How one kind of quantity is written.

    Args:
        base: Its letter.
        accent: "hat", "bar", "tilde" or none.
        below: Slots and literal pieces of the subscript.
        above: Of the superscript.
    """

    base: str
    accent: str
    below: tuple[str, ...]
    above: tuple[str, ...]

    def filled(self, key: str, slots: Mapping[str, tuple[str, ...]]) -> Symbol | None:
        """The symbol; None if a slot that must be filled has nothing.

        >>> pattern("w_{unit from}", "weight").filled("W1", {"unit": ("j",), "from": ("i",)})
        Symbol(key='W1', base='w', accent='', below=('j', 'i'), above=(), prefix='')
        """
        below, above = _script(self.below, slots), _script(self.above, slots)
        if below is None or above is None:
            return None
        return Symbol(key, self.base, self.accent, below, above)


def _script(
    script: tuple[str, ...], slots: Mapping[str, tuple[str, ...]]
) -> tuple[str, ...] | None:
    """A script with its slots filled; empty where all its slots are; None where one must not be."""
    wanted = [p for p in script if p in SLOTS]
    if not set(wanted) <= set(slots):
        return None
    if wanted and not any(slots[p] for p in wanted):
        return ()
    found: list[str] = []
    run: list[str] = []  # indices side by side
    for piece in (*script, ""):
        if piece in INDEX_SLOTS:
            run += slots[piece]
            continue
        found += index_pieces(tuple(run))
        run = []
        found += slots[piece] if piece in SLOTS else [piece] * bool(piece)
    return tuple(found)


def pattern(text: str, where: str) -> Pattern:
    """Read a pattern: a letter, a Greek name or a word, `hat(y)`, then _{..} and ^{..}.

    In braces stand the slots sample, unit, from, indices, layer, layer?, hidden, kind and number,
    and whatever else is to be written as it is.

    Args:
        text: The pattern.
        where: For the error.

    Raises:
        SpecError: it is none.

    >>> pattern("hat(y)_{unit}", "output").accent
    'hat'
    """
    match = (
        PATTERN.fullmatch(text.replace(" ^", "^").replace(" _", "_")) if len(text) < 80 else None
    )
    scripts = re.findall(r"([_^])\{([^}]*)\}", match["scripts"]) if match else []
    if match is None or len({mark for mark, _ in scripts}) != len(scripts):
        found = f"{text!r:.60} is no symbol"
        remedy = 'Write a letter, a Greek name or a word, then slots, as in "w_{unit from}".'
        raise SpecError(where, found, remedy)
    parts = {mark: _pieces(inside) for mark, inside in scripts}
    for piece in (p for found in parts.values() for p in found if p not in SLOTS and len(p) > 1):
        near = difflib.get_close_matches(piece, SLOTS, n=1, cutoff=0.75)
        if near:
            found = f"{text!r:.60} has no slot called {piece!r}"
            raise SpecError(where, found, f"Did you mean '{near[0]}'?")
    base, accent = match["base"] or match["inside"], match["accent"] or ""
    return Pattern(base, accent, parts.get("_", ()), parts.get("^", ()))


def _pieces(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[A-Za-z]+\??|\d+|[()\[\],']", text))


def index_pieces(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Indices side by side; with commas where one has more than one character.

    >>> index_pieces(("j", "i")), index_pieces(("1", "12"))
    (('j', 'i'), ('1', ',', '12'))
    """
    if all(len(t.rstrip("'")) == 1 for t in texts):
        return texts
    return tuple(piece for k, t in enumerate(texts) for piece in ((",", t) if k else (t,)))
