"""How much of a file is read, in one place. What exceeds a limit is recorded as unreadable, with the limit named."""

from __future__ import annotations

LARGEST = 256 << 20  # bytes of a file, and of what is unpacked from gzip
UNPACKED = 512 << 20  # bytes of all parts of a workbook together
RATIO = 400  # times that a part of a workbook over a megabyte may shrink; honest sheets reach 50
PARTS = 5_000  # parts of a workbook
SHEET_ROWS = 1_100_000  # rows of a workbook, all sheets together
LARGEST_HTML = 64 << 20  # bytes of a page
HTML_CELLS = 5_000_000  # cells of the tables of a page, spans counted out
HTML_DEPTH = 20  # tables within tables
PARQUET_ROWS = 20_000_000  # rows of a Parquet file
PAGES = 500  # pages of a PDF
HEADER_ROWS = 50  # first rows of a table in which the header may stand
SHOWN = 50  # keys and places that are named one by one

# What a child process that reads a workbook, a PDF, a page or a Parquet file may use.
MEMORY = 2 << 30  # bytes of address space
WALL_SECONDS = 45  # below the minute within which a command is judged
SECONDS_A_MEGABYTE = 2  # on top, as `workflows.doors.patience` grants a large file
TOO_MUCH = "is too large or takes too long to read"  # what is said when one of these ends the child
