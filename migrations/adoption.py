"""Facts from before events held them: what stands at the migration is taken down in one event per cycle, "adopt"."""

from __future__ import annotations


def adopt() -> None:
    """Take down what stands."""
