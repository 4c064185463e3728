"""The generated module: self-contained, stable, readable, and it says no clearly."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from symbp import generate
from symbp.layers import Dense, LayerNorm, Residual
from symbp.spec import Network
from symbp.verify.module import load_source

NETWORKS = {
    "worked": Network(sizes=[2, 2, 2], name="worked"),
    "classes": Network(
        sizes=[4, 5, 3], activation=["relu", "identity"], bias="per-unit", loss="cross_entropy",
        targets="classes", name="classes",
    ),
    "softmax": Network(
        sizes=[3, 4, 3, 2], activation=["tanh", "softmax", "sigmoid"], bias="shared", loss="mse",
        name="softmax",
    ),
    "soft_targets": Network(
        sizes=[3, 4], activation="identity", loss="cross_entropy", name="soft_targets"
    ),
    "residual": Network(
        inputs=4, loss="mse", reduction="sum", name="residual",
        layers=(Dense(5, "tanh", "per-unit"), LayerNorm(), Dense(5, "relu"), Residual(1), Dense(3)),
    ),
    "tied": Network(
        inputs=3, layers=(Dense(3, "tanh"), Dense(3, "tanh", weight="W1")), name="tied"
    ),
    "deep": Network(sizes=[6] * 12, activation="tanh", bias="per-unit", name="deep"),
}  # fmt: skip


def load(source: str, folder: Path, name: str) -> ModuleType:
    """Import generated source from a file, as a user does."""
    import importlib.util

    path = folder / f"{name}.py"
    path.write_text(source)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(params=NETWORKS)
def network(request):
    return NETWORKS[request.param]


@pytest.fixture
def module(network, tmp_path):
    return load(generate(network), tmp_path, network.name)


def draw(network: Network, samples: int, dtype: type) -> tuple[dict, np.ndarray, np.ndarray]:
    """Random parameters, inputs and targets."""
    stream = np.random.default_rng(samples)
    params = {n: stream.normal(size=s).astype(dtype) for n, s in network.parameters.items()}
    X = stream.normal(size=(samples, network.inputs)).astype(dtype)
    if network.targets == "classes":
        return params, X, stream.integers(0, network.widths[-1], samples)
    return params, X, stream.normal(size=(samples, network.widths[-1])).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("samples", [1, 2, 7])
def test_dtype_and_shape_stay(network, module, dtype, samples):
    """Every value and gradient keeps the dtype; shapes are the declared ones for any batch."""
    params, X, T = draw(network, samples, dtype)
    before = {name: value.copy() for name, value in params.items()}
    values = module.forward(params, X)
    E, grads = module.loss_and_gradients(params, X, T)
    assert {np.asarray(v).dtype for v in [*values.values(), *grads.values(), E]} == {
        np.dtype(dtype)
    }
    assert {name: np.shape(g) for name, g in grads.items()} == dict(network.parameters)
    assert module.loss(params, X, T) == E
    after, losses = module.train(params, X, T, 0.01, 3)
    assert losses[0] == E
    assert {v.dtype for v in [*after.values(), losses]} == {np.dtype(dtype)}
    assert all(np.array_equal(before[name], params[name]) for name in params)


def test_batch_is_the_sum_of_its_samples(network, module):
    """With the reduction undone, the gradient of a batch is the sum over its samples."""
    params, X, T = draw(network, 4, np.float64)
    _, whole = module.loss_and_gradients(params, X, T)
    parts = [module.loss_and_gradients(params, X[k : k + 1], T[k : k + 1])[1] for k in range(4)]
    scale = 4 if network.reduction == "mean" else 1
    for name, grad in whole.items():
        total = sum(part[name] for part in parts)
        np.testing.assert_allclose(grad * scale, total, rtol=1e-12, atol=1e-13)


def test_it_imports_numpy_and_nothing_else(network):
    """One import statement in the whole module."""
    tree = ast.parse(generate(network))
    imports = [n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in imports] == ["import numpy as np"]


def test_no_temporaries_and_every_line_has_shape_and_number(network):
    """Names are those of the derivation; each computed line says its shape and line number."""
    source = generate(network)
    assert "_tmp" not in source
    body = source.split("def forward")[1].split("def sgd_step")[0].splitlines()
    for k, line in enumerate(body):
        computed = line.startswith("    ") and " = " in line and "values = " not in line
        if (
            computed
            and "params[" not in line
            and "len(X)" not in line
            and not line.startswith("     ")
        ):
            assert "# (" in line or "# (" in body[k - 1], line


@pytest.mark.parametrize("style", ["array", "scalar"])
def test_the_formatter_finds_nothing(network, tmp_path, style):
    """`ruff format` as it comes leaves the module alone."""
    path = tmp_path / "module.py"
    path.write_text(generate(network, style))
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--diff", path]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_same_bytes_in_every_process():
    """Neither hash order nor time reaches the output."""
    program = (
        "import symbp, hashlib; net = symbp.Network(sizes=[3, 4, 4, 2], bias='per-unit',"
        "loss='cross_entropy', activation=['tanh', 'softmax', 'identity']);"
        "print(hashlib.sha256(symbp.generate(net).encode()).hexdigest())"
    )
    hashes = {
        subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "1", "2")
    }  # fmt: skip
    assert len(hashes) == 1


def test_it_runs_alone_and_prints_the_worked_numbers(tmp_path):
    """`python -I worked.py` needs no symbp and prints what the reference says."""
    network = Network(
        sizes=[2, 2, 2],
        example={"x": ["0.5", "0.3"], "y": ["0.23", "-0.07"],
                 "weights": ["0.2", "-0.4", "0.5", "0.6", "0.1", "-0.5", "-0.3", "0.8"]},
    )  # fmt: skip
    path = tmp_path / "alone.py"
    path.write_text(generate(network))
    done = subprocess.run([sys.executable, "-I", path], capture_output=True, text=True, check=True)
    for number in ("0.20970979", "0.47694576 0.5286964", "-0.00842148", "0.08386610", "0.20842148"):
        assert number.rstrip("0") in done.stdout


BAD_CALLS = {
    "missing": (KeyError, lambda p, X, T: ({k: v for k, v in p.items() if k != "W1"}, X, T)),
    "expected (4": (ValueError, lambda p, X, T: ({**p, "W1": p["W1"][:, :1]}, X, T)),
    "expected (N": (ValueError, lambda p, X, T: (p, X[0], T)),
    "but X is": (TypeError, lambda p, X, T: ({**p, "W1": p["W1"].astype(np.float32)}, X, T)),
    "expected float32 or float64": (TypeError, lambda p, X, T: (p, X.astype(int), T)),
    "T has shape": (ValueError, lambda p, X, T: (p, X, T[:, 0])),
    "T is float32": (TypeError, lambda p, X, T: (p, X, T.astype(np.float32))),
}  # fmt: skip


@pytest.mark.parametrize("text", BAD_CALLS)
def test_wrong_arrays_are_refused(text, tmp_path):
    """Shapes that would broadcast and dtypes that would promote are errors, not results."""
    network = Network(sizes=[3, 4, 2], name="refuse")
    module = load(generate(network), tmp_path, "refuse")
    error, spoil = BAD_CALLS[text]
    with pytest.raises(error) as caught:
        module.loss_and_gradients(*spoil(*draw(network, 5, np.float64)))
    assert text in str(caught.value)


@pytest.mark.parametrize("bad", [[5], [-1]])
def test_classes_out_of_range_are_refused(bad, tmp_path):
    """A class that does not exist is an error, not the last column."""
    network = NETWORKS["classes"]
    module = load(generate(network), tmp_path, "classes")
    params, X, _ = draw(network, 1, np.float64)
    with pytest.raises(ValueError, match="class outside"):
        module.loss(params, X, np.array(bad))


def test_titles_stay_text(tmp_path):
    """Quotes, backslashes, template and TeX code in a title arrive as harmless text."""
    title = '"""\nimport os\n{{ 1 }} {% raw %} \\input{x} \\ \x00 é'
    network = Network(sizes=[1, 1], title=title, name="titled")
    module = load(generate(network), tmp_path, "titled")
    assert module.__doc__ is not None
    assert "{{ 1 }}" in module.__doc__
    assert not hasattr(module, "os")


def test_large_logits_stay_finite(tmp_path):
    """The shifted softmax gives the right loss where exp overflows; no warning is raised."""
    network = Network(sizes=[1, 3], activation="identity", loss="cross_entropy", targets="classes")
    module = load(generate(network), tmp_path, "network")
    params = {"W1": np.array([[1e4], [0.0], [-1e4]])}
    E, grads = module.loss_and_gradients(params, np.array([[1.0]]), np.array([1]))
    assert E == 1e4
    np.testing.assert_array_equal(grads["W1"], [[1.0], [-1.0], [0.0]])


@pytest.mark.parametrize(
    ("options", "target"),
    [
        ({"loss": "bce", "activation": "sigmoid"}, [0.5, 0.25, 0.75]),
        ({"loss": "cross_entropy(label_smoothing=0.1)"}, [0.0, 1.0, 0.0]),
        ({"loss": "cross_entropy(label_smoothing=0.1)", "targets": "classes"}, 1),
        ({"loss": "cross_entropy(weight=[1, 2, 3], label_smoothing=0.1)", "targets": "classes"}, 1),
    ],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_gradient_of_a_sure_and_wrong_prediction_divides_by_nothing(options, target, dtype):
    """Where a probability rounds to 0 or 1, the gradient stays right: nothing is divided by it."""
    network = Network(**{"sizes": [1, 3], "activation": "identity", "bias": "per-unit", **options})
    module = load_source(generate(network), "sure")
    params = {k: v * 0 if k in ("W1", "b1") else v for k, v in module.example(dtype)[0].items()}
    params["b1"] = np.array([2000.0, -2000.0, 1000.0], dtype)
    x, t = np.zeros((1, 1), dtype), np.array([target])
    with np.errstate(all="ignore"):  # the loss itself is infinite at p = 1 and t < 1
        _, gradients = module.loss_and_gradients(params, x, t if t.ndim == 1 else t.astype(dtype))
    if options["loss"] == "bce":
        expected = (np.array([1.0, 0.0, 1.0]) - target) / 3
    else:
        weight = np.array([1.0, 2.0, 3.0]) / 2 if "weight" in options["loss"] else np.ones(3)
        smooth = weight * (0.9 * np.array([0.0, 1.0, 0.0]) + 0.1 / 3)
        expected = np.array([1.0, 0.0, 0.0]) * smooth.sum() - smooth
    np.testing.assert_allclose(gradients["b1"], expected, rtol=1e-6)
