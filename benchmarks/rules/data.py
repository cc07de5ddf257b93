"""The file that every engine reads: loans as text, about one in a thousand records wrong for each rule.

A blank is written as nothing, not as two quotation marks, which Polars would read as a text of no letters.

Run as a process of its own, `python -m benchmarks.rules.data ROWS FOLDER`, so that its memory is not counted as that of
the processes which are measured: a process begins with the peak of the one that started it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

COLUMNS = ("id", "lei", "action", "zip", "rate", "amount", "value", "purpose", "kind", "date", "county", "note")
COUNTIES = 3_000


def files(folder: Path, rows: int) -> tuple[Path, Path]:
    """Where the loans and the table of counties are."""
    return folder / f"loans-{rows}.csv", folder / "counties.csv"


def _bad(rule: int) -> str:
    """About one record in a thousand, others for each rule; the same ones in every run."""
    return f"hash(n * 16 + {rule}) % 1000 = 0"


def _loans(rows: int) -> str:
    county = f"1 + hash(n * 16 + 12) % {COUNTIES}"
    amount = "10000 + hash(n * 16 + 13) % 900000"
    return f"""
        SELECT 'L' || lpad((CASE WHEN {_bad(1)} THEN greatest(n - 1, 0) ELSE n END)::VARCHAR, 10, '0') AS id,
            CASE WHEN {_bad(2)} THEN NULL WHEN {_bad(3)} THEN '5493001KJTIIGC8Y1R1' ELSE '5493001KJTIIGC8Y1R12' END AS lei,
            CASE WHEN {_bad(4)} THEN '9' ELSE (1 + hash(n * 16 + 14) % 8)::VARCHAR END AS action,
            CASE WHEN {_bad(5)} THEN '1234' ELSE lpad((hash(n) % 100000)::VARCHAR, 5, '0') END AS zip,
            CASE WHEN {_bad(6)} THEN '25.125' WHEN hash(n) % 100 = 1 THEN ''
                 ELSE ((hash(n) % 25000) / 1000)::DECIMAL(9,3)::VARCHAR END AS rate,
            ({amount})::VARCHAR || '.50' AS amount,
            CASE WHEN {_bad(7)} THEN '9999.99' WHEN hash(n) % 100 = 2 THEN ''
                 ELSE (1000 + {amount})::VARCHAR || '.00' END AS value,
            (1 + hash(n) % 4)::VARCHAR AS purpose,
            CASE WHEN {_bad(8)} THEN NULL ELSE (1 + n % 2)::VARCHAR END AS kind,
            CASE WHEN {_bad(9)} THEN '20230230' ELSE strftime(DATE '2023-01-01' + (n % 365)::INTEGER, '%Y%m%d') END AS date,
            CASE WHEN {_bad(10)} THEN '99999' ELSE lpad(({county})::VARCHAR, 5, '0') END AS county,
            'loan number ' || n AS note
        FROM range({rows}) AS r(n)"""  # noqa: E501, S608 - numbers only


def make(folder: Path, rows: int) -> None:
    """Writes both files, unless they are there."""
    folder.mkdir(parents=True, exist_ok=True)
    loans, counties = files(folder, rows)
    listed = f"SELECT lpad((n + 1)::VARCHAR, 5, '0') AS county FROM range({COUNTIES}) AS r(n)"  # noqa: S608 - a number
    with duckdb.connect() as connection:
        for path, query in ((loans, _loans(rows)), (counties, listed)):
            if not path.exists():
                part = path.with_suffix(".part")
                connection.execute(f"COPY ({query}) TO '{part}' (FORMAT csv, HEADER)")
                part.rename(path)


if __name__ == "__main__":
    make(Path(sys.argv[2]), int(sys.argv[1]))
