"""The parts of a training step of many runs in the order in which they are computed.

Input: statements by what they are for.  Output: one list, and where its parts begin.  Imports seed
and program.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from symbp.passes.seed import seeded
from symbp.program import Statement, needed

Statements = Sequence[Statement]


def in_order(
    forward: Statements,
    loss: Statements,
    backward: Statements,
    moved: Statements,
    curved: Statements,
    results: Iterable[str],
) -> tuple[tuple[Statement, ...], int, int]:
    """Put the passes one behind the other, with the seed where adjoints begin.

    What the loss alone needs comes last, so that steps whose loss nobody records leave it out; the
    tangents come before it, so that steps which ask for none leave them out too.

    Args:
        forward: From the inputs to the output.
        loss: From there to E.
        backward: Adjoints, linear in the seed.
        moved: Tangents of values, which do not have it.
        curved: Tangents of adjoints, linear in it again.
        results: What is wanted beside the loss.

    Returns:
        All statements, and the first ones of the tangents and of the loss alone.
    """
    live = needed(((s.target, s.uses) for s in (*forward, *loss, *backward, *moved, *curved)),
                  results)  # fmt: skip
    before = tuple(s for s in loss if s.target in live)
    behind = tuple(s for s in loss if s.target not in live)
    back = seeded((*backward, *curved))
    step = (*forward, *before, *back[: len(backward)])
    statements = (*step, *moved, *back[len(backward) :], *behind)
    return statements, len(step), len(statements) - len(behind)
