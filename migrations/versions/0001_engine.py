"""The whole schema: cycles, versions and their laws, typed items, testing facts, audit, grants.

There is no downgrade: facts are never deleted, so going back means restoring a backup.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.scripts import run_sql

revision = "0001"
down_revision = None

PARTS = ("cycles", "versions", "laws", "items", "testing", "audit", "grants")
BOTH = ["approve", "reject"]
POLICIES = [
    # kind, ordinal, item_table, submitter, approver, own, with rejected, tester, approver verdicts, keeps, signoffs
    ("planning", 1, "attribute_item", "tester", "tester", True, True, BOTH, BOTH, ["approve"], []),
    ("data_profiling", 2, "rule_item", "tester", "report_owner", False, True, BOTH, BOTH, ["approve"], []),
    ("scoping", 3, "scope_item", "tester", "report_owner", False, False, ["approve"], BOTH, ["approve"], []),
    ("sample_selection", 4, "sample_item", "tester", "report_owner", False, True, BOTH, BOTH, ["approve"], []),
    ("data_owner_id", 5, None, "data_executive", None, False, False, [], [], ["approve"], []),
    ("request_info", 6, None, "data_owner", None, False, False, [], [], ["approve"], []),
    ("test_execution", 7, None, "tester", None, False, False, [], [], ["approve"], []),
    ("observation_management", 8, "observation_item", "tester", "report_owner", False, False, ["approve"],
     ["approve", "non_issue", "reject"], ["approve", "non_issue"], []),
    ("finalize_report", 9, "section_item", "tester", "test_executive", False, False, ["approve"], BOTH, ["approve"],
     ["tester", "report_owner", "test_executive"]),
]
COLUMNS = ("kind", "ordinal", "item_table", "submitter", "approver", "may_approve_own", "approves_with_rejected",
           "tester_verdicts", "approver_verdicts", "keeps", "signoffs")


def upgrade() -> None:
    """Create everything as the connected owner role."""
    run_sql(*PARTS)
    connection = op.get_bind()
    names = ", ".join(COLUMNS)
    values = ", ".join(f":{name}" for name in COLUMNS)
    for policy in POLICIES:
        connection.execute(
            sa.text(f"insert into assay.phase_policy ({names}) values ({values})"),  # noqa: S608 - own names only
            dict(zip(COLUMNS, policy, strict=True)),
        )
