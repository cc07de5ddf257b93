"""The cycle of the next period proposes the rules that the cycle before approved, and carries what that left open."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.items import Rule
from models.messages import Verb
from models.payloads import Contents
from models.phases import BY_KIND
from models.queries.carried import carried
from models.queries.cycles import cycle
from models.queries.versions import rule_results
from stack.temporal import TemporalServer
from tests.databases import MigratedServer
from tests.workflows.arena import arena
from tests.workflows.people import Play, until
from tests.workflows.story import tell_the_rest
from tests.workflows.tiny import TESTER, Tiny

pytestmark = [pytest.mark.asyncio, pytest.mark.nightly]

PHASE = "data_profiling"
# Nothing in the dictionary suggests it.
BY_HAND = {
    "name": "note.filled", "attribute": "note", "description": "Every record has a note.", "dimension": "completeness",
    "gate": "explainable", "severity": "low", "expression": {"op": "not_blank", "column": "NOTE"}, "threshold": 0,
}


async def proposed(play: Play) -> dict[str, Rule]:
    """The rules of the first version, by name."""
    members = await play.members(PHASE, await play.draft(PHASE))
    found = await play.read("select id, content from item_revision where id = any (:ids)",
                            ids=[member.revision for member in members])
    return {rule.name: rule for rule in (Rule.model_validate_json(row.content) for row in found)}


async def approved(play: Play) -> dict[str, tuple[str, int, int]]:
    """Cycle, version and revision of the approved rules, by name."""
    found = await play.read(
        "select e.natural_key, e.number, e.revision from effective e join cycle_report c on c.id = e.cycle"
        " where c.slug = :cycle and e.kind = :kind", kind=PHASE)
    return {row.natural_key: (play.slug, row.number, row.revision) for row in found}


async def ran(play: Play) -> set[str] | None:
    """The rules that have results; None before any has."""
    async with play.session.reader.begin() as tx:
        return {line.name for line in await rule_results(tx, play.slug, BY_KIND[PHASE])} or None


async def test_it_takes_rules_and_carries_observations(
    temporal_server: TemporalServer, migrated_server: MigratedServer, tmp_path: Path
) -> None:
    """Each proposal says where its rule was approved, one written by hand too; all run; the observation is carried."""
    async with migrated_server.database() as urls, arena(temporal_server.address, urls, tmp_path) as both:
        first = await both.start(Tiny(cycle="march"), at=PHASE)
        await first.draft(PHASE)
        await first.act(TESTER, Verb.ADD, Contents(contents=({"set": BY_HAND},)), phase=PHASE)
        for phase in (PHASE, "scoping", "sample_selection"):
            await first.round(phase)
        await until(first.pairs, "pairs to assign")
        await tell_the_rest(first)
        before = await approved(first)
        assert BY_HAND["name"] in before

        second = await both.start(Tiny(cycle="june", period="2026-06-30"), at=PHASE)
        rules = await proposed(second)
        sources = {name: rule.taken_from for name, rule in rules.items() if rule.taken_from}
        assert before == {name: (one.cycle, one.version, one.revision) for name, one in sources.items()}
        await second.round(PHASE)
        assert {*rules} == await until(lambda: ran(second), "results")
        async with both.session.reader.begin() as tx:
            (left,) = await carried(tx, (await cycle(tx, second.slug)).id)
        assert (first.slug, "bob", "open") == (left.from_cycle, left.owner, left.state)
