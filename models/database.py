"""Connections to Postgres and the translation of what it refuses. `begin` is the only place where work is committed.

Driver errors are translated by constraint name or SQLSTATE, never by message text.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from time import monotonic
from typing import Any

import asyncpg
from sqlalchemy import BigInteger, DateTime, TextClause, bindparam, event, text
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from models import errors

Tx = AsyncConnection

_BY_CONSTRAINT: dict[str, type[errors.AssayError]] = {
    "one_open_version": errors.OpenVersionExists,
    "one_approved_version": errors.Conflict,
    "version_transition": errors.WrongState,
    "version_numbers_are_gapless": errors.Conflict,
    "only_full_phases_have_versions": errors.WrongState,
    "parent_is_older": errors.Conflict,
    "superseded_by_an_approved_version": errors.WrongState,
    "submission_is_fixed": errors.WrongState,
    "decision_is_fixed": errors.WrongState,
    "withdrawn_before_decided": errors.WrongState,
    "withdrawn_by_its_submitter": errors.WrongRole,
    "history_is_frozen": errors.WrongState,
    "a_draft_follows_its_parent": errors.Conflict,
    "a_rejection_lapses": errors.Conflict,
    "lineage_is_one_line": errors.Conflict,
    "basis_is_approved": errors.WrongState,
    "a_request_lands_in_a_draft": errors.WrongState,
    "decision_fits_the_state": errors.WrongState,
    "a_revoked_decision_is_replaced": errors.UndecidedItems,
    "comment_fits_its_item": errors.Conflict,
    "commenter_takes_part": errors.WrongRole,
    "comment_says_something": errors.Refused,
    "comment_is_short": errors.TooLarge,
    "every_item_is_decided": errors.UndecidedItems,
    "rejected_items_need_rework": errors.RejectedItems,
    "every_role_signs": errors.SignoffMissing,
    "grave_observations_have_plans": errors.Refused,
    "disputes_are_answered": errors.Refused,
    "a_cycle_carries_of_its_report": errors.Conflict,
    "an_owner_disputes_their_own": errors.WrongRole,
    "signoff_fits_the_state": errors.WrongRole,
    "signoff_names_the_content": errors.StaleVersion,
    "one_signoff_per_person": errors.SelfApproval,
    "one_signoff_per_role": errors.WrongState,
    "submitter_holds_the_role": errors.WrongRole,
    "approver_holds_the_role": errors.WrongRole,
    "approver_is_nobody_who_made_it": errors.SelfApproval,
    "system_is_no_person": errors.Refused,
    "refusal_carries_a_reason": errors.ReasonMissing,
    "verdict_carries_a_reason": errors.ReasonMissing,
    "request_carries_a_reason": errors.ReasonMissing,
    "holding_carries_a_reason": errors.ReasonMissing,
    "waiving_carries_a_reason": errors.ReasonMissing,
    "override_carries_a_reason": errors.ReasonMissing,
    "a_return_carries_a_reason": errors.ReasonMissing,
    "a_change_carries_a_reason": errors.ReasonMissing,
    "a_conclusion_carries_a_reason": errors.ReasonMissing,
    "cancelling_carries_a_reason": errors.ReasonMissing,
    "an_extension_carries_a_reason": errors.ReasonMissing,
    "refusing_an_extension_carries_a_reason": errors.ReasonMissing,
    "an_owner_asks_for_themselves": errors.WrongRole,
    "an_extension_is_for_own_open_cases": errors.WrongState,
    "an_extension_is_later": errors.WrongState,
    "one_open_extension": errors.WrongState,
    "nobody_extends_their_own": errors.SelfApproval,
    "a_tester_decides_extensions": errors.WrongRole,
    "a_grant_names_its_date": errors.Conflict,
    "an_extension_is_decided_once": errors.WrongState,
    "one_extension_per_number": errors.Conflict,
    "one_extension_per_command": errors.CommandReused,
    "an_explanation_carries_a_reason": errors.ReasonMissing,
    "rejecting_an_explanation_carries_a_reason": errors.ReasonMissing,
    "an_explanation_is_of_failures": errors.WrongState,
    "an_explanation_is_of_a_standing_result": errors.WrongState,
    "only_explainable_rules_are_explained": errors.Refused,
    "a_submitter_explains": errors.WrongRole,
    "a_submitted_report_is_explained": errors.SuccessorBegun,
    "a_failure_is_explained_once": errors.WrongState,
    "an_explanation_counts_its_records": errors.Conflict,
    "nobody_decides_their_own_explanation": errors.SelfApproval,
    "an_approver_decides_explanations": errors.WrongRole,
    "an_explanation_is_decided_once": errors.WrongState,
    "one_explanation_per_number": errors.Conflict,
    "one_explanation_per_command": errors.CommandReused,
    "a_rule_comes_from_an_earlier_cycle": errors.Conflict,
    "one_open_revision": errors.Conflict,
    "one_cycle_per_slug": errors.AlreadyRunning,
    "one_first_cycle": errors.AlreadyRunning,
    "one_revision_per_command": errors.CommandReused,
    "one_document_revision": errors.Conflict,
    "document_revisions_form_a_chain": errors.Conflict,
    "a_problem_leaves_no_records": errors.Conflict,
    "an_assignment_names_its_owner": errors.WrongState,
    "every_record_is_counted": errors.Conflict,
    "nothing_is_deleted": errors.Conflict,
    "lock_version_counts_up": errors.Conflict,
    "read_committed_only": errors.Conflict,
    "an_answer_is_final": errors.Conflict,
    "a_command_is_answered": errors.Conflict,
    "a_stream_is_gapless": errors.Conflict,
    "events_form_a_chain": errors.Conflict,
}
_MESSAGES = {
    "comment_says_something": "a comment says something",
    "comment_is_short": "a comment has at most 4,000 characters",
    "an_extension_is_decided_once": "this request for more time was answered already",
    "an_explanation_is_decided_once": "this explanation was decided already",
    "an_explanation_is_of_failures": "no record fails: there is nothing to explain",
    "an_owner_asks_for_themselves": "a data owner asks for more time for their own cases",
    "a_grant_names_its_date": "granting more time names a day, refusing it names none",
    "system_is_no_person": "`system` stands for the application; no person has that name",
    "one_open_version": "the phase has an open version already",
    "one_approved_version": "the phase has an approved version already",
    "parent_is_older": "a version is cut from an older one",
    "one_document_revision": "another revision of the document came in between; hand it in again",
    "signoff_names_the_content": "the sign-off names other content than the version holds",
    "one_open_revision": "the item is in the draft already; edit it instead of adding it",
    "one_cycle_per_slug": "the cycle exists already; a finished cycle is corrected by `cycle start --amends`",
    "one_first_cycle": "the cycle exists already; a finished cycle is corrected by `cycle start --amends`",
    "one_signoff_per_person": "one person gives one sign-off of a version",
    "one_signoff_per_role": "the role has signed this version",
}
_HINTS = {
    "an_extension_is_decided_once": "starter.py case extensions CYCLE",
    "an_explanation_is_decided_once": "starter.py profile explanations CYCLE",
    "a_failure_is_explained_once": "starter.py profile explanations CYCLE",
    "one_open_extension": "starter.py case extensions CYCLE",
    "one_open_version": "starter.py version show CYCLE PHASE shows it; submit or withdraw it first",
    "every_role_signs": "starter.py report sign CYCLE, by each of them; the approver signs by approving",
    "rejected_items_need_rework": "starter.py version reject CYCLE PHASE --reason TEXT, so that it is reworked",
    "grave_observations_have_plans": "starter.py version reject CYCLE PHASE --owner OWNER --reason TEXT, so that the"
    " tester plans it; or decide it non_issue, with the rationale",
    "disputes_are_answered": "starter.py item comment CYCLE PHASE KEY ANSWER --owner OWNER, by the tester; or decide it"
    " non_issue, with the rationale",
    "one_open_revision": "starter.py item edit CYCLE PHASE KEY FIELD=VALUE",
    "one_cycle_per_slug": "starter.py cycle list",
    "one_first_cycle": "starter.py cycle list",
    "withdrawn_before_decided": "the approver has begun: ask for a rejection with a reason",
    "one_document_revision": "run the command again",
}
_NEXT = "starter.py cycle show CYCLE says where things stand"
_CHECK = "check ASSAY_DATABASE_URL and ASSAY_READER_URL, or run `make up`"
_CONNECTION = ("08", "57P", "53", "28", "3D")
# What no later attempt can change: a number out of range, a NUL character, a key too long for an index.
_UNFIT: dict[str, type[errors.AssayError]] = {
    "22003": errors.Malformed,
    "22021": errors.Malformed,
    "22P05": errors.Malformed,
    "54000": errors.TooLarge,
}


def _driver_error(error: DBAPIError) -> Any:
    return getattr(error.orig, "__cause__", None) or error.orig


def translate(error: DBAPIError) -> errors.AssayError | None:
    """The Assay error behind a driver error, or None when it is a defect and should surface as it is."""
    driver = _driver_error(error)
    constraint = str(getattr(driver, "constraint_name", None) or "")
    if constraint in _BY_CONSTRAINT:
        said = _MESSAGES.get(constraint) or str(getattr(driver, "message", ""))
        if "check constraint" in said:
            said = f"a reason is required ({constraint.replace('_', ' ')})"
        hint = "--reason TEXT" if _BY_CONSTRAINT[constraint] is errors.ReasonMissing else _HINTS.get(constraint, _NEXT)
        return _BY_CONSTRAINT[constraint](said, hint=hint)
    state = getattr(driver, "sqlstate", None) or ""
    if state in _UNFIT:
        return _UNFIT[state](f"the database cannot hold what was given: {driver}")
    if error.connection_invalidated or state.startswith(_CONNECTION):
        return errors.DatabaseDown(
            f"the database does not answer: {driver}", hint=_CHECK
        )
    return None


@asynccontextmanager
async def translated() -> AsyncIterator[None]:
    """Raise Assay errors in place of the driver's."""
    try:
        yield
    except DBAPIError as error:
        known = translate(error)
        if known is None:
            raise
        raise known from error


class Database:
    """A pool of connections for one role; `app` for workers, `reader` for the command line."""

    def __init__(self, url: str, *, pool_size: int = 10, statement_timeout_seconds: int = 0) -> None:
        settings = {
            "search_path": "assay", "timezone": "UTC", "application_name": "assay", "jit": "off",
            "work_mem": "32MB",  # so that ten thousand items are joined and sorted in memory
        }
        if statement_timeout_seconds:
            settings["statement_timeout"] = f"{statement_timeout_seconds}s"
        self.engine: AsyncEngine = create_async_engine(
            url, pool_size=pool_size, connect_args={"server_settings": settings}
        )
        event.listen(self.engine.sync_engine, "checkin", _note_rest)
        event.listen(self.engine.sync_engine, "checkout", _ask_after_rest)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Tx]:
        """One transaction: committed when the block ends, rolled back when it raises."""
        async with translated():
            tx = await self._connect()
            try:
                async with tx.begin():
                    yield tx
            finally:
                await tx.close()

    async def _connect(self) -> Tx:
        try:
            return await self.engine.connect()
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise errors.DatabaseDown(f"the database does not let us in: {error}", hint=_CHECK) from error

    async def close(self) -> None:
        """Give the connections back."""
        await self.engine.dispose()


_RESTED = 5.0  # seconds after which a connection may have been lost unheard of; asking takes three journeys


def _note_rest(_: Any, record: Any) -> None:
    record.info["given_back"] = monotonic()


def _ask_after_rest(connection: Any, record: Any, _: Any) -> None:
    """Have the pool connect anew where a connection is closed, or rested for long and does not answer."""
    rested = monotonic() - record.info.get("given_back", monotonic())
    try:
        if connection.driver_connection.is_closed():
            raise InvalidatePoolError
        if rested > _RESTED:
            connection.ping()
    except (connection.dbapi.Error, OSError) as error:
        raise InvalidatePoolError from error


_MOST_CLAUSES = 1_000
_clauses: dict[tuple[Any, ...], TextClause] = {}


def _bound(sql: str, values: dict[str, Any]) -> TextClause:
    """The statement with the types of its values, made once for the same types."""
    named = (sql, *values, *(BigInteger if _large(value) else type(value) for value in values.values()))
    if named not in _clauses:
        if len(_clauses) >= _MOST_CLAUSES:
            _clauses.clear()
        _clauses[named] = text(sql).bindparams(*(bindparam(name, type_=_type(v)) for name, v in values.items()))
    return _clauses[named]


def _type(value: Any) -> Any:
    # Aware datetimes and large ids need their type said; everything else the library gets right.
    if isinstance(value, datetime):
        return DateTime(timezone=True)
    if _large(value):
        return BigInteger()
    return bindparam(None, value).type


def _large(value: Any) -> bool:
    return isinstance(value, int) and abs(value) >= 2**31


@asynccontextmanager
async def attempt(tx: Tx, *, keep: bool = True) -> AsyncIterator[None]:
    """Part of a transaction that is undone as a whole when it raises, or when it is not to be kept."""
    async with translated():
        savepoint = await tx.begin_nested()
        try:
            yield
        except BaseException:
            await savepoint.rollback()
            raise
        await (savepoint.commit() if keep else savepoint.rollback())


async def rows(tx: Tx, sql: str, **values: Any) -> list[Any]:
    """All rows of a statement, with attributes named as its columns."""
    return list((await tx.execute(_bound(sql, values), values)).all())


_PART = 50  # as many rows as the driver asks for at once: the next are computed while these are taken


async def each(tx: Tx, sql: str, **values: Any) -> AsyncIterator[Any]:
    """The rows of a statement as they arrive, for more of them than memory should hold."""
    async with tx.stream(_bound(sql, values), values) as found:
        async for part in found.partitions(_PART):
            for row in part:
                yield row


async def one(tx: Tx, sql: str, **values: Any) -> Any:
    """The only row of a statement, or None."""
    return (await tx.execute(_bound(sql, values), values)).one_or_none()


async def scalar(tx: Tx, sql: str, **values: Any) -> Any:
    """The first column of the only row, or None."""
    return (await tx.execute(_bound(sql, values), values)).scalar()


async def run(tx: Tx, sql: str, **values: Any) -> int:
    """Execute a statement; how many rows it touched."""
    return int((await tx.execute(_bound(sql, values), values)).rowcount)
