"""The [[layer]] tables of a spec.

Input: a table.  Output: a layer; what is wrong in it names layer and entry.
Imports layers, exact and errors only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symbp.errors import SpecError, SymbpError, unknown_name
from symbp.exact import brief, shown
from symbp.formula_layer import FormulaLayer
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

DENSE_KEYS = {k: k for k in ("out", "activation", "bias", "weight")} | {"in": "inputs"}
NORM_KEYS = {"eps": "eps", "affine": "affine"}
LAYER_KEYS: Mapping[str, tuple[type[Layer], Mapping[str, str]]] = {  # key: argument
    "dense": (Dense, DENSE_KEYS),
    "activation": (Activate, {"activation": "activation"}),
    "bias": (Bias, {}),
    "layernorm": (LayerNorm, NORM_KEYS),
    "rmsnorm": (RMSNorm, NORM_KEYS),
    "batchnorm": (BatchNorm, NORM_KEYS | {"mode": "mode"}),
    "dropout": (Dropout, {"p": "p"}),
    "embedding": (Embedding, {"out": "out"}),
    "formula": (FormulaLayer, {k: k for k in ("equations", "out", "sizes")}),
    "residual": (Residual, {"from": "source"}),
}
REQUIRED = {
    "dense": "out", "residual": "from", "embedding": "out", "formula": "equations",
    "activation": "activation",
}  # fmt: skip
SAY = {"equations": '"y[n,k] = sum(i: A[k,i]*x[n,i])"', "activation": '"relu"'}


def check_keys(table: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    """Raise the error for an entry that a table does not have."""
    for key in table:
        if key not in known:
            place = f"{where}, {brief(key)}" if where else brief(key)
            raise unknown_name(place, "entry", brief(key), known)


def layer_tables(table: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The [[layer]] tables of a spec, unread.

    Raises:
        SpecError: `layer` is no list of tables.
    """
    entries = table.get("layer", [])
    if not isinstance(entries, list) or not all(isinstance(e, Mapping) for e in entries):
        found = f"found {shown(entries)}, expected tables"
        raise SpecError("layer", found, "Write [[layer]] above the entries of each layer.")
    return entries


def read_layer(entry: Mapping[str, Any], number: int) -> Layer:
    """Read one [[layer]] table.

    Args:
        entry: `kind`, and what a layer of that kind takes.
        number: Of the layer, for errors.

    Raises:
        SpecError: an entry is unknown, missing or wrong.

    >>> read_layer({"kind": "dropout", "p": "0.25"}, 1)
    Dropout(p=Fraction(1, 4))
    """
    where = f"layer {number}"
    kind = entry.get("kind")
    if kind is None:
        raise SpecError(f"{where}, kind", "missing", 'Write `kind = "dense"`, say.')
    if not isinstance(kind, str) or kind not in LAYER_KEYS:
        raise unknown_name(f"{where}, kind", "layer", brief(kind), LAYER_KEYS)
    make, arguments = LAYER_KEYS[kind]
    check_keys(entry, ("kind", *arguments), where)
    need = REQUIRED.get(kind)
    if need and need not in entry:
        raise SpecError(f"{where}, {need}", "missing", f"Write `{need} = {SAY.get(need, 1)}`, say.")
    try:
        return make(**{arguments[key]: entry[key] for key in entry if key != "kind"})
    except SymbpError as error:
        raise error.at(where) from None
