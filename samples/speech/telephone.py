"""What a telephone line does to speech: its band, its noise, its companding."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Pcm = npt.NDArray[np.float32]

LINE_RATE = 8000
NOISE_KINDS = ("white", "low", "hum", "crackle")


def resample(pcm: Pcm, from_rate: int, to_rate: int) -> Pcm:
    """The same sound at another sample rate (Hz), band-limited, by its spectrum."""
    if from_rate == to_rate or pcm.size == 0:
        return pcm.astype(np.float32)
    step = int(np.gcd(from_rate, to_rate))
    down, up = from_rate // step, to_rate // step
    blocks = _smooth_size(-(-(pcm.size + 64) // down))
    spectrum = np.fft.rfft(pcm.astype(np.float64), blocks * down)
    bins = blocks * up // 2 + 1
    kept = np.zeros(bins, dtype=np.complex128)
    common = min(bins, spectrum.size)
    kept[:common] = spectrum[:common]
    wide = np.fft.irfft(kept, blocks * up) * (up / down)
    return wide[: round(pcm.size * up / down)].astype(np.float32)


def telephone_band(pcm: Pcm, sample_rate: int) -> Pcm:
    """The sound a phone line lets through: 300-3400 Hz at 8 kHz."""
    narrow = resample(pcm, sample_rate, LINE_RATE)
    if narrow.size == 0:
        return narrow
    size = _smooth_size(narrow.size + 256)
    spectrum = np.fft.rfft(narrow.astype(np.float64), size)
    hertz = np.fft.rfftfreq(size, 1 / LINE_RATE)
    spectrum *= np.interp(hertz, (150.0, 300.0, 3400.0, 3700.0), (0.03, 1.0, 1.0, 0.01))
    return np.fft.irfft(spectrum, size)[: narrow.size].astype(np.float32)


def line_noise(kind: str, count: int, rng: np.random.Generator) -> Pcm:
    """`count` samples at 8 kHz of one of NOISE_KINDS, with a root mean square of 1."""
    white = rng.standard_normal(count)
    if kind == "low":
        spectrum = np.fft.rfft(white)
        hertz = np.fft.rfftfreq(count, 1 / LINE_RATE)
        noise = np.fft.irfft(spectrum / (1 + hertz / 400.0), count)
    elif kind == "hum":
        seconds = np.arange(count) / LINE_RATE
        base = 50.0 * (1 + rng.uniform(-0.01, 0.01))
        noise = 0.4 * white
        for harmonic in (2, 4, 6, 8):
            phase = rng.uniform(0, 2 * np.pi)
            noise += np.sin(2 * np.pi * base * harmonic * seconds + phase) / harmonic
    elif kind == "crackle":
        noise = 0.6 * white + white * (rng.random(count) < 0.002) * 15
    elif kind == "white":
        noise = white
    else:
        raise ValueError(f"unknown noise kind {kind!r}: one of {', '.join(NOISE_KINDS)}")
    return (noise / max(float(np.sqrt(np.mean(noise**2))), 1e-9)).astype(np.float32)


def speech_level(pcm: Pcm) -> float:
    """Root mean square of the parts where somebody speaks (0 where nobody does)."""
    loud = np.abs(pcm) > 0.02 * max(float(np.max(np.abs(pcm), initial=0.0)), 1e-9)
    if not loud.any():
        return 0.0
    return float(np.sqrt(np.mean(pcm[loud].astype(np.float64) ** 2)))


def with_line_noise(pcm: Pcm, kind: str, snr_db: float, rng: np.random.Generator) -> Pcm:
    """`pcm` (8 kHz) with noise `snr_db` below its speech."""
    level = (speech_level(pcm) or 0.1) * 10 ** (-snr_db / 20)
    return (pcm + level * line_noise(kind, pcm.size, rng)).astype(np.float32)


def a_law(pcm: Pcm) -> Pcm:
    """`pcm` after the 8-bit companding of G.711 A-law."""
    steps = 87.6
    size = np.minimum(np.abs(pcm), 1.0)
    scale = 1 + np.log(steps)
    low = size < 1 / steps
    packed = np.where(low, steps * size, 1 + np.log(np.maximum(steps * size, 1e-9))) / scale
    packed = np.round(packed * 127) / 127
    low = packed < 1 / scale
    size = np.where(low, packed * scale / steps, np.exp(packed * scale - 1) / steps)
    companded: Pcm = (np.sign(pcm) * size).astype(np.float32)
    return companded


def _smooth_size(count: int) -> int:
    """The next size from `count` on that a Fourier transform handles fast."""
    power = 1 << max(count - 1, 1).bit_length()
    best = power
    for factor in (9, 5, 3):
        candidate = factor << max((-(-count // factor) - 1).bit_length(), 0)
        if count <= candidate < best:
            best = candidate
    return best + best % 2
