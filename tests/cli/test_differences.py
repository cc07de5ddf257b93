"""How changes read: fields before and after, decisions with whoever took them, lineage version by version."""

from __future__ import annotations

from typing import Any

from cli.differences import change_rows, field_changes, field_rows, lineage_rows
from models.items import canonical_json
from models.queries.changes import ChangeLine, LineageLine, Standing
from tests.cli.builders import NOW


def standing(approver: str = "", **content: Any) -> Standing:
    """An item that the tester stands by."""
    return Standing(canonical_json(content), tester="approve by tess in v1", approver=approver)


def line(change: str, before: Standing | None, after: Standing | None) -> ChangeLine:
    return ChangeLine(key="a1", change=change, origin="generated", before=before, after=after)


def in_version(number: int, item: Standing | None, *, parent: int | None = None) -> LineageLine:
    return LineageLine(version=number, parent=parent, status="approved", revision=1, origin="generated", written_in=1,
                       written_by="tess", written_at=NOW, requested="", item=item)


class TestFields:
    def test_are_those_that_differ(self) -> None:
        """In the order of the item, with both values; one that is new had none."""
        found = field_changes({"a": 1, "b": True, "c": "x"}, {"a": 1, "b": False, "c": "y", "d": ["n"]})
        assert ["b: 'yes' -> 'no'", "c: 'x' -> 'y'", "d: '' -> 'n'"] == [str(change) for change in found]


class TestChanges:
    def test_name_fields_and_decisions(self) -> None:
        """What a person reads in one cell."""
        before, after = standing("reject (old) by rhea in v1", format="N1"), standing(format="N2")
        assert "format: 'N1' -> 'N2'; approver: reject (old) by rhea in v1 -> nothing" == change_rows(
            [line("changed", before, after)]
        )[0]["what"]

    def test_tell_why_something_left(self) -> None:
        """The approver's last word stands with what was removed; what is added has no before."""
        gone = line("removed", standing("reject (old) by rhea in v1"), None)
        rows = change_rows([gone, line("added", None, standing("approve by rhea in v2"))])
        assert ["approver: reject (old) by rhea in v1", ""] == [row["what"] for row in rows]


class TestLineage:
    def test_follows_the_version_that_each_was_cut_from(self) -> None:
        """Not the number before: v3 was cut from v1, so that what v2 did to the item is none of its changes."""
        rows = lineage_rows([
            in_version(1, standing(format="N1")), in_version(2, standing(format="N2"), parent=1),
            in_version(3, standing(format="N1"), parent=1), in_version(4, None, parent=3),
            in_version(5, standing(format="N9"), parent=4),
        ])
        assert ["added", "changed", "carried", "removed", "added again"] == [row["item"] for row in rows]
        assert ["", "format: 'N1' -> 'N2'", "", "", ""] == [row["what"] for row in rows]

    def test_sees_decisions_on_what_is_carried(self) -> None:
        """The same content, decided in the new version."""
        rows = lineage_rows([in_version(1, standing()), in_version(2, standing("approve by rhea in v2"), parent=1)])
        assert ["added", "carried, decided"] == [row["item"] for row in rows]


class TestFieldRows:
    CHANGED = line("changed", standing("reject (old) by rhea in v1", a=1, b="x" * 200), standing(a=2, b="y"))

    def test_are_one_per_field_and_side(self) -> None:
        """With the item in each, and the exact values."""
        rows = field_rows([self.CHANGED])
        told = [(row["key"], row["field"], row["before"], row["after"]) for row in rows]
        said = "reject (old) by rhea in v1"
        assert [("a1", "a", "1", "2"), ("a1", "b", "x" * 200, "y"), ("a1", "approver", said, "")] == told

    def test_for_people_are_short(self) -> None:
        """Long values are cut, and an item is named once."""
        rows = field_rows([self.CHANGED], short=True)
        assert ["a1", "", ""] == [row["key"] for row in rows]
        assert (120, "...") == (len(rows[1]["before"]), rows[1]["before"][-3:])

    def test_of_what_came_left_or_stayed(self) -> None:
        """What came and left tells its decisions; what two versions hold alike has a row of its own."""
        alike = standing("approve by rhea in v1")
        changes = [line("added", None, standing()), line("removed", alike, None), line("carried", alike, alike)]
        rows = field_rows(changes)
        told = [(row["change"], row["field"], row["before"], row["after"]) for row in rows]
        assert [
            ("added", "tester", "", "approve by tess in v1"), ("removed", "tester", "approve by tess in v1", ""),
            ("removed", "approver", "approve by rhea in v1", ""), ("carried", "", "", ""),
        ] == told
