"""The program of the second process of `stack.guard`: when its standard input breaks, it ends what is still there.

It reads one JSON object per line: `{"pid"}` a process to end, `{"run", "options"}` a command to run afterwards,
`{"remove"}` a file to delete. Standard library only and run with `-S`, so that it stands within milliseconds.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from typing import Any

GRACE = 10.0  # seconds between SIGTERM and SIGKILL


def _left(pids: list[int]) -> bool:
    """Whether one of them still is in this group; a number that was given to a stranger is not."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.getpgid(pid) == os.getpgrp():
                return True
    return False


def clean_up(messages: list[dict[str, Any]]) -> None:
    """End the processes, run the commands, delete the files; the last act may end this process too."""
    pids = [message["pid"] for message in messages if "pid" in message]
    if _left(pids):
        os.killpg(0, signal.SIGTERM)
        time.sleep(0.3)  # a server that was just being started gets to the point where its stop command finds it
    end = time.monotonic() + GRACE
    while _left(pids) and time.monotonic() < end:
        time.sleep(0.05)
    for message in messages:
        if "run" in message:
            subprocess.run(message["run"], check=False, stdin=subprocess.DEVNULL, **message["options"])  # noqa: S603
        elif "remove" in message:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(message["remove"])
    if _left(pids):
        os.killpg(0, signal.SIGKILL)


def main() -> None:
    """Outlive every polite signal: only the broken pipe counts."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    clean_up([json.loads(line) for line in sys.stdin if line.endswith("\n")])


if __name__ == "__main__":
    main()
