"""One recording, channel by channel, through a recogniser into a transcript."""

from collections.abc import Sequence

import numpy as np

from services.transcribe.clips import loudness, plan_clips
from services.transcribe.crosstalk import LoudWord, drop_echo
from services.transcribe.language import clips_to_ask, vote
from services.transcribe.merge import build_transcript
from services.transcribe.recogniser import (
    ChannelRecognition,
    DroppedText,
    Pcm,
    Progress,
    Recogniser,
)
from services.transcribe.tracks import Track
from shared.domain.recording import Speaker, SpeakerPlan
from shared.domain.transcript import Dropped, SpeechRegion, Transcript, Word
from shared.vad import RATE_HZ, speech_regions

# Shares of a recording's progress bar.
_VAD_SHARE = 0.05
# Longest clip a language is asked of, whatever the model's window.
_LANGUAGE_CLIP_MS = 10_000
# Two channels that differ by less than -40 dB of their level hold one mono sound, twice.
_SAME_SOUND = 0.01
_SILENCE_DB = -100.0
# Long sound is compared in pieces: the difference of it all would double what is in memory.
_BLOCK_SAMPLES = 1 << 20


def transcribe_channels(
    recogniser: Recogniser,
    channels: Sequence[Pcm],
    plan: SpeakerPlan,
    *,
    language: str,
    detect_language: bool,
    on_progress: Progress,
) -> Transcript:
    """Recognise every channel on its own and merge them by word time.

    `channels` are mono float32 at 16 kHz, one per speaker of `plan`. `language` is fixed unless
    `detect_language`, and then the fall-back. A channel without speech is not given to the model.
    """
    if len(channels) != len(plan.speakers):
        raise ValueError(f"{len(channels)} channels, but {len(plan.speakers)} speakers")
    speakers = list(plan.speakers)
    silent = [False] * len(channels)
    if len(channels) == 2 and _same_sound(channels[0], channels[1]):
        silent[1] = True
        if speakers[0] is not speakers[1]:
            speakers = [Speaker.UNKNOWN, Speaker.UNKNOWN]
    speech: list[tuple[SpeechRegion, ...]] = []
    for index, pcm in enumerate(channels):
        speech.append(() if silent[index] else speech_regions(pcm))
        on_progress(_VAD_SHARE * (index + 1) / len(channels))
    if detect_language:
        language = _voted_language(recogniser, channels, speech, fallback=language)
    recognitions = _recognise(recogniser, channels, speech, language, on_progress)
    words, echoes = _without_echo(recognitions, channels)
    dropped = [
        Dropped(item.text, speakers[index], index, item.start_ms, item.end_ms, item.reason)
        for index, recognition in enumerate(recognitions)
        for item in (*recognition.dropped, *echoes[index])
    ]
    identity = recogniser.identity
    return build_transcript(
        [Track(speakers[index], index, tuple(words[index])) for index in range(len(channels))],
        speech,
        dropped,
        duration_ms=max(pcm.size for pcm in channels) * 1000 // RATE_HZ,
        language=language,
        model=identity.name,
        model_version=identity.version,
        demo=identity.demo,
    )


def _recognise(
    recogniser: Recogniser,
    channels: Sequence[Pcm],
    speech: Sequence[tuple[SpeechRegion, ...]],
    language: str,
    on_progress: Progress,
) -> list[ChannelRecognition]:
    lengths = [sum(region.end_ms - region.start_ms for region in regions) for regions in speech]
    total = max(sum(lengths), 1)
    recognitions: list[ChannelRecognition] = []
    for index, pcm in enumerate(channels):
        if not speech[index]:
            recognitions.append(ChannelRecognition(language, (), ()))
            continue
        before, share = sum(lengths[:index]) / total, lengths[index] / total

        def report(done: float, before: float = before, share: float = share) -> None:
            on_progress(_VAD_SHARE + (1 - _VAD_SHARE) * (before + share * done))

        recognitions.append(recogniser.recognise(pcm, language, report, speech[index]))
    on_progress(1.0)
    return recognitions


def _voted_language(
    recogniser: Recogniser,
    channels: Sequence[Pcm],
    speech: Sequence[tuple[SpeechRegion, ...]],
    *,
    fallback: str,
) -> str:
    ballots: list[tuple[int, dict[str, float]]] = []
    for pcm, regions in zip(channels, speech, strict=True):
        clips = plan_clips(regions, _LANGUAGE_CLIP_MS, loudness(pcm, RATE_HZ))
        for clip in clips_to_ask(clips):
            heard = recogniser.language_probabilities(_between(pcm, clip.start_ms, clip.end_ms))
            ballots.append((clip.end_ms - clip.start_ms, heard))
    return vote(ballots, fallback=fallback)


def _without_echo(
    recognitions: Sequence[ChannelRecognition], channels: Sequence[Pcm]
) -> tuple[list[list[Word]], list[list[DroppedText]]]:
    """Words and echoes of each channel; only the first two channels can echo each other."""
    words = [list(recognition.words) for recognition in recognitions]
    echoes: list[list[DroppedText]] = [[] for _ in recognitions]
    if len(recognitions) < 2:
        return words, echoes
    loud = [_loud_words(recognitions[index].words, channels[index]) for index in (0, 1)]
    for index in (0, 1):
        words[index], echoes[index] = drop_echo(loud[index], loud[1 - index])
    return words, echoes


def _loud_words(words: Sequence[Word], pcm: Pcm) -> list[LoudWord]:
    return [LoudWord(word, _level_db(_between(pcm, word.start_ms, word.end_ms))) for word in words]


def _level_db(pcm: Pcm) -> float:
    if pcm.size == 0:
        return _SILENCE_DB
    power = float(np.mean(np.square(pcm, dtype=np.float64)))
    return max(10 * float(np.log10(max(power, 1e-12))), _SILENCE_DB)


def _same_sound(first: Pcm, second: Pcm) -> bool:
    if first.size != second.size or first.size == 0:
        return False
    level = difference = 0.0
    for start in range(0, first.size, _BLOCK_SAMPLES):
        one = first[start : start + _BLOCK_SAMPLES]
        apart = one - second[start : start + _BLOCK_SAMPLES]
        level += float(np.dot(one, one))
        difference += float(np.dot(apart, apart))
    return level > 0 and difference < _SAME_SOUND**2 * level


def _between(pcm: Pcm, start_ms: int, end_ms: int) -> Pcm:
    return pcm[start_ms * RATE_HZ // 1000 : end_ms * RATE_HZ // 1000]
