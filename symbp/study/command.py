"""What `symbp activation` does: read a formula, study it, and write the report and the picture.

Input: text of the command line.  Output: text, and a file if one is asked for.  Imports read, view
and plot.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import sympy as sp

from symbp.checks import one_of
from symbp.differentiate import derivative
from symbp.errors import SpecError
from symbp.plotting import check_plot
from symbp.spec import ACCURACIES
from symbp.study import study
from symbp.study.plot import draw
from symbp.study.read import LETTER, constants, read
from symbp.study.view import study_json, study_text


def report(
    formula: str,
    numbers: Sequence[str],
    form: Literal["text", "json"],
    plot: Path | None,
    code: str | None = None,
) -> str:
    """The report as text or JSON; the picture is written if a file is named.

    With `code`, the text ends with the stable forms of f and f' for that accuracy.

    Raises:
        SpecError: the formula or a constant is wrong.
        OutputError: the picture cannot be written.
        DependencyError: there is no matplotlib to draw it.

    >>> report("relu", [], "text", None).splitlines()[0]
    'f(z)    = max(z, 0)'
    """
    if plot is not None:
        check_plot(plot)
    row, expr = read(formula, constants(numbers))
    found = study(expr, LETTER)
    text = (study_json if form == "json" else study_text)(found, "" if row.own else row.name)
    if plot is not None:
        draw(found, plot)
    if code is None:
        return text
    one_of("--code", code, ACCURACIES)
    if form == "json":
        remedy = "Ask for text."
        raise SpecError("--code", "given together with --format json", remedy)
    return "\n".join([text.rstrip("\n"), "", *_code(expr, code)])


def _code(expr: sp.Expr, accuracy: str) -> list[str]:
    """The regimes of f and f', each with its rule and what is computed."""
    from symbp.stable.steps import lines
    from symbp.stable.store import stable
    from symbp.stable.writer import X

    value = expr.xreplace({LETTER: X})
    return [
        *lines("f", stable(value, accuracy)),
        *lines("f'", stable(derivative(value, X), accuracy)),
    ]
