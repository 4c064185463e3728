"""`python -m benchmarks step|sweep|derive`: who is wrong is refused, who is silent is ended.

No time is asserted: machines are shared and noisy.
"""

from __future__ import annotations

import doctest
import io
import json
from importlib import import_module

import numpy as np
import pytest
import torch

from benchmarks import derive, rounds, step, sweep
from benchmarks.contenders import CONTENDERS, NotAvailable, by_hand, prepare
from benchmarks.derivations import CASES as DERIVATIONS
from benchmarks.derivations import closed_forms, expanded
from benchmarks.networks import CASES, SWEEP, WORKED, Case, chosen
from benchmarks.plot import plot
from benchmarks.processes import Worker, cores, environment
from benchmarks.reference import STEPS, TOLERANCES, distance, reference
from benchmarks.report import ratios
from benchmarks.rounds import Row, Spread
from benchmarks.worker import Session, answer, calibrated, serve

SMALL = {
    "sigmoid": Case((2, 3, 2), 1, **WORKED, biases=False, learning_rate=0.5),
    "tanh": Case((1, 4, 1), 7, activation="tanh", loss="mse", dtype="float64"),
    "relu": Case((5, 6, 4, 3), 8),
}
DOCUMENTED = ("networks", "reference", "report", "rounds", "worker")


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch):
    monkeypatch.setenv("BENCHMARK_THREADS", "1")


class InProcess:
    """A worker without a process of its own."""

    def __init__(self, kind, contender, case, threads):
        self.contender = contender
        self.session = Session(kind, contender, CASES[kind][case])

    def ask(self, do, **request):
        return json.loads(json.dumps(answer(self.session, {"do": do, **request})))

    def close(self):
        self.session = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


@pytest.fixture
def entering(monkeypatch):
    """Lets a contender of a test take part, in this process."""
    monkeypatch.setattr(rounds, "Worker", InProcess)

    def enter(name, build):
        monkeypatch.setitem(CONTENDERS["step"], name, f"by_hand.{name}")
        monkeypatch.setattr(by_hand, name, build, raising=False)

    return enter


@pytest.mark.parametrize("name", DOCUMENTED)
def test_examples_in_the_documentation_run(name):
    """These modules are outside of pytest's paths for doctests."""
    result = doctest.testmod(import_module(f"benchmarks.{name}"))
    assert result.attempted
    assert not result.failed


@pytest.mark.parametrize("contender", ["torch", "numpy by hand", "plain", "workspace"])
@pytest.mark.parametrize("case", SMALL.values(), ids=SMALL)
def test_contenders_agree_with_the_reference(contender, case):
    """Each is right on every kind of network, and twice, as each block starts anew."""
    train = prepare("step", contender, case)(case.data())
    for _ in range(2):
        found = {k: np.asarray(v) for k, v in train(STEPS).items()}
        assert distance(case, found, reference(case)) <= TOLERANCES[case.dtype]


@pytest.mark.parametrize("contender", ["autograd", "casadi", "jax.jit", "jax.jit, loop"])
def test_contenders_of_other_libraries_agree(contender):
    """Where the extra `bench` is installed."""
    pytest.importorskip(contender.split(".")[0])
    case = SMALL["relu"]
    found = prepare("step", contender, case)(case.data())(STEPS)
    found = {k: np.asarray(v) for k, v in found.items()}
    assert distance(case, found, reference(case)) <= TOLERANCES[case.dtype]


def test_scalar_style_agrees_and_needs_one_sample():
    """Weights by name go into arrays and back."""
    case = SMALL["sigmoid"]
    found = prepare("step", "scalar", case)(case.data())(STEPS)
    assert distance(case, found, reference(case)) <= 1e-12
    with pytest.raises(NotAvailable, match="one sample"):
        prepare("step", "scalar", SMALL["relu"])


def test_reference_is_what_differences_say():
    """The reference's first step is minus the rate times a central difference of torch's loss."""
    case = SMALL["tanh"]
    data = case.data()

    def loss(W1):
        W2, b1, b2 = (torch.from_numpy(data.params[k]) for k in ("W2", "b1", "b2"))
        hidden = torch.tanh(torch.from_numpy(data.X) @ torch.from_numpy(W1).T + b1)
        return float(((hidden @ W2.T + b2 - torch.from_numpy(data.T)) ** 2).mean())

    W1, h = data.params["W1"], 1e-6
    up, down = W1.copy(), W1.copy()
    up[2, 0] += h
    down[2, 0] -= h
    slope = (loss(up) - loss(down)) / (2 * h)
    moved = reference(case, 1)["W1"][2, 0] - W1[2, 0]
    assert moved == pytest.approx(-case.learning_rate * slope, rel=1e-7)


def test_limit_makes_exactly_the_products_of_a_step(monkeypatch):
    """Forward, weights' gradients, and inner gradients but that of the inputs; nothing else."""
    case = Case((784, 512, 256, 10), 4)
    names = [name for name, *_ in case.products()]
    assert names == ["Z1", "Z2", "Z3", "dW3", "dA2", "dW2", "dA1", "dW1"]
    forward = 784 * 512 + 512 * 256 + 256 * 10
    assert case.multiplications == 4 * (2 * forward + 512 * 256 + 256 * 10)
    shapes = []
    dot = np.dot

    def counted(a, b, out):
        shapes.append((a.shape[0], a.shape[1], b.shape[1]))
        return dot(a, b, out=out)

    monkeypatch.setattr(by_hand.np, "dot", counted)
    prepare("step", "limit", case)(case.data())(1)
    assert shapes == [(rows, inner, columns) for _, rows, inner, columns in case.products()]


def test_limit_is_a_linear_network():
    """Its products are those of backpropagation through layers without activations."""
    case = Case((5, 4, 3), 6, dtype="float64")
    data = case.data()
    found = prepare("step", "limit", case)(data)(1)
    W1, W2 = (torch.from_numpy(data.params[k]).requires_grad_() for k in ("W1", "W2"))
    ((torch.from_numpy(data.X) @ W1.T @ W2.T).sum() / case.batch).backward()
    np.testing.assert_allclose(found["W1"], W1.grad, rtol=1e-12)
    np.testing.assert_allclose(found["W2"], W2.grad, rtol=1e-12)


@pytest.mark.parametrize("mistake", ["rate", "nan", "missing", "shape"])
def test_a_wrong_contender_is_refused(entering, mistake, capsys):
    """It is not timed, its row says why, and the exit code is 1."""

    def wrong(case):
        right = by_hand.in_place(case)

        def start(data):
            train = right(data)

            def spoilt(steps):
                found = dict(train(steps))
                if mistake == "rate":
                    found["W1"] = found["W1"] + 1e-6 * (found["W1"] - data.params["W1"])
                elif mistake == "nan":
                    found["W1"] = found["W1"] * np.nan
                elif mistake == "shape":
                    found["W1"] = found["W1"].ravel()
                else:
                    del found["W2"]
                return found

            return spoilt

        return start

    entering("wrong", wrong)
    case = CASES["step"]["2-2-2:1"]
    rows = rounds.measure("step", case, ["numpy by hand", "wrong"], 1, 2, 0.001)
    assert [row.status for row in rows] == ["ok", "wrong"]
    assert len(rows[0].seconds) == 2
    assert rows[1].seconds == ()
    assert "differs from torch" in rows[1].reason
    assert step.exit_code(rows) == 1
    assert "2-2-2:1, wrong: wrong" in capsys.readouterr().err
    assert json.loads(json.dumps(rows[1].as_json(), allow_nan=False))["status"] == "wrong"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (NotAvailable("of another kind"), "not available", 0),
        (ModuleNotFoundError("No module named 'sand'"), "not installed", 0),
        (ZeroDivisionError("division by zero"), "failed", 1),
    ],
)
def test_a_contender_that_cannot_take_part_says_why(entering, error, status, code):
    """A missing library is no mistake, an exception is one."""

    def absent(case):
        raise error

    entering("absent", absent)
    rows = rounds.measure("step", CASES["step"]["2-2-2:1"], ["absent"], 1, 1, 0.001)
    assert rows[0].status == status
    assert str(error) in rows[0].reason
    assert step.exit_code(rows) == code


def test_rounds_are_interleaved(entering):
    """Everyone is timed in every round, and nobody always first."""
    order = []

    def noting(name):
        def build(case):
            right = by_hand.in_place(case)

            def start(data):
                train = right(data)

                def noted(steps):
                    order.append(name)
                    return train(steps)

                return noted

            return start

        return build

    for name in ("first", "second"):
        entering(name, noting(name))
    case = CASES["step"]["2-2-2:1"]
    rows = rounds.measure("step", case, ["first", "second"], 1, 2, 1e-9)
    assert {row.steps for row in rows} == {1}
    assert order[-4:] == ["first", "second", "second", "first"]


def test_protocol_is_one_line_of_json_an_answer():
    """Also where a question comes too early."""
    questions = [{"do": "time", "steps": 1}, {"do": "build"}, {"do": "time", "steps": 2}]
    session = Session("step", "numpy by hand", SMALL["relu"])
    out = io.StringIO()
    serve(session, io.StringIO("".join(json.dumps(q) + "\n" for q in questions)), out)
    early, built, timed = map(json.loads, out.getvalue().splitlines())
    assert "before it was built" in early["failed"]
    assert built == {"runs": 1, "note": ""}
    assert timed["seconds"] > 0


def test_calibration_stops_at_the_most_and_at_the_slow():
    """A block is about as long as is asked; a sweep has at most its steps."""

    def clock(seconds_a_step):
        return lambda steps: {"seconds": seconds_a_step * steps}

    assert calibrated(clock(1e-3), 0.2, None) == {"steps": 200, "slow": False}
    assert calibrated(clock(1e-6), 1.0, 1000) == {"steps": 1000, "slow": False}
    assert calibrated(clock(5.0), 0.2, None) == {"steps": 1, "slow": True, "seconds": 5.0}


def test_silence_and_death_are_answers():
    """Neither hangs the parent."""
    with Worker("step", "numpy by hand", "2-2-2:1", 1) as worker:
        slow = worker.ask("build", patience=0.0)
        assert slow["refused"] == "too slow"
        assert "ended before" in worker.ask("build")["failed"]
    assert worker.process.returncode is not None
    with Worker("step", "numpy by hand", "2-2-2:1", 1) as worker:
        worker.process.kill()
        worker.process.wait()
        assert "ended" in worker.ask("build")["failed"]


def test_workers_are_told_their_threads():
    """Through what libraries read when they are imported."""
    found = environment(2)
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
    assert {found[name] for name in names} == {"2"}
    assert len(cores(1)) == 1
    with pytest.raises(ValueError, match="give at most"):
        cores(10_000)


def test_memory_of_a_fresh_process():
    """At least the parameters, their gradients and the inputs are resident."""
    with Worker("step", "numpy by hand", "784-128-10:64", 1) as worker:
        found = worker.ask("memory", steps=2)
    assert found["bytes"] > (2 * 101_770 + 784 * 64) * 4


def test_step_command_writes_what_it_measured(tmp_path, capsys):
    """The whole way with processes: table, JSON, exit code."""
    file = tmp_path / "step.json"
    arguments = ["--quick", "--network", "2-2-2", "--threads", "1", "--json", str(file)]
    code = step.main([*arguments, "--contender", "torch", "--contender", "workspace"])
    assert code == 0
    assert "2-2-2:1 float64, 1 thread" in capsys.readouterr().out
    found = json.loads(file.read_text())
    assert found["machine"]["cores"] >= 1
    assert found["machine"]["libraries"]["numpy"] == np.__version__
    assert [case["name"] for case in found["cases"]] == ["2-2-2:1"]
    for row in found["rows"]:
        assert row["status"] == "ok"
        assert row["error"] <= TOLERANCES["float64"]
        assert len(row["seconds"]) == 2
        assert set(row["spread"]) == {"minimum", "lower", "median", "upper"}
    assert [row["contender"] for row in found["rows"]] == ["torch", "workspace"]
    assert all(r["minimum"]["torch"] > 0 for r in found["ratios"])


@pytest.mark.parametrize("main", [step.main, derive.main])
def test_an_unknown_network_is_named(main, capsys):
    """With those that are known."""
    with pytest.raises(SystemExit):
        main(["--network", "3-3-3"])
    assert "no network is called 3-3-3; known are 2-2-2" in capsys.readouterr().err


def test_networks_are_chosen_with_or_without_batch():
    """784-128-10 stands for both batches."""
    cases = CASES["step"]
    assert [c.name for c in chosen(cases, ["784-128-10"])] == ["784-128-10:64", "784-128-10:512"]
    assert [c.name for c in chosen(cases, ["784-128-10:64"])] == ["784-128-10:64"]
    assert chosen(cases, []) == list(cases.values())


def test_ratios_say_how_many_times_as_fast():
    """Others' time divided by the contender's, smallest and median, within a case only."""
    rows = [
        Row("a", 1, "torch", seconds=(4.0, 6.0, 8.0)),
        Row("a", 1, "plain", seconds=(1.0, 2.0, 9.0)),
        Row("a", 2, "plain", seconds=(1.0,)),
        Row("a", 1, "c", status="not available"),
    ]
    found = {(r["contender"], r["threads"]): r for r in ratios(rows, ["torch"])}
    assert found["plain", 1]["minimum"] == {"torch": 4.0}
    assert found["plain", 1]["median"] == {"torch": 3.0}
    assert found["plain", 2]["minimum"] == {}
    assert ("c", 1) not in found
    assert Spread.of((5.0,)) == Spread(5.0, 5.0, 5.0, 5.0)


def test_plot_draws_times_against_torch(tmp_path):
    """One panel a number of threads; without torch there is nothing to draw."""
    cases = [CASES["step"]["2-2-2:1"], CASES["step"]["784-128-10:64"]]
    rows = [
        Row(case.name, threads, name, seconds=(seconds,))
        for case in cases
        for threads in (1, 2)
        for name, seconds in (("torch", 2.0), ("workspace", 1.0), ("limit", 0.5))
    ]
    plot(tmp_path / "step.svg", cases, rows)
    assert (tmp_path / "step.svg").read_text().count("workspace") >= 1
    with pytest.raises(ValueError, match="torch was not timed"):
        plot(tmp_path / "none.png", cases, [row for row in rows if row.contender != "torch"])


def test_sweep_contenders_agree_with_the_loop():
    """The losses of the checked runs, from torch.vmap and (of these runs alone) the torch loop."""
    case = Case((2, 2, 2), 1, **WORKED, biases=False, rates=(0.1, 0.5, 1.0), checked=(0, 2))
    wanted = reference(case, 5)
    for contender in ("torch", "torch.vmap"):
        found = prepare("sweep", contender, case)(case.data())(5)
        assert distance(case, found, wanted) <= 1e-12
    assert distance(case, {"E": wanted["E"][:1]}, wanted) == np.inf
    assert SWEEP.runs == len(set(SWEEP.rates)) == 2000
    assert sweep.STEPS == 1000


def test_naive_derivatives_are_those_of_the_closed_forms():
    """What sympy.diff is timed on is the same loss, numbered by source and by target."""
    import sympy as sp

    case = DERIVATIONS["2-2-2"]
    E, weights = expanded(case, sp.Symbol, sp.exp)
    closed = [sp.sympify(text) for text in closed_forms(case)()]
    numbers = dict(zip(sorted(E.free_symbols, key=str), np.linspace(-0.9, 1.1, 12), strict=True))
    by_source = [1, 3, 2, 4, 5, 7, 6, 8]  # w3 of expanded() leaves x1, as w2 of closed_forms()
    turned = dict(zip(map(str, weights), by_source, strict=True))
    renamed = {sp.Symbol(f"w{turned[str(w)]}"): numbers[w] for w in weights}
    renamed |= {s: v for s, v in numbers.items() if not str(s).startswith("w")}
    naive = {turned[str(w)]: float(sp.diff(E, w).subs(numbers)) for w in weights}
    for k, form in enumerate(closed, 1):
        assert float(form.subs(renamed)) == pytest.approx(naive[k], rel=1e-12)


def test_derivations_stop_at_their_limit():
    """A measurement that takes too long, or has no library, says so and misses its goal."""
    slow = derive.Measurement("2-2-2", "symbp", goal=1.0)
    slow.take(limit=0.01)
    assert slow.refused == "stopped after 0.01 s"
    assert slow.verdict == "missed"
    slow.take(limit=60)
    assert slow.seconds == []
    quick = derive.Measurement("2-2-2", "sympy.diff, expanded")
    quick.take(limit=60)
    assert quick.seconds[0] > 0
    assert quick.verdict == ""


def test_contenders_are_functions_that_exist():
    """Every name in the table leads to a function, and the command refuses another name."""
    for kind, names in CONTENDERS.items():
        for place in names.values():
            module, function = place.split(".")
            assert callable(getattr(import_module(f"benchmarks.contenders.{module}"), function))
        with pytest.raises(ValueError, match="no contender"):
            Worker(kind, "tensorflow", next(iter(CASES[kind])), 1)
