"""What every command shares: the flags that describe a network, errors as exit code 2, output.

Input: a function with its own options.  Output: the same as a command of the line.  Imports errors,
spec and terminal; how a network is read, on call.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.models import ArgumentInfo

from symbp.errors import SymbpError
from symbp.option_words import Lang
from symbp.terminal import console

NETWORK = "Network (overrides the spec)"
EXAMPLE = "Numbers (override the spec)"


def flag(text: str, panel: str, *names: str) -> Any:
    return typer.Option(*names, help=text, rich_help_panel=panel, show_default=False)


FLAGS: dict[str, Any] = {
    "sizes": flag("Layer sizes, inputs first, e.g. 2,2,2.", NETWORK),
    "activation": flag(
        'One for all layers, or one a layer: tanh,identity or "elu(alpha=2)".', NETWORK
    ),
    "bias": flag("none, per-unit or shared; one for all layers, or one a layer.", NETWORK),
    "loss": flag('A name that `symbp list loss` shows, or "huber(delta=0.5)".', NETWORK),
    "reduction": flag("sum, mean or none.", NETWORK),
    "targets": flag("values, or classes for class indices.", NETWORK),
    "numbering": flag("Order of w1, w2, ..: by-source or by-target.", NETWORK),
    "accuracy": flag("Of the functions in modules: fast or full.", NETWORK),
    "frozen": flag("Parameters that are not trained, e.g. b1,b2.", NETWORK),
    "constant": flag("A number that formulas may name, a=0.3; repeatable.", NETWORK),
    "learned": flag("A trained number, and its start, beta=1; repeatable.", NETWORK),
    "name": flag("Name of the network and of its module.", NETWORK),
    "x": flag("Inputs, e.g. 0.5,0.3; samples apart by ';'.", EXAMPLE),
    "y": flag("Targets, like the inputs.", EXAMPLE),
    "weights": flag(
        "w1,w2,.. in the order of the numbering, or a .safetensors or .npz file.", EXAMPLE
    ),
    "learning_rate": flag("Step of gradient descent.", EXAMPLE, "--learning-rate", "--lr"),
    "seed": flag("Draw all numbers from this seed instead.", EXAMPLE),
    "samples": flag("Number of samples to draw.", EXAMPLE),
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


def _is_argument(parameter: inspect.Parameter) -> bool:
    """Whether a command takes it by its place, not by a flag."""
    known = getattr(parameter.annotation, "__metadata__", ())
    return any(isinstance(entry, ArgumentInfo) for entry in known)


def command(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the spec argument and the network flags, and turn errors into exit code 2."""
    own = inspect.signature(function, eval_str=True).parameters
    takes_network = "network" in own

    @functools.wraps(function)
    def run(**options: Any) -> None:
        try:
            if takes_network:
                from symbp.advice import advice
                from symbp.sources import read_source

                flags = {name: options.pop(name) for name in FLAGS}
                spec = options.pop("spec")
                given = {name: value for name, value in flags.items() if value not in (None, [])}
                network = options["network"] = read_source(spec, options.pop("torch"), given)
                for sentence in advice(network):
                    console(stderr=True).print(f"note: {sentence}", markup=False)
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
        first = [p for p in parameters if _is_argument(p)]
        parameters = [*first, spec, torch, *(p for p in parameters if p not in first), *flags]
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
        "--output",
        "-o",
        help="Write to this file instead of the screen; - for the screen.",
        show_default=False,
    ),
]

Workspace = Annotated[bool, typer.Option("--workspace", help="Array style that allocates nothing.")]
Runs = Annotated[bool, typer.Option("--runs", help="Array style that trains many runs at once.")]
SecondOrder = Annotated[
    bool, typer.Option("--second-order", help="Products of Hessian, Gauss-Newton and Jacobian too.")
]

Language = Annotated[Lang, typer.Option(help="en or zh: the language of all sentences.")]
Digits = Annotated[int, typer.Option("--digits", "-d", help="Significant digits, 1 to 1000.")]


def emit(text: str, output: Path | None) -> None:
    """Print a result, or write it in one piece and say where."""
    if output is None or str(output) == "-":
        console().print(text, markup=False, end="" if text.endswith("\n") else "\n")
        return
    from symbp.output import write_text

    write_text(output, text if text.endswith("\n") else f"{text}\n")
    console(stderr=True).print(f"wrote {output}", markup=False)


def emit_files(files: Mapping[str, str], folder: Path, output: Path | None) -> None:
    """Write files to a folder, or to the one that was asked for; a single one to a file."""
    if output is None or (len(files) > 1 and str(output) != "-"):
        for name, text in files.items():
            emit(text, (output or folder) / name)
        return
    for text in files.values():
        emit(text, output)
