"""What an explanation says: a sentence by its key, what it speaks of, and why it is true.

Input: names, numbers and proofs.  Output: a frozen `Finding`, in words in every language.
Imports messages, exact and prove.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from symbp.exact import decimal_text
from symbp.messages import say
from symbp.prove import Proof

MOST_LISTED, DIGITS, LONGEST_DECIMAL = 8, 10, 12
NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence of the mathematics, with its reasons.

    Args:
        key: Of its sentence in messages.toml, "finding.".. ; what it found is the rest of the key.
        values: What stands in the slots of the sentence: text, numbers, lists of them, or another
            Finding, which is said in the same language.
        proofs: Identities that were proved for it, each with its bound.
        evidence: Names and numbers that it rests on, for programs.
        details: Sentences that follow it.
    """

    key: str
    values: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    proofs: tuple[Proof, ...] = ()
    evidence: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    details: tuple[Finding, ...] = ()

    def sentence(self, lang: str = "en") -> str:
        """The sentence alone, without details.

        >>> Finding("finding.loss ratio.none", {"first": "mse", "second": "l1"}).sentence()
        'The gradients of mse and l1 are not proportional: they are different paths.'
        """
        return say(self.key, lang, **{k: in_words(v, lang) for k, v in self.values.items()})

    def text(self, lang: str = "en") -> str:
        """The sentence and its details, one after the other."""
        between = " " if lang == "en" else ""
        return between.join([self.sentence(lang), *(d.text(lang) for d in self.details)])


def in_words(value: Any, lang: str = "en") -> str:
    """A value as a sentence has it; of a long list the first entries and how many there are.

    >>> in_words(["w1", "w2"]), in_words(Fraction(1, 8)), in_words(-0.0182537585123)
    ('w1, w2', '0.125', '-0.01825375851')
    """
    if isinstance(value, Finding):
        return value.text(lang)
    if isinstance(value, Fraction):
        text = decimal_text(value)
        return text if len(text) <= LONGEST_DECIMAL else f"{float(value):.{DIGITS}g}"
    if isinstance(value, float):
        return f"{value:.{DIGITS}g}"
    if isinstance(value, list | tuple):
        few = [in_words(v, lang) for v in value[:MOST_LISTED]]
        if len(value) > MOST_LISTED:
            few.append(say("finding.more", lang, count=str(len(value))))
        return say("finding.comma", lang).join(few)
    return str(value)
