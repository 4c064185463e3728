"""How much a step of training allocates, for the tests that say: nothing."""

from __future__ import annotations

import tracemalloc

MOST_BYTES = 4096


def peak(step):
    """Bytes that a step takes at most, after the first."""
    step()
    tracemalloc.start()
    try:
        step()
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        step()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
