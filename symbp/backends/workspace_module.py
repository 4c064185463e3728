"""One self-contained NumPy module that allocates nothing while it trains.

Input: a network and its derivation.  Output: Python source that imports numpy only: a `Workspace`
with every array, made once, and the same lines as the plain module, each writing into its array.
Imports lower, the passes in_place, buffers and seed, array_calls, training and templates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from symbp.backends.array_calls import Calls
from symbp.backends.code_lines import INDENT, shape, wrapped
from symbp.backends.numpy_module import axes_of_all, common
from symbp.backends.stable_code import KERNELS, KERNELS_IN_PLACE, called, sources
from symbp.backends.templates import render
from symbp.backends.training import training
from symbp.choice import resolve_optimizer
from symbp.derivation import Derivation
from symbp.form import Form
from symbp.layers import takes_rows
from symbp.lower import lower
from symbp.passes.buffers import Plan, plan
from symbp.passes.in_place import schedule
from symbp.passes.operations import Operation, Schedule, Shape
from symbp.passes.products import late, with_sums
from symbp.passes.seed import SEED, seeded
from symbp.program import Program
from symbp.spec import Network
from symbp.stable.result import Stable
from symbp.stable.store import stable

DTYPES = {"float": "dtype", "wide": "np.float64", "bool": "bool", "int": "np.int64"}


def workspace_module(network: Network, derivation: Derivation, form: Form) -> str:
    """The source of the module in array style with a workspace.

    Args:
        network: Gives the name, the sizes and the numbers of `example()`.
        derivation: Of the same network.
        form: Its tiles, BLAS and optimizer.

    >>> from symbp.pipeline import derive
    >>> net, form = Network(sizes=[2, 2, 2]), Form(workspace=True)
    >>> "np.dot(dZ2.T, A1, out=dW2)" in workspace_module(net, derive(net), form)
    True
    """
    program = lower(derivation, network.accuracy)
    stables = {name: stable(expr, network.accuracy) for name, expr in program.functions.items()}
    scipy = form.blas == "scipy"
    found, planned = planned_program(network, program, stables, sums=scipy)
    several = {name for name, form in stables.items() if len(form.regimes) > 1}
    quiet = {k for k, s in enumerate(found.statements) if called(s.node) & several}
    calls = Calls(found, planned, quiet, form.tile, form.blas)
    after = len(program.forward), len(program.forward) + len(program.loss)
    forward = calls.lines(range(after[0]))
    rest = range(after[0], len(found.statements))
    backward = calls.lines(rest)
    steps = product_steps(found, planned, derivation) if scipy else {}
    descent = Calls(found, planned, quiet, 0, form.blas, steps).lines(rest) if scipy else []
    others = [p for p in derivation.gradients if p not in steps.values()]
    descent += [f"{INDENT}np.add({p}, d{p}, out={p})" for p in others] if scipy else []
    total = "L" if network.reduction == "none" else "E"
    only = Calls(found, restricted(planned, found.live([total])), quiet, 0, form.blas)
    loss = only.lines(range(*after))
    axes = axes_of_all(derivation)
    known = {*network.parameters, *planned.places, *calls.constants.values(), SEED, "N"}
    known |= {"gemm", "gemv"} if scipy else set()
    code = "\n".join([*forward, *backward])
    kernels = sources(re.findall(r"\b(?:choose|\w+_into)(?=\()", code), (KERNELS, KERNELS_IN_PLACE))
    return render(
        "numpy/workspace.py.j2",
        **common(network, program, stables),
        **training(resolve_optimizer(form.optimizer, "--optimizer"), network, derivation),
        kernels=kernels,
        frozen=[{"name": n, "shape": shape(axes[n])}
                for n in network.parameters if n not in derivation.gradients],
        constants=list(constants(calls)),
        arrays=list(arrays(planned)),
        tiles=[line for name, cut in calls.tiles.items() for line in _tiles(name, cut)],
        tile=form.tile,
        forward=[*unpacked([*forward, program.output], known), *forward],
        loss=[*unpacked(loss, known), *loss],
        backward=[*unpacked(backward, known), *backward],
        descent=[*unpacked(descent, known), *descent],
        blas=scipy,
        contiguous=True,
    )  # fmt: skip


def planned_program(
    network: Network, program: Program, stables: Mapping[str, Stable], sums: bool = False
) -> tuple[Schedule, Plan]:
    """A step of gradient descent as operations, and the array of each.

    Args:
        network: With the kinds of inputs and targets.
        program: Its statements.
        stables: The functions that they call.
        sums: Whether a product may add to what it writes; gradients then come last.
    """
    derivation = program.derivation
    gradients = {target: name for name, target in derivation.gradients.items()}
    backward = seeded(program.backward)
    backward = late(backward, gradients) if sums else backward
    statements = (*program.forward, *program.loss, *backward)
    found = schedule(statements, inputs(network, derivation), stables)
    found = with_sums(found, gradients) if sums else found
    results = ["L", "E"] if network.reduction == "none" else ["E"]
    held = {program.output: len(program.forward)}
    return found, plan(found, results, gradients, held)


def inputs(network: Network, derivation: Derivation) -> dict[str, tuple[Shape, str]]:
    """Axes and kind of everything that a step is given."""
    axes = axes_of_all(derivation)
    whole = {"X"} if takes_rows(network.layers) else set()
    whole |= {"T"} if network.targets == "classes" else set()
    found = {
        name: (axes[name], "int" if name in whole else "float")
        for name in ("X", "T", *network.parameters)
    }
    return found | {SEED: ((), "float")}


def product_steps(found: Schedule, planned: Plan, derivation: Derivation) -> dict[int, str]:
    """Of each gradient that is one product, the parameter that it is the step of."""
    values = {name: found.values[target] for name, target in derivation.gradients.items()}
    return {
        number: name for name, number in values.items()
        if planned.operations[number].function == "dot" and planned.names[number] == f"d{name}"
    }  # fmt: skip


def restricted(planned: Plan, live: Iterable[int]) -> Plan:
    kept = set(live)
    operations = {k: o for k, o in planned.operations.items() if k in kept}
    return replace(planned, operations=operations)


def unpacked(lines: Iterable[str], known: Iterable[str]) -> list[str]:
    """`Z1 = ws.Z1` for each name of the workspace that some lines use, in order of use."""
    code = "\n".join(line.partition("#")[0] for line in lines)
    used = dict.fromkeys(re.findall(r"[A-Za-z_]\w*", code))
    names = set(known)
    return [f"{INDENT}{name} = ws.{name}" for name in used if name in names]


def constants(calls: Calls) -> Iterator[str]:
    """The statements that make numbers and arrays that never change."""
    seen = set()
    for number, name in calls.constants.items():
        o = calls.plan.operations[number]
        if name in seen or not _is_used(calls, number):
            continue
        seen.add(name)
        yield f"{INDENT * 2}self.{name} = {_constant(o)}"


def _is_used(calls: Calls, number: int) -> bool:
    """Whether an array call reads it; numbers are written out where numbers are worked out."""
    return any(
        number in o.sources and (k in calls.plan.place or o.shape)
        for k, o in calls.plan.operations.items()
    )


def _constant(o: Operation) -> str:
    (text,) = o.options
    dtype = DTYPES[o.kind]
    if text.startswith("arange"):
        return f"np.broadcast_to(np.{text}, {shape(o.shape)}).copy()"
    if text.startswith("eye"):
        return f"np.{text[:-1]}, dtype={dtype})"
    return f"np.full({shape(o.shape)}, {text.removesuffix('.0')}, {dtype})"


def arrays(planned: Plan) -> Iterator[str]:
    """The statements that make the arrays, each under every name that it goes by."""
    for number, buffer in enumerate(planned.buffers):
        if not buffer.fixed:
            made = f"np.empty({shape(buffer.shape)}, {DTYPES[buffer.kind]})"
            yield f"{INDENT * 2}self.{buffer.name} = {made}"
        for name, place in planned.places.items():
            if place == number and name != buffer.name:
                yield f"{INDENT * 2}self.{name} = self.{buffer.name}  # in the same place"


def _tiles(name: str, arrays: tuple[str, ...]) -> list[str]:
    """The statement that cuts arrays into tiles."""
    given = [f"self.{a}" for a in arrays]
    return wrapped(f"self.{name} = tiles(", given, ")", 8)
