"""`symbp report`: the whole homework for any network, in one document.

Input: a network and flags.  Output: files.  Imports command and terminal; the rest on call.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from symbp.command import command, flag
from symbp.errors import OutputError
from symbp.option_words import Lang, Written
from symbp.spec import Network
from symbp.terminal import console, waiting


@command
def report(
    network: Network,
    format: Annotated[
        list[Written] | None, flag("md, html, tex or pdf; repeatable; none: html.", "Options")
    ] = None,
    lang: Annotated[Lang, typer.Option(help="en or zh: the language of all sentences.")] = Lang.en,
    questions: Annotated[
        str | None, flag("Only these: 1, 2, 3, 3a to 3h, landscape, 4, as 3c,3f.", "Options")
    ] = None,
    steps: Annotated[int, typer.Option(help="Of each training.")] = 1000,
    notation: Annotated[
        str | None, flag("Of the derivation: course, prml, watermelon, matrix, index.", "Options")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="A folder; none: generated/NAME.", show_default=False),
    ] = None,
) -> None:
    """Do the whole homework: derivation, numbers, code, every question, with reasons.

    The derivation, one step in numbers, the generated NumPy against torch, and what changes
    with ReLU, other losses, learning rates, random and zero weights: each with a table, a
    picture and an explanation. Every number is computed now.

    [bold]Examples[/]

      symbp report

      symbp report --format md --format pdf --lang zh -o report

      symbp report examples/sine_fit_h2.toml --questions 3a,3f --steps 2000
    """
    from symbp.document.export import FORMATS, file_name, write_documents
    from symbp.document.tables import notation as read_notation
    from symbp.experiments.report import answer_all, report_document
    from symbp.experiments.report.build import chosen

    wanted = chosen(questions)
    if notation is not None:
        read_notation(notation, lang.value)
    if output is not None and (
        output.is_file() or output.suffix[1:] in FORMATS or str(output) == "-"
    ):
        found = f"found {output}, expected a folder"
        raise OutputError("--output", found, "A report has pictures beside it: give a folder.")
    with waiting():
        whole, answers = answer_all(network, wanted, steps)
        document = report_document(whole, answers, lang.value, notation)
    folder = output or Path("generated") / network.name
    formats = [f.value for f in format or [Written.html]]
    single = len(set(formats)) == 1
    place = folder / file_name(document, formats[0]) if single else folder
    written, error = write_documents(document, formats, place)
    for path in written:
        console(stderr=True).print(f"wrote {path}", markup=False)
    if error is not None:
        raise error
