"""The transcript as a JSON document, described field by field in docs/transcript-format.md.

The same document, compressed, is what the database keeps and everything else is derived from.
"""

import json
import zlib
from collections.abc import Mapping
from typing import Any

from shared.domain.recording import Speaker
from shared.domain.transcript import (
    Dropped,
    Measures,
    SpeakerMeasures,
    SpeechRegion,
    Transcript,
    Utterance,
    Word,
)

VERSION = 1


class UnknownTranscriptError(ValueError):
    """Stored bytes are not a transcript document of a version that this program reads."""


def to_document(transcript: Transcript) -> dict[str, Any]:
    """The transcript as JSON-ready values."""
    return {
        "version": VERSION,
        "language": transcript.language,
        "model": {
            "name": transcript.model,
            "version": transcript.model_version,
            "demo": transcript.demo,
        },
        "duration_ms": transcript.duration_ms,
        "channels": [
            {
                "speaker": speaker.value,
                "speech": [[region.start_ms, region.end_ms] for region in regions],
            }
            for speaker, regions in zip(transcript.channel_speakers, transcript.speech, strict=True)
        ],
        "utterances": [utterance_document(item) for item in transcript.utterances],
        "measures": measures_document(transcript.measures),
        "dropped": [
            {
                "text": item.text,
                "speaker": item.speaker.value,
                "channel": item.channel,
                "start_ms": item.start_ms,
                "end_ms": item.end_ms,
                "reason": item.reason,
            }
            for item in transcript.dropped
        ],
    }


def utterance_document(utterance: Utterance) -> dict[str, Any]:
    """One utterance as JSON-ready values."""
    return {
        "speaker": utterance.speaker.value,
        "channel": utterance.channel,
        "start_ms": utterance.start_ms,
        "end_ms": utterance.end_ms,
        "text": utterance.text,
        "words": [
            {
                "text": word.text,
                "start_ms": word.start_ms,
                "end_ms": word.end_ms,
                "probability": word.probability,
            }
            for word in utterance.words
        ],
    }


def measures_document(measures: Measures) -> dict[str, Any]:
    """Conversation measures as JSON-ready values."""
    return {
        "duration_ms": measures.duration_ms,
        "silence_ms": measures.silence_ms,
        "longest_silence_ms": measures.longest_silence_ms,
        "overtalk_ms": measures.overtalk_ms,
        "speakers": {
            speaker.value: {
                "talk_ms": one.talk_ms,
                "words": one.words,
                "words_per_second": one.words_per_second,
                "interruptions": one.interruptions,
            }
            for speaker, one in measures.speakers.items()
        },
    }


def from_document(document: Mapping[str, Any]) -> Transcript:
    """Read what to_document wrote; UnknownTranscriptError on anything else."""
    if document.get("version") != VERSION:
        raise UnknownTranscriptError(
            f"transcript document of version {document.get('version')!r}, not {VERSION}"
        )
    try:
        return Transcript(
            language=document["language"],
            model=document["model"]["name"],
            model_version=document["model"]["version"],
            demo=document["model"]["demo"],
            duration_ms=document["duration_ms"],
            channel_speakers=tuple(Speaker(item["speaker"]) for item in document["channels"]),
            utterances=tuple(_utterance(item) for item in document["utterances"]),
            speech=tuple(
                tuple(SpeechRegion(start, end) for start, end in item["speech"])
                for item in document["channels"]
            ),
            measures=measures_from(document["measures"]),
            dropped=tuple(
                Dropped(**{**item, "speaker": Speaker(item["speaker"])})
                for item in document["dropped"]
            ),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UnknownTranscriptError(f"not a transcript document: {error!r}") from error


def measures_from(document: Mapping[str, Any]) -> Measures:
    """Read what measures_document wrote."""
    speakers = {Speaker(name): SpeakerMeasures(**one) for name, one in document["speakers"].items()}
    return Measures(**{**document, "speakers": speakers})


def compress(transcript: Transcript) -> bytes:
    """The document as the database stores it: zlib-compressed UTF-8 JSON."""
    text = json.dumps(to_document(transcript), ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode())


def decompress(stored: bytes) -> Transcript:
    """Read a stored document; UnknownTranscriptError when it is none."""
    try:
        document = json.loads(zlib.decompress(stored))
    except (zlib.error, ValueError) as error:
        raise UnknownTranscriptError(f"not a compressed transcript document: {error}") from error
    return from_document(document)


def _utterance(item: Mapping[str, Any]) -> Utterance:
    words = tuple(
        Word(word["text"], word["start_ms"], word["end_ms"], word["probability"])
        for word in item["words"]
    )
    return Utterance(Speaker(item["speaker"]), item["channel"], words)
