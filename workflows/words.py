"""What stands still on a run's page in the Temporal Web UI: what the run is for, who acts in it, what its verbs do."""

from __future__ import annotations

from models.messages import Verb
from models.phases import OWNER_ROUND, Phase

VERBS = {
    Verb.OPEN: "open a new draft version (tester)",
    Verb.ADD: "add items to the draft (tester)",
    Verb.EDIT: "give items of the draft new content (tester)",
    Verb.REMOVE: "take items out of the draft (tester)",
    Verb.DECIDE: "decide items: the tester in a draft, the approver in a submitted version",
    Verb.SUBMIT: "hand the draft to its approver (tester)",
    Verb.WITHDRAW: "give up the open version, with a reason (tester)",
    Verb.APPROVE: "approve the submitted version (approver)",
    Verb.REJECT: "send the submitted version back, with a reason (approver)",
    Verb.SIGN: "sign the submitted version",
    Verb.REQUEST: "ask for an item that the next draft will hold (approver)",
    Verb.COMMENT: "say or ask something about an item",
    Verb.ASSIGN: "name the data owners of pairs of attribute and line of business (data executive)",
    Verb.WAIVE_PAIRS: "declare pairs untestable, with a reason (data executive)",
    Verb.RETRY_OWNER: "start a data owner's failed work again (tester)",
    Verb.WAIVE_OWNER: "give up a data owner's failed work, with a reason (tester)",
    Verb.HOLD: "take no commands until the cycle is resumed, with a reason (tester)",
    Verb.RESUME: "take commands again, with a reason (tester)",
    Verb.CANCEL: "end the cycle for good, with a reason (tester); all facts stay",
    Verb.REASSIGN_PERSON: "hand a person's role to somebody else, with a reason (test executive)",
    Verb.DISPUTE: "send pairs back to the data executive: not mine, with a reason (data owner)",
    Verb.UPLOAD: "hand in evidence for the cases that it covers (data owner)",
    Verb.JUDGE_EVIDENCE: "accept evidence, or return it with a reason (tester)",
    Verb.REVIEW: "confirm results, or conclude those that need a judgement (tester)",
    Verb.RERUN: "run tests again on the evidence they have (tester)",
    Verb.WAIVE_CASES: "take cases out of the test, with a reason (tester)",
    Verb.EXTEND: "ask for more time for open cases, with a reason (data owner)",
    Verb.GRANT_EXTENSION: "grant more time: the cases are due later (tester)",
    Verb.REFUSE_EXTENSION: "refuse more time, with a reason (tester)",
    Verb.EXPLAIN: "explain why records fail an explainable rule (tester)",
    Verb.APPROVE_EXPLANATION: "accept the explanation of failing records (report owner)",
    Verb.REJECT_EXPLANATION: "refuse the explanation of failing records, with a reason (report owner)",
}


def phase_details(phase: Phase, slug: str) -> str:
    """What a phase's run is for and who acts in it."""
    signing = f" It is signed by {', '.join(map(_spoken, phase.signoffs))}." if phase.signoffs else ""
    return (
        f"{phase.title} of test cycle {slug}: the {_spoken(phase.submitter)} prepares a version of its items, each"
        f" decided, and submits it; the {_spoken(phase.approver)} approves it or sends it back, and the next version"
        f" is cut from it.{signing} The run ends with an approved version.\n\n"
        f"What waits for whom: `python starter.py inbox --cycle {slug}`"
    )


def owner_details(owner: str, slug: str) -> str:
    """What an owner's run is for and who acts in it."""
    return (
        f"The work of data owner {owner} in test cycle {slug}: evidence is handed in for each case, tests run on it,"
        f" the tester accepts the evidence and reviews the results, and each failure becomes an observation that the"
        f" {_spoken(OWNER_ROUND.approver)} decides. The run ends when every case is concluded or waived and every"
        f" failure is decided; a new case starts it again.\n\n"
        f"What waits for whom: `python starter.py inbox --cycle {slug}`"
    )


def _spoken(role: str) -> str:
    return role.replace("_", " ")
