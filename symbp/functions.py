"""The functions that a formula may use, each in every language that symbp speaks.

Input: nothing.  Output: FUNCTIONS, by name.  One more function is one more row.  Imports nothing of
the package.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import sympy as sp


@dataclass(frozen=True, slots=True)
class Function:
    """A function of one number.

    Args:
        name: In text and in `tree.Call`.
        sympy: Its class.
        numpy: Its spelling in a module; "" where NumPy has none.
        latex: Its command.
        mpmath: Its name there; "" if it is the same.
    """

    name: str
    sympy: type[sp.Function]
    numpy: str
    latex: str
    mpmath: str = ""

    @property
    def in_mpmath(self) -> str:
        """Its name in mpmath."""
        return self.mpmath or self.name


def _own(name: str) -> str:
    return rf"\operatorname{{{name}}}"


_ROWS = (
    Function("exp", sp.exp, "np.exp", r"\exp"),
    Function("log", sp.log, "np.log", r"\log"),
    Function("tanh", sp.tanh, "np.tanh", r"\tanh"),
    Function("sinh", sp.sinh, "np.sinh", r"\sinh"),
    Function("cosh", sp.cosh, "np.cosh", r"\cosh"),
    Function("sin", sp.sin, "np.sin", r"\sin"),
    Function("cos", sp.cos, "np.cos", r"\cos"),
    Function("tan", sp.tan, "np.tan", r"\tan"),
    Function("asin", sp.asin, "np.arcsin", r"\arcsin"),
    Function("acos", sp.acos, "np.arccos", r"\arccos"),
    Function("atan", sp.atan, "np.arctan", r"\arctan"),
    Function("asinh", sp.asinh, "np.arcsinh", _own("arsinh")),
    Function("acosh", sp.acosh, "np.arccosh", _own("arcosh")),
    Function("atanh", sp.atanh, "np.arctanh", _own("artanh")),
    Function("erf", sp.erf, "", _own("erf")),
    Function("erfc", sp.erfc, "", _own("erfc")),
    Function("abs", sp.Abs, "np.abs", _own("abs"), "fabs"),
    Function("sign", sp.sign, "np.sign", _own("sign")),
)
FUNCTIONS = MappingProxyType({row.name: row for row in _ROWS})
BY_CLASS = MappingProxyType({row.sympy: row for row in _ROWS})
