"""Chain form and closed form: every path once, every partial from its forward equation."""

from __future__ import annotations

from itertools import pairwise

import pytest
import sympy as sp

from symbp import derive
from symbp.errors import GraphError, SpecError
from symbp.layers import Dense, LayerNorm
from symbp.paths import Above, NotBelow, chain_form, closed_form, scalar_tree, web
from symbp.printers import plain
from symbp.scalars import ScalarSystem
from symbp.spec import Network


def system(network: Network, samples: int = 1) -> ScalarSystem:
    return ScalarSystem(network, derive(network), samples)


WORKED = system(Network(sizes=[2, 2, 2]))


def test_chain_form_as_a_student_writes_it():
    """w1 reaches the loss on two paths."""
    assert str(chain_form(WORKED, WORKED.find("w1"))) == (
        "dE/dw1 = "
        "dE/dout_o1 * dout_o1/dnet_o1 * dnet_o1/dout_h1 * dout_h1/dnet_h1 * dnet_h1/dw1 + "
        "dE/dout_o2 * dout_o2/dnet_o2 * dnet_o2/dout_h1 * dout_h1/dnet_h1 * dnet_h1/dw1"
    )


def test_each_factor_has_its_expression():
    """Sigmoid' is written in the forward value, and the line is that of the forward equation."""
    factors = {f.name: f for f in chain_form(WORKED, WORKED.find("w1")).factors}
    shown = {name: plain(scalar_tree(f.shown)) for name, f in factors.items()}
    assert shown["dE/dout_o1"] == "out_o1 - y1"
    assert shown["dout_o1/dnet_o1"] == "out_o1*(1 - out_o1)"
    assert shown["dnet_o2/dout_h1"] == "w6"
    assert shown["dnet_h1/dw1"] == "x1"
    net = sp.Symbol("net_o1", real=True)
    assert factors["dout_o1/dnet_o1"].expr == sp.diff(1 / (1 + sp.exp(-net)), net)
    assert factors["dout_o1/dnet_o1"].line == 4


def test_softmax_partials_are_in_its_own_values():
    """dp1/dout_o1 = p1(1 - p1), dp1/dout_o2 = -p1 p2: Bishop, PRML (2006), eq. 4.106."""
    view = system(Network(sizes=[2, 2, 3], loss="cross_entropy"))
    shown = {f.name: str(f.shown) for f in chain_form(view, view.find("w1")).factors}
    assert shown["dp1/dout_o1"] == "p1*(1 - p1)"
    assert shown["dp3/dout_o2"] == "-p2*p3"
    assert shown["dE/dp2"] == "-y2/p2"


@pytest.mark.parametrize(
    ("network", "weight", "samples", "paths"),
    [
        (Network(sizes=[2, 2, 2]), "w5", 1, 1),
        (Network(sizes=[2, 2, 2]), "w1", 3, 6),
        (Network(sizes=[3, 4, 4, 2], activation="tanh", bias="shared"), "w1", 1, 8),
        (Network(sizes=[3, 4, 4, 2], activation="tanh", bias="shared"), "b1", 1, 32),
        (Network(sizes=[2, 2, 3], loss="cross_entropy"), "w1", 1, 9),
        (Network(inputs=2, layers=(Dense(2, "tanh"), Dense(2, weight="W1"))), "w1", 1, 3),
    ],
)
def test_paths_are_counted_before_they_are_walked(network, weight, samples, paths):
    """The count by dynamic programming is the number of paths, each of them different."""
    view = system(network, samples)
    found = chain_form(view, view.find(weight))
    assert (
        web(view, view.find(weight)).count() == len(found.paths) == len(set(found.paths)) == paths
    )
    for path in found.paths:
        assert path[0].of == "E"
        assert path[-1].by == weight
        assert all(a.by == b.of for a, b in pairwise(path))


def test_too_many_paths_is_an_error_with_the_count():
    """10 hidden layers of 4: a million paths are counted, not walked."""
    view = system(Network(sizes=[1, *[4] * 10, 1], activation="tanh"))
    with pytest.raises(SpecError, match=r"w1 has 262144 paths, at most 1000") as raised:
        chain_form(view, view.find("w1"))
    assert "delta form" in str(raised.value)


def test_layer_norm_has_four_ways_through():
    """Directly, through the mean, through the variance, and through the mean in the variance."""
    view = system(Network(inputs=1, layers=(Dense(1), LayerNorm(), Dense(1))))
    found = chain_form(view, view.find("w1"))
    ways = [tuple(f.by for f in path if f.by in ("mu2", "var2")) for path in found.paths]
    assert sorted(ways) == [(), ("mu2",), ("var2",), ("var2", "mu2")]


def test_only_what_a_weight_reaches_is_written_out():
    """One weight of a 784-128-10 network: its own unit in the hidden layer, all outputs."""
    view = system(Network(sizes=[784, 128, 10], activation="relu"))
    found = web(view, view.find("W1[3,5]"))
    hidden = [s.name for s in found.equations if "_h" in s.name]
    assert hidden == ["net_h4", "out_h4"]
    assert found.count() == 10


def test_closed_form_has_given_numbers_only():
    """In x, w and y."""
    closed = closed_form(WORKED, "dW2", (0, 0))
    names = {s.name for s in closed.free_symbols}
    assert names == {"x1", "x2", "y1", "w1", "w2", "w3", "w4", "w5", "w7"}


def test_closed_form_of_relu_does_not_multiply_conditions_out():
    """Nested conditions stay nested, and print; SymPy's Piecewise would fold them."""
    view = system(Network(sizes=[2, 2, 2], activation="relu"))
    text = plain(scalar_tree(closed_form(view, "dW2", (0, 0))))
    assert text.startswith("where(w5*max(w1*x1 + w3*x2, 0) + w7*max(w2*x1 + w4*x2, 0) > 0, ")
    assert not closed_form(view, "dW1", (0, 0)).has(sp.Piecewise, sp.ITE)


def test_closed_form_has_a_limit():
    """What nobody can read is refused, with a remedy."""
    view = system(Network(sizes=[5, 5, 5, 5, 5], activation="tanh"))
    with pytest.raises(SpecError, match="more than 20000 symbols and operations"):
        closed_form(view, "dW1", (0, 0))


def test_choices_differentiate_branch_by_branch():
    """d/dz of relu and of its closed half-line twin; a condition has no derivative."""
    z, a = sp.symbols("z a", real=True)
    assert sp.diff(Above(z, a * z, sp.S.Zero), z) == Above(z, a, sp.S.Zero)
    assert sp.diff(NotBelow(z - a, z, z), z) == 1
    assert sp.diff(Above(z, a, sp.S.One), z) == 0
    text = plain(scalar_tree(NotBelow(z, a * z, sp.S.Zero)))
    assert text == "where(z >= 0, a*z, 0)"


def test_unknown_conditions_are_refused():
    """A condition that is no comparison has no closed form."""
    from symbp.paths import _choice

    z = sp.Symbol("z", real=True)
    with pytest.raises(GraphError, match="closed form"):
        _choice(sp.Piecewise((1, sp.Symbol("held")), (z, True)))
    lower = _choice(sp.Piecewise((-1, z < -1), (1, z > 1), (z, True)))
    assert lower == Above(-z - 1, sp.S.NegativeOne, Above(z - 1, sp.S.One, z))
