"""The catalogue: formulas and their sources, never a gradient.

Input: nothing.  Output: rows that the graph turns into equations.  One more activation, loss
or layer is one more row of the tuple in its module.  Imports index and errors only.
"""

from symbp.catalog.activations import ACTIVATIONS, Activation
from symbp.catalog.layers import LAYERS, LayerFormula
from symbp.catalog.losses import LOSSES, Loss

__all__ = [
    "ACTIVATIONS", "LAYERS", "LOSSES", "Activation", "LayerFormula", "Loss",
    "activation", "layer", "loss", "names",
]  # fmt: skip


def names(kind: str) -> tuple[str, ...]:
    """The names of one kind: "activation", "loss" or "layer".

    >>> names("loss")
    ('half_sse', 'mse', 'cross_entropy')
    """
    rows: dict[str, tuple[Activation | Loss | LayerFormula, ...]]
    rows = {"activation": ACTIVATIONS, "loss": LOSSES, "layer": LAYERS}
    return tuple(row.name for row in rows[kind])


def activation(name: str) -> Activation:
    """The activation called `name`; KeyError if there is none."""
    return {row.name: row for row in ACTIVATIONS}[name]


def loss(name: str) -> Loss:
    """The loss called `name`; KeyError if there is none."""
    return {row.name: row for row in LOSSES}[name]


def layer(name: str) -> LayerFormula:
    """The layer called `name`; KeyError if there is none."""
    return {row.name: row for row in LAYERS}[name]
