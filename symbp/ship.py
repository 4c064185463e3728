"""Search the stable forms of the whole catalogue and write them to shipped.json.

Run it as `python -m symbp.ship` after a change of the search or of a formula; it searches
only what is not there yet, unless --all is given.  Imports the pipeline.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import sympy as sp

from symbp import catalog
from symbp.build import build_graph
from symbp.derive import derive
from symbp.errors import SpecError
from symbp.output import write_text
from symbp.passes.elementwise import Elementwise, Split, elementwise
from symbp.second_order import through_output
from symbp.spec import ACCURACIES, Network
from symbp.stable import store
from symbp.tangent import tangents


def texts(row: catalog.Activation | catalog.Loss) -> Iterator[str]:
    """A row with its default options first, then with each option at each of its examples."""
    needed = {o.name: o.domain.example for o in row.options if o.default is None}
    yield _call(row.name, needed)
    for option in row.options:
        for example in option.domain.examples:
            if option.domain.kind == "number":
                yield _call(row.name, {**needed, option.name: example})


def _call(name: str, options: dict[str, str]) -> str:
    return f"{name}({', '.join(f'{k}={v}' for k, v in options.items())})" if options else name


def networks() -> Iterator[tuple[Network, tuple[str, ...]]]:
    """Networks for every row of the catalogue, with the accuracies that are shipped."""
    for row in (*catalog.ACTIVATIONS, *catalog.LOSSES):
        for k, text in enumerate(texts(row)):
            try:
                if isinstance(row, catalog.Loss):
                    network = Network(sizes=[2, 2], activation=row.output or "identity", loss=text)
                else:
                    network = Network(sizes=[2, 2], activation=text)
            except SpecError:  # an example that does not go with the defaults of the others
                continue
            yield network, ACCURACIES if k == 0 else ACCURACIES[:1]


def formulas() -> Iterator[tuple[str, sp.Expr, str]]:
    """Name, formula and accuracy of every function that is shipped, each once."""
    seen: set[tuple[sp.Expr, str]] = set()
    for network, accuracies in networks():
        derivation = derive(build_graph(network))
        through = through_output(derivation)
        for split in (elementwise(derivation), elementwise(through, past_output=False)):
            for name, expr in called(split):
                for accuracy in accuracies:
                    if (expr, accuracy) not in seen:
                        seen.add((expr, accuracy))
                        yield name, expr, accuracy


def called(split: Split) -> Iterator[tuple[str, sp.Expr]]:
    """Name and formula of the functions that lines of first and second order call."""
    lines = tangents(split.derivation).lines
    calls = {call.args[:2] for line in lines for call in line.equation.rhs.atoms(Elementwise)}
    for place, order in sorted(calls, key=lambda c: (int(c[0]), int(c[1]))):
        function = split.functions[int(place)]
        yield function.called(int(order)), function.formula(int(order))


def main(arguments: list[str]) -> None:
    """Search what is missing and write the file."""
    table = {}
    path = Path(store.SHIPPED)
    before = json.loads(path.read_text(encoding="utf-8")) if "--all" not in arguments else {}
    for name, expr, mode in formulas():
        place = store.key(expr, mode)
        if place not in before:
            before[place] = {"name": name, **store.written(store.searched(expr, mode))}
            found = store.read(before[place], expr)
            print(f"{name}, {mode}: {found.double.ulp:.2f} / {found.single.ulp:.2f} ULP")
        table[place] = before[place]
    lines = [f"{json.dumps(k)}: {json.dumps(v)}" for k, v in sorted(table.items())]
    write_text(path, "{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
