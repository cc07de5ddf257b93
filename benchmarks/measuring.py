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
Check = Callable[[Sequence[Any]], None]
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


def run(contestant: Contestant, course: Course, tell: Tell, *, reads: int = _READS) -> None:
    """The whole course: versions, questions, then a hundred edits over all that is carried."""
    contestant.prepare()
    empty = int(contestant.ask(_SIZE))
    for step in course.steps:
        _version(contestant, step, tell)
    contestant.ask("vacuum analyze")
    tell({"operation": "disk", "bytes": int(contestant.ask(_SIZE)) - empty})
    _questions(contestant, course, tell, reads)
    with suppress(NotOffered):
        contestant.cut()
        _decide(contestant, course.settling, None)
        contestant.ask("vacuum analyze")
        _cut(contestant, course.hundred, tell, "hundred ")
        _decide(contestant, course.hundred, tell, "hundred ")


def _version(contestant: Contestant, step: Step, tell: Tell) -> None:
    before = int(contestant.ask(_LSN))
    if step.number == 1:
        _write(contestant, "create", 1, lambda: contestant.create(step.adds), tell)
    else:
        if not _cut(contestant, step, tell):
            return
    _decide(contestant, step, tell)
    tell({"operation": "wal", "version": step.number, "bytes": int(contestant.ask(_LSN)) - before})
    with suppress(NotOffered):
        contestant.mark(step.number)
    contestant.ask("vacuum analyze")


def _cut(contestant: Contestant, step: Step, tell: Tell, prefix: str = "") -> bool:
    """Whether the contestant knows versions at all."""
    if not _write(contestant, prefix + "cut", step.number, contestant.cut, tell):
        return False
    return _write(contestant, prefix + "change", step.number, lambda: contestant.change(step.edits, step.adds), tell)


def _decide(contestant: Contestant, step: Step, tell: Tell | None, prefix: str = "") -> None:
    for name, act in (
        ("submit", contestant.submit),
        ("decide", lambda: contestant.decide(step.verdicts)),
        ("approve", contestant.approve),
    ):
        _write(contestant, prefix + name, step.number, act, tell)


def _write(contestant: Contestant, name: str, version: int, act: Callable[[], None], tell: Tell | None) -> bool:
    """Whether the contestant offers it at all."""
    gc.collect()
    contestant.recorder.clear()
    began = perf_counter()
    try:
        act()
    except NotOffered:
        return False
    took = (perf_counter() - began) * 1000
    if tell:
        recorder = contestant.recorder
        told = {"operation": name, "version": version, "ms": took, "statements": len(recorder.statements)}
        tell({**told, "slowest": recorder.slowest()})
    return True


def _questions(contestant: Contestant, course: Course, tell: Tell, reads: int) -> None:
    last, earlier = len(course.steps), course.earlier
    after, page = course.page(earlier, PAGE)
    wanted = course.step(last).effective
    members, changed, key = course.step(earlier).members, course.difference(earlier), course.traced

    def read(name: str, ask: Callable[[], Sequence[Any]], keys: Iterable[str]) -> None:
        with suppress(NotOffered):
            tell(_read(contestant, name, ask, lambda found: _check_keys(contestant, found, set(keys)), reads))

    read("effective", contestant.effective, wanted)
    read("effective decided", contestant.effective_with_decisions, wanted)
    read("page", lambda: contestant.page(earlier, after, PAGE), page)
    read("as of", lambda: contestant.as_of(earlier), members)
    read("difference", lambda: contestant.difference(earlier), changed)
    read("lineage", lambda: contestant.lineage(key), {key})
    with suppress(NotOffered):
        tell(_read(contestant, "rates", contestant.rates, lambda found: _check_rates(found, course), reads))
    _verify(contestant, tell, reads)


def _read(
    contestant: Contestant, name: str, ask: Callable[[], Sequence[Any]], check: Check, times: int
) -> dict[str, Any]:
    contestant.recorder.clear()
    found = ask()
    statements = list(contestant.recorder.statements)
    try:
        check(found)
    except WrongAnswer as error:
        raise WrongAnswer(f"{name}: {error}") from error
    answers = len(found)
    del found
    took = _timed(ask, times)
    slowest = contestant.recorder.slowest(times + 1)
    contestant.replay(statements)
    raw = _timed(lambda: contestant.replay(statements), times)
    return {
        "operation": name, "ms": took, "raw_ms": raw, "statements": len(statements), "answers": answers,
        "slowest": slowest,
    }


def _timed(act: Callable[[], object], times: int) -> float:
    """The median of several runs, in milliseconds."""
    taken = []
    gc.collect()
    for _ in range(times):
        began = perf_counter()
        act()
        taken.append((perf_counter() - began) * 1000)
    return median(taken)


def _check_keys(contestant: Contestant, found: Sequence[Any], keys: set[str]) -> None:
    if {contestant.key_of(each) for each in found} != keys:
        raise WrongAnswer(f"{len(found)} answers, {len(keys)} keys expected")


def _check_rates(found: Sequence[Rate], course: Course) -> None:
    wanted = [Rate(s.number, len(s.members), s.carried, len(s.rejected)) for s in course.steps]
    if list(found) != wanted:
        raise WrongAnswer(f"{list(found)[:2]} ... instead of {wanted[:2]} ...")


def _verify(contestant: Contestant, tell: Tell, reads: int) -> None:
    with suppress(NotOffered):
        records = contestant.verify()
        tell({"operation": "verify", "ms": _timed(contestant.verify, reads), "answers": records})
        lines = contestant.export()
        took = _timed(lambda: contestant.verify_export(lines), reads)
        tell({"operation": "verify export", "ms": took, "answers": records})
        bare = [contestant.bare_sha256(lines) for _ in range(reads)]
        tell({"operation": "bare sha256", "ms": median(each[1] for each in bare) * 1000, "answers": bare[0][0]})
