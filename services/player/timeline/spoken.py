"""What was said, on the contact's clock: utterances, and the silence and overlap around them; pure."""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.domain.recording import Speaker
from shared.domain.talk import TALK_GAP_MS, Spans, overtalk, talk, union, without

Word = tuple[str, int, int, float]
"""Text, start and end in ms on the contact's clock, probability."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """An utterance; has at least one word."""

    recording_id: int
    channel: int
    speaker: Speaker
    words: Sequence[Word]

    @property
    def start_ms(self) -> int:
        """Start of the first word."""
        return self.words[0][1]

    @property
    def end_ms(self) -> int:
        """End of the last word."""
        return self.words[-1][2]


@dataclass(frozen=True, slots=True)
class Speech:
    """The speech of one recording: all of its utterances, and the stretch they are from."""

    utterances: Sequence[Spoken]
    start_ms: int
    end_ms: int

    def channels(self) -> list[Spans]:
        """When each channel talks."""
        words: dict[int, list[tuple[int, int]]] = {}
        for utterance in self.utterances:
            words.setdefault(utterance.channel, []).extend(
                (start_ms, end_ms) for _, start_ms, end_ms, _ in utterance.words
            )
        return [talk(of_channel) for of_channel in words.values()]


def read_speech(document: bytes, *, recording_id: int, offset_ms: int) -> Speech:
    """The speech of a compressed transcript document, moved to the contact's clock.

    Reads only what docs/transcript-format.md fixes.
    """
    stored: Mapping[str, Any] = json.loads(zlib.decompress(document))
    return Speech(
        utterances=[
            Spoken(
                recording_id=recording_id,
                channel=utterance["channel"],
                speaker=Speaker(utterance["speaker"]),
                words=[
                    (
                        word["text"],
                        word["start_ms"] + offset_ms,
                        word["end_ms"] + offset_ms,
                        word["probability"],
                    )
                    for word in utterance["words"]
                ],
            )
            for utterance in stored["utterances"]
        ],
        start_ms=offset_ms,
        end_ms=offset_ms + stored["duration_ms"],
    )


def silences(speeches: Sequence[Speech]) -> Spans:
    """Where something was recorded and recognised and nobody talks for more than TALK_GAP_MS."""
    heard = union((one.start_ms, one.end_ms) for one in speeches)
    talked = union(span for one in speeches for channel in one.channels() for span in channel)
    return [
        (start_ms, end_ms)
        for start_ms, end_ms in without(heard, talked)
        if end_ms - start_ms > TALK_GAP_MS
    ]


def overlaps(speeches: Sequence[Speech]) -> Spans:
    """Where at least two talk at once."""
    return overtalk([channel for one in speeches for channel in one.channels()])
