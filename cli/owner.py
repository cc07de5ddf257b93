"""`owner`: who proves which attribute in which line of business; list, assign, reassign, dispute, waive, retry."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from cli.acting import ACT, Act, Intent, Setting, example, perform, reading
from cli.output import LOOK, Look, names, show
from models import errors

app = App(name="owner", help="Data owners: assign, reassign, dispute, waive, retry.")
Attribute = Annotated[list[str], Parameter(help="An attribute; may be repeated.")]
Line = Annotated[str, Parameter(help="A line of business.")]
AllOfLine = Annotated[str, Parameter(help="All pairs of this line of business that have no owner.")]
Person = Annotated[str, Parameter(help="The data owner.")]
_EMPTY: list[str] = []
_WORK = ("owner", "status", "cases", "open", "returned", "to_accept", "to_review", "concluded", "waived", "due_at",
         "asked_until")


@app.command(name="list", help_epilogue=example("owner list CYCLE --output csv"))
async def list_(
    cycle: str, /, *,
    work: Annotated[bool, Parameter(negative="", help="A row per owner: how far the work is.")] = False,
    look: Look = LOOK,
) -> None:
    """List the pairs of attribute and line of business with their owners; --work lists the owners instead."""
    from models.queries.cycles import cycle as cycle_named
    from models.queries.owners import OwnerLine, PairLine, owners, pairs

    async with reading() as session, session.reader.begin() as tx:
        await cycle_named(tx, cycle)
        if work:
            show("owner_work", await owners(tx, cycle), look, header=names(OwnerLine), columns=_WORK)
        else:
            show("owners", await pairs(tx, cycle), look, header=names(PairLine),
                 columns=("attribute", "line_of_business", "status", "owner", "cases", "open", "due_at"))


@app.command(help_epilogue=example("owner assign CYCLE --all-of-line 'Consumer Cards' --owner nina --as david"))
async def assign(
    cycle: str, /, *, attribute: Attribute = _EMPTY, line: Line = "", owner: Person = "", all_of_line: AllOfLine = "",
    sheet: Annotated[Path | None, Parameter(help="CSV with attribute, line_of_business and owner.")] = None,
    act: Act = ACT,
) -> None:
    """Name the owner of pairs; each owner's work starts at once."""
    from cli.pairs import pairs_named, pairs_of_sheet, pairs_without_owner
    from models.messages import Verb
    from models.payloads import Pairs

    ways = [bool(attribute), bool(all_of_line), sheet is not None]
    if sum(ways) != 1 or (sheet is None) != bool(owner) or bool(attribute) != bool(line):
        raise errors.BadInput(
            "say what to assign in one way",
            hint="--attribute A --line L --owner O, or --all-of-line L --owner O, or --sheet FILE",
        )
    listed = pairs_of_sheet(sheet) if sheet else pairs_named(attribute, line, owner)

    async def build(setting: Setting) -> Intent:
        found = await pairs_without_owner(setting, all_of_line, owner) if all_of_line else listed
        return Intent(payload=Pairs(pairs=tuple(found)))

    await perform(Verb.ASSIGN, cycle, act, build, phase="data_owner_id")


@app.command(help_epilogue=example("owner reassign CYCLE --from omar --owner nina --reason 'left the bank' --as david"))
async def reassign(
    cycle: str, /, *, attribute: Attribute = _EMPTY, line: Line = "",
    former: Annotated[str, Parameter(name="--from", help="Move all of this owner's pairs, in your lines.")] = "",
    owner: Annotated[str, Parameter(help="The owner who takes over.")], act: Act = ACT,
) -> None:
    """Move pairs to another owner; concluded cases and their evidence stay with the former one."""
    from cli.pairs import pairs_named, pairs_of_owner
    from models.messages import Verb
    from models.payloads import Pairs

    if bool(former) == bool(attribute) or (attribute and not line):
        raise errors.BadInput("say what to move in one way", hint="--from OWNER, or --attribute A --line L")
    if not act.reason.strip():
        raise errors.ReasonMissing("reassigning carries a reason", hint="--reason TEXT")

    async def build(setting: Setting) -> Intent:
        listed = pairs_named(attribute, line, owner)
        found = await pairs_of_owner(setting, former, owner, line) if former else listed
        return Intent(payload=Pairs(pairs=tuple(found)))

    await perform(Verb.ASSIGN, cycle, act, build, phase="data_owner_id")


@app.command(help_epilogue=example(
    "owner dispute CYCLE --attribute MaxAPR --line 'Consumer Cards' --reason 'not mine' --as nina"))
async def dispute(cycle: str, /, *, attribute: Attribute = _EMPTY, line: Line = "", act: Act = ACT) -> None:
    """Send pairs back to the data executive, as their owner: not mine, and why. Without pairs named, all of yours."""
    from cli.owners import acting_owner
    from cli.pairs import pairs_named
    from models.messages import Verb
    from models.payloads import Pairs

    if bool(attribute) != bool(line):
        raise errors.BadInput("a pair is an attribute and a line of business", hint="--attribute A --line L")

    async def build(setting: Setting) -> Intent:
        return Intent(payload=Pairs(pairs=tuple(pairs_named(attribute, line, ""))), scope=acting_owner(setting))

    await perform(Verb.DISPUTE, cycle, act, build, phase="data_owner_id")


@app.command(help_epilogue=example(
    "owner waive CYCLE --attribute MaxAPR --line 'Consumer Cards' --reason 'no system' --as david"))
async def waive(
    cycle: str, /, *, attribute: Attribute = _EMPTY, line: Line = "",
    owner: Annotated[str, Parameter(help="Give up this owner's failed work.")] = "", act: Act = ACT,
) -> None:
    """Declare pairs untestable (data executive), or give up an owner's failed work (tester), with a reason."""
    from cli.pairs import pairs_named
    from models.messages import Verb
    from models.payloads import Named, Pairs

    if bool(owner) == bool(attribute) or bool(attribute) != bool(line):
        raise errors.BadInput("say what to waive in one way", hint="--attribute A --line L, or --owner OWNER")

    async def build(_: Setting) -> Intent:
        return Intent(payload=Named(name=owner) if owner else Pairs(pairs=tuple(pairs_named(attribute, line, ""))))

    await perform(Verb.WAIVE_OWNER if owner else Verb.WAIVE_PAIRS, cycle, act, build, phase="data_owner_id")


@app.command(help_epilogue=example("owner retry CYCLE nina --as jane"))
async def retry(cycle: str, owner: str, /, *, act: Act = ACT) -> None:
    """Start a failed owner's work again."""
    from models.messages import Verb
    from models.payloads import Named

    async def build(_: Setting) -> Intent:
        return Intent(payload=Named(name=owner))

    await perform(Verb.RETRY_OWNER, cycle, act, build, phase="data_owner_id")
