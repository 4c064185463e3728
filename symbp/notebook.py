"""What a notebook shows of networks, derivations, numbers and studies: HTML with MathML.

Input: a result of the pipeline.  Output: HTML, nothing of which is run and nothing is loaded.
Imports document and html_table; the data types call it when they are shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from html import escape
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING

import sympy as sp

from symbp.document.formula import Formula, Leaf, Quotient, Reader, arranged
from symbp.document.mathml import fragment
from symbp.document.mathml_parts import operator
from symbp.document.naming import generic
from symbp.document.symbols import Symbol
from symbp.exact import Tensor, brief, decimal_text, shape
from symbp.example import Example
from symbp.html_table import Html, html_table
from symbp.index import name_of
from symbp.layers import Activate, Dense, Layer, Residual, kind_of
from symbp.notation import index_text
from symbp.tree import Name, Node

if TYPE_CHECKING:
    from symbp.derivation import Derivation, Line, Step
    from symbp.evaluate import Evaluation
    from symbp.evaluate.lines import Section
    from symbp.spec import Network
    from symbp.study import Study

LOSS, GRADIENT = "E", "d"  # no other quantity may have a name that starts so
MOST_LAYERS, MOST_LINES, MOST_STEPS, MOST_NUMBERS = 60, 400, 60, 24
SECTIONS: dict[Section, str] = {
    "forward": "forward pass", "loss": "loss", "delta": "deltas", "gradient": "gradients",
    "update": "update: w - lr*dE/dw", "chain": "chain form",
}  # fmt: skip


def network_html(network: Network) -> str:
    """Layers with the shapes of their parameters, the loss, and the numbers of the example.

    >>> from symbp.spec import Network
    >>> shown = network_html(Network(sizes=[2, 3, 1], title="<script>"))
    >>> "&lt;script&gt;" in shown, "W1 3 × 2" in shown, "<script" in shown
    (True, True, False)
    """
    rows: list[list[object]] = [["0", "input", f"N × {network.widths[0]}", ""]]
    shapes = dict(network.parameters)
    for number, layer in enumerate(network.layers, 1):
        own = [n for n in shapes if re.fullmatch(rf"[A-Za-z_]+{number}", n)]
        parameters = [_shape(n, shapes.pop(n), n in network.frozen) for n in own]
        if isinstance(layer, Dense) and layer.weight:
            parameters.insert(0, f"{layer.weight} again")
        width = f"N × {network.widths[number]}"
        rows.append([str(number), _layer(network, number, layer), width, ", ".join(parameters)])
    if len(rows) > MOST_LAYERS:
        hidden = len(rows) - MOST_LAYERS
        rows[MOST_LAYERS - 1 : -1] = [[f"and {hidden} more layers"]]
    loss = brief(network.loss_row.text)
    of_loss = [_shape(n, s, n in network.frozen) for n, s in shapes.items()]
    rows.append(["", f"loss {loss} ({network.reduction})", "1", ", ".join(of_loss)])
    heads = ("layer", "what", "output", "parameters")
    shown = html_table(network.title or network.name, heads, rows)
    return shown + (_example(network.example) if isinstance(network.example, Example) else "")


def network_latex(network: Network) -> str:
    """The formulas of a network in index notation, one a line.

    >>> from symbp.spec import Network
    >>> network_latex(Network(sizes=[1, 1])).count("&=")
    3
    """
    from symbp.backends.latex import latex
    from symbp.build import build_graph

    rows = (f"{latex(e.target)} &= {latex(e.rhs)}" for e in build_graph(network).equations)
    body = " \\\\\n".join(rows)
    return f"$$\\begin{{aligned}}\n{body}\n\\end{{aligned}}$$"


def _layer(network: Network, number: int, layer: Layer) -> str:
    match layer:
        case Dense():
            return f"dense, {brief(network.activations[number].text)}"
        case Activate():
            return brief(network.activations[number].text)
        case Residual(source):
            return f"residual from layer {source}"
        case _:
            return kind_of(layer)


def _shape(name: str, sizes: tuple[int, ...], frozen: bool) -> str:
    shown = " × ".join(map(str, sizes)) or "one number"
    return f"{name} {shown}{' (frozen)' if frozen else ''}"


def _example(example: Example) -> str:
    rows = [
        ["inputs X", _numbers(example.inputs)],
        ["targets T", _numbers(_exact(example.targets))],
    ]
    rows += [[name, _numbers(value)] for name, value in example.parameters.items()]
    rows.append(["learning rate", decimal_text(example.learning_rate)])
    drawn = "" if example.seed is None else f", drawn from seed {example.seed}"
    count = len(example.inputs)
    return html_table(f"{count} sample{'s' * (count > 1)}{drawn}", ("example", "numbers"), rows)


def _exact(targets: tuple[tuple[Fraction, ...], ...] | tuple[int, ...]) -> Tensor:
    """Rows as they are, class indices as numbers."""
    return tuple(Fraction(t) if isinstance(t, int) else t for t in targets)


def _numbers(value: Tensor) -> str:
    """Few numbers in rows; of many the first ones."""
    sizes = shape(value)
    count = 1
    for size in sizes:
        count *= size
    if count <= MOST_NUMBERS:
        return _nested(value)
    first = ", ".join(map(decimal_text, islice(_flat(value), 4)))
    return f"{first}, .. ({' × '.join(map(str, sizes))} numbers)"


def _nested(value: Tensor) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_nested, value))}]"
    return decimal_text(value)


def _flat(value: Tensor) -> Iterator[Fraction]:
    if isinstance(value, tuple):
        for part in value:
            yield from _flat(part)
    else:
        yield value


class _Reader(Reader):
    """Reads lines without a network: letter, layer above, indices below; adjoints as quotients."""

    def __init__(self) -> None:
        self.leaves: dict[str, Leaf] = {}
        self.functions = {}

    def _symbol(self, node: sp.Expr) -> Leaf:
        texts = tuple(index_text(i) for i in getattr(node, "indices", ()))
        name = name_of(node)
        if not name.startswith(GRADIENT):
            return self._quantity(name, texts)
        parts = []
        for symbol in (
            self._quantity(LOSS, ()),
            self._quantity(name.removeprefix(GRADIENT), texts),
        ):
            self.leaves[symbol.key] = symbol
            parts.append(Name(symbol.key))
        return Quotient(*parts)

    def _quantity(self, name: str, texts: tuple[str, ...]) -> Symbol:
        layer = re.search(r"\d+$", name)
        slots = {"indices": texts, "layer": (layer[0],) if layer else ()}
        key = f"{name}[{','.join(texts)}]" if texts else name
        return generic(name).filled(key, slots) or Symbol(key, name)

    def index(self, index: sp.Expr) -> str:
        return index_text(index)

    def _part(self, node: sp.Expr) -> Node:
        return self.tree(node)


def _math(left: sp.Expr | None, right: sp.Expr | None) -> Html:
    """An equation in index notation, or a side of it, as a <math> element."""
    parts = []
    for expr in (left, right):
        if expr is not None:
            reader = _Reader()
            node = arranged(reader.tree(expr), reader.leaves)
            parts.append(fragment(Formula(node, MappingProxyType(reader.leaves))))
    equals = operator("=") if right is not None else ""
    before, after = (parts[0], "".join(parts[1:])) if left is not None else ("", parts[0])
    return Html(f'<math displaystyle="true">{before}{equals}{after}</math>')


def line_html(line: Line) -> str:
    """One equation, and below it the steps that lead to it.

    >>> from symbp.pipeline import derive
    >>> from symbp.spec import Network
    >>> shown = line_html(derive(Network(sizes=[2, 2])).line("dW1"))
    >>> "chain rule" in shown, "<mfrac" in shown
    (True, True)
    """
    steps = _steps(line.steps)
    equation = _math(line.equation.target, line.equation.rhs)
    origin = f" <small>{escape(line.equation.origin)}</small>" if line.equation.origin else ""
    return f"<p>[{line.number}] {equation}{origin}</p>{steps}"


def _steps(steps: tuple[Step, ...]) -> str:
    if not steps:
        return ""
    items = "".join(
        f"<li><i>{escape(s.rule)}</i>: {_math(s.before, s.after)}<br>"
        f"<small>{escape(s.reason)}{escape(f'; {s.source}') if s.source else ''}</small></li>"
        for s in steps
    )
    return f"<ol>{items}</ol>"


def derivation_html(derivation: Derivation) -> str:
    """Every line with its number; in a small derivation the steps of each are folded below it.

    Above 400 lines the middle is left out, and says so.

    >>> from symbp.pipeline import derive
    >>> from symbp.spec import Network
    >>> shown = derivation_html(derive(Network(sizes=[2, 2])))
    >>> shown.count("<math ") > 10, "[5]" in shown, "<details>" in shown
    (True, True, True)
    """
    lines, few = derivation.lines, len(derivation.lines) <= MOST_STEPS
    rows: list[list[object]] = []
    for line in lines:
        if len(lines) > MOST_LINES and MOST_LINES // 2 <= line.number <= len(lines) - 100:
            hidden = len(lines) - 100 - MOST_LINES // 2 + 1
            if line.number == MOST_LINES // 2:
                rows.append([f"{hidden} more lines: derivation.line(name) shows one"])
            continue
        if line.number == len(derivation.forward) + 1:
            rows.append(["backward pass"])
        folded = _steps(line.steps) if few else ""
        if folded:
            folded = f"<details><summary>steps</summary>{folded}</details>"
        rows.append([
            f"[{line.number}]", _math(line.equation.target, None),
            Html(f"{_math(None, line.equation.rhs)}{folded}"), line.equation.origin,
        ])  # fmt: skip
    return html_table("forward pass", ("", "", "", ""), rows)


def evaluation_html(evaluation: Evaluation) -> str:
    """Each line as formula = numbers put in = value.

    >>> from symbp.pipeline import evaluate
    >>> from symbp.spec_file import worked_example
    >>> "≈ 0.562177" in evaluation_html(evaluate(worked_example()))
    True
    """
    rows: list[list[object]] = []
    for section, heading in SECTIONS.items():
        found = evaluation.section(section)
        rows += [[heading]] * bool(found)
        for line in found:
            parts = (line.put_in, line.symbolic)
            put_in = " = ".join(p for p in parts if p not in ("", line.text))
            value = f"{line.relation} {line.text}"
            cells = (line.name, f"= {line.formula}", f"= {put_in}" if put_in else "")
            rows.append(
                [
                    f"[{line.line}]",
                    *map(_code, cells),
                    Html(f'<b style="white-space: nowrap">{escape(value)}</b>'),
                ]
            )
    note = f"≈ is rounded to {evaluation.digits} significant digits, all of them right; = is exact."
    return html_table("", ("line", "quantity", "formula", "numbers", "value"), rows, note)


def _code(text: str) -> Html:
    return Html(f"<code>{escape(text)}</code>" if text else "")


def study_html(study: Study) -> str:
    """The formulas and every property that was found."""
    from symbp.study.view import LEGEND, formula_text, study_rows

    z = study.letter
    heads = (f"f({z})", f"f'({z})", f"f''({z})")
    rows: list[list[object]] = [
        [head, _code(formula_text(f))]
        for head, f in zip(heads, (study.formula, study.first, study.second), strict=True)
    ]
    last = ""
    for label, text in study_rows(study):
        rows.append(["" if label == last else label, text])
        last = label
    return html_table("", ("", ""), rows, LEGEND)
