"""`python -m stack up`, `migrate` and `secrets`, behind the targets of the Makefile of the same names."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys

from models.errors import AssayError
from models.settings import Settings
from stack import up


def main(arguments: list[str]) -> int:
    """Run the verb; the exit code is that of the error, 0 when a running stack was asked to stop."""
    verbs = {"up": up.up, "migrate": up.migrate, "secrets": up.make_secrets}
    if len(arguments) != 1 or arguments[0] not in verbs:
        sys.stderr.write(f"usage: python -m stack {'|'.join(verbs)}\n")
        return 2
    try:
        asyncio.run(verbs[arguments[0]](Settings.load(), _say))
    except AssayError as error:
        sys.stderr.write(f"error[{error.code}]: {error.message}\nhint: {error.hint}\n")
        return error.exit_code
    except (KeyboardInterrupt, asyncio.CancelledError):
        _say("stopped")
    return 0


def _say(line: str) -> None:
    with contextlib.suppress(OSError):  # the terminal may be gone by the time the stack is stopped
        sys.stderr.write(line + "\n")
        sys.stderr.flush()


if __name__ == "__main__":
    code = main(sys.argv[1:])
    # The threads of the Temporal client can abort a process that ends the usual way, after all is done.
    os._exit(code)
