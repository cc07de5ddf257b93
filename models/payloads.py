"""What commands carry, by verb: decisions, contents, pairs, uploads, selections, more time. Pydantic, nothing else.

Every field added later needs a default and no field is ever renamed: these models are stored in histories.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Message(BaseModel):
    """Base of everything that is stored in a history: frozen, tolerant of fields that a later release adds."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Decision(Message):
    """A verdict on one item, named by the revision that the decider saw."""

    key: str
    revision: int | None = None
    verdict: str
    reason: str = ""
    row: int | None = None


class Decisions(Message):
    """Verdicts of one side: the tester's in a draft, the approver's in a submitted version."""

    kind: Literal["decisions"] = "decisions"
    decisions: tuple[Decision, ...]


class Contents(Message):
    """Items to add, or new content for items that are in the draft."""

    kind: Literal["contents"] = "contents"
    contents: tuple[dict[str, Any], ...]
    origin: str = "tester"


class Keys(Message):
    """Items to remove, by natural key; or cases to waive, by number."""

    kind: Literal["keys"] = "keys"
    keys: tuple[str, ...]


class Opening(Message):
    """Which version a new draft is cut from; without one, the latest that was not withdrawn."""

    kind: Literal["opening"] = "opening"
    parent: int | None = None


class Approval(Message):
    """With `adopt_tester` the approver takes over the tester's verdict on items that are still undecided."""

    kind: Literal["approval"] = "approval"
    adopt_tester: bool = False


class Pair(Message):
    """An attribute in a line of business, and the data owner named for it."""

    attribute: str
    line_of_business: str
    owner: str = ""


class Pairs(Message):
    """Pairs to assign, dispute or waive."""

    kind: Literal["pairs"] = "pairs"
    pairs: tuple[Pair, ...]


class Upload(Message):
    """Evidence whose bytes lie in the content store."""

    kind: Literal["upload"] = "upload"
    source: str
    name: str
    sha256: str
    bytes: int
    note: str = ""


class EvidenceVerdict(Message):
    """Accept or return document revisions; none named means all that wait."""

    kind: Literal["evidence_verdict"] = "evidence_verdict"
    verdict: Literal["accept", "return"]
    revisions: tuple[int, ...] = ()


class CaseSelection(Message):
    """Cases by number, or by outcome of their current execution; both empty means all that wait.

    `conclusion` is a person's result for cases that need one; `expected` is how many the actor saw.
    """

    kind: Literal["case_selection"] = "case_selection"
    cases: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    conclusion: str = ""
    expected: int | None = None


class Extension(Message):
    """More time asked for: until the end of a day (UTC), for cases by number or source; without either, all open."""

    kind: Literal["extension"] = "extension"
    until: date
    cases: tuple[str, ...] = ()
    source: str = ""


class ExtensionVerdict(Message):
    """The answer to a request for more time, by its number; `until` grants another day than was asked for."""

    kind: Literal["extension_verdict"] = "extension_verdict"
    number: int
    until: date | None = None


class Explanation(Message):
    """Why records fail an explainable rule: those with the keys; without any, all that fail."""

    kind: Literal["explanation"] = "explanation"
    rule: str
    keys: tuple[str, ...] = ()


class ExplanationVerdict(Message):
    """The decision on an explanation, by its number."""

    kind: Literal["explanation_verdict"] = "explanation_verdict"
    number: int


class Named(Message):
    """A person or an owner, and who takes over."""

    kind: Literal["named"] = "named"
    name: str
    successor: str = ""
    role: str = ""


class Note(Message):
    """A comment on an item; a question waits for the other side's answer.

    A dispute is a data owner's question of their own observation, which cannot be approved before there is an answer.
    """

    kind: Literal["note"] = "note"
    key: str
    text: str
    question: bool = False
    dispute: bool = False


class Stored(Message):
    """A payload too large for a message: its canonical JSON lies in the content store."""

    kind: Literal["stored"] = "stored"
    sha256: str
    rows: int


class Nothing(Message):
    """The verb says it all."""

    kind: Literal["nothing"] = "nothing"


Payload = Annotated[
    Decisions
    | Contents
    | Keys
    | Opening
    | Approval
    | Pairs
    | Upload
    | EvidenceVerdict
    | CaseSelection
    | Extension
    | ExtensionVerdict
    | Explanation
    | ExplanationVerdict
    | Named
    | Note
    | Stored
    | Nothing,
    Field(discriminator="kind"),
]
