"""One self-contained NumPy module by name: w1, net_h1, delta_o2, as a student writes it.

Input: a network and its derivation.  Output: Python source that imports numpy only.  The formulas
are those of one sample; floats and arrays of runs both go in.
Imports scalars, passes, code_lines, templates.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import sympy as sp

from symbp.backends.code_lines import assignment, wrapped
from symbp.backends.numpy_module import example_rate, heading, helpers, summary
from symbp.backends.templates import render
from symbp.derivation import Derivation
from symbp.errors import SpecError
from symbp.example import Example, draw_example
from symbp.index import SumOver, axes_of, bound
from symbp.layers import takes_rows
from symbp.passes.stabilise import stabilise
from symbp.printers import float_text
from symbp.program import needed
from symbp.scalars import ScalarEquation, ScalarSystem
from symbp.spec import Network
from symbp.tree import Call, Name, natural, to_tree

MOST_WEIGHTS = 2000


def scalar_module(network: Network, derivation: Derivation) -> str:
    """The source of the module in scalar style.

    Raises:
        SpecError: more than 2000 numbers to train; the array style has no such limit.

    >>> from symbp.pipeline import derive
    >>> net = Network(sizes=[2, 2, 2])
    >>> "delta_o1 = (out_o1 - y1) * out_o1 * (1 - out_o1)" in scalar_module(net, derive(net))
    True
    """
    if network.weight_count > MOST_WEIGHTS:
        found = f"scalar style of {network.weight_count} trained numbers, at most {MOST_WEIGHTS}"
        raise SpecError("style", found, "Use the array style.")
    check_single(network, derivation)
    system = ScalarSystem(network, stabilise(derivation))
    first_loss = next(
        line.number for line in derivation.forward if line.equation.origin.startswith("loss")
    )
    forward = [e for e in system.forward() if e.line < first_loss]
    after = [e for e in system.forward() if e.line >= first_loss]
    output = forward[-1].quantity
    outputs = [e.target.name for e in forward if e.quantity == output]
    trained = [w.name for w in system.weights]
    names = parameter_names(system)
    inputs = [system.name("X", p) for p in system.places("X")]
    targets = target_names(system)
    unpack_wx = {"w": names, "x": inputs}
    unpack = unpack_wx | {"y": targets}
    gradients = [f"d{name}" for name in trained]
    full_body = body(unpack, (*forward, *after, *system.backward()), ["E", *gradients])
    return render(
        "numpy/scalar.py.j2",
        heading=heading(network),
        summary=summary(network),
        names=[
            *wrapped("WEIGHTS = (", [f'"{n}"' for n in names], ")"),
            *wrapped("TRAINED = (", [f'"{n}"' for n in trained], ")"),
            *wrapped("OUTPUTS = (", [f'"{n}"' for n in outputs], ")"),
        ],
        outputs=outputs if len(outputs) <= 4 else [*outputs[:2], "..", outputs[-1]],
        forward=[*body(unpack_wx, forward, outputs), *returned("return ", outputs)],
        loss=body({"forward(w, x)": outputs, "w": names, "y": targets}, after, ["E"]),
        helpers=helpers(full_body),
        gradients=[*full_body, *returned("return E, ", gradients)],
        example=example_lines(network, system, names, inputs, targets),
        first_sample=", of the first sample" if samples(network) > 1 else "",
        learning_rate=float_text(float(example_rate(network))),
    )


def check_single(network: Network, derivation: Derivation) -> None:
    """Formulas of one sample need layers that treat each sample alone.

    Raises:
        SpecError: a layer takes sums over the samples, or looks rows up.
    """
    if takes_rows(network.layers):
        found = "scalar style of an embedding, whose row is known only with the input"
        raise SpecError("style", found, "Use the array style.")
    for line in derivation.forward:
        e = line.equation
        sums = e.rhs.atoms(SumOver)
        if e.indices and any(axes_of(e.rhs, derivation.axes)[d] == "N" for s in sums
                             for d in bound(s)):  # fmt: skip
            found = f"scalar style of one sample, but {e.name} ({e.origin}) sums over the samples"
            raise SpecError("style", found, "Use the array style.")


def parameter_names(system: ScalarSystem) -> list[str]:
    """w1, w2, .. and then every other parameter entry, frozen ones too."""
    trained = [w.name for w in system.weights]
    graph = system.derivation.graph
    every = [
        system.name(q, p) for q in graph.names("parameter", "constant") for p in system.places(q)
    ]
    return [*trained, *(name for name in every if name not in set(trained))]


def target_names(system: ScalarSystem) -> list[str]:
    """y1, y2, ..; for class indices the entries of the one-hot row."""
    quantity = "Y" if system.network.targets == "classes" else "T"
    return [system.name(quantity, p) for p in system.places(quantity)]


def body(
    unpack: dict[str, list[str]], equations: Iterable[ScalarEquation], results: Iterable[str]
) -> list[str]:
    """Unpacking, and the statements that lead to the results; unused names are not bound."""
    equations = tuple(equations)
    results = tuple(results)
    uses = [(e.target.name, [s.name for s in e.rhs.free_symbols]) for e in equations]
    live = needed(uses, results)
    equations = tuple(e for e in equations if e.target.name in live)
    used = {s.name for e in equations for s in e.rhs.free_symbols} | set(results)
    lines = []
    for variable, names in unpack.items():
        shown = [name if name in used else "_" for name in names]
        if any(name != "_" for name in shown):
            lines += unpacking(shown, variable)
    for e in equations:
        name, comment = e.target.name, f"[{e.line}]"
        if isinstance(e.rhs, sp.Max):
            first, *rest = (Name(s.name) for s in sorted(e.rhs.args, key=lambda s: natural(s.name)))
            for so_far, other in zip((first, *[Name(name)] * len(rest)), rest, strict=False):
                lines += assignment(name, Call("maximum", (so_far, other)), comment)
        else:
            node = to_tree(e.rhs, lambda s: Name(s.name) if s.is_Symbol else None)
            lines += assignment(name, node, comment)
    return lines


def unpacking(names: list[str], variable: str) -> list[str]:
    """`a, b = w`, over several lines where it is too long for one."""
    if len(names) == 1:
        return [f"    ({names[0]},) = {variable}"]
    one = f"    {', '.join(names)} = {variable}"
    if len(one) <= 88:
        return [one]
    return ["    (", *(f"        {name}," for name in names), f"    ) = {variable}"]


def returned(start: str, names: list[str]) -> list[str]:
    """`return (a, b)` with the parentheses that the formatter leaves."""
    if start == "return " and len(names) > 1:
        one = f"    return {', '.join(names)}"
        if len(one) <= 88:
            return [one]
    return wrapped(f"{start}(", names, ")", indent=4)


def samples(network: Network) -> int:
    """Number of samples of the example, 1 if there is none."""
    return len(network.example.inputs) if isinstance(network.example, Example) else 1


def example_lines(
    network: Network, system: ScalarSystem, names: list[str], inputs: list[str], targets: list[str]
) -> list[str]:
    """w, x and y of the first sample as tuples of floats."""
    if not isinstance(network.example, Example):
        network = replace(network, example=draw_example(network, 0, 1, example_rate(network)))
    values = ScalarSystem(network, system.derivation).values()
    lines = []
    for variable, group in (("w", names), ("x", inputs), ("y", targets)):
        numbers = [float_text(float(values[name])) for name in group]
        lines += wrapped(f"{variable} = (", numbers, ")", indent=4)
    return lines
