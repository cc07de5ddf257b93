"""Every HMDA edit passes and fails loans of our own, which `hmda_cases.yaml` states as changes to a clean one."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from examples.hmda_2023.check import check, main
from examples.hmda_2023.layout import LOAN, TRANSMITTAL_SHEET
from examples.hmda_2023.pack import Edit, edits, engine_readings, families, rule, unsaid
from methods.delimited import Headed
from methods.rule_tables import HEADER, TABLE
from models.errors import BadInput
from tests.examples.hmda_tables import Loans, reads_others

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FILE = Path(__file__).with_name("hmda_cases.yaml")
CASES: dict[str, Any] = yaml.load(_FILE.read_text(encoding="utf-8"), _LOADER)  # noqa: S506 - a safe loader
TEXTS = Path(__file__).parents[2] / ".." / "shared" / "data" / "hmda" / "2023EditsDescriptions.txt"
Changes = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """A file of loans, each so many times, and which of its records the edit fails."""

    edit: Edit
    loans: Sequence[tuple[int, Sequence[str]]]
    sheet: Sequence[str]
    failing: tuple[int, ...]
    said: str


def record(fields: Sequence[str], clean: str, changes: Changes) -> list[str]:
    """The clean record with changes; a field that does not exist is an error in the cases."""
    assert changes.keys() <= {*fields}, changes
    return [str({**CASES[clean], **changes}.get(name, "")) for name in fields]


def name_of(edit: Edit) -> str:
    """S300 and V600 judge both kinds of record."""
    return f"{edit.edit} sheet" if edit.edit in ("S300", "V600") and edit.over == HEADER else edit.edit


def cases(edit: Edit) -> Iterator[Case]:
    given = CASES["edits"][name_of(edit)]
    for verdict in ("passes", "fails"):
        for stated in given.get(verdict, ()):
            yield case(edit, stated, failing=(0,) if verdict == "fails" else ())
    for file in given.get("files", ()):
        yield case(edit, {"loans": file["loans"]}, failing=tuple(file["failing"]))


def case(edit: Edit, stated: Changes, *, failing: tuple[int, ...]) -> Case:
    own = {name: value for name, value in stated.items() if name not in ("sheet", "loans")}
    over_sheet = edit.over == HEADER
    sheet = record(TRANSMITTAL_SHEET, "sheet", own if over_sheet else stated.get("sheet", {}))
    several = stated.get("loans", [{} if over_sheet else own])
    loans = [(one.get("times", 1), record(LOAN, "loan", {name: one[name] for name in one if name != "times"}))
             for one in several]
    return Case(edit, loans, sheet, failing, f"{edit.edit} {dict(stated)}")


@pytest.fixture(scope="module")
def tables() -> dict[str, list[list[str]]]:
    return {name: [[str(cell) for cell in row] for row in rows] for name, rows in CASES["tables"].items()}


def test_every_edit_has_cases_that_pass_and_that_fail() -> None:
    """No edit is left untested, and no case is without its edit."""
    assert {name_of(edit) for edit in edits()} == CASES["edits"].keys()
    verdicts = {edit.edit: {bool(case.failing) for case in cases(edit)} for edit in edits()}
    assert [] == [edit for edit, seen in verdicts.items() if seen != {True, False}]


def test_every_edit_decides_its_cases(tmp_path: Path, tables: Mapping[str, list[list[str]]]) -> None:
    """An edit that looks at one record alone fails exactly the records that its cases say."""
    alone = [case for edit in edits() if not reads_others(edit) for case in cases(edit)]
    named = {f"{place}": case for place, case in enumerate(alone)}
    loans = Loans()
    loans.load(tmp_path, {
        TABLE: [[of, *case.loans[0][1]] for of, case in named.items() if case.edit.over == TABLE],
        HEADER: [[of, *case.sheet] for of, case in named.items() if case.edit.over == HEADER], **tables})
    failed = {name_of(edit): {of for (of,) in loans.failing(edit)} for edit in edits() if not reads_others(edit)}
    assert [] == [case.said for of, case in named.items()
                  if bool(case.failing) != (of in failed[name_of(case.edit)])]


def test_edits_of_whole_files_decide_their_cases() -> None:
    """An edit that reads the rest of the file fails exactly the records that its cases say."""
    loans, wrong = Loans(), []
    for one in (one for edit in edits() if reads_others(edit) for one in cases(edit)):
        loans.state(TABLE, [(times, read_by(one.edit, LOAN, loan)) for times, loan in one.loans])
        loans.state(HEADER, [(1, read_by(one.edit, TRANSMITTAL_SHEET, one.sheet))])
        wrong += [one.said] * ([*map(str, one.failing)] != [of for (of,) in loans.failing(one.edit)])
    assert [] == wrong


def read_by(edit: Edit, fields: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """The fields that an edit names: a table of 110 columns takes longer to write than to judge."""
    tree = edit.expression.model_dump_json()
    return {name: cell for name, cell in zip(fields, cells, strict=True) if f'"{name}"' in tree}


def test_the_clean_loan_passes_every_edit(tables: Mapping[str, list[list[str]]]) -> None:
    """As a filing of its own, loaded and checked as Assay does it."""
    filing = Headed(header=dict(zip(TRANSMITTAL_SHEET, record(TRANSMITTAL_SHEET, "sheet", {}), strict=True)),
                    records=(tuple(record(LOAN, "loan", {})),))
    outcomes = check(filing, tables)
    assert [] == [one.edit.edit for one in outcomes if one.failing or one.missing]
    assert len(edits()) == len(outcomes)


def test_an_edit_without_its_table_is_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is neither passed nor failed, and names the table."""
    asking = tuple(edit for edit in edits() if edit.tables)
    monkeypatch.setattr("examples.hmda_2023.check.edits", lambda: asking)
    filing = Headed(header=dict(zip(TRANSMITTAL_SHEET, record(TRANSMITTAL_SHEET, "sheet", {}), strict=True)),
                    records=(tuple(record(LOAN, "loan", {})),))
    assert {"S303": {"filer"}, "V625-2": {"census"}, "Q603": {"census"}} == {
        one.edit.edit: set(one.missing) for one in check(filing) if one.missing}


@pytest.mark.skipif(not TEXTS.exists(), reason="the edits' texts are not beside the checkout (../shared/data/hmda)")
def test_every_published_edit_is_in_the_pack_word_for_word() -> None:
    """All 308 entries of the published list; where an entry stands under several numbers, under each of them."""
    lines = TEXTS.read_text(encoding="utf-8").splitlines()[1:]
    published = {number: text.strip() for number, text, *_ in (line.split("|") for line in lines)}
    mine: dict[str, set[str]] = defaultdict(set)
    for edit in edits():
        mine[edit.edit if edit.edit in published else edit.edit.rsplit("-", 1)[0]].add(edit.text)
    assert {number: {text} for number, text in published.items()} == mine


def test_what_is_left_unsaid_is_about_edits_of_the_pack() -> None:
    """The lists of what rules cannot say and of the engine's own readings name edits that exist, each once."""
    known = {edit.edit for edit in edits()}
    listed = [one.edit for one in unsaid()]
    assert len(set(listed)) == len(listed)
    assert known >= {*listed, *engine_readings()}
    assert {edit.edit for edit in edits() if edit.tables} <= set(listed)


def test_edits_become_rules_of_a_cycle() -> None:
    """Syntactical and validity edits block, quality edits can be explained; texts are the descriptions."""
    found = {one.name: one for one in map(rule, edits())}
    assert ("blocking", "critical") == (found["S304"].gate, found["S304"].severity)
    assert ("blocking", "high") == (found["V610-2"].gate, found["V610-2"].severity)
    assert ("explainable", "medium") == (found["Q601"].gate, found["Q601"].severity)
    assert {"blocking", "explainable"} == {family.gate for family in families().values()}


def test_a_wrong_pack_is_refused_by_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says which file, edit and node."""
    (tmp_path / "edits").mkdir()
    (tmp_path / "edits" / "mine.yaml").write_text(
        "severity: high\ngate: blocking\nedits:\n- {edit: V600, text: x, dimension: validity, expression: "
        "{op: when, when: {op: is, column: a, values: ['1']}, then: {op: is, colum: a, values: ['1']}}}\n")
    monkeypatch.setattr("examples.hmda_2023.pack._FOLDER", tmp_path)
    with pytest.raises(BadInput, match=r"mine\.yaml: edits\.0\.expression\.when\.then\.is\.column: Field required"):
        families.__wrapped__()


def test_the_command_tells_what_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                      capsys: pytest.CaptureFixture[str]) -> None:
    """By edit and key, for people or in the shape of CFPB's engine; what is no register is refused by its line."""
    few = tuple(edit for edit in edits() if edit.edit in ("S304", "V611", "V616", "Q603"))
    monkeypatch.setattr("examples.hmda_2023.check.edits", lambda: few)
    register = tmp_path / "register.txt"
    lines = [record(TRANSMITTAL_SHEET, "sheet", {}), record(LOAN, "loan", {"loan_type": 9}), record(LOAN, "loan", {})]
    register.write_text("\n".join("|".join(line) for line in lines))
    main([str(register), "--keys"])
    printed = capsys.readouterr().out
    assert f"\n{'':17}{CASES['loan']['uli']}\nQ603     not judged: no table census\n4 rules, 1 without" in printed
    main([str(register), "--json"])
    assert [("s304", "TS", 1, ["ts"]), ("v611", "LAR", 1, [CASES["loan"]["uli"]]), ("q603", "LAR", 0, [])] == [
        (one["edit"], one["row_type"], one["fail_count"], one["failed_rows"])
        for one in json.loads(capsys.readouterr().out)["data"]]
    register.write_text("\n".join("|".join(line) for line in [lines[0], lines[1][1:]]))
    with pytest.raises(SystemExit):
        main([str(register)])
    assert "register.txt, line 2: 109 fields instead of 110" in capsys.readouterr().err
