"""Recording signals that nobody can judge: a refusal in the audit trail, without the body that was sent."""

from __future__ import annotations

from temporalio import activity

from models import audit, cycles
from models.database import Database, scalar
from models.errors import Malformed
from models.messages import Activity, UnfitSignal, told_by_id
from models.phases import OWNER_ROUND

# One such record per run and body: what is sent again is known, and so is an attempt that was committed unseen.
_KNOWN = """
select true from audit_event
 where stream = :stream and action = :action
   and body::jsonb ->> 'sent_sha256' = :sent and body::jsonb ->> 'run_id' = :run limit 1
"""


class UnfitActivities:
    """Writes refusals of form."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @activity.defn(name=Activity.RECORD_UNFIT)
    async def record(self, unfit: UnfitSignal) -> None:
        """Record the refusal. Idempotent on run and SHA-256 of what was sent."""
        told, action = told_by_id(unfit.context.workflow_id), f"{unfit.verb}.refused"
        # The verbs that are signals to an owner's run are those of the owner's own approval round.
        phase = OWNER_ROUND.kind if "owner" in told else told.get("phase", "")
        stream = "/".join(part for part in (told["cycle"], phase, told.get("owner", "")) if part)
        async with self.database.begin() as tx:
            known = await scalar(
                tx, _KNOWN, stream=stream, action=action, sent=unfit.sha256, run=unfit.context.run_id
            )
            if known:
                return
            await audit.append(
                tx,
                stream,
                actor=unfit.actor,
                role=await cycles.roles_of(tx, told["cycle"], unfit.actor),
                action=action,
                subject=phase or told["cycle"],
                reason="",
                refusal=Malformed.code,
                message=unfit.why,
                claimed_command_id=unfit.command_id,
                sent_sha256=unfit.sha256,
                sent_bytes=unfit.bytes,
                workflow_id=unfit.context.workflow_id,
                run_id=unfit.context.run_id,
            )
