"""Where the profile of a cycle's report data lies; one statement."""

from __future__ import annotations

from models import errors
from models.database import Tx, scalar

_PROFILE = """
select x.profile_sha256 from cycle_report c
  join phase p on p.cycle = c.id and p.kind = 'data_profiling' and p.scope = ''
  join report_profile x on x.phase = p.id and x.report_sha256 = c.report_sha256
 where c.id = :cycle
"""


async def profile_sha256(tx: Tx, cycle: int, *, slug: str) -> str:
    """The SHA-256 of the profile in the content store; raises `NotFound` where there is none."""
    found = await scalar(tx, _PROFILE, cycle=cycle)
    if found is None:
        why = f"the report data of cycle {slug!r} has no profile: Data Profiling makes it when it begins"
        raise errors.NotFound(why, hint=f"starter.py cycle show {slug}")
    return str(found)
