"""Tell whoever waits how far a long computation is.

Input: reports from the stages.  Output: whatever the listener makes of them; nothing without one.
Imports nothing of the package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[str, float], None]
_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


def report(task: str, done: float) -> None:
    """Say how much of a task is done, from 0 to 1."""
    listener = _listener.get()
    if listener is not None:
        listener(task, done)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Hear the reports of what runs inside.

    >>> heard = []
    >>> with listening(lambda task, done: heard.append((task, done))):
    ...     report("search", 0.5)
    >>> heard
    [('search', 0.5)]
    """
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
