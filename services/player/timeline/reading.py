"""Reads the timeline of a contact for a caller, as far as that caller may."""

from services.player.timeline.answer import timeline
from services.player.timeline.schemas import TimelineOut
from services.player.timeline.store import Wanted, read_stored
from shared import audit
from shared.http.routes import Call
from shared.permissions import Caller, Permission


def read_timeline(call: Call, caller: Caller, wanted: Wanted) -> TimelineOut:
    """The timeline of the wanted contact; NotFound if the caller sees none.

    Words are read only with the permission `transcript`, and then the audit log tells of it first.
    """
    words = caller.may(Permission.TRANSCRIPT)
    with call.parts.database.read() as connection:
        stored = read_stored(connection, caller, wanted)
    spoken = [row.id for row in stored.recordings if row.document is not None]
    if words and spoken and call.request.method != "HEAD":
        audit.note_reading(
            call.parts.database, caller, recording_ids=spoken, contact_id=stored.contact.id
        )
    return timeline(stored, words=words)
