"""`profile`: what the report data looks like, attribute by attribute, and its data quality score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from cli.acting import ACT, Act, Intent, Setting, example, perform, reading
from cli.output import LOOK, Format, Look, names, show, show_one

if TYPE_CHECKING:
    from methods.profile import AttributeProfile
    from models.messages import Verb
    from models.queries.cycles import CycleLine
    from models.queries.versions import RuleLine

app = App(name="profile", help="What the report data looks like: values, patterns, outliers; its quality score.")
_SHOWN = ("attribute", "blank", "distinct", "minimum", "median", "maximum", "far_out", "pattern", "failed", "open",
          "score")
_PHASE = "data_profiling"
_EXPLAINED = ("number", "rule", "status", "counts", "records", "failed", "covers", "reason", "by", "decided_by")
REPORT = "all"  # the report itself, where attributes are listed
_STANDING = ("failed", "explained", "open")
_COUNTED = ("top", "patterns", "far_out_values")


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The data quality score of an attribute, or of the report; `rules` is how many ran, None is no score."""

    attribute: str
    score: Decimal | None
    rules: int


@dataclass(frozen=True, slots=True)
class Profiled:
    """A cycle's profile and scores; None for the report's where no rule has run."""

    line: CycleLine
    attributes: tuple[AttributeProfile, ...]
    results: tuple[RuleLine, ...]
    scores: Mapping[str, Decimal]
    report_score: Decimal | None


@app.command(name="show", help_epilogue=example("profile show CYCLE --output json"))
async def show_(cycle: str, attribute: str = "", /, *, look: Look = LOOK) -> None:
    """Show the profile of every attribute, or all of one.

    Blank and distinct values, extremes and quartiles, the commonest values and patterns, what is far out: exact over
    the whole report. Once the approved rules have run: how many records fail them, added over the attribute's rules,
    how many of those are explained and how many open, and the score. docs/methods/profiling.md has the formulas.
    """
    from methods.profile import AttributeProfile
    from models import errors

    found = await _profiled(cycle)
    told = [_whole(one, found) for one in found.attributes if attribute in ("", one.attribute)]
    header = (*AttributeProfile.model_fields, *_STANDING, "score")
    if attribute and not told:
        raise errors.NotFound(f"cycle {cycle!r} has no attribute {attribute!r}",
                              hint=f"starter.py profile show {cycle}")
    if look.output is Format.TABLE and attribute:
        lists = {name: [{"value": value, "records": count} for value, count in told[0].pop(name)] for name in _COUNTED}
        show_one("profile", told[0], look, parts=lists, columns=dict.fromkeys(_COUNTED, ("value", "records")))
    elif look.output is Format.TABLE:
        show("profile", [_short(one) for one in told], look, columns=_SHOWN)
    else:
        show("profile", told, look, columns=(), header=header)


@app.command(help_epilogue=example("profile scores CYCLE --output csv"))
async def scores(cycle: str, /, *, look: Look = LOOK) -> None:
    """Show the data quality score of the report and of each attribute that has a rule, in percent.

    Scores weigh the rules by severity and dimension: docs/methods/profiling.md has the formula. They are there once the
    approved rules have run.
    """
    found = await _profiled(cycle)
    rules = [line.attribute for line in found.results]
    listed = [Score(attribute=REPORT, score=found.report_score, rules=len(rules))]
    listed += [Score(attribute=name, score=score, rules=rules.count(name)) for name, score in found.scores.items()]
    show("scores", listed, look, columns=names(Score), header=names(Score))


@app.command(help_epilogue=example("profile plot CYCLE --svg profile.svg"))
async def plot(
    cycle: str, /, *, svg: Annotated[Path, Parameter(help="Write the picture (SVG) to this file.")]
) -> None:
    """Draw the profile: a row per attribute with what is stated, its spread, what is far out, and its score.

    A picture written before is replaced; any other file is left alone.
    """
    from cli.pictures.files import write_picture
    from cli.pictures.profile import profile_picture

    found = await _profiled(cycle)
    write_picture(svg, profile_picture(found.line, found.attributes, found.scores, found.report_score,
                                       datetime.now(UTC)))


@app.command(help_epilogue=example("profile explain CYCLE LINE_FICO.not_blank --reason 'not scored' --as jane"))
async def explain(cycle: str, rule: str, /, *keys: str, act: Act = ACT) -> None:
    """Explain why records fail a rule whose gate is explainable: those with the keys, or all that fail.

    They stay open until an approver of the rules approves the explanation, and stay counted as failing then too.
    `version results --keys` lists the keys.
    """
    from models.messages import Verb
    from models.payloads import Explanation

    async def build(_: Setting) -> Intent:
        return Intent(payload=Explanation(rule=rule, keys=keys))

    await perform(Verb.EXPLAIN, cycle, act, build, phase=_PHASE)


@app.command(help_epilogue=example("profile explanations CYCLE --waiting"))
async def explanations(
    cycle: str, /, *, look: Look = LOOK,
    waiting: Annotated[bool, Parameter(negative="", help="Only those that wait for a decision.")] = False,
) -> None:
    """List who explained which failing records, why, and what became of it.

    `counts` is whether it takes records out of what is open: approved, and the rule's result is still the one that was
    explained.
    """
    from models.queries.cycles import cycle as cycle_named
    from models.queries.explanations import ExplanationLine
    from models.queries.explanations import explanations as written

    async with reading() as session, session.reader.begin() as tx:
        found = await written(tx, (await cycle_named(tx, cycle)).id, waiting=waiting)
    show("explanations", found, look, columns=_EXPLAINED, header=names(ExplanationLine))


@app.command(help_epilogue=example("profile approve CYCLE 1 --as mike"))
async def approve(cycle: str, number: int, /, *, act: Act = ACT) -> None:
    """Approve an explanation: its records are open no more, and stay counted as failing."""
    from models.messages import Verb

    await _decide(Verb.APPROVE_EXPLANATION, cycle, number, act)


@app.command(help_epilogue=example("profile reject CYCLE 1 --reason 'which accounts?' --as mike"))
async def reject(cycle: str, number: int, /, *, act: Act = ACT) -> None:
    """Reject an explanation, with a reason: its records stay open and may be explained again."""
    from models.messages import Verb

    await _decide(Verb.REJECT_EXPLANATION, cycle, number, act)


async def _decide(verb: Verb, cycle: str, number: int, act: Act) -> None:
    from models.payloads import ExplanationVerdict

    async def build(_: Setting) -> Intent:
        return Intent(payload=ExplanationVerdict(number=number))

    await perform(verb, cycle, act, build, phase=_PHASE)


async def _profiled(cycle: str) -> Profiled:
    from methods.profile import ReportProfile
    from methods.scoring import attribute_scores, report_score
    from models.phases import BY_KIND
    from models.queries.cycles import cycle as cycle_named
    from models.queries.profiles import profile_sha256
    from models.queries.versions import rule_results

    async with reading() as session:
        async with session.reader.begin() as tx:
            line = await cycle_named(tx, cycle)
            digest = await profile_sha256(tx, line.id, slug=cycle)
            results = tuple(await rule_results(tx, cycle, BY_KIND[_PHASE]))
        profile = ReportProfile.model_validate_json(session.store.get(digest))
    measured = [(one, one) for one in results]
    return Profiled(line, profile.attributes, results, attribute_scores(measured), report_score(measured))


def _whole(one: AttributeProfile, found: Profiled) -> dict[str, Any]:
    ran = [result for result in found.results if result.attribute == one.attribute]
    standing = {name: sum(getattr(result, name) for result in ran) if ran else None for name in _STANDING}
    return {**one.model_dump(), **standing, "score": found.scores.get(one.attribute)}


def _short(told: Mapping[str, Any]) -> dict[str, Any]:
    """A line of the table: shares instead of counts, the commonest pattern alone."""
    from methods.figures.display import share

    return {**told, "blank": share(told["blank"], told["total"]) if told["blank"] else "",
            "far_out": told["far_out"] or "", "pattern": told["patterns"][0][0] if told["patterns"] else ""}
