"""Texts and codes: the same or not. How alike two texts are may send them to a person; it never makes them agree."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from methods.comparison.outcomes import Outcome, both
from models.cycle_file import Comparison
from models.items import DataType

LONGEST_ALIKE = 200  # characters of a text whose likeness is measured; its cost grows with their square
_WHITE = re.compile(r"\s+")


def cleaned(value: str, *, kind: DataType) -> str:
    """The text that is compared or read: codes trimmed only, other text in Unicode's NFKC with single spaces."""
    if kind is not DataType.TEXT:
        return value.strip()
    return _WHITE.sub(" ", unicodedata.normalize("NFKC", value)).strip()


def read_text(text: str, *, spec: Comparison) -> str:
    """The text without what the cycle file ignores. One that is all punctuation keeps it: `-` is not `?`."""
    if spec.ignore_case:
        text = unicodedata.normalize("NFKC", text.casefold())
    if spec.ignore_punctuation:
        left = "".join(letter for letter in text if not unicodedata.category(letter).startswith("P"))
        text = _WHITE.sub(" ", left).strip() or text
    return text


def judge_texts(claim: str, proof: str, *, spec: Comparison) -> Outcome:
    """Equal texts match; those at least as alike as `likeness` need review, all others differ. Symmetric."""
    if claim == proof:
        return Outcome("match", claim, proof, f"{both(claim, proof)}: the same")
    measured = spec.likeness is not None and max(len(claim), len(proof)) <= LONGEST_ALIKE
    if measured and spec.likeness is not None and (alike := likeness(claim, proof)) >= spec.likeness:
        return Outcome("needs_review", claim, proof, f"{both(claim, proof)}: not the same, and {alike:.0%} alike")
    return Outcome("mismatch", claim, proof, f"{both(claim, proof)}: not the same")


def likeness(one: str, other: str) -> Decimal:
    """Twice the length of the longest common subsequence, over the length of both: 1 for equal texts, 0 for texts
    without a common letter. The normalised indel similarity, as RapidFuzz's `fuzz.ratio` has it in percent."""
    row = [0] * (len(other) + 1)
    for letter in one:
        before = 0
        for at, against in enumerate(other, start=1):
            before, row[at] = row[at], before + 1 if letter == against else max(row[at], row[at - 1])
    return Decimal(2 * row[-1]) / Decimal(len(one) + len(other) or 1)
