"""Real filings, whole: every quarter at hand runs to a signed report, and its outcomes are what the filings say."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.client import Session
from cli.demo.command import Options, play_cycle
from tests.oracles.fca import expected_outcomes, rule_breaks

FOLDER = Path(__file__).parents[2].parent / "shared" / "data" / "fca"
QUARTERS = sorted(FOLDER.glob("*.zip"))
pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(not QUARTERS, reason="the real quarters are not beside the checkout (../shared/data/fca)"),
]


def _ids(quarters: list[Path]) -> list[str]:
    return [quarter.stem for quarter in quarters]


async def _run(session: Session, quarter: Path, perturb: int | None = None):  # type: ignore[no-untyped-def]
    return await play_cycle(
        session, Options(example="fca_call_report", quarter=quarter, perturb=perturb), say=lambda _: None
    )


@pytest.mark.nightly
@pytest.mark.parametrize("quarter", QUARTERS, ids=_ids(QUARTERS))
async def test_outcomes_equal_an_independent_computation(session: Session, quarter: Path) -> None:
    """Row by row, unperturbed, the outcome of each case is the one computed straight from the published files."""
    played = await _run(session, quarter)
    cases = await played.cast.read(
        "select s.record_key, s.attribute, s.outcome from case_state s join cycle_report c on c.id ="
        " s.cycle where c.slug = :cycle"
    )
    expected = {
        key: "match" if outcome == "match" else outcome for key, (_, _, outcome) in expected_outcomes(quarter).items()
    }
    assert expected == {(case.record_key, case.attribute): case.outcome for case in cases}
    assert {(rule, key) for rule, key in rule_breaks(quarter)} <= played.compared.found_rules


async def test_exactly_the_perturbed_values_are_found(session: Session) -> None:
    """With some evidence changed, those cases mismatch, and otherwise only what the filing itself disagrees on."""
    quarter, seed = QUARTERS[-1], 4
    as_filed = {key for key, (_, _, outcome) in expected_outcomes(quarter).items() if outcome == "mismatch"}
    played = await _run(session, quarter, seed)
    assert played.compared.planted_values
    assert played.compared.planted_values | as_filed == played.compared.found_values


@pytest.mark.nightly
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("quarter", QUARTERS, ids=_ids(QUARTERS))
async def test_exactly_the_perturbed_values_are_found_in_every_quarter(
    session: Session, quarter: Path, seed: int
) -> None:
    """The same for every quarter at hand, with three seeds each."""
    as_filed = {key for key, (_, _, outcome) in expected_outcomes(quarter).items() if outcome == "mismatch"}
    played = await _run(session, quarter, seed)
    assert played.compared.planted_values | as_filed == played.compared.found_values
