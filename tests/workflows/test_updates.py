"""Commands as updates: the refusal reaches the caller in words, and the first answer is the only one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from models import errors
from models.messages import Answer, Command, Verb
from models.payloads import Keys
from stack.temporal import TemporalServer
from tests.databases import MigratedServer
from tests.workflows.arena import Arena, arena
from tests.workflows.people import WITHIN, Play
from tests.workflows.tiny import REPORT_OWNER, TESTER, Tiny

pytestmark = pytest.mark.asyncio

PHASE = "scoping"


async def raised(play: Play, command: Command) -> ApplicationError:
    """What an update fails with, as the server hands it over."""
    with pytest.raises(WorkflowUpdateFailedError) as failed:
        await play.run_of(command).execute_update(command.verb.value, command, result_type=Answer)
    assert isinstance(failed.value.cause, ApplicationError)
    return failed.value.cause


async def test_a_refusal_carries_code_message_and_next_step(submitted: Play) -> None:
    """The caller gets the very error that the judge has found, with its hint."""
    error = await raised(submitted, await submitted.asked(TESTER, Verb.APPROVE, phase=PHASE))
    assert "wrong_role" == error.type
    assert "tess is tester; this needs report_owner" == error.message
    assert [{"hint": "held by rhea: --as rhea"}] == list(error.details)
    assert error.non_retryable


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"reason": "x" * 60_000}, "a message carries at most 50000 bytes"),
        ({"payload": Keys(keys=tuple(str(at) for at in range(201)))}, "a message carries at most 200 rows"),
        ({"actor": "r" * 500}, "ids and names have at most 200 characters"),
        ({"phase": "planning"}, "this command is for cycle:"),
        ({"verb": Verb.WITHDRAW}, "withdraw cannot be sent as remove"),
    ],
)
async def test_a_wrong_form_is_refused_without_a_trace(
    submitted: Play, change: dict[str, object], said: str
) -> None:
    """Size and address are checked by the validator, so nothing of it enters the history."""
    run = submitted.phase_run(PHASE)
    before = await _accepted(run)
    command = (await submitted.asked(TESTER, Verb.REMOVE, phase=PHASE)).model_copy(update=change)
    with pytest.raises(WorkflowUpdateFailedError) as failed:
        await run.execute_update(Verb.REMOVE.value, command, result_type=Answer)
    assert isinstance(failed.value.cause, ApplicationError)
    assert failed.value.cause.message.startswith(said)
    assert before == await _accepted(run)


async def _accepted(run: WorkflowHandle[Any, Any]) -> int:
    """How many updates the run's history holds; its length also grows by what the run does by itself."""
    history = await run.fetch_history()
    return sum(event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED for event in history.events)


async def test_the_same_command_gets_its_first_answer(stage: Arena, name: str) -> None:
    """A resend is answered from the record, also when the state would no longer allow it; other content is refused."""
    play = await stage.start(Tiny(cycle=name), at=PHASE)
    await play.draft(PHASE)
    command = await play.asked(TESTER, Verb.WITHDRAW, phase=PHASE, reason="wrong approach")
    first = await play.deliver(command)
    assert first == await play.deliver(command)
    again = await play.run_of(command).execute_update(command.verb.value, command, id="another", result_type=Answer)
    assert first == again
    assert 1 == len(await play.audited("withdraw"))
    with pytest.raises(errors.CommandReused):
        await play.deliver(command.model_copy(update={"reason": "second thoughts"}))


async def test_a_dry_run_changes_nothing(submitted: Play) -> None:
    """It answers what would happen; the version stays submitted and the run waits for the same people."""
    before = await submitted.details(submitted.phase_run(PHASE))
    answer = await submitted.act(TESTER, Verb.WITHDRAW, phase=PHASE, reason="just asking", dry_run=True)
    assert "withdrawn" == answer.result["status"]
    assert 1 == await submitted.version(PHASE, "submitted")
    assert before == await submitted.details(submitted.phase_run(PHASE))


async def test_an_answer_outlives_the_worker(
    temporal_server: TemporalServer, migrated_server: MigratedServer, tmp_path: Path, name: str
) -> None:
    """A command sent while no worker runs waits for the next one; one that was answered is answered again by it."""
    async with migrated_server.database() as urls:
        async with arena(temporal_server.address, urls, tmp_path, task_queue=name) as first:
            play = await first.start(Tiny(cycle=name), at=PHASE)
            await play.submit(PHASE)
            reject = await play.asked(REPORT_OWNER, Verb.REJECT, phase=PHASE, reason="once more")
            answer = await play.deliver(reject)
        async with arena(temporal_server.address, urls, tmp_path, task_queue=name, work=False) as idle:
            play.session = idle.session
            waiting = asyncio.create_task(play.reopen(PHASE))
            async with arena(temporal_server.address, urls, tmp_path, task_queue=name):
                assert 2 == await asyncio.wait_for(waiting, WITHIN)
                assert answer == await play.deliver(reject)
                assert 1 == len(await play.audited("reject"))
