"""The command line: the only place that prints or picks an exit code.

Exit codes: 0 ok, 1 a check failed, 2 bad input.  Imports the pipeline, the views and, on call,
what a command needs: no command loads torch but `verify`.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from symbp import pipeline
from symbp.errors import SymbpError
from symbp.spec import Network
from symbp.terminal import console, waiting

app = typer.Typer(
    name="symbp",
    help="Derive backpropagation step by step, put numbers in, write NumPy code, prove it.\n\n"
    "Every command takes a TOML spec, or flags, or nothing: then it runs the worked example.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

NETWORK = "Network (overrides the spec)"
EXAMPLE = "Numbers (override the spec)"


def _flag(text: str, panel: str, *names: str) -> Any:
    return typer.Option(*names, help=text, rich_help_panel=panel, show_default=False)


FLAGS: dict[str, Any] = {
    "sizes": _flag("Layer sizes, inputs first, e.g. 2,2,2.", NETWORK),
    "activation": _flag(
        'One for all layers, or one a layer: tanh,identity or "elu(alpha=2)".', NETWORK
    ),
    "bias": _flag("none, per-unit or shared; one for all layers, or one a layer.", NETWORK),
    "loss": _flag('A name that `symbp list loss` shows, or "huber(delta=0.5)".', NETWORK),
    "reduction": _flag("sum, mean or none.", NETWORK),
    "targets": _flag("values, or classes for class indices.", NETWORK),
    "numbering": _flag("Order of w1, w2, ..: by-source or by-target.", NETWORK),
    "accuracy": _flag("Of the functions in modules: fast or full.", NETWORK),
    "frozen": _flag("Parameters that are not trained, e.g. b1,b2.", NETWORK),
    "constant": _flag("A number that formulas may name, a=0.3; repeatable.", NETWORK),
    "learned": _flag("A trained number, and its start, beta=1; repeatable.", NETWORK),
    "name": _flag("Name of the network and of its module.", NETWORK),
    "input": _flag("Inputs, e.g. 0.5,0.3; samples apart by ';'.", EXAMPLE),
    "target": _flag("Targets, like the inputs.", EXAMPLE),
    "weights": _flag(
        "w1,w2,.. in the order of the numbering, or a .safetensors or .npz file.", EXAMPLE
    ),
    "learning_rate": _flag("Step of gradient descent.", EXAMPLE, "--learning-rate", "--lr"),
    "seed": _flag("Draw all numbers from this seed instead.", EXAMPLE),
    "samples": _flag("Number of samples to draw.", EXAMPLE),
}
WHOLE = ("seed", "samples")
REPEATED = ("constant", "learned")
Spec = Annotated[
    Path | None, typer.Argument(help="TOML spec; none: the worked example.", show_default=False)
]

Torch = Annotated[
    str | None,
    typer.Option(
        help="Take a torch.nn.Sequential from a Python file, FILE.py:NAME. The file is run.",
        rich_help_panel=NETWORK,
        show_default=False,
    ),
]


class Format(StrEnum):
    """Output of `derive`."""

    text = "text"
    json = "json"
    latex = "latex"


class Report(StrEnum):
    """Output of `activation`."""

    text = "text"
    json = "json"


class Style(StrEnum):
    """Style of a generated module."""

    array = "array"
    scalar = "scalar"


def command(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the spec argument and the network flags, and turn errors into exit code 2."""
    own = inspect.signature(function, eval_str=True).parameters
    takes_network = "network" in own

    @functools.wraps(function)
    def run(**options: Any) -> None:
        try:
            if takes_network:
                from symbp.sources import read_source

                flags = {name: options.pop(name) for name in FLAGS}
                spec = options.pop("spec")
                given = {name: value for name, value in flags.items() if value not in (None, [])}
                options["network"] = read_source(spec, options.pop("torch"), given)
            function(**options)
        except SymbpError as error:
            console(stderr=True).print(f"[bold red]{type(error).__name__}[/]: ", end="")
            console(stderr=True).print(str(error), markup=False)
            raise typer.Exit(2) from None

    kind = inspect.Parameter.KEYWORD_ONLY
    parameters = [p.replace(kind=kind) for name, p in own.items() if name != "network"]
    if takes_network:
        spec = inspect.Parameter("spec", kind, default=None, annotation=Spec)
        flags = [
            inspect.Parameter(
                name, kind, default=None,
                annotation=Annotated[
                    (int if name in WHOLE else list[str] if name in REPEATED else str) | None,
                    option,
                ],
            )
            for name, option in FLAGS.items()
        ]  # fmt: skip
        torch = inspect.Parameter("torch", kind, default=None, annotation=Torch)
        parameters = [spec, torch, *parameters, *flags]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in parameters}
    return run


Weights = Annotated[
    list[str] | None,
    typer.Option(
        "--weight",
        "-w",
        help='Show only this one, e.g. w5 or "W2[0,1]"; repeatable.',
        show_default=False,
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", help="Write to this file instead of the screen.", show_default=False
    ),
]


def emit(text: str, output: Path | None) -> None:
    """Print a result, or write it in one piece and say where."""
    if output is None:
        console().print(text, markup=False, end="" if text.endswith("\n") else "\n")
        return
    from symbp.output import write_text

    write_text(output, text if text.endswith("\n") else f"{text}\n")
    console(stderr=True).print(f"wrote {output}", markup=False)


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

    emit(
        evaluation_text(network, pipeline.evaluate(network, digits, exact, weight or None)), output
    )


@app.command()
@command
def generate(
    network: Network,
    style: Annotated[
        Style, typer.Option(help="array: matrices; scalar: w1, w2, .. by name.")
    ] = Style.array,
    output: Out = None,
) -> None:
    """Write a self-contained NumPy module: forward, loss, gradients, training.

    Without -o it goes to generated/NAME/NAME.py (NAME_scalar.py in scalar style), with `-o -`
    to the screen.

    [bold]Examples[/]

      symbp generate

      symbp generate examples/sine_fit_h10.toml -o sine.py

      symbp generate --style scalar -o -
    """
    with waiting():
        source = pipeline.generate(network, style.value)
    suffix = "_scalar" if style is Style.scalar else ""
    target = output or Path("generated") / network.name / f"{network.name}{suffix}.py"
    emit(source, None if str(target) == "-" else target)


@app.command()
@command
def verify(
    network: Network,
    style: Annotated[
        Style, typer.Option(help="Style of the generated module to check.")
    ] = Style.array,
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

      symbp verify examples/layernorm_residual.toml --trials 100
    """
    from symbp.views import report_table, trials_table

    out = console()
    with waiting():
        report = pipeline.verify(network, style.value, module)
    out.print(report_table(network, report))
    passed = report.passed
    if trials:
        summary = pipeline.run_trials(trials, trial_seed)
        out.print(trials_table(summary))
        passed = passed and summary.passed
    out.print("[bold green]passed[/]" if passed else "[bold red]FAILED[/]")
    if not passed:
        raise typer.Exit(1)


@app.command()
@command
def activation(
    formula: Annotated[str, typer.Argument(help='A name, "elu(alpha=2)", or a formula in z.')],
    constant: Annotated[
        list[str] | None, _flag("A number of the formula, as a=0.3; repeatable.", "Options")
    ] = None,
    format: Annotated[Report, typer.Option(help="text or json.")] = Report.text,
    plot: Annotated[
        Path | None, _flag("Draw f, f' and f'' to this .png or .svg file.", "Options")
    ] = None,
    code: Annotated[
        str | None, _flag("Show stable code for f and f' too: fast or full.", "Options")
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
    kind: Annotated[
        str | None, typer.Argument(help="activation, loss or layer; none: all.", show_default=False)
    ] = None,
) -> None:
    """List the activations, losses and layers, each with its formula and source.

    [bold]Examples[/]

      symbp list

      symbp list loss
    """
    from symbp.views import KINDS, catalogue_tables

    if kind is not None and kind not in KINDS:
        from symbp.errors import unknown_name

        raise unknown_name("list", "kind", kind, KINDS)
    for table in catalogue_tables(kind):
        console().print(table)


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
    app()
