"""`observation`: list, edit; for data owners: mine, dispute. Decided with `item decide` and `version approve`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from cli.acting import ACT, Act, Intent, Setting, example, perform, reading
from cli.fields import fields_of
from cli.heads import Number, current, draft_intent
from cli.output import LOOK, Look, names, show
from models import errors

if TYPE_CHECKING:
    from models.database import Tx

app = App(name="observation", help="Observations of a data owner: list, edit, dispute.")
OwnerFlag = Annotated[str, Parameter(help="The data owner whose observations are meant.")]
_SHOWN = ("owner", "version", "status", "key", "severity", "verdict", "findings", "remediation_due")


@app.command(name="list", help_epilogue=example("observation list CYCLE --owner nina"))
async def list_(cycle: str, /, *, owner: OwnerFlag = "", look: Look = LOOK) -> None:
    """List observations as they stand, the gravest first. They hold reported values, so data owners do not see them."""
    from cli.viewing import is_owner, viewer
    from models.queries.observations import ObservationLine, observations

    async with reading() as session, session.reader.begin() as tx:
        if is_owner(await viewer(tx, cycle, look)):
            hint = f"starter.py case list {cycle} --mine"
            raise errors.WrongRole("observations are not shown to data owners", hint=hint)
        found = await observations(tx, cycle, owner=owner or None)
    show("observations", found, look, columns=_SHOWN, header=names(ObservationLine))


@app.command(help_epilogue=example(
    "observation edit CYCLE 'CurrentCreditLimit | Consumer Cards' root_cause=typo --owner nina --as jane"))
async def edit(
    cycle: str, key: str, /, *words: str, owner: Annotated[str, Parameter(help="The data owner.")],
    version: Number = None, act: Act = ACT,
) -> None:
    """Change fields of an observation in the draft: FIELD=VALUE ..., such as root_cause or remediation_plan.

    A severity other than the proposed one carries its severity_reason in the same command.
    """
    from models.items import Observation
    from models.messages import Verb
    from models.payloads import Contents
    from models.phases import OWNER_ROUND

    if not words:
        fields = ", ".join(Observation.model_fields)
        raise errors.BadInput("nothing is to be changed", hint=f"FIELD=VALUE; fields: {fields}")
    payload = Contents(contents=({"key": key, "set": fields_of(Observation, words)},))

    async def build(setting: Setting) -> Intent:
        return draft_intent(await current(setting, OWNER_ROUND, owner), payload, version=version)

    await perform(Verb.EDIT, cycle, act, build, phase=OWNER_ROUND.kind, scope=owner)


@app.command(help_epilogue=example("observation mine CYCLE --as nina"))
async def mine(cycle: str, /, *, look: Look = LOOK) -> None:
    """List your own observations as a data owner: without reported values, nor texts that may quote them."""
    from cli.viewing import is_owner, viewer
    from models.queries.observations import OwnersLine, owners_lines

    async with reading() as session, session.reader.begin() as tx:
        person = await viewer(tx, cycle, look)
        if person is None or not is_owner(person):
            raise errors.WrongRole("this is what a data owner sees", hint=f"starter.py observation list {cycle}")
        found = await owners_lines(tx, cycle, owner=person.person)
    show("own_observations", found, look, columns=(*_SHOWN[1:-2], "dispute", *_SHOWN[-2:]), header=names(OwnersLine))


@app.command(help_epilogue=example(
    "observation dispute CYCLE 'CurrentCreditLimit | Consumer Cards' 'the extract is stale' --as nina"))
async def dispute(cycle: str, key: str, text: str, /, *, act: Act = ACT) -> None:
    """Say, as its data owner, why an observation is wrong. It cannot be approved before the tester has answered.

    An answer is the tester's `item comment` or new content; the report owner may also decide that it is no issue.
    """
    from cli.owners import acting_owner
    from models.messages import Verb
    from models.payloads import Note
    from models.phases import OWNER_ROUND

    payload = Note(key=key, text=text, question=True, dispute=True)

    async def build(setting: Setting) -> Intent:
        return Intent(payload=payload, scope=acting_owner(setting))

    await perform(Verb.COMMENT, cycle, act, build, phase=OWNER_ROUND.kind)


@app.command(help_epilogue=example("observation resolved CYCLE --owner nina"))
async def resolved(cycle: str, /, *, owner: OwnerFlag = "", look: Look = LOOK) -> None:
    """List findings that a retest has resolved: by which execution of which case, on which document."""
    from models.queries.resolved import ResolvedLine
    from models.queries.resolved import resolved as findings

    async with reading() as session, session.reader.begin() as tx:
        found = await findings(tx, await _told_in(tx, cycle, look), owner=owner or None)
    show("resolved", found, look, header=names(ResolvedLine),
         columns=("owner", "key", "case_number", "run", "document", "revision_number", "executed_at"))


@app.command(help_epilogue=example("observation carried CYCLE"))
async def carried(cycle: str, /, *, look: Look = LOOK) -> None:
    """List what earlier cycles of the report left unresolved, and what this cycle's tests say of it.

    `open`: not tested in this cycle, it carries into the next; `recurs`: a case failed again; `resolved`: all tested
    cases of the attribute in the line of business passed, the last of them as named.
    """
    from models.queries.carried import CarriedLine
    from models.queries.carried import carried as observations

    async with reading() as session, session.reader.begin() as tx:
        found = await observations(tx, await _told_in(tx, cycle, look))
    show("carried", found, look, header=names(CarriedLine),
         columns=("from_cycle", "owner", "key", "severity", "remediation_due", "state", "case_number", "run"))


async def _told_in(tx: Tx, cycle: str, look: Look) -> int:
    """The id of a cycle of which somebody else than a data owner asks."""
    from cli.viewing import refuse_owners
    from models.phases import OWNER_ROUND
    from models.queries.cycles import cycle as cycle_named

    await refuse_owners(tx, cycle, OWNER_ROUND, look)
    return (await cycle_named(tx, cycle)).id
