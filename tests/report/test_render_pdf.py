"""The PDF: every word of the report as text, nothing of it read as markup, nothing outside its page."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from typing import Any

import pypdfium2
import pytest
import typst

from activities.render.breaking import GLYPHS, breakable, printable
from activities.render.pdf import TEMPLATE, content, render_pdf
from methods.figures import compose
from models.errors import VerificationFailed
from models.report import ReportFacts
from tests.report.builders import case, comment, cycle, facts, observation, rule

HOSTILE = '#panic("read as code") $x$ *b* <l> @r \\u{41} ]#[ `raw` "q"'


def rendered(given: ReportFacts) -> bytes:
    """The PDF of these facts."""
    return render_pdf(given, compose(given))


def words(data: bytes) -> str:
    """The text of all pages with every blank left out, since lines break where they must."""
    return re.sub(r"\s|\u200b", "", "".join(page.get_textpage().get_text_bounded() for page in opened(data)))


def opened(data: bytes) -> pypdfium2.PdfDocument:
    """The PDF read by another engine than the one that wrote it."""
    return pypdfium2.PdfDocument(data)


def given() -> ReportFacts:
    """A small report with failures, waivers and an override."""
    return facts(samples=3, tested=4, skipped=1, lines=2, fail_every=3, waive_every=5, broken_rules=2)


@cache
def ordinary() -> bytes:
    """Its PDF."""
    return rendered(given())


def hostile(text: str) -> ReportFacts:
    """A report of one case in which people wrote such a text wherever they can."""
    return facts(
        samples=1, tested=1, skipped=0, lines=1, broken_rules=0,
        cycle=cycle(report_name=text, institution=text, regulation=text),
        cases=(case(outcome="mismatch", reported=text, evidence=text, reason=text, document=text, record_key=text,
                    locator=text),),
        rules=(rule(text, attribute=text, description=text, passed=999, failed=1, failing_keys=(text,)),),
        observations=(observation(title=text, description=text, root_cause=text, remediation_plan=text),))


def test_every_observation_and_every_exception_is_text() -> None:
    """What matters can be searched and copied: observations by title, failed cases by number, hashes whole."""
    found = words(ordinary())
    wanted = [entry.content.title for entry in given().observations]
    wanted += [number for entry in given().observations for number in entry.content.findings]
    wanted += [pinned.sha256 for pinned in given().cycle.inputs]
    assert [] == [text for text in wanted if text.replace(" ", "") not in found]


def one_case(**changes: Any) -> ReportFacts:
    """A report of one mismatch."""
    return facts(samples=1, tested=1, skipped=0, broken_rules=0, cases=(case(outcome="mismatch", **changes),))


def widest() -> ReportFacts:
    """Values and names without a blank."""
    return one_case(evidence="9" * 400, record_key="K" * 90, reason="m" * 500).model_copy(
        update={"cycle": cycle(report_name="W" * 300)})


def tallest() -> ReportFacts:
    """Texts of more than a page, in cells and in boxes."""
    text = "word " * 3000 + "END"
    return one_case(reason=text).model_copy(update={
        "observations": (observation(description=text, root_cause="line\n" * 90 + "END"),),
        "comments": (comment(text),)})


def other_script() -> ReportFacts:
    """Labels of a chart that are longer as they are printed, and a tall row of them."""
    return one_case(line_of_business="個人向け銀行業務", reason="報告された値は原資料と一致しません" * 12)


def all_inside(data: bytes) -> None:
    """Every letter of every page is between the margins."""
    for number, page in enumerate(opened(data)):
        text = page.get_textpage()
        boxes = [text.get_charbox(place) for place in range(text.count_chars())]
        drawn = [box for box in boxes if box[2] > box[0]]
        assert min(box[0] for box in drawn) >= 40, number
        assert max(box[2] for box in drawn) <= page.get_width() - 40, number
        assert min(box[1] for box in drawn) >= 15, number


@pytest.mark.parametrize("of", [given, widest, tallest, other_script])
def test_nothing_lies_outside_its_page(of: Callable[[], ReportFacts]) -> None:
    """Every letter is between the margins, whether facts are ordinary, wide, tall or in another script."""
    all_inside(rendered(of()))


@pytest.mark.nightly
def test_nothing_of_ten_thousand_cases_lies_outside_its_page() -> None:
    """Nor with hundreds of exceptions whose values and reasons are of every kind."""
    ugly = ("x" * 300, "=1+1", HOSTILE, "שלום עולם", "値は原資料と一致しません" * 6, "The sub-ledger differs; " * 60,
            "a\nb\n\nc")
    many = facts(samples=100, tested=100, skipped=20, lines=5, fail_every=29, broken_rules=30)
    cases = tuple(one if one.outcome == "match" else one.model_copy(update={
        "reason": ugly[at % 7], "evidence": ugly[at // 7 % 7], "document": ugly[at // 49 % 7]})
        for at, one in enumerate(many.cases))
    all_inside(rendered(many.model_copy(update={"cases": cases})))


def test_a_comment_of_more_than_a_page_is_printed_to_its_end() -> None:
    """The tester's word on a chapter stands in a box, which may be parted."""
    first, *others = compose(given())
    data = render_pdf(given(), (first.model_copy(update={"comment": "word " * 3000 + "ENDOFCOMMENT"}), *others))
    places = [page.get_textpage().search("ENDOFCOMMENT").get_next() for page in opened(data)]
    assert 1 == sum(place is not None for place in places)


def test_what_people_wrote_is_never_read_as_markup() -> None:
    """Code, formulas, emphasis and labels of Typst stand in the PDF as they were typed."""
    found = words(rendered(hostile(HOSTILE)))
    assert found.count(HOSTILE.replace(" ", "")) > 12


def test_a_text_that_closes_its_own_json_stays_a_text() -> None:
    """Quotes and braces in a value do not end it."""
    text = '"}],"title":"forged"}'
    assert found_title(rendered(hostile(text))).startswith(text)


def found_title(data: bytes) -> str:
    """The title in the file's properties."""
    return str(opened(data).get_metadata_value("Title"))


def test_letters_without_a_glyph_are_shown_by_their_code_point() -> None:
    """An empty box would hide which letter was filed."""
    assert "a⟨U+4E2D⟩b⟨U+1F600⟩⟨U+202E⟩⟨U+0000⟩" == printable("a中b😀\u202e\x00")
    found = words(rendered(hostile("12中34")))
    assert "12⟨U+4E2D⟩34" in found
    assert "printedasitsUnicodecodepoint" in found
    assert "printedasitsUnicodecodepoint" not in words(ordinary())


def test_every_letter_that_is_printed_as_such_has_a_glyph() -> None:
    """PDF/A refuses a letter that no font has, so a page with all of them proves the list."""
    letters = [chr(code) for first, last in GLYPHS for code in range(first, last + 1)]
    page = b'#for one in json(bytes(sys.inputs.all)) { text(one); text(weight: "bold", one); [ ] }'
    made = typst.compile(page, format="pdf", ignore_system_fonts=True, pdf_standards=["a-2b"], pdf_tags=False,
                         sys_inputs={"all": json.dumps(letters)}, timestamp=0)
    assert len(made) > 10_000


@pytest.mark.parametrize(("shown", "text", "room"), [
    ("short", "short", 8), ("a b c d e f g", "a b c d e f g", 3),
    ("Past\u200bDue\u200bAmount.\u200bnot_\u200bnull", "PastDueAmount.not_null", 12),
    ("x\u200bx\u200bx\u200bx", "xxxx", 2)])
def test_words_break_at_their_joints_and_only_where_they_must(shown: str, text: str, room: float) -> None:
    """A word with room stays whole; a wider one may break at joints, and anywhere when a part is too wide as well."""
    assert shown == breakable(text, room)


def test_it_has_the_chapters_of_the_page() -> None:
    """In order, with the first sentence of the report as its page has it."""
    found = words(ordinary())
    places = [found.rindex(f"{one.ordinal}{one.title}".replace(" ", "")) for one in compose(given())]
    assert sorted(places) == places
    assert "4exceptionsin10concludedtestcases" in found


def test_no_chart_is_empty() -> None:
    """Each chart of the smallest report draws at least one bar."""
    one = facts(samples=1, tested=1, skipped=0, lines=1, fail_every=0, waive_every=0, broken_rules=0)
    charts = [block["svg"] for chapter in content(one, compose(one))["chapters"] for block in chapter["blocks"]
              if block["kind"] == "chart"]
    assert 3 == len(charts)
    assert [] == [svg for svg in charts if "<rect" not in svg.split("</defs>")[1]]


def test_it_is_dated_by_the_report() -> None:
    """Creation is the moment of submission, never now."""
    assert f"D:{given().as_of:%Y%m%d%H%M%S}Z" == opened(ordinary()).get_metadata_value("CreationDate")


def test_other_facts_than_those_decided_on_are_refused() -> None:
    """The PDF holds the very rows that were approved."""
    with pytest.raises(VerificationFailed, match="nothing rendered"):
        render_pdf(given().model_copy(update={"cases": given().cases[:-1]}), compose(given()))


def test_rendering_leaves_other_threads_running() -> None:
    """A worker that renders still answers: Typst does not hold the interpreter while it lays out."""
    ticks, done = [0.0], threading.Event()

    def tick() -> None:
        while not done.is_set():
            ticks.append(time.monotonic())
            time.sleep(0.005)

    report = json.dumps(content(given(), compose(given())))
    thread = threading.Thread(target=tick)
    thread.start()
    start = time.monotonic()
    typst.compile(str(TEMPLATE), root=str(TEMPLATE.parent), format="pdf", ignore_system_fonts=True,
                  sys_inputs={"report": report}, timestamp=0)
    took = time.monotonic() - start
    done.set()
    thread.join()
    longest = max(after - before for before, after in pairwise(ticks[1:]))
    assert longest < took / 2, (longest, took)
