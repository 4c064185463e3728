"""A document as JSON: every section, equation, step and table, formulas in LaTeX and as text.

Input: a `Document`.  Output: JSON text.  Imports model and tex.
"""

from __future__ import annotations

import json
from typing import Any

from symbp.document.formula import Formula
from symbp.document.model import (
    Block,
    Chart,
    Code,
    Document,
    Equations,
    Inline,
    Listing,
    Paragraph,
    Picture,
    Points,
    Ref,
    Row,
    Steps,
    Table,
    Text,
)
from symbp.document.tex import symbol_tex, tex

FORMAT = 1


def document_json(document: Document) -> str:
    """The document as JSON text.

    >>> from symbp.document.build import build_document
    >>> from symbp.document.tables import builtin
    >>> from symbp.pipeline import derive
    >>> from symbp.spec import Network
    >>> net = Network(sizes=[2, 2, 2])
    >>> document = build_document(net, derive(net), builtin("prml"), parts=["forward"])
    >>> row = json.loads(document_json(document))["sections"][0]["blocks"][1]["rows"][0]
    >>> row["number"], row["left"]["latex"]
    ('1', 'a_{nj}')
    """
    content = {
        "format": FORMAT,
        "network": document.name,
        "title": document.title,
        "subtitle": document.subtitle,
        "notation": document.notation,
        "lang": document.lang,
        "sections": [
            {"key": s.key, "title": s.title, "blocks": [_block(b) for b in s.blocks]}
            for s in document.sections
        ],
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Paragraph(text):
            return {"kind": "paragraph", "text": _text(text)}
        case Equations(rows):
            return {"kind": "equations", "rows": [_row(r) for r in rows]}
        case Steps(number, steps):
            return {
                "kind": "steps",
                "of": number,
                "steps": [
                    {**_row(s.row), "rule": s.rule, "reason": _text(s.reason), "source": s.source}
                    for s in steps
                ],
            }
        case Table(caption, heads, rows):
            return {
                "kind": "table",
                "caption": _text(caption),
                "heads": [_text(h) for h in heads],
                "rows": [[_text(c) for c in row] for row in rows],
            }
        case Points(items):
            return {"kind": "points", "items": [_text(t) for t in items]}
        case Chart(name, description, _):
            return {"kind": "chart", "name": name, "description": description}
        case Listing(lines):
            return {"kind": "code", "lines": [{"text": x.text, "number": x.number} for x in lines]}
        case Picture():
            return {
                "kind": "diagram",
                "description": block.description,
                "nodes": [
                    {"column": n.column, "height": n.height, "kind": n.kind,
                     "label": n.label and _formula(n.label)}
                    for n in block.nodes
                ],
                "edges": [
                    {"start": e.start, "end": e.end, "label": e.label and _formula(e.label)}
                    for e in block.edges
                ],
            }  # fmt: skip


def _row(row: Row) -> dict[str, Any]:
    return {
        "number": row.number,
        "left": _formula(row.left),
        "rights": [{"relation": r, **_formula(f)} for r, f in row.rights],
        "note": _text(row.note),
    }


def _formula(formula: Formula) -> dict[str, Any]:
    symbols = [{"key": s.key, "latex": symbol_tex(s)} for s in formula.symbols]
    return {"latex": tex(formula), "symbols": symbols}


def _text(text: Text) -> list[Any]:
    return [_inline(part) for part in text]


def _inline(part: Inline) -> Any:
    match part:
        case str():
            return part
        case Formula():
            return _formula(part)
        case Ref(number):
            return {"equation": number}
        case Code(text):
            return {"code": text}
