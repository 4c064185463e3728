"""The command line: the only place that prints or picks an exit code.

Exit codes: 0 ok, 1 a check failed, 2 bad input.  Imports the pipeline, the views and, on call,
what a command needs: no command loads torch but `verify`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from symbp import pipeline
from symbp.command import (
    Digits,
    Language,
    Out,
    Runs,
    SecondOrder,
    Weights,
    Workspace,
    command,
    emit,
    emit_files,
    flag,
)
from symbp.errors import SpecError, SymbpError, unknown_name
from symbp.experiments.commands import COMMANDS
from symbp.form import Form
from symbp.help_text import SpokenCommand
from symbp.option_words import Blas, Checked, Document, Format, Lang, Report, Style, Target
from symbp.spec import Network
from symbp.terminal import console, screen_that_may_fail, waiting

app = typer.Typer(
    name="symbp",
    help="Derive backpropagation step by step, put numbers in, write NumPy code, prove it.\n\n"
    "Every command takes a TOML spec, or flags, or nothing: then it runs the worked example.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


@app.command()
@command
def derive(
    network: Network,
    weight: Weights = None,
    format: Annotated[Format, typer.Option(help="text, json (every step) or latex.")] = Format.text,
    steps: Annotated[bool, typer.Option(help="Show the steps that lead to each gradient.")] = True,
    output: Out = None,
) -> None:
    """Derive the gradient of every weight, step by step with reasons.

    [bold]Examples[/]

      symbp derive

      symbp derive --weight w5 --no-steps

      symbp derive examples/layernorm_residual.toml --format latex -o derivation.tex

      symbp derive --torch my_model.py:model --loss cross_entropy (this runs my_model.py)
    """
    from symbp.views import derivation_json, derivation_text

    derivation = pipeline.derive(network)
    with waiting():
        match format:
            case Format.text:
                text = derivation_text(network, derivation, weight, steps)
            case Format.json:
                text = derivation_json(network, derivation, weight)
            case Format.latex:
                from symbp.backends.latex import aligned

                text = aligned(derivation)
    emit(text, output)


@app.command()
@command
def evaluate(
    network: Network,
    weight: Weights = None,
    digits: Annotated[
        int, typer.Option("--digits", "-d", help="Significant digits, 1 to 1000.")
    ] = 6,
    exact: Annotated[
        bool, typer.Option("--exact", help="Keep rationals and exp of rationals.")
    ] = False,
    output: Out = None,
) -> None:
    """Put the numbers in: each line as formula = numbers = value.

    [bold]Examples[/]

      symbp evaluate

      symbp evaluate --digits 32 --weight w1

      symbp evaluate --activation relu --exact
    """
    from symbp.views import evaluation_text

    found = pipeline.evaluate(network, digits, exact, weight or None)
    emit(evaluation_text(network, found), output)


@app.command()
@command
def generate(
    network: Network,
    style: Annotated[
        Style, typer.Option(help="array: matrices; scalar: w1, w2, .. by name.")
    ] = Style.array,
    workspace: Workspace = False,
    target: Annotated[
        Target, typer.Option(help="numpy; numba: by name, compiled; c: C99 and a wrapper.")
    ] = Target.numpy,
    tile: Annotated[
        int | None,
        typer.Option(
            help="With a workspace: rows that passes over a batch take at once; 0: all.",
            show_default=False,
        ),
    ] = None,
    blas: Annotated[
        Blas, typer.Option(help="With a workspace: whose matrix products.")
    ] = Blas.numpy,
    optimizer: Annotated[
        str, typer.Option(help='With a workspace: e.g. adam, or "adam(beta1=0.8)".')
    ] = "sgd",
    second_order: SecondOrder = False,
    runs: Runs = False,
    output: Out = None,
) -> None:
    """Write a self-contained module: forward, loss, gradients, training.

    Without -o it goes to generated/NAME/NAME.py (NAME_scalar.py in scalar style,
    NAME_workspace.py with a workspace, NAME_workspace_adam.py with adam, NAME_runs.py
    for many runs at once, NAME_numba.py and NAME_c.py, .c and .h for the other targets),
    with `-o -` to the screen.

    [bold]Examples[/]

      symbp generate

      symbp generate examples/sine_fit_h10.toml -o sine.py

      symbp generate --style scalar -o -

      symbp generate examples/mnist_784_128_10.toml --workspace --optimizer adam

      symbp generate --runs

      symbp generate --target c
    """
    form = Form(
        style.value, workspace=workspace, target=target.value, tile=tile, blas=blas.value,
        optimizer=optimizer, second_order=second_order, runs=runs,
    )  # fmt: skip
    with waiting():
        files = pipeline.files(network, form)
    emit_files(files, Path("generated") / network.name, output)


@app.command()
@command
def verify(
    network: Network,
    style: Annotated[
        Style, typer.Option(help="Style of the generated module to check.")
    ] = Style.array,
    workspace: Workspace = False,
    second_order: SecondOrder = False,
    target: Annotated[
        Checked, typer.Option(help="numpy, numba or c; all: every form of the network.")
    ] = Checked.numpy,
    module: Annotated[
        Path | None,
        typer.Option(
            help="Check this module instead of a freshly generated one. It is run.",
            show_default=False,
        ),
    ] = None,
    trials: Annotated[
        int,
        typer.Option(
            help="Also check this many random networks against torch.", min=0, max=100_000
        ),
    ] = 0,
    trial_seed: Annotated[
        int, typer.Option("--trial-seed", help="First seed of the trials.", min=0)
    ] = 0,
) -> None:
    """Compare the generated module with torch, arbitrary precision and differences.

    Exits with 1 if a tolerance is exceeded or nothing was compared.

    [bold]Examples[/]

      symbp verify

      symbp verify --style scalar

      symbp verify --target all

      symbp verify examples/layernorm_residual.toml --trials 100
    """
    from symbp.views import forms_table, report_table, trials_table

    out = console()
    if target is Checked.all:
        if module is not None or workspace or second_order or style is not Style.array:
            found = "all is every form, so no other option goes with it"
            raise SpecError("--target", found, "Take one or the other.")
        with waiting():
            reports = pipeline.verify_all(network)
        out.print(forms_table(network, reports))
        done = [r for r in reports.values() if not isinstance(r, SymbpError)]
        passed = bool(done) and all(r.passed for r in done)
    else:
        form = Form(
            style.value, workspace=workspace, target=target.value, second_order=second_order
        )
        with waiting():
            report = pipeline.verify(network, module=module, form=form)
        out.print(report_table(network, report))
        passed = report.passed
    if trials:
        summary = pipeline.run_trials(trials, trial_seed)
        out.print(trials_table(summary))
        passed = passed and summary.passed
    out.print("[bold green]passed[/]" if passed else "[bold red]FAILED[/]")
    if not passed:
        raise typer.Exit(1)


@app.command(cls=SpokenCommand)
@command
def export(
    network: Network,
    format: Annotated[
        list[Document] | None,
        flag("tex (default), pdf, md, html or json; repeatable.", "Options", "--format", "-f"),
    ] = None,
    notation: Annotated[
        str | None,
        flag("course, prml, watermelon, matrix, index, or a TOML table of your own.", "Options"),
    ] = None,
    lang: Language = Lang.en,
    parts: Annotated[str | None, flag("Only these, e.g. forward,loss,backward.", "Options")] = None,
    without: Annotated[str | None, flag("All but these, e.g. code,matrix.", "Options")] = None,
    verified: Annotated[
        bool, typer.Option("--verified", help="Add the table of `symbp verify`; needs torch.")
    ] = False,
    digits: Digits = 6,
    output: Annotated[
        Path | None,
        flag(
            "A file; a folder for several formats; - for the screen.", "Options", "--output", "-o"
        ),
    ] = None,
) -> None:
    """Write the derivation as a document: LaTeX, PDF, Markdown, HTML or JSON.

    Parts: diagram, notation, forward, loss, backward, weights, matrix,
    update, numbers, verification, code.

    Without -o it goes to generated/NAME/NAME_NOTATION.FORMAT.

    [bold]Examples[/]

      symbp export

      symbp export --format html --notation prml -o derivation.html

      symbp export --format pdf --notation watermelon --lang zh

      symbp export --format md --parts forward,loss,backward -o -
    """
    from symbp.document.command import export as run

    chosen = [f.value for f in format or [Document.tex]]
    result = run(network, chosen, notation, lang.value, (parts, without, verified), digits, output)
    if result.screen is not None:
        emit(result.screen, None)
    for line in result.messages:
        console(stderr=True).print(line, markup=False)
    if result.error is not None:
        raise result.error


@app.command(cls=SpokenCommand)
@command
def why(
    weight: Annotated[str, typer.Argument(help='A weight, as w1 or "dW1[0,1]".')],
    network: Network,
    lang: Language = Lang.en,
    digits: Digits = 6,
    whole: Annotated[
        bool, typer.Option("--all", help="Show every path and delta, however many.")
    ] = False,
    output: Out = None,
) -> None:
    """Answer "why is dE/dw1 this?": path sum, factors, delta form, code line.

    [bold]Examples[/]

      symbp why w1

      symbp why "dW1[0,1]" --sizes 3,2,1 --seed 0
    """
    from symbp.document.why import why as explain

    text = explain(network, pipeline.derive(network), weight, lang.value, digits, whole)
    emit(text, output)


@app.command()
@command
def activation(
    formula: Annotated[str, typer.Argument(help='A name, "elu(alpha=2)", or a formula in z.')],
    constant: Annotated[
        list[str] | None, flag("A number of the formula, as a=0.3; repeatable.", "Options")
    ] = None,
    format: Annotated[Report, typer.Option(help="text or json.")] = Report.text,
    plot: Annotated[
        Path | None, flag("Draw f, f' and f'' to this .png or .svg file.", "Options")
    ] = None,
    code: Annotated[
        str | None, flag("Show stable code for f and f' too: fast or full.", "Options")
    ] = None,
    output: Out = None,
) -> None:
    """Study an activation: derivatives, limits, extrema, Lipschitz constant, gains, kinks.

    [bold]Examples[/]

      symbp activation gelu --plot gelu.svg

      symbp activation "leaky_relu(slope=0.2)" --format json
    """
    from symbp.study.command import report

    with waiting():
        text = report(formula, constant or [], format.value, plot, code)
    emit(text, output)
    if plot is not None:
        console(stderr=True).print(f"wrote {plot}", markup=False)


@app.command("list")
@command
def list_(
    kind: Annotated[str | None, typer.Argument(help="One kind, as loss; none: all.")] = None,
) -> None:
    """List activations, losses, layers, optimizers, initializers, data sets and schedules.

    [bold]Examples[/]

      symbp list

      symbp list initializer
    """
    from symbp.views import KINDS, catalogue_tables

    if kind is not None and kind not in KINDS:
        raise unknown_name("list", "kind", kind, KINDS)
    for table in catalogue_tables(kind):
        console().print(table)


for made in COMMANDS:
    app.command()(made)


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False,
) -> None:
    """Options before the command."""
    if version:
        from symbp import __version__

        typer.echo(f"symbp {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main() -> None:
    """Run the command line."""
    with screen_that_may_fail():
        app()
