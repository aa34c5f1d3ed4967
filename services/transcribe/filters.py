"""What the recogniser invents is taken out and kept beside the transcript, with the reason.

Whisper writes text over silence and gets stuck in loops (about 1 % of segments in «Careless
Whisper», doi:10.1145/3630106.3658996). The thresholds are Whisper's own where it has them.
"""

import re
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from services.transcribe.recogniser import DroppedText, RecognisedSegment
from shared.domain.transcript import SpeechRegion, Word

# openai/whisper transcribe.py: no_speech_threshold, logprob_threshold, compression_ratio_threshold.
NO_SPEECH_PROB = 0.6
LOW_LOGPROB = -1.0
COMPRESSION_RATIO = 2.4
# How many times in a row a sequence of n words (the key) may stand before it counts as a loop.
# People do say «да, да, да» and dictate «ноль, ноль, ноль, ноль», but not a five-word phrase three
# times over.
LOOP_REPEATS = {1: 8, 2: 5, 3: 4}
LOOP_REPEATS_LONGER = 3
_LONGEST_LOOP = 12
# Faster than anybody speaks: repeats at this rate are a loop at half the count.
_IMPOSSIBLE_WORDS_PER_S = 9.0
_SENTENCE_END = re.compile(r"[.!?…]+[»\"')]*$")
_NOT_WORD = re.compile(r"[^\w]+")

Judged = tuple[list[Word], list[DroppedText]]


def filter_segments(
    segments: Iterable[RecognisedSegment], speech: Sequence[SpeechRegion], language: str
) -> Judged:
    """Split one channel's segments into words to believe and text to keep aside.

    Each believed word lies inside one region of `speech`, and starts never fall.
    """
    words: list[Word] = []
    dropped: list[DroppedText] = []
    for segment in segments:
        if not segment.words:
            continue
        if segment.no_speech_prob > NO_SPEECH_PROB and segment.avg_logprob < LOW_LOGPROB:
            dropped.append(_dropped(segment.words, "no-speech"))
            continue
        kept, taken = drop_hallucinations(segment.words, language)
        dropped += taken
        kept, taken = drop_loops(kept)
        dropped += taken
        if len(kept) > 2 and compression_ratio(kept) > COMPRESSION_RATIO:
            dropped.append(_dropped(kept, "loop"))
            continue
        kept, taken = clamp_to_speech(kept, speech)
        dropped += taken
        words += kept
    kept, taken = drop_loops(_in_order(words))
    return kept, sorted(dropped + taken, key=lambda item: (item.start_ms, item.end_ms))


def drop_hallucinations(words: Sequence[Word], language: str) -> Judged:
    """Take out sentences that are known inventions of Whisper in `language`."""
    exact, openings = _hallucinations(language)
    kept: list[Word] = []
    dropped: list[DroppedText] = []
    for sentence in _sentences(words):
        text = " ".join(filter(None, (plain(word.text) for word in sentence)))
        if text in exact or any(text.startswith(opening + " ") for opening in openings):
            dropped.append(_dropped(sentence, "hallucination"))
        else:
            kept += sentence
    return kept, dropped


def drop_loops(words: Sequence[Word]) -> Judged:
    """Keep the first of a sequence of words that repeats implausibly often in a row."""
    plains = [plain(word.text) for word in words]
    kept: list[Word] = []
    dropped: list[DroppedText] = []
    position = 0
    while position < len(words):
        length, repeats = _loop_at(plains, words, position)
        end = position + length
        kept += words[position:end]
        if repeats > 1:
            dropped.append(_dropped(words[end : position + length * repeats], "loop"))
        position += length * repeats
    return kept, dropped


def clamp_to_speech(words: Sequence[Word], speech: Sequence[SpeechRegion]) -> Judged:
    """Move the words of one segment into the speech they belong to.

    A word goes into the region it overlaps most; a word beside speech goes to the nearest region's
    edge, because word times drift over silence. A segment that touches no speech at all is dropped.
    """
    if not words:
        return [], []
    start = bisect_right(speech, words[0].start_ms, key=lambda region: region.end_ms)
    end = bisect_left(speech, words[-1].end_ms + 1, key=lambda region: region.start_ms)
    near = speech[start:end]
    if not any(_overlap(word, region) > 0 for word in words for region in near):
        return [], [_dropped(words, "outside-speech")]
    kept: list[Word] = []
    for word in words:
        region = max(near, key=lambda item: (_overlap(word, item), -_distance(word, item)))
        start_ms = min(max(word.start_ms, region.start_ms), region.end_ms)
        end_ms = max(min(word.end_ms, region.end_ms), start_ms)
        kept.append(Word(word.text, start_ms, end_ms, word.probability))
    return kept, []


def compression_ratio(words: Sequence[Word]) -> float:
    """How well the text compresses: Whisper's measure of repetition, about 1 for short plain
    speech.
    """
    text = " ".join(word.text for word in words).encode()
    return len(text) / len(zlib.compress(text))


def plain(text: str) -> str:
    """A word for comparison: lower case, ё as е, letters and digits only."""
    return _NOT_WORD.sub("", text.lower().replace("ё", "е"))


def _loop_at(plains: Sequence[str], words: Sequence[Word], position: int) -> tuple[int, int]:
    """(length, repeats) of the loop that starts here; (1, 1) when there is none."""
    for length in range(1, _LONGEST_LOOP + 1):
        pattern = plains[position : position + length]
        if len(pattern) < length:
            break
        repeats = 1
        while plains[position + length * repeats : position + length * (repeats + 1)] == pattern:
            repeats += 1
        allowed = LOOP_REPEATS.get(length, LOOP_REPEATS_LONGER)
        if repeats >= allowed or (
            repeats >= max(3, allowed // 2)
            and _words_per_s(words[position : position + length * repeats])
            > _IMPOSSIBLE_WORDS_PER_S
        ):
            return length, repeats
    return 1, 1


def _words_per_s(words: Sequence[Word]) -> float:
    return 1000 * len(words) / max(words[-1].end_ms - words[0].start_ms, 1)


def _sentences(words: Sequence[Word]) -> list[list[Word]]:
    sentences: list[list[Word]] = [[]]
    for word in words:
        sentences[-1].append(word)
        if _SENTENCE_END.search(word.text):
            sentences.append([])
    return [sentence for sentence in sentences if sentence]


def _in_order(words: Sequence[Word]) -> list[Word]:
    """The same words with starts that never fall (two windows may disagree by some ms at their
    seam).
    """
    ordered: list[Word] = []
    latest_ms = 0
    for word in words:
        latest_ms = max(latest_ms, word.start_ms)
        ordered.append(Word(word.text, latest_ms, max(word.end_ms, latest_ms), word.probability))
    return ordered


def _overlap(word: Word, region: SpeechRegion) -> int:
    """Shared ms, at least 1 for a word of no length inside the region."""
    if region.start_ms <= word.start_ms == word.end_ms <= region.end_ms:
        return 1
    return min(word.end_ms, region.end_ms) - max(word.start_ms, region.start_ms)


def _distance(word: Word, region: SpeechRegion) -> int:
    return max(region.start_ms - word.end_ms, word.start_ms - region.end_ms, 0)


def _dropped(words: Sequence[Word], reason: str) -> DroppedText:
    text = " ".join(word.text for word in words)
    return DroppedText(text, words[0].start_ms, words[-1].end_ms, reason)


@cache
def _hallucinations(language: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """(whole sentences, sentence openings) of one language, normalised by plain()."""
    exact: set[str] = set()
    openings: set[str] = set()
    applies = False
    source = Path(__file__).with_name("hallucinations.txt")
    for line in source.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            applies = language in line.strip("[]").split()
        elif applies and line and not line.startswith("#"):
            text = " ".join(filter(None, (plain(part) for part in line.split())))
            (openings if line.endswith("*") else exact).add(text)
    return frozenset(exact), tuple(sorted(openings))
