"""Evidence as owners hand it in: delimited text, workbooks, PDF documents, HTML pages and Parquet files, read by
record key, plain or in gzip.

What a file is shows in its bytes, never in its name. See docs/adr/0006-evidence-files.md.
"""

from methods.evidence.reading import needs_care, read_evidence
from methods.evidence.records import Candidate, Evidence, source_key

__all__ = ["Candidate", "Evidence", "needs_care", "read_evidence", "source_key"]
