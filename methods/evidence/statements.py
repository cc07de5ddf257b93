"""Statements: labels and their values, a record per statement; one begins where a key label gives another key.

A value stands behind the colon or the dotted leaders, right of its label, or below it. A label is a whole run of words,
perhaps wrapped over lines, and of labels of which one begins the other the longest counts. What a person would have to
guess is not guessed: several values in the place of one are all candidates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from methods.evidence.labels import Found, PageLabels
from methods.evidence.page_layout import Line
from methods.evidence.records import Candidate, Collector, Wanted


@dataclass(slots=True)
class _Statement:
    """Key values by attribute (`own`: not taken over from the statement before), and the values below them."""

    keys: dict[str, str]
    own: set[str] = field(default_factory=set)
    values: list[tuple[str, Candidate]] = field(default_factory=list)
    place: str = ""


def read_statements(pages: Sequence[Sequence[Line]], wanted: Wanted, *, prefix: str) -> Collector:
    """The statements of a document, in one collector."""
    into = Collector(wanted)
    statements: list[_Statement] = []
    for lines in pages:
        _read_page(list(PageLabels(lines, wanted.known).found()), wanted, statements, prefix)
    into.seen.update(attribute for one in statements for attribute, _ in one.values)
    for one in statements:
        parts = [one.keys.get(attribute, "").strip() for attribute in wanted.keys]
        if (key := into.claim(parts, place=one.place)) is not None:
            for attribute, candidate in one.values:
                into.put(key, attribute, candidate)
    return into


def _read_page(found: Sequence[Found], wanted: Wanted, statements: list[_Statement], prefix: str) -> None:
    """Add what a page says: to the statement that goes on, or to those that begin on it.

    A page on which a single statement begins belongs to it from the top.
    """
    before, began = len(statements), []
    pending: list[tuple[str, Candidate]] = []
    for one in found:
        for attribute in (name for name, label in wanted.keys.items() if label == one.label):
            if one.values and _begins(statements, attribute, one.values[0].text):
                statements.append(_Statement(dict(statements[-1].keys) if statements else {},
                                             place=prefix + one.values[0].place(f"label {one.label!r}")))
                began.append(statements[-1])
            if one.values:
                statements[-1].keys[attribute] = one.values[0].text.strip()
                statements[-1].own.add(attribute)
        values = list(_candidates(one, wanted, prefix))
        (statements[-1].values if began or (before and not began and statements) else pending).extend(values)
        if not began and before:
            pending.extend(values)
    if len(began) == 1 and pending:
        if before:
            previous = statements[before - 1].values
            statements[before - 1].values = [value for value in previous if value not in pending]
        began[0].values[:0] = pending


def _begins(statements: Sequence[_Statement], attribute: str, value: str) -> bool:
    """Whether this key value is of another statement than the last one."""
    if not statements:
        return True
    last = statements[-1]
    return attribute in last.own and last.keys[attribute] != value.strip()


def _candidates(one: Found, wanted: Wanted, prefix: str) -> Iterator[tuple[str, Candidate]]:
    for attribute in (name for name, label in wanted.columns.items() if label == one.label):
        for value in one.values:
            problem = "its font does not say which letters it shows" if "(cid:" in value.text else ""
            yield attribute, Candidate(value.text, prefix + value.place(f"label {one.label!r}"), problem)
