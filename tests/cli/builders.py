"""Rows as queries return them, with defaults for everything a test does not speak of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from models.items import canonical_json
from models.messages import Command, Verb
from models.queries.cases import OwnerCase
from models.queries.cycles import CycleLine, PhaseLine
from models.queries.people import PersonLine
from models.queries.versions import MemberLine, VersionHead
from tests.workflows.tiny import Tiny

NOW = datetime(2026, 4, 10, 12, tzinfo=UTC)
SLUG = "2026q1:tiny"
HASH = "ab" * 32


def cycle_line(**changed: Any) -> CycleLine:
    """A running cycle."""
    named: dict[str, Any] = {
        "slug": SLUG, "name": "Tiny report", "period": date(2026, 3, 31), "status": "running", "phase": "planning",
        "started_by": "tess", "started_at": NOW, "closed_at": None, "reason": "", "amends": None,
        "cycle_file_sha256": HASH, "dictionary_sha256": HASH, "report_sha256": HASH, "id": 1,
    }
    return CycleLine(**{**named, **changed})


def phase_line(**changed: Any) -> PhaseLine:
    """Planning v1, a draft with two of three items undecided, since three days and due tomorrow."""
    named: dict[str, Any] = {
        "kind": "planning", "scope": "", "version": 1, "status": "draft", "items": 3, "undecided": 2, "approved": None,
        "signed": (), "since": NOW - timedelta(days=3), "due_at": NOW + timedelta(days=1),
    }
    return PhaseLine(**{**named, **changed})


def people(**roles: str) -> dict[str, PersonLine]:
    """People by id and role; by default a tester, a report owner and a data executive of Cards."""
    named = roles or {"tess": "tester", "rhea": "report_owner", "dora": "data_executive"}
    return {
        who: PersonLine(person=who, name=who.title(), roles=(role,), by="tess", at=NOW, reason="",
                        lines_of_business=("Cards",) if role == "data_executive" else ())
        for who, role in named.items()
    }


def head(**changed: Any) -> VersionHead:
    """Planning v1, a draft."""
    named: dict[str, Any] = {
        "phase": 1, "kind": "planning", "scope": "", "number": 1, "parent": None, "status": "draft", "items": 1,
        "tester_undecided": 1, "approver_undecided": 1, "created_by": "system", "created_at": NOW, "submitted_by": None,
        "submitted_at": None, "decided_by": None, "decided_at": None, "reason": "", "content_hash": None,
        "manifest_hash": None, "lock_version": 7, "signed": (), "basis": (),
    }
    return VersionHead(**{**named, **changed})


def member(key: str = "a1", **changed: Any) -> MemberLine:
    """An undecided attribute, proposed in v1, at revision 11."""
    named: dict[str, Any] = {
        "key": key, "revision": 11, "origin": "generated", "revised_in": 1, "tester_verdict": None,
        "tester_reason": None, "tester_by": None, "tester_in": None, "approver_verdict": None, "approver_reason": None,
        "approver_by": None, "approver_in": None,
    }
    content = changed.pop("content", {"name": key, "data_type": "money"})
    return MemberLine(**{**named, **changed, "text": canonical_json(content)})


def owner_case(number: str = "TC-00001", **changed: Any) -> OwnerCase:
    """An open case on attribute a1 of record r0001 in Cards."""
    named: dict[str, Any] = {
        "number": number, "record_key": "r0001", "key_values": ("r0001",), "attribute": "a1",
        "line_of_business": "Cards", "owner": "ann", "state": "open", "due_at": NOW, "instructions": "",
        "document": None, "revision": None, "returned_because": "",
    }
    return OwnerCase(**{**named, **changed})


def command(**changed: Any) -> Command:
    """The tester submits Planning."""
    named: dict[str, Any] = {
        "command_id": "01a202b9-a0cf-74a0-816f-b697422a2ad1", "cycle": SLUG, "actor": "tess", "verb": Verb.SUBMIT,
        "phase": "planning", "issued_at": NOW,
    }
    return Command(**{**named, **changed})


def written(folder: Path, tiny: Tiny | None = None, **changed: Any) -> Path:
    """The files of a tiny cycle in a folder; `changed` replaces parts of the cycle file. The path of that file."""
    tiny = tiny or Tiny(cycle="2026q1")
    (folder / "dictionary.csv").write_bytes(tiny.dictionary())
    (folder / "report.csv").write_bytes(tiny.report())
    path = folder / "cycle.yaml"
    path.write_text(yaml.safe_dump({**tiny.cycle_file(), **changed}, sort_keys=False), encoding="utf-8")
    return path


def sheet(*rows: Sequence[str], header: Sequence[str] = ("revision", "key", "verdict", "reason")) -> bytes:
    """A sheet as a person saves it."""
    return "\n".join(",".join(row) for row in [header, *rows]).encode()
