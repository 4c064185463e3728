"""Modules with a workspace: the plain module's numbers, and nothing allocated on the way."""

from __future__ import annotations

import math
import warnings
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from symbp import Network, catalog, derive, generate, pipeline
from symbp.errors import SpecError
from symbp.spec_file import read_with_flags
from symbp.stable import kernels, kernels_in_place
from symbp.verify.module import load_source
from symbp.verify.random_networks import random_network
from tests.gallery import EXAMPLES
from tests.memory import MOST_BYTES, peak

ULPS = 4
SAMPLES = 48
# Where an activation is a stable form, each accuracy has another.
FORMS = [
    (row.name, accuracy)
    for row in catalog.ACTIVATIONS
    if all(o.default is not None for o in row.options)
    for accuracy in ("fast", "full")
]


loaded = cache(load_source)


def modules(network):
    """The plain module and the one with a workspace."""
    return (
        loaded(generate(network), "plain"),
        loaded(generate(network, workspace=True), "fast"),
    )


def ulps(found, wanted, dtype, term=0.0):
    """The largest difference in units in the last place of the largest wanted entry, or term."""
    wanted, found = np.asarray(wanted, float), np.asarray(found, float)
    largest = max(term, float(np.max(np.abs(wanted), initial=0.0))) or 1.0
    return float(np.max(np.abs(found - wanted))) / (float(np.finfo(dtype).eps) * largest)


def terms(plain, network, params, X, T):
    """The largest entry that any sample gives to each gradient: their sum may be far smaller."""
    axes = derive(network).graph.quantities
    found = {}
    for n in range(len(X)):
        alone = {k: p[n : n + 1] if axes[k].axes[:1] == ("N",) else p for k, p in params.items()}
        _, grads = plain.loss_and_gradients(alone, X[n : n + 1], T[n : n + 1])
        for name, gradient in grads.items():
            found[name] = max(found.get(name, 0.0), float(np.max(np.abs(gradient), initial=0.0)))
    shares = len(X) if network.reduction in ("mean", "batchmean") else 1
    return {name: term / shares for name, term in found.items()}


def difference(network, dtype, samples=None):
    """The largest difference of both modules in loss and gradients, in ULP of the largest term.

    For given samples, or those of the example; shapes, dtypes and names must be the same.
    """
    plain, fast = modules(network)
    params, X, T, _ = plain.example(dtype)
    if samples is not None:
        X, T = samples(X, T, dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        E, wanted = plain.loss_and_gradients(params, X, T)
        ws = fast.Workspace(len(X), dtype)
        found_E, found = fast.loss_and_gradients(params, X, T, ws)
        losses = fast.loss(params, X, T, ws)
    term = terms(plain, network, params, X, T)
    worst = max(ulps(found_E, E, dtype), ulps(losses, plain.loss(params, X, T), dtype))
    assert found.keys() == wanted.keys()
    scale = max(float(np.max(np.abs(g), initial=0.0)) for g in wanted.values())
    for name, gradient in wanted.items():
        # Zero up to rounding, as that of a bias before a norm, is no measure.
        if float(np.max(np.abs(gradient), initial=0.0)) > 1e-6 * scale:
            worst = max(worst, ulps(found[name], gradient, dtype, term[name]))
        assert found[name].shape == gradient.shape
        assert found[name].dtype == gradient.dtype == dtype
    return worst


def many(X, T, dtype):
    """Numbers beyond both bends of an activation, and targets in (0, 1)."""
    random = np.random.RandomState(1)
    X = 2 * random.normal(size=(SAMPLES, X.shape[1])).astype(dtype)
    return X, random.uniform(0.05, 0.95, size=(SAMPLES, T.shape[1])).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_the_examples_give_the_numbers_of_the_plain_module(path, dtype):
    """To 4 ULP of the largest term: sums over samples are products with ones."""
    assert difference(read_with_flags(path, {}), dtype) <= ULPS


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("name", "accuracy"), FORMS)
def test_every_activation_gives_the_numbers_of_the_plain_module(name, accuracy, dtype):
    """In each of its stable forms."""
    network = Network(sizes=[3, 4, 2], activation=name, accuracy=accuracy)
    assert difference(network, dtype, many) <= ULPS


@pytest.mark.parametrize("accuracy", ["fast", "full"])
@pytest.mark.parametrize("row", catalog.LOSSES, ids=lambda row: row.name)
def test_every_loss_gives_the_numbers_of_the_plain_module(row, accuracy):
    """Behind a sigmoid, which every loss takes."""
    targets = "classes" if row.name in ("cross_entropy", "nll", "focal") else "values"
    try:
        network = Network(
            sizes=[3, 4, 3], activation=["tanh", "sigmoid"], loss=row.name,
            accuracy=accuracy, targets=targets,
        )  # fmt: skip
    except SpecError:
        network = Network(
            sizes=[3, 4, 3], activation=["tanh", "sigmoid"], loss=row.name, accuracy=accuracy
        )
    assert difference(network, np.float64) <= ULPS


@pytest.mark.parametrize("seed", range(40))
def test_random_networks_give_the_numbers_of_the_plain_module(seed):
    """Norms, residuals, own layers, weights that are shared or frozen.

    A norm subtracts what is nearly equal: the terms are larger than what is left of them.
    """
    assert difference(random_network(seed), np.float64) <= 8 * ULPS


def test_equal_orders_give_equal_bits():
    """Without sums over samples as products, nothing differs by a bit."""
    network = read_with_flags(None, {})
    plain, fast = modules(network)
    params, X, T, _ = plain.example()
    E, wanted = plain.loss_and_gradients(params, X, T)
    found_E, found = fast.loss_and_gradients(params, X, T)
    assert found_E == E
    for name, gradient in wanted.items():
        assert np.array_equal(gradient, found[name])


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_a_step_allocates_nothing(path):
    """No more than 4 KB at any time, whatever the size of the layers.

    np.add.at takes a fixed 5.6 KB of its own, for 5 samples and for 50,000.
    """
    network = read_with_flags(path, {})
    most = 2 * MOST_BYTES if network.name == "embedding" else MOST_BYTES
    _, fast = modules(network)
    params, X, T, _ = fast.example(np.float32)
    ws = fast.Workspace(len(X), np.float32)
    ws.load(params)
    ws.seed[...] = -0.01

    def step():
        fast.forward_pass(ws, X)
        fast.backward_pass(ws, X, T)
        np.add(ws.theta, ws.gradient, out=ws.theta)

    assert peak(step) <= most


def test_a_large_batch_allocates_nothing():
    """512 samples of 784 numbers: a temporary would have a megabyte."""
    network = Network(
        sizes=[784, 64, 10], activation=["sigmoid", "identity"], loss="cross_entropy",
        targets="classes", bias="per-unit",
    )  # fmt: skip
    _, fast = modules(network)
    params, _, _, _ = fast.example(np.float32)
    random = np.random.RandomState(0)
    X = random.normal(size=(512, 784)).astype(np.float32)
    T = random.randint(0, 10, size=512)
    ws = fast.Workspace(512, np.float32)
    ws.load(params)

    def step():
        fast.forward_pass(ws, X)
        fast.backward_pass(ws, X, T)

    assert peak(step) <= MOST_BYTES
    assert peak(lambda: random.normal(size=(512, 64))) > MOST_BYTES  # the count can fail


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_the_seed_scales_every_gradient(path):
    """A power of two in front of what flows back is one in front of each gradient."""
    _, fast = modules(read_with_flags(path, {}))
    params, X, T, _ = fast.example()
    ws = fast.Workspace(len(X))
    _, grads = fast.loss_and_gradients(params, X, T, ws)
    wanted = {name: -0.25 * g for name, g in grads.items()}
    ws.seed[...] = -0.25
    fast.forward_pass(ws, X)
    fast.backward_pass(ws, X, T)
    for name, gradient in wanted.items():
        assert np.array_equal(ws.grads[name], gradient)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_training_is_that_of_the_plain_module(path):
    """Ten steps; the caller's parameters stay as they are."""
    network = read_with_flags(path, {})
    plain, fast = modules(network)
    params, X, T, _ = plain.example()
    rate = 0.01  # every example converges
    before = {name: value.copy() for name, value in params.items()}
    wanted, losses = plain.train(params, X, T, rate, 10)
    found, found_losses = fast.train(params, X, T, rate, 10)
    assert np.allclose(losses, found_losses, rtol=1e-10)
    for name, value in wanted.items():
        assert np.allclose(value, found[name], rtol=1e-8, atol=1e-12)
        assert np.array_equal(params[name], before[name])


def test_it_is_verified_like_the_plain_one():
    """Against torch, arbitrary precision and differences."""
    assert pipeline.verify(read_with_flags(None, {}), workspace=True).passed


def wrong(change, **options):
    """What the module says to a changed call."""
    _, fast = modules(read_with_flags(None, {}))
    params, X, T, _ = fast.example()
    given = {"params": params, "X": X, "T": T, "workspace": fast.Workspace(len(X))}
    change(given, fast)
    before = given["workspace"].theta.copy()
    with pytest.raises((KeyError, TypeError, ValueError)) as caught:
        fast.loss_and_gradients(**given)
    assert np.array_equal(given["workspace"].theta, before)
    return str(caught.value)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda g, m: g.update(workspace=m.Workspace(3)), "1 samples, the workspace is for 3"),
        (lambda g, m: g.update(workspace=m.Workspace(1, np.float32)), "workspace is for float32"),
        (lambda g, m: g.update(X=g["X"].astype(np.float32)), "W1 is float64 but X is float32"),
        (lambda g, m: g.update(X=g["X"][:, :1]), "X has shape"),
        (lambda g, m: g.update(T=g["T"][:, :1]), "T has shape"),
        (lambda g, m: g["params"].pop("W1"), "parameter W1 is missing"),
        (lambda g, m: g.update(X=g["X"][:0], T=g["T"][:0]), "X has no samples"),
        (lambda g, m: g.update(X=[[0.5, 0.3]]), "X is list, expected an array"),
        (lambda g, m: g.update(T=((0.1, 0.2),)), "T is tuple, expected an array"),
        (lambda g, m: g["params"].update(W2=0.5), "W2 is float, expected an array"),
        (lambda g, m: g.update(X=np.ones((1, 4))[:, ::2]), "X is not contiguous"),
        (lambda g, m: g.update(T=np.ones((1, 4))[:, ::2]), "T is not contiguous"),
        (lambda g, m: g["workspace"].theta.setflags(write=False), "the workspace is read-only"),
    ],
)
def test_what_does_not_fit_is_refused(change, text):
    """One error, and the workspace as it was."""
    assert text in wrong(change)


def test_what_is_only_read_may_be_read_only():
    """Inputs, targets and parameters are never written to."""
    plain, fast = modules(read_with_flags(None, {}))
    params, X, T, _ = fast.example()
    wanted = plain.loss_and_gradients(params, X, T)
    for array in (X, T, *params.values()):
        array.setflags(write=False)
    found = fast.loss_and_gradients(params, X, T)
    assert found[0] == wanted[0]
    losses = fast.train(params, X, T, 0.1, 3)[1]
    assert losses[2] < losses[0]


def test_classes_are_in_range():
    """In the module with a workspace as in the plain one."""
    _, fast = modules(Network(sizes=[2, 3], loss="cross_entropy", targets="classes"))
    params, X, _, _ = fast.example()
    for wrong_class in (-1, 3):
        with pytest.raises(ValueError, match="T has a class outside"):
            fast.loss_and_gradients(params, X, np.array([wrong_class]))


def test_a_workspace_has_samples_and_a_float_type():
    """Neither none nor whole numbers."""
    _, fast = modules(read_with_flags(None, {}))
    with pytest.raises(ValueError, match="at least one"):
        fast.Workspace(0)
    with pytest.raises(TypeError, match="expected float32 or float64"):
        fast.Workspace(1, np.int64)


def test_arrays_are_used_again():
    """What nobody needs any more is written over: Z1 by A1, and A1 by dZ1."""
    _, fast = modules(Network(sizes=[4, 4, 4], activation="relu"))
    ws = fast.Workspace(2)
    assert ws.A1 is ws.Z1
    _, fast = modules(Network(sizes=[4, 4, 4], activation="sigmoid"))
    ws = fast.Workspace(2)
    assert ws.dZ1 is ws.A1


def test_scalar_style_has_no_workspace():
    """The two options exclude each other."""
    with pytest.raises(SpecError, match="workspace"):
        generate(Network(sizes=[2, 2]), "scalar", True)


def test_names_of_ones_own_do_not_clash():
    """A parameter c of layer 2 is not the constant c2."""
    network = read_with_flags(next(p for p in EXAMPLES if p.stem == "own_layers"), {})
    assert "self.c2 = self.params" in generate(network, workspace=True)
    assert derive(network).gradients["c2"] == "dc2"
    assert difference(replace(network, accuracy="full"), np.float64) <= ULPS


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_kernels_in_place_are_the_kernels(dtype):
    """Bit for bit."""
    random = np.random.RandomState(0)
    a, b = (random.normal(size=(7, 5)).astype(dtype) for _ in range(2))
    coefficients = (0.1, 1e-18, -0.5, 0.0, 0.01, 2e-19)
    cases = [
        ("erfcx", (np.abs(a) * 9,), (), 4),
        ("others", (np.abs(a),), (), 1),
        ("exp_difference", (a, b), (), 2),
        ("exp_poly", (a,), (coefficients,), 7),
    ]
    for name, arrays, more, spare in cases:
        wanted = getattr(kernels, name)(*arrays, *(more[0] if more else ()))
        out, *work = (np.empty_like(a) for _ in range(1 + spare))
        getattr(kernels_in_place, f"{name}_into")(out, *arrays, *more, *work)
        assert np.array_equal(out, wanted), name


@pytest.mark.parametrize("size", [5, 5000])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_choose_is_where(size, dtype):
    """By branches and bit by bit, NaN and infinity and the sign of zero included."""
    random = np.random.RandomState(0)
    special = np.array([np.nan, np.inf, -np.inf, -0.0, 0.0], dtype)
    then, otherwise = (random.normal(size=size).astype(dtype) for _ in range(2))
    then[:5], otherwise[:5] = special, special[::-1]
    mask = random.uniform(size=size) < 0.5
    wanted = np.where(mask, then, otherwise)
    kernels_in_place.choose(mask, then, otherwise, np.empty_like(then))
    assert otherwise.tobytes() == wanted.tobytes()


def test_functions_that_numpy_lacks_are_python_s():
    """erf and erfc of every element."""
    x = np.linspace(-3, 3, 12).reshape(3, 4)
    out = np.empty_like(x)
    for name in ("erf", "erfc"):
        getattr(kernels_in_place, f"{name}_into")(out, x)
        assert out.tolist() == [[getattr(math, name)(v) for v in row] for row in x]


def tiled(network, **options):
    """The module with a workspace, in tiles of some rows."""
    return loaded(generate(network, workspace=True, **options), "tiled")


TILED = [
    Network(sizes=[3, 4, 2], activation=["gelu", "sigmoid"], bias="per-unit", accuracy="full"),
    Network(sizes=[3, 5, 3], activation=["mish", "identity"], loss="cross_entropy"),
    read_with_flags(next(p for p in EXAMPLES if p.stem == "layernorm_residual"), {}),
    read_with_flags(next(p for p in EXAMPLES if p.stem == "batch_norm_relu"), {}),
]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("tile", [1, 3, 64, None])
@pytest.mark.parametrize("network", TILED, ids=lambda n: f"{n.widths}")
def test_tiles_change_no_bit(network, tile, dtype):
    """Whatever the number of rows: one, some with a rest, more than there are, or chosen."""
    whole, cut = tiled(network, tile=0), tiled(network, tile=tile)
    params, X, T, _ = whole.example(dtype)
    X, T = many(X, T, dtype)
    wanted = whole.loss_and_gradients(params, X, T)
    found = cut.loss_and_gradients(params, X, T)
    assert found[0] == wanted[0]
    for name, gradient in wanted[1].items():
        assert np.array_equal(found[1][name], gradient)


def test_tiles_are_as_many_rows_as_the_cache_holds():
    """Fewer rows where the layers are wider; the chosen number is that of the module."""
    network = Network(sizes=[2, 512, 2], activation=["gelu", "identity"])
    source = generate(network, workspace=True)
    module = loaded(source, "tiled")
    ws = module.Workspace(5000, np.float32)
    rows = len(ws.tiles_A1[0][0])
    held = sum(a[:rows].nbytes for a in (a for a in ws.tiles_A1[0]))
    assert module.CACHE / 2 < held <= module.CACHE
    assert sum(len(t[0]) for t in ws.tiles_A1) == 5000
    assert "TILE = 7" in generate(network, workspace=True, tile=7)
    assert "tiles" not in generate(network, workspace=True, tile=0)


@pytest.mark.parametrize("tile", [-1, 10**7])
def test_a_tile_has_a_sensible_number_of_rows(tile):
    """Neither less than none nor millions."""
    with pytest.raises(SpecError, match="--tile: found"):
        generate(Network(sizes=[2, 2]), workspace=True, tile=tile)
