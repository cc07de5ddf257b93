"""Quarters in which a schedule leaves institutions out still come to a signed report."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.client import Session
from cli.demo.command import Options, play_cycle
from tests.examples.fca_quarters import identity, plain_records, write_quarter

pytestmark = pytest.mark.asyncio(loop_scope="session")
LEFT_OUT = identity(2)  # the only institution of its district


@pytest.mark.nightly
async def test_what_a_source_leaves_out_is_waived_and_the_rest_is_tested(session: Session, tmp_path: Path) -> None:
    """An institution without a record in RC-L, and so a district without any, costs its cases there and no others."""
    whole = plain_records()
    gaps = plain_records(RCL=[row for row in whole["RCL"] if row[5] != LEFT_OUT[5]])
    quarter = write_quarter(tmp_path / "quarter.zip", records=gaps)
    played = await play_cycle(session, Options(example="fca_call_report", quarter=quarter), say=lambda _: None)
    found = await played.cast.read(
        "select record_key, attribute, state from case_state s join cycle_report c on c.id = s.cycle"
        " where c.slug = :cycle"
    )
    waived = {(case.record_key, case.attribute) for case in found if case.state == "waived"}
    assert {(LEFT_OUT[5], "NONACR")} == waived
    assert {"waived", "concluded"} == {case.state for case in found}


@pytest.mark.nightly
async def test_a_district_that_only_a_source_knows_stops_nobody(session: Session, tmp_path: Path) -> None:
    """A file that holds none of the institutions asked for is refused, and the cycle goes on without it."""
    whole = plain_records()
    stranger = (7, 31, 9, 12, 1999, "731009")
    more = plain_records(RCM=[*whole["RCM"], (*stranger, 0)])
    quarter = write_quarter(tmp_path / "quarter.zip", records=more)
    played = await play_cycle(session, Options(example="fca_call_report", quarter=quarter), say=lambda _: None)
    assert played.compared.holds
