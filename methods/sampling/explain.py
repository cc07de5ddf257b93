"""Why a record is in the sample: what its version stores of the draw, and the hash that ranked it, to be recomputed."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from methods.sampling.picks import place_in
from models.items import Sample

_RANKED = ("random", "stratified", "clean", "anomaly", "boundary")


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """How one record came into the sample.

    `rank` of `ranked` records in `stratum` (blank where there are no strata) in the drawing, for records drawn by rank;
    `ranking` is the SHA-256 of "seed|key" that ranks decide by: `printf '%s' 'SEED|KEY' | sha256sum`.
    """

    key: str
    category: str
    reason: str
    stratum: str
    rank: int | None
    ranked: int | None
    ranking: str
    line_of_business: str
    method: str
    seed: str
    population_sha256: str


def explain(sample: Sample) -> Explanation:
    """The explanation of a sample, from the sample alone."""
    place = place_in(sample.reason)
    ranking = sha256(f"{sample.seed}|{sample.record_key}".encode()).hexdigest() if sample.category in _RANKED else ""
    return Explanation(
        key=sample.record_key, category=sample.category, reason=sample.reason, stratum=place.stratum if place else "",
        rank=place.rank if place else None, ranked=place.count if place else None, ranking=ranking,
        line_of_business=sample.line_of_business, method=sample.method, seed=sample.seed,
        population_sha256=sample.population_sha256)
