"""Notations: tables of symbols, those that symbp brings and those a user writes.

Input: the name of a notation, or a TOML file.  Output: a frozen `Notation`, checked.
Imports symbols and errors.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

from symbp.document.symbols import Pattern, pattern
from symbp.errors import SpecError, unknown_name
from symbp.exact import brief
from symbp.messages import LANGUAGES, say

Form = Literal["scalar", "index", "matrix"]
Role = Literal[
    "input", "target", "loss", "weight", "bias", "preactivation", "activation", "delta",
    "prediction", "function", "rate",
]  # fmt: skip
Position = Literal["all", "hidden", "output"]
NAMES = ("course", "prml", "watermelon", "matrix", "index")
ROLES: tuple[Role, ...] = get_args(Role)
FORMS: tuple[Form, ...] = get_args(Form)
FOLDER = Path(__file__).parent / "notations"
UPDATES = ("step", "increment")
TABLES = {"symbols": "all", "hidden": "hidden", "output": "output"}
UNITS = (frozenset({"indices"}), frozenset({"unit"}))
ENTRIES: Mapping[Role, tuple[frozenset[str], ...]] = {  # slots that tell one entry from another
    "input": UNITS, "target": UNITS, "prediction": UNITS, "preactivation": UNITS,
    "activation": UNITS, "delta": UNITS,
    "weight": (frozenset({"indices"}), frozenset({"unit", "from"}), frozenset({"number"})),
}  # fmt: skip
KEYS = (
    "name", "like", "title", "source", "form", "functions", "negated", "thresholds", "update",
    "letters", *TABLES,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Notation:
    """How quantities are written.

    Args:
        name: Of the notation.
        title: What it is, by language.
        source: Book or course it is of, by language, "" for none.
        form: "scalar": every number by its own name; "index"; or "matrix".
        functions: Whether an activation is written h(a), with h defined apart.
        negated: Roles whose symbols stand for the number with the other sign: a threshold is
            minus a bias.
        thresholds: Whether a bias is taken off where a net input is used, not added where it is
            computed.
        update: "step" for w <- w - eta dE/dw, "increment" for Delta w = ..
        letters: Index letters of the inputs, hidden units and outputs, for a single hidden layer.
        patterns: By position and role; the first that can be filled in counts.
    """

    name: str
    title: Mapping[str, str]
    source: Mapping[str, str]
    form: Form
    functions: bool
    negated: tuple[str, ...]
    thresholds: bool
    update: str
    letters: Mapping[str, str]
    patterns: Mapping[tuple[Position, Role], tuple[Pattern, ...]]

    def choices(self, role: Role, position: Position) -> tuple[Pattern, ...]:
        """The patterns of a role, those of its position first."""
        return self.patterns.get((position, role), ()) + self.patterns.get(("all", role), ())


@cache
def builtin(name: str, lang: str = "en") -> Notation:
    """A notation that symbp brings along.

    Raises:
        UnknownNameError: there is none of that name.

    >>> builtin("prml").letters["hidden"]
    'j'
    """
    if name not in NAMES:
        raise unknown_name("--notation", say("kind.notation", lang), name, NAMES, lang)
    return _read(tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8")), name)


def notation(text: str, lang: str = "en") -> Notation:
    """The notation called `text`, or that of the TOML file at the path `text`.

    Raises:
        SpecError: the file cannot be read, or an entry of it is wrong.
    """
    if text in NAMES or not text.endswith(".toml"):
        return builtin(text, lang)
    try:
        table = tomllib.loads(Path(text).read_text(encoding="utf-8"))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SpecError(text, f"cannot be read: {reason}", "Give a TOML file.") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SpecError(text, f"is no TOML: {error}", "See docs/documents.md.") from None
    return _read(table, text)


def _read(table: Mapping[str, Any], where: str) -> Notation:
    """Check a table; what it leaves out is as in the notation it is `like`."""
    for key in table:
        if key not in KEYS:
            raise unknown_name(where, "entry", key, KEYS)
    start = None
    if where not in NAMES or "like" in table:
        like = _text(table, "like", where, "index")
        if like not in NAMES:
            raise unknown_name(f"{where}, like", say("kind.notation"), like, NAMES)
        start = builtin(like)

    def given(key: str, least: Any) -> Any:
        return table.get(key, getattr(start, key) if start else least)

    form = given("form", "index")
    if form not in FORMS:
        raise unknown_name(f"{where}, form", "form", str(form), FORMS)
    update = given("update", "step")
    if update not in UPDATES:
        raise unknown_name(f"{where}, update", "update", str(update), UPDATES)
    negated = given("negated", ())
    if not isinstance(negated, list | tuple):
        raise SpecError(f"{where}, negated", "is no list", 'Write ["bias"], say.')
    for role in negated:
        if role not in ("bias", "delta"):
            raise unknown_name(f"{where}, negated", "role", str(role), ("bias", "delta"))
    for key in ("functions", "thresholds"):
        if not isinstance(given(key, False), bool):
            raise SpecError(f"{where}, {key}", "is not true or false", "Write true or false.")
    patterns = dict(start.patterns) if start else {}
    for key, position in TABLES.items():
        patterns |= _patterns(table.get(key, {}), position, f"{where}, {key}")  # type: ignore[arg-type]
    name = _text(table, "name", where, Path(where).stem)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", name):
        found = f"{brief(name)!r} is no name of letters, digits, - and _"
        raise SpecError(f"{where}, name", found, "It becomes part of a file's name.")
    return Notation(
        name=name,
        title=MappingProxyType(_spoken(table, "title", where, Path(where).stem)),
        source=MappingProxyType(_spoken(table, "source", where, "")),
        form=form,
        functions=given("functions", False),
        negated=tuple(negated),
        thresholds=given("thresholds", False),
        update=update,
        letters=MappingProxyType(_letters(given("letters", {}), where)),
        patterns=MappingProxyType(patterns),
    )


def _text(table: Mapping[str, Any], key: str, where: str, otherwise: str) -> str:
    value = table.get(key, otherwise)
    if not isinstance(value, str) or len(value) > 300:
        raise SpecError(f"{where}, {key}", f"{value!r:.60} is no short text", "Write a name.")
    return value


def _spoken(
    table: Mapping[str, Any], key: str, where: str, otherwise: str | Mapping[str, str]
) -> dict[str, str]:
    """A text, the same in every language or one for each."""
    value = table.get(key, otherwise)
    if isinstance(value, str):
        return dict.fromkeys(LANGUAGES, _text(table, key, where, value))
    if isinstance(value, Mapping) and set(value) == set(LANGUAGES):
        return {lang: _text(value, lang, f"{where}, {key}", "") for lang in value}
    raise SpecError(f"{where}, {key}", "is no text", 'Write "..", or {en = "..", zh = ".."}.')


def _letters(value: object, where: str) -> dict[str, str]:
    """One letter each for inputs, hidden units and outputs, all different."""
    places = ("input", "hidden", "output")
    if not isinstance(value, Mapping):
        raise SpecError(f"{where}, letters", "is no table", 'Write {hidden = "j"}, say.')
    for key, letter in value.items():
        if key not in places:
            raise unknown_name(f"{where}, letters", "place", key, places)
        if not (isinstance(letter, str) and len(letter) == 1 and letter.isascii()
                and letter.islower()):  # fmt: skip
            raise SpecError(f"{where}, letters", f"{letter!r:.20} is no letter", "Write a to z.")
    if len(set(value.values())) != len(value) or "n" in value.values():
        found = "two places have the same letter, or one has n, which counts samples"
        raise SpecError(f"{where}, letters", found, "Give each a letter of its own.")
    return dict(value)


def _patterns(
    value: object, position: Position, where: str
) -> dict[tuple[Position, Role], tuple[Pattern, ...]]:
    if not isinstance(value, Mapping):
        raise SpecError(where, "is no table", 'Write [symbols] and weight = "w_{unit from}".')
    found: dict[tuple[Position, Role], tuple[Pattern, ...]] = {}
    for role, entry in value.items():
        if role not in ROLES:
            raise unknown_name(where, "role", role, ROLES)
        texts = entry if isinstance(entry, list) else [entry]
        if not texts or not all(isinstance(t, str) for t in texts):
            raise SpecError(f"{where}.{role}", "is no symbol", 'Write "w_{unit from}", say.')
        patterns = tuple(pattern(t, f"{where}.{role}") for t in texts)
        _tells_entries_apart(patterns[-1], role, f"{where}.{role}")
        found[position, role] = patterns
    return found


def _tells_entries_apart(last: Pattern, role: Role, where: str) -> None:
    """Refuse a symbol that would be the same for every entry of an array."""
    slots = {*last.below, *last.above}
    if role in ENTRIES and not any(need <= slots for need in ENTRIES[role]):
        ways = ", or ".join(" and ".join(sorted(need)) for need in ENTRIES[role])
        found = f"the symbol is the same for every {role}"
        raise SpecError(where, found, f"Write an index with the slots {ways}.")
