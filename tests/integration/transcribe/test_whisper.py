"""faster-whisper behind the port, with the demo model on the samples' sound."""

import subprocess
import sys
import threading

import numpy as np
import pytest

from services.transcribe.models import find_model
from services.transcribe.whisper import FasterWhisperRecogniser
from shared.decode import decode_channels
from shared.domain.transcript import SpeechRegion
from shared.errors import JobFailed
from shared.vad import RATE_HZ, speech_regions
from tests.integration.transcribe.world import MODEL, PLAIN_CALL


@pytest.fixture(scope="module")
def recogniser(tmp_path_factory) -> FasterWhisperRecogniser:
    return FasterWhisperRecogniser(find_model(str(MODEL), tmp_path_factory.mktemp("none")))


@pytest.fixture(scope="module")
def pcm() -> np.ndarray:
    return decode_channels(PLAIN_CALL)[0]


def ignore(done: float) -> None:
    pass


def test_words_are_ordered_inside_speech_and_progress_never_falls(recogniser, pcm) -> None:
    reported: list[float] = []
    found = recogniser.recognise(pcm, "ru", reported.append)
    assert found.words
    assert reported == sorted(reported)
    assert reported[-1] == 1.0
    assert found.speech == speech_regions(pcm)
    for word in found.words:
        assert any(r.start_ms <= word.start_ms <= word.end_ms <= r.end_ms for r in found.speech)
        assert 0 <= word.probability <= 1
    assert [w.start_ms for w in found.words] == sorted(w.start_ms for w in found.words)


def test_the_same_sound_gives_the_same_text(recogniser, pcm) -> None:
    first = recogniser.recognise(pcm, "ru", ignore)
    assert recogniser.recognise(pcm, "ru", ignore) == first


def test_a_clip_does_not_depend_on_its_neighbours(recogniser, pcm) -> None:
    """No speech is lost between clips: each region alone gives the words it gives in the call."""
    regions = speech_regions(pcm)[:2]
    gap_ms = 5000
    pieces, placed, clock = [], [], 0
    for region in regions:
        sound = pcm[region.start_ms * 16 : region.end_ms * 16]
        pieces += [sound, np.zeros(gap_ms * 16, np.float32)]
        placed.append(SpeechRegion(clock, clock + sound.size // 16))
        clock += sound.size // 16 + gap_ms
    together = recogniser.recognise(np.concatenate(pieces), "ru", ignore, tuple(placed))
    alone = []
    for region, place in zip(regions, placed, strict=True):
        sound = pcm[region.start_ms * 16 : region.end_ms * 16]
        whole = (SpeechRegion(0, sound.size // 16),)
        found = recogniser.recognise(sound, "ru", ignore, whole)
        alone += [(w.text, w.start_ms + place.start_ms) for w in found.words]
    assert [(w.text, w.start_ms) for w in together.words] == alone


def test_silence_and_noise_give_no_words(recogniser) -> None:
    noise = np.random.default_rng(2).normal(0, 0.002, 20 * RATE_HZ).astype(np.float32)
    for sound in (np.zeros(20 * RATE_HZ, np.float32), noise):
        found = recogniser.recognise(sound, "ru", ignore)
        assert (found.words, found.dropped, found.speech) == ((), (), ())


def test_what_is_said_where_nobody_speaks_is_kept_aside(recogniser, pcm) -> None:
    """A detector that took noise for speech: whatever the model invents is judged, not lost."""
    noise = np.random.default_rng(3).normal(0, 0.05, 4 * RATE_HZ).astype(np.float32)
    found = recogniser.recognise(noise, "ru", ignore, (SpeechRegion(0, 4000),))
    assert all(word.end_ms <= 4000 for word in found.words)
    assert {item.reason for item in found.dropped} <= {
        "no-speech", "hallucination", "loop", "outside-speech"
    }  # fmt: skip


def test_both_languages_have_a_probability(recogniser, pcm) -> None:
    region = speech_regions(pcm)[0]
    heard = recogniser.language_probabilities(pcm[region.start_ms * 16 : region.end_ms * 16])
    assert {"ru", "en"} <= heard.keys()
    assert sum(heard.values()) == pytest.approx(1, abs=0.01)
    assert recogniser.language_probabilities(np.zeros(0, np.float32)) == {}


def test_an_unknown_language_is_refused(recogniser, pcm) -> None:
    with pytest.raises(JobFailed) as caught:
        recogniser.recognise(pcm, "de", ignore)
    assert caught.value.job_code == "language-not-understood"


def test_a_model_that_does_not_load_says_what_to_try(tmp_path) -> None:
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (tmp_path / name).write_bytes(b"not a model")
    broken = FasterWhisperRecogniser(find_model(str(tmp_path), tmp_path))
    with pytest.raises(JobFailed, match="tematika model check") as caught:
        broken.recognise(np.zeros(0, np.float32), "ru", ignore)
    assert caught.value.job_code == "model-not-available"


def test_a_clip_that_spends_its_windows_ends_and_harms_nothing(
    recogniser, pcm, monkeypatch
) -> None:
    monkeypatch.setattr("services.transcribe.whisper._MOST_WINDOWS_PER_CLIP", 0)
    found = recogniser.recognise(pcm, "ru", ignore)
    assert found.words == ()
    assert found.speech == speech_regions(pcm)
    monkeypatch.undo()
    assert recogniser.recognise(pcm, "ru", ignore).words


def test_two_threads_share_one_model(pcm, tmp_path) -> None:
    shared = FasterWhisperRecogniser(find_model(str(MODEL), tmp_path))
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(shared.recognise(pcm, "ru", ignore)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] == found[1]


def test_nothing_heavy_is_loaded_before_the_first_recognition() -> None:
    code = (
        "import sys, services.transcribe.api, services.transcribe.tasks, services.transcribe.cli,"
        " services.transcribe.relabel, services.transcribe.recording;"
        "print([m for m in ('faster_whisper', 'ctranslate2', 'onnxruntime', 'av', 'scipy')"
        " if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
