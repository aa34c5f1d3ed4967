"""The words of one channel with the person who said them: what merging and measuring work on."""

from dataclasses import dataclass

from shared.domain.recording import Speaker
from shared.domain.transcript import Transcript, Word


@dataclass(frozen=True, slots=True)
class Track:
    """The words of one channel, in time order, and who spoke them; a silent channel has none."""

    speaker: Speaker
    channel: int
    words: tuple[Word, ...]


def tracks_of(transcript: Transcript) -> tuple[Track, ...]:
    """One track per channel of a transcript, by channel index."""
    words: list[list[Word]] = [[] for _ in transcript.channel_speakers]
    for utterance in transcript.utterances:
        words[utterance.channel] += utterance.words
    return tuple(
        Track(speaker, channel, tuple(words[channel]))
        for channel, speaker in enumerate(transcript.channel_speakers)
    )
