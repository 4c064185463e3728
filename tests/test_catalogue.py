"""Every row of the catalogue: value and gradient are torch's, at kinks too; every stage runs."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from symbp import Network, catalog, derive, evaluate, generate, verify
from symbp.catalog.rows import Activation, Loss
from symbp.choice import resolve_activation
from symbp.errors import SpecError
from symbp.layers import Dense
from symbp.letters import CLASS_WEIGHT
from symbp.spec_file import network_from_flags, read_network, read_with_flags
from symbp.verify.module import load_source
from symbp.verify.torch_oracle import torch_gradients
from symbp.views import derivation_text

OPTIONS = {
    "leaky_relu": ("leaky_relu(slope=0.2)", "leaky_relu(slope=-0.3)", "leaky_relu(slope=0)"),
    "prelu": ("prelu(slope=0.5)",),
    "elu": ("elu(alpha=0.7)", "elu(alpha=2)"),
    "celu": ("celu(alpha=0.7)", "celu(alpha=2)"),
    "softplus": ("softplus(beta=0.7)", "softplus(beta=1.37)"),
    "hardtanh": ("hardtanh(low=-0.5, high=3)",),
    "softshrink": ("softshrink(lam=1)", "softshrink(lam=0)"),
    "hardshrink": ("hardshrink(lam=1)", "hardshrink(lam=0)"),
    "threshold": ("threshold(threshold=-1, value=3)", "threshold(threshold=0, value=0)"),
    "squareplus": ("squareplus(b=0.5)",),
    "snake": ("snake(alpha=0.3)", "snake(alpha=2)"),
    "huber": ("huber(delta=0.5)", "huber(delta=3)"),
    "smooth_l1": ("smooth_l1(beta=0.5)", "smooth_l1(beta=3)"),
    "bce_with_logits": ("bce_with_logits(pos_weight=2.5)",),
    "cross_entropy": (
        "cross_entropy(label_smoothing=0.1)",
        "cross_entropy(weight=[1, 2, 0.5, 3])",
        "cross_entropy(weight=[1, 2, 0.5, 3], label_smoothing=0.25)",
    ),
    "nll": ("nll(weight=[1, 2, 0.5, 3])",),
    "kl_div": ("kl_div(log_target=true)",),
    "poisson_nll": ("poisson_nll(log_input=false)", "poisson_nll(log_input=false, eps=0.5)"),
    "gaussian_nll": ("gaussian_nll(var=0.3)", "gaussian_nll(var=0.3, eps=0.3, full=true)"),
    "focal": ("focal(gamma=0, alpha=0.5)", "focal(gamma=1.5)", "focal(gamma=0.37, alpha=1)"),
}
TRAINED = {  # the options of these are trained numbers, called a
    "activation": ("leaky_relu(slope=a)", "snake(alpha=a)", "squareplus(b=a)", "celu(alpha=a)"),
    "loss": (
        *("gaussian_nll(var=a)", "huber(delta=a)", "focal(gamma=a)"),
        "cross_entropy(label_smoothing=a)",
    ),
}  # fmt: skip
ROWS = [*catalog.ACTIVATIONS, *catalog.LOSSES]
KINKS = (0.0, 0.5, 1.0, 3.0, 6.0)


def cases(kind: str) -> list[str]:
    """Every row at its defaults, and with its options."""
    rows = catalog.ACTIVATIONS if kind == "activation" else catalog.LOSSES
    return [text for row in rows for text in (catalog.sample(row), *OPTIONS.get(row.name, ()))]


def name_of(text: str) -> str:
    return text.partition("(")[0]


def points(count: int, seed: int = 0) -> np.ndarray:
    """Moderate numbers, and every kink with both neighbours."""
    kinks = np.array([sign * k for k in KINKS for sign in (1, -1)])
    near = [np.nextafter(kinks, side) for side in (-np.inf, np.inf)]
    drawn = np.random.default_rng(seed).normal(scale=3, size=count)
    return np.concatenate([drawn, kinks, *near])


def run(network: Network, X: np.ndarray, T: np.ndarray, params: dict) -> tuple[dict, dict]:
    """Loss and gradients of the generated module, and of torch."""
    module = load_source(generate(network), network.name)
    E, found = module.loss_and_gradients(params, X, T)
    return {"E": E, **found}, torch_gradients(network, X, T, params)


def assert_equal(found: dict, wanted: dict) -> None:
    assert found.keys() == wanted.keys()
    for name, value in wanted.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-12, atol=1e-13, err_msg=name)


@pytest.mark.parametrize("text", [*cases("activation"), *TRAINED["activation"]])
def test_activations_are_those_of_torch(text):
    """Value and derivative at every point by itself, kinks and both neighbours included.

    One input of 1 makes the pre-activations the weights, and a loss that is linear in the output
    gives the gradient by each of them.
    """
    learned = {"a": "0.4"} if text in TRAINED["activation"] else {}
    z = points(40)
    network = Network(
        sizes=[1, len(z)], activation=text, loss="nll", reduction="sum", learned=learned
    )
    stream = np.random.default_rng(1)
    params = {"W1": z[:, None]}
    params |= {
        name: np.array(0.4) for name in network.parameters if name.endswith(("slope1", "a1"))
    }
    if "V1" in network.parameters:
        params["V1"] = stream.permutation(z)[:, None]
    T = stream.normal(size=(1, len(z)))
    found, wanted = run(network, np.ones((1, 1)), T, params)
    assert_equal(found, wanted)
    assert set(wanted) == {"E", *network.trained}
    values = load_source(generate(network), network.name).forward(params, np.ones((1, 1)))
    assert_equal({"E": -np.sum(T * list(values.values())[-1])}, {"E": wanted["E"]})


def outputs_and_targets(text: str) -> tuple[np.ndarray, np.ndarray]:
    """Weights of four outputs, and targets for five samples that meet the kinks of the loss."""
    stream = np.random.default_rng(2)
    w = np.array([[0.75], [-1.25], [2.0], [-0.5]])
    x = np.array([[1.0], [-1.0], [2.0], [0.5], [-4.0]])
    p = x @ w.T
    name = name_of(text)
    if name in ("bce", "bce_with_logits", "focal", "nll", "cross_entropy"):
        return x, stream.uniform(size=p.shape)
    if name in ("poisson_nll", "kl_div"):
        return x, np.where(stream.uniform(size=p.shape) < 0.3, 0, stream.uniform(size=p.shape))
    if name in ("hinge", "soft_margin"):
        T = stream.choice([-1.0, 1.0], size=p.shape)
        T[0] = [1 / 0.75, -0.8, 0.5, -2]  # t p = 1, up to rounding
        return x, T
    T = p + stream.normal(size=p.shape)
    T[0] = p[0]
    for row, kink in ((1, 0.5), (2, 1.0), (3, 3.0)):
        T[row] = p[row] + kink * np.array([1, -1, 1, -1])
        T[row, 2:] = np.nextafter(T[row, 2:], [np.inf, -np.inf])
    return x, T


def loss_network(text: str, reduction: str, targets: str = "values", learned=None) -> Network:
    """One layer of four outputs, in the range that the loss needs."""
    output = catalog.loss(name_of(text)).output or "identity"
    output = "softplus" if "log_input=false" in text else output
    return Network(
        sizes=[1, 4], activation=output, loss=text, reduction=reduction, targets=targets,
        learned=learned or {},
    )  # fmt: skip


def loss_parameters(network: Network) -> dict:
    params = {"W1": np.array([[0.75], [-1.25], [2.0], [-0.5]])}
    starts = network.starts.items()
    return params | {name: np.array(value, dtype=object).astype(float) for name, value in starts}


def reductions(text: str) -> tuple[str, ...]:
    return ("mean", "sum", "none", *catalog.loss(name_of(text)).reductions)


LOSS_CASES = [(t, r) for t in (*cases("loss"), *TRAINED["loss"]) for r in reductions(t)]


@pytest.mark.parametrize(("text", "reduction"), LOSS_CASES)
def test_losses_are_those_of_torch(text, reduction):
    """Value and gradient with every reduction, where |p - t| meets a kink and beside it."""
    learned = {"a": "0.4"} if text in TRAINED["loss"] else {}
    network = loss_network(text, reduction, learned=learned)
    X, T = outputs_and_targets(text)
    found, wanted = run(network, X, T, loss_parameters(network))
    assert_equal(found, wanted)
    assert set(wanted) == {"E", *network.trained}


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("text", [t for t in cases("loss") if catalog.loss(name_of(t)).classes])
def test_losses_of_class_indices_are_those_of_torch(text, reduction):
    """With class weights torch's mean divides by the sum of the weights that were chosen."""
    network = loss_network(text, reduction, "classes")
    X, _ = outputs_and_targets(text)
    found, wanted = run(network, X, np.array([3, 0, 0, 2, 1]), loss_parameters(network))
    assert_equal(found, wanted)


@pytest.mark.parametrize("text", ["nll", "nll(weight=[1, 2, 0.5, 3])"])
def test_one_hot_rows_are_class_indices(text):
    """nll takes either, and gives the same."""
    X, _ = outputs_and_targets(text)
    classes = np.array([3, 0, 0, 2, 1])
    rows, indices = loss_network(text, "mean"), loss_network(text, "mean", "classes")
    found, _ = run(rows, X, np.eye(4)[classes], loss_parameters(rows))
    _, wanted = run(indices, X, classes, loss_parameters(indices))
    assert_equal(found, wanted)


@pytest.mark.parametrize("text", cases("loss"))
def test_none_gives_the_losses_one_by_one(text):
    """`loss` returns one an element or one a sample, as torch does; E is their sum."""
    network = loss_network(text, "none")
    X, T = outputs_and_targets(text)
    module = load_source(generate(network), network.name)
    params = loss_parameters(network)
    each = module.loss(params, X, T)
    E, _ = module.loss_and_gradients(params, X, T)
    shape = {"element": T.shape, "sample": T.shape[:1]}[network.loss_row.per]
    assert each.shape == shape
    np.testing.assert_allclose(each.sum(), E, rtol=1e-13)
    summed = load_source(generate(replace(network, reduction="sum")), network.name)
    np.testing.assert_allclose(summed.loss(params, X, T), E, rtol=1e-13)


def small_network(row: Activation | Loss) -> Network:
    """2-2-2, with numbers."""
    if isinstance(row, Activation):
        options = {"activation": catalog.sample(row), "loss": "mse"}
    else:
        options = {"activation": ["tanh", row.output or "identity"], "loss": row.name}
    return Network(sizes=[2, 2, 2], bias="per-unit", example={"seed": 4, "samples": 2}, **options)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_stage_takes_every_row(row):
    """Derivation with its steps and proof, numbers, and both styles against all three oracles."""
    network = small_network(row)
    text = derivation_text(network, derive(network), ["w1"], steps=True)
    assert f", {row.name}" in text or row.name == "identity"
    assert "proof        delta form = chain form" in text
    assert evaluate(network, weights=["w1"]).section("update")
    for style in ("array", "scalar"):
        report = verify(network, style)
        assert report.passed, report.failures


def test_a_gate_has_parameters_of_its_own():
    """W and b for the value, V and c for the gate; a bias of one kind for both."""
    network = Network(sizes=[3, 2, 1], activation=["glu", "identity"], bias=["shared", "none"])
    assert dict(network.parameters) == {
        "W1": (2, 3),
        "b1": (),
        "V1": (2, 3),
        "c1": (),
        "W2": (1, 2),
    }
    assert verify(network).passed


def test_trained_numbers_start_where_the_spec_says():
    """One for each layer that names it, with its layer's number; the loss's has none."""
    network = Network(
        sizes=[2, 2, 2],
        activation=["snake(alpha=a)", "prelu(slope=0.5)"],
        loss="gaussian_nll(var=v, eps=e_min)",
        learned={"a": 2, "v": "0.3"},
        constants={"e_min": "0.1"},
        example={"x": [1, 2], "y": [0, 1], "weights": [1, 2, 3, 4, 5, 6, 7, 8]},
    )
    assert set(network.trained) == {"W1", "a1", "W2", "slope2", "v"}
    given = {name: float(network.numbers.parameters[name]) for name in ("a1", "slope2", "v")}
    assert given == {"a1": 2, "slope2": 0.5, "v": 0.3}
    assert verify(network).passed
    drawn = replace(network, example={"seed": 0, "samples": 2})
    assert drawn.numbers.parameters["a1"] == 2
    *_, params = load_source(generate(drawn), "drawn").example()[::-1]
    assert float(params["v"]) == 0.3


def test_class_weights_are_frozen_parameters():
    """They stand in the generated module, one a class, and get no gradient."""
    network = loss_network("cross_entropy(weight=[1, 2, 0.5, 3])", "mean", "classes")
    assert network.frozen == (CLASS_WEIGHT,)
    assert network.trained == ("W1",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("leaky_relu(slop=1)", "column 12: leaky_relu has no option 'slop'; known are slope"),
        ("leaky_relu(0.2)", "column 12: found '0.2', expected an option by name"),
        ("leaky_relu(slope=)", "column 12: the option slope has no value"),
        ("leaky_relu(slope=1, slope=2)", "column 21: the option slope is given twice"),
        ("leaky_relu(slope=nan)", "column 18: slope is 'nan', expected a number"),
        ("leaky_relu(slope=1e9999)", "column 18: slope is '1e9999', expected a number"),
        ("leaky_relu(slope=k)", "column 18: slope is 'k', expected a number"),
        ("leaky_relu(,)", "column 12: found '', expected an option by name"),
        ("softplus(beta=0)", "column 15: beta is '0', expected a number above 0"),
        ("hardtanh(low=2)", "hardtanh: low must be below high"),
        ("threshold", "threshold needs the option threshold"),
        ("relu(a=1)", "column 6: relu has no option 'a'; it has none"),
        ("prelu(slope=true)", "column 13: slope is 'true', expected a number"),
        ("sigmid", "unknown activation 'sigmid'"),
        ("leaky_rely(slope=1)", "unknown activation 'leaky_rely'"),
    ],
)
def test_wrong_options_are_named(text, said):
    """The column, what was found, what was expected, and a remedy."""
    with pytest.raises(SpecError) as caught:
        Network(sizes=[2, 2], activation=text)
    assert f"layer 1, activation: {said}" in str(caught.value)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"loss": "huber(delta=-1)"}, "loss: column 13: delta is '-1', expected a number above 0"),
        ({"loss": "cross_entropy(label_smoothing=1)"}, "expected a number from 0 up to"),
        ({"loss": "cross_entropy(weight=[1])"}, "loss: 1 class weights for 2 outputs"),
        ({"loss": "cross_entropy(weight=[1, 0])"}, "expected a list of numbers above 0"),
        ({"loss": "cross_entropy(weight=2)"}, "expected a list of numbers above 0"),
        ({"loss": "poisson_nll(log_input=1)"}, "expected true or false"),
        ({"loss": "mse", "reduction": "batchmean"}, "unknown choice 'batchmean'"),
        ({"loss": "hinge", "targets": "classes"}, "class indices with the loss hinge"),
        ({"constants": {"a": 1}}, "constants: 'a' stands in no activation and not in the loss"),
        ({"learned": {"a": 1}, "constants": {"a": 1}}, "learned: 'a' is a constant too"),
        ({"learned": {"A": 1}}, "learned: 'A' is no name"),
        ({"learned": {"z": 1}}, "learned: 'z' has a meaning already"),
        ({"learned": {"a": "x"}}, "learned, a: found 'x', expected a number"),
        ({"learned": 3}, "learned: found 3, expected a table"),
        ({"activation": "snake(alpha=b)", "learned": {"a": 1}}, "unknown constant or trained"),
    ],
)  # fmt: skip
def test_wrong_losses_and_letters_are_named(arguments, said):
    """One SpecError with entry and remedy."""
    with pytest.raises(SpecError) as caught:
        Network(sizes=[2, 2], **arguments)
    assert said in str(caught.value)
    assert caught.value.remedy


def test_options_are_exact_and_spaces_mean_nothing():
    """0.1 is a tenth, and two spellings are one choice."""
    one, other = (
        resolve_activation(text, "here", {}, {})
        for text in ("hardtanh(low=-0.1,high=1/3)", " hardtanh( high = 1/3 , low = -0.10 ) ")
    )
    assert dict(one.values) == dict(other.values)
    assert (
        Network(inputs=1, layers=[Dense(1, "elu(alpha=0.1)")]).activations[1].values[0][1]
        == (resolve_activation("elu(alpha=1/10)", "here", {}, {}).values[0][1])
    )


Z, P, T, A = sp.symbols("z p t a")
OWN = [
    (Z * sp.tanh(sp.log(1 + sp.exp(Z))), "mse", {}),
    (sp.Max(Z, 0) ** 2, (P - T) ** 4, {}),
    (Z / (1 + sp.exp(-A * Z)), sp.Abs(P - T) ** 1.5, {"learned": {"a": 1}}),
    (sp.Piecewise((Z, Z > 0), (A * (sp.exp(Z) - 1), True)), "l1", {"constants": {"a": 0.3}}),
    (sp.Min(sp.Max(Z, -1), 1), sp.log(sp.cosh(A * (P - T))), {"learned": {"a": 0.5}}),
    (sp.Piecewise((sp.sin(Z) / Z, sp.Ne(Z, 0)), (1, True)), "mse", {}),
    (sp.atan(Z) + Z / 3, sp.Max(1 - T * P, 0), {}),
]


@pytest.mark.parametrize(("activation", "loss", "letters"), OWN)
def test_formulas_of_sympy_go_through_every_stage(activation, loss, letters):
    """Derived, proved, run in both styles and compared with all three oracles."""
    example = {"seed": 1, "samples": 2}
    network = Network(sizes=[2, 2, 2], activation=activation, loss=loss, example=example, **letters)
    again = Network(sizes=[2, 2, 2], activation=activation, loss=loss, example=example, **letters)
    assert network == again
    text = derivation_text(network, derive(network), ["w1"], steps=True)
    assert "layer 1, own activation" in text
    assert "proof        delta form = chain form" in text
    assert evaluate(network, weights=["w1"]).section("update")
    for style in ("array", "scalar"):
        report = verify(network, style)
        assert report.passed, report.failures


def test_numbers_in_formulas_are_the_decimals_that_one_sees():
    """0.1 is a tenth, not the binary fraction next to it."""
    row = Network(sizes=[1, 1], activation=0.1 * Z).activations[1]
    assert row.formula(Z, None) == Z / 10


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        (sp.Symbol("q") * Z, "unknown symbol 'q'; known are z"),
        (sp.gamma(Z), "gamma(z) is no part that a formula can have"),
        (sp.I * Z, "I is no part that a formula can have"),
        (Z * sp.oo, "is no part that a formula can have"),
        (Z**5000, "z**5000 has a very large exponent"),
        (sp.Integer(3), "3 does not depend on z"),
        (sp.Piecewise((Z, Z > 0)), "has no value everywhere"),
        (sp.Function("f")(Z), "f(z) is no part that a formula can have"),
    ],
)
def test_wrong_formulas_of_sympy_are_named(formula, said):
    """One SpecError with entry and remedy."""
    with pytest.raises(SpecError) as caught:
        Network(sizes=[2, 2], activation=formula)
    assert said in str(caught.value)
    assert caught.value.remedy


SPEC = """
sizes = [2, 2, 2]
activation = ["snake(alpha=a)", "hardtanh(low=-c, high=c)"]
loss = "huber(delta=c)"
constants = {c = 1.5}
learned = {a = 1}
"""


def test_a_spec_takes_options_constants_and_trained_numbers(tmp_path):
    """TOML, and flags over it: a comma inside brackets separates nothing."""
    path = tmp_path / "net.toml"
    path.write_text(SPEC.replace("-c", "0"))
    read = read_network(path)
    assert read.activations[2].values == (("low", 0), ("high", Fraction(3, 2)))
    flags = {
        "sizes": "2,2,2",
        "activation": "snake(alpha=a),hardtanh(low=0, high=c)",
        "loss": "huber(delta=c)",
        "constant": ["c=1.5"],
        "learned": ["a=1"],
    }
    given = network_from_flags({"sizes": [2, 2]}, flags)
    assert (given.layers, given.loss, given.constants) == (read.layers, read.loss, read.constants)
    changed = read_with_flags(path, {"constant": ["c=2"]})
    assert changed.loss_row.values == (("delta", 2),)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"constant": ["c"]}, "--constant: found 'c', expected a name and a number"),
        ({"constant": ["c=1", "c=2"]}, "--constant: 'c' is given twice"),
        ({"constant": ["c=x"]}, "--constant, c: found 'x', expected a number"),
        ({"learned": ["z=1"]}, "--learned: 'z' has a meaning already"),
        ({"activation": "elu(alpha=q)"}, "--activation, layer 1: column 11: alpha is 'q'"),
        ({"loss": "huber(delta=0)"}, "--loss: column 13: delta is '0', expected a number above 0"),
    ],
)
def test_wrong_flags_are_named(flags, said):
    """The flag as it was typed, and what is wrong."""
    with pytest.raises(SpecError) as caught:
        network_from_flags({"sizes": [2, 2]}, flags)
    assert said in str(caught.value)
