"""Text in an encoding that is stated or found, read piece by piece; where it stops being UTF-8 is known."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator

from methods.text import WHITE_SPACE
from models.errors import MalformedCycleFile

_MARKS = ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"),
          (codecs.BOM_UTF16_BE, "utf-16"), (codecs.BOM_UTF8, "utf-8-sig"))


# White space but the blank, by its first byte; a line end stands at a value's end only before a quotation mark.
_ODD_SPACE = sorted({letter.encode()[:1] for letter in WHITE_SPACE} - {b" ", b"\n", b"\r"})
_ODD_ENDS = (*_ODD_SPACE, b'\n"', b'\r"')


def encoding_named(name: str) -> str:
    """The codec's own name. Raises `MalformedCycleFile` for one that does not exist or is none of text."""
    try:
        found = codecs.lookup(name)
        "".encode(found.name)
    except (LookupError, UnicodeError) as error:
        raise MalformedCycleFile(f"data.encoding: there is no encoding {name!r}",
                                 hint="such as utf-8, cp1252, latin-1 or utf-16") from error
    return found.name


def mark_of(head: bytes) -> str | None:
    """The encoding that a byte order mark tells."""
    return next((name for mark, name in _MARKS if head.startswith(mark)), None)


def decoded(pieces: Iterable[bytes], encoding: str) -> Iterator[str]:
    """The text of pieces, which may end within a letter. Raises `UnicodeDecodeError`."""
    decoder = codecs.getincrementaldecoder(encoding)()
    for piece in pieces:
        yield decoder.decode(piece)
    yield decoder.decode(b"", final=True)


class Utf8Check:
    """Whether pieces of a file are UTF-8; the line that is not begins at the byte `line_begins`.

    `only_blanks` says that no value of delimited text in `"` quotes ends in other white space than the blank; False
    where that would take a closer look.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._failed = False
        self.line_begins, self._at = 0, 0
        self.only_blanks, self._last = True, b""

    def take(self, piece: bytes) -> bool:
        """Look at the next piece; False when it is not UTF-8, and nothing more needs to be looked at."""
        pending = len(self._decoder.getstate()[0])
        try:
            self._decoder.decode(piece)
        except UnicodeDecodeError as error:
            good = max(error.start - pending, 0)
            self._pass(piece[:good])
            self._failed = True
            return False
        self._pass(piece)
        return True

    def valid(self) -> bool:
        """Whether all of it is, the last letter included."""
        return not self._failed and not self._decoder.getstate()[0]

    def _pass(self, good: bytes) -> None:
        if self.only_blanks:
            seen = self._last + good
            self.only_blanks = not any(end in seen for end in _ODD_ENDS)
            self._last = good[-1:]
        if (last := good.rfind(b"\n")) >= 0:
            self.line_begins = self._at + last + 1
        self._at += len(good)
