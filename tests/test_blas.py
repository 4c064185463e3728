"""Modules whose products are SciPy's: the plain numbers, one BLAS, no gradient array."""

from __future__ import annotations

import ast
import re
from functools import cache

import numpy as np
import pytest

from symbp import Network, generate, pipeline
from symbp.errors import SpecError
from symbp.form import Form
from symbp.spec_file import read_with_flags
from symbp.verify.module import load_source
from symbp.verify.random_networks import random_network
from tests.gallery import EXAMPLES
from tests.memory import MOST_BYTES, peak

loaded = cache(load_source)


def scipys(network):
    """The module with SciPy's products."""
    return loaded(generate(network, workspace=True, blas="scipy"), "scipys")


def differing(network, dtype, rtol):
    """What differs from the plain module: loss, gradients, or five steps of training."""
    plain, fast = loaded(generate(network), "plain"), scipys(network)
    params, X, T, _ = plain.example(dtype)
    E, wanted = plain.loss_and_gradients(params, X, T)
    found_E, found = fast.loss_and_gradients(params, X, T)
    scale = max(float(np.max(np.abs(g), initial=0.0)) for g in wanted.values()) or 1.0
    right = {"E": np.isclose(found_E, E, rtol=rtol, atol=rtol)}
    right["names"] = found.keys() == wanted.keys()
    for name, gradient in wanted.items():
        right[f"type of d{name}"] = found[name].dtype == dtype
        error = np.max(np.abs(found[name] - gradient), initial=0.0)
        right[f"d{name}"] = error <= rtol * scale
    after, losses = plain.train(params, X, T, 0.01 / max(1.0, scale), 5)
    found_after, found_losses = fast.train(params, X, T, 0.01 / max(1.0, scale), 5)
    right["losses"] = np.allclose(found_losses, losses, rtol=100 * rtol, atol=100 * rtol)
    for name, value in after.items():
        near = np.allclose(found_after[name], value, rtol=100 * rtol, atol=100 * rtol)
        right[f"{name} after training"] = found_after[name].shape == value.shape and near
    return [what for what, is_right in right.items() if not is_right]


@pytest.mark.parametrize(("dtype", "rtol"), [(np.float64, 1e-12), (np.float32, 1e-4)])
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_the_examples_give_the_numbers_of_the_plain_module(path, dtype, rtol):
    """Loss, gradients and training."""
    assert differing(read_with_flags(path, {}), dtype, rtol) == []


@pytest.mark.parametrize("seed", range(30))
def test_random_networks_give_the_numbers_of_the_plain_module(seed):
    """Norms, residuals, own layers, weights that are shared or frozen."""
    assert differing(random_network(seed), np.float64, 1e-11) == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_every_product_is_scipy_s(path):
    """NumPy's wheel has a BLAS of its own, with threads of its own: none of it is called."""
    tree = ast.parse(generate(read_with_flags(path, {}), workspace=True, blas="scipy"))
    called = {ast.unparse(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
    assert not called & {"np.dot", "np.matmul", "np.inner", "np.vdot", "np.tensordot"}
    assert not any(isinstance(n, ast.MatMult) for n in ast.walk(tree))


def test_the_step_of_a_weight_is_added_to_it():
    """descent_pass writes W1 and b1, and no gradient of a dense layer."""
    network = Network(sizes=[4, 3, 2], activation="relu", bias="per-unit")
    source = generate(network, workspace=True, blas="scipy")
    descent = source[source.index("def descent_pass") : source.index("def ready")]
    assert re.search(r"gemm\(1, X.T, dZ1.T, 1, W1.T, trans_b=1, overwrite_c=1\)", descent)
    assert "y=b1" in descent
    assert "dW" not in descent.replace("# dW", "")
    # W2 is read for dZ1 before it is written over.
    assert descent.index("# dZ1") < descent.index("# dW2")


def test_training_allocates_nothing():
    """A step of 512 samples; nothing is copied for BLAS."""
    network = Network(
        sizes=[784, 64, 10], activation=["relu", "identity"], loss="cross_entropy",
        targets="classes", bias="per-unit",
    )  # fmt: skip
    fast = scipys(network)
    params, _, _, _ = fast.example(np.float32)
    random = np.random.RandomState(0)
    X = random.normal(size=(512, 784)).astype(np.float32)
    T = random.randint(0, 10, size=512)
    ws = fast.Workspace(512, np.float32)
    ws.load(params)
    ws.seed[...] = -0.01

    def step():
        fast.forward_pass(ws, X)
        fast.descent_pass(ws, X, T)

    assert peak(step) <= MOST_BYTES


def test_it_is_verified():
    """Against torch, arbitrary precision and differences."""
    form = Form(workspace=True, blas="scipy")
    assert pipeline.verify(read_with_flags(None, {}), form=form).passed


def test_plain_modules_have_numpy_s_products():
    """The option is for modules with a workspace."""
    with pytest.raises(SpecError, match="--blas: scipy is for modules with a workspace"):
        generate(Network(sizes=[2, 2]), blas="scipy")
