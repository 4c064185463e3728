"""What the command line writes to: a console, and a progress bar while something is searched.

Input: text and reports.  Output: the terminal.  Imports progress; rich.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console

from symbp.progress import listening


def console(stderr: bool = False) -> Console:
    """A console that wraps nothing of what it is given; no colour when piped or with NO_COLOR."""
    made = Console(stderr=stderr, highlight=False, emoji=False, soft_wrap=True)
    return (
        made
        if made.is_terminal
        else Console(stderr=stderr, highlight=False, emoji=False, width=160, soft_wrap=True)
    )


@contextmanager
def waiting() -> Iterator[None]:
    """A progress bar on the terminal while the stable forms of a new formula are searched."""
    shown = console(stderr=True)
    if not shown.is_terminal:
        yield
        return
    from rich.progress import Progress

    with Progress(console=shown, transient=True) as bar:
        tasks: dict[str, Any] = {}

        def listener(task: str, done: float) -> None:
            if task and task not in tasks:
                tasks[task] = bar.add_task(task, total=1.0)
            for name, place in tasks.items():
                bar.update(place, completed=done if name == task else 1.0)

        with listening(listener):
            yield
