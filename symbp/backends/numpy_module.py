"""One self-contained NumPy module in matrices: forward, loss, gradients, training.

Input: a network and its derivation.  Output: Python source that imports numpy only, the same bytes
every time.  Imports lower, program, code_lines, templates and notation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from symbp.backends.code_lines import array_line, prose, shape, statement, wrapped
from symbp.backends.stable_code import function, kernels, measured_line
from symbp.backends.templates import render
from symbp.catalog import Activation
from symbp.derivation import Derivation
from symbp.exact import brief, decimal_text
from symbp.example import Draw, Example, draw_plan
from symbp.formula_layer import FormulaLayer
from symbp.functions import FUNCTIONS
from symbp.layers import (
    Activate,
    Dense,
    Dropout,
    Embedding,
    LayerNorm,
    Residual,
    kind_of,
    takes_rows,
)
from symbp.lower import lower
from symbp.notation import equation_text, index_text
from symbp.passes.typed import typed
from symbp.printers import float_text
from symbp.program import Program, Statement, needed
from symbp.spec import Network
from symbp.stable.result import Stable
from symbp.stable.store import stable
from symbp.tangent import dotted


def numpy_module(network: Network, derivation: Derivation) -> str:
    """The source of the module in array style.

    Args:
        network: Gives the name, the sizes and the numbers of `example()`.
        derivation: Of the same network.

    >>> from symbp.derive import derive
    >>> from symbp.build import build_graph
    >>> net = Network(sizes=[2, 2, 2])
    >>> "dW2 = dZ2.T @ A1" in numpy_module(net, derive(build_graph(net)))
    True
    """
    program = lower(derivation, network.accuracy)
    return render("numpy/array.py.j2", **placed(network, program))


def placed(network: Network, program: Program, *more: Program) -> dict[str, object]:
    """What the template of a module in array style places.

    Args:
        network: Gives the name, the sizes and the numbers of `example()`.
        program: Its lines.
        more: Others of the same network, whose functions the module has too.
    """
    derivation = program.derivation
    functions = {name: f for p in (program, *more) for name, f in p.functions.items()}
    stables = {name: stable(expr, network.accuracy) for name, expr in functions.items()}
    after_forward = (*program.loss, *program.backward)
    axes = axes_of_all(derivation)
    values = {s.target: s for s in program.forward}
    forward = body(program.forward, list(values), axes, {}, network)
    results = ["E", *derivation.gradients.values()]
    gradients = body(after_forward, results, axes, values, network)
    total = "L" if network.reduction == "none" else "E"
    return {
        **common(network, program, stables),
        "forward": forward,
        "helpers": helpers([*forward, *gradients]),
        "functions": stable_functions((program, *more), stables),
        "values": list(values),
        "loss": body(program.loss, [total], axes, values, network),
        "gradients": gradients,
    }


def axes_of_all(derivation: Derivation) -> dict[str, tuple[str, ...]]:
    """The axes of every input and parameter."""
    return {name: q.axes for name, q in derivation.graph.quantities.items()}


def common(network: Network, program: Program, stables: Mapping[str, Stable]) -> dict[str, object]:
    """What every module in matrices says: sizes, names, checks, the example."""
    derivation = program.derivation
    axes, sizes = axes_of_all(derivation), derivation.graph.sizes
    names, trained = tuple(network.parameters), tuple(derivation.gradients)
    separate = network.reduction == "none"
    return {
        "heading": heading(network),
        "summary": summary(network),
        "derivation": [f"[{x.number}] {equation_text(x.equation)}" for x in derivation.lines],
        "measured": [
            *(line for name, f in stables.items() for line in measured_line(name, f)),
            *trained_errors(program, stables, network),
        ],
        "sizes": [{"name": a, "value": size, "note": axis_note(a)} for a, size in sizes.items()],
        "shapes": wrapped("SHAPES = {", [f'"{n}": {fixed_shape(axes[n])}' for n in names], "}"),
        "trained": wrapped("TRAINED = (", [f'"{n}"' for n in trained], ")"),
        "parameters": trained,
        "given": names,
        "output": program.output,
        "each": {"sample": "L[:, 0]", "element": "L"}[network.loss_row.per] if separate else "E",
        "first": next(iter(sizes)),
        "last": axes[program.output][1],
        "widths": (network.inputs, network.widths[-1]),
        "classes": network.targets == "classes",
        "rows": takes_rows(network.layers),
        "masks": any(axes[n][:1] == ("N",) for n in names),
        "checked": "params: Arrays, " if needs_params(network) else "",
        "checking": "params, " if needs_params(network) else "",
        "example": example_lines(network),
        "learning_rate": float_text(float(example_rate(network))),
    }


def stable_functions(programs: Sequence[Program], found: Mapping[str, Stable]) -> list[str]:
    """The source of the functions of one number, in stable forms, and of what they need."""
    statements = [s for p in programs for s in (*p.forward, *p.loss, *p.backward)]
    functions = {name: f for p in programs for name, f in p.functions.items()}
    lines = kernels(found.values(), (s.node for s in statements))
    for name, form in found.items():
        lines += function(name, index_text(functions[name]), form)
    return lines


def trained_errors(
    program: Program, stables: Mapping[str, Stable], network: Network
) -> tuple[str, ...]:
    """Errors of activations with trained numbers, which no form is searched for."""
    if not network.starts:
        return ()
    from symbp.backends.trained_numbers import trained_lines

    return tuple(trained_lines(program, stables, network))


def needs_params(network: Network) -> bool:
    """Whether the targets are compared with a parameter's dtype, as inputs are row numbers."""
    return takes_rows(network.layers) and network.targets == "values"


def fixed_shape(axes: tuple[str, ...]) -> str:
    """A shape as the module compares it: -1 stands for the number of samples."""
    return shape(tuple("-1" if axis == "N" else axis for axis in axes))


def helpers(lines: Iterable[str]) -> list[str]:
    """The functions in some lines that NumPy has not, so that the module brings them along."""
    code = "\n".join(lines)
    missing = [f.name for f in FUNCTIONS.values() if not f.numpy]
    return [name for name in missing if re.search(rf"\b{name}\(", code)]


def heading(network: Network) -> str:
    """The first line of the docstring."""
    title = prose(network.title)
    return f"{network.name}: {title[:60]}." if title else f"{network.name}."


def summary(network: Network) -> str:
    """What the network is, in one or two lines."""
    parts = []
    activations = network.activations
    for number, layer in enumerate(network.layers, 1):
        match layer:
            case Dense():
                activation = brief(prose(activations[number].text))
                bias = {"none": "", "per-unit": " + bias", "shared": " + shared bias"}[layer.bias]
                defined = _defined(activations[number])
                parts.append(f"dense {layer.out}{bias}, {activation}{defined}")
            case Activate():
                row = activations[number]
                parts.append(f"{brief(prose(row.text))}{_defined(row)}")
            case LayerNorm():
                parts.append("layer norm")
            case Residual():
                parts.append(f"add layer {layer.source}")
            case Embedding():
                parts.append(f"embedding {layer.out}")
            case FormulaLayer():
                pairs = layer.equations
                parts += [f"{index_text(left)} = {index_text(right)}" for left, right in pairs]
            case Dropout():
                parts.append(f"dropout {decimal_text(layer.p)}, mask M{number}")
            case _:
                parts.append(kind_of(layer).replace("_", " "))
    text = brief(prose(network.loss_row.text))
    loss = f"Loss: {text}, {network.reduction}; targets are {network.targets}."
    shown = parts if len(parts) <= 12 else [*parts[:6], f".. ({len(parts)} layers) ..", parts[-1]]
    layers = "\n".join(f"    {part}" for part in (f"inputs {network.inputs}", *shown))
    return f"{loss}\n\nLayers:\n{layers}\n"


def _defined(row: Activation) -> str:
    if not row.own:
        return ""
    from symbp.study.domain import row_domain  # loads numpy

    words = row_domain(row)
    return f" (defined for {words})" if words else ""


def axis_note(axis: str) -> str:
    """What an axis counts."""
    own = re.fullmatch(r"S(\d+)([a-z]\w*)", axis)
    if own:
        return f"length of index {own[2]} in layer {own[1]}"
    return {"D": "inputs", "K": "outputs"}.get(axis, "hidden units")


def body(
    statements: Iterable[Statement],
    results: Iterable[str],
    axes: dict[str, tuple[str, ...]],
    values: dict[str, Statement],
    network: Network,
    moved: tuple[str, ...] = (),
) -> list[str]:
    """The lines of one function: what it unpacks, then the statements that lead to its results.

    Args:
        statements: Of which those are taken that are needed.
        results: Names that the function returns.
        axes: Of every input and parameter.
        values: Of the forward pass, from which it unpacks.
        network: Whose parameters it unpacks.
        moved: Parameters whose `direction` it unpacks.
    """
    statements = tuple(replace(s, node=typed(s.node)) for s in statements)
    live = needed(((s.target, s.uses) for s in statements), results)
    statements = tuple(s for s in statements if s.target in live)
    own = {s.target for s in statements}
    uses = list(dict.fromkeys(name for s in statements for name in s.uses if name not in own))
    lines = []
    if "N" in uses:
        lines.append("    N = len(X)  # samples")
    for name in network.parameters:
        if name in uses:
            lines.append(f'    {name} = params["{name}"]  # {shape(axes[name])}')
    for name in moved:
        if dotted(name) in uses:
            lines.append(f'    {dotted(name)} = direction["{name}"]  # {shape(axes[name])}')
    for name, s in values.items():
        if name in uses:
            lines.append(f'    {name} = values["{name}"]  # {shape(s.shape)} [{s.line}]')
    for s in statements:
        lines += statement(s)
    return lines


def example_rate(network: Network) -> Fraction:
    """The learning rate of the example, 1 if there is none."""
    return network.example.learning_rate if isinstance(network.example, Example) else Fraction(1)


def example_lines(network: Network) -> list[str]:
    """The statements that make X, T and the parameters of the example.

    Numbers that were drawn from a seed are drawn again, with the same stream; a network without
    numbers draws one sample from seed 0.
    """
    example = network.example
    if isinstance(example, Example) and example.seed is None:
        if takes_rows(network.layers):
            lines = array_line("X", tuple(int(row[0]) for row in example.inputs), "np.int64")
        else:
            lines = array_line("X", example.inputs, "dtype")
        kind = "np.int64" if network.targets == "classes" else "dtype"
        lines += array_line("T", example.targets, kind)
        for name, value in example.parameters.items():
            lines += array_line(name, value, "dtype")
        return lines
    seed, samples = (example.seed, len(example.inputs)) if isinstance(example, Example) else (0, 1)
    lines = [f"    stream = np.random.RandomState({seed}).randint"]
    for draw in draw_plan(network, samples):
        lines += _drawn(draw)
    return lines


def _drawn(draw: Draw) -> list[str]:
    if draw.fixed is not None:
        return array_line(draw.name, draw.fixed, "dtype")
    whole = f"stream({draw.low}, {draw.high + 1}, {draw.shape}, dtype=np.int64)"
    if draw.ones_from is not None:
        kept = f"    {draw.name} = ({draw.name} >= {draw.ones_from}).astype(dtype)"
        return [f"    {draw.name} = {whole}", kept]
    if draw.divisor == 1:
        return [f"    {draw.name} = {whole}"]
    return [
        f"    {draw.name} = {whole}",
        f"    {draw.name} = ({draw.name} / {draw.divisor}).astype(dtype)",
    ]
