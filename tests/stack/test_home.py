"""The home folder is held by one stack, and says who holds it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from models.errors import HomeUnusable, StackRunning
from stack.home import Home, passwords


def prepared(folder: Path) -> Home:
    """A home ready for use."""
    home = Home(folder / "home")
    home.prepare()
    return home


def test_a_second_stack_is_refused_and_told_who_holds_the_home(tmp_path: Path) -> None:
    """The message names the home and the process that holds it."""
    home = prepared(tmp_path)
    with home.lock(), pytest.raises(StackRunning, match=rf"'{home.root}' \(process {os.getpid()}\)"), home.lock():
        pass


def test_a_home_is_free_again_when_its_holder_is_gone(tmp_path: Path) -> None:
    """The lock ends with its block, whatever the file still says."""
    home = prepared(tmp_path)
    with home.lock():
        pass
    with home.lock() as descriptor:
        assert f"{os.getpid()}\n".encode() == os.pread(descriptor, 32, 0)


def test_what_is_inside_is_private(tmp_path: Path) -> None:
    """Nobody but the owner looks into the home's folders, whatever the umask is."""
    before = os.umask(0)
    try:
        home = prepared(tmp_path)
    finally:
        os.umask(before)
    assert {0o700} == {stat.S_IMODE(folder.stat().st_mode) for folder in (home.temporal, home.store, home.logs)}


def test_passwords_stay_the_same(tmp_path: Path) -> None:
    """They are drawn once; a second start opens the same database."""
    home = prepared(tmp_path)
    assert passwords(home) == passwords(home)


def test_lost_passwords_are_named(tmp_path: Path) -> None:
    """New passwords for old data would lock everybody out, so their loss is said instead."""
    home = prepared(tmp_path)
    (home.postgres / "data").mkdir(parents=True)
    with pytest.raises(HomeUnusable, match=r"passwords\.json' is missing"):
        passwords(home)


def test_a_file_in_place_of_the_home_is_named(tmp_path: Path) -> None:
    """A home that cannot be a folder gives an error with its name."""
    (tmp_path / "file").touch()
    with pytest.raises(HomeUnusable, match="file/home"):
        Home(tmp_path / "file" / "home").prepare()
