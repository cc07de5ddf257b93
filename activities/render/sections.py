"""Sections read back for drawing: their bodies as blocks, registers filled from the facts and checked by hash.

A register whose rows are not those the section was decided on raises `VerificationFailed`; nothing is drawn then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from methods.figures import registers
from models.document import Body, Register, Table
from models.errors import VerificationFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.document import AnyBlock
    from models.items import Section
    from models.report import ReportFacts


@dataclass(frozen=True, slots=True)
class Chapter:
    """A section ready to be drawn: its blocks, every register turned into a table."""

    number: int
    name: str
    title: str
    comment: str
    blocks: tuple[AnyBlock, ...]


def chapters(facts: ReportFacts, sections: Sequence[Section]) -> tuple[Chapter, ...]:
    """The sections in order. Raises VerificationFailed where a register does not have the rows it was pinned to."""
    return tuple(
        Chapter(number=section.ordinal, name=section.name, title=section.title, comment=section.comment,
                blocks=tuple(_filled(facts, section, block) for block in Body.model_validate_json(section.body).blocks))
        for section in sorted(sections, key=lambda section: section.ordinal))


def _filled(facts: ReportFacts, section: Section, block: AnyBlock) -> AnyBlock:
    if not isinstance(block, Register):
        return block
    rows = registers.rows(facts, block.name)
    found = registers.digest(rows)
    if (len(rows), found) != (block.count, block.sha256):
        raise VerificationFailed(
            f"section {section.name!r} of the report of cycle {facts.cycle.id!r} was decided on {block.count} rows of "
            f"{block.name} (SHA-256 {block.sha256}), the facts give {len(rows)} (SHA-256 {found}): nothing rendered",
            hint="compose the sections from the same facts in a new version of the report")
    return Table(title=block.title, sheet=block.sheet, columns=registers.COLUMNS, rows=rows, empty=block.empty,
                 order=block.order, most=block.most, overflow=block.overflow)


def shown(table: Table) -> int:
    """How many rows of a table the document shows."""
    if len(table.rows) <= table.most:
        return len(table.rows)
    return table.most if table.overflow == "first" else 0
