"""`symbp train`: right numbers, an end that is explained, files that are whole."""

from __future__ import annotations

import csv
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest
import torch
from typer.testing import CliRunner

from symbp import Network, pipeline
from symbp.cli import app
from symbp.errors import DependencyError, OutputError, SpecError, SymbpError
from symbp.experiments import train_command
from symbp.experiments.curves import curves, every, plot_loss, plot_weights, thinned
from symbp.experiments.data import Dataset, made
from symbp.experiments.history_files import check_history, write_history, write_weights
from symbp.experiments.overflow import watched
from symbp.experiments.training import run, step_count
from symbp.form import Form
from symbp.spec_file import read_network, worked_example
from symbp.verify.module import load_source
from symbp.verify.random_networks import random_network
from symbp.weights_file import read_weights
from tests.test_cli import ROOT, ok

SINE = json.loads((ROOT / "tests/data/sine_fit.json").read_text())
# Weights of the worked example after one step, w1 to w8, from the reference to 17 digits.
AFTER_ONE_STEP = [
    0.20842148046150221, -0.41260665307845801, 0.50505288827690133, 0.59243600815292520,
    0.065367010713162270, -0.58386609953820857, -0.33049457855656834, 0.72615533878928424,
]  # fmt: skip
XOR = Network(sizes=[2, 4, 1], activation=["tanh", "sigmoid"], bias="per-unit")


def test_one_step_of_the_worked_example():
    """The numbers that the course printed, to the last digits of float64."""
    done = run(worked_example(), steps=1)
    W1, W2 = done.final["W1"], done.final["W2"]
    found = [*W1.T.ravel(), *W2.T.ravel()]
    np.testing.assert_allclose(found, AFTER_ONE_STEP, rtol=1e-15, atol=1e-16)
    assert abs(done.initial_loss - 0.20970979370783104) < 1e-16
    assert (done.ended, done.overflow, done.accuracy) == ("done", None, None)
    assert done.history.losses.tolist() == [done.initial_loss]


def test_the_sine_fit_meets_its_reference():
    """Two hidden units: losses at iterations 0, 1000 and 2000 to 1e-12 relative."""
    done = run(read_network(ROOT / "examples/sine_fit_h2.toml"), steps=2001)
    for iteration, want in SINE["loss_at_iteration"]["H=2"].items():
        assert abs(done.history.losses[int(iteration)] - want) <= 1e-12 * want


@pytest.mark.parametrize("seed", range(4))
def test_random_networks_train_as_the_plain_module_does(seed):
    """The module without a workspace, five steps: losses and parameters."""
    network = random_network(seed)
    plain = load_source(pipeline.files(network, Form()), network.name)
    params, X, T, _ = plain.example()
    want, losses = plain.train(params, X, T, 1e-3, 5)
    done = run(network, learning_rate=1e-3, steps=5)
    np.testing.assert_allclose(done.history.losses, losses, rtol=1e-12)
    for name, value in want.items():
        np.testing.assert_allclose(done.final[name], value, rtol=1e-12, atol=1e-14)
        np.testing.assert_array_equal(done.initial[name], params[name])
    np.testing.assert_allclose(done.final_loss, np.sum(plain.loss(want, X, T)), rtol=1e-12)


@pytest.mark.parametrize(
    ("data", "network"),
    [
        ("xor", replace(XOR, name="xor")),
        ("moons", Network(sizes=[2, 8, 1], activation=["tanh", "sigmoid"], bias="per-unit")),
    ],
    ids=["xor", "moons"],
)
def test_classes_are_learned(data, network):
    """Adam separates both from random weights, in full batches and in mini-batches."""
    for batch_size in (None, 2):
        done = run(
            network, made(data), optimizer="adam", init="xavier", learning_rate=0.05,
            epochs=500 if data == "xor" else 60, batch_size=batch_size,
        )  # fmt: skip
        assert done.final_loss < done.initial_loss / 4
        assert done.accuracy == 1 if data == "xor" else done.accuracy >= 0.9


def test_accuracy_is_counted_over_all_samples():
    """Against torch: the largest logit, or the sign of the one that a sigmoid is applied to."""
    data = made("moons(samples=50)")
    many = Network(sizes=[2, 3], activation="identity", loss="cross_entropy", targets="classes")
    one = Network(sizes=[2, 1], activation="identity", loss="bce_with_logits")
    X, T = torch.tensor(data.X), torch.tensor(data.T)
    for network in (many, one):
        done = run(network, data, init="normal(std=1)", steps=3, learning_rate=0.1)
        logits = X @ torch.tensor(done.final["W1"]).T
        found = logits.argmax(1) if network is many else (torch.sigmoid(logits[:, 0]) > 0.5)
        assert done.accuracy == (found == T).double().mean().item()


def test_history_says_epoch_rate_and_time():
    """Batches of 4 of 10 samples are 3 steps an epoch; cosine ends after the run, as torch's."""
    done = run(
        XOR, made("xor(samples=10)"), init="he", learning_rate=0.5, epochs=4, batch_size=4,
        schedule="cosine",
    )  # fmt: skip
    h = done.history
    assert h.step.tolist() == list(range(12))
    assert h.epoch.tolist() == [k // 3 for k in range(12)]
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], 0.5)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 12)
    rates = []
    for _ in range(12):
        rates.append(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()
    np.testing.assert_allclose(h.learning_rate, rates, rtol=1e-12)
    assert h.seconds[0] > 0
    assert np.all(np.diff(h.seconds) > 0)
    assert done.epochs == 4


def test_recorded_weights_are_those_of_shorter_runs():
    """Before the first step, every third, and after the last."""
    options = {"init": "xavier", "learning_rate": 0.1, "optimizer": "momentum"}
    done = run(XOR, made("xor"), steps=8, record_weights=3, **options)
    assert done.history.weight_steps.tolist() == [0, 3, 6, 8]
    for number, steps in enumerate([3, 6, 8], 1):
        shorter = run(XOR, made("xor"), steps=steps, **options).final
        for name, recorded in done.history.weights.items():
            np.testing.assert_array_equal(recorded[number], shorter[name])
            np.testing.assert_array_equal(recorded[0], done.initial[name])


def test_a_callback_ends_the_run():
    """It is told steps and losses, and what was trained until then is kept."""
    heard = []

    def callback(done, loss):
        heard.append((done, loss))
        return done == 5

    done = run(XOR, made("xor"), init="he", learning_rate=0.1, steps=50, callback=callback)
    whole = run(XOR, made("xor"), init="he", learning_rate=0.1, steps=5)
    assert done.ended == "stopped"
    assert heard == list(enumerate(done.history.losses.tolist(), 1))
    assert len(done.history) == 5
    for name, value in whole.final.items():
        np.testing.assert_array_equal(done.final[name], value)


def first_by_hand(params, X, T) -> str:
    """The first quantity that is not finite: dense, ReLU, dense, mean square error, in NumPy."""
    with np.errstate(all="ignore"):
        Z1 = X @ params["W1"].T + params["b1"]
        A1 = np.maximum(Z1, 0)
        Z2 = A1 @ params["W2"].T + params["b2"]
        values = {"Z1": Z1, "A1": A1, "Z2": Z2, "E": np.mean((Z2 - T) ** 2)}
        values["dZ2"] = 2 * (Z2 - T) / Z2.size
        values["dW2"] = values["dZ2"].T @ A1
        values["db2"] = values["dZ2"].sum(axis=0)
        values["dZ1"] = (values["dZ2"] @ params["W2"]) * (Z1 > 0)
        values["dW1"] = values["dZ1"].T @ X
        values["db1"] = values["dZ1"].sum(axis=0)
    wrong = [name for name, value in values.items() if not np.all(np.isfinite(value))]
    return wrong[0] if wrong else "update"


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_an_overflow_is_named_with_iteration_and_line(seed, dtype):
    """ReLU and a linear output with a far too large rate: the name is the one found by hand."""
    network = Network(
        sizes=[2, 4, 1], activation=["leaky_relu(slope=0)", "identity"], bias="per-unit",
        loss="mse",
    )  # fmt: skip
    data = made("moons(samples=6)")
    done = run(
        network, data, init="normal(std=2)", seed=seed, learning_rate=1e3, steps=500, dtype=dtype
    )
    assert done.ended == "not finite"
    found = done.overflow
    assert found.iteration == len(done.history) - 1
    params = {name: value.astype(dtype) for name, value in done.final.items()}
    T = data.T[:, np.newaxis].astype(dtype)
    assert found.quantity == first_by_hand(params, data.X.astype(dtype), T)
    derivation = pipeline.derive(network)
    assert found.line == str(derivation.line(found.quantity))
    assert all(np.isfinite(value).all() for value in done.final.values())
    assert np.isfinite(done.history.losses[:-1]).all()


@pytest.mark.parametrize("seed", [0, 1, 3, 6, 20])
def test_whatever_overflows_has_a_name_and_a_value_that_is_not_finite(seed):
    """Random networks, absurd rates: the parameters stay finite, and the message is about one."""
    network = random_network(seed)
    optimizer, dtype = [("sgd", "float64"), ("adam", "float32")][seed % 2]
    done = run(network, init="he", optimizer=optimizer, learning_rate=1e25, steps=20, dtype=dtype)
    assert all(np.isfinite(value).all() for value in done.final.values())
    assert (done.overflow is None) == (done.ended != "not finite")
    if done.overflow is not None:
        assert done.overflow.value in ("inf", "-inf", "nan")
        assert re.fullmatch(r"\[\d+\] \w+.* = .*", done.overflow.line)


def test_an_update_that_overflows_is_named():
    """Loss and gradients are finite, 1e308 plus 1e308 is not: the line after the derivation's."""
    network = Network(sizes=[1, 1], activation="identity", loss="l1")
    data = Dataset(np.array([[1.0]]), np.array([[1.7e308]]), "far")
    done = run(network, data, init="constant(value=1e308)", learning_rate=1e308, steps=9)
    assert str(done.overflow) == (
        "iteration 0: W1[0,0] is inf, the first that is not finite; "
        "line [6] theta = theta - g*learning_rate"
    )
    assert done.final["W1"].tolist() == [[1e308]]


def test_what_an_optimizer_keeps_may_overflow():
    """The square of a gradient of 1e200 is inf in Adam's v."""
    network = Network(sizes=[1, 1], activation="identity", loss="l1", reduction="sum")
    data = Dataset(np.array([[1e200]]), np.array([[0.0]]), "steep")
    for optimizer in ("adam", "rmsprop", "adagrad"):
        done = run(
            network, data, optimizer=optimizer, init="constant(value=1)", learning_rate=0.1,
            steps=9,
        )  # fmt: skip
        assert done.ended == "not finite"
        assert str(done.overflow).startswith("iteration 0: v of W1[0,0] is inf, the first")
        assert "] v = " in done.overflow.line
        assert done.final["W1"].tolist() == [[1.0]]


def test_the_loss_after_the_last_step_counts():
    """One step is finite, what it leads to is not: that is said, with the step after it."""
    network = Network(sizes=[1, 1], activation="identity", loss="mse")
    data = Dataset(np.array([[1e100]]), np.array([[0.0]]), "steep")
    done = run(network, data, init="constant(value=1e50)", learning_rate=1.0, steps=1)
    assert (done.ended, done.overflow.iteration, done.overflow.quantity) == ("not finite", 1, "Z1")


def test_masks_are_taken_by_batch_when_an_overflow_is_looked_for():
    """Dropout with mini-batches: the step that failed is run again on its own rows."""
    network = read_network(ROOT / "examples/dropout.toml")
    done = run(network, init="normal(std=5)", learning_rate=1e150, steps=60, batch_size=1)
    assert done.ended == "not finite"
    assert done.overflow.quantity in {"Z3", "E", "dW3", "W1", "W3", "b1", "Z1", "dW1"}


def test_watching_restores_what_watched_before():
    """Another profiler is left as it was, also after an error."""

    def fails():
        raise KeyError("no")

    seen = []
    sys.setprofile(lambda *_: seen.append(1))
    mine = sys.getprofile()
    try:
        with pytest.raises(KeyError):
            watched(fails)
        assert sys.getprofile() is mine
    finally:
        sys.setprofile(None)


BAD = [
    ({"learning_rate": 0.0}, "--lr: found 0.0, expected a finite number above 0"),
    ({"learning_rate": -1}, "--lr"),
    ({"learning_rate": float("nan")}, "--lr"),
    ({"steps": 0}, "--steps: found 0, expected 1 to"),
    ({"steps": -5}, "--steps"),
    ({"steps": 10**12}, "--steps"),
    ({"steps": 2.5}, "--steps: found 2.5, expected a whole number"),
    ({"epochs": 0}, "--epochs"),
    ({"epochs": 2, "steps": 2}, "--epochs: given together with --steps"),
    ({"batch_size": 0}, "--batch-size"),
    ({"batch_size": 5}, "--batch-size: found 5, expected 1 to 4"),
    ({"optimizer": "adm"}, "Did you mean 'adam'?"),
    ({"optimizer": "adam(beta=1)"}, "--optimizer"),
    ({"schedule": "cosin"}, "Did you mean 'cosine'?"),
    ({"schedule": "step_decay"}, "needs the option size"),
    ({"schedule": "exponential(gamma=1e300)"}, "--schedule: the learning rate is inf"),
    ({"weight_decay": -0.1}, "--weight-decay"),
    ({"clip_norm": 0}, "--clip-norm"),
    ({"clip_norm": float("inf")}, "--clip-norm"),
    ({"record_weights": -1}, "--record-weights"),
    ({"record_weights": 1, "steps": 10**8}, "--record-weights"),
    ({"dtype": "float16"}, "--dtype"),
    ({"seed": -1}, "--init-seed"),
    ({"init": "given"}, "--init xavier"),
]


@pytest.mark.parametrize(("options", "said"), BAD, ids=[said for _, said in BAD])
def test_bad_options_are_refused_before_training(options, said):
    """Each names its flag and what was expected."""
    whole = {"init": "he", "learning_rate": 0.1} | options

    def never(done, loss):
        raise AssertionError("trained")

    with pytest.raises(SymbpError) as error:
        run(XOR, made("xor"), callback=never, **whole)
    assert said in str(error.value)


def test_one_sample_allows_one_batch_size():
    """No range from 1 to 1."""
    with pytest.raises(SpecError) as error:
        step_count(None, None, 1, 5)
    assert str(error.value) == "--batch-size: found 5, expected 1.\n  Write 1."


def test_weights_are_not_recorded_every_0_steps():
    """The flag is left out for that."""
    done = CliRunner().invoke(app, ["train", "--record-weights", "0"])
    assert done.exit_code == 2
    assert "--record-weights: found 0, expected 1 to" in done.stderr


def test_a_network_without_numbers_needs_a_rate():
    """No example, no rate: the error says which flag."""
    with pytest.raises(SpecError, match="--lr"):
        run(XOR, made("xor"), init="he")


@pytest.fixture(scope="module")
def short():
    """A short run with recorded weights."""
    return run(worked_example(), steps=7, record_weights=2)


def test_history_as_csv_parquet_and_npz(short, tmp_path):
    """Three forms of the same numbers; the last row is after the last step."""
    for kind in ("csv", "parquet", "npz"):
        write_history(tmp_path / f"h.{kind}", short)
    rows = list(csv.DictReader((tmp_path / "h.csv").read_text().splitlines()))
    table = pyarrow.parquet.read_table(tmp_path / "h.parquet").to_pydict()
    arrays = np.load(tmp_path / "h.npz")
    losses = [*short.history.losses.tolist(), short.final_loss]
    assert [float(row["loss"]) for row in rows] == table["loss"] == losses
    assert [int(row["step"]) for row in rows] == table["step"] == list(range(8))
    assert [row["learning_rate"] for row in rows] == ["1.0"] * 7 + [""]
    np.testing.assert_array_equal(arrays["losses"], losses[:-1])
    assert arrays["final_loss"] == losses[-1]
    np.testing.assert_array_equal(arrays["weight_steps"], [0, 2, 4, 6, 7])
    recorded = short.history.weights["W2"][:, 0, 1]
    np.testing.assert_array_equal(arrays["W2"][:, 0, 1], recorded)
    wanted = dict(zip([0, 2, 4, 6, 7], recorded.tolist(), strict=True))
    assert table["W2[0,1]"] == [wanted.get(k) for k in range(8)]
    assert [row["W2[0,1]"] for row in rows] == [str(wanted.get(k, "")) for k in range(8)]


def test_saved_weights_are_read_again(short, tmp_path):
    """--save and --weights go together."""
    path = tmp_path / "net.npz"
    write_weights(path, short.final)
    found = read_weights(path, {"W1": (2, 2), "W2": (2, 2)}, {})
    assert [[float(v) for v in row] for row in found["W1"]] == short.final["W1"].tolist()


def test_files_that_cannot_be_written_are_refused_first(tmp_path, monkeypatch):
    """Endings, a table of too many weights, parquet without pyarrow."""
    for path, columns, said in (
        (Path("h.txt"), 0, "csv, parquet, npz"),
        (Path("h"), 0, "Write h.csv, say"),
        (Path("h.csv"), 1001, "a table takes 1000"),
    ):
        with pytest.raises(OutputError, match=said):
            check_history(path, columns)
    check_history(Path("h.npz"), 10**9)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(DependencyError, match=r"symbp\[parquet\]"):
        check_history(Path("h.parquet"), 0)


def test_pictures_have_the_same_bytes_each_time(short, tmp_path):
    """A PNG of the loss, an SVG of the weights, whose curves are w1 .. w8."""
    for kind, draw in (("png", plot_loss), ("svg", plot_weights)):
        paths = [tmp_path / f"{n}.{kind}" for n in (1, 2)]
        for path in paths:
            draw(path, worked_example(), short, "the worked example")
        first, second = (path.read_bytes() for path in paths)
        assert first == second
        assert first.startswith(b"\x89PNG" if kind == "png" else b"<?xml")
    assert [name for name, _ in curves(worked_example(), short)] == [f"w{k}" for k in range(1, 9)]


def test_curves_of_many_weights_are_their_root_mean_squares():
    """Above 16 weights a curve a parameter, by hand."""
    done = run(Network(sizes=[2, 9, 1]), made("xor"), init="he", learning_rate=0.1, steps=4,
               record_weights=1)  # fmt: skip
    found = dict(curves(Network(sizes=[2, 9, 1]), done))
    assert list(found) == ["W1", "W2"]
    want = np.sqrt((done.history.weights["W1"] ** 2).sum(axis=(1, 2)) / 18)
    np.testing.assert_allclose(found["W1"], want)


@pytest.mark.parametrize("length", [1, 2000, 2001, 54321])
def test_thinned_curves_keep_first_extremes_and_order(length):
    """The lowest and highest value stay, in order, in at most 2,000 points."""
    values = np.random.default_rng(length).normal(size=length)
    steps, kept = thinned(values)
    assert len(steps) <= 2000
    assert np.all(np.diff(steps) > 0)
    np.testing.assert_array_equal(kept, values[steps])
    assert (kept.min(), kept.max()) == (values.min(), values.max())
    assert length // every(length) <= 500


def test_the_command_prints_a_summary_and_writes_all_files(tmp_path):
    """As a user runs it: table on stdout, what was written on stderr, exit code 0."""
    names = ["h.csv", "h.npz", "l.png", "l.svg", "w.svg"]
    text = ok(
        "train", "--steps", "3", "--history", "h.csv", "--save", "h.npz", "--plot", "l.png",
        "--plot", "l.svg", "--plot-weights", "w.svg", cwd=tmp_path, PYTHONPATH=str(ROOT),
    )  # fmt: skip
    assert "worked_example, the example, sgd" in text
    assert "loss before" in text
    assert "0.2097097937" in text
    assert "steps/s" in text
    assert sorted(p.name for p in tmp_path.iterdir()) == names
    for label in ("w1", "w8"):
        assert f"<!-- {label} -->" in (tmp_path / "w.svg").read_text()
    again = ok("evaluate", "--weights", "h.npz", cwd=tmp_path, PYTHONPATH=str(ROOT))
    assert f"{run(worked_example(), steps=3).final_loss:.6g}" in again


def test_a_run_that_is_not_finite_exits_with_1_and_keeps_its_files(tmp_path, monkeypatch):
    """The quantity and the line on stderr; history and parameters are there and finite."""
    monkeypatch.chdir(tmp_path)
    network = ["--sizes", "2,3,1", "--activation", "tanh,identity", "--loss", "mse"]
    options = ["--lr", "1e9", "--init", "he", "--history", "h.csv", "--save", "w.npz"]
    done = CliRunner().invoke(app, ["train", *network, *options])
    assert done.exit_code == 1, done.stderr
    assert "the first that is not finite; line [" in done.stderr
    assert "Take a smaller --lr" in done.stderr
    assert "not finite" in done.stdout
    assert len((tmp_path / "h.csv").read_text().splitlines()) > 2
    assert all(np.isfinite(v).all() for v in np.load(tmp_path / "w.npz").values())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--lr", "0"], "--learning-rate: found '0', expected a number above 0"),
        (["--lr", "-1"], "--learning-rate: found '-1'"),
        (["--steps", "0"], "--steps"),
        (["--optimizer", "sdg"], "Did you mean 'sgd'?"),
        (["--data", "nowhere.csv"], "nowhere.csv: there is no such file"),
        (["--data", "moons", "--sizes", "3,1"], "Take a network of other inputs: --sizes 2,1"),
        (["--plot", "l.jpg"], "l.jpg"),
        (["--save", "w.pt"], "w.pt"),
        (["--history", "h.xls"], "h.xls"),
        (["--dtype", "float16"], "float16"),
    ],
)
def test_bad_input_of_the_command(arguments, said, tmp_path, monkeypatch):
    """Exit code 2, one clear error, nothing on stdout, nothing written."""
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["train", *arguments])
    assert done.exit_code == 2
    assert said in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_the_other_files(tmp_path, monkeypatch):
    """A link to /dev/full: the error names it, exit code 2; what has space is written whole."""
    (tmp_path / "h.csv").symlink_to("/dev/full")
    monkeypatch.chdir(tmp_path)
    options = ["--steps", "2", "--history", "h.csv", "--save", "w.npz", "--plot", "l.png"]
    done = CliRunner().invoke(app, ["train", *options])
    assert done.exit_code == 2
    assert "h.csv: cannot be written: no space left on device" in done.stderr
    assert "loss after" in done.stdout
    assert sorted(p.name for p in tmp_path.iterdir()) == ["h.csv", "l.png", "w.npz"]


def test_ctrl_c_keeps_what_was_trained(tmp_path):
    """On a terminal: the bar shows loss and speed; SIGINT ends well, files are written."""
    main, side = pty.openpty()
    save = tmp_path / "w.npz"
    process = subprocess.Popen(
        [sys.executable, "-m", "symbp", "train", "--steps", "100000000", "--save", str(save)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=side, env={**os.environ, "TERM": "xterm"},
    )  # fmt: skip
    os.close(side)
    try:
        shown, limit = b"", time.monotonic() + 60
        while b"steps/s" not in shown and time.monotonic() < limit:
            if select.select([main], [], [], 1)[0]:
                shown += os.read(main, 65536)
        assert b"training" in shown
        assert b"loss" in shown
        process.send_signal(signal.SIGINT)
        drained = threading.Thread(target=drain, args=(main,))
        drained.start()
        stdout = process.communicate(timeout=60)[0].decode()
        drained.join()
    finally:
        process.kill()
        process.wait()
        os.close(main)
    assert process.returncode == 0
    assert "by Ctrl-C" in stdout
    assert np.load(save)["W1"].shape == (2, 2)


def drain(terminal: int) -> None:
    """Read what is written until the other end is closed."""
    try:
        while os.read(terminal, 65536):
            pass
    except OSError:  # Linux says so where macOS gives an empty read
        return


def test_a_second_ctrl_c_ends_at_once():
    """And the meaning of Ctrl-C is given back behind the context."""
    before = signal.getsignal(signal.SIGINT)
    with train_command.Stop() as stop:
        stop.listen()
        signal.raise_signal(signal.SIGINT)
        assert stop.asked
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
