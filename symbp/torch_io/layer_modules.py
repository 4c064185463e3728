"""The layers of a torch model, and its numbers, one module after the other.

Input: a torch model.  Output: `Found`: layers, parameters by name, which are frozen.  An activation
belongs to the Linear before it, or is a layer of its own.  Imports layers and the modules of
this package.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Literal

import sympy as sp

from symbp.errors import ShapeError, SpecError, SymbpError
from symbp.exact import Tensor, exact
from symbp.formula_layer import plan
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
)
from symbp.torch_io import modules
from symbp.torch_io.plain import plain_modules
from symbp.torch_io.settings import activation_of, class_of, nearest
from symbp.torch_io.tensors import exact_tensor

LAYERS = ("Linear", "LayerNorm", "RMSNorm", "BatchNorm1d", "Dropout", "Embedding")
NO_WORK = ("Identity", "Flatten")


@dataclass(slots=True)
class Found:
    """What was read so far.

    Args:
        layers: In order.
        paths: Of the module that each layer begins with.
        inputs: Width of the first one; 0 while it is not known.
        width: Of what the last one gives; 0 while it is not known.
        numbers: Parameters by name.
        frozen: Those that are not trained.
        constants, learned: Numbers that formulas name.
        owners: Where each torch parameter is used, by its id: module, entry, name here.
    """

    layers: list[Layer] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    inputs: int = 0
    width: int = 0
    numbers: dict[str, Tensor] = field(default_factory=dict)
    frozen: list[str] = field(default_factory=list)
    constants: dict[str, Fraction] = field(default_factory=dict)
    learned: dict[str, Fraction] = field(default_factory=dict)
    owners: dict[int, tuple[str, str, str]] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """Of the layer that is read now."""
        return len(self.layers) + 1

    def add(self, path: str, layer: Layer, takes: int = 0, gives: int = 0) -> None:
        """Take a layer.

        Args:
            path: Of its module.
            layer: The layer.
            takes: How many features it takes; 0 for any number.
            gives: How many it gives; 0 for as many as it takes.

        Raises:
            ShapeError: the layer before it gives another number.
        """
        if takes and self.width and takes != self.width:
            found = f"takes {takes} features, found {self.width} before it"
            raise ShapeError(path, found, f"Make it one for {self.width} features.")
        self.layers.append(layer)
        self.paths.append(path)
        self.inputs = self.inputs or takes
        self.width = gives or takes or self.width

    def take(self, name: str, tensor: Any, where: str, entry: str) -> None:
        """Take the numbers of one parameter; a tensor that stands elsewhere too is an error."""
        if id(tensor) in self.owners:
            other, its_entry, _ = self.owners[id(tensor)]
            found = f"{entry} is also {its_entry} of {other}"
            remedy = "Only weights of Linear may be shared; give it numbers of its own."
            raise SpecError(where, found, remedy)
        self.owners[id(tensor)] = (where, entry, name)
        self.numbers[name] = exact_tensor(tensor, f"{where}, {entry}")
        if not tensor.requires_grad:
            self.frozen.append(name)


def read_model(model: Any, where: str) -> Found:
    """The layers and numbers of a torch model.

    Args:
        model: See `from_torch`.
        where: What errors call the model.

    Raises:
        SpecError: see `from_torch`.
    """
    placed = plain_modules(model, where)
    found = Found()
    dense = ""  # the Linear whose activation may follow
    for path, module in placed:
        if _is_torch(module, NO_WORK):
            _check_flatten(module, path)
            dense = "" if class_of(module) == "Identity" else dense
            continue
        activation = activation_of(module, path)
        if activation is None:
            try:
                dense = _read_layer(found, path, module, dense)
            except SymbpError as error:
                raise (error if error.where.startswith(path) else error.at(path)) from None
            continue
        if not dense:
            _activation_alone(found, path, activation)
        _activate(found, path, module, activation)
        dense = ""
    if isinstance(model, modules.classes()["Residuals"]) and len(found.layers) != len(model):
        text = f"{len(model)} modules that are {len(found.layers)} layers"
        raise SpecError(where, text, "Put each layer into one, as symbp.to_torch does.")
    if not found.layers:
        raise SpecError(where, "the model computes nothing", "Put one torch.nn.Linear in.")
    if not found.inputs:
        text = "no module says how many inputs there are"
        raise SpecError(where, text, "Put one torch.nn.Linear in.")
    return found


def at_module(error: SymbpError, found: Found) -> SymbpError:
    """The error about a layer with the module that it was in front."""
    match = re.match(r"layer ([0-9]+)\b", error.where)
    return error.at(found.paths[int(match[1]) - 1]) if match else error


def _is_torch(module: Any, names: Sequence[str]) -> bool:
    import torch

    return any(type(module) is getattr(torch.nn, name) for name in names)


def _check_flatten(module: Any, path: str) -> None:
    """Flatten does nothing to rows, unless it takes the samples along."""
    if class_of(module) != "Flatten":
        return
    if (module.start_dim, module.end_dim) not in ((1, -1), (1, 1)):
        found = f"flattens dimensions {module.start_dim} to {module.end_dim}"
        raise SpecError(path, found, "Write torch.nn.Flatten(), or leave it out: inputs are rows.")


def _activation_alone(found: Found, path: str, activation: str | sp.Expr) -> None:
    """Take an activation that has no Linear right before it: a layer of its own."""
    if activation == "glu":
        width = found.width or "D"
        remedy = f"Put torch.nn.Linear({width}, {width}) before it."
        raise SpecError(path, "a GLU without a Linear before it", remedy)
    found.add(path, Activate(activation))


def _activate(found: Found, path: str, module: Any, activation: str | sp.Expr) -> None:
    """Give the last layer its activation, and its trained numbers."""
    number = len(found.layers)
    last = found.layers[-1]
    assert isinstance(last, Dense | Activate)
    if activation == "glu" and isinstance(last, Dense):
        found.layers[-1] = _halved(found, last, number, path)
        return
    found.layers[-1] = replace(last, activation=activation)
    if class_of(module) == "PReLU":
        found.take(f"slope{number}", module.weight, path, "weight")
        (found.numbers[f"slope{number}"],) = found.numbers[f"slope{number}"]  # type: ignore[misc]
    elif hasattr(module, "names"):
        read_letters(found, module, path, str(number))


def read_letters(found: Found, module: Any, path: str, suffix: str) -> None:
    """The constants and trained numbers of a `Formula`."""
    for mine, theirs in ((found.constants, module.constants), (found.learned, module.learned)):
        for letter, value in theirs.items():
            if mine.setdefault(letter, value) != value:
                raise SpecError(path, f"{letter} has two values", "Give it another name.")
    for letter, parameter in zip(module.names, module.trained, strict=True):
        found.take(f"{letter}{suffix}", parameter, path, letter)


def _halved(found: Found, last: Dense, number: int, path: str) -> Dense:
    """The Linear before a GLU: its first half gives the values, its second the gates."""
    if last.weight:
        remedy = "Give the Linear a weight of its own."
        raise SpecError(path, f"gates a Linear whose weight is that of {last.weight}", remedy)
    if last.out % 2:
        found_text = f"takes an even number of features, the Linear gives {last.out}"
        raise ShapeError(path, found_text, "Give the Linear twice the outputs.")
    half = found.width = last.out // 2
    for first, second in (("W", "V"), ("b", "c")):
        name = f"{first}{number}"
        if name in found.numbers:
            whole = found.numbers[name]
            assert isinstance(whole, tuple)
            found.numbers[name], found.numbers[f"{second}{number}"] = whole[:half], whole[half:]
            if name in found.frozen:
                found.frozen.append(f"{second}{number}")
    for owner, (where, entry, name) in list(found.owners.items()):
        if name == f"W{number}":  # a later Linear cannot share half of it
            found.owners[owner] = (where, entry, "")
    return replace(last, out=half, activation="glu")


def _read_layer(found: Found, path: str, module: Any, dense: str) -> str:
    """Take a layer; returns its path if an activation may follow."""
    own = modules.classes()
    number = found.number
    kind = class_of(module)
    if type(module) is own["SharedBias"]:
        last = found.layers[-1] if found.layers else None
        if not dense or not isinstance(last, Dense) or last.bias != "none":
            remedy = "Put it after one without bias."
            raise SpecError(path, "a shared bias without a Linear", remedy)
        found.layers[-1] = replace(last, bias="shared")
        found.take(f"b{number - 1}", module.bias, path, "bias")
        return dense
    if type(module) is own["Gated"]:
        out, width = module.weight.shape
        weight = _weight(found, module.weight, path, f"W{number}")
        if module.bias is not None:
            found.take(f"b{number}", module.bias, path, "bias")
        found.take(f"V{number}", module.gate_weight, path, "gate_weight")
        if module.bias is not None:
            found.take(f"c{number}", module.gate_bias, path, "gate_bias")
        dense_layer = Dense(out, module.activation, module.bias_kind, weight)
        found.add(path, dense_layer, width, out)
        return ""
    if type(module) is own["Bias"]:
        found.take(f"b{number}", module.bias, path, "bias")
        found.add(path, Bias(), len(module.bias))
        return ""
    if type(module) is own["Mask"]:
        found.numbers[f"M{number}"] = exact_tensor(module.mask, f"{path}, mask")
        found.add(path, Dropout(module.p))
        return ""
    if type(module) is own["IndexLayer"]:
        for letter, parameter in zip(module.names, module.trained, strict=True):
            found.take(f"{letter}{number}", parameter, path, letter)
        layer = module.equations.value
        found.add(path, layer, module.width, plan(layer, module.width).out)
        return ""
    if type(module) is own["Add"]:
        found.add(path, Residual(module.source))
        return ""
    if not _is_torch(module, LAYERS):
        raise SpecError(path, "symbp has no such layer", nearest(module))
    if kind == "Linear":
        weight = _weight(found, module.weight, path, f"W{number}")
        if module.bias is not None:
            found.take(f"b{number}", module.bias, path, "bias")
        bias: Literal["none", "per-unit"] = "none" if module.bias is None else "per-unit"
        out, width = module.weight.shape
        found.add(path, Dense(out, "identity", bias, weight), width, out)
        return path
    if kind == "Embedding":
        _read_embedding(found, path, module)
    elif kind == "Dropout":
        if module.training:
            found.add(path, Dropout(exact(module.p, "p")))
    else:
        _read_norm(found, path, module)
    return ""


def _weight(found: Found, tensor: Any, path: str, name: str) -> str:
    """Take the weight of a Linear; returns the name of the earlier one that it is, or ""."""
    owner = found.owners.get(id(tensor))
    if owner is not None and owner[2].startswith("W"):
        return owner[2]
    found.take(name, tensor, path, "weight")
    return ""


def _read_embedding(found: Found, path: str, module: Any) -> None:
    if found.layers:
        text = "an embedding after other layers, expected first"
        raise SpecError(path, text, "Its inputs are whole numbers.")
    for entry in ("padding_idx", "max_norm"):
        if getattr(module, entry) is not None:
            text = f"{entry} is {getattr(module, entry)}, expected None"
            raise SpecError(path, text, f"Leave {entry} out.")
    if module.scale_grad_by_freq:
        raise SpecError(path, "scale_grad_by_freq changes the gradient", "Leave it out.")
    rows, out = module.weight.shape
    found.take(f"table{found.number}", module.weight, path, "weight")
    found.add(path, Embedding(out), rows, out)


def _read_norm(found: Found, path: str, module: Any) -> None:
    """LayerNorm, RMSNorm or BatchNorm1d."""
    kind, number = class_of(module), found.number
    shape = getattr(module, "normalized_shape", None) or (module.num_features,)
    if len(shape) != 1:
        text = f"normalises over {len(shape)} dimensions, expected the features"
        raise SpecError(path, text, f"Write torch.nn.{kind}({shape[-1]}).")
    affine = module.weight is not None
    if affine:
        found.take(f"gamma{number}", module.weight, path, "weight")
        if kind != "RMSNorm":
            if module.bias is None:  # the same as one that stays 0
                found.numbers[f"beta{number}"] = (Fraction(0),) * shape[0]
                found.frozen.append(f"beta{number}")
            else:
                found.take(f"beta{number}", module.bias, path, "bias")
    eps = _default_eps(module) if module.eps is None else exact(module.eps, "eps")
    if kind == "LayerNorm":
        found.add(path, LayerNorm(eps, affine), shape[0])
    elif kind == "RMSNorm":
        found.add(path, RMSNorm(eps, affine), shape[0])
    elif module.training or module.running_mean is None:
        found.add(path, BatchNorm(eps, affine), shape[0])
    else:
        for entry in ("mean", "var"):
            statistic = getattr(module, f"running_{entry}")
            found.numbers[f"{entry}{number}"] = exact_tensor(statistic, f"{path}, running_{entry}")
        found.add(path, BatchNorm(eps, affine, "inference"), shape[0])


def _default_eps(module: Any) -> Fraction:
    """What RMSNorm takes for None: the spacing of its numbers at 1."""
    import torch

    dtype = torch.get_default_dtype() if module.weight is None else module.weight.dtype
    return Fraction(torch.finfo(dtype).eps)
