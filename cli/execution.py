"""`execution`: list, review, rerun."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from cyclopts import App, Parameter

from cli.acting import ACT, Act, Intent, Setting, example, perform, reading
from cli.output import LOOK, Look, names, show
from models import errors

app = App(name="execution", help="Executed tests: list, review, rerun.")
OwnerFlag = Annotated[str, Parameter(help="The data owner whose cases are meant.")]
Cases = Annotated[list[str], Parameter(name="--case", help="A case by number; may be repeated.")]
Outcomes = Annotated[list[str], Parameter(name="--outcome", help="Cases with this outcome; may be repeated.")]
_ALL: list[str] = []
_REVIEWABLE = ("to_review",)
_RUNNABLE = ("to_accept", "to_review", "concluded", "returned")
_SHOWN = ("number", "key", "attribute", "owner", "reported", "evidence", "outcome", "locator", "state", "conclusion")
# What would tell a data owner the value as filed.
_WITHHELD = ("reported", "reason", "conclusion")


@app.command(name="list", help_epilogue=example("execution list CYCLE --output csv"))
async def list_(
    cycle: str, /, *, owner: OwnerFlag = "",
    state: Annotated[str, Parameter(help="Only cases in this state, such as to_review.")] = "",
    outcome: Annotated[str, Parameter(help="Only cases with this outcome, such as mismatch.")] = "",
    look: Look = LOOK,
) -> None:
    """List every case with what its test found; a data owner sees the own cases, without the values as filed."""
    from cli.viewing import is_owner, owner_to_show, viewer
    from models.queries.executions import ExecutionLine, executions

    async with reading() as session, session.reader.begin() as tx:
        person = await viewer(tx, cycle, look)
        whose = owner_to_show(person, owner)
        found = await executions(tx, cycle, owner=whose, state=state or None, outcome=outcome or None)
    withheld = _WITHHELD if is_owner(person) else ()
    header = tuple(name for name in names(ExecutionLine) if name not in withheld)
    rows = [{name: getattr(line, name) for name in header} for line in found]
    show("executions", rows, look, columns=[name for name in _SHOWN if name in header], header=header)


@app.command(help_epilogue=example("execution review CYCLE --owner nina --outcome match --outcome mismatch --as jane"))
async def review(
    cycle: str, /, *, owner: OwnerFlag = "", case: Cases = _ALL, outcome: Outcomes = _ALL,
    conclude: Annotated[str, Parameter(help="match or mismatch, for cases that need a person's judgement.")] = "",
    act: Act = ACT,
) -> None:
    """Confirm results on accepted evidence; without cases or outcomes all that wait.

    Cases that need review are concluded: --case NUMBER --conclude mismatch --reason TEXT.
    """
    from models.messages import Verb

    async def build(setting: Setting) -> Intent:
        return await _selected(setting, owner, case, outcome, _REVIEWABLE, conclude)

    await perform(Verb.REVIEW, cycle, act, build, phase="test_execution", scope=owner)


@app.command(help_epilogue=example("execution rerun CYCLE --case TC-00001 --as jane"))
async def rerun(
    cycle: str, /, *, owner: OwnerFlag = "", case: Cases = _ALL, outcome: Outcomes = _ALL, act: Act = ACT,
) -> None:
    """Run tests again on the evidence they have; their results count as new and are reviewed anew."""
    from models.messages import Verb

    async def build(setting: Setting) -> Intent:
        return await _selected(setting, owner, case, outcome, _RUNNABLE, "")

    if not case and not outcome:
        raise errors.BadInput("say which tests to run again", hint="--case NUMBER, or --outcome OUTCOME")
    await perform(Verb.RERUN, cycle, act, build, phase="test_execution", scope=owner)


async def _selected(
    setting: Setting, owner: str, cases: Sequence[str], outcomes: Sequence[str], states: Sequence[str], conclusion: str
) -> Intent:
    """The selection with the number of cases that it means now, so that one which has grown since is refused."""
    from cli.owners import owner_of_cases, owner_with
    from models.payloads import CaseSelection
    from models.queries.executions import executions

    if not owner:
        owner = await owner_of_cases(setting, cases) if cases else await owner_with(setting, *states)
    async with setting.session.reader.begin() as tx:
        found = await executions(tx, setting.cycle.slug, owner=owner)
    fitting = [line for line in found if line.state in states
               and (not cases or line.number in cases) and (not outcomes or line.outcome in outcomes)]
    payload = CaseSelection(cases=tuple(cases), outcomes=tuple(outcomes), conclusion=conclusion, expected=len(fitting))
    return Intent(payload=payload, scope=owner)
