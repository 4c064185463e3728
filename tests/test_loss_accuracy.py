"""Element-wise losses over the whole range: 8 ULP of the largest term, and nothing spurious."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from benchmarks.losses import Subject, cells, emitted, subjects

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
