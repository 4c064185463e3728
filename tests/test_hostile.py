"""Hostile formulas and specs: refused or harmless, nothing run, nothing written."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from symbp import Network, derive, generate
from symbp.backends.latex import aligned
from symbp.errors import SymbpError
from symbp.spec_file import read_network
from symbp.views import derivation_json, derivation_text

HERE = Path(__file__).resolve().parent
BAD = [case["text"] for case in tomllib.loads((HERE / "bad_formulas.toml").read_text())["formulas"]]
TITLES = [
    "{{ 7*7 }}", "{% include '/etc/passwd' %}", "{# hidden #}", "{{ config.__class__ }}",
    '"""', '"""\nimport os\nos.system("true")\n"""', "'''", '\\"""', "\\", "ends in \\", "\\N{x}",
    "\\x00", "\\u202e", "\x00", "\n\n__import__('os')", "# -*- coding: utf-7 -*-", "\u202egnp.exe",
    "\\input{/etc/passwd}", "\\write18{ls}", "\\end{aligned}\\catcode`\\%=12", "$x$ & # % ~ ^ _",
    "../../../etc/passwd", "/etc/passwd", "<script>alert(1)</script>", "[bold red]x[/]", "[/]",
    "%s %(x)s {0} {x!r}", "f'{1}'", "a" * 100_000, "\x1b[31mred", "\u2028\u2029\x85", "\ud800",
]  # fmt: skip
NAMES = [
    "../x", "/etc/x", "a/b", "x;y", "{{ x }}", "__import__('os')", "a\nb", "", "class", "x" * 300,
    "\u0430bc", "x.py", "-o", "a b", '"', "x\x00", "{%x%}", "\\input", "..", ".", "~", "CON/x",
]  # fmt: skip
TEXTS = [
    "z*tanh(z)" + " " * 900, "+".join(["z*z"] * 40), r"\frac{z}{1+e^{-z}}", r"$\tanh^2 z$",
    r"\begin{cases} z & z>0 \\ 0 & \text{else}\end{cases}", "where(z > 0, z, 0.1*z)", r"\nu z \xi",
    r"\xi z \text{nu}", r"\mathrm{nu}\,\tan z",
]  # fmt: skip


def harmless(source: str) -> ast.Module:
    """A module whose docstring is its first statement and whose imports are the usual ones."""
    tree = ast.parse(source)
    compile(source, "module", "exec", dont_inherit=True)
    assert ast.get_docstring(tree)
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            found.add(node.module)
        assert not (isinstance(node, ast.Name) and node.id in ("eval", "exec", "__import__"))
    used = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)
            and isinstance(n.value, ast.Name) and n.value.id == "os"}  # fmt: skip
    assert used <= {"cpu_count"}
    known = {"__future__", "math", "numpy", "numpy.typing", "typing", "collections.abc"}
    assert found <= {*known, "os", "concurrent.futures"}
    return tree


@pytest.mark.parametrize("style", ["array", "scalar"])
@pytest.mark.parametrize("title", TITLES, ids=lambda text: ascii(text[:20]))
def test_titles_are_prose(title, style):
    """In a docstring, on one short line, as it is written or without its special signs."""
    source = generate(Network(sizes=[1, 1], title=title), style)
    plain = generate(Network(sizes=[1, 1]), style)
    tree = harmless(source)
    assert source.isprintable() or all(c.isprintable() or c == "\n" for c in source)
    assert len(source) < len(plain) + 200
    unnamed = ast.dump(ast.Module(tree.body[1:], []))
    assert unnamed == ast.dump(ast.Module(ast.parse(plain).body[1:], []))
    source.encode()


@pytest.mark.parametrize("title", TITLES, ids=lambda text: ascii(text[:20]))
def test_derivations_leave_the_title_out_or_escape_it(title):
    """LaTeX has no free text at all, and JSON reads back."""
    network = Network(sizes=[1, 1], title=title)
    derivation = derive(network)
    assert aligned(derivation) == aligned(derive(Network(sizes=[1, 1])))
    document = json.loads(derivation_json(network, derivation, None))
    assert document.get("title", title) == title
    derivation_text(network, derivation, None, True)


@pytest.mark.parametrize("name", NAMES, ids=lambda text: ascii(text[:20]))
def test_names_that_could_be_paths_are_refused(name):
    """A name is a Python name: it becomes a file and a folder."""
    with pytest.raises(SymbpError) as caught:
        Network(sizes=[1, 1], name=name)
    assert caught.value.where == "name"
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text[:30])
def test_own_formulas_in_docstrings(text):
    """The text of a formula may have backslashes, and be long; the module is as safe."""
    used = {name: "0.5" for name in ("nu", "xi") if name in text}
    network = Network(sizes=[1, 1], activation=text, constants=used)
    for style in ("array", "scalar"):
        source = generate(network, style)
        harmless(source)
        assert max(map(len, source.splitlines())) <= 120
    json.loads(derivation_json(network, derive(network), None))


def command(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The command line, in an empty folder."""
    return subprocess.run(
        [sys.executable, "-m", "symbp", *arguments], capture_output=True, text=True, cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(HERE.parent)},
    )  # fmt: skip


SAMPLE = [
    "__import__('os').system('touch x')", "z.__class__", "9**9**9**9*z", "\\input{/etc/passwd}",
    "\u0435xp(z)", "{{ 7*7 }}",
]  # fmt: skip


@pytest.mark.parametrize("text", SAMPLE)
def test_the_command_line_refuses(text, tmp_path):
    """Exit code 2, nothing on stdout, the column on stderr, nothing written."""
    done = command("derive", "--activation", text, "-o", "out.txt", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "column" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("text", BAD[::6], ids=lambda text: ascii(text[:30]))
@pytest.mark.parametrize("entry", ["activation", "loss"])
def test_specs_refuse(entry, text, tmp_path):
    """A TOML spec with the text as its activation or loss: one error with file and entry."""
    spec = tmp_path / "net.toml"
    spec.write_text(f"sizes = [1, 1]\n{entry} = {json.dumps(text)}\n")
    with pytest.raises(SymbpError) as caught:
        read_network(spec)
    assert "net.toml" in caught.value.where
    assert caught.value.remedy
    assert len(str(caught.value)) < 1500


AUDITED = """
import json, os, re, resource, sys, time, tomllib
from pathlib import Path
from symbp import Network, generate
from symbp.errors import SymbpError
import symbp.pipeline, symbp.backends.numpy_module, symbp.stable.store, numpy
import symbp.backends.numpy_scalar, symbp.spec_file, symbp.study
from symbp.formula import parse
import sympy as sp

texts, titles, cache = json.load(sys.stdin)
z = sp.Symbol("z", real=True)
for style in ("array", "scalar"):  # what is imported on call
    generate(Network(sizes=[1, 1], activation="z*tanh(z)", title="t"), style)
bad = []
FORBIDDEN = ("subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "socket.",
             "os.remove", "os.rename", "os.mkdir", "shutil.", "ctypes.dlopen", "urllib.")
WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def hook(event, args):
    if event == "open":
        path, mode, flags = args
        if (flags or 0) & WRITE and not str(path).startswith(cache):
            bad.append((event, str(path), mode))
    elif event.startswith(("os.remove", "os.rename", "os.mkdir")):
        if not str(args[0]).startswith(cache):
            bad.append((event, str(args[0])))
    elif event.startswith(FORBIDDEN):
        bad.append((event, repr(args)[:200]))
    elif event == "exec":
        bad.append((event, args[0].co_filename)) if "<" in args[0].co_filename else None


sys.addaudithook(hook)
exec(compile("1", "<text>", "exec"))  # what must be seen
open(os.path.join(os.path.dirname(cache), "seen"), "w").close()
os.remove(os.path.join(os.path.dirname(cache), "seen"))
assert [event for event, *_ in bad] == ["exec", "open", "os.remove"], bad
bad.clear()
start, slowest = time.process_time(), 0.0
for text in texts:
    began = time.process_time()
    try:
        parse(text, {"z": z}, "activation")
    except SymbpError:
        pass
    else:
        bad.append(("accepted", text))
    slowest = max(slowest, time.process_time() - began)
parsed = time.process_time() - start
for title in titles:
    for style in ("array", "scalar"):
        generate(Network(sizes=[1, 1], activation="z*tanh(z)", title=title), style)
status = Path("/proc/self/status")  # getrusage also counts what the process was forked from
if status.exists():
    memory = int(re.search(r"VmHWM:\\s+([0-9]+)", status.read_text())[1]) / 1024
else:
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([bad, slowest, parsed, memory]))
"""


def test_nothing_is_run_or_written(tmp_path):
    """Under an audit hook: no file written outside the cache, no process, no socket, no code run.

    `ast.parse` reports a compile event too, but what is only parsed is never executed: no exec
    event of a code object without a file may follow.
    """
    cache = tmp_path / "cache"
    cache.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", AUDITED], capture_output=True, text=True, check=False, cwd=tmp_path,
        input=json.dumps([BAD, TITLES, str(cache)]),
        env={**os.environ, "PYTHONPATH": str(HERE.parent), "SYMBP_CACHE": str(cache),
             "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    bad, slowest, parsed, memory = json.loads(done.stdout)
    assert bad == []
    assert slowest < 2
    assert parsed < 30
    assert memory < 500
    assert [p.name for p in tmp_path.iterdir()] == ["cache"]
