"""The smallest parts of MathML: operators, parentheses, letters, scripts.

Input: text.  Output: elements.  Imports formula and symbols.
"""

from __future__ import annotations

from html import escape
from string import ascii_lowercase

from symbp.document.formula import ONES
from symbp.document.symbols import GREEK

UNICODE = dict(zip(GREEK, "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ", strict=True))
ITALIC = {c: chr(0x1D44E + k) for k, c in enumerate(ascii_lowercase)} | {"h": "ℎ"}
MARKS = {r"\top": "⊤"}


def operator(text: str, more: str = "") -> str:
    """An operator or a parenthesis."""
    return f"<mo{more}>{escape(text)}</mo>"


LAYER = 3  # pieces of the number of a layer: two brackets and the number
# Factors side by side: said as "times", with a thin space between them.
BESIDE = operator("\u2062", ' lspace="0" rspace="0.17em"')


def row(*parts: str) -> str:
    return parts[0] if len(parts) == 1 else f"<mrow>{''.join(parts)}</mrow>"


def fenced(inner: str, left: str = "(", right: str = ")") -> str:
    """In parentheses, which grow with what is tall only."""
    tall = any(f"<{tag}" in inner for tag in ("mfrac", "munder", "mtable", "msup>"))
    still = "" if tall else ' stretchy="false"'
    return row(operator(left, still), inner, operator(right, still))


def letter(text: str) -> str:
    """An index or a name.

    Browsers set a name of one letter in italics; j' is two, so its letter is an italic one.

    >>> letter("j"), letter("j'")
    ('j', '𝑗′')
    """
    base = text.rstrip("'")
    if base == text or len(base) > 1:
        return escape(text)
    return f"{ITALIC.get(base, base)}{'′' * (len(text) - len(base))}"


def identifier(text: str) -> str:
    if text == ONES:
        return '<mn class="ones">𝟏</mn>'
    return f"<mi>{letter(UNICODE.get(text, text))}</mi>"


def raised_mark(text: str) -> str:
    base, _, rest = text.partition(" ")
    if base == r"\odot":
        return f"{operator('⊙')}<mn>{escape(rest)}</mn>"
    return operator(MARKS.get(text, text))


def script(pieces: tuple[str, ...]) -> str:
    """A subscript or superscript as one element, "" for none."""
    parts = []
    if len(pieces) >= LAYER and f"{pieces[0]}{pieces[2]}" in ("()", "[]"):
        parts, pieces = [f"<mn>{''.join(map(escape, pieces[:LAYER]))}</mn>"], pieces[LAYER:]
    for piece in pieces:
        if piece.startswith("\\"):
            parts.append(raised_mark(piece))
        elif piece.startswith("~"):
            parts.append(f'<mi mathvariant="normal">{escape(piece[1:])}</mi>')
        elif piece.isdigit():
            parts.append(f"<mn>{piece}</mn>")
        elif piece.rstrip("'").isalpha():
            parts.append(identifier(piece))
        else:
            parts.append(f'<mo stretchy="false" lspace="0" rspace="0">{escape(piece)}</mo>')
    return row(*parts) if parts else ""
