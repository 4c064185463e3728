"""A comparison as the terminal shows it, as Markdown, as JSON and as a picture.

Input: variants or a `Comparison`.  Output: rich tables, text, a .png or .svg file.  Imports
compare, curves, messages and plotting; numpy and matplotlib on call.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symbp.experiments.compare import Comparison, Trained, Variant
from symbp.experiments.curves import LOG_FROM, thinned
from symbp.experiments.explain import Finding
from symbp.messages import say
from symbp.pipeline import derive
from symbp.plotting import COLOURS, LARGEST, STYLES, write_picture
from symbp.scalars import ScalarSystem
from symbp.spec import Network
from symbp.views import title

if TYPE_CHECKING:
    import numpy as np
    from rich.table import Table

MOST_WEIGHTS = 16
LOSS_DIGITS, WEIGHT_DIGITS = 10, 6
SIZE = (7.2, 4.4)
THIN, THICK = 1.5, 3.8
ROUNDED, FAR, SEEN = 1e-16, 1e3, 1e-2
Rows = tuple[tuple[str, ...], ...]


def heading(network: Network, change: str, lang: str = "en") -> str:
    """What is compared, in one line."""
    return say("compare.title", lang, network=title(network, lang), change=_thing(change, lang))


def _thing(change: str, lang: str) -> str:
    return {
        "activation": say("compare.activation", lang), "loss": say("compare.loss", lang),
        "reduction": say("compare.reduction", lang), "init": say("compare.init", lang),
        "optimizer": say("compare.optimizer", lang), "rate": say("compare.rate", lang),
        "seed": say("compare.seed", lang),
    }[change]  # fmt: skip


def loss_rows(comparison: Comparison, lang: str = "en") -> tuple[tuple[str, ...], Rows]:
    """The heads and the rows of the table of losses.

    >>> from symbp.experiments.compare import compare
    >>> from symbp.spec_file import worked_example
    >>> heads, rows = loss_rows(compare(worked_example(), "loss", ["mse"], steps=1))
    >>> heads, rows[0][:3]
    (('loss', 'at the start', '|gradient|', 'after 1', 'ended'), ('mse', '0.2097097937', '0.1222'))
    """
    heads = (
        _thing(comparison.change, lang),
        say("compare.start", lang),
        say("compare.gradient", lang),
        *(say("compare.after", lang, steps=f"{n}") for n in comparison.milestones),
        say("compare.ended", lang),
    )
    return heads, tuple(tuple(_loss_row(t, lang)) for t in comparison.trained)


def _loss_row(t: Trained, lang: str) -> Iterator[str]:
    yield t.variant.label
    yield number(t.variant.begun.loss, LOSS_DIGITS)
    yield number(t.variant.gradient_norm, 4)
    for value in t.losses.values():
        yield number(value, LOSS_DIGITS)
    yield {
        "done": say("compare.done", lang), "stopped": say("compare.stopped", lang),
        "not finite": say("compare.not finite", lang),
    }[t.run.ended]  # fmt: skip


def number(value: float, digits: int) -> str:
    """A number with so many digits; a dash where there is none."""
    return "-" if math.isnan(value) else f"{value:.{digits}g}"


def weight_rows(comparison: Comparison, lang: str = "en") -> tuple[tuple[str, ...], Rows] | None:
    """Weights before, after the first step and in the end; None where there are many."""
    networks = [t.variant.network for t in comparison.trained]
    if max(n.weight_count for n in networks) > MOST_WEIGHTS:
        return None
    names: dict[str, None] = {}
    tables = [named_weights(n) for n in networks]
    for table in tables:
        names |= dict.fromkeys(table)
    heads = (_thing(comparison.change, lang), say("compare.when", lang), *names)
    rows = []
    for t, places in zip(comparison.trained, tables, strict=True):
        moments = (
            (say("compare.start", lang), t.run.initial),
            (say("compare.after", lang, steps="1"), t.first),
            (say("compare.after", lang, steps=str(len(t.run.history))), t.run.final),
        )
        for k, (moment, parameters) in enumerate(moments):
            values = (
                number(float(parameters[places[n][0]][places[n][1]]), WEIGHT_DIGITS)
                if n in places else "-"
                for n in names
            )  # fmt: skip
            rows.append((t.variant.label if k == 0 else "", moment, *values))
    return heads, tuple(rows)


def named_weights(network: Network) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Parameter and place of every trained number, by its scalar name."""
    system = ScalarSystem(network, derive(network))
    return {w.name: (w.parameter, w.place) for w in system.weights}


def labelled_findings(
    variants: Sequence[Variant], lang: str = "en"
) -> tuple[tuple[tuple[str, ...], str], ...]:
    """What is known of each variant before it is trained, with the labels of those it holds for.

    A sentence that several share is said once.
    """
    said: dict[str, list[str]] = {}
    for variant in variants:
        for finding in variant.findings:
            said.setdefault(finding.text(lang), []).append(variant.label)
    return tuple((tuple(labels), text) for text, labels in said.items())


def before_training(variants: Sequence[Variant], lang: str = "en") -> tuple[tuple[str, str], ...]:
    """The same with the labels as text."""
    comma = say("finding.comma", lang)
    return tuple((comma.join(labels), text) for labels, text in labelled_findings(variants, lang))


def after_training(comparison: Comparison, lang: str = "en") -> tuple[str, ...]:
    """Sentences about pairs of variants and about what training gave."""
    return tuple(f.text(lang) for f in (*comparison.before, *comparison.after))


def table(heads: Sequence[str], rows: Rows) -> Table:
    """A table for the terminal; numbers stand right."""
    from rich.table import Table
    from rich.text import Text

    made = Table()
    for k, head in enumerate(heads):
        made.add_column(Text(head), justify="left" if k == 0 else "right", no_wrap=True)
    for row in rows:
        made.add_row(*map(Text, row))
    return made


def markdown(comparison: Comparison, lang: str = "en") -> str:
    """The comparison as a Markdown document."""
    lines = [f"# {_escaped(heading(comparison.network, comparison.change, lang))}", ""]
    for found in (loss_rows(comparison, lang), weight_rows(comparison, lang)):
        if found is not None:
            lines += [*_markdown_table(*found), ""]
    variants = [t.variant for t in comparison.trained]
    lines += [f"## {say('compare.before', lang)}", ""]
    for label, text in before_training(variants, lang):
        said = say("compare.said", lang, label=f"**{_escaped(label)}**", text=_escaped(text))
        lines.append(f"- {said}")
    after = after_training(comparison, lang)
    if after:
        lines += ["", f"## {say('compare.explained', lang)}", ""]
        lines += [f"- {_escaped(text)}" for text in after]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return "".join(f"\\{c}" if c in "\\`*_[]<>|#" else c for c in text)


def _markdown_table(heads: Sequence[str], rows: Rows) -> Iterator[str]:
    yield f"| {' | '.join(map(_escaped, heads))} |"
    yield f"|{'|'.join([' --- ', *[' ---: '] * (len(heads) - 1)])}|"
    for row in rows:
        yield f"| {' | '.join(map(_escaped, row))} |"


def as_json(comparison: Comparison, lang: str = "en") -> str:
    """The comparison as JSON; numbers that are not finite as text."""
    trained = []
    for t in comparison.trained:
        v = t.variant
        trained.append({
            "value": v.label,
            "optimizer": v.setting.optimizer, "init": v.setting.init, "seed": v.setting.seed,
            "loss_at_start": _plain(v.begun.loss), "gradient_norm": _plain(v.gradient_norm),
            "losses": {str(n): _plain(loss) for n, loss in t.losses.items()},
            "ended": t.run.ended,
            "weights": {
                name: _arrays(p) for name, p in
                (("start", t.run.initial), ("after_1", t.first), ("final", t.run.final))
            } if v.network.weight_count <= MOST_WEIGHTS else {},
            "findings": [_finding(f, lang) for f in v.findings],
        })  # fmt: skip
    found = {
        "network": comparison.network.name, "change": comparison.change, "steps": comparison.steps,
        "variants": trained,
        "pairs": [_finding(f, lang) for f in comparison.before],
        "after": [_finding(f, lang) for f in comparison.after],
    }  # fmt: skip
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _finding(finding: Finding, lang: str) -> dict[str, Any]:
    return {
        "key": finding.key, "text": finding.text(lang),
        "proofs": [str(proof) for proof in finding.proofs],
    }  # fmt: skip


def _plain(value: float) -> float | str | None:
    if math.isnan(value):
        return None
    return value if math.isfinite(value) else str(value)


def _arrays(parameters: Mapping[str, np.ndarray]) -> dict[str, Any]:
    return {name: value.tolist() for name, value in parameters.items()}


def plot(path: Path, comparison: Comparison, lang: str = "en") -> None:
    """Draw the loss of every variant against the step, the step on a log axis from 1.

    Raises:
        OutputError: neither .png nor .svg, or it cannot be written.
        DependencyError: matplotlib is not installed.
    """
    write_picture(path, lambda figure: draw_losses(figure, comparison), SIZE)


def picture_title(comparison: Comparison) -> str:
    """What a picture of a comparison shows."""
    return f"Loss of {comparison.network.name} by {_thing(comparison.change, 'en')}"


def draw_losses(figure: Any, comparison: Comparison, shown: str = "") -> None:
    """A curve that a later one covers is thicker, so that both are seen.

    Args:
        figure: Of matplotlib, empty.
        comparison: What is drawn.
        shown: The title; none: `picture_title`.
    """
    import numpy as np

    axes = figure.add_subplot()
    drawn, ends = [], []
    for k, t in enumerate(comparison.trained):
        losses = t.run.history.losses
        if t.run.ended != "not finite":
            losses = np.append(losses, t.run.final_loss)
        losses = losses[np.abs(losses) < LARGEST]
        steps, values = thinned(losses)
        colour, style = COLOURS[k % len(COLOURS)], STYLES[k // len(COLOURS) % len(STYLES)]
        later = comparison.trained[k + 1 :]
        width = THICK if any(_covers(other, t) for other in later) else THIN
        axes.plot(steps, values, style, color=colour, linewidth=width, label=t.variant.label)
        if len(values):
            drawn.append(values)
            ends.append((steps[-1], values[-1], "x" if t.run.overflow else "o", colour, width))
    if drawn:
        _scale(axes, np.concatenate(drawn), max(abs(float(v[0])) for v in drawn))
    low, high = axes.get_ylim()
    for step, value, mark, colour, width in ends:  # one that left the picture ends at its edge
        axes.plot(step, min(max(value, low), high), mark, color=colour, clip_on=False,
                  markersize=2 * width + 2)  # fmt: skip
    axes.set_ylim(low, high)
    axes.set_xscale("symlog", linthresh=1, linscale=0.3)
    axes.set_xlim(0, comparison.steps * 1.15)
    axes.set_xlabel("steps")
    axes.set_ylabel("loss")
    axes.set_title(shown or picture_title(comparison), loc="left", fontsize=10, parse_math=False)
    axes.grid(alpha=0.3)
    legend = figure.legend(frameon=False, fontsize=9, loc="outside right center")
    for text in legend.get_texts():
        text.set_parse_math(False)


def _covers(other: Trained, t: Trained) -> bool:
    """Whether two curves look the same."""
    pairs = zip(other.losses.values(), t.losses.values(), strict=True)
    return all(abs(a - b) <= SEEN * max(abs(a), abs(b)) for a, b in pairs)


def _scale(axes: Any, losses: Any, first: float) -> None:
    """A log axis where losses fall or grow 20 times, as far from the first as rounding reaches.

    Losses below 0 have none; where they run away a linear middle joins two log axes.
    """
    low, high = float(losses.min()), float(losses.max())
    if low >= 0 and LOG_FROM * low < high:
        axes.set_yscale("log")
        if low < ROUNDED * first:
            axes.set_ylim(bottom=ROUNDED * first)
        if high * ROUNDED > first > 0:
            axes.set_ylim(top=first / ROUNDED)
    elif max(-low, high) > FAR * max(first, 1e-300):
        decades = math.log10(max(-low, high) / max(first, 1e-300))
        axes.set_yscale("symlog", linthresh=max(first, 1e-300), linscale=max(1, decades / 8))
