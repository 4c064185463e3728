"""Proofs: true identities pass, false ones do not, and the forms of every gradient agree."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from symbp import derive
from symbp.errors import SymbpError
from symbp.layers import Dense, LayerNorm, Residual
from symbp.paths import Above, closed_form
from symbp.prove import compare, equal, prove_forms
from symbp.prove.field import Point
from symbp.scalars import ScalarSystem
from symbp.spec import Network

ALL_FORMS = ("delta form", "chain form", "closed form", "diff of the loss")
REFERENCE = json.loads((Path(__file__).parent / "data" / "worked_example.json").read_text())
a, b, c, u, v = sp.symbols("a b c u v", real=True)


def system(network: Network, samples: int = 1) -> ScalarSystem:
    return ScalarSystem(network, derive(network), samples)


def relu(z: sp.Expr) -> sp.Expr:
    return sp.Piecewise((z, z > 0), (0, True))


TRUE = [
    ((a + b) ** 2, a**2 + 2 * a * b + b**2),
    (1 / (1 + sp.exp(-u)), sp.exp(u) / (1 + sp.exp(u))),
    (sp.exp(u + v), sp.exp(u) * sp.exp(v)),
    (sp.exp(u / 2) ** 2, sp.exp(u)),
    (sp.exp(2 * u - 3 * v), sp.exp(u) ** 2 / sp.exp(v) ** 3),
    (sp.exp(a * (u - v)) * sp.exp(a * (v - u)), sp.S.One),
    (sp.tanh(u), (sp.exp(u) - sp.exp(-u)) / (sp.exp(u) + sp.exp(-u))),
    (sp.tanh(u), 2 / (1 + sp.exp(-2 * u)) - 1),
    (sp.tanh(-u), -sp.tanh(u)),
    (sp.diff(sp.tanh(u), u), 1 - sp.tanh(u) ** 2),
    (
        sp.diff(sp.exp(u) / (sp.exp(u) + sp.exp(v)), v),
        -sp.exp(u + v) / (sp.exp(u) + sp.exp(v)) ** 2,
    ),
    (sp.sqrt(a**2 + 1) ** 2, a**2 + 1),
    (sp.diff(sp.sqrt(a**2 + b), a), a / sp.sqrt(a**2 + b)),
    (sp.sqrt(a**2 + b) / (a**2 + b), 1 / sp.sqrt(a**2 + b)),
    (sp.log(a / b), -sp.log(b / a)),
    (relu(u) ** 2, u * relu(u)),
    (sp.diff(relu(u), u) * relu(u), relu(u)),
    (sp.Piecewise((a, u > 0), (b, True)), sp.Piecewise((b, u <= 0), (a, True))),
    (sp.Piecewise((a, u > v), (b, True)), sp.Piecewise((a, v < u), (b, True))),
    (sp.Piecewise((a, u > 0), (b, True)), Above(u, a, b)),
    (sp.Abs(u) ** 2, u**2),
    (sp.Max(u, v, a), sp.Max(a, v, u)),
    (sp.sqrt(sp.Rational(1, 10)) * a, a / sp.sqrt(10)),
]
FALSE = [
    ((a + b) ** 2, a**2 + b**2),
    (a * b - c, c - a * b),
    (a / 2, a),
    (a * u + b * v, a * v + b * u),
    (sp.exp(u), sp.exp(-u)),
    (sp.exp(u), sp.exp(2 * u)),
    (sp.exp(u + v), sp.exp(u) + sp.exp(v)),
    (sp.exp(u), sp.exp(v)),
    (sp.exp(u), 1 + u),
    (1 / (1 + sp.exp(u)), 1 / (1 + sp.exp(-u))),
    (sp.tanh(u), sp.tanh(2 * u)),
    (sp.tanh(u), -sp.tanh(u)),
    (sp.tanh(u), (sp.exp(u) - 1) / (sp.exp(u) + 1)),
    (sp.diff(sp.tanh(u), u), 1 - sp.tanh(u)),
    (sp.sqrt(a + 1), -sp.sqrt(a + 1)),
    (sp.sqrt(2), -sp.sqrt(2)),
    (sp.sqrt(2), sp.sqrt(3)),
    (sp.sqrt(a + 1), sp.sqrt(a + 2)),
    (sp.sqrt(a + b), sp.sqrt(a) + sp.sqrt(b)),
    (sp.log(a), sp.log(1 / a)),
    (sp.log(a * b), sp.log(a) * sp.log(b)),
    (relu(u), u),
    (relu(u), relu(-u)),
    (relu(u) * relu(v), relu(u) * v),
    (sp.Piecewise((a, u > 0), (b, True)), sp.Piecewise((a, u < 0), (b, True))),
    (sp.Piecewise((a, u > 0), (b, True)), sp.Piecewise((a, u >= 0), (b, True))),
    (sp.diff(relu(u), u) * relu(v), relu(u)),
    (sp.Abs(u), u),
    (sp.Max(u, v), u),
]


@pytest.mark.parametrize(("left", "right"), TRUE, ids=str)
def test_true_identities_pass(left, right):
    """Identities of rational functions, exponentials, roots and conditions."""
    assert equal(left, right)


@pytest.mark.parametrize(("left", "right"), FALSE, ids=str)
def test_false_identities_are_rejected(left, right):
    """Sign, factor, swapped index, exp(-u) for exp(u), a branch: each is seen, at every seed."""
    assert not any(equal(left, right, seed=seed) for seed in range(5))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_a_small_change_is_seen(seed):
    """A random expression equals itself rearranged, and no longer when one number changes."""
    stream = random.Random(seed)
    expr = grown(stream, 4)
    assert equal(expr, sp.expand_mul(expr, deep=False))
    assert not equal(expr, expr + sp.Rational(1, stream.randrange(1, 10**6)))
    assert not equal(expr + c, -(expr + c))


def grown(stream: random.Random, depth: int) -> sp.Expr:
    """A random expression in a, b, u, v that has a value almost everywhere."""
    if not depth:
        return stream.choice([a, b, u, v, sp.Integer(stream.randrange(1, 5))])
    left, right = grown(stream, depth - 1), grown(stream, depth - 1)
    return stream.choice(
        [
            left + right,
            left * right,
            left - 2 * right,
            1 / (3 + sp.exp(left)),
            sp.tanh(left) + right,
        ]
    )


def test_roots_that_depend_on_each_other_get_no_verdict():
    """sqrt(x**2) is |x|, not x, and sqrt(s t) may be sqrt(s) sqrt(t) or not: nothing is guessed."""
    hidden = sp.Pow((a + b) * (a + b), sp.Rational(1, 2), evaluate=False)
    for left, right in ((hidden, a + b), (sp.sqrt(a) * sp.sqrt(b), sp.sqrt(a * b))):
        with pytest.raises(SymbpError, match="no usable point"):
            equal(left, right)


def test_other_powers_are_letters():
    """A cube root is one letter, whose whole powers are powers of its argument times it."""
    third = sp.Rational(1, 3)
    assert not equal(sp.cbrt(a), a)
    assert equal(3 * sp.diff((a + b) ** third, a), (a + b) ** third / (a + b))
    assert equal(sp.diff(a**u, a), u * a**u / a)


def test_parts_without_a_rule_are_refused():
    """1/0."""
    with pytest.raises(SymbpError, match="no usable point"):
        equal(1 / (sp.exp(a) * (1 + b) - sp.exp(a) - b * sp.exp(a)), a)


def test_definitions_stand_for_their_expressions():
    """delta and net may stay names: exp of a name is taken apart like its definition."""
    net, out = sp.symbols("net out", real=True)
    definitions = {net: a * u + b * v, out: 1 / (1 + sp.exp(-net))}
    closed = 1 / (1 + sp.exp(-a * u - b * v))
    assert equal(out * (1 - out), closed * (1 - closed), definitions=definitions)
    assert not equal(out, 1 / (1 + sp.exp(-a * u + b * v)), definitions=definitions)


def test_the_bound_holds_where_it_can_be_measured():
    """In a field of 8191 elements a polynomial with 40 roots passes as 0 about 40 times in 8191."""
    x = sp.Symbol("x", real=True)
    polynomial = sp.Mul(*(x - k for k in range(40)))
    stream, passed, draws = random.Random(0), 0, 4000
    for _ in range(draws):
        point = Point(8191, stream, {}, None)
        point.draw()
        values = [point.value(polynomial), point.value(sp.S.Zero)]
        passed += values[0][0] == 0
    assert 5 < passed < 60
    assert Fraction(40, 8191) <= point.chance(values) < Fraction(1, 10)


def test_the_bound_is_stated_and_small():
    """Degree counts: a higher power has a worse bound; a large degree takes a larger field."""
    low = compare({"l": (a + 1) ** 2, "r": a**2 + 2 * a + 1}, {})
    high = compare({"l": (a**999 + 1) ** 2, "r": a**1998 + 2 * a**999 + 1}, {})
    assert low.equal
    assert high.equal
    assert 64 <= high.bits < low.bits
    assert f"wrong with probability below 2^-{low.bits}" in str(low)
    huge = compare({"l": sp.Pow(a, 2**70), "r": sp.Pow(a, 2**69) * sp.Pow(a, 2**69)}, {}, points=1)
    assert huge.prime == 2**521 - 1
    assert huge.bits >= 64


def test_branches_are_tried_one_by_one_where_letters_do_not_do():
    """step(u) relu(u) = relu(u) holds in each branch only; the patterns are counted."""
    letters = sp.symbols("z1:9", real=True)

    def squared(count: int) -> dict[str, sp.Expr]:
        few = letters[:count]
        left = sp.Add(*(sp.diff(relu(z), z) * relu(z) for z in few))
        return {"l": left, "r": sp.Add(*map(relu, few))}

    proof = compare(squared(2), {})
    assert (proof.equal, proof.every_branch, proof.branches) == (True, True, 9)
    proof = compare(squared(8), {})
    assert (proof.equal, proof.every_branch) == (True, False)
    assert "of more" in str(proof)


def test_what_holds_at_a_kink_by_its_value_only_is_not_recognised():
    """relu(u) - relu(-u) = u is true; the pattern "u is neither" does not know that u is 0."""
    assert not equal(relu(u) - relu(-u), u)


NETWORKS = {
    "worked": (Network(sizes=[2, 2, 2]), 1),
    "worked, soft targets": (Network(sizes=[2, 2, 2], loss="cross_entropy"), 2),
    "relu": (Network(sizes=[2, 2, 2], activation="relu", loss="mse"), 2),
    "deep relu": (Network(sizes=[2, 2, 2, 1], activation="relu", bias="shared"), 1),
    "classes": (
        Network(
            sizes=[2, 2, 3],
            activation=["relu", "identity"],
            loss="cross_entropy",
            targets="classes",
            bias="per-unit",
        ),
        2,
    ),
    "softmax inside": (Network(sizes=[2, 3, 2], activation=["softmax", "tanh"], loss="mse"), 1),
    "tied": (Network(inputs=2, layers=(Dense(2, "tanh"), Dense(2, "tanh", weight="W1"))), 1),
    "residual": (Network(inputs=2, layers=(Dense(2, "tanh", "shared"), Dense(2), Residual(1))), 2),
    "norm": (Network(inputs=2, layers=(Dense(2, "sigmoid"), LayerNorm(), Dense(1))), 1),
    "frozen": (Network(sizes=[2, 2, 1], bias="shared", frozen=("W1", "b2")), 1),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_all_forms_of_every_weight_agree(name):
    """Delta form = chain form = closed form = SymPy's derivative of the loss, for each weight."""
    view = system(*NETWORKS[name])
    for weight in view.weights:
        proof = prove_forms(view, weight)
        assert proof.equal, (weight.name, proof)
        assert proof.forms == ALL_FORMS
        assert proof.bits >= 64
        assert proof.every_branch


def test_a_deep_tanh_network_is_fast_enough():
    """3-4-4-2 with biases and two samples: all four forms of a first-layer weight."""
    view = system(Network(sizes=[3, 4, 4, 2], activation="tanh", bias="per-unit", loss="mse"), 2)
    for name in ("w1", "w13", "w29", "b_h1_1", "b_o2"):
        assert prove_forms(view, view.find(name)).forms == ALL_FORMS


def test_where_the_loss_is_too_long_it_is_written_out_as_far_as_needed():
    """Layer norm of five units: no closed form, the other three agree."""
    layers = (Dense(5, "tanh"), LayerNorm(), Dense(5, "tanh"), Residual(2), Dense(3))
    view = system(Network(inputs=4, layers=layers, loss="mse"))
    proof = prove_forms(view, view.find("w1"), longest=50_000)
    assert proof.equal
    assert proof.forms == ("delta form", "chain form", "diff of the loss")


def test_one_weight_of_a_large_network():
    """784-128-10 with class targets: delta and chain form, and the loss as far as needed."""
    net = Network(
        sizes=[784, 128, 10],
        activation=["relu", "identity"],
        loss="cross_entropy",
        targets="classes",
        bias="per-unit",
    )
    view = system(net)
    for name in ("W2[3,5]", "b_h4"):
        proof = prove_forms(view, view.find(name))
        assert proof.equal
        assert proof.forms[:2] == ("delta form", "chain form")


def wrong(view: ScalarSystem, quantity: str, place: tuple[int, ...], change) -> None:
    """Put a wrong equation in place of a right one."""
    right = view.equation(quantity, place)
    view._written[quantity, place] = replace(right, rhs=change(right.rhs))


def swapped(first: str, second: str):
    x, y = (sp.Symbol(n, real=True) for n in (first, second))
    return lambda rhs: rhs.xreplace({x: y, y: x})


@pytest.mark.parametrize(
    ("quantity", "place", "change"),
    [
        ("dZ2", (0, 0), lambda rhs: -rhs),
        ("dZ2", (0, 0), lambda rhs: 2 * rhs),
        ("dZ2", (0, 1), swapped("y1", "y2")),
        ("dZ1", (0, 0), swapped("w5", "w6")),
        ("dZ1", (0, 0), swapped("delta_o1", "delta_o2")),
        ("dZ1", (0, 0), swapped("out_h1", "out_h2")),
        ("dW1", (0, 0), swapped("x1", "x2")),
        ("dW1", (0, 0), lambda rhs: rhs + sp.Rational(1, 10**30)),
    ],
)
def test_a_wrong_line_of_the_derivation_is_caught(quantity, place, change):
    """Sign, factor, swapped index, a tiny number: w1's forms no longer agree."""
    view = system(Network(sizes=[2, 2, 2]))
    wrong(view, quantity, place, change)
    assert not prove_forms(view, view.find("w1")).equal


@pytest.mark.parametrize("case", ["sigmoid/half_sse", "sigmoid/cross_entropy", "relu/half_sse"])
def test_closed_form_against_sympy_and_the_reference(case):
    """Put into SymPy's own derivative of the loss and into the closed form: 30 right digits."""
    activation, loss = case.split("/")
    view = system(Network(sizes=[2, 2, 2], activation=activation, loss=loss))
    names = {f"w{k}": v for k, v in enumerate(REFERENCE["weights_w1_to_w8"], 1)}
    names |= {f"x{k}": v for k, v in enumerate(REFERENCE["x"], 1)}
    names |= {f"y{k}": v for k, v in enumerate(REFERENCE["target"], 1)}
    values = {sp.Symbol(k, real=True): sp.Rational(v) for k, v in names.items()}
    loss_ = closed_form(view, "E", ())
    for k, expected in enumerate(REFERENCE["cases"][case]["gradient_w1_to_w8"], 1):
        weight = view.find(f"w{k}")
        closed = closed_form(view, f"d{weight.parameter}", weight.place)
        slope = sp.diff(loss_, sp.Symbol(weight.name, real=True))
        for form in (closed, slope):
            number = decided(form.xreplace(values)).evalf(40)
            assert abs(number - sp.Float(expected, 40)) < sp.Float("1e-31")


def decided(expr: sp.Expr) -> sp.Expr:
    """Numbers in place of choices."""
    while expr.has(Above):
        inner = next(n for n in sp.postorder_traversal(expr) if isinstance(n, Above))
        d, then, otherwise = inner.args
        expr = expr.xreplace({inner: then if d > 0 else otherwise})
    return expr


@pytest.mark.parametrize("name", ["w1", "w5"])
def test_closed_form_by_cancelling(name):
    """A second way without random points: SymPy's own cancel of the difference gives 0."""
    view = system(Network(sizes=[2, 2, 2]))
    weight = view.find(name)
    closed = closed_form(view, f"d{weight.parameter}", weight.place)
    slope = sp.diff(closed_form(view, "E", ()), sp.Symbol(name, real=True))
    assert sp.cancel(sp.together(closed - slope)) == 0
    assert sp.cancel(sp.together(closed + slope)) != 0


@st.composite
def networks(draw) -> Network:
    """Small networks of every kind of layer."""
    kinds = st.sampled_from(["sigmoid", "tanh", "relu", "identity", "softmax"])
    biases = st.sampled_from(["none", "per-unit", "shared"])
    width = st.integers(1, 3)
    layers: list = [Dense(draw(width), draw(kinds), draw(biases))]
    extra = draw(st.sampled_from(["", "norm", "residual", "dense"]))
    if extra == "norm":
        layers.append(LayerNorm())
    elif extra == "residual":
        layers += [Dense(layers[0].out, draw(kinds), draw(biases)), Residual(1)]
    elif extra == "dense":
        layers.append(Dense(2, draw(kinds), draw(biases)))
    layers.append(Dense(draw(width), draw(kinds), draw(biases)))
    loss = draw(st.sampled_from(["half_sse", "mse", "cross_entropy"]))
    return Network(
        inputs=draw(st.integers(1, 2)),
        layers=tuple(layers),
        loss=loss,
        targets="classes" if loss == "cross_entropy" and draw(st.booleans()) else "values",
        numbering=draw(st.sampled_from(["by-source", "by-target"])),
    )


@settings(max_examples=25, deadline=None, derandomize=True)
@given(networks(), st.integers(1, 2), st.randoms(use_true_random=False))
def test_forms_agree_for_random_networks(network, samples, stream):
    """A weight drawn from a random network: every form that can be written agrees."""
    view = system(network, samples)
    weight = stream.choice(view.weights)
    proof = prove_forms(view, weight)
    assert proof.equal, (network, weight.name)
    assert len(proof.forms) >= 3
