"""The player's HTTP door: sound of recordings and legs, and their peaks."""

from flask import Response

from services.player import listening_store, store
from services.player.delivery import deliver_sound, deliver_waveform
from services.player.schemas import Level, SoundQuery, WaveformQuery
from shared.errors import NotFound
from shared.http.routes import API_PREFIX, Call, Routes
from shared.permissions import Permission

routes = Routes("player")

_SOUND = ("audio/mpeg", "audio/wav", "audio/ogg", "audio/flac", "application/octet-stream")
_STATUSES = {206: "the byte range asked for", 304: "the sound is the one of If-None-Match"}
_PROBLEMS = {
    412: "If-Match or If-Unmodified-Since does not hold",
    416: "the byte range lies beyond the end; Content-Range tells the size",
}


class NoRecording(NotFound):
    """The leg exists, and nothing was recorded of it."""

    code = "no-recording"


@routes.get(
    "/recordings/{recording_id}",
    permission=Permission.SOUND,
    produces=_SOUND,
    statuses=_STATUSES,
    problems=_PROBLEMS,
)
def get_recording(call: Call, recording_id: int, query: SoundQuery) -> Response:
    """Listen to a recording.

    Byte ranges are those of RFC 9110: one range gives 206, several are answered with the whole
    sound. The ETag is strong; If-Range, If-None-Match and If-Match work. `X-Sound-Variant` tells
    which variant is sent. One row per person, recording, variant and 10 minutes goes to the audit
    log before the first byte.
    """
    return deliver_sound(call, recording_id, query.variant, download=query.download)


@routes.get(
    "/legs/{leg_id}/recording",
    permission=Permission.SOUND,
    produces=_SOUND,
    statuses=_STATUSES,
    problems=_PROBLEMS,
)
def get_leg_recording(call: Call, leg_id: int, query: SoundQuery) -> Response:
    """Listen to the recording that holds a leg.

    If several do, the first in time is sent and `Link` headers (rel="alternate") name the others. A
    leg without a recording is 404 `no-recording`.
    """
    with call.parts.database.read() as connection:
        found = listening_store.recordings_of_leg(connection, call.caller, leg_id)
    if not found:
        raise NoRecording(f"leg {leg_id} has no recording")
    response = deliver_sound(call, found[0], query.variant, download=query.download)
    for other in found[1:]:
        response.headers.add("Link", f'<{API_PREFIX}/recordings/{other}>; rel="alternate"')
    return response


@routes.get(
    "/recordings/{recording_id}/waveform",
    permission=Permission.SOUND,
    produces=("application/json",),
    statuses=_STATUSES,
    problems=_PROBLEMS,
)
def get_waveform(call: Call, recording_id: int, query: WaveformQuery) -> Response:
    """Read the peaks of a recording, per channel, as audiowaveform JSON version 2."""
    kind = store.WAVEFORM_FINE if query.level is Level.FINE else store.WAVEFORM
    return deliver_waveform(call, recording_id, kind)
