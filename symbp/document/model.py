"""What a document is: sections of paragraphs, numbered equations, tables, code and pictures.

Data only; build.py makes it and the renderers spell it.  Imports formula.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from symbp.document.formula import Formula


@dataclass(frozen=True, slots=True)
class Ref:
    """A mention of a numbered equation."""

    number: str


@dataclass(frozen=True, slots=True)
class Code:
    """A few words of code or a name of the user's, in running text."""

    text: str


Inline = str | Formula | Ref | Code
Text = tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: Text


@dataclass(frozen=True, slots=True)
class Row:
    """One equation: left = right = right ..

    Args:
        number: Of the equation, as it is referred to; "" for none.
        left: What is computed.
        rights: Each with the relation in front of it: = or ≈.
        note: Where it comes from, or why it holds.
    """

    number: str
    left: Formula
    rights: tuple[tuple[str, Formula], ...]
    note: Text = ()


@dataclass(frozen=True, slots=True)
class Equations:
    """Equations under one another, aligned at the first relation."""

    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a derivation: a rule, the equality it gives, and the reason."""

    rule: str
    row: Row
    reason: Text
    source: str


@dataclass(frozen=True, slots=True)
class Steps:
    """How an equation is found."""

    number: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a caption; cells are running text."""

    caption: Text
    heads: tuple[Text, ...]
    rows: tuple[tuple[Text, ...], ...]


@dataclass(frozen=True, slots=True)
class CodeLine:
    """A line of code and the number of the equation it computes, "" for none."""

    text: str
    number: str


@dataclass(frozen=True, slots=True)
class Listing:
    """Lines of code."""

    lines: tuple[CodeLine, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """A unit of the diagram, at a column and a height; `dots` stands for units left out."""

    column: float
    height: float
    label: Formula | None
    kind: str


@dataclass(frozen=True, slots=True)
class Edge:
    """A connection between two units, by their numbers, with the weight on it."""

    start: int
    end: int
    label: Formula | None


@dataclass(frozen=True, slots=True)
class Picture:
    """The network as a diagram.

    Args:
        description: For those who do not see it.
        nodes: Units.
        edges: Between them.
        columns: What stands below each column.
    """

    description: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    columns: tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True)
class Points:
    """Sentences, each a point of its own."""

    items: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawn picture: a curve, a diagram, a map.

    Args:
        name: Of its file, without ending.
        description: For those who do not see it.
        png: The bytes of the picture.
    """

    name: str
    description: str
    png: bytes


Block = Paragraph | Equations | Steps | Table | Listing | Picture | Points | Chart


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the document.

    Args:
        key: Its name, the same in all languages.
        title: Its heading.
        blocks: In reading order.
        number: In front of the heading, such as 3c; "" for none.
        level: 1, or 2 for a part of the section before.
    """

    key: str
    title: str
    blocks: tuple[Block, ...]
    number: str = ""
    level: int = 1

    @property
    def heading(self) -> str:
        """Number and title."""
        return f"{self.number} {self.title}" if self.number else self.title

    def rows(self) -> Iterator[Row]:
        """Every equation of it."""
        for block in self.blocks:
            if isinstance(block, Equations):
                yield from block.rows
            elif isinstance(block, Steps):
                yield from (step.row for step in block.steps)


@dataclass(frozen=True)
class Document:
    """The derivation of one network, in one notation and one language.

    Args:
        title: The user's, or the name of the network.
        subtitle: What the network is.
        name: Of the network.
        notation: Name of the notation.
        lang: "en" or "zh".
        sections: In reading order.
        words: The few words that renderers write themselves, such as "equation", by key.
        kind: What its files are named after; "" for the notation.
    """

    title: str
    subtitle: str
    name: str
    notation: str
    lang: str
    sections: tuple[Section, ...]
    words: Mapping[str, str]
    kind: str = ""

    @property
    def stem(self) -> str:
        """What its files are called in every language: worked_example_prml."""
        return f"{self.name}_{self.kind or self.notation}"

    @property
    def charts(self) -> Mapping[str, bytes]:
        """The drawn pictures, by the path of their file beside the document."""
        found = (block for section in self.sections for block in section.blocks)
        return {self.chart_path(c): c.png for c in found if isinstance(c, Chart)}

    def chart_path(self, chart: Chart) -> str:
        """Where the file of a drawn picture is, from the folder of the document."""
        return f"{self.stem}_files/{chart.name}.png"

    def rows(self) -> Iterator[tuple[Section, Row]]:
        """Every equation with its section."""
        for section in self.sections:
            yield from ((section, row) for row in section.rows())

    @property
    def numbers(self) -> frozenset[str]:
        """The numbers of its equations."""
        return frozenset(row.number for _, row in self.rows() if row.number)
