"""Weights from npz and safetensors files, hostile ones too, and models from Python files."""

from __future__ import annotations

import io
import json
import random
import struct
import subprocess
import sys
import time
import zipfile
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symbp
from symbp.errors import ModuleError, ShapeError, SpecError, SymbpError
from symbp.sources import read_source, weights_of
from symbp.spec_file import worked_example
from symbp.weights_file import array_shapes, read_weights

W1, W2 = np.array([[0.2, 0.5], [-0.4, 0.6]]), np.array([[0.1, -0.3], [-0.5, 0.8]])
SHAPES = {"W1": (2, 2), "W2": (2, 2)}
NAMES = {np.dtype("<f8"): "F64", np.dtype("<f4"): "F32", np.dtype("<i8"): "I64"}
EXACT = {"W1": tuple(tuple(map(Fraction, row)) for row in W1.tolist()),
         "W2": tuple(tuple(map(Fraction, row)) for row in W2.tolist())}  # fmt: skip


def safetensors(header: object, data: bytes = b"", length: int | None = None) -> bytes:
    """A file with any header."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def entry(begin: int, end: int, shape: object = (2, 2), dtype: object = "F64") -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def good_safetensors(arrays: dict[str, np.ndarray]) -> bytes:
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    data = b""
    for name, array in arrays.items():
        raw = array.tobytes()
        header[name] = entry(len(data), len(data) + len(raw), array.shape, NAMES[array.dtype])
        data += raw
    return safetensors(header, data)


def npz(members: dict[str, bytes], **options: int) -> bytes:
    """A zip file of any members."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", **options) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def npy(header: str, data: bytes = b"", version: bytes = b"\1\0") -> bytes:
    text = header.encode("latin-1") + b"\n"
    return b"\x93NUMPY" + version + len(text).to_bytes(2, "little") + text + data


def header_of(shape: str = "(2, 2)", dtype: str = "'<f8'", order: str = "False") -> str:
    return f"{{'descr': {dtype}, 'fortran_order': {order}, 'shape': {shape}, }}"


def saved(folder: Path, name: str, arrays: dict[str, np.ndarray]) -> Path:
    path = folder / name
    if path.suffix == ".npz":
        np.savez(path, **arrays)
    else:
        path.write_bytes(good_safetensors(arrays))
    return path


@pytest.mark.parametrize("suffix", ["npz", "safetensors"])
@pytest.mark.parametrize(
    "names", [("W1", "W2"), ("0.weight", "2.weight"), ("1.1.weight", "1.10.weight")]
)
def test_numbers_are_read_exactly(tmp_path, suffix, names):
    """Both formats, symbp's names and those of a state_dict, in any order in the file."""
    path = saved(tmp_path, f"net.{suffix}", dict(zip(reversed(names), (W2, W1), strict=True)))
    assert weights_of(worked_example(), path) == EXACT


@pytest.mark.parametrize("make", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("dtype", ["<f8", "<f4", ">f8", ">f4"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_npz_as_numpy_writes_it(tmp_path, make, dtype, order):
    """Byte order, order of the axes, compression, and a number alone."""
    A = np.array([[0.1, -2.5, 3e-300], [1, 0, 7]]).astype(dtype, order=order)
    A[0, 2] = 0.3
    make(tmp_path / "a.npz", A=A, s=np.array(0.25), t=np.array([0.75]))
    found = read_weights(tmp_path / "a.npz", {"A": (2, 3), "s": (), "t": ()}, {})
    assert found["A"] == tuple(tuple(Fraction(v) for v in row) for row in A.astype(float).tolist())
    assert (found["s"], found["t"]) == (Fraction(1, 4), Fraction(3, 4))


def test_files_that_the_safetensors_package_writes(tmp_path):
    """Its float32 file is read; an empty array has no bytes."""
    package = pytest.importorskip("safetensors.numpy")
    path = tmp_path / "net.safetensors"
    package.save_file({"W1": W1.astype(np.float32), "W2": W2, "e": np.zeros((0, 2))}, str(path))
    found = read_weights(path, {**SHAPES, "e": (0, 2)}, {})
    assert found["W1"][0][0] == Fraction(float(np.float32(0.2)))
    assert found["e"] == ()


def test_state_dict_of_every_kind_of_module(tmp_path):
    """What to_torch makes of random networks is read back by the names of its state_dict."""
    pytest.importorskip("torch")
    from symbp.layers import SAMPLES
    from symbp.torch_io import to_torch
    from symbp.verify.random_networks import random_network

    compared = 0
    for seed in range(60):
        network = random_network(seed)
        state = {k: v.numpy() for k, v in to_torch(network).state_dict().items()}
        if any(k.count(".") > 2 for k in state) or network.loss_row.learned:
            continue
        path = tmp_path / f"{seed}.npz"
        np.savez(path, **state)
        found = weights_of(network, path)
        for name, value in found.items():
            want = np.asarray(network.numbers.parameters[name], dtype=object).astype(float)
            np.testing.assert_array_equal(np.asarray(value, dtype=object).astype(float), want)
        kept = {n for n, s in network.parameters.items() if SAMPLES not in s}
        assert set(found) >= {n for n in kept if n in network.trained}
        compared += len(found)
    assert compared > 100


F8 = W1.tobytes() + W2.tobytes()
BOTH = {"W1": entry(0, 32), "W2": entry(32, 64)}
HOSTILE = {
    "empty.safetensors": (b"", "ends 8 bytes early"),
    "short.safetensors": (b"\1\2\3", "ends 5 bytes early"),
    "huge_header.safetensors": (
        safetensors(BOTH, F8, 2**64 - 1),
        "a header of 18446744073709551615",
    ),
    "long_header.safetensors": (safetensors(BOTH, F8, 2**20), "a header of 1048576 bytes"),
    "big_header.safetensors": (safetensors(b" " * 1_100_000), "at most 1000000"),
    "no_json.safetensors": (safetensors(b"{'W1': 1}"), "no JSON"),
    "no_utf8.safetensors": (safetensors(b"\xff\xfe{}"), "no JSON"),
    "list.safetensors": (safetensors([1]), "no JSON object"),
    "deep.safetensors": (safetensors(b"[" * 900_000), "no JSON"),
    "nan.safetensors": (safetensors(b'{"W1": NaN}'), "no JSON"),
    "digits.safetensors": (safetensors(b'{"W1": ' + b"9" * 10_000 + b"}"), "no JSON"),
    "twice.safetensors": (safetensors(b'{"W1": {}, "W1": {}}'), "has 'W1' twice"),
    "twice_inside.safetensors": (
        safetensors(b'{"W1": {"dtype": "F64", "dtype": "F32"}}'),
        "has 'dtype' twice",
    ),
    "many.safetensors": (safetensors({str(k): 1 for k in range(20_000)}), "20000 arrays"),
    "negative.safetensors": (safetensors({"W1": entry(-32, 0)}, F8), "no dtype, shape"),
    "negative_size.safetensors": (
        safetensors({"W1": entry(0, 32, (-2, -2))}, F8),
        "no dtype, shape",
    ),
    "huge_size.safetensors": (
        safetensors({"W1": entry(0, 32, (2**40, 2**40))}, F8),
        "32 bytes for shape",
    ),
    "beyond_64.safetensors": (safetensors({"W1": entry(0, 2**70)}, F8), "no dtype, shape"),
    "float_size.safetensors": (
        safetensors(b'{"W1": {"dtype": "F64", "shape": [2.0], "data_offsets": [0, 16]}}'),
        "no JSON",
    ),
    "bool_size.safetensors": (safetensors({"W1": entry(0, 8, (True,))}, F8), "no dtype, shape"),
    "axes.safetensors": (safetensors({"W1": entry(0, 8, (1,) * 5000)}, F8), "no dtype, shape"),
    "extra_key.safetensors": (
        safetensors({"W1": entry(0, 32) | {"code": "x"}}, F8),
        "no dtype, shape",
    ),
    "beyond.safetensors": (safetensors({"W1": entry(48, 80)}, F8), "the file has 64"),
    "backwards.safetensors": (safetensors({"W1": entry(32, 0)}, F8), "from byte 32 to 0"),
    "overlap.safetensors": (safetensors({"W1": entry(0, 32), "W2": entry(16, 48)}, F8), "overlap"),
    "truncated.safetensors": (safetensors(BOTH, F8[:-1]), "the file has 63"),
    "wrong_count.safetensors": (safetensors({"W1": entry(0, 24)}, F8), "24 bytes for shape [2, 2]"),
    "half.safetensors": (
        safetensors({"W1": entry(0, 8, (2, 2), "BF16"), "W2": entry(8, 40)}, F8),
        "BF16",
    ),
    "not_finite.safetensors": (
        good_safetensors({"W1": np.array([[1, np.nan], [0, 0]]), "W2": W2}),
        "number 2 is nan",
    ),
    "infinite.npz": (
        npz({"W1.npy": npy(header_of(), struct.pack("<4d", 1, 1, 1, -np.inf))}),
        "number 4 is -inf",
    ),
    "missing.safetensors": (good_safetensors({"W1": W1}), "W2 is missing"),
    "unknown.safetensors": (
        good_safetensors({"W1": W1, "W2": W2, "W3": W1}),
        "'W3' is no parameter",
    ),
    "escapes.safetensors": (good_safetensors({"\x1b[31m": W1}), "\\x1b[31m"),
    "shape.safetensors": (good_safetensors({"W1": W1[:1], "W2": W2}), "found shape [1, 2]"),
    "empty.npz": (b"", "no npz file"),
    "no_zip.npz": (b"x" * 1000, "no npz file"),
    "only_end.npz": (b"PK\5\6" + b"\xff" * 18, "no npz file"),
    "comment.npz": (npz({})[:-2] + b"\5\0hello", "no npz file"),
    "pickle.npz": (npz({"W1.npy": npy(header_of("()", "'|O'"), b"\x80\4N.")}), "type |O"),
    "pickle_file.npz": (npz({"W1.pkl": b"cos\nsystem\n(S'false'\ntR."}), "no npy file"),
    "record.npz": (npz({"W1.npy": npy(header_of("(2,)", "[('a', '<f8')]"))}), "none that numpy"),
    "code.npz": (npz({"W1.npy": npy("__import__('os').system('false')")}), "none that numpy"),
    "version.npz": (npz({"W1.npy": npy(header_of(), version=b"\2\0")}), "version 1.0"),
    "magic.npz": (npz({"W1.npy": b"x" * 100}), "version 1.0"),
    "tiny.npz": (npz({"W1.npy": b"\x93NUM"}), "ends 6 bytes early"),
    "huge.npz": (
        npz({"W1.npy": npy(header_of("(999999999999, 999999999999)"))}),
        "0 bytes for shape",
    ),
    "negative.npz": (npz({"W1.npy": npy(header_of("(-2, 2)"))}), "none that numpy"),
    "truncated.npz": (npz({"W1.npy": npy(header_of(), F8[:31])}), "31 bytes for shape"),
    "bomb.npz": (
        npz(
            {"W1.npy": npy(header_of("(6250000,)"), bytes(50_000_000))},
            compression=zipfile.ZIP_DEFLATED,
        ),
        "found shape [6250000]",
    ),
    "lzma.npz": (
        npz({"W1.npy": npy(header_of())}, compression=zipfile.ZIP_LZMA),
        "packed in a way",
    ),
    "cut.npz": (npz({"W1.npy": npy(header_of(), F8[:32])})[40:], "is damaged"),
    "net.pt": (b"PK\3\4", "may run code"),
    "net.pth": (b"", "numpy.savez('weights.npz'"),
    "net.onnx": (b"", "is not read"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_clear_errors(tmp_path, name):
    """Whatever a file says of itself: an error that names it, within two seconds."""
    data, text = HOSTILE[name]
    path = tmp_path / name
    path.write_bytes(data)
    start = time.monotonic()
    with pytest.raises(SpecError) as caught:
        weights_of(worked_example(), path)
    assert time.monotonic() - start < 2
    assert text in str(caught.value)
    assert str(caught.value).startswith(str(path))
    assert len(str(caught.value)) < 1000


def test_hostile_files_take_little_memory(tmp_path):
    """Headers that promise terabytes, and a zip of zeros, stay under 500 MB."""
    paths = []
    for name in (
        "huge_size.safetensors",
        "deep.safetensors",
        "huge.npz",
        "bomb.npz",
        "many.safetensors",
    ):
        paths.append(str(tmp_path / name))
        Path(paths[-1]).write_bytes(HOSTILE[name][0])
    program = f"""
import re
import resource
from pathlib import Path
from symbp.errors import SymbpError
from symbp.sources import weights_of
from symbp.spec_file import worked_example
for path in {paths!r}:
    try:
        weights_of(worked_example(), Path(path))
    except SymbpError:
        continue
    raise SystemExit(path)
status = Path("/proc/self/status")  # getrusage also counts what the process was forked from
if status.exists():
    most = int(re.search(r"VmHWM:\\s+([0-9]+)", status.read_text())[1])
else:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(most)
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, check=True, timeout=60, capture_output=True, text=True)
    assert 0 < int(done.stdout) < 500_000  # kilobytes


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 10**9), kind=st.sampled_from(["npz", "safetensors"]))
def test_damaged_files_are_errors_or_right(tmp_path_factory, seed, kind):
    """A few bytes changed anywhere give a SymbpError, or numbers of the right shape."""
    stream = random.Random(seed)
    folder = tmp_path_factory.mktemp("damaged")
    path = saved(folder, f"net.{kind}", {"W1": W1, "W2": W2})
    data = bytearray(path.read_bytes())
    for _ in range(stream.randint(1, 4)):
        data[stream.randrange(len(data))] = stream.randrange(256)
    path.write_bytes(data[: stream.choice([len(data), stream.randrange(len(data))])])
    found, said = EXACT, ""
    try:
        found = weights_of(worked_example(), path)
    except SymbpError as error:
        said = str(error)
    assert not said or said.startswith(str(path))
    assert {name: np.shape(value) for name, value in found.items()} == SHAPES


def test_paths_that_are_no_files(tmp_path):
    """A missing file suggests a near one; a folder and a null character are errors too."""
    saved(tmp_path, "weights.npz", {"W1": W1})
    with pytest.raises(SpecError, match=r"Did you mean '.*weights\.npz'"):
        array_shapes(tmp_path / "wieghts.npz")
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(SpecError, match="is a folder"):
        array_shapes(tmp_path / "folder.npz")
    with pytest.raises(SpecError, match="is no path"):
        array_shapes(Path("a\0.npz"))


def test_the_flag_takes_weights_from_a_file(tmp_path):
    """They replace the spec's, or the drawn ones; x and y stay those of the spec."""
    path = saved(tmp_path, "net.npz", {"W1": 2 * W1, "W2": W2})
    network = read_source(None, None, {"weights": str(path)})
    assert network.numbers.inputs == worked_example().numbers.inputs
    assert network.numbers.parameters["W1"][0][1] == 1
    drawn = read_source(None, None, {"weights": str(path), "seed": 3, "samples": 2})
    assert len(drawn.numbers.inputs) == 2
    assert drawn.numbers.parameters == network.numbers.parameters
    spec = tmp_path / "net.toml"
    spec.write_text("sizes = [2, 2, 2]\n[example]\nx = [1, 2]\ny = [3, 4]")
    numbers = read_source(spec, None, {"weights": str(path)}).numbers
    assert (numbers.inputs, numbers.parameters) == (((1, 2),), network.numbers.parameters)
    spec.write_text("sizes = [2, 2, 2]")
    assert read_source(spec, None, {"weights": str(path)}).numbers.parameters["W1"][0][1] == 1


def test_errors_name_the_flag(tmp_path):
    """--weights stands in front of the file."""
    path = saved(tmp_path, "net.npz", {"W1": W1})
    with pytest.raises(SpecError, match=r"--weights, .*net\.npz: W2 is missing"):
        read_source(None, None, {"weights": str(path)})
    path = saved(tmp_path, "one.npz", {"0.weight": W1})
    with pytest.raises(SpecError, match="1 modules with numbers, the network has 2"):
        read_source(None, None, {"weights": str(path)})
    saved(tmp_path, "one.npz", {"0.weight": W1, "2.weight": W1[:1]})
    with pytest.raises(ShapeError, match=r"found shape \[1, 2\]"):
        read_source(None, None, {"weights": str(path)})


MODEL = """
import torch
from torch import nn
print("printed by the file")
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(3, 4), nn.ELU(0.7), nn.Linear(4, 4), nn.GLU()).double()
wide = nn.Sequential(nn.Linear(2, 2), nn.Conv2d(1, 1, 1))
number = 3
class Net(nn.Module):
    pass
"""


def test_a_model_from_a_file(tmp_path):
    """Layers and numbers of the file's model; flags go over it; weights replace its own."""
    torch = pytest.importorskip("torch")
    path = tmp_path / "mine.py"
    path.write_text(MODEL)
    network = read_source(None, f"{path}:model", {"loss": "huber", "samples": 3, "seed": 4})
    assert [layer.activation for layer in network.layers] == ["elu(alpha=0.7)", "glu"]
    assert (network.name, network.loss, len(network.numbers.inputs)) == ("model", "huber", 3)
    assert symbp.verify(network).passed
    torch.manual_seed(0)
    first = torch.nn.Linear(3, 4)
    want = tuple(tuple(map(Fraction, row)) for row in first.weight.tolist())
    assert network.numbers.parameters["W1"] == want
    state = {"0.weight": np.ones((4, 3)), "0.bias": np.zeros(4), "2.bias": np.zeros(4),
             "2.weight": np.arange(16.0).reshape(4, 4)}  # fmt: skip
    weights = saved(tmp_path, "w.safetensors", state)
    network = read_source(None, f"{path}:model", {"weights": str(weights)})
    assert network.numbers.parameters["V2"][1] == (12, 13, 14, 15)
    given_both = {"weights": str(weights), "x": "1,2,3", "y": "0,1"}
    numbers = read_source(None, f"{path}:model", given_both).numbers
    assert (numbers.inputs, numbers.parameters["W1"][0]) == (((1, 2, 3),), (1, 1, 1))


BAD_FILES = {
    "missing:model": ("there is no such file", SpecError),
    "mine.py": ("expected a file and a name in it", SpecError),
    "mine.py:": ("expected a file and a name in it", SpecError),
    "mine.py:modle": ("Did you mean 'model'?", SpecError),
    "mine.py:number": ("is a int, expected a torch.nn.Module", SpecError),
    "mine.py:Net": ("Write `model = Net()` in the file", SpecError),
    "mine.py:wide": ("wide.1 (Conv2d)", SpecError),
    "near.py:model": ("Did you mean", SpecError),
    "boom.py:model": ("line 2 raises ZeroDivisionError: division by zero", ModuleError),
    "syntax.py:model": ("line 1: invalid syntax", ModuleError),
    "leaves.py:model": ("raises SystemExit: 3", ModuleError),
}


@pytest.mark.parametrize("text", BAD_FILES)
def test_model_files_that_are_wrong(tmp_path, text):
    """No such file or variable, another kind of thing, and whatever the file raises."""
    pytest.importorskip("torch")
    (tmp_path / "mine.py").write_text(MODEL)
    (tmp_path / "boom.py").write_text("x = 0\n1 / x\n")
    (tmp_path / "syntax.py").write_text("x = = 1\n")
    (tmp_path / "leaves.py").write_text("import sys\nsys.exit(3)\n")
    (tmp_path / "nears.py").write_text("")
    found, kind = BAD_FILES[text]
    with pytest.raises(kind) as caught:
        read_source(None, f"{tmp_path}/{text}", {})
    assert found in str(caught.value)


@pytest.mark.parametrize("flag", ["sizes", "activation", "bias", "weights"])
def test_flags_that_the_model_says_itself(tmp_path, flag):
    """The structure is the model's."""
    pytest.importorskip("torch")
    with pytest.raises(SpecError, match=f"--{flag}: given together with --torch"):
        read_source(None, "mine.py:model", {flag: "2,2"})
    with pytest.raises(SpecError, match="--torch: given together with the spec"):
        read_source(Path("net.toml"), "mine.py:model", {})


def test_the_command_line_runs_the_file(tmp_path):
    """What the file prints stays out of the output; the help says that it is run."""
    pytest.importorskip("torch")
    (tmp_path / "mine.py").write_text(MODEL)
    run = [sys.executable, "-m", "symbp", "derive"]
    done = subprocess.run(
        [*run, "--torch", f"{tmp_path}/mine.py:model", "--format", "json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert set(json.loads(done.stdout)["gradients"]) == {"W1", "b1", "W2", "b2", "V2", "c2"}
    assert "printed by the file" in done.stderr
    shown = subprocess.run([*run, "--help"], capture_output=True, text=True, check=True).stdout
    assert "The file is run" in " ".join(shown.replace("│", " ").split())
