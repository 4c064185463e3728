"""Numbers: exact where exact, every printed digit right, in every section, at every size."""

from __future__ import annotations

import random
import re
import subprocess
import sys
import time
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path

import mpmath
import pytest
import sympy as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from symbp import derive
from symbp.errors import SpecError, UnknownNameError
from symbp.evaluate import chain_lines, evaluate
from symbp.evaluate.numbers import decided, rounded, scalar_value, value_text
from symbp.layers import Dense, LayerNorm, Residual
from symbp.scalars import system_of
from symbp.spec import Network
from symbp.spec_file import read_network

ROOT = Path(__file__).resolve().parent.parent
NUMBERS = {"x": [0.5, 0.3], "y": [0.23, -0.07], "learning_rate": 1,
           "weights": [0.2, -0.4, 0.5, 0.6, 0.1, -0.5, -0.3, 0.8]}  # fmt: skip


def example(name: str) -> Network:
    return read_network(ROOT / "examples" / f"{name}.toml")


def numbers(network: Network, **options):
    return evaluate(derive(network), network, **options)


WORKED = Network(sizes=[2, 2, 2], example=NUMBERS)


def test_a_line_reads_formula_numbers_value():
    """Exact decimals after =, rounded ones after ≈, and the line of the derivation."""
    found = numbers(WORKED)
    assert str(found["net_h1"]) == "net_h1 = w1*x1 + w3*x2 = 0.2*0.5 + 0.5*0.3 = 0.25"
    assert str(found["delta_o1"]).endswith(
        "= (0.476946 - 0.23)*0.476946*(1 - 0.476946) ≈ 0.0616052"
    )
    assert found["net_h1"].value == sp.Rational(1, 4)
    assert found["out_h1"].line == 2
    assert [line.name for line in found.section("update")] == [f"w{k}" for k in range(1, 9)]
    assert str(found.section("update")[0]) == (
        "w1 = w1 - lr*dw1 = 0.2 - 1*(-0.00842148) ≈ 0.208421"
    )
    gradients = [line.name for line in found.section("gradient")]
    assert gradients == ["dw5", "dw6", "dw7", "dw8", "dw1", "dw2", "dw3", "dw4"]


@pytest.mark.parametrize("digits", [1, 2, 7, 50, 333, 1000])
def test_as_many_digits_as_asked(digits):
    """N significant digits, rounded to nearest; the oracle is mpmath 30 digits further on."""
    with mpmath.workdps(digits + 30):
        out = [1 / (1 + mpmath.exp(-mpmath.mpf(z))) for z in ("0.25", "-0.02")]
        net = [out[0] / 10 - 3 * out[1] / 10, -out[0] / 2 + 8 * out[1] / 10]
        out_o = [1 / (1 + mpmath.exp(-z)) for z in net]
        delta = [
            (o - precise(t)) * o * (1 - o) for o, t in zip(out_o, ("0.23", "-0.07"), strict=True)
        ]
        exact = {"out_h1": out[0], "net_o2": net[1], "delta_o2": delta[1], "dw5": delta[0] * out[0]}
        found = numbers(WORKED, digits=digits)
        for name, value in exact.items():
            text = found[name].text
            figures = re.sub(r"e.*|[-.]", "", text).lstrip("0")
            assert len(figures) == digits
            last = mpmath.mpf(10) ** (mpmath.floor(mpmath.log10(abs(value))) - digits + 1)
            assert abs(mpmath.mpf(text) - value) <= last / 2


def precise(text: str) -> mpmath.mpf:
    return mpmath.mpf(text)


def test_more_digits_continue_the_same_number():
    """20 digits are the 60 digits rounded, on every line of a network with roots and tanh."""
    net = example("layernorm_residual")
    few, many = numbers(net, digits=20), numbers(net, digits=60)
    for line, longer in zip(few.lines, many.lines, strict=True):
        with localcontext(prec=20):
            assert Decimal(line.text) == +Decimal(longer.text), line.name


def test_exact_keeps_functions_of_rationals():
    """--exact: 1/(1 + exp(-1/4)) beside 0.562177; the SymPy value has that number."""
    found = numbers(WORKED, exact=True)
    assert found["out_h1"].symbolic == "1/(1 + exp(-1/4))"
    assert str(found["out_h1"]).endswith("= 1/(1 + exp(-0.25)) = 1/(1 + exp(-1/4)) ≈ 0.562177")
    assert found["net_h1"].symbolic == ""
    for name in ("net_o1", "E", "delta_h1", "dw1"):
        assert not found[name].exact
        assert abs(found[name].value.evalf(20) - sp.Float(found[name].text)) < 1e-6
        assert "≈" in str(found[name])


def test_exact_rationals_and_roots():
    """A third stays 1/3, a root stays a root, exp(1) has a spelling."""
    layers = (Dense(2), LayerNorm(eps=Fraction(1, 9)), Dense(1))
    values = {"x": ["1/3"], "y": [0], "W1": [[1], [-1]], "gamma2": [1, 1], "beta2": [0, 0],
              "W3": [[1, 2]], "learning_rate": 1}  # fmt: skip
    found = numbers(Network(inputs=1, layers=layers, example=values), exact=True)
    assert (found["net_h1"].text, found["net_h1"].symbolic) == ("0.333333", "1/3")
    assert found["sigma2"].symbolic == "sqrt(2)/3"
    e = numbers(
        Network(sizes=[1, 1], example={"x": [-1], "y": [0], "weights": [1], "learning_rate": 1}),
        exact=True,
    )
    assert e["out_o1"].symbolic == "1/(1 + exp(1))"


def test_relu_at_its_kink_and_dead_units_are_exact_zeros():
    """relu'(0) = 0, and 0 times an irrational number is 0."""
    values = {"x": [1, 1], "y": [1], "weights": [1, 2, -1, 3, 5, 7], "learning_rate": "1/3"}
    net = Network(sizes=[2, 2, 1], activation=["relu", "sigmoid"], example=values)
    found = numbers(net)
    assert found["net_h1"].text == "0"
    for name in ("out_h1", "delta_h1", "dw1", "dw3", "dw5"):
        assert (found[name].text, found[name].exact) == ("0", True), name
    assert not found["dw2"].exact


def test_a_zero_that_only_cancels_is_shown_as_zero():
    """Softmax of equal inputs is 1/3 to any precision, so the gradient is rounded to 0."""
    values = {"x": ["1/7"], "y": ["1/3", "1/3", "1/3"], "weights": ["1/7"] * 3, "learning_rate": 1}
    net = Network(sizes=[1, 3], activation="identity", loss="cross_entropy", example=values)
    found = numbers(net)
    assert found["p1"].text == "0.333333"
    assert (found["dw1"].text, found["dw1"].exact) == ("0", False)
    assert found.section("update")[0].text == "0.142857"


def test_tiny_and_huge_numbers():
    """Saturated units: neither overflow nor a false zero; exponents are written with e."""
    values = {"x": [1000], "y": [1], "weights": [-1, 3], "learning_rate": 1}
    found = numbers(Network(sizes=[1, 1, 1], example=values))
    assert found["out_h1"].text == "5.07596e-435"
    assert found["delta_h1"].text == "-1.90348e-435"
    values = {"x": ["1e30"], "y": [1, 0], "weights": [1, -1], "learning_rate": 1}
    net = Network(sizes=[1, 2], activation="identity", loss="cross_entropy", example=values)
    found = numbers(net)
    assert found["p2"].text == "6.16361e-868588963806503655302257837834"
    assert str(found["E"]).endswith("≈ 0")
    values = {"x": [2000], "y": [1], "weights": [1], "learning_rate": 1}
    found = numbers(Network(sizes=[1, 1], example=values))
    assert found["out_o1"].text == "1.00000"
    assert found["E"].text == "3.31927e-1738"


def test_shared_and_frozen_biases():
    """Mazur's example: its printed loss, and no line for what is not trained."""
    found = numbers(example("bias_shared_frozen"), digits=9)
    assert found["E"].text == "0.298371109"
    updates = {line.name: line.text for line in found.section("update")}
    assert updates["w5"] == "0.358916480"
    assert set(updates) == {f"w{k}" for k in range(1, 9)}


def test_samples_and_classes():
    """Each sample has its lines; one-hot targets are 0 and 1 in the numbers put in."""
    values = {"x": [[1, 2], [3, 4]], "y": [1, 0], "weights": [1, 0, 0, 1], "learning_rate": 1}
    net = Network(
        sizes=[2, 2], activation="identity", loss="cross_entropy", targets="classes", example=values
    )
    found = numbers(net, digits=4)
    assert str(found["delta_o1_s2"]) in (
        "delta_o1_s2 = p1_s2/2 - y1_s2/2 = 0.2689/2 - 1/2 ≈ -0.3655",
        "delta_o1_s2 = (p1_s2 - y1_s2)/2 = (0.2689 - 1)/2 ≈ -0.3655",
    )


def test_named_weights_only():
    """Gradient and update of what is named, in that order, and the deltas they need."""
    found = numbers(example("tanh_3_layers"), weights=["W3[0,0]", "w1", "w1"])
    assert {line.name for line in found.section("gradient")} == {"dw29", "dw1"}
    assert [line.name for line in found.section("update")] == ["w29", "w1"]
    assert found.section("loss")
    few = numbers(WORKED, weights=["w5"])
    assert [line.name for line in few.section("delta")] == ["delta_o1"]


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"digits": 0}, SpecError, "found 0, expected a whole number from 1 to 1000"),
        ({"digits": 1001}, SpecError, "--digits"),
        ({"digits": 6.0}, SpecError, "--digits"),
        ({"digits": True}, SpecError, "--digits"),
        ({"weights": ["w9"]}, UnknownNameError, "unknown weight 'w9'"),
        ({"weights": ["W2[0,2]"]}, SpecError, "W2 has shape [2, 2]"),
    ],
)
def test_bad_options(options, error, said):
    """Where, what and the remedy."""
    with pytest.raises(error) as raised:
        numbers(WORKED, **options)
    assert said in str(raised.value)


def test_without_an_example():
    """The error says what to add."""
    with pytest.raises(SpecError, match=r"Add an \[example\] table"):
        numbers(Network(sizes=[2, 2]))


def test_numpy_is_not_needed_for_a_small_network():
    """The worked example runs without loading numpy."""
    code = (
        "import sys, symbp; from symbp.spec_file import worked_example; "
        "symbp.evaluate(worked_example(), 20, True); print('numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_large_network():
    """784-128-10: outputs and loss; with names their gradients; long sums without their middle."""
    net = example("mnist_784_128_10")
    start = time.perf_counter()
    whole = numbers(net)
    assert [line.section for line in whole.lines] == ["forward"] * 20 + ["loss"]
    found = numbers(net, digits=40, weights=["W2[3,5]", "W1[3,5]", "b_h4"])
    assert time.perf_counter() - start < 30
    assert all(len(line.formula.split(" + ")) <= 7 for line in found.lines)
    assert " + ... + " in found["net_o1_s1"].formula
    assert {line.name for line in found.section("gradient")} == {"dw100406", "dw644", "db_h4"}
    assert found["net_h4_s1"].exact
    assert (found["delta_h4_s1"].text, found["delta_h4_s1"].exact) == ("0", True)
    check_against_reference(net, found, {"dw100406": ("W2", (3, 5)), "dw644": ("W1", (3, 5)),
                                         "db_h4": ("b1", (3,))})  # fmt: skip


def check_against_reference(network: Network, found, places) -> None:
    """The array oracle at high precision gives the same digits."""
    import numpy as np

    from symbp.numeric import reference_gradients

    data = network.numbers
    classes = network.targets == "classes"
    expected = reference_gradients(
        derive(network),
        np.array(data.inputs, dtype=object),
        np.array(data.targets, dtype=int if classes else object),
        {name: np.array(value, dtype=object) for name, value in data.parameters.items()},
        found.digits + 20,
    )
    with mpmath.workdps(found.digits + 20):
        for name, (parameter, place) in places.items():
            assert rounded(expected[parameter][place], found.digits) == found[name].text
        assert rounded(expected["E"][()], found.digits) == found["E"].text


def test_scalar_numbers_agree_with_array_numbers():
    """Entry by entry and array by array, layer norm and residual: the same 30 digits."""
    net = example("layernorm_residual")
    found = numbers(net, digits=30)
    system = system_of(net, derive(net))
    places = {f"d{w.name}": (w.parameter, w.place) for w in system.weights}
    check_against_reference(net, found, places)


def test_chain_form_in_numbers():
    """Each factor with its number, and the sum of the products is the gradient."""
    lines = chain_lines(derive(WORKED), WORKED, "w1", digits=32)
    names = [line.name for line in lines]
    assert names[0] == "dE/dout_o1"
    assert names[-1] == "dE/dw1"
    gradient = numbers(WORKED, digits=32)["dw1"]
    assert lines[-1].text == gradient.text == "-0.0084214804615022088025072489009968"
    assert lines[-1].put_in.count("*") == 8
    shown = {line.name: str(line) for line in chain_lines(derive(WORKED), WORKED, "w1", 4)}
    assert shown["dout_o1/dnet_o1"] == (
        "dout_o1/dnet_o1 = out_o1*(1 - out_o1) = 0.4769*(1 - 0.4769) ≈ 0.2495"
    )
    exact = chain_lines(derive(WORKED), WORKED, "w5", exact=True)
    assert exact[2].symbolic == "1/(1 + exp(-1/4))"


def test_chain_form_of_a_large_network():
    """A named weight of 784-128-10, from the arrays."""
    net = example("mnist_784_128_10")
    line = chain_lines(derive(net), net, "W2[3,5]")[-1]
    assert line.text == numbers(net, weights=["W2[3,5]"])["dw100406"].text


def test_rounding_is_to_nearest_even_and_exact():
    """Ties, carries and every magnitude, against Python's Decimal."""
    stream = random.Random(0)
    values = [Fraction(k, 8) for k in range(-40, 40)]
    values += [
        Fraction(stream.randrange(-(10**9), 10**9), stream.randrange(1, 10**9)) * Fraction(10) ** e
        for e in range(-30, 30)
    ]
    for value in values:
        for digits in (1, 2, 5, 17):
            with localcontext(prec=digits):
                near = Decimal(value.numerator) / Decimal(value.denominator)
            assert Decimal(rounded(value, digits)) == near


def test_rounding_of_a_float_does_not_depend_on_the_working_precision():
    """An mpf of 200 digits is read to the last bit, at any precision of the moment."""
    with mpmath.workdps(200):
        third = mpmath.mpf(1) / 3
    assert rounded(third, 150) == "0." + "3" * 150
    assert rounded(-third, 3) == "-0.333"


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (Fraction(1, 4), 6, ("0.25", True)),
        (Fraction(1, 4), 1, ("0.2", False)),
        (Fraction(1234567), 6, ("1.23457e6", False)),
        (Fraction(1234567), 7, ("1234567", True)),
        (Fraction(100), 1, ("100", True)),
        (Fraction(-1, 3), 2, ("-0.33", False)),
        (Fraction(1, 10**7), 3, ("0.0000001", True)),
        (Fraction(999999, 10**6), 3, ("1.00", False)),
    ],
)
def test_text_of_a_value(value, digits, text):
    """Exact where so many digits say all of it."""
    assert value_text(value, digits) == text


def test_decided_sees_a_digit_that_may_turn():
    """Two runs that agree to 20 digits do not decide a number near a tie."""
    with mpmath.workdps(30):
        near = mpmath.mpf("0.12345") + mpmath.mpf(10) ** -25
        assert not decided(near, near + mpmath.mpf(10) ** -28, 4, 30)
        assert decided(near, near + mpmath.mpf(10) ** -28, 3, 30)


def test_formulas_without_a_value():
    """Division by 0, and the logarithm or root of what has none."""
    x = sp.Symbol("x", real=True)
    with pytest.raises(ZeroDivisionError):
        scalar_value(1 / x, {"x": Fraction(0)})
    for expr in (sp.log(x), sp.sqrt(x)):
        with pytest.raises(ValueError, match="of -1"):
            scalar_value(expr, {"x": Fraction(-1)})
    with pytest.raises(ValueError, match="log of 0"):
        scalar_value(sp.log(x), {"x": Fraction(0)})


@st.composite
def small_networks(draw) -> Network:
    """Networks with drawn numbers; the example is seeded."""
    kinds = st.sampled_from(["sigmoid", "tanh", "relu", "identity", "softmax"])
    biases = st.sampled_from(["none", "per-unit", "shared"])
    layers: list = [Dense(draw(st.integers(1, 3)), draw(kinds), draw(biases))]
    if draw(st.booleans()):
        layers.append(LayerNorm(eps=Fraction(1, 10)))
    if draw(st.booleans()):
        layers += [Dense(layers[0].out, draw(kinds), draw(biases)), Residual(1)]
    layers.append(Dense(draw(st.integers(1, 2)), draw(kinds), draw(biases)))
    loss = draw(st.sampled_from(["half_sse", "mse", "cross_entropy"]))
    return Network(
        inputs=draw(st.integers(1, 2)),
        layers=tuple(layers),
        loss=loss,
        targets="classes" if loss == "cross_entropy" and draw(st.booleans()) else "values",
        example={"seed": draw(st.integers(0, 99)), "samples": draw(st.integers(1, 2))},
    )


@settings(max_examples=25, deadline=None, derandomize=True)
@given(small_networks())
def test_gradients_are_slopes_of_the_loss(network):
    """Central differences of the forward lines at 60 digits, step 1e-20: 20 digits agree."""
    derivation = derive(network)
    system = system_of(network, derivation)
    found = evaluate(derivation, network, digits=30)
    forward = system.forward()
    with mpmath.workdps(60):
        start = {
            name: mpmath.mpf(v.numerator) / v.denominator for name, v in system.values().items()
        }
        step = mpmath.mpf(10) ** -20
        base = run(forward, start)
        assume(all(abs(v) > 1e-6 for name, v in base.items() if name.startswith("net_")))
        for weight in system.weights:
            ends = [
                run(forward, start | {weight.name: start[weight.name] + sign * step})["E"]
                for sign in (1, -1)
            ]
            slope = (ends[0] - ends[1]) / (2 * step)
            value = mpmath.mpf(found[f"d{weight.name}"].text)
            assert abs(slope - value) <= mpmath.mpf(10) ** -20 * max(1, abs(slope)), weight.name


def run(equations, values):
    """The forward pass by a recursion of its own."""
    functions = {sp.exp: mpmath.exp, sp.log: mpmath.log, sp.tanh: mpmath.tanh}
    known = dict(values)

    def number(expr):
        if expr.is_Symbol:
            return known[expr.name]
        if expr.is_Rational:
            return mpmath.mpf(int(expr.p)) / int(expr.q)
        if isinstance(expr, sp.Piecewise):
            branch = next(b for b, c in expr.args if c == sp.true or number(c.lhs) > number(c.rhs))
            return number(branch)
        parts = [number(a) for a in expr.args]
        if expr.is_Add:
            return mpmath.fsum(parts)
        if expr.is_Mul:
            return mpmath.fprod(parts)
        return parts[0] ** parts[1] if expr.is_Pow else functions[expr.func](*parts)

    for e in equations:
        known[e.target.name] = number(e.rhs)
    return known
