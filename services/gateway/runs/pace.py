"""How long a run will still take, from when its last chunks ended."""

from collections.abc import Sequence

LATELY = 20


def estimated_ms(ended_at_ms: Sequence[int], chunks_left: int) -> int | None:
    """Time for the chunks that are left, at the pace of the last ones; None of fewer than two.

    `ended_at_ms` are when they ended, the latest first. However many workers share the run, chunks
    end at the pace of all of them.
    """
    if chunks_left == 0:
        return 0
    if len(ended_at_ms) < 2:
        return None
    per_chunk_ms = (ended_at_ms[0] - ended_at_ms[-1]) / (len(ended_at_ms) - 1)
    return round(per_chunk_ms * chunks_left)
