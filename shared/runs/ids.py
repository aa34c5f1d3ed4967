"""Sets of ids as they are stored with a run: neighbours cost next to nothing."""

import zlib

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
"""Rising ids."""

# The greatest effort would take longer than judging the contacts did.
_EFFORT = 1


def pack_ids(ids: Ids) -> bytes:
    """Rising ids as the zlib-compressed differences of little-endian int64; none are no bytes."""
    if len(ids) == 0:
        return b""
    return zlib.compress(np.diff(ids, prepend=0).astype("<i8").tobytes(), _EFFORT)


def unpack_ids(packed: bytes) -> Ids:
    """The ids that `pack_ids` packed."""
    if not packed:
        return np.array([], np.int64)
    return np.cumsum(np.frombuffer(zlib.decompress(packed), "<i8"), dtype=np.int64)
