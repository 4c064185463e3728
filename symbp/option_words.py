"""The words that options of the command line take.  Data only."""

from __future__ import annotations

from enum import StrEnum


class Format(StrEnum):
    """Output of `derive`."""

    text = "text"
    json = "json"
    latex = "latex"


class Report(StrEnum):
    """Output of `activation`."""

    text = "text"
    json = "json"


class Comparison(StrEnum):
    """Output of `compare`."""

    text = "text"
    md = "md"
    json = "json"


class Document(StrEnum):
    """Formats of `export`."""

    tex = "tex"
    pdf = "pdf"
    md = "md"
    html = "html"
    json = "json"


class Written(StrEnum):
    """Formats of `report`."""

    md = "md"
    html = "html"
    tex = "tex"
    pdf = "pdf"


class Lang(StrEnum):
    """Languages of documents."""

    en = "en"
    zh = "zh"


class Style(StrEnum):
    """Style of a generated module."""

    array = "array"
    scalar = "scalar"


class Target(StrEnum):
    """What code is generated for."""

    numpy = "numpy"
    numba = "numba"
    c = "c"


class Checked(StrEnum):
    """Which target is verified."""

    numpy = "numpy"
    numba = "numba"
    c = "c"
    all = "all"


class Blas(StrEnum):
    """Whose matrix products a workspace uses."""

    numpy = "numpy"
    scipy = "scipy"


class Dtype(StrEnum):
    """Floats that a network is trained in."""

    float64 = "float64"
    float32 = "float32"
