"""The documents that are checked in below generated/, and how to write them anew.

`python -m tests.gallery` writes all of them; tests/test_golden.py compares.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from symbp import derive
from symbp.document.build import build_document
from symbp.document.export import document_text, file_name
from symbp.document.tables import NAMES, builtin
from symbp.output import write_text
from symbp.spec_file import read_with_flags

ROOT = Path(__file__).resolve().parent.parent
FORMATS = ("tex", "md", "html")
WORKED = (*((name, "en") for name in NAMES), ("course", "zh"), ("watermelon", "zh"))
# One more document each: a deep one, norms, a residual, a table, a layer of one's own, a large one.
OTHERS = (
    ("tanh_3_layers", "index"), ("layernorm_residual", "matrix"), ("embedding", "matrix"),
    ("bilinear_layer", "index"), ("mnist_784_128_10", "index"), ("sine_fit_h2", "prml"),
    ("worked_sigmoid_cross_entropy", "course"), ("bias_shared_frozen", "watermelon"),
    ("own_layers", "matrix"), ("batch_norm_relu", "index"), ("dropout", "prml"),
    ("rms_norm", "matrix"), ("sine_fit_h10", "index"), ("worked_relu_mse", "course"),
)  # fmt: skip


@cache
def documents() -> tuple[tuple[Path, str], ...]:
    """Path and text of every document."""
    return tuple(_documents())


def _documents() -> Iterator[tuple[Path, str]]:
    chosen = [(None, kind, lang) for kind, lang in WORKED]
    chosen += [(ROOT / f"examples/{name}.toml", kind, "en") for name, kind in OTHERS]
    for spec, kind, lang in chosen:
        network = read_with_flags(spec, {})
        document = build_document(network, derive(network), builtin(kind), lang)
        for format in FORMATS:
            path = ROOT / "generated" / network.name / file_name(document, format)
            yield path, document_text(document, format)


if __name__ == "__main__":
    for path, text in documents():
        write_text(path, text)
        print(f"wrote {path.relative_to(ROOT)}")
