"""A transcript as subtitles (SRT, WebVTT), as plain text and as a JSON file."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from shared.domain.recording import Speaker
from shared.domain.transcript import Transcript, Utterance, Word
from shared.transcripts.document import to_document


class Format(StrEnum):
    """Forms of a transcript."""

    JSON = "json"
    SRT = "srt"
    VTT = "vtt"
    TXT = "txt"


# Subtitle custom: two lines of 42 characters, no cue on screen for longer than seven seconds.
CUE_CHARACTERS = 84
CUE_MS = 7000

NAMES = {
    "ru": {
        Speaker.OPERATOR: "Сотрудник",
        Speaker.CLIENT: "Клиент",
        Speaker.UNKNOWN: "Не определён",
    },
    "en": {Speaker.OPERATOR: "Operator", Speaker.CLIENT: "Client", Speaker.UNKNOWN: "Unknown"},
}
DEMO_NOTES = {
    "ru": "Распознано демонстрационной моделью: она понимает только голоса и слова примеров.",
    "en": "Recognised by the demo model, which understands only the samples' voices and words.",
}


@dataclass(frozen=True, slots=True)
class Cue:
    """One subtitle: at least a word, `start_ms` < `end_ms`."""

    start_ms: int
    end_ms: int
    speaker: Speaker
    text: str


def cues(utterances: Sequence[Utterance]) -> list[Cue]:
    """Cut utterances into subtitles between words, in order of their start."""
    found: list[Cue] = []
    for utterance in utterances:
        for words in _cut(utterance.words):
            start_ms, end_ms = words[0].start_ms, words[-1].end_ms
            text = " ".join(word.text for word in words)
            found.append(Cue(start_ms, max(end_ms, start_ms + 1), utterance.speaker, text))
    return sorted(found, key=lambda cue: cue.start_ms)


def to_file(transcript: Transcript, form: Format) -> str:
    """A recording's transcript as the text of a file; JSON is that of docs/transcript-format.md."""
    if form is Format.JSON:
        return json.dumps(to_document(transcript), ensure_ascii=False, indent=1)
    return to_text(transcript.utterances, form, language=transcript.language, demo=transcript.demo)


def to_text(utterances: Sequence[Utterance], form: Format, *, language: str, demo: bool) -> str:
    """Utterances in a form for people, which is any but JSON."""
    if form is Format.SRT:
        return to_srt(utterances, language)
    if form is Format.VTT:
        return to_vtt(utterances, language, demo=demo)
    return to_txt(utterances, language, demo=demo)


def to_srt(utterances: Sequence[Utterance], language: str) -> str:
    """SubRip subtitles; the speaker opens each cue. An empty transcript is an empty file."""
    return "\n".join(
        f"{number}\n{_time(cue.start_ms, ',')} --> {_time(cue.end_ms, ',')}\n"
        f"{_name(cue.speaker, language)}: {cue.text}\n"
        for number, cue in enumerate(cues(utterances), start=1)
    )


def to_vtt(utterances: Sequence[Utterance], language: str, *, demo: bool) -> str:
    """WebVTT subtitles with voice spans; a demo transcript says so in a note."""
    blocks = ["WEBVTT\n"]
    if demo:
        blocks.append(f"NOTE {_texts(DEMO_NOTES, language)}\n")
    blocks += [
        f"{_time(cue.start_ms, '.')} --> {_time(cue.end_ms, '.')}\n"
        f"<v {_name(cue.speaker, language)}>{_escaped(cue.text)}\n"
        for cue in cues(utterances)
    ]
    return "\n".join(blocks)


def to_txt(utterances: Sequence[Utterance], language: str, *, demo: bool) -> str:
    """One line per utterance: its time, its speaker, its words."""
    lines = [f"({_texts(DEMO_NOTES, language)})"] if demo else []
    lines += [
        f"[{_time(utterance.start_ms, '.')[:8]}] {_name(utterance.speaker, language)}:"
        f" {utterance.text}"
        for utterance in utterances
    ]
    return "".join(line + "\n" for line in lines)


def _cut(words: Sequence[Word]) -> Iterator[list[Word]]:
    part: list[Word] = []
    length = 0
    for word in words:
        too_long = length + 1 + len(word.text) > CUE_CHARACTERS
        if part and (too_long or word.end_ms - part[0].start_ms > CUE_MS):
            yield part
            part, length = [], 0
        part.append(word)
        length += len(word.text) + (length > 0)
    if part:
        yield part


def _time(time_ms: int, point: str) -> str:
    minutes, rest_ms = divmod(time_ms, 60_000)
    seconds, milliseconds = divmod(rest_ms, 1000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}{point}{milliseconds:03d}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _name(speaker: Speaker, language: str) -> str:
    return NAMES["ru" if language == "ru" else "en"][speaker]


def _texts(texts: dict[str, str], language: str) -> str:
    return texts["ru" if language == "ru" else "en"]
