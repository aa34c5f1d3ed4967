"""Whether browsers play an original as it is, told by its first bytes; pure.

Only what Chromium, Firefox and Safari all play, of at most two channels. That the rest of the file
keeps what its beginning promises, only decoding can tell.
"""

import struct

from shared.decoding.signatures import container_of

HEAD_BYTES = 64 * 1024
"""How much of the beginning has to be given."""

MOST_CHANNELS = 2

# Format tags of WAVE (mmreg.h): PCM, IEEE float, A-law, µ-law; extensible says its own in a GUID.
_WAV_TAGS = {1, 3, 6, 7}
_WAV_EXTENSIBLE = 0xFFFE
_OPUS, _VORBIS = b"OpusHead", b"\x01vorbis"


def playable_type(head: bytes) -> tuple[str, str] | None:
    """(media type, file suffix) of an original that browsers play, or None."""
    container = container_of(lambda offset, size: head[offset : offset + size])
    name = container.name if container else ""
    if name not in _TYPES or not _CHECKS.get(name, lambda _: True)(head):
        return None
    return _TYPES[name], name


def _wav_plays(head: bytes) -> bool:
    position = 12
    while len(head) >= position + 24:
        name, length = struct.unpack_from("<4sI", head, position)
        if name == b"fmt ":
            tag, channels = struct.unpack_from("<HH", head, position + 8)
            if tag == _WAV_EXTENSIBLE and len(head) >= position + 34:
                (tag,) = struct.unpack_from("<H", head, position + 32)
            return tag in _WAV_TAGS and 1 <= channels <= MOST_CHANNELS
        position += 8 + length + length % 2
    return False


def _xiph_plays(head: bytes) -> bool:
    """Opus and Vorbis tell their channels in a header of the same place in both containers."""
    for magic, at in ((_OPUS, 9), (_VORBIS, 11)):
        found = head.find(magic)
        if found >= 0 and len(head) > found + at:
            return 1 <= head[found + at] <= MOST_CHANNELS
    return False


def _flac_plays(head: bytes) -> bool:
    """STREAMINFO holds the channels less one in three bits of its 13th byte (RFC 9639 §8.2)."""
    return len(head) > 20 and (head[20] >> 1 & 7) + 1 <= MOST_CHANNELS


_TYPES = {
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "webm": "audio/webm",
}
_CHECKS = {"wav": _wav_plays, "flac": _flac_plays, "ogg": _xiph_plays, "webm": _xiph_plays}
