"""Rows of the database as the journal's answers."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from services.journal.detail_store import SoundRows
from services.journal.schemas import (
    ContactEmployeeOut,
    ContactGroupOut,
    ContactHitOut,
    ContactJobOut,
    ContactLegOut,
    ContactMarkOut,
    ContactOut,
    ContactRecordingOut,
    ContactSoundOut,
    ContactTopicOut,
    MarkTopicOut,
    RenditionOut,
    TranscriptSummaryOut,
)
from services.journal.states import SoundState, recognition_state, sound_state
from services.journal.store import Beside
from shared.domain.pipeline import STAGES, busy_ms


def contact_out(row: Row[Any], beside: Beside, clock_ms: int) -> ContactOut:
    """A row of the list."""
    return ContactOut(
        **contact_fields(row, beside),
        legs=beside.legs,
        recordings=ContactSoundOut(
            count=beside.recordings, state=contact_sound(row, beside, clock_ms)
        ),
    )


def contact_sound(row: Row[Any], beside: Beside, clock_ms: int) -> SoundState:
    """Whether there is, may come, or is no sound of a contact."""
    return sound_state(
        recordings=beside.recordings,
        kind=row.kind,
        result=row.result,
        talk_ms=row.talk_ms,
        news_age_ms=clock_ms - row.changed_at_ms,
    )


def contact_fields(row: Row[Any], beside: Beside) -> dict[str, Any]:
    """Values of the fields that a list and the details have in common, by name."""
    return {
        "id": row.id,
        "external_id": row.external_id,
        "source": row.source,
        "kind": row.kind,
        "direction": row.direction or None,
        "started_at": row.started_at_ms,
        "ended_at": row.ended_at_ms,
        "client_number": row.client_number or row.client_number_raw or None,
        "client_number_kind": row.client_number_kind,
        "company_number": row.company_number or row.company_number_raw or None,
        "result": row.result or None,
        "employee": _employee(row),
        "group": _group(row),
        "ring_ms": row.ring_ms,
        "wait_ms": row.wait_ms,
        "talk_ms": row.talk_ms,
        "hold_ms": row.hold_ms,
        "total_ms": row.total_ms,
        "recognition": recognition_state(beside.recognition),
        "topics": [
            ContactTopicOut(
                id=topic.id,
                key=topic.key,
                name=topic.name,
                colour=topic.colour,
                origin=topic.origin,
            )
            for topic in beside.topics
        ],
        "demo": beside.demo,
    }


def leg_out(row: Row[Any]) -> ContactLegOut:
    """A leg."""
    return ContactLegOut(
        id=row.id,
        external_id=row.external_id,
        position=row.position,
        started_at=row.started_at_ms,
        ended_at=row.ended_at_ms,
        employee=_employee(row),
        group=_group(row),
        result=row.result or None,
    )


def recordings_out(sound: SoundRows) -> list[ContactRecordingOut]:
    """All recordings, each with its legs, renditions and what is known of its transcript."""
    covered: dict[int, list[int]] = defaultdict(list)
    for row in sound.legs:
        covered[row.recording_id].append(row.leg_id)
    derived: dict[int, list[RenditionOut]] = defaultdict(list)
    for row in sound.renditions:
        derived[row.recording_id].append(
            RenditionOut(
                kind=row.kind,
                size_bytes=row.size_bytes,
                content_type=row.content_type,
                notes=row.notes,
                created_at=row.created_at_ms,
            )
        )
    return [
        ContactRecordingOut(
            id=row.id,
            external_id=row.external_id,
            offset_ms=row.offset_ms,
            speaker=row.one_sided or None,
            duration_ms=row.duration_ms,
            channels=row.channels,
            rate_hz=row.rate_hz,
            container=row.container or None,
            codec=row.codec or None,
            size_bytes=row.size_bytes,
            sha256=row.sha256,
            destroyed_at=row.destroyed_at_ms,
            legs=covered[row.id],
            renditions=derived[row.id],
            transcript=_transcript(row),
        )
        for row in sound.recordings
    ]


def job_out(row: Row[Any]) -> ContactJobOut:
    """A job."""
    return ContactJobOut.model_validate(
        {
            "id": row.id,
            "kind": row.kind,
            "subject": STAGES[row.kind].subject,
            "subject_id": row.subject_id,
            "state": row.state,
            "progress": row.progress,
            "attempt": row.attempt,
            "error_code": row.error_code or None,
            "error_message": row.error_message or None,
            "started_at": row.started_at_ms,
            "finished_at": row.finished_at_ms,
            "busy_ms": busy_ms(row.state, row.started_at_ms, row.finished_at_ms),
        }
    )


def marks_out(found: Sequence[Row[Any]], evidence: Sequence[Row[Any]]) -> list[ContactMarkOut]:
    """All marks, each with its hits."""
    by_mark: dict[int, list[ContactHitOut]] = defaultdict(list)
    for hit in evidence:
        by_mark[hit.mark_id].append(
            ContactHitOut(
                id=hit.id,
                recording_id=hit.recording_id,
                leg_id=hit.leg_id,
                employee_id=hit.employee_id,
                speaker=hit.speaker,
                start_ms=hit.start_ms,
                end_ms=hit.end_ms,
                contact_start_ms=hit.offset_ms + hit.start_ms,
                text=hit.text,
                phrase=hit.phrase,
                score=hit.score,
            )
        )
    return [
        ContactMarkOut(
            id=row.id,
            topic=MarkTopicOut(id=row.topic_id, key=row.key, name=row.name, colour=row.colour),
            origin=row.origin,
            verdict=row.verdict,
            effective=row.effective,
            version=row.number,
            hits=by_mark[row.id],
        )
        for row in found
    ]


def _employee(row: Row[Any]) -> ContactEmployeeOut | None:
    if row.employee_id is None:
        return None
    return ContactEmployeeOut(id=row.employee_id, name=row.employee_name)


def _group(row: Row[Any]) -> ContactGroupOut | None:
    return None if row.group_id is None else ContactGroupOut(id=row.group_id, name=row.group_name)


def _transcript(row: Row[Any]) -> TranscriptSummaryOut | None:
    if row.language is None:
        return None
    return TranscriptSummaryOut(
        language=row.language,
        model=row.model,
        demo=row.demo,
        words=row.word_count,
        measures=row.measures,
    )
