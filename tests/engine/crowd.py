"""Phases of very many items in a moment: written as the engine leaves them, past its checks, to look at plans alone."""

from __future__ import annotations

import asyncpg

from tests.engine.builders import Lab, Round, item, plain

_STATES = ("rejected", "superseded", "approved", "draft")

_VERSIONS = """
insert into version (phase, number, parent, status, created_by, created_at, submitted_by, submitted_at, decided_by,
                     decided_at, reason)
select $1, n, nullif(n - 1, 0), ($2::text[])[n], 'tina', at, case when closed then 'tina' end,
       case when closed then at + interval '2 days' end, case when closed then 'olga' end,
       case when closed then at + interval '4 days' end, case when n = 1 then 'because' else '' end
  from generate_series(1, 4) n
 cross join lateral (select timestamptz '2026-01-01 UTC' + make_interval(days => 10 * n) as at, n < 4 as closed) x
"""
_ITEMS = "insert into item (phase, natural_key) select $1, 'K' || lpad(g::text, 6, '0') from generate_series(1, $2) g"
# Of a hundred items five change in v3, two leave in it, and one comes.
_REVISIONS = """
insert into item_revision (phase, item, version, versions, origin, content, by)
select $1, i.id, w.since, int4multirange(int4range(w.since, w.until)), 'generated',
       replace(replace($2, '#KEY#', i.natural_key), '#TEXT#', w.text), 'tina'
  from (select *, right(natural_key, 2)::int as n from item where phase = $1) i
 cross join lateral (
       select case when n = 99 then 3 else 1 end as since, case when n < 7 then 3 end as until, 'as drawn' as text
       union all select 3, null, 'drawn again' where n < 5) w
 order by w.since, i.id
"""
_DECISIONS = """
insert into item_decision (phase, revision, version, versions, role, verdict, reason, by)
select r.phase, r.id, r.version, r.versions, d.role, 'approve', '', d.who
  from item_revision r cross join (values ('tester', 'tina'), ('approver', 'olga')) d(role, who)
 where r.phase = $1 order by r.id
"""


async def crowd(lab: Lab, items: int) -> Round:
    """A phase of so many items: v1 rejected, v2 approved, v3 approved in its place, v4 a draft.

    Its versions are decided on 15 and 25 January and 4 February 2026, at midnight UTC.
    """
    made = await lab.round()
    admin = await asyncpg.connect(plain(lab.urls.admin), server_settings={"search_path": "assay"})
    try:
        await admin.execute("set session_replication_role = replica")
        async with admin.transaction():
            await admin.execute(_VERSIONS, made.phase, list(_STATES))
            await admin.execute(_ITEMS, made.phase, items)
            await admin.execute(_REVISIONS, made.phase, item(made.kind, "#KEY#", "#TEXT#").canonical())
            await admin.execute(_DECISIONS, made.phase)
    finally:
        await admin.close()
    return made


async def analyze(lab: Lab) -> None:
    """Let the planner know what is there."""
    admin = await asyncpg.connect(plain(lab.urls.admin), server_settings={"search_path": "assay"})
    try:
        await admin.execute("vacuum analyze item, item_revision, item_decision, version, phase, cycle_report")
    finally:
        await admin.close()
