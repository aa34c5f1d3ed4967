"""Measures a model on calls made of new drawings of the training sentences, by kind of sentence.

It chooses between checkpoints and alignment heads, so that the held-out calls stay unseen.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import jiwer
import numpy as np

from bench.asr import start_errors_ms
from samples.heldout.calls import Channel, TrueWord
from samples.speech.pool import Line
from samples.speech.random_lines import random_lines
from samples.speech.sentences import template_lines
from samples.speech.telephone import LINE_RATE, resample
from samples.speech.voices import draw_voice, speak, telephone_band, with_line_noise
from services.transcribe.models import find_model
from services.transcribe.whisper import FasterWhisperRecogniser

_SENTENCES = 7


@dataclass(frozen=True)
class Score:
    """Word error rates (0 to 1) by kind, and the median error of word starts."""

    wer: dict[str, float]
    start_error_ms: float

    @property
    def mean_wer(self) -> float:
        """The plain mean over the kinds."""
        return float(np.mean(list(self.wer.values())))

    def line(self) -> str:
        """The figures as text."""
        kinds = "  ".join(f"{kind} {wer:.1%}" for kind, wer in self.wer.items())
        return f"{kinds}  mean {self.mean_wer:.1%}  start {self.start_error_ms:.0f} ms"


def check(model: Path, channels: list[Channel], threads: int = 2) -> Score:
    """Recognise `channels`, whose `side` names their kind, with the model in a folder."""
    recogniser = FasterWhisperRecogniser(find_model(str(model), model), threads=threads)
    said: dict[str, list[str]] = {}
    heard: dict[str, list[str]] = {}
    starts: list[int] = []
    for channel in channels:
        words = recogniser.recognise(channel.pcm, channel.language, lambda _share: None).words
        said.setdefault(channel.side, []).append(channel.text)
        heard.setdefault(channel.side, []).append(" ".join(word.text for word in words))
        starts += start_errors_ms(channel, words)
    wer = {kind: float(jiwer.wer(said[kind], heard[kind])) for kind in said}
    return Score(wer, float(np.median(starts or [9999])))


def check_channels(each: int, seed: int = 77) -> Iterator[Channel]:
    """`each` channels of every kind: sentences and random words, Russian and English."""
    rng = np.random.default_rng(seed)
    for language in ("ru", "en"):
        for kind, draw in (("sentences", template_lines), ("random", random_lines)):
            for number in range(each):
                lines = list(draw(language, _SENTENCES, rng))
                yield _channel(f"{number}", f"{language} {kind}", lines, rng)


def _channel(name: str, kind: str, lines: list[Line], rng: np.random.Generator) -> Channel:
    voice = draw_voice(lines[0].language, rng)
    pieces = [np.zeros(int(rng.uniform(0.3, 1) * LINE_RATE), np.float32)]
    words: list[TrueWord] = []
    for line in lines:
        spoken = speak(line.text, voice)
        shift_ms = sum(piece.size for piece in pieces) * 1000 // LINE_RATE
        words += [
            TrueWord(word.text.lower(), word.start_ms + shift_ms, word.end_ms + shift_ms)
            for word in spoken.words
        ]
        pieces.append(telephone_band(spoken.pcm, spoken.sample_rate) * np.float32(0.8))
        pause_s = rng.choice((rng.uniform(0.2, 0.6), rng.uniform(0.5, 3)))
        pieces.append(np.zeros(int(pause_s * LINE_RATE), np.float32))
    noisy = with_line_noise(
        np.concatenate(pieces),
        str(rng.choice(("white", "low", "hum"))),
        float(rng.uniform(16, 30)),
        rng,
    )
    return Channel(name, kind, lines[0].language, resample(noisy, LINE_RATE, 16_000), tuple(words))


def main() -> None:
    """Print the figures of a model folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--each", type=int, default=8)
    options = parser.parse_args()
    print(check(options.model, list(check_channels(options.each))).line())


if __name__ == "__main__":
    main()
