"""How much memory a real player worker and its decoding child take for a recording of six hours."""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
import soundfile
from sqlalchemy import insert, select

from services.gateway.accounts import create_account
from services.player.tasks import HANDLERS
from shared.db.migrate import upgrade
from shared.db.session import Database, now_ms
from shared.db.tables import jobs as jobs_table
from shared.db.tables import recordings
from shared.decode import decode_channels
from shared.domain.pipeline import FINAL_STATES, JobState
from shared.queue import jobs
from shared.settings import PREFIX, Settings
from shared.storage.opening import open_store

_ROOT = Path(__file__).parent.parent.parent
_SAMPLE = _ROOT / "samples/calls/02-wrong-speaker/recording.flac"
_KINDS = tuple(kind for kind in HANDLERS if kind == "playback" or kind.startswith("denoise-"))
_NAME = "originals/1/long"
_RATE_HZ = 8000
_POLL_S = 0.2


def six_hour_rss_mib(
    hours: float = 6, *, kinds: Sequence[str] = _KINDS, channels: int = 2
) -> dict[str, float]:
    """Most resident memory in MiB, worker and child added, by kind of job; `six_hour_rss_mib`: of all.

    The recording is a noisy sample call again and again, as A-law at 8 kHz: 345 MB for six hours of
    stereo. Each job is done by a worker of its own, of which the kernel keeps the high-water mark.
    """
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        settings = Settings(data_dir=Path(name))
        _record(settings, hours, channels)
        for kind in kinds:
            started = time.monotonic()
            rss_mib = _rss_mib(settings, kind)
            x_realtime = hours * 3600 / (time.monotonic() - started)
            key = kind.replace("-", "_")
            figures |= {f"{key}_rss_mib": rss_mib, f"{key}_x_realtime": x_realtime}
    most = max(figures[f"{kind.replace('-', '_')}_rss_mib"] for kind in kinds)
    return figures | {"six_hour_rss_mib": most}


def _record(settings: Settings, hours: float, channels: int) -> None:
    open_store(settings).prepare()
    path = settings.objects_path / _NAME
    path.parent.mkdir(parents=True)
    call = np.stack(decode_channels(_SAMPLE, _RATE_HZ), axis=1)
    noise = np.random.default_rng(1).standard_normal(call.shape, np.float32)
    noisy = np.tile(call + 0.01 * noise, (1, channels))[:, :channels]
    with soundfile.SoundFile(path, "w", _RATE_HZ, channels, format="WAV", subtype="ALAW") as file:
        left = int(hours * 3600 * _RATE_HZ)
        while left:
            part = noisy[:left]
            file.write(part)
            left -= len(part)
    with path.open("rb") as body:
        digest = sha256()
        while piece := body.read(1 << 20):
            digest.update(piece)
    database = Database(settings.database_address)
    upgrade(database)
    with database.write() as connection:
        account = create_account(
            connection, name="Bench", owner_login="bench", owner_password="bench bench bench"
        )
        connection.execute(
            insert(recordings).values(
                id=1,
                account_id=account.account_id,
                source_id=account.source_id,
                external_id="long",
                leg_external_ids=[],
                object_name=_NAME,
                size_bytes=path.stat().st_size,
                sha256=digest.hexdigest(),
                received_at_ms=now_ms(),
            )
        )
    database.close()


def _rss_mib(settings: Settings, kind: str) -> float:
    database = Database(settings.database_address)
    with database.write() as connection:
        account_id = connection.execute(select(recordings.c.account_id)).scalar_one()
        job_id = jobs.ask(connection, account_id=account_id, kind=kind, subject_id=1)
    environment = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
    environment |= {f"{PREFIX}DATA_DIR": str(settings.data_dir), f"{PREFIX}LOG_LEVEL": "warning"}
    worker = subprocess.Popen(
        [sys.executable, "-m", "services.cli", "worker", "player"], env=environment, cwd=_ROOT
    )
    worker_kib = child_kib = 0
    try:
        state = JobState.PENDING
        while state not in FINAL_STATES:
            if worker.poll() is not None:
                raise SystemExit(f"the worker ended with {worker.returncode}")
            time.sleep(_POLL_S)
            worker_kib = max(worker_kib, _high_water_kib(worker.pid))
            child_kib = max(child_kib, *map(_high_water_kib, _children(worker.pid)), 0)
            with database.read() as connection:
                row = connection.execute(
                    select(jobs_table).where(
                        jobs_table.c.account_id == account_id, jobs_table.c.id == job_id
                    )
                ).one()
            state = JobState(row.state)
            if row.error_code:
                raise SystemExit(f"{kind} is {state}: {row.error_code} {row.error_message}")
    finally:
        worker.kill()
        worker.wait()
        database.close()
    return (worker_kib + child_kib) / 1024


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            found += map(int, (task / "children").read_text().split())
        except OSError:
            # The thread has ended.
            continue
    return found


def _high_water_kib(pid: int) -> int:
    """VmHWM of proc(5): most that was ever resident; 0 for a process that has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    lines = (line.split() for line in status.splitlines())
    return next((int(line[1]) for line in lines if line[0] == "VmHWM:"), 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=6)
    parser.add_argument("--channels", type=int, default=2)
    parser.add_argument("--kinds", nargs="+", default=_KINDS, choices=_KINDS)
    options = parser.parse_args()
    for key, value in six_hour_rss_mib(
        options.hours, kinds=options.kinds, channels=options.channels
    ).items():
        print(f"{key:32}{value:10.1f}")
