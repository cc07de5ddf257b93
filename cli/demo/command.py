"""`starter.py demo`: build a ready cycle, run it with scripted people on the real engine, compare, and tell.

Where no stack runs the demo starts its own and ends it. The list of planted defects is closed before the cycle starts
and lies in a private folder that the worker is never told of.
"""

from __future__ import annotations

import asyncio
import contextlib
import csv
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cli.announcement import details, summary
from cli.client import Session, connect, prepare_cycle
from cli.demo import outcome
from cli.demo.cast import Cast
from cli.demo.story import Turns, play
from examples.built import BuiltCycle, Pairs
from models.cycle_file import CycleFile
from models.errors import Malformed
from models.items import record_key
from models.settings import Endpoints, Settings, running_stack
from stack.supervisor import open_stack
from stack.up import standard_plan

EXAMPLES = ("fr_y_14m_d1", "fca_call_report")
_CARDS, _FCA = EXAMPLES
VERIFICATION_FAILED = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What `demo` was asked for."""

    example: str = _CARDS
    quarter: Path | None = None
    seed: int = 7
    accounts: int = 1000
    defects: int | None = None
    perturb: int | None = None
    keep: bool = False
    as_json: bool = False


async def run(options: Options) -> int:
    """The whole demo; 0 when found equals planted, 6 when it does not."""
    _check(options)
    started = time.monotonic()

    def say(text: str) -> None:
        print(f"[{time.monotonic() - started:6.1f} s] {text}", file=sys.stderr, flush=True)  # noqa: T201

    settings = Settings.load()
    runs = settings.external or bool(running_stack(settings.home))
    async with _stack(settings, say) as endpoints, connect(endpoints) as session:
        played = await play_cycle(session, options, say=say)
        code = await _tell(played, options, say, lasts=options.keep or runs)
        say(f"finished in {time.monotonic() - started:.1f} s")
        if options.keep and not runs:
            say(f"still running: Temporal Web UI {endpoints.ui_url}; Ctrl-C stops it")
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
    return code


def _check(options: Options) -> None:
    if options.example not in EXAMPLES:
        raise Malformed(f"there is no example {options.example!r}", hint=f"examples: {', '.join(EXAMPLES)}")
    if options.example == _FCA and options.quarter is None:
        raise Malformed(f"{_FCA} needs a quarter as published", hint="--input QUARTER.zip")


@asynccontextmanager
async def _stack(settings: Settings, say: Callable[[str], None]) -> AsyncIterator[Endpoints]:
    """The stack that runs, or one for the time of the demo."""
    if not settings.external and running_stack(settings.home):
        say(f"using the stack that runs on {settings.home}")
        yield settings.resolve()
        return
    async with open_stack(settings, standard_plan(progress=say)) as stack:
        say(f"stack is up: Temporal Web UI {stack.endpoints.ui_url or 'of your own server'}")
        yield stack.endpoints


@dataclass(frozen=True, slots=True)
class Played:
    """A demo cycle that has ended, and what it found."""

    cast: Cast
    compared: outcome.Comparison


async def play_cycle(session: Session, options: Options, *, say: Callable[[str], None]) -> Played:
    """Build the example, start its cycle and take it to the signed report."""
    with tempfile.TemporaryDirectory(prefix="assay-demo-") as work:
        folder = Path(work)
        built = await asyncio.to_thread(_build, options, folder / "cycle", folder / "vault", _cycle_id(options))
        say(
            f"built {options.example}: {len(built.planted_rules)} rule defects and"
            f" {len(built.planted_values)} evidence defects planted"
        )
        given = await prepare_cycle(session.store, built.cycle_file, actor=_starter(built))
        file = _file(built)
        await session.start_cycle(given, summary=summary(file), details=details(file, given.slug))
        say(f"cycle {given.slug} started")
        cast = cast_of(session, given.slug, built, say)
        returned = await play(cast, built, _turns(options), today=datetime.now(UTC).date())
        return Played(cast, await outcome.compare_with_planted(cast, built, returned=returned))


def _cycle_id(options: Options) -> str:
    # A finished cycle is never run again, so each demo is a cycle of its own.
    return f"{options.example.replace('_', '-')}-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"[:-3]


def _build(options: Options, target: Path, vault: Path, cycle: str) -> BuiltCycle:
    if options.example == _FCA:
        from examples.fca_call_report.build import build as build_fca

        assert options.quarter is not None
        return build_fca(target, vault=vault, quarter=options.quarter, perturb=options.perturb, cycle=cycle)
    from examples.fr_y_14m_d1.generate import build as build_cards

    return build_cards(
        target, vault=vault, seed=options.seed, accounts=options.accounts, defects=options.defects, cycle=cycle
    )


def _turns(options: Options) -> Turns:
    # A census has no other record to take instead, and real filings are tested whole.
    return Turns(rework=options.example == _CARDS, detours=options.example == _CARDS)


def _file(built: BuiltCycle) -> CycleFile:
    from methods.cycle_files import parse_cycle_file

    return parse_cycle_file(built.cycle_file.read_bytes())


def _starter(built: BuiltCycle) -> str:
    return next(person.id for person in _file(built).people if "test_executive" in person.roles)


def cast_of(session: Session, slug: str, built: BuiltCycle, say: Callable[[str], None]) -> Cast:
    """Everybody in a cycle that was built, by role."""
    people = _file(built).people
    return Cast(
        session,
        slug,
        say=say,
        roles={
            role: person.id
            for person in people
            for role in person.roles
            if role not in ("data_executive", "data_owner")
        },
        executives={p.id: p.lines_of_business for p in people if "data_executive" in p.roles},
        owners={p.id: p.lines_of_business for p in people if "data_owner" in p.roles},
        record_keys=_record_keys(built),
    )


def _record_keys(built: BuiltCycle) -> Iterator[str]:
    """The keys of the report's records, in the order of the file, read as they are asked for."""
    data = _file(built).data
    with (built.cycle_file.parent / data.dictionary).open(encoding="utf-8", newline="") as file:
        keys = [line["source_column"] for line in csv.DictReader(file) if line["primary_key"] in ("yes", "true", "1")]
    with (built.cycle_file.parent / data.report).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield record_key(row[key] for key in keys)


async def _tell(played: Played, options: Options, say: Callable[[str], None], *, lasts: bool) -> int:
    cast, compared = played.cast, played.compared
    cases, observations = await outcome.case_counts(cast), await outcome.observation_table(cast)
    reports = await _save_reports(cast)
    if options.as_json:
        told = {
            "schema": "assay.demo/1",
            "cycle": cast.slug,
            "phases": await outcome.phase_table(cast),
            "cases": cases,
            "planted": {"rules": _sorted(compared.planted_rules), "values": _sorted(compared.planted_values)},
            "found": {"rules": _sorted(compared.found_rules), "values": _sorted(compared.found_values)},
            "found_by_way": {way: len(pairs) for way, pairs in compared.found_by_way.items()},
            "observations": observations,
            "reports": reports,
        }
        print(json.dumps(told, indent=2, ensure_ascii=False))  # noqa: T201
    else:
        print(_summary(cast, compared, cases, observations, reports, lasts=lasts))  # noqa: T201
    for sentence in compared.missed:
        say(f"MISSED: {sentence}")
    for sentence in compared.unplanted:
        say(f"{'FALSE ALARM' if compared.closed else 'as filed'}: {sentence}")
    return 0 if compared.holds else VERIFICATION_FAILED


def _sorted(pairs: Pairs) -> list[list[str]]:
    return [list(pair) for pair in sorted(pairs)]


def _by_way(compared: outcome.Comparison) -> str:
    return ", ".join(f"{len(pairs)} {outcome.SAID[way]}" for way, pairs in compared.found_by_way.items() if pairs)


async def _save_reports(cast: Cast) -> list[dict[str, str]]:
    """Copy the report out of the content store to where a person would look for it."""
    files = await cast.read(
        "select f.name, f.sha256 from report_file f join phase p on p.id = f.phase join cycle_report"
        " c on c.id = p.cycle"
        " join version v on v.phase = f.phase and v.number = f.number and v.status = 'approved'"
        " where c.slug = :cycle order by f.kind"
    )
    folder = cast.session.endpoints.home / "reports" / cast.slug.replace(":", "-")

    def save() -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for file in files:
            (folder / file.name).write_bytes(cast.session.store.get(file.sha256))

    await asyncio.to_thread(save)
    return [{"path": str(folder / file.name), "sha256": file.sha256} for file in files]


def _summary(
    cast: Cast,
    compared: outcome.Comparison,
    cases: dict[str, int],
    observations: list[dict[str, Any]],
    reports: list[dict[str, str]],
    *,
    lasts: bool,
) -> str:
    counts = ", ".join(
        f"{count:,} {name.replace('_', ' ')}" for name, count in cases.items() if count and name != "total"
    )
    severe = sum(o["severity"] in ("critical", "high") for o in observations)
    ends = "" if lasts else " (ends with the demo; make demo KEEP=1 leaves it up)"
    verdict = "everything planted was found" + ("" if compared.unplanted else ", and nothing else")
    lines = [
        f"Cycle      {cast.slug}",
        f"Cases      {cases['total']:,}: {counts}",
        f"Rules      {len(compared.planted_rules)} defects planted, {len(compared.found_rules)} found",
        f"Evidence   {len(compared.planted_values)} defects planted within sample and scope,"
        f" {len(compared.found_values)} found: {_by_way(compared)}",
        f"Observed   {len(observations)} observations, {severe} critical or high",
        f"Verdict    {verdict if compared.holds else 'planted and found differ, see above'}",
        *(f"{'Report' if at == 0 else '':<10} {report['path']}" for at, report in enumerate(reports)),
        f"Web UI     {cast.session.endpoints.ui_url or 'of your own server'}{ends}",
    ]
    return "\n".join(lines)
