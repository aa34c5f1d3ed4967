"""`make bench-player`: serving sound beside nginx and S3, many listeners, renditions and memory.

Prints a table with the machine; the last line is all figures as one JSON object.
"""

import argparse
import json
import platform
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.player import listeners
from bench.player.memory import six_hour_rss_mib
from bench.player.reading import first_byte_p95_ms, mib_per_s
from bench.player.serving import Target, gateway, nginx, object_names, presigned, token_of
from bench.player.sound import hour_of_playback, long_wav
from services.transcribe.cores import usable_cores
from tests.fixtures.ceph import CephServer

ORIGINAL, PLAYBACK = "/api/v1/recordings/1/sound?variant=original", "/api/v1/recordings/1/sound"
RANGE_BYTES = 64 << 20
Figures = dict[str, float]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listeners", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--hours", type=float, default=6)
    options = parser.parse_args()
    print(f"machine   {platform.machine()}, {usable_cores()} cores, "
          f"Python {platform.python_version()}")  # fmt: skip
    figures: Figures = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        original, playback = folder / "long.wav", folder / "hour.mp3"
        long_wav(original)
        hour_of_playback(playback)
        with gateway(folder / "disk", original, playback, None) as port:
            figures |= _told(_from_disk(folder, port))
            target = Target(port, PLAYBACK, token_of(folder / "disk"))
            figures |= _told(_listening(target, playback, options.listeners, options.seconds))
        with _ceph() as ceph, gateway(folder / "s3", original, playback, ceph) as port:
            figures |= _told(_over_s3(folder / "s3", ceph, port))
    # Light and strong do the same work with another floor.
    figures |= _told(six_hour_rss_mib(options.hours, kinds=("playback", "denoise-medium")))
    figures["denoise_x_realtime"] = figures["denoise_medium_x_realtime"]
    print(json.dumps({key: round(value, 3) for key, value in figures.items()}))


def _from_disk(folder: Path, port: int) -> Figures:
    token = token_of(folder / "disk")
    objects = folder / "disk" / "objects"
    long_name, hour_name = object_names()
    long_bytes = (objects / long_name).stat().st_size
    hour_bytes = (objects / hour_name).stat().st_size
    with nginx(folder / "nginx", objects) as nginx_port:
        theirs = Target(nginx_port, f"/{long_name}", {})
        short = Target(nginx_port, f"/{hour_name}", {})
        figures = {
            "nginx_mib_per_s": mib_per_s(theirs, long_bytes, range_bytes=RANGE_BYTES, times=15),
            "gateway_mib_per_s": mib_per_s(
                Target(port, ORIGINAL, token), long_bytes, range_bytes=RANGE_BYTES, times=15
            ),
            "nginx_first_byte_p95_ms": first_byte_p95_ms(short, hour_bytes, times=300),
            "first_byte_p95_ms": first_byte_p95_ms(
                Target(port, PLAYBACK, token), hour_bytes, times=300
            ),
            "channel_first_byte_p95_ms": first_byte_p95_ms(
                Target(port, f"{PLAYBACK}?channel=1", token), hour_bytes // 2, times=300
            ),
        }
    return figures | {
        "range_throughput_ratio": figures["gateway_mib_per_s"] / figures["nginx_mib_per_s"]
    }


def _over_s3(folder: Path, ceph: CephServer, port: int) -> Figures:
    token = token_of(folder)
    long_name, hour_name = object_names()
    long_bytes = folder.parent.joinpath("long.wav").stat().st_size
    hour_bytes = folder.parent.joinpath("hour.mp3").stat().st_size
    straight, short = presigned(ceph, long_name), presigned(ceph, hour_name)
    figures = {
        "s3_mib_per_s": mib_per_s(straight, long_bytes, range_bytes=RANGE_BYTES, times=7),
        "gateway_over_s3_mib_per_s": mib_per_s(
            Target(port, ORIGINAL, token), long_bytes, range_bytes=RANGE_BYTES, times=7
        ),
        "s3_first_byte_p95_ms": first_byte_p95_ms(short, hour_bytes, times=300),
        "first_byte_over_s3_p95_ms": first_byte_p95_ms(
            Target(port, PLAYBACK, token), hour_bytes, times=300
        ),
    }
    return figures | {
        "s3_throughput_ratio": figures["gateway_over_s3_mib_per_s"] / figures["s3_mib_per_s"]
    }


def _listening(target: Target, sound: Path, count: int, seconds: float) -> Figures:
    heard = listeners.listen(target, sound, listeners=count, seconds=seconds)
    for error in sorted(set(heard.errors))[:5]:
        print(f"  error: {error}")
    waits_ms = sorted(heard.waits_ms)
    return {
        "listeners": count,
        "listeners_errors": len(heard.errors),
        "listeners_mib": heard.bytes_read / (1 << 20),
        "listeners_requests": len(waits_ms),
        "listeners_first_byte_p50_ms": waits_ms[len(waits_ms) // 2],
        "listeners_first_byte_p99_ms": waits_ms[int(len(waits_ms) * 0.99)],
    }


@contextmanager
def _ceph() -> Iterator[CephServer]:
    ceph = CephServer()
    try:
        ceph.start()
        yield ceph
    finally:
        ceph.stop()


def _told(figures: Figures) -> Figures:
    for name, value in figures.items():
        print(f"  {name:32}{value:14,.2f}")
    return figures


if __name__ == "__main__":
    main()
