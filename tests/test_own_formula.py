"""Formulas of the user's own, as text, through every stage."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from symbp import Network, derive, evaluate, generate, verify
from symbp.differentiate import derivative
from symbp.errors import SpecError
from symbp.spec_file import network_from_flags
from symbp.verify.module import load_source
from symbp.views import derivation_text

FORMULAS = [
    ("z*tanh(log(1+exp(z)))", "sum((p-t)**2)/2", {}, "sample"),
    ("where(z>0, z, a*(exp(z)-1))", "(p-t)**4", {"constants": {"a": "0.3"}}, "element"),
    ("z/(1+exp(-s*z))", "mean((p-mean(p)-t)**2)", {"learned": {"s": 1}}, "sample"),
    ("z/(1+exp(-s*z))", "log(1+sum(s*(p-t)**2*sum(t)))", {"learned": {"s": 1}}, "sample"),
    ("tanh(z)", "sum(abs(p-t))*p**2", {}, "element"),
]


@pytest.mark.parametrize("reduction", ["sum", "mean", "none"])
@pytest.mark.parametrize(("activation", "loss", "letters", "per"), FORMULAS)
def test_text_goes_through_every_stage(activation, loss, letters, per, reduction):
    """Derived, proved, evaluated, and both styles compared with all three oracles."""
    network = Network(
        sizes=[2, 2, 2], activation=activation, loss=loss, reduction=reduction,
        example={"seed": 0, "samples": 2}, **letters,
    )  # fmt: skip
    assert network.loss_row.per == per
    text = derivation_text(network, derive(network), ["w1"], steps=True)
    assert "layer 1, own activation" in text
    assert "loss, own loss" in text
    assert "proof        delta form = chain form" in text
    assert evaluate(network, weights=["w1"]).section("update")
    for style in ("array", "scalar"):
        report = verify(network, style)
        assert report.passed, report.failures


def test_a_loss_of_the_users_is_summed_unless_the_spec_says_else():
    """The default reduction is the sum over samples."""
    assert Network(sizes=[1, 1], loss="sum((p-t)**2)").reduction == "sum"


def test_flags_take_formulas():
    """Commas inside brackets separate no layers."""
    flags = {"activation": "where(z > 0, z, a*z),z*tanh(z)", "constant": ["a=0.1"]}
    network = network_from_flags({"sizes": [2, 2, 2]}, flags)
    assert [row.text for row in network.activations.values()] == [
        "where(z > 0, z, a*z)", "z*tanh(z)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"activation": "z*q"}, "layer 1, activation"),
        ({"activation": "sigmid"}, "unknown activation 'sigmid'"),
        ({"activation": "3"}, "3 does not depend on z"),
        ({"loss": "sum(p-q)"}, "loss"),
        ({"activation": "z*a", "learned": {"a": 1, "q": 1}}, "'q' stands in no activation"),
    ],
)
def test_wrong_text_is_named(arguments, said):
    """One SpecError with entry and remedy."""
    with pytest.raises(SpecError) as caught:
        Network(sizes=[2, 2], **arguments)
    assert said in str(caught.value)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("text", "bad", "worst"),
    [
        ("log(beta+exp(z))", "float64: spurious at 7", "A1 where beta1 = 1.5"),
        ("z*sigmoid(beta*z)", "float64: at most 5", "A1 where beta1 = 1.5"),
    ],
)
def test_what_trained_numbers_lose_is_said(text, bad, worst):
    """No form is searched for two letters: the header says what the written one is worth."""
    source = generate(Network(sizes=[1, 1], activation=text, learned={"beta": "1.5"}))
    header = source.split('"""')[1]
    assert worst in header
    after = header.split(worst)[1].splitlines()
    assert after[1].strip().startswith(bad)
    module = load_source(source, "trained_numbers")
    params, *_ = module.example()
    with np.errstate(over="ignore"):
        value = module.forward({**params, "W1": np.ones((1, 1))}, np.array([[720.0]]))["A1"][0, 0]
    assert np.isinf(value) == ("spurious" in bad)


def test_the_slope_of_a_step_is_zero():
    """sign' is 0 as in torch, also in second derivatives, and the module passes every oracle."""
    z = sp.Symbol("z", real=True)
    assert derivative(derivative(sp.Abs(z), z), z) == 0
    network = Network(sizes=[2, 3, 1], activation=["sign(z)*z**2", "identity"])
    assert verify(network).passed
    stepped = Network(sizes=[2, 2, 1], activation=["sign(z)", "identity"], loss="half_sse")
    assert "DiracDelta" not in generate(stepped)
    assert verify(stepped).passed


def test_sympy_expressions_are_as_deep_as_text():
    """Six functions one inside the other, no more."""
    z = sp.Symbol("z", real=True)
    expr = z
    for _ in range(6):
        expr = sp.sin(expr)
    Network(sizes=[1, 1], activation=expr)
    with pytest.raises(SpecError, match="nested too deep"):
        Network(sizes=[1, 1], activation=sp.sin(expr))
