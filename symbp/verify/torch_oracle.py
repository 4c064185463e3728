"""Loss and gradients of a network by torch autograd, from torch's own modules.

Input: a `Network` and arrays.  Output: float64 arrays.  Built from the spec and the names of torch
modules in the catalogue, never from our formulas.  torch is imported on call.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from symbp.errors import DependencyError
from symbp.formula_layer import FormulaLayer
from symbp.layers import Activate, BatchNorm, Bias, Dense, Dropout, Embedding, LayerNorm, RMSNorm
from symbp.spec import Network
from symbp.verify.torch_forms import torch_activation, torch_loss
from symbp.verify.torch_formula import formula_output


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
    torch = require_torch()
    inputs, target, leaves = tensors(network, X, T, parameters)
    output = torch_output(network, inputs, leaves)
    loss = torch_loss(network.loss_row, output, target, network.reduction, leaves)
    grads = torch.autograd.grad(
        loss, [leaves[name] for name in network.trained], allow_unused=False
    )
    found = zip(network.trained, grads, strict=True)
    return {"E": loss.detach().numpy()} | {name: grad.numpy() for name, grad in found}


def tensors(
    network: Network, X: np.ndarray, T: np.ndarray, parameters: Mapping[str, np.ndarray]
) -> tuple[Any, Any, dict[str, Any]]:
    """X, T and the parameters as tensors; float64, those that are trained with a gradient."""
    torch = require_torch()
    leaves = {
        name: torch.tensor(value, dtype=torch.float64, requires_grad=name in network.trained)
        for name, value in parameters.items()
    }
    classes = network.targets == "classes"
    target = torch.tensor(T, dtype=torch.int64 if classes else torch.float64)
    inputs = torch.tensor(X, dtype=torch.int64 if X.dtype.kind == "i" else torch.float64)
    return inputs, target, leaves


def require_torch() -> Any:
    """The torch module.

    Raises:
        DependencyError: it is not installed.
    """
    try:
        import torch
    except ImportError:
        remedy = 'Run: pip install "symbp[verify]"'
        raise DependencyError("verify", "needs torch, which is not installed", remedy) from None
    return torch


def torch_output(network: Network, X: Any, leaves: Mapping[str, Any]) -> Any:
    """The output of the network that torch builds, for tensors of every parameter."""
    from torch.nn import functional

    outputs = [X]
    activations = network.activations
    for number, layer in enumerate(network.layers, 1):
        x = outputs[-1]
        gamma, beta = leaves.get(f"gamma{number}"), leaves.get(f"beta{number}")
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
            case Activate():
                row = activations[number]
                trained = {name: leaves[f"{name}{number}"] for name, _ in row.learned}
                x = torch_activation(row, x, None, trained)
            case LayerNorm():
                x = functional.layer_norm(x, x.shape[-1:], gamma, beta, float(layer.eps))
            case RMSNorm():
                x = functional.rms_norm(x, x.shape[-1:], gamma, float(layer.eps))
            case BatchNorm():
                if layer.mode == "training":
                    x = _batch_norm(x, gamma, beta, float(layer.eps))
                else:
                    mean, var = leaves[f"mean{number}"], leaves[f"var{number}"]
                    eps = float(layer.eps)
                    x = functional.batch_norm(x, mean, var, gamma, beta, False, 0.0, eps)
            case Bias():
                x = x + leaves[f"b{number}"]
            case Dropout():
                x = x * leaves[f"M{number}"] / float(1 - layer.p)
            case FormulaLayer():
                x = formula_output(layer, number, x, leaves)
            case Embedding():
                x = functional.embedding(x, leaves[f"table{number}"])
            case _:
                x = x + outputs[layer.source]
        outputs.append(x)
    return outputs[-1]


def _batch_norm(x: Any, gamma: Any, beta: Any, eps: float) -> Any:
    """torch refuses one sample, whose variance is 0; its deviations are then written out."""
    from torch.nn import functional

    if len(x) > 1:
        return functional.batch_norm(x, None, None, gamma, beta, True, 0.0, eps)
    x = (x - x) / eps**0.5
    x = x if gamma is None else x * gamma
    return x if beta is None else x + beta
