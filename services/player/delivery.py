"""Answers a request for a stored sound: ranges and conditions, audit row before the first byte."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from email.utils import formatdate
from http import HTTPStatus

from flask import Response

from services.player import listening_store, store
from services.player.filename import content_disposition, sound_file_name
from services.player.listening_store import ORIGINAL, Heard
from services.player.ranges import ByteRange, decide, strong_etag
from services.player.schemas import Variant
from shared import audit
from shared.errors import NotFound, StorageUnavailable
from shared.http.routes import Call
from shared.queue.runner import Parts

# Of originals, by what probing found in them; never what the sender called them, which a browser
# could be made to run.
_TYPES = {
    "wav": ("audio/wav", "wav"),
    "mp3": ("audio/mpeg", "mp3"),
    "ogg": ("audio/ogg", "ogg"),
    "flac": ("audio/flac", "flac"),
    "m4a": ("audio/mp4", "m4a"),
    "aac": ("audio/aac", "aac"),
    "amr": ("audio/amr", "amr"),
    "webm": ("audio/webm", "webm"),
}
_UNKNOWN_TYPE = ("application/octet-stream", "bin")
_REFUSALS = {
    412: ("precondition-failed", "the sound is not the one that If-Match or the date names"),
    416: ("range-not-satisfiable", "the range lies beyond the end that Content-Range tells"),
}
_JOB_OF = {store.DENOISED: "denoise", store.WAVEFORM: "playback", store.WAVEFORM_FINE: "playback"}


class RenditionMissing(NotFound):
    """The rendition asked for does not exist (yet); the detail tells the state of its job."""

    code = "rendition-missing"


def deliver_sound(call: Call, recording_id: int, variant: Variant, *, download: bool) -> Response:
    """The answer with a recording's sound; a listening is in the audit log before it starts.

    Raises NotFound, RenditionMissing, and the Unavailable of a part that is down.
    """
    action = "download" if download else "listen"
    with call.parts.database.read() as connection:
        heard = _choose(
            listening_store.read_heard(
                connection, call.caller, recording_id=recording_id, kinds=(variant.value,)
            ),
            variant,
        )
        if heard is None:
            raise _missing(call, recording_id, variant.value)
        unnoted = audit.unnoted(
            connection,
            call.caller,
            action=action,
            recording_ids=[recording_id],
            variant=heard.variant,
        )
    content_type, suffix = _type_of(heard)
    name = sound_file_name(
        direction=heard.direction,
        started_at_ms=heard.started_at_ms,
        time_zone=heard.time_zone,
        client_number=heard.client_number,
        external_id=heard.external_id,
        variant=heard.variant,
        suffix=suffix,
    )
    headers = {
        "Content-Type": content_type,
        "Content-Disposition": content_disposition(
            name, fallback=f"recording-{recording_id}-{heard.variant}.{suffix}", attachment=download
        ),
        # Should a browser take the bytes for a page after all, it runs nothing of it.
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Sound-Variant": heard.variant,
    }

    def note() -> None:
        if unnoted:
            with call.parts.database.write() as connection:
                audit.note(
                    connection,
                    call.caller,
                    action=action,
                    recording_id=recording_id,
                    contact_id=heard.contact_id,
                    variant=heard.variant,
                )

    return _respond(call, heard, headers, before_bytes=note)


def deliver_waveform(call: Call, recording_id: int, kind: str) -> Response:
    """The answer with a recording's peaks: a picture, so no listening is noted."""
    with call.parts.database.read() as connection:
        found = listening_store.read_heard(
            connection, call.caller, recording_id=recording_id, kinds=(kind,)
        )
    if kind not in found:
        raise _missing(call, recording_id, kind)
    headers = {"Content-Type": found[kind].content_type}
    return _respond(call, found[kind], headers, before_bytes=lambda: None)


def _respond(
    call: Call, heard: Heard, headers: dict[str, str], *, before_bytes: Callable[[], None]
) -> Response:
    etag = strong_etag(heard.sha256)
    modified_at_s = heard.made_at_ms // 1000
    answer = decide(
        call.request.method,
        call.request.headers,
        size_bytes=heard.size_bytes,
        etag=etag,
        modified_at_s=modified_at_s,
    )
    headers |= {
        "ETag": etag,
        "Last-Modified": formatdate(modified_at_s, usegmt=True),
        "Accept-Ranges": "bytes",
        # A browser may keep it but asks each time, for the caller's rights and the audit log.
        "Cache-Control": "private, no-cache",
        "Vary": "Authorization, Cookie",
    }
    if answer.content_range is not None:
        headers["Content-Range"] = answer.content_range
    if answer.status in _REFUSALS:
        return _refusal(call, answer.status, headers)
    length_bytes = answer.span.length_bytes if answer.span else 0
    if answer.status != HTTPStatus.NOT_MODIFIED:
        headers["Content-Length"] = str(length_bytes)
    if call.request.method == "HEAD":
        return Response(status=answer.status, headers=headers)
    with ExitStack() as opened:
        pieces: Iterator[bytes] = iter(())
        if answer.span is not None:
            pieces = opened.enter_context(_open(call.parts, heard, answer.span))
        before_bytes()
        response = Response(pieces, answer.status, headers)
        response.call_on_close(opened.pop_all().close)
    return response


@contextmanager
def _open(parts: Parts, heard: Heard, span: ByteRange) -> Iterator[Iterator[bytes]]:
    with ExitStack() as stack:
        try:
            pieces = stack.enter_context(
                parts.store.open(heard.object_name, start=span.first, length=span.length_bytes)
            )
        except NotFound as error:
            raise StorageUnavailable(
                f"the store lacks the {heard.variant} sound of recording {heard.recording_id}"
            ) from error
        yield pieces


def _refusal(call: Call, status: int, headers: dict[str, str]) -> Response:
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


def _choose(found: dict[str, Heard], variant: Variant) -> Heard | None:
    if variant is Variant.PLAYBACK:
        return found.get(store.PLAYBACK) or found[ORIGINAL]
    return found.get(variant.value)


def _missing(call: Call, recording_id: int, kind: str) -> RenditionMissing:
    job_kind = _JOB_OF[kind]
    with call.parts.database.read() as connection:
        state = listening_store.job_state(
            connection, account_id=call.account_id, kind=job_kind, recording_id=recording_id
        )
    told = "was not asked for" if state is None else f"is {state[0]} {state[1]}".rstrip()
    return RenditionMissing(f"there is no {kind} of recording {recording_id}; its job {told}")


def _type_of(heard: Heard) -> tuple[str, str]:
    if heard.variant != ORIGINAL:
        return heard.content_type, "mp3"
    return _TYPES.get(heard.container, _UNKNOWN_TYPE)
