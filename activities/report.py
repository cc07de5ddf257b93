"""The final report: composed from pinned facts, rendered once when it is submitted, attested when it is approved.

The facts lie in the content store as JSON beside the files, so that the same bytes can be made again at any time.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

from activities.cycle_files import load_cycle_file
from activities.render.attestation import render_attestation
from activities.render.html import render_html
from activities.render.pdf import render_pdf
from activities.render.xlsx import render_xlsx
from activities.situation import Situation
from activities.workbench import Workbench
from methods.figures import compose
from models import audit, membership, versions
from models.cycles import CycleRow
from models.database import Tx, one, rows, run
from models.items import Item, Origin, Section
from models.phases import CLOSING
from models.pinned import failing_rules
from models.report import FileHash, ReportFacts, SignOff
from models.report_facts import gather
from models.store import ContentStore
from models.versions import PhaseRow

FILES = "files"
# What the signatures cover, by the kind of its file.
BODY = {"html": render_html, "xlsx": render_xlsx, "pdf": render_pdf}


async def compose_sections(bench: Workbench) -> Sequence[Item]:
    """The report's sections as of now, for the tester to read and comment before submitting."""
    async with bench.database.begin() as tx:
        facts = await facts_of(tx, bench.cycle, bench.store)
    return await asyncio.to_thread(compose, facts)


async def facts_of(tx: Tx, cycle: CycleRow, store: ContentStore) -> ReportFacts:
    """The facts of a cycle's report, with the first failing keys of each rule."""
    keys = {name: store.lines(digest) for name, digest in (await failing_rules(tx, cycle.id)).items()}
    return await gather(tx, cycle, load_cycle_file(store, cycle.cycle_file_sha256), keys)


async def render_draft(s: Situation, phase: PhaseRow, number: int) -> None:
    """Bring the draft's sections up to now, render the body once, and put its hashes under the content hash."""
    facts = await facts_of(s.tx, s.cycle, s.store)
    present = {
        row.natural_key: Section.model_validate_json(row.content)
        for row in await rows(
            s.tx, "select natural_key, content from member where phase = :p and number = :n", p=phase.id, n=number
        )
    }
    sections = [
        section.model_copy(update={"comment": present[section.name].comment}) if section.name in present else section
        for section in await asyncio.to_thread(compose, facts)
    ]
    bodies = await asyncio.gather(*(asyncio.to_thread(render, facts, sections) for render in BODY.values()))
    name = s.cycle.slug.replace(":", "-")
    files = [
        await _keep(s.tx, s.store, phase, number, kind, f"{name}-v{number}.{kind}", data)
        for kind, data in zip(BODY, bodies, strict=True)
    ]
    facts_sha256 = s.store.put(facts.model_dump_json().encode())
    body = audit.canonical({"facts_sha256": facts_sha256, "files": [file.model_dump() for file in files]})
    sections.append(Section(name=FILES, ordinal=99, title="Files of this report", body=body))
    new = [section for section in sections if section.name not in present]
    await membership.edit(s.tx, phase, number, [x for x in sections if x.name in present], actor=s.command.actor)
    await membership.add(s.tx, phase, number, new, origin=Origin.GENERATED, actor=s.command.actor)


async def _keep(
    tx: Tx, store: ContentStore, phase: PhaseRow, number: int, kind: str, name: str, data: bytes
) -> FileHash:
    digest = store.put(data)
    await run(
        tx,
        "insert into report_file (phase, number, kind, name, sha256, bytes) values (:p, :n, :k, :name, :sha, :bytes)"
        " on conflict do nothing",
        p=phase.id,
        n=number,
        k=kind,
        name=name,
        sha=digest,
        bytes=len(data),
    )
    return FileHash(name=name, sha256=digest, bytes=len(data))


async def attest(bench: Workbench) -> None:
    """Write the attestation of the approved report: a second file that names the body's hashes and who signed them."""
    async with bench.database.begin() as tx:
        phase = await versions.lock_phase(tx, bench.cycle.slug, CLOSING.kind)
        version = await one(tx, "select number from version where phase = :p and status = 'approved'", p=phase.id)
        files = await rows(
            tx,
            "select kind, name, sha256, bytes from report_file where phase = :p and number = :n order by kind",
            p=phase.id,
            n=version.number,
        )
        if any(file.kind == "attestation" for file in files):
            return
        signed = await rows(
            tx,
            "select role, by, at, content_hash from version_signoff where phase = :p and number = :n order by at",
            p=phase.id,
            n=version.number,
        )
        section = await one(
            tx,
            "select content from member where phase = :p and number = :n and natural_key = :k",
            p=phase.id,
            n=version.number,
            k=FILES,
        )
        facts = _pinned_facts(bench.store, Section.model_validate_json(section.content))
        data = render_attestation(
            [SignOff(**row._mapping) for row in signed],
            files=[FileHash(name=file.name, sha256=file.sha256, bytes=file.bytes) for file in files],
            facts=facts,
        )
        name = f"{bench.cycle.slug.replace(':', '-')}-v{version.number}-attestation.html"
        kept = await _keep(tx, bench.store, phase, version.number, "attestation", name, data)
        await audit.append(
            tx,
            phase.stream,
            actor=membership.SYSTEM,
            role="system",
            action="attest",
            subject=phase.named(version.number),
            reason="",
            after=kept.model_dump(),
        )


def _pinned_facts(store: ContentStore, section: Section) -> ReportFacts:
    return ReportFacts.model_validate_json(store.get(json.loads(section.body)["facts_sha256"]))
