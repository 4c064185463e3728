"""`symbp compare`: the numbers of the homework and of torch, side by side, and what is said."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from symbp.cli import app
from symbp.errors import SpecError
from symbp.experiments.compare import (
    Setting,
    compare,
    milestones,
    prepare,
    read_change,
    varied,
)
from symbp.experiments.compare_view import (
    after_training,
    as_json,
    before_training,
    loss_rows,
    markdown,
    plot,
    weight_rows,
)
from symbp.spec import Network
from symbp.spec_file import worked_example

torch = pytest.importorskip("torch")

START = {"W1": [[0.2, 0.5], [-0.4, 0.6]], "W2": [[0.1, -0.3], [-0.5, 0.8]]}
TORCH = {
    "sigmoid": torch.sigmoid, "relu": torch.relu, "tanh": torch.tanh,
    "half_sse": lambda o, t: ((o - t) ** 2).sum() / 2,
    "mse": torch.nn.functional.mse_loss, "cross_entropy": torch.nn.functional.cross_entropy,
}  # fmt: skip


def torch_run(activation="sigmoid", loss="half_sse", start=START, steps=1000, optimizer=None):
    """Losses before each step and after the last, and weights after the first, in float64."""
    f, E = TORCH[activation], TORCH[loss]
    W1, W2 = (torch.tensor(start[n], dtype=torch.float64, requires_grad=True)
              for n in ("W1", "W2"))  # fmt: skip
    descent = (optimizer or (lambda w: torch.optim.SGD(w, lr=1.0)))([W1, W2])
    x = torch.tensor([[0.5, 0.3]], dtype=torch.float64)
    t = torch.tensor([[0.23, -0.07]], dtype=torch.float64)
    losses, first = [], None
    for step in range(steps + 1):
        value = E(f(f(x @ W1.T) @ W2.T), t)
        losses.append(value.item())
        descent.zero_grad()
        value.backward()
        if step < steps:
            descent.step()
        if step == 0:
            first = [w.detach().numpy().copy() for w in (W1, W2)]
    return losses, first


# w1 w3 w2 w4 and w5 w7 w6 w8 after the first step, as torch printed them in the homework
PRINTED = {
    ("sigmoid", "half_sse"): ([[0.2084, 0.5051], [-0.4126, 0.5924]],
                              [[0.0654, -0.3305], [-0.5839, 0.7262]], 0.2097097933),
    ("relu", "half_sse"): ([[0.2103, 0.5062], [-0.4, 0.6]],
                           [[0.1513, -0.3], [-0.5, 0.8]], 0.0234625004),
    ("sigmoid", "mse"): ([[0.2084, 0.5051], [-0.4126, 0.5924]],
                         [[0.0654, -0.3305], [-0.5839, 0.7262]], 0.2097097933),
    ("sigmoid", "cross_entropy"): ([[0.2028, 0.5017], [-0.4052, 0.5969]],
                                   [[0.1213, -0.2812], [-0.5213, 0.7812]], 0.1187197044),
}  # fmt: skip


@pytest.fixture(scope="module")
def activations():
    """The worked example with three activations, 1000 steps."""
    return compare(worked_example(), "activation", ["sigmoid", "relu", "tanh"])


@pytest.fixture(scope="module")
def losses():
    """The worked example with three losses, 1000 steps."""
    return compare(worked_example(), "loss", ["half_sse", "mse", "cross_entropy"])


@pytest.mark.parametrize("case", PRINTED)
def test_the_first_step_is_that_of_the_homework(case, activations, losses):
    """3, 3c, 3d, 3e: four digits of each weight, ten of the loss in float32."""
    activation, loss = case
    comparison, label = (losses, loss) if activation == "sigmoid" else (activations, activation)
    (found,) = (t for t in comparison.trained if t.variant.label == label)
    W1, W2, value = PRINTED[case]
    np.testing.assert_allclose(found.first["W1"], W1, atol=6e-5)
    np.testing.assert_allclose(found.first["W2"], W2, atol=6e-5)
    assert found.variant.begun.loss == pytest.approx(value, abs=1e-8)


@pytest.mark.parametrize(
    "case", [("sigmoid", "half_sse"), ("tanh", "half_sse"), ("relu", "half_sse"),
             ("sigmoid", "mse"), ("sigmoid", "cross_entropy")],
)  # fmt: skip
def test_losses_after_powers_of_ten_are_those_of_torch(case, activations, losses):
    """After 1, 10, 100 and 1000 steps, to 1e-9."""
    activation, loss = case
    comparison, label = (activations, activation) if loss == "half_sse" else (losses, loss)
    (found,) = (t for t in comparison.trained if t.variant.label == label)
    wanted, first = torch_run(activation, loss)
    assert list(found.losses) == [1, 10, 100, 1000]
    for step, value in found.losses.items():
        assert value == pytest.approx(wanted[step], abs=1e-9)
    for name, weights in zip(("W1", "W2"), first, strict=True):
        np.testing.assert_allclose(found.first[name], weights, rtol=1e-12)


def test_cross_entropy_of_the_homework(losses):
    """3e: negative in the thousandth step, and never below the bound that was found before."""
    found = losses.trained[2]
    assert found.run.history.losses[999] == pytest.approx(-0.0182537585, abs=3e-8)
    (bound,) = (f for f in found.variant.findings if f.key == "finding.attained.no")
    assert found.run.history.losses.min() > bound.evidence["bound"]
    keys = [f.key for f in found.variant.findings]
    assert keys[0] == "finding.targets.negative"


def test_cross_entropy_with_relu_runs_away_as_said_before_training():
    """3e: -9.6e32 in the thousandth step."""
    net = worked_example()
    (before,) = prepare(varied(net, Setting(), "loss", "cross_entropy")[0], "activation", ["relu"])
    said = [f.key for f in before.findings]
    assert said[:2] == ["finding.targets.negative", "finding.attained.unbounded"]
    after = compare(before.network, "activation", ["relu"])
    assert after.trained[0].run.history.losses[999] == pytest.approx(-9.6e32, rel=0.01)
    assert [f.key for f in after.after] == ["finding.compare.unbounded"]


def test_mse_and_half_squares_take_the_same_path(losses):
    """3d: for two outputs the factor is 1, and the losses are equal."""
    one, two, _ = losses.trained
    assert losses.before[0].evidence["factor"] == 1
    assert losses.before[1].key == "finding.loss ratio.none"
    np.testing.assert_allclose(one.run.history.losses, two.run.history.losses, rtol=1e-11)


def test_a_learning_rate_scaled_by_the_factor_takes_the_same_path():
    """3d, three outputs: mse with 3/2 of the rate."""
    numbers = {"x": [0.5, 0.3], "y": [0.1, 0.7, 0.4], "learning_rate": 1,
               "weights": [0.2, -0.4, 0.5, 0.6, 0.1, -0.5, -0.3, 0.8, 0.3, -0.2]}  # fmt: skip
    net = Network(sizes=[2, 2, 3], example=numbers)
    found = compare(net, "loss", ["half_sse", "mse"], steps=50)
    factor = found.before[0].evidence["factor"]
    assert str(factor) == "2/3"
    mse = varied(net, Setting(), "loss", "mse")[0]
    again = compare(mse, "rate", ["1", "1.5"], steps=50)
    np.testing.assert_allclose(
        again.trained[1].run.final["W1"], found.trained[0].run.final["W1"], rtol=1e-10
    )


def test_zero_weights_of_the_homework():
    """3h: the first step leaves W1 at 0, units stay equal for 200 steps, as in torch."""
    values = ["given", "zeros", "constant(value=0.3)"]
    found = compare(worked_example(), "init", values, steps=200)
    zeros = found.trained[1]
    assert not zeros.first["W1"].any()
    assert zeros.first["W2"].all()
    W1, W2 = zeros.run.final["W1"], zeros.run.final["W2"]
    assert np.array_equal(W1[0], W1[1])
    assert np.array_equal(W2[:, 0], W2[:, 1])
    wanted, _ = torch_run(start={"W1": np.zeros((2, 2)), "W2": np.zeros((2, 2))}, steps=200)
    assert zeros.losses[200] == pytest.approx(wanted[200], abs=1e-12)
    apart = [f.values["apart"] for f in found.after if f.key == "finding.compare.tied"]
    assert apart == [0.0, 0.0]


@pytest.mark.parametrize(
    ("optimizer", "made"),
    [("momentum", lambda w: torch.optim.SGD(w, lr=1.0, momentum=0.9)),
     ("adam", lambda w: torch.optim.Adam(w, lr=1.0))],
)  # fmt: skip
def test_optimizers_are_those_of_torch(optimizer, made):
    """Ten steps of each."""
    found = compare(worked_example(), "optimizer", ["sgd", optimizer], steps=10)
    wanted, _ = torch_run(steps=10, optimizer=made)
    assert found.trained[1].losses[10] == pytest.approx(wanted[10], abs=1e-12)


def test_a_loss_above_the_bound_0_is_its_own_distance():
    """Only the loss is said where the bound is 0."""
    found = compare(Network(sizes=[2, 2], example={"seed": 0}), "loss", ["mse"], steps=2)
    findings = found.trained[0].variant.findings
    assert [f.evidence["bound"] for f in findings if "bound" in f.evidence] == [0]
    assert [f.key for f in found.after] == ["finding.compare.loss"]


def test_a_run_that_ends_early_is_shown_as_far_as_it_went():
    """A linear network with a rate far too large: NaN in the table, the quantity in a sentence."""
    net = varied(worked_example(), Setting(), "activation", "identity")[0]
    found = compare(net, "rate", ["1", "1e60"], steps=100)
    assert found.trained[1].run.ended == "not finite"
    assert np.isnan(found.trained[1].losses[100])
    (ended,) = (f for f in found.after if f.key == "finding.compare.overflow")
    assert "training ended after step " in ended.text()
    _, rows = loss_rows(found)
    assert rows[1][-1] == "not finite"
    assert rows[1][-2] == "-"


# What is changed


def test_values_with_commas_in_brackets_are_one():
    """Calls, own formulas and spaces."""
    text = "activation = hardtanh(low=-1, high=2) , z/(1 + exp(-z)),relu"
    assert read_change(text) == (
        "activation", ("hardtanh(low=-1, high=2)", "z/(1 + exp(-z))", "relu"),
    )  # fmt: skip
    assert milestones(1) == (1,)
    assert milestones(1000) == (1, 10, 100, 1000)


WRONG = [
    ("activation", "expected what is changed and its values"),
    ("colour=red", "unknown thing to change 'colour'"),
    ("activation=", "a value of activation is empty"),
    ("activation=relu,,tanh", "a value of activation is empty"),
    ("activation=relu,relu", "'relu' is given twice"),
    ("activation=rely,tanh", "unknown activation 'rely'"),
    ("loss=mze", "unknown loss 'mze'"),
    ("loss=nll,mse(delta=1)", "mse"),
    ("rate=0", "expected a number above 0"),
    ("rate=-1", "expected a number above 0"),
    ("rate=nan", "nan"),
    ("seed=1.5", "expected a whole number"),
    ("seed=-1", "expected a whole number"),
    ("optimizer=adm", "unknown optimizer 'adm'"),
    ("init=zeroes", "unknown initializer 'zeroes'"),
    ("reduction=max", "max"),
    (f"seed={','.join(map(str, range(40)))}", "40 values"),
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_wrong_changes_are_refused_before_any_training(text, said, tmp_path):
    """Exit code 2, the entry, what was found; nothing is written."""
    target = tmp_path / "curves.png"
    done = CliRunner().invoke(app, ["compare", "--vary", text, "--plot", str(target)])
    assert done.exit_code == 2
    assert said in done.stderr
    assert "--vary" in done.stderr
    assert not done.stdout
    assert not list(tmp_path.iterdir())


def test_other_wrong_options_are_refused(tmp_path):
    """A picture of another kind, a table in a file, no steps."""
    for options, said in (
        (["--plot", "a.gif"], ".png or .svg"),
        (["-o", str(tmp_path / "a.txt")], "Add --format md"),
        (["--steps", "0"], "--steps"),
        (["--optimizer", "adm"], "unknown optimizer"),
    ):
        done = CliRunner().invoke(app, ["compare", *options])
        assert done.exit_code == 2
        assert said in done.stderr
        assert not done.stdout
    assert not list(tmp_path.iterdir())


def test_only_what_is_named_is_changed():
    """A linear output stays linear, numbers stay, and a trained number gets its start."""
    net = Network(sizes=[2, 3, 1], activation=["tanh", "identity"], bias="per-unit",
                  example={"seed": 1, "samples": 4})  # fmt: skip
    other, setting = varied(net, Setting(), "activation", "prelu")
    assert [layer.activation for layer in other.layers] == ["prelu", "identity"]
    assert other.numbers.parameters["W1"] == net.numbers.parameters["W1"]
    assert float(other.numbers.parameters["slope1"]) == 0.25
    assert setting == Setting()
    back, _ = varied(other, Setting(), "activation", "tanh")
    assert back.numbers.parameters == net.numbers.parameters
    assert varied(net, Setting(), "loss", "mse")[0].reduction == "mean"
    assert varied(net, Setting(), "rate", "1/4")[1].rate == 0.25
    with pytest.raises(SpecError, match="softmax"):
        varied(net, Setting(), "loss", "softmax(z)")


# What is written


def test_tables_sentences_and_markdown(activations):
    """Numbers of the table are those of the runs; each sentence says for which variants it is."""
    heads, rows = loss_rows(activations)
    assert heads[3:7] == ("after 1", "after 10", "after 100", "after 1000")
    assert rows[1][:2] == ("relu", "0.0234625")
    heads, rows = weight_rows(activations)
    assert heads[2:] == ("w1", "w2", "w3", "w4", "w5", "w6", "w7", "w8")
    assert rows[4] == ("", "after 1", "0.21025", "-0.4", "0.50615", "0.6", "0.15125", "-0.5",
                       "-0.3", "0.8")  # fmt: skip
    variants = [t.variant for t in activations.trained]
    labels = [label for label, _ in before_training(variants)]
    assert set(labels) == {"sigmoid", "relu", "tanh"}
    assert len(after_training(activations)) == 3
    for lang, head in (("en", "Known before training"), ("zh", "训练之前就知道")):
        text = markdown(activations, lang)
        assert head in text
        assert "{" not in text
        assert text.count("| --- |") == 2
        assert "-0.125" in text


def test_json_holds_every_number(activations):
    """Round trip of losses and weights; keys, sentences and proofs of findings."""
    found = json.loads(as_json(activations, "zh"))
    relu = found["variants"][1]
    assert relu["losses"]["10"] == activations.trained[1].losses[10]
    assert relu["weights"]["after_1"]["W2"][0][0] == pytest.approx(0.15125)
    assert "finding.dead.one" in [f["key"] for f in relu["findings"]]


def test_pictures_are_the_same_for_the_same_comparison(activations, tmp_path):
    """PNG and SVG, byte for byte, with the label of every variant."""
    for name in ("a.png", "b.png", "a.svg", "b.svg"):
        plot(tmp_path / name, activations)
    for kind in ("png", "svg"):
        one, two = ((tmp_path / f"{n}.{kind}").read_bytes() for n in "ab")
        assert one == two
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "a.svg").read_text().count("<path") > 3


def test_the_command_prints_and_writes(tmp_path):
    """Sentences before the tables; Markdown and pictures as files; Chinese."""
    picture, page = tmp_path / "a.svg", tmp_path / "a.md"
    shown = CliRunner().invoke(
        app, ["compare", "--steps", "20", "--vary", "activation=relu,tanh", "--plot", str(picture)]
    )
    assert shown.exit_code == 0, shown.stderr
    before, after = (
        shown.stdout.index("at the net input of o2 (-0.125)"),
        shown.stdout.index("after 20"),
    )
    assert before < after
    assert picture.exists()
    arguments = [
        "compare",
        "--steps",
        "5",
        "--vary",
        "rate=0.1,1",
        "--lang",
        "zh",
        "--format",
        "md",
    ]
    written = CliRunner().invoke(app, [*arguments, "-o", str(page)])
    assert written.exit_code == 0, written.stderr
    assert "学习率" in page.read_text(encoding="utf-8")
    assert Path(page).read_text(encoding="utf-8") in CliRunner().invoke(
        app, [*arguments, "-o", "-"]
    ).stdout  # fmt: skip


def test_data_sets_are_compared_on_too():
    """xor, with seeds of the initial values as what is changed."""
    network = ["--sizes", "2,3,1", "--bias", "per-unit", "--loss", "mse", "--seed", "0"]
    training = ["--data", "xor", "--init", "xavier", "--vary", "seed=0,1", "--steps", "30"]
    arguments = ["compare", *network, *training, "--format", "json"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.stderr
    first, second = json.loads(done.stdout)["variants"]
    assert first["losses"]["30"] != second["losses"]["30"]
    assert first["losses"]["30"] < first["loss_at_start"]
