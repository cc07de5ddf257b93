"""What a published quarter can lack: a schedule, a column, a name for a column, one filing per institution.

Every message names the schedule, the column and the file, so that the reader knows what to look for in the archive.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from models.errors import BadInput


class MissingSchedule(BadInput):
    """The quarter has no data file, no layout file or no records for a schedule that the cycle needs."""

    code = "missing_schedule"

    def __init__(self, *, schedule: str, lacks: str, present: Iterable[str]) -> None:
        found = ", ".join(sorted(present)) or "none"
        super().__init__(f"schedule {schedule} is missing: {lacks} (schedules found: {found})",
                         hint="use the whole archive of one quarter, data files and D_*.TXT layouts together")
        self.schedule = schedule


class MissingColumn(BadInput):
    """A schedule is there, but none of its files holds a column that the cycle needs."""

    code = "missing_column"

    def __init__(self, *, schedule: str, columns: Sequence[str], files: Iterable[str]) -> None:
        super().__init__(f"schedule {schedule} has no column {', '.join(columns)} (looked in {', '.join(files)})",
                         hint="the form of this quarter did not carry the column yet; use a later quarter")
        self.schedule, self.columns = schedule, tuple(columns)


class IncompleteQuarter(BadInput):
    """Several schedules or columns are missing at once; `missing` holds each."""

    code = "incomplete_quarter"

    def __init__(self, missing: Sequence[MissingSchedule | MissingColumn]) -> None:
        super().__init__("; ".join(error.message for error in missing), hint=missing[0].hint)
        self.missing = tuple(missing)


class ColumnCountMismatch(BadInput):
    """The layout's names and the data's columns cannot be brought together."""

    code = "column_count_mismatch"

    def __init__(self, *, schedule: str, layout: str, data: str, named: str, present: str) -> None:
        super().__init__(f"schedule {schedule}: layout {layout} names {named}, data file {data} holds {present}",
                         hint="the layout belongs to another quarter than the data, or a data line is damaged")
        self.schedule = schedule


class DuplicateInstitution(BadInput):
    """One institution stands twice in a schedule with different figures."""

    code = "duplicate_institution"

    def __init__(self, *, schedule: str, file: str, institution: str, records: Sequence[int]) -> None:
        lines = " and ".join(str(number) for number in records)
        super().__init__(f"schedule {schedule}: institution {institution} is filed differently in records {lines}"
                         f" of {file}", hint="remove the superseded record from the file and build again")
        self.schedule, self.institution = schedule, institution
