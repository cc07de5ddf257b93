"""The oldest Postgres that is supported migrates to the same schema and holds the same laws: an attack on each.

Those that are not here run on it at night.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.engine import (
    test_grants,
    test_law_1_states,
    test_law_2_frozen,
    test_law_3_decided,
    test_law_4_duties,
    test_law_5_rejected,
    test_law_6_reasons,
    test_law_7_commands,
    test_law_8_hashes,
    test_law_9_events,
    test_policies,
    test_signoffs,
)
from tests.engine.builders import Lab
from tests.floor import FLOOR

pytestmark = pytest.mark.asyncio(loop_scope="session")

ATTACKS: list[Callable[[Lab], Awaitable[None]]] = [
    test_law_1_states.test_one_approved_version,
    test_law_1_states.test_a_rejected_version_supersedes_nothing,
    test_law_1_states.test_two_drafts_at_once_are_one,
    test_law_2_frozen.TestBelowTheOpenVersion().test_an_approval_is_not_revoked,
    test_law_2_frozen.TestBelowTheOpenVersion().test_the_present_can_change,
    test_law_2_frozen.TestNothingIsDeleted().test_by_nobody,
    test_law_3_decided.test_submit_takes_every_tester_decision,
    test_law_3_decided.test_approve_takes_every_approver_decision,
    test_law_4_duties.test_an_author_of_carried_content_does_not_approve,
    test_law_5_rejected.test_what_the_tester_rejected_does_not_count,
    test_law_6_reasons.test_rejecting_a_version_without_a_word,
    test_law_7_commands.test_an_answer_is_final,
    test_law_8_hashes.test_hashes_of_old_versions_recompute_for_ever,
    test_law_9_events.test_an_event_continues_the_one_before,
    test_signoffs.test_the_approver_alone_does_not_do,
    test_grants.test_no_other_column_is_updated,
    test_policies.test_the_policies_are_the_phases,
    test_policies.test_the_typed_tables_have_the_fields_of_the_items,
]


async def test_it_is_the_oldest_release(lab: Lab) -> None:
    """What follows does not run on the embedded server by mistake."""
    async with lab.app.acquire() as connection:
        assert FLOOR == (await connection.fetchval("show server_version")).partition(".")[0]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__.removeprefix("test_"))
async def test_the_laws_hold(lab: Lab, attack: Callable[[Lab], Awaitable[None]]) -> None:
    """Each attack is refused as on the embedded release."""
    await attack(lab)
