"""What a verb is judged against, and what it reports back. One transaction, one command, one event."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import TypeAdapter

from models import errors
from models.cycles import CycleRow, PersonRow, require_role
from models.database import Tx
from models.messages import Command, Message, Payload, Stored
from models.store import ContentStore

P = TypeVar("P", bound=Message)
_PAYLOAD: TypeAdapter[Any] = TypeAdapter(Payload)


@dataclass(frozen=True, slots=True)
class Situation:
    """A command with the facts around it, inside the transaction that will hold its effect."""

    tx: Tx
    command: Command
    cycle: CycleRow
    people: Mapping[str, PersonRow]
    store: ContentStore

    def actor(self, *roles: str) -> PersonRow:
        """The person who acts, who must hold one of the roles."""
        return require_role(dict(self.people), self.command.actor, roles)

    def payload(self, kind: type[P]) -> P:
        """The payload as the type that the verb takes, read from the store when it was too large to send."""
        payload: Message = self.command.payload
        if isinstance(payload, Stored):
            payload = _PAYLOAD.validate_json(self.store.get(payload.sha256))
        if not isinstance(payload, kind):
            raise errors.Malformed(f"{self.command.verb} takes {kind.__name__}, not {type(payload).__name__}")
        return payload


@dataclass(frozen=True, slots=True)
class Change:
    """What a verb did: `rows` become the audit event's, `result` goes back to the caller."""

    stream: str
    subject: str
    rows: Mapping[str, Any] = field(default_factory=dict)
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)


VerbHandler = Callable[[Situation], Awaitable[Change]]
