"""Whatever the database refuses reaches people as an error with a code, an exit code and words of their own."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

from models import errors
from models.database import _BY_CONSTRAINT, _MESSAGES, rows, run, translate
from tests.engine.builders import Lab

SQL = Path(__file__).parents[2] / "migrations" / "sql"
ENDLESS = "".join(sha256(str(i).encode()).hexdigest() for i in range(200))
# Written by the system alone, in statements that skip what is there, or under a lock that makes a second impossible.
NOT_BY_A_COMMAND = {
    "one_item_per_key", "one_phase", "one_document", "one_case_per_number", "one_case_per_value", "one_run_per_number",
    "one_run_per_request", "one_result_per_rule", "one_file_per_kind", "version_hash", "one_open_decision",
}
# Only a program that forgets its event, or takes rows from another one, runs into these.
BY_A_DEFECT = {"every_fact_is_in_an_event", "an_event_keeps_its_rows"}
NAMED = """
select c.conname::text as name from pg_constraint c join pg_class t on t.oid = c.conrelid
 where c.connamespace = 'assay'::regnamespace and c.contype in ('c', 'u', 'f', 'p')
   and c.conname !~ ('^' || t.relname || '_(.*_)?(check|fkey|key|pkey)[0-9]*$')
   and c.conname <> 'alembic_version_pkc'
union select i.relname::text
  from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid
 where i.relnamespace = 'assay'::regnamespace and x.indisunique and not x.indisprimary
   and i.relname !~ ('^' || t.relname || '_.*(key|idx)[0-9]*$')
"""


def laws() -> set[str]:
    """The names that the laws refuse by."""
    texts = [file.read_text(encoding="utf-8") for file in SQL.glob("*.sql")]
    return {name for text in texts for name in re.findall(r"refuse\('(\w+)'", text)}


def test_every_law_leads_to_an_error() -> None:
    """No refusal of the laws surfaces as a defect, but for those that are one."""
    assert len(laws()) > 30
    assert laws() - set(_BY_CONSTRAINT) == BY_A_DEFECT


@pytest.mark.asyncio(loop_scope="session")
async def test_every_named_constraint_leads_to_an_error(lab: Lab) -> None:
    """Each named constraint is translated, or is one that no command can run into."""
    async with lab.database.begin() as tx:
        named = {row.name for row in await rows(tx, NAMED)}
    assert set() == (NOT_BY_A_COMMAND | set(_BY_CONSTRAINT)) - named - laws()
    assert set() == named - set(_BY_CONSTRAINT) - NOT_BY_A_COMMAND


def test_every_translation_has_an_exit_code_of_its_own_kind() -> None:
    """Nothing that the database refuses exits as unexpected."""
    assert set() == {name for name, error in _BY_CONSTRAINT.items() if error.exit_code not in (4, 5)}
    assert set() == set(_MESSAGES) - set(_BY_CONSTRAINT)


def test_codes_are_unique() -> None:
    """A code names one class, so that a refusal survives the workflow border."""
    leaves = errors.leaves()
    assert len(leaves) == len({leaf.code for leaf in leaves})
    assert leaves == [type(errors.from_code(leaf.code, "said", hint="do")) for leaf in leaves]


def test_the_tree_names_every_code_under_its_exit_code() -> None:
    """The drawing at the head of the module is complete."""
    drawn: dict[str, int] = {}
    code = 0
    for line in (errors.__doc__ or "").splitlines():
        if found := re.match(r"^    (?:[|`]- )?\w+ +(\d)  (.*)$", line):
            code, line = int(found[1]), found[2]
        elif not line.startswith("    |  "):
            continue
        drawn |= dict.fromkeys(re.findall(r"\b[a-z_]+\b(?=[,:\n]|$)", line.split(":")[0]), code)
    assert {leaf.code: leaf.exit_code for leaf in errors.leaves()} == drawn


@pytest.mark.asyncio(loop_scope="session")
class TestRefusals:
    """How single refusals read."""

    async def test_a_missing_reason_does_not_quote_the_database(self, lab: Lab) -> None:
        """A check constraint is told in words."""
        samples = await lab.standing("submitted")
        with pytest.raises(errors.ReasonMissing) as refusal:
            await samples.reject(reason=" ")
        assert "a reason is required (refusal carries a reason)" == refusal.value.message

    async def test_a_second_draft_is_told_as_such(self, lab: Lab) -> None:
        """A unique index is told in words."""
        samples = await lab.standing("draft")
        with pytest.raises(errors.OpenVersionExists) as refusal:
            await samples.cut()
        assert "the phase has an open version already" == refusal.value.message

    async def test_a_refusal_at_commit_is_translated_too(self, lab: Lab) -> None:
        """A deferred law speaks when the transaction ends."""
        samples = await lab.standing("approved")
        with pytest.raises(errors.WrongState, match="nothing newer than version 1 of sample_selection is approved"):
            async with samples.locked() as (tx, phase):
                await run(tx, "update version set status = 'superseded' where phase = :p", p=phase.id)

    @pytest.mark.parametrize(("key", "expected"), [("a\0b", errors.Malformed), (ENDLESS, errors.TooLarge)])
    async def test_what_no_database_holds_is_refused_for_good(
        self, lab: Lab, key: str, expected: type[errors.AssayError]
    ) -> None:
        """A NUL character or a key beyond the index's size is no defect that a retry could cure."""
        samples = await lab.standing("draft")
        with pytest.raises(expected):
            await samples.add(key)

    async def test_a_defect_surfaces_as_it_is(self, lab: Lab) -> None:
        """A statement that makes no sense is not dressed up as a refusal."""
        async with lab.app.acquire() as connection:
            with pytest.raises(asyncpg.UndefinedTableError) as caught:
                await connection.execute("select from nowhere")
        assert translate(DBAPIError("select from nowhere", None, caught.value)) is None
