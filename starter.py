"""The command line of Assay: `python starter.py --help`.

Data goes to stdout, everything else to stderr; the exit code says how it ended.
"""

from __future__ import annotations

import os
import sys

from cli.main import main

if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # The threads of the Temporal client can abort a process that ends the usual way, after all is done.
    os._exit(code)
