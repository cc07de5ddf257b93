"""The approval round that phases and owners share: the verbs of a versioned phase, and how its state reads."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.messages import Answer, PhaseState, Verb
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
