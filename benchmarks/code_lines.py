"""Counts code lines: no blank lines, no comments, no docstrings. Run as `python -m benchmarks.code_lines`."""

from __future__ import annotations

import ast
import io
import sys
import tokenize
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.tables import table

ROOT = Path(__file__).parents[1]
TARGET = 500
# What makes any phase versioned. A phase's own row, item type and typed table come on top and are counted apart.
PARTS: Mapping[str, Sequence[str]] = {
    "engine": ("models/versions.py", "models/membership.py", "models/audit.py"),
    "tables": ("migrations/sql/versions.sql", "migrations/sql/audit.sql", "migrations/sql/audit_rows.sql"),
    "triggers": ("migrations/sql/laws.sql", "migrations/sql/speed.sql"),
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


def sql_lines(source: str) -> int:
    """How many lines of SQL hold code; the sources know `--` comments alone."""
    return sum(bool(line.partition("--")[0].strip()) for line in source.splitlines())


def count(path: Path) -> int:
    """The code lines of a file."""
    source = path.read_text(encoding="utf-8")
    return python_lines(source) if path.suffix == ".py" else sql_lines(source)


def report(root: Path = ROOT) -> str:
    """The table of all parts, with their sum beside the target."""
    lines = [
        [part, name, f"{count(root / name)}"] for part, names in PARTS.items() for name in names
    ]
    total = sum(int(line[2]) for line in lines)
    standing = "reached" if total <= TARGET else "missed"
    return table(["part", "file", "code lines"], [*lines, ["all", f"at most {TARGET}: {standing}", str(total)]], text=2)


if __name__ == "__main__":
    sys.stdout.write(report())
