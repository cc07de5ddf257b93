"""Whose file a hash is: found in every version, the signed one told from those that were not."""

from __future__ import annotations

import pytest

from models.queries.reports import Found, files_of_hash
from tests.engine.builders import Lab, Round

pytestmark = pytest.mark.asyncio
SHA256 = "ab" * 32


async def reported(lab: Lab, status: str) -> Round:
    """A report whose first version is in that status, signed where it had to be."""
    if status not in ("approved", "superseded"):
        return await lab.standing(status, "finalize_report")
    made = await lab.standing("submitted", "finalize_report")
    await made.sign()
    await made.approve()
    if status == "superseded":
        await made.cut()
        await made.submit()
        await made.sign()
        await made.approve()
    return made


async def kept(made: Round, *numbers: int, kind: str = "pdf") -> None:
    """A file of these versions, all of the same bytes."""
    await made.force(*(
        "insert into assay.report_file (phase, number, kind, name, sha256, bytes)"
        f" values ({made.phase}, {number}, '{kind}', 'report.{kind}', '{SHA256}', 9)" for number in numbers))


async def found(lab: Lab, slug: str = "") -> list[Found]:
    """What the hash is found as."""
    async with lab.database.begin() as tx:
        return await files_of_hash(tx, SHA256, slug=slug)


@pytest.mark.parametrize("status", ["submitted", "approved", "rejected", "withdrawn"])
async def test_a_file_has_the_status_of_its_version(lab: Lab, status: str) -> None:
    """And names who signed that version."""
    made = await reported(lab, status)
    await kept(made, 1)
    (file,) = await found(lab, made.cycle.slug)
    assert (status, 1, "pdf", made.cycle.slug) == (file.status, file.version, file.kind, file.cycle)
    assert (status == "approved") == ("omar" in file.signed_by)


async def test_the_signed_version_comes_first(lab: Lab) -> None:
    """Where two versions have the same bytes, the approved one answers, whichever was stored last."""
    made = await reported(lab, "superseded")
    await kept(made, 2, 1)
    assert ["approved", "superseded"] == [file.status for file in await found(lab, made.cycle.slug)]


async def test_another_cycle_has_no_such_file(lab: Lab) -> None:
    """A named cycle is answered for alone."""
    made = await reported(lab, "approved")
    await kept(made, 1)
    other = await reported(lab, "approved")
    assert [] == await found(lab, other.cycle.slug)
    assert made.cycle.slug in {file.cycle for file in await found(lab)}
