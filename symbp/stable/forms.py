"""Candidate forms of a formula on an interval, each equal to it, each computed in another order.

Input: a smooth SymPy expression and an interval.  Output: forms.  Sources: Higham, Accuracy and
Stability of Numerical Algorithms (2002), sections 1.7 to 1.9 and 1.14; Blanchard, Higham & Higham
(2021).  Imports letters, writer and tree.
"""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import sympy as sp

from symbp.errors import GraphError
from symbp.functions import BY_CLASS
from symbp.program import put
from symbp.stable.letters import Alphabet, Interval, NoForm
from symbp.stable.writer import Form, Writer, X, reach
from symbp.tree import Call, Name, Number, to_tree

FAR = 2.0**60  # beyond it a bounded algebraic function has its limit; its square fits float32


def plain_form(expr: sp.Expr, interval: Interval) -> Form:
    """The formula as it is written."""
    for kind in expr.atoms(sp.Function):
        if type(kind) in BY_CLASS and not BY_CLASS[type(kind)].numpy:
            raise GraphError(f"{expr}", f"NumPy has no {BY_CLASS[type(kind)].name}")
    node = to_tree(expr, lambda e: Name("x") if e == X else None)
    return Form("as written", interval, (), node, expr)


def limit_form(limit: float, sign: int) -> Form:
    """What a function tends to, where every other form is inf/inf."""
    infinite = math.isinf(limit)
    value = (sign if limit > 0 else -sign) * X if infinite else sp.Rational(limit) + 1 / X
    ends = (sys.float_info.max, math.inf)
    interval = Interval(*ends) if sign > 0 else Interval(-ends[1], -ends[0])
    return replace(plain_form(value, interval), rule="limit")


def forms(
    expr: sp.Expr, interval: Interval, exact: bool = True, folded: bool = False
) -> Iterator[Form]:
    """Candidates on an interval that does not cross zero; none twice.

    Args:
        expr: Smooth on the interval, in X.
        interval: Of one sign.
        exact: Carry the rounding error of the arguments of exponentials along.
        folded: Write letters in a = |x|, so that both sides of zero share them.
    """
    seen: set[tuple[object, ...]] = set()
    for form in _all_forms(expr, interval, exact, folded):
        key = (form.lets, form.result, form.clip)
        if key not in seen:
            seen.add(key)
            yield form


def _all_forms(expr: sp.Expr, interval: Interval, exact: bool, folded: bool) -> Iterator[Form]:
    with contextlib.suppress(GraphError):  # erf has no plain form in NumPy
        yield plain_form(expr, interval)
    for unity, far in ((False, False), (True, False), (False, True)):
        if (unity or far) and not expr.has(sp.log):
            continue
        alphabet = Alphabet(X, interval, unity, far)
        try:
            rational = alphabet.rational(expr)
        except NoForm:
            continue
        rule = "exponential branch" if alphabet.exponents else "rational form"
        writer = Writer(alphabet, exact, folded)
        yield from _with_clips(writer.quotients(rational, rule), alphabet)
        for conjugate in _conjugates(rational, alphabet):
            yield from _with_clips(writer.quotients(conjugate, "conjugate"), alphabet)
        yield from _reciprocals(rational, alphabet, exact, folded)


def _with_clips(found: Iterator[Form], alphabet: Alphabet) -> Iterator[Form]:
    """Each form, and with x held where its exponentials have not yet become 0."""
    for form in found:
        yield form
        width = alphabet.interval.high - alphabet.interval.low
        if not alphabet.exponents and not math.isfinite(width):
            yield replace(form, clip=(-FAR, FAR))
        ends = [reach(u, alphabet) for u in alphabet.exponents.values()]
        if ends and max(abs(alphabet.interval.low), abs(alphabet.interval.high)) > max(ends):
            yield replace(form, clip=(-max(ends), max(ends)))
            if any(abs(u.coeff(X)) > 1 for u in alphabet.exponents.values()):
                yield _held(form, max(ends), alphabet.interval.sign)


def _held(form: Form, end: float, sign: int) -> Form:
    """The form with x held in its exponentials only, as exp(-2*x) overflows inside."""
    call, number = ("minimum", end) if sign > 0 else ("maximum", -end)
    near = Call(call, (Name("x"), Number(Fraction(number))))
    lets = tuple(
        (
            name,
            put(node, Name("x"), near)
            if isinstance(node, Call) and node.function == "exp"
            else node,
        )
        for name, node in form.lets
    )
    return replace(form, lets=lets)


def _conjugates(rational: sp.Expr, alphabet: Alphabet) -> Iterator[sp.Expr]:
    """sqrt(A) - c = (A - c**2)/(sqrt(A) + c), above and below the line."""
    for root, square in alphabet.squares():
        top, bottom = sp.fraction(sp.together(rational))
        for side, above in ((top, True), (bottom, False)):
            polynomial = sp.Poly(sp.expand(side), root)
            if polynomial.degree() != 1 or not polynomial.coeff_monomial(1):
                continue
            slope, constant = polynomial.all_coeffs()
            product = sp.factor(sp.expand(slope**2 * square - constant**2))
            other = slope * root - constant
            changed = product / other
            yield changed / bottom if above else top / changed


def _reciprocals(
    rational: sp.Expr, alphabet: Alphabet, exact: bool, folded: bool
) -> Iterator[Form]:
    """In u = 1/x, so that powers of a large x become powers of a small u."""
    interval = alphabet.interval
    if max(abs(interval.low), abs(interval.high)) <= 1 or not rational.has(X):
        return
    u = sp.Symbol("u", real=True)
    other = Alphabet(X, interval, alphabet.unity)
    other.definitions = {u: 1 / X, **alphabet.definitions}
    other.exponents = dict(alphabet.exponents)
    put: dict[sp.Expr, sp.Expr] = {X: 1 / u}
    for root, square in alphabet.squares():
        scaled = sp.expand(square.subs(X, 1 / u) * u**2)
        letter = sp.Symbol(f"{root}u", real=True)
        other.definitions[letter] = sp.sqrt(scaled)
        put[root] = interval.sign * letter / u
    changed = other.reduced(sp.cancel(sp.together(rational.xreplace(put))))
    yield from _with_clips(Writer(other, exact, folded).quotients(changed, "reciprocal"), other)
    for conjugate in _conjugates(changed, other):
        yield from _with_clips(
            Writer(other, exact, folded).quotients(conjugate, "reciprocal"), other
        )
