"""Transcripts as the API gives them; field by field in docs/transcript-format.md."""

from pydantic import Field

from shared.domain.recording import Speaker
from shared.http.schemas import In, Out
from shared.transcripts.formats import Format


class FormatQuery(In):
    """Query of a transcript; without `format` the Accept header decides, and without it JSON."""

    format: Format | None = Field(default=None, description="Wins over the Accept header.")


class WordOut(Out):
    """One recognised word."""

    text: str
    start_ms: int
    end_ms: int
    probability: float = Field(description="The model's own belief in the word, 0..1.")


class UtteranceOut(Out):
    """Uninterrupted speech of one speaker."""

    speaker: Speaker
    channel: int
    start_ms: int
    end_ms: int
    text: str
    words: list[WordOut]


class ConversationUtteranceOut(UtteranceOut):
    """An utterance on the contact's clock; in the recording: `start_ms` - `offset_ms`."""

    recording_id: int
    offset_ms: int = Field(description="Start of the recording on the contact's clock.")


class SpeakerMeasuresOut(Out):
    """Conversation measures of one speaker."""

    talk_ms: int
    words: int
    words_per_second: float
    interruptions: int


class MeasuresOut(Out):
    """Conversation measures."""

    duration_ms: int
    silence_ms: int
    longest_silence_ms: int
    overtalk_ms: int
    speakers: dict[Speaker, SpeakerMeasuresOut]


class ModelOut(Out):
    """What recognised a recording."""

    name: str
    version: str
    demo: bool = Field(description="True: made by the demo model, for the samples only.")


class ChannelOut(Out):
    """One channel of a recording."""

    speaker: Speaker
    speech: list[tuple[int, int]] = Field(description="Stretches of speech, [start_ms, end_ms].")


class DroppedOut(Out):
    """Text that a filter took out, with its reason."""

    text: str
    speaker: Speaker
    channel: int
    start_ms: int
    end_ms: int
    reason: str


class TranscriptOut(Out):
    """The transcript of one recording, on the recording's clock."""

    version: int
    language: str
    model: ModelOut
    duration_ms: int
    channels: list[ChannelOut]
    utterances: list[UtteranceOut]
    measures: MeasuresOut
    dropped: list[DroppedOut]


class ConversationOut(Out):
    """All transcripts of one contact as one dialogue, on the contact's clock."""

    demo: bool = Field(description="True if the demo model made any part of it.")
    recordings: list[int] = Field(description="Ids of the recordings that are in it.")
    missing: int = Field(description="How many recordings of the contact have no transcript yet.")
    utterances: list[ConversationUtteranceOut]
    measures: MeasuresOut
