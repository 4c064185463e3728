"""Tables as HTML, for notebooks: whatever is put in is text, unless it says that it is HTML.

Input: a caption, heads and rows.  Output: a <table>.  Imports nothing of symbp.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

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
