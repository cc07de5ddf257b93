"""Decisions on items: how a version becomes a sheet, and how keys, "all" or a filled-in sheet become decisions.

A sheet is held against the version as it is now: a row whose item has changed is refused by its number, and rows that
say what was decided already are left alone, so a carried decision stays carried.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cli.decision_sheets import place_of, verdicts_of
from cli.facts import FACT, short, taken_from, told
from cli.sheets import PLACE, DecisionSheet, SheetDecision
from cli.workbooks import normal
from models import errors
from models.payloads import Decision
from models.phases import BY_KIND
from models.queries.comments import CommentLine
from models.queries.versions import MemberLine, VersionHead

_LISTED = 10
# What a table shows of an item, by its type.
_SAYS = {
    "attribute": ("data_type", "format", "source_column"), "rule": ("severity", "gate", "description"),
    "scope": ("action", "score", "reason"), "sample": ("line_of_business", "category"),
    "observation": ("severity", "title"), "section": ("title", "comment"),
}


ITEM_ROW = (
    "key", "revision", "origin", "carried_from", "tester", "tester_reason", "tester_by", "approver", "approver_reason",
    "approver_by", "approved_in", "says", "comments", "last_comment", "content",
)


def item_rows(
    items: Sequence[MemberLine], said: Mapping[str, Sequence[CommentLine]], *, kind: str, number: int
) -> list[dict[str, Any]]:
    """The items of a version as `version show` lists them, with how many comments each has and the last one.

    `ITEM_ROW` names what a row has.
    """
    return [
        {
            "key": item.key, "revision": item.revision, "origin": item.origin,
            "carried_from": item.carried_from(number),
            "tester": item.tester_verdict, "tester_reason": item.tester_reason, "tester_by": item.tester_by,
            "approver": item.approver_verdict, "approver_reason": item.approver_reason, "approver_by": item.approver_by,
            "approved_in": f"v{item.approver_in}" if item.approver_in else "", "says": says(kind, content),
            "comments": len(said.get(item.key, ())), "last_comment": _last(said.get(item.key, ())),
            "content": content,
        }
        for item, content in ((item, item.content) for item in items)
    ]


def _last(said: Sequence[CommentLine]) -> str:
    return short(told(said[-1])) if said else ""


def says(kind: str, content: Mapping[str, Any]) -> str:
    """What a table shows of an item of that phase."""
    fields = _SAYS[BY_KIND[kind].item]
    told = [str(content[name]) for name in fields if content.get(name)]
    return ", ".join([f"as in {source}", *told] if (source := taken_from(content)) else told)[:FACT]


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
    """What a sheet changes. Raises `StaleSheet`, `MalformedSheet` or `NotFound`, naming rows, when it does not fit."""
    owner = f" --owner {head.scope}" if head.scope else ""
    again = f"starter.py version show {cycle} {head.kind}{owner} --sheet FILE writes a new one"
    known = {normal(item.key): item for item in items}
    _refuse_elsewhere(sheet, head, cycle, again)
    _refuse_verdicts(sheet, head)
    _refuse_unknown(sheet, known, head, again)
    _refuse_mixed(sheet, known, again)
    stale = [f"row {d.row}: {d.key} has changed" for d in sheet.decisions if d.revision != _of(known, d).revision]
    if stale:
        raise errors.StaleSheet(f"since the sheet was written, {listed(stale)}", hint=again)
    return [
        Decision(key=_of(known, d).key, revision=d.revision, verdict=d.verdict, reason=d.reason, row=d.row)
        for d in sheet.decisions if _says_more(d, _of(known, d), head.side)
    ]


def _of(known: Mapping[str, MemberLine], decision: SheetDecision) -> MemberLine:
    return known[normal(decision.key)]


def _says_more(decision: SheetDecision, item: MemberLine, side: str) -> bool:
    """Whether a row says anything but what was decided already, which a spreadsheet may have put in its own words."""
    verdict, reason = item.verdict_of(side)
    return (decision.verdict, normal(decision.reason)) != (verdict, normal(reason))


def _refuse_elsewhere(sheet: DecisionSheet, head: VersionHead, cycle: str, hint: str) -> None:
    """Every row says what it was written for, so rows of another sheet are found wherever they were pasted."""
    here = place_of(head, cycle)
    wrong: dict[str, list[int]] = {}
    for d in sheet.decisions:
        for name in PLACE:
            if (there := getattr(d.place, name)) not in ("", here[name]):
                wrong.setdefault(f"written for {name} {there}, not {here[name] or 'none'}", []).append(d.row)
    if wrong:
        now = f"{BY_KIND[head.kind].title} v{head.number} is {head.status} and with the {head.side}"
        told = [f"{_rows(numbers)} {why}" for why, numbers in wrong.items()]
        raise errors.StaleSheet(f"{listed(told)}; {now}", hint=hint)


def _rows(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"row {numbers[0]} was"
    return f"rows {', '.join(map(str, numbers[:3]))}{', ...' if len(numbers) > 3 else ''} ({len(numbers)}) were"


def _refuse_verdicts(sheet: DecisionSheet, head: VersionHead) -> None:
    known = verdicts_of(head)
    wrong = [f"row {d.row}: {d.verdict}" for d in sheet.decisions if d.verdict not in known]
    if wrong:
        hint = f"one of {', '.join(known)}"
        raise errors.MalformedSheet(f"no verdict of the {head.side}: {listed(wrong)}", hint=hint)


def _refuse_unknown(sheet: DecisionSheet, known: Mapping[str, MemberLine], head: VersionHead, hint: str) -> None:
    missing = [f"row {d.row}: {d.key}" for d in sheet.decisions if normal(d.key) not in known]
    if missing:
        raise errors.NotFound(f"not in {BY_KIND[head.kind].title} v{head.number}: {listed(missing)}", hint=hint)


def _refuse_mixed(sheet: DecisionSheet, known: Mapping[str, MemberLine], hint: str) -> None:
    """A revision that belongs to another item of the version: cells were copied or sorted apart from their row."""
    owners = {item.revision: item.key for item in known.values()}
    mixed = [
        f"row {d.row}: revision {d.revision} is of {owners[d.revision]}, not of {d.key}"
        for d in sheet.decisions if d.revision in owners and owners[d.revision] != _of(known, d).key
    ]
    if mixed:
        raise errors.MalformedSheet(f"cells were moved between rows: {listed(mixed)}", hint=hint)


def listed(found: Sequence[str]) -> str:
    """The first ten, and how many more."""
    return "; ".join([*found[:_LISTED], *([f"and {len(found) - _LISTED} more"] if len(found) > _LISTED else [])])
