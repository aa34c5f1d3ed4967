"""Conversation measures: who talked how long, silence, overtalk, interruptions, pace.

The formulas are described for readers in docs/transcript-format.md.
"""

from collections.abc import Sequence
from itertools import pairwise

from services.transcribe.tracks import Track
from shared.domain.recording import Speaker
from shared.domain.transcript import Measures, SpeakerMeasures

# A pause shorter than this inside one track still counts as talk: people breathe.
TALK_GAP_MS = 500
# Speech that starts over somebody else's interrupts when it lasts over it this long …
INTERRUPTION_OVERLAP_MS = 300
# … and holds this many words, so that «угу» and «да, да» do not count.
INTERRUPTION_WORDS = 3

Spans = list[tuple[int, int]]


def measure(tracks: Sequence[Track], duration_ms: int) -> Measures:
    """Measure one recording or one merged conversation of `duration_ms`."""
    spans = [_talk(track, duration_ms) for track in tracks]
    everyone = _union([span for track_spans in spans for span in track_spans])
    pauses = _pauses(everyone, duration_ms)
    by_speaker: dict[Speaker, SpeakerMeasures] = {}
    for speaker in dict.fromkeys(track.speaker for track in tracks):
        own = [index for index, track in enumerate(tracks) if track.speaker is speaker]
        talk_ms = _length(_union([span for index in own for span in spans[index]]))
        words = sum(len(tracks[index].words) for index in own)
        by_speaker[speaker] = SpeakerMeasures(
            talk_ms=talk_ms,
            words=words,
            words_per_second=round(1000 * words / talk_ms, 3) if talk_ms else 0.0,
            interruptions=sum(_interruptions(index, tracks, spans) for index in own),
        )
    return Measures(
        duration_ms=duration_ms,
        silence_ms=sum(pauses),
        longest_silence_ms=max(pauses, default=0),
        overtalk_ms=_length(_overtalk(spans)),
        speakers=by_speaker,
    )


def _talk(track: Track, duration_ms: int) -> Spans:
    """When a track talks: its words, with gaps up to TALK_GAP_MS closed, inside the recording."""
    spans: Spans = []
    for word in track.words:
        start, end = min(word.start_ms, duration_ms), min(word.end_ms, duration_ms)
        if spans and start - spans[-1][1] <= TALK_GAP_MS:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((start, end))
    return spans


def _union(spans: Spans) -> Spans:
    joined: Spans = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _overtalk(spans: Sequence[Spans]) -> Spans:
    """Where at least two tracks talk."""
    shared: Spans = []
    for index, first in enumerate(spans):
        for second in spans[index + 1 :]:
            shared += [
                (max(a_start, b_start), min(a_end, b_end))
                for a_start, a_end in first
                for b_start, b_end in second
                if max(a_start, b_start) < min(a_end, b_end)
            ]
    return _union(shared)


def _pauses(everyone: Spans, duration_ms: int) -> list[int]:
    edges = [(0, 0), *everyone, (duration_ms, duration_ms)]
    return [after[0] - before[1] for before, after in pairwise(edges)]


def _interruptions(index: int, tracks: Sequence[Track], spans: Sequence[Spans]) -> int:
    count = 0
    for start, end in spans[index]:
        words = sum(start <= word.start_ms < end for word in tracks[index].words)
        count += words >= INTERRUPTION_WORDS and any(
            other_start < start and min(end, other_end) - start >= INTERRUPTION_OVERLAP_MS
            for number, other in enumerate(spans)
            if number != index
            for other_start, other_end in other
        )
    return count


def _length(spans: Spans) -> int:
    return sum(end - start for start, end in spans)
