"""Properties over random networks, drawn and shrunk by hypothesis."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from symbp import derive, generate
from symbp.by_name import check_single
from symbp.errors import SpecError
from symbp.scalars import ScalarSystem
from symbp.verify.check import arrays, verify_network
from symbp.verify.module import candidates, load_source
from symbp.verify.random_networks import random_network

SEEDS = st.integers(min_value=0, max_value=2**31)
FEW = settings(max_examples=20, deadline=None, derandomize=True)


@FEW
@given(seed=SEEDS)
def test_every_oracle_agrees(seed):
    """torch, arbitrary precision and differences accept the generated module."""
    network = random_network(seed)
    report = verify_network(network, derive(network), generate(network))
    assert report.passed, report.failures


def styles(network) -> tuple[str, ...]:
    """The styles that a network has; formulas of one sample are not for every layer."""
    try:
        check_single(network, derive(network))
    except SpecError:
        return ("array",)
    return ("array", "scalar")


@FEW
@given(seed=SEEDS)
def test_both_styles_are_the_same_function(seed):
    """The module in matrices and the one by name give the same gradients."""
    network = random_network(seed)
    derivation = derive(network)
    X, T, parameters = arrays(network, network.numbers)
    found = []
    for style in styles(network):
        module = load_source(generate(network, style), network.name)
        for checked in candidates(module, ScalarSystem(network, derivation), style).values():
            found.append(checked.gradients(parameters, X, T))
    for other in found[1:]:
        for name, value in found[0].items():
            scale = max(1.0, float(np.max(np.abs(value))))
            np.testing.assert_allclose(other[name], value, rtol=1e-9, atol=1e-12 * scale)


@FEW
@given(seed=SEEDS)
def test_same_source_twice_and_nothing_to_format(seed):
    """Deterministic, and as `ruff format` would write it, in both styles."""
    network = random_network(seed)
    with TemporaryDirectory() as folder:
        for style in styles(network):
            source = generate(network, style)
            assert source == generate(network, style)
            (Path(folder) / f"{style}.py").write_text(source)
        command = [sys.executable, "-m", "ruff", "format", "--isolated", "--diff", folder]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


@FEW
@given(seed=SEEDS, step=st.floats(min_value=1e-6, max_value=1e-3))
def test_a_small_step_does_not_raise_the_loss(seed, step):
    """The gradient points uphill: against it, by a small enough step, the loss does not rise."""
    network = random_network(seed)
    checked = candidates(
        load_source(generate(network), network.name),
        ScalarSystem(network, derive(network)),
        "module",
    )[""]
    X, T, parameters = arrays(network, network.numbers)
    before = checked.gradients(parameters, X, T)
    steepest = max(float(np.max(np.abs(before[name]))) for name in network.trained)
    for attempt in range(12):
        rate = step / (1 + steepest) / 4**attempt
        moved = {
            name: value - rate * before[name] if name in before else value
            for name, value in parameters.items()
        }
        if checked.loss(moved, X, T) <= before["E"] + 1e-12 * abs(before["E"]) + 1e-15:
            return
    raise AssertionError("no step along the gradient lowers the loss")
