"""Build a document: the parts that are wanted, in order.

Input: a network, its derivation, and what the document should be like.  Output: a `Document`.
Imports the parts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from symbp.checks import one_of
from symbp.derivation import Derivation
from symbp.document.context import Context
from symbp.document.equations import backward, forward, loss, matrix, update
from symbp.document.model import Document, Section
from symbp.document.numbers import numbers
from symbp.document.tables import Notation
from symbp.document.weights import weights
from symbp.document.words import code, diagram, notation, verification
from symbp.errors import SpecError, unknown_name
from symbp.messages import LANGUAGES, say
from symbp.messages import table as messages
from symbp.spec import Network
from symbp.verify.report import Report

PARTS = (
    "diagram", "notation", "forward", "loss", "backward", "weights", "matrix", "update", "numbers",
    "verification", "code",
)  # fmt: skip
WORDS = ("made", "contents", "steps")  # those that renderers write themselves
ON = tuple(part for part in PARTS if part != "verification")
_EQUATIONS: dict[str, Callable[[Context], Section]] = {
    "forward": forward, "loss": loss, "backward": backward, "weights": weights, "matrix": matrix,
    "update": update, "numbers": numbers, "code": code, "diagram": diagram,
}  # fmt: skip


def no_part(where: str, lang: str) -> SpecError:
    """The error for a document with nothing in it.

    >>> str(no_part("parts", "en")).splitlines()[0]
    'parts: no part is left.'
    """
    remedy = say("error.of parts", lang, parts=", ".join(PARTS))
    return SpecError(where, say("error.no part", lang), remedy)


def build_document(
    network: Network,
    derivation: Derivation,
    table: Notation,
    lang: str = "en",
    parts: Collection[str] = ON,
    digits: int = 6,
    report: Report | None = None,
) -> Document:
    """Write a derivation as a document.

    Args:
        network: The network.
        derivation: Of the network; nothing is derived again.
        table: The notation.
        lang: "en" or "zh".
        parts: Names of PARTS.
        digits: Significant digits of numbers.
        report: What the part "verification" shows.

    Raises:
        SpecError: an unknown part or language, or no part at all.

    >>> from symbp.document.tables import builtin
    >>> from symbp.pipeline import derive
    >>> net = Network(sizes=[2, 2, 2])
    >>> document = build_document(net, derive(net), builtin("prml"), parts=["forward", "loss"])
    >>> [section.title for section in document.sections]
    ['Forward pass', 'Loss']
    """
    one_of("lang", lang, LANGUAGES)
    if not parts:
        raise no_part("parts", lang)
    for part in parts:
        if part not in PARTS:
            raise unknown_name("--parts", say("kind.part", lang), part, PARTS, lang)
    context = Context(network, derivation, table, lang, digits)
    wanted = [part for part in PARTS if part in parts]
    if table.form == "matrix" and "matrix" in wanted:
        wanted.remove("matrix")  # the equations are in matrices already
    made = {part: _EQUATIONS[part](context) for part in wanted if part in _EQUATIONS}
    if "verification" in wanted and report is not None:
        made["verification"] = verification(context, report)
    if "notation" in wanted:
        made["notation"] = notation(context, made.values())
    from symbp.views import title

    return Document(
        title=network.title or context.word("title"),
        subtitle=title(network, lang),
        name=network.name,
        notation=table.name,
        lang=lang,
        sections=tuple(made[part] for part in wanted if part in made),
        words={key: messages()[key][lang] for key in WORDS},
    )
