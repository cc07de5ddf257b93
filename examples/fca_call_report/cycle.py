"""The cycle file and the dictionary of one quarter, as data; nothing is written here.

Who decides, what is compared how, and which rules hold between columns is stated once, for every quarter alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from examples.fca_call_report.filing import ATTRIBUTES, CODES, IDENTITY, LINE, SOURCES, TOTALS, Filing
from examples.fca_call_report.layout import Column
from examples.fca_call_report.table import KEY

OWNERS = {"RC-L": ("lena", "Lena Loans"), "RI-E": ("ivan", "Ivan Income"),
          "RC-M": ("mona", "Mona Property"), "RC-H": ("hugo", "Hugo Worth")}
EXECUTIVES = (("edith", "Edith East"), ("emil", "Emil West"))
DICTIONARY_HEADER = ("line", "name", "title", "description", "data_type", "format", "mandatory", "primary_key",
                     "critical", "source_column", "domain", "minimum", "maximum")
_WHOLE = {"MONTH": ("N2", "1", "12"), "YEAR": ("N4", "", "")}


def assignments(filing: Filing) -> dict[tuple[str, str], str]:
    """The owner of every (attribute, line of business): whoever keeps the schedule that proves the attribute."""
    return {(source.attribute, line): OWNERS[source.name][0]
            for source in SOURCES for line in dict.fromkeys(filing.districts.values())}


def dictionary(filing: Filing) -> list[tuple[str, ...]]:
    """The report's dictionary, a row per column that the data holds, header first."""
    columns = filing.report.layout.columns[:len(filing.report.names)]
    named = zip(filing.report.names, columns, strict=True)
    return [DICTIONARY_HEADER, *(_entry(line, name, column) for line, (name, column) in enumerate(named, start=1))]


def cycle_document(filing: Filing, *, cycle: str) -> dict[str, object]:
    """The cycle file as plain mappings, ready for YAML. Paths are those that `build` writes to."""
    lines = list(dict.fromkeys(filing.districts.values()))
    names = [name for name in filing.report.names if name != KEY]
    return {
        "schema": "assay.cycle/1",
        "cycle": cycle,
        "report": {"id": "fca-rc", "name": "Uniform Call Report, Schedule RC: balance sheet",
                   "regulation": "12 CFR part 621, subpart D", "period": filing.period.isoformat(),
                   "institution": "Farm Credit System institutions"},
        "people": _people(lines),
        "data": {"dictionary": "dictionary.csv", "report": "report.csv",
                 "line_of_business": {"column": LINE, "map": filing.districts}},
        "rules": [_assets_rule(), _sum_rule()],
        "comparison": {"*": {"data_type": "number", "blank_is_zero": True}},
        "sources": [{"name": source.name, "title": filing.evidence[source.name].layout.title,
                     "lines_of_business": list(lines), "keys": {KEY: KEY}, "columns": {source.attribute: source.column}}
                    for source in SOURCES],
        "sampling": {"method": "census", "size": max(1, len(filing.report.records))},
        "scoping": {"always": list(ATTRIBUTES), "never": [name for name in names if name not in ATTRIBUTES]},
        "instructions": _instructions(filing),
    }


def _entry(line: int, name: str, column: Column) -> tuple[str, ...]:
    data_type, form, minimum, maximum = _typed(name, column)
    unit = " Amount in thousands of dollars." if data_type == "number" else ""
    return (str(line), name, column.description, f"{column.description.rstrip('.')}.{unit}", data_type, form,
            _yes(name in (*IDENTITY, *TOTALS)), _yes(name == KEY), _yes(name in (*TOTALS, *ATTRIBUTES)),
            name, "", minimum, maximum)


def _typed(name: str, column: Column) -> tuple[str, str, str, str]:
    """Data type, format (Nintegers.decimals), minimum and maximum of a column."""
    if name in CODES or column.kind == "text":
        return "code", "", "", ""
    if name in _WHOLE:
        return ("integer", *_WHOLE[name])
    decimals = f".{column.decimals}" if column.decimals else ""
    return "number", f"N{18 - column.decimals}{decimals}", "", ""


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"


def _people(lines: Sequence[str]) -> list[dict[str, object]]:
    half = -(-len(lines) // len(EXECUTIVES))
    executives = [_person(person, name, "data_executive", lines[half * place:half * (place + 1)])
                  for place, (person, name) in enumerate(EXECUTIVES) if lines[half * place:]]
    owners = [_person(person, name, "data_owner", lines) for person, name in OWNERS.values()]
    return [_person("thea", "Thea Tester", "tester"), _person("rolf", "Rolf Reporter", "report_owner"),
            *executives, *owners, _person("xenia", "Xenia Executive", "test_executive")]


def _person(person: str, name: str, role: str, lines: Sequence[str] = ()) -> dict[str, object]:
    return {"id": person, "name": name, "roles": [role], **({"lines_of_business": list(lines)} if lines else {})}


def _assets_rule() -> dict[str, object]:
    return _identity("assets_equal_liabilities_and_net_worth", "ASSETS",
                     "Total assets equal total liabilities and net worth.",
                     {"op": "column", "name": "ASSETS"}, {"op": "column", "name": "TOTLICAP"})


def _sum_rule() -> dict[str, object]:
    total = {"op": "add", "blank_as_zero": True,
             "values": [{"op": "column", "name": "LIABS"}, {"op": "column", "name": "NETWRTH"}]}
    return _identity("liabilities_and_net_worth_add_up", "TOTLICAP",
                     "Total liabilities and net worth are the sum of total liabilities and total net worth.",
                     {"op": "column", "name": "TOTLICAP"}, total)


def _identity(name: str, attribute: str, description: str,
              left: Mapping[str, object], right: Mapping[str, object]) -> dict[str, object]:
    """A rule that two sums agree; each is rounded to thousands on its own, so they may differ by 1."""
    return {"name": name, "attribute": attribute, "description": description, "dimension": "consistency",
            "gate": "explainable", "severity": "high",
            "expression": {"op": "compare", "left": left, "relation": "=", "right": right, "as": "number",
                           "tolerance": "1", "blank_as_zero": True}}


def _instructions(filing: Filing) -> str:
    text = ("Upload the records of your schedule as filed, one file per district. Amounts are in thousands of "
            "dollars; a blank amount and 0 are the same.")
    for table in (filing.report, *filing.evidence.values()):
        if table.absent:
            text += (f" {table.file} ends before {', '.join(table.absent)}, which {table.layout.file} names: "
                     "those columns are taken as not yet collected.")
    return text
