"""Where the network of a command comes from: a spec, flags, a torch model, a file of weights.

Input: what the command line was given.  Output: a `Network`.  Imports spec_file, weights_file and
torch_io on call of what needs them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from symbp.checks import check_identifier
from symbp.errors import SpecError, SymbpError
from symbp.exact import Tensor
from symbp.flags import FlagValue
from symbp.layer_file import LAYER_KEYS
from symbp.layers import SAMPLES, Layer
from symbp.spec import Network
from symbp.spec_file import (
    WORKED_EXAMPLE,
    WORKED_WHERE,
    network_from_flags,
    read_table,
    read_with_flags,
)
from symbp.weights_file import array_shapes, is_weights_file, read_weights

OF_THE_MODEL = ("sizes", "activation", "bias")


def read_source(spec: Path | None, torch: str | None, flags: Mapping[str, FlagValue]) -> Network:
    """The network of a command.

    Args:
        spec: A TOML file, or None.
        torch: "file.py:model", or None; the file is run.
        flags: Those that were given; `weights` may name a .safetensors or .npz file.

    Raises:
        SpecError: something in it is wrong, or given together with what it excludes.

    >>> read_source(None, None, {}).widths
    (2, 2, 2)
    """
    text = flags.get("weights")
    weights = Path(text.strip()) if isinstance(text, str) and is_weights_file(text) else None
    rest = {name: value for name, value in flags.items() if name != "weights" or weights is None}
    if torch is not None:
        if spec is not None:
            remedy = "Give one of the two."
            raise SpecError("--torch", f"given together with the spec {spec}", remedy)
        return _from_model(torch, weights, rest)
    if weights is None:
        return read_with_flags(spec, flags)
    table = WORKED_EXAMPLE if spec is None else read_table(spec)
    where = WORKED_WHERE if spec is None else str(spec)
    return network_from_flags(table, rest, where, lambda network: _weights_flag(network, weights))


def weights_of(network: Network, path: Path) -> dict[str, Tensor]:
    """The parameters of a network from a file, named as here or as in torch's state_dict.

    Raises:
        SpecError: the file cannot be read, or does not fit the network.
    """
    from symbp.torch_io.state_names import state_names

    given = {name for name, shape in network.parameters.items() if SAMPLES in shape}
    given |= {name for name in network.starts if network.parameters[name]}  # class weights
    wanted = {n: s for n, s in network.parameters.items() if n not in given}
    names = array_shapes(path)
    numbered = {} if set(names) & set(wanted) else state_names(network, names, str(path))
    return read_weights(path, wanted, numbered)


def _weights_flag(network: Network, path: Path) -> dict[str, Tensor]:
    """The parameters of a network from the file of a flag, which errors name."""
    try:
        return weights_of(network, path)
    except SymbpError as error:
        raise error.at("--weights") from None


def _from_model(text: str, weights: Path | None, flags: Mapping[str, FlagValue]) -> Network:
    """The network of a torch model, with flags over it.

    Raises:
        SpecError: see `read_source`.
    """
    for flag in (*OF_THE_MODEL, "weights"):
        if flag in flags:
            remedy = "The model says it: change the model, or give --weights a file."
            raise SpecError(f"--{flag}", "given together with --torch", remedy)
    from symbp.torch_io.layer_modules import read_model
    from symbp.torch_io.model_file import load_model, load_weights

    model = load_model(text)
    try:
        loaded = weights is not None and load_weights(model, weights)
    except SymbpError as error:
        raise error.at("--weights") from None
    variable = text.rpartition(":")[2]
    found = read_model(model, variable)
    table: dict[str, Any] = {
        "name": _name(variable),
        "inputs": found.inputs,
        "layer": [_table(layer) for layer in found.layers],
        "loss": "mse",
        "frozen": found.frozen,
        "constants": found.constants,
        "learned": found.learned,
    }

    def numbers(network: Network) -> dict[str, Tensor]:
        own = {} if weights is None or loaded else _weights_flag(network, weights)
        return {**found.numbers, **own}

    return network_from_flags(table, flags, text, numbers)


def _name(variable: str) -> str:
    """The variable's name if a module can have it."""
    try:
        check_identifier(variable, "name")
    except SymbpError:
        return "network"
    return variable


def _table(layer: Layer) -> dict[str, Any]:
    """A layer as the table of a spec."""
    kind, keys = next((k, v[1]) for k, v in LAYER_KEYS.items() if v[0] is type(layer))
    return {"kind": kind} | {key: getattr(layer, name) for key, name in keys.items()}
