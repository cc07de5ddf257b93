"""A source's extract for a line of business as it is handed in, and the supplement that puts right what it lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

from examples.fr_y_14m_d1.extracts import DELIVERIES, Extract, held
from examples.fr_y_14m_d1.flaws import MISSING_ROW, SECOND_ROW, UNREADABLE_CELL, Flaw
from examples.fr_y_14m_d1.portfolio import PERIOD
from examples.fr_y_14m_d1.tables import Heading, Put
from models.cycle_file import CycleFile

SUPPLEMENT = "supplement"


class Delivery:
    """Takes the accounts one by one; the supplement is opened when the first row of it turns up."""

    def __init__(self, extract: Extract, put: Put, supplement: Callable[[], Put]) -> None:
        self.extract, self.put = extract, put
        self._supplement = cache(supplement)

    def add(self, index: int, values: Mapping[str, str], flaw: Flaw | None = None) -> None:
        """One account as the source holds it, which the flaw may keep out, spoil or state a second time."""
        row = self.extract.row(held(values, index))
        kind = flaw.kind if flaw else ""
        if kind in (MISSING_ROW, UNREADABLE_CELL):
            self._supplement()(row)
        if flaw and kind == UNREADABLE_CELL:
            self.put(self.extract.row(held(values, index), unreadable=flaw.attribute))
        elif kind != MISSING_ROW:
            self.put(row)
        if flaw and kind == SECOND_ROW:
            self.put(self.extract.row(held({**values, flaw.attribute: flaw.value}, index)))


@contextmanager
def delivery(
    path: Path, source: str, line_of_business: str, *, extract: Extract, file: CycleFile
) -> Iterator[Delivery]:
    """Write an extract to `path` while the accounts stream by, and its supplement beside it, if it needs one."""
    titles = {one.name: one.title for one in file.sources}
    heading = Heading(
        columns=[column.name for column in extract.columns], kinds=[column.kind for column in extract.columns],
        institution=file.report.institution, system=titles[source].partition(",")[0],
        line_of_business=line_of_business, as_of=PERIOD,
    )
    supplement = beside(path, SUPPLEMENT)
    supplement.unlink(missing_ok=True)  # of an earlier build in the same folder
    with ExitStack() as files:
        put = files.enter_context(extract.form.open(path, heading))
        yield Delivery(extract, put, lambda: files.enter_context(extract.form.open(supplement, heading)))


def extract_path(target: Path, source: str, line_of_business: str) -> Path:
    """Where the extract of a source for a line of business lies."""
    form = DELIVERIES[source, line_of_business].form
    return target / "extracts" / f"{source}-{line_of_business.lower().replace(' ', '-')}{form.suffix}"


def beside(path: Path, word: str) -> Path:
    """Where another version of an extract lies: beside it, under the same name with that word."""
    stem, point, suffix = path.name.partition(".")
    return path.with_name(f"{stem}-{word}{point}{suffix}")
