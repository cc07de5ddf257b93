"""Runs one contestant through one course and tells each figure as soon as it is known.

Writes are timed once per run, reads five times after a first one that warms up; answers are held against the course.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks.contestant import Contestant, NotOffered, Rate
from benchmarks.course import Course, Step

Tell = Callable[[dict[str, Any]], None]
PAGE = 50
_READS = 5
_SIZE = """
select coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where c.relkind in ('r', 'm') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
"""
_LSN = "select (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint"


class WrongAnswer(Exception):
    """A contestant answered something else than the course says."""


def run(contestant: Contestant, course: Course, tell: Tell) -> None:
    """The whole course: versions, questions, then a hundred edits over all that is carried."""
    contestant.prepare()
    empty = int(contestant.ask(_SIZE))
    for step in course.steps:
        _version(contestant, step, tell)
    contestant.ask("vacuum analyze")
    tell({"operation": "disk", "bytes": int(contestant.ask(_SIZE)) - empty})
    _questions(contestant, course, tell)
    with suppress(NotOffered):
        contestant.cut((), ())
        _decide(contestant, course.settling, None)
        contestant.ask("vacuum analyze")
        _write(contestant, "hundred cut", course.hundred.number, lambda: _cut(contestant, course.hundred), tell)
        _decide(contestant, course.hundred, tell, "hundred ")


def _version(contestant: Contestant, step: Step, tell: Tell) -> None:
    before = int(contestant.ask(_LSN))
    if step.number == 1:
        _write(contestant, "create", 1, lambda: contestant.create(step.adds), tell)
    else:
        _write(contestant, "cut", step.number, lambda: _cut(contestant, step), tell)
    _decide(contestant, step, tell)
    tell({"operation": "wal", "version": step.number, "bytes": int(contestant.ask(_LSN)) - before})
    with suppress(NotOffered):
        contestant.mark(step.number)
    contestant.ask("vacuum analyze")


def _cut(contestant: Contestant, step: Step) -> None:
    contestant.cut(step.edits, step.adds)


def _decide(contestant: Contestant, step: Step, tell: Tell | None, prefix: str = "") -> None:
    for name, act in (
        ("submit", contestant.submit),
        ("decide", lambda: contestant.decide(step.verdicts)),
        ("approve", contestant.approve),
    ):
        _write(contestant, prefix + name, step.number, act, tell)


def _write(contestant: Contestant, name: str, version: int, act: Callable[[], None], tell: Tell | None) -> None:
    gc.collect()
    contestant.recorder.clear()
    began = perf_counter()
    try:
        act()
    except NotOffered:
        return
    took = (perf_counter() - began) * 1000
    if tell:
        tell({"operation": name, "version": version, "ms": took, "statements": len(contestant.recorder.statements)})


def _questions(contestant: Contestant, course: Course, tell: Tell) -> None:
    last, earlier = len(course.steps), course.earlier
    after, page = course.page(earlier, PAGE)
    wanted = course.step(last).effective
    _read(contestant, "effective", contestant.effective, wanted, tell)
    _read(contestant, "effective decided", contestant.effective_with_decisions, wanted, tell)
    _read(contestant, "page", lambda: contestant.page(earlier, after, PAGE), page, tell)
    _read(contestant, "as of", lambda: contestant.as_of(earlier), course.step(earlier).members, tell)
    _read(contestant, "difference", lambda: contestant.difference(earlier), course.difference(earlier), tell)
    _read(contestant, "lineage", lambda: contestant.lineage(course.traced), {course.traced}, tell)
    _read(contestant, "rates", contestant.rates, None, tell, check=lambda found: _check_rates(found, course))
    _verify(contestant, tell)


def _read(
    contestant: Contestant, name: str, ask: Callable[[], Sequence[Any]], keys: Iterable[str] | None, tell: Tell, *,
    check: Callable[[Any], None] | None = None,
) -> None:
    contestant.recorder.clear()
    try:
        found = ask()
    except NotOffered:
        return
    statements = list(contestant.recorder.statements)
    if keys is not None and {contestant.key_of(each) for each in found} != set(keys):
        raise WrongAnswer(f"{name}: {len(found)} answers, {len(set(keys))} keys expected")
    if check:
        check(found)
    answers = len(found)
    del found
    told = {"operation": name, "ms": _timed(ask), "statements": len(statements), "answers": answers}
    contestant.replay(statements)
    tell({**told, "raw_ms": _timed(lambda: contestant.replay(statements))})


def _timed(act: Callable[[], object]) -> float:
    """The median of several runs, in milliseconds."""
    taken = []
    for _ in range(_READS):
        gc.collect()
        began = perf_counter()
        act()
        taken.append((perf_counter() - began) * 1000)
    return median(taken)


def _check_rates(found: Sequence[Rate], course: Course) -> None:
    wanted = [Rate(s.number, len(s.members), s.carried, len(s.rejected)) for s in course.steps]
    if list(found) != wanted:
        raise WrongAnswer(f"rates: {list(found)[:2]} ... instead of {wanted[:2]} ...")


def _verify(contestant: Contestant, tell: Tell) -> None:
    with suppress(NotOffered):
        records = contestant.verify()
        tell({"operation": "verify", "ms": _timed(contestant.verify), "answers": records})
        records, seconds = min((contestant.bare_sha256() for _ in range(_READS)), key=lambda each: each[1])
        tell({"operation": "bare sha256", "ms": seconds * 1000, "answers": records})
