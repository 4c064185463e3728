"""One self-contained NumPy module by name: w1, net_h1, delta_o2, as a student writes it.

Input: a network and its derivation.  Output: Python source that imports numpy only.  The formulas
are those of one sample: once for floats, once for arrays of runs that are made once.
Imports by_name, scalar_lines, ensemble, templates.
"""

from __future__ import annotations

from symbp.backends.ensemble import ensemble_lines
from symbp.backends.float_code import FLOAT, QUIET, float_sources, used
from symbp.backends.scalar_lines import ScalarLines
from symbp.backends.templates import render
from symbp.by_name import by_name
from symbp.derivation import Derivation
from symbp.spec import Network


def scalar_module(network: Network, derivation: Derivation, second_order: bool = False) -> str:
    """The source of the module in scalar style.

    Args:
        network: Gives the names and the example.
        derivation: Of the same network.
        second_order: Add the product of the Hessian with a direction, for arrays of runs.

    Raises:
        SpecError: more than 2000 numbers to train; the array style has no such limit.

    >>> from symbp.pipeline import derive
    >>> net = Network(sizes=[2, 2, 2])
    >>> "delta_o1 = (out_o1 - y1) * out_o1 * (1 - out_o1)" in scalar_module(net, derive(net))
    True
    """
    found = by_name(network, derivation, second_order)
    lines = ScalarLines(network, found, FLOAT)
    placed = lines.template()
    code = [*lines.functions(), *lines.gradient_lines()]
    helpers = float_sources(code)
    runs = ensemble_lines(found, lines.stables())
    return render(
        "numpy/scalar.py.j2",
        **placed,
        math=any("math." in line for line in [*helpers, *runs["kernels"]]),  # type: ignore[misc]
        imports=used([*helpers, *code], QUIET),
        helpers=helpers,
        runs=runs,
    )
