"""Cross-entropy with accuracy = "full": right to a few ULP however sure the prediction is."""

from __future__ import annotations

import warnings

import mpmath
import numpy as np
import pytest

from symbp import Network, generate
from symbp.verify.module import load_source

CLASSES = 5


def rows() -> list[np.ndarray]:
    """Logits from nearly equal to margins of 1400."""
    stream = np.random.default_rng(4)
    found = [stream.uniform(-s, s, CLASSES) for s in (1, 10, 100, 300, 690) for _ in range(8)]
    for margin in (1.0, 17.0, 37.0, 300.0, 690.0):
        found.append(np.array([margin, 0, -3, -5.5, 0.25]))
        found.append(np.array([0.1, 0.1 + margin, -margin, 0, 0.3]))
    return found


@pytest.fixture(scope="module")
def classes():
    """The module for class indices, with the identity as weights."""
    return load_source(generate(network(targets="classes")), "ce_classes")


def network(**options) -> Network:
    return Network(
        sizes=[CLASSES, CLASSES],
        activation="identity",
        reduction="sum",
        accuracy="full",
        **{"loss": "cross_entropy", **options},
    )


def truth(z: np.ndarray, chosen: int) -> tuple[mpmath.mpf, list[mpmath.mpf]]:
    """Loss and gradient by mpmath, from the definition, without subtracting."""
    powers = [mpmath.exp(mpmath.mpf(v)) for v in z.tolist()]
    rest = [mpmath.fsum(p for k, p in enumerate(powers) if k != j) for j in range(CLASSES)]
    whole = mpmath.fsum(powers)
    gradient = [p / whole for p in powers]
    gradient[chosen] = -rest[chosen] / whole
    return mpmath.log1p(rest[chosen] / powers[chosen]), gradient


def ulp(got: float, exact: mpmath.mpf) -> float:
    return float(abs(mpmath.mpf(float(got)) - exact) / np.spacing(abs(float(exact))))


def test_a_sure_prediction_has_a_tiny_loss_and_not_none(classes):
    """At most 5 ULP relative, down to losses of 1e-300; no warning."""
    smallest = 1.0
    with mpmath.workprec(2600), warnings.catch_warnings():
        warnings.simplefilter("error")
        for z in rows():
            for chosen in range(CLASSES):
                params = {"W1": np.eye(CLASSES)}
                loss, grads = classes.loss_and_gradients(params, z[None, :], np.array([chosen]))
                exact, gradient = truth(z, chosen)
                smallest = min(smallest, float(exact))
                assert ulp(loss, exact) <= 5
                column = int(np.argmax(np.abs(z)))
                for k in range(CLASSES):
                    product = gradient[k] * mpmath.mpf(float(z[column]))
                    if abs(product) > 1e-300:
                        assert ulp(grads["W1"][k, column], product) <= 8
    assert smallest < 1e-290


def test_class_weights_keep_the_digits():
    """The gradient of a sure prediction is w times that of one without weights."""
    weights = [1, 2, 3, 0.5, 7]
    source = generate(network(targets="classes", loss=f"cross_entropy(weight={weights})"))
    module = load_source(source, "ce_weighted")
    params, *_ = module.example()
    with mpmath.workprec(2600):
        for z in rows()[-6:]:
            for chosen in range(CLASSES):
                given = {**params, "W1": np.eye(CLASSES)}
                loss, grads = module.loss_and_gradients(given, z[None, :], np.array([chosen]))
                exact, gradient = truth(z, chosen)
                weight = mpmath.mpf(weights[chosen])
                assert ulp(loss, exact * weight) <= 6
                column = int(np.argmax(np.abs(z)))
                for k in range(CLASSES):
                    product = gradient[k] * weight * mpmath.mpf(float(z[column]))
                    if abs(product) > 1e-300:
                        assert ulp(grads["W1"][k, column], product) <= 8


def test_smoothed_targets():
    """With label smoothing the gradient is right to 8 ULP of its largest term."""
    source = generate(network(targets="classes", loss="cross_entropy(label_smoothing=0.1)"))
    module = load_source(source, "ce_smoothed")
    with mpmath.workprec(2600), warnings.catch_warnings():
        warnings.simplefilter("error")
        for z in rows():
            _, grads = module.loss_and_gradients({"W1": np.eye(CLASSES)}, z[None, :], np.array([1]))
            powers = [mpmath.exp(mpmath.mpf(v)) for v in z.tolist()]
            column = int(np.argmax(np.abs(z)))
            for k in range(CLASSES):
                target = mpmath.mpf("0.02") + (mpmath.mpf("0.9") if k == 1 else 0)
                share = powers[k] / mpmath.fsum(powers)
                scale = mpmath.mpf(float(z[column]))
                off = abs(mpmath.mpf(float(grads["W1"][k, column])) - (share - target) * scale)
                assert off <= 8 * np.spacing(float(abs(max(share, target) * scale)))


def test_soft_targets():
    """The loss to 8 ULP of its largest term; the gradient to 8 ULP of its largest."""
    module = load_source(generate(network()), "ce_soft")
    stream = np.random.default_rng(9)
    with mpmath.workprec(2600):
        for z in rows():
            t = stream.dirichlet(np.ones(CLASSES))
            loss, grads = module.loss_and_gradients({"W1": np.eye(CLASSES)}, z[None, :], t[None, :])
            powers = [mpmath.exp(mpmath.mpf(v)) for v in z.tolist()]
            whole = mpmath.fsum(powers)
            terms = [mpmath.mpf(a) * mpmath.log(whole / p) for a, p in zip(t, powers, strict=True)]
            unit = np.spacing(float(max(terms)))
            assert abs(mpmath.mpf(float(loss)) - mpmath.fsum(terms)) <= 8 * unit
            column = int(np.argmax(np.abs(z)))
            total = mpmath.fsum(map(mpmath.mpf, t))
            for k in range(CLASSES):
                exact = (powers[k] / whole * total - mpmath.mpf(t[k])) * mpmath.mpf(z[column])
                largest = max(powers[k] / whole, mpmath.mpf(t[k])) * abs(mpmath.mpf(z[column]))
                got = mpmath.mpf(float(grads["W1"][k, column]))
                assert abs(got - exact) <= 8 * np.spacing(float(largest))
