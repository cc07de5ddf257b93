"""`report`: show the files of the final report, sign it, and tell whether a file is the signed one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from cli.acting import ACT, Act, Intent, Setting, example, perform, reading
from cli.heads import Content, Number, Shown, Signal, approver_intent, current
from cli.output import LOOK, Look, names, say, show, show_one
from models import errors

if TYPE_CHECKING:
    from models.queries.reports import Found

app = App(name="report", help="The final report: its files, signing it, and telling the signed ones from others.")
_OTHERWISE = {
    "superseded": "it was signed and approved, and a later version has taken its place",
    "rejected": "that version was rejected", "withdrawn": "that version was withdrawn",
    "submitted": "that version waits for its approval",
}
_KINDS = {"html": "HTML page", "xlsx": "workbook", "pdf": "PDF"}
_SHOWN = ("kind", "name", "version", "status", "sha256", "bytes", "at")


@app.command(name="show", help_epilogue=example("report show CYCLE --save report/"))
async def show_(
    cycle: str, /, *, version: Shown = None,
    save: Annotated[Path | None, Parameter(help="Copy the files into this folder.")] = None, look: Look = LOOK,
) -> None:
    """List the report's files with their SHA-256; only those of an approved version are the signed report."""
    from models.queries.cycles import cycle as cycle_named
    from models.queries.reports import ReportFile, report_files

    async with reading() as session:
        async with session.reader.begin() as tx:
            await cycle_named(tx, cycle)
            found = await report_files(tx, cycle, number=version)
        if not found:
            raise errors.NotFound(f"cycle {cycle} has no report yet", hint=f"starter.py cycle show {cycle}")
        if save is not None:
            _save({line.name: session.store.get(line.sha256) for line in found}, save)
    show("report_files", found, look, columns=_SHOWN, header=names(ReportFile))


def _save(files: dict[str, bytes], folder: Path) -> None:
    """Write files checked against their hashes. Raises `UnusableFile`; another file of that name is never replaced."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            path = folder / Path(name).name
            if path.exists() and path.read_bytes() != data:
                raise errors.UnusableFile(f"{str(path)!r} exists and is another file", hint="name another folder")
            path.write_bytes(data)
            say(f"saved {path}")
    except OSError as error:
        why = f"{str(folder)!r} cannot be written: {error.strerror}"
        raise errors.UnusableFile(why, hint="name another folder") from error


@app.command(help_epilogue=example("report sign CYCLE --as mike"))
async def sign(
    cycle: str, /, *, version: Number = None, content_hash: Content = "", signal: Signal = False, act: Act = ACT,
) -> None:
    """Sign the submitted report in your role; the sign-off names its content hash.

    Submitting signs for the tester, approving signs for the approver.
    """
    from models.messages import Verb
    from models.phases import CLOSING

    async def build(setting: Setting) -> Intent:
        return approver_intent(await current(setting, CLOSING, ""), version=version, content_hash=content_hash)

    await perform(Verb.SIGN, cycle, act, build, phase=CLOSING.kind, signal=signal)


@app.command(help_epilogue=example("report verify report/cards-v1.pdf"))
async def verify(
    file: Path, cycle: Annotated[str, Parameter(help="Look among the files of this cycle only.")] = "", /, *,
    attestation: Annotated[Path | None, Parameter(
        help="Check against this attestation, without a database: it proves as much as the attestation can be trusted.",
    )] = None, look: Look = LOOK,
) -> int:
    """Say whether a file is the signed report, byte for byte: exit 0 when it is, 6 when it is not.

    The file is known by its SHA-256; its name does not matter. Files of versions that were not approved are told apart.
    """
    from cli.files import require_file
    from models.store import file_sha256

    sha256 = file_sha256(require_file(file, "the file"))
    told = await _recorded(sha256, cycle) if attestation is None else _attested(sha256, cycle, attestation)
    show_one("report_verification", {"file": str(file), "sha256": sha256, **told}, look)
    return 0 if told["signed"] else errors.VerificationFailed.exit_code


async def _recorded(sha256: str, cycle: str) -> dict[str, object]:
    from models.queries.cycles import cycle as cycle_named
    from models.queries.reports import files_of_hash

    async with reading() as session, session.reader.begin() as tx:
        if cycle:
            await cycle_named(tx, cycle)
        found = await files_of_hash(tx, sha256, slug=cycle)
    if not found:
        where = f"cycle {cycle}" if cycle else "any cycle"
        return {"signed": False, "says": f"this is no file of a report of {where}: another file, or a changed one"}
    first = found[0]
    return {"signed": first.status == "approved", "says": _says(first), "cycle": first.cycle, "version": first.version,
            "status": first.status, "kind": first.kind, "name": first.name, "decided_at": first.decided_at,
            "signed_by": first.signed_by}


def _says(found: Found) -> str:
    what = f"the {_KINDS.get(found.kind, found.kind)} of the report of cycle {found.cycle}, version {found.version}"
    if found.status != "approved":
        return f"this is {what}, but not the signed report: {_OTHERWISE.get(found.status, found.status)}"
    return f"this is {what}, {'which names who signed' if found.kind == 'attestation' else 'as it was signed'}"


def _attested(sha256: str, cycle: str, path: Path) -> dict[str, object]:
    from cli.files import LARGEST, require_file
    from methods.attested import attested
    from models.store import file_sha256

    if cycle:
        hint = "leave out the cycle, or the attestation"
        raise errors.BadInput("a cycle is looked up in the database, an attestation needs none", hint=hint)
    try:
        if require_file(path, "the attestation").stat().st_size > LARGEST:
            raise ValueError(f"it has more than {LARGEST:,} bytes")
        found = attested(path.read_bytes().decode("utf-8"))
    except ValueError as error:
        hint = "starter.py report show CYCLE --save FOLDER writes it"
        raise errors.UnusableFile(f"{str(path)!r} is no attestation: {error}", hint=hint) from error
    given = {"attestation": str(path), "attestation_sha256": file_sha256(path)}
    if sha256 not in found.files:
        return {"signed": False, "says": "the attestation does not name this file: another file, or a changed one",
                **given}
    named = {"name": found.files[sha256], **given}
    if not found.complete:
        return {"signed": False, "says": "the attestation names this file, but not every role has signed", **named}
    return {"signed": True, "says": "the attestation names exactly this file, and every role has signed", **named}
