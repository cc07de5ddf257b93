"""Attribute sampling: how many records to test, and what the deviations found in them prove about all records.

AICPA Audit Sampling (2017), Appendix A, tables A-1 to A-4; PCAOB AS 2315 paragraph .34 and footnote 9 for what is
usual (tolerable rate 5% where the sample is the main evidence, else 10%; risk 5% to 10%). For a population of known
size the chances are hypergeometric and exact, otherwise binomial, to which they tend as the population grows.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from methods.sampling.exact import at_most, binomial_at_most, ceiling, hypergeometric_at_most
from models.errors import BadInput

# Above it the exact arithmetic takes minutes, and nobody tests so many records by hand.
LARGEST = 10_000
_STEP = Fraction(1, 1000)


@dataclass(frozen=True, slots=True)
class Size:
    """How many records to test, and with how many deviations among them the tolerable rate is still ruled out.

    `census` when nothing less than every record can rule it out.
    """

    size: int
    acceptable: int
    population: int | None = None

    @property
    def census(self) -> bool:
        """Whether every record is tested."""
        return self.size == self.population


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a sample proves: at `risk`, no more than `upper_limit` of all records deviate.

    `rate` is the deviation rate of the sample, `chance` that of so few deviations if the true rate were the tolerable
    one; `supported` when that chance is no more than the risk, which is when the limit keeps below the tolerable rate.
    """

    sample: int
    deviations: int
    population: int | None
    tolerable: Fraction
    risk: Fraction
    rate: Fraction
    upper_limit: Fraction
    chance: Fraction
    supported: bool


def sample_size(*, tolerable: Fraction, expected: Fraction, risk: Fraction, population: int | None = None) -> Size:
    """The smallest n with P(X <= k | n, tolerable) <= risk, where k = ceil(expected * n) deviations are expected.

    Tables A-1 (risk 5%) and A-2 (risk 10%). Where a population is so small that no part of it will do, all of it.
    Raises `BadInput` for rates out of order, and when more than 10,000 records would have to be tested.
    """
    _check(tolerable=tolerable, risk=risk, population=population)
    if not 0 <= expected < tolerable:
        raise BadInput(f"the expected rate {percent(expected)} is not below the tolerable rate {percent(tolerable)}",
                       hint="where so many deviations are expected, no sample can rule them out: test every record")
    largest = min(LARGEST, population) if population is not None else LARGEST
    least, deviations = 1, 0
    while least <= largest:
        # Within one k the chance falls as n grows, so its last n says whether any n does.
        last = min(largest, deviations * expected.denominator // expected.numerator) if expected else largest
        deviations = ceiling(expected * last)
        if last >= least and at_most(deviations, sample=last, rate=tolerable, population=population) <= risk:
            n = _first(least, last, deviations, tolerable=tolerable, risk=risk, population=population)
            return Size(n, deviations, population)
        least, deviations = last + 1, deviations + 1
    if population is not None and population <= LARGEST:
        return Size(population, ceiling(population * tolerable) - 1, population)
    raise BadInput(f"more than {LARGEST:,} records would have to be tested",
                   hint="the expected rate is too close to the tolerable rate, or the latter too small")


def _first(least: int, last: int, deviations: int, *, tolerable: Fraction, risk: Fraction,
           population: int | None) -> int:
    """The first n from `least` to `last` that does; `last` does."""
    while least < last:
        middle = (least + last) // 2
        if at_most(deviations, sample=middle, rate=tolerable, population=population) <= risk:
            last = middle
        else:
            least = middle + 1
    return least


def upper_limit(deviations: int, sample: int, *, risk: Fraction, population: int | None = None,
                step: Fraction = _STEP) -> Fraction:
    """The rate that the true one does not exceed, at this risk of being wrong; tables A-3 (5%) and A-4 (10%).

    Binomial: the smallest multiple of `step` with P(X <= deviations) <= risk, the one-sided limit of Clopper and
    Pearson rounded up. For a population of known size: the largest number of deviating records that is not ruled out,
    as an exact share of the population. Raises `BadInput` for counts that cannot be.
    """
    _check_counts(deviations, sample, population=population)
    if population is not None:
        return Fraction(_most_deviating(deviations, sample, risk=risk, population=population), population)
    low, high = 0, ceiling(1 / step)
    while low < high:
        middle = (low + high) // 2
        if binomial_at_most(deviations, sample=sample, rate=min(middle * step, Fraction(1))) <= risk:
            high = middle
        else:
            low = middle + 1
    return min(low * step, Fraction(1))


def _most_deviating(deviations: int, sample: int, *, risk: Fraction, population: int) -> int:
    low, high = deviations, population - (sample - deviations)
    while low < high:
        middle = (low + high + 1) // 2
        if hypergeometric_at_most(deviations, sample=sample, deviating=middle, population=population) > risk:
            low = middle
        else:
            high = middle - 1
    return low


def evaluate(deviations: int, sample: int, *, tolerable: Fraction, risk: Fraction,
             population: int | None = None) -> Evaluation:
    """What so many deviations in so many records prove; decided on the exact chance, not on the rounded limit.

    Raises `BadInput` for rates or counts that cannot be.
    """
    _check(tolerable=tolerable, risk=risk, population=population)
    limit = upper_limit(deviations, sample, risk=risk, population=population)
    chance = at_most(deviations, sample=sample, rate=tolerable, population=population)
    return Evaluation(sample, deviations, population, tolerable, risk, rate=Fraction(deviations, sample),
                      upper_limit=limit, chance=chance, supported=chance <= risk)


def conclusion(found: Evaluation) -> str:
    """An evaluation in one sentence."""
    told = f"{found.deviations:,} of {found.sample:,} records deviate"
    limit = f"with {percent(1 - found.risk)} confidence no more than {percent(found.upper_limit)} of all records do"
    against = f"the tolerable rate of {percent(found.tolerable)}"
    if found.supported:
        return f"{told}; {limit}, which keeps within {against}."
    return f"{told}; {limit}, so {against} is not ruled out."


def percent(rate: Fraction, *, digits: int = 2) -> str:
    """A rate as people read it, rounded up so that a limit is never understated: 2/3 is 66.67%."""
    scaled = ceiling(rate * 100 * 10**digits)
    whole, part = divmod(scaled, 10**digits)
    return f"{whole}.{part:0{digits}d}".rstrip("0").rstrip(".") + "%"


def _check(*, tolerable: Fraction, risk: Fraction, population: int | None) -> None:
    for name, rate in (("tolerable rate", tolerable), ("risk", risk)):
        if not 0 < rate < 1:
            raise BadInput(f"the {name} {percent(rate)} is not between 0% and 100%", hint="such as 5%")
    if population is not None and population < 1:
        raise BadInput("a population has at least one record", hint="leave it out when its size is not known")


def _check_counts(deviations: int, sample: int, *, population: int | None) -> None:
    if not 0 <= deviations <= sample or sample < 1:
        raise BadInput(f"{deviations} deviations in {sample} records cannot be", hint="0 to as many as were tested")
    if sample > LARGEST and sample != population:
        raise BadInput(f"a sample has at most {LARGEST:,} records", hint="larger ones are not evaluated")
    if population is not None and sample > population:
        raise BadInput(f"{sample:,} records cannot be drawn from {population:,}", hint="check the population")
