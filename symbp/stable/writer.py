"""Write a quotient of polynomials in letters as a tree that keeps the order of its operations.

Input: an alphabet and a quotient.  Output: forms: factored, expanded, term by term; exponentials in
two halves, so that a subnormal result is rounded once.  Imports letters and tree.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import sympy as sp

from symbp.functions import BY_CLASS
from symbp.program import names
from symbp.stable.atoms import (
    Factors,
    content,
    double,
    factors_of,
    is_dyadic,
    number_node,
    pair,
    plus,
    product_node,
)
from symbp.stable.letters import Alphabet, Erfcx, Expm1, Hypot, Interval, Log1p, spelt_out
from symbp.tree import ONE, Call, Name, Node, Number, Power, Product, Sum, Where

X = sp.Symbol("x", real=True)
A = sp.Symbol("a", real=True)  # |x|

UNDERFLOW = 760.0  # exp(-760) is 0 in float64

CALLS = {Log1p: "log1p", Expm1: "expm1", Hypot: "hypot", Erfcx: "erfcx"}


LARGEST = Fraction(sys.float_info.max)

PERIODIC = (sp.sin, sp.cos)  # NaN at infinity, where x may still have a limit


@dataclass(frozen=True, slots=True)
class Form:
    """One way to compute a formula on an interval.

    Args:
        rule: What was done, for the reader.
        interval: Where it may be used.
        lets: Letters with what they stand for, in order.
        result: The value, in x and the letters.
        equal: The same as a SymPy expression in x, for the step and its proof.
        clip: Bounds that x is held to first; None leaves it.
    """

    rule: str
    interval: Interval
    lets: tuple[tuple[str, Node], ...]
    result: Node
    equal: sp.Expr
    clip: tuple[float, float] | None = None

    @property
    def work(self) -> float:
        """How much it asks of a machine, in additions."""
        return sum(_work(node) for _, node in self.lets) + _work(self.result)

    def same(self, other: Form) -> bool:
        """Whether the same is computed, wherever it may be used."""
        mine, its = ((f.lets, f.result, f.clip) for f in (self, other))
        return mine == its


EXPENSIVE = {"exp_poly": 30, "erfcx": 40, "power": 20, "hypot": 6, "clip": 2, "minimum": 1}


def _work(node: Node) -> float:
    match node:
        case Call(function, arguments):
            return EXPENSIVE.get(function, 10) + sum(map(_work, arguments))
        case Sum(terms):
            return sum(1 + _work(term) for _, term in terms)
        case Product(_, numerator, denominator):
            above = sum(1 + _work(f) for f in numerator)
            return above + sum(3 + _work(f) for f in denominator)
        case Power(base, _):
            return 2 + _work(base)
        case Where(condition, then, otherwise):
            return 3 + sum(map(_work, (condition, then, otherwise)))
    return 0


def reach(exponent: sp.Expr, alphabet: Alphabet) -> float:
    """The power of two from which exp(exponent/2) is 0, or infinite where it grows."""
    power = sp.Integer(1)
    while abs(float(exponent.subs(X, alphabet.interval.sign * power))) / 2 < UNDERFLOW:
        power *= 2
    return float(power)


class Writer:
    """Writes quotients of polynomials in letters as trees."""

    def __init__(self, alphabet: Alphabet, exact: bool, folded: bool = False) -> None:
        self.alphabet, self.exact, self.folded = alphabet, exact, folded
        self.lets: dict[str, Node] = {}
        self.used: set[str] = set()
        self.meaning: dict[sp.Symbol, sp.Expr] = {X: X}
        for letter, definition in alphabet.definitions.items():
            self.meaning[letter] = spelt_out(definition.subs(self.meaning, simultaneous=True))

    def quotients(self, rational: sp.Expr, rule: str) -> Iterator[Form]:
        """The forms of one quotient: factored, and as a sum of its terms."""
        top, bottom = sp.fraction(sp.together(rational))
        yield self._form(rule, factors_of(top), factors_of(bottom), rational)
        if isinstance(sp.expand(top), sp.Add):
            expanded = (sp.S.One, [(sp.expand(top), 1)])
            yield self._form(f"{rule}, expanded", expanded, factors_of(bottom), rational)
        terms = sp.expand(top).as_ordered_terms()
        if 1 < len(terms) <= 6:
            yield self._sum(f"{rule}, term by term", terms, bottom, rational)

    def _form(self, rule: str, top: Factors, bottom: Factors, equal: sp.Expr) -> Form:
        self.lets = {}
        node = self._quotient(top, bottom)
        return self._finish(rule, node, equal)

    def _sum(self, rule: str, terms: Sequence[sp.Expr], bottom: sp.Expr, equal: sp.Expr) -> Form:
        self.lets = {}
        parts: list[tuple[int, Node]] = []
        for term in terms:
            over, under = sp.fraction(sp.cancel(term / bottom))
            node = self._quotient(factors_of(over), factors_of(under), whole=True)
            if isinstance(node, Product) and node.sign < 0:
                parts.append((-1, replace(node, sign=1)))
            else:
                parts.append((1, node))
        return self._finish(rule, Sum(tuple(parts)), equal)

    def _finish(self, rule: str, node: Node, equal: sp.Expr) -> Form:
        meant = spelt_out(equal.subs(self.meaning, simultaneous=True))
        lets = _needed(tuple(self.lets.items()), node)
        return Form(rule, self.alphabet.interval, lets, node, meant)

    def _quotient(self, top: Factors, bottom: Factors, whole: bool = False) -> Node:
        """number * factors / factors, with what decays or grows exponentially split in two."""
        number = top[0] / bottom[0]
        powers: dict[sp.Symbol, int] = {}
        over: list[Node] = []
        under: list[Node] = []
        for factors, into, direction in ((top[1], over, 1), (bottom[1], under, -1)):
            for factor, times in factors:
                if factor in self.alphabet.exponents or factor == sp.Symbol("u", real=True):
                    powers[factor] = powers.get(factor, 0) + direction * times
                    continue
                if factor.is_number:
                    number *= factor ** (direction * times)
                    continue
                written, scale = self._factor(factor)
                number *= scale ** (direction * times)
                into += [written] * times
        sign = -1 if number.is_negative else 1
        inner: list[Node] = []
        outer: list[Node] = []
        for letter, power in powers.items():
            first, last = self._halves(letter, power, whole or self.folded)
            inner += first
            outer += last
        if abs(number) != 1:
            inner.insert(0, number_node(abs(number)))
        node: Node = product_node([*inner, *over])
        for factor in under:
            node = Product(1, (node,), (factor,))
        if outer:
            node = Product(1, (node, *outer))
        if sign < 0:
            node = (
                replace(node, sign=-node.sign)
                if isinstance(node, Product)
                else Product(-1, (node,))
            )
        return node

    def _halves(self, letter: sp.Symbol, power: int, whole: bool) -> tuple[list[Node], list[Node]]:
        """q**k as h ... h with h = q**(k/2): a subnormal result is rounded once, at the end."""
        if letter in self.alphabet.exponents and whole and power > 0:
            node = self._name(letter)
            return [node] * power, []
        if letter in self.alphabet.exponents:
            name = f"h{letter.name[1:]}" if letter.name.startswith("q") else f"h_{letter.name}"
            half = self._exponential(self.alphabet.exponents[letter] * power / 2)
            node = self._let(name, half)
            return [node], [node]
        node = self._name(letter)
        count = abs(power)
        if power < 0:
            return [Name("x")] * (count - count // 2), [Name("x")] * (count // 2)
        return [node] * (count - count // 2), [node] * (count // 2)

    def _let(self, name: str, node: Node) -> Name:
        if self.lets.get(name, node) != node:
            return self._let(f"{name}_", node)
        self.lets[name] = node
        return Name(name)

    def _factor(self, factor: sp.Expr) -> tuple[Node, sp.Expr]:
        """A factor as a tree times a number; 1 - q as -expm1(u)."""
        for q, u in self.alphabet.exponents.items():
            if sp.expand(factor - q + 1) == 0:
                name = "p" if q.name == "q" else f"p_{q.name}"
                inner = self._tree(self._inner(u))
                return self._let(name, Product(-1, (Call("expm1", (inner,)),))), -sp.S.One
        if isinstance(factor, sp.Function):  # atan(-a) became -atan(a)
            return self._tree(factor), sp.S.One
        scale = content(sp.expand(factor))
        return self._horner(sp.expand(factor / scale)), scale

    def _horner(self, expr: sp.Expr, x: Name | None = None) -> Node:
        """A polynomial by Horner's rule: exponentials outside, x inside."""
        expr = sp.expand(expr)
        if x is None:
            x = self._folded_x() if expr.has(A) else Name("x")
        for letter in (*self.alphabet.exponents, *self.alphabet.definitions, X, A):
            if expr.has(letter):
                return self._nested(sp.Poly(expr, letter), letter, x)
        return number_node(expr)

    def _nested(self, polynomial: sp.Poly, letter: sp.Symbol, x: Name) -> Node:
        name = x if letter in (X, A) else self._name(letter)
        terms = sorted(((int(k), c) for (k,), c in polynomial.terms()), reverse=True)
        node, degree = self._horner(terms[0][1], x), terms[0][0]
        for power, coefficient in [*terms[1:], (0, sp.S.Zero)]:
            node = product_node([name] * (degree - power) + ([node] if node != ONE else []))
            degree = power
            if coefficient != 0:
                node = plus(self._horner(coefficient, x), node)
        return node

    def _name(self, letter: sp.Symbol) -> Name:
        """The name of a letter; it and what it is made of are defined when it is first used."""
        if letter.name not in self.lets:
            definition = self.alphabet.definitions[letter]
            if letter in self.alphabet.exponents:
                node = self._exponential(self.alphabet.exponents[letter])
            else:
                node = self._tree(self._inner(definition))
            self.lets[letter.name] = node
        return Name(letter.name)

    def _tree(self, expr: sp.Expr) -> Node:
        """The definition of a letter as a tree."""
        if type(expr) in CALLS:
            return Call(CALLS[type(expr)], tuple(self._tree(a) for a in expr.args))
        if expr.func in PERIODIC:
            return Call(BY_CLASS[expr.func].name, (self._finite(expr.args[0]),))
        if expr.func in BY_CLASS:
            return Call(BY_CLASS[expr.func].name, tuple(self._tree(a) for a in expr.args))
        if isinstance(expr, sp.Pow) and expr.exp == sp.Rational(1, 2):
            return Call("sqrt", (self._tree(expr.base),))
        if isinstance(expr, sp.Pow) and not expr.exp.is_Integer:
            return Call("power", (self._tree(expr.base), self._tree(expr.exp)))
        top, bottom = sp.fraction(sp.together(expr))
        return self._quotient(factors_of(top), factors_of(bottom))

    def _finite(self, argument: sp.Expr) -> Node:
        """An argument that stays finite, where x is infinite too."""
        for letter in (X, A):
            slope = sp.cancel(argument / letter)
            if slope.is_number:
                end = Fraction(float(LARGEST / max(abs(double(slope)), Fraction(1))))
                x = self._folded_x() if letter == A else Name("x")
                held = self._let("held", Call("clip", (x, Number(-end), Number(end))))
                return product_node([number_node(slope), held])
        return Call("clip", (self._tree(argument), Number(-LARGEST), Number(LARGEST)))

    def _exponential(self, exponent: sp.Expr) -> Node:
        """exp of a polynomial in x; compensated where its argument would be rounded."""
        inner = sp.expand(self._inner(exponent))
        letter, x = (A, self._folded_x()) if self.folded else (X, Name("x"))
        polynomial = sp.Poly(inner, letter)
        slope = polynomial.coeff_monomial(letter)
        linear = polynomial.degree() == 1 and is_dyadic(slope)
        if linear and (abs(slope) <= 1 or not self.folded):
            return Call("exp", (product_node([number_node(slope), x]),))
        held = self._held(exponent, x)
        if linear:
            return Call("exp", (product_node([number_node(slope), held]),))
        if not self.exact:
            return Call("exp", (self._horner(inner, held),))
        powers = range(1, polynomial.degree() + 1)
        coefficients = [polynomial.coeff_monomial(letter**k) for k in powers]
        pairs = (part for c in coefficients for part in pair(c))
        return Call("exp_poly", (held, *pairs))

    def _inner(self, expr: sp.Expr) -> sp.Expr:
        """What a letter stands for, in |x| where letters are folded."""
        return expr.subs(X, self.alphabet.interval.sign * A) if self.folded else expr

    def _folded_x(self) -> Name:
        return self._let("a", Call("abs", (Name("x"),)))

    def _held(self, exponent: sp.Expr, x: Name) -> Name:
        """x, held where exp(exponent) is 0 already, so that no power of it overflows."""
        low, high = self.alphabet.interval.low, self.alphabet.interval.high
        end = reach(exponent, self.alphabet)
        if max(abs(low), abs(high)) <= end and not self.folded:
            return x
        above = high > 0 or self.folded
        bound = Number(Fraction(end if above else -end))
        return self._let("c", Call("minimum" if above else "maximum", (x, bound)))


def _needed(lets: tuple[tuple[str, Node], ...], result: Node) -> tuple[tuple[str, Node], ...]:
    """The letters that the result is made of."""
    live = set(names(result))
    kept = []
    for name, node in reversed(lets):
        if name in live:
            kept.append((name, node))
            live |= set(names(node))
    return tuple(reversed(kept))
