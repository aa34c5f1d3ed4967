"""The transcript as people see it: words with times, gathered into utterances of one speaker."""

from dataclasses import dataclass, field

from shared.domain.recording import Speaker


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word; times are ms from the start of the recording, 0 <= start_ms <= end_ms."""

    text: str
    start_ms: int
    end_ms: int
    probability: float


@dataclass(frozen=True, slots=True)
class Dropped:
    """Text a filter kept out of the transcript, with the filter's reason, so that nothing vanishes.

    Reasons: `hallucination`, `loop`, `no-speech`, `outside-speech`, `crosstalk`.
    """

    text: str
    speaker: Speaker
    channel: int
    start_ms: int
    end_ms: int
    reason: str


@dataclass(frozen=True, slots=True)
class Utterance:
    """Uninterrupted speech of one speaker on one channel; has at least one word."""

    speaker: Speaker
    channel: int
    words: tuple[Word, ...]

    @property
    def start_ms(self) -> int:
        """Start of the first word."""
        return self.words[0].start_ms

    @property
    def end_ms(self) -> int:
        """End of the last word."""
        return self.words[-1].end_ms

    @property
    def text(self) -> str:
        """The words joined by spaces."""
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class SpeechRegion:
    """A stretch of one channel that holds speech according to VAD, in ms."""

    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class SpeakerMeasures:
    """Conversation measures of one speaker; `words_per_second` is over the speaker's own talk."""

    talk_ms: int
    words: int
    words_per_second: float
    interruptions: int


@dataclass(frozen=True, slots=True)
class Measures:
    """Conversation measures of one recording; silence and overtalk are mutual."""

    duration_ms: int
    silence_ms: int
    longest_silence_ms: int
    overtalk_ms: int
    speakers: dict[Speaker, SpeakerMeasures]


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was said on one recording, in time order, and what made it.

    `channel_speakers` gives the speaker of each channel; `speech` the VAD regions of each channel.
    `mean_probability` is 0..1 over all words, 0 when there are none.
    """

    language: str
    model: str
    model_version: str
    demo: bool
    duration_ms: int
    channel_speakers: tuple[Speaker, ...]
    utterances: tuple[Utterance, ...]
    speech: tuple[tuple[SpeechRegion, ...], ...]
    measures: Measures
    dropped: tuple[Dropped, ...] = field(default=())
