"""The lines of business of a report have people, and every value of their column means one."""

from __future__ import annotations

import pytest

from methods.cycle_files import parse_cycle_file
from methods.lines import records_per_line, require_people
from models.cycle_file import CycleFile, LineOfBusiness
from models.errors import MalformedCycleFile

HEAD = """
schema: assay.cycle/1
cycle: c
report: {id: r, name: R, period: 2026-03-31}
data: {dictionary: d.csv, report: r.csv, line_of_business: {column: LINE}}
sources: [{name: s, keys: {k: K}, columns: {a: A}}]
"""


def staffed(*, executive: str = "[]", owner: str = "[]") -> CycleFile:
    """A cycle file whose only data executive and data owner answer for these lines."""
    return parse_cycle_file(f"""{HEAD}
people:
  - {{id: t, name: T, roles: [tester, report_owner, test_executive]}}
  - {{id: x, name: X, roles: [data_executive], lines_of_business: {executive}}}
  - {{id: o, name: O, roles: [data_owner], lines_of_business: {owner}}}
""".encode())


class TestRecordsPerLine:
    def test_counts_what_means_the_same_line_together(self) -> None:
        """Two values of one line are one line."""
        spec = LineOfBusiness(column="LINE", map={"1": "Cards", "2": "Cards"}, otherwise="Loans")
        assert {"Cards": 5, "Loans": 4} == records_per_line({"1": 2, "2": 3, "9": 4}, spec=spec)

    @pytest.mark.parametrize(("spec", "said"), [
        (LineOfBusiness(column="LINE", map={"a": "Cards"}), r"'' \(1 records\), 'b' \(2 records\)"),
        (LineOfBusiness(column="LINE"), r"'' \(1 records\)$")])
    def test_names_the_values_that_have_none(self, spec: LineOfBusiness, said: str) -> None:
        """What would stop Sample Selection is said at the start, with how many records it concerns."""
        with pytest.raises(MalformedCycleFile, match=said):
            records_per_line({"": 1, "a": 3, "b": 2}, spec=spec)


class TestRequirePeople:
    def test_nobody_named_answers_for_all(self) -> None:
        """People without lines answer for every line."""
        require_people(staffed(executive="[Cards]"), ["Cards"])
        require_people(staffed(), ["Cards", "Loans"])

    @pytest.mark.parametrize(("changed", "said"), [
        ({"executive": "[Cards]"}, "line of business 'Loans' has no data_executive"),
        ({"owner": "[Loans]"}, "line of business 'Cards' has no data_owner"),
        ({"owner": "[Cards, Loan]"}, r"'Loans' has no data_owner \('Loan', which is named, is none\)")])
    def test_names_the_line_that_nobody_answers_for(self, changed: dict[str, str], said: str) -> None:
        """A line without a data executive or data owner is refused, and a misspelt one recognised."""
        with pytest.raises(MalformedCycleFile, match=said):
            require_people(staffed(**changed), ["Cards", "Loans"])
