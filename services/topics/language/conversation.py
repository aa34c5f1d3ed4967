"""A conversation as a person writes it in an example, laid out in time.

| line | means |
|---|---|
| `operator: добрый день` | said at an even pace, half a second after everything before it |
| `[+20s] client: алло` | the same 20 s after everything before it |
| `[-1s] client: подождите` | it begins 1 s before the end of what was said before it |
| `[+20s]` | 20 s in which nobody says anything |
| `[transfer]` | here the next leg begins |
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from shared.domain.recording import Speaker
from shared.domain.transcript import Utterance, Word
from shared.errors import InvalidInput

WORD_MS = 400
PAUSE_MS = 500
LONGEST_PAUSE_S = 3600

CHANNELS = {Speaker.OPERATOR: 0, Speaker.CLIENT: 1}

# Said by a side that has no line: it was heard, and said nothing that any rule asks for.
_FILLER = "ъъ"

_LINE = re.compile(r"(?:\[(?P<pause>[+-]\d+(?:\.\d+)?)s\])?\s*(?P<said>.*)")
_TRANSFER = "[transfer]"


@dataclass(frozen=True, slots=True)
class Conversation:
    """Utterances in the order of their lines, and start and end of each leg, in ms."""

    utterances: tuple[Utterance, ...]
    legs_ms: tuple[tuple[int, int], ...]

    @property
    def length_ms(self) -> int:
        """How long it is, with a pause after the last word."""
        return self.legs_ms[-1][1]

    def with_both_sides(self) -> tuple[Utterance, ...]:
        """The utterances, and one that means nothing on each leg for each side that is silent there."""
        return (*self.utterances, *self._fillers())

    def _fillers(self) -> Iterator[Utterance]:
        for start_ms, end_ms in self.legs_ms:
            for speaker, channel in CHANNELS.items():
                words = [w for one in self.utterances if one.speaker is speaker for w in one.words]
                if not any(start_ms <= word.start_ms < end_ms for word in words):
                    filler = Word(_FILLER, start_ms, start_ms + WORD_MS, 1.0)
                    yield Utterance(speaker, channel, (filler,))


def read_conversation(text: str) -> Conversation:
    """Read a conversation; InvalidInput names the line that is none."""
    utterances: list[Utterance] = []
    leg_starts_ms = [0]
    end_ms = 0
    pause_ms: int | None = 0
    for line in text.strip().splitlines():
        if line.strip() == _TRANSFER:
            if end_ms <= leg_starts_ms[-1]:
                raise InvalidInput("nobody says anything before the [transfer]")
            leg_starts_ms.append(end_ms)
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise _refusal(line)
        if match["pause"]:
            pause_ms = (pause_ms or 0) + _pause_ms(line, float(match["pause"]))
        if match["said"]:
            start_ms = end_ms + (PAUSE_MS if pause_ms is None else pause_ms)
            one = _utterance(line, match["said"], start_ms)
            if any(o.speaker is one.speaker and o.end_ms > start_ms for o in utterances):
                raise InvalidInput(f"«{line}» begins before the same speaker has finished")
            utterances.append(one)
            end_ms, pause_ms = max(end_ms, one.end_ms), None
    if not utterances:
        raise InvalidInput("an example has at least one line")
    length_ms = end_ms + max(PAUSE_MS if pause_ms is None else pause_ms, 0)
    ends_ms = [*leg_starts_ms[1:], length_ms]
    return Conversation(tuple(utterances), tuple(zip(leg_starts_ms, ends_ms, strict=True)))


def _pause_ms(line: str, pause_s: float) -> int:
    if abs(pause_s) > LONGEST_PAUSE_S:
        raise InvalidInput(f"«{line}» has a pause of more than {LONGEST_PAUSE_S} s")
    return round(pause_s * 1000)


def _utterance(line: str, said: str, start_ms: int) -> Utterance:
    name, _, text = said.partition(":")
    words = text.split()
    try:
        speaker = Speaker(name.strip())
        channel = CHANNELS[speaker]
    except (ValueError, KeyError):
        raise _refusal(line) from None
    if not words or start_ms < 0:
        raise _refusal(line)
    starts_ms = range(start_ms, start_ms + len(words) * WORD_MS, WORD_MS)
    spoken = [
        Word(word, begin_ms, begin_ms + WORD_MS, 1.0)
        for word, begin_ms in zip(words, starts_ms, strict=True)
    ]
    return Utterance(speaker, channel, tuple(spoken))


def _refusal(line: str) -> InvalidInput:
    return InvalidInput(
        f"«{line}» is not a line `operator: text` or `client: text`, "
        "nor [transfer] or a pause like [+20s]"
    )
