"""Matrix products as calls of BLAS: SciPy's gemm and gemv, which add to what they write.

BLAS counts columns first.  A C-contiguous array transposed is such a matrix, so out = a @ b is
written as out.T = b.T @ a.T, and nothing is copied.
Input: an operation and what its operands are called.  Output: lines of Python.
Imports buffers, operations and code_lines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from symbp.backends.code_lines import wrapped
from symbp.errors import GraphError
from symbp.passes.buffers import Plan
from symbp.passes.products import DOT_ADD

PRODUCTS = ("dot", DOT_ADD)
Spelled = Callable[[int | str], str]


def product_call(
    plan: Plan, number: int, operand: Spelled, into: Mapping[int, str], pad: str
) -> list[str]:
    """The call of a product.

    Args:
        plan: Where it writes.
        number: Of the operation.
        operand: Spells an operand.
        into: Of products that are added to a parameter, the parameter.
        pad: In front of the line.

    Raises:
        GraphError: the sum of a product is not where its third operand is.
    """
    o = plan.operations[number]
    left, right, *before = o.sources
    if before and plan.place[before[0]] != plan.place[number]:
        raise GraphError(plan.names[number], "what a product is added to is in another place")
    out = into.get(number, plan.names[number])
    beta = "1" if before or number in into else "0"
    dimensions = [len(plan.operations[side].shape) for side in (left, right)]
    if dimensions == [2, 2]:
        (b, trans_b), (a, trans_a) = (_matrix(plan, side, operand) for side in (left, right))
        flags = ["trans_a=1"] * trans_a + ["trans_b=1"] * trans_b
        arguments = ["1", a, b, beta, f"{out}.T", *flags, "overwrite_c=1"]
        return wrapped("gemm(", arguments, ")", indent=len(pad))
    by_rows = dimensions == [2, 1]
    matrix, vector = (left, right) if by_rows else (right, left)
    a, transposed = _matrix(plan, matrix, operand)
    flags = ["trans=1"] * (transposed != by_rows)
    arguments = ["1", a, operand(vector), beta, out, *flags, "overwrite_y=1"]
    return wrapped("gemv(", [*arguments[:4], f"y={out}", *arguments[5:]], ")", indent=len(pad))


def _matrix(plan: Plan, number: int, operand: Spelled) -> tuple[str, bool]:
    """What is handed over for x in x.T, and whether BLAS must transpose it."""
    o = plan.operations[number]
    if o.function == "transpose":
        return operand(number), True
    if o.function in ("permute", "expand"):
        raise GraphError(plan.names.get(number, "product"), "no matrix product of such a view")
    return f"{operand(number)}.T", False
