"""The one activity in which every command is judged: it commits the effect or the refusal, in one transaction.

Idempotent on the command id; safe to retry after an unknown commit. A refusal is an answer, not an exception.
"""

from __future__ import annotations

from typing import Any

import structlog
from temporalio import activity

from activities import completion
from activities.situation import Change, Situation
from activities.verbs import comment as comment_verbs
from activities.verbs import cycle as cycle_verbs
from activities.verbs import explaining as explaining_verbs
from activities.verbs import extensions as extension_verbs
from activities.verbs import owner as owner_verbs
from activities.verbs import phase as phase_verbs
from models import audit, commands, cycles, errors
from models.database import Database, Tx, attempt
from models.messages import Activity, Answer, Command, Context, Judgement, Verb
from models.store import ContentStore

HANDLERS = {
    **phase_verbs.HANDLERS, **cycle_verbs.HANDLERS, **owner_verbs.HANDLERS, **comment_verbs.HANDLERS,
    **extension_verbs.HANDLERS, **explaining_verbs.HANDLERS,
}
_WHILE_HELD = (Verb.RESUME, Verb.CANCEL)
log = structlog.get_logger()


class JudgeActivities:
    """Judges commands against the database."""

    def __init__(self, database: Database, store: ContentStore) -> None:
        self.database = database
        self.store = store

    @activity.defn(name=Activity.JUDGE)
    async def judge(self, judgement: Judgement) -> Answer:
        """The command's answer; the same command again gets the first answer."""
        command = judgement.command
        try:
            command = await completion.complete(self.database, self.store, command)
            answer = await self._decide(command, judgement.command, judgement.context)
        except errors.DependencyDown:
            raise
        except errors.AssayError as refusal:
            answer = await self._refuse(judgement.command, judgement.context, refusal)
        log.info("command.judged", accepted=answer.accepted, code=answer.code)
        return answer

    async def _decide(self, command: Command, envelope: Command, context: Context) -> Answer:
        async with self.database.begin() as tx:
            if not command.dry_run and (earlier := await commands.claim(tx, envelope)):
                return earlier
            situation = await self._situation(tx, command)
            async with attempt(tx, keep=not command.dry_run):
                change = await HANDLERS[command.verb](situation)
                answer = Answer(accepted=True, message=change.subject, result=dict(change.result))
                if not command.dry_run:
                    await commands.answer(tx, envelope, answer)
                    await _record(tx, envelope, context, change)
            return answer

    async def _refuse(self, command: Command, context: Context, refusal: errors.AssayError) -> Answer:
        # What the refusal quotes may be the very characters that no database holds.
        said = refusal.message.replace("\0", "\N{REPLACEMENT CHARACTER}")
        answer = Answer(accepted=False, code=refusal.code, message=said, hint=refusal.hint)
        if command.dry_run:
            return answer
        async with self.database.begin() as tx:
            if isinstance(refusal, errors.CommandReused):
                if not await commands.refused_before(tx, command):
                    await _record_refusal(tx, command, context, answer)
                return answer
            if earlier := await commands.claim(tx, command):
                return earlier
            await commands.answer(tx, command, answer)
            await _record_refusal(tx, command, context, answer)
        return answer

    async def _situation(self, tx: Tx, command: Command) -> Situation:
        cycle = await cycles.find_cycle(tx, command.cycle)
        if cycle.outcome:
            raise errors.WrongState(
                f"cycle {cycle.slug} is {cycle.outcome}", hint=f"starter.py cycle start --amends {cycle.slug}"
            )
        if cycle.held and command.verb not in _WHILE_HELD:
            raise errors.WrongState(f"cycle {cycle.slug} is on hold", hint=f"starter.py cycle resume {cycle.slug}")
        return Situation(tx, command, cycle, await cycles.people(tx, cycle.id), self.store)


def _who(command: Command, context: Context) -> dict[str, Any]:
    return {
        "actor": command.actor,
        "reason": command.reason,
        "command_id": command.command_id,
        "command_sha256": command.sha256(),
        "workflow_id": context.workflow_id,
        "run_id": context.run_id,
    }


async def _record_refusal(tx: Tx, command: Command, context: Context, answer: Answer) -> None:
    stream = "/".join(part for part in (command.cycle, command.phase, command.scope) if part)
    await audit.append(
        tx,
        stream,
        **_who(command, context),
        action=f"{command.verb}.refused",
        role=await cycles.roles_of(tx, command.cycle, command.actor),
        subject=command.phase or command.cycle,
        refusal=answer.code,
        message=answer.message,
    )


async def _record(tx: Tx, command: Command, context: Context, change: Change) -> None:
    await audit.append(
        tx,
        change.stream,
        **_who(command, context),
        action=command.verb.value,
        role=await cycles.roles_of(tx, command.cycle, command.actor),
        subject=change.subject,
        before=dict(change.before),
        after=dict(change.after),
        rows=dict(change.rows),
    )
