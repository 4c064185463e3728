"""LaTeX to PDF, by the TeX that is installed.

Input: the source of a .tex file.  Output: the bytes of the PDF.  Imports errors.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from symbp.errors import DependencyError, OutputError
from symbp.messages import say

ENGINES = {"en": ("xelatex", "pdflatex"), "zh": ("xelatex",)}
SECONDS = 300
NOTHING: Mapping[str, bytes] = MappingProxyType({})


def engine(lang: str) -> str | None:
    """The first TeX engine for a language that is installed; None if there is none."""
    return next((name for name in ENGINES[lang] if shutil.which(name)), None)


def pdf(
    source: str,
    lang: str,
    name: str,
    program: str | None = None,
    files: Mapping[str, bytes] = NOTHING,
) -> bytes:
    """Compile LaTeX twice, so that references are right.

    Args:
        source: The LaTeX.
        lang: "en" or "zh"; Chinese needs xelatex.
        name: For messages.
        program: "xelatex" or "pdflatex"; the first that is installed where not given.
        files: Pictures that the source shows, by their path.

    Raises:
        DependencyError: no TeX is installed.
        OutputError: TeX found an error; its first line is in the message.
    """
    chosen = program or engine(lang)
    if chosen is None:
        raise DependencyError("pdf", say("pdf.missing", lang), say("pdf.install", lang))
    with tempfile.TemporaryDirectory(prefix="symbp-") as folder:
        (Path(folder) / "document.tex").write_text(source, encoding="utf-8")
        for path, data in files.items():
            (Path(folder) / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / path).write_bytes(data)
        command = [chosen, "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error",
                   "document.tex"]  # fmt: skip
        for _ in range(2):
            try:
                done = subprocess.run(command, cwd=folder, capture_output=True, timeout=SECONDS)
            except subprocess.TimeoutExpired:
                found = f"{chosen} did not end within {SECONDS} s"
                raise OutputError(name, found, say("pdf.broken", lang)) from None
            if done.returncode:
                log = done.stdout.decode(errors="replace")
                error = re.search(r"^! *(.*)$", log, re.MULTILINE)
                found = f"{chosen}: {error[1] if error else 'no PDF was made'}".rstrip(". ")
                raise OutputError(name, found, say("pdf.broken", lang))
        return (Path(folder) / "document.pdf").read_bytes()
