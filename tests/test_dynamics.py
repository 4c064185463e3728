"""Verdicts on maps whose long run is known: the logistic map, rotations, simple descents."""

from __future__ import annotations

import numpy as np
import pytest

from symbp.experiments.dynamics import (
    CHAOTIC,
    CONVERGED,
    DIVERGED,
    PERIODIC,
    SLOW,
    UNDECIDED,
    Observed,
    Timing,
    classify,
    observe,
    rescaled,
)


class Map:
    """A map by its formula and derivative."""

    differentiable = True

    def __init__(self, start, step, push, loss=lambda x: x[0] ** 2):
        self.state, self.step, self.pushed, self.loss = np.array(start, float), step, push, loss

    def evaluate(self):
        self.next = self.step(self.state)

    def losses(self):
        return self.loss(self.state)

    def push(self, v):
        v[:] = self.pushed(self.state, v)

    def advance(self):
        self.state = self.next


def logistic(r):
    """x -> r x (1 - x) from 0.3, a run for each r."""
    r = np.asarray(r, float)
    return Map(
        np.full((1, len(r)), 0.3), lambda x: r * x * (1 - x), lambda x, v: r * (1 - 2 * x) * v
    )


def verdicts(system, timing, rates=None):
    """Kinds, periods and exponents."""
    count = system.state.shape[1]
    seen = observe(system, timing)
    found = classify(seen, np.ones(count) if rates is None else rates)
    return found.kinds, found.periods, seen.exponents


LONG = Timing(6000, 3000, 256)


def test_the_logistic_map_doubles_its_period_where_it_is_known_to():
    """At 3, 1 + sqrt(6), 3.5440904, 3.5644073, .. (Feigenbaum 1978; OEIS A086180, A086181)."""
    doublings = [3, 1 + np.sqrt(6), 3.5440903596, 3.5644072661, 3.5687594195]
    between = [(a + b) / 2 for a, b in zip([2.5, *doublings], [*doublings, 3.5696916], strict=True)]
    kinds, periods, exponents = verdicts(logistic(between), LONG)
    assert list(periods) == [1, 2, 4, 8, 16, 32]
    assert list(kinds) == [CONVERGED] + [PERIODIC] * 5
    assert (exponents < 0).all()


@pytest.mark.parametrize(("at", "before", "after"), [(3, 1, 2), (1 + np.sqrt(6), 2, 4)])
def test_doublings_are_found_to_a_thousandth(at, before, after):
    """Below the critical value the old period, above it the new one."""
    _, periods, _ = verdicts(logistic([at - 2e-3, at + 2e-3]), Timing(40000, 20000, 128))
    assert list(periods) == [before, after]


def test_the_ratio_of_doublings_is_feigenbaums():
    """Bisection of the third to fifth doubling by the verdicts alone: 4.669 within 2 %."""

    def doubling(period, low, high):
        for _ in range(4):
            r = np.linspace(low, high, 12)
            _, periods, _ = verdicts(logistic(r), Timing(20000, 10000, 128))
            first = int(np.argmax(periods > period))
            low, high = r[first - 1], r[first]
        return (low + high) / 2

    two, four, eight = doubling(2, 3.4, 3.5), doubling(4, 3.53, 3.55), doubling(8, 3.56, 3.567)
    assert (four - two) / (eight - four) == pytest.approx(4.669, rel=0.02)


def test_lyapunov_exponents_of_the_logistic_map():
    """ln 2 at r = 4; ln|f'| at the fixed point 1 - 1/r, where it is ln|2 - r|."""
    kinds, _, exponents = verdicts(logistic([4, 2.7, 3.7]), Timing(60000, 1000, 128))
    assert exponents[0] == pytest.approx(np.log(2), abs=2e-3)
    assert exponents[1] == pytest.approx(np.log(0.7), abs=1e-3)
    assert list(kinds) == [CHAOTIC, CONVERGED, CHAOTIC]


def test_a_few_hundred_steps_show_chaos_that_is_strong():
    """r = 3.9 and 4 after 1000 steps; chaos just above 3.57 is too weak to tell by then."""
    kinds, _, _ = verdicts(logistic([3.9, 4, 3.571]), Timing())
    assert list(kinds) == [CHAOTIC, CHAOTIC, UNDECIDED]


def test_chaos_that_has_ended_is_not_chaos():
    """A growth of e**60 in the first three quarters, none in the last; and the other way round."""
    states = np.random.RandomState(0).normal(size=(40, 1, 3))
    exponents, late = np.array([60, 60, 40]) / 1000, np.array([0, 0.06, 0.06])
    seen = Observed(states, np.zeros((40, 3)), exponents, late, 1000)
    assert list(classify(seen, np.ones(3)).kinds) == [UNDECIDED, CHAOTIC, UNDECIDED]


def test_the_window_of_period_three():
    """From 1 + sqrt(8) on; just below it the map is chaotic, intermittently."""
    edge = 1 + np.sqrt(8)
    kinds, periods, _ = verdicts(logistic([edge - 3e-3, edge + 1e-3]), LONG)
    assert list(kinds) == [CHAOTIC, PERIODIC]
    assert periods[1] == 3


def test_rotations():
    """By a fifth of a turn: period 5; by the golden angle: undecided, with exponent 0."""
    turns = np.array([1 / 5, (np.sqrt(5) - 1) / 2])
    c, s = np.cos(2 * np.pi * turns), np.sin(2 * np.pi * turns)

    def turn(x):
        return np.array([c * x[0] - s * x[1], s * x[0] + c * x[1]])

    system = Map([[1, 1], [0, 0]], turn, lambda x, v: turn(v))
    kinds, periods, exponents = verdicts(system, LONG)
    assert list(kinds) == [PERIODIC, UNDECIDED]
    assert periods[0] == 5
    np.testing.assert_allclose(exponents, 0, atol=1e-9)


def test_the_cat_map_is_chaotic():
    """(2x + y, x + y) mod 1: exponent ln((3 + sqrt(5))/2), from any direction."""
    system = Map(
        [[np.sqrt(0.2)], [np.sqrt(0.7)]],
        lambda x: np.array([2 * x[0] + x[1], x[0] + x[1]]) % 1,
        lambda x, v: np.array([2 * v[0] + v[1], v[0] + v[1]]),
    )
    kinds, _, exponents = verdicts(system, LONG)
    assert kinds[0] == CHAOTIC
    assert exponents[0] == pytest.approx(np.log((3 + np.sqrt(5)) / 2), abs=2e-3)


def test_a_shear_is_not_chaotic():
    """(x + y, y) mod 1 for irrational y: tangent vectors grow like n, which is no chaos."""
    system = Map(
        [[0.1], [np.sqrt(0.5)]],
        lambda x: np.array([(x[0] + x[1]) % 1, x[1]]),
        lambda x, v: np.array([v[0] + v[1], v[1]]),
    )
    kinds, _, exponents = verdicts(system, LONG)
    assert kinds[0] == UNDECIDED
    assert 0 < exponents[0] < 5e-3


def descent(gradient, hessian, start, rates):
    """Gradient descent of a loss of one number."""
    rates = np.asarray(rates, float)
    return Map(
        np.full((1, len(rates)), start),
        lambda x: x - rates * gradient(x),
        lambda x, v: v - rates * hessian(x) * v,
    )


def test_descent_of_a_parabola_has_the_critical_rate_two_over_curvature():
    """Curvature 4: settled below 1/2, +-x at 1/2, diverged above."""
    rates = np.array([0.4, 0.49, 0.5, 0.52])
    system = descent(lambda x: 4 * x, lambda x: 4 + 0 * x, 1, rates)
    kinds, periods, exponents = verdicts(system, LONG, rates)
    assert list(kinds) == [CONVERGED, CONVERGED, PERIODIC, DIVERGED]
    assert list(periods) == [1, 1, 2, 0]
    np.testing.assert_allclose(exponents[:3], np.log([0.6, 0.96, 1]), atol=1e-9)


def test_descent_of_a_quartic_swings_between_equal_losses():
    """x**4/4 - x**2/2: period 2 above 2/lambda = 1; an odd gradient swings through 0 above 2."""
    rates = np.array([0.9, 1.05, 2.0])
    system = descent(lambda x: x**3 - x, lambda x: 3 * x * x - 1, 0.5, rates)
    system.loss = lambda x: x[0] ** 4 / 4 - x[0] ** 2 / 2
    kinds, periods, _ = verdicts(system, LONG, rates)
    assert list(kinds[:2]) == [CONVERGED, PERIODIC]
    assert list(periods[:2]) == [1, 2]
    even = descent(lambda x: x**3 / 8, lambda x: 3 * x * x / 8, 3.9, [1.0])
    even.loss = lambda x: x[0] ** 4 / 32
    even.state[:] = 4.0  # x - x**3/8 = -x: the loss stays, the weight does not
    kinds, periods, _ = verdicts(even, Timing(60, 10, 40), np.ones(1))
    assert (kinds[0], periods[0]) == (PERIODIC, 2)


def test_a_small_step_on_a_slope_is_slow_and_not_converged():
    """A rate of 1e-9 moves nothing: the mean gradient says so."""
    rates = np.array([1e-9, 0.1])
    system = descent(lambda x: x, lambda x: 1 + 0 * x, 1, rates)
    kinds, _, _ = verdicts(system, LONG, rates)
    assert list(kinds) == [SLOW, CONVERGED]


def test_weights_that_run_to_infinity_at_a_settled_loss_drift():
    """exp(-x) has an infimum only: from 10 on, x is about log(e**10 + 10 t), and does not stop."""
    rates = np.array([10.0])
    system = descent(lambda x: -np.exp(-x), lambda x: np.exp(-x), 0, rates)
    timing = Timing(20000, 10000, 128)
    seen = observe(system, timing)
    found = classify(seen, rates)
    assert found.kinds[0] == CONVERGED
    assert found.drifts[0] == pytest.approx(10 / (np.exp(10) + 10 * 20000), rel=0.01)


def test_leaving_an_unstable_point_is_not_chaotic():
    """x**3 - x from 1e-9 beside the maximum: it parts fast from its neighbours, and settles."""
    rates = np.array([0.05])
    system = descent(lambda x: x**3 - x, lambda x: 3 * x * x - 1, 1e-9, rates)
    timing = Timing(700, 0, 128)
    seen = observe(system, timing)
    assert seen.exponents[0] < 0
    early = Timing(430, 0, 128)
    again = descent(lambda x: x**3 - x, lambda x: 3 * x * x - 1, 1e-9, rates)
    seen = observe(again, early)
    assert seen.exponents[0] > 2 * np.log(430) / 430
    assert classify(seen, rates).kinds[0] == UNDECIDED


def test_no_exponent_no_chaos():
    """Without the derivative of the map, irregular runs stay undecided."""
    system = logistic([4, 2.5])
    system.differentiable = False
    kinds, _, exponents = verdicts(system, LONG)
    assert list(kinds) == [UNDECIDED, CONVERGED]
    assert np.isnan(exponents).all()


def test_numbers_that_are_not_finite_are_diverged():
    """NaN or infinity anywhere in the record, or a state beyond the bound."""
    states = np.zeros((10, 2, 4))
    states[9, 1, :3] = [np.nan, np.inf, -1e9]
    seen = Observed(states, np.zeros((10, 4)), np.zeros(4), np.zeros(4), 10)
    assert list(classify(seen, np.ones(4)).kinds) == [DIVERGED] * 3 + [CONVERGED]


@pytest.mark.parametrize("rows", [1, 2, 3, 8, 13])
def test_lengths_do_not_depend_on_the_neighbours(rows):
    """Bit for bit the same for one column and for many; 0 stays 0."""
    v = np.random.RandomState(rows).normal(size=(rows, 50))
    v[:, 7] = 0
    alone = [v[:, k : k + 1].copy() for k in range(50)]
    whole = v.copy()
    with np.errstate(divide="ignore"):
        logs = rescaled(whole)
        each = [rescaled(one)[0] for one in alone]
    assert (logs == each).all()
    assert (whole == np.concatenate(alone, axis=1)).all()
    np.testing.assert_allclose(np.exp(logs), np.linalg.norm(v, axis=0), rtol=1e-14)
    assert logs[7] == -np.inf
