"""`python -m benchmarks accuracy`: errors of values and derivatives, beside torch and naive code.

Input: names of functions.  Output: a table of the largest errors in units in the last place, over
the whole floating-point range, against arbitrary precision, at the same points for everyone.
"""

from __future__ import annotations

import argparse
import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
import sympy as sp
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks import losses as loss_errors
from benchmarks.cell import Cell
from symbp import catalog
from symbp.backends.stable_code import function, kernels
from symbp.passes.elementwise import one_number
from symbp.stable.measure import Measure
from symbp.stable.store import stable
from symbp.stable.writer import X
from symbp.verify.module import load_source
from symbp.verify.torch_forms import torch_activation

Array = np.ndarray
Run = Callable[[Array], Array]
Row = tuple[str, Mapping[tuple[str, str], tuple[Cell, Cell]]]  # a name, its cells
HEAD = "import numpy as np\n\nArray = np.ndarray\n\n\n"
DTYPES = (np.float64, np.float32)
JAX = {  # jax.nn's names, with options; jax is measured only where it is installed
    "sigmoid": ("sigmoid", {}), "tanh": ("tanh", {}), "elu": ("elu", {}), "selu": ("selu", {}),
    "celu": ("celu", {}), "gelu": ("gelu", {"approximate": False}), "silu": ("silu", {}),
    "gelu_tanh": ("gelu", {"approximate": True}), "mish": ("mish", {}),
    "softplus": ("softplus", {}), "softsign": ("soft_sign", {}), "hardswish": ("hard_swish", {}),
    "logsigmoid": ("log_sigmoid", {}), "squareplus": ("squareplus", {"b": 4}),
}  # fmt: skip
CONTENDERS = ("torch", *(("jax",) if find_spec("jax") else ()), "naive", "fast", "full")


@dataclass(frozen=True)
class Subject:
    """A function to measure: its name, its formula in X, and torch's version of it."""

    name: str
    expr: sp.Expr
    torch: Callable[[Any], Any]


def subjects() -> Iterator[Subject]:
    """Activations of one number that are not straight between kinks, then losses of one number."""
    for row in catalog.ACTIVATIONS:
        if row.gated or row.learned or row.name in ("softmax", "log_softmax"):
            continue
        if any(option.default is None for option in row.options):
            continue
        values = {o.name: sp.Rational(str(o.default)) for o in row.options}
        expr = row.formula(X, None, **values)
        if one_number(expr) is not None:
            bound = catalog_row(row.name)
            yield Subject(row.name, expr, lambda z, r=bound: torch_activation(r, z, None, {}))
    yield from losses()


def catalog_row(name: str) -> Any:
    """A row with its default options set."""
    from symbp.choice import resolve_activation

    return resolve_activation(name, "activation", {}, {})


def losses() -> Iterator[Subject]:
    """Losses that are a function of p - t, or of t*p."""
    import torch

    size = sp.Abs(X)
    huber = sp.Piecewise((X**2 / 2, size <= 1), (size - sp.Rational(1, 2), True))
    zero, one = torch.zeros(()).double(), torch.ones(()).double()

    def composed(z: Any) -> Any:
        return torch.log((torch.exp(z) + torch.exp(-z)) / 2)

    yield Subject("huber(p - t)", huber, lambda z: torch.nn.functional.huber_loss(
        z, zero.to(z.dtype).expand_as(z), reduction="none"))  # fmt: skip
    yield Subject("soft_margin(t p)", sp.log(1 + sp.exp(-X)),
                  lambda z: torch.nn.functional.soft_margin_loss(
                      z, one.to(z.dtype).expand_as(z), reduction="none"))  # fmt: skip
    yield Subject("log_cosh(p - t)", sp.log((sp.exp(X) + sp.exp(-X)) / 2), composed)


def contenders(subject: Subject) -> dict[str, tuple[Run, Run]]:
    """Value and derivative as functions of arrays, by contender."""
    found = {"torch": in_torch(subject.torch), "naive": naive(subject.expr)}
    if "jax" in CONTENDERS and subject.name in JAX:
        found["jax"] = in_jax(*JAX[subject.name])
    for accuracy in ("fast", "full"):
        pair = []
        for expr in (subject.expr, sp.diff(subject.expr, X)):
            form = stable(expr, accuracy)
            source = HEAD + "\n".join([*kernels([form]), *function("candidate", "f", form)])
            pair.append(load_source(source, "candidate").candidate)
        found[accuracy] = (pair[0], pair[1])
    return found


def in_torch(value: Callable[[Any], Any]) -> tuple[Run, Run]:
    """torch and its autograd, on NumPy arrays."""
    import torch

    def run(x: Array) -> Array:
        return value(torch.from_numpy(x)).numpy()

    def slope(x: Array) -> Array:
        z = torch.from_numpy(x.copy()).requires_grad_()
        value(z).sum().backward()
        return z.grad.numpy()

    return run, slope


def in_jax(name: str, options: dict[str, Any]) -> tuple[Run, Run]:
    """jax.nn and its grad, on NumPy arrays."""
    import jax

    jax.config.update("jax_enable_x64", True)
    value = getattr(jax.nn, name)
    slope = jax.jit(jax.grad(lambda x: value(x, **options).sum()))
    return lambda x: np.asarray(value(x, **options)), lambda x: np.asarray(slope(x))


def naive(expr: sp.Expr) -> tuple[Run, Run]:
    """What SymPy's lambdify makes of the formula and of its derivative."""
    modules = [{"erf": np.vectorize(math.erf, otypes=[float])}, "numpy"]

    def compiled(formula: sp.Expr) -> Run:
        made = sp.lambdify(X, formula, modules)
        return lambda x: np.broadcast_to(np.asarray(made(x)), x.shape).astype(x.dtype)

    return compiled(expr), compiled(sp.diff(expr, X))


def cells(subject: Subject, points: int) -> dict[tuple[str, str], tuple[Cell, Cell]]:
    """The cells of one function, by contender and dtype."""
    runs = contenders(subject)
    found: dict[tuple[str, str], tuple[Cell, Cell]] = {}
    measures = [Measure(subject.expr), Measure(sp.diff(subject.expr, X))]
    for dtype in DTYPES:
        samples = [measure.points(points, 4242, dtype) for measure in measures]
        for name, pair in runs.items():
            both = []
            for run, (x, truth) in zip(pair, samples, strict=True):
                finite = np.isfinite(x) & truth.defined
                with np.errstate(all="ignore"), warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    got = np.full_like(x, np.nan)
                    got[finite] = run(x[finite])
                both.append(Cell.of(truth.errors(got, dtype)[finite]))
            found[name, np.dtype(dtype).name] = (both[0], both[1])
    return found


def main(arguments: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks accuracy", description=__doc__)
    parser.add_argument("--entry", action="append", help="a function; repeatable; all by default")
    parser.add_argument("--points", type=int, default=3000, help="points a function and dtype")
    parser.add_argument("--format", choices=("text", "markdown"), default="text")
    options = parser.parse_args(arguments)
    chosen = [s for s in subjects() if not options.entry or s.name in options.entry]
    pairs = [s for s in loss_errors.subjects() if not options.entry or s.name in options.entry]
    unknown = set(options.entry or ()) - {s.name for s in (*chosen, *pairs)}
    if unknown:
        parser.error(f"no function is called {', '.join(sorted(unknown))}")
    rows = []
    for subject in track(chosen, "measuring", console=Console(stderr=True), transient=True):
        rows.append((subject.name, cells(subject, options.points)))
    title = "largest error in ULP, value / derivative; !n spurious"
    _print(title, CONTENDERS, rows, options.format)
    rows = []
    for pair in track(pairs, "measuring", console=Console(stderr=True), transient=True):
        found = {(name, np.dtype(d).name): both for d in DTYPES
                 for name, both in loss_errors.cells(pair, d).items()}  # fmt: skip
        rows.append((pair.name, found))
    title = "losses: largest error in ULP of the largest term, loss / gradient; !n spurious"
    _print(title, ("torch", "fast", "full"), rows, options.format)


def _print(title: str, contenders: Sequence[str], rows: Sequence[Row], form: str) -> None:
    """A table as text or as Markdown; nothing where there are no rows."""
    columns = [(c, d) for d in ("float64", "float32") for c in contenders]
    heads = [f"{c} {d[5:]}" for c, d in columns]
    lines = []
    for name, found in rows:
        shown = [found.get(column) for column in columns]
        lines.append([name, *(f"{c[0]} / {c[1]}" if c else "-" for c in shown)])
    if not lines:
        return
    if form == "markdown":
        for line in (["", *heads], ["---"] * (len(heads) + 1), *lines):
            print(f"| {' | '.join(line)} |")
        print()
        return
    table = Table("", *heads, title=title)
    for line in lines:
        table.add_row(*line)
    Console(width=200).print(table)
