"""Verifies an exported trail on a machine without Assay's libraries: python -m models.verification FILE [HEADS]."""

from __future__ import annotations

import sys
from pathlib import Path

from models.verification.trail import heads_of, verify_lines


def main(file: str, heads: str = "") -> int:
    """Print each finding and a summary; 6 when there is a finding, 2 when the file is no trail."""
    try:
        known = heads_of(Path(heads).read_text(encoding="utf-8")) if heads else None
        with Path(file).open(encoding="utf-8") as lines:
            verified = verify_lines(lines, known)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    for finding in verified.findings:
        sys.stdout.write(f"{finding.where}: {finding.problem}\n")
    told = f"{verified.events} events, {verified.rows} rows, {len(verified.findings)} findings"
    sys.stdout.write(told + "\n")
    return 6 if verified.findings else 0


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3:
        sys.exit("usage: python -m models.verification FILE [HEADS]")
    sys.exit(main(*sys.argv[1:]))
