"""How messages become bytes: every client, worker and replayer of Assay's runs uses this one converter."""

from __future__ import annotations

from temporalio.contrib.pydantic import pydantic_data_converter

DATA_CONVERTER = pydantic_data_converter
