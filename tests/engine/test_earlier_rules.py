"""Proposals take rules that an earlier cycle of the same report approved; the database holds that they do."""

from __future__ import annotations

import pytest

from models import membership
from models.items import Origin, Rule, RuleSource
from models.queries.earlier import EarlierRule, earlier_rules
from tests.engine.builders import Lab, Round, item

pytestmark = pytest.mark.asyncio(loop_scope="session")

KIND = "data_profiling"


async def approved(lab: Lab, report: str, period: str) -> Round:
    """Rules `kept` and `changed` approved, the second by tina's hand; `dropped` rejected."""
    made = await (await lab.cycle(report=report, period=period)).round(KIND)
    await made.cut()
    await made.add("kept", "changed", "dropped", by=membership.SYSTEM, origin=Origin.GENERATED)
    await made.edit("changed", text="corrected")
    await made.decide(by="tina", kept="approve", dropped="approve")
    await made.submit()
    await made.decide(kept="approve", changed="approve", dropped="reject")
    await made.approve()
    return made


async def found(made: Round) -> list[EarlierRule]:
    """What a cycle would take."""
    async with made.cycle.lab.database.begin() as tx:
        return await earlier_rules(tx, made.cycle.id)


async def propose(made: Round, source: RuleSource) -> None:
    """Propose a rule as the worker does."""
    async with made.locked() as (tx, phase):
        taken = Rule.model_validate({**item(KIND, "kept").model_dump(), "taken_from": source.model_dump()})
        await membership.add(tx, phase, 1, [taken], origin=Origin.GENERATED, actor=membership.SYSTEM)


async def test_the_cycle_before(lab: Lab) -> None:
    """The latest period with approved rules; effective ones only, each with where it stands and who wrote it."""
    await approved(lab, "E1", "2025-12-31")
    before = await approved(lab, "E1", "2026-03-31")
    await approved(lab, "E2", "2026-03-31")
    waiting = await (await lab.cycle(report="E1", period="2026-06-30")).round(KIND)
    await waiting.cut()
    now = await (await lab.cycle(report="E1", period="2026-09-30")).round(KIND)
    assert [("kept", before.cycle.slug, 1, False), ("changed", before.cycle.slug, 1, True)] == [
        (one.rule.name, one.source.cycle, one.source.version, one.by_person) for one in await found(now)]
    assert [] == await found(await (await lab.cycle(report="E1", period="2025-09-30")).round(KIND))


async def test_the_cycle_that_is_amended(lab: Lab) -> None:
    """Comes before that of an earlier period, though its period is the same; no other of the period does."""
    await approved(lab, "E5", "2025-12-31")
    amended = await approved(lab, "E5", "2026-03-31")
    now = await (await lab.cycle(report="E5", period="2026-03-31")).round(KIND)
    assert amended.cycle.slug not in {one.source.cycle for one in await found(now)}
    await say_that_it_amends(lab, now.cycle.id, amended.cycle.id)
    assert {amended.cycle.slug} == {one.source.cycle for one in await found(now)}
    await say_that_it_amends(lab, now.cycle.id, None)


async def say_that_it_amends(lab: Lab, cycle: int, amends: int | None) -> None:
    """Behind the journal's back, which other tests of this database replay: to be taken back."""
    async with lab.owner.acquire() as connection:
        await connection.execute("alter table cycle_report disable trigger user")
        await connection.execute("update cycle_report set amends = $1 where id = $2", amends, cycle)
        await connection.execute("alter table cycle_report enable trigger user")


async def test_a_source_is_true(lab: Lab) -> None:
    """A rule that says it comes from elsewhere than an earlier approved one of its report is not written."""
    before = await approved(lab, "E3", "2026-03-31")
    now = await (await lab.cycle(report="E3", period="2026-06-30")).round(KIND)
    await now.cut()
    source = (await found(now))[0].source
    dropped = await before.read("select revision from rule_item r join item_revision i on i.id = r.revision"
                                " where i.phase = :p and r.name = 'dropped'")
    other = await approved(lab, "E4", "2026-03-31")
    foreign = (await before.read("select max(id) as id from item_revision where phase = :p"))[0].id
    for wrong in ({"version": 2}, {"cycle": "elsewhere:r"}, {"revision": dropped[0].revision},
                  {"cycle": other.cycle.slug, "revision": foreign}):
        content = Rule.model_validate({**item(KIND, "forged").model_dump(),
                                       "taken_from": {**source.model_dump(), **wrong}}).canonical().replace("'", "''")
        await now.attack(
            "a_rule_comes_from_an_earlier_cycle",
            "insert into item (phase, natural_key) values (:p, 'forged')",
            "insert into item_revision (phase, item, version, versions, origin, content, by) select :p, id, 1,"
            f" '{{[1,)}}', 'generated', '{content}', 'system' from item where phase = :p and natural_key = 'forged'")
    await propose(now, source)
    assert source == Rule.model_validate_json((await now.read(
        "select content from item_revision where phase = :p"))[0].content).taken_from
