"""The command line: what it prints, where it writes, how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = {k: v for k, v in os.environ.items() if k not in ("FORCE_COLOR", "COLUMNS")}


def symbp(
    *arguments: str, cwd: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does."""
    return subprocess.run(
        [sys.executable, "-m", "symbp", *map(str, arguments)],
        capture_output=True, text=True, cwd=cwd, env={**ENVIRONMENT, **environment},
    )  # fmt: skip


def ok(*arguments: str, **options) -> str:
    """Output of a command that must succeed and say nothing on stderr but what it wrote."""
    done = symbp(*arguments, **options)
    assert done.returncode == 0, done.stderr
    assert not [line for line in done.stderr.splitlines() if not line.startswith("wrote ")]
    return done.stdout


def test_derive_shows_every_line_with_its_reason():
    """All nine lines of the worked example; each gradient line with a chain rule step."""
    text = ok("derive")
    for number in range(1, 10):
        assert f"\n  [{number}] " in text
    assert text.count("chain rule") == 6
    assert "[6] dZ2[n,j] = (A2[n,j] - T[n,j])*A2[n,j]*(1 - A2[n,j])" in text


def test_derive_json_has_every_step():
    """Machine-readable: lines, quantities, and steps with rule, before, after, reason, source."""
    document = json.loads(ok("derive", "--format", "json"))
    assert [line["number"] for line in document["lines"]] == list(range(1, 10))
    steps = [step for line in document["lines"] for step in line["steps"]]
    assert all(set(s) == {"rule", "before", "after", "reason", "source"} for s in steps)
    assert document["gradients"] == {"W1": "dW1", "W2": "dW2"}
    assert set(document["weights"]) == {f"w{k}" for k in range(1, 9)}
    assert {"delta", "chain", "closed"} <= set(document["weights"]["w1"])


def test_derive_latex_is_one_aligned_environment():
    """Balanced braces, one row a line."""
    text = ok("derive", "--format", "latex")
    assert text.startswith("\\begin{aligned}")
    assert text.count("{") == text.count("}")
    assert text.count("&=") == 9


def test_weight_by_both_names():
    """w5 and W2[0,0] are the same number, and both names find it."""
    assert ok("derive", "--weight", "w5") == ok("derive", "--weight", "W2[0,0]")


def test_large_networks_show_the_index_form_and_named_weights_only():
    """Above 200 weights nothing is expanded unless it is named."""
    spec = "examples/mnist_784_128_10.toml"
    whole = ok("derive", spec, "--no-steps")
    assert "dW1[j,i] = sum(n: dZ1[n,j]*X[n,i])" in whole
    assert "dE/dw" not in whole
    named = ok("derive", spec, "--no-steps", "--weight", "W2[3,5]")
    assert "delta_o4" in named


def test_no_colour_when_piped_or_asked():
    """No escape sequence in a pipe, nor with NO_COLOR."""
    for environment in ({}, {"NO_COLOR": "1"}):
        for command in (("derive",), ("list",), ("--help",)):
            assert "\x1b[3" not in symbp(*command, **environment).stdout


def test_output_goes_to_a_file_and_nothing_else(tmp_path):
    """-o writes the file, the screen stays empty, no temporary is left."""
    target = tmp_path / "deep" / "derivation.tex"
    assert ok("derive", "--format", "latex", "-o", target) == ""
    assert target.read_text().startswith("\\begin{aligned}")
    assert [p.name for p in target.parent.iterdir()] == ["derivation.tex"]


def test_generate_without_output_makes_the_gallery_path(tmp_path):
    """generated/NAME/NAME.py below the current folder."""
    ok("generate", cwd=tmp_path)
    ok("generate", "--style", "scalar", cwd=tmp_path)
    ok("generate", "--workspace", cwd=tmp_path)
    folder = tmp_path / "generated" / "worked_example"
    assert sorted(p.name for p in folder.iterdir()) == [
        "worked_example.py",
        "worked_example_scalar.py",
        "worked_example_workspace.py",
    ]


def test_flags_override_a_spec():
    """A flag stands before the entry of the file."""
    text = ok("derive", "examples/worked_relu_mse.toml", "--activation", "tanh", "--no-steps")
    assert "A1[n,j] = tanh(Z1[n,j])" in text


def test_list_shows_formulas_and_sources():
    """Every entry of the catalogue; one kind if asked."""
    text = ok("list")
    for name in ("sigmoid", "softmax", "half_sse", "cross_entropy", "layernorm", "residual"):
        assert name in text
    assert "cross_entropy" not in ok("list", "activation")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["derive", "--loss", "mze"], "Did you mean 'mse'?"),
        (["derive", "--activation", "sigmiod"], "Did you mean 'sigmoid'?"),
        (["derive", "nowhere.toml"], "nowhere.toml"),
        (["derive", "--weight", "w9"], "w9"),
        (["derive", "--weight", "W2[2,0]"], "W2[2,0]"),
        (["derive", "--sizes", "2,x"], "--sizes"),
        (["evaluate", "--digits", "0"], "digits"),
        (["evaluate", "--digits", "1001"], "digits"),
        (["evaluate", "--x", "0.5,nan"], "nan"),
        (["evaluate", "--weights", "1,2,3"], "8 weights"),
        (["generate", "--style", "scalar", "--sizes", "784,128,10"], "array style"),
        (["generate", "--style", "scalar", "--workspace"], "no workspace"),
        (["generate", "-o", "/proc/nothing/here.py"], "/proc/nothing/here.py"),
        (["list", "losses"], "Did you mean 'loss'?"),
        (["derive", "--format", "pdf"], "pdf"),
        (["derrive"], "derrive"),
    ],
)
def test_bad_input_is_one_clear_error(arguments, said, tmp_path):
    """Exit code 2, the error on stderr, nothing on stdout, no traceback, nothing written."""
    done = symbp(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_help_has_examples():
    """Every command shows how it is called."""
    for command in ("derive", "evaluate", "generate", "verify", "list"):
        assert "Examples" in ok(command, "--help")
        assert f"symbp {command}" in ok(command, "--help")


def test_a_closed_pipe_is_no_traceback():
    """`symbp derive | head -1` ends quietly."""
    done = subprocess.run(
        f"{sys.executable} -m symbp derive | head -n 1",
        shell=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert "Traceback" not in done.stderr


def test_a_name_between_colons_is_no_emoji(capsys):
    """A file and a variable stay as written: mm.py:x: is no cross mark."""
    from symbp.terminal import console

    console().print("mm.py:x: is a int", markup=False)
    assert capsys.readouterr().out == "mm.py:x: is a int\n"


def test_a_softmax_before_a_loss_that_has_one_is_pointed_out(tmp_path):
    """A note, and the network as it was asked for; none where the loss gets net inputs."""
    twice = symbp("evaluate", "--sizes", "2,2", "--activation", "softmax", "--loss",
                  "cross_entropy", "--seed", "1", cwd=tmp_path)  # fmt: skip
    assert twice.returncode == 0
    assert "applies softmax itself" in twice.stderr
    once = symbp("evaluate", "--sizes", "2,2", "--activation", "identity", "--loss",
                 "cross_entropy", "--seed", "1", cwd=tmp_path)  # fmt: skip
    assert "note" not in once.stderr


@pytest.mark.parametrize("command", ["derive", "evaluate", "generate", "why"])
def test_a_dash_is_the_screen(command, tmp_path):
    """No file of that name is written."""
    first = ["why", "w1"] if command == "why" else [command]
    done = symbp(*first, "-o", "-", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.strip()
    assert list(tmp_path.iterdir()) == []


def test_other_sizes_take_the_title_of_the_example_away(tmp_path):
    """One step of a 2-2-2 network is no title for 1-1."""
    done = symbp("export", "--sizes", "1,1", "--parts", "loss", "-f", "md", "-o", "-", cwd=tmp_path)
    assert "2-2-2" not in done.stdout
    same = symbp("export", "--sizes", "2,2,2", "--parts", "loss", "-f", "md", "-o", "-",
                 cwd=tmp_path)  # fmt: skip
    assert "One step of a 2-2-2 network" in same.stdout


@pytest.mark.parametrize("command", [("derive", "--no-steps"), ("train", "--steps", "3")])
def test_a_screen_on_a_full_disk_is_an_error_with_its_reason(command):
    """Exit code 2 and no traceback, not even when Python ends."""
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "symbp", *command],
            stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=ENVIRONMENT,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.count("\n") == 2
    assert "no space left on device" in done.stderr
