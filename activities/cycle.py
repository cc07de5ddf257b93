"""Activities of a whole cycle: register it, say what stands before its report, close it."""

from __future__ import annotations

from temporalio import activity

from activities.cycle_files import load_cycle_file
from models import audit, errors
from models.blockers import blockers, counted, owners_at_work
from models.carried import carry
from models.cycle_file import CycleFile
from models.cycles import find_cycle
from models.database import Database, Tx, one, run, scalar
from models.messages import Activity, Blockers, CycleInput
from models.store import ContentStore


class CycleActivities:
    """Writes the facts that belong to no phase."""

    def __init__(self, database: Database, store: ContentStore) -> None:
        self.database = database
        self.store = store

    @activity.defn(name=Activity.REGISTER_CYCLE)
    async def register(self, given: CycleInput) -> None:
        """Record the cycle, its people and its durations. Idempotent on the cycle's name and input hashes."""
        file = load_cycle_file(self.store, given.cycle_file_sha256)
        async with self.database.begin() as tx:
            standing = await one(
                tx,
                "select cycle_file_sha256, dictionary_sha256, report_sha256 from cycle_report where slug = :s",
                s=given.slug,
            )
            if standing is not None:
                if tuple(standing) != (given.cycle_file_sha256, given.dictionary_sha256, given.report_sha256):
                    raise errors.AlreadyRunning(
                        f"cycle {given.slug} exists with other input",
                        hint=f"starter.py cycle start --amends {given.slug}",
                    )
                if (ended := (await find_cycle(tx, given.slug)).outcome) is not None:
                    raise errors.AlreadyRunning(
                        f"cycle {given.slug} is {ended} and is never run again",
                        hint=f"starter.py cycle start FILE --amends {given.slug}",
                    )
                return
            amends = (await find_cycle(tx, given.amends)).id if given.amends else None
            cycle = await _insert_cycle(tx, given, file, amends)
            await _insert_people(tx, cycle, given, file)
            carried = await carry(tx, cycle)
            await audit.append(
                tx,
                given.slug,
                actor=given.started_by,
                role="",
                action="start",
                subject=given.slug,
                reason="",
                after={**given.model_dump(mode="json"), "people": [p.model_dump(mode="json") for p in file.people],
                       **({"carried": carried} if carried else {})},
            )

    @activity.defn(name=Activity.LIST_BLOCKERS)
    async def list_blockers(self, slug: str) -> Blockers:
        """What is in the way of the final report, and whose work should be going on."""
        async with self.database.begin() as tx:
            cycle = await find_cycle(tx, slug)
            cases, pairs = await counted(tx, cycle)
            return Blockers(
                blockers=tuple(await blockers(tx, cycle))[:100],
                owners=tuple(await owners_at_work(tx, cycle)),
                outcome=cycle.outcome or "",
                cases=cases,
                pairs=pairs,
            )

    @activity.defn(name=Activity.CLOSE_CYCLE)
    async def close(self, slug: str) -> None:
        """Record that the cycle is completed. Idempotent on the cycle."""
        async with self.database.begin() as tx:
            cycle = await find_cycle(tx, slug)
            if cycle.outcome is None:
                await run(
                    tx, "insert into cycle_closing (cycle, outcome, by) values (:c, 'completed', 'system')", c=cycle.id
                )
                await audit.append(
                    tx,
                    slug,
                    actor="system",
                    role="",
                    action="complete",
                    subject=slug,
                    reason="",
                    after={"outcome": "completed"},
                )


async def _insert_cycle(tx: Tx, given: CycleInput, file: CycleFile, amends: int | None) -> int:
    return int(
        await scalar(
            tx,
            "insert into cycle_report (slug, cycle, report, name, period, amends, cycle_file_sha256, dictionary_sha256,"
            " report_sha256, started_by) values (:slug, :cycle, :report, :name, CAST(:period AS"
            " text)::date, :amends, :f, :d, :r, :by) returning id",
            slug=given.slug,
            cycle=file.cycle,
            report=file.report.id,
            name=file.report.name,
            period=file.report.period.isoformat(),
            amends=amends,
            f=given.cycle_file_sha256,
            d=given.dictionary_sha256,
            r=given.report_sha256,
            by=given.started_by,
        )
    )


async def _insert_people(tx: Tx, cycle: int, given: CycleInput, file: CycleFile) -> None:
    for person in file.people:
        await run(
            tx,
            "insert into person (cycle, person, name, roles, lines_of_business, by) values"
            " (:c, :p, :n, CAST(:roles AS text[]), CAST(:lines AS text[]), :by)",
            c=cycle,
            p=person.id,
            n=person.name,
            roles=list(person.roles),
            lines=list(person.lines_of_business),
            by=given.started_by,
        )
    for name, days in file.due_days.model_dump().items():
        await run(tx, "insert into duty (cycle, name, days) values (:c, :n, :d)", c=cycle, n=name, d=days)
