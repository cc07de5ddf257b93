"""A dictionary becomes attributes, or all of its mistakes are named with row and column."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from methods.cycle_files import read_dictionary
from methods.dictionary import parse_dictionary
from methods.formats import format_expression, parse_format
from models.errors import MalformedCycleFile
from models.expressions import IsDate, IsNumber, Length
from models.items import Attribute, DataType

FACTS = Path(__file__).parents[2] / ".." / "shared" / "reference" / "fry14m_d1_dictionary.csv"
KEY = {"name": "Ref", "format": "C18", "mandatory": "yes", "primary_key": "yes"}


def row(**cells: str) -> dict[str, str]:
    return {"name": "Limit", "format": "N12.2", "mandatory": "yes", "primary_key": "no", **cells}


def second(**cells: str) -> Attribute:
    return parse_dictionary([{**dict.fromkeys(cells, ""), **KEY}, row(**cells)])[1]


def problems(*rows: dict[str, str]) -> str:
    with pytest.raises(MalformedCycleFile) as caught:
        parse_dictionary(rows)
    return str(caught.value)


class TestReading:
    def test_all_columns(self) -> None:
        """Every column has its place in the attribute."""
        assert Attribute(
            name="Limit", line="44", title="Current Credit Limit", description="The limit.", data_type=DataType.MONEY,
            format="N12.2", mandatory=True, primary_key=False, critical=True, source_column="LIMIT", domain=("1", "2"),
            minimum=Decimal("0.5"), maximum=Decimal(100)) == second(
                line="44", title="Current Credit Limit", description="The limit.", critical="Y", source_column="LIMIT",
                domain="1; 2;1;", minimum="0.5", maximum="100")

    def test_defaults(self) -> None:
        """Line is the position, title and source column are the name."""
        found = second()
        assert ("2", "Limit", "Limit", False, ()) == (
            found.line, found.title, found.source_column, found.critical, found.domain)

    @pytest.mark.parametrize(("written", "meant"), [
        ("yes", True), ("TRUE", True), ("1", True), ("Y", True), ("Mandatory", True), ("no", False), ("False", False),
        ("0", False), ("n", False), ("Optional", False), ("Conditional", False), ("", False)])
    def test_flags(self, written: str, meant: bool) -> None:
        """People write yes and no in many ways."""
        assert meant == second(mandatory=written).mandatory

    @pytest.mark.parametrize(("cells", "kind"), [
        ({"format": "C18"}, "text"), ({"format": "N1"}, "integer"), ({"format": "N12.2"}, "money"),
        ({"format": "N6.3"}, "number"), ({"format": "Date YYYYMMDD"}, "date"), ({"format": "Numeric"}, "number"),
        ({"format": "Character"}, "text"), ({"format": "N1", "data_type": "Code"}, "code"),
        ({"format": "", "data_type": "percent"}, "percent"), ({"format": "?", "data_type": "Numeric"}, "number")])
    def test_data_type(self, cells: dict[str, str], kind: str) -> None:
        """A stated data type goes before what the format says."""
        assert kind == second(**cells).data_type

    def test_other_columns_are_left_alone(self) -> None:
        """A dictionary may say more than is asked."""
        assert "Limit" == second(mdrm="M087").name


class TestMistakes:
    def test_all_are_named_at_once(self) -> None:
        """Row and column of each, so that one correction is enough."""
        told = problems(KEY, row(name="", mandatory="maybe"), row(minimum="x", maximum="1e3"), row(format="?"),
                        row(name="Ref"), row(name="A", minimum="2", maximum="1"), row(name="B", format=""),
                        row(name="C", data_type="blob"), row(name="D", format="C5", minimum="1"))
        expected = ["row 3, column name: is blank", "row 3, column mandatory: 'maybe' is neither yes nor no",
                    "row 4, column minimum: 'x' is not a number", "row 4, column maximum: '1e3' is not a number",
                    "row 5, column format: '?' is not a known format", "row 6, column name: 'Ref' is already in row 2",
                    "row 7, column minimum: 2 is more than the maximum 1", "row 8, column format: is blank",
                    "row 9, column data_type: 'blob' is not one of", "row 10, column minimum: a bound does not apply"]
        assert [] == [problem for problem in expected if problem not in told]

    def test_no_rows(self) -> None:
        """A header alone is no dictionary."""
        assert "has no rows" in problems()

    def test_no_key(self) -> None:
        """Without a primary key no record can be looked up."""
        assert "no row says yes" in problems(row())

    def test_missing_and_misspelt_columns(self) -> None:
        """A column that looks like a known one is not passed over."""
        told = problems({"name": "Ref", "format": "C18", "primary_key": "yes", "minimun": "1"})
        assert ["column mandatory is missing", "column minimun is not known; did you mean minimum?"] == [
            part for part in ("column mandatory is missing", "column minimun is not known; did you mean minimum?")
            if part in told]

    def test_a_ragged_file(self) -> None:
        """The file's own mistakes are named too."""
        with pytest.raises(MalformedCycleFile, match=r"d\.csv, row 2: 2 cells, but the header has 3 columns"):
            read_dictionary(b"name,mandatory,primary_key\na,b\n", name="d.csv")


class TestFormats:
    @pytest.mark.parametrize(("written", "expected"), [
        ("C18", Length(op="length", column="c", maximum=18)), ("c 2", Length(op="length", column="c", maximum=2)),
        ("N5", IsNumber(op="is_number", column="c", precision=5, scale=0)),
        ("N12.2", IsNumber(op="is_number", column="c", precision=12, scale=2)),
        ("Numeric", IsNumber(op="is_number", column="c", precision=28, scale=100)),
        ("Date YYYYMMDD", IsDate(op="is_date", column="c", format="%Y%m%d")),
        ("DATE YYYY-MM-DD", IsDate(op="is_date", column="c", format="%Y-%m-%d")),
        ("Date MM/DD/YYYY", IsDate(op="is_date", column="c", format="%m/%d/%Y")),
        ("Date M/D/YYYY", IsDate(op="is_date", column="c", format="%-m/%-d/%Y")),
        ("YYYYMM", IsDate(op="is_date", column="c", format="%Y%m")),
        ("DD-MON-YYYY", IsDate(op="is_date", column="c", format="%d-%b-%Y"))])
    def test_the_grammar(self, written: str, expected: object) -> None:
        """Each known format is a condition."""
        assert expected == format_expression(written, column="c")

    @pytest.mark.parametrize("written", [
        "", "X9", "N0", "C", "Character", "Date", "Date MMDD", "Date YYYYMD", "Date M/MM/YYYY", "Date YYYYYYYY",
        "N1.2.3"])
    def test_what_restricts_nothing_is_no_condition(self, written: str) -> None:
        """An unknown format is not guessed at."""
        assert format_expression(written, column="c") is None

    @pytest.mark.skipif(not FACTS.exists(), reason="the FR Y-14M dictionary facts are not beside the project")
    def test_every_format_of_fr_y_14m_is_known(self) -> None:
        """All 118 lines of Schedule D.1 have a condition."""
        with FACTS.open(newline="") as file:
            unknown = [line["format"] for line in csv.DictReader(file)
                       if parse_format(line["format"]) is None or format_expression(line["format"], column="c") is None]
        assert [] == unknown
