"""One side heard faintly on the other's channel: the echo is taken out, the voice stays."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.transcribe.filters import plain
from services.transcribe.recogniser import DroppedText
from shared.domain.transcript import Word

# A telephone line returns an echo within this time (ITU-T G.131 speaks of up to 400 ms round trip);
# word times of two recognitions differ by some more.
ECHO_WITHIN_MS = 500
# An echo is weaker than the voice by at least this much; two people saying «да» together are not.
ECHO_BELOW_DB = 10.0
# One equal word at one time is chance («алло» – «алло»); two in a row are an echo.
_FEWEST_WORDS = 2


@dataclass(frozen=True, slots=True)
class LoudWord:
    """A word and the level of its own channel while it was said, in dBFS."""

    word: Word
    level_db: float


def drop_echo(
    words: Sequence[LoudWord], others: Sequence[LoudWord]
) -> tuple[list[Word], list[DroppedText]]:
    """Take the echo of `others` (another channel) out of `words`.

    An echo is a run of at least two words that the other channel holds too, in the same order, not
    later than here by more than ECHO_WITHIN_MS, and louder by ECHO_BELOW_DB. Both lists are in time
    order.
    """
    kept: list[Word] = []
    dropped: list[DroppedText] = []
    position = 0
    while position < len(words):
        length = _echo_at(words, position, others)
        if length >= _FEWEST_WORDS:
            run = [item.word for item in words[position : position + length]]
            text = " ".join(word.text for word in run)
            dropped.append(DroppedText(text, run[0].start_ms, run[-1].end_ms, "crosstalk"))
            position += length
        else:
            kept.append(words[position].word)
            position += 1
    return kept, dropped


def _echo_at(words: Sequence[LoudWord], position: int, others: Sequence[LoudWord]) -> int:
    """Length of the longest echo that starts at `position`."""
    longest = 0
    for start, candidate in enumerate(others):
        if candidate.word.start_ms > words[position].word.start_ms + ECHO_WITHIN_MS:
            break
        length = 0
        while (
            position + length < len(words)
            and start + length < len(others)
            and _is_echo(words[position + length], others[start + length])
        ):
            length += 1
        longest = max(longest, length)
    return longest


def _is_echo(heard: LoudWord, voice: LoudWord) -> bool:
    return (
        abs(heard.word.start_ms - voice.word.start_ms) <= ECHO_WITHIN_MS
        and voice.level_db - heard.level_db >= ECHO_BELOW_DB
        and plain(heard.word.text) == plain(voice.word.text)
    )
