"""Which code is generated: for what it is, in which style, and what makes it fast.

Data only, checked when it is built.  Imports option_words, checks, exact and errors.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

from symbp.checks import one_of
from symbp.errors import SpecError
from symbp.exact import shown
from symbp.option_words import Blas, Style, Target

STYLES, TARGETS, BLAS = (tuple(map(str, words)) for words in (Style, Target, Blas))
LARGEST_TILE = 1_000_000


@dataclass(frozen=True, slots=True)
class Form:
    """A form of the generated code.

    Args:
        style: "array" (matrices, any batch size) or "scalar" (w1, w2, .. by name).
        workspace: In array style, keep every array in a `Workspace` that is made once.
        target: "numpy"; "numba", the scalar style compiled, parallel over runs; or "c", C99 with
            static sizes and a Python wrapper.
        tile: Rows of a batch that element-wise passes take at once; None chooses by the widths
            of the layers, 0 takes all.
        blas: Whose matrix products: "numpy", or "scipy", where the update of plain gradient
            descent is part of the product.
        second_order: In array style, products of the Hessian, of Gauss-Newton and of the Jacobian
            too, and gradients of single samples; in scalar style and with runs, the Hessian times
            a direction for each run.
        optimizer: A name of `symbp list optimizer`, or a call such as "adam(beta1=0.8)".
        runs: In array style, train many runs at once, with a parameter and a rate for each.

    Raises:
        SpecError: an unknown word, or two that exclude each other.

    >>> Form(workspace=True).suffix, Form(target="c").suffix
    ('_workspace', '_c')
    >>> Form(runs=True).suffix
    '_runs'
    >>> Form(workspace=True, optimizer="adam(beta1=0.8)").suffix
    '_workspace_adam'
    """

    style: str = "array"
    _: KW_ONLY
    workspace: bool = False
    target: str = "numpy"
    tile: int | None = None
    blas: str = "numpy"
    optimizer: str = "sgd"
    second_order: bool = False
    runs: bool = False

    def __post_init__(self) -> None:
        one_of("style", self.style, STYLES)
        one_of("target", self.target, TARGETS)
        one_of("blas", self.blas, BLAS)
        if not isinstance(self.optimizer, str):
            found = f"found {shown(self.optimizer)}, expected a name in quotes"
            raise SpecError("--optimizer", found, "Write 'adam', say.")
        if self.workspace and self.style == "scalar":
            found = "a workspace holds the arrays of the array style"
            raise SpecError("--workspace", found, "Take --style array, or no workspace.")
        if self.workspace and self.target != "numpy":
            found = f"the target {self.target} keeps its own arrays"
            raise SpecError("--workspace", found, "Take --target numpy, or no workspace.")
        if self.second_order and (self.workspace or self.target != "numpy"):
            found = "second order is for modules in NumPy without a workspace"
            raise SpecError("--second-order", found, "Take one or the other.")
        if self.runs and (self.style, self.target, self.workspace) != ("array", "numpy", False):
            found = "an axis of runs is for the array style of numpy, and keeps its own arrays"
            raise SpecError("--runs", found, "Leave out --style, --target and --workspace.")
        if self.tile is not None and not 0 <= self.tile <= LARGEST_TILE:
            found = f"found {self.tile}, expected 0 (no tiles) to {LARGEST_TILE} rows"
            raise SpecError("--tile", found, "Leave it out: it is chosen by the layers' widths.")
        for name, value, default in (
            ("--tile", self.tile, None), ("--blas", self.blas, "numpy"),
            ("--optimizer", self.optimizer, "sgd"),
        ):  # fmt: skip
            if value != default and not self.workspace:
                found = f"{value} is for modules with a workspace"
                raise SpecError(name, found, "Add --workspace.")

    @property
    def suffix(self) -> str:
        """What is put behind the network's name in the name of the module."""
        if self.target != "numpy":
            return f"_{self.target}"
        order = "_second_order" if self.second_order else ""
        if self.style == "scalar":
            return f"_scalar{order}"
        if self.runs:
            return f"_runs{order}"
        if not self.workspace:
            return order
        optimizer = self.optimizer.partition("(")[0].strip()
        named = [word for word in (self.blas, optimizer) if word not in ("numpy", "sgd")]
        return "_".join(["_workspace", *named])


# What `verify --target all` checks, under the words that ask for it.
FORMS = {
    "array": Form(),
    "array, workspace": Form(workspace=True),
    "array, workspace, tiles of 1": Form(workspace=True, tile=1),
    "array, workspace, blas scipy": Form(workspace=True, blas="scipy"),
    "array, workspace, adam": Form(workspace=True, optimizer="adam"),
    "array, second order": Form(second_order=True),
    "array, runs": Form(runs=True),
    "array, runs, second order": Form(runs=True, second_order=True),
    "scalar": Form("scalar"),
    "scalar, second order": Form("scalar", second_order=True),
    "numba": Form(target="numba"),
    "c": Form(target="c"),
}
