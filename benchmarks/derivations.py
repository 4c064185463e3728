"""Deriving gradients, by symbp and by others: one task in a fresh process, where nothing is cached.

`python -m benchmarks.derivations WHO SIZES` imports first, then prints the seconds of the rest.
Naive ones write the whole loss out and differentiate it by each weight.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks.networks import WORKED, Case

Task = Callable[[Case], Callable[[], object]]
WIDE, DEEP = 4096, {"activation": "tanh", "last": "tanh", "loss": "half_sse"}
CASES = {
    **{
        "-".join(map(str, sizes)): Case(sizes, 1, **WORKED, biases=False)
        for sizes in ((2, 2, 2), (3, 4, 4, 2))
    },
    **{
        "-".join(map(str, sizes)): Case(sizes, 1)
        for sizes in ((784, 512, 256, 10), (8, 8, 8, 8))
    },
    **{f"{count}x64": Case((64,) * (count + 1), 1, **DEEP) for count in (25, 50, 100, 200)},
    f"50x{WIDE}": Case((WIDE,) * 51, 1, **DEEP),
}  # fmt: skip


def symbp(case: Case) -> Callable[[], object]:
    """Derive in index notation, for any batch and width, and generate a NumPy module."""
    import symbp
    import symbp.backends.numpy_module
    from symbp.backends.templates import environment

    environment("numpy")
    return lambda: symbp.generate(case.network())


def closed_forms(case: Case) -> Callable[[], object]:
    """Derive, and write the gradient of every weight in x, w and y alone."""
    from symbp.paths import closed_form, scalar_tree
    from symbp.pipeline import derive
    from symbp.printers import plain
    from symbp.scalars import system_of

    def run() -> list[str]:
        network = case.network()
        derivation = derive(network)
        system = system_of(network, derivation)
        names = derivation.gradients
        return [
            plain(scalar_tree(closed_form(system, names[weight.parameter], weight.place)))
            for weight in system.weights
        ]

    return run


def proved_forms(case: Case) -> Callable[[], object]:
    """Delta, chain and closed form of every weight, and the proof that they are equal."""
    from symbp.pipeline import derive
    from symbp.weights import weight_forms

    def run() -> object:
        network = case.network()
        return weight_forms(network, derive(network), None)

    return run


def expanded(case: Case, symbol: Callable[[str], Any], exp: Callable[[Any], Any]) -> Any:
    """The loss in x, w and y alone, and its weights, for a library of symbols."""
    values = [symbol(f"x{i}") for i in range(1, case.sizes[0] + 1)]
    weights: list[Any] = []
    for d, h in zip(case.sizes, case.sizes[1:], strict=False):
        rows = [[symbol(f"w{len(weights) + j * d + i + 1}") for i in range(d)] for j in range(h)]
        weights += [w for row in rows for w in row]
        sums = [sum(w * v for w, v in zip(row, values, strict=True)) for row in rows]
        values = [1 / (1 + exp(-z)) for z in sums]
    targets = [symbol(f"y{k}") for k in range(1, len(values) + 1)]
    return sum((p - y) ** 2 for p, y in zip(values, targets, strict=True)) / 2, weights


def sympy_diff(case: Case) -> Callable[[], object]:
    """sympy.diff of the expanded loss by each weight."""
    import sympy as sp

    def run() -> object:
        E, weights = expanded(case, lambda name: sp.Symbol(name, real=True), sp.exp)
        return [sp.diff(E, w) for w in weights]

    return run


def symforce_diff(case: Case) -> Callable[[], object]:
    """The same with symforce, whose symbols are in C++."""
    import symforce.symbolic as sf

    def run() -> object:
        E, weights = expanded(case, sf.Symbol, sf.exp)
        return [E.diff(w) for w in weights]

    return run


def casadi_c(case: Case) -> Callable[[], object]:
    """A step of gradient descent at batch 1 as a casadi function, and its C code."""
    import casadi as ca

    from benchmarks.contenders.symbolic import casadi_step

    def run() -> str:
        code = ca.CodeGenerator("step.c")
        code.add(casadi_step(case))
        text: str = code.dump()
        return text

    return run


WHO: dict[str, Task] = {
    "symbp": symbp,
    "symbp, closed forms": closed_forms,
    "symbp, all forms proved": proved_forms,
    "sympy.diff, expanded": sympy_diff,
    "symforce, expanded": symforce_diff,
    "casadi, with C code": casadi_c,
}


def main(arguments: list[str]) -> None:
    """Print {"seconds": ..}, or {"refused": ..} where a library is missing."""
    who, case = arguments
    try:
        run = WHO[who](CASES[case])
    except ImportError as error:
        print(json.dumps({"refused": f"not installed: {error}"}))
        return
    start = time.perf_counter()
    run()
    print(json.dumps({"seconds": time.perf_counter() - start}))


if __name__ == "__main__":
    main(sys.argv[1:])
