"""What there is of a recording, and renditions made on demand."""

from typing import Any

from sqlalchemy import Row

from services.player.refusals import DenoiseSwitchedOff, RecordingDestroyed
from services.player.rendering.facts_store import Facts, read_facts
from services.player.rendering.kinds import JOB_OF, place
from services.player.rendering.schemas import (
    RecordingOut,
    RecordingRenditionOut,
    RecordingState,
    RenditionJobOut,
    RenditionsIn,
)
from shared.domain.pipeline import Priority
from shared.domain.recording import Direction, Speaker, plan_speakers
from shared.http.routes import API_PREFIX, Call, Routes
from shared.permissions import Permission
from shared.queue import jobs

routes = Routes("player")


@routes.get("/recordings/{recording_id}", permission=Permission.CALLS)
def read_recording(call: Call, recording_id: int) -> RecordingOut:
    """Read what is known of a recording: what was measured, its renditions, the jobs that make them."""
    with call.parts.database.read() as connection:
        return _recording(read_facts(connection, call.caller, recording_id))


@routes.post(
    "/recordings/{recording_id}/renditions",
    permission=Permission.RUNS_APPLY,
    status=202,
    problems={
        403: "`denoise-switched-off`: the account does not suppress noise; `errors` names the kinds",
        410: "`recording-destroyed`: there is nothing left to make them of",
    },
)
def make_renditions(call: Call, recording_id: int, body: RenditionsIn) -> RecordingOut:
    """Make renditions of a recording, anew if there are any, before all other work.

    What there was can be listened to until the new ones are there; `jobs` of the answer tell how far
    they are.
    """
    with call.parts.database.write() as connection:
        facts = read_facts(connection, call.caller, recording_id)
        _refuse(facts.recording, body)
        for kind in sorted({JOB_OF[kind] for kind in body.kinds}):
            jobs.ask(
                connection,
                account_id=call.account_id,
                kind=kind,
                subject_id=recording_id,
                priority=Priority.ASKED,
                work_ms=facts.recording.duration_ms,
            )
        return _recording(read_facts(connection, call.caller, recording_id))


def _refuse(recording: Row[Any], body: RenditionsIn) -> None:
    if recording.destroyed_at_ms is not None:
        raise RecordingDestroyed(f"the sound of recording {recording.id} was destroyed")
    denoised = [
        (f"kinds[{index}]", f"{kind}: the account does not suppress noise")
        for index, kind in enumerate(body.kinds)
        if kind.startswith("denoised-")
    ]
    if denoised and not recording.denoise_enabled:
        raise DenoiseSwitchedOff("the account does not suppress noise", denoised)


def _recording(facts: Facts) -> RecordingOut:
    row = facts.recording
    url = f"{API_PREFIX}/recordings/{row.id}"
    gone = row.destroyed_at_ms is not None
    return RecordingOut(
        id=row.id,
        external_id=row.external_id,
        source=row.source,
        contact_id=row.contact_id,
        contact_external_id=row.contact_external_id or None,
        offset_ms=row.offset_ms,
        speaker=row.one_sided or None,
        state=_state(row),
        container=row.container or None,
        codec=row.codec or None,
        channels=row.channels,
        rate_hz=row.rate_hz,
        duration_ms=row.duration_ms,
        speakers=_speakers(row),
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        received_at=row.received_at_ms,
        destroyed_at=row.destroyed_at_ms,
        sound_url=None if gone else f"{url}/sound",
        original_url=None if gone else f"{url}/sound?variant=original",
        renditions=[_rendition(rendition, url) for rendition in facts.renditions],
        jobs=[_job(job) for job in facts.jobs],
    )


def _state(row: Row[Any]) -> RecordingState:
    if row.destroyed_at_ms is not None:
        return "destroyed"
    return "awaits_call" if row.contact_id is None else "present"


def _speakers(row: Row[Any]) -> list[Speaker]:
    if row.channels is None:
        return []
    plan = plan_speakers(
        row.channels,
        operator_channel=row.operator_channel,
        one_sided=Speaker(row.one_sided) if row.one_sided else None,
        direction=Direction(row.direction) if row.direction else None,
    )
    return list(plan.speakers)


def _rendition(row: Row[Any], url: str) -> RecordingRenditionOut:
    return RecordingRenditionOut(
        kind=row.kind,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        content_type=row.content_type,
        notes=row.notes,
        created_at=row.created_at_ms,
        url=f"{url}/{place(row.kind)}",
    )


def _job(row: Row[Any]) -> RenditionJobOut:
    return RenditionJobOut(
        id=row.id,
        kind=row.kind,
        makes=[kind for kind, job in JOB_OF.items() if job == row.kind],
        state=row.state,
        progress=row.progress,
        error_code=row.error_code or None,
        error_message=row.error_message or None,
    )
