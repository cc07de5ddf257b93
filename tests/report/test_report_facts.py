"""Facts that contradict themselves never become a report."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from tests.report.builders import case, cycle, facts, observation, rule, version


def test_times_are_turned_to_utc() -> None:
    """A time with another offset is kept as the same moment in UTC."""
    there = datetime(2026, 4, 13, 10, 30, tzinfo=timezone(timedelta(hours=2)))
    assert datetime(2026, 4, 13, 8, 30, tzinfo=UTC).isoformat() == cycle(started_at=there).started_at.isoformat()


def test_a_time_without_zone_is_refused() -> None:
    """A naive time could mean any moment."""
    with pytest.raises(ValidationError, match="timezone"):
        cycle(started_at=datetime(2026, 4, 13, 8, 30))  # noqa: DTZ001


def test_a_rule_counts_every_record_once() -> None:
    """Passed and failed make the total."""
    with pytest.raises(ValidationError, match="999 passed and 2 failed are not 1000"):
        rule(passed=999, failed=2, total=1000)


def test_a_concluded_case_has_an_outcome() -> None:
    """A conclusion without an outcome would be counted nowhere."""
    with pytest.raises(ValidationError, match="TC-00001' is concluded without an outcome"):
        case(outcome=None)


def test_a_waived_case_has_a_reason() -> None:
    """Blank is no reason."""
    with pytest.raises(ValidationError, match="TC-00001' is waived without a reason"):
        case(state="waived", outcome=None, waiver_reason="  ")


def test_a_case_number_occurs_once() -> None:
    """The same number twice would be counted twice."""
    with pytest.raises(ValidationError, match="case 'TC-00001' occurs more than once"):
        facts(cases=(case(0), case(0)), observations=())


def test_a_finding_is_a_known_case() -> None:
    """An observation cannot point to a case that the report does not have."""
    with pytest.raises(ValidationError, match="unknown cases"):
        facts(observations=(observation(findings=("TC-99999",)),))


def test_versions_belong_to_listed_phases() -> None:
    """A version of a phase that is not listed would be left out silently."""
    with pytest.raises(ValidationError, match="not listed: imaginary"):
        facts(versions=(version("imaginary"),))
