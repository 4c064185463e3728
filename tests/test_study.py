"""The report on an activation, against published numbers, torch and quadratures of other kinds."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from itertools import pairwise

import mpmath
import numpy as np
import pytest
import sympy as sp
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from symbp import activation_report, catalog
from symbp.errors import DependencyError, OutputError, SpecError
from symbp.plotting import check_plot
from symbp.study import study
from symbp.study.enclosure import Curve, point
from symbp.study.intervals import FUNCTIONS
from symbp.study.limits import limit, to_infinity
from symbp.study.plot import draw, picture
from symbp.study.read import LETTER, constants, read
from symbp.study.view import study_json, study_text
from symbp.study.zeros import zeros
from tests.test_cli import ok, symbp

z = LETTER
GELU = z * (1 + sp.erf(z / sp.sqrt(2))) / 2
SILU = z / (1 + sp.exp(-z))
MISH = z * sp.tanh(sp.log(1 + sp.exp(z)))
SIGMOID = 1 / (1 + sp.exp(-z))
SOFTPLUS = sp.log(1 + sp.exp(z))
RELU = sp.Piecewise((z, z > 0), (0, True))
SINC = sp.Piecewise((1, sp.Eq(z, 0)), (sp.sin(z) / z, True))


def close(value, text: str) -> bool:
    """Whether a value agrees with published digits, one unit in the last place allowed."""
    places = len(text.partition(".")[2])
    with mpmath.workdps(50):
        return abs(value.number - mpmath.mpf(text)) <= mpmath.mpf(10) ** -places


@pytest.mark.parametrize(
    ("formula", "at", "value", "steepest"),
    [
        (GELU, "-0.751791524693564", "-0.16997120747990", "1.12890414"),
        (SILU, "-1.2784645427610738", "-0.27846454276107", "1.09983932"),
        (MISH, "-1.1924312", "-0.3088434", "1.088498"),
    ],
    ids=["gelu", "silu", "mish"],
)
def test_minimum_and_steepest_slope_are_the_published_ones(formula, at, value, steepest):
    """One stationary point, a minimum; the slope goes above 1 on the way to infinity."""
    report = study(formula, z)
    (found,) = report.turns.critical
    assert found.kind == "minimum"
    assert close(found.at, at)
    assert close(found.value, value)
    assert report.low.value == found.value
    assert report.low.reached
    assert report.lipschitz.reached
    assert close(report.lipschitz.value, steepest)
    assert (str(report.right.asymptote.slope), str(report.right.asymptote.offset)) == ("1", "0")


@pytest.mark.parametrize(
    ("formula", "constant", "reached"),
    [
        (SIGMOID, "0.25", True), (sp.tanh(z), "1", True), (SOFTPLUS, "1", False),
        (RELU, "1", True), (sp.exp(z), "inf", False), (z**3, "inf", False), (z, "1", True),
        (sp.sin(3 * z), "3", True), (sp.sign(z), "inf", False), (sp.sqrt(sp.Abs(z)), "inf", False),
        (sp.atan(z), "1", True), (1 / z - sp.cos(z), "inf", False), (z * sp.sin(z), "inf", False),
        (sp.Integer(2), "0", True),
    ],
)  # fmt: skip
def test_lipschitz_constants(formula, constant, reached):
    """Where the slope is largest, and whether it gets there."""
    bound = study(formula, z).lipschitz
    assert (str(bound.value), bound.reached) == (constant, reached)


def test_gains_of_relu_are_those_of_he():
    """sqrt(2) both ways, as He et al. (2015) have it, and as torch says."""
    moments = study(RELU, z).moments
    assert moments.gain.exact == sp.sqrt(2)
    assert moments.backward_gain.exact == sp.sqrt(2)
    assert float(moments.gain.number) == torch.nn.init.calculate_gain("relu")


def test_gain_of_leaky_relu_is_that_of_torch():
    """sqrt(2/(1 + slope**2)), from the integral."""
    for slope in ("0.01", "0.2", "0.7"):
        gain = activation_report(f"leaky_relu(slope={slope})").moments.gain.number
        want = torch.nn.init.calculate_gain("leaky_relu", float(slope))
        assert float(gain) == pytest.approx(want, rel=1e-14)


def test_the_gains_that_torch_sets_by_convention_are_what_torch_says():
    """The report names them where they are no mean over N(0, 1)."""
    from symbp.study.view import TORCH_GAINS

    for name, gain in TORCH_GAINS.items():
        said = torch.nn.init.calculate_gain(name)
        assert float(gain) == pytest.approx(said, rel=1e-15)
        own = activation_report(name).moments.gain.number
        assert abs(float(own) - said) > 0.05


def test_selu_keeps_mean_and_variance():
    """Its fixed point: E selu(u) = 0, E selu(u)**2 = 1 (Klambauer et al. 2017)."""
    moments = activation_report("selu").moments
    assert abs(moments.mean.number) < 1e-15
    assert abs(moments.square.number - 1) < 1e-15
    assert abs(moments.gain.number - 1) < 1e-15


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "gelu_tanh", "silu", "mish", "softplus"])
def test_gains_of_smooth_functions_agree_with_gauss_hermite(name):
    """An independent quadrature: 120 nodes of Gauss-Hermite in float64, torch for f and f'."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(120)
    u = torch.tensor(nodes, dtype=torch.float64, requires_grad=True)
    options = {"gelu_tanh": {"approximate": "tanh"}}.get(name, {})
    torch_name = catalog.activation(name).torch.removeprefix("torch.nn.")
    f = getattr(torch.nn, torch_name)(**options)(u)
    (slope,) = torch.autograd.grad(f.sum(), u)
    moments = activation_report(name).moments
    for got, values in (
        (moments.mean, f.detach()), (moments.square, f.detach() ** 2),
        (moments.slope_square, slope**2),
    ):  # fmt: skip
        want = float(np.sum(weights * values.numpy())) / math.sqrt(2 * math.pi)
        assert float(got.number) == pytest.approx(want, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", ["hardswish", "elu", "softsign", "hardtanh", "relu6"])
def test_gains_of_functions_with_kinks_agree_with_a_sum(name):
    """The midpoint rule on two million points of [-12, 12], torch for f."""
    u = torch.linspace(-12, 12, 2_000_001, dtype=torch.float64)
    u = (u[1:] + u[:-1]) / 2
    f = getattr(torch.nn, catalog.activation(name).torch.removeprefix("torch.nn."))()(u)
    density = torch.exp(-u * u / 2) / math.sqrt(2 * math.pi)
    want = float((f * f * density).sum() * 24 / 2_000_000)
    assert float(activation_report(name).moments.square.number) == pytest.approx(want, rel=1e-9)


@pytest.mark.parametrize(
    ("formula", "left", "right"),
    [
        (SIGMOID, "0", "1"), (sp.atan(z), "-pi/2", "pi/2"), (sp.sin(z), None, None),
        (sp.sin(sp.pi * z), None, None), (sp.exp(sp.exp(z)), "1", "inf"),
        (sp.log(sp.log(z)), "undefined", "inf"), (1 / sp.log(z), "undefined", "0"),
        (sp.exp(z) * sp.log(1 + sp.exp(-z)), "0", "1"), ((1 + 1 / z) ** z, "E", "E"),
        (sp.sqrt(z**2 + 1) - z, "inf", "0"), (z - z * sp.tanh(z), "-inf", "0"),
        (sp.sin(z) / z, "0", "0"), (sp.sin(sp.exp(z)), "0", None), (2**-z, "inf", "0"),
        (sp.tanh(z) + sp.sin(z) / 10**6, None, None), (z**64 / (1 + z**64), "1", "1"),
    ],
)  # fmt: skip
def test_limits(formula, left, right):
    """Known limits, those that cancel and those that are slow among them."""
    curve = Curve(formula, z)
    for side, want in ((-1, left), (1, right)):
        found = limit(curve, to_infinity(side))
        if want in (None, "undefined"):
            assert found.kind == ("oscillates" if want is None else want)
        else:
            assert str(found) == want


def test_values_are_certain_or_unknown():
    """Where cancellation eats all digits nothing is claimed; elsewhere 30 digits are right."""
    curve = Curve(sp.log(1 + sp.exp(-z)) - sp.exp(-z), z)
    got = curve.number(point(40), 100)
    with mpmath.workdps(200):
        want = mpmath.log(1 + mpmath.exp(-40)) - mpmath.exp(-40)
        assert abs(got / want - 1) < mpmath.mpf(10) ** -29
    assert curve.sign(point(400)) == -1
    assert curve.sign(point(5000)) is None
    grown = Curve(sp.exp(z) * (sp.log(1 + sp.exp(-z)) - sp.exp(-z)), z)
    assert mpmath.isnan(grown.number(point(10**6), 50))


HUGE, TINY = mpmath.ldexp(1, 2**60), mpmath.ldexp(1, -(2**60))


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("at", [HUGE, -HUGE, TINY, -TINY, mpmath.ldexp(1, 7000)], ids=str)
def test_no_argument_is_too_large(function, at):
    """2**(2**60) takes neither time nor memory, and what comes back is an interval or nothing."""
    (bits,) = (at._mpf_,)
    start = time.process_time()
    arguments = [(bits, bits)] * (2 if function in (sp.Max, sp.Min) else 1)
    found = FUNCTIONS[function](arguments, 100)
    assert time.process_time() - start < 1
    assert found is None or mpmath.mp.make_mpf(found[0]) <= mpmath.mp.make_mpf(found[1])


def test_kinks_and_the_value_chosen_there():
    """relu and hardswish as torch has them; a jump; a hole that is none."""
    (kink,) = study(RELU, z).kinks
    assert (str(kink.left_slope), str(kink.right_slope), str(kink.slope)) == ("0", "1", "0")
    found = activation_report("hardswish").kinks
    u = torch.tensor([-3.0, 3.0], dtype=torch.float64, requires_grad=True)
    (want,) = torch.autograd.grad(torch.nn.Hardswish()(u).sum(), u)
    assert [float(k.slope.number) for k in found] == want.tolist()
    (jump,) = study(sp.Piecewise((z + 1, z > sp.Rational(1, 3)), (z, True)), z).kinks
    assert (jump.kind, str(jump.at), str(jump.left), str(jump.right), str(jump.value)) == (
        "jump", "1/3", "1/3", "4/3", "1/3",
    )  # fmt: skip
    assert not study(SINC, z).kinks
    (hole,) = study(sp.sin(z) / z, z).kinks
    assert (hole.kind, str(hole.left), hole.value) == ("gap", "1", None)


def test_a_kink_without_a_closed_form():
    """abs(z**3 - z - 1) turns at the real root of the cubic, and the slope there is 0."""
    report = study(sp.Abs(z**3 - z - 1), z)
    (kink,) = report.kinks
    assert close(kink.at, "1.32471795724474602596")  # the plastic number
    assert str(kink.slope) == "0"
    assert str(report.low.value) == "0"
    assert report.low.reached


@pytest.mark.parametrize(
    ("formula", "spans"),
    [
        (sp.log(z), [("0", None, False)]), (sp.sqrt(z), [("0", None, True)]),
        (1 / z, [(None, "0", False), ("0", None, False)]),
        (sp.sqrt(1 - z**2), [("-1", "1", True)]), (z, [(None, None, False)]),
        (sp.Abs(sp.log(z)), [("0", None, False)]),
        (sp.log(z**2 - 2), [(None, "-sqrt(2)", False), ("sqrt(2)", None, False)]),
    ],
)  # fmt: skip
def test_domains(formula, spans):
    """Ends and holes, and whether they belong to the domain."""
    found = [
        (s.low and str(s.low), s.high and str(s.high), s.low_inside)
        for s in study(formula, z).domain
    ]
    assert found == spans


def test_flat_parts_touching_zeros_and_endless_ones():
    """relu is flat on the left; z**3 has no extremum at 0; sine goes on for ever."""
    relu = study(RELU, z).turns
    assert not relu.critical
    assert [p.bounds for p in relu.flat] == [(None, 0)]
    (cubic,) = study(z**3, z).turns.critical
    assert (str(cubic.at), cubic.kind) == ("0", "inflection")
    sine = study(sp.sin(z), z)
    assert sine.turns.more == ("beyond 30",)
    assert len(sine.turns.critical) == 2 * int(30 / math.pi + 0.5)
    assert all(c.at.exact is not None for c in sine.turns.critical)
    assert (str(sine.low.value), str(sine.high.value)) == ("-1", "1")
    assert zeros(Curve(1 / z, z)).at == ()  # a pole is no zero
    assert zeros(Curve(sp.atan(1 / z), z)).at == ()  # nor is a jump


@pytest.mark.parametrize(
    ("formula", "trend", "invertible", "parity"),
    [
        (SIGMOID, "increasing", True, ""), (RELU, "non-decreasing", False, ""),
        (sp.exp(-z), "decreasing", True, ""), (z**2, "neither", False, "even"),
        (z**3, "increasing", True, "odd"), (sp.Integer(3), "constant", False, "even"),
        (1 / z, "neither", None, "odd"), (sp.sign(z), "non-decreasing", False, "odd"),
    ],
)  # fmt: skip
def test_run_and_symmetry(formula, trend, invertible, parity):
    """Monotone or not, and what follows."""
    report = study(formula, z)
    assert (report.trend, report.invertible, report.parity) == (trend, invertible, parity)


def test_forward_values():
    """What the derivation finds for the backward pass."""
    a = sp.Symbol("a", real=True)
    assert study(SIGMOID, z).forward.form == a * (1 - a)
    assert study(sp.tanh(z), z).forward.form == 1 - a**2
    assert study(sp.exp(-(z**2)), z).forward.needs == "a and z"
    assert study(SOFTPLUS, z).forward.needs == "z"
    assert study(2 * z, z).forward.needs == "nothing"
    assert study(RELU, z).forward.needs == "z"
    elu = study(sp.Piecewise((z, z > 0), (sp.exp(z) - 1, True)), z).forward
    assert elu.needs == "a and z"
    assert elu.form == sp.Piecewise((1, z > 0), (a + 1, True))


SMOOTH = ["sigmoid", "tanh", "gelu", "silu", "mish", "softplus", "tanhshrink", "logsigmoid"]


@pytest.mark.parametrize("name", SMOOTH)
def test_both_derivatives_agree_with_autograd(name):
    """f' and f'' of the report at random points, against torch in float64."""
    _, expr = read(name)
    first, second = (sp.diff(expr, z, k) for k in (1, 2))
    places = np.random.default_rng(0).uniform(-4, 4, 20)
    u = torch.tensor(places, requires_grad=True)
    module = getattr(torch.nn, catalog.activation(name).torch.removeprefix("torch.nn."))()
    (slope,) = torch.autograd.grad(module(u).sum(), u, create_graph=True)
    (bend,) = torch.autograd.grad(slope.sum(), u)
    for formula, want in ((first, slope.detach()), (second, bend)):
        curve = Curve(formula, z)
        got = [float(curve.number(point(float(x)), 60)) for x in places]
        np.testing.assert_allclose(got, want.numpy(), rtol=1e-11, atol=1e-12)


ODD = [
    sp.log(z), sp.sqrt(z), 1 / z, sp.tan(z), sp.exp(sp.exp(z)), z**64, sp.sin(1 / z),
    sp.Piecewise((z, z > 1), (-z, z < -1), (3, True)), sp.Integer(0), sp.exp(-sp.exp(z**2)),
    z**z, sp.sqrt(sp.Abs(z)), sp.asin(z), sp.Abs(sp.sin(z)), sp.exp(1 / z), z / sp.Abs(z),
    sp.log(sp.Abs(z)), sp.exp(z) / z**2, sp.Max(z, z**2, 1), sp.tanh(10**6 * z), 10**300 * z,
    sp.tan(sp.tanh(sp.cosh(z))), sp.cos(z) ** 20, sp.Min(sp.exp(z), 1) * sp.erf(z), sp.acosh(z),
    sp.atanh(z), z**sp.Rational(2, 3),
]  # fmt: skip


@pytest.mark.parametrize("formula", ODD, ids=str)
def test_any_formula_has_a_report_in_time(formula):
    """Poles, jumps, overflow, essential singularities: text and JSON, in a bounded time."""
    start = time.process_time()
    report = study(formula, z)
    assert len(study_text(report).splitlines()) > 10
    document = json.loads(study_json(report))
    assert document["format"] == 1
    assert time.process_time() - start < 10


@st.composite
def compositions(draw):
    """Sums, products and compositions of a few functions."""
    parts = [z, sp.tanh(z), sp.exp(-(z**2)), sp.sin(z), SIGMOID, RELU, sp.Abs(z), z**2, sp.log(z)]
    one, two = (draw(st.sampled_from(parts)) for _ in range(2))
    scale = draw(st.sampled_from([sp.Rational(1, 3), 1, -2]))
    match draw(st.sampled_from(["sum", "product", "inside"])):
        case "sum":
            return one + scale * two
        case "product":
            return scale * one * two
        case _:
            return one.subs(z, scale * two)


@settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(formula=compositions())
def test_bounds_hold_at_random_points(formula):
    """No value lies outside the range, and no difference quotient above the Lipschitz constant."""
    report = study(formula, z)
    places = np.random.default_rng(1).normal(0, 3, 40)
    curve = Curve(report.formula, z)
    values = [(x, curve.number(point(float(x)), 80)) for x in sorted(places)]
    values = [(x, v) for x, v in values if v is not None]
    slack = mpmath.mpf(10) ** -12
    for _, v in values:
        assert report.low.value is None or v >= report.low.value.number - slack
        assert report.high.value is None or v <= report.high.value.number + slack
    if report.lipschitz.value is not None and len(report.domain) == 1:
        for (x, v), (y, w) in pairwise(values):
            assert abs(w - v) <= report.lipschitz.value.number * (y - x) * (1 + slack) + slack
    for c in report.turns.critical:
        if not c.kink:
            slope = Curve(sp.diff(report.formula, z), z).number(point(c.at.number), 60)
            assert slope is None or abs(slope) < 1e-15


def test_text_of_a_report():
    """The first lines are the formulas; the rest a line a property."""
    lines = study_text(activation_report("sigmoid"), "sigmoid").splitlines()
    assert lines[0] == "f(z)    = 1/(1 + exp(-z))"
    assert "forward values  f' = a*(1 - a) with a = f(z)" in lines
    assert "range           (0, 1)" in lines
    assert "Lipschitz       sup |f'| = 0.25, reached at z = 0" in lines
    assert any("calculate_gain says 1, by convention" in line for line in lines)
    assert not any(line != line.rstrip() for line in lines)


def test_command(tmp_path):
    """Text, JSON, constants and a picture from the command line."""
    text = ok("activation", "relu")
    assert text.startswith("f(z)    = max(z, 0)\n")
    assert "z = 0: f' from 0 to 1; the derivation takes 0" in text
    target = tmp_path / "deep" / "relu.json"
    assert ok("activation", "leaky_relu(slope=0.2)", "--format", "json", "-o", target) == ""
    document = json.loads(target.read_text())
    assert document["lipschitz"]["value"]["exact"] == "1"
    assert document["kinks"][0]["slope"]["value"] == "0.200000000000000000000000000000"
    figure = tmp_path / "relu.svg"
    ok("activation", "relu", "--plot", figure)
    assert figure.read_bytes().startswith(b"<?xml")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sigmiod"], "Did you mean 'sigmoid'?"),
        (["softmax"], "mixes the features"),
        (["glu"], "gate"),
        (["relu", "--plot", "relu.pdf"], "relu.svg"),
        (["relu", "--constant", "a"], "a=0.3"),
        (["relu", "--constant", "z=1"], "'z' has a meaning already"),
    ],
)
def test_bad_input_is_one_clear_error(arguments, said, tmp_path):
    """Exit code 2, nothing on stdout, nothing written."""
    done = symbp("activation", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_errors_of_the_function():
    """Two letters, no value anywhere, a function without a value, a constant twice."""
    with pytest.raises(SpecError, match="holds b besides z"):
        study(sp.Symbol("b", real=True) * z, z)
    with pytest.raises(SpecError, match="no value anywhere"):
        study(sp.log(-1 - z**2), z)
    with pytest.raises(SpecError, match="gamma has no value here"):
        study(sp.gamma(z), z)
    with pytest.raises(SpecError, match="a is given twice"):
        constants(["a=1", "a=2"])


def test_the_picture_is_the_same_each_time(tmp_path):
    """Same bytes, PNG and SVG, in a process of its own too; nothing else in the folder."""
    report = study(sp.log(sp.Abs(z)), z)
    for kind, start in (("png", b"\x89PNG"), ("svg", b"<?xml")):
        first = picture(report, kind)
        assert first.startswith(start)
        assert first == picture(report, kind)
    draw(report, tmp_path / "a.svg")
    code = (
        "import sys, sympy as sp; from pathlib import Path; from symbp.study import study;"
        "from symbp.study.plot import draw; from symbp.study.read import LETTER as z;"
        "draw(study(sp.log(sp.Abs(z)), z), Path(sys.argv[1]))"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "b.svg")], check=True)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.svg", "b.svg"]


def test_a_plot_without_matplotlib_says_what_to_install(monkeypatch, tmp_path):
    """DependencyError with the command; OutputError for another kind of file."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(DependencyError, match=r"pip install \"symbp\[plot\]\""):
        check_plot(tmp_path / "a.svg")
    with pytest.raises(OutputError, match=r"\.png or \.svg"):
        check_plot(tmp_path / "a.jpg")


def test_what_was_not_found_is_not_continued():
    """The slope of tan is at least 1: no zero is listed, and none is said to go on."""
    (line,) = [x for x in _report("tan(z)") if x.startswith("f' = 0")]
    assert line.split(maxsplit=3)[3] == "none in [-30, 30]; not determined beyond it"


def _report(formula):
    from symbp.study.command import report

    return report(formula, [], "text", None, None).splitlines()
