"""Data sets that are made, not read: a formula and some noise.

Input: nothing.  Output: DATASETS.  A row maps a numpy.random.Generator and its options to inputs,
one row a sample, and targets: rows of numbers, or one class a sample.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from symbp.catalog.rows import NOT_NEGATIVE, SEED, WHOLE, Option, Recipe


def _moons(stream: Any, samples: int, noise: float) -> tuple[Any, Any]:
    import numpy as np

    upper = samples // 2
    a, b = np.linspace(0, np.pi, upper), np.linspace(0, np.pi, samples - upper)
    first = np.stack([np.cos(a), np.sin(a)], axis=1)
    second = np.stack([1 - np.cos(b), 0.5 - np.sin(b)], axis=1)
    X = np.concatenate([first, second])
    return X + noise * stream.normal(size=X.shape), np.repeat([0, 1], [upper, samples - upper])


def _xor(stream: Any, samples: int, noise: float) -> tuple[Any, Any]:
    import numpy as np

    corners = np.arange(samples) % 4
    bits = np.stack([corners // 2, corners % 2], axis=1)
    return bits + noise * stream.normal(size=bits.shape), bits[:, 0] ^ bits[:, 1]


def _sine(stream: Any, samples: int, noise: float) -> tuple[Any, Any]:
    import numpy as np

    X = stream.uniform(0, 1, (samples, 1))
    return X, np.sin(2 * np.pi * X) + noise * stream.normal(size=X.shape)


def _options(samples: str, noise: str) -> tuple[Option, ...]:
    return (
        Option("samples", Fraction(samples), WHOLE),
        Option("noise", Fraction(noise), NOT_NEGATIVE),
        Option("seed", Fraction(0), SEED),
    )


DATASETS = (
    Recipe(
        name="moons",
        make=_moons,
        words="two half circles that interlock, normal noise on both coordinates; class 0 or 1",
        source="sklearn.datasets.make_moons, not shuffled",
        options=_options("100", "0.1"),
    ),
    Recipe(
        name="xor",
        make=_xor,
        words="the corners 0 0, 0 1, 1 0, 1 1 in turn, normal noise on both; class x1 xor x2",
        source="Minsky & Papert, Perceptrons (1969)",
        options=_options("4", "0"),
    ),
    Recipe(
        name="sine",
        make=_sine,
        words="x uniform in 0 .. 1, sin(2*pi*x) with normal noise",
        source="Bishop, Pattern Recognition and Machine Learning (2006), appendix A",
        options=_options("100", "0.1"),
    ),
)
