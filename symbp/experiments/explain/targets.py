"""Cross-entropy on targets that are no distribution: what the loss is then.

Input: a network and the targets of its samples.  Output: a `Finding` where the loss is
S*log(sum exp(z)) - sum c*z in its outputs, and targets are negative or do not sum to 1.
Imports floor, log_sum_exp and finding.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import sympy as sp

from symbp.experiments.explain.finding import Finding
from symbp.experiments.explain.floor import output_loss
from symbp.experiments.explain.log_sum_exp import LogSumExp, log_sum_exp
from symbp.spec import Network


def output_form(network: Network, row: Sequence[Fraction]) -> LogSumExp | None:
    """The loss of a sample as S*log(sum exp(z)) - sum c*z in the outputs; None if it is not that.

    >>> net = Network(sizes=[2, 2], loss="cross_entropy")
    >>> output_form(net, [Fraction("0.23"), Fraction("-0.07")]).total
    Fraction(4, 25)
    """
    found = output_loss(network)
    if found is None or len(found.outputs) < 2:
        return None
    numbers = {
        s: sp.Rational(t.numerator, t.denominator)
        for s, t in zip(found.targets, row, strict=True)
    }  # fmt: skip
    return log_sum_exp(found.loss.xreplace(numbers), found.outputs)


def no_distribution(network: Network, rows: Sequence[Sequence[Fraction]]) -> tuple[Finding, ...]:
    """Say of targets that they are no distribution, and what that does to the loss.

    Args:
        network: Any.
        rows: The targets of each sample, one-hot for classes.

    >>> net = Network(sizes=[2, 2], loss="cross_entropy")
    >>> print(no_distribution(net, [[Fraction("0.23"), Fraction("-0.07")]])[0].sentence())
    The targets 0.23, -0.07 of cross_entropy are no distribution: they sum to 0.16. In the numbers \
z that it is given the loss is 0.16*log(sum exp(z)) - sum(c*z) with c = 0.23, -0.07; -0.07 is \
negative, so that share p of the softmax is rewarded for going to 0, where -c*log(p) goes to minus \
infinity.
    """
    strange = [row for row in rows if min(row) < 0 or sum(row) != 1]
    for row in strange:
        form = output_form(network, row)
        if form is None:
            return ()
        negative = tuple(c for c in form.weights if c < 0)
        values = {
            "targets": tuple(row), "sum": sum(row, Fraction(0)), "negative": negative,
            "loss": network.loss_row.text, "total": form.total, "weights": form.weights,
        }  # fmt: skip
        evidence = {"samples": len(strange), "weights": form.weights, "total": form.total}
        key = "finding.targets.negative" if negative else "finding.targets.sum"
        return (Finding(key, values, evidence=evidence),)
    return ()
