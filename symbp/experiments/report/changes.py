"""Questions 3c to 3e, 3g and 3h: one thing changed, side by side, and why it goes as it does.

Input: what is asked.  Output: answers.  Imports compare, explain and pieces.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from symbp.errors import SymbpError
from symbp.experiments import compare_view as view
from symbp.experiments.compare import (
    Comparison,
    Setting,
    Trained,
    Variant,
    prepare,
    train_all,
    varied,
)
from symbp.experiments.explain import Finding
from symbp.experiments.explain.loss_ratio import gradient_quotient
from symbp.experiments.report.known import Known, known, labelled
from symbp.experiments.report.pieces import (
    Answer,
    Asked,
    Compared,
    Grid,
    Listed,
    Piece,
    Said,
    left_out,
    task,
)
from symbp.index import Size
from symbp.layers import Activate, Dense
from symbp.progress import report
from symbp.spec import Network

RELU, SIGMOID, MSE, HALF, CROSS = "relu", "sigmoid", "mse", "half_sse", "cross_entropy"
SEEDS = ("0", "1", "2", "3", "4")
DRAWN = ("given", "xavier", "he", "uniform(low=-1, high=1)")
ZEROS, USUAL = "zeros", "xavier"
WIDTHS = (1, 2, 3, 4, 10)
PLAIN = Setting()
DIGITS = 6
# What the mathematics says that answers a question: beginnings of keys of findings.
DECISIVE = {
    "3c": ("finding.dead",), "3e": ("finding.targets", "finding.attained"),
    "3g": ("finding.attained",), "3h": ("finding.symmetry", "finding.zero start"),
}  # fmt: skip


def activation_of(network: Network) -> str | None:
    """The activation that a comparison changes; None where no layer has one."""
    texts = [x.activation for x in network.layers if isinstance(x, Dense | Activate)]
    return next((t for t in texts if t != "identity"), texts[0] if texts else None)


def relu_instead(asked: Asked) -> Answer:
    """The same network with ReLU, or, where it has that already, with the sigmoid."""
    own = activation_of(asked.network)
    if own is None:
        return Answer("3c", (Said((Finding("report.no activation"),)),))
    other = SIGMOID if own == RELU else RELU
    intro = Finding("report.relu already" if own == RELU else "report.relu", {"own": own})
    return _answer("3c", asked, "activation", (own, other), (intro,))


def mse_instead(asked: Asked) -> Answer:
    """The same network with the mean of squares, and the factor between the two gradients."""
    own = asked.network.loss_row.text
    values = (own, HALF) if own.startswith(MSE) else (own, MSE)
    found = _answer("3d", asked, "loss", values, (Finding("report.mse", {"own": own}),))
    return replace(found, pieces=(*found.pieces, *_factors(asked.network)))


def _factors(network: Network) -> tuple[Piece, ...]:
    """mse against half_sse for some numbers of outputs, by dividing the derived losses."""
    first, second = (Network(sizes=[2, 2, 2], loss=name) for name in (HALF, MSE))
    quotient = gradient_quotient(first, second)
    if quotient is None:
        return ()
    sizes = {s.name: s for s in quotient.atoms(Size)}
    rows = tuple(
        (str(width), str(quotient.subs({sizes["K"]: width, sizes["N"]: 1}))) for width in WIDTHS
    )
    heads = (Finding("report.outputs count"), Finding("report.factor"))
    said = Finding("report.factor rule", {"factor": str(quotient)})
    return (Grid(Finding("report.factors"), heads, rows), Said((said,)))


def cross_entropy_instead(asked: Asked) -> Answer:
    """The same network with the cross-entropy, with its own activation and with ReLU."""
    own = activation_of(asked.network)
    if asked.network.loss_row.name == CROSS:
        return Answer("3e", (Said((Finding("report.cross entropy already"),)),))
    try:
        network, _ = varied(asked.network, PLAIN, "loss", CROSS)
    except SymbpError as error:
        return Answer("3e", (left_out(error),))
    if own is None:
        return _negative(_answer("3e", asked, "loss", (asked.network.loss_row.text, CROSS), ()))
    other = SIGMOID if own == RELU else RELU
    intro = Finding("report.cross entropy", {"own": own, "other": other})
    changed = replace(asked, network=network)
    return _negative(_answer("3e", changed, "activation", (own, other), (intro,)))


def _negative(answer: Answer) -> Answer:
    """Say of which variants the loss can be negative, and how far."""
    compared = [p.comparison for p in answer.pieces if isinstance(p, Compared)]
    bounds = {
        t.variant.label: f.evidence["bound"]
        for c in compared for t in c.trained for f in t.variant.findings
        if -math.inf < f.evidence.get("bound", 0) < 0
    }  # fmt: skip
    said = tuple(
        labelled([label], Finding("report.negative", {"bound": float(f"{bound:.{DIGITS}g}")}))
        for label, bound in bounds.items()
    )
    intro, reasons, *rest = answer.pieces
    return replace(
        answer, pieces=(intro, reasons, Listed(said), *rest), short=(*said, *answer.short)
    )


def random_weights(asked: Asked) -> Answer:
    """Other starts: several initializers, and several seeds of one."""
    found = _several("3g", asked, (("init", DRAWN, PLAIN), ("seed", SEEDS, Setting(init=USUAL))),
                     Finding("report.random", {"init": USUAL}))  # fmt: skip
    compared = [p.comparison for p in found.pieces if isinstance(p, Compared)]
    said = _spread([t for c in compared for t in c.trained])
    return replace(found, pieces=(*found.pieces, Said(said)), short=(*said, *found.short))


def _spread(runs: Sequence[Trained]) -> tuple[Finding, ...]:
    """How far the losses of several starts lie apart, before and after."""
    ends = [t.run.final_loss for t in runs if math.isfinite(t.run.final_loss)]
    if not ends:
        return ()
    starts = [t.variant.begun.loss for t in runs]
    spans = {"first": min(starts), "other": max(starts), "low": min(ends), "high": max(ends)}
    values = {k: f"{v:.{DIGITS}g}" for k, v in spans.items()}
    return (Finding("report.spread", {**values, "count": len(runs)}, evidence=spans),)


def zero_weights(asked: Asked) -> Answer:
    """Zero weights beside drawn ones, whose biases start at 0 too."""
    found = _several("3h", asked, (("init", (ZEROS, USUAL), PLAIN),), Finding("report.zeros"))
    pieces = [p for p in found.pieces if isinstance(p, Compared)]
    if not pieces or not any(name.startswith("b") for name in asked.network.trained):
        return found
    drawn = pieces[0].comparison.trained[1].variant
    if any(f.key.startswith("finding.symmetry") for f in drawn.findings):
        return found
    said = Finding("report.biases", {"init": USUAL})
    return replace(found, pieces=(*found.pieces, Said((said,))), short=(*found.short, said))


def _answer(
    question: str, asked: Asked, change: str, values: Sequence[str], intro: tuple[Finding, ...]
) -> Answer:
    """One comparison with its picture."""
    return _several(question, asked, ((change, values, PLAIN),), *intro)


def _several(
    question: str,
    asked: Asked,
    changes: Sequence[tuple[str, Sequence[str], Setting]],
    *intro: Finding,
) -> Answer:
    pieces: list[Piece] = []
    compared: list[Comparison] = []
    for k, (change, values, setting) in enumerate(changes):
        try:
            found = trained(asked, question, change, values, setting, (k, len(changes)))
        except SymbpError as error:
            pieces.append(left_out(error))
            continue
        pieces.append(Compared(found))
        pieces += curves(asked, f"{question}_{change}", found)
        compared.append(found)
    reasons = known(compared, *DECISIVE[question]) if question in DECISIVE else ()
    short = (*reasons, *(f for found in compared for f in ends(found)))
    return Answer(question, (Said(intro), Known(tuple(compared)), *pieces), short)


def curves(asked: Asked, name: str, found: Comparison, using: str = "") -> tuple[Piece, ...]:
    """The losses of all variants in one picture.

    Args:
        asked: What the report is about.
        name: Of the picture.
        found: The comparison.
        using: The activation, where it tells pictures apart.
    """
    values = {
        "change": Finding(f"compare.{found.change}"), "steps": found.steps,
        "variants": [t.variant.label for t in found.trained],
    }  # fmt: skip
    more = (Finding("report.curves with", {"using": using}),) if using else ()
    caption = Finding("report.curves", values, details=more)
    shown = view.picture_title(found) + (f", with {using}" if using else "")
    return asked.picture(name, lambda f: view.draw_losses(f, found, shown), view.SIZE, caption)


def trained(
    asked: Asked,
    question: str,
    change: str,
    values: Sequence[str],
    setting: Setting = PLAIN,
    part: tuple[int, int] = (0, 1),
) -> Comparison:
    """Explain every variant, then train it.

    Args:
        asked: What the report is about.
        question: Of which this is a part.
        change: As `prepare` takes it.
        values: As there.
        setting: As there.
        part: Which comparison of the question it is, from 0, and of how many.
    """

    def watch(variant: Variant, done: int, loss: float) -> None:
        if done % 100 == 0:
            here = (values.index(variant.label) + done / asked.steps) / len(values)
            report(task(question), (part[0] + here) / part[1])

    variants = prepare(asked.network, change, values, setting=setting)
    return train_all(asked.network, change, variants, steps=asked.steps, watch=watch)


def ends(found: Comparison) -> tuple[Finding, ...]:
    """Where each variant began and ended, in one sentence."""
    made = tuple(
        Finding(
            "report.end",
            {"variant": t.variant.label, "first": f"{t.variant.begun.loss:.6g}",
             "last": f"{t.run.final_loss:.6g}", "steps": len(t.run.history)},
        )
        for t in found.trained
    )  # fmt: skip
    change = Finding(f"compare.{found.change}")
    return (*found.before, Finding("report.ends", {"change": change, "each": made}))
