"""Read what one running cycle waits for; what is made of it is in `cli.tasks`."""

from __future__ import annotations

from datetime import datetime

from cli.tasks import Waiting
from models.database import Tx
from models.queries.carried import carried
from models.queries.comments import open_questions
from models.queries.cycles import CycleLine, phases
from models.queries.explanations import explanations
from models.queries.extensions import extensions
from models.queries.inbox import observations_waiting, pairs_waiting, work_waiting
from models.queries.people import people


async def waiting(tx: Tx, cycle: CycleLine, *, now: datetime) -> Waiting:
    """The facts of one cycle that somebody has to act on, a statement each."""
    return Waiting(
        cycle=cycle, people=await people(tx, cycle.slug), phases=await phases(tx, cycle.id),
        pairs=await pairs_waiting(tx, cycle.id), work=await work_waiting(tx, cycle.id),
        observed=await observations_waiting(tx, cycle.id), questions=await open_questions(tx, cycle.id),
        extensions=await extensions(tx, cycle.slug, waiting=True),
        explanations=await explanations(tx, cycle.id, waiting=True), carried=await carried(tx, cycle.id), now=now,
    )
