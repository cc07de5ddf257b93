"""Open runs survive an upgrade: what was recorded before replays now, and no change of commands goes unseen.

`ASSAY_RECORD=1` before `pytest tests/workflows/test_replay.py` writes histories and fingerprints anew. Histories named
`told_...` are of cycles whose runs tell them who is waited for; the others are of cycles from before that.
"""

from __future__ import annotations

import json
import os
import re
from base64 import b64decode
from pathlib import Path

import pytest

from models.messages import Activity, Verb
from models.payloads import Approval, Decision, Decisions
from tests.workflows.arena import Arena
from tests.workflows.conftest import Undisturbed
from tests.workflows.fingerprint import fingerprints
from tests.workflows.histories import FOLDER, keep, kept, replayed, taken
from tests.workflows.people import Play, until
from tests.workflows.story import WRONG, pairs_of
from tests.workflows.tiny import EXECUTIVE, REPORT_OWNER, TESTER, Tiny

RECORD = bool(os.environ.get("ASSAY_RECORD"))
RENEW = "ASSAY_RECORD=1 .venv/bin/python -m pytest tests/workflows/test_replay.py"
FINGERPRINTS = Path(__file__).parent / "fingerprints.json"
_OF_A_MACHINE = re.compile(r"/(?:home|root|tmp|work|usr|var|opt|Users)/|[A-Za-z]:\\\\|(?<!starter)\.py\b|\d+@[\w.-]+")


async def detours(stage: Arena, name: str) -> Play:
    """A rejection and an approval by signal, a failed owner who is retried, a late case, and a cancellation."""
    play = await stage.start(Tiny(cycle=name), at="sample_selection")
    phase = "sample_selection"
    await play.submit(phase)
    decisions = Decisions(decisions=(Decision(key="r0001", verdict="reject", reason="closed"),))
    await play.signal(await play.asked(REPORT_OWNER, Verb.DECIDE, decisions, phase=phase))
    await play.signal(await play.asked(REPORT_OWNER, Verb.REJECT, phase=phase, reason="without r0001"))
    await play.version(phase, "rejected")
    await play.reopen(phase)
    await play.submit(phase)
    await play.signal(await play.asked(TESTER, Verb.APPROVE, phase=phase))
    await play.signal(await play.asked(REPORT_OWNER, Verb.APPROVE, Approval(adopt_tester=True), phase=phase))
    await until(play.pairs, "pairs to assign")
    stage.faults.before.append((Activity.RUN_CASES, f"slug='{play.slug}', owner='ann'"))
    await play.assign({"ann": pairs_of(play.tiny, "Loans"), "bob": pairs_of(play.tiny, "Cards")})
    await play.hand_in("ann")
    await play.event("ann", "failed")
    await play.on_owner(Verb.RETRY_OWNER, "ann")
    await play.executed("ann")
    await play.judge_evidence("ann")
    await play.review("ann")
    await play.event("ann", "completed")
    await play.upload("bob", play.tiny.evidence(wrong=WRONG))
    await play.assign({"ann": pairs_of(play.tiny, "Cards")}, reason="bob is away")
    await play.event("bob", "completed")
    await play.act(EXECUTIVE, Verb.CANCEL, reason="enough")
    assert "cancelled" == await play.result()
    return play


@pytest.mark.asyncio
async def test_recorded_histories_replay() -> None:
    """Every history in the folder, of every kind of run, is followed by the present code without a difference."""
    if RECORD:
        pytest.skip("they are being recorded")
    recorded = kept()
    assert {"cycle", "phase", "owner"} == {name.split("-")[1] for name in recorded}
    wrong = await replayed(recorded)
    assert {} == wrong, (
        "open runs would stop at the next upgrade: put the change behind workflow.patched(...) and keep the old branch."
        f" Only where no run of an older release can be open, record anew: {RENEW}"
    )


@pytest.mark.asyncio
async def test_what_runs_today_replays(undisturbed: Undisturbed, stage: Arena, name: str) -> None:
    """A story and its detours, with signals, failures, restarts and a cancellation, replay as they ran."""
    other = await detours(stage, f"{name}-detours")
    found = {"story": undisturbed.histories, "detours": await taken(other, ["ann", "bob"], ["sample_selection"])}
    if RECORD:
        for path in FOLDER.glob("*.json"):
            path.unlink()
        for of, histories in found.items():
            keep(histories, of=of)
    for histories in found.values():
        assert {} == await replayed(histories)


def test_recorded_histories_hold_nothing_of_a_machine() -> None:
    """No path, host or account name; the only identity is that of the tests."""
    for path in sorted(FOLDER.glob("*.json")):
        text = path.read_text(encoding="utf-8")
        payloads = [b64decode(data).decode() for data in re.findall(r'"data":"([^"]*)"', text)]
        assert [] == _OF_A_MACHINE.findall("\n".join([text, *payloads])), path.name
        assert {"assay-test", "history-service"} >= set(re.findall(r'"identity":"([^"]*)"', text)), path.name


def test_no_command_changes_unseen() -> None:
    """The commands of each function of the workflows, and their order, are those on file."""
    found = fingerprints()
    if RECORD:
        FINGERPRINTS.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    known = json.loads(FINGERPRINTS.read_text(encoding="utf-8"))
    changed = sorted(name for name in {*known, *found} if known.get(name) != found.get(name))
    assert [] == changed, (
        "the commands of these functions have changed. A run that is open while the worker is upgraded replays its"
        " history through them: activities, children, timers, signals to others and attributes must come in the same"
        " order as before, so put the change behind `if workflow.patched('what-changed'):` with the old code as else."
        " Not needed when only texts, inputs, timeouts or retry policies change, or a handler is added."
        f" Then renew the file: {RENEW}"
    )
