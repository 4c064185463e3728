"""One self-contained NumPy module with products of Hessian, Gauss-Newton matrix and Jacobian.

Input: a network and its derivation.  Output: Python source: the module in array style, and behind
its gradients the lines of second order.  Imports second_order, lower, numpy_module and templates.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from symbp.backends.code_lines import shape
from symbp.backends.numpy_module import axes_of_all, body, placed
from symbp.backends.templates import render
from symbp.derivation import Derivation
from symbp.lower import lower_named
from symbp.notation import equation_text
from symbp.passes.elementwise import Pointwise, Split, elementwise
from symbp.program import Program, Statement
from symbp.second_order import EACH, SecondOrder, second_order
from symbp.spec import Network
from symbp.tangent import dotted, tangents
from symbp.tree import Name


def second_order_module(network: Network, derivation: Derivation) -> str:
    """The source of the module of second order.

    >>> from symbp.pipeline import derive
    >>> net = Network(sizes=[2, 2, 2])
    >>> "Z1_dot = X @ W1_dot.T" in second_order_module(net, derive(net))
    True
    """
    plain = second_order(derivation)
    hessian, through, each = programs(network, derivation, plain)
    output, gradients = plain.output, derivation.gradients
    cotangent = f"d{output}"
    axes = axes_of_all(derivation)
    values = {s.target: s for s in hessian.forward}
    (start,) = (s for s in through.backward if s.target == cotangent)
    linear = replace(start, node=Name(dotted(cotangent)), note="linear from here on")
    pulled = [s for s in through.backward if s.target != cotangent]
    each_names = [f"{name}{EACH}" for name in gradients.values()]
    contributions = [s for s in each.backward if s.target in each_names]

    def lines(statements: Iterable[Statement], results: Iterable[str]) -> list[str]:
        return body(statements, results, axes, values, network, tuple(gradients))

    seeds = lines((*through.loss, *through.backward), [dotted(cotangent)])
    swept = lines((linear, *pulled), gradients.values())
    shown = plain.lines
    return render(
        "numpy/second_order.py.j2",
        **placed(network, hessian, through, each)
        | {"derivation": [f"[{x.number}] {equation_text(x.equation)}" for x in shown]},
        of_output=output,
        cotangent=cotangent,
        output_shape=shape(start.shape),
        hvp=lines((*hessian.loss, *hessian.backward), map(dotted, gradients.values())),
        gauss_newton=None if plain.learns else [*seeds, *_after(seeds, swept)],
        jvp=lines(through.backward, [dotted(output)]),
        vjp=lines(pulled, gradients.values()),
        single=bool(contributions),
        vjp_each=lines((*pulled, *contributions), each_names),
        per_sample=lines((*each.loss, *each.backward), each_names),
        coupled=plain.coupled,
    )


def lowered_tangents(network: Network, derivation: Derivation) -> Program:
    """The derivation with its tangents as array statements, functions in stable forms."""
    numbers = {x.equation.name: x.number for x in tangents(derivation).lines}
    split = elementwise(derivation)
    moved = tangents(split.derivation)
    backward = tuple(replace(x, number=numbers[x.equation.name]) for x in moved.backward)
    lines = replace(moved, backward=backward)
    return lower_named(derivation, replace(split, derivation=lines), network.accuracy)


def programs(
    network: Network, derivation: Derivation, plain: SecondOrder
) -> tuple[Program, Program, Program]:
    """The three parts of second order as array statements, functions in stable forms."""
    found: list[Split] = []

    def prepare(part: Derivation, past_output: bool) -> Derivation:
        found.append(elementwise(part, past_output))
        return found[-1].derivation

    named = second_order(derivation, prepare, plain.numbers)
    parts = (named.hessian, named.through, named.each)
    # Without gradients of single samples that part is the derivation itself.
    functions = [split.functions for split in found] + [()] * (len(parts) - len(found))
    functions[1] = tuple(_of_output(f, functions[0]) for f in functions[1])
    hessian, through, each = (
        lower_named(derivation, Split(part, f), network.accuracy)
        for part, f in zip(parts, functions, strict=True)
    )
    return hessian, through, each


def _of_output(function: Pointwise, others: Iterable[Pointwise]) -> Pointwise:
    """The function with a name of its own: a loss of the output has other ones than one past it."""
    clash = any(o.name == function.name and o.expr != function.expr for o in others)
    return replace(function, name=f"{function.name}_of_output") if clash else function


def _after(first: list[str], then: list[str]) -> list[str]:
    """The lines of a second part without what the first has unpacked already."""
    known = set(first)
    return [line for line in then if line not in known]
