"""Derivatives of formulas, with steps flat on both sides.

Input: an expression and a letter of it.  Output: the derivative.  Imports sympy only.
"""

from __future__ import annotations

import sympy as sp


def derivative(expr: sp.Expr, letter: sp.Symbol) -> sp.Expr:
    """The derivative by a letter; that of a step such as sign(z) is 0, at the step as well.

    SymPy gives 2*DiracDelta(z), which has no value at 0 and none in floating point.

    Source: torch.sign, whose gradient is 0 everywhere.

    >>> z = sp.Symbol("z", real=True)
    >>> derivative(sp.sign(z), z), derivative(derivative(sp.Abs(z) * z, z), z)
    (0, 2*sign(z))
    """
    found = sp.diff(expr, letter)
    return found.replace(sp.DiracDelta, lambda *_: sp.S.Zero) if found.has(sp.DiracDelta) else found
