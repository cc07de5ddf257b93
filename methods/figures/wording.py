"""The words of the report as data: what is said at which figure, what codes are called, how they are marked.

Bands are read from the top; the first whose bound is reached holds. A band that is not `inclusive` must be exceeded.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.document import Tone
    from models.report import Outcome


@dataclass(frozen=True, slots=True)
class Band:
    """What is said of a figure from this bound upwards."""

    bound: Fraction
    word: str
    sentence: str
    tone: Tone
    inclusive: bool = True

    def holds(self, figure: Fraction) -> bool:
        """Whether the figure reaches the bound."""
        return figure >= self.bound if self.inclusive else figure > self.bound


def band(figure: Fraction, bands: tuple[Band, ...]) -> Band:
    """The band a figure falls in. Raises ValueError below the lowest, which no count or share can be."""
    for candidate in bands:
        if candidate.holds(figure):
            return candidate
    raise ValueError(f"figure {figure} lies below every band; counts and shares are never negative")


def _percent(number: int) -> Fraction:
    return Fraction(number, 100)


COVERAGE = (
    Band(_percent(75), "comprehensive", "Coverage of the testable attributes is comprehensive.", "good", False),
    Band(_percent(50), "good", "Coverage of the testable attributes is good.", "good"),
    Band(_percent(25), "moderate", "Coverage of the testable attributes is moderate.", "note"),
    Band(_percent(5), "limited", "Coverage of the testable attributes is limited; conclusions hold for the tested "
         "attributes only.", "warn"),
    Band(_percent(0), "minimal", "Coverage of the testable attributes is minimal; the report owner and the test "
         "executive must formally accept the risk of what was not tested.", "bad"),
)
SAMPLES = (
    Band(Fraction(100), "comprehensive", "The number of records tested is comprehensive.", "good", False),
    Band(Fraction(30), "adequate", "The number of records tested is adequate.", "good"),
    Band(Fraction(5), "limited", "The number of records tested is limited.", "warn"),
    Band(Fraction(0), "minimal", "The number of records tested is minimal.", "bad"),
)
AGREEMENT = (
    Band(_percent(100), "full", "Every value tested agrees with its source.", "good"),
    Band(_percent(90), "high", "Nearly all values tested agree with their source; the exceptions are listed in this "
         "report.", "note", False),
    Band(_percent(75), "partial", "Most values tested agree with their source, but exceptions are frequent; their root "
         "causes need to be found.", "warn"),
    Band(_percent(0), "low", "More than a quarter of the values tested disagree with their source; root causes must be "
         "found before the figures are relied upon.", "bad"),
)
CRITICAL_SHARE = (
    Band(_percent(15), "high", "The share of critical data elements is high.", "note", False),
    Band(_percent(5), "moderate", "The share of critical data elements is moderate.", "note"),
    Band(_percent(0), "low", "The share of critical data elements is low.", "note"),
)
RISK_ACCEPTANCE_BELOW = _percent(5)
WIDEN_BELOW = _percent(25)
ROOT_CAUSE_BELOW = _percent(90)

OUTCOMES: dict[Outcome, tuple[str, Tone]] = {
    "match": ("Match", "good"),
    "match_within_tolerance": ("Match within tolerance", "note"),
    "mismatch": ("Mismatch", "bad"),
    "not_found": ("Not found", "warn"),
    "unreadable": ("Unreadable", "warn"),
    "needs_review": ("Needs review", "warn"),
}
AGREED: tuple[Outcome, ...] = ("match", "match_within_tolerance")
DISAGREED: tuple[Outcome, ...] = ("mismatch",)
WAIVED: tuple[str, Tone] = ("Waived", "plain")
SEVERITIES: dict[str, tuple[str, Tone]] = {
    "critical": ("Critical", "alarm"),
    "high": ("High", "bad"),
    "medium": ("Medium", "warn"),
    "low": ("Low", "note"),
}
SEVERE = ("critical", "high")
STATUSES: dict[str, tuple[str, Tone]] = {
    "draft": ("Draft", "plain"),
    "submitted": ("Submitted", "warn"),
    "approved": ("Approved", "good"),
    "rejected": ("Rejected", "bad"),
    "superseded": ("Superseded", "note"),
    "withdrawn": ("Withdrawn", "plain"),
    "unassigned": ("Unassigned", "warn"),
    "assigned": ("Assigned", "good"),
    "disputed": ("Disputed", "warn"),
    "waived": WAIVED,
}
ROLES = {
    "tester": "Tester",
    "report_owner": "Report owner",
    "data_executive": "Data executive",
    "data_owner": "Data owner",
    "test_executive": "Test executive",
}
SIGNS_AS = {
    "tester": "Prepared by",
    "report_owner": "Reviewed by",
    "test_executive": "Approved by",
    "data_executive": "Acknowledged by",
    "data_owner": "Acknowledged by",
}
ATTESTATIONS = {
    "tester": "I carried out the testing described in this report, or supervised it, following the approved "
    "attributes, rules, scope and samples. To the best of my knowledge and belief the report is materially correct: "
    "the results follow from the evidence on record, and no exception known to me has been left out.",
    "report_owner": "I am responsible for the regulatory report that was tested. I have reviewed this report, "
    "including its scope, its samples and its observations. To the best of my knowledge and belief it is materially "
    "correct, and the observations that it states will be remediated as planned in it.",
    "test_executive": "I have reviewed how the testing was planned, carried out and decided, and I approve this "
    "report. To the best of my knowledge and belief it is materially correct and complete within the scope that it "
    "states.",
    "data_executive": "I have taken note of this report as far as it concerns my lines of business.",
    "data_owner": "I have taken note of this report as far as it concerns the evidence I supplied.",
}
RISK_ACCEPTANCE = (
    "The testing covers less than 5% of the testable attributes. By signing, the report owner and the test executive "
    "formally accept the risk of the attributes that were not tested."
)
ACTOR_NOTICE = (
    "The persons named in this report are not authenticated: each acted under the name given to the command line, and "
    "no signature key of theirs was checked. Who could act under which name rests on the controls of the machines and "
    "accounts that were used."
)
FIRST_PAGE_NOTICE = (
    "Signatures are in the attestation that accompanies this file and names its SHA-256. The persons named in this "
    "report are not authenticated; section 7 says what that means."
)
SIGNATURES_ELSEWHERE = (
    "Signatures are given after this file is fixed. They are in the attestation that accompanies it: who signed, in "
    "which role, when, and the SHA-256 of each file of this report, of which this is one."
)
