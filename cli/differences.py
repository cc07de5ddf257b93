"""How differences read: fields with their values before and after, decisions with whoever took them. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cli.output import cell, record
from models.queries.changes import (
    ADDED,
    CARRIED,
    CHANGED,
    DECIDED,
    REMOVED,
    ChangeLine,
    HistoryLine,
    LineageLine,
    Standing,
)

_SHOWN = 120  # characters of a value in a table; JSON and CSV have all of it
_NOTHING = "nothing"
_ACTS = ("created", "submitted", "decided")
_COUNTS = ("added", "changed", "carried", "removed", "rejected")


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of an item that has another value."""

    field: str
    before: Any
    after: Any

    def __str__(self) -> str:
        return f"{self.field}: {_quoted(self.before)} -> {_quoted(self.after)}"


def field_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    """The fields whose values differ, in the order in which the items have them."""
    names = dict.fromkeys([*before, *after])
    return tuple(
        FieldChange(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)
    )


def history_row(line: HistoryLine) -> dict[str, Any]:
    """A version as a table shows it: its counts in words, who and when in one column each, so that it fits a screen."""
    acts = {name: _act(getattr(line, f"{name}_by"), getattr(line, f"{name}_at")) for name in _ACTS}
    counts = ", ".join(f"{found:,} {name}" for name in _COUNTS if (found := getattr(line, name)))
    origin = f"v{line.parent}" if line.parent else ""
    return {**record(line), "version": f"v{line.version}", "parent": origin, "changes": counts, **acts}


def _act(who: str | None, when: datetime | None) -> str:
    return f"{who} {when.astimezone(UTC):%Y-%m-%d %H:%M}" if who and when else ""


def change_rows(lines: Sequence[ChangeLine]) -> list[dict[str, Any]]:
    """An entry per item that two versions hold differently; `what` is a sentence, `fields` has the exact values."""
    return [_change_row(line) for line in lines]


def _change_row(line: ChangeLine) -> dict[str, Any]:
    before, after = line.before or _ABSENT, line.after or _ABSENT
    fields = field_changes(before.content, after.content) if line.change == CHANGED else ()
    said = {ADDED: [], REMOVED: [f"approver: {before.approver}"] if before.approver else []}.get(
        line.change, _decisions(before, after)
    )
    return {
        "key": line.key, "change": line.change, "origin": line.origin,
        "what": "; ".join([*map(str, fields), *said]), "fields": fields,
        "tester_before": before.tester, "tester_after": after.tester,
        "approver_before": before.approver, "approver_after": after.approver,
    }


def _decisions(before: Standing, after: Standing) -> list[str]:
    return [f"{side.field}: {side.before or _NOTHING} -> {side.after or _NOTHING}" for side in _sides(before, after)]


def _sides(before: Standing, after: Standing) -> list[FieldChange]:
    sides = (("tester", before.tester, after.tester), ("approver", before.approver, after.approver))
    return [FieldChange(side, one, two) for side, one, two in sides if one != two]


def field_rows(lines: Sequence[ChangeLine], *, short: bool = False) -> list[dict[str, Any]]:
    """A row per field that differs, then one per side whose decision does; an item alike in all has one row.

    Of an item that came or left, the decisions alone. `short` is for people: it cuts long values, and names an item in
    its first row only.
    """
    return [row for line in lines for row in _field_rows(line, short=short)]


def _field_rows(line: ChangeLine, *, short: bool) -> list[dict[str, Any]]:
    before, after = line.before or _ABSENT, line.after or _ABSENT
    fields = field_changes(before.content, after.content) if line.change == CHANGED else ()
    differing = [*fields, *_sides(before, after)] or [FieldChange("", None, None)]
    named = {"key": line.key, "change": line.change, "origin": line.origin}
    value = _cut if short else cell
    return [
        {**(dict.fromkeys(named, "") if short and at else named), "field": one.field, "before": value(one.before),
         "after": value(one.after)}
        for at, one in enumerate(differing)
    ]


def lineage_rows(lines: Sequence[LineageLine]) -> list[dict[str, Any]]:
    """A row per version: whether it holds the item, what changed against the version that it was cut from."""
    known = {line.version: line for line in lines}
    seen = False
    rows = []
    for line in lines:
        parent = known[line.parent].item if line.parent in known else None
        fields = field_changes(parent.content, line.item.content) if parent and line.item else ()
        rows.append({
            "version": f"v{line.version}", "status": line.status, "item": _became(line.item, parent, fields, seen),
            "what": "; ".join(map(str, fields)), "fields": fields, "origin": line.origin,
            "written": f"v{line.written_in} by {line.written_by}" if line.written_in else "",
            "written_at": line.written_at, "requested": line.requested, "tester": line.item.tester if line.item else "",
            "approver": line.item.approver if line.item else "", "revision": line.revision,
        })
        seen = seen or line.item is not None
    return rows


def _became(item: Standing | None, parent: Standing | None, fields: Sequence[FieldChange], seen: bool) -> str:
    if item is None:
        return REMOVED if parent else "not in it"
    if parent is None:
        return "added again" if seen else ADDED
    if fields:
        return CHANGED
    return CARRIED if (item.tester, item.approver) == (parent.tester, parent.approver) else f"{CARRIED}, {DECIDED}"


def _quoted(value: object) -> str:
    return f"'{_cut(value)}'"


def _cut(value: object) -> str:
    text = cell(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN - 3]}..."


_ABSENT = Standing("{}", tester="", approver="")
