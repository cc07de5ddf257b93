"""Decisions on items: how a version becomes a sheet, and how keys, "all" or a filled-in sheet become decisions.

A sheet is held against the version as it is now: a row whose item has changed is refused by its number, and rows that
say what was decided already are left alone, so a carried decision stays carried.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cli.output import cell
from cli.sheets import DecisionSheet
from models import errors
from models.payloads import Decision
from models.phases import BY_KIND
from models.queries.versions import MemberLine, VersionHead

_COLUMNS = ("revision", "key", "verdict", "reason", "version", "side", "origin", "carried_from",
            "tester_verdict", "tester_reason", "approver_verdict", "approver_reason")
# What a table shows of an item, by its type.
_SAYS = {
    "attribute": ("data_type", "format", "source_column"), "rule": ("severity", "gate", "description"),
    "scope": ("action", "score", "reason"), "sample": ("line_of_business", "category"),
    "observation": ("severity", "title"), "section": ("title", "comment"),
}
_FACT = 300  # characters of a fact; the item itself is in `version show --output json`


def item_rows(head: VersionHead, items: Sequence[MemberLine]) -> list[dict[str, Any]]:
    """The items of a version as `version show` lists them."""
    return [
        {
            "key": item.key, "revision": item.revision, "origin": item.origin,
            "carried_from": item.carried_from(head.number),
            "tester": item.tester_verdict, "tester_reason": item.tester_reason, "tester_by": item.tester_by,
            "approver": item.approver_verdict, "approver_reason": item.approver_reason, "approver_by": item.approver_by,
            "approved_in": f"v{item.approver_in}" if item.approver_in else "", "says": _says(head, item),
            "content": item.content,
        }
        for item in items
    ]


def _says(head: VersionHead, item: MemberLine) -> str:
    fields = _SAYS[BY_KIND[head.kind].item]
    return ", ".join(str(item.content[name]) for name in fields if item.content.get(name))[:_FACT]


def decision_sheet(head: VersionHead, items: Sequence[MemberLine]) -> tuple[tuple[str, ...], list[dict[str, str]]]:
    """Columns and rows of a decision sheet; verdicts that the deciding side has given are filled in."""
    fields = list(dict.fromkeys(name for item in items for name in item.content))
    return (*_COLUMNS, *(f"item.{name}" for name in fields)), [_sheet_row(head, item) for item in items]


def _sheet_row(head: VersionHead, item: MemberLine) -> dict[str, str]:
    verdict, reason = item.verdict_of(head.side)
    facts = {f"item.{name}": cell(value)[:_FACT] for name, value in item.content.items()}
    return {
        "revision": str(item.revision), "key": item.key, "verdict": verdict, "reason": reason,
        "version": f"v{head.number}", "side": head.side, "origin": item.origin,
        "carried_from": item.carried_from(head.number),
        "tester_verdict": item.tester_verdict or "", "tester_reason": item.tester_reason or "",
        "approver_verdict": item.approver_verdict or "", "approver_reason": item.approver_reason or "", **facts,
    }


def verdicts_of(head: VersionHead) -> tuple[str, ...]:
    """What the side whose turn it is may say."""
    policy = BY_KIND[head.kind]
    return policy.tester_verdicts if head.side == "tester" else policy.approver_verdicts


def on_keys(items: Sequence[MemberLine], keys: Sequence[str], *, verdict: str, reason: str) -> list[Decision]:
    """The same verdict on each named item; one that is not in the version is named without a revision."""
    known = {item.key: item.revision for item in items}
    return [Decision(key=key, revision=known.get(key), verdict=verdict, reason=reason) for key in keys]


def on_undecided(head: VersionHead, items: Sequence[MemberLine], *, verdict: str, reason: str) -> list[Decision]:
    """The same verdict on every item that the side whose turn it is has not decided."""
    return [
        Decision(key=item.key, revision=item.revision, verdict=verdict, reason=reason)
        for item in items if not item.verdict_of(head.side)[0]
    ]


def on_sheet(head: VersionHead, items: Sequence[MemberLine], sheet: DecisionSheet, *, cycle: str) -> list[Decision]:
    """What a sheet changes. Raises `StaleSheet` or `NotFound`, naming rows, when it does not fit the version."""
    again = f"starter.py version show {cycle} {head.kind} --sheet FILE writes a new one"
    if sheet.version not in (None, head.number) or sheet.side not in ("", head.side):
        raise errors.StaleSheet(
            f"the sheet was written for the {sheet.side or head.side} of v{sheet.version or head.number};"
            f" v{head.number} is {head.status} and with the {head.side}", hint=again,
        )
    known = {item.key: item for item in items}
    _refuse_unknown(sheet, known, head, again)
    stale = [f"row {d.row}: {d.key} has changed" for d in sheet.decisions if d.revision != known[d.key].revision]
    if stale:
        raise errors.StaleSheet(f"since the sheet was written, {'; '.join(stale[:10])}", hint=again)
    return [
        Decision(key=d.key, revision=d.revision, verdict=d.verdict, reason=d.reason, row=d.row)
        for d in sheet.decisions if (d.verdict, d.reason) != known[d.key].verdict_of(head.side)
    ]


def _refuse_unknown(sheet: DecisionSheet, known: Mapping[str, MemberLine], head: VersionHead, hint: str) -> None:
    missing = [f"row {d.row}: {d.key}" for d in sheet.decisions if d.key not in known]
    if missing:
        why = f"not in {BY_KIND[head.kind].title} v{head.number}: {'; '.join(missing[:10])}"
        raise errors.NotFound(why, hint=hint)
