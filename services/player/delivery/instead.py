"""What plays while there is no playback rendition: the original, or a stream made of it."""

from collections.abc import Mapping, Sequence

from flask import Response
from sqlalchemy import Connection

from services.player.delivery.asked import JobNow, Recording, Window
from services.player.delivery.channels import (
    MIX,
    SIDES,
    Sides,
    channel_of,
    require_parted,
    sides_of,
    speakers_of,
)
from services.player.delivery.choosing import Missing, stored_choice
from services.player.delivery.listening import Listening
from services.player.delivery.listening_store import job_states
from services.player.delivery.naming import Subject, sound_headers
from services.player.delivery.playable import HEAD_BYTES, playable_type
from services.player.delivery.responding import respond
from services.player.delivery.schemas import SoundQuery
from services.player.delivery.transcoding import RATE_HZ, Routes, Transcoding, Voice
from shared.decode import DecodeLimits
from shared.domain.pipeline import JobState
from shared.domain.recording import Speaker
from shared.errors import NotFound, StorageUnavailable, UnsupportedSound
from shared.http.routes import Call
from shared.permissions import Caller
from shared.storage import ObjectStore

TRANSCODED = "transcoded"
_WAV = ("audio/wav", "wav")
_ORIGINAL = "original"


def unreadable(
    connection: Connection, account_id: int, recordings: Sequence[Recording]
) -> Mapping[int, JobNow]:
    """Those of the recordings that the decoder has refused, with the job that tells why."""
    found = job_states(
        connection,
        account_id=account_id,
        kind="playback",
        recording_ids=[one.id for one in recordings],
    )
    return {
        recording_id: job
        for recording_id, job in found.items()
        if job.state == JobState.FAILED and job.error_code in UnsupportedSound.REASONS
    }


def play_instead(
    call: Call, caller: Caller, query: SoundQuery, subject: Subject, missing: Missing
) -> Response:
    """The original where it stands for the sound and browsers play it, else a stream of WAV.

    A stream has neither length nor ranges. What no decoder can read raises SoundUnreadable before
    the first byte; what breaks later is silent from there on.
    """
    first = missing.sounding[0]
    media = None
    if query.channel == MIX and _stands_alone(subject, missing.sounding):
        media = _playable(call.parts.store, first)
    variant = TRANSCODED if media is None else _ORIGINAL
    with call.parts.database.read() as connection:
        listening = Listening.of(
            connection,
            caller,
            download=query.download,
            variant=variant,
            contact_id=subject.asked.contact_id,
            recording_ids=[one.id for one in missing.sounding],
        )
    headers = sound_headers(subject, variant, media or _WAV, query)
    if media is not None:
        choice = stored_choice(first, first.original, variant, media)
        return respond(call, choice.body, headers, listening)
    headers = {**headers, "Accept-Ranges": "none", "Cache-Control": "no-store"}
    if call.request.method == "HEAD":
        return Response(status=200, headers=headers)
    stream = _stream(call, query.channel, subject, missing.sounding)
    try:
        listening.begin(call.parts.database)
    except BaseException:
        stream.close()
        raise

    def ended() -> None:
        stream.close()
        listening.served(call.parts.database, stream.heard_ms())

    response = Response(stream, 200, headers)
    response.call_on_close(ended)
    return response


def _stands_alone(subject: Subject, sounding: Sequence[Recording]) -> bool:
    """Whether the first recording as it is sounds like what is asked for."""
    if subject.window is None:
        return True
    first = sounding[0]
    left_is_operator = first.operator_channel == 0 and first.one_sided is None
    alone = len(sounding) == 1 and first.offset_ms == 0 and left_is_operator
    return alone and subject.window == Window()


def _playable(store: ObjectStore, recording: Recording) -> tuple[str, str] | None:
    if recording.declared_format:
        return None
    try:
        with store.open(recording.original.object_name, length=HEAD_BYTES) as pieces:
            return playable_type(b"".join(pieces))
    except NotFound as error:
        raise StorageUnavailable(f"the store lacks the sound of {recording.id}") from error


def _stream(
    call: Call, channel: str, subject: Subject, sounding: Sequence[Recording]
) -> Transcoding:
    direction, window = subject.asked.direction, subject.window
    if window is None:
        (recording,) = sounding
        voices = [Voice(recording, 0, _routes_of_recording(recording, direction, channel))]
        start_ms, end_ms = 0, None
    else:
        start_ms, end_ms = max(0, window.start_ms), window.end_ms
        voices = [
            Voice(
                one,
                _samples(one.offset_ms - start_ms),
                _routes_on_the_clock(one, direction, channel),
            )
            for one in sounding
        ]
    frames = None if end_ms is None else _samples(end_ms - start_ms)
    limits = DecodeLimits.of(call.parts.settings)
    return Transcoding(call.parts.store, limits, voices, frames=frames)


def _routes_of_recording(recording: Recording, direction: str, channel: str) -> Routes:
    def routes(channels: int) -> Sequence[Sequence[int]]:
        index = channel_of(channel, speakers_of(recording, channels, direction))
        if index is not None:
            return [[index]]
        return [[0]] if channels == 1 else _both((0, 1), channels)

    return routes


def _routes_on_the_clock(recording: Recording, direction: str, channel: str) -> Routes:
    def routes(channels: int) -> Sequence[Sequence[int]]:
        sides = sides_of(recording, channels)
        if channel == MIX:
            return _both(sides, channels)
        require_parted(channel, speakers_of(recording, channels, direction))
        index = sides[SIDES[Speaker(channel)]]
        return [[] if index is None else [index]]

    return routes


def _both(sides: Sides, channels: int) -> Sequence[Sequence[int]]:
    """What is heard left and right; channels beyond the second are heard on both."""
    others = range(2, channels)
    return [[] if side is None else [side, *others] for side in sides]


def _samples(milliseconds: int) -> int:
    return milliseconds * RATE_HZ // 1000
