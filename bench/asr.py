"""Word errors, word times and speed of a speech model on the held-out calls.

`python -m bench.asr [--model FOLDER]`; the last line is one JSON object of all figures.
"""

from __future__ import annotations

import argparse
import difflib
import json
import platform
import re
import time
from dataclasses import dataclass, field
from pathlib import Path

import jiwer
import numpy as np

from samples.heldout.calls import Channel, read_channels
from services.transcribe.cores import usable_cores
from services.transcribe.models import find_model
from services.transcribe.whisper import FasterWhisperRecogniser
from shared.domain.transcript import Word

_DEMO_MODEL = Path(__file__).parents[1] / "samples" / "model"


@dataclass
class Tally:
    """What was measured on the calls of one language."""

    said: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    start_errors_ms: list[int] = field(default_factory=list)
    sound_s: float = 0.0
    spent_s: float = 0.0

    @property
    def wer(self) -> float:
        """Word error rate, 0 to 1."""
        return float(jiwer.wer(self.said, self.heard))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=str(_DEMO_MODEL), help="folder or name of a model")
    parser.add_argument("--show", action="store_true", help="print what was said and heard")
    options = parser.parse_args()
    threads = usable_cores()
    recogniser = FasterWhisperRecogniser(
        find_model(options.model, Path.home() / ".cache" / "tematika"), threads=threads
    )
    tallies: dict[str, Tally] = {}
    for channel in read_channels():
        tally = tallies.setdefault(channel.language, Tally())
        _measure(recogniser, channel, tally)
        if options.show:
            print(f"{channel.call} {channel.side}\n  + {tally.said[-1]}\n  - {tally.heard[-1]}")
    _print(recogniser, tallies, threads)


def _measure(recogniser: FasterWhisperRecogniser, channel: Channel, tally: Tally) -> None:
    began = time.perf_counter()
    recognition = recogniser.recognise(channel.pcm, channel.language, lambda _share: None)
    tally.spent_s += time.perf_counter() - began
    tally.sound_s += channel.pcm.size / 16_000
    tally.said.append(channel.text)
    tally.heard.append(" ".join(_plain(word.text) for word in recognition.words))
    tally.start_errors_ms += start_errors_ms(channel, recognition.words)


def start_errors_ms(channel: Channel, heard: tuple[Word, ...]) -> list[int]:
    """How far each rightly heard word's start is from the true one, in ms."""
    said = [word.text for word in channel.words]
    matcher = difflib.SequenceMatcher(
        a=said, b=[_plain(word.text) for word in heard], autojunk=False
    )
    return [
        abs(heard[block.b + step].start_ms - channel.words[block.a + step].start_ms)
        for block in matcher.get_matching_blocks()
        for step in range(block.size)
    ]


def _plain(text: str) -> str:
    return re.sub(r"[^\w-]+", "", text.lower())


def _print(recogniser: FasterWhisperRecogniser, tallies: dict[str, Tally], threads: int) -> None:
    identity = recogniser.identity
    print(f"machine  {_processor()}, {threads} cores, Python {platform.python_version()}")
    print(f"model    {identity.name} {identity.version}")
    print(f"{'':6}{'words':>7}{'WER':>8}{'start p50':>11}{'start p90':>11}{'RTF':>8}")
    starts: list[int] = []
    for language, tally in sorted(tallies.items(), reverse=True):
        starts += tally.start_errors_ms
        words = sum(len(text.split()) for text in tally.said)
        middle, high = np.percentile(tally.start_errors_ms or [0], (50, 90))
        print(
            f"{language:6}{words:7}{tally.wer:8.1%}{middle:8.0f} ms{high:8.0f} ms"
            f"{tally.spent_s / tally.sound_s:8.3f}"
        )
    figures = {f"wer_{language}": round(tally.wer, 4) for language, tally in tallies.items()}
    figures["word_start_error_ms_p50"] = float(np.median(starts or [0]))
    figures["rtf"] = round(
        sum(tally.spent_s for tally in tallies.values())
        / sum(tally.sound_s for tally in tallies.values()),
        4,
    )
    print(json.dumps(figures))


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    main()
