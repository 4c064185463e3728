"""Loss and gradients of a network by torch autograd, from torch's own modules.

Input: a `Network` and arrays.  Output: float64 arrays.  Built from the spec and the names of torch
modules in the catalogue, never from our formulas.  torch is imported on call.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from symbp.errors import DependencyError
from symbp.layers import Dense, LayerNorm
from symbp.spec import Network
from symbp.verify.torch_forms import torch_activation, torch_loss


def torch_gradients(
    network: Network, X: np.ndarray, T: np.ndarray, parameters: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """The loss under "E" and the gradient of each trained parameter.

    Args:
        network: What to build.
        X: Inputs (N, D).
        T: Targets (N, K), or (N,) class indices.
        parameters: Every parameter by name; linear weights are (out, in).

    Raises:
        DependencyError: torch is not installed.

    >>> net = Network(sizes=[1, 1], activation="identity")
    >>> one = np.ones((1, 1))
    >>> torch_gradients(net, one, 0 * one, {"W1": one})["W1"]
    array([[1.]])
    """
    try:
        import torch
    except ImportError:
        remedy = 'Run: pip install "symbp[verify]"'
        raise DependencyError("verify", "needs torch, which is not installed", remedy) from None
    leaves = {
        name: torch.tensor(value, dtype=torch.float64, requires_grad=name in network.trained)
        for name, value in parameters.items()
    }
    classes = network.targets == "classes"
    target = torch.tensor(T, dtype=torch.int64 if classes else torch.float64)
    output = _forward(network, torch.tensor(X, dtype=torch.float64), leaves)
    loss = torch_loss(network.loss_row, output, target, network.reduction, leaves)
    grads = torch.autograd.grad(
        loss, [leaves[name] for name in network.trained], allow_unused=False
    )
    found = zip(network.trained, grads, strict=True)
    return {"E": loss.detach().numpy()} | {name: grad.numpy() for name, grad in found}


def _forward(network: Network, X: Any, leaves: Mapping[str, Any]) -> Any:
    from torch.nn import functional

    outputs = [X]
    activations = network.activations
    for number, layer in enumerate(network.layers, 1):
        x = outputs[-1]
        match layer:
            case Dense():
                x = functional.linear(x, leaves[layer.weight or f"W{number}"])
                if layer.bias != "none":
                    x = x + leaves[f"b{number}"]
                row = activations[number]
                gate = functional.linear(outputs[-1], leaves[f"V{number}"]) if row.gated else None
                if row.gated and layer.bias != "none":
                    gate = gate + leaves[f"c{number}"]
                trained = {name: leaves[f"{name}{number}"] for name, _ in row.learned}
                x = torch_activation(row, x, gate, trained)
            case LayerNorm():
                gamma, beta = leaves[f"gamma{number}"], leaves[f"beta{number}"]
                x = functional.layer_norm(x, x.shape[-1:], gamma, beta, float(layer.eps))
            case _:
                x = x + outputs[layer.source]
        outputs.append(x)
    return outputs[-1]
