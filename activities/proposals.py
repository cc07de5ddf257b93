"""What each foundation phase proposes to the tester, computed from what is approved before it and the pinned data."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence

from activities.duck import ReportTable
from activities.workbench import Workbench, key_columns
from methods.cycle_files import read_dictionary
from methods.sampling import Member, Population, draw, known_line, line_of, survey
from methods.scoping import recommend
from models.cycle_file import CycleFile
from models.database import Tx, rows
from models.items import Item, Sample, record_key
from models.pinned import failing_rules
from models.queries.carried import carried_by_attribute


async def propose_attributes(bench: Workbench) -> Sequence[Item]:
    """One attribute per line of the dictionary."""
    return read_dictionary(bench.store.get(bench.cycle.dictionary_sha256))


async def failing_by_attribute(tx: Tx, cycle: int) -> dict[str, int]:
    """Per attribute the records that fail its worst approved rule."""
    found = await rows(
        tx,
        "select r.attribute, max(x.failed) as failed from rule_result x join rule_item r on r.revision = x.revision"
        " join effective e on e.revision = x.revision where e.cycle = :c group by r.attribute",
        c=cycle,
    )
    return {row.attribute: row.failed for row in found}


async def propose_scope(bench: Workbench) -> Sequence[Item]:
    """Test or skip, per attribute that is not part of the key."""
    attributes = await bench.attributes()
    async with bench.database.begin() as tx:
        failing = await failing_by_attribute(tx, bench.cycle.id)
        carried = await carried_by_attribute(tx, bench.cycle.id)
    sources = {attribute for source in bench.file.sources for attribute in source.columns}
    settings = bench.file.scoping.with_issues(carried)
    return recommend(attributes, failing=failing, sources=sources, settings=settings)


async def anomalies(bench: Workbench) -> dict[str, list[str]]:
    """Record key -> names of the approved rules that it fails."""
    async with bench.database.begin() as tx:
        results = await failing_rules(tx, bench.cycle.id)
    failing: dict[str, list[str]] = {}
    for name, keys_sha256 in results.items():
        for key in bench.store.lines(keys_sha256):
            failing.setdefault(key, []).append(name)
    return failing


async def propose_samples(bench: Workbench) -> Sequence[Item]:
    """The draw of the phase's first version."""
    return await draw_samples(bench, version_number=1)


async def draw_samples(bench: Workbench, *, version_number: int) -> Sequence[Sample]:
    """A reproducible draw; the seed follows from the population and the version, so nobody chooses it.

    It depends on what the cycle pins and on nothing else: the report, the cycle file, the approved plan and the results
    of the approved rules.
    """
    plan, keys = bench.file.sampling, key_columns(await bench.attributes())
    odd = await anomalies(bench) if plan.anomalies or plan.method == "mix" else {}

    def sample(table: ReportTable) -> Sequence[Sample]:
        everybody = survey_of(table, keys)
        return draw(
            members_of(table, keys, bench.file, everybody),
            anomalies=odd,
            plan=plan,
            population_sha256=everybody.sha256,
            population_size=everybody.size,
            version_number=version_number,
        )

    return await bench.on_report(sample, only={*keys, *_columns(bench.file)})


def survey_of(table: ReportTable, keys: Sequence[str]) -> Population:
    """Hash and size of the population."""
    return survey(record_key(values) for values, _ in table.firsts(keys, ()))


def members_of(
    table: ReportTable, keys: Sequence[str], file: CycleFile, everybody: Population
) -> Iterator[Member]:
    """The population with its lines of business and whatever else the plan goes by, one record per key.

    In key order where the plan goes by it; else, when no key repeats, as the records come, which is much faster.
    """
    spec, stratified = file.data.line_of_business, file.sampling.strata is not None
    ordered = file.sampling.method == "systematic" or everybody.size < table.row_count
    for values, (line, *more) in (table.firsts if ordered else table.unsorted)(keys, _columns(file)):
        stratum = more.pop(0) if stratified else None
        known = known_line(line, spec=spec) or line_of(line, spec=spec, record=record_key(values))
        yield Member(values, known, stratum, tuple(more))


def _columns(file: CycleFile) -> list[str]:
    """The columns that a draw reads beside the key: line of business, then that of the strata, then the boundaries'."""
    return [file.data.line_of_business.column, *file.sampling.columns()]


PROPOSERS: dict[str, Callable[[Workbench], Awaitable[Sequence[Item]]]] = {
    "planning": propose_attributes,
    "scoping": propose_scope,
    "sample_selection": propose_samples,
}
