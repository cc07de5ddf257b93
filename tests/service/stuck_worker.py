"""The worker service, whose every activity waits for ever: `python -m tests.service.stuck_worker`."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from service.run import main


class Stuck(Interceptor):
    """Says that an activity has begun, and waits."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Wrap the activity."""
        return _Stuck(next)


class _Stuck(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        sys.stderr.write('{"event": "stuck"}\n')
        sys.stderr.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    code = main([Stuck()])
    sys.stderr.flush()
    os._exit(code)
