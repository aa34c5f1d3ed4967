import numpy as np
import pytest

from samples.speech.telephone import (
    LINE_RATE,
    NOISE_KINDS,
    Pcm,
    a_law,
    line_noise,
    resample,
    speech_level,
    telephone_band,
    with_line_noise,
)


def _tone(hertz: float, rate: int, seconds: float = 1.0) -> Pcm:
    return np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate).astype(np.float32)


@pytest.mark.parametrize(
    ("from_rate", "to_rate"), [(22_050, 16_000), (16_000, 8000), (8000, 16_000)]
)
def test_resampling_keeps_a_tone(from_rate: int, to_rate: int) -> None:
    changed = resample(_tone(440, from_rate), from_rate, to_rate)
    wanted = _tone(440, to_rate)
    inside = slice(to_rate // 10, -to_rate // 10)
    assert changed.size == wanted.size
    assert np.max(np.abs(changed[inside] - wanted[inside])) < 0.02


@pytest.mark.parametrize(
    ("hertz", "passes"), [(80, False), (1000, True), (3000, True), (3850, False)]
)
def test_a_line_lets_the_telephone_band_through(hertz: float, passes: bool) -> None:  # noqa: FBT001
    through = telephone_band(_tone(hertz, 16_000), 16_000)
    level = float(np.sqrt(np.mean(through[800:-800] ** 2)))
    assert (level > 0.6) if passes else (level < 0.1)


@pytest.mark.parametrize("kind", NOISE_KINDS)
def test_noise_has_unit_level(kind: str) -> None:
    noise = line_noise(kind, LINE_RATE, np.random.default_rng(5))
    assert float(np.sqrt(np.mean(noise**2))) == pytest.approx(1, abs=0.01)


def test_unknown_noise_is_named() -> None:
    with pytest.raises(ValueError, match="'sea'"):
        line_noise("sea", 10, np.random.default_rng(5))


def test_noise_lies_below_speech_by_what_is_asked() -> None:
    speech = np.concatenate([_tone(500, LINE_RATE), np.zeros(LINE_RATE, np.float32)])
    noisy = with_line_noise(speech, "white", 20, np.random.default_rng(6))
    added = float(np.sqrt(np.mean((noisy - speech) ** 2)))
    assert speech_level(speech) / added == pytest.approx(10, rel=0.05)


def test_silence_has_no_speech_level() -> None:
    assert speech_level(np.zeros(100, np.float32)) == 0


def test_a_law_keeps_speech_within_its_steps() -> None:
    tone = _tone(300, LINE_RATE) * np.float32(0.5)
    assert np.max(np.abs(a_law(tone) - tone)) < 0.02
