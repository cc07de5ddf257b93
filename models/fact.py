"""What the facts of a report are made of: frozen values, counts, and moments turned to UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

Count = Annotated[int, Field(ge=0)]


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


Instant = Annotated[AwareDatetime, AfterValidator(_utc)]


class Fact(BaseModel):
    """A frozen part of the facts; a field it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")
