"""The README does what it says: commands print what it shows, specs parse, code is generated."""

from __future__ import annotations

import doctest
import re
import shlex
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest

from symbp import generate
from symbp.spec_file import network_from_table, worked_example
from tests.test_cli import symbp

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()


FORMULAS = (ROOT / "docs/formulas.md").read_text()
DOCUMENTS = (ROOT / "docs/documents.md").read_text()


def blocks(language: str, page: str = README) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


EXPERIMENTS = (ROOT / "docs/experiments.md").read_text()
COMMANDS = blocks("console") + blocks("console", DOCUMENTS) + blocks("console", EXPERIMENTS)


@pytest.mark.parametrize("block", COMMANDS, ids=lambda b: b.splitlines()[0])
def test_commands_print_what_the_readme_shows(block, tmp_path):
    """Line by line; a line `...` stands for any lines, a measured error for any other."""
    command, *expected = block.rstrip("\n").split("\n")
    arguments = shlex.split(command.removeprefix("$ symbp"))
    for folder in ("examples",):
        (tmp_path / folder).symlink_to(ROOT / folder)
    done = symbp(*arguments, cwd=tmp_path)
    pattern = "\n".join(".*" if line == "..." else re.escape(masked(line)) for line in expected)
    printed = "\n".join(map(masked, (done.stdout + done.stderr).rstrip().split("\n")))
    assert re.fullmatch(pattern, printed, re.DOTALL), printed


def masked(line: str) -> str:
    """A line without its measured errors, such as 1.7e-16, which differ between machines."""
    return re.sub(r"\d\.\de[-+]\d\d", "~", line.rstrip())


def test_four_commands_lead_from_a_formula_to_a_verified_module(tmp_path):
    """docs/formulas.md, its commands in order in one folder."""
    for block in blocks("console", FORMULAS):
        command, *expected = block.rstrip("\n").split("\n")
        done = symbp(*shlex.split(command.removeprefix("$ symbp")), cwd=tmp_path)
        pattern = "\n".join(".*" if line == "..." else re.escape(line) for line in expected)
        assert re.fullmatch(pattern, (done.stdout + done.stderr).rstrip(), re.DOTALL), command


def test_the_table_of_symbols_in_the_documents_is_one(tmp_path):
    """docs/documents.md, a notation of one's own."""
    block, _ = blocks("toml", DOCUMENTS)
    path = tmp_path / "mine.toml"
    path.write_text(block)
    done = symbp("export", "-f", "md", "--notation", path, "--parts", "backward", "-o", "-")
    assert r"\epsilon_{q} = h'(a_{q})\, \sum_{r} \epsilon_{r}\, u_{qr}" in done.stdout


SPECS = blocks("toml") + blocks("toml", FORMULAS)


@pytest.mark.parametrize("block", SPECS, ids=lambda b: b.splitlines()[0])
def test_specs_are_read(block):
    """Each spec shown is a valid one."""
    assert network_from_table(tomllib.loads(block, parse_float=Decimal)).parameters


def test_code_shown_is_generated():
    """The lines of Python shown stand in the generated module."""
    (shown,) = [b for b in blocks("python") if ">>>" not in b]
    assert shown.rstrip() in generate(worked_example())


@pytest.mark.parametrize("page", [README, EXPERIMENTS], ids=["README", "experiments"])
def test_python_examples_run(page):
    """The interactive sessions are true, one after the other."""
    session = "\n".join(b for b in blocks("python", page) if ">>>" in b)
    test = doctest.DocTestParser().get_doctest(session, {}, "sessions", None, 0)
    assert doctest.DocTestRunner().run(test).failed == 0
