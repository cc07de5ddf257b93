"""Decision sheets: what is written for a decider to fill in, one row per item, each row saying what it was written for.

Read back, a row stands for itself: rows may be sorted, left out or pasted together, and each is held against its own
place and revision.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cli.facts import Around, fact_columns, facts_of
from cli.sheets import PLACE
from models.phases import BY_KIND, Phase
from models.queries import changes, comments
from models.queries.versions import MemberLine, VersionHead, rule_results

if TYPE_CHECKING:
    from models.database import Tx


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet to be written: its columns, its rows, and the verdicts that its side may give."""

    columns: tuple[str, ...]
    rows: list[dict[str, str]]
    verdicts: tuple[str, ...]
    title: str


def verdicts_of(head: VersionHead) -> tuple[str, ...]:
    """What the side whose turn it is may say."""
    policy = BY_KIND[head.kind]
    return policy.tester_verdicts if head.side == "tester" else policy.approver_verdicts


def verdicts_in(phase: Phase) -> tuple[str, ...]:
    """What either side may say in a phase; which of them, a row's own side decides."""
    return tuple(dict.fromkeys((*phase.tester_verdicts, *phase.approver_verdicts)))


def decision_sheet(
    head: VersionHead, items: Sequence[MemberLine], around: Around | None = None, *, cycle: str = ""
) -> Sheet:
    """The sheet of one version; verdicts that the deciding side has given are filled in."""
    around = around or Around()
    columns = ("key", "verdict", "reason", *fact_columns(head, around), "revision", *PLACE)
    rows = [_row(head, item, around, cycle) for item in items]
    return Sheet(columns, rows, verdicts_of(head), f"{BY_KIND[head.kind].title} v{head.number}, {head.side}")


def joint_sheet(sheets: Sequence[Sheet], *, title: str) -> Sheet:
    """One sheet of several owners' versions; what is of one attribute stands together, whoever owns it."""
    columns = tuple(dict.fromkeys(column for sheet in sheets for column in sheet.columns))
    rows = sorted((row for sheet in sheets for row in sheet.rows), key=lambda row: (row["key"], row["owner"]))
    first = ("owner", *(column for column in columns if column != "owner"))
    return Sheet(first, rows, tuple(dict.fromkeys(v for sheet in sheets for v in sheet.verdicts)), title)


def _row(head: VersionHead, item: MemberLine, around: Around, cycle: str) -> dict[str, str]:
    verdict, reason = item.verdict_of(head.side)
    return {
        **facts_of(head, item, around), "revision": str(item.revision), "key": item.key, "verdict": verdict,
        "reason": reason, **place_of(head, cycle),
    }


def place_of(head: VersionHead, cycle: str) -> Mapping[str, str]:
    """What a row says of the version that it was written for."""
    return {"version": f"v{head.number}", "side": head.side, "phase": head.kind, "owner": head.scope, "cycle": cycle}


async def around(tx: Tx, head: VersionHead, cycle: str) -> Around:
    """What is known of a version's items beside the version itself."""
    policy = BY_KIND[head.kind]
    said: dict[str, list[comments.CommentLine]] = {}
    for line in await comments.comments(tx, head.phase):
        said.setdefault(line.key, []).append(line)
    results = await rule_results(tx, cycle, policy) if policy.item == "rule" else []
    return Around(
        previous={line.key: line for line in await changes.previous_decisions(tx, head.phase, head.number)},
        comments=said, failures={line.name: line.failed for line in results},
    )
