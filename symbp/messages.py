"""Every sentence of a document, in every language that symbp writes.

Input: a key and what to put in.  Output: text, or its parts where what is put in is no text.
The table is messages.toml; a new sentence is a new entry there.  Imports nothing of symbp.
"""

from __future__ import annotations

import string
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TypeVar

LANGUAGES = ("en", "zh")
T = TypeVar("T")


@cache
def table() -> Mapping[str, Mapping[str, str]]:
    """The messages: by key, then by language."""
    text = Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def fill(key: str, lang: str, values: Mapping[str, T]) -> tuple[str | T, ...]:
    """A message as its parts: text, and in the place of each slot what it stands for.

    What is put in is never looked at, so braces in it stay braces.

    Raises:
        KeyError: no such message or language, or no value for a slot.

    >>> fill("reason.forward values", "en", {"first": 7})
    ('written with ', 7, ', which the forward pass has computed')
    """
    parts: list[str | T] = []
    for before, slot, _, _ in string.Formatter().parse(table()[key][lang]):
        if before:
            parts.append(before)
        if slot is not None:
            parts.append(values[slot])
    return tuple(parts)


def say(key: str, lang: str = "en", **values: object) -> str:
    """A message as text.

    >>> say("reason.local derivative", first="A1")
    'differentiate the equation of A1'
    """
    return "".join(map(str, fill(key, lang, values)))


def reason(rule: str, about: tuple[T, ...], lang: str = "en") -> tuple[str | T, ...]:
    """Why a step of a derivation holds: the sentence of its rule, with quantities put in.

    Args:
        rule: As `Step.rule`; what follows a comma does not count.
        about: The quantities, the subject first.

    >>> "".join(reason("chain rule", ("A1", "Z2", "E")))
    'the loss depends on A1 through Z2 and E'
    """
    joined: list[str | T] = []
    for k, name in enumerate(about[1:]):
        joined += [say("and", lang)] * bool(k) + [name]
    first: str | T = about[0] if about else ""
    key = f"reason.{rule.partition(',')[0]}"
    direct = f"{key}, direct"
    filled = fill(
        direct if len(about) == 1 and direct in table() else key, lang,
        {"first": (first,), "rest": tuple(joined), "count": (str(len(about) - 1),)},
    )  # fmt: skip
    return tuple(p for part in filled for p in (part if isinstance(part, tuple) else (part,)))
