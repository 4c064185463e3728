"""Activations and losses of torch as symbp writes them: names and options, read from a module.

Input: a torch module.  Output: text such as "leaky_relu(slope=0.2)".  Which class is which row, and
which attribute which option, stands in the catalogue.  Imports the catalogue, choice, exact and
errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from symbp.catalog import ACTIVATIONS, LOSSES, Activation, Loss
from symbp.catalog.rows import value_text
from symbp.errors import SpecError
from symbp.exact import exact
from symbp.torch_io import modules
from symbp.torch_io.tensors import exact_tensor, shortest

# What a class that symbp has no row for comes nearest to, by the start of its name.
NEAREST: Mapping[str, str] = {
    "Conv": "symbp has dense layers: use Linear on flattened inputs.",
    "LazyConv": "symbp has dense layers: use Linear on flattened inputs.",
    **dict.fromkeys(
        ("MaxPool", "AvgPool", "AdaptiveMaxPool", "AdaptiveAvgPool", "LPPool", "FractionalMaxPool"),
        "symbp has no pooling: use Linear on flattened inputs.",
    ),
    **dict.fromkeys(
        ("LSTM", "GRU", "RNN"), "symbp has no recurrence: use Linear, and Tanh after it."
    ),
    **dict.fromkeys(
        ("MultiheadAttention", "Transformer"),
        "symbp has no attention: use Linear, LayerNorm and residual layers of a spec.",
    ),
    "LazyLinear": "Run the model once, so that it becomes a Linear.",
    "Lazy": "Run the model once, on any input.",
    **dict.fromkeys(("GroupNorm", "InstanceNorm", "LocalResponseNorm"), "Use LayerNorm."),
    **dict.fromkeys(("BatchNorm", "SyncBatchNorm"), "Use BatchNorm1d."),
    **dict.fromkeys(("Dropout", "AlphaDropout", "FeatureAlphaDropout"), "Use Dropout."),
    "EmbeddingBag": "Use Embedding.",
    "Bilinear": "Use a layer of kind formula in a spec.",
    "RReLU": "Use LeakyReLU.",
    "Softmax2d": "Use Softmax(dim=-1).",
    "Softmin": "Use Softmax(dim=-1), and turn the sign of the weights before it.",
    **dict.fromkeys(
        ("ModuleList", "ModuleDict"), "It says no order: wrap it, as torch.nn.Sequential(*list)."
    ),
    "OptimizedModule": "Give the model before torch.compile, its ._orig_mod.",
    **dict.fromkeys(("DataParallel", "DistributedDataParallel"), "Give its .module."),
    **dict.fromkeys(("MultiMarginLoss", "HingeEmbeddingLoss"), "Use the loss hinge by name."),
    "MultiLabelSoftMarginLoss": "Use BCEWithLogitsLoss.",
}
OWN = "Build it as a torch.nn.Sequential of modules that `symbp.from_torch` lists."


def class_of(module: Any) -> str:
    """The name of a module's class, as errors show it."""
    return type(module).__name__


def nearest(module: Any) -> str:
    """What to use in place of a module that has no row."""
    name = class_of(module)
    if not type(module).__module__.startswith("torch."):
        return OWN
    fitting = [start for start in NEAREST if name.startswith(start)]
    return NEAREST[max(fitting, key=len)] if fitting else OWN


def activation_of(module: Any, where: str) -> str | sp.Expr | None:
    """The activation that a module is, as a spec writes it; None if it is none.

    Raises:
        SpecError: an option has a value for which symbp has no formula.

    >>> import torch
    >>> activation_of(torch.nn.LeakyReLU(0.2), "model.1")
    'leaky_relu(slope=0.2)'
    """
    if type(module) is modules.classes()["Formula"]:
        return module.activation
    rows = [row for row in ACTIVATIONS if _is(module, row)]
    if not rows:
        return None
    if hasattr(module, "dim") and module.dim not in (1, -1):
        found = f"dim is {module.dim}, expected -1, the features"
        raise SpecError(where, found, f"Write torch.nn.{class_of(module)}(dim=-1).")
    if getattr(module, "threshold", 20) != 20 and class_of(module) == "Softplus":
        found = f"threshold is {module.threshold}, expected 20: softplus has no threshold"
        raise SpecError(where, found, "Leave it at 20, where it changes less than 1e-8.")
    approximate = getattr(module, "approximate", "")
    row = next((r for r in rows if dict(r.torch_options).get("approximate", "none") == approximate),
               rows[0])  # fmt: skip
    text = {n: value_text(exact(v, f"{where}, {n}")) for n, v in _options(module, row).items()}
    if row.name == "prelu":
        if module.num_parameters != 1:
            found = f"{module.num_parameters} trained slopes, expected one for the layer"
            raise SpecError(where, found, "Write torch.nn.PReLU().")
        exact_tensor(module.weight, f"{where}, weight")
        text = {"slope": value_text(shortest(module.weight))}
    return _call(row, text)


def _is(module: Any, row: Activation | Loss) -> bool:
    return bool(row.torch) and f"torch.nn.{class_of(module)}" == row.torch and _is_torchs(module)


def _is_torchs(module: Any) -> bool:
    """Whether a module is torch's own: a class that only shares a name is not."""
    import torch

    return getattr(torch.nn, class_of(module), None) is type(module)


def _options(module: Any, row: Activation | Loss) -> dict[str, Any]:
    return {o.name: getattr(module, o.torch or o.name) for o in row.options}


def _call(row: Activation | Loss, text: Mapping[str, str]) -> str:
    """The row with the options that differ from their defaults."""
    defaults = {o.name: o.default for o in row.options} | dict(row.learned)
    plain = {name: None if v is None else value_text(v) for name, v in defaults.items()}
    given = ", ".join(f"{name}={value}" for name, value in text.items() if plain[name] != value)
    return f"{row.name}({given})" if given else row.name


def loss_of(module: Any) -> tuple[str | sp.Expr, str]:
    """The loss that a torch module is, as a spec writes it, and its reduction.

    Raises:
        SpecError: no loss of the catalogue, or a setting for which symbp has no formula.

    >>> import torch
    >>> loss_of(torch.nn.HuberLoss(reduction="sum", delta=0.5))
    ('huber(delta=0.5)', 'sum')
    """
    where = f"loss ({class_of(module)})"
    if type(module) is modules.classes()["FormulaLoss"]:
        return module.loss, module.reduction
    row = next((row for row in LOSSES if _is(module, row)), None)
    if row is None:
        names = tuple(row.torch.rpartition(".")[2] for row in LOSSES if row.torch)
        found = "is no loss that symbp has"
        remedy = nearest(module)
        by_name = f"Give one by name, such as 'mse', or one of {', '.join(names)}."
        raise SpecError(where, found, by_name if remedy == OWN else remedy)
    if row.name == "gaussian_nll":
        found = "takes the variance with each call, expected one number"
        raise SpecError(where, found, "Give loss='gaussian_nll(var=1)' by name.")
    if getattr(module, "ignore_index", -100) != -100:
        raise SpecError(where, f"ignore_index is {module.ignore_index}", "Leave such samples out.")
    if row.name == "poisson_nll" and module.full:
        found = "full adds Stirling's term, which no gradient depends on"
        raise SpecError(where, found, "Set full to False.")
    known = {o.name for o in row.options}
    if getattr(module, "weight", None) is not None and "weight" not in known:
        found = "has weights for elements, expected none"
        raise SpecError(where, found, "Leave weight out; cross_entropy and nll take one a class.")
    text = {}
    for name, value in _options(module, row).items():
        if value is None:
            continue
        text[name] = _setting(name, value, f"{where}, {name}")
    return _call(row, text), module.reduction


def _setting(name: str, value: Any, where: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not hasattr(value, "detach"):
        return value_text(exact(value, where))
    exact_tensor(value, where)  # says what is wrong with its numbers
    numbers = [shortest(number) for number in value.reshape(-1)]
    if name == "weight":
        return f"[{', '.join(map(value_text, numbers))}]"
    if len(set(numbers)) != 1:
        found = f"{len(numbers)} different numbers, expected one for all outputs"
        raise SpecError(where, found, "Give a tensor of one number.")
    return value_text(numbers[0])
