"""The HTTP door of the timeline: everything that a player of a contact draws."""

from services.player.timeline.reading import read_timeline
from services.player.timeline.schemas import TimelineOut
from services.player.timeline.store import contact_by_id, contact_by_key
from shared.http.routes import Call, Routes
from shared.permissions import Permission

routes = Routes("player-timeline")


@routes.get("/contacts/{contact_id}/timeline", permission=Permission.SOUND)
def read_contact_timeline(call: Call, contact_id: int) -> TimelineOut:
    """Read what a player draws of a contact.

    Legs, recordings, speech, silence, overlap and marks on one clock, that of the contact and of
    its sound. Words need the permission `transcript`, marks and hits the permission `hits`.
    """
    return read_timeline(call, call.caller, contact_by_id(contact_id))


@routes.get("/sources/{source}/contacts/{external_id:path}/timeline", permission=Permission.SOUND)
def read_contact_timeline_by_key(call: Call, source: str, external_id: str) -> TimelineOut:
    """Read what a player draws of a contact, by the external ids of its source and its own."""
    return read_timeline(call, call.caller, contact_by_key(source, external_id))
