"""Take the functions of one number out of the equations, to be computed by stable forms.

Input: a derivation.  Output: the derivation of the same graph with each such function as a symbol f
of its own, so that what flows back is f'(z) and not a difference of nearly equal numbers; and the
table of the functions.  Lines keep their numbers.  Imports the catalogue, derive and graph.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache, reduce
from types import MappingProxyType

import sympy as sp

from symbp import catalog
from symbp.algebra import divisors
from symbp.derivation import Derivation, Line
from symbp.derive import derive
from symbp.differentiate import derivative
from symbp.errors import GraphError
from symbp.graph import Equation, Graph
from symbp.index import (
    Reduction,
    free_indices,
    is_quantity,
    name_of,
    quantities,
    rewrite,
    substitute,
)
from symbp.stable.pieces import pieces
from symbp.stable.writer import X

# NumPy computes these and their derivatives well, whatever the argument.
OWN = "own activation"
SUFFIXES = ("", "_derivative", "_second_derivative")
PLAIN = (sp.exp, sp.log, sp.Abs, sp.sign, sp.sin, sp.cos)


class Elementwise(sp.Function):  # type: ignore[misc]
    """A function of one number: its place in the table, and which derivative: 0, 1 or 2."""

    is_real = True

    def fdiff(self, argindex: int = 3) -> sp.Expr:
        """The derivative by the number, a function again."""
        place, order, argument = self.args
        if order >= len(SUFFIXES) - 1 or argindex != 3:
            raise GraphError(f"{self}", "two derivatives by the argument are taken, no more")
        return Elementwise(place, order + 1, argument)


@dataclass(frozen=True, slots=True)
class Pointwise:
    """A function of the table.

    Args:
        name: What it is called in code.
        expr: The formula, in X.
    """

    name: str
    expr: sp.Expr

    def called(self, order: int) -> str:
        """The name of the function or of one of its derivatives."""
        return f"{self.name}{SUFFIXES[order]}"

    def formula(self, order: int) -> sp.Expr:
        """The formula or one of its derivatives."""
        return reduce(derivative, [X] * order, self.expr)


@dataclass(frozen=True, slots=True)
class Split:
    """A derivation whose functions have names.

    Args:
        derivation: With Elementwise nodes; lines numbered as in the one it comes from.
        functions: By place.
    """

    derivation: Derivation
    functions: tuple[Pointwise, ...]


def elementwise(derivation: Derivation, past_output: bool = True) -> Split:
    """Name the functions of one number in activations and loss.

    Args:
        derivation: In formulas.
        past_output: Take the logarithm of an activation as a function of its input; else the loss
            stays one of the network's output, as the output's adjoint asks.

    >>> from symbp.pipeline import derive
    >>> from symbp.spec import Network
    >>> split = elementwise(derive(Network(sizes=[2, 2], activation="silu")))
    >>> split.functions[0].expr
    x/(1 + exp(-x))
    >>> print(split.derivation.backward[0].equation.rhs)
    (A1[n, j] - T[n, j])*Elementwise(0, 1, Z1[n, j])
    """
    table = _Table(past_output)
    graph = derivation.graph
    equations = tuple(table.put(e) for e in graph.equations)
    if not table.functions:
        return Split(derivation, ())
    kept = frozenset(line.equation.name for line in derivation.backward)
    split = derive(Graph(graph.quantities, equations, graph.sizes), kept)
    if [line.equation.name for line in split.backward] != [
        line.equation.name for line in derivation.backward
    ]:
        raise GraphError("elementwise", "the lines are not those of the derivation")
    pairs = zip(derivation.backward, split.backward, strict=True)
    backward = tuple(plain if _cancelled(plain, named) else named for plain, named in pairs)
    return Split(replace(split, backward=backward), tuple(table.functions))


def _cancelled(plain: Line, named: Line) -> bool:
    """Whether a division goes away only where formulas are known: a sigmoid's a(1 - a) and 1/a."""
    return divisors(plain.equation.rhs) < divisors(named.equation.rhs)


@dataclass
class _Table:
    """The functions found so far."""

    past_output: bool
    functions: list[Pointwise] = field(default_factory=list)
    values: dict[str, Equation] = field(default_factory=dict)

    def put(self, equation: Equation) -> Equation:
        """The equation with its functions named."""
        place, _, name = equation.origin.partition(", ")
        label = re.sub(r"\W+", "_", name.partition(",")[0])
        if not (place == "loss" or name in _activations()) or _is_softmax(equation.rhs):
            return equation
        rhs = equation.rhs
        if place == "loss" and self.past_output:
            rhs = rewrite(rhs, self._through)
        rhs = rewrite(rhs, lambda node: self._rule(node, label))
        self.values[equation.name] = equation
        return equation if rhs == equation.rhs else replace(equation, rhs=rhs)

    def _through(self, node: sp.Expr) -> sp.Expr | None:
        """The logarithm of an activation as a function of its input.

        A sigmoid is 1 in floating point long before it is: log(1 - a) would be -inf, not -z.
        log(1 + exp(-a)) of logits is another matter: its argument is 0 for no finite a.
        """
        if not isinstance(node, sp.log):
            return None
        uses = dict.fromkeys(quantities(node))
        known = [self.values[name_of(u)] for u in uses if name_of(u) in self.values]
        if len(uses) != 1 or not known:
            return None
        (use,), (equation,) = uses, known
        if not node.args[0].is_rational_function(use):
            return None
        places = zip(equation.indices, getattr(use, "indices", ()), strict=True)
        inner = node.args[0].xreplace({use: substitute(equation.rhs, dict(places))})
        through = sp.log(sp.factor(sp.together(inner)))  # no 1 - 1/(1 + q), which would cancel
        plain = through.is_polynomial(*quantities(through))
        if through.has(sp.Piecewise) or not (plain or one_number(through)):
            return None  # a flat part gives log(0)
        return through

    def _rule(self, node: sp.Expr, label: str) -> sp.Expr | None:
        if isinstance(node, Reduction) or not isinstance(node, sp.Expr):
            return None
        found = one_number(node)
        if found is not None:
            return self._named(*found, label)
        if isinstance(node, sp.Mul | sp.Add):
            return self._grouped(node, label)
        return None

    def _grouped(self, node: sp.Expr, label: str) -> sp.Expr | None:
        """The part of a sum or product that is a function of one number."""
        groups: dict[frozenset[sp.Expr], list[sp.Expr]] = {}
        for part in node.args:
            groups.setdefault(frozenset(quantities(part)), []).append(part)
        numbers = groups.pop(frozenset(), [])
        if isinstance(node, sp.Mul) and groups:  # a number belongs to the formula: x*(1 + erf(x))/2
            hard = max(groups, key=lambda uses: any(map(_is_hard, groups[uses])))
            groups[hard] = [*numbers, *groups[hard]]
        elif numbers:
            groups[frozenset()] = numbers
        parts = []
        changed = False
        for group in groups.values():
            whole = node.func(*group)
            found = one_number(whole) if len(group) > 1 else None
            changed |= found is not None
            parts.append(whole if found is None else self._named(*found, label))
        # What is left is looked at again, part by part.
        rest = [p if isinstance(p, Elementwise) else rewrite(p, lambda n: self._rule(n, label))
                if p is not node else p for p in parts]  # fmt: skip
        return node.func(*rest) if changed else None

    def _named(self, expr: sp.Expr, argument: sp.Expr, label: str) -> sp.Expr:
        for place, known in enumerate(self.functions):
            if known.expr == expr:
                return Elementwise(sp.Integer(place), sp.S.Zero, argument)
        name = _catalogue().get(expr, label)
        taken = {f.name for f in self.functions}
        number = 2
        while name in taken:
            name, number = f"{name.rstrip('0123456789')}{number}", number + 1
        self.functions.append(Pointwise(name, expr))
        return Elementwise(sp.Integer(len(self.functions) - 1), sp.S.Zero, argument)


def one_number(node: sp.Expr) -> tuple[sp.Expr, sp.Expr] | None:
    """f and u where a node is f(u) for one u and f needs a stable form; else None.

    >>> from symbp.index import tensor
    >>> p, t = tensor("p"), tensor("t")
    >>> one_number(sp.log(sp.cosh(p - t)))
    (log(cosh(x)), p - t)
    """
    if node.has(*Reduction, Elementwise) or not _is_hard(node):
        return None
    uses = dict.fromkeys(quantities(node))
    if len(uses) == 1:
        (argument,) = uses
        expr = node.xreplace({argument: X})
    else:
        found = _common_argument(node)
        if found is None:
            return None
        expr, argument = found
    inner = expr.as_coeff_Mul()[1]
    if expr.free_symbols != {X}:  # an index, as in the one-hot code of a class
        return None
    if _is_easy(expr) or (isinstance(inner, PLAIN) and inner.args[0] == X):
        return None
    try:
        pieces(expr)
    except GraphError:  # a condition that is no polynomial: the formula is computed as written
        return None
    return expr, argument


def _common_argument(node: sp.Expr) -> tuple[sp.Expr, sp.Expr] | None:
    """The same for several quantities that only occur in one combination, as in f(p - t)."""
    inner = [
        a for f in node.atoms(sp.Function) if not isinstance(f, sp.Piecewise)
        for a in f.args if isinstance(a, sp.Expr) and a.is_polynomial(*quantities(a))
    ]  # fmt: skip
    for relation in node.atoms(sp.core.relational.Relational):
        inner.append(relation.lhs if relation.rhs.is_number else relation.lhs - relation.rhs)
    for candidate in sorted(inner, key=sp.default_sort_key):
        argument = candidate.as_coeff_Mul()[1]
        if not any(True for _ in quantities(argument)):
            continue
        expr = rewrite(node, lambda n, u=argument: _multiple(n, u))  # type: ignore[misc]
        if set(quantities(expr)) == {X}:
            return expr, argument
    return None


def _multiple(node: sp.Basic, argument: sp.Expr) -> sp.Expr | None:
    if not isinstance(node, sp.Expr) or node.is_number:
        return None
    if set(quantities(node)) != set(quantities(argument)):
        return None
    ratio = sp.cancel(node / argument) if node.is_polynomial(*quantities(node)) else sp.nan
    return ratio * X if ratio.is_Rational else None


def _is_hard(node: sp.Expr) -> bool:
    """Whether a node has a function, a condition or a division."""
    return node.has(sp.Function) or any(
        p.exp.could_extract_minus_sign() or not p.exp.is_Integer for p in node.atoms(sp.Pow)
    )


def _is_easy(expr: sp.Expr) -> bool:
    """Whether it is straight between its kinks, so that code as written is exact."""
    if not isinstance(expr, sp.Piecewise):
        return bool(expr.is_polynomial(X)) or isinstance(expr, sp.Abs)
    values = [value for value, _ in expr.args]
    return all(v.is_polynomial(X) and sp.degree(v, X) <= 1 for v in values)


def _is_softmax(rhs: sp.Expr) -> bool:
    """Whether an equation sums exponentials over features: passes/stabilise.py shifts these."""
    return any(
        node.function.has(sp.exp) and free_indices(node)
        for node in sp.preorder_traversal(rhs)
        if isinstance(node, Reduction)
    )


def _activations() -> tuple[str, ...]:
    """Whose equations are searched; a norm's root, say, is fine as it is."""
    return (*catalog.names("activation"), OWN, "formula")


@lru_cache(maxsize=1)
def _catalogue() -> MappingProxyType[sp.Expr, str]:
    """The names of the formulas of one number in the catalogue, with their default options."""
    found: dict[sp.Expr, str] = {}
    for row in catalog.ACTIVATIONS:
        if row.gated or row.learned:
            continue
        options = {o.name: o.default for o in row.options}
        if any(value is None for value in options.values()):
            continue
        numbers = {k: sp.Rational(v.numerator, v.denominator) for k, v in options.items()}  # type: ignore[union-attr]
        expr = row.formula(X, None, **numbers) if row.name not in ("softmax", "log_softmax") else X
        if not is_quantity(expr):
            found.setdefault(expr, row.name)
    return MappingProxyType(found)
