"""Evidence in every kind of file, through a worker: each case tells where its value stands, or why there is none."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from itertools import count

import pytest
import pytest_asyncio

from models.errors import UnusableEvidence
from tests.evidence_files import bomb, encrypted, packed, pdf, scan, statement, statements, workbook
from tests.workflows.arena import Arena
from tests.workflows.market import Stall, market
from tests.workflows.people import Play

pytestmark = pytest.mark.asyncio

_STALLS = count()


@pytest_asyncio.fixture(scope="module")
async def opened(stage: Arena) -> AsyncIterator[Play]:
    """A market of its own, with nobody named yet."""
    yield await stage.start(market("evidence", stalls=8), at="data_owner_id")


@pytest.fixture
def stall(opened: Play) -> Stall:
    """The next stall."""
    return Stall(opened, next(_STALLS))


def records(stall: Stall) -> list[dict[str, str]]:
    """The ledger's record of each key of a stall."""
    tiny = stall.play.tiny
    return [{"id": key, **{name.upper(): tiny.value(key, name) for name in tiny.names}} for key in stall.keys]


def sheet(stall: Stall, *wanted: str) -> bytes:
    """A workbook with a title above the header, amounts as numbers, keys as text."""
    rows = [list(record.values()) for record in records(stall) if record["id"] in wanted]
    amounts = [[row[0], *map(float, row[1:])] for row in rows]
    return workbook({"Notes": [["nothing here"]], "Ledger": [["Ledger as of March"], [], ["id", "A1", "A2"], *amounts]})


async def test_three_kinds_of_files_prove_one_owner(stall: Stall) -> None:
    """Two records in a workbook, two in statements, two in gzip: all match, each with the place of its value."""
    play, keys = stall.play, stall.keys
    await play.assign({stall.ann: stall.pairs})
    await play.upload(stall.ann, sheet(stall, *keys[:2]), name="ledger.xlsx")
    await play.upload(stall.ann, statements(*records(stall)[2:4]), name="statements.pdf")
    rest = stall.evidence(without=range(4))
    await play.upload(stall.ann, packed(rest), name="rest.csv.gz")
    cases = {(case.record_key, case.attribute): case for case in await play.cases(stall.ann)}
    assert {"match"} == {case.outcome for case in cases.values()}
    assert ["sheet 'Ledger', cell B4", "rest.csv: column A1, row 2"] == [
        cases[keys[at], "a1"].locator for at in (0, 4)]
    assert cases[keys[3], "a2"].locator.startswith("page 2, box ")
    assert cases[keys[3], "a2"].locator.endswith(" (label 'A2')")
    await play.judge_evidence(stall.ann)
    await play.review(stall.ann)
    await play.event(stall.ann, "completed")


@pytest.mark.parametrize(("make", "problem"), [
    (lambda: encrypted(statements({"id": "r1"})), "is encrypted: it asks for a password"),
    (scan, "is a scan: its pages hold no text"),
    (bomb, "is a ZIP bomb: xl/worksheets/sheet1.xml unpacks to more than 400 times its size"),
], ids=["encrypted", "scan", "bomb"])
async def test_what_cannot_be_read_is_told_to_its_cases_only(
    stall: Stall, make: Callable[[], bytes], problem: str
) -> None:
    """The document is on record with the reason; what another document proves stays, the next one proves the rest."""
    play = stall.play
    await play.assign({stall.ann: stall.pairs})
    await play.upload(stall.ann, stall.evidence(without=range(3, 6)), name="half.csv")
    answer = await play.upload(stall.ann, make(), name="broken")
    assert (6, problem) == (answer.result["covered"], answer.result["problem"])
    told = {case.outcome: case.explanation for case in await play.cases(stall.ann)}
    assert ({"match", "unreadable"}, f"broken {problem}") == (set(told), told["unreadable"])
    assert {"to_accept": 6, "returned": 6} == await stall.states(stall.ann)
    await play.upload(stall.ann, stall.evidence(without=range(3)), name="rest.csv")
    assert {"to_accept": 12} == await stall.states(stall.ann)


async def test_an_unreadable_revision_takes_the_place_of_the_one_before(stall: Stall) -> None:
    """Whoever replaces a document by one that cannot be read has its cases back."""
    play = stall.play
    await play.assign({stall.ann: stall.pairs})
    await play.upload(stall.ann, stall.evidence(), name="ledger.csv")
    await play.upload(stall.ann, scan(), name="ledger.csv")
    assert {"returned": 12} == await stall.states(stall.ann)


async def test_the_wrong_file_changes_nothing(stall: Stall) -> None:
    """Readable, and none of the keys in it: refused, with a key that was asked for."""
    play = stall.play
    await play.assign({stall.ann: stall.pairs})
    wrong = pdf(statement({"id": "x99", "A1": "1", "A2": "2"}))
    with pytest.raises(UnusableEvidence, match=r"holds none of the 6 keys"):
        await play.upload(stall.ann, wrong, name="wrong.pdf")
    assert {"open": 12} == await stall.states(stall.ann)


async def test_a_value_that_is_nowhere_is_not_found(stall: Stall) -> None:
    """The record is in the document, the value is not: back to the owner, unless another document stands for it."""
    play, record = stall.play, records(stall)[0]
    await play.assign({stall.ann: stall.pairs})
    half = statements({name: value for name, value in record.items() if name != "A2"})
    await play.upload(stall.ann, half, name="half.pdf")
    assert [("a1", "match"), ("a2", "not_found")] == [
        (case.attribute, case.outcome) for case in await play.cases(stall.ann) if case.record_key == record["id"]]
    other = statements({name: value for name, value in record.items() if name != "A1"})
    await play.upload(stall.ann, other, name="other.pdf")
    assert [("a1", "half.pdf"), ("a2", "other.pdf")] == [
        (case.attribute, case.document) for case in await play.cases(stall.ann) if case.record_key == record["id"]]


async def test_two_values_are_told_with_both_places(stall: Stall) -> None:
    """The same record twice with another value: a person decides, and sees where both stand."""
    play, record = stall.play, records(stall)[0]
    await play.assign({stall.ann: stall.pairs})
    await play.upload(stall.ann, statements(record, {**record, "A1": "7"}), name="two.pdf")
    (case,) = [case for case in await play.cases(stall.ann) if case.outcome == "needs_review"]
    assert ("a1", 2) == (case.attribute, case.locator.count("label 'A1'"))
    assert f"'{record['A1']}' in page 1, box" in case.explanation
    assert "'7' in page 2, box" in case.explanation
