"""What the decoding child and its parent say to each other: one request, then framed messages.

The request is JSON in the command line; a message is one byte of kind, four of length
(little-endian) and the content.
"""

import struct
from dataclasses import dataclass

FRAME_HEADER = struct.Struct("<cI")

# Kinds of messages, in their order; PCM comes any number of times, REFUSED at any time after READY.
# What fails before READY is our installation and not the file.
READY = b"S"
# Comes any number of times while a probe counts; says only that the child has not hung.
ALIVE = b"A"
HEADER = b"H"
PCM = b"P"
END = b"E"
REFUSED = b"R"

# The parent refuses longer messages, so a child that went mad cannot make it allocate.
MESSAGE_LIMIT_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Request:
    """What the child is to do; `rate_hz` 0 asks for a probe, which returns no PCM.

    `declared` is the text of a DeclaredFormat, empty for a file with a header.
    """

    rate_hz: int
    max_seconds: float
    memory_bytes: int
    cpu_s: int
    declared: str = ""
