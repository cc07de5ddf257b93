"""`item add`, `edit`, `remove`, `request`: what is in a draft. A sample is named by its key, the rest is looked up."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from cli.acting import ACT, Act, Intent, Setting, perform, versioned
from cli.fields import KEYED, fields_of, named_by_key
from cli.files import read_small
from cli.heads import Number, Owner, Signal, current, draft_intent
from cli.sheets import read_sheet, refuse
from models import errors
from models.items import ITEM_TYPES, Item, Origin
from models.messages import Verb
from models.payloads import Contents, Keys

if TYPE_CHECKING:
    from models.phases import Phase

Sheet = Annotated[Path | None, Parameter(help="A CSV file with the columns record_key and reason.")]


async def add(
    cycle: str, phase: str, /, *words: str, sheet: Sheet = None, version: Number = None, owner: Owner = "",
    act: Act = ACT,
) -> None:
    """Add items to the draft: samples by record key, or from a sheet; any other item by FIELD=VALUE ...

    Adding an item is the tester's decision for it.
    """
    policy = versioned(phase, owner)
    origin = Origin.UPLOADED if sheet else Origin.TESTER
    payload = Contents(contents=_added(policy, words, sheet, act), origin=origin.value)

    async def build(setting: Setting) -> Intent:
        return draft_intent(await current(setting, policy, owner), payload, version=version)

    await perform(Verb.ADD, cycle, act, build, phase=policy.kind, scope=owner)


async def edit(
    cycle: str, phase: str, key: str, /, *words: str, version: Number = None, owner: Owner = "", act: Act = ACT,
) -> None:
    """Change fields of an item in the draft: FIELD=VALUE ... It becomes a new revision, pending for the approver."""
    policy = versioned(phase, owner)
    kind = ITEM_TYPES[policy.item]
    if not words:
        raise errors.BadInput("nothing is to be changed", hint=_fields(kind))
    payload = Contents(contents=({"key": key, "set": fields_of(kind, words)},))

    async def build(setting: Setting) -> Intent:
        return draft_intent(await current(setting, policy, owner), payload, version=version)

    await perform(Verb.EDIT, cycle, act, build, phase=policy.kind, scope=owner)


async def remove(
    cycle: str, phase: str, /, *keys: str, version: Number = None, owner: Owner = "", act: Act = ACT,
) -> None:
    """Take items out of the draft; they stay in lineage and may be added again."""
    policy = versioned(phase, owner)
    if not keys:
        raise errors.BadInput("no item is named", hint="KEY ...")

    async def build(setting: Setting) -> Intent:
        return draft_intent(await current(setting, policy, owner), Keys(keys=keys), version=version)

    await perform(Verb.REMOVE, cycle, act, build, phase=policy.kind, scope=owner)


async def request(
    cycle: str, phase: str, /, *words: str, sheet: Sheet = None, owner: Owner = "", signal: Signal = False,
    act: Act = ACT,
) -> None:
    """Ask, as the approver, for items that are missing; they land in the next draft, undecided."""
    policy = versioned(phase, owner)
    payload = Contents(contents=_added(policy, words, sheet, act), origin=Origin.REPORT_OWNER.value)

    async def build(_: Setting) -> Intent:
        return Intent(payload=payload)

    await perform(Verb.REQUEST, cycle, act, build, phase=policy.kind, scope=owner, signal=signal)


def _fields(kind: type[Item]) -> str:
    return f"FIELD=VALUE; fields: {', '.join(kind.model_fields)}"


def _added(policy: Phase, words: tuple[str, ...], sheet: Path | None, act: Act) -> tuple[dict[str, object], ...]:
    kind = ITEM_TYPES[policy.item]
    if bool(words) == bool(sheet):
        how = "KEY ..., or --sheet FILE" if named_by_key(kind) else _fields(kind)
        raise errors.BadInput("say what to add in one way", hint=how)
    if not named_by_key(kind):
        if sheet:
            raise errors.BadInput(f"{policy.title} takes no sheet of items", hint="FIELD=VALUE ...")
        return ({"set": fields_of(kind, words)},)
    if sheet:
        return tuple({"set": cells} for cells in _records(sheet))
    if not act.reason.strip():
        raise errors.ReasonMissing("a record that is added carries a reason", hint="--reason TEXT")
    return tuple({"set": {KEYED: key, "reason": act.reason}} for key in words)


def _records(sheet: Path) -> list[dict[str, str]]:
    lines = read_sheet(read_small(sheet, "the sheet"), name=sheet.name, wanted=(KEYED, "reason"))
    blank = [f"row {line.number}, column {name}: is blank"
             for line in lines for name in (KEYED, "reason") if not line.cells[name].strip()]
    refuse(blank, name=sheet.name, hint="every record needs its key and a reason")
    return [{KEYED: line.cells[KEYED], "reason": line.cells["reason"]} for line in lines]
