"""The functions of kernels.py, each writing into arrays that it is given.

A module with a workspace gets their source as it stands here; the operations and their order are
those of kernels.py, so that the numbers are the same.  Lines are at most 88 columns.
"""

import math

import numpy as np

from symbp.stable.kernels import ERFCX

Array = np.ndarray


def choose(mask: Array, then: Array, out: Array, work: Array) -> None:
    """Put `then` into out where the mask holds.

    Large arrays are put together bit by bit, which has no branches to mispredict.
    """
    if out.size < 2048:
        np.copyto(out, then, where=mask)
        return
    whole = np.int32 if out.itemsize == 4 else np.int64
    kept, bits, given = work.view(whole), out.view(whole), then.view(whole)
    np.copyto(kept, mask)
    np.subtract(kept, 1, out=kept)  # every bit where the mask does not hold
    np.bitwise_xor(bits, given, out=bits)
    np.bitwise_and(bits, kept, out=bits)
    np.bitwise_xor(bits, given, out=bits)


def erfcx_into(out: Array, u: Array, twice: Array, last: Array, before: Array, work: Array) -> None:
    """Put exp(u**2) erfc(u) for u >= 0 into out, at most 7 ULP."""
    np.add(u, 3.75, out=twice)
    np.divide(7.5, twice, out=twice)
    np.subtract(1, twice, out=twice)
    np.multiply(twice, 2, out=twice)
    last.fill(0)
    before.fill(0)
    for coefficient in ERFCX[:0:-1]:
        np.multiply(twice, last, out=work)
        np.add(coefficient, work, out=work)
        np.subtract(work, before, out=work)
        last, before, work = work, last, before
    np.divide(twice, 2, out=twice)
    np.multiply(twice, last, out=work)
    np.add(ERFCX[0], work, out=work)
    np.subtract(work, before, out=work)
    np.divide(work, 2, out=work)
    np.add(u, 0.5, out=before)
    np.divide(work, before, out=out)


def others_into(out: Array, u: Array, work: Array) -> None:
    """Put for each entry the sum of the other entries of its row into out."""
    out[..., :1] = 0
    work[..., -1:] = 0
    np.cumsum(u[..., :-1], axis=-1, out=out[..., 1:])
    np.cumsum(u[..., :0:-1], axis=-1, out=work[..., -2::-1])
    np.add(out, work, out=out)


def exp_difference_into(out: Array, a: Array, b: Array, part: Array, lost: Array) -> None:
    """Put exp(a - b) into out, the rounding error of a - b carried along (Knuth, 1969)."""
    np.subtract(a, b, out=out)
    np.subtract(out, a, out=part)
    np.subtract(out, part, out=lost)
    np.subtract(a, lost, out=lost)
    np.add(b, part, out=part)
    np.subtract(lost, part, out=lost)
    np.exp(out, out=out)
    np.multiply(out, lost, out=lost)
    np.add(out, lost, out=out)


def exp_poly_into(
    out: Array,
    x: Array,
    coefficients: tuple[float, ...],
    x_high: Array,
    x_low: Array,
    total: Array,
    high_part: Array,
    low_part: Array,
    work: Array,
    error: Array,
) -> None:
    """Put exp(c1 x + c2 x**2 + ..) into out, each c a sum of two numbers, high and low.

    The rounding errors of the argument are carried along, by Horner's rule in twice
    the precision: Graillat, Langlois & Louvet, Algorithms for accurate, validated and
    fast polynomial evaluation (2009), algorithm 6, with Dekker's product (1971).
    """
    _split_into(x_high, x_low, x, work)
    out.fill(0)
    error.fill(0)
    for high, low in zip(coefficients[-2::-2], coefficients[::-2], strict=True):
        np.add(out, high, out=total)
        np.subtract(total, out, out=work)
        np.subtract(total, work, out=high_part)
        np.subtract(out, high_part, out=high_part)
        np.subtract(high, work, out=work)
        np.add(high_part, work, out=high_part)
        np.add(high_part, low, out=high_part)
        np.add(error, high_part, out=error)
        np.multiply(total, x, out=out)
        _split_into(high_part, low_part, total, work)
        np.multiply(high_part, x_high, out=total)
        np.subtract(total, out, out=total)
        np.multiply(high_part, x_low, out=work)
        np.add(total, work, out=total)
        np.multiply(low_part, x_high, out=work)
        np.add(total, work, out=total)
        np.multiply(low_part, x_low, out=work)
        np.add(total, work, out=total)
        np.multiply(error, x, out=error)
        np.add(error, total, out=error)
    np.exp(out, out=out)
    np.multiply(out, error, out=error)
    np.add(out, error, out=out)


def _split_into(high: Array, low: Array, x: Array, work: Array) -> None:
    """Put a number as a sum of two with half the bits each into high and low."""
    np.multiply(134217729.0, x, out=work)
    np.subtract(work, x, out=low)
    np.subtract(work, low, out=high)
    np.subtract(x, high, out=low)


def erf_into(out: Array, x: Array) -> None:
    """Put math.erf of every element into out."""
    flat = out.reshape(-1)
    for place, value in enumerate(x.flat):
        flat[place] = math.erf(value)


def erfc_into(out: Array, x: Array) -> None:
    """Put math.erfc of every element into out."""
    flat = out.reshape(-1)
    for place, value in enumerate(x.flat):
        flat[place] = math.erfc(value)
