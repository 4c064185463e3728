"""One derivation, five notations: every formula, with the numbers put in, gives the same values.

The formulas are evaluated here as a reader would, from the trees that are printed; the expected
numbers come from the generated module's own arrays of the same network.
"""

from __future__ import annotations

import itertools
import math
import re
from pathlib import Path

import numpy as np
import pytest

import symbp
from symbp.derive import derive
from symbp.document import numbers
from symbp.document.build import build_document
from symbp.document.formula import (
    ONES,
    Applied,
    Delta,
    Infix,
    Literal,
    Over,
    Quotient,
    Raised,
    Rows,
)
from symbp.document.matrix import matrix_lines
from symbp.document.model import Equations, Steps, Table
from symbp.document.naming import Naming
from symbp.document.symbols import Symbol
from symbp.document.tables import NAMES, builtin
from symbp.document.tex import tex
from symbp.spec import Network
from symbp.spec_file import read_with_flags
from symbp.tree import Call, Compare, Name, Number, Power, Product, Sum, Where
from symbp.verify.module import load_source

FUNCTIONS = {
    "exp": np.exp, "log": np.log, "tanh": np.tanh, "sqrt": np.sqrt, "abs": np.abs,
    "maximum": np.maximum, "erf": np.vectorize(math.erf), "sign": np.sign,
}  # fmt: skip
COMPARE = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}
NETWORKS = {
    "worked": Network(
        sizes=[2, 2, 2],
        example={"x": [0.5, 0.3], "y": [0.23, -0.07], "learning_rate": 1,
                 "weights": [0.2, -0.4, 0.5, 0.6, 0.1, -0.5, -0.3, 0.8]},
    ),
    "biases": Network(
        sizes=[3, 4, 2], bias="per-unit", activation=["tanh", "sigmoid"], loss="mse",
        example={"seed": 3, "samples": 1},
    ),
    "deep": Network(
        sizes=[2, 3, 2, 2], bias=["per-unit", "shared", "per-unit"],
        activation=["relu", "tanh", "identity"], loss="cross_entropy", reduction="mean",
        example={"seed": 5, "samples": 2},
    ),
}  # fmt: skip


EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
# Means over samples, features and all; a layer whose arrays have three axes.
LARGER = ("batch_norm", "layernorm_residual", "rms_norm", "own_layers", "dropout")


class Reader:
    """Evaluates the trees of a document.

    Args:
        leaves: What the names of a formula stand for.
        arrays: What a symbol of the notation stands for, by quantity.
        functions: Value and derivative of each named activation, by key.
    """

    def __init__(self, leaves, arrays, functions):
        self.leaves, self.arrays, self.functions = leaves, arrays, functions

    def value(self, node, at):
        match node:
            case Number(value):
                return float(value)
            case Sum(terms):
                return sum(sign * self.value(t, at) for sign, t in terms)
            case Product(sign, top, bottom):
                above = [self.value(f, at) for f in top]
                below = [self.value(f, at) for f in bottom]
                result = sign * np.multiply.reduce(np.array(above, dtype=object), initial=1.0)
                return result / np.multiply.reduce(np.array(below, dtype=object), initial=1.0)
            case Power(base, exponent):
                return self.value(base, at) ** exponent
            case Call(function, arguments):
                return FUNCTIONS[function](*(np.float64(self.value(a, at)) for a in arguments))
            case Where(condition, then, otherwise):
                return self.value(then if self.value(condition, at) else otherwise, at)
            case Compare(relation, left, right):
                return COMPARE[relation](self.value(left, at), self.value(right, at))
            case Name(name):
                return self.leaf(name, self.leaves[name], at)
        raise AssertionError(node)

    def leaf(self, name, leaf, at):
        match leaf:
            case Literal(text):
                return float(text)
            case Symbol():
                return self.entry(leaf.key, at)
            case Over(kind, dummies, body):
                assert kind == "sum"
                where = axes_in(body, self)
                ranges = [range(where[d]) for d in dummies]
                return sum(
                    self.value(body, at | dict(zip(dummies, values, strict=True)))
                    for values in itertools.product(*ranges)
                )
            case Delta(left, right):
                return float(at[left] == at[right])
            case Quotient(top, bottom):
                above, below = (self.leaves[p.text].key for p in (top, bottom))
                assert above == "E"
                return self.entry(f"d{below}", at)
            case Applied(function, primes, argument):
                return self.functions[function.key][primes](self.value(argument, at))
        raise AssertionError(leaf)

    def entry(self, key, at):
        name, _, inside = key.rstrip("]").partition("[")
        place = tuple(at[i] if i in at else int(i) for i in (inside.split(",") if inside else []))
        return float(self.arrays[name][place])


def axes_in(body, reader):
    """The length of the axis of each index under a sum."""
    found = {}
    names = [name for name in reader.leaves if isinstance(reader.leaves[name], Symbol)]
    used = set(uses(body, reader.leaves))
    for name in names:
        key = reader.leaves[name].key
        if key in used and "[" in key:
            quantity, _, inside = key.rstrip("]").partition("[")
            for index, size in zip(inside.split(","), reader.arrays[quantity].shape, strict=True):
                found[index] = size
    return found


def uses(node, leaves):
    """Keys of the symbols in a tree, those of a gradient as d(quantity)."""
    from symbp.program import names

    for name in names(node):
        leaf = leaves[name]
        match leaf:
            case Symbol():
                yield leaf.key
            case Over(body=inner) | Applied(argument=inner):
                yield from uses(inner, leaves)
            case Quotient(_, bottom):
                yield from uses(bottom, leaves)


def module_arrays(network):
    """Every array of the network by name, from the generated module and torch-free NumPy."""
    module = load_source(symbp.generate(network), network.name)
    X, T, params = example_arrays(network)
    values = module.forward(params, X)
    found = {"X": X, "T": T, **params, **values}
    E, gradients = module.loss_and_gradients(params, X, T)
    found["E"] = np.asarray(E)
    found |= {f"d{name}": g for name, g in gradients.items()}
    return found


def example_arrays(network):
    example = network.numbers
    to = lambda v: np.array(v, dtype=object).astype(np.float64)  # noqa: E731
    return to(example.inputs), to(example.targets), {
        name: to(v) for name, v in example.parameters.items()
    }  # fmt: skip


def all_arrays(network, every_adjoint=False):
    """Also values and adjoints; on request those that have no line of their own."""
    derivation = symbp.derive(network)
    if every_adjoint:
        graph = derivation.graph
        derivation = derive(graph, frozenset(f"d{name}" for name in graph.quantities))
    from symbp.numeric import evaluate_equations, high_precision

    X, T, params = example_arrays(network)
    given = {"X": X, "T": T, **params}
    arrays = {name: np.array(value, dtype=object) for name, value in given.items()}
    axes, sizes = derivation.axes, {**derivation.graph.sizes, "N": len(X)}
    import mpmath

    with mpmath.workdps(30):
        floats = high_precision(30)
        convert = np.frompyfunc(mpmath.mpf, 1, 1)
        arrays = {name: np.asarray(convert(v), dtype=object) for name, v in arrays.items()}
        found = dict(arrays)
        for line in derivation.lines:
            e = line.equation
            found |= evaluate_equations([e], {n: found[n] for n in e.uses}, axes, sizes, floats)
    return {name: np.asarray(v, dtype=object).astype(np.float64) for name, v in found.items()}


def in_notation(table, network, arrays):
    """What the symbols of a notation stand for: thresholds and their signs, one sample alone."""
    derivation = symbp.derive(network)
    found = {}
    for name, value in arrays.items():
        known = name if name in derivation.quantities else name.removeprefix("d")
        q = derivation.quantities[known]
        layer = re.fullmatch(r"d?([bZ])(\d+)", name)
        if table.negated and layer and (layer[1] == "b" or name.startswith("dZ")):
            value = -value
        if table.thresholds and layer and name == f"Z{layer[2]}" and f"b{layer[2]}" in arrays:
            value = value - arrays[f"b{layer[2]}"]
        if len(network.numbers.inputs) == 1 and "N" in q.axes:
            value = value[0]
        found[name] = value
    return found


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("kind", [n for n in NAMES if n != "matrix"])
def test_every_equation_holds_at_the_numbers_of_the_example(kind, name):
    """Forward and backward lines, with every step, in index notation: left = right, 1e-12."""
    network = NETWORKS[name]
    table = builtin(kind)
    arrays = all_arrays(network)
    module = module_arrays(network)
    for key, value in module.items():
        np.testing.assert_allclose(arrays[key], value, rtol=1e-11, atol=1e-13)
    known = in_notation(table, network, arrays)
    derivation = symbp.derive(network)
    parts = ["forward", "loss", "backward"]
    document = build_document(network, derivation, table, parts=parts)
    checked = 0
    for section in document.sections:
        for block in section.blocks:
            if not isinstance(block, Equations):
                continue
            for row in block.rows:
                if row.number:
                    checked += holds(row, known, network)
    assert checked >= 2 * len(derivation.lines)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("kind", [n for n in NAMES if n != "matrix"])
def test_every_step_is_an_equality_at_the_numbers_of_the_example(kind, name):
    """Both sides of each step, but partial derivatives; the last one ends in the line itself."""
    network, table = NETWORKS[name], builtin(kind)
    known = in_notation(table, network, all_arrays(network, every_adjoint=True))
    document = build_document(network, symbp.derive(network), table, parts=["backward"])
    checked = 0
    rows = {row.number: row for row in document.sections[0].rows()}
    for block in document.sections[0].blocks:
        if isinstance(block, Steps) and block.steps:
            ((_, end),) = block.steps[-1].row.rights
            whole = [tex(right) for _, right in rows[block.number].rights]
            assert tex(end) in [*whole, "1", "-1"]  # a factor of 1 says how a sum goes on
        for step in block.steps if isinstance(block, Steps) else ():
            ((_, right),) = step.row.rights
            sides = (step.row.left, right)
            quotients = [q for f in sides for q in f.leaves.values() if isinstance(q, Quotient)]
            if all(
                is_of_loss(q, f.leaves) for f in sides for q in quotients if q in f.leaves.values()
            ):
                checked += equal(*sides, Scalars(known, network))
    assert checked >= len(symbp.derive(network).backward)


def is_of_loss(quotient, leaves):
    """Whether a leaf has a known value: all but partial derivatives of something else."""
    if not isinstance(quotient, Quotient):
        return True
    above = leaves.get(quotient.top.text) if isinstance(quotient.top, Name) else None
    return isinstance(above, Symbol) and above.key == "E"


def equal(left, right, known):
    """Compare two formulas at every place of their free letters; how many steps: 1."""
    where, dummies = {}, set()
    for formula in (left, right):
        reader = Reader(formula.leaves, known, {})
        where |= axes_in(formula.node, reader)
        dummies |= {d for o in formula.leaves.values() if isinstance(o, Over) for d in o.dummies}
        for over in (o for o in formula.leaves.values() if isinstance(o, Over)):
            where |= axes_in(over.body, reader)
    deltas = [d for f in (left, right) for d in f.leaves.values() if isinstance(d, Delta)]
    for delta in deltas:  # an index that stands nowhere else runs as far as the other
        for one, other in ((delta.left, delta.right), (delta.right, delta.left)):
            if other in where:
                where.setdefault(one, where[other])
    free = [letter for letter in where if letter not in dummies and not letter.isdigit()]
    for place in itertools.product(*(range(where[f]) for f in free)):
        at = dict(zip(free, place, strict=True))
        got, want = (Reader(f.leaves, known, {}).value(f.node, at) for f in (left, right))
        np.testing.assert_allclose(float(got), float(want), rtol=1e-12, atol=1e-13)
    return 1


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("kind", ["course", "prml", "watermelon"])
def test_the_matrices_hold_the_entries_that_their_table_says(kind, name):
    """X is x_i, b is minus the threshold, Z the net input less it: at the example's numbers."""
    network, table = NETWORKS[name], builtin(kind)
    arrays = all_arrays(network)
    known = in_notation(table, network, arrays)
    document = build_document(network, symbp.derive(network), table, parts=["matrix"])
    (legend,) = (b for b in document.sections[0].blocks if isinstance(b, Table))
    seen = set()
    for (whole,), (entries,), (shape,) in legend.rows:
        quantity = whole.leaves[whole.node.text].key
        keys = [leaf.key for leaf in entries.leaves.values()]
        letters = max((re.findall(r"\w+(?=[],])", k.partition("[")[2]) for k in keys), key=len)
        got = np.zeros(known[quantity].shape)
        for place in np.ndindex(got.shape):
            at = dict(zip(letters, place, strict=True))
            got[place] = Reader(entries.leaves, Scalars(known, network), {}).value(entries.node, at)
        want = arrays[quantity]
        assert len(shape.split(" × ")) == max(1, want.ndim)
        np.testing.assert_allclose(got, want.reshape(got.shape), rtol=1e-14, err_msg=quantity)
        seen.add(quantity)
    assert {"X", "W1", "Z1", "A1", "W2", "Z2", "T"} <= seen


def holds(row, known, network):
    """Check one row at every place of its left side; the number of entries compared."""
    left = row.left.leaves[row.left.node.text]
    key = f"d{row.left.leaves[left.bottom.text].key}" if isinstance(left, Quotient) else left.key
    quantity, _, inside = key.rstrip("]").partition("[")
    letters = [i for i in inside.split(",") if i]
    if all(i.isdigit() for i in letters):  # a single number, with its sample
        place = tuple(map(int, letters))
        shape = known[quantity].shape
        places = [place[-len(shape) :] if shape else ()]
        letters = []
    else:
        places = list(np.ndindex(known[quantity].shape))
    count = 0
    for place in places:
        at = dict(zip(letters, place, strict=True)) if letters else {}
        for _, formula in row.rights:
            if any(isinstance(leaf, Applied) for leaf in formula.leaves.values()):
                continue
            got = Reader(formula.leaves, Scalars(known, network), {}).value(formula.node, at)
            want = float(known[quantity][place])
            np.testing.assert_allclose(float(got), want, rtol=1e-12, atol=1e-13, err_msg=key)
            count += 1
    return count


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("kind", [n for n in NAMES if n != "matrix"])
def test_numbers_put_in_give_the_value_that_is_shown(kind, name):
    """Each row of the tables, as its printed digits say; values equal those of the course."""
    network = NETWORKS[name]
    document = build_document(
        network, symbp.derive(network), builtin(kind), parts=["numbers", "weights"], digits=15
    )
    evaluation = symbp.evaluate(network, digits=15)
    rows = 0
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Table) and len(block.heads) == 5:
                for target, _, put_in, value, _ in block.rows:
                    rows += 1
                    got = literal(put_in[0])
                    shown = literal(value[1])
                    np.testing.assert_allclose(got, shown, rtol=1e-12, atol=1e-14)
                    del target
    assert rows == len(evaluation.lines)


def literal(formula):
    """The value of a formula in numbers."""
    return float(Reader(formula.leaves, {}, {}).value(formula.node, {}))


def shown_values(network, kind):
    """Symbol key and value of every row of the number tables."""
    derivation = symbp.derive(network)
    document = build_document(network, derivation, builtin(kind), parts=["numbers"], digits=12)
    found = {}
    for block in document.sections[0].blocks:
        if isinstance(block, Table) and len(block.heads) == 5:
            for target, _, _, value, _ in block.rows:
                formula = target[0]
                leaf = formula.leaves[formula.node.text]
                if isinstance(leaf, Quotient):
                    key = f"d{formula.leaves[leaf.bottom.text].key}"
                else:
                    key = leaf.key + (" new" if len(target) > 1 or leaf.prefix else "")
                found[key] = literal(value[1])
    return found


@pytest.mark.parametrize("name", NETWORKS)
def test_notations_show_the_same_numbers(name):
    """By entry: course, index and prml the same; the watermelon book's with the signs it has."""
    network = NETWORKS[name]
    course = shown_values(network, "course")
    assert len(course) == len(symbp.evaluate(network).lines)
    for kind in ("prml", "index"):
        assert shown_values(network, kind) == course
    book = shown_values(network, "watermelon")
    assert book.keys() == course.keys()
    arrays = all_arrays(network)
    for key, value in book.items():
        quantity = key.partition("[")[0]
        place = tuple(int(k) for k in key.partition("[")[2].partition("]")[0].split(",") if k)
        if key.endswith(" new"):  # the change of a weight or threshold
            gradient = arrays[f"d{quantity.removesuffix(' new')}"]
            step = -float(network.numbers.learning_rate) * float(gradient[place])
            want = -step if quantity.startswith("b") else step
        elif quantity.startswith("dZ") or quantity.startswith("db"):
            want = -course[key]
        elif quantity.startswith("Z") and f"b{quantity[1:]}" in arrays:
            bias = arrays[f"b{quantity[1:]}"]
            want = course[key] - float(bias[place[1]] if bias.ndim else bias)
        else:
            want = course[key]
        np.testing.assert_allclose(value, want, rtol=1e-9, atol=1e-12, err_msg=key)


@pytest.mark.parametrize("name", [*NETWORKS, *LARGER])
def test_matrices_put_in_give_the_matrix_that_is_shown(name, monkeypatch):
    """The batch form with the arrays of the example, at 13 digits, and equal to the course's."""
    for length in ("TALLEST", "WIDEST"):  # no dots
        monkeypatch.setattr(numbers, length, 99)
    network = NETWORKS[name] if name in NETWORKS else read_with_flags(EXAMPLES / f"{name}.toml", {})
    derivation = symbp.derive(network)
    document = build_document(
        network, derivation, builtin("matrix"), parts=["numbers", "forward"], digits=13
    )
    functions = {}
    arrays = all_arrays(network)
    without = {line.equation.name for line, _, right in matrix_lines(
        Naming(builtin("matrix"), network, derivation), ()) if right is None}  # fmt: skip
    assert bool(without) == (name == "own_layers")
    for _, row in document.rows():  # h(u) = .., h'(a) = ..
        leaf = row.left.leaves.get(row.left.node.text)
        if isinstance(leaf, Applied) and not leaf.primes:
            functions[leaf.function.key] = row.rights[0][1]
    checked = 0
    for section in document.sections:
        if section.key != "numbers":
            continue
        for block in section.blocks:
            if not isinstance(block, Equations):
                continue
            (row,) = block.rows
            name = row.left.node.text
            if name in without:
                continue
            results = [np.atleast_1d(matrix(f, functions)) for _, f in row.rights[1:]]
            assert len(results) == 2
            for result in results:
                np.testing.assert_allclose(
                    result.ravel(), arrays[name].ravel(), rtol=1e-8, atol=1e-10, err_msg=name
                )
                checked += 1
    assert checked == 2 * (len(derivation.lines) - len(without))


def matrix(formula, functions):
    """The value of a formula in matrices."""
    leaves = formula.leaves

    def value(node):
        match node:
            case Number(number):
                return float(number)
            case Sum(terms):
                return sum(sign * value(t) for sign, t in terms)
            case Product(sign, top, bottom):
                result = float(sign)
                for factor in top:
                    result = result * value(factor)
                for factor in bottom:
                    result = result / value(factor)
                return result
            case Power(base, exponent):
                return value(base) ** exponent
            case Call(function, arguments):
                return FUNCTIONS[function](*map(value, arguments))
            case Where(condition, then, otherwise):
                return np.where(value(condition), value(then), value(otherwise))
            case Compare(relation, left, right):
                return COMPARE[relation](value(left), value(right))
            case Name(name):
                return of(leaves[name])
        raise AssertionError(node)

    def of(leaf):
        match leaf:
            case Rows(rows):
                return np.array(rows, dtype=np.float64)
            case Literal(text):
                return float(text)
            case Symbol(base=base) if base == ONES:
                return ONES
            case Symbol():
                raise AssertionError(f"{leaf.key} has no number")
            case Raised(base, mark):
                inner = value(base)
                if isinstance(inner, str):
                    return f"{inner}T"
                return inner.T if mark == r"\top" else inner ** int(mark.split()[1])
            case Infix("odot", parts):
                return np.multiply.reduce([np.broadcast_arrays(*map(value, parts))][0])
            case Infix(_, parts):
                return chain([value(p) for p in parts])
            case Applied(function, primes, argument):
                return applied(functions[function.key], primes, value(argument))
        raise AssertionError(leaf)

    return value(formula.node)


def chain(parts):
    """A product of matrices; ones at its ends sum rows or columns."""
    numbers = [p for p in parts if not isinstance(p, str)]
    result = numbers[0]
    for number in numbers[1:]:
        result = result @ number
    if isinstance(parts[0], str):
        assert parts[0] == f"{ONES}T"
        result = result.sum(axis=0, keepdims=True)
    if isinstance(parts[-1], str):
        assert parts[-1] == ONES
        result = result.sum(axis=1, keepdims=True)
    return result


def applied(formula, primes, argument):
    """An activation or, by central differences of its formula, its slope."""
    one = lambda u: Reader(formula.leaves, {"u": np.asarray(u)}, {}).value(formula.node, {})  # noqa: E731
    if not primes:
        return np.vectorize(lambda u: float(one(u)))(argument)
    h = 1e-6
    return np.vectorize(lambda u: float((one(u + h) - one(u - h)) / (2 * h)))(argument)


class Scalars(dict):
    """Arrays that take the place of an entry with its sample, and without."""

    def __init__(self, known, network):
        single = len(network.numbers.inputs) == 1
        derivation = symbp.derive(network)
        sizes = {**derivation.graph.sizes, "N": len(network.numbers.inputs)}
        numbers = {name: np.asarray(float(size)) for name, size in sizes.items()}
        super().__init__({k: Entries(v, single) for k, v in (numbers | known).items()})


class Entries:
    """An array whose leading index may be that of the only sample."""

    def __init__(self, array, single):
        self.array, self.single, self.shape = array, single, array.shape

    def __getitem__(self, place):
        extra = len(place) - self.array.ndim
        assert extra == 0 or (extra == 1 and self.single and place[0] == 0)
        return self.array[place[extra:]]
