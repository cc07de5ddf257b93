"""What the Temporal SDK tells of itself: its log lines go into ours, its metrics to a loopback port that we read."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)

from models.errors import PortBusy
from stack.ports import LOOPBACK, free_port

_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Telemetry:
    """The SDK's runtime, and where it serves its metrics, '' when it does not."""

    runtime: Runtime
    metrics_url: str = ""


def telemetry(*, metrics: bool) -> Telemetry:
    """A runtime whose warnings come to the logger `temporalio.core`. Raises `PortBusy`."""
    logging_config = LoggingConfig(
        filter=TelemetryFilter(core_level="WARN", other_level="ERROR"),
        forwarding=LogForwardingConfig(logger=logging.getLogger("temporalio.core")),
    )
    if not metrics:
        return Telemetry(Runtime(telemetry=TelemetryConfig(logging=logging_config)))
    for _ in range(_ATTEMPTS):
        address = f"{LOOPBACK}:{free_port()}"
        served = PrometheusConfig(
            bind_address=address, counters_total_suffix=True, unit_suffix=True, durations_as_seconds=True
        )
        try:
            runtime = Runtime(telemetry=TelemetryConfig(logging=logging_config, metrics=served))
        except (RuntimeError, ValueError):
            # Somebody took the port since it was found free.
            continue
        return Telemetry(runtime, f"http://{address}/metrics")
    raise PortBusy("no free port for the metrics of the Temporal SDK", hint="start the worker again")
