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
from symbp.passes.seed import SEED, seeded
from symbp.program import needed
from symbp.stable.result import Stable


def ensemble_lines(found: ByName, stables: Mapping[str, Stable]) -> dict[str, object]:
    """What the template of the class and of its passes places.

    What the loss alone needs comes last, behind what flows back, so that steps whose loss nobody
    records leave it out.
    """
    made, planned, behind = planned_ensemble(found, stables)
    calls = Calls(made, planned)
    step = calls.lines(range(behind))
    loss = calls.lines(range(behind, len(made.statements)))
    loss.append(f"{INDENT}return {calls.operand(made.values['E'])}")
    groups = {"w": found.weights, "dw": found.gradients, "x": found.inputs, "y": found.targets}
    given = {name for names in groups.values() for name in names}
    known = {*given, *planned.places, *calls.constants.values(), SEED}
    code = "\n".join([*step, *loss])
    kernels = sources(re.findall(r"\b(?:choose|\w+_into)(?=\()", code), (KERNELS, KERNELS_IN_PLACE))
    return {
        "kernels": kernels,
        "rows": [line for variable, names in groups.items()
                 for line in _rows(variable, names)],
        "constants": list(constants(calls)),
        "arrays": list(arrays(planned)),
        "pass": [*unpacked(step, known), *step],
        "loss_pass": [*unpacked(loss, known), *loss],
        "count": sum(map(len, groups.values())) + sum(not b.fixed for b in planned.buffers)
        + sum(1 for o in planned.operations.values() if o.function == "constant" and o.shape),
    }  # fmt: skip


def planned_ensemble(found: ByName, stables: Mapping[str, Stable]) -> tuple[Schedule, Plan, int]:
    """A step of every run as operations, the array of each, and where the loss alone begins."""
    given = (*found.weights, *found.inputs, *found.targets, SEED)
    inputs = dict.fromkeys(given, ((RUNS,), "float"))
    ahead = (*found.forward, *found.loss, *found.backward)
    wanted = needed(((s.target, s.uses) for s in ahead), found.gradients)
    before = tuple(s for s in found.loss if s.target in wanted)
    behind = tuple(s for s in found.loss if s.target not in wanted)
    statements = (*found.forward, *before, *seeded(found.backward), *behind)
    made = schedule(statements, inputs, stables)
    planned = plan(made, ["E"], {name: name for name in found.gradients})
    return made, planned, len(statements) - len(behind)


def _rows(variable: str, names: tuple[str, ...]) -> list[str]:
    """`self.w1, self.w2 = self.w`: the rows of an array by their names."""
    shown = [f"self.{name}" for name in names]
    if len(names) == 1:
        return [f"{INDENT * 2}({shown[0]},) = self.{variable}"]
    one = f"{INDENT * 2}{', '.join(shown)} = self.{variable}"
    if len(one) <= WIDTH:
        return [one]
    return wrapped("(", shown, f") = self.{variable}", indent=8)
