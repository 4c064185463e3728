"""Files are written in full or not at all."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symbp import output
from symbp.errors import OutputError
from symbp.output import write_bytes, write_text


def refuse(number: int):
    """A function that fails as the system does."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


@settings(max_examples=50, deadline=None)
@given(text=st.text())
def test_text_comes_back_as_it_was(tmp_path_factory, text):
    """UTF-8, and no line end is changed on any system."""
    path = tmp_path_factory.getbasetemp() / "text.txt"
    write_text(path, text)
    assert path.read_bytes() == text.encode()


def test_folders_are_made_and_nothing_else(tmp_path):
    """Parents appear; the temporary name does not stay."""
    path = tmp_path / "a" / "b" / "c.py"
    write_text(path, "new\n")
    assert [p.name for p in path.parent.iterdir()] == ["c.py"]


def test_an_existing_file_is_replaced_and_keeps_its_mode(tmp_path):
    """Longer text leaves no tail; a script stays a script; a new file has the usual mode."""
    path, fresh = tmp_path / "run.py", tmp_path / "fresh.py"
    path.write_text("old " * 1000)
    path.chmod(0o755)
    write_text(path, "new")
    assert path.read_text() == "new"
    fresh.touch()
    usual = stat.S_IMODE(fresh.stat().st_mode)
    fresh.unlink()
    write_text(fresh, "new")
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o755
        assert stat.S_IMODE(fresh.stat().st_mode) == usual


def test_a_link_stays_a_link(tmp_path):
    """What it points to is replaced."""
    target, link = tmp_path / "target.txt", tmp_path / "link.txt"
    target.write_text("old")
    try:
        link.symlink_to(target)
    except OSError:
        pytest.skip("no links here")
    write_text(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="no devices here")
def test_a_device_is_written_to_and_not_replaced():
    """-o /dev/null must not turn it into a file, not even for root."""
    write_text(Path("/dev/null"), "text")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


@pytest.mark.parametrize("function", ["replace", "access"])
@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.EACCES, "may write"),
        (errno.EROFS, "may write"),
        (errno.ENOSPC, "space"),
        (errno.ENOENT, "drive"),
    ],
)
def test_failure_changes_nothing(tmp_path, monkeypatch, function, number, remedy):
    """Wherever it fails: the old file is whole, no temporary is left, a remedy is given."""
    path = tmp_path / "a.txt"
    path.write_text("old")
    monkeypatch.setattr(output.os, function, refuse(number))
    with pytest.raises(OutputError) as caught:
        write_text(path, "new")
    assert remedy in caught.value.remedy
    assert caught.value.where == str(path)
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]
    assert path.read_text() == "old"


def test_an_interrupt_leaves_no_temporary(tmp_path, monkeypatch):
    """Ctrl-C between writing and replacing."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(output.os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_bytes(tmp_path / "a.txt", b"new")
    assert not list(tmp_path.iterdir())


def test_paths_that_cannot_be_written(tmp_path):
    """A folder in the way, a file among the folders, a name too long, a null character."""
    (tmp_path / "file").write_text("x")
    for path, found, remedy in (
        (tmp_path, "is a directory", "a file in it"),
        (tmp_path / "file" / "a.txt", "cannot be written", "folders are folders"),
        (tmp_path / "file" / "b" / "a.txt", "cannot be written", "folders are folders"),
        (tmp_path / ("n" * 300), "name too long", "shorter"),
        (tmp_path / "a\0b", "is no path", "another name"),
    ):
        with pytest.raises(OutputError) as caught:
            write_text(path, "new")
        assert found in str(caught.value)
        assert remedy in caught.value.remedy
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_text_that_is_no_text(tmp_path):
    """A lone surrogate is refused before anything is opened."""
    with pytest.raises(OutputError, match="no character of UTF-8"):
        write_text(tmp_path / "a.txt", "a\udc80")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_file_is_not_replaced(tmp_path):
    """The folder's permission would do for replacing; the file's is asked as well."""
    path = tmp_path / "a.txt"
    path.write_text("old")
    path.chmod(0o444)
    with pytest.raises(OutputError, match="permission denied"):
        write_text(path, "new")
    assert path.read_text() == "old"
