"""Handing in several files: one command per file, one line each; a file that fails does not stop the others."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cli.acting import Act, Setting, acting_as, who_acts
from cli.files import require_file
from cli.output import say
from models import errors
from models.messages import Answer, Verb
from models.payloads import Upload

if TYPE_CHECKING:
    from models.queries.evidence import DocumentLine

UNREADABLE = errors.VerificationFailed.exit_code
_LITTER = ("~$", ".")  # lock files of Office, and files that systems leave behind
_NAMES = ("thumbs.db", "desktop.ini")


@dataclass(frozen=True, slots=True)
class UploadLine:
    """What became of one file.

    `outcome`: `covers`, `unreadable` (on record, with the problem), `skipped`, `duplicate` (not sent), `refused`,
    `failed` or `unknown` (sent, without an answer). `exit_code` is what the file alone would have ended with.
    """

    file: str
    outcome: str
    covered: int = 0
    missing_keys: int = 0
    unknown_keys: int = 0
    says: str = ""
    document: str = ""
    source: str = ""
    command_id: str = ""
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    exit_code: int = field(default=0)


def files_in(paths: Sequence[Path], *, recursive: bool) -> Iterator[tuple[Path, str]]:
    """The files that are meant, in order of name, and why one of them is passed over ('': it is not).

    Raises `UnusableFile` for a path that does not exist.
    """
    for path in paths:
        if not path.is_dir():
            yield path, ""
            continue
        for found in sorted(path.iterdir()):
            litter = found.name.startswith(_LITTER) or found.name.lower() in _NAMES
            if litter:
                yield found, "a hidden or lock file"
            elif not found.is_dir():
                yield found, ""
            elif recursive:
                yield from files_in([found], recursive=True)
            else:
                yield found, "a folder: --recursive descends into it"


async def hand_in(
    cycle: str, paths: Sequence[Path], act: Act, *, source: str, note: str, recursive: bool
) -> list[UploadLine]:
    """Hand in every file that is meant; a line for each. Raises only what speaks against all of them."""
    from cli.client import connect
    from cli.owners import acting_owner
    from models.queries.cycles import cycle as cycle_named
    from models.queries.evidence import documents
    from models.queries.people import people

    actor = who_acts(act)
    async with connect() as session:
        async with session.reader.begin() as tx:
            setting = Setting(session, await cycle_named(tx, cycle), actor, await people(tx, cycle))
            owner = acting_owner(setting)
            known = [one for one in await documents(tx, cycle, owner=owner) if one.current and one.decision != "return"]
        say(f"acting as {acting_as(actor, setting.people)}{', dry run: nothing is changed' if act.dry_run else ''}")
        await session.require_worker()
        uploads = Uploads(setting, owner, act, source, note, known)
        return [UploadLine(str(path), "skipped", says=why) if why else await uploads.send(path)
                for path, why in files_in(paths, recursive=recursive)]


class Uploads:
    """Sends files one after the other, and remembers which bytes were there before."""

    def __init__(self, setting: Setting, owner: str, act: Act, source: str, note: str,
                 known: Sequence[DocumentLine]) -> None:
        self.setting, self.owner, self.act, self.source, self.note = setting, owner, act, source, note
        self.seen = {one.sha256: f"{one.document} revision {one.revision}, handed in before" for one in known}

    async def send(self, path: Path) -> UploadLine:
        """Hand in one file; its line, whatever becomes of it."""
        session, command_id = self.setting.session, ""
        try:
            size = require_file(path, "the evidence").stat().st_size
            digest = session.store.put_file(path)
            if before := self.seen.get(digest):
                return UploadLine(str(path), "duplicate", says=f"the same bytes as {before}")
            payload = Upload(source=self.source, name=path.name, sha256=digest, bytes=size, note=self.note)
            command = session.command(
                Verb.UPLOAD, cycle=self.setting.cycle.slug, actor=self.setting.actor, phase="request_info",
                scope=self.owner, payload=payload, reason=self.act.reason, dry_run=self.act.dry_run)
            command_id, session.invocation = command.command_id, self._alone(path)
            answer = await session.send(command, timeout=timedelta(seconds=self.act.timeout))
        except errors.AssayError as error:
            outcome = {errors.Unknown: "unknown", errors.UnusableFile: "failed"}.get(type(error), "refused")
            again = f"; {self._again(path, command_id)}" if outcome == "unknown" else ""
            return UploadLine(str(path), outcome, says=f"{error.message}; {error.hint}{again}".strip("; "),
                              command_id=command_id, exit_code=error.exit_code)
        self.seen[digest] = str(path)
        return _line(path, command_id, answer)

    def _alone(self, path: Path) -> str:
        """The command line that hands in this file alone, under which its command is kept."""
        words = ["evidence", "upload", self.setting.cycle.slug, os.fspath(path), "--as", self.setting.actor]
        words += ["--source", self.source] if self.source else []
        words += ["--note", self.note] if self.note else []
        return shlex.join(words)

    def _again(self, path: Path, command_id: str) -> str:
        return f"send it again: python starter.py {self._alone(path)} --command-id {command_id}"


def _line(path: Path, command_id: str, answer: Answer) -> UploadLine:
    result = answer.result
    said = [result["problem"] or result["read_as"]]
    said += [f"lacks {', '.join(result['lacking'])}"] if result["lacking"] else []
    return UploadLine(
        str(path), "unreadable" if result["problem"] else "covers", result["covered"], result["missing_keys"],
        result["unknown_keys"], "; ".join(said), f"{result['document']} revision {result['revision']}",
        result["source"], command_id, tuple(result["missing"]), tuple(result["unknown"]),
        UNREADABLE if result["problem"] else 0)


def exit_code(lines: Sequence[UploadLine]) -> int:
    """0 when every file was taken and read; an unknown one first, then the first refusal, then what is unreadable."""
    codes = [line.exit_code for line in lines if line.exit_code]
    first = [code for code in codes if code != UNREADABLE]
    return errors.Unknown.exit_code if errors.Unknown.exit_code in codes else next(iter([*first, *codes]), 0)


def summary(lines: Sequence[UploadLine]) -> str:
    """How many files ended how, in one line."""
    outcomes = [line.outcome for line in lines]
    told = ", ".join(f"{outcomes.count(outcome)} {outcome}" for outcome in dict.fromkeys(outcomes))
    return f"{len(lines)} files: {told or 'none'}; {sum(line.covered for line in lines)} cases covered"
