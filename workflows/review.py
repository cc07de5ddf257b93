"""The approval round that phases and owners share: the verbs of a versioned phase, and how its state reads."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.messages import Answer, PhaseState, Verb
    from models.phases import Phase
    from workflows.doors import Host, signal_of, update_of


class ReviewRound(Host):
    """Hosts one versioned phase: every verb as an update, the approvers' verbs as signals too."""

    state: PhaseState

    open = update_of(Verb.OPEN)
    add = update_of(Verb.ADD)
    edit = update_of(Verb.EDIT)
    remove = update_of(Verb.REMOVE)
    decide = update_of(Verb.DECIDE)
    submit = update_of(Verb.SUBMIT)
    withdraw = update_of(Verb.WITHDRAW)
    approve = update_of(Verb.APPROVE)
    reject = update_of(Verb.REJECT)
    sign = update_of(Verb.SIGN)
    request = update_of(Verb.REQUEST)
    comment = update_of(Verb.COMMENT)

    decide_signal = signal_of(Verb.DECIDE)
    approve_signal = signal_of(Verb.APPROVE)
    reject_signal = signal_of(Verb.REJECT)
    sign_signal = signal_of(Verb.SIGN)
    request_signal = signal_of(Verb.REQUEST)
    comment_signal = signal_of(Verb.COMMENT)

    def take_over(self, answer: Answer) -> None:
        """Adopt the state that a verb left behind."""
        if "state" in answer.result:
            self.state = PhaseState.model_validate(answer.result["state"])


def describe(policy: Phase, state: PhaseState) -> str:
    """Who is waited for, as people read it in the Web UI (Markdown)."""
    if not state.version:
        return f"**{policy.title}**: preparing proposals"
    if not state.waiting_for:
        return f"**{policy.title}** v{state.version} is {state.status}"
    doing = {"draft": "decide and submit", "submitted": "decide"}.get(state.status, "open a new draft of")
    people = ", ".join(state.people) or " or ".join(state.waiting_for)
    since = f" since {state.since:%Y-%m-%d %H:%M} UTC" if state.since else ""
    due = f", due {state.due_at:%Y-%m-%d}" if state.due_at else ""
    left = f"; {state.undecided} of {state.items} items undecided" if state.status in ("draft", "submitted") else ""
    who = f"**{people}** ({', '.join(state.waiting_for)})"
    return f"waiting for {who} to {doing} **{policy.title} v{state.version}**{since}{due}{left}"
