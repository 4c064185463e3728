"""The network as a picture: TikZ for LaTeX, SVG for HTML.

Input: a `Picture`.  Output: source text.  Imports model and the printers of symbols.
"""

from __future__ import annotations

from html import escape as html_escape

from symbp.document.model import Edge, Picture
from symbp.document.tex import escape, tex

ACROSS, DOWN = 3.4, 1.5  # centimetres between columns and between units
RADIUS = 0.48
NEAR_START = (0.2, 0.36)  # places along an edge for its label: steps aside where edges cross


def tikz(picture: Picture) -> str:
    """The picture as TikZ."""
    found = [r"\begin{center}\begin{tikzpicture}[unit/.style={circle,draw,minimum size=9.6mm,"
             r"inner sep=0pt,font=\footnotesize},weight/.style={fill=white,inner sep=0.8pt,"
             r"font=\scriptsize}]"]  # fmt: skip
    for edge, at in _edges(picture):
        a, b = (picture.nodes[k] for k in (edge.start, edge.end))
        line = (
            f"\\draw[->,black!55] ({a.column * ACROSS + RADIUS:.2f},{-a.height * DOWN:.2f}) -- "
            f"({b.column * ACROSS - RADIUS - 0.06:.2f},{-b.height * DOWN:.2f})"
        )
        label = (
            f" node[weight,pos={at:.2f},text=black] {{\\({tex(edge.label)}\\)}}"
            if edge.label
            else ""
        )
        found.append(f"{line}{label};")
    for node in picture.nodes:
        where = f"({node.column * ACROSS:.2f},{-node.height * DOWN:.2f})"
        if node.kind == "dots":
            found.append(f"\\node at {where} {{\\(\\vdots\\)}};")
            continue
        label = rf"\({tex(node.label)}\)" if node.label else ""
        shade = ",fill=black!6" if node.kind == "input" else ""
        found.append(f"\\node[unit{shade}] at {where} {{{label}}};")
    low = max((n.height for n in picture.nodes), default=0) + 0.75
    for column, text in picture.columns:
        found.append(
            f"\\node[font=\\small] at ({column * ACROSS:.2f},{-low * DOWN:.2f}) {{{escape(text)}}};"
        )
    return "\n".join([*found, r"\end{tikzpicture}\end{center}", ""])


def _edges(picture: Picture) -> list[tuple[Edge, float]]:
    """Edges with the place of their label; those that start at one unit share it."""
    found = []
    for edge in picture.edges:
        a, b = (picture.nodes[k] for k in (edge.start, edge.end))
        straight = abs(a.height - b.height) < 0.1
        found.append((edge, 0.5 if straight else NEAR_START[1]))
    return found


def description(picture: Picture) -> str:
    """The words for those who do not see the picture, as HTML text."""
    return html_escape(picture.description)
