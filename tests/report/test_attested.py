"""An attestation read back says which files were signed for, and nothing that a signer wrote can add one."""

from __future__ import annotations

import pytest

from activities.render.attestation import render_attestation
from methods.attested import attested
from models.report import SignOff
from tests.report.builders import cycle, facts, files, sha256, signoffs


def page(signed: tuple[SignOff, ...] = signoffs(), **changes: str) -> str:
    """The attestation as text."""
    return render_attestation(signed, files=files(), facts=facts(cycle=cycle(**changes))).decode()


def test_each_file_is_found_with_its_name() -> None:
    """By its SHA-256."""
    assert {file.sha256: file.name for file in files()} == attested(page()).files


def test_it_is_complete_when_every_role_has_signed() -> None:
    """Three of three are; two of three are not."""
    assert (True, False) == (attested(page()).complete, attested(page(signoffs()[:2])).complete)


def test_what_a_signer_wrote_adds_no_file() -> None:
    """A comment that looks like the table of files stays a comment, and a name that looks like a gap is none."""
    table = f"<table><caption>Files of the report</caption><tr><td>x</td><td>{sha256('x')}</td><td>1</td></tr></table>"
    signed = (signoffs()[0].model_copy(update={"comment": table}), *signoffs()[1:])
    found = attested(page(signed, report_name="Not signed."))
    assert ({file.sha256 for file in files()}, True) == (set(found.files), found.complete)


def test_other_pages_are_no_attestation() -> None:
    """A page without the table is refused, whatever hash it has in it."""
    with pytest.raises(ValueError, match="no table of the files"):
        attested(f"<p>{sha256('x')}</p>")


def test_a_mangled_table_is_refused() -> None:
    """Half a hash names no file."""
    with pytest.raises(ValueError, match="names no SHA-256"):
        attested(page().replace(files()[0].sha256, files()[0].sha256[:40]))
