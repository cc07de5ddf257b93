"""One reported value against one value of the evidence, by type.

The same two texts always give the same outcome; no likeness, model or score ever makes a test pass. No text raises.
"""

from __future__ import annotations

from datetime import date

from methods.comparison.amounts import judge_amounts, read_amount
from methods.comparison.codes import translate, unknown
from methods.comparison.days import judge_days, read_day
from methods.comparison.outcomes import Ambiguous, Outcome
from methods.comparison.several import compare_collections, split
from methods.comparison.texts import cleaned, judge_texts, read_text
from methods.numbers import Amount, Unreadable, plain
from methods.text import quoted
from models.cycle_file import Comparison
from models.items import DataType

NUMBERS = frozenset({DataType.INTEGER, DataType.NUMBER, DataType.MONEY, DataType.PERCENT})

_Reading = str | Amount | date | Unreadable | Ambiguous


def compare(reported: str | None, evidence: str | None, *, data_type: DataType, spec: Comparison) -> Outcome:
    """Judge one case. `evidence` None: the evidence has no such value; `reported` None: the report left it blank.

    Evidence that cannot be read is `unreadable`, whatever was reported; what can be read in two ways, and a code that
    a complete table lacks, `needs_review`. Nothing equals nothing, and never a value, unless `blank_is_zero` makes it
    0. A reported value that cannot be read is a `mismatch`: the report is wrong whatever the evidence says.
    """
    kind = spec.data_type or data_type
    if evidence is None:
        left = cleaned(reported or "", kind=kind)
        return Outcome("not_found", left, None, f"the evidence holds no value for the reported {quoted(left)}")
    if spec.separator:
        single = spec.model_copy(update={"separator": ""})
        return compare_collections(
            split(reported or "", spec.separator), split(evidence, spec.separator), show=spec.separator,
            compare=lambda one, other: compare(one, other, data_type=data_type, spec=single))
    left = _stated(reported or "", kind, spec)
    if why := unknown(evidence, spec=spec):
        return Outcome("needs_review", left, evidence.strip(), f"{why}; reported is {quoted(left)}")
    right = _stated(translate(evidence, spec=spec), kind, spec)
    if spec.presence:
        return _with_blank(left, right, agree=bool(left) == bool(right))
    if kind in NUMBERS and spec.blank_is_zero:
        left, right = left or "0", right or "0"
    return _compare(left, right, kind=kind, spec=spec)


def _stated(text: str, kind: DataType, spec: Comparison) -> str:
    """The text as it is read, '' where it is one of those that mean nothing."""
    return "" if text.strip() in spec.nothing else cleaned(text, kind=kind)


def _compare(left: str, right: str, *, kind: DataType, spec: Comparison) -> Outcome:
    proof = _read(right, kind=kind, spec=spec, evidence=True)
    if right and isinstance(proof, Unreadable):
        return Outcome("unreadable", left, right,
                       f"the evidence {quoted(right)} {proof.reason}; reported is {quoted(left)}")
    if not (left and right):
        shown = right and _normal(proof, right)
        return _with_blank(left, shown, agree=left == shown)
    claim = _read(left, kind=kind, spec=spec, evidence=False)
    if isinstance(claim, Unreadable):
        shown = _normal(proof, right)
        return Outcome("mismatch", left, shown,
                       f"the reported {quoted(left)} {claim.reason}; the evidence states {quoted(shown)}")
    return _judge(claim, proof, left=left, right=right, spec=spec)


def _with_blank(left: str, right: str, *, agree: bool) -> Outcome:
    return Outcome("match" if agree else "mismatch", left, right,
                   f"reported {quoted(left)}, {'and' if agree else 'while'} the evidence states {quoted(right)}")


def _read(text: str, *, kind: DataType, spec: Comparison, evidence: bool) -> _Reading:
    if kind in NUMBERS:
        return read_amount(text, kind=kind, spec=spec, evidence=evidence)
    return read_day(text, spec=spec) if kind is DataType.DATE else read_text(text, spec=spec)


def _normal(value: _Reading, text: str) -> str:
    match value:
        case Amount():
            return plain(value.value)
        case date():
            return value.isoformat()
        case str():
            return value
        case _:
            return text


def _judge(claim: _Reading, proof: _Reading, *, left: str, right: str, spec: Comparison) -> Outcome:
    """Two readable values, or one that can mean several."""
    for which, value in (("evidence", proof), ("report", claim)):
        if isinstance(value, Ambiguous):
            return Outcome("needs_review", left, right, f"reported {quoted(left)}, evidence {quoted(right)}: the value "
                           f"of the {which} {value.reason}")
    if isinstance(claim, Amount) and isinstance(proof, Amount):
        return judge_amounts(claim, proof, spec=spec)
    if isinstance(claim, date) and isinstance(proof, date):
        return judge_days(claim, proof, spec=spec)
    return judge_texts(_normal(claim, left), _normal(proof, right), spec=spec)
