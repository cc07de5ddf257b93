"""The engine runs the whole course on the test server and answers as expected; no times are asserted."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from benchmarks.contestant import Addresses
from benchmarks.course import course
from benchmarks.measuring import WrongAnswer, run
from benchmarks.operations import TIMED
from benchmarks.ours import Ours
from models.settings import driver_url
from tests.databases import DatabaseUrls


def measured(urls: DatabaseUrls, ours: type[Ours], items: int) -> list[dict[str, Any]]:
    """The figures of a small course."""
    contestant = ours(Addresses(driver_url(urls.app), driver_url(urls.admin)))
    figures: list[dict[str, Any]] = []
    try:
        run(contestant, course(items, churn=5, versions=2), figures.append, reads=1)
    finally:
        contestant.close()
    return figures


@pytest.mark.nightly
@pytest.mark.asyncio
async def test_ours_answers_as_the_course_says(database: DatabaseUrls) -> None:
    """Every operation is measured, and no answer differs from the course's."""
    figures = await asyncio.to_thread(measured, database, Ours, 50)
    assert {figure["operation"] for figure in figures} == {op.name for op in TIMED} | {"disk", "wal"}


class Forgetful(Ours):
    """Loses an item of what it is asked for."""

    def as_of(self, number: int) -> Any:
        return super().as_of(number)[1:]


@pytest.mark.nightly
@pytest.mark.asyncio
async def test_a_wrong_answer_ends_the_run(database: DatabaseUrls) -> None:
    """Speed without the right answer counts for nothing."""
    with pytest.raises(WrongAnswer, match="as of: 19 answers, 20 keys"):
        await asyncio.to_thread(measured, database, Forgetful, 20)
