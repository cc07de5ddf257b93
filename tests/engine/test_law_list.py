"""The page of the laws names attacks that exist, and no refusal of the laws is without one."""

from __future__ import annotations

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PAGE = ROOT / "docs" / "laws.md"
LAWS = tuple(ROOT / "migrations" / "sql" / f"{name}.sql"
             for name in ("laws", "audit", "speed", "audit_rows", "observing", "explaining"))


def named_tests() -> set[tuple[str, str]]:
    """Module and test, or class of tests, as the page names them."""
    return set(re.findall(r"`(test_\w+)\.(?!py`)(\w+)`", PAGE.read_text(encoding="utf-8")))


def refusals() -> set[str]:
    """The names that the laws refuse by."""
    return {name for file in LAWS for name in re.findall(r"refuse\('(\w+)'", file.read_text(encoding="utf-8"))}


def test_every_attack_exists() -> None:
    """Nothing on the page is a promise."""
    known = {
        (module.stem, node.name)
        for module in HERE.glob("test_*.py") for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert len(named_tests()) > 60
    assert set() == named_tests() - known


def test_every_refusal_is_on_the_page() -> None:
    """A law without a line there would be one that nobody tries."""
    assert len(refusals()) > 25
    assert set() == refusals() - set(re.findall(r"`(\w+)`", PAGE.read_text(encoding="utf-8")))


def test_every_refusal_is_attacked() -> None:
    """Some test of the engine expects it, by name."""
    tests = "\n".join(
        module.read_text(encoding="utf-8") for module in HERE.glob("test_*.py") if module.stem != "test_translation"
    )
    assert set() == {name for name in refusals() if f'"{name}"' not in tests}
