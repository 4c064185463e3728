"""Initializers: torch's distributions, what is no weight, the same numbers each time."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from symbp import Network, catalog
from symbp.choice import resolve_recipe
from symbp.errors import SpecError
from symbp.experiments.initial import initial
from symbp.layers import BatchNorm, Dense, Dropout, Embedding, LayerNorm
from tests.test_cli import ok

WIDE = Network(sizes=[300, 400], bias="per-unit")
# The names and options of ours, and the same as torch's keyword arguments.
PAIRS = [
    ("zeros", {}),
    ("constant(value=0.3)", {"val": 0.3}),
    ("normal(mean=0.5, std=0.2)", {"mean": 0.5, "std": 0.2}),
    ("uniform(low=-0.2, high=0.7)", {"a": -0.2, "b": 0.7}),
    ("xavier", {}),
    ("xavier(gain=1.7)", {"gain": 1.7}),
    ("xavier_normal", {}),
    ("xavier_normal(gain=0.5)", {"gain": 0.5}),
    ("he", {"nonlinearity": "relu"}),
    ("he(gain=1)", {"nonlinearity": "linear"}),
    ("he_uniform", {"nonlinearity": "relu"}),
    ("orthogonal", {}),
    ("orthogonal(gain=2)", {"gain": 2}),
]


def of_torch(text: str, keywords: dict, shape: tuple[int, ...]) -> np.ndarray:
    """What torch's function of the row draws."""
    row = resolve_recipe("initializer", text, "--init")
    torch.manual_seed(0)
    found = torch.empty(shape, dtype=torch.float64)
    getattr(torch.nn.init, row.torch.rpartition(".")[2])(found, **keywords)
    return found.numpy()


@pytest.mark.parametrize(("text", "keywords"), PAIRS, ids=[text for text, _ in PAIRS])
def test_the_distribution_is_that_of_torch(text, keywords):
    """Mean, deviation and quantiles of 120,000 numbers; five standard errors are allowed."""
    got, want = initial(WIDE, text)["W1"], of_torch(text, keywords, (400, 300))
    spread = max(want.std(), 1e-300)
    assert abs(got.mean() - want.mean()) <= 5 * spread * np.sqrt(2 / got.size)
    assert abs(got.std() - want.std()) <= 5 * spread / np.sqrt(got.size)
    for share in (0.001, 0.1, 0.25, 0.75, 0.9, 0.999):
        assert abs(np.quantile(got, share) - np.quantile(want, share)) <= 0.15 * spread
    kinds = [w.dtype for w in (got, initial(WIDE, text, dtype="float32")["W1"])]
    assert kinds == [np.float64, np.float32]


def test_every_row_is_compared():
    """Every initializer but `given` has its function of torch."""
    compared = {text.partition("(")[0] for text, _ in PAIRS}
    assert compared == set(catalog.names("initializer")) - {"given"}


@pytest.mark.parametrize("name", ["uniform(low=-0.2, high=0.7)", "xavier", "he_uniform"])
def test_uniform_numbers_fill_their_bounds_and_stay_in_them(name):
    """The formula's bound, by hand."""
    bound = {"xavier": np.sqrt(6 / 700), "he_uniform": np.sqrt(6 / 300)}.get(name, 0.7)
    weights = initial(WIDE, name)["W1"]
    assert 0.999 * bound < weights.max() <= bound


@pytest.mark.parametrize("shape", [(3, 2), (2, 5), (4, 4), (1, 7), (6, 1)])
@pytest.mark.parametrize("gain", ["1", "0.5"])
def test_orthogonal_rows_or_columns(shape, gain):
    """W W^T, or W^T W if there are more rows than columns, is gain^2 times the identity."""
    out, inputs = shape
    W = initial(Network(sizes=[inputs, out]), f"orthogonal(gain={gain})")["W1"]
    small = W @ W.T if out <= inputs else W.T @ W
    np.testing.assert_allclose(small, float(gain) ** 2 * np.eye(min(shape)), atol=1e-14)


@pytest.mark.parametrize("shape", [(3, 2), (2, 3, 4), (5, 4, 3, 2)])
def test_fans_are_those_of_torch(shape):
    """Out first, then in, then what both are multiplied by."""
    from torch.nn.init import _calculate_fan_in_and_fan_out

    assert catalog.initializers.fans(shape) == _calculate_fan_in_and_fan_out(torch.empty(shape))


def test_the_seed_decides_alone():
    """The same seed gives the same bytes, another one others."""
    first, again, other = (initial(WIDE, "he", seed) for seed in (7, 7, 8))
    assert all(first[n].tobytes() == again[n].tobytes() for n in first)
    assert not np.array_equal(first["W1"], other["W1"])


def test_the_stream_is_that_of_numpy():
    """normal draws what PCG64 gives, parameter by parameter."""
    found = initial(WIDE, "normal(std=0.5)", 3)
    stream = np.random.Generator(np.random.PCG64(3))
    np.testing.assert_array_equal(found["W1"], stream.normal(0, 0.5, (400, 300)))
    np.testing.assert_array_equal(found["b1"], stream.normal(0, 0.5, 400))


@pytest.mark.parametrize("name", catalog.names("initializer")[1:])
def test_biases_are_zero_but_where_the_row_is_for_them(name):
    """constant, normal and uniform fill biases too, shared ones among them."""
    for bias in ("per-unit", "shared"):
        found = initial(Network(sizes=[2, 3], bias=bias), name)["b1"]
        assert found.shape == (() if bias == "shared" else (3,))
        assert np.all(found != 0) == (name in ("constant", "normal", "uniform"))


def test_what_is_no_weight_keeps_its_sense():
    """Norms scale by 1 and shift by 0, masks keep 1 - p, statistics are 0 and 1."""
    layers = (Dense(40, bias="per-unit"), LayerNorm(), BatchNorm(mode="inference"), Dropout("0.3"))
    network = Network(inputs=3, layers=layers)
    found = initial(network, "normal(std=3)", samples=500)
    for name in ("gamma2", "gamma3", "var3"):
        assert np.all(found[name] == 1)
    for name in ("beta2", "beta3", "mean3"):
        assert np.all(found[name] == 0)
    assert found["M4"].shape == (500, 40)
    assert set(np.unique(found["M4"])) == {0, 1}
    assert abs(found["M4"].mean() - 0.7) < 0.02


def test_trained_numbers_start_where_the_spec_says():
    """A slope of 0.25 stays 0.25."""
    network = Network(sizes=[2, 3], activation="prelu(slope=0.25)")
    assert initial(network, "xavier")["slope1"] == 0.25


def test_tables_are_drawn_as_weights():
    """An embedding has a row an input."""
    found = initial(Network(inputs=5, layers=(Embedding(3),)), "normal(std=1)")["table1"]
    assert found.shape == (5, 3)
    assert len(np.unique(found)) == 15


def test_given_takes_the_example_and_frozen_parameters_stay():
    """Given numbers are those of the spec; frozen ones stay with any initializer."""
    example = {"x": [[1, 2]], "y": [[1]], "W1": [[0.5, -0.5]], "b1": [7], "learning_rate": 1}
    network = Network(sizes=[2, 1], bias="per-unit", frozen=("b1",), example=example)
    given, drawn = initial(network, "given"), initial(network, "zeros")
    assert (given["W1"].tolist(), given["b1"].tolist()) == ([[0.5, -0.5]], [7])
    assert (drawn["W1"].tolist(), drawn["b1"].tolist()) == ([[0, 0]], [7])


@pytest.mark.parametrize(
    ("name", "seed", "said"),
    [
        ("xavir", 0, "Did you mean 'xavier'?"),
        ("normal(sd=1)", 0, "Did you mean 'std'?"),
        ("normal(std=-1)", 0, "expected a number of at least 0"),
        ("uniform(low=2, high=1)", 0, "low is above high"),
        ("orthogonal(gain=0)", 0, "expected a number above 0"),
        ("normal(std=nan)", 0, "nan"),
        ("given", 0, "--init xavier"),
        ("he", -1, "--init-seed"),
        ("he", 2**32, "--init-seed"),
        ("he", 0.5, "--init-seed"),
    ],
)
def test_errors_say_what_to_write(name, seed, said):
    """Names, options, domains, seeds; the network has no example."""
    with pytest.raises(SpecError) as error:
        initial(Network(sizes=[2, 2]), name, seed)
    assert said in str(error.value)


@pytest.mark.parametrize("kind", ["initializer", "dataset", "schedule"])
def test_list_shows_every_row(kind):
    """`symbp list initializer`."""
    text = ok("list", kind)
    assert all(catalog.call(row).partition("(")[0] in text for row in catalog.RECIPES[kind])
