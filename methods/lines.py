"""The lines of business of a report, held against the cycle file before a cycle starts.

Afterwards the file cannot be changed: a value without a line would stop Sample Selection, a line without people would
leave its cases with nobody to ask.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches

from methods.sampling import known_line
from models.cycle_file import CycleFile, LineOfBusiness, Role
from models.errors import MalformedCycleFile

_SHOWN = 5


def records_per_line(counts: Mapping[str, int], *, spec: LineOfBusiness) -> Mapping[str, int]:
    """Records of each line of business by name, from the records of each value of its column.

    Raises `MalformedCycleFile` with the values that have no line.
    """
    unknown = {value: count for value, count in counts.items() if not known_line(value, spec=spec)}
    if unknown:
        told = [f"{value!r} ({count:,} records)" for value, count in [*unknown.items()][:_SHOWN]]
        more = [f"and {len(unknown) - _SHOWN} more"] if len(unknown) > _SHOWN else []
        raise MalformedCycleFile(
            f"data.line_of_business does not know these values of column {spec.column!r}: {', '.join([*told, *more])}",
            hint="add them to its map, or state otherwise")
    lines = Counter[str]()
    for value, count in counts.items():
        lines[known_line(value, spec=spec) or ""] += count
    return dict(sorted(lines.items()))


def require_people(file: CycleFile, lines: Collection[str]) -> None:
    """Raise `MalformedCycleFile` unless each line of business has a data executive and a data owner."""
    problems = [*_unanswered(file, lines, "data_executive"), *_unanswered(file, lines, "data_owner")]
    if problems:
        raise MalformedCycleFile(f"people: {'; '.join(problems)}",
                                 hint="lines_of_business are named as the report has them; none means all")


def _unanswered(file: CycleFile, lines: Collection[str], role: Role) -> Iterator[str]:
    holders = [person for person in file.people if role in person.roles]
    if not all(person.lines_of_business for person in holders):
        return
    named = {line for person in holders for line in person.lines_of_business}
    for line in sorted(set(lines) - named):
        near = get_close_matches(line, sorted(named - set(lines)), n=1)
        meant = f" ({near[0]!r}, which is named, is none)" if near else ""
        yield f"line of business {line!r} has no {role}{meant}"
