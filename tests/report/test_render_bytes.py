"""The same facts give the same bytes, in another process, with other hash seeds, time zones and languages."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
import hashlib
from activities.render.attestation import render_attestation
from activities.render.html import render_html
from activities.render.pdf import render_pdf
from activities.render.xlsx import render_xlsx
from methods.figures import compose
from tests.report.builders import facts, files, signoffs
given = facts()
sections = compose(given)
for body in ("".join(section.canonical() for section in sections).encode(), render_html(given, sections),
             render_xlsx(given, sections), render_pdf(given, sections),
             render_attestation(signoffs(), files=files(), facts=given)):
    print(hashlib.sha256(body).hexdigest())
"""


def hashes(**environment: str) -> list[str]:
    """The SHA-256 of sections, page, workbook, PDF and attestation, made in a process of its own."""
    result = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, env={**os.environ, **environment}, check=True,
                            capture_output=True, text=True)
    return result.stdout.split()


@pytest.fixture(scope="module")
def first() -> list[str]:
    """One rendering to compare with."""
    return hashes(PYTHONHASHSEED="1", TZ="UTC")


@pytest.mark.parametrize("environment", [
    {"PYTHONHASHSEED": "2"}, {"PYTHONHASHSEED": "1", "TZ": "Pacific/Auckland", "LC_ALL": "de_DE.UTF-8"}])
def test_regeneration_is_byte_identical(first: list[str], environment: dict[str, str]) -> None:
    """Five bodies, five equal hashes."""
    assert first == hashes(**environment)
