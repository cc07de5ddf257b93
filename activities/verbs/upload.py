"""The verb `upload`: what a document covers, what it lacks, and why it cannot be read if it cannot.

A readable file covers the owner's open cases whose key it holds. Where it holds the key but not the value, the case
gets `not_found`, unless another document of the owner stands for it. A file that cannot be read is kept as a revision
with its problem; its cases are the owner's open ones that its source could prove and no other document stands for.
A file that is plainly the wrong one is refused and changes nothing. See docs/adr/0006-evidence-files.md.
A query covers nothing yet: it runs when the tester accepts it (`query_evidence`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from activities.cycle_files import load_cycle_file
from activities.documents import read_document
from activities.situation import Change, Situation
from activities.verbs.owner_parts import lock_owner, request_runs, self_of, stream_of
from methods.evidence import Evidence, source_key
from methods.evidence.queries import LONGEST, check_query
from models import errors
from models.cycle_file import Source
from models.database import one, rows, run, scalar
from models.payloads import Upload
from models.pinned import key_attributes
from models.queries.evidence import READ_AS_QUERY

_SHOWN = 50
# A case in one of these has evidence that counts; in the others it waits for some.
_STANDING = ("executing", "to_accept", "to_review")
_OPEN_CASES = """
select c.id, c.number, c.attribute, c.line_of_business, c.state, s.key_values, d.name as document, d.source
  from case_state c join test_case t on t.id = c.id join sample_item s on s.revision = t.sample_revision
  left join document_revision r on r.id = c.document_revision left join document d on d.id = r.document
 where c.cycle = :c and c.owner = :o and c.state not in ('concluded', 'waived') order by c.id
"""


@dataclass(frozen=True, slots=True)
class Reading:
    """A document as one source reads it, with the open cases that the source could prove, by their key in it."""

    source: Source
    evidence: Evidence
    cases: Sequence[Any]
    keys: Mapping[int, str]

    def covered(self, name: str) -> list[Any]:
        """The cases that the document called `name` is evidence for."""
        if self.evidence.problem:
            return [case for case in self.cases if _fits(self.source, case) and not self._stands_on_other(case, name)]
        held = [case for case in self.cases if self.keys[case.id] in self.evidence.records]
        return [case for case in held if self.evidence.find(self.keys[case.id], attribute=case.attribute)
                or not self._stands_on_other(case, name)]

    def lacking(self) -> list[str]:
        """Columns or labels that are asked for and stand nowhere in the document."""
        asked = {case.attribute for case in self.cases}
        return [self.source.columns[name] for name in self.evidence.lacking if name in asked]

    def _stands_on_other(self, case: Any, name: str) -> bool:
        return case.state in _STANDING and (case.document, case.source) != (name, self.source.name)


async def upload(s: Situation) -> Change:
    """Take in a file of evidence: which cases it covers, which keys it lacks, which it brings unasked."""
    owner = self_of(s)
    await lock_owner(s)
    asked = s.payload(Upload)
    found = await _read(s, asked, owner, await open_cases(s, owner))
    if not found.covered(asked.name) and found.source.query is None:
        raise covers_nothing(asked.name, owner, found)
    taken = await take_in(s, owner, asked, found, by=s.command.actor)
    said = found.evidence.problem or (
        f"covers {taken['covered']} cases" if found.source.query is None else "is a query that waits to be accepted")
    return Change(
        stream_of(s, "request_info"),
        f"{asked.name} revision {taken['revision']} {said}",
        rows={**taken, "cases": [case.number for case in found.covered(asked.name)]},
        result={**taken, "runs": taken["covered"]},
    )


async def open_cases(s: Situation, owner: str) -> Sequence[Any]:
    """The owner's cases that are neither concluded nor waived, with what stands for them now."""
    return await rows(s.tx, _OPEN_CASES, c=s.cycle.id, o=owner)


async def take_in(s: Situation, owner: str, asked: Upload, found: Reading, *, by: str) -> dict[str, Any]:
    """Put a document's next revision on record, tie it to the cases that it covers and ask for their runs.

    What the answer and the audit event say of it.
    """
    covered = found.covered(asked.name)
    revision = await _revision(s, owner, asked, found, covered, by=by)
    if covered:
        await run(
            s.tx,
            "insert into case_evidence (test_case, revision) select id, :r from unnest(CAST(:ids AS bigint[])) id",
            r=revision["id"],
            ids=[case.id for case in covered],
        )
        cause = "initial" if revision["revision"] == 1 else "evidence_revised"
        await request_runs(s, cause, [(case.id, revision["id"]) for case in covered])
    return revision


async def _read(s: Situation, asked: Upload, owner: str, cases: Sequence[Any]) -> Reading:
    """The document as the named source reads it, or as the only one does that fits; raises what speaks against it."""
    sources = _sources(s, asked.source)
    proving = {source.name: provable(source, cases, named=bool(asked.source)) for source in sources}
    sources = [source for source in sources if proving[source.name]]
    if not sources:
        raise errors.WrongState(
            f"{owner} has no open cases that {asked.source or 'any source'} could prove",
            hint=f"starter.py case list {s.cycle.slug} --as {owner}",
        )
    names = await key_attributes(s.tx, s.cycle.id)
    readings, refusals = [], []
    for source in sources:
        if source.query is not None:
            try:
                readings.append(_query(s, asked, source))
            except errors.UnusableEvidence as refusal:
                refusals.append(refusal)
            continue
        keys = {case.id: source_key(source, dict(zip(names, case.key_values, strict=True)))
                for case in proving[source.name]}
        try:
            evidence = await read_document(
                s.store, asked.sha256, source=source, keys=frozenset(keys.values()), name=asked.name, again=False
            )
        except errors.UnusableEvidence as refusal:
            refusals.append(refusal)
            continue
        reading = Reading(source, evidence, proving[source.name], keys)
        if len(sources) == 1 or evidence.problem or reading.covered(asked.name):
            readings.append(reading)
        else:
            refusals.append(covers_nothing(asked.name, owner, reading))
    if not readings:
        raise refusals[0] if len(refusals) == 1 else _fits_none(asked.name, sources, refusals)
    if len(readings) > 1:
        fitting = [reading.source.name for reading in readings]
        raise errors.BadInput(f"{asked.name} can be evidence of several sources: {', '.join(fitting)}",
                              hint=f"--source {' | '.join(fitting)}")
    return readings[0]


def _query(s: Situation, asked: Upload, source: Source) -> Reading:
    """The document as a query on the source. No case is covered, and none is missed, before it has run."""
    if s.store.size(asked.sha256) > 4 * LONGEST:
        raise errors.UnusableEvidence(f"{asked.name} is no query: it is too large",
                                      hint=f"{source.name} takes one SELECT, not files")
    query = check_query(s.store.get(asked.sha256), source=source, name=asked.name)
    told = f"{READ_AS_QUERY}over {', '.join(query.tables)}; runs when accepted"
    return Reading(source, Evidence(read_as=told), (), {})


def provable(source: Source, cases: Sequence[Any], *, named: bool) -> list[Any]:
    """The cases that a source could prove: in its lines of business, unless the owner says that it is this source."""
    return [case for case in cases if case.attribute in source.columns and (named or _fits(source, case))]


def _fits(source: Source, case: Any) -> bool:
    return not source.lines_of_business or case.line_of_business in source.lines_of_business


def covers_nothing(name: str, owner: str, found: Reading) -> errors.UnusableEvidence:
    """Why a document is no evidence for any open case."""
    if found.evidence.problem:
        return errors.UnusableEvidence(f"{name} {found.evidence.problem}; other documents stand for all open cases",
                                       hint="hand it in again in a form that can be read")
    missing = sorted(set(found.keys.values()) - set(found.evidence.records))
    if len(missing) < len(set(found.keys.values())):
        return errors.UnusableEvidence(
            f"{name} holds none of the values that {owner} was asked for, and other documents stand for its cases",
            hint=f"columns or labels that it lacks: {', '.join(found.lacking()) or 'none'}")
    return errors.UnusableEvidence(
        f"{name} holds none of the {len(missing)} keys that {owner} was asked for, such as {missing[0]}",
        hint=f"key columns or labels of {found.source.name}: {', '.join(found.source.keys.values())}",
    )


def _fits_none(name: str, sources: Sequence[Source], refusals: Sequence[errors.AssayError]) -> errors.UnusableEvidence:
    told = "; ".join(f"{source.name}: {refusal.message}" for source, refusal in zip(sources, refusals, strict=True))
    return errors.UnusableEvidence(f"{name} fits none of {len(sources)} sources. {told}",
                                   hint="--source SOURCE, for the one that it should fit")


def _sources(s: Situation, name: str) -> list[Source]:
    """The source of that name, or all when none is named."""
    sources = load_cycle_file(s.store, s.cycle.cycle_file_sha256).sources
    named = [source for source in sources if name in ("", source.name)]
    if not named:
        raise errors.NotFound(
            f"there is no source {name!r}", hint=f"sources: {', '.join(source.name for source in sources)}"
        )
    return named


async def _revision(
    s: Situation, owner: str, asked: Upload, found: Reading, covered: Sequence[Any], *, by: str
) -> dict[str, Any]:
    """Put the document's next revision on record; what the answer and the audit event say of it."""
    evidence = found.evidence
    missing = sorted(set(found.keys.values()) - set(evidence.records)) if not evidence.problem else []
    values = {"c": s.cycle.id, "o": owner, "s": found.source.name, "n": asked.name}
    await run(
        s.tx,
        "insert into document (cycle, owner, source, name) values (:c, :o, :s, :n) on conflict do nothing",
        **values,
    )
    document = await scalar(
        s.tx, "select id from document where cycle = :c and owner = :o and source = :s and name = :n", **values
    )
    earlier = await scalar(
        s.tx,
        "select r.id from document_revision r join document d on d.id = r.document where d.cycle ="
        " :c and r.sha256 = :sha"
        " order by r.id limit 1",
        c=s.cycle.id,
        sha=asked.sha256,
    )
    row = await one(
        s.tx,
        "insert into document_revision (document, revision, sha256, bytes, rows, covered, missing,"
        " unknown, unknown_keys, problem, read_as,"
        " same_as, note, command_id, by) select :d, coalesce(max(revision), 0) + 1, :sha, :bytes, :lines, :covered,"
        " CAST(:missing AS text[]), CAST(:unknown AS text[]), :unknown_keys, :problem, :read_as,"
        " CAST(:same AS bigint), :note, :command, :by"
        " from document_revision where document = :d returning id, revision",
        d=document,
        sha=asked.sha256,
        bytes=s.store.size(asked.sha256),
        lines=evidence.rows,
        covered=len(covered),
        missing=missing,
        unknown=list(evidence.unknown),
        unknown_keys=evidence.unknown_keys,
        problem=evidence.problem,
        read_as=evidence.read_as,
        same=earlier,
        note=asked.note,
        command=s.command.command_id,
        by=by,
    )
    return {
        "id": row.id,
        "document": asked.name,
        "source": found.source.name,
        "revision": row.revision,
        "sha256": asked.sha256,
        "same_as": earlier,
        "covered": len(covered),
        "missing": missing[:_SHOWN],
        "missing_keys": len(missing),
        "unknown": list(evidence.unknown[:_SHOWN]),
        "unknown_keys": evidence.unknown_keys,
        "lacking": found.lacking(),
        "problem": evidence.problem,
        "read_as": evidence.read_as,
    }
