"""The counter of code lines counts what runs and nothing else."""

from __future__ import annotations

from benchmarks.code_lines import PARTS, ROOT, in_force, python_lines, sql_lines

PYTHON = '''"""A module
of two lines."""

# a comment
import json  # beside code


def shown(value: object) -> str:
    """A docstring."""
    text = """two
lines"""
    return json.dumps(
        value
    ) + text
'''
SQL = """-- what it is for
create table t (

    id bigint   -- beside code
);
"""


def test_blank_lines_comments_and_docstrings_are_no_code() -> None:
    """Import, def, a string over two lines, a call over three."""
    assert python_lines(PYTHON) == 7


def test_comments_and_blank_lines_of_sql_are_no_code() -> None:
    """Three of five lines."""
    assert sql_lines(SQL) == 3


def test_a_function_that_was_replaced_is_no_code() -> None:
    """Of two definitions of one function the later counts, and what stands around the first stays."""
    first = "create table t (a int);\ncreate function f(a int) returns int language sql as $$\nselect 1\n$$;\nselect 1;"
    second = "create or replace function f(a int) returns int language sql as $$ select 2 $$;"
    assert [2, 1] == [sql_lines(source) for source in in_force([first, second])]


def test_every_counted_file_is_there() -> None:
    """A file that moved would count as nothing."""
    assert [] == [name for names in PARTS.values() for name in names if not (ROOT / name).is_file()]
