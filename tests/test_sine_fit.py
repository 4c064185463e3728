"""The sine fit of the homework: the generated module trains, torch agrees, the reference is met."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from symbp import generate
from symbp.spec_file import read_network
from tests.test_numpy_module import load

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = json.loads((ROOT / "tests/data/sine_fit.json").read_text())
CHECKED = (0, 1000, 2000)
TOLERANCE = 1e-12


def drawn(hidden: int) -> dict[str, np.ndarray]:
    """The numbers of the reference, drawn as its setup says."""
    stream = np.random.RandomState(0)
    x = stream.rand(2, 1)
    y = np.sin(2 * np.pi * x) + stream.rand(2, 1)
    first, second = 0.01 * stream.randn(1, hidden), 0.01 * stream.randn(hidden, 1)
    return {
        "X": x,
        "T": y,
        "W1": first.T,
        "W2": second.T,
        "b1": np.zeros(hidden),
        "b2": np.zeros(1),
    }


@pytest.fixture(params=[10, 2], ids=["H=10", "H=2"])
def hidden(request):
    return request.param


@pytest.fixture
def module(hidden, tmp_path):
    network = read_network(ROOT / f"examples/sine_fit_h{hidden}.toml")
    return load(generate(network), tmp_path, network.name)


def torch_losses(
    numbers: dict[str, np.ndarray], steps: int, rate: float
) -> tuple[list[float], dict]:
    """The same run with torch autograd, float64."""
    p = {
        k: torch.tensor(v, dtype=torch.float64, requires_grad=k not in "XT")
        for k, v in numbers.items()
    }
    losses = []
    for _ in range(steps):
        hidden = torch.sigmoid(torch.nn.functional.linear(p["X"], p["W1"], p["b1"]))
        output = torch.nn.functional.linear(hidden, p["W2"], p["b2"])
        loss = torch.nn.functional.mse_loss(output, p["T"])
        losses.append(loss.item())
        loss.backward()
        with torch.no_grad():
            for name in ("W1", "b1", "W2", "b2"):
                p[name] -= rate * p[name].grad
                p[name].grad = None
    return losses, p


def test_the_example_holds_the_numbers_of_the_reference(module, hidden):
    """The decimals in the spec are the float64 numbers that NumPy draws."""
    params, X, T, rate = module.example()
    assert rate == 0.2
    for name, value in drawn(hidden).items():
        np.testing.assert_array_equal({"X": X, "T": T, **params}[name], value)


def test_losses_equal_the_reference_and_torch(module, hidden):
    """Losses at iterations 0, 1000 and 2000 to 1e-12 relative; torch's own run agrees as well."""
    params, X, T, rate = module.example()
    _, losses = module.train(params, X, T, rate, 2001)
    other, _ = torch_losses(drawn(hidden), 2001, rate)
    expected = REFERENCE["loss_at_iteration"][f"H={hidden}"]
    for iteration in CHECKED:
        want = expected[str(iteration)]
        assert abs(losses[iteration] - want) <= TOLERANCE * want
        assert abs(other[iteration] - losses[iteration]) <= TOLERANCE * want


@pytest.mark.parametrize("hidden", [2], ids=["H=2"], indirect=True)
def test_final_weights_of_two_hidden_units(module, hidden):
    """After 10,000 iterations the weights equal the reference to 8 decimals."""
    params, X, T, rate = module.example()
    trained, losses = module.train(params, X, T, rate, 10_000)
    for name, want in REFERENCE["final_weights_H=2_to_8_decimals"].items():
        np.testing.assert_array_equal(np.round(trained[name].ravel(), 8), want)
    other, weights = torch_losses(drawn(hidden), 10_000, rate)
    assert abs(other[-1] - losses[-1]) <= TOLERANCE * losses[-1] + 1e-24
    for name in trained:
        np.testing.assert_allclose(trained[name], weights[name].detach().numpy(), rtol=1e-10)


@pytest.mark.parametrize("hidden", [10], ids=["H=10"], indirect=True)
def test_ten_hidden_units_fit_both_samples(module):
    """Past the edge of stability the path is chaotic, the end is not: below 1e-24."""
    params, X, T, rate = module.example()
    _, losses = module.train(params, X, T, rate, 10_000)
    assert losses[-1] < 1e-24
