"""What an answer is made of: sentences, tables and pictures, the same for every language.

Input: findings, numbers and drawings.  Output: blocks of a document.  Imports the model of
documents, findings, comparisons and plotting.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from symbp.document.model import Block, Chart, Paragraph, Points, Table
from symbp.errors import SymbpError
from symbp.experiments import compare_view as view
from symbp.experiments.compare import Comparison
from symbp.experiments.explain import Finding
from symbp.experiments.explain.finding import in_words
from symbp.plotting import picture
from symbp.spec import Network

DOTS = 110  # an inch: pictures are shown about as wide as they are drawn
Cell = str | Finding
Size = tuple[float, float]


class Piece(Protocol):
    """A part of an answer."""

    def blocks(self, lang: str) -> tuple[Block, ...]:
        """It in a language."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is about.

    Args:
        network: With an example.
        steps: Of each training.
        drawn: Whether pictures can be drawn.
    """

    network: Network
    steps: int
    drawn: bool

    def picture(
        self, name: str, draw: Callable[[Any], None], size: Size, caption: Finding
    ) -> tuple[Drawing, ...]:
        """A picture; none where there is nothing to draw with."""
        return (Drawing(name, caption, picture(draw, "png", size, DOTS)),) if self.drawn else ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question.

    Args:
        question: One of `QUESTIONS`.
        pieces: In reading order.
        short: What the summary says of it.
    """

    question: str
    pieces: tuple[Piece, ...]
    short: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """A paragraph of findings."""

    findings: tuple[Finding, ...]

    def blocks(self, lang: str) -> tuple[Block, ...]:
        """One paragraph, none of no findings."""
        text = (" " if lang == "en" else "").join(f.text(lang) for f in self.findings)
        return (Paragraph((text,)),) if text else ()


@dataclass(frozen=True, slots=True)
class Listed:
    """Findings as points."""

    findings: tuple[Finding, ...]

    def blocks(self, lang: str) -> tuple[Block, ...]:
        """One list, none of no findings."""
        return points([f.text(lang) for f in self.findings])


def points(texts: Sequence[str]) -> tuple[Block, ...]:
    """Sentences as one list; a sentence is said once."""
    items = tuple((text,) for text in dict.fromkeys(texts))
    return (Points(items),) if items else ()


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; cells are text, or findings that are said in the language."""

    caption: Finding
    heads: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def blocks(self, lang: str) -> tuple[Block, ...]:
        """The table."""
        return (
            table(self.caption.text(lang), *((spoken(r, lang)) for r in (self.heads, *self.rows))),
        )


def spoken(cells: Sequence[Cell], lang: str) -> tuple[str, ...]:
    """Cells in a language."""
    return tuple(in_words(cell, lang) for cell in cells)


def table(caption: str, heads: Sequence[str], *rows: Sequence[str]) -> Table:
    """A table of plain texts."""
    return Table(
        (caption,), tuple((h,) for h in heads), tuple(tuple((c,) for c in row) for row in rows)
    )


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture with the sentence that describes it."""

    name: str
    caption: Finding
    png: bytes

    def blocks(self, lang: str) -> tuple[Block, ...]:
        """The picture, with what it shows."""
        return (Chart(self.name, self.caption.text(lang), self.png),)


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison: the losses, the weights, what training gave.

    Args:
        comparison: Done.
        weights: Whether the table of weights is shown, where there are few.
    """

    comparison: Comparison
    weights: bool = True

    def blocks(self, lang: str) -> tuple[Block, ...]:
        """Two tables and a list."""
        found = self.comparison
        heads, rows = view.loss_rows(found, lang)
        loss = Finding("report.losses", {"steps": found.steps})
        made: list[Block] = [table(loss.text(lang), heads, *rows)]
        weights = view.weight_rows(found, lang) if self.weights else None
        if weights is not None:
            made.append(table(Finding("report.weights").text(lang), weights[0], *weights[1]))
        return (*made, *points(view.after_training(found, lang)))


def task(question: str) -> str:
    """What a progress bar calls a question.

    >>> task("3c"), task("landscape")
    ('question 3c', 'landscape')
    """
    return f"question {question}" if question[0].isdigit() else question


def can_draw() -> bool:
    """Whether matplotlib is installed."""
    return importlib.util.find_spec("matplotlib") is not None


def left_out(error: SymbpError) -> Said:
    """The sentence in the place of what could not be done; where, nobody asked for."""
    return Said((Finding("report.left out", {"reason": error.found}),))
