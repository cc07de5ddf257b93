"""What became of items from version to version, as readers ask for it: history, difference, lineage, pages."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from models.membership import SYSTEM
from models.phases import BY_KIND
from models.queries.changes import (
    ADDED,
    CARRIED,
    CHANGED,
    DECIDED,
    KINDS,
    REMOVED,
    difference,
    history,
    item_lineage,
)
from models.queries.versions import Page, Selection, page, version_head
from tests.engine.builders import Lab, Round

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def reworked(lab: Lab) -> Round:
    """v1 holds A to D, D was rejected; v2 changes B, takes C out, adds E, and is approved."""
    made = await lab.round()
    await made.cut()
    await made.add("A", "B", "C", "D")
    await made.submit()
    await made.decide(A="approve", B="approve", C="approve", D="reject")
    await made.reject(reason="D is closed")
    await made.cut()
    await made.edit("B", text="drawn again")
    await made.remove("C")
    await made.add("E")
    await made.submit()
    await made.approve()
    return made


async def storied(lab: Lab) -> Round:
    """Six versions with everything that may happen: rejected, approved with a rejected item, withdrawn, cut from v1."""
    made = await lab.standing("submitted", keys=("A", "B", "C", "D", "E", "F"))
    await made.decide(A="approve", B="reject", C="approve", D="approve")
    await made.reject()
    await made.cut()
    await made.edit("C", text="something else")
    await made.edit("C", text="as drawn")
    await made.add("B", by=SYSTEM)
    await made.decide(B="approve", D="reject")
    await made.decide(D="approve")
    await made.submit()
    await made.decide(A="reject")
    await made.approve()
    await made.cut()
    await made.remove("D")
    await made.withdraw()
    await made.cut(1)
    await made.edit("E", text="drawn again")
    await made.submit()
    await made.reject()
    await made.cut()
    await made.add("G", "B")
    await made.submit()
    await made.approve()
    await made.cut()
    await made.remove("A", "G")
    return made


async def page_of(made: Round, number: int, **wanted: object) -> Page:
    async with made.cycle.lab.database.begin() as tx:
        head = await version_head(tx, made.cycle.slug, BY_KIND[made.kind], number=number)
        return await page(tx, head, Selection(**wanted))  # type: ignore[arg-type]


class TestHistory:
    async def test_counts_what_a_version_did_to_its_parent(self, lab: Lab) -> None:
        """Items are those added, changed and carried; what was rejected before has left."""
        made = await reworked(lab)
        async with lab.database.begin() as tx:
            found = await history(tx, made.cycle.slug, made.kind)
        counted = [(v.version, v.parent, v.items, v.added, v.changed, v.carried, v.removed, v.rejected) for v in found]
        assert [(1, None, 4, 4, 0, 0, 0, 1), (2, 1, 3, 1, 1, 1, 2, 0)] == counted

    async def test_tells_who_decided_and_why(self, lab: Lab) -> None:
        """The reason of a rejection stands with whoever gave it."""
        made = await reworked(lab)
        async with lab.database.begin() as tx:
            first, second = await history(tx, made.cycle.slug, made.kind)
        assert ("rejected", "olga", "D is closed") == (first.status, first.decided_by, first.reason)
        assert ("approved", "tina", "olga") == (second.status, second.submitted_by, second.decided_by)


class TestDifference:
    async def test_names_every_kind(self, lab: Lab) -> None:
        """Added, removed, changed and carried items are told apart and counted."""
        made = await reworked(lab)
        async with lab.database.begin() as tx:
            found = await difference(tx, made.phase, 1, 2)
        assert {"A": CARRIED, "B": CHANGED, "C": REMOVED, "D": REMOVED, "E": ADDED} == {
            line.key: line.change for line in found.lines
        }
        assert {ADDED: 1, REMOVED: 2, CHANGED: 1, CARRIED: 1, "decided": 0} == found.counts

    async def test_has_both_contents_of_a_change(self, lab: Lab) -> None:
        """What the fields were and what they are."""
        made = await reworked(lab)
        async with lab.database.begin() as tx:
            (line,) = (await difference(tx, made.phase, 1, 2, only=[CHANGED])).lines
        assert line.before is not None
        assert line.after is not None
        assert ("as drawn", "drawn again") == (line.before.content["reason"], line.after.content["reason"])
        assert ("approve by olga in v1", "approve by olga in v2") == (line.before.approver, line.after.approver)

    async def test_sees_a_decision_alone(self, lab: Lab) -> None:
        """The same content with another verdict is neither changed nor carried."""
        made = await lab.standing("submitted")
        await made.decide(A="approve", B="approve")
        await made.reject()
        await made.cut()
        await made.submit()
        await made.decide(B="reject")
        async with lab.database.begin() as tx:
            found = await difference(tx, made.phase, 1, 2)
        assert {"A": "carried", "B": "decided"} == {line.key: line.change for line in found.lines}

    async def test_comes_in_pages(self, lab: Lab) -> None:
        """Each page has the counts of the whole and says how many come after it; the pages together are all of it."""
        made = await reworked(lab)
        keys: list[str] = []
        left = [3, 1, 0]
        while left:
            async with lab.database.begin() as tx:
                found = await difference(tx, made.phase, 1, 2, limit=2, after_key=keys[-1] if keys else None)
            keys += [line.key for line in found.lines]
            assert (left.pop(0), 5) == (found.more, sum(found.counts.values()))
        assert ["A", "B", "C", "D", "E"] == keys

    async def test_counts_even_when_a_page_is_empty(self, lab: Lab) -> None:
        """Nothing of the kind asked for, and a key that is none, still come with the counts."""
        made = await lab.standing("approved")
        async with lab.database.begin() as tx:
            alike = await difference(tx, made.phase, 1, 1, only=[k for k in KINDS if k != CARRIED])
            unknown = await difference(tx, made.phase, 1, 1, after_key="nothing")
        assert ([], 2, True) == (alike.lines, alike.counts[CARRIED], alike.after_is_known)
        assert ([], 2, False) == (unknown.lines, unknown.counts[CARRIED], unknown.after_is_known)

    async def test_turned_round_is_its_reverse(self, lab: Lab) -> None:
        """What one direction adds the other removes."""
        made = await reworked(lab)
        async with lab.database.begin() as tx:
            there = (await difference(tx, made.phase, 1, 2)).counts
            back = (await difference(tx, made.phase, 2, 1)).counts
        assert (there[ADDED], there[REMOVED]) == (back[REMOVED], back[ADDED])


class TestAgainstVersions:
    async def test_differences_are_those_of_the_items(self, lab: Lab) -> None:
        """Of every two versions, either way: what one finds by laying their items side by side."""
        made = await storied(lab)
        held = {number: {row[0]: row for row in await made.seen(number)} for number in range(1, 7)}
        for a, b in itertools.product(held, repeat=2):
            async with lab.database.begin() as tx:
                found = await difference(tx, made.phase, a, b)
            beside = {key: change_of(held[a].get(key), held[b].get(key)) for key in held[a] | held[b]}
            assert beside == {line.key: line.change for line in found.lines}, (a, b)
            assert {kind: list(beside.values()).count(kind) for kind in KINDS} == found.counts, (a, b)

    async def test_histories_count_the_items(self, lab: Lab) -> None:
        """Of every version against its parent, and the same where versions are of several owners."""
        made = await storied(lab)
        held = {number: {row[0]: row for row in await made.seen(number)} for number in range(1, 7)}
        async with lab.database.begin() as tx:
            found = await history(tx, made.cycle.slug, made.kind)
        assert [None, 1, 2, 1, 4, 5] == [line.parent for line in found]
        for line in found:
            now, before = held[line.version], held.get(line.parent or 0, {})
            changes = [change_of(before.get(key), now.get(key)) for key in now | before]
            told = {ADDED: line.added, REMOVED: line.removed, CHANGED: line.changed}
            assert {kind: changes.count(kind) for kind in told} == told
            assert (len(now), line.items - line.added - line.changed) == (line.items, line.carried)
            assert sum(row[10] == "reject" for row in now.values()) == line.rejected

    async def test_lineages_are_the_versions_of_an_item(self, lab: Lab) -> None:
        """Each item stands in its lineage as each version has it, and is missing where a version lacks it."""
        made = await storied(lab)
        for key in "ABCDEFG":
            async with lab.database.begin() as tx:
                found = await item_lineage(tx, made.phase, key)
            for line in found:
                row = {seen[0]: seen for seen in await made.seen(line.version)}.get(key)
                assert (row and (row[1], row[2], json.loads(row[4]))) == (
                    line.item and (line.revision, line.origin, line.item.content)
                )


def change_of(before: tuple[Any, ...] | None, after: tuple[Any, ...] | None) -> str:
    """What became of an item, given its rows in two versions: key, revision, origin, digest, content, author, and then
    what each side decided."""
    if before is None or after is None:
        return ADDED if before is None else REMOVED
    if before[3] != after[3]:
        return CHANGED
    return CARRIED if before[6:] == after[6:] else DECIDED


class TestLineage:
    async def test_has_a_line_for_each_version(self, lab: Lab) -> None:
        """Also for those that do not hold the item; source, author and both sides stand in each."""
        made = await reworked(lab)
        async with lab.database.begin() as tx:
            found = await item_lineage(tx, made.phase, "D")
        assert [(1, "tester", "tina", 1), (2, "", "", None)] == [
            (line.version, line.origin, line.written_by, line.written_in) for line in found
        ]
        assert found[0].item is not None
        assert ("approve by tina in v1", "reject (because) by olga in v1") == (
            found[0].item.tester, found[0].item.approver
        )

    async def test_of_a_stranger_is_empty(self, lab: Lab) -> None:
        """A key that the phase never had has no lineage."""
        made = await lab.standing("draft")
        async with lab.database.begin() as tx:
            assert [] == await item_lineage(tx, made.phase, "nothing")


class TestPages:
    async def test_follow_one_another(self, lab: Lab) -> None:
        """A page ends where the next begins, and says how many are left."""
        made = await lab.standing("draft", keys=("A", "B", "C", "D", "E"))
        first = await page_of(made, 1, limit=2)
        second = await page_of(made, 1, limit=2, after=first.items[-1].key)
        assert (["A", "B"], 3) == ([item.key for item in first.items], first.more)
        assert (["C", "D"], 1) == ([item.key for item in second.items], second.more)

    async def test_do_not_count_unasked(self, lab: Lab) -> None:
        """The same items, without how many are left."""
        made = await lab.standing("draft", keys=("A", "B", "C"))
        found = await page_of(made, 1, limit=1, after="A", counted=False)
        assert (["B"], None) == ([item.key for item in found.items], found.more)

    async def test_are_narrowed(self, lab: Lab) -> None:
        """By what a side has not decided, by a verdict of either side, by a text in key, content or reasons."""
        made = await lab.round()
        await made.cut()
        await made.add("A", "B")
        await made.add("C", by=SYSTEM)
        await made.add("D", text="Mortgage 100%")
        await made.decide(B="reject")
        found = {
            words: [item.key for item in (await page_of(made, 1, **{name: value})).items]
            for words, name, value in (
                ("undecided", "undecided", "tester"), ("rejected", "verdict", "reject"),
                ("content", "search", "mortgage 100%"), ("reason", "search", "BECAUSE"), ("none", "search", "_"),
            )
        }
        assert {"undecided": ["C"], "rejected": ["B"], "content": ["D"], "reason": ["B"],
                "none": ["A", "B", "C", "D"]} == found
