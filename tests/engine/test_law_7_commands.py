"""Law 7, as far as the database holds it: a command is claimed once, answered once, never left unanswered."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.engine.builders import DENIED, Lab

pytestmark = pytest.mark.asyncio(loop_scope="session")


def claim(name: str, result: str = "'{}'") -> str:
    """A statement that claims a command id and answers it."""
    return f"insert into command (id, sha256, actor, verb, result) values ('{name}', 'sha', 'tina', 'submit', {result})"


async def test_an_id_is_claimed_once(lab: Lab) -> None:
    """A second claim of the same id is refused."""
    samples, name = await lab.round(), str(uuid4())
    await samples.force(claim(name))
    await samples.attack("command_pkey", claim(name))


async def test_an_answer_is_final(lab: Lab) -> None:
    """The first answer cannot be replaced."""
    samples, name = await lab.round(), str(uuid4())
    await samples.force(claim(name))
    other = '{"accepted":true}'
    await samples.attack("an_answer_is_final", f"update command set result = '{other}' where id = '{name}'")


async def test_an_answer_is_not_taken_back(lab: Lab) -> None:
    """Nor can it be blanked, to be given again."""
    samples, name = await lab.round(), str(uuid4())
    await samples.force(claim(name))
    await samples.attack("an_answer_is_final", f"update command set result = null where id = '{name}'")


async def test_a_claim_without_an_answer_does_not_last(lab: Lab) -> None:
    """At commit every claimed command has its answer, so that nobody who repeats it waits for ever."""
    await (await lab.round()).attack("a_command_is_answered", claim(str(uuid4()), "null"))


@pytest.mark.parametrize("column", ["id", "sha256", "actor", "verb", "received_at"])
async def test_what_was_asked_is_fixed(lab: Lab, column: str) -> None:
    """Neither the content of a command nor who sent it can be rewritten."""
    await (await lab.round()).attack(DENIED, f"update command set {column} = {column}")
