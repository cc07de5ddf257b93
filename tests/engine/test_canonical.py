"""The canonical text of an item is the same from either JSON library: digests of years ago stay valid."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from models.items import canonical_json

_TEXT = st.text(st.characters(codec="utf-8"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | _TEXT,
    lambda part: st.lists(part, max_size=4) | st.dictionaries(_TEXT, part, max_size=4), max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(VALUES)
def test_the_text_is_that_of_the_standard_library(value: Any) -> None:
    """Sorted by code point, compact, and nothing escaped that JSON does not ask for; whatever the size of a number."""
    assert json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False) == canonical_json(value)
