"""Reads packed words of recordings, those in which nothing can be found as far as that takes."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from services.topics.matching.speech import Flags, Ints, TokenColumns
from shared.db.among import among
from shared.db.driver_rows import row_blocks
from shared.db.tables import packed_transcripts
from shared.text.packed import join_columns

Sift = Callable[[Ints, NDArray[np.uint32], NDArray[np.uint8]], Flags]
"""Tells by words and speakers, with where each recording begins, where something may be found."""

_SIFTED = ("token_ids", "speakers")
_WHOLE = (*_SIFTED, "start_ms", "end_ms")


class Words(NamedTuple):
    """Words of some recordings; `transcribed` tells which have any, and the rest is of those.

    `spoke` are the sides that said a word.
    """

    transcribed: Flags
    spoke: NDArray[np.uint8]
    tokens: TokenColumns


def read_words(
    connection: Connection,
    *,
    account_id: int,
    recording_ids: Ints,
    contact: Ints,
    word_index: bool,
    sift: Sift | None,
    unsifted: Flags,
) -> Words:
    """The words of recordings, of all of a `contact` or of none.

    Left out are contacts in which `sift` finds nothing, unless one of their recordings is
    `unsifted`. `word_index` tells whether hits will be asked for. A transcript that goes meanwhile
    has no words. Raises ValueError on packed words of another format.
    """
    from services.topics.matching.compiled.words import speakers_of_recordings

    names = (*_WHOLE, *(("word_index",) if word_index else ()))
    transcribed, begin, columns = _read(
        connection, account_id, recording_ids, names if sift is None else _SIFTED
    )
    spoke = np.asarray(speakers_of_recordings(begin, columns["speakers"]))
    if sift is not None:
        kept = sift(begin, columns["token_ids"], columns["speakers"]) | unsifted[transcribed]
        contact = contact[transcribed]
        kept = np.isin(contact, contact[kept])
        read, kept_begin, columns = _read(
            connection, account_id, recording_ids[transcribed][kept], names
        )
        lengths = np.zeros(len(kept), np.int64)
        lengths[np.flatnonzero(kept)[read]] = np.diff(kept_begin)
        begin = np.concatenate([[0], np.cumsum(lengths)])
    tokens = TokenColumns(
        begin=begin,
        ids=columns["token_ids"],
        speakers=columns["speakers"],
        start_ms=columns["start_ms"],
        end_ms=columns["end_ms"],
        word_index=columns.get("word_index"),
    )
    return Words(transcribed, spoke, tokens)


def _read(
    connection: Connection, account_id: int, recording_ids: Ints, names: Sequence[str]
) -> tuple[Flags, Ints, dict[str, NDArray[Any]]]:
    """Which of the recordings have words, where those of each begin, and the columns."""
    packed = packed_transcripts.c
    statement = (
        select(packed.recording_id, packed.format, *(packed[name] for name in names))
        .where(
            packed.account_id == account_id,
            among(connection, packed.recording_id, recording_ids.tolist()),
        )
        .order_by(packed.recording_id)
    )
    found: list[int] = []

    def blocks() -> Iterator[tuple[Sequence[int], Sequence[Sequence[bytes]]]]:
        for rows in row_blocks(connection, statement):
            ids, formats, *columns = zip(*rows, strict=True)
            found.extend(ids)
            yield formats, columns

    begin, columns = join_columns(names, blocks())
    transcribed = np.isin(recording_ids, found)
    order = np.argsort(np.argsort(recording_ids[transcribed]))
    if (np.diff(order) < 0).any():
        # Earlier recordings have come later.
        lengths = np.diff(begin)[order]
        ends = np.cumsum(lengths)
        token = np.repeat(begin[order] - ends + lengths, lengths) + np.arange(begin[-1])
        begin = np.concatenate([[0], ends])
        columns = {name: column[token] for name, column in columns.items()}
    return transcribed, begin, columns
