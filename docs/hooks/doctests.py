"""Examples of docstrings as the Python handler of mkdocstrings expects them.

Input: docstrings with doctests at their end.  Output: the same with the doctests in a section.
"""

from __future__ import annotations

from typing import Any

import griffe


class Doctests(griffe.Extension):
    """Puts doctests into a section "Examples"."""

    def on_object(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        """Change the docstring of one object."""
        if obj.docstring is not None:
            text, mark, examples = f"\n{obj.docstring.value}".partition("\n>>> ")
            if mark:
                indented = "\n    ".join(f"{mark.strip()} {examples}".split("\n"))
                obj.docstring.value = f"{text.strip()}\n\nExamples:\n    {indented}"
