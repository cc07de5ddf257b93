import pytest
from tests.workflows.arena import Arena
from tests.workflows.test_budget import crowd, from_assigned_to_complete
pytestmark = pytest.mark.asyncio
async def test_p(stage: Arena, name: str) -> None:
    play = await stage.start(crowd(name, 3), at="data_owner_id")
    spent = await from_assigned_to_complete(play, [[owner] for owner in play.tiny.owners])
    print("SPENT", spent)
    h = await play.cycle_run().fetch_history()
    for e in h.events:
        print("EV", e.event_id, e.WhichOneof("attributes").replace("_event_attributes",""), (e.activity_task_scheduled_event_attributes.activity_type.name))
