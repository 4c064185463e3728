"""The part with the chain rule for each weight: paths, factors, delta form, closed form.

Input: a context.  Output: a section.  Imports context, model, paths and renaming.
"""

from __future__ import annotations

from fractions import Fraction

import mpmath
import sympy as sp

from symbp.document.context import Context
from symbp.document.formula import Formula, Literal, scalar_formula
from symbp.document.model import Block, Equations, Paragraph, Ref, Row, Section, Table, Text
from symbp.document.renaming import renamed_scalar, signed_scalar
from symbp.document.tex import tex
from symbp.document.values import number, shown_value, sign_of
from symbp.errors import SpecError
from symbp.evaluate import GUARD
from symbp.evaluate.numbers import multiply, scalar_value, value_text
from symbp.layers import takes_rows
from symbp.paths import ChainForm, Factor, chain_form, closed_form, scalar_tree
from symbp.printers import plain
from symbp.scalars import Weight
from symbp.tree import ONE, ZERO, Name, Node, Product, Sum

MOST_WRITTEN = 24  # weights in one document
MOST_PATHS = 12
SHORT = 240  # characters of a closed form, as text


def weights(context: Context) -> Section:
    """The chain form of every weight, its delta form, and its closed form where it is short.

    Of many weights one of each parameter is shown.
    """
    title = context.word("part.weights")
    count = f"{context.network.weight_count:,}"
    if not context.small:
        rows = context.network.weight_count <= MOST_WRITTEN and takes_rows(context.network.layers)
        key = "weights.rows" if rows else "weights.large"
        return Section("weights", title, (Paragraph(context.text(key, count=count)),))
    chosen = context.system.weights
    many = len(chosen) > MOST_WRITTEN
    if many:
        chosen = tuple({w.parameter: w for w in reversed(chosen)}.values())[::-1]
    chains = {w: _chain(context, w) for w in chosen}
    factors = dict.fromkeys(f for c in chains.values() if c for f in c.factors)
    some = [Paragraph(context.text("weights.some", count=count))] if many else []
    blocks: list[Block] = [*some, Paragraph(context.text("weights.intro"))]
    blocks.append(factor_table(context, tuple(factors)))
    closed = {w: _closed(context, *_gradient(context, w)) for w in chains}
    found = {
        "closed": context.word("weights.closed") if any(closed.values()) else "",
        "numbers": context.word("weights.numbers") if context.values else "",
    }
    blocks.append(Paragraph(context.text("weights.each", **found)))
    for weight, chain in chains.items():
        blocks.append(Equations((weight_row(context, weight, chain, closed[weight]),)))
    return Section("weights", title, tuple(blocks))


def _chain(context: Context, weight: Weight) -> ChainForm | None:
    """The chain form; None where it has too many paths for a page."""
    try:
        return chain_form(context.system, weight, MOST_PATHS)
    except SpecError:
        return None


def factor_table(context: Context, factors: tuple[Factor, ...]) -> Table:
    """Each factor of the chain rule, what it is in forward values, and its number."""
    keys = ["numbers.factors", "numbers.formula", *(["numbers.value"] if context.values else [])]
    rows = []
    for factor in factors:
        value = factor_value(context, factor)
        cells: list[Text] = [
            (scalar_formula(context.naming, Name(factor.name)),),
            (scalar_formula(context.naming, value),),
        ]
        if context.values:
            text, exact = factor_number(context, factor)
            cells.append(("=\u00a0" if exact else "≈\u00a0", number(text)))
        rows.append(tuple(cells))
    return Table((), tuple(context.text(k) for k in keys), tuple(rows))


def factor_number(context: Context, factor: Factor) -> tuple[str, bool]:
    """The value of a factor at the numbers of the example, and whether the text is all of it."""
    with mpmath.workdps(context.digits + GUARD):
        value = scalar_value(factor.shown, context.values)
    sign = sign_of(context, factor.of) * sign_of(context, factor.by)
    return value_text(multiply(Fraction(sign), value), context.digits)


def factor_value(context: Context, factor: Factor) -> sp.Expr:
    """A factor in the quantities of the notation."""
    sign = sign_of(context, factor.of) * sign_of(context, factor.by)
    return signed_scalar(context.naming, sign * factor.shown)


def _gradient(context: Context, weight: Weight) -> tuple[str, tuple[int, ...]]:
    return context.derivation.gradients[weight.parameter], weight.place


def weight_row(
    context: Context, weight: Weight, chain: ChainForm | None, closed: sp.Expr | None
) -> Row:
    """All forms of one gradient in one chain of equalities: first the formulas, then numbers."""
    naming, system = context.naming, context.system
    equation = system.equation(*_gradient(context, weight))
    rights: list[tuple[str, Formula]] = []
    if chain is not None and chain.paths:
        rights.append(("=", scalar_formula(naming, names_of(chain))))
        rights.append(("=", scalar_formula(naming, _product(context, chain))))
    rights.append(("=", scalar_formula(naming, renamed_scalar(naming, equation))))
    if closed is not None:
        rights.append(("=", scalar_formula(naming, closed)))
    if context.values:
        if chain is not None and chain.paths:
            rights.append(_numbers(context, chain))
        text, exact = shown_value(context, equation.target.name)
        rights.append(("=" if exact else "≈", number(text)))
    distinct = tuple({tex(f): (r, f) for r, f in rights}.values())
    left = scalar_formula(naming, equation.target)
    return Row("", left, distinct, (Ref(context.entry_number(equation)),))


def _numbers(context: Context, chain: ChainForm) -> tuple[str, Formula]:
    """The sum of products with the number of each factor, and whether it is equal or rounded."""
    found = {f.name: factor_number(context, f) for f in chain.factors}
    relation = "=" if all(exact for _, exact in found.values()) else "≈"
    return relation, Formula(names_of(chain), {name: Literal(t) for name, (t, _) in found.items()})


def names_of(chain: ChainForm) -> Node:
    """The sum over paths of products of named factors."""
    products = tuple(Product(1, tuple(Name(f.name) for f in path)) for path in chain.paths)
    if not products:
        return ZERO
    return products[0] if len(products) == 1 else Sum(tuple((1, p) for p in products))


def _product(context: Context, chain: ChainForm) -> Node:
    """The same with the factors put in, in the order of the path."""
    terms = []
    for path in chain.paths:
        sign = 1
        parts: list[Node] = []
        for factor in path:
            node = scalar_tree(factor_value(context, factor))
            if isinstance(node, Product) and node.sign < 0:
                sign, node = -sign, Product(1, node.numerator, node.denominator)
            if isinstance(node, Product) and not node.denominator:
                parts += node.numerator
            elif node != ONE:
                parts.append(node)
        terms.append((sign, Product(1, tuple(parts) or (ONE,))))
    if len(terms) == 1:
        ((sign, product),) = terms
        return Product(sign, product.numerator)
    return Sum(tuple(terms))


def _closed(context: Context, quantity: str, place: tuple[int, ...]) -> sp.Expr | None:
    """The closed form, in the notation; None where it is long."""
    try:
        found = closed_form(context.system, quantity, place, longest=SHORT)
    except SpecError:
        return None
    found = signed_scalar(context.naming, found) * context.naming.sign(quantity)
    return found if len(plain(scalar_tree(found))) <= SHORT else None
