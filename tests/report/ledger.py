"""The facts of a report as tables of SQLite, so that figures can be counted by another route than the report's own."""

from __future__ import annotations

import sqlite3
from typing import Any

from models.report import ReportFacts


def ledger(found: ReportFacts) -> sqlite3.Connection:
    """A database in memory with a table for each part of the facts that figures are taken from."""
    made = sqlite3.connect(":memory:")
    _fill(made, "cases", "number key attribute line owner outcome judged document revision state", [
        (c.number, c.record_key, c.attribute, c.line_of_business, c.owner, c.outcome, c.judged_from, c.document,
         c.revision, c.state) for c in found.cases])
    _fill(made, "samples", "key line category", [
        (s.record_key, s.line_of_business, s.category) for s in found.samples])
    _fill(made, "attributes", "name pk critical", [(a.name, a.primary_key, a.critical) for a in found.attributes])
    _fill(made, "scope", "attribute action recommended failing past", [
        (s.attribute, s.action, s.recommended, s.failing_records, s.past_issues) for s in found.scope])
    _fill(made, "rules", "name dimension gate severity threshold passed failed total", [
        (r.name, r.dimension, r.gate, r.severity, r.threshold, r.passed, r.failed, r.total) for r in found.rules])
    _fill(made, "observations", "attribute line severity verdict tested findings plan due", [
        (o.content.attribute, o.content.line_of_business, o.content.severity, o.verdict, o.content.cases_tested,
         len(o.content.findings), o.content.remediation_plan, str(o.content.remediation_due or ""))
        for o in found.observations])
    _fill(made, "pairs", "attribute line owner status changes", [
        (p.attribute, p.line_of_business, p.owner, p.status, p.changes) for p in found.assignments])
    _fill(made, "versions", "phase scope number status members carried", [
        (v.phase, v.scope, v.number, v.status, v.members, v.carried) for v in found.versions])
    return made


def _fill(made: sqlite3.Connection, table: str, columns: str, rows: list[tuple[Any, ...]]) -> None:
    names = columns.split()
    made.execute(f"create table {table} ({', '.join(names)})")
    made.executemany(f"insert into {table} values ({', '.join('?' * len(names))})", rows)


def percent(part: int, whole: int) -> str:
    """A share as the report writes it, by floating-point arithmetic."""
    if not whole:
        return "–"
    if part in (0, whole):
        return "100%" if part else "0%"
    tenths = int(part * 1000 / whole + 0.5)
    return "<0.1%" if tenths == 0 else ">99.9%" if tenths == 1000 else f"{tenths / 10:.1f}%"
