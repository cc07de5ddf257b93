"""The verbs of explanations: who submits the rules says why records fail one, who approves the rules decides.

An explanation is of one result: the rule's query, the report it ran over and which records fail. An approved one takes
failures out of what is open, never out of the counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from activities.situation import Change, Situation, VerbHandler
from activities.verbs.cycle import require_reason
from activities.verbs.phase_parts import phase_of
from methods.text import counted, first_ten
from models import errors
from models.database import one, run, scalar
from models.messages import Verb
from models.payloads import Explanation, ExplanationVerdict
from models.versions import PhaseRow

_RESULT = """
select x.id, x.failed, x.keys_sha256, r.gate
  from version v join rule_result x on x.phase = v.phase and x.number = v.number
  join rule_item r on r.revision = x.revision
 where v.phase = :phase and v.status = 'approved' and r.name = :rule
"""
_EXPLAIN = """
insert into explanation (phase, result, whole, records, reason, command_id, by)
values (:phase, :result, :whole, :records, :reason, :command, :by) returning id, number
"""
_KEYS = """
insert into explained_key (explanation, key, records)
select :explanation, k, n from unnest(CAST(:keys AS text[]), CAST(:records AS bigint[])) x(k, n)
"""
_WRITTEN = """
select e.id, e.number, e.by, e.records, r.name, d.verdict, d.by as decided_by
  from explanation e join rule_result x on x.id = e.result join rule_item r on r.revision = x.revision
  left join explanation_decision d on d.explanation = e.id where e.phase = :phase and e.number = :number
"""


async def explain(s: Situation) -> Change:
    """Say why records fail a rule; they stay open until the explanation is approved."""
    phase = await phase_of(s)
    s.actor(phase.policy.submitter)
    require_reason(s)
    asked = s.payload(Explanation)
    result = await _result(s, phase, asked.rule)
    named = _failing(s, asked, result.keys_sha256) if asked.keys else {}
    records = sum(named.values()) or result.failed
    made = await one(s.tx, _EXPLAIN, phase=phase.id, result=result.id, whole=not named, records=records,
                     reason=s.command.reason, command=s.command.command_id, by=s.command.actor)
    await run(s.tx, _KEYS, explanation=made.id, keys=list(named), records=list(named.values()))
    # What the database has to say of it should be this command's answer.
    await run(s.tx, "set constraints check_explained immediate")
    told = {"explanation": made.number, "rule": asked.rule, "records": records}
    return Change(
        phase.stream,
        f"explanation {made.number}: {s.command.actor} explains {records:,} of"
        f" {counted(result.failed, 'failing record')} of {asked.rule}",
        rows={**told, "keys": list(named)},
        result={**told, "failed": result.failed},
    )


async def approve_explanation(s: Situation) -> Change:
    """Accept an explanation: its records are open no more, and stay counted as failing."""
    return await _decide(s, "approve")


async def reject_explanation(s: Situation) -> Change:
    """Refuse an explanation: its records stay open, and may be explained again."""
    require_reason(s)
    return await _decide(s, "reject")


async def _result(s: Situation, phase: PhaseRow, rule: str) -> Any:
    """The rule's result in the approved version; raises what stands against explaining it."""
    results = f"starter.py version results {s.cycle.slug}"
    found = await one(s.tx, _RESULT, phase=phase.id, rule=rule)
    if found is None:
        raise errors.NotFound(f"no approved rule {rule!r} has run in cycle {s.cycle.slug}",
                              hint=f"{results} lists those that have")
    if found.gate != "explainable":
        raise errors.Refused(f"rule {rule} is {found.gate}: its failures are not explained",
                             hint=f"an `explainable` gate is decided with the rule; see docs/rules.md, and {results}")
    if not found.failed:
        raise errors.WrongState(f"no record fails {rule}: there is nothing to explain", hint=results)
    return found


def _failing(s: Situation, asked: Explanation, keys_sha256: str) -> Mapping[str, int]:
    """How many failing records have each of the keys; raises `NotFound` naming keys that do not fail."""
    if len(set(asked.keys)) != len(asked.keys):
        raise errors.Malformed("a key is named twice in one command", hint="name every key once")
    wanted = set(asked.keys)
    found = Counter(key for key in s.store.lines(keys_sha256) if key in wanted)
    if strange := [key for key in asked.keys if key not in found]:
        raise errors.NotFound(f"not failing {asked.rule}: {first_ten(strange)}",
                              hint=f"starter.py version results {s.cycle.slug} --keys lists those that do")
    return found


async def _decide(s: Situation, verdict: str) -> Change:
    phase = await phase_of(s)
    s.actor(phase.policy.approver)
    number = s.payload(ExplanationVerdict).number
    listing = f"starter.py profile explanations {s.cycle.slug}"
    found = await one(s.tx, _WRITTEN, phase=phase.id, number=number)
    if found is None:
        raise errors.NotFound(f"there is no explanation {number} in {s.cycle.slug}", hint=listing)
    said = {"approve": "approved", "reject": "rejected"}
    if found.verdict:
        raise errors.WrongState(f"explanation {number} was {said[found.verdict]} by {found.decided_by}", hint=listing)
    if found.by == s.command.actor:
        raise errors.SelfApproval(f"{found.by} wrote explanation {number}",
                                  hint=f"another {phase.policy.approver.replace('_', ' ')} decides it")
    await run(s.tx, "insert into explanation_decision (explanation, verdict, reason, by) values (:e, :v, :r, :by)",
              e=found.id, v=verdict, r=s.command.reason, by=s.command.actor)
    open_ = await scalar(s.tx, "select x.open from explained_result x join explanation e on e.result = x.result"
                               " where e.id = :e", e=found.id)
    told = {"explanation": number, "rule": found.name, "records": found.records}
    return Change(
        phase.stream,
        f"explanation {number} {said[verdict]}: {counted(found.records, 'record')} of {found.name}",
        rows={**told, "verdict": verdict},
        result={**told, "open": open_},
    )


HANDLERS: dict[Verb, VerbHandler] = {
    Verb.EXPLAIN: explain,
    Verb.APPROVE_EXPLANATION: approve_explanation,
    Verb.REJECT_EXPLANATION: reject_explanation,
}
