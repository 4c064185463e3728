"""The rules of the derivation: what one equation passes back to one quantity it uses.

Input: an equation v[f] = rhs and a quantity u in it.  Output: the part of dE/du that goes through
v, with the Steps that lead to it.  SymPy differentiates the right side as a plain function of its
letters; index algebra does the rest.  Nothing here knows any activation, loss or layer.
Imports algebra, derivation and index.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from symbp.algebra import atomise, cost, is_kernel, tidy
from symbp.derivation import Step
from symbp.differentiate import derivative
from symbp.errors import GraphError
from symbp.index import (
    Index,
    MaxOver,
    Partial,
    Reduction,
    Size,
    SumOver,
    bound,
    canonical,
    is_quantity,
    name_of,
    quantities,
    rewrite,
    substitute,
    total,
)

CHAIN_RULE = "Bishop, Pattern Recognition and Machine Learning (2006), eqs. 5.50 and 5.55"


@dataclass(frozen=True, slots=True)
class Use:
    """One place where a right side uses u: the partial there, u's indices, and the sums around."""

    partial: sp.Expr
    indices: tuple[sp.Expr, ...]
    dummies: tuple[Index, ...]


def partials(rhs: sp.Expr, name: str, depth: int = 0) -> tuple[Use, ...]:
    """Differentiate a right side by every use of a quantity.

    >>> from symbp.index import tensor
    >>> w, x = tensor("W", Index("j"), Index("i")), tensor("x", Index("n"), Index("i"))
    >>> partials(SumOver(w * x, Index("i")), "W")
    (Use(partial=x[n, _e0_0], indices=(j, _e0_0), dummies=(_e0_0,)),)
    """
    flat, table = atomise(rhs, _is_letter, roots=False)
    found: list[Use] = []
    for symbol, node in table.items():
        if isinstance(node, Reduction):
            if name not in {name_of(q) for q in quantities(node)}:
                continue
            if isinstance(node, MaxOver):
                raise GraphError(f"derivative by {name}", "a maximum over an axis has no rule")
            outer = derivative(flat, symbol).xreplace(table)
            names = {d: Index(f"_e{depth}_{p}") for p, d in enumerate(bound(node))}
            for use in partials(node.function.xreplace(names), name, depth + 1):
                found.append(Use(outer * use.partial, use.indices, (*names.values(), *use.dummies)))
        elif is_quantity(node) and name_of(node) == name:
            found.append(
                Use(
                    derivative(flat, symbol).xreplace(table),
                    tuple(getattr(node, "indices", ())),
                    (),
                )
            )
    return tuple(u for u in found if u.partial != 0)


def _is_letter(node: sp.Basic) -> bool:
    return is_quantity(node) or isinstance(node, (*Reduction, sp.KroneckerDelta))


def in_forward_values(expr: sp.Expr, target: sp.Expr, rhs: sp.Expr) -> sp.Expr:
    """Write a local derivative in the value that the forward pass has computed, if that is shorter.

    Solves target = rhs for its one transcendental kernel and substitutes; or pulls the whole
    right side out as a factor.  So sigmoid' = a(1 - a) and tanh' = 1 - a**2 are found, not listed.
    A form that divides by what the derivative does not divide by is refused: it would turn a
    plain value into 0/0, as (z exp(-z))' = a (1 - z)/z does at z = 0.  So is one that gets the
    kernel back by subtracting another quantity, as exp(p) = a + t p for a = exp(p) - t p.

    >>> from symbp.index import tensor
    >>> z, a = tensor("Z"), tensor("A")
    >>> in_forward_values(derivative(1 / (1 + sp.exp(-z)), z), a, 1 / (1 + sp.exp(-z)))
    A*(1 - A)
    """
    forms = []
    solved = solve_kernel(target, rhs)
    if solved is not None and not _subtracts(solved[1]):
        forms.append(tidy(_put_kernel(expr, *solved, target, rhs)))
    if rhs != 0 and not isinstance(rhs, Reduction):
        forms.append(tidy(target * tidy(expr / rhs)))
    allowed = _divisors(expr) | _divisors(tidy(expr))
    # As it stands too: a/z is a sigmoid for a = z sigmoid(g), and still 0/0 at z = 0.
    safe = [
        f for f in forms
        if _divisors(f.xreplace({target: rhs})) <= allowed
        and all(base.has(target) for base in _divisors(f) - allowed)
    ]  # fmt: skip
    return min([tidy(expr), expr, *safe], key=cost)


def _subtracts(solution: sp.Expr) -> bool:
    """Whether two terms or more vary, so that digits of the kernel are lost between them."""
    terms = sp.Add.make_args(sp.expand(solution))
    return sum(any(True for _ in quantities(term)) for term in terms) > 1


def _divisors(expr: sp.Expr) -> set[sp.Expr]:
    """What an expression divides by, anywhere in it: the bases of its negative powers.

    A root counts as its argument, since both are 0 together.
    """
    powers = (node for node in sp.preorder_traversal(canonical(expr)) if isinstance(node, sp.Pow))
    bases = {p.base for p in powers if p.exp.could_extract_minus_sign()}
    return {b.base if isinstance(b, sp.Pow) else b for b in bases if not isinstance(b, Size)}


def solve_kernel(target: sp.Expr, rhs: sp.Expr) -> tuple[sp.Expr, sp.Expr] | None:
    """Solve target = rhs for the one kernel (exp, tanh, root, ..) in rhs; None if it is not one."""
    flat, table = atomise(rhs, is_kernel)
    kernels = [
        s
        for s, node in table.items()
        if isinstance(node, sp.Function | sp.Pow) and not isinstance(node, sp.Piecewise)
    ]
    if len(kernels) != 1:
        return None
    (kernel,) = kernels
    value = sp.Symbol("_value", real=True)
    top, _ = sp.fraction(sp.together(flat - value))
    equation = sp.Poly(top, kernel) if top.is_polynomial(kernel) else None
    if equation is None or equation.degree() != 1:
        return None
    slope, constant = equation.all_coeffs()
    solution = sp.cancel(-constant / slope).xreplace({value: target}).xreplace(table)
    return table[kernel], solution


def _put_kernel(
    expr: sp.Expr, kernel: sp.Expr, solution: sp.Expr, target: sp.Expr, rhs: sp.Expr
) -> sp.Expr:
    """Replace every kernel in `expr`, at whatever indices it stands, by its solution there."""
    free = tuple(getattr(target, "indices", ()))
    kept = [node for node in sp.preorder_traversal(rhs) if isinstance(node, Reduction)]

    def rule(node: sp.Expr) -> sp.Expr | None:
        for sum_ in kept:
            if isinstance(node, Reduction) and _binding(sum_, node, free) is not None:
                return node
        if isinstance(node, sp.exp) and isinstance(kernel, sp.exp):
            binding = _binding(kernel.args[0], node.args[0], free, scaled=True)
            if binding is not None:
                ratio = node.args[0] / substitute(kernel.args[0], binding)
                return substitute(solution, binding) ** ratio if ratio.is_Integer else None
        elif isinstance(node, sp.Pow) and isinstance(kernel, sp.Pow) and node.exp.is_Rational:
            binding = _binding(kernel.base, node.base, free)
            power = node.exp / kernel.exp
            if binding is not None and power.is_Integer and not node.exp.is_Integer:
                return substitute(solution, binding) ** power
        elif isinstance(node, sp.Function) and node.func == kernel.func:
            binding = _binding(kernel, node, free)
            return None if binding is None else substitute(solution, binding)
        return None

    return rewrite(expr, rule)


def _binding(
    pattern: sp.Expr, node: sp.Expr, wild: tuple[Index, ...], scaled: bool = False
) -> dict[Index, sp.Expr] | None:
    """The indices to put for `wild` so that the pattern becomes the node (times a number)."""
    firsts = list(quantities(pattern))
    for there in quantities(node):
        if not firsts or name_of(there) != name_of(firsts[0]):
            continue
        pairs = zip(getattr(firsts[0], "indices", ()), getattr(there, "indices", ()), strict=True)
        binding = {a: b for a, b in pairs if a in wild}
        put = canonical(substitute(pattern, binding))
        got = canonical(node)
        if put == got or (scaled and (got / put).is_number):
            return binding
    return None


@dataclass(frozen=True, slots=True)
class Contribution:
    """What flows back through one equation, and how it was found."""

    value: sp.Expr
    steps: tuple[Step, ...]


def contribution(target: sp.Expr, rhs: sp.Expr, adjoint: sp.Expr, wanted: sp.Expr) -> Contribution:
    """The part of dE/du that flows through one equation.

    Args:
        target: v with its free indices.
        rhs: Right side of v's equation, in u among others.
        adjoint: dE/dv at the target's indices, or 1 where v is the loss.
        wanted: u with indices that stand nowhere else.

    Returns:
        Sum over the target's indices of adjoint * dv/du, deltas contracted.

    >>> from symbp.index import tensor
    >>> n, j, i = Index("n"), Index("j"), Index("i")
    >>> z = SumOver(tensor("W", j, i) * tensor("x", n, i), i)
    >>> a, b = Index("a"), Index("b")
    >>> contribution(tensor("Z", n, j), z, tensor("dZ", n, j), tensor("W", a, b)).value
    Sum(dZ[_h0, a]*x[_h0, b], _h0)
    """
    name, free = name_of(wanted), tuple(getattr(target, "indices", ()))
    at = tuple(getattr(wanted, "indices", ()))
    # Steps are shown with letters of their own for v, as v[m,k] and u[n,j] are different places.
    apart = {index: Index(f"_t{p}") for p, index in enumerate(free)}
    raw = nice = back = before = sp.S.Zero
    for use in partials(rhs, name):
        delta = sp.Mul(*(sp.KroneckerDelta(a, b) for a, b in zip(use.indices, at, strict=True)))
        value = in_forward_values(use.partial, target, rhs)
        raw += total_shown(use.partial * delta, use.dummies)
        nice += total_shown(value * delta, use.dummies)
        before += total_shown(adjoint * value * delta, (*free, *use.dummies))
        back += contract(adjoint * value, (*free, *use.dummies), use.indices, at)
    raw, nice = substitute(raw, apart), substitute(nice, apart)
    partial = Partial(substitute(target, apart), wanted)
    steps = [Step("local derivative", partial, raw, (name_of(target),))]
    if nice != raw:
        uses_value = name_of(target) in map(name_of, quantities(nice))
        rule = "forward values" if uses_value else "rearrange"
        steps.append(Step(rule, raw, nice, (name_of(target),) if uses_value else ()))
    result = tidy(back)
    if canonical(before) != result:
        steps.append(Step("contract", before, result))
    return Contribution(result, tuple(steps))


def total_shown(expr: sp.Expr, dummies: tuple[Index, ...]) -> sp.Expr:
    """A sum as it is first written, with nothing pulled out."""
    return SumOver(expr, *dummies) if dummies else expr


def contract(
    expr: sp.Expr, summed: tuple[Index, ...], indices: tuple[sp.Expr, ...], at: tuple[Index, ...]
) -> sp.Expr:
    """Sum(expr * delta(indices, at), summed): each delta takes one sum away.

    Source: the defining property of the Kronecker delta, sum_i delta_ij f_i = f_j.

    >>> from symbp.index import tensor
    >>> i, j = Index("i"), Index("j")
    >>> contract(tensor("f", i), (i,), (i,), (j,))
    f[j]
    """
    left = list(summed)
    put: dict[sp.Expr, sp.Expr] = {}
    for index, place in zip(indices, at, strict=True):
        if index in left:
            left.remove(index)
            put[index] = place
        else:
            expr *= sp.KroneckerDelta(put.get(index, index), place)
    return total(substitute(expr, put), *left)
