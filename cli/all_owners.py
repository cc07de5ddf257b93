"""One act over the observations of all data owners: each owner is judged alone, and all are told in one table.

One owner's refusal does not stop the others. The exit code is 0 only when every owner was done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from cli.acting import Act, Intent, Setting, acting_as, invocation, phase_named, who_acts
from cli.client import connect
from cli.decisions import on_sheet
from cli.heads import approver_intent, draft_intent
from cli.output import Look, names, say, show
from cli.sheets import DecisionSheet
from models import errors
from models.database import Tx
from models.messages import Verb
from models.payloads import Approval, Decision, Decisions
from models.phase_state import waiting_for
from models.phases import BY_KIND, Phase
from models.queries.cycles import cycle as cycle_named
from models.queries.cycles import phases
from models.queries.people import PersonLine, people
from models.queries.versions import MemberLine, VersionHead, members, version_head

_LONGEST_REASON = 2000
DONE = {Verb.APPROVE: "approved", Verb.REJECT: "rejected", Verb.SUBMIT: "submitted", Verb.DECIDE: "decided"}
NOTHING_LEFT = "nothing to do"


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a plan; `reason` is that of the command."""

    verb: Verb
    intent: Intent
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one owner. `code` is that of the error which refused it, '' when it was done."""

    owner: str
    version: int | None
    decided: int
    outcome: str
    code: str = ""
    why: str = ""
    hint: str = ""


Plan = Callable[[VersionHead, Sequence[MemberLine]], Sequence[Step]]


def owner_phase(name: str, owner: str) -> Phase:
    """The phase of that name, which has versions per owner; raises `BadInput` when it has not, or one is named."""
    phase = phase_named(name)
    if not (phase.versioned and phase.stage == "owner"):
        raise errors.BadInput(f"{phase.title} has no versions per data owner", hint="leave out --all-owners")
    if owner:
        raise errors.BadInput("--all-owners and --owner exclude each other", hint="leave out one of them")
    return phase


async def heads_waiting(tx: Tx, slug: str, phase: Phase, who: str) -> list[VersionHead]:
    """The open versions of all owners that wait for this person, by owner. Raises `NotFound`, `WrongRole`."""
    cycle, everybody = await cycle_named(tx, slug), await people(tx, slug)
    person = _known(everybody, who, slug)
    return [
        await version_head(tx, slug, phase, scope=line.scope)
        for line in await phases(tx, cycle.id)
        if line.kind == phase.kind and line.status in ("draft", "submitted")
        and set(person.roles) & set(waiting_for(phase, line.status, line.signed))
    ]


def _known(everybody: Mapping[str, PersonLine], who: str, slug: str) -> PersonLine:
    if who not in everybody:
        raise errors.WrongRole(f"{who} is not in this cycle", hint=f"starter.py people list {slug}")
    return everybody[who]


def by_owner(sheet: DecisionSheet, *, name: str) -> dict[str, DecisionSheet]:
    """A joint sheet as a sheet for each owner, in the order in which they come; raises `MalformedSheet`."""
    if nameless := [str(d.row) for d in sheet.decisions if not d.place.owner]:
        raise errors.MalformedSheet(f"{name}: column owner is blank in row {', '.join(nameless[:10])}",
                                    hint="write the sheet with `version show --all-owners --sheet FILE`")
    owners = dict.fromkeys(d.place.owner for d in sheet.decisions)
    return {
        owner: DecisionSheet(tuple(d for d in sheet.decisions if d.place.owner == owner), ()) for owner in owners
    }


def decided_by(sheet: DecisionSheet, *, cycle: str, then: Plan | None = None) -> Plan:
    """The plan that decides an owner's items as the sheet says, and goes on from there."""

    def plan(head: VersionHead, items: Sequence[MemberLine]) -> Sequence[Step]:
        decisions = on_sheet(head, items, sheet, cycle=cycle)
        said = {d.key: d for d in decisions}
        after = [_as_decided(item, said.get(item.key), head.side) for item in items]
        return [*decide(head, decisions), *(then(head, after) if then else ())]

    return plan


def _as_decided(item: MemberLine, said: Decision | None, side: str) -> MemberLine:
    """The item as it stands once the decision is taken."""
    if said is None:
        return item
    if side == "tester":
        return item._replace(tester_verdict=said.verdict, tester_reason=said.reason)
    return item._replace(approver_verdict=said.verdict, approver_reason=said.reason)


def decide(head: VersionHead, decisions: Sequence[Decision]) -> list[Step]:
    """Record decisions, if there are any."""
    intent = draft_intent if head.status == "draft" else approver_intent
    return [Step(Verb.DECIDE, intent(head, Decisions(decisions=tuple(decisions))))] if decisions else []


def conclude(*, rest: bool, reason: str) -> Plan:
    """Approve, or reject where a verdict forces rework; the reasons of those verdicts become the version's."""

    def plan(head: VersionHead, items: Sequence[MemberLine]) -> Sequence[Step]:
        if head.status != "submitted":
            return ()
        forcing = [] if BY_KIND[head.kind].approves_with_rejected else [
            item for item in items if item.approver_verdict == "reject"
        ]
        if forcing:
            said = reason or "; ".join(f"{item.key}: {item.approver_reason}" for item in forcing)
            return [Step(Verb.REJECT, approver_intent(head), said[:_LONGEST_REASON])]
        return [Step(Verb.APPROVE, approver_intent(head, Approval(adopt_tester=rest)), reason)]

    return plan


def submit(head: VersionHead, _: Sequence[MemberLine]) -> Sequence[Step]:
    """Hand the draft to its approver."""
    return [Step(Verb.SUBMIT, draft_intent(head))]


async def act_on_each(
    cycle: str, phase: Phase, act: Act, plans: Mapping[str, Plan] | Plan, *, status: str = ""
) -> int:
    """Carry out a plan for each owner, or one plan for all that wait for who acts; the exit code.

    `status` narrows the versions that wait to drafts, or to submitted ones.
    """
    if act.command_id:
        raise errors.BadInput("--command-id names one command", hint="run it again as it is: what is done stays done")
    actor = who_acts(act)
    async with connect(invocation=invocation()) as session:
        async with session.reader.begin() as tx:
            setting = Setting(session, await cycle_named(tx, cycle), actor, await people(tx, cycle))
            waiting = await heads_waiting(tx, cycle, phase, actor)
        if not isinstance(plans, Mapping):
            plans = {head.scope: plans for head in waiting if status in ("", head.status)}
        if not plans:
            why = f"no owner's {phase.title} waits for {actor}"
            raise errors.WrongState(why, hint=f"starter.py inbox --as {actor}")
        say(f"acting as {acting_as(actor, setting.people)} on {owners(len(plans))}")
        found = [await _one(setting, phase, owner, plan, act) for owner, plan in plans.items()]
    tell(found, act)
    return exit_code(found)


async def _one(setting: Setting, phase: Phase, owner: str, plan: Plan, act: Act) -> Outcome:
    """One owner: read, planned and done; a refusal becomes what is told of that owner."""
    version: int | None = None
    decided, outcome = 0, NOTHING_LEFT
    try:
        async with setting.session.reader.begin() as tx:
            head = await version_head(tx, setting.cycle.slug, phase, scope=owner)
            version, items = head.number, await members(tx, head)
        steps = plan(head, items)
        for step in steps[:1] if act.dry_run else steps:
            await _send(setting, phase, owner, step, act)
            outcome = DONE[step.verb]
            if isinstance(step.intent.payload, Decisions):
                decided = len(step.intent.payload.decisions)
        if act.dry_run and steps:
            outcome = f"would be {DONE[steps[-1].verb]}"
    except errors.AssayError as error:
        return Outcome(owner=owner, version=version, decided=decided, outcome="unknown" if error.exit_code == 8
                       else "refused", code=error.code, why=error.message, hint=error.hint)
    return Outcome(owner=owner, version=version, decided=decided, outcome=outcome)


async def _send(setting: Setting, phase: Phase, owner: str, step: Step, act: Act) -> None:
    command = setting.session.command(
        step.verb, cycle=setting.cycle.slug, actor=setting.actor, phase=phase.kind, scope=owner,
        payload=step.intent.payload, reason=step.reason or act.reason, version=step.intent.version,
        content_hash=step.intent.content_hash, lock_version=step.intent.lock_version, dry_run=act.dry_run,
    )
    await setting.session.send(command, timeout=timedelta(seconds=act.timeout))


def tell(found: Sequence[Outcome], look: Look) -> None:
    """Print what became of each owner."""
    show("owners", found, look, columns=("owner", "version", "decided", "outcome", "why"), header=names(Outcome))
    refused = sum(bool(one.code) for one in found)
    say(f"{len(found) - refused} of {owners(len(found))} done" + (f", {refused} not" if refused else ""))
    for hint in dict.fromkeys(one.hint for one in found if one.hint):
        say(f"hint: {hint}")


def owners(number: int) -> str:
    """"1 owner", "2 owners"."""
    return f"{number} owner{'' if number == 1 else 's'}"


def exit_code(found: Sequence[Outcome]) -> int:
    """0 when all were done; the code that all refusals share, else that of a conflict; 8 when one is unknown."""
    codes = {errors.from_code(one.code, "").exit_code for one in found if one.code}
    if not codes:
        return 0
    return 8 if 8 in codes else codes.pop() if len(codes) == 1 else errors.Conflict.exit_code

