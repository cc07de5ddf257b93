"""`report`: show the files of the final report, and sign it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from cli.acting import ACT, Act, Intent, Setting, example, perform, reading
from cli.heads import Content, Number, Shown, Signal, approver_intent, current
from cli.output import LOOK, Look, names, say, show
from models import errors

app = App(name="report", help="The final report: its files, and signing it.")
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
