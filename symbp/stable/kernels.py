"""Functions that NumPy lacks.  A module that needs one gets its source as it stands here.

Input: arrays, float32 or float64.  Output: arrays.  Lines are at most 88 columns, as in a generated
module.
"""

import numpy as np

Array = np.ndarray

# Shepherd & Laframboise, Chebyshev approximation of (1 + 2x) exp(x**2) erfc(x),
# Mathematics of Computation 36 (1981); computed with mpmath, see the tests.
ERFCX = (
    1.1775789345674017,
    -0.004590054580646478,
    -0.08424913336651792,
    0.05920993999819189,
    -0.026658668435305753,
    0.009074997670705265,
    -0.002413163540417608,
    0.0004907758365258086,
    -6.916973302501207e-05,
    4.13902798607301e-06,
    7.74038306619849e-07,
    -2.1886401049234397e-07,
    1.076499946567091e-08,
    4.521959811218287e-09,
    -7.754400208831351e-10,
    -6.318088340886684e-11,
    2.86879501093067e-11,
    1.9455868545777347e-13,
    -9.65469674843344e-13,
    3.25254814814874e-14,
    3.3478119482868056e-14,
    -1.864562880419313e-15,
    -1.2507950530688648e-15,
    7.418235256624044e-17,
    5.068148904796111e-17,
)


def erfcx(u: Array) -> Array:
    """Return exp(u**2) erfc(u) for u >= 0, at most 7 ULP."""
    t = 1 - 7.5 / (u + 3.75)
    last, before = 0 * t, 0 * t
    for coefficient in ERFCX[:0:-1]:
        last, before = coefficient + 2 * t * last - before, last
    value: Array = (ERFCX[0] + t * last - before) / 2 / (u + 0.5)
    return value


def exp_poly(x: Array, *coefficients: float) -> Array:
    """Return exp(c1 x + c2 x**2 + ..) with each c as a sum of two numbers, high and low.

    The rounding errors of the argument are carried along, by Horner's rule in twice
    the precision: Graillat, Langlois & Louvet, Algorithms for accurate, validated and
    fast polynomial evaluation (2009), algorithm 6, with Dekker's product (1971).
    """
    split = 134217729.0 * x
    x_high = split - (split - x)
    x_low = x - x_high
    value, error = 0 * x, 0 * x
    for high, low in zip(coefficients[-2::-2], coefficients[::-2], strict=True):
        total = value + high
        part = total - value
        error = error + ((value - (total - part)) + (high - part) + low)
        value = total * x
        split = 134217729.0 * total
        t_high = split - (split - total)
        t_low = total - t_high
        lost = (t_high * x_high - value) + t_high * x_low + t_low * x_high
        error = error * x + (lost + t_low * x_low)
    rough = np.exp(value)
    result: Array = rough + rough * error
    return result
