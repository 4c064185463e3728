"""The stable forms: each an identity, each measured against mpmath at high precision."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from symbp.errors import GraphError
from symbp.stable.error import Truth
from symbp.stable.forms import forms
from symbp.stable.interpret import run
from symbp.stable.kernels import ERFCX, erfcx, exp_poly
from symbp.stable.letters import Interval
from symbp.stable.pieces import pieces
from symbp.stable.points import sample, unit
from symbp.stable.regimes import Cut, blocks, choose
from symbp.stable.search import evaluate, search
from symbp.stable.series import series
from symbp.stable.truth import true_values
from symbp.stable.writer import X

INFINITY = float("inf")
E = sp.exp
FORMULAS = {
    "sigmoid": 1 / (1 + E(-X)),
    "tanh": sp.tanh(X),
    "elu": sp.Piecewise((X, X > 0), (E(X) - 1, True)),
    "gelu": X * (1 + sp.erf(X / sp.sqrt(2))) / 2,
    "gelu_tanh": X * (1 + sp.tanh(sp.sqrt(2 / sp.pi) * (X + sp.Rational(44715, 10**6) * X**3))) / 2,
    "mish": X * sp.tanh(sp.log(1 + E(X))),
    "softplus": sp.log(1 + E(X)),
    "softsign": X / (1 + sp.Abs(X)),
    "tanhshrink": X - sp.tanh(X),
    "log_cosh": sp.log(sp.cosh(X)),
    "quick_gelu": X / (1 + E(-sp.Rational(851, 500) * X)),
    "squareplus": (X + sp.sqrt(X**2 + 4)) / 2,
    "atan_sigmoid": sp.atan(X) / (1 + E(-X)),
    "gaussian": E(-(X**2)),
}
QUICK = ("sigmoid", "tanh", "softplus", "squareplus", "log_cosh", "softsign", "gaussian")


def by_mpmath(expr: sp.Expr, at: float, bits: int) -> mpmath.mpf:
    """An evaluation that shares nothing with truth.py: SymPy's lambdify on mpmath."""
    with mpmath.workprec(bits):
        return mpmath.mpf(sp.lambdify(X, expr, "mpmath")(mpmath.mpf(at)))


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize("order", [0, 1], ids=["value", "derivative"])
def test_each_form_is_an_identity(name, order):
    """What a form says it equals is the formula, to 300 bits, on both sides of zero."""
    for piece in pieces(sp.diff(FORMULAS[name], X, order)):
        for low, high in ((piece.low, min(piece.high, 0)), (max(piece.low, 0), piece.high)):
            if not low < high:
                continue
            found = list(forms(piece.expr, Interval(low, high)))
            assert len({f.rule for f in found}) >= 1
            for form in found:
                for at in (0.3, 1.7, 5.1):
                    point = at if low >= 0 else -at
                    with mpmath.workprec(300):
                        expected = by_mpmath(piece.expr, point, 400)
                        got = by_mpmath(form.equal, point, 400)
                        assert abs(got - expected) < abs(expected) * mpmath.mpf(2) ** -280


@pytest.mark.parametrize("name", FORMULAS)
def test_forms_compute_what_they_equal(name):
    """In float64 each form is near its formula where nothing cancels."""
    for piece in pieces(FORMULAS[name]):
        low, high = max(piece.low, 0), piece.high
        if low < high:
            for form in forms(piece.expr, Interval(low, high)):
                points = np.array([0.7, 1.3, 2.9])
                expected = [float(by_mpmath(piece.expr, p, 300)) for p in points]
                assert run(form, points) == pytest.approx(expected, rel=1e-13)


def test_the_exponential_branch_cancels():
    """tanh(log(1 + exp(x))) becomes a quotient of polynomials in q = exp(x)."""
    (found,) = (
        f
        for f in forms(FORMULAS["mish"], Interval(-INFINITY, 0.0))
        if f.rule == "exponential branch" and not f.clip
    )
    assert [name for name, _ in found.lets] == ["q", "h"]


@given(st.floats(-700, 700), st.sampled_from(["sigmoid", "softplus", "tanh", "gelu", "mish"]))
@settings(max_examples=60, deadline=None)
def test_truth_is_right(at, name):
    """true_values against SymPy's lambdify at 6000 bits."""
    expr = sp.diff(FORMULAS[name], X)
    (value,) = true_values(expr, {X: np.array([at])})
    with mpmath.workprec(200):
        exact = by_mpmath(expr, at, 6000)
        assert abs(value - exact) <= abs(exact) * mpmath.mpf(2) ** -78 + mpmath.mpf(2) ** -1150


def test_truth_is_none_where_undefined():
    assert true_values(sp.log(X), {X: np.array([-1.0, 1.0])}) == [None, 0]
    assert true_values(1 / X, {X: np.array([0.0])}) == [None]
    assert true_values(sp.sqrt(X), {X: np.array([-1.0, 4.0])}) == [None, 2]


def test_truth_sees_cancellation():
    """1 + erf(-20) rounds to 0 at 192 and at 384 bits; the true value is 5.4e-176."""
    (value,) = true_values(1 + sp.erf(X), {X: np.array([-20.0])})
    with mpmath.workprec(200):
        assert mpmath.almosteq(value, mpmath.erfc(20), 1e-24)


@given(st.floats(-1e308, 1e308))
def test_unit_is_spacing(value):
    assert unit(np.array([value]), np.float64)[0] == np.spacing(abs(value))


def test_unit_in_single_precision():
    values = np.array([0.0, 1e-45, 1.2e-38, 0.1, 1.0, 3e38], dtype=np.float32)
    expected = np.spacing(values).astype(np.float64)
    assert (unit(values.astype(np.float64), np.float32) == expected).all()


def test_errors_count_what_is_spurious():
    truth = Truth([mpmath.mpf(1), mpmath.mpf(10) ** 400, mpmath.mpf(1), None, mpmath.mpf(0)])
    got = np.array([1 + 2**-52, np.inf, np.nan, np.nan, 0.0])
    assert truth.errors(got).tolist() == [1.0, 0.0, np.inf, 0.0, 0.0]
    got = np.array([np.inf, 1e300, 1.0, 0.0, 5e-324])
    assert truth.errors(got)[:2].tolist() == [np.inf, np.inf]
    assert truth.errors(got)[4] == 1.0


def test_erfcx_coefficients():
    """Computed again from the definition: cosine sums at Chebyshev points."""
    with mpmath.workprec(200):
        count, scale = 60, mpmath.mpf(15) / 4
        angles = [mpmath.pi * (2 * k + 1) / (2 * count) for k in range(count)]

        def scaled(t):
            u = scale * (1 + t) / (1 - t)
            return (1 + 2 * u) * mpmath.exp(u * u) * mpmath.erfc(u)

        values = [scaled(mpmath.cos(a)) for a in angles]
        for order, coefficient in enumerate(ERFCX):
            terms = (v * mpmath.cos(order * a) for v, a in zip(values, angles, strict=True))
            exact = mpmath.fsum(terms) * (2 if order else 1) / count
            assert abs(exact - coefficient) < 1e-16 * abs(exact) + mpmath.mpf(10) ** -30


def test_kernels_are_accurate():
    stream = np.random.default_rng(5)
    u = np.concatenate([[0.0], np.exp2(stream.uniform(-60, 20, 800))])
    truth = Truth([_erfcx(v) for v in u.tolist()])
    assert truth.errors(erfcx(u)).max() <= 8
    x = stream.uniform(-37, 37, 800)
    with mpmath.workprec(200):
        exact = [mpmath.exp(-(mpmath.mpf(v) ** 2) / 2) for v in x.tolist()]
    assert Truth(exact).errors(exp_poly(x, 0.0, 0.0, -0.5, 0.0)).max() <= 1.5
    assert erfcx(np.array([np.inf, 1e308])).tolist()[0] == 0.0


def _erfcx(u: float) -> mpmath.mpf:
    with mpmath.workprec(300):
        if u > 1e4:
            v = mpmath.mpf(u)
            terms = (1, -1 / (2 * v**2), 3 / (4 * v**4), -15 / (8 * v**6))
            return mpmath.fsum(terms) / (v * mpmath.sqrt(mpmath.pi))
        return mpmath.exp(mpmath.mpf(u) ** 2) * mpmath.erfc(u)


def test_pieces_of_a_formula():
    shrink = sp.Piecewise((X - 1, X > 1), (X + 1, X < -1), (0, True))
    found = [(p.low, p.high, p.expr, p.closed) for p in pieces(shrink)]
    assert found == [
        (-INFINITY, -1.0, X + 1, (False, True)),
        (-1.0, 1.0, sp.S.Zero, (False, True)),
        (1.0, INFINITY, X - 1, (False, False)),
    ]


def test_a_single_point_is_a_piece():
    """sign(0) = 0 belongs to neither side."""
    assert [(p.low, p.high) for p in pieces(sp.sign(X))] == [
        (-INFINITY, 0.0), (0.0, 0.0), (0.0, INFINITY)
    ]  # fmt: skip


def test_a_condition_that_is_not_split():
    with pytest.raises(GraphError, match="no condition but on polynomials"):
        pieces(sp.Piecewise((X, sp.sin(X) > 0), (0, True)))


def test_blocks_respect_which_side_a_cut_belongs_to():
    points = np.array([-1.0, 0.0, np.nextafter(0, 1), 2.0])
    assert blocks(points, [Cut(0.0, left=True)]).tolist() == [0, 0, 1, 1]
    assert blocks(points, [Cut(0.0, left=False)]).tolist() == [0, 1, 1, 1]


def test_regimes_change_only_where_it_pays():
    errors = np.array([[1.0, 1.0, 500.0], [2.0, 2.0, 2.0], [np.nan, 1.0, 1.0]])
    path = choose(errors, np.arange(3), 3, 4.0, np.zeros(3))
    assert path == [1, 1, 1]
    errors[1, 0] = np.inf
    assert choose(errors, np.arange(3), 3, 4.0, np.zeros(3)) == [0, 1, 1]


@pytest.mark.parametrize(
    ("expr", "center", "radius"),
    [(X - sp.tanh(X), 0, 0.5), (sp.log(sp.cosh(X)), 0, 0.5), (E(X) - 1, 0, 0.25)],
)
def test_series_are_right_to_the_last_digit(expr, center, radius):
    form = series(expr, center, radius)
    points = np.linspace(-radius, radius, 101)
    truth = Truth(true_values(expr, {X: points}))
    assert form is not None
    assert truth.errors(run(form, points)).max() < 3


def test_no_series_where_there_is_a_kink():
    assert series(sp.Abs(X), 0, 0.5) is None


def test_the_sample_covers_the_range():
    points = sample(3000, 0)
    positive = points[points > 0]
    exponents = np.frexp(positive)[1]
    assert exponents.min() <= -1070
    assert exponents.max() == 1024
    assert (np.diff(points) > 0).all()
    assert len(np.unique(np.sign(points))) == 3


@pytest.mark.parametrize("name", QUICK)
@pytest.mark.parametrize("order", [0, 1], ids=["value", "derivative"])
def test_search_meets_the_goal_on_points_it_has_not_seen(name, order):
    """At most 4.5 ULP, nothing spurious, the limit at infinity, and no warning."""
    expr = sp.diff(FORMULAS[name], X, order)
    found = search(expr)
    points = sample(1500, 991)
    truth = Truth(true_values(expr, {X: points}))
    errors = truth.errors(evaluate(found.regimes, points))
    assert errors.max() <= 4.5
    assert found.double.ulp <= 4.0
    assert len(found.regimes) <= 4
    ends = evaluate(found.regimes, np.array([-np.inf, np.inf]))
    for end, got in zip((-mpmath.inf, mpmath.inf), ends, strict=True):
        far = by_mpmath(expr, float(mpmath.sign(end)) * 1e15, 2000)
        expected = far if abs(far) < 1e14 else mpmath.sign(far) * mpmath.inf
        assert got == pytest.approx(float(expected), abs=1e-14)


def test_search_says_so_where_it_misses():
    """1 + 2 sin cos touches zero infinitely often: no regime helps, and the figure says so."""
    found = search(1 + 2 * sp.sin(X) * sp.cos(X))
    assert found.double.ulp > 100
    assert np.isfinite(found.double.ulp)
