"""Handing in sound without a header, of which the sender says what it is."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from services.gateway.accounts import NewAccount
from services.gateway.intake.archive import import_archive
from services.gateway.intake.sources import find_source
from shared.db.session import now_ms
from shared.db.tables import jobs, recordings, renditions
from shared.domain.pipeline import ON_ARRIVAL
from shared.queue.runner import Parts
from tests.gateway_client import Api

PATH = "/api/v1/sources/pbx/recordings/rec-1"
ALAW = "raw_codec=alaw&raw_rate_hz=8000&raw_channels=2"
# A-law of two silent channels: to a look at its bytes it is text.
SILENCE = b"U" * 16_000


def _stored(parts: Parts) -> Any:
    with parts.database.read() as connection:
        return connection.execute(select(recordings)).one()


def test_a_declared_file_is_stored_with_what_was_said(intake: Api, parts: Parts) -> None:
    assert intake.put(PATH, data=SILENCE).status_code == 415
    assert intake.put(f"{PATH}?{ALAW}", data=SILENCE).status_code == 202
    assert _stored(parts).declared_format == "pcm_alaw/8000/2"
    # What was said once is known.
    again = intake.put(PATH, data=SILENCE)
    assert (again.status_code, again.json["outcome"]) == (200, "unchanged")


@pytest.mark.parametrize(
    ("query", "data", "stored"),
    [
        ("raw_codec=mulaw&raw_rate_hz=11025&raw_channels=1", SILENCE, "pcm_mulaw/11025/1"),
        ("raw_codec=s16le&raw_rate_hz=48000&raw_channels=8", SILENCE, "pcm_s16le/48000/8"),
        ("raw_codec=gsm&raw_rate_hz=8000&raw_channels=1", b"\xd8" * 330, "gsm/8000/1"),
        ("raw_codec=g722&raw_rate_hz=16000&raw_channels=1", SILENCE, "adpcm_g722/16000/1"),
        # By chance the letters of a Windows program.
        ("raw_codec=alaw&raw_rate_hz=8000&raw_channels=1", b"MZ" + SILENCE, "pcm_alaw/8000/1"),
    ],
)
def test_every_codec_without_a_header(
    intake: Api, parts: Parts, query: str, data: bytes, stored: str
) -> None:
    assert intake.put(f"{PATH}?{query}", data=data).status_code == 202
    assert _stored(parts).declared_format == stored


@pytest.mark.parametrize(
    ("query", "data", "path"),
    [
        pytest.param("raw_codec=alaw", SILENCE, "query.raw_channels", id="only-a-codec"),
        pytest.param(
            "raw_rate_hz=8000&raw_channels=1", SILENCE, "query.raw_codec", id="without-a-codec"
        ),
        pytest.param(
            "raw_codec=mp3&raw_rate_hz=8000&raw_channels=1", SILENCE, "query.raw_codec", id="mp3"
        ),
        pytest.param(
            "raw_codec=alaw&raw_rate_hz=7999&raw_channels=1",
            SILENCE,
            "query.raw_rate_hz",
            id="slow",
        ),
        pytest.param(
            "raw_codec=alaw&raw_rate_hz=8000&raw_channels=9",
            SILENCE,
            "query.raw_channels",
            id="nine-channels",
        ),
        pytest.param(
            "raw_codec=gsm&raw_rate_hz=8000&raw_channels=2",
            b"\xd8" * 330,
            "query.raw_codec",
            id="gsm-of-two-channels",
        ),
        pytest.param(
            ALAW, b"RIFF\x00\x00\x00\x00WAVEfmt " + SILENCE, "query.raw_codec", id="has-a-header"
        ),
        pytest.param(ALAW, SILENCE + b"U", "query.raw_codec", id="half-a-frame"),
        pytest.param(
            "raw_codec=gsm&raw_rate_hz=8000&raw_channels=1",
            SILENCE[:330],
            "query.raw_codec",
            id="no-gsm",
        ),
    ],
)
def test_what_contradicts_itself_is_refused_with_its_place(
    intake: Api, parts: Parts, query: str, data: bytes, path: str
) -> None:
    answer = intake.put(f"{PATH}?{query}", data=data)
    assert answer.status_code == 422
    assert path in [error["path"] for error in answer.json["errors"]]
    with parts.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(recordings)).scalar_one() == 0
    assert list(parts.store.names("")) == []
    assert list((parts.settings.objects_path / ".tmp").iterdir()) == []


def test_what_is_plainly_something_else_is_refused_even_if_declared(intake: Api) -> None:
    answer = intake.put(f"{PATH}?{ALAW}", data=b"%PDF-1.4 " + SILENCE[1:])
    assert (answer.status_code, answer.json["code"]) == (415, "unsupported-sound")


def test_another_declaration_has_everything_made_anew(
    intake: Api, parts: Parts, account: NewAccount
) -> None:
    intake.put(f"{PATH}?{ALAW}", data=SILENCE)
    row = _stored(parts)
    with parts.database.write() as connection:
        connection.execute(update(jobs).values(state="done"))
        connection.execute(
            insert(renditions).values(
                account_id=account.account_id,
                recording_id=row.id,
                kind="playback",
                object_name="renditions/1/1/playback",
                size_bytes=1,
                sha256="0" * 64,
                content_type="audio/mpeg",
                notes={},
                created_at_ms=now_ms(),
            )
        )
    corrected = ALAW.replace("8000", "16000")
    answer = intake.put(f"{PATH}?{corrected}", data=SILENCE)
    assert (answer.status_code, answer.json["outcome"]) == (200, "changed")
    assert _stored(parts).declared_format == "pcm_alaw/16000/2"
    with parts.database.read() as connection:
        states = connection.execute(select(jobs.c.kind, jobs.c.state)).all()
        left = connection.execute(select(func.count()).select_from(renditions)).scalar_one()
    assert {(row.kind, row.state) for row in states} == {(kind, "pending") for kind in ON_ARRIVAL}
    assert left == 0


TABLE = """\
contact_id,started_at,recording,raw_codec,raw_rate_hz,raw_channels
c1,2026-03-01T10:00:00,one.al,alaw,8000,2
c2,2026-03-01T11:00:00,one.al,alaw,8k,2
c3,2026-03-01T12:00:00,odd.al,alaw,8000,2
"""


@pytest.mark.parametrize("adopt", [None, "old/"])
def test_an_archive_names_the_format_in_its_table(
    parts: Parts, account: NewAccount, tmp_path: Path, adopt: str | None
) -> None:
    table = tmp_path / "calls.csv"
    table.write_text(TABLE)
    for name, content in (("one.al", SILENCE), ("odd.al", SILENCE + b"U")):
        (tmp_path / name).write_bytes(content)
        with (tmp_path / name).open("rb") as body:
            parts.store.put(f"old/{name}", body, limit_bytes=20_000, content_type="")
    with parts.database.read() as connection:
        source = find_source(connection, account.account_id, "pbx")

    report = import_archive(
        parts, source, table, folder=tmp_path, adopt=adopt, progress=lambda _: None
    )

    assert _stored(parts).declared_format == "pcm_alaw/8000/2"
    failures = dict(report.failures)
    assert failures.keys() == {3, 4}
    assert "raw_rate_hz" in failures[3]
    assert "whole frames" in failures[4]
