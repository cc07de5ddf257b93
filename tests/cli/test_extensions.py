"""More time by hand: asked for, seen by the tester, granted or refused, and the due dates that follow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from cli.client import Session
from models.database import Database
from models.settings import Endpoints
from models.store import ContentStore
from tests.cli.builders import written
from tests.cli.desk import Desk
from tests.workflows.groundwork import Groundwork
from tests.workflows.people import Play, until
from tests.workflows.tiny import DATA_EXECUTIVE, EXECUTIVE, TESTER, Tiny

pytestmark = pytest.mark.asyncio(loop_scope="session")
TINY = Tiny(cycle="extended", records=2, owners=("ann", "bob"))
TODAY = datetime.now(UTC).date()
ASKED, GIVEN = TODAY + timedelta(days=30), TODAY + timedelta(days=20)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def asked_of(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A cycle in which ann has the cases of Cards and bob those of Loans; its name."""
    home, app = Path(desk.env["ASSAY_HOME"]), Database(desk.env["ASSAY_DATABASE_URL"], pool_size=2)
    store = ContentStore((home / "store").as_uri())
    endpoints = Endpoints(home=home, store_url=store.root, app="", reader="", temporal="")
    play = Play(Session(endpoints, desk.reader, store, ""), TINY)
    given = TINY.stored(store)
    await Groundwork(app, store).lay(play, given, "data_owner_id")
    await app.close()
    await desk.do("cycle", "start", str(written(tmp_path_factory.mktemp("extended"), TINY)), actor=EXECUTIVE)
    await until(play.pairs, "pairs to assign")
    for line, owner in (("Cards", "ann"), ("Loans", "bob")):
        await desk.do("owner", "assign", TINY.slug, "--all-of-line", line, "--owner", owner, actor=DATA_EXECUTIVE)
    return TINY.slug


async def test_more_time_by_hand(desk: Desk, asked_of: str) -> None:
    """Ann asks for all her cases; the tester's inbox says so; what is granted is when they are due, everywhere."""
    slug, reason = asked_of, "the archive is being moved"
    await desk.do("case", "extend", slug, "--until", str(ASKED), "--reason", reason, actor="ann")
    waiting = [task for task in await desk.ask("inbox", "--cycle", slug, "--as", TESTER) if task["owner"] == "ann"]
    command = f"python starter.py case grant {slug} 1 --as {TESTER}"
    assert [(f"grant ann time until {ASKED}, or refuse: {reason}", command, 2)] == [
        (task["what"], task["then"], task["items"]) for task in waiting
    ]
    assert {str(ASKED)} == {case["asked_until"] for case in await desk.ask("case", "list", slug, "--as", "ann")}
    await desk.do("case", "grant", slug, "1", "--until", str(GIVEN))
    due = {case["owner"]: (case["due_at"][:10], case["asked_until"]) for case in await desk.ask("case", "list", slug)}
    assert {"ann": (str(GIVEN), None), "bob": (str(TODAY + timedelta(days=7)), None)} == due
    work = {line["owner"]: line["due_at"][:10] for line in await desk.ask("owner", "list", slug, "--work")}
    assert str(GIVEN) == work["ann"]
    mine = await desk.ask("inbox", "--cycle", slug, "--as", "ann")
    assert [(str(GIVEN), 0)] == [(task["due_at"][:10], task["age_days"]) for task in mine]
    said = [(x["number"], x["status"], x["granted_until"]) for x in await desk.ask("case", "extensions", slug)]
    assert (1, "granted", str(GIVEN)) == said[0]


async def test_a_refusal_is_seen_by_who_asked(desk: Desk, asked_of: str) -> None:
    """Bob asks for one case, is refused with a reason, and sees his own requests only."""
    number = (await desk.ask("case", "list", asked_of, "--as", "bob"))[0]["number"]
    reason = ("--reason", "no staff")
    await desk.do("case", "extend", asked_of, number, "--until", str(ASKED), *reason, actor="bob")
    mine = await desk.ask("case", "extensions", asked_of, "--waiting", "--as", "bob")
    assert [("bob", "open", 1)] == [(line["owner"], line["status"], line["cases"]) for line in mine]
    extension = str(mine[0]["number"])
    await desk.do("case", "refuse", asked_of, extension, "--reason", "the filing is due")
    told = await desk.ask("case", "extensions", asked_of, "--as", "bob")
    assert [("bob", "refused", "the filing is due")] == [
        (line["owner"], line["status"], line["decision_reason"]) for line in told
    ]


@pytest.mark.parametrize(("words", "actor", "code", "said"), [
    ("extend {} --until soon --reason x", "bob", 2, "'soon' is no day"),
    ("extend {} --until 2020-01-01 --reason x", "bob", 4, "2020-01-01 is over"),
    ("extend {} --until 2099-01-01", "bob", 5, "extend carries a reason"),
    ("extend {} --until 2099-01-01 --reason x --source hub", "bob", 3, "there is no source 'hub'"),
    ("extend {} TC-99999 --until 2099-01-01 --reason x", "bob", 4, "not open cases of bob: TC-99999"),
    ("extend {} --until 2099-01-01 --reason x", TESTER, 5, "this needs data_owner"),
    ("grant {} 99", TESTER, 3, "there is no extension 99"),
])
async def test_what_cannot_be_asked(
    desk: Desk, asked_of: str, words: str, actor: str, code: int, said: str
) -> None:
    """One clear error, and nothing is changed."""
    before = await desk.facts()
    refused = await desk.run("case", *words.format(asked_of).split(), "--as", actor)
    assert (code, "") == (refused.code, refused.out)
    assert said in " ".join(refused.err.split())
    assert before == await desk.facts()
