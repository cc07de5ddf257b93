"""`sampling`: how many records to test, what the result proves, why each was drawn, and drawing them again."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from cli.acting import example, reading
from cli.heads import Shown
from cli.output import LOOK, Look, names, say, show, show_one
from models import errors

if TYPE_CHECKING:
    from methods.sampling.conclusions import FieldConclusion
    from methods.sampling.tables import LiteralTable

app = App(name="sampling", help="Sample sizes, what a sample proves, why records were drawn, and drawing them again.")
_BY_RATE = ("field", "records", "deviations", "open", "rate", "upper_limit", "tolerable", "supported")
_BY_TABLE = ("field", "records", "initial_deviations", "deviations", "open", "threshold", "decision")
_EXPLAINED = ("key", "category", "stratum", "rank", "ranked", "reason")

Tolerable = Annotated[str, Parameter(help="The deviation rate that would be too much, such as 5% or 0.05.")]
Risk = Annotated[str, Parameter(help="The risk of accepting too much, such as 5%.")]
Records = Annotated[int | None, Parameter(help="Records in all; without it the population is taken to be large.")]
Table = Annotated[str, Parameter(help="A table of the law instead: ffiec_hmda_2017 or cfr12_1002_app_f.")]


@app.command(help_epilogue=example("sampling size --population 1200 --tolerable 5% --expected 1% --risk 5%"))
def size(
    *, population: Records = None, tolerable: Tolerable = "",
    expected: Annotated[str, Parameter(help="The deviation rate that is expected.")] = "0", risk: Risk = "5%",
    table: Table = "", look: Look = LOOK,
) -> None:
    """How many records to test, and with how many deviations among them the conclusion still holds.

    Exact hypergeometric chances for a population of known size, binomial without one.
    """
    from methods.sampling.attributes import sample_size

    if table:
        found, records = _table(table), _required(population, "--population")
        row = found.row(records)
        first, total = row.sizes(records)
        show_one("sample_size", {
            "table": found.name, "population": records, "initial_sample": first if first < total else None,
            "stop_below_errors": row.initial_threshold if first < total else None, "total_sample": total,
            "fails_at_errors": row.threshold, "unverified": ", ".join(row.unverified), "source": found.source}, look)
        return
    planned = sample_size(tolerable=_rate(tolerable, "--tolerable"), expected=_rate(expected, "--expected"),
                          risk=_rate(risk, "--risk"), population=population)
    show_one("sample_size", {"population": population, "sample": planned.size,
                             "acceptable_deviations": planned.acceptable, "census": planned.census}, look)


@app.command(help_epilogue=example("sampling evaluate --sample 93 --deviations 1 --tolerable 5% --risk 5%"))
async def evaluate(
    cycle: str = "", /, *,
    deviations: Annotated[int | None, Parameter(help="Deviations found, or errors of one field; with --table in the "
                                                     "whole sample, once it is tested.")] = None,
    sample: Annotated[int | None, Parameter(help="Records tested.")] = None, tolerable: Tolerable = "",
    risk: Annotated[str, Parameter(help="The risk of accepting too much; 5% without it.")] = "",
    population: Records = None, table: Table = "",
    initial: Annotated[int | None, Parameter(help="Errors of one field in the initial sample of a table.")] = None,
    look: Look = LOOK,
) -> None:
    """What the deviations found prove: the upper limit of the rate and the conclusion, or a table's decision.

    With --table the errors are those of one data field or field group, in which a record counts once. With a cycle
    (`starter.py sampling evaluate CYCLE`) nothing is to be counted by hand: records and deviations of each data field,
    a field group as one, come from its cases, rates from its cycle file, and the conclusion is that of its report.
    """
    from methods.sampling.attributes import conclusion, percent
    from methods.sampling.attributes import evaluate as evaluated

    if cycle:
        if (deviations, sample, population, initial) != (None,) * 4 or tolerable or risk or table:
            raise errors.BadInput(f"{cycle} says by itself what was drawn, tested and found",
                                  hint=f"starter.py sampling evaluate {cycle}")
        await _of_cycle(cycle, look)
        return
    if table:
        _decide(_table(table), _required(population, "--population"), initial, deviations, look)
        return
    found = evaluated(_required(deviations, "--deviations"), _required(sample, "--sample"),
                      tolerable=_rate(tolerable, "--tolerable"), risk=_rate(risk or "5%", "--risk"),
                      population=population)
    show_one("evaluation", {
        "sample": found.sample, "deviations": found.deviations, "population": found.population,
        "rate": percent(found.rate), "upper_limit": percent(found.upper_limit), "tolerable": percent(found.tolerable),
        "risk": percent(found.risk), "supported": found.supported, "conclusion": conclusion(found)}, look)


async def _of_cycle(cycle: str, look: Look) -> None:
    from methods.sampling.conclusions import conclude
    from methods.text import counted
    from service.conclude import concluded

    async with reading() as session:
        tested, left = await concluded(session.reader, session.store, cycle)
    method = tested.plan.method if tested.plan else ""
    if not tested.proves_a_rate:
        raise errors.BadInput(f"the records of {cycle} were drawn by {method}, which proves nothing of the others",
                              hint="docs/methods/sampling.md says which methods do")
    rows = [_field(one, left.get(one.field, 0)) for one in conclude(tested)]
    if not rows:
        raise errors.WrongState(f"no case on a drawn record of {cycle} is concluded",
                                hint=f"starter.py cycle show {cycle}")
    if opened := sum(left.values()):
        say(f"{counted(opened, 'case')} on drawn records not concluded: this is how it stands, not how it ends")
    show("evaluations", rows, look, columns=_BY_TABLE if tested.table else _BY_RATE)


def _field(one: FieldConclusion, left: int) -> Mapping[str, object]:
    from methods.sampling.attributes import conclusion, percent

    row: dict[str, object] = {"field": one.field, "attributes": ", ".join(one.attributes), "records": one.records,
                              "deviations": one.deviations, "open": left}
    if found := one.evaluation:
        return row | {"rate": percent(found.rate), "upper_limit": percent(found.upper_limit),
                      "tolerable": percent(found.tolerable), "risk": percent(found.risk),
                      "population": found.population, "supported": found.supported, "conclusion": conclusion(found)}
    return row | {"initial_deviations": one.early, "threshold": one.threshold,
                  "decision": one.decision.value if one.decision else None}


def _decide(table: LiteralTable, population: int, initial: int | None, errors_found: int | None, look: Look) -> None:
    from methods.sampling.tables import Decision

    first, total = table.row(population).sizes(population)
    said = {"table": table.name, "population": population}
    if initial is not None:
        decision = table.after_initial(initial, population=population)
        said |= {"initial_sample": first, "initial_errors": initial}
        if decision is Decision.STOP or errors_found is None:
            show_one("evaluation", {**said, "decision": decision.value}, look)
            return
        if errors_found < initial:
            raise errors.BadInput(f"{errors_found} errors in the whole sample are fewer than {initial} in its first "
                                  "part", hint="--deviations counts both parts")
    found = _required(errors_found, "--deviations")
    decision = table.after_total(found, population=population)
    show_one("evaluation", {**said, "total_sample": total, "errors": found, "decision": decision.value}, look)


@app.command(name="explain", help_epilogue=example("sampling explain CYCLE"))
async def explain_(cycle: str, key: str = "", /, *, version: Shown = None, look: Look = LOOK) -> None:
    """Why each record is in the sample: method, parameters, seed, population hash, stratum, rank in the drawing."""
    from methods.sampling.explain import Explanation, explain
    from models.items import Sample
    from models.phases import BY_KIND
    from models.queries.versions import members, version_head

    async with reading() as session, session.reader.begin() as tx:
        head = await version_head(tx, cycle, BY_KIND["sample_selection"], number=version)
        items = await members(tx, head)
    found = [explain(Sample.model_validate(item.content)) for item in items if key in ("", item.key)]
    if key and not found:
        raise errors.NotFound(f"Sample Selection v{head.number} of {cycle} has no record {key!r}",
                              hint=f"starter.py sampling explain {cycle}")
    if key:
        show_one("explanation", found[0], look)
    else:
        show("explanations", found, look, columns=_EXPLAINED, header=names(Explanation))


@app.command(help_epilogue=example("sampling redraw CYCLE"))
async def redraw(cycle: str, /, *, look: Look = LOOK) -> None:
    """Draw a cycle's samples again, on this machine, and compare with what was proposed; exit 6 where they differ.

    Uses what the cycle pins: the report as filed, the cycle file, the approved plan and the results of its rules.
    """
    from methods.sampling.redraw import Difference, differences
    from methods.text import counted
    from models.phases import BY_KIND
    from models.queries.samples import drawn_samples
    from models.queries.versions import version_head
    from service import redraw as again

    async with reading() as session:
        async with session.reader.begin() as tx:
            await version_head(tx, cycle, BY_KIND["sample_selection"])
            stored = await drawn_samples(tx, cycle)
        drawn = {}
        for number in sorted({one.version for one in stored} | {1}):
            drawn[number] = await again.redraw(session.reader, session.store, cycle, version=number)
    found = [{"version": number, **{name: getattr(one, name) for name in names(Difference)}}
             for number, samples in drawn.items()
             for one in differences([one.content for one in stored if one.version == number], samples)]
    show("redrawn", found or [{"version": number, "records": len(samples), "seed": samples[0].seed if samples else "",
                               "population_sha256": samples[0].population_sha256 if samples else ""}
                              for number, samples in drawn.items()],
         look, columns=("version", *names(Difference)) if found else ("version", "records", "seed"))
    if found:
        raise errors.VerificationFailed(f"the draw of {cycle} does not repeat: {counted(len(found), 'difference')}",
                                        hint=f"starter.py audit verify {cycle}")


def _table(name: str) -> LiteralTable:
    from methods.sampling.tables import TABLES

    if name not in TABLES:
        raise errors.NotFound(f"there is no table {name!r}", hint=f"tables: {', '.join(TABLES)}")
    return TABLES[name]


def _required(value: int | None, option: str) -> int:
    if value is None:
        raise errors.BadInput(f"{option} is missing", hint="starter.py sampling evaluate --help")
    return value


def _rate(text: str, option: str) -> Fraction:
    from pydantic import TypeAdapter, ValidationError

    from models.cycle_file import Rate

    if not text:
        raise errors.BadInput(f"{option} is missing", hint="such as 5% or 0.05")
    try:
        return Fraction(TypeAdapter(Rate).validate_python(text))
    except ValidationError as error:
        why = f"{option} {text!r} is no rate from 0% to below 100%"
        raise errors.BadInput(why, hint="such as 5% or 0.05") from error
