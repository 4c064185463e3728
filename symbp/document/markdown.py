"""A document as Markdown with LaTeX formulas, as GitHub, Jupyter and many editors show it.

Input: a `Document`.  Output: the text of a .md file.  Imports model, tex, breaking and templates.
"""

from __future__ import annotations

import re

from symbp.backends.templates import render
from symbp.document.breaking import lines, width
from symbp.document.formula import Formula
from symbp.document.latex_document import RELATIONS
from symbp.document.model import (
    Block,
    Chart,
    Code,
    Document,
    Equations,
    Inline,
    Listing,
    Paragraph,
    Picture,
    Points,
    Ref,
    Row,
    Steps,
    Table,
    Text,
)
from symbp.document.tex import tex

ROOM = 90.0
SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|$~])")


def markdown(document: Document) -> str:
    """The Markdown of a document.

    >>> from symbp.document.build import build_document
    >>> from symbp.document.tables import builtin
    >>> from symbp.pipeline import derive
    >>> from symbp.spec import Network
    >>> net = Network(sizes=[2, 2, 2])
    >>> text = markdown(build_document(net, derive(net), builtin("prml"), parts=["forward"]))
    >>> text.splitlines()[4]
    '## Forward pass'
    """
    writer = _Writer(document)
    return render(
        "markdown/document.md.j2",
        title=escape(document.title),
        subtitle=escape(document.subtitle),
        sections=[
            {
                "mark": "#" * (s.level + 1),
                "title": escape(s.heading),
                "blocks": [writer.block(b).strip() for b in s.blocks],
            }
            for s in document.sections
        ],
    )


def escape(text: str) -> str:
    """Free text for Markdown: nothing in it is markup, and it stays on its line.

    >>> print(escape("a_b *c* {{d}} <e>"))
    a\\_b \\*c\\* \\{\\{d\\}\\} \\<e\\>
    """
    shown = "".join(c if c.isprintable() else " " for c in text)
    return SPECIAL.sub(r"\\\1", shown)


class _Writer:
    """Writes blocks; knows where the files of pictures are."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def block(self, block: Block) -> str:
        match block:
            case Paragraph(text):
                return self.text(text)
            case Equations(rows):
                return "\n\n".join(map(self.row, rows))
            case Steps():
                return self.steps(block)
            case Table():
                return self.table(block)
            case Listing():
                code = "\n".join(line.text for line in block.lines)
                return f"```python\n{code}\n```"
            case Picture():
                return self.picture(block)
            case Points(items):
                return "\n".join(f"- {self.text(item)}" for item in items)
            case Chart(_, description, _):
                shown = escape(description)
                return f"![{shown}]({self.document.chart_path(block)})\n\n*{shown}*"

    def text(self, text: Text) -> str:
        return "".join(map(self.inline, text))

    def inline(self, part: Inline) -> str:
        match part:
            case str():
                return escape(part)
            case Formula():
                return f"${tex(part)}$"
            case Code(text):
                return f"`{text.replace('`', chr(39))}`"
            case Ref(number):
                return f"({number})"

    def row(self, row: Row) -> str:
        """One equation, over several lines where it is long, with its number."""
        left = tex(row.left)
        room = ROOM - width(left)
        parts = [(RELATIONS[relation], lines(f, room)) for relation, f in row.rights]
        tag = rf" \tag{{{row.number}}}" if row.number else ""
        if len(parts) == 1 and len(parts[0][1]) == 1:
            mark, (only,) = parts[0]
            return f"$$\n{left} {mark} {only}{tag}\n$$"
        made = []
        for mark, (first, *more) in parts:
            made += [f"& {mark} {first}", *(rf"& \quad {{}} {piece}" for piece in more)]
        body = " \\\\\n".join(made)
        return f"$$\n\\begin{{aligned}}\n{left} {body}\n\\end{{aligned}}{tag}\n$$"

    def steps(self, block: Steps) -> str:
        found = []
        for step in block.steps:
            ((_, right),) = step.row.rights
            source = f"; {escape(step.source)}" if step.source else ""
            shown = f"${tex(step.row.left)} = {tex(right)}$"
            found.append(
                f"- ({step.row.number}) *{escape(step.rule)}*: {shown}  \n"
                f"  {self.text(step.reason)}{source}"
            )
        return "\n".join(found)

    def table(self, block: Table) -> str:
        head = "| " + " | ".join(self.text(h) or " " for h in block.heads) + " |"
        rule = "|" + " --- |" * len(block.heads)
        rows = ["| " + " | ".join(self.cell(c) for c in row) + " |" for row in block.rows]
        caption = [f"**{self.text(block.caption)}**", ""] if block.caption else []
        return "\n".join([*caption, head, rule, *rows])

    def cell(self, text: Text) -> str:
        """Text in a table, where a bar would end the cell."""
        return re.sub(r"(?<!\\)\|", r"\\vert ", self.text(text)) or " "

    def picture(self, picture: Picture) -> str:
        return f"{escape(picture.description)}"
