"""The network as a picture: TikZ for LaTeX, SVG for HTML.

Input: a `Picture`.  Output: source text.  Imports model and the printers of symbols.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from html import escape as escape_html

from symbp.document.formula import Formula
from symbp.document.mathml import Mark, plain_mark
from symbp.document.mathml_parts import UNICODE
from symbp.document.model import Edge, Picture
from symbp.document.tex import escape, tex
from symbp.document.width import symbol_width

ACROSS, DOWN = 3.4, 1.5  # centimetres between columns and between units
RADIUS = 0.48
PAGE = 16.0  # centimetres
NEAR_START = (0.2, 0.36)  # places along an edge for its label: steps aside where edges cross


def tikz(picture: Picture) -> str:
    """The picture as TikZ, no wider than a page."""
    columns = max((n.column for n in picture.nodes), default=0)
    across = min(ACROSS, PAGE / (columns + 1))
    small = r"\small" if across == ACROSS else r"\scriptsize"
    found = [r"\begin{center}\begin{tikzpicture}[unit/.style={circle,draw,minimum size=9.6mm,"
             r"inner sep=0pt,font=\footnotesize},weight/.style={fill=white,inner sep=0.8pt,"
             r"font=\scriptsize}]"]  # fmt: skip
    for edge, at in _edges(picture):
        a, b = (picture.nodes[k] for k in (edge.start, edge.end))
        line = (
            f"\\draw[->,black!55] ({a.column * across + RADIUS:.2f},{-a.height * DOWN:.2f}) -- "
            f"({b.column * across - RADIUS - 0.06:.2f},{-b.height * DOWN:.2f})"
        )
        label = (
            f" node[weight,pos={at:.2f},text=black] {{\\({tex(edge.label)}\\)}}"
            if edge.label
            else ""
        )
        found.append(f"{line}{label};")
    for node in picture.nodes:
        where = f"({node.column * across:.2f},{-node.height * DOWN:.2f})"
        if node.kind == "dots":
            found.append(f"\\node at {where} {{\\(\\vdots\\)}};")
            continue
        label = rf"\({tex(node.label)}\)" if node.label else ""
        shade = ",fill=black!6" if node.kind == "input" else ""
        found.append(f"\\node[unit{shade}] at {where} {{{label}}};")
    low = max((n.height for n in picture.nodes), default=0) + 0.75
    style = f"font={small},align=center,text width={across - 0.1:.2f}cm"
    for column, text in picture.columns:
        where = f"({column * across:.2f},{-low * DOWN:.2f})"
        found.append(f"\\node[{style}] at {where} {{{escape(text)}}};")
    return "\n".join([*found, r"\end{tikzpicture}\end{center}", ""])


def _edges(picture: Picture) -> list[tuple[Edge, float]]:
    """Edges with the place of their label; those that start at one unit share it."""
    found = []
    for edge in picture.edges:
        a, b = (picture.nodes[k] for k in (edge.start, edge.end))
        straight = abs(a.height - b.height) < 0.1
        found.append((edge, 0.5 if straight else NEAR_START[1]))
    return found


def svg(picture: Picture, mark: Mark = plain_mark) -> str:
    """The picture as an inline SVG figure.

    Args:
        picture: What to draw.
        mark: Gives the attributes of a symbol, by its key.
    """
    across, down, radius = 160, 90, 26
    columns = max((n.column for n in picture.nodes), default=0)
    high = max((n.height for n in picture.nodes), default=0)
    width = int(columns * across) + 2 * radius + 40
    height = int(2 * high * down) + 2 * radius + 60
    x0, y0 = radius + 20, height / 2 - 18
    words = escape_html(picture.description)
    found = [f'<figure><svg role="img" aria-label="{words}" viewBox="0 0 {width} {height}" '
             f'width="{width}" height="{height}">']  # fmt: skip
    labels = []
    fans = Counter((edge.start, picture.nodes[edge.end].column) for edge in picture.edges)
    at = min(0.3, 1 / (max(fans.values(), default=1) + 1))  # no two labels meet
    for edge in picture.edges:
        a, b = (picture.nodes[k] for k in (edge.start, edge.end))
        x1, y1 = x0 + a.column * across + radius, y0 + a.height * down
        x2, y2 = x0 + b.column * across - radius, y0 + b.height * down
        found.append(
            f'<line class="edge" x1="{x1:.0f}" y1="{y1:.0f}" x2="{x2:.0f}" y2="{y2:.0f}"/>'
        )
        if edge.label:
            x, y = x1 + at * (x2 - x1), y1 + at * (y2 - y1)
            half = 13 * label_width(edge.label) / 2 + 2
            labels.append(f'<rect class="halo" x="{x - half:.1f}" y="{y - 9:.0f}" '
                          f'width="{2 * half:.1f}" height="18"/>'
                          f"{_svg_text(edge.label, x, y + 4, 13, mark)}")  # fmt: skip
    found += labels
    for node in picture.nodes:
        x, y = x0 + node.column * across, y0 + node.height * down
        if node.kind == "dots":
            found.append(f'<text x="{x:.0f}" y="{y + 5:.0f}" text-anchor="middle">⋮</text>')
            continue
        found.append(f'<circle class="{node.kind}" cx="{x:.0f}" cy="{y:.0f}" r="{radius}"/>')
        if node.label:
            size = min(16.0, 1.6 * radius / label_width(node.label))
            found.append(_svg_text(node.label, x, y + size / 3, size, mark))
    for column, text in picture.columns:
        x = x0 + column * across
        found.append(f'<text x="{x:.0f}" y="{height - 8}" font-size="14" '
                     f'text-anchor="middle">{escape_html(text)}</text>')  # fmt: skip
    return "".join([*found, "</svg></figure>"])


def label_width(label: Formula) -> float:
    """The width of a symbol in em."""
    return sum(_label_widths(label))


def _label_widths(label: Formula) -> tuple[float, float]:
    """The widths of a symbol's base and of its scripts, one above the other."""
    (symbol,) = label.symbols
    bare = replace(symbol, below=(), above=())
    return symbol_width(bare), symbol_width(symbol) - symbol_width(bare)


def _svg_text(label: Formula, x: float, y: float, size: float, mark: Mark) -> str:
    """A symbol as SVG text: the base up to a place, its scripts, smaller, from there on."""
    (symbol,) = label.symbols
    base = UNICODE.get(symbol.base, symbol.base)
    if symbol.accent:
        base += {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303"}[symbol.accent]
    wide, small = _label_widths(label)
    middle = x + size * (wide - small) / 2
    style = ' font-style="italic"' if len(symbol.base) == 1 else ""
    parts = [f'<text x="{middle:.1f}" y="{y:.1f}" font-size="{size:.1f}" text-anchor="end"'
             f"{style}>{escape_html(base)}</text>"]  # fmt: skip
    for script, shift in ((symbol.below, 0.28), (symbol.above, -0.42)):
        text = "".join(piece.removeprefix("~") for piece in script)
        if text:
            parts.append(f'<text x="{middle + 0.5:.1f}" y="{y + shift * size:.1f}" '
                         f'font-size="{0.68 * size:.1f}">{escape_html(text)}</text>')  # fmt: skip
    return f"<g{mark(symbol.key, None)}>{''.join(parts)}</g>"
