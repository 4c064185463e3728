"""Pages of the site that are made when it is built: tutorial, command line, gallery.

Input: docs/tutorial.py, the commands, examples/ and generated/.  Output: pages and files for
mkdocs.  A cell, a spec or a link that fails stops the build.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parent.parent.parent
WORKED = "worked_example"
OWN = ("Arguments", "Options")
CODE = {".py": "{}", ".c": "{}, source", ".h": "{}, header"}
FORMS = {"": "in matrices", "scalar": "by name", "numba": "by name, numba", "c": "C"}
FORMATS = {".md": "Markdown", ".tex": "LaTeX", ".html": "HTML", ".json": "JSON", ".pdf": "PDF"}
# In the gallery beside the usual notation: the worked example in every one, and in Chinese.
MORE = [("course", "zh"), ("prml", "en"), ("watermelon", "en"), ("watermelon", "zh"),
        ("matrix", "en"), ("index", "en")]  # fmt: skip


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages, and the files that the gallery links to."""
    made: dict[str, str | bytes] = {
        "tutorial.md": tutorial(ROOT / "docs/tutorial.py"), "commands.md": commands(),
    }  # fmt: skip
    page, linked = gallery()
    made |= {"gallery.md": page, **linked}
    for name, content in made.items():
        files.append(File.generated(config, name, content=content))
    return files


def on_page_markdown(markdown: str, **kwargs: Any) -> str:
    """Links to the script of the tutorial, which work in the repository, lead to its page."""
    return markdown.replace("](tutorial.py)", "](tutorial.md)")


def tutorial(path: Path) -> str:
    """The script as Markdown, each cell with what it gives; run here, without a server."""
    import jupytext
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output
    from traitlets.config import Config

    plain = {"HistoryManager": {"enabled": False}, "InteractiveShell": {"colors": "nocolor"}}
    parts: list[str] = []
    values: list[object] = []
    with tempfile.TemporaryDirectory() as folder:
        shell = InteractiveShell(config=Config(plain), ipython_dir=folder)
        shell.display_trap.hook = values.append
        for cell in jupytext.read(path).cells:
            if cell.cell_type == "markdown":
                parts.append(cell.source)
                continue
            parts.append(fenced(cell.source.replace("  # fmt: skip", ""), "python"))
            with capture_output(display=False) as given:
                result = shell.run_cell(cell.source)
            if not result.success or given.stderr:
                raise PluginError(f"{path}: a cell fails.\n{given.stdout}\n{given.stderr}")
            if given.stdout:
                parts.append(fenced(given.stdout.rstrip(), "text"))
            while values:
                value = values.pop(0)
                parts += [] if value is None else [shown(shell.display_formatter.format(value)[0])]
    return "\n\n".join(parts) + "\n"


def shown(data: dict[str, Any]) -> str:
    """One output of a cell: HTML where the object has some, else text."""
    if "text/html" not in data:
        return fenced(data["text/plain"], "text")
    line = " ".join(data["text/html"].split("\n"))  # an empty line would end the block for Markdown
    return f'<div class="output">{line}</div>'


def fenced(text: str, language: str) -> str:
    """A block of code, whatever it has in it."""
    return f"`````{language}\n{text}\n`````"


def commands() -> str:
    """The commands as their help says, each flag that describes a network said once."""
    import typer

    from symbp.cli import app
    from symbp.command import FLAGS

    group = typer.main.get_command(app)
    shared: dict[str, list[Any]] = {}
    parts = ["# Command line", prose(group.help)]
    for name, command in group.commands.items():
        takes = any(p.name == "torch" for p in command.params)
        own = [p for p in command.params if not takes or p.name not in (*FLAGS, "torch")]
        for p in command.params:
            panel = shared.setdefault(p.rich_help_panel or "", [])
            if p not in own and p.name not in [q.name for q in panel]:
                panel.append(p)
        more = "The [network flags](#flags-that-describe-a-network) too." if takes else ""
        parts += [f"## symbp {name}", prose(command.help), options(own), more]
    parts.append("## Flags that describe a network")
    for panel, params in shared.items():
        if params:
            parts += [f"### {panel}", options(params)]
    return "\n\n".join(filter(None, parts)) + "\n"


def prose(text: str) -> str:
    """Help as Markdown: what is indented are commands."""
    parts = []
    for block in text.replace("[bold]", "**").replace("[/]", "**").split("\n\n"):
        if not block.startswith("  "):
            parts.append(block)
        elif parts and parts[-1].startswith("`````"):
            parts[-1] = f"{parts[-1][:-6]}\n{block.strip()}\n`````"
        else:
            parts.append(fenced(block.strip(), "sh"))
    return "\n\n".join(parts)


def options(params: list[Any]) -> str:
    """A table of options."""
    rows = ["| option | what it does |", "| --- | --- |"]
    for p in params:
        names = [f"`{n}`" for n in (*p.opts, *p.secondary_opts)]
        if p.param_type_name == "argument":
            names = [f"`{p.name.upper()}`"]
        default = ""
        if p.show_default and p.default not in (None, False, True):
            default = f" Default: `{getattr(p.default, 'value', p.default)}`."
        rows.append(f"| {', '.join(names)} | {cell(p.help or '')}{default} |")
    return "\n".join(rows) if params else ""


def cell(text: str) -> str:
    """Text for a cell of a Markdown table: nothing in it is a mark."""
    return re.sub(r"([\\`*_{}\[\]<>|#])", r"\\\1", " ".join(text.split()))


def gallery() -> tuple[str, dict[str, str | bytes]]:
    """The page, and by path every file that it links to: specs, modules, documents."""
    from symbp.spec_file import read_network, worked_example

    paths = {p.stem: p for p in sorted((ROOT / "examples").glob("*.toml"))}
    names = [WORKED, *(name for name in paths if name != WORKED)]
    linked: dict[str, str | bytes] = {}
    rows = ["| example | spec | code | documents |", "| --- | --- | --- | --- |"]
    for name in names:
        network = read_network(paths[name]) if name in paths else worked_example()
        specs, modules, documents = [], [], []
        if name in paths:
            linked[f"gallery/{name}.toml"] = paths[name].read_bytes()
            specs.append(f"[{name}.toml](gallery/{name}.toml)")
        for path in sorted((ROOT / "generated" / name).glob("*.*")):
            where = f"gallery/{name}/{path.name}"
            linked[where] = path.read_bytes()
            if path.suffix in CODE:
                form = path.stem.removeprefix(name).strip("_").replace("_", ", ")
                kind = FORMS.get(form, form)
                modules.append(f"[{CODE[path.suffix].format(kind)}]({where})")
            else:
                documents.append(f"[{path.stem}, {FORMATS[path.suffix]}]({where})")
        for file, text, title in exported(name, network):
            where = f"gallery/{name}/{file}"
            if where not in linked:
                linked[where] = text
                documents.append(f"[{title}]({where})")
        cells = (cell(network.title or network.name), *map(", ".join, (specs, modules, documents)))
        rows.append(f"| {' | '.join(cells)} |")
    intro = (ROOT / "docs/hooks/gallery.md").read_text(encoding="utf-8")
    for path in sorted((ROOT / "generated/report").glob("*.html")):
        linked[f"gallery/report/{path.name}"] = path.read_bytes()
        rows.append(f"\nThe whole homework for the worked example: [{path.stem}]"
                    f"(gallery/report/{path.name}).")  # fmt: skip
    return f"{intro}\n" + "\n".join(rows) + "\n", linked


def exported(name: str, network: Any) -> Iterator[tuple[str, str, str]]:
    """Documents that are made here: file, text and title of each."""
    from symbp import export
    from symbp.document.command import default_notation

    usual = default_notation(network)
    for notation, lang in [(usual, "en"), *(MORE if name == WORKED else [])]:
        suffix = "" if lang == "en" else f"_{lang}"
        text = export(network, "html", notation, lang)
        title = notation if lang == "en" else f"{notation} in Chinese"
        yield f"{network.name}_{notation}{suffix}.html", text, title
