"""Formulas as MathML that browsers show without any script.

Input: a `Formula`.  Output: a <math> element; each symbol has a class by which a page finds it, and
a link to its definition where it has one.  Imports formula, symbols and tree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape

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
)

SUM, PRODUCT, POWER, ATOM = range(4)
UNICODE = dict(zip(GREEK, "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ", strict=True))
ACCENTS = {"hat": "^", "bar": "¯", "tilde": "~"}
RELATIONS = {"<=": "≤", ">=": "≥", "==": "=", "!=": "≠"}
MARKS = {r"\top": "⊤"}
Address = Callable[[Symbol], str]


def nowhere(symbol: Symbol) -> str:
    """No address: symbols are no links."""
    return ""


def mathml(formula: Formula, display: bool = False, address: Address = nowhere) -> str:
    """A formula as a <math> element.

    Args:
        formula: What to show.
        display: On a line of its own.
        address: The part of the page where a symbol is defined, "" for none.

    >>> print(mathml(Formula(Name("a"), {"a": Symbol("A1", "a")})))
    <math><mi class="s" data-s="A1">a</mi></math>
    """
    block = ' display="block"' if display else ""
    return f"<math{block}>{fragment(formula, address)}</math>"


def fragment(formula: Formula, address: Address = nowhere) -> str:
    """A formula as what stands inside a <math> element."""
    return _Spelling(formula.leaves, address).row(formula.node)


def operator(text: str, more: str = "") -> str:
    """An operator or a parenthesis."""
    return f"<mo{more}>{escape(text)}</mo>"


def _row(*parts: str) -> str:
    return parts[0] if len(parts) == 1 else f"<mrow>{''.join(parts)}</mrow>"


def fenced(inner: str, left: str = "(", right: str = ")") -> str:
    """In parentheses, which grow with what is tall only."""
    tall = any(f"<{tag}" in inner for tag in ("mfrac", "munder", "mtable", "msup>"))
    still = "" if tall else ' stretchy="false"'
    return _row(operator(left, still), inner, operator(right, still))


class _Spelling:
    """Spells the nodes of one formula."""

    def __init__(self, leaves: Mapping[str, Leaf], address: Address) -> None:
        self.leaves, self.address = leaves, address

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
                    parts.append(self.row(term, PRODUCT))
                return "".join(parts), SUM
            case Product(sign, numerator, denominator):
                top = self._times(numerator)
                if denominator:
                    below = self._times(denominator)
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
                last = f"<mtd>{self.row(otherwise)}</mtd><mtd><mtext>else</mtext></mtd>"
                table = f"<mtable><mtr>{first}</mtr><mtr>{last}</mtr></mtable>"
                return _row(operator("{"), table), ATOM
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
            case Over(kind, dummies, body):
                sign = "∑" if kind == "sum" else kind
                below = operator(",").join(f"<mi>{escape(d)}</mi>" for d in dummies)
                big = operator(sign, ' movablelimits="false"')
                under = f"<munder>{big}<mrow>{below}</mrow></munder>"
                return f"{under}{self.row(body, PRODUCT)}", PRODUCT
            case Delta(left, right):
                inner = f"<mi>{escape(left)}</mi>{operator('=')}<mi>{escape(right)}</mi>"
                return fenced(inner, "[", "]"), ATOM
            case Quotient(top, bottom):
                parts = [
                    f"<mrow><mi>∂</mi>{self.row(part, POWER)}</mrow>" for part in (top, bottom)
                ]
                return f'<mfrac class="f" data-s="{escape(name)}">{"".join(parts)}</mfrac>', ATOM
            case Applied(function, primes, argument):
                mark = operator("′") * primes
                inner = fenced(self.row(argument))
                return f"{self.symbol(function)}{mark}{inner}", ATOM
            case Literal(text):
                shown, level = self._number(text)
                key = f' data-s="{escape(name)}"' if name != text else ""
                return f'<mrow class="n"{key}>{shown}</mrow>', level
            case Infix(kind, parts):
                mark = operator("⊙") if kind == "odot" else operator("\u2062")
                return mark.join(self.row(p, POWER) for p in parts), PRODUCT
            case Raised(raised, mark):
                shown = f"<mrow>{_mark(mark)}</mrow>"
                return f"<msup>{self._base(raised)}{shown}</msup>", POWER
            case Rows(rows):
                lines = "".join(
                    f"<mtr>{''.join(f'<mtd>{self._number(c)[0]}</mtd>' for c in row)}</mtr>"
                    for row in rows
                )
                return fenced(f"<mtable>{lines}</mtable>"), ATOM
        raise GraphError("mathml", f"no MathML for {name}")

    def symbol(self, symbol: Symbol) -> str:
        """A symbol, by its key, as a link to its definition."""
        base = _identifier(symbol.base)
        if symbol.accent:
            base = f"<mover accent='true'>{base}{operator(ACCENTS[symbol.accent])}</mover>"
        below, above = (_script(script) for script in (symbol.below, symbol.above))
        if below and above:
            text = f"<msubsup>{base}{below}{above}</msubsup>"
        elif below or above:
            tag = "msub" if below else "msup"
            text = f"<{tag}>{base}{below or above}</{tag}>"
        else:
            text = base
        if symbol.prefix:
            text = f"<mrow><mi>{UNICODE.get(symbol.prefix, symbol.prefix)}</mi>{text}</mrow>"
        where = self.address(symbol)
        if where:  # browsers follow no href of MathML itself
            inner = f'<a href="#{escape(where)}"><math>{text}</math></a>'
            return f'<mtext class="s" data-s="{escape(symbol.key)}">{inner}</mtext>'
        tag, mark, rest = text.partition(">")
        return f'{tag} class="s" data-s="{escape(symbol.key)}"{mark}{rest}'

    def _times(self, factors: tuple[Node, ...]) -> str:
        """Factors side by side; a dot between numbers."""
        shown = factors or (ONE,)
        last = len(shown) - 1
        parts = []
        for k, factor in enumerate(shown):
            lone = not last and not isinstance(factor, Name)
            text = self.row(factor, SUM if lone else POWER if k < last else PRODUCT)
            if last and self._is_number(factor) and operator("−") in text:
                text = fenced(text)
            if k:
                parts.append(operator("·" if self._is_number(factor) else "\u2062"))
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


def _identifier(text: str) -> str:
    if text == ONES:
        return '<mn class="ones">𝟏</mn>'
    return f"<mi>{escape(UNICODE.get(text, text))}</mi>"


def _mark(text: str) -> str:
    base, _, rest = text.partition(" ")
    if base == r"\odot":
        return f"{operator('⊙')}<mn>{escape(rest)}</mn>"
    return operator(MARKS.get(text, text))


def _script(script: tuple[str, ...]) -> str:
    """A subscript or superscript as one element, "" for none."""
    if len(script) == 3 and script[0] == "(" and script[2] == ")":  # the number of a layer
        return f"<mn>({escape(script[1])})</mn>"
    parts = []
    for piece in script:
        if piece.startswith("~"):
            parts.append(f'<mi mathvariant="normal">{escape(piece[1:])}</mi>')
        elif piece.isdigit():
            parts.append(f"<mn>{piece}</mn>")
        elif piece.isalpha():
            parts.append(_identifier(piece))
        else:
            parts.append(f'<mo stretchy="false" lspace="0" rspace="0">{escape(piece)}</mo>')
    return _row(*parts) if parts else ""
