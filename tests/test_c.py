"""C modules: the plain module's numbers, no warning from any compiler, and clear refusals."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import subprocess
import warnings
from functools import cache
from pathlib import Path

import mpmath
import numpy as np
import pytest

from symbp import Network, catalog, generate, pipeline
from symbp.backends.c_code import comment
from symbp.backends.c_kernels import DOUBLE_ERROR, FLOAT_ERROR
from symbp.errors import SpecError
from symbp.form import Form
from symbp.spec_file import read_with_flags
from symbp.verify.module import load_source
from symbp.verify.random_networks import random_network

EXAMPLES = sorted((Path(__file__).resolve().parent.parent / "examples").glob("*.toml"))
TOLERANCE = {np.float64: 1e-12, np.float32: 2e-5}
WARNINGS = ("-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-Wdouble-promotion")
COMPILERS = [c for c in ("gcc", "clang") if shutil.which(c)]
WORKED = read_with_flags(None, {})


def module(network):
    """The C module, compiled without optimisation: that takes a fraction of the time."""
    return _module(tuple(pipeline.files(network, Form(target="c")).items()))


@cache
def _module(files):
    loaded = load_source(dict(files), "c")
    loaded.library = cache(lambda n, dtype: loaded.Library(n, dtype, flags=("-O0",)))
    return loaded


def many(X, T, dtype):
    """Numbers beyond both bends of an activation, and targets in (0, 1)."""
    random = np.random.RandomState(1)
    X = 2 * random.normal(size=(48, X.shape[1])).astype(dtype)
    return X, random.uniform(0.05, 0.95, size=(48, T.shape[1])).astype(dtype)


def largest(values):
    """The largest absolute value, of all arrays."""
    return max(float(np.max(np.abs(v), initial=0.0)) for v in values)


def error(network, dtype, samples=None):
    """The largest difference to the plain module, in loss and gradients, of the largest entry."""
    plain, c = load_source(generate(network), "plain"), module(network)
    params, X, T, _ = plain.example(dtype)
    if samples is not None:
        X, T = samples(X, T, dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        E, wanted = plain.loss_and_gradients(params, X, T)
        losses = np.asarray(plain.loss(params, X, T))
    found_E, found = c.loss_and_gradients(params, X, T)
    assert found.keys() == wanted.keys()
    assert all(found[n].dtype == dtype and found[n].shape == g.shape for n, g in wanted.items())
    scale = largest(wanted.values()) or 1.0
    gradients = largest(found[n] - g for n, g in wanted.items()) / scale
    loss = np.asarray(c.loss(params, X, T))
    assert loss.shape == losses.shape
    whole = abs(float(found_E) - float(E)) / (abs(float(E)) or 1.0)
    return max(gradients, whole, largest([loss - losses]) / (largest([losses]) or 1.0))


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_the_examples_give_the_numbers_of_the_plain_module(path, dtype):
    """Norms, tables, masks, layers of one's own."""
    assert error(read_with_flags(path, {}), dtype) <= TOLERANCE[dtype]


@pytest.mark.parametrize("seed", [*range(13), *range(14, 22)])  # 13 needs a long search
def test_random_networks_give_the_numbers_of_the_plain_module(seed):
    """Residuals, shared and frozen weights, trained numbers, every reduction."""
    assert error(random_network(seed), np.float64) <= TOLERANCE[np.float64]


@pytest.mark.parametrize("accuracy", ["fast", "full"])
def test_every_activation_gives_the_numbers_of_the_plain_module(accuracy):
    """All in one network, each on a layer of its own; beyond both bends."""
    for row in catalog.ACTIVATIONS:
        if any(o.default is None for o in row.options):
            continue
        name = row.name
        network = Network(
            name=f"with_{name}", sizes=[3, 4, 2], activation=name, accuracy=accuracy
        )  # fmt: skip
        assert error(network, np.float64, many) <= TOLERANCE[np.float64], name


@pytest.mark.parametrize("accuracy", ["fast", "full"])
def test_every_loss_gives_the_numbers_of_the_plain_module(accuracy):
    """Behind a sigmoid, which every loss takes; with logits the sigmoid is in the loss."""
    for row in catalog.LOSSES:
        targets = "classes" if row.name in ("cross_entropy", "nll", "focal") else "values"
        options = {"sizes": [3, 4, 3], "loss": row.name}
        natural = {"bce_with_logits": "identity", "focal": "softmax"}  # elsewhere, a long search
        last = natural.get(row.name, "sigmoid")
        options["activation"] = ["tanh", last]
        try:
            network = Network(**options, accuracy=accuracy, targets=targets)
        except SpecError:
            network = Network(**options, accuracy=accuracy)
        assert error(network, np.float64) <= TOLERANCE[np.float64], row.name


@pytest.mark.parametrize("name", [None, "layernorm_residual", "embedding", "dropout"])
def test_training_is_that_of_the_plain_module(name):
    """Parameters and losses after some steps; frozen ones stay."""
    network = read_with_flags(name and EXAMPLES[0].with_name(f"{name}.toml"), {})
    plain, c = load_source(generate(network), "plain"), module(network)
    params, X, T, _ = plain.example()
    wanted, losses = plain.train(params, X, T, 0.1, 7)
    before = {n: p.copy() for n, p in params.items()}
    found, found_losses = c.train(params, X, T, 0.1, 7)
    np.testing.assert_allclose(found_losses, losses, rtol=1e-12)
    for n in wanted:
        np.testing.assert_allclose(found[n], wanted[n], rtol=1e-11, atol=1e-13)
        assert np.array_equal(params[n], before[n])


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("name", [None, "rms_norm", "worked_relu_cross_entropy"])
def test_a_sweep_gives_the_numbers_of_each_run(name, own):
    """Runs side by side, more than the lanes, with weights of their own or the same."""
    network = read_with_flags(name and EXAMPLES[0].with_name(f"{name}.toml"), {})
    c = module(network)
    params, X, T, _ = c.example()
    rates = np.linspace(0, 0.5, 19)
    if own:
        params = {n: np.stack([p * (1 + k / 50) for k in range(19)]) for n, p in params.items()}
    found, losses = c.sweep(params, X, T, rates, 5, threads=2)
    assert losses.shape == (5, 19)
    for run, rate in enumerate(rates):
        start = {n: p[run] for n, p in params.items()} if own else params
        wanted, each = c.train(start, X, T, rate, 5)
        np.testing.assert_allclose(losses[:, run], each, rtol=1e-12)
        for n in wanted:
            np.testing.assert_allclose(found[n][run], wanted[n], rtol=1e-11, atol=1e-13)


def test_verify_passes():
    """Against torch, arbitrary precision and differences, at the same tolerances."""
    assert pipeline.verify(WORKED, form=Form(target="c")).passed


@pytest.mark.parametrize("single", [0, 1])
@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("seed", [None, 4, 7, 12])
def test_no_compiler_warns(compiler, single, seed, tmp_path):
    """C99 with all warnings as errors, for double and float."""
    network = WORKED if seed is None else random_network(seed)
    files = pipeline.files(network, Form(target="c"))
    for name, text in files.items():
        (tmp_path / name).write_text(text)
        assert text.isascii()
        assert name.endswith("py") or max(map(len, text.splitlines())) < 120
    main = next(iter(files))
    macros = [f"-D{network.name.upper()}_FLOAT={single}", f"-D{network.name.upper()}_N=3"]
    command = [compiler, *WARNINGS, "-O1", *macros, "-c", main, "-o", "module.o"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not re.search(r"\b(malloc|calloc|realloc|free|printf)\b", files[main])


def test_gcc_is_there():
    """Without a compiler nothing above would be tested."""
    assert "gcc" in COMPILERS


@pytest.mark.parametrize(
    "title", ["*/ int x; /*", "??/ ??' trigraphs", "网络 \\", "two\nlines // /* \\", "%s {{ 7 }}"]
)
def test_a_title_stays_in_its_comment(title):
    """Whatever it is: the code is the same, and a compiler finds nothing."""
    network = Network(name="worked_example", title=title, sizes=[2, 2, 2])
    plain = Network(name="worked_example", sizes=[2, 2, 2])
    odd, usual = ("\n".join(module_text(n)) for n in (network, plain))
    assert re.sub(r"/\*.*?\*/", "", odd, flags=re.DOTALL) == re.sub(
        r"/\*.*?\*/", "", usual, flags=re.DOTALL
    )
    assert odd.isascii()
    assert "??" not in odd
    assert error(network, np.float64) <= TOLERANCE[np.float64]


def module_text(network):
    """The C files."""
    return [t for n, t in pipeline.files(network, Form(target="c")).items() if n[-2:] != "py"]


def test_comments_are_cut_at_words():
    """Long ones, over several lines."""
    found = comment("a word " * 40, 1)
    assert len(found) > 3
    assert all(len(line) <= 88 for line in found)
    assert found[0].startswith("    /* a word")
    assert found[-1].endswith("*/")


@pytest.mark.parametrize("flags", [(), ("-march=native", "-ffp-contract=fast")], ids=["c", "fma"])
@pytest.mark.parametrize(("dtype", "most"), [(np.float64, DOUBLE_ERROR), (np.float32, FLOAT_ERROR)])
def test_the_exponential_is_right(dtype, most, flags, tmp_path):
    """Against mpmath, in ULP, down to the smallest subnormal; infinities and NaN as libm's."""
    single = dtype == np.float32
    real = "float" if single else "double"
    name = next(iter(pipeline.files(WORKED, Form(target="c"))))
    for file, text in pipeline.files(WORKED, Form(target="c")).items():
        (tmp_path / file).write_text(text)
    loop = "for (long k = 0; k < n; k++) y[k] = exponential(x[k]);"
    own = f"void many(long n, const {real} *x, {real} *y) {{ {loop} }}"
    (tmp_path / "many.c").write_text(f'#include "{name}"\n{own}\n')
    command = ["gcc", "-std=c99", "-O2", *flags, f"-DWORKED_EXAMPLE_FLOAT={int(single)}"]
    command += ["-shared", "-fPIC", "many.c", "-o", "many.so", "-lm"]
    subprocess.run(command, cwd=tmp_path, check=True)
    many_of = ctypes.CDLL(str(tmp_path / "many.so")).many

    def exponentials(x):
        y = np.empty_like(x)
        many_of(ctypes.c_long(len(x)), *(ctypes.c_void_p(a.ctypes.data) for a in (x, y)))
        return y

    random = np.random.RandomState(0)
    low, high, ends = (-103.9, 88.7, -87.0) if single else (-745.0, 709.7, -708.0)
    x = np.concatenate(
        [random.uniform(*i, 1500) for i in ((-1, 1), (low, high), (low, ends), (-0.35, 0.35))]
    ).astype(dtype)
    y = exponentials(x)
    with mpmath.workprec(120):
        for argument, value in zip(x.tolist(), y.tolist(), strict=True):
            true = mpmath.exp(mpmath.mpf(argument))
            unit = float(np.spacing(max(dtype(float(true)), np.finfo(dtype).tiny)))
            assert abs(value - true) <= most * unit, argument
    with np.errstate(over="ignore"):
        odd = np.array([np.inf, -np.inf, np.nan, 0.0, -0.0, 1e30, -1e30], dtype)
    np.testing.assert_array_equal(exponentials(odd), [np.inf, 0, np.nan, 1, 1, np.inf, 0])


BAD = [
    (lambda p, X, T: (p, X.astype(np.float32), T), TypeError, "W1 is float64 but X is float32"),
    (lambda p, X, T: (p, X[:, :1], T), ValueError, r"X has shape \(1, 1\), expected \(N, 2\)"),
    (lambda p, X, T: (p, X, T[:, :1]), ValueError, r"T has shape \(1, 1\)"),
    (lambda p, X, T: (p, X[:0], T[:0]), ValueError, "no samples"),
    (lambda p, X, T: ({"W1": p["W1"]}, X, T), KeyError, "parameter W2 is missing"),
    (lambda p, X, T: (p | {"W1": p["W1"][:1]}, X, T), ValueError, "W1 has shape"),
]


@pytest.mark.parametrize(("change", "kind", "text"), BAD, ids=[b[2][:12] for b in BAD])
def test_bad_input_is_refused(change, kind, text):
    """One clear error each, before anything is computed; parameters are as they were."""
    c = module(WORKED)
    params, X, T, rate = c.example()
    before = {n: p.copy() for n, p in params.items()}
    given = change(params, X, T)
    for call in (c.loss, c.loss_and_gradients):
        with pytest.raises(kind, match=text):
            call(*given)
    with pytest.raises(kind, match=text):
        c.train(*given, rate, 2)
    assert all(np.array_equal(params[n], before[n]) for n in before)


def test_other_bad_input_is_refused():
    """Classes out of range, steps, rates, runs, a compiler that is none or fails."""
    c = module(read_with_flags(EXAMPLES[0].with_name("worked_relu_cross_entropy.toml"), {}))
    params, X, T, _ = c.example()
    if T.dtype.kind == "i":
        with pytest.raises(ValueError, match="class outside"):
            c.loss(params, X, T + 9)
    with pytest.raises(ValueError, match="-1 steps"):
        c.train(params, X, T, 0.1, -1)
    with pytest.raises(ValueError, match="learning_rates has shape"):
        c.sweep(params, X, T, 0.1, 3)
    several = {n: np.stack([p, p]) for n, p in params.items()}
    with pytest.raises(ValueError, match="is for 2 runs"):
        c.sweep(several, X, T, np.ones(3), 3)
    with pytest.raises(RuntimeError, match="no C compiler 'no-such-cc'"):
        c.Library(1, compiler="no-such-cc")
    with pytest.raises(RuntimeError, match="failed:"):
        c.Library(1, flags=("-no-such-flag",))
    with pytest.raises(TypeError, match="expected float32 or float64"):
        c.Library(1, np.float16)


def test_what_lies_across_is_copied():
    """Strided and read-only arrays give the same numbers."""
    c = module(WORKED)
    params, X, T, _ = c.example()
    odd = {n: np.asfortranarray(p) for n, p in params.items()}
    wide = np.repeat(X, 2, axis=1)[:, ::2]
    wide.flags.writeable = False
    assert c.loss(odd, wide, T) == c.loss(params, X, T)


def test_a_library_is_compiled_once(tmp_path, monkeypatch):
    """In a folder of the user's; $CC names the compiler."""
    c = module(WORKED)
    monkeypatch.setenv("CC", "gcc")
    first = c.Library(2, folder=tmp_path, flags=("-O1",)).path
    made = os.stat(first).st_mtime_ns
    assert c.Library(2, folder=tmp_path, flags=("-O1",)).path == first
    assert os.stat(first).st_mtime_ns == made
    assert c.Library(3, folder=tmp_path, flags=("-O1",)).path != first
