"""A recording's channels through a recogniser, on real sound with a scripted recogniser.

The script says one word per stretch of speech; what is tested is everything around the model.
"""

from dataclasses import dataclass, field

import numpy as np
import pytest

from services.transcribe.recogniser import (
    ChannelRecognition,
    ModelIdentity,
    Pcm,
    Progress,
    Recogniser,
)
from services.transcribe.recording import transcribe_channels
from shared.decode import decode_channels
from shared.domain.recording import Speaker, SpeakerPlan
from shared.domain.transcript import SpeechRegion, Transcript, Word
from shared.vad import RATE_HZ
from tests.integration.transcribe.world import PLAIN_CALL

OPERATOR, CLIENT, UNKNOWN = Speaker.OPERATOR, Speaker.CLIENT, Speaker.UNKNOWN
TWO_SIDES = SpeakerPlan((OPERATOR, CLIENT))


@dataclass
class Scripted:
    """Says the script's words, spread over the speech it is given."""

    script: str = "раз два три четыре пять шесть"
    heard: dict[str, float] = field(default_factory=dict)
    identity: ModelIdentity = field(default=ModelIdentity("scripted", "1"))
    asked: list[str] = field(default_factory=list)

    def recognise(
        self,
        pcm: Pcm,
        language: str,
        on_progress: Progress,
        speech: tuple[SpeechRegion, ...] | None = None,
    ) -> ChannelRecognition:
        assert speech
        self.asked.append(language)
        parts = self.script.split()
        step = (speech[0].end_ms - speech[0].start_ms) // len(parts)
        words = tuple(
            Word(text, start := speech[0].start_ms + step * n, start + step, 0.5)
            for n, text in enumerate(parts)
        )
        on_progress(1.0)
        return ChannelRecognition(language, words, speech)

    def language_probabilities(self, pcm: Pcm) -> dict[str, float]:
        assert 0 < pcm.size <= 10 * RATE_HZ
        return self.heard


@pytest.fixture(scope="module")
def call() -> list[np.ndarray]:
    return decode_channels(PLAIN_CALL)


def run(
    recogniser: Recogniser,
    channels: list[np.ndarray],
    plan: SpeakerPlan = TWO_SIDES,
    *,
    detect: bool = False,
) -> tuple[Transcript, list[float]]:
    reported: list[float] = []
    made = transcribe_channels(
        recogniser,
        channels,
        plan,
        language="ru",
        detect_language=detect,
        on_progress=reported.append,
    )
    return made, reported


def speakers(transcript: Transcript) -> list[Speaker]:
    return sorted({item.speaker for item in transcript.utterances})


def test_each_channel_is_recognised_on_its_own_with_one_progress(call) -> None:
    made, reported = run(Scripted(), call)
    assert speakers(made) == [CLIENT, OPERATOR]
    assert reported == sorted(reported)
    assert reported[-1] == 1.0
    assert made.duration_ms == call[0].size // 16


def test_a_silent_channel_is_not_given_to_the_model(call) -> None:
    recogniser = Scripted()
    made, _ = run(recogniser, [call[0], np.zeros_like(call[0])])
    assert len(recogniser.asked) == 1
    assert speakers(made) == [OPERATOR]
    assert made.speech[1] == ()


def test_silence_on_both_channels_asks_the_model_nothing(call) -> None:
    recogniser = Scripted()
    made, reported = run(recogniser, [np.zeros_like(call[0])] * 2, detect=True)
    assert recogniser.asked == []
    assert (made.utterances, made.language, reported[-1]) == ((), "ru", 1.0)


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        pytest.param(TWO_SIDES, [UNKNOWN], id="nobody-knows-who-speaks"),
        pytest.param(SpeakerPlan((CLIENT, CLIENT)), [CLIENT], id="a-one-sided-file"),
    ],
)
def test_mono_sent_twice_is_recognised_once(call, plan, expected) -> None:
    recogniser = Scripted()
    made, _ = run(recogniser, [call[0], call[0] + np.float32(1e-5)], plan)
    assert len(recogniser.asked) == 1
    assert speakers(made) == expected


def test_the_other_side_heard_faintly_is_taken_out(call) -> None:
    late = np.roll(call[0], 16 * 100)
    made, _ = run(Scripted(), [call[0], (late * np.float32(0.1))])
    assert speakers(made) == [OPERATOR]
    assert {(item.reason, item.speaker, item.channel) for item in made.dropped} == {
        ("crosstalk", CLIENT, 1)
    }


def test_the_same_words_at_the_same_level_are_two_peoples(call) -> None:
    made, _ = run(Scripted(), [call[0], np.roll(call[0], 16 * 100)])
    assert speakers(made) == [CLIENT, OPERATOR]
    assert made.dropped == ()


@pytest.mark.parametrize(
    ("heard", "detect", "language"),
    [
        pytest.param({"en": 0.9, "ru": 0.1}, True, "en", id="voted"),
        pytest.param({"en": 0.9, "ru": 0.1}, False, "ru", id="fixed"),
        pytest.param({"nn": 0.9, "cy": 0.1}, True, "ru", id="never-nynorsk"),
        pytest.param({"en": 0.5, "ru": 0.5}, True, "ru", id="unclear"),
        pytest.param({}, True, "ru", id="a-model-of-one-language"),
    ],
)
def test_language(call, heard, detect, language) -> None:
    recogniser = Scripted(heard=heard)
    made, _ = run(recogniser, call, detect=detect)
    assert made.language == language
    assert set(recogniser.asked) == {language}


def test_a_speaker_for_every_channel_is_asked(call) -> None:
    with pytest.raises(ValueError, match="2 channels, but 1 speakers"):
        run(Scripted(), call, SpeakerPlan((UNKNOWN,)))
