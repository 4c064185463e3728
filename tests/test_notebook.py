"""What a notebook shows: well-formed HTML, escaped, with the numbers that the text form has."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import pytest

import symbp
from symbp.errors import SpecError
from symbp.html_table import html_table
from symbp.notebook import MOST_LAYERS, MOST_LINES
from symbp.spec_file import read_network, worked_example
from symbp.verify.random_networks import Trials, random_network
from symbp.verify.report import Comparison, Report

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.toml"))
HOSTILE = '<script>alert("1")</script><img src=x onerror=y>&amp;\'{{ 7*7 }}'
VOID = {"br"}
RUNS = {"script", "img", "iframe", "object", "embed", "link", "style", "form", "svg"}


class Checker(HTMLParser):
    """Holds tags to be closed in order, and collects text and the tags used."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def checked(html: str) -> Checker:
    """Parse and check: nothing left open, nothing that runs or loads."""
    checker = Checker()
    checker.feed(html)
    checker.close()
    assert not checker.open
    assert not checker.tags & RUNS
    assert not any(name.startswith("on") or name in ("src", "href") for name in checker.attributes)
    ET.fromstring(f"<div>{html.replace('<br>', '<br/>')}</div>")  # MathML in it is XML
    return checker


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_networks_and_derivations_of_the_gallery_show_themselves(path):
    """Every layer, parameter and line is there."""
    network = read_network(path)
    shown = checked(network._repr_html_())
    for name, sizes in network.parameters.items():
        assert f"{name} {' × '.join(map(str, sizes)) or 'one number'}" in shown.text
    assert (network.title or network.name) in shown.text
    derivation = symbp.derive(network)
    lines = checked(derivation._repr_html_())
    assert "math" in lines.tags
    for line in derivation.lines:
        assert f"[{line.number}]" in lines.text
        assert line.equation.origin in lines.text


@pytest.mark.parametrize("seed", range(10))
def test_any_network_shows_itself(seed):
    """Every kind of layer, activation and loss, tied weights, class targets."""
    network = random_network(seed)
    checked(network._repr_html_())
    derivation = symbp.derive(network)
    checked(derivation._repr_html_())
    for line in derivation.backward:
        checked(line._repr_html_())


def test_lines_show_their_steps():
    """Each step with its rule, its reason and both sides."""
    line = symbp.derive(worked_example()).line("dZ1")
    html = line._repr_html_()
    shown = checked(html)
    assert html.count("<li>") == len(line.steps) > 3
    for step in line.steps:
        assert step.rule in shown.text
        assert step.reason in shown.text
    assert line._repr_latex_().startswith(r"$$\frac{\partial E}{\partial Z^{(1)}_{nj}} = ")


def test_derivatives_are_quotients():
    """Forward lines have none; each line behind is one of the loss, by what it is named after."""
    network = symbp.Network(sizes=[2, 2], activation="z*exp(-beta*z)", learned={"beta": 1})
    derivation = symbp.derive(network)
    for line in derivation.forward:
        assert "∂" not in line._repr_html_()
    for line in derivation.backward:
        assert line._repr_html_().startswith(f"<p>[{line.number}] <math")
        assert "<mfrac" in line._repr_html_().partition("=</mo>")[0]
    assert "<mi>β</mi>" in derivation.line("dbeta1")._repr_html_().partition("=</mo>")[0]


def test_numbers_stand_in_the_evaluation():
    """Formula, numbers put in and value of every line, as in its text."""
    evaluation = symbp.evaluate(worked_example(), digits=9, exact=True)
    shown = checked(evaluation._repr_html_())
    for line in evaluation.lines:
        for part in (line.name, line.formula, line.put_in, f"{line.relation} {line.text}"):
            assert part in shown.text
    assert "9 significant digits" in shown.text


def test_many_numbers_are_cut_and_few_are_whole():
    """784 inputs are not printed; four weights are."""
    small = checked(worked_example()._repr_html_()).text
    assert "[[0.2, 0.5], [-0.4, 0.6]]" in small
    network = symbp.Network(sizes=[784, 16, 10], example={"seed": 0, "samples": 2})
    html = network._repr_html_()
    assert "16 × 784 numbers" in checked(html).text
    assert "drawn from seed 0" in html
    assert len(html) < 5000


def test_deep_networks_are_cut_and_say_so():
    """The first and the last lines stay, and the count is right."""
    network = symbp.Network(sizes=[2] * 202)
    shown = checked(network._repr_html_())
    hidden = len(network.layers) + 1 - MOST_LAYERS
    assert f"and {hidden} more layers" in shown.text
    assert "W201 2 × 2" in shown.text
    derivation = symbp.derive(network)
    lines = checked(derivation._repr_html_())
    assert len(derivation.lines) > MOST_LINES
    numbers = sum(f"[{line.number}]" in lines.text for line in derivation.lines)
    assert f"{len(derivation.lines) - numbers} more lines" in lines.text
    assert f"[{len(derivation.lines)}]" in lines.text


def test_hostile_text_arrives_as_text():
    """Titles and formulas, tables and documents."""
    network = symbp.Network(
        sizes=[2, 2], title=HOSTILE, activation="where(z < 1 and z > 0, z, 2*z)", learned={},
        example={"seed": 0, "samples": 1},
    )  # fmt: skip
    assert HOSTILE in checked(network._repr_html_()).text
    derivation = symbp.derive(network)
    checked(derivation._repr_html_())
    checked(symbp.evaluate(network)._repr_html_())
    row = Comparison(HOSTILE, HOSTILE, 1, 0.0, 0.0, 1e-12)
    report = checked(Report(HOSTILE, (row,))._repr_html_())
    assert report.text.count(HOSTILE) == 3
    assert "passed" in report.text
    assert HOSTILE in checked(html_table(HOSTILE, [HOSTILE], [[HOSTILE]], HOSTILE)).text
    assert "<script" not in symbp.export(network, "html", notation="prml")


def test_a_failed_report_says_so():
    """Also where nothing was compared."""
    assert "FAILED" in checked(Report("none", ())._repr_html_()).text
    wrong = Comparison("torch", "W1", 4, 1.0, 1.0, 1e-12)
    assert "FAILED" in checked(Report("one", (wrong,))._repr_html_()).text
    assert "FAILED" in checked(Trials({}, 1e-12, ())._repr_html_()).text
    trials = checked(Trials({3: 2.5e-16, 4: 1e-17}, 1e-12, ())._repr_html_()).text
    assert "2.5e-16" in trials
    assert "FAILED" not in trials


def test_studies_show_every_property():
    """The rows of the text form, formulas included."""
    from symbp.study.view import study_rows

    study = symbp.activation_report("where(z > 0, z, z/5)")
    shown = checked(study._repr_html_()).text
    for label, text in study_rows(study):
        assert label in shown
        assert text in shown


def test_export_is_the_command():
    """Each format; the same text as `symbp export` writes."""
    from symbp.document.command import export

    network = worked_example()
    for format in ("md", "tex", "html", "json"):
        text = symbp.export(network, format, parts=["forward", "numbers"])
        result = export(
            network, [format], None, "en", ("forward,numbers", None, False), 6, Path("-")
        )
        assert text == result.screen
    assert "0.562177" in symbp.export(network)
    assert "0.5622" in symbp.export(network, digits=4, lang="zh")
    assert json.loads(symbp.export(network, "json"))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"format": "pdf"}, "a PDF is no text"),
        ({"format": "docx"}, "unknown format 'docx'"),
        ({"notation": "prlm"}, "Did you mean 'prml'"),
        ({"parts": "loss"}, "parts: found 'loss'"),
        ({"parts": ["los"]}, "Did you mean 'loss'"),
        ({"parts": []}, "parts: no part is left"),
        ({"lang": "de"}, "lang"),
    ],
)
def test_export_refuses_what_it_does_not_know(options, text):
    """One message that says where and what to do."""
    with pytest.raises(SpecError, match=text):
        symbp.export(symbp.Network(sizes=[2, 2]), **options)


def test_networks_and_reports_show_themselves_in_latex():
    """The forward pass, and a table of comparisons whose text stays text."""
    network = symbp.Network(sizes=[2, 2, 2], name="my_net")
    shown = network._repr_latex_()
    assert shown.startswith("$$\\begin{aligned}")
    assert shown.count("&=") == 5
    assert r"\sum_{i} W^{(1)}_{ji}" in shown
    report = symbp.verify(worked_example())
    table = report._repr_latex_()
    assert table.startswith(r"$$\begin{array}{lllllll}")
    assert table.count(r"\text{torch}") == sum(c.oracle == "torch" for c in report.comparisons)
    assert r"worked\_example" in table
    assert "worked_example" not in table.replace("\\_", "")
