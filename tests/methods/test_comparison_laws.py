"""What holds for any values: each matches itself, sides can be swapped, more tolerance passes more, nothing raises."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from methods.comparison import compare
from methods.comparison.outcomes import PASSES
from models.cycle_file import Comparison
from models.items import DataType
from tests.methods.test_value_comparison import result

PIECES = [
    "1", "12", "1,234", "1.234,56", "1'234", "12,34,567", "(", ")", "-", "+", "%", "bps", "$", "€", "USD", "CR", "e5",
    " ", "2024-02-01", "20240201", "01/02/2024", "Feb-24", "NA", ";", "|", "\u00a0", "\u0661", "ß", "\0", "\ud800",
    "9" * 61]
KINDS = st.sampled_from(list(DataType))
# The values that each setting is tried with.
SETTINGS: dict[str, list[Any]] = {
    "data_type": [None, None, *DataType], "tolerance": [0, "0.01", 10], "relative_tolerance": [0, "0.05", 1],
    "scale": [1, "0.001", 1000, "1E+400"], "round_to": [None, 1, "0.05", 1000, 3, "0.000000000001"],
    "rounding": ["half_up", "half_even", "down"], "sign": ["same", "opposite", "ignored"],
    "sign_marks": [{}, {"CR": "-", "DR": "+", "": "-", "1": "-"}], "blank_is_zero": [False, True],
    "notation": ["en", "de", "fr", "ch", "in"], "reported_notation": ["en", "de"], "currency": [None, "USD"],
    "percent_in": ["fraction", "percent", "basis_point"], "reported_percent_in": ["fraction", "percent"],
    "window_days": [0, 5], "same_year": [False, True],
    "date_formats": [("%Y%m%d",), ("%m/%d/%Y", "%d/%m/%Y"), ("%b-%y",), ("%Y%j",), ()],
    "codes": [{}, {"1": "2", "NA": ""}], "unknown_codes": ["keep", "review"], "nothing": [(), ("NA",)],
    "presence": [False, False, True], "separator": ["", "", "", ";", "1"], "ignore_case": [False, True],
    "ignore_punctuation": [False, True], "likeness": [None, "0.8"]}
# Settings under which sides can be swapped: none of those that are about the evidence alone.
EVEN = st.builds(
    Comparison, tolerance=st.decimals(0, 10, places=2), relative_tolerance=st.sampled_from([0, Decimal("0.1")]),
    round_to=st.none() | st.sampled_from([Decimal(1), Decimal("0.5")]), rounding=st.sampled_from(["half_up", "down"]),
    sign=st.sampled_from(["same", "ignored"]), blank_is_zero=st.booleans(), window_days=st.integers(0, 400),
    same_year=st.booleans(), ignore_case=st.booleans(), ignore_punctuation=st.booleans(),
    likeness=st.none() | st.just(Decimal("0.6")), separator=st.sampled_from(["", "", ";"]))
AMOUNTS = st.decimals(-10**9, 10**9, places=4).map(str)
READABLE = {DataType.TEXT: st.text(max_size=40), DataType.CODE: st.text(max_size=40),
            DataType.INTEGER: st.integers(-10**20, 10**20).map(str), DataType.NUMBER: AMOUNTS, DataType.MONEY: AMOUNTS,
            DataType.PERCENT: AMOUNTS, DataType.DATE: st.dates().map(lambda day: day.strftime("%Y-%m-%d").zfill(10))}


def fuzz(seed: int, times: int) -> None:
    """Random texts under random settings, each drawn from the seed alone."""
    dice = random.Random(seed)  # noqa: S311 - the draw is to be repeatable, not secret
    specs = [_spec(dice) for _ in range(200)]
    for number in range(times):
        pair, kind, spec = [_text(dice) for _ in "ab"], dice.choice(list(DataType)), dice.choice(specs)
        try:
            judged = compare(*pair, data_type=kind, spec=spec)
        except Exception as error:
            raise AssertionError(f"seed {seed}, number {number}: {pair!r} as {kind} under {spec!r}") from error
        assert judged.reason, (seed, number)


def _text(dice: random.Random) -> str | None:
    if dice.random() < 0.02:
        return None
    if dice.random() < 0.3:
        most = [dice.choice([127, 0x11_0000]) for _ in range(dice.randrange(20))]
        return "".join(chr(dice.randrange(32, one)) for one in most)
    return "".join(dice.choice(PIECES) for _ in range(dice.randrange(6)))


def _spec(dice: random.Random) -> Comparison:
    return Comparison(**{name: dice.choice(values) for name, values in SETTINGS.items()})


def test_2_000_texts_do_not_raise() -> None:
    """Any two texts have an outcome with a reason, under any settings."""
    fuzz(seed=1, times=2_000)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", [2, 3])
def test_100_000_texts_do_not_raise(seed: int) -> None:
    """The same, as often as a night allows."""
    fuzz(seed=seed, times=100_000)


@settings(max_examples=60, deadline=None)
@given(st.data(), KINDS, EVEN)
def test_reflexive(data: st.DataObject, kind: DataType, spec: Comparison) -> None:
    """A readable value matches itself, whatever is tolerated."""
    text = data.draw(READABLE[kind])
    plain = spec.model_copy(update={"date_formats": ("%Y-%m-%d",)})
    assert "match" == compare(text, text, data_type=kind, spec=plain).result


@settings(max_examples=60, deadline=None)
@given(st.data(), KINDS, EVEN)
def test_symmetric(data: st.DataObject, kind: DataType, spec: Comparison) -> None:
    """Without a setting that is about the evidence alone, two readable values have one outcome in either order."""
    plain = spec.model_copy(update={"date_formats": ("%Y-%m-%d",)})
    joined = st.lists(READABLE[kind], max_size=3).map(";".join) if spec.separator else READABLE[kind]
    left, right = data.draw(joined), data.draw(joined)
    there, back = (compare(*pair, data_type=kind, spec=plain).result for pair in ((left, right), (right, left)))
    assert there == back


MORE = st.decimals(0, 10**9, places=4)


@settings(max_examples=60, deadline=None)
@given(AMOUNTS, AMOUNTS, MORE, MORE, st.none() | st.just(Decimal(1000)))
def test_monotone_in_tolerance(left: str, right: str, tolerance: Decimal, more: Decimal, unit: Decimal | None) -> None:
    """More tolerance never turns a pass into a mismatch."""
    narrow, wide = (result(left, right, tolerance=most, round_to=unit) for most in (tolerance, tolerance + more))
    assert narrow == "mismatch" or wide == narrow


SHARES = st.decimals(0, "0.5", places=4)


@settings(max_examples=60, deadline=None)
@given(AMOUNTS, AMOUNTS, SHARES, SHARES)
def test_monotone_in_relative_tolerance(left: str, right: str, share: Decimal, more: Decimal) -> None:
    """Nor does a larger share."""
    narrow, wide = (result(left, right, relative_tolerance=most) for most in (share, share + more))
    assert narrow == "mismatch" or wide == narrow


SMALL = st.lists(st.integers(0, 30).map(str), max_size=5).map(";".join)


@settings(max_examples=60, deadline=None)
@given(SMALL, SMALL, st.integers(0, 10), st.integers(0, 10))
def test_monotone_in_a_collection(left: str, right: str, tolerance: int, more: int) -> None:
    """Nor where values are paired up first."""
    narrow, wide = (result(left, right, "integer", separator=";", tolerance=most) in PASSES
                    for most in (tolerance, tolerance + more))
    assert wide or not narrow


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.integers(-10, 10), st.integers(0, 10), st.integers(0, 10),
       st.booleans())
def test_monotone_in_window(day: date, apart: int, window: int, more: int, same_year: bool) -> None:
    """A wider window never turns a pass into a mismatch."""
    other = day + timedelta(days=apart)
    narrow, wide = (result(day.isoformat(), other.isoformat(), "date", window_days=most, same_year=same_year)
                    for most in (window, window + more))
    assert narrow == "mismatch" or wide == narrow


def test_every_setting_is_tried() -> None:
    """A setting that is added later is fuzzed, too."""
    assert set(Comparison.model_fields) == set(SETTINGS)
