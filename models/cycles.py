"""Who is who and what state a cycle is in: the facts that every command is judged by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from models import errors
from models.database import Tx, one, rows


@dataclass(frozen=True, slots=True)
class CycleRow:
    """A test cycle's header and whether it still takes commands."""

    id: int
    slug: str
    cycle: str
    report: str
    name: str
    cycle_file_sha256: str
    dictionary_sha256: str
    report_sha256: str
    outcome: str | None
    held: bool


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person as of now; the latest row counts."""

    person: str
    name: str
    roles: tuple[str, ...]
    lines_of_business: tuple[str, ...]

    def covers(self, line_of_business: str) -> bool:
        """Whether the line is theirs; somebody without stated lines covers all."""
        return not self.lines_of_business or line_of_business in self.lines_of_business


_CYCLE = """
select c.id, c.slug, c.cycle, c.report, c.name, c.cycle_file_sha256, c.dictionary_sha256, c.report_sha256, z.outcome,
       coalesce((select held from cycle_hold h where h.cycle = c.id order by h.id desc limit 1), false) as held
  from cycle_report c left join cycle_closing z on z.cycle = c.id where c.slug = :slug
"""


async def find_cycle(tx: Tx, slug: str) -> CycleRow:
    """The cycle of that name; raises `NotFound`."""
    row = await one(tx, _CYCLE, slug=slug)
    if row is None:
        raise errors.NotFound(f"there is no cycle {slug!r}", hint="starter.py cycle list")
    return CycleRow(*row)


async def people(tx: Tx, cycle: int) -> dict[str, PersonRow]:
    """Everybody in a cycle, by id."""
    found = await rows(
        tx,
        "select distinct on (person) person, name, roles, lines_of_business from person where cycle = :c"
        " order by person, id desc",
        c=cycle,
    )
    return {
        row.person: PersonRow(row.person, row.name, tuple(row.roles), tuple(row.lines_of_business)) for row in found
    }


async def roles_of(tx: Tx, slug: str, who: str) -> str:
    """The roles that somebody holds in a cycle as of now, in words; nothing for a stranger or an unknown cycle."""
    found = await rows(
        tx,
        "select p.roles from person p join cycle_report c on c.id = p.cycle where c.slug = :slug and p.person = :who"
        " order by p.id desc limit 1",
        slug=slug,
        who=who,
    )
    return ", ".join(found[0].roles) if found else ""


def require_role(everybody: dict[str, PersonRow], who: str, wanted: Iterable[str]) -> PersonRow:
    """The person, who must hold one of the roles; raises `WrongRole` naming who does."""
    roles = tuple(wanted)
    person = everybody.get(who)
    if person is not None and set(roles) & set(person.roles):
        return person
    holders = [p.person for p in everybody.values() if set(roles) & set(p.roles)]
    has = f"is {', '.join(person.roles) or 'without a role'}" if person else "is not in this cycle"
    raise errors.WrongRole(
        f"{who} {has}; this needs {' or '.join(roles)}",
        hint=f"held by {', '.join(holders) or 'nobody'}: --as {holders[0] if holders else '...'}",
    )
