"""A child tells the run of its cycle when somebody else is waited for: a signal, which costs the parent four events.

So it is sent only when the answer to "who, for what" changes, and only so often; the parent says how often.
"""

from __future__ import annotations

import contextlib
from collections.abc import Hashable

from temporalio import workflow
from temporalio.exceptions import FailureError

with workflow.unsafe.imports_passed_through():
    from models.messages import STANDING, Standing


class Teller:
    """What the cycle's run has been told, and what it is to be told next; the latest news replaces what is unsent.

    `about` is what the cycle's run takes for granted until it is told otherwise.
    """

    def __init__(self, tells: int | None, *, about: Hashable = None) -> None:
        self.left = tells or 0
        self.listened = tells is not None
        self._news: Standing | None = None
        self._about = about

    @property
    def carried(self) -> int | None:
        """How often a run that goes on under a new history may tell; None where nobody listens."""
        return self.left if self.listened else None

    def note(self, standing: Standing, *, about: Hashable) -> None:
        """Something may have changed; `about` is what of it the cycle's page cannot do without."""
        if about != self._about:
            self._about, self._news = about, standing

    async def work(self) -> None:
        """Send the news, for as long as the run lasts."""
        parent = workflow.info().parent
        while parent is not None and self.left:
            await workflow.wait_condition(lambda: self._news is not None)
            assert self._news is not None
            self.left -= 1
            news, self._news = self._news.model_copy(update={"last": not self.left}), None
            # A cycle's run that is over needs to be told nothing.
            with contextlib.suppress(FailureError):
                await workflow.get_external_workflow_handle(parent.workflow_id, run_id=parent.run_id).signal(
                    STANDING, news
                )
