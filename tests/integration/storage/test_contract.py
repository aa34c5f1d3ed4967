"""What every object store promises, asked of a real folder and of a real S3 server."""

import hashlib
import io
import threading
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.errors import InvalidInput, JobFailed, NotFound, TooLarge
from shared.storage import PIECE_BYTES, ObjectStore, StoredObject
from shared.storage.s3 import PART_BYTES, S3Store
from shared.storage.verified import copy_verified, read_verified

LIMIT_BYTES = 64 * 1024 * 1024

# A store of one test may serve all examples: every example puts its object anew.
shared_store = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15
)


def _bytes(size: int) -> bytes:
    """Different bytes at every position, so that a shifted or repeated part is seen."""
    block = hashlib.sha256(b"sound").digest() * 1021
    return (block * (size // len(block) + 1))[:size]


def _put(store: ObjectStore, name: str, body: bytes) -> StoredObject:
    return store.put(name, io.BytesIO(body), limit_bytes=LIMIT_BYTES, content_type="audio/wav")


def _read(store: ObjectStore, name: str, start: int = 0, length: int | None = None) -> bytes:
    with store.open(name, start=start, length=length) as pieces:
        return b"".join(pieces)


def _names(store: ObjectStore, prefix: str = "") -> set[str]:
    return {name for name, _ in store.names(prefix)}


class DripBody:
    """A body that gives a few bytes at a time and can end in an error, as a request stream does."""

    def __init__(self, size: int, fail_at: int | None = None) -> None:
        self.left = size
        self.given = 0
        self.fail_at = fail_at

    def read(self, size: int, /) -> bytes:
        if self.fail_at is not None and self.given >= self.fail_at:
            raise ConnectionResetError("the sender went away")
        count = min(size, self.left, 70_001)
        self.left -= count
        self.given += count
        return b"d" * count


around_boundaries = st.one_of(
    st.integers(0, 3),
    st.builds(
        lambda boundary, delta: boundary + delta,
        st.sampled_from([PIECE_BYTES, 2 * PIECE_BYTES, PART_BYTES, 2 * PART_BYTES]),
        st.integers(-2, 2),
    ),
)


@given(size=around_boundaries)
@shared_store
def test_an_object_comes_back_as_it_was_put(object_store: ObjectStore, size: int) -> None:
    body = _bytes(size)

    stored = _put(object_store, "a/1/original", body)

    assert stored == StoredObject("a/1/original", size, hashlib.sha256(body).hexdigest())
    assert object_store.stat("a/1/original") == size
    assert _read(object_store, "a/1/original") == body


@given(start=st.integers(0, 700_000), length=st.none() | st.integers(0, 700_000))
@shared_store
def test_a_range_is_the_slice_of_the_object(
    object_store: ObjectStore, start: int, length: int | None
) -> None:
    body = _bytes(600_000)
    if "ranged" not in _names(object_store):
        _put(object_store, "ranged", body)

    end = None if length is None else start + length

    assert _read(object_store, "ranged", start, length) == body[start:end]


def test_pieces_are_bounded_and_a_reader_may_stop_early(object_store: ObjectStore) -> None:
    _put(object_store, "long", _bytes(3_000_000))

    with object_store.open("long") as pieces:
        first = next(pieces)

    assert 0 < len(first) <= PIECE_BYTES
    with object_store.open("long") as pieces:
        assert max(map(len, pieces)) <= PIECE_BYTES


def test_a_body_that_arrives_in_drips_is_stored_whole(object_store: ObjectStore) -> None:
    size = PART_BYTES + 12_345

    stored = object_store.put("drip", DripBody(size), limit_bytes=size, content_type="audio/wav")

    assert stored.size_bytes == size
    assert stored.sha256 == hashlib.sha256(b"d" * size).hexdigest()


@pytest.mark.parametrize("limit", [0, 10, PIECE_BYTES, PART_BYTES, 2 * PART_BYTES + 5])
def test_a_body_over_its_limit_is_refused_while_reading(
    object_store: ObjectStore, limit: int
) -> None:
    body = DripBody(1_000_000_000)

    with pytest.raises(TooLarge, match=str(limit)):
        object_store.put("over", body, limit_bytes=limit, content_type="audio/wav")

    assert body.given <= limit + PIECE_BYTES
    assert _names(object_store) == set()
    with pytest.raises(NotFound):
        object_store.stat("over")


def test_a_body_of_exactly_the_limit_is_accepted(object_store: ObjectStore) -> None:
    body = _bytes(1000)

    assert object_store.put(
        "exact", io.BytesIO(body), limit_bytes=1000, content_type="audio/wav"
    ).size_bytes == len(body)


@pytest.mark.parametrize("fail_at", [0, 1, PIECE_BYTES, PART_BYTES + 1, 2 * PART_BYTES + 1])
def test_a_sender_that_fails_leaves_nothing_and_its_error_passes(
    object_store: ObjectStore, fail_at: int
) -> None:
    with pytest.raises(ConnectionResetError):
        object_store.put(
            "broken", DripBody(30_000_000, fail_at), limit_bytes=LIMIT_BYTES, content_type="a/b"
        )

    assert _names(object_store) == set()


def test_a_failed_replacement_keeps_the_old_object(object_store: ObjectStore) -> None:
    _put(object_store, "kept", b"old")

    with pytest.raises(ConnectionResetError):
        object_store.put(
            "kept", DripBody(20_000_000, 9_000_000), limit_bytes=LIMIT_BYTES, content_type="a/b"
        )

    assert _read(object_store, "kept") == b"old"


def test_a_replaced_object_is_only_ever_seen_whole(object_store: ObjectStore) -> None:
    versions = {b"a" * 400_000, b"b" * 300_000}
    _put(object_store, "swapped", min(versions))
    stop = threading.Event()

    def replace() -> None:
        while not stop.is_set():
            for version in versions:
                _put(object_store, "swapped", version)

    writer = threading.Thread(target=replace)
    writer.start()
    try:
        seen = {_read(object_store, "swapped") for _ in range(30)}
    finally:
        stop.set()
        writer.join()

    assert seen <= versions


def test_deleting_twice_is_no_error(object_store: ObjectStore) -> None:
    _put(object_store, "a/gone", b"x")

    object_store.delete("a/gone")
    object_store.delete("a/gone")
    object_store.delete("never/was")

    assert _names(object_store) == set()
    with pytest.raises(NotFound):
        _read(object_store, "a/gone")


@pytest.mark.parametrize("range_", [(0, None), (0, 0), (5, None), (5, 5)], ids=str)
def test_an_unknown_name_is_not_found(
    object_store: ObjectStore, range_: tuple[int, int | None]
) -> None:
    _put(object_store, "a/b/c", b"x")

    for name in ("a/b/d", "a/b", "a/b/c/d", "z"):
        with pytest.raises(NotFound):
            object_store.stat(name)
        with pytest.raises(NotFound):
            _read(object_store, name, *range_)


def test_names_lists_by_prefix_with_times(object_store: ObjectStore) -> None:
    before_ms = int(time.time() * 1000)
    all_names = {"1/a", "1/b", "1/sub/c", "10/a", "2", "запись один.wav"}
    for name in all_names:
        _put(object_store, name, name.encode())

    assert _names(object_store) == all_names
    assert _names(object_store, "1/") == {"1/a", "1/b", "1/sub/c"}
    assert _names(object_store, "1") == {"1/a", "1/b", "1/sub/c", "10/a"}
    assert _names(object_store, "1/su") == {"1/sub/c"}
    assert _names(object_store, "3/") == set()
    # Stores round to their own clock's unit; a second is the coarsest.
    assert all(
        before_ms - 1000 <= modified_ms <= time.time() * 1000 + 1000
        for _, modified_ms in object_store.names("")
    )


def test_names_goes_beyond_one_page_of_a_listing(s3_store: S3Store) -> None:
    names = {f"many/{number}" for number in range(1005)}
    for name in names:
        _put(s3_store, name, b"")

    assert _names(s3_store, "many/") == names


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/etc/passwd",
        "..",
        "../outside",
        "a/../../outside",
        "a/./b",
        "a//b",
        "a/",
        ".tmp/x",
        "a\\..\\b",
        "a\0b",
        "a\nb",
        "\ud800",
        "x" * 256,
        "/".join(["x" * 200] * 6),
    ],
    ids=ascii,
)
def test_a_name_that_could_leave_the_store_is_refused(object_store: ObjectStore, name: str) -> None:
    with pytest.raises(InvalidInput):
        _put(object_store, name, b"x")
    with pytest.raises(InvalidInput):
        _read(object_store, name)
    with pytest.raises(InvalidInput):
        object_store.stat(name)
    with pytest.raises(InvalidInput):
        object_store.delete(name)
    assert _names(object_store) == set()


def test_check_leaves_nothing(object_store: ObjectStore) -> None:
    object_store.check()

    assert _names(object_store) == set()


def test_preparing_twice_changes_nothing(object_store: ObjectStore) -> None:
    _put(object_store, "a", b"x")

    object_store.prepare()

    assert _read(object_store, "a") == b"x"


def test_verified_reading_believes_only_the_right_bytes(object_store: ObjectStore) -> None:
    body = _bytes(1_000_000)
    stored = _put(object_store, "sound", body)
    copy = io.BytesIO()

    assert read_verified(object_store, "sound", stored.sha256) == body
    assert copy_verified(object_store, "sound", stored.sha256, copy) == len(body)
    assert copy.getvalue() == body

    _put(object_store, "sound", body[:-1] + b"!")
    with pytest.raises(JobFailed) as corrupt:
        read_verified(object_store, "sound", stored.sha256)
    assert corrupt.value.job_code == "object-corrupt"
    with pytest.raises(JobFailed) as missing:
        read_verified(object_store, "other", stored.sha256)
    assert missing.value.job_code == "object-missing"


def test_many_readers_at_once(object_store: ObjectStore) -> None:
    body = _bytes(500_000)
    _put(object_store, "shared", body)
    wrong: list[int] = []

    def read_some(start: int) -> None:
        expected = body[start : start + 100_000]
        if any(_read(object_store, "shared", start, 100_000) != expected for _ in range(5)):
            wrong.append(start)

    readers = [threading.Thread(target=read_some, args=(start * 10_000,)) for start in range(30)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()

    assert wrong == []
