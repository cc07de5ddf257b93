"""The verbs of one data owner's work: dispute, upload, judge evidence, review, rerun, waive cases."""

from __future__ import annotations

from typing import Any

from activities.situation import Change, Situation, VerbHandler
from activities.verbs.cycle import current_pairs, lock_pairs, require_reason, waive_cases_of
from activities.verbs.owner_parts import lock_owner, request_runs, self_of, stream_of
from activities.verbs.query_evidence import run_accepted
from activities.verbs.upload import upload
from methods.text import counted
from models import errors
from models.database import rows, run
from models.messages import Verb
from models.payloads import CaseSelection, EvidenceVerdict, Keys, Pairs


async def dispute(s: Situation) -> Change:
    """Send pairs back to the data executive: not mine, and why."""
    owner = self_of(s)
    require_reason(s)
    await lock_pairs(s)
    current = await current_pairs(s)
    asked = s.payload(Pairs).pairs
    mine = [key for key, (status, of) in current.items() if of == owner and status == "assigned"]
    wanted = [(p.attribute, p.line_of_business) for p in asked] or mine
    foreign = [key for key in wanted if key not in mine]
    if foreign or not wanted:
        named = ", ".join(f"{a} / {line}" for a, line in foreign[:10]) or "anything"
        raise errors.NotFound(f"{owner} is not assigned {named}", hint=f"starter.py owner list {s.cycle.slug}")
    for attribute, line in wanted:
        await run(
            s.tx,
            "insert into assignment (cycle, attribute, line_of_business, status, owner, reason, due_at, by)"
            " values (:c, :a, :l, 'disputed', :o, :r, clock_timestamp() + make_interval(days =>"
            " (select days from duty where cycle = :c and name = 'assignment')), :by)",
            c=s.cycle.id,
            a=attribute,
            l=line,
            o=owner,
            r=s.command.reason,
            by=s.command.actor,
        )
    return Change(
        f"{s.cycle.slug}/data_owner_id",
        f"{owner} disputes {counted(len(wanted), 'pair')}",
        rows={"pairs": [list(key) for key in wanted]},
        result={"pairs": len(wanted)},
    )


async def judge_evidence(s: Situation) -> Change:
    """Accept or return what an owner handed in; without ids, all that waits and could be read.

    A query that is accepted runs, and its rows are taken in.
    """
    s.actor("tester")
    owner = await lock_owner(s)
    asked = s.payload(EvidenceVerdict)
    if asked.verdict == "return":
        require_reason(s)
    waiting = await rows(
        s.tx,
        "select r.id, r.revision, d.name, d.source, r.sha256, r.read_as, r.problem <> '' or exists"
        " (select from document_decision x where x.revision = r.id) as decided"
        "  from document_revision r join document d on d.id = r.document where d.cycle = :c and d.owner = :o"
        "   and r.revision = (select max(revision) from document_revision n where n.document ="
        " r.document) order by r.id",
        c=s.cycle.id,
        o=owner,
    )
    chosen = [row for row in waiting if (row.id in asked.revisions if asked.revisions else not row.decided)]
    unknown = sorted(set(asked.revisions) - {row.id for row in waiting})
    if unknown:
        raise errors.StaleVersion(
            f"not a current revision of {owner}: {unknown}",
            hint=f"starter.py evidence list {s.cycle.slug} --owner {owner}",
        )
    if not chosen:
        raise errors.WrongState(
            f"no evidence of {owner} waits for a decision",
            hint=f"starter.py evidence list {s.cycle.slug} --owner {owner}",
        )
    for row in chosen:
        await run(
            s.tx,
            "insert into document_decision (revision, verdict, reason, by) values (:r, :v, :reason, :by)",
            r=row.id,
            v=asked.verdict,
            reason=s.command.reason,
            by=s.command.actor,
        )
    ran = await run_accepted(s, owner, chosen) if asked.verdict == "accept" else {}
    named = [f"{row.name} revision {row.revision}" for row in chosen]
    return Change(
        stream_of(s, "request_info"),
        f"{asked.verdict}: {', '.join(named)}",
        rows={"verdict": asked.verdict, "revisions": [row.id for row in chosen], **ran},
        result={"documents": named, **ran},
    )


async def _selected(s: Situation, owner: str, asked: CaseSelection, states: tuple[str, ...]) -> list[Any]:
    """The cases that a selection means, which must be exactly those the actor saw."""
    found = await rows(
        s.tx,
        "select id, number, state, outcome, execution, document_revision from case_state where cycle"
        " = :c and owner = :o"
        " and (cardinality(CAST(:numbers AS text[])) = 0 or number = any(:numbers))"
        " and (cardinality(CAST(:outcomes AS text[])) = 0 or outcome = any(:outcomes)) order by id",
        c=s.cycle.id,
        o=owner,
        numbers=list(asked.cases),
        outcomes=list(asked.outcomes),
    )
    hint = f"starter.py execution list {s.cycle.slug} --owner {owner}"
    unknown = sorted(set(asked.cases) - {row.number for row in found})
    if unknown:
        raise errors.NotFound(f"not among the cases of {owner}: {', '.join(unknown[:10])}", hint=hint)
    chosen = [row for row in found if row.state in states]
    unfit = [f"{row.number} is {row.state}" for row in found if row.state not in states]
    if unfit and asked.cases:
        raise errors.WrongState(f"{'; '.join(unfit[:10])}: this needs {' or '.join(states)}", hint=hint)
    if not chosen:
        raise errors.WrongState(f"no case of {owner} is {' or '.join(states)}", hint=hint)
    if asked.expected is not None and asked.expected != len(chosen):
        raise errors.StaleSheet(f"{len(chosen)} cases fit now, {asked.expected} when they were read", hint=hint)
    return chosen


async def review(s: Situation) -> Change:
    """Confirm results on accepted evidence, or conclude those that need a person's judgement."""
    s.actor("tester")
    owner = await lock_owner(s)
    asked = s.payload(CaseSelection)
    chosen = await _selected(s, owner, asked, ("to_review",))
    open_ended = [row.number for row in chosen if row.outcome == "needs_review"]
    if open_ended and not asked.conclusion:
        raise errors.UndecidedItems(
            f"{len(open_ended)} cases need a conclusion: {', '.join(open_ended[:10])}",
            hint="--case NUMBER --conclude match|mismatch --reason TEXT, or select others by --outcome",
        )
    if asked.conclusion and asked.conclusion not in ("match", "mismatch"):
        raise errors.Malformed(f"{asked.conclusion!r} is no conclusion", hint="conclusions: match, mismatch")
    if asked.conclusion and len(open_ended) != len(chosen):
        raise errors.WrongState(
            "only cases that need review are concluded; the comparison decided the others", hint="rerun them instead"
        )
    if asked.conclusion:
        require_reason(s)
    await run(
        s.tx,
        "insert into execution_review (execution, conclusion, concluded, reason, by)"
        " select x.id, coalesce(nullif(:conclusion, ''), x.outcome), :conclusion <> '', :reason, :by"
        "   from execution x where x.id = any(CAST(:ids AS bigint[])) order by x.id",
        conclusion=asked.conclusion,
        reason=s.command.reason,
        by=s.command.actor,
        ids=[row.execution for row in chosen],
    )
    return Change(
        stream_of(s, "test_execution"),
        f"{len(chosen)} results reviewed",
        result={"cases": len(chosen)},
        rows={"conclusion": asked.conclusion, "cases": [row.number for row in chosen]},
    )


async def rerun(s: Situation) -> Change:
    """Ask for another run of cases on the evidence they have."""
    s.actor("tester")
    owner = await lock_owner(s)
    asked = s.payload(CaseSelection)
    chosen = await _selected(s, owner, asked, ("to_accept", "to_review", "concluded", "returned"))
    runnable = [row for row in chosen if row.document_revision is not None]
    if not runnable:
        raise errors.WrongState(
            "none of these cases has evidence to run on", hint=f"starter.py case list {s.cycle.slug} --owner {owner}"
        )
    await request_runs(s, "rerun", [(row.id, row.document_revision) for row in runnable])
    return Change(
        stream_of(s, "test_execution"),
        f"{len(runnable)} cases rerun",
        result={"runs": len(runnable)},
        rows={"cases": [row.number for row in runnable]},
    )


async def waive_cases(s: Situation) -> Change:
    """Take cases out of the test, for a reason that stays in the report."""
    s.actor("tester")
    require_reason(s)
    owner = await lock_owner(s)
    numbers = list(s.payload(Keys).keys)
    waived = await waive_cases_of(s, "owner = :o and number = any(:numbers)", o=owner, numbers=numbers)
    left = sorted(set(numbers) - set(waived))
    if left:
        raise errors.WrongState(
            f"not open cases of {owner}: {', '.join(left[:10])}",
            hint=f"starter.py case list {s.cycle.slug} --owner {owner}",
        )
    return Change(
        stream_of(s, "request_info"),
        f"{len(waived)} cases waived",
        rows={"cases": waived},
        result={"cases": len(waived)},
    )


HANDLERS: dict[Verb, VerbHandler] = {
    Verb.DISPUTE: dispute,
    Verb.UPLOAD: upload,
    Verb.JUDGE_EVIDENCE: judge_evidence,
    Verb.REVIEW: review,
    Verb.RERUN: rerun,
    Verb.WAIVE_CASES: waive_cases,
}
