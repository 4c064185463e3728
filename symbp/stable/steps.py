"""The rewriting that leads to a stable form, as Steps and as text.

Input: a `Stable`.  Output: for each regime the formula, what it was turned into and by which rule.
Imports derivation, printers and result.
"""

from __future__ import annotations

import math

import sympy as sp

from symbp.derivation import Step
from symbp.printers import numpy_code, plain
from symbp.stable.result import Regime, Stable
from symbp.stable.writer import X
from symbp.tree import Call, Constant, Name, Node, Number, Power, Product, Sum

SHORT = 1000  # longer fractions are floats of the code
RULES = (
    "as written", "exponential branch", "rational form", "conjugate", "reciprocal", "limit",
    "series",
)  # fmt: skip


def steps(found: Stable) -> tuple[Step, ...]:
    """One step for each regime: the formula before, and what is computed after.

    >>> from symbp.stable.store import stable
    >>> for step in steps(stable(1 / (1 + sp.exp(-X)), "full")):
    ...     print(step.rule, "|", step.after)
    exponential branch | (exp(x/2)/(exp(x) + 1))*exp(x/2)
    as written | 1/(1 + exp(-x))
    """
    return tuple(_step(found, regime) for regime in found.regimes)


def _step(found: Stable, regime: Regime) -> Step:
    rule = regime.form.rule
    start = next((k for k in RULES if rule.startswith(k)), "as written")
    detail = rule.removeprefix(start).strip(", ")
    named = f"{start}, {detail}" if detail else start
    return Step(named, found.expr, _after(regime))


def _after(regime: Regime) -> sp.Expr:
    """What a form computes, its letters put in, nothing evaluated further."""
    values: dict[str, sp.Expr] = {"x": X}
    with sp.evaluate(False):
        for name, node in regime.form.lets:
            values[name] = _expression(node, values)
        return _expression(regime.form.result, values)


def _expression(node: Node, values: dict[str, sp.Expr]) -> sp.Expr:
    match node:
        case Number(value):
            short = value.denominator <= SHORT
            return sp.Rational(*value.as_integer_ratio()) if short else sp.Float(float(value))
        case Constant(name):
            return {"pi": sp.pi, "e": sp.E}[name]
        case Name(name):
            return values[name]
        case Sum(terms):
            parts = [(sign, _expression(term, values)) for sign, term in terms]
            return sp.Add(*(part if sign > 0 else sp.Mul(-1, part) for sign, part in parts))
        case Product(sign, numerator, denominator):
            top = [_expression(f, values) for f in numerator]
            bottom = [sp.Pow(_expression(f, values), -1) for f in denominator]
            return sp.Mul(*([sp.Integer(-1)] if sign < 0 else []), *top, *bottom)
        case Power(base, exponent):
            return sp.Pow(_expression(base, values), exponent)
        case Call("exp", (argument,)):
            return sp.exp(_expression(argument, values))
        case Call("sqrt", (argument,)):
            return sp.sqrt(_expression(argument, values))
        case Call(function, arguments):
            made = sp.Function(function)
            return made(*(_expression(a, values) for a in arguments))
    return sp.Symbol(plain(node))


def lines(name: str, found: Stable) -> list[str]:
    """The regimes of a function as text: where, by which rule, how, and the error found.

    >>> from symbp.stable.store import stable
    >>> print(lines("f", stable(1 / (1 + sp.exp(-X)), "fast"))[1].strip())
    everywhere: exponential branch
    """
    worst = f"{found.double.ulp:.2f} ULP" if math.isfinite(found.double.ulp) else "spurious values"
    bound = f" where |x| <= {found.common:g}" if math.isfinite(found.common) else ""
    shown = [f"{name}: at most {worst}{bound} in float64, on {found.double.points} points"]
    before = ""
    for regime in found.regimes:
        upto = "" if math.isinf(regime.upto) else f"x {'<=' if regime.closed else '<'} "
        place = f"{upto}{regime.upto:g}" if upto else ("elsewhere" if before else "everywhere")
        shown.append(f"  {place}: {regime.form.rule}")
        if regime.form.clip is not None:
            low, high = regime.form.clip
            shown.append(f"    x = clip(x, {low:g}, {high:g})")
        shown += [f"    {letter} = {numpy_code(node)}" for letter, node in regime.form.lets]
        shown.append(f"    return {numpy_code(regime.form.result)}")
        before = place
    if not found.met:
        shown.append(f"  The goal of {found.goal:g} ULP is missed.")
    return shown
