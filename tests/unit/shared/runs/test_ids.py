"""Packed sets of ids come back as they were, and neighbours are cheap."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from shared.runs.ids import pack_ids, unpack_ids

RISING = st.lists(st.integers(1, (1 << 63) - 1), unique=True).map(sorted)


@given(RISING)
def test_ids_come_back(ids: list[int]) -> None:
    packed = pack_ids(np.array(ids, np.int64))
    assert unpack_ids(packed).tolist() == ids


def test_a_whole_chunk_of_neighbours_is_small() -> None:
    assert len(pack_ids(np.arange(1_000_000, 1_004_096))) < 300
    assert pack_ids(np.array([], np.int64)) == b""
