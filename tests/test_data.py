"""Data: what is read is what was written; what is wrong is named by file, line and column."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symbp import Network
from symbp.errors import DataError, ShapeError, SpecError, SymbpError
from symbp.experiments.data import Dataset, class_targets, fitted, made, notes, of_example, read
from symbp.experiments.data_files import read_csv, read_idx, read_npz
from symbp.layers import BatchNorm, Dense, Embedding
from symbp.spec_file import worked_example

TWO = Network(sizes=[2, 3, 1])
CLASSES = Network(sizes=[2, 3], loss="cross_entropy", targets="classes", activation="identity")


def csv_file(folder, text: str | bytes):
    path = folder / "data.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    "text",
    [
        "1,2,3\n4,5,6\n",
        "a,b,target\n1,2,3\n4,5,6",
        "1;2;3\r\n4;5;6\r\n",
        "1\t2\t3\n\n4\t5\t6\n\n",
        "\ufeff 1, 2.0 ,+3e0\n4,5.,.6e1\n",
        '"1","2","3"\n4,5,6\n',
    ],
)
def test_csv_as_people_write_it(tmp_path, text):
    """Headers, delimiters, line ends, a byte order mark, blanks and quotes."""
    found = read_csv(csv_file(tmp_path, text), TWO)
    assert found.X.tolist() == [[1, 2], [4, 5]]
    assert found.T.tolist() == [[3], [6]]
    assert found.name == "data.csv"


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(
        st.lists(
            st.floats(allow_nan=False, allow_infinity=False, width=64), min_size=3, max_size=3
        ),
        min_size=1,
        max_size=6,
    )
)
def test_csv_gives_back_every_float(tmp_path_factory, rows):
    """repr of a float64 is read as the same float64."""
    path = tmp_path_factory.getbasetemp() / "floats.csv"
    path.write_text("\n".join(",".join(map(repr, row)) for row in rows))
    found = read_csv(path, TWO)
    np.testing.assert_array_equal(np.hstack([found.X, found.T]), np.array(rows))


BAD_CSV = [
    ("", "there is no row of numbers"),
    ("a,b,c\n", "there is no row of numbers"),
    ("1,2,3\n4,5\n", "line 2: 2 columns, the lines before have 3"),
    ("x,y,z\n1,2,3\n4,5,6,7\n", "line 3: 4 columns"),
    ("1,2,3\n4,five,6\n", "line 2, column 2: found 'five', expected a finite number"),
    ("1,two,3\n4,5,6\n", "line 1, column 2: found 'two'"),
    ("1,2,3\n4,,6\n", "line 2, column 2: an empty cell"),
    ("1,2,3\n4,nan,6\n", "line 2, column 2: found 'nan'"),
    ("nan,nan,nan\n", "line 1, column 1: found 'nan'"),
    ("1,2,3\n-inf,5,6\n", "line 2, column 1: found '-inf'"),
    ("1,2,1e999\n", "line 1, column 3: found '1e999'"),
    ("1,2,1_0\n", "line 1, column 3: found '1_0'"),
    ("1,2\n", "2 columns, expected 3: 2 inputs and 1 target"),
    ("1,2,3,4\n", "4 columns, expected 3"),
    (b"1,2,\xff\n", "byte 4 is no UTF-8 text"),
    ('1,2,"3\n', "line 1"),
    ("\x00,\x01\n", "there is no row of numbers"),
]


@pytest.mark.parametrize(("text", "said"), BAD_CSV, ids=[said for _, said in BAD_CSV])
def test_bad_csv_is_named_by_line_and_column(tmp_path, text, said):
    """Empty, ragged, text, holes, NaN, Inf, another number of columns, another coding."""
    path = csv_file(tmp_path, text)
    with pytest.raises(DataError) as error:
        read_csv(path, TWO)
    assert said in str(error.value)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("text", ["1,2,3\n", "1,2,-1\n", "1,2,0.5\n"])
def test_labels_out_of_range_name_line_and_column(tmp_path, text):
    """Classes of three outputs are 0, 1 and 2; headers and empty lines count as lines."""
    data = read_csv(csv_file(tmp_path, "a,b,class\n0,0,2\n\n" + text), CLASSES)
    said = r"^data.csv, line 4, column 3: .*whole number from 0 to 2"
    with pytest.raises(DataError, match=said):
        fitted(data, CLASSES, "float64")


def test_a_wrong_label_of_idx_is_in_the_file_of_labels():
    """The images are not at fault."""
    data = Dataset(np.ones((2, 2)), np.array([0, 7]), "images", "labels")
    with pytest.raises(DataError, match=r"^labels, sample 1 \(from 0\): found 7, expected a class"):
        fitted(data, CLASSES, "float64")


def test_one_column_of_values_is_not_taken_for_classes():
    """Several outputs and one target of values: take one output; and no note comes first."""
    network = Network(sizes=[1, 3, 2])
    for check in (notes, lambda data, net: fitted(data, net, "float64")):
        with pytest.raises(ShapeError, match="one target of values a sample") as error:
            check(made("sine"), network)
        assert "Take one output: --sizes 1,3,1;" in str(error.value)


def test_the_remedy_for_layers_is_an_entry_of_the_spec():
    """--sizes would throw a batch norm away."""
    network = Network(inputs=3, layers=(Dense(4), BatchNorm(), Dense(2)))
    with pytest.raises(ShapeError, match="write `inputs = 2` in the spec"):
        fitted(made("moons"), network, "float64")


def npz_file(folder, **arrays):
    path = folder / "data.npz"
    np.savez(path, **arrays)
    return path


@pytest.mark.parametrize("names", ["XT", "xy", "Xy"])
def test_npz_by_either_names(tmp_path, names):
    """Floats stay, whole numbers of one axis are classes, images lie flat."""
    x, t = names
    found = read_npz(npz_file(tmp_path, **{x: np.ones((4, 2, 3), np.float32), t: np.arange(4)}))
    assert found.X.shape == (4, 6)
    assert found.X.dtype == np.float64
    assert found.T.tolist() == [0, 1, 2, 3]
    values = read_npz(npz_file(tmp_path, **{x: np.ones(4), t: np.ones(4)}))
    assert values.X.shape == values.T.shape == (4, 1)


class Trap:
    """What runs when it is unpickled."""

    def __reduce__(self):
        return (os.mkdir, (os.environ["SYMBP_TRAP"],))


def test_nothing_is_unpickled(tmp_path, monkeypatch):
    """Neither an array of objects nor a pickle in the place of the archive runs."""
    trap = tmp_path / "trap"
    monkeypatch.setenv("SYMBP_TRAP", str(trap))
    archive = npz_file(tmp_path, X=np.array([[Trap()]], dtype=object), T=np.ones((1, 1)))
    with pytest.raises(DataError, match="pickled objects"):
        read_npz(archive)
    archive.write_bytes(pickle.dumps(Trap()))
    with pytest.raises(DataError, match=r"data\.npz"):
        read_npz(archive)
    assert not trap.exists()


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"X": np.ones((2, 2))}, "not both there; found 'X'"),
        ({"X": np.ones((2, 2)), "T": np.ones((3, 1))}, "2 inputs but 3 targets"),
        ({"X": np.ones((2, 2)), "T": np.array(["a", "b"])}, "expected numbers"),
        ({"X": np.ones((2, 2)) * 1j, "T": np.ones((2, 1))}, "expected numbers"),
        ({"X": np.float64(1), "T": np.ones((2, 1))}, "expected (N, d)"),
        ({"X": np.ones((0, 2)), "T": np.ones((0, 1))}, "there is no sample"),
        ({"X": np.array([[1, np.nan]]), "T": np.ones((1, 1))}, "X[0, 1] is nan"),
        ({"X": np.ones((1, 2)), "T": np.array([[np.inf]])}, "T[0, 0] is inf"),
        ({"X": np.ones((1, 2)), "T": np.array([-1])}, "Count the classes from 0"),
    ],
)
def test_bad_npz_says_what_is_expected(tmp_path, arrays, said):
    """Missing, of another length, no numbers, not finite."""
    with pytest.raises(DataError) as error:
        read_npz(npz_file(tmp_path, **arrays))
    assert said in str(error.value)


def idx(array: np.ndarray, kind: int) -> bytes:
    """The bytes of an idx file, as its specification says."""
    header = bytes([0, 0, kind, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


@pytest.fixture
def digits():
    stream = np.random.default_rng(0)
    return stream.integers(0, 256, (5, 4, 3), np.uint8), stream.integers(0, 10, 5, np.uint8)


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
def test_idx_files_of_mnist(tmp_path, digits, packed):
    """Images lie flat between 0 and 1, labels are classes; unpacked or gzip."""
    paths = []
    for name, array in zip(("images", "labels"), digits, strict=True):
        data = idx(array, 8)
        paths.append(tmp_path / name)
        paths[-1].write_bytes(gzip.compress(data) if packed else data)
    found = read(str(paths[0]), Network(sizes=[12, 10]), paths[1])
    np.testing.assert_array_equal(found.X, digits[0].reshape(5, 12) / 255)
    np.testing.assert_array_equal(found.T, digits[1])


@pytest.mark.parametrize(("kind", "dtype"), [(9, "i1"), (11, "i2"), (12, "i4"), (13, "f4")])
def test_idx_numbers_other_than_bytes_stay_as_they_are(tmp_path, kind, dtype):
    """Only bytes are scaled."""
    images, labels = tmp_path / "images", tmp_path / "labels"
    images.write_bytes(idx(np.array([[1, -2]], dtype), kind))
    labels.write_bytes(idx(np.array([1], "u1"), 8))
    assert read_idx(images, labels).X.tolist() == [[1, -2]]


def test_bad_idx_files(tmp_path, digits):
    """Magic number, length, number of labels, a cut gzip, images in the place of labels."""
    good = idx(digits[0], 8), idx(digits[1], 8)
    huge = bytes([0, 0, 8, 2]) + struct.pack(">2I", 2**31, 2**31)
    cases = [
        (b"\1\2\3\4", good[1], "starts with 01 02 03 04"),
        (b"", good[1], "starts with nothing"),
        (good[0][:-1], good[1], "its header says 60 bytes of shape (5, 4, 3), there are 59"),
        (good[0] + b"0", good[1], "there are more"),
        (good[0][:6], good[1], "ends inside its header"),
        (gzip.compress(good[0])[:-9], good[1], "cannot be unpacked"),
        (huge, good[1], "at most 2147483648"),
        (good[0], idx(digits[1][:4], 8), "4 labels, but"),
        (good[0], good[0], "has shape (5, 4, 3)"),
        (good[1], good[1], "has 1 axis, expected images"),
        (good[0], idx(np.ones(5, "f4"), 13), "float32, expected a whole number"),
        (idx(np.full((5, 2), np.nan, "f4"), 13), good[1], "X[0, 0] is nan"),
    ]
    images, labels = tmp_path / "images", tmp_path / "labels"
    for first, second, said in cases:
        images.write_bytes(first)
        labels.write_bytes(second)
        with pytest.raises(DataError) as error:
            read_idx(images, labels)
        assert said in str(error.value)


def test_moons_lie_on_two_circles():
    """Without noise: radius 1 around (0, 0) and (1, 1/2), upper half and lower half."""
    data = made("moons(samples=31, noise=0)")
    upper, lower = data.X[data.T == 0], data.X[data.T == 1]
    assert (len(upper), len(lower)) == (15, 16)
    np.testing.assert_allclose(np.hypot(*upper.T), 1)
    np.testing.assert_allclose(np.hypot(*(lower - [1, 0.5]).T), 1)
    assert upper[:, 1].min() >= 0
    assert lower[:, 1].max() <= 0.5


def test_xor_and_sine_without_noise():
    """The truth table in turn; sin(2 pi x) for x in 0 .. 1."""
    data = made("xor(samples=6)")
    assert data.X.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1], [0, 0], [0, 1]]
    assert data.T.tolist() == [0, 1, 1, 0, 0, 1]
    wave = made("sine(samples=50, noise=0)")
    np.testing.assert_array_equal(wave.T, np.sin(2 * np.pi * wave.X))
    assert 0 <= wave.X.min() <= wave.X.max() <= 1


@pytest.mark.parametrize("name", ["moons", "xor", "sine"])
def test_noise_and_seed(name):
    """The noise has its standard deviation; the seed decides alone."""
    call = f"{name}(samples=4000, noise=0.2, seed=%d)"
    noisy, again, other = made(call % 1), made(call % 1), made(call % 2)
    np.testing.assert_array_equal(noisy.X, again.X)
    np.testing.assert_array_equal(noisy.T, again.T)
    assert not np.array_equal(noisy.X, other.X)
    clean = made(f"{name}(samples=4000, noise=0, seed=1)")
    moved = noisy.T - clean.T if name == "sine" else noisy.X - clean.X
    assert abs(moved.std() - 0.2) < 0.01


def test_the_example_is_the_default():
    """Its numbers, or the classes that it gives."""
    data = read(None, worked_example())
    assert (data.X.tolist(), data.T.tolist()) == ([[0.5, 0.3]], [[0.23, -0.07]])
    drawn = Network(
        sizes=[2, 3], activation="identity", loss="cross_entropy", targets="classes",
        example={"seed": 0, "samples": 4},
    )  # fmt: skip
    assert of_example(drawn).T.dtype == np.int64


def test_classes_become_what_the_network_takes():
    """Indices for classes; a column for one output; rows of 0 and 1 for several, which is said."""
    data = made("xor")
    assert fitted(data, CLASSES, "float64")[1].tolist() == [0, 1, 1, 0]
    X, T = fitted(data, TWO, "float32")
    assert (X.dtype, T.dtype, T.tolist()) == (np.float32, np.float32, [[0], [1], [1], [0]])
    rows = fitted(data, Network(sizes=[2, 3]), "float64")[1]
    np.testing.assert_array_equal(rows, np.eye(3)[[0, 1, 1, 0]])
    assert "rows of 3 numbers" in notes(data, Network(sizes=[2, 3]))[0]
    assert notes(data, CLASSES) == ()


def test_a_column_of_whole_numbers_may_be_classes(tmp_path):
    """csv files say nothing of kinds: the network decides."""
    data = read_csv(csv_file(tmp_path, "0,1,2\n1,1,0\n"), CLASSES)
    assert fitted(data, CLASSES, "float64")[1].tolist() == [2, 0]
    three = Network(sizes=[2, 3])
    assert fitted(data, three, "float64")[1].tolist() == [[0, 0, 1], [1, 0, 0]]
    assert class_targets(data, three).tolist() == [2, 0]
    assert class_targets(data, TWO) is None


def test_row_numbers_for_an_embedding():
    """Inputs are rows of the table, and in range."""
    network = Network(inputs=5, layers=(Embedding(3), Dense(1)))
    data = Dataset(np.array([[4.0], [0.0]]), np.array([[1.0], [2.0]]), "rows")
    X, T = fitted(data, network, "float64")
    assert (X.tolist(), X.dtype, T.tolist()) == ([4, 0], np.int64, [[1], [2]])
    with pytest.raises(DataError, match="expected a row of the table"):
        fitted(Dataset(data.X + 1, data.T, "rows"), network, "float64")


@pytest.mark.parametrize(
    ("data", "network", "error", "said"),
    [
        ("sine", TWO, ShapeError, "inputs of shape (100, 1), the network takes (N, 2)"),
        ("moons", Network(sizes=[2, 1], loss="mse"), None, ""),
        ("sine", Network(sizes=[1, 2]), ShapeError, "is a value and no class"),
    ],
)
def test_data_that_does_not_fit(data, network, error, said):
    """Another width is an error that names a network which fits."""
    if error is None:
        assert len(fitted(made(data), network, "float64")[0]) == 100
        return
    with pytest.raises(error) as raised:
        fitted(made(data), network, "float64")
    assert said in str(raised.value)


def test_numbers_too_large_for_float32():
    """1e300 is inf in float32: said, with its place."""
    data = Dataset(np.array([[0.0, 1e300]]), np.array([[1.0]]), "large")
    with pytest.raises(
        DataError, match=r"sample 0, column 1 .*found 1e\+300, too large for float32"
    ):
        fitted(data, TWO, "float32")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("moon", "Did you mean 'moons'?"),
        ("moons(sample=3)", "Did you mean 'samples'?"),
        ("moons(samples=0)", "expected a whole number of at least 1"),
        ("moons(samples=2.5)", "expected a whole number of at least 1"),
        ("moons(noise=-1)", "expected a number of at least 0"),
        ("moons(seed=-1)", "expected a whole number from 0"),
        ("nowhere.csv", "there is no such file"),
        ("no/where.npz", "there is no such file"),
        ("/", "is a folder"),
        ("a\0.csv", "is no path"),
        ("/dev/zero", "is a device"),
        ("/proc/self/mem", "cannot be read"),
    ],
)
def test_unknown_data(text, said):
    """Names, options, and files that are not there or may not be read."""
    with pytest.raises(SymbpError) as error:
        read(text, TWO)
    assert said in str(error.value)


def test_labels_go_with_images_only(tmp_path, digits):
    """--labels without --data, with a csv file, with a data set; and images without labels."""
    path = csv_file(tmp_path, "1,2,3\n")
    for text in (None, str(path), "xor"):
        with pytest.raises(SpecError, match="--labels"):
            read(text, TWO, path)
    images = tmp_path / "images"
    images.write_bytes(idx(digits[0], 8))
    with pytest.raises(SpecError, match="--labels: missing"):
        read(str(images), TWO)
    (tmp_path / "what.txt").write_bytes(b"hello")
    with pytest.raises(DataError, match="no idx file by its first bytes"):
        read(str(tmp_path / "what.txt"), TWO, path)


def test_an_archive_that_is_cut_off(tmp_path):
    """Half of an npz file is no npz file."""
    buffer = io.BytesIO()
    np.savez(buffer, X=np.ones((50, 2)), T=np.ones((50, 1)))
    path = tmp_path / "half.npz"
    path.write_bytes(buffer.getvalue()[:400])
    with pytest.raises(DataError, match=r"is no \.npz file"):
        read_npz(path)
