"""The report data in DuckDB: loaded once as text, then locked down, queried in bounded memory.

A table lives in a private folder that goes when the table is closed. After loading, DuckDB can neither reach the file
system or the network nor be told otherwise; rules are the only thing that runs.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias

import duckdb

from activities.report_files import TextFile, as_text
from activities.tables import read_head
from methods import duckdb_sql as sql
from methods.delimited import read_header
from methods.numbers import plain
from methods.profile import TOP, AttributeProfile, ColumnProfile, far_out_query, fences, pattern_query, quartile_query
from methods.rule_tables import HEADER
from methods.rules import TABLE, RuleResult, compile_rule
from methods.text import WHITE_SPACE
from models.errors import UnusableFile, UnusableRule
from models.items import Rule, record_key

Values: TypeAlias = tuple[tuple[str, ...], tuple[str, ...]]  # those of the key, and those of other columns
_FETCH = 5_000
_PREFIX = "assay-report-"
_STALE_AFTER = 24 * 3600.0  # an activity ends after two hours
_LINE = re.compile(r"Line: (\d+)")
_WIDTH = re.compile(r"Expected Number of Columns: (\d+) Found: (\d+)")
_TABLE = sql.identifier(TABLE)
# What a rule can be at fault for; want of memory or disk is not, and is raised as it is.
_RULE_ERRORS = (
    duckdb.BinderException,
    duckdb.ConversionException,
    duckdb.InvalidInputException,
    duckdb.OutOfRangeException,
    duckdb.ParserException,
)


def sweep(folder: Path | None = None) -> int:
    """Remove what workers that were killed left behind: folders older than any query may run. How many there were."""
    oldest, removed = time.time() - _STALE_AFTER, 0
    for left in (folder or Path(tempfile.gettempdir())).glob(f"{_PREFIX}*"):
        # Somebody else's, or gone by now: neither is this worker's business.
        with contextlib.suppress(OSError):
            if left.is_dir() and not left.is_symlink() and left.stat().st_mtime < oldest:
                shutil.rmtree(left)
                removed += 1
    return removed


class Interrupted(Exception):
    """Somebody called `interrupt` while a query ran, or `stop`; nothing was lost, the work can be done again."""


@dataclass(frozen=True, slots=True)
class Record:
    """The first record of a key: its key values and the values asked for, trimmed; blank is ''."""

    key: str
    key_values: tuple[str, ...]
    values: Mapping[str, str]


class ReportTable:
    """A report's data file as a table of text columns; use it as a context manager.

    `folder` takes what does not fit into `memory` (it must exist); `only` limits which columns are kept; `name` is how
    messages call the file. `beside` are the tables that rules read next to the report: `header` with one record,
    `prior`, look-up tables by name. Any of them is CSV or other delimited text, Parquet or XLSX, as it is or in gzip;
    `encoding` is the report's where it is stated, '' finds it. Methods are called from one thread at a time,
    `interrupt` and `stop` from any. Opening raises `UnusableFile` for a file that is missing, empty, of another kind,
    damaged, ragged (the line is named) or has unnamed or repeated columns.
    """

    def __init__(
        self,
        path: Path,
        *,
        folder: Path | None = None,
        memory: str = "400MB",
        threads: int = 2,
        only: Collection[str] | None = None,
        name: str | None = None,
        beside: Mapping[str, Path] | None = None,
        encoding: str = "",
    ) -> None:
        self._path, self._only, self._name, self._encoding = path, only, name or path.name, encoding
        self._beside = beside or {}
        self._settings = {"memory_limit": memory, "threads": str(threads)}
        self._folder = tempfile.TemporaryDirectory(prefix=_PREFIX, dir=folder)
        self._running: set[duckdb.DuckDBPyConnection] = set()
        self._lock = threading.Lock()
        self._stopped = False
        self.columns: tuple[str, ...] = ()
        self.beside: Mapping[str, tuple[str, ...]] = {}
        self.row_count = 0

    def __enter__(self) -> ReportTable:
        try:
            self._connection = _connect(Path(self._folder.name), self._settings)
            self._load()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if hasattr(self, "_connection"):
            self._connection.close()
        self._folder.cleanup()

    def profile(self) -> Mapping[str, ColumnProfile]:
        """Each column's profile, exact, one column at a time."""
        return {column: self._profile(column) for column in self.columns}

    def describe(self, known: ColumnProfile, *, attribute: str, measured: bool = True) -> AttributeProfile:
        """The whole profile of an attribute's column, exact, from what `profile` tells of it.

        Only what is `measured` has quartiles and can be far out: a code, a date or a postal code is no amount.
        """
        column = known.column
        forms, patterns = next(self._rows(pattern_query(column, TABLE)))
        first, median, third, far_out, values = "", "", "", 0, None
        if measured and known.stated and known.numbers == known.stated:
            quartiles = next(self._rows(quartile_query(column, TABLE)))
            first, median, third = map(plain, quartiles)
            if beyond := fences(quartiles[0], quartiles[2]):
                far_out, values = next(self._rows(far_out_query(column, TABLE, beyond)))
        return AttributeProfile(
            attribute=attribute, column=column, total=known.total, blank=known.blank, distinct=known.distinct,
            numbers=known.numbers, longest=known.longest, minimum=known.minimum, quartile_1=first, median=median,
            quartile_3=third, maximum=known.maximum, far_out=far_out, far_out_values=_counts(values),
            patterns_in_all=forms, patterns=_counts(patterns), top=known.top)

    def run(self, rule: Rule, *, keys: Sequence[str], over: str = TABLE) -> RuleResult:
        """Runs one rule over the report, or over the header record; `keys` are the columns that identify a record.

        Raises `UnusableRule` with the path.
        """
        compiled = compile_rule(rule.expression, columns=self.columns, keys=keys, name=rule.name, beside=self.beside,
                                over=over)
        try:
            failing = tuple(record_key(row) for row in self._rows(compiled.sql))
        except _RULE_ERRORS as error:
            raise UnusableRule(
                f"{rule.name}: DuckDB cannot run it: {_first_line(error)}",
                hint="correct the rule, most likely its pattern (RE2)",
            ) from error
        total = self.row_count if over == TABLE else self._count(over)
        return RuleResult(
            name=rule.name,
            passed=total - len(failing),
            failed=len(failing),
            total=total,
            failing_keys=failing,
            sql=compiled.sql,
            sql_sha256=compiled.sql_sha256,
        )

    def records(
        self, columns: Sequence[str], *, keys: Sequence[str], only: Collection[str] | None = None
    ) -> Iterator[Record]:
        """Values of the first record of each key, or of the record keys in `only`, in the order of the file."""
        row = ", ".join(map(self._column, keys))
        chosen = ", ".join(map(self._column, [*keys, *columns]))
        asked = f"WHERE {_key(keys)} IN (SELECT unnest(?))" if only is not None else ""
        query = (
            f"SELECT {chosen} FROM {_TABLE} WHERE rowid IN "  # noqa: S608 - names are quoted, keys are a parameter
            f"(SELECT min(rowid) FROM {_TABLE} {asked} GROUP BY {row}) ORDER BY rowid"
        )
        for values in self._rows(query, *([sorted(only)] if only is not None else [])):
            key_values = values[: len(keys)]
            yield Record(record_key(key_values), key_values, dict(zip(columns, values[len(keys) :], strict=True)))

    def population(self, keys: Sequence[str], *, line_of_business: str) -> Iterator[tuple[tuple[str, ...], str]]:
        """Key values and line-of-business column of the first record of each key, sorted by record key."""
        for key_values, (line,) in self.firsts(keys, [line_of_business]):
            yield key_values, line

    def firsts(self, keys: Sequence[str], columns: Sequence[str]) -> Iterator[Values]:
        """Key values and those of other columns, of the first record of each key, sorted by record key."""
        row = ", ".join(map(self._column, keys))
        chosen = ", ".join([row, *(f"arg_min({self._column(column)}, rowid)" for column in columns)])
        query = f"SELECT {chosen} FROM {_TABLE} GROUP BY {row} ORDER BY {_key(keys)}"  # noqa: S608 - names are quoted
        return self._values(query, len(keys))

    def unsorted(self, keys: Sequence[str], columns: Sequence[str]) -> Iterator[Values]:
        """The same of every record, in no order: what `firsts` gives where no key repeats, without what it costs."""
        chosen = ", ".join(map(self._column, (*keys, *columns)))
        return self._values(f"SELECT {chosen} FROM {_TABLE}", len(keys))  # noqa: S608 - names are quoted

    def _values(self, query: str, width: int) -> Iterator[Values]:
        for values in self._rows(query):
            yield values[:width], values[width:]

    def interrupt(self) -> None:
        """Stops the queries that run now; they raise `Interrupted`. Does nothing when none runs."""
        with self._lock:
            for cursor in self._running:
                cursor.interrupt()

    def stop(self) -> None:
        """Ends all work on the table: the query that runs is stopped, and every later one raises `Interrupted`."""
        self._stopped = True
        self.interrupt()

    def _pause(self) -> None:
        if self._stopped:
            raise Interrupted("the work was stopped")

    def _load(self) -> None:
        names = [table.lower() for table in (TABLE, *self._beside)]
        if repeated := [name for place, name in enumerate(names) if name in names[:place]]:
            raise UnusableFile(f"two tables are called {repeated[0]!r} (case is ignored)", hint="rename one of them")
        self.columns = self._load_table(self._path, name=self._name, table=TABLE, only=self._only,
                                        encoding=self._encoding)
        self.beside = {table: self._load_table(path, name=f"the table {table}", table=table)
                       for table, path in self._beside.items()}
        for setting in ("enable_external_access = false", "lock_configuration = true"):
            self._connection.execute(f"SET {setting}")
        self.row_count = self._count(TABLE)
        if HEADER in self.beside and self._count(HEADER) != 1:
            raise UnusableFile(f"the table {HEADER}: it has {self._count(HEADER):,} header records",
                               hint="supply exactly one")

    def _load_table(
        self, path: Path, *, name: str, table: str, only: Collection[str] | None = None, encoding: str = ""
    ) -> tuple[str, ...]:
        with tempfile.TemporaryDirectory(dir=self._folder.name) as folder:
            text = as_text(path, name=name, folder=Path(folder), encoding=encoding, pause=self._pause)
            return self._load_text(text, name=name, table=table, only=only)

    def _load_text(self, text: TextFile, *, name: str, table: str, only: Collection[str] | None) -> tuple[str, ...]:
        delimiter, header = read_header(read_head(text.path, name=name))
        _check_header(name, header)
        columns = tuple(column for column in header if only is None or column in only)
        types = ", ".join(f"{sql.text(column, 'header')}: 'VARCHAR'" for column in header)
        names = map(sql.identifier, columns)
        kept = ", ".join(f"{_trimmed(name, only_blanks=text.only_blanks)} AS {name}" for name in names)
        source = (
            f"read_csv({sql.text(str(text.path), 'path')}, auto_detect=false, header=true, strict_mode=true, "
            f"delim='{delimiter}', quote='\"', escape='\"', columns={{{types}}})"
        )
        try:
            create = f"CREATE TABLE {sql.identifier(table)} AS SELECT {kept} FROM {source}"  # noqa: S608 - all quoted
            for _ in self._rows(create):
                pass
        except duckdb.InvalidInputException as error:
            raise _unloadable(name, error) from error
        return columns

    def _count(self, table: str) -> int:
        return int(next(self._rows(f"SELECT count(*) FROM {sql.identifier(table)}"))[0])  # noqa: S608 - quoted

    def _profile(self, column: str) -> ColumnProfile:
        number = sql.read_number("v", blank_as_zero=False).sql
        query = (
            f"WITH g AS MATERIALIZED (SELECT {sql.identifier(column)} AS v, count(*) AS n FROM {_TABLE} "  # noqa: S608
            f"WHERE {sql.identifier(column)} <> '' GROUP BY 1), x AS (SELECT *, {number} AS d FROM g) "
            "SELECT coalesce(sum(n), 0), count(*), coalesce(sum(n) FILTER (d IS NOT NULL), 0), min(d), max(d), "
            "coalesce(min(v), ''), coalesce(max(v), ''), coalesce(max(length(v)), 0), "
            f"(SELECT list([v, n::VARCHAR]) FROM (SELECT v, n FROM g ORDER BY n DESC, v LIMIT {TOP})) FROM x"
        )
        stated, distinct, numbers, low, high, first, last, longest, top = next(self._rows(query))
        numeric = stated and numbers == stated
        return ColumnProfile(
            column=column,
            total=self.row_count,
            blank=self.row_count - int(stated),
            distinct=distinct,
            numbers=int(numbers),
            minimum=plain(low) if numeric else first,
            maximum=plain(high) if numeric else last,
            longest=longest,
            top=_counts(top),
        )

    def _column(self, name: str) -> str:
        if name not in self.columns:
            raise UnusableFile(
                f"the report data has no column {name!r}",
                hint="name a column of its header in the dictionary or the cycle file",
            )
        return sql.identifier(name)

    def _rows(self, query: str, *parameters: Any) -> Iterator[tuple[Any, ...]]:
        with self._cursor() as cursor:
            cursor.execute(query, parameters)
            while rows := cursor.fetchmany(_FETCH):
                yield from rows

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        cursor = self._connection.cursor()
        with self._lock:
            self._running.add(cursor)
        try:
            if self._stopped:
                raise Interrupted("the work was stopped")
            yield cursor
        except duckdb.InterruptException as error:
            raise Interrupted("the query was stopped") from error
        finally:
            with self._lock:
                self._running.discard(cursor)
            cursor.close()


def _counts(found: Sequence[Sequence[str]] | None) -> tuple[tuple[str, int], ...]:
    return tuple((value, int(count)) for value, count in found or ())


def _connect(folder: Path, settings: Mapping[str, str]) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(
        folder / "report.duckdb",
        config={
            **settings,
            "temp_directory": str(folder / "spill"),
            "python_enable_replacements": "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        },
    )


def _trimmed(column: str, *, only_blanks: bool) -> str:
    """Only the few values that need it: trimming every one would take three times as long to load.

    A pattern finds them; where they end in `only_blanks`, comparing does in a fraction of the time: all white space
    that a value can then begin with comes before `!`.
    """
    needed = (f"{column} < '!' OR suffix({column}, ' ')" if only_blanks else
              f"regexp_matches({column}, '^[{WHITE_SPACE}]|[{WHITE_SPACE}]$')")
    return f"CASE WHEN {column} IS NULL THEN '' WHEN {needed} THEN trim({column}, '{WHITE_SPACE}') ELSE {column} END"


def _key(columns: Sequence[str]) -> str:
    """`models.items.record_key` in SQL."""
    escapes = (("\\", "\\\\"), ("|", "\\|"), ("\n", "\\n"), ("\r", "\\r"))
    parts = [sql.identifier(column) for column in columns]
    for plain_text, escaped in escapes:
        parts = [f"replace({part}, '{plain_text}', '{escaped}')" for part in parts]
    return f"concat_ws('|', {', '.join(parts)})"


def _check_header(name: str, header: Sequence[str]) -> None:
    """DuckDB's names ignore case, so two that differ by case only cannot stand in one table."""
    if unnamed := [place for place, column in enumerate(header, start=1) if not column]:
        raise UnusableFile(f"{name}, line 1: column {unnamed[0]} has no name", hint="name it or remove it")
    lower = [column.lower() for column in header]
    if repeated := [column for place, column in enumerate(header) if column.lower() in lower[:place]]:
        raise UnusableFile(
            f"{name}, line 1: the column {repeated[0]!r} is there twice (case is ignored)",
            hint="give each column its own name",
        )


def _unloadable(name: str, error: duckdb.Error) -> UnusableFile:
    message, line = str(error), _LINE.search(str(error))
    place = f"{name}, line {line[1]}" if line else name
    hint = "correct that line and start again" if line else "save the file as plain CSV in UTF-8 and start again"
    if width := _WIDTH.search(message):
        return UnusableFile(f"{place}: it has {width[2]} columns, the header {width[1]}", hint=hint)
    if "unterminated quote" in message:
        return UnusableFile(f"{place}: a quotation mark is not closed, or text follows it", hint=hint)
    if "unicode" in message or "utf-8" in message.lower():
        return UnusableFile(f"{place}: it is not UTF-8", hint="save the file as UTF-8 and start again")
    if "invalid state" in message:
        return UnusableFile(f"{place}: its line ends are mixed, or it is not plain CSV", hint=hint)
    return UnusableFile(f"{place}: {_first_line(error)}", hint=hint)


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0]
