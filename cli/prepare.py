"""From a cycle file on disk to the input of a cycle: everything that can be checked is, then the bytes are stored.

Nothing is stored before all files have passed. What tables stand beside the report is noted in the stored cycle file,
so that its hash is theirs too.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cli.files import count_values, read_header_of, read_small, require_file
from methods.cycle_files import check_cycle, parse_cycle_file, pinned, read_dictionary, sampling_told
from methods.delimited import read_delimited
from methods.formats import format_expression
from methods.lines import records_per_line, require_people
from methods.rule_tables import HEADER
from models import errors
from models.cycle_file import CycleFile
from models.items import Attribute
from models.messages import CycleInput
from models.store import ContentStore, file_sha256

if TYPE_CHECKING:
    from activities.report_files import TextFile

STARTERS = ("tester", "test_executive")
_AMENDMENT = re.compile(r"^(?P<first>.+):a(?P<number>[1-9]\d*)$")


@dataclass(frozen=True, slots=True)
class Inputs:
    """The files of a cycle, checked and not yet stored; `tables` are those beside the report, by name.

    `read_as` is what the report data was found to be, in words.
    """

    slug: str
    file: CycleFile
    cycle_file: bytes
    dictionary: bytes
    report: Path
    read_as: str
    attributes: tuple[Attribute, ...]
    lines: Mapping[str, int]
    tables: Mapping[str, Path]


async def prepare_cycle(store: ContentStore, cycle_file_path: Path, *, actor: str, amends: str = "") -> CycleInput:
    """Check and store the files of a cycle. `amends` is the finished cycle that this one corrects.

    Raises `UnusableFile`, `MalformedCycleFile`, `UnusableRule`, `WrongRole`.
    """
    inputs = read_inputs(cycle_file_path, actor=actor, amends=amends)
    return await store_inputs(store, inputs, actor=actor, amends=amends)


def read_inputs(cycle_file_path: Path, *, actor: str, amends: str = "") -> Inputs:
    """The files of a cycle, held against each other; nothing is stored."""
    data = read_small(cycle_file_path, "the cycle file")
    file = parse_cycle_file(data, name=cycle_file_path.name)
    require_starter(file, actor)
    folder = cycle_file_path.parent
    dictionary, report = folder / file.data.dictionary, folder / file.data.report
    listed = read_small(dictionary, "the dictionary")
    require_file(report, "the report data")
    attributes = read_dictionary(listed, name=dictionary.name)
    tables = {name: require_file(folder / path, f"the table {name}") for name, path in file.data.tables.items()}
    with tempfile.TemporaryDirectory(prefix="assay-input-") as scratch:
        filed = _as_text(report, "the report data", Path(scratch), encoding=file.data.encoding)
        texts = {name: _as_text(path, f"the table {name}", Path(scratch)).path for name, path in tables.items()}
        check_cycle(file, attributes=attributes, columns=read_header_of(filed.path), name=cycle_file_path.name,
                    beside={name: read_header_of(path) for name, path in texts.items()})
        _require_one_header(texts)
        lines = _lines(file, filed.path)
    sampling_told(file, records=sum(lines.values()))
    noted = pinned(data, {name: file_sha256(path) for name, path in tables.items()})
    return Inputs(slug_of(file, amends=amends), file, noted, listed, report, filed.read_as, attributes, lines, tables)


def _as_text(path: Path, what: str, folder: Path, *, encoding: str = "") -> TextFile:
    from activities.report_files import as_text

    return as_text(path, name=f"{what} {str(path)!r}", folder=folder, encoding=encoding)


def _require_one_header(tables: Mapping[str, Path]) -> None:
    if HEADER in tables:
        path = tables[HEADER]
        count = sum(1 for _ in read_delimited(read_small(path, "the header record"), name=path.name).rows())
        if count != 1:
            raise errors.UnusableFile(f"{path.name}: it has {count:,} header records", hint="supply exactly one")


def _lines(file: CycleFile, report: Path) -> Mapping[str, int]:
    """Records of each line of business, all of which have their people."""
    spec = file.data.line_of_business
    lines = records_per_line(count_values(report, spec.column), spec=spec)
    require_people(file, lines)
    return lines


def told_by(inputs: Inputs) -> Mapping[str, str]:
    """What the files say, for who wants to see that they are understood before anything is started."""
    kinds = inputs.attributes
    proved = {name for source in inputs.file.sources for name in source.columns}
    unread = [one.name for one in kinds if one.format and format_expression(one.format, column=one.name) is None]
    records = sum(inputs.lines.values())
    sampled = sampling_told(inputs.file, records=records)
    return {
        "slug": inputs.slug,
        "report_data": inputs.read_as,
        "records": f"{records:,}",
        "lines_of_business": ", ".join(f"{line} ({count:,})" for line, count in inputs.lines.items()),
        "attributes": f"{len(kinds)}, {sum(one.critical for one in kinds)} critical, {len(proved)} with a source",
        "primary_key": ", ".join(one.name for one in kinds if one.primary_key),
        "own_rules": str(len(inputs.file.rules)),
        **({"tables_beside": ", ".join(inputs.tables)} if inputs.tables else {}),
        "format_not_checked": ", ".join(unread) or "none",
        **({"sampling": sampled} if sampled else {}),
    }


async def store_inputs(store: ContentStore, inputs: Inputs, *, actor: str, amends: str = "") -> CycleInput:
    """Store the files under their SHA-256."""
    for path in inputs.tables.values():
        await asyncio.to_thread(store.put_file, path)
    return CycleInput(
        slug=inputs.slug, started_by=actor, amends=amends,
        cycle_file_sha256=store.put(inputs.cycle_file), dictionary_sha256=store.put(inputs.dictionary),
        report_sha256=await asyncio.to_thread(store.put_file, inputs.report),
    )


def require_starter(file: CycleFile, actor: str) -> None:
    """Raise `WrongRole` unless the actor may start this cycle."""
    holders = [person.id for person in file.people if set(person.roles) & set(STARTERS)]
    if actor not in holders:
        raise errors.WrongRole(
            f"{actor} is no {' or '.join(STARTERS)} in the cycle file", hint=f"--as {holders[0] if holders else '...'}"
        )


def slug_of(file: CycleFile, *, amends: str = "") -> str:
    """`cycle:report`, and `:a1`, `:a2` ... for its amendments. Raises `BadInput` when `amends` is another report's."""
    first = f"{file.cycle}:{file.report.id}"
    if not amends:
        return first
    found = _AMENDMENT.match(amends)
    if (found["first"] if found else amends) != first:
        why = f"the cycle file is of {first}, which is no correction of {amends}"
        raise errors.BadInput(why, hint="starter.py cycle list")
    return f"{first}:a{int(found['number']) + 1 if found else 1}"
