"""Verification passes what is right and catches what is wrong, each oracle by itself."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from symbp import catalog, derive, generate, pipeline, verify
from symbp.cli import app
from symbp.errors import ModuleError, SpecError
from symbp.form import FORMS
from symbp.spec import Network
from symbp.spec_file import read_with_flags, worked_example
from symbp.verify.check import ORACLES, verify_network
from symbp.verify.differences import central_differences
from symbp.verify.random_networks import random_network
from symbp.verify.report import Comparison, Report, compare

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.toml"))
BROKEN = tomllib.loads((ROOT / "tests" / "broken_modules.toml").read_text())["broken"]
LARGEST_SCALAR = 100
ONE_STYLE = ("batch_norm", "batch_norm_relu", "embedding")


@pytest.mark.parametrize("style", ["array", "scalar"])
@pytest.mark.parametrize("spec", EXAMPLES, ids=lambda p: p.stem)
def test_every_example_passes(spec, style):
    """Both styles of every example, where it has both, agree with all three oracles."""
    network = read_with_flags(spec, {})
    one_style = network.weight_count > LARGEST_SCALAR or spec.stem in ONE_STYLE
    if style == "scalar" and one_style:
        style = "array"
    report = verify(network, style)
    assert report.passed, report.failures
    kinds = ("", ", runs") if style == "scalar" else ("",)
    assert {c.oracle for c in report.comparisons} == {
        f"{o}{kind}" for o in ORACLES for kind in kinds
    }
    assert {c.quantity for c in report.comparisons} == {"E", *network.trained}


def broken_source(row: dict) -> str:
    """The module with the mistake put into its gradients."""
    source = (ROOT / "generated" / row["module"]).read_text()
    head, rest = source.split("def loss_and_gradients", 1)
    body, end, tail = rest.partition("\n\n\ndef ")
    assert body.count(row["old"]) == 1, row["what"]
    return f"{head}def loss_and_gradients{body.replace(row['old'], row['new'])}{end}{tail}"


@pytest.mark.parametrize("oracle", ORACLES)
@pytest.mark.parametrize("row", BROKEN, ids=lambda row: row["what"])
def test_broken_modules_are_caught(row, oracle):
    """Each mistake is found by each oracle alone (a wrong loss value not by differences)."""
    network = read_with_flags(ROOT / "examples" / f"{Path(row['module']).parent}.toml", {})
    report = verify_network(network, derive(network), broken_source(row), oracles=(oracle,))
    found = not report.passed
    assert found or (oracle == "differences" and row["old"].startswith("E ="))


def test_the_corpus_is_large_enough():
    """At least twenty, all different."""
    assert len({(row["module"], row["old"], row["new"]) for row in BROKEN}) >= 20


def test_a_broken_file_fails_on_the_command_line(tmp_path):
    """Exit code 1, the table on stdout; the right module passes with 0."""
    for row, code in ((BROKEN[0], 1), ({**BROKEN[0], "new": BROKEN[0]["old"]}, 0)):
        path = tmp_path / "checked.py"
        path.write_text(broken_source(row))
        command = [sys.executable, "-m", "symbp", "verify", "--module", path]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == code, done.stdout + done.stderr
        assert ("FAILED" if code else "passed") in done.stdout


def test_nothing_compared_is_a_failure():
    """An empty report, and a comparison of no entries, do not pass."""
    assert not Report("nothing", ()).passed
    assert not Report("empty", (Comparison("torch", "W1", 0, 0.0, 0.0, 1e-12),)).passed
    network = worked_example()
    assert not verify_network(network, derive(network), generate(network), oracles=()).passed


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_no_number_is_no_pass(bad):
    """NaN and infinity fail in each kind of comparison."""
    (row,) = compare("torch", {"W1": np.array([1.0, bad])}, {"W1": np.array([1.0, 1.0])}, 1e-12)
    assert not row.passed
    (row,) = central_differences(
        lambda p: 0.0, {"W1": np.zeros(2)}, {"W1": np.array([0.0, bad])}, 1e-6
    )
    assert not row.passed


def test_differences_see_past_a_kink():
    """A kink inside the widest step does not fail a right gradient; a wrong one fails."""
    near = {"w": np.array([3e-5])}
    right, wrong = ({"w": np.array([g])} for g in (1.0, 0.0))

    def relu(p):
        return float(np.maximum(p["w"], 0).sum())

    assert central_differences(relu, near, right, 1e-6)[0].passed
    assert not central_differences(relu, near, wrong, 1e-6)[0].passed


MODULES = {
    "no function loss": "x = 1\n",
    "raises ZeroDivisionError": "1 / 0\n",
    "returns no pair": (
        "def loss(p, X, T): return 0.0\ndef loss_and_gradients(p, X, T): return 0.0\n"
    ),
    "gives no gradient of W1": (
        "def loss(p, X, T): return 0.0\ndef loss_and_gradients(p, X, T): return 0.0, {}\n"
    ),
    "has shape": (
        "def loss(p, X, T): return 0.0\n"
        "def loss_and_gradients(p, X, T): return 0.0, {n: v.ravel() for n, v in p.items()}\n"
    ),
    "raises KeyError": (
        "def loss(p, X, T): return 0.0\ndef loss_and_gradients(p, X, T): return p['none']\n"
    ),
    "raises SyntaxError": "def loss(:\n",
}


@pytest.mark.parametrize("reason", MODULES)
def test_modules_that_do_not_run_are_named(reason, tmp_path):
    """What a foreign module does wrong becomes one clear error."""
    path = tmp_path / "foreign.py"
    path.write_text(MODULES[reason])
    with pytest.raises(ModuleError, match=reason) as caught:
        verify(worked_example(), module=path)
    assert "foreign.py" in str(caught.value)


def test_the_public_functions_stay_functions():
    """symbp.evaluate and symbp.verify share their names with packages: a second call works too."""
    program = (
        "import symbp; from symbp.spec_file import worked_example; net = worked_example()\n"
        "for _ in range(2):\n"
        "    symbp.derive(net), symbp.generate(net), symbp.evaluate(net)\n"
        "    assert symbp.verify(net).passed\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_report_shows_itself_escaped():
    """In Jupyter, as a table; names are text."""
    shown = Report("<b>", (Comparison("torch", "<i>", 1, 0.0, 0.0, 1e-12),))._repr_html_()
    assert "<i>" not in shown
    assert "&lt;i&gt;" in shown


def test_relu_at_its_kink_agrees_with_torch():
    """A net input of exactly 0: torch's derivative is 0, ours as well."""
    network = Network(
        sizes=[2, 2, 1], activation=["relu", "identity"], loss="mse",
        example={"x": [1, 1], "y": [1], "weights": [1, 1, -1, 2, 1, 1]},
    )  # fmt: skip
    report = verify_network(network, derive(network), generate(network), oracles=("torch",))
    assert report.passed, report.failures


def test_random_networks_are_varied():
    """Every layer, activation, bias, loss, reduction and kind of target is drawn."""
    networks = [random_network(seed) for seed in range(200)]
    layers = [layer for network in networks for layer in network.layers]
    assert {type(layer).__name__ for layer in layers} >= {"Dense", "LayerNorm", "Residual"}
    dense = [layer for layer in layers if type(layer).__name__ == "Dense"]
    assert {layer.bias for layer in dense} == {"none", "per-unit", "shared"}
    drawn = {layer.activation.partition("(")[0] for layer in dense}
    assert drawn == set(catalog.names("activation"))
    assert {n.loss.partition("(")[0] for n in networks} == set(catalog.names("loss"))
    assert any(layer.weight for layer in dense)
    kinds = {(n.reduction, n.targets) for n in networks}
    assert kinds >= {(r, t) for r in ("sum", "mean", "none") for t in ("classes", "values")}
    assert ("batchmean", "values") in kinds
    assert {len(n.layers) for n in networks} >= {1, 2, 3, 4, 5, 6}
    assert any(network.frozen for network in networks)


@pytest.mark.parametrize("start", range(0, 500, 50))
def test_random_networks_agree_with_torch(start):
    """500 networks in ten parts: at most 1e-12 relative to the largest entry of each gradient."""
    trials = pipeline.run_trials(50, start)
    assert trials.passed, (trials.failed, trials.worst)
    assert trials.worst[1] <= 1e-12
    assert len(trials.errors) == 50


@pytest.mark.parametrize("seed", range(500, 530))
def test_random_networks_agree_with_every_oracle(seed):
    """Arbitrary precision and differences too."""
    network = random_network(seed)
    report = verify(network)
    assert report.passed, report.failures


def test_every_form_is_verified():
    """Each against all oracles; a network that has no form by name says why."""
    network = read_with_flags(None, {})
    found = pipeline.verify_all(network)
    assert found.keys() == FORMS.keys()
    for name, report in found.items():
        assert isinstance(report, Report), name
        assert report.passed
        oracles = {c.oracle.partition(",")[0] for c in report.comparisons}
        assert oracles == {"torch", "precision", "differences"}
    embedding = read_with_flags(ROOT / "examples/embedding.toml", {})
    assert "embedding" in str(pipeline.verify_all(embedding)["scalar"])


def test_all_forms_are_one_table(monkeypatch):
    """A form that cannot be checked says so; one that fails makes the command fail."""
    reason = SpecError("style", "no such form", "Take another.")
    right = Report("x", (Comparison("torch", "W1", 1, 0.0, 0.0, 1e-12),))
    wrong = Report("x", (Comparison("torch", "W1", 1, 1.0, float("nan"), 1e-12),))
    for reports, code, text in (
        ({"array": right, "c": reason}, 0, "not checked: no such form"),
        ({"array": right, "c": wrong}, 1, "FAILED"),
        ({"c": reason}, 1, "FAILED"),
    ):
        monkeypatch.setattr(pipeline, "verify_all", lambda network, found=reports: found)
        run = CliRunner().invoke(app, ["verify", "--target", "all"])
        assert run.exit_code == code
        assert text in run.output
    run = CliRunner().invoke(app, ["verify", "--target", "all", "--workspace"])
    assert run.exit_code == 2
