"""A source's codes in the words of the report. Leading zeros are part of a code."""

from __future__ import annotations

from methods.text import quoted
from models.cycle_file import Comparison


def translate(text: str, *, spec: Comparison) -> str:
    """The report's code for a code of the evidence; a text that the table does not know stays as it is."""
    code = text.strip()
    if code not in spec.codes and spec.ignore_case:
        found = {report for source, report in spec.codes.items() if source.casefold() == code.casefold()}
        return found.pop() if len(found) == 1 else text
    return spec.codes.get(code, text)


def unknown(text: str, *, spec: Comparison) -> str | None:
    """Why a code of the evidence goes to a person: the table is to be complete and has it neither as a source's code
    nor as the report's. None for all others, blanks among them."""
    if spec.unknown_codes == "keep" or not text.strip() or translate(text, spec=spec) != text:
        return None
    code = text.strip()
    return None if code in spec.codes or code in spec.codes.values() else (
        f"the evidence {quoted(code)} is none of the codes that the cycle file translates")
