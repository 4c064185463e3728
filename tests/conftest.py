"""What all tests share: a cache of stable forms of their own, so that no run depends on another."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True, scope="session")
def own_cache(worker_folder: Path):
    """Keep searched forms in a folder of this run, shared by its workers."""
    before = os.environ.get("SYMBP_CACHE")
    os.environ["SYMBP_CACHE"] = str(worker_folder)
    yield
    if before is None:
        del os.environ["SYMBP_CACHE"]
    else:
        os.environ["SYMBP_CACHE"] = before


@pytest.fixture(scope="session")
def worker_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the workers of one run share."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    folder = shared / "stable_forms"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
