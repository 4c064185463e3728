"""Gradient descent by torch alone: its modules, its autograd, its optimizer.

Input: a `Network` and arrays.  Output: losses and parameters along the way, float64.  torch is
imported on call.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from symbp.spec import Network
from symbp.verify.torch_forms import torch_loss
from symbp.verify.torch_oracle import require_torch, tensors, torch_output


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a descent is after some steps.

    Args:
        steps: How many were done.
        loss: There, over all samples.
        outputs: Of the network, (N, K).
        parameters: By name.
    """

    steps: int
    loss: float
    outputs: np.ndarray
    parameters: Mapping[str, np.ndarray]


def torch_descent(
    network: Network,
    X: np.ndarray,
    T: np.ndarray,
    parameters: Mapping[str, np.ndarray],
    rate: float,
    moments: Sequence[int],
) -> tuple[Moment, ...]:
    """Train with `torch.optim.SGD`, all samples a step.

    Args:
        network: What to build.
        X: Inputs (N, D).
        T: Targets (N, K), or (N,) class indices.
        parameters: Where it starts, every parameter by name.
        rate: The learning rate.
        moments: Numbers of steps, rising; the descent ends early at a loss that is not finite.

    Raises:
        DependencyError: torch is not installed.

    >>> net = Network(sizes=[1, 1], activation="identity")
    >>> one = np.ones((1, 1))
    >>> found = torch_descent(net, one, 0 * one, {"W1": one}, 0.25, [0, 1])
    >>> [moment.parameters["W1"].item() for moment in found]
    [1.0, 0.75]
    """
    torch = require_torch()
    inputs, target, leaves = tensors(network, X, T, parameters)
    optimizer = torch.optim.SGD([leaves[name] for name in network.trained], lr=rate)
    found: list[Moment] = []
    for done in range(max(moments) + 1):
        output = torch_output(network, inputs, leaves)
        loss = torch_loss(network.loss_row, output, target, network.reduction, leaves)
        if done in moments:
            values = {name: leaf.detach().numpy().copy() for name, leaf in leaves.items()}
            found.append(Moment(done, float(loss.detach()), output.detach().numpy().copy(), values))
        if not math.isfinite(float(loss.detach())):
            break
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return tuple(found)
