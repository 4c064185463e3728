"""`python -m benchmarks accuracy` tells good code from bad."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from benchmarks.accuracy import Subject, cells, main, subjects
from symbp.stable.writer import X


@pytest.fixture(scope="module")
def sigmoid():
    """The cells of the sigmoid on few points."""
    (subject,) = (s for s in subjects() if s.name == "sigmoid")
    return cells(subject, 600)


def test_torch_loses_every_digit_of_the_derivative(sigmoid):
    value, slope = sigmoid["torch", "float64"]
    assert slope.ulp > 1e15
    assert value.spurious == slope.spurious == 0


def test_the_naive_derivative_has_nan(sigmoid):
    assert sigmoid["naive", "float64"][1].spurious > 0


@pytest.mark.parametrize("accuracy", ["fast", "full"])
def test_stable_code_is_right_and_never_spurious(sigmoid, accuracy):
    for dtype in ("float64", "float32"):
        for cell in sigmoid[accuracy, dtype]:
            assert cell.spurious == 0
            assert cell.ulp <= 4.5


def test_a_bad_function_is_reported(monkeypatch):
    """A contender that is wrong in the last places, and one that returns NaN."""
    subject = Subject("double", sp.tanh(X), lambda z: z)
    found = cells(subject, 300)["torch", "float64"]
    assert found[0].ulp > 1e10
    broken = Subject("broken", sp.tanh(X), lambda z: z * np.nan)
    assert cells(broken, 300)["torch", "float64"][0].spurious > 100


def test_the_command_prints_a_table(capsys):
    main(["--entry", "softplus", "--points", "300", "--format", "markdown"])
    head, _, row, _ = capsys.readouterr().out.splitlines()
    assert head.count("|") == row.count("|") == 10
    with pytest.raises(SystemExit):
        main(["--entry", "softplsu"])
