import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.transcribe.merge import build_transcript
from services.transcribe.tracks import Track
from shared.domain.recording import Speaker
from shared.domain.transcript import Dropped, SpeechRegion, Transcript, Word
from shared.transcripts.document import (
    UnknownTranscriptError,
    compress,
    decompress,
    from_document,
    to_document,
)

ms = st.integers(0, 10_000_000)


@st.composite
def transcripts(draw: st.DrawFn) -> Transcript:
    tracks, speech = [], []
    for channel in range(draw(st.integers(1, 3))):
        words = draw(
            st.lists(
                st.builds(Word, st.text(min_size=1, max_size=12), ms, ms, st.floats(0, 1)),
                max_size=8,
            )
        )
        words.sort(key=lambda word: word.start_ms)
        words = [
            Word(word.text, word.start_ms, max(word.start_ms, word.end_ms), word.probability)
            for word in words
        ]
        tracks.append(Track(draw(st.sampled_from(Speaker)), channel, tuple(words)))
        speech.append(tuple(draw(st.lists(st.builds(SpeechRegion, ms, ms), max_size=3))))
    dropped = draw(
        st.lists(
            st.builds(
                Dropped, st.text(), st.sampled_from(Speaker), st.just(0), ms, ms, st.just("loop")
            ),
            max_size=3,
        )
    )
    return build_transcript(
        tracks,
        speech,
        dropped,
        duration_ms=draw(ms),
        language="ru",
        model=draw(st.text(max_size=20)),
        model_version="1",
        demo=draw(st.booleans()),
    )


@given(transcripts())
def test_a_transcript_comes_back_from_its_document_and_from_storage(transcript) -> None:
    assert from_document(json.loads(json.dumps(to_document(transcript)))) == transcript
    assert decompress(compress(transcript)) == transcript


@pytest.mark.parametrize(
    "stored",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"not zlib", id="other-bytes"),
        pytest.param(zlib.compress(b"not json"), id="not-json"),
        pytest.param(zlib.compress(b'{"version": 2}'), id="newer-version"),
        pytest.param(zlib.compress(b'{"version": 1}'), id="fields-missing"),
    ],
)
def test_other_bytes_are_refused(stored) -> None:
    with pytest.raises(UnknownTranscriptError):
        decompress(stored)
