"""Index notation: dummies never capture, equal sums compare equal, broken equations are refused."""

from __future__ import annotations

import pytest
import sympy as sp

from symbp.build import build_graph
from symbp.errors import GraphError
from symbp.graph import Equation, Graph, Quantity
from symbp.index import (
    Index,
    SumOver,
    axes_of,
    canonical,
    display,
    rename,
    substitute,
    tensor,
    total,
)
from symbp.layers import Dense, LayerNorm, Residual
from symbp.spec import Network

n, i, j, k = (Index(letter) for letter in "nijk")


def test_substitution_does_not_capture():
    """i -> j inside a sum over j renames the dummy, not the free index."""
    inner = SumOver(tensor("W", i, j) * tensor("x", j), j)
    moved = substitute(inner, {i: j})
    assert canonical(moved) == canonical(SumOver(tensor("W", j, k) * tensor("x", k), k))
    assert canonical(moved) != canonical(SumOver(tensor("W", j, j) * tensor("x", j), j))


def test_equal_sums_cancel_whatever_their_letters():
    """Nested sums with other dummies are one expression after `canonical`."""
    first = SumOver(tensor("a", i) * SumOver(tensor("B", i, j), j), i)
    second = SumOver(tensor("a", k) * SumOver(tensor("B", k, i), i), k)
    assert canonical(first) - canonical(second) == 0


def test_three_nested_sums_keep_their_dummies_apart():
    """A chain of three products: each dummy binds its own sum after renaming."""
    one, two = Index("_0"), Index("_1")
    inner = SumOver(tensor("C", two, k) * tensor("d", k), k)
    chain = SumOver(tensor("A", i, one) * SumOver(tensor("B", one, two) * inner, two), one)
    assert str(canonical(chain)) == (
        "Sum(A[i, _h2]*Sum(B[_h2, _h1]*Sum(C[_h1, _h0]*d[_h0], _h0), _h1), _h2)"
    )
    body = canonical(SumOver(tensor("B", one, j) * tensor("d", j), j))
    assert str(body) == "Sum(B[_0, _h0]*d[_h0], _h0)"
    outer = Index("_h0")
    body = canonical(SumOver(tensor("B", outer, j) * tensor("d", j), j))
    assert str(body) == "Sum(B[_h0, _h1]*d[_h1], _h1)"


def test_order_of_dummies_does_not_matter():
    """Sum over (n, j) equals sum over (j, n)."""
    body = tensor("A", n, j) * tensor("T", n, j)
    assert canonical(SumOver(body, n, j)) == canonical(SumOver(body, j, n))


def test_total_pulls_out_only_what_is_constant():
    """Factors with the dummy stay, others leave, an index-free rest waits for the axis."""
    assert total(2 * tensor("a", n), n) == 2 * SumOver(tensor("a", n), n)
    assert total(sp.Integer(3), n) == 3 * SumOver(sp.Integer(1), n)


def test_display_keeps_free_letters():
    """The dummy of a sum takes the letter after the free ones."""
    body = SumOver(tensor("W", Index("_9"), j) * tensor("d", n, Index("_9")), Index("_9"))
    shown = display(body, (n, j), {"W": ("K", "H"), "d": ("N", "K")})
    assert str(shown) == "Sum(W[k, j]*d[n, k], k)"


def test_rename_reaches_indices():
    """A target inside an index is renamed too."""
    assert rename(tensor("P", n, tensor("t", n)), {"t": "T"}) == tensor("P", n, tensor("T", n))


def graph_of(*equations: Equation, **axes: tuple[str, ...]) -> Graph:
    roles = {e.name: "value" for e in equations}
    quantities = {name: Quantity(name, a, roles.get(name, "parameter")) for name, a in axes.items()}
    return Graph(quantities, equations, {"D": 2, "H": 3})


BROKEN = {
    "neither summed nor free": lambda: graph_of(
        Equation(tensor("y", n), tensor("x", n, i)), x=("N", "D"), y=("N",)
    ),
    "runs on axis": lambda: graph_of(
        Equation(tensor("y", n), SumOver(tensor("W", j, i) * tensor("x", n, j), i, j)),
        x=("N", "D"), W=("H", "D"), y=("N",),
    ),
    "used before it is assigned": lambda: graph_of(
        Equation(tensor("y", n), tensor("z", n)),
        Equation(tensor("z", n), tensor("y", n)),
        y=("N",), z=("N",),
    ),
    "assigned twice": lambda: graph_of(
        Equation(tensor("y", n), tensor("x", n)),
        Equation(tensor("y", n), 2 * tensor("x", n)),
        x=("N",), y=("N",),
    ),
    "no quantity is called": lambda: graph_of(Equation(tensor("y", n), tensor("x", n)), x=("N",)),
    "bound twice": lambda: graph_of(
        Equation(tensor("y", n), SumOver(tensor("x", n), n)), x=("N",), y=("N",)
    ),
    "indices where": lambda: graph_of(
        Equation(tensor("y", n), tensor("x", n)), x=("N", "D"), y=("N",)
    ),
    "index n runs on": lambda: graph_of(
        Equation(tensor("y", n), tensor("x", n)), x=("D",), y=("N",)
    ),
}  # fmt: skip


@pytest.mark.parametrize("reason", BROKEN)
def test_broken_equations_are_refused(reason):
    """Each invariant of index notation has a graph that breaks it, and an error that says so."""
    with pytest.raises(GraphError, match=reason):
        BROKEN[reason]()


def test_graph_of_a_network_with_layer_norm_and_residual():
    """Layers that pass features through share the axis; the residual uses the earlier value."""
    layers = (Dense(5, "tanh"), LayerNorm(), Dense(5), Residual(1), Dense(3))
    graph = build_graph(Network(inputs=4, layers=layers, loss="mse"))
    assert graph.quantities["Y2"].axes == graph.quantities["A1"].axes == graph.quantities["R4"].axes
    assert {e.name: e.uses for e in graph.equations}["R4"] == ("A1", "Z3")
    assert dict(graph.sizes) == {"D": 4, "H": 5, "K": 3}


def test_axes_are_read_off_the_quantities():
    """Every index gets the axis of the position it stands at."""
    body = tensor("W", j, i) * tensor("x", n, i)
    assert axes_of(body, {"W": ("H", "D"), "x": ("N", "D")}) == {j: "H", i: "D", n: "N"}
