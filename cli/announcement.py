"""What stands still on the page of a cycle's run in the Temporal Web UI: the report, the period, the people by role."""

from __future__ import annotations

from models.cycle_file import CycleFile

# The server takes 400 bytes of a summary and 20,000 of details; names may be in any alphabet.
_SUMMARY, _NAMED = 100, 20
_ROLES = ("tester", "report_owner", "test_executive", "data_executive", "data_owner")


def summary(file: CycleFile) -> str:
    """The report and its period, for the list of runs."""
    return f"{file.report.name}, {file.report.period}"[:_SUMMARY]


def details(file: CycleFile, slug: str) -> str:
    """What the cycle tests and who takes part, in Markdown."""
    report = file.report
    of = f" of {report.institution[:_SUMMARY]}" if report.institution else ""
    lines = [f"- {role.replace('_', ' ')}: {_holders(file, role)}" for role in _ROLES]
    return "\n".join([
        f"Test cycle **{slug}**: {report.name[:_SUMMARY]}{of} as of {report.period}. Everybody at the start:", "",
        *lines, "",
        f"Who is in it now: `python starter.py people list {slug}`. What waits for whom:"
        f" `python starter.py inbox --cycle {slug}`",
    ])


def _holders(file: CycleFile, role: str) -> str:
    held = [person for person in file.people if role in person.roles]
    names = [f"{person.name[:_SUMMARY]} ({person.id})" for person in held[:_NAMED]]
    return ", ".join([*names, *([f"and {len(held) - _NAMED} more"] if len(held) > _NAMED else [])])
