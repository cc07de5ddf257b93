"""Counts code lines: no blank lines, no comments, no docstrings, no SQL function that a later migration replaced.

Run as `python -m benchmarks.code_lines`.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path

from benchmarks.tables import table

ROOT = Path(__file__).parents[1]
TARGET = 500
# What makes any phase versioned. A phase's own row, item type and typed table come on top and are counted apart.
PARTS: Mapping[str, Sequence[str]] = {
    "engine": ("models/versions.py", "models/membership.py", "models/audit.py"),
    "tables": ("migrations/sql/versions.sql", "migrations/sql/audit.sql", "migrations/sql/audit_rows.sql"),
    "triggers": tuple(f"migrations/sql/{name}.sql" for name in ("laws", "speed", "reading", "reasons", "carrying")),
    "review round": ("workflows/review.py", "workflows/phase.py"),
}
_NO_CODE = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER,
    tokenize.ENCODING,
}
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def python_lines(source: str) -> int:
    """How many lines of Python hold code; a string over several lines is code unless it is a docstring."""
    held: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in _NO_CODE:
            held.update(range(token.start[0], token.end[0] + 1))
    return len(held - _docstrings(source))


def _docstrings(source: str) -> set[int]:
    lines: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            first = node.body[0]
            lines.update(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    return lines


_FUNCTION = re.compile(r"^create (?:or replace )?function (\w+)\(.*?\$\$.*?\$\$;$", re.MULTILINE | re.DOTALL)


def in_force(sources: Sequence[str]) -> list[str]:
    """SQL of migrations in their order, each without the functions that a later one defines again."""
    later: set[str] = set()
    kept = []
    for source in reversed(sources):
        found = list(_FUNCTION.finditer(source))
        for function in found:
            source = source.replace(function[0], "") if function[1] in later else source
        kept.append(source)
        later |= {function[1] for function in found}
    return kept[::-1]


def sql_lines(source: str) -> int:
    """How many lines of SQL hold code; the sources know `--` comments alone."""
    return sum(bool(line.partition("--")[0].strip()) for line in source.splitlines())


def counts(root: Path, names: Iterable[str]) -> dict[str, int]:
    """The code lines of each file; the migrations among them in their order."""
    sources = {name: (root / name).read_text(encoding="utf-8") for name in names}
    python = {name: python_lines(source) for name, source in sources.items() if name.endswith(".py")}
    migrations = [name for name in sources if name.endswith(".sql")]
    kept = in_force([sources[name] for name in migrations])
    return python | {name: sql_lines(source) for name, source in zip(migrations, kept, strict=True)}


def report(root: Path = ROOT) -> str:
    """The table of all parts, with their sum beside the target."""
    counted = counts(root, chain.from_iterable(PARTS.values()))
    lines = [[part, name, f"{counted[name]}"] for part, names in PARTS.items() for name in names]
    total = sum(counted.values())
    standing = "reached" if total <= TARGET else "missed"
    return table(["part", "file", "code lines"], [*lines, ["all", f"at most {TARGET}: {standing}", str(total)]], text=2)


if __name__ == "__main__":
    sys.stdout.write(report())
