"""The update of an optimizer, from its recurrence to NumPy calls that allocate nothing.

Input: an optimizer with its options set.  Output: what the template training.py.j2 places.
All trained parameters lie in one flat array, so a step of any optimizer is a few calls over arrays
of one shape, P.  What is made of numbers alone is worked out once, as Python's floats.
Imports the catalogue, passes, printers, array_calls, code_lines and stable_code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import fill

import sympy as sp

from symbp.backends.array_calls import Calls
from symbp.backends.code_lines import INDENT, WIDTH, prose, wrapped
from symbp.backends.numpy_module import axes_of_all
from symbp.backends.stable_code import sources
from symbp.catalog import Optimizer
from symbp.catalog.optimizers import WEIGHT_DECAY
from symbp.derivation import Derivation
from symbp.errors import GraphError
from symbp.passes.buffers import plan
from symbp.passes.in_place import schedule
from symbp.printers import Printer, float_text, plain
from symbp.program import Statement
from symbp.spec import Network
from symbp.tree import Call, Name, Node, to_tree

FUNCTIONS = Path(__file__).with_name("training_functions.py")
PLACED = (
    *("constant", "step_decay", "cosine", "exponential", "clip", "cut", "check_options"),
    *("write_arrays", "read_arrays"),
)
SHAPE = ("P",)
GIVEN = ("t", "learning_rate", WEIGHT_DECAY)
FLOATS = Printer(" * ", {"power": "math.pow", "sqrt": "math.sqrt", "minimum": "min"}, numpy=True)


def training(optimizer: Optimizer, network: Network, derivation: Derivation) -> dict[str, object]:
    """What the template says of training.

    Args:
        optimizer: With its options set.
        network: To train.
        derivation: Of the same network; the lines of the recurrence are numbered on.

    >>> from symbp import catalog
    >>> from symbp.pipeline import derive
    >>> net, row = Network(sizes=[2, 2, 2]), catalog.optimizer("momentum")
    >>> print(*training(row, net, derive(net))["update"], sep="\\n")
        momentum = 0.9
        if weight_decay:
            # g = theta * weight_decay + g  (P,) [10]
            np.multiply(theta, weight_decay, out=work)
            np.add(work, g, out=g)
        # m = m * momentum + g  (P,) [11]
        np.multiply(m, momentum, out=work)
        np.add(work, g, out=m)
        # theta = theta - learning_rate * m  (P,) [12]
        np.multiply(learning_rate, m, out=work)
        np.subtract(theta, work, out=theta)
    """
    kept = ("theta", "g", *optimizer.states)
    decay = _block(optimizer, optimizer.decay, len(derivation.lines) + 1)
    update = _block(optimizer, optimizer.update, decay.end)
    used = {str(s) for _, formula in optimizer.update for s in formula.free_symbols}
    spare = max(decay.spare, update.spare)
    arguments = ["t: int", "learning_rate: float", "weight_decay: float"]
    arguments += [f"{name}: Array" for name in (*kept, *_work(spare))]
    starts = dict(optimizer.starts)
    axes = axes_of_all(derivation)
    given = [n for n in network.parameters if n not in derivation.gradients]
    by_sample = [n for n in given if axes[n][:1] == ("N",)]
    origin = [
        f'"network": "{network.name}"',
        '"shapes": str(SHAPES)',
        '"trained": str(TRAINED)',
        f'"optimizer": "{optimizer.label}"',
    ]
    return {
        "kept": _tuple("KEPT", [n for n in given if n not in by_sample]),
        "by_sample": _tuple("BY_SAMPLE", by_sample),
        "origin": wrapped("ORIGIN = {", origin, "}"),
        "state": _tuple("STATE", ["theta", *optimizer.states]),
        "named": optimizer.name,
        "torch": optimizer.torch,
        "source": fill(f"Source: {prose(optimizer.source)}.", WIDTH, initial_indent=INDENT,
                       subsequent_indent=INDENT),
        "plain": optimizer.is_plain,
        "states": [
            {"name": s, "start": float_text(float(optimizer.numbers.get(starts.get(s, ""), 0)))}
            for s in optimizer.states
        ],
        "kept_states": f"What {optimizer.name} keeps from step to step is in "
        f"{', '.join(optimizer.states)}.",
        "pieces": ", ".join(["state.theta", "gradient", *(f"state.{s}" for s in optimizer.states)]),
        "spare": spare,
        "signature": wrapped("def update(", arguments, ") -> None:"),
        "formulas": [f"{line}, with weight decay" for line in decay.formulas] + update.formulas,
        "update": [
            *(f"{INDENT}{name} = {float_text(float(value))}"
              for name, value in optimizer.numbers.items() if name in used - {WEIGHT_DECAY}),
            *update.numbers,
            f"{INDENT}if weight_decay:",
            *(INDENT + line for line in decay.calls),
            *update.calls,
        ],
        "weight_decay": float_text(float(optimizer.numbers[WEIGHT_DECAY])),
        "training_functions": sources(PLACED, (FUNCTIONS,)),
    }  # fmt: skip


def _tuple(name: str, words: list[str]) -> list[str]:
    """`name = ("word", ..)`; nothing for no words."""
    return wrapped(f"{name} = (", [f'"{word}"' for word in words], ")") if words else []


def formulas(optimizer: Optimizer) -> list[str]:
    """The assignments of a step as text, without weight decay.

    >>> from symbp import catalog
    >>> formulas(catalog.optimizer("sgd"))
    ['theta = theta - g*learning_rate']
    """
    return [_text(*assignment) for assignment in optimizer.update]


def numbered(optimizer: Optimizer, first: int) -> list[tuple[int, str, str]]:
    """The number, the letter and the text of each assignment of a step, weight decay first.

    Args:
        optimizer: With its options set.
        first: The number of the first line.

    >>> from symbp import catalog
    >>> numbered(catalog.optimizer("sgd"), 10)[-1]
    (11, 'theta', '[11] theta = theta - g*learning_rate')
    """
    lines = enumerate((*optimizer.decay, *optimizer.update), first)
    return [(n, name, f"[{n}] {_text(name, formula)}") for n, (name, formula) in lines]


def _text(name: str, formula: sp.Expr) -> str:
    return f"{name} = {plain(to_tree(formula, _leaf))}"


@dataclass(frozen=True, slots=True)
class _Block:
    """Some assignments as code: text of each, those of numbers, calls, and how many arrays more."""

    formulas: list[str]
    numbers: list[str]
    calls: list[str]
    spare: int
    end: int


def _block(optimizer: Optimizer, assignments: Iterable[tuple[str, sp.Expr]], line: int) -> _Block:
    kept = ("theta", "g", *optimizer.states)
    numbers = {*GIVEN, *optimizer.numbers}
    formulas, floats, statements = [], [], []
    for number, (name, formula) in enumerate(assignments, line):
        node = to_tree(formula, _leaf)
        formulas.append(f"[{number}] {name} = {plain(node)}")
        if {str(s) for s in formula.free_symbols} <= numbers:
            numbers.add(name)
            floats.append(f"{INDENT}{name} = {FLOATS.text(node)}  # [{number}]")
        else:
            statements.append(Statement(name, node, SHAPE, number))
    inputs = dict.fromkeys(sorted(numbers), ((), "float"))
    found = schedule(statements, inputs | dict.fromkeys(kept, (SHAPE, "float")), {})
    owned = {s.target: s.target for s in statements if s.target in kept}
    planned = plan(found, (), owned)
    if any(b.kind != "float" for b in planned.buffers):
        raise GraphError(optimizer.name, "a recurrence takes arrays of floats only")
    others = [place for place, b in enumerate(planned.buffers) if not b.fixed]
    work = dict(zip(others, _work(len(others)), strict=True))
    names = {k: work.get(place, planned.names[k]) for k, place in planned.place.items()}
    calls = Calls(found, replace(planned, names=names))
    lines = calls.lines(range(len(statements)))
    return _Block(formulas, floats, lines, len(others), line + len(formulas))


def _leaf(expr: sp.Expr) -> Node | None:
    """A letter by its name; the larger or smaller of two by the function that gives it."""
    if isinstance(expr, sp.Symbol):
        return Name(expr.name)
    if isinstance(expr, sp.Max | sp.Min):
        word = "maximum" if isinstance(expr, sp.Max) else "minimum"
        return Call(word, tuple(to_tree(a, _leaf) for a in sorted(expr.args, key=str)))
    return None


def _work(length: int) -> Iterator[str]:
    """work, work2, .."""
    return (f"work{k if k > 1 else ''}" for k in range(1, length + 1))
