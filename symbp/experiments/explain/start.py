"""A network at the numbers it starts from, on its generated code.

Input: a network with an example, or other parameters and data.  Output: a frozen `Start` with
every value of the forward pass.  Imports pipeline and form; numpy and the module, on call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from symbp.form import Form
from symbp.pipeline import files
from symbp.spec import Network

Array = Any


@dataclass(frozen=True, slots=True)
class Start:
    """Where training begins.

    Args:
        network: With its example.
        module: Its generated module in matrices.
        parameters: Every parameter by name, float64.
        inputs: X, (N, D), or (N,) rows of a table.
        targets: T, (N, K), or (N,) classes.
        values: Every quantity of the forward pass by name.
        gradients: Of each trained parameter, shaped like it.
        loss: In the units of the loss.
    """

    network: Network
    module: ModuleType
    parameters: Mapping[str, Array]
    inputs: Array
    targets: Array
    values: Mapping[str, Array]
    gradients: Mapping[str, Array]
    loss: float

    @property
    def samples(self) -> int:
        """How many samples there are."""
        return len(self.inputs)


def start(
    network: Network,
    parameters: Mapping[str, Array] | None = None,
    data: tuple[Array, Array] | None = None,
) -> Start:
    """Put numbers into the generated module.

    Args:
        network: With an example.
        parameters: Where training begins; None takes those of the example.
        data: X and T; None takes those of the example.

    Raises:
        SpecError: the network has no example.

    >>> net = Network(sizes=[1, 1], activation="relu",
    ...               example={"x": [2], "y": [1], "weights": [-1]})
    >>> float(start(net).values["Z1"][0, 0])
    -2.0
    """
    import numpy as np

    from symbp.verify.module import load_source

    _ = network.numbers
    module = load_source(files(network, Form()), network.name)
    own, inputs, targets, _rate = module.example()
    used = dict(own if parameters is None else {**own, **parameters})
    if data is not None:
        inputs, targets = data
    with np.errstate(all="ignore"):
        values = module.forward(used, inputs)
        loss, gradients = module.loss_and_gradients(used, inputs, targets)
    whole = float(np.sum(loss))
    return Start(network, module, used, inputs, targets, values, gradients, whole)
