"""Many runs of a network by name at once: an array of runs for each name, made once.

Input: a `ByName` and the stable forms that it calls.  Output: the lines of a class with the arrays
and of the calls that write into them.  Imports by_name, the passes in_place, buffers and seed, and
array_calls.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from symbp.backends.array_calls import Calls
from symbp.backends.code_lines import INDENT, WIDTH, wrapped
from symbp.backends.stable_code import KERNELS, KERNELS_IN_PLACE, sources
from symbp.backends.workspace_module import arrays, constants, unpacked
from symbp.by_name import RUNS, ByName
from symbp.passes.buffers import Plan, plan
from symbp.passes.in_place import schedule
from symbp.passes.operations import Schedule
from symbp.passes.parts import in_order
from symbp.passes.seed import SEED
from symbp.stable.result import Stable
from symbp.tangent import dotted


def ensemble_lines(found: ByName, stables: Mapping[str, Stable]) -> dict[str, object]:
    """What the template of the class and of its passes places.

    What the loss alone needs comes last, behind what flows back, so that steps whose loss nobody
    records leave it out.
    """
    made, planned, behind, last = planned_ensemble(found, stables)
    calls = Calls(made, planned)
    step = calls.lines(range(behind))
    tangent = calls.lines(range(behind, last))
    loss = calls.lines(range(last, len(made.statements)))
    loss.append(f"{INDENT}return {calls.operand(made.values['E'])}")
    groups = {"w": found.weights, "dw": found.gradients, "x": found.inputs, "y": found.targets}
    if tangent:
        groups |= {"v": directions(found), "hv": products(found)}
    given = {name for names in groups.values() for name in names}
    known = {*given, *planned.places, *calls.constants.values(), SEED}
    code = "\n".join([*step, *tangent, *loss])
    kernels = sources(re.findall(r"\b(?:choose|\w+_into)(?=\()", code), (KERNELS, KERNELS_IN_PLACE))
    return {
        "kernels": kernels,
        "rows": [line for variable, names in groups.items()
                 for line in _rows(variable, names)],
        "constants": list(constants(calls)),
        "arrays": list(arrays(planned)),
        "pass": [*unpacked(step, known), *step],
        "tangent_pass": [*unpacked(tangent, known), *tangent],
        "loss_pass": [*unpacked(loss, known), *loss],
        "count": sum(map(len, groups.values())) + sum(not b.fixed for b in planned.buffers)
        + sum(1 for o in planned.operations.values() if o.function == "constant" and o.shape),
    }  # fmt: skip


def directions(found: ByName) -> tuple[str, ...]:
    """w1_dot, w2_dot, .. in the order of `trained`."""
    return tuple(map(dotted, found.trained))


def products(found: ByName) -> tuple[str, ...]:
    """The Hessian times the direction: dw1_dot, dw2_dot, .."""
    return tuple(map(dotted, found.gradients))


def planned_ensemble(
    found: ByName, stables: Mapping[str, Stable]
) -> tuple[Schedule, Plan, int, int]:
    """A step of every run as operations, the array of each, and where its parts begin.

    Returns:
        The operations, their arrays, and the first statements of the tangents and of the loss.
    """
    given = [*found.weights, *found.inputs, *found.targets, SEED]
    wanted = list(found.gradients)
    if found.curved:
        given += directions(found)
        wanted += products(found)
    parts = (found.forward, found.loss, found.backward, found.moved, found.curved)
    statements, behind, last = in_order(*parts, wanted)
    made = schedule(statements, dict.fromkeys(given, ((RUNS,), "float")), stables)
    planned = plan(made, ["E"], {name: name for name in wanted})
    return made, planned, behind, last


def _rows(variable: str, names: tuple[str, ...]) -> list[str]:
    """`self.w1, self.w2 = self.w`: the rows of an array by their names."""
    shown = [f"self.{name}" for name in names]
    if len(names) == 1:
        return [f"{INDENT * 2}({shown[0]},) = self.{variable}"]
    one = f"{INDENT * 2}{', '.join(shown)} = self.{variable}"
    if len(one) <= WIDTH:
        return [one]
    return wrapped("(", shown, f") = self.{variable}", indent=8)
