"""`symbp report`: its numbers against torch, every question in both languages, any network."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from symbp.cli import app
from symbp.document.export import document_text, write_documents
from symbp.document.model import Document
from symbp.errors import SpecError
from symbp.experiments.report import QUESTIONS, answer_all, report_document
from symbp.experiments.report.build import chosen
from symbp.messages import LANGUAGES
from symbp.spec import Network
from symbp.spec_file import read_network, worked_example
from tests.gallery import worked_report

ROOT = Path(__file__).resolve().parent.parent
CLASSES = Network(
    sizes=[2, 2, 2], activation=["tanh", "identity"], bias="per-unit", loss="cross_entropy",
    targets="classes",
)  # fmt: skip


@pytest.fixture(scope="module")
def text() -> str:
    """The report of the worked example as Markdown."""
    return document_text(worked_report("en"), "md")


def section(text: str, number: str) -> str:
    """The part of a report under the heading of a question."""
    found = re.search(rf"^(#+) {number} .*?(?=^#{{2,3}} |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, number
    return found[0]


def rows(part: str, *names: str) -> list[list[str]]:
    """The cells of the rows of the first table whose first heads are the names."""
    tables = re.findall(r"(?:^\|.*\|\n)+", part, re.MULTILINE)
    cut = [[[c.strip() for c in line.strip("|").split("|")] for line in t.splitlines()]
           for t in tables]  # fmt: skip
    return next(t[2:] for t in cut if t[0][: len(names)] == [*names])


def torch_run(
    steps: list[int],
    activation=torch.sigmoid,
    loss=lambda o, y: 0.5 * ((o - y) ** 2).sum(),
    rate: float = 1.0,
    scale: float = 1.0,
) -> dict[int, tuple[float, np.ndarray]]:
    """Loss and w1 .. w8 of the worked example after so many steps, by torch, written by hand."""
    x = torch.tensor([0.5, 0.3], dtype=torch.float64)
    y = torch.tensor([0.23, -0.07], dtype=torch.float64)
    w = torch.tensor([0.2, -0.4, 0.5, 0.6, 0.1, -0.5, -0.3, 0.8], dtype=torch.float64) * scale
    w.requires_grad_()
    found = {}
    for step in range(max(steps) + 1):
        hidden = activation(torch.stack([w[0] * x[0] + w[2] * x[1], w[1] * x[0] + w[3] * x[1]]))
        outputs = activation(
            torch.stack([w[4] * hidden[0] + w[6] * hidden[1], w[5] * hidden[0] + w[7] * hidden[1]])
        )
        value = loss(outputs, y)
        if step in steps:
            found[step] = (float(value.detach()), w.detach().numpy().copy())
        (slope,) = torch.autograd.grad(value, w)
        with torch.no_grad():
            w -= rate * slope
    return found


STEPS = [1, 10, 100, 1000]


@pytest.mark.parametrize(
    ("number", "label", "options"),
    [
        ("3c", "sigmoid", {}),
        ("3c", "relu", {"activation": torch.relu}),
        ("3d", "mse", {"loss": torch.nn.MSELoss()}),
        ("3e", "sigmoid", {"loss": torch.nn.CrossEntropyLoss()}),
        ("3e", "relu", {"loss": torch.nn.CrossEntropyLoss(), "activation": torch.relu}),
        ("3f", "0.0001", {"rate": 1e-4}),
        ("3f", "10", {"rate": 10.0}),
        ("3h", "zeros", {"scale": 0.0}),
    ],
)
def test_the_losses_quoted_are_those_of_torch(text, number, label, options):
    """The table of losses of a question, row by row."""
    part = section(text, number)
    name = {"3c": "activation", "3d": "loss", "3e": "activation", "3f": "learning rate",
            "3h": "initial values"}[number]  # fmt: skip
    (row,) = (r for r in rows(part, name) if r[0] == label)
    expected = torch_run([0, *STEPS], **options)
    found = [float(row[1]), *map(float, row[3:7])]
    np.testing.assert_allclose(found, [expected[s][0] for s in [0, *STEPS]], rtol=1e-8)


def test_the_code_is_torch_step_by_step(text):
    """Losses and weights after 0, 1, 2, 3, 10, 100 and 1000 steps, of both."""
    part = section(text, "3")
    steps = [0, 1, 2, 3, 10, 100, 1000]
    expected = torch_run(steps)
    losses = rows(part, "steps")
    assert [int(row[0]) for row in losses] == steps
    for row in losses:
        want = expected[int(row[0])][0]
        np.testing.assert_allclose([float(row[1]), float(row[2])], want, rtol=1e-9)
        assert max(float(row[3]), float(row[4])) < 1e-12
    weights = rows(part.partition("The weights after")[2], "steps")
    for ours, theirs in zip(weights[::2], weights[1::2], strict=True):
        want = expected[int(ours[0])][1]
        assert (ours[1], theirs[1]) == ("NumPy", "torch")
        np.testing.assert_allclose([float(v) for v in ours[2:]], want, rtol=1e-7)
        np.testing.assert_allclose([float(v) for v in theirs[2:]], want, rtol=1e-7)


def test_the_numbers_of_the_course_are_quoted(text):
    """What the course printed, from torch in float32."""
    assert "0.476946, 0.528696" in section(text, "2")
    table = rows(section(text, "3c"), "activation", "when")
    (after,) = (r for r in table if r[1] == "after 1" and r[2] == "0.21025")
    assert after[2:] == ["0.21025", "-0.4", "0.50615", "0.6", "0.15125", "-0.5", "-0.3", "0.8"]
    row = rows(section(text, "3e"), "activation")[0]
    assert row[0] == "sigmoid"
    assert float(row[1]) == pytest.approx(0.1187197044, rel=1e-6)
    assert float(row[6]) < -0.018


def test_sharpness_quoted_is_that_of_torch(text):
    """lambda_max at the start and in the end, from torch's own Hessian."""
    weights = {0: torch_run([0])[0][1], 1000: torch_run([1000])[1000][1]}

    def loss(w: torch.Tensor) -> torch.Tensor:
        x = torch.tensor([0.5, 0.3], dtype=torch.float64)
        hidden = torch.sigmoid(torch.stack([w[0], w[2], w[1], w[3]]).reshape(2, 2) @ x)
        outputs = torch.sigmoid(torch.stack([w[4], w[6], w[5], w[7]]).reshape(2, 2) @ hidden)
        return 0.5 * ((outputs - torch.tensor([0.23, -0.07], dtype=torch.float64)) ** 2).sum()

    table = {int(r[0]): r for r in rows(section(text, "3a"), "steps")}
    for step, w in weights.items():
        hessian = torch.autograd.functional.hessian(loss, torch.tensor(w))
        top = float(torch.linalg.eigvalsh(hessian)[-1])
        assert float(table[step][2]) == pytest.approx(top, rel=1e-4)
        assert float(table[step][4]) == pytest.approx(2 / top, rel=1e-4)


def test_the_activation_quoted_is_that_of_torch(text):
    """Values at points, large ones too, and errors of a few units in the last place."""
    part = section(text, "3b")
    for z, ours, theirs in rows(part, "z"):
        want = float(torch.sigmoid(torch.tensor(float(z), dtype=torch.float64)))
        np.testing.assert_allclose([float(ours), float(theirs)], want, rtol=1e-9, atol=1e-300)
    errors = re.findall(r"(NumPy|torch): the largest error .*? is ([\d.e+]+) ULP", part)
    assert [who for who, _ in errors] == ["NumPy", "torch"]
    assert all(0 < float(ulp) < 5 for _, ulp in errors)


def test_half_of_the_weights_stay_and_why(text):
    """3c names the units whose delta is 0, 3h proves that units stay equal."""
    assert "5 of 8 weights do not move in the first step; what moves is w1, w3, w5" in (
        section(text, "3c")
    )
    zeros = section(text, "3h")
    assert "so every step keeps them equal, for ever" in zeros
    assert "The first step leaves W1 unchanged" in zeros


def test_the_factor_of_the_mean_depends_on_the_outputs(text):
    """2/K, from torch's MSELoss against half a sum."""
    for count, factor in rows(section(text, "3d"), "outputs K"):
        o = torch.randn(int(count), dtype=torch.float64, requires_grad=True)
        y = torch.zeros(int(count), dtype=torch.float64)
        mean, half = torch.nn.MSELoss()(o, y), 0.5 * ((o - y) ** 2).sum()
        quotient = torch.autograd.grad(mean, o)[0] / torch.autograd.grad(half, o)[0]
        top, _, bottom = factor.partition("/")
        np.testing.assert_allclose(quotient.numpy(), float(top) / float(bottom or 1), rtol=1e-12)


def test_the_summary_gives_the_reasons(text):
    """What decides each answer, not the losses alone."""
    said = section(text, "4").replace("\\", "").splitlines()
    points = {q: " ".join(p for p in said if p.startswith(f"- Question {q}:"))
              for q in ("3c", "3e", "3f", "3g", "3h")}  # fmt: skip
    assert "so the delta there is 0, and these weights get no gradient: w2, w4." in points["3c"]
    assert "weights out of h2 get no gradient either: w7, w8" in points["3c"]
    assert "so the delta there is 0, and these weights get no gradient: w6, w8" in points["3c"]
    assert "sigmoid: The loss can be negative, but not below -0.0198781." in points["3e"]
    assert "relu: The loss has no lower bound" in points["3e"]
    assert "the equations give equal deltas" in points["3h"]
    assert "so every step keeps them equal, for ever" in points["3h"]
    assert "The gradient of W1 is 0 because W2 is 0" in points["3h"]
    assert "The 9 starts have losses from" in points["3g"]
    assert "has the loss NaN after 1000 steps" in points["3f"]


def test_the_sweep_says_only_what_it_found(text):
    """The longest period of the sentence is that of the table; chaos only where there is some."""
    part = section(text, "3f")
    found = {row[0]: row[1:] for row in rows(part, "class")}
    periods = [int(name.split()[1]) for name in found if name.startswith("period")]
    said = re.search(r"the longest period found is (\d+)", part)
    assert (said is None) == (not periods)
    assert said is None or int(said[1]) == max(periods)
    assert ("In a chaotic run" in part) == ("chaotic" in found)
    for name, (runs, low, high) in found.items():
        assert f"{name} at {runs} rates from {low} to {high}" in part


def test_a_linear_network_overflows_as_by_hand(text):
    """Where the quantity named first overflows, by NumPy written by hand."""
    part = section(text, "3f").replace("\\", "")
    said = re.search(
        r"overflows is (\S+): after (\d+) steps Z2\[0,(\d)\] .*? finite, (\S+)\.", part
    )
    assert said
    x, y = np.array([0.5, 0.3]), np.array([0.23, -0.07])
    first = np.array([[0.2, 0.5], [-0.4, 0.6]])
    second = np.array([[0.1, -0.3], [-0.5, 0.8]])
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(int(said[2])):
            hidden = first @ x
            assert np.isfinite(second @ hidden).all()
            delta = second @ hidden - y
            back = second.T @ delta
            second = second - float(said[1]) * np.outer(delta, hidden)
            first = first - float(said[1]) * np.outer(back, x)
        out = second @ (first @ x)
    assert out[int(said[3])] == float(said[4])


@pytest.mark.parametrize("number", ["3c", "3e", "3g", "3h"])
def test_a_finding_is_said_once(text, number):
    """The slope of the sigmoid, and the infimum, of all variants in one point."""
    assert section(text, number).count("The slope of sigmoid") == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_question_is_there(lang):
    """With something below each heading, and nothing left out."""
    document = worked_report(lang)
    found = {s.key: s for s in document.sections}
    assert [k for k in found if k.startswith("question-")] == [f"question-{q}" for q in QUESTIONS]
    assert all(s.blocks for s in document.sections)
    text = document_text(document, "md")
    assert "left out" not in text
    assert "从略" not in text
    for question in ("3", "3b"):
        kinds = {type(b).__name__ for b in found[f"question-{question}"].blocks}
        assert {"Table", "Chart", "Paragraph"} <= kinds
    for question in ("3a", "3c", "3d", "3e", "3f", "3g", "3h", "landscape"):
        kinds = {type(b).__name__ for b in found[f"question-{question}"].blocks}
        assert {"Table", "Chart"} <= kinds
        assert {"Points", "Paragraph"} & kinds


def test_pictures_are_where_the_documents_look_for_them(tmp_path):
    """Files beside Markdown and LaTeX, inline in HTML."""
    document = worked_report("en")
    written, error = write_documents(document, ["md", "tex", "html"], tmp_path)
    assert error is None
    text = (tmp_path / "worked_example_report.md").read_text()
    shown = re.findall(r"!\[.*?\]\((\S+)\)", text)
    assert len(shown) == len(document.charts) > 8
    for path in shown:
        assert (tmp_path / path).read_bytes() == document.charts[path]
        assert rf"{{{path}}}" in (tmp_path / "worked_example_report.tex").read_text()
    html = (tmp_path / "worked_example_report.html").read_text()
    assert html.count('src="data:image/png;base64,') == len(shown)
    assert "img-src data:" in html
    assert not re.search(r'(?:src|href)="(?!data:image/png;|#)', html)
    assert len(written) == len(shown) + 3


def small(network: Network, questions: list[str], steps: int = 6) -> dict[str, str]:
    """The Markdown of a short report, by language."""
    whole, answers = answer_all(network, questions, steps)
    return {lang: document_text(report_document(whole, answers, lang), "md") for lang in LANGUAGES}


OTHERS = {
    "sine_fit_h2": (read_network(ROOT / "examples/sine_fit_h2.toml"), ["2", "3", "3a", "3b", "3d"]),
    "classes": (CLASSES, ["2", "3", "3a", "3c", "3d", "3e", "3h", "4"]),
    "layernorm_residual": (
        read_network(ROOT / "examples/layernorm_residual.toml"), ["1", "3", "3b", "3c", "landscape"]
    ),
    "relu already": (
        read_network(ROOT / "examples/worked_relu_cross_entropy.toml"), ["3c", "3d", "3e"]
    ),
    "gated": (Network(sizes=[2, 3, 2], activation=["swiglu", "identity"]), ["3", "3b", "3c"]),
    "linear": (Network(sizes=[2, 1], activation="identity"), ["2", "3b", "3c", "3e"]),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_other_networks_have_a_report(name):
    """Classes, norms, ReLU, gates, no example: each question is answered or says why not."""
    network, questions = OTHERS[name]
    for text in small(network, questions).values():
        for question in questions:
            if question[0].isdigit():
                assert len(section(text, question).splitlines()) > 2


def test_what_does_not_apply_is_said():
    """Class indices have no mse, a gate is no function of one number."""
    text = small(CLASSES, ["3d"])["en"]
    assert "This was left out: class indices with the loss mse." in text
    already = small(CLASSES, ["3e"])["en"]
    assert "The loss is the cross-entropy already" in section(already, "3e")
    gated = small(Network(sizes=[2, 2], activation="swiglu"), ["3b"])["en"]
    assert "is no function of one number" in gated


def test_a_report_without_torch_says_so(monkeypatch):
    """What torch would have shown is left out; the rest is there."""
    import builtins

    real = builtins.__import__

    def refused(name, *rest):
        if name == "torch":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refused)
    text = small(worked_example(), ["3", "3b", "4"])["en"]
    assert section(text, "3").count("needs torch, which is not installed") == 1
    assert "needs torch, which is not installed" in section(text, "3b")
    assert "as torch is not installed" in section(text, "4")
    assert "0.1950325961" in text


def test_a_report_without_matplotlib_has_no_pictures(monkeypatch):
    """Tables and sentences stay."""
    from symbp.experiments.report import build

    monkeypatch.setattr(build, "can_draw", lambda: False)
    whole, answers = answer_all(worked_example(), ["3c", "landscape"], 5)
    document = report_document(whole, answers)
    assert document.charts == {}
    text = document_text(document, "md")
    assert "matplotlib" in text
    assert "after 5" in text


HOSTILE = r"""<script>alert(1)</script> "q" & ]]> {{ 7*7 }} {% raw %} \input{x} $a$ | `b`"""


def test_hostile_titles_are_text():
    """Nothing of a title is markup in any format."""
    network = replace(worked_example(), title=HOSTILE)
    whole, answers = answer_all(network, ["2"], 1)
    document = report_document(whole, answers)
    assert "<script>" not in document_text(document, "html")
    assert r"\<script\>" in document_text(document, "md")
    assert r"\input{x}" not in document_text(document, "tex")
    assert r"\textbackslash{}input\{x\}" in document_text(document, "tex")


def test_a_descent_that_overflows_is_cut_and_said():
    """A linear network at a rate that is far too large."""
    network = Network(
        sizes=[1, 1], activation="identity",
        example={"x": [3], "y": [1], "weights": [2], "learning_rate": 100},
    )  # fmt: skip
    text = small(network, ["2", "3"], 1000)["en"]
    assert "the loss is no longer finite" in section(text, "3")


def test_questions_are_chosen_in_order():
    """Names of questions; unknown ones are refused."""
    assert chosen(None) == QUESTIONS
    assert chosen("landscape,3c,1") == ("1", "3c", "landscape")
    for wrong in ("3z", ",", ""):
        with pytest.raises(SpecError):
            chosen(wrong)
    for steps in (0, -1, 10**6):
        with pytest.raises(SpecError):
            answer_all(worked_example(), ["2"], steps)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--questions", "3z"], "unknown question '3z'"),
        (["--steps", "0"], "--steps"),
        (["-o", "x.html"], "expected a folder"),
        (["-o", "-"], "expected a folder"),
        (["--notation", "prmx"], "prmx"),
    ],
)
def test_wrong_options_are_refused(flags, said, tmp_path, monkeypatch):
    """Exit code 2, at once, and nothing is written."""
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["report", *flags])
    assert result.exit_code == 2
    assert said in re.sub(r"\s+", " ", result.stderr)
    assert list(tmp_path.iterdir()) == []


def test_the_command_writes_a_folder(tmp_path):
    """One format or several, in the language asked for."""
    flags = ["report", "--questions", "2,3c", "--steps", "3", "-o", str(tmp_path / "r")]
    assert CliRunner().invoke(app, [*flags, "--format", "md", "--lang", "zh"]).exit_code == 0
    text = (tmp_path / "r/worked_example_report_zh.md").read_text()
    assert "### 3c 换用 ReLU" in text
    assert (tmp_path / "r/worked_example_report_files/3c_activation.png").is_file()


@pytest.mark.skipif(shutil.which("xelatex") is None, reason="no xelatex is installed")
def test_the_latex_of_a_report_compiles(tmp_path):
    """With its pictures and wide tables, in Chinese."""
    whole, answers = answer_all(worked_example(), ["3", "3c"], 10)
    document: Document = report_document(whole, answers, "zh")
    written, error = write_documents(document, ["pdf"], tmp_path / "one.pdf")
    assert error is None
    assert (tmp_path / "one.pdf").read_bytes().startswith(b"%PDF")
    assert {p.suffix for p in written} == {".pdf", ".tex", ".png"}
