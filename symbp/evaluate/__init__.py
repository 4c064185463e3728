"""Put numbers in: every line as formula = numbers put in = value.

Input: a derivation and a network with an example.  Output: an `Evaluation`, lines in reading order.
Rationals stay exact; what is irrational is computed twice, at two precisions, and again at higher
ones until every printed digit is certain.  Above 200 weights the loss, the outputs and what a
named weight needs are shown, computed on arrays.  Imports scalars and printers; numeric on call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import sympy as sp

from symbp.derivation import Derivation
from symbp.errors import SpecError
from symbp.evaluate.lines import RATE, Evaluation, NumberLine, Section, Writer
from symbp.evaluate.numbers import (
    Value,
    add,
    decided,
    function_value,
    multiply,
    scalar_value,
)
from symbp.exact import MAX_DIGITS, shown
from symbp.graph import Equation
from symbp.scalars import (
    EXPANDED_UP_TO,
    Place,
    ScalarEquation,
    ScalarSystem,
    Weight,
    system_of,
)
from symbp.spec import Network
from symbp.tree import ZERO, Name, Node, Product, Sum

__all__ = ["Evaluation", "NumberLine", "chain_lines", "evaluate"]

GUARD, MORE, TRIES = 15, 20, 6
LONGEST_SUM, LONGEST_SUM_LARGE = 64, 8
MOST_LINES = 200


def evaluate(
    derivation: Derivation,
    network: Network,
    digits: int = 6,
    exact: bool = False,
    weights: Sequence[str] | None = None,
) -> Evaluation:
    """Evaluate each line of a derivation at the numbers of the network's example.

    Args:
        derivation: Of the network.
        network: With an example.
        digits: Significant digits of rounded values, 1 to 1000; all of them are right.
        exact: Keep rationals and functions of rationals beside the numbers.
        weights: Names such as "w5" or "W2[0,1]": gradients and updates of these only.  Above 200
            trained numbers nothing else is shown but the loss and the outputs.

    Raises:
        SpecError: no example, digits out of range, an unknown weight, or a formula that has no
            value at these numbers.

    >>> from symbp.pipeline import derive
    >>> numbers = {"x": [0.5, 0.3], "y": [1], "weights": [0.2, 0.5], "learning_rate": 1}
    >>> net = Network(sizes=[2, 1], example=numbers)
    >>> print(evaluate(derive(net), net, digits=4))
    net_o1 = w1*x1 + w2*x2 = 0.2*0.5 + 0.5*0.3 = 0.25
    out_o1 = 1/(1 + exp(-net_o1)) = 1/(1 + exp(-0.25)) ≈ 0.5622
    E = (out_o1 - y1)**2/2 = (0.5622 - 1)**2/2 ≈ 0.09584
    delta_o1 = (out_o1 - y1)*out_o1*(1 - out_o1) = (0.5622 - 1)*0.5622*(1 - 0.5622) ≈ -0.1078
    dw1 = delta_o1*x1 = (-0.1078)*0.5 ≈ -0.05388
    dw2 = delta_o1*x2 = (-0.1078)*0.3 ≈ -0.03233
    w1 = w1 - lr*dw1 = 0.2 - 1*(-0.05388) ≈ 0.2539
    w2 = w2 - lr*dw2 = 0.5 - 1*(-0.03233) ≈ 0.5323
    """
    import mpmath

    calculation = _calculation(derivation, network, digits, weights)
    values = calculation.certain()
    longest = LONGEST_SUM_LARGE if calculation.large else LONGEST_SUM
    writer = Writer(values, {} if exact else None, digits, longest)
    system, named = calculation.system, calculation.named
    with mpmath.workdps(digits + GUARD):
        lines = [writer.line(_section(system, e), e) for e in calculation.equations]
        gradients = {line.name: line.line for line in lines}
        lines += [writer.update(w.name, gradients[f"d{w.name}"]) for w in named]
    return Evaluation(tuple(lines), digits, calculation.rate)


def _calculation(
    derivation: Derivation, network: Network, digits: int, weights: Sequence[str] | None
) -> Calculation:
    if isinstance(digits, bool) or not isinstance(digits, int) or not 1 <= digits <= MAX_DIGITS:
        found = f"found {shown(digits)}, expected a whole number from 1 to {MAX_DIGITS}"
        raise SpecError("--digits", found, "Write 6, say.")
    rate = network.numbers.learning_rate
    system = system_of(network, derivation)
    large = network.weight_count > EXPANDED_UP_TO
    named: Sequence[Weight] = () if large else system.weights
    if weights is not None:
        named = tuple({system.find(w): None for w in weights})
    equations = _at_scale(system, named) if large else _all(system, named)
    return Calculation(system, equations, tuple(named), rate, digits, large)


def _all(system: ScalarSystem, named: Sequence[Weight]) -> tuple[ScalarEquation, ...]:
    """The forward pass, and every adjoint that the named weights need."""
    gradients = system.derivation.gradients
    wanted = {(gradients[w.parameter], w.place): k for k, w in enumerate(named)}
    adjoints = system.adjoints(*wanted)
    in_order = sorted(adjoints, key=lambda e: (e.line, wanted.get((e.quantity, e.place), 0)))
    return (*system.forward(), *in_order)


def _at_scale(system: ScalarSystem, named: Sequence[Weight]) -> tuple[ScalarEquation, ...]:
    """Outputs, the loss, and level by level what the named weights need, while it is not much."""
    derivation = system.derivation
    lines = (line.equation for line in derivation.forward)
    output = [e.name for e in lines if not e.origin.startswith("loss")][-1]
    wanted: dict[tuple[str, Place], None] = {(output, p): None for p in system.places(output)}
    wanted[derivation.graph.loss, ()] = None
    level = [(derivation.gradients[w.parameter], w.place) for w in named]
    wanted |= dict.fromkeys(level)
    while level:
        uses = {s for key in level for s in system.equation(*key).rhs.free_symbols}
        owners = (system.owner(s) for s in sorted(uses, key=str))
        level = [o for o in owners if o not in wanted and not system.given(o[0])]
        if len(wanted) + len(level) > MOST_LINES:
            break
        wanted |= dict.fromkeys(level)
    order = {line.equation.name: k for k, line in enumerate(derivation.lines)}
    ordered = sorted(wanted, key=lambda key: (order[key[0]], key[1]))
    return tuple(system.equation(*key) for key in ordered)


def _section(system: ScalarSystem, equation: ScalarEquation) -> Section:
    quantity = system.derivation.quantities[equation.quantity]
    if quantity.role == "loss":
        return "loss"
    if quantity.role != "adjoint":
        return "forward"
    return "gradient" if quantity.of in system.derivation.gradients else "delta"


@dataclass(frozen=True)
class Calculation:
    """Computes scalar equations, again and again until all digits are certain."""

    system: ScalarSystem
    equations: tuple[ScalarEquation, ...]
    named: tuple[Weight, ...]
    rate: Fraction
    digits: int
    large: bool

    def certain(self) -> dict[str, Value]:
        """Values by name, each precise enough to be rounded to `digits` places.

        Raises:
            SpecError: a line has no value at these numbers.
        """
        import mpmath

        given: dict[str, Value] = {**self.system.values(), RATE: self.rate}
        arrays: dict[str, Any] = {}
        working = self.digits + GUARD
        before: dict[str, Value] = {}
        open_: list[str] = []
        for attempt in range(TRIES):
            with mpmath.workdps(working):
                now = self._once(given, arrays)
                if before:
                    open_ = [
                        name
                        for name, value in now.items()
                        if not decided(before[name], value, self.digits, working)
                    ]
                    if not open_:
                        break
            before, working = now, working + MORE * 4**attempt
        for name in open_:
            # What cancels in the first 1700 digits is shown as 0, rounded.
            if abs(now[name]) < mpmath.mpf(10) ** (-self.digits - GUARD):
                now[name] = mpmath.mpf(0)
        return now

    def _once(self, given: Mapping[str, Value], arrays: dict[str, Any]) -> dict[str, Value]:
        """One run at the working precision of mpmath."""
        if self.large:
            arrays.update(_on_arrays(self.system, bool(self.named), arrays))
        values: dict[str, Value] = {RATE: self.rate}
        for e in self.equations:
            for s in e.rhs.free_symbols:
                if s.name not in values:
                    known = given.get(s.name)
                    values[s.name] = self._entry(arrays, s) if known is None else known
            try:
                values[e.target.name] = scalar_value(e.rhs, values)
            except (ZeroDivisionError, ValueError) as error:
                found = f"{e.target} has no value at these numbers ({error})"
                raise SpecError(f"line {e.line}", found, "Change the example.") from None
        for weight in self.named:
            step = multiply(Fraction(-1), self.rate, values[f"d{weight.name}"])
            values[weight.name] = given[weight.name]
            values[f"new {weight.name}"] = add(given[weight.name], step)
        return values

    def _entry(self, arrays: Mapping[str, Any], symbol: Any) -> Value:
        quantity, place = self.system.owner(symbol)
        return arrays[quantity][place]


class _NotRational(ArithmeticError):
    """A function of a rational is no rational."""


def _on_arrays(system: ScalarSystem, backward: bool, known: Mapping[str, Any]) -> dict[str, Any]:
    """All values and, if asked for, their adjoints, as object arrays.

    An array whose entries are rational is computed once, in fractions, and kept in `known`.
    """
    import mpmath
    import numpy as np

    from symbp.numeric import Arithmetic, evaluate_equations, high_precision

    def rational(name: str) -> Any:
        def function(argument: Fraction) -> Fraction:
            value = function_value(name, argument)
            if not isinstance(value, Fraction):
                raise _NotRational
            return value

        return function

    digits = mpmath.mp.dps
    floats = high_precision(digits)

    def irrational(name: str) -> Fraction:
        raise _NotRational

    functions = {name: rational(name) for name in floats.functions}
    fractions = Arithmetic(lambda value: value, functions, irrational)
    to_float = np.frompyfunc(lambda v: v if isinstance(v, int) else floats.number(v), 1, 1)
    exact = _given_arrays(system) | {name: a for name, a in known.items() if _is_exact(a)}
    rounded_: dict[str, Any] = {}
    derivation = system.derivation
    axes, sizes = derivation.axes, {**derivation.graph.sizes, "N": system.samples}

    def rationally(e: Equation, used: Mapping[str, Any]) -> Any | None:
        """The value in fractions; None where a function of a rational is none."""
        try:
            return evaluate_equations([e], used, axes, sizes, fractions)[e.name]
        except _NotRational:
            return None

    for e in _array_equations(system, backward):
        if e.name in exact:
            continue
        if all(name in exact for name in e.uses):
            used = {name: exact[name] for name in e.uses}
            result = rationally(e, used)
            if result is not None:
                exact[e.name] = result
                continue
        for name in e.uses:
            if name not in rounded_:
                rounded_[name] = np.asarray(to_float(exact[name]), dtype=object)
        used = {name: rounded_[name] for name in e.uses}
        rounded_[e.name] = evaluate_equations([e], used, axes, sizes, floats)[e.name]
    return rounded_ | exact


def _is_exact(array: Any) -> bool:
    return all(isinstance(value, Fraction) for value in array.flat)


def _given_arrays(system: ScalarSystem) -> dict[str, Any]:
    import numpy as np

    example = system.network.numbers
    arrays = {name: np.array(v, dtype=object) for name, v in example.parameters.items()}
    arrays["X"] = np.array(example.inputs, dtype=object)
    return arrays | {"T": np.array(example.targets, dtype=object)}


def _array_equations(system: ScalarSystem, backward: bool) -> list[Equation]:
    """The forward pass and the adjoints of values; those of parameters are large."""
    parameters = set(system.derivation.gradients.values())
    lines = system.derivation.lines if backward else system.derivation.forward
    return [line.equation for line in lines if line.equation.name not in parameters]


def chain_lines(
    derivation: Derivation, network: Network, weight: str, digits: int = 6, exact: bool = False
) -> tuple[NumberLine, ...]:
    """Every factor of the chain form of a weight with its number, then the sum of the products.

    Raises:
        SpecError: as `evaluate`, or the weight has too many paths.

    >>> from symbp.pipeline import derive
    >>> numbers = {"x": [0.5, 0.3], "y": [1], "weights": [0.2, 0.5], "learning_rate": 1}
    >>> net = Network(sizes=[2, 1], example=numbers)
    >>> for line in chain_lines(derive(net), net, "w1", digits=4): print(line)
    dE/dout_o1 = out_o1 - y1 = 0.5622 - 1 ≈ -0.4378
    dout_o1/dnet_o1 = out_o1*(1 - out_o1) = 0.5622*(1 - 0.5622) ≈ 0.2461
    dnet_o1/dw1 = x1 = 0.5
    dE/dw1 = dE/dout_o1 * dout_o1/dnet_o1 * dnet_o1/dw1 = (-0.4378)*0.2461*0.5 ≈ -0.05388
    """
    import mpmath

    from symbp.paths import chain_form

    plan = _calculation(derivation, network, digits, [weight])
    system, (named,) = plan.system, plan.named
    chain = chain_form(system, named)
    equations = list(plan.equations if plan.large else system.forward())
    letters = {f: sp.Symbol(f.name, real=True) for f in chain.factors}
    factors = [ScalarEquation(letters[f], f.shown, f.line, "", ()) for f in chain.factors]
    terms = [sp.Mul(*(letters[f] for f in path)) for path in chain.paths]
    total = ScalarEquation(sp.Symbol(chain.name, real=True), sp.Add(*terms), 0, "", ())
    equations = [*equations, *factors, total]
    values = replace(plan, equations=tuple(equations), named=()).certain()
    longest = LONGEST_SUM_LARGE if plan.large else LONGEST_SUM
    writer = Writer(values, {} if exact else None, digits, longest)
    products = tuple(Product(1, tuple(Name(f.name) for f in path)) for path in chain.paths)
    node: Node = Sum(tuple((1, p) for p in products))
    if len(products) < 2:
        node = products[0] if products else ZERO
    with mpmath.workdps(digits + GUARD):
        if exact and not plan.large:
            for e in system.forward():
                writer.line("forward", e)
        lines = [writer.line("chain", e) for e in factors]
        made = writer.line("chain", total, node)
    return (*lines, replace(made, formula=str(chain).removeprefix(f"{chain.name} = ")))
