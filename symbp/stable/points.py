"""Floating-point numbers at which a formula is measured, and the unit of an error there.

Input: a dtype and the points that matter to a formula.  Output: sorted arrays.  numpy is imported
at the top: this package is loaded on call.
"""

from __future__ import annotations

import numpy as np

Array = np.ndarray
# Where formulas go wrong: overflow and underflow of exp, of squares, and what lies between.
DENSE = (1.0, 8.0, 50.0, 800.0)


def sample(
    count: int,
    seed: int,
    specials: tuple[float, ...] = (),
    dtype: type[np.floating] = np.float64,
) -> Array:
    """Finite numbers of a dtype over its whole range, sorted, each once.

    A third has its exponent uniform over all binades, subnormals included, the rest is uniform in
    [-r, r] for r = 1, 8, 50, 800; both signs.  Zero, the largest and the smallest numbers and
    `specials`, each with both neighbours, always belong to it.

    >>> bool(np.isin([0.0, 5e-324, -3.0], sample(300, 1, (-3.0,))).all())
    True
    """
    stream = np.random.default_rng(seed)
    third = count // 3
    info = np.finfo(dtype)
    exponents = stream.uniform(info.minexp - info.nmant, info.maxexp, third)
    wide = np.exp2(exponents - np.floor(exponents)) * np.ldexp(1.0, np.floor(exponents).astype(int))
    middle = np.exp2(stream.uniform(-40, 12, third // 2))
    magnitudes = np.concatenate([wide, middle])
    signed = magnitudes * np.where(stream.random(len(magnitudes)) < 0.5, -1, 1)
    dense = [stream.uniform(-r, r, (count - third) // len(DENSE)) for r in DENSE]
    fixed = [0.0, info.max, -info.max, info.tiny, -info.tiny, info.smallest_subnormal, 1.0, -1.0]
    fixed += [-info.smallest_subnormal, *specials]
    ends = np.array(fixed, dtype=dtype)
    with np.errstate(over="ignore"):  # beyond the largest number
        around = [ends, np.nextafter(ends, dtype(np.inf)), np.nextafter(ends, dtype(-np.inf))]
        points = np.concatenate([signed.astype(dtype), *(d.astype(dtype) for d in dense), *around])
    return np.unique(points[np.isfinite(points)])


def unit(values: Array, dtype: type[np.floating]) -> Array:
    """The distance between neighbouring numbers of a dtype at |value| (float64 in and out).

    >>> float(unit(np.array([1.5]), np.float32)[0]) == 2**-23
    True
    """
    info = np.finfo(dtype)
    _, exponent = np.frexp(np.abs(values))
    lowest = info.minexp + 1  # of the least number that is not subnormal
    # frexp(0) gives 0, which is above the subnormals, so zero is treated with them.
    exponent = np.where(values == 0, lowest, np.maximum(exponent, lowest))
    spacing: Array = np.ldexp(1.0, exponent - 1 - info.nmant)
    return spacing
