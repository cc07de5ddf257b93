"""`observation`: list, edit. They are decided with `item decide` and approved with `version approve`, per owner."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from cli.acting import ACT, Act, Intent, Setting, example, perform, reading
from cli.fields import fields_of
from cli.heads import Number, current, draft_intent
from cli.output import LOOK, Look, names, show
from models import errors

app = App(name="observation", help="Observations of a data owner: list, edit.")
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
    """Change fields of an observation in the draft: FIELD=VALUE ..., such as root_cause or remediation_plan."""
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
