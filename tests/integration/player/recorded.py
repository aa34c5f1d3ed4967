"""What a test knows of a recording it stored, and how it looks at what became of it."""

import io
from dataclasses import dataclass, field
from typing import Any

import av
import numpy as np
from sqlalchemy import Row, select

from shared.db.tables import jobs, renditions
from shared.queue.runner import Parts
from shared.storage.verified import read_verified

Sound = np.ndarray


@dataclass(frozen=True)
class Recorded:
    account_id: int
    recording_id: int
    contact_id: int | None
    body: bytes = field(repr=False)


def job_row(parts: Parts, recorded: Recorded, kind: str) -> Row[Any]:
    with parts.database.read() as connection:
        return connection.execute(
            select(jobs).where(
                jobs.c.account_id == recorded.account_id,
                jobs.c.kind == kind,
                jobs.c.subject_id == recorded.recording_id,
            )
        ).one()


def rendition_rows(parts: Parts, recorded: Recorded) -> dict[str, Row[Any]]:
    with parts.database.read() as connection:
        rows = connection.execute(
            select(renditions).where(
                renditions.c.account_id == recorded.account_id,
                renditions.c.recording_id == recorded.recording_id,
            )
        )
        return {row.kind: row for row in rows}


def rendition_bytes(parts: Parts, recorded: Recorded, kind: str) -> bytes:
    row = rendition_rows(parts, recorded)[kind]
    body = read_verified(parts.store, row.object_name, row.sha256)
    assert len(body) == row.size_bytes
    return body


def decoded(mp3: bytes) -> tuple[Sound, int]:
    """(channels, frames) and the rate, as a player would hear it."""
    with av.open(io.BytesIO(mp3)) as container:
        stream = container.streams.audio[0]
        frames = [frame.to_ndarray() for frame in container.decode(stream)]
        return np.concatenate(frames, axis=1), stream.codec_context.sample_rate


def snr_db(reference: Sound, sound: Sound) -> float:
    length = min(reference.shape[-1], sound.shape[-1])
    wanted, heard = reference[..., :length], sound[..., :length]
    return float(10 * np.log10(np.sum(wanted**2) / np.sum((wanted - heard) ** 2)))
