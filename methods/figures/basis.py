"""What several sections need, counted once: tallies of cases, what is testable, in scope and tested, names of people.

Everything is put in an order of its own, so the order in which facts arrive never shows in the report.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from methods.figures import wording
from methods.figures.display import NOTHING, natural
from models.document import Mark
from models.report import Case, ObservationFacts, ReportFacts, RuleResult, VersionFacts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from models.document import Tone
    from models.items import Attribute, Scope
    from models.report import PhaseFacts

_SEVERITY_ORDER = {name: place for place, name in enumerate(wording.SEVERITIES)}


@dataclass(frozen=True, slots=True)
class Tally:
    """Cases by how they ended; every case is in exactly one of `agreed`, `disagreed`, `undecided` and `waived`."""

    cases: int
    outcomes: Counter[str]
    waived: int

    @property
    def concluded(self) -> int:
        """Cases with an outcome."""
        return self.cases - self.waived

    @property
    def agreed(self) -> int:
        """Reported value and evidence agree, exactly or within the stated tolerance."""
        return sum(self.outcomes[name] for name in wording.AGREED)

    @property
    def disagreed(self) -> int:
        """Reported value and evidence differ."""
        return sum(self.outcomes[name] for name in wording.DISAGREED)

    @property
    def undecided(self) -> int:
        """Concluded without evidence that decides: not found, unreadable, still to review."""
        return self.concluded - self.agreed - self.disagreed


def tally(cases: Iterable[Case]) -> Tally:
    """Count cases by how they ended."""
    outcomes: Counter[str] = Counter()
    waived = 0
    for case in cases:
        if case.state == "waived" or case.outcome is None:
            waived += 1
        else:
            outcomes[case.outcome] += 1
    return Tally(outcomes.total() + waived, outcomes, waived)


def grouped(cases: Iterable[Case], key: Callable[[Case], tuple[str, ...]]) -> dict[tuple[str, ...], Tally]:
    """Tallies by a key of texts, in the natural order of the key."""
    groups: defaultdict[tuple[str, ...], list[Case]] = defaultdict(list)
    for case in cases:
        groups[key(case)].append(case)
    return {name: tally(groups[name]) for name in sorted(groups, key=lambda parts: [natural(part) for part in parts])}


def mark(words: tuple[str, Tone]) -> Mark:
    """A table entry of `wording` as a marked cell."""
    return Mark(text=words[0], tone=words[1])


def severity_order(severity: str) -> int:
    """0 for critical, then high, medium, low."""
    return _SEVERITY_ORDER[severity]


@dataclass(frozen=True)
class Basis:
    """The facts with everything derived from them that more than one section states."""

    facts: ReportFacts

    @cached_property
    def people(self) -> dict[str, str]:
        """Person id -> name; with the id where two people share a name."""
        shared = Counter(person.name for person in self.facts.cycle.people)
        return {p.id: p.name if shared[p.name] == 1 else f"{p.name} ({p.id})" for p in self.facts.cycle.people}

    def name(self, person: str) -> str:
        """The name of a person, or the id of somebody (or something) that is not in the cycle file."""
        return self.people.get(person, person) or NOTHING

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """All cases by number."""
        return tuple(sorted(self.facts.cases, key=lambda case: natural(case.number)))

    @cached_property
    def overall(self) -> Tally:
        """All cases counted."""
        return tally(self.cases)

    @cached_property
    def keys(self) -> tuple[Attribute, ...]:
        """Primary keys: used to look records up, never tested."""
        return tuple(attribute for attribute in self.attributes if attribute.primary_key)

    @cached_property
    def attributes(self) -> tuple[Attribute, ...]:
        """The approved attributes by line."""
        return tuple(sorted(self.facts.attributes, key=lambda a: (natural(a.line), a.name)))

    @cached_property
    def testable(self) -> tuple[Attribute, ...]:
        """Approved attributes other than primary keys."""
        return tuple(attribute for attribute in self.attributes if not attribute.primary_key)

    @cached_property
    def scope(self) -> dict[str, Scope]:
        """Attribute -> its scope decision."""
        return {decision.attribute: decision for decision in self.facts.scope}

    @cached_property
    def in_scope(self) -> frozenset[str]:
        """Attributes that were to be tested."""
        return frozenset(name for name, decision in self.scope.items() if decision.action == "test")

    @cached_property
    def tested(self) -> frozenset[str]:
        """Attributes with at least one concluded case: being in scope is not enough."""
        return frozenset(case.attribute for case in self.cases if case.state == "concluded")

    @cached_property
    def coverage(self) -> Fraction | None:
        """Tested of testable attributes; None without testable attributes."""
        covered = sum(attribute.name in self.tested for attribute in self.testable)
        return Fraction(covered, len(self.testable)) if self.testable else None

    @cached_property
    def agreement(self) -> Fraction | None:
        """Agreed of concluded cases; None without concluded cases."""
        return Fraction(self.overall.agreed, self.overall.concluded) if self.overall.concluded else None

    @cached_property
    def rules(self) -> tuple[RuleResult, ...]:
        """Rule results, the severest and most often broken first."""
        return tuple(sorted(self.facts.rules, key=lambda r: (severity_order(r.severity), -r.failed, natural(r.name))))

    @cached_property
    def broken(self) -> tuple[RuleResult, ...]:
        """Rules that found failing records, whether or not the threshold accepts so many."""
        return tuple(rule for rule in self.rules if rule.failed)

    def _decided(self, verdict: str) -> tuple[ObservationFacts, ...]:
        chosen = [entry for entry in self.facts.observations if entry.verdict == verdict]
        return tuple(sorted(chosen, key=lambda entry: (severity_order(entry.content.severity),
                                                       -len(entry.content.findings),
                                                       natural(entry.content.natural_key), entry.owner)))

    @cached_property
    def issues(self) -> tuple[ObservationFacts, ...]:
        """Approved observations, the severest first."""
        return self._decided("approve")

    @cached_property
    def non_issues(self) -> tuple[ObservationFacts, ...]:
        """Observations that the approver decided are none."""
        return self._decided("non_issue")

    @cached_property
    def severe(self) -> tuple[ObservationFacts, ...]:
        """Approved observations of critical or high severity: open, since this report is where they are raised."""
        return tuple(entry for entry in self.issues if entry.content.severity in wording.SEVERE)

    @cached_property
    def phases(self) -> tuple[PhaseFacts, ...]:
        """The phases in order."""
        return tuple(sorted(self.facts.phases, key=lambda phase: phase.ordinal))

    def versions(self, phase: str) -> tuple[VersionFacts, ...]:
        """The versions of a phase by scope and number."""
        return self._versions.get(phase, ())

    @cached_property
    def _versions(self) -> dict[str, tuple[VersionFacts, ...]]:
        found: defaultdict[str, list[VersionFacts]] = defaultdict(list)
        for version in sorted(self.facts.versions, key=lambda v: (natural(v.scope), v.number)):
            found[version.phase].append(version)
        return {phase: tuple(versions) for phase, versions in found.items()}
