"""How ids lie in one text so that one comparison finds one of them and no other."""

from hypothesis import given
from hypothesis import strategies as st

from shared.contacts.verdicts import packed_ids, unpacked_ids

IDS = st.sets(st.integers(1, 2**63 - 1) | st.integers(1, 200))


@given(IDS, st.integers(1, 200))
def test_an_id_is_found_exactly_where_it_was_packed(ids: set[int], sought: int) -> None:
    packed = packed_ids(ids)
    assert unpacked_ids(packed) == ids
    assert (packed_ids([sought]) in packed) is (sought in ids)
