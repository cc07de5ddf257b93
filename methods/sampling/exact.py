"""Exact chances: binomial and hypergeometric tails as fractions of whole numbers, so that no rounding decides.

Rates and risks are `Fraction`s between 0 and 1. A float would turn 3.5% of 400 into 15 deviations instead of 14.
"""

from __future__ import annotations

from fractions import Fraction
from math import comb


def ceiling(number: Fraction) -> int:
    """The smallest whole number that is not below it."""
    return -(-number.numerator // number.denominator)


def binomial_at_most(most: int, *, sample: int, rate: Fraction) -> Fraction:
    """P(X <= most) for X ~ Binomial(sample, rate): the chance of so few deviations when each has that rate.

    Sum over i from 0 to `most` of C(sample, i) rate^i (1 - rate)^(sample - i).
    """
    if most < 0 or most >= sample:
        return Fraction(int(most >= 0))
    hit, miss, total = rate.numerator, rate.denominator - rate.numerator, 0
    # Horner's scheme: what all terms share, miss^(sample - most), is multiplied in once, at the end.
    term = 1
    for i in range(most + 1):
        total = total * miss + term * hit**i
        term = term * (sample - i) // (i + 1)
    return Fraction(total * miss ** (sample - most), rate.denominator**sample)


def hypergeometric_at_most(most: int, *, sample: int, deviating: int, population: int) -> Fraction:
    """P(X <= most) for X ~ Hypergeometric: `sample` records of `population`, `deviating` of which deviate.

    Sum over i of C(deviating, i) C(population - deviating, sample - i) / C(population, sample).
    """
    sound = population - deviating
    first, last = max(0, sample - sound), min(most, sample, deviating)
    if last < first:
        return Fraction(0)
    term = total = comb(deviating, first) * comb(sound, sample - first)
    for i in range(first, last):
        term = term * (deviating - i) * (sample - i) // ((i + 1) * (sound - sample + i + 1))
        total += term
    return Fraction(total, comb(population, sample))


def at_most(most: int, *, sample: int, rate: Fraction, population: int | None = None) -> Fraction:
    """The chance of at most so many deviations at a true rate: binomial, or exact for a population of known size.

    In a population of N the rate is met by the smallest number of deviations that reaches it, ceil(N * rate).
    """
    if population is None:
        return binomial_at_most(most, sample=sample, rate=rate)
    deviating = ceiling(population * rate)
    return hypergeometric_at_most(most, sample=sample, deviating=deviating, population=population)
