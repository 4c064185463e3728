"""Put the homework together: which questions, their answers, and the document.

Input: a network and which questions.  Output: answers, and of them a `Document` in a language.
Imports the questions, and the building of documents.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from symbp import pipeline
from symbp.checks import one_of, whole_number
from symbp.document.build import build_document
from symbp.document.command import default_notation
from symbp.document.model import Document, Section
from symbp.document.tables import notation as read_notation
from symbp.errors import SpecError, unknown_name
from symbp.exact import exact
from symbp.example import Example, draw_example
from symbp.experiments.explain import Finding
from symbp.experiments.report.activation import by_formula
from symbp.experiments.report.changes import (
    cross_entropy_instead,
    mse_instead,
    random_weights,
    relu_instead,
    zero_weights,
)
from symbp.experiments.report.code import against_torch, by_hand
from symbp.experiments.report.pieces import Answer, Asked, Listed, Said, can_draw, task
from symbp.experiments.report.rates import edge_of_stability, rates_and_steps
from symbp.experiments.report.surface import surface
from symbp.messages import LANGUAGES, say
from symbp.progress import report
from symbp.spec import Network

STEPS, MOST_STEPS = 1000, 100_000
DERIVED = ("diagram", "notation", "forward", "loss", "backward", "weights", "matrix", "update")
ANSWERS: dict[str, tuple[str, Callable[[Asked], Answer]]] = {
    "1": ("report.derivation", lambda asked: _derivation(asked)),
    "2": ("report.by hand", by_hand),
    "3": ("report.in code", against_torch),
    "3a": ("report.3a", edge_of_stability),
    "3b": ("report.3b", by_formula),
    "3c": ("report.3c", relu_instead),
    "3d": ("report.3d", mse_instead),
    "3e": ("report.3e", cross_entropy_instead),
    "3f": ("report.3f", rates_and_steps),
    "3g": ("report.3g", random_weights),
    "3h": ("report.3h", zero_weights),
    "landscape": ("report.landscape", surface),
}
SUMMARY = "4"
QUESTIONS = (*ANSWERS, SUMMARY)
PARTS = {"1": DERIVED, "2": ("numbers",), "3": ("code",)}  # of the derivation's document


def chosen(text: str | None) -> tuple[str, ...]:
    """The questions that an option names, in the order of the homework.

    Raises:
        SpecError: an unknown one, or none.

    >>> chosen("3f, 3c")
    ('3c', '3f')
    """
    if text is None:
        return QUESTIONS
    wanted = [part.strip() for part in text.split(",") if part.strip()]
    for part in wanted:
        if part not in QUESTIONS:
            raise unknown_name("--questions", "question", part, QUESTIONS)
    if not wanted:
        remedy = f"Name some of {', '.join(QUESTIONS)}."
        raise SpecError("--questions", "no question is left", remedy)
    return tuple(q for q in QUESTIONS if q in wanted)


def answer_all(
    network: Network, questions: Collection[str] = QUESTIONS, steps: int = STEPS
) -> tuple[Network, tuple[Answer, ...]]:
    """Do every experiment.

    Args:
        network: Any; one without an example gets one from seed 0.
        questions: Some of QUESTIONS.
        steps: Of each training.

    Returns:
        The network with its example, and the answers in the order of the homework.

    Raises:
        SpecError: an unknown question, or steps out of range.

    >>> _, (found,) = answer_all(Network(sizes=[2, 2, 2]), ["2"], steps=1)
    >>> found.question
    '2'
    """
    whole_number(steps, "--steps", most=MOST_STEPS)
    for question in questions:
        one_of("--questions", question, QUESTIONS, "question")
    if not isinstance(network.example, Example):
        network = replace(network, example=draw_example(network, 0, 2, exact("0.1", "example")))
    asked = Asked(network, steps, can_draw())
    wanted = [q for q in ANSWERS if q in questions]
    found = []
    for question in wanted:
        report(task(question), 0.0)
        found.append(ANSWERS[question][1](asked))
    if found and not asked.drawn:
        said = Said((Finding("report.no pictures"),))
        found[0] = replace(found[0], pieces=(said, *found[0].pieces))
    if SUMMARY in questions:
        found.append(_summary(found))
    return network, tuple(found)


def _derivation(asked: Asked) -> Answer:
    """How many equations there are; the document has the rest."""
    derivation = pipeline.derive(asked.network)
    values = {
        "forward": len(derivation.forward), "backward": len(derivation.backward),
        "gradients": len(derivation.gradients), "weights": asked.network.weight_count,
    }  # fmt: skip
    said = Finding("report.derived", values)
    return Answer("1", (Said((Finding("report.derivation intro"), said)),), (said,))


def _summary(found: Sequence[Answer]) -> Answer:
    """The principle, and a sentence of each answer."""
    each = tuple(
        Finding("report.of question", {"question": answer.question, "said": said})
        for answer in found
        for said in answer.short
    )
    return Answer(SUMMARY, (Said((Finding("report.principle"),)), Listed(each)))


def report_document(
    network: Network,
    answers: Sequence[Answer],
    lang: str = "en",
    notation: str | None = None,
) -> Document:
    """Write the answers as a document.

    Args:
        network: From `answer_all`.
        answers: From there.
        lang: "en" or "zh".
        notation: Of the derivation; None: the course's where numbers are few, else indices.

    Raises:
        SpecError: an unknown language or notation.

    >>> network, answers = answer_all(Network(sizes=[2, 2, 2]), ["2"], steps=1)
    >>> [section.heading for section in report_document(network, answers).sections]
    ['2 One step by hand', 'The numbers of the example']
    """
    one_of("lang", lang, LANGUAGES)
    table = read_notation(notation or default_notation(network), lang)
    parts = [p for a in answers for p in PARTS.get(a.question, ())]
    derivation = pipeline.derive(network)
    document = build_document(network, derivation, table, lang, parts or ("loss",))
    derived = {section.key: section for section in document.sections}
    sections: list[Section] = []
    for answer in answers:
        sections.append(_section(answer, lang))
        sections += [
            replace(derived[part], level=2)
            for part in PARTS.get(answer.question, ())
            if part in derived
        ]
    titled = network.title or network.name
    return replace(
        document, title=say("report.title", lang, network=titled), sections=tuple(sections),
        kind="report",
    )  # fmt: skip


def _section(answer: Answer, lang: str) -> Section:
    """An answer below its heading; a question with a letter belongs to the one before."""
    question = answer.question
    key = "report.summary" if question == SUMMARY else ANSWERS[question][0]
    blocks = tuple(block for piece in answer.pieces for block in piece.blocks(lang))
    number = "" if not question[0].isdigit() else question
    level = 1 if len(question) == 1 else 2
    return Section(f"question-{question}", say(key, lang), blocks, number, level)
