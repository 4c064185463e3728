"""Questions 3a and 3f: the edge of stability, and what the learning rate does.

Input: what is asked.  Output: answers.  Imports sharpness, edge, threshold, sweep, compare, pieces.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from symbp.errors import SymbpError
from symbp.exact import decimal_text
from symbp.experiments import edge, sharpness_plot, sweep_plot
from symbp.experiments.compare import Comparison, varied
from symbp.experiments.dynamics import Timing
from symbp.experiments.explain import Finding
from symbp.experiments.objective import objective
from symbp.experiments.report.changes import PLAIN, RELU, activation_of, curves, trained
from symbp.experiments.report.known import Known, labelled
from symbp.experiments.report.pieces import (
    Answer,
    Asked,
    Cell,
    Compared,
    Grid,
    Listed,
    Piece,
    Said,
    left_out,
)
from symbp.experiments.sharpness import sharpness
from symbp.experiments.sweep_run import Done, Plan, run
from symbp.experiments.sweep_view import Class, classes
from symbp.experiments.threshold import threshold_of
from symbp.form import Form
from symbp.spec import Network

RATES = tuple(decimal_text(Fraction(10) ** k) for k in range(-6, 4))
LINEAR = "identity"
LOOKS = 10
SWEEP_STEPS = 2000
LARGEST_SWEEP, LARGEST_HESSIAN, LARGEST_THRESHOLD = 2_000, 500_000, 200  # weights times samples
OSCILLATING = ("periodic", "chaotic", "undecided", "diverged")


def edge_of_stability(asked: Asked) -> Answer:
    """lambda_max along the training, against 2 over the learning rate."""
    try:
        _small_enough(asked.network, LARGEST_HESSIAN, "symbp sharpness")
        model = objective(asked.network, Form(second_order=True))
        found = sharpness(asked.network, asked.steps, max(1, asked.steps // LOOKS), found=model)
    except SymbpError as error:
        return Answer("3a", (left_out(error),))
    heads: tuple[Cell, ...] = (
        Finding("report.steps"), Finding("compare.loss"), "lambda_max", "lr*lambda_max",
        "2/lambda_max",
    )  # fmt: skip
    rows = tuple(
        (str(step), f"{found.losses[step]:.6g}", f"{found.tops[k]:.5g}", f"{found.ratios[k]:.4g}",
         f"{found.critical[k]:.5g}")
        for k, step in enumerate(found.steps)
    )  # fmt: skip
    said = edge.explain(found)
    title = f"{asked.network.name}, learning rate {found.rate:g}"
    drawn = asked.picture(
        "3a_sharpness", lambda figure: sharpness_plot.panels(figure, found, title),
        sharpness_plot.SIZE, Finding("report.sharpness picture"),
    )  # fmt: skip
    table = Grid(Finding("report.sharpness"), heads, rows)
    return Answer("3a", (Said((Finding("report.edge"),)), table, *drawn, Listed(said)), said[:2])


def rates_and_steps(asked: Asked) -> Answer:
    """A table over rates and steps, a sweep, and why it oscillates where it does."""
    pieces: list[Piece] = []
    short: list[Finding] = []
    ways = list(_ways(asked.network))
    for k, way in enumerate(ways):
        pieces.append(Said((way.intro,)))
        try:
            network = asked.network
            if k:
                network, _ = varied(network, PLAIN, "activation", str(way.activation))
            part = (k, len(ways) + 1)  # the sweep is one more
            found = trained(replace(asked, network=network), "3f", "rate", RATES, part=part)
        except SymbpError as error:
            pieces.append(left_out(error))
            continue
        best, overflows = _best(found, way.activation), _overflows(found)
        drawn = curves(asked, way.name, found, way.activation or "")
        pieces += [Known((found,)), Compared(found, weights=False), *drawn]
        pieces.append(Said((best, *overflows)))
        short += (best, *(labelled([str(way.activation)], f) for f in overflows))
    more, why = _sweep(asked)
    return Answer("3f", (*pieces, *more), (*short, *why))


@dataclass(frozen=True, slots=True)
class Way:
    """A network that is trained at all rates.

    Args:
        name: Of its picture.
        intro: What is changed.
        activation: Its; None where it has none.
    """

    name: str
    intro: Finding
    activation: str | None


def _ways(network: Network) -> Iterator[Way]:
    """The network, with ReLU, and with linear units, as far as it has not got these."""
    own = activation_of(network)
    yield Way("3f_rates", Finding("report.rates"), own)
    for other in (RELU, LINEAR):
        if own not in (None, other):
            intro = Finding(f"report.rates {other}", {"own": own})
            yield Way(f"3f_rates_{other}", intro, other)


def _overflows(found: Comparison) -> tuple[Finding, ...]:
    """The lowest rate that overflows, what is not finite first, and where that leads."""
    for t in found.trained:
        at = t.run.overflow
        if at is not None:
            place = f"[{','.join(map(str, at.place))}]" if at.place else ""
            model = objective(t.variant.network)
            theta, _ = model.descend(model.start, float(t.variant.label), found.steps)
            values = {"rate": t.variant.label, "steps": at.iteration,
                      "quantity": f"{at.quantity}{place}", "value": at.value,
                      "whole": found.steps,
                      "loss": str(model.loss(theta)).replace("nan", "NaN")}  # fmt: skip
            return (Finding("report.overflows", values, evidence=values),)
    return ()


def _best(found: Comparison, activation: str | None) -> Finding:
    """The rate with the lowest loss in the end, and how many runs overflowed."""
    done = [t for t in found.trained if t.run.ended == "done"]
    best = min(done or found.trained, key=lambda t: t.run.final_loss)
    values = {
        "rate": best.variant.label, "steps": found.steps, "loss": f"{best.run.final_loss:.6g}",
        "count": len(found.trained), "broken": len(found.trained) - len(done),
    }  # fmt: skip
    if activation is None:
        return Finding("report.best rate, linear", values)
    return Finding("report.best rate", {**values, "activation": activation})


def _sweep(asked: Asked) -> tuple[list[Piece], list[Finding]]:
    """The bifurcation diagram, its classes, and the Hessian's account of them."""
    pieces: list[Piece] = [Said((Finding("report.sweep"),))]
    try:
        _small_enough(asked.network, LARGEST_SWEEP, "symbp sweep")
        steps = min(SWEEP_STEPS, 2 * asked.steps)
        timing = Timing(steps, steps // 2, max(1, min(128, steps - steps // 2)))
        done = run(asked.network, Plan(timing=timing))
    except SymbpError as error:
        return [*pieces, left_out(error)], []
    title = f"{asked.network.name}: gradient descent from {done.words}"
    pieces.append(_classes(done))
    pieces += asked.picture(
        "3f_bifurcation",
        lambda figure: sweep_plot.diagram(figure, done.sweep, done.found, title, done.rates.log),
        sweep_plot.SIZE, Finding("report.bifurcation", {"record": timing.record}),
    )  # fmt: skip
    became, why = _became(done), _why(asked, done)
    return [*pieces, Said(became), Listed(tuple(why))], [*became[:1], *why[:1]]


def _became(done: Done) -> tuple[Finding, ...]:
    """What the sweep found, from the lowest rates up, and what the classes mean."""
    found = sorted(classes(done.sweep, done.found), key=lambda c: c.rates)
    each = [
        Finding("report.class at", {
            "name": _name(c), "runs": c.runs,
            "low": f"{c.rates[0]:.4g}", "high": f"{c.rates[1]:.4g}",
        })
        for c in found
    ]  # fmt: skip
    said = [Finding("report.became", {"each": each}, evidence={"classes": found})]
    periods = [c.period for c in found if c.kind == "periodic"]
    if periods:
        said.append(Finding("report.periods", {"longest": max(periods)}))
    if any(c.kind == "chaotic" for c in found):
        said.append(Finding("report.chaos"))
    return tuple(said)


def _name(found: Class) -> Finding:
    """What runs of a class are called."""
    names = {
        "converged": Finding("report.converged"), "chaotic": Finding("report.chaotic"),
        "slow": Finding("report.slow"), "undecided": Finding("report.undecided"),
        "diverged": Finding("report.diverging"),
    }  # fmt: skip
    return names.get(found.kind, Finding("report.period", {"period": found.period}))


def _classes(done: Done) -> Grid:
    """How many rates do what, and from which to which."""
    heads = (Finding("report.class"), Finding("report.runs"), Finding("report.from"),
             Finding("report.to"))  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for c in classes(done.sweep, done.found):
        low, high = c.rates
        rows.append((_name(c), str(c.runs), f"{low:.4g}", f"{high:.4g}"))
    rates = done.sweep.rates
    timing = done.sweep.options.timing
    caption = Finding(
        "report.classes",
        {"count": len(rates), "low": f"{rates[0]:.4g}", "high": f"{rates[-1]:.4g}",
         "steps": timing.steps, "burn": timing.burn_in},
    )  # fmt: skip
    return Grid(caption, heads, tuple(rows))


def _why(asked: Asked, done: Done) -> list[Finding]:
    """Where it begins to oscillate, beside 2/lambda_max."""
    lively = [c for c in classes(done.sweep, done.found) if c.kind in OSCILLATING]
    model = objective(asked.network, Form(second_order=True))
    found = sharpness(asked.network, asked.steps, asked.steps, found=model)
    first, last = found.critical[0], found.critical[-1]
    values = {"first": f"{first:.4g}", "last": f"{last:.4g}", "steps": int(found.steps[-1])}
    said = []
    if lively:
        lowest = min(c.rates[0] for c in lively)
        said.append(Finding("report.begins", {**values, "rate": f"{lowest:.4g}"},
                            evidence={"lowest": lowest}))  # fmt: skip
    else:
        said.append(Finding("report.calm", values))
    if asked.network.weight_count > LARGEST_THRESHOLD:
        return said
    try:
        said += threshold_of(asked.network, model)
    except SymbpError as error:
        said.append(Finding("report.no threshold", {"reason": error.found}))
    return said


def _small_enough(network: Network, most: int, command: str) -> None:
    """Raise where an experiment would take minutes.

    Raises:
        SymbpError: weights times samples are more than `most`.
    """
    size = network.weight_count * len(network.numbers.inputs)
    if size > most:
        found = f"{size} weights times samples, at most {most} in a report"
        raise SymbpError(command, found, f"Run {command} by itself.")
