"""Shorter equal forms of an expression in index notation.

Input: an expression.  Output: an equal one, with sums pulled apart from what does not depend on
them and common factors collected.  Only field identities are used, each checked by prove.py in
the tests; `sympy.simplify` takes minutes on these inputs and is never called.  Imports factor
and index.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import sympy as sp

from symbp.factor import factored
from symbp.index import (
    Reduction,
    Size,
    SumOver,
    bound,
    canonical,
    free_indices,
    is_quantity,
    name_of,
    quantities,
    rewrite,
    total,
)

OPERATION, FUNCTION, SUM = 1, 5, 6


def cost(expr: sp.Basic) -> int:
    """How much an expression asks of a reader and of a machine: operations, weighted.

    >>> x = sp.Symbol("x", real=True)
    >>> cost(x * (1 - x)) < cost(sp.exp(-x) / (1 + sp.exp(-x)) ** 2)
    True
    """
    if is_quantity(expr) or isinstance(expr, Size) or expr.is_number:
        return 0 if not isinstance(expr, sp.Pow) else FUNCTION
    if isinstance(expr, Reduction):
        return SUM + cost(expr.function)
    if isinstance(expr, sp.Piecewise):
        return FUNCTION + sum(cost(value) for value, _ in expr.args)
    inner = sum(cost(a) for a in expr.args)
    if isinstance(expr, sp.Add):
        # The sign of a product is free beside another term; a sum of negatives only is a nuisance.
        signs = sum(_has_sign(a) for a in expr.args)
        return int(inner + OPERATION * (len(expr.args) - 1) - signs + (signs == len(expr.args)))
    if isinstance(expr, sp.Mul):
        number, rest = expr.as_coeff_Mul()
        factors = len(sp.Mul.make_args(rest)) + (abs(number) != 1)
        return int(inner + OPERATION * (factors - 1) + _has_sign(expr))
    if isinstance(expr, sp.Pow):
        base, exponent = expr.args
        if exponent == -1:
            return cost(base)
        return cost(base) + (OPERATION if exponent.is_Integer else FUNCTION)
    return inner + (FUNCTION if expr.args else 0)


def _has_sign(expr: sp.Basic) -> bool:
    return isinstance(expr, sp.Mul) and bool(expr.as_coeff_Mul()[0].is_negative)


def atomise(
    expr: sp.Expr, is_atom: Callable[[sp.Basic], bool], roots: bool = True
) -> tuple[sp.Expr, dict[sp.Symbol, sp.Expr]]:
    """Replace the topmost nodes that are atoms by plain symbols, named in order of appearance.

    With `roots`, u**(p/q) becomes the p-th power of the atom of u**(1/q), so that roots cancel.
    """
    table: dict[sp.Expr, sp.Symbol] = {}

    def symbol(node: sp.Expr) -> sp.Symbol:
        return table.setdefault(node, sp.Symbol(f"_a{len(table)}", real=True))

    def rule(node: sp.Expr) -> sp.Expr | None:
        if is_atom(node):
            return symbol(node)
        if roots and isinstance(node, sp.Pow) and node.exp.is_Rational and not node.exp.is_Integer:
            return symbol(sp.Pow(node.base, sp.Rational(1, node.exp.q))) ** node.exp.p
        return None

    return rewrite(expr, rule), {s: node for node, s in table.items()}


def is_kernel(node: sp.Basic) -> bool:
    """Whether a node counts as one letter when fractions are reduced."""
    return is_quantity(node) or isinstance(
        node, (*Reduction, sp.Piecewise, sp.KroneckerDelta, Size, sp.Function)
    )


@lru_cache(maxsize=4096)
def tidy(expr: sp.Expr) -> sp.Expr:
    """The shortest of a few equal forms: as it is, expanded, reduced, factored, divided.

    >>> from symbp.index import Index, tensor
    >>> p, t = tensor("P", Index("n"), Index("j")), tensor("T", Index("n"), Index("j"))
    >>> tidy(p * (tensor("s", Index("n")) - t / p))
    P[n, j]*s[n] - T[n, j]
    """
    expr = canonical(rewrite(canonical(expr), _tidy_inside))
    flat, table = atomise(expr, is_kernel)
    forms = [flat]
    if flat.has(sp.Add):
        reduced = sp.cancel(flat)
        product = factored(reduced)
        forms += [sp.expand_mul(flat), reduced, product, collect_terms(flat)]
        forms += [divided(product, s) for s, node in table.items() if isinstance(node, sp.exp)]
    restored = [positive_factors(f).xreplace(table) for f in forms]
    best = min(restored, key=_preference)
    return best if best == expr or isinstance(expr, Reduction) else canonical(best)


def _preference(expr: sp.Expr) -> tuple[int, bool]:
    """Shortest first; a product before a sum of the same length: a(1 - a), not a - a**2."""
    return cost(expr), isinstance(expr, sp.Add)


def _tidy_inside(node: sp.Expr) -> sp.Expr | None:
    """Tidy the body of each sum, split it where its terms run over less, pull factors out."""
    if isinstance(node, SumOver):
        body = tidy(node.function)
        whole = total(body, *bound(node))
        expanded = sp.expand_mul(body)
        if not isinstance(expanded, sp.Add):
            return whole
        if any(set(bound(node)) - free_indices(term) for term in expanded.args):
            return whole  # the sum of what lacks an index needs the length of its axis
        parts = sp.Add(*(total(term, *bound(node)) for term in expanded.args))
        return parts if cost(parts) < cost(whole) else whole
    if isinstance(node, sp.Piecewise):
        return sp.Piecewise(*((tidy(value), condition) for value, condition in node.args))
    return None


def divided(fraction: sp.Expr, letter: sp.Symbol) -> sp.Expr:
    """A quotient of two terms linear in a letter as a number and a rest: the letter stands once.

    >>> q, t = sp.symbols("q t", real=True)
    >>> divided((1 - t - t * q) / (1 + q), q)
    -t + 1/(q + 1)
    """
    top, bottom = sp.fraction(fraction)
    factors = sp.Mul.make_args(bottom)
    linear = [f for f in factors if f.has(letter)]
    if len(linear) != 1 or not top.is_polynomial(letter) or sp.degree(top, letter) != 1:
        return fraction
    (divisor,) = linear
    slope = sp.diff(divisor, letter)
    if not slope.is_number:
        return fraction
    quotient = sp.diff(top, letter) / slope
    rest = sp.expand(top - quotient * divisor)
    return (quotient + rest / divisor) / sp.Mul(*(f for f in factors if f != divisor))


def collect_terms(expr: sp.Expr) -> sp.Expr:
    """Put the factors that all terms share in front of the sum of the rest.

    >>> a, b, c = sp.symbols("a b c", real=True)
    >>> collect_terms(a * b / c - a / c)
    a*(b - 1)/c
    """
    if not isinstance(expr, sp.Add):
        return expr
    terms = [term.as_powers_dict() for term in expr.args]
    shared = {
        base: min((t[base] for t in terms), key=abs)
        for base in terms[0]
        if all(base in t for t in terms)
        and not base.is_number
        and all(
            (t[base] - terms[0][base]).is_number and (t[base] * terms[0][base]).is_positive
            for t in terms
        )
    }
    common = sp.Mul(*(base**power for base, power in shared.items()))
    return common * sp.Add(*(term / common for term in expr.args))


def positive_factors(expr: sp.Expr) -> sp.Expr:
    """Write -(a - 1) as (1 - a): numbers first and positive, then no sign in front.

    >>> a, t = sp.symbols("a t", real=True)
    >>> positive_factors(-a * (a - 1))
    a*(1 - a)
    >>> positive_factors((t - a) * (a - 1))
    (1 - a)*(a - t)
    """
    if not isinstance(expr, sp.Mul):
        return expr
    factors = list(expr.args)
    sign = 1
    for k, factor in enumerate(factors):
        if isinstance(factor, sp.Add) and any(t.is_number and t.is_negative for t in factor.args):
            factors[k], sign = _flipped(factor), -sign
    number = factors[0] if factors[0].is_number else sp.S.One
    if (number * sign).is_negative:
        for k, factor in enumerate(factors):
            if isinstance(factor, sp.Add) and not any(t.is_number for t in factor.args):
                factors[k], sign = _flipped(factor), -sign
                break
    return sp.Mul(sign, *factors)


def _flipped(sum_: sp.Add) -> sp.Add:
    return sp.Add(*(-term for term in sum_.args))


def divisors(expr: sp.Expr) -> frozenset[str]:
    """The quantities that it divides by, any of which may be 0.

    >>> from symbp.index import Index, tensor
    >>> p, size = tensor("P", Index("n")), Size("N")
    >>> sorted(divisors(1 / p)), sorted(divisors(p / size))
    (['P'], [])
    """
    powers = (p for p in expr.atoms(sp.Pow) if p.exp.is_negative)
    return frozenset(name_of(q) for p in powers for q in quantities(p.base))
