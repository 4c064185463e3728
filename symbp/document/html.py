"""A document as one HTML file: MathML, inline SVG, no script, no request.

Input: a `Document`.  Output: the text of an .html file.  Imports model, mathml, diagram, templates.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from html import escape

from symbp.backends.templates import render
from symbp.document.diagram import svg
from symbp.document.formula import Formula, Quotient
from symbp.document.mathml import fragment, mathml, operator
from symbp.document.model import (
    Block,
    Code,
    CodeLine,
    Document,
    Equations,
    Inline,
    Listing,
    Paragraph,
    Picture,
    Ref,
    Row,
    Section,
    Steps,
    Table,
    Text,
)
from symbp.document.symbols import Symbol
from symbp.tree import Name


def html_document(document: Document) -> str:
    """The HTML of a document.

    >>> from symbp.document.build import build_document
    >>> from symbp.document.tables import builtin
    >>> from symbp.pipeline import derive
    >>> from symbp.spec import Network
    >>> net = Network(sizes=[2, 2, 2], title="<b>&")
    >>> text = html_document(build_document(net, derive(net), builtin("prml")))
    >>> "<h1>&lt;b&gt;&amp;</h1>" in text, 'id="eq-6"' in text
    (True, True)
    """
    from markupsafe import Markup

    writer = _Writer(document)
    return render(
        "html/document.html.j2",
        lang={"en": "en", "zh": "zh-CN"}[document.lang],
        title=document.title,
        subtitle=document.subtitle,
        made=document.words["made"],
        contents=document.words["contents"],
        sections=[
            {
                "key": s.key,
                "title": s.title,
                "blocks": [Markup(writer.block(b, s)) for b in s.blocks],
            }
            for s in document.sections
        ],
    )


class _Writer:
    """Writes blocks; knows where each symbol is defined and which code computes an equation."""

    def __init__(self, document: Document) -> None:
        self.numbers = document.numbers
        self.words = document.words
        self.code = _code(document)
        self.defined = _definitions(document)
        self.written: set[str] = set()

    def address(self, symbol: Symbol) -> str:
        """Where a symbol is defined, "" where it is not."""
        return self.defined.get(symbol.key) or self.defined.get(symbol.quantity, "")

    def block(self, block: Block, section: Section) -> str:
        match block:
            case Paragraph(text):
                return f"<p>{self.text(text)}</p>"
            case Equations(rows):
                return "\n".join(map(self.row, rows))
            case Steps():
                return self.steps(block)
            case Table():
                return self.table(block, section.key == "notation")
            case Listing(lines):
                return self.listing(lines)
            case Picture():
                return svg(block)

    def text(self, text: Text) -> str:
        return "".join(map(self.inline, text))

    def inline(self, part: Inline) -> str:
        match part:
            case str():
                return escape(part)
            case Formula():
                return mathml(part, address=self.address)
            case Code(text):
                return f"<code>{escape(text)}</code>"
            case Ref(number):
                label, where = f"({escape(number)})", self.target(number)
                return f'<a href="#eq-{where}">{label}</a>' if where else label

    def target(self, number: str) -> str:
        """The equation that a reference leads to: of a line written entry by entry the first."""
        found = (n for n in (number, f"{number}.1") if n in self.numbers)
        return next(found, "")

    def row(self, row: Row) -> str:
        """One equation with its number, and below it the code that computes it."""
        left = fragment(row.left, self.address)
        lines = []
        for k, (relation, formula) in enumerate(row.rights):
            first = left if not k else ""
            right = fragment(formula, self.address)
            cells = (first, operator(relation), right)
            lines.append(f"<mtr>{''.join(f'<mtd>{cell}</mtd>' for cell in cells)}</mtr>")
        shown = f'<math display="block"><mtable class="rows">{"".join(lines)}</mtable></math>'
        number, where = "", ""
        if row.number and row.number not in self.written:
            self.written.add(row.number)
            where = f' id="eq-{row.number}"'
        if row.number:
            number = f'<a class="number" href="#eq-{row.number}">({escape(row.number)})</a>'
        note = f'<span class="note">{self.text(row.note)}</span>' if row.note else ""
        code = "".join(f"<code>{escape(line)}</code>" for line in self.code.get(row.number, ()))
        beside = f'<div class="beside">{note}{code}</div>' if note or code else ""
        math = f'<div class="math" tabindex="0">{shown}</div>'
        return f'<div class="eq"{where}>{math}{number}{beside}</div>'

    def steps(self, block: Steps) -> str:
        """The steps of an equation, folded away."""
        found = []
        for step in block.steps:
            ((relation, right),) = step.row.rights
            left = fragment(step.row.left, self.address)
            formula = f"<math>{left}{operator(relation)}{fragment(right, self.address)}</math>"
            source = f"; {escape(step.source)}" if step.source else ""
            found.append(
                f'<li id="eq-{step.row.number}"><span class="rule">({step.row.number}) '
                f'{escape(step.rule)}</span> <span class="math" tabindex="0">{formula}</span>'
                f'<span class="reason">{self.text(step.reason)}{source}</span></li>'
            )
        heading = escape(self.words["steps"].replace("{equation}", f"({block.number})"))
        return f"<details open><summary>{heading}</summary><ol>{''.join(found)}</ol></details>"

    def table(self, block: Table, symbols: bool) -> str:
        """A table; in that of symbols each row can be linked to."""
        heads = "".join(f'<th scope="col">{self.text(h)}</th>' for h in block.heads)
        head = f"<thead><tr>{heads}</tr></thead>" if any(block.heads) else ""
        rows = []
        for row in block.rows:
            where = ""
            if symbols and isinstance(row[0][0], Formula):
                where = f' id="q-{escape(row[0][0].symbols[-1].quantity)}"'
            rows.append(f"<tr{where}>{''.join(f'<td>{self.text(c)}</td>' for c in row)}</tr>")
        caption = f"<caption>{self.text(block.caption)}</caption>" if block.caption else ""
        body = "".join(rows)
        table = f"<table>{caption}{head}<tbody>{body}</tbody></table>"
        return f'<div class="table" tabindex="0">{table}</div>'

    def listing(self, lines: tuple[CodeLine, ...]) -> str:
        """Code, with links to the equations."""
        found = []
        for line in lines:
            text = escape(line.text)
            where = self.target(line.number)
            if where:
                mark = f"[{line.number}]"
                text = text.replace(mark, f'<a href="#eq-{where}">{mark}</a>')
            found.append(text)
        return f'<pre tabindex="0"><code>{chr(10).join(found)}</code></pre>'


def _code(document: Document) -> Mapping[str, list[str]]:
    """The lines of code that compute each equation."""
    found: dict[str, list[str]] = defaultdict(list)
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Listing):
                for line in block.lines:
                    bare = line.text.partition("  # ")[0].strip()
                    if line.number and "values[" not in bare and bare not in found[line.number]:
                        found[line.number].append(bare)
    return found


def _definitions(document: Document) -> dict[str, str]:
    """For each symbol the id of its equation, for what is given that of its row of the table."""
    found: dict[str, str] = {}
    for _, row in document.rows():
        name = row.left.node.text if isinstance(row.left.node, Name) else ""
        if not row.number or row.number[-1].isalpha() or row.number.startswith("M"):
            continue
        match row.left.leaves.get(name):
            case Symbol() as symbol:
                for key in (symbol.key, symbol.quantity):
                    found.setdefault(key, f"eq-{row.number}")
            case Quotient():
                found.setdefault(name.partition("[")[0], f"eq-{row.number}")
    for section in document.sections:
        if section.key == "notation":
            for block in section.blocks:
                for cells in block.rows if isinstance(block, Table) else ():
                    if isinstance(cells[0][0], Formula):
                        name = cells[0][0].symbols[-1].quantity
                        found.setdefault(name, f"q-{name}")
    return found
