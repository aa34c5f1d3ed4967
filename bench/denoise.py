"""`make bench-denoise`: what noise suppression does to telephone speech, beside noisereduce.

Prints SI-SDR before and after for each noise and level, the real-time factor, and as the last line
all figures as JSON. Clean speech is synthetic (espeak-ng), so that its clean version is known.
"""

import json
import os

# One core: the real-time factor is per core. Set before numpy loads its BLAS.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import platform
import resource
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from samples.speech.telephone import LINE_RATE, resample, telephone_band
from samples.speech.voices import SAMPLE_RATE, draw_voice, speak
from services.player.denoise import RATE_HZ, Treatment, suppress_noise
from shared.domain.transcript import SpeechRegion
from shared.vad import speech_regions

Sound = npt.NDArray[np.float32]
Wave = npt.NDArray[np.float64]
Suppressor = Callable[[Sound, Sequence[SpeechRegion]], Sound]

SECONDS = 40
SPEAKERS = 3
SNRS_DB = (0, 5, 10, 20)
STEADY = ("white", "pink", "hum")
LINES = {
    "ru": (
        "Добрый день, меня зовут Анна, чем могу помочь?",
        "Я хотела бы узнать, когда приедет мой заказ.",
        "Одну минуту, сейчас проверю.",
        "Хорошо, а можно вернуть деньги?",
        "Мне никто не перезвонил, я жду уже вторую неделю.",
    ),
    "en": (
        "Hello, this is the support line, how can I help you?",
        "I would like to cancel my order, please.",
        "It takes up to ten working days.",
    ),
}


@dataclass(frozen=True)
class Score:
    """SI-SDR before and after, dB, and the seconds it took."""

    before_db: float
    after_db: float
    seconds: float


def speech(seed: int) -> Sound:
    """One side of a call at 8 kHz in the telephone band: phrases between pauses of 0.3 to 4 s."""
    rng = np.random.default_rng(seed)
    language = "en" if seed % 4 == 3 else "ru"
    voice = draw_voice(language, rng)
    parts: list[Sound] = []
    while sum(part.size for part in parts) < SECONDS * LINE_RATE:
        parts.append(np.zeros(int(LINE_RATE * rng.uniform(0.3, 4)), np.float32))
        line = LINES[language][int(rng.integers(len(LINES[language])))]
        parts.append(telephone_band(speak(line, voice).pcm, SAMPLE_RATE))
    said = np.concatenate(parts)[: SECONDS * LINE_RATE]
    level = np.float32(0.4 / np.abs(said).max())
    return said * level


def noise(kind: str, samples: int, seed: int) -> Sound:
    """Noise of one kind at 8 kHz in the telephone band."""
    rng = np.random.default_rng(1000 + seed)
    sound = _NOISES[kind](samples, rng)
    return telephone_band(sound.astype(np.float32), LINE_RATE)


def _white(samples: int, rng: np.random.Generator) -> Wave:
    return rng.standard_normal(samples)


def _pink(samples: int, rng: np.random.Generator) -> Wave:
    spectrum = np.fft.rfft(rng.standard_normal(samples))
    hertz = np.fft.rfftfreq(samples, 1 / LINE_RATE)
    return np.fft.irfft(spectrum / np.sqrt(np.maximum(hertz, 60)), samples)


def _hum(samples: int, rng: np.random.Generator) -> Wave:
    t = np.arange(samples) / LINE_RATE
    sound = 0.1 * rng.standard_normal(samples)
    for k in range(2, 20):
        sound += np.sin(2 * np.pi * 50 * k * t + rng.uniform(0, 2 * np.pi)) / np.sqrt(k)
    return sound


def _babble(samples: int, rng: np.random.Generator) -> Wave:
    voices = rng.integers(100, 10_000, 6)
    sound = np.zeros(samples)
    for voice in voices:
        sound += np.roll(speech(int(voice)), int(rng.integers(samples)))
    return sound


def _clicks(samples: int, rng: np.random.Generator) -> Wave:
    sound = np.zeros(samples)
    decay = np.exp(-np.arange(32) / 6)
    for place in rng.integers(0, samples - 32, 6 * SECONDS):
        ring = np.cos(np.arange(32) * rng.uniform(0.5, 2.5))
        sound[place : place + 32] += rng.uniform(-1, 1) * decay * ring
    return sound


def _music(samples: int, rng: np.random.Generator) -> Wave:
    sound = np.zeros(samples)
    place = 0
    while place < samples:
        length = int(LINE_RATE * rng.choice([0.25, 0.5, 1.0]))
        t = np.arange(min(2 * length, samples - place)) / LINE_RATE
        for hertz in rng.choice([220, 262, 330, 392, 440, 523], 3):
            for overtone in (1, 2, 3):
                tone = np.sin(2 * np.pi * hertz * overtone * t) / overtone
                sound[place : place + t.size] += np.exp(-4 * t) * tone
        place += length
    return sound


_NOISES: dict[str, Callable[[int, np.random.Generator], Wave]] = {
    "white": _white,
    "pink": _pink,
    "hum": _hum,
    "babble": _babble,
    "clicks": _clicks,
    "music": _music,
}


def mixed(clean: Sound, added: Sound, snr_db: float) -> Sound:
    """`clean` with noise `snr_db` below the level of its speech."""
    frames = np.square(clean[: clean.size // 160 * 160].reshape(-1, 160)).mean(axis=1)
    level = np.sqrt(frames[frames > frames.max() * 1e-4].mean())
    scale = level * 10 ** (-snr_db / 20) / np.sqrt(np.square(added).mean())
    return clean + np.float32(scale) * added


def si_sdr_db(clean: Sound, sound: Sound) -> float:
    """Scale-invariant signal-to-distortion ratio (Le Roux et al., 2019), dB."""
    target = float(sound @ clean) / float(clean @ clean) * clean
    error = sound - target
    return float(10 * np.log10((target @ target) / max(float(error @ error), 1e-20)))


def product(sound: Sound, regions: Sequence[SpeechRegion]) -> Sound:
    """What the player's worker does."""
    return suppress_noise(sound, regions)[0]


def noisereduce_with(*, profile: bool, **options: object) -> Suppressor:
    """noisereduce with the given options; `profile` gives it the pauses as noise."""

    def suppress(sound: Sound, regions: Sequence[SpeechRegion]) -> Sound:
        import noisereduce

        given = dict(options)
        if profile:
            pauses = np.ones(sound.size, bool)
            for region in regions:
                pauses[region.start_ms * 16 : region.end_ms * 16] = False
            if not pauses.any():
                return sound
            given |= {"y_noise": sound[pauses], "clip_noise_stationary": False}
        reduced: Sound = noisereduce.reduce_noise(sound, RATE_HZ, **given)
        return reduced

    return suppress


SUPPRESSORS: dict[str, Suppressor] = {
    "tematika": product,
    "nr default": noisereduce_with(profile=False),
    "nr stationary": noisereduce_with(profile=False, stationary=True),
    "nr st. profile": noisereduce_with(profile=True, stationary=True),
    "nr st. p1.0 n512": noisereduce_with(
        profile=True, stationary=True, n_fft=512, freq_mask_smooth_hz=200, time_mask_smooth_ms=40
    ),
    "nr st. p0.9 n512": noisereduce_with(
        profile=True,
        stationary=True,
        n_fft=512,
        prop_decrease=0.9,
        freq_mask_smooth_hz=200,
        time_mask_smooth_ms=40,
    ),
    "nr st. p0.6 n512": noisereduce_with(
        profile=True,
        stationary=True,
        n_fft=512,
        prop_decrease=0.6,
        freq_mask_smooth_hz=200,
        time_mask_smooth_ms=40,
    ),
    "nr st. p0.9 n1024": noisereduce_with(profile=True, stationary=True, prop_decrease=0.9),
    "nr non-st. p0.6 n512": noisereduce_with(profile=False, n_fft=512, prop_decrease=0.6),
}


def main() -> None:
    """Run every suppressor on every mixture and print the table."""
    scores: dict[tuple[str, str, int], list[Score]] = defaultdict(list)
    treated: dict[tuple[str, int], list[Treatment]] = defaultdict(list)
    for seed in range(1, SPEAKERS + 1):
        narrow = speech(seed)
        clean = resample(narrow, LINE_RATE, RATE_HZ)
        for kind in (*_NOISES, "clean"):
            added = narrow if kind == "clean" else noise(kind, narrow.size, seed)
            for snr_db in (99,) if kind == "clean" else SNRS_DB:
                line = narrow if kind == "clean" else mixed(narrow, added, snr_db)
                sound = resample(line, LINE_RATE, RATE_HZ)
                regions = speech_regions(sound)
                treated[kind, snr_db].append(suppress_noise(sound, regions)[1])
                before_db = si_sdr_db(clean, sound)
                for name, suppress in SUPPRESSORS.items():
                    started = time.process_time()
                    after_db = si_sdr_db(clean, suppress(sound, regions))
                    seconds = time.process_time() - started
                    scores[name, kind, snr_db].append(Score(before_db, after_db, seconds))
    _print_table(scores, treated)


def _print_table(
    scores: dict[tuple[str, str, int], list[Score]],
    treated: dict[tuple[str, int], list[Treatment]],
) -> None:
    cases = list(treated)
    print(f"machine: {platform.processor() or platform.machine()}, {os.cpu_count()} cores")
    print(f"SI-SDR gain, dB; {SPEAKERS} speakers of {SECONDS} s at 8 kHz; SNR in the head")
    print(
        "| suppressor | " + " | ".join(f"{kind} {snr_db}" for kind, snr_db in cases) + " | x RT |"
    )
    print("|---" * (len(cases) + 2) + "|")
    gains: dict[tuple[str, str, int], float] = {}
    for name in SUPPRESSORS:
        cells, seconds = [], 0.0
        for kind, snr_db in cases:
            found = scores[name, kind, snr_db]
            # Clean speech has no gain to make: what counts is what is left of it.
            gain = float(np.mean([s.after_db - s.before_db for s in found]))
            if kind == "clean":
                gain = float(np.mean([min(s.after_db, 99.0) for s in found]))
            gains[name, kind, snr_db] = gain
            cells.append(f"{gain:+.1f}")
            seconds += sum(score.seconds for score in found)
        speed = len(cases) * SPEAKERS * SECONDS / seconds
        gains[name, "speed", 0] = speed
        print(f"| {name} | " + " | ".join(cells) + f" | {speed:.0f} |")
    print("| treatment | " + " | ".join(_most(treated[case]) for case in cases) + " | |")
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    ours = [(kind, db, gains["tematika", kind, db]) for kind in STEADY for db in SNRS_DB]
    every = [gains["tematika", kind, db] for kind, db in cases if kind != "clean"]
    figures = {
        "si_sdr_gain_db_min_0_5": min(gain for _, db, gain in ours if db <= 5),
        "si_sdr_gain_db_min_10": min(gain for _, db, gain in ours if db == 10),
        "si_sdr_gain_db_min_20": min(gain for _, db, gain in ours if db == 20),
        "si_sdr_gain_db_min_any": min(every),
        "si_sdr_clean_db": gains["tematika", "clean", 99],
        "denoise_x_realtime": gains["tematika", "speed", 0],
        "peak_rss_mib": peak_mib,
    }
    print(json.dumps({name: round(value, 2) for name, value in figures.items()}))


def _most(treatments: list[Treatment]) -> str:
    return str(max(set(treatments), key=treatments.count))


if __name__ == "__main__":
    main()
