"""The parts around the equations: diagram, table of symbols, verification, code.

Input: a context.  Output: sections.  Imports context, model, naming and, on call, the generator.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise

from symbp.document.context import Context
from symbp.document.formula import (
    Applied,
    Delta,
    Formula,
    entry,
    index_formula,
    whole_formula,
)
from symbp.document.model import (
    Block,
    CodeLine,
    Edge,
    Listing,
    Node,
    Paragraph,
    Picture,
    Ref,
    Section,
    Table,
    Text,
)
from symbp.document.symbols import Symbol
from symbp.example import Example
from symbp.formula_layer import FormulaLayer
from symbp.index import Size
from symbp.layers import (
    Activate,
    BatchNorm,
    Bias,
    Dense,
    Dropout,
    Residual,
    kind_of,
    takes_rows,
)
from symbp.tree import Name
from symbp.verify.report import Report

MOST_UNITS, MOST_COLUMNS = 6, 9
LABELLED_EDGES = 12
MOST_NAMED = 16
LONGEST_HELPER = 20  # lines
COMPUTING = {"forward", "loss", "loss_and_gradients"}


def diagram(context: Context) -> Section:
    """The units of each layer and their connections, weights on them where there is room."""
    columns = _columns(context)
    widths = "-".join(str(width) for width, *_ in columns)
    if len(columns) > MOST_COLUMNS:
        columns = [*columns[:4], (0, "", "..", False), *columns[-4:]]
    nodes: list[Node] = []
    edges: list[Edge] = []
    places: list[list[int]] = []
    for column, (width, name, _, _) in enumerate(columns):
        shown = list(range(width)) if width <= MOST_UNITS else [0, 1, 2, -1, width - 1]
        ids = []
        for row, unit in enumerate(shown):
            label = None if unit < 0 else _unit(context, name, unit)
            kind = "dots" if unit < 0 else "input" if not column else "unit"
            ids.append(len(nodes))
            nodes.append(Node(column, row - (len(shown) - 1) / 2, label, kind))
        places.append(ids)
    weights = sum(len(a) * len(b) for a, b in pairwise(places))
    for column, (left, right) in enumerate(pairwise(places), 1):
        apart = columns[column][3]
        for a, start in enumerate(left):
            for b, end in enumerate(right):
                if "dots" in (nodes[start].kind, nodes[end].kind) or (apart and a != b):
                    continue
                label = (
                    _weight(context, columns[column][1], b, a)
                    if weights <= LABELLED_EDGES
                    else None
                )
                edges.append(Edge(start, end, label))
    under = tuple(
        (float(k), f"{text} ({width})" if width else text)
        for k, (width, _, text, _) in enumerate(columns)
    )
    description = context.word("diagram.description", widths=widths)
    picture = Picture(description, tuple(nodes), tuple(edges), under)
    return Section("diagram", context.word("part.diagram"), (picture,))


def _columns(context: Context) -> list[tuple[int, str, str, bool]]:
    """Of the inputs and each layer: width, shown quantity, what stands below, one to one or all."""
    network = context.network
    inputs = 1 if takes_rows(network.layers) else network.inputs
    found = [(inputs, "X", context.word("diagram.inputs"), False)]
    last = len(network.layers)
    for number, layer in enumerate(network.layers, 1):
        origin = f"layer {number},"
        (*_, shown) = (x.equation.name for x in context.derivation.forward
                       if x.equation.origin.startswith(origin))  # fmt: skip
        dense = isinstance(layer, Dense)
        text = kind_of(layer).replace("_", " ")
        if isinstance(layer, Residual):
            text = f"{text} + {layer.source}"
        if dense or number == last:
            text = context.word("diagram.outputs" if number == last else "diagram.hidden")
        apart = isinstance(layer, Activate | BatchNorm | Bias | Dropout | Residual)
        found.append((network.widths[number], shown, text, apart))
    return found


def _unit(context: Context, quantity: str, unit: int) -> Formula | None:
    """The symbol of a unit of the first sample."""
    q = context.naming.quantities.get(quantity)
    if q is None or not 1 <= len(q.axes) <= 2:
        return None
    shown = context.naming.axes(quantity)
    texts = tuple("n" if axis == "N" else str(unit + 1) for axis in shown)
    symbol = context.naming.symbol(quantity, texts)
    sample = "0" if context.naming.one_sample else "n"
    place = f"{sample},{unit}" if len(q.axes) > 1 else sample
    symbol = replace(symbol, key=f"{quantity}[{place}]")
    return Formula(Name(symbol.key), {symbol.key: symbol})


def _weight(context: Context, quantity: str, to: int, start: int) -> Formula | None:
    """The symbol of the weight of a connection."""
    name = f"W{quantity[1:]}"
    q = context.naming.quantities.get(name)
    if q is None or len(q.axes) != 2 or context.naming.role(name) != "weight":
        return None
    symbol = context.naming.symbol(name, place=(to, start))
    return Formula(Name(symbol.key), {symbol.key: symbol})


def notation(context: Context, sections: Iterable[Section]) -> Section:
    """What each symbol is, where it is defined and where it is used."""
    source = context.notation.source[context.lang]
    intro = context.text("notation.intro", notation=context.notation.title[context.lang])
    if source:
        intro += context.text("notation.source", source=source)
    if not context.naming.one_sample:
        key = "notation.sample" if "(" in context.naming.layer_brackets else "notation.sample above"
        intro += (" ", *context.text(key))
    used = {s.name for line in context.derivation.lines for s in line.equation.rhs.atoms(Size)}
    sizes = [f"{n} = {size}" for n, size in context.derivation.graph.sizes.items() if n in used]
    example = context.network.example
    if not context.naming.one_sample and isinstance(example, Example):
        sizes.append(f"N = {len(example.inputs)}")
    if sizes:
        intro += (" ", *context.text("notation.sizes", sizes=", ".join(sizes)))
    sections = tuple(sections)
    uses, defined = _uses(context, sections)
    rows: list[tuple[Text, ...]] = []
    for name, q in context.derivation.quantities.items():
        if q.role == "adjoint" and context.naming.role(name) is None:
            continue  # a quotient says itself what it is
        rows.append((
            (_symbol(context, name),), _meaning(context, name), (_shape(context, name),),
            _refs(defined[name]) if name in defined else context.text("notation.given"),
            _refs(uses.get(name, ())),
        ))  # fmt: skip
    heads = tuple(
        context.text(f"notation.{k}") for k in ("symbol", "meaning", "shape", "defined", "used")
    )
    table = Table(context.text("notation.caption"), heads, tuple(rows))
    blocks: tuple[Block, ...] = (Paragraph(intro), table)
    if any(map(_has_bracket, sections)):
        bracket = Formula(Name("bracket"), {"bracket": Delta("j", "k")})
        blocks += (Paragraph(context.text("notation.bracket", bracket=bracket)),)
    return Section("notation", context.word("part.notation"), blocks)


def _has_bracket(section: Section) -> bool:
    """Whether a Kronecker delta stands in one of its equations."""
    formulas = (f for row in section.rows() for f in (row.left, *(r for _, r in row.rights)))
    return any(isinstance(leaf, Delta) for f in formulas for leaf in f.leaves.values())


def _uses(
    context: Context, sections: Iterable[Section]
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """For each quantity the equations shown that use it, and those that define it."""
    uses: dict[str, list[str]] = defaultdict(list)
    defined: dict[str, list[str]] = defaultdict(list)
    shown = {row.number for section in sections for row in section.rows()}
    for line in context.derivation.lines:
        number = str(line.number)
        numbers = [number] if {number, f"{number}.1"} & shown else []
        defined[line.equation.name] += numbers
        for name in line.equation.uses:
            uses[name] += numbers
    return uses, defined


def _refs(numbers: Iterable[str]) -> Text:
    found: list[Ref | str] = []
    for n in numbers:
        found += [", "] * bool(found) + [Ref(n)]
    return tuple(found)


def _symbol(context: Context, name: str) -> Formula:
    """A symbol with its indices, as the equations show it."""
    naming = context.naming
    if context.notation.form == "matrix":
        return whole_formula(naming, name)
    indices = getattr(entry(naming, name), "indices", ())
    if name in naming.rows and indices:  # it is an index of others, and stands there as c(n)
        (row,) = map(str, indices)
        function = Symbol(name, naming.symbol(name, (row,)).base)
        return Formula(Name(name), {name: Applied(function, 0, Name(row)), row: Symbol(row, row)})
    return index_formula(naming, entry(naming, name))


def _shape(context: Context, name: str) -> str:
    sizes = context.derivation.graph.sizes
    axes = context.naming.axes(name)
    return " × ".join("N" if a == "N" else str(sizes[a]) for a in axes) or "1"


def _meaning(context: Context, name: str) -> Text:
    naming = context.naming
    q = naming.quantities[name]
    role, layer = naming.role(name), str(naming.layer(name))
    negated = naming.sign(name) < 0
    if name == "Y" or (q.role == "target" and role is None):
        return context.text("meaning.one-hot" if name == "Y" else "meaning.class")
    key = {
        "bias": "threshold" if negated else "bias",
        "delta": "minus delta" if negated else "delta",
        "preactivation": "sum" if name in naming.offsets else "preactivation",
    }.get(role or "", role)
    if key is None:
        kind = q.role if q.role in ("parameter", "constant") else "value"
        key = _in_layer(context, name, kind) if naming.layer(name) else f"{kind} of loss"
    frozen = name in context.network.frozen
    return (
        *context.text(f"meaning.{key}", layer=layer),
        *(context.text("meaning.frozen") if frozen else ()),
        *_entries(context, name),
    )


# What the quantities of a kind of layer are, where their letters do not say it.
OF_LAYERS = {
    "mu": "mean", "mean": "given mean", "var": "variance", "sigma": "deviation",
    "ms": "mean square", "rms": "root mean square", "xhat": "standardised", "gamma": "gain",
    "beta": "shift", "Y": "layer output", "A": "activated", "R": "residual sum", "M": "mask",
    "table": "table", "b": "bias",
}  # fmt: skip


def _in_layer(context: Context, name: str, kind: str) -> str:
    """What a quantity of a layer is, by its letters; of the user's own layers by its formula."""
    layer = context.network.layers[context.naming.layer(name) - 1]
    if isinstance(layer, FormulaLayer):
        return f"{kind} of own layer"
    return OF_LAYERS.get(name.rstrip("0123456789"), kind)


def _entries(context: Context, name: str) -> Text:
    """The names of single weights, row by row, where these are what the equations show."""
    if not context.scalar or context.naming.role(name) != "weight":
        return ()
    places = list(context.system.places(name))
    if len(places) > MOST_NAMED:
        return ()
    found: list[str | Formula] = []
    for place in places:
        symbol = context.naming.symbol(name, place=place)
        gap = ": " if not found else "; " if not place[-1] else ", "
        found += [gap, Formula(Name(symbol.key), {symbol.key: symbol})]
    return tuple(found)


def verification(context: Context, report: Report) -> Section:
    """What the oracles found."""
    heads = tuple(
        context.text(f"verification.{k}")
        for k in ("oracle", "quantity", "compared", "error", "tolerance")
    )
    rows = tuple(
        (
            context.text(f"verification.{c.oracle}"),
            (whole_formula(context.naming, c.quantity),),
            (str(c.compared),), (f"{c.relative:.1e}",), (f"{c.tolerance:.0e}",),
        )
        for c in report.comparisons
    )  # fmt: skip
    intro = context.text("verification.intro")
    blocks = (Paragraph(intro), Table((), heads, rows))
    return Section("verification", context.word("part.verification"), blocks)


def code(context: Context) -> Section:
    """The lines of the generated module that compute the equations."""
    from symbp.backends.numpy_module import numpy_module

    source = numpy_module(context.network, context.derivation)
    helpers, lines = tuple(helper_lines(source)), tuple(code_lines(source))
    intro = context.text("code.intro")
    if helpers:
        intro += (" ", *context.text("code.functions"))
        helpers += (CodeLine("", ""),) * 2
    return Section("code", context.word("part.code"), (Paragraph(intro), Listing(helpers + lines)))


def helper_lines(source: str) -> Iterator[CodeLine]:
    """The short functions of one number that the functions with numbers call."""
    functions = {f.name: f for f in ast.parse(source).body if isinstance(f, ast.FunctionDef)}
    called = {
        node.func.id
        for name in COMPUTING & set(functions)
        for node in ast.walk(functions[name])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    shown = False
    for name, function in functions.items():
        of_number = [a.arg for a in function.args.args] == ["x"]
        text = ast.get_source_segment(source, function) or ""
        if name in called and of_number and text.count("\n") < LONGEST_HELPER:
            yield from [CodeLine("", "")] * 2 if shown else []
            yield from (CodeLine(line, "") for line in text.splitlines())
            shown = True


def code_lines(source: str) -> Iterator[CodeLine]:
    """The functions of a module that carry numbers, line by line."""
    wanted = False
    pending = ""
    for text in source.splitlines():
        if re.match(r"[^\s)]", text):
            defined = re.match(r"def (\w+)\(", text)
            wanted = defined is not None and defined[1] in COMPUTING
            if wanted and pending:
                yield from [CodeLine("", "")] * 2
            pending = "some" if wanted else pending
        if wanted and text.strip():
            mark = re.search(r"#.*\[(\d+)\]", text)
            yield CodeLine(text, mark[1] if mark else "")
