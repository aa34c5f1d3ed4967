"""Frames of the one form with any content: what a plan moves about need not be music."""

from hypothesis import strategies as st

from services.player.mpeg.layer3 import MONO_BYTES, info_frame, interleave

_MAIN_BYTES = MONO_BYTES - 4 - 9
_HEADER = bytes.fromhex("fff358c4")


def mono_frame(content: int, bits: int) -> bytes:
    """A mono frame whose main data has `bits` bits, all of its fields drawn from `content`."""
    side = (bits << 51) | (content * 0x9E3779B97F4A7C15 & ((1 << 51) - 1))
    main = pow(content + 3, 97, 1 << 8 * _MAIN_BYTES) >> (8 * _MAIN_BYTES - bits)
    return b"".join(
        (
            _HEADER,
            side.to_bytes(9, "big"),
            (main << (8 * _MAIN_BYTES - bits)).to_bytes(_MAIN_BYTES, "big"),
        )
    )


def mono_sound(seed: int, frames: int) -> bytes:
    """Frames that differ from one another and from those of other seeds."""
    return b"".join(
        mono_frame(seed * 1009 + number, (seed * 131 + number * 37) % (8 * _MAIN_BYTES + 1))
        for number in range(frames)
    )


def stored_sound(seed: int, channels: int, frames: int) -> tuple[bytes, list[bytes]]:
    """A stored file and its channels, each as mono frames."""
    sides = [mono_sound(seed * 2 + channel, frames) for channel in range(channels)]
    body = sides[0] if channels == 1 else interleave(*sides)
    return info_frame(channels=channels, frames=frames, samples=0) + body, sides


seeds = st.integers(1, 10_000)
