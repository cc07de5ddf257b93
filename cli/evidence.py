"""`evidence`: upload, accept, return, list."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from cli.acting import ACT, Act, Intent, Setting, example, perform, reading
from cli.output import LOOK, Look, names, show
from models import errors

if TYPE_CHECKING:
    from models.messages import Answer

app = App(name="evidence", help="Evidence: upload, accept, return.")
OwnerFlag = Annotated[str, Parameter(help="The data owner whose evidence is meant.")]
_SHOWN = ("id", "owner", "document", "revision", "current", "decision", "covered", "missing", "unknown_keys", "same_as")
_FIRST = 5  # keys of each kind in the answer; all that are on record are in its `result`


@app.command(help_epilogue=example("evidence upload CYCLE extract.csv --source cards --as nina"))
async def upload(
    cycle: str, file: Path, /, *,
    source: Annotated[str, Parameter(help="The source system, as the cycle file names it.")],
    document: Annotated[str, Parameter(help="The document that this is a revision of; else the file's name.")] = "",
    note: Annotated[str, Parameter(help="A word to the tester.")] = "", act: Act = ACT,
) -> None:
    """Hand in a file of evidence. It covers the open cases whose keys it holds; their tests run at once.

    When exactly one document of the source was returned, the file is its next revision, unless --document says other.
    """
    from cli.files import require_file
    from cli.owners import acting_owner
    from models.messages import Verb
    from models.payloads import Upload

    size = require_file(file, "the evidence").stat().st_size

    async def build(setting: Setting) -> Intent:
        owner = acting_owner(setting)
        name = document or await _returned(setting, source) or file.name
        payload = Upload(source=source, name=name, sha256=setting.session.store.put_file(file), bytes=size, note=note)
        return Intent(payload=payload, scope=owner)

    await perform(Verb.UPLOAD, cycle, act, build, phase="request_info", tell=_told)


def _told(answer: Answer) -> dict[str, Any]:
    """What the owner wants to know: what the file covers, what it lacks, what nobody asked for, whether it is new."""
    result = answer.result
    return {
        "document": f"{result['document']} revision {result['revision']}", "covered_cases": result["covered"],
        "missing_keys": result["missing_keys"], "missing": result["missing"][:_FIRST],
        "unknown_keys": result["unknown_keys"], "unknown": result["unknown"][:_FIRST],
        "same_bytes_as_before": result["same_as"] is not None,
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


@app.command(name="return", help_epilogue=example("evidence return CYCLE 12 --reason 'wrong month' --as jane"))
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
