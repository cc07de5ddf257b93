"""Law 9 on rows: whatever is written is taken down as it is stored, and is in exactly one event for ever."""

from __future__ import annotations

import json
from collections import defaultdict
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from models import audit, versions
from models.database import run
from models.messages import Verb
from tests.engine.builders import DENIED, Lab, execute
from tests.engine.court import Court, command, decisions
from tests.engine.statements import LAST, NEW_ITEM, leave, revise, undecide

pytestmark = pytest.mark.asyncio(loop_scope="session")

# What is no fact: the phase table, what follows from the facts, and the trail itself.
NO_FACTS = {
    "phase_policy", "attribute_item", "rule_item", "scope_item", "sample_item", "observation_item", "section_item",
    "phase_author", "stream_head", "audit_event", "audit_rows", "alembic_version",
}
TRIGGERS = """
select c.relname::text as name, g.tgname::text as trigger, encode(g.tgargs, 'escape') as said
  from pg_trigger g join pg_class c on c.oid = g.tgrelid join pg_proc f on f.oid = g.tgfoid
 where f.proname = 'take_down' and g.tgenabled = 'O'
"""
COLUMNS = """
select c.relname::text as name, a.attname::text as column,
       has_column_privilege('assay_app', c.oid, a.attnum, 'update') as updated
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
 where c.relnamespace = 'assay'::regnamespace and c.relkind = 'r' order by c.relname, a.attnum
"""
CLAIM = "update audit_rows set stream = '{stream}', seq = {seq} where stream is null"
A_HOLD = (
    "insert into cycle_hold (cycle, held, reason, by) select cycle, true, 'because', 'tina' from phase where id = :p"
)
INVENTED = """
insert into audit_rows ("table", op, columns, key, rows, body) values ('item', 'insert', '{}', 0, 1, '[]')
"""


async def taken_down(lab: Lab) -> dict[str, dict[str, set[str]]]:
    """The columns that are taken down, by table and trigger."""
    async with lab.app.acquire() as connection:
        found = await connection.fetch(TRIGGERS)
    said: dict[str, dict[str, set[str]]] = defaultdict(dict)
    for row in found:
        said[row["name"]][row["trigger"]] = set(row["said"].split("\\000")[0].replace('"', "").split(", "))
    return said


async def stored(lab: Lab, table: str, columns: list[str]) -> list[list[Any]]:
    """The rows of a table as they stand, as arrays of these columns."""
    named = ", ".join(f'"{column}"' for column in columns)
    async with lab.app.acquire() as connection:
        found = await connection.fetch(f"select json_build_array({named})::text as row from {table}")
    return [json.loads(row["row"]) for row in found]


async def replayed(lab: Lab) -> dict[str, dict[tuple[str, ...], dict[str, Any]]]:
    """All facts, rebuilt from nothing but what was taken down, by table and key."""
    async with lab.app.acquire() as connection:
        parts = await connection.fetch("select * from audit_rows order by id")
    facts: dict[str, dict[tuple[str, ...], dict[str, Any]]] = defaultdict(dict)
    for part in parts:
        lines = part["body"].split("\n")
        assert len(lines) == part["rows"]
        for values in map(json.loads, lines):
            row, key = dict(zip(part["columns"], values, strict=True)), tuple(map(str, values[:part["key"]]))
            assert (part["op"] == "update") == (key in facts[part["table"]])
            facts[part["table"]].setdefault(key, {}).update(row)
    return facts


class TestAFactWithoutAnEvent:
    """It does not commit."""

    @pytest.mark.parametrize(
        "statement",
        [
            f"{NEW_ITEM};{revise('C')}", leave("A"), undecide("tester"), A_HOLD,
            "update phase set lock_version = lock_version + 1 where id = :p",
            f"insert into version_editor (phase, number, person) values (:p, {LAST}, 'theo')",
            "update version set status = 'submitted', submitted_by = 'tina' where phase = :p",
        ],
    )
    async def test_is_refused_at_commit(self, lab: Lab, statement: str) -> None:
        """Neither a new row nor a change of one, though every other law is kept."""
        samples = await lab.standing("draft")
        await samples.attack("every_fact_is_in_an_event", statement, event=False)
        await samples.force(statement)

    async def test_is_refused_beside_one_that_has_an_event(self, lab: Lab) -> None:
        """What is written after the event is in none."""
        samples = await lab.standing("draft")

        async def write() -> None:
            async with lab.database.begin() as tx:
                await versions.touch(tx, await versions.lock_phase(tx, samples.cycle.slug, samples.kind))
                await audit.append(tx, samples.cycle.slug, actor="tina", action="test")
                await run(tx, A_HOLD, p=samples.phase)

        with pytest.raises(DBAPIError, match="insert of cycle_hold is in no event"):
            await write()
        assert [] == await samples.read("select id from cycle_hold where cycle = :c and :p > 0", c=samples.cycle.id)

    async def test_a_statement_without_effect_needs_none(self, lab: Lab) -> None:
        """No row was written, so nothing is taken down."""
        samples = await lab.standing("draft")
        async with lab.app.acquire() as connection:
            await execute(
                connection,
                f"insert into phase (cycle, kind, scope) values ({samples.cycle.id}, '{samples.kind}', '')"
                " on conflict do nothing",
                f"update item_revision set versions = '{{}}' where phase = {samples.phase} and false", event=False,
            )


class TestRowsAreClaimedOnce:
    """The application says which event its rows are in, and nothing else of them."""

    @pytest.mark.parametrize(
        "statement",
        [
            INVENTED, "delete from audit_rows", "truncate audit_rows",
            *(f'update audit_rows set "{name}" = "{name}"' for name in ("table", "op", "columns", "rows", "body")),
        ],
    )
    async def test_they_are_written_by_the_triggers_alone(self, lab: Lab, statement: str) -> None:
        """Not invented, not removed, not rewritten by the application."""
        await (await lab.standing("draft")).attack(DENIED, statement)

    @pytest.mark.parametrize("owner", [False, True])
    @pytest.mark.parametrize("change", ["stream = stream, seq = seq", "stream = null, seq = null", "seq = seq + 1"])
    async def test_they_keep_their_event(self, lab: Lab, change: str, owner: bool) -> None:
        """They move to no other event, and out of none; the owner cannot move them either."""
        samples = await lab.standing("draft")
        await samples.attack("an_event_keeps_its_rows", f"update audit_rows set {change}", owner=owner)

    async def test_the_owner_does_not_rewrite_them(self, lab: Lab) -> None:
        """What an event names stays as it was taken down."""
        samples = await lab.standing("draft")
        await samples.attack("an_event_keeps_its_rows", "update audit_rows set body = '[]'", owner=True)

    async def test_not_for_an_event_that_is_not_there(self, lab: Lab) -> None:
        """Neither one of a stream that nobody knows nor a later one of this stream."""
        samples = await lab.standing("draft")
        for stream, seq in (("nowhere", 1), (f"{samples.cycle.slug}/{samples.kind}", 999)):
            await samples.attack(
                "audit_rows_stream_seq_fkey", A_HOLD, CLAIM.format(stream=stream, seq=seq), event=False
            )

    async def test_not_for_half_an_event(self, lab: Lab) -> None:
        """A stream without a number is no event."""
        samples = await lab.standing("draft")
        half = f"update audit_rows set stream = '{samples.cycle.slug}' where stream is null"
        await samples.attack("audit_rows_check", A_HOLD, half, event=False)


class TestWhatIsTakenDown:
    """Every fact, as it is stored."""

    async def test_every_table_with_facts(self, lab: Lab) -> None:
        """Each new row in full; only the text of a revision is left to its digest and its typed row."""
        async with lab.app.acquire() as connection:
            columns = await connection.fetch(COLUMNS)
        expected: dict[str, set[str]] = defaultdict(set)
        for row in columns:
            if row["name"] not in NO_FACTS:
                expected[row["name"]].add(row["column"])
        expected["item_revision"].remove("content")
        assert expected == {table: said["take_down_insert"] for table, said in (await taken_down(lab)).items()}

    async def test_every_column_that_may_change(self, lab: Lab) -> None:
        """What the application may update is taken down when it does."""
        async with lab.app.acquire() as connection:
            columns = await connection.fetch(COLUMNS)
        said = await taken_down(lab)
        lost = [
            (row["name"], row["column"]) for row in columns if row["updated"] and row["name"] not in NO_FACTS
            and row["column"] not in said[row["name"]].get("take_down_update", ())
        ]
        assert len([row for row in columns if row["updated"]]) > 10
        assert [] == lost

    async def test_it_equals_what_is_stored(self, lab: Lab, court: Court) -> None:
        """The facts rebuilt from all that was ever taken down here are those of the tables, column by column."""
        samples = await lab.standing("superseded", keys=("A", "B\n\"C\" \\ ä \u2028"))
        await samples.cut()
        await samples.edit("A", text="changed\nin two lines")
        await samples.remove("A")
        await court.do(samples, Verb.DECIDE, "tina", decisions({"B\n\"C\" \\ ä \u2028": "reject"}))
        await court.ask(command(samples, Verb.SUBMIT, "olga"))
        await samples.submit()
        await samples.reject()
        facts, said = await replayed(lab), await taken_down(lab)
        assert {"cycle_report", "person", "duty", "phase", "version", "item", "item_revision", "item_decision",
                "version_editor", "command"} <= set(facts)
        for table, columns in said.items():
            names = sorted(columns["take_down_insert"])
            rebuilt = [[row[name] for name in names] for row in facts[table].values()]
            assert sorted(map(repr, rebuilt)) == sorted(map(repr, await stored(lab, table, names))), table

    async def test_every_row_is_named_by_its_event_and_by_no_other(self, lab: Lab) -> None:
        """The body of the event that rows are in says their number, table and SHA-256."""
        await lab.standing("superseded")
        async with lab.app.acquire() as connection:
            parts = await connection.fetch("select * from audit_rows")
            events = await connection.fetch("select stream, seq, body from audit_event")
        keys = ("table", "op", "columns", "key", "rows")
        named = [
            (event["stream"], event["seq"], fact["id"], fact["sha256"], *(fact[key] for key in keys))
            for event in events for fact in json.loads(event["body"]).get("facts", ())
        ]
        written = [
            (part["stream"], part["seq"], part["id"], sha256(part["body"].encode()).hexdigest(),
             *(part[key] for key in keys))
            for part in parts
        ]
        assert len(written) > 10
        assert sorted(written, key=repr) == sorted(named, key=repr)
