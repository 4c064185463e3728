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
from symbp.backends.stable_code import KERNELS, KERNELS_IN_PLACE, sources
from symbp.backends.templates import render
from symbp.backends.workspace_module import arrays, constants, inputs, unpacked
from symbp.derivation import Derivation
from symbp.lower import lower
from symbp.passes.buffers import Plan, plan
from symbp.passes.in_place import schedule
from symbp.passes.operations import Schedule, Shape
from symbp.passes.runs import RUNS, over_runs
from symbp.passes.seed import SEED, seeded
from symbp.program import Program, needed
from symbp.spec import Network
from symbp.stable.result import Stable
from symbp.stable.store import stable

# `sweep` takes as many runs at once as the cache near a core holds; calls on arrays of fewer than
# LEAST runs take longer than what they compute.
CACHE, LEAST = "1 << 20", "8"


def runs_module(network: Network, derivation: Derivation) -> str:
    """The source of the module in array style over an axis of runs.

    Args:
        network: Gives the name, the sizes and the numbers of `example()`.
        derivation: Of the same network.

    >>> from symbp.pipeline import derive
    >>> net = Network(sizes=[2, 2, 2])
    >>> "np.matmul(dZ2.mT, A1, out=dW2)" in runs_module(net, derive(net))
    True
    """
    program = lower(derivation, network.accuracy)
    stables = {name: stable(expr, network.accuracy) for name, expr in program.functions.items()}
    axes, given = axes_of_all(derivation), inputs(network, derivation)
    own = {*network.parameters, SEED}
    own |= {"T"} if network.targets == "values" else set()  # no larger than the output
    found, planned, behind = planned_runs(program, given, own, stables)
    calls = Calls(found, planned, tile=0)
    step = calls.lines(range(behind))
    loss = calls.lines(range(behind, len(found.statements)))
    known = {*given, *planned.places, *calls.constants.values(), "N"}
    code = "\n".join([*step, *loss])
    kernels = sources(re.findall(r"\b(?:choose|\w+_into)(?=\()", code), (KERNELS, KERNELS_IN_PLACE))
    return render(
        "numpy/ensemble.py.j2",
        **common(network, program, stables),
        kernels=kernels,
        frozen=[{"name": n, "shape": shape((RUNS, *axes[n]))}
                for n in network.parameters if n not in derivation.gradients],
        data=[{"name": n, "shape": shape((*[RUNS] * (n in own), *given[n][0])),
               "whole": given[n][1] == "int"} for n in ("X", "T")],
        constants=list(constants(calls)),
        arrays=list(arrays(planned)),
        gradient=[*unpacked(step, known), *step],
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
) -> tuple[Schedule, Plan, int]:
    """A step of every run as operations, the array of each, and where the loss alone begins.

    What the loss alone needs comes last, behind what flows back, so that steps whose loss nobody
    records leave it out.

    Args:
        program: The statements of one run.
        given: Axes and kind of the inputs of one run.
        own: Those of which each run has its own.
        stables: The functions that the statements call.
    """
    gradients = {target: name for name, target in program.derivation.gradients.items()}
    ahead = (*program.forward, *program.loss, *program.backward)
    wanted = needed(((s.target, s.uses) for s in ahead), gradients)
    before = tuple(s for s in program.loss if s.target in wanted)
    behind = tuple(s for s in program.loss if s.target not in wanted)
    statements = (*program.forward, *before, *seeded(program.backward), *behind)
    found = over_runs(schedule(statements, given, stables), own)
    return found, plan(found, ["E"], gradients), len(statements) - len(behind)
