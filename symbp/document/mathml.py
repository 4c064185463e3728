"""Formulas as MathML that browsers show without any script.

Input: a `Formula`.  Output: a <math> element.  What a page may want to find has a data-s, the same
in all notations: a symbol what it stands for, `W1[j,i]` or `W1[0,1]`; a factor of the chain rule,
an <mfrac>, its name, `dE/dout_o1`; a number put in, an <mrow>, the key of what it stands for.
Imports formula, symbols, width and tree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from html import escape

from symbp.document.formula import (
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
from symbp.document.mathml_parts import (
    BESIDE,
    UNICODE,
    fenced,
    identifier,
    letter,
    operator,
    raised_mark,
    row,
    script,
)
from symbp.document.symbols import Symbol
from symbp.document.width import OPERATOR, PARENTHESES, Widths
from symbp.errors import GraphError
from symbp.exact import decimal_text
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

SUM, PRODUCT, POWER, ATOM = range(4)
ACCENTS = {"hat": "^", "bar": "¯", "tilde": "~"}
RELATIONS = {"<=": "≤", ">=": "≥", "==": "=", "!=": "≠"}
Mark = Callable[[str, Symbol | None], str]


def plain_mark(key: str, symbol: Symbol | None) -> str:
    """The attributes of a symbol, factor or number: its key."""
    return f' data-s="{escape(key)}"'


def mathml(formula: Formula, display: bool = False, mark: Mark = plain_mark) -> str:
    """A formula as a <math> element.

    Args:
        formula: What to show.
        display: On a line of its own.
        mark: Gives the attributes of a symbol, factor or number, by its key.

    >>> print(mathml(Formula(Name("a"), {"a": Symbol("A1", "a")})))
    <math><mi data-s="A1">a</mi></math>
    """
    block = ' display="block"' if display else ""
    return f"<math{block}>{fragment(formula, mark)}</math>"


def fragment(formula: Formula, mark: Mark = plain_mark) -> str:
    """A formula as what stands inside a <math> element."""
    return _Spelling(formula.leaves, mark).row(formula.node)


def fragments(
    formula: Formula, room: float, mark: Mark = plain_mark
) -> tuple[tuple[str, ...], float]:
    """A formula as one fragment, or several lines where it is wider than `room` em; their width.

    Lines end before + and -, or between factors; what cannot be broken stays wider.

    >>> x = Formula(Sum(((1, Name("x")), (-1, Name("x")))), {"x": Symbol("x", "x")})
    >>> fragments(x, 1.0)[0]
    ('<mi data-s="x">x</mi>', '<mo>−</mo><mi data-s="x">x</mi>')
    """
    spelling = _Spelling(formula.leaves, mark)
    whole = spelling.widths.of(formula.node)
    if whole <= room:
        return (spelling.row(formula.node),), whole
    lines: list[str] = []
    used: list[float] = []
    for piece in spelling.pieces(formula.node, SUM, room):
        if lines and used[-1] + piece.width <= room:
            lines[-1] += f"{piece.inside}{piece.text}"
            used[-1] += piece.width
        else:
            lines.append(f"{piece.ahead if lines else piece.inside}{piece.text}")
            used.append(piece.width + OPERATOR)
    return tuple(lines), max(used)


@dataclass(frozen=True, slots=True)
class _Piece:
    """Part of a long formula, with what is written ahead of it on a new line and inside one."""

    ahead: str
    inside: str
    text: str
    width: float


def _enclosed(pieces: list[_Piece]) -> list[_Piece]:
    """A sum that goes over several lines, in parentheses."""
    tall = any("<mfrac" in p.text or "<munder" in p.text for p in pieces)
    size = ' stretchy="true" minsize="2.4em"' if tall else ' stretchy="false"'
    first, last = pieces[0], pieces[-1]
    pieces[0] = _Piece("", "", f"{operator('(', size)}{first.inside}{first.text}",
                       first.width + PARENTHESES / 2)  # fmt: skip
    last = pieces[-1]
    pieces[-1] = replace(last, text=f"{last.text}{operator(')', size)}")
    return pieces


class _Spelling:
    """Spells the nodes of one formula."""

    def __init__(self, leaves: Mapping[str, Leaf], mark: Mark) -> None:
        self.leaves, self.mark, self.widths = leaves, mark, Widths(leaves)

    def pieces(self, node: Node, above: int, room: float) -> list[_Piece]:
        """What a formula is cut into: terms, and where these are too wide, factors."""
        leaf = self.leaves.get(node.text) if isinstance(node, Name) else None
        if self.widths.of(node) <= room:
            return [_Piece("", "", self.row(node, above), self.widths.of(node))]
        match node:
            case Sum(terms):
                found = []
                for k, (sign, term) in enumerate(terms):
                    first, *rest = self.pieces(term, PRODUCT, room)
                    mark = operator("+" if sign > 0 else "−") if k or sign < 0 else ""
                    found.append(replace(first, ahead=mark, inside=mark))
                    found += rest
                return _enclosed(found) if above > SUM else found
            case Product(sign, numerator, ()) if len(numerator) > 1:
                mark = operator("−") if sign < 0 else ""
                found = self._factors(numerator, BESIDE, operator("·"), room)
                found[0] = replace(found[0], ahead=mark, inside=mark)
                return found
        if isinstance(leaf, Over):
            first, *rest = self.pieces(leaf.body, PRODUCT, room)
            return [replace(first, text=f"{self._under(leaf)}{first.text}"), *rest]
        if isinstance(leaf, Infix):
            mark = operator("⊙") if leaf.operator == "odot" else BESIDE
            return self._factors(leaf.parts, mark, mark, room)
        return [_Piece("", "", self.row(node, above), self.widths.of(node))]

    def _factors(
        self, factors: tuple[Node, ...], inside: str, ahead: str, room: float
    ) -> list[_Piece]:
        found: list[_Piece] = []
        for factor in factors:
            first, *rest = self.pieces(factor, POWER, room)
            between = operator("·") if self._is_number(factor) else inside
            marks = ("", "") if not found else (ahead, between)
            found += [replace(first, ahead=marks[0], inside=marks[1]), *rest]
        return found

    def row(self, node: Node, above: int = SUM) -> str:
        """A node as one element or several side by side, in parentheses where it binds less."""
        text, level = self.spell(node)
        return fenced(text) if level < above else text

    def one(self, node: Node, above: int = SUM) -> str:
        """A node as one element."""
        return f"<mrow>{self.row(node, above)}</mrow>"

    def spell(self, node: Node) -> tuple[str, int]:
        match node:
            case Number(value):
                return self._number(decimal_text(value))
            case Name(name):
                return self._leaf(name)
            case Sum(terms):
                parts = []
                for k, (sign, term) in enumerate(terms):
                    if k or sign < 0:
                        parts.append(operator("+" if sign > 0 else "−"))
                    bare = not k and sign > 0 and self._is_number(term)
                    parts.append(self.row(term, SUM if bare else PRODUCT))
                return "".join(parts), SUM
            case Product(sign, numerator, denominator):
                top = self._times(numerator, bool(denominator))
                if denominator:
                    below = self._times(denominator, True)
                    top = f"<mfrac><mrow>{top}</mrow><mrow>{below}</mrow></mfrac>"
                level = POWER if denominator else PRODUCT
                return (top, level) if sign > 0 else (f"{operator('−')}{top}", SUM)
            case Power(of, power):
                return f"<msup>{self._base(of)}<mn>{power}</mn></msup>", POWER
            case Constant(name):
                return f"<mi>{ {'pi': 'π'}.get(name, name) }</mi>", ATOM
            case Call():
                return self._call(node)
            case Logic(kind, parts_):
                mark = operator("∧" if kind == "and" else "∨")
                return mark.join(self.row(p) for p in parts_), SUM
            case Compare(relation, left, right):
                mark = operator(RELATIONS.get(relation, relation))
                return f"{self.row(left)}{mark}{self.row(right)}", SUM
            case Where(condition, then, otherwise):
                first = f"<mtd>{self.row(then)}</mtd><mtd>{self.row(condition)}</mtd>"
                other = negated(condition)
                rest = self.row(other) if other else f"{operator('¬')}{fenced(self.row(condition))}"
                last = f"<mtd>{self.row(otherwise)}</mtd><mtd>{rest}</mtd>"
                table = f"<mtable><mtr>{first}</mtr><mtr>{last}</mtr></mtable>"
                return row(operator("{"), table), ATOM
        raise GraphError("mathml", f"no MathML for {type(node).__name__}")

    def _call(self, node: Call) -> tuple[str, int]:
        match node:
            case Call("power", (of, power)):
                return f"<msup>{self._base(of)}{self.one(power)}</msup>", POWER
            case Call("abs", (of,)):
                return fenced(self.row(of), "|", "|"), ATOM
            case Call("sqrt", (of,)):
                return f"<msqrt>{self.row(of)}</msqrt>", ATOM
            case Call("exp", (of,)):
                return f"<msup><mi>e</mi>{self.one(of)}</msup>", POWER
        names = {"maximum": "max", "minimum": "min"}
        inner = operator(",").join(self.row(a) for a in node.arguments)
        name = escape(names.get(node.function, node.function))
        return f"<mi>{name}</mi>{fenced(inner)}", ATOM

    def _base(self, node: Node) -> str:
        """What a power stands on, as one element."""
        text, level = self.spell(node)
        leaf = self.leaves.get(node.text) if isinstance(node, Name) else None
        raised = isinstance(leaf, Symbol) and bool(leaf.above)
        if level == ATOM and not raised:
            return f"<mrow>{text}</mrow>"
        return fenced(text)

    def _leaf(self, name: str) -> tuple[str, int]:
        match self.leaves[name]:
            case Symbol() as symbol:
                return self.symbol(symbol), ATOM
            case Over(body=body) as leaf:
                return f"{self._under(leaf)}{self.row(body, PRODUCT)}", PRODUCT
            case Delta(left, right):
                inner = f"<mi>{letter(left)}</mi>{operator('=')}<mi>{letter(right)}</mi>"
                return fenced(inner, "[", "]"), ATOM
            case Quotient(top, bottom):
                mark = self.mark(name, None)  # ahead of its parts, whose links lie above its own
                over, under = (
                    f"<mrow><mi>∂</mi>{self.row(part, POWER)}</mrow>" for part in (top, bottom)
                )
                return f"<mfrac{mark}>{over}{under}</mfrac>", ATOM
            case Applied(function, primes, argument):
                called = f"{self.symbol(function)}{operator('′') * primes}"
                return f"{called}{fenced(self.row(argument))}", ATOM
            case Literal(text):
                shown, level = self._number(text)
                mark = self.mark(name, None) if name != text else ""
                return f"<mrow{mark}>{shown}</mrow>", level
            case Infix(kind, parts):
                mark = operator("⊙") if kind == "odot" else BESIDE
                return mark.join(self.row(p, POWER) for p in parts), PRODUCT
            case Raised(raised, mark):
                below = self.leaves.get(raised.text) if isinstance(raised, Name) else None
                if isinstance(below, Symbol):
                    return self.symbol(replace(below, above=(*below.above, mark))), ATOM
                shown = f"<mrow>{raised_mark(mark)}</mrow>"
                return f"<msup>{self._base(raised)}{shown}</msup>", POWER
            case Rows(rows):
                lines = "".join(
                    f"<mtr>{''.join(f'<mtd>{self._number(c)[0]}</mtd>' for c in row)}</mtr>"
                    for row in rows
                )
                return fenced(f"<mtable>{lines}</mtable>"), ATOM
        raise GraphError("mathml", f"no MathML for {name}")

    def symbol(self, symbol: Symbol) -> str:
        """A symbol, with its key."""
        base = identifier(symbol.base)
        if symbol.accent:
            base = f"<mover accent='true'>{base}{operator(ACCENTS[symbol.accent])}</mover>"
        below, above = map(script, (symbol.below, symbol.above))
        if below and above:
            text = f"<msubsup>{base}{below}{above}</msubsup>"
        elif below or above:
            tag = "msub" if below else "msup"
            text = f"<{tag}>{base}{below or above}</{tag}>"
        else:
            text = base
        if symbol.prefix:
            text = f"<mrow><mi>{UNICODE.get(symbol.prefix, symbol.prefix)}</mi>{text}</mrow>"
        tag, bracket, rest = text.partition(">")
        return f"{tag}{self.mark(symbol.key, symbol)}{bracket}{rest}"

    def _under(self, over: Over) -> str:
        """The sign of a sum or maximum with its indices."""
        below = operator(",").join(f"<mi>{letter(d)}</mi>" for d in over.dummies)
        sign = "∑" if over.kind == "sum" else over.kind
        big = operator(sign, ' movablelimits="false"')
        return f"<munder>{big}<mrow>{below}</mrow></munder>"

    def _times(self, factors: tuple[Node, ...], in_fraction: bool) -> str:
        """Factors side by side; a dot between numbers."""
        shown = factors or (ONE,)
        last = len(shown) - 1
        parts = []
        for k, factor in enumerate(shown):
            lone = not last and (in_fraction or not isinstance(factor, Name))
            text = self.row(factor, SUM if lone else POWER if k < last else PRODUCT)
            if k:
                parts.append(operator("·") if self._is_number(factor) else BESIDE)
            parts.append(text)
        return "".join(parts)

    def _is_number(self, node: Node) -> bool:
        if isinstance(node, Name):
            return isinstance(self.leaves.get(node.text), Literal)
        return isinstance(node, Number)

    @staticmethod
    def _number(text: str) -> tuple[str, int]:
        digits, mark, exponent = text.partition("e")
        sign = operator("−") if digits.startswith("-") else ""
        plain = digits.lstrip("-")
        top, slash, bottom = plain.partition("/")
        shown = f"<mn>{escape(plain)}</mn>"
        if slash:
            shown = f"<mfrac><mn>{escape(top)}</mn><mn>{escape(bottom)}</mn></mfrac>"
        if mark:
            power = f"<msup><mn>10</mn><mn>{int(exponent)}</mn></msup>".replace(">-", ">−")
            shown = f"{shown}{operator('·')}{power}"
        return f"{sign}{shown}", SUM if sign else ATOM
