"""The loss over a plane: the grid is torch's, the path lies where it should, bad input is named."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from symbp.cli import app
from symbp.errors import SpecError
from symbp.experiments.landscape import as_npz, fitting, landscape, log_base
from symbp.experiments.landscape_plot import draw_contour, draw_surface, levels
from symbp.experiments.objective import objective
from symbp.experiments.plane import Plane, path_plane, random_plane, read_along
from symbp.layers import Dense
from symbp.spec import Network
from symbp.spec_file import WORKED_EXAMPLE, network_from_flags, worked_example
from tests.test_cli import ok, symbp

NETWORKS = {
    "sigmoid": Network(sizes=[2, 2, 2], name="sigmoid", example={"seed": 1, "samples": 3}),
    "biases": Network(
        sizes=[3, 4, 2], activation=["tanh", "identity"], bias="per-unit", loss="mse",
        name="biases", example={"seed": 2, "samples": 5},
    ),
    "frozen": Network(
        inputs=2, layers=(Dense(3, "tanh", "per-unit"), Dense(1, "identity", "per-unit")),
        loss="mse", name="frozen", frozen=("b1",), example={"seed": 3, "samples": 4},
    ),
}  # fmt: skip
ALONG = {"sigmoid": "w1,w5", "biases": "W1[0,1],b_o2", "frozen": "w2,w7"}
TORCH = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "identity": lambda z: z}


def torch_loss(network: Network, params: dict[str, np.ndarray], X, T) -> float:
    """The loss of a plain network, by torch."""
    value = torch.from_numpy(X)
    for k, layer in enumerate(network.layers, 1):
        bias = params.get(f"b{k}")
        bias = None if bias is None else torch.from_numpy(bias)
        value = torch.nn.functional.linear(value, torch.from_numpy(params[f"W{k}"]), bias)
        value = TORCH[layer.activation](value)
    difference = (value - torch.from_numpy(T)) ** 2
    if network.loss == "mse":
        return float(difference.mean())
    per = difference.sum() / 2
    return float(per / len(X) if network.reduction == "mean" else per)


@pytest.mark.parametrize("along", ["weights", "path", "random"])
@pytest.mark.parametrize("name", NETWORKS)
def test_every_point_of_the_grid_is_torchs_loss(name, along):
    """At each place the weights are origin + a*first + b*second, and torch has the same loss."""
    network = NETWORKS[name]
    found = landscape(network, ALONG[name] if along == "weights" else along, steps=40, points=5)
    model = objective(network)
    for row, b in enumerate(found.b):
        for column, a in enumerate(found.a):
            theta = found.plane.origin + a * found.plane.directions[0]
            params = model.params(theta + b * found.plane.directions[1])
            want = torch_loss(network, params, model.X, model.T)
            assert found.losses[row, column] == pytest.approx(want, rel=1e-12)
    if name == "frozen":
        np.testing.assert_array_equal(params["b1"], model.given["b1"])


def test_two_weights_are_the_axes():
    """Places are the values of w5 and w8; the path starts at the example's and ends at train's."""
    network = worked_example()
    found = landscape(network, "w5,w8", steps=50, points=3)
    model = objective(network)
    params, losses = model.module.train(model.given, model.X, model.T, model.rate, 50)
    start, end = (p["W2"][[0, 1], [0, 1]] for p in (model.given, params))
    np.testing.assert_allclose(found.places[[0, -1]], [start, end], rtol=1e-14)
    assert found.path.steps[[0, -1]].tolist() == [0, 50]
    assert found.path.losses[0] == losses[0]
    assert found.path.losses[-1] == found.heights[-1] < found.path.losses[0]
    assert found.heights[0] != found.path.losses[0]  # the other weights are those of the end
    assert found.a[0] < found.places[:, 0].min() <= found.places[:, 0].max() < found.a[-1]
    assert found.b[0] < found.places[:, 1].min() <= found.places[:, 1].max() < found.b[-1]


@pytest.mark.parametrize("seed", range(5))
def test_principal_directions_are_those_of_numpy(seed):
    """The same lines as the eigenvectors of the covariance, and the share is their variance."""
    thetas = np.random.default_rng(seed).normal(size=(30, 7)) * np.arange(1, 8)
    plane = path_plane(thetas)
    values, vectors = np.linalg.eigh(np.cov(thetas.T))
    for k in range(2):
        along = plane.directions[k] @ vectors[:, -1 - k]
        assert abs(along) == pytest.approx(1, abs=1e-10)
        assert plane.directions[k] @ (thetas[-1] - thetas[0]) >= 0
    assert plane.share(thetas) == pytest.approx(values[-2:].sum() / values.sum(), rel=1e-12)
    np.testing.assert_allclose(plane.places(thetas[-1:]), [[0, 0]], atol=1e-12)


def test_a_training_that_overflows_at_once_spans_no_plane():
    """The error says so, with the iteration and the quantity, and not to train for longer."""
    network = network_from_flags(WORKED_EXAMPLE, {"activation": "identity", "learning_rate": "100"})
    with pytest.raises(SpecError, match=r"iteration \d+: \w+(\[0,\d\])? is .*inf") as error:
        landscape(network, "path", points=3)
    assert "Take a smaller rate, --lr" in str(error.value)


def test_random_directions_are_as_long_as_each_units_weights():
    """Each row has the length of the row of weights; biases stay; the seed decides."""
    model = objective(NETWORKS["biases"])
    plane = random_plane(model, model.start, 4)
    for direction in plane.directions:
        parts = model.trained(direction)
        for name in ("W1", "W2"):
            np.testing.assert_allclose(
                np.linalg.norm(parts[name], axis=1), np.linalg.norm(model.given[name], axis=1)
            )
        assert not parts["b1"].any()
    again, other = (random_plane(model, model.start, seed).directions for seed in (4, 5))
    np.testing.assert_array_equal(plane.directions, again)
    assert not np.allclose(plane.directions, other)


def test_places_in_a_plane_that_is_not_square():
    """The nearest point by least squares, whatever the angle and the lengths of the directions."""
    stream = np.random.default_rng(0)
    plane = Plane(stream.normal(size=6), stream.normal(size=(2, 6)), ("a", "b"))
    places = stream.normal(size=(4, 2))
    normal = np.linalg.svd(plane.directions)[2][2:]
    thetas = np.array([plane.point(*place) for place in places])
    np.testing.assert_allclose(plane.places(thetas + normal[0]), places, rtol=1e-10)
    assert plane.share(thetas) == pytest.approx(1)
    both = np.vstack([thetas, thetas + normal[1]])
    inner = np.sum((thetas - thetas.mean(axis=0)) ** 2) * 2
    assert plane.share(both) == pytest.approx(inner / (inner + len(both) / 4))


def test_losses_that_overflow_are_shown_as_such(tmp_path):
    """They are inf in the grid, counted, and no warning is raised; the pictures still come."""
    network = Network(
        sizes=[1, 1, 1], activation="identity", loss="mse", name="linear",
        example={"x": [[1], [2]], "y": [[1], [3]], "weights": ["0.5", "0.5"],
                 "learning_rate": "0.1"},
    )  # fmt: skip
    far = (-1e200, 1e200, -1e200, 1e200)
    found = landscape(network, "w1,w2", steps=20, points=4, limits=far)
    assert found.not_finite == 16
    assert found.lowest is None
    draw_contour(found, tmp_path / "a.png", "far")
    draw_surface(found, tmp_path / "b.svg", "far")
    near = landscape(network, "w1,w2", steps=20, points=5, limits=(-1, 1, -1e200, 1e200))
    assert 0 < near.not_finite < 25
    assert near.lowest is not None
    assert "not finite" in ok("landscape", "--along", "w1,w5", "--activation", "identity",
                              "--range=-1e200,1e200,0,1", "--points", "3")  # fmt: skip


def test_a_path_that_diverges_is_cut_where_it_does():
    """The iteration is the one where torch's loss is not finite either."""
    network = Network(
        sizes=[1, 1, 1], activation="identity", loss="mse", name="linear",
        example={"x": [[1], [2]], "y": [[1], [3]], "weights": [3, "0.5"], "learning_rate": 2},
    )  # fmt: skip
    found = landscape(network, "w1,w2", steps=100, points=3)
    w = torch.tensor([3.0, 0.5], dtype=torch.float64, requires_grad=True)
    X, T = torch.tensor([1.0, 2]).double(), torch.tensor([1.0, 3]).double()
    step, loss = 0, ((X * w[0] * w[1] - T) ** 2).mean()
    while loss.isfinite():
        (gradient,) = torch.autograd.grad(loss, w)
        w = (w - 2 * gradient).detach().requires_grad_()
        step, loss = step + 1, ((X * w[0] * w[1] - T) ** 2).mean()
    assert found.diverged == step
    assert np.isfinite(found.path.thetas).all()
    assert found.path.steps[-1] < step


def test_levels_follow_the_range_of_the_losses():
    """Equal steps within a factor of 100, else equal ratios, down to 1e-16 of the highest."""
    assert log_base(np.array([1.0, 50.0])) is None
    assert log_base(np.array([1.0, 101.0, np.inf])) == 0
    grid = np.linspace(-1, 1, 41)
    bowl = grid[:, None] ** 2 + grid**2 - 5
    assert log_base(bowl) is None
    steep = 10.0 ** np.linspace(-6, 3, 400) - 5
    base = log_base(steep)
    assert base is not None
    assert base < steep.min()
    for losses in (bowl, steep, np.full(9, 2.0), np.array([1e-30, 1.0]), np.zeros(4)):
        found, _ = levels(losses)
        assert found[0] <= max(losses.min(), 1e-16 * losses.max())
        assert losses.max() <= found[-1]
        assert (np.diff(found) > 0).all()
        assert 2 <= len(found) <= 30


def test_the_range_fits_a_path_that_moves_one_way_only():
    """The other side is a twentieth of it, so that there is a picture; a point gets one as well."""
    assert fitting(np.array([[0.0, 3.0], [2.0, 3.0]]))[2:] == (2.95, 3.05)
    low_a, high_a, low_b, high_b = fitting(np.zeros((1, 2)))
    assert low_a < 0 < high_a
    assert low_b < 0 < high_b


def test_files_of_the_command_line(tmp_path):
    """Pictures and grids; the csv and the npz have the same numbers; twice the same bytes."""
    flags = ("landscape", "--along", "w5,w8", "--steps", "30", "--points", "7")
    files = [tmp_path / name for name in ("c.png", "s.svg", "g.npz", "g.csv")]
    for kind, path in zip(("--plot", "--surface", "--save"), files[:3], strict=True):
        flags = (*flags, kind, path)
    text = ok(*flags)
    assert text.splitlines()[0] == "plane    a = w5, b = w8"
    first = [path.read_bytes() for path in files[:3]]
    assert ok(*flags) == text
    assert [path.read_bytes() for path in files[:3]] == first
    ok(*flags[:7], "--save", files[3])
    grid = np.load(files[2])
    rows = np.loadtxt(files[3], delimiter=",", skiprows=1)
    np.testing.assert_array_equal(rows[:, 2].reshape(7, 7), grid["losses"])
    np.testing.assert_array_equal(rows[:7, 0], grid["a"])
    np.testing.assert_array_equal(rows[::7, 1], grid["b"])
    assert grid["labels"].tolist() == ["w5", "w8"]
    found = landscape(worked_example(), "w5,w8", steps=30, points=7)
    assert as_npz(found) == files[2].read_bytes()


BAD = [
    (["--along", "w5"], "expected two weights or one of path, random"),
    (["--along", "w5,w5"], "are the same weight"),
    (["--along", "w5,W2[0,0]"], "are the same weight"),
    (["--along", "w1,w99"], "unknown weight 'w99'"),
    (["--along", "w1,W2[5,0]"], "no entry 'W2[5,0]'"),
    (["--along", "w1,W1[0,1]", "--frozen", "W1"], "frozen"),
    (["--steps", "-1"], "expected 1 to 1000000"),
    (["--steps", "0"], "--steps"),
    (["--points", "1"], "expected 2 to 501"),
    (["--range", "1,0,0,1"], "found 1,0,0,1"),
    (["--range", "0,1"], "found 0,1"),
    (["--range", "0,inf,0,1"], "expected from,to"),
    (["--range", "0,a"], "expected four numbers"),
    (["--plot", "a.pdf"], "a plot is written as .png or .svg"),
    (["--surface", "a"], "a plot is written as .png or .svg"),
    (["--save", "a.txt"], "the grid is written as .npz or .csv"),
    (["--along", "random", "--direction-seed", "-1"], "--direction-seed"),
    (["--sizes", "1,1", "--seed", "0", "--along", "random"], "span no plane"),
]


@pytest.mark.parametrize(("arguments", "said"), BAD, ids=[" ".join(a) for a, _ in BAD])
def test_bad_input_is_one_clear_error(arguments, said, tmp_path, monkeypatch):
    """Exit code 2, one error with a remedy, nothing written."""
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["landscape", *arguments])
    assert done.exit_code == 2, done.output
    assert said in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_weights_that_are_all_zero_have_no_random_plane():
    """There is no length to take; the error says what to do."""
    network = Network(
        sizes=[2, 2], activation="identity", loss="mse", name="zeros",
        example={"x": [[1, 2]], "y": [[0, 0]], "weights": [0, 0, 0, 0], "learning_rate": "0.1"},
    )  # fmt: skip
    with pytest.raises(SpecError, match="is 0 where training ends"):
        landscape(network, "random", steps=3)


def test_along_reads_names_with_commas_in_brackets():
    """A comma in brackets does not part two names."""
    assert read_along("W1[0,1],W2[1,0]") == ("W1[0,1]", "W2[1,0]")
    for text in ("", ",", "w1,", "w1,w2,w3", "paths"):
        with pytest.raises(SpecError, match="expected two weights"):
            read_along(text)


def test_the_help_shows_how_it_is_called():
    """Examples, and the name of the command."""
    assert "symbp landscape --along" in symbp("landscape", "--help").stdout
