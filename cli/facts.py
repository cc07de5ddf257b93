"""What a decider wants to know of an item: a row of facts for each item type, and those that every item has."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from cli.output import cell
from models.items import RuleSource
from models.phases import BY_KIND
from models.queries.changes import PreviousDecision
from models.queries.comments import CommentLine
from models.queries.versions import MemberLine, VersionHead

FACT = 300  # characters of a fact; the item itself is in `item show`, or in `version show --output json`
Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Around:
    """What is known of items beside the version, by key; `failures` are failing records of rules that have run."""

    previous: Mapping[str, PreviousDecision] = field(default_factory=dict)
    comments: Mapping[str, Sequence[CommentLine]] = field(default_factory=dict)
    failures: Mapping[str, int] = field(default_factory=dict)


def _named(*fields: str) -> dict[str, Callable[[Content], Any]]:
    return {name: partial(_field, name) for name in fields}


def _field(name: str, content: Content) -> Any:
    return content.get(name)


def taken_from(content: Content) -> str:
    """The approved rule of the cycle before that a rule was taken from: "CYCLE v1, revision 3", or nothing."""
    source = content.get("taken_from")
    return str(RuleSource.model_validate(source)) if source else ""


def _reason(content: Content) -> Any:
    return content.get("reason")


def _failures(content: Content) -> Any:
    return len(content.get("findings") or ())


def _headline(content: Content) -> str:
    """The first sentences or figures of a section's body; nothing when the body is none."""
    try:
        blocks = json.loads(content.get("body") or "{}").get("blocks", [])
    except (ValueError, AttributeError):
        return ""
    for block in blocks:
        if block.get("kind") == "paragraph":
            return str(block["text"])
        if block.get("kind") == "figures":
            return "; ".join(f"{figure['label']}: {figure['value']}" for figure in block["items"])
    return ""


# By item type, in the order in which people read them; an item's own reason is none of the two columns to fill in.
_FACTS: dict[str, dict[str, Callable[[Content], Any]]] = {
    "attribute": _named("line", "title", "data_type", "format", "mandatory", "primary_key", "critical", "domain",
                        "minimum", "maximum", "source_column", "description"),
    "rule": {**_named("attribute", "description", "dimension", "severity", "gate", "threshold"),
             "taken_from": taken_from},
    "scope": {**_named("action", "recommended", "score"), "scoping_reason": _reason,
              **_named("critical", "failing_records", "past_issues")},
    "sample": {**_named("line_of_business", "category"), "sampling_reason": _reason, **_named("method")},
    "observation": {**_named("severity", "severity_basis", "severity_reason", "title"), "failures": _failures,
                    **_named("cases_tested", "description", "root_cause", "issue_type", "remediation_plan",
                             "remediation_owner", "remediation_due", "findings")},
    "section": {**_named("title"), "headline": _headline, **_named("comment")},
}
# What some items have and most have not.
REMARKS = ("taken_from", "tester_reason", "approver_verdict", "approver_reason", "previous_decision", "previous_note",
           "carried_from", "comments", "last_comment")
COMMON = ("previous_decision", "previous_note", "origin", "carried_from", "comments", "last_comment")


def fact_columns(head: VersionHead, around: Around) -> tuple[str, ...]:
    """The columns of facts of a version's items."""
    sided = ("tester_verdict", "tester_reason") if head.side == "approver" else ("approver_verdict", "approver_reason")
    known = ("failing_records",) if around.failures else ()
    return tuple(dict.fromkeys((*_FACTS[BY_KIND[head.kind].item], *known, *sided, *COMMON)))


def facts_of(head: VersionHead, item: MemberLine, around: Around) -> dict[str, str]:
    """The facts of one item by column, as text of at most `FACT` characters; the other side's word is whole."""
    content = item.content
    own = {name: read(content) for name, read in _FACTS[BY_KIND[head.kind].item].items()}
    if around.failures:
        own["failing_records"] = around.failures.get(item.key)
    previous, said = around.previous.get(item.key), around.comments.get(item.key, ())
    own |= {
        "previous_decision": f"{previous.verdict} by {previous.by} in v{previous.version}" if previous else "",
        "previous_note": previous.reason if previous else "",
        "comments": len(said) or "", "last_comment": told(said[-1]) if said else "",
        "origin": item.origin, "carried_from": item.carried_from(head.number),
    }
    words = {
        "tester_verdict": item.tester_verdict or "", "tester_reason": item.tester_reason or "",
        "approver_verdict": item.approver_verdict or "", "approver_reason": item.approver_reason or "",
    }
    return {**{name: short(cell(value)) for name, value in own.items()}, **words}


def told(comment: CommentLine) -> str:
    """"mike 2026-04-01: why? (question)"."""
    return f"{comment.by} {comment.at:%Y-%m-%d}: {comment.text}{' (question)' if comment.question else ''}"


def short(text: str) -> str:
    """A text that fits a cell that people read."""
    return text if len(text) <= FACT else f"{text[:FACT - 3]}..."
