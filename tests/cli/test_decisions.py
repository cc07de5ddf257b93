"""Decisions: exactly what a person means, on exactly the revisions that were read."""

from __future__ import annotations

import pytest

from cli.decision_sheets import decision_sheet
from cli.decisions import ITEM_ROW, item_rows, on_keys, on_sheet, on_undecided
from cli.sheets import DecisionSheet, as_sheet, read_decisions
from models.errors import MalformedSheet, NotFound, StaleSheet
from tests.cli.builders import SLUG, head, member, sheet

BOTH = ("approve", "reject")


def read(*rows: tuple[str, ...], **named: str) -> DecisionSheet:
    header = ("revision", "key", "verdict", "reason", *named)
    return read_decisions(sheet(*((*row, *named.values()) for row in rows), header=header), name="s.csv", verdicts=BOTH)


class TestOnSheet:
    def test_changes_what_differs(self) -> None:
        """A row becomes a decision on the revision that it names."""
        found = on_sheet(head(), [member("a1")], read(("11", "a1", "reject", "old")), cycle=SLUG)
        assert [("a1", 11, "reject", "old", 2)] == [(d.key, d.revision, d.verdict, d.reason, d.row) for d in found]

    def test_leaves_what_was_decided(self) -> None:
        """Saying again what was decided is no decision, so a carried one stays carried."""
        decided = member("a1", tester_verdict="approve", tester_reason="")
        assert [] == on_sheet(head(), [decided], read(("11", "a1", "approve", "")), cycle=SLUG)

    def test_refuses_a_changed_item(self) -> None:
        """A revision that is no longer in the version is named by its row."""
        with pytest.raises(StaleSheet, match="row 2: a1 has changed"):
            on_sheet(head(), [member("a1", revision=12)], read(("11", "a1", "approve", "")), cycle=SLUG)

    def test_refuses_an_unknown_item(self) -> None:
        """An item that is not in the version is named by its row."""
        with pytest.raises(NotFound, match=r"not in Planning v1: row 2: zz"):
            on_sheet(head(), [member("a1")], read(("11", "zz", "approve", "")), cycle=SLUG)

    @pytest.mark.parametrize("written", [{"version": "v2", "side": "tester"}, {"version": "v1", "side": "approver"}])
    def test_refuses_another_round(self, written: dict[str, str]) -> None:
        """A sheet of another version or the other side does not apply, even where its revisions do."""
        with pytest.raises(StaleSheet, match="written for"):
            on_sheet(head(), [member("a1")], read(("11", "a1", "approve", ""), **written), cycle=SLUG)


    def test_refuses_a_verdict_of_the_other_side(self) -> None:
        """In Scoping the approver may reject an item, the tester may not."""
        with pytest.raises(MalformedSheet, match="no verdict of the tester: row 2: reject"):
            on_sheet(head(kind="scoping"), [member("a1")], read(("11", "a1", "reject", "old")), cycle=SLUG)


class TestOthers:
    def test_undecided_are_those_of_the_side(self) -> None:
        """In a submitted version the approver's decisions count, not the tester's."""
        items = [member("a1", tester_verdict="approve", approver_verdict="approve"),
                 member("a2", tester_verdict="approve")]
        found = on_undecided(head(status="submitted"), items, verdict="approve", reason="")
        assert ["a2"] == [d.key for d in found]

    def test_keys_name_their_revision(self) -> None:
        """An item that is not in the version is left to the worker to refuse."""
        found = on_keys([member("a1")], ["a1", "zz"], verdict="approve", reason="")
        assert [("a1", 11), ("zz", None)] == [(d.key, d.revision) for d in found]


class TestSheetOfAVersion:
    def test_changes_nothing_when_applied_unfilled(self) -> None:
        """A sheet that is written and applied as it is decides nothing."""
        items = [member("=a1", tester_verdict="approve", tester_reason=""), member("a2", revision=12)]
        written = decision_sheet(head(), items, cycle=SLUG)
        text = as_sheet(written.columns, written.rows)
        applied = read_decisions(text.encode(), name="s.csv", verdicts=BOTH, skip_blank=True)
        assert [] == on_sheet(head(), items, applied, cycle=SLUG)

    def test_tells_where_an_item_comes_from(self) -> None:
        """Origin, the version it is carried from and the other side's word are there to decide on."""
        item = member("a1", revised_in=1, tester_verdict="approve", approver_verdict="reject", approver_reason="old")
        rows = decision_sheet(head(number=2), [item]).rows
        told = [rows[0][name] for name in ("origin", "carried_from", "approver_verdict", "approver_reason")]
        assert ["generated", "v1", "reject", "old"] == told


def test_a_list_without_items_has_the_header_of_one_with() -> None:
    """So that a script reads both alike."""
    (row,) = item_rows([member()], {}, kind="planning", number=1)
    assert ITEM_ROW == tuple(row)
