"""Documents as text of each format, and as files.

Input: a document and a format.  Output: text, or files written in one piece.  Imports the
renderers on call: a format loads only its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from symbp.document.model import Document
from symbp.errors import SpecError, SymbpError

FORMATS = ("tex", "pdf", "md", "html", "json")
BESIDE = ("tex", "pdf", "md")  # formats whose pictures are files of their own


def document_text(document: Document, format: str) -> str:
    """The document in one of the text formats.

    Args:
        document: From `build_document`.
        format: "tex", "md", "html" or "json"; a PDF is made from its "tex".

    Raises:
        SpecError: any other format.
    """
    match format:
        case "tex" | "pdf":
            from symbp.document.latex_document import latex_document

            return latex_document(document)
        case "md":
            from symbp.document.markdown import markdown

            return markdown(document)
        case "html":
            from symbp.document.html import html_document

            return html_document(document)
        case "json":
            from symbp.document.structure import document_json

            return document_json(document)
    found = f"unknown format {format!r:.20}; known are {', '.join(FORMATS)}"
    raise SpecError("--format", found, "Choose one of these.")


def file_name(document: Document, format: str) -> str:
    """What the file of a document is called by itself: worked_example_prml_zh.tex.

    >>> from symbp.document.build import build_document
    >>> from symbp.document.tables import builtin
    >>> from symbp.pipeline import derive
    >>> from symbp.spec import Network
    >>> net = Network(sizes=[2, 2])
    >>> file_name(build_document(net, derive(net), builtin("prml"), "zh", ["loss"]), "tex")
    'network_prml_zh.tex'
    """
    lang = "" if document.lang == "en" else f"_{document.lang}"
    return f"{document.stem}{lang}.{format}"


def write_documents(
    document: Document, formats: Sequence[str], output: Path | None
) -> tuple[list[Path], SymbpError | None]:
    """Write a document in some formats.

    Drawn pictures are in an HTML file itself; for the others they are files in a folder beside
    them, written before the text that shows them.  A PDF that cannot be made leaves its .tex
    behind, so that it can be made elsewhere.

    Args:
        document: What to write.
        formats: Names of FORMATS.
        output: A file for one format, a folder for several; None is generated/NAME/.

    Returns:
        The files, and why a PDF is missing, if it is.

    Raises:
        SpecError: one file for several formats, or a file named as another format.
        OutputError: a file cannot be written.
    """
    from symbp.output import write_bytes, write_text

    paths = _paths(document, formats, output)
    written: dict[Path, None] = {}  # in order, each once: a PDF and its .tex share a file
    for path in (p for f, p in paths.items() if f in BESIDE):
        for name, data in document.charts.items():
            if path.parent / name not in written:
                write_bytes(path.parent / name, data)
                written[path.parent / name] = None
    for format, path in paths.items():
        text = document_text(document, format)
        if format != "pdf":
            write_text(path, text)
            written[path] = None
            continue
        from symbp.document.pdf import pdf

        source = path.with_suffix(".tex")
        write_text(source, text)
        written[source] = None
        try:
            write_bytes(path, pdf(text, document.lang, str(source), files=document.charts))
        except SymbpError as error:
            return list(written), error
        written[path] = None
    return list(written), None


def _paths(document: Document, formats: Sequence[str], output: Path | None) -> dict[str, Path]:
    wanted = list(dict.fromkeys(formats))
    if output is not None and len(wanted) == 1 and not output.is_dir():
        named = output.suffix.removeprefix(".")
        if named in FORMATS and named != wanted[0]:
            found = f"{output} is named as {named}, and the format is {wanted[0]}"
            raise SpecError("--output", found, f"Give --format {named}, or another name.")
        return {wanted[0]: output}
    if output is not None and len(wanted) > 1 and (output.is_file() or output.suffix):
        found = f"{output} is one file for {len(wanted)} formats"
        raise SpecError("--output", found, "Give a folder.")
    folder = output or Path("generated") / document.name
    return {format: folder / file_name(document, format) for format in wanted}
