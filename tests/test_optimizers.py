"""Optimizers: their rows, their emitted updates, and training equal to torch's over 200 steps."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

import mpmath
import numpy as np
import pytest
import sympy as sp

from symbp import Network, catalog, generate
from symbp.choice import resolve_optimizer
from symbp.errors import SpecError
from symbp.form import Form
from symbp.verify.module import load_source
from tests.test_cli import symbp

STEPS = 200
# So small that rounding errors do not grow: where a step is as long whatever the gradient, an
# iteration that jumps to and fro about the minimum doubles them in every step.
RATES = {"sgd": 0.1, "adagrad": 0.1, "rmsprop": 0.002, "adam": 0.005, "adamw": 0.005}
SAMPLES, BATCH = 13, 5  # the last batch of an epoch has 3
NETWORK = Network(sizes=[3, 6, 2], activation=["tanh", "identity"], bias="per-unit", loss="mse")
NAMES = catalog.names("optimizer")
CHANGED = (
    "sgd(weight_decay=0.03)",
    "momentum(momentum=0.7, dampening=0.2)",
    "momentum(momentum=0)",
    "nesterov(momentum=0.6, weight_decay=0.01)",
    "rmsprop(alpha=0.8, eps=0.001)",
    "rmsprop(centered=true)",
    "rmsprop(momentum=0.8, centered=true, weight_decay=0.02)",
    "adagrad(lr_decay=0.05, initial_accumulator_value=0.2, eps=0.001)",
    "adam(beta1=0.8, beta2=0.95, eps=0.0001)",
    "adam(beta1=0, amsgrad=true)",
    "adamw(weight_decay=0.2)",
    "adamw(amsgrad=true, beta1=0.7)",
)
# What `train` is given, and the class of torch's schedule with its options.
SCHEDULES = {
    "constant": ("constant", (), None, {}),
    "step": ("step_decay", (30, 0.5), "StepLR", {"step_size": 30, "gamma": 0.5}),
    "cosine": ("cosine", (150, 0.001), "CosineAnnealingLR", {"T_max": 150, "eta_min": 0.001}),
    "exponential": ("exponential", (0.99,), "ExponentialLR", {"gamma": 0.99}),
}
EVERYTHING = {
    "batch_size": BATCH, "seed": 7, "weight_decay": 0.05, "clip_norm": 0.5, "clip_value": 0.2,
    "schedule": "cosine",
}  # fmt: skip
SINGLE = (
    {"weight_decay": 0.1}, {"clip_norm": 0.3}, {"clip_value": 0.05}, {"batch_size": SAMPLES},
    *({"schedule": name, "batch_size": BATCH} for name in SCHEDULES),
)  # fmt: skip


@cache
def module(optimizer):
    """The module that trains with an optimizer."""
    return loaded(NETWORK, optimizer)


def loaded(network, optimizer):
    """The module of any network."""
    return load_source(generate(network, workspace=True, optimizer=optimizer), "trained")


@cache
def start():
    """Parameters, inputs and targets, drawn anew."""
    random = np.random.RandomState(3)
    params = {n: random.normal(size=s) for n, s in module("sgd").SHAPES.items()}
    return params, random.normal(size=(SAMPLES, 3)), random.normal(size=(SAMPLES, 2))


def trained(optimizer, rate, steps, schedule="constant", **options):
    """Parameters and losses of the module."""
    fast = module(optimizer)
    name, arguments, _, _ = SCHEDULES[schedule]
    function = getattr(fast, name)
    if name != "constant":
        function = function(*arguments)
    return fast.train(*start(), rate, steps, schedule=function, **options)


def orders(batch_size, seed, steps):
    """The rows of each step: all, or a new order in every epoch, cut into batches."""
    if batch_size is None:
        return [np.arange(SAMPLES)] * steps
    rows = []
    epoch = 0
    while len(rows) < steps:
        order = np.random.RandomState([seed, epoch]).permutation(SAMPLES)
        rows += [order[k : k + batch_size] for k in range(0, SAMPLES, batch_size)]
        epoch += 1
    return rows[:steps]


def torch_options(text, weight_decay):
    """Class and keyword arguments of torch's optimizer."""
    import torch

    row = resolve_optimizer(text, "test")
    options = dict(row.torch_options)
    for option in row.options:
        value = dict(row.values)[option.name]
        value = value if isinstance(value, bool) else float(value)
        if option.torch == "betas":
            options["betas"] = (*options.get("betas", ()), value)
        else:
            options[option.name] = value
    if weight_decay is not None:
        options["weight_decay"] = weight_decay
    return getattr(torch.optim, row.torch.rpartition(".")[2]), options


def torch_trained(
    text, rate, steps, batch_size=None, seed=0, weight_decay=None, clip_norm=None,
    clip_value=None, schedule="constant",
):  # fmt: skip
    """Parameters and losses of the same network and training in torch."""
    import torch

    params, X, T = (
        {k: torch.tensor(v, requires_grad=True) for k, v in part.items()}
        if isinstance(part, dict) else torch.tensor(part) for part in start()
    )  # fmt: skip
    kind, options = torch_options(text, weight_decay)
    optimizer = kind(list(params.values()), lr=rate, **options)
    _, _, name, settings = SCHEDULES[schedule]
    scheduler = getattr(torch.optim.lr_scheduler, name)(optimizer, **settings) if name else None
    losses = []
    for rows in orders(batch_size, seed, steps):
        optimizer.zero_grad()
        hidden = torch.tanh(X[rows] @ params["W1"].T + params["b1"])
        output = hidden @ params["W2"].T + params["b2"]
        loss = torch.nn.functional.mse_loss(output, T[rows])
        losses.append(loss.item())
        loss.backward()
        if clip_value is not None:
            torch.nn.utils.clip_grad_value_(params.values(), clip_value)
        if clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(params.values(), clip_norm)
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
    return {name: value.detach().numpy() for name, value in params.items()}, losses


def difference(text, **options):
    """The largest difference from torch, relative to the largest parameter."""
    rate = RATES.get(text.partition("(")[0], 0.02)
    found, losses = trained(text, rate, STEPS, **options)
    wanted, wanted_losses = torch_trained(text, rate, STEPS, **options)
    assert losses[-1] < losses[0]
    np.testing.assert_allclose(losses, wanted_losses, rtol=1e-10, atol=1e-12)
    scale = max(np.max(np.abs(value)) for value in wanted.values())
    return max(np.max(np.abs(found[name] - wanted[name])) for name in wanted) / scale


@pytest.mark.parametrize("text", NAMES)
def test_training_is_torch_s(text):
    """Over 200 steps, each optimizer at its defaults."""
    assert difference(text) <= 1e-12


@pytest.mark.parametrize("text", [*NAMES, *CHANGED])
def test_training_with_everything_is_torch_s(text):
    """With batches, a schedule, weight decay and clipping, at defaults and with options."""
    assert difference(text, **EVERYTHING) <= 1e-12


@pytest.mark.parametrize("options", SINGLE, ids=str)
@pytest.mark.parametrize("text", ["sgd", "adamw"])
def test_each_option_is_torch_s(text, options):
    """Weight decay, clipping, batches and schedules one by one."""
    assert difference(text, **options) <= 1e-12


@pytest.mark.parametrize("text", [*NAMES, *CHANGED])
def test_an_update_is_the_recurrence(text):
    """Three steps against 40 digits, with weight decay, from random states on."""
    row, fast = resolve_optimizer(text, "test"), module(text)
    random = np.random.RandomState(0)
    length = 5
    kept = ("theta", *row.states)
    arrays = {name: random.uniform(0.5, 1, length) for name in kept}
    exact = {name: [mpmath.mpf(v) for v in value] for name, value in arrays.items()}
    numbers = {n: mpmath.mpf(v.numerator) / v.denominator for n, v in row.numbers.items()}
    numbers |= {"learning_rate": mpmath.mpf("0.25"), "weight_decay": mpmath.mpf("0.125")}
    with mpmath.workdps(40):
        for t in (1, 2, 3):
            g = random.normal(size=length)
            numbers |= {"t": t}
            for k in range(length):
                known = numbers | {name: exact[name][k] for name in kept} | {"g": mpmath.mpf(g[k])}
                for name, formula in (*row.decay, *row.update):
                    letters = sorted(formula.free_symbols, key=str)
                    function = sp.lambdify(letters, formula, "mpmath")
                    known[name] = function(*(known[str(letter)] for letter in letters))
                for name in kept:
                    exact[name][k] = known[name]
            state = [arrays["theta"], g, *(arrays[name] for name in row.states)]
            for piece in fast.cut(state, 3):
                fast.update(t, 0.25, 0.125, *piece[: fast.update.__code__.co_argcount - 3])
    for name in kept:
        wanted = np.array([float(v) for v in exact[name]])
        np.testing.assert_allclose(arrays[name], wanted, rtol=1e-14, atol=1e-15)


def test_options_that_are_zero_fall_out():
    """No pass over the parameters multiplies by 0, no state is kept for nothing."""
    assert resolve_optimizer("adam(beta1=0)", "test").states == ("v",)
    assert resolve_optimizer("rmsprop", "test").states == ("v",)
    assert resolve_optimizer("rmsprop(momentum=0.5, centered=true)", "test").states == (
        "v", "mean", "m",
    )  # fmt: skip
    assert "lr_decay" not in generate(NETWORK, workspace=True, optimizer="adagrad")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("adm", "Did you mean 'adam'?"),
        ("adam(beta=0.9)", "column 6: adam has no option 'beta'; known are beta1"),
        ("adam(beta1=1)", "column 12: beta1 is '1', expected a number from 0 up to, but not, 1"),
        ("adam(beta1=x)", "beta1 is 'x'"),
        ("adam(0.9)", "expected an option by name"),
        ("adam(beta1=0.9, beta1=0.8)", "column 17: the option beta1 is given twice"),
        ("adam(", "unknown optimizer 'adam('"),
        ("sgd(momentum=0.9)", "sgd has no option 'momentum'"),
        ("g*theta", "unknown optimizer"),
        ("os.system(a=1)", "unknown optimizer"),
        (3, "expected a name in quotes"),
    ],
)
def test_what_is_no_optimizer_is_refused(text, error):
    """With entry, column and what was expected."""
    with pytest.raises(SpecError, match=r"^--optimizer") as caught:
        generate(NETWORK, workspace=True, optimizer=text)
    assert error in str(caught.value)


def test_files_are_called_by_their_optimizer():
    """All but those of plain gradient descent."""
    assert Form(workspace=True, optimizer=" adam(beta1=0.8)").suffix == "_workspace_adam"
    assert Form(workspace=True).suffix == "_workspace"


def test_list_shows_recurrences_and_sources():
    """Formulas as they are emitted, options with their defaults."""
    text = symbp("list", "optimizer", COLUMNS="200").stdout
    assert "m = beta1*m + g*(1 - beta1)" in text
    assert "arXiv:1412.6980" in text
    assert "weight_decay=0.01" in text
    assert all(name in text for name in NAMES)


def test_modules_are_left_alone_by_the_formatter(tmp_path):
    """With any optimizer."""
    for number, text in enumerate((*NAMES, *CHANGED)):
        source = generate(NETWORK, workspace=True, optimizer=text)
        (tmp_path / f"module{number}.py").write_text(source)
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--diff", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
