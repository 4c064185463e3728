"""What torch's state_dict calls the parameters of a network.

Input: a network, and the names in a file: "0.weight", "2.bias".  Output: the parameter that each
is, "" where it is none.  The numbers in front are the places of modules in a Sequential; only
their order counts, since modules without numbers have places too.  Imports spec and layers; no
torch.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from symbp.errors import SpecError
from symbp.formula_layer import FormulaLayer
from symbp.layers import (
    Activate,
    BatchNorm,
    Bias,
    Dense,
    Dropout,
    Embedding,
    LayerNorm,
    RMSNorm,
)
from symbp.spec import Network

NUMBERED = re.compile(r"((?:[0-9]{1,6}\.)+)([a-z_]+(?:\.[0-9]{1,6})?)", re.ASCII)
STATISTICS = ("running_mean", "running_var")
NOT_NEEDED = ("num_batches_tracked", "mask", *STATISTICS)
Module = dict[str, str]  # entry of a module: parameter of the network


def state_names(network: Network, names: Iterable[str], where: str) -> dict[str, str]:
    """The parameter that each name of a state_dict is.

    Args:
        network: Whose parameters are meant.
        names: Those in the file; others than numbered ones are left out.
        where: The file, for errors.

    Raises:
        SpecError: more or fewer modules with numbers than the network has.

    >>> network = Network(sizes=[2, 3, 1], bias="per-unit")
    >>> state_names(network, ["0.bias", "0.weight", "2.weight", "2.bias"], "net.npz")
    {'0.weight': 'W1', '0.bias': 'b1', '2.weight': 'W2', '2.bias': 'b2'}
    """
    modules = [module for module in _modules(network) if any(module.values())]
    normed = any(entry in module for module in modules for entry in STATISTICS)
    places: dict[tuple[int, ...], str] = {}
    idle: dict[str, str] = {}
    for name in names:
        match = NUMBERED.fullmatch(name)
        if match and match[2] in NOT_NEEDED:
            idle[name] = ""
        if match and (match[2] not in NOT_NEEDED or (normed and match[2] in STATISTICS)):
            places[tuple(int(word) for word in match[1].split(".")[:-1])] = match[1]
    if not places:
        return {}
    if len(places) != len(modules):
        found = f"{len(places)} modules with numbers, the network has {len(modules)}"
        first = ", ".join("/".join(module) for module in modules[:4])
        raise SpecError(
            where, found, f"Give a file with, in order: {first}{', ..' * (len(modules) > 4)}."
        )
    return idle | {
        f"{places[place]}{entry}": parameter
        for place, module in zip(sorted(places), modules, strict=True)
        for entry, parameter in module.items()
    }


def _modules(network: Network) -> list[Module]:
    """The modules that `to_torch` makes, each with its entries."""
    modules: list[Module] = []
    for number, layer in enumerate(network.layers, 1):
        match layer:
            case Dense():
                modules += _dense(network, number, layer)
            case Activate():
                modules += _activation(network, number)
            case Bias():
                modules.append({"bias": f"b{number}"})
            case Embedding():
                modules.append({"weight": f"table{number}"})
            case LayerNorm() | RMSNorm() | BatchNorm():
                scale = {"weight": f"gamma{number}", "bias": f"beta{number}"}
                module = {k: v for k, v in scale.items() if v in network.parameters}
                if isinstance(layer, BatchNorm):
                    given = (f"mean{number}", f"var{number}") if layer.mode == "inference" else ()
                    module |= dict(zip(STATISTICS, given, strict=False))
                modules.append(module)
            case Dropout():
                modules.append({})
            case FormulaLayer():
                own = [p for p in network.parameters if _number_of(p) == number]
                modules.append({f"trained.{k}": name for k, name in enumerate(own)})
    return modules


def _number_of(parameter: str) -> int:
    digits = re.search(r"[0-9]*$", parameter)
    return int(digits[0]) if digits and digits[0] else 0


def _dense(network: Network, number: int, layer: Dense) -> list[Module]:
    weight, row = layer.weight or f"W{number}", network.activations[number]
    linear = {"weight": weight}
    if row.gated:
        linear["gate_weight"] = f"V{number}"
        if layer.bias != "none":
            linear |= {"bias": f"b{number}", "gate_bias": f"c{number}"}
        return [linear]
    modules = [linear]
    if layer.bias == "per-unit":
        linear["bias"] = f"b{number}"
    elif layer.bias == "shared":
        modules.append({"bias": f"b{number}"})
    return modules + _activation(network, number)


def _activation(network: Network, number: int) -> list[Module]:
    row = network.activations[number]
    if row.name == "prelu":
        return [{"weight": f"slope{number}"}]
    if row.learned:
        return [{f"trained.{k}": f"{n}{number}" for k, (n, _) in enumerate(row.learned)}]
    return []
