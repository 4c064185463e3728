"""A document as one HTML file: MathML, inline SVG, no script, no request.

Input: a `Document`.  Output: the text of an .html file.  Imports model, mathml, diagram, templates.

How a page finds its parts: an equation has the id `eq-` and its number, a step `eq-` and its
letter, a symbol's row of the table `q-` and the quantity, a factor's `f-` and its name, a function
`def-` and its key.  Every place where a symbol, factor or number is written has an id of its own,
o1, o2, .. in reading order, and a `data-s`, the same in all notations (see mathml).  Its link is an
<a> behind the formula that the style lays over it, so that the MathML is nothing but the formula.
"""

from __future__ import annotations

from base64 import b64encode
from collections import defaultdict
from collections.abc import Mapping
from html import escape

from symbp.backends.templates import render
from symbp.document.diagram import svg
from symbp.document.formula import Applied, Formula, Quotient
from symbp.document.mathml import fragment, fragments
from symbp.document.mathml_parts import operator
from symbp.document.model import (
    Block,
    Chart,
    Code,
    CodeLine,
    Document,
    Equations,
    Inline,
    Listing,
    Paragraph,
    Picture,
    Points,
    Ref,
    Row,
    Section,
    Steps,
    Table,
    Text,
)
from symbp.document.symbols import Symbol
from symbp.document.width import width
from symbp.evaluate.lines import RATE
from symbp.tree import Name

ROOM, CELL = 40.0, 21.0  # em on a line of an equation, and of a cell of a table
NARROW = 15.0  # em that fit on a telephone
INDENT, GAP = 1.5, 1.0  # em ahead of a line that goes on, and between columns


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
        pictures=bool(document.charts),
        sections=[
            {
                "key": s.key,
                "title": s.heading,
                "level": s.level + 1,
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
        self.defined, self.listed, self.meanings = definitions(document)
        self.written: set[str] = set()
        self.here = ""
        self.count = 0
        self.links: list[str] = []

    def address(self, key: str, symbol: Symbol | None) -> str:
        """Where a symbol or factor is defined, "" for nowhere; in its own equation the table."""
        quantity = symbol.quantity if symbol else key.strip("(").partition("[")[0]
        found = self.defined.get(key) or self.defined.get(quantity, "")
        if found == self.here:
            found = self.listed.get(quantity, "")
        return "" if found == self.here else found

    def mark(self, key: str, symbol: Symbol | None) -> str:
        """The attributes of one place of a symbol, factor or number; its link is kept for later."""
        where = self.address(key, symbol)
        place, name = self.place(key, symbol), f"o{self.count}"
        anchor = f' style="anchor-name:--{name}"' if where else ""
        if where:
            meaning = self.meanings.get(symbol.quantity if symbol else "", "")
            title = f' title="{escape(meaning)}"' if meaning else ""
            self.links.append(f'<a href="#{escape(where)}" tabindex="-1"{title} '
                              f'style="position-anchor:--{name}"></a>')  # fmt: skip
        return f"{place}{anchor}"

    def place(self, key: str, symbol: Symbol | None) -> str:
        """The id and the key of one place."""
        self.count += 1
        return f' id="o{self.count}" data-s="{escape(key)}"'

    def linked(self) -> str:
        """The links of the formulas written since the last call."""
        links, self.links = self.links, []
        return f'<span aria-hidden="true">{"".join(links)}</span>' if links else ""

    def math(self, inside: str) -> str:
        """A formula in running text."""
        shown = f"<math>{inside}</math>{self.linked()}"
        return f'<span class="m">{shown}</span>'

    def block(self, block: Block, section: Section) -> str:
        match block:
            case Paragraph(text):
                return f"<p>{self.text(text)}</p>"
            case Equations(rows):
                left = max((width(row.left) for row in rows), default=0.0)
                shown = "\n".join(self.row(row, left) for row in rows)
                return f'<div class="eqs" style="--left:{left:.1f}em">{shown}</div>'
            case Steps():
                return self.steps(block)
            case Table():
                return self.table(block, section.key)
            case Listing(lines):
                return self.listing(lines)
            case Picture():
                return svg(block, self.place)
            case Points(items):
                return f"<ul>{''.join(f'<li>{self.text(item)}</li>' for item in items)}</ul>"
            case Chart(_, description, png):
                data = f"data:image/png;base64,{b64encode(png).decode()}"
                said = escape(description)
                caption = f'<figcaption aria-hidden="true">{said}</figcaption>'
                return f'<figure><img src="{data}" alt="{said}">{caption}</figure>'

    def text(self, text: Text) -> str:
        return "".join(map(self.inline, text))

    def inline(self, part: Inline) -> str:
        match part:
            case str():
                return escape(part)
            case Formula():
                return self.math(fragment(part, self.mark))
            case Code(text):
                return f"<code>{escape(text)}</code>"
            case Ref(number):
                label, where = f"({escape(number)})", self.target(number)
                return f'<a href="#eq-{where}">{label}</a>' if where else label

    def target(self, number: str) -> str:
        """The equation that a reference leads to: of a line written entry by entry the first."""
        found = (n for n in (number, f"{number}.1") if n in self.numbers)
        return next(found, "")

    def row(self, row: Row, left: float) -> str:
        """One equation with its number, and beside it the code that computes it."""
        where = f"eq-{row.number}" if row.number else ""
        if not row.number and (name := _function(row)):
            where = f"def-{name}"
        if where in self.written:  # an id stands once
            where = ""
        self.written.add(where)
        self.here = where
        math = self.aligned(row, left)
        self.here = ""
        number = ""
        if row.number:
            number = f'<a class="number" href="#eq-{row.number}">({escape(row.number)})</a>'
        note = f'<span class="note">{self.text(row.note)}</span>' if row.note else ""
        code = "".join(f"<code>{escape(line)}</code>" for line in self.lines(row.number))
        beside = f'<div class="beside">{code}{note}</div>' if note or code else ""
        mark = f' id="{escape(where)}"' if where else ""
        return f'<div class="eq"{mark}><div class="body">{math}{beside}</div>{number}</div>'

    def lines(self, number: str) -> list[str]:
        """The code of an equation; of a line written entry by entry beside the first."""
        stem, _, entry = number.removeprefix("M").partition(".")
        shown = not entry or (entry == "1" and stem not in self.numbers)
        return self.code.get(stem, []) if shown else []

    def aligned(self, row: Row, least: float = 0.0) -> str:
        """An equation as a table, aligned at its relations, long sides over several lines."""
        left = fragment(row.left, self.mark)
        lines: list[str] = []
        widest = 0.0
        for relation, formula in row.rights:
            parts, wide = fragments(formula, ROOM, self.mark)
            widest = max(widest, wide + INDENT * (len(parts) > 1))
            for k, part in enumerate(parts):
                sign = operator(relation) if not k else ""
                inner = f'<mspace width="{INDENT}em"/>{part}' if k else part
                cells = (left if not lines else "", sign, inner)
                lines.append(f"<mtr>{''.join(f'<mtd>{cell}</mtd>' for cell in cells)}</mtr>")
        table = f'<mtable class="rows">{"".join(lines)}</mtable>'
        wide = max(width(row.left), least) + 2 + widest
        return self.scrolled(f'<math display="block">{table}</math>', wide, "math")

    def scrolled(self, shown: str, wide: float, kind: str) -> str:
        """What scrolls by itself, and can be reached by the keyboard if it has to."""
        focus = ' tabindex="0"' if wide > NARROW else ""
        size = f' style="--w:{1.05 * wide:.0f}"' if wide > NARROW else ""
        return f'<div class="{kind}"{focus}{size}>{shown}{self.linked()}</div>'

    def steps(self, block: Steps) -> str:
        """The steps of an equation, folded away."""
        found = []
        for step in block.steps:
            self.here = f"eq-{step.row.number}"
            math = self.aligned(step.row)
            source = f"; {escape(step.source)}" if step.source else ""
            found.append(
                f'<li id="{self.here}"><span class="rule">({step.row.number}) '
                f"{escape(step.rule)}</span>{math}"
                f'<span class="reason">{self.text(step.reason)}{source}</span></li>'
            )
            self.here = ""
        heading = escape(self.words["steps"].replace("{equation}", f"({block.number})"))
        return f"<details open><summary>{heading}</summary><ol>{''.join(found)}</ol></details>"

    def table(self, block: Table, section: str) -> str:
        """A table; in those of symbols and factors each row can be linked to."""
        heads = "".join(f'<th scope="col">{self.text(h)}</th>' for h in block.heads)
        head = f"<thead><tr>{heads}</tr></thead>" if any(block.heads) else ""
        widths = [_length(h) for h in block.heads]
        rows = []
        for row in block.rows:
            self.here = row_id(section, row)
            where = f' id="{escape(self.here)}"' if self.here else ""
            cells = ""
            for k, text in enumerate(row):
                cell, wide = self.cell(text)
                widths[k] = max(widths[k], wide)
                cells += f"<td>{cell}</td>"
            rows.append(f"<tr{where}>{cells}</tr>")
        self.here = ""
        caption = f"<caption>{self.text(block.caption)}</caption>" if block.caption else ""
        table = f"<table>{caption}{head}<tbody>{''.join(rows)}</tbody></table>"
        return self.scrolled(table, sum(widths) + GAP * len(widths), "table")

    def cell(self, text: Text) -> tuple[str, float]:
        """A cell and its width; a long formula alone in it goes over several lines."""
        if len(text) != 1 or not isinstance(text[0], Formula):
            return self.text(text), _length(text)
        parts, wide = fragments(text[0], CELL, self.mark)
        if len(parts) == 1:
            return self.math(parts[0]), wide
        lines = "".join(f"<mtr><mtd>{part}</mtd></mtr>" for part in parts)
        return self.math(f'<mtable class="rows">{lines}</mtable>'), wide

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


def definitions(document: Document) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Where each symbol and factor is defined, its row of the table, and what it is, by key.

    An equation defines what stands on its left, the table of symbols what is given, the table of
    factors the factors of the chain rule, and a row with a function's name the function.
    """
    found: dict[str, str] = {}
    for _, row in document.rows():
        name = row.left.node.text if isinstance(row.left.node, Name) else ""
        if not row.number:
            if function := _function(row):
                found.setdefault(function, f"def-{function}")
            continue
        if row.number[-1].isalpha() or row.number.startswith("M"):
            continue
        match row.left.leaves.get(name):
            case Symbol() as symbol:
                for key in (symbol.key, symbol.quantity):
                    found.setdefault(key, f"eq-{row.number}")
            case Quotient():
                found.setdefault(name.partition("[")[0], f"eq-{row.number}")
    listed, meanings = {}, {}
    for section in document.sections:
        if section.key == "update":
            found.setdefault(RATE, "update")
        for block in section.blocks:
            for cells in block.rows if isinstance(block, Table) else ():
                where = row_id(section.key, cells)
                kind, _, key = where.partition("-")
                if where:
                    found.setdefault(key, where)
                if kind == "q":
                    listed[key] = where
                    meanings[key] = "".join(part for part in cells[1] if isinstance(part, str))
    return found, listed, meanings


def row_id(section: str, cells: tuple[Text, ...]) -> str:
    """The id of a row that defines a symbol or a factor, "" for any other."""
    first = cells[0][0] if cells and cells[0] else None
    if not isinstance(first, Formula):
        return ""
    if section == "notation":
        return f"q-{first.symbols[-1].quantity}"
    factor = first.node.text if isinstance(first.node, Name) else ""
    is_factor = section == "weights" and isinstance(first.leaves.get(factor), Quotient)
    return f"f-{factor}" if is_factor else ""


def _function(row: Row) -> str:
    """The key of the function that a row without a number defines: h of h(u) = .."""
    name = row.left.node.text if isinstance(row.left.node, Name) else ""
    match row.left.leaves.get(name):
        case Applied(function, 0, _):
            return function.key
    return ""


def _length(text: Text) -> float:
    """About how wide running text is, in em: words can go over several lines."""
    return sum(
        width(p) if isinstance(p, Formula) else min(0.55 * len(str(getattr(p, "text", p))), 7)
        for p in text
    )
