"""Long work: a word on a terminal, silence elsewhere."""

from __future__ import annotations

import io
import threading

import pytest

from cli.progress import working


class Terminal(io.StringIO):
    """A stderr that a person looks at; `spoke` is set once anything is written."""

    def __init__(self) -> None:
        super().__init__()
        self.spoke = threading.Event()

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        written = super().write(text)
        if "storing" in text:
            self.spoke.set()
        return written


def test_a_terminal_is_told_what_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """The words appear while the work goes on, even when it holds this thread."""
    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr", terminal)
    with working("storing report.csv", after=0):
        assert terminal.spoke.wait(20)


def test_short_work_is_not_worth_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing flashes up."""
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    with working("storing report.csv", after=3600):
        pass
    assert "" == terminal.getvalue()


def test_a_pipe_is_told_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Logs stay free of spinners."""
    with working("storing report.csv", after=0):
        pass
    assert ("", "") == capsys.readouterr()


def test_errors_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the work raises is what the caller gets."""
    monkeypatch.setattr("sys.stderr", Terminal())
    with pytest.raises(OSError, match="disk full"), working("storing report.csv", after=0):
        raise OSError("disk full")
