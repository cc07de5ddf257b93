"""Which encoding a text is in: its mark, else its NUL bytes, else UTF-8, else what charset-normalizer finds likely.

Among encodings of one byte per letter many fit any text; Windows-1252 wins unless another is clearly more likely.
"""

from __future__ import annotations

import codecs
from itertools import pairwise

from charset_normalizer import from_bytes

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
          (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_WESTERN = "cp1252"
_SAMPLE = 64 << 10
_PLANES = 0x10  # the highest value of the second byte of a letter in UTF-32
_ODD = 0.1  # most of a text's letters that may be no letters; other files have more
_LIKELY = [
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "iso8859_2", "iso8859_5",
    "iso8859_7", "iso8859_9", "koi8_r", "mac_roman", "cp437", "cp850", "cp852", "cp866", "shift_jis", "euc_jp",
    "gb18030", "big5", "euc_kr",
]


def encoding_of(data: bytes) -> str:
    """The name of a codec that decodes the whole text."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    if b"\0" in data[:4096] and (wide := wide_encoding(data[:4096])) and _decodes(data, wide):
        return wide
    if _decodes(data, "utf-8"):
        return "utf-8"
    return next(name for name in (*_guesses(data), _WESTERN, "latin-1") if _decodes(data, name))


def wide_encoding(head: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark, by where the NUL bytes of its letters stand; None when it makes no sense."""
    whole = head[:len(head) // 4 * 4]
    if not any(whole[3::4]) and max(whole[2::4], default=0) <= _PLANES:
        name = "utf-32-le"
    elif not any(whole[::4]) and max(whole[1::4], default=0) <= _PLANES:
        name = "utf-32-be"
    else:
        name = "utf-16-le" if whole[1::2].count(0) > whole[::2].count(0) else "utf-16-be"
    text = whole.decode(name, errors="replace").rstrip("\N{REPLACEMENT CHARACTER}")
    odd = sum(not (letter.isprintable() or letter.isspace()) for letter in text)
    return name if text and odd <= _ODD * len(text) else None


def _decodes(data: bytes, name: str) -> bool:
    decoder = codecs.getincrementaldecoder(name)()
    try:
        for at in range(0, len(data), 1 << 20):
            decoder.decode(data[at:at + (1 << 20)])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _guesses(data: bytes) -> list[str]:
    """The readings of the lines that are not plain ASCII, most likely first."""
    telling = b"\n".join(line for line in data[:16 * _SAMPLE].splitlines() if not line.isascii())[:_SAMPLE]
    if not telling:
        return []
    # Encodings that read the sample alike are one match, which is called by whichever comes first in the alphabet.
    found = [(match, _WESTERN if _WESTERN in match.could_be_from_charset else match.encoding)
             for match in from_bytes(telling, cp_isolation=_LIKELY)]
    return [name for _, name in sorted(found, key=lambda one: (
        round(one[0].chaos, 1), _oddities(str(one[0])), one[1] != _WESTERN, -one[0].coherence))]


def _oddities(text: str) -> int:
    """Signs and accents amid letters, and capitals after small letters: what a wrong reading makes of words."""
    def is_sign(letter: str) -> bool:
        return not letter.isascii() and not letter.isalnum()

    pairs = ((one, two) for one, two in pairwise(text) if not (one.isascii() and two.isascii()))
    return sum(
        (one.islower() and two.isupper()) or (one.isalpha() and is_sign(two)) or (is_sign(one) and two.isalpha())
        for one, two in pairs
    )
