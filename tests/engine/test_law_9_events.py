"""Law 9, as far as the database holds it: a stream is one chain, and its head never moves without an event."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from types import MappingProxyType
from uuid import uuid4

import pytest

from models import audit
from tests.engine.builders import DENIED, Lab, Round

pytestmark = pytest.mark.asyncio(loop_scope="session")

AT = "2026-03-31T12:00:00+00:00"


async def stream(lab: Lab, events: int = 1) -> tuple[Round, str]:
    """A stream of its own with some events."""
    samples, name = await lab.round(), f"test/{uuid4()}"
    async with lab.database.begin() as tx:
        for _ in range(events):
            await audit.append(tx, name, actor="tina", action="test")
    return samples, name


async def head(samples: Round, name: str) -> str:
    """The hash at the head of a stream."""
    return str((await samples.read("select hash from stream_head where stream = :s and :p > 0", s=name))[0].hash)


def event(name: str, seq: int, previous: str, changed: Mapping[str, object] = MappingProxyType({})) -> tuple[str, str]:
    """The hash of a next event, well-formed but for what is changed in it, and the statement that inserts it."""
    body = json.dumps({"actor": "tina", "action": "x", "stream": name, "seq": seq, "at": AT, **changed})
    digest = sha256(f"{previous}\n{body}".encode()).hexdigest()
    insert = "insert into audit_event (stream, seq, at, body, hash, actor, action)"
    return digest, f"{insert} values ('{name}', {seq}, '{AT}', '{body}', '{digest}', 'tina', 'x')"


def advance(name: str, seq: int, digest: str) -> str:
    """The statement that moves a head."""
    return f"update stream_head set seq = {seq}, hash = '{digest}' where stream = '{name}'"


async def test_a_well_formed_event_is_taken(lab: Lab) -> None:
    """Head and event together continue the stream."""
    samples, name = await stream(lab)
    digest, insert = event(name, 2, await head(samples, name))
    await samples.force(advance(name, 2, digest), insert)
    assert digest == await head(samples, name)


@pytest.mark.parametrize("seq", [0, 1, 3, 9])
async def test_a_head_moves_by_one(lab: Lab, seq: int) -> None:
    """It neither skips, nor stands still, nor goes back."""
    samples, name = await stream(lab)
    await samples.attack("a_stream_is_gapless", advance(name, seq, "x"))


@pytest.mark.parametrize(("seq", "digest"), [(7, audit.GENESIS), (0, "1" * 64)])
async def test_a_stream_begins_at_the_beginning(lab: Lab, seq: int, digest: str) -> None:
    """A head is not made in the middle of a chain."""
    samples = await lab.round()
    await samples.attack("a_stream_is_gapless", f"insert into stream_head values ('test/{uuid4()}', {seq}, '{digest}')")


async def test_a_head_does_not_move_without_an_event(lab: Lab) -> None:
    """At commit the event is there."""
    samples, name = await stream(lab)
    await samples.attack("events_form_a_chain", advance(name, 2, "x"))


async def test_an_event_is_not_written_past_the_head(lab: Lab) -> None:
    """An event that the head does not name is refused."""
    samples, name = await stream(lab)
    await samples.attack("events_form_a_chain", event(name, 2, await head(samples, name))[1])


async def test_an_event_belongs_to_a_stream_that_exists(lab: Lab) -> None:
    """There is no event without a head."""
    await (await lab.round()).attack("events_form_a_chain", event(f"test/{uuid4()}", 1, audit.GENESIS)[1])


async def test_an_event_continues_the_one_before(lab: Lab) -> None:
    """A hash over another past is refused, even where the head says the same."""
    samples, name = await stream(lab, events=2)
    digest, insert = event(name, 3, "0" * 64)
    await samples.attack("events_form_a_chain", advance(name, 3, digest), insert)


@pytest.mark.parametrize(
    "forged",
    [{"seq": 5}, {"stream": "other"}, {"at": "2020-01-01T00:00:00+00:00"}, {"actor": "theo"}, {"action": "y"},
     {"command_id": "c"}],
)
async def test_an_event_says_where_it_stands(lab: Lab, forged: dict[str, object]) -> None:
    """What stands beside the hashed text is what it says: stream, number, time, actor, action and command."""
    samples, name = await stream(lab)
    digest, insert = event(name, 2, await head(samples, name), forged)
    await samples.attack("events_form_a_chain", advance(name, 2, digest), insert)


async def test_an_event_stands_once(lab: Lab) -> None:
    """The same number is not written twice."""
    samples, name = await stream(lab)
    digest, insert = event(name, 2, await head(samples, name))
    await samples.force(advance(name, 2, digest), insert)
    await samples.attack("audit_event_pkey", insert)


@pytest.mark.parametrize("column", ["stream", "seq", "at", "body", "hash", "actor", "action", "command_id"])
async def test_an_event_is_not_rewritten(lab: Lab, column: str) -> None:
    """Not one column of it."""
    samples, _ = await stream(lab)
    await samples.attack(DENIED, f"update audit_event set {column} = {column}")
    await samples.attack("nothing_is_deleted", f"update audit_event set {column} = {column}", owner=True)
