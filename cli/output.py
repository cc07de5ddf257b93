"""What commands print: data on stdout or in a file, everything else on stderr, errors the same way everywhere.

JSON is `{"schema": "assay.NOUN/1", "data": ...}`; keys are those of the rows and keep their order. CSV is exact.
"""

# Without postponed annotations: Cyclopts resolves those of `Look` from the modules of its subclasses.
import csv
import dataclasses
import io
import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from models import errors

_WIDE = 240


class Format(StrEnum):
    """How data is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Look:
    """How to print, and on whose behalf."""

    actor: Annotated[str | None, Parameter(name="--as", help="Who acts, by id; else ASSAY_ACTOR.")] = None
    output: Annotated[Format, Parameter(name=["--output", "-o"], help="How to print; xlsx needs --to.")] = Format.TABLE
    to: Annotated[Path | None, Parameter(help="Write to this file instead of stdout.")] = None


LOOK = Look()
Row = Mapping[str, Any]


def record(value: object) -> dict[str, Any]:
    """The fields of a dataclass, or a mapping as it is."""
    if isinstance(value, Mapping):
        return dict(value)
    return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}  # type: ignore[arg-type]


def say(line: str) -> None:
    """A line for the person at the terminal; never data."""
    sys.stderr.write(line + "\n")


def show(noun: str, found: Sequence[object], look: Look, *, columns: Sequence[str], header: Sequence[str] = ()) -> None:
    """Print rows: all fields as JSON, CSV or XLSX, the named columns as a table; `header` is for none at all."""
    listed = [record(one) for one in found]
    if look.output is Format.TABLE:
        _write_text(_table(listed, columns, ""), look)
    else:
        _machine(noun, listed, listed, look, header)


def names(kind: type) -> tuple[str, ...]:
    """The fields of a row type, which are the header of its list."""
    return tuple(field.name for field in dataclasses.fields(kind))


def show_one(
    noun: str, value: object, look: Look, *, parts: Mapping[str, Sequence[object]] | None = None,
    columns: Mapping[str, Sequence[str]] | None = None, hidden: Sequence[str] = (), header: Sequence[str] = (),
) -> None:
    """Print one thing and the lists that belong to it; a table leaves out `hidden` and blank fields, and other lists.

    CSV and XLSX hold the first list, or the thing itself when it has none; `header` is for a list without rows.
    """
    head, lists = record(value), {name: [record(one) for one in rows] for name, rows in (parts or {}).items()}
    if look.output is not Format.TABLE:
        _machine(noun, {**head, **lists}, next(iter(lists.values()), [head]), look, header)
        return
    tables = [_table(lists[name], shown, name) for name, shown in (columns or {}).items() if lists.get(name)]
    shown = {name: value for name, value in head.items() if name not in hidden and value not in (None, "", (), [])}
    _write_text("\n".join([_fields(shown), *tables]), look)


def show_text(text: str, look: Look) -> None:
    """Print what a table would not show well: lines as they are."""
    _write_text(text, look)


def report_error(error: errors.AssayError, *, as_json: bool) -> None:
    """An error on stderr: one line and what to do next, or the same as JSON."""
    if as_json:
        told = {"code": error.code, "message": error.message, "hint": error.hint, "exit_code": error.exit_code}
        say(json.dumps({"schema": "assay.error/1", "error": told}, ensure_ascii=False))
        return
    say(f"error[{error.code}]: {error.message}")
    if error.hint:
        say(f"hint: {error.hint}")


def plain(value: object) -> Any:
    """A value as JSON has it: times in UTC, decimals as text."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date | Path):
        return str(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if dataclasses.is_dataclass(value) or isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in record(value).items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(part) for part in value]
    return value


def cell(value: object) -> str:
    """A value as CSV and tables have it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple) and not any(map(_has_fields, value)):
        return "; ".join(cell(part) for part in value)
    if isinstance(value, list | tuple) or _has_fields(value):
        return json.dumps(plain(value), ensure_ascii=False, sort_keys=True)
    return str(plain(value))


def _has_fields(value: object) -> bool:
    return isinstance(value, Mapping) or dataclasses.is_dataclass(value)


def _machine(noun: str, data: object, table: list[dict[str, Any]], look: Look, header: Sequence[str] = ()) -> None:
    if look.output is Format.JSON:
        document = {"schema": f"assay.{noun}/1", "data": plain(data)}
        _write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", look)
    elif look.output is Format.CSV:
        _write_text(as_csv(table, header), look)
    else:
        _write_workbook(noun, table, look, header)


def as_csv(rows: Sequence[Row], header: Sequence[str] = ()) -> str:
    """Rows as CSV, in the order of the first row's keys, below a header."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(rows[0] if rows else header)
    writer.writerows([cell(value) for value in row.values()] for row in rows)
    return buffer.getvalue()


def _write_text(text: str, look: Look) -> None:
    if look.to is None:
        sys.stdout.write(text)
        return
    try:
        look.to.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        why = f"{str(look.to)!r} cannot be written: {error.strerror}"
        raise errors.UnusableFile(why, hint="name another file") from error
    say(f"written to {look.to}")


def _write_workbook(noun: str, rows: Sequence[Row], look: Look, header: Sequence[str]) -> None:
    if look.to is None:
        raise errors.BadInput("a workbook does not fit on a terminal", hint="name a file with --to FILE.xlsx")
    import xlsxwriter

    # Everything is text: no cell is ever read as a formula, a date or a number without leading zeros.
    book = xlsxwriter.Workbook(str(look.to), {"strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(noun[:31])
    for at, values in enumerate([list(rows[0] if rows else header), *(row.values() for row in rows)]):
        for column, value in enumerate(values):
            sheet.write_string(at, column, cell(value))
    try:
        book.close()
    except (OSError, xlsxwriter.exceptions.FileCreateError) as error:
        raise errors.UnusableFile(f"{str(look.to)!r} cannot be written", hint="name another file") from error
    say(f"written to {look.to}")


def _table(rows: Sequence[Row], columns: Sequence[str], title: str) -> str:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title.replace("_", " ") or None, title_justify="left")
    columns = _told(rows, columns)
    whole = sum(max(map(len, name.split("_"))) + 3 for name in columns) < (_width() or _WIDE)
    for name in columns:
        numbers = bool(rows) and all(type(row[name]) in (int, Decimal) for row in rows)
        # A cycle's name is copied into commands, so it is never broken; nor are words of headings that fit.
        table.add_column(name.replace("_", " "), justify="right" if numbers else "left", overflow="fold",
                         no_wrap=name == "slug", min_width=max(map(len, name.split("_"))) if whole else None)
    for row in rows:
        table.add_row(*(Text(_short(row[name])) for name in columns))
    return _rendered(table)


def _told(rows: Sequence[Row], columns: Sequence[str]) -> Sequence[str]:
    """The columns in which some row says something; all of them when there is no row."""
    return [name for name in columns if not rows or any(row[name] not in (None, "", (), []) for row in rows)]


def _fields(head: Row) -> str:
    from rich.table import Table
    from rich.text import Text

    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, value in head.items():
        table.add_row(Text(name.replace("_", " ")), Text(_short(value)))
    return _rendered(table)


def _short(value: object) -> str:
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M}" if isinstance(value, datetime) else cell(value)


def _width() -> int | None:
    """The columns of the screen; None where there is none."""
    if sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit():
        return shutil.get_terminal_size().columns
    return None


def _rendered(renderable: object) -> str:
    from rich.console import Console

    console = Console(file=io.StringIO(), force_terminal=sys.stdout.isatty() or None, width=_width() or _WIDE)
    with console.capture() as capture:
        console.print(renderable)
    return capture.get()
