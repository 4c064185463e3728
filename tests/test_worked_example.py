"""The worked example of the course: all 32 digits of the reference, and torch's float32 prints."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import mpmath
import numpy as np
import pytest

from symbp import evaluate, generate
from symbp.spec_file import read_with_flags
from tests.test_numpy_module import load

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = json.loads((ROOT / "tests/data/worked_example.json").read_text())
CASES = REFERENCE["cases"]
DIGITS = 32


def network_of(case: str):
    activation, loss = case.split("/")
    return read_with_flags(ROOT / f"examples/worked_{activation}_{loss}.toml", {})


def same(text: str, reference: str) -> bool:
    """Equal to all digits given: both are the number rounded to 32 significant digits."""
    with mpmath.workdps(DIGITS + 10):
        got, want = mpmath.mpf(text), mpmath.mpf(reference)
        return (
            got == want if want == 0 else abs(got - want) <= abs(want) * mpmath.mpf(10) ** -DIGITS
        )


@pytest.mark.parametrize("case", CASES)
def test_all_digits_of_the_reference(case):
    """Net inputs, outputs, loss, gradients and the weights after one step."""
    evaluation = evaluate(network_of(case), digits=DIGITS)
    reference = CASES[case]
    for quantity, names in (
        ("net_h", ("net_h1", "net_h2")), ("out_h", ("out_h1", "out_h2")),
        ("net_o", ("net_o1", "net_o2")), ("out_o", ("out_o1", "out_o2")),
        ("gradient_w1_to_w8", tuple(f"dw{k}" for k in range(1, 9))),
    ):  # fmt: skip
        for name, want in zip(names, reference[quantity], strict=True):
            assert same(evaluation[name].text, want), (name, evaluation[name].text, want)
    assert same(evaluation["E"].text, reference["loss"])
    updates = {line.name: line.text for line in evaluation.section("update")}
    for k, want in enumerate(reference["weights_after_one_step_w1_to_w8"], 1):
        assert same(updates[f"w{k}"], want)


@pytest.mark.parametrize("case", [c for c in CASES if c.startswith("relu")])
def test_relu_stays_exact(case):
    """With ReLU and half squared error every number is a decimal: nothing is rounded."""
    if case == "relu/half_sse":
        assert all(line.exact for line in evaluate(network_of(case)).lines)


@pytest.mark.parametrize("case", REFERENCE["printed_by_torch_float32"])
def test_float32_prints_of_torch(case, tmp_path):
    """The float32 module prints what torch printed: 4 decimals, and the loss to the last bit."""
    printed = REFERENCE["printed_by_torch_float32"][case]
    network = network_of(case)
    module = load(generate(network), tmp_path, network.name)
    params, X, T, rate = module.example(np.float32)
    E, grads = module.loss_and_gradients(params, X, T)
    output = module.forward(params, X)["A2"]
    after = module.sgd_step(params, grads, rate)
    assert E.dtype == np.float32
    assert abs(float(E) - printed["loss"]) <= float(np.spacing(np.float32(printed["loss"])))
    np.testing.assert_array_equal(np.round(output[0].astype(float), 4), printed["pred"])
    for name, key in (("W1", "after_step_w1_w3_w2_w4"), ("W2", "after_step_w5_w7_w6_w8")):
        np.testing.assert_allclose(
            np.round(after[name].ravel().astype(float), 4), printed[key], rtol=0, atol=1e-12
        )


def test_the_numbers_put_in_are_those_of_the_reference():
    """The spec holds the reference's own decimals, as fractions."""
    example = network_of("sigmoid/half_sse").numbers
    assert example.inputs == (tuple(map(Fraction, REFERENCE["x"])),)
    assert example.targets == (tuple(map(Fraction, REFERENCE["target"])),)
    w = [Fraction(v) for v in REFERENCE["weights_w1_to_w8"]]
    assert example.parameters["W1"] == ((w[0], w[2]), (w[1], w[3]))
    assert example.parameters["W2"] == ((w[4], w[6]), (w[5], w[7]))
