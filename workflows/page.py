"""How a run's page in the Temporal Web UI reads (Markdown): who is waited for since when, what failed, how far it is.

Text of what a run has been told, for people who have never used Temporal; nothing here commands anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from urllib.parse import quote

from models.messages import Awaited, OwnerProgress, PhaseState, Standing, owner_workflow_id, phase_workflow_id
from models.phases import BY_KIND, FOUNDATION, OWNER_ROUND, PHASES, Phase

_DONE = ("concluded", "waived")
_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An owner's failed work."""

    since: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Owners:
    """What the cycle's run knows of its owners: `running` since when, `told` by whom, how many are `complete`.

    `finished` are the cases that complete owners have concluded; `cases` and those of them that were `done` were
    counted when the run last looked at the facts.
    """

    begun: datetime
    running: Mapping[str, datetime]
    told: Mapping[str, Standing]
    complete: int
    finished: int
    failed: Mapping[str, Failure]
    pairs: Mapping[str, int]
    cases: int
    done: int
    blockers: Sequence[str]


def moment(at: datetime) -> str:
    """A time as people read it; the Web UI has no say in it."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def concluded(cases: Mapping[str, int]) -> int:
    """How many of the cases, counted by state, need nothing more."""
    return sum(cases.get(state, 0) for state in _DONE)


def run_link(title: str, workflow_id: str, namespace: str) -> str:
    """A link to another run, which the Web UI resolves against itself."""
    return f"[{title}](/namespaces/{quote(namespace, safe='')}/workflows/{quote(workflow_id, safe='')})"


def describe(policy: Phase, state: PhaseState) -> str:
    """Who is waited for in a versioned phase, to do what, since when, and how far it is."""
    if not state.version:
        return f"**{policy.title}**: preparing proposals"
    if not state.waiting_for:
        return f"**{policy.title}** v{state.version} is {state.status}"
    doing = {"draft": "decide and submit", "submitted": "decide"}.get(state.status, "open a new draft of")
    people = ", ".join(state.people) or " or ".join(state.waiting_for)
    since = f" since {moment(state.since)}" if state.since else ""
    due = f", due {state.due_at:%Y-%m-%d}" if state.due_at else ""
    left = f"; {state.undecided} of {state.items} items undecided" if state.status in ("draft", "submitted") else ""
    who = f"**{people}** ({', '.join(state.waiting_for)})"
    was = f" (v{state.version} was {state.status})" if state.status not in ("draft", "submitted") else ""
    name = policy.title if was else f"{policy.title} v{state.version}"
    return f"waiting for {who} to {doing} **{name}**{was}{since}{due}{left}"


def phase_page(policy: Phase, state: PhaseState, slug: str) -> str:
    """The page of a phase's run."""
    return "\n\n".join([describe(policy, state), _closer(f"version show {slug} {policy.kind}")])


def quarter(state: PhaseState) -> int:
    """How many quarters of a version's items are undecided, begun ones too: the steps in which progress is told."""
    return -(-4 * state.undecided // state.items) if state.items else 0


# The page of an owner's run.


def owner_roles(progress: OwnerProgress) -> tuple[str, ...]:
    """The roles that an owner's work waits for; nobody while the system is at it."""
    turns = [one.role for one in progress.awaited]
    return tuple(sorted({*turns, *progress.observations.waiting_for}))


def owner_page(owner: str, progress: OwnerProgress, slug: str) -> str:
    """The page of an owner's run: how far the cases are, and everybody who is waited for."""
    lines = [_cases_of(owner, progress), *(f"- {awaited(one)}" for one in progress.awaited)]
    if progress.observations.version:
        lines.append(f"- {describe(OWNER_ROUND, progress.observations)}")
    if progress.pending:
        lines.append(f"- {progress.pending} tests are being run")
    if progress.complete:
        lines.append("Nothing is left to do.")
    return "\n\n".join([_listed(lines), _closer(f"case list {slug} --owner {owner}")])


def failure_page(owner: str, why: str, slug: str) -> str:
    """The page of an owner's run that has failed."""
    return (
        f"**The work of {owner} has failed**: {' '.join(why.split())}\n\nNothing is lost. A tester retries it, and this"
        f" page is then of an earlier run: `python starter.py owner retry {slug} {owner}`. Or waives it:"
        f" `python starter.py owner waive {slug} --owner {owner} --reason TEXT`"
    )


def awaited(one: Awaited) -> str:
    """One sentence of who is waited for."""
    who = f"**{', '.join(one.people)}** ({one.role})" if one.people else f"a **{one.role.replace('_', ' ')}**"
    cases = f" {one.number} case{'s' if one.number > 1 else ''}" if one.number else ""
    since = f" since {moment(one.since)}" if one.since else ""
    due = f", due {one.due_at:%Y-%m-%d}" if one.due_at else ""
    return f"waiting for {who} to {one.what}{cases}{since}{due}"


def _cases_of(owner: str, progress: OwnerProgress) -> str:
    total = sum(progress.cases.values())
    if not total:
        return f"**{owner}** has no cases"
    done = concluded(progress.cases)
    rest = [f"{n} {state.replace('_', ' ')}" for state, n in sorted(progress.cases.items()) if state not in _DONE]
    return f"**{owner}**: {done:,} of {total:,} cases concluded or waived" + (f" ({', '.join(rest)})" if rest else "")


# The page of a cycle's run.


def cycle_page(slug: str, phase: Phase, lines: Iterable[str], *, held: str = "") -> str:
    """The page of a cycle's run: which phase, a list of what it waits for, where to look closer."""
    where = f"Phase {phase.order} of {len(PHASES)}: **{phase.title}**"
    if phase.stage == "cycle" and not phase.versioned:
        last = max(one.order for one in PHASES if one.stage == "owner")
        where = f"Phases {phase.order} to {last} of {len(PHASES)}: **{phase.title}, then each owner at their own pace**"
    shown = [f"**On hold** {held}"] if held else []
    return "\n\n".join([*shown, where, *lines, _closer(f"cycle show {slug}")])


def phase_lines(phase: Phase, told: Standing | None, *, slug: str, namespace: str) -> list[str]:
    """A cycle's page while one versioned phase is at work."""
    state = told.state if told else PhaseState()
    link = run_link(f"the run of {phase.title}", phase_workflow_id(slug, phase.kind), namespace)
    before = [one.title for one in FOUNDATION if one.order < phase.order]
    approved = f"Approved before: {', '.join(before)}." if before else ""
    return [describe(phase, state), f"{approved} More on {link}.".strip()]


def owners_lines(owners: Owners, *, slug: str, namespace: str) -> list[str]:
    """A cycle's page while its data owners are at work: failures first, then who is waited for."""
    # A page is written anew with most events, so its cost must not grow with the number of owners.
    observing = [owner for owner, told in owners.told.items() if observed(told)]
    working = [owner for owner in islice(owners.running, _SHOWN + len(observing)) if owner not in observing]
    lines = [_failure(owner, failure, slug) for owner, failure in islice(owners.failed.items(), _SHOWN)]
    lines += [f"- {awaited(one)}" for one in unassigned(owners)]
    lines += [_working(owner, owners, slug, namespace) for owner in [*observing, *working][:_SHOWN]]
    hidden = len(owners.failed) + len(unassigned(owners)) + len(owners.running) - len(lines[:_SHOWN])
    more = [f"- and {hidden} more"] if hidden else []
    if not owners.running and owners.blockers:
        more += ["In the way of the final report:", *(f"- {line}" for line in owners.blockers[:_SHOWN])]
    return [_progress(owners), _listed([*lines[:_SHOWN], *more])]


def owners_roles(owners: Owners) -> tuple[str, ...]:
    """The roles that a cycle waits for while its data owners are at work."""
    roles = {one.role for one in unassigned(owners)}
    if owners.running:
        roles |= {"data_owner", "tester"}
    for told in owners.told.values():
        roles |= set(told.state.waiting_for if observed(told) else ())
    return tuple(sorted(roles | ({"tester"} if owners.failed else set())))


def observed(told: Standing | None) -> bool:
    """Whether an owner's observations are with their approver, or were when the run told for the last time."""
    return told is not None and (told.state.status == "submitted" or told.last)


def unassigned(owners: Owners) -> list[Awaited]:
    """The pairs that the data executive is to give to somebody."""
    left = sum(owners.pairs.get(status, 0) for status in ("unassigned", "disputed"))
    disputed = owners.pairs.get("disputed", 0)
    what = f"name the owner of {left} pair{'s' if left > 1 else ''} of attribute and line of business"
    what += f", {disputed} of them disputed" if disputed else ""
    return [Awaited(role="data_executive", what=what, since=owners.begun)] if left else []


def _progress(owners: Owners) -> str:
    named = len(owners.running) + owners.complete + len(owners.failed)
    done = max(owners.done, owners.finished + sum(concluded(told.cases) for told in owners.told.values()))
    cases = f"; {done:,} of {owners.cases:,} cases concluded or waived" if owners.cases else ""
    late = ", not counting what owners at work have not told yet" if owners.running and owners.cases else ""
    return f"{owners.complete} of {named} owners complete{cases}{late}"


def _failure(owner: str, failure: Failure, slug: str) -> str:
    why = " ".join(failure.reason.split())
    return (
        f"- **the work of {owner} has failed** since {moment(failure.since)}: {why}; waiting for a **tester** to retry"
        f" or waive it: `python starter.py owner retry {slug} {owner}`"
    )


def _working(owner: str, owners: Owners, slug: str, namespace: str) -> str:
    link = run_link(owner, owner_workflow_id(slug, owner), namespace)
    told = owners.told.get(owner)
    if told is not None and observed(told):
        late = "; rounds go on, the owner's own page says whose turn it is" if told.last else ""
        return f"- {link}: {describe(BY_KIND[told.phase], told.state)}{late}"
    return f"- {link} at work since {moment(owners.running[owner])}"


def _listed(lines: Sequence[str]) -> str:
    """Paragraphs and list items; Markdown wants an empty line before a list."""
    told: list[str] = []
    for line in lines:
        if line.startswith("- ") != bool(told and told[-1].startswith("- ")) and told:
            told.append("")
        told.append(line)
    return "\n".join(told)


def _closer(command: str) -> str:
    return f"Look closer: `python starter.py {command}`"
