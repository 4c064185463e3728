"""The scalar view: names as in the course, entries written out one by one, weights by name."""

from __future__ import annotations

import time

import pytest
import sympy as sp

from symbp import derive
from symbp.errors import SpecError, UnknownNameError
from symbp.layers import Dense, LayerNorm, Residual
from symbp.scalars import EXPANDED_UP_TO, ScalarSystem, system_of
from symbp.spec import Network

WORKED = Network(sizes=[2, 2, 2])
NORMED = Network(
    inputs=2, layers=(Dense(3, "tanh", "per-unit"), LayerNorm(), Residual(1), Dense(2, "softmax"))
)
TIED = Network(inputs=2, layers=(Dense(2, "tanh", "shared"), Dense(2, "tanh", weight="W1")))
CLASSES = Network(
    sizes=[2, 2, 3],
    activation=["relu", "identity"],
    loss="cross_entropy",
    targets="classes",
    bias="per-unit",
)
DEEP = Network(sizes=[3, 4, 4, 2], activation="tanh", bias="per-unit")
NETWORKS = {
    "worked": WORKED, "normed": NORMED, "tied": TIED, "classes": CLASSES, "deep": DEEP,
}  # fmt: skip


def system(network: Network, samples: int = 1) -> ScalarSystem:
    return ScalarSystem(network, derive(network), samples)


def equations(network: Network, samples: int = 1) -> dict[str, str]:
    view = system(network, samples)
    return {e.target.name: str(e.rhs) for e in (*view.forward(), *view.backward())}


def test_worked_example_has_the_names_of_the_course():
    """w1: x1->h1, w2: x1->h2, w3: x2->h1, ..; forward and backward, the lines' numbers kept."""
    found = equations(WORKED)
    assert found["net_h1"] == "w1*x1 + w3*x2"
    assert found["net_o2"] == "out_h1*w6 + out_h2*w8"
    assert found["E"] == "(out_o1 - y1)**2/2 + (out_o2 - y2)**2/2"
    assert found["delta_o1"] == "out_o1*(1 - out_o1)*(out_o1 - y1)"
    assert found["delta_h2"] == "out_h2*(1 - out_h2)*(delta_o1*w7 + delta_o2*w8)"
    assert found["dw5"] == "delta_o1*out_h1"
    view = system(WORKED)
    assert view.equation("dW2", (0, 0)).line == view.derivation.line("dW2").number


def test_by_target_numbering():
    """Mazur's numbering: w2 goes from x2 to h1."""
    net = Network(sizes=[2, 2, 2], numbering="by-target", bias="shared")
    assert equations(net)["net_h1"] == "b1 + w1*x1 + w2*x2"


def test_several_hidden_layers_and_biases():
    """Layer number, then unit; a bias a unit."""
    found = equations(DEEP)
    assert found["net_h1_2"] == "b_h1_2 + w10*x3 + w2*x1 + w6*x2"
    assert found["out_h2_4"] == "tanh(net_h2_4)"
    assert found["db_o1"] == "delta_o1"
    assert {"b_h2_3", "b_o2"} <= {w.name for w in system(DEEP).weights}


def test_samples_are_a_suffix():
    """With two samples everything that has the sample axis ends in _s1 or _s2."""
    found = equations(WORKED, samples=2)
    assert found["net_h1_s2"] == "w1*x1_s2 + w3*x2_s2"
    assert found["dw1"] == "delta_h1_s1*x1_s1 + delta_h1_s2*x1_s2"
    assert "out_o1_s1" in found["E"]
    assert "out_o1_s2" in found["E"]


def test_one_hot_targets_are_given_not_computed():
    """y1 .. yK are inputs with values from the class index, and their row sums to 1."""
    example = {"x": [[1, 2]], "y": [2], "W1": [[1, 2], [3, 4]], "b1": [0, 0],
               "W2": [[1, 2], [3, 4], [5, 6]], "b2": [0, 0, 0], "learning_rate": 1}  # fmt: skip
    net = Network(
        sizes=[2, 2, 3],
        activation=["relu", "identity"],
        loss="cross_entropy",
        targets="classes",
        bias="per-unit",
        example=example,
    )
    view = system_of(net, derive(net))
    assert not {"y1", "y2", "y3"} & {e.target.name for e in view.forward()}
    assert [view.values()[f"y{k}"] for k in (1, 2, 3)] == [0, 0, 1]
    y1, y2, y3 = sp.symbols("y1:4", real=True)
    assert view.one_hot() == {y3: 1 - y1 - y2}


def test_a_tied_weight_and_a_shared_bias_have_one_name():
    """Both layers use w1..w4, every unit b1; the gradient adds both uses."""
    found = equations(TIED)
    assert found["net_o1"] == "out_h1*w1 + out_h2*w3"
    assert found["net_h2"] == "b1 + w2*x1 + w4*x2"
    assert found["dw1"] == "delta_h1*x1 + delta_o1*out_h1"
    assert found["db1"] == "delta_h1 + delta_h2"


def test_layer_norm_names():
    """Quantity, then unit; statistics of the row have none."""
    found = equations(NORMED)
    assert found["mu2"] == "out_h1/3 + out_h2/3 + out_h3/3"
    assert found["xhat2_1"] == "(-mu2 + out_h1)/sigma2"
    assert {"dgamma2_2", "dbeta2_1", "R3_3"} <= set(found)


@pytest.mark.parametrize("samples", [1, 2, 11])
@pytest.mark.parametrize("name", NETWORKS)
def test_names_are_distinct_identifiers(name, samples):
    """Every entry of every quantity has a name of its own that Python takes."""
    view = system(NETWORKS[name], samples)
    names = [view.name(q, p) for q in view.derivation.quantities for p in view.places(q)]
    assert len(set(names)) == len(names)
    assert all(n.isidentifier() for n in names)


def test_a_clash_of_names_is_an_error():
    """A name that stands for two entries is never handed out."""
    view = system(WORKED)
    view._owners["net_h1"] = ("X", (0, 0))
    with pytest.raises(SpecError, match="both net_h1"):
        view.equation("Z1", (0, 0))


@pytest.mark.parametrize(
    ("network", "text", "name", "place"),
    [
        (WORKED, "w5", "w5", ("W2", (0, 0))),
        (WORKED, "W2[0,1]", "w7", ("W2", (0, 1))),
        (WORKED, " W2[ 0, 1 ]", "w7", ("W2", (0, 1))),
        (DEEP, "b_h1_2", "b_h1_2", ("b1", (1,))),
        (DEEP, "b1[1]", "b_h1_2", ("b1", (1,))),
        (TIED, "b1", "b1", ("b1", ())),
        (NORMED, "gamma2[2]", "gamma2_3", ("gamma2", (2,))),
        (NORMED, "beta2_1", "beta2_1", ("beta2", (0,))),
    ],
)
def test_find(network, text, name, place):
    """A weight is found by its scalar name and by its zero-based place."""
    weight = system(network).find(text)
    assert (weight.name, (weight.parameter, weight.place)) == (name, place)


@pytest.mark.parametrize(
    ("network", "text", "error", "said"),
    [
        (WORKED, "w9", UnknownNameError, "unknown weight 'w9'; known are w1, w2"),
        (WORKED, "W3[0,0]", UnknownNameError, "Did you mean 'W2[0,0]'?"),
        (WORKED, "", UnknownNameError, "known are w1"),
        (WORKED, "W2[0,2]", SpecError, "no entry 'W2[0,2]', as W2 has shape [2, 2]"),
        (WORKED, "W2[2,0]", SpecError, "W2[1,1] is the last"),
        (WORKED, "W2[0]", SpecError, "Places count from 0"),
        (WORKED, "W2[-1,0]", UnknownNameError, "W2[-1,0]"),
        (TIED, "b1[0]", SpecError, "Write b1."),
        (Network(sizes=[2, 2], bias="shared", frozen=("b1",)), "b1", SpecError, "frozen"),
        (Network(sizes=[2, 2, 2], frozen=("W1",)), "w1", SpecError, "Take W1 out of frozen."),
    ],
)
def test_find_refuses(network, text, error, said):
    """Unknown, out of range and frozen weights: what was found, and the remedy."""
    with pytest.raises(error) as raised:
        system(network).find(text)
    assert said in str(raised.value)


def test_weights_leave_frozen_parameters_out_and_keep_their_numbers():
    """w1..w4 are frozen, so the first trained weight is w5."""
    found = system(Network(sizes=[2, 2, 2], frozen=("W1",))).weights
    assert [w.name for w in found] == ["w5", "w6", "w7", "w8"]
    assert [w.matrix_name for w in found] == ["W2[0,0]", "W2[1,0]", "W2[0,1]", "W2[1,1]"]


def test_one_weight_of_a_large_network_costs_one_weight():
    """784-128-10: the entry of dW2 is written out without the 100,000 others."""
    net = Network(sizes=[784, 128, 10], activation=["relu", "identity"], loss="cross_entropy")
    assert net.weight_count > EXPANDED_UP_TO
    view = system(net)
    start = time.perf_counter()
    weight = view.find("W2[3,5]")
    equation = view.equation(f"d{weight.parameter}", weight.place)
    assert str(equation.rhs) == "delta_o4*out_h6"
    assert time.perf_counter() - start < 2
    assert len(view._written) < 5


def test_needed_leads_down_to_what_is_given():
    """The closure of dw5 uses weights, inputs and targets only beside its own targets."""
    view = system(WORKED)
    found = view.needed(("dW2", (0, 0)))
    targets = {e.target for e in found}
    free = set().union(*(e.rhs.free_symbols for e in found)) - targets
    assert {s.name for s in free} == {"x1", "x2", "w1", "w2", "w3", "w4", "w5", "w7", "y1"}
    assert [e.line for e in found] == sorted(e.line for e in found)


def test_values_follow_the_names():
    """The example's numbers by scalar name, exact."""
    numbers = {"x": [0.5, 0.3], "y": [1, 0], "weights": [0.1, 0.2, 0.3, 0.4], "learning_rate": 1}
    net = Network(sizes=[2, 2], example=numbers)
    values = system_of(net, derive(net)).values()
    assert {k: float(v) for k, v in values.items()} == {
        "x1": 0.5, "x2": 0.3, "y1": 1, "y2": 0, "w1": 0.1, "w2": 0.2, "w3": 0.3, "w4": 0.4,
    }  # fmt: skip
