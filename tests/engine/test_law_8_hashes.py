"""Law 8: digest, content hash and manifest are the database's own, over what it holds, and recompute for ever."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest

from tests.engine.builders import DENIED, Lab, Round, execute, item
from tests.engine.statements import CONTENT as CONTENT_OF_C
from tests.engine.statements import NEW_ITEM, revise

pytestmark = pytest.mark.asyncio(loop_scope="session")

DERIVED = "428C9"
CONTENT = ("natural_key", "digest", "tester_verdict", "tester_by", "tester_reason")
MANIFEST = (*CONTENT, "approver_verdict", "approver_by", "approver_reason")


async def recomputed(samples: Round, number: int, columns: tuple[str, ...]) -> str:
    """The hash over these columns of a version's items: a JSON array per item, a line each, in key order."""
    found = await samples.read(f"select {', '.join(columns)} from member where phase = :p and number = :n", n=number)
    lines = [json.dumps(list(row), ensure_ascii=False) for row in sorted(map(tuple, found))]
    return sha256("\n".join(lines).encode()).hexdigest()


async def hashes(samples: Round, number: int) -> tuple[Any, Any]:
    """The stored hashes of a version."""
    header = await samples.header(number)
    return header.content_hash, header.manifest_hash


async def test_the_digest_is_that_of_the_canonical_text(lab: Lab) -> None:
    """The database and the item itself compute the same digest."""
    samples = await lab.standing("draft")
    assert item("sample_selection", "A").digest() == (await samples.members(1))["A"].digest


@pytest.mark.parametrize("owner", [False, True])
@pytest.mark.parametrize("statement", [
    "insert into item_revision (phase, item, version, versions, origin, content, digest, by)"
    " values (:p, 1, 1, from_version(1), 'tester', '{}', 'forged', 'tina')",
    "update item_revision set digest = 'forged' where phase = :p",
])
async def test_nobody_writes_a_digest(lab: Lab, statement: str, owner: bool) -> None:
    """Not even the owner: the column is derived from the content."""
    await (await lab.standing("draft")).attack(DERIVED, statement, owner=owner)


async def test_content_is_not_changed_beneath_its_digest(lab: Lab) -> None:
    """The application writes content once."""
    await (await lab.standing("draft")).attack(DENIED, "update item_revision set content = '{}' where phase = :p")


@pytest.mark.parametrize("column", ["content_hash", "manifest_hash", "submitted_at", "decided_at"])
async def test_hashes_and_times_are_not_the_applications_to_say(lab: Lab, column: str) -> None:
    """They are set by the transition, or not at all."""
    await (await lab.standing("draft")).attack(
        DENIED,
        f"update version set status = 'submitted', submitted_by = 'tina', {column} = default where phase = :p",
    )


async def test_a_forged_content_hash_is_overwritten(lab: Lab) -> None:
    """Whatever the owner says at submit, the hash is that of the content."""
    samples = await lab.standing("draft")
    async with lab.owner.acquire() as connection:
        await execute(
            connection, "update version set status = 'submitted', submitted_by = 'tina', content_hash = 'forged',"
            f" manifest_hash = 'forged' where phase = {samples.phase}",
        )
    assert (await recomputed(samples, 1, CONTENT), None) == await hashes(samples, 1)


async def test_a_forged_manifest_is_overwritten(lab: Lab) -> None:
    """Whatever the owner says at approval, the manifest is that of the decisions."""
    samples = await lab.standing("submitted")
    await samples.decide(A="approve", B="reject")
    async with lab.owner.acquire() as connection:
        await execute(
            connection, "update version set status = 'approved', decided_by = 'olga', manifest_hash = 'forged'"
            f" where phase = {samples.phase}",
        )
    assert await recomputed(samples, 1, MANIFEST) == (await hashes(samples, 1))[1]


async def test_the_content_hash_is_fixed_at_submit(lab: Lab) -> None:
    """It recomputes from keys, digests and tester decisions, and the approval leaves it alone."""
    samples = await lab.standing("submitted")
    submitted = (await hashes(samples, 1))[0]
    await samples.approve()
    assert await recomputed(samples, 1, CONTENT) == submitted == (await hashes(samples, 1))[0]


@pytest.mark.parametrize("status", ["draft", "submitted", "rejected", "withdrawn"])
async def test_only_an_approved_version_has_a_manifest(lab: Lab, status: str) -> None:
    """Nothing else is sealed."""
    assert (await hashes(await lab.standing(status), 1))[1] is None


async def test_hashes_of_old_versions_recompute_for_ever(lab: Lab) -> None:
    """After two more versions, the hashes of version 1 still follow from what it held."""
    samples = await lab.standing("approved")
    first = await hashes(samples, 1)
    await samples.cut()
    await samples.edit("A", text="changed")
    await samples.remove("B")
    await samples.submit()
    await samples.decide(A="reject")
    await samples.reject()
    await samples.cut(1)
    await samples.submit()
    await samples.approve()
    assert first == (await recomputed(samples, 1, CONTENT), await recomputed(samples, 1, MANIFEST))
    assert first == await hashes(samples, 3)


@pytest.mark.parametrize("change", ["key", "content", "verdict", "reason", "decider"])
async def test_every_difference_shows_in_the_content_hash(lab: Lab, change: str) -> None:
    """Another key, content, verdict, reason or decider gives another hash."""
    samples = await lab.standing("submitted")
    before = (await hashes(samples, 1))[0]
    other = await lab.standing("draft", keys=("A", "C") if change == "key" else ("A", "B"))
    if change == "content":
        await other.edit("A", text="changed")
    if change in ("verdict", "reason"):
        await other.decide(A="reject")
    if change == "decider":
        await other.decide("theo", A="approve")
    assert before != await other.submit()


async def test_no_key_makes_two_sets_read_alike(lab: Lab) -> None:
    """An item whose key imitates the text of two items has another hash than the two."""
    first = await lab.standing("submitted")
    digest = (await first.members(1))["A"].digest
    forged = f'A", "{digest}", "approve", "tina", ""]\n["B'
    second = await lab.standing("submitted", keys=(forged,))
    assert (await hashes(first, 1))[0] != (await hashes(second, 1))[0]


class TestTypedTables:
    """The typed row of a revision is made from its content and by nobody else."""

    async def test_says_what_the_content_says(self, lab: Lab) -> None:
        """Each typed column equals the content's field."""
        samples = await lab.standing("draft", keys=("A",))
        row = (await samples.read(
            "select to_jsonb(s) - 'revision' = r.content::jsonb as same from sample_item s"
            " join item_revision r on r.id = s.revision where r.phase = :p"
        ))[0]
        assert row.same

    @pytest.mark.parametrize(
        "table", ["attribute_item", "rule_item", "scope_item", "sample_item", "observation_item", "section_item"]
    )
    async def test_is_not_written_by_the_application(self, lab: Lab, table: str) -> None:
        """Neither a second row nor another value."""
        samples = await lab.standing("draft")
        await samples.attack(DENIED, f"insert into {table} select * from {table}")
        await samples.attack(DENIED, f"update {table} set revision = revision")

    async def test_is_the_row_of_its_own_revision(self, lab: Lab) -> None:
        """Content that names another revision does not write that one's row."""
        samples = await lab.standing("draft", keys=("A",))
        forged = CONTENT_OF_C[:-1] + ', "revision": 2000000000}'
        await samples.force(NEW_ITEM, revise("C").replace(CONTENT_OF_C, forged))
        found = await samples.read(
            "select r.id, (select s.record_key from sample_item s where s.revision = r.id) as key"
            " from item_revision r where r.phase = :p order by r.id"
        )
        assert ["A", "C"] == [row.key for row in found]
        assert [] == await samples.read("select revision from sample_item where revision = 2000000000 and :p > 0")

    @pytest.mark.parametrize("content", ["{}", '{"record_key": "C"}', "[]", "no json"])
    async def test_content_that_does_not_fit_is_refused(self, lab: Lab, content: str) -> None:
        """A revision whose content lacks a column's field is not written at all."""
        law = {"[]": "22023", "no json": "22P02"}.get(content, "23502")
        samples = await lab.standing("draft")
        await samples.attack(
            law,
            "insert into item (phase, natural_key) values (:p, 'C')",
            "insert into item_revision (phase, item, version, versions, origin, content, by)"
            f" select :p, id, 1, from_version(1), 'tester', '{content}', 'tina' from item"
            " where phase = :p and natural_key = 'C'",
        )


@pytest.mark.parametrize("counts", ["1, 1, 3", "-1, 4, 3", "4, -1, 3"])
async def test_a_rule_counts_every_record(lab: Lab, counts: str) -> None:
    """passed + failed = total, and neither is negative."""
    rules = await lab.standing("approved", "data_profiling", keys=("A",))
    await rules.attack(
        "every_record_is_counted",
        "insert into rule_result"
        " (phase, number, revision, report_sha256, keys_sha256, sql, sql_sha256, passed, failed, total)"
        f" select phase, number, revision, '', '', '', '', {counts} from member where phase = :p",
    )
