"""The worker service, which kills itself between an activity's commit and its completion, once per mortal moment.

`python -m tests.workflows.mortal_worker FOLDER CACHED` reads the moments from FOLDER/moments.json, as pairs of an
activity's name and a text of its input, and leaves a file there for each that has come, so that the next worker lives
through it. CACHED is how many runs it keeps in memory.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

import worker


class Mortal(Interceptor):
    """Ends the process by SIGKILL when a moment has come."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.moments: list[tuple[str, str]] = json.loads((folder / "moments.json").read_text())

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Wrap the activity."""
        return _Mortal(next, self)

    def come(self, told: str) -> None:
        """An activity has committed."""
        for number, (name, text) in enumerate(self.moments):
            mark = self.folder / f"moment-{number}"
            if told.startswith(f"{name} ") and text in told and not mark.exists():
                mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)


class _Mortal(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, mortal: Mortal) -> None:
        super().__init__(next)
        self.mortal = mortal

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        result = await self.next.execute_activity(input)
        self.mortal.come(f"{activity.info().activity_type} {input.args!r}")
        return result


if __name__ == "__main__":
    code = worker.main([Mortal(Path(sys.argv[1]))], max_cached_workflows=int(sys.argv[2]))
    sys.stderr.flush()
    os._exit(code)
