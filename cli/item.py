"""`item`: decide, show; add, edit, remove and request live in `cli.item_content`, search in `cli.item_search`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from cli.acting import ACT, Act, Intent, Setting, example, perform, reading, versioned
from cli.heads import AllOwners, Number, Owner, Signal, alone, approver_intent, current, draft_intent
from cli.output import LOOK, Look, show_one
from models import errors

app = App(name="item", help="Items: decide, add, edit, remove, request; find one, show it and its lineage.")
_RECORD = "'L4LBJXHAAS38BQXB3M|Y4WA62V732H7CI10UR|4410027318|20260331'"
for verb, words in {
    "add": f"item add CYCLE sample_selection {_RECORD} --reason 'seen in an earlier audit' --as jane",
    "edit": "item edit CYCLE scoping PurchaseVolume action=skip reason='not material' --as jane",
    "remove": f"item remove CYCLE sample_selection {_RECORD} --as jane",
    "request": f"item request CYCLE sample_selection {_RECORD} --reason 'large exposure' --as mike",
}.items():
    app.command(f"cli.item_content:{verb}", name=verb, help_epilogue=example(words))


app.command("cli.item_comment:comment", name="comment",
            help_epilogue=example("item comment CYCLE scoping PurchaseVolume 'why not tested?' --question --as mike"))
app.command("cli.changes:lineage", name="lineage", help_epilogue=example("item lineage CYCLE planning PurchaseVolume"))
app.command("cli.item_search:search_", name="search", help_epilogue=example("item search CYCLE Purchase --limit 20"))


@app.command(help_epilogue=example("item decide CYCLE planning --sheet decisions.xlsx --as jane"))
async def decide(
    cycle: str, phase: str, /, *keys: str,
    verdict: Annotated[str, Parameter(help="The verdict on the named items.")] = "",
    all_undecided: Annotated[str, Parameter(name="--all", help="This verdict on all that is undecided.")] = "",
    sheet: Annotated[Path | None, Parameter(help="A decision sheet, as `version show --sheet` writes it.")] = None,
    skip_blank: Annotated[bool, Parameter(negative="", help="Leave rows without a verdict undecided.")] = False,
    version: Number = None, owner: Owner = "", all_owners: AllOwners = False, signal: Signal = False, act: Act = ACT,
) -> int | None:
    """Decide items: the tester in a draft, the approver in a submitted version. One, several, all or a sheet.

    A sheet is applied whole or not at all; rows that say what was decided already change nothing.
    """
    from cli.decision_sheets import verdicts_in
    from cli.decisions import on_keys, on_sheet, on_undecided
    from cli.files import read_sheet_file
    from cli.sheets import read_decisions
    from models.messages import Verb
    from models.payloads import Decisions
    from models.queries.versions import members

    _one_way(keys, verdict, all_undecided, sheet)
    if all_owners:
        alone(keys=keys, version=version, signal=signal)
        return await _decide_all(cycle, phase, owner, all_undecided, sheet, skip_blank=skip_blank, act=act)
    policy = versioned(phase, owner)
    data = read_sheet_file(sheet) if sheet else b""

    async def build(setting: Setting) -> Intent:
        head = await current(setting, policy, owner)
        async with setting.session.reader.begin() as tx:
            items = await members(tx, head)
        if sheet:
            read = read_decisions(data, name=sheet.name, verdicts=verdicts_in(policy), skip_blank=skip_blank)
            decisions = on_sheet(head, items, read, cycle=cycle)
        elif all_undecided:
            decisions = on_undecided(head, items, verdict=all_undecided, reason=act.reason)
        else:
            decisions = on_keys(items, keys, verdict=verdict, reason=act.reason)
        if not decisions:
            raise errors.WrongState(
                f"nothing is left to decide in {policy.title} v{head.number}, which is {head.status}",
                hint=f"starter.py version {'submit' if head.status == 'draft' else 'show'} {cycle} {policy.kind}"
                     f"{f' --owner {owner}' if owner else ''}",
            )
        payload = Decisions(decisions=tuple(decisions))
        intent = draft_intent if head.status == "draft" else approver_intent
        return intent(head, payload, version=version)

    await perform(Verb.DECIDE, cycle, act, build, phase=policy.kind, scope=owner, signal=signal)
    return None


async def _decide_all(
    cycle: str, phase: str, owner: str, verdict: str, sheet: Path | None, *, skip_blank: bool, act: Act
) -> int:
    from cli import all_owners as each
    from cli.decision_sheets import verdicts_in
    from cli.decisions import on_undecided
    from cli.files import read_sheet_file
    from cli.sheets import read_decisions

    policy = each.owner_phase(phase, owner)
    if sheet is None:
        return await each.act_on_each(cycle, policy, act, lambda head, items: each.decide(
            head, on_undecided(head, items, verdict=verdict, reason=act.reason)))
    data = read_sheet_file(sheet)
    read = read_decisions(data, name=sheet.name, verdicts=verdicts_in(policy), skip_blank=skip_blank)
    plans = {one: each.decided_by(part, cycle=cycle) for one, part in each.by_owner(read, name=sheet.name).items()}
    return await each.act_on_each(cycle, policy, act, plans)


def _one_way(keys: tuple[str, ...], verdict: str, all_undecided: str, sheet: Path | None) -> None:
    ways = [bool(keys), bool(all_undecided), sheet is not None]
    if sum(ways) != 1:
        raise errors.BadInput("say what to decide in one way", hint="KEY ... --verdict V, or --all V, or --sheet FILE")
    if bool(keys) != bool(verdict):
        raise errors.BadInput("--verdict goes with the keys of items", hint="KEY ... --verdict approve")


@app.command(name="show", help_epilogue=example("item show CYCLE planning PurchaseVolume"))
async def show_(
    cycle: str, phase: str, key: str, /, *, owner: Owner = "", look: Look = LOOK,
) -> None:
    """Show an item's fields, its lineage (every revision, who wrote it, what was decided on it), and its comments.

    A data owner sees the comments alone, on the own observations and on the report: these quote values that owners are
    not shown.
    """
    from cli.viewing import is_owner, owner_to_show, tells_values, viewer
    from models.queries.comments import comments
    from models.queries.versions import lineage, version_head

    policy = versioned(phase, owner)
    async with reading() as session, session.reader.begin() as tx:
        head = await version_head(tx, cycle, policy, scope=owner)
        revisions = await lineage(tx, head.phase, key)
        said = await comments(tx, head.phase, key=key)
        who = await viewer(tx, cycle, look) if tells_values(policy) else None
        owner_to_show(who, owner)
    if not revisions:
        hint = f"starter.py version show {cycle} {policy.kind}"
        raise errors.NotFound(f"{policy.title} of {cycle} never had {key!r}", hint=hint)
    restricted = is_owner(who)
    content = {} if restricted else revisions[-1].content
    show_one("item", {"key": key, **content}, look,
             parts={"revisions": [] if restricted else revisions, "comments": said},
             columns={"revisions": ("revision", "written_in", "origin", "by", "at", "decisions"),
                      "comments": ("at", "by", "version", "question",
                                   *(["dispute"] if any(one.dispute for one in said) else []), "text")})
