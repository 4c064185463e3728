"""Activations and losses of the user's own, from text or a SymPy expression.

Input: a formula in z, or in p and t, and the constants and trained numbers of the spec.
Output: a row like those of the catalogue.  Text is parsed by formula.py, never run.  Imports
formula, the catalogue's types, functions, index, exact and errors only.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from fractions import Fraction

import sympy as sp

from symbp.catalog import Activation, Loss, Total
from symbp.errors import SpecError
from symbp.exact import brief, exact
from symbp.formula import names, parse
from symbp.formula.parse import MOST_FUNCTIONS, functions_deep
from symbp.functions import BY_CLASS
from symbp.index import Index, Size, free_indices, rewrite, substitute, tensor, total

SOURCE = "formula of the user's"
PLAIN = (
    *(sp.Add, sp.Mul, sp.Pow, sp.Rational, sp.Piecewise, sp.And, sp.Or),
    *(sp.core.relational.Relational, sp.functions.elementary.piecewise.ExprCondPair),
    *(sp.logic.boolalg.BooleanTrue, type(sp.pi), type(sp.E)),
)
LARGEST_POWER = 1000
Numbers = Mapping[str, Fraction]


def own_activation(
    expr: str | sp.Expr, where: str, constants: Numbers, learned: Numbers
) -> Activation:
    """The activation that text or a SymPy expression in z means.

    Raises:
        SpecError: a symbol that is not declared, or a part that has no formula here.

    >>> row = own_activation(sp.Symbol("z") * 0.5, "activation", {}, {})
    >>> row.name, row.formula(sp.Symbol("x", real=True), None)
    ('own activation', x/2)
    """
    formula, used = _read(expr, where, ("z",), constants, learned)
    return Activation(
        name="own activation",
        formula=lambda z, total, **trained: formula({"z": z, **trained}, None),
        source=SOURCE,
        learned=tuple((name, learned[name]) for name in used if name in learned),
        text=_shown(expr),
        letters=used,
        own=True,
    )


def own_loss(expr: str | sp.Expr, where: str, constants: Numbers, learned: Numbers) -> Loss:
    """The loss that text or a SymPy expression in p and t means.

    It is the loss of a sample where every p and t stands in a sum or mean over the features of
    the sample, which text may have, and else the loss of an element.

    Raises:
        SpecError: a symbol that is not declared, or a part that has no formula here.

    >>> own_loss((sp.Symbol("p") - sp.Symbol("t")) ** 4, "loss", {}, {}).reduction
    'sum'
    """
    formula, used = _read(expr, where, ("p", "t"), constants, learned)

    def element(p: sp.Expr, t: sp.Expr, over: Total, **trained: sp.Expr) -> sp.Expr:
        return formula({"p": p, "t": t, **trained}, over)

    j, k = Index("j"), Index("k")
    features = Total(lambda e: total(substitute(e, {j: k}), k), Size("K"))
    letters = {name: sp.Symbol(name, real=True) for name in used if name in learned}
    shape = element(tensor("p", j), tensor("t", j), features, **letters)
    return Loss(
        name="own loss",
        formula=element,
        source=SOURCE,
        reduction="sum",
        per="element" if j in free_indices(shape) else "sample",
        learned=tuple((name, learned[name]) for name in used if name in learned),
        text=_shown(expr),
        letters=used,
        own=True,
    )


Formula = Callable[[Mapping[str, sp.Expr], Total | None], sp.Expr]


def _shown(expr: str | sp.Expr) -> str:
    return " ".join(expr.split()) if isinstance(expr, str) else str(expr)


def _read(
    expr: str | sp.Expr,
    where: str,
    variables: tuple[str, ...],
    constants: Numbers,
    learned: Numbers,
) -> tuple[Formula, tuple[str, ...]]:
    """The formula as a function of its letters, and the declared letters that it uses.

    Raises:
        SpecError: see `own_activation`.
    """
    if isinstance(expr, str):
        return _parsed(expr, where, variables, constants, learned)
    known = (*variables, *constants, *learned)
    letters = {name: sp.Symbol(name, real=True) for name in known}
    put = {letters[name]: _rational(value) for name, value in constants.items()}
    used: dict[str, None] = {}

    def rule(node: sp.Basic) -> sp.Basic | None:
        if isinstance(node, sp.Symbol):
            if node.name not in letters:
                raise _unknown(where, node.name, known)
            used[node.name] = None
            return letters[node.name]
        if isinstance(node, sp.Float):
            return _rational(exact(str(node), where))
        if isinstance(node, sp.Max | sp.Min):
            return rewrite(chosen(node), rule)
        if isinstance(node, sp.Piecewise) and node.args[-1][1] != sp.true:
            remedy = "Add a last branch with the condition True."
            raise SpecError(where, f"{brief(node)} has no value everywhere", remedy)
        if isinstance(node, sp.Pow) and node.exp.is_number and abs(node.exp) > LARGEST_POWER:
            remedy = f"Use exponents up to {LARGEST_POWER}."
            raise SpecError(where, f"{brief(node)} has a very large exponent", remedy)
        if not isinstance(node, (*PLAIN, *BY_CLASS)):
            found = f"{brief(node)} is no part that a formula can have"
            names = ", ".join(f.name for f in BY_CLASS.values())
            raise SpecError(where, found, f"Use + - * / **, Piecewise, Max, Min, sqrt, {names}.")
        return None

    real = rewrite(rewrite(expr, rule), _without_ite).xreplace(put)
    if functions_deep(real) > MOST_FUNCTIONS:
        found = f"{brief(expr)} has functions nested too deep"
        raise SpecError(where, found, f"Nest at most {MOST_FUNCTIONS}.")
    if not used.keys() & set(variables):
        raise SpecError(where, f"{brief(expr)} does not depend on {variables[0]}", "Use it.")

    def formula(values: Mapping[str, sp.Expr], total: Total | None) -> sp.Expr:
        return real.xreplace({letters[name]: value for name, value in values.items()})

    return formula, tuple(name for name in used if name not in variables)


def _parsed(
    text: str, where: str, variables: tuple[str, ...], constants: Numbers, learned: Numbers
) -> tuple[Formula, tuple[str, ...]]:
    """Text as a function of its letters; a loss may have sums and means over the features."""
    numbers = {name: _rational(value) for name, value in constants.items()}

    def formula(values: Mapping[str, sp.Expr], total: Total | None) -> sp.Expr:
        return parse(text, {**numbers, **values}, where, total)

    letters = {name: sp.Symbol(name, real=True) for name in (*variables, *learned)}
    formula(letters, Total(lambda e: e, sp.S.One) if "p" in variables else None)
    used = names(text)
    if not set(used) & set(variables):
        raise SpecError(where, f"{brief(text)} does not depend on {variables[0]}", "Use it.")
    return formula, tuple(name for name in (*constants, *learned) if name in used)


def _rational(value: Fraction) -> sp.Rational:
    return sp.Rational(value.numerator, value.denominator)


def chosen(node: sp.Max | sp.Min) -> sp.Expr:
    """Max or Min as a Piecewise; at a tie the last counts, a number where there is one."""
    first, *rest = sorted(node.args, key=lambda a: (a.is_number, sp.default_sort_key(a)))
    if not rest:
        return first
    other = chosen(node.func(*rest, evaluate=False)) if len(rest) > 1 else rest[0]
    holds = first > other if isinstance(node, sp.Max) else first < other
    return sp.Piecewise((first, holds), (other, True))


def _without_ite(node: sp.Basic) -> sp.Basic | None:
    """A condition on a Piecewise, which SymPy writes as if-then-else, with `and` and `or`."""
    if not isinstance(node, sp.ITE):
        return None
    holds, then, otherwise = (rewrite(a, _without_ite) for a in node.args)
    return sp.Or(sp.And(holds, then), sp.And(sp.Not(holds), otherwise))


def _unknown(where: str, name: str, known: tuple[str, ...]) -> SpecError:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
    remedy = f"Did you mean '{near[0]}'?" if near else "Declare it in constants or learned."
    found = f"unknown symbol '{brief(name)}'; known are {', '.join(known)}"
    return SpecError(where, found, remedy)
