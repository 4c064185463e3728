"""Index notation on top of SymPy: indices, sums, deltas and the canonical names of dummies.

A quantity with axes is a `sympy.Indexed`, a scalar a `sympy.Symbol`, a reduction a
`SumOver`: its bounds follow from the axes of the quantities under it.
Nothing here calls `doit`, `simplify` or `diff`; see docs/design.md for why.  Imports errors only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache

import sympy as sp
from sympy.printing.str import StrPrinter

from symbp.errors import GraphError

BATCH_LETTERS = ("n", "m", "o", "u", "v")
FEATURE_LETTERS = ("i", "j", "k", "l", "p", "q", "r", "s", "t", "w")


class Index(sp.Symbol):  # type: ignore[misc]
    """A running index such as n or j; never a number of its own."""

    def __new__(cls, name: str) -> Index:
        return sp.Symbol.__new__(cls, name, integer=True, nonnegative=True)  # type: ignore[no-any-return]


class Size(sp.Symbol):  # type: ignore[misc]
    """The length of an axis, for example N samples."""

    def __new__(cls, name: str) -> Size:
        return sp.Symbol.__new__(cls, name, integer=True, positive=True)  # type: ignore[no-any-return]


class _Over(sp.Expr):  # type: ignore[misc]
    """A reduction of an expression over indices: args are the expression, then the dummies.

    `sympy.Sum` wants bounds, which here follow from the axes, and folds a Piecewise under it.
    """

    is_commutative = True
    is_real = True
    kind = ""

    def __new__(cls, function: sp.Expr, *dummies: Index) -> _Over:
        return sp.Expr.__new__(cls, function, *dummies)  # type: ignore[no-any-return]

    @property
    def function(self) -> sp.Expr:
        """What is reduced."""
        return self.args[0]

    def _sympystr(self, printer: StrPrinter) -> str:
        return f"{self.kind}({printer.doprint(self.function)}, {', '.join(map(str, bound(self)))})"


class SumOver(_Over):
    """The sum of an expression over indices."""

    kind = "Sum"


class MaxOver(_Over):
    """The largest value of an expression over an index: the shift of a stable softmax."""

    kind = "Max"


class MinOver(_Over):
    """The smallest value of an expression over an index."""

    kind = "Min"


class MeanOver(_Over):
    """A sum divided by the lengths of its axes, as array code calls it."""

    kind = "Mean"


class Partial(sp.Function):  # type: ignore[misc]
    """The partial derivative of one named quantity by another, shown and not evaluated."""

    nargs = 2


Reduction = (SumOver, MaxOver, MinOver, MeanOver)


def tensor(name: str, *indices: sp.Expr) -> sp.Expr:
    """The quantity `name` at `indices`; a plain symbol when there are none.

    >>> tensor("W1", Index("j"), Index("i")), tensor("E")
    (W1[j, i], E)
    """
    if not indices:
        return sp.Symbol(name, real=True)
    return sp.Indexed(_base(name), *indices)


@cache  # or SymPy works out what follows from `real` each time
def _base(name: str) -> sp.IndexedBase:
    return sp.IndexedBase(name, real=True)


def name_of(quantity: sp.Expr) -> str:
    """The name of an `Indexed` or `Symbol`.

    >>> name_of(tensor("W1", Index("j"), Index("i")))
    'W1'
    """
    symbol = quantity.args[0].args[0] if isinstance(quantity, sp.Indexed) else quantity
    return symbol.name  # type: ignore[no-any-return]


def bound(node: sp.Expr) -> tuple[Index, ...]:
    """The dummies of a reduction."""
    return tuple(node.args[1:])


def total(expr: sp.Expr, *dummies: Index) -> sp.Expr:
    """Sum over `dummies`, with factors that do not depend on them in front.

    Source: distributivity; an index that no factor carries stays under the sum, as its length
    is known only to the graph.

    >>> n, j, k = Index("n"), Index("j"), Index("k")
    >>> total(tensor("a", n) * tensor("b", n, k), k)
    a[n]*Sum(b[n, k], k)
    """
    if not dummies or expr is sp.S.Zero:
        return expr
    outside: list[sp.Expr] = []
    inside: list[sp.Expr] = []
    for factor in sp.Mul.make_args(expr):
        (inside if free_indices(factor) & set(dummies) else outside).append(factor)
    body = sp.Mul(*inside)
    if isinstance(body, SumOver):
        return sp.Mul(*outside, SumOver(body.function, *dummies, *bound(body)))
    return sp.Mul(*outside, SumOver(body, *dummies))


def is_quantity(node: sp.Basic) -> bool:
    """Whether a node is a leaf that stands for a number: no index, no length of an axis."""
    return isinstance(node, sp.Indexed) or (
        isinstance(node, sp.Symbol) and not isinstance(node, Index | Size)
    )


def quantities(expr: sp.Basic) -> Iterator[sp.Expr]:
    """Every use of a quantity in an expression, in the order of its arguments, repeats kept.

    The targets that stand inside an index, as `t` in `P[n, t[n]]`, count as uses too.
    """
    if is_quantity(expr):
        yield expr
        for index in getattr(expr, "indices", ()):
            yield from quantities(index)
    elif isinstance(expr, Reduction):
        yield from quantities(expr.function)
    else:
        for argument in expr.args:
            yield from quantities(argument)


def free_indices(expr: sp.Basic) -> frozenset[Index]:
    """The indices of an expression that no reduction in it binds.

    >>> n, k = Index("n"), Index("k")
    >>> sorted(map(str, free_indices(SumOver(tensor("Z", n, k), k))))
    ['n']
    """
    if isinstance(expr, Index):
        return frozenset((expr,))
    if isinstance(expr, Reduction):
        return free_indices(expr.function) - frozenset(bound(expr))
    arguments = expr.indices if isinstance(expr, sp.Indexed) else expr.args
    found: frozenset[Index] = frozenset()
    for argument in arguments:
        found |= free_indices(argument)
    return found


def rewrite(expr: sp.Expr, rule: Callable[[sp.Expr], sp.Expr | None]) -> sp.Expr:
    """Replace nodes from the top down: where `rule` answers, its answer stands as it is."""
    answer = rule(expr)
    if answer is not None:
        return answer
    if not expr.args or isinstance(expr, sp.Indexed):
        return expr
    if isinstance(expr, Reduction):
        return expr.func(rewrite(expr.function, rule), *bound(expr))
    arguments = [rewrite(a, rule) if isinstance(a, sp.Basic) else a for a in expr.args]
    return (
        expr
        if all(a is b for a, b in zip(arguments, expr.args, strict=True))
        else expr.func(*arguments)
    )


def substitute(expr: sp.Expr, mapping: Mapping[sp.Expr, sp.Expr]) -> sp.Expr:
    """Put indices (or quantities) in place of others, without capture.

    Dummies are renamed to fresh letters first, so that `i -> j` inside `Sum(.., j)` is safe.
    """
    if not mapping:
        return expr
    return _fresh(expr).xreplace(dict(mapping))


def rename(expr: sp.Expr, names: Mapping[str, str]) -> sp.Expr:
    """Give quantities other names; indices stay.

    >>> rename(tensor("x", Index("n")), {"x": "A1"})
    A1[n]
    """

    def rule(node: sp.Expr) -> sp.Expr | None:
        if not is_quantity(node):
            return None
        name = name_of(node)
        indices = [rename(i, names) for i in getattr(node, "indices", ())]
        return tensor(names.get(name, name), *indices)

    return rewrite(expr, rule)


def _fresh(expr: sp.Expr) -> sp.Expr:
    """Rename every dummy to one that no index in the expression is called."""
    taken = [int(i.name[1:]) for i in free_indices(expr) if i.name[1:].isdigit()]
    return _numbered(expr, max(taken, default=-1) + 1)


def _numbered(expr: sp.Expr, depth: int) -> sp.Expr:
    def rule(node: sp.Expr) -> sp.Expr | None:
        if not isinstance(node, Reduction):
            return None
        inner = _numbered(node.function, depth + len(bound(node)))
        names = {d: Index(f"_{depth + p}") for p, d in enumerate(bound(node))}
        return node.func(inner.xreplace(names), *names.values())

    return rewrite(expr, rule)


def canonical(expr: sp.Expr) -> sp.Expr:
    """Equal expressions get equal dummies: each sum names its own by its height in the tree.

    >>> n, j, k = Index("n"), Index("j"), Index("k")
    >>> a, b = (canonical(SumOver(sp.exp(tensor("Z", n, d)), d)) for d in (j, k))
    >>> a == b
    True
    """
    heights = {int(i.name[2:]) for i in free_indices(expr) if i.name.startswith("_h")}
    # A free index of that form is the dummy of a sum around the expression; stay clear of it.
    clash = heights and min(heights) < _height(expr)
    return _by_height(_fresh(expr), max(heights) + 1 if clash else 0)


def _by_height(expr: sp.Expr, lowest: int) -> sp.Expr:
    def rule(node: sp.Expr) -> sp.Expr | None:
        if not isinstance(node, Reduction):
            return None
        inner = _by_height(node.function, lowest)
        height = lowest + _height(inner)
        names = {d: Index(f"_h{height + p}") for p, d in enumerate(_order(inner, bound(node)))}
        return node.func(inner.xreplace(names), *names.values())

    return rewrite(expr, rule)


def _order(body: sp.Expr, dummies: tuple[Index, ...]) -> list[Index]:
    """Dummies of one sum in the order in which its body shows them, so names do not matter."""
    places: dict[Index, list[str]] = {d: [] for d in dummies}
    for use in quantities(body):
        for position, index in enumerate(getattr(use, "indices", ())):
            if index in places:
                places[index].append(f"{name_of(use)}.{position}")
    return sorted(dummies, key=lambda d: (sorted(places[d]), d.name))


def _height(expr: sp.Expr) -> int:
    heights = [_height(a) for a in expr.args if isinstance(a, sp.Basic)]
    return max(heights, default=0) + (len(bound(expr)) if isinstance(expr, Reduction) else 0)


def axes_of(expr: sp.Basic, axes: Mapping[str, tuple[str, ...]]) -> dict[Index, str]:
    """The axis on which each index of an expression runs, bound ones included.

    Raises:
        GraphError: a quantity is unknown, has another number of indices, or an index runs
            on two axes.
    """
    inner: dict[Index, str] = {}
    free = _axes(expr, axes, inner)
    return inner | free


def _axes(
    expr: sp.Basic, axes: Mapping[str, tuple[str, ...]], inner: dict[Index, str]
) -> dict[Index, str]:
    """Axes of the free indices; those of dummies go to `inner`, as two sums may share a dummy."""
    found: dict[Index, str] = {}

    def put(index: Index, axis: str) -> None:
        if found.setdefault(index, axis) != axis:
            raise GraphError(f"{expr}", f"index {index} runs on axis {found[index]} and on {axis}")

    if not is_quantity(expr):
        parts = (expr.function,) if isinstance(expr, Reduction) else expr.args
        for part in parts:
            for index, axis in _axes(part, axes, inner).items():
                put(index, axis)
        for dummy in bound(expr) if isinstance(expr, Reduction) else ():
            if dummy in found:
                inner.setdefault(dummy, found.pop(dummy))
        return found
    name, indices = name_of(expr), getattr(expr, "indices", ())
    if name not in axes:
        raise GraphError(f"equation with {name}", f"no quantity is called '{name}'")
    if len(indices) != len(axes[name]):
        raise GraphError(f"{expr}", f"{len(indices)} indices where {name} has {len(axes[name])}")
    for index, axis in zip(indices, axes[name], strict=True):
        for inside, runs in (
            {index: axis} if isinstance(index, Index) else _axes(index, axes, inner)
        ).items():
            put(inside, runs)
    return found


def display(
    expr: sp.Expr,
    free: tuple[Index, ...],
    axes: Mapping[str, tuple[str, ...]],
    letter: Callable[[str, frozenset[str]], str] | None = None,
) -> sp.Expr:
    """Give dummies the letters a reader expects: n for samples, the letters after the free ones.

    Args:
        expr: In any letters.
        free: Indices whose letters are taken.
        axes: Of every quantity.
        letter: Chooses the letter of one more index on an axis, `next_letter` where not given.

    Source: the course writes delta_j = h'(a_j) sum_k w_kj delta_k (Bishop, PRML 2006, eq. 5.56).

    >>> n, j, d = Index("n"), Index("j"), Index("_0")
    >>> body = tensor("W2", d, j) * tensor("dZ2", n, d)
    >>> display(SumOver(body, d), (n, j), {"W2": ("K", "H"), "dZ2": ("N", "K")})
    Sum(W2[k, j]*dZ2[n, k], k)
    """
    expr = _fresh(expr)
    choose = letter or next_letter

    def letters(node: sp.Expr, used: frozenset[str]) -> sp.Expr:
        def rule(inner: sp.Expr) -> sp.Expr | None:
            if not isinstance(inner, Reduction):
                return None
            where = axes_of(inner.function, axes)
            names: dict[Index, Index] = {}
            for dummy in _read(inner.function, bound(inner)):
                taken = used | {i.name for i in names.values()}
                names[dummy] = Index(choose(where.get(dummy, ""), taken))
            body = letters(inner.function, used | {i.name for i in names.values()})
            return inner.func(body.xreplace(names), *sorted(names.values(), key=_reading_order))

        return rewrite(node, rule)

    return letters(expr, frozenset(i.name for i in free) | {i.name for i in free_indices(expr)})


def _read(body: sp.Expr, dummies: tuple[Index, ...]) -> list[Index]:
    """The same order, adjoints first: a chain rule's dummy keeps its letter in its steps."""
    of_adjoints = {
        i for q in quantities(body) if re.match("d[A-Za-z]", name_of(q))
        for i in getattr(q, "indices", ())
    }  # fmt: skip
    return sorted(_order(body, dummies), key=lambda d: d not in of_adjoints)


def _reading_order(index: Index) -> tuple[bool, int, str]:
    letters = BATCH_LETTERS + FEATURE_LETTERS
    letter = index.name.rstrip("'")
    known = letter in letters
    return not known, letters.index(letter) if known else 0, index.name


def next_letter(axis: str, taken: frozenset[str] | set[str]) -> str:
    """The letter for one more index on an axis: the one after the last in use.

    >>> next_letter("H", {"n", "j"}), next_letter("N", {"n", "j"})
    ('k', 'm')
    """
    letters = BATCH_LETTERS if axis == "N" else FEATURE_LETTERS
    last = max((letters.index(t) for t in taken if t in letters), default=-1)
    others = reversed(FEATURE_LETTERS if axis == "N" else BATCH_LETTERS)  # where all are taken
    order: tuple[str, ...] = (*letters[last + 1 :], *letters, *others)
    return next(x for x in order if x not in taken)
