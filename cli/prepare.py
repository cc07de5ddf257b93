"""From a cycle file on disk to the input of a cycle: everything that can be checked is, then the bytes are stored.

Nothing is stored before all three files have passed.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path

from cli.files import read_header_of, read_small, require_text
from methods.cycle_files import check_cycle, parse_cycle_file, read_dictionary
from models import errors
from models.cycle_file import CycleFile
from models.messages import CycleInput
from models.store import ContentStore

STARTERS = ("tester", "test_executive")
_AMENDMENT = re.compile(r"^(?P<first>.+):a(?P<number>[1-9]\d*)$")


@dataclass(frozen=True, slots=True)
class Inputs:
    """The three files of a cycle, checked and not yet stored."""

    slug: str
    file: CycleFile
    cycle_file: bytes
    dictionary: bytes
    report: Path


async def prepare_cycle(store: ContentStore, cycle_file_path: Path, *, actor: str, amends: str = "") -> CycleInput:
    """Check and store the three files of a cycle. `amends` is the finished cycle that this one corrects.

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
    require_text(report, "the report data")
    attributes = read_dictionary(listed, name=dictionary.name)
    check_cycle(file, attributes=attributes, columns=read_header_of(report), name=cycle_file_path.name)
    return Inputs(slug_of(file, amends=amends), file, data, listed, report)


async def store_inputs(store: ContentStore, inputs: Inputs, *, actor: str, amends: str = "") -> CycleInput:
    """Store the files under their SHA-256."""
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
