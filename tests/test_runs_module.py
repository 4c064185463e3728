"""Modules over an axis of runs: each run is the plain module's, and no run meets another."""

from __future__ import annotations

import doctest
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from typer.testing import CliRunner

from symbp import Network, catalog, derive, generate, pipeline
from symbp.cli import app
from symbp.errors import GraphError, ModuleError, SpecError
from symbp.form import Form
from symbp.lower import lower
from symbp.passes.in_place import schedule
from symbp.passes.runs import over_runs
from symbp.spec_file import read_with_flags
from symbp.verify.module import load_source
from symbp.verify.random_networks import random_network
from symbp.verify.torch_oracle import torch_gradients
from tests.gallery import EXAMPLES, ROOT
from tests.memory import MOST_BYTES, peak

RUNS = 3
RELATIVE, TO_TORCH = 1e-13, 1e-12
WORKED = read_with_flags(None, {})
XOR = Network(
    sizes=[2, 4, 1], activation=["tanh", "sigmoid"], bias="per-unit", loss="mse",
    reduction="mean", name="xor",
)  # fmt: skip

loaded = cache(load_source)


def modules(network):
    """The plain module and the one over runs."""
    return loaded(generate(network), "plain"), loaded(generate(network, runs=True), "runs")


def example(name):
    """A network of examples/."""
    return read_with_flags(next(p for p in EXAMPLES if p.stem == name), {})


def different(module, dtype=np.float64, runs=RUNS, names=None):
    """The numbers of the example, with others in each run for what is trained, or for some."""
    params, X, T, rate = module.example(dtype)
    random = np.random.RandomState(0)
    for name in module.TRAINED if names is None else names:
        steps = 0.1 * random.normal(size=(runs, *params[name].shape))
        params[name] = (params[name] + steps).astype(dtype)
    return params, X, T, rate


def of_run(module, params, run):
    """The parameters of one run."""
    return {
        name: value[run] if value.ndim > len(module.SHAPES[name]) else value
        for name, value in params.items()
    }


def worst_error(found, wanted):
    """The largest difference, relative to the largest entry of all gradients."""
    scale = max(float(np.max(np.abs(g), initial=0.0)) for g in wanted.values()) or 1.0
    differences = (np.max(np.abs(found[n] - g), initial=0.0) for n, g in wanted.items())
    return float(max(differences)) / scale


def assert_each_run_is_the_plain_module_s(network, dtype=np.float64, torch=False):
    """Loss and gradients of every run, with dtypes and shapes; perhaps those of torch too."""
    plain, module = modules(network)
    params, X, T, _ = different(module, dtype)
    most = RELATIVE * float(np.finfo(dtype).eps / np.finfo(np.float64).eps)
    E, grads = module.losses_and_gradients(params, X, T)
    assert E.shape == (RUNS,)
    assert tuple(grads) == module.TRAINED
    assert {E.dtype, *(g.dtype for g in grads.values())} == {np.dtype(dtype)}
    for run in range(RUNS):
        one = of_run(module, params, run)
        found = {"E": E[run]} | {name: g[run] for name, g in grads.items()}
        wanted_E, wanted = plain.loss_and_gradients(one, X, T)
        assert all(found[name].shape == g.shape for name, g in wanted.items())
        assert abs(E[run] - wanted_E) <= most * max(abs(wanted_E), np.finfo(dtype).tiny)
        assert worst_error(found, wanted) <= most
        if torch:
            by_torch = torch_gradients(network, X, T, one)
            assert np.isclose(E[run], by_torch["E"], rtol=TO_TORCH, atol=TO_TORCH)
            assert worst_error(found, {name: by_torch[name] for name in wanted}) <= TO_TORCH


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_each_run_of_an_example_is_the_plain_module_s(path):
    """In both types of numbers, and torch's in float64."""
    network = read_with_flags(path, {})
    assert_each_run_is_the_plain_module_s(network, torch=True)
    assert_each_run_is_the_plain_module_s(network, np.float32)


@pytest.mark.parametrize("seed", range(13))
def test_each_run_of_a_random_network_is_the_plain_module_s(seed):
    """Norms, residuals, tables, own layers, masks, weights that are shared or frozen."""
    assert_each_run_is_the_plain_module_s(random_network(seed), torch=True)


LOSSES = [(row, targets) for row in catalog.LOSSES
          for targets in ("values", "classes")[: 2 if row.classes else 1]]  # fmt: skip


@pytest.mark.parametrize(("row", "targets"), LOSSES, ids=[f"{r.name} of {t}" for r, t in LOSSES])
def test_each_run_of_every_loss_is_the_plain_module_s(row, targets):
    """One loss a sample; those of classes with every digit, which takes sums over other classes."""
    network = Network(
        sizes=[3, 4, 3], activation=["tanh", row.output or "identity"], loss=row.name,
        reduction="none", targets=targets, accuracy="full" if row.classes else "fast",
    )  # fmt: skip
    assert_each_run_is_the_plain_module_s(network)


def test_a_parameter_may_be_that_of_all_runs():
    """Whichever are, and whatever they are: weights, class weights, masks."""
    for network in (example("dropout"), XOR):
        _, module = modules(network)
        for name in module.SHAPES:
            params, X, T, _ = different(module, names=[name])
            given = {n: np.broadcast_to(v, (RUNS, *v.shape)) for n, v in params.items()}
            given[name] = params[name]
            E, grads = module.losses_and_gradients(params, X, T)
            wanted_E, wanted = module.losses_and_gradients(given, X, T)
            assert np.array_equal(E, wanted_E)
            assert all(np.array_equal(grads[n], g) for n, g in wanted.items())
            assert len(set(E.tolist())) == RUNS


def test_without_rows_there_is_one_run():
    """The numbers of the example as they are."""
    plain, module = modules(WORKED)
    params, X, T, _ = module.example()
    E, grads = module.losses_and_gradients(params, X, T)
    wanted_E, wanted = plain.loss_and_gradients(params, X, T)
    assert E.tolist() == [wanted_E]
    assert all(np.array_equal(grads[name], g[None]) for name, g in wanted.items())


@pytest.mark.parametrize("network", [XOR, example("dropout"), example("batch_norm")],
                         ids=lambda n: n.name)  # fmt: skip
def test_a_sweep_trains_each_run_as_the_plain_module_does(network):
    """With a rate for each run; frozen parameters stay, and the caller's arrays too."""
    plain, module = modules(network)
    params, X, T, _ = different(module)
    before = {name: value.copy() for name, value in params.items()}
    rates, steps = np.array([0.01, 0.05, 0.02]), 6
    after, losses = module.sweep(params, X, T, rates, steps, record=4)
    assert losses.shape == (4, RUNS)
    for run, rate in enumerate(rates):
        wanted, wanted_losses = plain.train(of_run(module, params, run), X, T, rate, steps)
        np.testing.assert_allclose(losses[:, run], wanted_losses[-4:], rtol=1e-12)
        for name, value in wanted.items():
            np.testing.assert_allclose(after[name][run], value, rtol=1e-10, atol=1e-13)
    assert all(
        value.shape == (RUNS, *params_shape(plain, name, X)) for name, value in after.items()
    )
    assert all(np.array_equal(params[name], value) for name, value in before.items())


def params_shape(module, name, X):
    """The shape of a parameter; a mask has a row a sample."""
    return tuple(len(X) if length < 0 else length for length in module.SHAPES[name])


@pytest.mark.parametrize("network", [XOR, example("layernorm_residual"), example("embedding")],
                         ids=lambda n: n.name)  # fmt: skip
def test_chunks_change_no_bit(network):
    """Run by run, with a rest, or all at once."""
    _, module = modules(network)
    params, X, T, _ = different(module, runs=7)
    rates = np.geomspace(1e-3, 1e-1, 7)
    wanted, losses = module.sweep(params, X, T, rates, 5, record=5)
    for chunk in (1, 3, 100):
        found, found_losses = module.sweep(params, X, T, rates, 5, record=5, chunk=chunk)
        assert np.array_equal(found_losses, losses)
        assert all(np.array_equal(found[name], value) for name, value in wanted.items())


def test_a_sweep_goes_on_where_one_stopped():
    """What it returns it takes; no step leaves the parameters as they are."""
    _, module = modules(XOR)
    params, X, T, _ = different(module)
    whole, losses = module.sweep(params, X, T, 0.5, 6, record=6)
    half, first = module.sweep(params, X, T, 0.5, 3, record=3)
    found, second = module.sweep(half, X, T, 0.5, 3, record=3)
    assert np.array_equal(np.concatenate([first, second]), losses)
    assert all(np.array_equal(found[name], value) for name, value in whole.items())
    same, none = module.sweep(params, X, T, 0.5, 0)
    assert none.shape == (0, RUNS)
    assert all(np.array_equal(same[name], params[name]) for name in module.TRAINED)


def test_a_run_that_diverges_is_alone():
    """Its numbers overflow; the others are those of a sweep without it, bit for bit."""
    network = Network(sizes=[2, 3, 1], activation="identity", bias="per-unit", loss="mse")
    _, module = modules(network)
    params, X, T, _ = different(module)
    after, losses = module.sweep(params, X, T, np.array([0.01, 1e4, 0.02]), 60)
    assert not np.isfinite(losses[-1, 1])
    assert np.isfinite(losses[-1, [0, 2]]).all()
    for run, rate in ((0, 0.01), (2, 0.02)):
        alone, _ = module.sweep(of_run(module, params, run), X, T, rate, 60)
        assert all(np.array_equal(after[name][run], value[0]) for name, value in alone.items())


def test_numbers_that_are_none_are_taken():
    """NaN in one run is NaN there, and nowhere else."""
    _, module = modules(XOR)
    params, X, T, _ = different(module)
    params["W1"][1, 0, 0] = np.nan
    E, grads = module.losses_and_gradients(params, X, T)
    assert np.isnan(E).tolist() == [False, True, False]
    assert not any(np.isnan(g[[0, 2]]).any() for g in grads.values())


def test_a_sweep_trains_in_the_type_it_is_told():
    """Parameters of float64 in float32: what the plain module makes of rounded ones."""
    plain, module = modules(XOR)
    params, X, T, _ = different(module)
    after, losses = module.sweep(params, X, T, 0.1, 4, record=4, dtype=np.float32)
    assert {losses.dtype, *(value.dtype for value in after.values())} == {np.dtype(np.float32)}
    rounded = {name: value.astype(np.float32) for name, value in params.items()}
    small = (X.astype(np.float32), T.astype(np.float32))
    for run in range(RUNS):
        _, wanted = plain.train(of_run(module, rounded, run), *small, 0.1, 4)
        np.testing.assert_allclose(losses[:, run], wanted, rtol=1e-5)


def test_the_seed_scales_each_run_by_itself():
    """By powers of two, so that no digit is lost; with zero nothing flows."""
    _, module = modules(example("layernorm_residual"))
    params, X, T, _ = different(module)
    _, grads = module.losses_and_gradients(params, X, T)
    ws = module.Ensemble(RUNS, len(X))
    ws.load(params, X, T)
    ws.seed[:] = -0.25, 0, 2
    module.gradient_pass(ws)
    for name, gradient in grads.items():
        for run, seed in enumerate(ws.seed):
            assert np.array_equal(ws.grads[name][run], seed * gradient[run])


def test_what_is_trained_lies_side_by_side():
    """trained and dw are (P, R), views of the parameters and of their gradients."""
    _, module = modules(XOR)
    params, X, T, _ = different(module)
    ws = module.Ensemble(RUNS, len(X))
    ws.load(params, X, T)
    module.gradient_pass(ws)
    for whole, parts in ((ws.trained, ws.params), (ws.dw, ws.grads)):
        assert whole.shape == (XOR.weight_count, RUNS)
        joined = np.concatenate([parts[name].reshape(RUNS, -1) for name in module.TRAINED], axis=1)
        assert np.array_equal(whole, joined.T)
    ws.trained[:] = 7
    assert all((ws.params[name] == 7).all() for name in module.TRAINED)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_a_step_allocates_nothing(path):
    """However many runs; np.add.at and np.einsum take a few KB of their own."""
    _, module = modules(read_with_flags(path, {}))
    params, X, T, _ = module.example(np.float32)
    ws = module.Ensemble(16, len(X), np.float32)
    ws.load(params, X, T)
    ws.seed[...] = -0.01

    def step():
        module.gradient_pass(ws)
        module.loss_pass(ws)
        np.add(ws.theta, ws.gradient, out=ws.theta)

    assert peak(step) <= 2 * MOST_BYTES


def test_a_chunk_is_as_many_runs_as_the_cache_holds(monkeypatch):
    """All chunks about as long, and none of fewer runs than LEAST where there are as many."""
    _, module = modules(XOR)
    params, X, T, _ = module.example()
    one, two = (module.Ensemble(runs, len(X)).nbytes for runs in (1, 2))
    assert module.Ensemble(5, len(X)).nbytes == one + 4 * (two - one)
    made: list[int] = []

    class Counted(module.Ensemble):
        def __init__(self, R, N, dtype=np.float64):
            made.append(R)
            super().__init__(R, N, dtype)

    monkeypatch.setattr(module, "Ensemble", Counted)
    fitting = module.CACHE // (two - one)
    for runs in (fitting, fitting + 1, 3):
        made.clear()
        module.sweep(params, X, T, np.full(runs, 0.1), 1)
        *_, last = sizes = made[2:]  # behind the two that are measured
        assert sum(sizes) == runs
        assert max(sizes) <= fitting
        assert max(sizes) - last < len(sizes)
    monkeypatch.setattr(module, "CACHE", 1)
    made.clear()
    module.sweep(params, X, T, np.full(2 * module.LEAST, 0.1), 1)
    assert made[2:] == [module.LEAST] * 2


def test_an_array_of_several_names_is_counted_once():
    """A run takes its parameters, their gradients, its targets, and what is on the way."""
    _, module = modules(Network(sizes=[2, 2], activation="relu"))
    one, two = (module.Ensemble(runs, 3).nbytes for runs in (1, 2))
    ws = module.Ensemble(1, 3)
    own = {id(a): a for a in (ws.theta, ws.gradient, ws.T, ws.seed, ws.Z1, ws.dZ1, ws.E)}
    assert two - one >= sum(a.nbytes for a in own.values())
    assert two - one <= 8 * (4 + 4 + 6 + 1 + 5 * 6 + 1)


def test_it_is_verified_like_the_others():
    """Against torch, arbitrary precision and differences."""
    for network in (WORKED, example("embedding")):
        assert pipeline.verify(network, form=Form(runs=True)).passed


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("np.matmul(dZ2.mT, A1, out=dW2)", "np.matmul(dZ2[:1].mT, A1, out=dW2)"),
        ("b1[:, None, :]", "b1[:1, None, :]"),
        ("np.subtract(A2, T", "np.subtract(A2[::-1], T"),
    ],
)
def test_runs_that_meet_are_found(tmp_path, code, wrong):
    """A module that takes the numbers of one run for another does not pass."""
    source = generate(XOR, runs=True)
    assert source.count(code) == 1
    path = tmp_path / "mixed.py"
    path.write_text(source.replace(code, wrong))
    assert not pipeline.verify(XOR, module=path).passed


def test_a_module_that_fails_is_named(tmp_path):
    """With what it raises."""
    path = tmp_path / "broken.py"
    path.write_text("def losses_and_gradients(params, X, T):\n    return 1 / 0\n")
    with pytest.raises(ModuleError, match="losses_and_gradients raises ZeroDivisionError"):
        pipeline.verify(WORKED, module=path)


def refused(call, network=WORKED):
    """What the module says to a changed call."""
    _, module = modules(network)
    params, X, T, _ = different(module)
    given = {"params": params, "X": X, "T": T, "learning_rate": 0.1, "steps": 2}
    call(given)
    with pytest.raises((KeyError, TypeError, ValueError)) as caught:
        module.sweep(**given)
    return str(caught.value)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda g: g["params"].pop("W1"), "parameter W1 is missing"),
        (lambda g: g["params"].update(W1=0.5), "W1 is float, expected an array"),
        (lambda g: g["params"].update(W1=g["params"]["W1"][:2]), "W2 has 3 runs, but W1 has 2"),
        (lambda g: g["params"].update(W1=g["params"]["W1"][:0]), "W1 has no runs"),
        (lambda g: g["params"].update(W1=np.ones((3, 2, 5))), "(2, 5) in a run, expected (2, 2)"),
        (lambda g: g["params"].update(W1=np.ones((2, 3))), "W1 has shape (2, 3) in a run"),
        (lambda g: g["params"].update(W1=np.ones((2, 2), np.float32)), "W1 is float32 but X is"),
        (lambda g: g.update(X=np.ones((3, 1, 2))), "X has shape (3, 1, 2), expected (N, 2)"),
        (lambda g: g.update(X=g["X"][:0], T=g["T"][:0]), "X has no samples"),
        (lambda g: g.update(T=g["T"][:, :1]), "T has shape"),
        (lambda g: g.update(T=[[0.1, 0.2]]), "T is list, expected an array"),
        (lambda g: g.update(learning_rate=[0.1, 0.2]), "learning_rate has 2 runs, but W1 has 3"),
        (lambda g: g.update(learning_rate=[[0.1]]), "learning_rate has shape (1, 1)"),
        (lambda g: g.update(learning_rate=[]), "learning_rate has shape (0,)"),
        (lambda g: g.update(learning_rate=None), "learning_rate is of object"),
        (lambda g: g.update(learning_rate="fast"), "learning_rate is of <U4"),
        (lambda g: g.update(steps=-1), "steps is -1, expected at least 0"),
        (lambda g: g.update(steps=1.5), "steps is 1.5, expected a whole number"),
        (lambda g: g.update(record=3), "record is 3, expected 0 to 2"),
        (lambda g: g.update(chunk=0), "chunk is 0, expected at least 1"),
        (lambda g: g.update(dtype=np.int64), "expected float32 or float64"),
    ],
)
def test_what_does_not_fit_is_refused(change, text):
    """Before anything is trained."""
    assert text in refused(change)


def test_data_out_of_range_is_refused():
    """Rows of a table and classes, as in the plain module."""
    assert "outside 0" in refused(lambda g: g.update(X=g["X"] + 99), example("embedding"))
    assert "outside 0" in refused(lambda g: g.update(T=g["T"] + 99), example("embedding"))


def test_an_ensemble_takes_what_it_is_made_for():
    """As many runs and samples; nothing is changed otherwise."""
    _, module = modules(WORKED)
    params, X, T, _ = different(module)
    ws = module.Ensemble(2, 1)
    with pytest.raises(ValueError, match="there are 3 runs, the ensemble is for 2"):
        ws.load(params, X, T)
    ws = module.Ensemble(3, 2)
    with pytest.raises(ValueError, match="X has 1 samples, the ensemble is for 2"):
        ws.load(params, X, T)
    assert not ws.theta.any()
    with pytest.raises(ValueError, match="R is 0, expected at least 1"):
        module.Ensemble(0, 1)


def test_an_axis_of_runs_is_for_arrays_of_numpy(tmp_path):
    """Other options are refused, from Python and at the command line."""
    for options in ({"style": "scalar"}, {"target": "c"}, {"workspace": True}):
        with pytest.raises(SpecError, match="--runs: an axis of runs"):
            Form(**options, runs=True)
    with pytest.raises(SpecError, match="--optimizer"):
        Form(optimizer="adam", runs=True)
    found = CliRunner().invoke(app, ["generate", "--runs", "--style", "scalar"])
    assert found.exit_code == 2
    assert "--runs" in found.output
    path = tmp_path / "many.py"
    assert CliRunner().invoke(app, ["generate", "--runs", "-o", str(path)]).exit_code == 0
    assert path.read_text() == generate(WORKED, runs=True)


def test_the_page_of_experiments_says_what_comes_out():
    """Its section on runs, as a session."""
    page = (ROOT / "docs/experiments.md").read_text()
    (section,) = (part for part in page.split("\n## ") if part.startswith("Many runs at once"))
    test = doctest.DocTestParser().get_doctest(section, {}, "runs", "experiments.md", 0)
    assert doctest.DocTestRunner().run(test).failed == 0


def test_other_rows_in_each_run_are_refused():
    """What looks rows up has the same data in all runs; no wrong number is given."""
    network = example("embedding")
    derivation = derive(network)
    (table, *_), axes = network.parameters, derivation.axes
    inputs = {"X": (axes["X"], "int"), table: (axes[table], "float")}
    found = schedule(lower(derivation).forward[:1], inputs, {})
    (looked_up,) = (o for o in over_runs(found, [table]).operations if o.function == "take")
    assert looked_up.shape[0] == "R"
    with pytest.raises(GraphError, match="other rows in each run"):
        over_runs(found, ["X"])


def test_a_quantity_may_be_called_like_the_axis():
    """With every digit a softmax has a quantity R; it is no number of runs."""
    network = replace(
        Network(sizes=[3, 3], loss="cross_entropy", activation="softmax"), accuracy="full"
    )
    assert_each_run_is_the_plain_module_s(network)
