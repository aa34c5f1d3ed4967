"""Channels and one-sided files become one conversation: words by time, gathered into utterances."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from services.transcribe.measures import measure
from services.transcribe.tracks import Track, tracks_of
from shared.domain.recording import Speaker
from shared.domain.transcript import Dropped, Measures, SpeechRegion, Transcript, Utterance, Word

# A speaker who is silent this long has finished an utterance, whoever speaks next.
UTTERANCE_PAUSE_MS = 1000
# A shorter pause ends it too when the other side speaks in it; below this it is an interruption
# only.
TURN_PAUSE_MS = 300


@dataclass(frozen=True, slots=True)
class ConversationPart:
    """One recording's transcript and where it lies on the contact's clock."""

    recording_id: int
    offset_ms: int
    transcript: Transcript


@dataclass(frozen=True, slots=True)
class ConversationUtterance:
    """An utterance on the contact's clock, with the recording it can be heard on.

    `offset_ms` is that recording's start: subtract it from word times to seek in the recording.
    """

    recording_id: int
    offset_ms: int
    utterance: Utterance


@dataclass(frozen=True, slots=True)
class Conversation:
    """All recordings of one contact as one dialogue on the contact's clock."""

    utterances: tuple[ConversationUtterance, ...]
    measures: Measures


def merge_tracks(tracks: Sequence[Track]) -> tuple[Utterance, ...]:
    """Gather words into utterances, ordered by start, then channel.

    An utterance ends where its speaker pauses for UTTERANCE_PAUSE_MS, or for TURN_PAUSE_MS while a
    word of another track starts in the pause. Words said over somebody's running speech do not
    break it.
    """
    utterances: list[Utterance] = []
    for track in tracks:
        starts = sorted(
            word.start_ms for other in tracks if other is not track for word in other.words
        )
        utterances += [
            Utterance(track.speaker, track.channel, words) for words in _runs(track.words, starts)
        ]
    return tuple(sorted(utterances, key=lambda item: (item.start_ms, item.channel, item.end_ms)))


def merge_conversation(parts: Sequence[ConversationPart]) -> Conversation:
    """Merge the transcripts of one contact's recordings on the contact's clock.

    Two one-sided files of one call come out as one dialogue, the legs of a transferred call one
    after the other.
    """
    tracks: list[Track] = []
    owners: list[tuple[ConversationPart, int]] = []
    for part in parts:
        for track in tracks_of(part.transcript):
            tracks.append(Track(track.speaker, len(owners), _shifted(track.words, part.offset_ms)))
            owners.append((part, track.channel))
    merged: list[ConversationUtterance] = []
    for utterance in merge_tracks(tracks):
        part, channel = owners[utterance.channel]
        own = replace(utterance, channel=channel)
        merged.append(ConversationUtterance(part.recording_id, part.offset_ms, own))
    end_ms = max((part.offset_ms + part.transcript.duration_ms for part in parts), default=0)
    return Conversation(tuple(merged), measure(tracks, end_ms))


def relabels(stored: Sequence[Speaker], meant: Sequence[Speaker]) -> bool:
    """Whether a channel map changes the speakers that a transcript has.

    Two channels that held one sound stay `unknown`: no channel map can part what was mixed.
    """
    mixed = len(stored) > 1 and set(stored) == {Speaker.UNKNOWN}
    return not mixed and tuple(stored) != tuple(meant)


def relabelled(transcript: Transcript, speakers: Sequence[Speaker]) -> Transcript:
    """The same recognition under a corrected channel map, without recognising again."""
    if len(speakers) != len(transcript.channel_speakers):
        raise ValueError(
            f"{len(speakers)} speakers for {len(transcript.channel_speakers)} channels"
        )
    if not relabels(transcript.channel_speakers, speakers):
        return transcript
    utterances = tuple(
        replace(utterance, speaker=speakers[utterance.channel])
        for utterance in transcript.utterances
    )
    tracks = [replace(track, speaker=speakers[track.channel]) for track in tracks_of(transcript)]
    dropped = tuple(replace(item, speaker=speakers[item.channel]) for item in transcript.dropped)
    return replace(
        transcript,
        channel_speakers=tuple(speakers),
        utterances=utterances,
        dropped=dropped,
        measures=measure(tracks, transcript.duration_ms),
    )


def build_transcript(
    tracks: Sequence[Track],
    speech: Sequence[tuple[SpeechRegion, ...]],
    dropped: Sequence[Dropped],
    *,
    duration_ms: int,
    language: str,
    model: str,
    model_version: str,
    demo: bool,
) -> Transcript:
    """Put one recording together; `tracks` and `speech` have an entry per channel, by index."""
    return Transcript(
        language=language,
        model=model,
        model_version=model_version,
        demo=demo,
        duration_ms=duration_ms,
        channel_speakers=tuple(track.speaker for track in tracks),
        utterances=merge_tracks(tracks),
        speech=tuple(speech),
        measures=measure(tracks, duration_ms),
        dropped=tuple(sorted(dropped, key=lambda item: (item.start_ms, item.channel))),
    )


def _runs(words: Sequence[Word], other_starts: Sequence[int]) -> list[tuple[Word, ...]]:
    if not words:
        return []
    runs: list[list[Word]] = [[words[0]]]
    for before, word in pairwise(words):
        pause_ms = word.start_ms - before.end_ms
        answer = bisect_left(other_starts, before.end_ms)
        answered = answer < len(other_starts) and other_starts[answer] < word.start_ms
        if pause_ms >= UTTERANCE_PAUSE_MS or (answered and pause_ms >= TURN_PAUSE_MS):
            runs.append([])
        runs[-1].append(word)
    return [tuple(run) for run in runs]


def _shifted(words: Sequence[Word], offset_ms: int) -> tuple[Word, ...]:
    return tuple(
        Word(word.text, word.start_ms + offset_ms, word.end_ms + offset_ms, word.probability)
        for word in words
    )
