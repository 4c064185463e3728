"""The parts that are lines of the derivation: forward pass, loss, backward pass, matrices, update.

Input: a context.  Output: sections.  Imports context, model, general, matrix and renaming.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from string import ascii_lowercase

import sympy as sp

from symbp.derivation import Line
from symbp.document.context import Context
from symbp.document.formula import (
    ONES,
    Formula,
    entry,
    index_formula,
    rate_first,
    scalar_formula,
    whole_formula,
)
from symbp.document.general import ARGUMENT, Called, Named, named_functions
from symbp.document.matrix import matrix_lines
from symbp.document.model import (
    Block,
    Equations,
    Paragraph,
    Ref,
    Row,
    Section,
    Step,
    Steps,
    Table,
    Text,
)
from symbp.document.naming import Naming
from symbp.document.renaming import renamed, renamed_steps, signed
from symbp.document.symbols import Symbol
from symbp.document.tables import builtin
from symbp.document.tex import tex
from symbp.evaluate.lines import RATE
from symbp.graph import Equation
from symbp.index import tensor
from symbp.messages import reason, say
from symbp.scalars import Weight
from symbp.tree import Name, Product, Sum

MOST_UPDATED = 24  # weights that are written one by one


def forward(context: Context) -> Section:
    """What the network computes."""
    lines = [x for x in context.derivation.forward if not _is_loss(x)]
    blocks: list[Block] = [Paragraph(context.text("forward.intro")), *_lines(context, lines)]
    if context.notation.functions and context.functions:
        blocks.append(Paragraph(context.text("forward.functions")))
        blocks.append(Equations(tuple(_functions(context))))
    return Section("forward", context.word("part.forward"), tuple(blocks))


def loss(context: Context) -> Section:
    """The loss."""
    lines = [x for x in context.derivation.forward if _is_loss(x)]
    blocks = (Paragraph(context.text("loss.intro")), *_lines(context, lines))
    return Section("loss", context.word("part.loss"), blocks)


def _is_loss(line: Line) -> bool:
    return line.equation.origin.startswith("loss")


def _lines(context: Context, lines: list[Line]) -> Iterator[Block]:
    """Lines as equations: single numbers, matrices or index notation."""
    if context.scalar:
        for line in lines:
            entries = [context.system.equation(line.equation.name, p)
                       for p in context.system.places(line.equation.name)
                       if not context.system.given(line.equation.name)]  # fmt: skip
            rows = [context.scalar_row(e, context.entry_number(e)) for e in entries]
            if rows:
                rows[0] = _noted(rows[0], context.origin(line.equation))
                yield Equations(tuple(rows))
        return
    if context.notation.form == "matrix":
        wanted = {line.number for line in lines}
        yield Equations(
            tuple(r for r in _matrix_rows(context, context.naming) if int(r.number) in wanted)
        )
        return
    named = context.notation.functions
    yield Equations(tuple(context.row(line, str(line.number), named) for line in lines))


def _noted(row: Row, note: Text) -> Row:
    return Row(row.number, row.left, row.rights, note)


def _functions(context: Context) -> Iterator[Row]:
    """h(u) = .., and h'(a) in forward values."""
    seen: set[int] = set()
    for f in context.functions:
        if f.place not in seen:
            seen.add(f.place)
            left = context.formula(Called(f.place, 0, ARGUMENT))
            yield Row("", left, (("=", context.formula(f.formula)),))
        target = context.naming.derivation.line(f.activation).equation.target
        yield _slope(context, f, target)


def _slope(context: Context, f: Named, target: sp.Expr) -> Row:
    slope = renamed(context.naming, Equation(target, f.slope)).rhs
    called = renamed(context.naming, Equation(target, Called(f.place, 1, f.net))).rhs
    return Row("", context.formula(called), (("=", context.formula(slope)),))


def backward(context: Context) -> Section:
    """The derivative by every value and parameter, each with its steps."""
    blocks: list[Block] = [Paragraph(context.text("backward.intro"))]
    deltas = [_delta(context, line) for line in context.derivation.backward]
    recursion = tuple(row for row in deltas if row is not None)
    if recursion:
        blocks += [Paragraph(context.text("backward.general")), Equations(recursion),
                   Paragraph(context.text("backward.chain"))]  # fmt: skip
        if not context.notation.functions:
            blocks.append(Paragraph(context.text("forward.functions")))
            blocks.append(Equations(tuple(_functions(context))))
    matrix, cited = {}, set[str]()
    if context.notation.form == "matrix":
        matrix = {row.number: row for row in _matrix_rows(context, context.naming)}
    for line in context.derivation.backward:
        number = str(line.number)
        row = matrix.get(number) or context.row(line, number)
        blocks.append(Equations((row,)))
        blocks.append(Steps(number, tuple(_cited_once(_steps(context, line), cited))))
        if context.scalar:
            system = context.system
            entries = [system.equation(line.equation.name, p)
                       for p in system.places(line.equation.name)]  # fmt: skip
            if len(entries) > 1:
                rows = (context.scalar_row(e, context.entry_number(e)) for e in entries)
                blocks.append(Equations(tuple(rows)))
    return Section("backward", context.word("part.backward"), tuple(blocks))


def _cited_once(steps: Iterable[Step], cited: set[str]) -> Iterator[Step]:
    """The steps; a source stands with the first step of a document that has it."""
    for step in steps:
        yield replace(step, source="") if step.source in cited else step
        cited.add(step.source)


def _delta(context: Context, line: Line) -> Row | None:
    """A line of a delta with its activation by name."""
    equation = context.named(line.equation)
    if equation is None:
        return None
    left, right = context.formula(equation.target), context.formula(equation.rhs)
    return Row("", left, (("=", right),))


def _steps(context: Context, line: Line) -> Iterator[Step]:
    """The steps of a line, without those that say nothing in this notation."""
    letters = iter(ascii_lowercase)
    for made in renamed_steps(context.naming, line):
        before, after = context.formula(made.before), context.formula(made.after)
        if tex(before) == tex(after):
            continue
        about = tuple(whole_formula(context.naming, name) for name in made.about)
        number = f"{line.number}{next(letters, '')}"
        row = Row(number, before, (("=", after),))
        rule = say(f"rule.{made.rule}", context.lang)
        yield Step(rule, row, reason(made.rule, about, context.lang), made.source)


def matrix(context: Context) -> Section:
    """All lines in matrices."""
    naming = Naming(builtin("matrix"), context.network, context.derivation)
    rows = _matrix_rows(context, naming, "M")
    ones = Formula(Name(ONES), {ONES: Symbol(ONES, ONES)})
    intro = Paragraph(context.text("matrix.intro", ones=ones))
    blocks: list[Block] = [intro, *_legend(context, naming), Equations(tuple(rows))]
    functions = {f.place: f for f in named_functions(naming)}
    symbols = {place: f.symbol for place, f in functions.items()}
    if functions:
        defined = ((Called(place, 0, ARGUMENT), f.formula) for place, f in functions.items())
        pairs = ((index_formula(naming, a, symbols), index_formula(naming, b)) for a, b in defined)
        blocks.append(Equations(tuple(Row("", left, (("=", right),)) for left, right in pairs)))
    return Section("matrix", context.word("part.matrix"), tuple(blocks))


def _legend(context: Context, naming: Naming) -> Iterator[Table]:
    """Which entries a matrix has, where they are called otherwise."""
    rows: list[tuple[Text, ...]] = []
    sizes = context.derivation.graph.sizes
    for name, q in context.derivation.quantities.items():
        if q.role != "adjoint" or context.naming.role(name) is not None:
            whole, own = naming.symbol(name), context.naming.symbol(name)
            held = signed(context.naming, entry(context.naming, name))
            entries = index_formula(context.naming, held)
            if (whole.base, whole.above) != (own.base, own.above):
                shape = " × ".join("N" if a == "N" else str(sizes[a]) for a in q.axes) or "1"
                rows.append(((whole_formula(naming, name),), (entries,), (shape,)))
    if rows:
        heads = tuple(map(context.text, ("matrix.matrix", "matrix.entries", "notation.shape")))
        yield Table(context.text("matrix.legend"), heads, tuple(rows))


def _matrix_rows(context: Context, naming: Naming, prefix: str = "") -> Iterator[Row]:
    """The lines in matrices; one without a plain form stands in index notation."""
    functions = named_functions(naming)
    for line, left, right in matrix_lines(naming, functions):
        number = f"{prefix}{line.number}"
        if right is None:
            e = renamed(naming, line.equation)
            left, right = index_formula(naming, e.target), index_formula(naming, e.rhs)
        yield Row(number, left, (("=", right),), context.origin(line.equation))


def update(context: Context) -> Section:
    """One step of gradient descent for every parameter."""
    rate = scalar_formula(context.naming, sp.Symbol(RATE, real=True))
    blocks: list[Block] = [Paragraph(context.text("update.intro", rate=rate))]
    rows = tuple(_updates(context))
    blocks.append(Equations(rows))
    return Section("update", context.word("part.update"), tuple(blocks))


def _updates(context: Context) -> Iterator[Row]:
    naming = context.naming
    rate = scalar_formula(naming, sp.Symbol(RATE, real=True))
    if context.scalar and len(context.system.weights) <= MOST_UPDATED:
        yield from (_scalar_update(context, weight, rate) for weight in context.system.weights)
        return
    whole = context.notation.form == "matrix"
    for parameter, gradient in context.derivation.gradients.items():
        line = context.derivation.line(gradient)
        e = renamed(naming, line.equation)
        see: Text = (Ref(str(line.number)),)
        w = context.formula(tensor(parameter, *getattr(e.target, "indices", ())))
        d = context.formula(e.target)
        if whole:
            w, d = whole_formula(naming, parameter), whole_formula(naming, gradient)
        if naming.notation.update == "increment":
            step = rate_first(context.formula(-sp.Symbol(RATE, real=True) * e.rhs))
            yield Row("", changed(w), (("=", step),), see)
            continue
        node = Sum(((1, w.node), (-1, Product(1, (rate.node, d.node)))))
        right = Formula(node, {**w.leaves, **d.leaves, **rate.leaves})
        yield Row("", w, (("←", right),), see)


def _scalar_update(context: Context, weight: Weight, rate: Formula) -> Row:
    """w5 goes to w5 - eta dE/dw5, with a reference to the gradient."""
    naming, system = context.naming, context.system
    equation = system.equation(context.derivation.gradients[weight.parameter], weight.place)
    w = scalar_formula(naming, system.symbol(weight.parameter, weight.place))
    d = scalar_formula(naming, equation.target)
    node = Sum(((1, w.node), (-1, Product(1, (rate.node, d.node)))))
    right = Formula(node, {**w.leaves, **d.leaves, **rate.leaves})
    return Row("", w, (("←", right),), (Ref(context.entry_number(equation)),))


def changed(formula: Formula) -> Formula:
    """The change of a symbol: Delta w."""
    leaves = {
        k: replace(s, prefix="Delta") if isinstance(s, Symbol) else s
        for k, s in formula.leaves.items()
    }
    return Formula(formula.node, leaves)
