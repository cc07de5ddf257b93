"""Write a picture to the file that was asked for."""

from __future__ import annotations

from pathlib import Path

from cli.output import say
from models.errors import UnusableFile

_BEGINS = b"<svg "


def write_picture(path: Path, svg: str) -> None:
    """Write an SVG. One that was written before is replaced; raises `UnusableFile` rather than lose another file."""
    try:
        if path.exists() and not (path.is_file() and path.read_bytes()[:len(_BEGINS)] in (_BEGINS, b"")):
            raise UnusableFile(f"{str(path)!r} exists and is no picture of a cycle", hint="name another file")
        path.write_text(svg, encoding="utf-8", newline="")
    except OSError as error:
        raise UnusableFile(f"{str(path)!r} cannot be written: {error.strerror}", hint="name another file") from error
    say(f"written to {path}")
