"""How long documents take, after import: of the worked example and of 784-512-256-10.

Each row is measured several times in turn with the others and the smallest time is kept, as other
work on the machine only adds to it.
"""

from __future__ import annotations

import argparse
import time

from symbp import Network, derive
from symbp.document.build import build_document
from symbp.document.export import document_text
from symbp.document.tables import NAMES, builtin
from symbp.spec_file import worked_example

FORMATS = ("tex", "html", "md")


def measured(network: Network, notation: str) -> tuple[float, dict[str, int]]:
    """Seconds from the network to the text of all formats, and bytes of each."""
    start = time.perf_counter()
    document = build_document(network, derive(network), builtin(notation))
    texts = {format: document_text(document, format) for format in FORMATS}
    seconds = time.perf_counter() - start
    return seconds, {format: len(text.encode()) for format, text in texts.items()}


def main(arguments: list[str]) -> None:
    """Print one row a network and notation."""
    parser = argparse.ArgumentParser(prog="benchmarks documents")
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args(arguments).rounds
    networks = {"2-2-2": worked_example(), "784-512-256-10": Network(sizes=[784, 512, 256, 10])}
    rows = [(name, kind) for name in networks for kind in NAMES]
    best: dict[tuple[str, str], float] = {}
    sizes: dict[tuple[str, str], dict[str, int]] = {}
    first: dict[str, float] = {}
    for _ in range(rounds):
        for name, kind in rows:
            seconds, sizes[name, kind] = measured(networks[name], kind)
            first.setdefault(name, seconds)
            best[name, kind] = min(best.get((name, kind), seconds), seconds)
    print("| network | notation | tex + html + md | tex | html | md |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, kind in rows:
        kilobytes = " | ".join(f"{size / 1000:.0f} kB" for size in sizes[name, kind].values())
        print(f"| {name} | {kind} | {best[name, kind]:.2f} s | {kilobytes} |")
    for name, seconds in first.items():
        print(f"\nFirst document of {name}, nothing cached: {seconds:.2f} s.")
