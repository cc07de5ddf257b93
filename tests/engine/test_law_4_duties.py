"""Law 4: the approver is nobody who made anything in the version, except in Planning, where the tester approves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from models import errors
from tests.engine.builders import DENIED, Lab, Round

pytestmark = pytest.mark.asyncio(loop_scope="session")

LAW = "approver_is_nobody_who_made_it"


async def created(samples: Round) -> None:
    """Tom opens the draft."""
    await samples.cut(by="tom")
    await samples.add("A", "B")


async def added(samples: Round) -> None:
    """Tom adds an item."""
    await samples.cut()
    await samples.add("A", by="tom")
    await samples.add("B")


async def edited(samples: Round) -> None:
    """Tom edits an item, and tina edits it again."""
    await samples.cut()
    await samples.add("A", "B")
    await samples.edit("A", text="tom's words", by="tom")
    await samples.edit("A", text="tina's words")


async def removed(samples: Round) -> None:
    """Tom takes an item out, which leaves no row of its own."""
    await samples.cut()
    await samples.add("A", "B", "C")
    await samples.remove("C", by="tom")


async def decided(samples: Round) -> None:
    """Tom decides as a tester."""
    await samples.cut()
    await samples.add("A", "B")
    await samples.decide("tom", A="approve")


async def decided_and_overruled(samples: Round) -> None:
    """Tom decides as a tester, tina decides otherwise."""
    await decided(samples)
    await samples.decide("tina", A="approve")


MAKERS = [created, added, edited, removed, decided, decided_and_overruled]


@pytest.mark.parametrize("make", MAKERS)
class TestWhoMadeSomething:
    """Tom is tester and report owner at once; what he had a hand in he does not approve."""

    async def submitted(self, lab: Lab, make: Callable[[Round], Awaitable[None]]) -> Round:
        """A submitted version that tom had a hand in."""
        samples = await lab.round()
        await make(samples)
        await samples.submit()
        return samples

    async def test_does_not_approve(self, lab: Lab, make: Callable[[Round], Awaitable[None]]) -> None:
        """Not even when the items were decided by somebody else."""
        samples = await self.submitted(lab, make)
        await samples.decide("olga", A="approve", B="approve")
        await samples.attack(LAW, "update version set status = 'approved', decided_by = 'tom' where phase = :p")

    async def test_does_not_reject(self, lab: Lab, make: Callable[[Round], Awaitable[None]]) -> None:
        """Nor may they send it back."""
        await (await self.submitted(lab, make)).attack(
            LAW, "update version set status = 'rejected', decided_by = 'tom', reason = 'no' where phase = :p"
        )

    async def test_does_not_decide_an_item(self, lab: Lab, make: Callable[[Round], Awaitable[None]]) -> None:
        """Nor may they decide a single item."""
        await (await self.submitted(lab, make)).attack(
            LAW,
            "insert into item_decision (phase, revision, version, versions, role, verdict, by)"
            " select phase, revision, number, from_version(1), 'approver', 'approve', 'tom' from member"
            " where phase = :p",
        )


async def test_the_submitter_does_not_approve(lab: Lab) -> None:
    """Handing a version over is making it."""
    samples = await lab.standing("draft")
    await samples.submit(by="tom")
    await samples.decide("olga", A="approve", B="approve")
    await samples.attack(LAW, "update version set status = 'approved', decided_by = 'tom' where phase = :p")


async def test_one_maker_among_many_decisions_is_found(lab: Lab) -> None:
    """A statement that records decisions of two people is refused for the one who may not."""
    samples = await lab.standing("draft")
    await samples.submit(by="tom")
    await samples.attack(
        LAW,
        "insert into item_decision (phase, revision, version, versions, role, verdict, by)"
        " select phase, revision, number, from_version(1), 'approver', 'approve',"
        "        case natural_key when 'A' then 'olga' else 'tom' end from member where phase = :p",
    )


async def test_an_author_of_carried_content_does_not_approve(lab: Lab) -> None:
    """What tom wrote in version 1 is still his in version 2."""
    samples = await lab.round()
    await added(samples)
    await samples.submit()
    await samples.approve()
    await samples.cut()
    await samples.add("C")
    await samples.submit()
    await samples.decide("olga", C="approve")
    await samples.attack(
        LAW, "update version set status = 'approved', decided_by = 'tom' where phase = :p and number = 2"
    )


async def test_who_made_only_what_left_may_approve(lab: Lab) -> None:
    """Tom's item was rejected in version 1; in version 2, where nothing is his, he may approve."""
    samples = await lab.round()
    await added(samples)
    await samples.submit()
    await samples.decide(A="reject", B="approve")
    await samples.approve()
    await samples.cut()
    await samples.submit()
    await samples.approve(by="tom")
    assert "approved" == (await samples.header(2)).status


@pytest.mark.parametrize("who", ["tina", "rhea", "eve", "dan", "nobody"])
async def test_the_approver_holds_the_role(lab: Lab, who: str) -> None:
    """Nobody but a report owner of the cycle approves samples."""
    samples = await lab.standing("submitted")
    await samples.decide(A="approve", B="approve")
    await samples.attack(
        "approver_holds_the_role", f"update version set status = 'approved', decided_by = '{who}' where phase = :p"
    )


async def test_a_role_in_another_cycle_is_none(lab: Lab) -> None:
    """A report owner of another cycle approves nothing here."""
    samples = await (await lab.cycle(people={"tina": ("tester",)})).round()
    await samples.cut()
    await samples.add("A")
    await samples.submit()
    with pytest.raises(errors.WrongRole):
        await samples.approve(by="olga")


async def test_a_role_that_was_handed_over_is_gone(lab: Lab) -> None:
    """The latest word on a person counts."""
    samples = await lab.standing("submitted")
    await samples.force(
        "insert into person (cycle, person, name, roles, lines_of_business, by)"
        f" values ({samples.cycle.id}, 'olga', 'olga', '{{}}', '{{}}', 'rhea')"
    )
    await samples.attack(
        "approver_holds_the_role",
        "update version set status = 'rejected', decided_by = 'olga', reason = 'no' where phase = :p",
    )


@pytest.mark.parametrize("name", ["system", ""])
async def test_no_person_is_the_system(lab: Lab, name: str) -> None:
    """What the application proposes by itself cannot be taken for somebody's work, nor the other way round."""
    samples = await lab.round()
    await samples.attack(
        "system_is_no_person",
        "insert into person (cycle, person, name, roles, lines_of_business, by)"
        f" values ({samples.cycle.id}, '{name}', 'x', '{{tester}}', '{{}}', 'rhea')",
    )


class TestPlanning:
    """The one phase whose tester approves their own work."""

    async def test_the_tester_who_made_it_approves(self, lab: Lab) -> None:
        """Tina creates, submits and approves."""
        plan = await lab.standing("approved", "planning")
        assert ("approved", "tina") == ((await plan.header(1)).status, (await plan.header(1)).decided_by)

    async def test_nobody_but_a_tester_approves(self, lab: Lab) -> None:
        """The report owner does not."""
        plan = await lab.standing("submitted", "planning")
        await plan.decide(A="approve", B="approve")
        await plan.attack(
            "approver_holds_the_role", "update version set status = 'approved', decided_by = 'olga' where phase = :p"
        )


class TestAuthors:
    """Who wrote in a phase is noted by the database, whoever wrote."""

    async def test_who_wrote_and_who_decided_are_noted(self, lab: Lab) -> None:
        """Tina wrote, tom decided as a tester; olga only approved."""
        samples = await lab.round()
        await samples.cut()
        await samples.add("A")
        await samples.decide("tom", A="approve")
        await samples.submit()
        await samples.approve()
        noted = await samples.read("select person from phase_author where phase = :p order by 1")
        assert ["tina", "tom"] == [row.person for row in noted]

    async def test_nobody_strikes_themselves_off(self, lab: Lab) -> None:
        """The application may not write there at all, so that no author becomes an approver."""
        samples = await lab.standing("submitted")
        for statement in ("update phase_author set person = 'nobody' where phase = :p",
                          "insert into phase_author (phase, person) values (:p, 'nobody')"):
            await samples.attack(DENIED, statement)
