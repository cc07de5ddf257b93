"""Help: every command has one, with an example of that very command, without any server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cyclopts import App

from cli.main import NOUNS, build, main


def commands(app: App, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of every command."""
    for name in app:
        if not name.startswith("-"):
            yield (*path, name)
            yield from commands(app[name], (*path, name))


def leaves() -> list[tuple[str, ...]]:
    """The commands that do something."""
    every = sorted(set(commands(build())))
    return [words for words in every if not any(other[:-1] == words for other in every)]


@pytest.mark.parametrize("words", leaves(), ids=" ".join)
def test_every_command_has_an_example(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` ends well and shows how the command is typed."""
    assert 0 == main([*words, "--help"])
    assert f"Example: python starter.py {' '.join(words)}" in " ".join(capsys.readouterr().out.split())


def test_every_noun_is_there() -> None:
    """The nouns of the command line are those that it announces."""
    assert set(NOUNS) <= {words[0] for words in leaves()}


def test_root_says_that_nobody_is_authenticated(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever reads the help knows what --as is worth."""
    main(["--help"])
    assert "is not authenticated" in capsys.readouterr().out


@pytest.mark.parametrize("words", ["cycle strat", "cycle list --output xml", "nonsense", "cycle show"])
def test_wrong_usage_ends_with_2(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A word that is not known and one that is missing are said on stderr."""
    assert 2 == main(words.split())
    assert capsys.readouterr().err.startswith("error[bad_input]: ")
