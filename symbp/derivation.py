"""What a derivation is: numbered equations, each with the steps that lead to it.

Data only; derive.py makes it and every backend reads it.  Imports graph and messages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import sympy as sp

from symbp.graph import Equation, Graph, Quantity, check_equations
from symbp.messages import reason


@dataclass(frozen=True, slots=True)
class Step:
    """One rewriting, with its reason.

    Args:
        rule: Short name of the rule: "chain rule", "contract", ..
        before: What stood there.
        after: What stands there now; equal to `before`.
        about: Names of the quantities that the reason speaks of, its subject first.
        source: Book or paper, "" where the reason is enough.
    """

    rule: str
    before: sp.Expr
    after: sp.Expr
    about: tuple[str, ...] = ()
    source: str = ""

    @property
    def reason(self) -> str:
        """One clause for the reader."""
        return "".join(reason(self.rule, self.about))


@dataclass(frozen=True, slots=True)
class Line:
    """One numbered equation of a derivation.

    Args:
        number: From 1, forward pass first.
        equation: target = rhs.
        explain: Works the steps out when they are first read; a deep network has thousands.
    """

    number: int
    equation: Equation
    explain: Callable[[], tuple[Step, ...]] = field(default=tuple, compare=False)

    @property
    def steps(self) -> tuple[Step, ...]:
        """How the right side was found; none for a forward equation."""
        return self.explain()

    def __str__(self) -> str:
        from symbp.notation import equation_text

        return f"[{self.number}] {equation_text(self.equation)}"

    def _repr_html_(self) -> str:
        """What a notebook shows: the equation, and below it its steps."""
        from symbp.notebook import line_html

        return line_html(self)

    def _repr_latex_(self) -> str:
        """What a notebook shows where it prefers LaTeX: the equation."""
        from symbp.backends.latex import latex

        left, right = (latex(e) for e in (self.equation.target, self.equation.rhs))
        return f"$${left} = {right} \\qquad \\text{{[{self.number}]}}$$"


@dataclass(frozen=True, slots=True)
class Derivation:
    """The forward equations of a network and the adjoint of every trained parameter.

    Args:
        graph: Where the forward equations come from.
        forward: Lines 1 .. m, the loss last.
        backward: Lines m+1 .., adjoints of values and parameters in the order of the sweep.
        quantities: Those of the graph and every adjoint.

    Raises:
        GraphError: an adjoint breaks an invariant of index notation.
    """

    graph: Graph
    forward: tuple[Line, ...]
    backward: tuple[Line, ...]
    quantities: Mapping[str, Quantity]

    def __post_init__(self) -> None:
        check_equations(self.quantities, tuple(line.equation for line in self.lines))

    @property
    def lines(self) -> tuple[Line, ...]:
        """All lines in order."""
        return self.forward + self.backward

    @property
    def axes(self) -> dict[str, tuple[str, ...]]:
        """Axes of every quantity, by name."""
        return {name: q.axes for name, q in self.quantities.items()}

    @property
    def gradients(self) -> dict[str, str]:
        """Name of the gradient of each trained parameter."""
        roles = {n: q for n, q in self.quantities.items() if q.role == "adjoint"}
        return {q.of: n for n, q in roles.items() if self.quantities[q.of].role == "parameter"}

    def line(self, name: str) -> Line:
        """The line that assigns `name`; KeyError if there is none."""
        return {line.equation.name: line for line in self.lines}[name]

    def _repr_html_(self) -> str:
        """What a notebook shows: formulas as MathML, the steps of each folded away."""
        from symbp.notebook import derivation_html

        return derivation_html(self)

    def _repr_latex_(self) -> str:
        """What a notebook shows where it prefers LaTeX, as on paper."""
        from symbp.backends.latex import aligned

        return f"$${aligned(self)}$$"
