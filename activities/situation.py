"""What a verb is judged against, and what it reports back. One transaction, one command, one event."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from models import errors
from models.cycles import CycleRow, PersonRow, require_role
from models.database import Tx
from models.messages import Command
from models.payloads import Contents, Message, Payload, Stored
from models.store import ContentStore

P = TypeVar("P", bound=Message)
_PAYLOAD: TypeAdapter[Any] = TypeAdapter(Payload)


def unpacked(payload: Message, store: ContentStore) -> Message:
    """The payload itself, read from the store when it was too large to send; raises `Malformed`."""
    if not isinstance(payload, Stored):
        return payload
    try:
        found: Message = _PAYLOAD.validate_json(store.get(payload.sha256))
    except ValidationError as error:
        raise errors.Malformed(
            f"the stored payload {payload.sha256[:12]} is none: {error.errors()[0]['msg']}",
            hint="send the command anew",
        ) from error
    return found


def fields_of(contents: Contents) -> Sequence[dict[str, Any]]:
    """What each content sets; raises `Malformed` naming the first that sets nothing by name."""
    for at, content in enumerate(contents.contents, start=1):
        fields = content.get("set")
        if not isinstance(fields, dict) or not all(isinstance(name, str) for name in fields):
            raise errors.Malformed(f"item {at}: 'set' must hold the item's fields", hint="`item show` prints them")
    return [content["set"] for content in contents.contents]


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
        payload = unpacked(self.command.payload, self.store)
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
