"""Reverse sweep: from the equations of a graph to the gradient of every trained parameter.

Input: a `Graph`.  Output: a `Derivation`.  The adjoint of a quantity is the sum over its uses of
adjoint times local derivative, in reverse topological order (Griewank & Walther, Evaluating
Derivatives, 2008, section 3.2).  The same equation in other names is derived once and renamed.
Imports graph, rules, algebra, derivation and index.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType

import sympy as sp

from symbp.algebra import cost, divisors, tidy
from symbp.derivation import Derivation, Line, Step
from symbp.errors import GraphError
from symbp.graph import Equation, Graph, Quantity
from symbp.index import (
    Index,
    Partial,
    Size,
    SumOver,
    axes_of,
    bound,
    canonical,
    display,
    free_indices,
    is_quantity,
    name_of,
    next_letter,
    quantities,
    rename,
    rewrite,
    substitute,
    tensor,
    total,
)
from symbp.rules import CHAIN_RULE, Contribution, contribution

LONGEST_FUSED = 8
Letters = dict[str, tuple[Index, ...]]


def derive(graph: Graph, kept: frozenset[str] | None = None) -> Derivation:
    """Derive the gradient of the loss by every trained parameter.

    Args:
        graph: The equations.
        kept: Names of the adjoints that get a line; None fuses where that gets no longer.

    Raises:
        GraphError: nothing depends on a trained parameter.

    >>> from symbp.build import build_graph
    >>> from symbp.spec import Network
    >>> for line in derive(build_graph(Network(sizes=[2, 2, 2]))).backward:
    ...     print(line.number, line.equation.target, "=", line.equation.rhs)
    6 dZ2[n, j] = (1 - A2[n, j])*(A2[n, j] - T[n, j])*A2[n, j]
    7 dW2[j, i] = Sum(A1[n, i]*dZ2[n, j], n)
    8 dZ1[n, j] = (1 - A1[n, j])*A1[n, j]*Sum(W2[k, j]*dZ2[n, k], k)
    9 dW1[j, i] = Sum(X[n, i]*dZ1[n, j], n)
    """
    letters = _letters(graph)
    flows: dict[str, list[Flow]] = {name: [] for name in needed(graph)}
    uses = {e.name: e.uses for e in graph.equations}
    first_use = {used: user for user in reversed(uses) for used in uses[user]}
    parameters = graph.names("parameter")
    drafts: list[Draft] = []
    for equation in reversed(graph.equations):
        if equation.name in flows:
            drafts.append(_adjoint(equation.name, letters, flows.pop(equation.name), graph.loss))
        elif equation.name != graph.loss:
            continue
        for name in uses[equation.name]:
            if name in flows:
                flows[name].append(flow(equation, name, graph.loss))
        done = [p for p in parameters if first_use.get(p) == equation.name]
        drafts += [_adjoint(name, letters, flows.pop(name), graph.loss) for name in done]
    drafts = known_sums(fuse(drafts, letters, frozenset(parameters), kept), graph)
    return _finish(graph, letters, drafts)


def needed(graph: Graph) -> tuple[str, ...]:
    """Quantities that the loss depends on and that depend on a trained parameter, in order.

    Raises:
        GraphError: the loss depends on no trained parameter.
    """
    live = set(graph.names("parameter"))
    uses = {e.name: set(e.uses) for e in graph.equations}
    for name, used in uses.items():
        if live & used:
            live.add(name)
    reached = {graph.loss}
    for name in reversed(uses):
        if name in reached:
            reached |= uses[name]
    if graph.loss not in live:
        raise GraphError("graph", "the loss depends on no trained parameter", "Train one.")
    return tuple(name for name in graph.quantities if name in live & reached and name != graph.loss)


def _letters(graph: Graph) -> Letters:
    """Free indices to show for every quantity: of its equation, else of its first use."""
    letters = {e.name: e.indices for e in graph.equations}
    for e in graph.equations:
        for use in quantities(e.rhs):
            if name_of(use) not in letters:
                axes = graph.axes[name_of(use)]
                letters[name_of(use)] = _distinct(tuple(getattr(use, "indices", ())), axes)
    return letters


def _distinct(indices: tuple[sp.Expr, ...], axes: tuple[str, ...]) -> tuple[Index, ...]:
    """The indices of a use, with a letter of its own for a row that is looked up or repeated."""
    found: list[Index] = []
    for index, axis in zip(indices, axes, strict=True):
        taken = {i.name for i in (*indices, *found) if isinstance(i, Index)}
        new = not isinstance(index, Index) or index in found
        found.append(Index(next_letter(axis, taken)) if new else index)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Flow:
    """What one equation passes back, in the network's names; its steps are renamed when read."""

    through: str
    value: sp.Expr
    explain: Callable[[], tuple[Step, ...]]


def flow(equation: Equation, name: str, loss: str) -> Flow:
    """What an equation passes back to a quantity it uses; derived once a kind of equation."""
    (target, rhs), names, sizes = abstract((equation.target, equation.rhs))
    found = _flow(target, rhs, names[name], equation.name == loss)
    forth = {new: old for old, new in names.items()}
    forth |= {f"d{new}": f"d{old}" for new, old in forth.items()}

    def concrete(expr: sp.Expr) -> sp.Expr:
        return rename(expr, forth).xreplace(sizes)

    def explain() -> tuple[Step, ...]:
        return tuple(
            Step(
                s.rule, concrete(s.before), concrete(s.after),
                tuple(forth.get(name, name) for name in s.about), s.source,
            )
            for s in found.steps
        )  # fmt: skip

    return Flow(equation.name, concrete(found.value), explain)


@lru_cache(maxsize=1024)
def _flow(target: sp.Expr, rhs: sp.Expr, name: str, is_loss: bool) -> Contribution:
    uses = [q for q in quantities(rhs) if name_of(q) == name]
    wanted = tensor(name, *(Index(f"_q{p}") for p in range(len(getattr(uses[0], "indices", ())))))
    indices = getattr(target, "indices", ())
    adjoint = sp.S.One if is_loss else tensor(f"d{name_of(target)}", *indices)
    return contribution(target, rhs, adjoint, wanted)


def abstract(
    expressions: tuple[sp.Expr, ...],
) -> tuple[tuple[sp.Expr, ...], dict[str, str], dict[Size, Size]]:
    """Replace names by their order of appearance, so that equal kinds compare equal.

    Returns:
        The expressions, the map of names, and the way back for sizes.
    """
    names: dict[str, str] = {}
    sizes: dict[Size, Size] = {}
    for expr in expressions:
        for use in quantities(expr):
            names.setdefault(name_of(use), f"q{len(names)}_")
        for size in sorted(expr.atoms(Size), key=str):
            sizes.setdefault(size, Size(f"S{len(sizes)}_"))
    renamed = tuple(rename(e, names).xreplace(sizes) for e in expressions)
    return renamed, names, {new: old for old, new in sizes.items()}


@dataclass(frozen=True, slots=True)
class Draft:
    """The adjoint of a quantity before its dummies get their letters."""

    of: str
    value: sp.Expr
    explain: Callable[[], tuple[Step, ...]]


def _adjoint(name: str, letters: Letters, flows: list[Flow], loss: str) -> Draft:
    """Add up what flows back to a quantity, one term for each equation that uses it."""
    places = {Index(f"_q{p}"): letter for p, letter in enumerate(letters[name])}
    terms = [substitute(found.value, places) for found in flows]
    value = tidy(sp.Add(*terms))

    def explain() -> tuple[Step, ...]:
        here = tensor(name, *letters[name])
        ways = (_through(f.through, letters[f.through], here) for f in flows)
        through = [f.through for f in flows]
        about = (name,) if through == [loss] else (name, *through)
        target = tensor(f"d{name}", *letters[name])
        steps = [Step("chain rule", target, sp.Add(*ways, evaluate=False), about, CHAIN_RULE)]
        for s in (s for f in flows for s in f.explain()):
            before, after = substitute(s.before, places), substitute(s.after, places)
            steps.append(Step(s.rule, before, after, s.about, s.source))
        if len(terms) > 1:
            steps.append(Step("add", target, value, about))
        return tuple(steps)

    return Draft(name, value, explain)


def _through(v: str, indices: tuple[Index, ...], here: sp.Expr) -> sp.Expr:
    fresh = tuple(Index(f"_{p}") for p in range(len(indices)))
    if not fresh:
        return Partial(tensor(v), here)
    there = tensor(v, *fresh)
    return SumOver(tensor(f"d{v}", *fresh) * Partial(there, here), *fresh)


def fuse(
    drafts: list[Draft],
    letters: Letters,
    parameters: frozenset[str],
    lines: frozenset[str] | None = None,
) -> list[Draft]:
    """Put an adjoint that one other adjoint alone uses into that one, where it gets no longer.

    Where `lines` are given, every other adjoint is put into whatever uses it instead.

    So delta = h'(a) * sum(w * delta) stands in one line, and the 1/p of a logarithm meets the p
    of its softmax and cancels before any number is divided: then length is no matter.
    """
    kept = {draft.of: draft for draft in drafts}
    users: dict[str, set[str]] = {name: set() for name in kept}
    for draft in drafts:
        for use in quantities(draft.value):
            users.get(name_of(use)[1:], set()).add(draft.of)
    for name in list(kept):
        consumers = sorted(users[name])
        target = tensor(f"d{name}", *letters[name])
        if name in parameters or not consumers or parameters & users[name]:
            continue
        if lines is None:
            into = kept[consumers[0]]
            if len(consumers) > 1 or not _fused(target, kept[name].value, into.value)[1]:
                continue
        elif f"d{name}" in lines:
            continue
        draft = kept.pop(name)
        for consumer in consumers:
            into = kept[consumer]
            after, _ = _fused(target, draft.value, into.value)
            step = Step("substitute", into.value, after, (f"d{name}",))
            kept[consumer] = Draft(consumer, after, _joined(draft, into, step))
        for others in users.values():
            if name in others:
                others.remove(name)
                others.update(consumers)
    return list(kept.values())


def _joined(first: Draft | None, second: Draft, step: Step) -> Callable[[], tuple[Step, ...]]:
    return lambda: (*(first.explain() if first else ()), *second.explain(), step)


def _fused(target: sp.Expr, value: sp.Expr, before: sp.Expr) -> tuple[sp.Expr, bool]:
    (d, v, b), names, sizes = abstract((target, value, before))
    after, shorter = _fused_once(d, v, b)
    forth = {new: old for old, new in names.items()}
    return rename(after, forth).xreplace(sizes), shorter


@lru_cache(maxsize=1024)
def _fused_once(target: sp.Expr, value: sp.Expr, before: sp.Expr) -> tuple[sp.Expr, bool]:
    name, indices = name_of(target), tuple(getattr(target, "indices", ()))
    fresh = canonical(value)

    def rule(node: sp.Expr) -> sp.Expr | None:
        if not is_quantity(node) or name_of(node) != name:
            return None
        return substitute(fresh, dict(zip(indices, getattr(node, "indices", ()), strict=True)))

    after = tidy(rewrite(before, rule))
    if divisors(value):
        whole = tidy(sp.expand_mul(after))
        if divisors(whole) < divisors(value) | divisors(before):
            return whole, True
    apart, together = cost(value) + cost(before), cost(after)
    return after, together < apart or (together == apart and cost(value) <= LONGEST_FUSED)


def known_sums(drafts: list[Draft], graph: Graph) -> list[Draft]:
    """Replace a sum by its number where the definitions under it say what it is.

    A softmax sums to 1, so does a one-hot row, and deviations from a mean sum to 0.
    """
    definitions = {e.name: e for e in graph.equations}
    axes = graph.axes

    def rule(node: sp.Expr) -> sp.Expr | None:
        if not isinstance(node, SumOver) or len(bound(node)) != 1 or cost(node.function) > 2:
            return None
        if not all(name_of(q) in axes for q in quantities(node.function)):
            return None
        return _sum_of_definitions(node, definitions, axes)

    found = []
    for draft in drafts:
        after = rewrite(draft.value, rule)
        if after != draft.value:
            after = tidy(after)
            step = Step("known sum", draft.value, after)
            draft = Draft(draft.of, after, _joined(None, draft, step))
        found.append(draft)
    return found


def _sum_of_definitions(
    node: SumOver, definitions: dict[str, Equation], axes: dict[str, tuple[str, ...]]
) -> sp.Expr | None:
    (dummy,) = bound(node)
    for use in dict.fromkeys(quantities(node.function)):
        equation = definitions.get(name_of(use))
        if equation is None:
            continue
        places = dict(zip(equation.indices, getattr(use, "indices", ()), strict=True))
        body = node.function.xreplace({use: substitute(equation.rhs, places)})
        axis = axes_of(node.function, axes)[dummy]
        result = sp.S.Zero
        for term in sp.Add.make_args(sp.expand_mul(body)):
            if dummy not in free_indices(term):
                result += term * Size(axis)
            elif isinstance(term, sp.KroneckerDelta):
                result += 1
            else:
                result += total(term, dummy)
        result = tidy(result)
        if result.is_number:
            return result
    return None


def _finish(graph: Graph, letters: Letters, drafts: list[Draft]) -> Derivation:
    """Give the dummies their letters, number the lines, and declare the adjoints."""
    quantities_ = dict(graph.quantities)
    derived = {draft.of for draft in drafts}
    for name in [n for n in graph.quantities if n in derived]:
        quantities_[f"d{name}"] = Quantity(f"d{name}", graph.quantities[name].axes, "adjoint", name)
    axes = {**graph.axes, **{f"d{name}": q.axes for name, q in graph.quantities.items()}}
    forward = tuple(Line(k, e) for k, e in enumerate(graph.equations, 1))
    backward = []
    for number, draft in enumerate(drafts, len(forward) + 1):
        indices = letters[draft.of]
        equation = Equation(tensor(f"d{draft.of}", *indices), display(draft.value, indices, axes))
        backward.append(Line(number, equation, _displayed(draft, indices, axes)))
    return Derivation(graph, forward, tuple(backward), MappingProxyType(quantities_))


def _displayed(
    draft: Draft, indices: tuple[Index, ...], axes: dict[str, tuple[str, ...]]
) -> Callable[[], tuple[Step, ...]]:
    @cache
    def explain() -> tuple[Step, ...]:
        return tuple(_lettered(step, indices, axes) for step in draft.explain())

    return explain


def _lettered(step: Step, indices: tuple[Index, ...], axes: dict[str, tuple[str, ...]]) -> Step:
    """Give letters to the dummies of a step, and to the indices of v in a local derivative."""
    where = axes_of(step.before, axes) | axes_of(step.after, axes)
    names: dict[Index, Index] = {}
    every = sorted(free_indices(step.before) | free_indices(step.after), key=str)
    # An adjoint that was put into this line may have other letters: they are taken too.
    indices = (*indices, *(i for i in every if not i.name.startswith("_t") and i not in indices))
    for index in every:
        if index.name.startswith("_t"):
            taken = {i.name for i in (*indices, *names.values())}
            names[index] = Index(next_letter(where[index], taken))
    free = (*indices, *names.values())
    before, after = (substitute(e, names) for e in (step.before, step.after))
    return Step(
        step.rule, display(before, free, axes), display(after, free, axes), step.about, step.source
    )
