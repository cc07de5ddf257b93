"""Draws on the command line: why a record is there, the same draw again, and a draw that does not repeat."""

from __future__ import annotations

import pytest

from models.database import Database, Tx, one, run
from tests.cli.desk import Desk
from tests.cli.test_by_hand import approve
from tests.workflows.tiny import REPORT_OWNER, TESTER, Tiny

pytestmark = pytest.mark.asyncio(loop_scope="session")
DRAWN = Tiny(cycle="drawing", records=40, sampling={
    "method": "systematic", "size": 5, "seed": "lot 17", "seed_reason": "drawn before a notary"})
CHOSEN = Tiny(cycle="choosing", records=4, sampling={"method": "judgemental"})
RATES = ("--tolerable", "5%", "--risk", "5%")


async def to_samples(desk: Desk, tiny: Tiny) -> str:
    """A cycle whose samples are proposed; its name."""
    fresh = tiny.slug not in desk.started
    slug = await desk.begun(tiny)
    if fresh:
        await approve(desk, slug, "planning", TESTER)
        await approve(desk, slug, "data_profiling", REPORT_OWNER)
        await approve(desk, slug, "scoping", REPORT_OWNER)
        await desk.version(slug, "sample_selection", "draft")
    return slug


async def test_every_record_says_why(desk: Desk) -> None:
    """Method, seed, place; of one record or of all."""
    slug = await to_samples(desk, DRAWN)
    found = await desk.ask("sampling", "explain", slug)
    assert (5, {"systematic"}, {"lot 17"}) == (
        len(found), {row["category"] for row in found}, {row["seed"] for row in found})
    alone = await desk.ask("sampling", "explain", slug, found[2]["key"])
    assert (found[2], f"r{alone['rank']:04d}") == (alone, alone["key"])


async def test_a_draw_repeats(desk: Desk) -> None:
    """From what the cycle pins alone."""
    slug = await to_samples(desk, DRAWN)
    (again,) = await desk.ask("sampling", "redraw", slug)
    assert (1, 5, "lot 17") == (again["version"], again["records"], again["seed"])


async def test_what_proves_no_rate_is_not_evaluated(desk: Desk) -> None:
    """A cycle drawn at an even interval is told so, and so is one that nobody knows."""
    said = await desk.run("sampling", "evaluate", await to_samples(desk, DRAWN))
    assert (2, True) == (said.code, "drawn by systematic, which proves nothing of the others" in said.err)
    assert 3 == (await desk.run("sampling", "evaluate", "no:cycle")).code


async def test_a_changed_draw_does_not_repeat(desk: Desk) -> None:
    """A superuser who swaps the reason of a record is found out, by key and field."""
    slug = await to_samples(desk, DRAWN)
    admin = Database(desk.admin, pool_size=1)
    async with admin.begin() as tx:
        revision, content = await _first(tx, slug)
        await _write(tx, revision, content.replace("drawn at an even interval", "drawn by hand"))
    said = await desk.run("sampling", "redraw", slug, "--output", "json")
    async with admin.begin() as tx:
        await _write(tx, revision, content)
    await admin.close()
    (difference,) = said.data
    assert (6, "reason") == (said.code, difference["field"])
    assert "does not repeat: 1 difference" in said.err


async def _first(tx: Tx, slug: str) -> tuple[int, str]:
    row = await one(tx, "select r.id, r.content from item_revision r join phase p on p.id = r.phase join cycle_report c"
                        " on c.id = p.cycle where c.slug = :s and p.kind = 'sample_selection' order by r.id limit 1",
                    s=slug)
    assert row is not None
    return row.id, row.content


async def _write(tx: Tx, revision: int, content: str) -> None:
    await run(tx, "set local session_replication_role = replica")
    await run(tx, "update item_revision set content = :c where id = :r", c=content, r=revision)


@pytest.mark.nightly
async def test_chosen_by_judgement(desk: Desk) -> None:
    """Nothing is drawn; what the tester adds carries a reason and the hash of the population."""
    slug = await to_samples(desk, CHOSEN)
    assert [] == await desk.ask("sampling", "explain", slug)
    await desk.do("item", "add", slug, "sample_selection", "r0002", "--reason", "largest exposure")
    (chosen,) = await desk.ask("sampling", "explain", slug)
    assert ("judgemental", "largest exposure", "", 64) == (
        chosen["category"], chosen["reason"], chosen["seed"], len(chosen["population_sha256"]))


class TestWithoutAStack:
    @pytest.mark.parametrize(("words", "code", "told"), [
        (("size",), 2, "--tolerable is missing"), (("size", "--tolerable", "5 per cent"), 2, "is no rate"),
        (("size", "--table", "aicpa"), 3, "tables: ffiec_hmda_2017, cfr12_1002_app_f"),
        (("size", "--table", "cfr12_1002_app_f"), 2, "--population is missing"),
        (("size", "--table", "cfr12_1002_app_f", "--population", "99"), 2, "begins at 100"),
        (("evaluate", *RATES), 2, "--deviations is missing"),
        (("evaluate", *RATES, "--sample", "5", "--deviations", "6"), 2, "cannot be"),
        (("evaluate", "--table", "ffiec_hmda_2017", "--population", "400", "--initial", "3", "--deviations", "2"), 2,
         "fewer than 3 in its first part")])
    async def test_what_cannot_be(self, words: tuple[str, ...], code: int, told: str, desk: Desk) -> None:
        """It is said with the way out."""
        said = await desk.run("sampling", *words)
        assert (code, True) == (said.code, told in said.err)

    async def test_a_field_stops_early(self, desk: Desk) -> None:
        """One error in the initial sample, whatever else is said."""
        words = ("evaluate", "--table", "ffiec_hmda_2017", "--population", "400", "--initial", "1")
        assert "stop" == (await desk.ask("sampling", *words))["decision"]
