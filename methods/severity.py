"""How severe an observation is proposed to be, and the words it starts with; the tester decides on both.

    share of failed tests    up to 10%   up to 50%   above 50%
    attribute                low         medium      high
    critical attribute       medium      high        critical

A critical attribute is one step more severe. Shares are exact fractions, so a boundary belongs to the lower band.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from methods.comparison import Outcome
from methods.text import counted
from models.items import Attribute, Severity

_STEPS: tuple[Severity, ...] = ("low", "medium", "high", "critical")
_BANDS = (Fraction(1, 10), Fraction(1, 2))
_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Proposal:
    """A first version of an observation's judgement."""

    severity: Severity
    title: str
    description: str


def propose_severity(*, failed: int, tested: int, critical: bool) -> Severity:
    """By the bands above. Raises `ValueError` unless 0 < failed <= tested: without a failure nothing is observed."""
    if not 0 < failed <= tested:
        raise ValueError(f"an observation needs failures among its tests, not {failed} of {tested}")
    share = Fraction(failed, tested)
    return _STEPS[sum(share > band for band in _BANDS) + critical]


def propose(attribute: Attribute, *, line_of_business: str, failed: Sequence[Outcome], tested: int) -> Proposal:
    """Severity, title and description from the failed tests' outcomes, of which the first three are told."""
    severity = propose_severity(failed=len(failed), tested=tested, critical=attribute.critical)
    told = "\n".join(f"- {outcome.reason}" for outcome in failed[:_EXAMPLES])
    more = f"\n- and {len(failed) - _EXAMPLES:,} more" if len(failed) > _EXAMPLES else ""
    return Proposal(
        severity=severity,
        title=f"{attribute.title} disagrees with its source in {line_of_business}",
        description=f"{len(failed):,} of {counted(tested, 'test')} of {attribute.title} (line {attribute.line}"
                    f"{', critical' if attribute.critical else ''}) in {line_of_business} failed:\n{told}{more}")
