"""What a scripted owner hands in: a flawed first attempt, extracts, documents from an archive, and what was lacking.

A case whose value is missing or unreadable stays with its owner. The supplement of an extract, or the second copy of an
archive, puts it right; what neither copy holds is waived by the tester. Anything else left open is a fault of Assay.
Real sources are otherwise: they leave records out and cannot be asked again, so what they do not prove is waived.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cli.demo.cast import Cast
from cli.templates import proves, write_template
from examples.built import Archive, BuiltCycle, Pairs, Upload
from methods.cycle_files import parse_cycle_file
from methods.text import counted
from models.cycle_file import Source
from models.errors import UnusableEvidence, VerificationFailed
from models.pinned import key_attributes
from models.queries.cases import OwnerCase, owner_cases
from models.queries.cycles import cycle as cycle_named

_WITH_OWNER = ("open", "returned")


@dataclass(frozen=True, slots=True)
class Supply:
    """One owner's side of a cycle."""

    cast: Cast
    built: BuiltCycle
    owner: str

    def source(self, name: str) -> Source:
        """A source as the cycle file describes it."""
        sources = parse_cycle_file(self.built.cycle_file.read_bytes()).sources
        return next(source for source in sources if source.name == name)

    async def outstanding(self) -> list[OwnerCase]:
        """The owner's cases that wait for evidence, or for evidence that can be read."""
        async with self.cast.session.reader.begin() as tx:
            cases = await owner_cases(tx, self.cast.slug, owner=self.owner)
        return [case for case in cases if case.state in _WITH_OWNER]

    def of_source(self, name: str, cases: Sequence[OwnerCase]) -> list[OwnerCase]:
        """Those of the cases that a source proves."""
        described = self.source(name)
        return [case for case in cases if proves(described, case)]

    async def hand_in(self, upload: Upload, *, name: str = "") -> None:
        """One file."""
        answer = await self.cast.upload(upload.owner, upload.source, upload.path, name=name)
        self.cast.say(f"{upload.owner}: {answer.message}")

    async def offer(self, upload: Upload) -> None:
        """One real file, which may hold nothing that was asked for."""
        try:
            await self.hand_in(upload)
        except UnusableEvidence as refusal:
            self.cast.say(f"{upload.owner}: {refusal.message}")

    async def executed(self) -> None:
        """Wait until every case that has evidence was run on it."""

        async def settled() -> bool | None:
            return None if any(case.state == "executing" for case in await self.cast.cases(self.owner)) else True

        await self.cast.until(settled)


async def hand_in_all(supply: Supply) -> Pairs:
    """Everything that the owner was asked for; (record key, attribute) of what the first delivery lacked.

    Raises `VerificationFailed` when cases still wait for evidence after everything was handed in.
    """
    owner, built = supply.owner, supply.built
    archives = [archive for archive in built.archives if archive.owner == owner]
    for attempt in (u for u in built.first_attempts if u.owner == owner):
        await _returned(supply, attempt)
    for upload in (u for u in built.uploads if u.owner == owner):
        await (supply.hand_in(upload) if built.closed else supply.offer(upload))
    for archive in archives:
        if supply.of_source(archive.source, await supply.outstanding()):
            await _ask(supply, archive)
    await supply.executed()
    lacking = await supply.outstanding()
    if lacking and built.closed:
        supply.cast.say(f"{owner}: {counted(len(lacking), 'case')} went back, missing or unreadable in the delivery")
        await _put_right(supply, archives, lacking)
    elif lacking:
        await _waive_unproved(supply, lacking)
    return frozenset((case.record_key, case.attribute) for case in lacking)


async def _put_right(supply: Supply, archives: Sequence[Archive], lacking: Sequence[OwnerCase]) -> None:
    for supplement in (u for u in supply.built.supplements if u.owner == supply.owner):
        if supply.of_source(supplement.source, lacking):
            await supply.hand_in(supplement)
    for archive in archives:
        if cases := supply.of_source(archive.source, lacking):
            await _ask_again(supply, archive, cases)
    await supply.executed()
    if left := await supply.outstanding():
        raise VerificationFailed(
            f"{len(left)} cases of {supply.owner} still wait for evidence, such as {left[0].number}",
            hint=f"starter.py case list {supply.cast.slug} --owner {supply.owner}",
        )


async def _waive_unproved(supply: Supply, lacking: Sequence[OwnerCase]) -> None:
    reason = "the source as published holds no readable value for this record"
    await supply.cast.waive(supply.owner, [case.number for case in lacking], reason)
    for case in lacking:
        named = f"case {case.number} ({case.record_key}, {case.attribute})"
        supply.cast.say(f"{supply.owner}: {named} waived: not in the source")


async def _returned(supply: Supply, attempt: Upload) -> None:
    corrected = next(u for u in supply.built.uploads if (u.owner, u.source) == (attempt.owner, attempt.source))
    await supply.hand_in(attempt, name=corrected.path.name)
    await supply.executed()
    await supply.cast.judge_evidence(supply.owner, "return", "the extract holds another column than asked for")
    supply.cast.say(f"{supply.owner}: {attempt.path.name} returned")


async def _ask(supply: Supply, archive: Archive, *, second_copy: bool = False) -> tuple[str, ...]:
    """Have documents printed for the keys that still wait and hand them in; the keys that are not on file."""
    with _folder() as folder:
        asked = folder / "asked.csv"
        async with supply.cast.session.reader.begin() as tx:
            await write_template(
                supply.cast.session, tx, supply.cast.slug, owner=supply.owner, source=archive.source, path=asked
            )
        target = folder / f"{archive.source}{'-second-copy' if second_copy else ''}.pdf"
        told = await asyncio.to_thread(archive.hand_out, asked, target, second_copy=second_copy)
        if told.printed:
            await supply.hand_in(Upload(supply.owner, archive.source, target))
    return told.not_on_file


async def _ask_again(supply: Supply, archive: Archive, lacking: Sequence[OwnerCase]) -> None:
    """The second copy, for what the first lacked; what it lacks too leaves the test."""
    lost = await _ask(supply, archive, second_copy=True)
    (key,) = supply.source(archive.source).keys
    async with supply.cast.session.reader.begin() as tx:
        place = (await key_attributes(tx, (await cycle_named(tx, supply.cast.slug)).id)).index(key)
    gone = [case.number for case in lacking if case.key_values[place] in lost]
    if gone:
        await supply.cast.waive(supply.owner, gone, "neither copy of the archive holds the document")
        supply.cast.say(f"{supply.owner}: {counted(len(gone), 'case')} waived, {counted(len(lost), 'document')} lost")


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="assay-archive-") as name:
        yield Path(name)
