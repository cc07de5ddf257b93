"""What each foundation phase proposes to the tester, computed from what is approved before it and the pinned data."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence

from activities.duck import ReportTable
from activities.workbench import Workbench, key_columns
from methods.cycle_files import read_dictionary
from methods.sampling import Member, draw, line_of, population_hash
from methods.scoping import recommend
from models.cycle_file import LineOfBusiness
from models.database import Tx, rows
from models.items import Item, record_key
from models.pinned import failing_rules


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
    sources = {attribute for source in bench.file.sources for attribute in source.columns}
    return recommend(attributes, failing=failing, sources=sources, settings=bench.file.scoping)


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
    """A reproducible draw; the seed follows from the population and the version, so nobody chooses it."""
    keys = key_columns(await bench.attributes())
    odd = await anomalies(bench)
    spec = bench.file.data.line_of_business

    def sample(table: ReportTable) -> Sequence[Item]:
        population = table.population(keys, line_of_business=spec.column)
        return draw(
            members_of(table, keys, spec),
            anomalies=odd,
            plan=bench.file.sampling,
            population_sha256=population_hash(record_key(values) for values, _ in population),
            version_number=1,
        )

    return await bench.on_report(sample, only={*keys, spec.column})


def members_of(table: ReportTable, keys: Sequence[str], spec: LineOfBusiness) -> Iterator[Member]:
    """The population with its lines of business, one record per key."""
    for values, line in table.population(keys, line_of_business=spec.column):
        yield Member(values, line_of(line, spec=spec, record=record_key(values)))


PROPOSERS: dict[str, Callable[[Workbench], Awaitable[Sequence[Item]]]] = {
    "planning": propose_attributes,
    "scoping": propose_scope,
    "sample_selection": propose_samples,
}
