"""Rules that look beside the record: look-up tables, the header, the prior period, groups of records."""

from __future__ import annotations

from typing import Any

from methods.rules import compile_rule
from tests.methods.builders import expression, failing, query
from tests.methods.rule_trees import column, constant


class TestLookup:
    def test_stated_rows_hold_together(self) -> None:
        """The values stand in one row; each in some row is not enough. A blank is left to `not_blank`."""
        tree = {"op": "lookup", "values": [column("a"), {"op": "part", "value": column("b"), "length": 2}],
                "rows": [["IL", "17"], ["MO", "29"]]}
        rows = [{"a": state, "b": county} for state, county in
                (("IL", "17167"), ("IL", "29001"), ("XX", "17001"), ("", "17001"))]
        assert ["1", "2"] == failing(tree, rows)

    def test_a_table_beside_the_report(self) -> None:
        """Its columns are found by name."""
        tree = {"op": "lookup", "values": [column("a")], "table": "known", "columns": ["code"]}
        assert ["1"] == failing(tree, [{"a": "1"}, {"a": "2"}], known=[{"name": "2", "code": "1"}])


class TestBeside:
    def test_the_header_record(self) -> None:
        """Every record is held against it."""
        tree = {"op": "compare", "left": column("a"), "relation": "=", "right": {"op": "header", "name": "year"},
                "as": "text"}
        assert ["1"] == failing(tree, [{"a": "2023"}, {"a": "2022"}, {"a": ""}], header=[{"year": "2023"}])

    def test_the_prior_period_by_key(self) -> None:
        """A record that was not there passes, and so does one of which the prior period says two things."""
        tree = {"op": "compare", "left": column("v"), "relation": "<=", "right": {"op": "prior", "name": "v",
                "keys": ["i"]}}
        prior = [{"i": "A", "v": "5"}, {"i": "B", "v": "5"}, {"i": "D", "v": "1"}, {"i": "D", "v": "2"},
                 {"i": "E", "v": "1"}, {"i": "E", "v": "1"}, {"i": "", "v": "0"}]
        rows = [{"i": name, "v": value} for name, value in
                (("A", "5"), ("B", "6"), ("C", "6"), ("D", "6"), ("E", "6"), ("", "6"))]
        assert ["1", "4"] == failing(tree, rows, prior=prior)

    def test_names_of_the_report_are_never_mistaken(self) -> None:
        """A column that is called like a joined value stays that column."""
        tree = {"op": "compare", "left": column("beside_1"), "relation": "=",
                "right": {"op": "count", "by": ["beside_1_0"]}}
        rows = [{"beside_1": "2", "beside_1_0": "x"}, {"beside_1": "1", "beside_1_0": "x"}]
        assert ["1"] == failing(tree, rows)


class TestGroups:
    ROWS = ({"g": "x", "v": "1", "s": "open"}, {"g": "x", "v": "", "s": "open"}, {"g": "x", "v": "4", "s": "shut"},
            {"g": "y", "v": "n/a", "s": "open"}, {"g": "", "v": "9", "s": "open"})

    def at_most(self, value: dict[str, Any], most: str) -> list[str]:
        return failing({"op": "compare", "left": value, "relation": "<=", "right": constant(most)}, self.ROWS)

    def test_count_of_all(self) -> None:
        """Without `by` the report is counted, and all records stand or fall together."""
        assert [] == self.at_most({"op": "count"}, "5")
        assert ["0", "1", "2", "3", "4"] == self.at_most({"op": "count"}, "4")

    def test_count_by_group(self) -> None:
        """Blanks are one group; `where` narrows what is counted, not who is judged."""
        assert ["0", "1", "2"] == self.at_most({"op": "count", "by": ["g"]}, "2")
        where = {"op": "is", "column": "s", "values": ["open"]}
        assert ["0", "1", "2"] == self.at_most({"op": "count", "by": ["g"], "where": where}, "1")

    def test_sum_by_group(self) -> None:
        """A blank adds nothing; a group with text that is no number is unknown."""
        assert ["0", "1", "2", "4"] == self.at_most({"op": "sum", "column": "v", "by": ["g"]}, "4.9")

    def test_a_sum_is_exact_and_never_overflows(self) -> None:
        """A value of more than 18 digits makes it unknown instead of stopping the query."""
        tree = {"op": "compare", "left": {"op": "sum", "column": "c"}, "relation": "=", "right": constant("0.3")}
        assert [] == failing(tree, [{"c": "0.1"}, {"c": "0.2"}])
        assert ["0", "1", "2"] == failing(tree, [{"c": "0.1"}, {"c": "0.2"}, {"c": "0.0000000001"}])
        assert [] == failing(tree, [{"c": "0.1"}, {"c": "9" * 19}])

    def test_a_count_reads_what_stands_beside(self) -> None:
        """The condition of a count may name the header record."""
        where = {"op": "compare", "left": column("g"), "relation": "=", "right": {"op": "header", "name": "g"},
                 "as": "text"}
        tree = {"op": "compare", "left": {"op": "count", "where": where}, "relation": "=", "right": constant("3")}
        assert [] == failing(tree, self.ROWS, header=[{"g": "x"}])
        assert 5 == len(failing(tree, self.ROWS, header=[{"g": "y"}]))


class TestOverTheHeader:
    def test_the_header_record_is_judged(self) -> None:
        """Its own columns are meant, and counts are of the report."""
        tree = {"op": "compare", "left": column("entries"), "relation": "=", "right": {"op": "count"}}
        compiled = compile_rule(expression(tree), columns=["a"], keys=["year"],
                                beside={"header": ["entries", "year"]}, over="header")
        assert [("2023",)] == query(compiled.sql, [{"a": "1"}], {"header": [{"entries": "2", "year": "2023"}]})
        assert [] == query(compiled.sql, [{"a": "1"}], {"header": [{"entries": "1", "year": "2023"}]})
