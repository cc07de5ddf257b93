"""`case`: list, show, waive; and the sheet that an owner fills in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from cli.acting import ACT, Act, Intent, Setting, example, perform, reading, who_acts
from cli.output import LOOK, Look, names, say, show, show_one
from models import errors

app = App(name="case", help="Test cases: list, show, waive; the sheet that an owner fills in.")
_SHOWN = ("number", "record_key", "attribute", "line_of_business", "owner", "state", "due_at")
_SHOWN_TO_OWNER = ("number", "record_key", "attribute", "line_of_business", "state", "due_at", "returned_because")
OwnerFlag = Annotated[str, Parameter(help="Only the cases of this data owner.")]


@app.command(name="list", help_epilogue=example("case list CYCLE --mine --template evidence.xlsx --as nina"))
async def list_(
    cycle: str, /, *, owner: OwnerFlag = "",
    mine: Annotated[bool, Parameter(negative="", help="Only the cases of who acts.")] = False,
    state: Annotated[str, Parameter(help="Only cases in this state, such as open or returned.")] = "",
    template: Annotated[Path | None, Parameter(help="Write the sheet to fill in: a new .xlsx or .csv.")] = None,
    source: Annotated[str, Parameter(help="The source that the sheet is for, where there are several.")] = "",
    look: Look = LOOK,
) -> None:
    """List test cases. A data owner sees keys, due dates and instructions, never a reported value.

    With --template: key columns as the source wants them, one row per key, the attribute columns empty. A workbook
    has a sheet with instructions too; both are read back by `evidence upload`.
    """
    from cli.templates import write_template
    from cli.viewing import is_owner, owner_to_show, viewer
    from models.queries.cases import CaseLine, OwnerCase, cases, owner_cases

    async with reading() as session, session.reader.begin() as tx:
        person = await viewer(tx, cycle, look)
        whose = who_acts(look) if mine else owner_to_show(person, owner)
        if template is not None:
            if whose is None:
                raise errors.BadInput("a sheet is for one data owner", hint="--mine --as OWNER, or --owner OWNER")
            say(await write_template(session, tx, cycle, owner=whose, source=source, path=template))
        elif whose is not None and is_owner(person):
            own = await owner_cases(tx, cycle, owner=whose, state=state or None)
            show("owner_cases", own, look, columns=_SHOWN_TO_OWNER, header=names(OwnerCase))
            say(_what_next(cycle, [case.state for case in own]))
        else:
            found = await cases(tx, cycle, owner=whose, state=state or None)
            show("cases", found, look, columns=_SHOWN, header=names(CaseLine))


def _what_next(cycle: str, states: list[str]) -> str:
    """How many cases wait for the owner, and the two commands that answer them."""
    waiting = sum(state in ("open", "returned") for state in states)
    if not waiting:
        return f"none of {len(states)} cases waits for you"
    return (f"{waiting} of {len(states)} cases wait for your evidence: hand in an extract or documents with "
            f"`starter.py evidence upload {cycle} FILE ...`, or fill in `--template evidence.xlsx`")


@app.command(name="show", help_epilogue=example("case show CYCLE TC-00001"))
async def show_(cycle: str, number: str, /, *, look: Look = LOOK) -> None:
    """Show one case: what is asked, what was handed in, what the test found, what was concluded."""
    from cli.viewing import is_owner, owner_to_show, viewer
    from models.queries.cases import cases, owner_cases

    async with reading() as session, session.reader.begin() as tx:
        person = await viewer(tx, cycle, look)
        whose = owner_to_show(person, "")
        found: list[object] = []
        if whose is not None and is_owner(person):
            found.extend(await owner_cases(tx, cycle, owner=whose, numbers=[number]))
        else:
            found.extend(await cases(tx, cycle, numbers=[number]))
    if not found:
        raise errors.NotFound(f"there is no case {number!r} in {cycle}", hint=f"starter.py case list {cycle}")
    show_one("case", found[0], look)


@app.command(help_epilogue=example("case waive CYCLE TC-00001 TC-00007 --reason 'account closed' --as jane"))
async def waive(cycle: str, /, *numbers: str, owner: OwnerFlag = "", act: Act = ACT) -> None:
    """Take open cases out of the test, for a reason that stays in the report."""
    from cli.owners import owner_of_cases
    from models.messages import Verb
    from models.payloads import Keys

    if not numbers:
        raise errors.BadInput("no case is named", hint="NUMBER ...")

    async def build(setting: Setting) -> Intent:
        return Intent(payload=Keys(keys=numbers), scope=owner or await owner_of_cases(setting, numbers))

    await perform(Verb.WAIVE_CASES, cycle, act, build, phase="request_info", scope=owner)
