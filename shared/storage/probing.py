"""The probe object of health checks: proves that a store takes, returns and removes bytes."""

import io
import uuid

from shared.errors import StorageUnavailable
from shared.storage import ObjectStore


def probe_store(store: ObjectStore) -> None:
    """Write, read back and delete an object; StorageUnavailable if other bytes come back."""
    token = uuid.uuid4().hex
    name = f"health/{token}"
    store.put(name, io.BytesIO(token.encode()), limit_bytes=64, content_type="text/plain")
    try:
        with store.open(name) as pieces:
            returned = b"".join(pieces)
    finally:
        store.delete(name)
    if returned != token.encode():
        raise StorageUnavailable("the object store returned other bytes than were written")
