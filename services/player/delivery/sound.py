"""Sound for a caller: the one door of this room, for its own routes and for other rooms.

`call` is the request that is answered (its method, headers and parts), `caller` who listens: for a
route of the API the call's own caller, for a link that shows the player the link's. Every answer is
complete: status, headers, conditions, ranges, and the audit log's rows committed before the first
byte. Raised are NotFound for what the caller may not see, the refusals of `refusals`, and the
Unavailable of a part that is down.
"""

from collections.abc import Callable

from flask import Response
from sqlalchemy import Connection

from services.player.delivery import listening_store, places_store
from services.player.delivery.asked import Asked, Window
from services.player.delivery.bodies import StoredBody
from services.player.delivery.choosing import Missing, choose, kinds_asked
from services.player.delivery.filename import clock_label
from services.player.delivery.instead import play_instead, unreadable
from services.player.delivery.listening import Listening
from services.player.delivery.naming import Subject, sound_headers
from services.player.delivery.placing import overlaps, sound_end_ms
from services.player.delivery.preparing import prepare
from services.player.delivery.refusals import (
    ListeningNotAllowed,
    NoRecording,
    RenditionMissing,
)
from services.player.delivery.responding import respond
from services.player.delivery.schemas import ClipQuery, Level, SoundQuery, Variant, WaveformQuery
from services.player.refusals import DenoiseSwitchedOff, RecordingDestroyed
from services.player.rendering import kinds
from shared.contacts.recorded import RecordingSwitchedOff
from shared.contacts.visibility import require_contact
from shared.http.routes import Call
from shared.permissions import Caller

Find = Callable[[Connection], Subject]


def deliver_recording(call: Call, caller: Caller, recording_id: int, query: SoundQuery) -> Response:
    """The answer with a recording as it is, or one of its channels."""

    def find(connection: Connection) -> Subject:
        asked = listening_store.read_recording(connection, caller, recording_id, kinds_asked(query))
        return Subject(asked, None, f"recording-{recording_id}")

    return _deliver(call, caller, query, find)


def deliver_contact(call: Call, caller: Caller, contact_id: int, query: SoundQuery) -> Response:
    """The answer with all recordings of a contact on the contact's clock."""

    def find(connection: Connection) -> Subject:
        return Subject(
            _of_contact(connection, caller, contact_id, query), Window(), f"contact-{contact_id}"
        )

    return _deliver(call, caller, query, find)


def deliver_leg(call: Call, caller: Caller, leg_id: int, query: SoundQuery) -> Response:
    """The answer with the stretch of the contact's clock that a leg takes, of the leg's recordings.

    Where the clocks disagree, so that none of them sounds in that stretch, they are heard whole.
    """

    def find(connection: Connection) -> Subject:
        position, window = places_store.leg_place(connection, caller, leg_id)
        asked = listening_store.read_leg(connection, caller, leg_id, kinds_asked(query))
        if asked is None:
            raise NoRecording(f"leg {leg_id} has no recording")
        if not any(overlaps(one, window) for one in asked.recordings):
            window = Window(asked.recordings[0].offset_ms, None)
        return Subject(asked, window, f"leg-{leg_id}", (f"плечо {position + 1}",))

    return _deliver(call, caller, query, find)


def deliver_clip(call: Call, caller: Caller, hit_id: int, query: ClipQuery) -> Response:
    """The answer with the contact's sound around a hit, a margin before and after."""

    def find(connection: Connection) -> Subject:
        contact_id, evidence = places_store.hit_place(connection, caller, hit_id)
        asked = _of_contact(connection, caller, contact_id, query)
        end_ms = (evidence.end_ms or 0) + query.margin_ms
        last_ms = sound_end_ms(asked.recordings)
        window = Window(
            start_ms=max(0, evidence.start_ms - query.margin_ms),
            end_ms=end_ms if last_ms is None else min(end_ms, last_ms),
            is_clip=True,
        )
        label = f"фрагмент {clock_label(evidence.start_ms)}"
        return Subject(asked, window, f"hit-{hit_id}", (label,))

    return _deliver(call, caller, query, find)


def deliver_waveform(
    call: Call, caller: Caller, recording_id: int, query: WaveformQuery
) -> Response:
    """The answer with a recording's peaks: a picture, so no listening is noted."""
    kind = kinds.WAVEFORM_FINE if query.level is Level.FINE else kinds.WAVEFORM
    with call.parts.database.read() as connection:
        asked = listening_store.read_recording(connection, caller, recording_id, [kind])
        _permit(asked, Variant.PLAYBACK)
        (recording,) = asked.recordings
        if recording.destroyed:
            raise RecordingDestroyed(f"the sound of recording {recording_id} was destroyed")
        stored = recording.renditions.get(kind)
        if stored is None:
            jobs = listening_store.job_states(
                connection,
                account_id=caller.account_id,
                kind=kinds.JOB_OF[kind],
                recording_ids=[recording_id],
            )
            job = jobs.get(recording_id)
            told = "was not asked for" if job is None else f"is {job.state} {job.error_code}"
            raise RenditionMissing(
                f"there is no {kind} of recording {recording_id}; its job {told.rstrip()}"
            )
    about = {"Content-Type": stored.content_type}
    return respond(call, StoredBody(stored, recording_id, 0), about, None)


def _deliver(call: Call, caller: Caller, query: SoundQuery, find: Find) -> Response:
    with call.parts.database.read() as connection:
        subject = find(connection)
        asked = subject.asked
        _permit(asked, query.variant)
        choice = choose(asked, query, subject.window, {})
        if isinstance(choice, Missing):
            broken = unreadable(connection, caller.account_id, choice.lacking)
            if broken:
                choice = choose(asked, query, subject.window, broken)
        if not isinstance(choice, Missing):
            listening = Listening.of(
                connection,
                caller,
                download=query.download,
                variant=choice.variant,
                contact_id=asked.contact_id,
                recording_ids=choice.recording_ids,
            )
    if not isinstance(choice, Missing):
        about = sound_headers(subject, choice.variant, choice.media, query)
        return respond(call, choice.body, about, listening)
    if query.variant is Variant.DENOISED:
        return prepare(call, caller, choice)
    return play_instead(call, caller, query, subject, choice)


def _of_contact(
    connection: Connection, caller: Caller, contact_id: int, query: SoundQuery
) -> Asked:
    asked = listening_store.read_contact(connection, caller, contact_id, kinds_asked(query))
    if asked is None:
        require_contact(connection, caller, contact_id)
        raise NoRecording(f"contact {contact_id} has no recording")
    return asked


def _permit(asked: Asked, variant: Variant) -> None:
    """Raise the 403 that stands against hearing what the caller may see."""
    if not asked.recording_enabled:
        raise RecordingSwitchedOff("the account's recording of calls is switched off")
    if not asked.may_listen:
        raise ListeningNotAllowed("the group through which you see this call does not let listen")
    if variant is Variant.DENOISED and not asked.denoise_enabled:
        raise DenoiseSwitchedOff("the account does not suppress noise")
