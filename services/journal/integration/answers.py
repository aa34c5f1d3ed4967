"""Rows of the database as answers to a foreign journal page, with links into our own."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from sqlalchemy import Row

from services.journal.integration.changes_store import FeedPart
from services.journal.integration.schemas import (
    ChangeOut,
    ChangesOut,
    ContactKeyOut,
    ServiceOut,
    SetTopicOut,
    TermOut,
    TopicCountOut,
)
from services.journal.integration.services_store import Connected
from services.journal.integration.topics_store import Term
from shared.contacts.changes import Changed


def contact_link(contact_id: int) -> str:
    """Path of a contact's page in our interface."""
    return f"/contacts/{contact_id}"


def topic_link(topic_id: int) -> str:
    """Path of a topic's settings in our interface (000-26)."""
    return f"/topics/{topic_id}"


def set_topic_out(row: Row[Any], terms: Sequence[Term] | None) -> SetTopicOut:
    """A topic that is set on a contact."""
    return SetTopicOut(
        id=row.id,
        key=row.key,
        name=row.name,
        colour=row.colour,
        origin=row.origin,
        version=row.number,
        current=row.number is None or row.number == row.active_version,
        set_at=row.created_at_ms,
        hits=row.hits,
        terms=None if terms is None else [term_out(term) for term in terms],
        link=topic_link(row.id),
    )


def term_out(term: Term) -> TermOut:
    """A phrase that was found."""
    return TermOut(phrase=term.phrase, count=term.count, speakers=list(term.speakers))


def key_out(row: Row[Any]) -> ContactKeyOut:
    """A contact by both its names."""
    return ContactKeyOut(
        source=row.source,
        external_id=row.external_id,
        contact_id=row.id,
        started_at=row.started_at_ms,
        link=contact_link(row.id),
    )


def topic_count_out(row: Row[Any], counts: Mapping[int, int]) -> TopicCountOut:
    """A topic with its count."""
    return TopicCountOut(
        id=row.id,
        key=row.key,
        name=row.name,
        colour=row.colour,
        contacts=counts.get(row.id, 0),
        link=topic_link(row.id),
    )


def changes_out(part: FeedPart) -> ChangesOut:
    """A part of the feed."""
    return ChangesOut(
        items=[
            ChangeOut.model_validate(
                {
                    "number": change.number,
                    "what": (Changed(change.what).name or "").lower(),
                    "changed_at": change.changed_at_ms,
                    "source": contact.source,
                    "external_id": contact.external_id,
                    "contact_id": contact.id,
                    "link": contact_link(contact.id),
                }
            )
            for change, contact in part.changes
        ],
        next_after=str(part.next_after),
        more=part.more,
    )


def services_out(connected: Connected, speech_model: str) -> list[ServiceOut]:
    """The services of 000-48 that we have; `speech_model` is the installation's, if any."""
    recording = ServiceOut(
        key="recording",
        name="Запись разговоров",
        state="connected" if connected.recordings else "available",
        missing=None if connected.recordings else "recordings",
        link="/settings/sources",
    )
    return [recording, _speech_analytics(connected, speech_model)]


def _speech_analytics(connected: Connected, speech_model: str) -> ServiceOut:
    missing: Literal["speech-model", "topics"] | None = None
    if not (connected.speech_model or speech_model):
        missing = "speech-model"
    elif not connected.topics:
        missing = "topics"
    return ServiceOut(
        key="speech-analytics",
        name="Речевая аналитика",
        state="available" if missing else "connected",
        missing=missing,
        link="/settings/speech" if missing == "speech-model" else "/topics",
    )
