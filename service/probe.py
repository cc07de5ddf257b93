"""`python -m service.probe [PATH]`: exit 0 when a worker on this machine answers 200 for /readyz or another path.

What a container's health check runs: the image needs no other program for it. Standard library only, so it is quick.
"""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request

_WITHIN = 10.0


def main(arguments: list[str]) -> int:
    """Ask the address of ASSAY_HTTP_ADDRESS, print its answer, and give the exit code."""
    host, _, port = os.environ.get("ASSAY_HTTP_ADDRESS", "").rpartition(":")
    if not port:
        sys.stderr.write("ASSAY_HTTP_ADDRESS is not set: the worker serves no health\n")
        return 2
    url = f"http://{'127.0.0.1' if host in ('', '0.0.0.0', '[::]') else host}:{port}{(arguments or ['/readyz'])[0]}"  # noqa: S104
    try:
        with urllib.request.urlopen(url, timeout=_WITHIN) as answer:
            sys.stdout.write(answer.read().decode())
            return 0
    except urllib.error.HTTPError as error:
        sys.stdout.write(error.read().decode())
    except OSError as error:
        sys.stderr.write(f"{url}: {error}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
