"""Sampling: how many records to test, which ones, and what the result proves about all of them."""

from methods.sampling.allocation import allocate, apportion
from methods.sampling.draws import draw
from methods.sampling.population import (
    Member,
    Population,
    known_line,
    line_of,
    population_hash,
    seed_of,
    survey,
)

__all__ = ["Member", "Population", "allocate", "apportion", "draw", "known_line", "line_of", "population_hash",
           "seed_of", "survey"]
