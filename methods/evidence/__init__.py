"""Evidence as owners hand it in: delimited text, workbooks and PDF documents, plain or in gzip, read by record key.

What a file is shows in its bytes, never in its name. See docs/adr/0006-evidence-files.md.
"""

from methods.evidence.reading import needs_care, read_evidence
from methods.evidence.records import Candidate, Evidence, source_key

__all__ = ["Candidate", "Evidence", "needs_care", "read_evidence", "source_key"]
