"""The metrics of one cycle or of all, from the views over the facts; docs/metrics.md defines each figure.

The report and the command line ask here, so a figure is computed in one place. One statement gives all figures as of
one moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from models.database import Tx, rows
from models.measures import MEASURES, Metric
from models.phases import PHASES
from models.queries.following import RoundLine

ALL = "all"
_PHASES = [phase.kind for phase in PHASES]
_EVER = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionLine(RoundLine):
    """A version with the counts of its items: `rejected` of the `decided`, `carried` of all, from `parent` if any."""

    parent: int | None
    items: int
    carried: int
    rejected: int
    decided: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLine:
    """Something asked for: a run of a case, a clarification, more time. `turnaround` is in seconds, None until then."""

    request: str
    phase: str
    owner: str
    subject: str
    requested_by: str
    requested_at: datetime
    responded_by: str | None
    responded_at: datetime | None
    lapsed_at: datetime | None
    turnaround: float | None


def _spread(value: str) -> str:
    """Mean, median and 90th percentile, interpolated, of what is not null."""
    quantile = "round((percentile_cont({}) within group (order by " + value + "))::numeric, 4)::float8"
    return f"round(avg({value})::numeric, 4)::float8, {quantile.format('0.5')}, {quantile.format('0.9')}"


def _seconds(interval: str) -> str:
    return f"extract(epoch from {interval})::float8"


_NO_SPREAD = "null::float8, null::float8"
_BY_PHASE = "group by grouping sets ((kind), ())"
_DECIDED = "status in ('approved', 'superseded', 'rejected')"
_CUT = "parent is not null and submitted_at is not null"


def _share(measure: str, of: str, part: str, whole: str, source: str, group: str = _BY_PHASE) -> str:
    return (f"select '{measure}', '{of}', kind, ({part})::float8 / nullif({whole}, 0), {_NO_SPREAD}, {part}, {whole},"  # noqa: S608
            f" null::bigint from {source} {group}")


# Grouping sets would keep the cycle from the indexes below the views, hence what is read first.
_FIGURES = f"""
with v as materialized (select * from metric_version where {{cycle}} and {{phase}} and created_at >= :since),
     item as materialized (select * from metric_item where {{cycle}} and {{phase}} and first_submitted_at >= :since),
     request as materialized (select * from metric_request where {{cycle}} and {{phase}} and requested_at >= :since),
     wait as materialized (select * from metric_wait where {{cycle}} and {{phase}} and since >= :since),
     pairs as (select count(distinct (cycle, attribute, line_of_business)) as n from assignment where {{cycle}}),
     figure (measure, of, phase, value, median, p90, part, whole, open) as (
{_share("version_creation_rate", "", "count(*)", "count(distinct phase)", "v")}
union all
select 'approval_time', 'created_to_approved', kind, {_spread(_seconds("approved_after"))}, count(approved_after),
       count(*), count(*) filter (where status in ('draft', 'submitted')) from v {_BY_PHASE}
union all
select 'approval_time', 'submitted_to_decided', kind, {_spread(_seconds("decided_after"))}, count(decided_after),
       count(submitted_at), count(*) filter (where status = 'submitted') from v {_BY_PHASE}
union all
{_share("rejection_rate", "versions", "count(*) filter (where status = 'rejected')",
        f"count(*) filter (where {_DECIDED})", "v")}
union all
{_share("rejection_rate", "items", f"coalesce(sum(rejected) filter (where {_DECIDED}), 0)::bigint",
        f"coalesce(sum(decided) filter (where {_DECIDED}), 0)::bigint", "v")}
union all
{_share("carry_forward_rate", "", f"coalesce(sum(carried) filter (where {_CUT}), 0)::bigint",
        f"coalesce(sum(items) filter (where {_CUT}), 0)::bigint", "v")}
union all
select 'rework_rounds', '', kind, {_spread("rework_rounds")}, sum(rework_rounds)::bigint, count(*), null
  from item {_BY_PHASE}
union all
select 'owner_changes', '', 'data_owner_id', count(kind)::float8 / nullif(pairs.n, 0), {_NO_SPREAD}, count(kind),
       pairs.n, null from pairs left join metric_owner_change on {{cycle}} and at >= :since group by pairs.n
union all
select 'document_revisions', '', kind, {_spread("revisions")}, sum(revisions)::bigint, count(*), null
  from metric_document where {{cycle}} and first_at >= :since group by kind
union all
select 'request_turnaround', request, kind, {_spread(_seconds("(responded_at - requested_at)"))}, count(responded_at),
       count(*), count(*) filter (where responded_at is null and lapsed_at is null)
  from request group by grouping sets ((request, kind), (request))
union all
select 'waiting_time', role, kind, {_spread(_seconds("(until - since)"))}, count(until), count(*),
       count(*) filter (where until is null)
  from wait group by grouping sets ((role, kind), (role)))
select measure, of, coalesce(phase, '{ALL}') as phase, value, median, p90, part, whole, open
  from figure where whole > 0 and ({{phase_of_figure}})
"""  # noqa: S608 - own texts only

_VERSIONS = """
select kind, scope, number, status, created_at, submitted_at, decided_at, decided_by, reason, parent, items, carried,
       rejected, decided
  from metric_version where cycle = :cycle order by ordinal, scope, number
"""

_REQUESTS = f"""
select request, kind as phase, scope as owner, subject, requested_by, requested_at, responded_by, responded_at,
       lapsed_at, {_seconds("(responded_at - requested_at)")} as turnaround
  from metric_request where {{cycle}} and {{phase}} and {{owner}} and requested_at >= :since
 order by requested_at, subject
"""  # noqa: S608 - own texts only


async def metrics(
    tx: Tx, cycle_id: int | None = None, *, phase: str | None = None, since: datetime | None = None
) -> list[Metric]:
    """The figures of a cycle or of all, of one phase or of all; `since` leaves out what began earlier."""
    found = await _ask(tx, _FIGURES, cycle_id, phase, since)
    lines = [Metric(unit=MEASURES[row.measure], **row._mapping) for row in found]
    return sorted(lines, key=lambda line: line.place(_PHASES))


async def requests(
    tx: Tx, cycle_id: int, *, phase: str | None = None, owner: str | None = None, since: datetime | None = None
) -> list[RequestLine]:
    """What was asked for and answered in a cycle, oldest first; of one data owner's work or of all."""
    return [RequestLine(**row._mapping) for row in await _ask(tx, _REQUESTS, cycle_id, phase, since, owner)]


async def version_lines(tx: Tx, cycle_id: int) -> list[VersionLine]:
    """Every version of a cycle, in the order of the phases."""
    return [VersionLine(**row._mapping) for row in await rows(tx, _VERSIONS, cycle=cycle_id)]


async def _ask(
    tx: Tx, sql: str, cycle_id: int | None, phase: str | None, since: datetime | None, owner: str | None = None
) -> list[Any]:
    """The rows of a statement; a condition that nobody asks for is left out of it, so the planner never guesses."""
    conditions = {
        "cycle": "true" if cycle_id is None else "cycle = :cycle",
        "phase": "true" if phase is None else "kind = :phase",
        "owner": "true" if owner is None else "scope = :owner",
        "phase_of_figure": "true" if phase is None else "phase = :phase",
    }
    named = {"cycle": cycle_id, "phase": phase, "owner": owner}
    values = {name: value for name, value in named.items() if value is not None}
    return await rows(tx, sql.format(**conditions), since=since or _EVER, **values)
