"""Formulas as text: Python's way of writing or LaTeX, through one whitelist.

Input: text and the symbols that its names stand for.  Output: SymPy expressions; errors point at
the column.  Imports functions, errors and exact only.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

import sympy as sp

from symbp.formula.latex import is_latex, latex_tree
from symbp.formula.parse import Reader
from symbp.formula.table import CONSTANTS, KNOWN

__all__ = ["names", "parse"]


def parse(text: str, letters: Mapping[str, sp.Expr], where: str, total: Any = None) -> sp.Expr:
    """Read a formula.

    Args:
        text: As in Python, `z/(1 + exp(-beta*z))`, or LaTeX, `\\\\frac{z}{1+e^{-z}}`.
        letters: Every name the formula may use, with the symbol or number it stands for.
        where: The entry, for errors.
        total: What sum(..) means, with its number of terms as `size`; None where there is none.

    Raises:
        FormulaError: text that is no formula; it shows the column and the nearest known name.

    >>> z = sp.Symbol("z", real=True)
    >>> parse("where(z > 0, z, 0.1*z)", {"z": z}, "activation")
    Piecewise((z, z > 0), (z/10, True))
    """
    reader = Reader(text, letters, where, total)
    return reader.read(_tree(reader))


def names(text: str) -> tuple[str, ...]:
    """The names in a formula that are neither functions nor constants, in order.

    >>> names("where(z > 0, z, a*(exp(z) - 1))")
    ('z', 'a')
    """
    tree = _tree(Reader(text, {}, "formula"))
    found = [n for n in ast.walk(tree) if isinstance(n, ast.Name)]
    ordered = sorted(found, key=lambda n: n.col_offset)
    return tuple(dict.fromkeys(n.id for n in ordered if n.id not in (*KNOWN, *CONSTANTS)))


def _tree(reader: Reader) -> ast.expr:
    return latex_tree(reader) if is_latex(reader.text) else reader.tree()
