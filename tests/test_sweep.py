"""Sweeps: the generated code at many rates, the same bits however it is cut, kept when killed."""

from __future__ import annotations

import errno
import gc
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ET
from contextlib import closing

import numpy as np
import pytest
from typer.testing import CliRunner

from symbp import Network
from symbp.cli import app
from symbp.errors import OutputError, SpecError, SymbpError
from symbp.experiments.dynamics import CHAOTIC, CONVERGED, PERIODIC, Timing, threshold
from symbp.experiments.engine import code_of, descent
from symbp.experiments.grid import Rates
from symbp.experiments.schedulers import SchedulerError, all_chunks, check_scheduler, compute
from symbp.experiments.sweep import ARRAYS, Options, Sweep, chunk_size, run_chunk, together
from symbp.experiments.sweep_folder import open_folder
from symbp.experiments.sweep_run import Plan, run, starts_of, usual_rates
from symbp.experiments.sweep_view import classes, notes
from symbp.pipeline import derive
from symbp.scalars import ScalarSystem
from symbp.sources import read_source
from symbp.spec_file import read_network, worked_example
from symbp.verify.check import arrays
from symbp.verify.random_networks import random_network
from symbp.verify.torch_oracle import torch_gradients
from tests.test_cli import ENVIRONMENT, ROOT, symbp

GIVEN = ({"init": "given", "seed": 0, "scale": 1.0},)
RELU = ("--activation", "relu")


def small(network, rates, timing, chunk=None, quantity="loss", labels=GIVEN):
    """A sweep of a network."""
    code = code_of(network)
    size = chunk or chunk_size(code, timing)
    rates = np.asarray(rates, float)
    return Sweep(code, starts_of(network, labels), rates, Options(timing, quantity=quantity), size)


def whole(sweep):
    """All of it, here."""
    return together([run_chunk(sweep.job(k)) for k in range(sweep.chunks)])


def same_bits(one, other):
    """Every array, NaN included."""
    return all(np.array_equal(getattr(one, n), getattr(other, n), equal_nan=True) for n in ARRAYS)


def with_relu():
    """The worked example with ReLU, whose cascade lies between 7.4 and 12."""
    return read_network(ROOT / "examples/worked_relu_half_sse.toml")


def torch_descent(network, rate, steps):
    """Losses before each step, and the parameters after all, by torch's gradients."""
    X, T, params = arrays(network, network.numbers)
    losses = []
    for _ in range(steps):
        found = torch_gradients(network, X, T, params)
        losses.append(float(found["E"]))
        params = params | {name: params[name] - rate * found[name] for name in network.trained}
    return losses, params


@pytest.mark.parametrize("seed", range(12))
def test_descent_is_that_of_torch(seed):
    """Three steps of random networks, by name and in matrices: losses and every weight."""
    network = random_network(seed)
    rates = np.array([1e-3, 3e-2])
    code = code_of(network, tangents=False)
    starts = {name: np.concatenate([v, v]) for name, v in starts_of(network, GIVEN).items()}
    system = descent(code, starts, rates)
    losses = []
    with np.errstate(all="ignore"):
        for _ in range(3):
            system.evaluate()
            losses.append(system.losses().copy())
            system.advance()
    places = {
        w.name: (w.parameter, w.place) for w in ScalarSystem(network, derive(network)).weights
    }
    for at, rate in enumerate(rates):
        wanted, params = torch_descent(network, rate, 3)
        np.testing.assert_allclose([x[at] for x in losses], wanted, rtol=1e-8, atol=1e-10)
        after = [params[q][place] for q, place in map(places.get, code.trained)]
        np.testing.assert_allclose(system.state[:, at], after, rtol=1e-8, atol=1e-10)


FLAGS = [
    {}, {"activation": "relu"}, {"activation": "tanh,identity", "loss": "mse", "x": "0.5,0.3"},
    {"sizes": "3,2,2", "activation": "tanh", "loss": "mse", "bias": "per-unit", "seed": 3},
    {"sizes": "2,3,2", "activation": "tanh", "seed": 4, "samples": 3},
]  # fmt: skip


@pytest.mark.parametrize("flags", FLAGS, ids=str)
def test_the_derivative_of_a_step_is_that_of_torch(flags):
    """v - rate * H v, with H v as a central difference of torch's gradients along v."""
    network = read_source(None, None, flags)
    code = code_of(network)
    assert bool(code.rows) == (len(network.numbers.inputs) == 1)
    rate = 0.7
    system = descent(code, starts_of(network, GIVEN), np.array([rate]))
    X, T, params = arrays(network, network.numbers)
    places = {
        w.name: (w.parameter, w.place) for w in ScalarSystem(network, derive(network)).weights
    }
    v = np.random.RandomState(0).normal(size=(len(code.trained), 1))
    step, sides = 1e-5, []
    for sign in (1, -1):
        moved = {name: np.array(value) for name, value in params.items()}
        for name, value in zip(code.trained, v[:, 0], strict=True):
            moved[places[name][0]][places[name][1]] += sign * step * value
        sides.append(torch_gradients(network, X, T, moved))
    change = {name: (sides[0][name] - sides[1][name]) / (2 * step) for name in network.trained}
    wanted = [v[k, 0] - rate * change[q][p] for k, (q, p) in
              enumerate(map(places.get, code.trained))]  # fmt: skip
    system.evaluate()
    system.push(v)
    np.testing.assert_allclose(v[:, 0], wanted, atol=1e-8)


def test_exponents_of_one_weight_are_known():
    """Curvature 4: ln|1 - 4 rate|, up to the bound where it diverges."""
    network = Network(
        sizes=[1, 1], activation="identity", loss="half_sse",
        example={"x": [2], "y": [1], "weights": [3]},
    )  # fmt: skip
    rates = np.array([0.01, 0.1, 0.4, 0.49, 0.501])
    found = whole(small(network, rates, Timing(400, 100, 32)))
    np.testing.assert_allclose(found.exponents, np.log(np.abs(1 - 4 * rates)), atol=1e-9)


def test_chaos_of_the_worked_example():
    """With ReLU chaotic at 10.2 and 11.2; neighbours part at the rate that the exponent says."""
    rates = np.array([10.2, 11.2])
    sweep = small(with_relu(), rates, Timing(4000, 1000, 128))
    found = whole(sweep)
    assert list(found.kinds) == [CHAOTIC, CHAOTIC]
    starts = {name: np.concatenate([value] * 2) for name, value in sweep.starts.items()}
    pair = [descent(sweep.code, starts, rates) for _ in range(2)]
    grown = np.zeros(2)
    for step in range(4000):
        if step == 1000:
            pair[1].state[:] = pair[0].state + 1e-8 / np.sqrt(8)
        for system in pair:
            system.evaluate()
            system.advance()
        if step >= 1000:
            apart = pair[1].state - pair[0].state
            length = np.linalg.norm(apart, axis=0)
            grown += np.log(length / 1e-8)
            pair[1].state[:] = pair[0].state + apart * (1e-8 / length)
    np.testing.assert_allclose(grown / 3000, found.exponents, atol=0.02)


def test_slow_departures_are_not_called_chaotic():
    """Leaving the fixed point for period 2 takes the worked example 1000 steps; a note says it."""
    rates = np.linspace(61.5, 64.5, 13)
    sweep = small(worked_example(), rates, Timing())
    found = whole(sweep)
    assert (found.exponents > 2 * np.log(1000) / 1000).sum() > 6
    assert CHAOTIC not in found.kinds
    count = ((found.exponents > threshold(1000)) & (found.periods > 0)).sum()
    said = [s for s in notes(sweep, found) if "the Lyapunov exponent is above 0" in s]
    assert [s.split()[1] for s in said] == [str(count)]
    later = small(worked_example(), rates, Timing(10000, 5000, 128))
    found = whole(later)
    assert set(found.periods) == {2}
    assert (found.exponents < 0).all()
    assert not [s for s in notes(later, found) if "the Lyapunov exponent is above 0" in s]


def test_where_all_runs_diverge_exponents_are_not_missed():
    """They were asked for; only without them, and where a run is bounded, that is said."""
    linear = Network(
        sizes=[1, 1], activation="identity", loss="half_sse",
        example={"x": [2], "y": [1], "weights": [3]},
    )  # fmt: skip
    for rates, exponents, count in (([1e300], True, 0), ([1e300], False, 0), ([0.1], False, 1)):
        plan = Plan(Rates(rates[0], rates[0], 1), timing=Timing(50, 25, 8), exponents=exponents)
        done = run(linear, plan)
        said = [s for s in notes(done.sweep, done.found) if "not measured" in s]
        assert len(said) == count


@pytest.mark.parametrize("spec", [None, "sine_fit_h2.toml", "embedding.toml", "dropout.toml"])
def test_chunks_change_no_bit(spec):
    """One run at a time, five, or all: by name, in matrices, with classes and masks."""
    network = worked_example() if spec is None else read_network(ROOT / "examples" / spec)
    timing = Timing(60, 20, 16)
    rates = np.geomspace(0.01, 500, 11)
    together_ = whole(small(network, rates, timing))
    for size in (1, 5):
        assert same_bits(whole(small(network, rates, timing, size)), together_)


def test_a_chain_of_two_weights_oscillates_above_its_critical_rate():
    """(w2 w1 - 1)**2/2: the flattest minimum has curvature 2, so nothing settles above rate 1."""
    network = Network(
        sizes=[1, 1, 1], activation="identity", loss="half_sse",
        example={"x": [1], "y": [1], "weights": ["1.02", "0.97"]},
    )  # fmt: skip
    found = whole(small(network, [0.5, 0.98, 1.02, 1.1], Timing(4000, 2000, 128)))
    assert list(found.kinds) == [CONVERGED, CONVERGED, PERIODIC, PERIODIC]
    assert list(found.periods) == [1, 1, 2, 2]
    assert (found.losses[:2] < 1e-12).all()
    assert (found.losses[2:] > 1e-4).all()


def test_relu_doubles_its_period_on_the_worked_example():
    """Converged, then 2, 4, 8, in this order, and a window of period 3."""
    rates = [7.3, 7.6, 9.3, 9.65, 10.85, 13]
    found = whole(small(with_relu(), rates, Timing()))
    assert list(found.periods) == [1, 2, 4, 8, 3, 1]


def test_what_is_recorded_is_chosen():
    """w5 of the last steps is w5 of a run of so many steps."""
    network = worked_example()
    found = whole(small(network, [1, 30], Timing(9, 2, 3), quantity="w5"))
    shorter = [whole(small(network, [1, 30], Timing(k, 0, 1), quantity="w5")) for k in (7, 8, 9)]
    assert (found.recorded == np.concatenate([s.recorded for s in shorter])).all()


def test_usual_rates_lie_around_the_critical_one():
    """One weight, curvature 4: critical at 1/2, found to a twelfth of a decade."""
    network = Network(
        sizes=[1, 1], activation="identity", loss="half_sse",
        example={"x": [2], "y": [1], "weights": [3]},
    )  # fmt: skip
    rates = usual_rates(code_of(network), starts_of(network, GIVEN))
    assert 0.25 <= rates.low <= 0.25 * 1.22
    assert rates.high == pytest.approx(4 * rates.low, rel=0.02)


def test_ranges_are_a_partition_of_the_grid():
    """Each rate lies in one range of one class, and classes count every run."""
    sweep = small(with_relu(), np.linspace(7, 12, 150), Timing(600, 300, 128))
    found = classes(sweep, whole(sweep))
    assert sum(c.runs for c in found) == 150
    for rate in sweep.rates:
        assert sum(low <= rate <= high for c in found for low, high in c.ranges) == 1


def test_seeds_and_scales_are_starts():
    """Every seed as it would be alone; a scale multiplies what is trained."""
    plan = Plan(Rates(1, 30, 4), seeds=(3, 5), init="normal", timing=Timing(40, 10, 8))
    both = run(worked_example(), plan)
    for place, seed in enumerate((3, 5)):
        alone = run(worked_example(), Plan(plan.rates, seeds=(seed,), init="normal",
                                           timing=plan.timing))  # fmt: skip
        assert (both.found.recorded[:, 4 * place : 4 * place + 4] == alone.found.recorded).all()
    still = run(worked_example(), Plan(plan.rates, scales=(0.0,), timing=Timing(1, 0, 1)))
    assert still.found.recorded[0, 0] == pytest.approx(((0.5 - 0.23) ** 2 + 0.57**2) / 2)


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_schedulers_of_this_machine_change_no_bit(scheduler):
    """Two workers, chunks in any order."""
    sweep = small(worked_example(), np.linspace(1, 400, 40), Timing(60, 20, 16), 8)
    kept = {}
    parts = all_chunks(sweep, scheduler, 2, 10, lambda k: None, kept.__setitem__)
    assert same_bits(together(parts), whole(sweep))
    assert sorted(kept) == list(range(5))


@pytest.fixture(scope="module")
def cluster():
    """Two worker processes of Dask, without a dashboard."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as made:
        yield made


def test_a_killed_worker_of_dask_changes_no_bit(cluster):
    """Half of the workers is killed midway: its chunks go to the other, and nothing is lost."""
    sweep = small(worked_example(), np.linspace(1, 400, 100), Timing(1000, 500, 64), 5)
    check_scheduler(cluster.scheduler_address, 10)
    found = {}
    with closing(compute(sweep, range(20), cluster.scheduler_address, None, 10)) as chunks:
        for number, chunk in chunks:
            assert number not in found
            found[number] = chunk
            if len(found) == 5:
                os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)
    assert same_bits(together([found[k] for k in range(20)]), whole(sweep))


def listening(answer):
    """A server that takes calls and says `answer`; its port."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve():
        with closing(server):
            server.settimeout(20)
            call, _ = server.accept()
            with closing(call):
                call.sendall(answer)
                call.settimeout(20)
                while call.recv(1000):
                    pass

    thread = threading.Thread(target=serve)
    thread.start()
    return server.getsockname()[1], thread


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_what_is_no_scheduler_is_an_error_in_time(answer):
    """Silence, and another protocol."""
    port, thread = listening(answer)
    before = time.monotonic()
    with pytest.raises(SchedulerError, match=r"no Dask scheduler answers within 0.5 s"):
        check_scheduler(f"tcp://127.0.0.1:{port}", 0.5)
    assert time.monotonic() - before < 5
    thread.join()
    gc.collect()  # Dask leaves its socket to the collector: here, not in another test


def test_nobody_at_the_address_is_exit_code_2(tmp_path, monkeypatch):
    """As a user sees it: an error on stderr, no folder."""
    monkeypatch.chdir(tmp_path)
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
    options = ("--scheduler", f"tcp://127.0.0.1:{port}", "--timeout", "0.5", "--save", "here")
    done = CliRunner().invoke(app, ["sweep", "--rates", "1:2:3", *options])
    assert done.exit_code == 2
    assert "no Dask scheduler answers within 0.5 s" in done.stderr
    assert list(tmp_path.iterdir()) == []


KILLED = ("sweep", "--rates", "1:400:16", "--steps", "2000", "--chunk", "2", "--save")


def test_a_killed_sweep_goes_on_where_it_was(tmp_path):
    """kill -9 midway; then the finished chunks are left alone, and all bits are those of one go."""
    folder = tmp_path / "killed"
    command = [sys.executable, "-m", "symbp", *KILLED, str(folder)]
    process = subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while len(list(folder.glob("chunk_*.npz"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.005)
    process.kill()
    process.wait()
    before = {p.name: (p.stat().st_ino, p.stat().st_mtime_ns) for p in folder.glob("chunk_*")}
    assert 3 <= len(before) < 8
    done = symbp(*KILLED, folder)
    assert done.returncode == 0, done.stderr
    assert f"8 chunks, {len(before)} there before" in done.stderr
    after = {p.name: (p.stat().st_ino, p.stat().st_mtime_ns) for p in folder.glob("chunk_*")}
    assert len(after) == 8
    assert {name: after[name] for name in before} == before
    sweep = small(worked_example(), np.linspace(1, 400, 16), Timing(2000, 1000, 128), 2)
    kept = open_folder(folder, sweep)
    assert same_bits(together([kept.read(k) for k in kept.done()]), whole(sweep))


def test_the_same_sweep_writes_the_same_files(tmp_path):
    """Two folders, byte for byte; the second run of one computes nothing."""
    plan = Plan(Rates(1, 400, 9), timing=Timing(40, 10, 8), chunk=4, save=tmp_path / "a")
    once = run(worked_example(), plan)
    run(worked_example(), Plan(plan.rates, timing=plan.timing, chunk=4, save=tmp_path / "b"))
    names = sorted(p.name for p in (tmp_path / "a").iterdir())
    assert names == ["chunk_000000.npz", "chunk_000001.npz", "chunk_000002.npz", "manifest.json"]
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    again = run(worked_example(), plan)
    assert again.read == 3
    assert again.found.seconds == 0
    assert same_bits(again.found, once.found)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rates": Rates(1, 399, 9)}, "has another sweep"),
        ({"rates": Rates(1, 400, 9, log=True)}, "of other numbers, or of another network"),
        ({"timing": Timing(40, 11, 8)}, "burn_in is 10 there and 11 here"),
        ({"quantity": "w5"}, "quantity is loss there and w5 here"),
        ({"scales": (0.5,)}, "of other numbers, or of another network"),
    ],
)
def test_the_folder_of_another_sweep_is_refused(tmp_path, change, said):
    """With what differs; nothing is changed."""
    plan = {"rates": Rates(1, 400, 9), "timing": Timing(40, 10, 8), "save": tmp_path / "a"}
    run(worked_example(), Plan(**plan))
    before = {p: p.read_bytes() for p in (tmp_path / "a").iterdir()}
    with pytest.raises(OutputError, match=said):
        run(worked_example(), Plan(**plan | change))
    assert {p: p.read_bytes() for p in (tmp_path / "a").iterdir()} == before
    with pytest.raises(
        OutputError, match="module is worked_example_scalar_second_order there and worked_relu"
    ):
        run(with_relu(), Plan(**plan))


def test_folders_of_something_else_and_damaged_chunks_are_refused(tmp_path):
    """Files without a manifest, a manifest that is none, a chunk that is cut off."""
    plan = {"rates": Rates(1, 400, 9), "timing": Timing(40, 10, 8), "chunk": 4}
    strange = tmp_path / "strange"
    strange.mkdir()
    (strange / "thesis.tex").touch()
    with pytest.raises(OutputError, match="is not empty and has no manifest"):
        run(worked_example(), Plan(**plan, save=strange))
    (strange / "manifest.json").write_text("[]")
    with pytest.raises(OutputError, match="cannot be read: it is damaged"):
        run(worked_example(), Plan(**plan, save=strange))
    good = tmp_path / "good"
    run(worked_example(), Plan(**plan, save=good))
    chunk = good / "chunk_000001.npz"
    chunk.write_bytes(chunk.read_bytes()[:300])
    with pytest.raises(OutputError, match="is no chunk of a sweep: it is damaged") as caught:
        run(worked_example(), Plan(**plan, save=good))
    assert "chunk_000001" in str(caught.value)
    chunk.unlink()
    assert run(worked_example(), Plan(**plan, save=good)).read == 2


def test_a_full_disk_leaves_nothing_half_written(tmp_path, monkeypatch):
    """A limit on the size of files stops the first chunk: exit 2, the manifest, nothing else."""
    done = subprocess.run(
        [sys.executable, "-m", "symbp", "sweep", "--rates", "1:400:200", "--steps", "300", "--save",
         str(tmp_path / "a")], cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10**5, 10**5)),
    )  # fmt: skip
    assert done.returncode == 2
    assert "chunk_000000.npz: cannot be written" in done.stderr
    assert done.stdout == ""
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["manifest.json"]

    def full(*names):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("symbp.output.os.replace", full)
    with pytest.raises(OutputError, match="Free some space"):
        run(worked_example(), Plan(Rates(1, 2, 3), timing=Timing(4, 1, 2), save=tmp_path / "b"))
    assert list((tmp_path / "b").iterdir()) == []


def test_pictures_are_small_and_the_same_each_time(tmp_path):
    """Thousands of points are one image in an SVG; the same sweep gives the same bytes."""
    files = {}
    for name in ("a.svg", "b.svg", "c.png", "m.png"):
        files[name] = tmp_path / name
        plan = Plan(
            Rates(7, 12, 300, log=name == "c.png"), timing=Timing(300, 100, 100), plot=files[name]
        )
        if name == "m.png":
            plan = Plan(plan.rates, scales=(0.5, 1.0, 1.5), timing=plan.timing, map=files[name])
        run(with_relu(), plan)
    assert files["a.svg"].read_bytes() == files["b.svg"].read_bytes()
    assert len(files["a.svg"].read_bytes()) < 300_000
    tags = {element.tag.rpartition("}")[2] for element in ET.parse(files["a.svg"]).iter()}
    assert "image" in tags
    for name in ("c.png", "m.png"):
        assert files[name].read_bytes().startswith(b"\x89PNG")


def test_the_command_prints_classes_with_their_ranges(tmp_path):
    """A table, and the same as JSON; the picture is announced on stderr."""
    common = (
        "sweep",
        *RELU,
        "--weights",
        "0.2,-0.4,0.5,0.6,0.1,-0.5,-0.3,0.8",
        "--rates",
        "7:9:21",
    )
    text = CliRunner().invoke(app, [*common, "--plot", str(tmp_path / "a.png")])
    assert text.exit_code == 0, text.stderr
    assert text.stderr == f"wrote {tmp_path / 'a.png'}\n"
    assert "21 rates, 7 to 9; the weights of the example; 2000 steps each" in text.stdout
    assert "period 2 " in text.stdout
    assert "7.5 to 9 " in text.stdout
    done = CliRunner().invoke(app, [*common, "--json"])
    found = json.loads(done.stdout)
    assert [(c["kind"], c["runs"], c["ranges"]) for c in found["classes"]] == [
        ("converged", 5, [[7, 7.4]]), ("periodic", 16, [[7.5, 9]]),
    ]  # fmt: skip


def test_a_closer_look_has_as_many_rates_in_the_part_asked_for(tmp_path):
    """--from and --to, at the ends and between, in equal steps and in equal ratios; each alone."""
    common = ["sweep", *RELU, "--rates", "7:12:5", "--steps", "40", "--no-lyapunov", "--json"]
    cases = {("--from", "9.2", "--to", "9.8"): (9.2, 9.8), ("--to", "8"): (7, 8)}
    for flags, (low, high) in cases.items():
        done = CliRunner().invoke(app, [*common, *flags, "--plot", str(tmp_path / "zoom.png")])
        assert json.loads(done.stdout)["rates"] == {"lowest": low, "highest": high, "count": 5}
        assert (tmp_path / "zoom.png").read_bytes().startswith(b"\x89PNG")
    for log, between in ((False, 9.5), (True, np.sqrt(9.2 * 9.8))):
        timing = Timing(40, 20, 20)
        plan = Plan(Rates(7, 12, 5, log=log), low="9.2", high="9.8", timing=timing)
        rates = run(with_relu(), plan).sweep.rates
        np.testing.assert_allclose(rates[[0, 2, 4]], [9.2, between, 9.8], rtol=1e-14)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--rates", "0:5:3"], "the lowest is 0, expected a number above 0"),
        (["--rates", "-1"], "the lowest is -1, expected a number above 0"),
        (["--rates", "5:1"], "the range goes down"),
        (["--rates", "1:2:0"], "found 0 rates"),
        (["--rates", "1:2:1"], "found a count of 1"),
        (["--rates", "1:2:2000001"], "expected 1 to 1000000"),
        (["--rates", "1:1e999"], "beyond the largest float"),
        (["--rates", "1:nan"], "expected a finite number"),
        (["--rates", "a"], "expected a number"),
        (["--rates", "1:2:3:4"], "expected a range"),
        (["--rates", "1:2", "--from", "3"], "outside the rates"),
        (["--rates", "1", "--scheduler", "foo"], "unknown scheduler 'foo'"),
        (["--rates", "1", "--scheduler", "tcp://x"], "expected an address and a port"),
        (["--rates", "1", "--record", "w9"], "Did you mean 'w8'?"),
        (["--steps", "0"], "--steps: found 0"),
        (["--rates", "1:2:999999", "--last", "999"], "Record fewer"),
        (["--steps", "9", "--burn-in", "9"], "--burn-in: found 9"),
        (["--last", "1001"], "--last: found 1001"),
        (["--tolerance", "0"], "--tolerance: found 0"),
        (["--timeout", "0"], "--timeout: found 0"),
        (["--workers", "0"], "--workers: found 0"),
        (["--chunk", "0"], "--chunk: found 0"),
        (["--seeds", "5:5"], "--seeds"),
        (["--seeds", "0:3,4"], "--seeds"),
        (["--seeds", "0:3", "--init", "given"], "Leave out --init given"),
        (["--seeds", "0:3", "--scales", "0:1:3"], "several seeds and several scales"),
        (["--scales", "1:2:1"], "--scales"),
        (["--init", "nil"], "unknown initializer 'nil'"),
        (["--map", "m.png"], "a map needs several starts"),
        (["--plot", "p.gif"], "a plot is written as .png or .svg"),
    ],
)
def test_bad_input_is_one_clear_error(arguments, said, tmp_path, monkeypatch):
    """Exit code 2, on stderr, before anything is computed or written."""
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["sweep", *arguments])
    assert done.exit_code == 2
    assert said in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_a_network_that_settles_everywhere_needs_rates():
    """Nothing moves where inputs and targets fit already: no rate oscillates."""
    network = Network(
        sizes=[1, 1], activation="identity", loss="half_sse",
        example={"x": [0], "y": [0], "weights": [1]},
    )  # fmt: skip
    with pytest.raises(SpecError, match="oscillates or diverges"):
        run(network, Plan())
    with pytest.raises(SymbpError, match="no numbers"):
        run(Network(sizes=[1, 1]), Plan(Rates(1, 1, 1)))
