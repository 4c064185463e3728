"""Search the stable forms of the whole catalogue and write them to shipped.json.

Run it as `python -m symbp.stable.ship` after a change of the search or of a formula; it searches
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
from symbp.lower import lower
from symbp.output import write_text
from symbp.spec import ACCURACIES, Network
from symbp.stable import store


def networks() -> Iterator[Network]:
    """A network for each row of the catalogue, with its default options."""
    for name in catalog.names("activation"):
        row = catalog.activation(name)
        text = name
        needed = [o for o in row.options if o.default is None]
        if needed:
            text = f"{name}({', '.join(f'{o.name}={o.domain.example}' for o in needed)})"
        yield Network(sizes=[2, 2], activation=text)
    for name in catalog.names("loss"):
        output = catalog.loss(name).output or "identity"
        yield Network(sizes=[2, 2], activation=output, loss=name)


def formulas() -> dict[str, sp.Expr]:
    """Every function of one number that the modules of the catalogue call, by name."""
    found: dict[str, sp.Expr] = {}
    for network in networks():
        for name, expr in lower(derive(build_graph(network))).functions.items():
            if expr not in found.values():
                found[name if name not in found else f"{name}_{len(found)}"] = expr
    return found


def main(arguments: list[str]) -> None:
    """Search what is missing and write the file."""
    table = {}
    path = Path(store.SHIPPED)
    before = json.loads(path.read_text(encoding="utf-8")) if "--all" not in arguments else {}
    for name, expr in formulas().items():
        for mode in ACCURACIES:
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
