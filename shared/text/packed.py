"""Packed form v1 of a transcript: what matching reads instead of the displayed words.

Tokens are ordered by lane (channel, then speaker) and by time inside a lane, so that neighbours in
the arrays are neighbours in one person's speech whatever the other side says at the same time.

| column | type | per token |
|---|---|---|
| token_ids | uint32 | word number of the account's lexicon |
| word_index | uint32 | bits 0–23 first displayed word, bits 24–31 how many more it covers |
| speakers | uint8 | bits 0–1 speaker, bits 2–6 channel, bit 7 first token of an utterance |
| start_ms, end_ms | uint32 | on the recording's clock |

All little-endian. Displayed words are counted through the utterances in their stored order, from 0.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.domain.recording import Speaker
from shared.domain.transcript import Utterance
from shared.text.normalise import NORMALISER, normalise

FORMAT = 1

SPEAKER_CODES = {Speaker.OPERATOR: 0, Speaker.CLIENT: 1, Speaker.UNKNOWN: 2}
SPEAKERS = tuple(SPEAKER_CODES)
SPEAKER_BITS = 0b0000_0011
LANE_BITS = 0b0111_1111
UTTERANCE_START = 0b1000_0000
MOST_CHANNELS = 32
MOST_WORDS = 1 << 24
MOST_SPAN = 255

_COLUMNS = {
    "token_ids": "<u4", "word_index": "<u4", "speakers": "<u1", "start_ms": "<u4", "end_ms": "<u4",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spoken:
    """Normalised tokens of one recording in packed order, before the lexicon numbers them."""

    forms: tuple[str, ...]
    word_index: tuple[int, ...]
    speakers: tuple[int, ...]
    start_ms: tuple[int, ...]
    end_ms: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Packed:
    """One packed transcript; arrays of one entry per token, see the module's table."""

    token_ids: NDArray[np.uint32]
    word_index: NDArray[np.uint32]
    speakers: NDArray[np.uint8]
    start_ms: NDArray[np.uint32]
    end_ms: NDArray[np.uint32]

    def __len__(self) -> int:
        """Count the tokens."""
        return len(self.token_ids)

    @property
    def max_word_no(self) -> int:
        """Greatest word number, -1 when nothing was said."""
        return int(self.token_ids.max()) if len(self) else -1

    @property
    def first_word(self) -> NDArray[np.uint32]:
        """First displayed word of each token."""
        return self.word_index & np.uint32(MOST_WORDS - 1)

    @property
    def last_word(self) -> NDArray[np.uint32]:
        """Last displayed word of each token."""
        return self.first_word + (self.word_index >> np.uint32(24))


def spoken(utterances: Sequence[Utterance]) -> Spoken:
    """Normalise the utterances of one recording, each on its own, into packed order.

    Raises ValueError on more channels or words than the format holds.
    """
    first_words = []
    count = 0
    for utterance in utterances:
        first_words.append(count)
        count += len(utterance.words)
    if count > MOST_WORDS:
        raise ValueError(f"a transcript of {count} words does not fit the packed form")
    order = sorted(
        range(len(utterances)),
        key=lambda n: (_lane(utterances[n]), utterances[n].start_ms, n),
    )
    rows: list[tuple[str, int, int, int, int]] = []
    for number in order:
        utterance = utterances[number]
        lane = _lane(utterance)
        start_bit = UTTERANCE_START
        for token in normalise([word.text for word in utterance.words]):
            further = min(token.last - token.first, MOST_SPAN)
            rows.append(
                (
                    token.form,
                    (first_words[number] + token.first) | further << 24,
                    lane | start_bit,
                    utterance.words[token.first].start_ms,
                    utterance.words[token.last].end_ms,
                )
            )
            start_bit = 0
    if not rows:
        return Spoken((), (), (), (), ())
    return Spoken(*zip(*rows, strict=True))


def pack(tokens: Spoken, numbers: Mapping[str, int]) -> Packed:
    """Replace the forms by their numbers in the lexicon; KeyError on a form without a number."""
    columns: dict[str, Any] = {
        "token_ids": [numbers[form] for form in tokens.forms],
        "word_index": tokens.word_index,
        "speakers": tokens.speakers,
        "start_ms": tokens.start_ms,
        "end_ms": tokens.end_ms,
    }
    return Packed(**{name: np.array(columns[name], dtype=_COLUMNS[name]) for name in _COLUMNS})


def to_columns(packed: Packed) -> dict[str, Any]:
    """Values of a row of `packed_transcripts` except its ids."""
    blobs = {name: getattr(packed, name).astype(_COLUMNS[name]).tobytes() for name in _COLUMNS}
    return {
        "format": FORMAT,
        "normaliser": NORMALISER,
        "max_word_no": packed.max_word_no,
        **blobs,
    }


def join_columns(
    names: Sequence[str], blocks: Iterable[tuple[Collection[int], Sequence[Sequence[bytes]]]]
) -> tuple[NDArray[np.int64], dict[str, NDArray[Any]]]:
    """Read many rows of `packed_transcripts` as one: where each begins, and the joined columns.

    Each block holds some rows, as their formats and, of each of the columns that are wanted, the
    bytes; `token_ids` is the first of them. ValueError on another format or on columns that differ
    in length.
    """
    lengths = [0]
    joined: list[list[bytes]] = [[] for _ in names]
    for formats, columns in blocks:
        strange = set(formats) - {FORMAT}
        if strange:
            raise ValueError(f"packed format {min(strange)} is not {FORMAT}")
        lengths.extend(map(len, columns[0]))
        for parts, rows in zip(joined, columns, strict=True):
            parts.append(b"".join(rows))
    begin = np.cumsum(lengths, dtype=np.int64) // 4
    arrays = {
        name: np.frombuffer(b"".join(parts), dtype=_COLUMNS[name])
        for name, parts in zip(names, joined, strict=True)
    }
    if any(len(column) != begin[-1] for column in arrays.values()):
        raise ValueError("the packed columns differ in length")
    return begin, arrays


def _lane(utterance: Utterance) -> int:
    if utterance.channel >= MOST_CHANNELS:
        raise ValueError(f"channel {utterance.channel} does not fit the packed form")
    return utterance.channel << 2 | SPEAKER_CODES[utterance.speaker]
