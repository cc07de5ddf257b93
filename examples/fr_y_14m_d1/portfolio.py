"""One invented credit card account as it should be reported: all 118 attributes, consistent with each other.

`account(seed, index)` is a pure function, so a portfolio of any size is a stream and any account can be made again.
Ranges follow what card portfolios look like (limits of 500 to 100,000, scores of 300 to 850); no account is real.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

PERIOD = date(2026, 3, 31)
NEVER = "99991231"  # mandatory dates of events that have not happened
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
CARRIED = 5  # letters of a reference number that carry the index
REFERENCE_LETTERS = 18
MOST_ACCOUNTS = 60_466_169  # the largest prime below 36 ** CARRIED
_SPREAD = 25_214_903
_GATHER = pow(_SPREAD, -1, MOST_ACCOUNTS)
ZIP_AREAS = {
    "AL": "352", "AK": "995", "AZ": "850", "AR": "722", "CA": "900", "CO": "802", "CT": "061", "DE": "198", "DC": "200",
    "FL": "331", "GA": "303", "HI": "968", "ID": "837", "IL": "606", "IN": "462", "IA": "503", "KS": "672", "KY": "402",
    "LA": "701", "ME": "041", "MD": "212", "MA": "021", "MI": "482", "MN": "554", "MS": "392", "MO": "631", "MT": "591",
    "NE": "681", "NV": "891", "NH": "031", "NJ": "071", "NM": "871", "NY": "100", "NC": "282", "ND": "581", "OH": "432",
    "OK": "731", "OR": "972", "PA": "191", "RI": "029", "SC": "292", "SD": "571", "TN": "372", "TX": "770", "UT": "841",
    "VT": "054", "VA": "232", "WA": "981", "WV": "253", "WI": "532", "WY": "820",
}
STATES = tuple(ZIP_AREAS)
RETAIL_BANK, COMMERCIAL_BANK = "4410027318", "4410058806"
SCORE_VERSIONS = {"1": "FICO Score 8", "2": "VantageScore 3.0", "3": "Commercial Score 2", "4": "Custom Score 1.4"}


@dataclass(frozen=True)
class Basics:
    """What the groups of attributes of one account have in common. Amounts are in cents, rates in 0.001 percent."""

    lending: str
    limit: int
    balance: int
    minimum: int
    days_past_due: int
    apr: int
    cycle_end: date
    opened: date
    closed: str
    charged_off: bool
    joint: bool


def account(seed: int, index: int) -> dict[str, str]:
    """The true values of one account by attribute name; the same for the same seed and index, whatever came before."""
    draw = Random(f"{seed}/{index}")  # noqa: S311 - invented data, not a secret
    basics = _basics(draw)
    return {
        **_keys(draw, basics, seed, index), **_product(draw, basics), **_balances(draw, basics),
        **_customer(draw, basics), **_scores(draw, basics), **_lines(draw, basics), **_payments(draw, basics),
        **_status(draw, basics), **_volumes(draw, basics), **_rates(draw, basics), **_fees(draw, basics),
        **_programs(draw, basics), **_capital(draw, basics),
    }


def index_of(seed: int, reference: str) -> int | None:
    """The index that an account has if a reference number names one, else None; `account` tells whether it does."""
    digits = [LETTERS.find(letter) for letter in reference[:CARRIED]]
    if len(reference) != REFERENCE_LETTERS or -1 in digits:
        return None
    number: int = sum(digit * 36**place for place, digit in enumerate(digits))
    return (number - seed) * _GATHER % MOST_ACCOUNTS


def money(cents: int) -> str:
    """An amount in cents as dollars with two decimals."""
    return f"{cents // 100}.{cents % 100:02d}"


def compact(day: date) -> str:
    """A date as the report writes it, YYYYMMDD."""
    return f"{day.year:04d}{day.month:02d}{day.day:02d}"


def _below(draw: Random, limit: int) -> int:
    # randrange costs ten times as much; the bias of this is far below what the example could show.
    return int(draw.random() * limit)


def _between(draw: Random, low: int, high: int) -> int:
    return low + int(draw.random() * (high - low + 1))


def _flag(draw: Random, share: float) -> str:
    return "1" if draw.random() < share else "0"


def _pick(draw: Random, choices: str) -> str:
    return choices[int(draw.random() * len(choices))]


def _thousandths(value: int) -> str:
    return f"{value // 1000}.{value % 1000:03d}"


def _basics(draw: Random) -> Basics:
    lending = _pick(draw, "11111111112233345566")
    limit = _between(draw, 5, 1000 if lending > "2" else 450) * 100_00
    closed = _pick(draw, "0" * 38 + "12")
    charged_off = draw.random() < 0.02
    used = 0 if draw.random() < 0.1 else _below(draw, 9500)
    balance = min(limit * used // 10_000, 50_000_00)
    late = balance > 100_00 and (charged_off or draw.random() < 0.15)
    apr = _between(draw, 8990, 29990)
    asked = max(25_00, balance // 50 + balance * apr // 1_200_000)
    return Basics(
        lending=lending,
        limit=limit,
        balance=balance,
        minimum=balance if lending in "246" else min(balance, asked),
        days_past_due=_between(draw, 150, 179) if late and charged_off else _between(draw, 1, 149) if late else 0,
        apr=apr,
        cycle_end=PERIOD - timedelta(_below(draw, 28)),
        opened=date(2026, 2, 1) - timedelta(_between(draw, 1, 9000)),
        closed=closed,
        charged_off=late and charged_off,
        joint=lending <= "2" and draw.random() < 0.2,
    )


def _letters(draw: Random, count: int) -> str:
    return "".join([LETTERS[int(draw.random() * 36)] for _ in range(count)])


def _reference(draw: Random, seed: int, index: int) -> str:
    """Its first five letters spell a permutation of the index, so no two accounts can share a reference."""
    number = (index * _SPREAD + seed) % MOST_ACCOUNTS  # multiples of a number are a permutation modulo a prime
    carried = ""
    for _ in range(CARRIED):
        number, digit = divmod(number, 36)
        carried += LETTERS[digit]
    return carried + _letters(draw, REFERENCE_LETTERS - CARRIED)


def _keys(draw: Random, basics: Basics, seed: int, index: int) -> dict[str, str]:
    bank = COMMERCIAL_BANK if basics.lending > "4" else RETAIL_BANK
    return {
        "ReferenceNumber": _reference(draw, seed, index),
        "CustomerId": _letters(draw, 18),
        "BankId": bank,
        "PeriodId": compact(PERIOD),
        "NationalBankRSSDID": bank,
    }


def _product(draw: Random, basics: Basics) -> dict[str, str]:
    state = STATES[_below(draw, len(STATES))]
    return {
        "AccountState": state,
        "AccountZipCode": f"{ZIP_AREAS[state]}{_below(draw, 1_000_000):06d}",
        "CreditCardType": {"1": _pick(draw, "1112"), "2": "1", "3": "3", "4": "3"}.get(basics.lending, "4"),
        "ProductType": _pick(draw, "12345"),
        "LendingType": basics.lending,
        "RevolveFlag": "0" if basics.lending in "246" else "1",
        "NetworkId": _pick(draw, "11112223345"),
        "CreditCardSecuredFlag": _flag(draw, 0.05),
        "LoanChannel": _pick(draw, "1234567"),
        "PCDFlag": _flag(draw, 0.01),
        "RewardType": _pick(draw, "01234"),
        "SecuritizedFlag": _flag(draw, 0.1),
        "LossShare": "0",
        "LossShareId": "0",
        "LossShareRate": "0.00000",
        "AccountSoldFlag": _flag(draw, 0.005),
        "CorporateID": _letters(draw, 18) if basics.lending > "4" else "0",
        "EntityType": _pick(draw, "1234"),
    }


def _balances(draw: Random, basics: Basics) -> dict[str, str]:
    promoted = basics.balance > 0 and draw.random() < 0.15
    promotional = basics.balance // 4 if promoted else 0
    cash = basics.balance // _between(draw, 8, 40) if draw.random() < 0.3 else 0
    penalty = basics.balance // _between(draw, 5, 20) if basics.days_past_due > 60 else 0
    return {
        "CycleEndingBalance": money(basics.balance),
        "PromotionFlag": "1" if promoted else "0",
        "CycleEndingBalancePromotional": money(promotional),
        "CycleEndingBalanceCash": money(cash),
        "CycleEndingBalancePenalty": money(penalty),
        "CycleEndingBalanceOther": money(basics.balance - promotional - cash - penalty),
        "AverageDailyBalance": money(basics.balance * _between(draw, 80, 104) // 100),
        "MonthEndingBalance": money(basics.balance * _between(draw, 70, 115) // 100),
        "TotalRewardCash": money(_below(draw, 400_00)),
    }


def _customer(draw: Random, basics: Basics) -> dict[str, str]:
    return {
        "MultipleBankingRelationshipFlag": _flag(draw, 0.4),
        "MultipleCardRelationshipFlag": _flag(draw, 0.2),
        "JointAccount": "1" if basics.joint else "0",
        "AuthorizedUsers": _pick(draw, "00000112"),
        "BorrowerIncome": str(_between(draw, 18, 420) * 500),
        "BorrowerIncomeType": _pick(draw, "1124" if basics.lending <= "2" else "34"),
        "CoBorrowerAddDate": compact(basics.opened) if basics.joint else "",
    }


def _scores(draw: Random, basics: Basics) -> dict[str, str]:
    model = "3" if basics.lending > "4" else _pick(draw, "1124")
    original = min(850, max(300, int(draw.gauss(710, 60))))
    refreshed = min(850, max(300, original + _between(draw, -80, 60) - basics.days_past_due))
    internal = _flag(draw, 0.5)
    return {
        "OriginalCreditScorePrimaryBorrower": str(original),
        "OriginalCreditScoreCoborrower": str(_between(draw, 520, 830)) if basics.joint else "0",
        "RefreshedCreditScorePrimaryBorrower": str(refreshed),
        "CreditScoreRefreshDate": compact(PERIOD - timedelta(_below(draw, 90))),
        "BehavioralScore": f"0.{_below(draw, 1_000_000):06d}",
        "BehavioralScoreNameVersion": "Behavior Model 5.2",
        "OriginalCreditScoreName": model,
        "RefreshedCreditScoreName": model,
        "OriginalCreditScoreVersion": SCORE_VERSIONS[model],
        "RefreshedCreditScoreVersion": SCORE_VERSIONS[model],
        "InternalOrigScoreFlag": internal,
        "InternalOrigScoreValue": _thousandths(_between(draw, 100_000, 999_000)) if internal == "1" else "0.000",
        "InternalRefrScoreFlag": "1",
        "InternalRefrScoreValue": _thousandths(_between(draw, 100_000, 999_000)),
    }


def _lines(draw: Random, basics: Basics) -> dict[str, str]:
    change = _pick(draw, "0000000000000000000122")
    return {
        "OriginalCreditLimit": money(max(500_00, basics.limit * _between(draw, 5, 10) // 10)),
        "CurrentCreditLimit": money(basics.limit),
        "CurrentCashAdvanceLimit": money(basics.limit * _between(draw, 1, 3) // 10),
        "LineFrozenFlag": _flag(draw, 0.02),
        "LineIncreaseDecreaseFlag": change,
        "CreditLimitType": "2" if basics.lending in "246" else _pick(draw, "11113"),
        "CreditLineChangeType": "0" if change == "0" else _pick(draw, "123"),
    }


def _payments(draw: Random, basics: Basics) -> dict[str, str]:
    cycles = (basics.days_past_due + 29) // 30
    past_due = min(basics.balance, basics.minimum * cycles)
    return {
        "AccountCycleEndDate": compact(basics.cycle_end),
        "AccountOriginationDate": compact(basics.opened),
        "AcqDate": compact(basics.opened + timedelta(20)) if draw.random() < 0.05 else NEVER,
        "MinimumPaymentDue": money(basics.minimum),
        "TotalPaymentDue": money(basics.minimum + past_due),
        "NextPaymentDueDate": compact(basics.cycle_end + timedelta(25)),
        "ActualPaymentAmount": money(0 if cycles else basics.balance * _between(draw, 3, 60) // 100),
        "TotalPastDue": money(past_due),
        "DaysPastDue": str(basics.days_past_due),
        "Account60PlusDPDLastThreeYearsFlag": "1" if basics.days_past_due >= 60 else _flag(draw, 0.04),
        "AccountCycleEndDelinquency": str(cycles),
        "AccountMonthEndDelinquency": str(cycles),
        "CollectionReageDate": compact(PERIOD - timedelta(_below(draw, 700))) if draw.random() < 0.04 else NEVER,
        "CustomerServiceReageDate": compact(PERIOD - timedelta(_below(draw, 700))) if draw.random() < 0.03 else NEVER,
    }


def _status(draw: Random, basics: Basics) -> dict[str, str]:
    active = "1" if basics.closed == "0" and basics.balance > 0 else "0"
    return {
        "MonthEndActiveFlag": active,
        "MonthEndClosedRevokedFlag": basics.closed,
        "CycleEndActiveFlag": active,
        "CycleEndClosedRevokedFlag": basics.closed,
        "ChargeOffReasonCode": _pick(draw, "12345") if basics.charged_off else "0",
        "GrossChargeOffInCurrentMonthAmount": money(basics.balance if basics.charged_off else 0),
        "PrincipalChargeOffInCurrentMonthAmount": money(basics.balance * 9 // 10 if basics.charged_off else 0),
        "RecoveryAmount": money(_below(draw, basics.balance) // 10 if basics.charged_off else 0),
        "BankruptcyFlag": _flag(draw, 0.01),
        "FraudFlag": _flag(draw, 0.01),
    }


def _volumes(draw: Random, basics: Basics) -> dict[str, str]:
    active = basics.closed == "0" and basics.balance > 0
    cash = active and draw.random() < 0.2
    return {
        "PurchaseVolume": money(_below(draw, basics.limit) // 4 if active else 0),
        "CashAdvanceVolume": money(_below(draw, basics.limit) // 20 if cash else 0),
        "BalanceTransferVolume": money(_below(draw, basics.limit) // 10 if active and draw.random() < 0.1 else 0),
        "ConvenienceCheckAmount": money(_below(draw, 500_00) if active and draw.random() < 0.05 else 0),
        "OtherCredits": money(_below(draw, 120_00) if active and draw.random() < 0.1 else 0),
    }


def _rates(draw: Random, basics: Basics) -> dict[str, str]:
    highest = _between(draw, 30_000, 36_000)
    return {
        "CycleEndingRetailAPR": _thousandths(basics.apr),
        "InterestRateIndex": _pick(draw, "12345"),
        "InterestRateMargin": _thousandths(basics.apr - 7000),
        "MaxAPR": _thousandths(highest),
        "RateResetFreq": _pick(draw, "12345"),
        "PromotionalAPR": _thousandths(_between(draw, 0, 9990)),
        "CashAPR": _thousandths(min(highest, basics.apr + _between(draw, 0, 3000))),
    }


def _fees(draw: Random, basics: Basics) -> dict[str, str]:
    late = _between(draw, 20_00, 41_00) if basics.days_past_due else 0
    return {
        "FeeTypeFlag": _pick(draw, "0123"),
        "FinanceCharge": money(basics.balance * basics.apr // 1_200_000),
        "FeeNetLateAmount": money(late),
        "FeeNetOverLimitAmount": money(25_00 if draw.random() < 0.01 else 0),
        "FeeNetNSFAmount": money(29_00 if draw.random() < 0.01 else 0),
        "FeeNetCashAdvanceAmount": money(_between(draw, 10_00, 60_00) if draw.random() < 0.1 else 0),
        "FeeNetMonthlyAnnualAmount": money(95_00 if draw.random() < 0.08 else 0),
        "FeeNetDebtSuspensionAmount": money(_between(draw, 2_00, 30_00) if draw.random() < 0.02 else 0),
        "FeeNetBalanceTransferAmount": money(_between(draw, 5_00, 90_00) if draw.random() < 0.03 else 0),
        "FeeNetOtherAmount": money(_below(draw, 15_00) if draw.random() < 0.05 else 0),
    }


def _programs(draw: Random, basics: Basics) -> dict[str, str]:
    enrolled = _flag(draw, 0.06)
    workout = "1" if basics.days_past_due > 30 and draw.random() < 0.4 else "0"
    settled = workout == "1" and draw.random() < 0.2
    return {
        "DebtWaiverProgramEnrolFlag": enrolled,
        "DebtWaiverProgramActiveFlag": _flag(draw, 0.3) if enrolled == "1" else "0",
        "SkipaPaymentFlag": _flag(draw, 0.01),
        "WorkoutProgramFlag": workout,
        "WorkoutProgramType": _pick(draw, "123") if workout == "1" else "0",
        "WorkOutProgramPerformanceStatus": _pick(draw, "12") if workout == "1" else "0",
        "SettlementPortionForgivenAmount": money(_below(draw, basics.balance) // 4 if settled else 0),
    }


def _capital(draw: Random, basics: Basics) -> dict[str, str]:
    loss = _between(draw, 55_000, 92_000)
    return {
        "Basel2PD": f"0.{_between(draw, 30, 40_000):05d}",
        "Basel2LGD": f"0.{loss:05d}",
        "Basel2ELGD": f"0.{loss * 9 // 10:05d}",
        "Basel2EAD": money(basics.balance + (basics.limit - basics.balance) * _between(draw, 10, 60) // 100),
        "Basel2EADid": str(_between(draw, 1, 24)),
    }
