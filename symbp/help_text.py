"""The help of a command in the language that it is asked for: `symbp export --lang zh --help`.

Input: a command and the arguments behind it.  Output: its help, from the table of messages, where
the English text is what an entry is found by.  Imports messages.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Any

from typer.core import TyperCommand

from symbp.messages import LANGUAGES, table


def language(arguments: Sequence[str]) -> str:
    """What --lang says among the arguments; English where it says nothing known.

    >>> language(["--help", "--lang=zh"]), language(["--lang", "xx"])
    ('zh', 'en')
    """
    words = [word for argument in arguments for word in argument.split("=", 1)]
    asked = [after for word, after in pairwise(words) if word == "--lang"]
    return asked[-1] if asked and asked[-1] in LANGUAGES else LANGUAGES[0]


def translated(text: str, lang: str) -> str:
    """A help text, paragraph by paragraph; what has no entry, such as a command, stays.

    >>> translated("Step of gradient descent.", "zh")
    '梯度下降的步长。'
    """
    known = _by_english()
    return "\n\n".join(known.get(p.strip(), {}).get(lang, p) for p in text.split("\n\n"))


@cache
def _by_english() -> dict[str, dict[str, str]]:
    return {entry["en"]: dict(entry) for key, entry in table().items() if key.startswith("help.")}


class SpokenCommand(TyperCommand):
    """A command with --lang, whose help is in that language too."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.meta["symbp.lang"] = language(args)
        return super().parse_args(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        lang = ctx.meta["symbp.lang"]
        shown = copy.copy(self)
        shown.help = translated(self.help or "", lang)
        own_first = sorted(self.params, key=lambda p: bool(getattr(p, "rich_help_panel", None)))
        shown.params = [_spoken(p, lang) for p in own_first]
        option = self.get_help_option(ctx)
        if option is not None:
            shown._help_option = _spoken(option, lang)
        super(SpokenCommand, shown).format_help(ctx, formatter)


def _spoken(parameter: Any, lang: str) -> Any:
    found = copy.copy(parameter)
    found.help = translated(parameter.help or "", lang)
    panel = getattr(parameter, "rich_help_panel", None)
    default = "Options" if parameter.param_type_name == "option" else "Arguments"
    found.rich_help_panel = translated(panel or default, lang)
    return found
