"""Which of some values go with which of others: the largest pairing that a relation allows (Kuhn's algorithm)."""

from __future__ import annotations

from collections.abc import Callable


def pair_up(left: int, right: int, fits: Callable[[int, int], bool]) -> dict[int, int]:
    """From each of `left` places to a place of `right`, as many as possible, none twice.

    A relation that holds for more pairs never gives a smaller pairing, which keeps a tolerance monotone.
    """
    taken: dict[int, int] = {}

    def place(at: int, tried: set[int]) -> bool:
        for other in range(right):
            if other not in tried and fits(at, other):
                tried.add(other)
                if other not in taken or place(taken[other], tried):
                    taken[other] = at
                    return True
        return False

    for at in range(left):
        place(at, set())
    return {at: other for other, at in sorted(taken.items(), key=lambda pair: pair[1])}
