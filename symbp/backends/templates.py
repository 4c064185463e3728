"""Find and render the Jinja templates.  Templates place text; printers decide it.

Input: a template's name and what to place.  Output: text.  Imports errors; jinja2 on call.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

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


@cache
def environment() -> Environment:
    """The environment of Python templates; undefined names are errors."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(folder()),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # Python source; free text is cleaned by code_lines.prose
    )


def render(name: str, **values: object) -> str:
    """Render a template; the same values give the same bytes."""
    return environment().get_template(name).render(**values)
