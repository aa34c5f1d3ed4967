import pytest

from services.transcribe.clips import Clip
from services.transcribe.language import clips_to_ask, vote


@pytest.mark.parametrize(
    ("ballots", "expected"),
    [
        pytest.param([], "ru", id="no-speech"),
        pytest.param([(5000, {"en": 0.9, "ru": 0.1})], "en", id="clear"),
        pytest.param([(5000, {"nn": 0.9, "ru": 0.08, "en": 0.02})], "ru", id="never-nynorsk"),
        pytest.param([(5000, {"nn": 0.9})], "ru", id="only-other-languages"),
        pytest.param([(5000, {"en": 0.55, "ru": 0.45})], "ru", id="unclear-falls-back"),
        pytest.param(
            [(400, {"en": 0.95, "ru": 0.05}), (8000, {"ru": 0.9, "en": 0.1})],
            "ru",
            id="long-speech-outweighs-hello",
        ),
        pytest.param(
            [(8000, {"en": 0.7, "ru": 0.3}), (8000, {"en": 0.9}), (9000, {"ru": 0.4, "en": 0.6})],
            "en",
            id="majority",
        ),
    ],
)
def test_vote(ballots, expected) -> None:
    assert vote(ballots, fallback="ru") == expected


def test_the_longest_clips_are_asked_in_time_order() -> None:
    clips = [
        Clip(n * 20_000, n * 20_000 + length)
        for n, length in enumerate([100, 9, 50, 60, 70, 80, 8])
    ]
    assert [clip.end_ms - clip.start_ms for clip in clips_to_ask(clips)] == [100, 50, 60, 70, 80]
