"""Evidence queries: one SELECT, checked as a syntax tree before anybody is asked to accept it.

Only what is known to read is allowed: every node of the tree, every function and every table has to be on a list. The
database holds the same again, with a read-only transaction; this check gives the reason in words, before it runs.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from methods.text import quoted
from models.cycle_file import Query, Source
from models.errors import UnusableEvidence

LONGEST = 20_000  # characters of a query
_HINT = "hand in one SELECT that gives the key columns and what it proves; see docs/cycle-file.md"
# The text is data of ours: what the parser thinks of it is told to its author, not to the log.
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)

_STRUCTURE = (
    exp.Select, exp.Union, exp.Intersect, exp.Except, exp.Subquery, exp.CTE, exp.With, exp.From, exp.Join, exp.Where,
    exp.Group, exp.Having, exp.Order, exp.Ordered, exp.Limit, exp.Offset, exp.Fetch, exp.Distinct, exp.Table,
    exp.TableAlias, exp.Column, exp.Identifier, exp.Alias, exp.Literal, exp.Null, exp.Boolean, exp.Star, exp.Paren,
    exp.Tuple, exp.Var, exp.Interval, exp.Window, exp.WindowSpec, exp.Filter, exp.WithinGroup, exp.Values)
_OPERATORS = (
    exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In, exp.Between, exp.Like,
    exp.ILike, exp.Escape, exp.Exists, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg, exp.DPipe,
    exp.NullSafeEQ, exp.NullSafeNEQ)
_FUNCTIONS = (
    exp.Cast, exp.TryCast, exp.DataType, exp.DataTypeParam, exp.Case, exp.If, exp.Coalesce, exp.Nullif, exp.Greatest,
    exp.Least, exp.Concat, exp.ConcatWs, exp.Lower, exp.Upper, exp.Trim, exp.Substring, exp.Left, exp.Right, exp.Pad,
    exp.Length, exp.Replace, exp.SplitPart, exp.StrPosition, exp.Abs, exp.Sign, exp.Round, exp.Ceil, exp.Floor,
    exp.Extract, exp.DateTrunc, exp.TimestampTrunc, exp.TimeToStr, exp.ToChar, exp.StrToDate, exp.StrToTime, exp.Date,
    exp.Count, exp.Sum, exp.Avg, exp.Min, exp.Max, exp.GroupConcat, exp.RowNumber, exp.Rank, exp.DenseRank, exp.Lag,
    exp.Lead, exp.FirstValue, exp.LastValue, exp.TsOrDsToTimestamp, exp.TsOrDsToDate)
_ALLOWED = frozenset[type]({*_STRUCTURE, *_OPERATORS, *_FUNCTIONS})


@dataclass(frozen=True, slots=True)
class CheckedQuery:
    """A query as it will run: its text, the SHA-256 of that text in UTF-8, its columns in order and its tables."""

    sql: str
    sha256: str
    columns: tuple[str, ...]
    tables: tuple[str, ...]


def check_query(data: bytes, *, source: Source, name: str) -> CheckedQuery:
    """The query in the bytes of a file, fit to be run on the source once somebody accepts it.

    Raises `UnusableEvidence` unless it is one SELECT of known parts over the source's tables that gives all key
    columns, at least one of the others, and each under one name.
    """
    spec = source.query
    if spec is None:
        raise UnusableEvidence(f"{source.name} takes files, not queries", hint="name another --source")
    tree, sql = _parsed(data, spec, name)
    problems = [*_strange(tree), *_tables_not_of(tree, spec)]
    if problems:
        raise UnusableEvidence(f"{name}: {'; '.join(dict.fromkeys(problems[:5]))}", hint=_HINT)
    columns = tuple(_column(one, spec) for one in tree.selects)
    _require(columns, source, name)
    return CheckedQuery(sql, sha256(sql.encode()).hexdigest(), columns, tuple(sorted(set(_tables(tree)))))


def _parsed(data: bytes, spec: Query, name: str) -> tuple[exp.Select, str]:
    try:
        sql = data.decode("utf-8-sig").strip().rstrip(";").rstrip()
    except UnicodeDecodeError as error:
        raise UnusableEvidence(f"{name} is no query: it is not UTF-8 text", hint=_HINT) from error
    if not sql or len(sql) > LONGEST or "\0" in sql:
        raise UnusableEvidence(f"{name} is no query of 1 to {LONGEST:,} characters", hint=_HINT)
    try:
        trees = sqlglot.parse(sql, read=spec.engine)
    except (SqlglotError, RecursionError, ValueError, IndexError, AttributeError, TypeError) as error:
        raise UnusableEvidence(f"{name} cannot be read as a query for {spec.engine}", hint=_HINT) from error
    if len(trees) != 1 or not isinstance(trees[0], exp.Select):
        raise UnusableEvidence(f"{name} is not exactly one SELECT", hint=_HINT)
    return trees[0], sql


def _strange(tree: exp.Select) -> Iterator[str]:
    """Parts that no query needs that only reads; what a function is called by its own name."""
    for node in tree.walk():
        if type(node) not in _ALLOWED:
            yield f"it uses {quoted(_called(node))}, which evidence queries may not"
        elif isinstance(node, exp.Star) and not isinstance(node.parent, exp.Count):
            yield "it says * instead of naming its columns"
        elif isinstance(node, exp.With) and node.args.get("recursive"):
            yield "it is recursive"
        elif isinstance(node, exp.DataType) and node.this is exp.DataType.Type.USERDEFINED:
            yield f"it casts to {quoted(node.sql())}, a type of somebody's own"
        elif isinstance(node, exp.CTE) and not isinstance(node.this, (exp.Select, exp.SetOperation)):
            yield "a part of it is no SELECT"


def _column(selected: exp.Expr, spec: Query) -> str:
    """What the database will call a column, '' where that is the database's own choice. Postgres lowers plain names."""
    named = selected.args.get("alias") if isinstance(selected, exp.Alias) else (
        selected.this if isinstance(selected, exp.Column) else None)
    if not isinstance(named, exp.Identifier):
        return ""
    return named.name.lower() if spec.engine == "postgres" and not named.args.get("quoted") else named.name


def _called(node: exp.Expr) -> str:
    return node.name if isinstance(node, exp.Anonymous) else node.sql()[:60] or type(node).__name__


def _tables(tree: exp.Select) -> Iterator[str]:
    own = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        named = ".".join(part.name for part in table.parts)
        if len(table.parts) > 1 or named.lower() not in own:
            yield named


def _tables_not_of(tree: exp.Select, spec: Query) -> Iterator[str]:
    known = {table.lower() for table in spec.tables}
    for table in _tables(tree):
        if table.lower() not in known:
            yield f"it reads {quoted(table)}, which is none of the source's tables ({', '.join(spec.tables)})"


def _require(columns: Sequence[str], source: Source, name: str) -> None:
    if unnamed := [at for at, column in enumerate(columns, start=1) if not column]:
        raise UnusableEvidence(f"{name}: column {unnamed[0]} has no name", hint="name it: ... AS NAME")
    if repeated := [column for at, column in enumerate(columns) if column in columns[:at]]:
        raise UnusableEvidence(f"{name} gives {repeated[0]!r} twice", hint="give each column its own name")
    missing = [column for column in dict.fromkeys(source.keys.values()) if column not in columns]
    if not missing and not set(source.columns.values()).intersection(columns):
        missing = list(dict.fromkeys(source.columns.values()))
    if missing:
        raise UnusableEvidence(f"{name} does not give {', '.join(map(repr, missing[:10]))}; it gives "
                               f"{', '.join(columns[:20])}", hint='name it as the cycle file does: ... AS "NAME"')
