"""The few records of lowest rank in a stream of any length: the only part of a population that a draw holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from heapq import heappush, heappushpop

from methods.sampling.population import Member, rank


class Lowest:
    """At most `most` records of lowest order among those offered; None keeps every one.

    An order is one number or several, of which the first that differs decides; no two records have the same.
    """

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._heap: list[tuple[tuple[int | Decimal, ...], str, Member]] = []
        self.offered = 0

    def offer(self, key: str, member: Member, *negated: int | Decimal) -> None:
        """Take a record into account, each key once; its order with every number negated.

        heapq keeps the smallest on top, and it is the largest that has to go. Negating is left to the caller, because
        a unary minus rounds a decimal.
        """
        self.offered += 1
        if self._most is None or len(self._heap) < self._most:
            heappush(self._heap, (negated, key, member))
        # Of a million records, nearly all go no further.
        elif self._heap and negated > self._heap[0][0]:
            heappushpop(self._heap, (negated, key, member))

    def ranked(self) -> list[tuple[str, Member]]:
        """Key and record, lowest first."""
        return [(key, member) for _, key, member in sorted(self._heap, reverse=True)]


class Failing:
    """Records with failing rules: the rules take turns by name, each with its record of lowest rank not yet taken."""

    def __init__(self, anomalies: Mapping[str, Sequence[str]], *, seed: str, most: int, spare: int = 0) -> None:
        """`most` are wanted; up to `spare` of a rule's records may turn out to be taken already."""
        self._anomalies, self._most = anomalies, most
        self._queues = _queues(anomalies, seed=seed, most=most + spare if most else 0)
        self._keys = {key for keys in self._queues.values() for key in keys}
        self._members: dict[str, Member] = {}

    def see(self, key: str, member: Member) -> None:
        """Keep the record if it may be wanted."""
        if key in self._keys:
            self._members[key] = member

    def chosen(self, taken: Collection[str] = ()) -> list[tuple[Member, str]]:
        """The records, with the reason of each: the rule that it was taken for, then the others."""
        queues = {rule: [key for key in keys if key in self._members] for rule, keys in sorted(self._queues.items())}
        turns = in_turn(queues, most=self._most, taken=taken)
        return [(self._members[key], _fails(self._anomalies[key], rule)) for key, rule in turns.items()]


def in_turn(queues: Mapping[str, Sequence[str]], *, most: int, taken: Collection[str] = ()) -> dict[str, str]:
    """Key -> queue: each queue in turn gives its first key that is not yet taken, until there are enough."""
    left = {name: [key for key in keys if key not in taken] for name, keys in queues.items()}
    chosen: dict[str, str] = {}
    while any(left.values()) and len(chosen) < most:
        for name, queue in left.items():
            while queue and queue[0] in chosen:
                queue.pop(0)
            if queue and len(chosen) < most:
                chosen[queue.pop(0)] = name
    return chosen


def _queues(anomalies: Mapping[str, Sequence[str]], *, seed: str, most: int) -> dict[str, list[str]]:
    """By rule the keys of lowest rank; a rule never gives more than `most`."""
    by_rule: dict[str, list[str]] = {}

    for key in sorted(anomalies, key=lambda key: rank(seed, key)) if most else ():
        for rule in anomalies[key]:
            queue = by_rule.setdefault(rule, [])
            if len(queue) < most:
                queue.append(key)
    return by_rule


def _fails(rules: Sequence[str], rule: str) -> str:
    others = sorted(set(rules) - {rule})
    return f"fails the rule {rule}" + (f", and also {', '.join(others)}" if others else "")
