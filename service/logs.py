"""One log for everything a worker says: our own events, those of workflows and activities, and the SDK's.

A line is JSON (or text for a person) with `cycle`, `phase`, `owner` and `command_id` where it is about one. Workflows
log through `workflow.logger`, which is silent while a history is replayed. No line holds the password of an address.
"""

from __future__ import annotations

import logging
import re
import sys
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger
from temporalio import activity, workflow

from models.messages import told_by_id

_PASSWORD = re.compile(r"(://[^\s/:@\"']*):[^\s/\"']*@")
# What the SDK attaches to each line of a workflow or an activity; of it we keep what tells one run from another.
_KEPT = {"workflow_id": "workflow", "run_id": "run", "workflow_run_id": "run", "activity_type": "activity"}
_ATTACHED = ("temporal_workflow", "temporal_activity")


def configure_logging(level: str = "info", form: Literal["json", "console"] = "json", to: TextIO | None = None) -> None:
    """Send everything to `to` (stderr), one event per line, from this level on. Takes the place of an earlier call."""
    workflow.logger.workflow_info_on_message = False
    activity.logger.activity_info_on_message = False
    stream = to or sys.stderr
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_common(), structlog.stdlib.ExtraAdder(), _of_the_sdk],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(form, stream), _masked],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    # Alembic and others tell at `info` what only their developers want to know.
    for chatty in ("alembic", "asyncio", "fsspec"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_common(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def _common() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _rendering(form: Literal["json", "console"], stream: TextIO) -> list[Processor]:
    if form == "console":
        return [structlog.dev.ConsoleRenderer(colors=stream.isatty())]
    # Without the local variables of each frame, which may be anything.
    tracebacks = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    return [structlog.processors.ExceptionRenderer(tracebacks), structlog.processors.JSONRenderer()]


def _of_the_sdk(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """The SDK's attachments as our own words: which run, and through its id which cycle, phase or owner."""
    event.pop("temporal_log", None)
    for name in _ATTACHED:
        attached: dict[str, Any] = event.pop(name, None) or {}
        told = {ours: attached[theirs] for theirs, ours in _KEPT.items() if theirs in attached}
        for key, value in {**told, **told_by_id(attached.get("workflow_id", ""))}.items():
            event.setdefault(key, value)
    return event


def _masked(_: WrappedLogger, __: str, line: Any) -> Any:
    """The rendered line, tracebacks included, without passwords."""
    return _PASSWORD.sub(r"\1:***@", line)
