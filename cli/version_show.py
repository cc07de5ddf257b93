"""`version show`: a version with its items, narrowed and in pages, as of a time, or as a decision sheet."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from cli import decision_sheets, sheets
from cli.acting import reading, versioned, who_acts
from cli.changes import After, Limit, require_known, say_more, shown
from cli.decisions import ITEM_ROW, item_rows
from cli.heads import AllOwners, Owner, Shown, alone
from cli.moments import At, show_at
from cli.output import LOOK, Format, Look, say, show, show_one
from cli.viewing import refuse_owners
from models import errors
from models.queries.versions import Selection, lineage, page, version_head

_KEPT = (".xlsx", ".csv", ".txt", "")
SheetFile = Annotated[Path | None, Parameter(
    help="Write a decision sheet to this new file: a workbook when its name ends in .xlsx, else CSV.")]
_TABLE = ("key", "says", "tester", "approver", "origin", "carried_from", "approved_in", "comments")


async def show_(
    cycle: str, phase: str, /, *, version: Shown = None, owner: Owner = "", all_owners: AllOwners = False,
    sheet: SheetFile = None,
    undecided: Annotated[bool, Parameter(negative="", help="Only items undecided by whose turn it is.")] = False,
    verdict: Annotated[str | None, Parameter(help="Only items with this verdict of either side.")] = None,
    search: Annotated[str | None, Parameter(help="Only items with this text in key, content or reasons.")] = None,
    limit: Limit = None, after: After = None, at: At = "", look: Look = LOOK,
) -> None:
    """Show a version, the latest by default, with the decisions of both sides and where each item comes from.

    A table shows the first 50 items; JSON and CSV have all. With --sheet: fill in the columns verdict and reason, then
    `item decide CYCLE PHASE --sheet FILE`. With --at 2026-03-31: the version that was approved then, until when it
    counted, and which one was open. A day means its end; times are UTC unless they name a zone.
    """
    require_kind(sheet)
    if at:
        _alone_at(version=version, all_owners=all_owners, sheet=sheet, undecided=undecided)
        policy = versioned(phase, owner)
        await show_at(cycle, policy, at, owner=owner, verdict=verdict, search=search, limit=limit, after=after,
                      look=look)
        return
    if all_owners:
        alone(version=version, after=after, limit=limit)
        await _show_all(cycle, phase, owner, sheet, Selection(verdict=verdict, search=search), undecided, look)
        return
    policy = versioned(phase, owner)
    async with reading() as session, session.reader.begin() as tx:
        await refuse_owners(tx, cycle, policy, look)
        head = await version_head(tx, cycle, policy, scope=owner, number=version)
        wanted = Selection(
            limit=limit if sheet else shown(limit, look), after=after, undecided=head.side if undecided else None,
            verdict=verdict, search=search, counted=sheet is None and look.output is Format.TABLE,
        )
        require_known(after is None or bool(await lineage(tx, head.phase, after)), after, cycle, policy.kind)
        found = await page(tx, head, wanted)
        around = await decision_sheets.around(tx, head, cycle)
    if sheet is not None:
        write(sheet, decision_sheets.decision_sheet(head, found.items, around, cycle=cycle))
        say(f"{len(found.items)} items of {policy.title} v{head.number} written to {sheet}")
        return
    listed = item_rows(found.items, around.comments, kind=head.kind, number=head.number)
    show_one("version", head, look, hidden=("phase",), parts={"items": listed}, columns={"items": _TABLE},
             header=ITEM_ROW)
    if found.items and look.output is Format.TABLE:
        say_more(found.more, found.items[-1].key, len(found.items))


async def _show_all(
    cycle: str, phase: str, owner: str, sheet: Path | None, wanted: Selection, undecided: bool, look: Look
) -> None:
    """What of all owners waits for who acts: one list, or one sheet."""
    from cli.all_owners import heads_waiting, owner_phase, owners

    policy, who = owner_phase(phase, owner), who_acts(look)
    joined, listed = [], []
    async with reading() as session, session.reader.begin() as tx:
        for head in await heads_waiting(tx, cycle, policy, who):
            found = await page(tx, head, replace(wanted, undecided=head.side if undecided else None))
            around = await decision_sheets.around(tx, head, cycle)
            joined.append(decision_sheets.decision_sheet(head, found.items, around, cycle=cycle))
            told = item_rows(found.items, around.comments, kind=head.kind, number=head.number)
            listed += [{"owner": head.scope, **row} for row in told]
    if not listed:
        raise errors.WrongState(f"no owner's {policy.title} waits for {who}", hint=f"starter.py inbox --as {who}")
    if sheet is None:
        listed.sort(key=lambda row: (row["key"], row["owner"]))
        show("items", listed, look, columns=("owner", *_TABLE))
        return
    write(sheet, decision_sheets.joint_sheet(joined, title=f"{policy.title} of {owners(len(joined))}, for {who}"))
    say(f"{len(listed)} items of {owners(len(joined))} written to {sheet}")


def _alone_at(**given: object) -> None:
    """Raise `BadInput` for what makes no sense of a time that is past."""
    if named := [name.replace("_", "-") for name, value in given.items() if value]:
        why = f"--{named[0]} does not go with --at"
        raise errors.BadInput(why, hint="--at shows the version that was approved then, decided and closed")


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
