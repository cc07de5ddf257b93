"""An evidence query is one SELECT of known parts over the source's tables, or it is refused with the reason."""

from __future__ import annotations

from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest
from pydantic import ValidationError

from methods.evidence import read_evidence
from methods.evidence.queries import CheckedQuery, check_query
from methods.evidence.query_results import as_csv
from models.cycle_file import Query
from models.errors import UnusableEvidence
from tests.methods.builders import source

PLAIN = 'SELECT ref AS "REF", credit AS "LIMIT" FROM cards'


def spec(**changes: Any) -> Query:
    """A Postgres database with two tables."""
    given: dict[str, Any] = {"engine": "postgres", "address": "ASSAY_SOURCE_CARDS", "tables": ("cards", "dwh.Holders")}
    return Query(**{**given, **changes})


def checked(sql: str, **changes: Any) -> CheckedQuery:
    """The query, checked for a source with key REF and the columns LIMIT and STATE."""
    return check_query(sql.encode(), source=source(query=spec(**changes)), name="q.sql")


class TestWhatReads:
    @pytest.mark.parametrize("sql", [
        PLAIN, f"{PLAIN};", f"-- limits\n{PLAIN} /* all of them */",
        'SELECT c.ref AS "REF", h.state AS "STATE" FROM cards c JOIN dwh.holders h USING (ref) WHERE c.open ORDER BY 1',
        'WITH last AS (SELECT ref, max(day) AS day FROM cards GROUP BY ref) SELECT ref "REF", day AS "LIMIT" FROM last',
        'SELECT ref AS "REF", round(sum(CASE WHEN a > 0 THEN a ELSE 0 END), 2) AS "LIMIT" FROM cards GROUP BY ref '
        'HAVING count(*) > 1',
        'SELECT ref AS "REF", coalesce(trim(state), \'\') || cast(n AS text) AS "STATE" FROM cards WHERE day BETWEEN '
        "date '2026-01-01' AND '2026-03-31'",
        'SELECT "REF", "LIMIT" FROM (SELECT ref AS "REF", a AS "LIMIT", row_number() OVER (PARTITION BY ref '
        'ORDER BY day DESC) AS n FROM cards) x WHERE n = 1',
        f"{PLAIN} WHERE ref IN (SELECT ref FROM dwh.holders UNION SELECT ref FROM cards)"])
    def test_is_taken(self, sql: str) -> None:
        """Joins, groups, windows, sub-queries, common functions."""
        assert "REF" in checked(sql).columns

    def test_it_runs_as_it_was_handed_in(self) -> None:
        """The text is not rewritten; its hash is of what runs."""
        found = checked(f"\ufeff  {PLAIN} ;\n")
        assert (PLAIN, sha256(PLAIN.encode()).hexdigest(), ("REF", "LIMIT"), ("cards",)) == (
            found.sql, found.sha256, found.columns, found.tables)

    def test_sqlite_has_its_own_names(self) -> None:
        """The same check in the other dialect."""
        assert checked("SELECT ref REF, strftime('%Y', day) \"LIMIT\" FROM cards", engine="sqlite").columns


KEYS = 'ref AS "REF", a AS "LIMIT"'
REFUSED = {
    "nothing": ("", "is no query of 1 to"),
    "words": ("please send the limits", "cannot be read as a query|exactly one"),
    "a file": ("REF,LIMIT\nR1,5\n", "cannot be read as a query|exactly one"),
    "two": (f"{PLAIN}; SELECT 1", "not exactly one SELECT"),
    "a bomb": (f"{PLAIN}; DROP TABLE cards", "not exactly one"),
    "update": ("UPDATE cards SET a = 1", "not exactly one SELECT"), "delete": ("DELETE FROM cards", "not exactly one"),
    "copy": ("COPY cards TO PROGRAM 'sh'", "not exactly one SELECT"),
    "explain": (f"EXPLAIN ANALYZE {PLAIN}", "exactly one"),
    "call": ("CALL pay()", "exactly one|cannot be read"), "do": ("DO $$ BEGIN END $$", "exactly one|cannot be read"),
    "set": ("SET transaction_read_only = off", "exactly one"), "table": ("TABLE cards", r"says \*|exactly one"),
    "writing cte": (f"WITH x AS (DELETE FROM cards RETURNING *) SELECT {KEYS} FROM x", "may not|no SELECT"),
    "into": (f"SELECT {KEYS} INTO spoils FROM cards", "may not"),
    "lock": (f"SELECT {KEYS} FROM cards FOR UPDATE", "may not"),
    "sleep": (f"SELECT {KEYS} FROM cards WHERE pg_sleep(9) IS NULL", "uses 'pg_sleep'"),
    "files": (f"SELECT {KEYS}, pg_read_file('/etc/passwd') AS x FROM cards", "uses 'pg_read_file'"),
    "large object": (f"SELECT {KEYS}, lo_import('/etc/passwd') AS x FROM cards", "uses 'lo_import'"),
    "another server": (f"SELECT {KEYS} FROM dblink('host=x', 'SELECT 1') AS t(ref text, a text)", "may not"),
    "settings": (f"SELECT {KEYS}, set_config('role', 'owner', false) AS x FROM cards", "uses 'set_config'"),
    "a sequence": (f"SELECT {KEYS}, nextval('s') AS x FROM cards", "uses"),
    "a table function": (f"SELECT {KEYS} FROM pg_ls_dir('.') x", "uses"),
    "rows without end": (f"SELECT {KEYS} FROM cards, generate_series(1, 1000000000)", "may not"),
    "recursion": (f"WITH RECURSIVE x AS (SELECT 1 UNION ALL SELECT 1 FROM x) SELECT {KEYS} FROM cards", "recursive"),
    "secrets": (f"SELECT {KEYS} FROM pg_authid", "reads 'pg_authid', which is none of the source's tables"),
    "another schema": (f"SELECT {KEYS} FROM other.cards", "reads 'other.cards'"),
    "in a sub-query": (f"SELECT {KEYS} FROM cards WHERE a IN (SELECT passwd FROM pg_shadow)", "reads 'pg_shadow'"),
    "a cover": (f"WITH pg_shadow AS (SELECT 1 AS a) SELECT {KEYS} FROM pg_catalog.pg_shadow", "reads 'pg_catalog"),
    "a type": (f"SELECT {KEYS}, a::evil AS x FROM cards", "a type of somebody's own"),
    "a parameter": (f"SELECT {KEYS} FROM cards WHERE a = $1", "may not"),
    "star": ("SELECT * FROM cards", r"says \*"), "other star": (f"SELECT {KEYS}, c.* FROM cards c", r"says \*"),
    "no key": ('SELECT a AS "LIMIT" FROM cards', "does not give 'REF'; it gives LIMIT"),
    "only the key": ('SELECT ref AS "REF" FROM cards', "does not give 'LIMIT', 'STATE'"),
    "other letters": ("SELECT ref, a AS limits FROM cards", "does not give 'REF'"),
    "plain letters, which Postgres lowers": ("SELECT ref AS REF, a AS LIMITS FROM cards", "it gives ref, limits"),
    "twice": ('SELECT ref AS "REF", a AS "LIMIT", b AS "LIMIT" FROM cards', "gives 'LIMIT' twice"),
    "no name": (f"SELECT {KEYS}, a + 1 FROM cards", "column 3 has no name"),
    "too long": (f"{PLAIN} WHERE a IN ({'1,' * 20_000}1)", "is no query of 1 to 20,000"),
    "too deep": (f"SELECT {'(' * 9_000}1{')' * 9_000} AS \"REF\"", "cannot be read|does not give"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_anything_else_is_refused(what: str) -> None:
    """With what is wrong with it; nothing has run."""
    sql, message = REFUSED[what]
    with pytest.raises(UnusableEvidence, match=message):
        checked(sql)


def test_what_is_no_text_is_refused() -> None:
    """A workbook is no query."""
    with pytest.raises(UnusableEvidence, match="it is not UTF-8 text"):
        check_query(b"PK\x03\x04\xff", source=source(query=spec()), name="q.sql")


@pytest.mark.parametrize("wrong", [
    {"address": "postgresql://u:p@host/db"}, {"address": "ASSAY_DATABASE_URL"}, {"tables": ()}, {"timeout_seconds": 31},
    {"most_rows": 0}, {"engine": "oracle"}])
def test_a_source_is_registered_by_name(wrong: dict[str, Any]) -> None:
    """Never by its address, and never Assay's own database."""
    with pytest.raises(ValidationError):
        spec(**wrong)


class TestResults:
    def test_the_same_rows_are_the_same_bytes(self) -> None:
        """Whichever order the database gives them in."""
        rows = [("R2", Decimal("6.10")), ("R1", None)]
        assert b"REF,LIMIT\nR1,\nR2,6.10\n" == as_csv(["REF", "LIMIT"], rows) == as_csv(["REF", "LIMIT"], rows[::-1])

    def test_it_is_evidence_like_any_other(self) -> None:
        """Read by key, with column and row."""
        data = as_csv(["REF", "LIMIT"], [("R1", 'a "b", c'), ("R2", 5.0)])
        found = read_evidence(data, source=source(query=spec()))
        assert ['a "b", c', "5"] == [found.find(key, attribute="Limit")[0].value for key in ("R1", "R2")]

    def test_a_value_that_is_several_is_refused(self) -> None:
        """With its column."""
        with pytest.raises(UnusableEvidence, match="column 'LIMIT' holds several values in one"):
            as_csv(["REF", "LIMIT"], [("R1", [1, 2])])
