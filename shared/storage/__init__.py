"""The object store: where sound and its renditions lie, on disk or in an S3 bucket."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

PIECE_BYTES = 256 * 1024


class Body(Protocol):
    """What `put` reads from: any binary file or request stream."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; empty at the end."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object as the store holds it; `sha256` is our own hex digest, never the store's ETag."""

    name: str
    size_bytes: int
    sha256: str


class ObjectStore(Protocol):
    """What both stores do, from any thread; a store is opened after fork, not before.

    Names are `/`-separated UTF-8 paths (`shared.storage.names`); a name never is a prefix folder of
    another. All methods raise StorageUnavailable when the store does not answer, StorageFull
    without room, InvalidInput for a name that is not one.
    """

    def prepare(self) -> None:
        """Make the folder or bucket if it is missing; for `init`, not for each start."""

    def put(self, name: str, body: Body, *, limit_bytes: int, content_type: str) -> StoredObject:
        """Read `body` to its end into the store, hashing on the way; durable when it returns.

        An object of that name is replaced in one step. Raises TooLarge once more than `limit_bytes`
        were read, and whatever `body.read` raises; nothing is left behind in either case. Where the
        store has folders, Conflict if the name would be both an object and a folder.
        """

    def open(
        self, name: str, *, start: int = 0, length: int | None = None
    ) -> AbstractContextManager[Iterator[bytes]]:
        """Stream `length` bytes from `start` in pieces of at most 256 KiB, fewer where it ends.

        Entering raises NotFound if there is no such object.
        """

    def stat(self, name: str) -> int:
        """Size in bytes of a stored object; NotFound if there is none."""

    def delete(self, name: str) -> None:
        """Remove the object for good; no error if it is gone already."""

    def names(self, prefix: str) -> Iterator[tuple[str, int]]:
        """(name, last-modified epoch ms) of every object whose name starts with `prefix`."""

    def check(self) -> None:
        """Write, read and delete a small probe object; for health and doctor."""
