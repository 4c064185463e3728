"""What `symbp activation` does: read a formula, study it, and write the report and the picture.

Input: text of the command line.  Output: text, and a file if one is asked for.  Imports read, view
and plot.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from symbp.output import write_bytes
from symbp.study import study
from symbp.study.plot import check_plot, kind_of, picture
from symbp.study.read import LETTER, constants, read
from symbp.study.view import study_json, study_text


def report(
    formula: str, numbers: Sequence[str], form: Literal["text", "json"], plot: Path | None
) -> str:
    """The report as text or JSON; the picture is written if a file is named.

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
        write_bytes(plot, picture(found, kind_of(plot)))
    return text
