"""A derivation as JSON: every line and step, machine-readable.

Input: a network, its derivation and, where expanded, the forms of each weight.  Output: text.
Imports notation, latex and derivation.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from symbp.backends.latex import latex
from symbp.derivation import Derivation, Line
from symbp.notation import index_text
from symbp.spec import Network

FORMAT = 1


def to_json(network: Network, derivation: Derivation, weights: Mapping[str, Any]) -> str:
    """The derivation as JSON text.

    Args:
        network: Named in the result.
        derivation: Every line with its steps.
        weights: Per scalar weight, its forms as text; may be empty.

    >>> from symbp.derive import derive
    >>> from symbp.build import build_graph
    >>> net = Network(sizes=[1, 1])
    >>> json.loads(to_json(net, derive(build_graph(net)), {}))["lines"][0]["target"]
    'Z1[n,j]'
    """
    quantities = {
        name: {"axes": list(q.axes), "role": q.role} | ({"of": q.of} if q.of else {})
        for name, q in derivation.quantities.items()
    }
    document = {
        "format": FORMAT,
        "network": network.name,
        "sizes": dict(derivation.graph.sizes),
        "quantities": quantities,
        "gradients": derivation.gradients,
        "lines": [_line(line) for line in derivation.lines],
        "weights": dict(weights),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _line(line: Line) -> dict[str, Any]:
    e = line.equation
    return {
        "number": line.number,
        "target": index_text(e.target),
        "rhs": index_text(e.rhs),
        "latex": f"{latex(e.target)} = {latex(e.rhs)}",
        "origin": e.origin,
        "source": e.source,
        "steps": [
            {
                "rule": s.rule,
                "before": index_text(s.before),
                "after": index_text(s.after),
                "reason": s.reason,
                "source": s.source,
            }
            for s in line.steps
        ],
    }
