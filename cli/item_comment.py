"""`item comment`: notes and questions on an item, from whoever decides in the cycle, or owns the observation."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from cli.acting import ACT, Act, Intent, Setting, perform, versioned
from cli.heads import Owner, Signal
from models.messages import Verb
from models.payloads import Note


async def comment(
    cycle: str, phase: str, key: str, text: str, /, *,
    question: Annotated[bool, Parameter(negative="", help="Ask: it waits in the other side's inbox.")] = False,
    owner: Owner = "", signal: Signal = False, act: Act = ACT,
) -> None:
    """Put a note on an item, or a question to the other side; it stays with the item through all versions.

    A question waits in the inbox of the other side (tester or approver) until they comment on the same item, or until
    the version is decided.
    """
    policy = versioned(phase, owner)

    async def build(_: Setting) -> Intent:
        return Intent(payload=Note(key=key, text=text, question=question))

    await perform(Verb.COMMENT, cycle, act, build, phase=policy.kind, scope=owner, signal=signal)
