"""`audit`: verify the trail of a cycle, export its heads or all of it, and list its events."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

from cyclopts import App, Parameter

from cli.acting import example, reading
from cli.output import LOOK, Format, Look, names, say, show, show_one
from models import errors

if TYPE_CHECKING:
    from models.verification.trail import Verified

app = App(name="audit", help="Prove that nothing was changed: verify, heads, export; the log of events.")
Cycle = Annotated[str, Parameter(help="The cycle; leave it out with --file.")]
_EVERY = 20_000


@app.command(help_epilogue=example("audit verify CYCLE --against heads.json"))
async def verify(
    cycle: Cycle = "", /, *,
    file: Annotated[Path | None, Parameter(help="Verify an exported trail instead of the database.")] = None,
    against: Annotated[Path | None, Parameter(help="Heads that were exported before: nothing up to them may differ.")]
    = None, look: Look = LOOK,
) -> int:
    """Walk every chain, recompute every hash, rebuild the facts from the events and compare; exit 6 when a row differs.

    Each finding names the row and what is wrong with it. With --against, a cut tail and a recomputed chain show too.
    """
    if bool(cycle) == (file is not None):
        raise errors.BadInput("name a cycle, or an exported trail", hint="audit verify CYCLE, or --file trail.jsonl")
    heads = _heads(against) if against else None
    verified = _offline(file, heads) if file else await _online(cycle, heads)
    _print(cycle or str(file), verified, look)
    return errors.VerificationFailed.exit_code if verified.findings else 0


@app.command(help_epilogue=example("audit heads CYCLE --output json --to heads.json"))
async def heads(cycle: str, /, *, look: Look = LOOK) -> None:
    """Where each stream of events ends: keep this file where nobody who can write the database can write."""
    from models.queries.audit import heads as heads_now
    from models.queries.cycles import cycle as cycle_named

    async with reading() as session, session.reader.begin() as tx:
        await cycle_named(tx, cycle)
        found = await heads_now(tx, cycle)
    columns = {"heads": ("stream", "seq", "hash")}
    show_one("audit_heads", {"cycle": cycle}, look, parts={"heads": found}, columns=columns)


@app.command(help_epilogue=example("audit export CYCLE exported.jsonl"))
async def export(cycle: str, file: Path, /) -> None:
    """Write the whole trail as JSON lines, for `audit verify --file`, or for a verifier of your own.

    The format is described in docs/audit-format.md. Like the database, the file holds reported values.
    """
    import json

    from models.queries.audit import snapshot, trail
    from models.queries.cycles import cycle as cycle_named

    written = 0
    async with reading() as session, session.reader.begin() as tx:
        await snapshot(tx)
        await cycle_named(tx, cycle)
        with _new(file) as out:
            async for record in trail(tx, cycle):
                out.write(json.dumps(record, ensure_ascii=False) + "\n")
                written += 1
                _tell(written)
    say(f"written to {file}: {written} records; verify them with starter.py audit verify --file {file}")


@app.command(help_epilogue=example("audit log CYCLE --phase scoping --actor mike"))
async def log(
    cycle: str, /, *, phase: Annotated[str, Parameter(help="Events of this phase only.")] = "",
    by: Annotated[str, Parameter(name="--actor", help="Events of this person only.")] = "",
    refused: Annotated[bool, Parameter(negative="", help="Only what was refused.")] = False,
    limit: Annotated[int, Parameter(help="How many, the latest first.")] = 50,
    before: Annotated[str, Parameter(help="Only events before this one, as the last line's STREAM#SEQ.")] = "",
    look: Look = LOOK,
) -> None:
    """The events of a cycle, the latest first: who did what, when, why; refusals too."""
    from models.queries.audit_log import EventLine, events
    from models.queries.cycles import cycle as cycle_named

    async with reading() as session, session.reader.begin() as tx:
        await cycle_named(tx, cycle)
        found = await events(tx, cycle, phase=phase, actor=by, refused=refused, limit=limit, before=before)
    show("audit_events", found, look, columns=("at", "event", "actor", "action", "subject", "reason", "refusal"),
         header=names(EventLine))
    if len(found) == limit:
        say(f"there may be more: --before {found[-1].event}")


def _new(path: Path) -> TextIO:
    try:
        return path.open("x", encoding="utf-8")
    except FileExistsError as error:
        hint = "name another file; an export never replaces one"
        raise errors.UnusableFile(f"{str(path)!r} exists", hint=hint) from error
    except OSError as error:
        why = f"{str(path)!r} cannot be written: {error.strerror}"
        raise errors.UnusableFile(why, hint="name another file") from error


def _heads(path: Path) -> Mapping[str, tuple[int, str]]:
    from cli.files import read_small
    from models.verification.trail import heads_of

    try:
        return heads_of(read_small(path, "the file of heads").decode("utf-8"))
    except ValueError as error:
        hint = "starter.py audit heads CYCLE --output json --to FILE writes one"
        raise errors.UnusableFile(f"{str(path)!r}: {error}", hint=hint) from error


async def _online(cycle: str, heads: Mapping[str, tuple[int, str]] | None) -> Verified:
    from models.queries.audit import snapshot, verified

    async with reading() as session, session.reader.begin() as tx:
        await snapshot(tx)
        return await verified(tx, cycle, heads, tell=_tell)


def _offline(path: Path, heads: Mapping[str, tuple[int, str]] | None) -> Verified:
    from cli.files import require_text
    from models.verification.trail import verify_lines

    try:
        with require_text(path, "the trail").open(encoding="utf-8") as lines:
            return verify_lines(lines, heads)
    except ValueError as error:
        hint = "starter.py audit export CYCLE FILE writes one"
        raise errors.UnusableFile(f"{str(path)!r} is no exported trail: {error}", hint=hint) from error


def _tell(records: int) -> None:
    if records % _EVERY == 0:
        say(f"{records} records read")


def _print(what: str, verified: Verified, look: Look) -> None:
    if look.output in (Format.CSV, Format.XLSX):
        show("audit_findings", verified.findings, look, columns=(), header=("where", "problem"))
    else:
        told = {"verified": what, "events": verified.events, "rows": verified.rows, "bytes": verified.bytes}
        show_one("audit_verification", told, look, parts={"findings": verified.findings},
                 columns={"findings": ("where", "problem")})
    wrong = len(verified.findings)
    say(f"{wrong} finding{'s' * (wrong > 1)}: what is stored is not what the events say" if wrong
        else "every chain, hash and row is as the events say")
