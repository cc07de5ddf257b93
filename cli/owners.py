"""Whose work a command is about, when the person who acts leaves that out and the facts leave no doubt."""

from __future__ import annotations

from collections.abc import Sequence

from cli.acting import Setting
from models import errors
from models.queries.cases import cases
from models.queries.owners import owners

_ROLE = "data_owner"
_ASKED = ("open", "returned")


def acting_owner(setting: Setting) -> str:
    """Who acts, who must be a data owner: their run is the one that takes the command. Raises `WrongRole`."""
    person = setting.people.get(setting.actor)
    if person is None or _ROLE not in person.roles:
        has = f"is {', '.join(person.roles) or 'without a role'}" if person else "is not in this cycle"
        holders = [one.person for one in setting.people.values() if _ROLE in one.roles]
        raise errors.WrongRole(f"{setting.actor} {has}; this needs {_ROLE}", hint=f"held by {', '.join(holders)}")
    return setting.actor


async def owner_of_cases(setting: Setting, numbers: Sequence[str]) -> str:
    """The one owner of the named cases. Raises `NotFound`, `WrongState` or `BadInput` when there is not exactly one."""
    slug = setting.cycle.slug
    async with setting.session.reader.begin() as tx:
        found = {case.number: case.owner for case in await cases(tx, slug, numbers=numbers)}
    if missing := [number for number in numbers if number not in found]:
        raise errors.NotFound(f"not in {slug}: {', '.join(missing[:10])}", hint=f"starter.py case list {slug}")
    if free := [number for number, owner in found.items() if owner is None]:
        raise errors.WrongState(f"{', '.join(free[:10])} has no owner yet", hint=f"starter.py owner list {slug}")
    named = sorted({str(owner) for owner in found.values()})
    if len(named) > 1:
        raise errors.BadInput(f"these cases are of {', '.join(named)}", hint="name the cases of one owner at a time")
    return named[0]


async def open_cases_of(setting: Setting, records: Sequence[str], owner: str) -> tuple[str, ...]:
    """The numbers of the cases of records that wait for evidence. Raises `WrongState` naming a record without any."""
    slug = setting.cycle.slug
    async with setting.session.reader.begin() as tx:
        found = [case for case in await cases(tx, slug, owner=owner or None) if case.state in _ASKED]
    idle = sorted(set(records) - {case.record_key for case in found})
    if idle:
        raise errors.WrongState(f"no case of {idle[0]} waits for evidence", hint=f"starter.py case list {slug}")
    return tuple(case.number for case in found if case.record_key in records)


async def owner_with(setting: Setting, *states: str) -> str:
    """The one owner who has cases in these states. Raises `WrongState` when nobody has, `BadInput` when several do."""
    slug = setting.cycle.slug
    async with setting.session.reader.begin() as tx:
        named = [line.owner for line in await owners(tx, slug) if any(getattr(line, state) for state in states)]
    wanted = " or ".join(state.replace("_", " ") for state in states)
    if not named:
        raise errors.WrongState(f"no owner has cases {wanted}", hint=f"starter.py owner list {slug} --work")
    if len(named) > 1:
        raise errors.BadInput(f"several owners have cases {wanted}: {', '.join(named)}", hint="--owner OWNER")
    return named[0]
