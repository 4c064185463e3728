"""Specs in, networks out: TOML, flags and Python agree; bad input gets one clear error."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symbp.errors import ShapeError, SpecError, SymbpError, UnknownNameError
from symbp.exact import decimal_text
from symbp.layers import Dense, LayerNorm, Residual
from symbp.spec import Network
from symbp.spec_file import (
    MAX_BYTES,
    WORKED_EXAMPLE,
    network_from_flags,
    network_from_table,
    read_network,
    read_with_flags,
    worked_example,
)

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.toml"))
BAD = sorted((ROOT / "tests" / "bad_specs").glob("*.toml"))
WORKED = {
    "x": [0.5, 0.3],
    "y": [0.23, -0.07],
    "weights": [0.2, -0.4, 0.5, 0.6, 0.1, -0.5, -0.3, 0.8],
}


def spec(folder: Path, text: str | bytes) -> Path:
    """A spec file with this text."""
    path = folder / "net.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def flagged(**flags: str | int) -> Network:
    """The worked example with flags over it."""
    return network_from_flags(WORKED_EXAMPLE, flags)


def assert_clear(error: SymbpError) -> None:
    """Where, what was found, and a remedy, in two short lines that a terminal shows as they are."""
    found, remedy = str(error).split("\n")
    assert error.where
    assert error.found
    assert re.fullmatch(r"  \S.*[.?]", remedy)
    assert len(found) < 400
    assert str(error).replace("\n", "").isprintable()


@pytest.mark.parametrize("path", BAD, ids=lambda p: p.stem)
def test_bad_specs_get_one_clear_error(path, monkeypatch):
    """Each broken spec gets an error with the file, the fragment in its first line, a remedy."""
    first = path.read_text().splitlines()[0]
    assert first.startswith("# expect: ")
    monkeypatch.chdir(path.parent)
    with pytest.raises(SpecError) as caught:
        read_network(Path(path.name))
    assert caught.value.where.startswith(path.name)
    assert first.removeprefix("# expect: ") in str(caught.value)
    assert_clear(caught.value)


def test_there_are_enough_bad_specs():
    """A moved folder must not turn the test above into nothing."""
    assert len(BAD) >= 30


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"# " + b"x" * MAX_BYTES, "over 1 MB"),
        (b"sizes = [2, 2]\n\xff\xfe\n", "byte 15 is no UTF-8 text"),
        (bytes(range(256)), "no UTF-8 text"),
        (b"\x00" * 100, "no valid TOML"),
        (b"x = " + b"[" * 100_000, "nested too deep"),
        (b"sizes = [2, 2]\nx = 0x" + b"f" * 10, "unknown entry 'x'"),
    ],
    ids=["oversize", "encoding", "binary", "zeros", "nesting", "extra"],
)
def test_bad_bytes_get_one_clear_error(tmp_path, content, found):
    """What is no TOML text at all is refused as calmly."""
    with pytest.raises(SpecError, match=re.escape(found)) as caught:
        read_network(spec(tmp_path, content))
    assert_clear(caught.value)


def test_an_endless_file_is_refused():
    """Only as much as a spec may have is read."""
    if not Path("/dev/zero").exists():
        pytest.skip("no /dev/zero here")
    with pytest.raises(SpecError, match="over 1 MB"):
        read_network(Path("/dev/zero"))


@pytest.mark.parametrize("entry", ["x", "y", "weights", "learning_rate"])
@pytest.mark.parametrize("value", ["nan", "+nan", "inf", "-inf", '"nan"', '"inf"', '"-Infinity"'])
def test_numbers_are_finite(tmp_path, entry, value):
    """NaN and infinity are refused wherever a number stands, as TOML floats and as text."""
    lines = {key: str(numbers) for key, numbers in WORKED.items()} | {"learning_rate": "1"}
    lines[entry] = value if entry == "learning_rate" else f"[{value}]"
    body = "\n".join(f"{key} = {line}" for key, line in lines.items())
    with pytest.raises(SpecError, match=f"example, {entry}.*expected a finite number") as caught:
        read_network(spec(tmp_path, f"sizes = [2, 2, 2]\n[example]\n{body}"))
    assert_clear(caught.value)


def test_paths_that_cannot_be_read(tmp_path):
    """No file, a folder, a null character: the error names the path; a near name is suggested."""
    path = spec(tmp_path, "sizes = [1, 1]")
    with pytest.raises(SpecError, match=r"Did you mean '.*net\.toml'\?") as caught:
        read_network(path.with_name("nett.toml"))
    assert_clear(caught.value)
    for wrong, found in (
        (tmp_path, "is a folder"),
        (tmp_path / "far" / "off.toml", "there is no such file"),
        (path / "below.toml", "cannot be read"),
        (Path("a\0b"), "is no path"),
    ):
        with pytest.raises(SpecError, match=found) as caught:
            read_network(wrong)
        assert_clear(caught.value)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tmp_path):
    """No permission is an error with a remedy."""
    path = spec(tmp_path, "sizes = [1, 1]")
    path.chmod(0)
    with pytest.raises(SpecError, match="permission denied"):
        read_network(path)


def test_a_byte_order_mark_and_crlf_are_read(tmp_path):
    """Specs saved on Windows work."""
    path = spec(tmp_path, "\ufeffsizes = [1, 2]\r\nloss = 'mse'\r\n".encode())
    assert read_network(path) == Network(sizes=[1, 2], loss="mse")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_examples_are_read(path):
    """Each example is a network with numbers, named like its file, with a line that says what."""
    network = read_network(path)
    assert network.name == path.stem
    assert network.numbers.learning_rate > 0
    assert path.read_text().startswith("# ")
    assert len(network.title) <= 60


def test_every_command_runs_the_worked_example():
    """No spec, no flags: the numbers of the course, exact."""
    network = worked_example()
    (x,), (y,) = network.numbers.inputs, network.numbers.targets
    assert list(map(decimal_text, x)) == ["0.5", "0.3"]
    assert list(map(decimal_text, y)) == ["0.23", "-0.07"]
    W1, W2 = network.numbers.parameters["W1"], network.numbers.parameters["W2"]
    by_source = [W[j][i] for W in (W1, W2) for i in range(2) for j in range(2)]
    assert " ".join(map(decimal_text, by_source)) == "0.2 -0.4 0.5 0.6 0.1 -0.5 -0.3 0.8"
    assert (network.loss, network.reduction, network.widths) == ("half_sse", "sum", (2, 2, 2))
    assert {layer.activation for layer in network.layers} == {"sigmoid"}
    assert {layer.bias for layer in network.layers} == {"none"}
    assert network.numbers.learning_rate == 1
    assert read_with_flags(None, {}) == network


@pytest.mark.parametrize("stem", ["worked_sigmoid_half_sse", "worked_relu_mse"])
def test_toml_flags_and_python_give_the_same_network(stem):
    """One network, described in three ways."""
    activation, loss = stem.split("_", 2)[1:]
    from_file = read_network(ROOT / "examples" / f"{stem}.toml")
    title = from_file.title
    example = {**WORKED, "learning_rate": 1}
    numbers = {key: ",".join(map(str, values)) for key, values in WORKED.items()}
    assert from_file == Network(
        sizes=[2, 2, 2], activation=activation, loss=loss, name=stem, title=title, example=example
    )
    assert from_file == network_from_flags(
        {"sizes": [1, 1]},
        {
            "sizes": "2, 2, 2",
            "activation": f"{activation},{activation}",
            "bias": "none",
            "loss": loss,
            "name": stem,
            "title": title,
            "x": numbers["x"],
            "y": numbers["y"],
            "weights": numbers["weights"],
            "learning_rate": "1.0",
        },
    )


def test_layers_in_toml_and_in_python():
    """[[layer]] tables give the layers that Python gives."""
    layers = (
        Dense(5, "tanh", "per-unit"),
        LayerNorm(Fraction(1, 100_000)),
        Dense(5, "tanh"),
        Residual(2),
        Dense(3, bias="per-unit"),
    )
    example = {"seed": 0, "samples": 2, "learning_rate": "0.1"}
    read = read_network(ROOT / "examples" / "layernorm_residual.toml")
    assert read == Network(
        inputs=4, layers=layers, loss="mse", name=read.name, title=read.title, example=example
    )


decimals = st.decimals(allow_nan=False, allow_infinity=False, places=None).filter(
    lambda d: -300 < d.adjusted() < 300
)


@settings(max_examples=200, deadline=None)
@given(x=decimals, w=decimals, rate=decimals.filter(lambda d: d > 0))
def test_decimals_stay_exact(tmp_path_factory, x, w, rate):
    """A decimal is the fraction it says, through TOML, flags and Python alike."""
    number = re.sub(r"^(-?\d+)(E|$)", r"\1.0\2", str(x))
    text = f'sizes = [1, 1]\n[example]\nx = [{number}]\ny = [0]\nweights = ["{w}"]\n'
    path = spec(tmp_path_factory.getbasetemp(), f'{text}learning_rate = "{rate}"\n')
    from_file = read_network(path)
    assert from_file.numbers.inputs == ((Fraction(x),),)
    assert from_file.numbers.parameters == {"W1": ((Fraction(w),),)}
    assert from_file.numbers.learning_rate == Fraction(rate)
    table = {"sizes": [1, 1], "example": {"x": ["7"], "y": ["0"], "weights": ["7"]}}
    flags = {"x": str(x), "weights": str(w), "learning_rate": str(rate)}
    assert network_from_flags(table, flags) == from_file
    example = {"x": [x], "y": [0], "weights": [Fraction(w)], "learning_rate": Decimal(rate)}
    assert Network(sizes=[1, 1], example=example) == from_file


@settings(max_examples=200, deadline=None)
@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_floats_mean_the_decimal_they_print(value):
    """0.2 is 1/5, and the float that comes back is the float that went in."""
    example = {"x": [value], "y": [0], "weights": [0]}
    (row,) = Network(sizes=[1, 1], example=example).numbers.inputs
    assert row[0] == Fraction(repr(value))
    assert float(row[0]) == value


@settings(max_examples=300, deadline=None)
@given(text=st.text(max_size=200))
def test_no_text_gives_a_traceback(tmp_path_factory, text):
    """Any text is a network or an error of symbp, in a spec as in every flag."""
    path = spec(tmp_path_factory.getbasetemp(), text.encode("utf-8", "surrogatepass"))
    with pytest.raises(SymbpError):
        read_network(path)
    for flag in ("sizes", "activation", "frozen", "name", "x", "weights", "learning_rate"):
        with suppress(SpecError):
            flagged(**{flag: text})


@pytest.mark.parametrize(
    ("flags", "widths", "seed"),
    [
        ({}, (2, 2, 2), None),
        ({"activation": "relu"}, (2, 2, 2), None),
        ({"loss": "cross_entropy"}, (2, 2, 2), None),
        ({"numbering": "by-target"}, (2, 2, 2), None),
        ({"frozen": "W1"}, (2, 2, 2), None),
        ({"sizes": "2,2,2"}, (2, 2, 2), None),
        ({"sizes": "2,3,1", "activation": "tanh,identity"}, (2, 3, 1), 0),
        ({"bias": "per-unit"}, (2, 2, 2), 0),
        ({"loss": "cross_entropy", "targets": "classes"}, (2, 2, 2), 0),
        ({"loss": "cross_entropy", "targets": "classes", "y": "1"}, (2, 2, 2), None),
        ({"seed": 7}, (2, 2, 2), 7),
        ({"samples": 3}, (2, 2, 2), 0),
    ],
)
def test_numbers_are_kept_where_they_fit(flags, widths, seed):
    """Flags that leave the shapes alone keep the numbers; others draw them from seed 0."""
    network = flagged(**flags)
    assert network.widths == widths
    assert network.numbers.seed == seed
    assert len(network.numbers.inputs) == flags.get("samples", 1)


def test_flags_replace_numbers():
    """Samples are apart by ';', class indices too; the rest of the example stays."""
    network = flagged(x="0.5,0.3;1/3,2e-3", y="1,0;0,1", learning_rate="0.1")
    assert network.numbers.inputs[1] == (Fraction(1, 3), Fraction(1, 500))
    assert network.numbers.targets == ((1, 0), (0, 1))
    assert network.numbers.parameters == worked_example().numbers.parameters
    assert network.numbers.learning_rate == Fraction(1, 10)
    classes = {"loss": "cross_entropy", "targets": "classes", "x": "1,2;3,4"}
    assert flagged(**classes, y="1;0").numbers.targets == (1, 0)
    assert flagged(**classes, y="1,0").numbers.targets == (1, 0)


def test_the_learning_rate_survives_a_draw():
    """A drawn example keeps the rate of the spec, or takes that of the flag."""
    table = {**WORKED_EXAMPLE, "example": {**WORKED_EXAMPLE["example"], "learning_rate": "0.3"}}
    assert network_from_flags(table, {"seed": 1}).numbers.learning_rate == Fraction(3, 10)
    assert network_from_flags(table, {"sizes": "3,1"}).numbers.learning_rate == Fraction(3, 10)
    network = network_from_flags({"sizes": [2, 2]}, {"learning_rate": "0.4"})
    assert (network.numbers.learning_rate, network.numbers.seed) == (Fraction(2, 5), 0)


def test_a_spec_without_numbers_stays_without():
    """Flags for the network make no numbers up; the error names all ways to give some."""
    network = network_from_flags({"sizes": [2, 2]}, {"activation": "tanh"})
    assert network.example is None
    with pytest.raises(SpecError, match="the network has no numbers") as error:
        assert network.numbers
    assert all(w in error.value.remedy for w in ("[example]", "--x", "--y", "--seed", "--data"))


def test_flags_go_to_the_dense_layers_of_a_spec():
    """activation and bias reach [[layer]] tables; sizes replaces them."""
    path = ROOT / "examples" / "layernorm_residual.toml"
    network = read_with_flags(path, {"activation": "relu,relu,identity", "bias": "none"})
    dense = [layer for layer in network.layers if isinstance(layer, Dense)]
    assert [layer.activation for layer in dense] == ["relu", "relu", "identity"]
    assert {layer.bias for layer in dense} == {"none"}
    assert read_with_flags(path, {"sizes": "4,3"}).layers == (Dense(3, "sigmoid"),)
    with pytest.raises(SpecError, match="--activation: 2 entries for 3 dense layers"):
        read_with_flags(path, {"activation": "relu,tanh"})


@pytest.mark.parametrize(
    ("flags", "kind", "text"),
    [
        ({"sizes": "2,x"}, SpecError, "--sizes: found 'x', expected whole numbers"),
        ({"sizes": "2"}, SpecError, "--sizes: found [2], expected two sizes or more"),
        ({"sizes": "2,0"}, SpecError, "--sizes[1]: found 0, expected 1 to"),
        ({"activation": "tahn"}, UnknownNameError, "--activation, layer 1: unknown activation"),
        ({"bias": "a,b,c"}, SpecError, "--bias: 3 entries for 2 layers"),
        ({"loss": "mze"}, UnknownNameError, "Did you mean 'mse'?"),
        ({"frozen": "W3"}, UnknownNameError, "--frozen: unknown parameter 'W3'"),
        ({"name": "import"}, SpecError, "--name: 'import' is a Python keyword"),
        ({"x": "1,nan"}, SpecError, "--x[0][1]: found nan, expected a finite number"),
        ({"x": "1,,2"}, SpecError, "--x[0][1]: found '', expected a number"),
        ({"x": "1,2,3"}, ShapeError, "--x: a row of 3 numbers for 2 inputs"),
        ({"y": "1,2;3,4"}, ShapeError, "--y: 2 targets for 1 inputs"),
        ({"weights": "1,2"}, ShapeError, "--weights: 2 numbers for 8 weights (missing)"),
        ({"learning_rate": "-1"}, SpecError, "--learning-rate: found '-1', expected"),
        ({"seed": -1}, SpecError, "--seed: found -1, expected a whole number from 0"),
        ({"samples": 0}, SpecError, "--samples: found 0, expected a whole number from 1"),
        ({"seed": 1, "x": "1,2"}, SpecError, "--x: given together with --seed"),
        ({"sizes": "3,2", "x": "1,2,3"}, SpecError, "the worked example, example, weights"),
        ({"siezs": "2,2"}, UnknownNameError, "Did you mean 'sizes'?"),
        ({"loss": 3}, SpecError, "--loss: found 3, expected text"),
    ],
)
def test_bad_flags_are_named(flags, kind, text):
    """An error says which flag it came from, not which entry of a file nobody wrote."""
    with pytest.raises(kind) as caught:
        flagged(**flags)
    assert text in str(caught.value)
    assert_clear(caught.value)


def test_a_broken_spec_stays_broken_under_flags(tmp_path):
    """New numbers are drawn for a new network, never to hide what is wrong in the file."""
    path = spec(tmp_path, "sizes = [1, 1]\n[example]\nx = [nan]\ny = [1]\nweights = [1]\n")
    with pytest.raises(SpecError, match=r"net\.toml, example, x\[0\]: found NaN"):
        read_with_flags(path, {"sizes": "2,1"})


@pytest.mark.parametrize("hidden", [2, 10])
def test_sine_fit_starts_where_the_reference_starts(hidden):
    """The loss at iteration 0, to 1e-12; the draw of the course is in the file, exact."""
    first = {10: 0.13810752213721122, 2: 0.13880448674652984}[hidden]
    network = read_network(ROOT / "examples" / f"sine_fit_h{hidden}.toml")
    p = {name: np.array(value, float) for name, value in network.numbers.parameters.items()}
    x, y = (np.array(v, float) for v in (network.numbers.inputs, network.numbers.targets))
    h = 1 / (1 + np.exp(-(x @ p["W1"].T + p["b1"])))
    loss = np.mean((h @ p["W2"].T + p["b2"] - y) ** 2)
    np.testing.assert_allclose(loss, first, rtol=1e-12)
    assert x[0, 0] == np.random.RandomState(0).rand(2, 1)[0, 0]


def test_numbering_by_target_is_that_of_mazur():
    """Source: Matt Mazur, A Step by Step Backpropagation Example (2015): E = 0.298371109."""
    network = read_network(ROOT / "examples" / "bias_shared_frozen.toml")
    p = {name: np.array(value, float) for name, value in network.numbers.parameters.items()}
    a = np.array(network.numbers.inputs, float)
    for W, b in (("W1", "b1"), ("W2", "b2")):
        a = 1 / (1 + np.exp(-(a @ p[W].T + p[b])))
    E = ((a - np.array(network.numbers.targets, float)) ** 2).sum() / 2
    np.testing.assert_allclose(E, 0.298371109, atol=5e-10)
    assert network.trained == ("W1", "W2")


def test_mnist_is_quick_to_read():
    """100 000 exact numbers are drawn, not parsed."""
    network = network_from_table({"sizes": [784, 128, 10], "example": {"seed": 0, "samples": 2}})
    assert network.weight_count == 784 * 128 + 128 * 10
    assert max(max(row) for row in network.numbers.parameters["W1"]) <= Fraction(1, 28)
