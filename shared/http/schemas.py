"""Pydantic bases and field types of every request and response."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from shared.paging import DEFAULT_LIMIT, MAX_LIMIT

GREATEST_ID = (1 << 63) - 1
MAX_PATH_TEXT = 200
"""Characters of an external id or a name, in a path as in a column."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class In(BaseModel):
    """Base of request bodies and queries: unknown fields are refused, nothing is stripped."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Out(BaseModel):
    """Base of responses; may be built from keyword arguments or a database row's attributes."""

    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)


class PageQuery(In):
    """Query of a list; subclasses add the filters, all of which the cursor binds."""

    limit: int = Field(default=DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="Rows of a page.")
    cursor: str | None = Field(
        default=None,
        max_length=2000,
        description="`next_cursor` of the page before; sort and filter must be the same.",
    )


Item = TypeVar("Item", bound=BaseModel)


class Page(Out, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next_cursor: str | None = Field(
        description="Send it as `cursor` to get the next page; null on the last one."
    )


def epoch_ms(text: str) -> int:
    """UTC epoch ms of an ISO 8601 time with zone; ValueError if it is none of 1970..9999."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time needs its zone, such as 2026-03-01T12:00:00+03:00")
    milliseconds = (moment - _EPOCH) // timedelta(milliseconds=1)
    if milliseconds < 0:
        raise ValueError("a time before 1970")
    return milliseconds


def iso_time(milliseconds: int) -> str:
    """ISO 8601 in UTC with milliseconds of an epoch time."""
    moment = _EPOCH + timedelta(milliseconds=milliseconds)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _read_time(value: Any) -> int:
    if not isinstance(value, str):
        raise PydanticCustomError("time", "an ISO 8601 time with zone is needed")
    try:
        return epoch_ms(value)
    except (ValueError, OverflowError) as error:
        raise PydanticCustomError(
            "time", "not an ISO 8601 time with zone: {why}", {"why": str(error)}
        ) from error


_TIME_SCHEMA = WithJsonSchema({"type": "string", "format": "date-time"})

TimeIn = Annotated[int, BeforeValidator(_read_time), _TIME_SCHEMA]
"""A time in a request: ISO 8601 with zone outside, UTC epoch ms inside."""

Time = Annotated[int, PlainSerializer(iso_time, return_type=str, when_used="json"), _TIME_SCHEMA]
"""A time in a response: UTC epoch ms inside, ISO 8601 in UTC outside."""

RowId = Annotated[int, Field(ge=1, le=GREATEST_ID)]
"""An id of ours; the bound keeps numbers that no database column holds away from it."""

ExternalId = Annotated[str, Field(min_length=1, max_length=200)]
"""An id of the sender's."""

Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
"""A name that people read."""
