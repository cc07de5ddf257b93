"""A command has one effect: the first answer is stored with it and given again to whoever repeats it."""

from __future__ import annotations

from models import errors
from models.database import Tx, one, run, scalar
from models.messages import Answer, Command


async def claim(tx: Tx, command: Command) -> Answer | None:
    """Reserve the command id; the stored answer when it was answered before.

    Raises `CommandReused` when the same id came with other content.
    """
    digest = command.sha256()
    fresh = await run(
        tx,
        "insert into command (id, sha256, actor, verb, cycle) values (:id, :digest, :actor, :verb, :cycle)"
        " on conflict do nothing",
        id=command.command_id,
        digest=digest,
        actor=command.actor,
        verb=command.verb.value,
        cycle=command.cycle,
    )
    if fresh:
        return None
    earlier = await one(tx, "select sha256, result from command where id = :id", id=command.command_id)
    if earlier.sha256 != digest:
        raise errors.CommandReused(
            f"command id {command.command_id} was used for another command",
            hint="leave out --command-id to get a new one",
        )
    return Answer.model_validate_json(earlier.result)


async def answer(tx: Tx, command: Command, given: Answer) -> None:
    """Store the answer of a claimed command, once."""
    await run(
        tx, "update command set result = :result where id = :id", result=given.model_dump_json(), id=command.command_id
    )


async def refused_before(tx: Tx, command: Command) -> bool:
    """Whether this very command is on record as refused; for those that may not claim their id."""
    await run(tx, "select 1 from command where id = :id for no key update", id=command.command_id)
    return bool(
        await scalar(
            tx,
            "select exists (select from audit_event where command_id = :id and action like '%.refused'"
            " and body::jsonb ->> 'command_sha256' = :digest)",
            id=command.command_id,
            digest=command.sha256(),
        )
    )
