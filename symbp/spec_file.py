"""A network from a TOML spec, from command-line flags, or from both.

Input: a file, a table, flags as text.  Output: a `Network`; every error says which file or flag.
Text is only ever looked up and compared, never run.  Imports spec, exact and errors only.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

from symbp.errors import SpecError, SymbpError, unknown_name
from symbp.exact import Tensor, brief, shown
from symbp.example import read_example, weight_entries
from symbp.flags import DRAWN, FLAGS, NUMBERS, STRUCTURE, FlagValue, class_list
from symbp.layer_file import check_keys, layer_tables, read_layer
from symbp.spec import Network

MAX_BYTES = 1_000_000
WORKED_WHERE = "the worked example"
WORKED_EXAMPLE: Mapping[str, Any] = MappingProxyType(
    {
        "name": "worked_example",
        "title": "One step of a 2-2-2 network, by hand",
        "sizes": [2, 2, 2],
        "activation": "sigmoid",
        "loss": "half_sse",
        "example": {
            "x": ["0.5", "0.3"],
            "y": ["0.23", "-0.07"],
            "weights": ["0.2", "-0.4", "0.5", "0.6", "0.1", "-0.5", "-0.3", "0.8"],
            "learning_rate": 1,
        },
    }
)
PLAIN = (
    *("loss", "reduction", "targets", "numbering", "frozen", "name", "example", "title"),
    *("constants", "learned", "accuracy"),
)
KEYS = ("sizes", "activation", "bias", "inputs", "layer", *PLAIN)

Given = Callable[[Network], Mapping[str, Tensor]]


def worked_example() -> Network:
    """The network that every command runs without a spec.

    >>> worked_example().numbers.parameters["W2"][0]
    (Fraction(1, 10), Fraction(-3, 10))
    """
    return network_from_table(WORKED_EXAMPLE, WORKED_WHERE)


def read_network(path: Path) -> Network:
    """Read a TOML spec.

    Args:
        path: A file of at most 1 MB, UTF-8.

    Raises:
        SpecError: the file cannot be read or describes no network; it names file and entry.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "net.toml"
    ...     _ = path.write_text('sizes = [2, 3, 1]\\nactivation = ["tanh", "identity"]')
    ...     read_network(path).widths
    (2, 3, 1)
    """
    return network_from_table(read_table(path), str(path))


def read_with_flags(spec: Path | None, flags: Mapping[str, FlagValue]) -> Network:
    """The network of a command: a spec or the worked example, with flags over it.

    Args:
        spec: A TOML file, or None for the worked example.
        flags: Those that were given, as in `network_from_flags`.

    Raises:
        SpecError: spec or flags are wrong.

    >>> read_with_flags(None, {}) == worked_example()
    True
    """
    if spec is None:
        return network_from_flags(WORKED_EXAMPLE, flags, WORKED_WHERE)
    return network_from_flags(read_table(spec), flags, str(spec))


def read_table(path: Path) -> dict[str, Any]:
    """Read a TOML file of at most 1 MB; decimals stay decimals.

    Raises:
        SpecError: no file, no UTF-8, no TOML, or too long.
    """
    where = str(path)
    try:
        if path.is_dir():
            raise SpecError(where, "is a folder, expected a TOML file", "Give a file in it.")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)  # reads no more of an endless file either
    except FileNotFoundError:
        raise SpecError(where, "there is no such file", _nearest_file(path)) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SpecError(where, f"cannot be read: {reason}", "Give a file you may read.") from None
    except ValueError:  # a null character
        raise SpecError(ascii(where), "is no path", "Choose another name.") from None
    if len(data) > MAX_BYTES:
        remedy = "Draw the numbers with `seed` instead of writing them out."
        raise SpecError(where, "over 1 MB, too long for a spec", remedy)
    try:
        return tomllib.loads(data.decode("utf-8-sig"), parse_float=Decimal)
    except UnicodeDecodeError as error:
        found = f"byte {error.start} is no UTF-8 text"
        raise SpecError(where, found, "Save it as a text file in UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        text = str(error)  # ends with line and column
        found = f"no valid TOML: {text if len(text) <= 200 else f'{text[:120]}...{text[-40:]}'}"
        raise SpecError(where, found, "Correct that line; text goes in quotes.") from None
    except (ValueError, ArithmeticError):
        raise SpecError(where, "a number with too many digits", "Use at most 1000.") from None
    except RecursionError:
        raise SpecError(where, "lists nested too deep", "Give lists of rows at most.") from None


def _nearest_file(path: Path) -> str:
    try:
        names = [p.name for p in path.parent.glob("*.toml")]
    except OSError:
        names = []
    near = difflib.get_close_matches(path.name, names, n=1)
    return f"Did you mean '{path.parent / near[0]}'?" if near else "Check the path."


def network_from_table(table: Mapping[str, Any], where: str = "") -> Network:
    """Build a network from the table of a spec.

    Args:
        table: `sizes` with `activation` and `bias`, or `inputs` and a list `layer` of tables with
            `kind`; beside them name, title, loss, reduction, targets, numbering, frozen,
            constants, learned and example, as in `Network`.
        where: What errors name: the file, say.

    Raises:
        SpecError: an entry is unknown or wrong.

    >>> layers = [{"kind": "dense", "out": 3}, {"kind": "layernorm"}]
    >>> network_from_table({"inputs": 2, "layer": layers}).widths
    (2, 3, 3)
    """
    try:
        return _build(table)
    except SymbpError as error:
        raise (error.at(where) if where else error) from None


def _build(table: Mapping[str, Any]) -> Network:
    check_keys(table, KEYS, "")
    plain = {key: table[key] for key in PLAIN if key in table}
    _example_table(table)
    if "layer" not in table and "inputs" not in table:
        if "sizes" not in table:
            remedy = "Give `sizes = [2, 2, 2]`, or `inputs` and [[layer]] tables."
            raise SpecError("sizes", "the network is empty", remedy)
        kinds: dict[str, Any] = {key: table.get(key) for key in ("activation", "bias")}
        return Network(sizes=table["sizes"], **kinds, **plain)
    for key in ("sizes", "activation", "bias"):
        if key in table:
            remedy = (
                "Give either `sizes`, or `inputs` and [[layer]] tables with all that is in them."
            )
            raise SpecError(key, "given together with inputs or [[layer]]", remedy)
    if "inputs" not in table:
        raise SpecError("inputs", "missing", "Give the number of inputs, `inputs = 2`, say.")
    layers = tuple(read_layer(entry, k) for k, entry in enumerate(layer_tables(table), 1))
    return Network(layers=layers, inputs=table["inputs"], **plain)


def _example_table(table: Mapping[str, Any]) -> Mapping[str, Any]:
    example = table.get("example", {})
    if not isinstance(example, Mapping):
        found = f"found {shown(example)}, expected a table"
        raise SpecError("example", found, "Write [example] on a line of its own.")
    return example


def network_from_flags(
    table: Mapping[str, Any],
    flags: Mapping[str, FlagValue],
    where: str = WORKED_WHERE,
    given: Given | None = None,
) -> Network:
    """Build a network from a spec's table with command-line flags over it.

    A flag replaces the entry of its name.  `sizes` also replaces [[layer]] tables, and takes the
    title away where they are others; without it,
    `activation` and `bias` go to the dense layers of such tables.  `seed` or `samples` draw all
    numbers.  `input`, `target` and `weights` replace x, y and weights and leave the others.  If
    flags change the network so that the spec's numbers no longer fit and give no numbers, the
    numbers are drawn from seed 0, one sample; the learning rate stays.

    Args:
        table: As for `network_from_table`.
        flags: By name (see FLAGS), text as typed: "2,3,1", "tanh,identity", "0.5,0.3;0.1,0.2".
        where: What errors name where no flag is at fault.
        given: Gives parameters by name, from a file say; they replace those of the table, and of a
            seed.

    Raises:
        SpecError: a flag is unknown or wrong, or the network is; it names the flag or `where`.

    >>> network = network_from_flags(WORKED_EXAMPLE, {"sizes": "2,3,1", "activation": "tanh"})
    >>> network.widths, network.numbers.seed
    ((2, 3, 1), 0)
    """
    for flag in flags:
        if flag not in FLAGS:
            raise unknown_name(f"--{brief(flag)}", "flag", brief(flag), FLAGS)
    entries = {flag: FLAGS[flag][1](value, f"--{_dashed(flag)}") for flag, value in flags.items()}
    try:
        network = _build(_structure(table, entries))
        example = _numbers(_example_table(table), entries, network)
        numbers = given(network) if given else {}
        if given:
            example = _with_parameters(example, numbers, network)
        if not example:
            return network
        full = {**_structure(table, entries), "example": example}
        try:
            return _build(full)
        except SpecError:
            if not STRUCTURE & set(flags) or (NUMBERS | DRAWN) & set(flags):
                raise
            _build(table)  # what is wrong without the flags stays wrong
            rate = {k: v for k, v in example.items() if k == "learning_rate"}
            example = {"seed": 0, "samples": 1, **rate}
            if given:
                example = _with_parameters(example, numbers, network)
            return _build({**full, "example": example})
    except SymbpError as error:
        raise _placed(error, flags, where) from None


def _structure(table: Mapping[str, Any], entries: Mapping[str, Any]) -> dict[str, Any]:
    """The table without its numbers, with the flags over it."""
    numbers = NUMBERS | DRAWN | {"learning_rate"}
    made = {key: value for key, value in table.items() if key != "example"}
    given = {key: value for key, value in entries.items() if key not in numbers}
    if "sizes" in given:
        other = ["inputs", "layer"]
        if given["sizes"] != made.get("sizes"):
            other.append("title")  # it speaks of another network
        made = {key: value for key, value in made.items() if key not in other}
    elif "layer" in made:
        layers = [dict(layer) for layer in layer_tables(made)]
        dense = [layer for layer in layers if layer.get("kind") == "dense"]
        for key in {"activation", "bias"} & set(given):
            value = given.pop(key)
            values = [value] * len(dense) if isinstance(value, str) else value
            if len(values) != len(dense):
                found = f"{len(values)} entries for {len(dense)} dense layers"
                raise SpecError(key, found, "Give one name for all layers, or one a layer.")
            for layer, name in zip(dense, values, strict=True):
                layer[key] = name
        made["layer"] = layers
    if "constant" in given:
        given["constants"] = given.pop("constant")
    for key in {"constants", "learned"} & set(given):
        if isinstance(made.get(key), Mapping):
            given[key] = {**made[key], **given[key]}
    return {**made, **given}


def _numbers(
    base: Mapping[str, Any], entries: Mapping[str, Any], network: Network
) -> dict[str, Any]:
    """The [example] table with the flags over it; empty if there is none."""
    example = dict(base)
    given = sorted(NUMBERS & set(entries))
    rate = {"learning_rate": entries["learning_rate"]} if "learning_rate" in entries else {}
    if DRAWN & set(entries) or (rate and not given and not example):
        if given:
            found = "given together with --seed or --samples"
            raise SpecError(f"--{given[0]}", found, "Give the numbers, or draw them.")
        kept = {k: v for k, v in example.items() if k in (*DRAWN, "learning_rate")}
        drawn = {k: v for k, v in entries.items() if k in DRAWN}
        return {"seed": 0, **kept, **drawn, **rate}
    if given:
        by_name = {name for name, _ in weight_entries(network)} if "weights" in given else ()
        example = {k: v for k, v in example.items() if k not in (*DRAWN, *by_name)}
    for entry in given:
        value = entries[entry]
        is_class = entry == "y" and network.targets == "classes"
        example[entry] = class_list(value) if is_class else value
    return {**example, **rate}


def _with_parameters(
    example: Mapping[str, Any], numbers: Mapping[str, Tensor], network: Network
) -> dict[str, Any]:
    """The [example] table with parameters that are given; what a seed draws is written out."""
    if not example or "seed" in example or "samples" in example:
        drawn = read_example(network, {"seed": 0, **example})
        rows = {"x": drawn.inputs, "y": drawn.targets, "learning_rate": drawn.learning_rate}
        return {**rows, **drawn.parameters, **numbers}
    return {k: v for k, v in example.items() if k != "weights"} | dict(numbers)


def _placed(error: SymbpError, flags: Mapping[str, FlagValue], where: str) -> SymbpError:
    """The error with the flag it came from in front, else with the file."""
    if error.where.startswith("--"):
        return error
    for flag in flags:
        entry, name = FLAGS[flag][0], f"--{_dashed(flag)}"
        if re.match(rf"{entry}(\[|,|$)", error.where):
            return type(error)(name + error.where[len(entry) :], error.found, error.remedy)
        if error.where.endswith(f", {entry}"):  # an entry of one layer
            place = error.where.removesuffix(f", {entry}")
            return type(error)(f"{name}, {place}", error.found, error.remedy)
    return error.at(where)


def _dashed(flag: str) -> str:
    return flag.replace("_", "-")
