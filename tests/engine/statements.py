"""Statements that go round the engine: what an application gone wrong would send. `:p` stands for the phase."""

from __future__ import annotations

from tests.engine.builders import item

LAST = "(select max(number) from version where phase = :p)"
CONTENT = item("sample_selection", "C").canonical().replace("'", "''")


def revise(key: str, *, number: str = LAST, versions: str = f"from_version({LAST})", by: str = "tina") -> str:
    """Insert a revision of an item that is there."""
    return (
        "insert into item_revision (phase, item, version, versions, origin, supersedes, content, by)"
        f" select :p, i.id, {number}, {versions}, coalesce(max(r.origin), 'tester'), max(r.id), '{CONTENT}', '{by}'"
        f" from item i left join item_revision r on r.item = i.id where i.phase = :p and i.natural_key = '{key}'"
        " group by i.id"
    )


def leave(key: str, number: str = LAST) -> str:
    """Take an item out of a version and all after it."""
    return (
        f"update item_revision set versions = versions - from_version({number}) where phase = :p"
        f" and item in (select id from item where phase = :p and natural_key = '{key}')"
    )


def decide(key: str, role: str, *, verdict: str = "approve", versions: str = f"from_version({LAST})") -> str:
    """Insert a decision on the item as it stands in the last version."""
    who = "tina" if role == "tester" else "olga"
    return (
        "insert into item_decision (phase, revision, version, versions, role, verdict, reason, by)"
        f" select :p, max(r.id), {LAST}, {versions}, '{role}', '{verdict}', 'because', '{who}'"
        f" from item_revision r join item i on i.id = r.item where i.phase = :p and i.natural_key = '{key}'"
    )


def undecide(role: str, number: str = LAST) -> str:
    """Take back the decisions of one side."""
    return (
        f"update item_decision set versions = versions - from_version({number}) where phase = :p and role = '{role}'"
        " and upper_inf(versions)"
    )


NEW_ITEM = "insert into item (phase, natural_key) values (:p, 'C')"
