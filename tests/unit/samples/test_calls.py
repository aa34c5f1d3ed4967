"""The sample calls keep to what the demo needs: words, variety, sound, documents, truth."""

import json
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import soundfile
import yaml

from samples.calls.make import make_calls
from samples.calls.script import FOLDER, Script, call_names, read_people, read_script, read_sources
from samples.calls.table import README, with_table
from samples.calls.timeline import parties, voice_of
from samples.speech.lexicon import words
from services.gateway.intake.schemas import ContactPart

CALLS = call_names()
RULES = FOLDER.parents[1] / "rules"
LARGEST_BYTES = 6_000_000
SHORTEST_PAUSE_MS = 500
INTAKE_FIELDS = {
    "external_id",
    "kind",
    "direction",
    "started_at",
    "ended_at",
    "client_number",
    "company_number",
    "result",
    "wait_ms",
    "talk_ms",
    "legs",
    "raw",
}
RECORDING_FIELDS = {"external_id", "file", "legs", "offset_ms", "speaker", "content_type"}

needs_espeak = pytest.mark.skipif(
    shutil.which("espeak-ng") is None, reason="espeak-ng is not installed"
)


def _document(name: str, file: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((FOLDER / name / file).read_text(encoding="utf-8"))
    return document


def _recordings(name: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each recording's manifest and truth."""
    made = _document(name, "call.json")["recordings"]
    return zip(made, _document(name, "truth.json")["recordings"], strict=True)


def _topic_keys() -> list[str]:
    packs = [
        yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(RULES.glob("*/*.yaml"))
    ]
    return [topic["key"] for pack in packs for topic in pack["topics"]]


def _scripts() -> dict[str, Script]:
    return {name: read_script(name) for name in CALLS}


def test_there_are_enough_calls_of_both_languages_and_traps() -> None:
    scripts = _scripts().values()
    languages = [script.language for script in scripts]
    assert languages.count("ru") >= 20
    assert languages.count("en") >= 4
    assert len({script.trap for script in scripts if script.trap}) >= 12


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param(
            lambda one: len(one.legs) == 2 and not one.recording.covers_all_legs, id="transferred"
        ),
        pytest.param(
            lambda one: len(one.legs) == 2 and one.recording.covers_all_legs,
            id="one recording over two legs",
        ),
        pytest.param(lambda one: one.direction == "internal" and one.colleague, id="internal"),
        pytest.param(
            lambda one: one.kind == "voicemail" and one.recording.layout == "mono", id="voicemail"
        ),
        pytest.param(
            lambda one: one.recording is not None and one.recording.layout == "sides",
            id="a file a side",
        ),
        pytest.param(lambda one: one.recording is None, id="no recording"),
        pytest.param(
            lambda one: one.legs and not any(leg.turns for leg in one.legs), id="silence only"
        ),
        pytest.param(
            lambda one: read_sources()[one.source].operator_channel == 1, id="operator on the right"
        ),
    ],
)
def test_every_kind_of_call_is_there(wanted: Any) -> None:
    assert [name for name, script in _scripts().items() if wanted(script)]


def test_every_sound_format_is_there() -> None:
    sounds = {script.recording.sound for script in _scripts().values() if script.recording}
    assert sounds == {"opus", "flac", "pcm", "alaw", "gsm"}


@pytest.mark.parametrize("name", CALLS)
def test_words_are_known_to_the_demo_model(name: str) -> None:
    script = read_script(name)
    known = set(words(script.language))
    said = {word for leg in script.legs for turn in leg.turns for word in turn.text.split()}
    assert said - known == set()


@pytest.mark.parametrize("name", CALLS)
def test_operator_and_client_have_different_voices(name: str) -> None:
    script, people = read_script(name), read_people()
    for leg in script.legs:
        present = {turn.party for turn in leg.turns}
        voices = [
            voice_of(script, leg, party, people) for party in parties(script) if party in present
        ]
        assert len(set(voices)) == len(voices)


@pytest.mark.parametrize("name", CALLS)
def test_expected_topics_exist(name: str) -> None:
    script = read_script(name)
    keys = _topic_keys()
    assert set(script.expected_topics) <= set(keys)
    assert set(script.expected_undecidable) <= set(keys)
    assert not set(script.expected_topics) & set(script.expected_undecidable)


def test_topic_keys_are_unique() -> None:
    keys = _topic_keys()
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("name", CALLS)
def test_utterances_follow_the_script(name: str) -> None:
    script = read_script(name)
    written = sorted((turn.party, turn.text) for leg in script.legs for turn in leg.turns)
    true = sorted(
        (utterance["party"], utterance["text"])
        for _, truth in _recordings(name)
        for channel in truth["channels"]
        for utterance in channel["utterances"]
    )
    assert true == written
    topics = _document(name, "truth.json")
    assert topics["expected_topics"] == sorted(script.expected_topics)
    assert topics["expected_undecidable"] == sorted(script.expected_undecidable)


@pytest.mark.parametrize("name", CALLS)
def test_pauses_are_long_enough_for_a_small_model(name: str) -> None:
    for leg in read_script(name).legs:
        for turn in leg.turns[1:]:
            assert turn.after_ms < 0 or turn.after_ms >= SHORTEST_PAUSE_MS


@pytest.mark.parametrize("name", CALLS)
def test_words_have_times_inside_the_recording(name: str) -> None:
    for _, truth in _recordings(name):
        for channel in truth["channels"]:
            for utterance in channel["utterances"]:
                at_ms = utterance["start_ms"]
                for word in utterance["words"]:
                    assert at_ms <= word["start_ms"] < word["end_ms"] <= truth["duration_ms"]
                    at_ms = word["end_ms"]
                assert at_ms == utterance["end_ms"]


@pytest.mark.parametrize("name", CALLS)
def test_sound_is_what_the_documents_say(name: str) -> None:
    for manifest, truth in _recordings(name):
        info = soundfile.info(FOLDER / name / manifest["file"])
        assert info.samplerate == 8000
        assert info.channels == len(truth["channels"])
        # GSM frames are 20 ms long.
        assert info.frames * 1000 / info.samplerate == pytest.approx(truth["duration_ms"], abs=40)


@pytest.mark.parametrize("name", CALLS)
def test_length_is_a_short_call(name: str) -> None:
    script = read_script(name)
    total_ms = sum(truth["duration_ms"] for _, truth in _recordings(name))
    if script.recording is None:
        assert total_ms == 0
    elif not script.expected_topics and script.kind == "call":
        assert total_ms <= 10_000
    else:
        assert 8_000 <= total_ms <= 25_000


@pytest.mark.parametrize("name", CALLS)
def test_metadata_is_in_the_form_of_the_intake(name: str) -> None:
    call = _document(name, "call.json")
    assert set(call) == INTAKE_FIELDS | {"source", "recordings"}
    assert call["source"] in read_sources()
    ContactPart.model_validate({field: call[field] for field in INTAKE_FIELDS})
    assert call["external_id"] == name
    started = datetime.fromisoformat(call["started_at"])
    at_ms = call["wait_ms"]
    for leg in call["legs"]:
        assert {"external_id", "started_at", "ended_at"} <= set(leg)
        assert set(leg) <= {"external_id", "started_at", "ended_at", "employee", "group"}
        begin = datetime.fromisoformat(leg["started_at"]) - started
        end = datetime.fromisoformat(leg["ended_at"]) - started
        assert at_ms == round(begin.total_seconds() * 1000)
        at_ms = round(end.total_seconds() * 1000)
    ended = datetime.fromisoformat(call["ended_at"]) - started
    assert at_ms == round(ended.total_seconds() * 1000)


@pytest.mark.parametrize("name", CALLS)
def test_recordings_lie_on_their_legs(name: str) -> None:
    call = _document(name, "call.json")
    started = datetime.fromisoformat(call["started_at"])
    legs = {leg["external_id"]: leg for leg in call["legs"]}
    for manifest, truth in _recordings(name):
        assert set(manifest) == RECORDING_FIELDS
        covered = [legs[external_id] for external_id in manifest["legs"]]
        begin = datetime.fromisoformat(covered[0]["started_at"]) - started
        end = datetime.fromisoformat(covered[-1]["ended_at"]) - started
        assert manifest["offset_ms"] == round(begin.total_seconds() * 1000)
        assert truth["duration_ms"] == round((end - begin).total_seconds() * 1000)


def test_all_files_together_are_small() -> None:
    files = [path for path in FOLDER.rglob("*") if path.suffix in {".ogg", ".flac", ".wav"}]
    assert sum(path.stat().st_size for path in files) < LARGEST_BYTES


def test_every_sound_file_belongs_to_a_call() -> None:
    named = {FOLDER / name / made["file"] for name in CALLS for made, _ in _recordings(name)}
    present = {path for path in FOLDER.rglob("*") if path.suffix in {".ogg", ".flac", ".wav"}}
    assert named == present


def test_table_of_the_readme_is_current() -> None:
    text = README.read_text(encoding="utf-8")
    assert text == with_table(text)


@needs_espeak
def test_making_again_gives_the_same_files(tmp_path: Path) -> None:
    names = ["17-voicemail", "11-overlap", "21-one-second"]
    make_calls(names, tmp_path / "first")
    make_calls(names[::-1], tmp_path / "second")
    first = {path.relative_to(tmp_path / "first"): path for path in (tmp_path / "first").rglob("*")}
    assert len(first) == len(names) * 4
    for relative, path in first.items():
        if path.is_file():
            assert path.read_bytes() == (tmp_path / "second" / relative).read_bytes()
