"""`version results`: what the approved rules found, and the keys of the records that fail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from cli.acting import reading, versioned
from cli.changes import shown
from cli.heads import Shown
from cli.output import LOOK, Look, names, say, show

if TYPE_CHECKING:
    from models.queries.versions import RuleLine
    from models.store import ContentStore


_COUNTS = ("name", "attribute", "severity", "passed", "failed", "total")
_EXPLAINED = ("name", "attribute", "severity", "passed", "failed", "explained", "open", "total")


def failing_keys(store: ContentStore, found: Sequence[RuleLine]) -> list[tuple[str, str]]:
    """Rule and record key of every failure, in the order of the rules."""
    return [(rule.name, key) for rule in found if rule.failed for key in store.lines(rule.keys_sha256)]


async def results(
    cycle: str, phase: str = "data_profiling", /, *, version: Shown = None,
    keys: Annotated[bool, Parameter(negative="", help="A row per rule and failing record instead.")] = False,
    look: Look = LOOK,
) -> None:
    """Show what the approved rules found over the whole report: passed, failed, total.

    Where explanations are approved also how many of the failed they cover, and how many are open. With --keys a table
    shows the first 50; JSON and CSV have all.
    """
    from models import errors
    from models.queries.versions import RuleLine, rule_results

    policy = versioned(phase, "")
    async with reading() as session:
        async with session.reader.begin() as tx:
            found = await rule_results(tx, cycle, policy, number=version)
        if not found:
            raise errors.NotFound(f"{policy.title} of cycle {cycle!r} has no results: its rules run once approved",
                                  hint=f"starter.py cycle show {cycle}")
        if not keys:
            show("rule_results", found, look, columns=_EXPLAINED if any(line.explained for line in found) else _COUNTS,
                 header=names(RuleLine))
            return
        rows = [{"rule": name, "key": key} for name, key in failing_keys(session.store, found)]
    listed = rows[:shown(None, look)]
    show("rule_keys", listed, look, columns=("rule", "key"), header=("rule", "key"))
    if len(rows) > len(listed):
        say(f"{len(listed)} shown, {len(rows) - len(listed):,} more: --output csv has all")
