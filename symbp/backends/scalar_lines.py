"""What modules by name have in common: their functions of floats, line by line.

Input: a `ByName`.  Output: lines of Python.  Imports by_name, code_lines and float_code.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from symbp.backends.code_lines import INDENT, WIDTH, assignment, wrapped
from symbp.backends.float_code import FloatPrinter, float_function
from symbp.backends.numpy_module import example_rate, heading, summary
from symbp.by_name import ByName
from symbp.example import Example, draw_example
from symbp.notation import index_text
from symbp.printers import float_text
from symbp.program import Statement, needed
from symbp.scalars import ScalarSystem
from symbp.spec import Network
from symbp.stable.result import Stable
from symbp.stable.store import stable


@dataclass(frozen=True)
class ScalarLines:
    """The lines of a network by name.

    Args:
        network: Gives the title and the example.
        found: Its statements.
        printer: How expressions are spelt.
    """

    network: Network
    found: ByName
    printer: FloatPrinter

    def template(self) -> dict[str, object]:
        """What the templates of modules by name place."""
        found, functions = self.found, self.functions()
        w, x, y = ({n: names} for n, names in zip("wxy", self._given(), strict=True))
        outputs = list(found.outputs)
        gradients = self.gradient_lines()
        step = [*gradients, *returned("return E, ", self.updated())]
        return {
            "heading": heading(self.network),
            "summary": summary(self.network),
            "names": [
                *wrapped("WEIGHTS = (", [f'"{n}"' for n in found.weights], ")"),
                *wrapped("TRAINED = (", [f'"{n}"' for n in found.trained], ")"),
                *wrapped("INPUTS = (", [f'"{n}"' for n in found.inputs], ")"),
                *wrapped("TARGETS = (", [f'"{n}"' for n in found.targets], ")"),
                *wrapped("OUTPUTS = (", [f'"{n}"' for n in outputs], ")"),
            ],
            "outputs": outputs if len(outputs) <= 4 else [*outputs[:2], "..", outputs[-1]],
            "functions": functions,
            "forward": [
                *self.body(w | x, found.forward, outputs),
                *returned("return ", outputs),
            ],
            "loss": [*self._loss(w, x, y), f"{INDENT}return E"],
            "gradients": [*gradients, *returned("return E, ", found.gradients)],
            "step": step,
            "example": example_lines(self.network, found),
            "first_sample": ", of the first sample" if samples(self.network) > 1 else "",
            "learning_rate": float_text(float(example_rate(self.network))),
        }

    def stables(self) -> dict[str, Stable]:
        """The stable form of every function of one number that is called."""
        mode = self.network.accuracy
        return {name: stable(expr, mode) for name, expr in self.found.functions.items()}

    def functions(self) -> list[str]:
        """The source of these functions."""
        lines: list[str] = []
        for name, form in self.stables().items():
            lines += float_function(
                name, index_text(self.found.functions[name]), form, self.printer
            )
        return lines

    def gradient_lines(self) -> list[str]:
        """From w, x and y to E and every gradient."""
        found = self.found
        given = dict(zip("wxy", self._given(), strict=True))
        statements = (*found.forward, *found.loss, *found.backward)
        return self.body(given, statements, ("E", *found.gradients))

    def _given(self) -> tuple[tuple[str, ...], ...]:
        return self.found.weights, self.found.inputs, self.found.targets

    def body(
        self,
        unpack: dict[str, tuple[str, ...]],
        statements: Iterable[Statement],
        results: Iterable[str],
    ) -> list[str]:
        """Unpacking, and the statements that lead to the results; unused names are not bound."""
        statements, results = tuple(statements), tuple(results)
        live = needed(((s.target, s.uses) for s in statements), results)
        statements = tuple(s for s in statements if s.target in live)
        names = {name for s in statements for name in s.uses} | set(results)
        lines = []
        for variable, group in unpack.items():
            shown = [name if name in names else "_" for name in group]
            if any(name != "_" for name in shown):
                lines += unpacking(shown, variable)
        for s in statements:
            lines += assignment(s.target, s.node, f"[{s.line}]", self.printer)
        return lines

    def _loss(self, *given: dict[str, tuple[str, ...]]) -> list[str]:
        """E from the outputs where they are enough; a stable form may ask for net inputs too."""
        found, (w, x, y) = self.found, given
        uses = {name for s in found.loss for name in s.uses}
        if uses & {s.target for s in found.forward} <= set(found.outputs):
            return self.body({"forward(w, x)": found.outputs} | w | y, found.loss, ["E"])
        return self.body(w | x | y, (*found.forward, *found.loss), ["E"])

    def updated(self) -> list[str]:
        """Every number after a step; frozen ones as they are."""
        trained = set(self.found.trained)
        return [f"{n} - learning_rate * d{n}" if n in trained else n for n in self.found.weights]


def unpacking(names: list[str], variable: str) -> list[str]:
    """`a, b = w`, over several lines where it is too long for one."""
    if len(names) == 1:
        return [f"    ({names[0]},) = {variable}"]
    one = f"    {', '.join(names)} = {variable}"
    if len(one) <= WIDTH:
        return [one]
    return ["    (", *(f"        {name}," for name in names), f"    ) = {variable}"]


def returned(start: str, names: Iterable[str]) -> list[str]:
    """`return (a, b)` with the parentheses that the formatter leaves."""
    names = list(names)
    if start == "return " and len(names) > 1:
        one = f"    return {', '.join(names)}"
        if len(one) <= WIDTH:
            return [one]
    return wrapped(f"{start}(", names, ")", indent=4)


def samples(network: Network) -> int:
    """Number of samples of the example, 1 if there is none."""
    return len(network.example.inputs) if isinstance(network.example, Example) else 1


def example_lines(network: Network, found: ByName) -> list[str]:
    """w, x and y of the first sample as tuples of floats."""
    if not isinstance(network.example, Example):
        network = replace(network, example=draw_example(network, 0, 1, example_rate(network)))
    values = ScalarSystem(network, found.system.derivation).values()
    lines = []
    for variable, group in (("w", found.weights), ("x", found.inputs), ("y", found.targets)):
        numbers = [float_text(float(values[name])) for name in group]
        lines += wrapped(f"{variable} = (", numbers, ")", indent=4)
    return lines
