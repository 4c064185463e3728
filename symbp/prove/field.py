"""A random point of a prime field, and the values of SymPy expressions there.

Input: expressions.  Output: residues modulo a prime with the degrees of the rational functions
that they are values of, from which prove/__init__.py has its error bound.  exp(u) is a random
element for each u, so that exp(-u) = 1/exp(u), exp(u + v) = exp(u) exp(v) and tanh(u) =
(exp(2u) - 1)/(exp(2u) + 1) hold; a root is a root modulo p; a condition is a letter or a sign.
Imports errors only.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import sympy as sp

from symbp.errors import SymbpError

# exp(u) is the ROOTS-th power of a letter, so exp(u/2), .., exp(u/10) are whole powers of it too.
ROOTS = math.lcm(*range(1, 11))
CONSTANT_AFTER = 8


class Redraw(Exception):
    """The point is of no use: a denominator is 0, or a radicand no square, modulo p."""


Value = tuple[int, int, int]  # residue, and the degrees of numerator and denominator


@dataclass
class Radicands:
    """What stood under roots, in order of appearance, over all draws in one field.

    A radicand that is no square at some point is no square of a rational function, so its root is
    independent of rational functions.  A constant is judged by itself.
    """

    no_square: set[int] = field(default_factory=set)
    values: dict[int, list[int]] = field(default_factory=dict)

    def note(self, place: int, value: int, square: bool) -> None:
        """Remember a radicand of this draw."""
        found = self.values.setdefault(place, [])
        if len(found) < CONSTANT_AFTER:
            found.append(value)
        if not square:
            self.no_square.add(place)

    def constant(self, place: int) -> bool:
        """Whether it has been the same for many draws."""
        found = self.values.get(place, [])
        return len(found) == CONSTANT_AFTER and len(set(found)) == 1

    def independent(self, places: int) -> bool:
        """Whether the roots of a point may be used."""
        return all(k in self.no_square or self.constant(k) for k in range(places))

    def hopeless(self) -> bool:
        """Whether a constant has no root in this field."""
        return any(self.constant(k) for k in self.no_square)


@dataclass
class Point:
    """Letters drawn at random, and the values of expressions there.

    Args:
        p: The prime, 3 modulo 4.
        stream: Source of the letters.
        definitions: Symbols that stand for expressions.
        pattern: Sign of each condition in order of appearance; None takes free letters.
        radicands: What stood under roots so far, kept from draw to draw.
    """

    p: int
    stream: random.Random
    definitions: Mapping[sp.Symbol, sp.Expr]
    pattern: Sequence[int] | None
    radicands: Radicands = field(default_factory=lambda: Radicands())
    memo: dict[sp.Basic, Value] = field(default_factory=dict)
    kernels: dict[tuple[str, int], tuple[int, int]] = field(default_factory=dict)
    signs: dict[int, tuple[int, int]] = field(default_factory=dict)
    roots: dict[int, tuple[int, int]] = field(default_factory=dict)

    def draw(self) -> None:
        """Forget all letters, and put numbers in place of the defined symbols, in their order."""
        for table in (self.memo, self.kernels, self.signs, self.roots):
            table.clear()
        for symbol, expr in self.definitions.items():
            self.memo[symbol] = self.value(expr)

    def chance(self, values: Sequence[Value]) -> Fraction:
        """Probability that unequal forms agree here.

        The difference of two forms has a numerator of degree at most deg; a root doubles it, as
        the norm of a + b sqrt(s) is a**2 - b**2 s.  Kernels whose different arguments meet modulo
        p are counted too.  Half of the draws for each root are thrown away.
        """
        deg = max(a[1] + b[2] + b[1] + a[2] for a in values for b in values)
        meet = [degree for _, degree in (*self.kernels.values(), *self.signs.values())]
        doubled = 2 ** len(self.roots)
        total = doubled * (deg + sum(degree for _, degree in self.roots.values()))
        total += 2 * len(meet) * sum(meet)
        return min(Fraction(1), Fraction(2 * doubled * max(total, 1) * len(values), self.p))

    def value(self, expr: sp.Basic) -> Value:
        """The value of an expression modulo p."""
        known = self.memo.get(expr)
        if known is None:
            known = self.memo[expr] = self._value(expr)
        return known

    def _value(self, expr: sp.Basic) -> Value:
        if isinstance(expr, sp.Rational):
            return int(expr.p) * pow(int(expr.q), -1, self.p) % self.p, 0, 0
        if expr.is_Symbol or isinstance(expr, sp.NumberSymbol):
            return self.stream.randrange(self.p), 1, 0
        if isinstance(expr, sp.Add):
            return self._sum([self.value(a) for a in expr.args])
        if isinstance(expr, sp.Mul):
            return self._product([self.value(a) for a in expr.args])
        if isinstance(expr, sp.exp):
            return self._exp(expr.args[0], Fraction(1))
        if isinstance(expr, sp.tanh):
            t, top, bottom = self._exp(expr.args[0], Fraction(2))
            degree = max(top, bottom)
            return (t - 1) * self._inverse(t + 1) % self.p, degree, degree
        if isinstance(expr, sp.Pow):
            if expr.exp.is_Rational and expr.exp.q in (1, 2):
                return self._power(self.value(expr.base), expr.exp)
            return self._real_power(self.value(expr.base), expr.exp)
        if isinstance(expr, sp.Piecewise):
            return self._branches(expr.args)
        if isinstance(expr, sp.Abs | sp.sign):
            positive, negative = self._sign(self.value(expr.args[0]))
            sign = ((positive - negative) % self.p, 1, 0)
            return (
                sign
                if isinstance(expr, sp.sign)
                else self._product([sign, self.value(expr.args[0])])
            )
        if isinstance(expr, sp.Max):
            return self._largest([self.value(a) for a in sorted(expr.args, key=str)])
        if hasattr(expr, "relation"):  # paths.Above and paths.NotBelow
            d, then, otherwise = expr.args
            held = self._relation(expr.relation, d)
            return self._choice(held, then, ((otherwise, sp.true),))
        if isinstance(expr, sp.Function) and len(expr.args) == 1:
            return self._letter(type(expr).__name__, self.value(expr.args[0]))
        raise SymbpError(f"{expr}", f"no rule compares {type(expr).__name__}")

    def _sum(self, parts: Sequence[Value]) -> Value:
        bottom = sum(d for _, _, d in parts)
        top = max((n + bottom - d for _, n, d in parts), default=0)
        return sum(v for v, _, _ in parts) % self.p, top, bottom

    def _product(self, parts: Sequence[Value]) -> Value:
        value = 1
        for v, _, _ in parts:
            value = value * v % self.p
        return value, sum(n for _, n, _ in parts), sum(d for _, _, d in parts)

    def _inverse(self, value: int) -> int:
        if value % self.p == 0:
            raise Redraw
        return pow(value, -1, self.p)

    def _power(self, base: Value, exponent: sp.Expr) -> Value:
        value, top, bottom = base if exponent.q == 1 else self._root(base)
        power = int(exponent.p)
        if power < 0:
            value, top, bottom, power = self._inverse(value), bottom, top, -power
        return pow(value, power, self.p), top * power, bottom * power

    def _real_power(self, base: Value, exponent: sp.Expr) -> Value:
        """u**c: a letter for each u and each fraction of c, times a whole power of u.

        The letter may be anything, so what is shown for all letters holds for the power.
        """
        constant, rest = exponent.as_coeff_Add()
        whole = sp.floor(constant) if constant.is_Rational else sp.S.Zero
        value, top, bottom = self.value(constant - whole + rest)
        letter = self._kernel(f"power {value}", base), top + bottom + 1, 0
        return self._product([letter, self._power(base, whole)])

    def _root(self, radicand: Value) -> Value:
        """The root that is itself a square: so roots of products are products of roots."""
        value, top, bottom = radicand
        place = list(self.roots).index(value) if value in self.roots else len(self.roots)
        if value not in self.roots:
            root = pow(value, (self.p + 1) // 4, self.p)
            square = root * root % self.p == value
            self.radicands.note(place, value, square)
            if not square:
                raise Redraw
            self.roots[value] = root, top + bottom
        return self.roots[value][0], 1, 0

    def _exp(self, argument: sp.Basic, power: Fraction) -> Value:
        """exp(power * argument): a product over the terms of the argument, numbers as powers."""
        argument = self.definitions.get(argument, argument)
        if isinstance(argument, sp.Add):
            return self._product([self._exp(term, power) for term in argument.args])
        number, rest = argument.as_coeff_Mul()
        if number != 1 and number.is_Rational:
            return self._exp(rest, power * Fraction(int(number.p), int(number.q)))
        value, top, bottom = self.value(argument)
        hidden = self._number_in(argument)  # exp(2 w a) with a = log(u)/2 is exp(w log(u))
        power *= hidden
        value = value * hidden.denominator * pow(hidden.numerator, -1, self.p) % self.p
        if value == 0:
            return 1, 0, 0
        steps = power * ROOTS
        if steps.denominator != 1:
            value = value * power.numerator * pow(power.denominator, -1, self.p) % self.p
            steps = Fraction(ROOTS)
        if value > self.p - value:
            value, steps = self.p - value, -steps
        letter = self._kernel("exp", (value, top, bottom))
        count = abs(int(steps))
        if steps < 0:
            return pow(letter, -count, self.p), 0, count
        return pow(letter, count, self.p), count, 0

    def _number_in(self, product: sp.Basic) -> Fraction:
        """The number that the definitions of a product's factors bring into it."""
        number = Fraction(1)
        for factor in sp.Mul.make_args(product):
            base, exponent = factor.as_base_exp()
            if base in self.definitions and exponent.is_Integer:
                own, rest = self.definitions[base].as_coeff_Mul()
                if own.is_Rational and own:
                    inner = Fraction(int(own.p), int(own.q)) * self._number_in(rest)
                    number *= inner ** int(exponent)
        return number

    def _kernel(self, name: str, argument: Value) -> int:
        """The letter of a function at an argument, never 0."""
        value, top, bottom = argument
        key = (name, value)
        if key not in self.kernels:
            self.kernels[key] = self.stream.randrange(1, self.p), top + bottom
        return self.kernels[key][0]

    def _letter(self, name: str, argument: Value) -> Value:
        """Any other function: a letter for each argument; log(1/u) = -log(u), log(1) = 0."""
        if name != "log":
            return self._kernel(name, argument), 1, 0
        value, top, bottom = argument
        inverse = self._inverse(value)
        if value == inverse:
            return 0, 0, 0
        letter = self._kernel(name, (min(value, inverse), top, bottom))
        return (letter if value < inverse else -letter % self.p), 1, 0

    def _sign(self, value: Value) -> tuple[int, int]:
        """Whether a value is positive and whether it is negative, each 0, 1 or a free letter."""
        residue, top, bottom = value
        if residue == 0:
            return 0, 0
        key = min(residue, self.p - residue)
        place = list(self.signs).index(key) if key in self.signs else len(self.signs)
        if key not in self.signs:
            self.signs[key] = place, top + bottom
        if self.pattern is None:
            letters = [self._kernel(f"sign {k}", (key, top, bottom)) for k in (1, 2)]
            positive, negative = letters
        else:
            sign = self.pattern[place] if place < len(self.pattern) else 1
            positive, negative = int(sign > 0), int(sign < 0)
        return (positive, negative) if residue == key else (negative, positive)

    def _holds(self, condition: sp.Basic) -> int:
        """A condition as 0, 1 or a free letter; its negation is 1 minus it."""
        match condition:
            case sp.true | sp.false:
                return int(condition == sp.true)
            case sp.Not():
                return (1 - self._holds(condition.args[0])) % self.p
            case sp.And() | sp.Or() | sp.ITE():
                return self._combined(condition)
            case sp.core.relational.Relational():
                return self._relation(condition.rel_op, condition.lhs - condition.rhs)
        raise SymbpError(f"{condition}", "no rule compares this condition")

    def _combined(self, condition: sp.Basic) -> int:
        first, *rest = condition.args
        held = self._holds(first)
        if isinstance(condition, sp.ITE):
            then = self._holds(rest[0]) if held else 0
            return (held * then + ((1 - held) * self._holds(rest[1]) if held != 1 else 0)) % self.p
        if not rest:
            return held
        others = condition.func(*rest, evaluate=False)
        if isinstance(condition, sp.And):
            return held * self._holds(others) % self.p if held else 0
        return (held + (1 - held) * self._holds(others)) % self.p if held != 1 else 1

    def _relation(self, relation: str, difference: sp.Expr) -> int:
        positive, negative = self._sign(self.value(difference))
        held = {
            ">": positive, "<": negative, ">=": 1 - negative, "<=": 1 - positive,
            "==": 1 - positive - negative, "!=": positive + negative,
        }[relation]  # fmt: skip
        return held % self.p

    def _branches(self, branches: Sequence[tuple[sp.Expr, sp.Basic]]) -> Value:
        """A Piecewise: the first branch whose condition holds."""
        if not branches:
            raise SymbpError("Piecewise", "no branch holds always")
        (then, condition), *rest = branches
        return self._choice(self._holds(condition), then, rest)

    def _choice(self, held: int, then: sp.Expr, rest: Sequence[tuple[sp.Expr, sp.Basic]]) -> Value:
        if held == 1:
            return self.value(then)
        if held == 0:
            return self._branches(rest)
        chosen = self._product([(held, 1, 0), self.value(then)])
        return self._sum([chosen, self._product([(1 - held, 1, 0), self._branches(rest)])])

    def _largest(self, parts: list[Value]) -> Value:
        result = parts[0]
        for other in parts[1:]:
            ahead = self._sum([other, (-result[0], result[1], result[2])])
            positive, _ = self._sign(ahead)
            result = self._sum([result, self._product([(positive, 1, 0), ahead])])
        return result
