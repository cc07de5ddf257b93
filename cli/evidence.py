"""`evidence`: upload, accept, return, list."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from cli.acting import ACT, Act, Intent, Setting, example, perform, reading
from cli.output import LOOK, Look, names, say, show
from cli.progress import working
from models import errors

if TYPE_CHECKING:
    from models.messages import Answer

app = App(name="evidence", help="Evidence: upload, accept, return.")
OwnerFlag = Annotated[str, Parameter(help="The data owner whose evidence is meant.")]
_UPLOADED = ("file", "outcome", "covered", "missing_keys", "unknown_keys", "says")
_SHOWN = ("id", "owner", "document", "revision", "current", "decision", "covered", "missing", "problem", "same_as")
_FIRST = 5  # keys of each kind in the answer; all that are on record are in its `result`


@app.command(help_epilogue=example("evidence upload CYCLE hand-in --as nina"))
async def upload(
    cycle: str, /, *files: Path,
    source: Annotated[str, Parameter(help="The source, as the cycle file names it; else the only one that fits.")] = "",
    document: Annotated[str, Parameter(help="The document that this is a revision of; else the file's name.")] = "",
    note: Annotated[str, Parameter(help="A word to the tester.")] = "",
    recursive: Annotated[bool, Parameter(negative="", help="Descend into the folders of a folder.")] = False,
    act: Act = ACT,
) -> int:
    """Hand in evidence: files, or all files of a folder. Their tests run at once.

    CSV (any delimiter and encoding), XLSX, HTML, Parquet, PDF with text, each also in gzip. A file covers the open
    cases whose keys it holds. One that is encrypted, damaged, a scan or too large is on record as unreadable (exit
    code 6).
    The path within the folder names the document. With --source, and when exactly one document of it was returned, one
    file is that document's next revision.
    """
    if not files:
        raise errors.BadInput("no file is named", hint="FILE ..., or a folder")
    if len(files) == 1 and not files[0].is_dir():
        return await _upload_one(cycle, files[0], source, document, note, act)
    if document or act.command_id:
        raise errors.BadInput("--document and --command-id are for one file", hint="name one file")
    from cli.uploads import UploadLine, exit_code, hand_in, summary

    lines = await hand_in(cycle, files, act, source=source, note=note, recursive=recursive)
    show("uploads", lines, act, columns=_UPLOADED, header=names(UploadLine))
    say(summary(lines))
    return exit_code(lines)


async def _upload_one(cycle: str, file: Path, source: str, document: str, note: str, act: Act) -> int:
    from cli.files import require_file
    from cli.owners import acting_owner
    from models.messages import Verb
    from models.payloads import Upload

    size = require_file(file, "the evidence").stat().st_size

    async def build(setting: Setting) -> Intent:
        owner = acting_owner(setting)
        name = document or (source and await _returned(setting, source)) or file.name
        with working(f"storing {file.name}"):
            sha256 = setting.session.store.put_file(file)
        payload = Upload(source=source, name=name, sha256=sha256, bytes=size, note=note)
        return Intent(payload=payload, scope=owner)

    answer = await perform(Verb.UPLOAD, cycle, act, build, phase="request_info", tell=_told)
    if problem := answer.result.get("problem"):
        say(f"{file.name} {problem}; hand in a form that can be read")
        return errors.VerificationFailed.exit_code
    return 0


def _told(answer: Answer) -> dict[str, Any]:
    """What the owner wants to know: what the file covers, what it lacks, what nobody asked for, whether it is new."""
    result = answer.result
    return {
        "document": f"{result['document']} revision {result['revision']}", "covered_cases": result["covered"],
        "missing_keys": result["missing_keys"], "missing": result["missing"][:_FIRST],
        "unknown_keys": result["unknown_keys"], "unknown": result["unknown"][:_FIRST],
        "source": result["source"], "read_as": result.get("read_as", ""), "problem": result.get("problem", ""),
        "lacking_columns": result.get("lacking", []), "same_bytes_as_before": result["same_as"] is not None,
    }


async def _returned(setting: Setting, source: str) -> str:
    """The name of the only document of that source which is back with the owner, or ''."""
    from models.queries.evidence import documents

    async with setting.session.reader.begin() as tx:
        back = [line.document for line in await documents(tx, setting.cycle.slug, owner=setting.actor)
                if line.source == source and line.current and line.decision == "return"]
    return back[0] if len(back) == 1 else ""


@app.command(help_epilogue=example("evidence accept CYCLE --owner nina --as jane"))
async def accept(cycle: str, /, *revisions: int, owner: OwnerFlag = "", act: Act = ACT) -> None:
    """Accept what an owner handed in: the revisions with these ids, or all that wait."""
    await _judge(cycle, revisions, owner, act, verdict="accept")


@app.command(name="return", help_epilogue=example(
    "evidence return CYCLE --owner nina --reason 'wrong month' --as jane"))
async def return_(cycle: str, /, *revisions: int, owner: OwnerFlag = "", act: Act = ACT) -> None:
    """Send evidence back with a reason: the revisions with these ids, or all that wait."""
    await _judge(cycle, revisions, owner, act, verdict="return")


async def _judge(cycle: str, revisions: tuple[int, ...], owner: str, act: Act, *, verdict: str) -> None:
    from models.messages import Verb
    from models.payloads import EvidenceVerdict

    async def build(setting: Setting) -> Intent:
        whose, chosen = await _chosen(setting, revisions, owner)
        return Intent(payload=EvidenceVerdict.model_validate({"verdict": verdict, "revisions": chosen}), scope=whose)

    await perform(Verb.JUDGE_EVIDENCE, cycle, act, build, phase="request_info", scope=owner)


async def _chosen(setting: Setting, revisions: tuple[int, ...], owner: str) -> tuple[str, tuple[int, ...]]:
    """Whose evidence, and which revisions exactly: those that were read are the ones that are judged."""
    from models.queries.evidence import documents

    slug = setting.cycle.slug
    async with setting.session.reader.begin() as tx:
        found = await documents(tx, slug, owner=owner or None)
    if unknown := sorted(set(revisions) - {line.id for line in found}):
        raise errors.NotFound(f"there is no revision {unknown[0]}", hint=f"starter.py evidence list {slug}")
    waiting = [line for line in found if line.current and not line.decision and not line.problem]
    chosen = [line for line in found if line.id in revisions] if revisions else waiting
    if not chosen:
        raise errors.WrongState("no evidence waits for a decision", hint=f"starter.py evidence list {slug}")
    whose = sorted({line.owner for line in chosen})
    if len(whose) > 1:
        raise errors.BadInput(f"evidence of {', '.join(whose)} waits", hint="--owner OWNER")
    return whose[0], tuple(line.id for line in chosen)


@app.command(name="list", help_epilogue=example("evidence list CYCLE --owner nina"))
async def list_(cycle: str, /, *, owner: OwnerFlag = "", look: Look = LOOK) -> None:
    """List documents and their revisions: what they cover, what they lack, what was decided on them."""
    from cli.viewing import owner_to_show, viewer
    from models.queries.evidence import DocumentLine, documents

    async with reading() as session, session.reader.begin() as tx:
        whose = owner_to_show(await viewer(tx, cycle, look), owner)
        show("documents", await documents(tx, cycle, owner=whose), look, columns=_SHOWN, header=names(DocumentLine))
