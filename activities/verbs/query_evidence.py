"""Evidence by query: what an owner handed in as a SELECT runs once the tester accepts it, never before.

Its rows are stored as a document of their own, whose revision names the query by SHA-256; from there on they are
evidence like any other: tests run on them, and the tester accepts or returns them. Accepting the query again runs it
again. The acceptance and what came of it are one transaction: a query that fails is not accepted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from activities.cycle_files import load_cycle_file
from activities.documents import read_document
from activities.query_sources import run_query
from activities.situation import Situation
from activities.verbs.upload import Reading, covers_nothing, open_cases, provable, take_in
from methods.evidence import source_key
from methods.evidence.queries import check_query
from methods.evidence.query_results import as_csv
from models import errors
from models.cycle_file import Source
from models.membership import SYSTEM
from models.payloads import Upload
from models.pinned import key_attributes
from models.queries.evidence import READ_AS_QUERY


async def run_accepted(s: Situation, owner: str, accepted: Sequence[Any]) -> dict[str, Any]:
    """Run the query among the accepted revisions, and take its rows in; what that gave, {} when there is no query.

    A dry run checks the query and does not run it. Raises `WrongState` for several queries at once.
    """
    queries = [row for row in accepted if row.read_as.startswith(READ_AS_QUERY)]
    if not queries:
        return {}
    if len(queries) > 1:
        raise errors.WrongState(
            f"{len(queries)} queries wait, and each runs by itself: {', '.join(row.name for row in queries[:10])}",
            hint=f"starter.py evidence accept {s.cycle.slug} {queries[0].id} --owner {owner}",
        )
    sources = {source.name: source for source in load_cycle_file(s.store, s.cycle.cycle_file_sha256).sources}
    return await _run(s, owner, queries[0], sources[queries[0].source])


async def _run(s: Situation, owner: str, row: Any, source: Source) -> dict[str, Any]:
    assert source.query is not None, "only sources with a query have such revisions"
    query = check_query(await asyncio.to_thread(s.store.get, row.sha256), source=source, name=row.name)
    if s.command.dry_run:
        return {"runs": 0}
    data = as_csv(query.columns, await run_query(query, source.query))
    digest = await asyncio.to_thread(s.store.put, data)
    asked = Upload(
        source=source.name, name=f"{row.name} result", sha256=digest, bytes=len(data),
        note=f"rows of {row.name} revision {row.revision}, query SHA-256 {query.sha256}",
    )
    found = await _reading(s, owner, asked, source)
    if not found.covered(asked.name):
        raise covers_nothing(asked.name, owner, found)
    taken = await take_in(s, owner, asked, found, by=SYSTEM)
    return {"runs": taken["covered"], "query_sha256": query.sha256, "rows": found.evidence.rows, "result": taken}


async def _reading(s: Situation, owner: str, asked: Upload, source: Source) -> Reading:
    cases = provable(source, await open_cases(s, owner), named=True)
    names = await key_attributes(s.tx, s.cycle.id)
    keys = {case.id: source_key(source, dict(zip(names, case.key_values, strict=True))) for case in cases}
    evidence = await read_document(
        s.store, asked.sha256, source=source, keys=frozenset(keys.values()), name=asked.name, again=False)
    return Reading(source, evidence, cases, keys)
