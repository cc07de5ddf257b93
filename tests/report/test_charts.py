"""Charts: well-formed, described, true to their numbers, and unable to carry markup."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from activities.render import charts
from methods.lettering import fit, visible
from models.document import Bar, Bars, Lane, Series, Span, Timeline, Tone
from tests.report.builders import after

SVG = "{http://www.w3.org/2000/svg}"


def bars(*rows: tuple[str, tuple[int, ...]], shares: bool = False, tones: tuple[Tone, ...] = ("good", "bad")) -> Bars:
    """A chart of two series."""
    return Bars(title="Outcomes", description="By line", series=tuple(Series(name=tone, tone=tone) for tone in tones),
                bars=tuple(Bar(label=label, values=values) for label, values in rows), shares=shares)


def drawn(chart: Bars) -> ElementTree.Element:
    """The parsed picture."""
    return ElementTree.fromstring(charts.bars(chart, ident="c"))  # noqa: S314 - our own output


def boxes(chart: Bars) -> list[float]:
    """The widths of the bars' segments, legend and patterns left out."""
    return [float(box.attrib["width"]) for box in drawn(chart).findall(f"{SVG}rect")
            if box.find(f"{SVG}title") is not None]


def test_a_chart_has_a_title_and_a_description() -> None:
    """What a screen reader says."""
    svg = drawn(bars(("Retail", (3, 1))))
    assert ["Outcomes", "By line"] == [svg.findtext(f"{SVG}title"), svg.findtext(f"{SVG}desc")]
    assert "c-title c-desc" == svg.attrib["aria-labelledby"]


def test_segments_are_in_proportion() -> None:
    """Three quarters take three times one quarter."""
    wide, narrow = boxes(bars(("Retail", (300, 100))))
    assert 3 == pytest.approx(wide / narrow, rel=0.01)


def test_one_in_a_million_can_be_seen() -> None:
    """A single failure is at least two units wide."""
    assert 2 == min(boxes(bars(("Retail", (999_999, 1)))))


def test_shares_fill_every_bar() -> None:
    """Measures of different size are drawn at equal length."""
    one, other = boxes(bars(("A", (1, 0)), ("B", (5000, 0)), shares=True))
    assert one == other


def test_bars_of_zeros_draw_nothing() -> None:
    """No division by zero, no empty box."""
    assert [] == boxes(bars(("Retail", (0, 0))))


def test_labels_cannot_carry_markup() -> None:
    """A line of business named like a tag stays text."""
    picture = charts.bars(bars(("<script>alert(1)</script>", (1, 0))), ident="c")
    assert "<script" not in picture
    assert "&lt;script&gt;" in picture


def test_long_labels_are_cut_and_kept_as_title() -> None:
    """The whole name is in the tooltip."""
    label = "Institutional Securities and Prime Brokerage Europe"
    texts = drawn(bars((label, (1, 0)))).findall(f"{SVG}text")
    assert [label] == [text.findtext(f"{SVG}title") for text in texts if (text.text or "").endswith("…")]


def test_every_tone_can_be_drawn() -> None:
    """Charts know all tones that words can have."""
    tones: tuple[Tone, ...] = ("plain", "good", "note", "warn", "bad", "alarm")
    assert 6 == len(boxes(bars(("All", (1, 1, 1, 1, 1, 1)), tones=tones)))


@pytest.mark.parametrize("hours", [0.0, 0.01, 30.0, 2000.0])
def test_timelines_of_any_length_are_drawn_inside(hours: float) -> None:
    """From one instant to a quarter of a year, no bar leaves the picture."""
    chart = Timeline(title="t", description="d", lanes=(
        Lane(label="Planning", spans=(Span(label="v1 approved", start=after(0), end=after(0), tone="good"),)),
        Lane(label="Finalize", spans=(Span(label="v1", start=after(hours), end=after(hours), tone="warn"),))))
    svg = ElementTree.fromstring(charts.timeline(chart, ident="t"))  # noqa: S314 - our own output
    ends = [float(box.attrib["x"]) + float(box.attrib["width"]) for box in svg.findall(f"{SVG}rect")]
    assert max(ends) <= charts.WIDTH


def test_acting_characters_are_shown_not_obeyed() -> None:
    """A text that would turn the reading direction, or ring a bell, shows its code points."""
    assert "abc⟨U+202E⟩123⟨U+0007⟩" == visible("abc\u202e123\a")


def test_ordinary_text_of_any_script_is_left_alone() -> None:
    """Hebrew, Arabic, Japanese, joined emoji, line breaks."""
    text = "שלום مرحبا 日本語 👩‍💻\nSöhne & Co"
    assert text == visible(text)


def test_cutting_a_very_long_text_is_quick_and_short() -> None:
    """A megabyte of text does not become a label."""
    assert 10 >= len(fit("x" * 1_000_000, 10))
