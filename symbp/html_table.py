"""Tables as HTML and LaTeX, for notebooks: what is put in is text, unless it says it is HTML.

Input: a caption, heads and rows.  Output: a <table>, or an array.  Imports nothing of symbp.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

# What LaTeX, and MathJax in a notebook, read as text.
SPECIAL = {
    "\\": r"\backslash ", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%",
    "_": r"\_", "^": r"\^{}", "~": r"\~{}",
}  # fmt: skip
LEFT = ' style="text-align: left"'


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def html_table(
    caption: str, heads: Sequence[str], rows: Iterable[Sequence[object]], note: str = ""
) -> str:
    """A table with a caption above and a note below.

    Args:
        caption: What it shows, as text.
        heads: One a column.
        rows: Cells; all but `Html` is escaped.  A row of one cell spans all columns.
        note: A sentence for the reader, "" for none.

    >>> html_table("<b>", ["a"], [[1], [Html("<i>x</i>")]]).count("<i>")
    1
    """
    top = "".join(f'<th scope="col"{LEFT}>{escape(h)}</th>' for h in heads)
    body = "".join(f"<tr>{_cells(row, len(heads))}</tr>" for row in rows)
    head = f"<thead><tr>{top}</tr></thead>" if any(heads) else ""
    shown = f"<caption{LEFT}>{escape(caption)}</caption>" if caption else ""
    below = f"<p><small>{escape(note)}</small></p>" if note else ""
    return f"<table>{shown}{head}<tbody>{body}</tbody></table>{below}"


def _cells(row: Sequence[object], columns: int) -> str:
    if len(row) == 1 < columns:
        return f'<th scope="rowgroup" colspan="{columns}"{LEFT}>{_text(row[0])}</th>'
    return "".join(f"<td{LEFT}>{_text(cell)}</td>" for cell in row)


def _text(cell: object) -> str:
    return str(cell) if isinstance(cell, Html) else escape(str(cell))


def latex_table(
    title: str, heads: Sequence[str], rows: Iterable[Sequence[object]], foot: str
) -> str:
    r"""The same as an array of LaTeX, in math mode.

    >>> print(latex_table("a", ["b_1"], [["c%"]], "d"))
    $$\begin{array}{l}\text{a} \\ \text{b\_1} \\ \hline
    \text{c\%} \\ \hline
    \text{d}\end{array}$$
    """
    line = " & ".join(map(_plain, heads))
    body = " \\\\\n".join(" & ".join(map(_plain, row)) for row in rows)
    start = rf"$$\begin{{array}}{{{'l' * len(heads)}}}{_plain(title)} \\ {line} \\ \hline"
    return f"{start}\n{body} \\\\ \\hline\n{_plain(foot)}\\end{{array}}$$"


def _plain(value: object) -> str:
    escaped = "".join(SPECIAL.get(c, c) for c in str(value))
    return rf"\text{{{escaped}}}"
