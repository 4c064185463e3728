"""The whole program on one screen: each stage a pure function from one frozen type to the next.

Network -> build_graph -> Graph -> derive -> Derivation -> evaluate -> Evaluation
                                                       -> generate -> Python source
                                                       -> verify   -> Report
                                                       -> export   -> a document
"""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Collection, Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

from symbp.build import build_graph
from symbp.derivation import Derivation
from symbp.derive import derive as derive_graph
from symbp.errors import DependencyError, SpecError, SymbpError
from symbp.exact import shown
from symbp.form import FORMS, Form
from symbp.spec import Network

if TYPE_CHECKING:
    from pathlib import Path

    import sympy as sp

    from symbp.evaluate import Evaluation
    from symbp.study import Study
    from symbp.verify.random_networks import Trials
    from symbp.verify.report import Report


def derive(network: Network) -> Derivation:
    """Derive the gradient of every trained parameter of a network.

    Args:
        network: The network and its loss.

    Returns:
        Numbered equations, forward and backward, each with its steps.

    >>> derive(Network(sizes=[2, 2, 2])).gradients
    {'W1': 'dW1', 'W2': 'dW2'}
    """
    return derive_graph(build_graph(network))


def evaluate(
    network: Network, digits: int = 6, exact: bool = False, weights: Sequence[str] | None = None
) -> Evaluation:
    """Put the numbers of the network's example in, line by line.

    Args:
        network: With an example.
        digits: Significant digits of rounded values, 1 to 1000.
        exact: Keep rationals and functions of rationals as they are.
        weights: Show these only; None shows all, up to 200.

    Raises:
        SpecError: no example, or digits out of range.
    """
    from symbp.evaluate import evaluate as evaluate_derivation

    return evaluate_derivation(derive(network), network, digits, exact, weights)


def generate(
    network: Network,
    style: str = "array",
    workspace: bool = False,
    *,
    target: str = "numpy",
    tile: int | None = None,
    blas: str = "numpy",
    optimizer: str = "sgd",
    second_order: bool = False,
    runs: bool = False,
) -> str:
    """Write a self-contained NumPy module: the same network gives the same bytes.

    Args:
        network: With or without an example; without, one is drawn from seed 0.
        style: "array" (matrices, any batch size) or "scalar" (w1, w2, .. by name).
        workspace: In array style, keep every array in a `Workspace` that is made once, so that
            a step allocates nothing and is fast.
        target: "numpy"; "numba", the scalar style compiled; or "c", of which this is the C
            source: `files` gives its header and its Python wrapper too.
        tile: With a workspace, rows of a batch that element-wise passes take at once; None
            chooses, 0 takes all.
        blas: With a workspace, whose matrix products: "numpy" or "scipy".
        optimizer: With a workspace, which one `train` uses, such as "adam(beta1=0.8)".
        second_order: Add products with the Hessian, the Gauss-Newton matrix and the Jacobian, and
            gradients of single samples; in scalar style and with runs, the Hessian's only.
        runs: In array style, train many runs at once, with a parameter and a rate for each.

    Raises:
        SpecError: an unknown word, or options that exclude each other.

    >>> "dZ1 = (dZ2 @ W2) * sigmoid_derivative(Z1)" in generate(Network(sizes=[2, 2, 2]))
    True
    """
    form = Form(
        style,
        workspace=workspace,
        target=target,
        tile=tile,
        blas=blas,
        optimizer=optimizer,
        second_order=second_order,
        runs=runs,
    )
    return next(iter(files(network, form).values()))


def files(network: Network, form: Form) -> dict[str, str]:
    """The text of every file of a form of the generated code, by name; the main one first.

    Args:
        network: With or without an example; without, one is drawn from seed 0.
        form: Which code.

    >>> list(files(Network(sizes=[2, 2, 2]), Form("scalar")))
    ['network_scalar.py']
    """
    derivation = derive(network)
    name = f"{network.name}{form.suffix}"
    match form:
        case Form(target="numpy", style="scalar"):
            from symbp.backends.numpy_scalar import scalar_module

            return {f"{name}.py": scalar_module(network, derivation, form.second_order)}
        case Form(target="numpy", runs=True):
            from symbp.backends.runs_module import runs_module

            return {f"{name}.py": runs_module(network, derivation, form.second_order)}
        case Form(target="numpy", workspace=True):
            from symbp.backends.workspace_module import workspace_module

            return {f"{name}.py": workspace_module(network, derivation, form)}
        case Form(target="numpy", second_order=True):
            from symbp.backends.second_order_module import second_order_module

            return {f"{name}.py": second_order_module(network, derivation)}
        case Form(target="numba"):
            from symbp.backends.numba_module import numba_module

            return {f"{name}.py": numba_module(network, derivation)}
        case Form(target="numpy"):
            from symbp.backends.numpy_module import numpy_module

            return {f"{name}.py": numpy_module(network, derivation)}
    from symbp.backends.c_module import c_module

    return c_module(network, derivation, name)


def verify(
    network: Network,
    style: str = "array",
    module: Path | None = None,
    workspace: bool = False,
    form: Form | None = None,
) -> Report:
    """Compare a module with torch autograd, arbitrary precision and central differences.

    Args:
        network: The network; its example gives the numbers, else one is drawn from seed 0.
        style: Which generated module to check.
        module: A file to check instead; it is run.
        workspace: Check the module with a workspace.
        form: Check this form instead of the one that style and workspace name.

    Raises:
        DependencyError: torch, or what the form needs, is not installed.
    """
    from symbp.verify.check import verify_network

    form = form or Form(style, workspace=workspace)
    require(form)
    found = files(network, form)
    return verify_network(network, derive(network), found, module)


def require(form: Form) -> None:
    """Look for what the code of a form needs to run, beside NumPy.

    Raises:
        DependencyError: a package is not installed, or there is no C compiler.
    """
    for wanted, package, extra in (
        (form.target == "numba", "numba", "numba"),
        (form.blas == "scipy", "scipy", "blas"),
    ):
        if wanted and find_spec(package) is None:
            remedy = f'Run: pip install "symbp[{extra}]"'
            raise DependencyError("verify", f"needs {package}, which is not installed", remedy)
    compiler = (shlex.split(os.environ.get("CC", "")) or ["cc"])[0]
    if form.target == "c" and shutil.which(compiler) is None:
        found = f"needs a C compiler, and {compiler} is not found"
        raise DependencyError("verify", found, "Install gcc or clang, or name one in CC.")


def verify_all(network: Network) -> dict[str, Report | SymbpError]:
    """Check every form of the generated code, as `verify` does one.

    Returns:
        By form its report; or the error that says why the network has no such form (a large one
        none by name), or what is not installed.

    Raises:
        DependencyError: torch is not installed.
    """
    from symbp.verify.torch_oracle import require_torch

    require_torch()
    found: dict[str, Report | SymbpError] = {}
    for name, form in FORMS.items():
        try:
            found[name] = verify(network, form=form)
        except (SpecError, DependencyError) as error:
            found[name] = error
    return found


def export(
    network: Network,
    format: str = "md",
    notation: str | None = None,
    lang: str = "en",
    parts: Collection[str] | None = None,
    digits: int = 6,
) -> str:
    """Write the derivation as a document, as `symbp export` does.

    Args:
        network: With an example its numbers are put in.
        format: "md", "tex", "html" or "json".
        notation: "course", "prml", "watermelon", "matrix", "index", or the path of a TOML table
            of your own; None takes "course" where each weight can have a name, else "index".
        lang: "en" or "zh".
        parts: Of "diagram", "notation", "forward", "loss", "backward", "weights", "matrix",
            "update", "numbers", "verification" and "code"; None takes all but "verification",
            which needs torch.
        digits: Significant digits of numbers.

    Returns:
        The text of the document, which is one file.

    Raises:
        SpecError: one of these is wrong.
        DependencyError: "verification" is wanted and torch is not installed.

    >>> net = Network(sizes=[2, 2, 2])
    >>> print(export(net, notation="prml", parts=["loss"]).splitlines()[-2])
    E = \\frac{1}{2}\\, \\sum_{n,k} (y_{nk} - t_{nk})^{2} \\tag{5}
    """
    from symbp.document.build import ON, build_document
    from symbp.document.command import default_notation
    from symbp.document.export import document_text
    from symbp.document.tables import notation as read_notation

    if format == "pdf":
        found = "a PDF is no text"
        raise SpecError("format", found, 'Take "tex", or run symbp export --format pdf.')
    if isinstance(parts, str):
        raise SpecError("parts", f"found {shown(parts)}", 'Give a list: ["forward", "loss"].')
    wanted = ON if parts is None else tuple(parts)
    table = read_notation(notation or default_notation(network))
    report = verify(network) if "verification" in wanted else None
    document = build_document(network, derive(network), table, lang, wanted, digits, report)
    return document_text(document, format)


def why(network: Network, weight: str, lang: str = "en", digits: int = 6) -> str:
    """Answer "why is dE/dw1 this?": path sum, factors, delta form, lines of code.

    Args:
        network: With an example its numbers are put in.
        weight: Such as "w1", "W2[0,1]" or "dE/dw1".
        lang: "en" or "zh".
        digits: Significant digits of numbers.

    Raises:
        UnknownNameError: no weight is called so.

    >>> print(why(Network(sizes=[2, 1]), "w1").splitlines()[0])
    dE/dw1 is entry W1[0,0] of line [5]
    """
    from symbp.document.why import why as explain

    return explain(network, derive(network), weight, lang, digits)


def activation_report(
    activation: str | sp.Expr, constants: Mapping[str, object] | None = None
) -> Study:
    """Study an activation: its derivatives, limits, extrema, bounds, kinks and gains.

    Args:
        activation: A name, a call such as "leaky_relu(slope=0.2)", or a formula in z.
        constants: Numbers by name, for formulas.

    Raises:
        SpecError: an unknown name, a wrong formula, or no function of one real number.

    >>> report = activation_report("sigmoid")
    >>> str(report.lipschitz.value), str(report.moments.gain)
    ('0.25', '1.84622854533861')
    """
    from symbp.study import study
    from symbp.study.read import LETTER, read

    return study(read(activation, constants)[1], LETTER)


def run_trials(count: int, seed: int = 0) -> Trials:
    """Compare the generated modules of random networks with torch autograd.

    Args:
        count: Number of networks.
        seed: Of the first one; the next ones follow.

    Raises:
        DependencyError: torch is not installed.
    """
    from symbp.verify.check import TOLERANCES, verify_network
    from symbp.verify.random_networks import run_trials as run

    def check(network: Network) -> Report:
        derivation = derive(network)
        return verify_network(network, derivation, files(network, Form()), oracles=("torch",))

    return run(range(seed, seed + count), check, TOLERANCES["torch"])
