"""What C modules bring along: exponentials without branches, and what libm lacks.

Input: code that calls functions.  Output: their source, from templates/c/functions.c.j2.
Imports templates; the Chebyshev coefficients of stable/kernels on call.
"""

from __future__ import annotations

import re

from symbp.backends.templates import render

# (exp(r) - 1 - r)/r**2 for |r| <= log(2)/2, interpolated at Chebyshev points with mpmath: off by
# 2**-61.9 of exp(r) in double, 2**-26.5 in float. log(2) is cut into a high part with trailing
# zeros, so that k times it is exact, and the rest.
DOUBLE = (
    0.5, 0.1666666666666667, 0.04166666666666667, 0.008333333333326112, 0.001388888888888373,
    0.0001984126987490126, 2.4801587325605324e-05, 2.7557255297969643e-06, 2.755727357010214e-07,
    2.5105259538448494e-08, 2.0914717341716378e-09,
)  # fmt: skip
FLOAT = (0.5, 0.16666576, 0.041666556, 0.008363203, 0.0013926213)
DOUBLE_ERROR, FLOAT_ERROR = 1.0, 1.0  # ULP; tests/test_c.py measures
EXP = {
    "double": [repr(c) for c in DOUBLE],
    "double_turns": "1.4426950408889634",
    "double_high": "0.6931471805598903",
    "double_low": "5.497923018708371e-14",
    "double_error": DOUBLE_ERROR,
    "float": [f"{c!r}f" for c in FLOAT],
    "float_turns": "1.442695f",
    "float_high": "0.693145751953125f",
    "float_low": "1.4286068e-06f",
    "float_error": FLOAT_ERROR,
}
CALLS = {"exp_difference": {"exponential"}, "exp_poly": {"exp_double"}}


def helpers(code: str, upper: str) -> str:
    """The source of the functions that some code calls.

    >>> "larger(real a" in helpers("x = larger(z, 0);", "NET")
    True
    """
    from symbp.stable.kernels import ERFCX

    needed = set(re.findall(r"\b(\w+)(?=\()", code))
    needed |= {other for name in needed for other in CALLS.get(name, ())}
    text = render("c/functions.c.j2", needed=needed, exp=EXP, upper=upper,
                  erfcx=[repr(c) for c in ERFCX])  # fmt: skip
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n")
