"""Hundreds of broken files in the real child: sound or a named refusal, and nothing left behind."""

import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from shared.decode import DecodeLimits, decode, probe
from shared.errors import UnsupportedSound
from tests.integration.decode.corpus import MUTATIONS, SEEDS, Broken, broken_files

RATE_HZ = 8000
# Small, so that a file that would take minutes or gigabytes is found out.
LIMITS = DecodeLimits(max_seconds=120, memory_bytes=512 << 20, cpu_s=5, stall_s=20)

# Of UnsupportedSound. Not `limits-exceeded`: none of these files has a right to time or memory, and
# it would also stand for a decoder that crashed.
REASONS = {
    "empty",
    "not-sound",
    "container-not-allowed",
    "codec-not-allowed",
    "truncated",
    "too-long",
    "too-many-channels",
    "rate-out-of-range",
    "inconsistent",
}


def test_the_corpus_is_large() -> None:
    assert len(SEEDS) * len(MUTATIONS) >= 300


@pytest.mark.parametrize("seed", SEEDS)
def test_a_broken_file_is_sound_or_refused(
    seed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = _descriptors(), _children()

    with ThreadPoolExecutor(2) as pool:
        problems = [found for found in pool.map(_problem, broken_files(seed)) if found]

    assert problems == []
    assert list(tmp_path.iterdir()) == []
    assert (_descriptors(), _children()) == before


def _problem(broken: Broken) -> str | None:
    """What is wrong with how a file was judged; probing and decoding must come to the same."""
    probed = _probed(broken)
    decoded = _decoded(broken)
    if isinstance(probed, str) or isinstance(decoded, str):
        known = probed == decoded and probed in REASONS
        return None if known else f"{broken.name}: probed {probed}, decoded {decoded}"
    alike = probed[1] == decoded[1] and abs(probed[0] - decoded[0]) <= 0.001 * probed[0] + 25
    return None if alike else f"{broken.name}: probed {probed}, decoded {decoded}"


def _probed(broken: Broken) -> tuple[float, int] | str:
    """(duration in ms, channels), or the reason of the refusal."""
    try:
        info = probe(broken.content, LIMITS, declared=broken.declared)
    except UnsupportedSound as refused:
        return _reason(refused)
    return info.duration_ms, info.channels


def _decoded(broken: Broken) -> tuple[float, int] | str:
    try:
        with decode(
            broken.content, rate_hz=RATE_HZ, limits=LIMITS, declared=broken.declared
        ) as decoding:
            for _ in decoding:
                pass
    except UnsupportedSound as refused:
        return _reason(refused)
    return decoding.frames * 1000 / RATE_HZ, decoding.channels


def _reason(refused: UnsupportedSound) -> str:
    # What the parent says of a child that ended without a word is a failure of ours.
    return refused.detail if "failed on this file" in refused.detail else refused.reason


def _descriptors() -> int:
    return len(list(Path("/dev/fd").iterdir()))


def _children() -> set[str]:
    tasks = Path(f"/proc/{os.getpid()}/task").iterdir()
    return {child for task in tasks for child in (task / "children").read_text().split()}
