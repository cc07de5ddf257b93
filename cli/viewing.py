"""Who looks: a data owner sees the own cases only, and neither the reported nor the expected value, ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.output import Look
from models import errors
from models.phases import FOUNDATION

if TYPE_CHECKING:
    from models.database import Tx
    from models.phases import Phase
    from models.queries.people import PersonLine

_RESTRICTED = "data_owner"


async def viewer(tx: Tx, cycle: str, look: Look) -> PersonLine | None:
    """The person named by --as or ASSAY_ACTOR, if any. Raises `NotFound` for the cycle, `WrongRole` for a stranger."""
    from models.queries.cycles import cycle as cycle_named
    from models.queries.people import people
    from models.settings import Settings

    await cycle_named(tx, cycle)
    name = look.actor or Settings.load().actor
    everybody = await people(tx, cycle)
    if name and name not in everybody:
        raise errors.WrongRole(f"{name} is not in this cycle", hint=f"starter.py people list {cycle}")
    return everybody[name] if name else None


def is_owner(person: PersonLine | None) -> bool:
    """Whether the person is a data owner, and so sees no values."""
    return person is not None and _RESTRICTED in person.roles


def tells_values(phase: Phase) -> bool:
    """Whether items of the phase quote values: observations do, and so do the sections of the report."""
    return phase not in FOUNDATION


async def refuse_owners(tx: Tx, cycle: str, phase: Phase, look: Look) -> None:
    """Raise `WrongRole` where a data owner would see values: what was found is told to testers and approvers alone."""
    if tells_values(phase) and is_owner(await viewer(tx, cycle, look)):
        hint = f"starter.py case list {cycle} --mine"
        raise errors.WrongRole(f"{phase.title} is not shown to data owners", hint=hint)


def owner_to_show(person: PersonLine | None, owner: str) -> str | None:
    """Whose cases to show: a data owner's own, whoever is asked for; else those asked for, None for all."""
    if person is None or not is_owner(person):
        return owner or None
    if owner not in ("", person.person):
        raise errors.WrongRole(f"{person.person} is a data owner and sees the own cases only", hint="leave out --owner")
    return person.person
