"""The worker service, which looks for what is lost ten times a second: `python -m tests.service.impatient_worker`."""

from __future__ import annotations

import os
import sys

from service import run

if __name__ == "__main__":
    run._WATCH_EVERY = 0.1
    code = run.main()
    sys.stderr.flush()
    os._exit(code)
