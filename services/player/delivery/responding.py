"""Answers with a sound's bytes: conditions, one range, and nothing opened before it is needed."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from email.utils import formatdate
from http import HTTPStatus

from flask import Response

from services.player.delivery.bodies import Body
from services.player.delivery.listening import Listening
from services.player.delivery.ranges import decide, strong_etag
from services.player.delivery.sending import send
from shared.http.routes import Call

CACHING = {
    # A browser may keep it but asks each time, for the caller's rights and the audit log.
    "Cache-Control": "private, no-cache",
    "Vary": "Authorization, Cookie",
}

_REFUSALS = {
    412: ("precondition-failed", "the sound is not the one that If-Match or the date names"),
    416: ("range-not-satisfiable", "the range lies beyond the end that Content-Range tells"),
}


def respond(
    call: Call, body: Body, about: Mapping[str, str], listening: Listening | None
) -> Response:
    """The answer with `body`, the headers `about` it, and its listening in the audit log.

    Raises the Unavailable of a part that is down.
    """
    etag = strong_etag(body.digest)
    answer = decide(
        call.request.method,
        call.request.headers,
        size_bytes=body.size_bytes,
        etag=etag,
        modified_at_s=body.modified_at_s,
    )
    headers = {**about, **CACHING, "ETag": etag, "Accept-Ranges": "bytes"}
    if body.modified_at_s is not None:
        headers["Last-Modified"] = formatdate(body.modified_at_s, usegmt=True)
    if answer.content_range is not None:
        headers["Content-Range"] = answer.content_range
    if answer.status in _REFUSALS:
        return _refusal(call, answer.status, headers)
    span = answer.span
    if answer.status != HTTPStatus.NOT_MODIFIED:
        headers["Content-Length"] = str(span.length_bytes if span else 0)
    if call.request.method == "HEAD" or span is None:
        return Response(status=answer.status, headers=headers)
    database = call.parts.database
    with ExitStack() as opened:
        pieces: Iterator[bytes] = opened.enter_context(body.open(call.parts.store, span))
        if listening is not None:
            listening.begin(database)
        close = opened.pop_all().close

    def ended(sent: int) -> None:
        close()
        if listening is not None:
            listening.served(database, body.heard_ms(span.first, sent))

    return send(call, answer.status, headers, pieces, ended)


def _refusal(call: Call, status: int, headers: Mapping[str, str]) -> Response:
    """A problem document that keeps the headers of the sound, Content-Range among them."""
    code, detail = _REFUSALS[status]
    document = {
        "type": f"urn:tematika:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": call.request.path,
        "code": code,
        "request_id": call.request_id,
    }
    dropped = {"Content-Type", "Content-Disposition"}
    kept = {name: value for name, value in headers.items() if name not in dropped}
    return Response(json.dumps(document), status, kept, content_type="application/problem+json")
