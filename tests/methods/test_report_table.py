"""The report data loads as it was filed or is refused by line, and is then out of reach of everything but rules."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from activities.duck import Interrupted, ReportTable, sweep
from methods.sampling import population_hash
from methods.text import WHITE_SPACE
from models.errors import UnusableFile, UnusableRule
from models.items import record_key
from tests.methods.builders import rule

KEYS = ("Ref", "Bank")


def written(folder: Path, data: bytes | str) -> Path:
    path = folder / "report.csv"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def loaded(folder: Path, data: bytes | str) -> list[tuple[str, ...]]:
    with ReportTable(written(folder, data), folder=folder) as table:
        return [tuple(record.values.values()) for record in table.records(table.columns, keys=table.columns[:1])]


@pytest.fixture
def table(tmp_path: Path) -> Iterator[ReportTable]:
    rows = ["R2,B,CC,100.00", "R1,B,RB,", "R3,B,CC,-5.5", "R2,B,CM,7", "R4,,CC, 300 "]
    with ReportTable(written(tmp_path, "\n".join(["Ref,Bank,Line,Limit", *rows])), folder=tmp_path) as opened:
        yield opened


class TestLoading:
    @pytest.mark.parametrize("data", [
        b"a,b\n1,x\n2,y\n", b"\xef\xbb\xbfa,b\n1,x\n2,y", b"a,b\r\n1,x\r\n2,y\r\n", b"a;b\n1;x\n2;y\n",
        b"a|b\n1|x\n2|y\n", b"a\tb\n1\tx\n2\ty\n", b'"a","b"\n"1","x"\n2,y\n',
        b" a , b \n1 ,\t x\n2,y\xc2\xa0\n", b"a,b\n1,x\n\n2,y\n\n"])
    def test_the_usual_dialects(self, tmp_path: Path, data: bytes) -> None:
        """Delimiter, quotes, line ends, byte order mark and padding do not change the values."""
        assert [("1", "x"), ("2", "y")] == loaded(tmp_path, data)

    def test_values_stay_text(self, tmp_path: Path) -> None:
        """Leading zeros, quotes, delimiters and line ends inside a value survive; blanks are ''."""
        assert [("007", 'a,"b"\nc', ""), ("1e3", "NULL", "")] == loaded(
            tmp_path, 'a,b,c\n007,"a,""b""\nc",\n1e3,NULL,""\n')

    def test_every_white_space_is_trimmed(self, tmp_path: Path) -> None:
        """What Python strips is stripped, so that keys agree on both sides."""
        white = "".join(chr(code) for code in range(0x3001) if chr(code).isspace() and chr(code) not in "\n\r")
        assert [("x", f"a{white}b")] == loaded(tmp_path, f"a,b\n{white}x{white},{white}a{white}b{white}\n")

    def test_each_white_space_alone_is_trimmed(self, tmp_path: Path) -> None:
        """Whichever way a file is loaded, for those with blanks alone take a shorter one."""
        for white in WHITE_SPACE:
            text = f'a,b\n"{white}x{white}","{white}y{white}"\n"z{white}",w\n'
            assert [("x", "y"), ("z", "w")] == loaded(tmp_path, text), repr(white)

    @pytest.mark.parametrize(("data", "message"), [
        (b"", "report.csv is empty"), (b" \n\n", "is empty"), (b"PK\x03\x04rest", "is a workbook or a ZIP archive"),
        (b"%PDF-1.7", "is a PDF"), (b"a,b\n1,\x00\n", "is not text"),
        (b"a,b\n1,2\n3\n4,5\n", "line 3: it has 1 columns, the header 2"),
        (b"a,b\n1,2\n3,4,5\n", "line 3: it has 3 columns, the header 2"),
        (b'a,b\n1,"x"y\n', "line 2: a quotation mark is not closed"), (b'a,b\n1,"x\n3,4\n', "line 2: a quotation mark"),
        (b"a,a\n1,2\n", "line 1: the column 'a' is there twice"), (b"a,A\n1,2\n", "'A' is there twice"),
        (b"a,\n1,2\n", "line 1: column 2 has no name"), (b"a,b\r\n1,2\n3,4\r\n", "line ends are mixed")])
    def test_what_cannot_be_read_is_refused_by_line(self, tmp_path: Path, data: bytes, message: str) -> None:
        """A ragged row, a broken quotation or another encoding names its line; nothing is repaired."""
        with pytest.raises(UnusableFile, match=message):
            loaded(tmp_path, data)

    def test_a_ragged_row_far_down_is_named(self, tmp_path: Path) -> None:
        """Also where several threads read the file."""
        lines = ["a,b", *(f"{number},{'x' * 200}" for number in range(2, 60_000))]
        lines[54_320] = "alone"
        with pytest.raises(UnusableFile, match="line 54321: it has 1 columns"):
            loaded(tmp_path, "\n".join(lines))

    def test_missing_file_and_folder(self, tmp_path: Path) -> None:
        """Each says what it is."""
        for path, message in ((tmp_path / "none.csv", "does not exist"), (tmp_path, "is a folder")):
            with pytest.raises(UnusableFile, match=message), ReportTable(path, folder=tmp_path):
                pass

    def test_the_file_is_named_as_people_know_it(self, tmp_path: Path) -> None:
        """Stored content has a hash for a name."""
        path = written(tmp_path, "a,b\n1\n")
        with pytest.raises(UnusableFile, match=r"^cards\.csv, line 2"), ReportTable(path, name="cards.csv"):
            pass

    def test_only_some_columns(self, tmp_path: Path) -> None:
        """What is not asked for is not kept."""
        with ReportTable(written(tmp_path, "a,b,c\n1,2,3\n"), folder=tmp_path, only=["c", "a"]) as table:
            assert ("a", "c") == table.columns

    def test_nothing_is_left_behind(self, tmp_path: Path) -> None:
        """The private folder goes with the table, also after a refusal."""
        path = written(tmp_path, "a,b\n1\n")
        with pytest.raises(UnusableFile), ReportTable(path, folder=tmp_path):
            pass
        assert [path] == list(tmp_path.iterdir())


class TestLockedDown:
    @pytest.mark.parametrize("statement", [
        "SELECT * FROM read_csv('{path}')", "COPY report TO '{path}.out'", "ATTACH '{path}.db'", "INSTALL httpfs",
        "SET enable_external_access = true", "SET memory_limit = '10GB'", "SELECT * FROM '{path}'"])
    def test_the_file_system_is_out_of_reach(self, table: ReportTable, tmp_path: Path, statement: str) -> None:
        """Not even DuckDB's own SQL reads or writes a file, or lifts the lock."""
        with pytest.raises(duckdb.Error):
            table._connection.execute(statement.format(path=tmp_path / "report.csv"))


class TestRunning:
    def test_counts_and_keys(self, table: ReportTable) -> None:
        """Passed and failed make the total; each failing record gives its key, in the order of the file."""
        result = table.run(rule({"op": "in", "column": "Line", "values": ["RB", "CM"]}), keys=KEYS)
        assert (2, 3, 5, ("R2|B", "R3|B", "R4|")) == (result.passed, result.failed, result.total, result.failing_keys)

    def test_the_sql_is_evidence(self, table: ReportTable) -> None:
        """Running the stored text again gives the same keys."""
        result = table.run(rule({"op": "unique", "columns": ["Ref", "Bank"]}), keys=KEYS)
        again = [record_key(row) for row in table._connection.execute(result.sql).fetchall()]
        assert ["R2|B", "R2|B"] == list(result.failing_keys) == again

    def test_an_unknown_column_is_named(self, table: ReportTable) -> None:
        """With the rule's name and the place in its tree."""
        with pytest.raises(UnusableRule, match=r"Limit.not_blank.column: the report data has no column 'Limits'"):
            table.run(rule({"op": "not_blank", "column": "Limits"}), keys=KEYS)

    def test_a_pattern_that_re2_refuses(self, table: ReportTable) -> None:
        """A look-behind is no RE2."""
        with pytest.raises(UnusableRule, match=r"Limit.not_blank: DuckDB cannot run it: .*invalid perl operator"):
            table.run(rule({"op": "matches", "column": "Limit", "pattern": "(?<=a)b"}), keys=KEYS)

    def test_interrupt_stops_a_query(self, table: ReportTable) -> None:
        """A query that would run for hours ends at once, and the table can be used on."""
        table._connection.execute("CREATE TABLE long AS SELECT range AS a FROM range(1000000)")
        timer = threading.Timer(0.2, table.interrupt)
        timer.start()
        with pytest.raises(Interrupted):
            list(table._rows("SELECT count(*) FROM long x, long y WHERE x.a * y.a % 7 = 3"))
        timer.join()
        assert 5 == table.run(rule(), keys=KEYS).total

    def test_a_stopped_table_begins_no_other_query(self, table: ReportTable) -> None:
        """Also where the stop comes between two queries."""
        table.stop()
        with pytest.raises(Interrupted):
            table.run(rule(), keys=KEYS)


class TestReading:
    def test_profile(self, table: ReportTable) -> None:
        """Numbers are ordered as numbers, texts as texts; blanks are counted apart."""
        profile = table.profile()
        limit, line = profile["Limit"], profile["Line"]
        assert (5, 1, 4, 4, "-5.5", "300", 6) == (
            limit.total, limit.blank, limit.distinct, limit.numbers, limit.minimum, limit.maximum, limit.longest)
        assert (3, 0, "CC", "RB", (("CC", 3), ("CM", 1), ("RB", 1))) == (
            line.distinct, line.numbers, line.minimum, line.maximum, line.top)

    def test_profile_of_a_blank_column(self, tmp_path: Path) -> None:
        """Nothing has neither minimum nor top."""
        with ReportTable(written(tmp_path, "a,b\n1,\n2,\n"), folder=tmp_path) as table:
            blank = table.profile()["b"]
        assert (2, 0, 0, "", "", 0, ()) == (blank.blank, blank.distinct, blank.numbers, blank.minimum, blank.maximum,
                                            blank.longest, blank.top)

    def test_population(self, table: ReportTable) -> None:
        """Keys once, sorted, with the line of business of their first record."""
        assert [(("R1", "B"), "RB"), (("R2", "B"), "CC"), (("R3", "B"), "CC"), (("R4", ""), "CC")] == list(
            table.population(KEYS, line_of_business="Line"))

    def test_population_is_sorted_as_its_hash_wants(self, tmp_path: Path) -> None:
        """Sorted by record key, where a bar is escaped, and not by column."""
        rows = "\n".join(["a|,x", "a,|x", "a0,x", "\u00e9,1", '"a\nb",1', "Z,z", "a\\,x"])
        with ReportTable(written(tmp_path, f"a,b\n{rows}\n"), folder=tmp_path) as table:
            keys = [record_key(key) for key, _ in table.population(("a", "b"), line_of_business="b")]
        assert (7, 64) == (len(keys), len(population_hash(keys)))

    def test_records_by_key(self, table: ReportTable) -> None:
        """The first record of each key asked for; unknown keys give nothing."""
        found = list(table.records(["Limit", "Line"], keys=KEYS, only={"R2|B", "R4|", "R9|B"}))
        assert [("R2|B", ("R2", "B"), {"Limit": "100.00", "Line": "CC"}),
                ("R4|", ("R4", ""), {"Limit": "300", "Line": "CC"})] == [
                    (record.key, record.key_values, dict(record.values)) for record in found]

    def test_an_unknown_column(self, table: ReportTable) -> None:
        """Reading names the column that is not there."""
        with pytest.raises(UnusableFile, match="no column 'Limits'"):
            list(table.records(["Limits"], keys=KEYS))


def test_what_killed_workers_left_is_swept(tmp_path: Path) -> None:
    """Folders of a day ago go, those of now and those of others stay."""
    old = time.time() - 2 * 24 * 3600
    for name in ("assay-report-old", "assay-report-new", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "report.duckdb").write_bytes(b"x")
    for name in ("assay-report-old", "other"):
        os.utime(tmp_path / name, (old, old))
    assert 1 == sweep(tmp_path)
    assert {"assay-report-new", "other"} == {path.name for path in tmp_path.iterdir()}


class TestTablesBeside:
    COUNTED = rule({"op": "compare", "left": {"op": "column", "name": "n"}, "relation": "=", "right": {"op": "count"}})

    def test_rules_read_header_and_look_ups(self, tmp_path: Path) -> None:
        """A rule runs over the report or over its header record, and counts what it judged."""
        (tmp_path / "header.csv").write_text("n,who\n3,me\n")
        (tmp_path / "codes.csv").write_text("code\nA\n")
        beside = {"header": tmp_path / "header.csv", "codes": tmp_path / "codes.csv"}
        looked_up = rule({"op": "lookup", "values": [{"op": "column", "name": "a"}], "table": "codes",
                          "columns": ["code"]})
        with ReportTable(written(tmp_path, "a\nA\nB\n"), folder=tmp_path, beside=beside) as table:
            counted = table.run(self.COUNTED, keys=("who",), over="header")
            assert (0, 1, 1, ("me",)) == (counted.passed, counted.failed, counted.total, counted.failing_keys)
            assert ("B",) == table.run(looked_up, keys=("a",)).failing_keys

    @pytest.mark.parametrize(("name", "data", "message"), [
        ("header", "n\n1\n2\n", "the table header: it has 2 header records"),
        ("header", "n\n", "it has 0 header records"),
        ("Report", "n\n1\n", "two tables are called 'report'"),
        ("codes", "n,n\n1,1\n", "the table codes, line 1: the column 'n'")])
    def test_what_cannot_stand_beside_is_refused(self, tmp_path: Path, name: str, data: str, message: str) -> None:
        """By the file that is at fault."""
        beside = tmp_path / ("header.csv" if name == "header" else "codes.csv")
        beside.write_text(data)
        report = tmp_path / "loans.csv"
        report.write_text("a\n1\n")
        with pytest.raises(UnusableFile, match=message), ReportTable(report, folder=tmp_path, beside={name: beside}):
            pass
