"""A formula on one side of zero as a rational function of letters that cannot overflow.

Input: a smooth SymPy expression and the interval it is wanted on.  Output: the same function in `x`
and letters: q = exp(-|u|) <= 1 for every exponential, roots, logarithms and whatever has no
exponential form.  Source: rule 1 of Higham, Accuracy and Stability of Numerical Algorithms (2002),
section 1.7: never form what is later cancelled.  Imports errors.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import sympy as sp

EXPONENTIAL = {
    sp.tanh: lambda u: (sp.exp(2 * u) - 1) / (sp.exp(2 * u) + 1),
    sp.sinh: lambda u: (sp.exp(u) - sp.exp(-u)) / 2,
    sp.cosh: lambda u: (sp.exp(u) + sp.exp(-u)) / 2,
}


class Log1p(sp.Function):  # type: ignore[misc]
    """log(1 + u), right for small u."""

    nargs = 1


class Expm1(sp.Function):  # type: ignore[misc]
    """exp(u) - 1, right for small u."""

    nargs = 1


class Erfcx(sp.Function):  # type: ignore[misc]
    """exp(u**2) erfc(u) for u >= 0: erfc without its exponential decay."""

    nargs = 1


class Hypot(sp.Function):  # type: ignore[misc]
    """sqrt(u**2 + c**2) without squares that overflow."""

    nargs = 2


def spelt_out(expr: sp.Expr) -> sp.Expr:
    """The expression with the functions of this module written in those of SymPy."""
    return expr.replace(Log1p, lambda u: sp.log(1 + u)).replace(
        Expm1, lambda u: sp.exp(u) - 1
    ).replace(Erfcx, lambda u: sp.exp(u**2) * sp.erfc(u)).replace(
        Hypot, lambda u, c: sp.sqrt(u**2 + c**2)
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a form is wanted: between two numbers of one sign, not across zero."""

    low: float
    high: float

    @property
    def sign(self) -> int:
        """1 right of zero, -1 left of it."""
        return 1 if self.low >= 0 else -1

    def inner(self) -> tuple[sp.Expr, ...]:
        """A few numbers inside, small and large."""
        powers = (sp.Integer(2) ** k for k in (-60, -20, -6, -2, -1, 0, 1, 2, 3, 5, 8, 20, 60))
        near = [self.sign * p for p in powers]
        ends = [sp.Rational(v) for v in (self.low, self.high) if abs(v) < float("inf")]
        between = [sum(ends, sp.S.Zero) / 2] if len(ends) == 2 else []
        return tuple(v for v in (*near, *between) if self.low < v < self.high)


class NoForm(ValueError):
    """The expression has no form of this kind on the interval."""


@dataclass
class Alphabet:
    """Letters for the parts of one expression on one interval.

    Args:
        x: The letter of the formula.
        interval: Where it is wanted.
        unity: Write log(v) as log1p(v - 1), which is right where v is near 1.
        far: Write log(c x**n + ..) as log c + n log x + log1p(..), which is right for large x.
        definitions: What each letter stands for, in x and letters before it.
        exponents: The polynomial u of each letter q = exp(u); u < 0 on the interval.
    """

    x: sp.Symbol
    interval: Interval
    unity: bool = False
    far: bool = False
    definitions: dict[sp.Symbol, sp.Expr] = field(default_factory=dict)
    exponents: dict[sp.Symbol, sp.Expr] = field(default_factory=dict)

    def letter(self, stem: str, definition: sp.Expr) -> sp.Symbol:
        """The letter that stands for an expression; the same for equal ones."""
        for known, other in self.definitions.items():
            if other == definition:
                return known
        count = sum(s.name.startswith(stem) for s in self.definitions)
        made = sp.Symbol(f"{stem}{count + 1 if count else ''}", real=True)
        self.definitions[made] = definition
        return made

    def rational(self, expr: sp.Expr) -> sp.Expr:
        """The expression as a quotient of polynomials in x and letters.

        Raises:
            NoForm: a part of it has no letter.
        """
        self._base_exponents(_in_exponentials(expr))
        return sp.cancel(sp.together(self.reduced(self._rewrite(_in_exponentials(expr)))))

    def _base_exponents(self, expr: sp.Expr) -> None:
        """One letter for all exponentials whose arguments are rational multiples."""
        groups: list[list[sp.Expr]] = []
        for node in _exponentials(expr, self.x):
            polynomial = node - node.subs(self.x, 0)
            for group in groups:
                ratio = sp.cancel(polynomial / group[0])
                if ratio.is_Rational:
                    group.append(ratio * group[0])
                    break
            else:
                groups.append([polynomial])
        for group in groups:
            ratios = [sp.cancel(p / group[0]) for p in group]
            step = sp.gcd_list([sp.Rational(r) for r in ratios]) if len(ratios) > 1 else ratios[0]
            base = sp.expand(abs(step) * group[0])
            sign = _sign(base, self.x, self.interval)
            if sign:
                base = -sign * base
                stem = "q" if not self.exponents else "r"
                self.exponents[self.letter(stem, sp.exp(base))] = base

    def _rewrite(self, expr: sp.Basic) -> sp.Expr:
        if not expr.args or expr.is_number:
            return expr
        if isinstance(expr, sp.exp):
            return self._exp(expr.args[0])
        if isinstance(expr, sp.Abs | sp.sign):
            sign = _sign(expr.args[0], self.x, self.interval)
            if not sign:
                raise NoForm(f"{expr} changes sign")
            return (
                sp.Integer(sign)
                if isinstance(expr, sp.sign)
                else sign * self._rewrite(expr.args[0])
            )
        if isinstance(expr, sp.Piecewise):
            raise NoForm("a piecewise formula is split first")
        if isinstance(expr, sp.erf | sp.erfc):
            return self._erf(expr)
        if isinstance(expr, sp.log):
            return self._log(sp.cancel(sp.together(self.reduced(self._rewrite(expr.args[0])))))
        if isinstance(expr, sp.Pow) and not expr.exp.is_Integer:
            return self._root(expr)
        parts = [self._rewrite(a) for a in expr.args]
        if isinstance(expr, sp.Add | sp.Mul | sp.Pow):
            return expr.func(*parts)
        if isinstance(expr, sp.atan):
            return self._atan(sp.together(parts[0]))
        return self.letter("f", expr.func(*parts))

    def _atan(self, value: sp.Expr) -> sp.Expr:
        """atan(c/q) = pi/2 - atan(q/c) for q > 0, as c/q overflows."""
        top, bottom = sp.fraction(value)
        if top.is_number and bottom.free_symbols and bottom.free_symbols <= set(self.exponents):
            sign = sp.sign(top * bottom.subs(dict.fromkeys(self.exponents, 1)))
            if abs(sign) == 1 and all(c > 0 for c in sp.Poly(bottom).coeffs()):
                return sign * sp.pi / 2 - self.letter("f", sp.atan(bottom / top))
        return self.letter("f", sp.atan(value))

    def _exp(self, argument: sp.Expr) -> sp.Expr:
        argument = sp.expand(argument)
        constant = argument.subs(self.x, 0) if argument.is_polynomial(self.x) else None
        if constant is not None:
            for q, base in self.exponents.items():
                ratio = sp.cancel((argument - constant) / base)
                if ratio.is_Integer:
                    return sp.exp(constant) * q**ratio
        return self.letter("e", sp.exp(self._rewrite(argument)))

    def _log(self, value: sp.Expr) -> sp.Expr:
        if self.unity:
            return self.letter("g", Log1p(sp.factor(sp.together(value - 1))))
        top, bottom = sp.fraction(sp.together(value))
        result = sp.S.Zero
        for side, sign in ((top, 1), (bottom, -1)):
            number, factors = sp.factor_list(side)
            if number.is_negative:
                raise NoForm("the logarithm of a product of signs")
            result += sign * sp.log(number)
            for factor, times in factors:
                result += sign * times * self._log_factor(factor)
        return result

    def _log_factor(self, factor: sp.Expr) -> sp.Expr:
        if factor in self.exponents:
            return self.exponents[factor]
        conjugate = self._log_conjugate(factor)
        if conjugate is not None:
            return conjugate
        if self.far and factor.has(self.x):
            return self._log_far(sp.Poly(factor, self.x))
        end = factor.subs(dict.fromkeys(self.exponents, 0)) if self.exponents else factor
        constant = end if end.is_number else factor.subs(self.x, 0)
        if constant.is_number and constant.is_positive:
            inner = sp.factor(sp.expand(factor / constant - 1))
            return sp.log(constant) + self.letter("g", Log1p(inner))
        if _sign(end, self.x, self.interval) < 0:
            raise NoForm("the logarithm of a negative number")
        largest = max(map(abs, sp.Poly(factor).coeffs()))
        if not largest.is_number:
            return self.letter("g", sp.log(factor))
        # Not log(1000 x + 1) - log 1000, which overflows before x does.
        return sp.log(largest) + self.letter("g", sp.log(sp.expand(factor / largest)))

    def _log_conjugate(self, factor: sp.Expr) -> sp.Expr | None:
        """log(sqrt(A) + c) = log(A - c**2) - log(sqrt(A) - c) where c < 0 and A - c**2 is known."""
        for root, square in self.squares():
            polynomial = sp.Poly(factor, root)
            if polynomial.degree() != 1:
                continue
            slope, constant = polynomial.all_coeffs()
            product = sp.expand(slope**2 * square - constant**2)
            if product.is_positive and _sign(constant, self.x, self.interval) < 0:
                return sp.log(product) - self._log_factor(slope * root - constant)
        return None

    def _log_far(self, factor: sp.Poly) -> sp.Expr:
        """By the leading term, whose power would overflow."""
        leading, degree = factor.LC(), factor.degree()
        sign = self.interval.sign
        if not (leading.is_number and (leading * sign**degree).is_positive):
            raise NoForm("no leading term to take the logarithm of")
        u = self.letter("u", 1 / self.x)
        rest = [c / leading * u ** (degree - k) for (k,), c in factor.terms() if k < degree]
        inner = sp.Add(*rest)
        result = sp.log(abs(leading)) + degree * self.letter("g", sp.log(sign * self.x))
        return result + self.letter("g", Log1p(inner)) if inner != 0 else result

    def _root(self, expr: sp.Pow) -> sp.Expr:
        base = sp.cancel(sp.together(self.reduced(self._rewrite(expr.base))))
        exponent = expr.exp
        if not (exponent.is_Rational and exponent.q == 2):
            return self.letter("f", sp.Pow(base, self._rewrite(exponent)))
        rest = sp.expand(base - self.x**2)
        if rest.is_number and rest.is_positive:
            return self.letter("s", Hypot(self.x, sp.sqrt(rest))) ** exponent.p
        return self.letter("s", sp.sqrt(base)) ** exponent.p

    def _erf(self, expr: sp.Expr) -> sp.Expr:
        """erf(u) = 1 - exp(-u**2) erfcx(u) for u >= 0, and erf is odd."""
        argument = expr.args[0]
        sign = _sign(argument, self.x, self.interval)
        if not sign or not argument.is_polynomial(self.x):
            return self.letter("f", expr.func(self._rewrite(argument)))
        scaled = self.letter("R", Erfcx(sp.expand(sign * argument)))
        tail = self._exp(-(argument**2)) * scaled
        if isinstance(expr, sp.erfc):
            return tail if sign > 0 else 2 - tail
        return sign * (1 - tail)

    def squares(self) -> Iterator[tuple[sp.Symbol, sp.Expr]]:
        """Each root with its square."""
        for letter, definition in self.definitions.items():
            if isinstance(definition, Hypot):
                u, c = definition.args
                yield letter, u**2 + c**2
            elif isinstance(definition, sp.Pow) and definition.exp == sp.Rational(1, 2):
                yield letter, definition.base

    def reduced(self, expr: sp.Expr) -> sp.Expr:
        """The expression with no root above its first power."""
        for root, square in self.squares():
            if expr.has(root):
                top, bottom = sp.fraction(sp.together(expr))
                expr = _lowered(top, root, square) / _lowered(bottom, root, square)
        return expr


def _lowered(expr: sp.Expr, root: sp.Symbol, square: sp.Expr) -> sp.Expr:
    polynomial = sp.Poly(sp.expand(expr), root)
    return sp.Add(*(c * square ** (k // 2) * root ** (k % 2) for (k,), c in polynomial.terms()))


def _in_exponentials(expr: sp.Expr) -> sp.Expr:
    for kind, formula in EXPONENTIAL.items():
        expr = expr.replace(kind, formula)
    return expr


def _exponentials(expr: sp.Expr, x: sp.Symbol) -> list[sp.Expr]:
    """The arguments of all exponentials that are polynomials in x, those of erf among them."""
    found = [sp.expand(node.args[0]) for node in expr.atoms(sp.exp)]
    found += [sp.expand(-(node.args[0] ** 2)) for node in expr.atoms(sp.erf, sp.erfc)]
    kept = [u for u in found if u.has(x) and u.is_polynomial(x)]
    return sorted(dict.fromkeys(kept), key=sp.default_sort_key)


def _sign(expr: sp.Expr, x: sp.Symbol, interval: Interval) -> int:
    """The sign of an expression on an interval; 0 where it changes or is zero."""
    signs = set()
    for point in interval.inner():
        value = expr.subs(x, point).evalf(30)
        if not (value.is_number and value.is_real):  # other letters: nothing is known
            return 0
        signs.add(int(sp.sign(value)))
    return signs.pop() if len(signs) == 1 else 0
