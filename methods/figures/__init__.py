"""From the pinned facts of a cycle to the sections of its final report: figures, tables, charts and words.

Pure and byte-stable: the same facts, in whatever order they arrive, give the same sections on every machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from methods.figures import appendix, coverage, observations, phases, results, scope, signoffs, summary
from methods.figures.basis import Basis
from models.document import Body
from models.items import Section

if TYPE_CHECKING:
    from models.report import ReportFacts

__all__ = ["compose"]

_SECTIONS = (
    ("executive_summary", "Executive summary", summary.blocks),
    ("scope_and_approach", "Scope and approach", scope.blocks),
    ("testing_coverage", "Testing coverage", coverage.blocks),
    ("phase_analysis", "Phase analysis", phases.blocks),
    ("testing_results", "Testing results", results.blocks),
    ("observations", "Observations and remediation", observations.blocks),
    ("sign_offs", "Version history of this report and sign-offs", signoffs.blocks),
    ("appendix", "Appendix", appendix.blocks),
)


def compose(facts: ReportFacts) -> tuple[Section, ...]:
    """The sections of the report in order; each body is the canonical JSON of a `models.document.Body`."""
    basis = Basis(facts)
    return tuple(
        Section(name=name, ordinal=ordinal, title=title, body=Body(blocks=blocks(basis)).canonical())
        for ordinal, (name, title, blocks) in enumerate(_SECTIONS, start=1)
    )
