"""Formulas as LaTeX.

Input: a `Formula`.  Output: LaTeX for amsmath, and the pieces a long one may be broken into.
Imports formula, symbols and tree.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from symbp.document.formula import (
    ONES,
    Applied,
    Delta,
    Formula,
    Infix,
    Leaf,
    Literal,
    Over,
    Quotient,
    Raised,
    Rows,
)
from symbp.document.symbols import GREEK, Symbol
from symbp.errors import GraphError
from symbp.exact import decimal_text
from symbp.functions import FUNCTIONS
from symbp.tree import (
    ONE,
    Call,
    Compare,
    Constant,
    Logic,
    Name,
    Node,
    Number,
    Power,
    Product,
    Sum,
    Where,
    negated,
)

COMMANDS = {name: f.latex for name, f in FUNCTIONS.items()} | {
    "maximum": r"\max", "minimum": r"\min",
}  # fmt: skip
RELATIONS = {"<=": r"\le", ">=": r"\ge", "==": "=", "!=": r"\ne"}
SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
    "%": r"\%", "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
}  # fmt: skip
SUM, PRODUCT, POWER, ATOM = range(4)
TALL = (r"\frac", r"\sum", r"\begin", r"\max_", "^{")
MARKS = {"⊙": r"\odot", "≈": r"\approx", "←": r"\leftarrow", "×": r"\times", "∂": r"\partial"}
BREAK = r"\allowbreak{}"
WORDS = re.compile(r"\s+|\S+")
LONGEST_WORD, CHUNK = 40, 20
LIGATURE = re.compile(r"--+|''+|,,+")
TYPEABLE = frozenset(
    "¡¢£§©«®°±²³´¶·¹»¿ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿ"
    "ĂăĄąĆćČčĎďĐđĘęĚěĞğİıĹĺĽľŁłŃńŇňŐőŒœŔŕŘřŚśŞşŠšŤťŮůŰűŸŹźŻżŽž–—‘’“”„…"
)  # what T1 fonts and Latin Modern both have


def escape(text: str) -> str:
    """Free text for a LaTeX paragraph or formula: nothing in it is a command, nothing is lost.

    Characters that the fonts of a usual TeX lack are spelt by their number; a line may end inside
    a word that is longer than any word of a language.

    >>> print(escape("50% of {{x}} \\\\input -- \\u03b1 \\u2603"))
    50\\% of \\{\\{x\\}\\} \\textbackslash{}input -{}- \\ensuremath{\\alpha} U+2603
    """
    found = "".join(BREAK.join(map(_characters, _chunks(word))) for word in WORDS.findall(text))
    return LIGATURE.sub(lambda m: "{}".join(m[0]), found)


def _chunks(word: str) -> list[str]:
    whole = word.isspace() or len(word) <= LONGEST_WORD or any(map(is_chinese, word))
    return [word] if whole else [word[k : k + CHUNK] for k in range(0, len(word), CHUNK)]


def _characters(text: str) -> str:
    return "".join(map(_character, text))


def _character(c: str) -> str:
    if c == "\u00a0":
        return "~"
    if c in SPECIAL:
        return SPECIAL[c]
    if c in MARKS:
        return rf"\ensuremath{{{MARKS[c]}}}"
    if " " <= c <= "~" or c in TYPEABLE or is_chinese(c):
        return c
    if not c.isprintable():
        return " "
    greek = re.fullmatch("GREEK (SMALL|CAPITAL) LETTER ([A-Z]+)", unicodedata.name(c, ""))
    if greek:
        word = greek[2].lower().replace("lamda", "lambda")
        word = word if greek[1] == "SMALL" else word.title()
        if word in GREEK:
            return rf"\ensuremath{{\{word}}}"
    return f"U+{ord(c):04X}"


def is_chinese(c: str) -> bool:
    """Whether a character is one of those that the fonts of ctex have and others lack."""
    if c < "\u2e80":
        return False
    try:
        return bool(c.encode("gb2312"))
    except UnicodeEncodeError:
        return False


def tex(formula: Formula) -> str:
    """A formula as LaTeX.

    >>> from symbp.tree import Sum
    >>> a = Symbol("A", "out", below=("~h", "1"))
    >>> print(tex(Formula(Sum(((1, ONE), (-1, Name("A")))), {"A": a})))
    1 - \\mathrm{out}_{\\mathrm{h}1}
    """
    return Spelling(formula.leaves).text(formula.node)


def parenthesised(text: str) -> str:
    """In parentheses, large ones around what is tall; only plain ones let a line break inside."""
    tall = any(command in text for command in TALL)
    return rf"\left({text}\right)" if tall else f"({text})"


def symbol_tex(symbol: Symbol) -> str:
    """A symbol as LaTeX.

    >>> print(symbol_tex(Symbol("y", "y", "hat", ("1",), ("(", "2", ")"))))
    \\hat{y}_{1}^{(2)}
    """
    base = _word(symbol.base)
    if symbol.accent:
        base = rf"\{symbol.accent}{{{base}}}"
    below, above = ("".join(map(_piece, script)) for script in (symbol.below, symbol.above))
    front = f"\\{symbol.prefix} " if symbol.prefix else ""
    return f"{front}{base}{f'_{{{below}}}' if below else ''}{f'^{{{above}}}' if above else ''}"


def _word(text: str) -> str:
    if text in GREEK:
        return f"\\{text}"
    if text == ONES:
        return r"\mathbf{1}"
    return text if len(text) == 1 else rf"\mathrm{{{escape(text)}}}"


def _piece(text: str) -> str:
    if text.startswith("~"):
        return rf"\mathrm{{{escape(text[1:])}}}"
    if text.startswith("\\"):
        return text
    return _word(text) if len(text) > 1 and text.isalpha() else escape(text)


class Spelling:
    """Spells the nodes of one formula."""

    def __init__(self, leaves: Mapping[str, Leaf]) -> None:
        self.leaves = leaves

    def text(self, node: Node, above: int = SUM) -> str:
        text, level = self.spell(node)
        return parenthesised(text) if level < above else text

    def spell(self, node: Node) -> tuple[str, int]:
        match node:
            case Number(value):
                return _number(value)
            case Name(name):
                return self._leaf(name)
            case Sum(terms):
                text = "".join(
                    f"{(' + ' if sign > 0 else ' - ') if k or sign < 0 else ''}"
                    f"{self.text(t, PRODUCT)}"
                    for k, (sign, t) in enumerate(terms)
                )
                return text.strip(), SUM
            case Product(sign, numerator, denominator):
                top = self._times(numerator, bool(denominator))
                if denominator:
                    top = rf"\frac{{{top}}}{{{self._times(denominator, True)}}}"
                level = POWER if denominator else PRODUCT
                return f"{'-' if sign < 0 else ''}{top}", level if sign > 0 else SUM
            case Power(of, power):
                return f"{self._base(of)}^{{{power}}}", POWER
            case Constant(name):
                return {"pi": r"\pi"}.get(name, name), ATOM
            case Call():
                return self._call(node)
            case Logic(kind, parts):
                word = r" \land " if kind == "and" else r" \lor "
                return word.join(self.text(p) for p in parts), SUM
            case Compare(relation, left, right):
                mark = RELATIONS.get(relation, relation)
                return f"{self.text(left)} {mark} {self.text(right)}", SUM
            case Where(condition, then, otherwise):
                other = negated(condition)  # no words: documents are in several languages
                last = rf"\neg({self.text(condition)})" if other is None else self.text(other)
                rows = (f"{self.text(then)} & {self.text(condition)}",
                        f"{self.text(otherwise)} & {last}")  # fmt: skip
                return rf"\begin{{cases}} {rows[0]} \\ {rows[1]} \end{{cases}}", ATOM
        raise GraphError("latex", f"no LaTeX for {type(node).__name__}")

    def _call(self, node: Call) -> tuple[str, int]:
        match node:
            case Call("power", (base, exponent)):
                return f"{self._base(base)}^{{{self.text(exponent)}}}", POWER
            case Call("abs", (of,)):
                return rf"\left|{self.text(of)}\right|", ATOM
            case Call("sqrt", (of,)):
                return rf"\sqrt{{{self.text(of)}}}", ATOM
            case Call("exp", (of,)):
                return f"e^{{{self.text(of)}}}", POWER
        inner = ", ".join(self.text(a) for a in node.arguments)
        command = COMMANDS.get(node.function, rf"\operatorname{{{escape(node.function)}}}")
        return rf"{command}{parenthesised(inner)}", ATOM

    def _base(self, node: Node) -> str:
        """What a power stands on: one thing, or something in parentheses."""
        text, level = self.spell(node)
        alone = level == ATOM and not (isinstance(node, Name) and "^" in text)
        return text if alone else parenthesised(text)

    def _leaf(self, name: str) -> tuple[str, int]:
        match self.leaves[name]:
            case Symbol() as symbol:
                return symbol_tex(symbol), ATOM
            case Over(kind, dummies, body):
                sign = {"max": r"\max", "mean": r"\operatorname{mean}"}.get(kind, r"\sum")
                return rf"{sign}_{{{','.join(dummies)}}} {self.text(body, PRODUCT)}", PRODUCT
            case Delta(left, right):
                return rf"[{left} = {right}]", ATOM
            case Quotient(top, bottom):
                parts = (rf"\partial {self.text(p, POWER)}" for p in (top, bottom))
                return rf"\frac{{{next(parts)}}}{{{next(parts)}}}", ATOM
            case Applied(function, primes, argument):
                mark = "'" * primes
                return rf"{symbol_tex(function)}{mark}({self.text(argument)})", ATOM
            case Literal(text):
                return number_tex(text), SUM if text.startswith("-") else ATOM
            case Infix(operator, matrices):
                dot = r" \odot " if operator == "odot" else r"\, "
                return dot.join(self.text(p, POWER) for p in matrices), PRODUCT
            case Raised(raised, mark):
                leaf = self.leaves.get(raised.text) if isinstance(raised, Name) else None
                if isinstance(leaf, Symbol):
                    return symbol_tex(replace(leaf, above=(*leaf.above, mark))), ATOM
                return rf"{self._base(raised)}^{{{mark}}}", POWER
            case Rows(rows):
                lines = r" \\ ".join(" & ".join(map(number_tex, row)) for row in rows)
                return rf"\begin{{pmatrix}} {lines} \end{{pmatrix}}", ATOM
        raise GraphError("latex", f"no LaTeX for {name}")

    def _times(self, factors: tuple[Node, ...], in_fraction: bool) -> str:
        """Factors side by side; a dot between numbers, and after a sum sign parentheses."""
        shown = factors or (ONE,)
        last = len(shown) - 1
        text = ""
        for k, factor in enumerate(shown):
            lone = not last and (in_fraction or not isinstance(factor, Name))
            spelt = self.text(factor, SUM if lone else POWER if k < last else PRODUCT)
            if last and self._is_number(factor) and spelt.startswith("-"):
                spelt = parenthesised(spelt)
            if k:
                numbers = self._is_number(factor) and not isinstance(factor, Number)
                text += r" \cdot " if numbers or self._digits(text, spelt) else r"\, "
            text += spelt
        return text

    @staticmethod
    def _digits(left: str, right: str) -> bool:
        return left[-1:].isdigit() and right[:1].isdigit()

    def _is_number(self, node: Node) -> bool:
        if isinstance(node, Name):
            return isinstance(self.leaves.get(node.text), Literal)
        return isinstance(node, Number)


def number_tex(text: str) -> str:
    """A printed number as LaTeX: 1.5e-07 as 1.5 times a power of ten.

    >>> print(number_tex("1.5e-07"))
    1.5 \\cdot 10^{-7}
    """
    if text == "⋯":
        return r"\cdots"
    digits, mark, exponent = text.partition("e")
    return rf"{digits} \cdot 10^{{{int(exponent)}}}" if mark else escape(text)


def _number(value: Fraction) -> tuple[str, int]:
    text = decimal_text(value)
    if value.denominator <= 12 or "/" in text:
        if value.denominator == 1:
            return str(value.numerator), ATOM if value >= 0 else SUM
        sign = "-" if value < 0 else ""
        return rf"{sign}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}", ATOM
    return text, ATOM if value >= 0 else SUM
