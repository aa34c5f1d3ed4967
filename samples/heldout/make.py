"""Speaks the held-out calls: one Opus file a side and the true words with their times.

The sound is committed, so measuring needs no espeak-ng; run this after changing `calls.txt`.
The files hold clean speech; the line's noise is added when they are read (see `calls.py`).
"""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import av
import numpy as np

from samples.heldout.script import SIDES, Script, read_scripts
from samples.speech.telephone import LINE_RATE, Pcm
from samples.speech.voices import VOICES, Voice, speak, telephone_band

_FOLDER = Path(__file__).parent
_BIT_RATE = 13_000
_FRAME = 160


def main() -> None:
    """Write `sound/*.ogg` and `truth.json`."""
    (_FOLDER / "sound").mkdir(exist_ok=True)
    truth = []
    for number, script in enumerate(read_scripts(_FOLDER / "calls.txt")):
        rng = np.random.default_rng(20_000 + number)
        sides, words = _speak(script, rng)
        for side, pcm in sides.items():
            _write_opus(_FOLDER / "sound" / f"{script.id}-{side}.ogg", pcm)
        truth.append(
            {
                "id": script.id,
                "language": script.language,
                "noise": script.noise,
                "snr_db": script.snr_db,
                "words": words,
            }
        )
    lines = ",\n".join(json.dumps(call, ensure_ascii=False) for call in truth)
    (_FOLDER / "truth.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def _speak(
    script: Script, rng: np.random.Generator
) -> tuple[dict[str, Pcm], dict[str, list[tuple[str, int, int]]]]:
    voices = _voices(script.language, rng)
    placed: list[tuple[str, int, Pcm]] = []
    words: dict[str, list[tuple[str, int, int]]] = {side: [] for side in SIDES.values()}
    clock = int(rng.uniform(0.3, 1.2) * LINE_RATE)
    for turn in script.turns:
        for sentence in re.findall(r"[^.?!]+[.?!]*", turn.text):
            spoken = speak(sentence.strip(), voices[turn.side])
            pcm = telephone_band(spoken.pcm, spoken.sample_rate)
            shift_ms = clock * 1000 // LINE_RATE
            words[turn.side].extend(
                (word.text.lower(), word.start_ms + shift_ms, word.end_ms + shift_ms)
                for word in spoken.words
            )
            placed.append((turn.side, clock, pcm))
            clock += pcm.size + int(rng.uniform(0.25, 0.9) * LINE_RATE)
        # Now and then one side begins before the other has ended.
        clock += int(rng.uniform(-0.6, 1.0) * LINE_RATE)
    sides = {}
    for side in SIDES.values():
        whole = np.zeros(clock + 2 * LINE_RATE, np.float32)
        for own, start, pcm in placed:
            if own == side:
                whole[start : start + pcm.size] += pcm * np.float32(0.8)
        sides[side] = whole
    return sides, words


def _voices(language: str, rng: np.random.Generator) -> dict[str, Voice]:
    family = VOICES[language]
    first, second = rng.choice(len(family), 2, replace=False)
    return {
        side: dataclasses.replace(
            family[place],
            pitch=family[place].pitch + int(rng.integers(-10, 11)),
            rate_wpm=int(rng.integers(130, 176)),
        )
        for side, place in zip(SIDES.values(), (first, second), strict=True)
    }


def _write_opus(path: Path, pcm: Pcm) -> None:
    samples = np.round(np.clip(pcm, -1, 1) * 32767).astype(np.int16)
    with av.open(str(path), "w", format="ogg", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("libopus", rate=LINE_RATE)
        stream.layout = "mono"
        stream.bit_rate = _BIT_RATE
        stream.options = {"application": "voip", "flags": "+bitexact"}
        for begin in range(0, len(samples), _FRAME):
            frame = av.AudioFrame.from_ndarray(
                samples[None, begin : begin + _FRAME], format="s16", layout="mono"
            )
            frame.sample_rate = LINE_RATE
            frame.pts = begin
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


if __name__ == "__main__":
    main()
