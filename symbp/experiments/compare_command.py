"""`symbp compare`: the same network with one thing changed, explained before it is trained.

Input: a network and options.  Output: tables and sentences, text, pictures.  Imports command and
terminal; the rest on call.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from symbp.command import Out, command, emit, flag
from symbp.errors import SpecError
from symbp.option_words import Comparison, Lang
from symbp.spec import Network
from symbp.terminal import Show, console, waiting

if TYPE_CHECKING:
    from symbp.experiments.compare import Variant

TRAINING = "Training"


@command
def compare(
    network: Network,
    vary: Annotated[
        str,
        typer.Option(
            help="What is changed, and its values: activation, loss, reduction, init, "
            'optimizer, rate or seed, e.g. "activation=relu,elu(alpha=2)".',
        ),
    ] = "activation=sigmoid,relu,tanh",
    steps: Annotated[int, typer.Option(help="How many.", rich_help_panel=TRAINING)] = 1000,
    optimizer: Annotated[
        str, typer.Option(help='As adam, or "adam(beta1=0.8)".', rich_help_panel=TRAINING)
    ] = "sgd",
    init: Annotated[
        str, typer.Option(help='As xavier, or "normal(std=0.5)".', rich_help_panel=TRAINING)
    ] = "given",
    init_seed: Annotated[int, typer.Option(help="Of --init.", rich_help_panel=TRAINING)] = 0,
    data: Annotated[
        str | None,
        flag('A .csv, .npz or idx file, or "moons(noise=0.2)"; none: the example.', TRAINING),
    ] = None,
    labels: Annotated[Path | None, flag("The idx file of the labels.", TRAINING)] = None,
    plot: Annotated[
        list[Path] | None, flag("Draw the losses: .png or .svg; repeatable.", "Options")
    ] = None,
    format: Annotated[Comparison, typer.Option(help="text, md or json.")] = Comparison.text,
    lang: Annotated[Lang, typer.Option(help="en or zh: the language of all sentences.")] = Lang.en,
    output: Out = None,
) -> None:
    """Train with one thing changed, side by side, and say why it goes as it does.

    What the derivation tells is said before training: units that stay equal, weights that
    cannot move, units without a gradient, losses without a minimum or a lower bound.

    [bold]Examples[/]

      symbp compare

      symbp compare --vary loss=half_sse,mse,cross_entropy

      symbp compare --vary init=given,zeros,xavier --plot curves.svg

      symbp compare --vary optimizer=sgd,momentum,adam --steps 200 --format md -o compare.md
    """
    from symbp.checks import whole_number
    from symbp.experiments import compare_view as view
    from symbp.experiments.compare import Setting, prepare, read_change, train_all
    from symbp.experiments.data import notes, read
    from symbp.experiments.training import MOST_STEPS
    from symbp.plotting import check_plot

    for path in plot or []:
        check_plot(path)
    if output is not None and str(output) != "-" and format is Comparison.text:
        raise SpecError("--output", "a table of the terminal in a file", "Add --format md.")
    change, values = read_change(vary)
    whole_number(steps, "--steps", most=MOST_STEPS)
    samples = read(data, network, labels)
    for note in notes(samples, network):
        console(stderr=True).print(f"note: {note}", markup=False)
    setting = Setting(optimizer, init, init_seed)
    with waiting() as show:
        variants = prepare(network, change, values, dataset=samples, setting=setting)
        if format is Comparison.text:
            console().print(view.heading(network, change, lang.value), markup=False)
            _print_before(view.before_training(variants, lang.value), lang.value)
        found = train_all(
            network, change, variants, dataset=samples, steps=steps, watch=_watch(show, steps)
        )
    match format:
        case Comparison.md:
            emit(view.markdown(found, lang.value), output)
        case Comparison.json:
            emit(view.as_json(found, lang.value), output)
        case Comparison.text:
            console().print(view.table(*view.loss_rows(found, lang.value)))
            weights = view.weight_rows(found, lang.value)
            if weights is not None:
                console().print(view.table(*weights))
            for text in view.after_training(found, lang.value):
                console().print(f"- {text}", markup=False)
    for path in plot or []:
        view.plot(path, found, lang.value)
        console(stderr=True).print(f"wrote {path}", markup=False)


def _print_before(said: tuple[tuple[str, str], ...], lang: str) -> None:
    from symbp.messages import say

    console().print(f"\n{say('compare.before', lang)}", markup=False)
    for label, text in said:
        console().print(f"- {say('compare.said', lang, label=label, text=text)}", markup=False)
    console().print("")


def _watch(show: Show, steps: int) -> Callable[[Variant, int, float], None]:
    every = max(1, steps // 100)

    def watch(variant: Variant, done: int, loss: float) -> None:
        if done % every == 0:
            show(variant.label, done / steps, f"loss {loss:.4g}")

    return watch
