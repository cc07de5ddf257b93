"""The guides as a script: steps in comments of the pages, what is typed, what it shows, and how outputs are compared.

    <!-- step 120 -->                       the ```sh block that follows is typed; all pages together are one cycle
    <!-- step 120, exit 5 -->               its last command is refused, on purpose
    <!-- step 120, until "Scoping" -->      it is typed again until it shows this (a pattern)
    <!-- step 120, show 8+2 -->             recording keeps the first 8 lines of the output and the last 2
    <!-- step 125, fill FILE.xlsx verdict=reject reason="..." where key="..." -->   what a person does in a workbook
    <!-- step 130, unseen                   commands that the cycle needs and the page does not show
    assay ...
    -->

A ```text block after the commands is what the last of them shows; `...` there stands for lines that are left out.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import openpyxl

DOCS = Path(__file__).parents[2] / "docs"
# It is about another report, and has a test of its own.
ELSEWHERE = "your-own-report.md"
PAGES = (DOCS / "README.md", *(page for page in sorted((DOCS / "guides").glob("*.md")) if page.name != ELSEWHERE))
LEFT_OUT = "..."
_STEP = re.compile(
    r"<!-- step (?P<number>\d+)(?P<options>[^\n]*?)(?:\n(?P<unseen>[^`]*?))?-->\n"
    r"(?:\n?```sh\n(?P<commands>.*?)```\n(?:\n?```text\n(?P<shown>.*?)```\n)?)?", re.DOTALL)
_DAY = re.compile(r"\b20\d\d-\d\d-\d\d\b")
_RECORDED = re.compile(r"<!-- recorded (20\d\d-\d\d-\d\d)")
_FILL = re.compile(r", fill (?P<file>\S+) (?P<values>.*?)(?: where (?P<where>.*?))?\s*$")
_MASKS = (
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b(?=[a-f]*\d)[0-9a-f]{12,64}\b"), "#"),
    (re.compile(r"(?<=│ )[0-9a-f]+(?= +│)"), "#"),  # part of a hash that a cell breaks
    (re.compile(r"\b\d+ (?:d|h|min|s)\b(?: \d+ (?:h|min|s)\b)?"), "#"),
    (re.compile(r"\d[\d,.]*"), "#"),
    (re.compile(r"([ ─━])\1+"), r"\1"),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the cycle: what is typed or filled in, and what the page says of it."""

    page: Path
    number: int
    commands: tuple[str, ...]
    ends_with: int
    awaited: str
    kept: tuple[int, int] | None
    fill: str
    shown: str | None
    span: tuple[int, int]

    @property
    def place(self) -> str:
        """Where to find it."""
        return f"docs/{self.page.relative_to(DOCS)}, step {self.number}"


def steps() -> list[Step]:
    """Every step of all pages, in the order in which they happen."""
    return sorted((step for page in PAGES for step in steps_of(page)), key=lambda step: step.number)


def steps_of(page: Path) -> Iterator[Step]:
    """The steps of one page, as they stand there."""
    for found in _STEP.finditer(page.read_text(encoding="utf-8")):
        options = found["options"]
        kept = re.search(r", show (\d+)\+(\d+)", options)
        awaited = re.search(r', until "([^"]+)"', options)
        ends = re.search(r", exit (\d+)", options)
        yield Step(
            page=page, number=int(found["number"]), commands=_lines(found["commands"] or found["unseen"] or ""),
            ends_with=int(ends[1]) if ends else 0, awaited=awaited[1] if awaited else "",
            kept=(int(kept[1]), int(kept[2])) if kept else None, fill=options if ", fill " in options else "",
            shown=found["shown"], span=found.span("shown"))


def _lines(block: str) -> tuple[str, ...]:
    joined = block.replace("\\\n", " ").splitlines()
    return tuple(line.strip() for line in joined if line.strip() and not line.startswith(("#", "alias ")))


def recorded_on() -> date:
    """The day on which the pages' outputs were recorded; days in commands count from it."""
    found = _RECORDED.search(PAGES[0].read_text(encoding="utf-8"))
    assert found is not None
    return date.fromisoformat(found[1])


def moved(text: str, by: timedelta) -> str:
    """The text with its days moved, so that a day which lay ahead when the page was written still does."""
    return _DAY.sub(lambda day: (date.fromisoformat(day[0]) + by).isoformat(), text)


def fill_in(told: str) -> None:
    """Do what a person does in a workbook: type values into the rows that are meant, or into all without a verdict."""
    found = _FILL.search(told)
    assert found is not None, told
    values, where = (_fields(found[name] or "") for name in ("values", "where"))
    book = openpyxl.load_workbook(found["file"])
    page = book.worksheets[0]
    at = {str(cell.value).replace(" ", "_"): number for number, cell in enumerate(page[1], start=1)}
    rows = [row for row in range(2, page.max_row + 1)
            if all(str(page.cell(row, at[name]).value) == value for name, value in where.items())
            and (where or not page.cell(row, at["verdict"]).value)]
    assert rows, told
    for row in rows:
        for name, value in values.items():
            page.cell(row, at[name]).value = value
    book.save(found["file"])


def _fields(words: str) -> dict[str, str]:
    return {name: value for name, _, value in (word.partition("=") for word in shlex.split(words))}


def masked(line: str) -> str:
    """A line without what differs from run to run: numbers, times, hashes, ids, and the widths that follow."""
    for pattern, instead in _MASKS:
        line = pattern.sub(instead, line)
    return line.strip()


def agrees(written: str, shown: str) -> bool:
    """Whether an output is what the page says, lines left out at `...`."""
    lines = [masked(line) for line in shown.rstrip("\n").splitlines()]
    parts: list[list[str]] = [[]]
    for line in written.splitlines():
        if line.strip() == LEFT_OUT:
            parts.append([])
        else:
            parts[-1].append(masked(line))
    at = 0
    for place, part in enumerate(parts):
        last = place == len(parts) - 1
        starts = [at] if place == 0 else [len(lines) - len(part)] if last and part else range(at, len(lines) + 1)
        found = next((start for start in starts if start >= at and lines[start:start + len(part)] == part), None)
        if found is None:
            return False
        at = found + len(part)
    return at == len(lines) or not parts[-1]


def shortened(shown: str, kept: tuple[int, int] | None) -> str:
    """What the page keeps of an output."""
    lines = [line.rstrip() for line in shown.rstrip("\n").splitlines()]
    if kept and len(lines) > sum(kept) + 1:
        head, tail = kept
        lines = [*lines[:head], LEFT_OUT, *lines[len(lines) - tail:]]
    return "".join(f"{line}\n" for line in lines)


def rewrite(page: Path, outputs: dict[int, str], by: timedelta) -> None:
    """Put fresh outputs in place of those of a page, and move the days in its commands."""
    text = page.read_text(encoding="utf-8")
    for step in sorted(steps_of(page), key=lambda step: -step.span[0]):
        if step.shown is not None and step.number in outputs:
            begin, end = step.span
            text = text[:begin] + shortened(outputs[step.number], step.kept) + text[end:]
    text = re.sub(r"```sh\n.*?```", lambda block: moved(block[0], by), text, flags=re.DOTALL)
    page.write_text(moved_record(text, by), encoding="utf-8")


def moved_record(text: str, by: timedelta) -> str:
    """The page that says when it was recorded says so anew."""
    return _RECORDED.sub(lambda found: moved(found[0], by), text)


def untested(pages: Sequence[Path] = PAGES) -> list[str]:
    """Blocks of commands that no step runs."""
    return [f"docs/{page.relative_to(DOCS)}: {block.splitlines()[0]}" for page in pages
            for block in re.findall(r"```sh\n(.*?)```", _STEP.sub("", page.read_text(encoding="utf-8")), re.DOTALL)]
