"""The documents and modules that are checked in below generated/, and how to write them anew.

`python -m tests.gallery` writes all of them; tests/test_golden.py compares.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from symbp import derive
from symbp.document.build import build_document
from symbp.document.export import document_text, file_name
from symbp.document.model import Document
from symbp.document.tables import NAMES, builtin
from symbp.experiments.report import Answer, answer_all, report_document
from symbp.form import Form
from symbp.messages import LANGUAGES
from symbp.output import write_bytes, write_text
from symbp.pipeline import files
from symbp.spec import Network
from symbp.spec_file import read_with_flags, worked_example

ROOT = Path(__file__).resolve().parent.parent
FORMATS = ("tex", "md", "html")
REPORTS, REPORT_FORMATS = ROOT / "generated/report", ("md", "html")
SINE_STEPS = 3000
WORKED = (*((name, "en") for name in NAMES), ("course", "zh"), ("watermelon", "zh"))
# One more document each: a deep one, norms, a residual, a table, a layer of one's own, a large one.
OTHERS = (
    ("tanh_3_layers", "index"), ("layernorm_residual", "matrix"), ("embedding", "matrix"),
    ("bilinear_layer", "index"), ("mnist_784_128_10", "index"), ("sine_fit_h2", "prml"),
    ("worked_sigmoid_cross_entropy", "course"), ("bias_shared_frozen", "watermelon"),
    ("own_layers", "matrix"), ("batch_norm_relu", "index"), ("dropout", "prml"),
    ("rms_norm", "matrix"), ("sine_fit_h10", "index"), ("worked_relu_mse", "course"),
)  # fmt: skip
EXAMPLES = sorted((ROOT / "examples").glob("*.toml"))
LARGEST_SCALAR = 100
# Batch norm sums over the samples and an embedding looks rows up: no formulas of one sample.
ARRAY_ONLY = ("batch_norm", "batch_norm_relu", "embedding")
# More modules: an optimizer, many runs, SciPy's products, numba, C.
MORE = {
    "worked_example": (
        Form(target="numba"),
        Form(target="c"),
        Form(second_order=True),
        Form("scalar", second_order=True),
    ),
    "sine_fit_h10": (Form(workspace=True, optimizer="adam"), Form(runs=True)),
    "mnist_784_128_10": (Form(workspace=True, blas="scipy"), Form(target="c")),
}


@cache
def forms() -> tuple[tuple[Path | None, Form, Path], ...]:
    """Spec, form and main file of everything that is generated."""
    return tuple(_forms())


def _forms() -> Iterator[tuple[Path | None, Form, Path]]:
    for spec in (None, *EXAMPLES):
        network = read_with_flags(spec, {})
        name = network.name
        by_name = network.weight_count <= LARGEST_SCALAR and name not in ARRAY_ONLY
        chosen = [Form(), Form(workspace=True), *[Form("scalar")] * by_name, *MORE.get(name, ())]
        for form in chosen:
            yield spec, form, ROOT / "generated" / name / f"{name}{form.suffix}.py"


@cache
def documents() -> dict[Path, tuple[Path | None, str, str]]:
    """Spec, notation and language of every document that is checked in, by its path."""
    chosen = [(None, kind, lang) for kind, lang in WORKED]
    chosen += [(ROOT / f"examples/{name}.toml", kind, "en") for name, kind in OTHERS]
    found = {}
    for spec, kind, lang in chosen:
        name = read_with_flags(spec, {}).name
        stem = f"{name}_{kind}{'' if lang == 'en' else f'_{lang}'}"
        for format in FORMATS:
            found[ROOT / "generated" / name / f"{stem}.{format}"] = (spec, kind, lang)
    return found


@cache
def built(spec: Path | None, kind: str, lang: str) -> Document:
    """The document, which takes seconds."""
    network = read_with_flags(spec, {})
    return build_document(network, derive(network), builtin(kind), lang)


def text_of(path: Path) -> str:
    """The text of a document of the gallery."""
    return document_text(built(*documents()[path]), path.suffix[1:])


@cache
def worked_report(lang: str) -> Document:
    """The report of the worked example, computed once for all languages."""
    return report_document(*_worked_answers(), lang)


@cache
def _worked_answers() -> tuple[Network, tuple[Answer, ...]]:
    return answer_all(worked_example())


@cache
def sine_report() -> Document:
    """The sine fit's edge of stability."""
    network = read_with_flags(ROOT / "examples/sine_fit_h10.toml", {})
    return report_document(*answer_all(network, ("3a", "4"), SINE_STEPS))


def charts() -> dict[str, bytes]:
    """The pictures of all reports, by their paths below REPORTS."""
    return {**worked_report("en").charts, **sine_report().charts}


def reports() -> Iterator[tuple[Path, str]]:
    """Path and text of every report."""
    sine = sine_report()
    yield REPORTS / file_name(sine, "md"), document_text(sine, "md")
    for lang in LANGUAGES:
        document = worked_report(lang)
        for format in REPORT_FORMATS:
            yield REPORTS / file_name(document, format), document_text(document, format)


if __name__ == "__main__":
    for spec, form, path in forms():
        for name, text in files(read_with_flags(spec, {}), form).items():
            write_text(path.with_name(name), text)
            print(f"wrote {path.with_name(name).relative_to(ROOT)}")
    for name, data in charts().items():
        write_bytes(REPORTS / name, data)
    for path, text in (*((path, text_of(path)) for path in documents()), *reports()):
        write_text(path, text)
        print(f"wrote {path.relative_to(ROOT)}")
