"""The packed form holds what matching needs and comes back unchanged."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.recording import Speaker
from shared.domain.transcript import Utterance, Word
from shared.text.packed import (
    FORMAT,
    LANE_BITS,
    SPEAKER_BITS,
    SPEAKERS,
    UTTERANCE_START,
    Packed,
    pack,
    spoken,
    to_columns,
)
from tests.packed import from_columns


def utterance(speaker: Speaker, channel: int, start_ms: int, text: str) -> Utterance:
    words = tuple(
        Word(word, start_ms + 300 * n, start_ms + 300 * n + 250, 0.9)
        for n, word in enumerate(text.split())
    )
    return Utterance(speaker, channel, words)


def packed_of(utterances: list[Utterance]) -> tuple[Packed, list[str]]:
    tokens = spoken(utterances)
    known = sorted(set(tokens.forms))
    packed = pack(tokens, {form: n for n, form in enumerate(known)})
    return packed, [known[n] for n in packed.token_ids]


def test_lanes_are_contiguous_and_in_time() -> None:
    packed, forms = packed_of(
        [
            utterance(Speaker.OPERATOR, 0, 0, "Добрый день"),
            utterance(Speaker.CLIENT, 1, 500, "Хочу вернуть"),
            utterance(Speaker.OPERATOR, 0, 2000, "Двадцать пять!"),
        ]
    )
    assert forms == ["добрый", "день", "25", "хочу", "вернуть"]
    assert [SPEAKERS[code & SPEAKER_BITS] for code in packed.speakers] == (
        [Speaker.OPERATOR] * 3 + [Speaker.CLIENT] * 2
    )
    assert [bool(code & UTTERANCE_START) for code in packed.speakers] == [
        True, False, True, True, False,
    ]  # fmt: skip
    assert packed.first_word.tolist() == [0, 1, 4, 2, 3]
    assert packed.last_word.tolist() == [0, 1, 5, 2, 3]
    assert packed.start_ms.tolist() == [0, 300, 2000, 500, 800]
    assert packed.end_ms.tolist() == [250, 550, 2550, 750, 1050]


def test_nothing_said() -> None:
    packed, _ = packed_of([])
    assert len(packed) == 0
    assert packed.max_word_no == -1
    assert len(from_columns(to_columns(packed))) == 0


def test_another_format_is_refused() -> None:
    columns = to_columns(packed_of([])[0]) | {"format": FORMAT + 1}
    with pytest.raises(ValueError, match="packed format"):
        from_columns(columns)


def test_unequal_columns_are_refused() -> None:
    columns = to_columns(packed_of([utterance(Speaker.CLIENT, 1, 0, "да")])[0])
    with pytest.raises(ValueError, match="differ in length"):
        from_columns(columns | {"start_ms": b""})


WORDS = ("да", "нет", "25", "двадцать", "один-два", "89261234567", "!")
utterances = st.lists(
    st.builds(
        utterance,
        st.sampled_from(Speaker),
        st.integers(0, 31),
        st.integers(0, 2**31),
        st.lists(st.sampled_from(WORDS), min_size=1).map(" ".join),
    ),
    max_size=10,
)


@given(utterances)
def test_round_trip(said: list[Utterance]) -> None:
    packed, forms = packed_of(said)
    again = from_columns(to_columns(packed))
    for field in fields(Packed):
        assert np.array_equal(getattr(again, field.name), getattr(packed, field.name))
    lanes = [int(code & LANE_BITS) for code in packed.speakers]
    assert lanes == sorted(lanes)
    words = [word.text for one in said for word in one.words]
    assert all(
        first <= last < len(words)
        for first, last in zip(packed.first_word.tolist(), packed.last_word.tolist(), strict=True)
    )
    assert len(forms) == len(packed)
