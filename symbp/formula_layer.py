"""A layer of the user's own: equations in index notation, and the axis on which each index runs.

Input: equations, the width of what comes in.  Output: a `Plan`: axes of parameters and values.
In the equations `x` is what comes in; the last target is what goes out, samples first; every other
name that is not computed is a parameter.  An index letter runs on one axis in the whole layer.
Imports index, checks, exact, errors, functions and the reader of equations.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import sympy as sp

from symbp.checks import whole_number
from symbp.equation_text import read_equations
from symbp.errors import ShapeError, SpecError
from symbp.exact import brief, exact, shown
from symbp.functions import BY_CLASS
from symbp.index import (
    Index,
    Reduction,
    SumOver,
    bound,
    free_indices,
    is_quantity,
    name_of,
    quantities,
    rewrite,
    tensor,
)
from symbp.own_formula import PLAIN, chosen

Pair = tuple[sp.Expr, sp.Expr]
SAMPLE, IN, OUT = "N", "in", "out"
NAME = re.compile(r"(?!d)[A-Za-z](\w*[A-Za-z_])?", re.ASCII)
# Names of layers end in their number, and dQ is the gradient by Q.
NAME_RULE = "Use letters and _, no d in front and no digit at the end."


@dataclass(frozen=True, slots=True)
class FormulaLayer:
    """A layer given by its equations.

    Args:
        equations: Text, one equation a line, a list of such lines, or pairs of target and right
            side as SymPy expressions made with `symbp.index`.
        out: Length of the last target's second index; None where the equations tell it.
        sizes: Length of every index that neither `x` nor the last target has.

    Raises:
        SpecError: equations that make no layer; it says which name or index is at fault.

    >>> from symbp.index import tensor, total
    >>> n, k, i = Index("n"), Index("k"), Index("i")
    >>> y = total(tensor("c", k, i) * tensor("x", n, i) ** 2, i)
    >>> plan(FormulaLayer([(tensor("y", n, k), y)], out=3), 2).parameters
    {'c': ('out', 'in')}
    """

    equations: tuple[Pair, ...]
    out: int | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        put = object.__setattr__
        given: Any = self.equations
        if isinstance(given, list | tuple) and given and all(isinstance(e, str) for e in given):
            given = "\n".join(given)
        if isinstance(given, str):
            put(self, "equations", read_equations(given))
        put(self, "equations", _pairs(self.equations))
        if self.out is not None:
            whole_number(self.out, "out")
        if not isinstance(self.sizes, Mapping):
            found = f"found {shown(self.sizes)}, expected a length for each index"
            raise SpecError("sizes", found, "Write { j = 4 }, say.")
        lengths = {str(k): whole_number(v, f"sizes, {brief(k)}") for k, v in self.sizes.items()}
        put(self, "sizes", MappingProxyType(lengths))
        _check_names(self)
        _check_indices(self)

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of what is computed, the output last."""
        return tuple(name_of(target) for target, _ in self.equations)


@dataclass(frozen=True, slots=True)
class Plan:
    """Where every index of a layer runs.

    Args:
        out: Number of outputs.
        parameters: Axes of each parameter: "in", "out", or an index of `sizes`.
        values: Axes of each target; "N" for the samples.
        runs: The axis of each index letter.
        same: Whether an index runs over inputs and outputs, so that they are one axis.
    """

    out: int
    parameters: Mapping[str, tuple[str, ...]]
    values: Mapping[str, tuple[str, ...]]
    runs: Mapping[str, str]
    same: bool


def plan(layer: FormulaLayer, width: int) -> Plan:
    """Find the axis of every index.

    Args:
        layer: The equations.
        width: Number of features that come in.

    Raises:
        SpecError: the length of an index is unknown, or it would run on two axes.
    """
    axes = _Axes(layer)
    runs = {letter: axes.of(letter) for letter in axes.letters}
    y = layer.equations[-1][0]
    features = y.indices[1].name
    given = [layer.sizes[i] for i in layer.sizes if runs.get(i) == OUT]
    out = width if runs[features] == IN else next(iter(given), layer.out)
    if out is None:
        found = f"index {features} of {y} has no known length"
        raise SpecError("out", found, "Write `out = 3`, say.")
    same = runs[features] == IN
    if layer.out is not None and layer.out != out:
        found = f"out is {layer.out}, but index {features} of {y} runs over {out}"
        raise ShapeError("out", found, f"Write `out = {out}`, or leave it out.")
    for letter, length in layer.sizes.items():
        if letter not in runs:
            found = f"index {brief(letter)} stands in no equation"
            raise SpecError(f"sizes, {brief(letter)}", found, "Leave it out.")
        known = {IN: width, OUT: out}.get(runs[letter], length)
        if runs[letter] == SAMPLE or known != length:
            what = {SAMPLE: "the samples", IN: f"the {width} inputs", OUT: f"the {out} outputs"}
            found = f"{length} for index {letter}, which runs over {what[runs[letter]]}"
            raise ShapeError(f"sizes, {letter}", found, "Leave it out, or use another index.")

    def places(use: sp.Expr) -> tuple[str, ...]:
        return tuple(runs[i.name] for i in getattr(use, "indices", ()))

    uses = [q for _, rhs in layer.equations for q in quantities(rhs)]
    parameters = {name_of(q): places(q) for q in uses if name_of(q) not in ("x", *layer.targets)}
    for name, where in parameters.items():
        if SAMPLE in where:
            found = f"parameter {name} has the sample index, which has no fixed length"
            raise SpecError("equations", found, "Give it indices of features only.")
    values = {name_of(target): places(target) for target, _ in layer.equations}
    return Plan(out, parameters, values, runs, same)


class _Axes:
    """Index letters and places of quantities that must run on the same axis, as a forest."""

    def __init__(self, layer: FormulaLayer) -> None:
        self.parent: dict[object, object] = {}
        self.layer = layer
        n, k = layer.equations[-1][0].indices
        uses = [q for pair in layer.equations for side in pair for q in quantities(side)]
        self.letters = list(dict.fromkeys(i.name for u in uses for i in getattr(u, "indices", ())))
        for use in uses:
            for place, index in enumerate(getattr(use, "indices", ())):
                self.join(index.name, (name_of(use), place))
        anchors: list[tuple[object, str]] = [(("x", 0), SAMPLE), (n.name, SAMPLE), (("x", 1), IN)]
        anchors += [(letter, letter) for letter in layer.sizes if letter in self.letters]
        self.anchored: dict[object, list[str]] = {}
        for member, axis in anchors:
            self.anchored.setdefault(self.root(member), []).append(axis)
        self.anchored.setdefault(self.root(k.name), []).append(OUT)

    def root(self, member: object) -> object:
        while self.parent.setdefault(member, member) != member:
            member = self.parent[member]
        return member

    def join(self, a: object, b: object) -> None:
        self.parent[self.root(b)] = self.root(a)

    def of(self, letter: str) -> str:
        """The axis of an index: the samples, the inputs, the outputs, or one of `sizes`."""
        found = list(dict.fromkeys(self.anchored.get(self.root(letter), [])))
        if SAMPLE in found and len(found) > 1:
            other = {IN: "the inputs", OUT: "the outputs"}.get(found[1], f"sizes, {found[1]}")
            found_text = f"index {letter} runs over the samples and over {other}"
            raise SpecError("equations", found_text, "Use one index for each.")
        own = [axis for axis in found if axis not in (SAMPLE, IN, OUT)]
        if len({self.layer.sizes[axis] for axis in own}) > 1:
            text = f"indices {' and '.join(own)} run on one axis but have lengths of their own"
            raise ShapeError("sizes", text, "Give them the same length.")
        for axis in (SAMPLE, IN, OUT, *own):
            if axis in found:
                return axis
        remedy = f"Write `sizes = {{ {letter} = 4 }}`, say."
        raise SpecError("equations", f"index {letter} has no known length", remedy)


def bilinear(out: int) -> FormulaLayer:
    """y[n,k] = sum(i,j: A[k,i,j]*x[n,i]*x[n,j]) + b[k], a layer to show."""
    n, i, j, k = (Index(letter) for letter in "nijk")
    product = tensor("A", k, i, j) * tensor("x", n, i) * tensor("x", n, j)
    value = SumOver(product, i, j) + tensor("b", k)
    return FormulaLayer(((tensor("y", n, k), value),), out)


def _pairs(value: object) -> tuple[Pair, ...]:
    remedy = "Write y[n,k] = sum(i: A[k,i]*x[n,i]), say."
    if not isinstance(value, list | tuple) or not value:
        found = f"found {shown(value)}, expected equations"
        raise SpecError("equations", found, remedy)
    for pair in value:
        fits = isinstance(pair, list | tuple) and len(pair) == 2
        if not fits or not all(isinstance(side, sp.Expr) for side in pair):
            found = f"found {shown(pair)}, expected a target and a right side"
            raise SpecError("equations", found, remedy)
    return tuple((target, rewrite(rhs, _part)) for target, rhs in value)


def _part(node: sp.Expr) -> sp.Expr | None:
    """Only what has a derivative and code is let through; a float is the decimal it shows."""
    if isinstance(node, sp.Float):
        number = exact(str(node), "equations")
        return sp.Rational(number.numerator, number.denominator)
    if isinstance(node, sp.Max | sp.Min):
        return rewrite(chosen(node), _part)
    if is_quantity(node) or isinstance(node, SumOver):
        return None
    if not isinstance(node, (*PLAIN, *BY_CLASS)):
        names = ", ".join(f.name for f in BY_CLASS.values())
        remedy = f"Use + - * / **, sum, where, sqrt, {names}."
        raise SpecError("equations", f"{brief(node)} is no part of an equation", remedy)
    return None


def _check_names(layer: FormulaLayer) -> None:
    """Each name is computed once and before it is used, has one number of indices, and is used."""
    counts: dict[str, int] = {}
    done: list[str] = []
    used: set[str] = set()
    later = set(layer.targets)
    for target, rhs in layer.equations:
        for use in (*quantities(rhs), target):
            name, indices = name_of(use), getattr(use, "indices", ())
            if not NAME.fullmatch(name):
                raise SpecError("equations", f"'{brief(name)}' cannot be a name here", NAME_RULE)
            if counts.setdefault(name, len(indices)) != len(indices):
                found = f"{name} stands with {counts[name]} indices and with {len(indices)}"
                raise SpecError("equations", found, "Give it the same number everywhere.")
            if any(not isinstance(i, Index) for i in indices):
                found = f"{use} has an index that is no letter"
                raise SpecError("equations", found, "Index with letters, as A[k,i].")
        name = name_of(target)
        if name == "x" or name in done:
            found = "x is what comes in" if name == "x" else f"{name} is computed twice"
            raise SpecError("equations", found, "Give the result a name of its own.")
        here = {name_of(use) for use in quantities(rhs)}
        early = sorted(here & later - set(done))
        if early:
            found = f"{name} uses {early[0]}, which is not computed before it"
            raise SpecError("equations", found, "Put the equations in order.")
        used |= here
        done.append(name)
    # A softmax is shifted by its maximum in steps that are called M, S, U and V, then its name.
    steps = {f"{letter}{target.lstrip('AP')}" for target in layer.targets for letter in "MSUV"}
    taken = sorted(steps & set(counts))
    if taken and any(rhs.has(sp.exp) for _, rhs in layer.equations):
        found = f"{taken[0]} is the name of a step of a softmax"
        raise SpecError("equations", found, "Use another letter.")
    if counts.get("x", 2) != 2:
        found = f"x stands with {counts['x']} indices"
        raise SpecError("equations", found, "Write x[n,i]: sample, then feature.")
    if "x" not in used:
        raise SpecError("equations", "x is not used", "x[n,i] is what comes in.")
    idle = [name for name in done[:-1] if name not in used]
    if idle:
        raise SpecError("equations", f"{idle[0]} is computed and not used", "Leave it out.")


def _check_indices(layer: FormulaLayer) -> None:
    """Every index is either summed or one of the target's."""
    for target, rhs in layer.equations:
        indices = tuple(getattr(target, "indices", ()))
        if len(set(indices)) != len(indices):
            raise SpecError("equations", f"{target} has an index twice", "Use two letters.")
        free = free_indices(rhs)
        extra = sorted(free - set(indices), key=str)
        if extra:
            found = f"index {extra[0]} of {target} is neither summed nor on the left"
            remedy = f"Write sum({extra[0]}: ..), or put {extra[0]} on the left."
            raise SpecError("equations", found, remedy)
        missing = [i for i in indices if i not in free]
        if missing:
            found = f"index {missing[0]} of {target} stands nowhere on the right"
            raise SpecError("equations", found, "Leave it out on the left.")
        _check_sums(rhs, frozenset(indices))
    y = layer.equations[-1][0]
    if len(getattr(y, "indices", ())) != 2:
        found = f"the last target is {y}, expected two indices"
        raise SpecError("equations", found, "Write y[n,k] = ..: sample, then feature.")


def _check_sums(expr: sp.Basic, taken: frozenset[Index]) -> None:
    if is_quantity(expr):
        return
    if isinstance(expr, Reduction):
        if not isinstance(expr, SumOver):
            raise SpecError("equations", f"no rule for {expr}", "Use sum only.")
        for dummy in bound(expr):
            if dummy in taken or bound(expr).count(dummy) > 1:
                found = f"index {dummy} is summed where it has a meaning already"
                raise SpecError("equations", found, "Use another letter for the sum.")
            if dummy not in free_indices(expr.function):
                found = f"index {dummy} is summed but stands in no term"
                raise SpecError("equations", found, "Leave it out.")
        taken |= frozenset(bound(expr))
    for part in (expr.function,) if isinstance(expr, Reduction) else expr.args:
        _check_sums(part, taken)
