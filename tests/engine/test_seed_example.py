"""The example that the project started from: one sample rejected, three carried as approved, two added."""

from __future__ import annotations

from typing import Any

import pytest

from models.items import Origin
from models.membership import SYSTEM
from tests.engine.builders import Lab, Round

pytestmark = pytest.mark.asyncio(loop_scope="session")
BOTH_WAYS = pytest.mark.parametrize("outcome", ["approved", "rejected"])


async def first_version(lab: Lab, outcome: str) -> Round:
    """Version 1: samples 1, 2, 4 recommended by the tester and 3 by a model; the report owner rejects 2."""
    samples = await lab.round("sample_selection")
    await samples.cut()
    await samples.add("1", "2", "4")
    await samples.add("3", by=SYSTEM, origin=Origin.LLM)
    await samples.decide(**{"3": "approve"})
    await samples.submit()
    await samples.decide(**{"1": "approve", "2": "reject", "3": "approve", "4": "approve"})
    await (samples.approve() if outcome == "approved" else samples.reject(reason="sample 2 is a duplicate"))
    return samples


async def both_versions(lab: Lab, outcome: str) -> Round:
    """Version 2 as well: cut from version 1, with samples 5 and 6 added by the tester."""
    samples = await first_version(lab, outcome)
    await samples.cut()
    await samples.add("5", "6")
    return samples


async def told(samples: Round, number: int) -> dict[str, tuple[Any, ...]]:
    """Origin, tester's and approver's verdict, and the version in which the approver gave it, by sample."""
    found = await samples.read(
        "select natural_key, origin, tester_verdict, approver_verdict, approver_in from member"
        " where phase = :p and number = :n", n=number,
    )
    return {row.natural_key: tuple(row)[1:] for row in found}


@BOTH_WAYS
async def test_version_1_is_as_the_report_owner_left_it(lab: Lab, outcome: str) -> None:
    """Three samples approved, sample 2 rejected, each with the origin it came with."""
    samples = await first_version(lab, outcome)
    assert {
        "1": ("tester", "approve", "approve", 1), "2": ("tester", "approve", "reject", 1),
        "3": ("llm", "approve", "approve", 1), "4": ("tester", "approve", "approve", 1),
    } == await told(samples, 1)
    assert outcome == (await samples.header(1)).status


@BOTH_WAYS
async def test_version_2_carries_the_approved_and_holds_the_new_as_pending(lab: Lab, outcome: str) -> None:
    """1, 3 and 4 are carried as approved in v1 with their origin; 5 and 6 are pending; 2 is gone."""
    samples = await both_versions(lab, outcome)
    assert {
        "1": ("tester", "approve", "approve", 1), "3": ("llm", "approve", "approve", 1),
        "4": ("tester", "approve", "approve", 1),
        "5": ("tester", "approve", None, None), "6": ("tester", "approve", None, None),
    } == await told(samples, 2)
    assert 1 == (await samples.header(2)).parent


@BOTH_WAYS
async def test_version_1_is_unchanged_by_version_2(lab: Lab, outcome: str) -> None:
    """Members, decisions and hashes of v1 are the same after v2 was cut, extended, submitted and approved."""
    samples = await first_version(lab, outcome)
    members, header = await samples.seen(1), await samples.header(1)
    await samples.cut()
    await samples.add("5", "6")
    await samples.submit()
    await samples.approve()
    after = await samples.header(1)
    status = "superseded" if outcome == "approved" else "rejected"
    assert members == await samples.seen(1)
    assert {**header._mapping, "status": status} == dict(after._mapping)


@BOTH_WAYS
async def test_what_counts_is_what_both_sides_kept(lab: Lab, outcome: str) -> None:
    """Before v2 is approved the effective set is that of an approved v1 without 2; afterwards it is 1, 3, 4, 5, 6."""
    samples = await both_versions(lab, outcome)
    query = "select natural_key from effective where phase = :p order by natural_key"
    before = [row.natural_key for row in await samples.read(query)]
    await samples.submit()
    await samples.approve()
    after = [row.natural_key for row in await samples.read(query)]
    assert (["1", "3", "4"] if outcome == "approved" else []) == before
    assert ["1", "3", "4", "5", "6"] == after


async def test_the_carried_cost_no_rows(lab: Lab) -> None:
    """Cutting v2 writes neither a revision nor a decision."""
    samples = await first_version(lab, "approved")
    count = (
        "select (select count(*) from item_revision where phase = :p) as revisions,"
        " (select count(*) from item_decision where phase = :p) as decisions"
    )
    before = await samples.read(count)
    await samples.cut()
    assert before == await samples.read(count)
