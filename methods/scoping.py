"""Which attributes are recommended for testing, by a score that anybody can add up.

    50 critical + 30 mandatory + 20 an amount + 20 records fail + 10 per past issue, at most 20; at most 100 in all

An amount is a number, money or percent. At `test_at_score` (50 unless the cycle file says otherwise) it is recommended
to test: what is critical always, other attributes once two of these concerns meet.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from methods.text import counted
from models.cycle_file import Scoping
from models.items import Attribute, DataType, Scope

CRITICAL, MANDATORY, AMOUNT, FAILING = 50, 30, 20, 20
PER_ISSUE, MOST_ISSUES = 10, 20
HIGHEST = 100
_AMOUNTS = frozenset({DataType.NUMBER, DataType.MONEY, DataType.PERCENT})


def recommend(attributes: Sequence[Attribute], *, failing: Mapping[str, int], sources: Collection[str],
              settings: Scoping) -> tuple[Scope, ...]:
    """One recommendation per attribute that is no key, in their order.

    `failing` counts the records that fail rules, by attribute; `sources` names the attributes that evidence can come
    for. Without a source an attribute is skipped, whatever its score, for there is nothing to test it with.
    """
    return tuple(_scope(attribute, failing=failing.get(attribute.name, 0), provable=attribute.name in sources,
                        settings=settings)
                 for attribute in attributes if not attribute.primary_key)


def _scope(attribute: Attribute, *, failing: int, provable: bool, settings: Scoping) -> Scope:
    issues = settings.past_issues.get(attribute.name, 0)
    parts = _parts(attribute, failing=failing, issues=issues)
    score = min(HIGHEST, sum(points for points, _ in parts))
    test, reason = _verdict(attribute.name, score=score, provable=provable, settings=settings)
    made = "; ".join(f"{why} {points}" for points, why in parts) or "nothing speaks for it"
    action = "test" if test else "skip"
    return Scope(attribute=attribute.name, action=action, recommended=action, score=score,
                 reason=f"{reason} Score {score}: {made}.", critical=attribute.critical, failing_records=failing,
                 past_issues=issues)


def _parts(attribute: Attribute, *, failing: int, issues: int) -> list[tuple[int, str]]:
    parts = [(CRITICAL if attribute.critical else 0, "critical"),
             (MANDATORY if attribute.mandatory else 0, "mandatory"),
             (AMOUNT if attribute.data_type in _AMOUNTS else 0, f"{attribute.data_type} value"),
             (FAILING if failing else 0, f"{counted(failing, 'failing record')}"),
             (min(MOST_ISSUES, PER_ISSUE * issues), f"{counted(issues, 'past issue')}")]
    return [(points, why) for points, why in parts if points > 0]


def _verdict(name: str, *, score: int, provable: bool, settings: Scoping) -> tuple[bool, str]:
    if not provable:
        wish = " although the standing instruction is to test it always" if name in settings.always else ""
        return False, f"No source gives evidence for it, so it cannot be tested{wish}."
    if name in settings.never:
        return False, "The standing instruction is never to test it."
    if name in settings.always:
        return True, "The standing instruction is always to test it."
    if score >= settings.test_at_score:
        return True, f"The score reaches {settings.test_at_score}."
    return False, f"The score is below {settings.test_at_score}."
