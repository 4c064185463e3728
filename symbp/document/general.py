"""Activations as functions with a name: z = h(a), and the delta recursion for any h.

The recursion is not derived again: a line of the derivation has the local derivative of its
activation as a factor, and h'(a) is put in its place.
Input: a naming.  Output: functions, and lines in them.  Imports naming, renaming, rules, algebra.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import sympy as sp

from symbp.algebra import tidy
from symbp.differentiate import derivative
from symbp.document.naming import Naming
from symbp.document.symbols import Symbol
from symbp.graph import Equation
from symbp.index import Reduction, is_quantity, name_of, quantities
from symbp.rules import in_forward_values

ARGUMENT = sp.Symbol("u", real=True)


class Called(sp.Function):  # type: ignore[misc]
    """A named function of one number: its place in the table, its primes, its argument."""

    is_real = True
    nargs = 3


@dataclass(frozen=True, slots=True)
class Named:
    """An activation with a name.

    Args:
        place: In the table of functions.
        symbol: Its name.
        formula: In ARGUMENT.
        activation: Name of the activation's quantity.
        net: The net input, with the indices of the activation's equation.
        slope: The local derivative, in forward values.
    """

    place: int
    symbol: Symbol
    formula: sp.Expr
    activation: str
    net: sp.Expr
    slope: sp.Expr


def named_functions(naming: Naming) -> tuple[Named, ...]:
    """The activations that are functions of one number, in order of the layers.

    Equal ones share a place; several different ones have their layer below: h_1, h_2.

    >>> from symbp.document.tables import builtin
    >>> from symbp.pipeline import derive
    >>> from symbp.spec import Network
    >>> net = Network(sizes=[2, 2, 2])
    >>> found = named_functions(Naming(builtin("prml"), net, derive(net)))
    >>> [(f.symbol.base, f.slope) for f in found]
    [('h', (1 - A1[n, j])*A1[n, j]), ('h', (1 - A2[n, j])*A2[n, j])]
    """
    formulas: list[sp.Expr] = []
    found: list[Named] = []
    for e in naming.derivation.graph.equations:
        uses = tuple(dict.fromkeys(quantities(e.rhs)))
        if naming.role(e.name) != "activation" or len(uses) != 1 or e.rhs.has(*Reduction):
            continue
        (net,) = uses
        if naming.role(name_of(net)) != "preactivation" or net == e.rhs:
            continue
        formula = e.rhs.xreplace({net: ARGUMENT})
        if formula not in formulas:
            formulas.append(formula)
        slope = in_forward_values(derivative(formula, ARGUMENT).xreplace({ARGUMENT: net}),
                                  e.target, e.rhs)  # fmt: skip
        place = formulas.index(formula)
        found.append(Named(place, Symbol("", ""), formula, e.name, net, tidy(slope)))
    return tuple(replace(f, symbol=_symbol(naming, f, len(formulas), found)) for f in found)


def _symbol(naming: Naming, function: Named, count: int, found: list[Named]) -> Symbol:
    first = next(f for f in found if f.place == function.place)
    choices = naming.notation.choices("function", naming.position(first.activation))
    made = choices[0].filled(f"function{function.place}", {}) if choices else None
    base = made.base if made else "f"
    others = {
        naming.notation.choices("function", naming.position(f.activation))[0].base
        for f in found
        if f.place != function.place
    }
    below = (str(function.place + 1),) if base in others else ()
    return Symbol(f"function{function.place}", base, below=below)


def general(functions: tuple[Named, ...], equation: Equation) -> Equation | None:
    """A line with its activation's name in it; None where it has none.

    The line of an activation becomes z = h(a), that of a delta h'(a) times the rest.
    """
    for f in functions:
        if equation.name == f.activation:
            return replace(equation, rhs=Called(f.place, 0, f.net))
        if equation.name == f"d{name_of(f.net)}":
            rest = _without(equation.rhs, f)
            if rest is not None:
                return replace(equation, rhs=Called(f.place, 1, f.net) * rest)
    return None


def _without(rhs: sp.Expr, f: Named) -> sp.Expr | None:
    """What is left of a product without the local derivative; None if it is no factor."""
    left = list(sp.Mul.make_args(rhs))
    for factor in sp.Mul.make_args(f.slope):
        if factor not in left:
            return None
        left.remove(factor)
    rest = sp.Mul(*left)
    alone = f.slope.is_number or all(is_quantity(q) for q in quantities(rest))
    return rest if alone else None
