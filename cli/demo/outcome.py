"""What a demo found against what was planted, read from the database as anybody could read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cli.demo.cast import Cast
from cli.results import failing_keys
from examples.built import BuiltCycle, Pairs, Way
from models.phases import BY_KIND
from models.queries.versions import rule_results

SAID: Mapping[Way, str] = {
    "compared": "by comparing", "returned": "sent back to the owner", "judged": "concluded by the tester"
}
OUTCOMES = ("match", "match_within_tolerance", "mismatch", "not_found", "unreadable", "needs_review")


@dataclass(frozen=True, slots=True)
class Comparison:
    """Planted and found, as sets of (rule, record key) and (record key, attribute), the latter by the way to find them.

    Planted values are those within sample and scope, less waivers: what a test of this sample can find at all.
    """

    planted_rules: Pairs
    found_rules: Pairs
    planted_by_way: Mapping[Way, Pairs]
    found_by_way: Mapping[Way, Pairs]
    closed: bool

    @property
    def planted_values(self) -> Pairs:
        """Defects of evidence that were planted, whichever way they come to light."""
        return frozenset().union(*self.planted_by_way.values())

    @property
    def found_values(self) -> Pairs:
        """Defects of evidence that were found, in whichever way."""
        return frozenset().union(*self.found_by_way.values())

    @property
    def missed(self) -> list[str]:
        """What was planted and not found."""
        return _sentences(self.planted_rules - self.found_rules, "rule {0} did not report record {1}") + _sentences(
            _beyond(self.planted_by_way, self.found_by_way), "record {0}: the defect in {1} was not found"
        )

    @property
    def unplanted(self) -> list[str]:
        """What was found and not planted: a fault of Assay in made data, a discovery in a real filing."""
        return _sentences(self.found_rules - self.planted_rules, "rule {0} reports record {1}") + _sentences(
            _beyond(self.found_by_way, self.planted_by_way), "record {0}: {1} disagrees with its evidence"
        )

    @property
    def holds(self) -> bool:
        """Whether the demo proved its point."""
        return not self.missed and not (self.closed and self.unplanted)


def _beyond(some: Mapping[Way, Pairs], others: Mapping[Way, Pairs]) -> Pairs:
    """What is in some and not in the others, each way by itself: a defect must come to light as it should."""
    return frozenset().union(*(pairs - others[way] for way, pairs in some.items()))


def _sentences(pairs: Pairs, sentence: str) -> list[str]:
    return [sentence.format(*pair) for pair in sorted(pairs)]


async def compare_with_planted(cast: Cast, built: BuiltCycle, *, returned: Pairs) -> Comparison:
    """Read the results of a finished cycle and set them against the list that was closed before it began.

    `returned` are the cases that Assay left with their owners after the first delivery, missing or unreadable.
    """
    cases = [case for case in await _cases(cast) if case.state == "concluded"]
    live = _pairs(cases)
    wrong = [case for case in cases if case.conclusion == "mismatch"]
    found: dict[Way, Pairs] = {
        "compared": _pairs(case for case in wrong if not case.by_a_person),
        "judged": _pairs(case for case in wrong if case.by_a_person),
        "returned": returned & live,
    }
    async with cast.session.reader.begin() as tx:
        rules = await rule_results(tx, cast.slug, BY_KIND["data_profiling"])
    failing = frozenset(failing_keys(cast.session.store, rules))
    planted = {way: built.planted_by_way.get(way, frozenset()) & live for way in found}
    return Comparison(built.planted_rules, failing, planted, found, built.closed)


def _pairs(cases: Iterable[Any]) -> Pairs:
    return frozenset((case.record_key, case.attribute) for case in cases)


async def _cases(cast: Cast) -> Sequence[Any]:
    return await cast.read(
        "select s.record_key, s.attribute, s.state, s.outcome, s.conclusion, coalesce((select v.concluded from"
        " execution_review v where v.execution = s.execution order by v.id desc limit 1), false) as by_a_person"
        " from case_state s join cycle_report c on c.id = s.cycle where c.slug = :cycle"
    )


async def case_counts(cast: Cast) -> dict[str, int]:
    """Cases in all, by what their current execution said, and waived."""
    cases = await _cases(cast)
    counts = {outcome: sum(c.outcome == outcome and c.state != "waived" for c in cases) for outcome in OUTCOMES}
    return {"total": len(cases), **counts, "waived": sum(c.state == "waived" for c in cases)}


async def phase_table(cast: Cast) -> list[dict[str, Any]]:
    """Every versioned phase with its versions and the items that count."""
    found = await cast.read(
        "select p.kind, p.scope, count(v.number) as versions, max(v.number) filter (where v.status ="
        " 'approved') as approved,"
        " (select count(*) from effective e where e.phase = p.id) as items"
        " from phase p join cycle_report c on c.id = p.cycle join phase_policy k on k.kind = p.kind"
        " left join version v on v.phase = p.id where c.slug = :cycle group by p.id, k.ordinal order"
        " by k.ordinal, p.scope"
    )
    return [
        {"phase": r.kind, "owner": r.scope, "versions": r.versions, "approved": r.approved, "items": r.items}
        for r in found
    ]


async def observation_table(cast: Cast) -> list[dict[str, Any]]:
    """The decided observations."""
    found = await cast.read(
        "select e.scope, o.attribute, o.line_of_business, o.severity, e.approver_verdict, o.findings from effective e"
        " join observation_item o on o.revision = e.revision join cycle_report c on c.id = e.cycle"
        " where c.slug = :cycle order by e.scope, o.attribute, o.line_of_business"
    )
    return [
        {
            "owner": r.scope,
            "attribute": r.attribute,
            "line_of_business": r.line_of_business,
            "severity": r.severity,
            "verdict": r.approver_verdict,
            "findings": list(r.findings),
        }
        for r in found
    ]
