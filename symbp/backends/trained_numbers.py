"""How right a formula with trained numbers is, as the module computes it, at their first values.

Input: a program, its functions in stable forms, the network.  Output: lines for the header.  Such a
formula is no function of one number, so no form is searched for it; what it loses is measured and
said.  Imports program and stable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import sympy as sp

from symbp.backends.stable_code import error_text
from symbp.differentiate import derivative
from symbp.exact import Tensor
from symbp.index import Reduction, name_of, quantities
from symbp.program import Program, Statement
from symbp.spec import Network
from symbp.stable.error import Truth
from symbp.stable.interpret import compute
from symbp.stable.points import sample
from symbp.stable.result import Measured, Stable
from symbp.stable.search import evaluate
from symbp.stable.truth import true_values
from symbp.stable.writer import X

Array = np.ndarray
POINTS = 1500


def trained_lines(
    program: Program, stables: Mapping[str, Stable], network: Network
) -> Iterator[str]:
    """For each activation with trained numbers: how far its value and its slope are off.

    >>> from symbp.build import build_graph
    >>> from symbp.derive import derive
    >>> from symbp.lower import lower
    >>> from symbp.stable.store import stable
    >>> own = {"activation": "z*tanh(beta*z)", "learned": {"beta": 2}}
    >>> net = Network(sizes=[1, 1], **own)
    >>> program = lower(derive(build_graph(net)))
    >>> found = {n: stable(f, "fast") for n, f in program.functions.items()}
    >>> next(trained_lines(program, found, net))
    'A1 where beta1 = 2'
    """
    calls = {name: _caller(found) for name, found in stables.items()}
    backward = {s.target: s for s in program.backward}
    formulas = {line.equation.name: line.equation.rhs for line in program.derivation.lines}
    for value in program.forward:
        if value.target not in formulas:
            continue  # a shift that lowering put in
        rhs = formulas[value.target]
        starts = {n: v for n, v in network.starts.items() if n in map(name_of, quantities(rhs))}
        formula = _of_one_number(rhs, starts)
        if formula is None:
            continue
        numbers = {n: float(v) for n, v in starts.items() if isinstance(v, Fraction)}
        (argument,) = (n for n in value.uses if n not in starts and n not in calls)
        where = " where " + ", ".join(f"{n} = {v:.6g}" for n, v in numbers.items())

        known = {**calls, **numbers, f"d{value.target}": 1.0}
        yield f"{value.target}{where}"
        yield from _measured(formula, partial(_run, (value,), argument, known))
        slope = backward.get(f"d{argument}")
        if slope is not None and f"d{value.target}" in slope.uses:
            yield f"d{value.target}/d{argument}{where}"
            run = partial(_run, (value, slope), argument, known)
            yield from _measured(derivative(formula, X), run)


def _run(
    statements: tuple[Statement, ...], argument: str, known: Mapping[str, Any], x: Array
) -> Array:
    """The value of the last statement."""
    values = {**known, argument: x}
    for s in statements:
        values[s.target] = compute(s.node, values)
    result: Array = values[statements[-1].target]
    return result


def _of_one_number(rhs: sp.Expr, starts: Mapping[str, Tensor]) -> sp.Expr | None:
    """The formula in X with trained numbers put in; None where there are none, or it has more."""
    uses = dict.fromkeys(quantities(rhs))
    others = [u for u in uses if name_of(u) not in starts]
    if not starts or len(others) != 1 or rhs.has(*Reduction):
        return None
    put: dict[sp.Expr, sp.Expr] = {others[0]: X}
    for use in uses:
        start = starts.get(name_of(use))
        if isinstance(start, Fraction):
            put[use] = sp.Rational(start.numerator, start.denominator)
    formula = rhs.xreplace(put)
    return formula if formula.free_symbols == {X} else None


def _caller(found: Stable) -> Callable[[Array], Array]:
    """A function of the module."""

    def call(
        argument: Array | float,
    ) -> Array:  # a number alone: f(beta), by which a slope is given
        x = np.asarray(argument)
        wide = x.astype(np.float64) if found.widened else x
        return evaluate(found.regimes, np.atleast_1d(wide)).reshape(x.shape).astype(x.dtype)

    return call


def _measured(formula: sp.Expr, run: Callable[[Array], Array]) -> Iterator[str]:
    for dtype in (np.float64, np.float32):
        x = sample(POINTS, 5, (), dtype)
        truth = Truth(true_values(formula, {X: x.astype(np.float64)}))
        with np.errstate(all="ignore"):
            got = np.broadcast_to(run(x), x.shape).astype(dtype)
        errors = truth.errors(got, dtype)
        worst = int(np.argmax(errors))
        found = Measured(float(errors[worst]), float(x[worst]), int(truth.defined.sum()))
        yield f"    {np.dtype(dtype).name}: {error_text(found)}."
