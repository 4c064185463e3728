"""The Hessian entry by entry, against torch and SymPy, and the command that shows it."""

from __future__ import annotations

import json

import numpy as np
import pytest
import sympy as sp
from typer.testing import CliRunner

from symbp import Network, derive
from symbp.cli import app
from symbp.errors import SpecError, UnknownNameError
from symbp.hessian import entries
from symbp.paths import Above
from symbp.prove import equal
from symbp.scalars import system_of
from symbp.spec_file import read_with_flags
from symbp.verify.check import arrays
from symbp.verify.torch_second_order import TorchSecondOrder

RUN = CliRunner()
NETWORKS = [
    {"sizes": [1, 2, 1], "activation": ["tanh", "identity"], "bias": "per-unit", "loss": "mse"},
    {"sizes": [2, 2], "activation": "identity", "loss": "cross_entropy"},
    {"sizes": [1, 1, 1], "activation": ["softplus", "sigmoid"], "loss": "bce"},
    {"sizes": [1, 2, 1], "activation": ["relu", "identity"], "bias": "shared"},
]


def numbers(network):
    """torch's Hessian at the example, by the names of both weights."""
    X, T, params = arrays(network, network.example)
    matrix = TorchSecondOrder(network, X, T, params).hessian()
    system = system_of(network, derive(network))
    names = [system.name(q, p) for q in network.trained for p in system.places(q)]
    return {(a, b): matrix[i, j] for i, a in enumerate(names) for j, b in enumerate(names)}


@pytest.mark.parametrize("options", NETWORKS, ids=lambda o: f"{o['activation']}")
def test_closed_forms_have_torchs_numbers(options):
    """Every entry, at the numbers of an example with two samples; the three forms are one."""
    network = Network(**options, example={"seed": 3, "samples": 2})
    wanted = numbers(network)
    system = system_of(network, derive(network))
    values = {sp.Symbol(n, real=True): sp.Rational(v) for n, v in system.values().items()}
    found = list(entries(network, derive(network)))
    count = len(system.weights)
    assert len(found) == count * (count + 1) // 2
    for entry in found:
        assert entry.proof.equal
        assert entry.proof.forms == ("delta form", "closed form", "diff of the loss")
        plain = entry.closed.replace(Above, lambda z, a, b: sp.Piecewise((a, z > 0), (b, True)))
        value = float(sp.N(plain.xreplace(values), 20))
        # torch's bce adds 1e-12 to what it divides by.
        assert abs(value - wanted[entry.first.name, entry.second.name]) < 1e-11


def test_the_order_of_two_weights_does_not_matter():
    """d2E/dw1dw5 and d2E/dw5dw1 come from different lines and are the same function."""
    network = read_with_flags(None, {})
    one, other = (
        next(e for e in entries(network, derive(network), names) if e.first != e.second)
        for names in (["w1", "w5"], ["w5", "w1"])
    )
    assert (one.first, one.second) == (other.second, other.first)
    assert equal(one.closed, other.closed)


def test_only_networks_that_can_be_read_are_written_out():
    """Others ask for names."""
    network = Network(sizes=[20, 20, 20])
    with pytest.raises(SpecError, match="800 weights"):
        list(entries(network, derive(network)))
    with pytest.raises(UnknownNameError, match="w9999"):
        list(entries(network, derive(network), ["w9999"]))


def test_the_command_shows_lines_entries_and_eigenvalues():
    """Text for people; JSON has the same numbers as torch."""
    text = RUN.invoke(app, ["hessian", "--no-steps", "--weight", "w5"])
    assert text.exit_code == 0
    assert "[16] dZ1_dot[n,j] =" in text.stdout
    assert "d2E/dw5dw5" in text.stdout
    assert "2/lambda_max = 44.82" in text.stdout
    found = json.loads(RUN.invoke(app, ["hessian", "--format", "json"]).stdout)
    wanted = numbers(read_with_flags(None, {}))
    for i, a in enumerate(found["names"]):
        for j, b in enumerate(found["names"]):
            assert abs(found["hessian"][i][j] - wanted[a, b]) < 1e-15
    top = np.linalg.eigvalsh(np.array(found["hessian"]))[-1]
    assert found["eigenvalues"][0] == pytest.approx(top, rel=1e-12)


def test_the_command_finds_outer_eigenvalues_of_a_large_network():
    """1,320 weights: Lanczos on products of the Hessian, no matrix."""
    run = RUN.invoke(app, ["hessian", "--sizes", "30,30,14", "--bias", "none", "--no-steps"])
    assert run.exit_code == 0, run.output
    assert "the 6 largest and smallest" in run.stdout


def test_the_command_refuses_what_it_cannot_write_out():
    """With exit code 2, and what to do."""
    run = RUN.invoke(app, ["hessian", "--sizes", "20,20,20", "--entries"])
    assert run.exit_code == 2
    assert "Name some weights" in run.output
