"""Who competes.  A contender is a function of a case that gets everything ready: it imports its
library, writes and compiles its code.  It returns `start`, which takes the numbers and returns
`train`, and that trains from these numbers for so many steps and returns what it ends with.

    prepare(case) -> start(data) -> train(steps) -> parameters by name

So building is never timed, every block of steps does the same work, and whatever happens between
two blocks, the check sees the code that is timed.  In a sweep `train` returns E, the loss of every
run before its last step, and `start.runs` may say that it takes fewer runs than the case has.  A
`start.note` is shown beside the times.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from benchmarks.networks import Case, Data

Train = Callable[[int], Mapping[str, Any]]
Start = Callable[[Data], Train]
Prepare = Callable[[Case], Start]

# By kind: the contender's name, and where its function stands.
CONTENDERS: dict[str, dict[str, str]] = {
    "step": {
        "torch": "frameworks.torch_eager",
        "torch.compile": "frameworks.torch_compiled",
        "jax.jit": "frameworks.jax_jit",
        "jax.jit, loop": "frameworks.jax_loop",
        "autograd": "frameworks.autograd_loop",
        "casadi": "symbolic.casadi_loop",
        "pytensor": "symbolic.pytensor_loop",
        "numpy by hand": "by_hand.in_place",
        "plain": "generated.plain",
        "workspace": "generated.workspace",
        "workspace, scipy": "generated.workspace_scipy",
        "scalar": "generated.scalar",
        "numba": "generated.numba",
        "c": "generated.c",
        "limit": "by_hand.products_alone",
    },
    "tiles": {
        "workspace": "generated.workspace",
        "workspace, whole": "generated.workspace_whole",
        "workspace, 64 rows": "generated.workspace_64",
    },
    "sweep": {
        "torch": "sweeps.torch_loop",
        "torch.vmap": "sweeps.torch_vmap",
        "jax.vmap": "sweeps.jax_vmap",
        "scalar": "sweeps.scalar",
        "numba": "sweeps.numba",
        "c": "sweeps.c",
    },
}
GENERATED = ("plain", "workspace", "workspace, scipy", "scalar", "numba", "c")
UNCHECKED = ("limit",)  # it computes no gradient


def threads() -> int:
    """How many threads everybody has in this process; its parent says so."""
    return int(os.environ["BENCHMARK_THREADS"])


class NotAvailable(Exception):
    """A contender cannot take part in a case; the text says why."""


def prepare(kind: str, name: str, case: Case) -> Start:
    """Get a contender ready for a case.

    Raises:
        NotAvailable: it does not do this case.
        ImportError: its library is not installed.
    """
    module, function = CONTENDERS[kind][name].split(".")
    made: Start = getattr(import_module(f"benchmarks.contenders.{module}"), function)(case)
    return made
