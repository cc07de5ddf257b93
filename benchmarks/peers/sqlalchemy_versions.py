"""SQLAlchemy-Continuum and its fork sqlalchemy-history, in both strategies: a version row per changed object.

`validity` closes the row before, `subquery` only inserts. Their versions are transactions, so the end of each of our
versions is noted. Reads of whole sets are written on the version class, as their documentation advises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from typing import Any, ClassVar

from sqlalchemy import ARRAY, Text, any_, bindparam, create_engine, func, or_, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, aliased, configure_mappers, mapped_column

from benchmarks.contestant import Addresses, Rate
from benchmarks.psycopg_contestant import PsycopgContestant
from benchmarks.rows import Row, Verdict

_DELETED = 2
_RATES = """
with v as (select record_key, verdict, transaction_id as began, operation_type, {ended} as ended from sample_version)
select m.number, count(*), count(*) filter (where v.began <= m.before), count(*) filter (where v.verdict = 'reject')
  from unnest(CAST(:numbers AS int[]), CAST(:befores AS bigint[]), CAST(:ends AS bigint[])) m(number, before, ending)
  join v on v.began <= m.ending and (v.ended is null or v.ended > m.ending) and v.operation_type <> 2
 group by m.number order by m.number
"""
_ENDED = {
    "validity": "end_transaction_id",
    "subquery": "lead(transaction_id) over (partition by record_key order by transaction_id)",
}


class SqlAlchemyVersions(PsycopgContestant):
    """Either library, in one strategy."""

    guarantees = "history rows are ordinary mutable rows; no chain, no laws, one side's decision as columns"
    library: ClassVar[str]
    distribution: ClassVar[str]
    strategy: ClassVar[str]

    def __init__(self, addresses: Addresses) -> None:
        super().__init__(addresses)
        self.engine = create_engine(addresses.own.replace("postgresql://", "postgresql+psycopg://"), pool_size=1)
        self.base, self.sample, self.history = _mapped(self.library, self.strategy)
        self._ends: dict[int, int] = {}

    def libraries(self) -> Mapping[str, str]:
        return {name: version(name) for name in (self.distribution, "sqlalchemy", "psycopg")}

    def prepare(self) -> None:
        self.base.metadata.create_all(self.engine)

    def create(self, rows: Sequence[Row]) -> None:
        with Session(self.engine) as session, session.begin():
            session.add_all(self.sample(**row.as_dict()) for row in rows)

    def _named(self, session: Session, keys: Sequence[str]) -> dict[str, Any]:
        wanted = any_(bindparam("keys", list(keys), ARRAY(Text)))
        found = session.scalars(select(self.sample).where(self.sample.record_key == wanted))
        return {sample.record_key: sample for sample in found}

    def decide(self, verdicts: Mapping[str, Verdict]) -> None:
        with Session(self.engine) as session, session.begin():
            now = datetime.now(UTC)
            for key, sample in self._named(session, list(verdicts)).items():
                sample.verdict, sample.verdict_reason = verdicts[key].verdict, verdicts[key].reason
                sample.decided_by, sample.decided_at = "olga", now

    def cut(self) -> None:
        with Session(self.engine) as session, session.begin():
            for sample in session.scalars(select(self.sample).where(self.sample.verdict == "reject")):
                session.delete(sample)

    def change(self, edits: Sequence[Row], adds: Sequence[Row]) -> None:
        with Session(self.engine) as session, session.begin():
            present = self._named(session, [row.record_key for row in edits])
            for row in edits:
                sample = present[row.record_key]
                sample.reason, sample.verdict, sample.verdict_reason = row.reason, None, None
                sample.decided_by = sample.decided_at = None
            session.add_all(self.sample(**row.as_dict()) for row in adds)

    def mark(self, number: int) -> None:
        self._ends[number] = int(self.ask("select max(id) from transaction"))

    def effective(self) -> Sequence[object]:
        with Session(self.engine) as session:
            wanted = select(self.sample).where(self.sample.verdict == "approve").order_by(self.sample.record_key)
            return session.scalars(wanted).all()

    def _at(self, history: Any, end: int) -> Any:
        """The condition for the row that held when a version ended, a deletion included."""
        if self.strategy == "validity":
            ended = history.end_transaction_id
            return (history.transaction_id <= end) & or_(ended.is_(None), ended > end)
        latest = aliased(self.history)
        return history.transaction_id == (
            select(func.max(latest.transaction_id))
            .where(latest.record_key == history.record_key, latest.transaction_id <= end)
            .correlate(history).scalar_subquery()
        )

    def _members(self, number: int) -> Any:
        history = self.history
        there = self._at(history, self._ends[number]) & (history.operation_type != _DELETED)
        return select(history).where(there).order_by(history.record_key)

    def as_of(self, number: int) -> Sequence[object]:
        with Session(self.engine) as session:
            return session.scalars(self._members(number)).all()

    def page(self, number: int, after: str, size: int) -> Sequence[object]:
        with Session(self.engine) as session:
            wanted = self._members(number).where(self.history.record_key > after).limit(size)
            return session.scalars(wanted).all()

    def difference(self, before: int) -> Sequence[object]:
        old, new = aliased(self.history), aliased(self.history)
        start, end = self._ends[before], self._ends[before + 1]
        there = self._at(old, start) & (old.operation_type != _DELETED)
        query = (
            select(old, new)
            .select_from(new)
            .outerjoin(old, (old.record_key == new.record_key) & there)
            .where(new.transaction_id > start, self._at(new, end))
            .where(or_(old.record_key.is_not(None), new.operation_type != _DELETED))
        )
        with Session(self.engine) as session:
            return [(each[0], each[1]) for each in session.execute(query)]

    def lineage(self, key: str) -> Sequence[object]:
        with Session(self.engine) as session:
            history = self.history
            wanted = select(history).where(history.record_key == key).order_by(history.transaction_id)
            return session.scalars(wanted).all()

    def rates(self) -> Sequence[Rate]:
        numbers = sorted(self._ends)
        marks = {
            "numbers": numbers, "befores": [self._ends.get(number - 1, 0) for number in numbers],
            "ends": [self._ends[number] for number in numbers],
        }
        with Session(self.engine) as session:
            found = session.execute(text(_RATES.format(ended=_ENDED[self.strategy])), marks)
            return [Rate(*row) for row in found]

    def key_of(self, answer: Any) -> str:
        return str((answer[1] if isinstance(answer, tuple) else answer).record_key)

    def close(self) -> None:
        self.engine.dispose()
        super().close()


def _mapped(library: str, strategy: str) -> tuple[Any, Any, Any]:
    """The base, the sample and its version class; the library must be set up before the class is made."""
    versioning = import_module(library)
    versioning.make_versioned(user_cls=None, options={"strategy": strategy})

    class Base(DeclarativeBase):
        pass

    class Sample(Base):
        __tablename__ = "sample"
        __versioned__: ClassVar[dict[str, Any]] = {}
        record_key: Mapped[str] = mapped_column(Text, primary_key=True)
        key_values: Mapped[str] = mapped_column(Text)
        line_of_business: Mapped[str] = mapped_column(Text)
        category: Mapped[str] = mapped_column(Text)
        reason: Mapped[str] = mapped_column(Text)
        method: Mapped[str] = mapped_column(Text)
        population_sha256: Mapped[str] = mapped_column(Text)
        seed: Mapped[str] = mapped_column(Text)
        verdict: Mapped[str | None] = mapped_column(Text)
        verdict_reason: Mapped[str | None] = mapped_column(Text)
        decided_by: Mapped[str | None] = mapped_column(Text)
        decided_at: Mapped[datetime | None]

    configure_mappers()
    return Base, Sample, versioning.version_class(Sample)


class ContinuumValidity(SqlAlchemyVersions):
    """SQLAlchemy-Continuum, its default."""

    mode, strategy = "validity (default)", "validity"
    library, distribution = "sqlalchemy_continuum", "sqlalchemy-continuum"


class ContinuumSubquery(SqlAlchemyVersions):
    """SQLAlchemy-Continuum, its faster way to write."""

    mode, strategy = "subquery", "subquery"
    library, distribution = "sqlalchemy_continuum", "sqlalchemy-continuum"


class HistoryValidity(SqlAlchemyVersions):
    """sqlalchemy-history, its default."""

    mode, strategy = "validity (default)", "validity"
    library, distribution = "sqlalchemy_history", "sqlalchemy-history"


class HistorySubquery(SqlAlchemyVersions):
    """sqlalchemy-history, its faster way to write."""

    mode, strategy = "subquery", "subquery"
    library, distribution = "sqlalchemy_history", "sqlalchemy-history"
