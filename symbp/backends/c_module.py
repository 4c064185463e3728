"""C99 for one network: a .c, a .h, and Python that compiles and calls them.

Input: a network and its derivation.  Output: text by file name.  The C needs libm and nothing else:
no allocation, static sizes, all state in a struct of the caller's.
Imports the passes, c_code, c_functions and templates.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from symbp.backends.c_code import PartPrinter, Printer, block, comment, lines
from symbp.backends.c_functions import both, c_name, function, merged
from symbp.backends.c_kernels import helpers
from symbp.backends.c_lines import planned
from symbp.backends.code_lines import INDENT, shape, wrapped
from symbp.backends.numpy_module import axis_note, common, fixed_shape, heading, summary
from symbp.backends.templates import render
from symbp.derivation import Derivation, Line
from symbp.layers import takes_rows
from symbp.lower import lower
from symbp.notation import equation_text, index_text
from symbp.passes.loops import Local, Row, StoreBoth, Task, arrays, inner
from symbp.passes.nests import Nests, line_text
from symbp.passes.seed import SEED
from symbp.passes.share import Both
from symbp.spec import Network
from symbp.stable.store import stable

MOST_LANE_WEIGHTS = 2000  # a larger network is no part of a sweep over many runs


@dataclass(frozen=True, slots=True)
class Pass:
    """A function of the C file: its parameters, how it is called, its lines."""

    head: str
    call: str
    lines: tuple[str, ...]


def c_module(network: Network, derivation: Derivation, name: str) -> dict[str, str]:
    """The files of the C form, the .c first.

    Args:
        network: Gives the sizes and the numbers of `example()`.
        derivation: Of the same network.
        name: Of the files, without ending; names in C start with the network's.

    >>> from symbp.pipeline import derive
    >>> net = Network(sizes=[2, 2, 2])
    >>> files = c_module(net, derive(net), "network_c")
    >>> list(files), "sum += dZ2[n][k] * W2[k][j];" in files["network_c.c"]
    (['network_c.c', 'network_c.h', 'network_c.py'], True)
    """
    found = _Parts(network, derivation)
    return found.files(name)


class _Parts:
    """The parts of the files of one network."""

    def __init__(self, network: Network, derivation: Derivation) -> None:
        self.network, self.derivation = network, derivation
        plan = planned(network, derivation)
        self.shared, self.functions = plan.shared, plan.functions
        self.backward, self.update = plan.backward, plan.update
        self.sizes = derivation.graph.sizes
        self.parameters = tuple(network.parameters)
        self.axes = dict(self.shared.axes)
        self.output = self.shared.forward[-1]
        self.texts = {x.equation.name: equation_text(x.equation) for x in derivation.lines}
        self.lanes = network.weight_count <= MOST_LANE_WEIGHTS
        self.both = [(c_name(f"{f.name}_and_slope"), c_name(f.called(0)), c_name(f.called(1)))
                     for f in self.functions]  # fmt: skip
        self.calls = {f.called(k): c_name(f.called(k)) for f in self.functions for k in (0, 1)}
        self.into = {d: p for p, d in derivation.gradients.items()}
        every = (*self.shared.forward, *self.shared.loss, *self.backward)
        self.values = list(dict.fromkeys(chain.from_iterable(map(_targets, every))))

    def files(self, name: str) -> dict[str, str]:
        """Every file."""
        owner = self._owner
        nests = Nests(self.axes, self.sizes, self.functions, self.parameters, owner)
        passes = {
            "forward": [self._task(nests, x) for x in self.shared.forward],
            "loss": [self._task(nests, x) for x in self.shared.loss],
            "backward": [self._task(nests, x) for x in self.backward],
        }
        copies = {copy: nests.packing(copy) for copy in nests.packed}
        first: set[str] = set()
        for key, tasks in passes.items():
            read = frozenset().union(*(arrays(t.parts) for t in tasks))
            wanted = [c for c in copies if c in read - first]
            passes[key] = [*(copies[c] for c in wanted), *tasks]
            first |= read
        self.axes |= {c: nests.axes[c] for c in copies}
        self.values += [c for c in copies if c not in self.values]
        adding = Nests(self.axes, self.sizes, self.functions, (), self._into)
        passes["update"] = [self._task(adding, x, self.into.__getitem__) for x in self.update]
        tasks = [t for key in passes for t in passes[key]]
        made = {key: self._pass(key, found) for key, found in passes.items()}
        lanes: dict[str, object] = {}
        bodies = list(made.values())
        if self.lanes:
            beside = Nests(self.axes, self.sizes, self.functions, (), "runs->{}".format, rows=False)
            every = [*self.shared.forward, *self.shared.loss, *self.backward]
            runs = [self._task(beside, x) for x in every]
            runs += [self._task(beside, x, self.into.__getitem__) for x in self.update]
            tasks += runs
            bodies.append(self._runs_pass(runs))
            lanes = {
                "runs": bodies[-1],
                "put_lines": self._copied("runs->{}[lane]", "params->{}"),
                "get_lines": self._copied("params->{}", "runs->{}[lane]"),
            }
        functions = self._functions(tasks)
        code = _without_comments([*functions, *(x for p in bodies for x in p.lines)])
        shared = self._shared_values(name)
        c = render(
            "c/module.c.j2", **shared, **made, **lanes, functions=functions,
            helpers=helpers(code, self.network.name.upper()),
        )  # fmt: skip
        h = render("c/module.h.j2", **(shared | self._structs()))
        return {f"{name}.c": c, f"{name}.h": h, f"{name}.py": self._wrapper(name)}

    def _task(
        self, nests: Nests, line: Line | Both, into: Callable[[str], str] | None = None
    ) -> Task:
        called = self.functions[line.function].name if isinstance(line, Both) else ""
        return nests.task(line, line_text(line, self.texts, called), into)

    def _owner(self, name: str) -> str:
        if name == SEED:
            return name
        return f"params->{name}" if name in self.parameters else f"values->{name}"

    def _into(self, name: str) -> str:
        return f"into->{name}" if name in self.parameters else self._owner(name)

    def _shared_values(self, name: str) -> dict[str, str | object]:
        return {
            "about": comment_block(
                heading(self.network), self.network,
                [f"[{x.number}] {self.texts[x.equation.name]}" for x in self.derivation.lines], ()),
            "prefix": self.network.name,
            "upper": self.network.name.upper(),
            "file": name,
            "sizes": [{"name": a, "value": s, "note": axis_note(a)} for a, s in self.sizes.items()],
            "output": _targets(self.output)[0],
            "lanes": self.lanes,
        }  # fmt: skip

    def _structs(self) -> dict[str, object]:
        prefix = f"{self.network.name}_"
        real = f"{prefix}real"

        def member(name: str, kind: str = real, lanes: str = "") -> str:
            axes = "".join(f"[{prefix}{a}]" for a in self.axes[name])
            return f"{kind} {name}{axes}{lanes};"

        lane = f"[{prefix}LANES]"
        batch = [member(n, "int" if n in self._whole() else real) for n in ("X", "T")]
        return {
            "params": [member(n) for n in self.parameters],
            "given": len(self.derivation.gradients) < len(self.parameters),
            "values": [member(n) for n in self.values],
            "batch": batch,
            "classes": "T" in self._whole(),
            "runs": [*(member(n, lanes=lane) for n in (*self.parameters, *self.values)
                       if n not in self._copies()), f"{real} seed{lane};"],
        }  # fmt: skip

    def _copies(self) -> set[str]:
        return {n for n in self.values if re.fullmatch(r"\w+_T\d*", n)}

    def _whole(self) -> set[str]:
        whole = {"X"} if takes_rows(self.network.layers) else set()
        return whole | ({"T"} if self.network.targets == "classes" else set())

    def _functions(self, tasks: Iterable[Task]) -> list[str]:
        """The C functions of one number that some tasks call."""
        code = "\n".join(
            line for t in tasks for line in lines(t.parts, PartPrinter(self._printer(), self.both))
        )
        parts = [p for t in tasks for p in inner(t.parts) if isinstance(p, StoreBoth)]
        twice = {p.function for p in parts if p.value and p.slope}
        found: list[str] = []
        for place, f in enumerate(self.functions):
            forms = [stable(f.formula(k), self.network.accuracy) for k in (0, 1)
                     if k == 0 or place in twice or f"{self.both[place][2]}(" in code]  # fmt: skip
            name, *single = self.both[place]
            apart = place in twice and not merged(*forms)
            for order, form in enumerate(forms):
                if apart or re.search(rf"\b{single[order]}\(", code):
                    found += function(single[order], index_text(f.formula(order)), form)
            if place in twice:
                fast = self.network.accuracy == "fast"
                found += both(name, (single[0], single[1]), forms[0], forms[1], fast)
        return found

    def _printer(self, names: Callable[[str], str] = str) -> Printer:
        return Printer(names, functions=self.calls)

    def _pass(self, key: str, tasks: Sequence[Task]) -> Pass:
        """A function over single numbers."""
        body = self._body(tasks, PartPrinter(self._printer(), self.both))
        code = _without_comments(body)
        first = "into" if key == "update" else "params"
        kinds = {
            first: ("Params *restrict into" if key == "update" else "const Params *params",
                    "&model->params"),
            "values": ("const Values *values" if key == "update" else "Values *restrict values",
                       "&model->values"),
            "batch": ("const Batch *batch", "batch"),
            "seed": ("real seed", "seed"),
        }  # fmt: skip
        stored = {
            "params": () if key == "update" else self.parameters,
            "into": self.parameters if key == "update" else (),
            "values": self.values,
            "batch": ("X", "T"),
        }
        constant = {"params", "batch"} | ({"values"} if key == "update" else set())
        declared = [d for owner, names in stored.items() for n in names
                    for d in self._pointer(n, owner, code, owner in constant)]  # fmt: skip
        whole = "\n".join([*declared, code])
        used = {k: v for k, v in kinds.items() if re.search(rf"\b{k}\b", whole)}
        if key == "loss":
            used.setdefault("values", kinds["values"])
            used = {k: used[k] for k in kinds if k in used}
        head = ", ".join(h for h, _ in used.values()) or "void"
        return Pass(head, ", ".join(c for _, c in used.values()), (*declared, *body))

    def _runs_pass(self, tasks: Sequence[Task]) -> Pass:
        single = {"X", "T", "N", *self.sizes}

        def laned(text: str) -> str:
            base = re.match(r"[\w>-]+", text)
            assert base is not None
            index = (len(text) == 1 and text.islower()) or text.endswith("_")
            return text if base[0] in single or index else f"{text}[lane]"

        body = self._body(tasks, PartPrinter(self._printer(laned), self.both, lanes=True))
        code = _without_comments(body)
        declared = [d for n in (*self.parameters, *self.values)
                    for d in self._pointer(n, "runs", code, False, "[LANES]")]  # fmt: skip
        declared += [d for n in ("X", "T") for d in self._pointer(n, "batch", code, True)]
        head, call = ["Runs *restrict runs"], ["runs"]
        if "batch->" in "\n".join(declared):
            head, call = [*head, "const Batch *batch"], [*call, "batch"]
        return Pass(", ".join(head), ", ".join(call), (*declared, *body))

    def _body(self, tasks: Sequence[Task], printer: PartPrinter) -> list[str]:
        found = []
        for task in tasks:
            number = f"[{task.number}] " if task.number else ""
            own = any(isinstance(p, Local | Row) for p in task.parts)
            found += comment(f"{number}{task.text}", 1)
            found += [f"{INDENT}{{"] * own
            found += lines(task.parts, printer, 1 + own)
            found += [f"{INDENT}}}"] * own
        return found

    def _pointer(
        self, name: str, owner: str, code: str, constant: bool, lanes: str = ""
    ) -> list[str]:
        """`real (*Z1)[H] = values->Z1;` where the code uses the array."""
        axes = self.axes[name]
        if not axes or not re.search(rf"(?<![\w>]){name}\[", code):
            return []
        kind = "int" if name in self._whole() else "real"
        inner_ = "".join(f"[{a}]" for a in axes[1:]) + lanes
        pointer = f"(*{name}){inner_}" if inner_ else f"*{name}"
        text = f"{'const ' * constant}{kind} {pointer} = {owner}->{name};"
        return [f"{INDENT}{text} /* {shape(axes)} */"]

    def _copied(self, target: str, source: str) -> list[str]:
        """Copies of every parameter, entry by entry."""
        found = []
        for name in self.parameters:
            letters = "ijklpq"[: len(self.axes[name])]
            pad = INDENT
            for letter, axis in zip(letters, self.axes[name], strict=True):
                found.append(f"{pad}for (int {letter} = 0; {letter} < {axis}; {letter}++)")
                pad += INDENT
            entry = name + "".join(f"[{x}]" for x in letters)
            found.append(f"{pad}{target.format(entry)} = {source.format(entry)};")
        return found

    def _wrapper(self, name: str) -> str:
        program = lower(self.derivation, self.network.accuracy)
        found = {n: stable(f, self.network.accuracy) for n, f in program.functions.items()}
        values = [f'"{n}": {fixed_shape(self.axes[n])}' for n in self.values]
        forward = [f'"{n}"' for x in self.shared.forward for n in _targets(x)
                   if not n.endswith("_slope")]  # fmt: skip
        return render(
            "c/module.py.j2",
            **common(self.network, program, found),
            prefix=self.network.name,
            upper=self.network.name.upper(),
            file=name,
            contiguous=True,
            lanes=self.lanes,
            values=[*wrapped("VALUES = {", values, "}"), *wrapped("FORWARD = (", forward, ")")],
        )


def _targets(line: Line | Both) -> list[str]:
    if isinstance(line, Both):
        return [n for n in (line.value, line.slope) if n]
    return [line.equation.name]


def _without_comments(lines_: Iterable[str]) -> str:
    return re.sub(r"/\*.*?\*/", "", "\n".join(lines_), flags=re.DOTALL)


def comment_block(
    title: str, network: Network, equations: Iterable[str], measured: Iterable[str]
) -> list[str]:
    """The comment at the head of a file: what the network is, and its derivation."""
    text = [title, "", *summary(network).splitlines(), "",
            "Derivation in index notation (dQ is the gradient of E by Q):",
            *(f"    {e}" for e in equations)]  # fmt: skip
    if measured:
        text += ["", "Largest errors found, in units in the last place (ULP):", *measured]
    return block(text)
