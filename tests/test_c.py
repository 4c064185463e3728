"""C modules: the plain module's numbers, no warning from any compiler, and clear refusals."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import subprocess
import warnings
from fractions import Fraction
from functools import cache, partial
from math import inf
from pathlib import Path

import mpmath
import numpy as np
import pytest
import sympy as sp

from symbp import Network, catalog, generate, pipeline
from symbp.backends.c_bounds import bounds
from symbp.backends.c_code import comment
from symbp.backends.c_functions import both
from symbp.backends.c_kernels import DOUBLE_ERROR, FLOAT_ERROR, helpers
from symbp.errors import SpecError
from symbp.form import Form
from symbp.spec_file import read_with_flags
from symbp.stable.store import stable
from symbp.stable.writer import X
from symbp.tree import ONE, Call, Name, Number, Product, Sum
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


def compiled(folder, text, single, flags=()):
    """A library of some C, with the C modules' own macros and kernels before it."""
    float_, mark = ("float", "x##f") if single else ("double", "x")
    head = ["#include <math.h>", "#include <stdint.h>", "#include <string.h>"]
    head += [
        f"#define NET_FLOAT {int(single)}",
        f"#define REAL(x) {mark}",
        f"typedef {float_} real;",
    ]
    (folder / "many.c").write_text("\n".join([*head, helpers(text, "NET"), text, ""]))
    command = ["gcc", "-std=c99", "-O2", *flags, "-shared", "-fPIC", "many.c", "-o", "many.so"]
    subprocess.run([*command, "-lm"], cwd=folder, check=True)
    return ctypes.CDLL(str(folder / "many.so"))


def called(function, x, results=1):
    """Arrays that a C function fills, like x."""
    found = [np.empty_like(x) for _ in range(results)]
    function(ctypes.c_long(len(x)), *(ctypes.c_void_p(a.ctypes.data) for a in (x, *found)))
    return found if results > 1 else found[0]


def ulp(true, value, dtype):
    """The error in units in the last place of a true number, subnormal or not."""
    unit = np.spacing(max(abs(dtype(float(true))), np.finfo(dtype).tiny))
    return float(abs(mpmath.mpf(float(value)) - true) / float(unit))


FLAGS = pytest.mark.parametrize(
    "flags", [(), ("-march=native", "-ffp-contract=fast")], ids=["c", "fma"]
)


@FLAGS
@pytest.mark.parametrize(("dtype", "most"), [(np.float64, DOUBLE_ERROR), (np.float32, FLOAT_ERROR)])
@pytest.mark.parametrize(("name", "sign"), [("exponential", 1), ("decay", -1)])
def test_the_exponentials_are_right(name, sign, dtype, most, flags, tmp_path):
    """Against mpmath, in ULP, down to the smallest subnormal; infinities and NaN as libm's."""
    single = dtype == np.float32
    loop = f"for (long k = 0; k < n; k++) y[k] = {name}(x[k]);"
    text = f"void many(long n, const real *x, real *y) {{ {loop} }}"
    exponentials = partial(called, compiled(tmp_path, text, single, flags).many)
    low, high, ends = (-103.9, 88.7, -87.0) if single else (-745.0, 709.7, -708.0)
    random = np.random.RandomState(0)
    ranges = ((-1, 1), (low, high), (low, ends), (-0.35, 0.35))
    x = np.concatenate([random.uniform(*i, 1500) for i in ranges]).astype(dtype)
    x = np.concatenate([x, np.array([0, low, -745.13, -745.14, -746, -104], dtype)])
    x = x if sign > 0 else -x[x <= 0]
    with mpmath.workprec(120):
        for argument, value in zip(x.tolist(), exponentials(x), strict=True):
            true = mpmath.exp(sign * mpmath.mpf(argument))
            assert ulp(true, value, dtype) <= most, argument
    odd = np.array([-np.inf, np.nan, 0.0, -0.0, -1e30, np.inf, 1e30], dtype)[: 7 if sign > 0 else 5]
    wanted = np.array([0, np.nan, 1, 1, 0, np.inf, np.inf])[: len(odd)]
    np.testing.assert_array_equal(exponentials(sign * odd), wanted)


@FLAGS
@pytest.mark.parametrize("name", ["sigmoid", "tanh"])
def test_a_function_and_its_slope_are_as_good_as_they_say(name, flags, tmp_path):
    """In double, against mpmath: the stable form's error and what the reciprocal adds."""
    formula = {"sigmoid": 1 / (1 + sp.exp(-X)), "tanh": sp.tanh(X)}[name]
    forms = [stable(f, "fast") for f in (formula, sp.diff(formula, X))]
    source = "\n".join(both("pair", ("f", "g"), *forms, True))
    assert "reciprocal taken once adds at most 2 ULP" in " ".join(source.replace("*", "").split())
    loop = "for (long k = 0; k < n; k++) y[k] = pair(x[k], &slope[k]);"
    text = f"{source}\nvoid many(long n, const real *x, real *y, real *slope) {{ {loop} }}"
    random = np.random.RandomState(0)
    x = np.concatenate([random.uniform(-s, s, 1000) for s in (1, 20, 745)])
    found = called(compiled(tmp_path, text, single=False, flags=flags).many, x, results=2)
    true = {
        "sigmoid": (lambda z: 1 / (1 + mpmath.exp(-z)), lambda z: 1 / (2 + 2 * mpmath.cosh(z))),
        "tanh": (mpmath.tanh, lambda z: mpmath.sech(z) ** 2),
    }[name]
    with mpmath.workprec(120):
        for values, f, form in zip(found, true, forms, strict=True):
            worst = max(
                ulp(f(mpmath.mpf(a)), v, np.float64) for a, v in zip(x, values, strict=True)
            )
            assert worst <= form.double.ulp + 2


x_ = Name("x")
BOUNDS = [
    (Call("abs", (x_,)), (0, inf)),
    (Sum(((1, ONE), (1, Call("decay", (Call("abs", (x_,)),))))), (1, 2)),
    (Sum(((1, ONE), (-1, Call("decay", (Call("abs", (x_,)),))))), (0, 1)),
    (Product(-1, (Number(Fraction(2)), Call("minimum", (Call("abs", (x_,)), ONE)))), (-2, 0)),
    (Call("exp", (Call("maximum", (x_, ONE)),)), (0, inf)),
    (Call("clip", (x_, Number(Fraction(-3)), ONE)), (-3, 1)),
    (Product(1, (ONE,), (x_,)), (-inf, inf)),
]


@pytest.mark.parametrize(("node", "wanted"), BOUNDS)
def test_bounds_hold(node, wanted):
    """Of a name that can be anything."""
    assert bounds(node, {}) == wanted


def test_a_reciprocal_is_taken_in_fast_modules_only():
    """And only where a denominator that is surely between 1 and 2 divides several times."""
    for name, accuracy, taken in [
        ("sigmoid", "fast", True), ("sigmoid", "full", False), ("softsign", "fast", False),
        ("mish", "fast", False),
    ]:  # fmt: skip
        network = Network(sizes=[2, 3, 2], activation=name, accuracy=accuracy)
        files = pipeline.files(network, Form(target="c"))
        assert ("inverse" in files[next(iter(files))]) == taken, (name, accuracy)


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


def test_gaps_are_refused_and_what_is_only_read_may_be_read_only():
    """As in modules with a workspace; parameters are copied, so they may lie in any order."""
    c = module(WORKED)
    params, X, T, _ = c.example()
    wanted = c.loss(params, X, T)
    odd = {n: np.asfortranarray(p) for n, p in params.items()}
    for array in (X, T, *odd.values()):
        array.flags.writeable = False
    assert c.loss(odd, X, T) == wanted
    for name, given in (("X", (np.repeat(X, 2, axis=1)[:, ::2], T)),
                        ("T", (X, np.repeat(T, 2, axis=1)[:, ::2]))):  # fmt: skip
        with pytest.raises(ValueError, match=f"{name} is not contiguous"):
            c.loss_and_gradients(params, *given)


def test_a_library_is_compiled_once(tmp_path, monkeypatch):
    """In a folder of the user's; $CC names the compiler."""
    c = module(WORKED)
    monkeypatch.setenv("CC", "gcc")
    first = c.Library(2, folder=tmp_path, flags=("-O1",)).path
    made = os.stat(first).st_mtime_ns
    assert c.Library(2, folder=tmp_path, flags=("-O1",)).path == first
    assert os.stat(first).st_mtime_ns == made
    assert c.Library(3, folder=tmp_path, flags=("-O1",)).path != first
