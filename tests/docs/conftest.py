"""The pages are tried on the stack that whole cycles are tested on."""

from tests.e2e.conftest import session

__all__ = ["session"]
