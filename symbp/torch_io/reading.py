"""A network from a torch model: its layers from the modules, its numbers exactly as they are.

Input: a torch.nn.Sequential, and the loss.  Output: a `Network` with an example.  Imports spec,
layers, example and the modules of this package.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, Literal

from symbp.choice import resolve_loss
from symbp.errors import SymbpError
from symbp.exact import Tensor, exact
from symbp.example import Example, draw_example
from symbp.layers import dropouts, takes_rows
from symbp.letters import check_letters
from symbp.spec import Network
from symbp.torch_io import modules
from symbp.torch_io.layer_modules import Found, at_module, read_letters, read_model
from symbp.torch_io.settings import loss_of
from symbp.torch_io.tensors import exact_tensor, torch_for


def from_torch(
    model: Any,
    inputs: Any = None,
    targets: Any = None,
    loss: Any = "mse",
    *,
    reduction: str = "",
    numbering: Literal["by-source", "by-target"] = "by-source",
    frozen: Sequence[str] = (),
    name: str = "network",
    title: str = "",
    constants: Mapping[str, Any] | None = None,
    learned: Mapping[str, Any] | None = None,
    seed: int = 0,
    samples: int = 1,
    learning_rate: Any = 1,
) -> Network:
    """Make a network of a torch model; its weights are taken along exactly.

    Args:
        model: A torch.nn.Sequential, nested or not, of Linear, LayerNorm, RMSNorm, BatchNorm1d,
            Dropout, Embedding and the activations of the catalogue, float32 or float64.  In
            `eval()` mode BatchNorm1d takes its running statistics and Dropout does nothing.
        inputs: Rows of numbers (row numbers before an Embedding), lists or tensors; None draws.
        targets: Rows, or class indices; "values" (as None) or "classes" draws them.
        loss: A loss module of torch, or what `Network` takes.
        reduction: As for `Network`; "" takes that of the loss.
        numbering: As for `Network`.
        name: As for `Network`.
        title: As for `Network`.
        constants: As for `Network`.
        learned: As for `Network`.
        frozen: Parameters that are not trained, beside those without requires_grad.
        seed: Of what is drawn.
        samples: How many are drawn.
        learning_rate: Step of gradient descent.

    Raises:
        SpecError: a module that symbp has no layer for; it names the module and what comes nearest.
        DependencyError: torch is not installed.

    >>> import torch
    >>> model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
    >>> network = from_torch(model, loss=torch.nn.MSELoss(reduction="sum"))
    >>> network.widths, network.layers[0].activation, network.reduction
    ((2, 3, 1), 'tanh', 'sum')
    """
    torch = torch_for("from_torch")
    found = read_model(model, "model")
    text, own_reduction = loss_of(loss) if isinstance(loss, torch.nn.Module) else (loss, "")
    trained_loss = _loss_letters(found, loss)
    letters = check_letters(
        {**found.constants, **(constants or {})}, {**found.learned, **(learned or {})}
    )
    try:
        network = Network(
            layers=tuple(found.layers), inputs=found.inputs, loss=text,
            reduction=reduction or own_reduction, targets=_kind(targets, text, *letters),
            numbering=numbering, frozen=(*frozen, *found.frozen), name=name, title=title,
            constants=letters[0], learned=letters[1],
        )  # fmt: skip
    except SymbpError as error:
        raise at_module(error, found) from None
    rows = None if inputs is None else _listed(inputs)
    goals = None if targets is None or isinstance(targets, str) else _listed(targets)
    if goals and network.targets == "values" and not isinstance(goals[0], list | tuple):
        goals = [goals]  # one row may stand alone
    return with_numbers(network, {**found.numbers, **trained_loss}, rows, goals,
                        seed, samples, learning_rate)  # fmt: skip


def with_numbers(
    network: Network,
    numbers: Mapping[str, Tensor],
    inputs: Any,
    targets: Any,
    seed: int = 0,
    samples: int = 1,
    learning_rate: Any = 1,
) -> Network:
    """The network with an example: given parameters, and what is not given drawn.

    Args:
        network: Without an example.
        numbers: Parameters by name; masks of dropouts may be missing.
        inputs, targets: Rows, or None to draw them.
        seed, samples, learning_rate: As for `from_torch`.

    Raises:
        SpecError: numbers that do not fit the network.
    """
    if inputs is not None or targets is not None:
        inputs = None if inputs is None else _rows(network, inputs)
        samples = max(1, len(targets if inputs is None else inputs))
    drawn = draw_example(network, seed, samples, exact(learning_rate, "learning_rate"))
    masks = {name: drawn.parameters[name] for name in dropouts(network.layers)}
    example = Example(
        drawn.inputs if inputs is None else inputs,
        drawn.targets if targets is None else targets,
        {**masks, **numbers},
        drawn.learning_rate,
    )
    return replace(network, example=example)


def _rows(network: Network, inputs: Any) -> Any:
    """Inputs as rows: one row may stand alone, and so may the row numbers of an embedding."""
    if not inputs or isinstance(inputs[0], list | tuple):
        return inputs
    return [[number] for number in inputs] if takes_rows(network.layers) else [inputs]


def _loss_letters(found: Found, loss: Any) -> dict[str, Tensor]:
    if type(loss) is not modules.classes()["FormulaLoss"]:
        return {}
    before = set(found.numbers)
    read_letters(found, loss, "loss (FormulaLoss)", "")
    return {name: value for name, value in found.numbers.items() if name not in before}


def _kind(
    targets: Any, loss: Any, constants: Mapping[str, Fraction], learned: Mapping[str, Fraction]
) -> Literal["values", "classes"]:
    """Whether targets are class indices."""
    if isinstance(targets, str):
        return targets  # type: ignore[return-value]  # Network checks it
    if targets is None or not resolve_loss(loss, "loss", constants, learned).classes:
        return "values"
    rows = _listed(targets)
    whole = all(isinstance(v, int) and not isinstance(v, bool) for v in rows)
    return "classes" if rows and whole else "values"


def _listed(value: Any) -> Any:
    """Rows as nested lists; a tensor's floats exactly."""
    if hasattr(value, "detach"):
        if value.is_floating_point():
            return exact_tensor(value, "example")
        return value.detach().cpu().tolist()
    return value.tolist() if hasattr(value, "tolist") else list(value)
