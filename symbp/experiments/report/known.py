"""What is known of variants before they are trained: each finding once, with those it holds for.

Input: comparisons.  Output: findings.  Imports compare, explain and messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from symbp.document.model import Block
from symbp.experiments.compare import Comparison
from symbp.experiments.explain import Finding
from symbp.experiments.explain.finding import in_words
from symbp.experiments.report.pieces import points

EXTENT = {"least": min, "most": max}  # slots that join: from the least to the most of all


def known(comparisons: Sequence[Comparison], *keys: str) -> tuple[Finding, ...]:
    """The findings of all variants; labels stand before those that do not hold for all.

    Findings that differ only in how far numbers reach are one, with the reach of all.

    Args:
        comparisons: Done; the variants of several are told apart by what was changed.
        keys: Beginnings of keys of findings that are wanted; none: all.
    """
    labels: dict[Any, list[str | Finding]] = {}
    found: dict[Any, Finding] = {}
    count = 0
    for comparison in comparisons:
        for t in comparison.trained:
            count += 1
            label: str | Finding = t.variant.label
            if len(comparisons) > 1:
                change = Finding(f"compare.{comparison.change}")
                label = Finding("report.variant", {"change": change, "label": t.variant.label})
            for finding in t.variant.findings:
                same = _same(finding)
                found[same] = _joined(found[same], finding) if same in found else finding
                labels.setdefault(same, []).append(label)
    return tuple(
        finding if len(labels[same]) == count > 1 else labelled(labels[same], finding)
        for same, finding in found.items()
        if not keys or finding.key.startswith(keys)
    )


def labelled(labels: Sequence[str | Finding], finding: Finding) -> Finding:
    """A finding with those it holds for."""
    return Finding("compare.said", {"label": labels, "text": finding})


def _same(finding: Finding) -> tuple[Any, ...]:
    """What two findings have in common that are one."""
    values = tuple((k, in_words(v)) for k, v in finding.values.items() if k not in EXTENT)
    return (finding.key, values, tuple(d.text() for d in finding.details))


def _joined(first: Finding, second: Finding) -> Finding:
    wider = {k: EXTENT[k](first.values[k], second.values[k]) for k in EXTENT if k in first.values}
    return replace(first, values={**first.values, **wider})


@dataclass(frozen=True, slots=True)
class Known:
    """What is known before training, as points."""

    comparisons: tuple[Comparison, ...]

    def blocks(self, lang: str) -> tuple[Block, ...]:
        """One list."""
        return points([f.text(lang) for f in known(self.comparisons)])
