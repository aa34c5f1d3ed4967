"""Broken files on the whole way: handed in over HTTP, rendered by the worker, listened to."""

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, select

from services.player.tasks import HANDLERS
from shared.db.tables import jobs, recordings, renditions
from shared.decode import DeclaredFormat
from shared.decoding.declared import RAW_CODECS
from shared.domain.pipeline import JobState
from shared.queue.runner import Parts, run_job
from tests.gateway_client import Api
from tests.integration.decode.corpus import SEEDS, Broken, broken_files
from tests.integration.decode.test_corpus import REASONS

# Of the corpus, a half of these on each database.
_EVERY = 4
SAMPLE = [broken for seed in SEEDS for broken in broken_files(seed)][::_EVERY]


def test_the_sample_is_large() -> None:
    assert len(SAMPLE) >= 60


def test_no_broken_file_is_our_failure_or_leaves_anything(
    intake: Api, owner: Api, parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    before = _children()
    half = SAMPLE[0::2] if parts.database.dialect == "sqlite" else SAMPLE[1::2]

    problems = [
        f"{broken.name}: {problem}"
        for broken in half
        for problem in _problems(intake, owner, parts, broken)
    ]

    assert problems == []
    assert list(scratch.iterdir()) == []
    assert list((parts.settings.objects_path / ".tmp").iterdir()) == []
    assert {name for name, _ in parts.store.names("")} == _named(parts)
    assert _children() == before


def _problems(intake: Api, owner: Api, parts: Parts, broken: Broken) -> list[str]:
    """What went wrong with one file, step by step."""
    path = f"/api/v1/sources/pbx/recordings/{broken.name}"
    answer = intake.put(path + _query(broken.declared), data=broken.content)
    if answer.status_code in {415, 422}:
        return []
    if answer.status_code != 202:
        return [f"intake said {answer.status_code}"]
    sound = f"/api/v1/recordings/{answer.json['id']}/sound"
    problems = []
    first = _heard(owner, sound)
    if first >= 500:
        problems.append(f"sound before its rendition: {first}")
    job = _rendered(parts, answer.json["id"])
    ended_well = job.state == JobState.DONE
    if not ended_well and (job.state != JobState.FAILED or job.error_code not in REASONS):
        problems.append(f"playback {job.state}: {job.error_code} {job.error_message}")
    heard = _heard(owner, sound)
    if heard >= 500 or ended_well != (heard == 200):
        problems.append(f"sound after playback was {job.state}: {heard}")
    return problems


def _heard(owner: Api, path: str) -> int:
    """The status of a sound that is read to its end."""
    with owner.get(path) as answer:
        assert answer.get_data() or answer.status_code >= 400
        return int(answer.status_code)


def _query(declared: DeclaredFormat | None) -> str:
    if declared is None:
        return ""
    (codec,) = (name for name, codec in RAW_CODECS.items() if codec.name == declared.codec)
    return f"?raw_codec={codec}&raw_rate_hz={declared.rate_hz}&raw_channels={declared.channels}"


def _rendered(parts: Parts, recording_id: int) -> Row[Any]:
    statement = select(jobs).where(jobs.c.kind == "playback", jobs.c.subject_id == recording_id)
    with parts.database.read() as connection:
        job_id = connection.execute(statement).one().id
    assert run_job(parts, HANDLERS, job_id, worker="test")
    with parts.database.read() as connection:
        return connection.execute(statement).one()


def _named(parts: Parts) -> set[str]:
    """Objects that a row names."""
    with parts.database.read() as connection:
        originals = connection.execute(select(recordings.c.object_name)).scalars().all()
        made = connection.execute(select(renditions.c.object_name)).scalars().all()
    return {*originals, *made}


def _children() -> set[str]:
    tasks = Path(f"/proc/{os.getpid()}/task").iterdir()
    return {child for task in tasks for child in (task / "children").read_text().split()}
