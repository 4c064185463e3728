"""What `symbp export` does: choose parts and notation, build the document, write it.

Input: a network and the options of the command.  Output: files, or text for the screen.
Imports build, export and tables; the oracles on call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from symbp import pipeline
from symbp.document.build import ON, PARTS, build_document, no_part
from symbp.document.export import document_text, write_documents
from symbp.document.tables import notation as read_notation
from symbp.errors import SpecError, SymbpError, unknown_name
from symbp.example import Example
from symbp.messages import say
from symbp.spec import Network

MOST_NAMED = 60  # weights times samples


@dataclass(frozen=True, slots=True)
class Result:
    """What the command line shows.

    Args:
        screen: Text for standard output; None where files were written.
        messages: Lines about what was done.
        error: Why a file is missing, raised once the others are written.
    """

    screen: str | None
    messages: tuple[str, ...]
    error: SymbpError | None = None


def default_notation(network: Network) -> str:
    """The course's names, one for each number, where they are few enough to read; else indices."""
    example = network.example
    samples = len(example.inputs) if isinstance(example, Example) else 1
    return "course" if network.weight_count * samples <= MOST_NAMED else "index"


def chosen_parts(
    parts: str | None, without: str | None, verified: bool, lang: str = "en"
) -> tuple[str, ...]:
    """The parts that the options ask for.

    Raises:
        SpecError: an unknown part, both options at once, or nothing left.

    >>> chosen_parts("loss,forward", None, False)
    ('loss', 'forward')
    """
    if parts is not None and without is not None:
        both = say("error.both", lang, other="--without")
        raise SpecError("--parts", both, say("error.one", lang))
    given = [p.strip() for p in (parts or without or "").split(",") if p.strip()]
    for part in given:
        if part not in PARTS:
            where = "--parts" if parts is not None else "--without"
            raise unknown_name(where, say("kind.part", lang), part, PARTS, lang)
    found = [p for p in (ON if parts is None else given) if parts is not None or p not in given]
    if verified and "verification" not in found:
        found.append("verification")
    if not found:
        raise no_part("--parts" if parts is not None else "--without", lang)
    return tuple(found)


def export(
    network: Network,
    formats: Sequence[str],
    notation: str | None,
    lang: str,
    selection: tuple[str | None, str | None, bool],
    digits: int,
    output: Path | None,
) -> Result:
    """Run the command.

    Raises:
        SpecError: an option is wrong.
        OutputError: a file cannot be written.
    """
    parts = chosen_parts(*selection, lang)
    table = read_notation(notation or default_notation(network), lang)
    report = pipeline.verify(network) if "verification" in parts else None
    derivation = pipeline.derive(network)
    document = build_document(network, derivation, table, lang, parts, digits, report)
    if output is not None and str(output) == "-":
        if len(formats) > 1 or formats[0] == "pdf":
            raise SpecError("--output", say("error.screen", lang), say("error.folder", lang))
        return Result(document_text(document, formats[0]), ())
    written, error = write_documents(document, formats, output)
    lines = tuple(say("export.wrote", lang, path=path) for path in written)
    return Result(None, lines, error)
