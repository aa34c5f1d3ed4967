"""Renditions of real files through real codecs, decoded again and compared."""

import io
import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import av
import numpy as np
import pytest

from services.player.mpeg import layer3
from services.player.rendering.denoise import Treatment
from services.player.rendering.passes import Rendered, local_copy, render_denoised, render_playback
from services.player.rendering.strength import Strength
from shared.decode import DeclaredFormat, DecodeLimits, decode_channels
from shared.errors import JobFailed, UnsupportedSound
from shared.storage.disk import DiskStore
from tests.integration.decode.sounds import by_av, by_soundfile, flac_silence, loudest_hz, tones
from tests.integration.player.recorded import decoded, snr_db

CALLS = Path(__file__).parents[3] / "samples" / "calls"
LIMITS = DecodeLimits()


def nowhere(done: float) -> None:
    assert 0 <= done <= 1


def played(source: Path, limits: DecodeLimits = LIMITS) -> tuple[bytes, Rendered]:
    sounds, rendered = all_played(source, limits)
    assert set(sounds) == {"playback"}
    return sounds["playback"], rendered


def all_played(
    source: Path, limits: DecodeLimits = LIMITS, declared: DeclaredFormat | None = None
) -> tuple[dict[str, bytes], Rendered]:
    with ExitStack() as files:
        rendered = render_playback(source, declared, files, limits, nowhere)
        sounds = {}
        for kind, file in rendered.sounds.items():
            file.seek(0)
            sounds[kind] = file.read()
    return sounds, rendered


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[bytes], Path]:
    def save(body: bytes) -> Path:
        path = tmp_path / "sound"
        path.write_bytes(body)
        return path

    return save


FORMATS = [
    pytest.param(by_soundfile(tones(2), 8000, "PCM_16"), 2, 8000, id="pcm stereo"),
    pytest.param(by_soundfile(tones(1), 8000, "ALAW"), 1, 8000, id="a-law"),
    pytest.param(by_soundfile(tones(1), 8000, "GSM610"), 1, 8000, id="gsm"),
    pytest.param(by_soundfile(tones(2, rate_hz=44_100), 44_100, "PCM_24"), 2, 44_100, id="cd rate"),
    pytest.param(by_soundfile(tones(2, rate_hz=11_025), 11_025, "PCM_U8"), 2, 11_025, id="11025"),
    pytest.param(by_av(tones(2, rate_hz=48_000), 48_000, "ogg", "libopus"), 2, 48_000, id="opus"),
    pytest.param(by_av(tones(1), 8000, "mp3", "libmp3lame"), 1, 8000, id="8 kHz mp3"),
]


@pytest.mark.parametrize(("body", "channels", "source_hz"), FORMATS)
def test_playback_keeps_channels_and_length(
    saved: Callable[[bytes], Path], body: bytes, channels: int, source_hz: int
) -> None:
    mp3, rendered = played(saved(body))
    assert (rendered.info.channels, rendered.info.rate_hz) == (channels, source_hz)
    sound, heard_hz = decoded(mp3)
    assert heard_hz == layer3.RATE_HZ
    # Exactly: the header tells players the encoder's delay and padding.
    wanted = np.stack(decode_channels(saved(body), layer3.RATE_HZ))
    assert sound.shape == wanted.shape
    assert sound.shape[1] * 1000 // heard_hz == rendered.duration_ms
    assert rendered.duration_ms == pytest.approx(2000, abs=60)
    assert [loudest_hz(channel, heard_hz) for channel in sound] == [300, 500][:channels]


def test_sound_without_a_header_is_what_was_declared(saved: Callable[[bytes], Path]) -> None:
    pcm = (np.clip(tones(2), -1, 1) * 32767).astype("<i2").tobytes()
    sounds, rendered = all_played(saved(pcm), declared=DeclaredFormat("pcm_s16le", 8000, 2))
    assert rendered.info.container == "raw"
    sound, rate_hz = decoded(sounds["playback"])
    assert sound.shape == (2, 2 * rate_hz)
    assert [loudest_hz(channel, rate_hz) for channel in sound] == [300, 500]


def test_the_container_is_what_players_expect(saved: Callable[[bytes], Path]) -> None:
    mp3, _ = played(saved(by_soundfile(tones(2, seconds=10), 8000, "PCM_16")))
    with av.open(io.BytesIO(mp3)) as container:
        stream = container.streams.audio[0]
        assert container.format.name == "mp3"
        assert stream.codec_context.codec.name.startswith("mp3")
        assert stream.codec_context.layout.name == "stereo"
        # Constant rate: a time is a byte position, so a seek needs no index.
        assert stream.bit_rate == 2 * layer3.BIT_RATE
        assert float(container.duration) / av.time_base == pytest.approx(10, abs=0.04)
    frames, over = divmod(len(mp3) - layer3.info_bytes(2), layer3.STEREO_BYTES)
    assert over == 0
    assert frames * layer3.FRAME_MS == pytest.approx(10_000, abs=4 * layer3.FRAME_MS)


@pytest.mark.parametrize("call", ["01-refund/recording.ogg", "02-wrong-speaker/recording.flac"])
def test_telephone_speech_survives(call: str) -> None:
    mp3, _ = played(CALLS / call)
    sound, rate_hz = decoded(mp3)
    original = np.stack(decode_channels(CALLS / call, rate_hz))
    assert sound.shape == original.shape
    for index in range(len(original)):
        assert snr_db(original[index], sound[index]) > 23
    # The parties are not mixed into each other.
    assert snr_db(original[0], sound[1]) < 3


def test_a_silent_side_stays_silent(saved: Callable[[bytes], Path]) -> None:
    one_sided = tones(2)
    one_sided[:, 1] = 0
    mp3, _ = played(saved(by_soundfile(one_sided, 8000, "PCM_16")))
    assert np.abs(decoded(mp3)[0][1]).max() < 1e-4


def test_more_channels_than_a_listener_has_ears(saved: Callable[[bytes], Path]) -> None:
    sounds, rendered = all_played(saved(by_soundfile(tones(4), 8000, "PCM_16")))
    sound, _ = decoded(sounds.pop("playback"))
    assert len(sound) == 2
    assert rendered.waveform.peaks.shape[1] == 4
    for index, own_hz in enumerate((300, 500)):
        spectrum = np.abs(np.fft.rfft(sound[index])) / sound.shape[1] * 2
        heard = [
            float(spectrum[round(hz * sound.shape[1] / 16_000)]) for hz in (300, 500, 700, 900)
        ]
        assert heard[index] == pytest.approx(0.15, abs=0.02), own_hz
        assert heard[1 - index] < 0.01
        assert heard[2:] == pytest.approx([0.075, 0.075], abs=0.02)
    # Each by itself too, as loud as it was and as long.
    assert list(sounds) == ["playback-0", "playback-1", "playback-2", "playback-3"]
    for index, mp3 in enumerate(sounds.values()):
        channel, rate_hz = decoded(mp3)
        assert channel.shape == (1, sound.shape[1])
        assert loudest_hz(channel[0], rate_hz) == 300 + 200 * index
        assert np.abs(channel).max() == pytest.approx(0.3, abs=0.02)


def test_peaks_show_the_loud_and_the_quiet(saved: Callable[[bytes], Path]) -> None:
    sound = tones(2)
    sound[: len(sound) // 2, 1] = 0
    _, rendered = played(saved(by_soundfile(sound, 8000, "PCM_16")))
    document = json.loads(b"".join(rendered.waveform.json_pieces()))
    assert (document["sample_rate"], document["samples_per_pixel"]) == (16_000, 320)
    assert document["length"] == 100
    data = np.reshape(document["data"], (100, 2, 2))
    assert np.abs(data[5:45, 0]).min() > 30
    assert np.abs(data[5:45, 1]).max() <= 1
    assert np.abs(data[55:95, 1]).min() > 30


REFUSED = [
    pytest.param(b"", "empty", id="zero bytes"),
    pytest.param(b"<html><body>No such file</body></html>" * 50, "not-sound", id="a web page"),
    pytest.param(b"RIFF\x00\x00\x00\x00WAVE" + bytes(500), "not-sound", id="a WAV of zeros"),
]


@pytest.mark.parametrize(("body", "reason"), REFUSED)
def test_what_is_no_sound_is_refused(
    saved: Callable[[bytes], Path], body: bytes, reason: str
) -> None:
    with pytest.raises(UnsupportedSound) as refused:
        played(saved(body))
    assert refused.value.reason == reason


def test_a_small_file_of_endless_silence_is_refused(saved: Callable[[bytes], Path]) -> None:
    with pytest.raises(UnsupportedSound) as refused:
        played(saved(flac_silence(3 * 3600)), DecodeLimits(max_seconds=3600))
    assert refused.value.reason == "too-long"


def cleaned(
    source: Path, strength: Strength = Strength.MEDIUM
) -> tuple[bytes, list[dict[Treatment, int]]]:
    file = io.BytesIO()
    reports = render_denoised(source, None, file, strength, 60_000, LIMITS, nowhere)
    return file.getvalue(), [report.ms for report in reports]


def test_a_noisy_call_is_cleaned_and_a_clean_side_is_not(saved: Callable[[bytes], Path]) -> None:
    clean = np.stack(decode_channels(CALLS / "01-refund/recording.ogg", 16_000))
    speech = clean / np.abs(clean).max() * 0.5
    level = np.sqrt(np.mean(speech[0] ** 2))
    noise = np.random.default_rng(3).standard_normal(speech.shape[1]).astype(np.float32)
    noisy = speech.copy()
    noisy[0] += level * 0.3 * noise
    mp3, treatments = cleaned(saved(by_soundfile(noisy.T, 16_000, "PCM_16")))
    sound, _ = decoded(mp3)
    assert sound.shape == noisy.shape
    assert list(treatments[0]) == [Treatment.DENOISED]
    assert snr_db(speech[0], sound[0]) > snr_db(speech[0], noisy[0]) + 3


def test_tones_without_pauses_are_left_as_they_are(saved: Callable[[bytes], Path]) -> None:
    original = tones(2, rate_hz=16_000, seconds=5)
    mp3, treatments = cleaned(saved(by_soundfile(original, 16_000, "PCM_16")))
    assert all(Treatment.DENOISED not in ms for ms in treatments)
    assert [sum(ms.values()) for ms in treatments] == [5000, 5000]
    assert snr_db(original.T, decoded(mp3)[0]) > 20


@pytest.mark.parametrize("duration_ms", [5000, None])
def test_progress_is_told_before_anything_was_measured_too(
    saved: Callable[[bytes], Path], duration_ms: int | None
) -> None:
    source = saved(by_soundfile(tones(2, rate_hz=16_000, seconds=5), 16_000, "PCM_16"))
    told: list[float] = []
    render_denoised(source, None, io.BytesIO(), Strength.LIGHT, duration_ms, LIMITS, told.append)
    assert told == sorted(told)
    assert told[0] < 0.3
    assert told[-1] == 1


def test_the_local_copy_is_verified_and_leaves_nothing(tmp_path: Path) -> None:
    store = DiskStore(tmp_path / "objects")
    store.prepare()
    body = by_soundfile(tones(1), 8000, "PCM_16")
    stored = store.put("a/b", io.BytesIO(body), limit_bytes=10**6, content_type="")
    with local_copy(store, "a/b", stored.sha256) as path:
        assert path.read_bytes() == body
        mp3, _ = played(path)
        assert decoded(mp3)[0].shape[1] == 32_000
    with pytest.raises(JobFailed) as failed, local_copy(store, "a/b", "0" * 64):
        pass
    assert failed.value.job_code == "object-corrupt"
    with pytest.raises(JobFailed) as failed, local_copy(store, "a/c", "0" * 64):
        pass
    assert failed.value.job_code == "object-missing"
