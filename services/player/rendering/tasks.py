"""The worker door of renditions: the jobs `playback` and `denoise-<strength>` of a recording."""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from os import SEEK_END
from types import MappingProxyType
from typing import BinaryIO

from sqlalchemy import Connection

from services.player.rendering import kinds, store
from services.player.rendering.passes import (
    Progress,
    local_copy,
    render_denoised,
    render_playback,
    scratch_file,
)
from services.player.rendering.playback import CONTENT_TYPE, FILE_SUFFIX
from services.player.rendering.store import Original, Rendition
from services.player.rendering.strength import Strength
from shared.contacts.changes import Changed, note_changes
from shared.contacts.hearing import refresh_hearing
from shared.contacts.linking import link_recordings
from shared.decode import DecodeLimits
from shared.queue import jobs
from shared.queue.jobs import Job
from shared.queue.runner import Finish, Handler, JobContext
from shared.recognition import settle_recognition
from shared.storage.unreferenced import RENDITIONS

_JSON = "application/json"
# Shares of a job's progress: the rest is uploading.
_RENDERING_SHARE = 0.95


def playback(context: JobContext) -> Finish:
    """Probe a recording and make its playback renditions and peaks.

    Sound that is none ends the job as failed with the reason of UnsupportedSound.
    """
    job, parts = context.job, context.parts
    original = _original(context)
    limits = DecodeLimits.of(parts.settings)
    with (
        local_copy(parts.store, original.object_name, original.sha256) as source,
        ExitStack() as files,
    ):
        rendered = render_playback(source, original.declared, files, limits, _rendering(context))
        notes = {"damaged_ms": rendered.damaged_ms} if rendered.damaged_ms else {}
        made = [
            _put(context, kind, FILE_SUFFIX, sound, CONTENT_TYPE, notes)
            for kind, sound in rendered.sounds.items()
        ]
    for kind, waveform in (
        (kinds.WAVEFORM, rendered.waveform.coarser()),
        (kinds.WAVEFORM_FINE, rendered.waveform),
    ):
        with scratch_file() as document:
            document.writelines(waveform.json_pieces())
            made.append(_put(context, kind, "json", document, _JSON, {}))

    def finish(connection: Connection) -> None:
        # Rows are locked in the order jobs, contacts, recordings, as everywhere.
        current = store.read_original(
            connection, account_id=job.account_id, recording_id=job.subject_id
        )
        retag = current.duration_ms != rendered.duration_ms
        _ask_following(connection, job, current.contact_id if retag else None, rendered.duration_ms)
        if current.contact_id is not None:
            store.lock_contact(connection, account_id=job.account_id, contact_id=current.contact_id)
        contact_id = store.save_measured(
            connection,
            account_id=job.account_id,
            recording_id=job.subject_id,
            container=rendered.info.container,
            codec=rendered.info.codec,
            channels=rendered.info.channels,
            rate_hz=rendered.info.rate_hz,
            duration_ms=rendered.duration_ms,
        )
        if contact_id is not None:
            # Which legs a recording covers depends on its length.
            link_recordings(
                connection,
                account_id=job.account_id,
                contact_id=contact_id,
                recording_id=job.subject_id,
            )
            settle_recognition(connection, job.account_id, contact_id)
            refresh_hearing(connection, account_id=job.account_id, contact_id=contact_id)
            if contact_id != current.contact_id:
                # Its call came in between.
                jobs.ask(connection, account_id=job.account_id, kind="tag", subject_id=contact_id)
            # From now on there is something to play.
            note_changes(connection, job.account_id, [contact_id], Changed.RECORDING)
        _save(connection, job, made)

    return finish


def denoise(strength: Strength, context: JobContext) -> Finish:
    """Make a denoised rendition; where nothing was to be changed it is the playback rendition."""
    job, parts = context.job, context.parts
    original = _original(context)
    limits = DecodeLimits.of(parts.settings)
    kind = kinds.denoised(strength)
    with (
        local_copy(parts.store, original.object_name, original.sha256) as source,
        scratch_file() as sound,
    ):
        reports = render_denoised(
            source,
            original.declared,
            sound,
            strength,
            original.duration_ms,
            limits,
            _rendering(context),
        )
        notes = {"channels": [report.note() for report in reports]}
        changed = any(report.denoised for report in reports)
        with parts.database.read() as connection:
            same = store.read_rendition(
                connection,
                account_id=job.account_id,
                recording_id=job.subject_id,
                kind=kinds.PLAYBACK,
            )
        if changed or same is None:
            made = _put(context, kind, FILE_SUFFIX, sound, CONTENT_TYPE, notes)
        else:
            made = replace(same, kind=kind, notes=notes)
    return lambda connection: _save(connection, job, [made])


HANDLERS: Mapping[str, Handler] = MappingProxyType(
    {
        "playback": playback,
        **{kinds.denoise_job(strength): partial(denoise, strength) for strength in Strength},
    }
)


def _original(context: JobContext) -> Original:
    job = context.job
    with context.parts.database.read() as connection:
        return store.read_original(
            connection, account_id=job.account_id, recording_id=job.subject_id
        )


def _rendering(context: JobContext) -> Progress:
    return lambda done: context.progress(_RENDERING_SHARE * done)


def _put(
    context: JobContext,
    kind: str,
    suffix: str,
    body: BinaryIO,
    content_type: str,
    notes: Mapping[str, object],
) -> Rendition:
    """Put a rendition's bytes under a name of this attempt, which no other attempt writes."""
    job = context.job
    name = f"{RENDITIONS}{job.account_id}/{job.subject_id}/{kind}-{job.id}-a{job.attempt}.{suffix}"
    size_bytes = body.seek(0, SEEK_END)
    body.seek(0)
    context.check()
    stored = context.parts.store.put(name, body, limit_bytes=size_bytes, content_type=content_type)
    return Rendition(kind, stored.name, stored.size_bytes, stored.sha256, content_type, dict(notes))


def _ask_following(
    connection: Connection, job: Job, contact_id: int | None, duration_ms: int
) -> None:
    if contact_id is not None:
        # Rules ask for durations and for legs, which the length decides.
        jobs.ask(connection, account_id=job.account_id, kind="tag", subject_id=contact_id)
    strength = store.strength_always(connection, job.account_id)
    if strength is not None:
        jobs.ask(
            connection,
            account_id=job.account_id,
            kind=kinds.denoise_job(strength),
            subject_id=job.subject_id,
            priority=job.priority,
            work_ms=duration_ms,
        )


def _save(connection: Connection, job: Job, made: Iterable[Rendition]) -> None:
    for rendition in made:
        store.save_rendition(
            connection,
            account_id=job.account_id,
            recording_id=job.subject_id,
            rendition=rendition,
        )
