"""Prove that two expressions are the same function, by exact arithmetic at random points.

Input: SymPy expressions, or the forms of one gradient.  Output: a `Proof` with its error bound.
A false identity of degree d survives a random point of a field of p elements with probability at
most d/p (Schwartz, Fast probabilistic algorithms for verification of polynomial identities, 1980,
lemma 1; Zippel, Probabilistic algorithms for sparse polynomials, 1979).  Nothing is expanded.
Imports scalars; paths on call.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import sympy as sp

from symbp.differentiate import derivative
from symbp.errors import SpecError, SymbpError
from symbp.prove.field import Point, Radicands, Redraw
from symbp.scalars import EXPANDED_UP_TO, ScalarSystem, Weight

if TYPE_CHECKING:
    from symbp.paths import Web

# All are 3 modulo 4, so s**((p + 1)/4) is the root of a square s.  The second to fourth serve where
# a constant has no root in the first, the others where the degree is large.
PRIMES = (
    *(2**127 - 1, 2**128 - 173, 2**128 - 233, 2**128 - 713),
    *(2**521 - 1, 2**1279 - 1, 2**2203 - 1, 2**4423 - 1),
)
WANTED_BITS = 64
LONGEST_LOSS = 20_000
MOST_DRAWS = 20_000
MOST_BRANCHES = 243
SIGNS = (1, -1, 0)


@dataclass(frozen=True, slots=True)
class Proof:
    """What a comparison found.

    Args:
        forms: Names of what was compared.
        equal: Whether all are the same function.
        points: Number of random points, each with new letters.
        prime: Number of elements of the field.
        bound: Probability, over the points, that different functions pass as equal.
        branches: Sign patterns of the conditions that were tried; 0 where every pattern is
            covered at once, or there is no condition.
        every_branch: Whether no sign pattern was left out.
    """

    forms: tuple[str, ...]
    equal: bool
    points: int
    prime: int
    bound: Fraction
    branches: int = 0
    every_branch: bool = True

    @property
    def bits(self) -> int:
        """The bound is at most 2**-bits."""
        return math.floor(_log2(1 / self.bound)) if self.bound else 0

    def __str__(self) -> str:
        verdict = " = ".join(self.forms) if self.equal else f"{' , '.join(self.forms)}: not equal"
        if not self.equal:
            return verdict
        size = self.prime.bit_length()
        text = f"{verdict}, at {self.points} random points modulo a prime of {size} bits"
        if self.branches:
            text += f", {self.branches} branches{'' if self.every_branch else ' of more'}"
        return f"{text}; wrong with probability below 2^-{self.bits}"


def _log2(value: Fraction) -> float:
    """log2 of a fraction whose parts may be too large for a float."""
    shift = value.numerator.bit_length() - value.denominator.bit_length()
    return shift + math.log2(value / Fraction(2) ** shift)


def equal(
    first: sp.Expr,
    *others: sp.Expr,
    definitions: Mapping[sp.Symbol, sp.Expr] | None = None,
    points: int = 2,
    seed: int = 0,
) -> bool:
    """Whether expressions are the same function of their symbols.

    Args:
        first: In symbols, rationals, + * **, exp, log, tanh, square roots and Piecewise.
        others: To compare with it.
        definitions: Symbols that stand for expressions in symbols before them.
        points: Number of random points.
        seed: Of the points.

    Returns:
        True is wrong with the probability that `compare` states; False means that a point was
        found where they differ.  Roots and exponentials obey only the rules that the module
        names, so an identity that needs others is not recognised.

    >>> u = sp.Symbol("u", real=True)
    >>> equal(sp.tanh(u), (1 - sp.exp(-2 * u)) / (1 + sp.exp(-2 * u)))
    True
    >>> equal(sp.tanh(u), (1 - sp.exp(2 * u)) / (1 + sp.exp(2 * u)))
    False
    """
    forms = {str(k): expr for k, expr in enumerate((first, *others))}
    return compare(forms, definitions or {}, points, seed).equal


def compare(
    forms: Mapping[str, sp.Expr],
    definitions: Mapping[sp.Symbol, sp.Expr],
    points: int = 2,
    seed: int = 0,
) -> Proof:
    """Compare named expressions; see `equal`.

    Conditions are first taken as free letters, which covers every branch at once.  Forms that
    agree in each branch only (as b*b and b do for b in 0, 1) are then compared branch by branch.

    Raises:
        SymbpError: an expression has a part that no rule covers, or is nowhere defined.
    """
    proof = _at_free_letters(forms, definitions, points, seed)
    if proof.equal:
        return proof
    probe = Point(proof.prime, random.Random(seed), definitions, None)
    _redrawn(probe, forms)
    return _by_branches(forms, definitions, proof.prime, seed) if probe.signs else proof


def _at_free_letters(
    forms: Mapping[str, sp.Expr], definitions: Mapping[sp.Symbol, sp.Expr], points: int, seed: int
) -> Proof:
    names = tuple(forms)
    for prime in PRIMES:
        stream = random.Random(f"{seed} {prime}")
        bound, radicands = Fraction(1), Radicands()
        try:
            for done in range(1, points + 1):
                point = Point(prime, stream, definitions, None, radicands)
                agree, chance = _redrawn(point, forms)
                bound *= chance
                if not agree:
                    return Proof(names, False, done, prime, Fraction(0))
        except _OtherField:
            continue
        if bound < Fraction(1, 2**WANTED_BITS):
            return Proof(names, True, points, prime, bound)
    raise _unusable()


def _by_branches(
    forms: Mapping[str, sp.Expr], definitions: Mapping[sp.Symbol, sp.Expr], prime: int, seed: int
) -> Proof:
    """Give each condition a sign as it is met: all patterns if they are few, else some at random.

    A condition that only one branch meets is met in that branch only.
    """
    names = tuple(forms)
    stream = random.Random(f"{seed} branches")
    every, count, worst = True, 0, Fraction(0)
    pattern: list[int] | None = []
    while pattern is not None:
        point = Point(prime, stream, definitions, pattern)
        agree, chance = _redrawn(point, forms)
        count, worst = count + 1, max(worst, chance)
        if not agree:
            return Proof(names, False, count, prime, Fraction(0), count, every)
        every = every and 3 ** len(point.signs) <= MOST_BRANCHES
        if every:
            pattern = _next(pattern, len(point.signs))
        elif count < MOST_BRANCHES:
            pattern = stream.choices(SIGNS, (12, 7, 1), k=100)
        else:
            pattern = None
    return Proof(names, True, count, prime, worst, count, every)


def _next(pattern: Sequence[int], met: int) -> list[int] | None:
    """The next pattern in the order of SIGNS, of a tree of which `met` conditions were met."""
    signs = [*pattern, *[SIGNS[0]] * met][:met]
    while signs and signs[-1] == SIGNS[-1]:
        signs.pop()
    return [*signs[:-1], SIGNS[SIGNS.index(signs[-1]) + 1]] if signs else None


def _redrawn(point: Point, forms: Mapping[str, sp.Expr]) -> tuple[bool, Fraction]:
    """Whether the forms agree at a point, and the chance that different ones would."""
    for _ in range(MOST_DRAWS):
        try:
            point.draw()
            values = [point.value(form) for form in forms.values()]
        except Redraw:
            if point.radicands.hopeless():
                raise _OtherField from None
            continue
        if point.radicands.independent(len(point.roots)):
            return len({v[0] for v in values}) == 1, point.chance(values)
    raise _unusable()


def _unusable() -> SymbpError:
    return SymbpError("proof", f"no usable point in {MOST_DRAWS} draws", "Compare smaller parts.")


class _OtherField(Exception):
    """A constant under a root has no root in this field."""


def prove_forms(
    system: ScalarSystem,
    weight: Weight,
    points: int = 2,
    seed: int = 0,
    longest: int = LONGEST_LOSS,
) -> Proof:
    """Compare the forms of one gradient: delta, chain, closed, and SymPy's derivative of the loss.

    The delta form goes through the backward lines, the chain form through the forward lines, and
    the last through neither.  A loss that is too long to write out is written out as far as it
    depends on the weight; what is too long even so is left out, and `Proof.forms` says so.

    Args:
        system: The scalar view.
        weight: From `system.find`.
        points: Number of random points.
        seed: Of the points.
        longest: Symbols and operations of the longest loss that is differentiated.

    >>> from symbp.pipeline import derive
    >>> from symbp.spec import Network
    >>> net = Network(sizes=[2, 2, 2])
    >>> system = ScalarSystem(net, derive(net))
    >>> print(prove_forms(system, system.find("w1")))  # doctest: +ELLIPSIS
    delta form = chain form = closed form = diff of the loss, at 2 random points modulo ...
    """
    from symbp.paths import closed_form, web

    gradient = (system.derivation.gradients[weight.parameter], weight.place)
    loss = (system.derivation.graph.loss, ())
    symbol = system.symbol(weight.parameter, weight.place)
    found = web(system, weight)
    reached = {e.target: e.rhs for e in found.equations.values()}
    adjoints = {e.target: e.rhs for e in system.adjoints(gradient)}
    small = system.network.weight_count <= EXPANDED_UP_TO
    forms: dict[str, sp.Expr] = {"delta form": system.symbol(*gradient)}
    local: dict[sp.Symbol, sp.Expr] = {}
    forms["chain form"] = _chain(system, weight, found, local)
    with suppress(SpecError):
        if small:
            forms["closed form"] = closed_form(system, *gradient)
    for within in (None, found) if small else (found,):
        with suppress(SpecError):
            expanded = closed_form(system, *loss, longest, within)
            forms["diff of the loss"] = derivative(expanded, symbol)
            break
    # Values that do not depend on the weight may be any numbers, which proves more and costs
    # less; where that is asking too much, or they are written out, they are what they are.
    for whole in (False, True):
        if whole or "closed form" in forms or within is None:
            whole = True
            reached = {e.target: e.rhs for e in system.needed(gradient, loss)}
        definitions = {**system.one_hot(), **reached, **adjoints, **local}
        proof = compare(forms, definitions, points, seed)
        if proof.equal or whole:
            break
    return proof


def _chain(
    system: ScalarSystem, weight: Weight, found: Web, definitions: dict[sp.Symbol, sp.Expr]
) -> sp.Expr:
    """The chain form, a symbol for each factor; too many paths are added up factor by factor."""
    from symbp.paths import MOST_PATHS, chain_form

    if found.count() <= MOST_PATHS:
        chain = chain_form(system, weight)
        letters = {f: sp.Dummy(f.name, real=True) for f in chain.factors}
        definitions |= {symbol: f.shown for f, symbol in letters.items()}
        terms = (sp.Mul(*(letters[f] for f in path)) for path in chain.paths)
        return sp.Add(*terms)
    reach: dict[sp.Symbol, sp.Expr] = {found.loss: sp.S.One}
    for target, equation in reversed(found.equations.items()):
        total = sp.Dummy(f"dE/d{target}", real=True)
        definitions[total] = reach.get(target, sp.S.Zero)
        for used in found.uses[target]:
            part = total * derivative(equation.rhs, used)
            reach[used] = reach.get(used, sp.S.Zero) + part
    return reach.get(found.weight, sp.S.Zero)
