"""What stands on a cardholder statement, and its page: labels and values are data, the page is statement.typ."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import typst

from examples.fr_y_14m_d1.extracts import american, dollars
from examples.fr_y_14m_d1.flaws import smudged
from models.cycle_file import Source

TEMPLATE = Path(__file__).with_name("statement.typ")
ORIGINAL, DUPLICATE = "Credit card statement", "Duplicate statement"
Pair = tuple[str, str]


@dataclass(frozen=True)
class Statement:
    """One page; a pair is a label and its value, both as printed."""

    title: str
    bank: str
    address: Sequence[str]
    account: Sequence[Pair]
    summary: Sequence[Pair]
    payment: Sequence[Pair]
    rates: Sequence[Pair]

    def values(self) -> dict[str, str]:
        """Every value on the page by its label."""
        return dict([*self.account, *self.summary, *self.payment, *self.rates])


def statement_of(
    values: Mapping[str, str], *, labels: Source, bank: str, title: str = ORIGINAL, illegible: str = ""
) -> Statement:
    """The statement of an account given in the notation of the report; of one attribute only the shape may be legible.

    What proves attributes bears the labels that the cycle file gives them.
    """
    def proof(attribute: str) -> Pair:
        written = _written(attribute, values[attribute])
        return labels.columns[attribute], smudged(written) if attribute == illegible else written

    area = values["AccountZipCode"]
    return Statement(
        title=title,
        bank=bank,
        address=(f"Cardholder {values['CustomerId']}", f"{values['AccountState']} {area[:5]}-{area[5:]}"),
        account=(
            *((label, values[key]) for key, label in labels.keys.items()),
            proof("AccountCycleEndDate"),
            ("Cardholder since", values["AccountOriginationDate"][:4]),
        ),
        summary=(
            ("Payments received", dollars(values["ActualPaymentAmount"])),
            ("Purchases", dollars(values["PurchaseVolume"])),
            ("Balance transfers", dollars(values["BalanceTransferVolume"])),
            ("Cash advances", dollars(values["CashAdvanceVolume"])),
            ("Late fee", dollars(values["FeeNetLateAmount"])),
            ("Interest charged", dollars(values["FinanceCharge"])),
            *map(proof, ("TotalPastDue", "CycleEndingBalance", "CurrentCreditLimit", "CurrentCashAdvanceLimit")),
        ),
        payment=(proof("MinimumPaymentDue"), proof("NextPaymentDueDate")),
        rates=(proof("CycleEndingRetailAPR"), ("Cash advance APR (%)", values["CashAPR"])),
    )


def as_pdf(statements: Sequence[Statement], *, as_of: date) -> bytes:
    """The statements as one PDF, a page each. The same statements give the same bytes on every machine."""
    return typst.compile(
        str(TEMPLATE), root=str(TEMPLATE.parent), format="pdf", ignore_system_fonts=True,
        sys_inputs={"statements": json.dumps([asdict(one) for one in statements])},
        # The date of the file in the notation of reproducible builds: seconds, and no clock.
        timestamp=_seconds(as_of),
    )


def _written(attribute: str, text: str) -> str:
    if attribute.endswith("Date"):
        return american(text)
    return text if attribute.endswith("APR") else dollars(text)


def _seconds(day: date) -> int:
    return (day - date(1970, 1, 1)).days * 86_400
