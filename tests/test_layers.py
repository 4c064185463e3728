"""Every kind of layer: against torch, arbitrary precision and differences; bad input."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from symbp import derive, evaluate, generate, verify
from symbp.backends.latex import aligned
from symbp.build import build_graph
from symbp.errors import ShapeError, SpecError
from symbp.formula_layer import FormulaLayer, bilinear, plan
from symbp.index import Index, total
from symbp.index import tensor as t
from symbp.layers import (
    Activate,
    BatchNorm,
    Bias,
    Dense,
    Dropout,
    Embedding,
    LayerNorm,
    Residual,
    RMSNorm,
)
from symbp.notation import equation_text
from symbp.scalars import ScalarSystem
from symbp.spec import Network
from symbp.spec_file import network_from_table
from symbp.verify.module import load_source
from symbp.verify.random_networks import random_network
from symbp.views import derivation_json, derivation_text, evaluation_text
from symbp.weights import weight_forms

n, m, i, j, k, l = (Index(letter) for letter in "nmijkl")  # noqa: E741
x, y = t("x", n, i), t("y", n, k)

BETWEEN = {
    "bias": Bias(),
    "layernorm": LayerNorm(),
    "layernorm, plain": LayerNorm(affine=False),
    "rmsnorm": RMSNorm(),
    "rmsnorm, plain": RMSNorm(eps="1e-8", affine=False),
    "batchnorm": BatchNorm(),
    "batchnorm, plain": BatchNorm(affine=False),
    "batchnorm inference": BatchNorm(mode="inference"),
    "batchnorm inference, plain": BatchNorm(mode="inference", affine=False),
    "dropout": Dropout("0.4"),
    "residual": Residual(1),
    "activation": Activate("tanh"),
    "activation, trained": Activate("prelu"),
    "activation, option": Activate("elu(alpha=0.7)"),
    "activation, softmax": Activate("softmax"),
    "activation, formula": Activate("z*tanh(z)"),
}

OWN = {
    "bilinear": bilinear(3),
    "radial": FormulaLayer([(y, sp.exp(-total((x - t("c", k, i)) ** 2, i)))], 3),
    "diagonal": FormulaLayer([(y, total(t("A", k, i, i) * x, i))], 3),
    "element-wise": FormulaLayer([(t("y", n, i), x * t("g", i) + t("s"))]),
    "low rank": FormulaLayer(
        [
            (t("h", n, j), total(t("U", j, i) * x, i)),
            (y, total(t("V", k, j) * sp.tanh(t("h", n, j)), j) + t("b", k)),
        ],
        3,
        {"j": 2},
    ),
    "attention": FormulaLayer(
        [
            (t("s", n, m), total(x * t("Q", i, j) * t("x", m, j), i, j)),
            (t("e", n, m), sp.exp(t("s", n, m))),
            (t("z", n), total(t("e", n, m), m)),
            (y, total(t("e", n, m) * t("V", k, i) * t("x", m, i), i, m) / t("z", n)),
        ],
        3,
    ),
    "function inside a sum": FormulaLayer(
        [(y, total(sp.exp(t("A", k, i) * x) * x * t("B", i, k), i))], 3
    ),
    "row statistic": FormulaLayer(
        [
            (t("q", n), total(x**2, i)),
            (y, total(t("W", k, i) * x * t("q", n), i) + t("q", n) * t("b", k)),
        ],
        3,
    ),
    "column mean": FormulaLayer(
        [(t("c", i), total(t("x", m, i), m)), (t("y", n, i), x - t("c", i) * t("g", i))]
    ),
    "length of an axis": FormulaLayer([(y, total(t("A", k, i), i) * total(x + t("c", k), i))], 3),
    "cubic": FormulaLayer(
        [(y, total(x * t("x", n, j) * t("x", n, l) * t("A", l, i, k, j), i, j, l))], 3
    ),
    "samples in the middle": FormulaLayer(
        [
            (t("h", k, n, j), total(t("A", j, k, i) * x, i)),
            (y, total(sp.sqrt(1 + t("h", k, n, j) ** 2) * t("w", j), j)),
        ],
        3,
        {"j": 2},
    ),
    "one number for all": FormulaLayer(
        [
            (t("r"), total(t("A", k, i) ** 2, k, i)),
            (y, total(t("A", k, i) * x, i) / sp.sqrt(1 + t("r"))),
        ],
        3,
    ),
    "condition": FormulaLayer(
        [(y, total(sp.Piecewise((t("A", k, i) * x, t("A", k, i) * x > 0), (0, True)), i))], 3
    ),
}  # fmt: skip
SUMS_SAMPLES = ("attention", "column mean")


def network(*layers, inputs=4, samples=3, **options) -> Network:
    """A network with drawn numbers."""
    example = {"seed": 1, "samples": samples}
    return Network(inputs=inputs, layers=layers, **{"loss": "mse", "example": example} | options)


def assert_everything_works(net: Network) -> None:
    """Every oracle agrees, and every view of the derivation can be written."""
    report = verify(net)
    assert {c.oracle for c in report.comparisons} == {"torch", "precision", "differences"}
    assert report.passed, report.failures
    derivation = derive(net)
    assert derivation_text(net, derivation, None, True).count("wrong with probability below") > 0
    assert '"steps"' in derivation_json(net, derivation, None)
    assert r"\begin{aligned}" in aligned(derivation)
    assert "E = " in evaluation_text(net, evaluate(net))


@pytest.mark.parametrize("layer", BETWEEN.values(), ids=BETWEEN)
def test_a_layer_between_dense_layers(layer):
    """Against torch's own function, arbitrary precision, central differences."""
    net = network(Dense(4, "tanh", "per-unit"), Dense(4, "tanh"), layer, Dense(2, "sigmoid"))
    assert verify(net).passed


@pytest.mark.parametrize("layer", BETWEEN.values(), ids=BETWEEN)
def test_every_view_of_a_layer(layer):
    """Text, JSON, LaTeX, numbers, and a proof for each weight."""
    assert_everything_works(network(Dense(3, "tanh"), layer, inputs=2, samples=2))


@pytest.mark.parametrize("layer", OWN.values(), ids=OWN)
def test_a_layer_of_ones_own(layer):
    """First, and behind another layer."""
    assert verify(network(layer, Dense(2, "sigmoid"))).passed
    assert verify(network(Dense(3, "tanh"), layer, Bias(), inputs=2)).passed


@pytest.mark.parametrize("name", ["bilinear", "radial", "low rank", "diagonal", "attention"])
def test_every_view_of_a_layer_of_ones_own(name):
    """Text, JSON, LaTeX, numbers, and a proof for each weight."""
    layer = OWN[name]
    small = FormulaLayer(layer.equations, 2, layer.sizes)
    assert_everything_works(network(small, inputs=2, samples=2))


@pytest.mark.parametrize("name", OWN)
def test_scalar_style_of_a_layer_of_ones_own(name):
    """One sample's formulas, unless the layer sums over the samples."""
    net = network(OWN[name], Dense(2, "sigmoid"))
    if name in SUMS_SAMPLES:
        with pytest.raises(SpecError, match="sums over the samples"):
            generate(net, "scalar")
    else:
        assert verify(net, "scalar").passed


@pytest.mark.parametrize("layer", BETWEEN.values(), ids=BETWEEN)
def test_scalar_style(layer):
    """The mask of a dropout has a row a sample; batch norm in training has no formula of one."""
    net = network(Dense(4, "tanh"), layer, Dense(2, "sigmoid"))
    if isinstance(layer, BatchNorm) and layer.mode == "training":
        with pytest.raises(SpecError, match=r"mu2 \(layer 2, batchnorm\) sums over the samples"):
            generate(net, "scalar")
    else:
        assert verify(net, "scalar").passed


@pytest.mark.parametrize("targets", ["values", "classes"])
def test_embedding(targets):
    """Rows that come twice get both gradients; rows that do not come get 0."""
    net = network(
        Embedding(3), Dense(2), inputs=5, samples=7, targets=targets, loss="cross_entropy"
    )
    assert_everything_works(net)
    source = generate(net)
    assert "Y1 = table1[X]" in source
    assert "np.add.at(dtable1, X, dY1)" in source
    with pytest.raises(SpecError, match="scalar style of an embedding"):
        generate(net, "scalar")


def test_embedding_without_numbers():
    """The lines are there; which row a weight's gradient is, only an example tells."""
    net = Network(inputs=3, layers=(Embedding(2),))
    assert "dtable1[k,j] = sum(n: dY1[n,j]*delta(k,X[n]))" in derivation_text(
        net, derive(net), None, True
    )
    with pytest.raises(SpecError, match="the numbers of an example are needed"):
        weight_forms(net, derive(net), ["table1[0,0]"])


def test_embedding_adds_up_rows_that_come_twice():
    """By hand: half the squared error of the table's rows themselves."""
    table = [["0.5", 1], [2, 3], [4, 5]]
    example = {"x": [2, 0, 2], "y": [[0, 0], [0, 0], [1, 1]], "table1": table}
    net = Network(inputs=3, layers=(Embedding(2),), example=example)
    found = {line.name: line.value for line in evaluate(net).section("gradient")}
    assert found["dtable1_1_1"] == Fraction(1, 2)
    assert found["dtable1_2_1"] == 0
    assert found["dtable1_3_1"] == 4 + 3
    assert verify(net).passed


def test_an_embedding_of_many_rows_takes_no_room():
    """Neither pass makes an array of samples by rows."""
    net = network(Embedding(2), inputs=100_000, samples=3, example=None)
    source = generate(net)
    assert "np.eye" not in source
    module = load_source(source, net.name)
    params = module.example()[0]
    X = np.array([99_999, 0, 99_999])
    T = np.zeros((3, 2))
    _, grads = module.loss_and_gradients(params, X, T)
    assert np.count_nonzero(grads["table1"].any(axis=1)) == 2


def test_the_equations_of_a_layer():
    """As `symbp list layer` shows them."""
    graph = build_graph(network(Dense(2), RMSNorm(eps="0.001")))
    found = [equation_text(e) for e in graph.equations if "rmsnorm" in e.origin]
    assert found == [
        "ms2[n] = sum(i: Z1[n,i]**2)/K",
        "rms2[n] = sqrt(ms2[n] + 0.001)",
        "xhat2[n,i] = Z1[n,i]/rms2[n]",
        "Y2[n,i] = gamma2[i]*xhat2[n,i]",
    ]


def test_the_bilinear_gradient():
    """dA[k,i,j] = sum_n dy[n,k] x[n,i] x[n,j], lowered to one einsum."""
    net = network(bilinear(2), loss="half_sse")
    assert equation_text(derive(net).line("dA1").equation) == (
        "dA1[k,i,j] = sum(n: X[n,i]*X[n,j]*dy1[n,k])"
    )
    assert 'np.einsum("ni,nj,nk->kij", X, X, dy1, optimize=True)' in generate(net)


def test_constants_have_no_gradient():
    """Masks and running statistics are given with the numbers."""
    net = network(Dense(2), Dropout(), BatchNorm(mode="inference"))
    assert net.frozen == ("M2", "mean3", "var3")
    assert set(derive(net).gradients) == {"W1", "gamma3", "beta3"}
    system = ScalarSystem(net, derive(net))
    with pytest.raises(SpecError, match="frozen"):
        system.find("var3[0]")


def test_a_mask_is_drawn_with_its_probability():
    """From the seed, as every other number; the module draws the same."""
    net = network(Dense(50), Dropout("0.2"), samples=200, inputs=1)
    mask = np.array(net.numbers.parameters["M2"], dtype=float)
    assert set(mask.ravel()) == {0.0, 1.0}
    assert abs(mask.mean() - 0.8) < 0.01
    assert (load_source(generate(net), net.name).example()[0]["M2"] == mask).all()


def test_names_of_entries():
    """Three axes count from 1 with underscores; no dense weight, so no w1."""
    net = network(bilinear(2), inputs=2)
    names = [w.name for w in weight_forms(net, derive(net), ["A1[1,0,1]", "b1_2"])]
    assert names == ["A1_2_1_2", "b1_2"]


TABLES = [
    ({"kind": "batchnorm", "mode": "test"}, "layer 2, mode: unknown choice 'test'"),
    ({"kind": "rmsnorm", "eps": 0}, "layer 2, eps: found 0"),
    ({"kind": "rmsnorm", "affine": "yes"}, "layer 2, affine: found 'yes'"),
    ({"kind": "dropout", "p": 1}, "layer 2, p: found 1"),
    ({"kind": "dropout", "seed": 1}, "layer 2, seed: unknown entry 'seed'"),
    ({"kind": "embedding", "out": 2}, "layer 2, kind: an embedding as layer 2"),
    ({"kind": "embedding"}, "layer 2, out: missing"),
    ({"kind": "bias", "out": 2}, "layer 2, out: unknown entry 'out'"),
    ({"kind": "formula"}, "layer 2, equations: missing"),
    ({"kind": "layernrm"}, "Did you mean 'layernorm'?"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "text"), TABLES)
def test_a_wrong_table(table, text):
    """Layer and entry are named."""
    with pytest.raises(SpecError) as error:
        network_from_table({"inputs": 2, "layer": [{"kind": "dense", "out": 2}, table]})
    assert text in str(error.value)


EXAMPLES = [
    ((Dense(2), Dropout()), {"M2": [[1, 0.5]]}, "M2: found 0.5, expected 0 (dropped) or 1 (kept)"),
    ((Dense(2), Dropout()), {"M2": [1, 0]}, "M2: found shape [2], expected [1, 2]"),
    ((Dense(2), Dropout()), {}, "M2: missing"),
    ((Dense(2), BatchNorm(mode="inference", affine=False)),
     {"mean2": [0, 0], "var2": [1, -1]}, "var2: found -1, expected a variance of 0 or more"),
]  # fmt: skip


@pytest.mark.parametrize(("layers", "given", "text"), EXAMPLES)
def test_wrong_numbers(layers, given, text):
    """Masks hold 0 and 1, variances are not negative."""
    example = {"x": [[1, 2]], "y": [[0, 0]], "W1": [[1, 0], [0, 1]], **given}
    with pytest.raises(SpecError) as error:
        Network(inputs=2, layers=layers, example=example)
    assert text in str(error.value)


@pytest.mark.parametrize("rows", [[0, 3], [-1, 0], ["0.5", 1], [[0, 1], [1, 2]]])
def test_wrong_row_numbers(rows):
    """An embedding of three rows has 0, 1, 2."""
    with pytest.raises(SpecError, match="expected a whole number from 0 to 2"):
        Network(
            inputs=3,
            layers=(Embedding(1),),
            example={"x": rows, "y": [[0], [0]], "table1": [[1], [2], [3]]},
        )


BAD_LAYERS = [
    ([(y, total(t("A", k, i) * t("z", i), i))], {}, "x is not used"),
    ([(y, t("A", k, i) * x)], {}, "index i of y[n, k] is neither summed nor on the left"),
    ([(y, total(t("A", j, i) * x, i))], {}, "index j of y[n, k] is neither summed"),
    ([(y, total(x, i))], {}, "index k of y[n, k] stands nowhere on the right"),
    ([(y, total(t("A", k, i) * x, i) + t("A", k))], {}, "A stands with"),
    ([(y, total(t("A", k, i, n) * x, i))], {}, "parameter A has the sample index"),
    ([(y, total(t("A", k, j) * t("B", j, i) * x, i, j))], {}, "index j has no known length"),
    ([(y, total(t("A", k, i) * x, i))], {"sizes": {"j": 2}}, "index j stands in no equation"),
    ([(y, total(t("A", k, i) * x, i))], {"sizes": {"i": 5}}, "runs over the 4 inputs"),
    ([(y, total(t("A", k, i) * x, i))], {"sizes": {"n": 5}}, "over the samples and over sizes"),
    ([(y, total(t("A", k, i) * x, i))], {"out": None}, "index k of y[n, k] has no known length"),
    ([(t("y", n, i), x * t("a", i))], {"out": 3}, "out is 3, but index i of y[n, i] runs over 4"),
    ([(t("y", n), total(x, i))], {}, "the last target is y[n], expected two indices"),
    ([(t("y", n, n), x * t("x", i, n))], {}, "y[n, n] has an index twice"),
    ([(x, x)], {}, "x is what comes in"),
    ([(y, total(t("x", n, i, j) * t("A", k, i, j), i, j))], {}, "x stands with 3 indices"),
    ([(y, total(t("h", n, i), i) * t("b", k)), (t("h", n, i), x)], {}, "y uses h, which is not"),
    ([(t("h", n, i), x), (y, total(t("A", k, i) * x, i))], {}, "h is computed and not used"),
    ([(y, total(t("A2", k, i) * x, i))], {}, "'A2' cannot be a name here"),
    ([(y, total(t("dA", k, i) * x, i))], {}, "'dA' cannot be a name here"),
    ([(y, total(t("A", k, sp.Integer(0)) * x, i))], {}, "has an index that is no letter"),
    ([], {}, "expected equations"),
    ([y], {}, "expected a target and a right side"),
]


@pytest.mark.parametrize(("equations", "options", "text"), BAD_LAYERS)
def test_equations_that_make_no_layer(equations, options, text):
    """The name or the index at fault is named, with a way out."""
    with pytest.raises(SpecError) as error:
        network(FormulaLayer(equations, **{"out": 3} | options))
    assert text in str(error.value)
    assert error.value.remedy


def test_tied_lengths():
    """An axis of `sizes` may be that of the outputs; indices that meet must agree."""
    layer = FormulaLayer([(y, total(t("A", k, i) * x, i))], sizes={"k": 2})
    assert plan(layer, 4).out == 2
    twice = [(t("h", n, j), total(t("A", j, i) * x, i)),
             (y, total(t("B", k, l) * t("h", n, l), l))]  # fmt: skip
    with pytest.raises(ShapeError, match="run on one axis but have lengths of their own"):
        plan(FormulaLayer(twice, 2, {"j": 2, "l": 3}), 4)
    assert verify(network(FormulaLayer(twice, 2, {"j": 3, "l": 3}))).passed


SPELT = "y[n,k] = sum(i, j: x[n,i]*A[k,i,j]*x[n,j]) + b[k]"


def test_a_layer_from_text():
    """The layer of the README, read from a spec."""
    table = {"kind": "formula", "equations": SPELT, "out": 3}
    net = network_from_table({"inputs": 2, "loss": "mse", "layer": [table]})
    assert net.layers == (bilinear(3),)
    assert dict(net.parameters) == {"b1": (3,), "A1": (3, 2, 2)}


def test_text_of_several_equations():
    """Lines or semicolons, comments, decimals that stay decimals, conditions."""
    text = """
    h[n, j] = sum(i: U[j,i] * x[n,i])   # hidden
    y[n,k] = sum(j: where(h[n,j] > 0, h[n,j], 0.1*h[n,j]) * V[k,j]); """
    layer = FormulaLayer(text, 2, {"j": 3})
    h = t("h", n, j)
    leaky = sp.Piecewise((h, h > 0), (h / 10, True))
    assert layer.targets == ("h", "y")
    assert layer.equations[1][1] == total(leaky * t("V", k, j), j)
    assert verify(network(layer, Dense(2, "tanh"))).passed


SOFTMAX = """
s[n,m] = sum(i,j: x[n,i]*Q[i,j]*x[m,j])
p[n,m] = exp(s[n,m])/sum(l: exp(s[n,l]))
y[n,k] = sum(m, i: p[n,m]*V[k,i]*x[m,i])
"""


def test_attention_with_a_softmax_over_samples():
    """The softmax is shifted by its maximum, and the steps find letters for all indices."""
    net = network(FormulaLayer(SOFTMAX, 2), Dense(2, "tanh"))
    assert verify(net).passed
    assert "s1.max(axis=1, keepdims=True)" in generate(net)
    assert all(line.steps for line in derive(net).backward)
    clash = SOFTMAX.replace("p[", "A[").replace("V[", "M[")
    with pytest.raises(SpecError, match="M is the name of a step of a softmax"):
        FormulaLayer(clash, 2)


TEXTS = [
    ("", "expected equations"),
    ("y[n,k]", "expected one '='"),
    ("y[n,k] = ", "this is no formula"),
    ("y[n,k] = a = b", "expected one '='"),
    ("2 = x[n,i]", "on the left, expected a name"),
    ("y[n,k] = __import__('os')", "found the character"),
    ("y[n,k] = __import__(os)", "unknown function '__import__'"),
    ("y[n,k] = x.T[n,k]", "is no part of an equation"),
    ("y[n,k] = x[n,k].real", "Attribute is no part of an equation"),
    ("y[n,k] = x[n,i+1]", "an index of x is no letter"),
    ("y[n,k] = x[n,0]", "an index of x is no letter"),
    ("y[n,k] = x[n][k]", "is no part of an equation"),
    ("y[n,k] = (lambda i: x[n,i])(1)", "lambda is no part"),
    ("y[n,k] = sum(x[n,i])", "a sum needs its indices"),
    ("y[n,k] = sum(i: sum)", "sum stands without its argument"),
    ("y[n,k] = tanhh(x[n,k])", "Did you mean 'tanh'?"),
    ("y[n,k] = x[n,k]**y", "is no whole or half number"),
    ("y[n,k] = x[n,k]**10000", "is no whole or half number up to 1000"),
    ("y[n,k] = x[n,k]*((9**999)**999)**999", "a power with too many digits"),
    ("y[n,k] = x[n,k]/0", "this divides by 0"),
    ("y[n,k] = x[n,k]*log(0)", "no finite real value"),
    ("y[n,k] = x[n,k]*sqrt(-1)", "no finite real value"),
    ("y[n,k] = where(x[n,k], 1, 0)", "where needs a comparison first"),
    ("y[n,k] = [v for v in x]", "ListComp is no part"),
    ("y[n,k] = " + "(" * 500 + "x[n,k]" + ")" * 500, "this is no formula"),
    ("y[n,k] = " + "-" * 900 + "x[n,k]", "more than 1000 parts"),
    ("y[n,k] = " + "tanh(" * 80 + "x[n,k]" + ")" * 80, "nested deeper than 60"),
    ("y[n,k] = " + "x[n,k]+" * 900 + "1", "characters of equations, at most"),
    ("y[n,k] = \u0445[n,k]", "found the character '\\u0445'"),
    ("y[n,k] = 1(2)", "found"),
]


@pytest.mark.parametrize(("text", "expected"), TEXTS, ids=range(len(TEXTS)))
def test_text_that_is_no_layer(text, expected):
    """Every text gets its error; nothing of it is run."""
    with pytest.raises(SpecError) as error:
        network(FormulaLayer(text, 4))
    assert error.value.remedy
    if expected != "found":
        assert expected in str(error.value)


def test_a_part_without_derivative():
    """A SymPy function that has no code here is refused with those that have."""
    with pytest.raises(SpecError, match="is no part of an equation"):
        FormulaLayer([(y, total(sp.gamma(x) * t("A", k, i), i))], 3)


def test_many_weights():
    """Above 200 numbers only a named weight is written out, on arrays behind."""
    net = network(Embedding(8), Dense(3), inputs=40, samples=3)
    row = int(net.numbers.inputs[0][0])
    lines = evaluate(net, weights=[f"table1[{row},2]"]).lines
    assert any(line.name == f"dtable1_{row + 1}_3" for line in lines)
    wide = network(bilinear(3), inputs=10)
    assert any(line.name == "dA1_1_2_3" for line in evaluate(wide, weights=["A1[0,1,2]"]).lines)


def test_random_networks_have_every_kind_of_layer():
    """So the trials against torch cover them."""
    kinds = {type(layer) for seed in range(300) for layer in random_network(seed).layers}
    assert kinds == {Dense, Bias, LayerNorm, RMSNorm, BatchNorm, Dropout, Embedding, Residual,
                     FormulaLayer}  # fmt: skip


@pytest.mark.parametrize("before", [(), (Dense(4), LayerNorm()), (Dense(4), Dropout())])
def test_an_activation_is_a_layer_anywhere(before):
    """First, after a norm or a mask: in arrays; its formula is named as that of a dense layer."""
    net = network(*before, Activate("silu"), Dense(2))
    assert verify(net).passed
    assert "def silu" in generate(net)


def test_an_activation_of_a_spec():
    """The table of a spec gives the layer; a gate needs weights."""
    table = {"inputs": 3, "layer": [{"kind": "activation", "activation": "relu"}]}
    assert network_from_table(table, "net").layers == (Activate("relu"),)
    with pytest.raises(SpecError, match=r"layer 1, activation: .*glu has a gate"):
        Network(inputs=3, layers=(Activate("glu"),))
    with pytest.raises(SpecError, match="layer 1, activation: missing"):
        network_from_table({"inputs": 3, "layer": [{"kind": "activation"}]}, "")


def test_equations_may_be_a_list_of_lines():
    """As in TOML: one string a line means the same as the text."""
    lines = ["h[n,j] = sum(i: A[j,i]*x[n,i])", "y[n,j] = h[n,j]**2"]
    listed, text = (FormulaLayer(e, 3) for e in (lines, "\n".join(lines)))
    assert listed == text
