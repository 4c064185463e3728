"""Differentiate a derivation once more: how every line moves when the parameters do.

Input: a derivation.  Output: the same with a line more for each quantity that moves: q_dot is the
derivative of q along a direction, which is W1_dot, .. for the trained parameters.  The tangent of
a gradient is the Hessian times the direction.
Source: Pearlmutter, Fast exact multiplication by the Hessian (1994), eq. 5, whose R{q} is q_dot;
Griewank & Walther, Evaluating Derivatives (2008), section 3.1.
Imports derive, rules, algebra, derivation and index.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache, lru_cache
from types import MappingProxyType

import sympy as sp

from symbp.algebra import cost, tidy
from symbp.derivation import Derivation, Line, Step
from symbp.derive import abstract
from symbp.graph import Equation, Quantity, Role
from symbp.index import (
    Index,
    Partial,
    SumOver,
    axes_of,
    canonical,
    display,
    name_of,
    next_letter,
    quantities,
    rename,
    tensor,
    total,
)
from symbp.rules import in_forward_values, partials

DOT = "_dot"
SOURCE = "Pearlmutter, Fast exact multiplication by the Hessian (1994), eq. 5"


def dotted(name: str) -> str:
    """The name of a tangent.

    >>> dotted("Z1")
    'Z1_dot'
    """
    return f"{name}{DOT}"


def tangents(derivation: Derivation, wanted: frozenset[str] | None = None) -> Derivation:
    """Add the tangent of every quantity that the wanted tangents need.

    Args:
        derivation: Forward and backward lines, functions named or not.
        wanted: Names of lines whose tangents are wanted; None takes the gradients, whose tangents
            are the Hessian times the direction.

    Returns:
        The derivation with the directions among its quantities and the tangents behind its
        backward lines, numbered on.

    >>> from symbp.pipeline import derive
    >>> from symbp.spec import Network
    >>> found = tangents(derive(Network(sizes=[1, 1])))
    >>> for line in found.backward[-4:]:
    ...     print(line)
    [6] Z1_dot[n,j] = sum(i: W1_dot[j,i]*X[n,i])
    [7] A1_dot[n,j] = A1[n,j]*Z1_dot[n,j]*(1 - A1[n,j])
    [8] dZ1_dot[n,j] = (2*A1[n,j] + 2*T[n,j]*A1[n,j] - 3*A1[n,j]**2 - T[n,j])*A1_dot[n,j]
    [9] dW1_dot[j,i] = sum(n: dZ1_dot[n,j]*X[n,i])
    """
    lines = derivation.lines
    parameters = tuple(derivation.gradients)
    moving = _moving(lines, frozenset(parameters))
    results = frozenset(derivation.gradients.values()) if wanted is None else wanted
    live = _live(lines, results, moving) | results
    table = dict(derivation.quantities)
    for name in (*parameters, *(x.equation.name for x in lines if x.equation.name in live)):
        role: Role = "direction" if name in parameters else "tangent"
        table[dotted(name)] = Quantity(dotted(name), table[name].axes, role, name)
    axes = {name: q.axes for name, q in table.items()}
    made = list(lines)
    for line in lines:
        e = line.equation
        if e.name not in live:
            continue
        # What is wanted and does not move has the tangent 0, as a loss linear in the output gives.
        value, explain = _moved(e, moving, derivation.quantities[e.name].role == "value")
        target = tensor(dotted(e.name), *e.indices)
        letter = _letter(e, axes)
        rhs = display(value, e.indices, axes, letter)
        origin = f"tangent of [{line.number}]"
        steps = _displayed(explain, e.indices, axes, letter)
        made.append(Line(made[-1].number + 1, Equation(target, rhs, origin, SOURCE), steps))
    forward = len(derivation.forward)
    return replace(derivation, backward=tuple(made[forward:]), quantities=MappingProxyType(table))


def _moving(lines: tuple[Line, ...], parameters: frozenset[str]) -> frozenset[str]:
    """Everything that depends on a trained parameter, the parameters among it."""
    found = set(parameters)
    for line in lines:
        if found & set(line.equation.uses):
            found.add(line.equation.name)
    return frozenset(found)


def _live(
    lines: tuple[Line, ...], results: frozenset[str], moving: frozenset[str]
) -> frozenset[str]:
    """The lines whose tangents lead to those of the results."""
    found = set(results & moving)
    for line in reversed(lines):
        if line.equation.name in found:
            found |= set(line.equation.uses) & moving
    return frozenset(found & {line.equation.name for line in lines})


Explain = Callable[[], tuple[Step, ...]]
Letter = Callable[[str, frozenset[str]], str]


def _moved(equation: Equation, moving: frozenset[str], forward: bool) -> tuple[sp.Expr, Explain]:
    """The tangent of an equation, and its steps; derived once a kind of equation."""
    (target, rhs), names, sizes = abstract((equation.target, equation.rhs))
    used = tuple(names[name] for name in equation.uses if name in moving)
    value, raw = _moved_once(target, rhs, used, forward)
    forth = {new: old for old, new in names.items()}
    forth |= {dotted(new): dotted(old) for new, old in forth.items()}

    def concrete(expr: sp.Expr) -> sp.Expr:
        return rename(expr, forth).xreplace(sizes)

    def explain() -> tuple[Step, ...]:
        here = tensor(dotted(equation.name), *equation.indices)
        about = (equation.name, *(name for name in equation.uses if name in moving))
        ways = sp.Add(*(_way(equation.target, u) for u in _uses(equation, moving)), evaluate=False)
        steps = [Step("tangent", here, ways, about, SOURCE)]
        before = concrete(raw)
        steps.append(Step("local derivative", ways, before, about[:1]))
        if canonical(value) != canonical(raw):
            steps.append(Step("rearrange", before, concrete(value)))
        return tuple(steps)

    return concrete(value), explain


def _uses(equation: Equation, moving: frozenset[str]) -> tuple[sp.Expr, ...]:
    """A use of each quantity that moves, at indices that stand nowhere else."""
    first: dict[str, sp.Expr] = {}
    for use in quantities(equation.rhs):
        if name_of(use) in moving:
            places = range(len(getattr(use, "indices", ())))
            first.setdefault(name_of(use), tensor(name_of(use), *(Index(f"_u{p}") for p in places)))
    return tuple(first.values())


def _way(target: sp.Expr, use: sp.Expr) -> sp.Expr:
    """Sum over the places of u of dv/du * u_dot."""
    indices = tuple(getattr(use, "indices", ()))
    product = Partial(target, use) * tensor(dotted(name_of(use)), *indices)
    return SumOver(product, *indices) if indices else product


@lru_cache(maxsize=1024)
def _moved_once(
    target: sp.Expr, rhs: sp.Expr, moving: tuple[str, ...], forward: bool
) -> tuple[sp.Expr, sp.Expr]:
    """The tangent tidied and as it is first written.

    By the product rule each factor moves in turn: what belongs to one factor, or moves with the
    same quantity, is tidied together, so that f'(z) stands once before a sum.
    """
    raw, groups = sp.S.Zero, list[tuple[set[object], sp.Expr]]()
    factors = sp.Mul.make_args(rhs)
    for place, factor in enumerate(factors):
        rest = sp.Mul(*factors[:place], *factors[place + 1 :])
        for name in moving:
            for use in partials(factor, name):
                partial = use.partial * rest
                if forward:
                    partial = in_forward_values(partial, target, rhs)
                term = total(partial * tensor(dotted(name), *use.indices), *use.dummies)
                raw += term
                groups = _joined(groups, {place, name}, term)
    apart = sp.Add(*(tidy(terms) for _, terms in groups))
    return min(tidy(raw), apart, key=cost), raw


def _joined(
    groups: list[tuple[set[object], sp.Expr]], keys: set[object], term: sp.Expr
) -> list[tuple[set[object], sp.Expr]]:
    """The groups with a term added to those that share a key with it, which become one."""
    near = [g for g in groups if g[0] & keys]
    whole = (keys.union(*(k for k, _ in near)), sp.Add(term, *(t for _, t in near)))
    return [*(g for g in groups if g not in near), whole]


def _letter(equation: Equation, axes: dict[str, tuple[str, ...]]) -> Letter:
    """The letters of the sums of an equation, so that its tangent sums over the same."""
    own: dict[str, str] = {}
    free = set(equation.indices)
    for index, axis in axes_of(equation.rhs, axes).items():
        if index not in free:
            own.setdefault(axis, index.name)

    def choose(axis: str, taken: frozenset[str]) -> str:
        letter = own.get(axis)
        return next_letter(axis, taken) if letter is None or letter in taken else letter

    return choose


def _displayed(
    explain: Explain, indices: tuple[Index, ...], axes: dict[str, tuple[str, ...]], letter: Letter
) -> Explain:
    @cache
    def shown() -> tuple[Step, ...]:
        return tuple(
            replace(
                s,
                before=display(s.before, indices, axes, letter),
                after=display(s.after, indices, axes, letter),
            )
            for s in explain()
        )

    return shown
