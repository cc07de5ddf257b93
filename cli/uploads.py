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


@dataclass(frozen=True, slots=True)
class Meant:
    """A file that is meant, and the name of its document: its path within the folder. `skipped` says why it is not."""

    path: Path
    name: str
    skipped: str = ""


def files_in(paths: Sequence[Path], *, recursive: bool) -> Iterator[Meant]:
    """The files that are meant, in order of name, and those that are passed over."""
    for path in paths:
        if path.is_dir():
            yield from _folder(path, path, recursive=recursive)
        else:
            yield Meant(path, path.name)


def _folder(folder: Path, base: Path, *, recursive: bool) -> Iterator[Meant]:
    for path in sorted(folder.iterdir()):
        name = path.relative_to(base).as_posix()
        if path.name.startswith(_LITTER) or path.name.lower() in _NAMES:
            yield Meant(path, name, "a hidden or lock file")
        elif not path.is_dir():
            yield Meant(path, name)
        elif recursive:
            yield from _folder(path, base, recursive=True)
        else:
            yield Meant(path, name, "a folder: --recursive descends into it")


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
        say(f"acting as {acting_as(actor, setting.people)}"
            f"{'; dry run: nothing is changed, and each file is judged as if it came alone' if act.dry_run else ''}")
        await session.require_worker()
        uploads = Uploads(setting, owner, act, source, note, known)
        return [UploadLine(file.name, "skipped", says=file.skipped) if file.skipped else await uploads.send(file)
                for file in files_in(paths, recursive=recursive)]


class Uploads:
    """Sends files one after the other, and remembers which bytes were there before."""

    def __init__(self, setting: Setting, owner: str, act: Act, source: str, note: str,
                 known: Sequence[DocumentLine]) -> None:
        self.setting, self.owner, self.act, self.source, self.note = setting, owner, act, source, note
        self.names: set[str] = set()
        self.seen = {one.sha256: f"{one.document} revision {one.revision}, handed in before" for one in known}

    async def send(self, file: Meant) -> UploadLine:
        """Hand in one file; its line, whatever becomes of it."""
        session, command_id = self.setting.session, ""
        try:
            size = require_file(file.path, "the evidence").stat().st_size
            if file.name in self.names:
                raise errors.UnusableFile(f"another file named {file.name!r} was handed in just now",
                                          hint="hand it in alone, with --document NAME")
            digest = session.store.put_file(file.path)
            if before := self.seen.get(digest):
                return UploadLine(file.name, "duplicate", says=f"the same bytes as {before}")
            self.names.add(file.name)
            payload = Upload(source=self.source, name=file.name, sha256=digest, bytes=size, note=self.note)
            command = session.command(
                Verb.UPLOAD, cycle=self.setting.cycle.slug, actor=self.setting.actor, phase="request_info",
                scope=self.owner, payload=payload, reason=self.act.reason, dry_run=self.act.dry_run)
            command_id, session.invocation = command.command_id, self._alone(file)
            answer = await session.send(command, timeout=timedelta(seconds=self.act.timeout))
        except errors.AssayError as error:
            outcome = {errors.Unknown: "unknown", errors.UnusableFile: "failed"}.get(type(error), "refused")
            again = f"; {self._again(file, command_id)}" if outcome == "unknown" else ""
            return UploadLine(file.name, outcome, says=f"{error.message}; {error.hint}{again}".strip("; "),
                              command_id=command_id, exit_code=error.exit_code)
        self.seen[digest] = file.name
        return _line(file.name, command_id, answer)

    def _alone(self, file: Meant) -> str:
        """The command line that hands in this file alone, under which its command is kept."""
        words = ["evidence", "upload", self.setting.cycle.slug, os.fspath(file.path), "--as", self.setting.actor]
        words += ["--document", file.name]
        words += ["--source", self.source] if self.source else []
        words += ["--note", self.note] if self.note else []
        return shlex.join(words)

    def _again(self, file: Meant, command_id: str) -> str:
        return f"send it again: python starter.py {self._alone(file)} --command-id {command_id}"


def _line(name: str, command_id: str, answer: Answer) -> UploadLine:
    result = answer.result
    said = [result["problem"] or result["read_as"]]
    said += [f"lacks {', '.join(result['lacking'])}"] if result["lacking"] else []
    return UploadLine(
        name, "unreadable" if result["problem"] else "covers", result["covered"], result["missing_keys"],
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
