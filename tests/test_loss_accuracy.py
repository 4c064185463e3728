"""Element-wise losses over the whole range: 8 ULP of the largest term, and nothing spurious."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import torch

from benchmarks.losses import Subject, cells, emitted, subjects
from symbp import Network, generate
from symbp.verify.module import load_source

SUBJECTS = list(subjects(15))
# Its gradient multiplies a sigmoid twice with a sum of two rounded products.
MOST = {"focal": 10.5}


@pytest.mark.parametrize("subject", SUBJECTS, ids=[s.name for s in SUBJECTS])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_losses_and_gradients(subject, dtype):
    found = cells(subject, dtype)
    for accuracy in ("fast", "full"):
        for cell in found[accuracy]:
            assert cell.spurious == 0
            assert cell.ulp <= MOST.get(subject.name, 8)


def test_torch_is_told_apart():
    """The measure sees what torch loses, so it can see what we would."""
    (subject,) = (s for s in SUBJECTS if s.name == "soft_margin")
    assert cells(subject, np.float64)["torch"][1].spurious > 0


@pytest.mark.parametrize("name", ["bce(sigmoid)", "bce_with_logits"])
@pytest.mark.parametrize("accuracy", ["fast", "full"])
def test_hard_labels_keep_their_digits(name, accuracy):
    """A right and sure prediction has a tiny loss and gradient, right to 5 ULP of themselves."""
    (subject,) = (s for s in SUBJECTS if s.name == name)
    z = np.array([1.5, 17.25, 40.0, 300.5, 690.0])
    for sign, t in ((1, 1.0), (-1, 0.0)):
        value, slope = emitted(subject, sign * z, np.full(5, t), accuracy)
        with mpmath.workprec(2400):
            for k, size in enumerate(z.tolist()):
                tiny = mpmath.log1p(mpmath.exp(-size))
                share = 1 / (1 + mpmath.exp(mpmath.mpf(size)))
                assert abs(mpmath.mpf(float(value[k])) - tiny) <= 5 * np.spacing(float(tiny))
                off = abs(mpmath.mpf(float(slope[k])) + sign * share)
                assert off <= 5 * np.spacing(float(share))


def test_certain_and_right_is_no_nan():
    """0 log 0 is 0: predictions of exactly 0 and 1, from where sigmoids do not help."""
    (subject,) = (s for s in SUBJECTS if s.name == "bce")
    value, slope = emitted(subject, np.array([0.0, 1.0]), np.array([0.0, 1.0]), "fast")
    assert value.tolist() == [0, 0]
    assert slope.tolist() == [1, -1]
    flat = Subject("flat", "bce", "hardsigmoid", subject.terms, subject.p, subject.t)
    value, slope = emitted(flat, np.array([-5.0, 5.0]), np.array([0.0, 1.0]), "fast")
    assert value.tolist() == slope.tolist() == [0, 0]


def test_logits_of_any_activation_are_large_without_harm():
    """The loss stays a function of the output where its own logarithm never meets a 0."""
    network = Network(sizes=[1, 1], activation="silu", loss="bce_with_logits")
    module = load_source(generate(network), "logits")
    z = np.array([-800.0, -5, 0.3, 5, 800])
    for target in (0.0, 1.0):
        leaf = torch.tensor([[1.0]], dtype=torch.float64, requires_grad=True)
        for x in z.tolist():
            X, T = np.array([[x]]), np.array([[target]])
            E, grads = module.loss_and_gradients({"W1": np.ones((1, 1))}, X, T)
            output = torch.nn.functional.silu(torch.tensor(X) @ leaf.T)
            wanted = torch.nn.functional.binary_cross_entropy_with_logits(output, torch.tensor(T))
            (slope,) = torch.autograd.grad(wanted, leaf)
            assert float(E) == pytest.approx(wanted.item(), rel=1e-14, abs=1e-300)
            assert grads["W1"].item() == pytest.approx(slope.item(), rel=1e-13, abs=1e-300)
