"""`version`: open, show, submit, approve, reject, withdraw, results."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from cli.acting import ACT, Act, Intent, Setting, example, perform, versioned
from cli.heads import AllOwners, Content, Number, Owner, Signal, alone, approver_intent, current, draft_intent
from models import errors

app = App(name="version", help="Versions of a phase: open, show, submit, approve, reject, withdraw; compare.")
app.command("cli.results:results", name="results",
            help_epilogue=example("version results CYCLE data_profiling --output csv --keys"))
app.command("cli.changes:history", name="history", help_epilogue=example("version history CYCLE sample_selection"))
app.command("cli.changes:diff", name="diff", help_epilogue=example("version diff CYCLE scoping v1 v2 --only changed"))


@app.command(name="open", help_epilogue=example("version open CYCLE scoping --as jane"))
async def open_(
    cycle: str, phase: str, /, *, owner: Owner = "",
    parent: Annotated[int | None, Parameter(name="--from", help="Cut from this version, not from the latest.")] = None,
    act: Act = ACT,
) -> None:
    """Open the next draft: what was approved is carried, what was rejected leaves or returns undecided."""
    from models.messages import Verb
    from models.payloads import Opening

    async def build(_: Setting) -> Intent:
        return Intent(payload=Opening(parent=parent))

    await perform(Verb.OPEN, cycle, act, build, phase=versioned(phase, owner).kind, scope=owner)


app.command("cli.version_show:show_", name="show",
            help_epilogue=example("version show CYCLE planning --sheet decisions.xlsx"))


@app.command(help_epilogue=example("version submit CYCLE planning --as jane"))
async def submit(
    cycle: str, phase: str, /, *, version: Number = None, owner: Owner = "", all_owners: AllOwners = False,
    act: Act = ACT,
) -> int | None:
    """Hand the draft to its approver; every item needs the tester's decision."""
    from models.messages import Verb

    if all_owners:
        from cli import all_owners as each

        alone(version=version)
        return await each.act_on_each(cycle, each.owner_phase(phase, owner), act, each.submit, status="draft")
    policy = versioned(phase, owner)

    async def build(setting: Setting) -> Intent:
        return draft_intent(await current(setting, policy, owner), version=version)

    await perform(Verb.SUBMIT, cycle, act, build, phase=policy.kind, scope=owner)
    return None


@app.command(help_epilogue=example("version approve CYCLE scoping --rest --as mike"))
async def approve(
    cycle: str, phase: str, /, *, version: Number = None, content_hash: Content = "", owner: Owner = "",
    rest: Annotated[bool, Parameter(negative="", help="Take over the tester's verdict on undecided items.")] = False,
    all_owners: AllOwners = False,
    sheet: Annotated[Path | None, Parameter(help="With --all-owners: the joint decision sheet.")] = None,
    signal: Signal = False, act: Act = ACT,
) -> int | None:
    """Approve the submitted version; every item needs the approver's decision.

    With --all-owners each owner is decided as the sheet says and then approved, or rejected where a verdict forces
    rework; one owner's refusal does not stop the others, and each is told.
    """
    from models.messages import Verb
    from models.payloads import Approval

    if all_owners:
        alone(version=version, content_hash=content_hash, signal=signal)
        return await _approve_all(cycle, phase, owner, sheet, rest=rest, act=act)
    if sheet is not None:
        raise errors.BadInput("a sheet is approved for all owners at once", hint="item decide --sheet, or --all-owners")
    policy = versioned(phase, owner)

    async def build(setting: Setting) -> Intent:
        head = await current(setting, policy, owner)
        return approver_intent(head, Approval(adopt_tester=rest), version=version, content_hash=content_hash)

    await perform(Verb.APPROVE, cycle, act, build, phase=policy.kind, scope=owner, signal=signal)
    return None


async def _approve_all(cycle: str, phase: str, owner: str, sheet: Path | None, *, rest: bool, act: Act) -> int:
    from cli import all_owners as each
    from cli.files import read_sheet_file
    from cli.sheets import read_decisions

    policy = each.owner_phase(phase, owner)
    conclude = each.conclude(rest=rest, reason=act.reason)
    if sheet is None:
        return await each.act_on_each(cycle, policy, act, conclude, status="submitted")
    read = read_decisions(read_sheet_file(sheet), name=sheet.name, verdicts=policy.approver_verdicts, skip_blank=rest)
    plans = {
        one: each.decided_by(part, cycle=cycle, then=conclude)
        for one, part in each.by_owner(read, name=sheet.name).items()
    }
    return await each.act_on_each(cycle, policy, act, plans)


@app.command(help_epilogue=example("version reject CYCLE scoping --reason 'too narrow' --as mike"))
async def reject(
    cycle: str, phase: str, /, *, version: Number = None, content_hash: Content = "", owner: Owner = "",
    signal: Signal = False, act: Act = ACT,
) -> None:
    """Send the submitted version back with a reason; the tester opens the next draft."""
    from models.messages import Verb

    policy = versioned(phase, owner)

    async def build(setting: Setting) -> Intent:
        return approver_intent(await current(setting, policy, owner), version=version, content_hash=content_hash)

    await perform(Verb.REJECT, cycle, act, build, phase=policy.kind, scope=owner, signal=signal)


@app.command(help_epilogue=example("version withdraw CYCLE scoping --reason 'wrong file' --as jane"))
async def withdraw(cycle: str, phase: str, /, *, version: Number = None, owner: Owner = "", act: Act = ACT) -> None:
    """Give up the open version with a reason; its number stays used."""
    from models.messages import Verb

    policy = versioned(phase, owner)

    async def build(setting: Setting) -> Intent:
        head = await current(setting, policy, owner)
        return approver_intent(head, version=version) if head.content_hash else draft_intent(head, version=version)

    await perform(Verb.WITHDRAW, cycle, act, build, phase=policy.kind, scope=owner)
