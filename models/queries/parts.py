"""Parts that statements have in common: what each side says of a revision in a version."""

from __future__ import annotations


def decisions(revision: str, number: str) -> str:
    """Joins to a revision what tester and approver say of it in a version, as "rt" and "ra" to the revision "r".

    They name the phase, though the revision alone would do: only with it do they go by decision_by_phase.
    """
    return "".join(
        f" left join item_decision {revision}{role[0]} on {revision}{role[0]}.phase = {revision}.phase"
        f" and {revision}{role[0]}.revision = {revision}.id and {revision}{role[0]}.role = '{role}'"
        f" and {revision}{role[0]}.versions @> {number}"
        for role in ("tester", "approver")
    )
