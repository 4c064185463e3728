"""Documents in LaTeX compile: no error, nothing sticks out, every reference lands, text is text."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import symbp as package
from symbp.document.breaking import lines, width
from symbp.document.build import build_document
from symbp.document.export import document_text
from symbp.document.formula import Formula, Literal
from symbp.document.tables import builtin
from symbp.document.tex import BREAK, escape, tex
from symbp.spec import Network
from symbp.spec_file import read_with_flags
from symbp.tree import Name, Power, Product, Sum
from tests.gallery import documents
from tests.test_cli import symbp

ROOT = Path(__file__).resolve().parent.parent
INSTALL = "apt-get install texlive-xetex texlive-latex-recommended texlive-lang-chinese lmodern"
CI = os.environ.get("CI") == "true"
GALLERY = sorted(path for path in documents() if path.suffix == ".tex")
# Longer ones that are not checked in: sums in fractions, wide matrices, conditions.
MORE = [
    ("layernorm_residual", "index", "en"), ("batch_norm", "matrix", "en"),
    ("own_layers", "matrix", "en"), ("bilinear_layer", "watermelon", "en"),
    ("worked_relu_cross_entropy", "course", "zh"),
]  # fmt: skip


def needs(program: str) -> None:
    """Skip where a program is missing; in CI it may not be missing."""
    if shutil.which(program) is None:
        if CI:
            pytest.fail(f"{program} is not installed, and this is CI")
        pytest.skip(f"{program} is not installed: {INSTALL}")


def compiled(source: str, folder: Path, program: str = "xelatex") -> str:
    """The log of the second run, which must not fail."""
    (folder / "document.tex").write_text(source)
    command = [program, "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error",
               "document.tex"]  # fmt: skip
    for _ in range(2):
        done = subprocess.run(command, cwd=folder, capture_output=True)
        assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]
    return (folder / "document.log").read_text(errors="replace")


def document(name: str | None, kind: str, lang: str) -> str:
    """A document of the gallery as LaTeX."""
    spec = None if name is None else ROOT / f"examples/{name}.toml"
    network = read_with_flags(spec, {})
    built = build_document(network, package.derive(network), builtin(kind), lang)
    return document_text(built, "tex")


@pytest.mark.parametrize("path", GALLERY, ids=lambda p: p.stem)
def test_the_gallery_compiles(path, tmp_path):
    """Every .tex below generated/: nothing overfull, undefined, doubled or missing."""
    needs("xelatex")
    assert_clean(compiled(path.read_text(), tmp_path))


@pytest.mark.parametrize(("name", "kind", "lang"), MORE)
def test_a_document_compiles(name, kind, lang, tmp_path):
    """The same of documents that are not checked in."""
    needs("xelatex")
    assert_clean(compiled(document(name, kind, lang), tmp_path))


def assert_clean(log: str) -> None:
    """No overfull box above 5 pt, no undefined or doubled label, no missing character."""
    assert [b for b in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log) if float(b) > 5] == []
    for complaint in ("undefined", "multiply defined", "Missing character", "LaTeX Error"):
        assert complaint not in log


@pytest.mark.parametrize("kind", ["course", "matrix"])
def test_fifty_digits_stay_on_the_page(kind, tmp_path):
    """Long numbers go over several lines, and lose none of their digits."""
    needs("xelatex")
    network = read_with_flags(None, {})
    derivation = package.derive(network)
    built = build_document(
        network, derivation, builtin(kind), parts=["weights", "numbers"], digits=50
    )
    source = document_text(built, "tex")
    assert_clean(compiled(source, tmp_path))
    value = package.evaluate(network, 50)["E"].text
    assert value in re.sub(r"\\allowbreak\{\}|\s", "", source)


def test_english_compiles_with_pdflatex(tmp_path):
    """For those who have no xelatex."""
    needs("pdflatex")
    log = compiled(document(None, "prml", "en"), tmp_path, "pdflatex")
    assert "undefined" not in log


HOSTILE = (
    r"\input{/etc/passwd} \write18{ls} 100% {{x}} <% if %> << y >> #1 & a_b^c ~ $d$"
    r" \end{document} `q'"
)


def test_user_text_arrives_as_text(tmp_path):
    """A title full of commands is printed, and none of them is run."""
    needs("xelatex")
    needs("pdftotext")
    network = Network(sizes=[2, 2], title=HOSTILE)
    built = build_document(network, package.derive(network), builtin("prml"), parts=["loss"])
    source = document_text(built, "tex")
    compiled(source, tmp_path)
    text = subprocess.run(
        ["pdftotext", "document.pdf", "-"], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    plain = re.sub(r"\s|[`'‘’]", "", text)
    assert re.sub(r"\s|[`'‘’]", "", HOSTILE) in plain
    assert "root:" not in text


def test_a_chinese_title_of_an_english_document(tmp_path):
    """No character is missing."""
    needs("xelatex")
    network = Network(sizes=[2, 2], title="反向传播 by hand")
    built = build_document(network, package.derive(network), builtin("prml"), parts=["loss"])
    assert_clean(compiled(document_text(built, "tex"), tmp_path))


def test_a_title_of_one_long_word_stays_on_the_page(tmp_path):
    """It is broken, and nothing of it is lost."""
    needs("xelatex")
    word = "".join(chr(97 + k % 26) for k in range(300))
    network = Network(sizes=[2, 2], title=word)
    built = build_document(network, package.derive(network), builtin("prml"), parts=["loss"])
    source = document_text(built, "tex")
    assert_clean(compiled(source, tmp_path))
    assert word in source.replace(BREAK, "")


def test_escape_leaves_no_command():
    """Every backslash in the result is one of escape's own."""
    shown = escape(HOSTILE)
    words = "backslash|asciicircum|asciitilde|less|greater|bar|quotedbl|asciigrave"
    own = rf"\\text({words})\{{\}}|\\[{{}}$&#%_]"
    assert "\\" not in re.sub(own, "", shown)


def test_a_pdf_without_tex_leaves_its_source(tmp_path):
    """Exit code 2, what to install, and the .tex; no half PDF."""
    done = symbp("export", "--format", "pdf", "--parts", "loss", cwd=tmp_path, PATH="")
    assert done.returncode == 2
    assert "no TeX is installed" in done.stderr
    assert "apt-get install texlive-xetex" in done.stderr
    written = [p.name for p in tmp_path.rglob("*") if p.is_file()]
    assert written == ["worked_example_course.tex"]


def test_a_pdf_is_made(tmp_path):
    """With TeX, the PDF and the .tex beside it."""
    needs("xelatex")
    done = symbp("export", "--format", "pdf", "--parts", "loss", "-o", "x.pdf", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "x.pdf").read_bytes().startswith(b"%PDF")
    assert (tmp_path / "x.tex").exists()


def test_broken_lines_fit_and_lose_nothing():
    """Sums in fractions in sums: each line has room, and together they have every number."""
    numbers = [f"{k}.25" for k in range(10, 60)]
    leaves = {n: Literal(n) for n in numbers}
    names = [Name(n) for n in numbers]
    inner = Sum(tuple((-1 if k % 3 else 1, n) for k, n in enumerate(names[:20])))
    node = Sum((
        (1, Product(1, (inner, names[20]), (Name(numbers[21]),))),
        (-1, Power(Sum(tuple((1, n) for n in names[22:40])), 2)),
        (1, Product(-1, tuple(names[40:]))),
    ))  # fmt: skip
    formula = Formula(node, leaves)
    for room in (30.0, 62.0, 90.0):
        found = lines(formula, room)
        assert max(map(width, found)) <= room + 4
        assert re.findall(r"\d+\.25", "".join(found)) == numbers
    whole = lines(formula, 1e6)
    assert whole == (tex(formula),)
