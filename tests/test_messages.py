"""One table of sentences: each in every language, none missing, none left over."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from symbp.build import build_graph
from symbp.cli import app
from symbp.derive import derive
from symbp.document.build import PARTS
from symbp.document.words import OF_LAYERS
from symbp.messages import LANGUAGES, fill, say, table
from symbp.spec import Network
from symbp.stable.steps import RULES

ROOT = Path(__file__).resolve().parent.parent
# Keys that are put together: what stands before the slot, and what may stand there.
FAMILIES = {
    "part.": PARTS,
    "rule.": ("chain rule", "local derivative", "forward values", "contract", "add", "substitute",
              "known sum", "rearrange"),
    "meaning.": (
        "input", "target", "loss", "weight", "bias", "threshold", "preactivation", "sum",
        "activation", "delta", "minus delta", "prediction", "parameter", "parameter of loss",
        "constant", "constant of loss", "value", "value of loss", "one-hot",
        *OF_LAYERS.values(), "value of own layer", "parameter of own layer",
        "constant of own layer",
    ),
    "numbers.": ("quantity", "formula", "put in", "value", "equation"),
    "notation.": ("symbol", "meaning", "shape", "defined", "used"),
    "report.rates ": ("relu", "identity"),
    "verification.": (
        "oracle", "quantity", "compared", "error", "tolerance", "torch", "precision", "differences",
    ),
}  # fmt: skip
FAMILIES["reason."] = (*FAMILIES["rule."], *RULES, "chain rule, direct", "tangent")


def slots(text: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("key", table())
def test_each_sentence_is_there_in_every_language(key):
    """Not empty, with the same slots, and in Chinese no English words but names."""
    entry = table()[key]
    assert set(entry) == set(LANGUAGES)
    assert all(entry.values())
    assert len({frozenset(slots(text)) for text in entry.values()}) == 1
    bare = "".join(before for before, *_ in string.Formatter().parse(entry["zh"]))
    if entry["zh"] != entry["en"]:
        assert any("\u4e00" <= c <= "\u9fff" or c in "、。" for c in bare)


def keys_in_code() -> set[str]:
    """Every string of the package that is a key, or begins one that is put together."""
    found = set()
    for path in (ROOT / "symbp").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return found


def test_no_key_is_missing_and_none_is_unused():
    """What the code asks for is in the table, and the other way round."""
    in_code = keys_in_code()
    families = {f"{start}{end}" for start, ends in FAMILIES.items() for end in ends}
    unused = {k for k in table() if not k.startswith("help.")} - in_code - families
    assert unused == set()
    assert families <= set(table())


def test_every_rule_of_a_derivation_has_its_name_and_reason():
    """Networks that use every rule."""
    networks = [
        Network(sizes=[2, 3, 2], loss="cross_entropy", bias="per-unit"),
        Network(sizes=[2, 3, 2], loss="cross_entropy", targets="classes"),
    ]
    rules = set()
    for network in networks:
        for line in derive(build_graph(network)).backward:
            for step in line.steps:
                rules.add(step.rule)
                assert step.reason
                assert say(f"rule.{step.rule}", "zh")
    assert {"chain rule", "local derivative", "contract"} <= rules


def test_what_is_put_in_stays_as_it_is():
    """Braces and percent signs in a value are text."""
    assert say("notation.sizes", sizes="{x} %s {0}") == "Lengths of axes: {x} %s {0}."
    with pytest.raises(KeyError):
        fill("no such key", "en", {})
    with pytest.raises(KeyError):
        fill("notation.sizes", "en", {})


def texts_of_help(name):
    """What the help of a command says, in English."""
    found = get_command(app).commands[name]
    texts = {p.help for p in found.params} | {p.rich_help_panel or "Options" for p in found.params}
    texts |= {p for p in found.help.split("\n\n") if not p.strip().startswith("symbp ")}
    return texts | {"Show this message and exit.", "Arguments"}


ENGLISH = {entry["en"] for key, entry in table().items() if key.startswith("help.")}


def test_no_entry_for_help_is_unused():
    """Each belongs to one of the two commands."""
    assert texts_of_help("export") | texts_of_help("why") == ENGLISH


@pytest.mark.parametrize("name", ["export", "why"])
def test_the_help_of_commands_that_write_documents_is_spoken(name):
    """Every text of the help has its entry; the English one is what is shown without --lang."""
    shown = {lang: CliRunner().invoke(app, [name, "--lang", lang, "--help"]) for lang in LANGUAGES}
    assert [result.exit_code for result in shown.values()] == [0, 0]
    texts = texts_of_help(name)
    for entry in (e for e in table().values() if e["en"] in texts and len(e["zh"]) < 12):
        assert re.sub(r"\[.*?\]", "", entry["zh"]) in shown["zh"].stdout
    assert "Layer sizes" in shown["en"].stdout
    assert "Layer sizes" not in shown["zh"].stdout


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--parts", "los"], "是否想写“loss”"),
        (["--without", "los"], "是否想写“loss”"),
        (["--parts", "loss", "--without", "code"], "不能与 --without 同时使用"),
        (["--parts", ","], "没有剩下任何部分"),
        (["--notation", "prmx"], "是否想写“prml”"),
        (["-f", "pdf", "-o", "-"], "且不能是 PDF"),
    ],
)
def test_errors_of_the_options_are_spoken(flags, said):
    """Exit code 2, in the language asked for."""
    result = CliRunner().invoke(app, ["export", *flags, "--lang", "zh"])
    assert result.exit_code == 2
    assert said in re.sub(r"\s", "", result.stderr) or said in result.stderr
