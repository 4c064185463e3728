"""What the command line writes to: a console, and a progress bar while something is searched.

Input: text and reports.  Output: the terminal.  Imports progress; rich.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console

from symbp.progress import listening

Show = Callable[..., None]


def console(stderr: bool = False) -> Console:
    """A console that wraps nothing of what it is given; no colour when piped or with NO_COLOR."""
    made = Console(stderr=stderr, highlight=False, emoji=False, soft_wrap=True)
    return (
        made
        if made.is_terminal
        else Console(stderr=stderr, highlight=False, emoji=False, width=160, soft_wrap=True)
    )


@contextmanager
def waiting() -> Iterator[Show]:
    """A progress bar on the terminal, while stable forms are searched and for what is shown.

    Yields a function of a task, how much of it is done (0 to 1), and a note beside the bar.  It
    does nothing where there is no terminal.
    """
    shown = console(stderr=True)
    if not shown.is_terminal:
        yield lambda task, done, note="": None
        return
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = (
        TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(),
        TextColumn("{task.fields[note]}", markup=False),
    )  # fmt: skip
    with Progress(*columns, console=shown, transient=True) as bar:
        tasks: dict[str, Any] = {}

        def show(task: str, done: float, note: str = "") -> None:
            if task and task not in tasks:
                tasks[task] = bar.add_task(task, total=1.0, note="")
            for name, place in tasks.items():
                if name == task:
                    bar.update(place, completed=done, note=note)
                else:
                    bar.update(place, completed=1.0)

        with listening(show):
            yield show


@contextmanager
def screen_that_may_fail() -> Iterator[None]:
    """A screen that cannot be written, as one that goes to a full disk, is bad input.

    Raises:
        SystemExit: with code 2, after the reason.
    """
    try:
        yield
    except OSError as error:
        if error.filename is not None:  # of a file, which whoever writes it names
            raise
        shown, reason = console(stderr=True), (error.strerror or str(error)).lower()
        shown.print("[bold red]OutputError[/]: ", end="")
        remedy = "Free some space, or choose another place."
        shown.print(f"the output cannot be written: {reason}.\n  {remedy}", markup=False)
        # What is still in a buffer would fail once more when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(2)
