"""faster-whisper behind the recogniser port; worker processes only, imported where it is used.

Written against faster-whisper 1.2: how its `transcribe` seeks, pads and times words, and why each
option is set as it is, is told in docs/recognition.md.
"""

import threading
import time
from collections.abc import Iterable
from typing import Any

import numpy as np
import structlog
from faster_whisper import WhisperModel
from faster_whisper.audio import pad_or_trim

from services.transcribe.clips import Clip, loudness, plan_clips
from services.transcribe.filters import COMPRESSION_RATIO, filter_segments
from services.transcribe.models import ModelFiles
from services.transcribe.recogniser import (
    ChannelRecognition,
    ModelIdentity,
    Pcm,
    Progress,
    RecognisedSegment,
)
from shared.domain.transcript import SpeechRegion, Word
from shared.errors import JobFailed
from shared.vad import RATE_HZ, speech_regions

_SAMPLES_PER_MS = RATE_HZ // 1000
# After a window faster-whisper goes on from the last word's end; a model that times its words badly
# could creep through a clip frame by frame, so the windows of one clip are counted.
_MOST_WINDOWS_PER_CLIP = 12
_REPEAT_TOKENS = 3

_log = structlog.get_logger(__name__)


class _WindowsSpentError(RuntimeError):
    """One clip asked for more windows than speech of its length can need."""


class _CountedWhisper(WhisperModel):  # type: ignore[misc]  # faster-whisper has no types
    """faster-whisper's model with a bound on the windows of one clip."""

    windows_left = 0

    def encode(self, features: Any) -> Any:
        """Run the encoder on one window, unless the clip has used up its windows."""
        if self.windows_left <= 0:
            raise _WindowsSpentError
        self.windows_left -= 1
        return super().encode(features)


class FasterWhisperRecogniser:
    """A CTranslate2 Whisper model, loaded once, at its first use, in the process that uses it.

    CTranslate2 is not fork-safe, so nothing is loaded at import or construction. One recognition
    runs at a time: a second thread waits, because parallel ones only multiply memory.
    """

    def __init__(
        self,
        files: ModelFiles,
        *,
        device: str = "cpu",
        compute_type: str = "int8",
        threads: int = 1,
    ) -> None:
        self._files = files
        self._device = device
        self._compute_type = compute_type
        self._threads = threads
        self._lock = threading.Lock()
        self._model: _CountedWhisper | None = None

    @property
    def identity(self) -> ModelIdentity:
        """Which model this is."""
        return self._files.identity

    @property
    def window_ms(self) -> int:
        """The longest clip the model understands at once; its own property (30 s for most)."""
        with self._lock:
            return self._window_ms(self._loaded())

    def recognise(
        self,
        pcm: Pcm,
        language: str,
        on_progress: Progress,
        speech: tuple[SpeechRegion, ...] | None = None,
    ) -> ChannelRecognition:
        """Recognise one channel in `language`; `speech` spares a second VAD pass.

        Raises JobFailed `model-not-available` if the model cannot be loaded here, and
        `language-not-understood` if it does not know the language.
        """
        regions = speech_regions(pcm) if speech is None else speech
        segments: list[RecognisedSegment] = []
        with self._lock:
            model = self._loaded()
            self._require_language(model, language)
            clips = plan_clips(regions, self._window_ms(model), loudness(pcm, RATE_HZ))
            total_ms = sum(clip.end_ms - clip.start_ms for clip in clips)
            done_ms = 0
            for clip in clips:
                segments += _recognise_clip(model, pcm, clip, language)
                done_ms += clip.end_ms - clip.start_ms
                on_progress(done_ms / total_ms)
        words, dropped = filter_segments(segments, regions, language)
        on_progress(1.0)
        return ChannelRecognition(language, tuple(words), regions, tuple(dropped))

    def language_probabilities(self, pcm: Pcm) -> dict[str, float]:
        """Probability of each language code for one clip; {} for a model of one language."""
        with self._lock:
            model = self._loaded()
            if not model.model.is_multilingual or pcm.size == 0:
                return {}
            model.windows_left = 1
            # The threshold ends the vote after the first window: a clip is no longer than one.
            _, _, probabilities = model.detect_language(pcm, language_detection_threshold=0.0)
        return {str(code): float(probability) for code, probability in probabilities}

    def encoder_speed(self, sound_s: int) -> float:
        """Seconds of sound that the encoder takes in per second here, measured over `sound_s`."""
        with self._lock:
            model = self._loaded()
            window_ms = self._window_ms(model)
            noise = np.random.default_rng(0).normal(0, 0.05, window_ms * _SAMPLES_PER_MS)
            features = pad_or_trim(model.feature_extractor(noise.astype(np.float32)))
            windows = max(1, sound_s * 1000 // window_ms)
            model.windows_left = windows
            started = time.perf_counter()
            for _ in range(windows):
                model.encode(features)
            return windows * window_ms / 1000 / (time.perf_counter() - started)

    def _loaded(self) -> _CountedWhisper:
        if self._model is None:
            try:
                self._model = _CountedWhisper(
                    str(self._files.path),
                    device=self._device,
                    compute_type=self._compute_type,
                    cpu_threads=self._threads,
                    num_workers=1,
                    local_files_only=True,
                )
            except (RuntimeError, ValueError) as error:
                raise JobFailed(
                    "model-not-available",
                    f"The speech model in {self._files.path} does not load on device"
                    f" {self._device!r} with compute type {self._compute_type!r}: {error}. Try"
                    " other settings with `tematika model check NAME|PATH`.",
                ) from error
        return self._model

    @staticmethod
    def _window_ms(model: _CountedWhisper) -> int:
        return int(model.feature_extractor.chunk_length) * 1000

    def _require_language(self, model: _CountedWhisper, language: str) -> None:
        known = self.identity.languages or tuple(model.supported_languages)
        if language not in known:
            raise JobFailed(
                "language-not-understood",
                f"The speech model {self.identity.name} does not understand {language!r}, only"
                f" {', '.join(known)}: set another model or correct the account's language.",
            )


def _recognise_clip(
    model: _CountedWhisper, pcm: Pcm, clip: Clip, language: str
) -> list[RecognisedSegment]:
    """Recognise one clip on its own: nothing before it or after it can change its words."""
    found = _decode(model, pcm, clip, language)
    if _repetition(found) <= COMPRESSION_RATIO:
        return found
    # Whisper leaves a loop by drawing lots at rising temperatures; then the same sound would give
    # another text each time. Forbidding repeats leads out of it as well, and always the same way.
    again = _decode(model, pcm, clip, language, no_repeat_ngram_size=_REPEAT_TOKENS)
    return min(found, again, key=_repetition)


def _decode(
    model: _CountedWhisper, pcm: Pcm, clip: Clip, language: str, *, no_repeat_ngram_size: int = 0
) -> list[RecognisedSegment]:
    sound = pcm[clip.start_ms * _SAMPLES_PER_MS : clip.end_ms * _SAMPLES_PER_MS]
    model.windows_left = _MOST_WINDOWS_PER_CLIP
    segments, _ = model.transcribe(
        sound,
        language=language,
        task="transcribe",
        beam_size=5,
        temperature=0.0,
        no_repeat_ngram_size=no_repeat_ngram_size,
        # Not skipped inside, where the text would be lost: filters.py drops it and keeps it.
        no_speech_threshold=None,
        condition_on_previous_text=False,
        word_timestamps=True,
        vad_filter=False,
    )
    found: list[RecognisedSegment] = []
    try:
        for segment in segments:
            found.append(  # noqa: PERF401  what came before the bound must survive it
                RecognisedSegment(
                    words=tuple(_words(segment.words or (), clip)),
                    no_speech_prob=float(segment.no_speech_prob),
                    avg_logprob=float(segment.avg_logprob),
                    compression_ratio=float(segment.compression_ratio),
                )
            )
    except _WindowsSpentError:
        _log.warning("clip-cut-short", start_ms=clip.start_ms, end_ms=clip.end_ms)
    return found


def _repetition(segments: list[RecognisedSegment]) -> float:
    return max((segment.compression_ratio for segment in segments), default=0.0)


def _words(raw: Iterable[Any], clip: Clip) -> list[Word]:
    """Words on the channel's clock, inside their clip; lone punctuation joins the word before."""
    words: list[Word] = []
    for item in raw:
        text = str(item.word).strip()
        if not any(character.isalnum() for character in text):
            if words and text:
                last = words[-1]
                words[-1] = Word(last.text + text, last.start_ms, last.end_ms, last.probability)
            continue
        start_ms = _inside(clip.start_ms + round(item.start * 1000), clip)
        end_ms = max(start_ms, _inside(clip.start_ms + round(item.end * 1000), clip))
        probability = min(max(float(item.probability), 0.0), 1.0)
        words.append(Word(text, start_ms, end_ms, round(probability, 3)))
    return words


def _inside(time_ms: int, clip: Clip) -> int:
    return min(max(time_ms, clip.start_ms), clip.end_ms)
