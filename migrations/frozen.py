"""What migration 0005 needs of the audit trail, as it was then: the application's own changes on, this must not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

GENESIS = "0" * 64
_OWNERS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(
        ("duty", "cycle_hold", "cycle_closing", "person", "phase", "test_case", "assignment", "owner_event", "document",
         "extension_request"), ("cycle", "cycle_report")),
    **dict.fromkeys(
        ("version", "version_basis", "version_editor", "version_signoff", "item", "item_revision", "item_decision",
         "item_request", "item_comment", "rule_result", "report_file"), ("phase", "phase")),
    **dict.fromkeys(("case_owner", "case_waiver", "case_evidence", "execution_request", "execution"),
                    ("test_case", "test_case")),
    "item_request_landing": ("request", "item_request"),
    "document_revision": ("document", "document"),
    "document_decision": ("revision", "document_revision"),
    "execution_review": ("execution", "execution"),
    "extension_case": ("request", "extension_request"),
    "extension_decision": ("request", "extension_request"),
}


def of_cycle(table: str) -> str:
    """SQL: whether a row `t` of a table is of the cycle `:cycle`, named `:slug`, or hangs on nothing."""
    if table == "cycle_report":
        return "(t.slug = :slug or t.id = :cycle)"
    column, owner = _OWNERS[table]
    return f"(t.{column} in ({_ids(owner)}) or not exists (select from {owner} x where x.id = t.{column}))"


def _ids(table: str) -> str:
    if table == "cycle_report":
        return "select CAST(:cycle AS bigint)"
    column, owner = _OWNERS[table]
    return f"select id from {table} where {column} in ({_ids(owner)})"  # noqa: S608 - own names only


def canonical(value: Mapping[str, Any]) -> str:
    """Sorted, compact JSON."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def chained(previous: str, body: str) -> str:
    """The hash of an event that follows `previous`."""
    return sha256(f"{previous}\n{body}".encode()).hexdigest()


def fact(part: Any) -> dict[str, Any]:
    """What an event says of a row of `audit_rows`: which rows these are, and their SHA-256."""
    return {
        "id": part.id, "table": part.table, "op": part.op, "columns": list(part.columns), "key": part.key,
        "rows": part.rows, "sha256": sha256(part.body.encode()).hexdigest(),
    }
