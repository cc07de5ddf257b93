"""How severe an observation is proposed to be, and the words it starts with; the tester decides on both.

    share of failed tests    up to 10%   up to 50%   above 50%
                             low         medium      high

One step more severe for each of: the attribute is critical; a value is off by more than 90% of the larger of the two,
as one in another unit is (size); all differences together reach the materiality that the cycle file states for the
attribute. Never above critical. The bounds are the cycle file's `severity`; a share or a size on a bound belongs to the
lower step, an amount on the materiality is material. Shares are exact fractions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from methods.comparison import NUMBERS, Outcome
from methods.numbers import EXACT, plain
from methods.text import counted
from models.cycle_file import SeverityScale
from models.items import Attribute, Severity

_STEPS: tuple[Severity, ...] = ("low", "medium", "high", "critical")
_EXAMPLES = 3
DEFAULT = SeverityScale()


@dataclass(frozen=True, slots=True)
class Extent:
    """How far failed values are from their evidence: the largest difference as a part of the larger value (0 to 2),
    and all differences added up, in the unit of the report. Texts, codes and dates have neither."""

    size: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)


NO_EXTENT = Extent()


@dataclass(frozen=True, slots=True)
class Proposal:
    """A first version of an observation's judgement; `basis` says how the severity adds up."""

    severity: Severity
    basis: str
    title: str
    description: str


def extent(failed: Iterable[Outcome], *, attribute: Attribute) -> Extent:
    """The extent of failures. What is missing on one side counts as 0 in the amount and has no size; a value that is no
    number is left out."""
    size = amount = Decimal(0)
    for outcome in failed if attribute.data_type in NUMBERS else ():
        left, right = _number(outcome.reported), _number(outcome.evidence)
        if left is None or right is None:
            continue
        apart = EXACT.abs(EXACT.subtract(left, right))
        larger = max(EXACT.abs(left), EXACT.abs(right))
        amount = EXACT.add(amount, apart)
        if larger and outcome.reported and outcome.evidence:
            size = max(size, EXACT.divide(apart, larger))
    return Extent(size, amount)


def _number(text: str | None) -> Decimal | None:
    try:
        found = Decimal(text or "0")
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def propose_severity(*, failed: int, tested: int, critical: bool, found: Extent = NO_EXTENT,
                     materiality: Decimal | None = None, scale: SeverityScale = DEFAULT) -> Severity:
    """By the bands above. Raises `ValueError` unless 0 < failed <= tested: without a failure nothing is observed."""
    parts = _parts(failed=failed, tested=tested, critical=critical, found=found, materiality=materiality, scale=scale)
    return _STEPS[min(len(_STEPS) - 1, sum(steps for steps, _ in parts))]


def _parts(*, failed: int, tested: int, critical: bool, found: Extent, materiality: Decimal | None,
           scale: SeverityScale) -> list[tuple[int, str]]:
    """The steps above low, each with why."""
    if not 0 < failed <= tested:
        raise ValueError(f"an observation needs failures among its tests, not {failed} of {tested}")
    share = Fraction(failed, tested)
    passed = [bound for bound in scale.share if share > Fraction(bound)]
    parts = [(len(passed), f"{failed:,} of {tested:,} failed, above {_percent(passed[-1])}" if passed else ""),
             (int(critical), "a critical attribute"),
             (int(found.size > scale.size), f"a value is off by more than {_percent(scale.size)}"),
             (int(materiality is not None and found.amount >= materiality),
              f"differences of {plain(found.amount)} reach the materiality of {plain(materiality or Decimal(0))}")]
    return [(steps, why) for steps, why in parts if steps]


def _percent(share: Decimal) -> str:
    return f"{plain(EXACT.multiply(share, Decimal(100)))}%"


def propose(attribute: Attribute, *, line_of_business: str, failed: Sequence[Outcome], tested: int,
            scale: SeverityScale = DEFAULT) -> Proposal:
    """Severity, title and description from the failed tests' outcomes, of which the first three are told."""
    parts = _parts(failed=len(failed), tested=tested, critical=attribute.critical, scale=scale,
                   found=extent(failed, attribute=attribute), materiality=scale.materiality_of(attribute))
    severity = _STEPS[min(len(_STEPS) - 1, sum(steps for steps, _ in parts))]
    told = "\n".join(f"- {outcome.reason}" for outcome in failed[:_EXAMPLES])
    more = f"\n- and {len(failed) - _EXAMPLES:,} more" if len(failed) > _EXAMPLES else ""
    return Proposal(
        severity=severity,
        basis=f"{severity}: low, {'; '.join(f'{why} +{steps}' for steps, why in parts) or 'nothing adds to it'}",
        title=f"{attribute.title} disagrees with its source in {line_of_business}",
        description=f"{len(failed):,} of {counted(tested, 'test')} of {attribute.title} (line {attribute.line}"
                    f"{', critical' if attribute.critical else ''}) in {line_of_business} failed:\n{told}{more}")
