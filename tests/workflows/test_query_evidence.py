"""Evidence by query: an owner hands in a SELECT, the tester accepts it, then it runs and its rows are evidence."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from methods.evidence.queries import check_query
from models.cycle_file import Source
from models.errors import UnusableEvidence, WrongState
from models.messages import Answer, Verb
from models.payloads import EvidenceVerdict
from models.queries.evidence import DocumentLine, documents
from models.queries.inbox import work_waiting
from tests.workflows.arena import Arena
from tests.workflows.market import Stall, market
from tests.workflows.people import Play
from tests.workflows.tiny import TESTER, Tiny

pytestmark = pytest.mark.asyncio
ADDRESS = "ASSAY_SOURCE_LEDGER"
QUERY = b"SELECT id, A1, A2 FROM ledger"
SPEC = {"engine": "sqlite", "address": ADDRESS, "tables": ["ledger"], "timeout_seconds": 1}
_STALLS = count()


class Registered(Tiny):
    """A cycle whose ledger is a database."""

    def cycle_file(self) -> dict[str, Any]:
        """The same, with the address's name; both attributes count as one."""
        file = super().cycle_file()
        file["field_groups"] = {"Amounts": self.names}
        file["sources"][0]["query"] = SPEC
        return file


def shape(stalls: int) -> Tiny:
    """A market whose ledger is a database."""
    plain = market("queries", stalls=stalls)
    return Registered(cycle=plain.cycle, lines=plain.lines, records=plain.records, owners=plain.owners)


@pytest_asyncio.fixture(scope="module")
async def opened(stage: Arena) -> AsyncIterator[Play]:
    """A market of its own, with nobody named yet."""
    yield await stage.start(shape(5), at="data_owner_id")


@pytest.fixture
def stall(opened: Play) -> Stall:
    """The next stall."""
    return Stall(opened, next(_STALLS))


@pytest.fixture
def ledger(opened: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The ledger as the worker reaches it: every record agrees with the report."""
    tiny, path = opened.tiny, tmp_path / "ledger.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE ledger (id TEXT, A1 NUMERIC, A2 NUMERIC)")
        connection.executemany("INSERT INTO ledger VALUES (?, ?, ?)", [
            (key, *(tiny.value(key, name) for name in tiny.names)) for key in tiny.keys])
    connection.close()
    monkeypatch.setenv(ADDRESS, path.as_uri())
    return path


async def papers(stall: Stall) -> list[DocumentLine]:
    """Ann's documents, as lists show them."""
    play = stall.play
    async with play.session.reader.begin() as tx:
        return await documents(tx, play.tiny.slug, owner=stall.ann)


async def accept(stall: Stall, *revisions: int) -> Answer:
    """The tester accepts these revisions."""
    payload = EvidenceVerdict(verdict="accept", revisions=revisions)
    return await stall.play.act(TESTER, Verb.JUDGE_EVIDENCE, payload, phase="request_info", owner=stall.ann)


async def waiting(stall: Stall) -> list[str]:
    """What inboxes say of Ann's work."""
    play = stall.play
    (cycle,) = await play.read("select id from cycle_report where slug = :slug", slug=play.tiny.slug)
    async with play.session.reader.begin() as tx:
        return [line.state for line in await work_waiting(tx, cycle.id) if line.owner == stall.ann]


async def test_it_runs_once_it_is_accepted(stall: Stall, ledger: Path) -> None:
    """Before, nothing is covered; after, its rows are a document that names the query, and every case matches."""
    play = stall.play
    await play.assign({stall.ann: stall.pairs})
    handed_in = await play.hand_in(stall.ann, QUERY, name="ledger.sql")
    assert ({"open": 12}, ["open", "query"]) == (await stall.states(stall.ann), await waiting(stall))
    (asked,) = await papers(stall)
    await accept(stall, asked.id)
    await play.executed(stall.ann)
    assert ({"to_accept": 12}, ["to_accept"]) == (await stall.states(stall.ann), await waiting(stall))
    assert {"match"} == {case.outcome for case in await play.cases(stall.ann)}
    told, result = await papers(stall)
    query = check_query(QUERY, source=Source(**play.tiny.cycle_file()["sources"][0]), name="")
    assert ("ledger.sql", "query over ledger; runs when accepted", 0) == (told.document, told.read_as, told.covered)
    assert ("ledger.sql result", "system", f"rows of ledger.sql revision 1, query SHA-256 {query.sha256}", 12) == (
        result.document, result.by, result.note, result.covered)
    assert play.session.store.get(result.sha256).startswith(b"id,A1,A2\nr0001,")
    assert 0 == handed_in.result["runs"]
    await play.judge_evidence(stall.ann)
    await play.review(stall.ann)
    assert {"concluded": 12} == await stall.states(stall.ann)


async def test_accepted_again_it_runs_again(stall: Stall, ledger: Path) -> None:
    """What has changed since is the result's next revision."""
    play = stall.play
    await play.assign({stall.ann: stall.pairs})
    await play.hand_in(stall.ann, QUERY, name="ledger.sql")
    (asked,) = await papers(stall)
    await accept(stall, asked.id)
    await play.executed(stall.ann)
    with sqlite3.connect(ledger) as connection:
        connection.execute("UPDATE ledger SET A1 = A1 + 1")
    connection.close()
    await accept(stall, asked.id)
    await play.executed(stall.ann)
    outcomes = [case.outcome for case in await play.cases(stall.ann)]
    assert (6, 6) == (outcomes.count("mismatch"), outcomes.count("match"))
    assert [1, 1, 2] == [line.revision for line in await papers(stall)]


async def test_one_that_fails_is_not_accepted(stall: Stall, monkeypatch: pytest.MonkeyPatch, ledger: Path) -> None:
    """Nothing has changed, and the tester is told why; neither does an address that nobody set."""
    play = stall.play
    await play.assign({stall.ann: stall.pairs})
    await play.hand_in(stall.ann, b"SELECT id, A1, missing AS A2 FROM ledger", name="ledger.sql")
    (asked,) = await papers(stall)
    with pytest.raises(UnusableEvidence, match="the query failed: no such column: missing"):
        await accept(stall, asked.id)
    monkeypatch.delenv(ADDRESS)
    with pytest.raises(WrongState, match=f"{ADDRESS} is not set"):
        await accept(stall, asked.id)
    assert [asked] == await papers(stall)


async def test_attributes_of_a_group_may_change_places(stall: Stall, ledger: Path) -> None:
    """What the source calls A2 may be filed as a1, since the two are one answer; the reason says so."""
    play = stall.play
    await play.assign({stall.ann: stall.pairs})
    await play.hand_in(stall.ann, b"SELECT id, A2 AS A1, A1 AS A2 FROM ledger", name="turned.sql")
    (asked,) = await papers(stall)
    await accept(stall, asked.id)
    await play.executed(stall.ann)
    cases = await play.cases(stall.ann)
    assert {"match"} == {case.outcome for case in cases}
    assert cases[0].explanation.startswith("in the group Amounts: reported ")
    assert all(re.fullmatch(r"column A1, row (\d+); column A2, row \1", case.locator) for case in cases)


async def test_what_is_no_query_is_refused(stall: Stall) -> None:
    """A source that is a database takes no files, and no query that does more than read."""
    play = stall.play
    await play.assign({stall.ann: stall.pairs})
    for data, why in ((stall.evidence(), "cannot be read as a query|not exactly one SELECT"),
                      (b"DELETE FROM ledger", "not exactly one SELECT"),
                      (b"SELECT id, A1 FROM secrets", "none of the source's tables")):
        with pytest.raises(UnusableEvidence, match=why):
            await play.hand_in(stall.ann, data, name="ledger.sql")
    assert [] == await papers(stall)
