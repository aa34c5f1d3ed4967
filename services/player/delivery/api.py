"""The HTTP door of sound: recordings, legs, contacts, evidence, and peaks."""

from flask import Response

from services.player.delivery import places_store, sound
from services.player.delivery.schemas import ClipQuery, SoundQuery, WaveformQuery
from shared.http.routes import Call, Routes
from shared.permissions import Permission

routes = Routes("player")

_SOUND = (
    "audio/mpeg",
    "audio/wav",
    "audio/ogg",
    "audio/flac",
    "audio/mp4",
    "audio/aac",
    "audio/amr",
    "audio/webm",
    "application/octet-stream",
    "application/json",
)
_STATUSES = {
    202: "`denoised` is being made: state, progress, and Retry-After",
    206: "the byte range asked for",
    304: "the sound is the one of If-None-Match",
}
_PROBLEMS = {
    403: "`recording-switched-off`, `employee-not-recorded`, `denoise-switched-off` or"
    " `listening-not-allowed`",
    404: "`channel-not-separable` (`channels` tells what there is), `original-not-joined`"
    " (`recordings` tells the ids), `no-recording`",
    409: "`sound-unreadable` or `denoise-failed`; `reason` tells why",
    410: "`recording-destroyed`",
    412: "If-Match or If-Unmodified-Since does not hold",
    416: "the byte range lies beyond the end; Content-Range tells the size",
    503: "`transcoding-busy`: too many sounds are transcoded at this moment",
}


@routes.get(
    "/recordings/{recording_id}/sound",
    permission=Permission.SOUND,
    produces=_SOUND,
    statuses=_STATUSES,
    problems=_PROBLEMS,
)
def get_recording_sound(call: Call, recording_id: int, query: SoundQuery) -> Response:
    """Listen to a recording.

    `variant=playback` plays at once in any browser: until there is such a rendition the original is
    sent if browsers play it, else WAV that is transcoded while it streams (no ranges then).
    `X-Sound-Variant` tells what is sent. `channel` cuts one side out.

    Byte ranges are those of RFC 9110: one range gives 206, several are answered with the whole
    sound. A range without an end (`bytes=N-`) is answered by at most 1 MiB, which §15.3.7 allows and
    Content-Range tells: players ask for the rest when they need it, and none holds a thread for as
    long as people listen. Without Range, and with a closed one, all is sent. The ETag is strong;
    If-Range, If-None-Match and If-Match work.

    One row per person, recording, variant and 10 minutes goes to the audit log before the first
    byte; how much sound was sent is added within seconds.
    """
    return sound.deliver_recording(call, call.caller, recording_id, query)


@routes.get(
    "/legs/{leg_id}/sound",
    permission=Permission.SOUND,
    produces=_SOUND,
    statuses=_STATUSES,
    problems=_PROBLEMS,
)
def get_leg_sound(call: Call, leg_id: int, query: SoundQuery) -> Response:
    """Listen to a leg: its stretch of the call, as `GET /contacts/{contact_id}/sound`.

    A leg without a recording is 404 `no-recording`. `variant=original` gives the file if there is
    exactly one.
    """
    return sound.deliver_leg(call, call.caller, leg_id, query)


@routes.get(
    "/contacts/{contact_id}/sound",
    permission=Permission.SOUND,
    produces=_SOUND,
    statuses=_STATUSES,
    problems=_PROBLEMS,
)
def get_contact_sound(call: Call, contact_id: int, query: SoundQuery) -> Response:
    """Listen to a whole call: all its recordings on the call's clock, gaps silent.

    Always stereo, the operator on the left and the client on the right; a mono recording of both is
    heard on both sides. Places are exact to 36 ms. Where two recordings sound on one side at once,
    the one that started later is heard. The sound is put together while it is sent, with exact byte
    ranges; nothing outside a range is read. `denoised` is sent when all recordings have it.
    """
    return sound.deliver_contact(call, call.caller, contact_id, query)


@routes.get(
    "/sources/{source}/recordings/{external_id:path}/sound",
    permission=Permission.SOUND,
    produces=_SOUND,
    statuses=_STATUSES,
    problems=_PROBLEMS,
)
def get_sound_of_source_recording(
    call: Call, source: str, external_id: str, query: SoundQuery
) -> Response:
    """Listen to a recording by the ids of the telephone system."""
    with call.parts.database.read() as connection:
        found = places_store.recording_of_source(connection, call.caller, source, external_id)
    return sound.deliver_recording(call, call.caller, found, query)


@routes.get(
    "/sources/{source}/contacts/{external_id:path}/sound",
    permission=Permission.SOUND,
    produces=_SOUND,
    statuses=_STATUSES,
    problems=_PROBLEMS,
)
def get_sound_of_source_contact(
    call: Call, source: str, external_id: str, query: SoundQuery
) -> Response:
    """Listen to a whole call by the ids of the telephone system."""
    with call.parts.database.read() as connection:
        found = places_store.contact_of_source(connection, call.caller, source, external_id)
    return sound.deliver_contact(call, call.caller, found, query)


@routes.get(
    "/hits/{hit_id}/clip",
    permission=Permission.SOUND,
    produces=_SOUND,
    statuses=_STATUSES,
    problems=_PROBLEMS,
)
def get_clip(call: Call, hit_id: int, query: ClipQuery) -> Response:
    """Listen to the evidence of a hit with a margin; needs the permission `hits` too.

    It is a stretch of the call's sound, both sides, with silence where nothing was recorded.
    """
    call.caller.require(Permission.HITS)
    return sound.deliver_clip(call, call.caller, hit_id, query)


@routes.get(
    "/recordings/{recording_id}/waveform",
    permission=Permission.SOUND,
    produces=("application/json",),
    statuses={206: _STATUSES[206], 304: _STATUSES[304]},
    problems={code: _PROBLEMS[code] for code in (403, 410, 412, 416)},
)
def get_waveform(call: Call, recording_id: int, query: WaveformQuery) -> Response:
    """Read the peaks of a recording, per channel, as audiowaveform JSON version 2."""
    return sound.deliver_waveform(call, call.caller, recording_id, query)
