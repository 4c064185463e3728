"""Networks and examples made in Python: what is wrong is said at once, with its entry."""

from __future__ import annotations

import sys
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symbp import catalog
from symbp.checks import check_identifier, one_of
from symbp.errors import ShapeError, SpecError, UnknownNameError
from symbp.exact import brief, decimal_text, exact, shape, shown, tensor
from symbp.example import Example, draw_plan, weight_entries
from symbp.layers import Dense, LayerNorm, Residual
from symbp.spec import Network

X, Y, W = [[0.5]], [[1]], {"W1": [[0.2]]}


def message(**arguments) -> str:
    """The error that a network of these arguments gives; it always has a remedy."""
    with pytest.raises(SpecError) as caught:
        Network(**arguments)
    assert caught.value.remedy
    return str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({}, "layers: the network is empty"),
        ({"sizes": []}, "sizes: found []"),
        ({"sizes": 3}, "sizes: found 3"),
        ({"sizes": np.array([2, 2])}, "sizes: found array([2, 2])"),
        ({"sizes": [2, np.int64(2)]}, "expected a whole number"),
        ({"sizes": [10**5000, 2]}, "sizes[0]: found a very long int, expected 1 to"),
        ({"sizes": [1] * 2000}, "layers: 1999 layers"),
        ({"sizes": [2, 2], "inputs": 2}, "given together with layers"),
        ({"sizes": [2, 2], "activation": []}, "activation: 0 entries for 1 layers"),
        ({"sizes": [2, 2], "bias": [None]}, "bias: found [None], expected a name"),
        ({"sizes": [2, 2], "loss": None}, "loss: found None, expected a name in quotes"),
        ({"sizes": [2, 2], "reduction": 0}, "reduction: found 0, expected a name in quotes"),
        ({"sizes": [2, 2], "frozen": "W1"}, "frozen: found 'W1', expected a list"),
        ({"sizes": [2, 2], "frozen": [["W1"]]}, "frozen: found ['W1'], expected a name"),
        ({"sizes": [2, 2], "title": b"x"}, "title: found b'x', expected text"),
        ({"sizes": [2, 2], "name": None}, "None is no Python identifier"),
        ({"inputs": 2}, "layers: the network is empty"),
        ({"inputs": 2, "layers": Dense(2)}, "expected a list of layers"),
        ({"inputs": 2, "layers": [2]}, "layer 1: found 2, expected a layer"),
        ({"inputs": 2.0, "layers": [Dense(2)]}, "inputs: found 2.0, expected a whole number"),
        ({"inputs": 2, "layers": [Dense(2)], "bias": "none"}, "bias: given without sizes"),
        ({"inputs": 2, "layers": [Dense("2")]}, "layer 1, out: found '2'"),
        ({"inputs": 2, "layers": [Dense(2, None)]}, "layer 1, activation: found None"),
        ({"inputs": 2, "layers": [Dense(2, inputs=3)]}, "W1 takes 3 inputs but the network has 2"),
        ({"inputs": 2, "layers": [Residual(True)]}, "layer 1, from: found True"),
        ({"sizes": [1, 1], "example": 5}, "example: found 5, expected a table"),
        ({"sizes": [1, 1], "example": {3: 4}}, "example, 3: unknown entry '3'"),
        ({"sizes": [1, 1], "example": Example(X, Y, {}, 1)}, "example, W1: missing"),
        ({"sizes": [1, 1], "example": Example(X, Y, W | {"b1": 1}, 1)}, "unknown parameter 'b1'"),
        ({"sizes": [1, 1], "example": Example(X, [0], W, 1)}, "found class 0, expected a row"),
        ({"sizes": [1, 1], "example": Example([], [], W, 1)}, "example, x: no sample"),
        ({"sizes": [1, 1], "example": Example([[]], Y, W, 1)}, "a row of 0 numbers for 1 inputs"),
        ({"sizes": [1, 1], "example": Example(X, Y, W, 1, seed=3)}, "not those that seed 3 draws"),
        ({"sizes": [1, 1], "example": Example(X, Y, W, 1, seed="3")}, "example, seed: found '3'"),
    ],
)
def test_wrong_arguments_are_named(arguments, text):
    """No traceback of somewhere inside: one SpecError with the entry."""
    assert text in message(**arguments)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((None, Y, W, 1), "example, x: found NoneType None"),
        (({"a": 1}, Y, W, 1), "example, x: found dict"),
        ((b"ab", Y, W, 1), "example, x: found bytes"),
        (([[1], [1, 2]], Y, W, 1), "rows of different shapes"),
        ((X, [[float("nan")]], W, 1), "example, y[0][0]: found nan, expected a finite number"),
        ((X, Y, [0.2], 1), "example, parameters: found [0.2], expected parameters by name"),
        ((X, Y, {"W1": [["a"]]}, 1), "example, W1[0][0]: found 'a', expected a number"),
        ((X, Y, W, 0), "example, learning_rate: found 0, expected a number above 0"),
        ((X, Y, W, -0.1), "example, learning_rate: found -0.1, expected"),
        ((X, Y, W, None), "example, learning_rate: found NoneType None"),
        ((X, Y, W, [1]), "example, learning_rate: found list [1], expected a number"),
        (([[[[1]]]], Y, W, 1), "example, x: found shape [1, 1, 1, 1]"),
    ],
)
def test_examples_check_themselves(arguments, text):
    """An Example is exact and finite once it exists, whoever made it."""
    with pytest.raises(SpecError) as caught:
        Example(*arguments)
    assert text in str(caught.value)
    assert caught.value.remedy


def test_examples_take_what_scientists_have():
    """Arrays, tuples, decimals and text are all exact numbers."""
    made = Example(np.array([[0.5, 0.1]]), ((Decimal("0.2"),),), {"W1": [["1/3", 2]]}, "0.1")
    assert made.inputs == ((Fraction(1, 2), Fraction(1, 10)),)
    assert made.parameters == {"W1": ((Fraction(1, 3), 2),)}
    assert made.learning_rate == Fraction(1, 10)
    assert Example(X, np.array([1, 0]), W, 1).targets == (1, 0)
    table = {"x": np.array([0.5, 0.1]), "y": [1], "weights": np.array([0.25, 0.5])}
    assert Network(sizes=[2, 1], example=table).numbers.parameters["W1"] == (
        (Fraction(1, 4), Fraction(1, 2)),
    )


@pytest.mark.parametrize("eps", [0, -1, "x", None, float("inf"), True])
def test_layer_norm_needs_a_positive_eps(eps):
    """eps is read when the layer is made, as every number."""
    with pytest.raises(SpecError, match="eps: found"):
        LayerNorm(eps)


def test_layer_norm_eps_is_exact():
    """A float eps is the decimal it prints."""
    assert LayerNorm(1e-5) == LayerNorm(Decimal("0.00001")) == LayerNorm()


@settings(max_examples=200, deadline=None)
@given(st.fractions(), st.integers(0, 30))
def test_decimal_text_reads_back(number, places):
    """What decimal_text writes, exact reads."""
    for value in (number, Fraction(number.numerator, 10**places)):
        assert exact(decimal_text(value), "here") == value


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(), st.floats(), st.decimals(allow_nan=None), st.none(), st.binary()))
def test_exact_reads_or_refuses(value):
    """Anything at all becomes a finite fraction or a short SpecError with a remedy."""
    result: Fraction | SpecError
    try:
        result = exact(value, "here")
    except SpecError as error:
        result = error
    assert isinstance(result, Fraction) or (result.remedy and len(str(result)) < 300)


@pytest.mark.parametrize("value", ["0e999999999", "-0", Decimal("0E+999999999"), 0, 0.0])
def test_zero_is_zero_at_any_exponent(value):
    """A zero with a billion digits would take minutes otherwise."""
    assert exact(value, "here") == 0


@pytest.mark.parametrize(
    "value",
    [10**5000, Fraction(1, 10**5000), "9" * 2000, "1e1001"],
    ids=["int", "fraction", "digits", "exponent"],
)
def test_numbers_have_bounds(value):
    """Numbers that nobody can print are refused, with a short message."""
    with pytest.raises(SpecError) as caught:
        exact(value, "here")
    assert caught.value.remedy


def test_a_list_in_itself_is_refused():
    """No RecursionError."""
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(SpecError, match="nested too deep"):
        tensor(loop, "x")
    assert len(shown(loop)) <= 60


def test_quoted_values_are_one_printable_line():
    """Nothing that a user wrote moves the cursor of a terminal or fills the screen."""
    for value in ("\x1b[31m\n", "a" * 1000, ["b" * 100] * 100, {"k": "v" * 100}, 10**5000):
        for text in (shown(value), brief(f"{shown(value)}")):
            assert len(text) <= 60
            assert text.isprintable()


@pytest.mark.parametrize("name", ["worked_example", "net1", "_x", "a" * 60, "Random", "lossy"])
def test_names_that_can_be_modules(name):
    """Plain identifiers pass."""
    check_identifier(name, "name")


@pytest.mark.parametrize(
    "name",
    [
        *("", " ", "1a", "a b", "a.b", "a/b", "..", "net\n", "é", "ﬁ", None, 3),
        *("class", "None", "match", "_", "numpy", "np", "train", "main", "forward", "loss"),
        *("random", "math", "abc", "json", "a" * 61, "__init__"),
    ],
)
def test_names_that_cannot(name):
    """Keywords, clashes, paths and lookalikes are refused before any file is named after them."""
    with pytest.raises(SpecError) as caught:
        check_identifier(name, "name")
    assert caught.value.remedy


def test_suggested_names_are_good():
    """The remedy of a refused name is accepted."""
    for name in (*sys.stdlib_module_names, "numpy", "lambda", "_", "__init__"):
        with pytest.raises(SpecError) as caught:
            check_identifier(name, "name")
        check_identifier(caught.value.remedy.split("'")[1], "name")


def test_one_of_without_a_choice():
    """Where nothing can be named, the error says so instead of listing nothing."""
    with pytest.raises(SpecError, match="there is no parameter"):
        one_of("frozen", "W1", (), "parameter")


def test_frozen_parameters_keep_the_order_of_the_network():
    """Order and repetition in `frozen` mean nothing."""
    one = Network(sizes=[1, 1, 1], bias="shared", frozen=["b2", "b1", "b2"])
    assert one == Network(sizes=[1, 1, 1], bias="shared", frozen=("b1", "b2"))
    assert one.trained == ("W1", "W2")


@pytest.mark.parametrize("loss", catalog.names("loss"))
def test_reduction_defaults_to_that_of_the_loss(loss):
    """Every activation goes with every loss; the loss says what happens over samples."""
    for row in catalog.ACTIVATIONS:
        network = Network(sizes=[2, 2], activation=catalog.sample(row), loss=loss)
        assert network.reduction == catalog.loss(loss).reduction


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 5), min_size=2, max_size=4), st.integers(0, 2**32 - 1))
def test_numberings_are_permutations_of_each_other(sizes, seed):
    """by-source and by-target number the same weights; the flat list lands where they say."""
    one, other = (Network(sizes=sizes, numbering=n) for n in ("by-source", "by-target"))
    assert sorted(weight_entries(one)) == sorted(weight_entries(other))
    flat = [Fraction(k, 7) for k in range(len(weight_entries(one)))]
    values = {"x": [0] * sizes[0], "y": [0] * sizes[-1], "weights": flat}
    for network in (one, other):
        numbers = Network(sizes=sizes, numbering=network.numbering, example=values).numbers
        for value, (name, (j, i)) in zip(flat, weight_entries(network), strict=True):
            assert numbers.parameters[name][j][i] == value


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), samples=st.integers(1, 3))
def test_drawn_numbers_are_those_of_the_plan(seed, samples):
    """Same seed, same numbers, in the shapes and ranges that the plan says; shared biases too."""
    layers = (Dense(3, "tanh", "shared"), LayerNorm(), Dense(2, "identity", "per-unit"))
    example = {"seed": seed, "samples": samples}
    network, again = (Network(inputs=2, layers=layers, example=example) for _ in range(2))
    assert network == again
    arrays = {"X": network.numbers.inputs, "T": network.numbers.targets}
    arrays |= network.numbers.parameters
    for draw in draw_plan(network, samples):
        assert shape(arrays[draw.name]) == draw.shape
        values = np.array(arrays[draw.name], dtype=float)
        assert values.min() >= draw.low / draw.divisor
        assert values.max() <= draw.high / draw.divisor
    # An example with its seed can be given back, as when a network is made with another loss.
    assert Network(inputs=2, layers=layers, example=network.numbers) == network


def test_errors_have_the_kind_that_fits():
    """Sizes give ShapeError, names UnknownNameError; both are SpecErrors."""
    with pytest.raises(ShapeError):
        Network(inputs=2, layers=[Dense(3), Residual(0)])
    with pytest.raises(UnknownNameError):
        Network(sizes=[2, 2], loss="mze")
