"""Problem documents (RFC 9457): every error leaves the gateway as application/problem+json."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from flask import Response
from pydantic import Field
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from services.player.delivery.refusals import TranscodingBusy
from shared.contacts.changes import UnknownPosition
from shared.errors import (
    BrokerUnavailable,
    Conflict,
    DatabaseUnavailable,
    Forbidden,
    Gone,
    InvalidInput,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    StorageFull,
    StorageUnavailable,
    TematikaError,
    TooLarge,
    TooManyRequests,
    Unauthorized,
    Unavailable,
    UnsupportedSound,
)
from shared.http.body import MalformedJson
from shared.http.schemas import Out

MEDIA_TYPE = "application/problem+json"

# The most derived class wins; whatever is not named here is our own failure.
STATUS: Mapping[type[TematikaError], int] = {
    InvalidInput: 422,
    MalformedJson: 400,
    UnknownPosition: 400,
    Unauthorized: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Gone: 410,
    PreconditionFailed: 412,
    PreconditionRequired: 428,
    TooLarge: 413,
    TooManyRequests: 429,
    UnsupportedSound: 415,
    Unavailable: 503,
}


class TooManyAttempts(TooManyRequests):
    """The same thing failed too often; `retry_after_s` says when to try again."""

    code = "too-many-attempts"


class UnsupportedMediaType(InvalidInput):
    """The body is of another type than the route takes; the detail names the right one."""

    code = "unsupported-media-type"


_OWN_STATUS: Mapping[type[TematikaError], int] = {UnsupportedMediaType: 415}


# Of a part that is down its code and this are told; host names and paths stand in the log.
PART_DOWN: Mapping[str, str] = {
    DatabaseUnavailable.code: "The database does not answer or stays locked.",
    StorageUnavailable.code: "The object store does not answer or refuses us.",
    StorageFull.code: "The object store has no room left.",
    BrokerUnavailable.code: "The broker does not answer.",
    TranscodingBusy.code: "As many sounds are transcoded at this moment as one gateway does.",
}

# The library's texts speak to people who type addresses into a browser.
_DETAILS = {404: "There is nothing at this path.", 405: "The path does not take this method."}


class WrongPlace(Out):
    """One place of the request that is wrong."""

    path: str = Field(description="Such as `legs[0].ended_at` or `query.limit`; empty: the whole.")
    reason: str


class Problem(Out):
    """A problem document (RFC 9457)."""

    type: str = Field(description="`urn:tematika:problem:` and the code.")
    title: str
    status: int
    detail: str = Field(description="What is wrong and where, in English, for people.")
    instance: str = Field(description="Path of the request.")
    code: str = Field(description="Stable kebab-case code that programs may switch on.")
    request_id: str = Field(description="The same id stands in the server's log.")
    reason: str | None = Field(
        default=None,
        description="Exact reason of `unsupported-sound`, `sound-unreadable` or `denoise-failed`.",
    )
    channels: list[str] | None = Field(
        default=None, description="What can be heard, of `channel-not-separable`."
    )
    recordings: list[int] | None = Field(
        default=None, description="Ids to ask for one by one, of `original-not-joined`."
    )
    errors: list[WrongPlace] | None = Field(default=None, description="Each wrong place, if known.")


@dataclass(frozen=True)
class Place:
    """Which request a problem is about."""

    path: str
    request_id: str


def from_error(error: TematikaError, place: Place) -> Response:
    """The problem of one of our own errors; what has no status of its own is a bare 500."""
    status = status_of(error)
    if status >= 500 and not isinstance(error, Unavailable):
        return internal(place)
    headers = {}
    if isinstance(error, Unavailable | TooManyRequests):
        headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, Unauthorized):
        headers["WWW-Authenticate"] = 'Bearer realm="tematika"'
    return _response(
        place,
        status,
        code=error.code,
        detail=detail_of(error),
        errors=error.errors if isinstance(error, InvalidInput) else (),
        members=error.members if isinstance(error, InvalidInput) else {},
        headers=headers,
    )


def from_http(error: HTTPException, place: Place) -> Response:
    """The problem of an error that the HTTP library found."""
    status = error.code or 500
    if status >= 500:
        return internal(place)
    headers = {}
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        headers["Allow"] = ", ".join(sorted(error.valid_methods))
    phrase = HTTPStatus(status).phrase
    code = {413: TooLarge.code, 404: NotFound.code}.get(status, phrase.lower().replace(" ", "-"))
    detail = _DETAILS.get(status) or error.description or phrase
    return _response(place, status, code=code, detail=detail, headers=headers)


def internal(place: Place) -> Response:
    """The problem of a failure of ours: says nothing but where to look in the log."""
    return _response(
        place,
        500,
        code=TematikaError.code,
        detail=f"An unexpected error; the log has it under the request id {place.request_id}.",
    )


def status_of(error: TematikaError) -> int:
    """Status of the nearest class of the error that has one; 500 without."""
    table = {**STATUS, **_OWN_STATUS}
    return next((table[kind] for kind in type(error).__mro__ if kind in table), 500)


def detail_of(error: TematikaError) -> str:
    """What a client is told of an error, which need not be anybody we know."""
    if isinstance(error, Unavailable):
        return PART_DOWN.get(error.code, "A part does not answer.")
    return error.detail


def _response(
    place: Place,
    status: int,
    *,
    code: str,
    detail: str,
    errors: Sequence[tuple[str, str]] = (),
    members: Mapping[str, Any] = MappingProxyType({}),
    headers: Mapping[str, str] | None = None,
) -> Response:
    problem = Problem(
        type=f"urn:tematika:problem:{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        instance=place.path,
        code=code,
        request_id=place.request_id,
        errors=[WrongPlace(path=path, reason=why) for path, why in errors] or None,
        **members,
    )
    text = json.dumps(problem.model_dump(exclude_none=True), ensure_ascii=True)
    return Response(text, status=status, headers=dict(headers or {}), content_type=MEDIA_TYPE)
