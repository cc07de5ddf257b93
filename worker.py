"""The worker service: polls one task queue, runs workflows and activities, drains on SIGTERM; see `service`.

Run `python worker.py`. It connects as configured (ASSAY_*, TEMPORAL_*, or the running embedded stack), refuses to
start on another schema than it was written for, and exits non-zero on a fatal error so that a supervisor restarts it.
"""

from __future__ import annotations

import os
import sys

from service.build import make_worker as make_worker
from service.run import main as main

if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    # The SDK's threads can abort the interpreter at exit, after everything has succeeded.
    os._exit(code)
