"""Whatever cannot be done gets one clear error and its exit code, prints no data, and changes nothing."""

from __future__ import annotations

import asyncio
import csv
from pathlib import Path

import pytest

from tests.cli.builders import sheet, written
from tests.cli.desk import Desk, Said
from tests.databases import MigratedServer
from tests.workflows.tiny import EXECUTIVE, REPORT_OWNER, TESTER, Tiny

pytestmark = pytest.mark.asyncio(loop_scope="session")
TINY = Tiny(cycle="refused", records=4, owners=("ann",))
SLUG = TINY.slug
ID = "refused-command-0001"


async def refused(desk: Desk, *words: str, actor: str = TESTER, env: dict[str, str] | None = None) -> Said:
    """A command that is refused: stdout is empty and every fact is as it was."""
    await desk.begun(TINY)
    before = await desk.facts()
    said = await desk.run(*words, "--as", actor, env=env)
    assert "" == said.out
    assert before == await desk.facts()
    return said


def error(said: Said) -> tuple[int, str]:
    """Exit code and error code."""
    line = next(line for line in said.err.splitlines() if line.startswith("error["))
    return said.code, line[6:line.index("]")]


@pytest.mark.parametrize(("words", "actor", "expected"), [
    (f"item decide {SLUG} planning --all approve", REPORT_OWNER, (5, "wrong_role")),
    (f"item decide {SLUG} planning --all approve", "stranger", (5, "wrong_role")),
    (f"item decide {SLUG} planning nothing --verdict approve", TESTER, (3, "not_found")),
    (f"item decide {SLUG} planning a1 --verdict maybe", TESTER, (2, "malformed_command")),
    (f"item decide {SLUG} planning a1 --verdict reject", TESTER, (5, "reason_missing")),
    (f"item decide {SLUG} planning", TESTER, (2, "bad_input")),
    (f"item decide {SLUG} planning a1 --verdict approve --version 7", TESTER, (4, "stale_version")),
    (f"item edit {SLUG} planning a1 data_type=colour", TESTER, (2, "malformed_command")),
    (f"item remove {SLUG} planning nothing", TESTER, (3, "not_found")),
    (f"version submit {SLUG} planning", TESTER, (5, "undecided_items")),
    (f"version submit {SLUG} scoping", TESTER, (3, "not_found")),
    (f"version submit {SLUG} nonsense", TESTER, (3, "not_found")),
    (f"version submit {SLUG} request_info", TESTER, (4, "wrong_state")),
    (f"version submit {SLUG} observation_management", TESTER, (2, "bad_input")),
    ("version submit nowhere planning", TESTER, (3, "not_found")),
    (f"version approve {SLUG} planning", TESTER, (4, "wrong_state")),
    (f"version open {SLUG} planning", TESTER, (4, "open_version_exists")),
    (f"version withdraw {SLUG} planning", TESTER, (5, "reason_missing")),
    (f"owner assign {SLUG} --attribute a1 --line Cards --owner ann", "dora", (4, "wrong_state")),
    (f"owner retry {SLUG} ann", TESTER, (3, "not_found")),
    (f"owner dispute {SLUG} --reason x", TESTER, (5, "wrong_role")),
    (f"case waive {SLUG} TC-99999 --reason x", TESTER, (3, "not_found")),
    (f"case waive {SLUG} --record nobody --reason x", TESTER, (4, "wrong_state")),
    (f"case waive {SLUG} TC-00001 --record r0001 --reason x", TESTER, (2, "bad_input")),
    (f"evidence accept {SLUG} 4711", TESTER, (3, "not_found")),
    (f"evidence accept {SLUG}", TESTER, (4, "wrong_state")),
    (f"execution review {SLUG}", TESTER, (4, "wrong_state")),
    (f"report sign {SLUG}", REPORT_OWNER, (3, "not_found")),
    (f"report show {SLUG}", TESTER, (3, "not_found")),
    (f"cycle cancel {SLUG}", EXECUTIVE, (5, "reason_missing")),
    (f"cycle resume {SLUG} --reason x", EXECUTIVE, (4, "wrong_state")),
    (f"item comment {SLUG} planning nothing why", TESTER, (3, "not_found")),
    (f"item comment {SLUG} planning a1 why", "ann", (5, "wrong_role")),
    (f"item comment {SLUG} planning a1 {'x' * 4001}", TESTER, (5, "too_large")),
    (f"item lineage {SLUG} planning nothing", TESTER, (3, "not_found")),
    (f"version diff {SLUG} planning v1 v9", TESTER, (3, "not_found")),
    (f"version diff {SLUG} planning one two", TESTER, (2, "bad_input")),
    (f"version diff {SLUG} planning v1 v1 --only moved", TESTER, (2, "bad_input")),
    (f"version history {SLUG} scoping", TESTER, (3, "not_found")),
    (f"version show {SLUG} planning --after nothing", TESTER, (3, "not_found")),
    (f"version show {SLUG} planning --limit 0", TESTER, (2, "bad_input")),
    (f"version show {SLUG} planning --sheet s.ods", TESTER, (2, "bad_input")),
    (f"version approve {SLUG} planning --all-owners", TESTER, (2, "bad_input")),
    (f"version approve {SLUG} observation_management --all-owners --owner ann", TESTER, (2, "bad_input")),
    (f"version approve {SLUG} observation_management --all-owners", REPORT_OWNER, (4, "wrong_state")),
    (f"version show {SLUG} observation_management --all-owners", "stranger", (5, "wrong_role")),
    (f"people reassign {SLUG} --role tester --from rhea --successor ann --reason x", EXECUTIVE, (5, "wrong_role")),
])
async def test_is_refused(desk: Desk, words: str, actor: str, expected: tuple[int, str]) -> None:
    """Wrong role, unknown, stale, undecided or without a reason: each says so."""
    assert expected == error(await refused(desk, *words.split(), actor=actor))


@pytest.mark.parametrize(("rows", "expected", "said"), [
    ([("x", "a1", "approve", "")], (2, "malformed_sheet"), "row 2, column revision"),
    ([("1", "zz", "approve", "")], (3, "not_found"), "row 2: zz"),
    ([("999999", "a1", "approve", "")], (4, "stale_sheet"), "row 2: a1 has changed"),
])
async def test_a_sheet_applies_whole_or_not_at_all(
    desk: Desk, tmp_path: Path, rows: list[tuple[str, ...]], expected: tuple[int, str], said: str
) -> None:
    """One bad row refuses the good ones with it, and is named."""
    await desk.begun(TINY)
    items = (await desk.ask("version", "show", SLUG, "planning"))["items"]
    good = [(str(item["revision"]), item["key"], "approve", "") for item in items if item["key"] != "a1"]
    path = tmp_path / "s.csv"
    path.write_bytes(sheet(*rows, *good))
    answer = await refused(desk, "item", "decide", SLUG, "planning", "--sheet", str(path))
    assert (expected, True) == (error(answer), said in answer.err)


@pytest.mark.parametrize(("content", "said"), [
    (None, "does not exist"), ("folder", "is a folder"), (b"", "is empty"), (b"%PDF-1.7", "is a PDF"),
    (b"PK\x03\x04", "is a workbook"),
])
@pytest.mark.parametrize("words", [
    ("item", "decide", SLUG, "planning", "--sheet", "FILE"), ("owner", "assign", SLUG, "--sheet", "FILE"),
    ("cycle", "start", "FILE"),
], ids=lambda words: " ".join(words[:2]))
async def test_a_file_is_looked_at_first(
    desk: Desk, tmp_path: Path, words: tuple[str, ...], content: bytes | str | None, said: str
) -> None:
    """Missing, a folder, empty or of another kind: nothing is stored or sent."""
    path = tmp_path / "file"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content:
        path.mkdir()
    answer = await refused(desk, *(str(path) if word == "FILE" else word for word in words), actor="ann")
    assert ((2, "unusable_file"), True) == (error(answer), said in answer.err)


@pytest.mark.parametrize(("content", "said"), [(None, "does not exist"), (b"", "is empty")])
async def test_evidence_is_looked_at_first(desk: Desk, tmp_path: Path, content: bytes | None, said: str) -> None:
    """Missing or empty: nothing is stored or sent. What kind of file it is, the worker finds out."""
    path = tmp_path / "file"
    if content is not None:
        path.write_bytes(content)
    answer = await refused(desk, "evidence", "upload", SLUG, str(path), "--source", "ledger", actor="ann")
    assert ((2, "unusable_file"), True) == (error(answer), said in answer.err)


class TestDependencies:
    COMMAND = ("version", "submit", SLUG, "planning")

    async def test_no_worker(self, desk: Desk) -> None:
        """Nobody polls the queue: the command is not sent."""
        answer = await refused(desk, *self.COMMAND, env={"ASSAY_TASK_QUEUE": "nobody"})
        assert ((7, "no_worker"), True) == (error(answer), "task queue 'nobody'" in answer.err)

    async def test_no_server(self, desk: Desk) -> None:
        """The Temporal server does not answer; reading goes on."""
        assert (7, "server_down") == error(await refused(desk, *self.COMMAND, env={"TEMPORAL_ADDRESS": "127.0.0.1:1"}))
        assert 0 == (await desk.run("cycle", "list", env={"TEMPORAL_ADDRESS": "127.0.0.1:1"})).code

    async def test_no_namespace(self, desk: Desk) -> None:
        """A server that does not know the namespace is as good as down."""
        assert (7, "server_down") == error(await refused(desk, *self.COMMAND, env={"TEMPORAL_NAMESPACE": "nowhere"}))

    @pytest.mark.parametrize("address", ["127.0.0.1:1", "no-such-host.invalid:5432"])
    async def test_no_database(self, desk: Desk, address: str) -> None:
        """The database does not answer."""
        url = f"postgresql://assay_reader@{address}/assay"
        assert (7, "database_down") == error(await refused(desk, *self.COMMAND, env={"ASSAY_READER_URL": url}))

    async def test_no_such_database(self, desk: Desk) -> None:
        """The server answers and does not let us in."""
        url = desk.env["ASSAY_READER_URL"].rpartition("/")[0] + "/nowhere"
        assert (7, "database_down") == error(await refused(desk, *self.COMMAND, env={"ASSAY_READER_URL": url}))

    async def test_older_schema(self, desk: Desk, migrated_server: MigratedServer) -> None:
        """A database that was never migrated is named as such."""
        url = migrated_server.urls("postgres").reader
        answer = await refused(desk, *self.COMMAND, env={"ASSAY_READER_URL": url})
        assert ((7, "schema_mismatch"), True) == (error(answer), "make migrate" in answer.err)

    async def test_check_names_what_is_wrong(self, desk: Desk) -> None:
        """Every failed check has its fix; the others are looked at all the same."""
        env = {"ASSAY_TASK_QUEUE": "nobody", "ASSAY_READER_URL": desk.env["ASSAY_DATABASE_URL"]}
        said = await desk.run("worker", "check", "--output", "json", env=env)
        wrong = {check["check"]: check["fix"] for check in said.data if not check["ok"]}
        assert (7, {"reader role", "worker"}) == (said.code, set(wrong))
        assert all(wrong.values())

    async def test_check_of_a_stack_that_is_up(self, desk: Desk) -> None:
        """All is well."""
        said = await desk.run("worker", "check", "--output", "json")
        assert (0, True) == (said.code, all(check["ok"] for check in said.data))


async def test_a_started_cycle_is_left_as_it_is(desk: Desk) -> None:
    """The same files answer with the running cycle, others are refused."""
    await desk.begun(TINY)
    path = desk.folder / TINY.cycle / "cycle.yaml"
    before = await desk.facts()
    assert 0 == (await desk.run("cycle", "start", str(path), "--as", EXECUTIVE)).code
    assert before == await desk.facts()
    folder = desk.folder / "other"
    folder.mkdir()
    other = written(folder, TINY, instructions="other input")
    assert (4, "already_running") == error(await refused(desk, "cycle", "start", str(other), actor=EXECUTIVE))


async def test_only_an_ended_cycle_is_amended(desk: Desk) -> None:
    """A correction needs something to correct."""
    await desk.begun(TINY)
    path = desk.folder / TINY.cycle / "cycle.yaml"
    answer = await refused(desk, "cycle", "start", str(path), "--amends", SLUG, actor=EXECUTIVE)
    assert (4, "wrong_state") == error(answer)


async def test_a_dry_run_judges_and_changes_nothing(desk: Desk) -> None:
    """The answer is the real one."""
    await desk.begun(TINY)
    before = await desk.facts()
    said = await desk.run("item", "decide", SLUG, "planning", "--all", "approve", "--dry-run", "--as", TESTER)
    assert (0, True) == (said.code, "dry run" in said.err)
    assert before == await desk.facts()


async def test_nobody_approves_what_they_made(desk: Desk) -> None:
    """Even who holds both roles needs another to approve."""
    tiny = Tiny(cycle="both", records=2)
    slug = await desk.begun(tiny)
    both = ("--role", "report_owner", "--from", REPORT_OWNER, "--successor", TESTER, "--reason", "holiday")
    await desk.do("people", "reassign", slug, *both, actor=EXECUTIVE)
    answers = []
    for phase in ("planning", "data_profiling"):
        await desk.version(slug, phase, "draft")
        await desk.do("item", "decide", slug, phase, "--all", "approve")
        await desk.do("version", "submit", slug, phase)
        answers.append(await desk.run("version", "approve", slug, phase, "--rest", "--as", TESTER))
    assert [0, 5] == [answer.code for answer in answers]
    assert (5, "self_approval") == error(answers[1])


class TestUnknown:
    async def test_is_sent_again_with_one_effect(self, desk: Desk) -> None:
        """No answer in time ends with 8 and the command to run, which gives the answer."""
        slug = await desk.begun(Tiny(cycle="unknown", records=2))
        words = ("item", "decide", slug, "planning", "a1", "--verdict", "approve", "--as", TESTER)
        said = await desk.run(*words, "--timeout", "0.0001", "--command-id", ID)
        assert ((8, "unknown"), True) == (error(said), f"starter.py {' '.join(words)} --command-id {ID}" in said.err)
        again = [await desk.run(*words, "--command-id", ID, "--output", "json") for _ in range(2)]
        assert [0, 0] == [one.code for one in again]
        assert again[0].data["result"] == again[1].data["result"]
        shown = await desk.ask("version", "show", slug, "planning")
        assert 2 == shown["lock_version"]

    async def test_an_id_is_one_command(self, desk: Desk) -> None:
        """The id of a sent command does not serve for another."""
        slug = await desk.begun(Tiny(cycle="reused", records=2))
        words = ("item", "decide", slug, "planning", "a1", "--verdict", "approve", "--command-id", "reused-command-1")
        await desk.do(*words)
        said = await desk.run(*words[:4], "a2", *words[5:], "--as", TESTER)
        assert (4, "command_reused") == error(said)


async def test_a_signal_takes_effect_without_an_answer(desk: Desk) -> None:
    """An approver's verb as a signal goes down the same path."""
    slug = await desk.begun(Tiny(cycle="signal", records=2))
    await desk.do("item", "decide", slug, "planning", "--all", "approve", "--signal")
    async with asyncio.timeout(30):
        while (await desk.ask("version", "show", slug, "planning"))["tester_undecided"]:
            await asyncio.sleep(0.1)
    await desk.do("version", "submit", slug, "planning")
    await desk.do("version", "approve", slug, "planning", "--rest", "--signal")
    assert 1 == await desk.version(slug, "planning", "approved")


async def test_more_than_a_message_carries(desk: Desk) -> None:
    """Hundreds of decisions go through the content store, with one answer."""
    slug = await desk.begun(Tiny(cycle="large", records=2, attributes=250))
    await desk.do("item", "decide", slug, "planning", "--all", "approve")
    assert 0 == (await desk.ask("version", "show", slug, "planning"))["tester_undecided"]


async def test_the_inbox_says_what_to_do_next(desk: Desk) -> None:
    """The command in the inbox can be run as it stands."""
    slug = await desk.begun(Tiny(cycle="inbox", records=2))
    said = await desk.run("inbox", "--cycle", slug, "--output", "csv", "--as", TESTER)
    commands = [row["command"] for row in csv.DictReader(said.out.splitlines())]
    assert [f"python starter.py version show {slug} planning --sheet planning-v1.xlsx --as {TESTER}"] == commands


async def test_a_draft_that_is_decided_is_to_be_submitted(desk: Desk) -> None:
    """Deciding once more changes nothing, and the next command is named."""
    slug = await desk.begun(Tiny(cycle="decided", records=1, owners=("ann",)))
    await desk.do("item", "decide", slug, "planning", "--all", "approve")
    said = await desk.run("item", "decide", slug, "planning", "--all", "approve", "--as", TESTER)
    assert 4 == said.code
    assert f"hint: starter.py version submit {slug} planning\n" in said.err
