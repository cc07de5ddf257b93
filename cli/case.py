"""`case`: list, show, waive; the sheet that an owner fills in; more time asked for, granted, refused."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from cli.acting import ACT, Act, Intent, Setting, example, perform, reading, who_acts
from cli.ages import day
from cli.output import LOOK, Look, names, say, show, show_one
from models import errors

app = App(name="case", help="Test cases: list, show, waive; more time for them; the sheet to fill in.")
_SHOWN = ("number", "record_key", "attribute", "line_of_business", "owner", "state", "due_at", "asked_until")
_ASKED = ("number", "owner", "status", "cases", "due_at", "until", "reason", "granted_until", "decided_by")
_SHOWN_TO_OWNER = ("number", "record_key", "attribute", "line_of_business", "state", "due_at", "asked_until",
                   "returned_because")
OwnerFlag = Annotated[str, Parameter(help="Only the cases of this data owner.")]
Record = Annotated[list[str], Parameter(help="All open cases of the record with this key; may be repeated.")]
_NONE: list[str] = []


@app.command(name="list", help_epilogue=example(
    "case list CYCLE --mine --source statements --template evidence.xlsx --as nina"))
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
        return f"none of {len(states):,} cases waits for you" if states else "no case waits for you"
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
async def waive(cycle: str, /, *numbers: str, record: Record = _NONE, owner: OwnerFlag = "", act: Act = ACT) -> None:
    """Take open cases out of the test, by number or all of a record, for a reason that stays in the report."""
    from cli.owners import open_cases_of, owner_of_cases
    from models.messages import Verb
    from models.payloads import Keys

    if bool(numbers) == bool(record):
        raise errors.BadInput("say which cases in one way", hint="NUMBER ..., or --record KEY")

    async def build(setting: Setting) -> Intent:
        named = numbers or await open_cases_of(setting, record, owner)
        return Intent(payload=Keys(keys=named), scope=owner or await owner_of_cases(setting, named))

    await perform(Verb.WAIVE_CASES, cycle, act, build, phase="request_info", scope=owner)


@app.command(help_epilogue=example("case extend CYCLE --until 2026-12-24 --reason 'archive is being moved' --as nina"))
async def extend(
    cycle: str, /, *numbers: str, until: Annotated[str, Parameter(help="The day asked for, YYYY-MM-DD.")],
    source: Annotated[str, Parameter(help="Only the open cases that this source proves.")] = "", act: Act = ACT,
) -> None:
    """Ask for more time for your open cases: those named, those of a source, or all. A tester grants or refuses."""
    from cli.owners import acting_owner
    from models.messages import Verb
    from models.payloads import Extension

    payload = Extension(until=day(until, "--until"), cases=numbers, source=source)

    async def build(setting: Setting) -> Intent:
        return Intent(payload=payload, scope=acting_owner(setting))

    await perform(Verb.EXTEND, cycle, act, build, phase="request_info")


@app.command(help_epilogue=example("case extensions CYCLE --waiting"))
async def extensions(
    cycle: str, /, *, owner: Annotated[str, Parameter(help="Only the requests of this data owner.")] = "",
    waiting: Annotated[bool, Parameter(negative="", help="Only those that wait for an answer.")] = False,
    look: Look = LOOK,
) -> None:
    """List who asked for more time, until when and why, and what became of it. A data owner sees the own requests."""
    from cli.viewing import owner_to_show, viewer
    from models.queries.extensions import ExtensionLine
    from models.queries.extensions import extensions as asked

    async with reading() as session, session.reader.begin() as tx:
        whose = owner_to_show(await viewer(tx, cycle, look), owner)
        found = await asked(tx, cycle, owner=whose, waiting=waiting)
    show("extensions", found, look, columns=_ASKED, header=names(ExtensionLine))


@app.command(help_epilogue=example("case grant CYCLE 1 --until 2026-12-18 --as jane"))
async def grant(
    cycle: str, number: int, /, *, act: Act = ACT,
    until: Annotated[str, Parameter(help="Another day than was asked for, YYYY-MM-DD.")] = "",
) -> None:
    """Grant more time: the cases of an extension that are still open are due at the end of that day (UTC)."""
    from models.messages import Verb
    from models.payloads import ExtensionVerdict

    payload = ExtensionVerdict(number=number, until=day(until, "--until") if until else None)

    async def build(setting: Setting) -> Intent:
        return Intent(payload=payload, scope=await _asking(setting, number))

    await perform(Verb.GRANT_EXTENSION, cycle, act, build, phase="request_info")


@app.command(help_epilogue=example("case refuse CYCLE 1 --reason 'the report is due before' --as jane"))
async def refuse(cycle: str, number: int, /, *, act: Act = ACT) -> None:
    """Refuse more time, with a reason: the cases stay due as they are."""
    from models.messages import Verb
    from models.payloads import ExtensionVerdict

    async def build(setting: Setting) -> Intent:
        return Intent(payload=ExtensionVerdict(number=number), scope=await _asking(setting, number))

    await perform(Verb.REFUSE_EXTENSION, cycle, act, build, phase="request_info")


async def _asking(setting: Setting, number: int) -> str:
    """The owner who asked for an extension, whose run takes the answer; raises `NotFound`."""
    from models.queries.extensions import extensions as asked

    slug = setting.cycle.slug
    async with setting.session.reader.begin() as tx:
        found = {line.number: line.owner for line in await asked(tx, slug)}
    if number not in found:
        raise errors.NotFound(f"there is no extension {number} in {slug}", hint=f"starter.py case extensions {slug}")
    return found[number]
