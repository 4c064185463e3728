"""What the terminal shows: derivation, weights, numbers, reports, catalogue.

Input: results of the pipeline.  Output: text, or rich tables for cli.py to print.  Imports the data
types and, on call, the scalar view.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from symbp import catalog
from symbp.backends.json_form import to_json
from symbp.backends.training import formulas
from symbp.derivation import Derivation, Line
from symbp.errors import SymbpError
from symbp.exact import brief
from symbp.example import Example
from symbp.formula_layer import bilinear
from symbp.layers import (
    Activate,
    BatchNorm,
    Bias,
    Dense,
    Dropout,
    Embedding,
    Layer,
    LayerNorm,
    Residual,
    RMSNorm,
    kind_of,
)
from symbp.messages import say
from symbp.notation import equation_text, index_text
from symbp.spec import Network
from symbp.weights import WeightForms, weight_forms

if TYPE_CHECKING:
    from symbp.evaluate import Evaluation
    from symbp.evaluate.lines import Section
    from symbp.verify.random_networks import Trials
    from symbp.verify.report import Report

KINDS = ("activation", "loss", "layer", "optimizer", *catalog.RECIPES)
SHOWN_PATHS, SHOWN_CLOSED = 8, 600
CALLS = ("where(", "max(")
SECTIONS: dict[Section, str] = {
    "forward": "Forward pass",
    "loss": "Loss",
    "delta": "Deltas",
    "gradient": "Gradients",
    "update": "Update: w - lr*dE/dw",
}


def title(network: Network, lang: str = "en") -> str:
    """One line that says what the network is.

    >>> title(Network(sizes=[2, 2, 2]))
    'network: 2-2-2, sigmoid; loss half_sse (sum)'
    """
    kinds = []
    activations = network.activations
    for number, layer in enumerate(network.layers, 1):
        match layer:
            case Dense() | Activate():
                kinds.append(brief(activations[number].text))
            case _:
                kinds.append(kind_of(layer))
    names = kinds[:1] if len(set(kinds)) == 1 else kinds
    sizes = "-".join(str(w) for w in network.widths)
    shown = ", ".join(names if len(names) <= 8 else [*names[:6], "..", names[-1]])
    if len(sizes) > 40:
        sizes = say("network.layers", lang, count=len(network.layers))
    drawn = ""
    if isinstance(network.example, Example) and network.example.seed is not None:
        drawn = say("network.drawn", lang, seed=network.example.seed)
    loss = f"{brief(network.loss_row.text)} ({network.reduction})"
    line = say("network.line", lang, name=network.name, sizes=sizes, kinds=shown, loss=loss)
    return f"{line}{drawn}"


def derivation_text(
    network: Network, derivation: Derivation, weights: Sequence[str] | None, steps: bool
) -> str:
    """Forward pass, backward pass with its steps, and the three forms of each weight."""
    lines = [title(network), *_domains(network), "", "Forward pass"]
    width = max(len(str(line)) for line in derivation.forward)
    for line in derivation.forward:
        origin = f"  {line.equation.origin}" if line.equation.origin else ""
        lines.append(f"  {str(line).ljust(min(width, 70))}{origin}")
    lines += ["", "Backward pass (dQ is the gradient of E by Q)"]
    for line in derivation.backward:
        lines.append(f"  {line}")
        if steps:
            lines += step_lines(line)
    forms = weight_forms(network, derivation, weights)
    if forms:
        lines += ["", "Each weight", *_shared_deltas(forms)]
        for form in forms:
            lines += _weight_lines(form, whole=bool(weights))
    else:
        count = f"{network.weight_count:,}"
        lines += ["", f"{count} weights: name some with --weight to write them out."]
    return "\n".join(lines)


def _domains(network: Network) -> list[str]:
    """Where the activations of the user's own are defined, if not everywhere."""
    if not any(row.own for row in network.activations.values()):
        return []
    from symbp.study.domain import row_domain  # loads numpy

    found = ((k, row_domain(row)) for k, row in network.activations.items())
    return [f"layer {k}, own activation, is defined for {words}" for k, words in found if words]


def _shared_deltas(forms: Sequence[WeightForms]) -> list[str]:
    """The adjoints that the delta forms are written in, each once."""
    deltas = dict(pair for form in forms for pair in form.deltas)
    return [f"  {name} = {text}" for name, text in deltas.items()]


def _weight_lines(form: WeightForms, whole: bool) -> list[str]:
    """The forms of one weight; without `whole` only the first paths and a short closed form."""
    gradient = f"dE/d{form.name}"
    entry = f" = {form.matrix_name}" if form.matrix_name != form.name else ""
    lines = [
        "",
        f"  {form.name}{entry}",
        f"    delta form   {gradient} = {form.delta}   [{form.line}]",
    ]
    paths = form.chain if whole else form.chain[:SHOWN_PATHS]
    head = f"    chain form   {gradient} "
    for row, texts in enumerate(([p.names for p in paths], [p.factors for p in paths])):
        for position, factors in enumerate(texts):
            start = head if row == position == 0 else " " * len(head)
            lines.append(f"{start}{'+' if position else '='} {' * '.join(map(_factor, factors))}")
    hidden = len(form.chain) - len(paths)
    if hidden:
        lines.append(f"    {'':<13}and {hidden} more paths: --weight {form.name} shows them")
    if form.closed and (whole or len(form.closed) <= SHOWN_CLOSED):
        lines.append(f"    closed form  {gradient} = {form.closed}")
    elif form.closed:
        lines.append(
            f"    closed form  {len(form.closed)} characters: --weight {form.name} shows it"
        )
    lines += [f"    ({note})" for note in form.notes]
    return [*lines, f"    proof        {form.proof}"]


def step_lines(line: Line) -> list[str]:
    """The steps of one line, indented, each with its rule and reason."""
    return [
        f"      {s.rule:<17} {index_text(s.before)} = {index_text(s.after)}\n"
        f"      {'':<17} ({s.reason}{f'; {s.source}' if s.source else ''})"
        for s in line.steps
    ]


def _factor(text: str) -> str:
    """A factor of a path, in parentheses where it is a sum, a sign or a product."""
    bare = text.startswith(CALLS) or re.fullmatch(r"\w+(/\w+)?", text)
    return text if bare else f"({text})"


def derivation_json(network: Network, derivation: Derivation, weights: Sequence[str] | None) -> str:
    """Every step, and the forms of each weight, as JSON."""
    forms = weight_forms(network, derivation, weights)
    return to_json(network, derivation, {form.name: form.as_json() for form in forms})


def evaluation_text(network: Network, evaluation: Evaluation) -> str:
    """Each line as formula = numbers put in = value, part by part."""
    lines = [title(network)]
    for section, heading in SECTIONS.items():
        found = evaluation.section(section)
        if found:
            lines += ["", heading, *(f"  [{line.line}] {line}" for line in found)]
    lines += [
        "",
        f"≈ is rounded to {evaluation.digits} significant digits, all of them right; = is exact.",
    ]
    return "\n".join(lines)


def report_table(network: Network, report: Report) -> Table:
    """One row a comparison, the failed ones in red."""
    table = Table(title=Text(title(network)), title_justify="left")
    for column in (
        "oracle",
        "gradient of E by",
        "compared",
        "absolute",
        "relative",
        "tolerance",
        "",
    ):
        left = column in ("oracle", "gradient of E by")
        table.add_column(column, justify="left" if left else "right", no_wrap=True)
    for c in report.comparisons:
        name = "(loss E itself)" if c.quantity == "E" else c.quantity
        row = (
            c.oracle,
            name,
            str(c.compared),
            f"{c.absolute:.1e}",
            f"{c.relative:.1e}",
            f"{c.tolerance:.0e}",
        )
        verdict = Text("ok") if c.passed else Text("FAILED", style="bold red")
        table.add_row(*(Text(cell) for cell in row), verdict)
    return table


def forms_table(network: Network, found: Mapping[str, Report | SymbpError]) -> Table:
    """One row a form of the code: its worst error against each oracle, or why it has none."""
    table = Table(title=Text(title(network)), title_justify="left")
    oracles = ("torch", "precision", "differences")
    for column in ("form", "compared", *oracles, ""):
        table.add_column(column, justify="left" if column == "form" else "right")
    for name, report in found.items():
        if isinstance(report, SymbpError):
            reason = f"not checked: {report.found}"
            table.add_row(Text(f"{name}\n  {reason}"), "", "", "", "", Text("-"))
            continue
        worst: dict[str, float] = {}
        for c in report.comparisons:
            oracle = c.oracle.partition(",")[0]
            worst[oracle] = max(worst.get(oracle, 0.0), c.relative, key=_badness)
        errors = (f"{worst[o]:.1e}" if o in worst else "" for o in oracles)
        compared = str(sum(c.compared for c in report.comparisons))
        verdict = Text("ok") if report.passed else Text("FAILED", style="bold red")
        table.add_row(Text(name), compared, *errors, verdict)
    return table


def _badness(error: float) -> float:
    """NaN is worse than any number."""
    return float("inf") if error != error else error


def trials_table(trials: Trials) -> Table:
    """How many random networks were compared with torch, and the worst."""
    seed, error = trials.worst
    table = Table(title="random networks against torch", title_justify="left")
    for column in ("networks", "failed", "worst relative", "of seed", "tolerance"):
        table.add_column(column, justify="right")
    failed = ", ".join(map(str, trials.failed[:10])) or "none"
    table.add_row(
        str(len(trials.errors)), failed, f"{error:.1e}", str(seed), f"{trials.tolerance:.0e}"
    )
    return table


def catalogue_tables(kind: str | None) -> list[Table]:
    """The catalogue as tables, formulas as symbp writes them."""
    from symbp.build import build_graph

    tables = []
    for wanted in [kind] if kind else KINDS:
        table = Table("name", "formula", "source", title=wanted, title_justify="left")
        tables.append(table)
        if wanted == "optimizer":
            for row in catalog.OPTIMIZERS:
                table.add_row(
                    Text(catalog.call(row)), Text("\n".join(formulas(row))), Text(row.source)
                )
            continue
        if wanted in catalog.RECIPES:
            for recipe in catalog.RECIPES[wanted]:
                table.add_row(Text(catalog.call(recipe)), Text(recipe.words), Text(recipe.source))
            continue
        own = ("activation", "formula") if wanted == "layer" else ()
        for name in (*catalog.names(wanted), *own):
            network, source, call = _sample(wanted, name)
            place = f"layer {len(network.layers)}," if wanted == "layer" else f", {name}"
            equations = [e for e in build_graph(network).equations if place in e.origin]
            text = "\n".join(map(equation_text, equations)) or "A1[n,j] = Z1[n,j]"
            table.add_row(Text(call), Text(text), Text(source))
    return tables


def _sample(kind: str, name: str) -> tuple[Network, str, str]:
    """A small network that has the entry, its source, and how it is written with all options."""
    if kind == "activation":
        row = catalog.activation(name)
        network = Network(sizes=[2, 2], activation=catalog.sample(row))
        return network, row.source, catalog.call(row)
    if kind == "loss":
        found = catalog.loss(name)
        network = Network(sizes=[2, 2], activation="identity", loss=name)
        return network, found.source, catalog.call(found)
    sources = {"formula": "your own, for example this", "activation": "any activation, alone"}
    source = sources.get(name) or catalog.layer(name).source
    return Network(inputs=2, layers=sample_layers(name)), source, name


def sample_layers(kind: str) -> tuple[Layer, ...]:
    """A few layers, the last of which is one of the kind: what `symbp list` shows.

    >>> sample_layers("residual")
    (Dense(out=2, activation='identity', bias='none', weight='', inputs=None), Residual(source=0))
    """
    layers: dict[str, Layer] = {
        "dense": Dense(2, bias="per-unit"), "bias": Bias(), "layernorm": LayerNorm(),
        "rmsnorm": RMSNorm(), "batchnorm": BatchNorm(), "dropout": Dropout(),
        "batchnorm_inference": BatchNorm(mode="inference"), "embedding": Embedding(2),
        "residual": Residual(0), "formula": bilinear(2), "activation": Activate("relu"),
    }  # fmt: skip
    alone = kind in ("dense", "embedding", "formula")
    return (layers[kind],) if alone else (Dense(2), layers[kind])
