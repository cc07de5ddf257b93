"""A cycle file and what it names, read from bytes and held against each other before anything is started.

Every name that the cycle file uses must exist in the dictionary, every column in the report data.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

import yaml
from pydantic import ValidationError

from methods.delimited import read_delimited
from methods.dictionary import REQUIRED, parse_dictionary
from methods.proposals import check_own_rules
from methods.sampling.plans import planned_size, rule_of
from methods.sampling.tables import TABLES
from methods.text import counted
from models.cycle_file import CycleFile
from models.errors import BadInput, MalformedCycleFile
from models.items import Attribute

_GUIDE = "see docs/cycle-file.md"
_SHOWN = 10


def parse_cycle_file(data: bytes, *, name: str = "cycle file") -> CycleFile:
    """The cycle file in these bytes; raises `MalformedCycleFile` naming the field and what is wrong with it."""
    try:
        return CycleFile.model_validate(yaml.safe_load(data))
    except yaml.YAMLError as error:
        raise MalformedCycleFile(f"{name} is not YAML: {error}", hint=_GUIDE) from error
    except ValidationError as error:
        wrong = [f"{'.'.join(str(part) for part in e['loc']) or 'file'}: {e['msg']}" for e in error.errors()[:_SHOWN]]
        raise MalformedCycleFile(f"{name}: {'; '.join(wrong)}", hint=_GUIDE) from error


def read_dictionary(data: bytes, *, name: str = "the dictionary") -> tuple[Attribute, ...]:
    """The attributes in the bytes of a dictionary. Raises `MalformedCycleFile` with row and column."""
    table = read_delimited(data, name=name, wanted=REQUIRED, refuse=MalformedCycleFile)
    return parse_dictionary(cells for _, cells in table.rows())


def pinned(data: bytes, table_sha256: Mapping[str, str]) -> bytes:
    """The bytes of a cycle file that also say which tables stand beside the report; the same bytes where none do.

    Raises `MalformedCycleFile` for a file that nothing can be added to, such as one in braces.
    """
    if not table_sha256:
        return data
    if parse_cycle_file(data).table_sha256:
        raise MalformedCycleFile("table_sha256 is written by `cycle start`, not by hand", hint="remove it")
    lines = ["# Written when the cycle was started.", "table_sha256:",
             *(f"  {name}: {digest}" for name, digest in sorted(table_sha256.items()))]
    complete = data.rstrip() + "\n".join(["", *lines, ""]).encode()
    try:
        parse_cycle_file(complete)
    except MalformedCycleFile as error:
        why = "nothing can be added to the end of the cycle file, where the tables' hashes go"
        raise MalformedCycleFile(why, hint="write it in lines, without braces around it or `...` after it") from error
    return complete


def check_cycle(file: CycleFile, *, attributes: Sequence[Attribute], columns: Collection[str], name: str,
                beside: Mapping[str, Collection[str]] = MappingProxyType({})) -> None:
    """Hold a cycle file against its dictionary and the columns of its report data and of the tables beside it.

    Raises `MalformedCycleFile` with everything that does not fit, `UnusableRule` for a rule that does not compile.
    """
    problems = [*_missing_columns(file, attributes, columns), *_unknown_names(file, attributes)]
    if problems:
        more = [f"and {len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else []
        raise MalformedCycleFile(f"{name}: {'; '.join([*problems[:_SHOWN], *more])}", hint=_GUIDE)
    check_own_rules(file.rules, attributes=attributes, columns=columns, beside=beside)


def sampling_told(file: CycleFile, *, records: int) -> str:
    """How many of so many records the plan draws, and by which rule; '' for a plan that states its own size.

    Raises `MalformedCycleFile` when the method has no size for so many.
    """
    plan = file.sampling
    if plan.method not in (*TABLES, "attribute"):
        return ""
    try:
        return f"{planned_size(plan, records):,} of {counted(records, 'record')} {rule_of(plan, records)}"
    except BadInput as error:
        raise MalformedCycleFile(f"sampling.method {plan.method}: {error.message}", hint=error.hint) from error


def _missing_columns(file: CycleFile, attributes: Sequence[Attribute], columns: Collection[str]) -> Iterator[str]:
    for one in attributes:
        if one.source_column not in columns:
            yield f"the report data has no column {one.source_column!r} (line {one.line} of the dictionary, {one.name})"
    if file.data.line_of_business.column not in columns:
        yield f"data.line_of_business.column: the report data has no column {file.data.line_of_business.column!r}"
    yield from _absent("sampling", file.sampling.columns(), columns, "the report data has no column")


def _unknown_names(file: CycleFile, attributes: Sequence[Attribute]) -> Iterator[str]:
    known = {one.name for one in attributes}
    keys = {one.name for one in attributes if one.primary_key}
    for at, source in enumerate(file.sources):
        where = f"sources[{at}] ({source.name})"
        yield from _absent(f"{where}.columns", source.columns, known, "the dictionary has no attribute")
        yield from _absent(f"{where}.keys", source.keys, keys, "the dictionary has no primary key")
    yield from _absent("comparison", (n for n in file.comparison if n != "*"), known, "the dictionary has no attribute")
    for group, members in file.field_groups.items():
        yield from _absent(f"field_groups.{group}", members, known - keys, "the dictionary has no attribute to test")
    scoping = {"past_issues": file.scoping.past_issues, "always": file.scoping.always, "never": file.scoping.never}
    stated = (n for n in file.severity.materiality if n != "*")
    yield from _absent("severity.materiality", stated, known, "the dictionary has no attribute")
    for part, names in scoping.items():
        yield from _absent(f"scoping.{part}", names, known, "the dictionary has no attribute")


def _absent(where: str, names: Iterable[str], known: Collection[str], said: str) -> Iterator[str]:
    return (f"{where}: {said} {name!r}" for name in names if name not in known)
