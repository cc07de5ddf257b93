"""The content store: bytes under their SHA-256, in a local folder or an object store through fsspec.

Writing is atomic and idempotent; reading checks the hash, so a changed byte never passes unnoticed.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import fsspec

from models import errors

_CHUNK = 1 << 20


class ContentStore:
    """Content-addressed bytes below one fsspec URL, such as `file:///srv/assay/store` or `s3://bucket/prefix`."""

    def __init__(self, url: str) -> None:
        self.fs, self.root = fsspec.core.url_to_fs(url)
        self.local = "file" in (self.fs.protocol if isinstance(self.fs.protocol, tuple) else (self.fs.protocol,))

    def _path(self, digest: str) -> str:
        return f"{self.root}/{digest[:2]}/{digest}"

    def probe(self) -> None:
        """Write, read and remove a small file. Raises `DependencyDown`, naming what does not work."""
        path, doing = f"{self.root}/.probe-{os.getpid()}", "written to"
        try:
            self.fs.makedirs(self.root, exist_ok=True)
            self.fs.pipe_file(path, b"probe")
            doing = "read"
            if self.fs.cat_file(path) != b"probe":
                raise OSError("it gives other bytes than it was given")
            doing = "cleaned up"
            self.fs.rm_file(path)
        except OSError as error:
            raise errors.DependencyDown(
                f"the content store {self.root!r} cannot be {doing}: {error.strerror or error}",
                hint="give workers and commands a folder or bucket that they may write to: ASSAY_STORE_URL",
            ) from error

    def put(self, data: bytes) -> str:
        """Store bytes; returns their SHA-256. The same bytes again change nothing."""
        digest = sha256(data).hexdigest()
        path = self._path(digest)
        if not self.fs.exists(path):
            self.fs.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
            partial = f"{path}.{os.getpid()}.partial"
            self.fs.pipe_file(partial, data)
            self.fs.mv(partial, path)
        return digest

    def put_file(self, source: Path) -> str:
        """Store a file of any size in bounded memory; returns its SHA-256."""
        digest = file_sha256(source)
        path = self._path(digest)
        if not self.fs.exists(path):
            self.fs.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
            partial = f"{path}.{os.getpid()}.partial"
            self.fs.put_file(str(source), partial)
            self.fs.mv(partial, path)
        return digest

    def get(self, digest: str) -> bytes:
        """The bytes of a hash; raises `NotFound` when absent and `VerificationFailed` when they have changed."""
        try:
            data: bytes = self.fs.cat_file(self._path(digest))
        except FileNotFoundError as error:
            raise errors.NotFound(
                f"content {digest[:12]} is not in the store",
                hint="point ASSAY_STORE_URL at the store that the cycle was started with",
            ) from error
        if sha256(data).hexdigest() != digest:
            raise errors.VerificationFailed(
                f"content {digest[:12]} was changed in the store", hint="restore it from a backup"
            )
        return data

    def size(self, digest: str) -> int:
        """How many bytes a stored content has."""
        return int(self.fs.size(self._path(digest)))

    def lines(self, digest: str) -> list[str]:
        """The content as lines, such as the failing keys of a rule; only a line feed ends a line."""
        return self.get(digest).decode().split("\n")[:-1]

    @contextlib.contextmanager
    def as_file(self, digest: str) -> Iterator[Path]:
        """A local path with the content, checked against the hash first; for tools that need a file."""
        if self.local:
            path = Path(self._path(digest))
            if not path.exists():
                self.get(digest)
            _check(path, digest)
            yield path
            return
        with tempfile.TemporaryDirectory(prefix="assay-") as folder:
            copy = Path(folder) / digest
            self.fs.get_file(self._path(digest), str(copy))
            _check(copy, digest)
            yield copy


def _check(path: Path, digest: str) -> None:
    if file_sha256(path) != digest:
        raise errors.VerificationFailed(
            f"content {digest[:12]} was changed in the store", hint="restore it from a backup"
        )


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    digest = sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
