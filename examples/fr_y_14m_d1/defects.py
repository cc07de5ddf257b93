"""What is planted: corruptions of report records, and alterations of what the systems of record hold.

A corruption breaks at least one profiling rule; an alteration breaks none and shows only against the report. Neither
leaves a comparison open: report values that cannot be read are in attributes without a source of evidence. What goes
wrong on the way from a system to the tester is in flaws.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from examples.fr_y_14m_d1.checks import Values, day
from examples.fr_y_14m_d1.dictionary import Line
from examples.fr_y_14m_d1.portfolio import PERIOD, SCORE_VERSIONS, compact

DUPLICATE = "duplicate_key"
Wrong = Callable[[Values], str]


@dataclass(frozen=True)
class Plan:
    """Which accounts are touched: index -> number of the corruption or of the flaw, and indexes with altered extracts.

    No account is in two of them.
    """

    corrupted: Mapping[int, int]
    altered: frozenset[int]
    flawed: Mapping[int, int]

    @property
    def duplicates(self) -> list[int]:
        """Accounts whose record is filed twice."""
        return sorted(index for index, number in self.corrupted.items() if kind_of(number) == DUPLICATE)


@dataclass(frozen=True)
class Change:
    """One value changed, in the report or in an extract."""

    kind: str
    attribute: str
    value: str


def draw_plan(seed: int, *, accounts: int, corrupted: int, altered: int, flawed: int) -> Plan:
    """Spread the defects at random over the portfolio; memory grows with the defects, not with the accounts."""
    draw = Random(f"{seed}/plan")  # noqa: S311 - invented data, not a secret
    chosen = draw.sample(range(accounts), corrupted + altered + flawed)
    return Plan(
        corrupted=_numbered(chosen[:corrupted]),
        altered=frozenset(chosen[corrupted:corrupted + altered]),
        flawed=_numbered(chosen[corrupted + altered:]),
    )


def _numbered(indexes: Sequence[int]) -> dict[int, int]:
    return {index: number for number, index in enumerate(indexes)}


def kind_of(number: int) -> str:
    """The kind of the corruption with this number; the kinds take turns, so nine corruptions show all of them."""
    return KINDS[number % len(KINDS)]


def corrupt(values: Values, number: int, *, seed: int) -> Change | None:
    """The wrong value that a report record gets, or None when the record is to be filed twice."""
    kind = kind_of(number)
    if kind == DUPLICATE:
        return None
    choices = CORRUPTIONS[kind]
    attribute, wrong = choices[(number // len(KINDS) + seed) % len(choices)]
    return Change(kind, attribute, wrong(values))


def alter(values: Values, *, seed: int, index: int, among: Sequence[Line]) -> list[Change]:
    """One or two values that the systems of record hold differently, each far beyond every stated tolerance."""
    draw = Random(f"{seed}/alter/{index}")  # noqa: S311 - invented data, not a secret
    return [altered(values[line.name], line, draw) for line in draw.sample(list(among), draw.choice((1, 2)))]


def altered(text: str, line: Line, draw: Random) -> Change:
    """Another value for a clean one: readable, and further from it than any tolerance allows."""
    if line.data_type == "date":
        return Change("wrong_date", line.name, _shifted(text, draw.choice((-1, 1)) * draw.randint(10, 40)))
    if line.domain:
        return Change("wrong_code", line.name, draw.choice([code for code in line.domain if code != text]))
    if line.data_type == "text":
        others = sorted(set(SCORE_VERSIONS.values()) - {text})
        return Change("wrong_text", line.name, draw.choice(others))
    swaps = transpositions(text)
    if swaps and (line.data_type == "code" or draw.random() < 0.5):
        return Change("digit_transposition", line.name, draw.choice(swaps))
    if line.data_type == "code":
        return Change("wrong_code", line.name, f"{text[:-1]}{(int(text[-1]) + 1) % 10}")
    return Change("changed_amount", line.name, _moved(text, draw))


def transpositions(text: str) -> list[str]:
    """Every text that differs by one swap of neighbouring, different digits and has no new leading zero."""
    pairs = [
        at for at in range(len(text) - 1)
        if text[at].isdigit() and text[at + 1].isdigit() and text[at] != text[at + 1] and (at or text[1] != "0")
    ]
    return [text[:at] + text[at + 1] + text[at] + text[at + 2:] for at in pairs]


def _moved(text: str, draw: Random) -> str:
    value = Decimal(text)
    _, _, exponent = value.as_tuple()
    if exponent == 0 and value < 1000:
        step = Decimal(draw.randint(1, 40))
        return str(value - step if value > 300 else value + step)
    return str(value + Decimal(draw.randint(101, 4999)).scaleb(int(exponent)))


def _shifted(text: str, days: int) -> str:
    return compact(_read(text) + timedelta(days))


def _read(text: str) -> date:
    found = day(text)
    if found is None:
        raise ValueError(f"{text!r} is not a date YYYYMMDD; only clean values are altered")
    return found


def _fixed(text: str) -> Wrong:
    return lambda values: text


def _plus(base: str, amount: str) -> Wrong:
    return lambda values: str(Decimal(values[base]) + Decimal(amount))


def _days_from(base: str, days: int) -> Wrong:
    return lambda values: _shifted(values[base], days)


def _with_letter(attribute: str) -> tuple[str, Wrong]:
    return attribute, lambda values: f"{values[attribute][:-1]}O"


BLANK = tuple(
    (attribute, _fixed(""))
    for attribute in ("CurrentCreditLimit", "RefreshedCreditScorePrimaryBorrower", "AccountState", "PCDFlag",
                      "NextPaymentDueDate", "OriginalCreditLimit", "FeeTypeFlag")
)
BROKEN_IDENTITY: tuple[tuple[str, Wrong], ...] = (
    ("CycleEndingBalanceOther", _plus("CycleEndingBalanceOther", "137.25")),
    ("CurrentCashAdvanceLimit", _plus("CurrentCreditLimit", "250.00")),
    ("TotalPaymentDue", _plus("TotalPaymentDue", "40.00")),
    ("AccountOriginationDate", _days_from("AccountCycleEndDate", 45)),
    ("TotalPastDue", _plus("TotalPastDue", "35.00")),
    ("MaxAPR", _plus("CycleEndingRetailAPR", "-1.500")),
    ("MinimumPaymentDue", _plus("CycleEndingBalance", "100.00")),
    ("NextPaymentDueDate", _days_from("AccountCycleEndDate", -6)),
    ("PrincipalChargeOffInCurrentMonthAmount", _plus("GrossChargeOffInCurrentMonthAmount", "210.00")),
    ("CreditScoreRefreshDate", _fixed(compact(PERIOD + timedelta(12)))),
    ("CycleEndingBalance", _plus("CycleEndingBalance", "18.40")),
)
OUT_OF_RANGE: tuple[tuple[str, Wrong], ...] = (
    ("CurrentCreditLimit", lambda values: f"-{values['CurrentCreditLimit']}"),
    ("RefreshedCreditScorePrimaryBorrower", _fixed("999")),
    ("CycleEndingRetailAPR", _fixed("79.990")),
    ("OriginalCreditScorePrimaryBorrower", _fixed("120")),
    ("AverageDailyBalance", _fixed("99999.99")),
    ("DaysPastDue", _fixed("999")),
    ("RecoveryAmount", _fixed("-55.10")),
)
OUTSIDE_DOMAIN: tuple[tuple[str, Wrong], ...] = (
    ("AccountState", _fixed("ZZ")),
    ("NetworkId", _fixed("9")),
    ("BankruptcyFlag", _fixed("7")),
    ("RewardType", _fixed("8")),
    ("CreditCardType", _fixed("9")),
    ("JointAccount", _fixed("2")),
)
# Whether a number or date that nobody can read differs from evidence is a matter of opinion: the attributes of the
# next two kinds have no source in cycle.yaml.
LETTER_IN_NUMBER = tuple(
    _with_letter(attribute)
    for attribute in ("RecoveryAmount", "TotalRewardCash", "OtherCredits", "ConvenienceCheckAmount", "Basel2EAD")
)
IMPOSSIBLE_DATE = tuple(
    (attribute, _fixed(text))
    for attribute, text in (("AcqDate", "20260231"), ("CollectionReageDate", "20251301"),
                            ("CustomerServiceReageDate", "20250931"))
)
TOO_LONG: tuple[tuple[str, Wrong], ...] = (
    ("AccountState", lambda values: f"US-{values['AccountState']}"),
    ("RefreshedCreditScoreVersion", lambda values: f"{values['RefreshedCreditScoreVersion']} (as the bureau sent it)"),
)
TOO_PRECISE: tuple[tuple[str, Wrong], ...] = (
    ("CashAPR", lambda values: f"{values['CashAPR']}01"),
    ("FinanceCharge", lambda values: f"{values['FinanceCharge']}25"),
    ("InternalRefrScoreValue", lambda values: f"{values['InternalRefrScoreValue']}4"),
)
CORRUPTIONS: Mapping[str, tuple[tuple[str, Wrong], ...]] = {
    "broken_identity": BROKEN_IDENTITY,
    "out_of_range": OUT_OF_RANGE,
    "outside_domain": OUTSIDE_DOMAIN,
    "blank": BLANK,
    "letter_in_number": LETTER_IN_NUMBER,
    "impossible_date": IMPOSSIBLE_DATE,
    "too_long": TOO_LONG,
    "too_precise": TOO_PRECISE,
}
KINDS = (*CORRUPTIONS, DUPLICATE)
