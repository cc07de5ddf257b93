"""Filling in what a person need not type: a sample named by its key gets its line of business from the report data.

Done before the command's transaction, because reading the report data takes longer than a lock should be held.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from activities.duck import ReportTable
from activities.proposals import survey_of
from activities.situation import fields_of, unpacked
from activities.workbench import Workbench, key_columns, workbench
from methods.sampling import line_of
from models import errors
from models.database import Database, rows
from models.items import Origin
from models.messages import Command, Verb
from models.payloads import Contents
from models.phases import BY_KIND
from models.store import ContentStore

_CATEGORIES = {Origin.UPLOADED.value: "uploaded"}


async def complete(database: Database, store: ContentStore, command: Command) -> Command:
    """The command with its contents complete; most commands are so already."""
    phase = BY_KIND.get(command.phase)
    if command.verb not in (Verb.ADD, Verb.REQUEST) or phase is None or phase.item not in COMPLETERS:
        return command
    payload = unpacked(command.payload, store)
    if not isinstance(payload, Contents):
        return command
    bench = await workbench(database, store, command.cycle)
    contents = await COMPLETERS[phase.item](
        bench, [dict(fields) for fields in fields_of(payload)], command, payload.origin
    )
    return command.model_copy(
        update={"payload": payload.model_copy(update={"contents": tuple({"set": c} for c in contents)})}
    )


async def complete_samples(
    bench: Workbench, wanted: list[dict[str, Any]], command: Command, origin: str
) -> list[dict[str, Any]]:
    """Look the records up in the report as filed; raises `NotFound` naming keys that it does not hold."""
    keys = key_columns(await bench.attributes())
    if nameless := [at for at, content in enumerate(wanted, start=1) if not isinstance(content.get("record_key"), str)]:
        raise errors.Malformed(
            f"item {nameless[0]} names no record_key", hint="the key attributes' values joined with |"
        )
    named = {content["record_key"] for content in wanted}
    spec = bench.file.data.line_of_business

    def look_up(table: ReportTable) -> dict[str, tuple[tuple[str, ...], str]]:
        return {
            record.key: (record.key_values, record.values[spec.column])
            for record in table.records([spec.column], keys=keys, only=named)
        }

    named_keys = (c["record_key"] for c in wanted if not str(c.get("reason") or command.reason).strip())
    if reasonless := list(named_keys):
        raise errors.ReasonMissing(
            f"samples that are added by hand carry a reason: {', '.join(map(repr, reasonless[:10]))}",
            hint="--reason TEXT, or a reason in each row of the sheet",
        )
    found = await bench.on_report(look_up, only={*keys, spec.column})
    if missing := sorted(named - set(found)):
        raise errors.NotFound(
            f"not in the report: {', '.join(map(repr, missing[:10]))}",
            hint="keys are the key attributes' values joined with |"
        )
    drawn = await _drawn(bench, keys)
    category = "requested" if command.verb is Verb.REQUEST else _CATEGORIES.get(origin, "judgemental")
    return [
        {
            "category": category,
            "method": f"{category} by {command.actor}",
            **drawn,
            **content,
            "key_values": list(found[content["record_key"]][0]),
            "line_of_business": line_of(found[content["record_key"]][1], spec=spec, record=content["record_key"]),
            "reason": content.get("reason") or command.reason,
        }
        for content in wanted
    ]


async def _drawn(bench: Workbench, keys: Sequence[str]) -> dict[str, str]:
    """The population that the phase's samples were drawn from, which added ones are measured against as well.

    Where none was drawn, the population is hashed now, and there is no seed.
    """
    async with bench.database.begin() as tx:
        found = await rows(
            tx,
            "select s.population_sha256, s.seed from sample_item s join item_revision r on r.id = s.revision"
            " join phase p on p.id = r.phase where p.cycle = :c order by r.id limit 1",
            c=bench.cycle.id,
        )
    if found:
        return {"population_sha256": found[0].population_sha256, "seed": found[0].seed}
    everybody = await bench.on_report(lambda table: survey_of(table, keys), only=set(keys))
    return {"population_sha256": everybody.sha256, "seed": ""}


Completer = Callable[[Workbench, list[dict[str, Any]], Command, str], Awaitable[list[dict[str, Any]]]]
COMPLETERS: dict[str, Completer] = {"sample": complete_samples}
