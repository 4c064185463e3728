"""What the mathematics says of a network before it is trained, each sentence found from it.

Input: a network where it starts.  Output: findings.  One explanation a module; none is listed by
hand.  Imports the modules of this folder.
"""

from __future__ import annotations

from symbp.experiments.explain.attained import attained, exact_targets
from symbp.experiments.explain.dead import dead_units
from symbp.experiments.explain.finding import Finding
from symbp.experiments.explain.floor import one_hot
from symbp.experiments.explain.loss_ratio import loss_ratio
from symbp.experiments.explain.saturation import saturation
from symbp.experiments.explain.slopes import layer_slopes
from symbp.experiments.explain.start import Start, start
from symbp.experiments.explain.symmetry import symmetry
from symbp.experiments.explain.targets import no_distribution
from symbp.experiments.explain.zero_start import zero_start

__all__ = ["Finding", "Start", "attained", "explain", "loss_ratio", "start"]


def explain(begun: Start) -> tuple[Finding, ...]:
    """Every sentence that applies to a network where it starts.

    Args:
        begun: From `start`: the network, its parameters and its data.

    >>> from symbp.spec_file import worked_example
    >>> [f.key for f in explain(start(worked_example()))]
    ['finding.attained.no', 'finding.slope.bounded']
    """
    slopes = layer_slopes(begun)
    return (
        *no_distribution(begun.network, one_hot(begun.network, exact_targets(begun))),
        attained(begun.network, begun),
        *symmetry(begun.network, begun.parameters),
        *zero_start(begun.network, begun.parameters),
        *dead_units(begun, slopes),
        *saturation(begun, slopes),
    )
