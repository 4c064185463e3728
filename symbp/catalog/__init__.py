"""The catalogue: formulas and their sources, never a gradient.

Input: nothing.  Output: rows that the graph turns into equations, and recurrences of optimizers.
One more activation, loss, layer, optimizer, initializer, data set or schedule is one more row of
the tuple in its module.  Imports index and errors only.
"""

from symbp.catalog.activations import ACTIVATIONS
from symbp.catalog.datasets import DATASETS
from symbp.catalog.initializers import INITIALIZERS
from symbp.catalog.layers import LAYERS, LayerFormula
from symbp.catalog.losses import LOSSES
from symbp.catalog.optimizers import OPTIMIZERS, Optimizer
from symbp.catalog.rows import (
    NUMBER,
    Activation,
    Domain,
    Loss,
    Option,
    Recipe,
    Total,
    value_text,
)
from symbp.catalog.schedules import SCHEDULES

__all__ = [
    "ACTIVATIONS", "LAYERS", "LOSSES", "NUMBER", "OPTIMIZERS", "RECIPES", "Activation", "Domain",
    "LayerFormula", "Loss", "Optimizer", "Option", "Recipe", "Total", "activation", "call", "layer",
    "loss", "names", "optimizer", "sample",
]  # fmt: skip

RECIPES = {"initializer": INITIALIZERS, "dataset": DATASETS, "schedule": SCHEDULES}


def names(kind: str) -> tuple[str, ...]:
    """The names of one kind: "activation", "loss", "layer", "optimizer" or one of RECIPES.

    >>> names("loss")[:4]
    ('half_sse', 'mse', 'l1', 'huber')
    """
    rows: dict[str, tuple[Activation | Loss | LayerFormula | Optimizer | Recipe, ...]]
    rows = {"activation": ACTIVATIONS, "loss": LOSSES, "layer": LAYERS, "optimizer": OPTIMIZERS}
    rows |= RECIPES
    return tuple(row.name for row in rows[kind])


def sample(row: Activation | Loss) -> str:
    """How a spec writes a row at the least: its name, and the options that have no default.

    >>> sample(activation("relu")), sample(activation("threshold"))
    ('relu', 'threshold(threshold=0.5, value=0.5)')
    """
    needed = [f"{o.name}={o.domain.example}" for o in row.options if o.default is None]
    return f"{row.name}({', '.join(needed)})" if needed else row.name


def call(row: Activation | Loss | Optimizer | Recipe) -> str:
    """How a spec writes a row with every option, at its default or where it starts.

    >>> call(activation("hardtanh")), call(activation("prelu"))
    ('hardtanh(low=-1, high=1)', 'prelu(slope=0.25)')
    """
    given = {o.name: "" if o.default is None else value_text(o.default) for o in row.options}
    given |= {name: value_text(start) for name, start in row.learned}
    text = ", ".join(f"{name}={value or '..'}" for name, value in given.items())
    return f"{row.name}({text})" if text else row.name


def activation(name: str) -> Activation:
    """The activation called `name`; KeyError if there is none."""
    return {row.name: row for row in ACTIVATIONS}[name]


def loss(name: str) -> Loss:
    """The loss called `name`; KeyError if there is none."""
    return {row.name: row for row in LOSSES}[name]


def layer(name: str) -> LayerFormula:
    """The layer called `name`; KeyError if there is none."""
    return {row.name: row for row in LAYERS}[name]


def optimizer(name: str) -> Optimizer:
    """The optimizer called `name`; KeyError if there is none."""
    return {row.name: row for row in OPTIMIZERS}[name]
