"""Hessian, Gauss-Newton matrix, Jacobian and gradients of single samples against torch.func."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from symbp import derive
from symbp.backends.second_order_module import second_order_module
from symbp.exact import exact
from symbp.example import Example, draw_example
from symbp.spec_file import read_with_flags
from symbp.verify.check import arrays
from symbp.verify.module import load_source
from symbp.verify.random_networks import random_network
from symbp.verify.torch_second_order import TorchSecondOrder

ROOT = Path(__file__).resolve().parent.parent
SMALL = sorted(p for p in (ROOT / "examples").glob("*.toml") if "mnist" not in p.name)
SEEDS = range(40)


def ready(network):
    """The module of second order, and parameters, X and T of an example."""
    if not isinstance(network.example, Example):
        network = replace(network, example=draw_example(network, 0, 3, exact(1, "rate")))
    module = load_source(second_order_module(network, derive(network)), network.name)
    X, T, params = arrays(network, network.example)
    return network, module, params, X, T


def directions(module, params, seed):
    """A direction of ordinary size."""
    stream = np.random.default_rng(seed)
    return {name: stream.normal(size=params[name].shape) for name in module.TRAINED}


def worst(found, wanted):
    """The largest difference over all arrays, by the largest entry of what is wanted."""
    assert set(found) == set(wanted)
    assert all(found[n].shape == wanted[n].shape for n in wanted)
    scale = max(np.abs(wanted[n]).max() for n in wanted)
    return max(np.abs(found[n] - wanted[n]).max() for n in wanted) / max(scale, 1e-300)


def compare(network):
    """The worst errors of every function of the module."""
    network, module, params, X, T = ready(network)
    oracle = TorchSecondOrder(network, X, T, params)
    v = directions(module, params, 1)
    errors = {"hvp": worst(module.hvp(params, X, T, v), oracle.hvp(v))}
    if hasattr(module, "gnvp"):
        errors["gnvp"] = worst(module.gnvp(params, X, T, v), oracle.gnvp(v))
    wanted = oracle.jacobian()
    if hasattr(module, "jacobian"):
        errors["jacobian"] = worst(module.jacobian(params, X), wanted)
    seeds = np.random.default_rng(2).normal(size=next(iter(wanted.values())).shape[:2])
    pulled = {n: np.einsum("nk,nk...->...", seeds, J) for n, J in wanted.items()}
    errors["vjp"] = worst(module.vjp(params, X, seeds), pulled)
    moved = sum(np.einsum("nk...,...->nk", J, v[n]) for n, J in wanted.items())
    errors["jvp"] = worst({"": module.jvp(params, X, v)}, {"": moved})
    return errors


@pytest.mark.parametrize("spec", [None, *SMALL], ids=lambda p: p.stem if p else "worked_example")
def test_products_of_the_examples_match_torch(spec):
    """Every product of every example agrees with torch.func."""
    assert max(compare(read_with_flags(spec, {})).values()) < 1e-10


@pytest.mark.parametrize("seed", SEEDS)
def test_products_of_random_networks_match_torch(seed):
    """So do those of random networks: layers, activations and losses of the whole catalogue."""
    assert max(compare(random_network(seed)).values()) < 1e-10
