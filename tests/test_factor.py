"""Factors in many letters: equal to sympy's where it is quick, known ones where it is not."""

from __future__ import annotations

import random

import pytest
import sympy as sp

from symbp.factor import factored

LETTERS = sp.symbols("a:p", real=True)


def polynomial(luck, letters, terms):
    """A sum of products of a few letters, with small numbers."""
    return sp.Add(*(
        luck.choice([-3, -2, -1, 1, 2, 5, sp.Rational(1, 2)])
        * sp.Mul(*luck.choices([*letters, 1], k=2))
        for _ in range(terms)
    ))  # fmt: skip


def parts(expr):
    """Factors up to a sign, and the number in front."""
    number, found = 1, []
    for factor in sp.Mul.make_args(expr):
        base, power = factor.as_base_exp()
        if base.is_number:
            number *= factor
        else:
            found.append((min(base, sp.expand(-base), key=sp.default_sort_key), power))
    return abs(number), sorted(found, key=sp.default_sort_key)


@pytest.mark.parametrize("seed", range(40))
def test_few_letters_as_sympy_has_them(seed):
    """Quotients of products, powers among them."""
    luck = random.Random(seed)
    top, bottom, twice = (polynomial(luck, LETTERS[:4], 3) for _ in range(3))
    expr = sp.cancel(top * twice**2 * LETTERS[0] / bottom)
    found = factored(expr)
    assert sp.expand(sp.fraction(found - expr)[0]) == 0 or sp.cancel(found - expr) == 0
    assert parts(found) == parts(sp.factor(expr))


@pytest.mark.parametrize("seed", range(20))
def test_many_letters_come_apart_again(seed):
    """A product of polynomials that are linear in a letter of their own."""
    luck = random.Random(seed)
    own, shared = LETTERS[:4], LETTERS[4:]
    made = [polynomial(luck, shared, 3) + x * luck.choice(shared) for x in own]
    wanted = sp.Mul(*(factored(m) for m in made))
    assert parts(factored(sp.expand(sp.Mul(*made)))) == parts(wanted)


def test_what_is_no_polynomial_stays():
    """Numbers, roots, and powers with a letter above."""
    x, y = LETTERS[:2]
    for expr in (sp.S.Zero, sp.Rational(2, 3), sp.sqrt(x) + y, x**y, x**y / (1 + y)):
        assert sp.simplify(factored(expr) - expr) == 0
