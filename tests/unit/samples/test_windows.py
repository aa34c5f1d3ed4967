import numpy as np
import pytest

from samples.speech.pool import Utterance
from samples.speech.telephone import LINE_RATE
from samples.speech.windows import Mixture, Window, WindowMaker


def _pool() -> tuple[list[Utterance], np.ndarray]:
    rng = np.random.default_rng(7)
    size = 2 * LINE_RATE
    sound = (rng.standard_normal(4 * size) * 3000).astype(np.int16)
    words = (("да", 0, 900), ("нет", 1000, 1990))
    utterances = [
        Utterance("ru", place * size, size, words, (("d", 0), ("a", 100))) for place in range(4)
    ]
    return utterances, sound


def _windows(mixture: Mixture, count: int = 60) -> list[Window]:
    utterances, sound = _pool()
    maker = WindowMaker(utterances, sound, mixture, np.random.default_rng(8))
    return [maker.draw() for _ in range(count)]


def test_windows_are_no_longer_than_asked() -> None:
    for window in _windows(Mixture(longest_ms=5000)):
        assert 0 < window.pcm.size <= 5 * 16_000


def test_uncut_windows_hold_whole_utterances_in_order() -> None:
    for window in _windows(Mixture(longest_ms=7000, cut_share=0)):
        times = [word[1] for phrase in window.phrases for word in phrase.words]
        assert times == sorted(times)
        for phrase in window.phrases:
            assert [word[0] for word in phrase.words] == ["да", "нет"]
            assert phrase.end_ms is not None
            assert phrase.end_ms <= window.pcm.size / 16


def test_cut_windows_hold_only_words_that_sound_whole() -> None:
    windows = _windows(Mixture(longest_ms=3000, cut_share=1, most_utterances=2))
    assert any(phrase.end_ms is None for window in windows for phrase in window.phrases)
    for window in windows:
        for phrase in window.phrases:
            for _, start_ms, end_ms in phrase.words:
                assert start_ms >= 0
                assert end_ms <= window.pcm.size / 16 + 40


def test_phonemes_come_in_time_order() -> None:
    for window in _windows(Mixture()):
        starts = [start for _, start in window.phones]
        assert starts == sorted(starts)


@pytest.mark.parametrize("longest_ms", [2500, 8000])
def test_some_windows_hold_no_speech(longest_ms: int) -> None:
    windows = _windows(Mixture(longest_ms=longest_ms), 400)
    assert any(not window.phrases for window in windows)
