"""Conversation measures: who talked how long, silence, overtalk, interruptions, pace.

The formulas are described for readers in docs/transcript-format.md.
"""

from collections.abc import Sequence
from itertools import pairwise

from services.transcribe.tracks import Track
from shared.domain.recording import Speaker
from shared.domain.talk import Spans, overtalk, talk, union
from shared.domain.transcript import Measures, SpeakerMeasures

# Speech that starts over somebody else's interrupts when it lasts over it this long …
INTERRUPTION_OVERLAP_MS = 300
# … and holds this many words, so that «угу» and «да, да» do not count.
INTERRUPTION_WORDS = 3


def measure(tracks: Sequence[Track], duration_ms: int) -> Measures:
    """Measure one recording or one merged conversation of `duration_ms`."""
    spans = [_talk(track, duration_ms) for track in tracks]
    everyone = union([span for track_spans in spans for span in track_spans])
    pauses = _pauses(everyone, duration_ms)
    by_speaker: dict[Speaker, SpeakerMeasures] = {}
    for speaker in dict.fromkeys(track.speaker for track in tracks):
        own = [index for index, track in enumerate(tracks) if track.speaker is speaker]
        talk_ms = _length(union([span for index in own for span in spans[index]]))
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
        overtalk_ms=_length(overtalk(spans)),
        speakers=by_speaker,
    )


def _talk(track: Track, duration_ms: int) -> Spans:
    """When a track talks, inside the recording."""
    return talk(
        (min(word.start_ms, duration_ms), min(word.end_ms, duration_ms)) for word in track.words
    )


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
