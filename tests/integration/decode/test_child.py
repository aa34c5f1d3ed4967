"""The decoding child: what it may do, what ends it, and that nothing of it stays."""

import os
import resource
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from shared.decode import DecodeLimits, Decoding, decode, probe
from shared.errors import TematikaError, UnsupportedSound
from tests.integration.decode.sounds import by_soundfile, flac_silence, tones

ROOT = Path(__file__).parents[3]
RATE_HZ = 8000
LONG = flac_silence(3 * 3600)


def _child_of(decoding: Decoding) -> "subprocess.Popen[bytes]":
    return decoding._child._process


def _drain(decoding: Decoding) -> None:
    for _ in decoding:
        pass


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
def test_the_child_has_no_environment_and_only_its_pipes() -> None:
    os.environ["TEMATIKA_TEST_SECRET"] = "must not get out"
    try:
        with decode(LONG, rate_hz=RATE_HZ) as decoding:
            next(decoding)
            proc = Path(f"/proc/{_child_of(decoding).pid}")
            assert (proc / "environ").read_bytes() == b""
            assert {entry.name for entry in (proc / "fd").iterdir()} == {"0", "1", "2"}
            limits = (proc / "limits").read_text()
            # Another thread would need the right to make one, which only root keeps.
            assert len(list((proc / "task").iterdir())) == 1
    finally:
        del os.environ["TEMATIKA_TEST_SECRET"]
    rows = {line[:26].strip(): line[26:].split()[:2] for line in limits.splitlines()[1:]}
    assert rows["Max open files"] == ["3", "3"]
    assert rows["Max file size"] == ["0", "0"]
    assert rows["Max processes"] == ["0", "0"]
    assert rows["Max address space"] == [str(1 << 30)] * 2
    assert rows["Max cpu time"] == ["900", "900"]


def test_the_limited_process_opens_no_file_and_no_socket_and_takes_no_more_memory() -> None:
    script = """
import socket
from shared.decoding.__main__ import _limit_self
from shared.decoding.wire import Request
_limit_self(Request(rate_hz=0, max_seconds=1, memory_bytes=256 << 20, cpu_s=10))
for attempt in (lambda: open("/etc/passwd"), socket.socket, socket.socketpair):
    try:
        attempt()
    except OSError as error:
        print(error.errno)
try:
    bytes(300 << 20)
except MemoryError:
    print("memory")
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == ["24", "24", "24", "memory"]


def test_the_child_starts_without_what_only_its_parent_needs() -> None:
    """It is started for every recording, and imports are most of its start."""
    script = "import sys; import shared.decoding.__main__; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )

    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "av" in loaded
    assert not loaded & {"numpy", "pydantic", "sqlalchemy", "structlog"}


def test_leaving_early_ends_the_child() -> None:
    with decode(LONG, rate_hz=RATE_HZ) as decoding:
        next(decoding)
        child = _child_of(decoding)
        assert child.poll() is None

    assert child.returncode == -signal.SIGKILL


def test_a_forgotten_decoding_ends_its_child() -> None:
    decoding = decode(LONG, rate_hz=RATE_HZ)
    child = _child_of(decoding)

    del decoding

    assert child.returncode == -signal.SIGKILL


def test_a_child_whose_parent_is_killed_ends() -> None:
    script = """
import sys
from shared.decode import decode
from tests.integration.decode.sounds import flac_silence
decoding = decode(flac_silence(3600), rate_hz=8000)
print(decoding._child._process.pid, flush=True)
sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        child_pid = int(parent.stdout.readline())
        pidfd = os.pidfd_open(child_pid)
        parent.kill()
        parent.wait()
    try:
        import select

        ended, _, _ = select.select([pidfd], [], [], 30)
    finally:
        os.close(pidfd)

    assert ended


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL], ids=lambda number: number.name)
def test_a_crash_is_a_refusal_of_the_file(number: signal.Signals) -> None:
    with decode(LONG, rate_hz=RATE_HZ) as decoding:
        os.kill(_child_of(decoding).pid, number)
        with pytest.raises(UnsupportedSound) as refused:
            _drain(decoding)

    assert refused.value.reason == "limits-exceeded"


def test_cpu_time_is_limited() -> None:
    limits = DecodeLimits(max_seconds=24 * 3600, cpu_s=1)

    with (
        pytest.raises(UnsupportedSound) as refused,
        decode(flac_silence(20 * 3600), rate_hz=48_000, limits=limits) as decoding,
    ):
        _drain(decoding)

    assert refused.value.reason == "limits-exceeded"


def test_a_silent_child_is_not_waited_for() -> None:
    with pytest.raises(UnsupportedSound) as refused:
        probe(LONG, DecodeLimits(stall_s=0.001))

    assert refused.value.reason == "limits-exceeded"


def test_a_decoder_that_does_not_start_is_our_fault_and_not_the_files(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")

    with pytest.raises(TematikaError) as failed:
        probe(LONG)

    assert not isinstance(failed.value, UnsupportedSound)


def test_no_temporary_file_and_no_descriptor_stays(tmp_path: Path) -> None:
    before = len(list(Path("/dev/fd").iterdir()))
    tempfile.tempdir = str(tmp_path)
    try:
        for file in (by_soundfile(tones(1), RATE_HZ, "PCM_16"), b"no sound", b""):
            try:
                probe(file)
            except UnsupportedSound:
                continue
    finally:
        tempfile.tempdir = None

    assert list(tmp_path.iterdir()) == []
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_a_long_recording_passes_in_bounded_memory_and_without_a_decoder_in_the_parent() -> None:
    script = """
import resource, sys
from shared.decode import decode
from shared.errors import UnsupportedSound
file = sys.stdin.buffer.read()
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
before = peak()
with decode(file, rate_hz=16000) as decoding:
    for block in decoding:
        pass
assert decoding.frames == 3 * 3600 * 16000, decoding.frames
assert "av" not in sys.modules
print(peak() - before, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, input=LONG, capture_output=True, check=True
    )
    parent_growth, child_peak = map(int, done.stdout.split())

    assert parent_growth < 30 << 20
    assert child_peak < 120 << 20
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 3
