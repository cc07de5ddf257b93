"""The rows that every contestant stores: samples of eight text columns, the same bytes for all and in every run.

Standard library alone, because the peers run in an environment of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256

COLUMNS = (
    "record_key", "key_values", "line_of_business", "category", "reason", "method", "population_sha256", "seed",
)
_LINES = ("Cards", "Retail Mortgage", "Small Business", "Auto", "Commercial Real Estate")
_CATEGORIES = ("random", "stratified", "anomaly", "boundary")
_POPULATION = sha256(b"the population that the samples were drawn from").hexdigest()
_RATIONALE = 220  # characters; what a tester writes about a sample


@dataclass(frozen=True, slots=True)
class Row:
    """One sample as text; its fields are `COLUMNS`."""

    record_key: str
    key_values: str
    line_of_business: str
    category: str
    reason: str
    method: str
    population_sha256: str
    seed: str

    def as_dict(self) -> dict[str, str]:
        """Its columns by name."""
        return {name: getattr(self, name) for name in COLUMNS}

    def edited(self, version: int) -> Row:
        """The same sample with another rationale."""
        return replace(self, reason=_rationale(f"reviewed again for version {version}; {self.record_key}"))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the approver says about one sample."""

    verdict: str
    reason: str


APPROVE = Verdict("approve", "")


def reject(key: str) -> Verdict:
    """A refusal, with the reason that it needs."""
    return Verdict("reject", f"{key} lies outside the period under test")


def row(number: int) -> Row:
    """The sample of that number; keys sort as numbers do."""
    account = f"ACCT-{number:08d}"
    return Row(
        record_key=f"{account}|2026-03-31",
        key_values=f"{account}|2026-03-31",
        line_of_business=_LINES[number % len(_LINES)],
        category=_CATEGORIES[number % len(_CATEGORIES)],
        reason=_rationale(f"drawn for {account}; balance {number * 7919 % 1_000_003}"),
        method="stratified by line of business, proportional allocation",
        population_sha256=_POPULATION,
        seed=sha256(str(number % 97).encode()).hexdigest()[:16],
    )


def _rationale(text: str) -> str:
    # Differing text throughout, so that no storage gains by compressing one repeated word.
    filler = sha256(text.encode()).hexdigest() * 4
    return f"{text}; {filler}"[:_RATIONALE]
