"""Rules compile to SQL that fails exactly the records that are definitely wrong."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import duckdb
import pytest

from methods.duckdb_sql import read_number
from methods.rules import compile_rule
from models.errors import UnusableRule
from tests.methods.builders import expression, failing, fails
from tests.methods.rule_trees import column, compared, constant


def test_a_number_in_sql_is_what_the_pattern_says() -> None:
    """A trimmed text is a number in SQL just where its digits are plain: short, odd or long."""
    short = ["".join(marks) for size in range(1, 5) for marks in product("01.+- ,_eExbna", repeat=size)]
    odd = [form.format(chr(point)) for point in [*range(1, 0xD800), *range(0xE000, 0x10000)]
           for form in ("1{}1", "{}1", "1{}")]
    long = [f"{sign}{'0' * zeros}{'9' * digits}{rest}" for sign in ("", "-") for zeros in (0, 40)
            for digits in (0, 1, 27, 28, 29, 38, 39) for rest in ("", ".", ".4", "." + "9" * 11, "." + "3" * 300)]
    connection = duckdb.connect()
    connection.execute("CREATE TABLE texts AS SELECT unnest(?) AS v",
                       [[text for text in short + odd + long if text == text.strip()]])
    exact, digits = read_number("v", blank_as_zero=False).sql, r"[+-]?(?:0*[0-9]{1,28}(?:\.[0-9]*)?|\.[0-9]+)"
    differing = (f"SELECT v FROM texts WHERE ({exact}) IS DISTINCT FROM "
                 f"CASE WHEN regexp_full_match(v, '{digits}') THEN TRY_CAST(v AS DECIMAL(38,10)) END")
    assert connection.execute(differing).fetchall() == []
    numbers = connection.execute(f"SELECT count({exact}) FROM texts").fetchall()
    assert numbers > [(200,)], "among the texts are numbers, so that agreeing says something"


class TestLeaves:
    def test_not_blank_fails_a_blank(self) -> None:
        """Only what is blank fails `not_blank`."""
        assert [True, False, False] == fails({"op": "not_blank", "column": "c"}, "", "0", "x")

    def test_blank_fails_a_value(self) -> None:
        """Only what is stated fails `blank`."""
        assert [False, True] == fails({"op": "blank", "column": "c"}, "", "0")

    def test_matches_takes_the_whole_value(self) -> None:
        """A pattern that fits a part of the value does not match."""
        assert [False, True, True, False] == fails({"op": "matches", "column": "c", "pattern": "[A-Z]{2}"},
                                                   "NY", "NYC", "ny", "")

    def test_length_counts_characters(self) -> None:
        """A character is one, however many bytes it takes."""
        assert [False, True, False, False] == fails({"op": "length", "column": "c", "maximum": 3},
                                                    "日本語", "abcd", "éàü", "")

    @pytest.mark.parametrize(("value", "bad"), [
        ("1", False), ("123456789012", False), ("1234567890123", True), ("1.25", False), ("1.255", True),
        (".92", False), (".922", True), ("5.", True), ("-1.5", False), ("+1.5", False), ("1,000", True), ("1e3", True),
        ("1_000", True), ("1 000", True), ("١", True), ("NaN", True), ("Infinity", True), ("0x1F", True), ("", False)])
    def test_is_number(self, value: str, bad: bool) -> None:
        """A number is plain digits within its sizes; a cast alone would round 1.255 and read 1e3 and 1_000."""
        assert [bad] == fails({"op": "is_number", "column": "c", "precision": 12, "scale": 2}, value)

    def test_is_number_without_decimals_or_sign(self) -> None:
        """Scale 0 forbids the point, unsigned forbids both signs."""
        tree = {"op": "is_number", "column": "c", "precision": 3, "scale": 0, "signed": False}
        assert [False, True, True, True, True] == fails(tree, "850", "850.0", "-1", "+1", "8500")

    @pytest.mark.parametrize(("format", "value", "bad"), [
        ("%Y%m%d", "20240229", False), ("%Y%m%d", "20230229", True), ("%Y%m%d", "2024115", True),
        ("%Y%m%d", "00000101", True), ("%Y%m%d", "2024-01-31", True), ("%Y%m%d", "", False),
        ("%m/%d/%Y", "01/31/2024", False), ("%m/%d/%Y", "1/31/2024", True), ("%m/%d/%Y", "31/01/2024", True),
        ("%-m/%-d/%Y", "1/31/2024", False), ("%-m/%-d/%Y", "01/05/2024", False), ("%-m/%-d/%Y", "2/30/2024", True),
        ("%d-%b-%Y", "31-JAN-2024", False), ("%Y%m", "202413", True), ("%Y%m", "202412", False)])
    def test_is_date(self, format: str, value: str, bad: bool) -> None:
        """A date has the full width of its format and is on the calendar."""
        assert [bad] == fails({"op": "is_date", "column": "c", "format": format}, value)

    def test_in_compares_texts(self) -> None:
        """A value outside the list fails, also one that only looks equal as a number."""
        tree = {"op": "in", "column": "c", "values": ["1", "2"]}
        assert [False, True, True, False] == fails(tree, "1", "01", "3", "")

    def test_in_with_a_blank_value_knows_blanks(self) -> None:
        """A list that holds the blank decides on blanks too, so that its negation fails them."""
        tree = {"op": "not", "condition": {"op": "in", "column": "c", "values": ["", "NA"]}}
        assert [True, True, False] == fails(tree, "", "NA", "x")

    def test_between_includes_both_bounds(self) -> None:
        """Text that is no number is left to `is_number`."""
        tree = {"op": "between", "value": column(), "minimum": "300", "maximum": "850"}
        assert [True, False, False, True, False, False] == fails(tree, "299.99", "300", "850.00", "850.01", "", "n/a")

    def test_between_with_one_bound(self) -> None:
        """An absent bound is open."""
        tree = {"op": "between", "value": column(), "minimum": "0"}
        assert [True, False] == fails(tree, "-0.01", "99999999999999999")

    def test_numbers_are_exact(self) -> None:
        """0.1 + 0.2 is 0.3; the tenth decimal counts, the noise of a float beyond it does not."""
        tree = {"op": "compare", "left": {"op": "add", "values": [column(), constant("0.2")]}, "relation": "=",
                "right": constant("0.3")}
        assert [False, True, False] == fails(tree, "0.1", "0.1000000001", "0.1000000000000000055")


class TestCompare:
    @pytest.mark.parametrize(("relation", "expected"), [
        ("=", [True, True, False, False, False, True]), ("<>", [False, False, True, True, True, False]),
        ("<=", [False, False, False, False, False, True]), (">=", [True, True, False, False, False, False]),
        ("<", [False, False, False, False, True, True]), (">", [True, True, True, False, False, False])])
    def test_tolerance_widens_every_relation(self, relation: str, expected: list[bool]) -> None:
        """97 to 103 against 100 within 2: = holds from 98 to 102, <> is its negation, the others give way by 2."""
        assert expected == fails(compared(relation, tolerance="2"), "90", "97", "98", "100", "102", "103")

    def test_blank_side_passes(self) -> None:
        """Without `blank_as_zero` nothing follows from a blank."""
        assert [False, True] == fails(compared(), "", "0")

    def test_blank_as_zero(self) -> None:
        """With it a blank is the number 0, text that is no number still nothing."""
        assert [True, False] == fails(compared(blank_as_zero=True), "", "n/a")

    def test_blank_as_zero_reaches_into_sums(self) -> None:
        """A comparison's `blank_as_zero` holds for the parts of its sums."""
        tree = {"op": "compare", "left": column("t"), "relation": "=", "blank_as_zero": True,
                "right": {"op": "add", "values": [column("a"), column("b")]}}
        rows = [{"t": "5", "a": "5", "b": ""}, {"t": "5", "a": "4", "b": ""}, {"t": "", "a": "", "b": "0"}]
        assert ["1"] == failing(tree, rows)

    def test_text_compares_characters(self) -> None:
        """As text 9 is more than 100."""
        assert [True, False] == fails({**compared("<"), "as": "text"}, "9", "1")

    def test_dates_compare_as_dates(self) -> None:
        """What is not a date of the format is left to `is_date`."""
        tree = {**compared("<=", right=constant("12/31/2023")), "as": "date", "date_format": "%m/%d/%Y"}
        assert [False, True, False] == fails(tree, "06/30/2023", "01/01/2024", "20240101")

    def test_subtract_and_multiply(self) -> None:
        """Arithmetic is read from left to right."""
        difference = {"op": "subtract", "values": [column("a"), column("b"), constant("1")]}
        tree = {"op": "compare", "left": {"op": "multiply", "values": [difference, constant("-0.5")]}, "relation": "=",
                "right": column("t")}
        assert ["1"] == failing(tree, [{"a": "10", "b": "3", "t": "-3"}, {"a": "10", "b": "3", "t": "3"}])

    def test_an_overflow_is_unknown(self) -> None:
        """A row whose product needs more than 38 digits passes; the others are judged."""
        tree = {"op": "compare", "left": {"op": "multiply", "values": [column("a"), column("a")]}, "relation": "=",
                "right": constant("1")}
        assert ["1"] == failing(tree, [{"a": "9" * 28}, {"a": "2"}, {"a": "1"}])

    def test_an_overflow_of_a_sum_is_unknown(self) -> None:
        """Nor does a sum stop the query."""
        tree = {"op": "compare", "left": {"op": "add", "values": [column("a"), column("a")]}, "relation": "=",
                "right": column("a"), "tolerance": "1"}
        assert ["1"] == failing(tree, [{"a": "9" * 28}, {"a": "2"}, {"a": "1"}])


NOT_BLANK = {"op": "not_blank", "column": "c"}
ONE = {"op": "in", "column": "c", "values": ["1"]}
TWO = {"op": "in", "column": "c", "values": ["2"]}


class TestLogic:
    def test_and_fails_when_a_part_is_false(self) -> None:
        """A false part decides, also beside an unknown one."""
        assert [True, False, True] == fails({"op": "and", "conditions": [ONE, NOT_BLANK]}, "", "1", "2")

    def test_or_fails_when_all_parts_are_false(self) -> None:
        """An unknown part lets the record pass."""
        assert [False, False, False, True] == fails({"op": "or", "conditions": [ONE, TWO]}, "", "1", "2", "3")

    def test_not_leaves_the_unknown(self) -> None:
        """A blank passes a condition and its negation."""
        assert [False, True, False] == fails({"op": "not", "condition": ONE}, "", "1", "2")

    def test_when_binds_only_records_that_meet_it(self) -> None:
        """A record whose `when` is false or unknown passes."""
        tree = {"op": "when", "when": {"op": "in", "column": "a", "values": ["1"]},
                "then": {"op": "not_blank", "column": "b"}}
        rows = [{"a": "1", "b": ""}, {"a": "1", "b": "x"}, {"a": "2", "b": ""}, {"a": "", "b": ""}]
        assert ["0"] == failing(tree, rows)

    def test_tally_counts_conditions(self) -> None:
        """Only those that definitely hold."""
        tree = {"op": "compare", "left": {"op": "tally", "conditions": [NOT_BLANK, ONE]}, "relation": "=",
                "right": constant("1")}
        assert [True, True, False] == fails(tree, "", "1", "2")


class TestUnique:
    def test_every_record_of_a_group_fails(self) -> None:
        """In the order of the file, not only the repetitions."""
        rows = [{"a": "1", "b": "x"}, {"a": "2", "b": "x"}, {"a": "1", "b": "x"}, {"a": "1", "b": "y"}]
        assert ["0", "2"] == failing({"op": "unique", "columns": ["a", "b"]}, rows)

    def test_blanks_are_never_duplicates(self) -> None:
        """As in SQL; `not_blank` fails them."""
        assert [] == failing({"op": "unique", "columns": ["a", "b"]}, [{"a": "1", "b": ""}, {"a": "1", "b": ""}])

    def test_a_repeated_column_counts_once(self) -> None:
        """Naming a column twice changes nothing."""
        assert ["0", "1"] == failing({"op": "unique", "columns": ["a", "a"]}, [{"a": "1"}, {"a": "1"}, {"a": "2"}])


class TestLeavesThatKnowBlanks:
    def test_is_fails_a_blank(self) -> None:
        """A blank is none of the list; `in` would leave it to `not_blank`."""
        tree = {"op": "is", "column": "c", "values": ["1", "2"]}
        assert [True, False, True] == fails(tree, "", "1", "01")
        assert [False, True, False] == fails({"op": "not", "condition": tree}, "", "1", "01")

    def test_is_may_hold_the_blank(self) -> None:
        """With '' among the values a blank is one of them."""
        assert [False, True] == fails({"op": "is", "column": "c", "values": ["", "1"]}, "", "2")

    def test_distinct_ignores_blanks(self) -> None:
        """Two stated values that are the same fail, two blanks do not."""
        rows = [dict(zip("abc", cells, strict=True)) for cells in
                (("1", "1", ""), ("", "", ""), ("2", "", "2"), ("1", "2", "3"))]
        assert ["0", "2"] == failing({"op": "distinct", "columns": ["a", "b", "c"]}, rows)

    @pytest.mark.parametrize(("value", "bad"), [
        ("12", False), ("-12", False), ("007", False), ("1.0", True), ("1e3", True), ("1234", True), ("NA", True),
        ("", False)])
    def test_is_integer(self, value: str, bad: bool) -> None:
        """A whole number has no point, not even before zeros."""
        assert [bad] == fails({"op": "is_integer", "column": "c", "digits": 3}, value)


class TestCheckDigit:
    @pytest.mark.parametrize(("value", "bad"), [
        # The example of 12 CFR 1003 appendix C (a ULI), and that of ISO 13616 (an IBAN, country and digits last).
        ("10Bx939c5543TqA1144M999143X38", False), ("10BX939C5543TQA1144M999143X38", False),
        ("WEST12345698765432GB82", False), ("WEST12345698765423GB82", True), ("10Bx939c5543TqA1144M999143X83", True),
        ("10Bx939c5543TqA1144M999143X3-", True), ("97", True), ("01", False), ("", False)])
    def test_mod_97_10(self, value: str, bad: bool) -> None:
        """A value of letters and digits leaves the remainder 1; other characters and exchanged digits fail."""
        assert [bad] == fails({"op": "check_digit", "column": "c"}, value)

    def test_a_long_value_is_read_exactly(self) -> None:
        """A thousand characters are no more than a machine number at every step."""
        body = "Z9" * 500 + "00"
        rest = 98 - int("".join(str(int(one, 36)) for one in body)) % 97
        assert [False, True] == fails({"op": "check_digit", "column": "c"}, f"{body[:-2]}{rest:02}",
                                      f"{body[:-2]}{(rest + 1) % 97:02}")


class TestText:
    def test_names_and_values_are_quoted(self) -> None:
        """Quotes in names, values and patterns stay text."""
        rows = [{'a"; drop table report; --': "it's"}, {'a"; drop table report; --': "x"}]
        tree = {"op": "in", "column": 'a"; drop table report; --', "values": ["it's", "'; drop table report; --"]}
        assert ["1"] == failing(tree, rows)

    def test_keys_hold_every_part(self) -> None:
        """The key is the key columns' values in the order asked for."""
        rows = [{"a": "1", "b": "x|y", "c": ""}]
        assert [r"x\|y|1"] == failing({"op": "not_blank", "column": "c"}, rows, keys=("b", "a"))

    def test_the_hash_is_of_the_text(self) -> None:
        """The same rule over the same columns is the same evidence."""
        tree = expression({"op": "not_blank", "column": "c"})
        first, second = (compile_rule(tree, columns=columns, keys=("k",)) for columns in (["c", "k"], ["k", "c", "d"]))
        assert first == second


class TestRefusals:
    @pytest.mark.parametrize(("tree", "message"), [
        ({"op": "not_blank", "column": "Limt"}, "mine.column: the report data has no column 'Limt'"),
        ({"op": "and", "conditions": [{"op": "not_blank", "column": "Limit"}, {"op": "when", "when":
            {"op": "blank", "column": "x"}, "then": {"op": "blank", "column": "Limit"}}]},
         "mine.conditions[1].when.column: the report data has no column 'x'"),
        ({"op": "between", "value": {"op": "add", "values": [column("Limit"), column("y")]}, "minimum": 0},
         "mine.value.values[1].name: the report data has no column 'y'"),
        ({"op": "unique", "columns": ["Limit", "z"]}, "mine.columns[1]: the report data has no column 'z'"),
        ({"op": "compare", "left": column("Limit"), "relation": "=", "right": constant("1e3")},
         "mine.right.value: '1e3' is not a number"),
        ({"op": "compare", "left": column("Limit"), "relation": "=", "right": constant("2024"), "as": "date"},
         "mine.right.value: '2024' is not a date in the format '%Y%m%d'"),
        ({"op": "compare", "left": column("Limit"), "relation": "=", "right": constant(" "), "as": "text"},
         "mine.right.value: it is blank"),
        ({"op": "compare", "left": column("Limit"), "relation": "=", "right": constant("1"), "tolerance": -1},
         "mine.tolerance: -1 is negative"),
        ({"op": "compare", "left": column("Limit"), "relation": "=", "right": constant("a"), "as": "text",
          "tolerance": 1}, "mine: tolerance and blank_as_zero belong to numbers"),
        ({"op": "compare", "left": {"op": "add", "values": [column("Limit"), column("Limit")]}, "relation": "=",
          "right": constant("a"), "as": "text"}, "mine.left: arithmetic gives a number"),
        ({"op": "between", "value": column("Limit")}, "mine: neither minimum nor maximum"),
        ({"op": "between", "value": column("Limit"), "maximum": "1e60"},
         "mine.maximum: 1E+60 has more than 28 digits"),
        ({"op": "is_date", "column": "Limit", "format": "%Y%-m"}, "has no separator beside %-m"),
        ({"op": "is_date", "column": "Limit", "format": "%Y-%Q"}, "mine: the date format '%Y-%Q' uses %Q"),
        ({"op": "is_number", "column": "Limit", "precision": 2000}, "mine: precision 2000"),
        ({"op": "between", "value": {"op": "multiply", "values": [column("Limit")] * 4}, "minimum": 0},
         "mine.value: the product would have 40 decimals"),
        ({"op": "in", "column": "Limit", "values": ["a\0b"]}, "mine.values: the text holds a NUL"),
        ({"op": "compare", "left": column("Limit"), "relation": "=", "right": {"op": "header", "name": "x"}},
         "mine.right.name: the header record is not there"),
        ({"op": "compare", "left": {"op": "prior", "name": "x", "keys": ["Limit"]}, "relation": "=",
          "right": constant("1")}, "mine.left.name: the prior period is not there"),
        ({"op": "lookup", "values": [column("Limit")], "table": "tracts", "columns": ["x"]},
         "mine.columns[0]: the look-up table 'tracts' is not there"),
        ({"op": "lookup", "values": [column("Limit"), {"op": "count"}], "rows": [["a", "b"]]},
         "mine.values[1]: a count gives a number, not a text"),
        ({"op": "compare", "left": {"op": "count", "where": {"op": "blank", "column": "y"}}, "relation": "=",
          "right": constant("1")}, "mine.left.where.column: the report data has no column 'y'"),
        ({"op": "compare", "left": {"op": "count", "by": ["Limit", "y"]}, "relation": "=", "right": constant("1")},
         "mine.left.by[1]: the report data has no column 'y'"),
        ({"op": "compare", "left": {"op": "sum", "column": "y"}, "relation": "=", "right": constant("1")},
         "mine.left.column: the report data has no column 'y'"),
        ({"op": "compare", "left": {"op": "part", "value": {"op": "count"}, "length": 1}, "relation": "=",
          "right": constant("1")}, "mine.left.value: a count gives a number"),
        ({"op": "distinct", "columns": ["Limit", "Limit"]}, "mine.columns: a column is named twice")])
    def test_the_wrong_node_is_named_by_its_path(self, tree: dict[str, Any], message: str) -> None:
        """Nothing that cannot mean what it says is compiled."""
        with pytest.raises(UnusableRule, match=re.escape(message)):
            compile_rule(expression(tree), columns=["Limit"], keys=(), name="mine")

    def test_the_header_record_is_in_no_group(self) -> None:
        """A count by group has no meaning for it."""
        tree = {"op": "compare", "left": {"op": "count", "by": ["year"]}, "relation": "=", "right": constant("1")}
        with pytest.raises(UnusableRule, match=re.escape("mine.left.by: the header record is in no group")):
            compile_rule(expression(tree), columns=["year"], keys=(), name="mine", beside={"header": ["year"]},
                         over="header")

    @pytest.mark.parametrize("tree", [
        {"op": "lookup", "values": [column()]}, {"op": "lookup", "values": [column()], "table": "t"},
        {"op": "lookup", "values": [column()], "rows": [["a"]], "table": "t", "columns": ["c"]},
        {"op": "lookup", "values": [column()], "rows": [["a", "b"]]},
        {"op": "lookup", "values": [column()], "table": "t", "columns": ["c", "d"]}])
    def test_a_look_up_has_one_table_of_the_right_width(self, tree: dict[str, Any]) -> None:
        """The model itself refuses anything else."""
        with pytest.raises(ValueError, match=r"state either rows|cannot stand in"):
            expression(tree)

    def test_a_near_name_is_suggested(self) -> None:
        """The hint offers the column that was probably meant."""
        with pytest.raises(UnusableRule) as caught:
            compile_rule(expression({"op": "blank", "column": "Limt"}), columns=["Limit", "State"], keys=())
        assert "did you mean 'Limit'?" == caught.value.hint
