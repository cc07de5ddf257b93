"""How a sample is divided: among lines of business or strata by their size, among kinds of records by shares."""

from __future__ import annotations

from collections.abc import Mapping


def allocate(sizes: Mapping[str, int], *, size: int, minimum: int) -> dict[str, int]:
    """How many records each line of business gives: in proportion, by the largest remainder, ties by name.

    Each line gives `minimum` at least, or all that it has; what that takes beyond `size` comes from the lines that
    are furthest above their share, and is added to `size` once no line can spare more. No line gives more than it has.
    """
    total = sum(sizes.values())
    size = min(size, total)
    given = {line: size * count // total for line, count in sizes.items()} if total else {}
    by_remainder = sorted(given, key=lambda line: (-(size * sizes[line] % total), line))
    for line in by_remainder[:size - sum(given.values())]:
        given[line] += 1
    least = {line: min(minimum, count) for line, count in sizes.items()}
    given = {line: max(count, least[line]) for line, count in given.items()}
    while sum(given.values()) > size:
        spare = [line for line in given if given[line] > least[line]]
        if not spare:
            break
        given[max(spare, key=lambda line: (given[line] * total - size * sizes[line], line))] -= 1
    return given


def apportion(shares: Mapping[str, int], *, size: int) -> dict[str, int]:
    """How many of `size` records each share is due, by the largest remainder, ties by name. Shares need no sum."""
    return allocate({name: share * size for name, share in shares.items()}, size=size, minimum=0)
