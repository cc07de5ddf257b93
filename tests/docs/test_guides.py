"""docs/guides holds: all pages together are one test cycle, typed as printed, and it shows what they say.

`ASSAY_RECORD=1 pytest tests/docs/test_guides.py` writes the outputs in the pages anew, from a real run.
"""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from difflib import unified_diff
from pathlib import Path

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from cli.client import Session
from models.errors import leaves as every_error
from models.settings import driver_url
from stack.postgres import PostgresServer
from tests.cli.test_help import leaves
from tests.docs.guide_pages import (
    DOCS,
    PAGES,
    Step,
    agrees,
    fill_in,
    masked,
    moved,
    recorded_on,
    rewrite,
    steps,
    untested,
)
from tests.docs.help_examples import FILLED, FITS, PARSED, example_of, parse, tried
from tests.typed import Typed, environment, typed

pytestmark = pytest.mark.asyncio(loop_scope="session")
WIDTH = "112"


@dataclass
class Course:
    """How the cycle went: what each step showed, what became of the examples, and why it came to a stop."""

    shown: dict[int, str] = field(default_factory=dict)
    tried: dict[str, Typed] = field(default_factory=dict)
    stopped: str = ""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def course(
    session: Session, postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Course]:
    """The cycle of the guides, played once from the first step to the last."""
    by = datetime.now(UTC).date() - recorded_on()
    played = Course()
    # The worker is in this process here; what it logs is on nobody's terminal.
    with pytest.MonkeyPatch.context() as patch, capture_logs():
        patch.chdir(tmp_path_factory.mktemp("desk"))
        patch.setenv("COLUMNS", WIDTH)
        patch.setenv("PATH", str(postgres_server.cluster.programs), prepend=os.pathsep)
        patch.setenv("READER", driver_url(session.endpoints.reader_url))
        for name, value in environment(session).items():
            patch.setenv(name, value)
        for step in steps():
            if not played.stopped:
                await _take(session, played, step, by)
    if os.environ.get("ASSAY_RECORD"):
        for page in PAGES:
            rewrite(page, played.shown, by)
    yield played


async def _take(session: Session, played: Course, step: Step, by: timedelta) -> None:
    """Take one step; the first command that ends otherwise than the page says stops the cycle."""
    if step.fill:
        fill_in(step.fill)
    for place, line in enumerate(step.commands, start=1):
        last = place == len(step.commands)
        wanted, awaited = (step.ends_with, step.awaited) if last else (0, "")
        done: Typed = await typed(session, moved(line, by), ends_with=wanted, shows=awaited)
        if done.code != wanted or not re.search(awaited, done.shown, re.DOTALL):
            played.stopped = f"{step.place}: {line}\nended with {done.code} instead of {wanted}:\n{done.shown}"
            return
        played.shown[step.number] = done.shown
    for command in FITS.get(step.number, ()):
        if command in FILLED:
            fill_in(FILLED[command])
        played.tried[command] = await typed(session, moved(tried(command), by), patience=5)


@pytest.mark.nightly
async def test_every_command_works_as_printed(course: Course) -> None:
    """From the first step to the last, each command ends as the page says."""
    assert "" == course.stopped


@pytest.mark.nightly
@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
async def test_outputs_are_those_of_a_real_run(page: Path, course: Course) -> None:
    """What a page shows is what the command shows, but for numbers, times and ids."""
    wrong = [step for step in steps() if step.page == page and step.shown is not None and step.number in course.shown
             and not agrees(step.shown, course.shown[step.number])]
    assert [] == [_difference(step, course.shown[step.number]) for step in wrong]


def _difference(step: Step, shown: str) -> str:
    said, real = ([masked(line) for line in text.splitlines()] for text in (step.shown or "", shown))
    return "\n".join([step.place, *unified_diff(said, real, "page", "real", lineterm="", n=1)])


async def test_errors_that_pages_name_exist() -> None:
    """A code in a table of what can go wrong is one that a command can end with."""
    named = {code for page in PAGES for code in _codes_on(page)}
    assert named
    assert set() == named - {error.code for error in every_error()}


def _codes_on(page: Path) -> list[str]:
    return re.findall(r"error\[(\w+)\]", page.read_text(encoding="utf-8"))


async def test_no_command_is_left_out() -> None:
    """Every block of commands in the guides is a step of the cycle."""
    assert [] == untested()


@pytest.mark.nightly
@pytest.mark.parametrize("command", [" ".join(words) for words in leaves()])
async def test_the_example_of_every_command_works(command: str, course: Course) -> None:
    """The example below `--help` is tried where it fits in the cycle of the guides; a few are only parsed."""
    if command in PARSED:
        parse(example_of(command))
    else:
        assert (0, command) == (course.tried[command].code, command), course.tried[command].shown


OTHERS = sorted(page for page in DOCS.glob("*.md") if page not in PAGES)


@pytest.mark.parametrize("page", OTHERS, ids=lambda page: str(page.name))
async def test_commands_on_other_pages_parse(page: Path) -> None:
    """What the pages for operators and developers tell people to type are commands that exist, with those options."""
    for line in _typed_on(page):
        parse(f"assay {line}")


def _typed_on(page: Path) -> list[str]:
    return re.findall(r"starter\.py ([a-z]+ [a-z][^`#\n]*)", page.read_text(encoding="utf-8"))
