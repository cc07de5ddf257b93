"""`version show`: a version with its items, narrowed and in pages, or as a decision sheet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from cli import decision_sheets, sheets
from cli.acting import reading, versioned
from cli.changes import After, Limit, require_known, say_more, shown
from cli.decisions import item_rows
from cli.heads import Owner, Shown
from cli.output import LOOK, Format, Look, say, show_one
from models import errors
from models.queries.versions import Selection, lineage, page, version_head

_KEPT = (".xlsx", ".csv", ".txt", "")
SheetFile = Annotated[Path | None, Parameter(
    help="Write a decision sheet to this new file: a workbook when its name ends in .xlsx, else CSV.")]
_TABLE = ("key", "says", "tester", "approver", "origin", "carried_from", "approved_in", "comments")


async def show_(
    cycle: str, phase: str, /, *, version: Shown = None, owner: Owner = "", sheet: SheetFile = None,
    undecided: Annotated[bool, Parameter(negative="", help="Only items undecided by whose turn it is.")] = False,
    verdict: Annotated[str | None, Parameter(help="Only items with this verdict of either side.")] = None,
    search: Annotated[str | None, Parameter(help="Only items with this text in key, content or reasons.")] = None,
    limit: Limit = None, after: After = None, look: Look = LOOK,
) -> None:
    """Show a version, the latest by default, with the decisions of both sides and where each item comes from.

    A table shows the first 50 items; JSON and CSV have all. With --sheet: fill in the columns verdict and reason, then
    `item decide CYCLE PHASE --sheet FILE`.
    """
    policy = versioned(phase, owner)
    require_kind(sheet)
    async with reading() as session, session.reader.begin() as tx:
        head = await version_head(tx, cycle, policy, scope=owner, number=version)
        wanted = Selection(
            limit=limit if sheet else shown(limit, look), after=after, undecided=head.side if undecided else None,
            verdict=verdict, search=search,
        )
        require_known(after is None or bool(await lineage(tx, head.phase, after)), after, cycle, policy.kind)
        found = await page(tx, head, wanted)
        around = await decision_sheets.around(tx, head, cycle)
    if sheet is not None:
        write(sheet, decision_sheets.decision_sheet(head, found.items, around, cycle=cycle))
        say(f"{len(found.items)} items of {policy.title} v{head.number} written to {sheet}")
        return
    show_one("version", head, look, hidden=("phase",),
             parts={"items": item_rows(head, found.items, around.comments)}, columns={"items": _TABLE})
    if found.items and look.output is Format.TABLE:
        say_more(found.more, found.items[-1].key, len(found.items))


def require_kind(sheet: Path | None) -> None:
    """Raise `BadInput` for a file that would not be what its name says."""
    if sheet is not None and sheet.suffix.lower() not in _KEPT:
        why = f"a decision sheet is no {sheet.suffix} file"
        raise errors.BadInput(why, hint="name a file that ends in .xlsx or .csv")


def write(path: Path, sheet: decision_sheets.Sheet) -> None:
    """Write a decision sheet, in the format that the file's name says."""
    if path.suffix.lower() == ".xlsx":
        from cli.workbooks import write_workbook

        write_workbook(path, sheet)
    else:
        sheets.write_sheet(path, sheet.columns, sheet.rows)
