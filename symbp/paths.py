"""The chain form of a gradient, a sum over paths, and its closed form, in x, w and y only.

Input: a scalar system and a weight.  Output: paths, each a product of named partials such as
dE/dout_o1 * dout_o1/dnet_o1 * dnet_o1/dw5, every partial with its own expression; expressions.
The partials are SymPy's derivatives of the scalar *forward* equations; the backward lines of the
derivation have no part in them, so that prove.py compares two ways to the same gradient.
Imports scalars, rules and errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import sympy as sp

from symbp.algebra import cost, tidy
from symbp.differentiate import derivative
from symbp.errors import GraphError, SpecError
from symbp.index import Index, name_of, quantities, rewrite
from symbp.rules import in_forward_values
from symbp.scalars import Place, ScalarEquation, ScalarSystem, Weight
from symbp.tree import ZERO, Call, Compare, Name, Node, Where, to_tree

MOST_PATHS = 1000
LONGEST_CLOSED = 20_000
LONGEST_SOLVED = 60
HARD = (sp.exp, sp.log, sp.tanh, sp.Pow)


@dataclass(frozen=True, slots=True)
class Factor:
    """The partial derivative of one forward equation by one symbol of its right side.

    Args:
        of: Name of the equation's target.
        by: Name of the symbol.
        expr: The partial, as SymPy differentiates it.
        shown: The same in forward values where that is shorter: out*(1 - out) for a sigmoid.
        line: Number of the derivation line of the equation.
    """

    of: str
    by: str
    expr: sp.Expr
    shown: sp.Expr
    line: int

    @property
    def name(self) -> str:
        """How a student writes it: dout_o1/dnet_o1."""
        return f"d{self.of}/d{self.by}"


Route = tuple[Factor, ...]


@dataclass(frozen=True, slots=True)
class ChainForm:
    """The gradient of one weight as a sum over paths, the loss first in each.

    Args:
        weight: Scalar name of the weight.
        paths: At least one factor each; no path where the loss does not depend on the weight.
    """

    weight: str
    paths: tuple[Route, ...]

    @property
    def name(self) -> str:
        """The gradient as a student writes it: dE/dw5."""
        return f"dE/d{self.weight}"

    @property
    def factors(self) -> tuple[Factor, ...]:
        """Every factor once, in order of appearance."""
        return tuple(dict.fromkeys(factor for path in self.paths for factor in path))

    @property
    def expr(self) -> sp.Expr:
        """The sum of the products of the partials."""
        return sp.Add(*(sp.Mul(*(f.expr for f in path)) for path in self.paths))

    def __str__(self) -> str:
        terms = (" * ".join(f.name for f in path) for path in self.paths)
        return f"{self.name} = {' + '.join(terms) or '0'}"


@dataclass(frozen=True, slots=True)
class Web:
    """The forward equations that depend on a weight, in order, and what each uses of them.

    Args:
        weight: Symbol of the weight.
        equations: By symbol of the target, the loss last.
        uses: Symbols on the right side that depend on the weight, or are it.
        loss: Symbol of the loss.
    """

    weight: sp.Symbol
    equations: dict[sp.Symbol, ScalarEquation]
    uses: dict[sp.Symbol, tuple[sp.Symbol, ...]]
    loss: sp.Symbol

    def count(self) -> int:
        """Number of paths from the loss to the weight, without walking them."""
        paths = {self.weight: 1}
        for symbol, used in self.uses.items():
            paths[symbol] = sum(paths[u] for u in used)
        return paths.get(self.loss, 0)


def web(system: ScalarSystem, weight: Weight) -> Web:
    """Follow a weight forward; only entries that it can reach are written out.

    >>> from symbp.pipeline import derive
    >>> from symbp.spec import Network
    >>> net = Network(sizes=[2, 2, 2])
    >>> system = ScalarSystem(net, derive(net))
    >>> [s.name for s in web(system, system.find("w5")).equations]
    ['net_o1', 'out_o1', 'E']
    """
    start = system.symbol(weight.parameter, weight.place)
    reached: dict[str, dict[Place, None]] = {weight.parameter: {weight.place: None}}
    order = {start: 0}
    equations: dict[sp.Symbol, ScalarEquation] = {}
    uses: dict[sp.Symbol, tuple[sp.Symbol, ...]] = {}
    for line in system.derivation.forward:
        name = line.equation.name
        if system.given(name):
            continue
        for place in _candidates(system, line.equation.target, line.equation.rhs, reached):
            equation = system.equation(name, place)
            used = sorted(
                (s for s in equation.rhs.free_symbols if s in order), key=order.__getitem__
            )
            if used:
                order[equation.target] = len(order)
                reached.setdefault(name, {})[place] = None
                equations[equation.target] = equation
                uses[equation.target] = tuple(used)
    return Web(start, equations, uses, system.symbol(system.derivation.graph.loss, ()))


def _candidates(
    system: ScalarSystem, target: sp.Expr, rhs: sp.Expr, reached: dict[str, dict[Place, None]]
) -> list[Place]:
    """Places of a target that may use an entry reached so far: indices in common are equal."""
    indices = tuple(getattr(target, "indices", ()))
    axes = system.derivation.quantities[name_of(target)].axes
    found: dict[Place, None] = {}
    for use in dict.fromkeys(quantities(rhs)):
        at = tuple(getattr(use, "indices", ()))
        for place in reached.get(name_of(use), ()):
            fixed = {i: k for i, k in zip(at, place, strict=True) if isinstance(i, Index)}
            ranges = (
                (fixed[i],) if i in fixed else range(system.length(axis))
                for i, axis in zip(indices, axes, strict=True)
            )  # fmt: skip
            found |= dict.fromkeys(product(*ranges))
    return sorted(found)


def chain_form(system: ScalarSystem, weight: Weight, most: int = MOST_PATHS) -> ChainForm:
    """The gradient of a weight as the sum over all paths from the loss to it.

    Args:
        system: The scalar view.
        weight: From `system.find`.
        most: Largest number of paths that is written out.

    Raises:
        SpecError: there are more paths.

    Source:
        The multivariate chain rule; Bauer, Computational graphs and rounding error (1974),
        eq. 2.4: a derivative is the sum over paths of the product of the arcs' derivatives.

    >>> from symbp.pipeline import derive
    >>> from symbp.spec import Network
    >>> net = Network(sizes=[2, 2, 2])
    >>> system = ScalarSystem(net, derive(net))
    >>> print(chain_form(system, system.find("w5")))
    dE/dw5 = dE/dout_o1 * dout_o1/dnet_o1 * dnet_o1/dw5
    >>> [str(f.shown) for f in chain_form(system, system.find("w5")).factors]
    ['out_o1 - y1', 'out_o1*(1 - out_o1)', 'out_h1']
    """
    found = web(system, weight)
    count = found.count()
    if count > most:
        text = f"the chain form of {weight.name} has {count} paths, at most {most} are shown"
        remedy = "Take a weight nearer to the output, or read the delta form: it has no limit."
        raise SpecError("--weight", text, remedy)
    factors: dict[tuple[sp.Symbol, sp.Symbol], Factor] = {}
    paths: list[Route] = []
    todo: list[tuple[sp.Symbol, Route]] = [(found.loss, ())] if count else []
    while todo:
        symbol, path = todo.pop()
        if symbol == found.weight:
            paths.append(path)
            continue
        for used in reversed(found.uses[symbol]):
            if (symbol, used) not in factors:
                factors[symbol, used] = _factor(system, found.equations[symbol], used)
            todo.append((used, (*path, factors[symbol, used])))
    return ChainForm(weight.name, tuple(paths))


def _factor(system: ScalarSystem, equation: ScalarEquation, by: sp.Symbol) -> Factor:
    expr = derivative(equation.rhs, by)
    shown = expr
    if expr.has(*HARD):
        forms = _in_siblings(system, equation, expr)
        if not forms and cost(equation.rhs) <= LONGEST_SOLVED:
            forms = [in_forward_values(expr, equation.target, equation.rhs)]
        shown = min([expr, *forms], key=cost)
    return Factor(equation.target.name, by.name, expr, shown, equation.line)


def _in_siblings(system: ScalarSystem, equation: ScalarEquation, expr: sp.Expr) -> list[sp.Expr]:
    """A derivative of a softmax in the softmax's own values: dp1/dz2 = -p1 p2.

    With p_k = exp(z_k) / s, each exp(z_k) is p_k s, and s cancels.
    """
    top, sum_ = sp.fraction(equation.rhs)
    if not (isinstance(top, sp.exp) and isinstance(sum_, sp.Add)):
        return []
    s = sp.Symbol("_s", real=True)
    values: dict[sp.Expr, sp.Expr] = {}
    for place in system.places(equation.quantity):
        sibling = system.equation(equation.quantity, place)
        above, below = sp.fraction(sibling.rhs)
        if below == sum_ and isinstance(above, sp.exp):
            values[above.args[0]] = sibling.target * s

    def letters(node: sp.exp) -> sp.Expr:
        powers = node.args[0].as_coefficients_dict()
        if all(z in values and power.is_Integer for z, power in powers.items()):
            return sp.Mul(*(values[z] ** power for z, power in powers.items()))
        return node

    flat = expr.xreplace({sum_: s})
    flat = flat.xreplace({node: letters(node) for node in flat.atoms(sp.exp)})
    form = tidy(sp.expand(flat))
    return [] if s in form.free_symbols or form.has(sp.exp) else [form]


class Above(sp.Function):  # type: ignore[misc]
    """then where d > 0, else otherwise: arguments d, then, otherwise.

    Put into one another, SymPy's Piecewise forms multiply out their conditions; this stays.
    """

    nargs = 3
    is_real = True  # or SymPy differentiates |..| of it as of a complex number
    relation = ">"

    @classmethod
    def eval(cls, d: sp.Expr, then: sp.Expr, otherwise: sp.Expr) -> sp.Expr | None:
        return then if then == otherwise else None

    def _eval_derivative(self, symbol: sp.Symbol) -> sp.Expr:
        d, then, otherwise = self.args
        return self.func(d, derivative(then, symbol), derivative(otherwise, symbol))


class NotBelow(Above):
    """then where d >= 0, else otherwise."""

    relation = ">="


def closed_form(
    system: ScalarSystem,
    quantity: str,
    place: Place,
    longest: int = LONGEST_CLOSED,
    within: Web | None = None,
) -> sp.Expr:
    """An entry in x, w and y only: every equation that it needs is put in.

    Args:
        system: The scalar view.
        quantity: Name of a quantity that is computed.
        place: Zero-based place of the entry.
        longest: Largest number of symbols and operations.
        within: Put in only equations that depend on this web's weight; other values stay names.

    Raises:
        SpecError: the expression would have more than `longest` nodes.

    >>> from symbp.pipeline import derive
    >>> from symbp.spec import Network
    >>> net = Network(sizes=[1, 1, 1], activation="identity")
    >>> print(closed_form(ScalarSystem(net, derive(net)), "dW1", (0, 0)))
    w2*x1*(w1*w2*x1 - y1)
    """
    put: dict[sp.Symbol, sp.Expr] = {}
    sizes: dict[sp.Symbol, int] = {}
    equations = within.equations.values() if within else system.needed((quantity, place))
    for e in equations:
        sizes[e.target] = sum(sizes.get(node, 1) for node in sp.preorder_traversal(e.rhs))
        if sizes[e.target] > longest:
            name = system.name(quantity, place)
            found = f"the closed form of {name} has more than {longest} symbols and operations"
            raise SpecError("--weight", found, "Read its delta form, which names what is shared.")
        put[e.target] = rewrite(e.rhs, _choice).xreplace(put)
    return put[system.symbol(quantity, place)]


def _choice(node: sp.Expr) -> sp.Expr | None:
    """A Piecewise with plain conditions as nested `Above`."""
    if not isinstance(node, sp.Piecewise):
        return None
    result: sp.Expr | None = None
    for branch, condition in reversed(node.args):
        value = rewrite(branch, _choice)
        if condition == sp.true:
            result = value
        elif result is None:
            raise GraphError(f"{node}", "only a formula with a last branch has a closed form")
        else:
            result = _chosen(condition, value, result)
    return result


def _chosen(condition: sp.Basic, then: sp.Expr, otherwise: sp.Expr) -> sp.Expr:
    """`then` where the condition holds, else `otherwise`; `and` and `or` one after the other."""
    if isinstance(condition, sp.And):
        for part in reversed(condition.args):
            then = _chosen(part, then, otherwise)
        return then
    if isinstance(condition, sp.Or):
        for part in reversed(condition.args):
            otherwise = _chosen(part, then, otherwise)
        return otherwise
    if isinstance(condition, sp.Equality | sp.Unequality):
        if isinstance(condition, sp.Unequality):
            then, otherwise = otherwise, then
        d = condition.lhs - condition.rhs
        return NotBelow(d, NotBelow(-d, then, otherwise), otherwise)
    if not isinstance(
        condition, sp.StrictGreaterThan | sp.GreaterThan | sp.StrictLessThan | sp.LessThan
    ):
        raise GraphError(f"{condition}", "only comparisons with `and` and `or` have a closed form")
    strict = isinstance(condition, sp.StrictGreaterThan | sp.StrictLessThan)
    return (Above if strict else NotBelow)(condition.gts - condition.lts, then, otherwise)


def scalar_tree(expr: sp.Expr) -> Node:
    """A scalar expression in reading order, closed forms too.

    >>> from symbp.printers import plain
    >>> z = sp.Symbol("z", real=True)
    >>> plain(scalar_tree(Above(z, z, sp.S.Zero))), plain(scalar_tree(Above(z, sp.S.One, z)))
    ('max(z, 0)', 'where(z > 0, 1, z)')
    """
    return to_tree(expr, _leaf)


def _leaf(node: sp.Expr) -> Node | None:
    if node.is_Symbol:
        return Name(node.name)
    if isinstance(node, Above):
        d, then, otherwise = (scalar_tree(a) for a in node.args)
        if d == then and otherwise == ZERO:
            return Call("maximum", (then, ZERO))
        return Where(Compare(node.relation, d, ZERO), then, otherwise)
    return None
