"""The sheet that an owner fills in: the source's key columns, one row per key asked for, attribute columns empty."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cli.sheets import write_sheet, write_workbook
from methods.cycle_files import parse_cycle_file
from models import errors
from models.cycle_file import Source
from models.pinned import key_attributes
from models.queries.cases import OwnerCase, owner_cases
from models.queries.cycles import cycle as cycle_named

if TYPE_CHECKING:
    from cli.client import Session
    from models.database import Tx

_ASKED = ("open", "returned")


async def write_template(session: Session, tx: Tx, slug: str, *, owner: str, source: str, path: Path) -> str:
    """Write the sheet of one source for an owner's open cases; a line about what was written."""
    cycle = await cycle_named(tx, slug)
    asked = [case for case in await owner_cases(tx, slug, owner=owner) if case.state in _ASKED]
    if not asked:
        hint = f"starter.py case list {slug} --owner {owner}"
        raise errors.WrongState(f"no case of {owner} waits for evidence", hint=hint)
    sources = parse_cycle_file(session.store.get(cycle.cycle_file_sha256)).sources
    chosen = source_for(sources, source, asked)
    columns, rows = template(chosen, asked, await key_attributes(tx, cycle.id))
    if path.suffix.lower() == ".xlsx":
        told = instructions(chosen, [case for case in asked if proves(chosen, case)], slug, path.name)
        write_workbook(path, columns, rows, instructions=told, keys=len(chosen.keys))
    else:
        write_sheet(path, columns, rows)
    return f"{len(rows)} keys for source {chosen.name} written to {path}"


def proves(source: Source, case: OwnerCase) -> bool:
    """Whether a source holds what a case asks for, in the case's line of business."""
    covered = not source.lines_of_business or case.line_of_business in source.lines_of_business
    return covered and case.attribute in source.columns


def source_for(sources: Sequence[Source], name: str, asked: Sequence[OwnerCase]) -> Source:
    """The source of that name, or the only one that proves what is asked for."""
    fitting = [source for source in sources if any(proves(source, case) for case in asked)]
    named = [source for source in fitting if name in ("", source.name)]
    if not named:
        known = ", ".join(source.name for source in fitting) or "none"
        raise errors.NotFound(f"no source {name!r} proves what is asked for", hint=f"those that do: {known}")
    if len(named) > 1:
        hint = f"--source {' | '.join(source.name for source in named)}"
        raise errors.BadInput(f"{len(named)} sources prove what is asked for", hint=hint)
    return named[0]


def instructions(source: Source, asked: Sequence[OwnerCase], slug: str, name: str) -> list[tuple[str, str]]:
    """What the owner is told beside the sheet: what to fill in, until when, how to hand it in."""
    due = min((case.due_at for case in asked if case.due_at), default=None)
    words = dict.fromkeys(case.instructions for case in asked if case.instructions)
    return [
        ("Cycle", slug), ("Source", f"{source.name}: {source.title}" if source.title else source.name),
        ("Cases", str(len(asked))), ("Due", f"{due:%Y-%m-%d}" if due else ""),
        *(("Instructions", text) for text in words),
        ("How to fill in", "One row per record. Leave the key columns as they are and fill in the others as the source "
                           "states them. A cell left blank says that the source holds nothing there."),
        ("How to hand in", f"python starter.py evidence upload {slug} {name} --source {source.name}"),
    ]


def template(
    source: Source, asked: Sequence[OwnerCase], key_names: Sequence[str]
) -> tuple[tuple[str, ...], list[dict[str, str]]]:
    """Columns and rows; a key that is asked for several attributes stands once."""
    wanted = [case for case in asked if proves(source, case)]
    rows: dict[tuple[str, ...], dict[str, str]] = {}
    for case in wanted:
        values = dict(zip(key_names, case.key_values, strict=True))
        cells = {column: values[attribute] for attribute, column in source.keys.items()}
        rows.setdefault(tuple(cells.values()), cells)
    columns = (source.columns[name] for name in dict.fromkeys(case.attribute for case in wanted))
    return (*source.keys.values(), *dict.fromkeys(columns)), list(rows.values())
