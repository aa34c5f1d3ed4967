"""Reading an object whole and believing it only when its own SHA-256 says so."""

import errno
import hashlib
import io
from typing import BinaryIO

from shared.errors import JobFailed, NotFound, StorageFull
from shared.storage import ObjectStore


def copy_verified(store: ObjectStore, name: str, sha256: str, into: BinaryIO) -> int:
    """Copy the object `name` to the file `into` and return its size in bytes.

    Raises JobFailed `object-missing` or `object-corrupt` (other bytes than `sha256` tells; what was
    copied must not be used then), StorageUnavailable, and StorageFull when `into` has no room.
    """
    digest = hashlib.sha256()
    size_bytes = 0
    try:
        with store.open(name) as pieces:
            for piece in pieces:
                digest.update(piece)
                size_bytes += len(piece)
                into.write(piece)
        into.flush()
    except NotFound as error:
        raise JobFailed("object-missing", f"the store has no object {name}") from error
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise StorageFull(f"no room for a temporary file: {error.strerror}") from error
        raise
    if digest.hexdigest() != sha256:
        raise JobFailed("object-corrupt", f"object {name} is not what was stored: SHA-256 differs")
    return size_bytes


def read_verified(store: ObjectStore, name: str, sha256: str) -> bytes:
    """The bytes of a small object (a rendition, peaks); a recording goes through `copy_verified`.

    Raises as `copy_verified` does.
    """
    buffer = io.BytesIO()
    copy_verified(store, name, sha256, buffer)
    return buffer.getvalue()
