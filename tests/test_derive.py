"""The reverse sweep: shared nodes, topological order, forward values, cancellation."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp

from symbp import derive
from symbp.derive import derive as derive_graph
from symbp.errors import GraphError, SpecError
from symbp.graph import Equation, Graph, Quantity
from symbp.index import Index, Partial, SumOver, axes_of, name_of, quantities, tensor
from symbp.layers import Activate, BatchNorm, Dense, LayerNorm, Residual
from symbp.notation import equation_text
from symbp.rules import in_forward_values
from symbp.spec import Network

n, i, j = Index("n"), Index("i"), Index("j")
RESIDUAL = Network(
    inputs=4,
    layers=(Dense(5, "tanh", "per-unit"), LayerNorm(), Dense(5, "relu"), Residual(1), Dense(3)),
    loss="mse",
)


def texts(network: Network) -> list[str]:
    return [equation_text(line.equation) for line in derive(network).backward]


def test_worked_example_reads_as_in_the_textbook():
    """delta = h'(a) * sum(w * delta): PRML eqs. 5.53 to 5.56, sigmoid' found as a(1 - a)."""
    assert texts(Network(sizes=[2, 2, 2])) == [
        "dZ2[n,j] = (A2[n,j] - T[n,j])*A2[n,j]*(1 - A2[n,j])",
        "dW2[j,i] = sum(n: dZ2[n,j]*A1[n,i])",
        "dZ1[n,j] = sum(k: dZ2[n,k]*W2[k,j])*A1[n,j]*(1 - A1[n,j])",
        "dW1[j,i] = sum(n: dZ1[n,j]*X[n,i])",
    ]


def test_softmax_cross_entropy_cancels():
    """The 1/p of the logarithm meets the p of the softmax: nothing is divided by p."""
    network = Network(sizes=[2, 3], activation="identity", loss="cross_entropy")
    assert texts(network)[0] == "dZ1[n,j] = (P[n,j]*sum(k: T[n,k]) - T[n,j])/N"


def test_one_hot_rows_sum_to_one():
    """With class targets the sum of the one-hot row is known, and gone."""
    network = Network(sizes=[2, 3], activation="identity", loss="cross_entropy", targets="classes")
    assert texts(network)[0] == "dZ1[n,j] = (P[n,j] - Y[n,j])/N"


def test_deviations_from_the_mean_sum_to_zero():
    """The gradient of LayerNorm's mean keeps one term: the other is a known sum."""
    line = derive(RESIDUAL).line("dmu2")
    assert "known sum" in [step.rule for step in line.steps]
    assert equation_text(line.equation) == "dmu2[n] = -sum(i: dxhat2[n,i])/sigma2[n]"


def test_a_shared_node_accumulates_once_per_use():
    """A1 feeds mu, var, xhat and the residual: four parts, added in one step."""
    (chain,) = [s for s in derive(RESIDUAL).line("dA1").steps if s.rule == "chain rule"]
    through = {name_of(p.args[0]) for p in chain.after.atoms(Partial)}
    assert through == {"mu2", "var2", "xhat2", "R4"}
    added = [s for s in derive(RESIDUAL).line("dA1").steps if s.rule == "add"]
    assert len(added) == 1
    assert added[0].reason.startswith("A1 is used 4 times")


def hand_made(*equations: Equation, **axes: tuple[str, ...]) -> Graph:
    computed = {e.name for e in equations}
    roles = {name: "value" if name in computed else "parameter" for name in axes} | {"E": "loss"}
    quantities_ = {name: Quantity(name, a, roles[name]) for name, a in axes.items()}  # type: ignore[arg-type]
    return Graph(quantities_, equations, {"D": 1})


def evaluated(derivation, values: dict[str, Fraction]) -> dict[str, sp.Expr]:
    """Walk all lines with every axis of length 1: a sum is its only term."""
    known: dict[str, sp.Expr] = {
        name: sp.Rational(v.numerator, v.denominator) for name, v in values.items()
    }
    for line in derivation.lines:
        rhs = line.equation.rhs
        while rhs.atoms(SumOver):
            rhs = rhs.xreplace(
                {s: s.function for s in rhs.atoms(SumOver) if not s.function.atoms(SumOver)}
            )
        known[line.equation.name] = rhs.xreplace({q: known[name_of(q)] for q in quantities(rhs)})
    return known


@pytest.mark.parametrize("value", [Fraction(2), Fraction(-1, 3), Fraction(0)])
def test_diamond_of_uses_in_one_and_in_several_equations(value):
    """u = a^2, v = a u, w = u v + a, E = sum(w u): a is used 3 times, u 3 times.  E = a^7 + a^3."""
    a, u, v, w = (tensor(name, i) for name in "auvw")
    graph = hand_made(
        Equation(u, a**2),
        Equation(v, a * u),
        Equation(w, u * v + a),
        Equation(tensor("E"), SumOver(w * u, i)),
        a=("D",), u=("D",), v=("D",), w=("D",), E=(),
    )  # fmt: skip
    assert evaluated(derive_graph(graph), {"a": value})["da"] == 7 * value**6 + 3 * value**2


def test_every_adjoint_stands_after_the_adjoints_it_uses():
    """Topological order: the invariant of Derivation, broken by swapping two lines."""
    derivation = derive(RESIDUAL)
    seen = set(derivation.graph.quantities)
    for line in derivation.backward:
        assert set(line.equation.uses) <= seen
        seen.add(line.equation.name)
    swapped = derivation.backward[::-1]
    with pytest.raises(GraphError, match="used before"):
        type(derivation)(derivation.graph, derivation.forward, swapped, derivation.quantities)


def test_tied_weights_add_their_gradients():
    """One weight in two layers: dW has a part from each."""
    network = Network(inputs=3, layers=(Dense(3, "tanh"), Dense(3, weight="W1")), loss="mse")
    (add,) = [s for s in derive(network).line("dW1").steps if s.rule == "add"]
    assert add.reason.startswith("W1 is used 2 times")


def test_frozen_parameters_get_no_gradient():
    """A frozen bias stands in the forward pass only; all frozen is refused."""
    network = Network(sizes=[2, 2], bias="shared", frozen=("b1",))
    assert derive(network).gradients == {"W1": "dW1"}
    with pytest.raises(SpecError, match="every parameter is frozen"):
        Network(sizes=[2, 2], frozen=("W1",))


def test_only_what_is_needed_is_derived():
    """The input gets no adjoint, nor does anything below the first trained parameter."""
    network = Network(sizes=[2, 2, 2], frozen=("W1",))
    assert [line.equation.name for line in derive(network).backward] == ["dZ2", "dW2"]


z, a = tensor("Z"), tensor("A")


@pytest.mark.parametrize(
    ("formula", "derivative"),
    [
        (1 / (1 + sp.exp(-z)), a * (1 - a)),
        (sp.tanh(z), 1 - a**2),
        (sp.exp(z), a),
        (sp.sqrt(1 + z**2), z / a),
        (2 * sp.exp(3 * z) + 1, 3 * (a - 1)),
        (sp.log(1 + sp.exp(z)), None),
    ],
)
def test_derivatives_in_forward_values(formula, derivative):
    """The tool finds the form in the forward value; where there is none it keeps the derivative."""
    found = in_forward_values(sp.diff(formula, z), a, formula)
    if derivative is None:
        assert a not in found.free_symbols
    else:
        assert sp.expand(found - derivative) == 0


@pytest.mark.parametrize("formula", [z * sp.exp(-z), z / (1 + sp.exp(-z)), z**2 * sp.tanh(z)])
def test_no_form_divides_by_what_may_be_zero(formula):
    """Forms such as a(1 - z)/z are shorter, and 0/0 at z = 0: they are refused."""
    found = in_forward_values(sp.diff(formula, z), a, formula)
    at_zero = found.subs(a, formula).subs(z, 0)
    assert at_zero == sp.diff(formula, z).subs(z, 0)


@pytest.mark.parametrize("value", [Fraction(-1), Fraction(0), Fraction(1)])
def test_relu_is_zero_at_its_kink(value):
    """torch's convention: relu'(0) = 0."""
    graph = hand_made(
        Equation(tensor("A", i), sp.Piecewise((tensor("Z", i), tensor("Z", i) > 0), (0, True))),
        Equation(tensor("E"), SumOver(tensor("A", i), i)),
        Z=("D",), A=("D",), E=(),
    )  # fmt: skip
    assert evaluated(derive_graph(graph), {"Z": value})["dZ"] == (1 if value > 0 else 0)


def test_every_step_has_a_reason_and_changes_something():
    """A step without a reason, or one that changes nothing, is no step."""
    for line in derive(RESIDUAL).backward:
        assert line.steps[0].rule == "chain rule"
        for step in line.steps:
            assert step.reason
            assert step.before != step.after


def test_a_derivation_shows_itself_in_a_notebook():
    """Jupyter calls _repr_latex_; all lines are in it, numbered."""
    shown = derive(Network(sizes=[2, 2, 2]))._repr_latex_()
    assert shown.startswith("$$\\begin{aligned}")
    assert all(f"[{number}]" in shown for number in range(1, 10))


def test_each_index_of_a_step_runs_on_one_axis():
    """Also where an adjoint with other letters was put into the line: batch norm, then ReLU."""
    layers = (Dense(3, "identity"), BatchNorm(), Activate("relu"), Dense(2))
    derivation = derive(Network(inputs=2, layers=layers))
    of_graph = derivation.graph.quantities.items()
    axes = derivation.axes | {f"d{name}": q.axes for name, q in of_graph}
    steps = [step for line in derivation.backward for step in line.steps]
    found = [axes_of(e, axes) for s in steps for e in (s.before, s.after)]  # raises on two axes
    assert len(found) > 40
