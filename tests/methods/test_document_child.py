"""Files that are more than lines are parsed in a child process: whatever happens in it happens to that file alone."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from activities import documents
from activities.documents import Readings, read_document
from methods.evidence import Evidence, needs_care, read_evidence
from methods.evidence.limits import TOO_MUCH
from models.errors import UnusableEvidence, VerificationFailed
from models.store import ContentStore
from tests.evidence_files import csv, html, parquet, pdf, table_pdf, workbook
from tests.methods.builders import source
from tests.workflows.people import until

pytestmark = pytest.mark.asyncio(loop_scope="session")
KEYS = frozenset({"R1", "R9"})


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ContentStore:
    """A store of its own, and no readings from other tests."""
    monkeypatch.setattr(documents, "_READINGS", Readings())
    return ContentStore((tmp_path / "store").as_uri())


async def read(store: ContentStore, data: bytes, name: str = "f") -> Evidence:
    """What a stored file says of two keys."""
    return await read_document(store, store.put(data), source=source(), keys=KEYS, name=name)


def flate_bomb(megabytes: int) -> bytes:
    """A PDF whose only content stream unpacks to this much, packed twice."""
    packer = zlib.compressobj(9)
    once = b"".join([*(packer.compress(bytes(1 << 20)) for _ in range(megabytes)), packer.flush()])
    twice = zlib.compress(once, 9)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources << >> >>",
        b"<< /Length %d /Filter [/FlateDecode /FlateDecode] >>\nstream\n%s\nendstream" % (len(twice), twice),
    ]
    body, places = b"%PDF-1.7\n", []
    for number, text in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, text)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return body + (b"xref\n0 5\n0000000000 65535 f \n%strailer << /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF"
                   % (table, len(body)))


async def test_it_says_what_would_be_said_here(store: ContentStore) -> None:
    """A workbook read in a child, and in this process."""
    data = workbook()
    assert read_evidence(data, source=source(), keys=KEYS, name="f") == await read(store, data)


@pytest.mark.parametrize("make", [html, parquet], ids=["html", "parquet"])
async def test_pages_and_parquet_files_are_parsed_there(store: ContentStore, make: Callable[[], bytes]) -> None:
    """Within the limits of the child, which can write no file."""
    found = await read(store, make())
    assert ["5", "NY"] == [found.find("R1", attribute=name)[0].value for name in ("Limit", "State")]
    assert needs_care(make()[:4096])


async def test_a_refusal_comes_through(store: ContentStore) -> None:
    """The wrong file is the wrong file there, too."""
    with pytest.raises(UnusableEvidence, match=r"other\.pdf: the document has no label or column 'REF'") as refused:
        await read(store, pdf("Hello"), name="other.pdf")
    assert refused.value.hint


async def test_one_that_takes_too_long_is_ended(store: ContentStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file has a problem, and the next one is read."""
    monkeypatch.setattr(documents, "WALL_SECONDS", 0.01)
    assert TOO_MUCH == (await read(store, workbook())).problem
    monkeypatch.undo()
    assert not (await read(store, table_pdf())).problem


def children() -> list[psutil.Process]:
    """The child processes that read a document now."""
    return [one for one in psutil.Process().children() if "activities.document_child" in one.cmdline()]


async def test_one_that_is_called_off_is_ended(store: ContentStore) -> None:
    """A worker that stops leaves no child behind."""
    task = asyncio.create_task(read(store, table_pdf(rows=[(f"R{n}", "5", "NY") for n in range(400)])))

    async def begun() -> bool | None:
        return True if children() else None

    await until(begun, "a child process")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [] == children()


@pytest.mark.nightly
async def test_one_that_takes_too_much_memory_is_ended(store: ContentStore) -> None:
    """Three gigabytes in five kilobytes end the child, not the worker."""
    assert TOO_MUCH == (await read(store, flate_bomb(3000))).problem


async def test_a_document_is_parsed_once(store: ContentStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slice that asks for fewer keys has them from the reading before; one that asks for others reads again."""
    data = workbook()
    await read(store, data)
    monkeypatch.setattr(documents, "WALL_SECONDS", 0.0)
    digest = store.put(data)
    again = await read_document(store, digest, source=source(), keys=frozenset({"R1"}), name="f")
    other = await read_document(store, digest, source=source(), keys=frozenset({"R2"}), name="f")
    assert ("", TOO_MUCH) == (again.problem, other.problem)


async def test_what_was_changed_is_never_judged_on(store: ContentStore) -> None:
    """A reading is kept, but the content is held against its hash every time."""
    await read(store, csv())
    digest = store.put(csv())
    store.fs.pipe_file(f"{store.root}/{digest[:2]}/{digest}", csv(rows=[("R1", "9", "NY")]))
    with pytest.raises(VerificationFailed):
        await read_document(store, digest, source=source(), keys=KEYS, name="f")
