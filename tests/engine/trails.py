"""A small cycle with a row in every table of facts, and its trail read and verified as often as a test likes."""

from __future__ import annotations

from typing import Any

from models.database import Tx, rows
from tests.engine.builders import Cycle, Lab, Round

# What no step of the builders writes, in the order of its references; `:c` is the cycle.
_REST = """
insert into assignment (cycle, attribute, line_of_business, status, owner, due_at, by)
    values (:c, 'balance', 'Cards', 'assigned', 'dan', now() + interval '5 days', 'eve')
insert into test_case (cycle, number, sample_revision, scope_revision, attribute_revision, record_key, attribute,
    line_of_business, reported) select :c, 'TC-0000' || r.id % 9, r.id, r.id, r.id, i.natural_key, 'balance',
    'Cards', '7'
    from item i join item_revision r on r.item = i.id where r.phase = :p and 2 <@ r.versions
insert into case_owner (test_case, owner, due_at, by) select id, 'dan', now() + interval '5 days', 'eve' from test_case
    where cycle = :c
insert into extension_request (cycle, owner, until, reason, command_id, by)
    values (:c, 'dan', current_date + 9, 'archive is moved', 'x' || :c, 'dan')
insert into extension_case (request, test_case, due_at) select r.id, s.id, s.due_at from extension_request r
    join case_state s on s.cycle = r.cycle where r.cycle = :c
insert into extension_decision (request, verdict, until, by) select id, 'grant', until, 'tina' from extension_request
    where cycle = :c
insert into case_waiver (test_case, reason, by) select max(id), 'sold', 'tina' from test_case where cycle = :c
insert into owner_event (cycle, owner, event, by) values (:c, 'dan', 'started', 'system')
insert into document (cycle, owner, source, name) values (:c, 'dan', 'statements', 'march.csv')
insert into document_revision (document, revision, sha256, bytes, rows, covered, missing, unknown, unknown_keys,
    command_id, by) select id, 1, repeat('a', 64), 10, 2, 1, '{K9}', '{}', 0, id::text, 'dan' from document
    where cycle = :c
insert into document_decision (revision, verdict, by) select r.id, 'accept', 'tina' from document_revision r
    join document d on d.id = r.document where d.cycle = :c
insert into case_evidence (test_case, revision) select t.id, r.id from test_case t, document_revision r
    join document d on d.id = r.document where d.cycle = :c and t.cycle = :c
insert into execution_request (test_case, request, cause, revision, by) select e.test_case, 'one', 'initial',
    e.revision,
    'dan' from case_evidence e join test_case t on t.id = e.test_case where t.cycle = :c
insert into execution (test_case, run, revision, request, reported, evidence, outcome, explanation)
    select q.test_case, 1, q.revision, 'one', '7', '8', 'mismatch', 'differs by 1' from execution_request q
    join test_case t on t.id = q.test_case where t.cycle = :c
insert into execution_review (execution, conclusion, concluded, by) select x.id, 'mismatch', false, 'tina'
    from execution x join test_case t on t.id = x.test_case where t.cycle = :c
insert into rule_result (phase, number, revision, report_sha256, passed, failed, total, keys_sha256, sql, sql_sha256)
    select r.phase, 2, r.id, repeat('b', 64), 5, 1, 6, repeat('c', 64), 'select 1', repeat('d', 64) from item_revision r
    where r.phase = :p
insert into report_profile (phase, report_sha256, profile_sha256) values (:p, repeat('b', 64), repeat('a', 64))
insert into report_file (phase, number, kind, name, sha256, bytes) values (:p, 2, 'html', 'report.html',
    repeat('e', 64), 9)
insert into item_comment (phase, item, version, question, text, by) select :p, min(id), (select max(number) from version
    where phase = :p), true, 'why this one?', 'olga' from item where phase = :p
insert into item_comment (phase, item, version, question, text, by) select id, (select min(id) from item i
    where i.phase = p.id), (select max(number) from version v where v.phase = p.id), true, 'not mine', 'dan'
    from phase p where cycle = :c and kind = 'observation_management'
insert into item_dispute (comment) select max(c.id) from item_comment c join phase p on p.id = c.phase
    where p.cycle = :c and p.kind = 'observation_management'
insert into carried_observation (cycle, revision) select :c, max(r.id) from item_revision r where r.phase = :before
insert into item_request (phase, natural_key, content, origin, reason, by) select :p, i.natural_key, r.content,
    'report_owner', 'look again', 'olga' from item i join item_revision r on r.item = i.id
    where r.phase = :p and upper_inf(r.versions)
insert into item_request_landing (request, revision) select q.id, r.id from item_request q join item i on
    i.phase = q.phase and i.natural_key = q.natural_key join item_revision r on r.item = i.id
    where q.phase = :p and upper_inf(r.versions)
insert into cycle_hold (cycle, held, reason, by) values (:c, false, 'audit is done', 'rhea')
insert into command (id, sha256, actor, verb, cycle) values ('id' || :c, repeat('f', 64), 'tina', 'submit', ':slug')
update command set result = '{}' where id = 'id' || :c
insert into cycle_closing (cycle, outcome, by) values (:c, 'completed', 'system')
"""

# Failures are explained while the report is not submitted; `:p` is Data Profiling.
_EXPLAINED = (
    "insert into rule_result (phase, number, revision, report_sha256, passed, failed, total, keys_sha256, sql,"
    " sql_sha256) select :p, 1, id, repeat('b', 64), 5, 1, 6, repeat('c', 64), 'select 1', repeat('d', 64)"
    " from item_revision where phase = :p",
    "insert into explanation (phase, result, whole, records, reason, command_id, by) select :p, max(id), false, 1,"
    " 'a merger', 'e' || :p, 'tina' from rule_result where phase = :p",
    "insert into explained_key (explanation, key, records) select id, 'K1', 1 from explanation where phase = :p",
    "insert into explanation_decision (explanation, verdict, by) select id, 'approve', 'olga' from explanation"
    " where phase = :p",
)


async def furnished(lab: Lab) -> Cycle:
    """A cycle with a rejected, a superseded and an approved version, a draft, a signed report, and all the rest."""
    before = await completed(lab, period="2025-12-31")
    cycle = await lab.cycle()
    samples = await cycle.round("sample_selection")
    await samples.cut()
    await samples.add("A", "B", "C|D")
    await samples.submit()
    await samples.decide(A="approve", B="reject")
    await samples.reject()
    await samples.cut()
    await samples.edit("A", text="corrected")
    await samples.submit()
    await samples.approve()
    scope = await cycle.round("scoping")
    await scope.cut()
    await scope.add("balance", "rate")
    await scope.submit()
    await scope.approve()
    await scope.cut()
    await scope.remove("rate")
    await scope.submit()
    await scope.approve()
    for kind in ("planning", "data_profiling", "observation_management", "finalize_report"):
        made = await cycle.round(kind)
        await made.cut()
        await made.add("one", "two")
        await made.submit()
        if kind == "finalize_report":
            await made.sign()
        await made.approve()
        if kind == "data_profiling":
            await made.force(*_EXPLAINED, stream=made.stream)
    await samples.cut()
    steps = [" ".join(step.split()) for step in _REST.strip().replace("\n    ", " ").splitlines()]
    await samples.force(
        *(step.replace(":slug", cycle.slug).replace(":before", str(before.phase)).replace(":c", str(cycle.id))
          for step in steps), stream=samples.stream
    )
    return cycle


async def completed(lab: Lab, *, report: str = "R", period: str) -> Round:
    """The approved observation of a cycle that is completed."""
    made = await (await lab.cycle(report=report, period=period)).round("observation_management")
    await made.cut()
    await made.add("A")
    await made.submit()
    await made.approve()
    await made.force(f"insert into cycle_closing (cycle, outcome, by) values ({made.cycle.id}, 'completed', 'system')",
                     stream=made.cycle.slug)
    return made


async def listed(tx: Tx, sql: str, **values: Any) -> list[Any]:
    """The first column of a query."""
    return [row[0] for row in await rows(tx, sql, **values)]
