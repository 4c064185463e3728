"""Eigenvalues against torch, the edge of stability of the sine fit, thresholds of the rate."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from symbp.cli import app
from symbp.errors import DependencyError, SymbpError
from symbp.experiments import curvature
from symbp.experiments.curvature import NotFiniteError, outer, spectrum, top
from symbp.experiments.edge import explain
from symbp.experiments.explain.attained import attained
from symbp.experiments.landscape import landscape
from symbp.experiments.objective import Objective, objective
from symbp.experiments.sharpness import sharpness
from symbp.experiments.sharpness_plot import draw_sharpness, panels
from symbp.experiments.threshold import comes_back, minimum, threshold, threshold_of, trained
from symbp.form import Form
from symbp.plotting import picture
from symbp.spec import Network
from symbp.spec_file import read_network, worked_example
from symbp.verify.random_networks import random_network
from symbp.verify.torch_second_order import TorchSecondOrder
from tests.test_cli import ok

ROOT = Path(__file__).resolve().parent.parent
SECOND = Form(second_order=True)
SINE = read_network(ROOT / "examples/sine_fit_h10.toml")


def torch_hessian(network: Network, model: Objective, theta: np.ndarray) -> np.ndarray:
    """The Hessian by torch.func, in the order of TRAINED."""
    return TorchSecondOrder(network, model.X, model.T, model.params(theta)).hessian()


@pytest.fixture(scope="module")
def sine():
    return objective(SINE, SECOND)


@pytest.fixture(scope="module")
def edge(sine):
    return sharpness(SINE, 4000, 250, found=sine)


@pytest.mark.parametrize("seed", [7, 27, 45, 60])
def test_eigenvalues_are_those_of_torchs_hessian(seed):
    """All of them, dense; and both ends by Lanczos; vectors are eigenvectors of torch's matrix."""
    network = random_network(seed)
    model = objective(network, SECOND)
    matrix = torch_hessian(network, model, model.start)
    want = np.linalg.eigvalsh(matrix)
    scale = np.abs(want).max()
    dense = spectrum(model, model.start)
    np.testing.assert_allclose(dense.values, want[::-1], atol=1e-10 * scale)
    np.testing.assert_allclose(
        matrix @ dense.vectors.T, dense.vectors.T * dense.values, atol=1e-9 * scale
    )
    for which, ends in (("largest", want[::-1][:3]), ("smallest", want[:3])):
        for limit in (curvature.DENSE_UP_TO, 0):
            found = outer(model, model.start, 3, which, dense_up_to=limit)
            np.testing.assert_allclose(found.values, ends, atol=1e-8 * scale)
            np.testing.assert_allclose(
                matrix @ found.vectors.T, found.vectors.T * found.values, atol=1e-6 * scale
            )


def test_a_start_nearby_takes_fewer_products():
    """Lanczos from close to the vector needs fewer products than from a draw."""
    network = Network(
        sizes=[6, 20, 3], activation=["tanh", "identity"], bias="per-unit", loss="mse",
        name="wide", example={"seed": 1, "samples": 10},
    )  # fmt: skip
    model = objective(network, SECOND)
    counts = []

    class Counted:
        """The module, with its products counted."""

        TRAINED = model.module.TRAINED

        @staticmethod
        def hvp(*arguments):
            counts[-1] += 1
            return model.module.hvp(*arguments)

    value, vector = top(model, model.start)
    nearby = vector + 0.01 * np.random.default_rng(1).normal(size=model.size) / model.size**0.5
    for first in (None, nearby):
        counts.append(0)
        counted = replace(model, module=Counted)
        found = outer(counted, model.start, start=first, dense_up_to=0)
        assert found.values[0] == pytest.approx(value, rel=1e-9)
    assert counts[1] < counts[0]


def test_without_scipy_a_large_network_says_what_to_install(sine, monkeypatch):
    """The dense way needs none."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert top(sine, sine.start)[0] > 0
    with pytest.raises(DependencyError, match=r"pip install \"symbp\[blas\]\""):
        outer(sine, sine.start, dense_up_to=0)


def test_a_hessian_that_is_not_finite_is_an_error():
    """Dense and by products."""
    network = Network(sizes=[1, 1, 1], activation="identity", loss="mse", name="linear")
    model = objective(network, SECOND)
    for limit in (curvature.DENSE_UP_TO, 0):
        with pytest.raises(NotFiniteError, match="not finite"):
            outer(model, np.array([1e200, 1e200]), dense_up_to=limit)


def test_the_sine_fit_passes_the_edge_of_stability(edge):
    """lr*lambda_max is what the reference says; what comes after the bounce differs by machine."""
    found = dict(zip(edge.steps.tolist(), edge.ratios, strict=True))
    for step, want in {0: 1.40, 1000: 1.44, 2000: 1.83, 2250: 1.98, 2500: 2.05, 2750: 2.08}.items():
        assert found[step] == pytest.approx(want, abs=0.005)
    assert found[3000] == pytest.approx(1.93, abs=0.03)
    assert found[4000] == pytest.approx(1.954, abs=0.03)
    assert edge.crossing == (2250, 2500)
    assert edge.peak[0] == 2750
    np.testing.assert_allclose(edge.critical, 2 / edge.tops)


def test_lambda_max_on_the_way_is_torchs(edge, sine):
    """At weights where torch's own descent is, too."""
    X, T = torch.from_numpy(sine.X), torch.from_numpy(sine.T)
    params = {k: torch.from_numpy(v.copy()).requires_grad_() for k, v in sine.given.items()}
    for step in range(1001):
        if step % 500 == 0:
            point = {k: v.detach().numpy() for k, v in params.items()}
            matrix = TorchSecondOrder(SINE, sine.X, sine.T, point).hessian()
            at = edge.steps.tolist().index(step)
            assert edge.tops[at] == pytest.approx(np.linalg.eigvalsh(matrix)[-1], rel=1e-9)
        hidden = torch.sigmoid(X @ params["W1"].T + params["b1"])
        loss = ((hidden @ params["W2"].T + params["b2"] - T) ** 2).mean()
        assert edge.losses[step] == pytest.approx(loss.item(), rel=1e-12)
        slopes = torch.autograd.grad(loss, list(params.values()))
        params = {
            name: (value - 0.2 * slope).detach().requires_grad_()
            for (name, value), slope in zip(params.items(), slopes, strict=True)
        }


def test_errors_grow_as_lambda_max_says(edge):
    """Two runs 1e-10 apart: growth a step is |1 - lr*lambda_max| to 0.005, above 1 and below."""
    np.testing.assert_allclose(edge.measured, edge.growth, atol=5e-3)
    above = edge.ratios > 2
    assert above.sum() == 2
    assert ((edge.measured > 1) == above).all()


def test_a_nudge_of_the_last_digits_is_seen_after_the_crossing(edge):
    """Losses agree to 1e-12 up to iteration 2250 and differ by percents at 3000."""
    assert edge.difference[: edge.crossing[0]].max() < 1e-12
    assert edge.difference[3000] > 0.01
    assert edge.losses[-1] < 1e-7


def test_the_amplification_does_not_hang_on_the_steps_looked_at(edge, sine):
    """About 10^11; with a look every 50 steps the same to a few decades' parts."""
    finer = sharpness(SINE, 3000, 50, found=sine)
    assert 2250 <= finer.crossing[0] < finer.crossing[1] <= 2400
    assert edge.amplified > 9
    assert finer.amplified == pytest.approx(edge.amplified, abs=2.5)


def test_the_explanation_has_the_numbers(edge):
    """Each sentence in both languages, with the crossing, the peak and the end."""
    said = explain(edge)
    assert [f.key.removeprefix("finding.sharpness.") for f in said] == [
        "ends", "crossing", "machines", "settles", "measured",
    ]  # fmt: skip
    for lang in ("en", "zh"):
        text = "".join(f.text(lang) for f in said)
        for number in ("1.403", "2250", "2500", "2.078", "2750", f"{edge.ratios[-1]:.4g}"):
            assert number in text


def test_only_what_is_seen_is_said(edge):
    """No difference in print, no growth, a loss that curves nowhere upwards: other sentences."""
    same = explain(replace(edge, nudged=edge.losses))
    assert same[2].key == "finding.sharpness.machines, not yet"
    assert same[2].evidence == {"early": 0.0, "late": 0.0}
    assert explain(replace(edge, measured=edge.growth + 0.1))[-1].key.endswith("measured, far")
    concave = replace(edge, tops=-edge.tops)
    assert explain(concave)[1].key == "finding.sharpness.below, concave"
    assert np.isinf(concave.critical).all()
    assert (concave.growth > 1).all()
    assert concave.amplified == 0


def test_two_hidden_units_stay_below_the_edge():
    """The reference says so; the explanation, too, and the nudge stays one."""
    network = read_network(ROOT / "examples/sine_fit_h2.toml")
    found = sharpness(network, 3000, 500)
    assert found.crossing is None
    assert found.amplified == 0
    assert found.difference.max() < 1e-12
    assert explain(found)[1].key == "finding.sharpness.below"


def test_a_training_that_diverges_is_followed_as_far_as_it_is_finite():
    """The iteration is named, no row has a number that is not finite."""
    network = Network(
        sizes=[1, 1, 1], activation="identity", loss="mse", name="linear",
        example={"x": [[1], [2]], "y": [[1], [3]], "weights": [3, "0.5"], "learning_rate": 2},
    )  # fmt: skip
    found = sharpness(network, 50, 1)
    assert found.diverged is not None
    assert found.diverged == len(found.losses)
    assert found.steps[-1] < found.diverged
    for column in (found.tops, found.losses, found.growth):
        assert np.isfinite(column).all()
    assert found.crossing == (0, 0)
    keys = [f.key for f in explain(found)]
    assert "finding.sharpness.from the start" in keys
    assert "finding.sharpness.diverged" in keys


@pytest.mark.parametrize("rate", ["20", "100"])
def test_a_divergence_is_told_in_sentences_that_hold(rate):
    """Exit code 1, no nan, no growth that has not been, and growth measured where it can be."""
    flags = ["sharpness", "--activation", "identity", "--lr", rate, "--steps", "400"]
    flags += ["--every", "1"]
    done = CliRunner().invoke(app, flags)
    assert done.exit_code == 1
    text = done.stdout
    assert "gradient descent diverges." in text
    for wrong in ("nan", "up to 0", "10^", "not reached"):
        assert wrong not in text
    done = CliRunner().invoke(app, [*flags, "--json"])
    assert done.exit_code == 1
    rows = json.loads(done.stdout)["rows"]
    seen = [r for r in rows if r["growth"] > 20 and r["measured_growth"] is not None]
    assert len(seen) >= 2
    for row in seen:  # of one step
        assert row["measured_growth"] == pytest.approx(row["growth"], rel=2e-3)
    assert rows[-1]["measured_growth"] is None


def numbers(x, y, weights, rate, **more):
    return {"x": x, "y": y, "weights": weights, "learning_rate": rate, **more}


def example(name):
    return read_network(ROOT / f"examples/{name}.toml")


FIFTEEN = ["0.2", "-0.4", "0.5", "0.6", "0.1", "-0.5", "-0.3", "0.8", "0.7", "0.3", "-0.2", "0.9",
           "0.1", "-0.6", "0.4"]  # fmt: skip
MINIMA = [
    example("worked_relu_half_sse"),
    example("sine_fit_h2"),
    SINE,
    example("tanh_3_layers"),
    example("layernorm_residual"),
    Network(
        sizes=[2, 2, 2], name="inside",
        example=numbers([["0.5", "0.3"]], [["0.23", "0.6"]], FIFTEEN[:8], 1),
    ),
    Network(
        sizes=[2, 3, 2], activation="tanh", bias="per-unit", name="tanh_out",
        example={
            "x": [[1, 0], [0, 1], [1, 1]], "y": [["0.3", "-0.5"], ["0.1", "0.4"], ["-0.6", "0.2"]],
            "W1": [["0.5", "-0.2"], ["0.3", "0.8"], ["-0.7", "0.1"]], "b1": [0, "0.1", "-0.1"],
            "W2": [["0.4", "0.2", "-0.5"], ["-0.3", "0.6", "0.1"]], "b2": [0, 0],
            "learning_rate": "0.2",
        },
    ),
    Network(
        sizes=[2, 3, 1], activation=["leaky_relu", "identity"], bias="per-unit", loss="mse",
        name="leaky", example={"seed": 3, "samples": 3},
    ),
    Network(
        sizes=[3, 3, 2], activation=["tanh", "identity"], loss="bce_with_logits",
        name="soft_labels",
        example=numbers([[1, 0, "0.5"], ["-0.4", 1, 0]], [["0.3", "0.8"], ["0.6", "0.1"]],
                        FIFTEEN, "0.5"),
    ),
    Network(
        sizes=[2, 1], activation="identity", loss="mse", name="regression",
        example=numbers([[1, 2], [0, 1], [-1, 1], [2, 0], [1, -1]],
                        [[1], [2], [0], ["0.5"], [-1]], [0, 0], "0.1"),
    ),
    Network(
        sizes=[2, 3, 3], activation=["sigmoid", "identity"], loss="cross_entropy",
        name="distribution",
        example=numbers([[1, "0.5"], ["-0.5", 1]], [["0.2", "0.5", "0.3"], ["0.6", "0.1", "0.3"]],
                        FIFTEEN, "0.5"),
    ),
    random_network(27),
]  # fmt: skip


@pytest.mark.parametrize("network", MINIMA, ids=lambda n: n.name)
def test_gradient_descent_stays_up_to_the_critical_rate(network):
    """At a minimum, as torch sees it, the threshold of the runs is 2/lambda_max within 1 %."""
    model = objective(network, SECOND)
    bottom = minimum(model, trained(model))
    oracle = TorchSecondOrder(network, model.X, model.T, model.params(bottom.theta))
    values = np.linalg.eigvalsh(oracle.hessian())
    assert bottom.gradient <= 1e-11 * values[-1]
    assert values[0] >= -1e-8 * values[-1]
    assert bottom.critical == pytest.approx(2 / values[-1], rel=1e-8)
    found = threshold(model, bottom, 4e-3)
    assert found.returns < found.leaves <= found.returns * 1.004
    assert found.measured == pytest.approx(2 / values[-1], rel=0.01)
    assert found.off < 0.01
    assert comes_back(model, bottom, 0.99 * bottom.critical)
    assert not comes_back(model, bottom, 1.01 * bottom.critical)


def test_ten_of_them_are_known_to_have_a_minimum():
    """From the loss and the range of the last activation; of the others nothing is said."""
    found = [attained(network).evidence["status"] for network in MINIMA]
    assert found.count("attained") >= 10
    assert set(found) <= {"attained", "undetermined"}


def test_the_minimum_of_a_linear_regression_is_that_of_least_squares():
    """Weights, loss and curvature by NumPy; no direction is flat."""
    network = next(n for n in MINIMA if n.name == "regression")
    model = objective(network, SECOND)
    bottom = minimum(model, model.start + 5)
    weights, residual, *_ = np.linalg.lstsq(model.X, model.T[:, 0], rcond=None)
    np.testing.assert_allclose(bottom.theta, weights, rtol=1e-9)
    assert bottom.loss == pytest.approx(residual[0] / 5, rel=1e-12)
    curvatures = np.linalg.eigvalsh(2 * model.X.T @ model.X / 5)
    np.testing.assert_allclose(bottom.eigen.values, curvatures[::-1], rtol=1e-12)
    assert bottom.flat == 0


def test_where_no_minimum_is_attained_that_is_said():
    """The worked example's second target lies outside the range of the sigmoid."""
    network = worked_example()
    said = threshold_of(network, objective(network, SECOND))
    text = " ".join(f.text() for f in said)
    assert "has the infimum 0.00245 and no minimum" in text
    assert "no threshold of the rate" in text


def test_what_is_no_minimum_is_refused():
    """A saddle, and weights where nothing curves."""
    linear = Network(
        sizes=[1, 1, 1], activation="identity", loss="mse", name="linear",
        example=numbers([[1]], [[1]], [0, 0], "0.1"),
    )  # fmt: skip
    model = objective(linear, SECOND)
    with pytest.raises(SymbpError, match="a saddle at loss 1: an eigenvalue is -2"):
        minimum(model, model.start)
    dead = Network(
        sizes=[1, 1, 1], activation="relu", loss="mse", name="dead",
        example=numbers([[1]], [[1]], [-1, 1], "0.1"),
    )  # fmt: skip
    model = objective(dead, SECOND)
    with pytest.raises(SymbpError, match="no direction curves upwards"):
        minimum(model, model.start)


def test_the_plane_of_the_top_eigenvectors_has_their_curvature():
    """Second differences of the loss in the plane are torch's two largest eigenvalues."""
    network = example("sine_fit_h2")
    found = landscape(network, "hessian", steps=50, points=3, limits=(-1e-3, 1e-3, -1e-3, 1e-3))
    model = objective(network, SECOND)
    values = np.linalg.eigvalsh(torch_hessian(network, model, found.path.thetas[-1]))
    for k, line in enumerate((found.losses[1], found.losses[:, 1])):
        assert (line[0] - 2 * line[1] + line[2]) / 1e-6 == pytest.approx(values[-1 - k], abs=1e-4)


def test_the_picture_is_the_same_each_time(edge, tmp_path):
    """PNG and SVG; two runs that never differ have no logarithm to show."""
    for kind in ("png", "svg"):
        first = picture(lambda figure: panels(figure, edge, "edge"), kind, (7.0, 8.4))
        assert first == picture(lambda figure: panels(figure, edge, "edge"), kind, (7.0, 8.4))
    short = sharpness(worked_example(), 2, 1)
    draw_sharpness(short, tmp_path / "short.svg", "short")
    assert (tmp_path / "short.svg").read_bytes()


def test_the_command_prints_a_table_or_json(tmp_path):
    """The same numbers; a row a step looked at."""
    flags = ("sharpness", "examples/sine_fit_h2.toml", "--steps", "20", "--every", "10")
    text = ok(*flags, "--plot", tmp_path / "a.svg")
    data = json.loads(ok(*flags, "--json"))
    assert [row["step"] for row in data["rows"]] == [0, 10, 20]
    for line, row in zip(text.splitlines()[1:], data["rows"], strict=False):
        assert line.split()[1] == f"{row['loss']:.8g}"
        assert line.split()[3] == f"{row['lr*lambda_max']:.5f}"
    assert data["findings"][0]["text"] in text
    assert (tmp_path / "a.svg").read_text().startswith("<?xml")
    said = ok("sharpness", "examples/worked_relu_half_sse.toml", "--steps", "1", "--threshold")
    assert "gradient descent returns at the rate 7.3" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--steps", "0"], "--steps"),
        (["--every", "0"], "--every"),
        (["--steps", "20", "--every", "50"], "--every: found 50, expected 1 to 20"),
        (["--plot", "a.pdf"], "a plot is written as .png or .svg"),
        (["--lr", "-1"], "above 0"),
    ],
)
def test_bad_input_is_one_clear_error(arguments, said, tmp_path, monkeypatch):
    """Exit code 2, one error, nothing written."""
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["sharpness", *arguments])
    assert done.exit_code == 2
    assert said in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []
