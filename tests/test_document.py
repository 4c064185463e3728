"""`symbp export` and `symbp why`: formats, parts, files, languages, and what they refuse."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

import symbp as package
from symbp.document.build import ON, PARTS, build_document
from symbp.document.command import default_notation
from symbp.document.export import document_text
from symbp.document.model import Steps, Table
from symbp.document.naming import Naming
from symbp.document.tables import NAMES, builtin, notation
from symbp.errors import SpecError, SymbpError
from symbp.spec import Network
from symbp.spec_file import read_with_flags, worked_example
from tests.test_cli import ok, symbp

BAD = tomllib.loads((Path(__file__).parent / "bad_notations.toml").read_text())["tables"]
DEEP = Network(sizes=[2, 3, 2, 2], bias="per-unit", activation=["tanh", "relu", "sigmoid"])


def text(format: str, kind: str = "course", network: Network | None = None, **options) -> str:
    """A document as text."""
    chosen = network or worked_example()
    document = build_document(chosen, package.derive(chosen), builtin(kind), **options)
    return document_text(document, format)


@pytest.mark.parametrize("format", ["tex", "md", "html", "json"])
def test_the_same_network_gives_the_same_bytes(format):
    """No clock, no order of hashes."""
    assert text(format) == text(format)


def test_prml_reads_as_in_the_book():
    """Eqs. 5.48, 5.49, 5.53, 5.54 and 5.56."""
    shown = text("md", "prml")
    for formula in (
        r"a_{j} = \sum_{i} w_{ji}\, x_{i} \tag{1}",
        r"z_{j} & = h(a_{j})",
        r"\frac{\partial E}{\partial w_{ji}} = \delta_{j}\, x_{i} \tag{9}",
        r"\delta_{k} = (y_{k} - t_{k})\, h'(a_{k})",
        r"\delta_{j} = h'(a_{j})\, \sum_{k} \delta_{k}\, w_{kj}",
    ):
        assert formula in shown, formula


def test_the_watermelon_book_has_thresholds_and_increments():
    """Eqs. 5.3, 5.10 to 5.15: f(beta - theta), g and e, and the four updates."""
    network = Network(
        sizes=[2, 2, 2], bias="per-unit", example={"seed": 0, "samples": 1}, loss="half_sse"
    )
    shown = text("md", "watermelon", network)
    for formula in (
        r"\alpha_{h} = \sum_{i} v_{ih}\, x_{i}",
        r"\hat{y}_{j} & = f(\beta_{j} - \theta_{j})",
        r"g_{j} = (y_{j} - \hat{y}_{j})\, \hat{y}_{j}\, (1 - \hat{y}_{j}) \tag{6}",
        r"e_{h} = b_{h}\, (1 - b_{h})\, \sum_{j} g_{j}\, w_{hj}",
        r"\Delta w_{hj} = \eta\, g_{j}\, b_{h}",
        r"\Delta \theta_{j} = -\eta\, g_{j}",
        r"\Delta v_{ih} = \eta\, e_{h}\, x_{i}",
        r"\Delta \gamma_{h} = -\eta\, e_{h}",
    ):
        assert same(formula) in same(shown), formula


def same(formula: str) -> str:
    """Factors in any order: eta g b is g b eta."""
    return re.sub(r"[^=\n$]*\\eta[^=\n$]*", lambda m: _sorted(m[0]), formula)


def _sorted(product: str) -> str:
    sign = "-" if product.strip().startswith("-") else ""
    factors = product.strip().removeprefix("-").split(r"\, ")
    return f" {sign}{' '.join(sorted(f.strip() for f in factors))}"


def test_the_course_has_the_names_of_the_scalar_view():
    """w1, net_h1, out_o1, delta_h1: symbols spell the names that `evaluate` prints."""
    network = worked_example()
    derivation = package.derive(network)
    naming = Naming(builtin("course"), network, derivation)
    equations = (*naming.system.forward(), *naming.system.backward())
    named = 0
    for equation in equations:
        quantity, place = naming.system.owner(equation.target)
        if naming.quantities[quantity].role == "adjoint" and not naming.role(quantity):
            continue
        symbol = naming.symbol(quantity, place=place)
        below = "".join(piece.removeprefix("~") for piece in symbol.below)
        spelt = f"{symbol.base}_{below}" if below else symbol.base
        assert spelt.replace("w_", "w").replace("x_", "x") == equation.target.name
        named += 1
    assert named == 13


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_reference_has_its_equation(kind, lang):
    """In all notations, of a deep network too; equation numbers are unique."""
    for network in (worked_example(), DEEP):
        document = build_document(network, package.derive(network), builtin(kind), lang)
        numbers = [row.number for _, row in document.rows() if row.number]
        assert len(numbers) == len(set(numbers))
        lines = {str(line.number) for line in package.derive(network).lines}
        found = {n.partition(".")[0] for n in numbers if not n.startswith("M")}
        assert lines <= {re.sub(r"[a-z]+$", "", n) for n in found}


def test_every_backward_line_has_its_steps_with_reasons():
    """Rule, equality and reason; the derivation's own, and its sources."""
    network = worked_example()
    derivation = package.derive(network)
    document = build_document(network, derivation, builtin("index"), parts=["backward"])
    blocks = [b for b in document.sections[0].blocks if isinstance(b, Steps)]
    assert [b.number for b in blocks] == [str(line.number) for line in derivation.backward]
    for block in blocks:
        assert block.steps
        assert all(step.rule and step.reason for step in block.steps)
    assert any("Bishop" in step.source for b in blocks for step in b.steps)


@pytest.mark.parametrize("part", [p for p in PARTS if p != "verification"])
def test_each_part_can_stand_alone_and_be_left_out(part):
    """--parts X gives one section, --without X all others."""
    alone = json.loads(text("json", parts=[part]))
    assert [s["key"] for s in alone["sections"]] == [part]
    rest = json.loads(text("json", parts=[p for p in ON if p != part]))
    assert [s["key"] for s in rest["sections"]] == [p for p in ON if p != part]


def test_chinese_documents_have_no_english_sentence():
    """Headings, tables and reasons; names of the catalogue and of books stay."""
    document = json.loads(text("json", "prml", lang="zh"))
    words = re.compile(r"\b(the|of|and|is|each|with|layer|weights|loss)\b")
    for section in document["sections"]:
        assert not words.search(section["title"])
        for block in section["blocks"]:
            for sentence in sentences({k: v for k, v in block.items() if k != "lines"}):
                bare = re.sub(r"Bishop.*|PRML.*", "", sentence)
                assert not words.search(bare), sentence


def sentences(value):
    """Every string of a JSON value that is no formula, key or name."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for inner in value:
            yield from sentences(inner)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in ("latex", "symbols", "kind", "number", "source", "key", "code"):
                yield from sentences(inner)


def test_large_networks_stay_short():
    """784-512-256-10: no scalar is written out, each format is below 300 KB."""
    network = Network(sizes=[784, 512, 256, 10])
    for format in ("tex", "md", "html"):
        shown = text(format, "index", network)
        assert len(shown.encode()) < 300_000
        assert "w_{1}" not in shown


@pytest.mark.parametrize("table", BAD, ids=lambda t: t["text"][:40])
def test_a_wrong_table_is_refused(table, tmp_path):
    """With the file, the entry, and what to do; a table may also not fit a network."""
    path = tmp_path / "mine.toml"
    path.write_text(table["text"])
    network = worked_example()
    with pytest.raises(SymbpError) as found:
        build_document(network, package.derive(network), notation(str(path)))
    assert table["said"] in str(found.value)
    assert "\n  " in str(found.value)


def test_a_table_of_the_users_own(tmp_path):
    """What it leaves out is as in the notation it is like; it may have any name."""
    path = tmp_path / "mine.toml"
    path.write_text('like = "prml"\n[symbols]\nweight = "u_{from unit}"\n')
    network = worked_example()
    document = build_document(network, package.derive(network), notation(str(path)))
    shown = document_text(document, "md")
    assert r"a_{j} = \sum_{i} u_{ij}\, x_{i}" in shown
    assert document.notation == "mine"


def test_unknown_parts_languages_and_formats_are_refused():
    """From Python as from the command line."""
    with pytest.raises(SpecError, match="part 'foo'"):
        text("md", parts=["foo"])
    with pytest.raises(SpecError, match="lang"):
        text("md", lang="fr")
    with pytest.raises(SpecError, match="format"):
        text("docx")


BROKEN = [
    ("--notation foo", "unknown notation 'foo'"),
    ("--notation nofile.toml", "nofile.toml: cannot be read: no such file"),
    ("--parts foo", "unknown part 'foo'"),
    ("--parts forward --without loss", "stands beside --without"),
    ("--parts ,", "no part is left"),
    ("--format tex --format md -o x.tex", "one file for 2 formats"),
    ("--format md -o x.tex", "x.tex is named as tex, and the format is md"),
    ("--format pdf -o -", "no PDF"),
    ("--digits 0", "expected a whole number from 1 to 1000"),
]


@pytest.mark.parametrize(("arguments", "said"), BROKEN, ids=[b[0] for b in BROKEN])
def test_the_command_line_refuses(arguments, said, tmp_path):
    """Exit code 2, a remedy, no file."""
    done = symbp("export", *arguments.split(), cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert "\n  " in done.stderr
    assert not list(tmp_path.rglob("*"))


def test_files_are_named_after_network_notation_and_language(tmp_path):
    """Without -o below generated/; what was written is said in the language of the document."""
    done = symbp(
        "export", "--format", "md", "--format", "json", "--notation", "prml", "--lang", "zh",
        "--parts", "loss", cwd=tmp_path,
    )  # fmt: skip
    folder = tmp_path / "generated/worked_example"
    names = {p.name for p in folder.iterdir()}
    assert names == {"worked_example_prml_zh.md", "worked_example_prml_zh.json"}
    assert "已写出" in done.stderr
    assert "## 损失函数" in (folder / "worked_example_prml_zh.md").read_text()


def test_the_screen_takes_a_document():
    """-o - prints it."""
    shown = ok("export", "--format", "md", "--parts", "forward", "-o", "-")
    assert shown.startswith("# One step of a 2-2-2 network")
    assert r"\mathrm{net}_{\mathrm{h}1} = w_{1}\, x_{1} + w_{3}\, x_{2} \tag{1.1}" in shown


def test_verified_adds_the_table():
    """One row a comparison, all of them below the tolerance."""
    document = json.loads(
        ok("export", "--format", "json", "--parts", "loss", "--verified", "-o", "-")
    )
    assert [s["key"] for s in document["sections"]] == ["loss", "verification"]
    table = document["sections"][1]["blocks"][1]
    assert len(table["rows"]) >= 5
    for row in table["rows"]:
        assert float(row[3][0]) <= float(row[4][0])


def test_why_shows_paths_factors_delta_and_code():
    """The worked example, w1: two paths, nine factors, value to six digits, the line of code."""
    shown = ok("why", "w1")
    assert shown.count("dE/dout_o") == 2 + 2
    assert shown.count("derivative of line") == 8
    assert "≈ -0.00842148" in shown
    assert "dW1 = dZ1.T @ X  # (H, D) [9]" in shown


@pytest.mark.parametrize("name", ["w3", "W1[0,1]", "dW1[0,1]", "dE/dw3", "dw3"])
def test_why_takes_a_weight_by_any_of_its_names(name):
    """As a number, as an entry of its matrix, as a gradient."""
    assert ok("why", name) == ok("why", "w3")


def test_why_refuses_what_is_no_weight():
    """With the nearest name."""
    done = symbp("why", "w9")
    assert done.returncode == 2
    assert "unknown weight 'w9'" in done.stderr


def test_why_in_chinese():
    """The same numbers, other words."""
    shown = ok("why", "w5", "--lang", "zh")
    assert "路径求和" in shown
    assert shown.splitlines()[-1] == ok("why", "w5").splitlines()[-1]


def test_long_tables_say_where_the_rest_is():
    """Thirty rows, and how many more there are; a network of many numbers is written in indices."""
    network = Network(sizes=[4, 8, 6, 3], activation="tanh", example={"seed": 3, "samples": 5})
    assert default_notation(network) == "index"
    assert default_notation(Network(sizes=[2, 2, 2])) == "course"
    document = build_document(network, package.derive(network), builtin("index"), parts=["numbers"])
    tables = [b for b in document.sections[0].blocks if isinstance(b, Table) and len(b.heads) == 5]
    assert max(len(t.rows) for t in tables) == 31
    texts = ["".join(map(str, row[1])) for t in tables for row in t.rows if len(t.rows) == 31]
    assert any("more: " in text and "evaluate" in text for text in texts)


def test_the_diagram_has_a_column_for_every_layer():
    """Norms and activations one to one or all to all, an index as one node; of many layers some."""
    examples = Path(__file__).resolve().parent.parent / "examples"
    found = {}
    for name in ("batch_norm_relu", "embedding", "layernorm_residual"):
        network = read_with_flags(examples / f"{name}.toml", {})
        document = build_document(
            network, package.derive(network), builtin("index"), parts=["diagram"]
        )
        (found[name],) = document.sections[0].blocks
    texts = {name: [text for _, text in picture.columns] for name, picture in found.items()}
    assert texts["batch_norm_relu"] == [
        "inputs (3)", "hidden (4)", "batchnorm (4)", "activation (4)", "outputs (2)",
    ]  # fmt: skip
    assert len(found["batch_norm_relu"].edges) == 3 * 4 + 4 + 4 + 4 * 2
    assert texts["embedding"][:2] == ["inputs (1)", "embedding (3)"]
    assert texts["layernorm_residual"][4] == "residual + 2 (5)"
    assert all(node.label for picture in found.values() for node in picture.nodes)
    deep = Network(sizes=[2] * 20)
    document = build_document(deep, package.derive(deep), builtin("index"), parts=["diagram"])
    (picture,) = document.sections[0].blocks
    assert len(picture.columns) == 9
    assert picture.columns[4][1] == ".."
    assert len(picture.edges) == 6 * 4
