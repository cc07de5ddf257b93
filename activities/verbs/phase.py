"""The verbs of a versioned phase: open, add, edit, remove, decide, submit, withdraw, approve, reject, sign, request.

Each checks who acts and on what, then lets the engine do it; what the engine would corrupt the database refuses.
"""

from __future__ import annotations

from activities.report import render_draft
from activities.situation import Change, Situation, VerbHandler, fields_of
from activities.verbs.phase_parts import (
    done,
    draft_of,
    item_of,
    phase_of,
    require_current,
    require_why,
    submitted_of,
)
from methods.text import first_ten
from models import errors, membership, versions
from models.database import rows, run, scalar
from models.gates import SUBMIT_GATES, objection, objection_to_submit
from models.items import ITEM_TYPES, Origin
from models.messages import Verb
from models.payloads import Approval, Contents, Decision, Decisions, Keys, Opening
from models.phases import successor
from models.pinned import effective
from models.versions import PhaseRow, VersionRow


async def open_draft(s: Situation) -> Change:
    """Cut the next draft."""
    phase = await phase_of(s)
    s.actor(phase.policy.submitter)
    after = successor(phase.policy)
    if after and await scalar(
        s.tx, "select exists (select from phase where cycle = :c and kind = :k)", c=phase.cycle, k=after.kind
    ):
        raise errors.SuccessorBegun(
            f"{phase.policy.title} is closed: {after.title} has begun",
            hint="correct a finished cycle by `cycle start --amends`",
        )
    standing = await versions.versions_of(s.tx, phase)
    cut = await versions.cut(s.tx, phase, actor=s.command.actor, parent=s.payload(Opening).parent)
    landed = await land_requests(s, phase, cut.number)
    latest = standing[-1] if standing else None
    return await done(s, phase, cut.number, before=latest, parent=cut.parent, dropped=cut.dropped, landed=landed)


async def land_requests(s: Situation, phase: PhaseRow, d: int) -> list[str]:
    """Put what was asked for while a version was with its approver into the new draft, undecided."""
    waiting = await rows(
        s.tx,
        "select q.id, q.natural_key, q.content, q.origin from item_request q where q.phase = :p"
        " and not exists (select from item_request_landing l where l.request = q.id) order by q.id",
        p=phase.id,
    )
    if not waiting:
        return []
    present = await membership.members(s.tx, phase, d, [request.natural_key for request in waiting])
    for request in waiting:
        if request.natural_key in present:
            revision = present[request.natural_key].revision
        else:
            item = ITEM_TYPES[phase.policy.item].model_validate_json(request.content)
            ids = await membership.add(s.tx, phase, d, [item], origin=Origin(request.origin), actor=membership.SYSTEM)
            revision = ids[item.natural_key]
            present |= await membership.members(s.tx, phase, d, [item.natural_key])
        await run(
            s.tx, "insert into item_request_landing (request, revision) values (:q, :r)", q=request.id, r=revision
        )
    return [request.natural_key for request in waiting]


async def add_items(s: Situation) -> Change:
    """Add items to the draft; adding is the tester's decision for them."""
    phase, version = await draft_of(s)
    payload = s.payload(Contents)
    if payload.origin not in set(Origin):
        raise errors.Malformed(f"{payload.origin!r} is no origin", hint=f"origins: {', '.join(Origin)}")
    items = [item_of(phase, fields, f"item {at}") for at, fields in enumerate(fields_of(payload), start=1)]
    ids = await membership.add(s.tx, phase, version.number, items, origin=Origin(payload.origin), actor=s.command.actor)
    return await done(s, phase, version.number, before=version, added=ids)


async def edit_items(s: Situation) -> Change:
    """Give items of the draft new content: new revisions, pending again on the approver's side."""
    phase, version = await draft_of(s)
    payload = s.payload(Contents)
    keys = [content.get("key") for content in payload.contents]
    wanted = {str(key): fields for key, fields in zip(keys, fields_of(payload), strict=True)}
    if len(wanted) != len(keys) or not all(isinstance(key, str) for key in keys):
        raise errors.Malformed("an edit names every item once, by its key", hint="`item show` prints keys and fields")
    await membership.require(s.tx, phase, version.number, list(wanted))
    current = await rows(
        s.tx,
        "select natural_key, content from member where phase = :p and number = :n and natural_key = any(:keys)",
        p=phase.id,
        n=version.number,
        keys=list(wanted),
    )
    kind = ITEM_TYPES[phase.policy.item]
    items = []
    for row in current:
        before = kind.model_validate_json(row.content)
        after = item_of(phase, {**before.model_dump(by_alias=True), **wanted[row.natural_key]}, row.natural_key)
        if after.natural_key != row.natural_key:
            raise errors.Malformed(
                f"{row.natural_key}: an edit cannot change the key", hint="remove the item and add another"
            )
        if moved := [name for name in kind.computed if getattr(before, name) != getattr(after, name)]:
            raise errors.Malformed(
                f"{row.natural_key}: {', '.join(sorted(moved))} cannot be edited", hint="it follows from the facts"
            )
        if objection := after.objection_to(wanted[row.natural_key]):
            raise errors.ReasonMissing(f"{row.natural_key}: {objection}", hint="set its reason in the same edit")
        items.append(after)
    ids = await membership.edit(s.tx, phase, version.number, items, actor=s.command.actor)
    return await done(s, phase, version.number, before=version, edited=ids)


async def remove_items(s: Situation) -> Change:
    """Take items out of the draft."""
    phase, version = await draft_of(s)
    keys = s.payload(Keys).keys
    await membership.remove(s.tx, phase, version.number, keys)
    return await done(s, phase, version.number, before=version, removed=list(keys))


async def decide_items(s: Situation) -> Change:
    """Record verdicts: the tester's while the version is a draft, the approver's once it is submitted."""
    phase = await phase_of(s)
    version = await versions.open_version(s.tx, phase, "draft", "submitted")
    if version.status == "draft":
        phase, version = await draft_of(s)
        role, known = "tester", phase.policy.tester_verdicts
    else:
        phase, version = await submitted_of(s)
        role, known = "approver", phase.policy.approver_verdicts
    decisions = s.payload(Decisions).decisions
    verdicts = await _resolve(s, phase, version, decisions, known)
    await membership.decide(s.tx, phase, version.number, verdicts, role=role, actor=s.command.actor)
    return await done(
        s,
        phase,
        version.number,
        before=version,
        decided={
            d.key: {"revision": v.revision, "verdict": v.verdict, "reason": v.reason, "side": role}
            for d, v in zip(decisions, verdicts, strict=True)
        },
    )


async def _resolve(
    s: Situation, phase: PhaseRow, version: VersionRow, decisions: tuple[Decision, ...], known: tuple[str, ...]
) -> list[membership.Verdict]:
    """The revisions that the decisions mean, the whole set or none."""
    if len({d.key for d in decisions}) != len(decisions):
        raise errors.Malformed("an item is decided twice in one command", hint="name every item once")
    present = await membership.require(s.tx, phase, version.number, [d.key for d in decisions])
    for d in decisions:
        row = f"row {d.row}: " if d.row else ""
        if d.verdict not in known:
            raise errors.Malformed(
                f"{row}{d.key}: {d.verdict!r} is no verdict here", hint=f"verdicts: {', '.join(known)}"
            )
        if d.verdict in ("reject", "non_issue") and not d.reason.strip():
            raise errors.ReasonMissing(
                f"{row}{d.key}: {d.verdict} carries a reason", hint="--reason TEXT, or the reason column"
            )
        if d.revision is not None and d.revision != present[d.key].revision:
            raise errors.StaleSheet(
                f"{row}{d.key} has changed since the sheet was written",
                hint=f"starter.py version show {phase.slug} {phase.policy.kind} --sheet FILE writes a new one",
            )
    return [membership.Verdict(present[d.key].revision, d.verdict, d.reason) for d in decisions]


async def submit(s: Situation) -> Change:
    """Hand the draft to its approver."""
    phase, version = await draft_of(s)
    written: dict[str, int] = {}
    if phase.policy.item in BEFORE_SUBMIT:
        known = {m.revision for m in (await membership.members(s.tx, phase, version.number)).values()}
        await BEFORE_SUBMIT[phase.policy.item](s, phase, version.number)
        found = await membership.members(s.tx, phase, version.number)
        written = {k: m.revision for k, m in found.items() if m.revision not in known}
    if undecided := await membership.undecided(s.tx, phase, version.number, "tester"):
        raise errors.UndecidedItems(
            f"{phase.named(version.number)} has {len(undecided)} undecided items:"
            f" {first_ten([one.natural_key for one in undecided])}",
            hint=f"starter.py item decide {phase.slug} {phase.policy.kind} --all approve",
        )
    await _require_complete(s, phase, version)
    await versions.submit(s.tx, phase, version, actor=s.command.actor)
    return await done(s, phase, version.number, before=version, written=written)


async def _require_complete(s: Situation, phase: PhaseRow, version: VersionRow) -> None:
    kind = ITEM_TYPES[phase.policy.item]
    if phase.policy.item not in SUBMIT_GATES:
        return
    drafted = await rows(
        s.tx, "select content from member where phase = :p and number = :n order by item", p=phase.id, n=version.number
    )
    if why_not := objection_to_submit(phase.policy.item, [kind.model_validate_json(row.content) for row in drafted]):
        raise errors.Refused(
            f"{phase.named(version.number)} cannot be submitted: {why_not}",
            hint=f"starter.py observation edit {phase.slug} KEY remediation_plan=PLAN remediation_owner=PERSON"
            f" remediation_due=DATE --owner {phase.scope}; or severity=LOWER severity_reason=WHY",
        )


BEFORE_SUBMIT = {"section": render_draft}


async def withdraw(s: Situation) -> Change:
    """Give up the open version; a submitted one only by its submitter and before the first approver decision."""
    phase = await phase_of(s)
    s.actor(phase.policy.submitter)
    version = await versions.open_version(s.tx, phase, "draft", "submitted")
    require_current(s, phase, version)
    if version.submitted_by not in (None, s.command.actor):
        raise errors.WrongRole(
            f"{phase.named(version.number)} was submitted by {version.submitted_by}",
            hint="only the submitter withdraws it",
        )
    require_why(s, phase, version)
    await versions.withdraw(s.tx, phase, version, actor=s.command.actor, reason=s.command.reason)
    return await done(s, phase, version.number, before=version)


async def approve(s: Situation) -> Change:
    """Approve the submitted version; with `adopt_tester` undecided items take over the tester's verdict."""
    phase, version = await submitted_of(s)
    undecided = await membership.undecided(s.tx, phase, version.number, "approver")
    adopted = s.payload(Approval).adopt_tester if s.command.payload.kind == "approval" else False
    if undecided and not adopted:
        raise errors.UndecidedItems(
            f"{phase.named(version.number)} has {len(undecided)} items without your decision:"
            f" {first_ten([one.natural_key for one in undecided])}",
            hint="decide them, or --rest adopts the tester's verdict for them",
        )
    verdicts = [
        membership.Verdict(
            one.revision, str(one.tester_verdict), "as the tester decided" if one.tester_verdict == "reject" else ""
        )
        for one in undecided
    ]
    await membership.decide(s.tx, phase, version.number, verdicts, role="approver", actor=s.command.actor)
    await versions.approve(s.tx, phase, version, actor=s.command.actor, reason=s.command.reason)
    kept = await effective(s.tx, phase.cycle, phase.policy.kind, ITEM_TYPES[phase.policy.item], scope=phase.scope)
    if why_not := objection(phase.policy.item, [pinned.content for pinned in kept]):
        raise errors.Refused(
            f"{phase.named(version.number)} cannot be approved: {why_not}",
            hint="reject it with a reason, so that it is reworked",
        )
    adopted_as = {
        one.natural_key: {"revision": one.revision, "verdict": one.tester_verdict} for one in undecided
    }
    return await done(s, phase, version.number, before=version, adopted=adopted_as)


async def reject(s: Situation) -> Change:
    """Send the submitted version back with a reason."""
    phase, version = await submitted_of(s)
    require_why(s, phase, version)
    await versions.reject(s.tx, phase, version, actor=s.command.actor, reason=s.command.reason)
    return await done(s, phase, version.number, before=version)


async def sign(s: Situation) -> Change:
    """Sign the submitted version in the actor's role; the approver's own sign-off comes with approving."""
    phase = await phase_of(s)
    version = await versions.open_version(s.tx, phase, "submitted")
    require_current(s, phase, version)
    roles = [role for role in phase.policy.signoffs if role not in (phase.policy.submitter, phase.policy.approver)]
    if not roles:
        raise errors.Malformed(f"{phase.policy.title} takes no sign-offs", hint="approve the version instead")
    person = s.actor(*roles)
    role = next(role for role in roles if role in person.roles)
    await versions.sign(s.tx, phase, version.number, version.content_hash or "", actor=s.command.actor, role=role)
    return await done(s, phase, version.number, before=version, signed={"role": role})


async def request_items(s: Situation) -> Change:
    """Ask for an item while the version is not yours to change; it lands in the next draft, undecided."""
    phase = await phase_of(s)
    s.actor(phase.policy.approver)
    if not s.command.reason.strip():
        raise errors.ReasonMissing("a request carries a reason", hint="--reason TEXT")
    contents = fields_of(s.payload(Contents))
    items = [item_of(phase, fields, f"item {at}") for at, fields in enumerate(contents, start=1)]
    for item in items:
        await run(
            s.tx,
            "insert into item_request (phase, natural_key, content, origin, reason, by) values (:p,"
            " :k, :content, :o, :reason, :by)",
            p=phase.id,
            k=item.natural_key,
            content=item.canonical(),
            o=Origin.REPORT_OWNER.value,
            reason=s.command.reason,
            by=s.command.actor,
        )
    standing = await versions.versions_of(s.tx, phase)
    latest = standing[-1] if standing else None
    landed = await land_requests(s, phase, latest.number) if latest and latest.status == "draft" else []
    return await done(
        s, phase, latest.number if latest else 0, requested=[i.natural_key for i in items], landed=landed
    )


HANDLERS: dict[Verb, VerbHandler] = {
    Verb.OPEN: open_draft,
    Verb.ADD: add_items,
    Verb.EDIT: edit_items,
    Verb.REMOVE: remove_items,
    Verb.DECIDE: decide_items,
    Verb.SUBMIT: submit,
    Verb.WITHDRAW: withdraw,
    Verb.APPROVE: approve,
    Verb.REJECT: reject,
    Verb.SIGN: sign,
    Verb.REQUEST: request_items,
}
