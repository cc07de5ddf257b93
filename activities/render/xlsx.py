"""The report as a workbook: a sheet for every table with all of its rows, ready to filter, nothing ever a formula.

Everything that people wrote is stored as text in cells of type text, so no spreadsheet evaluates it, not even after
editing. The creation date is the report's own, and equal input gives equal bytes.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from xlsxwriter import Workbook

from activities.render.columns import lines, plain
from activities.render.sections import chapters
from methods.figures.display import day, moment
from methods.figures.wording import ACTOR_NOTICE, SIGNATURES_ELSEWHERE
from methods.lettering import visible, width
from models.document import Figures, Mark, Paragraph, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from activities.render.sections import Chapter
    from models.document import Cell, Column, Tone
    from models.items import Section
    from models.report import ReportFacts

_CELL_LIMIT = 32_000  # a cell holds 32,767 UTF-16 units
_EXACT_LIMIT = 10**15  # beyond it a spreadsheet's numbers lose digits
_FILLS: dict[Tone, str] = {"good": "#E3F0E8", "note": "#E6EEF6", "warn": "#F7E3B5", "bad": "#A02B2B",
                           "alarm": "#4A1010", "plain": "#FFFFFF"}
_ON_DARK = ("bad", "alarm")
_LINE_HIGH, _HIGHEST = 12, 409  # points; no row of a workbook is higher
_LETTERS = 1.15  # a column is measured in digits of a larger face than ours
_SUMMARY_ROOM = 118
_WIDEST = {"long": 60, "hash": 66}
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def render_xlsx(facts: ReportFacts, sections: Sequence[Section]) -> bytes:
    """The workbook's bytes. Raises VerificationFailed where facts and sections do not belong together."""
    stream = BytesIO()
    book = Workbook(stream, _OPTIONS)
    moment_made = facts.as_of.replace(tzinfo=None)
    book.set_properties({"title": visible(f"Report of test cycle {facts.cycle.id}"), "created": moment_made})
    sheets = _Sheets(book)
    found = chapters(facts, sections)
    tables = list(_tables(found))
    sheets.summary(facts, found, tables)
    for table in tables:
        sheets.table(table)
    book.close()
    return stream.getvalue()


def _tables(found: Sequence[Chapter]) -> Iterator[Table]:
    for chapter in found:
        for block in chapter.blocks:
            if isinstance(block, Table) and block.sheet and block.where != "document":
                yield block


def cell_text(text: str) -> str:
    """Text as a cell can hold it; a longer one is cut and says so."""
    shown = visible(text)
    if len(shown) <= _CELL_LIMIT:
        return shown
    return f"{shown[:_CELL_LIMIT]}… [cut: {len(shown)} characters, the whole text is on record]"


class _Sheets:
    """Writes sheets into one workbook, with the few formats that they share."""

    def __init__(self, book: Any) -> None:
        self._book = book
        base = {"font_name": "Arial", "font_size": 9, "valign": "top", "num_format": "@"}
        self._title = book.add_format({**base, "bold": True, "font_size": 16, "font_color": "#1D3A5F"})
        self._bold = book.add_format({**base, "bold": True, "text_wrap": True})
        self._text = book.add_format({**base, "text_wrap": True})
        self._right = book.add_format({**base, "align": "right"})
        self._number = book.add_format({**base, "num_format": "#,##0", "align": "right"})
        self._link = book.add_format({**base, "font_color": "#1D3A5F", "underline": 1})
        heading = {**base, "bold": True, "bg_color": "#E4E7EB", "bottom": 2, "text_wrap": True}
        self._heading = book.add_format(heading)
        self._heading_right = book.add_format({**heading, "align": "right"})
        self._marks = {tone: book.add_format({
            **base, "bg_color": fill, "bold": tone in (*_ON_DARK, "warn"),
            "font_color": "#FFFFFF" if tone in _ON_DARK else "#1F2933"}) for tone, fill in _FILLS.items()}

    def summary(self, facts: ReportFacts, found: Sequence[Chapter], tables: Sequence[Table]) -> None:
        """The first sheet: which report, its result, what was left unsaid, and where the tables are."""
        sheet = self._book.add_worksheet("Summary")
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 1, 22)
        sheet.set_column(2, 2, 70)
        self._page(sheet)
        cycle = facts.cycle
        self._write(sheet, 0, 0, cycle.report_name, self._title)
        row = 2
        pairs = (("Institution", cycle.institution), ("Regulation", cycle.regulation),
                 ("Period ending", day(cycle.period)), ("Test cycle", cycle.id),
                 ("Report submitted", f"{moment(facts.as_of)} UTC"))
        for label, value in pairs:
            self._write(sheet, row, 0, label, self._bold)
            self._write(sheet, row, 1, value, self._text)
            row += 1
        for block in (block for chapter in found[:1] for block in chapter.blocks):
            if isinstance(block, Figures):
                row += 1
                for figure in block.items:
                    self._write(sheet, row, 0, figure.label, self._bold)
                    self._write(sheet, row, 1, figure.value, self._right)
                    self._write(sheet, row, 2, figure.detail, self._text)
                    row += 1
            elif isinstance(block, Paragraph) and block.tone != "note":
                row = self._paragraph(sheet, row + 1, block.text, self._text if block.tone == "plain" else self._bold)
        for text in (SIGNATURES_ELSEWHERE, ACTOR_NOTICE):
            row = self._paragraph(sheet, row + 1, text, self._text)
        row += 1
        self._write(sheet, row, 0, "Sheets", self._heading)
        self._write(sheet, row, 1, "Rows", self._heading_right)
        self._write(sheet, row, 2, "Content", self._heading)
        for place, table in enumerate(tables, start=row + 1):
            sheet.write_url(place, 0, f"internal:'{table.sheet}'!A1", self._link, table.sheet)
            sheet.write_number(place, 1, len(table.rows), self._number)
            self._write(sheet, place, 2, f"{table.title}{f', {table.order}' if table.order else ''}", self._text)

    def table(self, table: Table) -> None:
        """One table on a sheet of its own: headings frozen and filtered, columns as wide as their values need."""
        sheet = self._book.add_worksheet(table.sheet)
        self._page(sheet)
        sheet.repeat_rows(0)
        sheet.freeze_panes(1, 0)
        rooms = [_room(column, [row[place] for row in table.rows]) for place, column in enumerate(table.columns)]
        for place, column in enumerate(table.columns):
            heading = self._heading_right if column.kind == "number" else self._heading
            sheet.write_string(0, place, column.label, heading)
            sheet.set_column(place, place, rooms[place])
        for number, row in enumerate(table.rows, start=1):
            # Not every program fits a row to its wrapped text when it opens the file.
            high = lines([cell_text(plain(cell)) for cell in row], [_LETTERS * room for room in rooms])
            if high > 1:
                sheet.set_row(number, min(_LINE_HIGH * high + 2, _HIGHEST))
            for place, cell in enumerate(row):
                self._cell(sheet, number, place, cell, table.columns[place])
        if table.rows:
            sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
            # Keys of digits are text on purpose; without this every one of them carries a warning triangle.
            sheet.ignore_errors({"number_stored_as_text": f"A2:XFD{len(table.rows) + 1}"})
        else:
            self._write(sheet, 1, 0, table.empty, self._text)

    def _cell(self, sheet: Any, row: int, place: int, cell: Cell, column: Column) -> None:
        if isinstance(cell, Mark):
            self._write(sheet, row, place, cell.text, self._marks[cell.tone])
        elif isinstance(cell, int) and abs(cell) < _EXACT_LIMIT:
            sheet.write_number(row, place, cell, self._number)
        else:
            self._write(sheet, row, place, str(cell), self._right if column.kind == "number" else self._text)

    def _write(self, sheet: Any, row: int, place: int, text: str, style: Any) -> None:
        """Always as a string: a text that looks like a formula, a link or a number stays a text."""
        sheet.write_string(row, place, cell_text(text), style)

    def _paragraph(self, sheet: Any, row: int, text: str, style: Any) -> int:
        sheet.merge_range(row, 0, row, 2, "", style)
        self._write(sheet, row, 0, text, style)
        sheet.set_row(row, min(_LINE_HIGH * lines([cell_text(text)], [_SUMMARY_ROOM]) + 2, _HIGHEST))
        return row + 1

    def _page(self, sheet: Any) -> None:
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&L&8&A&R&8Page &P of &N")


def _room(column: Column, cells: Sequence[Cell]) -> float:
    longest = max((width(plain(cell)) for cell in cells[:2000]), default=0)
    words = max(width(word) for word in column.label.split())
    return min(max(longest, words, 6) + 3, _WIDEST.get(column.kind, 36))
