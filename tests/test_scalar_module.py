"""Modules by name: floats as IEEE arithmetic has them, and arrays of runs that equal them."""

from __future__ import annotations

import math
import warnings
from functools import cache

import numpy as np
import pytest

from symbp import catalog, derive, generate, pipeline
from symbp.by_name import check_single
from symbp.errors import DependencyError, SpecError
from symbp.form import Form
from symbp.spec import Network
from symbp.spec_file import read_with_flags
from symbp.stable import floats
from symbp.verify.check import arrays
from symbp.verify.module import load_source
from symbp.verify.random_networks import random_network
from symbp.verify.torch_oracle import torch_gradients
from tests.gallery import LARGEST_SCALAR
from tests.memory import MOST_BYTES, peak

WORKED = read_with_flags(None, {})
RELATIVE = 1e-12


MADE: dict[tuple[int, Form], object] = {}
SCALAR, NUMBA_FORM = Form("scalar"), Form(target="numba")


def module(network: Network, form: Form = SCALAR):
    """The generated module of a network, loaded once."""
    key = (id(network), form)
    if key not in MADE:
        MADE[key] = load_source(pipeline.files(network, form), network.name)
    return MADE[key]


@cache
def network_of(kind: str, name: str, accuracy: str = "fast") -> Network | None:
    """A small network with an activation or a loss of the catalogue; None where there is none."""
    example = {"seed": 3, "samples": 1}
    common = {"sizes": [2, 3, 2], "accuracy": accuracy, "example": example}
    try:
        if kind == "activation":
            row = catalog.activation(name)
            return Network(activation=[catalog.sample(row), "identity"], **common)
        output = catalog.loss(name).output or "identity"
        return Network(activation=["tanh", output], loss=name, **common)
    except SpecError:
        return None


ROWS = [("activation", n) for n in catalog.names("activation")]
ROWS += [("loss", n) for n in catalog.names("loss")]


# Beyond, the lines and the stable form that all modules share are wrong.
FURTHEST = {"log_softmax": 100.0, "squareplus": 1e100}


def small_random_networks(count: int):
    """Those random networks that have a scalar style and few numbers."""
    found = []
    for seed in range(1000, 1000 + 4 * count):
        network = random_network(seed)
        try:
            check_single(network, derive(network))
        except SpecError:
            continue
        if network.weight_count <= LARGEST_SCALAR:
            found.append((seed, network))
        if len(found) == count:
            break
    return found


RANDOM = small_random_networks(8)


def runs_of(m, count, seed=0):
    """Numbers, inputs and targets of some runs: the example's, each run a little apart."""
    random = np.random.RandomState(seed)
    groups = []
    for group in m.example()[:3]:
        apart = 1 + 0.3 * random.uniform(-1, 1, (len(group), count))
        groups.append(np.array(group)[:, None] * apart)
    groups[2] = np.array(m.example()[2])[:, None] + np.zeros((1, count))  # classes stay classes
    return groups


def close(found, wanted, relative=RELATIVE):
    """Whether two results agree relative to the largest number of what is wanted."""
    found, wanted = np.asarray(found, float), np.asarray(wanted, float)
    scale = np.max(np.abs(wanted[np.isfinite(wanted)]), initial=0.0)
    return np.allclose(found, wanted, rtol=relative, atol=relative * scale, equal_nan=True)


def differing_runs(m, count=5):
    """Where the runs all at once differ from one by one, by the functions of floats."""
    w, x, y = runs_of(m, count)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        E, dw = m.losses_and_gradients(w, x, y)
        after, losses = m.sweep(w, x, y, 0.05, 3, record=3)
    wrong = []
    for run in range(count):
        one = [group[:, run] for group in (w, x, y)]
        wanted_E, wanted = m.loss_and_gradients(*one)
        trained, one_by_one = m.train(*one, 0.05, 3)
        right = {
            "E": close(E[run], wanted_E),
            "dw": close(dw[:, run], wanted),
            "loss": m.loss(*one) == pytest.approx(wanted_E, rel=RELATIVE, abs=1e-15),
            "losses": close(losses[:, run], one_by_one, 1e-11),
            "w after training": close(after[:, run], trained, 1e-11),
        }
        wrong += [f"run {run}: {what}" for what, is_right in right.items() if not is_right]
    return wrong


@pytest.mark.parametrize(("kind", "name"), ROWS)
def test_runs_equal_floats_for_every_row(kind, name):
    """Each activation and each loss of the catalogue: run by run, to 1e-12 of the largest."""
    network = network_of(kind, name)
    if network is None:
        pytest.skip("needs options or targets of its own")
    assert differing_runs(module(network)) == []


@pytest.mark.parametrize("name", ["gelu", "mish", "elu", "softplus"])
def test_runs_equal_floats_in_forms_with_regimes(name):
    """With accuracy "full": branches, and kernels that carry rounding errors along."""
    assert differing_runs(module(network_of("activation", name, "full"))) == []


@pytest.mark.parametrize(("seed", "network"), RANDOM, ids=[str(seed) for seed, _ in RANDOM])
def test_runs_equal_floats_for_random_networks(seed, network):
    """Norms, residuals, weights that are shared or frozen, classes."""
    assert differing_runs(module(network)) == []


@pytest.mark.parametrize("scale", [40.0, 1e4, 1e150])
@pytest.mark.parametrize(("kind", "name"), ROWS)
def test_floats_give_what_torch_gives_far_out(kind, name, scale):
    """No exception, and no NaN or infinity where torch has a number."""
    network = network_of(kind, name)
    if network is None:
        pytest.skip("needs options or targets of its own")
    if scale > FURTHEST.get(name, math.inf):
        pytest.xfail("the array module too: no shift by the maximum, half of the value")
    m = module(network)
    X, T, parameters = arrays(network, network.numbers)
    parameters = {n: v * scale if n == "W1" else v for n, v in parameters.items()}
    wanted = torch_gradients(network, X, T, parameters)
    w, x, y, _ = m.example()
    first = {f"w{k}" for k in range(1, 1 + parameters["W1"].size)}
    w = [v * scale if n in first else v for n, v in zip(m.WEIGHTS, w, strict=True)]
    E, dw = m.loss_and_gradients(w, x, y)
    count = parameters["W1"].size
    found = np.array(dw[:count]).reshape(parameters["W1"].shape[::-1]).T
    if np.isfinite(wanted["E"]):
        assert close(E, wanted["E"], 1e-9)
    if np.isfinite(wanted["W1"]).all():
        assert np.isfinite(found).all()
        largest = max(np.max(np.abs(wanted["W1"])), 1e-6 * np.max(np.abs(wanted["W2"])))
        assert np.max(np.abs(found - wanted["W1"])) <= 1e-9 * largest + 1e-12


def test_large_net_inputs_of_the_worked_example():
    """Sigmoids at 1e4 on either side: 0 and 1, no exception, in both paths."""
    m = module(WORKED)
    w, x, y, _ = m.example()
    for sign in (1, -1):
        far = [1e4 * sign * v for v in w]
        E, dw = m.loss_and_gradients(far, x, y)
        assert math.isfinite(E)
        assert all(map(math.isfinite, dw))
        runs_E, runs_dw = m.losses_and_gradients(far, x, y)
        assert (runs_E[0], runs_dw[:, 0].tolist()) == (E, list(dw))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("network", [WORKED, network_of("activation", "gelu", "full")])
def test_chunks_and_workers_change_no_bit(network, dtype):
    """Runs are independent of each other, and each is computed the same wherever it lies."""
    m = module(network)
    w, x, y = runs_of(m, 37)
    rates = np.linspace(0.01, 5, 37)
    wanted, losses = m.sweep(w, x, y, rates, 9, 4, chunk=37, workers=1, dtype=dtype)
    assert wanted.dtype == losses.dtype == dtype
    assert losses.shape == (4, 37)
    for chunk, workers in ((1, 1), (5, 2), (8, 3), (36, 2), (None, 2)):
        found = m.sweep(w, x, y, rates, 9, 4, chunk=chunk, workers=workers, dtype=dtype)
        assert wanted.tobytes() == found[0].tobytes()
        assert losses.tobytes() == found[1].tobytes()


def test_any_name_may_be_an_array_of_runs():
    """A weight, an input, a target, the learning rate: one array, all other numbers."""
    m = module(WORKED)
    w, x, y, rate = m.example()
    values = np.array([0.1, 0.3, 0.5])
    for group, place in ((0, 3), (1, 1), (2, 0)):
        given = [list(w), list(x), list(y)]
        given[group][place] = values
        after, _ = m.sweep(*given, rate, 4)
        for run, value in enumerate(values):
            given[group][place] = value
            assert close(after[:, run], m.train(*given, rate, 4)[0])
    after, _ = m.sweep(w, x, y, values, 4)
    assert close(after[:, 2], m.train(w, x, y, 0.5, 4)[0])


def test_losses_of_the_last_steps_are_those_of_all():
    """record chooses how many are kept; none, and more steps than there are."""
    m = module(WORKED)
    w, x, y, rate = m.example()
    after, every = m.sweep(w, x, y, rate, 6, record=6)
    for record in (0, 1, 3):
        found, last = m.sweep(w, x, y, rate, 6, record=record)
        assert np.array_equal(last, every[6 - record :])
        assert np.array_equal(found, after)
    unchanged, none = m.sweep(w, x, y, rate, 0)
    assert unchanged[:, 0].tolist() == list(w)
    assert none.shape == (0, 1)


@pytest.mark.parametrize(
    "network",
    [WORKED, network_of("activation", "gelu", "full"), network_of("loss", "cross_entropy")],
    ids=["worked", "gelu", "cross_entropy"],
)
def test_a_step_of_an_ensemble_allocates_nothing(network):
    """At most 4 KB, whatever the number of runs."""
    m = module(network)
    ws = m.Ensemble(5000)
    ws.load(*runs_of(m, 5000))
    ws.seed[...] = -0.01

    def step():
        with np.errstate(all="ignore"):
            m.gradient_pass(ws)
            m.loss_pass(ws)
            np.add(ws.trained, ws.dw, out=ws.trained)

    assert peak(step) <= MOST_BYTES


NUMBA = {
    "worked": WORKED,
    "classes": Network(
        sizes=[2, 3, 3], activation=["relu", "identity"], loss="cross_entropy",
        targets="classes", bias="per-unit", example={"seed": 1, "samples": 1},
    ),
    "regimes": Network(
        sizes=[1, 2, 1], activation=["gelu", "softplus"], loss="huber", accuracy="full",
        example={"seed": 1, "samples": 1},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NUMBA)
def test_numba_equals_floats(name):
    """Gradients and losses to 1e-12, in any chunks, overflow as IEEE has it."""
    pytest.importorskip("numba")
    network = NUMBA[name]
    plain, fast = module(network), module(network, NUMBA_FORM)
    w, x, y, _ = plain.example()
    for scale in (1.0, 1000.0):
        scaled = [v * scale for v in w]
        E, dw = plain.loss_and_gradients(scaled, x, y)
        found_E, found = fast.loss_and_gradients(scaled, x, y)
        assert close(found_E, E)
        assert close(found, dw)
    assert differing_runs(fast, 3) == []
    after, losses = fast.train(w, x, y, 0.1, 20)
    wanted, wanted_losses = plain.train(w, x, y, 0.1, 20)
    assert close(after, wanted, 1e-11)
    assert close(losses, wanted_losses, 1e-11)
    many = runs_of(plain, 9)
    results = [
        fast.sweep(*many, 0.1, 5, 2, chunk=chunk, workers=workers)
        for chunk, workers in ((None, 1), (2, 2), (9, None))
    ]
    for result in results[1:]:
        assert [r.tobytes() for r in result] == [r.tobytes() for r in results[0]]
    assert close(results[0][0], plain.sweep(*many, 0.1, 5)[0], 1e-11)


def test_numba_is_verified_like_the_rest():
    """Against torch, arbitrary precision and differences: floats, and runs."""
    pytest.importorskip("numba")
    report = pipeline.verify(WORKED, form=Form(target="numba"))
    assert report.passed
    assert {c.oracle for c in report.comparisons} >= {"torch", "torch, runs", "precision, runs"}


def test_without_numba_it_says_what_to_install(monkeypatch):
    """The check is an error with the command; the module is too."""
    monkeypatch.setattr("symbp.pipeline.find_spec", lambda name: None)
    with pytest.raises(DependencyError, match=r"symbp\[numba\]"):
        pipeline.verify(WORKED, form=Form(target="numba"))
    monkeypatch.setitem(__import__("sys").modules, "numba", None)
    with pytest.raises(Exception, match="pip install numba"):
        load_source(generate(WORKED, target="numba"), "worked")


def test_numba_takes_no_large_network():
    """Its compiler would take minutes."""
    with pytest.raises(SpecError, match="at most 400"):
        generate(Network(sizes=[30, 30]), target="numba")


ARRAYS = (np.zeros(3), np.zeros(4))
BAD = [
    (lambda m, w, x, y: m.train(w[:-1], x, y, 1.0, 1), ValueError, "w has 7 numbers, expected 8"),
    (lambda m, w, x, y: m.loss(w, (*x, 1.0), y), ValueError, "x has 3 numbers, expected 2"),
    (lambda m, w, x, y: m.forward(w, x[:1]), ValueError, "x has 1 numbers"),
    (lambda m, w, x, y: m.loss_and_gradients(w, x, ()), ValueError, "y has 0 numbers"),
    (lambda m, w, x, y: m.train((*w[:7], "1"), x, y, 1.0, 1), TypeError, "w8 is str"),
    (lambda m, w, x, y: m.train((*w[:7], ARRAYS[0]), x, y, 1.0, 1), TypeError, "see sweep"),
    (lambda m, w, x, y: m.train(w, x, y, 1.0, -1), ValueError, "steps is -1, expected at least 0"),
    (lambda m, w, x, y: m.train(w, x, y, 1.0, 2.5), TypeError, "steps is 2.5"),
    (lambda m, w, x, y: m.sweep(w[1:], x, y, 1.0, 1), ValueError, "w has 7 numbers"),
    (lambda m, w, x, y: m.sweep(w, ARRAYS, y, 1.0, 1), ValueError, "x2 has 4 runs, but x1 has 3"),
    (lambda m, w, x, y: m.sweep(w, x, (ARRAYS[0], 0), ARRAYS[1], 1), ValueError,
     "learning_rate has 4 runs, but y1 has 3"),
    (lambda m, w, x, y: m.sweep(w, ("a", 1.0), y, 1.0, 1), TypeError, "x1 is of <U1"),
    (lambda m, w, x, y: m.sweep(w, x, y, 1j, 1), TypeError, "learning_rate is of complex128"),
    (lambda m, w, x, y: m.sweep(w, x, y, np.zeros((2, 2)), 1), ValueError, "(2, 2)"),
    (lambda m, w, x, y: m.sweep(w, x, y, np.zeros(0), 1), ValueError, "(0,)"),
    (lambda m, w, x, y: m.sweep(w, x, y, 1.0, -1), ValueError, "steps is -1"),
    (lambda m, w, x, y: m.sweep(w, x, y, 1.0, 3, record=4), ValueError, "expected 0 to 3"),
    (lambda m, w, x, y: m.sweep(w, x, y, 1.0, 1, chunk=0), ValueError, "chunk is 0"),
    (lambda m, w, x, y: m.sweep(w, x, y, 1.0, 1, workers=0), ValueError, "workers is 0"),
    (lambda m, w, x, y: m.sweep(w, x, y, 1.0, 1, dtype=np.int64), TypeError, "expected float32"),
]  # fmt: skip


@pytest.mark.parametrize("target", ["numpy", "numba"])
@pytest.mark.parametrize(("call", "error", "said"), BAD, ids=[said for _, _, said in BAD])
def test_what_does_not_fit_is_refused(call, error, said, target):
    """One error that names what was found and what was expected."""
    if target == "numba":
        pytest.importorskip("numba")
    form = SCALAR if target == "numpy" else NUMBA_FORM
    m = module(WORKED, form)
    with pytest.raises(error) as caught:
        call(m, *m.example()[:3])
    assert said in str(caught.value)


SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -3.0, 710.0, -710.0, 1e308, -1e308, math.inf,
           -math.inf, math.nan]  # fmt: skip
NUMPY = {"asin": "arcsin", "acos": "arccos", "acosh": "arccosh", "atanh": "arctanh"}


@pytest.mark.parametrize(
    "name",
    ["exp", "expm1", "log", "log1p", "sqrt", "sinh", "cosh", "sin", "cos", "tan", "asin", "acos",
     "acosh", "atanh", "sign"],
)  # fmt: skip
def test_functions_of_floats_are_those_of_numpy(name):
    """Infinities and NaN where NumPy has them, at every special number."""
    function = getattr(floats, name)
    with np.errstate(all="ignore"):
        wanted = getattr(np, NUMPY.get(name, name))(np.array(SPECIAL))
    found = [function(x) for x in SPECIAL]
    np.testing.assert_allclose(found, wanted, rtol=1e-14)


@pytest.mark.parametrize("name", ["divide", "power"])
def test_functions_of_two_floats_are_those_of_numpy(name):
    """0/0, 1/-0, (-8)**0.5, overflow of either sign."""
    function = getattr(floats, name)
    for a in SPECIAL:
        with np.errstate(all="ignore"):
            wanted = getattr(np, name)(a, np.array(SPECIAL))
        np.testing.assert_allclose([function(a, b) for b in SPECIAL], wanted, rtol=1e-14)


def test_kernels_of_floats_are_those_of_arrays():
    """Bit for bit: the same operations in the same order, but for the exponential."""
    from symbp.stable import kernels

    for x in (0.0, 0.3, 2.5, 25.0, 1e10):
        assert floats.erfcx(x) == kernels.erfcx(np.array([x]))[0]
    coefficients = (0.1, 1e-18, -0.5, 0.0, 0.01, 2e-19)
    for x in (-2.0, 0.0, 0.7, 4.0):
        wanted = kernels.exp_poly(np.array([x]), *coefficients)[0]
        assert floats.exp_poly(x, coefficients) == pytest.approx(wanted, rel=4e-16)
