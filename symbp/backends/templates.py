"""Find and render the Jinja templates.  Templates place text; printers decide it.

Input: a template's name and what to place.  Output: text.  Imports errors; jinja2 on call.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symbp.errors import OutputError

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def folder() -> Path:
    """The templates: inside the installed package, else beside it in a checkout.

    Raises:
        OutputError: neither exists.
    """
    package = Path(__file__).resolve().parent.parent
    places = (package / "templates", package.parent / "templates")
    for place in places:
        if (place / "numpy").is_dir():
            return place
    found = f"no templates in {places[0]} or {places[1]}"
    raise OutputError("templates", found, "Install symbp again.")


ANGLES: dict[str, Any] = {
    "variable_start_string": "<<", "variable_end_string": ">>",
    "block_start_string": "<%", "block_end_string": "%>",
    "comment_start_string": "<#", "comment_end_string": "#>",
}  # fmt: skip


@cache
def environment(kind: str) -> Environment:
    """The environment of the templates in one folder; undefined names are errors.

    `{{` and `%` belong to LaTeX, so templates of documents are written with `<< >>` and `<% %>`.
    HTML escapes what is put in; elsewhere it is cleaned by those who hand it over: free text in
    Python by code_lines.prose, in LaTeX by tex.escape.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(folder()),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=kind == "html",
        **(ANGLES if kind in ("tex", "markdown") else {}),
    )


def render(name: str, **values: object) -> str:
    """Render a template; the same values give the same bytes."""
    return environment(name.partition("/")[0]).get_template(name).render(**values)
