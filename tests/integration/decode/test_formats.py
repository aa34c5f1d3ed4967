"""Every accepted kind of sound comes out of the decoding child as it went in."""

from pathlib import Path

import numpy as np
import pytest

from shared.decode import DeclaredFormat, SoundInfo, decode, decode_channels, probe
from tests.integration.decode.sounds import (
    amr,
    by_av,
    by_soundfile,
    flac_silence,
    loudest_hz,
    tones,
    wav_header,
)

RATE_HZ = 8000
STEREO = tones(2)

# (file, container, codec, rate of the decoded sound, how exactly its length is kept in seconds)
FORMATS = {
    "wav-pcm8": (by_soundfile(STEREO, RATE_HZ, "PCM_U8"), "wav", "pcm_u8", RATE_HZ, 0.0),
    "wav-pcm16": (by_soundfile(STEREO, RATE_HZ, "PCM_16"), "wav", "pcm_s16le", RATE_HZ, 0.0),
    "wav-pcm24": (by_soundfile(STEREO, RATE_HZ, "PCM_24"), "wav", "pcm_s24le", RATE_HZ, 0.0),
    "wav-pcm32": (by_soundfile(STEREO, RATE_HZ, "PCM_32"), "wav", "pcm_s32le", RATE_HZ, 0.0),
    "wav-float": (by_soundfile(STEREO, RATE_HZ, "FLOAT"), "wav", "pcm_f32le", RATE_HZ, 0.0),
    "wav-extensible": (
        by_soundfile(STEREO, RATE_HZ, "PCM_16", "WAVEX"),
        "wav",
        "pcm_s16le",
        RATE_HZ,
        0.0,
    ),
    "rf64": (by_soundfile(STEREO, RATE_HZ, "PCM_16", "RF64"), "wav", "pcm_s16le", RATE_HZ, 0.0),
    "wav-alaw": (by_soundfile(STEREO, RATE_HZ, "ALAW"), "wav", "pcm_alaw", RATE_HZ, 0.0),
    "wav-ulaw": (by_soundfile(STEREO, RATE_HZ, "ULAW"), "wav", "pcm_mulaw", RATE_HZ, 0.0),
    "wav-gsm": (by_soundfile(tones(1), RATE_HZ, "GSM610"), "wav", "gsm_ms", RATE_HZ, 0.1),
    "wav-adpcm": (
        by_soundfile(STEREO, RATE_HZ, "IMA_ADPCM"),
        "wav",
        "adpcm_ima_wav",
        RATE_HZ,
        0.2,
    ),
    "wav-mp3": (by_av(STEREO, RATE_HZ, "wav", "libmp3lame"), "wav", "mp3", RATE_HZ, 0.2),
    "mp3": (by_av(STEREO, RATE_HZ, "mp3", "libmp3lame"), "mp3", "mp3", RATE_HZ, 0.2),
    "mp3-44k": (
        by_av(tones(2, rate_hz=44_100), 44_100, "mp3", "libmp3lame"),
        "mp3",
        "mp3",
        44_100,
        0.1,
    ),
    "ogg-opus": (by_av(STEREO, RATE_HZ, "ogg", "libopus"), "ogg", "opus", 48_000, 0.02),
    "ogg-vorbis": (by_soundfile(STEREO, RATE_HZ, "VORBIS", "OGG"), "ogg", "vorbis", RATE_HZ, 0.2),
    "flac": (by_av(STEREO, RATE_HZ, "flac", "flac"), "flac", "flac", RATE_HZ, 0.0),
    "m4a": (by_av(STEREO, RATE_HZ, "ipod", "aac"), "m4a", "aac", RATE_HZ, 0.3),
    "mp4": (by_av(STEREO, RATE_HZ, "mp4", "aac"), "m4a", "aac", RATE_HZ, 0.3),
    "aac": (by_av(STEREO, RATE_HZ, "adts", "aac"), "aac", "aac", RATE_HZ, 0.4),
    "webm": (by_av(STEREO, RATE_HZ, "webm", "libopus"), "webm", "opus", 48_000, 0.03),
}


# (file, what its sender declares)
RAW = {
    "alaw": (by_soundfile(STEREO, RATE_HZ, "ALAW", "RAW"), DeclaredFormat("pcm_alaw", RATE_HZ, 2)),
    "mulaw": (
        by_soundfile(tones(3), RATE_HZ, "ULAW", "RAW"),
        DeclaredFormat("pcm_mulaw", RATE_HZ, 3),
    ),
    "s16le": (
        by_soundfile(tones(8, rate_hz=48_000), 48_000, "PCM_16", "RAW"),
        DeclaredFormat("pcm_s16le", 48_000, 8),
    ),
    "gsm": (by_soundfile(tones(1), RATE_HZ, "GSM610", "RAW"), DeclaredFormat("gsm", RATE_HZ, 1)),
    "g722": (
        by_av(tones(1, rate_hz=16_000), 16_000, "g722", "g722"),
        DeclaredFormat("adpcm_g722", 16_000, 1),
    ),
}


@pytest.mark.parametrize("name", RAW)
def test_a_file_without_a_header_is_what_was_declared(name: str) -> None:
    file, declared = RAW[name]

    info = probe(file, declared=declared)
    channels = decode_channels(file, declared=declared)

    assert (info.container, info.codec) == ("raw", declared.codec)
    assert (info.rate_hz, info.channels) == (declared.rate_hz, declared.channels)
    assert info.duration_ms == 2000
    assert [loudest_hz(channel, 16_000) for channel in channels] == [
        300 + 200 * index for index in range(declared.channels)
    ]


@pytest.mark.parametrize("name", FORMATS)
def test_probe_tells_what_a_file_is(name: str) -> None:
    file, container, codec, rate_hz, tolerance_s = FORMATS[name]

    info = probe(file)

    assert (info.container, info.codec, info.rate_hz) == (container, codec, rate_hz)
    assert info.channels == (1 if name == "wav-gsm" else 2)
    assert info.duration_ms == pytest.approx(2000, abs=tolerance_s * 1000)
    assert info.bit_rate == pytest.approx(len(file) * 8 / (info.duration_ms / 1000), abs=1)


@pytest.mark.parametrize("name", FORMATS)
def test_decoding_keeps_length_and_channels(name: str) -> None:
    file, _, _, _, tolerance_s = FORMATS[name]

    channels = decode_channels(file)

    for index, channel in enumerate(channels):
        assert channel.dtype == np.float32
        assert channel.ndim == 1
        assert len(channel) / 16_000 == pytest.approx(2.0, abs=tolerance_s + 0.001)
        assert loudest_hz(channel, 16_000) == 300 + 200 * index
        assert np.abs(channel).max() == pytest.approx(0.3, abs=0.06)


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (amr(100), SoundInfo("amr", "amr_nb", 1, 8000, 2000, 12_824)),
        (amr(100, wide=True), SoundInfo("amr", "amr_wb", 1, 16_000, 2000, 24_436)),
    ],
    ids=["narrow", "wide"],
)
def test_amr(file: bytes, expected: SoundInfo) -> None:
    assert probe(file) == expected
    assert [len(channel) for channel in decode_channels(file)] == [32_000]


@pytest.mark.parametrize("count", range(1, 9))
def test_one_to_eight_channels_are_kept_apart(count: int) -> None:
    file = by_soundfile(tones(count), RATE_HZ, "PCM_16")

    channels = decode_channels(file, rate_hz=RATE_HZ)

    assert [loudest_hz(channel, RATE_HZ) for channel in channels] == [
        300 + 200 * index for index in range(count)
    ]


@pytest.mark.parametrize("rate_hz", [8000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000])
def test_rates_are_converted(rate_hz: int) -> None:
    file = by_soundfile(tones(1, rate_hz=rate_hz), rate_hz, "PCM_16")

    (channel,) = decode_channels(file, rate_hz=16_000)

    assert len(channel) == pytest.approx(32_000, abs=2)
    assert loudest_hz(channel, 16_000) == 300


def test_at_its_own_rate_pcm_is_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "the name is free.mp3"
    path.write_bytes(by_soundfile(STEREO, RATE_HZ, "PCM_24"))

    with decode(path, rate_hz=RATE_HZ) as decoding:
        blocks = list(decoding)

    assert decoding.channels == 2
    assert decoding.frames == len(STEREO)
    assert decoding.damaged_ms == 0
    assert all(block.shape[1] == 2 and block.dtype == np.float32 for block in blocks)
    np.testing.assert_allclose(np.concatenate(blocks), STEREO, atol=1e-6)


def test_float_samples_that_are_no_numbers_do_not_get_out() -> None:
    samples = np.array([0.5, np.nan, np.inf, -np.inf, 3e38, -3e38] * 1000, np.float32)
    header = wav_header(tag=3, bits=32, data_bytes=samples.nbytes)

    (channel,) = decode_channels(header + samples.tobytes(), rate_hz=RATE_HZ)

    assert channel[:6].tolist() == [0.5, 0.0, 1.0, -1.0, 1.0, -1.0]


@pytest.mark.parametrize("claim", [0, 0x7FFFFFFF, 0xFFFFFFFF], ids=hex)
def test_a_wav_that_was_written_to_a_pipe_is_read_to_its_end(claim: int) -> None:
    file = wav_header(data_bytes=claim) + bytes(16_000)

    assert probe(file).duration_ms == 1000


def test_a_picture_in_a_video_is_left_alone() -> None:
    assert probe(_video_with_sound()).duration_ms == pytest.approx(2000, abs=300)


def test_id3_tags_do_not_hide_an_mp3() -> None:
    tag = b"ID3\x04\x00\x00" + bytes([0, 8, 0, 0]) + b"TXXX Info" + bytes(2**17 - 9)

    info = probe(tag + FORMATS["mp3"][0])

    assert info.container == "mp3"
    assert info.duration_ms == pytest.approx(2000, abs=200)


def test_three_hours_of_silence_in_a_few_kilobytes() -> None:
    file = flac_silence(3 * 3600)
    assert len(file) < 20_000

    assert probe(file).duration_ms == 3 * 3600 * 1000
    with decode(file, rate_hz=RATE_HZ) as decoding:
        assert max(np.abs(block).max() for block in decoding) == 0
    assert decoding.frames == 3 * 3600 * RATE_HZ


def _video_with_sound() -> bytes:
    import io

    import av

    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as output:
        picture = output.add_stream("mpeg4", rate=10, width=32, height=32, pix_fmt="yuv420p")
        sound = output.add_stream("aac", rate=RATE_HZ, layout="mono")
        for _ in range(20):
            frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
            output.mux(picture.encode(frame))
        pcm = (tones(1).reshape(1, -1) * 32_767).astype(np.int16)
        samples = av.AudioFrame.from_ndarray(pcm, format="s16", layout="mono")
        samples.sample_rate = RATE_HZ
        output.mux(sound.encode(samples))
        output.mux(picture.encode(None))
        output.mux(sound.encode(None))
    return file.getvalue()
