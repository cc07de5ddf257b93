"""`people`: list who is in a cycle, and hand a role over."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from cli.acting import ACT, Act, Intent, Setting, example, perform, reading
from cli.output import LOOK, Look, names, show

app = App(name="people", help="Who is in a cycle; hand a role over.")


@app.command(name="list", help_epilogue=example("people list CYCLE"))
async def list_(cycle: str, /, *, look: Look = LOOK) -> None:
    """List everybody in a cycle with roles and lines of business."""
    from models.queries.cycles import cycle as cycle_named
    from models.queries.people import PersonLine, people

    async with reading() as session, session.reader.begin() as tx:
        await cycle_named(tx, cycle)
        found = list((await people(tx, cycle)).values())
    show("people", found, look, columns=("person", "name", "roles", "lines_of_business"), header=names(PersonLine))


@app.command(help_epilogue=example(
    "people reassign CYCLE --role data_executive --from david --successor grace --reason 'on leave' --as tara"))
async def reassign(
    cycle: str, /, *, role: Annotated[str, Parameter(help="The role that is handed over.")],
    former: Annotated[str, Parameter(name="--from", help="Who holds it.")],
    successor: Annotated[str, Parameter(help="Who takes it over.")], act: Act = ACT,
) -> None:
    """Hand a person's role to somebody else, with its lines of business. Data owners are moved by `owner reassign`."""
    from models.messages import Verb
    from models.payloads import Named

    async def build(_: Setting) -> Intent:
        return Intent(payload=Named(name=former, successor=successor, role=role))

    await perform(Verb.REASSIGN_PERSON, cycle, act, build)
