"""How a command acts: who, on which facts, sent once, answered once.

The facts are read, the intent is built on exactly those (version, lock version or content hash), and the command is
sent. With the id of a command that was sent before, the very same bytes go out again instead.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from cli.output import Format, Look, say, show_one
from cli.progress import working
from models import errors

if TYPE_CHECKING:
    from cli.client import Session
    from models.messages import Answer, Command, Verb
    from models.payloads import Message
    from models.phases import Phase
    from models.queries.cycles import CycleLine
    from models.queries.people import PersonLine

# What changes how an answer is shown or awaited, but not what is asked for.
_INCIDENTAL = ("--command-id", "--output", "-o", "--to", "--timeout")
_INTERNAL = ("state", "lock_version", "manifest_hash", "version", "left")


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Act(Look):
    """How to act."""

    reason: Annotated[str, Parameter(help="Why; rejecting, withdrawing, waiving and overriding need it.")] = ""
    dry_run: Annotated[bool, Parameter(negative="", help="Judge the command and change nothing.")] = False
    command_id: Annotated[str | None, Parameter(help="Send this unanswered command again; it has one effect.")] = None
    timeout: Annotated[float, Parameter(help="Seconds to wait for the answer.")] = 75.0


ACT = Act()


@dataclass(frozen=True, kw_only=True)
class Intent:
    """What a command asks for, on the facts that it was built on."""

    payload: Message | None = None
    scope: str = ""
    version: int | None = None
    content_hash: str = ""
    lock_version: int | None = None


@dataclass(frozen=True)
class Setting:
    """Where a command acts: the session, the cycle, who acts."""

    session: Session
    cycle: CycleLine
    actor: str
    people: Mapping[str, PersonLine]


Build = Callable[[Setting], Awaitable[Intent]]


def example(words: str) -> str:
    """The example below a command's help; CYCLE stands for the cycle of README and guides, where all of them work."""
    return f"Example: python starter.py {words.replace('CYCLE', 'fr-y-14m-d1-2026-03:fr_y_14m_d1')}"


def who_acts(look: Look) -> str:
    """The person named by --as or ASSAY_ACTOR; raises `BadInput` when nobody is."""
    from models.settings import Settings

    actor = look.actor or Settings.load().actor
    if not actor:
        raise errors.BadInput("nobody is named who acts", hint="--as PERSON, or set ASSAY_ACTOR")
    return actor


def phase_named(name: str) -> Phase:
    """The phase of that name; raises `NotFound` listing them."""
    from models.phases import BY_KIND

    phase = BY_KIND.get(name.replace("-", "_").lower())
    if phase is None:
        raise errors.NotFound(f"there is no phase {name!r}", hint=f"phases: {', '.join(BY_KIND)}")
    return phase


def versioned(name: str, owner: str) -> Phase:
    """The versioned phase of that name; raises `BadInput` when it needs an owner, or takes none."""
    phase = phase_named(name)
    if not phase.versioned:
        raise errors.WrongState(f"{phase.title} has no versions", hint="see `owner`, `case`, `evidence`, `execution`")
    if phase.stage == "owner" and not owner:
        raise errors.BadInput(f"{phase.title} has versions per data owner", hint="--owner PERSON")
    if phase.stage == "cycle" and owner:
        raise errors.BadInput(f"{phase.title} has no versions per data owner", hint="leave out --owner")
    return phase


@asynccontextmanager
async def reading() -> AsyncIterator[Session]:
    """A session that only reads the database and the content store."""
    from cli.client import connect

    async with connect(server=False) as session:
        yield session


async def nothing(_: Setting) -> Intent:
    """For verbs that say it all."""
    return Intent()


async def perform(
    verb: Verb, cycle: str, act: Act, build: Build, *, phase: str = "", scope: str = "", signal: bool = False,
    tell: Callable[[Answer], Mapping[str, Any]] | None = None,
) -> Answer:
    """Send one command of one person and print its answer. `tell` picks what a table shows of it."""
    from cli.client import connect
    from models.queries.cycles import cycle as cycle_named
    from models.queries.people import people

    actor = who_acts(act)
    async with connect(invocation=invocation()) as session:
        async with session.reader.begin() as tx:
            setting = Setting(session, await cycle_named(tx, cycle), actor, await people(tx, cycle))
        command = _again(session, verb, cycle, actor, act)
        if command is None:
            intent = await build(setting)
            command = session.command(
                verb, cycle=cycle, actor=actor, phase=phase, scope=scope or intent.scope, payload=intent.payload,
                reason=act.reason, version=intent.version, content_hash=intent.content_hash,
                lock_version=intent.lock_version, command_id=act.command_id, dry_run=act.dry_run,
            )
        say(f"acting as {acting_as(actor, setting.people)}, command {command.command_id}")
        try:
            with working(f"waiting for the answer to {verb.value.replace('_', ' ')}"):
                answer = await session.send(command, signal=signal, timeout=timedelta(seconds=act.timeout))
        except errors.Unknown as error:
            hint = f"run it again, it is safe: {rerun(command.command_id)}"
            raise errors.Unknown(error.message, hint=hint) from error
    show_answer(command, answer, act, tell)
    return answer


def acting_as(actor: str, people: Mapping[str, PersonLine]) -> str:
    """"jane (tester)"; what the project is told, not what it has proved."""
    person = people.get(actor)
    return f"{actor} ({', '.join(person.roles) or 'without a role'})" if person else f"{actor} (not in this cycle)"


def show_answer(
    command: Command, answer: Answer, act: Act, tell: Callable[[Answer], Mapping[str, Any]] | None = None
) -> None:
    """Print what became of a command."""
    if act.dry_run:
        say("dry run: nothing was changed")
    told = {"message": answer.message, **((tell or _told)(answer) if answer.result else {})}
    if act.output is not Format.TABLE:
        sent = {"command_id": command.command_id, "verb": command.verb.value, "dry_run": act.dry_run}
        told = {**told, **sent, "result": answer.result}
    show_one("answer", told, act)


def _told(answer: Answer) -> dict[str, Any]:
    """What people want to know of an answer: its plain facts, and who is waited for now."""
    plain = {name: value for name, value in answer.result.items() if value not in (None, "") and name not in _INTERNAL}
    if state := answer.result.get("state"):
        plain["waiting_for"] = ", ".join([*state["people"]] or [*state["waiting_for"]]) or "nobody"
    return plain


def invocation(arguments: list[str] | None = None) -> str:
    """The command line without what does not belong to the intent."""
    kept: list[str] = []
    words = iter(sys.argv[1:] if arguments is None else arguments)
    for word in words:
        if word in _INCIDENTAL:
            next(words, None)
        elif not word.startswith(tuple(f"{name}=" for name in _INCIDENTAL)):
            kept.append(word)
    return shlex.join(kept)


def rerun(command_id: str) -> str:
    """The command line that sends an unanswered command again."""
    return f"python starter.py {invocation()} --command-id {command_id}"


def _again(session: Session, verb: Verb, cycle: str, actor: str, act: Act) -> Command | None:
    """The command of that id if it was sent from here. Raises `CommandReused` when it was another one."""
    entry = session.journal.find(act.command_id) if act.command_id and not act.dry_run else None
    if entry is None:
        return None
    command = entry.command
    same = (command.verb, command.cycle, command.actor) == (verb, cycle, actor)
    if not same or (entry.invocation and entry.invocation != invocation()):
        raise errors.CommandReused(
            f"command {act.command_id} was another one: {entry.invocation or command.verb}",
            hint="leave out --command-id to get a new one",
        )
    say(f"sending command {act.command_id} of {command.issued_at:%Y-%m-%d %H:%M} UTC again")
    return command
