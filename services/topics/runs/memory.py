"""Memory of a process that judges one chunk after the other."""

import ctypes

# Options of glibc's mallopt; other C libraries have none of this name.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3

KEPT_BYTES = 128 << 20
"""A chunk of calls of ordinary length takes half of it."""

# The most that glibc takes.
_LARGEST_BYTES = 32 << 20


def keep_freed_memory() -> None:
    """Have this process keep what it frees, up to KEPT_BYTES, for the next chunk.

    To give it back and be given it anew, page by page, takes a sixth of a chunk's time.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_TRIM_THRESHOLD, KEPT_BYTES)
        mallopt(_MMAP_THRESHOLD, _LARGEST_BYTES)
