"""Comments on items: by whoever decides in the cycle, whatever state the version is in. They change no version."""

from __future__ import annotations

from activities.situation import Change, Situation, VerbHandler
from models import errors, versions
from models.database import one, run, scalar
from models.messages import Verb
from models.payloads import Note
from models.phases import DECIDERS
from models.versions import PhaseRow

LONGEST = 4000
_OWNER = "data_owner"


async def comment(s: Situation) -> Change:
    """Put a note or a question on an item. The lock version stays: nobody's draft command becomes stale by it."""
    phase = await versions.lock_phase(s.tx, s.cycle.slug, s.command.phase, s.command.scope)
    s.actor(*DECIDERS, *([_OWNER] if phase.scope == s.command.actor else []))
    note = s.payload(Note)
    _require_words(note)
    if note.dispute and phase.scope != s.command.actor:
        raise errors.WrongRole(
            "only the data owner whose observations these are disputes one",
            hint=f"starter.py item comment {phase.slug} {phase.policy.kind} KEY TEXT --question",
        )
    item = await _item(s, phase, note.key)
    latest = (await versions.versions_of(s.tx, phase))[-1].number
    written = await scalar(
        s.tx,
        "insert into item_comment (phase, item, version, question, text, by) values (:p, :i, :n, :q, :t, :by)"
        " returning id",
        p=phase.id, i=item, n=latest, q=note.question or note.dispute, t=note.text, by=s.command.actor,
    )
    told = {"comment": written, "key": note.key, "version": latest, "question": note.question or note.dispute}
    what = "dispute" if note.dispute else "question" if note.question else "comment"
    if note.dispute:
        await run(s.tx, "insert into item_dispute (comment) values (:c)", c=written)
        told["dispute"] = True
    return Change(
        phase.stream,
        f"{what} on {note.key} of {phase.named(latest)}",
        rows={"comment": {**told, "text": note.text}},
        result=told,
    )


def _require_words(note: Note) -> None:
    if not note.text.strip():
        raise errors.Malformed("a comment says something", hint='starter.py item comment CYCLE PHASE KEY "TEXT"')
    if len(note.text) > LONGEST:
        raise errors.TooLarge(
            f"a comment has at most {LONGEST:,} characters, this one has {len(note.text):,}",
            hint="hand in a document as evidence, and refer to it",
        )


async def _item(s: Situation, phase: PhaseRow, key: str) -> int:
    """The item, in the present version or in an earlier one; raises `NotFound`."""
    found = await one(s.tx, "select id from item where phase = :p and natural_key = :k", p=phase.id, k=key)
    if found is None:
        raise errors.NotFound(
            f"{phase.policy.title} of {phase.slug} never had {key!r}",
            hint=f"starter.py version show {phase.slug} {phase.policy.kind}"
            + (f" --owner {phase.scope}" if phase.scope else ""),
        )
    return int(found.id)


HANDLERS: dict[Verb, VerbHandler] = {Verb.COMMENT: comment}
