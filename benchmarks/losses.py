"""Errors of element-wise losses and of their gradients, beside torch.

Input: names of losses.  Output: rows of cells.  The truth is written here term by term for mpmath,
apart from symbp's formulas.  The unit is that of the largest term, and for a value at least what
half a rounding of the prediction changes, which counts where a logarithm crosses zero.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np

from benchmarks.cell import Cell
from symbp import Network, generate
from symbp.choice import resolve_activation, resolve_loss
from symbp.verify.module import load_source
from symbp.verify.torch_forms import torch_activation, torch_loss

Array = np.ndarray
Number = Any  # mpmath.mpf
Terms = tuple[Sequence[Number], Sequence[Number]]  # of the loss, of its gradient
BITS = 2400  # cosh of 2**-1000 is 1 + 2**-2001
EPS = mpmath.mpf(10) ** -8
ZERO = mpmath.mpf(0)


@dataclass(frozen=True)
class Subject:
    """A loss of one number at a time.

    Args:
        name: For the table.
        loss: As in a spec.
        output: Activation in front of it.
        terms: Terms of the loss and of its gradient by what the activation gets.
        p: Predictions, or what the activation gets.
        t: Targets that each meets.
    """

    name: str
    loss: str
    output: str
    terms: Callable[[Number, Number], Terms]
    p: Array
    t: tuple[float, ...]

    def pairs(self, dtype: type[np.floating]) -> tuple[Array, Array]:
        """Every prediction with every target."""
        with np.errstate(over="ignore", under="ignore"):
            p, t = self.p.astype(dtype), np.array(self.t).astype(dtype)
        p = p[np.isfinite(p)]
        return np.repeat(p, len(t)), np.tile(t, len(p))


def subjects(count: int = 60) -> Iterator[Subject]:
    """The element-wise losses of the catalogue that are more than a power of p - t."""
    stream = np.random.default_rng(1)
    powers = np.exp2(stream.uniform(-1000, 1000, count))
    far = stream.uniform(-800, 800, count)
    real = np.concatenate([stream.uniform(-50, 50, count), far, powers, -powers, [0.0]])
    small = np.exp2(stream.uniform(-1000, 0, count))
    sides = [small, 1 - np.exp2(stream.uniform(-52, 0, count))]
    share = np.concatenate([stream.uniform(size=count), *sides, [0.0, 1.0]])
    labels = (0.0, 1.0, 0.25, 0.9, 1e-9)
    yield Subject("bce", "bce", "identity", _bce, share, labels)
    yield Subject("bce(sigmoid)", "bce", "sigmoid", _with_logits, real, labels)
    yield Subject("bce_with_logits", "bce_with_logits", "identity", _with_logits, real, labels)
    yield Subject("focal", "focal", "identity", _focal, real, labels)
    yield Subject("kl_div", "kl_div", "identity", _kl_div, real, (0.0, 0.25, 1.0, 1e-30))
    counts = (0.0, 1.0, 7.0, 1000.0)
    yield Subject("poisson_nll", "poisson_nll", "identity", _poisson, real, counts)
    plain = "poisson_nll(log_input=false)"
    yield Subject(plain, plain, "identity", _poisson_plain, np.abs(real), counts)
    yield Subject("soft_margin", "soft_margin", "identity", _soft_margin, real, (-1.0, 1.0))
    yield Subject("log_cosh", "log_cosh", "identity", _log_cosh, real, (0.0, 1.5, -3e7))


def _softplus(z: Number) -> Number:
    return mpmath.log1p(mpmath.exp(z))


def _sigmoid(z: Number) -> Number:
    return 1 / (1 + mpmath.exp(-z))


def _bce(p: Number, t: Number) -> Terms:
    """With 0 log 0 = 0."""
    yes = (-t * mpmath.log(p), -t / p) if t else (ZERO, ZERO)
    no = (-(1 - t) * mpmath.log(1 - p), (1 - t) / (1 - p)) if t != 1 else (ZERO, ZERO)
    return (yes[0], no[0]), (yes[1], no[1])


def _with_logits(z: Number, t: Number) -> Terms:
    value = (t * _softplus(-z), (1 - t) * _softplus(z))
    return value, (-t * _sigmoid(-z), (1 - t) * _sigmoid(z))


def _focal(z: Number, t: Number) -> Terms:
    wrong, slope = _sigmoid(z) * (1 - t) + _sigmoid(-z) * t, _sigmoid(z) * _sigmoid(-z)
    (yes, no), (down, up) = _with_logits(z, t)
    balance = (3 - 2 * t) / 4
    first = 2 * wrong * slope * (1 - 2 * t) * (yes + no)
    return [balance * wrong**2 * (yes + no)], [
        balance * g for g in (first, wrong**2 * down, wrong**2 * up)
    ]


def _kl_div(p: Number, t: Number) -> Terms:
    return (t * mpmath.log(t) if t else ZERO, -t * p), (-t,)


def _poisson(p: Number, t: Number) -> Terms:
    return (mpmath.exp(p), -t * p), (mpmath.exp(p), -t)


def _poisson_plain(p: Number, t: Number) -> Terms:
    return (p, -t * mpmath.log(p + EPS)), (mpmath.mpf(1), -t / (p + EPS))


def _soft_margin(p: Number, t: Number) -> Terms:
    return (_softplus(-t * p),), (-t * _sigmoid(-t * p),)


def _log_cosh(p: Number, t: Number) -> Terms:
    return (mpmath.log(mpmath.cosh(p - t)),), (mpmath.tanh(p - t),)


def cells(subject: Subject, dtype: type[np.floating]) -> dict[str, tuple[Cell, Cell]]:
    """Value and gradient of each contender."""
    p, t = subject.pairs(dtype)
    exact = _truth(subject, p, t)
    runs = {"torch": _in_torch(subject, p, t)}
    for accuracy in ("fast", "full"):
        runs[accuracy] = emitted(subject, p, t, accuracy)
    return {
        name: (
            Cell.of(_errors(pair[0], exact, 0, dtype)),
            Cell.of(_errors(pair[1], exact, 1, dtype)),
        )
        for name, pair in runs.items()
    }


def _truth(subject: Subject, p: Array, t: Array) -> list[tuple[Number, ...] | None]:
    """Value, gradient, and their largest terms at each pair; None where it is infinite."""
    found: list[tuple[Number, ...] | None] = []
    with mpmath.workprec(BITS):
        for a, b in zip(p.tolist(), t.tolist(), strict=True):
            try:
                terms = subject.terms(mpmath.mpf(a), mpmath.mpf(b))
            except (ZeroDivisionError, ValueError):
                found.append(None)
                continue
            sums = [mpmath.fsum(part) for part in terms]
            sizes = [max(map(abs, part)) for part in terms]
            found.append((*sums, *sizes, abs(sums[1]) * mpmath.mpf(float(np.spacing(abs(a)))) / 2))
    return found


def _errors(
    got: Array, exact: list[tuple[Number, ...] | None], order: int, dtype: type[np.floating]
) -> Array:
    """In units of the largest term; infinite where a finite truth came out infinite or NaN."""
    largest = float(np.finfo(dtype).max)
    errors = np.zeros(len(got))
    for k, truth in enumerate(exact):
        if truth is None or truth[2 + order] > largest / 4:  # products of the terms overflow
            continue
        if not np.isfinite(got[k]):
            errors[k] = np.inf
            continue
        unit = mpmath.mpf(float(np.spacing(dtype(float(truth[2 + order])))))
        with mpmath.workprec(BITS):
            off = abs(mpmath.mpf(float(got[k])) - truth[order])
            errors[k] = float(off / (unit if order else max(unit, truth[4])))
    return errors


def emitted(subject: Subject, p: Array, t: Array, accuracy: str) -> tuple[Array, Array]:
    """What the generated module gives, warnings aside."""
    network = Network(
        sizes=[1, len(p)], activation=subject.output, loss=subject.loss, reduction="none",
        accuracy=accuracy,
    )  # fmt: skip
    module = load_source(generate(network), "loss_module")
    params, X = {"W1": p[:, None]}, np.ones((1, 1), dtype=p.dtype)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        value = module.loss(params, X, t[None])
        _, grads = module.loss_and_gradients(params, X, t[None])
    return value.ravel(), grads["W1"].ravel()


def _in_torch(subject: Subject, p: Array, t: Array) -> tuple[Array, Array]:
    import torch

    z = torch.from_numpy(p.copy()).requires_grad_()
    output = resolve_activation(subject.output, "output", {}, {})
    loss = resolve_loss(subject.loss, "loss", {}, {})
    a, targets = torch_activation(output, z, None, {}), torch.from_numpy(t)
    each = [
        torch_loss(loss, a[k : k + 1, None], targets[k : k + 1, None], "sum", {})
        for k in range(len(p))
    ]
    torch.stack(each).sum().backward()
    return torch.stack(each).detach().numpy().ravel(), z.grad.numpy()
