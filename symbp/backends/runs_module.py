"""One self-contained NumPy module that trains many runs of a network at once.

Input: a network and its derivation.  Output: Python source that imports numpy only: an `Ensemble`
with every array, made once, with one more axis for the runs, and the lines of one run, each writing
into its array.  Imports lower, the passes, array_calls, workspace_module and templates.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from symbp.backends.array_calls import Calls
from symbp.backends.code_lines import shape
from symbp.backends.numpy_module import axes_of_all, common
from symbp.backends.second_order_module import lowered_tangents
from symbp.backends.stable_code import KERNELS, KERNELS_IN_PLACE, sources
from symbp.backends.templates import render
from symbp.backends.workspace_module import arrays, constants, inputs, unpacked
from symbp.derivation import Derivation
from symbp.lower import lower
from symbp.notation import equation_text
from symbp.passes.buffers import Plan, plan
from symbp.passes.in_place import schedule
from symbp.passes.operations import Schedule, Shape
from symbp.passes.parts import in_order
from symbp.passes.runs import RUNS, over_runs
from symbp.passes.seed import SEED
from symbp.program import Program, Statement
from symbp.spec import Network
from symbp.stable.result import Stable
from symbp.stable.store import stable
from symbp.tangent import DOT, dotted, tangents

# `sweep` takes as many runs at once as the cache near a core holds; calls on arrays of fewer than
# LEAST runs take longer than what they compute.
CACHE, LEAST = "1 << 20", "8"


def runs_module(network: Network, derivation: Derivation, second_order: bool = False) -> str:
    """The source of the module in array style over an axis of runs.

    Args:
        network: Gives the name, the sizes and the numbers of `example()`.
        derivation: Of the same network.
        second_order: Add the product of the Hessian with a direction a run.

    >>> from symbp.pipeline import derive
    >>> net = Network(sizes=[2, 2, 2])
    >>> "np.matmul(dZ2.mT, A1, out=dW2)" in runs_module(net, derive(net))
    True
    """
    program, lines = lower(derivation, network.accuracy), derivation
    if second_order:
        lines = tangents(derivation)
        program = lowered_tangents(network, derivation)
    stables = {name: stable(expr, network.accuracy) for name, expr in program.functions.items()}
    axes, given = axes_of_all(derivation), inputs(network, derivation)
    own = {*network.parameters, SEED}
    own |= {"T"} if network.targets == "values" else set()  # no larger than the output
    moved = {d: (axes[name], "float") for name in derivation.gradients for d in [dotted(name)]}
    if second_order:
        given, own = {**given, **moved}, {*own, *moved}
    found, planned, behind, last = planned_runs(program, given, own, stables)
    calls = Calls(found, planned, tile=0)
    step = calls.lines(range(behind))
    tangent = calls.lines(range(behind, last))
    loss = calls.lines(range(last, len(found.statements)))
    known = {*given, *planned.places, *calls.constants.values(), "N"}
    code = "\n".join([*step, *tangent, *loss])
    kernels = sources(re.findall(r"\b(?:choose|\w+_into)(?=\()", code), (KERNELS, KERNELS_IN_PLACE))
    return render(
        "numpy/ensemble.py.j2",
        **common(network, program, stables)
        | {"derivation": [f"[{x.number}] {equation_text(x.equation)}" for x in lines.lines]},
        kernels=kernels,
        frozen=[{"name": n, "shape": shape((RUNS, *axes[n]))}
                for n in network.parameters if n not in derivation.gradients],
        data=[{"name": n, "shape": shape((*[RUNS] * (n in own), *given[n][0])),
               "whole": given[n][1] == "int"} for n in ("X", "T")],
        constants=list(constants(calls)),
        arrays=list(arrays(planned)),
        gradient=[*unpacked(step, known), *step],
        tangent=[*unpacked(tangent, known), *tangent],
        loss=[*unpacked([*loss, "E"], known), *loss],
        math=any("math." in line for line in kernels),
        ensemble=True,
        cache=CACHE,
        least=LEAST,
    )  # fmt: skip


def planned_runs(
    program: Program,
    given: Mapping[str, tuple[Shape, str]],
    own: Collection[str],
    stables: Mapping[str, Stable],
) -> tuple[Schedule, Plan, int, int]:
    """A step of every run as operations, the array of each, and where its parts begin.

    Args:
        program: The statements of one run, perhaps with tangents.
        given: Axes and kind of the inputs of one run.
        own: Those of which each run has its own.
        stables: The functions that the statements call.

    Returns:
        The operations, their arrays, and the first statements of the tangents and of the loss.
    """
    targets = program.derivation.gradients
    gradients = {target: name for name, target in targets.items()}
    products = {dotted(target): dotted(name) for target, name in gradients.items()}
    gradients |= {t: n for t, n in products.items() if t in {s.target for s in program.backward}}
    parts = (program.forward, program.loss, *by_kind(program))
    statements, behind, last = in_order(*parts, gradients)
    found = over_runs(schedule(statements, given, stables), own)
    return found, plan(found, ["E"], gradients), behind, last


def by_kind(
    program: Program,
) -> tuple[tuple[Statement, ...], tuple[Statement, ...], tuple[Statement, ...]]:
    """Adjoints, tangents of values, and tangents of adjoints, which are linear in the seed."""
    adjoints = {s.target for s in program.backward if not s.target.endswith(DOT)}
    curved = {dotted(name) for name in adjoints}
    return (
        tuple(s for s in program.backward if s.target in adjoints),
        tuple(s for s in program.backward if s.target not in adjoints | curved),
        tuple(s for s in program.backward if s.target in curved),
    )
