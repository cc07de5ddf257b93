"""Words of the command line: fields with their types, pairs from a sheet, the template of a source, a rerun."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cli.acting import invocation
from cli.fields import fields_of
from cli.pairs import pairs_of_sheet
from cli.templates import source_for, template
from models.cycle_file import Source
from models.errors import BadInput, MalformedSheet, NotFound
from models.items import Attribute, Observation, Rule, Scope
from tests.cli.builders import owner_case, sheet


def source(name: str = "ledger", **changed: Any) -> Source:
    return Source.model_validate({"name": name, "keys": {"account": "id"}, "columns": {"a1": "A1"}, **changed})


class TestFields:
    @pytest.mark.parametrize(("kind", "word", "value"), [
        (Scope, "reason=a=b; c", "a=b; c"),
        (Attribute, "domain=1; 2", ["1", "2"]),
        (Attribute, 'domain=["a;b"]', ["a;b"]),
        (Attribute, "minimum=", None),
        (Attribute, "minimum=-1.5", "-1.5"),
        (Attribute, "mandatory=no", "no"),
        (Observation, "remediation_due=2026-12-31", "2026-12-31"),
        (Observation, "title=[draft]", "[draft]"),
        (Rule, 'expression={"op":"not_blank","column":"A1"}', {"op": "not_blank", "column": "A1"}),
    ])
    def test_are_typed_by_the_item(self, kind: Any, word: str, value: object) -> None:
        """Text stays text, lists and trees are read, what may be missing can be emptied."""
        assert [value] == list(fields_of(kind, [word]).values())

    @pytest.mark.parametrize(("word", "hint"), [
        ("resaon=x", "did you mean reason?"), ("reason", "FIELD=VALUE"), ("zz=1", "fields: attribute"),
    ])
    def test_name_what_is_known(self, word: str, hint: str) -> None:
        """A wrong field is answered with the right ones."""
        with pytest.raises(BadInput) as raised:
            fields_of(Scope, [word])
        assert hint in raised.value.hint

    def test_refuse_a_broken_tree(self) -> None:
        """What is meant as JSON has to be JSON."""
        with pytest.raises(BadInput, match="expression is not JSON"):
            fields_of(Rule, ["expression={op: not_blank}"])


class TestPairs:
    HEADER = ("attribute", "line_of_business", "owner")

    def test_come_from_a_sheet(self, tmp_path: Path) -> None:
        """A row is a pair with its owner."""
        path = tmp_path / "owners.csv"
        path.write_bytes(sheet(("a1", " Cards ", "ann"), header=self.HEADER))
        assert [("a1", "Cards", "ann")] == [(p.attribute, p.line_of_business, p.owner) for p in pairs_of_sheet(path)]

    @pytest.mark.parametrize(("rows", "said"), [
        ([("a1", "Cards", "")], "row 2, column owner: is blank"),
        ([("a1", "Cards", "ann"), ("a1", "Cards", "bob")], "row 3, column attribute: a1 / Cards is already in row 2"),
    ])
    def test_name_the_wrong_cell(self, tmp_path: Path, rows: list[tuple[str, ...]], said: str) -> None:
        """A wrong cell is named by row and column."""
        path = tmp_path / "owners.csv"
        path.write_bytes(sheet(*rows, header=self.HEADER))
        with pytest.raises(MalformedSheet, match=said):
            pairs_of_sheet(path)


class TestTemplate:
    def test_has_the_columns_of_the_source(self) -> None:
        """A key that is asked for two attributes stands once, its attribute cells are empty."""
        two = source(columns={"a1": "A1", "a2": "A2", "a3": "A3"})
        columns, rows = template(two, [owner_case(), owner_case(attribute="a2")], ["account"])
        assert (("id", "A1", "A2"), [{"id": "r0001"}]) == (columns, rows)

    def test_leaves_out_what_the_source_does_not_prove(self) -> None:
        """A case of another line of business is not asked of this source."""
        cards = source(lines_of_business=["Cards"])
        loan = owner_case(line_of_business="Loans", key_values=("r0002",))
        assert [{"id": "r0001"}] == template(cards, [owner_case(), loan], ["account"])[1]

    def test_asks_which_source(self) -> None:
        """Two sources that prove what is asked for are both named."""
        with pytest.raises(BadInput) as raised:
            source_for([source(), source("hub")], "", [owner_case()])
        assert "--source ledger | hub" == raised.value.hint

    def test_knows_its_sources(self) -> None:
        """A source that does not exist is answered with those that do."""
        with pytest.raises(NotFound) as raised:
            source_for([source()], "hub", [owner_case()])
        assert "those that do: ledger" == raised.value.hint


def test_a_rerun_is_the_same_intent() -> None:
    """What changes how an answer is shown is no part of what was asked."""
    shown = ["--output", "json", "--command-id=1", "-o", "csv", "--timeout", "5"]
    words = ["item", "decide", "c", "planning", "a b", *shown, "--as", "tess"]
    assert "item decide c planning 'a b' --as tess" == invocation(words)
