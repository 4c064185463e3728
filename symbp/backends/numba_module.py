"""One module by name that numba compiles: the formulas of one sample, and many runs in parallel.

Input: a network and its derivation.  Output: Python source that imports numpy and numba.
Imports by_name, scalar_lines, float_code and templates.
"""

from __future__ import annotations

from collections.abc import Iterable

from symbp.backends.code_lines import INDENT, wrapped
from symbp.backends.float_code import COMPILED, LOUD, QUIET, compiled_sources, used
from symbp.backends.scalar_lines import ScalarLines
from symbp.backends.templates import render
from symbp.by_name import by_name
from symbp.derivation import Derivation
from symbp.errors import SpecError
from symbp.spec import Network

MOST_WEIGHTS = 400  # numba takes minutes for more


def numba_module(network: Network, derivation: Derivation) -> str:
    """The source of the module.

    Raises:
        SpecError: more than 400 numbers to train, or no formulas of one sample.

    >>> from symbp.pipeline import derive
    >>> net = Network(sizes=[2, 2, 2])
    >>> "for run in prange(len(rate)):" in numba_module(net, derive(net))
    True
    """
    if network.weight_count > MOST_WEIGHTS:
        count = f"numba of {network.weight_count} trained numbers, at most {MOST_WEIGHTS}"
        raise SpecError("--target", count, "Take numpy.")
    found = by_name(network, derivation)
    lines = ScalarLines(network, found, COMPILED)
    placed = lines.template()
    functions, gradients = lines.functions(), lines.gradient_lines()
    helpers = compiled_sources([*functions, *gradients])
    code = [*helpers, *functions, *gradients]
    return render(
        "numba/module.py.j2",
        **placed | {"functions": decorated(functions)},
        helpers=decorated(helpers),
        math=any("math." in line for line in helpers),
        imports=[
            *used(code, (*QUIET, *LOUD)),
            *(["pow as power"] if used(code, ("power",)) else []),
        ],
        numbers=entries("numbers = (", "w", len(found.weights)),
        inputs=entries("inputs = (", "x", len(found.inputs)),
        targets=entries("targets = (", "y", len(found.targets)),
    )


def decorated(lines: Iterable[str]) -> list[str]:
    """The lines with each function compiled."""
    found = []
    for line in lines:
        found += ["@COMPILE", line] if line.startswith("def ") else [line]
    return found


def entries(head: str, variable: str, count: int) -> list[str]:
    """`numbers = (w[0, run], w[1, run])`: a column of an array as a tuple, for numba to unroll."""
    return wrapped(head, [f"{variable}[{k}, run]" for k in range(count)], ")", len(INDENT) * 2)
