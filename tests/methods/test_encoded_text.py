"""What a pass over a file tells of its text, however the pieces fall."""

from __future__ import annotations

import pytest

from methods.encoded_text import Utf8Check


@pytest.mark.parametrize(("text", "only_blanks"), [
    ("a,b\n1, x \n", True), ("a,b\r\nJosé,\u4e2d\r\n", True), ('a,b\n1,"x"\n2,"a""b"\n', True),
    ('a,b\n1,"x\n"\n', False), ('a,b\n1,"x\r"\n', False), ("a,b\n1,x\t\n", False), ("a,b\n1,x\u3000\n", False),
    ("a,b\n1,x\x1f\n", False)])
def test_a_file_of_blanks_alone_is_known(text: str, only_blanks: bool) -> None:
    """In one piece or byte by byte; what would take a closer look counts as other white space."""
    for size in (1, 1000):
        data, check = text.encode(), Utf8Check()
        assert all(check.take(data[at:at + size]) for at in range(0, len(data), size))
        assert (check.valid(), check.only_blanks) == (True, only_blanks)
