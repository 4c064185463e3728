"""A torch model from a network: torch's own modules where it has them, small ones where not.

Input: a `Network`.  Output: a torch.nn.Sequential with the numbers of the example, float64, and a
loss module.  `from_torch` reads both back.  Imports spec, layers and the modules of this package.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from symbp.catalog import Activation, Loss
from symbp.exact import Tensor
from symbp.example import Example, draw_example
from symbp.formula_layer import FormulaLayer, plan
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
from symbp.spec import Network
from symbp.torch_io import modules
from symbp.torch_io.tensors import float_tensor, torch_for


def to_torch(network: Network) -> Any:
    """Make a torch.nn.Sequential of a network, float64, with the numbers of its example.

    What torch has no module for (a shared bias, a formula, a gate, a given mask) is a small one of
    `symbp.torch_io.modules`; with residual connections the model is a `Residuals` of that module,
    a Sequential that keeps what its layers gave.  Frozen parameters have no requires_grad.

    Args:
        network: Without an example one is drawn from seed 0.

    Raises:
        DependencyError: torch is not installed.

    >>> to_torch(Network(sizes=[2, 1], activation="tanh"))
    Sequential(
      (0): Linear(in_features=2, out_features=1, bias=False)
      (1): Tanh()
    )
    """
    torch = torch_for("to_torch")
    example = network.example
    if not isinstance(example, Example):
        example = draw_example(network, 0, 1, Fraction(1))
    writer = _Writer(torch, network, example.parameters)
    with torch.random.fork_rng(devices=[]):  # what torch draws at first is replaced
        groups = [writer.layer(number, layer) for number, layer in enumerate(network.layers, 1)]
    if any(isinstance(layer, Residual) for layer in network.layers):
        whole = [g[0] if len(g) == 1 else torch.nn.Sequential(*g) for g in groups]
        return modules.classes()["Residuals"](*whole)
    return torch.nn.Sequential(*(module for group in groups for module in group))


def to_torch_loss(network: Network) -> Any:
    """The loss of a network as a torch module, called as loss(outputs, targets).

    >>> to_torch_loss(Network(sizes=[2, 1], loss="huber(delta=0.5)")).delta
    0.5
    """
    torch = torch_for("to_torch_loss")
    row = network.loss_row
    values = dict(row.values)
    plain = row.torch and not row.own and not any(isinstance(v, str) for v in values.values())
    # torch's nll takes class indices only, and its gaussian_nll a variance with each call.
    rows_to_nll = row.name == "nll" and network.targets == "values"
    if not plain or rows_to_nll or row.name == "gaussian_nll":
        letters = _letters(network, row)
        made = modules.classes()["FormulaLoss"](network.loss, network.reduction, *letters)
        starts = network.example.parameters if isinstance(network.example, Example) else {}
        for name, parameter in zip(made.names, made.trained, strict=True):
            _put(parameter, starts.get(name, network.starts[name]), name in network.trained)
        return made
    options = {o.torch or o.name: _option(torch, values[o.name]) for o in row.options}
    if "pos_weight" in options:
        weight = torch.tensor(options["pos_weight"], dtype=torch.float64)
        options["pos_weight"] = None if weight == 1 else weight
    return _torch_class(torch, row)(reduction=network.reduction, **options)


def _option(torch: Any, value: Any) -> Any:
    if isinstance(value, tuple):
        return float_tensor(value) if value else None
    return float(value) if isinstance(value, Fraction) else value


def _torch_class(torch: Any, row: Activation | Loss) -> Any:
    return getattr(torch.nn, row.torch.rpartition(".")[2])


def _letters(network: Network, row: Activation | Loss) -> list[dict[str, Fraction]]:
    """The constants and trained numbers that a row names."""
    both = network.constants, network.learned
    return [{k: v for k, v in letters.items() if k in row.letters} for letters in both]


def _put(parameter: Any, value: Tensor, trained: bool) -> None:
    """Write numbers into a parameter."""
    parameter.data = float_tensor(value).reshape(parameter.shape)
    parameter.requires_grad_(trained)


class _Writer:
    """Makes the modules of one layer after the other."""

    def __init__(self, torch: Any, network: Network, numbers: Mapping[str, Tensor]) -> None:
        self.torch, self.network, self.numbers = torch, network, numbers
        self.weights: dict[str, Any] = {}
        self.tied = {layer.weight for layer in network.layers if isinstance(layer, Dense)}

    def layer(self, number: int, layer: Layer) -> list[Any]:
        """The modules of a layer, in order."""
        nn, own = self.torch.nn, modules.classes()
        width = self.network.widths[number - 1]
        kept = {"dtype": self.torch.float64}
        match layer:
            case Dense():
                return self.dense(number, layer, width)
            case Activate():
                return self.alone(number, layer)
            case Bias():
                made = own["Bias"](width)
                self.put(made.bias, f"b{number}")
            case LayerNorm() | RMSNorm():
                kind = nn.LayerNorm if isinstance(layer, LayerNorm) else nn.RMSNorm
                made = kind(width, float(layer.eps), layer.affine, **kept)
                self.scale(made, number, layer.affine)
            case BatchNorm():
                given = layer.mode == "inference"
                made = nn.BatchNorm1d(
                    width, float(layer.eps), affine=layer.affine, track_running_stats=given, **kept
                )
                self.scale(made, number, layer.affine)
                if given:
                    made.running_mean = float_tensor(self.numbers[f"mean{number}"])
                    made.running_var = float_tensor(self.numbers[f"var{number}"])
                    made.eval()
            case Dropout():
                made = own["Mask"](float_tensor(self.numbers[f"M{number}"]), layer.p)
            case Embedding():
                made = nn.Embedding(width, layer.out, **kept)
                self.put(made.weight, f"table{number}")
            case FormulaLayer():
                shapes = {
                    name: self.network.parameters[f"{name}{number}"]
                    for name in plan(layer, width).parameters
                }
                made = own["IndexLayer"](layer, width, shapes)
                for name, parameter in zip(made.names, made.trained, strict=True):
                    self.put(parameter, f"{name}{number}")
            case Residual():
                made = own["Add"](layer.source)
        return [made]

    def put(self, parameter: Any, name: str) -> None:
        """Write a parameter of the network into one of torch."""
        _put(parameter, self.numbers[name], name in self.network.trained)

    def scale(self, made: Any, number: int, affine: bool) -> None:
        """Write the scale of a normalisation, and its shift where it has one."""
        if affine:
            self.put(made.weight, f"gamma{number}")
            if getattr(made, "bias", None) is not None:
                self.put(made.bias, f"beta{number}")

    def dense(self, number: int, layer: Dense, width: int) -> list[Any]:
        """A Linear, a shared bias where there is one, and the activation."""
        row = self.network.activations[number]
        if row.gated:
            return [self.gated(number, layer, row, width)]
        per_unit = layer.bias == "per-unit"
        linear = self.torch.nn.Linear(width, layer.out, per_unit, dtype=self.torch.float64)
        linear.weight = self.weight(number, layer, linear.weight)
        made = [linear]
        if per_unit:
            self.put(linear.bias, f"b{number}")
        elif layer.bias == "shared":
            made.append(modules.classes()["SharedBias"]())
            self.put(made[-1].bias, f"b{number}")
        activation = self.activation(number, layer, row)
        return made if activation is None else [*made, activation]

    def weight(self, number: int, layer: Dense, parameter: Any) -> Any:
        """The weight of a layer: a new parameter, or that of an earlier layer."""
        if layer.weight:
            return self.weights[layer.weight]
        self.put(parameter, f"W{number}")
        self.weights[f"W{number}"] = parameter
        return parameter

    def activation(self, number: int, layer: Dense | Activate, row: Activation) -> Any:
        """The module of an activation; None for the identity."""
        if row.name == "identity":
            return None
        named = any(isinstance(value, str) for _, value in row.values)
        if row.name == "prelu":
            made = self.torch.nn.PReLU(dtype=self.torch.float64)
            self.put(made.weight, f"slope{number}")
        elif row.torch and not row.own and not named:
            values = dict(row.values)
            options = {o.torch or o.name: float(values[o.name]) for o in row.options}  # type: ignore[arg-type]
            made = _torch_class(self.torch, row)(**options, **dict(row.torch_options))
        else:
            letters = _letters(self.network, row)
            made = modules.classes()["Formula"](layer.activation, *letters)
            for name, parameter in zip(made.names, made.trained, strict=True):
                self.put(parameter, f"{name}{number}")
        return made

    def alone(self, number: int, layer: Activate) -> list[Any]:
        """An activation; an Identity keeps it from being that of a Linear before it."""
        row = self.network.activations[number]
        made = self.activation(number, layer, row)
        if made is None:
            made = modules.classes()["Formula"]("identity", {}, {})
        before = self.network.activations.get(number - 1)
        follows = before is not None and before.name == "identity"
        return [self.torch.nn.Identity(), made] if follows else [made]

    def gated(self, number: int, layer: Dense, row: Activation, width: int) -> Any:
        """A dense layer with a gate."""
        made = modules.classes()["Gated"](width, layer.out, layer.bias, row.text)
        made.weight = self.weight(number, layer, made.weight)
        self.put(made.gate_weight, f"V{number}")
        if layer.bias != "none":
            self.put(made.bias, f"b{number}")
            self.put(made.gate_bias, f"c{number}")
        return made
