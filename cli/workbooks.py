"""Decision sheets as XLSX: written so that a person can only fill in what is theirs, read as untrusted text.

Every cell is text. What XML cannot carry is written in a normal form (`normal`), in which cells are compared too.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.facts import REMARKS
from cli.sheets import Line, refuse, write_new
from methods.text import escape, unescape
from models.errors import MalformedSheet, UnusableFile

if TYPE_CHECKING:
    from cli.decision_sheets import Sheet

LARGEST_UNPACKED = 512 << 20
_MOST_PARTS, _MOST_ROWS, _MOST_COLUMNS = 2000, 200_000, 256
_LONGEST_CELL = 32_767
_SHEET = "Decisions"
_OPEN = ("verdict", "reason")
_HIDDEN = ("revision", "version", "side", "phase", "owner", "cycle")
_NARROW, _WIDE = 9, 46
_LINE, _MOST_LINES = 15, 12
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_SAVE_AS = "save it as an Excel workbook (.xlsx) or as CSV, and try again"
_TONES = {"approve": "#E2F0D9", "reject": "#F8D7DA", "non_issue": "#E7E6F7"}


def normal(text: str) -> str:
    """A text as a workbook gives it back: one kind of line end, no control characters, nothing taken for an escape."""
    return _UNWRITABLE.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n")).replace("x005F_", "")


def write_workbook(path: Path, sheet: Sheet) -> None:
    """Write a new decision sheet. Raises `UnusableFile` when the file exists or a text is too long for a cell."""
    import xlsxwriter

    _refuse_long(sheet)
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                                        "strings_to_numbers": False})
    _fill(book, sheet)
    _explain(book, sheet)
    book.close()
    write_new(path, buffer.getvalue())


def _refuse_long(sheet: Sheet) -> None:
    """Raise `UnusableFile` when a cell could not hold its text."""
    long = [row["key"] for row in sheet.rows if any(len(text) >= _LONGEST_CELL for text in row.values())]
    if long:
        raise UnusableFile(f"a cell of a workbook holds fewer than {_LONGEST_CELL:,} characters: {long[0][:80]}",
                           hint="name a file that ends in .csv")


def _fill(book: Any, sheet: Sheet) -> None:
    page = book.add_worksheet(_SHEET)
    columns, hidden = _columns(sheet)
    widths = {name: _width(sheet, name) for name in columns}
    header, locked, unlocked = _formats(book)
    for at, name in enumerate(columns):
        page.set_column(at, at, widths[name], None, {"hidden": name in hidden})
        page.write_string(0, at, escape(name.replace("_", " ")), header)
        for number, row in enumerate(sheet.rows, start=1):
            page.write_string(number, at, escape(normal(row.get(name, ""))), unlocked if name in _OPEN else locked)
    for number, row in enumerate(sheet.rows, start=1):
        lines = max(_lines_in(row.get(name, ""), widths[name]) for name in columns if name not in hidden)
        if lines > 1:
            page.set_row(number, _LINE * min(lines, _MOST_LINES))
    _offer_verdicts(book, page, sheet, columns.index("verdict"))
    page.freeze_panes(1, columns.index("reason") + 1)
    page.autofilter(0, 0, max(1, len(sheet.rows)), len(columns) - 1)
    page.protect("", {"autofilter": True, "sort": True, "format_columns": True, "format_rows": True})
    _print_on_paper(page)


def _formats(book: Any) -> tuple[Any, Any, Any]:
    look = {"num_format": "@", "valign": "top", "text_wrap": True, "border": 1, "border_color": "#D0D0D0"}
    return (book.add_format({**look, "bold": True, "bg_color": "#1F3864", "font_color": "#FFFFFF"}),
            book.add_format(look), book.add_format({**look, "locked": False, "bg_color": "#FFFBE6"}))


def _print_on_paper(page: Any) -> None:
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    page.set_footer("&L&A&RPage &P of &N")


def _columns(sheet: Sheet) -> tuple[list[str], list[str]]:
    """The columns, without remarks that no item has; what only a machine reads stands last and hidden."""
    kept = [name for name in sheet.columns if name not in REMARKS or any(row.get(name) for row in sheet.rows)]
    hidden = [name for name in kept if name in _HIDDEN and not (name == "owner" and kept[0] == name)]
    return [*(name for name in kept if name not in hidden), *hidden], hidden


def _offer_verdicts(book: Any, page: Any, sheet: Sheet, at: int) -> None:
    last = max(1, len(sheet.rows))
    page.data_validation(1, at, last, at, {
        "validate": "list", "source": list(sheet.verdicts), "error_title": "Not a verdict",
        "error_message": f"One of: {', '.join(sheet.verdicts)}.", "input_title": "Verdict",
        "input_message": f"{', '.join(sheet.verdicts)}. Blank leaves the item undecided.",
    })
    for verdict, colour in _TONES.items():
        page.conditional_format(1, at, last, at, {
            "type": "cell", "criteria": "==", "value": f'"{verdict}"', "format": book.add_format({"bg_color": colour}),
        })


def _explain(book: Any, sheet: Sheet) -> None:
    page = book.add_worksheet("How to fill in")
    page.set_column(0, 0, 100)
    wrapped, bold = book.add_format({"text_wrap": True, "num_format": "@"}), book.add_format({"bold": True})
    needing = [verdict for verdict in sheet.verdicts if verdict != "approve"]
    page.write_string(0, 0, sheet.title, bold)
    for at, line in enumerate((
        f"Fill in the yellow columns: verdict ({', '.join(sheet.verdicts)}) and reason.",
        f"A reason is needed for: {', '.join(needing)}." if needing else "A reason is welcome, and not needed.",
        "Rows may be sorted and filtered. Nothing else in the sheet is read as a decision.",
        "Hand it in with: starter.py item decide CYCLE PHASE --sheet FILE. It is applied whole or not at all.",
        "Rows without a verdict are refused, unless --skip-blank leaves them undecided.",
    ), start=1):
        page.write_string(at, 0, line, wrapped)
    page.protect()


def _width(sheet: Sheet, name: str) -> int:
    """Wide enough for most cells; long texts wrap."""
    if name == "reason":
        return 34
    lengths = sorted(max(map(len, row[name].split("\n"))) for row in sheet.rows if row.get(name))
    usual = lengths[int(len(lengths) * 0.95)] if lengths else 0
    return min(_WIDE, max(_NARROW, len(name) + 3, usual + 2))


def _lines_in(text: str, width: int) -> int:
    return sum(max(1, -(-len(line) // (width - 1))) for line in text.split("\n"))


def read_workbook(data: bytes, *, name: str, wanted: Collection[str]) -> tuple[Line, ...]:
    """The rows of a workbook's decision sheet. Raises `UnusableFile` or `MalformedSheet`; nothing in it is run."""
    _check_archive(data, name)
    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        pages = {page.title: page for page in book.worksheets}
        page = pages.get(_SHEET) or next(iter(pages.values()))
        found = [cells for cells in _cells(page) if any(cell.value is not None for _, cell in cells[1])]
    except MalformedSheet:
        raise
    except Exception as error:
        # Whatever a broken workbook makes the library raise, the person needs one thing: another file.
        why = f"{name} is a workbook or a ZIP archive that cannot be read as XLSX"
        raise UnusableFile(why, hint=_SAVE_AS) from error
    if not found:
        raise MalformedSheet(f"{name} is empty", hint="write a new sheet with `version show --sheet`")
    return _lines(found, name, wanted)


def _check_archive(data: bytes, name: str) -> None:
    """Refuse an archive that unpacks to more than a sheet can need, before anything is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise UnusableFile(f"{name} is a workbook or a ZIP archive that is damaged", hint=_SAVE_AS) from error
    if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
        raise UnusableFile(f"{name} unpacks to more than {LARGEST_UNPACKED >> 20} MB or {_MOST_PARTS:,} parts",
                           hint="write a new sheet with `version show --sheet`, and fill in that one")


Cells = tuple[int, list[tuple[int, Any]]]


def _cells(page: Any) -> Iterator[Cells]:
    """Row number and cells by column; what a workbook says of its own size is not believed."""
    page.reset_dimensions()
    for number, row in enumerate(page.iter_rows(max_row=_MOST_ROWS + 1, max_col=_MOST_COLUMNS), start=1):
        if number > _MOST_ROWS:
            raise MalformedSheet(f"a sheet has at most {_MOST_ROWS:,} rows", hint="delete the blank rows at its end")
        yield number, list(enumerate(row))


def _lines(found: Sequence[Cells], name: str, wanted: Collection[str]) -> tuple[Line, ...]:
    (_, first), *rest = found
    columns = {at: _heading(cell.value) for at, cell in first if cell.value is not None}
    named = list(columns.values())
    if missing := [column for column in wanted if column not in named]:
        raise MalformedSheet(f"{name}: the header has no column {', '.join(map(repr, missing))}",
                             hint="columns may be hidden, not deleted: write a new sheet")
    if twice := [column for column in wanted if named.count(column) > 1]:
        raise MalformedSheet(f"{name}: the header has the column {twice[0]!r} twice", hint="delete one of them")
    formulas = [f"row {number}, column {columns[at]}: holds a formula" for number, cells in rest
                for at, cell in cells if columns.get(at) in wanted and cell.data_type == "f"]
    refuse(formulas, name=name, hint="put the value itself into the cell")
    lines = tuple(Line(number, {columns[at]: unescape(text(cell.value)) for at, cell in cells if at in columns})
                  for number, cells in rest)
    filled = tuple(Line(line.number, {**dict.fromkeys(named, ""), **line.cells}) for line in lines
                   if any(part.strip() for part in line.cells.values()))
    if not filled:
        raise MalformedSheet(f"{name} has no rows", hint="fill in at least one row below the header")
    return filled


def _heading(value: object) -> str:
    return unescape(text(value)).strip().lower().replace(" ", "_")


def text(value: object) -> str:
    """A cell's value as it was written; a number that a spreadsheet made of it loses its decimal point."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
