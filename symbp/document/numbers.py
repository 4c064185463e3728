"""The part with the numbers of the example: formula = numbers put in = value, in tables.

Input: a context.  Output: a section.  Imports context, model, renaming and evaluate.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from types import MappingProxyType

import sympy as sp

from symbp.document.context import Context
from symbp.document.equations import changed
from symbp.document.formula import Formula, Leaf, Literal, Rows, rate_first, scalar_formula
from symbp.document.matrix import matrix_lines
from symbp.document.model import Block, Equations, Paragraph, Ref, Row, Section, Table, Text
from symbp.document.renaming import renamed_scalar
from symbp.document.values import notated, number, shown_value
from symbp.evaluate.lines import RATE, NumberLine, resolved
from symbp.evaluate.lines import Section as Kind
from symbp.evaluate.numbers import add, multiply, value_text
from symbp.example import Example
from symbp.program import names, put
from symbp.tree import Name, Product, Sum

DOTS, TALLEST, WIDEST = "⋯", 6, 4  # rows and columns of a matrix of numbers
MOST_ROWS = 30  # of a table
PARTS: dict[Kind, str] = {
    "forward": "part.forward", "loss": "part.loss", "delta": "numbers.deltas",
    "gradient": "numbers.gradients", "update": "part.update",
}  # fmt: skip


def numbers(context: Context) -> Section:
    """Every line with the numbers of the example."""
    title = context.word("part.numbers")
    if context.evaluation is None:
        given = isinstance(context.network.example, Example)
        count = f"{context.network.weight_count:,}"
        key = "numbers.large" if given else "numbers.none"
        return Section("numbers", title, (Paragraph(context.text(key, count=count)),))
    blocks: list[Block] = [Paragraph(context.text("numbers.intro", digits=str(context.digits)))]
    if context.notation.form == "matrix":
        blocks += _matrices(context)
    else:
        blocks.append(_given(context))
        blocks += _tables(context)
    return Section("numbers", title, tuple(blocks))


def _given(context: Context) -> Table:
    """Inputs, targets, parameters and the step size."""
    rows: list[tuple[Text, ...]] = []
    cells: list[Text] = []
    for name in context.system.values():
        formula = scalar_formula(context.naming, sp.Symbol(name, real=True))
        cells.append((formula, " = ", number(shown_value(context, name)[0])))
    rate = scalar_formula(context.naming, sp.Symbol(RATE, real=True))
    cells.append((rate, " = ", number(shown_value(context, RATE)[0])))
    width = 4
    for k in range(0, len(cells), width):
        row = cells[k : k + width]
        rows.append(tuple(row + [()] * (width - len(row))))
    return Table(context.text("numbers.given"), ((),) * width, tuple(rows))


def _tables(context: Context) -> Iterator[Table]:
    assert context.evaluation is not None
    heads = tuple(
        context.text(f"numbers.{key}")
        for key in ("quantity", "formula", "put in", "value", "equation")
    )
    for kind, key in PARTS.items():
        lines = context.evaluation.section(kind)
        rows = tuple(_row(context, line) for line in lines[:MOST_ROWS])
        if len(lines) > MOST_ROWS:
            rest = context.text("numbers.more", count=f"{len(lines) - MOST_ROWS:,}")
            rows += (((), rest, (), (), ()),)
        if rows:
            yield Table(context.text(key), heads, rows)


def _row(context: Context, line: NumberLine) -> tuple[Text, ...]:
    """Symbol, formula, numbers put in, value, equation."""
    naming, system = context.naming, context.system
    if line.section == "update":
        return _update_row(context, line)
    owner = system.entry(line.name)
    assert owner is not None
    equation = system.equation(*owner)
    rhs = renamed_scalar(naming, replace(equation, rhs=resolved(equation.rhs, context.values)))
    formula = scalar_formula(naming, rhs)
    text, exact = shown_value(context, line.name)
    value: Text = ("=\u00a0" if exact else "≈\u00a0", number(text))
    target = scalar_formula(naming, equation.target)
    see = context.entry_number(equation) if context.scalar else str(line.line)
    return ((target,), (formula,), (put_in(context, formula),), value, (Ref(see),))


def put_in(context: Context, formula: Formula) -> Formula:
    """The formula with numbers in the place of its symbols."""
    leaves: dict[str, Leaf] = {}
    node = formula.node
    for name in dict.fromkeys(names(node)):
        key = entry_key(context, name)
        leaves[key] = Literal(shown_value(context, name)[0])
        node = put(node, Name(name), Name(key))
    return Formula(node, MappingProxyType(leaves))


def entry_key(context: Context, name: str) -> str:
    """The key of the symbol of a scalar, as A1[0,1]: a number has that of what it stands for."""
    owner = context.system.entry(name)
    if owner is None:
        return name
    quantity, place = owner
    return f"{quantity}[{','.join(map(str, place))}]" if place else quantity


def _update_row(context: Context, line: NumberLine) -> tuple[Text, ...]:
    """The new value of a weight, or its change."""
    naming = context.naming
    w, d, rate = (sp.Symbol(n, real=True) for n in (line.name, f"d{line.name}", RATE))
    owner = context.system.entry(d.name)
    assert owner is not None
    equation = context.system.equation(*owner)
    see: Text = (Ref(context.entry_number(equation) if context.scalar else str(line.line)),)
    step = multiply(Fraction(-1), notated(context, RATE), notated(context, d.name))
    if naming.notation.update == "increment":
        formula = rate_first(scalar_formula(naming, -rate * renamed_scalar(naming, equation)))
        left, value = changed(scalar_formula(naming, w)), step
    else:
        node = Sum(((1, Name(w.name)), (-1, Product(1, (Name(RATE), Name(d.name))))))
        formula = scalar_formula(naming, node)
        left, value = scalar_formula(naming, w), add(notated(context, line.name), step)
    text, exact = value_text(value, context.digits)
    mark = "=\u00a0" if exact else "≈\u00a0"
    arrow: Text = (left,) if naming.notation.update == "increment" else (left, " ←")
    return (arrow, (formula,), (put_in(context, formula),), (mark, number(text)), see)


def _matrices(context: Context) -> Iterator[Block]:
    """Every line in matrices: formula = matrices put in = matrix."""
    sizes = {**context.derivation.graph.sizes, "N": context.system.samples}
    values = _arrays(context) | {name: Literal(str(size)) for name, size in sizes.items()}
    for line, left, right in matrix_lines(context.naming, context.functions):
        name = line.equation.name
        if name not in values:
            continue
        rights: list[tuple[str, Formula]] = []
        if right is not None:
            rights.append(("=", right))
            put: Mapping[str, Leaf] = {n: values.get(n, leaf) for n, leaf in right.leaves.items()}
            if not any(n in put and n == name for n in names(right.node)):
                rights.append(("=", Formula(right.node, put)))
        result = values[name]
        rights.append(("≈", Formula(Name(name), {name: result})))
        yield Equations((Row("", left, tuple(rights), (Ref(str(line.number)),)),))


def _arrays(context: Context) -> dict[str, Leaf]:
    """The values of whole arrays, as matrices of printed numbers."""
    system = context.system
    found: dict[str, Leaf] = {}
    for name, q in context.naming.derivation.quantities.items():
        places = list(system.places(name)) if len(q.axes) <= 2 else []
        texts = {}
        for place in places:
            scalar = system.name(name, place)
            if scalar in context.values:
                texts[place] = shown_value(context, scalar)[0]
        if not places or len(texts) < len(places):
            continue
        if len(q.axes) == 2:
            width = max(p[1] for p in places) + 1
            high, wide = _shown(len(places) // width, TALLEST), _shown(width, WIDEST)
            rows = tuple(tuple(DOTS if r < 0 or c < 0 else texts[r, c] for c in wide) for r in high)
        elif q.axes == ("N",):  # one number a sample, so a column
            high = _shown(len(places), TALLEST)
            rows = tuple((DOTS if k < 0 else texts[places[k]],) for k in high)
        else:
            rows = (
                tuple(DOTS if k < 0 else texts[places[k]] for k in _shown(len(places), WIDEST)),
            )
        found[name] = Rows(rows) if q.axes else Literal(rows[0][0])
    return found


def _shown(length: int, most: int) -> list[int]:
    """Rows or columns of a matrix that are shown: of many the first and the last; -1 for dots."""
    return list(range(length)) if length <= most else [*range(most - 2), -1, length - 1]
