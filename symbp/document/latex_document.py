"""A document as LaTeX, for xelatex, and in English for pdflatex too.

Input: a `Document`.  Output: the source of a .tex file.  Imports model, tex and breaking.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import groupby

from symbp.backends.templates import render
from symbp.document.breaking import ROOM, lines, running, width
from symbp.document.formula import Formula
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
    Section,
    Steps,
    Table,
    Text,
)
from symbp.document.tex import BREAK, escape, is_chinese, tex

RELATIONS = {"=": "=", "≈": r"\approx", "←": r"\leftarrow"}
PAGE = 16.0  # centimetres of text
SPACE = 0.35  # between two columns of a table
KEPT = 16  # so many lines of a chain of equalities stay on one page
WORD_SPACE = 0.6  # letters
# Sizes of the letters of a table, and how wide one is in them; the first in which words fit.
FONTS = ((r"\small", 0.19), (r"\footnotesize", 0.17), (r"\scriptsize", 0.148), (r"\tiny", 0.118))


def latex_document(document: Document) -> str:
    """The LaTeX source of a document.

    >>> from symbp.document.build import build_document
    >>> from symbp.document.tables import builtin
    >>> from symbp.pipeline import derive
    >>> from symbp.spec import Network
    >>> net = Network(sizes=[2, 2, 2], title="100% {{hand-made}}")
    >>> text = latex_document(build_document(net, derive(net), builtin("prml"), parts=["forward"]))
    >>> r"{\\LARGE 100\\% \\{\\{hand-made\\}\\}\\par}" in text, r"\\tag{1}" in text
    (True, True)
    """
    writer = _Writer(document)
    return render(
        "tex/document.tex.j2",
        made=document.words["made"],
        chinese=document.lang == "zh" or any(map(is_chinese, document.title)),
        plain=document.lang != "zh",  # Chinese words in a document that is not Chinese
        title=escape(document.title),
        subtitle=escape(document.subtitle),
        sections=[
            {"heading": writer.heading(s), "body": writer.body(s.blocks)} for s in document.sections
        ],
    )


class _Writer:
    """Writes blocks; knows which equations there are, and where the files of pictures are."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.numbers = document.numbers
        self.numbered = any(section.number for section in document.sections)

    def heading(self, section: Section) -> str:
        """The command of a heading; LaTeX counts only where headings have no numbers."""
        kind = "section" if section.level == 1 else "subsection"
        star = "*" if self.numbered else ""
        return rf"\{kind}{star}{{{escape(section.heading)}}}"

    def body(self, blocks: tuple[Block, ...]) -> str:
        """The blocks of a section; no empty line before a display, which would add space."""
        found = ""
        for block in blocks:
            gap = "" if not found else "\n" if isinstance(block, Equations) else "\n\n"
            found += gap + self.block(block).strip("\n")
        return found

    def block(self, block: Block) -> str:
        match block:
            case Paragraph(text):
                return self.text(text)
            case Equations(rows):
                return "".join(self.align(part) for part in _in_pages(rows))
            case Steps():
                return self.steps(block)
            case Table():
                return self.table(block)
            case Listing():
                return self.listing(block)
            case Picture():
                from symbp.document.diagram import tikz

                return tikz(block)
            case Points(items):
                found = (rf"\item {self.text(item)}" for item in items)
                return "\n".join([r"\begin{itemize}", *found, r"\end{itemize}"])
            case Chart():
                size = r"width=0.9\linewidth,height=0.6\textheight,keepaspectratio"
                shown = rf"\includegraphics[{size}]{{{self.document.chart_path(block)}}}"
                caption = rf"\reason{{{escape(block.description)}}}"
                return rf"\begin{{center}}{shown}\par {caption}\end{{center}}"

    def text(self, text: Text, room: float = 2 * ROOM) -> str:
        return "".join(self.inline(part, room) for part in text)

    def inline(self, part: Inline, room: float = 2 * ROOM) -> str:
        match part:
            case str():
                return escape(part)
            case Formula():
                return rf"\({running(part, room)}\)"
            case Code(text):
                return rf"\texttt{{{escape(text)}}}"
            case Ref(number):
                label, where = f"({escape(number)})", self.target(number)
                return rf"\hyperref[eq:{where}]{{{label}}}" if where else label

    def cell(self, text: Text, room: float) -> str:
        """The text of a cell; a line with a fraction is as high as one in a display."""
        found = self.text(text, room)
        return found.replace(r"\(", r"\(\tall ") if r"\frac" in found else found

    def target(self, number: str) -> str:
        """The equation that a reference leads to: of a line written entry by entry the first."""
        found = (n for n in (number, f"{number}.1") if n in self.numbers)
        return next(found, "")

    def align(self, rows: tuple[Row, ...]) -> str:
        """Rows aligned at their first relation; long ones over several lines."""
        found = ""
        for row in rows:
            left = tex(row.left)
            room = max(ROOM - width(left), ROOM / 2)
            made: list[str] = []
            for relation, formula in row.rights:
                first, *more = lines(formula, room)
                made.append(f"& {RELATIONS[relation]} {first}")
                made += [rf"& \quad {{}} {piece}" for piece in more]
            made[0] = f"{left} {made[0]}"
            made[-1] += self.mark(row)
            end = " \\notag \\\\*\n" if len(made) <= KEPT else " \\notag \\\\\n"
            found += (" \\\\\n" if found else "") + end.join(made)
        return f"\\begin{{align}}\n{found}\n\\end{{align}}\n"

    def mark(self, row: Row) -> str:
        if row.number:
            return rf" \tag{{{row.number}}}\label{{eq:{row.number}}}"
        see = [part for part in row.note if isinstance(part, Ref)]
        return rf" \tag*{{{self.inline(see[0])}}}" if see else r" \notag"

    def steps(self, block: Steps) -> str:
        """Each step as a small item: rule, equality, reason."""
        found = [r"\begin{list}{}{\leftmargin=1.6em\itemsep=1pt\parsep=1pt\topsep=2pt}"]
        for step in block.steps:
            ((_, right),) = step.row.rights
            source = f"; {escape(step.source)}" if step.source else ""
            reason = rf"\reason{{{self.text(step.reason)}{source}}}"
            rule = rf"\item[({escape(step.row.number)})] \textit{{{escape(step.rule)}}}"
            found.append(f"{rule}: {self.equality(step.row.left, right)}\\\\ {reason}")
        return "\n".join([*found, r"\end{list}", ""])

    def equality(self, left: Formula, right: Formula) -> str:
        """left = right in a list; over several lines where it is long."""
        first, last = lines(left, ROOM), lines(right, ROOM - 4)
        whole = sum(map(width, (*first, *last)))
        if whole < ROOM - 16:
            return rf"\(\displaystyle {first[0]} = {last[0]}\)"
        if len(first) == 1 and width(first[0]) < ROOM / 3:
            last = lines(right, ROOM - 4 - max(0, width(first[0]) - 8))
            rows = [f"{first[0]} & = {last[0]}", *(rf"& \quad {{}} {x}" for x in last[1:])]
        else:
            rows = [f"& {first[0]}", *(rf"& \quad {{}} {x}" for x in first[1:])]
            rows += [f"& = {last[0]}", *(rf"& \quad {{}} {x}" for x in last[1:])]
        body = " \\\\\n".join(rows)
        return f"\\\\\n\\(\\begin{{aligned}}[t]\n{body}\n\\end{{aligned}}\\)"

    def table(self, block: Table) -> str:
        """A long table with columns as wide as what stands in them asks for."""
        count = len(block.heads)
        heads = [self.text(h) for h in block.heads]
        columns = [[row[k] for row in block.rows] for k in range(count)]
        wanted = [
            max([_natural(heads[k]), *(_natural(self.text(c)) for c in columns[k])]) + 1
            for k in range(count)
        ]
        least = [
            max([_longest(block.heads[k]), *(_longest(c) for c in columns[k])])
            for k in range(count)
        ]
        room = PAGE - SPACE * (count + 1)
        fitting = (f for f in FONTS if sum(least) * f[1] <= room)
        font, letter = next(fitting, FONTS[-1])
        widths = _shared(wanted, least, room / letter)
        cells = [[self.cell(c, w) for c, w in zip(row, widths, strict=True)] for row in block.rows]
        layout = "".join(f"P{{{w * letter:.2f}cm}}" for w in widths)
        bold = " & ".join(rf"\textbf{{{h}}}" for h in heads)
        head = f"\\toprule\n{bold} \\\\ \\midrule" if any(heads) else "\\toprule"
        caption = rf"\caption*{{\textbf{{{self.text(block.caption)}}}}} \\" if block.caption else ""
        first = f"{caption}\n{head}\\endfirsthead\n" if caption else ""
        rows = " \\\\\n".join(" & ".join(row) for row in cells)
        return (
            f"{{{font}\\setlength{{\\tabcolsep}}{{{SPACE / 2:.2f}cm}}"
            f"\\renewcommand{{\\arraystretch}}{{1.3}}\n"
            f"\\begin{{longtable}}[l]{{@{{}}{layout}@{{}}}}\n{first}{head}\\endhead\n"
            f"{rows} \\\\ \\bottomrule\n\\end{{longtable}}}}\n"
        )

    def listing(self, block: Listing) -> str:
        """Code line by line, with links to the equations."""
        found = []
        for line in block.lines:
            text = escape(line.text).replace(" ", "~").replace("'", r"\textquotesingle{}")
            text = text.replace("--", "-{}-")
            where = self.target(line.number)
            if where:
                mark = f"[{line.number}]"
                text = text.replace(mark, rf"\hyperref[eq:{where}]{{{mark}}}")
            found.append(rf"\texttt{{{text}}}" if text else r"\strut")
        body = "\\\\\n".join(found)
        return f"{{\\scriptsize\\raggedright\n{body}\\par}}\n"


def _natural(text: str) -> float:
    """About how many letters wide a cell is on one line."""
    plain = re.sub(r"\\hyperref\[[^]]*\]|\\ensuremath|" + re.escape(BREAK), "", text)
    words, *formulas = re.split(r"\\\(|\\\)", plain)
    total = width(words) + WORD_SPACE * words.count(" ")
    for formula, between in zip(formulas[::2], formulas[1::2], strict=True):
        total += width(formula) + width(between) + WORD_SPACE * between.count(" ")
    return total


def _longest(text: Text) -> float:
    """About how many letters wide the longest word of a cell is; formulas go over lines."""
    words = (word for part in text if isinstance(part, str) for word in part.split())
    return max((width(word) for word in words if not is_chinese(word[0])), default=0.0)


def _shared(wanted: list[float], least: list[float], room: float) -> list[float]:
    """Column widths: narrow columns get what they want, the wide ones share what is left.

    Where none is narrow enough, each gets its longest word, and the rest is shared.
    """
    widths = list(wanted)
    if sum(widths) <= room:
        return widths
    limit = room
    for _ in range(len(wanted)):
        small = [w for w in wanted if w <= limit]
        limit = (room - sum(small)) / max(1, len(wanted) - len(small))
    shared = [min(w, limit) for w in wanted]
    if all(s >= w for s, w in zip(shared, least, strict=True)):
        return shared
    spare = max(0.0, room - sum(least)) / len(least)
    return [w + spare for w in least]


def _in_pages(rows: tuple[Row, ...], most: int = 12) -> list[tuple[Row, ...]]:
    """Long blocks in parts, so that a page can end between them."""
    keyed: Callable[[tuple[int, Row]], int] = lambda pair: pair[0] // most  # noqa: E731
    return [tuple(r for _, r in group) for _, group in groupby(enumerate(rows), keyed)]
